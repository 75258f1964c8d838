//! What a person may say about a feeling beside its word: by hand, or not at all.
//!
//! The forms are those of Apple's State of Mind (`HKStateOfMind`, iOS 18), so that a value comes in and goes out unchanged.

use std::collections::BTreeSet;

/// A number from -1 (very unpleasant) to 1 (very pleasant), set by hand. Nothing here computes one.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Valence(f64);

/// A number from 0 to 1, set by hand. Nothing here computes one.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Energy(f64);

// No value is NaN.
impl Eq for Valence {}
impl Eq for Energy {}

impl Valence {
    /// The valence of this number; none outside -1 to 1.
    pub fn new(number: f64) -> Option<Self> {
        // Adding zero makes 0 of -0: one value has one spelling.
        (-1.0..=1.0).contains(&number).then_some(Self(number + 0.0))
    }

    /// The number, from -1 to 1.
    pub const fn number(self) -> f64 {
        self.0
    }
}

impl Energy {
    /// The energy of this number; none outside 0 to 1.
    pub fn new(number: f64) -> Option<Self> {
        (0.0..=1.0).contains(&number).then_some(Self(number + 0.0))
    }

    /// The number, from 0 to 1.
    pub const fn number(self) -> f64 {
        self.0
    }
}

/// Whether feelings are of a moment or of a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FeltFor {
    /// Right now: `momentaryEmotion`.
    Moment = 1,
    /// The day as a whole: `dailyMood`.
    Day = 2,
}

impl FeltFor {
    /// The one with this number, if there is one.
    pub const fn from_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::Moment),
            2 => Some(Self::Day),
            _ => None,
        }
    }
}

/// The greatest number of an association that State of Mind knows (weather); the first is 1 (community).
pub const ASSOCIATION_MAX: u8 = 18;

/// What State of Mind holds beside words and valence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateOfMind {
    /// A moment or a day.
    pub felt_for: FeltFor,
    /// What it has to do with, in State of Mind's numbers, 1 to [`ASSOCIATION_MAX`].
    pub associations: BTreeSet<u8>,
}

impl StateOfMind {
    /// Whether every association is one that State of Mind knows.
    pub fn is_known(&self) -> bool {
        self.associations
            .iter()
            .all(|number| (1..=ASSOCIATION_MAX).contains(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_and_zero_has_one_spelling() {
        for outside in [-1.001, 1.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Valence::new(outside), None);
            assert_eq!(Energy::new(outside), None);
        }
        assert_eq!(Energy::new(-0.001), None);
        assert_eq!(Valence::new(-0.0).map(|valence| valence.number().to_bits()), Some(0));
        assert_eq!(Valence::new(-1.0).map(Valence::number), Some(-1.0));
    }
}
