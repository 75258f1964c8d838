//! Links of the device chain that wait, cross or come late, and who is let in meanwhile.

use cairn_core::crypto::SigningKey;
use cairn_core::limits;
use cairn_core::sync::{Ask, Request, Response, SyncError, Transport, TransportError};
use cairn_core::vault::{DeviceCard, Handshake};
use cairn_core::words;
use cairn_tests::{Device, Line, RawSession, World, drive, texts};
use cairn_wire::PublicKey;
use cairn_wire::message::{Access, AccessAnswer, AccessRequest, Side};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A line that is cut whenever something goes to one place.
struct CutAt(Line, &'static str);

impl Transport for CutAt {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.path == self.1 {
            return Err(TransportError::Offline);
        }
        self.0.send(request)
    }
}

/// Devices of one person that have read everything, the first one the oldest.
fn devices<const N: usize>(seed: u64, names: [&str; N]) -> (World, [Device; N]) {
    let world = World::new(seed);
    let mut devices = names.map(|name| Device::new(&world, seed, name));
    let (first, others) = devices.split_first_mut().unwrap();
    first.connect(&world);
    for other in others {
        first.pair(&world, other);
    }
    settle(&world, &mut devices);
    (world, devices)
}

fn settle(world: &World, devices: &mut [Device]) {
    for _ in 0..4 {
        for device in devices.iter_mut() {
            device.sync(world);
        }
    }
}

/// One round of a device of which nothing is said here but that it ends.
fn round(device: &mut Device, line: &dyn Transport) {
    drop(drive(&mut device.engine, line).unwrap());
}

fn card(device: &Device, id: PublicKey) -> Option<DeviceCard> {
    let cards = device.engine.devices().unwrap();
    cards.into_iter().find(|card| card.id == id)
}

fn epochs(devices: &[Device]) -> Vec<u32> {
    let epoch = |device: &Device| device.engine.store().view().spaces().unwrap()[0].epoch;
    devices.iter().map(epoch).collect()
}

#[test]
fn an_epoch_that_had_to_wait_holds_what_was_written_meanwhile() {
    let (world, mut devices) = devices(1, ["phone", "tablet", "laptop"]);
    devices[0].engine.shred().unwrap();
    round(&mut devices[0], &CutAt(world.line(), "/v1/epoch"));
    devices[1].write("While the link waited.");
    devices[1].sync(&world);
    settle(&world, &mut devices);
    for device in &mut devices {
        assert_eq!(texts(&device.engine), ["While the link waited."]);
        assert!(device.engine.doctor().unwrap().is_well);
    }
    assert_eq!(epochs(&devices), [2, 2, 2]);
}

#[test]
fn an_epoch_that_had_to_wait_is_made_anew_behind_another_link() {
    let (world, mut devices) = devices(2, ["phone", "tablet", "laptop"]);
    devices[0].engine.shred().unwrap();
    round(&mut devices[0], &CutAt(world.line(), "/v1/epoch"));
    let mut watch = Device::new(&world, 22, "watch");
    devices[1].pair(&world, &mut watch);
    watch.write("On the watch.");
    settle(&world, &mut devices);
    watch.sync(&world);
    settle(&world, &mut devices);
    watch.sync(&world);
    assert_eq!(epochs(&devices), [2, 2, 2]);
    for device in devices.iter().chain([&watch]) {
        assert_eq!(texts(&device.engine), ["On the watch."]);
    }
}

#[test]
fn a_link_that_another_one_came_before_is_nothing_wrong() {
    let (world, mut devices) = devices(3, ["phone", "tablet", "laptop"]);
    devices[2].engine.shred().unwrap();
    devices[2].sync(&world);
    // Both open the new box, and both put another key in the place of theirs.
    round(&mut devices[1], &CutAt(world.line(), "/v1/append"));
    devices[0].sync(&world);
    settle(&world, &mut devices);
    for device in &mut devices {
        let doctor = device.engine.doctor().unwrap();
        assert!(doctor.is_well, "{doctor:?}");
    }
}

#[test]
fn a_removal_by_the_phrase_is_never_dropped_unsaid_and_what_it_held_back_comes_in() {
    let (world, mut devices) = devices(4, ["phone", "tablet"]);
    let phrase = devices[0].set_phrase(&world);
    settle(&world, &mut devices);
    let phone = devices[0].id();
    devices[1].engine.use_phrase(&phrase).unwrap();
    devices[1].engine.remove_device(phone).unwrap();
    assert!(card(&devices[1], phone).unwrap().is_going);
    // The phrase lives in memory alone: closing the app is enough.
    devices[1].engine.forget_phrase();
    devices[0].write("From the phone.");
    settle(&world, &mut devices);
    let standing = card(&devices[1], phone).unwrap();
    assert!(!standing.is_going && standing.needs_phrase, "{standing:?}");
    assert_eq!(texts(&devices[1].engine), ["From the phone."]);
    assert_eq!(devices[1].engine.arrivals().unwrap(), []);
    assert!(devices[1].engine.doctor().unwrap().is_well);
    devices[1].engine.use_phrase(&phrase).unwrap();
    for _ in 0..3 {
        devices[1].sync(&world);
    }
    assert_eq!(card(&devices[1], phone), None);
}

