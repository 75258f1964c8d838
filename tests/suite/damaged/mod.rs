//! Storage that was damaged: said, moved aside, and repaired from what can be read and from what the relay has.

mod no_room;

use cairn_core::clock::Clock;
use cairn_core::journal::{Draft, EntryQuery};
use cairn_core::store::{Store, StoreConfig};
use cairn_core::vault::{
    Erasure, Error, Handshake, KeyStore as _, Kind, MemoryKeyStore, Renewing, Repaired, VAULT_KEY, Vault, VaultConfig,
    drafts, entry_for_editing,
};
use cairn_tests::{Device, World, draft, texts};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const PAGE: usize = 4096;

/// No two openings draw the same.
static OPENED: AtomicU64 = AtomicU64::new(1);

/// A device whose vault lies in a folder.
struct Place {
    folder: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    name: &'static str,
}

impl Place {
    fn new(world: &World, name: &'static str) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            name,
        };
        drop(place.vault(world).unwrap());
        place
    }

    fn vault(&self, world: &World) -> Result<Vault, Error> {
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        Vault::open_with_clock(
            VaultConfig::new(self.folder.path(), self.name),
            self.keys.clone(),
            None,
            clock,
        )
    }

    /// Its engine, to be driven by hand.
    fn device(&self, world: &World) -> Device {
        let key = self.keys.load(VAULT_KEY).unwrap().unwrap();
        let key: &[u8; 32] = key.as_slice().try_into().unwrap();
        let store = Store::open(&StoreConfig::new(self.folder.path()), key).unwrap();
        let seed = OPENED.fetch_add(1, Ordering::Relaxed);
        let mut device = Device::over(world, store, 0xda_0000 + seed, self.name);
        device.engine.keep_mark(self.keys.as_ref()).unwrap();
        device
    }

    fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(self.folder.path(), folder.path());
        let keys = MemoryKeyStore::default();
        keys.save(VAULT_KEY, &self.keys.load(VAULT_KEY).unwrap().unwrap())
            .unwrap();
        Self {
            folder,
            keys: Arc::new(keys),
            name: self.name,
        }
    }

    fn repair(&self, world: &World) -> Repaired {
        self.try_repair(world).unwrap()
    }

    fn try_repair(&self, world: &World) -> Result<Repaired, Error> {
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let config = VaultConfig::new(self.folder.path(), self.name);
        Vault::repair_with_clock(config, self.keys.clone(), None, clock).wait()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The files of folders that were moved aside.
    fn aside(&self) -> BTreeMap<String, Vec<u8>> {
        let folders = fs::read_dir(self.folder.path()).unwrap().flatten();
        folders
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("damaged-"))
            .flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten())
            .filter(|file| file.path().is_file())
            .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
            .collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap().flatten() {
        let name = to.join(file.file_name());
        if file.path().is_dir() {
            copy_folder(&file.path(), &name);
        } else {
            fs::copy(file.path(), name).unwrap();
        }
    }
}

fn unsent(n: usize) -> String {
    format!("Only here, {n}. {}", "And at length. ".repeat(400))
}

/// What both devices have, and what one alone has.
struct Story {
    world: World,
    phone: Place,
    tablet: Place,
    sent: Vec<String>,
    kept_here: Vec<String>,
}

fn story(seed: u64) -> Story {
    let world = World::new(seed);
    let (phone, tablet) = (Place::new(&world, "phone"), Place::new(&world, "tablet"));
    let (mut first, mut second) = (phone.device(&world), tablet.device(&world));
    first.connect(&world);
    first.pair(&world, &mut second);
    let id = first.write("Sent, and to be revised.");
    for n in 0..12 {
        first.write(&format!("Sent, {n}. {}", "And on. ".repeat(60)));
    }
    first.sync(&world);
    let (entry, version) = entry_for_editing(first.engine.store().view(), id).unwrap().unwrap();
    let revised = Draft {
        happened: entry.happened,
        ..draft(&world.clock, "Sent, and revised.")
    };
    first.engine.revise(id, &version, revised).unwrap();
    second.write("From the tablet.");
    for _ in 0..3 {
        first.sync(&world);
        second.sync(&world);
        world.clock.advance_ms(120_000);
    }
    let sent = texts(&second.engine);
    assert_eq!(sent, texts(&first.engine));
    let kept_here: Vec<String> = (0..6).map(unsent).collect();
    for body in &kept_here {
        first.write(body);
    }
    first
        .engine
        .keep_draft(None, None, draft(&world.clock, "A draft."))
        .unwrap();
    drop((first, second));
    Story {
        world,
        phone,
        tablet,
        sent,
        kept_here,
    }
}

