//! Documents between the database and Automerge: loaded to edit or to merge, written back with their projection, dropped.

use super::receive::SetAside;
use super::{Change, Engine, Error};
use crate::document::{self, Actor, Bounds, Document, GENESIS_VERSION, Refused, SCHEMA};
use crate::id::{AttachmentId, DocumentId, EntryId};
use crate::journal::{Entry, Unknown};
use crate::limits;
use crate::media;
use crate::profile::{Changes, Fields, NamedContent, say_contents};
use crate::record::{self, Kind};
use crate::store::{DocumentRow, Quarantined, Tx};
use std::io::Read as _;

/// What of a document can be read without Automerge.
pub(super) enum Projection {
    Entry(Box<Entry>),
    Fields(Fields, Unknown),
}

impl Projection {
    /// Reads the projection of a document of `kind`.
    pub(super) fn of(document: &Document, kind: Kind, id: DocumentId) -> Result<Self, Error> {
        Ok(match kind {
            Kind::Entry => Self::Entry(Box::new(document.entry(EntryId::from(id))?)),
            _ => Self::Fields(document.fields()?, Unknown::new()),
        })
    }

    /// Its canonical bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Entry(entry) => record::encode_entry(entry),
            Self::Fields(fields, unknown) => record::encode_fields(fields, unknown),
        }
    }

    /// Writes it to the tables that apps read.
    pub(super) fn put(&self, tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
        match self {
            Self::Entry(entry) => tx.put_entry(entry)?,
            Self::Fields(fields, unknown) => tx.put_fields(id, fields, unknown)?,
        }
        Ok(())
    }

    /// The first change of a document that nobody has edited.
    pub(super) fn genesis(&self, row: &DocumentRow) -> Result<Document, Error> {
        let projection = self.encode();
        Ok(match self {
            Self::Entry(entry) => Document::genesis_entry(row.genesis, row.id, row.edition, &projection, entry)?,
            Self::Fields(fields, _) => Document::genesis_fields(row.genesis, row.id, row.edition, &projection, fields)?,
        })
    }
}

/// The row of a document made now, on this device.
pub(super) const fn new_row(id: DocumentId, kind: Kind) -> DocumentRow {
    DocumentRow {
        id,
        kind: kind.number(),
        edition: 0,
        schema: SCHEMA,
        genesis: GENESIS_VERSION,
        bytes: None,
        admitted: true,
        heads: Vec::new(),
        dirty: true,
        publish_after: None,
        read_only: false,
        space: None,
    }
}

/// Whether projection and document fit one record together. Only large ones are compressed to see.
fn fits_a_record(projection: &Projection, bytes: &[u8]) -> bool {
    let projection = projection.encode();
    projection.len() + bytes.len() <= cairn_wire::bounds::RECORD_BYTES_MAX / 2 || record::fits(&projection, Some(bytes))
}

/// What an app watches of this kind of document.
pub(super) const fn change_of(kind: Kind) -> Change {
    match kind {
        Kind::Entry => Change::Journal,
        Kind::Profile | Kind::Settings | Kind::Plan => Change::Profile,
        _ => Change::Support,
    }
}

impl Engine {
    pub(super) fn projection(&self, row: &DocumentRow) -> Result<Projection, Error> {
        let view = self.store.view();
        Ok(match Kind::from_number(row.kind) {
            Ok(Kind::Entry) => Projection::Entry(Box::new(view.entry(EntryId::from(row.id))?.ok_or(Error::NotFound)?)),
            _ => {
                let (fields, unknown) = view.fields(row.id)?.unwrap_or_default();
                Projection::Fields(fields, unknown)
            }
        })
    }

    /// Opens a document: its own bytes, or the first change made from its projection.
    pub(super) fn open_document(&mut self, id: DocumentId) -> Result<(DocumentRow, Document), Error> {
        let row = self.store.view().document(id)?.ok_or(Error::NotFound)?;
        let document = match &row.bytes {
            None => self.projection(&row)?.genesis(&row)?,
            Some(bytes) if row.admitted => Document::load(bytes)?,
            Some(bytes) => self.admit(id, bytes, &row.heads)?,
        };
        Ok((row, document))
    }

    /// Opens bytes that were never opened before. The attempt is on disk before Automerge sees them, so that bytes which
    /// kill the process are left alone after [`limits::ADMIT_ATTEMPTS_MAX`] tries.
    pub(super) fn admit(&mut self, id: DocumentId, bytes: &[u8], heads: &[[u8; 32]]) -> Result<Document, Error> {
        document::prescan(bytes, &Bounds::default())?;
        let attempt = self.store.write(|tx| Ok::<_, Error>(tx.begin_attempt(id)?))?;
        if attempt > limits::ADMIT_ATTEMPTS_MAX {
            return Err(Error::ReadOnly);
        }
        let admitted = match document::admit(bytes, heads, &Bounds::default()) {
            // No thread to be had is this device's trouble, not the document's.
            Err(Refused::NoThread) => return Err(Error::Internal),
            admitted => admitted,
        };
        self.store.write(|tx| Ok::<_, Error>(tx.end_attempt(id)?))?;
        Ok(admitted?)
    }

