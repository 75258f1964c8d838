//! Reading: what a key sees of a space, pages of its log, mailboxes and blobs. Each call runs under one state of the store.
//!
//! A page is cut by the lengths of its records, which is what is asked for first, so that no body is fetched that is not answered.

use cairn_wire::bounds::{PAGE_ITEMS_MAX, STUB_BYTES};
use cairn_wire::{BlobId, ChainHash, HEADER_BYTES, MailboxId, PublicKey, SlotId, SpaceId};
use deadpool_postgres::{Object, Pool};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::blob::{FIND, blob_of};
use super::link::{Lent, has_ended};
use super::mailbox::index_of;
use super::values::{fixed, int, maybe_number, most, number, side};
use crate::store::StoreError;
use crate::store::command::{BlobNow, Refused};
use crate::store::page::{Budget, Measured, Mode, PageQuery, RawItem, RawPage, SpaceView, cut, cut_newest};

/// Lengths asked for at once: a page of records of a kibibyte, and a little.
const LENGTHS: usize = 1_100;

/// How often a question is asked where connections had ended.
const TRIES: usize = 3;

const VIEW: &str = "SELECT n, chain, epoch, closed, closes_ms, side, administer
    FROM space JOIN access ON access.space = space.id WHERE space.id = $1 AND access.space = $1 AND access.key = $2";

