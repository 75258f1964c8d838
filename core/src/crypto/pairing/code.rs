//! What the trusted side shows.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | purpose: 1 pair a device, 2 invite a person |
//! | 2 | 16 | secret |
//! | 18 | 32 | commitment to the Reveal |
//! | 50 | 32 | the relay's key for heads |
//! | 82 | 1 to 200 | the relay's origin, UTF-8 without controls and spaces, to the end |
//!
//! As text: `CAIRN1`, then the bytes in Base32 (RFC 4648), upper case, unpadded: a QR holds these characters in 5.5 bits
//! each. Reading takes lower case and white space too, because people copy and terminals wrap.
//!
//! ```text
//! mailbox    = BLAKE3-derive-key("cairn mailbox 1", secret)
//! commitment = BLAKE3-derive-key("cairn pairing commitment 1", Reveal as CBOR)
//! ```

use std::fmt;

use cairn_wire::{MailboxId, PublicKey};
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::crypto::chain::check_origin;
use crate::crypto::{CryptoError, VerifyingKey};

const VERSION: u8 = 1;
const PREFIX: &str = "CAIRN1";
/// Characters of the longest code, far more than any has, so that hostile text is not read to its end.
const TEXT_BYTES_MAX: usize = 4_096;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// One person's new device joins their home space.
    Pair,
    /// Another person joins a support space.
    Invite,
}

impl Purpose {
    pub(super) const fn to_byte(self) -> u8 {
        match self {
            Self::Pair => 1,
            Self::Invite => 2,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Pair),
            2 => Some(Self::Invite),
            _ => None,
        }
    }
}

/// The code of one pairing or invitation. It holds the mailbox's secret: show it to the one it is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    purpose: Purpose,
    secret: Zeroizing<[u8; 16]>,
    commitment: [u8; 32],
    relay_key: PublicKey,
    origin: String,
}

impl Code {
    pub(in crate::crypto) fn new(
        purpose: Purpose,
        secret: Zeroizing<[u8; 16]>,
        commitment: [u8; 32],
        relay_key: PublicKey,
        origin: String,
    ) -> Result<Self, CryptoError> {
        check_origin(&origin)?;
        VerifyingKey::parse(&relay_key)?;
        Ok(Self {
            purpose,
            secret,
            commitment,
            relay_key,
            origin,
        })
    }

    /// Reads the bytes of a code.
    ///
    /// # Errors
    /// [`CryptoError::TooNew`] for another version; [`CryptoError::Malformed`]; [`CryptoError::UnusableKey`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CryptoError> {
        let (&[version, purpose], rest) = bytes.split_first_chunk().ok_or(CryptoError::Malformed)?;
        if version != VERSION {
            return Err(CryptoError::TooNew);
        }
        let purpose = Purpose::from_byte(purpose).ok_or(CryptoError::Malformed)?;
        let (secret, rest) = rest.split_first_chunk().ok_or(CryptoError::Malformed)?;
        let (commitment, rest) = rest.split_first_chunk().ok_or(CryptoError::Malformed)?;
        let (relay_key, rest) = rest.split_first_chunk().ok_or(CryptoError::Malformed)?;
        let origin = str::from_utf8(rest).map_err(|_| CryptoError::Malformed)?.to_owned();
        Self::new(
            purpose,
            Zeroizing::new(*secret),
            *commitment,
            PublicKey::from_bytes(*relay_key),
            origin,
        )
    }

    /// The bytes of the code.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(82 + self.origin.len()));
        bytes.extend_from_slice(&[VERSION, self.purpose.to_byte()]);
        bytes.extend_from_slice(self.secret.as_slice());
        bytes.extend_from_slice(&self.commitment);
        bytes.extend_from_slice(self.relay_key.as_bytes());
        bytes.extend_from_slice(self.origin.as_bytes());
        bytes
    }

    /// Reads the text of a code.
    ///
    /// # Errors
    /// As [`Code::decode`].
    pub fn from_text(text: &str) -> Result<Self, CryptoError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(CryptoError::Malformed);
        }
        let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let text = text.to_ascii_uppercase();
        let digits = text.strip_prefix(PREFIX).ok_or(CryptoError::Malformed)?;
        let bytes = Zeroizing::new(
            BASE32_NOPAD
                .decode(digits.as_bytes())
                .map_err(|_| CryptoError::Malformed)?,
        );
        Self::decode(&bytes)
    }

    /// The text of the code, for a QR or to copy.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", BASE32_NOPAD.encode(&self.encode()))
    }

    /// What the code is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The relay's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key that signs the relay's heads.
    pub const fn relay_key(&self) -> PublicKey {
        self.relay_key
    }

    /// The mailbox at the relay where both sides meet.
    pub fn mailbox(&self) -> MailboxId {
        if planted!(SecretSent) {
            return MailboxId::from_bytes(
                [*self.secret, *self.secret]
                    .as_flattened()
                    .try_into()
                    .unwrap_or_default(),
            );
        }
        MailboxId::from_bytes(blake3::derive_key("cairn mailbox 1", self.secret.as_slice()))
    }

    pub(super) fn secret(&self) -> &[u8; 16] {
        &self.secret
    }

    pub(in crate::crypto) const fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}
