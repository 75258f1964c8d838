//! What counts as having asked whether somebody stopped it, and by whose clock.

use super::{CLOSED, DAY_MS, HOUR_MS, Home, Silent, closing, round, until};
use cairn_core::clock::Clock as _;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::{Request, Response, SyncError, Transport, TransportError};
use cairn_core::vault::{Engine, Erasure};
use cairn_tests::{Device, KEY, SeededEntropy, TestClock, World, drive, texts};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A line on which nothing is answered.
struct Dead;

impl Transport for Dead {
    fn send(&self, _: &Request) -> Result<Response, TransportError> {
        Err(TransportError::Offline)
    }
}

/// A line that breaks once the relay was told what is to become of one space.
struct BreaksAfterOne(cairn_tests::Line, AtomicBool);

impl Transport for BreaksAfterOne {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if self.1.load(Ordering::SeqCst) {
            return Err(TransportError::Offline);
        }
        let answer = self.0.send(request);
        self.1.store(request.path == "/v1/space", Ordering::SeqCst);
        answer
    }
}

#[test]
fn a_relay_that_is_not_reached_is_tried_several_times_over_a_day() {
    let mut home = Home::new(21);
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.sync(&home.world);
    home.world.clock.advance_ms(2 * DAY_MS);
    for _ in 0..5 {
        drop(drive(&mut home.phone.engine, &Dead).unwrap());
        assert!(!home.phone.engine.is_over().unwrap(), "often, and within a moment");
    }
    home.world.clock.advance_ms(20 * HOUR_MS);
    drop(drive(&mut home.phone.engine, &Dead).unwrap());
    assert!(!home.phone.engine.is_over().unwrap());
    home.world.clock.advance_ms(5 * HOUR_MS);
    assert!(!home.phone.engine.is_over().unwrap(), "not without a round");
    drop(drive(&mut home.phone.engine, &Dead).unwrap());
    assert!(home.phone.engine.is_over().unwrap());
}

#[test]
fn a_phone_that_the_relay_lets_in_no_more_is_left_to_whoever_holds_it() {
    let mut home = Home::new(22);
    home.world.clock.advance_ms(8 * DAY_MS);
    home.settle();
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.sync(&home.world);
    home.tablet.sync(&home.world);
    home.tablet.engine.remove_device(home.phone.id()).unwrap();
    home.tablet.engine.keep_everything().unwrap();
    for _ in 0..3 {
        home.tablet.sync(&home.world);
    }
    for _ in 0..6 {
        home.world.clock.advance_ms(DAY_MS);
        assert_eq!(round(&home.world, &mut home.phone), Some(SyncError::NotAuthorised));
        assert!(!home.phone.engine.is_over().unwrap());
    }
    assert!(home.phone.engine.sync_status().unwrap().is_shut_out);
    assert_eq!(texts(&home.phone.engine).len(), 5);
}

#[test]
fn asked_for_offline_and_heard_of_a_day_later_it_waits_a_day_for_all_from_then_on() {
    let mut home = Home::new(23);
    let mut dee = Device::new(&home.world, 23, "dee");
    let relationship = home.phone.befriend(&home.world, &mut dee);
    let entry = home.phone.write("Shown.");
    home.phone.share(relationship, entry);
    home.settle();
    dee.sync(&home.world);
    home.phone.engine.erase_everything(None).unwrap();
    home.world.clock.advance_ms(25 * HOUR_MS);
    let landed = home.world.clock.now().0;
    home.phone.sync(&home.world);
    home.phone.sync(&home.world);
    assert!(!home.phone.engine.is_over().unwrap());
    assert_eq!(until(&home.phone), landed + DAY_MS);
    home.world.clock.advance_ms(20 * HOUR_MS);
    home.world.sweep();
    dee.sync(&home.world);
    assert_eq!(
        dee.engine.shared_with_me().unwrap().len(),
        1,
        "nothing is taken back yet"
    );
    // Nobody could have stopped it before.
    home.tablet.sync(&home.world);
    home.tablet.engine.keep_everything().unwrap();
    home.settle();
    home.world.clock.advance_ms(3 * DAY_MS);
    home.world.sweep();
    home.settle();
    dee.sync(&home.world);
    assert_eq!(home.phone.engine.erasure().unwrap(), Erasure::Nothing);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
}

#[test]
fn a_wish_for_another_home_is_not_carried_out_in_the_one_that_is_joined() {
    let world = World::new(24);
    let (mut phone, mut tablet) = (Device::new(&world, 24, "phone"), Device::new(&world, 24, "tablet"));
    phone.connect(&world);
    phone.write("Here.");
    tablet.engine.erase_everything(None).unwrap();
    phone.pair(&world, &mut tablet);
    assert_eq!(tablet.engine.erasure().unwrap(), Erasure::Nothing);
    for _ in 0..3 {
        tablet.sync(&world);
        phone.sync(&world);
    }
    world.clock.advance_ms(10 * DAY_MS);
    for _ in 0..3 {
        tablet.sync(&world);
        phone.sync(&world);
    }
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.engine.erasure().unwrap(), Erasure::Nothing);
        assert!(!device.engine.is_over().unwrap());
    }
}

