//! A text, cut into the terms that the full-text index knows.
//!
//! | text | terms |
//! |---|---|
//! | `Don't go` | `don` `t` `go` |
//! | `東京で` | `東京` `京で` `で` |
//! | `古いiPhoneを` | `古い` `い` `iphone` `を` |
//!
//! A word is a run of letters, digits and their marks. A run of a script without blanks becomes the pairs of its characters and its last
//! character alone, so that whatever stands within it is found: two characters and more as a phrase of pairs, a single one as the
//! beginning of a pair. Where the script changes to or from such a one, a run ends.

use super::fold::{fold, is_dense, is_ignored, is_of_words, is_voicing};
use crate::limits;
use std::ops::ControlFlow;
use unicode_normalization::char::compose;

/// What kind of term it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word.
    Word,
    /// Two characters that follow each other.
    Pair,
    /// The last character of a run.
    Single,
}

/// Where a term stands in its text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) kind: Kind,
    pub(super) start: usize,
    /// Where its first character ends; for a word, where it ends.
    pub(super) first_end: usize,
    pub(super) end: usize,
}

/// One character of a dense run, and where it stands.
#[derive(Clone, Copy)]
struct Dense {
    c: char,
    start: usize,
    end: usize,
}

/// A run that has not ended.
#[derive(Default)]
struct Run {
    word: String,
    start: usize,
    end: usize,
    before: Option<Dense>,
    last: Option<Dense>,
    /// A pair as text.
    pair: String,
}

/// Calls `take` with every term of `text` in order, until it breaks.
pub(super) fn each_term(text: &str, mut take: impl FnMut(&str, Spot) -> ControlFlow<()>) {
    // That it breaks is how it ends, not an answer.
    let _ = walk(text, &mut take);
}

fn walk(text: &str, take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut run = Run::default();
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if c.is_ascii_alphanumeric() {
            run.end_dense(take)?;
            run.push(c.to_ascii_lowercase(), start, end, take)?;
        } else if is_ignored(c) {
            run.reach(end);
        } else if c.is_ascii() || !is_of_words(c) {
            run.finish(take)?;
        } else {
            let mut flow = ControlFlow::Continue(());
            let mut is_mark = true;
            fold(c, |folded| {
                is_mark = false;
                if flow.is_continue() {
                    flow = run.take(Dense { c: folded, start, end }, take);
                }
            });
            flow?;
            if is_mark {
                run.reach(end);
            }
        }
    }
    run.finish(take)
}

impl Run {
    /// One folded character more.
    fn take(&mut self, one: Dense, take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>) -> ControlFlow<()> {
        if let Some(last) = &mut self.last
            && let Some(whole) = compose(last.c, one.c)
            && is_dense(whole)
        {
            (last.c, last.end) = (whole, one.end);
            return ControlFlow::Continue(());
        }
        if is_voicing(one.c) {
            self.reach(one.end);
        } else if is_dense(one.c) {
            self.end_word(take)?;
            self.pair(take)?;
            (self.before, self.last) = (self.last, Some(one));
        } else {
            self.end_dense(take)?;
            self.push(one.c, one.start, one.end, take)?;
        }
        ControlFlow::Continue(())
    }

    fn push(
        &mut self,
        c: char,
        start: usize,
        end: usize,
        take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.word.len() >= limits::TERM_BYTES_MAX {
            self.end_word(take)?;
        }
        if self.word.is_empty() {
            self.start = start;
        }
        self.word.push(c);
        self.end = end;
        ControlFlow::Continue(())
    }

    /// What was left out belongs to what stands before it.
    fn reach(&mut self, end: usize) {
        if let Some(last) = &mut self.last {
            last.end = end;
        } else if !self.word.is_empty() {
            self.end = end;
        }
    }

    /// The pair that is whole, now that another character follows it or the run ends.
    fn pair(&mut self, take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>) -> ControlFlow<()> {
        let (Some(before), Some(last)) = (self.before, self.last) else {
            return ControlFlow::Continue(());
        };
        self.pair.clear();
        self.pair.extend([before.c, last.c]);
        let spot = Spot {
            kind: Kind::Pair,
            start: before.start,
            first_end: before.end,
            end: last.end,
        };
        take(&self.pair, spot)
    }

    fn end_dense(&mut self, take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.last.is_none() {
            return ControlFlow::Continue(());
        }
        self.pair(take)?;
        self.before = None;
        let Some(last) = self.last.take() else {
            return ControlFlow::Continue(());
        };
        let spot = Spot {
            kind: Kind::Single,
            start: last.start,
            first_end: last.end,
            end: last.end,
        };
        take(last.c.encode_utf8(&mut [0; 4]), spot)
    }

    fn end_word(&mut self, take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.word.is_empty() {
            return ControlFlow::Continue(());
        }
        let spot = Spot {
            kind: Kind::Word,
            start: self.start,
            first_end: self.end,
            end: self.end,
        };
        let flow = take(&self.word, spot);
        self.word.clear();
        flow
    }

    fn finish(&mut self, take: &mut impl FnMut(&str, Spot) -> ControlFlow<()>) -> ControlFlow<()> {
        self.end_word(take)?;
        self.end_dense(take)
    }
}

/// The terms of `text` with blanks between them, as the index is given them.
pub(super) fn terms(text: &str) -> String {
    let mut terms = String::with_capacity(text.len());
    each_term(text, |term, _| {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(term);
        ControlFlow::Continue(())
    });
    terms
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_becomes_its_words_and_pairs() {
        for (text, expected) in [
            ("Don't go", "don t go"),
            ("東京で", "東京 京で で"),
            ("古いiPhoneを", "古い い iphone を"),
            ("２月の第3週", "2 月の の第 第 3 週"),
            ("ﾊﾟﾝ", "パン ン"),
            ("パン", "パン ン"),
            ("은 한국", "은 한국 국"),
            ("हिन्दी में", "हिन्दी में"),
            ("soft\u{ad}ly co\u{301}mo", "softly como"),
            ("کِتاب‌ها", "كتابها"),
            ("", ""),
            ("… — 😀❤️", ""),
            ("\u{301}\u{640}", ""),
        ] {
            assert_eq!(terms(text), expected, "{text}");
        }
    }

    #[test]
    fn korean_in_pieces_is_korean_whole() {
        let pieces: String = unicode_normalization::UnicodeNormalization::nfd("한국어").collect();
        assert_ne!(pieces, "한국어");
        assert_eq!(terms(&pieces), terms("한국어"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn spots_lie_within_the_text_in_order_and_terms_hold_no_blank(text: String) {
            let mut before = 0;
            each_term(&text, |term, spot| {
                assert!(!term.is_empty() && !term.contains([' ', '"', '\0']), "{term:?}");
                assert!(before <= spot.start && spot.start < spot.first_end && spot.first_end <= spot.end);
                assert!(text.get(spot.start..spot.first_end).is_some() && text.get(spot.start..spot.end).is_some());
                before = spot.start;
                ControlFlow::Continue(())
            });
        }

        #[test]
        fn terms_of_terms_are_the_same_words(text in "[a-zA-Zäöéñ ,.'-]{0,80}") {
            let once = terms(&text);
            prop_assert_eq!(terms(&once), once);
        }
    }
}
