//! While a vault is locked nothing of it is read, whatever was done before, and no failing key store costs anybody their journal.

use cairn_core::clock::Clock;
use cairn_core::journal::{EntryQuery, SearchQuery};
use cairn_core::profile::PlanList;
use cairn_core::vault::{
    Error, KeyStore, KeyStoreError, MemoryKeyStore, PassphraseKind, UNLOCK_TRIES, VAULT_KEY, Vault, VaultConfig,
};
use cairn_tests::{SeededEntropy, TestClock, draft};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

const RIGHT: &str = "two stones on a third";

fn opened(folder: &Path, keys: Arc<dyn KeyStore>, clock: &TestClock) -> Result<Vault, Error> {
    let clock = Arc::new(clock.clone()) as Arc<dyn Clock>;
    Vault::open_with_clock(VaultConfig::new(folder, "phone"), keys, None, clock)
}

fn typed(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// What a vault should be like after what was done to it.
struct Model {
    clock: TestClock,
    locked: bool,
    asleep: bool,
    used: i64,
    after_ms: Option<i64>,
    entries: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Done,
    Locked,
    Asleep,
}

impl Model {
    fn left_alone(&mut self) {
        if let Some(after_ms) = self.after_ms {
            self.locked |= self.clock.now().0 - self.used >= after_ms;
        }
    }

    fn called(&mut self) -> Answer {
        self.left_alone();
        if self.locked {
            return Answer::Locked;
        }
        self.used = self.clock.now().0;
        if self.asleep { Answer::Asleep } else { Answer::Done }
    }

    fn unlocked(&mut self) -> Answer {
        self.left_alone();
        if self.asleep {
            return Answer::Asleep;
        }
        self.locked = false;
        self.used = self.clock.now().0;
        Answer::Done
    }
}

fn answer<T>(answered: Result<T, Error>) -> Answer {
    match answered {
        Ok(_) => Answer::Done,
        Err(Error::Locked) => Answer::Locked,
        Err(Error::Suspended) => Answer::Asleep,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn no_order_of_calls_reads_anything_from_a_locked_vault() {
    for seed in 0..24 {
        let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
        let vault = opened(folder.path(), Arc::new(MemoryKeyStore::default()), &clock).unwrap();
        let mut model = Model {
            clock: clock.clone(),
            locked: false,
            asleep: false,
            used: clock.now().0,
            after_ms: None,
            entries: 0,
        };
        let mut chance = SeededEntropy::new(seed, "locking");
        for step in 0..40 {
            let what = chance.below(10);
            let (expected, answered) = match what {
                0 => {
                    model.locked = true;
                    (Answer::Done, answer(vault.lock().wait()))
                }
                1 | 2 => (model.unlocked(), answer(vault.unlock(None).wait())),
                3 if chance.below(2) == 0 => {
                    model.asleep = true;
                    (Answer::Done, answer(vault.suspend().wait()))
                }
                3 | 4 => {
                    model.left_alone();
                    model.asleep = false;
                    (Answer::Done, answer(vault.resume().wait()))
                }
                5 => {
                    clock.advance_ms(i64::try_from(chance.below(50_000)).unwrap());
                    model.left_alone();
                    assert_eq!(vault.is_locked(), model.locked, "seed {seed}, step {step}");
                    continue;
                }
                6 => {
                    let after_ms = (chance.below(3) > 0).then_some(60_000);
                    let expected = model.called();
                    if expected == Answer::Done {
                        model.after_ms = after_ms;
                    }
                    (expected, answer(vault.set_auto_lock(after_ms).wait()))
                }
                7 => {
                    let expected = model.called();
                    model.entries += usize::from(expected == Answer::Done);
                    (expected, answer(vault.journal().write(draft(&clock, "a heron")).wait()))
                }
                8 => {
                    let found = vault.journal().search(SearchQuery::newest("heron", 100)).wait();
                    (model.called(), answer(found))
                }
                _ => {
                    let page = vault.journal().entries(EntryQuery::newest(100)).wait();
                    let expected = model.called();
                    if let Ok(page) = &page {
                        assert_eq!(page.entries.len(), model.entries, "seed {seed}, step {step}");
                    }
                    (expected, answer(page))
                }
            };
            assert_eq!(answered, expected, "seed {seed}, step {step}, {what}");
        }
    }
}

#[test]
fn while_it_is_locked_only_the_plan_that_was_let_open_can_be_read() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let keys = Arc::new(MemoryKeyStore::default());
    let config = VaultConfig::new(folder.path(), "phone");
    let vault = opened(folder.path(), Arc::clone(&keys) as Arc<dyn KeyStore>, &clock).unwrap();
    vault.journal().write(draft(&clock, "a heron")).wait().unwrap();
    let door = vault.profile();
    door.add_plan_item(PlanList::PeopleICanAsk, "Dee".to_owned())
        .wait()
        .unwrap();
    vault
        .set_passphrase(None, PassphraseKind::Passphrase, typed(RIGHT))
        .wait()
        .unwrap();
    vault.lock().wait().unwrap();
    assert_eq!(Vault::open_plan(&config, keys.as_ref()).unwrap(), None);
    vault.unlock(Some(typed(RIGHT))).wait().unwrap();
    door.set_plan_opens(true).wait().unwrap();
    drop((door, vault));

    let vault = opened(folder.path(), Arc::clone(&keys) as Arc<dyn KeyStore>, &clock).unwrap();
    let plan = Vault::open_plan(&config, keys.as_ref()).unwrap().unwrap().plan;
    assert_eq!(plan.items[0].text, "Dee");
    assert!(matches!(vault.profile().plan().wait(), Err(Error::Locked)));
    assert!(matches!(vault.journal().drafts().wait(), Err(Error::Locked)));
    assert!(matches!(
        vault.journal().entries(EntryQuery::newest(1)).wait(),
        Err(Error::Locked)
    ));
    assert!(matches!(vault.devices().devices().wait(), Err(Error::Locked)));
    assert!(matches!(vault.support().relationships().wait(), Err(Error::Locked)));
    assert!(matches!(vault.sync().attachment_progress().wait(), Err(Error::Locked)));
}

#[derive(Debug, Clone, Copy)]
enum Mood {
    Well,
    Locked,
    Failed,
    Missing,
}

/// A key store whose next answers are chosen; afterwards it is well.
#[derive(Default)]
struct Moody {
    keys: MemoryKeyStore,
    next: Mutex<VecDeque<Mood>>,
}

impl KeyStore for Moody {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        match self.next.lock().unwrap().pop_front() {
            None | Some(Mood::Well) => self.keys.load(name),
            Some(Mood::Locked) => Err(KeyStoreError::Locked),
            Some(Mood::Failed) => Err(KeyStoreError::Failed),
            Some(Mood::Missing) => Ok(None),
        }
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        match self.next.lock().unwrap().pop_front() {
            None | Some(Mood::Well) => self.keys.save(name, secret),
            Some(Mood::Locked) => Err(KeyStoreError::Locked),
            Some(Mood::Failed | Mood::Missing) => Err(KeyStoreError::Failed),
        }
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        self.keys.forget(name)
    }
}

#[test]
fn no_order_of_key_store_failures_makes_a_new_key_or_loses_a_journal() {
    let moods = [Mood::Well, Mood::Locked, Mood::Failed, Mood::Missing];
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let keys = Arc::new(Moody::default());
    let open = || opened(folder.path(), Arc::clone(&keys) as Arc<dyn KeyStore>, &clock);
    open()
        .unwrap()
        .journal()
        .write(draft(&clock, "a heron"))
        .wait()
        .unwrap();
    let key = keys.keys.load(VAULT_KEY).unwrap();
    let id = std::fs::read(folder.path().join("vault.id")).unwrap();
    for number in 0..moods.len().pow(4) {
        let chosen = (0..4).map(|place| moods[number / moods.len().pow(place) % moods.len()]);
        *keys.next.lock().unwrap() = chosen.collect();
        // Opened or not; sometimes over a key store that fails again while it wakes up and is given a passphrase that is too short.
        if let Ok(vault) = open() {
            let _ = vault.suspend().wait();
            let _ = vault.resume().wait();
            let _ = vault.lock().wait();
            let _ = vault.unlock(None).wait();
        }
        keys.next.lock().unwrap().clear();
        assert_eq!(keys.keys.load(VAULT_KEY).unwrap(), key, "{number}");
        assert_eq!(std::fs::read(folder.path().join("vault.id")).unwrap(), id, "{number}");
    }
    let vault = open().unwrap();
    assert_eq!(
        vault
            .journal()
            .entries(EntryQuery::newest(9))
            .wait()
            .unwrap()
            .entries
            .len(),
        1
    );

    // A passphrase set, and tried, over a key store that fails: either key opens with one of the two, and it is the same key.
    for number in 0..moods.len().pow(2) {
        let chosen = (0..3).map(|place| moods[number / moods.len().pow(place) % moods.len()]);
        *keys.next.lock().unwrap() = chosen.collect();
        let _ = vault
            .set_passphrase(None, PassphraseKind::Passphrase, typed(RIGHT))
            .wait();
        keys.next.lock().unwrap().clear();
        vault.lock().wait().unwrap();
        *keys.next.lock().unwrap() = [Mood::Well, moods[number % moods.len()]].into();
        let _ = vault.unlock(Some(typed(RIGHT))).wait();
        keys.next.lock().unwrap().clear();
        keys.keys.save(UNLOCK_TRIES, &[]).unwrap();
        vault.unlock(Some(typed(RIGHT))).wait().unwrap();
        vault.remove_passphrase(typed(RIGHT)).wait().unwrap();
        assert_eq!(keys.keys.load(VAULT_KEY).unwrap(), key, "{number}");
    }
}
