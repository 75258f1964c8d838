//! Devices that no longer agree on which of them are this person's, because their relay lost what told them.
//!
//! A relay that has lost its store is told the chain again by every device that knows it. A device that was away may know more of it than those
//! who went on meanwhile, and then there are two chains with one beginning. None lets go of a link that it has verified: else a relay and a
//! thief together could take a removal back, with a loss that never was. So the one whose links come too late stops there, says
//! so, and keeps everything. The person lets it in again as a device of its own: from another device, or with the recovery phrase. So they do
//! with one that those who told the relay who may enter had not heard of yet, and with one that had not heard of an epoch whose
//! beginning nobody can tell it any more. Where nobody is left inside, one begins another home space, and the others join that.
//!
//! | name | value | |
//! |---|---|---|
//! | `home.heard_epoch` | u32 little-endian | the newest epoch of the log of which this device could read the first record |
//! | `home.parted` | u8 | 1: the log goes on without what this device knows; 2: its chain is left, and it waits to be let in |

use super::access::{Wish, put_wish};
use super::engine::new_space;
use super::epochs::{RemovalWish, forget_rekey, want_epoch};
use super::identity::IDENTITY;
use super::receive::SetAside;
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, EpochKey, Link};
use crate::id::random_bytes;
use crate::record::Closed;
use crate::store::{Quarantined, SpaceRow, Tx, View};
use cairn_wire::{Record, SpaceId};

const PARTED: &str = "home.parted";
const HEARD: &str = "home.heard_epoch";
const SEEN: u8 = 1;
const LEFT: u8 = 2;

impl Engine {
    /// Whether this link, for a place that another one has here, shows that the log goes on without what this device knows: it was read
    /// there before that other one, and it continues what is common.
    pub(super) fn departs(&self, bytes: &[u8]) -> Result<bool, Error> {
        let (Some(chain), Ok(link)) = (&self.home_chain, Link::parse(bytes)) else {
            return Ok(false);
        };
        let at = usize::try_from(link.index()).unwrap_or(usize::MAX);
        if self.links_under()?.get(at).is_some_and(|epoch| *epoch > 0) {
            return Ok(false); // Of two that were made at once, the one that stands first is here.
        }
        let links = self.store.view().links(chain.space())?;
        let common = links.iter().take(at).map(Vec::as_slice);
        Ok(DeviceChain::verify(common).is_ok_and(|mut common| common.append(bytes).is_ok()))
    }

    /// The first record of an epoch that the log holds says whose epoch it is: two that began one of the same number, each after what the
    /// other has not heard of, have two keys. This device stops where it is not its own.
    pub(super) fn hear_of_epoch(&mut self, record: &[u8], unread: Option<SetAside>) -> Result<(), Error> {
        let Ok(header) = Record::parse(record).map(|record| record.header) else {
            return Ok(());
        };
        if header.epoch <= self.heard_epoch || !self.has_begun_anew(header.space)? {
            return Ok(());
        }
        let home = self.home()?;
        let is_of_this_log = header.space == home.id && header.incarnation == home.incarnation;
        match unread {
            _ if !is_of_this_log => Ok(()),
            Some(SetAside::NotOpened) => self.part(),
            Some(SetAside::NoKey) => Ok(()),
            _ => {
                self.heard_epoch = header.epoch;
                self.commit(&[], |tx| Ok(tx.set_meta(HEARD, &header.epoch.to_le_bytes())?))
            }
        }
    }

    /// Stops where the log, read to its end, is in an epoch of which no link here says anything, and holds what no key here opens. Whoever
    /// told the relay the chain again had destroyed the key under which this device could have read of that epoch.
    pub(super) fn notice_left_behind(&mut self, space: SpaceId, epoch: u32) -> Result<(), Error> {
        let home = self.home()?;
        let is_read = space == home.id && home.cursor == home.head_n;
        let known = self.home_chain.as_ref().map_or(u32::MAX, DeviceChain::current_epoch);
        if !is_read || epoch <= known.max(home.epoch) || !self.is_in_chain() || !self.has_begun_anew(space)? {
            return Ok(());
        }
        let is_later = |one: &Quarantined| {
            one.space == home.id && Record::parse(&one.record).is_ok_and(|record| record.header.epoch > home.epoch)
        };
        let unopened = self.store.view().quarantined_for(SetAside::NoKey.number())?;
        if unopened.iter().any(is_later) {
            self.part()
        } else {
            Ok(())
        }
    }

    /// Stops where the log goes on without what this device knows.
    pub(super) fn part(&mut self) -> Result<(), Error> {
        self.commit(&[Change::Devices, Change::Sync], |tx| Ok(tx.set_meta(PARTED, &[SEEN])?))
    }

    fn parted(&self) -> Result<u8, Error> {
        let parted = self.store.view().meta(PARTED)?;
        Ok(parted.and_then(|parted| parted.first().copied()).unwrap_or_default())
    }

    /// Whether this device has stopped.
    pub(super) fn has_parted(&self) -> Result<bool, Error> {
        Ok(self.parted()? == SEEN)
    }

    /// Whether it has left its chain and is not let in yet.
    pub(super) fn waits_to_be_let_in(&self) -> Result<bool, Error> {
        Ok(self.parted()? == LEFT)
    }

