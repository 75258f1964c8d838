#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use crate::clock::{Clock, Timestamp};
use crate::crypto::{PassphraseKind, WRAPPED_KEY_BYTES};
use crate::journal::{Draft, EntryQuery};
use crate::moment::Moment;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zeroize::Zeroizing;

const RIGHT: &str = "two stones on a third";
const WRONG: &str = "two stones on a fourth";

#[derive(Debug)]
struct ByHand(AtomicI64);

impl Clock for ByHand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl ByHand {
    fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// A key store that keeps nothing under one name while it is told so.
#[derive(Default)]
struct Stubborn {
    keys: MemoryKeyStore,
    refuses: Mutex<Option<&'static str>>,
    forgets: AtomicBool,
}

impl KeyStore for Stubborn {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        self.keys.load(name)
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        if *self.refuses.lock().unwrap() == Some(name) {
            return Err(KeyStoreError::Failed);
        }
        // As a keychain that cuts what it is given, once.
        let cut = self.forgets.swap(false, Ordering::SeqCst);
        self.keys.save(name, &secret[..if cut { 31 } else { secret.len() }])
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        self.keys.forget(name)
    }
}

struct Place {
    folder: tempfile::TempDir,
    keys: Arc<Stubborn>,
    clock: Arc<ByHand>,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            clock: Arc::new(ByHand(AtomicI64::new(1_772_352_000_000))),
        }
    }

    fn open(&self) -> Vault {
        let config = VaultConfig::new(self.folder.path(), "phone");
        Vault::open_with_clock(
            config,
            Arc::clone(&self.keys) as Arc<dyn KeyStore>,
            None,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
        )
        .unwrap()
    }

    fn key(&self) -> Vec<u8> {
        self.keys.load(VAULT_KEY).unwrap().unwrap().to_vec()
    }

    fn draft(&self, body: &str) -> Draft {
        Draft {
            body: body.to_owned(),
            ..Draft::new(Moment::new(self.clock.now(), "Europe/London").unwrap())
        }
    }
}

