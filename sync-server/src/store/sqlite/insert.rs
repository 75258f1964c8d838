//! Many rows of one space in few statements.

use std::fmt::Write as _;

use rusqlite::{CachedStatement, Connection, ToSql};

use crate::store::StoreError;

/// Rows that one statement writes: beyond these a row costs as much as before.
const ROWS_EACH: usize = 32;

/// How rows go into a table whose first column is the number of the space.
pub(super) struct Insert {
    into: &'static str,
    columns: usize,
}

/// Binds what follows the number of the space, row by row.
pub(super) struct Bind<'s, 'c> {
    statement: &'s mut CachedStatement<'c>,
    place: usize,
}

impl Insert {
    /// `into` names the table and its columns; `columns` says how many follow the first.
    pub(super) const fn new(into: &'static str, columns: usize) -> Self {
        Self { into, columns }
    }

    /// Writes rows, within a transaction that is undone when this fails.
    pub(super) fn run<T>(
        &self,
        connection: &Connection,
        space_no: i64,
        rows: &[T],
        bind: impl Fn(&mut Bind<'_, '_>, &T) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let (many, few) = rows.as_chunks::<ROWS_EACH>();
        for (each, rows) in [(ROWS_EACH, many.as_flattened()), (1, few)] {
            if rows.is_empty() {
                continue;
            }
            let mut statement = connection.prepare_cached(&self.sql(each))?;
            for rows in rows.chunks(each) {
                statement.raw_bind_parameter(1, space_no)?;
                let mut values = Bind {
                    statement: &mut statement,
                    place: 1,
                };
                for row in rows {
                    bind(&mut values, row)?;
                }
                statement.raw_execute()?;
            }
        }
        Ok(())
    }

    /// `FAIL`, since the whole transaction is undone anyway: a statement that can be undone by itself keeps a copy of each page.
    fn sql(&self, rows: usize) -> String {
        let mut sql = format!("INSERT OR FAIL {} VALUES ", self.into);
        for row in 0..rows {
            sql.push_str(if row == 0 { "(?1" } else { ", (?1" });
            for column in 0..self.columns {
                // Writing into a string never fails.
                let _ = write!(sql, ", ?{}", 2 + row * self.columns + column);
            }
            sql.push(')');
        }
        sql
    }
}

impl Bind<'_, '_> {
    /// Binds the next value.
    pub(super) fn next(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.place += 1;
        self.statement.raw_bind_parameter(self.place, value)
    }
}
