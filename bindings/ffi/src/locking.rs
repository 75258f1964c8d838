//! Locking, and the passphrase or PIN that unlocking asks for.

use cairn_core::vault::{LockState as CoreState, PassphraseKind as CoreKind};
use zeroize::Zeroizing;

use crate::{Support, Vault, VaultError};

/// What a person types to unlock, so that the right keyboard is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PassphraseKind {
    /// Words: between 8 and 1,000 characters.
    Passphrase,
    /// Digits alone: at least six.
    Pin,
}

/// How a vault is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct LockState {
    /// Whether reads and writes are refused until `unlock`.
    pub is_locked: bool,
    /// What is to be typed to unlock; nothing where the key store alone opens the vault.
    pub asks_for: Option<PassphraseKind>,
    /// How long the next try has to wait, in milliseconds; 0 for not at all.
    pub wait_ms: i64,
}

#[uniffi::export]
impl Vault {
    /// Locks the vault: closes every file, and wipes the keys and what was read. Every other call throws `Locked` from now on, until
    /// `unlock`; observers are told of every change, so that what is shown can be taken away. Twice is once.
    ///
    /// What your app still holds is yours to forget: an entry on a screen, a picture in a cache, the words in a text field.
    pub async fn lock(&self) -> Result<(), VaultError> {
        Ok(self.0.lock().await?)
    }

    /// Opens a locked vault, with what the person typed where a passphrase or PIN is set. A vault that is open stays open, whatever was
    /// typed.
    ///
    /// Throws `Locked` where something is to be typed and nothing was, `WrongPassphrase`, and `WaitFirst` after several of these: the wait
    /// outlives a restart, grows to an hour, and nothing is ever erased for it. Takes about half a second on an old phone.
    #[uniffi::method(default(typed = None))]
    pub async fn unlock(&self, typed: Option<String>) -> Result<(), VaultError> {
        Ok(self.0.unlock(typed.map(Zeroizing::new)).await?)
    }

    /// Whether the vault is locked. It waits for nothing.
    pub fn is_locked(&self) -> Result<bool, VaultError> {
        Ok(self.0.is_locked())
    }

    /// Whether the vault is locked, what is to be typed, and how long the next try has to wait. It can be asked at any time.
    pub async fn lock_state(&self) -> Result<LockState, VaultError> {
        Ok(self.0.lock_state().await?.into())
    }

    /// Sets a passphrase or PIN, or changes it: unlocking asks for it from now on, on this device. Give the one before where there is one.
    ///
    /// A forgotten one cannot be found out: say so before, and say what is left then, another device or an export. A PIN holds back
    /// whoever picks the phone up; whoever breaks the key store open finds it in a day.
    ///
    /// Throws `Invalid` for a new one that is too short, and `Locked`, `WrongPassphrase` or `WaitFirst` for the one before. All is as it
    /// was then.
    #[uniffi::method(default(old = None))]
    pub async fn set_passphrase(
        &self,
        kind: PassphraseKind,
        new: String,
        old: Option<String>,
    ) -> Result<(), VaultError> {
        let old = old.map(Zeroizing::new);
        Ok(self.0.set_passphrase(old, kind.into(), Zeroizing::new(new)).await?)
    }

    /// Takes the passphrase or PIN away. Nothing happens where there is none.
    pub async fn remove_passphrase(&self, old: String) -> Result<(), VaultError> {
        Ok(self.0.remove_passphrase(Zeroizing::new(old)).await?)
    }

    /// For how long this vault may be left alone before it locks itself, in milliseconds; nothing for never. Where nobody has chosen:
    /// never without a passphrase, five minutes with one.
    pub async fn auto_lock(&self) -> Result<Option<i64>, VaultError> {
        Ok(self.0.auto_lock().await?)
    }

    /// Lets this vault lock itself when nothing was asked of it for so many milliseconds, on this device; nothing for never. From one
    /// second to a day. Every call counts but those of sync.
    pub async fn set_auto_lock(&self, after_ms: Option<i64>) -> Result<(), VaultError> {
        Ok(self.0.set_auto_lock(after_ms).await?)
    }
}

#[uniffi::export]
impl Support {
    /// Whether the person's people are hidden now (`is_locked`), what is to be typed to see them, and how long the next try has to wait.
    pub async fn people_lock(&self) -> Result<LockState, VaultError> {
        Ok(self.0.people_lock().await?.into())
    }

    /// Puts a passphrase or PIN over the person's people, what is shared and what is said, on this device, or another one in its place: for whoever may be handed the unlocked phone, or take it.
    /// They are hidden whenever the vault is opened or unlocked, until `show_people`. Sync goes on behind it.
    ///
    /// Say before what it is worth: it hides, and seals nothing once more; whoever lets a device of their own into the journal sees them there; names in entries, and with words that were kept in the
    /// profile, are not hidden; a forgotten one cannot be found out, and what is left then are other devices and `stop_everything`. Throws `Invalid` for a new one that is too short, and `PeopleHidden`, `WrongPassphrase` or `WaitFirst` for the one before. All is as it was then.
    #[uniffi::method(default(old = None))]
    pub async fn set_people_lock(
        &self,
        kind: PassphraseKind,
        new: String,
        old: Option<String>,
    ) -> Result<(), VaultError> {
        let old = old.map(Zeroizing::new);
        Ok(self.0.set_people_lock(old, kind.into(), Zeroizing::new(new)).await?)
    }

    /// Takes that away. Nothing happens where there is none.
    pub async fn remove_people_lock(&self, old: String) -> Result<(), VaultError> {
        Ok(self.0.remove_people_lock(Zeroizing::new(old)).await?)
    }

    /// Stops everything that the person shows and pauses with everybody, hidden or not: no reason, no question, offline too. It answers nothing about anybody. Have it within reach where people are
    /// hidden: whoever forgot what shows them, or had it set by somebody else, can stop all of it here.
    pub async fn stop_everything(&self) -> Result<(), VaultError> {
        Ok(self.0.stop_everything().await?)
    }

    /// Shows the person's people until the vault is locked, is suspended, or `hide_people` is called.
    pub async fn show_people(&self, typed: String) -> Result<(), VaultError> {
        Ok(self.0.show_people(Zeroizing::new(typed)).await?)
    }

    /// Hides them, in one call. Take away what your app shows of them: observers are told. Where nothing lies over them it throws `Invalid`.
    pub async fn hide_people(&self) -> Result<(), VaultError> {
        Ok(self.0.hide_people().await?)
    }
}

impl From<PassphraseKind> for CoreKind {
    fn from(kind: PassphraseKind) -> Self {
        match kind {
            PassphraseKind::Passphrase => Self::Passphrase,
            PassphraseKind::Pin => Self::Pin,
        }
    }
}

impl From<CoreState> for LockState {
    fn from(state: CoreState) -> Self {
        Self {
            is_locked: state.is_locked,
            asks_for: state.asks_for.map(|kind| match kind {
                CoreKind::Pin => PassphraseKind::Pin,
                _ => PassphraseKind::Passphrase,
            }),
            wait_ms: state.wait_ms,
        }
    }
}
