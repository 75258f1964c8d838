//! What the relay is to be told about who may enter a space, kept until it has heard it.

use super::devices::hex;
use super::epochs::want_epoch;
use super::{Change, Engine, Error};
use crate::store::{SpaceRow, Tx};
use crate::sync::AccessWish;
use cairn_wire::message::{Access, Side};
use cairn_wire::{PublicKey, SpaceId, bounds};
use minicbor::{Decode, Encode};

/// The name under which [`KnownOut`] is kept.
const OUT: &str = "access.out";

/// Keys that the relay was told to keep out of the home space, and said that it does. CBOR `{0: incarnation u32, 1: [key 32...]}`.
#[derive(Default, Encode, Decode)]
#[cbor(map)]
struct KnownOut {
    #[n(0)]
    incarnation: u32,
    #[n(1)]
    keys: Vec<PublicKey>,
}

/// Has the relay asked again, with the next round, to keep out whoever was removed.
pub(super) fn doubt_who_is_out(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(OUT)?)
}

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
        self.add(Access {
            key,
            side: Side::Participant,
            administer: true,
        });
    }

    /// Lets a key in with these rights, and no others. Where it is to be kept out it still is.
    pub(super) fn add(&mut self, access: Access) {
        self.add.retain(|known| known.key != access.key);
        self.add.push(access);
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
        if space != self.identity.home {
            return self.ask_support_access(space);
        }
        let mut wish = self.wished_access(space)?;
        self.to_keep_out()?.into_iter().for_each(|key| wish.keep_out(key));
        // As many as one request carries: the rest is asked for when this is answered.
        let room = bounds::ACCESS_KEYS_MAX.saturating_sub(wish.add.len().max(wish.remove.len()));
        let unsure = self.not_known_out()?;
        unsure.into_iter().take(room).for_each(|key| wish.keep_out(key));
        if wish.is_empty() {
            return Ok(None);
        }
        // As many as one request carries; the rest is asked for when this is answered.
        wish.add.truncate(bounds::ACCESS_KEYS_MAX);
        wish.remove.truncate(bounds::ACCESS_KEYS_MAX);
        let version = self.space_row(space)?.access_version;
        self.access_asked = Some((space, wish.clone()));
        let Wish { add, remove } = wish;
        Ok(Some(AccessWish {
            version,
            add,
            remove,
            only: false,
        }))
    }

    /// The access keys of removed devices of which this one does not know that the relay keeps them out. Whoever removed them has asked
    /// for it, as a rule; every device makes sure once, and again when somebody else has changed who may enter.
    fn not_known_out(&self) -> Result<Vec<PublicKey>, Error> {
        let Some(chain) = &self.home_chain else {
            return Ok(Vec::new());
        };
        if !self.is_in_chain() {
            return Ok(Vec::new());
        }
        let known = self.known_out()?.keys;
        let gone = chain.removed().values().map(|gone| gone.device.access);
        Ok(gone.filter(|key| !known.contains(key)).collect())
    }

    fn known_out(&self) -> Result<KnownOut, Error> {
        let incarnation = self.home()?.incarnation;
        let known = match self.store.view().meta(OUT)? {
            Some(bytes) => cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?,
            None => KnownOut::default(),
        };
        // A relay that lost its store has lost whom it kept out.
        Ok(Some(known)
            .filter(|known| known.incarnation == incarnation)
            .unwrap_or(KnownOut {
                incarnation,
                keys: Vec::new(),
            }))
    }

    /// Whom the relay keeps out, once it has heard `asked`; where another device was first, nothing is certain.
    fn known_out_after(&self, space: SpaceId, asked: Option<&Wish>) -> Result<Option<KnownOut>, Error> {
        if space != self.identity.home {
            return Ok(None);
        }
        let mut known = self.known_out()?;
        match asked {
            Some(asked) => {
                known
                    .keys
                    .retain(|key| asked.add.iter().all(|access| access.key != *key));
                known.keys.retain(|key| !asked.remove.contains(key));
                known.keys.extend(&asked.remove);
            }
            None => known.keys.clear(),
        }
        Ok(Some(known))
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
        let out = self.known_out_after(space, asked.as_ref().map(|(_, asked)| asked))?;
        let is_settled = space == self.identity.home || asked.is_some();
        self.commit(&[Change::Devices], |tx| {
            // The doubt about a relationship's list is an empty wish: it stays until its list was taken.
            if is_settled {
                put_wish(tx, space, &wish)?;
            }
            if let Some(out) = &out {
                tx.set_meta(OUT, &cairn_wire::encode(out))?;
            }
            if let Some(epoch) = &epoch {
                want_epoch(tx, epoch)?;
            }
            Ok(tx.put_space(&row)?)
        })?;
        if let Some((_, asked)) = asked {
            self.entered(space, &asked)?;
            if space != self.identity.home {
                self.take_new_access(space, &asked)?;
            }
        }
        Ok(())
    }
}
