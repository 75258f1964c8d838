//! The vault's folder is not as it was left.

use cairn_core::clock::Clock;
use cairn_core::journal::EntryQuery;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::vault::{Error, KeyStore as _, Kind, MemoryKeyStore, Repaired, VAULT_KEY, Vault, VaultConfig};
use cairn_tests::{TestClock, draft};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const WORDS: &str = "What nobody else remembers.";

/// A folder with a vault in it, closed, and its keys.
struct Left {
    folder: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    clock: TestClock,
}

impl Left {
    fn new() -> Self {
        let left = Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            clock: TestClock::default(),
        };
        let vault = left.open().unwrap();
        for n in 0..40 {
            vault
                .journal()
                .write(draft(&left.clock, &format!("{WORDS} {n} {}", "And on. ".repeat(40))))
                .wait()
                .unwrap();
        }
        left
    }

    fn open(&self) -> Result<Vault, Error> {
        self.open_with(&self.keys)
    }

    fn open_with(&self, keys: &Arc<MemoryKeyStore>) -> Result<Vault, Error> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        Vault::open_with_clock(VaultConfig::new(self.folder.path(), "phone"), keys.clone(), None, clock)
    }

    fn repair(&self) -> Repaired {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let config = VaultConfig::new(self.folder.path(), "phone");
        Vault::repair_with_clock(config, self.keys.clone(), None, clock)
            .wait()
            .unwrap()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files_in(self.folder.path())
    }

    /// The only folder of what was moved aside.
    fn aside(&self) -> BTreeMap<String, Vec<u8>> {
        let folders: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("damaged-"))
            .collect();
        assert_eq!(folders.len(), 1);
        files_in(&folders[0].path())
    }
}

fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_file());
    files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect()
}

fn count(vault: &Vault) -> usize {
    vault
        .journal()
        .entries(EntryQuery::newest(100))
        .wait()
        .unwrap()
        .entries
        .len()
}

/// The database was damaged as `damage` does it: that is said, the file lies aside as it was, and a repair makes a vault of it.
fn is_moved_aside(damage: impl FnOnce(&Left)) {
    let left = Left::new();
    damage(&left);
    let damaged = fs::read(left.file("vault.db")).ok();
    let error = left.open().unwrap_err();
    assert!(matches!(error, Error::MovedAside), "{error:?}");
    assert_eq!(error.kind(), Kind::StorageDamaged);
    assert!(error.to_string().contains("not deleted"));
    assert_eq!(
        left.aside().get("vault.db"),
        damaged.as_ref(),
        "nothing was changed on the way"
    );
    assert!(
        matches!(left.open(), Err(Error::MovedAside)),
        "no empty journal takes its place"
    );
    let repaired = left.repair();
    assert!(repaired.was_damaged);
    let vault = left.open().unwrap();
    let saved = count(&vault);
    vault
        .journal()
        .write(draft(&left.clock, "A new beginning."))
        .wait()
        .unwrap();
    drop(vault);
    assert_eq!(count(&left.open().unwrap()), saved + 1, "and is an ordinary vault");
}

#[test]
fn a_wrong_key_is_told_apart_from_damage_and_moves_nothing() {
    let left = Left::new();
    let before = left.files();
    let wrong = Arc::new(MemoryKeyStore::default());
    for key in [vec![0_u8; 32], vec![1; 31], Vec::new()] {
        wrong.save(VAULT_KEY, &key).unwrap();
        let error = left.open_with(&wrong).unwrap_err();
        assert!(matches!(error, Error::WrongKey), "{error:?}");
        assert_eq!(left.files(), before);
        assert_eq!(
            wrong.load(VAULT_KEY).unwrap().unwrap().as_slice(),
            key,
            "no key was made in its place"
        );
    }
    assert_eq!(count(&left.open().unwrap()), 40);
}

#[test]
fn a_missing_key_is_said_and_no_new_one_is_made_over_the_vault() {
    let left = Left::new();
    let before = left.files();
    let none = Arc::new(MemoryKeyStore::default());
    let error = left.open_with(&none).unwrap_err();
    assert!(matches!(error, Error::KeyMissing), "{error:?}");
    assert!(none.load(VAULT_KEY).unwrap().is_none());
    assert_eq!(left.files(), before);
    assert_eq!(count(&left.open().unwrap()), 40);
}

