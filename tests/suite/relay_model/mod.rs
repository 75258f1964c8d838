//! A model of the relay's rule, checked in every order of events before and beside the code that follows it.
//!
//! # What this room is for
//! Two integers let a blind relay throw records away. Whether that ever throws away a word is a question about orders of events, more than a
//! seeded test meets; so a model checker visits them all, within small bounds. `relay.rs` is the relay, `device.rs` a device,
//! `world.rs` the events,
//! `properties.rs` what must hold. Written after the design (spaces, records, the relay's rule), not after the code.
//!
//! # What it may not know
//! Bytes, keys, SQLite, the network. A document is the set of writes it contains; merging is union.
//!
//! # Its invariants
//! * The model is harsher than life: a replaced body is gone at once, and nobody notices by `parents` that a record of theirs was replaced
//!   unread and publishes it again. The rule has to hold without that net.
//! * Every property is falsified by at least one planted [`Defect`], or it proves nothing. Every event that matters is shown reachable.
//!
//! # Where to start reading
//! The tests below, then `Relay::append` and `Device::merged_upto`.

mod device;
mod properties;
mod relay;
mod world;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use properties::{
    ACKS_ARE_HELD, CLOSED_IS_EMPTY, CURSOR_STAYS, EPOCH_IS_CURRENT, ERASED_STAYS_ERASED, NO_GAPS, NOTHING_DROPPED,
    NOTHING_LOST, ONE_WINNER, STORED_ONCE, SWAP_COVERS_ITS_EPOCH,
};
use world::{Bounds, World};

/// A mistake an implementation could make; the checker must find what it destroys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// A writer claims to have merged all that the relay has, read or not.
    MergesTheHead,
    /// A reader that shows the newest records first counts them as read up to there.
    NewestFirstMovesTheCursor,
    /// A record that could not be opened is passed over when `merged_upto` is computed.
    QuarantineDoesNotStop,
    /// The relay replaces by number alone, whatever the slot.
    ReplacesAcrossSlots,
    /// The relay replaces across the two sides of a support space.
    ReplacesAcrossSides,
    /// The relay takes a record sealed under an epoch that has ended.
    TakesOldEpochs,
    /// The relay swaps the epoch without comparing how far the rotator has read.
    SwapsWithoutComparingN,
    /// The relay swaps the epoch for whoever asks.
    SwapsWithoutComparing,
    /// The relay takes records for a closed slot.
    ReopensClosedSlots,
    /// A device heals with the `merged_upto` of before the relay lost its store.
    HealsWithOldNumbers,
    /// A device that heals restates what it has written and forgets what it has erased.
    HealsWithoutTombstones,
    /// A device that learns of a new epoch throws away what waited under the old one.
    DropsLateRecords,
    /// The relay takes a sequence number before it refuses.
    RefusalsTakeNumbers,
    /// A record that is sent again because its answer was lost is stored again, whatever was decided since.
    ForgetsWhatItKnows,
}

fn assert_holds(bounds: Bounds) {
    let checker = World::new(bounds).checker().spawn_dfs().join();
    checker.assert_properties();
    let worlds = checker.unique_state_count();
    assert!(worlds > 10_000, "so few orders of events prove little: {worlds}");
}

fn assert_found(bounds: Bounds, defect: Defect, property: &'static str) {
    let wanted = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = World::new(bounds)
        .with(defect)
        .checker()
        .finish_when(wanted)
        .spawn_bfs()
        .join();
    assert!(
        checker.discovery(property).is_some(),
        "{defect:?} must break: {property}"
    );
}

#[test]
fn two_devices_that_merge_quarantine_and_read_newest_first_lose_nothing_stored() {
    assert_holds(Bounds::home());
    assert_holds(Bounds::two_documents());
    assert_holds(Bounds::two_documents_erased());
}

#[test]
fn a_slot_that_is_erased_while_answers_are_lost_never_holds_a_live_record_again() {
    assert_holds(Bounds::erasure());
}

#[test]
fn two_sides_of_a_support_space_never_touch_each_others_records() {
    assert_holds(Bounds::support());
}

#[test]
fn a_relay_that_lost_or_restored_its_store_is_healed_by_its_devices_without_loss() {
    assert_holds(Bounds::heal());
    assert_holds(Bounds::heal_siblings());
    assert_holds(Bounds::heal_twice());
}

#[test]
fn two_rotators_contend_for_an_epoch_one_wins_and_late_records_are_not_lost() {
    assert_holds(Bounds::epoch());
    assert_holds(Bounds::epoch_resent());
}

#[test]
fn planted_defect_merging_the_relays_head_loses_a_write() {
    assert_found(Bounds::home(), Defect::MergesTheHead, NOTHING_LOST);
}

#[test]
fn planted_defect_newest_first_reading_that_moves_the_cursor_is_seen_and_loses_a_write() {
    let defect = Defect::NewestFirstMovesTheCursor;
    assert_found(Bounds::two_documents(), defect, CURSOR_STAYS);
    assert_found(Bounds::two_documents(), defect, NOTHING_LOST);
    assert_found(Bounds::two_documents_erased(), defect, ACKS_ARE_HELD);
}

#[test]
fn planted_defect_a_quarantined_sibling_that_stops_nothing_is_lost() {
    assert_found(Bounds::home(), Defect::QuarantineDoesNotStop, NOTHING_LOST);
}

#[test]
fn planted_defect_replacing_across_slots_or_sides_loses_a_write() {
    assert_found(Bounds::two_documents(), Defect::ReplacesAcrossSlots, NOTHING_LOST);
    assert_found(Bounds::support(), Defect::ReplacesAcrossSides, NOTHING_LOST);
}

#[test]
fn planted_defect_an_old_epoch_taken_after_the_swap_is_seen() {
    assert_found(Bounds::epoch(), Defect::TakesOldEpochs, EPOCH_IS_CURRENT);
    assert_found(Bounds::epoch(), Defect::TakesOldEpochs, SWAP_COVERS_ITS_EPOCH);
}

#[test]
fn planted_defect_a_swap_that_does_not_compare_leaves_a_record_outside_or_two_winners() {
    assert_found(Bounds::epoch(), Defect::SwapsWithoutComparingN, SWAP_COVERS_ITS_EPOCH);
    assert_found(Bounds::epoch(), Defect::SwapsWithoutComparing, ONE_WINNER);
}

#[test]
fn planted_defect_a_device_that_drops_late_records_loses_a_write_nobody_has() {
    assert_found(Bounds::epoch(), Defect::DropsLateRecords, NOTHING_DROPPED);
}

#[test]
fn planted_defect_a_closed_slot_that_opens_again_holds_a_live_record() {
    assert_found(Bounds::erasure(), Defect::ReopensClosedSlots, CLOSED_IS_EMPTY);
}

#[test]
fn planted_defect_healing_with_numbers_of_the_old_store_loses_a_write() {
    assert_found(Bounds::heal(), Defect::HealsWithOldNumbers, NOTHING_LOST);
}

#[test]
fn planted_defect_healing_without_tombstones_leaves_an_erased_slot_open() {
    assert_found(Bounds::heal(), Defect::HealsWithoutTombstones, ERASED_STAYS_ERASED);
}

#[test]
fn planted_defect_a_refusal_that_takes_a_number_leaves_a_gap() {
    assert_found(Bounds::epoch(), Defect::RefusalsTakeNumbers, NO_GAPS);
}

#[test]
fn planted_defect_a_relay_that_forgets_what_it_knows_stores_a_record_twice() {
    assert_found(Bounds::erasure(), Defect::ForgetsWhatItKnows, STORED_ONCE);
}
