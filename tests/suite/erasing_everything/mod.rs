//! Everything is erased: on all of a person's devices and at the relay, stopped in time, or on one device alone.

mod looking;
mod older;
mod vaults;

use cairn_core::clock::Clock as _;
use cairn_core::sync::{Request, Response, SyncError, Transport, TransportError};
use cairn_core::vault::{Change, Erasure, Error};
use cairn_core::words::{erasing as said, status};
use cairn_tests::{Device, Meddler, World, change_read, drive, texts};
use cairn_wire::message::RefusalCode;
use cairn_wire::{HEADER_BYTES, Header, SpaceId};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A phone with a recovery phrase, a tablet, and what both hold.
struct Home {
    world: World,
    phone: Device,
    tablet: Device,
    phrase: String,
}

impl Home {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let mut phone = Device::new(&world, seed, "phone");
        let mut tablet = Device::new(&world, seed, "tablet");
        phone.connect(&world);
        phone.pair(&world, &mut tablet);
        let phrase = phone.set_phrase(&world);
        for n in 0..5 {
            phone.write(&format!("Day {n}."));
        }
        let mut home = Self {
            world,
            phone,
            tablet,
            phrase,
        };
        home.settle();
        home
    }

    fn settle(&mut self) {
        for _ in 0..4 {
            self.phone.sync(&self.world);
            self.tablet.sync(&self.world);
        }
    }
}

/// A round in which the home space may be closed.
fn round(world: &World, device: &mut Device) -> Option<SyncError> {
    let report = drive(&mut device.engine, &world.line()).unwrap();
    report.failed.first().map(|(_, error)| *error)
}

const CLOSED: Option<SyncError> = Some(SyncError::Refused(RefusalCode::SpaceClosed));

fn until(device: &Device) -> i64 {
    match device.engine.erasure().unwrap() {
        Erasure::Until(at) => at.0,
        other => panic!("it is under way: {other:?}"),
    }
}

#[test]
fn asked_on_the_phone_and_stopped_on_the_tablet_within_the_day_nothing_is_lost_anywhere() {
    let mut home = Home::new(1);
    let asked = home.world.clock.now().0;
    home.phone.engine.erase_everything(None).unwrap();
    assert_eq!(home.phone.engine.erasure().unwrap(), Erasure::Asked);
    assert!(home.phone.engine.take_changes().contains(&Change::Devices));
    home.phone.sync(&home.world);
    assert_eq!(until(&home.phone), asked + DAY_MS);
    home.world.clock.advance_ms(5 * HOUR_MS);
    home.tablet.engine.take_changes();
    home.tablet.sync(&home.world);
    assert_eq!(
        until(&home.tablet),
        asked + 5 * HOUR_MS + DAY_MS,
        "from when it heard of it"
    );
    assert!(home.tablet.engine.take_changes().contains(&Change::Devices));
    let doctor = home.tablet.engine.doctor().unwrap();
    assert!(doctor.is_well && doctor.lines.iter().any(|line| line == said::UNDER_WAY.text));
    assert_eq!(
        home.tablet.engine.sync_status().unwrap().erasure,
        home.tablet.engine.erasure().unwrap()
    );

    // Offline, and at once here.
    home.tablet.engine.keep_everything().unwrap();
    assert_eq!(home.tablet.engine.erasure().unwrap(), Erasure::Nothing);
    home.world.clock.advance_ms(2 * DAY_MS);
    assert!(!home.tablet.engine.is_over().unwrap());
    home.world.clock.advance_ms(-2 * DAY_MS);
    home.settle();
    for device in [&home.phone, &home.tablet] {
        assert_eq!(device.engine.erasure().unwrap(), Erasure::Nothing);
        assert_eq!(texts(&device.engine).len(), 5);
    }
    // The relay heard of it too: no time of its own makes an end.
    home.world.clock.advance_ms(30 * DAY_MS);
    home.world.sweep();
    home.settle();
    home.phone.write("Still here.");
    home.settle();
    assert_eq!(texts(&home.tablet.engine).len(), 6);
    for device in [&mut home.phone, &mut home.tablet] {
        assert!(!device.engine.is_over().unwrap());
        assert!(device.engine.doctor().unwrap().is_well);
    }
    // And it can be asked for again, from the other device, settled by now.
    home.tablet.engine.erase_everything(None).unwrap();
    home.settle();
    assert!(until(&home.phone) > home.world.clock.now().0);
}

