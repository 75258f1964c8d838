//! What a check is shown of a store in PostgreSQL: all of it as it stood at one moment, whoever writes meanwhile, on one connection; and on another what is
//! there now.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::mpsc;

use cairn_wire::{ChainHash, HEADER_BYTES, SpaceId};
use futures_util::TryStreamExt as _;
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::link::Route;
use super::values::{fixed, int, maybe_day, maybe_number, most as limit, number};
use super::{Postgres, connect, migrate, runtime};
use crate::store::blob_bytes::Whose;
use crate::store::check::{
    AccessCounts, BlobRow, CheckRows, Checked, Counts, Finding, InSlot, LogRow, Place, RelaySaid, Slot, SpaceRow,
    of_store,
};
use crate::store::contents::of_spaces_beside_the_log;
use crate::store::{Database, StoreConfig, StoreError};

/// Findings that wait to be told.
const FINDINGS_WAITING: usize = 64;

/// What is looked at is long, and a check waits for nobody's lock.
pub(super) const PATIENT: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

impl Postgres {
    /// Checks the store in a database, beside nodes that may be there. On a thread of its own, because whoever asks may be asynchronous.
    pub(in crate::store) fn check(
        database: &Database,
        config: &StoreConfig,
        say: &mut dyn FnMut(&Finding),
    ) -> Result<Checked, StoreError> {
        let (tell, told) = mpsc::sync_channel::<Finding>(FINDINGS_WAITING);
        std::thread::scope(|scope| {
            let checking = scope.spawn(move || {
                let runtime = runtime()?;
                let handle = runtime.handle();
                let (look, now) = handle.block_on(async {
                    let route = Route::to(database)?;
                    let (look, now) = (connect(&route).await?, connect(&route).await?);
                    for client in [&look, &now] {
                        client.batch_execute(PATIENT).await?;
                    }
                    look.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                        .await?;
                    migrate::is_up_to_date(&look).await?;
                    Ok::<_, StoreError>((look, now))
                })?;
                let shown = Shown::new(handle, &look, &now);
                // Where nobody listens any more, what is found is still counted.
                of_store(&shown, config, Whose::Store, &mut |finding| {
                    drop(tell.send(finding.clone()))
                })
            });
            for finding in told {
                say(&finding);
            }
            checking.join().unwrap_or(Err(StoreError::Stopped))
        })
    }
}

/// A store, as a transaction sees it.
pub(super) struct Shown<'a> {
    runtime: &'a Handle,
    client: &'a Client,
    /// Where what is there now is asked for.
    now: &'a Client,
    statements: RefCell<HashMap<&'static str, Statement>>,
}

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

