//! A phone that sleeps is woken when somebody wrote something for it, and by nothing else.

use cairn_core::support::Status;
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{Error, Waking};
use cairn_tests::{Device, Line, Two, World, drive};
use std::sync::atomic::{AtomicU32, Ordering};

const PHONE: &str = "https://push.example/up?id=phone";
const TABLET: &str = "https://push.example/up?id=tablet";

/// Later than any wake-up waits, and than one device is kept from being woken again.
fn later(world: &World) {
    world.clock.advance_ms(10 * 60_000);
}

/// Two devices of one person at a relay that wakes; the tablet is to be woken.
fn pair(seed: u64) -> (World, Device, Device) {
    let world = World::waking(seed);
    let [mut phone, mut tablet] = ["phone", "tablet"].map(|name| Device::new(&world, seed, name));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    tablet.engine.wake_me_at(Some(TABLET)).unwrap();
    assert_eq!(tablet.engine.waking().unwrap(), Waking::Waits);
    tablet.sync(&world);
    assert_eq!(tablet.engine.waking().unwrap(), Waking::Stands);
    world.woken();
    later(&world);
    (world, phone, tablet)
}

#[test]
fn what_one_device_writes_wakes_the_others_that_said_where() {
    let (world, mut phone, mut tablet) = pair(1);
    phone.write("For the tablet.");
    phone.sync(&world);
    assert_eq!(world.woken(), [TABLET]);
    later(&world);
    phone.sync(&world);
    assert!(world.woken().is_empty(), "nothing was written");
    // Its own words do not wake it, and neither do those it has read before its time came.
    tablet.sync(&world);
    tablet.write("By the tablet.");
    tablet.sync(&world);
    assert!(world.woken().is_empty());
    phone.sync(&world);
    phone.write("Read at once.");
    phone.sync(&world);
    tablet.sync(&world);
    assert!(world.woken().is_empty());
    tablet.engine.wake_me_at(None).unwrap();
    tablet.sync(&world);
    assert_eq!(tablet.engine.waking().unwrap(), Waking::Off);
    later(&world);
    phone.write("For nobody who sleeps.");
    phone.sync(&world);
    assert!(world.woken().is_empty());
}

#[test]
fn nothing_at_the_relay_or_on_the_way_says_where_a_device_is_woken() {
    let (world, mut phone, mut tablet) = pair(3);
    let heard = world.overhear();
    tablet.engine.wake_me_at(Some(PHONE)).unwrap();
    tablet.sync(&world);
    phone.write("One.");
    phone.sync(&world);
    let (sent, kept) = (heard.bytes(), world.bytes_at_rest());
    for bytes in [sent, kept] {
        assert!(!bytes.windows(12).any(|at| at == b"push.example"));
    }
    assert_eq!(world.woken(), [PHONE]);
}

#[test]
fn after_another_epoch_a_device_says_again_where_and_one_that_was_removed_is_silent() {
    let (world, mut phone, tablet) = pair(5);
    phone.engine.wake_me_at(Some(PHONE)).unwrap();
    phone.sync(&world);
    world.woken();
    later(&world);
    phone.engine.remove_device(tablet.id()).unwrap();
    for _ in 0..3 {
        phone.sync(&world);
    }
    later(&world);
    phone.write("Not for the tablet.");
    phone.sync(&world);
    assert!(world.woken().is_empty());
    let mut other = Device::new(&world, 6, "another");
    phone.pair(&world, &mut other);
    for _ in 0..2 {
        phone.sync(&world);
        other.sync(&world);
    }
    world.woken();
    later(&world);
    other.write("For the phone, which was there before the epoch.");
    other.sync(&world);
    assert_eq!(world.woken(), [PHONE]);
}

