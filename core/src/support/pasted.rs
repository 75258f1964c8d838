//! Whether a text holds words of another, character for character.
//!
//! It tells that, and not where: somebody who writes for themselves is given something to think of, and nobody is told. Nothing is judged by it, and nothing refused.

use crate::limits;
use std::collections::HashMap;
use std::iter::successors;
use std::str::Chars;

/// As many characters as count as the same words.
const LENGTH: usize = limits::PASTED_CHARACTERS;
/// What a window's number is made with: odd, so that each character reaches every bit above its own.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// [`LENGTH`] characters in a row, with a number that follows from them alone.
#[derive(Clone)]
struct Window<'a> {
    /// From the first of them on.
    from: Chars<'a>,
    /// From behind the last of them on.
    behind: Chars<'a>,
    number: u64,
}

impl<'a> Window<'a> {
    /// The first one; none where the text is shorter.
    fn first(text: &'a str) -> Option<Self> {
        let mut behind = text.chars();
        let mut number = 0u64;
        for _ in 0..LENGTH {
            number = with(number, behind.next()?);
        }
        Some(Self {
            from: text.chars(),
            behind,
            number,
        })
    }

    /// The one that begins a character later.
    fn next(&self) -> Option<Self> {
        let mut next = self.clone();
        let (left, entered) = (next.from.next()?, next.behind.next()?);
        let left = u64::from(left).wrapping_mul(first_place());
        next.number = with(self.number, entered).wrapping_sub(left);
        Some(next)
    }

    /// All of a text, one character apart.
    fn all(text: &'a str) -> impl Iterator<Item = Self> {
        successors(Self::first(text), Self::next)
    }

    fn is(&self, other: &Self) -> bool {
        let characters = |window: &Self| window.from.clone().take(LENGTH);
        characters(self).eq(characters(other))
    }
}

fn with(number: u64, entered: char) -> u64 {
    number.wrapping_mul(BASE).wrapping_add(u64::from(entered))
}

/// What the number holds a character by that has just left.
const fn first_place() -> u64 {
    let (mut place, mut at) = (1u64, 0);
    while at < LENGTH {
        place = place.wrapping_mul(BASE);
        at += 1;
    }
    place
}

/// A text of one's own, to hold others against: in time that grows with their lengths, whatever stands in them.
pub(crate) struct OwnText<'a>(HashMap<u64, Window<'a>>);

impl<'a> OwnText<'a> {
    /// What is longer than the longest entry is looked at as far as that.
    pub(crate) fn new(text: &'a str) -> Self {
        let windows = Window::all(text).take(limits::PASTED_WINDOWS_MAX);
        Self(windows.map(|window| (window.number, window)).collect())
    }

    /// Whether it is too short to hold any.
    pub(crate) fn is_short(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether as many characters as count stand in both, in a row.
    pub(crate) fn holds_of(&self, other: &str) -> bool {
        Window::all(other).any(|window| self.0.get(&window.number).is_some_and(|own| own.is(&window)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    const FORTY: &str = "The lamp by the door, and nobody asking.";

    fn holds(own: &str, other: &str) -> bool {
        OwnText::new(own).holds_of(other)
    }

    #[test]
    fn forty_characters_in_a_row_are_the_same_words_and_thirty_nine_are_not() {
        assert_eq!(FORTY.chars().count(), 40);
        for (before, after) in [("", ""), ("I read: ", ""), ("", " So it was."), ("„Ö ", " ß“")] {
            let own = format!("{before}{FORTY}{after}");
            assert!(holds(&own, FORTY), "{own}");
            assert!(holds(&own, &format!("Then. {FORTY} Yes.")), "{own}");
            for missing in [0, 17, 39] {
                let less: String = FORTY
                    .chars()
                    .enumerate()
                    .map(|(at, c)| if at == missing { '_' } else { c })
                    .collect();
                assert!(!holds(&own, &less), "{missing}");
            }
        }
        let mut short = FORTY.chars();
        short.next_back();
        assert!(!holds(FORTY, short.as_str()) && !holds(short.as_str(), FORTY));
        assert!(OwnText::new(short.as_str()).is_short() && !OwnText::new(FORTY).is_short());
        assert!(!holds("", FORTY) && !holds(FORTY, ""));
    }

    #[test]
    fn characters_count_and_not_bytes() {
        let of = |count: usize| "ضوء".chars().cycle().take(count).collect::<String>();
        assert!(holds(&format!("a{}", of(40)), &of(40)));
        assert!(!holds(&format!("a{}", of(39)), &of(39)));
    }

    #[test]
    fn what_is_counted_by_one_number_is_compared_all_the_same() {
        let other: String = FORTY.chars().rev().collect();
        let mut own = OwnText::new(FORTY);
        let window = Window::first(&other).unwrap();
        let first = own.0.remove(&Window::first(FORTY).unwrap().number).unwrap();
        own.0.insert(window.number, first);
        assert!(!own.holds_of(&other));
    }

    #[test]
    fn the_longest_texts_are_compared_to_their_ends() {
        // Were every place held against every other one, this would not end.
        let own = "a".repeat(limits::BODY_CHARACTERS_MAX);
        let other = format!("{}b", "a".repeat(LENGTH - 1)).repeat(limits::BODY_CHARACTERS_MAX / LENGTH);
        assert!(!holds(&own, &other) && !holds(&other, &own));
        // What stands last in the longest entry is looked at too.
        let title = "t".repeat(limits::TITLE_CHARACTERS_MAX);
        let body = "b".repeat(limits::BODY_CHARACTERS_MAX - LENGTH);
        assert!(holds(&format!("{title}\n{body}{FORTY}"), FORTY));
    }
}
