//! Keeping an attachment: looked at, digested, sealed, and only then said to be here.
//!
//! The name and the key of an attachment follow from its bytes, so its source is read twice. Both readings, which take as long as
//! the source is long, need no engine: [`Prepared::of`] and [`Sealing::seal`] may run on any thread, with short visits to the engine
//! between and after them. Nothing plain is ever written, not even for a moment.

use super::attachments::AttachmentError;
use super::{Change, Engine, Error};
use crate::crypto::{AttachmentKey, Content, ContentHasher, SealingReader};
use crate::id::{AttachmentId, random_bytes};
use crate::journal::{Attachment, AttachmentKind};
use crate::limits;
use crate::media::{self, Look, Pieces, ReadSeek};
use crate::moment::Moment;
use crate::store::{AttachmentFiles, AttachmentRow, NewFile, Trouble};
use cairn_wire::BlobId;
use std::io::{self, Read, Seek as _, SeekFrom};

/// Bytes written at once.
const COPY_BYTES: usize = 64 * 1024;

/// What a person says of something they attach.
#[derive(Clone, PartialEq, Eq)]
pub struct Keeping {
    /// What it is to them; none goes by what it looks like.
    pub kind: Option<AttachmentKind>,
    /// The name of the file it came from; empty when there was none.
    pub original_name: String,
    /// When it was made, if that is known.
    pub made: Option<Moment>,
    /// What it shows, in words.
    pub alt_text: String,
    /// Whether what the file says of where and with what it was made is left out.
    pub strip_metadata: bool,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            kind: None,
            original_name: String::new(),
            made: None,
            alt_text: String::new(),
            strip_metadata: true,
        }
    }
}

/// Shows no words.
impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeping")
            .field("kind", &self.kind)
            .field("strip_metadata", &self.strip_metadata)
            .finish_non_exhaustive()
    }
}

/// A source that was looked at and digested.
#[derive(Debug)]
pub struct Prepared {
    keeping: Keeping,
    look: Look,
    pieces: Pieces,
    content: Content,
}

impl Prepared {
    /// Reads `source` once.
    ///
    /// # Errors
    /// [`AttachmentError::Unreadable`], [`AttachmentError::TooLarge`], [`AttachmentError::TooManyWords`].
    pub fn of(source: Box<dyn ReadSeek>, keeping: Keeping) -> Result<Self, Error> {
        let (look, mut pieces) = media::look(source, keeping.strip_metadata).map_err(unreadable)?;
        if pieces.length() > limits::ATTACHMENT_BYTES_MAX {
            return Err(AttachmentError::TooLarge.into());
        }
        pieces.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let content = Content::of(&mut pieces).map_err(unreadable)?;
        Ok(Self {
            keeping,
            look,
            pieces,
            content,
        })
    }

    /// What its bytes are.
    pub const fn content(&self) -> &Content {
        &self.content
    }
}

/// A place for a sealed file, and what it takes to seal one.
#[derive(Debug)]
pub struct Sealing {
    file: NewFile,
    key: AttachmentKey,
    number: u64,
}

/// A sealed file that is durable and has no name yet.
#[derive(Debug)]
pub struct SealedAttachment {
    file: NewFile,
    number: u64,
}

impl Sealing {
    /// Reads the source a second time and seals it.
    ///
    /// # Errors
    /// [`AttachmentError::Unreadable`]; [`AttachmentError::Changed`] where the source is not what it was; [`Error::Store`].
    pub fn seal(self, prepared: &mut Prepared) -> Result<SealedAttachment, Error> {
        prepared.pieces.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        self.seal_from(&mut prepared.pieces, prepared.content)
    }

    /// Seals bytes whose digest is known already, read once.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub(super) fn seal_from(mut self, source: &mut dyn Read, content: Content) -> Result<SealedAttachment, Error> {
        let mut noting = Noting {
            source,
            hasher: ContentHasher::default(),
        };
        let mut sealed = SealingReader::new(&mut noting, content, &self.key);
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            match sealed.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => self.file.write(&buffer[..count])?,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(AttachmentError::Changed.into());
                }
                Err(error) => return Err(unreadable(error)),
            }
        }
        if noting.hasher.content() != content {
            return Err(AttachmentError::Changed.into());
        }
        self.file.settle()?;
        Ok(SealedAttachment {
            file: self.file,
            number: self.number,
        })
    }
}

/// Digests what passes.
struct Noting<'a> {
    source: &'a mut dyn Read,
    hasher: ContentHasher,
}

impl Read for Noting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl Engine {
    /// Keeps an attachment. When this returns, it survives a loss of power, and belongs into the `attachments` of a draft. The same
    /// bytes are the same attachment. It is the whole way at once; [`Self::begin_attachment`] and [`Self::finish_attachment`] are its
    /// ends.
    ///
    /// # Errors
    /// [`Error::Attachment`], [`Error::Store`].
    pub fn keep_attachment(&mut self, source: Box<dyn ReadSeek>, keeping: Keeping) -> Result<Attachment, Error> {
        let mut prepared = Prepared::of(source, keeping)?;
        loop {
            let sealing = self.begin_attachment(&prepared)?;
            let sealed = sealing.map(|sealing| sealing.seal(&mut prepared)).transpose()?;
            if let Some(attachment) = self.finish_attachment(&prepared, sealed)? {
                return Ok(attachment);
            }
        }
    }

