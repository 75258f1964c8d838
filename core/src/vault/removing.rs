//! Removing a device, and what still comes from one that is gone.
//!
//! Removing is one call and works offline. When the relay is next reached its access goes first, then everything is read, then one
//! link of the chain says who is gone, up to where each is trusted, and begins a new epoch. What this device has not sent yet is
//! sealed anew under that epoch. Records that a removed device made and that are not covered by its trust are set aside on every
//! device, also those that had been taken over before the removal was known: the participant keeps each or leaves it out.

use super::access::Wish;
use super::documents::Projection;
use super::epochs::{EpochWish, RemovalWish, want_epoch};
use super::merging::Way;
use super::receive::{Received, SetAside, aside, receive};
use super::syncing::is_nothing_but;
use super::{Change, Engine, Error};
use crate::crypto::DeviceChain;
use crate::id::{DocumentId, EntryId, random_bytes};
use crate::journal::Entry;
use crate::record::{Closed, Kind};
use crate::store::{ClosingRow, Quarantined, Tx, author_tag};
use cairn_wire::{PublicKey, RecordHash};

/// Something that came from a device behind what it is trusted for.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its name, for keeping it or leaving it out.
    pub id: RecordHash,
    /// What the device was called.
    pub device: String,
    /// The entry as that device left it; none where it is something else than an entry.
    pub entry: Option<Entry>,
    /// Whether the entry is here already, as it was before.
    pub is_known: bool,
}

/// Shows no words.
impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival")
            .field("id", &self.id)
            .field("is_known", &self.is_known)
            .finish_non_exhaustive()
    }
}

/// What goes out of sight with a device.
pub(super) struct Gone(Vec<(DocumentId, Quarantined)>);

impl Gone {
    pub(super) fn put(&self, tx: &Tx<'_>) -> Result<(), Error> {
        for (document, aside) in &self.0 {
            take_out_of_sight(tx, *document)?;
            tx.quarantine(aside)?;
        }
        Ok(())
    }
}

impl Engine {
    /// Removes a device: it reads and writes nothing that is made from now on. What was on it stays on it.
    ///
    /// # Errors
    /// [`Error::NoRelay`]; [`Error::NotFound`]; [`Error::OwnDevice`]; [`Error::NotSettled`].
    pub fn remove_device(&mut self, id: PublicKey) -> Result<(), Error> {
        let home = self.home()?;
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        if id == self.identity.signing.public() {
            return Err(Error::OwnDevice);
        }
        if chain.device(&id).is_none() {
            return Err(Error::NotFound);
        }
        // Offline this device's own clock has to do. What counts is the relay's, before anybody is kept out.
        let now = u64::try_from(self.now().0).unwrap_or_default().max(home.head_time);
        if !chain.may_remove(&self.ranking_key().public(), &id, now) {
            return Err(Error::NotSettled);
        }
        let mut epoch = self.epoch_wish()?.unwrap_or_default();
        if epoch.removed.iter().all(|one| one.signing != id) {
            epoch.removed.push(RemovalWish {
                signing: id,
                trusted_upto: home.cursor,
                is_out: false,
            });
        }
        self.commit(&[Change::Devices, Change::Sync], |tx| want_epoch(tx, &epoch))?;
        self.renew_relationship_access()?;
        self.take_back_unsent()
    }

    /// The access keys of devices that are to go and may be removed by this one, of which the relay was not told yet.
    pub(super) fn to_keep_out(&self) -> Result<Vec<PublicKey>, Error> {
        let (home, author) = (self.home()?, self.ranking_key().public());
        let Some(chain) = &self.home_chain else {
            return Ok(Vec::new());
        };
        let wished = self.epoch_wish()?.unwrap_or_default().removed;
        let allowed = wished
            .into_iter()
            .filter(|one| !one.is_out && chain.may_remove(&author, &one.signing, home.head_time));
        Ok(allowed
            .filter_map(|one| Some(chain.device(&one.signing)?.access))
            .collect())
    }

