//! The keys of a space, boxed for everyone who may have them.
//!
//! Canonical CBOR map:
//!
//! | key | value |
//! |---|---|
//! | 0 | version, 1 |
//! | 1 | space, 16 bytes |
//! | 2 | entries: a multiple of 8 of them, by ascending tag; each `[tag 16 bytes, enc 1,120 bytes, ciphertext]` |
//!
//! ```text
//! tag        = first 16 bytes of BLAKE3-derive-key("cairn key box tag 1", recipient's X-Wing public key || space)
//! enc, ciphertext = HPKE (RFC 9180 as renewed by draft-ietf-hpke-hpke), base mode, single shot, no associated data,
//!                   info = "cairn key box 1" || space,
//!                   KEM X-Wing 0x647a, KDF TurboSHAKE256 0x0013, AEAD ChaCha20Poly1305 0x0003
//! plaintext  = canonical CBOR map {0: slot key 32, 1: [[epoch u32, epoch key 32]... by ascending epoch]}
//! box hash   = BLAKE3-derive-key("cairn key box hash 1", all bytes of the box)
//! commitment = BLAKE3-derive-key("cairn epoch commitment 1", epoch key)
//! ```
//!
//! The entries that fill up to 8 are boxed to keys made for that and thrown away, so that nobody can count the devices:
//! random bytes would not do, since half of all 32-byte strings are no X25519 public key. A box says nothing about its
//! maker; the signed chain link that carries its hash and the commitments does.

use std::collections::{BTreeMap, BTreeSet};

use cairn_wire::SpaceId;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::KdfTurboShake256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use zeroize::Zeroizing;

use super::keys::{EpochKey, KemPublic, KemSecret, RngOver, SlotKey};
use super::{CryptoError, cbor};
use crate::id::Entropy;

/// Entries of a box come in this many, so that their number says little.
const ENTRIES_MULTIPLE: usize = 8;
/// Recipients of one box: the access keys that a space may have.
pub const KEY_BOX_RECIPIENTS_MAX: usize = 64;
/// Epoch keys in one box.
pub const KEY_BOX_EPOCHS_MAX: usize = 1_024;
const ENC_BYTES: usize = 1_120;

/// Bytes of a box for so many recipients and epochs, at most.
const fn box_bytes(recipients: usize, epochs: usize) -> usize {
    // Per entry: tag, enc, the tag of the cipher, the slot key, and CBOR between them; per epoch: number, key, and CBOR.
    64 + recipients.next_multiple_of(ENTRIES_MULTIPLE) * (ENC_BYTES + 96 + epochs * 40)
}

/// The keys of one space that its members share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceKeys {
    /// Names the documents of the space.
    pub slot_key: SlotKey,
    /// The keys of every epoch still in use.
    pub epoch_keys: BTreeMap<u32, EpochKey>,
}

impl SpaceKeys {
    /// These keys without those of the oldest epochs, so that a box of them for so many recipients takes at most so many bytes. The newest
    /// stays, however large the box.
    #[must_use]
    pub fn fitting(mut self, recipients: usize, bytes_max: usize) -> Self {
        let is_too_much = |epochs: usize| epochs > KEY_BOX_EPOCHS_MAX || box_bytes(recipients, epochs) > bytes_max;
        while self.epoch_keys.len() > 1 && is_too_much(self.epoch_keys.len()) {
            self.epoch_keys.pop_first();
        }
        self
    }

    /// Checks that every epoch key here is the one the chain vouches for.
    ///
    /// # Errors
    /// [`CryptoError::KeysDiffer`] where a key is another, or its epoch is unknown to the chain.
    pub fn check(&self, commitments: &BTreeMap<u32, EpochCommitment>) -> Result<(), CryptoError> {
        let vouched = |(epoch, key): (&u32, &EpochKey)| commitments.get(epoch) == Some(&EpochCommitment::of(key));
        if self.epoch_keys.iter().all(vouched) {
            Ok(())
        } else {
            Err(CryptoError::KeysDiffer)
        }
    }
}

/// Binds a chain to an epoch key without telling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct EpochCommitment(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl EpochCommitment {
    /// The commitment to this key.
    pub fn of(key: &EpochKey) -> Self {
        Self(blake3::derive_key("cairn epoch commitment 1", key.as_bytes()))
    }

    /// The 32 bytes of the commitment.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The hash of a whole box, by which a chain link names it.
pub fn key_box_hash(bytes: &[u8]) -> [u8; 32] {
    blake3::derive_key("cairn key box hash 1", bytes)
}

/// Boxes the keys of a space for these recipients.
///
/// # Errors
/// [`CryptoError::TooLarge`] beyond [`KEY_BOX_RECIPIENTS_MAX`] or [`KEY_BOX_EPOCHS_MAX`]; [`CryptoError::Malformed`]
/// where nobody would receive it, or somebody twice.
pub fn seal_key_box(
    space: &SpaceId,
    recipients: &[KemPublic],
    keys: &SpaceKeys,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    if recipients.len() > KEY_BOX_RECIPIENTS_MAX || keys.epoch_keys.len() > KEY_BOX_EPOCHS_MAX {
        return Err(CryptoError::TooLarge);
    }
    if recipients.is_empty() || recipients.iter().collect::<BTreeSet<_>>().len() != recipients.len() {
        return Err(CryptoError::Malformed);
    }
    let plaintext = Zeroizing::new(cbor::encode(&Contents::of(keys)));
    let nothing = vec![0; plaintext.len()];
    let mut entries = Vec::new();
    for recipient in recipients {
        entries.push(Entry::seal(space, recipient, &plaintext, entropy)?);
    }
    while !entries.len().is_multiple_of(ENTRIES_MULTIPLE) {
        let nobody = KemSecret::random(entropy).public();
        entries.push(Entry::seal(space, &nobody, &nothing, entropy)?);
    }
    entries.sort_by_key(|entry| entry.tag);
    Ok(cbor::encode(&KeyBox {
        version: 1,
        space: *space,
        entries,
    }))
}