impl<'a> Shown<'a> {
    /// What `client` sees within the transaction that is open there.
    pub(super) fn new(runtime: &'a Handle, client: &'a Client, now: &'a Client) -> Self {
        Self {
            runtime,
            client,
            now,
            statements: RefCell::default(),
        }
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement, StoreError> {
        let known = self.statements.borrow().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }

    fn query(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.runtime.block_on(async {
            let statement = self.prepared(sql).await?;
            Ok(self.client.query(&statement, params).await?)
        })
    }

    fn query_one(&self, sql: &'static str, params: Params<'_>) -> Result<Row, StoreError> {
        self.query(sql, params)?.pop().ok_or(StoreError::Damaged)
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }

    /// Takes rows as they come: no more of them are in memory than a few buffers hold.
    fn stream(
        &self,
        sql: &'static str,
        params: Params<'_>,
        mut each: impl FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.runtime.block_on(async {
            let statement = self.prepared(sql).await?;
            let rows = self.client.query_raw(&statement, params.iter().copied()).await?;
            let mut rows = pin!(rows);
            while let Some(row) = rows.try_next().await? {
                each(&row)?;
            }
            Ok(())
        })
    }
}

/// So that records are taken in the order that they lie in, and never sorted with their bodies, whatever the server believes of how many there are.
const IN_ORDER: &str = "SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off;
    SET LOCAL max_parallel_workers_per_gather = 0";
const IN_ANY_ORDER: &str =
    "SET LOCAL enable_sort = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on";

/// A record and what the tables beside the log say of it, each found by its key: a join would go through all of them for each record where the server
/// believes that there are few. Where a header has its record's name and slot, `cairn_wire::Header` says.
const RECORDS: &str = "SELECT seq, day, side, stub, chain, header, body, record_id = substring(header FROM 19 FOR 16),
        (SELECT coalesce(kept.expires_day, 0) FROM kept
         WHERE kept.space = $1 AND kept.slot = substring(log.header FROM 35 FOR 16) AND kept.side = log.side AND kept.seq = log.seq),
        (SELECT slot_closed.seq FROM slot_closed
         WHERE slot_closed.space = $1 AND slot_closed.slot = substring(log.header FROM 35 FOR 16) AND slot_closed.side = log.side)
    FROM log WHERE log.space = $1 ORDER BY log.seq";

/// The same records by slot: `part` is what a record replaces, as its header has it, little-endian.
const IN_SLOTS: &str = "SELECT substring(header FROM 35 FOR 16) AS slot, side, seq, 1 AS is_later, day, substring(header FROM 59 FOR 8) AS part
    FROM log WHERE space = $1 AND octet_length(header) = 72 AND substring(header FROM 59 FOR 8) <> decode('0000000000000000', 'hex')
    UNION ALL SELECT slot, side, seq, 0, replaced_day, NULL FROM kept WHERE space = $1
    ORDER BY slot, side, seq DESC, is_later";

/// Those lengths and places are a header's.
const _: () = assert!(HEADER_BYTES == 72, "as cairn_wire draws it");

impl CheckRows for Shown<'_> {
    fn relay_said(&self) -> Result<RelaySaid, StoreError> {
        let row = self.query_one("SELECT seed, incarnation FROM relay", &[])?;
        Ok(RelaySaid {
            seed: fixed(&row, 0)?,
            incarnation: u32::try_from(row.try_get::<_, i64>(1)?).map_err(|_| StoreError::Damaged)?,
        })
    }

    /// It is one throughout. What fails undoes nothing but itself.
    fn at_one_moment(&self, look: &mut dyn FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.execute("SAVEPOINT look")?;
        let looked = look();
        let over = if looked.is_ok() {
            "RELEASE SAVEPOINT look"
        } else {
            "ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look"
        };
        self.execute(over)?;
        looked
    }

    fn next_space(&self, after: Option<Place>) -> Result<Option<Place>, StoreError> {
        let (no, id) = after.map_or((0, None), |after| (after.no, after.id));
        let id = id.as_ref().map_or(&[] as &[u8], |id| id.as_bytes());
        let rows = self.query("SELECT id FROM space WHERE id > $1 ORDER BY id LIMIT 1", &[&id])?;
        let place = rows.first().map(|row| {
            Ok(Place {
                no: no + 1,
                id: Some(SpaceId::from_bytes(fixed(row, 0)?)),
            })
        });
        place.transpose()
    }

    fn space_row(&self, place: Place) -> Result<SpaceRow, StoreError> {
        let id = place.id.ok_or(StoreError::Damaged)?;
        let row = self.query_one(
            "SELECT n, chain, epoch, closed, closed_day, bytes_0, bytes_1 FROM space WHERE id = $1",
            &[&id.as_bytes().as_slice()],
        )?;
        let n = number(&row, 0)?;
        Ok(SpaceRow {
            place,
            id,
            n,
            chain: ChainHash::from_bytes(fixed(&row, 1)?),
            epoch: u32::try_from(number(&row, 2)?).map_err(|_| StoreError::Damaged)?,
            is_closed: row.try_get(3)?,
            has_kept: row.try_get::<_, Option<i32>>(4)?.is_some(),
            bytes: [number(&row, 5)?, number(&row, 6)?],
            // Nothing lags behind the log.
            indexed_upto: n,
        })
    }

