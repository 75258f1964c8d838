//! Opens the database of a vault, or begins one: never a new key over an existing vault, never a deletion.
//!
//! | `vault.id` | key in the key store | database | what happens |
//! |---|---|---|---|
//! | missing | any | missing | a new vault: key (a stale one is replaced), `vault.id`, database, in this order |
//! | missing | any | there | [`Error::IdDamaged`]: nothing is touched |
//! | there | missing | any | [`Error::KeyMissing`]: nothing is touched |
//! | there | under a passphrase | any | without it [`Error::Locked`], with another one [`Error::WrongPassphrase`]: nothing is touched |
//! | there | does not fit | any | [`Error::WrongKey`]: nothing is touched |
//! | there | fits | opens | the vault |
//! | there | fits | empty, missing or damaged | moved aside, [`Error::MovedAside`]; so it stays until it is repaired (`repairing.rs`) |
//!
//! `vault.erased` comes before all of these: the person asked to erase everything, and the opening ends that first (`destroying.rs`).
//!
//! The last row: a file that was there and is gone or unreadable is damage, and is said; no empty journal is put in its place. The
//! file `vault.repair` names the folder it was moved into. A vault whose first opening died between writing `vault.id` and the first
//! commit holds nothing yet; it has a `vault.new` marker and simply begins again. `vault.salt` holds the 16 bytes with which the
//! database begins, which are no secret and without which nothing of it could be read.

use super::{Error, KeyStore, VaultConfig, destroying, passphrase};
use crate::clock::Timestamp;
use crate::crypto::{VaultIdVerdict, VaultKey, check_vault_id, make_vault_id};
use crate::id::{Entropy, random_bytes};
use crate::store::{
    Existence, SALT_BYTES, Store, StoreConfig, StoreError, folder_aside, log_is_damaged, salt_of, set_aside_in,
};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The name under which the key store keeps the key of the database.
pub const VAULT_KEY: &str = "cairn.vault-key";

pub(super) const ID_FILE: &str = "vault.id";
pub(super) const NEW_MARKER: &str = "vault.new";
pub(super) const REPAIR_MARKER: &str = "vault.repair";
pub(super) const SALT_FILE: &str = "vault.salt";

