//! Who this person is in each relationship: one persona after another.
//!
//! A device that was removed has the keys of the persona it knew: it could sign in the person's name, and open every key box that comes
//! later. So each removal makes another persona for each relationship. Its seeds stand in the relationship, so that all devices of the person that are left have them; once they have
//! left this device, a link of the support chain says who speaks from now on. The participant's link begins the next epoch with it. The
//! specialist's is answered by the participant's devices, with access for the new one and an epoch of its own.
//!
//! **Invariant:** between a removal and the link that follows from it, nothing that is shared is sealed.

use super::devices::{hex, seen};
use super::epochs::EPOCH_PURPOSE;
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::crypto::{EpochKey, KemSecret, LinkHash, Persona, Side, SigningKey, SupportChain, seal_key_box};
use crate::profile::{Changes, Field, Fields};
use crate::record::Kind;
use crate::store::{SpaceRow, Tx};
use crate::support::{Relationship, Role};
use crate::sync::SyncError;
use cairn_wire::{PublicKey, SpaceId};
use zeroize::Zeroizing;

/// The beginning of the fields of a relationship that hold the personas after the first, by the key each signs with.
const PERSONA: &str = "keys/persona/";

/// The beginning of the names under which it is kept that the chain of a space names a persona of this person whose keys are not here.
const SPOKEN_FOR: &str = "spoken-for.";

/// Bytes of a persona as they are kept: the seeds of its signing, X-Wing and access keys.
const PERSONA_BYTES: usize = 96;

