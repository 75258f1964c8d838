//! Attachments: keeping, reading and saving them, their small pictures, and how they are carried between devices.

use cairn_core::id::AttachmentId;
use cairn_core::store::Carried as CoreCarried;
use cairn_core::vault::{
    AttachmentPolicy as CorePolicy, AttachmentProgress as CoreProgress, AttachmentState as CoreState, Keeping,
};
use std::path::PathBuf;
use uuid::Uuid;

use crate::{Attachment, AttachmentKind, Journal, Moment, Sync, SyncReport, VaultError, count, silent_debug};

/// What a person says of something they attach.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttachOptions {
    /// What it is to them; nothing goes by what it looks like. A drawing looks like a photo.
    #[uniffi(default = None)]
    pub kind: Option<AttachmentKind>,
    /// The name of the file it came from; empty for the name of the file at the path.
    #[uniffi(default = "")]
    pub original_name: String,
    /// When it was made, if that is known.
    #[uniffi(default = None)]
    pub made: Option<Moment>,
    /// What it shows, in words, for whoever does not see it.
    #[uniffi(default = "")]
    pub alt_text: String,
    /// Keep what the file says of where and with what it was made. Left out otherwise, from JPEG, PNG, WebP, HEIF, MP4 and
    /// QuickTime files.
    #[uniffi(default = false)]
    pub keep_metadata: bool,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum AttachmentState {
    /// All of them on this device.
    Here,
    /// Some of them on this device.
    Partly {
        /// So many, sealed.
        have: i64,
        /// Of so many, sealed.
        total: i64,
    },
    /// On another device, or on their way.
    Elsewhere,
}

/// Which attachments a round of sync carries on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum AttachmentPolicy {
    /// Those of at most 2 MiB; larger ones wait for `sync_with_attachments`. That is how a vault begins.
    SmallNow,
    /// All of them, whenever it syncs.
    Now,
    /// None but by `sync_with_attachments`: call that on Wi-Fi.
    Later,
    /// As `SmallNow` for those that were added here; those of other devices come when `fetch_attachment` asked for them.
    OnDemand,
}

/// What is still to be carried in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Carried {
    /// Attachments.
    pub count: i64,
    /// Their sealed bytes that are still to go.
    pub bytes: i64,
}

/// What is still to be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct AttachmentProgress {
    /// To the relay.
    pub up: Carried,
    /// To this device.
    pub down: Carried,
    /// The relay has no room left for some of it. What was kept is safe on this device.
    pub relay_is_full: bool,
}

silent_debug!(AttachOptions);

#[uniffi::export]
impl Journal {
    /// Keeps the file at this path as an attachment, sealed; the file itself stays where it is. When this returns, it survives a
    /// loss of power. Put the answer into the `attachments` of a draft: what nothing names for thirty days is let go. The same bytes are
    /// the same attachment. In the text of an entry it is shown by `![words](attachment:<id>)`.
    pub async fn attach(&self, path: String, options: AttachOptions) -> Result<Attachment, VaultError> {
        let keeping = options.try_into()?;
        Ok(self.0.attach(PathBuf::from(path), keeping).await?.into())
    }

    /// Keeps these bytes as an attachment, as `attach` does. For what has no file, like a drawing.
    pub async fn attach_bytes(&self, bytes: Vec<u8>, options: AttachOptions) -> Result<Attachment, VaultError> {
        let keeping = options.try_into()?;
        Ok(self.0.attach_bytes(bytes, keeping).await?.into())
    }

    /// Writes an attachment, as anybody can read it, into a new file at this path. A file that is there already stays as it is.
    pub async fn save_attachment(&self, id: Uuid, path: String) -> Result<(), VaultError> {
        Ok(self.0.save_attachment(attachment_id(id), PathBuf::from(path)).await?)
    }

    /// At most `count` bytes of an attachment from `offset` on, up to 4 MiB; fewer at its end. A player that jumps about reads
    /// only what it plays.
    pub async fn read_attachment(&self, id: Uuid, offset: i64, count: i32) -> Result<Vec<u8>, VaultError> {
        let before = || VaultError::invalid("there is nothing before the beginning of an attachment");
        let offset = u64::try_from(offset).map_err(|_| before())?;
        let count = usize::try_from(count).map_err(|_| before())?;
        Ok(self.0.read_attachment(attachment_id(id), offset, count).await?)
    }

