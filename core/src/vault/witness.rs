//! What this device can tell of the relay's honesty: whether it showed others the same history, and whether what it says
//! was replaced was.
//!
//! * Every record carries the head its author had verified when it was sealed. Where this device computed another chain at
//!   that number, or has not even got so far when the record arrives, the relay has shown two histories: nobody else can have
//!   made them, since it signed both.
//! * A record that the relay shows without its body was replaced by a later one of its slot, or its slot was closed. By the head
//!   that later one was read, for it cannot be replaced without being contained in one that is there. Where none was, the record is
//!   kept back: it is asked for by its slot in every round, and nothing is acknowledged meanwhile.
//!
//! Both are told for the home space alone. In a support space a record may expire, and the other person could claim what they like.
//! Gaps in an author's own numbers tell nothing: a record that was decided again took its number with it.

use super::engine::HOME;
use super::merging::{Way, check_author};
use super::receive::Received;
use super::{Change, Engine, Error};
use crate::crypto::DeviceChain;
use crate::limits;
use crate::store::{LogName, SpaceRow, StubRow, Tx};
use crate::sync::{SyncError, VerifiedItem, VerifiedPage};
use cairn_wire::{ChainHash, RecordHash, SlotId, SpaceId, bounds, chain_next};
use std::collections::BTreeMap;

/// The log of a space, as it is now.
pub(super) const fn log_of(space: &SpaceRow) -> LogName {
    LogName {
        space: space.id,
        incarnation: space.incarnation,
    }
}

/// The name under which it is kept that the relay showed a space's devices two histories.
fn differs_name(log: LogName) -> String {
    format!(
        "differs.{}.{}",
        super::devices::hex(log.space.as_bytes()),
        log.incarnation
    )
}

/// Where a page lies, and the chain after each of its records.
pub(super) struct Stretch {
    before: u64,
    chains: Vec<ChainHash>,
    /// What earlier stretches say, by number: an author names the same head in many records.
    asked: BTreeMap<u64, Option<ChainHash>>,
    /// Whether one of the records was sealed by somebody who was shown another history.
    is_other: bool,
}

impl Stretch {
    pub(super) fn of(row: &SpaceRow, page: &VerifiedPage<'_>) -> Self {
        Self {
            before: row.cursor,
            chains: page.items.iter().map(|item| item.chain).collect(),
            asked: BTreeMap::new(),
            is_other: false,
        }
    }
}

impl Engine {
    /// Holds the head that a record's author had verified against the chain computed here.
    pub(super) fn witness(&self, row: &SpaceRow, stretch: &mut Stretch, one: &Received) -> Result<(), Error> {
        let seen = &one.inside.seen;
        if row.kind != HOME || seen.incarnation != row.incarnation || seen.n == 0 || stretch.is_other {
            return Ok(());
        }
        let here = match seen.n.checked_sub(stretch.before + 1).map(usize::try_from) {
            Some(Ok(at)) => stretch.chains.get(at).copied(),
            Some(Err(_)) => None,
            None => match stretch.asked.get(&seen.n) {
                Some(known) => *known,
                None => {
                    let found = self.store.view().chain_at(log_of(row), seen.n)?;
                    stretch.asked.insert(seen.n, found);
                    found
                }
            },
        };
        // Nobody verifies a head that lies behind the record they have not sent yet.
        let differs = seen.n >= one.seq || here.is_some_and(|here| here != seen.chain);
        let chain = self.home_chain.as_ref();
        // A signature is looked at last: it costs as much as everything else of a record.
        stretch.is_other =
            differs && chain.is_some() && check_author(chain, &self.going, one).is_ok() && !planted!(ForkUnseen);
        Ok(())
    }

    /// In the transaction that moves the cursor: what was read, and what was shown without a body.
    pub(super) fn keep_stretch(
        tx: &Tx<'_>,
        row: &SpaceRow,
        stretch: &Stretch,
        page: &VerifiedPage<'_>,
    ) -> Result<(), Error> {
        let log = log_of(row);
        if row.kind != HOME || page.items.is_empty() {
            return Ok(());
        }
        tx.put_stretch(log, page.cursor, &stretch.chains)?;
        if stretch.is_other {
            tx.set_meta(&differs_name(log), &page.cursor.to_le_bytes())?;
        }
        let (replaced, stubs) = replaced_and_stubs(&page.items);
        let mut room = match tx.stub_count(log)? {
            0 if stubs.is_empty() => return Ok(()),
            count => limits::STUBS_MAX.saturating_sub(count),
        };
        for (slot, upto) in replaced {
            tx.justify_stubs(log, slot, upto)?;
        }
        for stub in stubs {
            if room == 0 {
                break;
            }
            room -= 1;
            tx.put_stub(log, &stub)?;
        }
        Ok(())
    }