    fn records(&self, space: &SpaceRow, each: &mut dyn FnMut(&LogRow<'_>)) -> Result<(), StoreError> {
        self.execute(IN_ORDER)?;
        self.stream(RECORDS, &[&space.id.as_bytes().as_slice()], |row| {
            let seq = number(row, 0)?;
            let is_known: Option<bool> = row.try_get(7)?;
            each(&LogRow {
                seq,
                day: maybe_day(row, 1).ok().flatten(),
                side: Some(row.try_get::<_, i16>(2)?.into()),
                is_stub: row.try_get(3)?,
                chain: ChainHash::from_bytes(fixed(row, 4)?),
                header: row.try_get(5)?,
                body: row.try_get(6)?,
                known: (is_known == Some(true)).then_some(seq),
                kept_until: maybe_day(row, 8)?,
                slot_closed_by: maybe_number(row, 9)?,
            });
            Ok(())
        })?;
        self.execute(IN_ANY_ORDER)
    }

    fn counts(&self, space: &SpaceRow) -> Result<Counts, StoreError> {
        let id = space.id.as_bytes().as_slice();
        let row = self.query_one(
            "SELECT (SELECT count(*) FROM kept WHERE space = $1),
                    (SELECT count(*) FROM slot_closed WHERE space = $1 AND NOT coalesce(
                       (SELECT log.side = slot_closed.side AND substring(log.header FROM 35 FOR 16) = slot_closed.slot
                        FROM log WHERE log.space = $1 AND log.seq = slot_closed.seq), false))",
            &[&id],
        )?;
        Ok(Counts {
            names: None,
            bodies: number(&row, 0)?,
            loose_slots: number(&row, 1)?,
        })
    }

    fn in_slots(&self, space: &SpaceRow, each: &mut dyn FnMut(&InSlot)) -> Result<(), StoreError> {
        self.stream(IN_SLOTS, &[&space.id.as_bytes().as_slice()], |row| {
            let day = maybe_day(row, 4)?;
            let upto: Option<&[u8]> = row.try_get(5)?;
            let what = match upto {
                None => Slot::Body { replaced_day: day },
                Some(_) => Slot::Replaces {
                    upto: u64::from_le_bytes(fixed(row, 5)?),
                    day: day.ok_or(StoreError::Damaged)?,
                },
            };
            each(&InSlot {
                slot: fixed(row, 0)?,
                side: row.try_get::<_, i16>(1)?.into(),
                seq: number(row, 2)?,
                what,
            });
            Ok(())
        })
    }

    fn access_counts(&self, space: &SpaceRow) -> Result<AccessCounts, StoreError> {
        let row = self.query_one(
            "SELECT (SELECT count(*) FROM access WHERE space = $1), (SELECT count(*) FROM access WHERE space = $1 AND administer),
                    count(*) FILTER (WHERE ack.n > $2), count(*) FILTER (WHERE access.key IS NULL),
                    count(*) FILTER (WHERE access.key IS NOT NULL),
                    (SELECT count(*) FROM wake WHERE space = $1
                     AND NOT EXISTS (SELECT 1 FROM access WHERE access.space = $1 AND access.key = wake.key))
             FROM ack LEFT JOIN access ON access.space = $1 AND access.key = ack.key WHERE ack.space = $1",
            &[&space.id.as_bytes().as_slice(), &int(space.n)?],
        )?;
        Ok(AccessCounts {
            keys: number(&row, 0)?,
            administering: number(&row, 1)?,
            beyond: number(&row, 2)?,
            strangers: number(&row, 3)?,
            known: number(&row, 4)?,
            woken_strangers: number(&row, 5)?,
        })
    }

    fn blobs_after(&self, space: &SpaceRow, after: &[u8], most: usize) -> Result<Vec<BlobRow>, StoreError> {
        let rows = self.query(
            "SELECT id, side, file, total, have,
                    (SELECT count(*) FROM blob_hold AS hold WHERE hold.space = $1 AND hold.blob = blob.id AND hold.side = blob.side)
             FROM blob WHERE space = $1 AND id > $2 ORDER BY id LIMIT $3",
            &[&space.id.as_bytes().as_slice(), &after, &limit(most)],
        )?;
        let blobs = rows.iter().map(|row| {
            Ok(BlobRow {
                id: fixed(row, 0)?,
                side: row.try_get::<_, i16>(1)?.into(),
                file: number(row, 2)?,
                total: number(row, 3)?,
                have: number(row, 4)?,
                holds: number(row, 5)?,
            })
        });
        blobs.collect()
    }

    fn loose_holds(&self, space: &SpaceRow) -> Result<u64, StoreError> {
        let row = self.query_one(
            "SELECT count(*) FROM blob_hold AS hold WHERE space = $1 AND hold.side IS DISTINCT FROM
               (SELECT blob.side FROM blob WHERE blob.space = $1 AND blob.id = hold.blob)",
            &[&space.id.as_bytes().as_slice()],
        )?;
        number(&row, 0)
    }

    /// What a sequence says is of now, whatever moment is looked at: no less than was given then.
    fn files_begun(&self) -> Result<u64, StoreError> {
        let row = self.query_one(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM blob_file",
            &[],
        )?;
        number(&row, 0)
    }

    fn files(&self, each: &mut dyn FnMut(i64, bool)) -> Result<(), StoreError> {
        let sql = "SELECT file, true FROM blob UNION ALL SELECT file, false FROM blob_gone";
        self.stream(sql, &[], |row| {
            each(row.try_get(0)?, row.try_get(1)?);
            Ok(())
        })
    }

    fn file_now(&self, space: Place, blob: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        let id = space.id.ok_or(StoreError::Damaged)?;
        let sql = "SELECT file FROM blob WHERE space = $1 AND id = $2";
        let params: Params<'_> = &[&id.as_bytes().as_slice(), &blob.as_slice()];
        let row = self.runtime.block_on(self.now.query_opt(sql, params))?;
        row.map(|row| number(&row, 0)).transpose()
    }

    fn named_now(&self, files: &[u64]) -> Result<Vec<u64>, StoreError> {
        let files: Vec<_> = files.iter().map(|file| int(*file)).collect::<Result<_, _>>()?;
        let sql =
            "SELECT file FROM blob WHERE file = ANY ($1) UNION ALL SELECT file FROM blob_gone WHERE file = ANY ($1)";
        let rows = self.runtime.block_on(self.now.query(sql, &[&files]))?;
        rows.iter().map(|row| number(row, 0)).collect()
    }

    fn has_loose_records(&self) -> Result<bool, StoreError> {
        let mut is_loose = false;
        self.at_one_moment(&mut || {
            let sql =
                "SELECT EXISTS (SELECT 1 FROM log WHERE NOT EXISTS (SELECT 1 FROM space WHERE space.id = log.space))";
            is_loose = self.query_one(sql, &[])?.try_get(0)?;
            Ok(())
        })?;
        Ok(is_loose)
    }

    fn loose_rows(&self, each: &mut dyn FnMut(&str, &str, Result<u64, StoreError>)) {
        let spaces = of_spaces_beside_the_log().map(|table| (table, "space", "space", "id"));
        let mailboxes = [("mailbox_message", "mailbox", "mailbox", "id")];
        for (table, column, owner, key) in spaces.chain(mailboxes) {
            let sql = format!(
                "SELECT count(*) FROM {table} AS loose WHERE NOT EXISTS (SELECT 1 FROM {owner} AS owner WHERE owner.{key} = loose.{column})"
            );
            let mut loose = 0;
            let counted = self.at_one_moment(&mut || {
                let row = self.runtime.block_on(self.client.query_one(&sql, &[]))?;
                loose = number(&row, 0)?;
                Ok(())
            });
            each(table, owner, counted.map(|()| loose));
        }
    }
}
