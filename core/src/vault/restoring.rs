//! An archive of our own, in again: with its own ids and moments, beside what is here, which stays as it is.

use super::exporting::{TellHowFar, on_its_own};
use super::facade::Journal;
use super::profile::profile_document;
use super::reply::Reply;
use super::{Change, Engine, Error};
use crate::exchange::{Archive, FlatDocument, ImportError};
use crate::id::DocumentId;
use crate::journal::Entry;
use crate::profile::additions;
use crate::record::{self, Kind};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Entries that become durable together.
const BATCH: usize = 200;

/// What came in of an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Entries that are new here.
    pub added: u64,
    /// Entries that were here already, and stayed as they were.
    pub known: u64,
    /// Attachments of the archive that were not taken in.
    pub attachments_left_out: u64,
}

impl Journal {
    /// Takes in an archive of our own, with its passphrase where it is sealed. It is read through before anything is changed;
    /// entries keep their ids, moments, marks and place in the trash, and what is here already stays as it is. Doing it twice is
    /// doing it once, and one that was broken off goes on.
    ///
    /// `told` hears how far it has come, in entries kept and entries in all.
    pub fn restore_archive(
        &self,
        path: PathBuf,
        passphrase: Option<Zeroizing<String>>,
        told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Reply<Restored> {
        let (vault, told): (_, TellHowFar) = (self.0.clone(), Box::new(told));
        on_its_own("cairn-restore", move || {
            let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
            let mut archive = Archive::open(&path, passphrase)?;
            let mut told = told;
            let total = archive.preview().entries;
            let mut restored = Restored {
                attachments_left_out: archive.preview().attachments as u64,
                ..Restored::default()
            };
            let mut done = 0;
            told(0, total);
            let mut entries = archive.entries();
            loop {
                let batch = entries.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
                if batch.is_empty() {
                    break;
                }
                let count = batch.len();
                let added = vault.ask(move |engine| engine.restore_entries(batch)).wait()?;
                restored.added += added;
                restored.known += (count as u64).saturating_sub(added);
                done += count;
                told(done, total);
            }
            for document in archive.documents()? {
                vault.ask(move |engine| engine.restore_document(&document)).wait()?;
            }
            Ok(restored)
        })
    }
}

impl Engine {
    /// Keeps entries of an archive as they are, in one transaction. One that is here already stays as it is. Answers how many are
    /// new.
    ///
    /// An entry's document begins anew here, so that it names no edition before it.
    ///
    /// # Errors
    /// [`Error::Import`] when one is not an entry that this software could have written, and then none is kept; [`Error::Store`].
    pub fn restore_entries(&mut self, mut batch: Vec<Entry>) -> Result<u64, Error> {
        for entry in &mut batch {
            entry.earlier = None;
            // Through the bytes once: whatever does not come back is not what a device of this person could have sent.
            let bytes = record::encode_entry(entry);
            let comes_back = record::decode_entry(entry.id.into(), &bytes).is_ok_and(|read| read == *entry);
            if !comes_back || !record::fits(&bytes, None) {
                return Err(ImportError::Damaged.into());
            }
        }
        self.commit(&[Change::Journal, Change::Sync], |tx| {
            let mut added = 0;
            for entry in &batch {
                if tx.document_head(DocumentId::from(entry.id))?.is_none() {
                    super::entries::put_new(tx, entry)?;
                    added += 1;
                }
            }
            Ok(added)
        })
    }

    /// Brings in what a flat document of an archive has and this vault has not. One of a kind that this version does not know is
    /// left where it is.
    ///
    /// # Errors
    /// [`Error::HistoryFull`] when both together are more than one document holds, [`Error::ReadOnly`], [`Error::Store`].
    pub fn restore_document(&mut self, document: &FlatDocument) -> Result<(), Error> {
        let (id, kind) = match document.name.as_str() {
            FlatDocument::PROFILE => (profile_document(self)?, Kind::Profile),
            _ => return Ok(()),
        };
        let changes = additions(&self.fields(id)?, &document.fields);
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(id, kind, &changes)
    }
}
