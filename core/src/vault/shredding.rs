//! Erasing beyond the reach of old copies: everything live is sealed again under a new epoch, then every device destroys the keys
//! from before.
//!
//! Erasing takes an entry from every device and from the relay at once. Somebody may have copied the relay's files before that; the
//! copy opens with keys that the devices still have, because they need them for everything else. So: a new epoch; every live
//! state sealed again under it, in portions; a link that asks everybody to let go of the keys before it; and each device, once
//! nothing of its own needs them, destroys them, takes another X-Wing key, because the old one opens the boxes in that copy, and says
//! so. It is done when each has said so.
//!
//! A record that is sealed again has a name that follows from what it holds: of several devices that seal the same state, the
//! first wins, and the others are told `Conflict`, which means that it is done.
//!
//! That somebody was told something proves nothing here: what was sealed again counts once it was read in the log. Nobody asks anybody
//! to let go, and nobody destroys a key, before every link of the chain and every live state stand there under the new epoch.
//!
//! What is set aside and not decided yet, or not understood by this version, goes on to open: of the key that sealed it, the part that
//! opens this one record is kept ([`crypto::record_key`]) until it is decided.
//!
//! | name | value | |
//! |---|---|---|
//! | `shred` | epoch u32 | keys before it are to go; 0 until it is chosen, which is when everything was read |
//! | `shred.links` | epoch u32 for each link of the chain, in their order | the newest epoch under which the link was read in the log |
//! | `shred.alone` | hash of a record 32, its key 32, for each | keys of single records that are set aside |
//!
//! The links of the chain come first: a device that joins afterwards can open nothing from before, and has to know whose records
//! follow.

use super::epochs::{EpochWish, want_epoch};
use super::erasing::want_empty_log;
use super::{Change, Engine, Error};
use crate::crypto::{self, DeviceChain, EpochKey, RecordKey, sealed_again_id};
use crate::id::{DocumentId, EntryId};
use crate::limits;
use crate::store::{SpaceRow, StoreError, Tx};
use cairn_wire::{Record, RecordHash, RecordId, SlotId};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

const SHRED: &str = "shred";
const LINKS: &str = "shred.links";
const ALONE: &str = "shred.alone";
/// `purpose` of the outbox for a state that is sealed again.
pub(super) const AGAIN: u8 = 3;
/// In the place of an epoch that is not chosen yet.
const NOT_CHOSEN: u32 = 0;

/// How far erasing beyond the reach of old copies has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shredding {
    /// Nothing of the kind is under way.
    Nothing,
    /// The relay is to hear of a new epoch first.
    Beginning,
    /// Everything live is being sealed again.
    Sealing {
        /// Documents that are still sealed with a key from before.
        left: u64,
    },
    /// Everything else was sealed again, and this could not be: it is as large as one record can be, or cannot be read here. The entries
    /// among it; none where it is something else. Erasing what an entry said before makes it smaller, and then it goes on.
    HeldUpBy(Vec<EntryId>),
    /// These devices have not yet said that they destroyed their old keys.
    WaitingFor(Vec<String>),
    /// Every device has said so.
    Done,
}

impl Engine {
    /// Begins to put what was erased beyond the reach of old copies of the relay's files. It goes on with every round of sync.
    /// What it cannot reach: such a copy together with a recovery phrase that was valid then, backups of devices, and what people
    /// remember.
    ///
    /// # Errors
    /// [`Error::NoRelay`].
    pub fn shred(&mut self) -> Result<(), Error> {
        if self.home_chain.is_none() {
            return Err(Error::NoRelay);
        }
        let wish = self.epoch_wish()?.unwrap_or_default();
        self.commit(&[Change::Sync], |tx| {
            tx.set_meta(SHRED, &NOT_CHOSEN.to_le_bytes())?;
            want_epoch(tx, &wish)
        })
    }

