//! Six digits that two honest sides have in common.
//!
//! ```text
//! digits = (first 8 bytes, as u64 little-endian, of
//!           BLAKE3-derive-key("cairn pairing digits 1", purpose u8 || code || Hello as CBOR || Reveal as CBOR))
//!          mod 1,000,000, with leading zeros
//! ```

use std::fmt;

use super::code::Code;
use crate::crypto::CryptoError;
use crate::crypto::chain::is_digits;

/// The six digits of one pairing, shown on the new side and typed on the trusted one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digits(u32);

impl Digits {
    pub(in crate::crypto) fn of(code: &Code, hello: &[u8], reveal: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("cairn pairing digits 1");
        hasher
            .update(&[code.purpose().to_byte()])
            .update(&code.encode())
            .update(hello)
            .update(reveal);
        let mut first = [0; 8];
        hasher.finalize_xof().fill(&mut first);
        Self(u32::try_from(u64::from_le_bytes(first) % 1_000_000).unwrap_or_default())
    }

    /// Reads what a person typed; spaces and hyphens between digits do not matter.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] where it is not six digits.
    pub fn parse(typed: &str) -> Result<Self, CryptoError> {
        let digits: String = typed
            .chars()
            .filter(|c| !c.is_ascii_whitespace() && *c != '-')
            .take(7)
            .collect();
        if !is_digits(&digits) {
            return Err(CryptoError::Malformed);
        }
        digits.parse().map(Self).map_err(|_| CryptoError::Malformed)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(…)")
    }
}
