//! Erasing entries for good, and the tombstones that carry it to the other devices.
//!
//! Only what lies in the trash can be erased: the trash is the time to think again. An erased entry leaves every page of the
//! database now; at the relay its slot is closed for ever when the relay is next reached. Nothing brings it back: no record
//! that arrives late, no file it was once imported from. Words of it that were written on another device and never sent are
//! kept there as a draft: keep them as a new entry, or let them go.

use super::devices::hex;
use super::drafts::{DraftKind, Orphaned};
use super::history::may_be_elsewhere;
use super::receive::{Received, SetAside};
use super::removing::note_who_erased;
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::id::{AttachmentId, DocumentId, EntryId};
use crate::journal::{Cursor, EntryQuery};
use crate::limits;
use crate::record::{self, Closed, Kind};
use crate::store::{ClosingRow, DocumentHead, OutboxRow, SpaceRow, Tx, author_tag};
use cairn_wire::{CLOSES_SLOT, RecordHash, SpaceId};

/// The name under which it is kept that removed words may still stand somewhere: [`IN_INDEX`] or [`IN_LOG`].
const SCRUB: &str = "scrub";
/// They may stand in the full-text index, and in the log of changes.
const IN_INDEX: &[u8] = &[1];
/// They may stand in the log of changes alone.
const IN_LOG: &[u8] = &[2];

/// Tombstones that are sealed at once.
const CLOSINGS_MAX: usize = 64;

impl Engine {
    /// Erases an entry in the trash for good: from every page of this database now, from the relay and the other devices when
    /// they are next reached. Its shares are stopped. This cannot be undone, and nobody who has read it forgets it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotInTrash`]; [`Error::Store`].
    pub fn erase(&mut self, id: EntryId) -> Result<(), Error> {
        let entry = self.store.view().entry(id)?.ok_or(Error::NotFound)?;
        if entry.trashed.is_none() {
            return Err(Error::NotInTrash);
        }
        self.erase_all(&[id])
    }

