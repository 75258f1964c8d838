//! A vault that was put back from a backup, and a copy of one: each notices, takes a name of its own, and loses nothing.

use cairn_core::id::{EntryId, ReminderId};
use cairn_core::journal::{Draft, EntryQuery};
use cairn_core::profile::{Reminder, Weekdays};
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::Transport;
use cairn_core::vault::{
    Handshake, Keeping, KeyStore, KeyStoreError, MemoryKeyStore, Renewing, Vault, VaultConfig, entry_for_editing,
};
use cairn_core::words;
use cairn_simdisk::{Acked, Cuts, Found, SimDisk, run_cuts};
use cairn_tests::{Cut, Device, KEY, SeededEntropy, TestClock, World, draft, drive, texts};
use chrono::NaiveTime;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A folder with a vault, the key store of its device, and what the vault is opened with.
struct Place<'w> {
    world: &'w World,
    folder: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
}

/// No two openings draw the same.
static OPENED: AtomicU64 = AtomicU64::new(1);

impl<'w> Place<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
        }
    }

    fn open(&self) -> Device {
        let store = Store::open(&StoreConfig::new(self.folder.path()), &KEY).unwrap();
        let seed = OPENED.fetch_add(1, Ordering::Relaxed);
        let mut device = Device::over(self.world, store, 0xbac0 + seed, "phone");
        device.engine.keep_mark(self.keys.as_ref()).unwrap();
        device
    }

    /// A copy of the folder as it lies there; call it while nobody has it open.
    fn backup(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.folder.path(), copy.path());
        copy
    }

    fn put_back(&self, backup: &Path) {
        std::fs::remove_dir_all(self.folder.path()).unwrap();
        copy_folder(backup, self.folder.path());
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().flatten() {
        let name = to.join(file.file_name());
        if file.path().is_dir() {
            copy_folder(&file.path(), &name);
        } else {
            std::fs::copy(file.path(), name).unwrap();
        }
    }
}

fn revise(device: &mut Device, clock: &TestClock, id: EntryId, body: &str) {
    let (entry, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
    let draft = Draft {
        happened: entry.happened,
        ..draft(clock, body)
    };
    device.engine.revise(id, &version, draft).unwrap();
}

fn body(device: &Device, id: EntryId) -> String {
    device.engine.store().view().entry(id).unwrap().unwrap().body
}

fn sync_until_quiet(world: &World, devices: &mut [&mut Device]) {
    for _ in 0..4 {
        for device in devices.iter_mut() {
            device.sync(world);
        }
        world.clock.advance_ms(120_000);
    }
}

fn doctor_says(device: &mut Device, line: &str) -> bool {
    device.engine.doctor().unwrap().lines.iter().any(|said| said == line)
}

/// A phone that wrote on after its backup was made, and a tablet that has read all of it.
struct Story<'w> {
    phone: Place<'w>,
    tablet: Device,
    backup: tempfile::TempDir,
    former: cairn_wire::PublicKey,
    shared: EntryId,
    waiting: EntryId,
    erased: EntryId,
}

fn story(world: &World) -> Story<'_> {
    let place = Place::new(world);
    let mut phone = place.open();
    phone.connect(world);
    let mut tablet = Device::new(world, 77, "tablet");
    phone.pair(world, &mut tablet);
    let shared = phone.write("Shared.");
    let erased = phone.write("To be erased.");
    phone.sync(world);
    revise(&mut phone, &world.clock, shared, "Shared. Before the backup.");
    sync_until_quiet(world, &mut [&mut phone, &mut tablet]);
    let waiting = phone.write("Waiting when the backup was made.");
    revise(
        &mut phone,
        &world.clock,
        shared,
        "Shared. Before the backup. Unsent then.",
    );
    let former = phone.id();
    drop(phone);
    let backup = place.backup();
    let mut phone = place.open();
    phone.sync(world);
    revise(
        &mut phone,
        &world.clock,
        shared,
        "Shared. Before the backup. Unsent then. After it.",
    );
    phone.write("After the backup.");
    phone.engine.trash(erased).unwrap();
    phone.engine.erase(erased).unwrap();
    sync_until_quiet(world, &mut [&mut phone, &mut tablet]);
    Story {
        phone: place,
        tablet,
        backup,
        former,
        shared,
        waiting,
        erased,
    }
}

