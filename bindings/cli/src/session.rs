//! The key store of one command: the key file, and above it the vault's key once a passphrase has given it.
//!
//! `cairn unlock` keeps that key for a while, so that not every command asks: in a file of the session's own folder
//! (`XDG_RUNTIME_DIR`), which lies in memory, only its owner can read, and which goes when they log out. Whoever can read that file meanwhile
//! can open the journal, as whoever sits at an unlocked terminal can. It holds the vault's key and when it ends, never the passphrase.

use crate::failure::Failure;
use crate::key_file::{KeyFile, make_private_folder};
use cairn_core::clock::Timestamp;
use cairn_core::vault::{KeyStore, KeyStoreError, VAULT_KEY, Vault};
use data_encoding::HEXLOWER;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Under this name a kept key says when it ends: milliseconds since 1970 (i64, little-endian).
const UNTIL: &str = "until";
/// A name holds no more, in hexadecimal.
const ID_BYTES_MAX: usize = 120;

/// A key file, under the key that a passphrase gave.
#[derive(Debug)]
pub(crate) struct Session {
    file: KeyFile,
    key: Mutex<Option<Zeroizing<Vec<u8>>>>,
}

impl Session {
    pub(crate) const fn over(file: KeyFile, key: Option<Zeroizing<Vec<u8>>>) -> Self {
        Self {
            file,
            key: Mutex::new(key),
        }
    }

    /// Unlocks `vault`, which was opened over this, and keeps its key for as long as this command runs: nothing asks again, however long an
    /// editor is open. What lies in the key file stays under the passphrase.
    pub(crate) fn release(&self, vault: &Vault, typed: &Zeroizing<String>) -> Result<(), Failure> {
        vault.unlock(Some(typed.clone())).wait()?;
        // Taken away for this command alone: `save` below keeps the key in memory.
        Ok(vault.remove_passphrase(typed.clone()).wait()?)
    }

    pub(crate) fn key(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl KeyStore for Session {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        match self.key() {
            Some(key) if name == VAULT_KEY => Ok(Some(key)),
            _ => self.file.load(name),
        }
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        // A key is kept in the file when a journal begins; here one comes out from under its passphrase.
        if name == VAULT_KEY && self.file.load(name)?.is_some() {
            *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(Zeroizing::new(secret.to_vec()));
            return Ok(());
        }
        self.file.save(name, secret)
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        if name == VAULT_KEY {
            *self.key.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.file.forget(name)
    }
}

/// Where the key of the journal in `directory` is kept while it is unlocked; none where this session has no folder of its own.
pub(crate) fn place(directory: &Path) -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty())?;
    // Another journal in the same folder is another journal.
    let id = fs::read(directory.join("vault.id")).ok()?;
    let name = HEXLOWER.encode(id.get(..ID_BYTES_MAX.min(id.len()))?);
    Some(Path::new(&runtime).join("cairn").join(name))
}

/// Keeps the key until then; false where there is no place for it.
pub(crate) fn keep(directory: &Path, key: &[u8], until: Timestamp) -> Result<bool, Failure> {
    let Some(place) = place(directory) else {
        return Ok(false);
    };
    make_private_folder(place.parent().unwrap_or(&place))?;
    forget(directory)?;
    let file = KeyFile::at(place);
    let kept = file
        .save(UNTIL, &until.0.to_le_bytes())
        .and_then(|()| file.save(VAULT_KEY, key));
    kept.map_err(cairn_core::vault::Error::from)?;
    Ok(true)
}

/// The kept key, while its time is not over; one whose time is over is removed.
pub(crate) fn kept(directory: &Path, now: Timestamp) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let Some(place) = place(directory).filter(|place| place.exists()) else {
        return Ok(None);
    };
    let file = KeyFile::at(place);
    let until = file.load(UNTIL).ok().flatten();
    let until = until.and_then(|until| Some(i64::from_le_bytes(until.as_slice().try_into().ok()?)));
    if until.is_some_and(|until| now.0 < until) {
        return Ok(file.load(VAULT_KEY).ok().flatten());
    }
    forget(directory)?;
    Ok(None)
}

/// Removes the kept key; whether there was one.
pub(crate) fn forget(directory: &Path) -> Result<bool, Failure> {
    place(directory).map_or(Ok(false), |place| forget_at(&place))
}

/// Removes the key that is kept at this place; whether there was one.
pub(crate) fn forget_at(place: &Path) -> Result<bool, Failure> {
    let was_there = place.exists();
    let file = KeyFile::at(place.to_owned());
    for name in [UNTIL, VAULT_KEY] {
        // Overwritten where it can be read, and removed all the same where it cannot.
        let _ = file.forget(name);
    }
    match fs::remove_file(place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(was_there),
    }
}
