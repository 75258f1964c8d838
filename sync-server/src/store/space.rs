//! What the writer remembers of a space, so that appending to it costs no look-ups.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use cairn_wire::message::{Access, Side};
use cairn_wire::{ChainHash, PublicKey, RecordId, SlotId, SpaceId};
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
use super::names::Names;
use super::row::{chain, log_key, public_key, side, side_number};
use super::tail::Tail;
use crate::head::HeadNow;
use crate::limits::{NAMES_BYTES_TOTAL_MAX, TAIL_RECORDS_MAX};
use crate::rule::{Known, Ledger, SpaceNow};

/// Spaces remembered at once.
const SPACES_MAX: usize = 4_096;

/// Records in the tails of all remembered spaces together.
const TAIL_RECORDS_TOTAL_MAX: usize = 262_144;

/// A space, as the writer knows it within a transaction.
#[derive(Debug)]
pub(super) struct Space {
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
    names: RefCell<Names>,
    closed_slots: u64,
    is_changed: bool,
    last_used: u64,
}

impl Space {
    fn load(connection: &Connection, id: &SpaceId) -> Result<Option<Self>, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT no, n, chain, epoch, access_version, closed, bytes_0, bytes_1, indexed_upto, closes_ms, closed_day
             FROM space WHERE id = ?1",
        )?;
        let row = statement
            .query_row([id.as_bytes()], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, u64>(1)?,
                    chain(row, 2),
                    (row.get::<_, u32>(3)?, row.get::<_, u64>(4)?),
                    row.get::<_, bool>(5)?,
                    [row.get::<_, u64>(6)?, row.get::<_, u64>(7)?],
                    row.get::<_, u64>(8)?,
                    (row.get(9)?, row.get(10)?),
                ))
            })
            .optional()?;
        let Some((no, n, chain, (epoch, access_version), is_closed, bytes, indexed_upto, closing)) = row else {
            return Ok(None);
        };
        let closed_slots = connection
            .prepare_cached("SELECT count(*) FROM slot_closed WHERE space_no = ?1")?
            .query_row([no], |row| row.get(0))?;
        Ok(Some(Self {
            no,
            id: *id,
            n,
            chain: chain?,
            epoch,
            access_version,
            is_closed,
            closes_ms: closing.0,
            closed_day: closing.1,
            bytes,
            access: access_of(connection, no)?,
            indexed_upto,
            tail: Tail::load(connection, no, indexed_upto, n)?,
            names: RefCell::default(),
            closed_slots,
            is_changed: false,
            last_used: 0,
        }))
    }

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
    pub(super) const fn ledger<'a>(&'a self, connection: &'a Connection) -> SpaceLedger<'a> {
        SpaceLedger {
            space: self,
            connection,
        }
    }

    /// Writes the row if it changed, and the tail into the tables when it has grown long.
    fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if !self.is_changed {
            return Ok(());
        }
        if self.n - self.indexed_upto >= TAIL_RECORDS_MAX {
            self.index_tail(connection)?;
        }
        let names = self.names.get_mut();
        names.make_if_missed(connection, self.no, self.indexed_upto)?;
        connection
            .prepare_cached(
                "UPDATE space SET n = ?2, chain = ?3, epoch = ?4, access_version = ?5, closed = ?6,
                 bytes_0 = ?7, bytes_1 = ?8, indexed_upto = ?9, closes_ms = ?10, closed_day = ?11 WHERE no = ?1",
            )?
            .execute((
                self.no,
                self.n,
                self.chain.as_bytes(),
                self.epoch,
                self.access_version,
                self.is_closed,
                self.bytes[0],
                self.bytes[1],
                self.indexed_upto,
                self.closes_ms,
                self.closed_day,
            ))?;
        self.is_changed = false;
        Ok(())
    }

    /// Writes the tail into the tables.
    pub(super) fn index_tail(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let names = self.names.get_mut();
        self.tail.names().for_each(|id| names.add(id));
        self.tail.write(connection, self.no)?;
        self.indexed_upto = self.n;
        self.is_changed = true;
        Ok(())
    }
}

/// Looks up in the tail first, then in the tables.
pub(super) struct SpaceLedger<'a> {
    space: &'a Space,
    connection: &'a Connection,
}

impl Ledger for SpaceLedger<'_> {
    type Error = StoreError;

    fn known(&mut self, id: &RecordId) -> Result<Option<Known>, StoreError> {
        let seq = match self.space.tail.known(id) {
            Some(seq) => Some(seq),
            None if self.space.indexed_upto == 0 || !self.space.names.borrow().may_have(id) => None,
            None => {
                let seq = self
                    .connection
                    .prepare_cached("SELECT seq FROM known WHERE space_no = ?1 AND record_id = ?2")?
                    .query_row((self.space.no, id.as_bytes()), |row| row.get(0))
                    .optional()?;
                if seq.is_none() {
                    self.space.names.borrow_mut().was_missed();
                }
                seq
            }
        };
        let Some(seq) = seq else { return Ok(None) };
        let hash = self
            .connection
            .prepare_cached("SELECT stub, header, body FROM log WHERE key = ?1")?
            .query_row([log_key(self.space.no, seq)?], |row| Ok(super::bodies::hash_of(row)))??;
        Ok(Some(Known { seq, hash }))
    }

    fn is_closed(&mut self, slot: &SlotId, side: Side) -> Result<bool, StoreError> {
        if self.space.closed_slots == 0 {
            return Ok(false);
        }
        let found = self
            .connection
            .prepare_cached("SELECT 1 FROM slot_closed WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .exists((self.space.no, slot.as_bytes(), side_number(side)))?;
        Ok(found)
    }
}

/// The spaces the writer remembers.
#[derive(Debug, Default)]
pub(super) struct Spaces {
    remembered: BTreeMap<SpaceId, Space>,
    /// Those used since the last commit.
    used: BTreeSet<SpaceId>,
    uses: u64,
}

impl Spaces {
    /// The space, read if it is not remembered; `None` if there is none.
    pub(super) fn get(&mut self, connection: &Connection, id: &SpaceId) -> Result<Option<&mut Space>, StoreError> {
        self.uses += 1;
        if !self.remembered.contains_key(id) {
            let Some(space) = Space::load(connection, id)? else {
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
    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        while let Some(id) = self.used.pop_first() {
            if let Some(space) = self.remembered.get_mut(&id) {
                space.write(connection)?;
            }
        }
        Ok(())
    }

    /// Forgets everything: the transaction failed, and nothing of it is true.
    pub(super) fn clear(&mut self) {
        self.remembered.clear();
        self.used.clear();
    }

    /// Forgets the spaces used longest ago until what is left is within bounds. Only between transactions.
    pub(super) fn shrink(&mut self) {
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

/// Who may use a space.
fn access_of(connection: &Connection, space_no: i64) -> Result<BTreeMap<PublicKey, Access>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key, side, administer FROM access WHERE space_no = ?1")?;
    let mut rows = statement.query([space_no])?;
    let mut access = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let key = public_key(row, 0)?;
        access.insert(
            key,
            Access {
                key,
                side: side(row, 1)?,
                administer: row.get(2)?,
            },
        );
    }
    Ok(access)
}