/// Another try at the same story: relay, phone and tablet as they were.
fn again(story: &Story, seed: u64) -> Story {
    Story {
        world: story.world.backup(seed),
        phone: story.phone.copy(),
        tablet: story.tablet.copy(),
        sent: story.sent.clone(),
        kept_here: story.kept_here.clone(),
    }
}

impl Story {
    /// Repairs the phone and lets both sync; which entries that it alone had are lost.
    fn repaired(&self, what: &str) -> (Repaired, Vec<String>) {
        let is_begun = self.phone.file("vault.repair").exists();
        let damaged = fs::read(self.phone.file("vault.db")).ok().filter(|_| !is_begun);
        let repaired = self.phone.repair(&self.world);
        assert!(repaired.was_damaged && !repaired.lines.is_empty(), "{what}");
        if let Some(damaged) = damaged {
            let aside = &self.phone.aside()["vault.db"];
            assert_eq!(*aside, damaged, "{what}: nothing was changed in what was moved aside");
        }
        let (mut phone, mut tablet) = (self.phone.device(&self.world), self.tablet.device(&self.world));
        if repaired.is_to_join {
            let code = tablet.engine.pair().unwrap();
            phone.engine.join(&code).unwrap();
            tablet.shake_hands(&self.world, Handshake::PairOffer, &mut phone, Handshake::PairJoin);
        }
        for _ in 0..4 {
            phone.sync(&self.world);
            tablet.sync(&self.world);
            self.world.clock.advance_ms(120_000);
        }
        let (here, there) = (texts(&phone.engine), texts(&tablet.engine));
        assert_eq!(here, there, "{what}");
        for body in &self.sent {
            assert!(here.contains(body), "{what}: {body:.20}");
        }
        assert!(
            here.len() <= self.sent.len() + self.kept_here.len(),
            "{what}: nothing is doubled"
        );
        for device in [&phone, &tablet] {
            let status = device.engine.sync_status().unwrap();
            assert_eq!((status.waiting, status.set_aside), (0, 0), "{what}");
        }
        let lost = self
            .kept_here
            .iter()
            .filter(|body| !here.contains(body))
            .cloned()
            .collect();
        if repaired.is_whole {
            assert_eq!(lost, [""; 0], "{what}");
            assert_eq!(drafts(phone.engine.store().view()).unwrap().len(), 1, "{what}");
        }
        // It is found again by its words, and whole by every check.
        let words = cairn_core::journal::SearchQuery::newest("revised", 10);
        assert_eq!(phone.engine.store().view().search(&words).unwrap().len(), 1, "{what}");
        phone.engine.doctor().unwrap();
        (repaired, lost)
    }
}

#[test]
fn whichever_page_is_damaged_everything_on_the_others_is_there_after_a_repair() {
    let first = story(601);
    let count = fs::read(first.phone.file("vault.db")).unwrap().len() / PAGE;
    let (mut costs, mut joins) = (BTreeMap::<String, usize>::new(), 0);
    for page in 0..count {
        let story = again(&first, 601);
        let mut bytes = fs::read(story.phone.file("vault.db")).unwrap();
        // Also the salt, without which nothing opens.
        let at = if page == 0 {
            3
        } else {
            page * PAGE + (page * 577) % PAGE
        };
        bytes[at] ^= 0x10;
        fs::write(story.phone.file("vault.db"), &bytes).unwrap();
        let (repaired, lost) = story.repaired(&format!("page {page}"));
        joins += usize::from(repaired.is_to_join);
        for body in lost {
            *costs.entry(body).or_default() += 1;
        }
    }
    assert!(count > 40, "{count} pages");
    // A row of that length lies on a leaf and two pages more. No page that only leads to it costs it.
    assert!(
        costs.values().all(|pages| (1..=3).contains(pages)),
        "{:?}",
        costs.values()
    );
    assert!(joins <= 3, "a page with the keys on it: {joins}");
}

