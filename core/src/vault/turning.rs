//! After a removal a person speaks in each relationship as somebody new.
//!
//! A device that was removed has the keys of the persona it knew: it could sign in the person's name, and open every key box that comes
//! later. So each of the person's devices looks, for each relationship, whether the persona that speaks there was made before the last
//! removal. If it was, another one is made, or taken where another device made one; once its seeds have left this device, a link of the support chain says
//! who speaks from now on. The participant's link begins the next epoch with it. The specialist's is answered by the participant's devices,
//! with access for the new one and an epoch of its own.
//!
//! Nothing of this is an order that could be lost with the device that gave it: all of it follows from the two chains.
//!
//! **Invariant:** between a removal and the link that follows from it, nothing that is shared is sealed.

use super::devices::{hex, link_document, seen};
use super::epochs::EPOCH_PURPOSE;
use super::personas::{PersonaKeys, side_of};
use super::sealing::Plan;
use super::{Engine, Error};
use crate::crypto::{EpochKey, LinkHash, Side, SupportChain, seal_key_box};
use crate::profile::Fields;
use crate::record::Kind;
use crate::store::SpaceRow;
use crate::support::Relationship;
use cairn_wire::SpaceId;

/// What a removal asks of a relationship.
pub(super) enum Turn {
    /// Nothing: whoever speaks there is known to nobody who was removed since.
    Nothing,
    /// Another persona, which cannot be named yet.
    Waits,
    /// This persona.
    To(Box<PersonaKeys>),
}

impl Engine {
    /// What a removal of one of this person's devices asks of a relationship.
    pub(super) fn turn(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        chain: Option<&SupportChain>,
    ) -> Result<Turn, Error> {
        if self.is_removing()? {
            return Ok(Turn::Waits);
        }
        let Some(home_chain) = &self.home_chain else {
            // Whom this person removed is not known while their devices do not agree on who they are.
            let waits = self.needs_joining()?;
            return Ok(if waits { Turn::Waits } else { Turn::Nothing });
        };
        let signing = match (chain, PersonaKeys::first(relationship)) {
            (Some(chain), _) => chain.persona(side_of(relationship.role)).signing,
            (None, Ok(first)) => first.signing.public(),
            // Nobody can speak with what is no key.
            (None, Err(_)) => return Ok(Turn::Nothing),
        };
        let made_at = self.made_at(fields, &signing);
        if made_at.is_some_and(|made_at| home_chain.last_removal().is_none_or(|removal| removal <= made_at)) {
            return Ok(Turn::Nothing);
        }
        Ok(match self.next_persona(relationship, fields, chain) {
            // Named before the other devices can have its seeds, it would lock them out.
            Some(next) if self.has_left(relationship.id.into())? => Turn::To(Box::new(next)),
            _ => Turn::Waits,
        })
    }

    /// The persona to take next: one that nobody who was removed can know, and that never spoke. All devices choose the same.
    fn next_persona(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        chain: Option<&SupportChain>,
    ) -> Option<PersonaKeys> {
        let removal = self.home_chain.as_ref()?.last_removal().unwrap_or_default();
        let first = PersonaKeys::first(relationship).ok().map(|keys| keys.signing.public());
        let mut all = self.personas(relationship, fields);
        all.retain(|keys| {
            let signing = keys.signing.public();
            let is_used = chain.map_or(first == Some(signing), |chain| chain.side_ever(&signing).is_some());
            !is_used && self.made_at(fields, &signing).is_some_and(|made_at| made_at >= removal)
        });
        all.into_iter().next()
    }

    /// Makes another persona for every relationship that needs one and has none to take.
    pub(super) fn make_personas(&mut self) -> Result<(), Error> {
        if !self.is_in_chain() || self.is_removing()? {
            return Ok(());
        }
        for relationship in self.relationships()? {
            let fields = self.fields(relationship.id.into())?;
            let chain = self.chain_of(&relationship)?;
            let chain = chain.as_deref();
            let may_change = chain.is_none_or(|chain| chain.may_change(side_of(relationship.role)));
            if !may_change
                || !matches!(self.turn(&relationship, &fields, chain)?, Turn::Waits)
                || self.next_persona(&relationship, &fields, chain).is_some()
            {
                continue;
            }
            let changes = self.another_persona()?;
            // One that can only be read here keeps nobody from being removed.
            if let Err(error @ (Error::Store(_) | Error::Internal)) =
                self.set_fields(relationship.id.into(), Kind::Relationship, &changes)
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether what is new in a space waits until another epoch has begun: after a stop, after a removal on either side.
    pub(super) fn is_turning(&self, space: &SpaceRow) -> Result<bool, Error> {
        let Some(id) = space.relationship else { return Ok(false) };
        let chain = self.support_chain(space.id)?;
        if space.administer
            && (self.store.view().meta(&rotate_name(space.id))?.is_some()
                || chain.as_ref().is_some_and(|chain| chain.needs_epoch()))
        {
            return Ok(true);
        }
        let (relationship, fields) = self.relationship(id)?;
        Ok(!matches!(
            self.turn(&relationship, &fields, chain.as_deref())?,
            Turn::Nothing
        ))
    }

    /// Seals the link that says who speaks from now on, that begins the next epoch, or both; nothing while it has to wait.
    pub(super) fn seal_turn(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let (Some(id), Some(chain)) = (space.relationship, self.support_chain(space.id)?) else {
            return Ok(());
        };
        let (relationship, fields) = self.relationship(id)?;
        let Some(now) = self.own_persona(&relationship, &fields, Some(&chain))? else {
            return Ok(());
        };
        let next = match self.turn(&relationship, &fields, Some(&chain))? {
            Turn::Waits => return Ok(()),
            Turn::To(next) => Some(*next),
            Turn::Nothing => None,
        };
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
            let persona = next.public(&relationship.name);
            (chain.new_persona(&now.signing, persona, self.own_head(space)?)?, 0)
        };
        self.push_support_link(space, purpose, link)
    }

    /// Seals a link of the support chain and puts it on its way.
    pub(super) fn push_support_link(&mut self, space: &SpaceRow, purpose: u8, link: Vec<u8>) -> Result<(), Error> {
        let document = link_document(&LinkHash::of(&link));
        self.push_support(space, purpose, Plan::plain(Kind::SupportLink, document, link), None)
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

/// The name of the wish for a new epoch.
pub(super) fn rotate_name(space: SpaceId) -> String {
    format!("rotate.{}", hex(space.as_bytes()))
}

/// The name of the wish that the new epoch under way fulfils.
pub(super) fn rotating_name(space: SpaceId) -> String {
    format!("rotating.{}", hex(space.as_bytes()))
}
