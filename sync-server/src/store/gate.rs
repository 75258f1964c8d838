//! Gates: halves of keys that one side of a space puts and the other takes. One for each slot and side.
//!
//! It goes with its slot, with its space, after its last day, and when another one takes its place. That it was taken is in the row before the taking
//! is answered, as everything is that a command answers.

use cairn_wire::bounds::GATES_MAX;
use cairn_wire::message::{RefusalCode, Side};
use cairn_wire::{GatePart, SlotId};
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
use super::append::{Outcomes, open_space};
use super::command::{Done, GateAsked, GateNow, GateWish, Refused};
use super::row::side_number;
use super::space::{Space, Spaces};
use crate::clock;
use crate::rule::Ledger as _;

/// A gate's row.
struct Row {
    gate: [u8; 16],
    part: [u8; 32],
    day: Option<u16>,
    taken_day: Option<u16>,
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
    let side = match asked.wish {
        GateWish::Put { .. } | GateWish::Look => own,
        GateWish::Take => other(own),
    };
    let known = find(connection, space.no, &asked.slot, side)?;
    let today = clock::day(asked.now_ms);
    let is_over = |row: &Row| row.day.is_some_and(|day| u64::from(day) < today);
    let this = known.as_ref().filter(|row| row.gate == *asked.gate.as_bytes());
    let now = match asked.wish {
        GateWish::Put { part, day } => return put(connection, space, asked, side, part, day, known.as_ref()),
        GateWish::Look => this.map(|row| GateNow {
            is_there: !is_over(row),
            taken_day: row.taken_day,
            ..GateNow::default()
        }),
        GateWish::Take => match this.filter(|row| !is_over(row)) {
            Some(row) => {
                connection
                    .prepare_cached(
                        "UPDATE gate SET taken_day = ?4
                         WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND taken_day IS NULL",
                    )?
                    .execute((space.no, asked.slot.as_bytes(), side_number(side), today))?;
                Some(GateNow {
                    is_there: true,
                    part: Some(GatePart::from_bytes(row.part)),
                    ..GateNow::default()
                })
            }
            None => None,
        },
    };
    Ok(Ok(Done::Gate(now.unwrap_or_default())))
}

fn put(
    connection: &Connection,
    space: &Space,
    asked: &GateAsked,
    side: Side,
    part: GatePart,
    day: Option<u16>,
    known: Option<&Row>,
) -> Outcomes {
    if space.ledger(connection).is_closed(&asked.slot, side)? {
        return Ok(Err(Refused::new(RefusalCode::SlotClosed)));
    }
    let there = |taken_day, has_replaced| {
        Ok(Ok(Done::Gate(GateNow {
            is_there: true,
            taken_day,
            has_replaced,
            part: None,
        })))
    };
    if let Some(row) = known.filter(|row| row.gate == *asked.gate.as_bytes()) {
        if (row.part, row.day) != (*part.as_bytes(), day) {
            return Ok(Err(Refused::new(RefusalCode::Conflict)));
        }
        return there(row.taken_day, false);
    }
    if known.is_none() {
        let count: usize = connection
            .prepare_cached("SELECT count(*) FROM gate WHERE space_no = ?1 AND side = ?2")?
            .query_row((space.no, side_number(side)), |row| row.get(0))?;
        if count >= GATES_MAX {
            return Ok(Err(Refused::with(RefusalCode::OverQuota, GATES_MAX as u64)));
        }
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO gate (space_no, slot, side, gate, part, expires_day, taken_day)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)",
        )?
        .execute((
            space.no,
            asked.slot.as_bytes(),
            side_number(side),
            asked.gate.as_bytes(),
            part.as_bytes(),
            day,
        ))?;
    there(None, known.is_some())
}

/// Drops the gate of a slot that was erased by a side.
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
            "DELETE FROM gate WHERE (space_no, slot, side) IN
               (SELECT space_no, slot, side FROM gate WHERE expires_day IS NOT NULL AND expires_day < ?1 LIMIT ?2)",
        )?
        .execute((today, most))?;
    Ok(dropped)
}

fn find(connection: &Connection, space_no: i64, slot: &SlotId, side: Side) -> Result<Option<Row>, StoreError> {
    let row = connection
        .prepare_cached(
            "SELECT gate, part, expires_day, taken_day FROM gate WHERE space_no = ?1 AND slot = ?2 AND side = ?3",
        )?
        .query_row((space_no, slot.as_bytes(), side_number(side)), |row| {
            Ok(Row {
                gate: row.get(0)?,
                part: row.get(1)?,
                day: row.get(2)?,
                taken_day: row.get(3)?,
            })
        });
    Ok(row.optional()?)
}

const fn other(side: Side) -> Side {
    match side {
        Side::Participant => Side::Specialist,
        Side::Specialist => Side::Participant,
    }
}
