//! What hangs on an entry beside its words: photos, sound, video, drawings, files.
//!
//! An entry names its attachments and says what they are; their bytes lie sealed elsewhere and may arrive later.

use crate::id::AttachmentId;
use crate::limits;
use crate::moment::Moment;
use std::fmt;

/// What an attachment is to the person. Media types say it to machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AttachmentKind {
    /// A picture that was taken.
    Photo = 1,
    /// A sound.
    Audio = 2,
    /// Moving pictures.
    Video = 3,
    /// A picture that was drawn.
    Drawing = 4,
    /// Anything else.
    File = 5,
}

impl AttachmentKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Photo, Self::Audio, Self::Video, Self::Drawing, Self::File];

    /// The kind with this number, if this version knows it.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| u64::from(*kind as u8) == number)
    }

    /// The word it is written with in files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Drawing => "drawing",
            Self::File => "file",
        }
    }

    /// The kind written with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One attachment of one entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name. It follows from the bytes and a key of the person's own, so that the same bytes are one attachment.
    pub id: AttachmentId,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its media type (RFC 6838), `image/jpeg`.
    pub media_type: String,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// How many bytes it has.
    pub bytes: u64,
    /// The name of the file it came from; empty when there was none.
    pub original_name: String,
    /// When it was made, if that is known.
    pub made: Option<Moment>,
    /// Width in pixels; 0 where it is not known.
    pub width: u32,
    /// Height in pixels; 0 where it is not known.
    pub height: u32,
    /// How long it plays, in milliseconds; 0 where it does not or that is not known.
    pub duration_ms: u64,
    /// What it shows, in words, for whoever does not see it.
    pub alt_text: String,
    /// What is said in it, in words.
    pub transcript: String,
}

impl Attachment {
    /// Whether it keeps every bound.
    pub fn fits(&self) -> bool {
        let name = |text: &str| !super::entry::longer(text, limits::TITLE_CHARACTERS_MAX);
        self.bytes <= limits::ATTACHMENT_BYTES_MAX
            && name(&self.media_type)
            && name(&self.original_name)
            && !super::entry::longer(&self.alt_text, limits::ALT_CHARACTERS_MAX)
            && !super::entry::longer(&self.transcript, limits::TRANSCRIPT_CHARACTERS_MAX)
            && self.made.as_ref().is_none_or(Moment::is_possible)
    }
}

/// Shows no words.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
