//! Bringing a database to the present form, one numbered step at a time.

use super::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// The steps, in order: step `i` leads from form `i` to form `i + 1`. A step that was released is never changed.
const STEPS: &[&str] = &[include_str!("../../schema/0001_vault.sql")];

/// Takes every step that the database has not taken, each in a transaction of its own.
pub(super) fn up(connection: &Connection) -> Result<(), StoreError> {
    up_by(connection, STEPS)
}

fn up_by(connection: &Connection, steps: &[&str]) -> Result<(), StoreError> {
    let known = u32::try_from(steps.len()).map_err(|_| StoreError::Misuse)?;
    while form(connection)? < known {
        let begun = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
        let transaction = begun.map_err(|error| StoreError::of(&error))?;
        // Read again under the lock: another process may have been faster.
        let form = form(connection)?;
        let Some(step) = usize::try_from(form).ok().and_then(|form| steps.get(form)) else {
            break;
        };
        transaction
            .execute_batch(step)
            .and_then(|()| transaction.pragma_update(None, "user_version", form + 1))
            .map_err(|error| StoreError::of(&error))?;
        transaction.commit().map_err(|error| StoreError::of(&error))?;
    }
    let found = form(connection)?;
    if found > known {
        Err(StoreError::TooNew { found, known })
    } else {
        Ok(())
    }
}

/// The form of the database; 0 when it has none yet.
fn form(connection: &Connection) -> Result<u32, StoreError> {
    connection
        .query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0))
        .map(i32::cast_unsigned)
        .map_err(|error| StoreError::of(&error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::store::{Store, StoreConfig};

    const KEY: [u8; 32] = [7; 32];

    fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = connection
            .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn opening_again_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig::new(directory.path());
        let first = schema(Store::open(&config, &KEY).unwrap().connection());
        assert!(first.iter().any(|(name, _)| name == "entry_text"));
        let store = Store::open(&config, &KEY).unwrap();
        assert_eq!(up(store.connection()), Ok(()));
        assert_eq!(schema(store.connection()), first);
        assert_eq!(form(store.connection()), Ok(1));
    }

    #[test]
    fn every_migration_file_is_a_step() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schema");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        let texts: Vec<String> = files
            .iter()
            .map(|file| std::fs::read_to_string(file).unwrap())
            .collect();
        assert_eq!(texts, STEPS);
        for (n, file) in (1..).zip(&files) {
            assert!(
                file.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(&format!("{n:04}_"))
            );
        }
    }

    #[test]
    fn a_newer_database_is_refused_and_left_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig::new(directory.path());
        let store = Store::open(&config, &KEY).unwrap();
        store.connection().pragma_update(None, "user_version", 99).unwrap();
        drop(store);
        let file = directory.path().join(crate::store::DATABASE_FILE);
        let before = std::fs::read(&file).unwrap();
        assert_eq!(
            Store::open(&config, &KEY).unwrap_err(),
            StoreError::TooNew { found: 99, known: 1 }
        );
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }

    #[test]
    fn a_step_that_fails_leaves_the_database_at_the_step_before() {
        let connection = Connection::open_in_memory().unwrap();
        let steps = [
            "CREATE TABLE a (x ANY) STRICT;",
            "CREATE TABLE b (x ANY) STRICT; CREATE TABLE a (x ANY) STRICT;",
        ];
        assert_eq!(up_by(&connection, &steps), Err(StoreError::Misuse));
        assert_eq!(form(&connection), Ok(1));
        assert_eq!(schema(&connection).len(), 1);
        let mended = [steps[0], "CREATE TABLE b (x ANY) STRICT;"];
        assert_eq!(up_by(&connection, &mended), Ok(()));
        assert_eq!((form(&connection), schema(&connection).len()), (Ok(2), 2));
        assert_eq!(
            up_by(&connection, &mended[..1]),
            Err(StoreError::TooNew { found: 2, known: 1 })
        );
    }
}
