//! A device that is removed: what it can still do, and what those that are left do.

use cairn_core::id::EntryId;
use cairn_core::sync::SyncError;
use cairn_core::vault::{Error, entry_for_editing};
use cairn_tests::{Device, Meddler, World, converge, draft, drive, texts};
use std::sync::{Arc, Mutex};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Three devices of one person that have read everything.
fn three(seed: u64) -> (World, Device, Device, Device) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    let mut tablet = Device::new(&world, seed, "tablet");
    let mut laptop = Device::new(&world, seed, "laptop");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    phone.pair(&world, &mut laptop);
    for device in [&mut tablet, &mut laptop, &mut phone] {
        device.sync(&world);
    }
    (world, phone, tablet, laptop)
}

fn names(device: &Device) -> Vec<String> {
    let mut names: Vec<String> = device
        .engine
        .devices()
        .unwrap()
        .into_iter()
        .map(|card| card.name)
        .collect();
    names.sort();
    names
}

fn settle(world: &World, devices: &mut [&mut Device]) {
    for _ in 0..3 {
        for device in devices.iter_mut() {
            device.sync(world);
        }
    }
}

#[test]
fn a_removed_device_reads_and_writes_nothing_any_more_and_the_others_go_on() {
    let (world, mut phone, mut tablet, mut laptop) = three(1);
    tablet.write("Before.");
    settle(&world, &mut [&mut tablet, &mut phone, &mut laptop]);
    // Found by a stranger: a full copy of what is on it stays theirs to read.
    let lost = phone.id();
    world.clock.advance_ms(8 * DAY_MS);
    tablet.engine.remove_device(lost).unwrap();
    assert!(tablet.engine.devices().unwrap().iter().any(|card| card.is_going));
    tablet.write("Not for the phone.");
    settle(&world, &mut [&mut tablet, &mut laptop]);
    laptop.write("Nor this.");
    settle(&world, &mut [&mut laptop, &mut tablet]);
    assert_eq!(names(&tablet), ["laptop", "tablet"]);
    assert_eq!(names(&laptop), ["laptop", "tablet"]);
    assert_eq!(texts(&tablet.engine), ["Before.", "Nor this.", "Not for the phone."]);
    assert_eq!(texts(&laptop.engine), texts(&tablet.engine));
    phone.write("From whoever holds the phone.");
    let report = drive(&mut phone.engine, &world.line()).unwrap();
    assert_eq!(
        report.failed.iter().map(|(_, error)| *error).collect::<Vec<_>>(),
        [SyncError::NotAuthorised]
    );
    assert_eq!(texts(&phone.engine), ["Before.", "From whoever holds the phone."]);
    settle(&world, &mut [&mut laptop, &mut tablet]);
    assert_eq!(texts(&laptop.engine).len(), 3);
}

#[test]
fn what_was_written_after_the_removal_does_not_open_with_anything_the_removed_device_has() {
    let (world, mut phone, mut tablet, mut laptop) = three(2);
    // A relay that lies lets the removed device go on reading: nobody ever tells it that somebody is to be kept out.
    let swallowed = Arc::new(Mutex::new(0));
    let count = Arc::clone(&swallowed);
    let home = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&home);
    let liar = Meddler::of_requests(world.line(), move |request| {
        if request.path == "/v1/access" {
            *count.lock().unwrap() += 1;
            *seen.lock().unwrap() = Some(request.body.clone());
            request.path = "/v1/ack"; // Refused as malformed: the access stays as it is.
        }
    });
    world.clock.advance_ms(8 * DAY_MS);
    tablet.engine.remove_device(phone.id()).unwrap();
    tablet.write("Only for the two of us.");
    drop(drive(&mut tablet.engine, &liar).unwrap());
    assert!(*swallowed.lock().unwrap() > 0, "the relay was told");
    // The relay refuses to change who may enter, so nothing new leaves this device at all.
    phone.sync(&world);
    assert_eq!(texts(&phone.engine), Vec::<String>::new());
    settle(&world, &mut [&mut tablet, &mut laptop]);
    assert_eq!(texts(&laptop.engine), ["Only for the two of us."]);
    assert!(drive(&mut phone.engine, &world.line()).unwrap().failed.len() == 1);
    assert!(texts(&phone.engine).is_empty());
}