    /// Erases everything in the trash for good, as [`Self::erase`] does. Answers whether there was anything.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn empty_trash(&mut self) -> Result<bool, Error> {
        let mut ids = Vec::new();
        let mut query = EntryQuery {
            trashed: true,
            ..EntryQuery::newest(limits::PAGE_ENTRIES_MAX)
        };
        loop {
            let page = self.store.view().entries(&query)?;
            ids.extend(page.entries.iter().map(|entry| entry.id));
            match page.next {
                Some(Cursor { at, id }) => query.after = Some(Cursor { at, id }),
                None => break,
            }
        }
        self.erase_all(&ids)?;
        Ok(!ids.is_empty())
    }

    fn erase_all(&mut self, ids: &[EntryId]) -> Result<(), Error> {
        for (_, share) in self.shares()? {
            if share.over.is_none() && ids.contains(&share.consent.item.entry) {
                self.revoke(share.id())?;
            }
        }
        let home = self.identity.home;
        let attachments = self.attachments_of(ids)?;
        self.commit(&[Change::Journal, Change::Sync], |tx| {
            for id in ids {
                let document = DocumentId::from(*id);
                let edition = tx.document_head(document)?.map_or(0, |row| row.edition);
                let closing = erased(tx, document, edition)?;
                if may_be_elsewhere(tx, document)? {
                    tx.put_closing(&closing)?;
                }
                tx.remove_drafts_of(*id)?;
                forget(tx, home, &closing)?;
            }
            Ok(())
        })?;
        self.take_off_not_yet(ids)?;
        self.forget_attachments_if_unused(&attachments)?;
        self.scrub_if_wanted()
    }

    /// Lets go of what an entry named before and nothing names any more: what it said then is erased.
    pub(super) fn forget_released(&mut self, id: EntryId) -> Result<(), Error> {
        let released = self.store.view().released_by(id)?;
        self.forget_attachments_if_unused(&released)
    }

    /// What these entries name, and what they named before and that is not let go yet.
    pub(super) fn attachments_of(&self, ids: &[EntryId]) -> Result<Vec<AttachmentId>, Error> {
        let mut attachments = Vec::new();
        for id in ids {
            attachments.extend(self.store.view().released_by(*id)?);
            let entry = self.store.view().entry(*id)?;
            attachments.extend(entry.into_iter().flat_map(|entry| entry.attachments).map(|one| one.id));
        }
        Ok(attachments)
    }

    /// Seals the tombstones of editions of which nothing else waits any more, and puts them in the outbox.
    pub(super) fn seal_closings(&mut self) -> Result<(), Error> {
        let closings = self.store.view().closings(CLOSINGS_MAX)?;
        if closings.is_empty() || self.home_chain.is_none() {
            return Ok(());
        }
        // What an entry names since this very round counts too.
        self.hear_of_attachments()?;
        let (mut plans, mut sealed) = (Vec::new(), Vec::new());
        for closing in closings {
            let why = Closed::from_number(closing.why.into()).ok_or(Error::Internal)?;
            // The relay may hold a film that is not here under the edition before alone: it is to hold it under this one first.
            if why == Closed::BegunAnew && self.store.view().waits_for_holds(closing.document)? {
                continue;
            }
            let plan = Plan {
                flags: CLOSES_SLOT,
                edition: closing.edition,
                parents: closing.parents,
                ..Plan::plain(Kind::Tombstone, closing.document, record::encode_tombstone(why))
            };
            sealed.push((closing.document, closing.edition));
            plans.push((plan, None));
        }
        self.push_home(1, plans, |tx| {
            for (document, edition) in &sealed {
                tx.remove_closing(*document, *edition)?;
            }
            Ok(())
        })
    }

    /// A tombstone that could not be stored as it was sealed is sealed anew.
    pub(super) fn close_again(&mut self, space: &SpaceRow, out: &OutboxRow) -> Result<(), Error> {
        let keys = self.keys(space)?;
        let closing = super::receive::receive(&keys, space.id, 0, out.hash, &out.record)
            .ok()
            .and_then(|one| {
                Some(ClosingRow {
                    document: one.document(),
                    edition: one.inside.edition,
                    why: record::decode_tombstone(&one.inside.projection).ok()?.number(),
                    parents: one.inside.parents.clone(),
                })
            });
        self.commit(&[Change::Sync], |tx| {
            if let Some(closing) = &closing {
                tx.put_closing(closing)?;
            }
            Ok(tx.remove_outbox(out.n)?)
        })
    }

    /// A tombstone of another device arrived.
    pub(super) fn keep_tombstone(&mut self, one: &Received) -> Result<Result<(), SetAside>, Error> {
        let why = match record::decode_tombstone(&one.inside.projection) {
            Ok(why) => why,
            Err(record::RecordError::TooNew) => return Ok(Err(SetAside::TooNew)),
            Err(_) => return Ok(Err(SetAside::Malformed)),
        };
        let (document, edition) = (one.document(), one.inside.edition);
        let row = self.store.view().document_head(document)?;
        if why == Closed::BegunAnew {
            self.commit(&[Change::Sync], |tx| {
                tx.remove_closing(document, edition)?;
                // The new edition comes, or came before; until then nothing of the old one can be sent.
                if row.is_some_and(|row| row.edition == edition) {
                    tx.set_meta(&closed_name(document, edition), &[1])?;
                }
                Ok(())
            })?;
            return Ok(Ok(()));
        }
        if row.as_ref().is_some_and(|row| row.kind != Kind::Entry.number()) {
            return Ok(Err(SetAside::Misplaced)); // Only entries are erased.
        }
        let entry = EntryId::from(document);
        // Before the words go: where this is broken off, the page is read again.
        self.end_shares_of(entry)?;
        if let Some(row) = &row
            && self.wrote_unseen(row, &one.inside.parents)?
            && let Some(words) = self.store.view().entry(entry)?
        {
            self.keep_words(&words, DraftKind::ErasedElsewhere)?;
        }
        let said = self.store.view().entry(entry)?;
        let orphaned = Orphaned::of(self.store.view(), entry, said.as_ref())?;
        let home = self.identity.home;
        let attachments = self.attachments_of(&[entry])?;
        self.commit(&[Change::Journal, Change::Drafts, Change::Sync], |tx| {
            orphaned.settle(tx)?;
            tx.remove_closing(document, edition)?;
            if let Some(row) = &row
                && row.edition != edition
                && may_be_elsewhere(tx, document)?
            {
                tx.put_closing(&erased(tx, document, row.edition)?)?;
            }
            if !tx.is_gone(document)? {
                note_who_erased(tx, one)?; // Else it was erased before, and nothing that is said of this one brings it back.
            }
            let closing = ClosingRow {
                document,
                edition,
                why: why.number(),
                parents: one.inside.parents.clone(),
            };
            forget(tx, home, &closing)
        })?;
        self.forget_attachments_if_unused(&attachments)?;
        Ok(Ok(()))
    }

    /// Whether this device wrote something in a document that whoever erased it had not seen: they saw the records `seen`.
    fn wrote_unseen(&mut self, row: &DocumentHead, seen: &[RecordHash]) -> Result<bool, Error> {
        let is_unsent = row.dirty && row.publish_after.is_none();
        let siblings = self.store.view().siblings(row.id)?;
        let is_unseen = siblings
            .iter()
            .any(|sibling| sibling.tip && !seen.contains(&sibling.hash));
        if is_unsent || !is_unseen {
            return Ok(is_unsent);
        }
        // The first change of an edition that began anew is made of what it says and bears nobody's name: whoever sealed it began it.
        let own = author_tag(self.identity.signing.public().as_bytes());
        if row.edition > 0 && siblings.iter().any(|sibling| sibling.tip && sibling.author == own) {
            return Ok(true);
        }
        let own = self.identity.actor;
        Ok(match self.open_document(row.id) {
            Ok((_, document)) => document.states()?.iter().any(|(_, actor)| actor.is_same_maker(&own)),
            Err(error @ Error::Store(_)) => return Err(error),
            Err(_) => false,
        })
    }

    /// The relay refused a state of a home document because its slot is closed. What is to become of it stands in the log,
    /// which is read before anything is sent again.
    pub(super) fn home_slot_closed(&mut self, out: &OutboxRow) -> Result<(), Error> {
        let view = self.store.view();
        let Some(document) = out.document else {
            // The box of a former recovery phrase was taken away before. One that was to be put there is made anew once the end of its
            // slot was read.
            let header = cairn_wire::Record::parse(&out.record).map(|record| record.header);
            if let Ok(header) = header
                && header.closes_slot()
                && self.is_for_recovery(&out.record)
            {
                self.recovery_shut(header.slot)?;
            }
            return self.commit(&[Change::Sync], |tx| Ok(tx.remove_outbox(out.n)?));
        };
        let row = view.document_head(document)?;
        let is_closed = match &row {
            Some(row) => view.meta(&closed_name(document, row.edition))?.is_some(),
            None => true,
        };
        if out.purpose == 1 || row.is_none() {
            return self.commit(&[Change::Sync], |tx| Ok(tx.remove_outbox(out.n)?));
        }
        if is_closed {
            // The edition that was to come in its place did not: this device begins it.
            let (row, opened) = self.open_document(document)?;
            return self.begin_anew(row, &opened, false);
        }
        self.held_back.insert(out.n);
        Ok(())
    }

    /// Makes the full-text index anew and empties the log of changes, as far as words were removed since that was last done.
    pub(super) fn scrub_if_wanted(&mut self) -> Result<(), Error> {
        let Some(wanted) = self.store.view().meta(SCRUB)? else {
            return Ok(());
        };
        if wanted != IN_LOG {
            self.commit(&[], |tx| Ok(tx.scrub()?))?;
        }
        self.store.checkpoint()?;
        // Only now: until here, whoever opens this vault after a crash begins again.
        self.commit(&[], |tx| Ok(tx.remove_meta(SCRUB)?))
    }
}

