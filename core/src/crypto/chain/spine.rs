//! What both chains share: place, hash, epochs.

use std::collections::BTreeMap;

use cairn_wire::{PublicKey, Seen, SpaceId};
use minicbor::{Decode, Encode};

use super::link::{Commitments, Link, LinkHash, Payload};
use crate::crypto::key_box::key_box_hash;
use crate::crypto::{CryptoError, EpochCommitment, EpochKey, SigningKey, cbor};

/// The first epoch of every space.
pub(super) const FIRST_EPOCH: u32 = 1;

/// One epoch of a space's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// What the chain vouches for.
    pub commitment: EpochCommitment,
    /// Up to here the records of the epoch before hold; nothing for the first epoch.
    pub old_upto: Option<Seen>,
    /// The index of the link that began it.
    pub begun_at: u64,
}

/// The body of a link that begins an epoch.
#[derive(Clone, Copy, Encode, Decode)]
#[cbor(map)]
pub(super) struct NewEpoch {
    #[n(0)]
    pub(super) epoch: u32,
    #[n(1)]
    pub(super) old_upto: Seen,
}

/// The part of a chain that does not depend on who may do what.
#[derive(Debug, Clone)]
pub(super) struct Spine {
    space: SpaceId,
    links: Vec<LinkHash>,
    epochs: BTreeMap<u32, Epoch>,
}

impl Spine {
    /// Begins with a genesis link of this kind. The caller checks who signed it.
    pub(super) fn begin(genesis: &Link, kind: u8) -> Result<Self, CryptoError> {
        let payload = genesis.payload();
        if payload.kind != kind || payload.index != 0 || payload.previous != LinkHash::NONE {
            return Err(CryptoError::ChainRefused);
        }
        let commitments = payload.commitments.as_ref().ok_or(CryptoError::ChainRefused)?;
        let first = match (commitments.0.len(), commitments.0.get(&FIRST_EPOCH)) {
            (1, Some(commitment)) => Epoch {
                commitment: *commitment,
                old_upto: None,
                begun_at: 0,
            },
            _ => return Err(CryptoError::ChainRefused),
        };
        let epochs = BTreeMap::from([(FIRST_EPOCH, first)]);
        Ok(Self {
            space: payload.space,
            links: vec![genesis.link_hash()],
            epochs,
        })
    }

    /// Checks that a link stands where the next one has to stand.
    pub(super) fn check_place(&self, link: &Link) -> Result<(), CryptoError> {
        let payload = link.payload();
        let continues = payload.space == self.space && payload.index == self.length() && payload.previous == self.tip();
        if continues {
            Ok(())
        } else {
            Err(CryptoError::ChainRefused)
        }
    }

    /// Takes a link that begins no epoch. It may repeat commitments, and only true ones.
    pub(super) fn take(&mut self, link: &Link) -> Result<(), CryptoError> {
        self.check_commitments(link, None)?;
        self.links.push(link.link_hash());
        Ok(())
    }

    /// Takes a link that begins an epoch. It vouches for the new key and for the box that carries it.
    pub(super) fn take_new_epoch(&mut self, link: &Link, new: NewEpoch) -> Result<(), CryptoError> {
        let NewEpoch { epoch, old_upto } = new;
        if self.current_epoch().checked_add(1) != Some(epoch) || link.key_box_hash().is_none() {
            return Err(CryptoError::ChainRefused);
        }
        // The epoch before begins behind the end of the one before it, as the relay's log goes: none takes back what held.
        let before = self.epochs.values().next_back().and_then(|last| last.old_upto);
        if before.is_some_and(|before| (old_upto.incarnation, old_upto.n) < (before.incarnation, before.n)) {
            return Err(CryptoError::ChainRefused);
        }
        self.check_commitments(link, Some(epoch))?;
        let commitments = link.payload().commitments.as_ref();
        let commitment = *commitments
            .and_then(|all| all.0.get(&epoch))
            .ok_or(CryptoError::ChainRefused)?;
        let begun_at = self.length();
        self.epochs.insert(
            epoch,
            Epoch {
                commitment,
                old_upto: Some(old_upto),
                begun_at,
            },
        );
        self.links.push(link.link_hash());
        Ok(())
    }

