//! A device of the tour: a folder, a line, a vault.

use super::clock::StoryClock;
use super::line::{Crossed, Line};
use crate::failure::{Exit, Failure};
use crate::key_file::{KeyFile, make_private_folder};
use cairn_core::clock::Clock;
use cairn_core::id::EntryId;
use cairn_core::journal::{Draft, Entry, EntryQuery};
use cairn_core::limits::PAGE_ENTRIES_MAX;
use cairn_core::moment::Moment;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::Transport;
use cairn_core::vault::{Error, KeyStore as _, VAULT_KEY, Vault, VaultConfig, Version};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the people of the tour live.
const ZONE: &str = "Europe/London";

/// A device.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) vault: Vault,
    pub(super) line: Arc<Line>,
    clock: StoryClock,
    folder: PathBuf,
}

impl Device {
    /// A device called `name` with its folder in `tour`. A folder that is there already is opened as it is.
    pub(super) fn new(tour: &Path, name: &str, clock: &StoryClock, crossed: &Crossed) -> Result<Self, Failure> {
        let folder = tour.join(name);
        make_private_folder(&folder)?;
        let line = Line::new(Arc::clone(crossed));
        let vault = Vault::open_with_clock(
            VaultConfig::new(&folder, name),
            Arc::new(KeyFile::in_folder(&folder)),
            Some(Arc::clone(&line) as Arc<dyn Transport>),
            Arc::new(clock.clone()),
        )?;
        Ok(Self {
            vault,
            line,
            clock: clock.clone(),
            folder,
        })
    }

    /// An entry of this minute.
    pub(super) fn draft(&self, title: &str, body: &str) -> Result<Draft, Failure> {
        let happened = Moment::new(self.clock.now(), ZONE).map_err(|_| Failure::from(Error::Internal))?;
        Ok(Draft {
            title: title.to_owned(),
            body: body.to_owned(),
            tags: vec!["bus".to_owned()],
            feelings: vec!["fizzy".to_owned(), "tired".to_owned()],
            ..Draft::new(happened)
        })
    }

    /// An entry.
    pub(super) fn entry(&self, id: EntryId) -> Result<Entry, Failure> {
        Ok(self.vault.journal().entry(id).wait()?.ok_or(Error::NotFound)?)
    }

    /// An entry and its version, to rewrite it later.
    fn for_editing(&self, id: EntryId) -> Result<(Entry, Version), Failure> {
        Ok(self
            .vault
            .journal()
            .entry_for_editing(id)
            .wait()?
            .ok_or(Error::NotFound)?)
    }

    /// Writes `after` in the place of `before` in the body of an entry.
    pub(super) fn rewrite(&self, id: EntryId, before: &str, after: &str) -> Result<(), Failure> {
        let (entry, version) = self.for_editing(id)?;
        let draft = Draft {
            body: entry.body.replace(before, after),
            ..Draft::of(&entry)
        };
        Ok(self.vault.journal().revise(id, version, draft).wait()?)
    }

    /// All entries, newest first.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let mut all = Vec::new();
        let mut query = EntryQuery::newest(PAGE_ENTRIES_MAX);
        loop {
            let page = self.vault.journal().entries(query).wait()?;
            all.extend(page.entries);
            let Some(next) = page.next else { return Ok(all) };
            query = EntryQuery {
                after: Some(next),
                ..EntryQuery::newest(PAGE_ENTRIES_MAX)
            };
        }
    }

    /// One round of sync, whole.
    pub(super) fn sync(&self) -> Result<(), Failure> {
        crate::commands::sync_once(&self.vault).map(drop)
    }

    /// Whether the relay can be reached.
    pub(super) fn is_offline(&self) -> bool {
        self.sync().is_err_and(|failure| failure.code() == Some(Exit::Offline))
    }

    /// The vault's folder as it is now, copied: a device as it was, for later.
    pub(super) fn copy_to(&self, tour: &Path, name: &str) -> Result<(), Failure> {
        let to = tour.join(name);
        make_private_folder(&to)?;
        self.vault.suspend().wait()?;
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
        Ok(self.vault.resume().wait()?)
    }

    /// Every page of the database, decrypted, while the vault sleeps. The log is emptied into the pages first.
    pub(super) fn pages(&self) -> Result<Vec<u8>, Failure> {
        self.vault.suspend().wait()?;
        let key = KeyFile::in_folder(&self.folder)
            .load(VAULT_KEY)
            .map_err(Error::from)?
            .ok_or(Error::KeyMissing)?;
        let key = <&[u8; 32]>::try_from(key.as_slice()).map_err(|_| Failure::from(Error::WrongKey))?;
        let store = Store::open(&StoreConfig::new(&self.folder), key).map_err(Error::from)?;
        store.checkpoint().map_err(Error::from)?;
        let pages = store.decrypted_pages().map_err(Error::from)?;
        drop(store);
        self.vault.resume().wait()?;
        Ok(pages)
    }
}
