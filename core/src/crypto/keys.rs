//! The keys of a vault, a device, a persona and a space.
//!
//! Every secret is wiped when dropped and prints as `…`. Signatures are Ed25519 (RFC 8032), verified strictly: a key or
//! a commitment of small order, and a key written in another than its one canonical way, are refused. Keys are boxed to
//! X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 together.

use std::fmt;

use cairn_wire::{PublicKey, Signature};
use ed25519_dalek::Signer;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, Serializable};
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::CryptoError;
use crate::id::Entropy;

/// Bytes of a [`KemPublic`]: ML-KEM-768 encapsulation key 1,184, then X25519 public key 32.
pub const KEM_PUBLIC_BYTES: usize = 1216;

/// The signing half of an Ed25519 key pair: a device's, a persona's, an access key.
///
/// ```
/// use cairn_core::crypto::{SigningKey, verify};
///
/// let key = SigningKey::from_seed(&[7; 32]);
/// let signature = key.sign(b"a stone on the pile");
/// assert!(verify(&key.public(), b"a stone on the pile", &signature).is_ok());
/// assert!(verify(&key.public(), b"another stone", &signature).is_err());
/// ```
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key that grows from this seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// A new random key.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The half that others may know.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// The signature over these bytes. They begin with a domain string, always.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(bytes).to_bytes())
    }

    /// The seed, for the encrypted store alone.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// An Ed25519 public key that was looked at and found usable. Reading it costs some microseconds: keep it where one
/// author's records arrive by the hundred.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Reads a key from the wire.
    ///
    /// # Errors
    /// [`CryptoError::UnusableKey`] where the bytes are no point, a point of small order (it would "sign" anything), or
    /// a point not written canonically (two names for one key).
    pub fn parse(public: &PublicKey) -> Result<Self, CryptoError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(public.as_bytes()).map_err(|_| CryptoError::UnusableKey)?;
        if key.is_weak() && !planted!(WeakKeys) || key.to_edwards().compress().to_bytes() != *public.as_bytes() {
            return Err(CryptoError::UnusableKey);
        }
        Ok(Self(key))
    }

    /// Checks a signature over these bytes.
    ///
    /// # Errors
    /// [`CryptoError::BadSignature`].
    pub fn verify(&self, bytes: &[u8], signature: &Signature) -> Result<(), CryptoError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        if planted!(WeakKeys) {
            let verified = ed25519_dalek::Verifier::verify(&self.0, bytes, &signature);
            return verified.map_err(|_| CryptoError::BadSignature);
        }
        self.0
            .verify_strict(bytes, &signature)
            .map_err(|_| CryptoError::BadSignature)
    }

    /// The key as it goes over the wire.
    pub fn to_wire(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.to_bytes())
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_wire().fmt(f)
    }
}

/// Checks one signature: [`VerifyingKey::parse`] and [`VerifyingKey::verify`] in one.
///
/// # Errors
/// [`CryptoError::UnusableKey`] or [`CryptoError::BadSignature`].
pub fn verify(public: &PublicKey, bytes: &[u8], signature: &Signature) -> Result<(), CryptoError> {
    VerifyingKey::parse(public)?.verify(bytes, signature)
}

/// The secret half of an X-Wing key pair, 32 bytes from which both of its secrets grow.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KemSecret([u8; 32]);

impl KemSecret {
    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new random key.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut key = Self([0; 32]);
        entropy.fill(&mut key.0);
        key
    }

    /// The 32 bytes, for the encrypted store alone.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The half that others may know. Grows an ML-KEM key: some 50 microseconds.
    pub fn public(&self) -> KemPublic {
        let mut bytes = Box::new([0; KEM_PUBLIC_BYTES]);
        XWing::sk_to_pk(&self.to_hpke()).write_exact(bytes.as_mut_slice());
        KemPublic(bytes)
    }

    pub(super) fn to_hpke(&self) -> <XWing as Kem>::PrivateKey {
        <XWing as Kem>::PrivateKey::from_bytes(&self.0).expect("invariant: every 32 bytes are an X-Wing secret key")
    }
}

impl fmt::Debug for KemSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemSecret(…)")
    }
}

/// The public half of an X-Wing key pair, [`KEM_PUBLIC_BYTES`] bytes whose ML-KEM numbers are in range.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KemPublic(Box<[u8; KEM_PUBLIC_BYTES]>);

