//! Who this person is in each relationship: one persona after another.
//!
//! The seeds of every persona stand in the relationship, so that all of the person's devices have them. With them stands how far the
//! person's device chain had come when they were made: whoever was removed from it later may know them.

use super::devices::hex;
use super::documents::Projection;
use super::receive::{SetAside, receive};
use super::{Change, Engine, Error};
use crate::crypto::{KemSecret, LinkHash, Persona, Side, SigningKey, SupportChain};
use crate::profile::{Changes, Field, Fields};
use crate::store::Tx;
use crate::support::{Relationship, Role};
use crate::sync::SyncError;
use cairn_wire::{PublicKey, SpaceId};
use zeroize::Zeroizing;

/// The beginning of the fields of a relationship that hold the personas after the first, by the key each signs with.
const PERSONA: &str = "keys/persona/";

/// The beginning of the fields that say, by the key each persona signs with, which link of the device chain was the last when it was made.
const MADE_AT: &str = "keys/made/";

/// The beginning of the names under which it is kept that the chain of a space names a persona of this person whose keys are not here.
const SPOKEN_FOR: &str = "spoken-for.";

/// Bytes of a persona as they are kept: the seeds of its signing, X-Wing and access keys.
const PERSONA_BYTES: usize = 96;

/// The keys of a person within one relationship.
pub(super) struct PersonaKeys {
    pub(super) signing: SigningKey,
    pub(super) kem: KemSecret,
    pub(super) access: SigningKey,
    seeds: Zeroizing<[u8; PERSONA_BYTES]>,
}

impl PersonaKeys {
    /// The keys that a relationship begins with.
    pub(super) fn first(relationship: &Relationship) -> Result<Self, Error> {
        Self::parse(&relationship.persona).ok_or(Error::Internal)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; PERSONA_BYTES] = bytes.try_into().ok()?;
        let ([signing, kem, access], []) = bytes.as_chunks::<32>() else {
            return None;
        };
        Some(Self {
            signing: SigningKey::from_seed(signing),
            kem: KemSecret::from_bytes(*kem),
            access: SigningKey::from_seed(access),
            seeds: Zeroizing::new(*bytes),
        })
    }

    /// The keys of the persona that signs with this key; none where they are not here.
    fn of(relationship: &Relationship, fields: &Fields, signing: &PublicKey) -> Option<Self> {
        let later = fields.get(&persona_name(signing)).and_then(Field::bytes);
        let found = later.map_or_else(|| Self::parse(&relationship.persona), Self::parse);
        found.filter(|keys| keys.signing.public() == *signing)
    }

    /// Every persona of this person in a relationship, the first one first.
    pub(super) fn all(relationship: &Relationship, fields: &Fields) -> Vec<Self> {
        let later = fields.iter().filter(|(name, _)| name.starts_with(PERSONA));
        let later = later.filter_map(|(_, field)| Self::parse(field.bytes()?));
        Self::parse(&relationship.persona).into_iter().chain(later).collect()
    }

    /// Whether these are the same keys.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.signing.public() == other.signing.public()
    }

    /// The name of the field that holds their seeds.
    pub(super) fn field_name(&self) -> String {
        persona_name(&self.signing.public())
    }

    /// What that field holds.
    pub(super) fn field(&self) -> Field {
        Field::Bytes(self.seeds.to_vec())
    }

    /// What the chain says of them.
    pub(super) fn public(&self, name: &str) -> Persona {
        Persona {
            signing: self.signing.public(),
            kem: self.kem.public(),
            access: self.access.public(),
            name: name.to_owned(),
        }
    }
}

/// The side of a support space on which this role stands.
pub(super) const fn side_of(role: Role) -> Side {
    match role {
        Role::Participant => Side::Participant,
        Role::Specialist => Side::Specialist,
    }
}

/// The role that stands on this side.
pub(super) const fn role_of(side: Side) -> Role {
    match side {
        Side::Participant => Role::Participant,
        Side::Specialist => Role::Specialist,
    }
}

