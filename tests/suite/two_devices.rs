//! Two devices of a participant show, stop, erase and end in one relationship, each before it has heard of what the other did: with the next round of either, what is shown is what both
//! have decided.

use cairn_core::id::ShareId;
use cairn_core::vault::NewShare;
use cairn_tests::{Device, Two, plain_share};

/// Two people, and another device of the participant's.
fn with_tablet(seed: u64) -> (Two, Device) {
    let mut two = Two::agreed(seed);
    let tablet = two.second(seed + 1);
    (two, tablet)
}

fn is_shown(two: &Two, share: ShareId) -> bool {
    let shown = two.dee.engine.shared_cards().unwrap();
    shown.iter().any(|card| card.share == share)
}

#[test]
fn what_one_device_shows_leaves_with_the_round_in_which_it_hears_what_the_other_has_stopped() {
    for (seed, is_erased, gated) in [(1, false, false), (3, true, false), (5, false, true), (7, true, true)] {
        let (mut two, mut tablet) = with_tablet(seed);
        let entry = two.phone.write("Shown first.");
        let first = two.phone.share(two.id, entry);
        two.settle();
        tablet.sync(&two.world);
        assert!(is_shown(&two, first));
        if is_erased {
            tablet.engine.trash(entry).unwrap();
            tablet.engine.erase(entry).unwrap();
        } else {
            tablet.engine.revoke(first).unwrap();
        }
        tablet.sync(&two.world);
        let entry = two.phone.write("Shown then.");
        let new = NewShare {
            gated,
            ..plain_share(two.id, entry)
        };
        let second = two.phone.engine.share(new).unwrap();
        two.phone.sync(&two.world);
        two.dee.sync(&two.world);
        assert!(is_shown(&two, second) && !is_shown(&two, first), "{is_erased} {gated}");
    }
}

#[test]
fn the_end_stops_what_another_device_has_shown_meanwhile() {
    let (mut two, mut tablet) = with_tablet(11);
    let entry = tablet.write("Shown by the tablet.");
    let share = tablet.share(two.id, entry);
    tablet.sync(&two.world);
    two.dee.sync(&two.world);
    assert!(is_shown(&two, share));
    // The phone has not heard of it.
    two.phone.engine.end_relationship(two.id, "").unwrap();
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert!(!is_shown(&two, share));
}

#[test]
fn erasing_an_entry_stops_what_another_device_has_shown_of_it_meanwhile() {
    let (mut two, mut tablet) = with_tablet(13);
    let entry = two.phone.write("Shown by the tablet.");
    two.phone.sync(&two.world);
    tablet.sync(&two.world);
    let share = tablet.share(two.id, entry);
    tablet.sync(&two.world);
    two.dee.sync(&two.world);
    assert!(is_shown(&two, share));
    two.phone.engine.trash(entry).unwrap();
    two.phone.engine.erase(entry).unwrap();
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert!(!is_shown(&two, share));
}
