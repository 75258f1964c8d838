//! What a group writes at its end, in one go: records, which of them count and which are replaced, and how the space stands.

use cairn_wire::message::Side;
use cairn_wire::{SlotId, SpaceId};
use deadpool_postgres::Object;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::transaction::Params;
use super::values::{day, int, side_number};
use crate::rule::Placed;
use crate::store::StoreError;
use crate::store::rows::NewRecord;
use crate::store::space::Space;
use crate::store::tail::Kept;

/// What is still to be written. Of one space at a time: what is of another goes first.
#[derive(Default)]
pub(super) struct Writes {
    space: Option<SpaceId>,
    log: Log,
    marks: Marks,
    kept: KeptRows,
    row: Option<SpaceRow>,
}

struct SpaceRow {
    n: i64,
    chain: [u8; 32],
    epoch: i64,
    access_version: i64,
    closed: bool,
    bytes: [i64; 2],
    closes_ms: Option<i64>,
    closed_day: Option<i32>,
}

#[derive(Default)]
struct Log {
    seq: Vec<i64>,
    day: Vec<i32>,
    side: Vec<i16>,
    record_id: Vec<Vec<u8>>,
    chain: Vec<Vec<u8>>,
    header: Vec<Vec<u8>>,
    body: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Marks {
    slot: Vec<Vec<u8>>,
    side: Vec<i16>,
    upto: Vec<i64>,
    day: Vec<i32>,
}

#[derive(Default)]
struct KeptRows {
    slot: Vec<Vec<u8>>,
    side: Vec<i16>,
    seq: Vec<i64>,
    replaced_day: Vec<Option<i32>>,
    expires_day: Vec<Option<i32>>,
}

impl Writes {
    pub(super) const fn is_empty(&self) -> bool {
        self.space.is_none()
    }

    /// Whether something of another space is to be written.
    pub(super) fn is_of_another(&self, space: &SpaceId) -> bool {
        self.space.is_some_and(|id| id != *space)
    }

    /// What follows is of this space.
    pub(super) const fn is_of(&mut self, space: &SpaceId) {
        self.space = Some(*space);
    }

    /// A record.
    pub(super) fn record(&mut self, record: &NewRecord<'_>) -> Result<(), StoreError> {
        let log = &mut self.log;
        log.seq.push(int(record.seq)?);
        log.day.push(day(record.day)?);
        log.side.push(side_number(record.side));
        log.record_id.push(record.record_id.as_bytes().to_vec());
        log.chain.push(record.chain.as_bytes().to_vec());
        log.header.push(record.header.to_vec());
        log.body.push(record.body.to_vec());
        Ok(())
    }

    /// That records are replaced.
    pub(super) fn mark(&mut self, by: &Placed, upto: u64, on: u64) -> Result<(), StoreError> {
        let marks = &mut self.marks;
        marks.slot.push(by.slot.as_bytes().to_vec());
        marks.side.push(side_number(by.side));
        marks.upto.push(int(upto)?);
        marks.day.push(day(on)?);
        Ok(())
    }

    /// That records count.
    pub(super) fn kept(&mut self, kept: &[(SlotId, Side, Kept)]) -> Result<(), StoreError> {
        let rows = &mut self.kept;
        for (slot, side, kept) in kept {
            rows.slot.push(slot.as_bytes().to_vec());
            rows.side.push(side_number(*side));
            rows.seq.push(int(kept.seq)?);
            rows.replaced_day.push(kept.replaced_day.map(day).transpose()?);
            let expires_day = (kept.expires_day != 0).then_some(i32::from(kept.expires_day));
            rows.expires_day.push(expires_day);
        }
        Ok(())
    }

    /// How the space stands.
    pub(super) fn row(&mut self, space: &Space) -> Result<(), StoreError> {
        self.row = Some(SpaceRow {
            n: int(space.n)?,
            chain: *space.chain.as_bytes(),
            epoch: i64::from(space.epoch),
            access_version: int(space.access_version)?,
            closed: space.is_closed,
            bytes: [int(space.bytes[0])?, int(space.bytes[1])?],
            closes_ms: space.closes_ms.map(int).transpose()?,
            closed_day: space.closed_day.map(day).transpose()?,
        });
        Ok(())
    }

