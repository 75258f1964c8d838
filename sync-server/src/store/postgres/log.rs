//! Rows of the log, and of which records still count.

use cairn_wire::header::body_hash;
use cairn_wire::message::Side;
use cairn_wire::{BodyHash, HEADER_BYTES, Header, RecordHash, RecordId, SlotId};

use super::transaction::Transaction;
use super::values::{fixed, int, number, side, side_number};
use crate::rule::Placed;
use crate::store::StoreError;
use crate::store::bodies::hash_of;
use crate::store::rows::{Body, LogRows, NewRecord};
use crate::store::space::Space;
use crate::store::tail::Kept;

impl LogRows for Transaction<'_> {
    /// What a group appends is in the tables when it ends: the next group may be another node's.
    fn tail_records_max(&self) -> u64 {
        1
    }

    fn put_records(&self, space: &Space, records: &[NewRecord<'_>]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        self.write_later(space, |writes| {
            records.iter().try_for_each(|record| writes.record(record))
        })
    }

    fn hash_at(&self, space: &Space, seq: u64) -> Result<RecordHash, StoreError> {
        let row = self.query_one(
            "SELECT stub, header, body FROM log WHERE space = $1 AND seq = $2",
            &[&space.id.as_bytes().as_slice(), &int(seq)?],
        )?;
        hash_of(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)
    }

    fn header_at(&self, space: &Space, seq: u64) -> Result<Header, StoreError> {
        let row = self.query_one(
            "SELECT header FROM log WHERE space = $1 AND seq = $2",
            &[&space.id.as_bytes().as_slice(), &int(seq)?],
        )?;
        Header::decode(&fixed::<HEADER_BYTES>(&row, 0)?).map_err(|_| StoreError::Damaged)
    }

    fn body_at(&self, space: &Space, seq: u64) -> Result<Option<Body>, StoreError> {
        let row = self.query_opt(
            "SELECT side, header, body FROM log WHERE space = $1 AND seq = $2 AND NOT stub",
            &[&space.id.as_bytes().as_slice(), &int(seq)?],
        )?;
        let Some(row) = row else {
            return Ok(None);
        };
        let body: &[u8] = row.try_get(2)?;
        Ok(Some(Body {
            side: side(&row, 0)?,
            header: Header::decode(&fixed::<HEADER_BYTES>(&row, 1)?).map_err(|_| StoreError::Damaged)?,
            hash: body_hash(body),
            len: body.len(),
        }))
    }

    fn drop_body(&self, space: &Space, at: &Placed, hash: &BodyHash) -> Result<(), StoreError> {
        let (id, seq) = (space.id.as_bytes().as_slice(), int(at.seq)?);
        self.execute(
            "UPDATE log SET stub = true, body = $3 WHERE space = $1 AND seq = $2",
            &[&id, &seq, &hash.as_bytes().as_slice()],
        )?;
        self.execute(
            "DELETE FROM kept WHERE space = $1 AND slot = $2 AND side = $3 AND seq = $4",
            &[&id, &at.slot.as_bytes().as_slice(), &side_number(at.side), &seq],
        )?;
        Ok(())
    }

    fn known(&self, space: &Space, id: &RecordId) -> Result<Option<u64>, StoreError> {
        if let Some(known) = self.known_at_the_beginning(id) {
            return Ok(known);
        }
        let row = self.query_opt(
            "SELECT seq FROM log WHERE space = $1 AND record_id = $2",
            &[&space.id.as_bytes().as_slice(), &id.as_bytes().as_slice()],
        )?;
        row.map(|row| number(&row, 0)).transpose()
    }

    /// The log itself is searched.
    fn put_known(&self, _: &Space, _: &[(RecordId, u64)]) -> Result<(), StoreError> {
        Ok(())
    }

    fn kept(&self, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<u64>, StoreError> {
        let rows = self.query(
            "SELECT seq FROM kept WHERE space = $1 AND slot = $2 AND side = $3 ORDER BY seq",
            &[
                &space.id.as_bytes().as_slice(),
                &slot.as_bytes().as_slice(),
                &side_number(side),
            ],
        )?;
        rows.iter().map(|row| number(row, 0)).collect()
    }

    fn put_kept(&self, space: &Space, kept: &[(SlotId, Side, Kept)]) -> Result<(), StoreError> {
        self.write_later(space, |writes| writes.kept(kept))
    }

    fn mark_replaced(&self, space: &Space, by: &Placed, upto: u64, day: u64) -> Result<(), StoreError> {
        self.write_later(space, |writes| writes.mark(by, upto, day))
    }

    fn is_slot_closed(&self, space: &Space, slot: &SlotId, side: Side) -> Result<bool, StoreError> {
        if let Some(closed) = self.closed_at_the_beginning(slot, side) {
            return Ok(closed);
        }
        let row = self.query_opt(
            "SELECT 1 FROM slot_closed WHERE space = $1 AND slot = $2 AND side = $3",
            &[
                &space.id.as_bytes().as_slice(),
                &slot.as_bytes().as_slice(),
                &side_number(side),
            ],
        )?;
        Ok(row.is_some())
    }

    fn close_slot(&self, space: &Space, slot: &SlotId, side: Side, seq: u64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO slot_closed (space, slot, side, seq) VALUES ($1, $2, $3, $4)",
            &[
                &space.id.as_bytes().as_slice(),
                &slot.as_bytes().as_slice(),
                &side_number(side),
                &int(seq)?,
            ],
        )?;
        self.note_closed(slot, side);
        Ok(())
    }
}
