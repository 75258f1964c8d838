//! Erasing everything: on all of the person's devices, or on the one in hand.

use cairn_core::vault::Erasure as CoreErasure;
use zeroize::Zeroizing;

use crate::{Devices, Timestamp, Vault, VaultError, instant};

/// How it stands with erasing everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Erasure {
    /// Nobody asked for it, or it was stopped.
    Nothing,
    /// It was asked for here, and begins once the relay has heard of it. The words for it are `erasing.asked`.
    Asked,
    /// It was asked for on one of the devices. Show it until it is stopped or done: the words for it are `erasing.under_way`.
    Until {
        /// When this device carries it out, or with the next round of sync after that.
        at: Timestamp,
    },
}

#[uniffi::export]
impl Devices {
    /// Asks to erase everything: journal, profile, plan, settings and relationships, on all of the person's devices and at the relay.
    ///
    /// Each device carries it out a day after it has heard of it; until then any of them stops it with `keep_everything`. With the words
    /// of the recovery phrase nothing waits. Works offline, and begins once the relay has heard of it; without a relay it is this device
    /// alone, a day later. Say before what is out of its reach: the words are `erasing.all_reach`. A device that is too new to ask
    /// without the phrase is told `Invalid`.
    #[uniffi::method(default(phrase = None))]
    pub async fn erase_everything(&self, phrase: Option<String>) -> Result<(), VaultError> {
        Ok(self.0.erase_everything(phrase.map(Zeroizing::new)).await?)
    }

    /// Stops that, offline too: at once here, and everywhere when the other devices and the relay have heard of it.
    pub async fn keep_everything(&self) -> Result<(), VaultError> {
        Ok(self.0.keep_everything().await?)
    }

    /// Whether everything is to be erased, and when on this device.
    pub async fn erasure(&self) -> Result<Erasure, VaultError> {
        Ok(self.0.erasure().await?.into())
    }
}

#[uniffi::export]
impl Vault {
    /// Erases everything on this device alone, now and without a network: its keys first, then its files. Every call throws `Erased` from
    /// now on; opening the folder again begins a new, empty vault. Say before what is out of its reach: the words are
    /// `erasing.here_reach`.
    pub async fn erase_here(&self) -> Result<(), VaultError> {
        Ok(self.0.erase_here().await?)
    }
}

impl From<CoreErasure> for Erasure {
    fn from(core: CoreErasure) -> Self {
        match core {
            CoreErasure::Nothing => Self::Nothing,
            CoreErasure::Asked => Self::Asked,
            CoreErasure::Until(at) => Self::Until { at: instant(at) },
        }
    }
}
