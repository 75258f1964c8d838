//! Where a journal lies, and one program at a time in it.

use crate::editor;
use crate::failure::{Exit, Failure};
use crate::key_file::{KeyFile, make_private_folder};
use crate::session::{self, Session};
use crate::terminal;
use cairn_core::clock::{Clock as _, SystemClock, Timestamp};
use cairn_core::vault::{Error, KeyStore, OpenPlan, Repaired, Vault, VaultConfig};
use cairn_http::HttpTransport;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How long a command waits for another one to be done with the journal.
const PATIENCE: Duration = Duration::from_secs(5);
/// What names the journal in a folder, and what says that it is to be erased.
const ID_FILE: &str = "vault.id";
const ERASED_FILE: &str = "vault.erased";
const NAP: Duration = Duration::from_millis(20);
/// How often one command asks for the passphrase.
const ASKED: usize = 3;

/// The folder of a journal.
#[derive(Debug)]
pub(crate) struct Home {
    directory: PathBuf,
    /// Where the passphrase is read from, where nobody is to be asked.
    unlock_file: Option<PathBuf>,
    /// Where what shows the people is read from.
    people_file: Option<PathBuf>,
    /// What named the journal when this command began: an erased one has no name any more.
    id: Option<Vec<u8>>,
    /// Where its key lies while it is unlocked.
    session: Option<PathBuf>,
}

/// An open journal. The lock goes when this does, after the vault.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) vault: Vault,
    lock: File,
}

