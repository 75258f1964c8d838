//! The platform's key store, lent to the vault.

use cairn_core::vault::{KeyStore as CoreKeyStore, KeyStoreError as CoreError};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why a key store did not answer. Nothing is deleted, and no new key is made, because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// The device is locked, or the person did not let it open.
    #[error("the key store is locked")]
    Locked,
    /// The key store itself failed.
    #[error("the key store failed")]
    Failed,
}

/// What a key store threw beside its own errors may hold anything: it is dropped unread.
impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Keeps small secrets for the vault: the Keychain on Apple platforms, the Keystore on Android.
///
/// It is called on a thread of the vault, never on the main thread, and must be safe to call from any thread. With the
/// last copy of these secrets goes the journal of this device: keep them where an update or a restart does not lose them,
/// and out of backups.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// The secret of this name; nothing when there is none. Throw when the key store cannot tell: that is not the same.
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, KeyStoreError>;

    /// Keeps a secret under this name, in place of what was there. When this returns it must be kept.
    fn save(&self, name: String, secret: Vec<u8>) -> Result<(), KeyStoreError>;

    /// Destroys the secret of this name, so that nothing brings it back; where there is none, nothing happens. It is called when the
    /// person erases everything, and at no other time. Throw when it may still be there.
    fn forget(&self, name: String) -> Result<(), KeyStoreError>;
}

/// The core's view of a foreign key store.
pub(crate) struct Lent(pub(crate) Arc<dyn KeyStore>);

impl CoreKeyStore for Lent {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, CoreError> {
        Ok(self.0.load(name.to_owned())?.map(Zeroizing::new))
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), CoreError> {
        Ok(self.0.save(name.to_owned(), secret.to_vec())?)
    }

    fn forget(&self, name: &str) -> Result<(), CoreError> {
        Ok(self.0.forget(name.to_owned())?)
    }
}

impl From<KeyStoreError> for CoreError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Locked => Self::Locked,
            KeyStoreError::Failed => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_callback_threw_does_not_reach_an_error() {
        let thrown = uniffi::UnexpectedUniFFICallbackError {
            reason: "canary".to_owned(),
        };
        let error = KeyStoreError::from(thrown);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
