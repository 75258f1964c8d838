//! Attachments that are kept: reading them, their small pictures, and letting go of what nothing names.

use super::attaching::unknown_row;
use super::drafts::drafts;
use super::latch::Latch;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{AttachmentReader, Content, ContentHasher, SlotKey};
use crate::id::AttachmentId;
use crate::limits;
use crate::store::{AttachmentRow, Trouble, View};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// Attachments that are heard of in one transaction.
const HEARD_OF_COUNT: usize = 500;

/// Why an attachment could not be kept or read. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentError {
    /// What is to be attached cannot be read. The app or the person gave a file that is not there, or is nobody's to read.
    #[error("this file cannot be read")]
    Unreadable,
    /// It is longer than an attachment can be.
    #[error("an attachment holds at most 4 GiB")]
    TooLarge,
    /// Its name or its words are longer than an entry can carry.
    #[error("the words for an attachment, or its name, are too long")]
    TooManyWords,
    /// Somebody wrote to the file while it was read. Try again when it is finished.
    #[error("this file was changed while it was read")]
    Changed,
    /// A small picture is larger than one may be.
    #[error("a small picture holds at most 64 KiB")]
    ThumbnailTooLarge,
    /// More bytes than one call hands over, or a place before the beginning.
    #[error("one call hands over at most 4 MiB of an attachment")]
    ReadSize,
    /// The file it should be saved to is there already, or cannot be written.
    #[error("no file can be made there: the name is taken, or the folder is not there to write in")]
    Unwritable,
    /// It is on another device, or on its way. Ask for it and sync.
    #[error("this attachment is not on this device yet")]
    Elsewhere,
    /// Its sealed file does not open. The storage is at fault; sync brings it again where the relay has it.
    #[error("this attachment cannot be opened: its file on this device is damaged")]
    Damaged,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentState {
    /// All of them on this device.
    Here,
    /// Some of them on this device, in sealed bytes.
    Partly {
        /// On this device.
        have: u64,
        /// In all.
        total: u64,
    },
    /// On another device, or at the relay.
    Elsewhere,
}

/// The bytes of one attachment, to read and seek in. It has a file of its own open, and may be used on any thread. It is refused while
/// the vault is locked; the attachment's own key stays in memory until this is dropped.
pub struct OpenAttachment {
    reader: AttachmentReader<File>,
    latch: Option<Arc<Latch>>,
}

impl std::fmt::Debug for OpenAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenAttachment(…)")
    }
}

impl Read for OpenAttachment {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.latch.as_ref().is_some_and(|latch| latch.is_locked()) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.reader.read(buffer)
    }
}

impl Seek for OpenAttachment {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}

impl OpenAttachment {
    pub(super) const fn of(reader: AttachmentReader<File>, latch: Option<Arc<Latch>>) -> Self {
        Self { reader, latch }
    }

    /// At most `count` bytes from `offset` on; fewer at the end.
    ///
    /// # Errors
    /// [`AttachmentError::ReadSize`], [`AttachmentError::Damaged`].
    pub fn read_range(&mut self, offset: u64, count: usize) -> Result<Vec<u8>, Error> {
        if count > limits::ATTACHMENT_READ_BYTES_MAX {
            return Err(AttachmentError::ReadSize.into());
        }
        let mut bytes = Vec::new();
        self.seek(SeekFrom::Start(offset))
            .and_then(|_| self.take(count as u64).read_to_end(&mut bytes))
            .map_err(damaged)?;
        Ok(bytes)
    }

    /// Writes all of it, and makes sure that it was all of it.
    ///
    /// # Errors
    /// [`AttachmentError::Damaged`] where a byte is not what it was, [`AttachmentError::Unwritable`].
    pub fn copy_to(&mut self, target: &mut dyn Write) -> Result<(), Error> {
        self.seek(SeekFrom::Start(0)).map_err(damaged)?;
        let mut hasher = ContentHasher::default();
        let mut buffer = vec![0; crate::crypto::ATTACHMENT_CHUNK_BYTES];
        loop {
            let count = self.read(&mut buffer).map_err(damaged)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            target.write_all(&buffer[..count]).map_err(unwritable)?;
        }
        if hasher.content() == self.reader.content() {
            target.flush().map_err(unwritable)
        } else {
            Err(AttachmentError::Damaged.into())
        }
    }
}

/// Where the bytes of an attachment are.
///
/// # Errors
/// [`Error::NotFound`] where nothing names it; [`Error::Store`].
pub(super) fn attachment_state(view: View<'_>, id: AttachmentId) -> Result<AttachmentState, Error> {
    match view.attachment(id)? {
        Some(row) if row.is_here() => Ok(AttachmentState::Here),
        Some(row) if row.have > 0 => Ok(AttachmentState::Partly {
            have: row.have,
            total: row.sealed_bytes,
        }),
        Some(_) => Ok(AttachmentState::Elsewhere),
        None if view.is_named(id)? => Ok(AttachmentState::Elsewhere),
        None => Err(Error::NotFound),
    }
}