    /// How far that has come.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn shredding(&self) -> Result<Shredding, Error> {
        let Some(chain) = &self.home_chain else {
            return Ok(Shredding::Nothing);
        };
        match self.shred_epoch()? {
            Some(epoch) if epoch == NOT_CHOSEN || self.home()?.epoch < epoch => return Ok(Shredding::Beginning),
            Some(epoch) if chain.let_go() < epoch => return self.sealing_again(epoch),
            _ => {}
        }
        if chain.let_go() <= 1 {
            return Ok(Shredding::Nothing);
        }
        let late = chain.devices().iter().filter(|(signing, _)| !chain.has_let_go(signing));
        let late: Result<Vec<String>, Error> = late
            .map(|(signing, device)| self.name_of(signing, &device.name))
            .collect();
        let late = late?;
        Ok(if late.is_empty() {
            Shredding::Done
        } else {
            Shredding::WaitingFor(late)
        })
    }

    fn sealing_again(&self, epoch: u32) -> Result<Shredding, Error> {
        let left = self.store.view().sealed_before_count(epoch)?;
        if left == 0 || left > self.again_failing.len() as u64 {
            return Ok(Shredding::Sealing { left });
        }
        let mut entries = Vec::new();
        for id in self.again_failing.iter().copied().map(EntryId::from) {
            if self.store.view().entry(id)?.is_some() {
                entries.push(id);
            }
        }
        Ok(Shredding::HeldUpBy(entries))
    }

    fn shred_epoch(&self) -> Result<Option<u32>, Error> {
        let bytes = self.store.view().meta(SHRED)?;
        bytes
            .map(|bytes| Ok(u32::from_le_bytes(bytes.try_into().map_err(|_| Error::Internal)?)))
            .transpose()
    }

    /// Everything was read and an epoch is about to begin: it is the one, where the choice is still open. One that somebody began
    /// before that may have sealed what was erased since.
    pub(super) fn choose_shred_epoch(&mut self) -> Result<(), Error> {
        let Some(chain) = &self.home_chain else { return Ok(()) };
        let epoch = chain.current_epoch().checked_add(1).ok_or(Error::Internal)?;
        if self.shred_epoch()? != Some(NOT_CHOSEN) {
            return Ok(());
        }
        self.commit(&[Change::Sync], |tx| Ok(tx.set_meta(SHRED, &epoch.to_le_bytes())?))
    }

    /// Begins to seal everything again where the keys of many epochs are kept: a key box has no room for all that ever were.
    fn let_go_of_many(&mut self, home: &SpaceRow) -> Result<(), Error> {
        let is_wanted = self.shred_epoch()?.is_some();
        if is_wanted || self.kept_keys(home)?.epoch_keys.len() <= limits::EPOCHS_KEPT_MAX {
            return Ok(());
        }
        self.commit(&[Change::Sync], |tx| Ok(tx.set_meta(SHRED, &home.epoch.to_le_bytes())?))
    }

    /// What letting go of old keys still needs from this device, one thing at a time.
    pub(super) fn tend_shredding(&mut self, home: &SpaceRow) -> Result<(), Error> {
        self.forget_keys_alone()?;
        self.let_go_of_many(home)?;
        let Some(chain) = &self.home_chain else { return Ok(()) };
        let (let_go, own) = (chain.let_go(), self.identity.signing.public());
        match self.shred_epoch()? {
            // It is to be chosen, or the wish for it went with something else that was wished for.
            Some(epoch) if epoch == NOT_CHOSEN || home.epoch < epoch => {
                self.commit(&[Change::Sync], |tx| want_epoch(tx, &EpochWish::default()))?;
                return self.tend_chain();
            }
            Some(epoch) if epoch <= let_go => {
                self.commit(&[Change::Sync], |tx| Ok(tx.remove_meta(SHRED)?))?;
            }
            _ => {}
        }
        let Some(epoch) = self.again_under()? else {
            return Ok(());
        };
        if !self.links_stand(epoch)? {
            return self.seal_links_again(home, epoch);
        }
        if epoch > let_go {
            if !self.needs_nothing_before(home, epoch)? {
                return Ok(());
            }
            let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
            let link = chain.ask_to_let_go(&self.identity.signing, epoch, super::devices::seen(home))?;
            return self.push_link(link, 0, |_| Ok(()));
        }
        let has_old = self
            .store
            .view()
            .epoch_keys(home.id)?
            .first()
            .is_some_and(|(epoch, _)| *epoch < let_go);
        if has_old && self.needs_nothing_before(home, let_go)? {
            self.destroy_keys_before(home, let_go)?;
            return self.tend_chain();
        }
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        if !has_old && !chain.has_let_go(&own) {
            let link = chain.say_let_go(&self.identity.signing, let_go, super::devices::seen(home))?;
            // The X-Wing key from before may still stand in the log of changes.
            if !self.is_scrubbed()? {
                return Ok(());
            }
            return self.push_link(link, 0, |_| Ok(()));
        }
        Ok(())
    }

    /// Whether nothing that was removed stands anywhere any more; where somebody is reading, it is tried again later.
    fn is_scrubbed(&mut self) -> Result<bool, Error> {
        match self.scrub_if_wanted() {
            Ok(()) => Ok(true),
            Err(Error::Store(StoreError::Busy)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A link of the chain was read in the log, sealed under this epoch.
    pub(super) fn link_stands(&mut self, index: usize, epoch: u32) -> Result<(), Error> {
        if self.links_under()?.get(index).is_some_and(|known| *known >= epoch) {
            return Ok(());
        }
        self.commit(&[], |tx| note_link(tx, index as u64, epoch))
    }

    pub(super) fn links_under(&self) -> Result<Vec<u32>, Error> {
        let bytes = self.store.view().meta(LINKS)?.unwrap_or_default();
        Ok(bytes.as_chunks().0.iter().copied().map(u32::from_le_bytes).collect())
    }

    /// Whether every link of the chain stands in the log under this epoch or a later one.
    pub(super) fn links_stand(&self, epoch: u32) -> Result<bool, Error> {
        let (under, length) = (
            self.links_under()?,
            self.home_chain.as_ref().map_or(0, DeviceChain::length),
        );
        Ok(under.len() as u64 >= length && under.iter().all(|known| *known >= epoch))
    }

    /// Seals the links again that stand under an epoch before this one, in their order, as many as one request carries.
    fn seal_links_again(&mut self, home: &SpaceRow, epoch: u32) -> Result<(), Error> {
        let under = self.links_under()?;
        let (mut plans, mut bytes) = (Vec::new(), 0);
        for (at, link) in self.store.view().links(home.id)?.into_iter().enumerate() {
            if under.get(at).is_some_and(|known| *known >= epoch) {
                continue;
            }
            bytes += link.len();
            if bytes > limits::PUSH_BYTES_MAX && !plans.is_empty() {
                break;
            }
            plans.push(self.link_again(home, link));
        }
        self.push_home(0, plans, |_| Ok(()))
    }

    /// Whether nothing of this device is sealed with a key of an epoch before this one, here or on its way. What is set aside is no
    /// reason to keep a key: it takes what opens it along.
    fn needs_nothing_before(&self, home: &SpaceRow, epoch: u32) -> Result<bool, Error> {
        let view = self.store.view();
        Ok(view.sealed_before(epoch, None, 1)?.is_empty()
            && view.outbox(home.id, 1, 1)?.is_empty()
            && view.closings(1)?.is_empty())
    }

    /// Destroys keys: the epochs' here, and the X-Wing key that opens boxes of them.
    fn destroy_keys_before(&mut self, home: &SpaceRow, epoch: u32) -> Result<(), Error> {
        let keys = self.store.view().epoch_keys(home.id)?;
        let mut alone = self.keys_alone(home)?;
        alone.extend(self.keys_of_asides(home, epoch)?);
        self.commit(&[Change::Devices], |tx| {
            put_keys_alone(tx, &alone)?;
            for (old, _) in keys.iter().filter(|(old, _)| *old < epoch) {
                tx.remove_epoch_key(home.id, *old)?;
            }
            super::epochs::want_rekey(tx)?;
            super::phrase_keeping::forget_box(tx)?;
            want_empty_log(tx)
        })?;
        self.is_scrubbed().map(drop)
    }

    /// The keys of the single records that are set aside here and sealed under an epoch before this one.
    pub(super) fn keys_of_asides(&self, home: &SpaceRow, epoch: u32) -> Result<BTreeMap<RecordHash, RecordKey>, Error> {
        let keys = self.store.view().epoch_keys(home.id)?;
        let mut alone = BTreeMap::new();
        for one in self.store.view().quarantined()? {
            let Ok(header) = Record::parse(&one.record).map(|record| record.header) else {
                continue;
            };
            let old = keys.iter().find(|(old, _)| *old == header.epoch && *old < epoch);
            if one.space == home.id
                && let Some((_, key)) = old
                && let Ok(key) = crypto::record_key(&EpochKey::from_bytes(**key), &one.record)
            {
                alone.insert(one.hash, key);
            }
        }
        Ok(alone)
    }

    /// The keys of single records whose epochs' keys are destroyed.
    pub(super) fn keys_alone(&self, space: &SpaceRow) -> Result<BTreeMap<RecordHash, RecordKey>, Error> {
        if space.id != self.identity.home {
            return Ok(BTreeMap::new());
        }
        let bytes = Zeroizing::new(self.store.view().meta(ALONE)?.unwrap_or_default());
        let mut keys = BTreeMap::new();
        for pair in bytes.as_chunks::<64>().0 {
            let (mut hash, mut key) = ([0; 32], [0; 32]);
            hash.copy_from_slice(&pair[..32]);
            key.copy_from_slice(&pair[32..]);
            keys.insert(RecordHash::from_bytes(hash), RecordKey::from_bytes(key));
        }
        Ok(keys)
    }

    /// Destroys the keys of single records that are decided.
    fn forget_keys_alone(&mut self) -> Result<(), Error> {
        if self.store.view().meta(ALONE)?.is_none() {
            return Ok(());
        }
        let mut keys = self.keys_alone(&self.home()?)?;
        let before = keys.len();
        let mut waiting = Vec::new();
        for hash in keys.keys() {
            if self.store.view().is_quarantined(hash)? {
                waiting.push(*hash);
            }
        }
        keys.retain(|hash, _| waiting.contains(hash));
        if keys.len() == before {
            return Ok(());
        }
        self.commit(&[], |tx| {
            put_keys_alone(tx, &keys)?;
            want_empty_log(tx)
        })?;
        self.is_scrubbed().map(drop)
    }

    /// Which epoch everything is to be sealed under again; none where nothing is. It stays when this device has let go: what is let
    /// in later out of what was set aside may be sealed under one that is over.
    fn again_under(&self) -> Result<Option<u32>, Error> {
        let wanted = self.shred_epoch()?;
        let asked = self.home_chain.as_ref().map(DeviceChain::let_go);
        Ok(wanted.max(asked).filter(|epoch| *epoch > 1))
    }

    /// Seals a portion of what is still sealed under an epoch that is to go.
    pub(super) fn seal_again(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        let epoch = match self.again_under()? {
            Some(epoch) => epoch,
            // Whatever does not stand in the log at all stands under no epoch.
            None if self.is_healing()? => 1,
            None => return Ok(()),
        };
        let count = self.again_left.min(limits::PAGE_ENTRIES_MAX);
        if home.epoch < epoch || count == 0 || !self.links_stand(epoch)? {
            return Ok(());
        }
        let mut after = None;
        // What fails, and what is about to be sealed with something new in it, is stepped over.
        loop {
            let found = self.store.view().sealed_before(epoch, after, count)?;
            let Some(last) = found.last().copied() else { break };
            let found: BTreeSet<DocumentId> = found.into_iter().map(|(_, document)| document).collect();
            let documents = found
                .into_iter()
                .filter(|id| !self.again_failing.contains(id))
                .collect();
            let sealed = self.seal_states(documents, AGAIN)?;
            self.again_failing.extend(sealed.failing);
            self.again_left = self.again_left.saturating_sub(sealed.count);
            if sealed.count > 0 {
                break;
            }
            after = Some(last);
        }
        Ok(())
    }

    /// The name of a state that is sealed again: whoever seals the same gives it the same one. Where somebody else's record has it,
    /// and everything that stands in the log was read since, that record is not this state: then any other name does.
    pub(super) fn name_again(&mut self, home: &SpaceRow, slot: SlotId, heads: &[[u8; 32]]) -> RecordId {
        let name = sealed_again_id(home.id, home.incarnation, home.epoch, slot, heads);
        if self.taken.contains(&name) {
            self.record_id()
        } else {
            name
        }
    }
}

/// Forgets what was read of a chain that this device leaves.
pub(super) fn forget_notes(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(LINKS)?)
}

/// Notes that a link of the chain stands in the log under this epoch.
pub(super) fn note_link(tx: &Tx<'_>, index: u64, epoch: u32) -> Result<(), Error> {
    let at = usize::try_from(index).map_err(|_| Error::Internal)?;
    let mut bytes = tx.meta(LINKS)?.unwrap_or_default();
    bytes.resize(bytes.len().max((at + 1) * 4), 0);
    let place = &mut bytes.as_chunks_mut::<4>().0[at];
    *place = u32::from_le_bytes(*place).max(epoch).to_le_bytes();
    Ok(tx.set_meta(LINKS, &bytes)?)
}

pub(super) fn put_keys_alone(tx: &Tx<'_>, keys: &BTreeMap<RecordHash, RecordKey>) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(tx.remove_meta(ALONE)?);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(keys.len() * 64));
    for (hash, key) in keys {
        bytes.extend_from_slice(hash.as_bytes());
        bytes.extend_from_slice(key.as_bytes());
    }
    Ok(tx.set_meta(ALONE, &bytes)?)
}
