//! Reading: what a key sees of a space, pages of its log, mailboxes and blobs. Each call runs under one state of the store.

use cairn_wire::bounds::PAGE_ITEMS_MAX;
use cairn_wire::message::Side;
use cairn_wire::{BlobId, Header, MailboxId, PublicKey, SlotId, SpaceId};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::row::{chain, header_bytes, log_key, seq_of, side, side_number};
use super::{blob, spaces};
use crate::store::StoreError;
use crate::store::command::{BlobNow, Refused};
use crate::store::page::{Budget, Measured as _, Mode, PageQuery, RawItem, RawPage, SpaceView, cut, cut_newest};

/// A space that a key has access to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    no: i64,
    indexed_upto: u64,
    pub(super) view: SpaceView,
}

/// The space, if the key has access to it.
pub(super) fn find(
    connection: &Connection,
    space: &SpaceId,
    key: &PublicKey,
) -> Result<Result<Found, Refused>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT no, n, chain, epoch, closed, indexed_upto, side, administer, closes_ms
         FROM space JOIN access ON space_no = no WHERE id = ?1 AND key = ?2",
    )?;
    let mut rows = statement.query((space.as_bytes(), key.as_bytes()))?;
    let Some(row) = rows.next()? else {
        return Ok(Err(Refused::NOT_AUTHORISED));
    };
    Ok(Ok(Found {
        no: row.get(0)?,
        indexed_upto: row.get(5)?,
        view: SpaceView {
            n: row.get(1)?,
            chain: chain(row, 2)?,
            epoch: row.get(3)?,
            is_closed: row.get(4)?,
            side: side(row, 6)?,
            administer: row.get(7)?,
            closes_ms: row.get(8)?,
        },
    }))
}

