//! Another persona in every relationship, and its key to enter the space with: a device that was removed knows those before.
//!
//! The seed of the new key stands in the relationship, so that all of the person's devices have it at once. Each goes on with the
//! key before until the relay has heard of the new one, or does not let the old one in any more.

use super::access::{Wish, put_wish};
use super::personas::{PersonaKeys, rotate_name, want_persona};
use super::{Change, Engine, Error};
use crate::crypto::SigningKey;
use crate::id::random_bytes;
use crate::profile::{Field, Fields};
use crate::record::Kind;
use crate::store::{SpaceRow, Tx};
use crate::support::Relationship;
use cairn_wire::SpaceId;

/// The field of a relationship that holds the seed of the key its space is entered with; where it is absent, the persona's is.
const ACCESS: &str = "keys/access";

/// The seed of the key that a relationship's space is entered with.
pub(super) fn access_seed(relationship: &Relationship, fields: &Fields) -> Result<[u8; 32], Error> {
    match fields.get(ACCESS).and_then(Field::array) {
        Some(seed) => Ok(seed),
        None => Ok(*PersonaKeys::first(relationship)?.access.seed()),
    }
}

/// The name under which it is kept that every relationship needs another key to enter by.
const RENEWAL: &str = "relationships.renew";

/// Asks for other keys to enter the spaces of relationships with.
pub(super) fn want_renewal(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.set_meta(RENEWAL, &[])?)
}

impl Engine {
    /// Makes another persona, where a removal asked for it: for every relationship. The participant enters by its key at once, and begins a
    /// new epoch; the specialist does as soon as the participant's devices have read of it. Broken off, it is done again with the next
    /// round of sync; a persona that nobody was told of is nothing.
    pub(super) fn renew_personas(&mut self) -> Result<(), Error> {
        if self.store.view().meta(RENEWAL)?.is_none() {
            return Ok(());
        }
        for relationship in self.relationships()? {
            let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
                continue;
            };
            let Some(row) = self.store.view().space(space)? else {
                continue;
            };
            let (mut changes, persona) = self.another_persona()?;
            let seed = persona.access.seed().to_vec();
            changes.insert(ACCESS.to_owned(), Some(Field::Bytes(seed)));
            let epoch: [u8; 16] = random_bytes(self.entropy.as_mut());
            let renewed = self.set_fields_with(relationship.id.into(), Kind::Relationship, &changes, |tx| {
                if row.administer {
                    tx.set_meta(&rotate_name(space), &epoch)?;
                }
                want_persona(tx, space, persona.signing.public())
            });
            match renewed {
                Ok(_) => self.wish_new_access(&relationship)?,
                Err(error @ (Error::Store(_) | Error::Internal)) => return Err(error),
                // One that can only be read here keeps nobody from being removed.
                Err(_) => {}
            }
        }
        self.commit(&[], |tx| Ok(tx.remove_meta(RENEWAL)?))
    }

    /// Wishes for the key that a relationship says, where this device enters with another one.
    pub(super) fn wish_new_access(&mut self, relationship: &Relationship) -> Result<(), Error> {
        let Some(row) = self.row_of(relationship)? else {
            return Ok(());
        };
        let seed = access_seed(relationship, &self.fields(relationship.id.into())?)?;
        if seed == row.access_seed || !row.administer {
            return Ok(());
        }
        let mut wish = Wish::default();
        wish.let_in(SigningKey::from_seed(&seed).public());
        wish.keep_out(SigningKey::from_seed(&row.access_seed).public());
        self.commit(&[Change::Sync], |tx| put_wish(tx, row.id, &wish))
    }

    fn row_of(&self, relationship: &Relationship) -> Result<Option<SpaceRow>, Error> {
        match relationship.space {
            Some(space) => Ok(self.store.view().space(SpaceId::from_bytes(space))?),
            None => Ok(None),
        }
    }

    /// Enters a space with the key that its relationship says, from now on, where the relay has just let it in.
    pub(super) fn take_new_access(&mut self, space: SpaceId, let_in: &Wish) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let Some(id) = row.relationship else { return Ok(()) };
        let (relationship, fields) = self.relationship(id)?;
        let access_seed = access_seed(&relationship, &fields)?;
        let key = SigningKey::from_seed(&access_seed).public();
        if access_seed == row.access_seed || let_in.add.iter().all(|access| access.key != key) {
            return Ok(());
        }
        self.enter_with(row, access_seed)
    }

    fn enter_with(&mut self, row: SpaceRow, access_seed: [u8; 32]) -> Result<(), Error> {
        self.commit(
            &[Change::Sync],
            |tx| Ok(tx.put_space(&SpaceRow { access_seed, ..row })?),
        )
    }

    /// The relay does not let this device into a space: whether it has another key to try in this round. The one that the relationship says comes
    /// first; where another device told the relay of another one, or the participant's devices did, any persona so far may be the one it knows.
    pub(super) fn try_another_key(&mut self, space: SpaceId) -> Result<bool, Error> {
        let row = self.space_row(space)?;
        let Some(id) = row.relationship else { return Ok(false) };
        self.keys_tried.insert(row.access_seed);
        let (relationship, fields) = self.relationship(id)?;
        let known = PersonaKeys::all(&relationship, &fields);
        let seeds = known.iter().rev().map(|keys| *keys.access.seed());
        let mut seeds = std::iter::once(access_seed(&relationship, &fields)?).chain(seeds);
        let Some(next) = seeds.find(|seed| !self.keys_tried.contains(seed)) else {
            return Ok(false);
        };
        self.enter_with(row, next)?;
        Ok(true)
    }
}
