//! The power goes in the middle of what a removal takes: nothing is lost, and nothing is left half done.

use cairn_core::store::{Store, StoreConfig};
use cairn_simdisk::SimDisk;
use cairn_tests::{Device, KEY, World, texts};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// More writes than any of these takes.
const WRITES_MAX: u64 = 2_000;

fn opened(world: &World, disk: &SimDisk, seed: u64) -> Device {
    let config = StoreConfig {
        directory: "".into(),
        vfs: Some(disk.name().to_owned()),
        exclusive: true,
    };
    Device::over(world, Store::open(&config, &KEY).unwrap(), seed, "tablet")
}

/// Lets `work` be cut off after every number of writes, and `check` look at what is there then.
fn cut_everywhere(
    world: &World,
    disk: &SimDisk,
    mut work: impl FnMut(&mut Device),
    mut check: impl FnMut(&mut Device),
) {
    disk.settle();
    let before = disk.snapshot();
    for writes in 1..WRITES_MAX {
        disk.restore(&before);
        let mut device = opened(world, disk, 100 + writes);
        disk.cut_after(writes);
        work(&mut device);
        let was_cut = disk.is_dead();
        drop(device);
        disk.power_loss();
        check(&mut opened(world, disk, 100 + writes));
        if !was_cut {
            assert!(writes > 3, "it was cut off somewhere");
            return;
        }
    }
    panic!("it comes to an end");
}

#[test]
fn an_arrival_that_is_being_kept_is_in_the_journal_or_still_offered() {
    let world = World::new(1);
    let disk = SimDisk::anonymous(1);
    let mut phone = Device::new(&world, 1, "phone");
    let mut tablet = opened(&world, &disk, 1);
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    world.clock.advance_ms(8 * DAY_MS);
    tablet.sync(&world);
    tablet.engine.remove_device(phone.id()).unwrap();
    phone.write("Mine after all.");
    phone.sync(&world);
    tablet.sync(&world);
    let id = tablet.engine.arrivals().unwrap()[0].id;
    drop(tablet);
    cut_everywhere(
        &world,
        &disk,
        |tablet| drop(tablet.engine.keep_arrival(id)),
        |tablet| {
            let is_offered = tablet.engine.arrivals().unwrap().iter().any(|one| one.id == id);
            assert!(is_offered || texts(&tablet.engine) == ["Mine after all."]);
        },
    );
}
