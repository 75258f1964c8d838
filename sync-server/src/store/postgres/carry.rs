//! A store that is carried in: laid out, filled, verified, and there for nodes with the one commit at the end.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio::runtime::Handle;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Transaction};

use super::check::{PATIENT, Shown};
use super::link::{Route, has_ended};
use super::values::number;
use super::{Postgres, connect, link, migrate, runtime};
use crate::store::carry::{Between, Carried, CarryError, Step, carried, findings};
use crate::store::contents::{Held, Kind, TABLES, Table, TableHash, Value};
use crate::store::sqlite::{OwnRow, Source};
use crate::store::{Database, RelayRow, StoreConfig, StoreError, incarnation};

impl Postgres {
    /// Takes in a store whose folder is locked; see [`carry`](mod@crate::store::carry).
    pub(in crate::store) fn receive(
        database: &Database,
        config: &StoreConfig,
        source: &Source,
        between: Between<'_>,
    ) -> Result<Carried, CarryError> {
        let runtime = runtime()?;
        let handle = runtime.handle();
        let mut client = handle.block_on(async {
            let client = connect(&Route::to(database)?).await?;
            link::check(&client).await?;
            client.batch_execute(PATIENT).await?;
            Ok::<_, StoreError>(client)
        })?;
        let transaction = handle.block_on(client.transaction()).map_err(StoreError::from)?;
        let own = source.own_row()?;
        if let Some(there) = handle.block_on(migrate::lock_alone(&transaction))? {
            return arrived(there, own, source, handle, &transaction);
        }
        let found = source.findings(config)?;
        if found > 0 {
            return Err(CarryError::Damaged(found));
        }
        source.begin()?;
        handle.block_on(migrate::lay_out(&transaction))?;
        let mut sent = Vec::new();
        for (at, table) in TABLES.iter().enumerate() {
            sent.push(copy(table, source, handle, &transaction)?);
            between(Step::Copied(at + 1))?;
        }
        let begins_anew = source.was_carried();
        let relay = RelayRow {
            seed: own.seed,
            incarnation: if begins_anew {
                incarnation::next(own.incarnation, config)
            } else {
                own.incarnation
            },
        };
        handle.block_on(async {
            migrate::settle(&transaction, &relay, own.files).await?;
            // Or whatever is asked of it first would be asked as if there were nothing.
            Ok::<_, StoreError>(transaction.batch_execute("ANALYZE").await?)
        })?;
        let mut came = Vec::new();
        for table in &TABLES {
            came.push(handle.block_on(hash_of(table, &transaction))?);
        }
        let shown = Shown::new(handle, transaction.client(), transaction.client());
        if came != sent || findings(&shown, config)? > 0 {
            return Err(CarryError::Differs);
        }
        if begins_anew {
            // As in a copy: gates may be there that were dropped since, and registrations that were taken back.
            let dropped = transaction.batch_execute("DELETE FROM gate; DELETE FROM wake");
            handle.block_on(dropped).map_err(StoreError::from)?;
        }
        between(Step::Verified)?;
        source.mark()?;
        between(Step::Marked)?;
        match handle.block_on(transaction.commit()) {
            Ok(()) => {
                // Said by the store itself: a transaction that had failed would end without an error, too.
                let there =
                    handle.block_on(client.query_opt("SELECT 1 FROM relay WHERE seed = $1", &[&own.seed.as_slice()]));
                match there.map_err(StoreError::from) {
                    Ok(Some(_)) => {}
                    Ok(None) => return Err(CarryError::Unknown(StoreError::NoStore)),
                    Err(error) => return Err(CarryError::Unknown(error)),
                }
                let rows: Vec<_> = sent.iter().map(|held| held.rows).collect();
                Ok(carried(&rows, relay.incarnation, begins_anew))
            }
            Err(error) if error.code().is_some() && !has_ended(&error) => {
                if !begins_anew {
                    source.unmark()?;
                }
                Err(StoreError::from(error).into())
            }
            Err(error) => Err(CarryError::Unknown(error.into())),
        }
    }
}

/// There is a store: this one, where it was carried and that was not said, or another one.
fn arrived(
    there: RelayRow,
    own: OwnRow,
    source: &Source,
    handle: &Handle,
    transaction: &Transaction<'_>,
) -> Result<Carried, CarryError> {
    if !source.was_carried() || there.seed != own.seed || there.incarnation < own.incarnation {
        return Err(CarryError::NotEmpty);
    }
    let mut rows = Vec::new();
    for table in &TABLES {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let row = handle
            .block_on(transaction.query_one(&sql, &[]))
            .map_err(StoreError::from)?;
        rows.push(number(&row, 0)?);
    }
    Ok(Carried {
        was_there: true,
        ..carried(&rows, there.incarnation, there.incarnation != own.incarnation)
    })
}