#[test]
fn what_a_removed_device_sent_before_anybody_knew_is_offered_and_left_out() {
    let (world, mut phone, mut tablet, mut laptop) = three(3);
    tablet.write("Soup.");
    settle(&world, &mut [&mut tablet, &mut phone, &mut laptop]);
    world.clock.advance_ms(8 * DAY_MS);
    // Offline: the tablet trusts what it has read.
    tablet.engine.remove_device(phone.id()).unwrap();
    phone.write("Forged on the train.");
    phone.write("Mine after all.");
    phone.sync(&world);
    laptop.sync(&world);
    assert_eq!(texts(&laptop.engine).len(), 3, "nobody has told the laptop yet");
    settle(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&tablet, &laptop] {
        assert_eq!(texts(&device.engine), ["Soup."]);
        assert_eq!(device.engine.arrivals().unwrap().len(), 2);
        assert!(
            device
                .engine
                .arrivals()
                .unwrap()
                .iter()
                .all(|one| !one.is_known && one.entry.is_some())
        );
    }
    let doctor = tablet.engine.doctor().unwrap();
    assert!(
        !doctor.is_well && doctor.lines[0].contains("a device you removed"),
        "{doctor:?}"
    );
    let body = |one: &cairn_core::vault::Arrival| one.entry.as_ref().unwrap().body.clone();
    let arrivals = tablet.engine.arrivals().unwrap();
    assert!(arrivals.iter().all(|one| one.device == "phone"));
    let mine = arrivals.iter().find(|one| body(one) == "Mine after all.").unwrap();
    let forged = arrivals.iter().find(|one| body(one) != "Mine after all.").unwrap();
    tablet.engine.keep_arrival(mine.id).unwrap();
    tablet.engine.leave_out(forged.id).unwrap();
    assert!(matches!(tablet.engine.leave_out(forged.id), Err(Error::NotFound)));
    settle(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&mut tablet, &mut laptop] {
        assert_eq!(texts(&device.engine), ["Mine after all.", "Soup."]);
        assert_eq!(device.engine.arrivals().unwrap(), []);
        assert!(device.engine.doctor().unwrap().is_well);
    }
}

#[test]
fn a_device_that_was_offline_through_a_removal_loses_nothing() {
    let (world, phone, mut tablet, mut laptop) = three(4);
    world.clock.advance_ms(90 * DAY_MS);
    laptop.write("Written in a valley.");
    tablet.engine.remove_device(phone.id()).unwrap();
    tablet.write("Meanwhile.");
    settle(&world, &mut [&mut tablet]);
    settle(&world, &mut [&mut laptop, &mut tablet]);
    for device in [&tablet, &laptop] {
        assert_eq!(texts(&device.engine), ["Meanwhile.", "Written in a valley."]);
    }
}

#[test]
fn a_new_device_does_not_remove_an_older_one_and_an_older_one_removes_it() {
    let (world, mut phone, mut tablet, mut laptop) = three(5);
    assert!(matches!(
        tablet.engine.remove_device(phone.id()),
        Err(Error::NotSettled)
    ));
    assert!(matches!(
        laptop.engine.remove_device(tablet.id()),
        Err(Error::NotSettled)
    ));
    assert!(matches!(phone.engine.remove_device(phone.id()), Err(Error::OwnDevice)));
    tablet.engine.remove_device(laptop.id()).unwrap();
    settle(&world, &mut [&mut tablet, &mut phone]);
    assert_eq!(names(&phone), ["phone", "tablet"]);
    assert!(matches!(phone.engine.remove_device(laptop.id()), Err(Error::NotFound)));
    // The clock that counts is the relay's, and it has to have been heard.
    world.clock.advance_ms(8 * DAY_MS);
    tablet.sync(&world);
    tablet.engine.remove_device(phone.id()).unwrap();
    settle(&world, &mut [&mut tablet]);
    assert_eq!(names(&tablet), ["tablet"]);
    tablet.write("Alone.");
    tablet.sync(&world);
}

#[test]
fn two_devices_that_remove_the_same_one_or_each_other_agree() {
    let (world, mut phone, mut tablet, mut laptop) = three(6);
    world.clock.advance_ms(8 * DAY_MS);
    for device in [&mut phone, &mut tablet, &mut laptop] {
        device.sync(&world);
    }
    phone.engine.remove_device(laptop.id()).unwrap();
    tablet.engine.remove_device(laptop.id()).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(names(&phone), ["phone", "tablet"]);
    assert_eq!(names(&tablet), ["phone", "tablet"]);
    // The relay hears the phone first.
    phone.engine.remove_device(tablet.id()).unwrap();
    tablet.engine.remove_device(phone.id()).unwrap();
    phone.sync(&world);
    assert_eq!(drive(&mut tablet.engine, &world.line()).unwrap().failed.len(), 1);
    phone.write("Still here.");
    phone.sync(&world);
    assert_eq!(names(&phone), ["phone"]);
}