#[test]
fn a_specialist_wakes_the_participant_until_they_pause() {
    let world = World::waking(7);
    let devices = ["phone", "dee"].map(|name| Device::new(&world, 7, name));
    let mut two = Two::meet(world, devices);
    two.phone.agree(&two.world, &mut two.dee, two.id);
    two.phone.engine.wake_me_at(Some(PHONE)).unwrap();
    two.settle();
    two.world.woken();
    later(&two.world);
    let says = |two: &mut Two, words: &str| {
        let words = cairn_core::vault::NewMessage::new(cairn_core::support::Saying::OpenQuestion, words);
        two.dee.engine.say_message(two.theirs, words).unwrap();
        two.dee.sync(&two.world);
        two.world.woken()
    };
    assert_eq!(says(&mut two, "What was it like?"), [PHONE]);
    later(&two.world);
    two.settle();
    two.world.woken();
    two.phone.engine.pause_relationship(two.id, true).unwrap();
    two.settle();
    two.world.woken();
    later(&two.world);
    // Whatever dee's device sends now, a phone that paused is not woken for it.
    two.dee.write("For herself.");
    two.dee.sync(&two.world);
    assert!(two.world.woken().is_empty());
}

#[test]
fn a_relay_that_wakes_nobody_says_so_and_everything_arrives_all_the_same() {
    let world = World::new(9);
    let [mut phone, mut tablet] = ["phone", "tablet"].map(|name| Device::new(&world, 9, name));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.engine.wake_me_at(Some(TABLET)).unwrap();
    tablet.sync(&world);
    assert_eq!(tablet.engine.waking().unwrap(), Waking::RelayWakesNobody);
    phone.write("One.");
    assert!(phone.sync(&world).is_complete());
    let heard = world.overhear();
    phone.write("Two.");
    phone.sync(&world);
    assert!(
        heard.requests().iter().all(|request| request.path != "/v1/ring"),
        "it is not asked twice"
    );
    tablet.sync(&world);
    assert_eq!(cairn_tests::texts(&tablet.engine).len(), 2);
}

#[test]
fn what_is_no_address_is_refused() {
    let world = World::new(11);
    let mut phone = Device::new(&world, 11, "phone");
    for address in ["", "push.example", "ftp://push.example", "https://"] {
        assert!(matches!(
            phone.engine.wake_me_at(Some(address)),
            Err(Error::PushAddress)
        ));
    }
    assert_eq!(phone.engine.waking().unwrap(), Waking::Off);
}

/// The way to a relay of which some paths go elsewhere: to nobody, or to somebody in between who knows nothing of them.
struct Between {
    line: Line,
    paths: &'static [&'static str],
    answer: Result<Response, TransportError>,
    asked: AtomicU32,
}

impl Between {
    fn nobody(world: &World, paths: &'static [&'static str]) -> Self {
        Self {
            line: world.line(),
            paths,
            answer: Err(TransportError::TimedOut),
            asked: AtomicU32::new(0),
        }
    }

    fn a_proxy(world: &World, paths: &'static [&'static str]) -> Self {
        let answer = Ok(Response {
            status: 502,
            body: b"<html>Bad Gateway</html>".to_vec(),
        });
        Self {
            answer,
            ..Self::nobody(world, paths)
        }
    }
}

impl Transport for Between {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if !self.paths.contains(&request.path) {
            return self.line.send(request);
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.answer.clone()
    }
}

/// Begins a round, up to the request that tells the relay of the first space where this device is woken.
fn about_to_tell(device: &mut Device, world: &World) -> Request {
    device.engine.sync_begin().unwrap();
    loop {
        let request = device.engine.sync_next().expect("there is something to tell");
        if request.path == "/v1/wake" {
            return request;
        }
        device.engine.sync_answer(world.line().send(&request));
    }
}

/// Hears this answer, and ends the round.
fn and_goes_on(device: &mut Device, world: &World, answer: Result<Response, TransportError>) {
    device.engine.sync_answer(answer);
    while let Some(request) = device.engine.sync_next() {
        device.engine.sync_answer(world.line().send(&request));
    }
    assert!(device.engine.sync_end().unwrap().is_complete());
}

/// Whom the phone wakes with a few words.
fn woken_by(world: &World, phone: &mut Device) -> Vec<String> {
    later(world);
    phone.write("For whoever sleeps.");
    phone.sync(world);
    world.woken()
}