/// A line on which nothing can be said of a space as a whole.
struct Silent(cairn_tests::Line);

impl Transport for Silent {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.path == "/v1/space" {
            return Err(TransportError::TimedOut);
        }
        self.0.send(request)
    }
}

#[test]
fn whoever_stops_it_takes_back_what_another_device_told_the_relay() {
    let mut home = Home::new(10);
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.sync(&home.world);
    // The phone has told the relay when to close, and is never seen again; the tablet heard of the link alone.
    let report = drive(&mut home.tablet.engine, &Silent(home.world.line())).unwrap();
    assert!(!report.is_complete());
    home.tablet.engine.keep_everything().unwrap();
    home.tablet.sync(&home.world);
    home.world.clock.advance_ms(3 * DAY_MS);
    home.world.sweep();
    home.tablet.write("On.");
    home.tablet.sync(&home.world);
    assert_eq!(home.tablet.engine.sync_status().unwrap().waiting, 0);
}

#[test]
fn after_the_day_each_device_is_over_and_the_relay_keeps_the_links_and_in_the_end_nothing() {
    let mut home = Home::new(2);
    home.phone.engine.erase_everything(None).unwrap();
    home.settle();
    home.world.clock.advance_ms(DAY_MS - 1);
    for device in [&mut home.phone, &mut home.tablet] {
        assert_eq!(round(&home.world, device), None);
        assert!(!device.engine.is_over().unwrap());
    }
    home.world.clock.advance_ms(2);
    assert!(
        !home.phone.engine.is_over().unwrap(),
        "it looks first whether somebody stopped it"
    );
    assert_eq!(round(&home.world, &mut home.phone), CLOSED);
    assert!(home.phone.engine.is_over().unwrap());
    assert_eq!(round(&home.world, &mut home.tablet), CLOSED);
    assert!(home.tablet.engine.is_over().unwrap());
    // What is left at the relay is links, and after their days nothing.
    let space = home.phone.engine.store().view().spaces().unwrap()[0].id;
    let links = home.phone.engine.store().view().links(space).unwrap().len();
    assert_eq!(records_in(&home.world, space), links);
    assert_eq!(texts(&home.phone.engine).len(), 5, "the engine itself destroys nothing");
    home.world.clock.advance_ms(121 * DAY_MS);
    home.world.sweep();
    assert_eq!(records_in(&home.world, space), 0);
}

/// How many records of a space, whole or not, the relay's files hold.
fn records_in(world: &World, space: SpaceId) -> usize {
    let bytes = world.backup(99).bytes_at_rest();
    let mut seen = std::collections::BTreeSet::new();
    for at in 0..bytes.len().saturating_sub(HEADER_BYTES) {
        if bytes[at] == 1
            && let Ok(header) = Header::decode(&bytes[at..at + HEADER_BYTES])
            && header.space == space
        {
            seen.insert(header.record_id);
        }
    }
    seen.len()
}

#[test]
fn with_the_phrase_a_tablet_that_was_away_is_over_as_soon_as_it_comes_and_finds_the_space_closed() {
    let mut home = Home::new(3);
    home.tablet.write("Never sent.");
    home.phone.engine.erase_everything(Some(&home.phrase)).unwrap();
    assert_eq!(round(&home.world, &mut home.phone), None);
    assert!(home.phone.engine.is_over().unwrap(), "in the round that told the relay");
    home.world.clock.advance_ms(60 * DAY_MS);
    home.world.sweep();
    assert!(!home.tablet.engine.is_over().unwrap());
    assert_eq!(round(&home.world, &mut home.tablet), CLOSED);
    assert!(
        home.tablet.engine.is_over().unwrap(),
        "the link that the phrase signed says so, not the relay"
    );
    assert!(!home.tablet.engine.sync_status().unwrap().is_ended);
}

