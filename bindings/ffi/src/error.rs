//! The one error of the surface.

use cairn_core::vault::{Error, KeyStoreError, Kind};

/// Why a call could not be carried out, named for what the app does next. What the vault holds is as it was before.
///
/// The text says what happened. It holds no word that a person wrote, no path and no key: it may be logged and reported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi(flat_error)]
#[non_exhaustive]
pub enum VaultError {
    /// The vault is locked, or the platform's key store is. Take away what is shown, and ask the person to unlock: `lockState` says what
    /// they are to type. Then call again.
    #[error("{0}")]
    Locked(String),
    /// This is not the passphrase or the PIN. Nothing was lost. Let the person look at it and type it once more.
    #[error("{0}")]
    WrongPassphrase(String),
    /// Several wrong tries in a row. `lockState` says how long the next one has to wait: show it, and that nothing is lost.
    #[error("{0}")]
    WaitFirst(String),
    /// The person's people are hidden, and with them everything that is shared and said. Take it away from the screen, and let the person type what shows them
    /// (`people_lock`, `show_people`). The journal itself is open.
    #[error("{0}")]
    PeopleHidden(String),
    /// The vault is suspended. Call `resume`, then call again.
    #[error("{0}")]
    Suspended(String),
    /// Everything here was erased, as the person asked for. Take away what is shown, let go of the vault, and open the folder again for a
    /// new, empty one.
    #[error("{0}")]
    Erased(String),
    /// What was given does not fit. Nothing was changed. Let the person correct it.
    #[error("{0}")]
    Invalid(String),
    /// There is nothing with this id. It may have been erased on another device. Read the list again.
    #[error("{0}")]
    NotFound(String),
    /// The device has no room left. What was saved before is safe, this is not saved yet. Keep it on the screen.
    #[error("{0}")]
    StorageFull(String),
    /// The storage or its key is not as it was left. Nothing was erased. Offer to pair again with another device.
    #[error("{0}")]
    StorageDamaged(String),
    /// No connection. What was written is safe here and is sent later. Nothing needs to be done.
    #[error("{0}")]
    Offline(String),
    /// The relay or the other device refused. Trying again changes nothing: make a new code, or tell the person.
    #[error("{0}")]
    Rejected(String),
    /// A defect of this software. What was saved before is safe. Please report it.
    #[error("{0}")]
    Internal(String),
}

impl VaultError {
    pub(crate) fn invalid(text: &str) -> Self {
        Self::Invalid(text.to_owned())
    }
}

impl From<Error> for VaultError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        // A key store that is locked is not damaged: it opens with the device.
        if matches!(error, Error::KeyStore(KeyStoreError::Locked)) {
            return Self::Locked(text);
        }
        match error.kind() {
            Kind::Suspended => Self::Suspended(text),
            Kind::Locked => Self::Locked(text),
            Kind::Erased => Self::Erased(text),
            Kind::WrongPassphrase => Self::WrongPassphrase(text),
            Kind::WaitFirst => Self::WaitFirst(text),
            Kind::PeopleHidden => Self::PeopleHidden(text),
            Kind::Invalid => Self::Invalid(text),
            Kind::NotFound => Self::NotFound(text),
            Kind::StorageFull => Self::StorageFull(text),
            Kind::StorageDamaged => Self::StorageDamaged(text),
            Kind::Offline => Self::Offline(text),
            Kind::Rejected => Self::Rejected(text),
            _ => Self::Internal(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_named_for_what_the_app_does_next_and_says_the_cores_sentence() {
        let locked = VaultError::from(Error::KeyStore(KeyStoreError::Locked));
        assert!(matches!(&locked, VaultError::Locked(_)));
        assert!(matches!(
            Error::KeyStore(KeyStoreError::Failed).into(),
            VaultError::StorageDamaged(_)
        ));
        assert!(matches!(Error::NotFound.into(), VaultError::NotFound(_)));
        assert!(matches!(Error::Locked.into(), VaultError::Locked(_)));
        assert!(matches!(Error::Erased.into(), VaultError::Erased(_)));
        assert!(matches!(Error::WrongPassphrase.into(), VaultError::WrongPassphrase(_)));
        assert!(matches!(
            Error::WaitFirst { seconds: 30 }.into(),
            VaultError::WaitFirst(_)
        ));
        assert!(matches!(Error::PeopleHidden.into(), VaultError::PeopleHidden(_)));
        assert_eq!(locked.to_string(), Error::KeyStore(KeyStoreError::Locked).to_string());
    }

    #[test]
    fn what_devices_and_phrases_refuse_is_for_the_person_to_correct_or_to_be_told() {
        for error in [Error::OwnDevice, Error::NotSettled, Error::BadPhrase, Error::WrongWords] {
            let text = error.to_string();
            assert_eq!(VaultError::from(error), VaultError::Invalid(text));
        }
        let text = Error::PhraseUnknown.to_string();
        assert_eq!(VaultError::from(Error::PhraseUnknown), VaultError::Rejected(text));
    }
}
