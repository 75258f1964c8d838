//! A damaged database: what can be read of it, in a new one.
//!
//! The damaged file lies aside, and nothing there is changed. A new database is made in a folder of its own, `rebuilt`, and takes the
//! place of the old one only once it is whole: broken off at any step, the repair begins again. What the tables say of documents is
//! made anew from the documents, and what the damaged file could not give is read from the relay. Numbers that were lost with it were
//! used once, so the device goes on as another one (`renewing.rs`).

use super::documents::{Projection, new_row};
use super::engine::HOME;
use super::exporting::on_its_own;
use super::identity::{IDENTITY, Identity};
use super::opening::{With, end_repair, fitting_key, kept_salt, moved_aside, moved_to, storage, vault_id};
use super::renewing::{Former, SAVED};
use super::reply::Reply;
use super::writing::wipe_stack;
use super::{Engine, Error, KeyStore, Vault, VaultConfig, destroying};
use crate::clock::{Clock, SystemClock};
use crate::crypto::{DeviceChain, VaultKey};
use crate::id::{DocumentId, Entropy, EntryId, SystemEntropy};
use crate::record::Kind;
use crate::store::{
    ATTACHMENTS_FOLDER, DATABASE_FILE, DocumentRow, Existence, Store, StoreConfig, StoreError, log_ends_early,
    log_is_damaged,
};
use crate::words::doctor as said;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The folder in which a new database is made.
pub(super) const REBUILT: &str = "rebuilt";

/// What became of a damaged vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Whether there was anything to repair. If not, nothing was changed.
    pub was_damaged: bool,
    /// Whether everything that was in the damaged file is here.
    pub is_whole: bool,
    /// Whether this device is to be added again, by another one or by the recovery phrase, before it syncs.
    pub is_to_join: bool,
    /// All of that, in sentences for the person.
    pub lines: Vec<String>,
}

/// What the new database was left without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    All,
    /// All but some links of the chain, which the relay has.
    Most,
    /// The home space is there, and not who this device was in it.
    Unknown,
    None,
}

impl Vault {
    /// Looks at every page of the vault in `config.directory`, which nobody may have open, and where it is damaged moves the database
    /// aside and makes a new one of what can be read. `passphrase` is asked for where one is set. It needs room for about three times
    /// the database.
    ///
    /// # Errors
    /// [`Error::WrongKey`], [`Error::KeyMissing`], [`Error::IdDamaged`], [`Error::Locked`], [`Error::WrongPassphrase`];
    /// [`Error::NotFound`] where there is no vault; [`Error::Store`] where the device has no room, or may not write there: that is no
    /// damage. Tried again it goes on.
    pub fn repair(
        config: VaultConfig,
        key_store: Arc<dyn KeyStore>,
        passphrase: Option<Zeroizing<String>>,
    ) -> Reply<Repaired> {
        Self::repair_with_clock(config, key_store, passphrase, Arc::new(SystemClock))
    }

    /// As [`Self::repair`], with a clock of the caller's own.
    ///
    /// # Errors
    /// As [`Self::repair`].
    pub fn repair_with_clock(
        config: VaultConfig,
        key_store: Arc<dyn KeyStore>,
        passphrase: Option<Zeroizing<String>>,
        clock: Arc<dyn Clock>,
    ) -> Reply<Repaired> {
        on_its_own("cairn-repair", move || {
            let typed = passphrase.as_ref().map(|typed| typed.as_str());
            let repaired = repair(&config, key_store.as_ref(), typed, &clock);
            wipe_stack();
            repaired
        })
    }
}

