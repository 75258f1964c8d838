//! Erasing beyond the reach of old copies: what opens with everything that is left.

use crate::hostile_relay::made_by;
use cairn_core::crypto::{self, EpochKey};
use cairn_core::id::{DocumentId, EntryId};
use cairn_core::record::Kind;
use cairn_core::sync::Transport as _;
use cairn_core::vault::{Handshake, Shredding};
use cairn_tests::{Device, RawSession, SeededEntropy, World, texts};
use cairn_wire::{HEADER_BYTES, Header, SpaceId};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

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

/// A phone that has let go, before a new device comes: it is to read everything, and so is the phrase.
fn a_new_device_and_the_phrase_read(world: &World, device: &mut Device, seed: u64, phrase: &str) {
    let mut new = Device::new(world, seed, "new");
    device.pair(world, &mut new);
    settle(world, &mut [&mut new, device]);
    assert_eq!(texts(&new.engine), texts(&device.engine));
    let mut back = Device::new(world, seed, "back");
    back.engine.recover(world.origin(), phrase).unwrap();
    back.alone(world, Handshake::Recover).unwrap();
    back.sync(world);
    assert_eq!(texts(&back.engine), texts(&device.engine));
}

#[test]
fn links_that_an_epoch_overtook_are_sealed_again_before_anybody_lets_go() {
    let world = World::new(6);
    let mut phone = Device::new(&world, 6, "phone");
    let mut tablet = Device::new(&world, 6, "tablet");
    let mut laptop = Device::new(&world, 6, "laptop");
    phone.connect(&world);
    phone.write("Day.");
    phone.pair(&world, &mut tablet);
    phone.pair(&world, &mut laptop);
    settle(&world, &mut [&mut tablet, &mut laptop, &mut phone]);
    let phrase = phone.set_phrase(&world);
    settle(&world, &mut [&mut tablet, &mut laptop, &mut phone]);
    phone.engine.shred().unwrap();
    phone.engine.sync_begin().unwrap();
    let (mut has_begun, mut appends, mut overtaken) = (false, 0, false);
    while let Some(request) = phone.engine.sync_next() {
        // The box of the phrase went, and the links are on their way, when the tablet begins an epoch of its own.
        appends += usize::from(has_begun && request.path == "/v1/append");
        if appends == 2 && !overtaken {
            tablet.engine.remove_device(laptop.id()).unwrap();
            tablet.sync(&world);
            overtaken = true;
        }
        has_begun |= request.path == "/v1/epoch";
        phone.engine.sync_answer(world.line().send(&request));
    }
    phone.engine.sync_end().unwrap();
    assert!(overtaken);
    settle(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Done);
    a_new_device_and_the_phrase_read(&world, &mut phone, 61, &phrase);
}

#[test]
fn a_link_under_whose_name_something_else_stands_is_sealed_again_all_the_same() {
    let world = World::new(7);
    let heard = world.overhear();
    let mut phone = Device::new(&world, 7, "phone");
    phone.connect(&world);
    let entry = phone.write("Day.");
    phone.sync(&world);
    let phrase = phone.set_phrase(&world);
    let row = phone.engine.store().view().spaces().unwrap().remove(0);
    // Whoever may enter can take the names that the first link and the entry will have.
    let view = phone.engine.store().view();
    let link = view.links(row.id).unwrap().remove(0);
    let hash = crypto::LinkHash::of(&link);
    let document = |bytes: &[u8]| DocumentId::from_bytes(bytes[..16].try_into().unwrap());
    let slot_key = crypto::SlotKey::from_bytes(row.slot_key);
    let again = |document: DocumentId, heads: &[[u8; 32]]| {
        let slot = crypto::slot_id(&slot_key, &document, 0);
        crypto::sealed_again_id(row.id, row.incarnation, row.epoch + 1, slot, heads)
    };
    let names = [
        again(document(hash.as_bytes()), &[*hash.as_bytes()]),
        again(
            DocumentId::from(entry),
            &view.document(DocumentId::from(entry)).unwrap().unwrap().heads,
        ),
    ];
    let like = heard.records().pop().unwrap();
    let mut taken = Vec::new();
    for (at, name) in (0_u8..).zip(names) {
        let mut header = cairn_tests::header_of(&like);
        (header.record_id, header.slot, header.epoch) = (name, [at; 16].into(), row.epoch);
        (header.merged_upto, header.flags) = (0, 0);
        let mut record = header.encode().to_vec();
        record.extend_from_slice(&like[HEADER_BYTES..]);
        taken.push(record);
    }
    RawSession::of(&world, &row).append(&taken);
    phone.engine.shred().unwrap();
    settle(&world, &mut [&mut phone]);
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Done);
    a_new_device_and_the_phrase_read(&world, &mut phone, 71, &phrase);
}