#[test]
fn a_device_is_not_over_before_the_relay_knows_of_every_space_that_is_to_end() {
    let mut home = Home::new(25);
    let mut dee = Device::new(&home.world, 25, "dee");
    let relationship = home.phone.befriend(&home.world, &mut dee);
    let entry = home.phone.write("Shown.");
    home.phone.share(relationship, entry);
    home.settle();
    dee.sync(&home.world);
    home.phone.engine.erase_everything(Some(&home.phrase)).unwrap();
    let line = BreaksAfterOne(home.world.line(), AtomicBool::new(false));
    let report = drive(&mut home.phone.engine, &line).unwrap();
    assert!(!report.is_complete());
    assert!(
        !home.phone.engine.is_over().unwrap(),
        "what is shown would stay for ever"
    );
    assert_eq!(round(&home.world, &mut home.phone), CLOSED);
    assert!(home.phone.engine.is_over().unwrap());
    drop(drive(&mut dee.engine, &home.world.line()).unwrap());
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
}

#[test]
fn that_a_space_is_closed_counts_under_the_relays_key_alone() {
    let mut home = Home::new(26);
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.sync(&home.world);
    home.world.clock.advance_ms(2 * DAY_MS);
    let report = drive(&mut home.phone.engine, &closing(&home.world)).unwrap();
    assert_eq!(report.failed.first().map(|(_, error)| *error), CLOSED);
    assert!(!home.phone.engine.is_over().unwrap());
    assert_eq!(round(&home.world, &mut home.phone), CLOSED);
    assert!(home.phone.engine.is_over().unwrap());
}

#[test]
fn whoever_stops_it_stops_it_at_the_relay_before_anything_else_goes_out() {
    let mut home = Home::new(27);
    home.phone.engine.erase_everything(None).unwrap();
    home.settle();
    home.tablet.write("Much to send.");
    home.tablet.engine.keep_everything().unwrap();
    home.tablet.engine.sync_begin().unwrap();
    let (line, mut paths) = (home.world.line(), Vec::new());
    while let Some(request) = home.tablet.engine.sync_next() {
        paths.push(request.path);
        let answer = line.send(&request);
        home.tablet.engine.sync_answer(answer);
    }
    drop(home.tablet.engine.sync_end());
    let first = |wanted: &str| paths.iter().position(|path| *path == wanted);
    assert!(first("/v1/space") < first("/v1/append"), "{paths:?}");
    // A line on which the relay hears nothing of spaces loses no words for it.
    let _ = drive(&mut home.phone.engine, &Silent(home.world.line()));
    home.settle();
    assert_eq!(home.phone.engine.erasure().unwrap(), Erasure::Nothing);
}

/// A tablet with a clock of its own, that has heard of the asking.
fn tablet_apart(world: &World, phone: &mut Device, seed: u64) -> (Device, TestClock, tempfile::TempDir) {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let store = Store::open(&StoreConfig::new(folder.path()), &KEY).unwrap();
    let entropy = Box::new(SeededEntropy::new(seed, "apart"));
    let mut tablet = Device::new(world, seed, "tablet");
    tablet.engine = Engine::new(store, "tablet", Arc::new(clock.clone()), entropy).unwrap();
    phone.connect(world);
    phone.pair(world, &mut tablet);
    phone.engine.erase_everything(None).unwrap();
    for _ in 0..2 {
        phone.sync(world);
        tablet.sync(world);
    }
    assert!(matches!(tablet.engine.erasure().unwrap(), Erasure::Until(_)));
    (tablet, clock, folder)
}

#[test]
fn neither_the_clock_of_a_device_nor_that_of_the_relay_alone_shortens_the_day() {
    let world = World::new(28);
    let mut phone = Device::new(&world, 28, "phone");
    let (mut tablet, clock, _folder) = tablet_apart(&world, &mut phone, 28);
    clock.advance_ms(2 * DAY_MS);
    assert_eq!(round(&world, &mut tablet), None);
    assert!(!tablet.engine.is_over().unwrap(), "the device's clock was set forward");
    world.clock.advance_ms(DAY_MS + 1);
    assert_eq!(round(&world, &mut tablet), CLOSED);
    assert!(tablet.engine.is_over().unwrap());

    let world = World::new(29);
    let mut phone = Device::new(&world, 29, "phone");
    let (mut tablet, clock, _folder) = tablet_apart(&world, &mut phone, 29);
    world.clock.advance_ms(2 * DAY_MS);
    assert_eq!(round(&world, &mut tablet), CLOSED);
    assert!(!tablet.engine.is_over().unwrap(), "the relay's clock is ahead");
    clock.advance_ms(DAY_MS + HOUR_MS);
    assert_eq!(round(&world, &mut tablet), CLOSED);
    assert!(tablet.engine.is_over().unwrap());
}
