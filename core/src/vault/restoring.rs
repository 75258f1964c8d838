//! An archive of our own, in again: with its own ids and moments, beside what is here, which stays as it is.

use super::exporting::{TellHowFar, on_its_own};
use super::facade::Journal;
use super::reply::Reply;
use super::restoring_people::restore_people;
use super::{Change, Engine, Error, Vault};
use crate::crypto::{Content, SlotKey};
use crate::exchange::{Archive, FlatDocument, ImportError};
use crate::id::{AttachmentId, DocumentId};
use crate::journal::{Attachment, Entry};
use crate::limits;
use crate::profile::{additions, with_other_names};
use crate::record::{self, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
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
    /// Attachments that entries name and whose bytes the archive does not hold: they were not on the device that wrote it.
    pub attachments_left_out: u64,
    /// Whether anything that was between people is new here, to be read.
    pub brought_people: bool,
}

impl Journal {
    /// Takes in an archive of our own, with its passphrase where it is sealed. It is read through before anything is changed;
    /// entries keep their ids, moments, marks and place in the trash, and what is here already stays as it is. Doing it twice is
    /// doing it once, and one that was broken off goes on. What was between people comes in to be read, and nothing of it goes on.
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
            let mut restored = Restored::default();
            let mut named: BTreeMap<[u8; 32], Attachment> = BTreeMap::new();
            let mut done = 0;
            told(0, total);
            let mut entries = archive.entries();
            loop {
                let batch = entries.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
                if batch.is_empty() {
                    break;
                }
                let count = batch.len();
                for attachment in batch.iter().flat_map(|entry| &entry.attachments) {
                    named
                        .entry(attachment.sha256)
                        .or_insert_with(|| without_words(attachment));
                }
                let added = vault.ask(move |engine| engine.restore_entries(batch)).wait()?;
                restored.added += added;
                restored.known += (count as u64).saturating_sub(added);
                done += count;
                told(done, total);
            }
            let documents = archive.documents()?;
            for attachment in documents.iter().flat_map(FlatDocument::attachments) {
                named.entry(attachment.sha256).or_insert(attachment);
            }
            for attachment in named.values() {
                let is_there = restore_attachment(&vault, &mut archive, attachment)?;
                restored.attachments_left_out += u64::from(!is_there);
            }
            for document in documents {
                vault.ask(move |engine| engine.restore_document(&document)).wait()?;
            }
            restored.brought_people = restore_people(&vault, &mut archive)?;
            Ok(restored)
        })
    }
}

/// What it takes to find an attachment's bytes in an archive.
fn without_words(attachment: &Attachment) -> Attachment {
    Attachment {
        alt_text: String::new(),
        transcript: String::new(),
        ..attachment.clone()
    }
}

/// Pieces of an attachment that wait between the archive and its sealed file.
const PIECES: usize = 4;

/// Reads pieces that another thread sends, until it hangs up.
struct Pieces {
    from: Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
}

impl Pieces {
    fn of(from: Receiver<Vec<u8>>) -> Self {
        let piece = io::Cursor::default();
        Self { from, piece }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.from.recv() {
                Ok(piece) => self.piece = io::Cursor::new(piece),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// Takes in the bytes of an attachment; false where the archive does not hold them. They pass from the archive into their sealed
/// file, a piece at a time.
fn restore_attachment(vault: &Vault, archive: &mut Archive, attachment: &Attachment) -> Result<bool, Error> {
    let content = Content {
        sha256: attachment.sha256,
        bytes: attachment.bytes,
    };
    if content.bytes > limits::ATTACHMENT_BYTES_MAX {
        return Ok(false);
    }
    let Some(sealing) = vault.ask(move |engine| engine.begin_content(content)).wait()? else {
        return Ok(true);
    };
    // No pipe of the system's: a reader that ends early would end the app by a signal.
    let (into, from) = sync_channel(PIECES);
    let mut pieces = Pieces::of(from);
    let (found, sealed) = thread::scope(|scope| {
        let sealed = scope.spawn(move || sealing.seal_from(&mut pieces, content));
        let found = archive.attachment(attachment, &mut |piece| {
            // Whoever reads has ended early, and says why itself.
            into.send(piece.to_vec()).map_err(|_| ImportError::Changed)
        });
        drop(into);
        (found, sealed.join().unwrap_or(Err(Error::Internal)))
    });
    if !found? {
        return Ok(false);
    }
    let sealed = sealed?;
    vault
        .ask(move |engine| engine.finish_content(content, Some(sealed)))
        .wait()?;
    Ok(true)
}

/// Names the attachments of an entry as this vault names them: a name follows from the bytes and a key of the vault's own.
fn rename_attachments(entry: &mut Entry, slot_key: &SlotKey) {
    let mut seen = BTreeSet::new();
    for attachment in &mut entry.attachments {
        let content = Content {
            sha256: attachment.sha256,
            bytes: attachment.bytes,
        };
        let id = content.id(slot_key);
        if id != attachment.id {
            let link = |id: AttachmentId| format!("attachment:{id}");
            entry.body = entry.body.replace(&link(attachment.id), &link(id));
            attachment.id = id;
        }
    }
    entry.attachments.retain(|attachment| seen.insert(attachment.id));
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
        let slot_key = self.slot_key(self.identity.home)?;
        for entry in &mut batch {
            entry.earlier = None;
            rename_attachments(entry, &slot_key);
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
                let id = DocumentId::from(entry.id);
                // What was erased for good is not brought back.
                if tx.document_head(id)?.is_none() && !tx.is_gone(id)? {
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
        let slot_key = self.slot_key(self.identity.home)?;
        let fields = with_other_names(&document.fields, |content| {
            let (sha256, bytes) = (content.sha256, content.bytes);
            Content { sha256, bytes }.id(&slot_key)
        });
        let (id, kind) = match document.name.as_str() {
            FlatDocument::PROFILE => return self.bring_in_preferences(&fields),
            FlatDocument::SETTINGS => (self.settings_document()?, Kind::Settings),
            FlatDocument::PLAN => (self.plan_document()?, Kind::Plan),
            _ => return Ok(()),
        };
        let changes = additions(&self.fields(id)?, &fields);
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(id, kind, &changes)
    }
}
