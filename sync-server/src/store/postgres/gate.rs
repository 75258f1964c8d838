//! Rows of gates.

use cairn_wire::message::Side;
use cairn_wire::{GateId, GatePart};
use tokio_postgres::Row;

use super::transaction::Transaction;
use super::values::{day, fixed, maybe_day, most as limit, number, side_number};
use crate::store::StoreError;
use crate::store::rows::{Gate, GateRows, Place};
use crate::store::space::Space;

impl GateRows for Transaction<'_> {
    fn gate(&self, place: Place<'_>, gate: &GateId) -> Result<Option<Gate>, StoreError> {
        let (space, slot, side) = key(place);
        let row = self.query_opt(
            "SELECT part, expires_day FROM gate WHERE space = $1 AND slot = $2 AND side = $3 AND gate = $4",
            &[&space, &slot, &side, &gate.as_bytes().as_slice()],
        )?;
        let gate = row.map(|row| {
            Ok(Gate {
                part: GatePart::from_bytes(fixed(&row, 0)?),
                day: short_day(&row, 1)?,
            })
        });
        gate.transpose()
    }

    fn put_gate(&self, place: Place<'_>, gate: &GateId, row: Gate) -> Result<(), StoreError> {
        let (space, slot, side) = key(place);
        self.execute(
            "INSERT INTO gate (space, slot, side, gate, part, expires_day) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &space,
                &slot,
                &side,
                &gate.as_bytes().as_slice(),
                &row.part.as_bytes().as_slice(),
                &row.day.map(i32::from),
            ],
        )?;
        Ok(())
    }

    fn drop_gate(&self, place: Place<'_>, gate: &GateId) -> Result<(), StoreError> {
        let (space, slot, side) = key(place);
        self.execute(
            "DELETE FROM gate WHERE space = $1 AND slot = $2 AND side = $3 AND gate = $4",
            &[&space, &slot, &side, &gate.as_bytes().as_slice()],
        )?;
        Ok(())
    }

    fn drop_gates(&self, place: Place<'_>) -> Result<(), StoreError> {
        let (space, slot, side) = key(place);
        self.execute(
            "DELETE FROM gate WHERE space = $1 AND slot = $2 AND side = $3",
            &[&space, &slot, &side],
        )?;
        Ok(())
    }

    fn gates(&self, space: &Space, side: Side) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM gate WHERE space = $1 AND side = $2";
        self.count(sql, space, side)
    }

    fn taken_day(&self, place: Place<'_>) -> Result<Option<u16>, StoreError> {
        let (space, slot, side) = key(place);
        let row = self.query_opt(
            "SELECT day FROM gate_taken WHERE space = $1 AND slot = $2 AND side = $3",
            &[&space, &slot, &side],
        )?;
        row.map_or(Ok(None), |row| short_day(&row, 0))
    }

    fn note_taken(&self, place: Place<'_>, on: u64) -> Result<bool, StoreError> {
        let (space, slot, side) = key(place);
        let noted = self.execute(
            "INSERT INTO gate_taken (space, slot, side, day) VALUES ($1, $2, $3, $4)
             ON CONFLICT (space, slot, side) DO NOTHING",
            &[&space, &slot, &side, &day(on)?],
        )?;
        Ok(noted > 0)
    }

    fn taken(&self, space: &Space, side: Side) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM gate_taken WHERE space = $1 AND side = $2";
        self.count(sql, space, side)
    }

    fn forget_oldest_taken(&self, place: Place<'_>) -> Result<(), StoreError> {
        let (space, slot, side) = key(place);
        self.execute(
            "DELETE FROM gate_taken WHERE space = $1 AND side = $3 AND slot =
               (SELECT slot FROM gate_taken WHERE space = $1 AND slot <> $2 AND side = $3 ORDER BY day LIMIT 1)",
            &[&space, &slot, &side],
        )?;
        Ok(())
    }

    fn drop_expired_gates(&self, today: u64, most: usize) -> Result<usize, StoreError> {
        let dropped = self.execute(
            "DELETE FROM gate WHERE (space, slot, side, gate) IN
               (SELECT space, slot, side, gate FROM gate
                WHERE expires_day IS NOT NULL AND expires_day < $1 LIMIT $2)",
            &[&day(today)?, &limit(most)],
        )?;
        Ok(usize::try_from(dropped).unwrap_or(usize::MAX))
    }
}

impl Transaction<'_> {
    fn count(&self, sql: &'static str, space: &Space, side: Side) -> Result<usize, StoreError> {
        let row = self.query_one(sql, &[&space.id.as_bytes().as_slice(), &side_number(side)])?;
        Ok(usize::try_from(number(&row, 0)?).unwrap_or(usize::MAX))
    }
}

const fn key(place: Place<'_>) -> (&[u8], &[u8], i16) {
    let (space, slot) = (place.space.id.as_bytes(), place.slot.as_bytes());
    (space.as_slice(), slot.as_slice(), side_number(place.side))
}

fn short_day(row: &Row, column: usize) -> Result<Option<u16>, StoreError> {
    let day = maybe_day(row, column)?;
    day.map(|day| u16::try_from(day).map_err(|_| StoreError::Damaged))
        .transpose()
}
