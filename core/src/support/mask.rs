//! Which parts of an entry are shown.

/// How exactly the time of an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum When {
    /// Not at all.
    No = 0,
    /// The month.
    Month = 1,
    /// The day, without the time of day.
    #[default]
    Day = 2,
    /// Instant and zone.
    Exact = 3,
}

impl When {
    /// Its number in the data.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The one with this number.
    pub const fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::No,
            1 => Self::Month,
            2 => Self::Day,
            3 => Self::Exact,
            _ => return None,
        })
    }
}

/// The parts of an entry that a share shows. Made by [`Mask::default`], it shows the words and the day, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mask {
    /// The body.
    pub text: bool,
    /// The title.
    pub title: bool,
    /// Feelings, as written.
    pub feelings: bool,
    /// Tags, as written.
    pub tags: bool,
    /// Attachments: those that were chosen when it was shared.
    pub attachments: bool,
    /// What they show, in the participant's words.
    pub captions: bool,
    /// How pleasant it was, where the participant said it as a number.
    pub valence: bool,
    /// Who was there, as written.
    pub people: bool,
    /// The participant's word for the place; where that is on earth, never.
    pub place: bool,
    /// When it happened.
    pub when: When,
}

impl Default for Mask {
    fn default() -> Self {
        Self {
            text: true,
            title: true,
            feelings: false,
            tags: false,
            attachments: false,
            captions: false,
            valence: false,
            people: false,
            place: false,
            when: When::Day,
        }
    }
}

impl Mask {
    /// The parts, but for the time, as bits: 0 text, 1 title, 2 feelings, 3 tags, 4 attachments, 5 captions, 6 valence, 7 people, 8 place.
    pub const fn bits(self) -> u16 {
        self.text as u16
            | (self.title as u16) << 1
            | (self.feelings as u16) << 2
            | (self.tags as u16) << 3
            | (self.attachments as u16) << 4
            | (self.captions as u16) << 5
            | (self.valence as u16) << 6
            | (self.people as u16) << 7
            | (self.place as u16) << 8
    }

    /// The mask with these bits; none when a bit is set whose part this version does not know.
    pub const fn from_bits(bits: u64, when: When) -> Option<Self> {
        if bits > 0b1_1111_1111 {
            return None;
        }
        Some(Self {
            text: bits & 1 != 0,
            title: bits & 2 != 0,
            feelings: bits & 4 != 0,
            tags: bits & 8 != 0,
            attachments: bits & 16 != 0,
            captions: bits & 32 != 0,
            valence: bits & 64 != 0,
            people: bits & 128 != 0,
            place: bits & 256 != 0,
            when,
        })
    }

    /// What both show: each part that is in both, and the time as exactly as the less exact of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            text: self.text && other.text,
            title: self.title && other.title,
            feelings: self.feelings && other.feelings,
            tags: self.tags && other.tags,
            attachments: self.attachments && other.attachments,
            captions: self.captions && other.captions,
            valence: self.valence && other.valence,
            people: self.people && other.people,
            place: self.place && other.place,
            when: self.when.min(other.when),
        }
    }

    /// Whether it shows nothing that the other does not.
    pub fn is_within(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// Whether it shows nothing but perhaps a date: captions without what they belong to are nothing.
    pub const fn is_empty(self) -> bool {
        self.bits() & 0b1_1101_1111 == 0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[test]
    fn the_default_shows_words_and_day_only() {
        let mask = Mask::default();
        assert!(mask.text && mask.title && !mask.feelings && !mask.tags);
        assert!(!mask.attachments && !mask.captions);
        assert_eq!(mask.when, When::Day);
    }

    /// No part, each part alone, each with all others but it, all of them; and a few.
    pub(in super::super) fn some_bits() -> impl Iterator<Item = u64> {
        let each = (0..9).map(|part| 1 << part);
        each.clone()
            .chain(each.map(|bit| 511 - bit))
            .chain([0, 3, 12, 48, 448, 511])
    }

    #[test]
    fn what_two_show_together_is_within_each() {
        let all = |when| some_bits().filter_map(move |bits| Mask::from_bits(bits, when));
        let every = || {
            [When::No, When::Month, When::Day, When::Exact]
                .into_iter()
                .flat_map(all)
        };
        for one in every() {
            for other in every() {
                let both = one.and(other);
                assert_eq!(both, other.and(one));
                assert!(both.is_within(one) && both.is_within(other));
                assert_eq!(one.is_within(other) && other.is_within(one), one == other);
            }
        }
        let title_and_day = Mask {
            text: false,
            ..Mask::default()
        };
        assert!(!Mask::default().is_within(title_and_day));
    }

    #[test]
    fn bits_read_back_and_unknown_ones_are_refused() {
        for bits in 0..512 {
            assert_eq!(
                Mask::from_bits(bits, When::No).map(|mask| u64::from(mask.bits())),
                Some(bits)
            );
        }
        assert_eq!(Mask::from_bits(512, When::No), None);
        assert!(Mask::from_bits(32, When::Day).is_some_and(Mask::is_empty));
        assert_eq!(When::from_number(4), None);
    }
}
