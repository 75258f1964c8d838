//! Drafts: what a person was writing when they left off. They outlive the process and stay on this device.

use super::entries::{Version, put_new};
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::id::{DocumentId, DraftId, EntryId};
use crate::journal::{Draft, Entry, Invalid};
use crate::limits;
use crate::moment::Moment;
use crate::record;
use crate::store::{DraftRow, Tx, View};

/// Why a draft is here. The number is kept with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DraftKind {
    /// The person was writing it.
    Writing = 0,
    /// The person wrote it in an entry here, or was writing it, and erased that entry on another device meanwhile. They can keep
    /// these words as a new entry, or let them go.
    ErasedElsewhere = 1,
}

/// A draft that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDraft {
    /// Its name.
    pub id: DraftId,
    /// The entry it revises, and the version that was read; none for a new entry.
    pub of: Option<(EntryId, Version)>,
    /// Why it is here.
    pub kind: DraftKind,
    /// When it was kept last.
    pub kept: Timestamp,
    /// What it says.
    pub draft: Draft,
}

/// What becomes of the drafts of an entry that another device erased.
#[derive(Debug, Default)]
pub(super) struct Orphaned {
    /// They say what the entry said, and go with it.
    same: Vec<DraftId>,
    /// They say something else. Nobody erased that: it is offered.
    other: Vec<DraftId>,
}

impl Orphaned {
    /// Sorts the drafts of `entry`, which says `said`.
    pub(super) fn of(view: View<'_>, entry: EntryId, said: Option<&Entry>) -> Result<Self, Error> {
        let said = said.map(Draft::of);
        let mut orphaned = Self::default();
        for kept in drafts(view)? {
            if kept.of.as_ref().is_none_or(|(of, _)| *of != entry) {
                continue;
            }
            if Some(&kept.draft) == said.as_ref() {
                orphaned.same.push(kept.id);
            } else {
                orphaned.other.push(kept.id);
            }
        }
        Ok(orphaned)
    }

    /// Lets those go that say nothing else, and marks the others.
    pub(super) fn settle(&self, tx: &Tx<'_>) -> Result<(), Error> {
        for id in &self.same {
            tx.remove_draft(*id)?;
        }
        for id in &self.other {
            tx.orphan_draft(*id, DraftKind::ErasedElsewhere as u8, &Version::default().to_bytes())?;
        }
        Ok(())
    }
}

/// Every draft, the one kept last first.
///
/// # Errors
/// [`Error::Store`].
pub fn drafts(view: View<'_>) -> Result<Vec<KeptDraft>, Error> {
    view.drafts()?.into_iter().map(read).collect()
}

/// One draft.
///
/// # Errors
/// [`Error::Store`].
pub fn draft(view: View<'_>, id: DraftId) -> Result<Option<KeptDraft>, Error> {
    view.draft(id)?.map(read).transpose()
}

fn read(row: DraftRow) -> Result<KeptDraft, Error> {
    let entry = record::decode_entry(DocumentId::from_bytes(*row.id.as_bytes()), &row.content)?;
    let version = Version::from_bytes(&row.version).ok_or(Error::Internal)?;
    Ok(KeptDraft {
        id: row.id,
        of: row.entry.map(|entry| (entry, version)),
        kind: match row.why {
            0 => DraftKind::Writing,
            1 => DraftKind::ErasedElsewhere,
            _ => return Err(Error::Internal),
        },
        kept: row.at,
        draft: Draft::of(&entry),
    })
}

impl Engine {
    /// Keeps what is being written: as the draft `id`, or as a new one. When this returns, it survives a loss of power. It may
    /// be empty; it may not be longer than an entry.
    ///
    /// # Errors
    /// [`Error::Entry`] when it passes a bound; [`Error::TooManyDrafts`]; [`Error::Store`].
    pub fn keep_draft(
        &mut self,
        id: Option<DraftId>,
        of: Option<(EntryId, Version)>,
        draft: Draft,
    ) -> Result<DraftId, Error> {
        let id = match id {
            Some(id) => id,
            None => DraftId::random(self.entropy.as_mut()),
        };
        let now = self.now();
        let written = Moment::new(now, "UTC").map_err(|_| Error::Internal)?;
        let entry = draft.entry_of(EntryId::from_bytes(*id.as_bytes()), written);
        match entry.check() {
            Ok(()) | Err(Invalid::Empty) => {}
            Err(error) => return Err(error.into()),
        }
        self.put_draft(id, of, DraftKind::Writing, &entry)?;
        Ok(id)
    }

    /// Keeps the words of an entry that is about to be gone.
    pub(super) fn keep_words(&mut self, entry: &Entry, kind: DraftKind) -> Result<(), Error> {
        let id = DraftId::random(self.entropy.as_mut());
        // Nothing of the erased entry but its words.
        let blank = Entry::blank(EntryId::from_bytes(*id.as_bytes()), entry.written.clone());
        let words = Draft::of(entry).entry_of(blank.id, blank.written);
        self.put_draft(id, None, kind, &words)
    }

    fn put_draft(
        &mut self,
        id: DraftId,
        of: Option<(EntryId, Version)>,
        kind: DraftKind,
        entry: &Entry,
    ) -> Result<(), Error> {
        let view = self.store.view();
        let is_new = view.draft(id)?.is_none();
        // Words that would else be lost are kept beyond the bound, too.
        if is_new && kind == DraftKind::Writing && view.draft_count()? >= limits::DRAFTS_MAX as u64 {
            return Err(Error::TooManyDrafts);
        }
        // An editor that is still open keeps its draft of an entry which is gone by now.
        let (of, kind) = match of {
            Some((gone, _)) if view.is_gone(gone.into())? => (None, DraftKind::ErasedElsewhere),
            of => (of, kind),
        };
        let row = DraftRow {
            id,
            entry: of.as_ref().map(|(entry, _)| *entry),
            version: of.map(|(_, version)| version).unwrap_or_default().to_bytes(),
            why: kind as u8,
            at: self.now(),
            content: record::encode_entry(entry),
        };
        self.commit(&[Change::Drafts], |tx| Ok(tx.put_draft(&row)?))
    }

    /// Lets a draft go.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn discard_draft(&mut self, id: DraftId) -> Result<(), Error> {
        self.commit(&[Change::Drafts], |tx| Ok(tx.remove_draft(id)?))
    }

    /// Makes an entry of a draft, or the revision it is of one. The draft is gone when the entry is there, both at once. Where the entry it
    /// was to revise is gone, it becomes a new one.
    ///
    /// # Errors
    /// [`Error::NotFound`]; as [`Engine::write`] and [`Engine::revise`], and then the draft stays.
    pub fn finish_draft(&mut self, id: DraftId) -> Result<EntryId, Error> {
        let kept = draft(self.store.view(), id)?.ok_or(Error::NotFound)?;
        if let Some((entry, version)) = kept.of
            && self.store.view().entry(entry)?.is_some()
        {
            self.revise_with(entry, &version, kept.draft, |tx| Ok(tx.remove_draft(id)?))?;
            self.changes.insert(Change::Drafts);
            return Ok(entry);
        }
        let entry = self.new_entry(kept.draft)?;
        self.commit(&[Change::Journal, Change::Drafts, Change::Sync], |tx| {
            put_new(tx, &entry)?;
            Ok(tx.remove_draft(id)?)
        })?;
        Ok(entry.id)
    }
}
