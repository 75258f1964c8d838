//! What the vault says of itself when the chain of devices, its keys or the relay are not as they should be.

use cairn_core::store::{Store, StoreConfig, Tx};
use cairn_core::words;
use cairn_tests::{Device, KEY, World};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn two_devices(seed: u64) -> (World, Device, Device) {
    let world = World::new(seed);
    let (mut phone, mut tablet) = (Device::new(&world, seed, "phone"), Device::new(&world, seed, "tablet"));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    phone.write("Soup.");
    phone.sync(&world);
    tablet.sync(&world);
    (world, phone, tablet)
}

/// Changes a database behind the back of its vault.
fn meddle(device: &Device, change: impl FnOnce(&Tx<'_>)) {
    let mut beside = Store::open(&StoreConfig::new(device.folder()), &KEY).unwrap();
    beside
        .write(|tx| {
            change(tx);
            Ok::<_, cairn_core::store::StoreError>(())
        })
        .unwrap();
}

fn says(device: &mut Device) -> (bool, Vec<String>) {
    let doctor = device.engine.doctor().unwrap();
    (doctor.is_well, doctor.lines)
}

#[test]
fn a_chain_or_a_key_that_is_not_the_one_that_was_agreed_on_is_said_with_what_to_do() {
    let (_world, mut phone, mut tablet) = two_devices(1);
    for device in [&mut phone, &mut tablet] {
        assert_eq!(says(device), (true, vec![words::ALL_WELL.to_owned()]));
    }
    let home = phone.engine.store().view().spaces().unwrap()[0].clone();
    let key = *phone
        .engine
        .store()
        .view()
        .epoch_key(home.id, home.epoch)
        .unwrap()
        .unwrap();
    meddle(&phone, |tx| tx.put_epoch_key(home.id, home.epoch, &[9; 32]).unwrap());
    assert_eq!(
        says(&mut phone),
        (false, vec![words::doctor::KEYS_DIFFER.text.to_owned()])
    );
    meddle(&phone, |tx| tx.remove_epoch_key(home.id, home.epoch).unwrap());
    assert_eq!(
        says(&mut phone),
        (false, vec![words::doctor::KEYS_MISSING.text.to_owned()])
    );
    meddle(&phone, |tx| tx.put_epoch_key(home.id, home.epoch, &key).unwrap());
    assert!(says(&mut phone).0);
    let links = phone.engine.store().view().links(home.id).unwrap();
    let mut last = links.last().unwrap().clone();
    *last.last_mut().unwrap() ^= 1;
    meddle(&phone, |tx| {
        tx.put_link(home.id, links.len() as u64, &[8; 32], &last).unwrap()
    });
    assert_eq!(
        says(&mut phone),
        (false, vec![words::doctor::CHAIN_BROKEN.text.to_owned()])
    );
}

#[test]
fn being_away_is_said_and_is_nothing_that_is_wrong() {
    let (world, mut phone, _tablet) = two_devices(2);
    world.clock.advance_ms(2 * DAY_MS);
    phone.write("Bread.");
    let notes = [
        words::ALL_WELL,
        words::doctor::WAITING.text,
        words::doctor::HEAD_OLD.text,
    ];
    assert_eq!(says(&mut phone), (true, notes.map(str::to_owned).to_vec()));
    phone.sync(&world);
    assert_eq!(says(&mut phone), (true, vec![words::ALL_WELL.to_owned()]));
}
