//! Forgetting what has had its time: replaced bodies, expired bodies and gates, unfinished blobs, mailboxes, whole spaces. A bounded piece per command.

use std::collections::BTreeMap;

use cairn_wire::SpaceId;
use rusqlite::Connection;

use super::append::Outcomes;
use super::bodies::drop_body;
use super::command::Done;
use super::space::Spaces;
use super::{StoreError, blob, closing, gate, mailbox};
use crate::clock;
use crate::limits::{LIVE_DEVICE_DAYS, REPLACED_DAYS_MAX, REPLACED_DAYS_MIN};

/// Rows looked at per command, so that appends waiting behind it do not wait long.
const PIECE: usize = 500;

/// Sweeps one piece.
pub(super) fn sweep(connection: &Connection, spaces: &mut Spaces, now_ms: u64, after: &mut Position) -> Outcomes {
    let today = clock::day(now_ms);
    let more = closing::forget_kept(connection, spaces, today)? > 0
        || index_tails(connection, spaces)?
        || mailbox::forget_over(connection, now_ms, PIECE)? == PIECE
        || blob::release_unfinished(connection, spaces, today, PIECE)? == PIECE
        || drop_expired(connection, spaces, today)? == PIECE
        || gate::drop_expired(connection, today, PIECE)? == PIECE
        || drop_replaced(connection, spaces, today, after)?;
    Ok(Ok(Done::Swept { more }))
}

/// Where in the replaced records the next piece begins: day, space, slot, side, sequence number.
#[derive(Debug, Default)]
pub(super) struct Position(Option<(i64, i64, [u8; 16], i64, i64)>);

/// Brings `kept` up to the log in some spaces; whether there may be more of them.
fn index_tails(connection: &Connection, spaces: &mut Spaces) -> Result<bool, StoreError> {
    let behind: Vec<[u8; 16]> = connection
        .prepare_cached("SELECT id FROM space WHERE n > indexed_upto LIMIT 16")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut indexed = false;
    for id in &behind {
        let space = spaces.get(connection, &SpaceId::from_bytes(*id))?;
        if let Some(space) = space.filter(|space| space.n > space.indexed_upto) {
            space.index_tail(connection)?;
            indexed = true;
        }
    }
    Ok(indexed)
}

/// Drops bodies whose last day is over.
fn drop_expired(connection: &Connection, spaces: &mut Spaces, today: u64) -> Result<usize, StoreError> {
    let expired: Vec<(i64, u64)> = connection
        .prepare_cached("SELECT space_no, seq FROM kept WHERE expires_day IS NOT NULL AND expires_day < ?1 LIMIT ?2")?
        .query_map((today, PIECE), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (space_no, seq) in &expired {
        drop_in(connection, spaces, *space_no, *seq)?;
    }
    Ok(expired.len())
}

/// Drops replaced bodies that nobody needs any more; whether there are more to look at.
fn drop_replaced(
    connection: &Connection,
    spaces: &mut Spaces,
    today: u64,
    after: &mut Position,
) -> Result<bool, StoreError> {
    let start = after.0.take().unwrap_or((-1, 0, [0; 16], 0, 0));
    let last_day = today.saturating_sub(REPLACED_DAYS_MIN);
    let rows: Vec<(i64, i64, [u8; 16], i64, i64)> = connection
        .prepare_cached(
            "SELECT replaced_day, space_no, slot, side, seq FROM kept
             WHERE replaced_day IS NOT NULL AND replaced_day <= ?1
               AND (replaced_day, space_no, slot, side, seq) > (?2, ?3, ?4, ?5, ?6)
             ORDER BY replaced_day, space_no, slot, side, seq LIMIT ?7",
        )?
        .query_map((last_day, start.0, start.1, start.2, start.3, start.4, PIECE), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut read_by_all = BTreeMap::new();
    for &(replaced_day, space_no, _, _, seq) in &rows {
        let (replaced_day, seq) = (in_range(replaced_day)?, in_range(seq)?);
        let everyone_read = match read_by_all.get(&space_no) {
            Some(n) => *n,
            None => {
                let n = read_by_all_live(connection, space_no, today)?;
                read_by_all.insert(space_no, n);
                n
            }
        };
        if today.saturating_sub(replaced_day) >= REPLACED_DAYS_MAX || seq <= everyone_read {
            drop_in(connection, spaces, space_no, seq)?;
        }
    }
    if rows.len() < PIECE {
        return Ok(false);
    }
    after.0 = rows.last().copied();
    Ok(true)
}

/// Up to where every device that was there in the last ninety days has read.
fn read_by_all_live(connection: &Connection, space_no: i64, today: u64) -> Result<u64, StoreError> {
    let since = today.saturating_sub(LIVE_DEVICE_DAYS);
    let n: Option<u64> = connection
        .prepare_cached("SELECT min(n) FROM ack WHERE space_no = ?1 AND day >= ?2")?
        .query_row((space_no, since), |row| row.get(0))?;
    // Nobody was there: nothing was read, and only the longer time counts.
    Ok(n.unwrap_or(0))
}

fn drop_in(connection: &Connection, spaces: &mut Spaces, space_no: i64, seq: u64) -> Result<(), StoreError> {
    let id: [u8; 16] = connection
        .prepare_cached("SELECT id FROM space WHERE no = ?1")?
        .query_row([space_no], |row| row.get(0))?;
    match spaces.get(connection, &SpaceId::from_bytes(id))? {
        Some(space) => drop_body(connection, space, seq),
        None => Err(StoreError::Damaged),
    }
}

fn in_range(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Damaged)
}
