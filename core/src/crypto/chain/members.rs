//! Whom a chain names: devices, personas, and the recovery phrase.

use std::collections::BTreeSet;
use std::fmt;

use cairn_wire::PublicKey;
use cairn_wire::bounds::ORIGIN_BYTES_MAX;
use minicbor::{Decode, Encode};

use crate::crypto::{CryptoError, KemPublic, VerifyingKey};
use crate::limits::NAME_CHARACTERS_MAX;

macro_rules! members {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Encode, Decode)]
        #[cbor(map)]
        pub struct $name {
            /// Signs records and links.
            #[n(0)]
            pub signing: PublicKey,
            /// Receives key boxes.
            #[n(1)]
            pub kem: KemPublic,
            /// Asks the relay for entry. A key of its own, so that the relay never meets the one that signs.
            #[n(2)]
            pub access: PublicKey,
            /// What the person calls it.
            #[n(3)]
            pub name: String,
        }

        impl $name {
            pub(in crate::crypto) fn check(&self) -> Result<(), CryptoError> {
                VerifyingKey::parse(&self.signing)?;
                VerifyingKey::parse(&self.access)?;
                if self.signing == self.access {
                    return Err(CryptoError::ChainRefused);
                }
                check_name(&self.name)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut member = f.debug_struct(stringify!($name));
                member.field("signing", &self.signing).field("access", &self.access).field("name", &"…");
                member.finish_non_exhaustive()
            }
        }
    )*};
}

members! {
    /// One device of a person, as its chain names it.
    Device;
    /// One person within one relationship, as the support chain names them.
    Persona;
}

impl Persona {
    /// Whether the two have a key in common.
    pub(in crate::crypto) fn shares_a_key(&self, other: &Self) -> bool {
        let keys = [other.signing, other.access];
        keys.contains(&self.signing) || keys.contains(&self.access) || self.kem == other.kem
    }
}

/// What the chain knows of a recovery phrase: the public halves of the keys that grow from it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recovery {
    /// Signs links, in the place of a device.
    #[n(0)]
    pub signing: PublicKey,
    /// Receives key boxes.
    #[n(1)]
    pub kem: KemPublic,
    /// Asks the relay for entry.
    #[n(2)]
    pub access: PublicKey,
}

impl Recovery {
    pub(in crate::crypto) fn check(&self) -> Result<(), CryptoError> {
        VerifyingKey::parse(&self.signing)?;
        VerifyingKey::parse(&self.access)?;
        if self.signing == self.access {
            Err(CryptoError::ChainRefused)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut recovery = f.debug_struct("Recovery");
        recovery.field("signing", &self.signing).field("access", &self.access);
        recovery.finish_non_exhaustive()
    }
}

/// Every key that a chain ever named. None comes twice: whoever held it once may hold it still.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownKeys {
    signing: BTreeSet<PublicKey>,
    kems: BTreeSet<[u8; 32]>,
}

impl KnownKeys {
    pub(super) fn knows(&self, signing: &PublicKey, access: &PublicKey, kem: &KemPublic) -> bool {
        self.signing.contains(signing) || self.signing.contains(access) || self.knows_kem(kem)
    }

    pub(super) fn knows_kem(&self, kem: &KemPublic) -> bool {
        self.kems.contains(blake3::hash(kem.as_bytes()).as_bytes())
    }

    pub(super) fn insert(&mut self, signing: &PublicKey, access: &PublicKey, kem: &KemPublic) {
        self.signing.extend([*signing, *access]);
        self.insert_kem(kem);
    }

    pub(super) fn insert_kem(&mut self, kem: &KemPublic) {
        self.kems.insert(*blake3::hash(kem.as_bytes()).as_bytes());
    }
}

pub(in crate::crypto) fn check_name(name: &str) -> Result<(), CryptoError> {
    if name.chars().count() <= NAME_CHARACTERS_MAX {
        Ok(())
    } else {
        Err(CryptoError::Malformed)
    }
}

/// An origin is the address of a relay: not empty, bounded, and without bytes that no address holds.
pub(in crate::crypto) fn check_origin(origin: &str) -> Result<(), CryptoError> {
    let is_bounded = (1..=ORIGIN_BYTES_MAX).contains(&origin.len());
    let is_plain = origin.bytes().all(|byte| byte > b' ' && byte != 0x7f);
    if is_bounded && is_plain {
        Ok(())
    } else {
        Err(CryptoError::Malformed)
    }
}

pub(in crate::crypto) fn is_digits(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}
