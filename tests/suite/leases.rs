//! The lease that a participant chooses: for how long what they show is read without contact to the relay.

use cairn_core::exchange::ReceiptShape;
use cairn_core::id::ShareId;
use cairn_core::limits;
use cairn_core::support::ConsentInvalid;
use cairn_core::vault::{Error, NewShare};
use cairn_tests::{Cut, Two, drive, plain_share};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Two who have agreed, and something that is shown with this lease.
fn shown(seed: u64, lease_days: Option<u16>) -> (Two, ShareId) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write("Marmalade zeppelin.");
    let new = NewShare {
        lease_days,
        ..plain_share(two.id, entry)
    };
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    (two, share)
}

fn is_locked(two: &mut Two, share: ShareId) -> bool {
    let is_said = two.dee.engine.shared_cards().unwrap()[0].is_locked;
    let opened = two.dee.engine.open_shared(share);
    assert_eq!(is_said, matches!(opened, Err(Error::LeaseOver)), "{opened:?}");
    assert_eq!(two.dee.engine.shared_with_me().unwrap().is_empty(), is_said);
    is_said
}

#[test]
fn a_lease_is_as_long_as_the_participant_chose_and_a_week_where_they_chose_none() {
    for (chosen, days) in [(None, 7), (Some(1), 1), (Some(30), 30)] {
        let (mut two, share) = shown(1, chosen);
        two.world.clock.advance_ms(days * DAY_MS - 1);
        assert!(!is_locked(&mut two, share), "{chosen:?}");
        two.world.clock.advance_ms(1);
        assert!(is_locked(&mut two, share), "{chosen:?}");
        two.dee.sync(&two.world);
        assert!(!is_locked(&mut two, share), "{chosen:?}");
        // Both can show to other software how long it is.
        for device in [&two.phone, &two.dee] {
            let receipt = device.engine.receipt(share).unwrap();
            assert_eq!(i64::from(receipt.consent.lease_days), days);
            let says = format!("\"readable_without_contact_days\": {days}");
            assert!(receipt.write(ReceiptShape::Iso27560).contains(&says));
        }
    }
}

#[test]
fn with_no_days_it_is_read_after_contact_alone_each_time() {
    let (mut two, share) = shown(2, Some(0));
    assert!(!is_locked(&mut two, share), "the relay was reached just now");
    two.world.clock.advance_ms(limits::LEASE_OPENING_MS - 1);
    assert!(!is_locked(&mut two, share), "its photos are looked at meanwhile");
    two.world.clock.advance_ms(1);
    assert!(is_locked(&mut two, share));
    // A clock that is set back opens nothing, and a relay that does not answer neither.
    two.world.clock.advance_ms(-limits::LEASE_OPENING_MS);
    assert!(is_locked(&mut two, share));
    two.world.clock.advance_ms(limits::LEASE_OPENING_MS);
    let nowhere = Cut::new(two.world.line(), 0, false);
    drop(drive(&mut two.dee.engine, &nowhere));
    assert!(is_locked(&mut two, share));
    two.dee.sync(&two.world);
    assert!(!is_locked(&mut two, share));
    // What was stopped meanwhile does not open for it.
    two.world.clock.advance_ms(DAY_MS);
    two.phone.engine.revoke(share).unwrap();
    two.phone.sync(&two.world);
    assert!(is_locked(&mut two, share));
    two.dee.sync(&two.world);
    assert!(matches!(two.dee.engine.open_shared(share), Err(Error::NotFound)));
}

#[test]
fn a_lease_has_an_end() {
    let mut two = Two::agreed(3);
    let entry = two.phone.write("Marmalade zeppelin.");
    let of = |days| NewShare {
        lease_days: Some(days),
        ..plain_share(two.id, entry)
    };
    for days in [limits::LEASE_DAYS_MAX + 1, u16::MAX] {
        let refused = two.phone.engine.share(of(days));
        assert!(matches!(refused, Err(Error::Consent(ConsentInvalid::LeaseTooLong))));
    }
    two.phone.engine.share(of(limits::LEASE_DAYS_MAX)).unwrap();
}

#[test]
fn what_is_locked_and_behind_a_gate_opens_after_one_round() {
    let mut two = Two::agreed(4);
    let entry = two.phone.write("Marmalade zeppelin.");
    let new = NewShare {
        lease_days: Some(0),
        gated: true,
        ..plain_share(two.id, entry)
    };
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.settle();
    two.world.clock.advance_ms(DAY_MS);
    assert!(matches!(two.dee.engine.open_shared(share), Err(Error::LeaseOver)));
    two.dee.sync(&two.world);
    let opened = two.dee.engine.open_gated(share).unwrap();
    assert!(opened.view.lines.iter().any(|line| line.text == "Marmalade zeppelin."));
}
