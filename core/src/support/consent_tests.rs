//! What makes a consent, and what a stop does.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use proptest::prelude::*;

pub(in super::super) fn consent(entry: EntryId, mask: Mask) -> Consent {
    Consent::new(
        ShareId::from_bytes([9; 16]),
        "Marisol".to_owned(),
        [7; 32],
        Item { entry, mask },
        "One entry: words only".to_owned(),
        "Because I want you to see it".to_owned(),
        End::UntilIStop,
        Timestamp(1_000),
        Notice {
            pack: "generic".to_owned(),
            text_id: "n1".to_owned(),
            version: 1,
            text: "Keep this to yourself.".to_owned(),
        },
        "Choose Stop sharing.".to_owned(),
    )
}

fn valid() -> Consent {
    consent(EntryId::from_bytes([1; 16]), Mask::default())
}

#[test]
fn a_consent_needs_purpose_name_part_and_an_end_after_its_beginning() {
    assert_eq!(valid().check(), Ok(()));
    assert_eq!(
        Consent {
            purpose: " ".to_owned(),
            ..valid()
        }
        .check(),
        Err(ConsentInvalid::NoPurpose)
    );
    let long = "x".repeat(limits::PURPOSE_CHARACTERS_MAX + 1);
    assert_eq!(
        Consent {
            purpose: long,
            ..valid()
        }
        .check(),
        Err(ConsentInvalid::PurposeTooLong)
    );
    assert_eq!(
        Consent {
            participant: String::new(),
            ..valid()
        }
        .check(),
        Err(ConsentInvalid::Name)
    );
    let nothing = Mask {
        text: false,
        title: false,
        ..Mask::default()
    };
    assert_eq!(
        consent(EntryId::from_bytes([1; 16]), nothing).check(),
        Err(ConsentInvalid::NoPart)
    );
    let over = Consent {
        end: End::At(Timestamp(1_000)),
        ..valid()
    };
    assert_eq!(over.check(), Err(ConsentInvalid::EndsBeforeItBegins));
}

#[test]
fn a_dated_end_is_over_at_its_time_and_the_relay_keeps_it_until_the_day_after() {
    let dated = Consent {
        end: End::At(Timestamp(86_400_000 * 10 + 5)),
        ..valid()
    };
    assert!(!dated.is_expired(Timestamp(86_400_000 * 10 + 4)));
    assert!(dated.is_expired(Timestamp(86_400_000 * 10 + 5)));
    assert_eq!(dated.expires_day(), 11);
    assert_eq!(valid().expires_day(), 0);
    assert!(!valid().is_expired(Timestamp(i64::MAX)));
}

#[test]
fn a_stop_holds_whatever_comes_after_it() {
    let stopped = Standing::of(&valid().stop(ShareState::Revoked, Timestamp(5)));
    assert!(!stopped.admits(1) && !stopped.admits(2) && !stopped.admits(u64::MAX));
    let again = stopped.with(Standing::given(99));
    assert_eq!(
        again,
        Standing {
            version: 99,
            state: ShareState::Revoked
        }
    );
    assert!(!again.admits(100));
    assert!(Standing::given(3).admits(3) && !Standing::given(3).admits(2));
}

#[test]
fn only_the_participant_revokes() {
    let stop = |state| valid().stop(state, Timestamp(0));
    assert!(stop(ShareState::Revoked).can_come_from(Role::Participant));
    assert!(!stop(ShareState::Revoked).can_come_from(Role::Specialist));
    assert!(stop(ShareState::Ended).can_come_from(Role::Specialist));
    assert!(!stop(ShareState::Given).can_come_from(Role::Participant));
}

fn any_standing() -> impl Strategy<Value = Standing> {
    (0_u64..4, proptest::sample::select(ShareState::ALL.to_vec()))
        .prop_map(|(version, state)| Standing { version, state })
}

proptest! {
    #[test]
    fn joining_has_no_order_and_never_goes_back(a in any_standing(), b in any_standing(), c in any_standing()) {
        prop_assert_eq!(a.with(b), b.with(a));
        prop_assert_eq!(a.with(b).with(c), a.with(b.with(c)));
        prop_assert_eq!(a.with(a), a);
        prop_assert!(a.with(b).state >= a.state && a.with(b).version >= a.version);
        for version in 0..6 {
            prop_assert!(!a.with(b).admits(version) || a.admits(version));
        }
    }
}
