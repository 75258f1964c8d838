//! What the recovery phrase needs at the relay, and what is left of those before it, kept as the chain says by every device.
//!
//! What stands in the log decides, not what was sent: a box counts while it was read there, in a slot that nobody has closed, and under
//! nothing else that took its place. Where it does not, it is made again, in the next of its slots if it must be. A device of the
//! person's own has every key, and could put a box there that holds nothing: that is found only by trying the phrase.
//!
//! | name | value | |
//! |---|---|---|
//! | `recovery.box` | slot 16, epoch u32 | the newest box of the phrase that counts, where it stands in the log |
//! | `recovery.boxes` | slots, 16 bytes each | where boxes were read, whoever's |
//! | `recovery.shut` | slots, 16 bytes each | slots that are closed |
//! | `recovery.out` | u32 | of how many former phrases the relay was asked to keep out their access |

use super::access::put_wish;
use super::epochs::{basis, want_epoch};
use super::phrase::end_wish;
use super::sealing::SealedRecord;
use super::{Change, Engine, Error};
use crate::crypto::{
    BoxPlace, DeviceChain, RECOVERY_SLOTS, Recovery, open_recovery_box, recovery_slot, seal_key_box, seal_recovery_box,
};
use crate::limits;
use crate::store::{SpaceRow, Tx};
use cairn_wire::{CLOSES_SLOT, PublicKey, Record, RecordId, SlotId};

const BOX: &str = "recovery.box";
const BOXES: &str = "recovery.boxes";
const SHUT: &str = "recovery.shut";
const OUT: &str = "recovery.out";

/// Former phrases whose access the relay is asked to keep out at once.
const OUT_AT_ONCE: usize = 16;

impl Engine {
    /// What the recovery phrase still needs: a link, the access of former phrases gone, an epoch that they do not open, a box, and the
    /// boxes of former phrases gone. One thing at a time, and what another device has done is not done again.
    pub(super) fn tend_recovery(&mut self, home: &SpaceRow) -> Result<(), Error> {
        let Some(chain) = &self.home_chain else { return Ok(()) };
        if let Some(wished) = self.wished_phrase()? {
            return if chain.recovery() == Some(&wished) {
                self.phrase_counts()
            } else {
                self.seal_recovery_link(home, wished)
            };
        }
        let Some(recovery) = chain.recovery().cloned() else {
            return Ok(());
        };
        let former = chain.recoveries().len() - 1;
        let out = self.former_out()?;
        if out < former {
            return self.keep_former_out(out, former);
        }
        if let Some((edition, slot)) = self.open_slot()?
            && self.store.view().meta(BOX)?.as_deref() != Some(box_note(slot, home.epoch).as_slice())
        {
            return self.seal_box(home, &recovery, edition);
        }
        let Some((known, edition)) = self.box_to_close()? else {
            return Ok(());
        };
        let place = BoxPlace {
            edition,
            flags: CLOSES_SLOT,
            epoch: home.epoch,
            incarnation: home.incarnation,
            merged_upto: 0,
        };
        let record = seal_recovery_box(&known.kem, home.id, &[], place, self.entropy.as_mut())?;
        self.push_for_recovery(home, 1, record)
    }

    fn seal_recovery_link(&mut self, home: &SpaceRow, wished: Recovery) -> Result<(), Error> {
        let author = self.ranking_key();
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let counting = chain.recovery().map(|recovery| recovery.signing.as_bytes().to_vec());
        let over = self.wished_over()?;
        if over.is_some_and(|over| over != counting.unwrap_or_default()) {
            return self.overtaken(&wished);
        }
        if !chain.is_settled(&author.public(), home.head_time) {
            return Ok(()); // The phrase that counts was at hand and is not any more: the state says so.
        }
        match chain.rotate_recovery(&author, wished.clone(), basis(home)) {
            Ok(link) => self.push_link(link, 0, |_| Ok(())),
            Err(_) => self.overtaken(&wished),
        }
    }

    /// The chain knows the phrase that was wished for: a new epoch begins for it.
    fn phrase_counts(&mut self) -> Result<(), Error> {
        let has_epoch = self.home_chain.as_ref().is_some_and(DeviceChain::recovery_has_epoch);
        let epoch = self.epoch_wish()?.unwrap_or_default();
        self.commit(&[Change::Devices], |tx| {
            end_wish(tx)?;
            if has_epoch { Ok(()) } else { want_epoch(tx, &epoch) }
        })?;
        self.tend_chain()
    }

