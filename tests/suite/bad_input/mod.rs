//! Whatever comes in broken or hostile gets a clear answer, and nothing is lost for it.

mod answers;
mod files;
mod imports;
mod records;
mod sizes;

use cairn_core::sync::{Report, SyncError, Transport};
use cairn_tests::{Device, converge, drive, texts};

/// What the rounds over `line` could not do.
fn failures(device: &mut Device, line: &dyn Transport) -> Vec<SyncError> {
    let report: Report = drive(&mut device.engine, line).expect("the device itself does not fail");
    report.failed.into_iter().map(|(_, error)| error).collect()
}

/// Lets both devices sync honestly until both hold the same.
fn settle(world: &cairn_tests::World, devices: &mut [&mut Device]) -> Vec<String> {
    converge(world, devices);
    let first = texts(&devices[0].engine);
    for device in devices.iter() {
        assert_eq!(texts(&device.engine), first);
    }
    first
}

/// A phone and a tablet of one person, agreed on one entry.
fn two_devices(seed: u64) -> (cairn_tests::World, Device, Device) {
    let world = cairn_tests::World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    let mut tablet = Device::new(&world, seed, "tablet");
    phone.write("From before.");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    assert_eq!(texts(&tablet.engine), ["From before."]);
    (world, phone, tablet)
}
