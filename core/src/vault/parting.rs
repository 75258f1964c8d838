//! Devices that no longer agree on which of them are this person's, because their relay lost what told them.
//!
//! A relay that has lost its store is told the chain again by every device that knows it. A device that was away may know more of it than those
//! who went on meanwhile, and then there are two chains with one beginning. None lets go of a link that it has verified: else a relay and a
//! thief together could take a removal back, with a loss that never was. So the one whose links come too late stops there, says
//! so, and keeps everything. The person lets it in again as a device of its own: from another device, or with the recovery phrase. So they do
//! with one that those who told the relay who may enter had not heard of yet, and with one that had not heard of an epoch whose
//! beginning nobody can tell it any more.
//!
//! | name | value | |
//! |---|---|---|
//! | `home.parted` | u8 | 1: the log goes on without what this device knows; 2: its chain is left, and it waits to be let in |

use super::access::{Wish, put_wish};
use super::engine::new_space;
use super::epochs::{EpochWish, RemovalWish, forget_rekey, want_epoch};
use super::identity::IDENTITY;
use super::receive::SetAside;
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, Link, SigningKey};
use crate::record::Closed;
use crate::store::{Quarantined, SpaceRow, Tx};
use cairn_wire::{Record, SpaceId};

const PARTED: &str = "home.parted";
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
        let is_forgotten = self.is_shut_out()? && self.is_healing()? && !self.home()?.created;
        Ok(self.parted()? != 0 || is_forgotten)
    }

    /// Leaves the chain as this device knows it, to be let in as another one. Everything here stays, and what does not stand in the log is sent again.
    /// Whom the chain had removed is to be removed again, where the other one names them.
    pub(super) fn leave_chain(&mut self) -> Result<(), Error> {
        if !self.needs_joining()? || self.waits_to_be_let_in()? {
            return Ok(());
        }
        let home = self.home()?;
        self.take_back_all(&home)?;
        let removed = self.home_chain.iter().flat_map(|chain| chain.removed().keys());
        let wish = EpochWish {
            removed: removed
                .map(|signing| RemovalWish {
                    signing: *signing,
                    trusted_upto: 0,
                    is_out: false,
                })
                .collect(),
        };
        let identity = self.another_identity()?;
        let home = self.home()?;
        let row = SpaceRow {
            access_seed: *SigningKey::random(self.entropy.as_mut()).seed(),
            slot_key: home.slot_key,
            origin: home.origin.clone(),
            relay_key: home.relay_key,
            incarnation: home.incarnation,
            created: true,
            ..new_space(home.id, home.kind, self.entropy.as_mut())
        };
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.remove_space(home.id)?;
            tx.put_space(&row)?;
            tx.set_meta(IDENTITY, &identity.encode())?;
            tx.forget_home_log(Closed::Erased.number())?;
            super::renewing::forget_former(tx)?;
            super::renewing::forget_mark(tx)?;
            super::shredding::forget_notes(tx)?;
            super::phrase_keeping::forget_notes(tx)?;
            super::healing::begin(tx)?;
            forget_rekey(tx)?;
            put_wish(tx, home.id, &Wish::default())?;
            if !wish.removed.is_empty() {
                want_epoch(tx, &wish)?;
            }
            Ok(tx.set_meta(PARTED, &[LEFT])?)
        })?;
        self.home_chain = None;
        self.tokens.remove(&home.id);
        self.go_on_as(identity);
        Ok(())
    }

    /// It was let in.
    pub(super) fn end_parting(&mut self) -> Result<(), Error> {
        if self.parted()? == 0 || !self.is_in_chain() {
            return Ok(());
        }
        self.commit(&[Change::Devices, Change::Sync], end)
    }
}

/// Notes that nothing has gone apart.
pub(super) fn end(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(PARTED)?)
}
