//! Golden vectors: every format of this room as examples in hex, to accept and to refuse.
//!
//! The inputs are fixed (counting bytes), so these tests make each file of `core/vectors` again and compare it whole. A
//! difference is a changed format, and formats do not change. `CAIRN_WRITE_VECTORS=1` writes the files anew.
//!
//! Where bytes differ little from others in the same file they are written as a splice:
//! `{"of": name, "at": offset, "remove": count, "insert": hex}`.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod attachments;
mod boxes;
mod chains;
mod codes;
mod gate;
mod heads;
mod names;
mod plan_copy;
mod recovery;
mod sealing;
mod wake;
mod wrapped_key;

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::{CryptoError, KemSecret, SigningKey};
use crate::id::Entropy;

/// Entropy that counts, from a start: fixed inputs that nobody takes for keys. Every 256 bytes it leaves one number out,
/// so that no long stretch comes twice.
pub(super) struct Counting {
    count: u64,
}

impl Counting {
    pub(super) fn from(start: u8) -> Self {
        Self {
            count: u64::from(start),
        }
    }
}

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            [*byte, ..] = (self.count + (self.count >> 8)).to_le_bytes();
            self.count += 1;
        }
    }
}

/// Entropy from a seed, for many different runs.
pub(super) struct Seeded(blake3::OutputReader);

impl Seeded {
    pub(super) fn new(seed: u64) -> Self {
        Self(blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof())
    }
}

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// `N` bytes that count up from `start`.
pub(super) fn counting<const N: usize>(start: u8) -> [u8; N] {
    let mut bytes = [0; N];
    Counting::from(start).fill(&mut bytes);
    bytes
}

pub(super) fn signing(start: u8) -> SigningKey {
    SigningKey::from_seed(&counting(start))
}

pub(super) fn kem(start: u8) -> KemSecret {
    KemSecret::from_bytes(counting(start))
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

/// How `changed` differs from the bytes called `of`.
fn splice(of: &str, bytes: &[u8], changed: &[u8]) -> Value {
    let at = bytes.iter().zip(changed).take_while(|(a, b)| a == b).count();
    let rest = (&bytes[at..], &changed[at..]);
    let same_end = rest
        .0
        .iter()
        .rev()
        .zip(rest.1.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    json!({
        "of": of,
        "at": at,
        "remove": rest.0.len() - same_end,
        "insert": hex(&rest.1[..rest.1.len() - same_end]),
    })
}

/// The word by which a vector says how it is refused.
fn refusal(error: CryptoError) -> &'static str {
    match error {
        CryptoError::NotOpened => "not_opened",
        CryptoError::Malformed => "malformed",
        CryptoError::TooNew => "too_new",
        CryptoError::UnusableKey => "unusable_key",
        CryptoError::BadSignature => "bad_signature",
        CryptoError::ChainRefused => "chain_refused",
        CryptoError::PairingAltered => "pairing_altered",
        CryptoError::PairingRefused => "pairing_refused",
        CryptoError::PairingDeclined => "pairing_declined",
        _ => "other",
    }
}

fn flipped(bytes: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= mask;
    bytes
}

/// Compares what was made with the file, or writes the file where the environment asks for that.
fn hold(name: &str, made: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    let text = serde_json::to_string_pretty(made).unwrap() + "\n";
    if std::env::var_os("CAIRN_WRITE_VECTORS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == text,
        "the format of {name} has changed"
    );
}