/// Opens the entry of a box that is for this key.
///
/// # Errors
/// [`CryptoError::NotOpened`] where no entry is for this key in this space or it does not open; [`CryptoError::TooNew`];
/// [`CryptoError::Malformed`].
pub fn open_key_box(space: &SpaceId, secret: &KemSecret, bytes: &[u8]) -> Result<SpaceKeys, CryptoError> {
    let key_box = KeyBox::parse(bytes)?;
    if key_box.space != *space {
        return Err(CryptoError::NotOpened);
    }
    let tag = tag(&secret.public(), space);
    let entry = key_box
        .entries
        .iter()
        .find(|entry| entry.tag == tag)
        .ok_or(CryptoError::NotOpened)?;
    let plaintext = entry.open(space, secret)?;
    cbor::decode::<Contents>(&plaintext)?.into_keys()
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct KeyBox {
    #[n(0)]
    version: u8,
    #[n(1)]
    space: SpaceId,
    #[n(2)]
    entries: Vec<Entry>,
}

impl KeyBox {
    fn parse(bytes: &[u8]) -> Result<Self, CryptoError> {
        let key_box: Self = cbor::decode_version_1(bytes)?;
        let entries = &key_box.entries;
        let is_filled = !entries.is_empty() && entries.len().is_multiple_of(ENTRIES_MULTIPLE);
        let is_ordered = entries.windows(2).all(|pair| pair[0].tag < pair[1].tag);
        let is_even = entries
            .windows(2)
            .all(|pair| pair[0].ciphertext.len() == pair[1].ciphertext.len());
        if is_filled && is_ordered && is_even && entries.len() <= KEY_BOX_RECIPIENTS_MAX {
            Ok(key_box)
        } else {
            Err(CryptoError::Malformed)
        }
    }
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Entry {
    #[cbor(n(0), with = "minicbor::bytes")]
    tag: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    enc: [u8; ENC_BYTES],
    #[cbor(n(2), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

impl Entry {
    fn seal(
        space: &SpaceId,
        recipient: &KemPublic,
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Self, CryptoError> {
        let (sealed_key, ciphertext) = single_shot_seal_with_rng::<ChaCha20Poly1305, KdfTurboShake256, XWing>(
            &OpModeS::Base,
            &recipient.to_hpke()?,
            &info(space),
            plaintext,
            &[],
            &mut RngOver(entropy),
        )
        .map_err(|_| CryptoError::UnusableKey)?;
        let mut enc = [0; ENC_BYTES];
        sealed_key.write_exact(&mut enc);
        Ok(Self {
            tag: tag(recipient, space),
            enc,
            ciphertext,
        })
    }

    fn open(&self, space: &SpaceId, secret: &KemSecret) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let enc = <XWing as Kem>::EncappedKey::from_bytes(&self.enc).map_err(|_| CryptoError::NotOpened)?;
        single_shot_open::<ChaCha20Poly1305, KdfTurboShake256, XWing>(
            &OpModeR::Base,
            &secret.to_hpke(),
            &enc,
            &info(space),
            &self.ciphertext,
            &[],
        )
        .map(Zeroizing::new)
        .map_err(|_| CryptoError::NotOpened)
    }
}

fn tag(recipient: &KemPublic, space: &SpaceId) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key("cairn key box tag 1");
    hasher.update(recipient.as_bytes()).update(space.as_bytes());
    let mut tag = [0; 16];
    hasher.finalize_xof().fill(&mut tag);
    tag
}

fn info(space: &SpaceId) -> Vec<u8> {
    [b"cairn key box 1".as_slice(), space.as_bytes()].concat()
}

/// The plaintext of one entry.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Contents {
    #[n(0)]
    slot_key: KeyBytes,
    #[n(1)]
    epoch_keys: Vec<EpochKeyBytes>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct EpochKeyBytes {
    #[n(0)]
    epoch: u32,
    #[n(1)]
    key: KeyBytes,
}

impl Contents {
    fn of(keys: &SpaceKeys) -> Self {
        let boxed = |(&epoch, key): (&u32, &EpochKey)| EpochKeyBytes {
            epoch,
            key: KeyBytes::of(key.as_bytes()),
        };
        Self {
            slot_key: KeyBytes::of(keys.slot_key.as_bytes()),
            epoch_keys: keys.epoch_keys.iter().map(boxed).collect(),
        }
    }

    fn into_keys(self) -> Result<SpaceKeys, CryptoError> {
        let is_ordered = self.epoch_keys.windows(2).all(|pair| pair[0].epoch < pair[1].epoch);
        if !is_ordered || self.epoch_keys.len() > KEY_BOX_EPOCHS_MAX {
            return Err(CryptoError::Malformed);
        }
        let unboxed = |boxed: &EpochKeyBytes| (boxed.epoch, EpochKey::from_bytes(*boxed.key.0));
        Ok(SpaceKeys {
            slot_key: SlotKey::from_bytes(*self.slot_key.0),
            epoch_keys: self.epoch_keys.iter().map(unboxed).collect(),
        })
    }
}

/// A key on its way in or out of a box, wiped like the key itself.
struct KeyBytes(Zeroizing<[u8; 32]>);

impl KeyBytes {
    fn of(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }
}

impl<C> Encode<C> for KeyBytes {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for KeyBytes {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes = <&[u8; 32]>::try_from(d.bytes()?).map_err(|_| DecodeError::message("not a key"))?;
        Ok(Self::of(bytes))
    }
}