fn erased(tx: &Tx<'_>, document: DocumentId, edition: u32) -> Result<ClosingRow, Error> {
    let tips = tx.siblings(document)?.into_iter().filter(|sibling| sibling.tip);
    Ok(ClosingRow {
        document,
        edition,
        why: Closed::Erased.number(),
        parents: tips.map(|tip| tip.hash).take(record::PARENTS_MAX).collect(),
    })
}

/// Removes everything of an entry but what its tombstone says.
fn forget(tx: &Tx<'_>, home: SpaceId, closing: &ClosingRow) -> Result<(), Error> {
    let document = closing.document;
    tx.remove_appends(home, document)?;
    tx.remove_entry(EntryId::from(document))?;
    tx.remove_document(document)?;
    tx.release_quarantine_of(document)?;
    tx.put_gone(document, closing.edition, &closing.parents)?;
    want_scrub(tx)
}

/// Notes that removed words may still stand in the full-text index and in the log of changes.
pub(super) fn want_scrub(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.set_meta(SCRUB, IN_INDEX)?)
}

/// Notes that removed words of a document of this kind may still stand somewhere: only those of entries are in the index.
pub(super) fn want_gone(tx: &Tx<'_>, kind: Kind) -> Result<(), Error> {
    if kind == Kind::Entry {
        want_scrub(tx)
    } else {
        want_empty_log(tx)
    }
}

