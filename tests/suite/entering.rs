//! Who enters the home space: whoever the chain names, and nobody whom a removed device let in.

use cairn_core::crypto::SigningKey;
use cairn_core::store::SpaceRow;
use cairn_core::sync::{Ask, Request, Response, Transport, TransportError};
use cairn_core::vault::{KeyStore as _, MemoryKeyStore, Renewing};
use cairn_tests::{Device, Line, RawSession, World, drive, texts};
use cairn_wire::message::{Access, AccessAnswer, AccessRequest, Side};

/// A line that is cut where records are appended.
struct NoAppend(Line);

impl Transport for NoAppend {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.path == "/v1/append" {
            return Err(TransportError::Offline);
        }
        self.0.send(request)
    }
}

fn home(device: &Device) -> SpaceRow {
    device.engine.store().view().spaces().unwrap()[0].clone()
}

/// Whether the relay lets a key into a device's home space.
fn enters(world: &World, of: &Device, key: &SigningKey) -> bool {
    RawSession::try_begin(world, home(of).id, key).is_some()
}

/// `by` lets `key` in, with every right, into the space of `of`, whatever software it runs.
fn let_in(world: &World, of: &Device, by: &SigningKey, version: u64, key: &SigningKey) -> u64 {
    let row = home(of);
    let message = AccessRequest {
        token: RawSession::begin(world, row.id, by).token(),
        space: row.id,
        version,
        add: vec![Access {
            key: key.public(),
            side: Side::Participant,
            administer: true,
        }],
        remove: Vec::new(),
        only: None,
    };
    let answer = world.line().send(&Ask::request(&row.origin, "/v1/access", &message, 0));
    Ask::answer::<AccessAnswer>(&answer.unwrap()).unwrap().version
}

fn three(world: &World) -> [Device; 3] {
    let [mut phone, mut tablet, mut laptop] = ["phone", "tablet", "laptop"].map(|name| Device::new(world, 1, name));
    phone.connect(world);
    phone.pair(world, &mut tablet);
    phone.pair(world, &mut laptop);
    [phone, tablet, laptop]
}

/// The database of a device is older than its key store says.
fn find_put_back(device: &mut Device) {
    let keys = MemoryKeyStore::default();
    let mut mark = vec![1];
    mark.extend(99_u64.to_le_bytes());
    mark.extend([0; 16]);
    let id: String = device.id().as_bytes()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    keys.save(&format!("cairn.mark.{id}"), &mark).unwrap();
    device.engine.keep_mark(&keys).unwrap();
    assert_eq!(device.engine.renewing().unwrap(), Renewing::UnderWay);
}

/// Three devices, of which the last was removed, and everybody has read it.
fn two_and_one_removed(seed: u64) -> (World, Device, Device, Device) {
    let world = World::new(seed);
    let [mut phone, mut tablet, laptop] = three(&world);
    phone.engine.remove_device(laptop.id()).unwrap();
    for _ in 0..3 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    (world, phone, tablet, laptop)
}

#[test]
fn no_key_stays_that_a_removed_device_let_in_nor_one_that_such_a_key_let_in() {
    let world = World::new(1);
    let [mut phone, mut tablet, laptop] = three(&world);
    phone.sync(&world);
    let [own, first, second] = [
        SigningKey::from_seed(&home(&laptop).access_seed),
        SigningKey::from_seed(&[7; 32]),
        SigningKey::from_seed(&[8; 32]),
    ];
    let version = let_in(&world, &laptop, &own, home(&phone).access_version, &first);
    let_in(&world, &laptop, &first, version, &second);
    assert!(enters(&world, &phone, &second));
    phone.engine.remove_device(laptop.id()).unwrap();
    phone.sync(&world);
    for (name, key) in [
        ("its own", &own),
        ("one it let in", &first),
        ("one that one let in", &second),
    ] {
        assert!(!enters(&world, &phone, key), "{name}");
    }
    // One that got in again while nobody looked is out as soon as anybody has it looked into.
    let phones = SigningKey::from_seed(&home(&phone).access_seed);
    let_in(&world, &phone, &phones, home(&phone).access_version, &second);
    tablet.sync(&world);
    assert!(!enters(&world, &phone, &second), "another device says it once as well");
    phone.write("Still here.");
    phone.sync(&world);
    tablet.sync(&world);
    assert_eq!(texts(&tablet.engine), ["Still here."]);
    // And it is said once, not with each round.
    let before = phone.sync(&world).requests;
    assert_eq!(phone.sync(&world).requests, before);
}

#[test]
fn whoever_comes_after_a_removal_is_let_in_and_stays_in() {
    let (world, mut phone, mut tablet, _) = two_and_one_removed(2);
    let mut watch = Device::new(&world, 2, "watch");
    tablet.pair(&world, &mut watch);
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    watch.write("From the watch.");
    watch.sync(&world);
    phone.sync(&world);
    assert_eq!(texts(&phone.engine), ["From the watch."]);
    assert!(!watch.engine.sync_status().unwrap().is_shut_out);
    // A device that knew nothing of it when it was asked, and says who enters, shuts nobody out for long.
    let mut ring = Device::new(&world, 3, "ring");
    phone.pair(&world, &mut ring);
    tablet.engine.doctor().unwrap();
    tablet.sync(&world);
    ring.sync(&world);
    assert!(!ring.engine.sync_status().unwrap().is_shut_out);
}

#[test]
fn a_backup_that_was_shut_out_between_its_key_and_its_link_tells_the_relay_again() {
    let (world, mut phone, mut tablet, _) = two_and_one_removed(4);
    tablet.write("On the tablet.");
    tablet.sync(&world);
    find_put_back(&mut tablet);
    drop(drive(&mut tablet.engine, &NoAppend(world.line())));
    let key = SigningKey::from_seed(&home(&tablet).access_seed);
    assert!(enters(&world, &phone, &key), "its key is known, its link is not");
    phone.engine.doctor().unwrap();
    phone.sync(&world);
    assert!(!enters(&world, &phone, &key), "the phone knows of no such device");
    for _ in 0..2 {
        tablet.sync(&world);
    }
    assert!(!tablet.engine.sync_status().unwrap().is_shut_out);
    assert_eq!(tablet.engine.renewing().unwrap(), Renewing::Done);
    phone.sync(&world);
    tablet.sync(&world);
    assert!(enters(&world, &phone, &key));
}
