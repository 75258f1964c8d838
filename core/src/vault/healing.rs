//! Healing: a relay that has lost its store, or put back an old one, is sent again what it misses.
//!
//! Such a relay answers in a later incarnation. By the key that was pinned when the space began it proves that it is still the same one; a
//! relay with another key is a stranger, and nothing is sent to it. The numbers it gave mean nothing any more. So every device begins anew at
//! the first one: it makes the space again where it is forgotten, says again who may enter, reads what is there, and sends what is not. First
//! the links of the chain, each under the epoch in which it was made, as far as its key is kept: a device that was away then opens them
//! one after the other. Then the states of documents and the tombstones, in portions, and attachments last.
//!
//! A state that is sent again has the name that follows from what it holds: of several devices that send it, the first wins, and
//! the others are told `Conflict`, which means that it is done. What stands in the log is never sent twice.
//!
//! | name | value | |
//! |---|---|---|
//! | `anew.<space in hex>` | i64 little-endian, ms since 1970 by this device's clock | when another incarnation was last gone along with |
//! | `healing` | empty | something may still be missing in the home space |
//! | `recovery.kit_lost` | signing key 32 | the kit of this recovery phrase went with the store: only its words can make it again |

use super::access::put_wish;
use super::devices::{hex, link_document};
use super::engine::HOME;
use super::epochs::EPOCH_PURPOSE;
use super::merging::Way;
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{DeviceChain, LinkHash};
use crate::id::DocumentId;
use crate::limits;
use crate::profile;
use crate::record::{Closed, Kind};
use crate::store::{SpaceRow, Tx};
use crate::sync::SyncError;
use cairn_wire::{PublicKey, Record, RecordHash, SpaceId, chain_0};
use std::collections::BTreeMap;

const HEALING: &str = "healing";
const KIT_LOST: &str = "recovery.kit_lost";
/// The epoch under which whatever stands in the log is sealed at least.
const ANY_EPOCH: u32 = 1;

pub(super) fn anew_name(space: SpaceId) -> String {
    format!("anew.{}", hex(space.as_bytes()))
}

impl Engine {
    /// The relay says, by its pinned key, that another incarnation of its store answers. One that says so again and again would have everything sent
    /// to it without end: it is gone along with once a day.
    pub(super) fn begin_anew_in(&mut self, space: SpaceId, incarnation: u32) -> Result<(), Error> {
        let now = self.now().0;
        let last = self.store.view().meta(&anew_name(space))?;
        let last = last.and_then(|last| Some(i64::from_le_bytes(last.try_into().ok()?)));
        let is_soon = last.is_some_and(|last| now.abs_diff(last) < limits::ANEW_WAITS_MS);
        if is_soon && !planted!(AnewAtOnce) {
            return Err(SyncError::ResyncRequired { incarnation }.into());
        }
        self.relay_epochs.remove(&space);
        let row = self.space_row(space)?;
        if row.kind == HOME {
            self.home_begins_anew(&row, incarnation)
        } else {
            self.support_begins_anew(&row, incarnation)
        }
    }

    /// Whether the log of a space has ever begun anew for this device.
    pub(super) fn has_begun_anew(&self, space: SpaceId) -> Result<bool, Error> {
        Ok(self.store.view().meta(&anew_name(space))?.is_some())
    }

    /// When the log of a space began anew last, by this device's clock.
    pub(super) fn begun_anew(&self, space: SpaceId) -> Result<Option<Timestamp>, Error> {
        let at = self.store.view().meta(&anew_name(space))?;
        Ok(at.and_then(|at| Some(Timestamp(i64::from_le_bytes(at.try_into().ok()?)))))
    }

    fn home_begins_anew(&mut self, home: &SpaceRow, incarnation: u32) -> Result<(), Error> {
        self.take_back_all(home)?;
        let (mut wish, restates) = (self.wished_access(home.id)?, self.may_restate()?);
        for access in self.who_may_enter() {
            wish.let_in(access);
        }
        let phrase = self.home_chain.as_ref().and_then(DeviceChain::recovery);
        let phrase = phrase.map(|phrase| phrase.signing);
        let row = SpaceRow {
            created: !restates,
            ..anew(self.home()?, incarnation)
        };
        let (now, last_log) = (self.now().0, self.last_log(home)?);
        self.commit(&[Change::Sync, Change::Devices, Change::Attachments], |tx| {
            tx.forget_home_log((Closed::Erased.number(), Closed::BegunAnew.number()))?;
            super::parting::put_last_log(tx, last_log)?;
            for (name, _) in tx.metas_beginning(super::erasing::CLOSED)? {
                tx.remove_meta(&name)?;
            }
            super::shredding::forget_notes(tx)?;
            super::phrase_keeping::forget_notes(tx)?;
            if let Some(phrase) = &phrase {
                tx.set_meta(KIT_LOST, phrase.as_bytes())?;
            }
            if restates {
                put_wish(tx, row.id, &wish)?;
            }
            begin(tx)?;
            super::parting::forget_epochs(tx)?;
            tx.set_meta(&anew_name(row.id), &now.to_le_bytes())?;
            super::ending_relay::doubt_told(tx, row.id)?;
            Ok(tx.put_space(&row)?)
        })?;
        self.heard_epoch = 0;
        Ok(())
    }

