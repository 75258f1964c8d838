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
//! | there | fits | empty, missing or damaged | moved aside, [`Error::MovedAside`] once; the next opening begins an empty database |
//!
//! The last row: a file that was there and is gone or unreadable is damage, and is said. A vault whose first opening
//! died between writing `vault.id` and the first commit holds nothing yet; it has a `vault.new` marker and simply begins again.

use super::{Error, KeyStore, VaultConfig, passphrase};
use crate::clock::Timestamp;
use crate::crypto::{VaultIdVerdict, VaultKey, check_vault_id, make_vault_id};
use crate::id::{Entropy, random_bytes};
use crate::store::{Existence, Store, StoreConfig, StoreError, set_aside};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// The name under which the key store keeps the key of the database.
pub const VAULT_KEY: &str = "cairn.vault-key";

const ID_FILE: &str = "vault.id";
const NEW_MARKER: &str = "vault.new";

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
    let id = match fs::read(directory.join(ID_FILE)) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(storage(&error)),
    };
    let store_config = StoreConfig {
        directory: directory.to_owned(),
        vfs: config.vfs.clone(),
        exclusive: config.vfs.is_some(),
    };
    let Some(id) = id else {
        return begin(config, &store_config, keys, entropy);
    };
    let key = Box::new(match with {
        With::Key(key) => key.clone(),
        With::Typed(typed) => passphrase::vault_key(keys, typed, now)?,
    });
    match check_vault_id(&id, &key) {
        VaultIdVerdict::RightKey { .. } => {}
        VaultIdVerdict::WrongKey => return Err(Error::WrongKey),
        VaultIdVerdict::Malformed => return Err(Error::IdDamaged),
        VaultIdVerdict::TooNew => return Err(Error::TooNew),
    }
    let marker = directory.join(NEW_MARKER);
    let existence = Store::exists(directory)?;
    if existence != Existence::Present && !marker.exists() {
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
            Ok((store, key))
        }
        Err(StoreError::NotADatabase | StoreError::Damaged) => Err(move_aside(directory, now)),
        Err(error) => Err(error.into()),
    }
}

/// Moves a damaged database aside, so that the next opening begins an empty one; answers what is said about it.
pub(super) fn move_aside(directory: &Path, now: Timestamp) -> Error {
    let moved = set_aside(directory, now).map_err(Error::from);
    match moved.and_then(|_| write_durably(&directory.join(NEW_MARKER), b"")) {
        Ok(()) => Error::MovedAside,
        Err(error) => error,
    }
}

fn begin(
    config: &VaultConfig,
    store_config: &StoreConfig,
    keys: &dyn KeyStore,
    entropy: &mut dyn Entropy,
) -> Result<(Store, Box<VaultKey>), Error> {
    if Store::exists(&config.directory)? != Existence::Missing {
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
