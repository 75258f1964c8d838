//! A journal of nobody: for the tour, tests and benches.
//!
//! Sentences are made of a small vocabulary of our own, the first words of a list drawn far more often than the last (as
//! in real prose, where the rank of a word and how often it comes multiply to about the same: Zipf's law). So search and
//! compression meet something like real text, and no real person's diary is needed anywhere.
//!
//! **Invariant:** a seed gives the same journal on every platform and in every version: it draws on integers alone.

mod vocabulary;

use crate::clock::Timestamp;
use crate::journal::Draft;
use crate::moment::{Moment, Precision};
use vocabulary::{DID, FEELINGS, FOOD, HOW, SENTENCES, SKY, TAGS, THINGS, TITLES, WHEN, WHERE, WHO, ZONES};

/// Entries of a made-up journal in the order of time, each with the moment it was written.
///
/// ```
/// use cairn_core::exchange::SampleJournal;
///
/// let mut journal = SampleJournal::new(1, 365);
/// let (draft, written) = journal.next().expect("365 were asked for");
/// assert!((600..=1_200).contains(&draft.body.chars().count()));
/// assert!(draft.happened.at <= written.at);
/// assert_eq!(journal.count(), 364);
/// ```
#[derive(Debug, Clone)]
pub struct SampleJournal {
    dice: Dice,
    left: usize,
    /// Days since 1970-01-01.
    day: i64,
    /// Entries left of a journey, and its zone.
    away: (u64, usize),
}

/// 2019-03-01.
const FIRST_DAY: i64 = 17_956;
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
const BODY_CHARACTERS_MIN: u64 = 600;
/// No sentence has more than 120 characters; the last one stays below 1,200.
const BODY_CHARACTERS_AIM: u64 = 1_060;

impl SampleJournal {
    /// The journal of `seed`, with this many entries.
    pub const fn new(seed: u64, entries: usize) -> Self {
        Self {
            dice: Dice(seed),
            left: entries,
            day: FIRST_DAY,
            away: (0, 0),
        }
    }

    fn happened(&mut self) -> Option<Moment> {
        // Most days one entry, some days two, now and then a week without.
        self.day += match self.dice.below(20) {
            0..=2 => 0,
            3..=14 => 1,
            15..=18 => 2,
            _ => 7,
        };
        self.away = match self.away {
            (0, _) if self.dice.below(60) == 0 => (3 + self.dice.below(10), 1 + self.dice.zipf(ZONES.len() - 1)),
            (0, _) => (0, 0),
            (entries, zone) => (entries - 1, zone),
        };
        let (zone, hours_east) = ZONES.get(self.away.1).copied()?;
        let hour = [21, 22, 7, 20, 8, 23, 13, 18, 6, 11].get(self.dice.zipf(10)).copied()?;
        let minutes = (hour - hours_east) * 60 + i64::try_from(self.dice.below(60)).ok()?;
        let mut moment = Moment::new(Timestamp(self.day.checked_mul(DAY_MS)? + minutes * MINUTE_MS), zone).ok()?;
        if self.dice.below(40) == 0 {
            moment.precision = Precision::Day;
        }
        Some(moment)
    }

    fn body(&mut self) -> String {
        let characters = BODY_CHARACTERS_MIN + self.dice.below(BODY_CHARACTERS_AIM - BODY_CHARACTERS_MIN);
        let mut body = String::new();
        let mut count = 0;
        let mut paragraph = 0;
        let mut form = 0;
        while count < characters {
            // The next form is never the one before: nobody writes the same sentence twice running.
            form = (form + 1 + self.dice.index(SENTENCES.len() - 1)) % SENTENCES.len();
            let sentence = self.sentence(SENTENCES.get(form).copied().unwrap_or_default());
            let between = match paragraph {
                _ if body.is_empty() => "",
                4.. if self.dice.below(3) == 0 => "\n\n",
                _ => " ",
            };
            paragraph = if between == "\n\n" { 0 } else { paragraph + 1 };
            count += (between.len() + sentence.chars().count()) as u64;
            body.push_str(between);
            body.push_str(&sentence);
        }
        body
    }

    fn sentence(&mut self, form: &str) -> String {
        let mut sentence = String::new();
        for part in form.split_inclusive([' ', '.', ',', '?', ';']) {
            let word = part.trim_end_matches([' ', '.', ',', '?', ';']);
            let words: &[&str] = match word {
                "WHEN" => &WHEN,
                "WHO" => &WHO,
                "WHERE" => &WHERE,
                "FOOD" => &FOOD,
                "THING" => &THINGS,
                "DID" => &DID,
                "HOW" => &HOW,
                "SKY" => &SKY,
                _ => {
                    sentence.push_str(part);
                    continue;
                }
            };
            let drawn = pick(&mut self.dice, words);
            let after = part.trim_start_matches(word);
            if sentence.is_empty() {
                let mut letters = drawn.chars();
                sentence.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                sentence.push_str(letters.as_str());
            } else {
                sentence.push_str(drawn);
            }
            sentence.push_str(after);
        }
        sentence
    }

