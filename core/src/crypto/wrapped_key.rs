//! The vault's key under a passphrase or a PIN.
//!
//! Where the participant set one, the key store holds these bytes in the place of the key: the platform still guards them, and
//! what somebody knows comes on top.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 15 | `cairn vault key` |
//! | 15 | 1 | version, 1 |
//! | 16 | 1 | what is typed: 0 a passphrase, 1 a PIN |
//! | 17 | 1 | passes of Argon2id |
//! | 18 | 2 | memory of Argon2id in MiB, little-endian |
//! | 20 | 16 | salt, random |
//! | 36 | 24 | nonce, random |
//! | 60 | 32 | commitment to the key |
//! | 92 | 32 | ciphertext: the vault's key |
//! | 124 | 16 | Poly1305 tag |
//!
//! ```text
//! typed                   = Argon2id(version 0x13, secret = UTF-8 of NFKC of what is typed, salt, passes, memory, 1 lane), 32 bytes
//! key 32 || commitment 32 = first 64 bytes of BLAKE3-keyed-XOF(typed, "cairn vault key lock 1" || the first 60 bytes)
//! ciphertext || tag       = XChaCha20-Poly1305(key, nonce, associated data = the first 60 bytes, the vault's key)
//! ```
//!
//! NFKC, because keyboards write one passphrase in several ways: a letter and its accent together or apart, digits of full width. Nothing
//! else is changed: blanks and capitals count.
//!
//! **What it is worth.** Passes and memory have a floor, and a ceiling that is looked at before any work: bytes that somebody else
//! wrote can neither make guessing cheap nor take a phone's memory. One guess costs about a tenth of a second of one core. A PIN of
//! six digits is a million guesses, a day of one computer for whoever has these bytes: against that it is worth as much as the key store
//! that keeps them. A passphrase of four random words is not found so.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::CryptoError;
use super::keys::{VaultKey, equal_in_constant_time, key_and_commitment};
use crate::id::{Entropy, random_bytes};
use crate::limits::{
    PASSPHRASE_CHARACTERS, PIN_DIGITS_MIN, UNLOCK_MEMORY_MIB, UNLOCK_MEMORY_MIB_MAX, UNLOCK_PASSES, UNLOCK_PASSES_MAX,
};

/// Bytes of a wrapped key. A key that is not wrapped has 32.
pub const WRAPPED_KEY_BYTES: usize = 140;

const FRONT: &[u8; 16] = b"cairn vault key\x01";
const DOMAIN: &[u8] = b"cairn vault key lock 1";
/// What is authenticated: everything before the commitment.
const HEADER_BYTES: usize = 60;

/// What a participant types to unlock, so that an app can show the right keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PassphraseKind {
    /// Words, as long as they like.
    Passphrase,
    /// Digits alone.
    Pin,
}

/// Why a new passphrase or PIN is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseInvalid {
    /// Too few characters, or far too many.
    #[error(
        "a passphrase has between {} and {} characters",
        PASSPHRASE_CHARACTERS.0,
        PASSPHRASE_CHARACTERS.1
    )]
    Length,
    /// Not digits alone, or too few of them.
    #[error("a PIN is at least {PIN_DIGITS_MIN} digits, and nothing else")]
    Pin,
}

/// The vault's key, as it is kept under a passphrase or a PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    bytes: [u8; WRAPPED_KEY_BYTES],
    kind: PassphraseKind,
    passes: u8,
    memory_mib: u16,
}

/// Shows nothing.
impl std::fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrappedKey(…)")
    }
}

/// Whether this can be a new passphrase or PIN.
///
/// # Errors
/// [`PassphraseInvalid`], which says what is asked for.
pub fn check_passphrase(kind: PassphraseKind, typed: &str) -> Result<(), PassphraseInvalid> {
    let (least, most) = PASSPHRASE_CHARACTERS;
    let count = typed.chars().take(most + 1).count();
    match kind {
        PassphraseKind::Passphrase if (least..=most).contains(&count) => Ok(()),
        PassphraseKind::Passphrase => Err(PassphraseInvalid::Length),
        PassphraseKind::Pin if count > most => Err(PassphraseInvalid::Length),
        PassphraseKind::Pin if count >= PIN_DIGITS_MIN && typed.nfkc().all(char::is_numeric) => Ok(()),
        PassphraseKind::Pin => Err(PassphraseInvalid::Pin),
    }
}