    /// Notes that the relay keeps these keys out.
    pub(super) fn are_out(&self, keys: &[PublicKey]) -> Result<Option<EpochWish>, Error> {
        let (Some(mut wish), Some(chain)) = (self.epoch_wish()?, &self.home_chain) else {
            return Ok(None);
        };
        for one in &mut wish.removed {
            let is_out = chain
                .device(&one.signing)
                .is_some_and(|device| keys.contains(&device.access));
            one.is_out |= is_out;
        }
        Ok(Some(wish))
    }

    /// What waits sealed and was never handed to a transport is sealed anew when it leaves: under the epoch of then.
    fn take_back_unsent(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        loop {
            let waiting = self
                .store
                .view()
                .outbox_unsent(home.id, cairn_wire::bounds::APPEND_RECORDS_MAX)?;
            if waiting.is_empty() {
                return Ok(());
            }
            for out in waiting {
                self.decide_again(&home, &out)?;
            }
        }
    }

    /// What has to go out of sight now that the chain says who is gone: documents that nobody else has touched.
    pub(super) fn gone_with(&mut self, chain: &DeviceChain) -> Result<Gone, Error> {
        let known = self
            .home_chain
            .as_ref()
            .map(|known| known.removed().len())
            .unwrap_or_default();
        let mut gone = Vec::new();
        if chain.removed().len() == known {
            return Ok(Gone(gone));
        }
        let home = self.home()?;
        let new = |signing: &PublicKey| {
            let before = self.home_chain.as_ref().map(DeviceChain::removed);
            *signing != self.identity.signing.public() && !before.is_some_and(|before| before.contains_key(signing))
        };
        let mut after = Vec::new();
        for (signing, removed) in chain.removed().iter().filter(|(signing, _)| new(signing)) {
            after.extend(
                self.store
                    .view()
                    .written_after(author_tag(signing.as_bytes()), removed.trusted_upto)?,
            );
        }
        for (document, hash, is_alone) in after {
            let Some(row) = self.store.view().document(document)? else {
                continue;
            };
            if !is_alone || row.dirty || row.kind != Kind::Entry.number() {
                continue; // Somebody else's words are in it too. What it said before is in its history.
            }
            // The relay's own copy is not kept once it is merged: it is sealed anew, for nobody but this device.
            let seq = self
                .store
                .view()
                .siblings(document)?
                .first()
                .map_or(0, |sibling| sibling.seq);
            let plan = self.plan(&home, row, &[])?;
            let (record_id, nonce) = (self.record_id(), random_bytes(self.entropy.as_mut()));
            let record = self.home_sealer(&home)?.seal(plan, 0, record_id, nonce)?;
            let why = SetAside::Removed;
            gone.push((
                document,
                aside(home.id, seq, hash, Some(document), why, &record.bytes, self.clock.now()),
            ));
        }
        Ok(Gone(gone))
    }

    /// The wish that keeps out whoever this chain has just removed. Whoever asked for it has told the relay before, as a rule; every
    /// device that hears of it makes sure.
    pub(super) fn without_the_gone(&self, chain: &DeviceChain) -> Result<Option<Wish>, Error> {
        let before = self.home_chain.as_ref().map(DeviceChain::removed);
        let (Some(before), Some(_)) = (before, chain.device(&self.identity.signing.public())) else {
            return Ok(None);
        };
        if chain.removed().len() == before.len() {
            return Ok(None);
        }
        let mut wish = self.wished_access(self.identity.home)?;
        let new = chain
            .removed()
            .iter()
            .filter(|(signing, _)| !before.contains_key(signing));
        new.for_each(|(_, gone)| wish.keep_out(gone.device.access));
        Ok(Some(wish))
    }