    /// Everything in one go.
    pub(super) async fn write(&self, client: &Object, statements: &Statements) -> Result<(), StoreError> {
        let Some(space) = &self.space else {
            return Ok(());
        };
        let space = space.as_bytes().as_slice();
        let (log, marks, kept) = (&self.log, &self.marks, &self.kept);
        let log_params: [&(dyn ToSql + Sync); 8] = [
            &space,
            &log.seq,
            &log.day,
            &log.side,
            &log.record_id,
            &log.chain,
            &log.header,
            &log.body,
        ];
        let mark_params: [&(dyn ToSql + Sync); 5] = [&space, &marks.slot, &marks.side, &marks.upto, &marks.day];
        let kept_params: [&(dyn ToSql + Sync); 6] = [
            &space,
            &kept.slot,
            &kept.side,
            &kept.seq,
            &kept.replaced_day,
            &kept.expires_day,
        ];
        let row = async {
            let Some(row) = &self.row else {
                return Ok(());
            };
            let params: [&(dyn ToSql + Sync); 10] = [
                &space,
                &row.n,
                &row.chain.as_slice(),
                &row.epoch,
                &row.access_version,
                &row.closed,
                &row.bytes[0],
                &row.bytes[1],
                &row.closes_ms,
                &row.closed_day,
            ];
            write(client, &statements.row, &params, false).await
        };
        let (log, marks, kept, row) = tokio::join!(
            biased;
            write(client, &statements.log, &log_params, log.seq.is_empty()),
            write(client, &statements.mark, &mark_params, marks.slot.is_empty()),
            write(client, &statements.kept, &kept_params, kept.slot.is_empty()),
            row,
        );
        log.and(marks).and(kept).and(row)
    }
}

const PUT_LOG: &str = "INSERT INTO log (space, seq, day, side, stub, record_id, chain, header, body)
    SELECT $1, seq, day, side, false, record_id, chain, header, body
    FROM unnest($2::bigint[], $3::integer[], $4::smallint[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
      AS new (seq, day, side, record_id, chain, header, body)";

const MARK: &str = "UPDATE kept SET replaced_day = new.day
    FROM (SELECT slot, side, max(upto) AS upto, min(day) AS day
          FROM unnest($2::bytea[], $3::smallint[], $4::bigint[], $5::integer[]) AS new (slot, side, upto, day)
          GROUP BY slot, side) AS new
    WHERE kept.space = $1 AND kept.slot = new.slot AND kept.side = new.side AND kept.seq <= new.upto
      AND kept.replaced_day IS NULL";

const PUT_KEPT: &str = "INSERT INTO kept (space, slot, side, seq, replaced_day, expires_day)
    SELECT $1, slot, side, seq, replaced_day, expires_day
    FROM unnest($2::bytea[], $3::smallint[], $4::bigint[], $5::integer[], $6::integer[])
      AS new (slot, side, seq, replaced_day, expires_day)";

const PUT_ROW: &str = "UPDATE space SET n = $2, chain = $3, epoch = $4, access_version = $5, closed = $6,
    bytes_0 = $7, bytes_1 = $8, closes_ms = $9, closed_day = $10 WHERE id = $1";

/// What writes.
pub(super) struct Statements {
    log: Statement,
    mark: Statement,
    kept: Statement,
    row: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Object) -> Result<Self, StoreError> {
        Ok(Self {
            log: client.prepare_cached(PUT_LOG).await?,
            mark: client.prepare_cached(MARK).await?,
            kept: client.prepare_cached(PUT_KEPT).await?,
            row: client.prepare_cached(PUT_ROW).await?,
        })
    }
}

async fn write(client: &Object, statement: &Statement, params: Params<'_>, is_empty: bool) -> Result<(), StoreError> {
    if is_empty {
        return Ok(());
    }
    client.execute(statement, params).await?;
    Ok(())
}
