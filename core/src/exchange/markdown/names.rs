//! What the name of a file says, and which file a link leads to.

use crate::exchange::dates;
use crate::exchange::embeds;
use crate::exchange::importer::Facts;
use crate::exchange::media::{Media, Stock, is_media};
use crate::limits;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use std::collections::BTreeSet;

/// Whether a file is read as an entry.
pub(in crate::exchange) fn is_page(path: &str) -> bool {
    let path = path.replace('\\', "/");
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_markdown = file.ends_with(".md") || file.ends_with(".markdown");
    is_markdown
        && !file.starts_with('.')
        && !parts.any(|folder| folder.starts_with('.') || matches!(folder, "logseq" | "__MACOSX"))
}

/// The date that a path says, at midnight where it says no time, and the title after it.
pub(super) fn date_and_title(path: &str) -> (Option<NaiveDateTime>, Option<String>) {
    let whole = path.rsplit_once('.').map_or(path, |(whole, _)| whole);
    let mut parts = whole.rsplit('/');
    let stem = parts.next().unwrap_or_default().trim();
    for length in [10, 8] {
        let Some((date, rest)) = stem.split_at_checked(length) else {
            continue;
        };
        let Some(day) = dates::day(date) else {
            continue;
        };
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let (clock, rest) = clock(rest);
        let title = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '–' | '—' | '.'));
        let title = (!title.is_empty()).then(|| title.to_owned());
        return (Some(day.and_time(clock.unwrap_or(NaiveTime::MIN))), title);
    }
    // `2024/05/01.md`
    let number = |part: Option<&str>, digits: usize| {
        part.filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?
            .parse::<u32>()
            .ok()
    };
    let day = number(Some(stem), 2);
    let month = number(parts.next(), 2);
    let year = number(parts.next(), 4).and_then(|year| i32::try_from(year).ok());
    let date = year
        .zip(month)
        .zip(day)
        .and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    (date.map(|date| date.and_time(NaiveTime::MIN)), None)
}

/// A time after the date of a name: `T0830`, ` 08-30`, `_08.30`, ` 083000`; and what follows it. Four digits after a blank can
/// be anything, so that they are a time only after a `T`.
fn clock(rest: &str) -> (Option<NaiveTime>, &str) {
    let Some(text) = rest.strip_prefix(['T', 't', ' ', '_']) else {
        return (None, rest);
    };
    let is_marked = rest.starts_with(['T', 't']);
    for (length, form, needs_mark) in [
        (8, "%H-%M-%S", false),
        (8, "%H.%M.%S", false),
        (5, "%H-%M", false),
        (5, "%H.%M", false),
        (6, "%H%M%S", true),
        (4, "%H%M", true),
    ] {
        let Some((shown, after)) = text.split_at_checked(length) else {
            continue;
        };
        let ends = !after.starts_with(|c: char| c.is_alphanumeric());
        if ends
            && (is_marked || !needs_mark)
            && let Ok(time) = NaiveTime::parse_from_str(shown, form)
        {
            return (Some(time), after);
        }
    }
    (None, rest)
}

/// The files that a body's links lead to, each once; those that lead to a file which is not there are counted.
pub(super) fn media(path: &str, body: &str, stock: &Stock, facts: &mut Facts) -> Vec<Media> {
    let mut media: Vec<Media> = Vec::new();
    let mut seen = BTreeSet::new();
    for link in embeds::embeds(body) {
        let Some(target) = body.get(link.target.clone()) else {
            continue;
        };
        let Some(wanted) = local(target) else {
            continue;
        };
        if !seen.insert(target) {
            continue;
        }
        let found = below(path, &wanted)
            .and_then(|inside| stock.at_path(&inside))
            .or_else(|| stock.at_path(&wanted))
            .or_else(|| stock.named(wanted.rsplit('/').next()?));
        match found {
            Some(found) if media.len() < limits::ATTACHMENTS_MAX => {
                facts.attachments += 1;
                let words = body.get(link.words.clone()).unwrap_or_default();
                let fits = !super::super::bounds::longer(words, limits::ALT_CHARACTERS_MAX);
                let alt_text = if fits && !link.is_wiki {
                    words.to_owned()
                } else {
                    String::new()
                };
                media.push(Media {
                    link: target.to_owned(),
                    alt_text,
                    ..found
                });
            }
            _ if is_media(&wanted) => {
                facts.attachments += 1;
                facts.attachments_missing += 1;
            }
            _ => {}
        }
    }
    media
}

/// The path a link names, if it leads to a file beside the entry and not into the network: decoded, without what follows
/// `#` or `?`.
fn local(target: &str) -> Option<String> {
    let path = target.split(['#', '?']).next().unwrap_or_default().trim();
    let has_scheme = path
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.len() > 1 && !scheme.contains(['/', ' ']));
    if path.is_empty() || has_scheme || path.starts_with("//") || path.contains('\0') {
        return None;
    }
    Some(decoded(path).replace('\\', "/").trim_start_matches("./").to_owned())
}

/// Percent signs taken back; a text in which they mean something else stays as it is.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

/// A path beside that of the entry; none where it leads out of the folder.
fn below(page: &str, wanted: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in wanted.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_a_date_a_time_and_a_title() {
        for (path, date, title) in [
            ("2024-05-01.md", "2024-05-01 00:00:00", None),
            ("journals/2024_05_01.md", "2024-05-01 00:00:00", None),
            ("a/20240501.md", "2024-05-01 00:00:00", None),
            ("2024/05/01.md", "2024-05-01 00:00:00", None),
            ("diary/2024-05-01 A walk.md", "2024-05-01 00:00:00", Some("A walk")),
            ("2024-05-01-a-walk.markdown", "2024-05-01 00:00:00", Some("a-walk")),
            ("2024-05-01T0830.md", "2024-05-01 08:30:00", None),
            ("2024-05-01 08-30 Soup.md", "2024-05-01 08:30:00", Some("Soup")),
            ("2024-05-01 1984.md", "2024-05-01 00:00:00", Some("1984")),
        ] {
            let (found, said) = date_and_title(path);
            assert_eq!(found.map(|found| found.to_string()).as_deref(), Some(date), "{path}");
            assert_eq!(said.as_deref(), title, "{path}");
        }
        for path in [
            "Ideas.md",
            "2024-05.md",
            "2024-13-01.md",
            "05/01.md",
            "123456789.md",
            "2024/05/01/x.md",
            "ж2024-05-01.md",
        ] {
            assert_eq!(date_and_title(path), (None, None), "{path}");
        }
    }

    #[test]
    fn pages_are_told_from_other_files() {
        for page in ["a.md", "x/A.MD", "b.markdown", "journals/2024_05_01.md"] {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "a.txt",
            ".a.md",
            ".obsidian/a.md",
            "logseq/bak/a.md",
            "__MACOSX/._a.md",
            "md",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[test]
    fn a_link_stays_in_the_folder_or_leads_nowhere() {
        assert_eq!(
            below("journals/a.md", "../assets/x.png").as_deref(),
            Some("assets/x.png")
        );
        assert_eq!(below("a.md", "../../etc/passwd"), None);
        assert_eq!(local("https://a.example/x.png"), None);
        assert_eq!(local("data:image/png;base64,A"), None);
        assert_eq!(local("a%20b.png#page=2").as_deref(), Some("a b.png"));
        assert_eq!(local("100%.png").as_deref(), Some("100%.png"));
    }
}
