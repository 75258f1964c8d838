//! Removing a device, and what still comes from one that is gone.
//!
//! Removing is one call and works offline. When the relay is next reached its access goes first, then everything is read, then one
//! link of the chain says who is gone, up to where each is trusted, and begins a new epoch. What this device has not sent yet is
//! sealed anew under that epoch. Records that a removed device made and that are not covered by its trust are set aside on every
//! device, also those that had been taken over before the removal was known: the participant keeps each or leaves it out.

use super::devices::hex;
use super::documents::Projection;
use super::entries::Version;
use super::epochs::{EpochWish, RemovalWish, put_refused, want_epoch};
use super::receive::{Received, SetAside, aside, receive};
use super::syncing::is_nothing_but;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{DeviceChain, Removed};
use crate::id::{DocumentId, EntryId, random_bytes};
use crate::journal::Entry;
use crate::record::{Closed, Kind, PARENTS_MAX};
use crate::store::{ClosingRow, Quarantined, Sibling, Tx, author_tag};
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

/// What changes here with a device that goes.
#[derive(Default)]
pub(super) struct Gone {
    /// What nobody else has touched goes out of sight.
    hidden: Vec<(DocumentId, Quarantined)>,
    /// What somebody else's words are in stays, and is sent anew by a device that is left: what the removed one sent stands for nobody
    /// who reads it from now on.
    renewed: Vec<DocumentId>,
    renewed_after: Option<Timestamp>,
    /// What it had erased, and may come back from a device that had not heard of it.
    back: Vec<DocumentId>,
}

impl Gone {
    pub(super) fn put(&self, tx: &Tx<'_>) -> Result<(), Error> {
        for (document, aside) in &self.hidden {
            take_out_of_sight(tx, *document)?;
            tx.quarantine_whole(aside)?;
        }
        for document in &self.renewed {
            tx.set_dirty(*document, self.renewed_after)?;
        }
        for document in &self.back {
            tx.remove_gone(*document)?;
            tx.remove_closings(*document)?;
            tx.remove_meta(&erased_name(*document))?;
        }
        Ok(())
    }
}

