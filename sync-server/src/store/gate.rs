//! Gates: halves of keys that one side of a space puts and the other takes.
//!
//! One goes when it is dropped, with its slot, with its space, and after its last day. That something of a slot was taken is in a row before the taking is answered, as
//! everything is that a command answers, and that row stays until the space goes.

use cairn_wire::bounds::GATES_MAX;
use cairn_wire::message::{RefusalCode, Side};

use super::StoreError;
use super::append::{Outcomes, open_space};
use super::command::{Done, GateAsked, GateNow, GateWish, Refused};
use super::rows::{Gate, Place, Rows};
use super::space::Spaces;
use crate::clock;
use crate::rule::Ledger as _;

/// Carries out what is asked of a gate.
pub(super) fn ask(rows: &dyn Rows, spaces: &mut Spaces, asked: &GateAsked) -> Outcomes {
    let space = match open_space(rows, spaces, &asked.space, &asked.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(own) = space.side(&asked.key) else {
        return Err(StoreError::Damaged);
    };
    let place = Place {
        space,
        slot: &asked.slot,
        side: match asked.wish {
            GateWish::Put { .. } | GateWish::Look | GateWish::Drop => own,
            GateWish::Take => other(own),
        },
    };
    let today = clock::day(asked.now_ms);
    let row = rows.gate(place, &asked.gate)?;
    let is_takeable = |row: &Gate| row.day.is_none_or(|day| u64::from(day) >= today);
    let is_there = match asked.wish {
        GateWish::Put { part, day } => {
            if space.ledger(rows).is_closed(place.slot, place.side)? {
                return Ok(Err(Refused::new(RefusalCode::SlotClosed)));
            }
            match row {
                Some(row) if (row.part, row.day) != (part, day) => {
                    return Ok(Err(Refused::new(RefusalCode::Conflict)));
                }
                Some(_) => {}
                None if rows.gates(place.space, place.side)? >= GATES_MAX => {
                    return Ok(Err(Refused::with(RefusalCode::OverQuota, GATES_MAX as u64)));
                }
                None => rows.put_gate(place, &asked.gate, Gate { part, day })?,
            }
            true
        }
        GateWish::Look => row.as_ref().is_some_and(is_takeable),
        GateWish::Drop => {
            rows.drop_gate(place, &asked.gate)?;
            false
        }
        GateWish::Take => {
            let part = row.filter(is_takeable).map(|row| row.part);
            if part.is_some() {
                note_taken(rows, place, today)?;
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
        taken_day: rows.taken_day(place)?,
    })))
}

/// Notes the first taking. Of so many slots that their days would have no end, the one taken longest ago is forgotten.
fn note_taken(rows: &dyn Rows, place: Place<'_>, today: u64) -> Result<(), StoreError> {
    if rows.note_taken(place, today)? && rows.taken(place.space, place.side)? > GATES_MAX {
        rows.forget_oldest_taken(place)?;
    }
    Ok(())
}

const fn other(side: Side) -> Side {
    match side {
        Side::Participant => Side::Specialist,
        Side::Specialist => Side::Participant,
    }
}
