//! Rows of spaces that end, and of what has had its time.

use std::collections::BTreeSet;

use cairn_wire::{SlotId, SpaceId};
use tokio_postgres::Row;

use super::transaction::Transaction;
use super::values::{day, day_of, fixed, int, maybe_number, most as limit, number, side, side_number};
use crate::store::StoreError;
use crate::store::rows::{ClosingRows, Replaced, SweepRows};
use crate::store::space::Space;

impl ClosingRows for Transaction<'_> {
    fn due_to_close(&self, now_ms: u64, most: usize) -> Result<Vec<SpaceId>, StoreError> {
        let sql = "SELECT id FROM space WHERE closes_ms IS NOT NULL AND closes_ms <= $1 LIMIT $2";
        spaces(&self.query(sql, &[&int(now_ms)?, &limit(most)])?)
    }

    fn closed_until(&self, on: u64, most: usize) -> Result<Vec<SpaceId>, StoreError> {
        let sql = "SELECT id FROM space WHERE closed_day IS NOT NULL AND closed_day <= $1 LIMIT $2";
        spaces(&self.query(sql, &[&day(on)?, &limit(most)])?)
    }

    fn keep_slots(&self, space: &Space, slots: &[SlotId]) -> Result<(), StoreError> {
        let id = space.id.as_bytes().as_slice();
        self.execute("DELETE FROM closing_keep WHERE space = $1", &[&id])?;
        if !slots.is_empty() {
            let slots: Vec<_> = slots.iter().map(|slot| slot.as_bytes().as_slice()).collect();
            self.execute(
                "INSERT INTO closing_keep (space, slot) SELECT DISTINCT $1::bytea, slot FROM unnest($2::bytea[]) AS new (slot)",
                &[&id, &slots],
            )?;
        }
        Ok(())
    }

    fn slots_to_keep(&self, space: &Space) -> Result<Vec<SlotId>, StoreError> {
        let id = space.id.as_bytes().as_slice();
        let rows = self.query("SELECT slot FROM closing_keep WHERE space = $1", &[&id])?;
        rows.iter().map(|row| Ok(SlotId::from_bytes(fixed(row, 0)?))).collect()
    }

    fn empty(&self, space: &Space, stays: &BTreeSet<u64>) -> Result<(), StoreError> {
        let id = space.id.as_bytes().as_slice();
        let stays: Vec<_> = stays.iter().map(|seq| int(*seq)).collect::<Result<_, _>>()?;
        self.execute("DELETE FROM log WHERE space = $1 AND seq <> ALL ($2)", &[&id, &stays])?;
        for sql in [
            "DELETE FROM kept WHERE space = $1",
            "DELETE FROM slot_closed WHERE space = $1",
            "DELETE FROM ack WHERE space = $1",
            "DELETE FROM gate WHERE space = $1",
            "DELETE FROM gate_taken WHERE space = $1",
            "DELETE FROM wake WHERE space = $1",
            "DELETE FROM closing_keep WHERE space = $1",
        ] {
            self.execute(sql, &[&id])?;
        }
        Ok(())
    }

    fn drop_log(&self, space: &Space) -> Result<(), StoreError> {
        self.execute("DELETE FROM log WHERE space = $1", &[&space.id.as_bytes().as_slice()])?;
        Ok(())
    }
}

impl SweepRows for Transaction<'_> {
    /// One node at a time, which locks many spaces.
    fn may_sweep(&self) -> Result<bool, StoreError> {
        let row = self.query_one("SELECT pg_try_advisory_xact_lock(1667330670, 3)", &[])?;
        Ok(row.try_get(0)?)
    }

    fn forget_sessions(&self, now_ms: u64) -> Result<(), StoreError> {
        let now_ms = int(now_ms)?;
        self.execute("DELETE FROM session WHERE expires_ms <= $1", &[&now_ms])?;
        self.execute("DELETE FROM challenge_used WHERE expires_ms <= $1", &[&now_ms])?;
        Ok(())
    }

    /// None has a tail.
    fn with_tail(&self, _: usize) -> Result<Vec<SpaceId>, StoreError> {
        Ok(Vec::new())
    }

    fn expired(&self, today: u64, most: usize) -> Result<Vec<(SpaceId, u64)>, StoreError> {
        let rows = self.query(
            "SELECT space, seq FROM kept WHERE expires_day IS NOT NULL AND expires_day < $1 ORDER BY space LIMIT $2",
            &[&day(today)?, &limit(most)],
        )?;
        rows.iter()
            .map(|row| Ok((SpaceId::from_bytes(fixed(row, 0)?), number(row, 1)?)))
            .collect()
    }

    fn replaced(&self, last_day: u64, after: Option<&Replaced>, most: usize) -> Result<Vec<Replaced>, StoreError> {
        let from = match after {
            None => (-1, [0; 16], [0; 16], 0, 0),
            Some(after) => (
                day(after.day)?,
                *after.space.as_bytes(),
                *after.slot.as_bytes(),
                side_number(after.side),
                int(after.seq)?,
            ),
        };
        let rows = self.query(
            "SELECT replaced_day, space, slot, side, seq FROM kept
             WHERE replaced_day IS NOT NULL AND replaced_day <= $1
               AND (replaced_day, space, slot, side, seq) > ($2, $3, $4, $5, $6)
             ORDER BY replaced_day, space, slot, side, seq LIMIT $7",
            &[
                &day(last_day)?,
                &from.0,
                &from.1.as_slice(),
                &from.2.as_slice(),
                &from.3,
                &from.4,
                &limit(most),
            ],
        )?;
        let replaced = rows.iter().map(|row| {
            Ok(Replaced {
                day: day_of(row, 0)?,
                space: SpaceId::from_bytes(fixed(row, 1)?),
                space_no: 0,
                slot: SlotId::from_bytes(fixed(row, 2)?),
                side: side(row, 3)?,
                seq: number(row, 4)?,
            })
        });
        replaced.collect()
    }

    fn read_since(&self, space: &Space, on: u64) -> Result<Option<u64>, StoreError> {
        let row = self.query_one(
            "SELECT min(n) FROM ack WHERE space = $1 AND day >= $2",
            &[&space.id.as_bytes().as_slice(), &day(on)?],
        )?;
        maybe_number(&row, 0)
    }
}

fn spaces(rows: &[Row]) -> Result<Vec<SpaceId>, StoreError> {
    rows.iter().map(|row| Ok(SpaceId::from_bytes(fixed(row, 0)?))).collect()
}