impl Engine {
    /// Removes a device: it reads and writes nothing that is made from now on. What was on it stays on it. Where that takes the phrase at
    /// hand and the relay has not heard of it before the phrase is gone, its card says so ([`super::DeviceCard::needs_phrase`]), and
    /// [`Self::use_phrase`] goes on with it.
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
        let mut refused = self.refused_removals()?;
        refused.remove(&id);
        let mut epoch = self.epoch_wish()?.unwrap_or_default();
        if epoch.removed.iter().all(|one| one.signing != id) {
            epoch.removed.push(RemovalWish {
                signing: id,
                trusted_upto: home.cursor,
                is_out: false,
            });
        }
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            want_epoch(tx, &epoch)?;
            put_refused(tx, &refused)
        })?;
        self.take_back_unsent()
    }

    /// The access keys of devices that are to go and may be removed by this one, of which the relay was not told yet.
    pub(super) fn to_keep_out(&self) -> Result<Vec<PublicKey>, Error> {
        let Some(chain) = &self.home_chain else {
            return Ok(Vec::new());
        };
        let going = self.removals_under_way()?.into_iter().filter(|one| !one.is_out);
        Ok(going
            .filter_map(|one| Some(chain.device(&one.signing)?.access))
            .collect())
    }

    /// Devices that are to go, may be removed by this one, and are still in the chain.
    fn removals_under_way(&self) -> Result<Vec<RemovalWish>, Error> {
        let (home, author) = (self.home()?, self.ranking_key().public());
        let (Some(chain), Some(wish)) = (&self.home_chain, self.epoch_wish()?) else {
            return Ok(Vec::new());
        };
        let mut going = wish.removed;
        going.retain(|one| chain.may_remove(&author, &one.signing, home.head_time));
        Ok(going)
    }

    /// Whether this device is about to remove another one.
    pub(super) fn is_removing(&self) -> Result<bool, Error> {
        Ok(!self.removals_under_way()?.is_empty())
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

    /// The devices that this chain removes and the one before it did not.
    fn newly_removed<'c>(&self, chain: &'c DeviceChain) -> Vec<(&'c PublicKey, &'c Removed)> {
        let before = self.home_chain.as_ref().map(DeviceChain::removed);
        let is_new = |signing: &PublicKey| !before.is_some_and(|before| before.contains_key(signing));
        chain.removed().iter().filter(|(signing, _)| is_new(signing)).collect()
    }

    /// What changes here now that the chain says who is gone.
    pub(super) fn gone_with(&mut self, chain: &DeviceChain) -> Result<Gone, Error> {
        let own = self.identity.signing.public();
        let mut newly = self.newly_removed(chain);
        newly.retain(|(signing, _)| **signing != own);
        let mut gone = Gone::default();
        if newly.is_empty() {
            return Ok(gone);
        }
        let home = self.home()?;
        let (mut after, erased) = (Vec::new(), self.erased_by_others()?);
        for (signing, removed) in newly {
            let (author, view) = (author_tag(signing.as_bytes()), self.store.view());
            // In a log before the one in which it was said, everything counts; in one after it, nothing.
            let said_in = (removed.incarnation, removed.trusted_upto);
            let is_of_this_log = removed.incarnation == home.incarnation;
            after.extend(view.written_after(author, removed.trusted_upto, is_of_this_log)?);
            let late = |one: &&ErasedBy| one.author == author && (one.log, one.seq) > said_in;
            gone.back.extend(erased.iter().filter(late).map(|one| one.document));
        }
        gone.renewed_after = Some(self.publish_time());
        for (document, hash, is_shared) in after {
            let Some(row) = self.store.view().document(document)? else {
                continue;
            };
            if row.dirty {
                continue;
            }
            if is_shared || row.kind != Kind::Entry.number() || row.edition > 0 {
                // Somebody else's words are in it too. What it said before is in its history.
                gone.renewed.push(document);
                continue;
            }
            // The relay's own copy is not kept once it is merged: it is sealed anew, for nobody but this device.
            let siblings = self.store.view().siblings(document)?;
            let seq = siblings.iter().map(|sibling| sibling.seq).max().unwrap_or_default();
            // What it was made of and is not here stays named: whoever leaves it out does not erase that.
            let unread = siblings.iter().filter(|sibling| sibling.author == 0);
            let unread = unread.take(PARENTS_MAX);
            let unread: Vec<Sibling> = unread.map(|sibling| Sibling { tip: true, ..*sibling }).collect();
            let (record_id, nonce) = (self.record_id(), random_bytes(self.entropy.as_mut()));
            let sealed = match self.plan(&home, row, &unread) {
                Ok(plan) => self.home_sealer(&home)?.seal(plan, 0, record_id, nonce),
                Err(error) => Err(error),
            };
            let record = match sealed {
                Ok(record) => record,
                Err(error @ (Error::Store(_) | Error::Internal)) => return Err(error),
                Err(_) => {
                    // It does not fit a record of ours. No document may keep a device from being removed: it stays in sight.
                    gone.renewed.push(document);
                    continue;
                }
            };
            let why = SetAside::Removed;
            gone.hidden.push((
                document,
                aside(home.id, seq, hash, Some(document), why, &record.bytes, self.clock.now()),
            ));
        }
        Ok(gone)
    }

    /// What other devices erased.
    fn erased_by_others(&self) -> Result<Vec<ErasedBy>, Error> {
        let mut erased = Vec::new();
        for (name, bytes) in self.store.view().metas_beginning(ERASED)? {
            let document = data_encoding::HEXLOWER
                .decode(&name.as_bytes()[ERASED.len()..])
                .ok()
                .and_then(|id| Some(DocumentId::from_bytes(id.try_into().ok()?)));
            let (author, log, seq) = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
            erased.extend(document.map(|document| ErasedBy {
                document,
                author,
                log,
                seq,
            }));
        }
        Ok(erased)
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
        let (one, aside) = self.arrival(id)?;
        let document = one.document();
        // It leaves quarantine when it is kept, not before: a crash in between loses nothing.
        self.take_document(one, &aside)?;
        if !self.is_set_aside_for(&aside, SetAside::Removed.number())? {
            return Err(Error::ReadOnly);
        }
        self.commit(&[Change::Journal, Change::Sync], |tx| {
            tx.release_quarantine(&id)?;
            Ok(tx.set_dirty(document, None)?)
        })
    }

    /// Leaves out what came from a removed device, on every device. An entry that is here already says what it said before; a device
    /// that had taken over the edit hears of that, and has it in the entry's history.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub fn leave_out(&mut self, id: RecordHash) -> Result<(), Error> {
        let (one, aside) = self.arrival(id)?;
        let document = one.document();
        let is_known = self.store.view().document_head(document)?.is_some();
        if is_known && one.inside.kind == Kind::Entry {
            return self.leave_out_edit(one, &aside);
        }
        let is_erased = !is_known && one.inside.kind == Kind::Entry && self.is_all_its_own(&one)?;
        self.commit(&[Change::Sync], |tx| {
            tx.release_quarantine(&id)?;
            if is_erased {
                // Nobody has it but in what was set aside: the relay and the other devices let go of it too.
                tx.put_closing(&ClosingRow {
                    document,
                    edition: one.inside.edition,
                    why: Closed::Erased.number(),
                    parents: vec![id],
                })?;
                tx.put_gone(document, one.inside.edition, &[id])?;
            }
            Ok(())
        })
    }

    /// Leaves out an edit of an entry that is here. Another device may have taken it over before it knew: only a later change that goes back
    /// behind it says the same everywhere.
    fn leave_out_edit(&mut self, one: Received, aside: &Quarantined) -> Result<(), Error> {
        let document = one.document();
        let before = match self.open_document(document) {
            Ok((row, opened)) if !row.read_only => Some(Version {
                edition: row.edition,
                heads: opened.heads(),
            }),
            Err(error @ (Error::Store(_) | Error::Internal)) => return Err(error),
            _ => None,
        };
        if let Some(before) = before.filter(|before| before.edition == one.inside.edition) {
            self.take_document(one, aside)?;
            // What cannot be merged has changed nothing, and there is nothing to go back from.
            if let Err(error @ (Error::Store(_) | Error::Internal)) = self.go_back_to(document.into(), &before) {
                return Err(error);
            }
        }
        self.commit(&[Change::Journal, Change::Sync], |tx| {
            Ok(tx.release_quarantine(&aside.hash)?)
        })
    }

    /// Whether nobody but the removed device that made a record is in it: it names no other record as one it contains, or only such as
    /// were set aside for the same reason.
    fn is_all_its_own(&self, one: &Received) -> Result<bool, Error> {
        for parent in &one.inside.parents {
            let aside = self.store.view().quarantined_one(parent)?;
            if aside.is_none_or(|aside| aside.reason != SetAside::Removed.number()) {
                return Ok(false);
            }
        }
        Ok(one.inside.edition == 0)
    }

    fn arrival(&self, id: RecordHash) -> Result<(Received, Quarantined), Error> {
        let home = self.home()?;
        let aside = self.store.view().quarantined_one(&id)?.ok_or(Error::NotFound)?;
        if aside.reason != SetAside::Removed.number() || aside.record.is_empty() {
            return Err(Error::NotFound);
        }
        let received =
            receive(&self.keys(&home)?, home.id, aside.seq, aside.hash, &aside.record).map_err(|_| Error::NotFound)?;
        Ok((received, aside))
    }
}

/// The beginning of the names under which it is kept who erased a document, and with which record: a removal may take that back.
const ERASED: &str = "erased.";

/// A document that another device erased, and where its tombstone stood.
struct ErasedBy {
    document: DocumentId,
    author: i64,
    log: u32,
    seq: u64,
}

/// Notes whose tombstone erased a document: CBOR `(author tag i64, incarnation u32 of the log it was read in, number u64)`.
pub(super) fn note_who_erased(tx: &Tx<'_>, one: &Received) -> Result<(), Error> {
    let note = cairn_wire::encode(&(author_tag(&one.inside.author), one.log, one.seq));
    Ok(tx.set_meta(&erased_name(one.document()), &note)?)
}

fn erased_name(document: DocumentId) -> String {
    format!("{ERASED}{}", hex(document.as_bytes()))
}

pub(super) fn take_out_of_sight(tx: &Tx<'_>, document: DocumentId) -> Result<(), Error> {
    tx.remove_document(document)?;
    tx.remove_entry(EntryId::from(document))?;
    Ok(())
}
