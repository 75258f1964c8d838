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
//! | `home.heard_epoch` | u32 little-endian | the newest epoch of which something in this log could be opened |
//! | `home.last_log` | u32 little-endian | the last incarnation in whose log every link here stood |
//! | `home.behind` | i64 little-endian, ms since 1970 by this device's clock | since when the relay is in an epoch that no link says anything of |
//! | `home.known` | signing keys, 32 bytes each | the devices that were this person's when this one left its chain; others are strange until the person has looked at them |
//! | `home.parted` | u8 | 1: the log goes on without what this device knows; 2: its chain is left, and it waits to be let in |

use super::access::{Wish, put_wish};
use super::engine::new_space;
use super::epochs::{RemovalWish, forget_rekey, want_epoch};
use super::identity::IDENTITY;
use super::receive::SetAside;
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, EpochKey, Link};
use crate::id::random_bytes;
use crate::limits;
use crate::record::Closed;
use crate::store::{SpaceRow, Tx, View};
use cairn_wire::{Header, PublicKey, Record, SpaceId};

const PARTED: &str = "home.parted";
const HEARD: &str = "home.heard_epoch";
const LAST_LOG: &str = "home.last_log";
const BEHIND: &str = "home.behind";
const KNOWN: &str = "home.known";
const SEEN: u8 = 1;
const LEFT: u8 = 2;

impl Engine {
    /// Whether this link, for a place that another one has here, shows that the log goes on without what this device knows: it was read
    /// there before that other one, it continues what is common, and somebody sealed it since the last log in which all links here stood. What
    /// lost a race in a log before shows nothing.
    pub(super) fn departs(&self, bytes: &[u8], sealed_in: u32) -> Result<bool, Error> {
        let (Some(chain), Ok(link)) = (&self.home_chain, Link::parse(bytes)) else {
            return Ok(false);
        };
        let at = usize::try_from(link.index()).unwrap_or(usize::MAX);
        let stands = self.links_under()?.get(at).is_some_and(|epoch| *epoch > 0);
        if stands || !self.has_begun_anew(chain.space())? || sealed_in <= noted(self.store.view(), LAST_LOG)? {
            return Ok(false); // Of two that were made at once, the one that stands first is here.
        }
        let links = self.store.view().links(chain.space())?;
        let common = links.iter().take(at).map(Vec::as_slice);
        Ok(DeviceChain::verify(common).is_ok_and(|mut common| common.append(bytes).is_ok()))
    }

    /// Notes up to which epoch something could be opened, where the log of the home space began anew: of records of its present incarnation.
    pub(super) fn hear_of_epoch(&mut self, home: SpaceId, epoch: u32) -> Result<(), Error> {
        if epoch <= self.heard_epoch || !self.has_begun_anew(home)? {
            return Ok(());
        }
        self.heard_epoch = epoch;
        self.commit(&[], |tx| Ok(tx.set_meta(HEARD, &epoch.to_le_bytes())?))
    }

