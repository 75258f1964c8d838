//! Rows of the log, of what its records are known by, and of which still count.

use cairn_wire::header::body_hash;
use cairn_wire::message::Side;
use cairn_wire::{BodyHash, Header, RecordHash, RecordId, SlotId};
use rusqlite::{Connection, OptionalExtension as _};

use super::insert::Insert;
use super::row::{header_bytes, log_key, side, side_number};
use crate::limits::TAIL_RECORDS_MAX;
use crate::rule::Placed;
use crate::store::StoreError;
use crate::store::bodies::hash_of;
use crate::store::rows::{Body, LogRows, NewRecord};
use crate::store::space::Space;
use crate::store::tail::Kept;

impl LogRows for Connection {
    fn tail_records_max(&self) -> u64 {
        TAIL_RECORDS_MAX
    }

    fn put_records(&self, space: &Space, records: &[NewRecord<'_>]) -> Result<(), StoreError> {
        // One row a statement: with bodies in them, many would be copied once more.
        let mut insert = self.prepare_cached(
            "INSERT INTO log (key, day, side, stub, chain, header, body)
             VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)",
        )?;
        for record in records {
            insert.execute((
                log_key(space.no, record.seq)?,
                record.day,
                side_number(record.side),
                record.chain.as_bytes(),
                record.header,
                record.body,
            ))?;
        }
        Ok(())
    }

    fn hash_at(&self, space: &Space, seq: u64) -> Result<RecordHash, StoreError> {
        self.prepare_cached("SELECT stub, header, body FROM log WHERE key = ?1")?
            .query_row([log_key(space.no, seq)?], |row| {
                let (header, body) = (row.get_ref(1)?.as_blob()?, row.get_ref(2)?.as_blob()?);
                Ok(hash_of(row.get(0)?, header, body))
            })?
    }

    fn header_at(&self, space: &Space, seq: u64) -> Result<Header, StoreError> {
        let header = self
            .prepare_cached("SELECT header FROM log WHERE key = ?1")?
            .query_row([log_key(space.no, seq)?], |row| Ok(header_bytes(row, 0)))??;
        Header::decode(&header).map_err(|_| StoreError::Damaged)
    }

    fn body_at(&self, space: &Space, seq: u64) -> Result<Option<Body>, StoreError> {
        let found = self
            .prepare_cached("SELECT stub, side, header, body FROM log WHERE key = ?1")?
            .query_row([log_key(space.no, seq)?], |row| {
                if row.get::<_, bool>(0)? {
                    return Ok(None);
                }
                let body = row.get_ref(3)?.as_blob()?;
                Ok(Some((side(row, 1), header_bytes(row, 2), body_hash(body), body.len())))
            })
            .optional()?
            .flatten();
        let Some((side, header, hash, len)) = found else {
            return Ok(None);
        };
        Ok(Some(Body {
            side: side?,
            header: Header::decode(&header?).map_err(|_| StoreError::Damaged)?,
            hash,
            len,
        }))
    }

    /// `secure_delete` overwrites what it leaves behind in the database; the writer sees to the log of changes.
    fn drop_body(&self, space: &Space, at: &Placed, hash: &BodyHash) -> Result<(), StoreError> {
        self.prepare_cached("UPDATE log SET stub = 1, body = ?2 WHERE key = ?1")?
            .execute((log_key(space.no, at.seq)?, hash.as_bytes()))?;
        self.prepare_cached("DELETE FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND seq = ?4")?
            .execute((space.no, at.slot.as_bytes(), side_number(at.side), at.seq))?;
        Ok(())
    }

    fn known(&self, space: &Space, id: &RecordId) -> Result<Option<u64>, StoreError> {
        let mut names = space.names.borrow_mut();
        if !names.may_have(id) {
            return Ok(None);
        }
        let seq = self
            .prepare_cached("SELECT seq FROM known WHERE space_no = ?1 AND record_id = ?2")?
            .query_row((space.no, id.as_bytes()), |row| row.get(0))
            .optional()?;
        if seq.is_none() {
            names.was_lacking();
        }
        Ok(seq)
    }

    fn put_known(&self, space: &Space, known: &[(RecordId, u64)]) -> Result<(), StoreError> {
        const ROWS: Insert = Insert::new("INTO known (space_no, record_id, seq)", 2);
        ROWS.run(self, space.no, known, |bind, (id, seq)| {
            bind.next(id.as_bytes())?;
            bind.next(seq)
        })?;
        let mut names = space.names.borrow_mut();
        for (id, _) in known {
            names.add(id);
        }
        Ok(())
    }

    fn kept(&self, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<u64>, StoreError> {
        Ok(self
            .prepare_cached("SELECT seq FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .query_map((space.no, slot.as_bytes(), side_number(side)), |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    fn put_kept(&self, space: &Space, kept: &[(SlotId, Side, Kept)]) -> Result<(), StoreError> {
        const ROWS: Insert = Insert::new("INTO kept (space_no, slot, side, seq, replaced_day, expires_day)", 5);
        ROWS.run(self, space.no, kept, |bind, (slot, side, kept)| {
            bind.next(slot.as_bytes())?;
            bind.next(side_number(*side))?;
            bind.next(kept.seq)?;
            bind.next(kept.replaced_day)?;
            bind.next((kept.expires_day != 0).then_some(kept.expires_day))
        })
    }

    fn mark_replaced(&self, space: &Space, by: &Placed, upto: u64, day: u64) -> Result<(), StoreError> {
        self.prepare_cached(
            "UPDATE kept SET replaced_day = ?5
             WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND seq <= ?4 AND replaced_day IS NULL",
        )?
        .execute((space.no, by.slot.as_bytes(), side_number(by.side), upto, day))?;
        Ok(())
    }

    fn is_slot_closed(&self, space: &Space, slot: &SlotId, side: Side) -> Result<bool, StoreError> {
        Ok(self
            .prepare_cached("SELECT 1 FROM slot_closed WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .exists((space.no, slot.as_bytes(), side_number(side)))?)
    }

    fn close_slot(&self, space: &Space, slot: &SlotId, side: Side, seq: u64) -> Result<(), StoreError> {
        self.prepare_cached("INSERT INTO slot_closed (space_no, slot, side, seq) VALUES (?1, ?2, ?3, ?4)")?
            .execute((space.no, slot.as_bytes(), side_number(side), seq))?;
        Ok(())
    }
}
