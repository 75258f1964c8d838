//! Identifiers, hashes and keys: fixed byte strings that must never be taken for one another.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Declares a fixed byte string with its conversions, a `Debug` of four bytes, and its CBOR form.
macro_rules! fixed_bytes {
    ($($(#[$doc:meta])* $name:ident($len:literal);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// How many bytes it has.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Takes a slice of exactly [`Self::LEN`] bytes; `None` for any other length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                for byte in self.0.iter().take(4) {
                    write!(f, "{byte:02x}")?;
                }
                f.write_str("…)")
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let at = d.position();
                Self::from_slice(d.bytes()?)
                    .ok_or_else(|| decode::Error::message(concat!(stringify!($name), " of a wrong length")).at(at))
            }
        }
    )+};
}

fixed_bytes! {
    /// A space: one log at the relay.
    SpaceId(16);
    /// The name of one document in one space, unlinkable to anything outside it.
    SlotId(16);
    /// The name of one record. Appending it twice is appending it once.
    RecordId(16);
    /// Hash of a record's header and of its body's hash; see [`record_hash`](crate::record_hash).
    RecordHash(32);
    /// Hash of a record's body. It stays when the body goes.
    BodyHash(32);
    /// Hash of everything a space held up to some sequence number; see [`chain`](crate::chain).
    ChainHash(32);
    /// An Ed25519 public key: an access key of a space, or the relay's own.
    PublicKey(32);
    /// An Ed25519 signature.
    Signature(64);
    /// A blob in one space. Its device chooses a name nobody can guess; putting it twice is putting it once.
    BlobId(32);
    /// One gate of a slot. Another one in its place has another name.
    GateId(16);
    /// The half of a key that a relay keeps behind a gate. Without the other half it opens nothing.
    GatePart(32);
    /// What one device registered under a key of one space, named by the device at random: several devices may share the key.
    RegistrationId(16);
    /// Opens the addresses that devices of one space registered during one epoch. A relay is handed it for a moment.
    WakeKey(32);
    /// The P-256 key by which push services know a relay (RFC 8292), uncompressed as in SEC 1: 4, x, y.
    PushKey(65);
    /// A mailbox, named by a secret both ends know.
    MailboxId(32);
    /// What a relay asks to have signed. Good once, for thirty seconds.
    Nonce(32);
    /// What a session answers with and later requests carry. A secret, for minutes.
    Token(32);
    /// A record's header as it was received.
    HeaderBytes(72);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn debug_shows_four_bytes_and_no_more() {
        let text = format!("{:?}", Token::from_bytes([0xAB; 32]));
        assert_eq!(text, "Token(abababab…)");
    }

    #[test]
    fn a_byte_string_of_another_length_is_refused() {
        for len in [0usize, 15, 17, 32] {
            let bytes = minicbor::to_vec(minicbor::bytes::ByteVec::from(vec![7; len])).unwrap();
            assert!(decode::<SpaceId>(&bytes).is_err(), "{len} bytes");
        }
        let bytes = minicbor::to_vec(SpaceId::from_bytes([7; 16])).unwrap();
        assert_eq!(decode::<SpaceId>(&bytes).unwrap(), SpaceId::from_bytes([7; 16]));
    }
}
