//! What the relay is to be told about who may enter a space, kept until it has heard it.

use super::devices::hex;
use super::epochs::want_epoch;
use super::{Change, Engine, Error};
use crate::store::{SpaceRow, Tx};
use crate::sync::AccessWish;
use cairn_wire::message::{Access, Side};
use cairn_wire::{PublicKey, SpaceId};
use minicbor::{Decode, Encode};

/// Who is to be let into a space, and who is to be kept out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Wish {
    #[n(0)]
    pub(super) add: Vec<Access>,
    #[n(1)]
    pub(super) remove: Vec<PublicKey>,
}

impl Wish {
    /// Lets a key of the participant's own in, with every right.
    pub(super) fn let_in(&mut self, key: PublicKey) {
        self.remove.retain(|known| *known != key);
        self.add.retain(|known| known.key != key);
        self.add.push(Access {
            key,
            side: Side::Participant,
            administer: true,
        });
    }

    /// Keeps a key out.
    pub(super) fn keep_out(&mut self, key: PublicKey) {
        self.add.retain(|known| known.key != key);
        if !self.remove.contains(&key) {
            self.remove.push(key);
        }
    }

    const fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// The name under which a wish is kept until the relay has heard of it.
pub(super) fn wish_name(space: SpaceId) -> String {
    format!("access.{}", hex(space.as_bytes()))
}

/// Keeps a wish; an empty one is none.
pub(super) fn put_wish(tx: &Tx<'_>, space: SpaceId, wish: &Wish) -> Result<(), Error> {
    if wish.is_empty() {
        Ok(tx.remove_meta(&wish_name(space))?)
    } else {
        Ok(tx.set_meta(&wish_name(space), &cairn_wire::encode(wish))?)
    }
}

impl Engine {
    /// What the relay is to be told of a space and has not heard yet.
    pub(super) fn wished_access(&self, space: SpaceId) -> Result<Wish, Error> {
        let Some(bytes) = self.store.view().meta(&wish_name(space))? else {
            return Ok(Wish::default());
        };
        cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)
    }

    /// The wish as sync carries it; none where there is none.
    pub(super) fn ask_access(&mut self, space: SpaceId) -> Result<Option<AccessWish>, Error> {
        let mut wish = self.wished_access(space)?;
        if space == self.identity.home {
            self.to_keep_out()?.into_iter().for_each(|key| wish.keep_out(key));
        }
        if wish.is_empty() {
            return Ok(None);
        }
        let version = self.space_row(space)?.access_version;
        self.access_asked = Some((space, wish.clone()));
        let Wish { add, remove } = wish;
        Ok(Some(AccessWish { version, add, remove }))
    }

    /// The relay heard the wish that was asked last, or another device was first. What was wished meanwhile is still to be asked.
    pub(super) fn access_answered(&mut self, space: SpaceId, version: u64, done: bool) -> Result<(), Error> {
        let row = SpaceRow {
            access_version: version,
            ..self.space_row(space)?
        };
        let mut wish = self.wished_access(space)?;
        let asked = self.access_asked.take().filter(|(of, _)| done && *of == space);
        let mut epoch = None;
        if let Some((_, asked)) = &asked {
            if space == self.identity.home {
                epoch = self.are_out(&asked.remove)?;
            }
            wish.add.retain(|access| !asked.add.contains(access));
            wish.remove.retain(|key| !asked.remove.contains(key));
        }
        self.commit(&[Change::Devices], |tx| {
            put_wish(tx, space, &wish)?;
            if let Some(epoch) = &epoch {
                want_epoch(tx, epoch)?;
            }
            Ok(tx.put_space(&row)?)
        })?;
        if let Some((_, asked)) = asked {
            self.entered(space, &asked)?;
            if space != self.identity.home {
                self.take_new_access(space)?;
            }
        }
        Ok(())
    }
}