#[test]
fn who_was_removed_is_kept_out_again_when_somebody_let_them_in() {
    let (world, mut devices) = devices(5, ["phone", "tablet", "laptop"]);
    let [phone, tablet, laptop] = &mut devices;
    phone.engine.remove_device(laptop.id()).unwrap();
    for _ in 0..3 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    let before = phone.sync(&world).requests;
    assert_eq!(phone.sync(&world).requests, before, "nothing is asked twice");
    let row = |device: &Device| device.engine.store().view().spaces().unwrap()[0].clone();
    let key = SigningKey::from_seed(&row(laptop).access_seed).public();
    let let_in = |device: &Device| {
        let row = row(device);
        let message = AccessRequest {
            token: RawSession::of(&world, &row).token(),
            space: row.id,
            version: row.access_version,
            add: vec![Access {
                key,
                side: Side::Participant,
                administer: false,
            }],
            remove: Vec::new(),
            only: None,
        };
        let answer = world.line().send(&Ask::request(&row.origin, "/v1/access", &message, 0));
        let _: AccessAnswer = Ask::answer(&answer.unwrap()).unwrap();
    };
    let is_out = |laptop: &mut Device| {
        let failed = drive(&mut laptop.engine, &world.line()).unwrap().failed;
        failed.iter().any(|(_, error)| *error == SyncError::NotAuthorised)
    };
    // Whoever changes who may enter meets the change that somebody else made.
    let_in(tablet);
    let mut watch = Device::new(&world, 55, "watch");
    phone.pair(&world, &mut watch);
    assert!(is_out(laptop), "after the next pairing");
    // And whoever looks has it asked.
    let_in(phone);
    tablet.engine.doctor().unwrap();
    tablet.sync(&world);
    assert!(is_out(laptop), "after the doctor was asked");
}

#[test]
fn a_device_that_is_let_in_no_more_says_so_and_what_can_be_done() {
    let (world, mut devices) = devices(6, ["phone", "tablet"]);
    let [phone, tablet] = &mut devices;
    phone.write("Mine.");
    settle(&world, std::slice::from_mut(phone));
    assert!(!phone.engine.sync_status().unwrap().is_shut_out);
    world.clock.advance_ms(8 * DAY_MS);
    tablet.engine.remove_device(phone.id()).unwrap();
    tablet.sync(&world);
    round(phone, &CutAt(world.line(), "/v1/challenge"));
    assert!(!phone.engine.sync_status().unwrap().is_shut_out, "nobody said so");
    round(phone, &world.line());
    assert!(phone.engine.sync_status().unwrap().is_shut_out);
    let doctor = phone.engine.doctor().unwrap();
    assert!(
        doctor.lines.iter().any(|line| line == words::status::SHUT_OUT.text),
        "{doctor:?}"
    );
    assert_eq!(texts(&phone.engine), ["Mine."]);
    assert!(!tablet.engine.sync_status().unwrap().is_shut_out);
}

#[test]
fn a_person_who_has_had_many_epochs_goes_on_pairing_removing_and_coming_back() {
    let (world, mut devices) = devices(7, ["phone", "tablet"]);
    devices[0].write("From the beginning.");
    let mut phrase = String::new();
    for _ in 0..30 {
        phrase = devices[0].set_phrase(&world);
        settle(&world, &mut devices);
    }
    let home = devices[0].engine.store().view().spaces().unwrap()[0].id;
    let kept = devices[0].engine.store().view().epoch_keys(home).unwrap().len();
    assert!(kept <= limits::EPOCHS_KEPT_MAX + 1, "{kept} keys");
    let mut laptop = Device::new(&world, 77, "laptop");
    devices[0].pair(&world, &mut laptop);
    laptop.sync(&world);
    assert_eq!(texts(&laptop.engine), ["From the beginning."]);
    devices[0].engine.remove_device(laptop.id()).unwrap();
    settle(&world, &mut devices);
    assert_eq!(card(&devices[1], laptop.id()), None);
    let mut back = Device::new(&world, 78, "back");
    back.engine.recover(world.origin(), &phrase).unwrap();
    back.alone(&world, Handshake::Recover).unwrap();
    back.sync(&world);
    assert_eq!(texts(&back.engine), ["From the beginning."]);
}