#[test]
fn a_tablet_that_comes_late_to_a_closed_space_has_its_own_day_and_may_keep_what_it_has() {
    let mut home = Home::new(4);
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.sync(&home.world);
    home.world.clock.advance_ms(10 * DAY_MS);
    home.world.sweep();
    assert_eq!(round(&home.world, &mut home.tablet), CLOSED);
    let now = home.world.clock.now().0;
    assert_eq!(until(&home.tablet), now + DAY_MS);
    assert!(!home.tablet.engine.is_over().unwrap());
    home.tablet.engine.keep_everything().unwrap();
    home.world.clock.advance_ms(10 * DAY_MS);
    assert_eq!(round(&home.world, &mut home.tablet), CLOSED);
    assert!(!home.tablet.engine.is_over().unwrap());
    assert_eq!(texts(&home.tablet.engine).len(), 5);
    // Its place at the relay is gone for good, and it says so.
    assert!(home.tablet.engine.sync_status().unwrap().is_ended);
}

#[test]
fn a_device_of_less_than_a_week_cannot_ask_and_every_device_can_stop_it() {
    let mut home = Home::new(5);
    assert!(matches!(
        home.tablet.engine.erase_everything(None),
        Err(Error::NotSettled)
    ));
    assert!(matches!(
        home.tablet.engine.erase_everything(Some("no phrase")),
        Err(Error::BadPhrase)
    ));
    assert_eq!(home.tablet.engine.erasure().unwrap(), Erasure::Nothing);
    home.phone.engine.erase_everything(None).unwrap();
    home.settle();
    home.tablet.engine.keep_everything().unwrap();
    home.settle();
    assert_eq!(home.phone.engine.erasure().unwrap(), Erasure::Nothing);
    // With the phrase a new device asks too, and nobody waits.
    home.tablet.engine.erase_everything(Some(&home.phrase)).unwrap();
    assert_eq!(round(&home.world, &mut home.tablet), None);
    assert!(home.tablet.engine.is_over().unwrap());
}

#[test]
fn a_wish_that_was_taken_back_before_anybody_heard_of_it_leaves_nothing() {
    let mut home = Home::new(6);
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.engine.keep_everything().unwrap();
    assert_eq!(home.phone.engine.erasure().unwrap(), Erasure::Nothing);
    home.settle();
    home.world.clock.advance_ms(3 * DAY_MS);
    home.settle();
    for device in [&mut home.phone, &mut home.tablet] {
        assert_eq!(device.engine.erasure().unwrap(), Erasure::Nothing);
        assert!(!device.engine.is_over().unwrap());
    }
    // On its way, and its answer lost: it is stopped all the same, by a link behind it.
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.engine.sync_begin().unwrap();
    let line = home.world.line();
    while let Some(request) = home.phone.engine.sync_next() {
        let answer = line.send(&request);
        let is_push = request.path == "/v1/append";
        home.phone
            .engine
            .sync_answer(if is_push { Err(TransportError::TimedOut) } else { answer });
        if is_push {
            break;
        }
    }
    drop(home.phone.engine.sync_end());
    home.phone.engine.keep_everything().unwrap();
    home.settle();
    for device in [&home.phone, &home.tablet] {
        assert_eq!(device.engine.erasure().unwrap(), Erasure::Nothing);
    }
}