impl Home {
    /// The folder that was named, else the usual place of this system.
    pub(crate) fn at(
        named: Option<PathBuf>,
        unlock_file: Option<PathBuf>,
        people_file: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let usual = || {
            let set = |name| {
                std::env::var_os(name)
                    .filter(|value| !value.is_empty())
                    .map(PathBuf::from)
            };
            set("XDG_DATA_HOME")
                .or_else(|| Some(set("HOME")?.join(".local/share")))
                .map(|data| data.join("cairn"))
        };
        let directory = named.or_else(usual).ok_or_else(|| {
            Failure::invalid(
                "Nothing was changed: there is no home folder here, so name one with --vault or CAIRN_HOME.",
            )
        })?;
        Ok(Self {
            id: fs::read(directory.join(ID_FILE)).ok(),
            session: session::place(&directory),
            directory,
            unlock_file,
            people_file,
        })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether there is a journal, whole or not.
    pub(crate) fn holds_journal(&self) -> bool {
        [ID_FILE, "vault.db"]
            .iter()
            .any(|file| self.directory.join(file).exists())
    }

    /// Whether the journal that was here when this command began is here no more.
    pub(crate) fn was_erased(&self) -> bool {
        self.id.is_some() && self.id != fs::read(self.directory.join(ID_FILE)).ok()
    }

    /// Removes what this program keeps of a journal outside of its vault: the key of a session, and words out of an editor.
    pub(crate) fn remove_own(&self) -> Result<(), Failure> {
        let forgotten = self.session.as_deref().map_or(Ok(false), session::forget_at);
        editor::remove_left(&self.directory)?;
        forgotten.map(drop)
    }

    /// Ends an erasing that was broken off, and begins no journal; whether there was one to end.
    pub(crate) fn end_erasing(&self) -> Result<bool, Failure> {
        if !self.directory.join(ERASED_FILE).exists() {
            return Ok(false);
        }
        let (keys, _lock) = (self.keys()?, self.lock()?);
        self.remove_own()?;
        Ok(Vault::end_erasing(
            &VaultConfig::new(&self.directory, "this device"),
            &keys,
        )?)
    }

    /// Opens the journal that is there.
    pub(crate) fn open(&self) -> Result<Opened, Failure> {
        self.must_be_there()?;
        self.start("this device")
    }

    /// The plan for hard times, without the key of the journal and without opening it.
    pub(crate) fn open_plan(&self) -> Result<Option<OpenPlan>, Failure> {
        let keys = KeyFile::in_folder(&self.directory);
        keys.check()?;
        Ok(Vault::open_plan(
            &VaultConfig::new(&self.directory, "this device"),
            &keys,
        )?)
    }

    /// Begins a journal where there is none.
    pub(crate) fn begin(&self, device: &str) -> Result<Opened, Failure> {
        if self.holds_journal() {
            return Err(Failure::invalid(
                "Nothing was changed: there is a journal here already.",
            ));
        }
        make_private_folder(&self.directory)?;
        self.start(device)
    }

    /// Waits until no other program uses the journal.
    fn lock(&self) -> Result<File, Failure> {
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.directory.join("lock"))?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => sleep(NAP),
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::new(
                        Exit::Storage,
                        "Nothing was changed: another `cairn` is using this journal right now.",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }

    fn start(&self, device: &str) -> Result<Opened, Failure> {
        let keys = self.keys()?;
        let lock = self.lock()?;
        let kept = session::kept(&self.directory, SystemClock.now())?;
        let session = Arc::new(Session::over(keys, kept));
        let vault = self.vault(device, Arc::clone(&session) as Arc<dyn KeyStore>)?;
        if vault.is_locked() {
            self.typing(|typed| session.release(&vault, typed))?;
        }
        Ok(Opened { vault, lock })
    }

    /// Opens the journal over the key file alone, with the passphrase it asks for, if any.
    pub(crate) fn open_over_key_file(&self) -> Result<(Opened, Option<Zeroizing<String>>), Failure> {
        self.must_be_there()?;
        let keys = self.keys()?;
        let lock = self.lock()?;
        let vault = self.vault("this device", Arc::new(keys))?;
        let mut right = None;
        if vault.is_locked() {
            self.typing(|typed| {
                vault.unlock(Some(typed.clone())).wait()?;
                right = Some(typed.clone());
                Ok(())
            })?;
        }
        Ok((Opened { vault, lock }, right))
    }

    /// Asks for the passphrase and keeps the key until then; false where this session has no folder of its own, none where there is
    /// no passphrase.
    pub(crate) fn unlock(&self, until: Timestamp) -> Result<Option<bool>, Failure> {
        self.must_be_there()?;
        let session = Arc::new(Session::over(self.keys()?, None));
        let _lock = self.lock()?;
        let vault = self.vault("this device", Arc::clone(&session) as Arc<dyn KeyStore>)?;
        if !vault.is_locked() {
            return Ok(None);
        }
        self.typing(|typed| session.release(&vault, typed))?;
        match session.key() {
            Some(key) => session::keep(&self.directory, &key, until).map(Some),
            None => Ok(Some(false)),
        }
    }

    /// Mends the journal that is there.
    pub(crate) fn repair(&self) -> Result<Repaired, Failure> {
        self.must_be_there()?;
        let (keys, _lock) = (Arc::new(self.keys()?), self.lock()?);
        let mend = |typed: Option<Zeroizing<String>>| {
            let config = VaultConfig::new(&self.directory, "this device");
            Vault::repair(config, Arc::clone(&keys) as Arc<dyn KeyStore>, typed).wait()
        };
        match mend(None) {
            Err(Error::Locked) => {
                let mut repaired = None;
                self.typing(|typed| {
                    repaired = Some(mend(Some(typed.clone()))?);
                    Ok(())
                })?;
                repaired.ok_or(Failure::Core(Error::Internal))
            }
            mended => Ok(mended?),
        }
    }

    fn keys(&self) -> Result<KeyFile, Failure> {
        let keys = KeyFile::in_folder(&self.directory);
        keys.check()?;
        Ok(keys)
    }

    fn vault(&self, device: &str, keys: Arc<dyn KeyStore>) -> Result<Vault, Failure> {
        let config = VaultConfig::new(&self.directory, device);
        Ok(Vault::open(config, keys, Some(Arc::new(HttpTransport::default())))?)
    }

    /// Shows this person's people for this command; what was typed for that, where they were hidden.
    pub(crate) fn show_people(&self, vault: &Vault) -> Result<Option<Zeroizing<String>>, Failure> {
        if !vault.support().people_lock().wait()?.is_locked {
            return Ok(None);
        }
        let mut right = None;
        self.typing_for_people(|typed| {
            vault.support().show_people(typed.clone()).wait()?;
            right = Some(typed.clone());
            Ok(())
        })?;
        Ok(right)
    }

    /// Takes away what lies over this person's people, a lock that cannot be opened too.
    pub(crate) fn unhide_people(&self, vault: &Vault) -> Result<(), Failure> {
        let remove = |typed: &Zeroizing<String>| Ok(vault.support().remove_people_lock(typed.clone()).wait()?);
        match vault.support().people_lock().wait() {
            Ok(state) if state.asks_for.is_some() => self.typing_for_people(remove),
            Ok(_) => Ok(()),
            Err(_) => remove(&Zeroizing::default()),
        }
    }

    fn typing_for_people(&self, tries: impl FnMut(&Zeroizing<String>) -> Result<(), Failure>) -> Result<(), Failure> {
        let unasked = "Nothing was changed: the people here are hidden, and --people-file names a file with what shows them where nobody can be asked.";
        typing(self.people_file.as_deref(), unasked, tries)
    }

    /// Tries what is typed to unlock.
    fn typing(&self, tries: impl FnMut(&Zeroizing<String>) -> Result<(), Failure>) -> Result<(), Failure> {
        let unasked = "Nothing was changed: the journal is locked, and --unlock-file names a file with its passphrase where nobody can be asked.";
        typing(self.unlock_file.as_deref(), unasked, tries)
    }

    fn must_be_there(&self) -> Result<(), Failure> {
        if self.holds_journal() {
            return Ok(());
        }
        Err(Failure::not_found(
            "There is no journal here yet; `cairn init` begins one.",
        ))
    }
}

impl Opened {
    /// Does something that takes a while, with the journal free for other programs meanwhile; then takes it up again as they left it.
    pub(crate) fn let_others_in<T>(&self, work: impl FnOnce() -> T) -> Result<T, Failure> {
        self.lock.unlock()?;
        let done = work();
        self.lock.lock()?;
        self.vault.suspend().wait()?;
        self.vault.resume().wait()?;
        Ok(done)
    }
}

/// Tries what is typed: out of a file once, at a terminal again after a slip; `unasked` says what to do where there is neither.
fn typing(
    file: Option<&Path>,
    unasked: &str,
    mut tries: impl FnMut(&Zeroizing<String>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if let Some(file) = file {
        return tries(&terminal::passphrase_in(file)?);
    }
    if !terminal::can_ask() {
        return Err(Failure::new(Exit::Locked, unasked));
    }
    for _ in 1..ASKED {
        match tries(&terminal::passphrase(false)?) {
            Err(slip @ Failure::Core(Error::WrongPassphrase)) => {
                slip.say();
            }
            ended => return ended,
        }
    }
    tries(&terminal::passphrase(false)?)
}