impl Story<'_> {
    /// What holds once the phone that was put back has synced as another device.
    fn is_whole(&mut self, phone: &mut Device, world: &World) {
        sync_until_quiet(world, &mut [phone, &mut self.tablet]);
        assert_eq!(texts(&phone.engine), texts(&self.tablet.engine));
        assert_eq!(texts(&phone.engine).len(), 4);
        for device in [&*phone, &self.tablet] {
            let shared = body(device, self.shared);
            assert!(shared.contains("After it."), "{shared}");
            assert!(shared.contains("Put back."), "{shared}");
            assert!(texts(&device.engine).contains(&"Waiting when the backup was made.".to_owned()));
            assert!(texts(&device.engine).contains(&"Written after it was put back.".to_owned()));
            assert!(device.engine.store().view().entry(self.erased).unwrap().is_none());
            assert_eq!(device.engine.sync_status().unwrap().set_aside, 0);
            assert_eq!(device.engine.sync_status().unwrap().waiting, 0);
        }
        assert_eq!(body(phone, self.waiting), "Waiting when the backup was made.");
        assert_ne!(phone.id(), self.former);
        let ids: Vec<_> = self
            .tablet
            .engine
            .devices()
            .unwrap()
            .iter()
            .map(|card| card.id)
            .collect();
        assert!(ids.contains(&phone.id()) && ids.contains(&self.former) && ids.len() == 3);
    }

    fn write_on(&self, phone: &mut Device, world: &World) {
        revise(
            phone,
            &world.clock,
            self.shared,
            "Shared. Before the backup. Unsent then. Put back.",
        );
        phone.write("Written after it was put back.");
    }
}

#[test]
fn a_backup_that_is_put_back_becomes_another_device_and_everything_is_there_on_both() {
    let world = World::new(401);
    let mut story = story(&world);
    story.phone.put_back(story.backup.path());
    let mut phone = story.phone.open();
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::UnderWay);
    assert!(doctor_says(&mut phone, words::doctor::COPY.text));
    let cards = phone.engine.devices().unwrap();
    assert!(
        cards.iter().all(|card| !card.is_this_one),
        "it goes by its old name no more"
    );
    story.write_on(&mut phone, &world);
    story.is_whole(&mut phone, &world);
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::Done);
    assert!(doctor_says(&mut phone, words::doctor::COPY_RENAMED.text));
    // Opened again it is who it is now.
    let id = phone.id();
    drop(phone);
    let mut phone = story.phone.open();
    assert_eq!(phone.id(), id);
    // And once the device of before is gone, there is nothing left to say.
    world.clock.advance_ms(8 * 24 * 3_600_000);
    phone.sync(&world);
    phone.engine.remove_device(story.former).unwrap();
    phone.sync(&world);
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::Nothing);
    assert!(phone.engine.doctor().unwrap().is_well);
}

#[test]
fn a_backup_that_is_put_back_with_its_key_store_is_known_by_what_it_never_sent() {
    let world = World::new(402);
    let mut story = story(&world);
    story.phone.put_back(story.backup.path());
    // The key store of then: it knows no more than the database does.
    story.phone.keys = Arc::default();
    let mut phone = story.phone.open();
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::Nothing, "nothing tells yet");
    assert_eq!(phone.id(), story.former);
    story.write_on(&mut phone, &world);
    phone.sync(&world);
    assert_ne!(phone.id(), story.former);
    story.is_whole(&mut phone, &world);
}