    /// Makes a place for the sealed bytes; none where they are here already.
    ///
    /// # Errors
    /// [`AttachmentError::TooManyWords`]; [`Error::Store`].
    pub fn begin_attachment(&mut self, prepared: &Prepared) -> Result<Option<Sealing>, Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        if !as_attachment(prepared, prepared.content.id(&slot_key)).fits() {
            return Err(AttachmentError::TooManyWords.into());
        }
        self.begin_content(prepared.content)
    }

    /// As [`Self::begin_attachment`], for bytes whose digest is known.
    pub(super) fn begin_content(&mut self, content: Content) -> Result<Option<Sealing>, Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        let (files, blob) = (self.store.attachment_files(), content.blob(&slot_key));
        let id = content.id(&slot_key);
        let known = self.store.view().attachment(id)?;
        // A file that did not open is made anew while there is something to make it of.
        let is_sound = known.is_some_and(|row| row.is_sound());
        if is_sound && files.length(&blob)? == Some(content.sealed_bytes()) {
            // From here on nothing takes it away before it is named, nor an erasing that is under way.
            self.commit(&[], |tx| Ok(tx.pin_attachment(id)?))?;
            return Ok(None);
        }
        let number = u64::from_le_bytes(random_bytes(self.entropy.as_mut()));
        let file = files.begin(blob, number)?;
        self.sealing.insert(number);
        Ok(Some(Sealing {
            file,
            key: content.key(&slot_key),
            number,
        }))
    }

    /// Says that an attachment is here. `sealed` is none where it was before; where it is no more, the answer is none too, and it has to
    /// be begun and sealed again. What was sealed is always here.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn finish_attachment(
        &mut self,
        prepared: &Prepared,
        sealed: Option<SealedAttachment>,
    ) -> Result<Option<Attachment>, Error> {
        let id = self.finish_content(prepared.content, sealed)?;
        Ok(id.map(|id| as_attachment(prepared, id)))
    }

    /// As [`Self::finish_attachment`], for bytes whose digest was known; answers their name.
    pub(super) fn finish_content(
        &mut self,
        content: Content,
        sealed: Option<SealedAttachment>,
    ) -> Result<Option<AttachmentId>, Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        let id = content.id(&slot_key);
        let known = self.store.view().attachment(id)?;
        let is_new = sealed.is_some();
        let files = self.store.attachment_files();
        if let Some(sealed) = sealed {
            self.sealing.remove(&sealed.number);
            files.keep(sealed.file)?;
        } else if !known.is_some_and(|row| row.is_sound())
            || files.length(&content.blob(&slot_key))? != Some(content.sealed_bytes())
        {
            return Ok(None);
        }
        let row = AttachmentRow {
            have: content.sealed_bytes(),
            kept: self.now(),
            trouble: Trouble::None,
            ..known.unwrap_or_else(|| unknown_row(content, id, content.blob(&slot_key)))
        };
        self.commit(&[Change::Attachments], |tx| {
            tx.put_attachment(&row)?;
            if is_new {
                // While it was not here, the relay may have been asked in vain.
                tx.doubt_holds_of(id)?;
            }
            Ok(tx.pin_attachment(id)?)
        })?;
        Ok(Some(id))
    }

    pub(super) fn attachment_files(&self) -> AttachmentFiles {
        self.store.attachment_files()
    }
}

/// An attachment of which nothing is here yet.
pub(super) fn unknown_row(content: Content, id: AttachmentId, blob: BlobId) -> AttachmentRow {
    AttachmentRow {
        id,
        blob,
        sha256: content.sha256,
        bytes: content.bytes,
        sealed_bytes: content.sealed_bytes(),
        have: 0,
        sent: 0,
        wanted: false,
        kept: crate::clock::Timestamp(0),
        trouble: Trouble::None,
    }
}

fn as_attachment(prepared: &Prepared, id: AttachmentId) -> Attachment {
    let (look, keeping) = (&prepared.look, &prepared.keeping);
    Attachment {
        id,
        kind: keeping.kind.unwrap_or(look.kind),
        media_type: look.media_type.clone(),
        sha256: prepared.content.sha256,
        bytes: prepared.content.bytes,
        original_name: keeping.original_name.clone(),
        made: keeping.made.clone(),
        width: look.width,
        height: look.height,
        duration_ms: look.duration_ms,
        alt_text: keeping.alt_text.clone(),
        transcript: String::new(),
    }
}

fn unreadable(error: io::Error) -> Error {
    tracing::debug!(kind = ?error.kind(), "a source could not be read");
    AttachmentError::Unreadable.into()
}
