//! What the relay is to be told about who may enter a space, kept until it has heard it.

use super::devices::hex;
use super::epochs::want_epoch;
use super::{Change, Engine, Error};
use crate::store::{SpaceRow, Tx};
use crate::sync::AccessWish;
use cairn_wire::message::{Access, Side};
use cairn_wire::{PublicKey, SpaceId, bounds};
use minicbor::{Decode, Encode};

/// The name under which [`Said`] is kept.
const SAID: &str = "access.said";

/// The whole list of who enters the home space, as this device said it last. CBOR `{0: incarnation u32, 1: [key 32...]}`, keys in order.
#[derive(PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Said {
    #[n(0)]
    incarnation: u32,
    #[n(1)]
    keys: Vec<PublicKey>,
}

/// A change of who may enter that the relay was asked for.
pub(super) struct Asked {
    space: SpaceId,
    wish: Wish,
    /// What is let in is all there is.
    only: bool,
}

/// Has the relay told again, with the next round, who enters the home space.
pub(super) fn doubt_who_enters(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(SAID)?)
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
        if wish.is_empty() {
            return match self.whole_list()? {
                Some(whole) => self.ask_for(space, whole, true).map(Some),
                None => Ok(None),
            };
        }
        // As many as one request carries; the rest is asked for when this is answered.
        wish.add.truncate(bounds::ACCESS_KEYS_MAX);
        wish.remove.truncate(bounds::ACCESS_KEYS_MAX);
        self.ask_for(space, wish, false).map(Some)
    }

    /// Asks for a change; with `only`, what is let in is all there is from then on.
    pub(super) fn ask_for(&mut self, space: SpaceId, wish: Wish, only: bool) -> Result<AccessWish, Error> {
        let version = self.space_row(space)?.access_version;
        let Wish { add, remove } = wish.clone();
        self.access_asked = Some(Asked { space, wish, only });
        Ok(AccessWish {
            version,
            add,
            remove,
            only,
        })
    }

    /// Everybody who may enter the home space, where the relay is to be told it whole: once anybody was shut out, and whenever the chain names
    /// others than this device said last. A key that somebody let in before they were removed stays nowhere.
    ///
    /// It is not said before the log was read to its end in this round, nor while a link waits that names somebody more: who was let in before
    /// their link stands would be shut out. Who was, is let in again by whoever reads that link.
    fn whole_list(&self) -> Result<Option<Wish>, Error> {
        let home = self.home()?;
        let has_shut_out = self
            .home_chain
            .as_ref()
            .is_some_and(|chain| chain.last_removal().is_some());
        let is_sure = has_shut_out && self.is_in_chain() && self.read_to_end.contains(&home.id);
        if !is_sure || self.is_healing()? || self.wished_phrase()?.is_some() {
            return Ok(None);
        }
        let mut whole = Wish::default();
        self.who_may_enter().into_iter().for_each(|key| whole.let_in(key));
        if self.said()? == Some(said(home.incarnation, &whole)) || self.store.view().outbox_has_link(home.id)? {
            return Ok(None);
        }
        Ok(Some(whole))
    }

    fn said(&self) -> Result<Option<Said>, Error> {
        let Some(bytes) = self.store.view().meta(SAID)? else {
            return Ok(None);
        };
        cairn_wire::decode_canonical(&bytes)
            .map(Some)
            .map_err(|_| Error::Internal)
    }

    /// The relay heard the wish that was asked last, or another device was first. What was wished meanwhile is still to be asked.
    pub(super) fn access_answered(&mut self, space: SpaceId, version: u64, done: bool) -> Result<(), Error> {
        let row = SpaceRow {
            access_version: version,
            ..self.space_row(space)?
        };
        let is_home = space == self.identity.home;
        let mut wish = self.wished_access(space)?;
        let asked = self.access_asked.take().filter(|asked| asked.space == space);
        if !done && asked.as_ref().is_some_and(|asked| asked.only) {
            // Whoever was first may know more than this device does: it is said after the log was read once more.
            self.read_to_end.remove(&space);
        }
        let heard = asked.filter(|_| done);
        let mut epoch = None;
        if let Some(heard) = &heard {
            if is_home {
                epoch = self.are_out(&heard.wish.remove)?;
            }
            wish.add.retain(|access| !heard.wish.add.contains(access));
            wish.remove.retain(|key| !heard.wish.remove.contains(key));
        }
        let whole = heard.as_ref().filter(|heard| is_home && heard.only);
        let whole = whole.map(|heard| said(row.incarnation, &heard.wish));
        let is_settled = is_home || heard.is_some();
        self.commit(&[Change::Devices], |tx| {
            // The doubt about a relationship's list is an empty wish: it stays until its list was taken.
            if is_settled {
                put_wish(tx, space, &wish)?;
            }
            if is_home && !done {
                doubt_who_enters(tx)?;
            }
            if let Some(whole) = &whole {
                tx.set_meta(SAID, &cairn_wire::encode(whole))?;
            }
            if let Some(epoch) = &epoch {
                want_epoch(tx, epoch)?;
            }
            Ok(tx.put_space(&row)?)
        })?;
        if let Some(Asked { wish, .. }) = heard {
            self.entered(space, &wish)?;
            if !is_home {
                self.take_new_access(space, &wish)?;
            }
        }
        Ok(())
    }
}

/// What is said with a whole list, in order.
fn said(incarnation: u32, whole: &Wish) -> Said {
    let mut keys: Vec<PublicKey> = whole.add.iter().map(|access| access.key).collect();
    keys.sort_unstable();
    Said { incarnation, keys }
}
