//! Two devices of one person agree, and nothing either of them wrote is lost.

use cairn_core::id::EntryId;
use cairn_core::vault::entry_for_editing;
use cairn_tests::{Device, World, converge, draft, texts};

fn revise(device: &mut Device, world: &World, id: EntryId, body: &str) {
    let (_, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
    device.engine.revise(id, &version, draft(&world.clock, body)).unwrap();
}

fn body(device: &Device, id: EntryId) -> String {
    device.engine.store().view().entry(id).unwrap().unwrap().body
}

fn pair_of_devices(seed: u64) -> (World, Device, Device) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    let mut tablet = Device::new(&world, seed, "tablet");
    phone.write("First of March. Soup again.");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    (world, phone, tablet)
}

#[test]
fn a_paired_device_reads_what_was_written_before() {
    let (_world, phone, tablet) = pair_of_devices(1);
    assert_eq!(texts(&phone.engine), ["First of March. Soup again."]);
    assert_eq!(texts(&tablet.engine), texts(&phone.engine));
    assert_eq!(tablet.engine.devices().unwrap().len(), 2);
}

#[test]
fn two_rewrites_of_one_sentence_stand_side_by_side_on_both_devices() {
    let (world, mut phone, mut tablet) = pair_of_devices(2);
    let id = phone.write("I asked for a quiet seat. The bus was late.");
    phone.sync(&world);
    tablet.sync(&world);
    revise(&mut phone, &world, id, "I sat by the door. The bus was late.");
    revise(&mut tablet, &world, id, "Nobody looked up. The bus was late.");
    converge(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(body(&phone, id), body(&tablet, id));
    for sentence in ["I sat by the door.", "Nobody looked up.", "The bus was late."] {
        assert!(body(&phone, id).contains(sentence), "{}", body(&phone, id));
    }
    assert!(phone.engine.store().view().entry(id).unwrap().unwrap().both_versions);
}

#[test]
fn a_revision_of_what_was_read_keeps_what_arrived_since() {
    let (world, mut phone, mut tablet) = pair_of_devices(3);
    let id = phone.write("One. Two. Three.");
    phone.sync(&world);
    tablet.sync(&world);
    let (_, version) = entry_for_editing(phone.engine.store().view(), id).unwrap().unwrap();
    revise(&mut tablet, &world, id, "One. Two. Three. Four from the tablet.");
    tablet.sync(&world);
    phone.sync(&world);
    phone
        .engine
        .revise(id, &version, draft(&world.clock, "One from the phone. Two. Three."))
        .unwrap();
    for sentence in ["One from the phone.", "Four from the tablet."] {
        assert!(body(&phone, id).contains(sentence), "{}", body(&phone, id));
    }
}
