//! A store in SQLite that is carried elsewhere: read whole, and marked in its header (`application_id`) once it is there.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows};

use super::connection::{self, CARRIED_MARK, Opener};
use crate::store::carry::{CarryError, findings};
use crate::store::contents::{EachRow, Table, Value};
use crate::store::rows::{SpaceRows as _, SweepRows as _};
use crate::store::space::SEQ_MAX;
use crate::store::{StoreConfig, StoreError};

/// Spaces whose lists are brought up to the log together.
const TAILS: usize = 256;

/// The store in a folder that nobody else has open.
pub(in crate::store) struct Source {
    connection: Connection,
    was_carried: bool,
    /// The folder is locked as long as it lives.
    _opener: Opener,
}

/// The relay's own row, whole.
#[derive(Clone, Copy)]
pub(in crate::store) struct OwnRow {
    pub(in crate::store) seed: [u8; 32],
    pub(in crate::store) incarnation: u32,
    /// Blobs' files ever begun.
    pub(in crate::store) files: i64,
}

impl Source {
    /// Opens the store as a relay would that is started on it.
    pub(in crate::store) fn open(config: &StoreConfig) -> Result<Self, CarryError> {
        let opener = match Opener::of_existing(config) {
            Err(StoreError::Folder(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(CarryError::NoStore);
            }
            opener => opener?,
        };
        let connection = opener.open_writer()?;
        // What is sorted may be as long as the store has rows.
        connection
            .pragma_update(None, "temp_store", "FILE")
            .map_err(StoreError::from)?;
        let was_carried = connection::bring_up(&connection, config)?;
        Ok(Self {
            connection,
            was_carried,
            _opener: opener,
        })
    }

    /// Whether it was carried before, or all but.
    pub(in crate::store) const fn was_carried(&self) -> bool {
        self.was_carried
    }

    /// How many findings a check has.
    pub(in crate::store) fn findings(&self, config: &StoreConfig) -> Result<u64, StoreError> {
        findings(&self.connection, config)
    }

    pub(in crate::store) fn own_row(&self) -> Result<OwnRow, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT seed, incarnation, files FROM relay", [], |row| {
                Ok(OwnRow {
                    seed: row.get(0)?,
                    incarnation: row.get(1)?,
                    files: row.get(2)?,
                })
            })?)
    }

    /// Begins the transaction that ends with the mark, and brings the lists up to the log within it: elsewhere nothing lags behind.
    pub(in crate::store) fn begin(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        loop {
            let ids = self.connection.with_tail(TAILS)?;
            if ids.is_empty() {
                return Ok(());
            }
            for id in &ids {
                let mut space = self.connection.space(id)?.ok_or(StoreError::Damaged)?;
                space.index_tail(&self.connection)?;
                self.connection.write_space(&space)?;
            }
        }
    }

    /// Shows the rows of a table, one by one.
    pub(in crate::store) fn rows(&self, table: &Table, each: EachRow<'_>) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(table.in_sqlite)?;
        let mut rows = statement.query([SEQ_MAX])?;
        while let Some(values) = next(&mut rows, table.columns.len())? {
            each(&values)?;
        }
        Ok(())
    }

    /// Marks the store as carried, durably: no relay is started on it from now on.
    pub(in crate::store) fn mark(&self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "application_id", CARRIED_MARK)?;
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// Takes the mark away: it has not arrived.
    pub(in crate::store) fn unmark(&self) -> Result<(), StoreError> {
        Ok(self.connection.pragma_update(None, "application_id", 0)?)
    }
}

fn next<'a>(rows: &'a mut Rows<'_>, columns: usize) -> Result<Option<Vec<Value<'a>>>, StoreError> {
    let Some(row) = rows.next()? else { return Ok(None) };
    let values = (0..columns).map(|column| match row.get_ref(column)? {
        ValueRef::Null => Ok(Value::Nothing),
        ValueRef::Integer(number) => Ok(Value::Number(number)),
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
        ValueRef::Real(_) | ValueRef::Text(_) => Err(StoreError::Damaged),
    });
    values.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::store::contents::TABLES;

    /// What is of this store alone: its own row is carried by itself, and what knows records by name is made of the log.
    const OWN: [&str; 2] = ["relay", "known"];

    /// Columns that say where a row is, and how far the list of names goes.
    const PLACES: [(&str, &str); 3] = [("space", "no"), ("space", "indexed_upto"), ("log", "key")];

    #[test]
    fn every_table_and_column_of_the_schema_is_carried() {
        let connection = connection::in_memory().unwrap();
        let mut tables = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap();
        let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut count = 0;
        for name in names.map(Result::unwrap).filter(|name| !OWN.contains(&name.as_str())) {
            let table = TABLES.iter().find(|table| table.name == name);
            let table = table.unwrap_or_else(|| panic!("{name} stays behind when a store is carried: see contents.rs"));
            let mut columns = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
            let columns = columns.query_map([&name], |row| row.get::<_, String>(0)).unwrap();
            for column in columns.map(Result::unwrap) {
                let is_place = column == "space_no" || PLACES.contains(&(name.as_str(), column.as_str()));
                let is_carried = table.columns.iter().any(|(carried, _)| *carried == column);
                assert!(is_place || is_carried, "{column} of {name} stays behind");
            }
            let rows = connection.prepare(table.in_sqlite).unwrap();
            assert_eq!(rows.column_count(), table.columns.len(), "{name}");
            count += 1;
        }
        assert_eq!(count, TABLES.len());
    }

    #[test]
    fn rows_are_shown_as_they_lie_and_not_sorted_first() {
        let connection = connection::in_memory().unwrap();
        for table in &TABLES {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {}", table.in_sqlite))
                .unwrap();
            let steps = plan.query_map([SEQ_MAX], |row| row.get::<_, String>(3)).unwrap();
            for step in steps.map(Result::unwrap) {
                assert!(!step.contains("TEMP B-TREE"), "{}: {step}", table.name);
            }
        }
    }
}
