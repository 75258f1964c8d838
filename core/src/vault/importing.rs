//! A journal from elsewhere, in: its words, and the photos and recordings that hang on them.

use super::attaching::Keeping;
use super::entries::{check_room, put_new};
use super::exporting::{TellHowFar, on_its_own};
use super::facade::Journal;
use super::reply::Reply;
use super::{Change, Engine, Error};
use crate::crypto::import_id;
use crate::exchange::{Imported, Importer, Keep, Media, Shelf, embed};
use crate::id::{AttachmentId, DocumentId, EntryId};
use crate::journal::{Attachment, AttachmentKind, ImportSource};
use crate::limits;
use std::io::Read as _;

/// Entries that become durable together.
const BATCH: usize = 200;

/// What came in of a journal from elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Brought {
    /// Entries that are new here.
    pub added: u64,
    /// Entries that were here already, from an earlier import, or that were erased for good.
    pub known: u64,
    /// Photos, recordings and files of the new entries that were kept with them.
    pub media: u64,
    /// Those that were not: they could not be read, are larger than [`limits::IMPORT_MEDIA_BYTES_MAX`], or are more than an entry
    /// holds. Their links stay in the text.
    pub media_left_out: u64,
}

impl Journal {
    /// Brings in a journal that was opened and looked at. Doing it twice is doing it once, what is here stays as it is, and one
    /// that was broken off goes on. Photos and videos lose where and with what they were made, unless both are kept.
    ///
    /// `told` hears how far it has come, in entries kept and entries in all.
    pub fn bring_in(
        &self,
        mut importer: Box<dyn Importer>,
        keep: Keep,
        told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Reply<Brought> {
        let (journal, mut told): (_, TellHowFar) = (self.clone(), Box::new(told));
        on_its_own("cairn-import", move || {
            let total = importer.preview().entries;
            let mut shelf = importer.shelf();
            let mut entries = importer.entries();
            let (mut brought, mut done) = (Brought::default(), 0);
            told(0, total);
            loop {
                let batch = entries.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
                if batch.is_empty() {
                    return Ok(brought);
                }
                let count = batch.len();
                let mut new = journal.0.ask(move |engine| engine.new_of(batch)).wait()?;
                for imported in &mut new {
                    hang(&journal, &mut shelf, imported, keep, &mut brought)?;
                }
                let added = journal.import(new).wait()?;
                brought.added += added;
                brought.known += (count as u64).saturating_sub(added);
                done += count;
                told(done, total);
            }
        })
    }
}

/// Keeps the media of an entry and hangs them on it.
fn hang(
    journal: &Journal,
    shelf: &mut Shelf,
    imported: &mut Imported,
    keep: Keep,
    brought: &mut Brought,
) -> Result<(), Error> {
    let mut links: Vec<(&str, AttachmentId, &str)> = Vec::new();
    for media in &imported.media {
        let kept = if imported.draft.attachments.len() < limits::ATTACHMENTS_MAX {
            take(journal, shelf, media, keep)?
        } else {
            None
        };
        let Some(attachment) = kept else {
            brought.media_left_out += 1;
            continue;
        };
        brought.media += 1;
        links.push((&media.link, attachment.id, &media.alt_text));
        // The same photo twice in an entry is one attachment with two links.
        if imported.draft.attachments.iter().all(|known| known.id != attachment.id) {
            imported.draft.attachments.push(attachment);
        }
    }
    let body = embed(&imported.draft.body, &links);
    // Links are longer here. Words come before links: where both do not fit, the body stays as it was, and the media hang on it.
    if body.chars().count() <= limits::BODY_CHARACTERS_MAX {
        imported.draft.body = body;
    }
    Ok(())
}

/// Keeps one photo or recording; none where it cannot be had.
fn take(journal: &Journal, shelf: &mut Shelf, media: &Media, keep: Keep) -> Result<Option<Attachment>, Error> {
    // Cleaning reads here and there, and a packed file can only be read from its beginning: so it is held, up to a bound.
    if media.bytes > limits::IMPORT_MEDIA_BYTES_MAX {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    if !shelf
        .open(media)
        .is_ok_and(|mut reader| reader.read_to_end(&mut bytes).is_ok())
    {
        return Ok(None);
    }
    let keeping = Keeping {
        // What the source only calls a file may look like more.
        kind: (media.kind != AttachmentKind::File).then_some(media.kind),
        original_name: media.original_name.clone(),
        made: media.made.clone(),
        alt_text: media.alt_text.clone(),
        strip_metadata: !(keep.location && keep.device),
    };
    match journal.attach_bytes(bytes, keeping).wait() {
        Ok(attachment) => Ok(Some(attachment)),
        Err(Error::Attachment(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Engine {
    /// Those of a batch that an import would add: not here, and not erased for good.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn new_of(&mut self, batch: Vec<Imported>) -> Result<Vec<Imported>, Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        let view = self.store.view();
        let mut new = Vec::with_capacity(batch.len());
        for imported in batch {
            let id = import_id(&slot_key, imported.source, &imported.source_id);
            if view.document_head(id)?.is_none() && !view.is_gone(id)? {
                new.push(imported);
            }
        }
        Ok(new)
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
            check_room(&entry)?;
            entries.push(entry);
        }
        self.commit(&[Change::Journal, Change::Sync], |tx| {
            let mut new = 0;
            for entry in &entries {
                let id = DocumentId::from(entry.id);
                // What was erased for good is not brought back by the file it once came from.
                if tx.document_head(id)?.is_none() && !tx.is_gone(id)? {
                    put_new(tx, entry)?;
                    new += 1;
                }
            }
            Ok(new)
        })
    }
}
