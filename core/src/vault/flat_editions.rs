//! Flat documents that begin anew: profile, settings, plan, relationships and what is kept of them.
//!
//! It is as with entries (`history`, `editions`): the new edition holds what the document says and nothing of how it came about, names
//! the state it was made of, and a late edit of the edition before is carried over. What an entry says of that in its `earlier`, a
//! flat document says under two names of its own ([`EARLIER`]).

use super::{Engine, Error};
use crate::id::DocumentId;
use crate::journal::Earlier;
use crate::limits;
use crate::profile::{EARLIER, Field, Fields};
use crate::record::{self, Kind};
use crate::store::DocumentRow;

/// Whether documents of this kind are flat and can begin anew.
pub(super) const fn is_flat(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Profile | Kind::Settings | Kind::Plan | Kind::Relationship | Kind::Past
    )
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
        self.begin_anew(row, &document, true)?;
        Ok(true)
    }

    /// Whether the history of a flat document is so much longer than what it says that it is to begin anew.
    pub(super) fn is_long(&self, row: &DocumentRow) -> Result<bool, Error> {
        let length = row.bytes.as_ref().map_or(0, Vec::len);
        Ok(length >= limits::FLAT_HISTORY_BYTES && self.projection(row)?.encode().len() <= length / 2)
    }
}

/// What a flat document says of the edition before, if it began anew.
pub(super) fn earlier_in(fields: &Fields) -> Option<Earlier> {
    let edition = fields.get(&format!("{EARLIER}edition"))?.number()?;
    let (heads, rest) = fields.get(&format!("{EARLIER}heads"))?.bytes()?.as_chunks::<32>();
    Some(Earlier {
        edition: u32::try_from(edition).ok()?,
        heads: (rest.is_empty() && heads.len() <= record::HEADS_MAX).then(|| heads.to_vec())?,
    })
}

/// Says in a flat document what it began anew from.
pub(super) fn say_earlier(fields: &mut Fields, earlier: &Earlier) {
    fields.insert(format!("{EARLIER}edition"), Field::Number(earlier.edition.into()));
    fields.insert(format!("{EARLIER}heads"), Field::Bytes(earlier.heads.concat()));
}
