//! The end of a space's log, in memory: what the tables `known` and `kept` do not hold yet.
//!
//! Record ids and slots are random, so an index on them costs one page of writing per record, several times the record
//! itself. Instead the last [`TAIL_RECORDS_MAX`](crate::limits::TAIL_RECORDS_MAX) records of a space are found by
//! reading its log, once per time the space is remembered, and go into the tables many at a time, in order.
//!
//! Everything here follows from the log's rows alone, replacing included: `kept.replaced_day` of a record is the day of
//! the record that replaced it, and replaying the rows in order gives it again.

use std::collections::HashMap;

use cairn_wire::message::Side;
use cairn_wire::{Header, RecordId, SlotId};
use rusqlite::Connection;

use super::StoreError;
use super::row::{header_bytes, log_key, seq_of, side, side_number};
use crate::rule::{Placed, replaces};

/// A record that still has its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) seq: u64,
    pub(super) replaced_day: Option<u64>,
    pub(super) expires_day: u16,
}

/// The records after `indexed_upto`.
#[derive(Debug, Default)]
pub(super) struct Tail {
    known: HashMap<RecordId, u64>,
    kept: HashMap<(SlotId, Side), Vec<Kept>>,
}

impl Tail {
    /// Reads the rows after `indexed_upto`; bodies are not touched.
    pub(super) fn load(connection: &Connection, space_no: i64, indexed_upto: u64, n: u64) -> Result<Self, StoreError> {
        let mut tail = Self::default();
        if indexed_upto >= n {
            return Ok(tail);
        }
        let mut statement = connection
            .prepare_cached("SELECT key, day, side, stub, header FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key")?;
        let mut rows = statement.query([log_key(space_no, indexed_upto)?, log_key(space_no, n)?])?;
        while let Some(row) = rows.next()? {
            let header = Header::decode(&header_bytes(row, 4)?).map_err(|_| StoreError::Damaged)?;
            let placed = Placed {
                slot: header.slot,
                side: side(row, 2)?,
                seq: seq_of(row.get(0)?),
            };
            tail.push(&header, &placed, row.get(1)?);
            if row.get::<_, i64>(3)? != 0 {
                tail.forget_body(&placed);
            }
        }
        Ok(tail)
    }

    /// Takes up the next record and marks those of the tail that it replaces.
    pub(super) fn push(&mut self, header: &Header, placed: &Placed, day: u64) {
        self.known.insert(header.record_id, placed.seq);
        let kept = self.kept.entry((placed.slot, placed.side)).or_default();
        for older in kept.iter_mut().filter(|older| older.replaced_day.is_none()) {
            let at = Placed {
                seq: older.seq,
                ..*placed
            };
            if replaces(placed, header.merged_upto, &at) {
                older.replaced_day = Some(day);
            }
        }
        kept.push(Kept {
            seq: placed.seq,
            replaced_day: None,
            expires_day: header.expires_day,
        });
    }

    /// A body is gone.
    pub(super) fn forget_body(&mut self, placed: &Placed) {
        if let Some(kept) = self.kept.get_mut(&(placed.slot, placed.side)) {
            kept.retain(|kept| kept.seq != placed.seq);
        }
    }

    /// Where the record of this id stands, if it is in the tail.
    pub(super) fn known(&self, id: &RecordId) -> Option<u64> {
        self.known.get(id).copied()
    }

    /// The records of a slot and side that have a body, oldest first.
    pub(super) fn kept(&self, slot: &SlotId, side: Side) -> &[Kept] {
        self.kept.get(&(*slot, side)).map_or(&[], Vec::as_slice)
    }

    /// The names of its records.
    pub(super) fn names(&self) -> impl Iterator<Item = &RecordId> {
        self.known.keys()
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Writes the tail into the tables, in the order of their keys, and is empty afterwards.
    pub(super) fn write(&mut self, connection: &Connection, space_no: i64) -> Result<(), StoreError> {
        let mut known: Vec<_> = self.known.drain().collect();
        known.sort_unstable();
        let mut insert =
            connection.prepare_cached("INSERT INTO known (space_no, record_id, seq) VALUES (?1, ?2, ?3)")?;
        for (id, seq) in known {
            insert.execute((space_no, id.as_bytes(), seq))?;
        }
        let mut slots: Vec<_> = self.kept.drain().collect();
        slots.sort_unstable_by_key(|(slot, _)| *slot);
        let mut insert = connection.prepare_cached(
            "INSERT INTO kept (space_no, slot, side, seq, replaced_day, expires_day)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for ((slot, side), kept) in slots {
            for kept in kept {
                let expires_day = (kept.expires_day != 0).then_some(kept.expires_day);
                insert.execute((
                    space_no,
                    slot.as_bytes(),
                    side_number(side),
                    kept.seq,
                    kept.replaced_day,
                    expires_day,
                ))?;
            }
        }
        Ok(())
    }
}
