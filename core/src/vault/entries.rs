//! Commands of the journal.

use super::documents::new_row;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::document::Document;
use crate::id::{DocumentId, EntryId, random_bytes};
use crate::journal::{Draft, Entry, Invalid};
use crate::moment::Moment;
use crate::record::{self, Kind};
use crate::store::{Tx, View};

/// What an entry said when it was read, so that a revision changes that and nothing that came later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// The edition of its document.
    pub(super) edition: u32,
    /// The heads of its document; none while it has no history but its first change.
    pub(super) heads: Vec<[u8; 32]>,
}

impl Version {
    /// The bytes of the version, for a binding to hand back: the edition in 4 (little-endian), then each head in 32.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.edition.to_le_bytes(), self.heads.as_flattened()].concat()
    }

    /// The version with these bytes; none when they are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (edition, heads) = bytes.split_first_chunk::<4>()?;
        let (heads, rest) = heads.as_chunks::<32>();
        rest.is_empty().then(|| Self {
            edition: u32::from_le_bytes(*edition),
            heads: heads.to_vec(),
        })
    }
}

/// An entry and its version, read together.
///
/// # Errors
/// [`Error::Store`].
pub fn entry_for_editing(view: View<'_>, id: EntryId) -> Result<Option<(Entry, Version)>, Error> {
    let version = |view: View<'_>| {
        let row = view.document_head(id.into())?;
        Ok::<_, Error>(row.map_or_else(Version::default, |row| Version {
            edition: row.edition,
            heads: row.heads,
        }))
    };
    let mut before = version(view)?;
    loop {
        let entry = view.entry(id)?;
        let after = version(view)?;
        // Words of one version with the name of another would be doubled or dropped by a revision.
        if before == after {
            return Ok(entry.map(|entry| (entry, after)));
        }
        before = after;
    }
}

impl Engine {
    /// Keeps a new entry. When this returns, it survives a loss of power.
    ///
    /// # Errors
    /// [`Error::Entry`] when it passes a bound; [`Error::Store`].
    pub fn write(&mut self, draft: Draft) -> Result<EntryId, Error> {
        let entry = self.new_entry(draft)?;
        self.commit(&[Change::Journal, Change::Sync], |tx| put_new(tx, &entry))?;
        Ok(entry.id)
    }

    /// A new entry, first saved now.
    pub(super) fn new_entry(&mut self, draft: Draft) -> Result<Entry, Error> {
        let id = EntryId::random(self.entropy.as_mut());
        let written = Moment::new(self.now(), &draft.happened.zone).map_err(|_| Error::Internal)?;
        let entry = draft.into_entry(id, written)?;
        check_room(&entry)?;
        Ok(entry)
    }

    /// Puts `draft` in the place of what the entry said in `version`. The former text stays in the entry's history; what
    /// arrived from another device since that version was read stays too.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Entry`], [`Error::ReadOnly`], [`Error::HistoryFull`], [`Error::Store`].
    pub fn revise(&mut self, id: EntryId, version: &Version, draft: Draft) -> Result<(), Error> {
        self.revise_with(id, version, draft, |_| Ok(()))
    }

    /// As [`Self::revise`], with more to do in the same transaction.
    pub(super) fn revise_with(
        &mut self,
        id: EntryId,
        version: &Version,
        draft: Draft,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let before = self.store.view().entry(id)?.ok_or(Error::NotFound)?;
        let fresh = draft.into_entry(id, before.written.clone())?;
        let after = Entry {
            trashed: before.trashed,
            import: before.import,
            unknown: before.unknown,
            both_versions: before.both_versions,
            earlier: before.earlier,
            ..fresh
        };
        self.put_revision_with(&after, Some(version), also)
    }

    /// Moves an entry to the trash.
    ///
    /// # Errors
    /// As [`Self::revise`].
    pub fn trash(&mut self, id: EntryId) -> Result<(), Error> {
        let now = self.now();
        self.set_trashed(id, Some(now))
    }

    /// Takes an entry back from the trash, as it was.
    ///
    /// # Errors
    /// As [`Self::revise`].
    pub fn restore(&mut self, id: EntryId) -> Result<(), Error> {
        self.set_trashed(id, None)
    }

    fn set_trashed(&mut self, id: EntryId, trashed: Option<Timestamp>) -> Result<(), Error> {
        let before = self.store.view().entry(id)?.ok_or(Error::NotFound)?;
        if before.trashed.is_some() == trashed.is_some() {
            return Ok(());
        }
        self.put_revision(&Entry { trashed, ..before }, None)
    }

    pub(super) fn put_revision(&mut self, after: &Entry, version: Option<&Version>) -> Result<(), Error> {
        self.put_revision_with(after, version, |_| Ok(()))
    }

    fn put_revision_with(
        &mut self,
        after: &Entry,
        version: Option<&Version>,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let apart = self.actor.apart(random_bytes(self.entropy.as_mut()));
        let row = self
            .store
            .view()
            .document_head(after.id.into())?
            .ok_or(Error::NotFound)?;
        let before = self.store.view().entry(after.id)?;
        let mut named = before.into_iter().flat_map(|before| before.attachments);
        if named.any(|one| after.attachments.iter().all(|kept| kept.id != one.id)) {
            // The relay is to be asked to let go of it, which takes knowing what it is called there.
            self.hear_of_attachments()?;
        }
        let change = |document: &mut Document, actor| match version {
            // The document began anew since this was read, and what it was read as is gone.
            Some(version) if version.edition != row.edition || !document.contains(&version.heads) => {
                Ok(document.revise_from_elsewhere(actor, after)?)
            }
            Some(version) if !document.is_at(&version.heads) => {
                // Something arrived since this was read: the revision is made where it was read, and merged.
                let mut then = document.fork_at(&version.heads)?;
                let changed = then.revise(apart, after)?;
                document.merge(&then)?;
                Ok(changed)
            }
            _ => Ok(document.revise(actor, after)?),
        };
        self.edit_with(after.id.into(), change, also).map(drop)
    }
}

/// Whether an entry fits a record, with the document of its first edit: one that did not could be neither sent nor changed, nor even moved
/// to the trash.
pub(super) fn check_room(entry: &Entry) -> Result<(), Error> {
    let projection = record::encode_entry(entry);
    // Only large ones are compressed to see.
    if projection.len() <= cairn_wire::bounds::RECORD_BYTES_MAX / 4 || record::fits_edited(&projection) {
        Ok(())
    } else {
        Err(Invalid::TooMuch.into())
    }
}

/// An entry that nobody has edited: its projection alone, no Automerge document.
pub(super) fn put_new(tx: &Tx<'_>, entry: &Entry) -> Result<(), Error> {
    let id = DocumentId::from(entry.id);
    tx.put_document(&new_row(id, Kind::Entry))?;
    Ok(tx.put_entry(entry)?)
}