#[test]
fn a_relay_that_says_that_it_has_ended_the_space_erases_nothing_and_is_quoted() {
    let mut home = Home::new(7);
    let closing = closing(&home.world);
    for _ in 0..3 {
        let report = drive(&mut home.phone.engine, &closing).unwrap();
        assert_eq!(report.failed.first().map(|(_, error)| *error), CLOSED);
        home.world.clock.advance_ms(2 * DAY_MS);
        assert!(!home.phone.engine.is_over().unwrap());
    }
    assert_eq!(home.phone.engine.erasure().unwrap(), Erasure::Nothing);
    assert!(home.phone.engine.sync_status().unwrap().is_ended);
    let doctor = home.phone.engine.doctor().unwrap();
    assert!(!doctor.is_well && doctor.lines.iter().any(|line| line == status::ENDED.text));
    assert_eq!(texts(&home.phone.engine).len(), 5);
    // It was a lie, and is forgotten with the next honest round.
    home.settle();
    assert!(!home.phone.engine.sync_status().unwrap().is_ended);
    home.phone.write("And on.");
    home.settle();
    assert_eq!(texts(&home.tablet.engine).len(), 6);
}

/// A line to a relay that says of every space that it is closed.
fn closing(world: &World) -> impl Transport + use<> {
    Meddler::of_answers(world.line(), |request, response| {
        change_read(request, response, |answer| {
            for page in &mut answer.pages {
                page.items.clear();
                (page.head, page.page_head, page.closed) = (None, None, None);
                page.refusal = Some(RefusalCode::SpaceClosed);
            }
        });
    })
}

#[test]
fn a_relay_that_closed_the_space_under_its_key_and_keeps_the_links_back_erases_nothing() {
    let mut home = Home::new(9);
    home.phone.engine.erase_everything(None).unwrap();
    home.phone.sync(&home.world);
    home.world.clock.advance_ms(2 * DAY_MS);
    let without = Meddler::of_answers(home.world.line(), |request, response| {
        change_read(request, response, |answer| {
            answer.pages.iter_mut().for_each(|page| page.items.clear())
        });
    });
    let report = drive(&mut home.tablet.engine, &without).unwrap();
    assert_eq!(report.failed.first().map(|(_, error)| *error), CLOSED);
    home.world.clock.advance_ms(30 * DAY_MS);
    drop(drive(&mut home.tablet.engine, &without).unwrap());
    assert!(!home.tablet.engine.is_over().unwrap());
    assert_eq!(home.tablet.engine.erasure().unwrap(), Erasure::Nothing);
    assert!(home.tablet.engine.sync_status().unwrap().is_ended);
    // Once they are shown, the day begins.
    assert_eq!(round(&home.world, &mut home.tablet), CLOSED);
    assert_eq!(until(&home.tablet), home.world.clock.now().0 + DAY_MS);
    assert!(!home.tablet.engine.sync_status().unwrap().is_ended);
}

#[test]
fn what_was_shown_is_gone_from_the_specialists_device_when_the_space_is_closed() {
    let mut home = Home::new(8);
    let mut dee = Device::new(&home.world, 8, "dee");
    let relationship = home.phone.befriend(&home.world, &mut dee);
    let entry = home.phone.write("Quetzalnacht.");
    home.phone.share(relationship, entry);
    home.settle();
    dee.sync(&home.world);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    home.phone.engine.erase_everything(None).unwrap();
    home.settle();
    dee.sync(&home.world);
    assert_eq!(
        dee.engine.shared_with_me().unwrap().len(),
        1,
        "it can be stopped, and nothing is taken back before"
    );
    home.world.clock.advance_ms(DAY_MS + 1);
    // Dee's own vault has no place at a relay; the one she was shown things in is closed.
    let report = drive(&mut dee.engine, &home.world.line()).unwrap();
    assert_eq!(report.failed.first().map(|(_, error)| *error), CLOSED);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert!(dee.engine.relationships().unwrap()[0].ended.is_some());
    let pages = dee.pages();
    assert!(!pages.windows(12).any(|at| at == b"Quetzalnacht"));
    assert!(
        drive(&mut dee.engine, &home.world.line()).is_err_and(|error| matches!(error, Error::NoRelay)) || {
            drive(&mut dee.engine, &home.world.line()).unwrap().is_complete()
        }
    );
}
