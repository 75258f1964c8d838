//! What an entry said before, what is erased for good, and drafts.

use cairn_core::id::{DraftId, EntryId};
use cairn_core::vault::{self as core, Version};
use uuid::Uuid;

use crate::journal::entry_id;
use crate::{Draft, Entry, Journal, Timestamp, VaultError, instant, silent_debug};

/// One state in the history of an entry. There is no time in it: when a person writes is nobody's business.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Revision {
    /// What to hand to `entry_at` and `go_back_to`. It means nothing to an app.
    pub version: Vec<u8>,
    /// Whether it was made on this device.
    pub made_here: bool,
    /// Whether it is what the entry says now.
    pub is_present: bool,
}

/// Why a draft is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DraftKind {
    /// The person was writing it.
    Writing,
    /// They wrote it in an entry here, and erased that entry on another device before it was sent. Offer to keep these
    /// words as a new entry, or to let them go.
    ErasedElsewhere,
}

/// Something that was begun and not finished. It stays on this device.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct KeptDraft {
    /// Its id.
    pub id: Uuid,
    /// The entry it revises; nothing for a new entry.
    pub entry: Option<Uuid>,
    /// The version of that entry that was read.
    pub version: Option<Vec<u8>>,
    /// Why it is here.
    pub kind: DraftKind,
    /// When it was kept last.
    pub kept: Timestamp,
    /// What it says.
    pub draft: Draft,
}

silent_debug!(KeptDraft);

#[uniffi::export]
impl Journal {
    /// Erases an entry in the trash for good: from this device now, from the relay and the other devices when they are next
    /// reached. Its shares are stopped. This cannot be undone: ask before.
    pub async fn erase(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.erase(entry_id(id)).await?)
    }

    /// Erases everything in the trash for good. False when there was nothing.
    pub async fn empty_trash(&self) -> Result<bool, VaultError> {
        Ok(self.0.empty_trash().await?)
    }

    /// The states of an entry, the first one first. Only the person themselves ever sees them.
    pub async fn history(&self, id: Uuid) -> Result<Vec<Revision>, VaultError> {
        let revisions = self.0.history(entry_id(id)).await?;
        Ok(revisions
            .into_iter()
            .map(|revision| Revision {
                version: revision.version.to_bytes(),
                made_here: revision.made_here,
                is_present: revision.is_present,
            })
            .collect())
    }

    /// What an entry said in a state of its history; nothing when that is not in it any more.
    pub async fn entry_at(&self, id: Uuid, version: Vec<u8>) -> Result<Option<Entry>, VaultError> {
        let entry = self.0.entry_at(entry_id(id), core_version(&version)?).await?;
        Ok(entry.map(Entry::from))
    }

    /// Makes an entry say again what it said then. What it says now stays in its history.
    pub async fn go_back_to(&self, id: Uuid, version: Vec<u8>) -> Result<(), VaultError> {
        Ok(self.0.go_back_to(entry_id(id), core_version(&version)?).await?)
    }

    /// Erases what an entry said before, on every device and at the relay; what it says now stays. False when there is
    /// nothing earlier. This cannot be undone.
    pub async fn erase_earlier_drafts(&self, id: Uuid) -> Result<bool, VaultError> {
        Ok(self.0.erase_earlier_drafts(entry_id(id)).await?)
    }

    /// Keeps what the person is writing, as often as you like: it outlives the app, and stays on this device. Hand the id back
    /// to keep more of the same; `entry` and `version` say what it revises. It may be empty.
    #[uniffi::method(default(id = None, entry = None, version = None))]
    pub async fn keep_draft(
        &self,
        draft: Draft,
        id: Option<Uuid>,
        entry: Option<Uuid>,
        version: Option<Vec<u8>>,
    ) -> Result<Uuid, VaultError> {
        let of = match (entry, version) {
            (Some(entry), Some(version)) => Some((entry_id(entry), core_version(&version)?)),
            (None, None) => None,
            _ => return Err(VaultError::invalid("an entry and its version go together")),
        };
        let id = self.0.keep_draft(id.map(draft_id), of, draft.try_into()?).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Every draft, the one kept last first.
    pub async fn drafts(&self) -> Result<Vec<KeptDraft>, VaultError> {
        Ok(self.0.drafts().await?.into_iter().map(KeptDraft::from).collect())
    }

    /// One draft; nothing when there is none with this id.
    pub async fn draft(&self, id: Uuid) -> Result<Option<KeptDraft>, VaultError> {
        Ok(self.0.draft(draft_id(id)).await?.map(KeptDraft::from))
    }

    /// Lets a draft go.
    pub async fn discard_draft(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.discard_draft(draft_id(id)).await?)
    }

    /// Makes an entry of a draft, or the revision it is of one; answers the entry. The draft is gone then.
    pub async fn finish_draft(&self, id: Uuid) -> Result<Uuid, VaultError> {
        let entry = self.0.finish_draft(draft_id(id)).await?;
        Ok(Uuid::from_bytes(*entry.as_bytes()))
    }
}

impl From<core::KeptDraft> for KeptDraft {
    fn from(kept: core::KeptDraft) -> Self {
        let (entry, version) = kept.of.unzip();
        Self {
            id: Uuid::from_bytes(*kept.id.as_bytes()),
            entry: entry.map(|entry: EntryId| Uuid::from_bytes(*entry.as_bytes())),
            version: version.map(|version: Version| version.to_bytes()),
            kind: match kept.kind {
                core::DraftKind::Writing => DraftKind::Writing,
                core::DraftKind::ErasedElsewhere => DraftKind::ErasedElsewhere,
            },
            kept: instant(kept.kept),
            draft: kept.draft.into(),
        }
    }
}

const fn draft_id(id: Uuid) -> DraftId {
    DraftId::from_bytes(id.into_bytes())
}

/// A version as the core holds it.
pub(crate) fn core_version(version: &[u8]) -> Result<Version, VaultError> {
    Version::from_bytes(version).ok_or_else(|| VaultError::invalid("this is not a version of an entry"))
}