#[test]
fn a_database_that_is_cut_short_empty_missing_or_something_else_comes_back_from_the_relay() {
    let first = story(602);
    let whole = fs::read(first.phone.file("vault.db")).unwrap();
    let cut = |part: usize| Some(whole[..whole.len() / part].to_vec());
    let damages: Vec<(&str, Option<Vec<u8>>)> = vec![
        ("half of it", cut(2)),
        ("a third of it", cut(3)),
        ("a page and a half", Some(whole[..6000].to_vec())),
        ("a part of its first page", Some(whole[..900].to_vec())),
        ("empty", Some(Vec::new())),
        ("zeros", Some(vec![0; 8192])),
        ("another file", Some(b"%PDF-1.7 not a journal".repeat(500))),
        ("missing", None),
    ];
    for (what, bytes) in damages {
        let story = again(&first, 602);
        match bytes {
            Some(bytes) => fs::write(story.phone.file("vault.db"), bytes).unwrap(),
            None => fs::remove_file(story.phone.file("vault.db")).unwrap(),
        }
        let error = story.phone.vault(&story.world).unwrap_err();
        assert_eq!(error.kind(), Kind::StorageDamaged, "{what}");
        let again = story.phone.vault(&story.world).unwrap_err();
        assert_eq!(
            again.kind(),
            Kind::StorageDamaged,
            "{what}: no empty journal takes its place"
        );
        let (repaired, _) = story.repaired(what);
        assert!(!repaired.is_whole, "{what}");
    }
}

/// The story with everything that one device alone has in the write-ahead log, as a process leaves it that was killed.
fn with_a_log(seed: u64) -> Story {
    let story = story(seed);
    let phone = story.phone.device(&story.world);
    phone.engine.store().checkpoint().unwrap();
    let mut phone = phone;
    let late: Vec<String> = (10..14).map(unsent).collect();
    for body in &late {
        phone.write(body);
    }
    let copy = story.phone.copy();
    drop(phone);
    assert!(fs::metadata(copy.file("vault.db-wal")).unwrap().len() > 40_000);
    Story {
        phone: copy,
        kept_here: [story.kept_here.clone(), late].concat(),
        ..story
    }
}

#[test]
fn a_log_whose_head_is_garbage_is_damage_and_what_it_held_is_read_all_the_same() {
    let story = with_a_log(603);
    let mut log = fs::read(story.phone.file("vault.db-wal")).unwrap();
    log[..32].copy_from_slice(&[0xa5; 32]);
    fs::write(story.phone.file("vault.db-wal"), &log).unwrap();
    let error = story.phone.vault(&story.world).unwrap_err();
    assert!(matches!(error, Error::MovedAside), "{error:?}");
    assert_eq!(story.phone.aside()["vault.db-wal"], log);
    let (repaired, lost) = story.repaired("a log without a head");
    assert!(!repaired.is_whole);
    assert_eq!(lost, [""; 0]);
}

#[test]
fn of_a_damaged_database_with_a_log_the_newest_whole_state_of_everything_is_taken() {
    let first = with_a_log(604);
    let whole = fs::read(first.phone.file("vault.db-wal")).unwrap();
    for (what, at) in [("an early frame", 9_000), ("a late one", whole.len() - 9_000)] {
        let story = again(&first, 604);
        let mut bytes = fs::read(story.phone.file("vault.db")).unwrap();
        bytes[700] ^= 1; // The first page: the newest of it is in the log.
        fs::write(story.phone.file("vault.db"), bytes).unwrap();
        let mut log = whole.clone();
        log[at] ^= 1;
        fs::write(story.phone.file("vault.db-wal"), log).unwrap();
        let repaired = story.phone.repair(&story.world);
        if !repaired.was_damaged {
            continue; // The log was enough.
        }
        let mut phone = story.phone.device(&story.world);
        let here = texts(&phone.engine);
        let lost = story.kept_here.iter().filter(|body| !here.contains(body)).count();
        assert!(lost <= 2, "{what}: {lost}");
        phone.engine.doctor().unwrap();
    }
}

#[test]
fn a_journal_without_a_relay_keeps_what_could_be_read_and_says_what_that_means() {
    let world = World::new(605);
    let place = Place::new(&world, "phone");
    let mut phone = place.device(&world);
    let bodies: Vec<String> = (0..200).map(unsent).collect();
    for body in &bodies {
        phone.write(body);
    }
    drop(phone);
    let bytes = fs::read(place.file("vault.db")).unwrap();
    fs::write(place.file("vault.db"), &bytes[..bytes.len() / 2]).unwrap();
    let repaired = place.repair(&world);
    assert!(repaired.was_damaged && !repaired.is_whole && !repaired.is_to_join);
    assert!(
        repaired
            .lines
            .contains(&cairn_core::words::doctor::REPAIRED_ALONE.text.to_owned())
    );
    let vault = place.vault(&world).unwrap();
    let page = vault.journal().entries(EntryQuery::newest(200)).wait().unwrap();
    let found: Vec<String> = page.entries.into_iter().map(|entry| entry.body).collect();
    assert!((1..200).contains(&found.len()), "some of them: {}", found.len());
    assert!(
        found.iter().all(|body| bodies.contains(body)),
        "and each as it was written"
    );
    assert!(vault.doctor().wait().unwrap().is_well);
    vault.journal().write(draft(&world.clock, "And on.")).wait().unwrap();
}