    /// Where the bytes of an attachment are. Changes are told as `ATTACHMENTS`.
    pub async fn attachment_state(&self, id: Uuid) -> Result<AttachmentState, VaultError> {
        Ok(self.0.attachment_state(attachment_id(id)).await?.into())
    }

    /// Asks for an attachment of another device, whatever the choice for attachments is. The next round of sync brings it.
    pub async fn fetch_attachment(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.fetch_attachment(attachment_id(id)).await?)
    }

    /// Keeps a small picture of an attachment, at most 64 KiB, which the app made; nothing takes it away. It stays on this device,
    /// sealed, and goes with the attachment.
    pub async fn set_thumbnail(&self, id: Uuid, picture: Option<Vec<u8>>) -> Result<(), VaultError> {
        Ok(self.0.set_thumbnail(attachment_id(id), picture).await?)
    }

    /// The small picture of an attachment; nothing when none was made on this device.
    pub async fn thumbnail(&self, id: Uuid) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.0.thumbnail(attachment_id(id)).await?)
    }
}

#[uniffi::export]
impl Sync {
    /// One round as `sync_now`, which carries attachments of any size too: call it on Wi-Fi. A round carries 64 MiB of them in each
    /// direction at most; call it again while `attachment_progress` gets less.
    pub async fn sync_with_attachments(&self) -> Result<SyncReport, VaultError> {
        Ok(self.0.sync_with_attachments().await?.into())
    }

    /// Which attachments a round of sync carries on this device.
    pub async fn attachment_policy(&self) -> Result<AttachmentPolicy, VaultError> {
        Ok(self.0.attachment_policy().await?.into())
    }

    /// Chooses which attachments a round of sync carries on this device. Other devices choose for themselves.
    pub async fn set_attachment_policy(&self, policy: AttachmentPolicy) -> Result<(), VaultError> {
        Ok(self.0.set_attachment_policy(policy.into()).await?)
    }

    /// What is still to be carried. Changes are told as `ATTACHMENTS`.
    pub async fn attachment_progress(&self) -> Result<AttachmentProgress, VaultError> {
        Ok(self.0.attachment_progress().await?.into())
    }
}

const fn attachment_id(id: Uuid) -> AttachmentId {
    AttachmentId::from_bytes(id.into_bytes())
}

impl TryFrom<AttachOptions> for Keeping {
    type Error = VaultError;

    fn try_from(options: AttachOptions) -> Result<Self, VaultError> {
        Ok(Self {
            kind: options.kind.map(Into::into),
            original_name: options.original_name,
            made: options.made.map(TryInto::try_into).transpose()?,
            alt_text: options.alt_text,
            strip_metadata: !options.keep_metadata,
        })
    }
}

impl From<CoreState> for AttachmentState {
    fn from(state: CoreState) -> Self {
        match state {
            CoreState::Here => Self::Here,
            CoreState::Partly { have, total } => Self::Partly {
                have: count(have),
                total: count(total),
            },
            CoreState::Elsewhere => Self::Elsewhere,
        }
    }
}

impl From<CorePolicy> for AttachmentPolicy {
    fn from(policy: CorePolicy) -> Self {
        match policy {
            CorePolicy::SmallNow => Self::SmallNow,
            CorePolicy::Now => Self::Now,
            CorePolicy::Later => Self::Later,
            CorePolicy::OnDemand => Self::OnDemand,
        }
    }
}

impl From<AttachmentPolicy> for CorePolicy {
    fn from(policy: AttachmentPolicy) -> Self {
        match policy {
            AttachmentPolicy::SmallNow => Self::SmallNow,
            AttachmentPolicy::Now => Self::Now,
            AttachmentPolicy::Later => Self::Later,
            AttachmentPolicy::OnDemand => Self::OnDemand,
        }
    }
}

impl From<CoreCarried> for Carried {
    fn from(carried: CoreCarried) -> Self {
        Self {
            count: count(carried.count),
            bytes: count(carried.bytes),
        }
    }
}

impl From<CoreProgress> for AttachmentProgress {
    fn from(progress: CoreProgress) -> Self {
        Self {
            up: progress.up.into(),
            down: progress.down.into(),
            relay_is_full: progress.relay_is_full,
        }
    }
}