/// Reads one page and takes what it holds from the budget.
pub(super) fn page(
    connection: &Connection,
    query: &PageQuery<'_>,
    budget: &mut Budget,
) -> Result<Result<RawPage, Refused>, StoreError> {
    let found = match find(connection, &query.space, &query.key)? {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    let page = match query.mode {
        Mode::Since(_) if found.view.is_closed => return Ok(Err(Refused::SPACE_CLOSED)),
        Mode::Slots(slots) if found.view.is_closed => kept_of_slots(connection, found, slots, budget)?,
        Mode::Since(since) => page_since(connection, found, since, budget)?,
        Mode::Until(until) => page_until(connection, found, until, budget)?,
        Mode::Slots(slots) => page_of_slots(connection, found, slots, budget)?,
    };
    Ok(Ok(page))
}

fn page_since(
    connection: &Connection,
    Found { no, view, .. }: Found,
    since: u64,
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let mut page = RawPage {
        view,
        first_seq: since.saturating_add(1),
        items: Vec::new(),
        last: None,
    };
    if since >= view.n {
        return Ok(page);
    }
    let mut statement = connection
        .prepare_cached("SELECT key, stub, header, body, chain FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key")?;
    let rows = statement.query_and_then([log_key(no, since)?, log_key(no, view.n)?], item)?;
    page.items = cut(rows, budget)?;
    if let Some(seq) = page.items.last().map(RawItem::seq) {
        let chain = connection
            .prepare_cached("SELECT chain FROM log WHERE key = ?1")?
            .query_row([log_key(no, seq)?], |row| Ok(chain(row, 0)))??;
        page.last = Some((seq, chain));
    }
    Ok(page)
}

fn page_until(
    connection: &Connection,
    Found { no, view, .. }: Found,
    until: u64,
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let until = until.min(view.n);
    let mut statement = connection.prepare_cached(
        "SELECT key, stub, header, body FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key DESC LIMIT ?3",
    )?;
    let rows = statement.query_and_then((log_key(no, 0)?, log_key(no, until)?, PAGE_ITEMS_MAX), item)?;
    let (first_seq, items) = cut_newest(rows, until, budget)?;
    Ok(RawPage {
        view,
        first_seq,
        items,
        last: None,
    })
}

fn page_of_slots(
    connection: &Connection,
    Found { no, indexed_upto, view }: Found,
    slots: &[SlotId],
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let tail = spaces::tail(connection, no, indexed_upto, view.n)?;
    let mut live = Vec::new();
    let mut indexed = connection.prepare_cached(
        "SELECT seq FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND replaced_day IS NULL",
    )?;
    for slot in slots {
        for side in [Side::Participant, Side::Specialist] {
            let mut rows = indexed.query((no, slot.as_bytes(), side_number(side)))?;
            while let Some(row) = rows.next()? {
                live.push(row.get::<_, u64>(0)?);
            }
            let in_tail = tail.kept(slot, side).iter();
            live.extend(in_tail.filter(|kept| kept.replaced_day.is_none()).map(|kept| kept.seq));
        }
    }
    live.sort_unstable();
    live.dedup();
    let mut statement = connection.prepare_cached("SELECT key, stub, header, body FROM log WHERE key = ?1")?;
    let rows = live.into_iter().map(|seq| {
        let row = statement.query_row([log_key(no, seq)?], |row| Ok(item(row)));
        row.optional()?.ok_or(StoreError::Damaged)?
    });
    let items = cut(rows, budget)?;
    Ok(RawPage {
        view,
        first_seq: 0,
        items,
        last: None,
    })
}

/// The records of slots that a closed space has kept. It has no index any more, and holds a few.
fn kept_of_slots(
    connection: &Connection,
    Found { no, view, .. }: Found,
    slots: &[SlotId],
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT key, stub, header, body FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key")?;
    let rows = statement.query_and_then([log_key(no, 0)?, log_key(no, view.n)?], |row| {
        let header = Header::decode(&header_bytes(row, 2)?).map_err(|_| StoreError::Damaged)?;
        slots.contains(&header.slot).then(|| item(row)).transpose()
    })?;
    let items = cut(rows.filter_map(Result::transpose), budget)?;
    Ok(RawPage {
        view,
        first_seq: 0,
        items,
        last: None,
    })
}

/// An item of a row of `key, stub, header, body, …`.
fn item(row: &Row<'_>) -> Result<RawItem, StoreError> {
    let bytes = |column| row.get_ref(column)?.as_blob().map_err(|_| StoreError::Damaged);
    RawItem::of_row(seq_of(row.get(0)?), row.get(1)?, bytes(2)?, bytes(3)?)
}

/// The messages of a mailbox from `from` on and how many there are; none of one whose time is over.
pub(super) fn mailbox(
    connection: &Connection,
    mailbox: &MailboxId,
    from: u32,
    now_ms: u64,
) -> Result<(Vec<Vec<u8>>, u32), StoreError> {
    let open = connection
        .prepare_cached("SELECT 1 FROM mailbox WHERE id = ?1 AND expires_ms > ?2")?
        .exists((mailbox.as_bytes(), now_ms))?;
    if !open {
        return Ok((Vec::new(), 0));
    }
    let messages = connection
        .prepare_cached("SELECT bytes FROM mailbox_message WHERE mailbox = ?1 AND ix >= ?2 ORDER BY ix")?
        .query_map((mailbox.as_bytes(), from), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok((messages, super::mailbox::count(connection, mailbox)?))
}

/// A blob, as a key of its space sees it.
pub(super) fn blob(
    connection: &Connection,
    space: &SpaceId,
    key: &PublicKey,
    blob: &BlobId,
) -> Result<Result<BlobNow, Refused>, StoreError> {
    let found = match find(connection, space, key)? {
        Ok(found) if found.view.is_closed => return Ok(Err(Refused::SPACE_CLOSED)),
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    let row = blob::find(connection, found.no, blob)?;
    Ok(Ok(row.map_or(BlobNow::NONE, |row| row.now)))
}