fn repair(
    config: &VaultConfig,
    keys: &dyn KeyStore,
    typed: Option<&str>,
    clock: &Arc<dyn Clock>,
) -> Result<Repaired, Error> {
    let directory = config.directory.as_path();
    if destroying::is_begun(directory) {
        return Err(Error::NotFound); // It was to be erased, and the next opening ends that.
    }
    let id = vault_id(directory)?.ok_or(Error::NotFound)?;
    let key = fitting_key(&id, keys, clock.now(), With::Typed(typed))?;
    let is_sound = is_sound(config, &key, clock)?;
    if is_sound {
        // A repair that was broken off after its last step but one is over, too.
        return Ok(match moved_to(directory)? {
            Some(_) => {
                end_repair(directory)?;
                tell(config, &key, clock, (false, false))?
            }
            None => Repaired {
                was_damaged: false,
                is_whole: true,
                is_to_join: false,
                lines: vec![said::WHOLE.text.to_owned()],
            },
        });
    }
    let folder = moved_aside(directory, clock.now())?;
    let rebuilt = directory.join(REBUILT);
    match fs::remove_dir_all(&rebuilt) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(storage(&error)),
        _ => {}
    }
    fs::create_dir(&rebuilt).map_err(|error| storage(&error))?;
    let mut store = Store::open(&StoreConfig::new(&rebuilt), key.as_bytes())?;
    let salvaged = store.salvage(&folder, key.as_bytes(), kept_salt(directory), &rebuilt)?;
    let mut entropy: Box<dyn Entropy> = Box::new(SystemEntropy);
    let found = mend_keys(&mut store, &config.device_name, entropy.as_mut())?;
    let mut engine = Engine::new(store, &config.device_name, Arc::clone(clock), entropy)?;
    engine.become_another()?;
    let has_all = engine.mend_documents()?;
    let is_whole = salvaged.is_whole && found == Keys::All && has_all;
    if found == Keys::None {
        engine.commit(&[], |tx| Ok(tx.set_meta(SAVED, &[])?))?;
    }
    engine.store.examine()?;
    drop(engine);
    put_in_place(directory, &folder, &rebuilt, found).map_err(|error| storage(&error))?;
    end_repair(directory)?;
    tell(config, &key, clock, (is_whole, found == Keys::Unknown))
}

