//! The inside of a record, and how it is written.

use super::content;
use super::padded_length;
use super::{Kind, RecordError};
use crate::id::DocumentId;
use cairn_wire::{RecordHash, SEALING_BYTES, Seen};
use std::fmt;

/// The suite this version writes: layout, compression, signature and sealing together.
pub const SUITE: u8 = 1;
/// Heads of a document that one record can name.
pub const HEADS_MAX: usize = 64;
/// Records of its slot that one record can name as contained.
pub const PARENTS_MAX: usize = 256;
/// What an author signs begins with these bytes.
pub const SIGNATURE_DOMAIN: &[u8] = b"cairn record signature 1";

/// Bytes of a signature.
pub(super) const SIGNATURE_BYTES: usize = 64;

/// One whole state of one document, with what a reader needs to place it.
#[derive(Clone, PartialEq, Eq)]
pub struct Inside {
    /// What it is about.
    pub kind: Kind,
    /// Ed25519 public key of the author: a device's in the home space, a persona's in a support space.
    pub author: [u8; 32],
    /// In the home space the author numbers its records upwards from 1; a number whose record was never stored is left out. In a support space this says nothing.
    pub writer_seq: u64,
    /// The head the author had verified last: how two honest devices notice a forked history.
    pub seen: Seen,
    /// The document.
    pub document: DocumentId,
    /// The document's edition.
    pub edition: u32,
    /// Version of the projection's schema.
    pub schema: u16,
    /// Version of the function that makes the document's first change.
    pub genesis: u16,
    /// Automerge's heads, ascending, each once; none where nobody has edited the first change, and in kinds without a document.
    pub heads: Vec<[u8; 32]>,
    /// The records whose state this one contains, ascending, each once.
    pub parents: Vec<RecordHash>,
    /// The readable state: canonical CBOR, its shape given by kind and schema.
    pub projection: Vec<u8>,
    /// The Automerge document, uncompressed form (`save_nocompress`); none exactly when there are no heads.
    pub document_bytes: Option<Vec<u8>>,
}

impl Inside {
    /// Lays the record out, but for its signature. Heads and parents are put in order.
    ///
    /// # Errors
    /// [`RecordError::TooLarge`] beyond [`HEADS_MAX`], [`PARENTS_MAX`], [`crate::limits::CONTENT_BYTES_MAX`] or the largest
    /// record of the wire; [`RecordError::NotCanonical`] or [`RecordError::Malformed`] for a projection that is not
    /// canonical CBOR, or a document without heads (or the reverse): a defect of the caller.
    pub fn encode(&self) -> Result<Unsigned, RecordError> {
        let heads = ascending(&self.heads);
        let parents = ascending(&self.parents);
        if heads.is_empty() != self.document_bytes.is_none()
            || (self.document_bytes.is_some() && !self.kind.is_document())
        {
            return Err(RecordError::Malformed);
        }
        let head_count = u8::try_from(heads.len())
            .ok()
            .filter(|_| heads.len() <= HEADS_MAX)
            .ok_or(RecordError::TooLarge)?;
        let parent_count = u16::try_from(parents.len())
            .ok()
            .filter(|_| parents.len() <= PARENTS_MAX)
            .ok_or(RecordError::TooLarge)?;
        let content = content::pack(&self.projection, self.document_bytes.as_deref())?;

        let mut front = Vec::with_capacity(FRONT_BYTES_MIN + 32 * (heads.len() + parents.len()));
        front.extend_from_slice(&[SUITE, self.kind.number()]);
        front.extend_from_slice(&self.author);
        front.extend_from_slice(&self.writer_seq.to_le_bytes());
        front.extend_from_slice(&self.seen.incarnation.to_le_bytes());
        front.extend_from_slice(&self.seen.n.to_le_bytes());
        front.extend_from_slice(self.seen.chain.as_bytes());
        front.extend_from_slice(self.document.as_bytes());
        front.extend_from_slice(&self.edition.to_le_bytes());
        front.extend_from_slice(&self.schema.to_le_bytes());
        front.extend_from_slice(&self.genesis.to_le_bytes());
        front.push(head_count);
        heads.iter().for_each(|head| front.extend_from_slice(head));
        front.extend_from_slice(&parent_count.to_le_bytes());
        parents
            .iter()
            .for_each(|parent| front.extend_from_slice(parent.as_bytes()));

        let unsigned = Unsigned { front, content };
        if unsigned.plaintext_length() + SEALING_BYTES > cairn_wire::bounds::RECORD_BYTES_MAX {
            return Err(RecordError::TooLarge);
        }
        Ok(unsigned)
    }
}

/// Shows no words: a projection is what a person wrote.
impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside")
            .field("kind", &self.kind)
            .field("document", &self.document)
            .field("edition", &self.edition)
            .finish_non_exhaustive()
    }
}

/// Bytes from the suite to the end of the parents, with no head and no parent.
pub(super) const FRONT_BYTES_MIN: usize = 1 + 1 + 32 + 8 + (4 + 8 + 32) + 16 + 4 + 2 + 2 + 1 + 2;

/// A record laid out, its length known, waiting for its header and its author's signature.
///
/// The header names the length and the signature covers the header, so this is the order: [`Self::plaintext_length`], then
/// the header, then [`Self::digest`], then [`Self::signed`].
#[derive(Clone, PartialEq, Eq)]
pub struct Unsigned {
    front: Vec<u8>,
    content: Vec<u8>,
}

impl Unsigned {
    /// Bytes of the finished plaintext, padding included.
    pub fn plaintext_length(&self) -> usize {
        if planted!(Unpadded) {
            return self.used_length();
        }
        padded_length(self.used_length())
    }

    /// What the author signs under this header, after [`SIGNATURE_DOMAIN`]; see [`signed_bytes`].
    pub fn digest(&self, header: &[u8; 72]) -> [u8; 32] {
        digest(header, &self.front, &self.content)
    }

    /// The finished plaintext, ready to be sealed.
    pub fn signed(self, signature: [u8; SIGNATURE_BYTES]) -> Vec<u8> {
        let length = self.plaintext_length();
        let mut plaintext = Vec::with_capacity(length);
        plaintext.extend_from_slice(&self.front);
        plaintext.extend_from_slice(&signature);
        plaintext.extend_from_slice(&length_bytes(&self.content));
        plaintext.extend_from_slice(&self.content);
        plaintext.resize(length, 0);
        plaintext
    }

    const fn used_length(&self) -> usize {
        self.front.len() + SIGNATURE_BYTES + 4 + self.content.len()
    }
}

impl fmt::Debug for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsigned")
            .field("plaintext_length", &self.plaintext_length())
            .finish_non_exhaustive()
    }
}

/// The bytes that an Ed25519 signature is made over: [`SIGNATURE_DOMAIN`], then the digest.
pub fn signed_bytes(digest: &[u8; 32]) -> Vec<u8> {
    [SIGNATURE_DOMAIN, digest.as_slice()].concat()
}

/// BLAKE3 over the header, everything from the suite to the end of the parents, the content's length and the content.
pub(super) fn digest(header: &[u8; 72], front: &[u8], content: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(header)
        .update(front)
        .update(&length_bytes(content))
        .update(content);
    *hasher.finalize().as_bytes()
}

fn length_bytes(content: &[u8]) -> [u8; 4] {
    u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes()
}

fn ascending<T: Ord + Copy>(values: &[T]) -> Vec<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}