    /// Stops where the log, read to its end, has gone on in a way that nothing here can follow: with another key under the number of an epoch that
    /// no link there begins as the one here does, in an epoch of which no link says anything, or in one whose key is destroyed here. A record that does not open proves nothing by
    /// itself: anybody who may enter can write one.
    pub(super) fn notice_left_behind(&mut self, space: SpaceId, epoch: u32) -> Result<(), Error> {
        let home = self.home()?;
        let is_read = space == home.id && home.cursor == home.head_n;
        let Some(chain) = self.home_chain.as_ref().filter(|_| is_read && self.is_in_chain()) else {
            return Ok(());
        };
        if !self.has_begun_anew(space)? {
            return Ok(());
        }
        let view = self.store.view();
        // What waits for an update, or for a link that is kept back, may say more.
        if view.any_quarantined_for(SetAside::TooNew.number())? || self.waits_for_links(&home)? {
            return Ok(());
        }
        let under = self.links_under()?;
        let stands = |epoch: u32| {
            let begun = chain.epochs().get(&epoch).map(|one| one.begun_at);
            let at = begun.and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| under.get(at)).is_some_and(|under| *under > 0)
        };
        let is_another = |header: &Header| {
            header.epoch > self.heard_epoch && chain.epochs().contains_key(&header.epoch) && !stands(header.epoch)
        };
        let is_later = epoch > chain.current_epoch().max(home.epoch);
        let has = |why: SetAside, fits: &dyn Fn(&Header) -> bool| -> Result<bool, Error> {
            let aside = view.quarantined_for(why.number())?;
            Ok(aside
                .iter()
                .filter(|one| one.space == home.id)
                .filter_map(|one| Some(Record::parse(&one.record).ok()?.header))
                .any(|header| header.incarnation == home.incarnation && fits(&header)))
        };
        let has_other_key = has(SetAside::NotOpened, &is_another)?;
        // The relay goes on in an epoch whose key this device has let go of, and what it could tell of later ones nobody there could read.
        let is_before = !stands(home.epoch) && epoch < self.oldest_epoch(&home)?;
        if is_before || has_other_key || (is_later && has(SetAside::NoKey, &|header| header.epoch > home.epoch)?) {
            return self.part();
        }
        self.wait_for_links_of(is_later)
    }

    /// The relay is in an epoch that nobody has told it of: whoever made the space again may still be about to, or have died, and after a day
    /// that is said.
    fn wait_for_links_of(&mut self, is_later: bool) -> Result<(), Error> {
        let (now, since) = (self.now().0, self.store.view().meta(BEHIND)?);
        let since = since.and_then(|since| Some(i64::from_le_bytes(since.try_into().ok()?)));
        match since {
            None if is_later => self.commit(&[], |tx| Ok(tx.set_meta(BEHIND, &now.to_le_bytes())?)),
            Some(since) if is_later && now.abs_diff(since) >= limits::ANEW_WAITS_MS => self.part(),
            Some(_) if !is_later => self.commit(&[], |tx| Ok(tx.remove_meta(BEHIND)?)),
            _ => Ok(()),
        }
    }

    /// Notes, before a log is forgotten, that every link here stood in it.
    pub(super) fn last_log(&self, home: &SpaceRow) -> Result<u32, Error> {
        if self.chain_stands()? {
            Ok(home.incarnation)
        } else {
            noted(self.store.view(), LAST_LOG)
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
        let chain = self.home_chain.as_ref();
        let known: Vec<u8> = chain
            .iter()
            .flat_map(|chain| chain.devices().keys())
            .flat_map(|key| *key.as_bytes())
            .collect();
        let genesis = chain.map(DeviceChain::genesis);
        self.leave_for(home, |tx| {
            if let Some(genesis) = genesis {
                tx.set_meta(super::devices::PINNED_GENESIS, genesis.as_bytes())?;
            }
            tx.set_meta(KNOWN, &known)?;
            Ok(tx.set_meta(PARTED, &[LEFT])?)
        })
    }

    /// Devices that the chain names and that were not this person's when this one left its own: one that was removed may be among them. Until
    /// the person has looked at them nothing that was written is sent.
    pub(super) fn strange_devices(&self) -> Result<Vec<PublicKey>, Error> {
        let (Some(known), Some(chain)) = (self.store.view().meta(KNOWN)?, &self.home_chain) else {
            return Ok(Vec::new());
        };
        let (known, own) = (known.as_chunks::<32>().0, self.identity.signing.public());
        let is_strange = |key: &&PublicKey| **key != own && !known.contains(key.as_bytes());
        Ok(chain.devices().keys().filter(is_strange).copied().collect())
    }

    /// The person has looked at the list of their devices, and each is theirs: what was written is sent again.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn trust_devices(&mut self) -> Result<(), Error> {
        if !self.is_in_chain() {
            return Ok(());
        }
        self.commit(&[Change::Devices, Change::Sync], |tx| Ok(tx.remove_meta(KNOWN)?))
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
            tx.remove_meta(KNOWN)?;
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
        // What is set aside and not decided goes on to open.
        let mut alone = self.keys_alone(&former)?;
        alone.extend(self.keys_of_asides(&former, u32::MAX)?);
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
            super::shredding::put_keys_alone(tx, &alone)?;
            super::recovering::forget_use(tx)?;
            tx.set_meta(IDENTITY, &identity.encode())?;
            tx.forget_home_log((Closed::Erased.number(), Closed::BegunAnew.number()))?;
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
        self.recovery_slots.clear();
        self.tokens.remove(&former.id);
        self.go_on_as(identity);
        self.note_ending()
    }

    /// It was let in.
    pub(super) fn end_parting(&mut self) -> Result<(), Error> {
        if !self.is_in_chain() {
            return Ok(());
        }
        if self.parted()? != 0 {
            self.commit(&[Change::Devices, Change::Sync], end)?;
        }
        if self.store.view().meta(KNOWN)?.is_some() && self.strange_devices()?.is_empty() {
            self.commit(&[], |tx| Ok(tx.remove_meta(KNOWN)?))?;
        }
        Ok(())
    }
}

/// Keeps in which log every link here stood last.
pub(super) fn put_last_log(tx: &Tx<'_>, incarnation: u32) -> Result<(), Error> {
    Ok(tx.set_meta(LAST_LOG, &incarnation.to_le_bytes())?)
}

/// The newest epoch of which something was opened, as it is kept.
pub(super) fn heard_epoch(view: View<'_>) -> Result<u32, Error> {
    noted(view, HEARD)
}

fn noted(view: View<'_>, name: &str) -> Result<u32, Error> {
    let bytes = view.meta(name)?;
    Ok(bytes
        .and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)))
        .unwrap_or_default())
}

/// Forgets which epochs a log held that is no more.
pub(super) fn forget_epochs(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(BEHIND)?;
    Ok(tx.remove_meta(HEARD)?)
}

/// The device that lets this one in is the person's: they held both.
pub(super) fn know(tx: &Tx<'_>, device: &PublicKey) -> Result<(), Error> {
    let Some(mut known) = tx.meta(KNOWN)? else {
        return Ok(());
    };
    known.extend_from_slice(device.as_bytes());
    Ok(tx.set_meta(KNOWN, &known)?)
}

/// Notes that nothing has gone apart.
pub(super) fn end(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(PARTED)?)
}
