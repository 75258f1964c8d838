//! The chain of a support space: which two people it joins.

use std::collections::BTreeMap;
use std::fmt;

use cairn_wire::{PublicKey, Seen, SpaceId};
use minicbor::{Decode, Encode};

use super::link::{Link, LinkHash};
use super::members::{KnownKeys, Persona, check_origin, is_digits};
use super::spine::{Draft, Epoch, NewEpoch, Spine};
use crate::crypto::{CryptoError, EpochCommitment, EpochKey, SigningKey, VerifyingKey, cbor};
use crate::limits::{GOODBYE_CHARACTERS_MAX, PAUSES_MAX, PERSONAS_MAX};

const GENESIS: u8 = 32;
const NEW_PERSONA: u8 = 33;
const NEW_EPOCH: u8 = 34;
const PAUSE: u8 = 35;
const END: u8 = 36;

/// One side of a support space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The person whose journal it is.
    Participant,
    /// The person who gives support.
    Specialist,
}

const SIDES: [Side; 2] = [Side::Participant, Side::Specialist];

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

/// The body of a link by which somebody takes another persona.
#[derive(Encode, Decode)]
#[cbor(map)]
struct NewPersona {
    #[n(0)]
    epoch: Option<u32>,
    #[n(1)]
    old_upto: Option<Seen>,
    #[n(2)]
    persona: Persona,
}

/// The body of a link by which somebody pauses, or goes on.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Pause {
    #[n(0)]
    paused: bool,
}

/// The body of a link by which somebody ends it.
#[derive(Encode, Decode)]
#[cbor(map)]
struct End {
    #[n(0)]
    words: String,
}

/// How it was ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Goodbye {
    /// Who did.
    pub by: Side,
    /// What they said: the specialist always says something, the participant only where they want to.
    pub words: String,
}