/// A value as PostgreSQL takes it.
enum Field<'a> {
    Bytes(Option<&'a [u8]>),
    Number(Option<i64>),
    Day(Option<i32>),
    Side(Option<i16>),
    Flag(Option<bool>),
}

impl<'a> Field<'a> {
    fn of(value: Value<'a>, kind: Kind) -> Result<Self, StoreError> {
        let damaged = |_| StoreError::Damaged;
        let number = match (value, kind) {
            (Value::Bytes(bytes), Kind::Bytes) => return Ok(Self::Bytes(Some(bytes))),
            (Value::Nothing, Kind::Bytes) => return Ok(Self::Bytes(None)),
            (Value::Bytes(_), _) | (Value::Number(_), Kind::Bytes) => return Err(StoreError::Damaged),
            (Value::Nothing, _) => None,
            (Value::Number(number), _) => Some(number),
        };
        Ok(match kind {
            Kind::Bytes | Kind::Number => Self::Number(number),
            Kind::Day => Self::Day(number.map(i32::try_from).transpose().map_err(damaged)?),
            Kind::Side => Self::Side(number.map(i16::try_from).transpose().map_err(damaged)?),
            Kind::Flag => Self::Flag(match number {
                None => None,
                Some(0) => Some(false),
                Some(1) => Some(true),
                Some(_) => return Err(StoreError::Damaged),
            }),
        })
    }

    fn param(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Bytes(value) => value,
            Self::Number(value) => value,
            Self::Day(value) => value,
            Self::Side(value) => value,
            Self::Flag(value) => value,
        }
    }
}

const fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Bytes => Type::BYTEA,
        Kind::Number => Type::INT8,
        Kind::Day => Type::INT4,
        Kind::Side => Type::INT2,
        Kind::Flag => Type::BOOL,
    }
}

/// Copies a table, a row at a time; what it held.
fn copy(table: &Table, source: &Source, handle: &Handle, transaction: &Transaction<'_>) -> Result<Held, CarryError> {
    let sql = format!("COPY {} ({}) FROM STDIN BINARY", table.name, table.columns_said());
    let types: Vec<_> = table.columns.iter().map(|(_, kind)| type_of(*kind)).collect();
    let sink = handle.block_on(transaction.copy_in(&sql)).map_err(StoreError::from)?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    let mut hash = TableHash::new();
    source.rows(table, &mut |row| {
        hash.add(row);
        let fields = row
            .iter()
            .zip(table.columns)
            .map(|(value, (_, kind))| Field::of(*value, *kind));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let params: Vec<_> = fields.iter().map(Field::param).collect();
        Ok(handle.block_on(writer.as_mut().write(&params))?)
    })?;
    handle.block_on(writer.as_mut().finish()).map_err(StoreError::from)?;
    Ok(hash.held())
}

/// What a table holds, row by row as it comes.
async fn hash_of(table: &Table, transaction: &Transaction<'_>) -> Result<Held, StoreError> {
    let columns = table.columns.iter().map(|(name, kind)| match kind {
        Kind::Bytes => (*name).to_owned(),
        Kind::Flag => format!("{name}::integer::bigint"),
        Kind::Number | Kind::Day | Kind::Side => format!("{name}::bigint"),
    });
    let columns: Vec<_> = columns.collect();
    let sql = format!(
        "SELECT {} FROM {} ORDER BY {}",
        columns.join(", "),
        table.name,
        table.order
    );
    let rows = transaction
        .query_raw(&sql, std::iter::empty::<&(dyn ToSql + Sync)>())
        .await?;
    let mut rows = pin!(rows);
    let mut hash = TableHash::new();
    while let Some(row) = rows.try_next().await? {
        hash.add(&values(table, &row)?);
    }
    Ok(hash.held())
}

fn values<'a>(table: &Table, row: &'a Row) -> Result<Vec<Value<'a>>, StoreError> {
    let values = table.columns.iter().enumerate().map(|(column, (_, kind))| {
        Ok(match kind {
            Kind::Bytes => row
                .try_get::<_, Option<&[u8]>>(column)?
                .map_or(Value::Nothing, Value::Bytes),
            _ => row
                .try_get::<_, Option<i64>>(column)?
                .map_or(Value::Nothing, Value::Number),
        })
    });
    values.collect()
}
