//! Links to media in a body, found and given their new targets.
//!
//! Looked for are `![words](target)`, `[words](target)` and the `![[target]]` of wikis, outside code. Everything else of a
//! body stays as it is, byte for byte.

use crate::id::AttachmentId;
use std::fmt::Write as _;
use std::ops::Range;

/// One link in a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Embed {
    /// All of it, from its first bracket or `!` on.
    pub(super) whole: Range<usize>,
    /// Its target, without the angle brackets it may stand in.
    pub(super) target: Range<usize>,
    /// The words it carries.
    pub(super) words: Range<usize>,
    /// Whether it shows what it leads to (`!`).
    pub(super) shows: bool,
    /// Whether it is a wiki's.
    pub(super) is_wiki: bool,
}

/// The links of a body, in its order.
pub(super) fn embeds(body: &str) -> Vec<Embed> {
    let mut found = Vec::new();
    let mut fence: Option<(u8, usize)> = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let marks = line.trim_start();
        let mark = marks.bytes().next().unwrap_or_default();
        let run = marks.bytes().take_while(|byte| *byte == mark).count();
        let rest = marks.get(run..).unwrap_or_default();
        let is_fence = run >= 3 && (mark == b'~' || (mark == b'`' && !rest.contains('`')));
        match fence {
            Some((open, length)) => {
                if is_fence && mark == open && run >= length {
                    fence = None;
                }
            }
            None if is_fence => fence = Some((mark, run)),
            None => within(line, at, &mut found),
        }
        at += line.len();
    }
    found
}

/// The links of one line that begins at `start`.
fn within(line: &str, start: usize, found: &mut Vec<Embed>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    // Of a line of brackets that never close, each would be looked for to the end of it.
    let mut tries = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'`' => at = after_code(bytes, at),
            b'[' if tries < TRIES_MAX => {
                let shows = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'!');
                let link = wiki(line, at).filter(|_| shows).or_else(|| inline(line, at));
                match link {
                    Some((words, target, end, is_wiki)) => {
                        let whole = at - usize::from(shows);
                        let moved = |range: Range<usize>| range.start + start..range.end + start;
                        found.push(Embed {
                            whole: moved(whole..end),
                            target: moved(target),
                            words: moved(words),
                            shows,
                            is_wiki,
                        });
                        at = end;
                    }
                    None => {
                        tries += 1;
                        at += 1;
                    }
                }
            }
            _ => at += 1,
        }
    }
}

/// Brackets of one line that lead nowhere, before the rest of it is left alone.
const TRIES_MAX: usize = 100;

/// Behind the code that begins at `at`, or behind its backticks when it does not end in this line.
fn after_code(bytes: &[u8], at: usize) -> usize {
    let run = |from: usize| bytes.iter().skip(from).take_while(|byte| **byte == b'`').count();
    let ticks = run(at);
    let mut end = at + ticks;
    while end < bytes.len() {
        let found = run(end);
        if found == ticks {
            return end + found;
        }
        end += found.max(1);
    }
    at + ticks
}

type Parts = (Range<usize>, Range<usize>, usize, bool);

/// `[[target]]` or `[[target|words]]` at `at`.
fn wiki(line: &str, at: usize) -> Option<Parts> {
    let inside = line.get(at..)?.strip_prefix("[[")?;
    let length = inside.find("]]")?;
    let inside = inside.get(..length).filter(|inside| !inside.contains('['))?;
    let start = at + 2;
    let (target, words) = match inside.find('|') {
        Some(bar) => (start..start + bar, start + bar + 1..start + length),
        None => (start..start + length, start + length..start + length),
    };
    Some((words, target, start + length + 2, true))
}

/// `[words](target)` at `at`; the target may stand in angle brackets and be followed by a title.
fn inline(line: &str, at: usize) -> Option<Parts> {
    let close = at + closing(line.get(at..)?, '[', ']')?;
    let round = close + 1;
    let rest = line.get(round..)?;
    let end = round + closing(rest, '(', ')')?;
    let inside = line.get(round + 1..end)?;
    let blank = inside.len() - inside.trim_start().len();
    let inside = inside.trim();
    let start = round + 1 + blank;
    let target = match inside.strip_prefix('<').and_then(|rest| rest.find('>')) {
        Some(length) => start + 1..start + 1 + length,
        None => {
            start
                ..start
                    + inside.find(" \"").map_or(inside.len(), |title| {
                        inside.get(..title).map_or(0, |t| t.trim_end().len())
                    })
        }
    };
    Some((at + 1..close, target, end + 1, false))
}

/// Where the bracket that opens `text` is closed.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    if !text.starts_with(open) {
        return None;
    }
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '\n' {
            return None;
        } else if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The body with each of these media in its place: links get the target `attachment:` and the id, and keep their words; where
