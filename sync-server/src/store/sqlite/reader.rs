//! Reading: what a key sees of a space, and pages of its log. Each call runs under one state of the store.

use cairn_wire::bounds::{PAGE_ITEMS_MAX, STUB_BYTES};
use cairn_wire::message::Side;
use cairn_wire::{BodyHash, ChainHash, HEADER_BYTES, Header, PublicKey, SlotId, SpaceId};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::row::{chain, header_bytes, log_key, seq_of, side, side_number};
use crate::store::StoreError;
use crate::store::command::Refused;
use crate::store::tail::Tail;

/// A space, as one of its keys sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpaceView {
    no: i64,
    indexed_upto: u64,
    /// Closed for ever: what it has kept can be read, and nothing else be done.
    pub(crate) is_closed: bool,
    /// When it closes by itself.
    pub(crate) closes_ms: Option<u64>,
    pub(crate) n: u64,
    pub(crate) chain: ChainHash,
    pub(crate) epoch: u32,
    pub(crate) side: Side,
    pub(crate) administer: bool,
}

impl SpaceView {
    /// The number of the space in rows.
    pub(in crate::store) const fn no(&self) -> i64 {
        self.no
    }
}

/// What to read of a space.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode<'a> {
    /// Everything after a number, oldest first.
    Since(u64),
    /// The newest up to a number.
    Until(u64),
    /// The live records of slots.
    Slots(&'a [SlotId]),
}

/// A page wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageQuery<'a> {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) mode: Mode<'a>,
}

/// What is left for the pages of one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    bytes: usize,
    items: usize,
    nothing_taken: bool,
}

/// A row of the log.
#[derive(Debug)]
pub(crate) enum RawItem {
    /// Header and body.
    Whole { seq: u64, record: Vec<u8> },
    /// What is left of a record.
    Stub {
        seq: u64,
        header: [u8; HEADER_BYTES],
        body_hash: BodyHash,
    },
}

/// A page, not signed yet.
#[derive(Debug)]
pub(crate) struct RawPage {
    pub(crate) view: SpaceView,
    pub(crate) first_seq: u64,
    pub(crate) items: Vec<RawItem>,
    /// With [`Mode::Since`], the number and chain of the last item.
    pub(crate) last: Option<(u64, ChainHash)>,
}

impl Budget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self {
            bytes,
            items: PAGE_ITEMS_MAX,
            nothing_taken: true,
        }
    }

    /// Takes room for an item. The first item of all has room whatever its length.
    const fn take(&mut self, bytes: usize) -> bool {
        if self.items == 0 || (bytes > self.bytes && !self.nothing_taken) {
            return false;
        }
        self.items -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.nothing_taken = false;
        true
    }
}

/// The space, if the key has access to it.
pub(in crate::store) fn view(
    connection: &Connection,
    space: &SpaceId,
    key: &PublicKey,
) -> Result<Result<SpaceView, Refused>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT no, n, chain, epoch, closed, indexed_upto, side, administer, closes_ms
         FROM space JOIN access ON space_no = no WHERE id = ?1 AND key = ?2",
    )?;
    let mut rows = statement.query((space.as_bytes(), key.as_bytes()))?;
    let Some(row) = rows.next()? else {
        return Ok(Err(Refused::NOT_AUTHORISED));
    };
    let view = SpaceView {
        no: row.get(0)?,
        n: row.get(1)?,
        chain: chain(row, 2)?,
        epoch: row.get(3)?,
        is_closed: row.get(4)?,
        indexed_upto: row.get(5)?,
        side: side(row, 6)?,
        administer: row.get(7)?,
        closes_ms: row.get(8)?,
    };
    Ok(Ok(view))
}

/// Reads one page and takes what it holds from the budget.
pub(in crate::store) fn page(
    connection: &Connection,
    query: &PageQuery<'_>,
    budget: &mut Budget,
) -> Result<Result<RawPage, Refused>, StoreError> {
    let view = match view(connection, &query.space, &query.key)? {
        Ok(view) => view,
        Err(refused) => return Ok(Err(refused)),
    };
    let page = match query.mode {
        Mode::Since(_) if view.is_closed => return Ok(Err(Refused::SPACE_CLOSED)),
        Mode::Slots(slots) if view.is_closed => kept_of_slots(connection, view, slots, budget)?,
        Mode::Since(since) => page_since(connection, view, since, budget)?,
        Mode::Until(until) => page_until(connection, view, until, budget)?,
        Mode::Slots(slots) => page_of_slots(connection, view, slots, budget)?,
    };
    Ok(Ok(page))
}

