//! The walk over the entries of an export.

use super::{ExportOptions, Exported, Outgoing, PAGE, Told};
use crate::exchange::ExportError;
use crate::id::EntryId;
use crate::journal::{Attachment, Entry};
use std::io::Read;

/// Goes over the entries that were there when it began, and remembers what came of them.
pub(in crate::exchange) struct Walk<'a> {
    journal: &'a mut dyn Outgoing,
    told: &'a mut Told<'a>,
    ids: Vec<EntryId>,
    is_of_one: bool,
    trash: bool,
    attachments: bool,
    exported: Exported,
}

impl<'a> Walk<'a> {
    pub(super) fn begin(
        journal: &'a mut dyn Outgoing,
        options: &ExportOptions,
        told: &'a mut Told<'_>,
    ) -> Result<Self, ExportError> {
        let ids = match options.entry {
            Some(id) if journal.entries(&[id])?.is_empty() => return Err(ExportError::NoEntry),
            Some(id) => vec![id],
            None => journal.ids(options.trash)?,
        };
        Ok(Self {
            journal,
            told,
            ids,
            is_of_one: options.entry.is_some(),
            trash: options.trash || options.entry.is_some(),
            attachments: options.attachments,
            exported: Exported::default(),
        })
    }

    /// Where the entries come from.
    pub(in crate::exchange) fn journal(&mut self) -> &mut dyn Outgoing {
        self.journal
    }

    /// Whether this is an export of one entry.
    pub(in crate::exchange) const fn is_of_one(&self) -> bool {
        self.is_of_one
    }

    /// Hands every entry to `work`, oldest first, and tells how far it has come.
    pub(in crate::exchange) fn each(
        &mut self,
        mut work: impl FnMut(&mut Self, &Entry) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let ids = std::mem::take(&mut self.ids);
        self.exported.entries = 0;
        (self.told)(0, ids.len());
        for (page, chunk) in ids.chunks(PAGE).enumerate() {
            for entry in self.journal.entries(chunk)? {
                // It may have been moved to the trash since the walk began.
                if entry.trashed.is_none() || self.trash {
                    work(self, &entry)?;
                    self.exported.entries += 1;
                }
            }
            (self.told)((page * PAGE).saturating_add(chunk.len()), ids.len());
        }
        self.ids = ids;
        Ok(())
    }

    /// The bytes of an attachment; none where they are not here, or were not asked for.
    pub(in crate::exchange) fn open(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
        if !self.attachments {
            return Ok(None);
        }
        self.journal.open_attachment(attachment)
    }

    /// As [`Self::open`], for the eyes of others.
    pub(super) fn open_picture(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
        if !self.attachments {
            return Ok(None);
        }
        self.journal.open_picture(attachment)
    }

    /// An attachment was written.
    pub(in crate::exchange) const fn wrote_attachment(&mut self) {
        self.exported.attachments += 1;
    }

    /// An attachment was left where it is.
    pub(in crate::exchange) const fn left_attachment(&mut self) {
        self.exported.left_here += 1;
    }

    /// What was written.
    pub(super) const fn exported(&self) -> Exported {
        self.exported
    }
}
