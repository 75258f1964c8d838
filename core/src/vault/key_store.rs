//! The platform's key store, as the vault needs it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Why the platform's key store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// The device is locked, or the person did not let it open.
    #[error("the key store is locked")]
    Locked,
    /// The key store itself failed. Nothing is deleted and no new key is made because of it.
    #[error("the key store failed")]
    Failed,
}

/// Keeps small secrets: the Keychain on Apple platforms, the Keystore on Android, a file of its owner on the desktop.
///
/// Names are ASCII. The vault never deletes a key because of an error, and never makes a new key over an existing vault. It lets go of
/// its keys for one reason: the person asked to erase everything.
pub trait KeyStore: Send + Sync {
    /// The secret of this name; none when there is none.
    ///
    /// # Errors
    /// [`KeyStoreError`] when the key store cannot tell. That is not the same as none.
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError>;

    /// Keeps `secret` under this name, in place of what was there.
    ///
    /// # Errors
    /// [`KeyStoreError`] when it was not kept.
    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError>;

    /// Destroys the secret of this name, so that nothing brings it back. Nothing happens where there is none.
    ///
    /// # Errors
    /// [`KeyStoreError`] when it may still be there.
    fn forget(&self, name: &str) -> Result<(), KeyStoreError>;
}

/// One save, read back. A key store that does not answer what it was given is given the former bytes back.
///
/// # Errors
/// [`KeyStoreError`] when the new ones were not kept.
pub(super) fn save_in_place_of(
    keys: &dyn KeyStore,
    name: &str,
    former: &[u8],
    secret: &[u8],
) -> Result<(), KeyStoreError> {
    keys.save(name, secret)?;
    match keys.load(name) {
        Ok(Some(now)) if now.as_slice() == secret => Ok(()),
        _ => {
            keys.save(name, former)?;
            Err(KeyStoreError::Failed)
        }
    }
}

/// A key store in memory, for tests and examples: with it goes the vault.
#[derive(Default)]
pub struct MemoryKeyStore(Mutex<BTreeMap<String, Zeroizing<Vec<u8>>>>);

impl std::fmt::Debug for MemoryKeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryKeyStore(…)")
    }
}

impl KeyStore for MemoryKeyStore {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(name.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}