    /// Up to `max` different words, fewer more often than many.
    fn some(&mut self, max: usize, words: &[&str]) -> Vec<String> {
        let mut some: Vec<String> = Vec::new();
        for _ in 0..self.dice.zipf(max + 1) {
            let word = pick(&mut self.dice, words).to_owned();
            if !some.contains(&word) {
                some.push(word);
            }
        }
        some
    }
}

impl Iterator for SampleJournal {
    type Item = (Draft, Moment);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let happened = self.happened()?;
        let title = if self.dice.below(5) == 0 {
            pick(&mut self.dice, &TITLES).to_owned()
        } else {
            String::new()
        };
        let body = self.body();
        let tags = self.some(4, &TAGS);
        let feelings = self.some(3, &FEELINGS);
        let later = MINUTE_MS * i64::try_from(self.dice.below(45)).ok()?;
        let mut written = Moment::new(happened.at.plus_ms(later), &happened.zone).ok()?;
        written.precision = Precision::Exact;
        Some((
            Draft {
                title,
                body,
                tags,
                feelings,
                ..Draft::new(happened)
            },
            written,
        ))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Splitmix64 (Steele, Lea, Flood 2014): small, good enough for prose, and of no use for secrets.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is small: the bias of the remainder is far below what prose could show.
    const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.roll() % end }
    }

    /// An index below `count`.
    fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap_or(0)
    }

    /// A rank below `count`; rank r comes 1/(r+1) as often as rank 0.
    fn zipf(&mut self, count: usize) -> usize {
        const ONE: u64 = 1 << 20;
        let weight = |rank: usize| ONE / (rank as u64 + 1);
        let mut left = self.below((0..count).map(weight).sum());
        for rank in 0..count {
            match left.checked_sub(weight(rank)) {
                Some(rest) => left = rest,
                None => return rank,
            }
        }
        0
    }
}

fn pick<'a>(dice: &mut Dice, words: &[&'a str]) -> &'a str {
    words.get(dice.zipf(words.len())).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::id::EntryId;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_gives_the_same_journal_and_another_seed_another() {
        let journal = |seed| SampleJournal::new(seed, 200).collect::<Vec<_>>();
        assert!(journal(1) == journal(1));
        assert!(journal(1) != journal(2));
    }

    #[test]
    fn a_seed_gives_these_very_bytes_on_every_platform() {
        let mut hasher = blake3::Hasher::new();
        for (draft, written) in SampleJournal::new(42, 500) {
            for text in [&draft.title, &draft.body, &draft.happened.zone]
                .into_iter()
                .chain(&draft.tags)
                .chain(&draft.feelings)
            {
                hasher.update(text.as_bytes()).update(&[0]);
            }
            hasher
                .update(&draft.happened.at.0.to_le_bytes())
                .update(&written.at.0.to_le_bytes());
        }
        assert_eq!(hasher.finalize().to_hex().get(..16), Some("4115733f6b25ade2"));
    }

    #[test]
    fn every_entry_keeps_its_bounds_and_follows_the_one_before() {
        let mut bodies = BTreeSet::new();
        let mut before = 0;
        for (draft, written) in SampleJournal::new(3, 2_000) {
            let characters = draft.body.chars().count();
            assert!((600..=1_200).contains(&characters), "{characters}");
            assert!(draft.tags.len() <= 4 && draft.feelings.len() <= 3);
            assert!(
                !draft.body.contains("WH")
                    && !draft.body.contains("THING")
                    && !draft.body.contains("FOOD")
                    && !draft.body.contains("  ")
            );
            assert!(draft.happened.at.0 > before - 2 * DAY_MS && draft.happened.at <= written.at);
            before = draft.happened.at.0;
            bodies.insert(draft.body.clone());
            draft.into_entry(EntryId::from_bytes([1; 16]), written).unwrap();
        }
        assert_eq!(bodies.len(), 2_000);
    }

    #[test]
    fn common_words_are_common_and_rare_ones_rare() {
        let mut dice = Dice(9);
        let mut counts = [0_u32; 10];
        for _ in 0..29_290 {
            counts[dice.zipf(10)] += 1;
        }
        // Rank 0 is due 10,000 times, rank 9 1,000 times.
        assert!(
            (9_500..10_500).contains(&counts[0]) && (850..1_150).contains(&counts[9]),
            "{counts:?}"
        );
    }
}
