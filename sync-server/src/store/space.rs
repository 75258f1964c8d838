//! What the writer remembers of a space, so that appending to it costs no look-ups.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use cairn_wire::message::{Access, Side};
use cairn_wire::{ChainHash, PublicKey, RecordId, SlotId, SpaceId};

use super::StoreError;
use super::rows::Rows;
use super::sqlite::Names;
use super::tail::Tail;
use crate::head::HeadNow;
use crate::limits::NAMES_BYTES_TOTAL_MAX;
use crate::rule::{Known, Ledger, SpaceNow};

/// Spaces remembered at once.
const SPACES_MAX: usize = 4_096;

/// Uses of a space between two looks at how much is remembered; the bounds are passed by what so many can add at most.
const SHRINK_USES: u64 = 64;

/// Records in the tails of all remembered spaces together.
const TAIL_RECORDS_TOTAL_MAX: usize = 262_144;

/// The greatest sequence number a space can reach: what fits beside a space's number in a key of SQLite's log.
pub(super) const SEQ_MAX: u64 = (1 << 40) - 1;

/// A space, as the writer knows it within a transaction.
#[derive(Debug)]
pub(super) struct Space {
    /// Its number in rows; 0 in a store whose rows name it by its id.
    pub(super) no: i64,
    pub(super) id: SpaceId,
    pub(super) n: u64,
    pub(super) chain: ChainHash,
    pub(super) epoch: u32,
    pub(super) access_version: u64,
    pub(super) is_closed: bool,
    /// When it closes by itself.
    pub(super) closes_ms: Option<u64>,
    /// The day it closed, while it has kept something.
    pub(super) closed_day: Option<u64>,
    pub(super) bytes: [u64; 2],
    pub(super) access: BTreeMap<PublicKey, Access>,
    pub(super) indexed_upto: u64,
    pub(super) tail: Tail,
    /// Which names its rows know, where those rows are searched for each: SQLite's alone uses it.
    pub(super) names: RefCell<Names>,
    /// Slots that were erased.
    pub(super) closed_slots: u64,
    pub(super) is_changed: bool,
    pub(super) last_used: u64,
}

impl Space {
    /// Says that the row must be written before the transaction ends.
    pub(super) const fn change(&mut self) {
        self.is_changed = true;
    }

    /// Says that a slot was closed.
    pub(super) const fn slot_was_closed(&mut self) {
        self.closed_slots = self.closed_slots.saturating_add(1);
    }

    /// The side a key writes for, if it has access.
    pub(super) fn side(&self, key: &PublicKey) -> Option<Side> {
        self.access.get(key).map(|access| access.side)
    }

    /// Whether a key administers.
    pub(super) fn administers(&self, key: &PublicKey) -> bool {
        self.access.get(key).is_some_and(|access| access.administer)
    }

    /// What the rule wants to know.
    pub(super) fn now(&self, incarnation: u32, side: Option<Side>, bytes_max: u64) -> SpaceNow {
        SpaceNow {
            incarnation,
            epoch: self.epoch,
            n: self.n,
            bytes: side.map_or(0, |side| self.bytes[usize::from(side.number())]),
            bytes_max,
        }
    }

    /// Whether a side may use so many bytes more.
    pub(super) fn has_room(&self, side: Side, bytes: u64, bytes_max: u64) -> bool {
        let used = self.bytes[usize::from(side.number())];
        used.checked_add(bytes).is_some_and(|sum| sum <= bytes_max)
    }

    /// Counts bytes that a side uses from now on.
    pub(super) fn use_bytes(&mut self, side: Side, bytes: u64) {
        let used = &mut self.bytes[usize::from(side.number())];
        *used = used.saturating_add(bytes);
        self.is_changed |= bytes > 0;
    }

    /// Counts bytes that a side no longer uses.
    pub(super) fn free_bytes(&mut self, side: Side, bytes: u64) {
        let used = &mut self.bytes[usize::from(side.number())];
        *used = used.saturating_sub(bytes);
        self.is_changed |= bytes > 0;
    }

    /// Where the space stands.
    pub(super) const fn head(&self, incarnation: u32, time_ms: u64) -> HeadNow {
        HeadNow {
            space: self.id,
            incarnation,
            n: self.n,
            chain: self.chain,
            time_ms,
        }
    }

    /// What the rule may look up.
    pub(super) const fn ledger<'a>(&'a self, rows: &'a dyn Rows) -> SpaceLedger<'a> {
        SpaceLedger { space: self, rows }
    }