#[test]
fn of_two_copies_of_a_folder_one_becomes_another_device_once_and_for_all() {
    let world = World::new(403);
    let place = Place::new(&world);
    let mut first = place.open();
    first.connect(&world);
    first.write("Before there were two.");
    first.sync(&world);
    let former = first.id();
    drop(first);
    let copy = Place {
        world: &world,
        folder: place.backup(),
        keys: Arc::clone(&place.keys),
    };
    // They take turns, and each has the folder open when the other has not.
    for turn in 0..3 {
        for (which, place) in [("first", &place), ("second", &copy)] {
            let mut device = place.open();
            device.write(&format!("{turn}, the {which}."));
            device.sync(&world);
            device.sync(&world);
        }
    }
    let (mut first, mut second) = (place.open(), copy.open());
    sync_until_quiet(&world, &mut [&mut first, &mut second]);
    assert_eq!(texts(&first.engine), texts(&second.engine));
    assert_eq!(texts(&first.engine).len(), 7);
    let ids = [first.id(), second.id()];
    assert!(ids[0] != ids[1] && ids.contains(&former), "one of them keeps its name");
    assert_eq!(
        first.engine.devices().unwrap().len(),
        2,
        "and the other took one new name"
    );
}

#[test]
fn two_copies_that_send_at_once_are_told_apart_by_numbers_that_both_gave() {
    let world = World::new(404);
    let place = Place::new(&world);
    let mut first = place.open();
    first.connect(&world);
    drop(first);
    let copy = Place {
        world: &world,
        folder: place.backup(),
        keys: Arc::default(),
    };
    let (mut first, mut second) = (place.open(), copy.open());
    first.write("The first.");
    second.write("The second.");
    // The second has sealed its record when the first one's arrives.
    let line = world.line();
    second.engine.sync_begin().unwrap();
    while let Some(request) = second.engine.sync_next() {
        if request.path == "/v1/append" {
            first.sync(&world);
        }
        second.engine.sync_answer(line.send(&request));
    }
    second.engine.sync_end().unwrap();
    sync_until_quiet(&world, &mut [&mut first, &mut second]);
    assert_ne!(first.id(), second.id());
    assert_eq!(texts(&first.engine), ["The first.", "The second."]);
    assert_eq!(texts(&second.engine), ["The first.", "The second."]);
}

#[test]
fn a_device_that_dies_at_any_step_of_becoming_another_one_goes_on_where_it_was() {
    for (heard, steps) in [(false, 14), (true, 14)] {
        for step in 1..=steps {
            let world = World::new(500 + u64::from(step));
            let mut story = story(&world);
            story.phone.put_back(story.backup.path());
            let mut phone = story.phone.open();
            story.write_on(&mut phone, &world);
            let line = Cut::new(world.line(), step, heard);
            let _ = drive(&mut phone.engine, &line);
            // It dies, and is opened again.
            drop(phone);
            let mut phone = story.phone.open();
            story.is_whole(&mut phone, &world);
            assert_eq!(phone.engine.renewing().unwrap(), Renewing::Done);
        }
    }
}

#[test]
fn what_rang_on_a_device_rings_on_it_after_its_backup_was_put_back() {
    let world = World::new(409);
    let mut story = story(&world);
    let mut phone = story.phone.open();
    let evening = Reminder {
        id: ReminderId::from_bytes([0; 16]),
        time: NaiveTime::from_hms_opt(20, 30, 0).unwrap(),
        days: Weekdays::ALL,
        text: "Water the plants.".to_owned(),
        is_shown: false,
        prompt: None,
        is_here: true,
    };
    phone.engine.add_reminder(evening).unwrap();
    phone.sync(&world);
    drop(phone);
    let backup = story.phone.backup();
    drop(story.phone.open());
    story.phone.put_back(backup.path());
    let mut phone = story.phone.open();
    assert_eq!(phone.engine.upcoming("Europe/London", 1).unwrap().len(), 1);
    sync_until_quiet(&world, &mut [&mut phone, &mut story.tablet]);
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::Done);
    assert_eq!(phone.engine.upcoming("Europe/London", 1).unwrap().len(), 1);
    assert_eq!(story.tablet.engine.upcoming("Europe/London", 1).unwrap().len(), 0);
}

