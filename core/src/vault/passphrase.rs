//! The passphrase or PIN over the vault's key, and the tries it is guarded by.
//!
//! | name in the key store | what it holds |
//! |---|---|
//! | `cairn.vault-key` | the key, 32 bytes; or, where a passphrase is set, the key under it (its bytes: [`WrappedKey`]) |
//! | `cairn.unlock-tries` | the wrong tries in a row (see [`super::tries`]) |
//!
//! Setting, changing and taking away a passphrase is one `save` of the first, read back: the key inside stays the same, and so does the
//! database. Wrong tries are counted, and never erase anything.

use super::key_store::save_in_place_of;
use super::opening::VAULT_KEY;
use super::tries::TriesAt;
use super::{Error, KeyStore};
use crate::clock::Timestamp;
use crate::crypto::{CryptoError, PassphraseKind, VaultKey, WrappedKey, check_passphrase};
use crate::id::Entropy;

/// The name under which the key store keeps the wrong tries in a row.
pub const UNLOCK_TRIES: &str = "cairn.unlock-tries";
const TRIES: TriesAt = TriesAt(UNLOCK_TRIES);

/// How the vault is locked. It can be read at any time, locked or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockState {
    /// Whether reads and writes are refused until `unlock`.
    pub is_locked: bool,
    /// What is to be typed to unlock; none where the key store alone opens the vault.
    pub asks_for: Option<PassphraseKind>,
    /// How long the next try has to wait, in milliseconds; 0 for not at all.
    pub wait_ms: i64,
}

/// What the key store keeps under [`VAULT_KEY`].
enum Kept {
    Key(VaultKey),
    Wrapped(Box<WrappedKey>),
}

fn kept(keys: &dyn KeyStore) -> Result<Kept, Error> {
    let secret = keys.load(VAULT_KEY)?.ok_or(Error::KeyMissing)?;
    if let Ok(bytes) = secret.as_slice().try_into() {
        return Ok(Kept::Key(VaultKey::from_bytes(bytes)));
    }
    match WrappedKey::parse(&secret) {
        Ok(wrapped) => Ok(Kept::Wrapped(Box::new(wrapped))),
        Err(CryptoError::TooNew) => Err(Error::TooNew),
        Err(_) => Err(Error::WrongKey),
    }
}

/// What is to be typed, if anything.
pub(super) fn asks_for(keys: &dyn KeyStore) -> Result<Option<PassphraseKind>, Error> {
    Ok(match kept(keys)? {
        Kept::Key(_) => None,
        Kept::Wrapped(wrapped) => Some(wrapped.kind()),
    })
}

/// How long the next try has to wait, in milliseconds.
pub(super) fn wait_ms(keys: &dyn KeyStore, now: Timestamp) -> Result<i64, Error> {
    TRIES.wait_ms(keys, now)
}

/// The vault's key: out of the key store, and from under what is typed where that is asked for.
///
/// # Errors
/// [`Error::KeyMissing`], [`Error::KeyStore`]; [`Error::WrongKey`] and [`Error::TooNew`] for what is no key; [`Error::Locked`] where something
/// is to be typed and nothing was; [`Error::WrongPassphrase`], [`Error::WaitFirst`].
pub(super) fn vault_key(keys: &dyn KeyStore, typed: Option<&str>, now: Timestamp) -> Result<VaultKey, Error> {
    match (kept(keys)?, typed) {
        (Kept::Key(key), _) => Ok(key),
        (Kept::Wrapped(_), None) => Err(Error::Locked),
        // Nobody means this, and it is not worth a try.
        (Kept::Wrapped(_), Some("")) => Err(Error::WrongPassphrase),
        (Kept::Wrapped(wrapped), Some(typed)) => TRIES.once(keys, &wrapped, typed, now),
    }
}

/// Puts a passphrase over the key, in the place of the one before.
pub(super) fn set(
    keys: &dyn KeyStore,
    entropy: &mut dyn Entropy,
    now: Timestamp,
    old: Option<&str>,
    (kind, new): (PassphraseKind, &str),
) -> Result<(), Error> {
    check_passphrase(kind, new)?;
    let key = vault_key(keys, old, now)?;
    replace(keys, wrapped(&key, kind, new, entropy)?.as_bytes())
}

/// A key under what is typed. What is about to be trusted with the only one is opened once before.
pub(super) fn wrapped(
    key: &VaultKey,
    kind: PassphraseKind,
    typed: &str,
    entropy: &mut dyn Entropy,
) -> Result<WrappedKey, Error> {
    let wrapped = WrappedKey::wrap(key, kind, typed, entropy)?;
    if wrapped.unwrap(typed)?.as_bytes() != key.as_bytes() {
        return Err(Error::Internal);
    }
    Ok(wrapped)
}

/// Takes the passphrase away: the key store alone opens the vault again. Nothing to do where there is none.
pub(super) fn remove(keys: &dyn KeyStore, now: Timestamp, old: &str) -> Result<(), Error> {
    if asks_for(keys)?.is_none() {
        return Ok(());
    }
    replace(keys, vault_key(keys, Some(old), now)?.as_bytes())
}

fn replace(keys: &dyn KeyStore, bytes: &[u8]) -> Result<(), Error> {
    let former = keys.load(VAULT_KEY)?.ok_or(Error::KeyMissing)?;
    Ok(save_in_place_of(keys, VAULT_KEY, &former, bytes)?)
}