impl Engine {
    /// Opens an attachment.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`AttachmentError::Elsewhere`], [`AttachmentError::Damaged`], [`Error::Store`].
    pub fn open_attachment(&self, id: AttachmentId) -> Result<OpenAttachment, Error> {
        if attachment_state(self.store.view(), id)? != AttachmentState::Here {
            return Err(AttachmentError::Elsewhere.into());
        }
        let row = self.store.view().attachment(id)?.ok_or(Error::NotFound)?;
        let content = content_of(&row);
        let key = content.key(&self.slot_key(self.identity.home)?);
        let file = self
            .attachment_files()
            .open(&row.blob)?
            .ok_or(AttachmentError::Damaged)?;
        Ok(OpenAttachment {
            reader: AttachmentReader::new(file, content, &key).map_err(damaged)?,
            latch: self.latch.clone(),
        })
    }

    /// Where the bytes of an attachment are.
    ///
    /// # Errors
    /// [`Error::NotFound`] where nothing names it; [`Error::Store`].
    pub fn attachment_state(&self, id: AttachmentId) -> Result<AttachmentState, Error> {
        attachment_state(self.store.view(), id)
    }

    /// Keeps a small picture of an attachment, which the app made, or takes it away. It stays on this device.
    ///
    /// # Errors
    /// [`AttachmentError::ThumbnailTooLarge`], [`Error::NotFound`], [`Error::Store`].
    pub fn set_thumbnail(&mut self, id: AttachmentId, thumbnail: Option<&[u8]>) -> Result<(), Error> {
        if thumbnail.is_some_and(|bytes| bytes.len() > limits::THUMBNAIL_BYTES_MAX) {
            return Err(AttachmentError::ThumbnailTooLarge.into());
        }
        self.hear_of_attachments()?;
        let is_known = self.commit(&[Change::Attachments], |tx| Ok(tx.set_thumbnail(id, thumbnail)?))?;
        if is_known { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Takes note of attachments that arrived by name, so that their sizes are known and they can be fetched.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn hear_of_attachments(&mut self) -> Result<(), Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        let flat = self.store.view().flat_attachments_unheard()?.into_iter();
        let rows = flat.filter_map(|(id, sha256, bytes)| self.heard_of(&slot_key, id, Content { sha256, bytes }));
        self.put_attachments(&rows.collect::<Vec<_>>())?;
        let mut after = AttachmentId::from_bytes([0; 16]);
        loop {
            let named = self.store.view().named_attachments(after, HEARD_OF_COUNT)?;
            let Some(last) = named.last() else { return Ok(()) };
            after = last.id;
            let mut rows = Vec::with_capacity(named.len());
            for one in named {
                let Some(entry) = self.store.view().entry(one.entry)? else {
                    continue;
                };
                let found = entry.attachments.iter().find(|attachment| attachment.id == one.id);
                let content = found.map(|attachment| Content {
                    sha256: attachment.sha256,
                    bytes: attachment.bytes,
                });
                rows.extend(content.and_then(|content| self.heard_of(&slot_key, one.id, content)));
            }
            self.put_attachments(&rows)?;
        }
    }

    /// The row of an attachment that something names and of which nothing is here. A name that does not follow from the bytes is nothing
    /// that could ever be fetched or opened.
    fn heard_of(&self, slot_key: &SlotKey, id: AttachmentId, content: Content) -> Option<AttachmentRow> {
        let is_possible = content.bytes <= limits::ATTACHMENT_BYTES_MAX && content.id(slot_key) == id;
        is_possible.then(|| {
            let row = unknown_row(content, id, content.blob(slot_key));
            // After a backup was put back the file may be here and the row not: a name is given to whole files alone.
            let is_here = self.attachment_files().length(&row.blob) == Ok(Some(row.sealed_bytes));
            AttachmentRow {
                kept: self.now(),
                have: if is_here { row.sealed_bytes } else { row.have },
                ..row
            }
        })
    }

    fn put_attachments(&mut self, rows: &[AttachmentRow]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        self.commit(&[Change::Attachments], |tx| {
            rows.iter()
                .try_for_each(|row| tx.put_attachment(row))
                .map_err(Error::from)
        })
    }

    /// What drafts name.
    fn named_by_drafts(&self) -> Result<BTreeSet<AttachmentId>, Error> {
        let drafted = drafts(self.store.view())?
            .into_iter()
            .flat_map(|kept| kept.draft.attachments);
        Ok(drafted.map(|attachment| attachment.id).collect())
    }

    /// Lets go of these attachments where nothing names them any more: their rows, small pictures and files. To be called when an
    /// entry that named them was erased. What was attached just now, and not named yet, stays.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn forget_attachments_if_unused(&mut self, ids: &[AttachmentId]) -> Result<(), Error> {
        let mut unpinned = Vec::with_capacity(ids.len());
        for id in ids {
            if !self.store.view().is_pinned(*id)? {
                unpinned.push(*id);
            }
        }
        self.forget_attachments(&unpinned)
    }

