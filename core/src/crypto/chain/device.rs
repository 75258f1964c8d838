//! The chain of a home space: which devices are one person's.

use std::collections::BTreeMap;

use cairn_wire::{PublicKey, Seen, SpaceId};
use minicbor::{Decode, Encode};

use super::link::{Link, LinkHash};
use super::members::{Device, check_origin};
use super::spine::{Draft, Epoch, Spine};
use crate::crypto::{CryptoError, EpochCommitment, EpochKey, SigningKey, VerifyingKey, cbor};

const GENESIS: u8 = 1;
const ADD: u8 = 2;
const NEW_EPOCH: u8 = 4;

#[derive(Encode, Decode)]
#[cbor(map)]
struct GenesisBody {
    #[n(0)]
    origin: String,
    #[n(1)]
    relay_key: PublicKey,
    #[n(2)]
    device: Device,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct AddBody {
    #[n(0)]
    device: Device,
}

/// A device chain, verified from its genesis to its tip.
#[derive(Debug, Clone)]
pub struct DeviceChain {
    spine: Spine,
    origin: String,
    relay_key: PublicKey,
    devices: BTreeMap<PublicKey, Device>,
}

impl DeviceChain {
    /// Founds the chain of a new home space: the first device signs for itself, for the relay's origin and key, and for
    /// the first epoch key. Gives the chain and its first link.
    ///
    /// # Errors
    /// What [`DeviceChain::begin`] would say about the link.
    pub fn found(
        author: &SigningKey,
        space: SpaceId,
        device: Device,
        relay: (&str, PublicKey),
        seen: Seen,
        first_epoch: &EpochKey,
        key_box: Option<Vec<u8>>,
    ) -> Result<(Self, Vec<u8>), CryptoError> {
        let (origin, relay_key) = (relay.0.to_owned(), relay.1);
        let body = cbor::encode(&GenesisBody {
            origin,
            relay_key,
            device,
        });
        let commitments = Draft::first_commitment(first_epoch);
        let link = Draft {
            kind: GENESIS,
            seen,
            body,
            commitments,
            key_box,
        }
        .sign(author, space, 0, LinkHash::NONE);
        Ok((Self::begin(&link)?, link))
    }

    /// Begins with the bytes of a genesis link.
    ///
    /// # Errors
    /// What [`Link::parse`] says; [`CryptoError::ChainRefused`] where it is no genesis that its own device signed.
    pub fn begin(genesis: &[u8]) -> Result<Self, CryptoError> {
        let link = Link::parse(genesis)?;
        let spine = Spine::begin(&link, GENESIS)?;
        let GenesisBody {
            origin,
            relay_key,
            device,
        } = link.body()?;
        check_origin(&origin)?;
        VerifyingKey::parse(&relay_key)?;
        device.check()?;
        if device.signing != link.author() {
            return Err(CryptoError::ChainRefused);
        }
        Ok(Self {
            spine,
            origin,
            relay_key,
            devices: BTreeMap::from([(device.signing, device)]),
        })
    }

    /// Verifies a whole chain, from its genesis on.
    ///
    /// # Errors
    /// What [`DeviceChain::begin`] and [`DeviceChain::append`] say about the first link that is refused.
    pub fn verify<'a>(links: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, CryptoError> {
        let mut links = links.into_iter();
        let mut chain = Self::begin(links.next().ok_or(CryptoError::Malformed)?)?;
        links.try_for_each(|link| chain.append(link).map(drop))?;
        Ok(chain)
    }

    /// Takes the next link. Refused, the chain is as it was.
    ///
    /// # Errors
    /// What [`Link::parse`] says; [`CryptoError::ChainRefused`] where it does not continue the chain, its author is no
    /// device here or may not say this; [`CryptoError::TooNew`] where a device here made a link of an unknown kind.
    pub fn append(&mut self, link: &[u8]) -> Result<Link, CryptoError> {
        let link = Link::parse(link)?;
        self.spine.check_place(&link)?;
        if !self.devices.contains_key(&link.author()) && !planted!(StrangerLinks) {
            return Err(CryptoError::ChainRefused);
        }
        match link.kind() {
            GENESIS => return Err(CryptoError::ChainRefused),
            ADD => {
                let AddBody { device } = link.body()?;
                device.check()?;
                if self.devices.values().any(|known| known.shares_a_key(&device)) {
                    return Err(CryptoError::ChainRefused);
                }
                self.spine.take(&link)?;
                self.devices.insert(device.signing, device);
            }
            NEW_EPOCH => self.spine.take_new_epoch(&link)?,
            _ => return Err(CryptoError::TooNew),
        }
        Ok(link)
    }

    /// Makes the link that adds a device. The chain takes it with [`DeviceChain::append`] once the relay has it.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn add_device(
        &self,
        author: &SigningKey,
        device: Device,
        seen: Seen,
        key_box: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, CryptoError> {
        let body = cbor::encode(&AddBody { device });
        let link = self.spine.draft(
            author,
            Draft {
                kind: ADD,
                seen,
                body,
                commitments: None,
                key_box,
            },
        );
        self.clone().append(&link).map(|_| link)
    }

    /// Makes the link that begins the next epoch: records of the old one hold up to `seen`. The chain takes it with
    /// [`DeviceChain::append`] once the relay has swapped the epoch.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn new_epoch(
        &self,
        author: &SigningKey,
        seen: Seen,
        key: &EpochKey,
        key_box: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        let link = self.spine.draft_new_epoch(author, NEW_EPOCH, seen, key, key_box)?;
        self.clone().append(&link).map(|_| link)
    }

    /// The home space.
    pub const fn space(&self) -> SpaceId {
        self.spine.space()
    }

    /// The relay's origin, pinned at genesis.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key that signs the relay's heads, pinned at genesis.
    pub const fn relay_key(&self) -> PublicKey {
        self.relay_key
    }

    /// The devices that are this person's, by signing key.
    pub const fn devices(&self) -> &BTreeMap<PublicKey, Device> {
        &self.devices
    }

    /// The device that signs with this key.
    pub fn device(&self, signing: &PublicKey) -> Option<&Device> {
        self.devices.get(signing)
    }

    /// Every epoch so far.
    pub const fn epochs(&self) -> &BTreeMap<u32, Epoch> {
        self.spine.epochs()
    }

    /// The number of the newest epoch.
    pub fn current_epoch(&self) -> u32 {
        self.spine.current_epoch()
    }

    /// What the chain vouches for, to hold opened keys against ([`SpaceKeys::check`](crate::crypto::SpaceKeys::check)).
    pub fn commitments(&self) -> BTreeMap<u32, EpochCommitment> {
        self.spine.commitments()
    }

    /// The hash of the first link.
    pub fn genesis(&self) -> LinkHash {
        self.spine.genesis()
    }

    /// The hash of the last link.
    pub fn tip(&self) -> LinkHash {
        self.spine.tip()
    }

    /// How many links there are.
    pub fn length(&self) -> u64 {
        self.spine.length()
    }

    /// Whether the chain went through this link.
    pub fn contains(&self, link: &LinkHash) -> bool {
        self.spine.contains(link)
    }
}