    fn check_commitments(&self, link: &Link, new: Option<u32>) -> Result<(), CryptoError> {
        for (epoch, commitment) in link.payload().commitments.iter().flat_map(|all| &all.0) {
            let known = self.epochs.get(epoch).map(|known| known.commitment);
            if known != Some(*commitment) && (known.is_some() || new != Some(*epoch)) {
                return Err(CryptoError::ChainRefused);
            }
        }
        Ok(())
    }

    /// Makes the bytes of the next link.
    pub(super) fn draft(&self, author: &SigningKey, draft: Draft) -> Vec<u8> {
        draft.sign(author, self.space, self.length(), self.tip())
    }

    /// Makes the bytes of a link that begins the next epoch; `body` makes its body.
    pub(super) fn draft_new_epoch<T: Encode<()>>(
        &self,
        author: &SigningKey,
        kind: u8,
        seen: Seen,
        key: &EpochKey,
        key_box: Vec<u8>,
        body: impl FnOnce(NewEpoch) -> T,
    ) -> Result<Vec<u8>, CryptoError> {
        let epoch = self.current_epoch().checked_add(1).ok_or(CryptoError::TooLarge)?;
        let body = cbor::encode(&body(NewEpoch { epoch, old_upto: seen }));
        let commitments = Some(BTreeMap::from([(epoch, EpochCommitment::of(key))]));
        Ok(self.draft(
            author,
            Draft {
                kind,
                seen,
                body,
                commitments,
                key_box: Some(key_box),
            },
        ))
    }

    /// Whether this link would have continued the chain where another one did.
    pub(super) fn is_taken(&self, link: &Link) -> bool {
        let payload = link.payload();
        let at = usize::try_from(payload.index).unwrap_or(usize::MAX);
        let before = at.checked_sub(1).and_then(|before| self.links.get(before));
        payload.space == self.space && self.links.get(at).is_some() && before == Some(&payload.previous)
    }

    pub(super) const fn space(&self) -> SpaceId {
        self.space
    }

    pub(super) fn length(&self) -> u64 {
        self.links.len() as u64
    }

    pub(super) fn tip(&self) -> LinkHash {
        self.links.last().copied().unwrap_or(LinkHash::NONE)
    }

    pub(super) fn genesis(&self) -> LinkHash {
        self.links.first().copied().unwrap_or(LinkHash::NONE)
    }

    pub(super) fn contains(&self, link: &LinkHash) -> bool {
        self.links.contains(link)
    }

    pub(super) fn index_of(&self, link: &LinkHash) -> Option<usize> {
        self.links.iter().position(|known| known == link)
    }

    pub(super) const fn epochs(&self) -> &BTreeMap<u32, Epoch> {
        &self.epochs
    }

    pub(super) fn current_epoch(&self) -> u32 {
        self.epochs.keys().next_back().copied().unwrap_or(FIRST_EPOCH)
    }

    pub(super) fn commitments(&self) -> BTreeMap<u32, EpochCommitment> {
        self.epochs
            .iter()
            .map(|(epoch, known)| (*epoch, known.commitment))
            .collect()
    }
}

/// A link that knows everything but its place.
pub(super) struct Draft {
    pub(super) kind: u8,
    pub(super) seen: Seen,
    pub(super) body: Vec<u8>,
    pub(super) commitments: Option<BTreeMap<u32, EpochCommitment>>,
    pub(super) key_box: Option<Vec<u8>>,
}

impl Draft {
    /// The commitments of a genesis.
    pub(super) fn first_commitment(key: &EpochKey) -> Option<BTreeMap<u32, EpochCommitment>> {
        Some(BTreeMap::from([(FIRST_EPOCH, EpochCommitment::of(key))]))
    }

    pub(super) fn sign(self, author: &SigningKey, space: SpaceId, index: u64, previous: LinkHash) -> Vec<u8> {
        let author_key: PublicKey = author.public();
        Payload {
            version: 1,
            kind: self.kind,
            space,
            index,
            previous,
            author: author_key,
            seen: self.seen,
            body: self.body,
            key_box_hash: self.key_box.as_deref().map(key_box_hash),
            commitments: self.commitments.map(Commitments),
            key_box: self.key_box,
        }
        .sign(author)
    }
}