    /// A record that was read newest first does not stand, now that everything before it was read.
    pub(super) fn take_back(&mut self, document: DocumentId, hash: RecordHash) -> Result<(), Error> {
        let is_known = self
            .store
            .view()
            .siblings(document)?
            .iter()
            .any(|sibling| sibling.hash == hash);
        if !is_known {
            return Ok(());
        }
        self.commit(&[Change::Journal, Change::Profile], |tx| {
            if is_nothing_but(tx, document, hash)? {
                take_out_of_sight(tx, document)?;
            }
            Ok(())
        })
    }

    /// What came from devices behind what they are trusted for, in the order in which it came.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn arrivals(&self) -> Result<Vec<Arrival>, Error> {
        let home = self.home()?;
        let keys = self.keys(&home)?;
        let view = self.store.view();
        let mut arrivals = Vec::new();
        for one in view.quarantined_for(SetAside::Removed.number())? {
            let Ok(received) = receive(&keys, home.id, one.seq, one.hash, &one.record) else {
                continue;
            };
            let is_known = view.document_head(received.document())?.is_some();
            let device = self.removed_name(&received)?;
            let entry = match received.projection {
                Some(Projection::Entry(entry)) => Some(*entry),
                _ => None,
            };
            arrivals.push(Arrival {
                id: one.hash,
                device,
                entry,
                is_known,
            });
        }
        Ok(arrivals)
    }

    /// The name of the removed device that made a record; empty where this device sealed it anew to set it aside.
    fn removed_name(&self, received: &Received) -> Result<String, Error> {
        let author = PublicKey::from_bytes(received.inside.author);
        let Some(chain) = &self.home_chain else {
            return Ok(String::new());
        };
        match chain.removed().get(&author) {
            Some(gone) => self.name_of(&author, &gone.device.name),
            None => Ok(String::new()),
        }
    }

    /// Keeps what came from a removed device, as if it had been written here.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ReadOnly`], [`Error::Store`].
    pub fn keep_arrival(&mut self, id: RecordHash) -> Result<(), Error> {
        let (one, record) = self.arrival(id)?;
        let document = one.document();
        let home = self.identity.home;
        // It is let in now, and what cannot be merged puts it back.
        self.commit(&[], |tx| Ok(tx.release_quarantine(&id)?))?;
        if self.store.view().document_head(document)?.is_some() {
            self.merge(home, one, &record)?;
        } else {
            self.keep_documents(home, vec![one], Way::Forward, true)?;
        }
        if self.store.view().is_quarantined(&id)? {
            return Err(Error::ReadOnly);
        }
        self.commit(&[Change::Journal, Change::Sync], |tx| Ok(tx.set_dirty(document, None)?))
    }

    /// Leaves out what came from a removed device, on every device.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub fn leave_out(&mut self, id: RecordHash) -> Result<(), Error> {
        let (one, _) = self.arrival(id)?;
        let document = one.document();
        let is_known = self.store.view().document_head(document)?.is_some();
        self.commit(&[Change::Sync], |tx| {
            tx.release_quarantine(&id)?;
            if !is_known && one.inside.kind == Kind::Entry {
                // Nobody has it but in what was set aside: the relay and the other devices let go of it too.
                tx.put_closing(&ClosingRow {
                    document,
                    edition: one.inside.edition,
                    why: Closed::Erased.number(),
                    parents: vec![id],
                })?;
                tx.put_gone(document)?;
            }
            Ok(())
        })
    }

    fn arrival(&self, id: RecordHash) -> Result<(Received, Vec<u8>), Error> {
        let home = self.home()?;
        let all = self.store.view().quarantined_for(SetAside::Removed.number())?;
        let one = all.into_iter().find(|one| one.hash == id).ok_or(Error::NotFound)?;
        let received =
            receive(&self.keys(&home)?, home.id, one.seq, one.hash, &one.record).map_err(|_| Error::NotFound)?;
        Ok((received, one.record))
    }
}

pub(super) fn take_out_of_sight(tx: &Tx<'_>, document: DocumentId) -> Result<(), Error> {
    tx.remove_document(document)?;
    tx.remove_entry(EntryId::from(document))?;
    Ok(())
}
