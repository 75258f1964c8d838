//! What the two sides write to each other, and how it is sealed for the mailbox.
//!
//! | index | from | canonical CBOR map |
//! |---|---|---|
//! | 0 | joiner | Hello `{0: nonce 32, 1: signing key 32, 2: X-Wing public key 1,216, 3: access key 32, 4: name tstr}`, or, to an invitation, Declined `{9: true, 10: zeros 1,329}` |
//! | 1 | offerer | Reveal `{0: nonce 32, 1: signing key 32, 2: X-Wing public key 1,216, 3: space 16, 4: hash of the chain's last link 32 (zeros where no chain is yet), 5: name tstr}` |
//! | 2 | offerer | Welcome `{0: key box, 1: hash of the chain's genesis 32, 2: [incarnation u32, n u64, chain 32], 3: space 16}`, or Refused `{9: true}` |
//!
//! A message in the mailbox is `nonce 24 || ciphertext || tag 16`:
//!
//! ```text
//! key     = BLAKE3-derive-key("cairn mailbox key 1", secret || index u32)
//! sealing = XChaCha20-Poly1305(key, nonce, associated data = mailbox 32 || index u32, plaintext)
//! ```

use std::fmt;

use cairn_wire::bounds::MAILBOX_BYTES_MAX;
use cairn_wire::{PublicKey, Seen, SpaceId};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::code::Code;
use crate::crypto::chain::{LinkHash, check_name};
use crate::crypto::{CryptoError, KemPublic, VerifyingKey, cbor};
use crate::id::Entropy;

pub(super) const HELLO: u32 = 0;
pub(super) const REVEAL: u32 = 1;
pub(super) const ANSWER: u32 = 2;

const NONCE_BYTES: usize = 24;

/// Who wants to join. Message 0.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// Fresh randomness of the joiner.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
    /// The joiner's signing key.
    #[n(1)]
    pub signing: PublicKey,
    /// The joiner's key for key boxes.
    #[n(2)]
    pub kem: KemPublic,
    /// The joiner's access key.
    #[n(3)]
    pub access: PublicKey,
    /// The joiner's name: a device's, or a person's.
    #[n(4)]
    pub name: String,
}

/// Who offers, and what. Message 1; the code commits to it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reveal {
    /// Fresh randomness of the offerer.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
    /// The offerer's signing key.
    #[n(1)]
    pub signing: PublicKey,
    /// The offerer's key for key boxes.
    #[n(2)]
    pub kem: KemPublic,
    /// The space that the joiner will be let into.
    #[n(3)]
    pub space: SpaceId,
    /// The last link of its chain as the offerer knows it; [`LinkHash::NONE`] where the chain begins after the digits.
    #[n(4)]
    pub tip: LinkHash,
    /// The offerer's name: whose journal this is.
    #[n(5)]
    pub name: String,
}

/// What the joiner is let in with. Message 2.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// The key box that holds the space's keys for the joiner.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key_box: Vec<u8>,
    /// The first link of the space's chain.
    #[n(1)]
    pub genesis: LinkHash,
    /// The last head the offerer had verified.
    #[n(2)]
    pub seen: Seen,
    /// The space.
    #[n(3)]
    pub space: SpaceId,
}

/// How a pairing ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The joiner is let in.
    Welcome(Welcome),
    /// The joiner is not.
    Refused,
}

/// One sealed message for the mailbox, and the index it belongs at.
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    /// Its place in the mailbox.
    pub index: u32,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

impl Hello {
    pub(in crate::crypto) fn decode(bytes: &[u8]) -> Result<Self, CryptoError> {
        let hello: Self = cbor::decode(bytes)?;
        VerifyingKey::parse(&hello.signing)?;
        VerifyingKey::parse(&hello.access)?;
        check_name(&hello.name)?;
        Ok(hello)
    }
}

impl Reveal {
    pub(in crate::crypto) fn decode(bytes: &[u8]) -> Result<Self, CryptoError> {
        let reveal: Self = cbor::decode(bytes)?;
        VerifyingKey::parse(&reveal.signing)?;
        check_name(&reveal.name)?;
        Ok(reveal)
    }

    pub(in crate::crypto) fn commitment(bytes: &[u8]) -> [u8; 32] {
        blake3::derive_key("cairn pairing commitment 1", bytes)
    }
}

