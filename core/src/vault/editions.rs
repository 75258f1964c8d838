//! Two editions of one document meet.
//!
//! A record of a newer edition takes the place of what is here; what this device wrote on the old one meanwhile is carried over.
//! A record of an older edition is an edit that came late: it is carried over where it is certain what it adds, and else left to
//! the device that made it, which holds it.

use super::erasing::{closed_name, want_gone};
use super::flat_editions::{earlier_in, is_flat};
use super::receive::Received;
use super::{Change, Engine, Error};
use crate::document::{Actor, Document};
use crate::id::{DocumentId, EntryId};
use crate::journal::Earlier;
use crate::record::Kind;
use crate::store::{DocumentRow, Sibling, Tx, author_tag};

impl Engine {
    /// The document to keep for a record of another edition, with its row; none when what is here stays as it is.
    fn editions_met(&mut self, one: &Received) -> Result<Option<(DocumentRow, Document)>, Error> {
        let (id, kind, own) = (one.document(), one.inside.kind, self.identity.actor);
        if one.is_read_only() || !(kind == Kind::Entry || is_flat(kind)) {
            return Err(Error::ReadOnly);
        }
        let edition = self.store.view().document_head(id)?.map_or(0, |row| row.edition);
        if one.inside.edition > edition {
            let mut anew = self.document_of(one)?;
            let (row, old) = self.open_document(id)?;
            // Of an edition before the one before nothing is known here.
            let from = match earlier(&anew, kind, id)? {
                Some(earlier) if earlier.edition == row.edition => earlier.heads,
                _ => vec![[0; 32]],
            };
            let dirty = take_late(&mut anew, kind, id, &old, &from, own)?;
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
        let (row, mut present) = self.open_document(id)?;
        let from = match earlier(&present, kind, id)? {
            Some(earlier) if earlier.edition == one.inside.edition => earlier.heads,
            _ => return Ok(None),
        };
        let old = self.document_of(one)?;
        if row.read_only || old.among(&from).is_empty() || !take_late(&mut present, kind, id, &old, &from, own)? {
            return Ok(None);
        }
        let row = DocumentRow {
            dirty: true,
            publish_after: None,
            ..row
        };
        Ok(Some((row, present)))
    }

    /// Keeps a record of another edition than the one that is here.
    pub(super) fn merge_edition(&mut self, one: &Received) -> Result<(), Error> {
        let Some((row, document)) = self.editions_met(one)? else {
            return Ok(());
        };
        let (id, home, edition) = (one.document(), self.identity.home, one.inside.edition);
        let is_newer = row.edition == edition;
        let is_entry = one.inside.kind == Kind::Entry;
        let former = self.store.view().document_head(id)?.map_or(0, |row| row.edition);
        let settle = |tx: &Tx<'_>| {
            let mut siblings = if is_newer { Vec::new() } else { tx.siblings(id)? };
            siblings.push(Sibling {
                hash: one.hash,
                seq: one.seq,
                tip: is_newer,
                author: author_tag(&one.inside.author),
                epoch: one.header.epoch,
            });
            tx.set_siblings(id, &siblings)?;
            tx.doubt_holds(id)?;
            if is_newer {
                tx.remove_appends(home, id)?;
                tx.remove_meta(&closed_name(id, former))?;
                want_gone(tx, one.inside.kind)?;
            }
            Ok(())
        };
        if let (false, None, Some(projection)) = (row.dirty, &one.inside.document_bytes, &one.projection) {
            // Nobody has edited the new edition: it has no history here either.
            drop(document);
            let untouched = DocumentRow {
                bytes: None,
                admitted: true,
                heads: Vec::new(),
                ..row
            };
            self.commit(&[Change::Journal, Change::Sync], |tx| {
                tx.put_document(&untouched)?;
                projection.put(tx, id)?;
                settle(tx)
            })?;
        } else {
            self.write_back_with(row, document, settle)?;
        }
        if is_entry && is_newer {
            self.forget_released(EntryId::from(id))?;
        }
        Ok(())
    }
}

/// What a document says of the edition before, if it began anew.
fn earlier(document: &Document, kind: Kind, id: DocumentId) -> Result<Option<Earlier>, Error> {
    Ok(match kind {
        Kind::Entry => document.entry(id.into())?.earlier,
        _ => earlier_in(&document.fields()?),
    })
}

/// Carries over what was written on the edition before; whether anything was.
fn take_late(
    document: &mut Document,
    kind: Kind,
    id: DocumentId,
    old: &Document,
    from: &[[u8; 32]],
    own: Actor,
) -> Result<bool, Error> {
    Ok(match kind {
        Kind::Entry => document.take_late(id.into(), old, from, own)?,
        _ => document.take_late_fields(old, from, own)?,
    })
}