impl Engine {
    /// The seeds of a persona.
    pub(super) fn random_persona(&mut self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; PERSONA_BYTES]);
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The fields that hold another persona for a relationship.
    pub(super) fn another_persona(&mut self) -> Result<Changes, Error> {
        let keys = PersonaKeys::parse(&self.random_persona()).ok_or(Error::Internal)?;
        let mut changes = self.made_now(&keys.signing.public());
        changes.insert(keys.field_name(), Some(keys.field()));
        Ok(changes)
    }

    /// The field that says when a persona was made, if it is now.
    pub(super) fn made_now(&self, signing: &PublicKey) -> Changes {
        let tip = self.home_chain.as_ref().map(|chain| chain.tip().as_bytes().to_vec());
        let made = tip.map(|tip| (made_name(signing), Some(Field::Bytes(tip))));
        made.into_iter().collect()
    }

    /// How long the device chain was when a persona was made, as the index of its last link; none where that link is of a chain that this device
    /// has left. One that was made before there was a chain counts as made with it.
    pub(super) fn made_at(&self, fields: &Fields, signing: &PublicKey) -> Option<u64> {
        let Some(link) = fields.get(&made_name(signing)).and_then(Field::array) else {
            return Some(0);
        };
        let at = self.home_chain.as_ref()?.index_of(&LinkHash::from_bytes(link))?;
        u64::try_from(at).ok()
    }

    /// The keys with which this person speaks and reads where the chain stands; none where another device of theirs has taken a persona that this one
    /// has not heard of yet, or somebody else has in their name.
    pub(super) fn own_persona(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        chain: Option<&SupportChain>,
    ) -> Result<Option<PersonaKeys>, Error> {
        let Some(chain) = chain else {
            return Ok(PersonaKeys::parse(&relationship.persona));
        };
        let signing = chain.persona(side_of(relationship.role)).signing;
        match PersonaKeys::of(relationship, fields, &signing) {
            Some(keys) => Ok(Some(keys)),
            None => {
                let mut aside = self.personas_set_aside(relationship)?.into_iter();
                Ok(aside.find(|keys| keys.signing.public() == signing))
            }
        }
    }

    /// The personas that devices took before they were removed, in states of the relationship that do not count. Which one is this person's, the
    /// chain says; which one lets this device in, the relay.
    pub(super) fn personas_set_aside(&self, relationship: &Relationship) -> Result<Vec<PersonaKeys>, Error> {
        let (home, document) = (self.home()?, relationship.id.into());
        let mut aside = self.store.view().quarantined_for(SetAside::Removed.number())?;
        aside.retain(|one| one.document == Some(document));
        if aside.is_empty() {
            return Ok(Vec::new());
        }
        let keys = self.keys(&home)?;
        let received = aside
            .iter()
            .filter_map(|one| receive(&keys, home.id, one.seq, one.hash, &one.record).ok());
        Ok(received
            .filter_map(|one| match one.projection {
                Some(Projection::Fields(fields, _)) => Some(PersonaKeys::all(relationship, &fields)),
                _ => None,
            })
            .flatten()
            .collect())
    }

    /// Every persona of this person in a relationship, the one that was made last first.
    pub(super) fn personas(&self, relationship: &Relationship, fields: &Fields) -> Vec<PersonaKeys> {
        let mut all = PersonaKeys::all(relationship, fields);
        all.sort_by_key(|keys| std::cmp::Reverse(self.made_at(fields, &keys.signing.public())));
        all
    }

    /// The key that the other person signs with now; none before both are in.
    pub(super) fn other_signing(&self, relationship: &Relationship) -> Result<Option<[u8; 32]>, Error> {
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(None);
        };
        let other = side_of(relationship.role.other());
        Ok(match self.support_chain(space)? {
            Some(chain) => Some(*chain.persona(other).signing.as_bytes()),
            None => relationship.peer.as_ref().map(|peer| peer.signing),
        })
    }

    /// Whether somebody speaks for this person in a relationship with keys that are not here.
    pub(super) fn is_spoken_for(&self) -> Result<bool, Error> {
        Ok(!self.store.view().metas_beginning(SPOKEN_FOR)?.is_empty())
    }

    /// Notes that a link names a persona of this person of which this device has no keys. Nothing of the space is taken until it has them.
    pub(super) fn note_spoken_for(&mut self, space: SpaceId) -> Result<Error, Error> {
        self.commit(&[Change::Support], |tx| Ok(tx.set_meta(&spoken_for_name(space), &[])?))?;
        Ok(SyncError::Impersonated.into())
    }
}

/// Notes that this device has the keys of the persona that the chain of a space names.
pub(super) fn speaks_itself(tx: &Tx<'_>, space: SpaceId) -> Result<(), Error> {
    Ok(tx.remove_meta(&spoken_for_name(space))?)
}

fn spoken_for_name(space: SpaceId) -> String {
    format!("{SPOKEN_FOR}{}", hex(space.as_bytes()))
}

fn persona_name(signing: &PublicKey) -> String {
    format!("{PERSONA}{}", hex(signing.as_bytes()))
}

fn made_name(signing: &PublicKey) -> String {
    format!("{MADE_AT}{}", hex(signing.as_bytes()))
}