fn page_since(
    connection: &Connection,
    view: SpaceView,
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
    let mut rows = statement.query([log_key(view.no, since)?, log_key(view.no, view.n)?])?;
    while let Some(row) = rows.next()? {
        if !budget.take(cost(row)?) {
            break;
        }
        page.last = Some((seq_of(row.get(0)?), chain(row, 4)?));
        page.items.push(item(row)?);
    }
    Ok(page)
}

fn page_until(
    connection: &Connection,
    view: SpaceView,
    until: u64,
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let until = until.min(view.n);
    let mut statement = connection.prepare_cached(
        "SELECT key, stub, header, body FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key DESC LIMIT ?3",
    )?;
    let mut rows = statement.query((log_key(view.no, 0)?, log_key(view.no, until)?, PAGE_ITEMS_MAX))?;
    let mut items: Vec<RawItem> = Vec::new();
    // Stubs below the oldest body so far: they go along only if another body follows them.
    let mut stubs = Vec::new();
    let mut first_seq = until.saturating_add(1);
    while let Some(row) = rows.next()? {
        let seq = seq_of(row.get(0)?);
        if row.get(1)? {
            if !items.is_empty() {
                stubs.push(item(row)?);
            }
        } else {
            if !budget.take(cost(row)? + stubs.len() * STUB_BYTES) {
                // What lies between here and the oldest item was looked at, the body here was not.
                first_seq = items.last().map_or(seq.saturating_add(1), RawItem::seq);
                break;
            }
            items.append(&mut stubs);
            items.push(item(row)?);
        }
        first_seq = seq;
    }
    items.reverse();
    Ok(RawPage {
        view,
        first_seq,
        items,
        last: None,
    })
}

fn page_of_slots(
    connection: &Connection,
    view: SpaceView,
    slots: &[SlotId],
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let tail = Tail::load(connection, view.no, view.indexed_upto, view.n)?;
    let mut live = Vec::new();
    let mut indexed = connection.prepare_cached(
        "SELECT seq FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND replaced_day IS NULL",
    )?;
    for slot in slots {
        for side in [Side::Participant, Side::Specialist] {
            let mut rows = indexed.query((view.no, slot.as_bytes(), side_number(side)))?;
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
    let mut items = Vec::new();
    for seq in live {
        let taken = statement
            .query_row([log_key(view.no, seq)?], |row| {
                Ok(cost(row).and_then(|cost| budget.take(cost).then(|| item(row)).transpose()))
            })
            .optional()?
            .ok_or(StoreError::Damaged)??;
        match taken {
            Some(item) => items.push(item),
            None => break,
        }
    }
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
    view: SpaceView,
    slots: &[SlotId],
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT key, stub, header, body FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key")?;
    let mut rows = statement.query([log_key(view.no, 0)?, log_key(view.no, view.n)?])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let header = Header::decode(&header_bytes(row, 2)?).map_err(|_| StoreError::Damaged)?;
        if !slots.contains(&header.slot) {
            continue;
        }
        if !budget.take(cost(row)?) {
            break;
        }
        items.push(item(row)?);
    }
    Ok(RawPage {
        view,
        first_seq: 0,
        items,
        last: None,
    })
}

impl RawItem {
    const fn seq(&self) -> u64 {
        match self {
            Self::Whole { seq, .. } | Self::Stub { seq, .. } => *seq,
        }
    }
}

/// What a row of `key, stub, header, body, …` counts against the budget.
fn cost(row: &Row<'_>) -> Result<usize, StoreError> {
    if row.get(1)? {
        return Ok(STUB_BYTES);
    }
    let body = row.get_ref(3)?.as_blob().map_err(|_| StoreError::Damaged)?;
    Ok(HEADER_BYTES + body.len())
}

fn item(row: &Row<'_>) -> Result<RawItem, StoreError> {
    let seq = seq_of(row.get(0)?);
    let header = header_bytes(row, 2)?;
    let body = row.get_ref(3)?.as_blob().map_err(|_| StoreError::Damaged)?;
    if row.get(1)? {
        return Ok(RawItem::Stub {
            seq,
            header,
            body_hash: BodyHash::from_slice(body).ok_or(StoreError::Damaged)?,
        });
    }
    let mut record = Vec::with_capacity(HEADER_BYTES + body.len());
    record.extend_from_slice(&header);
    record.extend_from_slice(body);
    Ok(RawItem::Whole { seq, record })
}
