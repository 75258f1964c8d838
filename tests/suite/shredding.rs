//! Erasing beyond the reach of old copies: what opens with everything that is left.

use cairn_core::crypto::{self, EpochKey};
use cairn_core::id::{DocumentId, EntryId};
use cairn_core::vault::{Handshake, Shredding};
use cairn_tests::{Device, World, texts};
use cairn_wire::{HEADER_BYTES, Header, SpaceId};

fn settle(world: &World, devices: &mut [&mut Device]) {
    for _ in 0..6 {
        for device in devices.iter_mut() {
            device.sync(world);
        }
    }
}

/// Every epoch key of the home space that a device has.
fn keys(device: &Device) -> Vec<EpochKey> {
    let view = device.engine.store().view();
    let home = view.spaces().unwrap()[0].id;
    let keys = view.epoch_keys(home).unwrap();
    keys.into_iter().map(|(_, key)| EpochKey::from_bytes(*key)).collect()
}

fn home(device: &Device) -> SpaceId {
    device.engine.store().view().spaces().unwrap()[0].id
}

/// How many records of this entry, in everything that ever went to the relay, open with these keys.
fn opened(heard: &[u8], space: SpaceId, keys: &[EpochKey], entry: EntryId) -> usize {
    let mut count = 0;
    for at in 0..heard.len().saturating_sub(HEADER_BYTES) {
        if heard[at] != 1 || heard[at + 2..at + 18] != *space.as_bytes() {
            continue;
        }
        let Ok(header) = Header::decode(&heard[at..at + HEADER_BYTES]) else {
            continue;
        };
        let Some(record) = heard.get(at..at + HEADER_BYTES + header.length as usize) else {
            continue;
        };
        let inside = keys.iter().find_map(|key| {
            let plaintext = crypto::open(key, record).ok()?;
            Some(
                cairn_core::record::parse(&record[..HEADER_BYTES].try_into().ok()?, &plaintext)
                    .ok()?
                    .inside,
            )
        });
        count += usize::from(inside.is_some_and(|inside| inside.document == DocumentId::from(entry)));
    }
    count
}

#[test]
fn a_copy_of_the_relay_from_before_opens_nothing_of_what_was_erased_with_any_device_from_after() {
    let world = World::new(1);
    let heard = world.overhear();
    let mut phone = Device::new(&world, 1, "phone");
    let mut tablet = Device::new(&world, 1, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let night = phone.write("Night.");
    for n in 0..5 {
        phone.write(&format!("Day {n}."));
    }
    settle(&world, &mut [&mut tablet, &mut phone]);
    let (copy, space) = (heard.bytes(), home(&phone));
    phone.engine.trash(night).unwrap();
    phone.engine.erase(night).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    // Erased everywhere, and yet whoever copied the relay's files before needs one device to read it.
    assert!(opened(&copy, space, &keys(&phone), night) > 0);
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Nothing);
    phone.engine.shred().unwrap();
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Beginning);
    phone.sync(&world);
    phone.sync(&world);
    assert_eq!(
        phone.engine.shredding().unwrap(),
        Shredding::WaitingFor(vec!["tablet".to_owned()])
    );
    settle(&world, &mut [&mut tablet, &mut phone]);
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.engine.shredding().unwrap(), Shredding::Done);
        assert_eq!(keys(device).len(), 1);
        assert_eq!(opened(&heard.bytes(), space, &keys(device), night), 0);
        assert_eq!(texts(&device.engine).len(), 5);
        assert!(device.engine.doctor().unwrap().is_well);
    }
    // A new device reads everything that is live, and only that.
    let mut laptop = Device::new(&world, 1, "laptop");
    phone.pair(&world, &mut laptop);
    settle(&world, &mut [&mut laptop, &mut phone]);
    assert_eq!(texts(&laptop.engine), texts(&phone.engine));
    laptop.write("From the laptop.");
    settle(&world, &mut [&mut laptop, &mut phone, &mut tablet]);
    assert_eq!(texts(&tablet.engine).len(), 6);
}

#[test]
fn old_keys_are_on_no_page_of_a_device_that_has_let_go() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    phone.connect(&world);
    phone.write("Something.");
    phone.sync(&world);
    let old = phone
        .engine
        .store()
        .view()
        .epoch_keys(home(&phone))
        .unwrap()
        .remove(0)
        .1;
    let holds = |phone: &Device| phone.pages().windows(32).any(|bytes| bytes == old.as_slice());
    assert!(holds(&phone));
    phone.engine.shred().unwrap();
    settle(&world, &mut [&mut phone]);
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Done);
    assert!(!holds(&phone));
}

#[test]
fn a_device_that_edits_meanwhile_or_comes_back_late_loses_nothing() {
    let world = World::new(3);
    let mut phone = Device::new(&world, 3, "phone");
    let mut tablet = Device::new(&world, 3, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    for n in 0..450 {
        phone.write(&format!("Entry {n}."));
    }
    settle(&world, &mut [&mut phone, &mut tablet]);
    tablet.write("In a valley.");
    phone.engine.shred().unwrap();
    let mut seen = Vec::new();
    for _ in 0..6 {
        phone.sync(&world);
        if let Shredding::Sealing { left } = phone.engine.shredding().unwrap() {
            seen.push(left);
        }
    }
    // Little by little, so that a phone on a bus is not busy with it.
    assert!(
        seen.len() >= 2 && seen.windows(2).all(|pair| pair[1] < pair[0]),
        "{seen:?}"
    );
    phone.write("While it was going on.");
    settle(&world, &mut [&mut tablet, &mut phone]);
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.engine.shredding().unwrap(), Shredding::Done);
        assert_eq!(texts(&device.engine).len(), 452);
        assert!(device.engine.doctor().unwrap().is_well);
    }
}

#[test]
fn two_devices_that_seal_the_same_again_at_once_agree() {
    let world = World::new(4);
    let mut phone = Device::new(&world, 4, "phone");
    let mut tablet = Device::new(&world, 4, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    for n in 0..300 {
        phone.write(&format!("Entry {n}."));
    }
    settle(&world, &mut [&mut phone, &mut tablet]);
    phone.engine.shred().unwrap();
    tablet.engine.shred().unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.engine.shredding().unwrap(), Shredding::Done);
        assert_eq!(texts(&device.engine).len(), 300);
        assert!(device.engine.doctor().unwrap().is_well);
    }
}

#[test]
fn a_recovery_phrase_goes_on_to_work_and_opens_only_what_is_live() {
    let world = World::new(5);
    let mut phone = Device::new(&world, 5, "phone");
    phone.connect(&world);
    let night = phone.write("Night.");
    phone.write("Day.");
    let phrase = phone.set_phrase(&world);
    phone.engine.trash(night).unwrap();
    phone.engine.erase(night).unwrap();
    phone.engine.shred().unwrap();
    settle(&world, &mut [&mut phone]);
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Done);
    drop(phone);
    let mut new = Device::new(&world, 51, "new");
    new.engine.recover(world.origin(), &phrase).unwrap();
    new.alone(&world, Handshake::Recover).unwrap();
    new.sync(&world);
    assert_eq!(texts(&new.engine), ["Day."]);
    let doctor = new.engine.doctor().unwrap();
    assert!(doctor.is_well, "{doctor:?}");
}