/// The keys of a person within one relationship.
pub(super) struct PersonaKeys {
    pub(super) signing: SigningKey,
    pub(super) kem: KemSecret,
    pub(super) access: SigningKey,
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
        })
    }

    /// The keys of the persona that signs with this key; none where they are not here.
    fn of(relationship: &Relationship, fields: &Fields, signing: &PublicKey) -> Option<Self> {
        let later = fields.get(&field_name(signing)).and_then(Field::bytes);
        let found = later.map_or_else(|| Self::parse(&relationship.persona), Self::parse);
        found.filter(|keys| keys.signing.public() == *signing)
    }

    /// Every persona of this person in a relationship, the first one first.
    pub(super) fn all(relationship: &Relationship, fields: &Fields) -> Vec<Self> {
        let later = fields.iter().filter(|(name, _)| name.starts_with(PERSONA));
        let later = later.filter_map(|(_, field)| Self::parse(field.bytes()?));
        Self::parse(&relationship.persona).into_iter().chain(later).collect()
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

impl Engine {
    /// The seeds of a persona.
    pub(super) fn random_persona(&mut self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; PERSONA_BYTES]);
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// Another persona for a relationship: the fields that hold its seeds, and its keys.
    pub(super) fn another_persona(&mut self) -> Result<(Changes, PersonaKeys), Error> {
        let bytes = self.random_persona();
        let keys = PersonaKeys::parse(&bytes).ok_or(Error::Internal)?;
        let name = field_name(&keys.signing.public());
        Ok((Changes::from([(name, Some(Field::Bytes(bytes.to_vec())))]), keys))
    }

    /// The keys with which this person speaks and reads where the chain stands; none where another device of theirs has taken a persona that this one
    /// has not heard of yet, or somebody else has in their name.
    pub(super) fn own_persona(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        chain: Option<&SupportChain>,
    ) -> Option<PersonaKeys> {
        let Some(chain) = chain else {
            return PersonaKeys::parse(&relationship.persona);
        };
        PersonaKeys::of(relationship, fields, &chain.persona(side_of(relationship.role)).signing)
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

    /// The persona that is to speak in a space, where the chain does not say so yet.
    fn wished_persona(&self, space: SpaceId) -> Result<Option<PublicKey>, Error> {
        let wish = self.store.view().meta(&wish_name(space))?;
        Ok(wish.and_then(|bytes| PublicKey::from_slice(&bytes)))
    }

    /// Whether what is new in a space waits until another epoch has begun: after a stop, after a removal on either side.
    pub(super) fn is_turning(&self, space: &SpaceRow) -> Result<bool, Error> {
        if !space.administer {
            return Ok(self.wished_persona(space.id)?.is_some());
        }
        if self.store.view().meta(&rotate_name(space.id))?.is_some() || self.wished_persona(space.id)?.is_some() {
            return Ok(true);
        }
        Ok(self.support_chain(space.id)?.is_some_and(|chain| chain.needs_epoch()))
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

    /// Seals the link that says who speaks from now on, that begins the next epoch, or both; nothing while it has to wait.
    pub(super) fn seal_turn(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let (Some(id), Some(chain)) = (space.relationship, self.support_chain(space.id)?) else {
            return Ok(());
        };
        let (relationship, fields) = self.relationship(id)?;
        let Some(now) = self.own_persona(&relationship, &fields, Some(&chain)) else {
            return Ok(());
        };
        let wished = self.wished_persona(space.id)?;
        if wished.is_some_and(|signing| chain.side_ever(&signing).is_some() && chain.side(&signing).is_none()) {
            // It spoke already, and another one of this person does since.
            return self.commit(&[], |tx| Ok(tx.remove_meta(&wish_name(space.id))?));
        }
        let next = wished.and_then(|signing| PersonaKeys::of(&relationship, &fields, &signing));
        // Sent before the other devices can have its seeds, it would lock them out.
        if next.is_some() && !self.has_left(id.into())? {
            return Ok(());
        }
        let (link, purpose) = if space.administer {
            let rotate = self.store.view().meta(&rotate_name(space.id))?;
            self.commit(&[], |tx| {
                Ok(tx.set_meta(&rotating_name(space.id), rotate.as_deref().unwrap_or_default())?)
            })?;
            (
                self.epoch_link_of(space, &chain, &now, next, &relationship.name)?,
                EPOCH_PURPOSE,
            )
        } else {
            let Some(next) = next else { return Ok(()) };
            let is_said = next.signing.public() == now.signing.public();
            let link = match chain.persona_link(Side::Specialist).filter(|_| is_said) {
                // The relay has lost it: the same link once more.
                Some(at) => self
                    .store
                    .view()
                    .links(space.id)?
                    .swap_remove(usize::try_from(at).unwrap_or_default()),
                None => chain.new_persona(&now.signing, next.public(&relationship.name), self.own_head(space)?)?,
            };
            (link, 0)
        };
        let plan = Plan::plain(
            Kind::SupportLink,
            super::devices::link_document(&LinkHash::of(&link)),
            link,
        );
        self.push_support(space, purpose, plan, None)
    }

    /// The link that begins the next epoch, with another persona where there is one to take.
    fn epoch_link_of(
        &mut self,
        space: &SpaceRow,
        chain: &SupportChain,
        now: &PersonaKeys,
        next: Option<PersonaKeys>,
        name: &str,
    ) -> Result<Vec<u8>, Error> {
        let key = EpochKey::random(self.entropy.as_mut());
        let mut keys = self.space_keys(space)?;
        keys.epoch_keys.insert(space.epoch + 1, key.clone());
        let own = next.as_ref().unwrap_or(now);
        let recipients = [own.kem.public(), chain.persona(Side::Specialist).kem.clone()];
        let key_box = seal_key_box(&space.id, &recipients, &keys, self.entropy.as_mut())?;
        let link = match next {
            Some(next) => chain.new_persona_and_epoch(&now.signing, next.public(name), seen(space), &key, key_box),
            None => chain.new_epoch(&now.signing, seen(space), &key, key_box),
        };
        Ok(link?)
    }
}

/// Asks for this persona to speak in a space.
pub(super) fn want_persona(tx: &Tx<'_>, space: SpaceId, signing: PublicKey) -> Result<(), Error> {
    Ok(tx.set_meta(&wish_name(space), signing.as_bytes())?)
}

/// This device has the keys of the persona that the chain names, and it may be the one that was wished for.
pub(super) fn note_persona(tx: &Tx<'_>, space: SpaceId, signing: PublicKey) -> Result<(), Error> {
    tx.remove_meta(&spoken_for_name(space))?;
    if tx.meta(&wish_name(space))?.as_deref() == Some(signing.as_bytes()) {
        tx.remove_meta(&wish_name(space))?;
    }
    Ok(())
}

fn spoken_for_name(space: SpaceId) -> String {
    format!("{SPOKEN_FOR}{}", hex(space.as_bytes()))
}

fn wish_name(space: SpaceId) -> String {
    format!("persona.{}", hex(space.as_bytes()))
}

fn field_name(signing: &PublicKey) -> String {
    format!("{PERSONA}{}", hex(signing.as_bytes()))
}

/// The name of the wish for a new epoch.
pub(super) fn rotate_name(space: SpaceId) -> String {
    format!("rotate.{}", hex(space.as_bytes()))
}

/// The name of the wish that the new epoch under way fulfils.
pub(super) fn rotating_name(space: SpaceId) -> String {
    format!("rotating.{}", hex(space.as_bytes()))
}