impl KemPublic {
    /// Reads a key.
    ///
    /// # Errors
    /// [`CryptoError::UnusableKey`] where the length is another or a number is out of range (FIPS 203 section 7.2).
    pub fn parse(bytes: &[u8]) -> Result<Self, CryptoError> {
        <XWing as Kem>::PublicKey::from_bytes(bytes).map_err(|_| CryptoError::UnusableKey)?;
        let bytes = <[u8; KEM_PUBLIC_BYTES]>::try_from(bytes).map_err(|_| CryptoError::UnusableKey)?;
        Ok(Self(Box::new(bytes)))
    }

    /// The bytes of the key.
    pub fn as_bytes(&self) -> &[u8; KEM_PUBLIC_BYTES] {
        &self.0
    }

    pub(super) fn to_hpke(&self) -> Result<<XWing as Kem>::PublicKey, CryptoError> {
        <XWing as Kem>::PublicKey::from_bytes(self.0.as_slice()).map_err(|_| CryptoError::UnusableKey)
    }
}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = *self.0;
        write!(f, "KemPublic({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

impl<C> Encode<C> for KemPublic {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for KemPublic {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::parse(d.bytes()?).map_err(|_| DecodeError::message("not an X-Wing public key"))
    }
}

macro_rules! secret_keys {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The key with these bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// A new random key.
            pub fn random(entropy: &mut dyn Entropy) -> Self {
                let mut key = Self([0; 32]);
                entropy.fill(&mut key.0);
                key
            }

            /// The 32 bytes, for the encrypted store and for key boxes alone.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                equal_in_constant_time(&self.0, &other.0)
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

secret_keys! {
    /// Seals the records of one space during one epoch.
    EpochKey;
    /// Names the documents of one space: from it and a document's id comes the slot. It never changes in the life of a
    /// space.
    SlotKey;
    /// Opens one person's database on one device. It lies in the platform's key store.
    VaultKey;
    /// Opens the copy of the plan for hard times, where the participant lets it be read without unlocking. Nothing else.
    PlanKey;
    /// Names the gates of one share and finds their halves. The participant's devices have it, and nobody else.
    GateKey;
}

/// The key of a cipher, and the commitment that travels with it: the first 64 bytes of what a hasher puts out.
pub(super) fn key_and_commitment(mut hasher: blake3::Hasher) -> (Zeroizing<[u8; 32]>, [u8; 32]) {
    let mut output = hasher.finalize_xof();
    let (mut cipher, mut commitment) = (Zeroizing::new([0; 32]), [0; 32]);
    output.fill(cipher.as_mut_slice());
    output.fill(&mut commitment);
    hasher.zeroize();
    output.zeroize();
    (cipher, commitment)
}

/// Compares without telling by the time taken where the first difference lies.
pub(super) fn equal_in_constant_time(a: &[u8; 32], b: &[u8; 32]) -> bool {
    // A hash of BLAKE3 compares so, and there is no other crate to ask for it here.
    blake3::Hash::from_bytes(*a) == blake3::Hash::from_bytes(*b)
}

/// Lets HPKE draw from the core's one source of randomness.
pub(super) struct RngOver<'a>(pub(super) &'a mut dyn Entropy);

impl hpke::rand_core::TryRng for RngOver<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl hpke::rand_core::TryCryptoRng for RngOver<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight points of small order and the second ways to write them (RFC 8032 points, little-endian).
    const SMALL_ORDER: [&str; 14] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    #[test]
    fn keys_of_small_order_and_keys_written_a_second_way_are_refused() {
        for hex in SMALL_ORDER {
            let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex");
            let key = PublicKey::from_slice(&bytes).expect("32 bytes");
            assert_eq!(VerifyingKey::parse(&key), Err(CryptoError::UnusableKey), "{hex}");
        }
        // y = p + 3 and so on: where y is on the curve, this is a second way to write an honest point.
        for y in 2..=18_u8 {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xed + y;
            bytes[31] = 0x7f;
            let key = PublicKey::from_bytes(bytes);
            assert_eq!(VerifyingKey::parse(&key), Err(CryptoError::UnusableKey), "p + {y}");
        }
    }

    #[test]
    fn a_box_key_with_a_number_out_of_range_is_refused() {
        let good = KemSecret::from_bytes([3; 32]).public();
        assert!(KemPublic::parse(good.as_bytes()).is_ok());
        let mut bytes = *good.as_bytes();
        bytes[..3].fill(0xff);
        assert_eq!(KemPublic::parse(&bytes), Err(CryptoError::UnusableKey));
        assert_eq!(KemPublic::parse(&good.as_bytes()[1..]), Err(CryptoError::UnusableKey));
    }
}
