//! Some words of a text around what was found in it.

use super::terms::{Spot, each_term};
use super::wanted::Wanted;
use crate::limits;
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use unicode_normalization::char::is_combining_mark;

/// Before a find, for an app to mark it as it likes.
const FOUND: char = '\u{2}';
/// After a find.
const FOUND_END: char = '\u{3}';
/// Where words were left out.
const LEFT_OUT: char = '…';
/// What the words of a snippet may take together: a word takes two, a character of a script without blanks one.
const ROOM: usize = 2 * limits::SNIPPET_WORDS;
/// Of that, what may stand before the first find.
const ROOM_BEFORE: usize = ROOM / 4;

/// Some words around the finds, which stand between marks: of title and body the one that holds more of what was looked for, of equals
/// the body.
pub(super) fn snippet(title: &str, body: &str, wanted: &Wanted) -> String {
    let in_body = Cut::of(body, wanted);
    if in_body.parts == wanted.parts() {
        return in_body.shown(body);
    }
    let in_title = Cut::of(title, wanted);
    if in_title.parts > in_body.parts {
        in_title.shown(title)
    } else {
        in_body.shown(body)
    }
}

/// A piece of a text, and what was found in it.
#[derive(Default)]
struct Cut {
    /// How many of the parts stand in it.
    parts: usize,
    bytes: Range<usize>,
    finds: Vec<Range<usize>>,
}

/// A find: which part, and the terms it takes.
struct Find {
    part: usize,
    first: usize,
    last: usize,
    bytes: Range<usize>,
}

/// The terms of a text as far as they were looked at.
#[derive(Default)]
struct Looked {
    folded: String,
    ends: Vec<usize>,
    spots: Vec<Spot>,
    finds: Vec<Find>,
}

impl Looked {
    /// The term that stands `back` terms before the last.
    fn back(&self, back: usize) -> Option<&str> {
        let place = self.ends.len().checked_sub(back + 1)?;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        self.folded.get(start.unwrap_or(0)..*self.ends.get(place)?)
    }

    fn push(&mut self, term: &str, spot: Spot) {
        self.folded.push_str(term);
        self.ends.push(self.folded.len());
        self.spots.push(spot);
    }

    /// Notes what ends with the last term.
    fn look(&mut self, wanted: &Wanted) {
        let (last, mut found) = (self.spots.len() - 1, Vec::new());
        wanted.ending_with(
            |back| self.back(back),
            |part, terms, is_single| found.push((part, terms, is_single)),
        );
        for (part, terms, is_single) in found {
            let first = (last + 1).saturating_sub(terms);
            let (Some(from), Some(to)) = (self.spots.get(first), self.spots.get(last)) else {
                continue;
            };
            self.finds.push(Find {
                part,
                first,
                last,
                bytes: from.start..if is_single { to.first_end } else { to.end },
            });
        }
    }
}

/// What a term takes of the room.
const fn room(spot: &Spot) -> usize {
    match spot.kind {
        super::terms::Kind::Word => 2,
        _ => 1,
    }
}