/// Not now, in the place of a [`Hello`].
#[derive(Encode, Decode)]
#[cbor(map)]
struct Declined {
    #[n(9)]
    declined: bool,
    // As long as a hello of a name of eight letters: its length says no more than that.
    #[cbor(n(10), with = "minicbor::bytes")]
    zeros: Vec<u8>,
}

/// Makes [`Declined`] as long as the hello of somebody with a name of eight letters.
const DECLINED_ZEROS: usize = 1_329;

/// The message by which whoever was invited says not now.
pub(in crate::crypto) fn declined() -> Vec<u8> {
    cbor::encode(&Declined {
        declined: true,
        zeros: vec![0; DECLINED_ZEROS],
    })
}

/// Whether it is that message.
pub(in crate::crypto) fn is_declined(bytes: &[u8]) -> bool {
    bytes == declined()
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Refused {
    #[n(9)]
    refused: bool,
}

impl Answer {
    pub(in crate::crypto) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Welcome(welcome) => cbor::encode(welcome),
            Self::Refused => cbor::encode(&Refused { refused: true }),
        }
    }

    pub(in crate::crypto) fn decode(bytes: &[u8]) -> Result<Self, CryptoError> {
        match cbor::decode::<Refused>(bytes) {
            Ok(Refused { refused: true }) => Ok(Self::Refused),
            Ok(_) => Err(CryptoError::Malformed),
            Err(_) => cbor::decode(bytes).map(Self::Welcome),
        }
    }
}

/// Reads bytes as each of the messages, for the fuzzer: what is read is written as the same bytes.
pub(in crate::crypto) fn read_messages(bytes: &[u8]) {
    if let Ok(hello) = Hello::decode(bytes) {
        assert!(cbor::encode(&hello) == bytes);
    }
    if let Ok(reveal) = Reveal::decode(bytes) {
        assert!(cbor::encode(&reveal) == bytes && Reveal::commitment(bytes) != [0; 32]);
    }
    if let Ok(answer) = Answer::decode(bytes) {
        assert!(answer.encode() == bytes);
    }
}

pub(in crate::crypto) fn seal_message(
    code: &Code,
    index: u32,
    plaintext: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Post, CryptoError> {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    let payload = Payload {
        msg: plaintext,
        aad: &associated_data(code, index),
    };
    let sealed = cipher(code, index)
        .encrypt((&nonce).into(), payload)
        .map_err(|_| CryptoError::TooLarge)?;
    let bytes = [nonce.as_slice(), &sealed].concat();
    if bytes.len() > MAILBOX_BYTES_MAX {
        return Err(CryptoError::TooLarge);
    }
    Ok(Post { index, bytes })
}

pub(in crate::crypto) fn open_message(
    code: &Code,
    index: u32,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    if sealed.len() > MAILBOX_BYTES_MAX {
        return Err(CryptoError::NotOpened);
    }
    let (nonce, ciphertext) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(CryptoError::NotOpened)?;
    let payload = Payload {
        msg: ciphertext,
        aad: &associated_data(code, index),
    };
    cipher(code, index)
        .decrypt(nonce.into(), payload)
        .map(Zeroizing::new)
        .map_err(|_| CryptoError::NotOpened)
}

fn cipher(code: &Code, index: u32) -> XChaCha20Poly1305 {
    let mut input = Zeroizing::new([0; 20]);
    input[..16].copy_from_slice(code.secret());
    input[16..].copy_from_slice(&index.to_le_bytes());
    let key = Zeroizing::new(blake3::derive_key("cairn mailbox key 1", input.as_slice()));
    XChaCha20Poly1305::new((&*key).into())
}

fn associated_data(code: &Code, index: u32) -> Vec<u8> {
    [code.mailbox().as_bytes().as_slice(), &index.to_le_bytes()].concat()
}

impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello")
            .field("signing", &self.signing)
            .field("name", &"…")
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Reveal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reveal = f.debug_struct("Reveal");
        reveal
            .field("signing", &self.signing)
            .field("space", &self.space)
            .field("name", &"…")
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Welcome")
            .field("space", &self.space)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post")
            .field("index", &self.index)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
