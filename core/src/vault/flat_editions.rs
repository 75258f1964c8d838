//! Flat documents that begin anew: profile, settings, plan and relationships.
//!
//! It is as with entries (`history`, `editions`): the new edition holds what the document says and nothing of how it came about, names
//! the state it was made of, and a late edit of the edition before is carried over. What an entry says of that in its `earlier`, a
//! flat document says under two names of its own ([`EARLIER`]).

use super::documents::{Projection, change_of};
use super::history::may_be_elsewhere;
use super::receive::Received;
use super::{Change, Engine, Error};
use crate::document::{Document, GENESIS_VERSION, SCHEMA};
use crate::id::DocumentId;
use crate::journal::Unknown;
use crate::limits;
use crate::profile::{EARLIER, Field, Fields};
use crate::record::{self, Closed, Kind};
use crate::store::{ClosingRow, DocumentRow};

/// Whether documents of this kind are flat and can begin anew.
pub(super) const fn is_flat(kind: Kind) -> bool {
    matches!(kind, Kind::Profile | Kind::Settings | Kind::Plan | Kind::Relationship)
}

impl Engine {
    /// Begins a flat document anew, so that the words it does not say any more are gone, here and at the relay; false where it never
    /// said others, or is not there.
    pub(super) fn begin_fields_anew(&mut self, id: DocumentId) -> Result<bool, Error> {
        if self.store.view().document_head(id)?.is_none() {
            return Ok(false);
        }
        let (row, document) = self.open_document(id)?;
        if row.read_only {
            return Err(Error::ReadOnly);
        }
        // The first change is the one of no fields, and the second one the first words.
        if document.states()?.len() < if row.edition == 0 { 3 } else { 2 } {
            return Ok(false);
        }
        self.begin_flat_anew(row, &document, true)?;
        Ok(true)
    }

    /// Begins a flat document anew whose history is much longer than what it says.
    pub(super) fn begin_anew_if_long(&mut self, id: DocumentId) -> Result<(), Error> {
        let Some(row) = self.store.view().document(id)? else {
            return Ok(());
        };
        let length = row.bytes.as_ref().map_or(0, Vec::len);
        if length < limits::FLAT_HISTORY_BYTES || row.read_only {
            return Ok(());
        }
        let said = self.projection(&row)?.encode().len();
        if said <= length / 2 {
            self.begin_fields_anew(id)?;
        }
        Ok(())
    }

    /// As [`Engine::begin_anew`], for a flat document.
    pub(super) fn begin_flat_anew(&mut self, row: DocumentRow, document: &Document, close: bool) -> Result<(), Error> {
        let mut fields = document.fields()?;
        let before = i64::from(row.edition);
        fields.insert(format!("{EARLIER}edition"), Field::Number(before));
        let heads = document.newest(record::HEADS_MAX).concat();
        fields.insert(format!("{EARLIER}heads"), Field::Bytes(heads));
        let closing = ClosingRow {
            document: row.id,
            edition: row.edition,
            why: Closed::BegunAnew.number(),
            parents: Vec::new(),
        };
        let kind = Kind::from_number(row.kind)?;
        let row = DocumentRow {
            edition: row.edition.checked_add(1).ok_or(Error::HistoryFull)?,
            schema: SCHEMA,
            genesis: GENESIS_VERSION,
            admitted: true,
            dirty: true,
            publish_after: None,
            ..row
        };
        let projection = Projection::Fields(fields, Unknown::new());
        let anew = projection.genesis(&row)?;
        let row = DocumentRow {
            bytes: Some(anew.save()?),
            heads: anew.heads(),
            ..row
        };
        let home = self.identity.home;
        self.commit(&[change_of(kind), Change::Sync], |tx| {
            if close && may_be_elsewhere(tx, row.id)? {
                tx.put_closing(&closing)?;
            }
            tx.remove_appends(home, row.id)?;
            tx.set_siblings(row.id, &[])?;
            tx.put_document(&row)?;
            projection.put(tx, row.id)
        })?;
        Ok(self.store.checkpoint()?)
    }

    /// As [`Engine::editions_met`], for a flat document.
    pub(super) fn flat_editions_met(&mut self, one: &Received) -> Result<Option<(DocumentRow, Document)>, Error> {
        let own = self.identity.actor;
        let (row, here) = self.open_document(one.document())?;
        let theirs = self.document_of(one)?;
        if one.inside.edition > row.edition {
            let mut anew = theirs;
            // Of an edition before the one before nothing is known here.
            let from = begun_from(&anew.fields()?, row.edition).unwrap_or_else(|| vec![[0; 32]]);
            let dirty = anew.take_late_fields(&here, &from, own)?;
            let row = DocumentRow {
                edition: one.inside.edition,
                schema: one.inside.schema,
                genesis: one.inside.genesis,
                dirty,
                publish_after: None,
                read_only: false,
                ..row
            };
            return Ok(Some((row, anew)));
        }
        let mut present = here;
        let Some(from) = begun_from(&present.fields()?, one.inside.edition) else {
            return Ok(None);
        };
        if row.read_only || theirs.among(&from).is_empty() || !present.take_late_fields(&theirs, &from, own)? {
            return Ok(None);
        }
        let row = DocumentRow {
            dirty: true,
            publish_after: None,
            ..row
        };
        Ok(Some((row, present)))
    }
}

/// The newest changes of the edition before, if the document began anew from this one.
fn begun_from(fields: &Fields, edition: u32) -> Option<Vec<[u8; 32]>> {
    let before = fields.get(&format!("{EARLIER}edition"))?.number()?;
    let heads = fields.get(&format!("{EARLIER}heads"))?.bytes()?;
    let (heads, rest) = heads.as_chunks::<32>();
    (before == i64::from(edition) && rest.is_empty() && heads.len() <= record::HEADS_MAX).then(|| heads.to_vec())
}