impl Cut {
    /// The first piece of `text` that holds the most parts, or its beginning where nothing stands in it.
    fn of(text: &str, wanted: &Wanted) -> Self {
        let mut looked = Looked::default();
        let (mut seen, mut enough) = (BTreeSet::new(), 0);
        each_term(text, |term, spot| {
            looked.push(term, spot);
            looked.look(wanted);
            let new = looked.finds.last().filter(|find| find.last + 1 == looked.spots.len());
            if new.is_some() && seen.len() < wanted.parts() {
                seen.extend(looked.finds.iter().map(|find| find.part));
                enough = 0;
            }
            // Once everything was seen, what follows is read as far as a snippet can reach.
            enough += room(&spot);
            if seen.len() == wanted.parts() && enough > 2 * ROOM {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        looked.best(text)
    }

    fn shown(&self, text: &str) -> String {
        let mut shown = String::new();
        if self.bytes.start > 0 {
            shown.push(LEFT_OUT);
        }
        let mut at = self.bytes.start;
        let show = |shown: &mut String, from: usize, to: usize| shown.push_str(text.get(from..to).unwrap_or_default());
        for find in &self.finds {
            show(&mut shown, at, find.start);
            shown.push(FOUND);
            show(&mut shown, find.start, find.end);
            shown.push(FOUND_END);
            at = find.end;
        }
        show(&mut shown, at, self.bytes.end);
        if self.bytes.end < text.len() {
            shown.push(LEFT_OUT);
        }
        shown
    }
}

impl Looked {
    /// How far terms from `first` on fit into `of` the room; the place after the last of them.
    fn reach(&self, first: usize, of: usize) -> usize {
        let mut left = of;
        let mut place = first;
        while let Some(spot) = self.spots.get(place) {
            match left.checked_sub(room(spot)) {
                Some(rest) => left = rest,
                None => break,
            }
            place += 1;
        }
        place
    }

    fn best(self, text: &str) -> Cut {
        let mut best = (0, 0, self.reach(0, ROOM));
        for find in &self.finds {
            // Begin somewhat before it, or at the beginning of the text.
            let (mut first, mut left) = (find.first, ROOM_BEFORE);
            while let Some(spot) = first.checked_sub(1).and_then(|before| self.spots.get(before)) {
                let Some(rest) = left.checked_sub(room(spot)) else {
                    break;
                };
                (first, left) = (first - 1, rest);
            }
            let after = self.reach(first, ROOM).max(find.last + 1);
            let within: BTreeSet<usize> = self.within(first, after).map(|find| find.part).collect();
            if within.len() > best.0 {
                best = (within.len(), first, after);
            }
        }
        let (parts, first, after) = best;
        let start = match first {
            0 => 0,
            first => self.spots.get(first).map_or(0, |spot| spot.start),
        };
        let end = match self.spots.get(after) {
            // What stands between the last word shown and the next is left out with it.
            Some(_) => after
                .checked_sub(1)
                .and_then(|last| self.spots.get(last))
                .map_or(0, |spot| spot.end),
            None => text.len(),
        };
        let bytes = whole(text, start..end);
        let mut finds: Vec<Range<usize>> = Vec::new();
        let mut all: Vec<Range<usize>> = self
            .within(first, after)
            .map(|find| whole(text, find.bytes.clone()))
            .collect();
        all.sort_by_key(|find| (find.start, find.end));
        for find in all {
            match finds.last_mut() {
                Some(last) if find.start < last.end => last.end = last.end.max(find.end),
                _ => finds.push(find),
            }
        }
        // A find at the edge may reach past what was cut.
        let end = finds.last().map_or(bytes.end, |last| last.end.max(bytes.end));
        Cut {
            parts,
            bytes: bytes.start..end,
            finds,
        }
    }

    fn within(&self, first: usize, after: usize) -> impl Iterator<Item = &Find> {
        self.finds
            .iter()
            .filter(move |find| find.first >= first && find.last < after)
    }
}

/// The same bytes, widened so that no mark is cut from its letter.
fn whole(text: &str, bytes: Range<usize>) -> Range<usize> {
    let mut start = bytes.start;
    while text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .is_some_and(is_combining_mark)
    {
        match text.get(..start).and_then(|before| before.chars().next_back()) {
            Some(before) => start -= before.len_utf8(),
            None => break,
        }
    }
    let after = text.get(bytes.end..).unwrap_or_default();
    let marks: usize = after
        .chars()
        .take_while(|c| is_combining_mark(*c))
        .map(char::len_utf8)
        .sum();
    start..bytes.end + marks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    fn cut(title: &str, body: &str, typed: &str) -> String {
        snippet(title, body, &Wanted::parse(typed).unwrap())
    }

    #[test]
    fn finds_stand_between_marks_in_every_script() {
        for (body, typed, expected) in [
            ("Soup on the bus.", "bus", "Soup on the \u{2}bus\u{3}."),
            ("今日は東京で雨だった。", "東京", "今日は\u{2}東京\u{3}で雨だった。"),
            ("黒い猫がいる", "猫", "黒い\u{2}猫\u{3}がいる"),
            ("เมื่อวานไปตลาด", "ตลาด", "เมื่อวานไป\u{2}ตลาด\u{3}"),
            ("ذهبتُ إلى المَدرَسةِ اليوم", "مدرسه", "ذهبتُ إلى \u{2}المَدرَسةِ\u{3} اليوم"),
            ("학교에서 왔다", "학교", "\u{2}학교\u{3}에서 왔다"),
            ("cafe\u{301} au lait", "café", "\u{2}cafe\u{301}\u{3} au lait"),
            ("ドキドキした", "ドキ", "\u{2}ドキ\u{3}\u{2}ドキ\u{3}した"),
        ] {
            assert_eq!(cut("", body, typed), expected, "{body}");
        }
    }

    #[test]
    fn of_title_and_body_the_one_with_more_finds_is_shown() {
        assert_eq!(cut("Soup", "Bread", "soup"), "\u{2}Soup\u{3}");
        assert_eq!(cut("Soup", "Soup again", "soup"), "\u{2}Soup\u{3} again");
        assert_eq!(
            cut("Soup and bread", "Soup", "soup bread"),
            "\u{2}Soup\u{3} and \u{2}bread\u{3}"
        );
    }

    #[test]
    fn a_long_text_is_cut_around_the_place_that_holds_the_most() {
        let long = format!(
            "{}soup {}soup and bread{}",
            "word ".repeat(100),
            "word ".repeat(50),
            " word".repeat(100)
        );
        let shown = cut("", &long, "soup bread");
        assert!(shown.contains("\u{2}soup\u{3} and \u{2}bread\u{3}"), "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert_eq!(shown.split_whitespace().count(), limits::SNIPPET_WORDS);
        let long = format!("{}猫{}", "雨".repeat(300), "風".repeat(300));
        let shown = cut("", &long, "猫");
        assert!(shown.starts_with("…雨") && shown.ends_with("風…") && shown.contains("雨\u{2}猫\u{3}風"));
        assert!(shown.chars().count() < 60, "{shown}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_snippet_is_a_piece_of_the_text_whatever_the_text(text: String, typed in "\\PC{1,6}") {
            if let Some(wanted) = Wanted::parse(&typed) {
                let shown = snippet("", &text, &wanted);
                let plain: String = shown.chars().filter(|c| !['\u{2}', '\u{3}'].contains(c)).collect();
                let clean: String = text.chars().filter(|c| !['\u{2}', '\u{3}'].contains(c)).collect();
                prop_assert!(clean.contains(plain.trim_matches('…')));
            }
        }
    }
}
