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
use smallvec::SmallVec;

use super::StoreError;
use super::rows::Rows;
use super::space::Space;
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
    /// Nearly every slot has one.
    kept: HashMap<(SlotId, Side), SmallVec<[Kept; 1]>>,
}

impl Tail {
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
        self.kept.get(&(*slot, side)).map_or(&[], SmallVec::as_slice)
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Takes out everything, in the order of the tables' keys.
    pub(super) fn take(&mut self) -> Taken {
        let mut known: Vec<_> = self.known.drain().collect();
        known.sort_unstable();
        let slots = self.kept.drain();
        let mut kept: Vec<_> = slots
            .flat_map(|((slot, side), kept)| kept.into_iter().map(move |kept| (slot, side, kept)))
            .collect();
        kept.sort_unstable_by_key(|(slot, side, kept)| (*slot, side.number(), kept.seq));
        Taken { known, kept }
    }
}

/// What was in a tail.
#[derive(Debug)]
pub(super) struct Taken {
    known: Vec<(RecordId, u64)>,
    kept: Vec<(SlotId, Side, Kept)>,
}

impl Taken {
    /// Writes it into the tables.
    pub(super) fn write(&self, rows: &dyn Rows, space: &Space) -> Result<(), StoreError> {
        rows.put_known(space, &self.known)?;
        rows.put_kept(space, &self.kept)
    }
}