    /// Whether another device, or the recovery phrase, is to let this one in again, because the relay has lost its store.
    pub(super) fn needs_joining(&self) -> Result<bool, Error> {
        Ok(self.parted()? != 0 || self.is_forgotten()?)
    }

    /// Whether those who told the relay the chain again had not heard of this device: it is not let in, or the log does not name it.
    fn is_forgotten(&self) -> Result<bool, Error> {
        if !self.has_begun_anew(self.identity.home)? || self.is_renewing()? || self.is_removed() {
            return Ok(false);
        }
        let home = self.home()?;
        let is_read = home.cursor == home.head_n && home.head_signature != [0; 64];
        let is_unnamed = is_read && !self.is_in_chain() && !self.is_founder()?;
        Ok(is_unnamed || (self.is_shut_out()? && (!home.created || !self.is_in_chain())))
    }

    /// Leaves the chain as this device knows it, to be let in as another one. Everything here stays, and what does not stand in the log is sent again.
    /// Whom the chain had removed is to be removed again, where the other one names them.
    pub(super) fn leave_chain(&mut self) -> Result<(), Error> {
        if !self.needs_joining()? || self.waits_to_be_let_in()? {
            return Ok(());
        }
        let home = self.identity.home;
        self.leave_for(home, |tx| Ok(tx.set_meta(PARTED, &[LEFT])?))
    }

    /// Begins another home space at the same relay, of which this device is the first: for a person none of whose devices the relay lets in, or whose home space it has ended. Everything
    /// here goes there; the others are paired with this one, and bring what they have. There is no recovery phrase until one is made.
    ///
    /// # Errors
    /// [`Error::NotParted`] where the relay lets this device in.
    pub fn begin_again(&mut self) -> Result<(), Error> {
        if !self.needs_joining()? && !self.is_ended()? {
            return Err(Error::NotParted);
        }
        let home = SpaceId::from_bytes(random_bytes(self.entropy.as_mut()));
        let key = EpochKey::random(self.entropy.as_mut());
        self.leave_for(home, |tx| {
            end(tx)?;
            super::devices::forget_pins(tx)?;
            super::epochs::forget_wish(tx)?;
            Ok(tx.put_epoch_key(home, 1, key.as_bytes())?)
        })
    }

    /// Becomes another device, of a home space that is read from its beginning.
    fn leave_for(&mut self, home: SpaceId, also: impl FnOnce(&Tx<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let former = self.home()?;
        self.take_back_all(&former)?;
        let mut wish = self.epoch_wish()?.unwrap_or_default();
        for signing in self.home_chain.iter().flat_map(|chain| chain.removed().keys()) {
            if wish.removed.iter().all(|one| one.signing != *signing) {
                wish.removed.push(RemovalWish {
                    signing: *signing,
                    trusted_upto: 0,
                    is_out: false,
                });
            }
        }
        let mut identity = self.another_identity()?;
        identity.home = home;
        let is_new = home != former.id;
        let row = SpaceRow {
            slot_key: former.slot_key, // Sealed attachments open with it.
            origin: former.origin.clone(),
            relay_key: former.relay_key,
            incarnation: former.incarnation,
            created: !is_new,
            ..new_space(home, former.kind, self.entropy.as_mut())
        };
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.remove_space(former.id)?;
            tx.put_space(&row)?;
            tx.set_meta(IDENTITY, &identity.encode())?;
            tx.forget_home_log(Closed::Erased.number())?;
            super::renewing::forget_former(tx)?;
            super::renewing::forget_mark(tx)?;
            super::shredding::forget_notes(tx)?;
            super::phrase_keeping::forget_notes(tx)?;
            if is_new {
                super::ending::forget_notes(tx)?;
            } else {
                super::ending::begin_day_anew(tx, None)?;
                super::ending_relay::forget_notes(tx)?;
            }
            super::healing::begin(tx)?;
            forget_epochs(tx)?;
            forget_rekey(tx)?;
            put_wish(tx, former.id, &Wish::default())?;
            if !wish.removed.is_empty() {
                want_epoch(tx, &wish)?;
            }
            also(tx)
        })?;
        (self.home_chain, self.heard_epoch) = (None, 0);
        self.tokens.remove(&former.id);
        self.go_on_as(identity);
        self.note_ending()
    }

    /// It was let in.
    pub(super) fn end_parting(&mut self) -> Result<(), Error> {
        if self.parted()? == 0 || !self.is_in_chain() {
            return Ok(());
        }
        self.commit(&[Change::Devices, Change::Sync], end)
    }
}

/// The newest epoch of which the first record was read, as it is kept.
pub(super) fn heard_epoch(view: View<'_>) -> Result<u32, Error> {
    let heard = view.meta(HEARD)?;
    Ok(heard
        .and_then(|heard| Some(u32::from_le_bytes(heard.try_into().ok()?)))
        .unwrap_or_default())
}

/// Forgets which epochs a log held that is no more.
pub(super) fn forget_epochs(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(HEARD)?)
}

/// Notes that nothing has gone apart.
pub(super) fn end(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(PARTED)?)
}