    /// Writes the row if it changed, and the tail into the tables when it has grown long.
    fn write(&mut self, rows: &dyn Rows) -> Result<(), StoreError> {
        if !self.is_changed {
            return Ok(());
        }
        if self.n - self.indexed_upto >= rows.tail_records_max() {
            self.index_tail(rows)?;
        }
        rows.write_space(self)?;
        self.is_changed = false;
        Ok(())
    }

    /// Writes the tail into the tables.
    pub(super) fn index_tail(&mut self, rows: &dyn Rows) -> Result<(), StoreError> {
        self.tail.take().write(rows, self)?;
        self.indexed_upto = self.n;
        self.is_changed = true;
        Ok(())
    }
}

/// Looks up in the tail first, then in the tables.
pub(super) struct SpaceLedger<'a> {
    space: &'a Space,
    rows: &'a dyn Rows,
}

impl Ledger for SpaceLedger<'_> {
    type Error = StoreError;

    fn known(&mut self, id: &RecordId) -> Result<Option<Known>, StoreError> {
        let seq = match self.space.tail.known(id) {
            Some(seq) => Some(seq),
            None if self.space.indexed_upto == 0 => None,
            None => self.rows.known(self.space, id)?,
        };
        let Some(seq) = seq else {
            return Ok(None);
        };
        let hash = self.rows.hash_at(self.space, seq)?;
        Ok(Some(Known { seq, hash }))
    }

    fn is_closed(&mut self, slot: &SlotId, side: Side) -> Result<bool, StoreError> {
        if self.space.closed_slots == 0 {
            return Ok(false);
        }
        self.rows.is_slot_closed(self.space, slot, side)
    }
}

/// The spaces the writer remembers.
#[derive(Debug, Default)]
pub(super) struct Spaces {
    remembered: BTreeMap<SpaceId, Space>,
    /// Those used since the last commit.
    used: BTreeSet<SpaceId>,
    uses: u64,
    /// How many uses there have been when it is next looked whether too much is remembered.
    shrink_at: u64,
}

impl Spaces {
    /// The space, read if it is not remembered; `None` if there is none.
    pub(super) fn get(&mut self, rows: &dyn Rows, id: &SpaceId) -> Result<Option<&mut Space>, StoreError> {
        self.uses += 1;
        if !self.remembered.contains_key(id) {
            let Some(space) = rows.space(id)? else {
                return Ok(None);
            };
            self.remembered.insert(*id, space);
        }
        self.used.insert(*id);
        let mut space = self.remembered.get_mut(id);
        if let Some(space) = &mut space {
            space.last_used = self.uses;
        }
        Ok(space)
    }

    /// The space, if it is remembered.
    pub(super) fn remembered(&self, id: &SpaceId) -> Option<&Space> {
        self.remembered.get(id)
    }

    /// Writes what changed; the last step before a commit.
    pub(super) fn write(&mut self, rows: &dyn Rows) -> Result<(), StoreError> {
        while let Some(id) = self.used.pop_first() {
            if let Some(space) = self.remembered.get_mut(&id) {
                space.write(rows)?;
            }
        }
        Ok(())
    }

    /// Forgets everything: the transaction failed, and nothing of it is true.
    pub(super) fn clear(&mut self) {
        self.remembered.clear();
        self.used.clear();
    }

    /// Forgets the spaces used longest ago until what is left is within bounds, once in so many uses that looking at each costs little.
    /// Only between transactions.
    pub(super) fn shrink(&mut self) {
        if self.uses < self.shrink_at {
            return;
        }
        self.shrink_at = self.uses + SHRINK_USES;
        let spaces = self.remembered.values();
        let (records, bytes) = spaces.fold((0, 0), |(records, bytes), space| {
            (records + space.tail.len(), bytes + space.names.borrow().bytes())
        });
        if self.remembered.len() <= SPACES_MAX && records <= TAIL_RECORDS_TOTAL_MAX && bytes <= NAMES_BYTES_TOTAL_MAX {
            return;
        }
        let mut ages: Vec<_> = self
            .remembered
            .iter()
            .map(|(id, space)| (space.last_used, *id))
            .collect();
        ages.sort_unstable();
        for (_, id) in ages.iter().take(ages.len().div_ceil(2)) {
            self.remembered.remove(id);
        }
    }
}
