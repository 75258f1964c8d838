//! Rows of gates.

use cairn_wire::message::Side;
use cairn_wire::{GateId, GatePart};
use rusqlite::{Connection, OptionalExtension as _};

use super::row::side_number;
use crate::store::StoreError;
use crate::store::rows::{Gate, GateRows, Place};
use crate::store::space::Space;

impl GateRows for Connection {
    fn gate(&self, place: Place<'_>, gate: &GateId) -> Result<Option<Gate>, StoreError> {
        let (no, slot, side) = key(place);
        Ok(self
            .prepare_cached(
                "SELECT part, expires_day FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND gate = ?4",
            )?
            .query_row((no, slot, side, gate.as_bytes()), |row| {
                Ok(Gate {
                    part: GatePart::from_bytes(row.get(0)?),
                    day: row.get(1)?,
                })
            })
            .optional()?)
    }

    fn put_gate(&self, place: Place<'_>, gate: &GateId, row: Gate) -> Result<(), StoreError> {
        let (no, slot, side) = key(place);
        self.prepare_cached(
            "INSERT INTO gate (space_no, slot, side, gate, part, expires_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((no, slot, side, gate.as_bytes(), row.part.as_bytes(), row.day))?;
        Ok(())
    }

    fn drop_gate(&self, place: Place<'_>, gate: &GateId) -> Result<(), StoreError> {
        let (no, slot, side) = key(place);
        self.prepare_cached("DELETE FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND gate = ?4")?
            .execute((no, slot, side, gate.as_bytes()))?;
        Ok(())
    }

    fn drop_gates(&self, place: Place<'_>) -> Result<(), StoreError> {
        self.prepare_cached("DELETE FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .execute(key(place))?;
        Ok(())
    }

    fn gates(&self, space: &Space, side: Side) -> Result<usize, StoreError> {
        Ok(self
            .prepare_cached("SELECT count(*) FROM gate WHERE space_no = ?1 AND side = ?2")?
            .query_row((space.no, side_number(side)), |row| row.get(0))?)
    }

    fn taken_day(&self, place: Place<'_>) -> Result<Option<u16>, StoreError> {
        Ok(self
            .prepare_cached("SELECT day FROM gate_taken WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .query_row(key(place), |row| row.get(0))
            .optional()?)
    }

    fn note_taken(&self, place: Place<'_>, day: u64) -> Result<bool, StoreError> {
        let (no, slot, side) = key(place);
        let noted = self
            .prepare_cached("INSERT OR IGNORE INTO gate_taken (space_no, slot, side, day) VALUES (?1, ?2, ?3, ?4)")?
            .execute((no, slot, side, day))?;
        Ok(noted > 0)
    }

    fn taken(&self, space: &Space, side: Side) -> Result<usize, StoreError> {
        Ok(self
            .prepare_cached("SELECT count(*) FROM gate_taken WHERE space_no = ?1 AND side = ?2")?
            .query_row((space.no, side_number(side)), |row| row.get(0))?)
    }

    fn forget_oldest_taken(&self, place: Place<'_>) -> Result<(), StoreError> {
        self.prepare_cached(
            "DELETE FROM gate_taken WHERE (space_no, slot, side) IN
               (SELECT space_no, slot, side FROM gate_taken
                WHERE space_no = ?1 AND slot <> ?2 AND side = ?3 ORDER BY day LIMIT 1)",
        )?
        .execute(key(place))?;
        Ok(())
    }

    fn drop_expired_gates(&self, today: u64, most: usize) -> Result<usize, StoreError> {
        Ok(self
            .prepare_cached(
                "DELETE FROM gate WHERE (space_no, slot, side, gate) IN
                   (SELECT space_no, slot, side, gate FROM gate
                    WHERE expires_day IS NOT NULL AND expires_day < ?1 LIMIT ?2)",
            )?
            .execute((today, most))?)
    }
}

const fn key(place: Place<'_>) -> (i64, &[u8; 16], i64) {
    (place.space.no, place.slot.as_bytes(), side_number(place.side))
}