impl WrappedKey {
    /// Wraps the key with the least that is accepted: about a tenth of a second of one core, and [`UNLOCK_MEMORY_MIB`] of memory.
    ///
    /// # Errors
    /// [`CryptoError::TooLarge`] where there is no memory for it.
    pub fn wrap(
        key: &VaultKey,
        kind: PassphraseKind,
        typed: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, CryptoError> {
        let mut wrapped = Self {
            bytes: [0; WRAPPED_KEY_BYTES],
            kind,
            passes: UNLOCK_PASSES,
            memory_mib: UNLOCK_MEMORY_MIB,
        };
        let bytes = &mut wrapped.bytes;
        bytes[..16].copy_from_slice(FRONT);
        bytes[16] = match kind {
            PassphraseKind::Passphrase => 0,
            PassphraseKind::Pin => 1,
        };
        bytes[17] = UNLOCK_PASSES;
        bytes[18..20].copy_from_slice(&UNLOCK_MEMORY_MIB.to_le_bytes());
        bytes[20..36].copy_from_slice(&random_bytes::<16>(entropy));
        bytes[36..60].copy_from_slice(&random_bytes::<24>(entropy));
        let (cipher, commitment) = wrapped.derive(typed)?;
        wrapped.bytes[60..92].copy_from_slice(&commitment);
        wrapped.bytes[92..124].copy_from_slice(key.as_bytes());
        let nonce = wrapped.nonce();
        let (header, sealed) = wrapped.bytes.split_at_mut(HEADER_BYTES);
        let tag = XChaCha20Poly1305::new((&*cipher).into())
            .encrypt_inout_detached((&nonce).into(), header, (&mut sealed[32..64]).into())
            .map_err(|_| CryptoError::TooLarge)?;
        wrapped.bytes[124..].copy_from_slice(&tag);
        Ok(wrapped)
    }

    /// Reads wrapped bytes, without any work for a passphrase.
    ///
    /// # Errors
    /// [`CryptoError::TooNew`] for another version; [`CryptoError::Malformed`] for what is no wrapped key, and for passes or memory
    /// outside of the bounds.
    pub fn parse(bytes: &[u8]) -> Result<Self, CryptoError> {
        let is_newer = bytes.len() > 16 && bytes[..15] == FRONT[..15] && bytes[15] > FRONT[15];
        if is_newer {
            return Err(CryptoError::TooNew);
        }
        let bytes: [u8; WRAPPED_KEY_BYTES] = bytes.try_into().map_err(|_| CryptoError::Malformed)?;
        let kind = match bytes[16] {
            0 => PassphraseKind::Passphrase,
            1 => PassphraseKind::Pin,
            _ => return Err(CryptoError::Malformed),
        };
        let (passes, memory_mib) = (bytes[17], u16::from_le_bytes([bytes[18], bytes[19]]));
        let is_bounded = bytes[..16] == *FRONT
            && (UNLOCK_PASSES..=UNLOCK_PASSES_MAX).contains(&passes)
            && (UNLOCK_MEMORY_MIB..=UNLOCK_MEMORY_MIB_MAX).contains(&memory_mib);
        if !is_bounded {
            return Err(CryptoError::Malformed);
        }
        Ok(Self {
            bytes,
            kind,
            passes,
            memory_mib,
        })
    }

    /// What is to be typed.
    pub const fn kind(&self) -> PassphraseKind {
        self.kind
    }

    /// The bytes for the key store.
    pub const fn as_bytes(&self) -> &[u8; WRAPPED_KEY_BYTES] {
        &self.bytes
    }

    /// The vault's key, for whoever types what it was wrapped with.
    ///
    /// # Errors
    /// [`CryptoError::NotOpened`] for anything else that is typed, and for bytes that were changed. [`CryptoError::TooLarge`] where
    /// there is no memory for the work: that says nothing about what was typed.
    pub fn unwrap(&self, typed: &str) -> Result<VaultKey, CryptoError> {
        if typed.chars().nth(PASSPHRASE_CHARACTERS.1).is_some() {
            return Err(CryptoError::NotOpened);
        }
        let (cipher, commitment) = self.derive(typed)?;
        let sealed = &self.bytes[HEADER_BYTES..];
        let expected: [u8; 32] = sealed[..32].try_into().map_err(|_| CryptoError::NotOpened)?;
        if !equal_in_constant_time(&expected, &commitment) {
            return Err(CryptoError::NotOpened);
        }
        let tag: [u8; 16] = sealed[64..].try_into().map_err(|_| CryptoError::NotOpened)?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&sealed[32..64]);
        XChaCha20Poly1305::new((&*cipher).into())
            .decrypt_inout_detached(
                (&self.nonce()).into(),
                &self.bytes[..HEADER_BYTES],
                key.as_mut_slice().into(),
                (&tag).into(),
            )
            .map_err(|_| CryptoError::NotOpened)?;
        Ok(VaultKey::from_bytes(*key))
    }