#[test]
fn what_is_set_aside_goes_on_to_open_when_its_key_is_destroyed() {
    let world = World::new(9);
    let heard = world.overhear();
    let mut phone = Device::new(&world, 9, "phone");
    let mut tablet = Device::new(&world, 9, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    phone.write("Soup.");
    settle(&world, &mut [&mut phone, &mut tablet]);
    // From a device that the chain does not name yet, and from one that it will name no more.
    let mut laptop = Device::new(&world, 9, "laptop");
    let signing = crypto::SigningKey::random(&mut SeededEntropy::new(9, "laptop"));
    assert_eq!(signing.public(), laptop.id());
    let is_entry = |record: &Vec<u8>| {
        let opened = keys(&phone).iter().find_map(|key| crypto::open(key, record).ok());
        opened.is_some_and(|plaintext| plaintext[1] == Kind::Entry.number())
    };
    let like = heard.records().into_iter().rfind(is_entry).unwrap();
    let early = made_by(&phone, &like, &signing, |_, inside| {
        inside.document = DocumentId::from_bytes([0xdd; 16]);
    });
    let row = phone.engine.store().view().spaces().unwrap().remove(0);
    RawSession::of(&world, &row).append(&[early]);
    settle(&world, &mut [&mut phone, &mut tablet]);
    world.clock.advance_ms(8 * DAY_MS);
    phone.engine.remove_device(tablet.id()).unwrap();
    tablet.write("From the tablet.");
    tablet.sync(&world);
    settle(&world, &mut [&mut phone]);
    assert_eq!(phone.engine.arrivals().unwrap().len(), 1);
    phone.engine.shred().unwrap();
    settle(&world, &mut [&mut phone]);
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Done);
    assert_eq!(keys(&phone).len(), 1);
    // Each is decided afterwards: the arrival by the person, the other by a link.
    let arrival = phone.engine.arrivals().unwrap().remove(0);
    assert_eq!(arrival.entry.unwrap().body, "From the tablet.");
    phone.engine.keep_arrival(arrival.id).unwrap();
    assert_eq!(texts(&phone.engine), ["From the tablet.", "Soup."]);
    phone.pair(&world, &mut laptop);
    settle(&world, &mut [&mut laptop, &mut phone]);
    assert_eq!(texts(&phone.engine), ["From the tablet.", "Soup.", "Soup."]);
    assert_eq!(texts(&laptop.engine), texts(&phone.engine));
    // And what opened it is not kept beyond that.
    assert_eq!(phone.engine.store().view().meta("shred.alone").unwrap(), None);
}

#[test]
fn an_epoch_that_began_before_the_wish_and_was_not_read_yet_is_not_the_one_it_waits_for() {
    let world = World::new(10);
    let heard = world.overhear();
    let mut phone = Device::new(&world, 10, "phone");
    let mut tablet = Device::new(&world, 10, "tablet");
    let mut laptop = Device::new(&world, 10, "laptop");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    phone.pair(&world, &mut laptop);
    settle(&world, &mut [&mut tablet, &mut laptop, &mut phone]);
    tablet.engine.remove_device(laptop.id()).unwrap();
    let night = tablet.write("Night.");
    settle(&world, &mut [&mut tablet]);
    tablet.engine.trash(night).unwrap();
    tablet.engine.erase(night).unwrap();
    settle(&world, &mut [&mut tablet]);
    // The phone has heard nothing of all that.
    phone.engine.shred().unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.engine.shredding().unwrap(), Shredding::Done);
        assert_eq!(opened(&heard.bytes(), home(device), &keys(device), night), 0);
    }
}

#[test]
fn a_device_says_that_its_keys_are_gone_only_when_the_log_of_changes_is_empty_too() {
    let world = World::new(11);
    let mut phone = Device::new(&world, 11, "phone");
    phone.connect(&world);
    phone.write("Day.");
    phone.sync(&world);
    phone.engine.shred().unwrap();
    for _ in 0..6 {
        phone.sync(&world);
        let is_done = phone.engine.shredding().unwrap() == Shredding::Done;
        let scrub = phone.engine.store().view().meta("scrub").unwrap();
        assert!(!is_done || scrub.is_none(), "something waits to be wiped: {scrub:?}");
    }
    assert_eq!(phone.engine.shredding().unwrap(), Shredding::Done);
}