    /// What the page that was just kept says of the relay, for the report of the round.
    pub(super) fn judge(&mut self, space: SpaceId, stretch: &Stretch) -> Result<(), Error> {
        if stretch.is_other {
            return Err(SyncError::Forked.into());
        }
        let row = self.space_row(space)?;
        let log = log_of(&row);
        if row.kind != HOME || row.cursor < row.head_n || self.store.view().stub_count(log)? == 0 {
            return Ok(());
        }
        // A record whose words are here is missing for others alone: they are published again, and that is all it takes.
        let mut here = Vec::new();
        for stub in self.store.view().stubs(log, None, limits::PAGE_ENTRIES_MAX)? {
            if let Some(document) = self.store.view().document_containing(&stub.hash)? {
                here.push((stub, document));
            }
        }
        if here.is_empty() {
            return Ok(());
        }
        self.commit(&[Change::Sync], |tx| {
            for (stub, document) in &here {
                tx.set_dirty(*document, None)?;
                tx.remove_stub(log, stub)?;
            }
            Ok(())
        })?;
        Err(SyncError::Withheld.into())
    }

    /// Remembers the chain over this device's own records, which joined it without being read back.
    pub(super) fn keep_own_stretch(
        tx: &Tx<'_>,
        row: &SpaceRow,
        hashes: &[RecordHash],
        head: &cairn_wire::SignedHead,
    ) -> Result<(), Error> {
        let mut chain = ChainHash::from_bytes(row.chain);
        let chains: Vec<ChainHash> = hashes
            .iter()
            .map(|hash| {
                chain = chain_next(&chain, hash);
                chain
            })
            .collect();
        if row.kind == HOME && !chains.is_empty() && chain == head.chain {
            tx.put_stretch(log_of(row), head.n, &chains)?;
        }
        Ok(())
    }

    /// The slots after `after` of which something is kept back, once everything was read.
    pub(super) fn withheld_slots(&self, space: SpaceId, after: Option<SlotId>) -> Result<Vec<SlotId>, Error> {
        let row = self.space_row(space)?;
        if row.kind != HOME || row.cursor < row.head_n || planted!(StubsBelieved) {
            return Ok(Vec::new());
        }
        let stubs = self.store.view().stubs(log_of(&row), after, limits::PAGE_ENTRIES_MAX)?;
        let mut slots: Vec<SlotId> = stubs.into_iter().map(|stub| stub.slot).collect();
        slots.dedup();
        slots.truncate(bounds::READ_SLOTS_MAX);
        Ok(slots)
    }

    /// Keeps those of `records` that were kept back. Their hashes stand in the chain, so nothing else can be put in their place.
    pub(super) fn take_withheld(&mut self, space: SpaceId, records: &[(u64, &[u8])]) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let log = log_of(&row);
        let mut found = Vec::new();
        let mut back: Vec<(u64, RecordHash, &[u8])> = Vec::new();
        for (seq, record) in records {
            let Ok(parts) = cairn_wire::Record::parse(record) else {
                continue;
            };
            let stub = StubRow {
                slot: parts.header.slot,
                seq: *seq,
                hash: parts.hash(),
            };
            if self.store.view().is_stub(log, &stub)? {
                back.push((*seq, stub.hash, *record));
                found.push(stub);
            }
        }
        let before = self.home_chain.as_ref().map_or(0, DeviceChain::length);
        let asides = self.keep_records(space, &back, Way::Forward, None)?;
        self.commit(&[Change::Sync], |tx| {
            for aside in &asides {
                tx.quarantine(aside)?;
            }
            for stub in &found {
                tx.remove_stub(log, stub)?;
            }
            Ok(())
        })?;
        if self.home_chain.as_ref().map_or(0, DeviceChain::length) > before {
            // What came after the link that was kept back waits for it.
            self.judge_again()?;
        }
        Ok(())
    }

    /// Whether the relay of the home space has shown this person's devices two histories, and how many records it keeps back.
    pub(super) fn doubts(&self, home: &SpaceRow) -> Result<(bool, u64), Error> {
        let (log, view) = (log_of(home), self.store.view());
        let is_read = home.cursor == home.head_n;
        Ok((
            view.meta(&differs_name(log))?.is_some(),
            if is_read { view.stub_count(log)? } else { 0 },
        ))
    }
}

/// Up to where the whole records of a page replaced those of their slots, and the stubs that none of them justifies.
fn replaced_and_stubs(items: &[VerifiedItem<'_>]) -> (BTreeMap<SlotId, u64>, Vec<StubRow>) {
    let mut replaced = BTreeMap::new();
    for item in items.iter().filter(|item| item.record.is_some()) {
        // One that does not open counts too: it is set aside, and said.
        let upto = if item.header.closes_slot() {
            item.seq
        } else {
            item.header.merged_upto
        };
        if upto > 0 {
            let known: &mut u64 = replaced.entry(item.header.slot).or_default();
            *known = upto.max(*known);
        }
    }
    let is_open = |stub: &StubRow| replaced.get(&stub.slot).is_none_or(|upto| *upto < stub.seq);
    let stubs = items
        .iter()
        .filter(|item| item.record.is_none())
        .map(|item| StubRow {
            slot: item.header.slot,
            seq: item.seq,
            hash: item.hash,
        })
        .filter(is_open)
        .collect();
    (replaced, stubs)
}