/// Asks a connection of a pool; another one where that had ended.
pub(super) async fn asked<T, F>(pool: &Pool, ask: F) -> Result<T, StoreError>
where
    F: AsyncFn(&Object) -> Result<T, StoreError>,
{
    let mut tries_left = TRIES;
    loop {
        tries_left -= 1;
        let client = Lent::from(pool).await?;
        match ask(&client).await {
            Ok(answer) => {
                client.give_back();
                return Ok(answer);
            }
            Err(StoreError::Postgres(error)) if tries_left > 0 && has_ended(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// The space, if the key has access to it.
pub(super) async fn view(
    client: &Object,
    space: &SpaceId,
    key: &PublicKey,
) -> Result<Result<SpaceView, Refused>, StoreError> {
    let statement = client.prepare_cached(VIEW).await?;
    look(client, &statement, space, key).await
}

async fn look(
    client: &Object,
    statement: &Statement,
    space: &SpaceId,
    key: &PublicKey,
) -> Result<Result<SpaceView, Refused>, StoreError> {
    let (space, key) = (space.as_bytes().as_slice(), key.as_bytes().as_slice());
    let Some(row) = client.query_opt(statement, &[&space, &key]).await? else {
        return Ok(Err(Refused::NOT_AUTHORISED));
    };
    Ok(Ok(SpaceView {
        n: number(&row, 0)?,
        chain: ChainHash::from_bytes(fixed(&row, 1)?),
        epoch: u32::try_from(number(&row, 2)?).map_err(|_| StoreError::Damaged)?,
        is_closed: row.try_get(3)?,
        closes_ms: maybe_number(&row, 4)?,
        side: side(&row, 5)?,
        administer: row.try_get(6)?,
    }))
}

/// Reads one page and takes what it holds from the budget.
pub(super) async fn page(
    client: &Object,
    query: &PageQuery<'_>,
    budget: &mut Budget,
) -> Result<Result<RawPage, Refused>, StoreError> {
    let statement = client.prepare_cached(VIEW).await?;
    let (begun, view) = tokio::join!(
        biased;
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        look(client, &statement, &query.space, &query.key),
    );
    begun?;
    let page = match view? {
        Err(refused) => Err(refused),
        Ok(view) => match query.mode {
            Mode::Since(_) if view.is_closed => Err(Refused::SPACE_CLOSED),
            Mode::Since(since) => Ok(page_since(client, &query.space, view, since, budget).await?),
            Mode::Until(until) => Ok(page_until(client, &query.space, view, until, budget).await?),
            Mode::Slots(slots) => Ok(page_of_slots(client, &query.space, view, slots, budget).await?),
        },
    };
    client.batch_execute("COMMIT").await?;
    Ok(page)
}

async fn page_since(
    client: &Object,
    space: &SpaceId,
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
    let lengths = client
        .prepare_cached(
            "SELECT seq, stub, octet_length(body) FROM log WHERE space = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
        )
        .await?;
    let (id, upto) = (space.as_bytes().as_slice(), int(view.n)?);
    let mut found: Vec<Length> = Vec::new();
    while found.len() < PAGE_ITEMS_MAX && !budget.is_passed_by(&found) {
        let after = int(found.last().map_or(since, Length::seq))?;
        let rows = client.query(&lengths, &[&id, &after, &upto, &most(LENGTHS)]).await?;
        let is_all = rows.len() < LENGTHS;
        append(&mut found, &rows)?;
        if is_all {
            break;
        }
    }
    let taken = cut(found.into_iter().map(Ok), budget)?;
    let Some(last) = taken.last().map(Length::seq) else {
        return Ok(page);
    };
    let records = client
        .prepare_cached(
            "SELECT seq, stub, header, body, chain FROM log WHERE space = $1 AND seq > $2 AND seq <= $3 ORDER BY seq",
        )
        .await?;
    let rows = client.query(&records, &[&id, &int(since)?, &int(last)?]).await?;
    page.items = rows.iter().map(item).collect::<Result<_, _>>()?;
    if let Some(row) = rows.last() {
        page.last = Some((last, ChainHash::from_bytes(fixed(row, 4)?)));
    }
    Ok(page)
}

async fn page_until(
    client: &Object,
    space: &SpaceId,
    view: SpaceView,
    until: u64,
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let until = until.min(view.n);
    let lengths = client
        .prepare_cached(
            "SELECT seq, stub, octet_length(body) FROM log WHERE space = $1 AND seq <= $2 ORDER BY seq DESC LIMIT $3",
        )
        .await?;
    let id = space.as_bytes().as_slice();
    let mut found: Vec<Length> = Vec::new();
    while found.len() < PAGE_ITEMS_MAX && !budget.is_passed_by(&found) {
        let from = found.last().map_or(until, |last| last.seq() - 1);
        let limit = LENGTHS.min(PAGE_ITEMS_MAX - found.len());
        let rows = client.query(&lengths, &[&id, &int(from)?, &most(limit)]).await?;
        let is_all = rows.len() < limit;
        append(&mut found, &rows)?;
        if is_all {
            break;
        }
    }
    let (first_seq, taken) = cut_newest(found.into_iter().map(Ok), until, budget)?;
    Ok(RawPage {
        view,
        first_seq,
        items: records(client, space, &taken).await?,
        last: None,
    })
}

/// The live records of slots; of a closed space, what it has kept of them, which is told apart by its headers alone.
async fn page_of_slots(
    client: &Object,
    space: &SpaceId,
    view: SpaceView,
    slots: &[SlotId],
    budget: &mut Budget,
) -> Result<RawPage, StoreError> {
    let sql = if view.is_closed {
        // Where a slot stands in a header: behind version, flags, space and record id.
        "SELECT seq, stub, octet_length(body) FROM log WHERE space = $1 AND substring(header FROM 35 FOR 16) = ANY ($2)
         ORDER BY seq LIMIT $3"
    } else {
        // One look into the log for each, as in `transaction::KNOWN`.
        "SELECT found.seq, stub, octet_length(body)
         FROM (SELECT seq FROM kept WHERE space = $1 AND slot = ANY ($2) AND replaced_day IS NULL
               ORDER BY seq LIMIT $3) AS live
         CROSS JOIN LATERAL (SELECT seq, stub, body FROM log WHERE space = $1 AND log.seq = live.seq LIMIT 1) AS found
         ORDER BY found.seq"
    };
    let lengths = client.prepare_cached(sql).await?;
    let slots: Vec<_> = slots.iter().map(|slot| slot.as_bytes().as_slice()).collect();
    let rows = client
        .query(&lengths, &[&space.as_bytes().as_slice(), &slots, &most(PAGE_ITEMS_MAX)])
        .await?;
    let mut found = Vec::new();
    append(&mut found, &rows)?;
    let taken = cut(found.into_iter().map(Ok), budget)?;
    Ok(RawPage {
        view,
        first_seq: 0,
        items: records(client, space, &taken).await?,
        last: None,
    })
}

/// Where a record stands, and what it counts against the budget.
#[derive(Clone, Copy, Debug)]
struct Length {
    seq: u64,
    is_stub: bool,
    cost: usize,
}

impl Measured for Length {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn is_stub(&self) -> bool {
        self.is_stub
    }

    fn cost(&self) -> usize {
        self.cost
    }
}

/// Takes up rows of `seq, stub, length`.
fn append(found: &mut Vec<Length>, rows: &[Row]) -> Result<(), StoreError> {
    for row in rows {
        let is_stub = row.try_get(1)?;
        let length = usize::try_from(row.try_get::<_, i32>(2)?).map_err(|_| StoreError::Damaged)?;
        found.push(Length {
            seq: number(row, 0)?,
            is_stub,
            cost: if is_stub { STUB_BYTES } else { HEADER_BYTES + length },
        });
    }
    Ok(())
}

/// The records of these lengths, oldest first.
async fn records(client: &Object, space: &SpaceId, lengths: &[Length]) -> Result<Vec<RawItem>, StoreError> {
    if lengths.is_empty() {
        return Ok(Vec::new());
    }
    let statement = client
        .prepare_cached(
            "SELECT found.* FROM unnest($2::bigint[]) AS asked (seq) CROSS JOIN LATERAL
             (SELECT seq, stub, header, body FROM log WHERE space = $1 AND log.seq = asked.seq LIMIT 1) AS found
             ORDER BY found.seq",
        )
        .await?;
    let seqs: Vec<i64> = lengths.iter().map(|length| int(length.seq)).collect::<Result<_, _>>()?;
    let params: [&(dyn ToSql + Sync); 2] = [&space.as_bytes().as_slice(), &seqs];
    let rows = client.query(&statement, &params).await?;
    rows.iter().map(item).collect()
}

/// An item of a row of `seq, stub, header, body, …`.
fn item(row: &Row) -> Result<RawItem, StoreError> {
    RawItem::of_row(number(row, 0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)
}

/// The messages of a mailbox from `from` on and how many there are; none of one whose time is over.
pub(super) async fn mailbox(
    client: &Object,
    id: &MailboxId,
    from: u32,
    now_ms: u64,
) -> Result<(Vec<Vec<u8>>, u32), StoreError> {
    let statement = client
        .prepare_cached(
            "SELECT ix, bytes FROM mailbox_message JOIN mailbox ON id = mailbox
             WHERE mailbox = $1 AND expires_ms > $2 ORDER BY ix",
        )
        .await?;
    let id = id.as_bytes().as_slice();
    let rows = client.query(&statement, &[&id, &int(now_ms)?]).await?;
    let from = index_of(from).unwrap_or(i32::MAX);
    let mut messages = Vec::new();
    for row in &rows {
        if row.try_get::<_, i32>(0)? >= from {
            messages.push(row.try_get(1)?);
        }
    }
    Ok((messages, u32::try_from(rows.len()).unwrap_or(u32::MAX)))
}

/// A blob, as a key of its space sees it.
pub(super) async fn blob(
    client: &Object,
    space: &SpaceId,
    key: &PublicKey,
    blob: &BlobId,
) -> Result<Result<BlobNow, Refused>, StoreError> {
    match view(client, space, key).await? {
        Ok(view) if view.is_closed => return Ok(Err(Refused::SPACE_CLOSED)),
        Ok(_) => {}
        Err(refused) => return Ok(Err(refused)),
    }
    let statement = client.prepare_cached(FIND).await?;
    let params: [&(dyn ToSql + Sync); 2] = [&space.as_bytes().as_slice(), &blob.as_bytes().as_slice()];
    match client.query_opt(&statement, &params).await? {
        Some(row) => Ok(Ok(blob_of(&row)?.now)),
        None => Ok(Ok(BlobNow::NONE)),
    }
}