#[test]
fn whoever_says_nowhere_or_elsewhere_while_the_relay_is_told_is_woken_there() {
    let (world, mut phone, mut tablet) = pair(13);
    for said in [None, Some(TABLET)] {
        tablet.engine.wake_me_at(Some(PHONE)).unwrap();
        let request = about_to_tell(&mut tablet, &world);
        let answer = world.line().send(&request);
        tablet.engine.wake_me_at(said).unwrap();
        and_goes_on(&mut tablet, &world, answer);
        assert_eq!(woken_by(&world, &mut phone), Vec::from_iter(said));
        let is_woken = said.map_or(Waking::Off, |_| Waking::Stands);
        assert_eq!(tablet.engine.waking().unwrap(), is_woken);
    }
}

#[test]
fn what_the_relay_was_told_without_an_answer_stands_under_the_same_name() {
    let world = World::waking(15);
    let [mut phone, mut tablet] = ["phone", "tablet"].map(|name| Device::new(&world, 15, name));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    for is_told_again in [true, false] {
        tablet.engine.wake_me_at(Some(TABLET)).unwrap();
        let request = about_to_tell(&mut tablet, &world);
        world.line().send(&request).unwrap();
        and_goes_on(&mut tablet, &world, Err(TransportError::TimedOut));
        assert_eq!(tablet.engine.waking().unwrap(), Waking::Waits);
        if is_told_again {
            tablet.sync(&world);
            assert_eq!(tablet.engine.waking().unwrap(), Waking::Stands);
            later(&world);
            tablet.write("Its own words.");
            tablet.sync(&world);
            assert!(world.woken().is_empty(), "it does not wake itself");
            assert_eq!(woken_by(&world, &mut phone), [TABLET]);
        }
        tablet.engine.wake_me_at(None).unwrap();
        tablet.sync(&world);
        assert!(woken_by(&world, &mut phone).is_empty());
    }
}

#[test]
fn a_page_of_something_in_between_neither_takes_waking_away_nor_ends_it() {
    let (world, mut phone, mut tablet) = pair(17);
    let proxy = Between::a_proxy(&world, &["/v1/wake", "/v1/ring"]);
    let passes = |device: &mut Device| assert!(drive(&mut device.engine, &proxy).unwrap().is_complete());
    tablet.engine.wake_me_at(Some(PHONE)).unwrap();
    passes(&mut tablet);
    assert_eq!(tablet.engine.waking().unwrap(), Waking::Waits);
    tablet.sync(&world);
    assert_eq!(tablet.engine.waking().unwrap(), Waking::Stands);
    // The phone rings as before, once there is a relay again.
    phone.write("Rung for in vain.");
    passes(&mut phone);
    assert_eq!(woken_by(&world, &mut phone), [PHONE]);
    tablet.engine.wake_me_at(None).unwrap();
    passes(&mut tablet);
    tablet.sync(&world);
    assert!(woken_by(&world, &mut phone).is_empty());
}

#[test]
fn a_relay_that_does_not_answer_for_waking_keeps_nothing_else_back() {
    let world = World::waking(19);
    let devices = ["phone", "dee"].map(|name| Device::new(&world, 19, name));
    let mut two = Two::meet(world, devices);
    two.phone.agree(&two.world, &mut two.dee, two.id);
    two.settle();
    // Told of in the second space, after the first in which nobody answers for waking.
    let silent: [(&[&str], bool); 2] = [(&["/v1/ring", "/v1/wake"], true), (&["/v1/wake"], false)];
    for (paths, is_paused) in silent {
        let line = Between::nobody(&two.world, paths);
        two.phone.engine.wake_me_at(Some(PHONE)).unwrap();
        two.phone.engine.pause_relationship(two.id, is_paused).unwrap();
        two.phone.write("In the first space.");
        let report = drive(&mut two.phone.engine, &line).unwrap();
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(line.asked.load(Ordering::Relaxed), 1, "it is not waited for twice");
        two.dee.sync(&two.world);
        assert_eq!(two.dee.card().status == Status::Paused, is_paused);
    }
    two.phone.sync(&two.world);
    assert_eq!(two.phone.engine.waking().unwrap(), Waking::Stands);
}