/// What a vault is opened with, beside its key store.
#[derive(Clone, Copy)]
pub(super) enum With<'a> {
    /// The key itself, which was not forgotten while the vault slept.
    Key(&'a VaultKey),
    /// What the person typed, if anything.
    Typed(Option<&'a str>),
}

/// Opens the database in `config.directory`; answers it and its key.
pub(super) fn open_store(
    config: &VaultConfig,
    keys: &dyn KeyStore,
    entropy: &mut dyn Entropy,
    now: Timestamp,
    with: With<'_>,
) -> Result<(Store, Box<VaultKey>), Error> {
    let directory = config.directory.as_path();
    fs::create_dir_all(directory).map_err(|error| storage(&error))?;
    destroying::finish(directory, keys)?;
    let id = vault_id(directory)?;
    let store_config = StoreConfig {
        directory: directory.to_owned(),
        vfs: config.vfs.clone(),
        exclusive: config.vfs.is_some(),
    };
    let Some(id) = id else {
        return begin(config, &store_config, keys, entropy);
    };
    let key = fitting_key(&id, keys, now, with)?;
    let marker = directory.join(NEW_MARKER);
    if moved_to(directory)?.is_some() {
        return Err(Error::MovedAside);
    }
    let existence = Store::exists(directory)?;
    if existence != Existence::Present && !marker.exists() {
        return Err(move_aside(directory, now));
    }
    if config.vfs.is_none() && log_is_damaged(directory)? {
        return Err(move_aside(directory, now));
    }
    match Store::open(&store_config, key.as_bytes()) {
        Ok(store) => {
            if passphrase::asks_for(keys)?.is_some() {
                // Who set a passphrase wants nothing left behind: before the first key and the first word are read.
                store.wipe_what_is_freed()?;
            }
            if marker.exists() {
                fs::remove_file(&marker).map_err(|error| storage(&error))?;
            }
            keep_salt(config);
            Ok((store, key))
        }
        Err(StoreError::NotADatabase | StoreError::Damaged) => Err(move_aside(directory, now)),
        Err(error) => Err(error.into()),
    }
}

/// The key of a vault, which belongs to it.
pub(super) fn fitting_key(
    id: &[u8],
    keys: &dyn KeyStore,
    now: Timestamp,
    with: With<'_>,
) -> Result<Box<VaultKey>, Error> {
    let key = Box::new(match with {
        With::Key(key) => key.clone(),
        With::Typed(typed) => passphrase::vault_key(keys, typed, now)?,
    });
    match check_vault_id(id, &key) {
        VaultIdVerdict::RightKey { .. } => Ok(key),
        VaultIdVerdict::WrongKey => Err(Error::WrongKey),
        VaultIdVerdict::Malformed => Err(Error::IdDamaged),
        VaultIdVerdict::TooNew => Err(Error::TooNew),
    }
}

/// Moves a damaged database aside; answers what is said about it.
pub(super) fn move_aside(directory: &Path, now: Timestamp) -> Error {
    match moved_aside(directory, now) {
        Ok(_) => Error::MovedAside,
        Err(error) => error,
    }
}

/// Moves a damaged database aside; answers the folder. Where it was broken off before it goes on in the same one.
pub(super) fn moved_aside(directory: &Path, now: Timestamp) -> Result<PathBuf, Error> {
    let folder = match moved_to(directory)? {
        Some(folder) => folder,
        None => {
            let folder = folder_aside(directory, now)?;
            let name = folder.file_name().unwrap_or_default().as_encoded_bytes();
            write_durably(&directory.join(REPAIR_MARKER), name)?;
            folder
        }
    };
    set_aside_in(directory, &folder)?;
    Ok(folder)
}

/// The folder of a database that was moved aside and not yet repaired.
pub(super) fn moved_to(directory: &Path) -> Result<Option<PathBuf>, Error> {
    let Some(name) = read_if_there(&directory.join(REPAIR_MARKER))? else {
        return Ok(None);
    };
    let name = String::from_utf8(name).map_err(|_| Error::IdDamaged)?;
    if !name.starts_with("damaged-") || name.contains(['/', '\\']) {
        return Err(Error::IdDamaged);
    }
    Ok(Some(directory.join(name)))
}

/// The database is repaired, and in its place.
pub(super) fn end_repair(directory: &Path) -> Result<(), Error> {
    fs::remove_file(directory.join(REPAIR_MARKER)).map_err(|error| storage(&error))
}

/// What names the vault; none where there is none.
pub(super) fn vault_id(directory: &Path) -> Result<Option<Vec<u8>>, Error> {
    read_if_there(&directory.join(ID_FILE))
}

pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(storage(&error)),
    }
}

/// Keeps the salt of the database beside it. It is of use to a repair alone, which does without where this could not be done.
fn keep_salt(config: &VaultConfig) {
    let directory = config.directory.as_path();
    if config.vfs.is_none()
        && let Ok(Some(salt)) = salt_of(directory)
        && kept_salt(directory) != Some(salt)
        && let Err(error) = write_durably(&directory.join(SALT_FILE), &salt)
    {
        tracing::debug!(%error, "the salt is kept at the next opening");
    }
}

/// The salt that was kept.
pub(super) fn kept_salt(directory: &Path) -> Option<[u8; SALT_BYTES]> {
    fs::read(directory.join(SALT_FILE)).ok()?.try_into().ok()
}

fn begin(
    config: &VaultConfig,
    store_config: &StoreConfig,
    keys: &dyn KeyStore,
    entropy: &mut dyn Entropy,
) -> Result<(Store, Box<VaultKey>), Error> {
    if Store::exists(&config.directory)? != Existence::Missing || moved_to(&config.directory)?.is_some() {
        return Err(Error::IdDamaged);
    }
    let key = Box::new(VaultKey::random(entropy));
    keys.save(VAULT_KEY, key.as_bytes())?;
    write_durably(&config.directory.join(NEW_MARKER), b"")?;
    write_durably(
        &config.directory.join(ID_FILE),
        &make_vault_id(&key, random_bytes(entropy)),
    )?;
    let store = Store::open(store_config, key.as_bytes())?;
    fs::remove_file(config.directory.join(NEW_MARKER)).map_err(|error| storage(&error))?;
    keep_salt(config);
    Ok((store, key))
}

/// Writes a file so that after a power cut it is there whole or not at all.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut written = path.as_os_str().to_owned();
    written.push(".tmp");
    let result = (|| {
        let mut file = fs::File::create(&written)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&written, path)?;
        match path.parent() {
            Some(parent) => fs::File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    })();
    result.map_err(|error: io::Error| storage(&error))
}

pub(super) fn storage(error: &io::Error) -> Error {
    Error::Store(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        _ => StoreError::Io,
    })
}
