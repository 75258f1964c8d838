//! Spaces that end: at once, or at a time that was asked for.
//!
//! Closing drops every body and every stub, the blobs, and what the relay knew of records and of who has read what. What the one who
//! closes asked to keep stays readable for [`REPLACED_DAYS_MAX`] days: the links of a chain of devices, so that a device which comes
//! later learns from what its own person signed that everything was to be erased, and not from the relay's word. Then that goes too.
//!
//! A time to come is kept in the space's row, and what is to stay in `closing_keep`. It is held to before every command for the space,
//! before every look-up in it, and in the sweep, so that nobody is answered from a space whose time is over.

use std::collections::BTreeSet;

use cairn_wire::message::Side;
use cairn_wire::{PublicKey, SlotId, SpaceId};
use rusqlite::Connection;

use super::append::{Ground, Outcomes};
use super::bodies::kept_of;
use super::command::{Close, Done, Refused};
use super::space::{Space, Spaces};
use super::sqlite::row::{SEQ_MAX, log_key};
use super::tail::Tail;
use super::{StoreError, blob};
use crate::clock;
use crate::limits::REPLACED_DAYS_MAX;

/// Spaces that one command closes or empties by itself.
const PIECE: usize = 16;

/// Ends a space, now or at a time to come. One that is closed stays as it is.
pub(super) fn close(connection: &Connection, spaces: &mut Spaces, ground: Ground, close: &Close) -> Outcomes {
    let space = match administered(connection, spaces, &close.space, &close.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if !space.is_closed {
        keep_slots(connection, space.no, &close.keep)?;
        match close.at_ms.filter(|at_ms| *at_ms > close.now_ms) {
            Some(at_ms) => space.closes_ms = Some(at_ms),
            None => end(connection, space, close.now_ms)?,
        }
        space.change();
    }
    Ok(Ok(stands(space, ground, close.now_ms)))
}

/// Lets a time to come pass without closing. What is closed stays closed, and the answer says so.
pub(super) fn stay(
    connection: &Connection,
    spaces: &mut Spaces,
    ground: Ground,
    id: &SpaceId,
    key: &PublicKey,
    now_ms: u64,
) -> Outcomes {
    let space = match administered(connection, spaces, id, key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if !space.is_closed && space.closes_ms.take().is_some() {
        keep_slots(connection, space.no, &[])?;
        space.change();
    }
    Ok(Ok(stands(space, ground, now_ms)))
}

/// Closes a space whose time has come; whether it did.
pub(super) fn close_if_due(
    connection: &Connection,
    spaces: &mut Spaces,
    id: &SpaceId,
    now_ms: u64,
) -> Result<bool, StoreError> {
    match spaces.get(connection, id)? {
        Some(space) if space.closes_ms.is_some_and(|at_ms| at_ms <= now_ms) => {
            end(connection, space, now_ms)?;
            space.change();
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Closes some of the spaces whose time has come, and answers them.
pub(super) fn close_due(connection: &Connection, spaces: &mut Spaces, now_ms: u64) -> Result<Vec<SpaceId>, StoreError> {
    let due = ids(
        connection,
        "SELECT id FROM space WHERE closes_ms IS NOT NULL AND closes_ms <= ?1 LIMIT ?2",
        now_ms,
    )?;
    for id in &due {
        close_if_due(connection, spaces, id, now_ms)?;
    }
    Ok(due)
}

/// Drops what some closed spaces kept, once it was there long enough; how many.
pub(super) fn forget_kept(connection: &Connection, spaces: &mut Spaces, today: u64) -> Result<usize, StoreError> {
    let last_day = today.saturating_sub(REPLACED_DAYS_MAX);
    let over = ids(
        connection,
        "SELECT id FROM space WHERE closed_day IS NOT NULL AND closed_day <= ?1 LIMIT ?2",
        last_day,
    )?;
    for id in &over {
        let Some(space) = spaces.get(connection, id)? else {
            continue;
        };
        let (first, last) = (log_key(space.no, 0)?, log_key(space.no, SEQ_MAX)?);
        connection.execute("DELETE FROM log WHERE key BETWEEN ?1 AND ?2", [first, last])?;
        space.closed_day = None;
        space.change();
    }
    Ok(over.len())
}

fn ids(connection: &Connection, sql: &str, upto: u64) -> Result<Vec<SpaceId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((upto, PIECE), |row| row.get(0))?;
    rows.map(|id| Ok(SpaceId::from_bytes(id?))).collect()
}

fn administered<'a>(
    connection: &Connection,
    spaces: &'a mut Spaces,
    id: &SpaceId,
    key: &PublicKey,
) -> Result<Result<&'a mut Space, Refused>, StoreError> {
    let space = spaces.get(connection, id)?;
    Ok(space
        .filter(|space| space.administers(key))
        .ok_or(Refused::NOT_AUTHORISED))
}

/// Notes what is to stay, in the place of what was to stay before.
fn keep_slots(connection: &Connection, space_no: i64, keep: &[SlotId]) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM closing_keep WHERE space_no = ?1")?
        .execute([space_no])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO closing_keep (space_no, slot) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for slot in keep {
        insert.execute((space_no, slot.as_bytes()))?;
    }
    Ok(())
}

/// Drops everything but the records of the slots that are to stay.
fn end(connection: &Connection, space: &mut Space, now_ms: u64) -> Result<(), StoreError> {
    let mut stays = BTreeSet::new();
    let slots: Vec<[u8; 16]> = connection
        .prepare_cached("SELECT slot FROM closing_keep WHERE space_no = ?1")?
        .query_map([space.no], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for slot in slots {
        for side in [Side::Participant, Side::Specialist] {
            stays.extend(kept_of(connection, space, &SlotId::from_bytes(slot), side)?);
        }
    }
    let mut delete = connection.prepare_cached("DELETE FROM log WHERE key > ?1 AND key < ?2")?;
    let mut after = log_key(space.no, 0)?;
    for seq in &stays {
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
        "closing_keep",
    ] {
        connection.execute(&format!("DELETE FROM {table} WHERE space_no = ?1"), [space.no])?;
    }
    blob::release_space(connection, space.no)?;
    space.is_closed = true;
    space.closes_ms = None;
    space.closed_day = (!stays.is_empty()).then(|| clock::day(now_ms));
    space.bytes = [0; 2];
    space.indexed_upto = space.n;
    space.tail = Tail::default();
    Ok(())
}

fn stands(space: &Space, ground: Ground, now_ms: u64) -> Done {
    Done::Space {
        epoch: space.epoch,
        head: space.head(ground.incarnation, now_ms),
        is_closed: space.is_closed,
    }
}
