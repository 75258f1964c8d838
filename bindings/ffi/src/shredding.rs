//! Erasing beyond the reach of old copies of the relay's files.

use cairn_core::vault::Shredding as CoreShredding;

use uuid::Uuid;

use crate::{Devices, VaultError};

/// How far erasing beyond the reach of old copies has come.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Shredding {
    /// Nothing of the kind is under way.
    Nothing,
    /// The relay is to hear of a new key first.
    Beginning,
    /// Everything that is live is being sealed again, a portion with every round of sync.
    Sealing {
        /// Documents that are still sealed with a key from before.
        left: i64,
    },
    /// Everything else was sealed again, and this could not be: it is as large as it can be, or cannot be read here. Erasing what an
    /// entry said before makes it smaller, and then it goes on.
    HeldUpBy {
        /// The ids of the entries among it; empty where it is something else.
        entries: Vec<Uuid>,
    },
    /// These devices have not yet said that they destroyed their old keys: they have to sync.
    WaitingFor {
        /// What they are called.
        devices: Vec<String>,
    },
    /// Every device has said so.
    Done,
}

crate::silent_debug!(Shredding);

#[uniffi::export]
impl Devices {
    /// Begins to put what was erased beyond the reach of old copies of the relay's files: everything that is live is sealed
    /// again under a new key with the next rounds of sync, and every device then destroys its old keys. Say before what stays
    /// within reach: such a copy together with a recovery phrase that was valid then, backups of devices, and what people
    /// remember. `sync_with_attachments` seals everything in one go, `sync_now` a portion.
    pub async fn shred(&self) -> Result<(), VaultError> {
        Ok(self.0.shred().await?)
    }

    /// How far that has come.
    pub async fn shredding(&self) -> Result<Shredding, VaultError> {
        Ok(self.0.shredding().await?.into())
    }
}

impl From<CoreShredding> for Shredding {
    fn from(core: CoreShredding) -> Self {
        match core {
            CoreShredding::Nothing => Self::Nothing,
            CoreShredding::Beginning => Self::Beginning,
            CoreShredding::Sealing { left } => Self::Sealing {
                left: i64::try_from(left).unwrap_or(i64::MAX),
            },
            CoreShredding::HeldUpBy(entries) => Self::HeldUpBy {
                entries: entries.iter().map(|id| Uuid::from_bytes(*id.as_bytes())).collect(),
            },
            CoreShredding::WaitingFor(devices) => Self::WaitingFor { devices },
            CoreShredding::Done => Self::Done,
        }
    }
}
