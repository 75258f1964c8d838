//! That what counts as replaced was replaced, and what was replaced counts as that.

use std::collections::HashMap;

use cairn_wire::Header;
use cairn_wire::message::Side;
use rusqlite::Connection;

use super::super::row::{header_bytes, log_key, seq_of, side, side_number};
use super::{SpaceRow, Teller};
use crate::limits::CHECK_REPLACED_AT_ONCE;
use crate::store::StoreError;

/// A place of the list of bodies: slot, side, number.
type Key = ([u8; 16], i64, u64);

/// Checks both ways, over the records that are indexed.
pub(super) fn of_space(connection: &Connection, space: &SpaceRow, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    replaces_what_it_says(connection, space, teller)?;
    let mut after: Key = ([0; 16], -1, 0);
    loop {
        let some = replaced_after(connection, space, after)?;
        let Some((last, _)) = some.last() else { return Ok(()) };
        after = *last;
        for seq in unexplained(connection, space, some)? {
            teller.tell(
                Some(seq),
                "counts as replaced, and no record replaces it: its body would go",
            );
        }
    }
}

/// A record of the log that replaces others.
fn replacing(
    connection: &Connection,
    space: &SpaceRow,
    mut each: impl FnMut(&Header, Side, u64, u64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT key, day, side, header FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key")?;
    let mut rows = statement.query([log_key(space.no, 0)?, log_key(space.no, space.n)?])?;
    while let Some(row) = rows.next()? {
        // What cannot be read was told already.
        let header = header_bytes(row, 3).ok().and_then(|bytes| Header::decode(&bytes).ok());
        if let (Some(header), Ok(side)) = (header, side(row, 2))
            && header.merged_upto > 0
        {
            each(&header, side, seq_of(row.get(0)?), row.get(1)?)?;
        }
    }
    Ok(())
}

fn replaces_what_it_says(connection: &Connection, space: &SpaceRow, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    replacing(connection, space, |header, side, seq, _| {
        let live: u64 = connection
            .prepare_cached(
                "SELECT count(*) FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND seq <= ?4
                 AND replaced_day IS NULL",
            )?
            .query_row(
                (
                    space.no,
                    header.slot.as_bytes(),
                    side_number(side),
                    header.merged_upto.min(seq.saturating_sub(1)),
                ),
                |row| row.get(0),
            )?;
        if live > 0 {
            teller.tell(
                Some(seq),
                format!("replaces {live} records that do not count as replaced"),
            );
        }
        Ok(())
    })
}

/// Bodies that count as replaced, and since when.
fn replaced_after(connection: &Connection, space: &SpaceRow, after: Key) -> Result<Vec<(Key, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT slot, side, seq, replaced_day FROM kept
         WHERE space_no = ?1 AND (slot, side, seq) > (?2, ?3, ?4) AND replaced_day IS NOT NULL
         ORDER BY slot, side, seq LIMIT ?5",
    )?;
    let rows = statement.query_map((space.no, after.0, after.1, after.2, CHECK_REPLACED_AT_ONCE), |row| {
        Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those of them that no record replaced on their day.
fn unexplained(connection: &Connection, space: &SpaceRow, some: Vec<(Key, u64)>) -> Result<Vec<u64>, StoreError> {
    let mut open: HashMap<_, Vec<(u64, u64)>> = HashMap::new();
    for ((slot, side, seq), day) in some {
        open.entry((slot, side)).or_default().push((seq, day));
    }
    replacing(connection, space, |header, side, seq, day| {
        if let Some(waiting) = open.get_mut(&(*header.slot.as_bytes(), side_number(side))) {
            waiting.retain(|(older, since)| *older >= seq || *older > header.merged_upto || *since != day);
        }
        Ok(())
    })?;
    let mut left: Vec<u64> = open.into_values().flatten().map(|(seq, _)| seq).collect();
    left.sort_unstable();
    Ok(left)
}