    fn former_out(&self) -> Result<usize, Error> {
        let bytes = self.store.view().meta(OUT)?.unwrap_or_default();
        let count = bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        usize::try_from(count).map_err(|_| Error::Internal)
    }

    /// Whoever has the words of a former phrase is let in no more, and opens nothing that is sealed from now on: on whichever device it
    /// is read first that another phrase counts.
    fn keep_former_out(&mut self, out: usize, former: usize) -> Result<(), Error> {
        let upto = former.min(out.saturating_add(OUT_AT_ONCE));
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let has_epoch = chain.recovery_has_epoch();
        let accesses: Vec<PublicKey> = chain.recoveries()[out..upto].iter().map(|one| one.access).collect();
        let mut entry = self.wished_access(self.identity.home)?;
        accesses.into_iter().for_each(|access| entry.keep_out(access));
        let (home, epoch) = (self.identity.home, self.epoch_wish()?.unwrap_or_default());
        let upto = u32::try_from(upto).map_err(|_| Error::Internal)?;
        self.commit(&[Change::Devices], |tx| {
            put_wish(tx, home, &entry)?;
            tx.set_meta(OUT, &upto.to_le_bytes())?;
            if has_epoch { Ok(()) } else { want_epoch(tx, &epoch) }
        })?;
        self.tend_chain()
    }

    fn seal_box(&mut self, home: &SpaceRow, recovery: &Recovery, edition: u32) -> Result<(), Error> {
        let keys = self.kept_keys(home)?.fitting(1, limits::PHRASE_BOX_BYTES_MAX);
        let to = std::slice::from_ref(&recovery.kem);
        let key_box = seal_key_box(&home.id, to, &keys, self.entropy.as_mut())?;
        let place = BoxPlace {
            edition,
            flags: 0,
            epoch: home.epoch,
            incarnation: home.incarnation,
            merged_upto: home.cursor,
        };
        let record = seal_recovery_box(&recovery.kem, home.id, &key_box, place, self.entropy.as_mut())?;
        self.push_for_recovery(home, 0, record)
    }

    fn push_for_recovery(&mut self, home: &SpaceRow, purpose: u8, bytes: Vec<u8>) -> Result<(), Error> {
        let parsed = Record::parse(&bytes).map_err(|_| Error::Internal)?;
        let (record_id, hash): (RecordId, _) = (parsed.header.record_id, parsed.hash());
        let record = SealedRecord { record_id, hash, bytes };
        self.commit(&[Change::Sync], |tx| {
            super::sealing::push(tx, home, purpose, &record, None)
        })
    }

    /// Whether a record lies where only recovery phrases look.
    pub(super) fn is_for_recovery(&self, record: &[u8]) -> bool {
        !self.recovery_slots.is_empty()
            && Record::parse(record).is_ok_and(|record| self.recovery_slots.contains(&record.header.slot))
    }

    /// The slots of the phrase at this place in the chain.
    fn slots_of(&self, at: usize) -> &[SlotId] {
        let each = RECOVERY_SLOTS as usize;
        self.recovery_slots.get(at * each..(at + 1) * each).unwrap_or_default()
    }

    /// Whether the box of the phrase that counts stands in the log, where the phrase looks for it.
    pub(super) fn box_stands(&self) -> Result<bool, Error> {
        let there = self.store.view().meta(BOX)?.unwrap_or_default();
        let slot = self.open_slot()?;
        Ok(slot.is_some_and(|(_, slot)| there.starts_with(slot.as_bytes())))
    }

    fn slots_noted(&self, name: &str) -> Result<Vec<SlotId>, Error> {
        let bytes = self.store.view().meta(name)?.unwrap_or_default();
        Ok(bytes.as_chunks().0.iter().copied().map(SlotId::from_bytes).collect())
    }

    /// The first slot of the phrase that counts which nobody has closed, with its edition.
    fn open_slot(&self) -> Result<Option<(u32, SlotId)>, Error> {
        let shut = self.slots_noted(SHUT)?;
        let Some(last) = self
            .home_chain
            .as_ref()
            .and_then(|chain| chain.recoveries().len().checked_sub(1))
        else {
            return Ok(None);
        };
        let mut slots = (0..).zip(self.slots_of(last).iter().copied());
        Ok(slots.find(|(_, slot)| !shut.contains(slot)))
    }

