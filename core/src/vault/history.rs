//! What an entry said before, and beginning its document anew without that.
//!
//! A document that begins anew has a new edition: a first change made of what the entry says now, which names the edition it was
//! made of. The new edition is sent first; then the slot of the old one is closed at the relay, and its drafts are gone there
//! too. Edits that another device made on the old edition meanwhile are carried over (`editions`).

use super::documents::{Projection, change_of};
use super::entries::Version;
use super::erasing::want_gone;
use super::flat_editions::say_earlier;
use super::{Change, Engine, Error};
use crate::document::{Document, GENESIS_VERSION, SCHEMA};
use crate::id::{DocumentId, EntryId};
use crate::journal::{Earlier, Entry, Unknown};
use crate::record::{self, Closed, Kind};
use crate::store::{ClosingRow, DocumentHead, DocumentRow, View};

/// One state in the history of an entry. No time is kept: when a person writes is nobody's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its name, for reading it or for going back to it.
    pub version: Version,
    /// Whether it was made on this device.
    pub made_here: bool,
    /// Whether it is what the entry says now.
    pub is_present: bool,
}

impl Engine {
    /// The states of an entry, the first one first, each after those it was made of. Private to the participant: no share
    /// carries any of it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ReadOnly`] where the document cannot be opened, [`Error::Store`].
    pub fn history(&mut self, id: EntryId) -> Result<Vec<Revision>, Error> {
        let (row, document) = self.open_entry(id)?;
        let present = document.heads();
        let revision = |heads: Vec<[u8; 32]>, made_here| Revision {
            is_present: heads == present,
            version: Version {
                edition: row.edition,
                heads,
            },
            made_here,
        };
        let mut revisions: Vec<Revision> = document
            .states()?
            .into_iter()
            .map(|(heads, actor)| revision(heads, actor.is_same_maker(&self.identity.actor)))
            .collect();
        // Two ends that nobody has written on since: what is read now is both of them together.
        if revisions.iter().all(|revision| !revision.is_present) {
            revisions.push(revision(present.clone(), false));
        }
        Ok(revisions)
    }

    /// What an entry said in `version`; none when that is not in its history, or not any more.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub fn entry_at(&mut self, id: EntryId, version: &Version) -> Result<Option<Entry>, Error> {
        let (row, document) = self.open_entry(id)?;
        if row.edition != version.edition || !document.contains(&version.heads) {
            return Ok(None);
        }
        Ok(Some(document.fork_at(&version.heads)?.entry(id)?))
    }

    /// Makes an entry say again what it said in `version`. What it says now stays in its history.
    ///
    /// # Errors
    /// [`Error::NotFound`] also when there is no such version; else as [`Engine::revise`].
    pub fn go_back_to(&mut self, id: EntryId, version: &Version) -> Result<(), Error> {
        let then = self.entry_at(id, version)?.ok_or(Error::NotFound)?;
        let now = self.store.view().entry(id)?.ok_or(Error::NotFound)?;
        let again = Entry {
            trashed: now.trashed,
            import: now.import,
            earlier: now.earlier,
            unknown: now.unknown,
            ..then
        };
        self.put_revision(&again, None)
    }

    /// Erases what an entry said before, on every device and at the relay; what it says now stays. False when there is
    /// nothing earlier.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ReadOnly`], [`Error::Store`].
    pub fn erase_earlier_drafts(&mut self, id: EntryId) -> Result<bool, Error> {
        let (row, document) = self.open_entry(id)?;
        if row.read_only {
            return Err(Error::ReadOnly);
        }
        if document.states()?.len() < 2 {
            return Ok(false);
        }
        self.begin_anew(row, &document, true)?;
        self.forget_released(id)?;
        Ok(true)
    }

    /// Begins a document anew; `close` says that the slot of the edition before is to be closed at the relay.
    pub(super) fn begin_anew(&mut self, row: DocumentRow, document: &Document, close: bool) -> Result<(), Error> {
        let kind = Kind::from_number(row.kind)?;
        let earlier = Earlier {
            edition: row.edition,
            heads: document.newest(record::HEADS_MAX),
        };
        let before = ClosingRow {
            document: row.id,
            edition: row.edition,
            why: Closed::BegunAnew.number(),
            parents: Vec::new(),
        };
        let mut anew = DocumentRow {
            edition: row.edition.checked_add(1).ok_or(Error::HistoryFull)?,
            schema: SCHEMA,
            genesis: GENESIS_VERSION,
            bytes: None,
            admitted: true,
            heads: Vec::new(),
            dirty: true,
            publish_after: None,
            ..row
        };
        let projection = if kind == Kind::Entry {
            Projection::Entry(Box::new(Entry {
                both_versions: false,
                earlier: Some(earlier),
                ..document.entry(EntryId::from(anew.id))?
            }))
        } else {
            let mut fields = document.fields()?;
            say_earlier(&mut fields, &earlier);
            let projection = Projection::Fields(fields, Unknown::new());
            // A flat document always lies here with its history, be it one change long.
            let first = projection.genesis(&anew)?;
            (anew.bytes, anew.heads) = (Some(first.save()?), first.heads());
            projection
        };
        let home = self.identity.home;
        self.commit(&[change_of(kind), Change::Sync], |tx| {
            if close && may_be_elsewhere(tx, anew.id)? {
                tx.put_closing(&before)?;
            }
            tx.remove_appends(home, anew.id)?;
            tx.set_siblings(anew.id, &[])?;
            tx.put_document(&anew)?;
            projection.put(tx, anew.id)?;
            want_gone(tx, kind)
        })?;
        self.scrub_if_wanted()
    }

    /// Opens the document of an entry.
    fn open_entry(&mut self, id: EntryId) -> Result<(DocumentRow, Document), Error> {
        if self.store.view().entry(id)?.is_none() {
            return Err(Error::NotFound);
        }
        match self.open_document(id.into()) {
            Err(Error::Refused(_) | Error::Document(_)) => Err(Error::ReadOnly),
            other => other,
        }
    }
}

/// Whether a record of the document may have left this device or come from another.
pub(super) fn may_be_elsewhere(view: &View<'_>, id: DocumentId) -> Result<bool, Error> {
    Ok(!view.siblings(id)?.is_empty())
}

/// Whether the row of a document has another edition than a record.
pub(super) const fn is_other_edition(row: &DocumentHead, edition: u32) -> bool {
    row.edition != edition
}
