//! Gates: halves of keys that one side of a space puts and the other takes.
//!
//! One goes when it is dropped, with its slot, with its space, and after its last day. That something of a slot was taken is in a row before the taking is answered, as
//! everything is that a command answers, and that row stays until the space goes.

use cairn_wire::bounds::GATES_MAX;
use cairn_wire::message::{RefusalCode, Side};
use cairn_wire::{GatePart, SlotId};
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
use super::append::{Outcomes, open_space};
use super::command::{Done, GateAsked, GateNow, GateWish, Refused};
use super::space::{Space, Spaces};
use super::sqlite::row::side_number;
use crate::clock;
use crate::rule::Ledger as _;

/// A gate's row.
struct Row {
    part: [u8; 32],
    day: Option<u16>,
}

/// The gates of one slot and side.
#[derive(Clone, Copy)]
struct Place<'a> {
    connection: &'a Connection,
    space_no: i64,
    slot: &'a SlotId,
    side: Side,
}

/// Carries out what is asked of a gate.
pub(super) fn ask(connection: &Connection, spaces: &mut Spaces, asked: &GateAsked) -> Outcomes {
    let space = match open_space(connection, spaces, &asked.space, &asked.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(own) = space.side(&asked.key) else {
        return Err(StoreError::Damaged);
    };
    let place = Place {
        connection,
        space_no: space.no,
        slot: &asked.slot,
        side: match asked.wish {
            GateWish::Put { .. } | GateWish::Look | GateWish::Drop => own,
            GateWish::Take => other(own),
        },
    };
    let today = clock::day(asked.now_ms);
    let row = place.find(asked)?;
    let is_takeable = |row: &Row| row.day.is_none_or(|day| u64::from(day) >= today);
    let is_there = match asked.wish {
        GateWish::Put { part, day } => {
            if space.ledger(connection).is_closed(place.slot, place.side)? {
                return Ok(Err(Refused::new(RefusalCode::SlotClosed)));
            }
            match row {
                Some(row) if (row.part, row.day) != (*part.as_bytes(), day) => {
                    return Ok(Err(Refused::new(RefusalCode::Conflict)));
                }
                Some(_) => {}
                None if place.count("gate")? >= GATES_MAX => {
                    return Ok(Err(Refused::with(RefusalCode::OverQuota, GATES_MAX as u64)));
                }
                None => place.put(asked, part, day)?,
            }
            true
        }
        GateWish::Look => row.as_ref().is_some_and(is_takeable),
        GateWish::Drop => {
            place.drop(asked)?;
            false
        }
        GateWish::Take => {
            let part = row.filter(is_takeable).map(|row| GatePart::from_bytes(row.part));
            if part.is_some() {
                place.note_taken(today)?;
            }
            return Ok(Ok(Done::Gate(GateNow {
                is_there: part.is_some(),
                part,
                taken_day: None,
            })));
        }
    };
    Ok(Ok(Done::Gate(GateNow {
        is_there,
        part: None,
        taken_day: place.taken_day()?,
    })))
}

impl Place<'_> {
    fn find(&self, asked: &GateAsked) -> Result<Option<Row>, StoreError> {
        let row = self
            .connection
            .prepare_cached(
                "SELECT part, expires_day FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND gate = ?4",
            )?
            .query_row(
                (
                    self.space_no,
                    self.slot.as_bytes(),
                    side_number(self.side),
                    asked.gate.as_bytes(),
                ),
                |row| {
                    Ok(Row {
                        part: row.get(0)?,
                        day: row.get(1)?,
                    })
                },
            );
        Ok(row.optional()?)
    }

    fn put(&self, asked: &GateAsked, part: GatePart, day: Option<u16>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO gate (space_no, slot, side, gate, part, expires_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                self.space_no,
                self.slot.as_bytes(),
                side_number(self.side),
                asked.gate.as_bytes(),
                part.as_bytes(),
                day,
            ))?;
        Ok(())
    }

    fn drop(&self, asked: &GateAsked) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND gate = ?4")?
            .execute((
                self.space_no,
                self.slot.as_bytes(),
                side_number(self.side),
                asked.gate.as_bytes(),
            ))?;
        Ok(())
    }

    fn taken_day(&self) -> Result<Option<u16>, StoreError> {
        let day = self
            .connection
            .prepare_cached("SELECT day FROM gate_taken WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .query_row((self.space_no, self.slot.as_bytes(), side_number(self.side)), |row| {
                row.get(0)
            });
        Ok(day.optional()?)
    }

    /// Notes the first taking. Of so many slots that their days would have no end, the one taken longest ago is forgotten.
    fn note_taken(&self, today: u64) -> Result<(), StoreError> {
        let noted = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO gate_taken (space_no, slot, side, day) VALUES (?1, ?2, ?3, ?4)")?
            .execute((self.space_no, self.slot.as_bytes(), side_number(self.side), today))?;
        if noted > 0 && self.count("gate_taken")? > GATES_MAX {
            self.connection
                .prepare_cached(
                    "DELETE FROM gate_taken WHERE (space_no, slot, side) IN
                       (SELECT space_no, slot, side FROM gate_taken
                        WHERE space_no = ?1 AND side = ?2 AND slot <> ?3 ORDER BY day LIMIT 1)",
                )?
                .execute((self.space_no, side_number(self.side), self.slot.as_bytes()))?;
        }
        Ok(())
    }

    /// How many rows a table of gates has for this side of the space.
    fn count(&self, table: &str) -> Result<usize, StoreError> {
        let count = self
            .connection
            .prepare_cached(&format!(
                "SELECT count(*) FROM {table} WHERE space_no = ?1 AND side = ?2"
            ))?
            .query_row((self.space_no, side_number(self.side)), |row| row.get(0))?;
        Ok(count)
    }
}

/// Drops the gates of a slot that was erased by a side.
pub(super) fn drop_slot(connection: &Connection, space: &Space, slot: &SlotId, side: Side) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
        .execute((space.no, slot.as_bytes(), side_number(side)))?;
    Ok(())
}

/// Drops some gates whose last day is over; how many.
pub(super) fn drop_expired(connection: &Connection, today: u64, most: usize) -> Result<usize, StoreError> {
    let dropped = connection
        .prepare_cached(
            "DELETE FROM gate WHERE (space_no, slot, side, gate) IN
               (SELECT space_no, slot, side, gate FROM gate
                WHERE expires_day IS NOT NULL AND expires_day < ?1 LIMIT ?2)",
        )?
        .execute((today, most))?;
    Ok(dropped)
}

const fn other(side: Side) -> Side {
    match side {
        Side::Participant => Side::Specialist,
        Side::Specialist => Side::Participant,
    }
}