#[test]
fn a_photo_that_only_the_device_has_outlives_that_its_database_alone_was_put_back() {
    let world = World::new(410);
    let story = story(&world);
    let mut phone = story.phone.open();
    // Larger than what goes without being asked: nobody else has it.
    let bytes = vec![7; 3 * 1024 * 1024];
    let source = Box::new(std::io::Cursor::new(bytes.clone()));
    let photo = phone.engine.keep_attachment(source, Keeping::default()).unwrap();
    let with_photo = Draft {
        attachments: vec![photo.clone()],
        ..draft(&world.clock, "Look.")
    };
    phone.engine.write(with_photo).unwrap();
    phone.sync(&world);
    drop(phone);
    let attachments = story.phone.folder.path().join("attachments");
    let newer = tempfile::tempdir().unwrap();
    copy_folder(&attachments, newer.path());
    story.phone.put_back(story.backup.path());
    copy_folder(newer.path(), &attachments);
    let mut phone = story.phone.open();
    phone.engine.sweep_attachments().unwrap();
    phone.sync(&world);
    phone.engine.sweep_attachments().unwrap();
    let mut back = Vec::new();
    let mut open = phone.engine.open_attachment(photo.id).unwrap();
    std::io::Read::read_to_end(&mut open, &mut back).unwrap();
    assert!(back == bytes);
}

#[test]
fn a_journal_without_a_relay_that_is_put_back_goes_on_and_says_nothing() {
    let world = World::new(405);
    let place = Place::new(&world);
    let mut phone = place.open();
    let id = phone.write("Kept.");
    revise(&mut phone, &world.clock, id, "Kept. And revised.");
    drop(phone);
    let backup = place.backup();
    let mut phone = place.open();
    revise(&mut phone, &world.clock, id, "Lost.");
    drop(phone);
    place.put_back(backup.path());
    let mut phone = place.open();
    revise(&mut phone, &world.clock, id, "Kept. And revised again.");
    assert!(phone.engine.doctor().unwrap().is_well);
    // A relay that it gets later finds one device, with all of it.
    phone.connect(&world);
    sync_until_quiet(&world, &mut [&mut phone]);
    assert_eq!(phone.engine.devices().unwrap().len(), 1);
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::Nothing);
    let mut tablet = Device::new(&world, 78, "tablet");
    phone.pair(&world, &mut tablet);
    sync_until_quiet(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(body(&tablet, id), "Kept. And revised again.");
}

#[test]
fn a_backup_from_before_there_was_a_relay_finds_its_own_journal_there() {
    let world = World::new(406);
    let place = Place::new(&world);
    let mut phone = place.open();
    phone.write("From before.");
    drop(phone);
    let backup = place.backup();
    let mut phone = place.open();
    phone.connect(&world);
    phone.write("At the relay.");
    phone.sync(&world);
    let former = phone.id();
    drop(phone);
    place.put_back(backup.path());
    let mut phone = place.open();
    phone.connect(&world);
    sync_until_quiet(&world, &mut [&mut phone]);
    assert_eq!(texts(&phone.engine), ["At the relay.", "From before."]);
    assert!(phone.id() != former && phone.engine.devices().unwrap().len() == 2);
    assert_eq!(phone.engine.sync_status().unwrap().set_aside, 0);
}

#[test]
fn a_backup_that_is_older_than_its_keys_is_let_in_by_another_device_with_what_it_has() {
    let world = World::new(407);
    let mut story = story(&world);
    // Two epochs: the keys of the second were sealed to a key that the backup never saw.
    let mut phone = story.phone.open();
    for _ in 0..2 {
        story.tablet.engine.shred().unwrap();
        sync_until_quiet(&world, &mut [&mut story.tablet, &mut phone]);
    }
    drop(phone);
    story.phone.put_back(story.backup.path());
    let mut phone = story.phone.open();
    story.write_on(&mut phone, &world);
    phone.sync(&world);
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::ShutOut);
    assert!(doctor_says(&mut phone, words::doctor::COPY_SHUT_OUT.text));
    let code = story.tablet.engine.pair().unwrap();
    phone.engine.join(&code).unwrap();
    story
        .tablet
        .shake_hands(&world, Handshake::PairOffer, &mut phone, Handshake::PairJoin);
    story.is_whole(&mut phone, &world);
}

