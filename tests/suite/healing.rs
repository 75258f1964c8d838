//! A relay that lost its store, or put back an old one: everything is there again from the devices, nothing twice, and what was erased
//! stays erased.

use cairn_core::id::EntryId;
use cairn_core::vault::entry_for_editing;
use cairn_tests::{Device, RawSession, World, draft, drive, texts};
use cairn_wire::SlotId;
use std::collections::BTreeMap;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Rounds until everybody has everything, whoever waits for whom.
fn settle(world: &World, devices: &mut [&mut Device]) {
    for _ in 0..6 {
        for device in devices.iter_mut() {
            drop(drive(&mut device.engine, &world.line()).unwrap());
        }
        world.clock.advance_ms(61_000);
    }
}

/// A phone and a tablet with these entries, up to date.
fn pair(world: &World, seed: u64, entries: usize) -> (Device, Device, Vec<EntryId>) {
    let mut phone = Device::new(world, seed, "phone");
    let mut tablet = Device::new(world, seed, "tablet");
    phone.connect(world);
    phone.pair(world, &mut tablet);
    let ids = (0..entries).map(|n| phone.write(&format!("Entry {n}."))).collect();
    settle(world, &mut [&mut phone, &mut tablet]);
    (phone, tablet, ids)
}

fn revise(world: &World, device: &mut Device, id: EntryId, body: &str) {
    let (_, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
    device.engine.revise(id, &version, draft(&world.clock, body)).unwrap();
}

/// That nothing is missing at this relay: a device that has only what is there shows what the others do.
fn newcomer_has_all(world: &World, seed: u64, device: &mut Device) {
    let mut laptop = Device::new(world, seed, "laptop");
    device.pair(world, &mut laptop);
    settle(world, &mut [&mut laptop, device]);
    assert_eq!(texts(&laptop.engine), texts(&device.engine));
    assert_eq!(
        laptop.engine.doctor().unwrap().lines,
        device.engine.doctor().unwrap().lines
    );
}

fn all_well(devices: &mut [&mut Device]) {
    let first = texts(&devices[0].engine);
    for device in devices {
        assert_eq!(texts(&device.engine), first);
        assert_eq!(device.engine.sync_status().unwrap().to_send_again, None);
        let doctor = device.engine.doctor().unwrap();
        assert!(doctor.is_well, "{doctor:?}");
    }
}

/// How often each slot of the home space was written at this relay.
fn slots_at(world: &World, device: &Device) -> BTreeMap<SlotId, usize> {
    let home = &device.engine.store().view().spaces().unwrap()[0];
    let mut slots = BTreeMap::new();
    for header in RawSession::of(world, home).headers() {
        *slots.entry(header.slot).or_default() += 1;
    }
    slots
}

#[test]
fn a_relay_that_lost_everything_but_its_key_is_sent_everything_again_and_nothing_twice() {
    let world = World::new(1);
    let (mut phone, mut tablet, ids) = pair(&world, 1, 30);
    revise(&world, &mut tablet, ids[3], "Revised on the tablet.");
    phone.engine.trash(ids[7]).unwrap();
    phone.engine.erase(ids[7]).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    phone.write("Not sent before the loss.");
    let world = world.with_nothing_but_its_key(1);
    phone.sync(&world);
    let stored = phone.sync(&world).sent;
    assert_eq!(stored, 0, "one round was enough for a short journal");
    let report = tablet.sync(&world);
    assert_eq!(report.sent, 0, "the tablet has nothing that the phone did not send");
    settle(&world, &mut [&mut phone, &mut tablet]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert_eq!(texts(&phone.engine).len(), 30);
    assert!(
        slots_at(&world, &phone).values().all(|times| *times == 1),
        "nothing stands there twice"
    );
    newcomer_has_all(&world, 1, &mut phone);
}