    fn forget_attachments(&mut self, ids: &[AttachmentId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let drafted = self.named_by_drafts()?;
        let mut gone = Vec::new();
        for id in ids {
            if !drafted.contains(id)
                && !self.store.view().is_named(*id)?
                && let Some(row) = self.store.view().attachment(*id)?
            {
                gone.push(row);
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        self.commit(&[Change::Attachments], |tx| {
            gone.iter()
                .try_for_each(|row| tx.remove_attachment(row.id))
                .map_err(Error::from)
        })?;
        // A crash in between leaves files that nothing names; the sweep takes them.
        let files = self.attachment_files();
        gone.iter().try_for_each(|row| files.remove(&row.blob))?;
        Ok(())
    }

    /// Notes what nothing names, and lets go of files that nothing knows. Where there is no relay, it lets go of what was unnamed for
    /// [`limits::ATTACHMENT_GRACE_MS`] too; where there is one, a round of sync does, when it has read what other devices said: one of
    /// them may name what only this device has.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sweep_attachments(&mut self) -> Result<(), Error> {
        if self.home()?.origin.is_empty() {
            self.let_go_of_unnamed()?;
        } else {
            self.note_unnamed()?;
        }
        if self.is_renewing()? {
            // Put back, it may not have heard yet of what belongs to these files.
            return Ok(());
        }
        let mut known = self.store.view().blobs()?;
        known.extend(self.shown_blobs()?);
        self.attachment_files().sweep(&known, &self.sealing)?;
        Ok(())
    }

    fn note_unnamed(&mut self) -> Result<(), Error> {
        let (drafted, now) = (self.named_by_drafts()?, self.now());
        self.store.write(|tx| Ok(tx.note_unnamed(&drafted, now)?))
    }

    /// Lets go of what sweeps have found unnamed for [`limits::ATTACHMENT_GRACE_MS`]. Until then whoever goes back to what an entry said
    /// before finds its photos there.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn let_go_of_unnamed(&mut self) -> Result<(), Error> {
        self.note_unnamed()?;
        let before = Timestamp(self.now().0.saturating_sub(limits::ATTACHMENT_GRACE_MS));
        let unnamed = self.store.view().unnamed_attachments(before)?;
        self.forget_attachments(&unnamed)
    }

    /// Looks whether every attachment that should be here is, as far as its length tells; one that is not is to be fetched again.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn examine_attachments(&mut self) -> Result<(), Error> {
        let (files, mut lost) = (self.attachment_files(), Vec::new());
        for row in self.store.view().attachments_here()? {
            let length = if row.is_here() {
                files.length(&row.blob)?
            } else {
                files.part_length(&row.blob)?.map(|length| length.min(row.have))
            };
            if length != Some(row.have) {
                lost.push(AttachmentRow {
                    have: 0,
                    trouble: Trouble::Lost,
                    ..row
                });
            }
        }
        self.put_attachments(&lost)
    }
}

impl Engine {
    /// The file of this attachment did not open. Where the relay has it, it is to be fetched again; where not, what still opens
    /// stays to be read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn attachment_did_not_open(&mut self, id: AttachmentId) -> Result<(), Error> {
        let Some(row) = self.store.view().attachment(id)? else {
            return Ok(());
        };
        let is_at_relay = row.sent == row.sealed_bytes;
        let row = AttachmentRow {
            have: if is_at_relay { 0 } else { row.have },
            trouble: Trouble::Lost,
            ..row
        };
        self.commit(&[Change::Attachments], |tx| Ok(tx.put_attachment(&row)?))
    }
}

pub(super) const fn content_of(row: &AttachmentRow) -> Content {
    Content {
        sha256: row.sha256,
        bytes: row.bytes,
    }
}

pub(super) fn damaged(error: io::Error) -> Error {
    // A file that is open is not refused by the system: the vault was locked.
    if error.kind() == io::ErrorKind::PermissionDenied {
        return Error::Locked;
    }
    tracing::debug!(kind = ?error.kind(), "an attachment could not be read");
    AttachmentError::Damaged.into()
}

pub(super) fn unwritable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => crate::store::StoreError::Full.into(),
        _ => AttachmentError::Unwritable.into(),
    }
}
