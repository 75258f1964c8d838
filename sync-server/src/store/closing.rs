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
use cairn_wire::{PublicKey, SpaceId};

use super::StoreError;
use super::append::{Ground, Outcomes};
use super::bodies::kept_of;
use super::command::{Close, Done, Refused};
use super::rows::Rows;
use super::space::{Space, Spaces};
use super::tail::Tail;
use crate::clock;
use crate::limits::REPLACED_DAYS_MAX;

/// Spaces that one command closes or empties by itself.
const PIECE: usize = 16;

/// Ends a space, now or at a time to come. One that is closed stays as it is.
pub(super) fn close(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, close: &Close) -> Outcomes {
    let space = match administered(rows, spaces, &close.space, &close.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if !space.is_closed {
        rows.keep_slots(space, &close.keep)?;
        match close.at_ms.filter(|at_ms| *at_ms > close.now_ms) {
            Some(at_ms) => space.closes_ms = Some(at_ms),
            None => end(rows, space, close.now_ms)?,
        }
        space.change();
    }
    Ok(Ok(stands(space, ground, close.now_ms)))
}

/// Lets a time to come pass without closing. What is closed stays closed, and the answer says so.
pub(super) fn stay(
    rows: &dyn Rows,
    spaces: &mut Spaces,
    ground: Ground,
    id: &SpaceId,
    key: &PublicKey,
    now_ms: u64,
) -> Outcomes {
    let space = match administered(rows, spaces, id, key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if !space.is_closed && space.closes_ms.take().is_some() {
        rows.keep_slots(space, &[])?;
        space.change();
    }
    Ok(Ok(stands(space, ground, now_ms)))
}

/// Closes a space whose time has come; whether it did.
pub(super) fn close_if_due(
    rows: &dyn Rows,
    spaces: &mut Spaces,
    id: &SpaceId,
    now_ms: u64,
) -> Result<bool, StoreError> {
    match spaces.get(rows, id)? {
        Some(space) if space.closes_ms.is_some_and(|at_ms| at_ms <= now_ms) => {
            end(rows, space, now_ms)?;
            space.change();
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Closes some of the spaces whose time has come, and answers them.
pub(super) fn close_due(rows: &dyn Rows, spaces: &mut Spaces, now_ms: u64) -> Result<Vec<SpaceId>, StoreError> {
    let due = rows.due_to_close(now_ms, PIECE)?;
    for id in &due {
        close_if_due(rows, spaces, id, now_ms)?;
    }
    Ok(due)
}

/// Drops what some closed spaces kept, once it was there long enough; how many.
pub(super) fn forget_kept(rows: &dyn Rows, spaces: &mut Spaces, today: u64) -> Result<usize, StoreError> {
    let last_day = today.saturating_sub(REPLACED_DAYS_MAX);
    let over = rows.closed_until(last_day, PIECE)?;
    for id in &over {
        let Some(space) = spaces.get(rows, id)? else {
            continue;
        };
        // Found before it was locked: somebody else may have been here.
        if space.closed_day.is_none() {
            continue;
        }
        rows.drop_log(space)?;
        space.closed_day = None;
        space.change();
    }
    Ok(over.len())
}

fn administered<'a>(
    rows: &dyn Rows,
    spaces: &'a mut Spaces,
    id: &SpaceId,
    key: &PublicKey,
) -> Result<Result<&'a mut Space, Refused>, StoreError> {
    let space = spaces.get(rows, id)?;
    Ok(space
        .filter(|space| space.administers(key))
        .ok_or(Refused::NOT_AUTHORISED))
}

/// Drops everything but the records of the slots that are to stay.
fn end(rows: &dyn Rows, space: &mut Space, now_ms: u64) -> Result<(), StoreError> {
    let mut stays = BTreeSet::new();
    for slot in rows.slots_to_keep(space)? {
        for side in [Side::Participant, Side::Specialist] {
            stays.extend(kept_of(rows, space, &slot, side)?);
        }
    }
    rows.empty(space, &stays)?;
    rows.drop_blobs(space)?;
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
