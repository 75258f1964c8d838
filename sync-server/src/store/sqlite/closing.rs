//! Rows of spaces that end, and of what has had its time.

use std::collections::BTreeSet;

use cairn_wire::{SlotId, SpaceId};
use rusqlite::{Connection, Params};

use super::row::{log_key, side, side_number};
use crate::store::StoreError;
use crate::store::rows::{ClosingRows, Replaced, SweepRows};
use crate::store::space::{SEQ_MAX, Space};

impl ClosingRows for Connection {
    fn due_to_close(&self, now_ms: u64, most: usize) -> Result<Vec<SpaceId>, StoreError> {
        let sql = "SELECT id FROM space WHERE closes_ms IS NOT NULL AND closes_ms <= ?1 LIMIT ?2";
        spaces(self, sql, (now_ms, most))
    }

    fn closed_until(&self, day: u64, most: usize) -> Result<Vec<SpaceId>, StoreError> {
        let sql = "SELECT id FROM space WHERE closed_day IS NOT NULL AND closed_day <= ?1 LIMIT ?2";
        spaces(self, sql, (day, most))
    }

    fn keep_slots(&self, space: &Space, slots: &[SlotId]) -> Result<(), StoreError> {
        self.prepare_cached("DELETE FROM closing_keep WHERE space_no = ?1")?
            .execute([space.no])?;
        let mut insert =
            self.prepare_cached("INSERT INTO closing_keep (space_no, slot) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
        for slot in slots {
            insert.execute((space.no, slot.as_bytes()))?;
        }
        Ok(())
    }

    fn slots_to_keep(&self, space: &Space) -> Result<Vec<SlotId>, StoreError> {
        self.prepare_cached("SELECT slot FROM closing_keep WHERE space_no = ?1")?
            .query_map([space.no], |row| row.get(0))?
            .map(|slot| Ok(SlotId::from_bytes(slot?)))
            .collect()
    }

    fn empty(&self, space: &Space, stays: &BTreeSet<u64>) -> Result<(), StoreError> {
        let mut delete = self.prepare_cached("DELETE FROM log WHERE key > ?1 AND key < ?2")?;
        let mut after = log_key(space.no, 0)?;
        for seq in stays {
            let key = log_key(space.no, *seq)?;
            delete.execute([after, key])?;
            after = key;
        }
        // One past the last number of this space is the first of the next one, which no record has.
        delete.execute([after, log_key(space.no, SEQ_MAX)?.saturating_add(1)])?;
        for table in [
            "known",
            "kept",
            "slot_closed",
            "ack",
            "gate",
            "gate_taken",
            "wake",
            "closing_keep",
        ] {
            self.execute(&format!("DELETE FROM {table} WHERE space_no = ?1"), [space.no])?;
        }
        Ok(())
    }

    fn drop_log(&self, space: &Space) -> Result<(), StoreError> {
        let (first, last) = (log_key(space.no, 0)?, log_key(space.no, SEQ_MAX)?);
        self.execute("DELETE FROM log WHERE key BETWEEN ?1 AND ?2", [first, last])?;
        Ok(())
    }
}

impl SweepRows for Connection {
    fn with_tail(&self, most: usize) -> Result<Vec<SpaceId>, StoreError> {
        spaces(self, "SELECT id FROM space WHERE n > indexed_upto LIMIT ?1", [most])
    }

    fn expired(&self, today: u64, most: usize) -> Result<Vec<(SpaceId, u64)>, StoreError> {
        self.prepare_cached(
            "SELECT id, seq FROM kept JOIN space ON no = space_no WHERE expires_day IS NOT NULL AND expires_day < ?1 LIMIT ?2",
        )?
        .query_map((today, most), |row| Ok((row.get(0)?, row.get(1)?)))?
        .map(|row| row.map(|(space, seq)| (SpaceId::from_bytes(space), seq)).map_err(Into::into))
        .collect()
    }

    fn replaced(&self, last_day: u64, after: Option<&Replaced>, most: usize) -> Result<Vec<Replaced>, StoreError> {
        let mut statement = self.prepare_cached(
            "SELECT replaced_day, space_no, slot, side, seq, id FROM kept JOIN space ON no = space_no
             WHERE replaced_day IS NOT NULL AND replaced_day <= ?1
               AND (replaced_day, space_no, slot, side, seq) > (?2, ?3, ?4, ?5, ?6)
             ORDER BY replaced_day, space_no, slot, side, seq LIMIT ?7",
        )?;
        let (day, no, slot, side_no, seq) = after.map_or((0, -1, [0; 16], 0, 0), |after| {
            let slot = *after.slot.as_bytes();
            (after.day, after.space_no, slot, side_number(after.side), after.seq)
        });
        let mut rows = statement.query((last_day, day, no, slot, side_no, seq, most))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Replaced {
                day: row.get(0)?,
                space: SpaceId::from_bytes(row.get(5)?),
                space_no: row.get(1)?,
                slot: SlotId::from_bytes(row.get(2)?),
                side: side(row, 3)?,
                seq: row.get(4)?,
            });
        }
        Ok(found)
    }

    fn read_since(&self, space: &Space, day: u64) -> Result<Option<u64>, StoreError> {
        Ok(self
            .prepare_cached("SELECT min(n) FROM ack WHERE space_no = ?1 AND day >= ?2")?
            .query_row((space.no, day), |row| row.get(0))?)
    }
}

fn spaces(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<SpaceId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    rows.map(|id| Ok(SpaceId::from_bytes(id?))).collect()
}