/// Whether the database is there, and every page of it as it should be. Only damage is none; anything else that stands in the way is
/// an error.
fn is_sound(config: &VaultConfig, key: &VaultKey, clock: &Arc<dyn Clock>) -> Result<bool, Error> {
    let directory = config.directory.as_path();
    let is_there = Store::exists(directory)? == Existence::Present;
    if !is_there || log_is_damaged(directory)? || log_ends_early(directory)? {
        return Ok(false);
    }
    let looked = || {
        let mut store = Store::open(&StoreConfig::new(directory), key.as_bytes())?;
        if let Err(error) = store.examine() {
            store.close_as_it_is();
            return Err(error.into());
        }
        Engine::new(store, &config.device_name, Arc::clone(clock), Box::new(SystemEntropy)).map(drop)
    };
    match looked() {
        Ok(()) => Ok(true),
        Err(Error::Store(StoreError::NotADatabase | StoreError::Damaged) | Error::Crypto(_) | Error::Internal) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// What is said of a vault that was repaired.
fn tell(
    config: &VaultConfig,
    key: &VaultKey,
    clock: &Arc<dyn Clock>,
    (is_whole, is_unknown): (bool, bool),
) -> Result<Repaired, Error> {
    let store = Store::open(&StoreConfig::new(&config.directory), key.as_bytes())?;
    let engine = Engine::new(store, &config.device_name, Arc::clone(clock), Box::new(SystemEntropy))?;
    let has_relay = engine.relay()?.is_some();
    let is_saved = engine.store.view().meta(SAVED)?.is_some();
    let is_to_join = is_saved || (is_unknown && has_relay) || engine.renewing()? == super::Renewing::ShutOut;
    let mut lines = vec![said::MOVED_ASIDE.text.to_owned()];
    lines.push(match (is_whole, has_relay || is_to_join) {
        (true, _) => said::REPAIRED_WHOLE.text.to_owned(),
        (false, true) => said::REPAIRED_PARTLY.text.to_owned(),
        (false, false) => said::REPAIRED_ALONE.text.to_owned(),
    });
    if is_to_join {
        lines.push(said::REPAIRED_NO_KEYS.text.to_owned());
    }
    Ok(Repaired {
        was_damaged: true,
        is_whole,
        is_to_join,
        lines,
    })
}

/// Puts the new database in the place of the old one, and the attachments back beside it, if it knows what opens them.
fn put_in_place(directory: &Path, folder: &Path, rebuilt: &Path, found: Keys) -> io::Result<()> {
    let (from, to) = (folder.join(ATTACHMENTS_FOLDER), directory.join(ATTACHMENTS_FOLDER));
    if found != Keys::None && from.exists() && !to.exists() {
        fs::rename(from, to)?;
    }
    // Closed, it has no log: everything is in the one file.
    fs::rename(rebuilt.join(DATABASE_FILE), directory.join(DATABASE_FILE))?;
    fs::File::open(directory)?.sync_all()?;
    fs::remove_dir_all(rebuilt)
}

/// Makes of what was found of keys something that opens.
fn mend_keys(store: &mut Store, name: &str, entropy: &mut dyn Entropy) -> Result<Keys, Error> {
    let stored = store.view().meta(IDENTITY)?.map(Zeroizing::new);
    let identity = stored.and_then(|stored| Identity::decode(&stored).ok());
    let spaces = store.view().spaces()?;
    let home = match &identity {
        Some(identity) => spaces.iter().find(|space| space.id == identity.home),
        None => spaces.iter().find(|space| space.kind == HOME),
    };
    let has_key = match home {
        Some(home) => store.view().epoch_key(home.id, home.epoch)?.is_some(),
        None => false,
    };
    let Some(home) = home.filter(|_| has_key).cloned() else {
        store.write(|tx| Ok::<_, Error>(tx.forget_keys_and_spaces()?))?;
        return Ok(Keys::None);
    };
    let links = store.view().links(home.id)?;
    let is_continued = |count: &usize| {
        let links = links.iter().take(*count).map(Vec::as_slice);
        *count == 0 || DeviceChain::verify(links).is_ok()
    };
    // Few links, and hardly ever one that is missing: the longest beginning that holds.
    let kept = (0..=links.len()).rev().find(is_continued).unwrap_or(0);
    let lost = kept < links.len();
    store.write(|tx| {
        if lost {
            tx.forget_links_from(home.id, kept as u64)?;
        }
        if identity.is_none() {
            let mut unknown = Identity::random(name, entropy);
            unknown.home = home.id;
            tx.set_meta(IDENTITY, &unknown.encode())?;
            Former::unknown(unknown, &home.access_seed).put(tx)?;
        }
        Ok::<_, Error>(())
    })?;
    Ok(match (identity, lost) {
        (None, _) => Keys::Unknown,
        (_, true) => Keys::Most,
        (_, false) => Keys::All,
    })
}

impl Engine {
    /// Makes anew what follows from documents, and documents of what was left of them. False where something has to come from elsewhere.
    fn mend_documents(&mut self) -> Result<bool, Error> {
        let mut has_all = true;
        for id in self.store.view().all_documents()? {
            has_all &= self.mend_document(id)?;
        }
        for id in self.store.view().ids_oldest_first(true)? {
            let document = DocumentId::from(id);
            if self.store.view().document_head(document)?.is_some() {
                continue;
            }
            has_all = false;
            let earlier = self.store.view().entry(id)?.and_then(|entry| entry.earlier);
            let row = DocumentRow {
                edition: earlier.map_or(0, |earlier| earlier.edition.saturating_add(1)),
                ..new_row(document, Kind::Entry)
            };
            self.commit(&[], |tx| Ok(tx.put_document(&row)?))?;
        }
        Ok(has_all)
    }

    fn mend_document(&mut self, id: DocumentId) -> Result<bool, Error> {
        let Some(row) = self.store.view().document(id)? else {
            return Ok(true);
        };
        let Ok(kind) = Kind::from_number(row.kind) else {
            return Ok(true); // Of a newer version: as it is.
        };
        let has_projection = match kind {
            Kind::Entry => self.store.view().entry(EntryId::from(id))?.is_some(),
            _ => self.store.view().fields(id)?.is_some(),
        };
        if row.bytes.is_none() {
            if !has_projection {
                // Nothing is left of it but its name, and a state of it that arrives is to be taken for new.
                self.commit(&[], |tx| Ok(tx.remove_document(id)?))?;
            } else if self.is_nowhere_else(id)? {
                self.commit(&[], |tx| Ok(tx.set_dirty(id, None)?))?;
            }
            return Ok(has_projection);
        }
        let projection = match self.open_document(id) {
            Ok((_, document)) => Projection::of(&document, kind, id),
            Err(error) => Err(error),
        };
        let unsent = self.is_nowhere_else(id)?;
        match projection {
            Ok(projection) => self.commit(&[], |tx| {
                projection.put(tx, id)?;
                if unsent && !row.read_only {
                    tx.set_dirty(id, None)?;
                }
                Ok(())
            })?,
            Err(error @ Error::Store(_)) => return Err(error),
            // It opens no better than it did before, and what was shown of it is shown.
            Err(_) if has_projection => {}
            Err(_) => self.commit(&[], |tx| Ok(tx.remove_document(id)?))?,
        }
        Ok(true)
    }

    /// Whether nothing here says that the relay has the present state of a document.
    fn is_nowhere_else(&self, id: DocumentId) -> Result<bool, Error> {
        let siblings = self.store.view().siblings(id)?;
        Ok(siblings.is_empty() || siblings.iter().any(|sibling| sibling.tip && sibling.seq == 0))
    }
}
