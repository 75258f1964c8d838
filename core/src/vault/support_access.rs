//! With which key a person enters the space of a relationship, and whom its participant lets in.
//!
//! Each persona has an access key of its own. The participant's devices tell the relay of it before the persona speaks, and of the specialist's as soon as they
//! have read of another persona of theirs. They tell it whole: these two and nobody else, so that no key stays that a device let in before it was
//! removed. All of it follows from the support chain, read to the end of the log: nothing is let in that the chain says was replaced.

use super::access::{Wish, wish_name};
use super::personas::PersonaKeys;
use super::support_space::entry_of;
use super::turning::Turn;
use super::{Change, Engine, Error};
use crate::crypto::{Side, SupportChain};
use crate::profile::Fields;
use crate::store::{SpaceRow, Tx};
use crate::support::Relationship;
use crate::sync::AccessWish;
use cairn_wire::SpaceId;

impl Engine {
    /// The seed of the key that a device enters a relationship's space with which has read nothing of it.
    pub(super) fn access_seed(&self, relationship: &Relationship, fields: &Fields) -> Result<[u8; 32], Error> {
        let newest = self.personas(relationship, fields).into_iter().next();
        Ok(*newest.ok_or(Error::NotFound)?.access.seed())
    }

    /// The persona whose key is the one to enter with: the one that is to speak next, once its seeds have left, or the one that speaks. None where
    /// its keys are not here.
    fn entering(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        chain: &SupportChain,
    ) -> Result<Option<PersonaKeys>, Error> {
        match self.turn(relationship, fields, Some(chain))? {
            Turn::To(next) => Ok(Some(*next)),
            Turn::Nothing | Turn::Waits => self.own_persona(relationship, fields, Some(chain)),
        }
    }

    /// What the relay is to be told of who enters a relationship's space, as sync carries it: the participant's key and the specialist's, and nobody
    /// else, whoever let them in. Nothing is said before the log was read to its end in this round: what this device knows may be what another one has
    /// replaced.
    pub(super) fn ask_support_access(&mut self, space: SpaceId) -> Result<Option<AccessWish>, Error> {
        let row = self.space_row(space)?;
        let (Some(id), Some(chain)) = (row.relationship, self.support_chain(space)?) else {
            return Ok(None);
        };
        if !row.administer || !self.read_to_end.contains(&space) {
            return Ok(None);
        }
        let (relationship, fields) = self.relationship(id)?;
        let Some(entering) = self.entering(&relationship, &fields, &chain)? else {
            return Ok(None);
        };
        if *entering.access.seed() == row.access_seed && !self.is_access_doubted(space)? {
            return Ok(None);
        }
        let mut wish = Wish::default();
        wish.let_in(entering.access.public());
        wish.add(entry_of(chain.persona(Side::Specialist)));
        self.ask_for(space, wish, true).map(Some)
    }

    fn is_access_doubted(&self, space: SpaceId) -> Result<bool, Error> {
        Ok(self.store.view().meta(&wish_name(space))?.is_some())
    }

    /// Enters a space with another key from now on, where the relay has just let it in.
    pub(super) fn take_new_access(&mut self, space: SpaceId, let_in: &Wish) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let (Some(id), Some(chain)) = (row.relationship, self.support_chain(space)?) else {
            return Ok(());
        };
        let (relationship, fields) = self.relationship(id)?;
        let Some(entering) = self.entering(&relationship, &fields, &chain)? else {
            return Ok(());
        };
        let key = entering.access.public();
        if let_in.add.iter().all(|access| access.key != key) {
            return Ok(());
        }
        self.enter_with(row, *entering.access.seed())
    }

    fn enter_with(&mut self, row: SpaceRow, access_seed: [u8; 32]) -> Result<(), Error> {
        if row.access_seed == access_seed {
            return Ok(());
        }
        self.commit(
            &[Change::Sync],
            |tx| Ok(tx.put_space(&SpaceRow { access_seed, ..row })?),
        )
    }

    /// The relay does not let this device into a space: whether it has another key to try in this round. Where another device told the
    /// relay of another one, or the participant's devices did, any persona so far may be the one it knows; the last one most likely.
    pub(super) fn try_another_key(&mut self, space: SpaceId) -> Result<bool, Error> {
        let row = self.space_row(space)?;
        let is_first_try = self.keys_tried.insert(row.access_seed);
        let Some(id) = row.relationship else {
            return if is_first_try {
                self.stand_outside_again()
            } else {
                Ok(false)
            };
        };
        let (relationship, fields) = self.relationship(id)?;
        let mut known = self.personas(&relationship, &fields);
        known.extend(self.personas_set_aside(&relationship)?);
        let mut seeds = known.iter().map(|keys| *keys.access.seed());
        let Some(next) = seeds.find(|seed| !self.keys_tried.contains(seed)) else {
            return Ok(false);
        };
        self.enter_with(row, next)?;
        Ok(true)
    }
}

/// Has the relay told once more who enters a relationship's space: the chain says so anew, or it may have lost it.
pub(super) fn doubt_access(tx: &Tx<'_>, row: &SpaceRow) -> Result<(), Error> {
    if row.administer {
        tx.set_meta(&wish_name(row.id), &cairn_wire::encode(&Wish::default()))?;
    }
    Ok(())
}
