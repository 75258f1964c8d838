//! What a specialist gets to see of an attachment: a copy under a key of its own.

use crate::journal::AttachmentKind;
use crate::limits;
use crate::profile::longer;
use std::fmt;

/// One attachment of what is shown. The name of the file it came from and its name in the journal are no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownAttachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// Its media type (RFC 6838), `image/jpeg`.
    pub media_type: String,
    /// How many bytes the copy has.
    pub bytes: u64,
    /// SHA-256 of the bytes of the copy.
    pub sha256: [u8; 32],
    /// What the copy is sealed under. It is random, and stands here and with the participant's own devices alone.
    pub key: [u8; 32],
    /// Width in pixels; 0 where it is not known.
    pub width: u32,
    /// Height in pixels; 0 where it is not known.
    pub height: u32,
    /// How long it plays, in milliseconds; 0 where it does not or that is not known.
    pub duration_ms: u64,
    /// What it shows, in the participant's words; none where these are not shown, or there are none.
    pub caption: Option<String>,
}

impl ShownAttachment {
    /// Whether it keeps every bound.
    pub fn fits(&self) -> bool {
        let caption = self.caption.as_deref().unwrap_or("-");
        self.bytes <= limits::ATTACHMENT_BYTES_MAX
            && !self.media_type.is_empty()
            && !longer(&self.media_type, limits::TITLE_CHARACTERS_MAX)
            && !caption.is_empty()
            && !longer(caption, limits::ALT_CHARACTERS_MAX)
    }

    /// The same, without its caption.
    #[must_use]
    pub fn without_caption(&self) -> Self {
        Self {
            caption: None,
            ..self.clone()
        }
    }
}

/// Shows no words and no key.
impl fmt::Debug for ShownAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownAttachment")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// One attachment of a view as it is read.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedAttachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// Its media type.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Width in pixels; 0 where it is not known.
    pub width: u32,
    /// Height in pixels; 0 where it is not known.
    pub height: u32,
    /// How long it plays, in milliseconds; 0 where it does not or that is not known.
    pub duration_ms: u64,
    /// What it shows, in the participant's words, where these are shown.
    pub caption: Option<String>,
    /// Whether its bytes are on this device.
    pub is_here: bool,
}

/// Shows no words.
impl fmt::Debug for RenderedAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedAttachment")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl From<&ShownAttachment> for RenderedAttachment {
    fn from(shown: &ShownAttachment) -> Self {
        Self {
            kind: shown.kind,
            media_type: shown.media_type.clone(),
            bytes: shown.bytes,
            width: shown.width,
            height: shown.height,
            duration_ms: shown.duration_ms,
            caption: shown.caption.clone(),
            is_here: false,
        }
    }
}
