//! Forgetting what has had its time: replaced bodies, expired bodies and gates, registrations that were not told again, unfinished blobs, mailboxes, whole spaces. A bounded piece per command.

use std::collections::BTreeMap;

use cairn_wire::SpaceId;

use super::append::Outcomes;
use super::bodies::drop_body;
use super::command::Done;
use super::rows::{Replaced, Rows};
use super::space::Spaces;
use super::{StoreError, blob, closing, mailbox, waking};
use crate::clock;
use crate::limits::{LIVE_DEVICE_DAYS, REPLACED_DAYS_MAX, REPLACED_DAYS_MIN};

/// Rows looked at per command, so that appends waiting behind it do not wait long.
const PIECE: usize = 500;

/// Spaces whose tails go into the tables per command.
const TAILS: usize = 16;

/// Sweeps one piece.
pub(super) fn sweep(rows: &dyn Rows, spaces: &mut Spaces, now_ms: u64, after: &mut Position) -> Outcomes {
    let today = clock::day(now_ms);
    rows.forget_sessions(now_ms)?;
    let more = closing::forget_kept(rows, spaces, today)? > 0
        || index_tails(rows, spaces)?
        || mailbox::forget_over(rows, now_ms, PIECE)? == PIECE
        || blob::release_unfinished(rows, spaces, today, PIECE)? == PIECE
        || drop_expired(rows, spaces, today)? == PIECE
        || rows.drop_expired_gates(today, PIECE)? == PIECE
        || waking::drop_over(rows, today, PIECE)? == PIECE
        || drop_replaced(rows, spaces, today, after)?;
    Ok(Ok(Done::Swept { more }))
}

/// After which of the replaced records the next piece begins.
#[derive(Debug, Default)]
pub(super) struct Position(Option<Replaced>);

/// Brings `kept` up to the log in some spaces; whether there may be more of them.
fn index_tails(rows: &dyn Rows, spaces: &mut Spaces) -> Result<bool, StoreError> {
    let mut indexed = false;
    for id in &rows.with_tail(TAILS)? {
        let space = spaces.get(rows, id)?;
        if let Some(space) = space.filter(|space| space.n > space.indexed_upto) {
            space.index_tail(rows)?;
            indexed = true;
        }
    }
    Ok(indexed)
}

/// Drops bodies whose last day is over.
fn drop_expired(rows: &dyn Rows, spaces: &mut Spaces, today: u64) -> Result<usize, StoreError> {
    let expired = rows.expired(today, PIECE)?;
    for (space, seq) in &expired {
        drop_in(rows, spaces, space, *seq)?;
    }
    Ok(expired.len())
}

/// Drops replaced bodies that nobody needs any more; whether there are more to look at.
fn drop_replaced(rows: &dyn Rows, spaces: &mut Spaces, today: u64, after: &mut Position) -> Result<bool, StoreError> {
    let last_day = today.saturating_sub(REPLACED_DAYS_MIN);
    let found = rows.replaced(last_day, after.0.take().as_ref(), PIECE)?;
    let mut read_by_all = BTreeMap::new();
    for replaced in &found {
        // The space first: nobody comes to it until what is decided here is done.
        let space = spaces.get(rows, &replaced.space)?.ok_or(StoreError::Damaged)?;
        let everyone_read = match read_by_all.get(&replaced.space) {
            Some(n) => *n,
            None => {
                // The devices that were there in the last ninety days. Nobody was: nothing was read, and only the longer time counts.
                let since = today.saturating_sub(LIVE_DEVICE_DAYS);
                let n = rows.read_since(space, since)?.unwrap_or(0);
                read_by_all.insert(replaced.space, n);
                n
            }
        };
        if today.saturating_sub(replaced.day) >= REPLACED_DAYS_MAX || replaced.seq <= everyone_read {
            drop_body(rows, space, replaced.seq)?;
        }
    }
    if found.len() < PIECE {
        return Ok(false);
    }
    after.0 = found.last().copied();
    Ok(true)
}

fn drop_in(rows: &dyn Rows, spaces: &mut Spaces, space: &SpaceId, seq: u64) -> Result<(), StoreError> {
    match spaces.get(rows, space)? {
        Some(space) => drop_body(rows, space, seq),
        None => Err(StoreError::Damaged),
    }
}