    /// A former phrase, and which of its slots is still to be closed: the first one, and every one in which a box was read.
    fn box_to_close(&self) -> Result<Option<(Recovery, u32)>, Error> {
        let (shut, boxes) = (self.slots_noted(SHUT)?, self.slots_noted(BOXES)?);
        let known = self.home_chain.as_ref().map_or(&[][..], DeviceChain::recoveries);
        let former = known.len().saturating_sub(1);
        for (at, recovery) in known.iter().enumerate().take(former) {
            for (edition, slot) in (0..).zip(self.slots_of(at)) {
                if !shut.contains(slot) && (edition == 0 || boxes.contains(slot)) {
                    return Ok(Some((recovery.clone(), edition)));
                }
            }
        }
        Ok(None)
    }

    /// A record in a slot for a recovery phrase stands in the log: its box, the end of the slot, or something else that may have taken
    /// the place of the box.
    pub(super) fn recovery_landed(&mut self, record: &[u8]) -> Result<(), Error> {
        let header = Record::parse(record).map_err(|_| Error::Internal)?.header;
        let slot = header.slot;
        if header.closes_slot() {
            return self.recovery_shut(slot);
        }
        let Some(chain) = &self.home_chain else { return Ok(()) };
        let Some(at) = self.recovery_slots.iter().position(|known| *known == slot) else {
            return Ok(());
        };
        let at = at / RECOVERY_SLOTS as usize;
        let (known, counts) = (chain.recoveries(), at + 1 == chain.recoveries().len());
        let is_box = known.get(at).is_some_and(|one| {
            open_recovery_box(&one.kem, header.space, record).is_ok_and(|key_box| !key_box.is_empty())
        });
        self.commit(&[Change::Devices], |tx| {
            if is_box {
                note_slot(tx, BOXES, slot)?;
            }
            match (is_box, counts) {
                (true, true) => Ok(tx.set_meta(BOX, &box_note(slot, header.epoch))?),
                (false, true) => forget_box_in(tx, slot),
                (_, false) => Ok(()),
            }
        })
    }

    /// A slot for a recovery phrase is closed for ever.
    pub(super) fn recovery_shut(&mut self, slot: SlotId) -> Result<(), Error> {
        self.commit(&[Change::Devices], |tx| {
            note_slot(tx, SHUT, slot)?;
            forget_box_in(tx, slot)
        })
    }

    /// Follows a chain from here on. A phrase that was at hand and counts no more is not at hand any more.
    pub(super) fn follow(&mut self, chain: DeviceChain) {
        let space = chain.space();
        let slots = chain.recoveries().iter().flat_map(|one| {
            let of_one = (0..RECOVERY_SLOTS).map(|edition| recovery_slot(&one.kem, space, edition));
            of_one.collect::<Vec<_>>()
        });
        self.recovery_slots = slots.collect();
        let at_hand = self.recovery.as_ref().map(|keys| keys.public());
        if at_hand.is_some_and(|public| chain.recovery() != Some(&public) && chain.recoveries().contains(&public)) {
            self.recovery = None;
            self.changes.insert(Change::Devices);
        }
        self.home_chain = Some(chain);
    }
}

/// Has the box of the recovery phrase made anew: it holds keys that are to go.
pub(super) fn forget_box(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(BOX)?)
}

fn forget_box_in(tx: &Tx<'_>, slot: SlotId) -> Result<(), Error> {
    match tx.meta(BOX)? {
        Some(there) if there.starts_with(slot.as_bytes()) => forget_box(tx),
        _ => Ok(()),
    }
}

fn note_slot(tx: &Tx<'_>, name: &str, slot: SlotId) -> Result<(), Error> {
    let mut bytes = tx.meta(name)?.unwrap_or_default();
    if bytes.as_chunks().0.contains(slot.as_bytes()) {
        return Ok(());
    }
    bytes.extend_from_slice(slot.as_bytes());
    Ok(tx.set_meta(name, &bytes)?)
}

fn box_note(slot: SlotId, epoch: u32) -> Vec<u8> {
    [slot.as_bytes().as_slice(), &epoch.to_le_bytes()].concat()
}

/// Forgets what was read of a chain that this device leaves.
pub(super) fn forget_notes(tx: &Tx<'_>) -> Result<(), Error> {
    for name in [BOX, BOXES, SHUT, OUT] {
        tx.remove_meta(name)?;
    }
    Ok(())
}
