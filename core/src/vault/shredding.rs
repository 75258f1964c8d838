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
//! | name | value | |
//! |---|---|---|
//! | `shred` | epoch u32 | keys before it are to go; it begins after it was asked for |
//! | `shred.links` | epoch u32 | the links of the chain were sealed again under this epoch |
//!
//! The links of the chain come first: a device that joins afterwards can open nothing from before, and has to know whose records
//! follow.

use super::devices::link_document;
use super::epochs::{EpochWish, want_epoch};
use super::erasing::want_empty_log;
use super::sealing::{Plan, push};
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, LinkHash, SlotKey, sealed_again_id, slot_id};
use crate::id::{DocumentId, random_bytes};
use crate::limits;
use crate::record::Kind;
use crate::store::{DocumentRow, OutboxRow, Sibling, SpaceRow, author_tag};
use cairn_wire::RecordId;

const SHRED: &str = "shred";
const LINKS: &str = "shred.links";
/// `purpose` of the outbox for a state that is sealed again.
pub(super) const AGAIN: u8 = 3;

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
        // An epoch that somebody else has begun before may have sealed what was erased since.
        let epoch = self.home()?.epoch.checked_add(1).ok_or(Error::Internal)?;
        let wish = self.epoch_wish()?.unwrap_or_default();
        self.commit(&[Change::Sync], |tx| {
            tx.set_meta(SHRED, &epoch.to_le_bytes())?;
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
            Some(epoch) if self.home()?.epoch < epoch => return Ok(Shredding::Beginning),
            Some(epoch) if chain.let_go() < epoch => {
                let left = self.store.view().sealed_before_count(epoch)?;
                return Ok(Shredding::Sealing { left });
            }
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

    fn shred_epoch(&self) -> Result<Option<u32>, Error> {
        let bytes = self.store.view().meta(SHRED)?;
        bytes
            .map(|bytes| Ok(u32::from_le_bytes(bytes.try_into().map_err(|_| Error::Internal)?)))
            .transpose()
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
        self.let_go_of_many(home)?;
        let Some(chain) = &self.home_chain else { return Ok(()) };
        let (let_go, own) = (chain.let_go(), self.identity.signing.public());
        match self.shred_epoch()? {
            // The wish for the epoch went with something else that was wished for.
            Some(epoch) if home.epoch < epoch => {
                self.commit(&[Change::Sync], |tx| want_epoch(tx, &EpochWish::default()))?;
                return self.tend_chain();
            }
            Some(epoch) if epoch > let_go && self.links_again()? < epoch => {
                return self.seal_links_again(home, epoch);
            }
            Some(epoch) if epoch <= let_go => {
                self.commit(&[Change::Sync], |tx| Ok(tx.remove_meta(SHRED)?))?;
            }
            Some(epoch) if self.needs_nothing_before(home, epoch)? => {
                let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
                let link = chain.ask_to_let_go(&self.identity.signing, epoch, super::devices::seen(home))?;
                return self.push_link(link, 0, |_| Ok(()));
            }
            _ => {}
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
            return self.push_link(link, 0, |_| Ok(()));
        }
        Ok(())
    }

    fn links_again(&self) -> Result<u32, Error> {
        let bytes = self.store.view().meta(LINKS)?;
        bytes.map_or(Ok(0), |bytes| {
            Ok(u32::from_le_bytes(bytes.try_into().map_err(|_| Error::Internal)?))
        })
    }

    /// Seals the links of the chain again, in their order, up to the one that began the epoch: that one is sealed under the epoch before.
    fn seal_links_again(&mut self, home: &SpaceRow, epoch: u32) -> Result<(), Error> {
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let upto = chain.epochs().get(&epoch).map_or(0, |known| known.begun_at);
        let links = self.store.view().links(home.id)?;
        let (mut sealed, mut writer_seq) = (Vec::new(), home.writer_seq);
        for (_, link) in (0..=upto).zip(links) {
            let hash = LinkHash::of(&link);
            let document = link_document(&hash);
            let slot = slot_id(&SlotKey::from_bytes(home.slot_key), &document, 0);
            let record_id = sealed_again_id(home.id, home.incarnation, home.epoch, slot, &[*hash.as_bytes()]);
            let plan = Plan {
                merged_upto: home.cursor,
                ..Plan::plain(Kind::DeviceLink, document, link)
            };
            writer_seq += 1;
            let nonce = random_bytes(self.entropy.as_mut());
            sealed.push(self.home_sealer(home)?.seal(plan, writer_seq, record_id, nonce)?);
        }
        self.commit(&[Change::Sync], |tx| {
            for record in &sealed {
                push(tx, home, 0, record, None)?;
            }
            tx.set_meta(LINKS, &epoch.to_le_bytes())?;
            Ok(tx.put_space(&SpaceRow {
                writer_seq,
                ..home.clone()
            })?)
        })
    }

    /// Whether nothing of this device is sealed with a key of an epoch before this one, here or on its way.
    fn needs_nothing_before(&self, home: &SpaceRow, epoch: u32) -> Result<bool, Error> {
        let view = self.store.view();
        Ok(view.sealed_before(epoch, 1)?.is_empty()
            && view.outbox(home.id, 1, 1)?.is_empty()
            && view.closings(1)?.is_empty()
            && view
                .quarantined_for(super::receive::SetAside::Removed.number())?
                .is_empty())
    }

    /// Destroys keys: the epochs' here, and the X-Wing key that opens boxes of them.
    fn destroy_keys_before(&mut self, home: &SpaceRow, epoch: u32) -> Result<(), Error> {
        let keys = self.store.view().epoch_keys(home.id)?;
        self.commit(&[Change::Devices], |tx| {
            for (old, _) in keys.iter().filter(|(old, _)| *old < epoch) {
                tx.remove_epoch_key(home.id, *old)?;
            }
            super::epochs::want_rekey(tx)?;
            super::recovering::forget_box(tx)?;
            want_empty_log(tx)
        })?;
        self.scrub_if_wanted()
    }

    /// Which epoch everything is to be sealed under again; none where nothing is.
    fn again_under(&self) -> Result<Option<u32>, Error> {
        let wanted = self.shred_epoch()?;
        let asked = self
            .home_chain
            .as_ref()
            .map(DeviceChain::let_go)
            .filter(|epoch| *epoch > 1);
        Ok(wanted.max(asked))
    }

    /// Seals a portion of what is still sealed under an epoch that is to go.
    pub(super) fn seal_again(&mut self) -> Result<(), Error> {
        let (Some(epoch), home) = (self.again_under()?, self.home()?) else {
            return Ok(());
        };
        if self.shred_epoch()?.is_some_and(|wanted| wanted == epoch) && self.links_again()? < epoch {
            return Ok(());
        }
        let count = self.again_left.min(limits::PAGE_ENTRIES_MAX);
        if home.epoch < epoch || count == 0 {
            return Ok(());
        }
        let (mut sealed, mut bytes, mut writer_seq) = (Vec::new(), 0, home.writer_seq);
        for id in self.store.view().sealed_before(epoch, count)? {
            let Some(row) = self.store.view().document(id)? else {
                continue;
            };
            if row.dirty {
                continue; // It is about to be sealed anyway, with what is new in it.
            }
            let siblings = self.store.view().siblings(id)?;
            let record_id = name_of_state(&home, &row);
            let plan = self.plan(&home, row, &siblings)?;
            let nonce = random_bytes(self.entropy.as_mut());
            let record = self.home_sealer(&home)?.seal(plan, writer_seq + 1, record_id, nonce)?;
            writer_seq += 1;
            bytes += record.bytes.len();
            sealed.push((id, record, siblings));
            if bytes >= limits::PUSH_BYTES_MAX {
                break;
            }
        }
        self.again_left = self.again_left.saturating_sub(sealed.len());
        if sealed.is_empty() {
            return Ok(());
        }
        let own = author_tag(self.identity.signing.public().as_bytes());
        self.commit(&[Change::Sync], |tx| {
            for (id, record, siblings) in &sealed {
                push(tx, &home, AGAIN, record, Some(*id))?;
                let mut after: Vec<Sibling> = siblings.iter().map(|one| Sibling { tip: false, ..*one }).collect();
                after.push(Sibling {
                    hash: record.hash,
                    seq: 0,
                    tip: true,
                    author: own,
                    epoch: home.epoch,
                });
                tx.set_siblings(*id, &after)?;
            }
            Ok(tx.put_space(&SpaceRow {
                writer_seq,
                ..home.clone()
            })?)
        })
    }

    /// A state that was sealed again was not taken: another device was first, or wrote since. What the log says is read before
    /// anything is sealed again.
    pub(super) fn sealed_in_vain(
        &mut self,
        out: &OutboxRow,
        document: DocumentId,
        former: &[Sibling],
    ) -> Result<(), Error> {
        self.commit(&[Change::Sync], |tx| {
            tx.set_siblings(document, former)?;
            Ok(tx.remove_outbox(out.n)?)
        })
    }
}

fn name_of_state(home: &SpaceRow, row: &DocumentRow) -> RecordId {
    let slot = slot_id(&SlotKey::from_bytes(home.slot_key), &row.id, row.edition);
    sealed_again_id(home.id, home.incarnation, home.epoch, slot, &row.heads)
}
