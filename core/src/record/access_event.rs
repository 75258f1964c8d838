//! What a specialist's app tells of a share, as canonical CBOR: `{0 what, 1 share, 2 at ms}`; what: 0 opened, 1 purged.
//!
//! Its record's document is named by the first 16 bytes of BLAKE3 in its key derivation mode, context `cairn access event 1`, over `share || what`, so
//! that each is told once, by whichever of their devices was first. Something else that a newer version tells is [`RecordError::TooNew`].

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::view::pass_over;
use crate::clock::Timestamp;
use crate::id::{DocumentId, ShareId};
use crate::support::{AccessEvent, AccessKind};

/// Writes an access event.
pub fn encode_access_event(event: &AccessEvent) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(3);
    writer.uint(0);
    writer.uint(event.kind.number().into());
    writer.uint(1);
    writer.bytes(event.share.as_bytes());
    writer.uint(2);
    writer.int(event.at.0);
    writer.into_bytes()
}

/// Reads an access event.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_access_event`] does not write, but for keys that may be passed over.
pub fn decode_access_event(bytes: &[u8]) -> Result<AccessEvent, RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut kind, mut share, mut at) = (None, None, None);
    reader.numbered_map(|key, value| {
        match key {
            0 => kind = Some(AccessKind::from_number(value.uint()?).ok_or(RecordError::TooNew)?),
            1 => share = Some(ShareId::from_bytes(value.exact()?)),
            2 => at = Some(Timestamp(value.int()?)),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    match (kind, share, at) {
        (Some(kind), Some(share), Some(at)) => Ok(AccessEvent { kind, share, at }),
        _ => Err(RecordError::Malformed),
    }
}

/// The name of the document in which this is told of a share.
pub fn access_event_document(share: ShareId, kind: AccessKind) -> DocumentId {
    let mut name = [0; 16];
    let mut hasher = blake3::Hasher::new_derive_key("cairn access event 1");
    hasher.update(share.as_bytes()).update(&[kind.number()]);
    hasher.finalize_xof().fill(&mut name);
    DocumentId::from_bytes(name)
}
