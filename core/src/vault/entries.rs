//! Commands of the journal.

use super::documents::new_row;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::import_id;
use crate::document::Actor;
use crate::exchange::Imported;
use crate::id::{DocumentId, EntryId, random_bytes};
use crate::journal::{Draft, Entry, ImportSource};
use crate::moment::Moment;
use crate::record::Kind;
use crate::store::{Tx, View};

/// What an entry said when it was read, so that a revision changes that and nothing that came later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version(pub(super) Vec<[u8; 32]>);

impl Version {
    /// The bytes of the version, for a binding to hand back.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// The version with these bytes; none when they are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (heads, rest) = bytes.as_chunks::<32>();
        rest.is_empty().then(|| Self(heads.to_vec()))
    }
}

/// An entry and its version, read together.
///
/// # Errors
/// [`Error::Store`].
pub fn entry_for_editing(view: View<'_>, id: EntryId) -> Result<Option<(Entry, Version)>, Error> {
    let version = |view: View<'_>| {
        view.document_head(id.into())
            .map(|row| row.map(|row| row.heads).unwrap_or_default())
    };
    let mut before = version(view)?;
    loop {
        let entry = view.entry(id)?;
        let after = version(view)?;
        // Words of one version with the name of another would be doubled or dropped by a revision.
        if before == after {
            return Ok(entry.map(|entry| (entry, Version(after))));
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
        let id = EntryId::random(self.entropy.as_mut());
        let written = Moment::new(self.now(), &draft.happened.zone).map_err(|_| Error::Internal)?;
        let entry = draft.into_entry(id, written)?;
        self.commit(&[Change::Journal, Change::Sync], |tx| put_new(tx, &entry))?;
        Ok(id)
    }

    /// Puts `draft` in the place of what the entry said in `version`. The former text stays in the entry's history; what
    /// arrived from another device since that version was read stays too.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Entry`], [`Error::ReadOnly`], [`Error::HistoryFull`], [`Error::Store`].
    pub fn revise(&mut self, id: EntryId, version: &Version, draft: Draft) -> Result<(), Error> {
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
        self.put_revision(&after, Some(version))
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

    fn put_revision(&mut self, after: &Entry, version: Option<&Version>) -> Result<(), Error> {
        let apart = Actor::from_bytes(random_bytes(self.entropy.as_mut()));
        self.edit(after.id.into(), |document, actor| match version {
            Some(version) if !document.is_at(&version.0) => {
                // Something arrived since this was read: the revision is made where it was read, and merged.
                let mut then = document.fork_at(&version.0)?;
                let changed = then.revise(apart, after)?;
                document.merge(&then)?;
                Ok(changed)
            }
            _ => Ok(document.revise(actor, after)?),
        })
        .map(drop)
    }

    /// Keeps imported entries, in one transaction. One that is here already stays as it is, whatever was done to it since:
    /// importing twice, or on two devices, gives one entry. Answers how many are new. Media are not kept here: their links
    /// stay in the text.
    ///
    /// # Errors
    /// [`Error::Entry`] when one passes a bound, and then none is kept; [`Error::Store`].
    pub fn import(&mut self, batch: Vec<Imported>) -> Result<u64, Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        let mut entries = Vec::with_capacity(batch.len());
        for imported in batch {
            let id = import_id(&slot_key, imported.source, &imported.source_id);
            let mut entry = imported.draft.into_entry(EntryId::from(id), imported.written)?;
            entry.import = Some(ImportSource {
                source: imported.source.to_owned(),
                source_id: imported.source_id,
                extra: imported.extra,
            });
            entry.check()?;
            entries.push(entry);
        }
        self.commit(&[Change::Journal, Change::Sync], |tx| {
            let mut new = 0;
            for entry in &entries {
                if tx.document_head(DocumentId::from(entry.id))?.is_none() {
                    put_new(tx, entry)?;
                    new += 1;
                }
            }
            Ok(new)
        })
    }
}

/// An entry that nobody has edited: its projection alone, no Automerge document.
fn put_new(tx: &Tx<'_>, entry: &Entry) -> Result<(), Error> {
    let id = DocumentId::from(entry.id);
    tx.put_document(&new_row(id, Kind::Entry))?;
    Ok(tx.put_entry(entry)?)
}
