//! The recovery phrase: twelve or twenty-four words on paper that let a person back in when every device is gone.
//!
//! The words are BIP-39 (English list), 12 or 24 with their checksum. Everything grows from the 64 bytes that BIP-39 makes of them
//! (PBKDF2-HMAC-SHA512 over the words in lower case with single spaces, salt `mnemonic`, 2,048 rounds):
//!
//! ```text
//! signing, X-Wing, access keys = BLAKE3-derive-key("cairn recovery signing 1" | "cairn recovery kem 1" | "cairn recovery access 1", seed)
//! kit space                    = first 16 bytes of BLAKE3-derive-key("cairn recovery kit space 1", seed)
//! kit's access key, kit's key  = BLAKE3-derive-key("cairn recovery kit access 1" | "cairn recovery kit key 1", seed)
//! ```
//!
//! Signing and access keys are seeds of Ed25519, the X-Wing key is its 32 bytes. The public halves of the first three stand in the
//! device chain ([`Recovery`]). With the words and the relay's address a person finds two records, whose plaintext is `length u32
//! little-endian || what it holds || zeros` to the next multiple of 1,024 bytes:
//!
//! **The kit**, the only record of a space of its own, says which home space it is. Its header has epoch 1, a random slot, no
//! flags, and zeros for merged and expires. It is sealed as any record ([`seal()`](super::seal()) under the kit's key) and holds the
//! canonical CBOR map `{0: version 1, 1: home space 16, 2: relay key 32, 3: hash of the chain's first link 32}`. Nothing in it ever
//! changes.
//!
//! **The box**, a record in the home space that each new epoch replaces, holds a key box for the phrase alone
//! ([`super::seal_key_box`]); one that closes the slot holds nothing. To the relay it looks like any other record; the commitments in the
//! chain vouch for its epoch keys, and the slots of all records for its slot key.
//!
//! ```text
//! slot of the box    = first 16 bytes of BLAKE3-derive-key("cairn recovery slot 1", X-Wing public key 1,216 || home space 16 || edition)
//! key around the box = BLAKE3-derive-key("cairn recovery box 1", X-Wing public key 1,216 || home space 16)
//! ```
//!
//! The edition is nothing for the first slot, then 1 to 7 as u32 little-endian: whoever may enter the home space can close a slot for
//! ever, and the box then goes into the next one. The phrase looks into all of them.

use std::fmt;

use bip39::{Language, Mnemonic};
use cairn_wire::{Header, PublicKey, RecordId, SlotId, SpaceId};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::chain::{LinkHash, Recovery};
use super::keys::{EpochKey, KemPublic, KemSecret, SigningKey, VerifyingKey};
use super::{CryptoError, cbor, open, seal};
use crate::id::{Entropy, random_bytes};

/// Plaintexts of the records of recovery come in multiples of this many bytes.
const PLAINTEXT_BYTES: usize = 1_024;

/// Slots of one phrase in a home space: how often its box can find another place after somebody closed the one before. After that another
/// phrase is to be made.
pub const RECOVERY_SLOTS: u32 = 8;

/// How many words a phrase has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhraseLength {
    /// 12 words, 128 bits.
    Twelve,
    /// 24 words, 256 bits.
    TwentyFour,
}

/// A recovery phrase. It is shown once and kept nowhere.
#[derive(Clone)]
pub struct Phrase(Mnemonic);