#[test]
fn a_repaired_vault_carries_out_nothing_that_may_have_been_stopped_since() {
    let world = World::new(607);
    let place = Place::new(&world, "phone");
    let mut phone = place.device(&world);
    for n in 0..20 {
        phone.write(&unsent(n));
    }
    phone.engine.erase_everything(None).unwrap();
    drop(phone);
    let mut bytes = fs::read(place.file("vault.db")).unwrap();
    let last = bytes.len() - PAGE;
    bytes[last..].fill(0xa5);
    fs::write(place.file("vault.db"), bytes).unwrap();
    assert!(place.repair(&world).was_damaged);
    world.clock.advance_ms(30 * 24 * 60 * 60 * 1000);
    let vault = place.vault(&world).unwrap();
    assert_eq!(vault.devices().erasure().wait().unwrap(), Erasure::Nothing);
    let page = vault.journal().entries(EntryQuery::newest(100)).wait().unwrap();
    assert!(!page.entries.is_empty());
}

#[test]
fn a_repair_of_a_sound_vault_changes_nothing_and_says_so() {
    let story = story(606);
    let repaired = story.phone.repair(&story.world);
    assert!(!repaired.was_damaged && repaired.is_whole && !repaired.is_to_join);
    assert_eq!(story.phone.aside(), BTreeMap::new());
    let phone = story.phone.device(&story.world);
    assert_eq!(phone.engine.renewing().unwrap(), Renewing::Nothing);
    assert_eq!(texts(&phone.engine).len(), story.sent.len() + story.kept_here.len());
}

#[test]
fn a_repair_that_was_broken_off_at_any_step_goes_on() {
    let first = story(607);
    let mut bytes = fs::read(first.phone.file("vault.db")).unwrap();
    let middle = bytes.len() / PAGE / 2 * PAGE;
    bytes[700] ^= 1;
    bytes[middle + 700] ^= 1;
    for step in 0..5 {
        let story = again(&first, 607);
        let place = &story.phone;
        fs::write(place.file("vault.db"), &bytes).unwrap();
        let aside = place.file("damaged-20260101-000000");
        if step > 0 {
            fs::create_dir(&aside).unwrap();
            fs::write(place.file("vault.repair"), "damaged-20260101-000000").unwrap();
        }
        if step > 1 {
            fs::rename(place.file("vault.db"), aside.join("vault.db")).unwrap();
        }
        if step > 2 {
            fs::create_dir(place.file("rebuilt")).unwrap();
            fs::write(place.file("rebuilt/vault.db"), [9; 5000]).unwrap();
        }
        if step > 3 {
            // In its place, and not yet said to be.
            drop(place.repair(&story.world));
            fs::write(place.file("vault.repair"), "damaged-20260101-000000").unwrap();
        }
        let error = place.vault(&story.world).unwrap_err();
        assert_eq!(error.kind(), Kind::StorageDamaged, "step {step}");
        let (_, lost) = story.repaired(&format!("step {step}"));
        assert_eq!(place.aside()["vault.db"], bytes, "step {step}");
        assert!(lost.len() < 3, "step {step}");
        assert!(!place.file("vault.repair").exists() && !place.file("rebuilt").exists());
    }
}

#[test]
fn a_key_that_is_missing_or_another_one_repairs_nothing_and_moves_nothing() {
    let story = story(608);
    let path = story.phone.file("vault.db");
    fs::write(&path, b"damaged").unwrap();
    let wrong = MemoryKeyStore::default();
    wrong.save(VAULT_KEY, &[1; 32]).unwrap();
    for (keys, is_missing) in [(MemoryKeyStore::default(), true), (wrong, false)] {
        let config = VaultConfig::new(story.phone.folder.path(), "phone");
        let error = Vault::repair(config, Arc::new(keys), None).wait().unwrap_err();
        assert!(
            matches!(
                (&error, is_missing),
                (Error::KeyMissing, true) | (Error::WrongKey, false)
            ),
            "{error:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"damaged");
    }
    let nowhere = VaultConfig::new(story.phone.file("nowhere"), "phone");
    let none = Vault::repair(nowhere, Arc::new(MemoryKeyStore::default()), None).wait();
    assert!(matches!(none, Err(Error::NotFound)));
}