    /// Changes a document and writes it back with its projection, with more to do in the same transaction; false when there was
    /// nothing to change, and then only the rest is done.
    pub(super) fn edit_with(
        &mut self,
        id: DocumentId,
        change: impl FnOnce(&mut Document, Actor) -> Result<bool, Error>,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let (row, mut document) = self.open_for_writing(id)?;
        if row.read_only {
            return Err(Error::ReadOnly);
        }
        if !change(&mut document, self.actor)? {
            self.commit(&[], also)?;
            return Ok(false);
        }
        self.write_back_with(
            DocumentRow {
                dirty: true,
                publish_after: None,
                ..row
            },
            document,
            also,
        )?;
        Ok(true)
    }

    /// As [`Self::open_document`]; bytes that cannot be opened are set aside, and the document can be read, not changed.
    fn open_for_writing(&mut self, id: DocumentId) -> Result<(DocumentRow, Document), Error> {
        match self.open_document(id) {
            Err(error @ (Error::Refused(_) | Error::Document(_) | Error::ReadOnly)) => {
                let Some(row) = self.store.view().document(id)? else {
                    return Err(error);
                };
                self.set_aside_document(row)?;
                Err(Error::ReadOnly)
            }
            other => other,
        }
    }

    /// Keeps the bytes of a document that cannot be opened as they are, and its projection for reading.
    fn set_aside_document(&mut self, row: DocumentRow) -> Result<(), Error> {
        let Some(tip) = self
            .store
            .view()
            .siblings(row.id)?
            .into_iter()
            .find(|sibling| sibling.tip)
        else {
            return Ok(());
        };
        let aside = Quarantined {
            hash: tip.hash,
            space: self.identity.home,
            seq: tip.seq,
            document: Some(row.id),
            reason: SetAside::NotAdmitted.number(),
            record: row.bytes.clone().unwrap_or_default(),
            at: self.now(),
        };
        self.commit(&[Change::Sync], |tx| {
            tx.put_document(&DocumentRow { read_only: true, ..row })?;
            tx.quarantine(&aside)?;
            Ok(())
        })
    }

    /// Writes a changed document with its projection, in one transaction with whatever else there is to do. A writer's own work
    /// passes the bounds that a stranger's has to pass.
    pub(super) fn write_back_with(
        &mut self,
        row: DocumentRow,
        document: Document,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let kind = Kind::from_number(row.kind)?;
        let projection = Projection::of(&document, kind, row.id)?;
        let (heads, bytes) = (document.heads(), document.save()?);
        drop(document);
        let fits = document::prescan(&bytes, &Bounds::default()).is_ok()
            && bytes.len() <= limits::DOCUMENT_BYTES_MAX
            && fits_a_record(&projection, &bytes);
        if !fits {
            return Err(Error::HistoryFull);
        }
        let id = row.id;
        let row = DocumentRow {
            bytes: Some(bytes),
            admitted: true,
            heads,
            ..row
        };
        self.commit(&[change_of(kind), Change::Sync], |tx| {
            tx.put_document(&row)?;
            projection.put(tx, id)?;
            also(tx)
        })
    }

    /// Changes named values of a flat document, which is made when it is not there.
    pub(super) fn set_fields(&mut self, id: DocumentId, kind: Kind, changes: &Changes) -> Result<(), Error> {
        self.set_fields_with(id, kind, changes, |_| Ok(()))
    }

    /// The changes with what is to be said of the attachments that they name.
    fn with_contents(&self, changes: &Changes) -> Result<Changes, Error> {
        let mut changes = changes.clone();
        say_contents(&mut changes, |id| self.content_named(id))?;
        Ok(changes)
    }

    fn content_named(&self, id: AttachmentId) -> Result<Option<NamedContent>, Error> {
        let Some(row) = self.store.view().attachment(id)? else {
            return Ok(None);
        };
        let mut head = Vec::new();
        if let Ok(file) = self.open_attachment(id) {
            // What it looks like is told from its beginning; one that does not open looks like nothing known.
            let _ = file.take(media::HEAD_BYTES).read_to_end(&mut head);
        }
        Ok(Some(NamedContent {
            id,
            sha256: row.sha256,
            bytes: row.bytes,
            media_type: media::media_type(&head),
        }))
    }

    /// As [`Self::set_fields`], with more to do in the same transaction.
    pub(super) fn set_fields_with(
        &mut self,
        id: DocumentId,
        kind: Kind,
        changes: &Changes,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let changes = &self.with_contents(changes)?;
        if self.store.view().document_head(id)?.is_none() {
            let row = new_row(id, kind);
            let mut document = Projection::Fields(Fields::new(), Unknown::new()).genesis(&row)?;
            document.set_fields(self.actor, changes)?;
            return self.write_back_with(row, document, also);
        }
        let (mut row, mut document) = self.open_for_writing(id)?;
        if row.read_only {
            return Err(Error::ReadOnly);
        }
        if self.is_long(&row)? {
            self.begin_anew(row, &document, true)?;
            (row, document) = self.open_for_writing(id)?;
        }
        if document.set_fields(self.actor, changes)? {
            return self.write_back_with(
                DocumentRow {
                    dirty: true,
                    publish_after: None,
                    ..row
                },
                document,
                also,
            );
        }
        self.commit(&[change_of(kind)], also)
    }

    /// The named values of a flat document; none when it was never written.
    pub(super) fn fields(&self, id: DocumentId) -> Result<Fields, Error> {
        Ok(self
            .store
            .view()
            .fields(id)?
            .map(|(fields, _)| fields)
            .unwrap_or_default())
    }
}