impl Phrase {
    /// A new random phrase.
    pub fn random(length: PhraseLength, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice());
        let bytes = match length {
            PhraseLength::Twelve => &bytes[..16],
            PhraseLength::TwentyFour => &bytes[..],
        };
        let words = Mnemonic::from_entropy_in(Language::English, bytes);
        Self(words.expect("invariant: BIP-39 has words for 16 bytes and for 32"))
    }

    /// Reads what a person typed: capitals, line breaks and numbers before the words do not matter.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] where it is not 12 or 24 words of the list with their checksum.
    pub fn parse(typed: &str) -> Result<Self, CryptoError> {
        let is_letter = |c: char| c.is_ascii_alphabetic();
        let words: Vec<&str> = typed
            .split(|c| !is_letter(c))
            .filter(|word| !word.is_empty())
            .take(25)
            .collect();
        if words.len() != 12 && words.len() != 24 {
            return Err(CryptoError::Malformed);
        }
        let mut text = Zeroizing::new(words.join(" "));
        text.make_ascii_lowercase();
        Mnemonic::parse_in_normalized(Language::English, &text)
            .map(Self)
            .map_err(|_| CryptoError::Malformed)
    }

    /// Its words, in their order.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.words()
    }

    /// What grows from it.
    pub fn keys(&self) -> RecoveryKeys {
        let seed = Zeroizing::new(self.0.to_seed_normalized(""));
        let derive = |context: &str| Zeroizing::new(blake3::derive_key(context, seed.as_slice()));
        let mut kit_space = [0; 16];
        kit_space.copy_from_slice(&derive("cairn recovery kit space 1")[..16]);
        RecoveryKeys {
            signing: SigningKey::from_seed(&derive("cairn recovery signing 1")),
            kem: KemSecret::from_bytes(*derive("cairn recovery kem 1")),
            access: SigningKey::from_seed(&derive("cairn recovery access 1")),
            kit_space: SpaceId::from_bytes(kit_space),
            kit_access: SigningKey::from_seed(&derive("cairn recovery kit access 1")),
            kit_key: EpochKey::from_bytes(*derive("cairn recovery kit key 1")),
        }
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(…)")
    }
}

/// What grows from a recovery phrase. As secret as the phrase.
#[derive(Debug, Clone)]
pub struct RecoveryKeys {
    /// Signs links of the device chain.
    pub signing: SigningKey,
    /// Opens key boxes.
    pub kem: KemSecret,
    /// Enters the home space.
    pub access: SigningKey,
    /// The space of the kit.
    pub kit_space: SpaceId,
    /// Enters the space of the kit.
    pub kit_access: SigningKey,
    kit_key: EpochKey,
}

impl RecoveryKeys {
    /// What the device chain is told of them.
    pub fn public(&self) -> Recovery {
        Recovery {
            signing: self.signing.public(),
            kem: self.kem.public(),
            access: self.access.public(),
        }
    }

    /// Seals the kit into a record for its space.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn seal_kit(&self, kit: &Kit, incarnation: u32, entropy: &mut dyn Entropy) -> Result<Vec<u8>, CryptoError> {
        let header = header(
            self.kit_space,
            SlotId::from_bytes(random_bytes(entropy)),
            (1, incarnation),
            0,
            entropy,
        );
        let plaintext = padded(&cbor::encode(&KitBody {
            version: 1,
            space: kit.space,
            relay_key: kit.relay_key,
            genesis: kit.genesis,
        }))?;
        seal(&self.kit_key, &header, random_bytes(entropy), &plaintext)
    }

    /// Opens the record of the kit.
    ///
    /// # Errors
    /// [`CryptoError::NotOpened`], [`CryptoError::Malformed`], [`CryptoError::TooNew`], [`CryptoError::UnusableKey`].
    pub fn open_kit(&self, record: &[u8]) -> Result<Kit, CryptoError> {
        let plaintext = open(&self.kit_key, record)?;
        let KitBody {
            space,
            relay_key,
            genesis,
            ..
        } = cbor::decode_version_1(unpadded(&plaintext)?)?;
        VerifyingKey::parse(&relay_key)?;
        Ok(Kit {
            space,
            relay_key,
            genesis,
        })
    }
}

/// Which journal a recovery phrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kit {
    /// The home space.
    pub space: SpaceId,
    /// The key that signs the relay's heads.
    pub relay_key: PublicKey,
    /// The first link of the device chain.
    pub genesis: LinkHash,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct KitBody {
    #[n(0)]
    version: u8,
    #[n(1)]
    space: SpaceId,
    #[n(2)]
    relay_key: PublicKey,
    #[n(3)]
    genesis: LinkHash,
}

