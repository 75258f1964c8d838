//! The keys of this device.
//!
//! | key | CBOR type | field |
//! |---|---|---|
//! | 0 | uint | version, 1 |
//! | 1 | bstr 32 | seed of the device's signing key (Ed25519) |
//! | 2 | bstr 32 | seed of the device's X-Wing key |
//! | 3 | bstr 16 | the name under which this device writes in documents (Automerge actor) |
//! | 4 | tstr | the device's name |
//! | 5 | bstr 16 | the home space |
//!
//! Kept in the encrypted database under the name `identity`.

use super::Error;
use crate::crypto::{KemSecret, SigningKey};
use crate::document::Actor;
use crate::id::{Entropy, random_bytes};
use cairn_wire::SpaceId;
use minicbor::{Decode, Encode};
use zeroize::{Zeroize as _, Zeroizing};

/// The name of the identity in the database.
pub(super) const IDENTITY: &str = "identity";

#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    signing: [u8; 32],
    #[cbor(n(2), with = "minicbor::bytes")]
    kem: [u8; 32],
    #[cbor(n(3), with = "minicbor::bytes")]
    actor: [u8; 16],
    #[n(4)]
    name: String,
    #[cbor(n(5), with = "minicbor::bytes")]
    home: [u8; 16],
}

/// Who this device is.
pub(super) struct Identity {
    pub(super) signing: SigningKey,
    pub(super) kem: KemSecret,
    pub(super) actor: Actor,
    pub(super) name: String,
    pub(super) home: SpaceId,
}

impl Identity {
    /// A new device.
    pub(super) fn random(name: &str, entropy: &mut dyn Entropy) -> Self {
        Self {
            signing: SigningKey::random(entropy),
            kem: KemSecret::random(entropy),
            actor: Actor::from_bytes(random_bytes(entropy)),
            name: name.to_owned(),
            home: SpaceId::from_bytes(random_bytes(entropy)),
        }
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        self.encode_with(self.home, &self.kem)
    }

    /// The same device with another home space or another X-Wing key.
    pub(super) fn encode_with(&self, home: SpaceId, kem: &KemSecret) -> Zeroizing<Vec<u8>> {
        let mut stored = Stored {
            version: 1,
            signing: *self.signing.seed(),
            kem: *kem.as_bytes(),
            actor: *self.actor.as_bytes(),
            name: self.name.clone(),
            home: *home.as_bytes(),
        };
        let bytes = Zeroizing::new(cairn_wire::encode(&stored));
        stored.signing.zeroize();
        stored.kem.zeroize();
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut stored: Stored = cairn_wire::decode_canonical(bytes).map_err(|_| Error::Internal)?;
        let identity = Self {
            signing: SigningKey::from_seed(&stored.signing),
            kem: KemSecret::from_bytes(stored.kem),
            actor: Actor::from_bytes(stored.actor),
            name: std::mem::take(&mut stored.name),
            home: SpaceId::from_bytes(stored.home),
        };
        stored.signing.zeroize();
        stored.kem.zeroize();
        Ok(identity)
    }
}
