//! Where a journal lies, and one program at a time in it.

use crate::failure::{Exit, Failure};
use crate::key_file::{KeyFile, make_private_folder};
use cairn_core::vault::{OpenPlan, Vault, VaultConfig};
use cairn_http::HttpTransport;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a command waits for another one to be done with the journal.
const PATIENCE: Duration = Duration::from_secs(5);
const NAP: Duration = Duration::from_millis(20);

/// The folder of a journal.
#[derive(Debug)]
pub(crate) struct Home {
    directory: PathBuf,
}

/// An open journal. The lock goes when this does, after the vault.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) vault: Vault,
    lock: File,
}

impl Home {
    /// The folder that was named, else the usual place of this system.
    pub(crate) fn at(named: Option<PathBuf>) -> Result<Self, Failure> {
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
        Ok(Self { directory })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether there is a journal, whole or not.
    pub(crate) fn holds_journal(&self) -> bool {
        ["vault.id", "vault.db"]
            .iter()
            .any(|file| self.directory.join(file).exists())
    }

    /// Opens the journal that is there.
    pub(crate) fn open(&self) -> Result<Opened, Failure> {
        if !self.holds_journal() {
            return Err(Failure::not_found(
                "There is no journal here yet; `cairn init` begins one.",
            ));
        }
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
        let keys = KeyFile::in_folder(&self.directory);
        keys.check()?;
        let lock = self.lock()?;
        let config = VaultConfig::new(&self.directory, device);
        let vault = Vault::open(config, Arc::new(keys), Some(Arc::new(HttpTransport::default())))?;
        Ok(Opened { vault, lock })
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
