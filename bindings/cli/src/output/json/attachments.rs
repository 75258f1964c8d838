//! Attachments in `--json`.

use super::MomentValue;
use cairn_core::journal::Attachment;
use cairn_core::vault::AttachmentProgress;
use data_encoding::HEXLOWER;
use serde::Serialize;

/// An attachment of an entry.
#[derive(Debug, Serialize)]
pub(crate) struct AttachmentValue {
    id: String,
    /// `photo`, `audio`, `video`, `drawing`, `file`.
    kind: &'static str,
    media_type: String,
    sha256: String,
    bytes: u64,
    original_name: String,
    made: Option<MomentValue>,
    /// Pixels; 0 where it is not known.
    width: u32,
    /// See `width`.
    height: u32,
    /// 0 where it is not known.
    duration_ms: u64,
    alt_text: String,
    transcript: String,
}

/// What is still to be carried between devices.
#[derive(Debug, Serialize)]
pub(crate) struct AttachmentsValue {
    /// `small`, `always`, `later`, `on-demand`.
    carry: &'static str,
    to_send: u64,
    /// Sealed bytes.
    to_send_bytes: u64,
    to_fetch: u64,
    /// Sealed bytes.
    to_fetch_bytes: u64,
    /// The relay has no room left for some of it.
    relay_is_full: bool,
}

impl From<&Attachment> for AttachmentValue {
    fn from(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            kind: attachment.kind.code(),
            media_type: attachment.media_type.clone(),
            sha256: HEXLOWER.encode(&attachment.sha256),
            bytes: attachment.bytes,
            original_name: attachment.original_name.clone(),
            made: attachment.made.as_ref().map(MomentValue::from),
            width: attachment.width,
            height: attachment.height,
            duration_ms: attachment.duration_ms,
            alt_text: attachment.alt_text.clone(),
            transcript: attachment.transcript.clone(),
        }
    }
}

impl AttachmentsValue {
    pub(crate) const fn new(carry: &'static str, progress: &AttachmentProgress) -> Self {
        Self {
            carry,
            to_send: progress.up.count,
            to_send_bytes: progress.up.bytes,
            to_fetch: progress.down.count,
            to_fetch_bytes: progress.down.bytes,
            relay_is_full: progress.relay_is_full,
        }
    }
}
