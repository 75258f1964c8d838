//! Making the links of a device chain. The chain takes each with [`DeviceChain::append`] once it stands in the relay's log.

use std::collections::BTreeMap;

use cairn_wire::{PublicKey, Seen, SignedHead, SpaceId};
use minicbor::Encode;

use super::device::{
    ADD, AddBody, BeforeBody, DeviceChain, ERASE, GENESIS, GONE, GenesisBody, HeadBody, KEEP, LET_GO, NEW_EPOCH,
    RECOVERY, REKEY, REMOVE, RecoveryBody, RekeyBody, RemoveBody, RemovedKey,
};
use super::link::LinkHash;
use super::members::{Device, Recovery};
use super::spine::Draft;
use crate::crypto::{CryptoError, EpochKey, KemPublic, SigningKey, cbor};

/// What the author of a link had verified of the space.
#[derive(Debug, Clone, Copy)]
pub struct Basis {
    /// How far it had read.
    pub seen: Seen,
    /// The newest head that the relay had signed for it.
    pub head: SignedHead,
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

    /// Makes the link that adds a device.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn add_device(
        &self,
        author: &SigningKey,
        device: Device,
        basis: Basis,
        key_box: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, CryptoError> {
        let Basis { seen, head } = basis;
        self.link(author, ADD, seen, &AddBody { device, head }, key_box)
    }

    /// Makes the link that removes devices, each trusted up to a sequence number, and begins the next epoch with it: records of
    /// the old one hold up to `basis.seen`.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn remove_devices(
        &self,
        author: &SigningKey,
        removed: &BTreeMap<PublicKey, u64>,
        basis: Basis,
        key: &EpochKey,
        key_box: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        let removed = removed.iter().map(|(signing, trusted_upto)| RemovedKey {
            signing: *signing,
            trusted_upto: *trusted_upto,
        });
        let link = self
            .spine
            .draft_new_epoch(author, REMOVE, basis.seen, key, key_box, |new| RemoveBody {
                epoch: new.epoch,
                old_upto: new.old_upto,
                removed: removed.collect(),
                head: basis.head,
            })?;
        self.clone().append(&link).map(|_| link)
    }

    /// Makes the link that begins the next epoch: records of the old one hold up to `seen`.
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
        let link = self
            .spine
            .draft_new_epoch(author, NEW_EPOCH, seen, key, key_box, |new| new)?;
        self.clone().append(&link).map(|_| link)
    }

    /// Makes the link that puts another X-Wing key in the place of the author's: its present one has opened a box.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn rekey(&self, author: &SigningKey, kem: KemPublic, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        self.link(author, REKEY, seen, &RekeyBody { kem }, None)
    }

    /// Makes the link after which this recovery phrase counts and no other.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn rotate_recovery(
        &self,
        author: &SigningKey,
        recovery: Recovery,
        basis: Basis,
    ) -> Result<Vec<u8>, CryptoError> {
        let Basis { seen, head } = basis;
        self.link(author, RECOVERY, seen, &RecoveryBody { recovery, head }, None)
    }

    /// Makes the link that asks everybody to destroy the keys of epochs before this one.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn ask_to_let_go(&self, author: &SigningKey, epoch: u32, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        self.link(author, LET_GO, seen, &BeforeBody { epoch }, None)
    }

    /// Makes the link by which a device says that it has destroyed the keys of epochs before this one.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn say_let_go(&self, author: &SigningKey, epoch: u32, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        self.link(author, GONE, seen, &BeforeBody { epoch }, None)
    }

    /// Makes the link that asks everybody to erase everything.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn erase_everything(&self, author: &SigningKey, basis: Basis) -> Result<Vec<u8>, CryptoError> {
        self.link(author, ERASE, basis.seen, &HeadBody { head: basis.head }, None)
    }

    /// Makes the link that withdraws it.
    ///
    /// # Errors
    /// What [`DeviceChain::append`] would say.
    pub fn keep_everything(&self, author: &SigningKey, basis: Basis) -> Result<Vec<u8>, CryptoError> {
        self.link(author, KEEP, basis.seen, &HeadBody { head: basis.head }, None)
    }

    fn link<T: Encode<()>>(
        &self,
        author: &SigningKey,
        kind: u8,
        seen: Seen,
        body: &T,
        key_box: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, CryptoError> {
        let draft = Draft {
            kind,
            seen,
            body: cbor::encode(body),
            commitments: None,
            key_box,
        };
        let link = self.spine.draft(author, draft);
        self.clone().append(&link).map(|_| link)
    }
}