    fn nonce(&self) -> [u8; 24] {
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&self.bytes[36..60]);
        nonce
    }

    /// The key of the cipher, and the commitment that stands beside it.
    fn derive(&self, typed: &str) -> Result<(Zeroizing<[u8; 32]>, [u8; 32]), CryptoError> {
        // Its length first, so that no half of it stays behind where a string grew.
        let mut secret = Zeroizing::new(String::with_capacity(typed.nfkc().map(char::len_utf8).sum()));
        secret.extend(typed.nfkc());
        let memory_kib = u32::from(self.memory_mib) * 1024;
        let params =
            Params::new(memory_kib, u32::from(self.passes), 1, Some(32)).map_err(|_| CryptoError::Malformed)?;
        let mut memory: Vec<Block> = Vec::new();
        memory
            .try_reserve_exact(params.block_count())
            .map_err(|_| CryptoError::TooLarge)?;
        memory.resize(params.block_count(), Block::new());
        let mut output = Zeroizing::new([0; 32]);
        let worked = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            secret.as_bytes(),
            &self.bytes[20..36],
            output.as_mut_slice(),
            &mut memory,
        );
        memory.zeroize();
        worked.map_err(|_| CryptoError::TooLarge)?;
        let mut hasher = blake3::Hasher::new_keyed(&output);
        hasher.update(DOMAIN).update(&self.bytes[..HEADER_BYTES]);
        Ok(key_and_commitment(hasher))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::vectors::{Counting, counting};
    use super::*;

    #[test]
    fn a_passphrase_is_the_same_however_a_keyboard_writes_it_and_nothing_else_is() {
        let key = VaultKey::from_bytes(counting(1));
        let wrapped = WrappedKey::wrap(
            &key,
            PassphraseKind::Passphrase,
            "Ame\u{301}lie 12",
            &mut Counting::from(9),
        );
        let wrapped = WrappedKey::parse(wrapped.unwrap().as_bytes()).unwrap();
        assert_eq!(wrapped.unwrap("Am\u{e9}lie １２").unwrap().as_bytes(), key.as_bytes());
        for other in ["amélie 12", "Amélie 12 ", "Amelie 12", ""] {
            assert_eq!(wrapped.unwrap(other).unwrap_err(), CryptoError::NotOpened, "{other}");
        }
        assert_eq!(format!("{wrapped:?}"), "WrappedKey(…)");
    }

    #[test]
    fn what_is_too_short_or_no_pin_is_not_taken_for_one() {
        use PassphraseKind::{Passphrase, Pin};
        for (kind, typed, taken) in [
            (Passphrase, "seven c", Err(PassphraseInvalid::Length)),
            (Passphrase, "eight ch", Ok(())),
            (Passphrase, &"ä".repeat(PASSPHRASE_CHARACTERS.1), Ok(())),
            (
                Passphrase,
                &"ä".repeat(PASSPHRASE_CHARACTERS.1 + 1),
                Err(PassphraseInvalid::Length),
            ),
            (Pin, "12345", Err(PassphraseInvalid::Pin)),
            (Pin, "123456", Ok(())),
            (Pin, "１２３４５６", Ok(())),
            (Pin, "12345a", Err(PassphraseInvalid::Pin)),
            (Pin, "12 456", Err(PassphraseInvalid::Pin)),
        ] {
            assert_eq!(check_passphrase(kind, typed), taken, "{}", typed.len());
        }
    }
}
