//! A transaction of a group, in which what can wait is written at once at the end.
//!
//! Every question to a server costs a round trip, so a group of appends asks three times: it begins, locks its space and looks up every
//! record id and slot it names; it writes everything and commits. Statements that leave together are carried out in their order.

use std::cell::RefCell;
use std::collections::HashMap;

use cairn_wire::message::Side;
use cairn_wire::{RecordId, SlotId, SpaceId};
use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::values::{day, fixed, int, number, side, side_number};
use super::{is_ours, spaces};
use crate::rule::Placed;
use crate::store::StoreError;
use crate::store::command::Command;
use crate::store::rows::NewRecord;
use crate::store::space::Space;
use crate::store::tail::Kept;

/// Parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A group's transaction.
pub(super) struct Transaction<'a> {
    runtime: &'a Handle,
    client: &'a Object,
    /// What was looked up when it began.
    begun: RefCell<Begun>,
    writes: RefCell<Writes>,
}

/// What a group looks up when it begins.
#[derive(Default)]
struct Begun {
    space: Option<SpaceId>,
    loaded: Option<Space>,
    known: HashMap<RecordId, Option<u64>>,
    closed: HashMap<(SlotId, Side), bool>,
}

/// What is still to be written. Of one space, that of the group; a sweep writes at once.
#[derive(Default)]
struct Writes {
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

/// Why a group was not stored.
pub(super) enum Failed {
    /// Nothing of it is there.
    Undone(StoreError),
    /// The connection ended while it was committed: it may be there, whole.
    Unknown(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Undone(error)
    }
}

impl<'a> Transaction<'a> {
    /// Begins a transaction, locks the space that all of `commands` are about, if they are about one, and looks up what they name.
    pub(super) fn begin(
        runtime: &'a Handle,
        client: &'a Object,
        incarnation: u32,
        commands: &[Command],
    ) -> Result<Self, StoreError> {
        let begun = runtime.block_on(begin(client, incarnation, commands))?;
        Ok(Self {
            runtime,
            client,
            begun: RefCell::new(begun),
            writes: RefCell::default(),
        })
    }

    /// No transaction: each statement is one by itself.
    pub(super) fn outside(runtime: &'a Handle, client: &'a Object) -> Self {
        Self {
            runtime,
            client,
            begun: RefCell::default(),
            writes: RefCell::default(),
        }
    }

    /// Asks at once, after everything that was to be written.
    pub(super) fn query(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.flush()?;
        self.runtime.block_on(async {
            let statement = self.client.prepare_cached(sql).await?;
            Ok(self.client.query(&statement, params).await?)
        })
    }