/// The slot of the record that holds the box for a recovery phrase; `edition` is below [`RECOVERY_SLOTS`].
pub fn recovery_slot(kem: &KemPublic, space: SpaceId, edition: u32) -> SlotId {
    let mut hasher = of_phrase("cairn recovery slot 1", kem, space);
    if edition > 0 {
        hasher.update(&edition.to_le_bytes());
    }
    let mut slot = [0; 16];
    slot.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    SlotId::from_bytes(slot)
}

/// Where in the home space the record of a box goes.
#[derive(Debug, Clone, Copy)]
pub struct BoxPlace {
    /// Which of the slots of its phrase.
    pub edition: u32,
    /// 0, or [`CLOSES_SLOT`](cairn_wire::CLOSES_SLOT).
    pub flags: u8,
    /// The epoch of the space.
    pub epoch: u32,
    /// The incarnation of the relay's store.
    pub incarnation: u32,
    /// It replaces those before it up to this number.
    pub merged_upto: u64,
}

/// Seals a key box into the record where a recovery phrase finds it. With the flag [`CLOSES_SLOT`](cairn_wire::CLOSES_SLOT) and an
/// empty box it takes those before it away for good.
///
/// # Errors
/// [`CryptoError::TooLarge`].
pub fn seal_recovery_box(
    kem: &KemPublic,
    space: SpaceId,
    key_box: &[u8],
    place: BoxPlace,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, CryptoError> {
    let slot = recovery_slot(kem, space, place.edition);
    let epoch = (place.epoch, place.incarnation);
    let header = Header {
        flags: place.flags,
        ..header(space, slot, epoch, place.merged_upto, entropy)
    };
    seal(&box_key(kem, space), &header, random_bytes(entropy), &padded(key_box)?)
}

/// The key box inside the record of [`seal_recovery_box`].
///
/// # Errors
/// [`CryptoError::NotOpened`], [`CryptoError::Malformed`].
pub fn open_recovery_box(kem: &KemPublic, space: SpaceId, record: &[u8]) -> Result<Vec<u8>, CryptoError> {
    Ok(unpadded(&open(&box_key(kem, space), record)?)?.to_vec())
}

fn box_key(kem: &KemPublic, space: SpaceId) -> EpochKey {
    EpochKey::from_bytes(*of_phrase("cairn recovery box 1", kem, space).finalize().as_bytes())
}

fn of_phrase(context: &str, kem: &KemPublic, space: SpaceId) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    hasher.update(kem.as_bytes()).update(space.as_bytes());
    hasher
}

fn header(
    space: SpaceId,
    slot: SlotId,
    (epoch, incarnation): (u32, u32),
    merged_upto: u64,
    entropy: &mut dyn Entropy,
) -> Header {
    Header {
        flags: 0,
        space,
        record_id: RecordId::from_bytes(random_bytes(entropy)),
        slot,
        epoch,
        incarnation,
        merged_upto,
        expires_day: 0,
        length: 0,
    }
}

fn padded(bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let length = u32::try_from(bytes.len()).map_err(|_| CryptoError::TooLarge)?;
    let mut padded = length.to_le_bytes().to_vec();
    padded.extend_from_slice(bytes);
    padded.resize(padded.len().next_multiple_of(PLAINTEXT_BYTES), 0);
    Ok(padded)
}

fn unpadded(bytes: &[u8]) -> Result<&[u8], CryptoError> {
    let (length, rest) = bytes.split_first_chunk().ok_or(CryptoError::Malformed)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| CryptoError::Malformed)?;
    let (inside, padding) = rest.split_at_checked(length).ok_or(CryptoError::Malformed)?;
    let is_least = bytes.len() == length.saturating_add(4).next_multiple_of(PLAINTEXT_BYTES);
    if is_least && padding.iter().all(|byte| *byte == 0) {
        Ok(inside)
    } else {
        Err(CryptoError::Malformed)
    }
}