    /// Whether this device may say who enters the home space: the chain names it, or who it was before it took another name.
    fn may_restate(&self) -> Result<bool, Error> {
        let former = self.former()?.map(|former| former.identity.signing.public());
        let is_named = |key: PublicKey| {
            self.home_chain
                .as_ref()
                .is_some_and(|chain| chain.device(&key).is_some())
        };
        Ok(self.is_in_chain() || former.is_some_and(is_named) || self.is_founder()?)
    }

    /// Whether this device began the home space, and the log does not say so yet.
    pub(super) fn is_founder(&self) -> Result<bool, Error> {
        let has_joined = self.store.view().meta(super::devices::PINNED_GENESIS)?.is_some();
        Ok(self.home_chain.is_none() && !has_joined)
    }

    /// The access keys of everybody who may enter the home space, as the chain says.
    pub(super) fn who_may_enter(&self) -> Vec<PublicKey> {
        let Some(chain) = &self.home_chain else {
            return Vec::new();
        };
        let devices = chain.devices().values().map(|device| device.access);
        devices.chain(chain.recovery().map(|phrase| phrase.access)).collect()
    }

    /// The epoch the relay's space is in, as far as it was heard; that of this device before.
    pub(super) fn relay_epoch(&self, space: &SpaceRow) -> u32 {
        self.relay_epochs.get(&space.id).copied().unwrap_or(space.epoch)
    }

    /// The epoch a space has to be in at least that this device makes again: it has no key for any before.
    pub(super) fn oldest_epoch(&self, space: &SpaceRow) -> Result<u32, Error> {
        let keys = self.store.view().epoch_keys(space.id)?;
        Ok(keys.first().map_or(ANY_EPOCH, |(epoch, _)| *epoch))
    }

    /// Whether every link of the chain here stands in the log.
    pub(super) fn chain_stands(&self) -> Result<bool, Error> {
        self.links_stand(ANY_EPOCH)
    }

    /// Sends again the links of the chain that the log does not hold, as many as go at once; whether it holds them all.
    pub(super) fn mend_links(&mut self, home: &SpaceRow) -> Result<bool, Error> {
        if self.chain_stands()? {
            return Ok(true);
        }
        let Some(chain) = &self.home_chain else { return Ok(true) };
        let under = self.relay_epoch(home);
        let begins: Vec<(u64, u32)> = chain
            .epochs()
            .iter()
            .map(|(epoch, one)| (one.begun_at, *epoch))
            .collect();
        if under > home.epoch || self.store.view().epoch_key(home.id, under)?.is_none() {
            return Ok(false); // Another device knows more of the chain, and sends it.
        }
        let (known, mut picked, mut bytes) = (self.links_under()?, Vec::new(), 0);
        let mut purpose = 0;
        for (at, link) in self.store.view().links(home.id)?.into_iter().enumerate() {
            if known.get(at).is_some_and(|epoch| *epoch >= ANY_EPOCH) {
                continue;
            }
            let begun = begins.iter().find(|(begun_at, _)| *begun_at == at as u64);
            let swaps = begun.is_some_and(|(_, epoch)| *epoch > under);
            bytes += link.len();
            if !picked.is_empty() && (swaps || bytes > limits::PUSH_BYTES_MAX) {
                break;
            }
            picked.push(link);
            if swaps {
                purpose = EPOCH_PURPOSE;
                break;
            }
        }
        let under = SpaceRow {
            epoch: under,
            ..home.clone()
        };
        let plans = picked.into_iter().map(|link| self.link_again(&under, link)).collect();
        self.push_home_under(&under, purpose, plans, |_| Ok(()))?;
        Ok(false)
    }

    /// What a link of the chain is sealed as once more: under the epoch of `home`, and a name that every device gives it.
    pub(super) fn link_again(&mut self, home: &SpaceRow, link: Vec<u8>) -> (Plan, Option<cairn_wire::RecordId>) {
        let hash = LinkHash::of(&link);
        let document = link_document(&hash);
        let name = self.name_again(home, self.slot_of(home, document, 0), &[*hash.as_bytes()]);
        let plan = Plan {
            merged_upto: home.cursor,
            ..Plan::plain(Kind::DeviceLink, document, link)
        };
        (plan, Some(name))
    }

