//! What of support is wanted wherever a share says nothing of it: a standing choice of the participant's, in their profile.
//!
//! | name | value | |
//! |---|---|---|
//! | `support/wanted` | number, bits of [`SupportWanted`] | absent for listening alone |
//!
//! It is read when something is shared, and what it said then is part of that consent: whatever judges by a share judges by it, on both sides,
//! and to choose otherwise later changes nothing of what is shared already.

use super::SupportWanted;
use crate::profile::{Changes, Field, Fields};

const WANTED: &str = "support/wanted";

/// What is wanted where a share says nothing. Total: what this version cannot read is listening alone.
pub fn standing_wanted(fields: &Fields) -> SupportWanted {
    let bits = fields.get(WANTED).and_then(Field::number);
    bits.and_then(|bits| SupportWanted::from_bits(u64::try_from(bits).ok()?))
        .unwrap_or_default()
}

/// Says what is wanted where a share says nothing; listening alone leaves nothing behind.
pub fn set_standing_wanted(fields: &Fields, wanted: SupportWanted) -> Changes {
    let value = (wanted != SupportWanted::default()).then(|| Field::Number(wanted.bits().into()));
    if fields.get(WANTED) == value.as_ref() {
        return Changes::new();
    }
    Changes::from([(WANTED.to_owned(), value)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::apply;

    #[test]
    fn a_standing_choice_is_read_back_and_listening_leaves_nothing_behind() {
        let mut fields = Fields::new();
        assert_eq!(standing_wanted(&fields), SupportWanted::LISTENING);
        assert!(set_standing_wanted(&fields, SupportWanted::LISTENING).is_empty());
        let all = SupportWanted::ALL.into_iter().map(|(one, _)| one);
        for wanted in all.chain([SupportWanted::IDEAS.and(SupportWanted::COMPANY)]) {
            let changes = set_standing_wanted(&fields, wanted);
            apply(&mut fields, &changes);
            assert_eq!(standing_wanted(&fields), wanted);
            assert!(set_standing_wanted(&fields, wanted).is_empty(), "it says so already");
        }
        let changes = set_standing_wanted(&fields, SupportWanted::LISTENING);
        apply(&mut fields, &changes);
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn what_cannot_be_read_is_listening_and_can_be_said_anew() {
        for number in [0, -1, 128, i64::MAX] {
            let mut fields = Fields::from([(WANTED.to_owned(), Field::Number(number))]);
            assert_eq!(standing_wanted(&fields), SupportWanted::LISTENING);
            let changes = set_standing_wanted(&fields, SupportWanted::LISTENING);
            apply(&mut fields, &changes);
            assert_eq!(fields, Fields::new(), "said by the participant, it is what they said");
        }
    }
}
