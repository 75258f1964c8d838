//! Reading the inside of a record: bytes of a stranger until the signature is checked, so every length is bounded first.

use super::inside::{FRONT_BYTES_MIN, HEADS_MAX, PARENTS_MAX, SIGNATURE_BYTES, SUITE, digest};
use super::padded_length;
use super::{Inside, Kind, RecordError, content};
use crate::id::DocumentId;
use cairn_wire::{ChainHash, RecordHash, Seen};

/// A record that was read. Its signature is not checked here: this room knows no keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What it says.
    pub inside: Inside,
    /// What its author is to have signed; see [`super::signed_bytes`].
    pub digest: [u8; 32],
    /// The signature it carries.
    pub signature: [u8; SIGNATURE_BYTES],
}

/// Reads an opened record.
///
/// # Errors
/// [`RecordError::TooNew`] for a suite or a kind of a later version, [`RecordError::TooLarge`] beyond a bound, and
/// [`RecordError::Malformed`] or [`RecordError::NotCanonical`] for anything that a defect-free writer does not make.
pub fn parse(header: &[u8; 72], plaintext: &[u8]) -> Result<Parsed, RecordError> {
    if plaintext.first().is_some_and(|suite| *suite != SUITE) && !planted!(SuiteUnread) {
        return Err(RecordError::TooNew);
    }
    let mut bytes = Bytes {
        bytes: plaintext,
        at: 1,
    };
    // The kind is looked up last: what is broken is broken in every version, what is unknown is only new.
    let [kind] = bytes.take()?;
    let author = bytes.take()?;
    let writer_seq = u64::from_le_bytes(bytes.take()?);
    let seen = Seen {
        incarnation: u32::from_le_bytes(bytes.take()?),
        n: u64::from_le_bytes(bytes.take()?),
        chain: ChainHash::from_bytes(bytes.take()?),
    };
    let document = DocumentId::from_bytes(bytes.take()?);
    let edition = u32::from_le_bytes(bytes.take()?);
    let schema = u16::from_le_bytes(bytes.take()?);
    let genesis = u16::from_le_bytes(bytes.take()?);
    let [head_count] = bytes.take()?;
    let heads = ascending(&mut bytes, usize::from(head_count), HEADS_MAX)?;
    let parent_count = u16::from_le_bytes(bytes.take()?);
    let parents = ascending(&mut bytes, usize::from(parent_count), PARENTS_MAX)?;
    let front = &plaintext[..bytes.at];
    debug_assert_eq!(front.len(), FRONT_BYTES_MIN + 32 * (heads.len() + parents.len()));
    let signature = bytes.take()?;
    let content_length = u32::from_le_bytes(bytes.take()?);
    let frame = bytes.slice(usize::try_from(content_length).map_err(|_| RecordError::TooLarge)?)?;
    let padding = &plaintext[bytes.at..];
    if (plaintext.len() != padded_length(bytes.at) && !planted!(Unpadded)) || padding.iter().any(|byte| *byte != 0) {
        return Err(RecordError::Malformed);
    }
    let digest = digest(header, front, frame);
    let (projection, document_bytes) = content::unpack(frame)?;
    let kind = Kind::from_number(kind)?;
    if heads.is_empty() != document_bytes.is_none() || (document_bytes.is_some() && !kind.is_document()) {
        return Err(RecordError::Malformed);
    }
    let parents = parents.into_iter().map(RecordHash::from_bytes).collect();
    let inside = Inside {
        kind,
        author,
        writer_seq,
        seen,
        document,
        edition,
        schema,
        genesis,
        heads,
        parents,
        projection,
        document_bytes,
    };
    Ok(Parsed {
        inside,
        digest,
        signature,
    })
}

/// Reads `count` hashes, at most `max`, ascending and each once.
fn ascending(bytes: &mut Bytes<'_>, count: usize, max: usize) -> Result<Vec<[u8; 32]>, RecordError> {
    if count > max {
        return Err(RecordError::TooLarge);
    }
    let hashes = bytes.slice(32 * count)?;
    let hashes: Vec<[u8; 32]> = hashes.as_chunks().0.to_vec();
    if hashes.is_sorted_by(|one, next| one < next) {
        Ok(hashes)
    } else {
        Err(RecordError::NotCanonical)
    }
}

struct Bytes<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Bytes<'b> {
    fn slice(&mut self, length: usize) -> Result<&'b [u8], RecordError> {
        let end = self.at.checked_add(length).ok_or(RecordError::Malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or(RecordError::Malformed)?;
        self.at = end;
        Ok(taken)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        self.slice(N)?.try_into().map_err(|_| RecordError::Malformed)
    }
}
