//! With which key a person enters the space of a relationship, and whom its participant lets in.
//!
//! Each persona has an access key of its own. The participant's devices tell the relay of it before the persona speaks, and keep out those of
//! everybody who spoke before; they do so for the specialist as soon as they have read of another persona of theirs. All of it
//! follows from the support chain, read to the end of the log: nothing is let in that the chain says was replaced.

use super::access::Wish;
use super::personas::PersonaKeys;
use super::support_space::entry_of;
use super::turning::Turn;
use super::{Change, Engine, Error};
use crate::crypto::{Side, SupportChain};
use crate::profile::Fields;
use crate::store::SpaceRow;
use crate::support::Relationship;
use cairn_wire::SpaceId;

impl Engine {
    /// The seed of the key that a device enters a relationship's space with which has read nothing of it.
    pub(super) fn access_seed(&self, relationship: &Relationship, fields: &Fields) -> Result<[u8; 32], Error> {
        let newest = self.personas(relationship, fields).into_iter().next();
        Ok(*newest.ok_or(Error::Internal)?.access.seed())
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

    /// Adds to what the relay is to be told of a relationship's space that the participant enters with another key from now on. Nothing is said before
    /// the log was read to its end in this round: what this device knows may be what another one has replaced.
    pub(super) fn support_wish(&self, space: SpaceId, wish: Wish) -> Result<Wish, Error> {
        let row = self.space_row(space)?;
        let (Some(id), Some(chain)) = (row.relationship, self.support_chain(space)?) else {
            return Ok(wish);
        };
        if !row.administer || !self.read_to_end.contains(&space) {
            return Ok(Wish::default());
        }
        let (relationship, fields) = self.relationship(id)?;
        let mut wish = wish;
        if let Some(entering) = self.entering(&relationship, &fields, &chain)?
            && *entering.access.seed() != row.access_seed
        {
            for other in PersonaKeys::all(&relationship, &fields) {
                wish.keep_out(other.access.public());
            }
            wish.let_in(entering.access.public());
        }
        Ok(wish)
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
        let Some(id) = row.relationship else { return Ok(false) };
        self.keys_tried.insert(row.access_seed);
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

/// Who may enter a space and who may not any more, as its chain says, beside what is wished already; with which of their keys the
/// participant's devices enter is not in it.
pub(super) fn wish_by_chain(mut wish: Wish, chain: &SupportChain) -> Wish {
    for former in [Side::Participant, Side::Specialist].map(|side| chain.former_personas(side)) {
        former.iter().for_each(|former| wish.keep_out(former.access));
    }
    wish.add(entry_of(chain.persona(Side::Specialist)));
    wish
}
