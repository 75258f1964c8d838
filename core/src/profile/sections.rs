//! The sections that are offered before there are any.

use super::order::STEP;
use crate::id::SectionId;

/// A section that every profile offers. It is no part of the profile until it is used, renamed or hidden.
///
/// Its id is made of its code, so that two devices that begin to use one apart begin the same one. What it is called until
/// the participant renames it stands in the room `words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefaultSection {
    /// In the participant's own words; words, a sound or a drawing. The first one, always.
    OwnWords,
    /// Name, pronouns, languages, an interpreter; the first three also as [`Address`](super::Address).
    Address,
    /// What they need in order to take part.
    Access,
    /// What recovery looks like for them, and their word for it.
    Vision,
    /// Ways they walk, each with a stance.
    Paths,
    /// How they like to be supported.
    Support,
    /// How to reach them, and what silence means.
    Reach,
    /// What not to raise, what not to do.
    Boundaries,
    /// What they are good at.
    Strengths,
    /// What helps, and what does not.
    Helps,
    /// People, places, groups, land.
    Belonging,
    /// Culture, identity, faith.
    Culture,
    /// People they trust.
    Trusted,
    /// What people may know about the plan for hard times; the plan itself is a document of its own.
    HardTimes,
}

impl DefaultSection {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 14] = [
        Self::OwnWords,
        Self::Address,
        Self::Access,
        Self::Vision,
        Self::Paths,
        Self::Support,
        Self::Reach,
        Self::Boundaries,
        Self::Strengths,
        Self::Helps,
        Self::Belonging,
        Self::Culture,
        Self::Trusted,
        Self::HardTimes,
    ];

    /// The word its id is made of; at most 16 bytes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OwnWords => "own_words",
            Self::Address => "address",
            Self::Vision => "vision",
            Self::Paths => "paths",
            Self::Support => "support",
            Self::Reach => "reach",
            Self::Boundaries => "boundaries",
            Self::Strengths => "strengths",
            Self::Helps => "helps",
            Self::Belonging => "belonging",
            Self::Culture => "culture",
            Self::Access => "access",
            Self::Trusted => "trusted",
            Self::HardTimes => "hard_times",
        }
    }

    /// Its id: the bytes of its code, then zeros.
    pub fn id(self) -> SectionId {
        let mut bytes = [0; 16];
        for (byte, letter) in bytes.iter_mut().zip(self.code().bytes()) {
            *byte = letter;
        }
        SectionId::from_bytes(bytes)
    }

    /// The one with this id.
    pub fn from_id(id: SectionId) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.id() == id)
    }

    /// Its place until it is moved. Profiles keep these numbers: none of them ever means another place, and twelve steps, where
    /// access needs stood before they came up behind the name, are nobody's.
    pub(super) const fn order(self) -> i64 {
        match self {
            Self::OwnWords => STEP,
            Self::Address => 2 * STEP,
            Self::Access => 2 * STEP + STEP / 2,
            Self::Vision => 3 * STEP,
            Self::Paths => 4 * STEP,
            Self::Support => 5 * STEP,
            Self::Reach => 6 * STEP,
            Self::Boundaries => 7 * STEP,
            Self::Strengths => 8 * STEP,
            Self::Helps => 9 * STEP,
            Self::Belonging => 10 * STEP,
            Self::Culture => 11 * STEP,
            Self::Trusted => 13 * STEP,
            Self::HardTimes => 14 * STEP,
        }
    }
}

/// The place behind all that are offered: sections of the participant's own begin there.
pub(super) const OWN_FROM: i64 = DefaultSection::HardTimes.order();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_section_has_an_id_of_its_own_that_leads_back_to_it() {
        for section in DefaultSection::ALL {
            assert!(section.code().len() <= 16 && section.code().is_ascii());
            assert_eq!(DefaultSection::from_id(section.id()), Some(section));
            assert!(section.order() <= OWN_FROM);
        }
        // They are offered in the order in which they then stand, the person and what they need before everything else.
        assert!(DefaultSection::ALL.is_sorted_by_key(|section| section.order()));
        let first = [
            DefaultSection::OwnWords,
            DefaultSection::Address,
            DefaultSection::Access,
        ];
        assert_eq!(DefaultSection::ALL[..3], first);
        assert_eq!(DefaultSection::Vision.order(), 3 * STEP, "where profiles have it");
        // Ids are in the data of every profile: they stay as they are.
        assert_eq!(
            DefaultSection::Paths.id().to_string(),
            "70617468-7300-0000-0000-000000000000"
        );
    }
}