    /// Whether a record was known before the log began anew. What a removed device was trusted for then is sealed again by one that is left; as it came it
    /// says nothing, and takes nothing away.
    pub(super) fn stood_before(&self, document: DocumentId, hash: RecordHash) -> Result<bool, Error> {
        let siblings = self.store.view().siblings(document)?;
        Ok(siblings
            .iter()
            .any(|known| known.hash == hash && known.author != 0 && known.epoch == 0))
    }

    /// Another device was first with states that are on their way from here once more: they are taken back before what stands in the log is
    /// read, else each would seem to say something that the other does not.
    pub(super) fn give_way(
        &mut self,
        space: &SpaceRow,
        records: &[(u64, RecordHash, &[u8])],
        way: Way,
    ) -> Result<(), Error> {
        if way != Way::Forward || space.kind != HOME {
            return Ok(());
        }
        let mut names = BTreeMap::new();
        for out in self.store.view().outbox_again(space.id)? {
            names.insert(out.record_id, out);
        }
        if names.is_empty() {
            return Ok(());
        }
        for (_, hash, record) in records {
            let header = Record::parse(record).map(|record| record.header);
            let Some(out) = header.ok().and_then(|header| names.remove(&header.record_id)) else {
                continue;
            };
            if out.hash != *hash {
                self.decide_again(space, &out)?;
            }
        }
        Ok(())
    }

    /// Whether something may still be missing at the relay of the home space.
    pub(super) fn is_healing(&self) -> Result<bool, Error> {
        Ok(self.store.view().meta(HEALING)?.is_some())
    }

    /// How much of what the relay has lost is still to be sent to it again; none where nothing is known to be missing.
    pub(super) fn to_send_again(&self) -> Result<Option<u64>, Error> {
        if !self.is_healing()? {
            return Ok(None);
        }
        let view = self.store.view();
        let length = self.home_chain.as_ref().map_or(0, DeviceChain::length);
        let standing = self.links_under()?.iter().filter(|epoch| **epoch >= ANY_EPOCH).count() as u64;
        // What is as large as one record can be, or cannot be read here, stays here, and is not waited for.
        let failing = self.again_failing.len() as u64;
        let states = view.sealed_before_count(ANY_EPOCH)?.saturating_sub(failing);
        Ok(Some(length.saturating_sub(standing) + states + view.closing_count()?))
    }

    /// Notes when nothing is missing any more. Attachments go on as they always do.
    pub(super) fn end_healing(&mut self) -> Result<(), Error> {
        if self.is_in_chain()
            && self.to_send_again()? == Some(0)
            && self.store.view().outbox(self.identity.home, 1, 1)?.is_empty()
        {
            self.commit(&[Change::Sync], |tx| Ok(tx.remove_meta(HEALING)?))?;
        }
        Ok(())
    }

    /// Whether the relay has lost what the recovery phrase that counts needs there beside its box, and no device has had its words since.
    pub(super) fn kit_is_lost(&self) -> Result<bool, Error> {
        let Some(phrase) = self.home_chain.as_ref().and_then(DeviceChain::recovery) else {
            return Ok(false);
        };
        let lost = self.store.view().meta(KIT_LOST)?;
        if lost.is_none_or(|lost| lost != phrase.signing.as_bytes()) {
            return Ok(false);
        }
        let said = self.fields(self.settings_document()?)?;
        let placed = profile::kit_placed(&said, &hex(phrase.signing.as_bytes()));
        Ok(placed.is_none_or(|placed| placed < self.home().map_or(u32::MAX, |home| home.incarnation)))
    }

    /// The kit of a phrase is at the relay again: this device's others are told.
    pub(super) fn kit_is_placed(&mut self, phrase: &PublicKey) -> Result<(), Error> {
        if self.store.view().meta(KIT_LOST)?.is_none() {
            return Ok(());
        }
        self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(KIT_LOST)?))?;
        let (name, incarnation) = (hex(phrase.as_bytes()), self.home()?.incarnation);
        self.change_settings(|_| Ok(profile::set_kit_placed(&name, incarnation)))
            .map(drop)
    }
}

/// A space whose relay has begun anew: nothing of it was read.
pub(super) fn anew(row: SpaceRow, incarnation: u32) -> SpaceRow {
    let nothing = *chain_0(&row.id).as_bytes();
    SpaceRow {
        incarnation,
        cursor: 0,
        chain: nothing,
        head_n: 0,
        head_chain: nothing,
        head_signature: [0; 64],
        acked: 0,
        access_version: 1,
        ..row
    }
}

/// Notes that something may be missing in the home space.
pub(super) fn begin(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.set_meta(HEALING, &[])?)
}

/// Forgets what was noted of a home space that this device leaves.
pub(super) fn forget_notes(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(KIT_LOST)?;
    Ok(tx.remove_meta(HEALING)?)
}
