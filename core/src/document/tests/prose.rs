//! What two devices wrote apart, side by side.

use super::kit::{ID, body, cases, device, edited, entry, first, merged, revise};
use crate::document::sentences::hunks;
use crate::journal::Entry;
use proptest::prelude::*;

/// Sentences of four scripts, with and without white space between, and clusters no cut may fall into.
const WORDS: &[&str] = &[
    "bus",
    "quiet",
    "I",
    "sat",
    "Mr. Hale",
    "3.5",
    "e.g.",
    "naïve",
    "cafe\u{301}",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "👍🏽",
    "𝔘𝔫",
    "雨",
    "傘を",
    "忘れた",
    "صباح",
    "الخير",
    "يا",
    "नमस्ते",
    "한국어",
];
const ENDS: &[&str] = &[".", "!", "?", "…", "。", "؟", "।", ".)", "!”", ""];
const SPACES: &[&str] = &[" ", "  ", "\n", "\n\n", "", "\t", "\u{3000}", "\r\n", "\n- "];

fn sentence() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(prop::sample::select(WORDS), 1..7),
        prop::sample::select(ENDS),
    )
        .prop_map(|(words, end)| format!("{}{end}", words.join(" ")))
}

fn plain_sentence() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.iter().filter(|word| !word.contains('.')).copied().collect();
    (
        prop::collection::vec(prop::sample::select(words), 1..7),
        prop::sample::select(&["!", "?", "。", "؟"][..]),
    )
        .prop_map(|(words, end)| format!("{}{end}", words.join(" ")))
}