#[test]
fn a_device_has_the_name_that_was_last_said() {
    let (world, mut phone, mut tablet, mut laptop) = three(7);
    let id = tablet.id();
    phone.engine.rename_device(id, "Kitchen").unwrap();
    settle(&world, &mut [&mut phone, &mut tablet, &mut laptop]);
    for device in [&phone, &tablet, &laptop] {
        assert_eq!(names(device), ["Kitchen", "laptop", "phone"]);
    }
    tablet.engine.rename_device(id, "").unwrap();
    settle(&world, &mut [&mut tablet, &mut phone]);
    assert_eq!(names(&phone), ["laptop", "phone", "tablet"]);
    assert!(phone.engine.rename_device(id, "Two\nlines").is_err());
}

#[test]
fn a_removed_device_is_kept_out_of_relationships_too_and_the_others_go_on_in_them() {
    let (world, mut phone, mut tablet, mut laptop) = three(8);
    let mut dee = Device::new(&world, 88, "dee");
    let relationship = phone.befriend(&world, &mut dee);
    settle(&world, &mut [&mut phone, &mut tablet, &mut laptop, &mut dee]);
    let entry = tablet.write("Shown by the tablet.");
    tablet.share(relationship, entry);
    settle(&world, &mut [&mut tablet, &mut dee, &mut phone, &mut laptop]);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    phone.engine.remove_device(tablet.id()).unwrap();
    phone.sync(&world);
    // Both its home and the relationship are closed to it, whatever it still knows.
    let entry = tablet.write("Forged.");
    tablet.share(relationship, entry);
    let failed = drive(&mut tablet.engine, &world.line()).unwrap().failed;
    assert_eq!(
        failed.iter().map(|(_, error)| *error).collect::<Vec<_>>(),
        [SyncError::NotAuthorised; 2]
    );
    let entry = laptop.write("Shown by the laptop.");
    laptop.share(relationship, entry);
    let entry = phone.write("Shown by the phone.");
    phone.share(relationship, entry);
    settle(&world, &mut [&mut laptop, &mut phone, &mut dee]);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 3);
    assert_eq!(dee.engine.store().view().spaces().unwrap()[1].epoch, 2);
}

/// The tablet is told to remove the phone, and has not reached the relay since.
fn tablet_asks_offline(seed: u64) -> (World, [Device; 3], EntryId) {
    let (world, mut phone, mut tablet, mut laptop) = three(seed);
    let id = tablet.write("Soup.");
    settle(&world, &mut [&mut tablet, &mut phone, &mut laptop]);
    world.clock.advance_ms(8 * DAY_MS);
    tablet.engine.remove_device(phone.id()).unwrap();
    (world, [phone, tablet, laptop], id)
}

