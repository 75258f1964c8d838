//! The passphrase or PIN over the vault's key, and the tries it is guarded by.
//!
//! | name in the key store | what it holds |
//! |---|---|
//! | `cairn.vault-key` | the key, 32 bytes; or, where a passphrase is set, the key under it (its bytes: [`WrappedKey`]) |
//! | `cairn.unlock-tries` | nothing, or 13 bytes: version 1, wrong tries in a row (u32, little-endian), when the last one was made (i64, little-endian, ms) |
//!
//! Setting, changing and taking away a passphrase is one `save` of the first, read back: the key inside stays the same, and so does the
//! database. A try is noted before it is judged, so that ending the program makes none for free. The first
//! [`UNLOCK_FREE_TRIES`] are free; then each has to wait, twice as long as the one before, up to an hour. Nothing is ever erased for wrong
//! tries: somebody who types badly in a hard hour keeps their journal.
//!
//! **What the delays are worth.** They hold back whoever types into this device. A clock set back never lengthens a wait beyond the
//! one delay, and begins it anew; a clock set forward ends it, and who may write in the key store can forget the tries. Against whoever
//! takes the key store's bytes away there is only the work that each try costs.

use super::opening::VAULT_KEY;
use super::{Error, KeyStore, KeyStoreError};
use crate::clock::Timestamp;
use crate::crypto::{CryptoError, PassphraseKind, VaultKey, WrappedKey, check_passphrase};
use crate::id::Entropy;
use crate::limits::{UNLOCK_DELAY_MS, UNLOCK_FREE_TRIES};
use zeroize::Zeroizing;

/// The name under which the key store keeps the wrong tries in a row.
pub const UNLOCK_TRIES: &str = "cairn.unlock-tries";

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
    Ok(Tries::load(keys)?.wait_ms(now))
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
        (Kept::Wrapped(wrapped), Some(typed)) => try_once(keys, &wrapped, typed, now),
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
    let wrapped = WrappedKey::wrap(&key, kind, new, entropy)?;
    // What is about to be trusted with the only key is opened once before.
    if wrapped.unwrap(new)?.as_bytes() != key.as_bytes() {
        return Err(Error::Internal);
    }
    replace(keys, wrapped.as_bytes())
}

/// Takes the passphrase away: the key store alone opens the vault again. Nothing to do where there is none.
pub(super) fn remove(keys: &dyn KeyStore, now: Timestamp, old: &str) -> Result<(), Error> {
    if asks_for(keys)?.is_none() {
        return Ok(());
    }
    replace(keys, vault_key(keys, Some(old), now)?.as_bytes())
}

/// One save. A key store that does not answer what it was given is given the former bytes back.
fn replace(keys: &dyn KeyStore, bytes: &[u8]) -> Result<(), Error> {
    let former = keys.load(VAULT_KEY)?.ok_or(Error::KeyMissing)?;
    keys.save(VAULT_KEY, bytes)?;
    match keys.load(VAULT_KEY) {
        Ok(Some(now)) if now.as_slice() == bytes => Ok(()),
        _ => {
            keys.save(VAULT_KEY, &former)?;
            Err(KeyStoreError::Failed.into())
        }
    }
}

fn try_once(keys: &dyn KeyStore, wrapped: &WrappedKey, typed: &str, now: Timestamp) -> Result<VaultKey, Error> {
    let former = Tries::load(keys)?;
    let wait_ms = former.wait_ms(now);
    if wait_ms > 0 {
        if now < former.at {
            // The clock was set back: the wait is counted from here, or it would last until the former time comes again.
            Tries { at: now, ..former }.save(keys)?;
        }
        return Err(Error::WaitFirst {
            seconds: wait_ms.unsigned_abs().div_ceil(1000),
        });
    }
    let tries = Tries {
        count: former.count.saturating_add(1),
        at: now,
    };
    tries.save(keys)?;
    match wrapped.unwrap(typed) {
        Ok(key) => {
            // A key store that keeps the tries for now makes the next slip wait longer, and nothing else.
            let _ = keys.save(UNLOCK_TRIES, &[]);
            Ok(key)
        }
        Err(CryptoError::NotOpened) => Err(Error::WrongPassphrase),
        Err(error) => {
            // Nothing was judged.
            drop(former.save(keys));
            Err(error.into())
        }
    }
}

/// Wrong tries in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tries {
    count: u32,
    at: Timestamp,
}

impl Tries {
    fn load(keys: &dyn KeyStore) -> Result<Self, Error> {
        let bytes = keys.load(UNLOCK_TRIES)?;
        Ok(bytes.and_then(|bytes| Self::decode(&bytes)).unwrap_or(Self {
            count: 0,
            at: Timestamp(0),
        }))
    }

    /// None for what was not written here. Who can write there can forget tries too, so that nobody is kept out for it.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (count, at) = rest.split_first_chunk::<4>()?;
        let at: &[u8; 8] = at.try_into().ok()?;
        (*version == 1).then_some(Self {
            count: u32::from_le_bytes(*count),
            at: Timestamp(i64::from_le_bytes(*at)),
        })
    }

    fn save(self, keys: &dyn KeyStore) -> Result<(), Error> {
        let mut bytes = Zeroizing::new(vec![1]);
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.at.0.to_le_bytes());
        Ok(keys.save(UNLOCK_TRIES, &bytes)?)
    }

    /// How long the next try has to wait after these.
    fn delay_ms(self) -> i64 {
        let (shortest, longest) = UNLOCK_DELAY_MS;
        match self.count.checked_sub(UNLOCK_FREE_TRIES + 1) {
            None => 0,
            Some(doublings) => shortest.saturating_mul(1 << doublings.min(16)).min(longest),
        }
    }

    fn wait_ms(self, now: Timestamp) -> i64 {
        let delay = self.delay_ms();
        delay
            .saturating_sub(now.0.saturating_sub(self.at.0).max(0))
            .clamp(0, delay)
    }
}