fn text(sentences: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = String> {
    prop::collection::vec((sentence(), prop::sample::select(SPACES)), sentences)
        .prop_map(|parts| parts.into_iter().map(|(sentence, space)| sentence + space).collect())
}

fn applied(old: &str, new: &str) -> String {
    let mut characters: Vec<char> = old.chars().collect();
    for hunk in hunks(old, new).iter().rev() {
        characters.splice(hunk.at..hunk.at + hunk.removed.unsigned_abs(), hunk.inserted.chars());
    }
    characters.into_iter().collect()
}

/// What two devices make of `base`, which both have untouched.
fn together(base: &str, a: &str, b: &str) -> String {
    let from = entry(base);
    let (a, b) = (edited(&from, 1, a), edited(&from, 2, b));
    let one = merged(&a, &b);
    assert_eq!(body(&one), body(&merged(&b, &a)));
    assert_eq!(one.heads(), merged(&b, &a).heads());
    body(&one)
}

#[test]
fn two_rewrites_of_one_sentence_stand_side_by_side() {
    let base = "The bus was full. I asked for a quiet seat. Then it rained.";
    let a = "The bus was full. I sat by the door. Then it rained.";
    let b = "The bus was full. Nobody looked up. Then it rained.";
    let both = together(base, a, b);
    assert!(
        both == "The bus was full. I sat by the door. Nobody looked up. Then it rained."
            || both == "The bus was full. Nobody looked up. I sat by the door. Then it rained.",
        "{both}"
    );
}

#[test]
fn the_first_sentence_and_the_last_stand_apart_too() {
    let first = together("One. Two.", "Eins. Two.", "Un. Two.");
    assert!(first == "Eins. Un. Two." || first == "Un. Eins. Two.", "{first}");
    let last = together("One. Two.", "One. Zwei.", "One. Deux.");
    assert!(last == "One. Zwei. Deux." || last == "One. Deux. Zwei.", "{last}");
}

#[test]
fn writing_on_at_the_end_touches_no_sentence() {
    let both = together("One.", "One. Two.", "One. Three.");
    assert!(both == "One. Two. Three." || both == "One. Three. Two.", "{both}");
    let lists = together("- bread\n", "- bread\n- milk\n", "- bread\n- tea\n");
    assert!(
        lists == "- bread\n- milk\n- tea\n" || lists == "- bread\n- tea\n- milk\n",
        "{lists}"
    );
    assert_eq!(hunks("One.", "One. Two.").len(), 1);
    assert_eq!(hunks("One.", "One. Two.")[0].removed, 0);
    assert_eq!(hunks("One.", "Zero. One.")[0].removed, 0);
    assert_eq!(hunks("Zero. One.", "One.")[0].inserted, "");
}

#[test]
fn an_insertion_by_one_and_a_rewrite_by_the_other_both_hold() {
    assert_eq!(
        together("One. Two. Three.", "One. Two. New. Three.", "One. Zwei. Three."),
        "One. Zwei. New. Three."
    );
    assert_eq!(
        together("One. Two. Three.", "One. Three.", "One. Two. Three. Four."),
        "One. Three. Four."
    );
}

#[test]
fn of_a_page_without_a_full_stop_only_the_changed_words_are_replaced() {
    let page = "and then we walked on ".repeat(80);
    let changed = page.replacen("walked", "ran", 40).replacen("ran", "walked", 39);
    let hunks = hunks(page.trim(), changed.trim());
    assert_eq!(hunks.len(), 1);
    assert!(hunks[0].inserted.len() < 10, "{:?}", hunks[0]);
    assert_eq!(applied(page.trim(), changed.trim()), changed.trim());
}

#[test]
fn a_body_rewritten_beyond_comparing_is_replaced_whole() {
    let old: String = (0..5_000).map(|n| format!("Old {n}. ")).collect();
    let new: String = (0..5_000).map(|n| format!("New {n}. ")).collect();
    let begun = std::time::Instant::now();
    assert_eq!(hunks(&old, &new).len(), 1);
    assert!(begun.elapsed().as_millis() < 1_000, "{:?}", begun.elapsed());
    assert_eq!(applied(&old, &new), new);
}

#[test]
fn the_mark_is_set_by_two_rewrites_and_taken_off_by_the_next_revision() {
    let from = entry("One. Two. Three.");
    let (a, b) = (
        edited(&from, 1, "One. Zwei. Three."),
        edited(&from, 2, "One. Deux. Three."),
    );
    let mut both = merged(&a, &b);
    assert!(both.entry(ID).unwrap().both_versions);
    let mut trashed = both.entry(ID).unwrap();
    trashed.trashed = Some(crate::clock::Timestamp(5));
    both.revise(device(3), &trashed).unwrap();
    assert!(both.entry(ID).unwrap().both_versions, "the trash is no reading");
    revise(&mut both, 3, "One. Zwei, deux. Three.");
    assert!(!both.entry(ID).unwrap().both_versions);
    // The same sentence again, apart.
    let (mut a, mut b) = (merged(&both, &both), merged(&both, &both));
    revise(&mut a, 1, "One. 2. Three.");
    revise(&mut b, 2, "One. II. Three.");
    assert!(merged(&a, &b).entry(ID).unwrap().both_versions);
    let mut seen = merged(&a, &b);
    let as_it_is = Entry {
        both_versions: false,
        ..seen.entry(ID).unwrap()
    };
    assert!(
        seen.revise(device(3), &as_it_is).unwrap(),
        "the mark can be taken off without a word"
    );
    assert!(!seen.entry(ID).unwrap().both_versions);
    assert!(!seen.revise(device(3), &as_it_is).unwrap());
}

#[test]
fn edits_of_different_sentences_and_deletions_by_both_set_no_mark() {
    let from = entry("One. Two. Three.");
    let apart = merged(
        &edited(&from, 1, "Eins. Two. Three."),
        &edited(&from, 2, "One. Two. Drei."),
    );
    assert_eq!(body(&apart), "Eins. Two. Drei.");
    assert!(!apart.entry(ID).unwrap().both_versions);
    let gone = merged(&edited(&from, 1, "One. Three."), &edited(&from, 2, "One. Three."));
    assert_eq!(body(&gone), "One. Three.");
    assert!(!gone.entry(ID).unwrap().both_versions);
    // One after the other is no conflict, however often.
    let mut one = first(&from);
    for (n, text) in ["One. A. Three.", "One. B. Three.", "One. C. Three."]
        .iter()
        .enumerate()
    {
        revise(&mut one, 1 + n as u8 % 2, text);
    }
    assert!(!one.entry(ID).unwrap().both_versions);
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn hunks_make_the_new_text_of_the_old(old in text(0..12), new in text(0..12)) {
        prop_assert_eq!(applied(&old, &new), new);
    }

    #[test]
    fn hunks_follow_insertions_and_removals(
        old in prop::collection::vec((sentence(), prop::sample::select(SPACES)), 1..40),
        cut in any::<prop::sample::Index>(), added in text(0..3), keep in any::<bool>(),
    ) {
        let cut = cut.index(old.len());
        let joined = |part: &[(String, &str)]| part.iter().map(|(s, space)| format!("{s}{space}")).collect::<String>();
        let new = format!("{}{added}{}", joined(&old[..cut]), joined(&old[cut + usize::from(!keep)..]));
        prop_assert_eq!(applied(&joined(&old), &new), new);
    }

    /// Each device rewrites sentences of its choice; every run of sentences it wrote is in the merged text in one piece.
    #[test]
    fn what_either_device_wrote_stays_in_one_piece(
        base in prop::collection::vec((sentence(), prop::sample::select(SPACES)), 1..8),
        a in (any::<prop::sample::Index>(), sentence()),
        b in (any::<prop::sample::Index>(), sentence()),
    ) {
        let joined = |at: Option<(usize, &str)>| -> String {
            base.iter().enumerate().map(|(n, (sentence, space))| {
                let sentence = at.filter(|(at, _)| *at == n).map_or(sentence.as_str(), |(_, new)| new);
                format!("{sentence}{space}")
            }).collect()
        };
        let one = joined(Some((a.0.index(base.len()), &a.1)));
        let other = joined(Some((b.0.index(base.len()), &b.1)));
        let old = joined(None);
        prop_assume!(!old.trim().is_empty() && old != one && old != other);
        let both = together(&old, &one, &other);
        for new in [&one, &other] {
            for hunk in hunks(&old, new) {
                prop_assert!(both.contains(hunk.inserted), "{:?} not in {:?}", hunk.inserted, both);
            }
        }
    }

    /// The same where nothing looks like a sentence's end but a sentence's end ("Mr. Hale" is two to UAX #29).
    #[test]
    fn each_new_sentence_is_there_word_for_word(
        base in prop::collection::vec(plain_sentence(), 1..6), at in any::<prop::sample::Index>(),
        a in plain_sentence(), b in plain_sentence(), spaced in any::<bool>(),
    ) {
        let at = at.index(base.len());
        let joined = |at: Option<(usize, &String)>| -> String {
            let sentence = |(n, old)| at.filter(|(at, _)| *at == n).map_or(old, |(_, new)| new).as_str();
            base.iter().enumerate().map(sentence).collect::<Vec<_>>().join(if spaced { " " } else { "\n" })
        };
        let (a, b) = (format!("Alpha {a}"), format!("Beta {b}"));
        let both = together(&joined(None), &joined(Some((at, &a))), &joined(Some((at, &b))));
        prop_assert!(both.contains(&a) && both.contains(&b), "{:?}", both);
        prop_assert_eq!(both.chars().filter(|c| "!?。؟".contains(*c)).count(), base.len() + 1);
    }

    #[test]
    fn merging_commutes_associates_and_repeats(
        base in text(1..6), texts in prop::collection::vec(text(0..6), 3),
    ) {
        prop_assume!(!base.trim().is_empty());
        let from = entry(&base);
        let d: Vec<_> = texts.iter().enumerate().map(|(n, text)| edited(&from, n as u8 + 1, text)).collect();
        let left = merged(&merged(&d[0], &d[1]), &d[2]);
        let right = merged(&d[0], &merged(&d[2], &d[1]));
        prop_assert_eq!(left.heads(), right.heads());
        prop_assert_eq!(left.entry(ID).unwrap(), right.entry(ID).unwrap());
        let again = merged(&left, &right);
        prop_assert_eq!(again.save().unwrap(), left.save().unwrap());
        prop_assert!(left.contains(&d[1].heads()));
        prop_assert_eq!(d[1].contains(&left.heads()), d[1].heads() == left.heads());
    }
}
