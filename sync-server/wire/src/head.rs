//! What a relay signs (heads, erase receipts) and what a device signs for it (sessions, new spaces).
//!
//! Only the bytes to be signed are made here. Each begins with its own words, so that a signature for one purpose never
//! holds for another.
//!
//! | signature of | over |
//! |---|---|
//! | [`SignedHead`] | `"cairn head 1" ‖ space 16 ‖ incarnation u32 ‖ n u64 ‖ chain 32 ‖ time_ms u64` |
//! | [`ClosedReceipt`] | `"cairn closed receipt 1" ‖ space 16 ‖ time_ms u64` |
//! | [`Receipt`] | `"cairn erase receipt 1" ‖ space 16 ‖ slot 16 ‖ seq u64 ‖ time_ms u64` |
//! | [`SignedIncarnation`] | `"cairn incarnation 1" ‖ incarnation u32` |
//! | a session | `"cairn session 1" ‖ u16 length ‖ origin ‖ space 16 ‖ nonce 32 ‖ key 32` |
//! | a new space | `"cairn space 1" ‖ u16 length ‖ origin ‖ the request in CBOR with a signature of zeros` |

use minicbor::{Decode, Encode};

use crate::{ChainHash, Nonce, PublicKey, Signature, SlotId, SpaceId};

/// How far a space has come, signed by its relay: `n` records whose chain is `chain`, at the relay's time `time_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedHead {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The incarnation of the relay's store; sequence numbers mean nothing across incarnations.
    #[n(1)]
    pub incarnation: u32,
    /// The sequence number of the last record; 0 for an empty space.
    #[n(2)]
    pub n: u64,
    /// The chain at `n`.
    #[n(3)]
    pub chain: ChainHash,
    /// The relay's clock when it signed, in milliseconds since 1970-01-01 UTC.
    #[n(4)]
    pub time_ms: u64,
    /// Ed25519 by the relay's key over [`Self::signed_bytes`].
    #[n(5)]
    pub signature: Signature,
}

impl SignedHead {
    /// The bytes its signature covers.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(12 + 16 + 4 + 8 + 32 + 8);
        out.extend_from_slice(b"cairn head 1");
        out.extend_from_slice(self.space.as_bytes());
        out.extend_from_slice(&self.incarnation.to_le_bytes());
        out.extend_from_slice(&self.n.to_le_bytes());
        out.extend_from_slice(self.chain.as_bytes());
        out.extend_from_slice(&self.time_ms.to_le_bytes());
        out
    }
}

/// A place in a space's log: the last head that somebody had verified, without the relay's word for it.
///
/// Every record and every chain link carries its author's, which is how two honest devices find a fork. In CBOR the array
/// `[incarnation, n, chain]`; in a record fixed binary, drawn there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Seen {
    /// The incarnation of the relay's store.
    #[n(0)]
    pub incarnation: u32,
    /// The number of records.
    #[n(1)]
    pub n: u64,
    /// The chain over those records.
    #[n(2)]
    pub chain: ChainHash,
}

impl Seen {
    /// Where nothing was seen yet.
    #[must_use]
    pub fn nothing(space: &SpaceId) -> Self {
        Self {
            incarnation: 0,
            n: 0,
            chain: crate::chain_0(space),
        }
    }
}

impl From<&SignedHead> for Seen {
    fn from(head: &SignedHead) -> Self {
        Self {
            incarnation: head.incarnation,
            n: head.n,
            chain: head.chain,
        }
    }
}

/// A relay's word that the bodies of a slot are gone and the slot is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The closed slot.
    #[n(1)]
    pub slot: SlotId,
    /// The sequence number of the tombstone.
    #[n(2)]
    pub seq: u64,
    /// The relay's clock when it signed, in milliseconds since 1970-01-01 UTC.
    #[n(3)]
    pub time_ms: u64,
    /// Ed25519 by the relay's key over [`Self::signed_bytes`].
    #[n(4)]
    pub signature: Signature,
}

impl Receipt {
    /// The bytes its signature covers.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(21 + 16 + 16 + 8 + 8);
        out.extend_from_slice(b"cairn erase receipt 1");
        out.extend_from_slice(self.space.as_bytes());
        out.extend_from_slice(self.slot.as_bytes());
        out.extend_from_slice(&self.seq.to_le_bytes());
        out.extend_from_slice(&self.time_ms.to_le_bytes());
        out
    }
}

/// A relay's word for which incarnation of its store answers now. It names no space: a relay that lost its store says it of spaces that
/// it has forgotten too, and tells nobody which it knows. Nothing is gained by showing an old one: incarnations only go up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedIncarnation {
    /// The incarnation of the relay's store.
    #[n(0)]
    pub incarnation: u32,
    /// Ed25519 by the relay's key over [`Self::signed_bytes`].
    #[n(1)]
    pub signature: Signature,
}

impl SignedIncarnation {
    /// The bytes its signature covers.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        [b"cairn incarnation 1".as_slice(), &self.incarnation.to_le_bytes()].concat()
    }
}

/// A relay's word that a space is closed for ever and what was in it is gone, but for what it was asked to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClosedReceipt {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The relay's clock when it signed, in milliseconds since 1970-01-01 UTC.
    #[n(1)]
    pub time_ms: u64,
    /// Ed25519 by the relay's key over [`Self::signed_bytes`].
    #[n(2)]
    pub signature: Signature,
}

impl ClosedReceipt {
    /// The bytes its signature covers.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(22 + 16 + 8);
        out.extend_from_slice(b"cairn closed receipt 1");
        out.extend_from_slice(self.space.as_bytes());
        out.extend_from_slice(&self.time_ms.to_le_bytes());
        out
    }
}

/// What an access key signs to begin a session.
#[must_use]
pub fn session_bytes(origin: &str, space: &SpaceId, nonce: &Nonce, key: &PublicKey) -> Vec<u8> {
    let mut out = with_origin(b"cairn session 1", origin);
    out.extend_from_slice(space.as_bytes());
    out.extend_from_slice(nonce.as_bytes());
    out.extend_from_slice(key.as_bytes());
    out
}

/// What the first access key of a new space signs: `request` is the request in CBOR with its signature all zero.
#[must_use]
pub fn space_bytes(origin: &str, request: &[u8]) -> Vec<u8> {
    let mut out = with_origin(b"cairn space 1", origin);
    out.extend_from_slice(request);
    out
}

/// Words and origin, the origin's length as a u16 between them. A longer origin than a u16 counts is cut there; no
/// relay has one, see [`ORIGIN_BYTES_MAX`](crate::bounds::ORIGIN_BYTES_MAX).
fn with_origin(words: &[u8], origin: &str) -> Vec<u8> {
    let len = u16::try_from(origin.len()).unwrap_or(u16::MAX);
    let mut out = Vec::with_capacity(words.len() + 2 + origin.len() + 128);
    out.extend_from_slice(words);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend(origin.bytes().take(usize::from(len)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_cannot_grow_into_what_follows_it() {
        let (space, nonce, key) = (
            SpaceId::from_bytes([b'a'; 16]),
            Nonce::from_bytes([2; 32]),
            PublicKey::from_bytes([3; 32]),
        );
        let short = session_bytes("http://x", &space, &nonce, &key);
        let long = session_bytes("http://xaaaaaaaaaaaaaaaa", &space, &nonce, &key);
        assert!(!long.starts_with(&short));
        assert_ne!(short.get(15..17), long.get(15..17));
    }
}