fn edit(world: &World, device: &mut Device, id: EntryId, body: &str) {
    let (_, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
    device.engine.revise(id, &version, draft(&world.clock, body)).unwrap();
}

#[test]
fn leaving_out_an_edit_brings_back_what_the_entry_said_before_on_every_device() {
    let (world, [mut phone, mut tablet, mut laptop], id) = tablet_asks_offline(9);
    edit(&world, &mut phone, id, "Poison.");
    phone.sync(&world);
    laptop.sync(&world);
    assert_eq!(texts(&laptop.engine), ["Poison."], "nobody has told the laptop yet");
    tablet.sync(&world);
    let arrivals = tablet.engine.arrivals().unwrap();
    assert!(arrivals.len() == 1 && arrivals[0].is_known, "{arrivals:?}");
    laptop.sync(&world);
    for device in [&mut laptop, &mut tablet] {
        for arrival in device.engine.arrivals().unwrap() {
            device.engine.leave_out(arrival.id).unwrap();
        }
    }
    converge(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&mut tablet, &mut laptop] {
        assert_eq!(texts(&device.engine), ["Soup."]);
        assert_eq!(device.engine.arrivals().unwrap(), []);
        assert!(device.engine.doctor().unwrap().is_well);
    }
}

#[test]
fn an_entry_that_only_a_new_device_does_not_know_is_not_erased_with_the_edit_it_leaves_out() {
    let (world, [mut phone, mut tablet, _], id) = tablet_asks_offline(10);
    edit(&world, &mut phone, id, "Poison.");
    phone.sync(&world);
    // The relay lets go of what it calls replaced.
    world.clock.advance_ms(200 * DAY_MS);
    world.sweep();
    tablet.sync(&world);
    tablet.sync(&world);
    let mut watch = Device::new(&world, 10, "watch");
    tablet.pair(&world, &mut watch);
    watch.sync(&world);
    for arrival in watch.engine.arrivals().unwrap() {
        watch.engine.leave_out(arrival.id).unwrap();
    }
    converge(&world, &mut [&mut tablet, &mut watch]);
    assert_eq!(texts(&tablet.engine), ["Soup."]);
    assert_eq!(texts(&watch.engine), ["Soup."], "what was replaced is sent again");
}

#[test]
fn what_a_removed_device_erased_before_it_was_out_comes_back_from_whoever_has_it() {
    let (world, [mut phone, mut tablet, mut laptop], id) = tablet_asks_offline(11);
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    phone.sync(&world);
    laptop.sync(&world);
    assert!(texts(&laptop.engine).is_empty(), "nobody has told the laptop yet");
    settle(&world, &mut [&mut tablet, &mut laptop]);
    edit(&world, &mut tablet, id, "Soup, still.");
    settle(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&tablet, &laptop] {
        assert_eq!(texts(&device.engine), ["Soup, still."]);
    }
}

#[test]
fn what_a_removed_device_wrote_alone_is_set_aside_however_often_it_wrote_on() {
    let (world, [mut phone, mut tablet, mut laptop], _) = tablet_asks_offline(12);
    let id = phone.write("Forged.");
    phone.sync(&world);
    laptop.sync(&world);
    edit(&world, &mut phone, id, "Forged twice.");
    phone.sync(&world);
    laptop.sync(&world);
    assert_eq!(texts(&laptop.engine), ["Forged twice.", "Soup."]);
    settle(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&tablet, &laptop] {
        assert_eq!(texts(&device.engine), ["Soup."]);
    }
    for device in [&mut tablet, &mut laptop] {
        for arrival in device.engine.arrivals().unwrap() {
            device.engine.leave_out(arrival.id).unwrap();
        }
    }
    settle(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&mut tablet, &mut laptop] {
        assert_eq!(texts(&device.engine), ["Soup."]);
        assert_eq!(device.engine.arrivals().unwrap(), []);
    }
}

#[test]
fn what_somebody_else_wrote_and_a_removed_device_changed_reaches_a_device_that_never_read_it() {
    let (world, [mut phone, mut tablet, mut laptop], _) = tablet_asks_offline(13);
    let id = laptop.write("Bread.");
    laptop.sync(&world);
    phone.sync(&world);
    edit(&world, &mut phone, id, "Bread and butter.");
    phone.sync(&world);
    laptop.sync(&world);
    world.clock.advance_ms(200 * DAY_MS);
    world.sweep();
    converge(&world, &mut [&mut tablet, &mut laptop]);
    for device in [&mut tablet, &mut laptop] {
        assert_eq!(texts(&device.engine), ["Bread and butter.", "Soup."]);
        assert_eq!(device.engine.arrivals().unwrap(), []);
    }
}

#[test]
fn however_many_devices_were_removed_whoever_comes_next_goes_on() {
    let world = World::in_memory(21);
    let mut phone = Device::in_memory(&world, 21, "phone");
    phone.connect(&world);
    phone.write("Before them all.");
    for n in 0..66 {
        let mut lost = Device::in_memory(&world, 100 + n, "lost");
        phone.pair(&world, &mut lost);
        phone.engine.remove_device(lost.id()).unwrap();
        phone.sync(&world);
    }
    let mut tablet = Device::in_memory(&world, 22, "tablet");
    phone.pair(&world, &mut tablet);
    settle(&world, &mut [&mut tablet, &mut phone]);
    // It makes sure that the relay keeps out each of them.
    tablet.write("After them all.");
    phone.engine.doctor().unwrap();
    settle(&world, &mut [&mut tablet, &mut phone]);
    assert_eq!(texts(&phone.engine), ["After them all.", "Before them all."]);
    assert_eq!(names(&phone).len(), 2);
}

#[test]
fn what_was_erased_twice_stays_erased_when_one_of_those_who_erased_it_is_removed() {
    let (world, mut phone, mut tablet, mut laptop) = three(23);
    let id = phone.write("Gone for good.");
    settle(&world, &mut [&mut phone, &mut tablet, &mut laptop]);
    world.clock.advance_ms(8 * DAY_MS);
    for device in [&mut phone, &mut tablet] {
        device.engine.trash(id).unwrap();
        device.engine.erase(id).unwrap();
    }
    // The phone trusts the tablet only up to what it has read; the laptop has not heard of anything.
    laptop.engine.remove_device(tablet.id()).unwrap();
    tablet.sync(&world);
    phone.sync(&world);
    settle(&world, &mut [&mut laptop, &mut phone]);
    world.clock.advance_ms(120_000);
    settle(&world, &mut [&mut laptop, &mut phone]);
    for device in [&phone, &laptop] {
        assert!(texts(&device.engine).is_empty());
    }
}
