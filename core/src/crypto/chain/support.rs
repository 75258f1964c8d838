//! The chain of a support space: which two people it joins.

use std::collections::BTreeMap;
use std::fmt;

use cairn_wire::{PublicKey, Seen, SpaceId};
use minicbor::{Decode, Encode};

use super::link::{Link, LinkHash};
use super::members::{Persona, check_origin, is_digits};
use super::spine::{Draft, Epoch, Spine};
use crate::crypto::{CryptoError, EpochCommitment, EpochKey, SigningKey, VerifyingKey, cbor};

const GENESIS: u8 = 32;
const NEW_EPOCH: u8 = 34;

/// One side of a support space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The person whose journal it is.
    Participant,
    /// The person who gives support.
    Specialist,
}

/// What a support chain begins with.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SupportBeginning {
    /// The participant. They sign the beginning, and alone begin epochs.
    #[n(0)]
    pub participant: Persona,
    /// The specialist.
    #[n(1)]
    pub specialist: Persona,
    /// The six digits that both compared.
    #[n(2)]
    pub digits: String,
    /// The relay's origin.
    #[n(3)]
    pub origin: String,
    /// The key that signs the relay's heads.
    #[n(4)]
    pub relay_key: PublicKey,
}

impl SupportBeginning {
    fn check(&self) -> Result<(), CryptoError> {
        check_origin(&self.origin)?;
        VerifyingKey::parse(&self.relay_key)?;
        self.participant.check()?;
        self.specialist.check()?;
        if self.participant.shares_a_key(&self.specialist) {
            return Err(CryptoError::ChainRefused);
        }
        if is_digits(&self.digits) {
            Ok(())
        } else {
            Err(CryptoError::Malformed)
        }
    }
}

impl fmt::Debug for SupportBeginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut beginning = f.debug_struct("SupportBeginning");
        beginning
            .field("participant", &self.participant)
            .field("specialist", &self.specialist);
        beginning.finish_non_exhaustive()
    }
}

/// A support chain, verified from its genesis to its tip.
#[derive(Debug, Clone)]
pub struct SupportChain {
    spine: Spine,
    beginning: SupportBeginning,
}

impl SupportChain {
    /// Founds the chain of a new support space, signed by the participant's persona. Gives the chain and its first link.
    ///
    /// # Errors
    /// What [`SupportChain::begin`] would say about the link.
    pub fn found(
        participant: &SigningKey,
        space: SpaceId,
        beginning: &SupportBeginning,
        seen: Seen,
        first_epoch: &EpochKey,
        key_box: Option<Vec<u8>>,
    ) -> Result<(Self, Vec<u8>), CryptoError> {
        let body = cbor::encode(beginning);
        let commitments = Draft::first_commitment(first_epoch);
        let link = Draft {
            kind: GENESIS,
            seen,
            body,
            commitments,
            key_box,
        }
        .sign(participant, space, 0, LinkHash::NONE);
        Ok((Self::begin(&link)?, link))
    }

    /// Begins with the bytes of a genesis link. The caller compares the personas and digits with those it knows.
    ///
    /// # Errors
    /// What [`Link::parse`] says; [`CryptoError::ChainRefused`] where it is no genesis that its participant signed.
    pub fn begin(genesis: &[u8]) -> Result<Self, CryptoError> {
        let link = Link::parse(genesis)?;
        let spine = Spine::begin(&link, GENESIS)?;
        let beginning: SupportBeginning = link.body()?;
        beginning.check()?;
        if beginning.participant.signing != link.author() {
            return Err(CryptoError::ChainRefused);
        }
        Ok(Self { spine, beginning })
    }

    /// Verifies a whole chain, from its genesis on.
    ///
    /// # Errors
    /// What [`SupportChain::begin`] and [`SupportChain::append`] say about the first link that is refused.
    pub fn verify<'a>(links: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, CryptoError> {
        let mut links = links.into_iter();
        let mut chain = Self::begin(links.next().ok_or(CryptoError::Malformed)?)?;
        links.try_for_each(|link| chain.append(link).map(drop))?;
        Ok(chain)
    }

    /// Takes the next link. Refused, the chain is as it was.
    ///
    /// # Errors
    /// What [`Link::parse`] says; [`CryptoError::ChainRefused`] where it does not continue the chain, or its author is
    /// no persona here or may not say this; [`CryptoError::TooNew`] where a persona here made a link of an unknown kind.
    pub fn append(&mut self, link: &[u8]) -> Result<Link, CryptoError> {
        let link = Link::parse(link)?;
        self.spine.check_place(&link)?;
        let side = self.side(&link.author()).ok_or(CryptoError::ChainRefused)?;
        match (link.kind(), side) {
            // The participant alone decides when the key changes: that is what revoking rests on.
            (GENESIS, _) | (NEW_EPOCH, Side::Specialist) => return Err(CryptoError::ChainRefused),
            (NEW_EPOCH, Side::Participant) => self.spine.take_new_epoch(&link, link.body()?)?,
            _ => return Err(CryptoError::TooNew),
        }
        Ok(link)
    }

    /// Makes the link that begins the next epoch: records of the old one hold up to `seen`. The chain takes it with
    /// [`SupportChain::append`] once the relay has swapped the epoch.
    ///
    /// # Errors
    /// What [`SupportChain::append`] would say.
    pub fn new_epoch(
        &self,
        participant: &SigningKey,
        seen: Seen,
        key: &EpochKey,
        key_box: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        let link = self
            .spine
            .draft_new_epoch(participant, NEW_EPOCH, seen, key, key_box, |new| new)?;
        self.clone().append(&link).map(|_| link)
    }

    /// The support space.
    pub const fn space(&self) -> SpaceId {
        self.spine.space()
    }

    /// What the chain began with: both personas, the digits, the relay.
    pub const fn beginning(&self) -> &SupportBeginning {
        &self.beginning
    }

    /// The persona on this side.
    pub const fn persona(&self, side: Side) -> &Persona {
        match side {
            Side::Participant => &self.beginning.participant,
            Side::Specialist => &self.beginning.specialist,
        }
    }

    /// The side whose persona signs with this key.
    pub fn side(&self, signing: &PublicKey) -> Option<Side> {
        [Side::Participant, Side::Specialist]
            .into_iter()
            .find(|side| self.persona(*side).signing == *signing)
    }

    /// The relay's origin, pinned at genesis.
    pub fn origin(&self) -> &str {
        &self.beginning.origin
    }

    /// The key that signs the relay's heads, pinned at genesis.
    pub const fn relay_key(&self) -> PublicKey {
        self.beginning.relay_key
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