/// a body has no link to one, one is put below it. Each is its link as it stands in the body (empty where there is none),
/// its id, and the words for what it shows.
///
/// ```
/// use cairn_core::exchange::embed;
/// use cairn_core::id::AttachmentId;
/// let id = AttachmentId::from_bytes([7; 16]);
/// let body = embed("Soup. ![the pot](pot.jpg)", &[("pot.jpg", id, "")]);
/// assert_eq!(body, format!("Soup. ![the pot](attachment:{id})"));
/// ```
pub fn embed(body: &str, media: &[(&str, AttachmentId, &str)]) -> String {
    let mut out = String::with_capacity(body.len());
    let mut placed = vec![false; media.len()];
    let mut done = 0;
    for link in embeds(body) {
        let target = body.get(link.target.clone()).unwrap_or_default();
        let Some(at) = media
            .iter()
            .position(|(link, _, _)| !link.is_empty() && *link == target)
        else {
            continue;
        };
        let (Some((_, id, alt)), Some(before)) = (media.get(at), body.get(done..link.whole.start)) else {
            continue;
        };
        placed.iter_mut().skip(at).take(1).for_each(|placed| *placed = true);
        out.push_str(before);
        let words = body.get(link.words.clone()).unwrap_or_default();
        // A wiki's words may be the width to show it at.
        let is_width = link.is_wiki && words.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x');
        let words = if words.is_empty() || is_width {
            plain(alt)
        } else {
            words.to_owned()
        };
        // The target goes with its angle brackets; a title after it stays.
        let rest = if link.is_wiki {
            ")"
        } else {
            let rest = body.get(link.target.end..link.whole.end).unwrap_or_default();
            rest.strip_prefix('>').unwrap_or(rest)
        };
        let shows = if link.shows { "!" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(out, "{shows}[{words}](attachment:{id}{rest}");
        done = link.whole.end;
    }
    out.push_str(body.get(done..).unwrap_or_default());
    for ((_, id, alt), placed) in media.iter().zip(placed) {
        if !placed {
            if !out.trim().is_empty() {
                out.push_str("\n\n");
            }
            let _ = write!(out, "![{}](attachment:{id})", plain(alt));
        }
    }
    out
}

/// Words that can stand in square brackets.
fn plain(words: &str) -> String {
    words
        .replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
        .replace('\n', " ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    const ID: AttachmentId = AttachmentId::from_bytes([7; 16]);

    fn targets(body: &str) -> Vec<&str> {
        embeds(body)
            .into_iter()
            .map(|link| body.get(link.target).unwrap())
            .collect()
    }

    #[test]
    fn links_are_found_in_every_form_and_not_in_code() {
        for (body, found) in [
            ("![](a.jpg) and ![b](<b c.jpg>)", vec!["a.jpg", "b c.jpg"]),
            ("![x](my photo.png)", vec!["my photo.png"]),
            ("![x](a.png \"a title\")", vec!["a.png"]),
            ("![[a b.png|300]] [[a note]]", vec!["a b.png"]),
            ("[the file](x_(1).pdf)", vec!["x_(1).pdf"]),
            ("`![](a.jpg)` ![](b.jpg)", vec!["b.jpg"]),
            ("```\n![](a.jpg)\n```\n![](b.jpg)", vec!["b.jpg"]),
            ("~~~~\n![](a.jpg)\n~~~\n![](b.jpg)\n~~~~", vec![]),
            ("\\![](a.jpg) \\[x](b.jpg)", vec!["a.jpg"]),
            ("![no](end", vec![]),
            ("![](dayone-moment:/video/ABC)", vec!["dayone-moment:/video/ABC"]),
        ] {
            assert_eq!(targets(body), found, "{body}");
        }
    }

    #[test]
    fn a_link_gets_its_new_target_and_keeps_its_words() {
        let here = format!("attachment:{ID}");
        for (body, link, expected) in [
            ("a ![](x.jpg) b", "x.jpg", format!("a ![a pot]({here}) b")),
            ("![mine](<x y.jpg>)", "x y.jpg", format!("![mine]({here})")),
            ("![](x.jpg \"t\")", "x.jpg", format!("![a pot]({here} \"t\")")),
            ("![[x.jpg]]", "x.jpg", format!("![a pot]({here})")),
            ("![[x.jpg|200x100]]", "x.jpg", format!("![a pot]({here})")),
            ("![[x.jpg|soup]]", "x.jpg", format!("![soup]({here})")),
            ("[pdf](x.pdf)", "x.pdf", format!("[pdf]({here})")),
            ("words", "", format!("words\n\n![a pot]({here})")),
            ("", "gone.jpg", format!("![a pot]({here})")),
            (
                "![](x.jpg)\n![](x.jpg)",
                "x.jpg",
                format!("![a pot]({here})\n![a pot]({here})"),
            ),
        ] {
            assert_eq!(embed(body, &[(link, ID, "a pot")]), expected, "{body}");
        }
        assert_eq!(embed("as it was [x](y)", &[]), "as it was [x](y)");
    }

    proptest! {
        #[test]
        fn a_body_without_a_wanted_link_stays_byte_for_byte(body in "[\\[\\]()!<>`~|\\\\a\n \"é]{0,60}") {
            prop_assert_eq!(embed(&body, &[]), body.clone());
            let with_one = embed(&body, &[("nowhere", ID, "")]);
            prop_assert!(with_one.starts_with(&body) || body.trim().is_empty());
        }
    }

    #[test]
    fn a_line_of_open_brackets_takes_no_time() {
        let body = "[".repeat(90_000);
        assert_eq!(embed(&body, &[]), body);
    }
}
