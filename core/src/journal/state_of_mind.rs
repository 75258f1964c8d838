//! Apple's State of Mind (`HKStateOfMind`), to and from entries, without loss.
//!
//! Labels are words here. Which word goes with which label is the participant's list of feelings; what this file needs of it
//! comes in as two functions. A sample that came in goes out as it came: kind, valence to the last bit, labels, associations.
//! Words that have no label stay in the journal: State of Mind has no place for them.

use super::{Draft, Entry, FeltFor, StateOfMind, Valence};
use crate::clock::Timestamp;
use crate::moment::Moment;
use std::collections::BTreeSet;
use std::fmt;

/// The greatest label that State of Mind knows (satisfied); the first is 1 (amazed).
pub const STATE_OF_MIND_LABEL_MAX: u8 = 38;

/// One sample of State of Mind.
#[derive(Clone, PartialEq)]
pub struct StateOfMindSample {
    /// Of a moment (`momentaryEmotion`) or of a day (`dailyMood`).
    pub felt_for: FeltFor,
    /// How pleasant, -1 to 1.
    pub valence: Valence,
    /// Labels, 1 to [`STATE_OF_MIND_LABEL_MAX`].
    pub labels: BTreeSet<u8>,
    /// What it has to do with, 1 to [`super::ASSOCIATION_MAX`].
    pub associations: BTreeSet<u8>,
    /// When.
    pub at: Timestamp,
}

/// Shows no feelings.
impl fmt::Debug for StateOfMindSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateOfMindSample(…)")
    }
}

impl StateOfMindSample {
    /// Whether every label and every association is one that State of Mind knows.
    pub fn is_known(&self) -> bool {
        let labels = self.labels.iter();
        labels
            .clone()
            .all(|label| (1..=STATE_OF_MIND_LABEL_MAX).contains(label))
            && self.beside().is_known()
    }

    fn beside(&self) -> StateOfMind {
        StateOfMind {
            felt_for: self.felt_for,
            associations: self.associations.clone(),
        }
    }

    /// A draft of what the sample says. `happened` is its time where the person was; `word_of` is the word that the
    /// participant's list leads back to a label with, and may add one for that.
    pub fn to_draft(&self, happened: Moment, mut word_of: impl FnMut(u8) -> String) -> Draft {
        Draft {
            feelings: self.labels.iter().map(|label| word_of(*label)).collect(),
            valence: Some(self.valence),
            state_of_mind: Some(self.beside()),
            ..Draft::new(happened)
        }
    }

    /// The sample of an entry; none where no valence was set by hand, because State of Mind asks for one and none is made up.
    pub fn of(entry: &Entry, label_of: impl Fn(&str) -> Option<u8>) -> Option<Self> {
        let beside = entry.state_of_mind.clone();
        Some(Self {
            felt_for: beside.as_ref().map_or(FeltFor::Moment, |beside| beside.felt_for),
            valence: entry.valence?,
            labels: entry
                .feelings
                .iter()
                .filter_map(|word| label_of(&word.written))
                .collect(),
            associations: beside.map(|beside| beside.associations).unwrap_or_default(),
            at: entry.happened.at,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::ASSOCIATION_MAX;
    use super::*;
    use crate::id::EntryId;
    use proptest::prelude::*;

    fn entry(sample: &StateOfMindSample) -> Entry {
        let happened = Moment::new(sample.at, "Europe/London").unwrap();
        let draft = sample.to_draft(happened.clone(), |label| format!("word {label}"));
        draft.into_entry(EntryId::from_bytes([1; 16]), happened).unwrap()
    }

    fn label_of(word: &str) -> Option<u8> {
        word.strip_prefix("word ")?.parse().ok()
    }

    #[test]
    fn an_entry_without_a_valence_is_no_sample_and_own_words_stay_at_home() {
        let happened = Moment::new(Timestamp(5), "UTC").unwrap();
        let draft = Draft {
            feelings: vec!["fizzy".to_owned(), "word 7".to_owned()],
            ..Draft::new(happened.clone())
        };
        let mut entry = draft.into_entry(EntryId::from_bytes([1; 16]), happened).unwrap();
        assert_eq!(StateOfMindSample::of(&entry, label_of), None);
        entry.valence = Valence::new(0.25);
        let sample = StateOfMindSample::of(&entry, label_of).unwrap();
        assert_eq!((sample.labels, sample.felt_for), (BTreeSet::from([7]), FeltFor::Moment));
    }

    proptest! {
        #[test]
        fn every_sample_comes_out_as_it_came_in(
            day: bool, valence in -1.0..=1.0_f64,
            labels in prop::collection::btree_set(1..=STATE_OF_MIND_LABEL_MAX, 0..=38),
            associations in prop::collection::btree_set(1..=ASSOCIATION_MAX, 0..=18),
            at in 0..4_000_000_000_000_i64,
        ) {
            let sample = StateOfMindSample {
                felt_for: if day { FeltFor::Day } else { FeltFor::Moment },
                valence: Valence::new(valence).unwrap(),
                labels,
                associations,
                at: Timestamp(at),
            };
            prop_assert!(sample.is_known());
            let back = StateOfMindSample::of(&entry(&sample), label_of).unwrap();
            // Zero has one spelling here; every other number keeps its bits.
            prop_assert_eq!(back.valence.number().to_bits(), (valence + 0.0).to_bits());
            prop_assert!(back == sample);
        }
    }
}