fn typed(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn unlock(vault: &Vault, text: &str) -> Result<(), Error> {
    vault.unlock(Some(typed(text))).wait()
}

fn set(vault: &Vault, old: Option<&str>, new: &str) -> Result<(), Error> {
    let kind = PassphraseKind::Passphrase;
    vault.set_passphrase(old.map(typed), kind, typed(new)).wait()
}

fn bodies(vault: &Vault) -> Result<Vec<String>, Error> {
    let page = vault.journal().entries(EntryQuery::newest(10)).wait()?;
    Ok(page.entries.into_iter().map(|entry| entry.body).collect())
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    ["vault.id", "vault.db", "vault.db-wal"]
        .iter()
        .map(|file| std::fs::read(folder.join(file)).unwrap_or_default())
        .collect()
}

#[test]
fn a_locked_vault_answers_nothing_until_it_is_unlocked_and_sleep_changes_nothing_about_that() {
    let place = Place::new();
    let vault = place.open();
    vault.journal().write(place.draft("a heron")).wait().unwrap();
    vault.lock().wait().unwrap();
    vault.lock().wait().unwrap();
    for _ in 0..2 {
        assert!(vault.is_locked());
        assert!(matches!(bodies(&vault), Err(Error::Locked)));
        let written = vault.journal().write(place.draft("no")).wait();
        assert!(matches!(written, Err(Error::Locked)));
        assert!(matches!(vault.doctor().wait(), Err(Error::Locked)));
        vault.suspend().wait().unwrap();
        assert!(matches!(bodies(&vault), Err(Error::Locked)));
        assert!(matches!(vault.unlock(None).wait(), Err(Error::Suspended)));
        vault.resume().wait().unwrap();
    }
    vault.unlock(None).wait().unwrap();
    vault.unlock(None).wait().unwrap();
    assert_eq!(bodies(&vault).unwrap(), ["a heron"]);
    vault.suspend().wait().unwrap();
    assert!(!vault.is_locked() && matches!(bodies(&vault), Err(Error::Suspended)));
}

#[test]
fn a_passphrase_is_asked_for_from_then_on_and_the_key_below_it_stays() {
    let place = Place::new();
    let vault = place.open();
    vault.journal().write(place.draft("a heron")).wait().unwrap();
    let (key, before) = (place.key(), files(place.folder.path()));
    assert!(matches!(set(&vault, None, "short"), Err(Error::Passphrase(_))));
    set(&vault, None, RIGHT).unwrap();
    assert_eq!(place.key().len(), WRAPPED_KEY_BYTES);
    assert!(!place.key().windows(8).any(|window| window == &key[..8]));
    drop(vault);

    let vault = place.open();
    let state = vault.lock_state().wait().unwrap();
    assert_eq!(
        (state.is_locked, state.asks_for, state.wait_ms),
        (true, Some(PassphraseKind::Passphrase), 0)
    );
    assert!(matches!(bodies(&vault), Err(Error::Locked)));
    assert!(matches!(vault.unlock(None).wait(), Err(Error::Locked)));
    assert!(matches!(unlock(&vault, WRONG), Err(Error::WrongPassphrase)));
    assert!(matches!(unlock(&vault, ""), Err(Error::WrongPassphrase)));
    unlock(&vault, RIGHT).unwrap();
    assert_eq!(bodies(&vault).unwrap(), ["a heron"]);

    // Waking up asks for nothing, until it is locked.
    vault.suspend().wait().unwrap();
    vault.resume().wait().unwrap();
    assert_eq!(bodies(&vault).unwrap(), ["a heron"]);

    assert!(matches!(set(&vault, None, "another one"), Err(Error::Locked)));
    assert!(matches!(
        set(&vault, Some(WRONG), "another one"),
        Err(Error::WrongPassphrase)
    ));
    set(&vault, Some(RIGHT), "another one").unwrap();
    vault.lock().wait().unwrap();
    assert!(matches!(set(&vault, Some("another one"), RIGHT), Err(Error::Locked)));
    assert!(matches!(unlock(&vault, RIGHT), Err(Error::WrongPassphrase)));
    unlock(&vault, "another one").unwrap();
    assert!(matches!(
        vault.remove_passphrase(typed(RIGHT)).wait(),
        Err(Error::WrongPassphrase)
    ));
    vault.remove_passphrase(typed("another one")).wait().unwrap();
    vault.remove_passphrase(typed("anything")).wait().unwrap();
    assert_eq!(place.key(), key);
    drop(vault);
    let vault = place.open();
    assert_eq!(bodies(&vault).unwrap(), ["a heron"]);
    assert_eq!(files(place.folder.path())[0], before[0]);
}

#[test]
fn setting_a_passphrase_writes_nothing_but_the_key_store() {
    let place = Place::new();
    let vault = place.open();
    vault.journal().write(place.draft("a heron")).wait().unwrap();
    let before = files(place.folder.path());
    set(&vault, None, RIGHT).unwrap();
    set(&vault, Some(RIGHT), "another one").unwrap();
    vault.remove_passphrase(typed("another one")).wait().unwrap();
    assert!(files(place.folder.path()) == before);
}

#[test]
fn delays_grow_survive_a_restart_and_end() {
    let place = Place::new();
    set(&place.open(), None, RIGHT).unwrap();
    for _ in 0..5 {
        assert!(matches!(unlock(&place.open(), WRONG), Err(Error::WrongPassphrase)));
    }
    // Not even the right one is judged before its time, in this process or the next.
    for (passed_ms, left) in [(0, 30), (1, 30), (10_998, 20), (19_000, 1)] {
        place.clock.advance_ms(passed_ms);
        let vault = place.open();
        let answer = unlock(&vault, RIGHT);
        assert!(
            matches!(answer, Err(Error::WaitFirst { seconds }) if seconds == left),
            "{answer:?}"
        );
        assert!(vault.lock_state().wait().unwrap().wait_ms > (left - 1).cast_signed() * 1000);
    }
    place.clock.advance_ms(1);
    let vault = place.open();
    assert!(matches!(unlock(&vault, WRONG), Err(Error::WrongPassphrase)));
    assert!(matches!(unlock(&vault, RIGHT), Err(Error::WaitFirst { seconds: 60 })));
    // A clock set back by a year: no more than the present delay, and no less.
    place.clock.advance_ms(-365 * 86_400_000);
    assert!(matches!(unlock(&vault, RIGHT), Err(Error::WaitFirst { seconds: 60 })));
    place.clock.advance_ms(59_999);
    assert!(matches!(unlock(&vault, RIGHT), Err(Error::WaitFirst { seconds: 1 })));
    place.clock.advance_ms(1);
    unlock(&vault, RIGHT).unwrap();
    // The right one makes all of it forgotten.
    vault.lock().wait().unwrap();
    for _ in 0..4 {
        assert!(matches!(unlock(&vault, WRONG), Err(Error::WrongPassphrase)));
    }
    unlock(&vault, RIGHT).unwrap();
}

#[test]
fn no_delay_is_longer_than_an_hour() {
    let place = Place::new();
    let vault = place.open();
    set(&vault, None, RIGHT).unwrap();
    vault.lock().wait().unwrap();
    for count in [12, 13, 1_000, u32::MAX] {
        let mut tries = vec![1];
        tries.extend_from_slice(&count.to_le_bytes());
        tries.extend_from_slice(&place.clock.now().0.to_le_bytes());
        place.keys.save(UNLOCK_TRIES, &tries).unwrap();
        assert!(matches!(unlock(&vault, RIGHT), Err(Error::WaitFirst { seconds: 3600 })));
    }
    place.clock.advance_ms(3_600_000);
    unlock(&vault, RIGHT).unwrap();
}

#[test]
fn a_try_that_cannot_be_noted_is_not_judged() {
    let place = Place::new();
    let vault = place.open();
    set(&vault, None, RIGHT).unwrap();
    vault.lock().wait().unwrap();
    *place.keys.refuses.lock().unwrap() = Some(UNLOCK_TRIES);
    for text in [RIGHT, WRONG] {
        assert!(matches!(
            unlock(&vault, text),
            Err(Error::KeyStore(KeyStoreError::Failed))
        ));
    }
    *place.keys.refuses.lock().unwrap() = None;
    unlock(&vault, RIGHT).unwrap();
}

#[test]
fn a_passphrase_that_could_not_be_kept_leaves_all_as_it_was() {
    let place = Place::new();
    let vault = place.open();
    let key = place.key();
    *place.keys.refuses.lock().unwrap() = Some(VAULT_KEY);
    assert!(matches!(set(&vault, None, RIGHT), Err(Error::KeyStore(_))));
    *place.keys.refuses.lock().unwrap() = None;
    place.keys.forgets.store(true, Ordering::SeqCst);
    assert!(matches!(set(&vault, None, RIGHT), Err(Error::KeyStore(_))));
    assert_eq!(place.key(), key);
    drop(vault);
    assert!(!place.open().is_locked());
}

struct Telling(Mutex<Sender<Vec<Change>>>);

impl Observer for Telling {
    fn changed(&self, changes: &[Change]) {
        let _ = self.0.lock().unwrap().send(changes.to_vec());
    }
}

#[test]
fn a_vault_left_alone_locks_itself_without_a_call_and_says_so() {
    let place = Place::new();
    let vault = place.open();
    assert_eq!(vault.auto_lock().wait().unwrap(), None);
    for out_of_bounds in [0, 999, i64::MAX] {
        let answer = vault.set_auto_lock(Some(out_of_bounds)).wait();
        assert!(matches!(answer, Err(Error::AutoLock)));
    }
    vault.set_auto_lock(Some(1_000)).wait().unwrap();
    drop(vault);
    let vault = place.open();
    assert_eq!(vault.auto_lock().wait().unwrap(), Some(1_000));
    place.clock.advance_ms(999);
    assert_eq!(bodies(&vault).unwrap().len(), 0);
    let (sender, told) = channel();
    let _watching = vault.observe(Arc::new(Telling(Mutex::new(sender))));
    place.clock.advance_ms(1_000);
    // Nobody calls. The thread that writes wakes up, whenever that is.
    while !told
        .recv_timeout(Duration::from_secs(30))
        .unwrap()
        .contains(&Change::Lock)
    {}
    assert!(vault.is_locked());
    vault.unlock(None).wait().unwrap();
    place.clock.advance_ms(1_000);
    assert!(
        matches!(bodies(&vault), Err(Error::Locked)),
        "no late timer shows anything"
    );
    vault.unlock(None).wait().unwrap();
    vault.set_auto_lock(None).wait().unwrap();
    place.clock.advance_ms(i64::from(u32::MAX));
    assert_eq!(bodies(&vault).unwrap().len(), 0);
}

#[test]
fn with_a_passphrase_a_vault_locks_itself_unless_the_person_chose_otherwise() {
    let place = Place::new();
    let vault = place.open();
    set(&vault, None, RIGHT).unwrap();
    assert_eq!(vault.auto_lock().wait().unwrap(), Some(300_000));
    place.clock.advance_ms(299_999);
    // Asleep or awake.
    vault.suspend().wait().unwrap();
    place.clock.advance_ms(1);
    vault.resume().wait().unwrap();
    assert!(matches!(bodies(&vault), Err(Error::Locked)));
    unlock(&vault, RIGHT).unwrap();
    vault.set_auto_lock(None).wait().unwrap();
    assert_eq!(vault.auto_lock().wait().unwrap(), None);
    drop(vault);
    let vault = place.open();
    unlock(&vault, RIGHT).unwrap();
    place.clock.advance_ms(86_400_000);
    assert_eq!(bodies(&vault).unwrap().len(), 0);
}

#[test]
fn an_attachment_that_was_opened_before_is_not_read_while_locked() {
    use std::io::Read as _;
    let place = Place::new();
    let vault = place.open();
    let keeping = Keeping::default();
    let kept = vault.journal().attach_bytes(vec![7; 100_000], keeping).wait().unwrap();
    let mut open = vault.journal().attachment(kept.id).wait().unwrap();
    vault.lock().wait().unwrap();
    assert!(open.read(&mut [0; 10]).is_err());
    assert!(matches!(open.read_range(0, 10), Err(Error::Locked)));
    let read = vault.journal().read_attachment(kept.id, 0, 10).wait();
    assert!(matches!(read, Err(Error::Locked)));
    let refused = vault.journal().attach_bytes(vec![8; 10], Keeping::default()).wait();
    assert!(matches!(refused, Err(Error::Locked)));
    vault.unlock(None).wait().unwrap();
    assert_eq!(open.read_range(0, 10).unwrap(), [7; 10]);
    assert_eq!(
        vault.journal().attachment_state(kept.id).wait().unwrap(),
        AttachmentState::Here
    );
}
