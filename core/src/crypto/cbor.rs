//! Canonical CBOR (RFC 8949 section 4.2.1), in and out.

use minicbor::{Decode, Decoder, Encode};
use zeroize::Zeroizing;

use super::CryptoError;

/// The only bytes of a value.
pub(super) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value)
        .expect("invariant: writing into a vector cannot fail, and no value here refuses to be written")
}

/// Reads a value and refuses every encoding of it but the canonical one: longer integers, open lengths, unsorted,
/// repeated or unknown keys, trailing bytes.
pub(super) fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, CryptoError> {
    let value: T = Decoder::new(bytes).decode().map_err(|_| CryptoError::Malformed)?;
    // Wiped, because what was read may be a key.
    let again = Zeroizing::new(encode(&value));
    if *again == bytes {
        Ok(value)
    } else {
        Err(CryptoError::Malformed)
    }
}

/// As [`decode`] for a map whose key 0 is its version: another version is said to be too new before anything else is
/// looked at, because its other keys mean nothing here.
pub(super) fn decode_version_1<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, CryptoError> {
    #[derive(Decode)]
    #[cbor(map)]
    struct OnlyVersion {
        #[n(0)]
        version: u64,
    }
    let OnlyVersion { version } = Decoder::new(bytes).decode().map_err(|_| CryptoError::Malformed)?;
    if version == 1 {
        decode(bytes)
    } else {
        Err(CryptoError::TooNew)
    }
}