    /// The one row there is, if there is one.
    pub(super) fn query_opt(&self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// The one row there is.
    pub(super) fn query_one(&self, sql: &'static str, params: Params<'_>) -> Result<Row, StoreError> {
        self.query_opt(sql, params)?.ok_or(StoreError::Damaged)
    }

    /// Changes rows at once, after everything that was to be written; how many.
    pub(super) fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64, StoreError> {
        self.flush()?;
        self.runtime.block_on(async {
            let statement = self.client.prepare_cached(sql).await?;
            Ok(self.client.execute(&statement, params).await?)
        })
    }

    /// The space, locked: what was loaded when the group began, or loaded now.
    pub(super) fn locked(&self, id: &SpaceId) -> Result<Option<Space>, StoreError> {
        let mut begun = self.begun.borrow_mut();
        if begun.space == Some(*id) {
            begun.space = None;
            return Ok(begun.loaded.take());
        }
        drop(begun);
        self.flush()?;
        self.runtime.block_on(async {
            let loading = spaces::Loading::prepare(self.client).await?;
            loading.load(self.client, id).await
        })
    }

    pub(super) fn known_at_the_beginning(&self, id: &RecordId) -> Option<Option<u64>> {
        self.begun.borrow().known.get(id).copied()
    }

    pub(super) fn closed_at_the_beginning(&self, slot: &SlotId, side: Side) -> Option<bool> {
        self.begun.borrow().closed.get(&(*slot, side)).copied()
    }

    /// A slot is closed from now on.
    pub(super) fn note_closed(&self, slot: &SlotId, side: Side) {
        self.begun.borrow_mut().closed.insert((*slot, side), true);
    }

    pub(super) fn write_record(&self, space: &Space, record: &NewRecord<'_>) -> Result<(), StoreError> {
        self.write_to(space)?;
        let log = &mut self.writes.borrow_mut().log;
        log.seq.push(int(record.seq)?);
        log.day.push(day(record.day)?);
        log.side.push(side_number(record.side));
        log.record_id.push(record.record_id.as_bytes().to_vec());
        log.chain.push(record.chain.as_bytes().to_vec());
        log.header.push(record.header.to_vec());
        log.body.push(record.body.to_vec());
        Ok(())
    }

    pub(super) fn write_mark(&self, space: &Space, by: &Placed, upto: u64, on: u64) -> Result<(), StoreError> {
        self.write_to(space)?;
        let marks = &mut self.writes.borrow_mut().marks;
        marks.slot.push(by.slot.as_bytes().to_vec());
        marks.side.push(side_number(by.side));
        marks.upto.push(int(upto)?);
        marks.day.push(day(on)?);
        Ok(())
    }

    pub(super) fn write_kept(&self, space: &Space, slot: &SlotId, side: Side, kept: &[Kept]) -> Result<(), StoreError> {
        self.write_to(space)?;
        let rows = &mut self.writes.borrow_mut().kept;
        for kept in kept {
            rows.slot.push(slot.as_bytes().to_vec());
            rows.side.push(side_number(side));
            rows.seq.push(int(kept.seq)?);
            rows.replaced_day.push(kept.replaced_day.map(day).transpose()?);
            let expires_day = (kept.expires_day != 0).then_some(i32::from(kept.expires_day));
            rows.expires_day.push(expires_day);
        }
        Ok(())
    }

    pub(super) fn write_row(&self, space: &Space) -> Result<(), StoreError> {
        self.write_to(space)?;
        self.writes.borrow_mut().row = Some(SpaceRow {
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

    /// What follows is to be written to this space.
    fn write_to(&self, space: &Space) -> Result<(), StoreError> {
        if self.writes.borrow().space.is_some_and(|id| id != space.id) {
            self.flush()?;
        }
        self.writes.borrow_mut().space = Some(space.id);
        Ok(())
    }

    /// Writes what is still to be written.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let writes = self.writes.take();
        if writes.space.is_none() {
            return Ok(());
        }
        self.runtime.block_on(async {
            let statements = Statements::prepare(self.client).await?;
            writes.write(self.client, &statements).await
        })
    }

    /// Writes what is still to be written, and commits.
    pub(super) fn commit(self) -> Result<(), Failed> {
        let writes = self.writes.take();
        let (written, committed) = self.runtime.block_on(async {
            // Before anything leaves: what has to be prepared first would come after the commit.
            let statements = Statements::prepare(self.client).await?;
            Ok::<_, StoreError>(tokio::join!(
                biased;
                writes.write(self.client, &statements),
                self.client.batch_execute("COMMIT"),
            ))
        })?;
        // After a statement that failed, COMMIT undoes and says that it did.
        written?;
        committed.map_err(|error| {
            if error.as_db_error().is_some() {
                Failed::Undone(error.into())
            } else {
                Failed::Unknown(error.into())
            }
        })
    }
}

async fn begin(client: &Object, incarnation: u32, commands: &[Command]) -> Result<Begun, StoreError> {
    let own = client.prepare_cached("SELECT incarnation FROM relay").await?;
    let Some(space) = commands.first().and_then(Command::space).copied() else {
        let (begun, relay) = tokio::join!(biased; client.batch_execute("BEGIN"), client.query(&own, &[]));
        begun?;
        is_ours(&relay?, incarnation)?;
        return Ok(Begun::default());
    };
    let headers = || commands.iter().flat_map(Command::headers);
    let ids: Vec<_> = headers().map(|header| header.record_id.as_bytes().as_slice()).collect();
    let slots = || {
        headers()
            .map(|header| &header.slot)
            .chain(commands.iter().filter_map(Command::slot))
    };
    let slot_bytes: Vec<_> = slots().map(|slot| slot.as_bytes().as_slice()).collect();
    let known = client
        .prepare_cached("SELECT record_id, seq FROM log WHERE space = $1 AND record_id = ANY ($2)")
        .await?;
    let closed = client
        .prepare_cached("SELECT slot, side FROM slot_closed WHERE space = $1 AND slot = ANY ($2)")
        .await?;
    let loading = spaces::Loading::prepare(client).await?;
    let id = space.as_bytes().as_slice();
    let known_params: [&(dyn ToSql + Sync); 2] = [&id, &ids];
    let closed_params: [&(dyn ToSql + Sync); 2] = [&id, &slot_bytes];
    let (begun, relay, loaded, known, closed) = tokio::join!(
        biased;
        client.batch_execute("BEGIN"),
        client.query(&own, &[]),
        loading.load(client, &space),
        client.query(&known, &known_params),
        client.query(&closed, &closed_params),
    );
    begun?;
    is_ours(&relay?, incarnation)?;
    let mut found = Begun {
        space: Some(space),
        loaded: loaded?,
        ..Begun::default()
    };
    found.known = headers().map(|header| (header.record_id, None)).collect();
    for slot in slots() {
        for side in [Side::Participant, Side::Specialist] {
            found.closed.insert((*slot, side), false);
        }
    }
    for row in known? {
        let id = fixed(&row, 0)?;
        found.known.insert(RecordId::from_bytes(id), Some(number(&row, 1)?));
    }
    for row in closed? {
        let slot = SlotId::from_bytes(fixed(&row, 0)?);
        found.closed.insert((slot, side(&row, 1)?), true);
    }
    Ok(found)
}

impl Writes {
    /// Everything in one go.
    async fn write(&self, client: &Object, statements: &Statements) -> Result<(), StoreError> {
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
struct Statements {
    log: Statement,
    mark: Statement,
    kept: Statement,
    row: Statement,
}

impl Statements {
    async fn prepare(client: &Object) -> Result<Self, StoreError> {
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