#[test]
fn a_damaged_or_missing_name_of_the_vault_changes_nothing() {
    for content in [None, Some(&b""[..]), Some(b"\xa3\x00\x01"), Some(&[0xff; 200])] {
        let left = Left::new();
        match content {
            Some(bytes) => fs::write(left.file("vault.id"), bytes).unwrap(),
            None => fs::remove_file(left.file("vault.id")).unwrap(),
        }
        let before = left.files();
        let error = left.open().unwrap_err();
        assert!(matches!(error, Error::IdDamaged), "{error:?}");
        assert_eq!(left.files(), before);
    }
}

#[test]
fn a_database_whose_first_page_is_damaged_is_moved_aside() {
    is_moved_aside(|left| {
        let mut bytes = fs::read(left.file("vault.db")).unwrap();
        bytes[700] ^= 1;
        fs::write(left.file("vault.db"), bytes).unwrap();
    });
}

#[test]
fn a_database_that_ends_too_early_is_moved_aside() {
    for part in [2, 3, 50] {
        is_moved_aside(|left| {
            let bytes = fs::read(left.file("vault.db")).unwrap();
            fs::write(left.file("vault.db"), &bytes[..bytes.len() / part]).unwrap();
        });
    }
}

#[test]
fn an_empty_or_missing_database_beside_its_name_is_damage_and_no_new_vault() {
    is_moved_aside(|left| fs::write(left.file("vault.db"), b"").unwrap());
    is_moved_aside(|left| fs::write(left.file("vault.db"), [0; 8192]).unwrap());
    is_moved_aside(|left| fs::remove_file(left.file("vault.db")).unwrap());
}

#[test]
fn a_file_of_another_kind_in_the_databases_place_is_moved_aside() {
    is_moved_aside(|left| fs::write(left.file("vault.db"), b"%PDF-1.7 not a journal".repeat(500)).unwrap());
}

#[test]
fn every_damaged_page_is_noticed_and_no_word_of_it_is_served() {
    const PAGE: usize = 4096;
    let left = Left::new();
    let sound = fs::read(left.file("vault.db")).unwrap();
    let (mut moved, mut said) = (0, 0);
    for page in 0..sound.len() / PAGE {
        let mut bytes = sound.clone();
        bytes[page * PAGE + 1000] ^= 0x10;
        fs::write(left.file("vault.db"), &bytes).unwrap();
        match left.open() {
            Err(Error::MovedAside) => {
                assert_eq!(left.aside()["vault.db"], bytes);
                let aside = fs::read_dir(left.folder.path())
                    .unwrap()
                    .flatten()
                    .find(|entry| entry.path().is_dir())
                    .unwrap();
                fs::remove_dir_all(aside.path()).unwrap();
                fs::remove_file(left.file("vault.repair")).unwrap();
                moved += 1;
            }
            Ok(vault) => {
                let found = vault.doctor().wait();
                assert!(found.is_err(), "page {page}: {found:?}");
                assert_eq!(found.unwrap_err().kind(), Kind::StorageDamaged, "page {page}");
                let read = vault.journal().entries(EntryQuery::newest(100)).wait();
                let honest =
                    |page: cairn_core::journal::Page| page.entries.iter().all(|entry| entry.body.starts_with(WORDS));
                assert!(read.map_or(true, honest), "page {page}");
                said += 1;
            }
            Err(error) => panic!("page {page}: {error:?}"),
        }
    }
    assert!(moved > 0 && said > 0, "{moved} moved aside, {said} said by the doctor");
}

#[test]
fn a_vault_begun_anew_after_damage_reads_everything_back_from_the_relay() {
    let (world, mut phone, tablet) = super::two_devices(31);
    for n in 0..30 {
        phone.write(&format!("Day {n}."));
    }
    phone.sync(&world);
    drop(tablet);
    let left = Left::new();
    fs::write(left.file("vault.db"), b"").unwrap();
    assert!(matches!(left.open(), Err(Error::MovedAside)));
    assert!(left.repair().is_to_join);
    let key = left.keys.load(VAULT_KEY).unwrap().unwrap();
    let key: &[u8; 32] = key.as_slice().try_into().unwrap();
    let store = Store::open(&StoreConfig::new(left.folder.path()), key).unwrap();
    let mut anew = cairn_tests::Device::over(&world, store, 31, "tablet again");
    phone.pair(&world, &mut anew);
    anew.sync(&world);
    assert_eq!(cairn_tests::texts(&anew.engine), cairn_tests::texts(&phone.engine));
    drop(anew);
    assert_eq!(count(&left.open().unwrap()), 31);
}