/// Notes that removed words, which never were in the index, may still stand in the log of changes.
pub(super) fn want_empty_log(tx: &Tx<'_>) -> Result<(), Error> {
    if tx.meta(SCRUB)?.is_none() {
        tx.set_meta(SCRUB, IN_LOG)?;
    }
    Ok(())
}

/// The beginning of the names under which it is kept that the slot of an edition is closed at the relay.
pub(super) const CLOSED: &str = "closed.";

/// The name under which it is kept that the slot of an edition is closed at the relay.
pub(super) fn closed_name(document: DocumentId, edition: u32) -> String {
    format!("{CLOSED}{}.{edition}", hex(document.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::clock::{SystemClock, Timestamp};
    use crate::id::SystemEntropy;
    use crate::journal::Draft;
    use crate::moment::Moment;
    use crate::store::{Store, StoreConfig};
    use std::path::Path;
    use std::sync::Arc;

    fn open(folder: &Path) -> Engine {
        let store = Store::open(&StoreConfig::new(folder), &[7; 32]).unwrap();
        Engine::new(store, "phone", Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap()
    }

    fn holds(engine: &Engine, word: &str) -> bool {
        engine.store.checkpoint().unwrap();
        let pages = engine.store.decrypted_pages().unwrap();
        pages.windows(word.len()).any(|at| at == word.as_bytes())
    }

    #[test]
    fn what_a_killed_process_had_half_removed_is_removed_at_the_next_opening() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = open(folder.path());
        let draft = Draft {
            body: "quetzal".to_owned(),
            ..Draft::new(Moment::new(Timestamp(0), "UTC").unwrap())
        };
        let id = engine.write(draft).unwrap();
        // Killed behind this transaction, the first of an erasing.
        let home = engine.identity.home;
        let forgotten = |tx: &Tx<'_>| forget(tx, home, &erased(tx, id.into(), 0)?);
        engine.commit(&[], forgotten).unwrap();
        assert!(holds(&engine, "uetzal"), "the index still has the word");
        drop(engine);
        let engine = open(folder.path());
        assert!(!holds(&engine, "uetzal"));
        assert_eq!(engine.store.view().meta(SCRUB).unwrap(), None);
    }

    #[test]
    fn what_never_was_in_the_index_asks_for_no_new_index_and_takes_no_wish_for_one_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = open(folder.path());
        engine.commit(&[], want_empty_log).unwrap();
        assert_eq!(engine.store.view().meta(SCRUB).unwrap().as_deref(), Some(IN_LOG));
        engine.commit(&[], want_scrub).unwrap();
        engine.commit(&[], want_empty_log).unwrap();
        assert_eq!(engine.store.view().meta(SCRUB).unwrap().as_deref(), Some(IN_INDEX));
        engine.scrub_if_wanted().unwrap();
        assert_eq!(engine.store.view().meta(SCRUB).unwrap(), None);
    }
}