/// Shows no words.
impl fmt::Debug for Goodbye {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Goodbye").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Everyone a person has been in this space, the one they are now last; and the index of the link that says so.
#[derive(Debug, Clone)]
struct Personas {
    all: Vec<Persona>,
    since: u64,
}

impl Personas {
    fn first(persona: &Persona) -> Self {
        Self {
            all: vec![persona.clone()],
            since: 0,
        }
    }
}

/// A support chain, verified from its genesis to its tip.
#[derive(Debug, Clone)]
pub struct SupportChain {
    spine: Spine,
    beginning: SupportBeginning,
    participant: Personas,
    specialist: Personas,
    known: KnownKeys,
    participant_upto: u64,
    /// How often each side has paused or gone on: odd while it has paused.
    pauses: BTreeMap<Side, u64>,
    goodbye: Option<Goodbye>,
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
        let mut known = KnownKeys::default();
        for persona in [&beginning.participant, &beginning.specialist] {
            known.insert(&persona.signing, &persona.access, &persona.kem);
        }
        Ok(Self {
            spine,
            participant: Personas::first(&beginning.participant),
            specialist: Personas::first(&beginning.specialist),
            known,
            beginning,
            participant_upto: 1,
            pauses: BTreeMap::new(),
            goodbye: None,
        })
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
            (NEW_PERSONA, side) => self.take_new_persona(&link, side)?,
            (PAUSE, side) => self.take_pause(&link, side)?,
            (END, side) => self.take_end(&link, side)?,
            _ => return Err(CryptoError::TooNew),
        }
        if side == Side::Participant {
            self.participant_upto = self.spine.length();
        }
        Ok(link)
    }

    /// The participant's next persona comes with an epoch of its own, sealed to it; the specialist's waits for one.
    fn take_new_persona(&mut self, link: &Link, side: Side) -> Result<(), CryptoError> {
        let NewPersona {
            epoch,
            old_upto,
            persona,
        } = link.body()?;
        persona.check()?;
        let is_known = self.known.knows(&persona.signing, &persona.access, &persona.kem);
        if is_known || self.personas(side).all.len() >= PERSONAS_MAX {
            return Err(CryptoError::ChainRefused);
        }
        let since = self.spine.length();
        match (side, epoch.zip(old_upto)) {
            (Side::Participant, Some((epoch, old_upto))) => {
                self.spine.take_new_epoch(link, NewEpoch { epoch, old_upto })?;
            }
            (Side::Specialist, None) if epoch.is_none() && old_upto.is_none() && link.key_box_hash().is_none() => {
                self.spine.take(link)?;
            }
            _ => return Err(CryptoError::ChainRefused),
        }
        self.known.insert(&persona.signing, &persona.access, &persona.kem);
        let personas = match side {
            Side::Participant => &mut self.participant,
            Side::Specialist => &mut self.specialist,
        };
        personas.all.push(persona);
        personas.since = since;
        Ok(())
    }

    fn take_pause(&mut self, link: &Link, side: Side) -> Result<(), CryptoError> {
        let Pause { paused } = link.body()?;
        let is_new = self.is_paused_by(side) != paused;
        if !is_new || self.pauses(side) >= PAUSES_MAX || self.goodbye.is_some() || link.key_box_hash().is_some() {
            return Err(CryptoError::ChainRefused);
        }
        self.spine.take(link)?;
        *self.pauses.entry(side).or_default() += 1;
        Ok(())
    }

    /// Nobody is left without a word by the specialist. The participant owes none.
    fn take_end(&mut self, link: &Link, side: Side) -> Result<(), CryptoError> {
        let End { words } = link.body()?;
        let is_silent = side == Side::Specialist && words.trim().is_empty();
        let is_long = words.chars().nth(GOODBYE_CHARACTERS_MAX).is_some();
        if is_silent || is_long || self.goodbye.is_some() || link.key_box_hash().is_some() {
            return Err(CryptoError::ChainRefused);
        }
        self.spine.take(link)?;
        self.goodbye = Some(Goodbye { by: side, words });
        Ok(())
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

    /// Makes the link by which the participant takes another persona and begins the next epoch with it, whose key box is sealed to the new one: a
    /// device that was removed has the keys of the one before. `participant` is the persona so far.
    ///
    /// # Errors
    /// What [`SupportChain::append`] would say.
    pub fn new_persona_and_epoch(
        &self,
        participant: &SigningKey,
        persona: Persona,
        seen: Seen,
        key: &EpochKey,
        key_box: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        let body = |new: NewEpoch| NewPersona {
            epoch: Some(new.epoch),
            old_upto: Some(new.old_upto),
            persona,
        };
        let link = self
            .spine
            .draft_new_epoch(participant, NEW_PERSONA, seen, key, key_box, body)?;
        self.clone().append(&link).map(|_| link)
    }

    /// Makes the link by which the specialist takes another persona. `specialist` is the persona so far.
    ///
    /// # Errors
    /// What [`SupportChain::append`] would say.
    pub fn new_persona(&self, specialist: &SigningKey, persona: Persona, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        let body = cbor::encode(&NewPersona {
            epoch: None,
            old_upto: None,
            persona,
        });
        self.plain_link(specialist, NEW_PERSONA, body, seen)
    }

    /// Makes the link by which somebody pauses, or goes on after a pause of their own.
    ///
    /// # Errors
    /// What [`SupportChain::append`] would say.
    pub fn pause(&self, author: &SigningKey, paused: bool, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        self.plain_link(author, PAUSE, cbor::encode(&Pause { paused }), seen)
    }

    /// Makes the link by which somebody ends it, for good.
    ///
    /// # Errors
    /// What [`SupportChain::append`] would say.
    pub fn end(&self, author: &SigningKey, words: String, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        self.plain_link(author, END, cbor::encode(&End { words }), seen)
    }

    fn plain_link(&self, author: &SigningKey, kind: u8, body: Vec<u8>, seen: Seen) -> Result<Vec<u8>, CryptoError> {
        let draft = Draft {
            kind,
            seen,
            body,
            commitments: None,
            key_box: None,
        };
        let link = self.spine.draft(author, draft);
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

    const fn personas(&self, side: Side) -> &Personas {
        match side {
            Side::Participant => &self.participant,
            Side::Specialist => &self.specialist,
        }
    }

    /// The persona on this side, as it is now.
    pub fn persona(&self, side: Side) -> &Persona {
        self.personas(side).all.last().unwrap_or(match side {
            Side::Participant => &self.beginning.participant,
            Side::Specialist => &self.beginning.specialist,
        })
    }

    /// The side whose persona signs with this key now.
    pub fn side(&self, signing: &PublicKey) -> Option<Side> {
        SIDES.into_iter().find(|side| self.persona(*side).signing == *signing)
    }

    /// The side whose persona signs with this key, or once did.
    pub fn side_ever(&self, signing: &PublicKey) -> Option<Side> {
        let signs = |persona: &Persona| persona.signing == *signing;
        SIDES
            .into_iter()
            .find(|side| self.personas(*side).all.iter().any(signs))
    }

    /// Everyone that this side was before the persona it has now, the first one first.
    pub fn former_personas(&self, side: Side) -> &[Persona] {
        self.personas(side).all.split_last().map_or(&[], |(_, former)| former)
    }

    /// Whether this side may take another persona.
    pub fn may_change(&self, side: Side) -> bool {
        self.personas(side).all.len() < PERSONAS_MAX
    }

    /// The index of the first link behind the last one that the participant made: from there on all are the specialist's.
    pub const fn participant_upto(&self) -> u64 {
        self.participant_upto
    }

    /// The index of the link by which this side took the persona it has now; none for the first one.
    pub fn persona_link(&self, side: Side) -> Option<u64> {
        Some(self.personas(side).since).filter(|since| *since > 0)
    }

    /// The index of a link that the chain went through.
    pub fn position(&self, link: &LinkHash) -> Option<u64> {
        self.spine.index_of(link).map(|at| at as u64)
    }

    /// Whether the specialist has taken another persona since the epoch began, and the keys are still sealed to the one before.
    pub fn needs_epoch(&self) -> bool {
        let begun_at = self
            .spine
            .epochs()
            .values()
            .next_back()
            .map_or(0, |epoch| epoch.begun_at);
        self.specialist.since > begun_at
    }

    /// Whether this side has paused.
    pub fn is_paused_by(&self, side: Side) -> bool {
        self.pauses(side) % 2 == 1
    }

    /// How often this side has paused or gone on.
    pub fn pauses(&self, side: Side) -> u64 {
        self.pauses.get(&side).copied().unwrap_or_default()
    }

    /// How it was ended; none while it was not.
    pub const fn goodbye(&self) -> Option<&Goodbye> {
        self.goodbye.as_ref()
    }

    /// Whether this link would have continued the chain where another one did.
    pub fn is_overtaken(&self, link: &Link) -> bool {
        self.spine.is_taken(link)
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
