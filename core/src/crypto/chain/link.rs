//! One link of a chain, as bytes.
//!
//! A link is the canonical CBOR array `[payload bstr, signature bstr 64]`. The payload is a canonical CBOR map:
//!
//! | key | value |
//! |---|---|
//! | 0 | version, 1 |
//! | 1 | kind |
//! | 2 | space, 16 bytes |
//! | 3 | index, from 0 |
//! | 4 | hash of the link before, 32 bytes; zeros at index 0 |
//! | 5 | author, Ed25519 public key 32 bytes |
//! | 6 | the author's last verified head: `[incarnation u32, n u64, chain 32]` |
//! | 7 | body, a byte string that holds a CBOR map by kind (drawn in the module above) |
//! | 8 | hash of the key box, 32 bytes; absent where there is none |
//! | 9 | commitments `[[epoch u32, commitment 32]...]` by ascending epoch; absent where there are none |
//! | 10 | key box; absent where it travels elsewhere. Needs key 8 |
//!
//! ```text
//! signature = Ed25519(author, "cairn chain link 1" || payload)
//! link hash = BLAKE3-derive-key("cairn chain link hash 1", whole link)
//! ```

use std::collections::BTreeMap;
use std::fmt;

use cairn_wire::{PublicKey, Seen, Signature, SpaceId};
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::crypto::key_box::{EpochCommitment, key_box_hash};
use crate::crypto::{CryptoError, SigningKey, cbor, verify};

/// Bytes of one link, its key box included: a box for 64 recipients with some 30 epochs.
pub const CHAIN_LINK_BYTES_MAX: usize = 256 * 1024;

/// The hash of one whole link, by which the next one and a pairing name it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct LinkHash(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl LinkHash {
    /// What stands before the first link, and where no chain exists yet.
    pub const NONE: Self = Self([0; 32]);

    /// The hash with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of these bytes of a link.
    pub fn of(link: &[u8]) -> Self {
        Self(blake3::derive_key("cairn chain link hash 1", link))
    }
}

impl fmt::Debug for LinkHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "LinkHash({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// What a link says, before it is signed.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(in crate::crypto) struct Payload {
    #[n(0)]
    pub(in crate::crypto) version: u8,
    #[n(1)]
    pub(in crate::crypto) kind: u8,
    #[n(2)]
    pub(in crate::crypto) space: SpaceId,
    #[n(3)]
    pub(in crate::crypto) index: u64,
    #[n(4)]
    pub(in crate::crypto) previous: LinkHash,
    #[n(5)]
    pub(in crate::crypto) author: PublicKey,
    #[n(6)]
    pub(in crate::crypto) seen: Seen,
    #[cbor(n(7), with = "minicbor::bytes")]
    pub(in crate::crypto) body: Vec<u8>,
    #[cbor(n(8), with = "minicbor::bytes")]
    pub(in crate::crypto) key_box_hash: Option<[u8; 32]>,
    #[n(9)]
    pub(in crate::crypto) commitments: Option<Commitments>,
    #[cbor(n(10), with = "minicbor::bytes")]
    pub(in crate::crypto) key_box: Option<Vec<u8>>,
}

impl Payload {
    /// Signs the payload into a whole link.
    pub(in crate::crypto) fn sign(&self, author: &SigningKey) -> Vec<u8> {
        sign_payload(author, cbor::encode(self))
    }
}

/// Signs the bytes of a payload, whatever they are, into a whole link.
pub(in crate::crypto) fn sign_payload(author: &SigningKey, payload: Vec<u8>) -> Vec<u8> {
    let signature = author.sign(&signed_bytes(&payload));
    cbor::encode(&SignedPayload { payload, signature })
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct SignedPayload {
    #[cbor(n(0), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[n(1)]
    signature: Signature,
}

fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    [b"cairn chain link 1".as_slice(), payload].concat()
}

/// A link whose form, signature and key box hash hold. Whether its author may say this is the chain's to judge.
#[derive(Clone)]
pub struct Link {
    bytes: Vec<u8>,
    hash: LinkHash,
    payload: Payload,
}

impl Link {
    /// Reads a link and checks its author's signature.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], [`CryptoError::TooNew`], [`CryptoError::UnusableKey`], [`CryptoError::BadSignature`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CryptoError> {
        if bytes.len() > CHAIN_LINK_BYTES_MAX {
            return Err(CryptoError::Malformed);
        }
        let signed: SignedPayload = cbor::decode(bytes)?;
        let payload: Payload = cbor::decode_version_1(&signed.payload)?;
        if let Some(key_box) = &payload.key_box
            && payload.key_box_hash != Some(key_box_hash(key_box))
        {
            return Err(CryptoError::Malformed);
        }
        verify(&payload.author, &signed_bytes(&signed.payload), &signed.signature)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            hash: LinkHash::of(bytes),
            payload,
        })
    }

    /// The whole link as it was received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The hash of the whole link.
    pub const fn link_hash(&self) -> LinkHash {
        self.hash
    }

    /// What kind of link it is.
    pub const fn kind(&self) -> u8 {
        self.payload.kind
    }

    /// Whether, in a chain of devices, it asks to erase everything.
    pub const fn asks_to_erase(&self) -> bool {
        self.payload.kind == super::device::ERASE
    }

    /// The space whose chain it belongs to.
    pub const fn space(&self) -> SpaceId {
        self.payload.space
    }

    /// Its place in the chain, from 0.
    pub const fn index(&self) -> u64 {
        self.payload.index
    }

    /// Who signed it.
    pub const fn author(&self) -> PublicKey {
        self.payload.author
    }

    /// The last head its author had verified.
    pub const fn seen(&self) -> Seen {
        self.payload.seen
    }

    /// The hash of the key box it vouches for.
    pub const fn key_box_hash(&self) -> Option<[u8; 32]> {
        self.payload.key_box_hash
    }

    /// The key box it carries. Its hash is the one it vouches for.
    pub fn key_box(&self) -> Option<&[u8]> {
        self.payload.key_box.as_deref()
    }

    pub(in crate::crypto) const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Reads the body as that of its kind.
    pub(in crate::crypto) fn body<'b, T: Decode<'b, ()> + Encode<()>>(&'b self) -> Result<T, CryptoError> {
        cbor::decode(&self.payload.body)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut link = f.debug_struct("Link");
        link.field("kind", &self.kind())
            .field("index", &self.index())
            .field("author", &self.author());
        link.finish_non_exhaustive()
    }
}

/// Commitments to epoch keys: at least one, by ascending epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::crypto) struct Commitments(pub(in crate::crypto) BTreeMap<u32, EpochCommitment>);

impl<C> Encode<C> for Commitments {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(self.0.len() as u64)?;
        for (epoch, commitment) in &self.0 {
            e.array(2)?.u32(*epoch)?.encode(commitment)?;
        }
        e.ok()
    }
}

impl<'b, C> Decode<'b, C> for Commitments {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let pairs: Vec<(u32, EpochCommitment)> = d.decode()?;
        let is_ordered = pairs.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if pairs.is_empty() || !is_ordered {
            return Err(DecodeError::message("commitments not by ascending epoch"));
        }
        Ok(Self(pairs.into_iter().collect()))
    }
}