#[test]
fn an_app_that_opens_a_backup_is_told_so() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyStore::default()));
    let world = World::new(408);
    let open = || {
        let line = Some(Arc::new(world.line()) as Arc<dyn Transport>);
        let (config, keys) = (VaultConfig::new(folder.path(), "phone"), keys.clone());
        Vault::open_with_clock(config, keys, line, Arc::new(world.clock.clone())).unwrap()
    };
    let vault = open();
    vault.sync().connect(world.origin().to_owned()).wait().unwrap();
    vault.journal().write(draft(&world.clock, "Kept.")).wait().unwrap();
    vault.sync().sync_now().wait().unwrap();
    drop(vault);
    let backup = tempfile::tempdir().unwrap();
    copy_folder(folder.path(), backup.path());
    let vault = open();
    vault.journal().write(draft(&world.clock, "Later.")).wait().unwrap();
    vault.sync().sync_now().wait().unwrap();
    drop(vault);
    std::fs::remove_dir_all(folder.path()).unwrap();
    copy_folder(backup.path(), folder.path());
    let vault = open();
    assert_eq!(vault.sync().status().wait().unwrap().renewing, Renewing::UnderWay);
    assert!(vault.sync().sync_now().wait().unwrap().is_complete());
    let page = vault.journal().entries(EntryQuery::newest(10)).wait().unwrap();
    assert_eq!(page.entries.len(), 2);
    assert_eq!(vault.sync().status().wait().unwrap().renewing, Renewing::Done);
}

/// A key store that loses nothing when the power goes, and goes back with the disk of a campaign.
#[derive(Clone, Default)]
struct Lasting(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl KeyStore for Lasting {
    fn load(&self, name: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Into::into))
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

fn open_on(disk: &SimDisk, keys: &Lasting) -> Result<cairn_core::vault::Engine, String> {
    let config = StoreConfig {
        directory: "".into(),
        vfs: Some(disk.name().to_owned()),
        exclusive: true,
    };
    let store = Store::open(&config, &KEY).map_err(|error| error.to_string())?;
    let entropy = Box::new(SeededEntropy::new(OPENED.fetch_add(1, Ordering::Relaxed), "power"));
    let clock = Arc::new(TestClock::default());
    let mut engine =
        cairn_core::vault::Engine::new(store, "phone", clock, entropy).map_err(|error| error.to_string())?;
    engine.keep_mark(keys).map_err(|error| error.to_string())?;
    Ok(engine)
}

#[test]
fn a_loss_of_power_at_any_write_is_never_taken_for_a_backup() {
    let name = |engine: &cairn_core::vault::Engine| engine.devices().unwrap()[0].id;
    let (first, keys, at_first) = (Mutex::new(None), Lasting::default(), Mutex::new(BTreeMap::new()));
    let report = run_cuts(
        &Cuts::new(400, 0xb0b),
        |disk| {
            *first.lock().unwrap() = Some(name(&open_on(disk, &keys).unwrap()));
            at_first.lock().unwrap().clone_from(&keys.0.lock().unwrap());
        },
        |disk, acked: &mut Acked| {
            keys.0.lock().unwrap().clone_from(&at_first.lock().unwrap());
            for number in 1_000..1_006_u64 {
                acked.attempt(number);
                let Ok(mut engine) = open_on(disk, &keys) else { return };
                if engine
                    .write(draft(&TestClock::default(), &format!("Thought {number}.")))
                    .is_err()
                {
                    return;
                }
                acked.acknowledge(number);
            }
        },
        |disk, _| match open_on(disk, &keys) {
            Err(how) => Found::Damaged(how),
            Ok(engine) if Some(name(&engine)) != *first.lock().unwrap() => {
                Found::Damaged("it took itself for a backup".to_owned())
            }
            Ok(engine) => {
                let numbers = texts(&engine)
                    .iter()
                    .filter_map(|text| text.trim_start_matches("Thought ").trim_end_matches('.').parse().ok())
                    .collect();
                Found::Items(numbers)
            }
        },
    );
    assert!(report.is_clean() && report.acknowledged > 400, "{report:?}");
}
