//! Opening, keys, transactions, setting aside.

use super::*;
use crate::store::{Existence, set_aside};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_wrong_key_is_told_from_the_right_one() {
    let directory = Shelf::new().close();
    let wrong = Store::open(&StoreConfig::new(directory.path()), &[8; 32]);
    assert_eq!(wrong.unwrap_err(), StoreError::NotADatabase);
    assert!(open(directory.path()).is_ok());
}

#[test]
fn a_wrong_key_leaves_a_log_that_was_not_finished_as_it_was() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "words")));
    // The files as they are after the process died.
    let died = tempfile::tempdir().unwrap();
    for name in ["vault.db", "vault.db-wal"] {
        std::fs::copy(shelf.directory.path().join(name), died.path().join(name)).unwrap();
    }
    for _ in 0..2 {
        let wrong = Store::open(&StoreConfig::new(died.path()), &[8; 32]);
        assert_eq!(wrong.unwrap_err(), StoreError::NotADatabase);
    }
    assert_eq!(
        open(died.path()).unwrap().view().entry(entry_id(1)),
        Ok(Some(entry(1, 0, "", "words")))
    );
}

#[test]
fn nothing_in_the_file_can_be_read_without_the_key() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "heliotrope")));
    assert!(contains(&shelf.store.decrypted_pages().unwrap(), "heliotrope"));
    for file in std::fs::read_dir(shelf.directory.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!contains(&bytes, "heliotrope") && !contains(&bytes, "SQLite format"));
    }
}

#[test]
fn a_missing_an_empty_and_a_written_file_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let existence = || Store::exists(directory.path()).unwrap();
    assert_eq!(existence(), Existence::Missing);
    for nothing in [&[][..], &[1]] {
        std::fs::write(database(directory.path()), nothing).unwrap();
        assert_eq!(existence(), Existence::Empty);
    }
    std::fs::write(database(directory.path()), [0; 8192]).unwrap();
    assert_eq!(existence(), Existence::Empty);
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::NotADatabase);
    std::fs::remove_file(database(directory.path())).unwrap();
    drop(open(directory.path()).unwrap());
    assert_eq!(existence(), Existence::Present);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_of_the_file_system() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(open(&directory.path().join("gone")).unwrap_err(), StoreError::Io);
}

#[test]
fn every_connection_is_set_as_it_must_be() {
    let shelf = Shelf::new();
    for (pragma, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("fullfsync", "1"),
        ("checkpoint_fullfsync", "1"),
        ("secure_delete", "1"),
        ("temp_store", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("cell_size_check", "1"),
        ("cipher_log_level", "NONE"),
    ] {
        let value: rusqlite::types::Value = shelf
            .store
            .connection()
            .pragma_query_value(None, pragma, |row| row.get(0))
            .unwrap();
        let value = match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{pragma} is {other:?}"),
        };
        assert_eq!(value, expected, "{pragma}");
    }
    // A word in double quotes is a name and never a text.
    assert!(
        shelf
            .store
            .connection()
            .prepare("SELECT \"nothing of this name\"")
            .is_err()
    );
}

#[test]
fn an_error_takes_everything_back_and_so_does_a_panic() {
    let mut shelf = Shelf::new();
    let refused: Result<(), StoreError> = shelf.store.write(|tx| {
        tx.put_entry(&entry(1, 0, "", "words"))?;
        assert!(tx.entry(entry_id(1))?.is_some(), "a transaction reads its own changes");
        Err(StoreError::Misuse)
    });
    assert_eq!(refused, Err(StoreError::Misuse));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        shelf.store.write(|tx| -> Result<(), StoreError> {
            tx.put_entry(&entry(1, 0, "", "words"))?;
            panic!("on the way");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(shelf.store.view().entry_count(), Ok(0));
    shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "words")));
    assert_eq!(shelf.store.view().entry_count(), Ok(1));
}

#[test]
fn a_reader_sees_what_is_committed_and_cannot_write() {
    let mut shelf = Shelf::new();
    let reader = shelf.store.reader().unwrap();
    shelf.write(|tx| {
        tx.put_entry(&entry(1, 0, "", "words"))?;
        assert_eq!(reader.view().entry_count(), Ok(0));
        Ok(())
    });
    assert_eq!(reader.view().entry_count(), Ok(1));
    let refused = reader
        .view()
        .all("DELETE FROM entry RETURNING n", [], |row| row.get::<_, i64>(0));
    assert_eq!(refused, Err(StoreError::ReadOnly));
    std::thread::scope(|scope| {
        scope.spawn(move || assert_eq!(reader.view().entry_count(), Ok(1)));
    });
}

#[test]
fn an_exclusive_store_needs_no_shared_memory_and_has_no_readers() {
    let directory = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        exclusive: true,
        ..StoreConfig::new(directory.path())
    };
    let mut store = Store::open(&config, &KEY).unwrap();
    store.write(|tx| tx.put_entry(&entry(1, 0, "", "words"))).unwrap();
    assert_eq!(store.reader().unwrap_err(), StoreError::Misuse);
    assert!(!directory.path().join("vault.db-shm").exists());
    assert!(directory.path().join("vault.db-wal").exists());
    drop(store);
    assert_eq!(open(directory.path()).unwrap().view().entry_count(), Ok(1));
}

#[test]
fn a_writer_elsewhere_makes_the_store_busy() {
    let mut shelf = Shelf::new();
    let mut other = open(shelf.directory.path()).unwrap();
    other.connection().pragma_update(None, "busy_timeout", 0).unwrap();
    shelf.write(|_| {
        assert_eq!(other.write(|tx| tx.set_meta("name", b"value")), Err(StoreError::Busy));
        Ok(())
    });
    assert_eq!(other.write(|tx| tx.set_meta("name", b"value")), Ok(()));
}

#[test]
fn a_full_disk_is_told_and_what_stood_still_reads() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "words")));
    let pages: i64 = shelf
        .store
        .connection()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    // Not pragma_update: it does not expect an answer.
    let limit = format!("PRAGMA max_page_count = {pages}");
    let _: i64 = shelf
        .store
        .connection()
        .query_row(&limit, [], |row| row.get(0))
        .unwrap();
    let long = "words ".repeat(10_000);
    assert_eq!(
        shelf.store.write(|tx| tx.put_entry(&entry(2, 0, "", &long))),
        Err(StoreError::Full)
    );
    assert_eq!(
        shelf.store.view().entry(entry_id(1)),
        Ok(Some(entry(1, 0, "", "words")))
    );
    assert_eq!(shelf.store.examine(), Ok(()));
}

#[test]
fn setting_aside_moves_all_files_and_overwrites_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let now = Timestamp(1_793_503_800_000);
    let mut folders = Vec::new();
    for round in ["first", "second"] {
        for ending in ["", "-wal", "-shm"] {
            std::fs::write(
                directory.path().join(format!("vault.db{ending}")),
                format!("{round}{ending}"),
            )
            .unwrap();
        }
        std::fs::write(directory.path().join("vault.id"), "stays").unwrap();
        folders.push(set_aside(directory.path(), now).unwrap());
        assert_eq!(Store::exists(directory.path()), Ok(Existence::Missing));
        assert!(!directory.path().join("vault.db-wal").exists());
        assert!(directory.path().join("vault.id").exists());
    }
    assert_eq!(folders[0], directory.path().join("damaged-20261101-033000"));
    assert_eq!(folders[1], directory.path().join("damaged-20261101-033000-1"));
    for (folder, round) in folders.iter().zip(["first", "second"]) {
        for ending in ["", "-wal", "-shm"] {
            let moved = std::fs::read_to_string(folder.join(format!("vault.db{ending}"))).unwrap();
            assert_eq!(moved, format!("{round}{ending}"));
        }
    }
}

#[test]
fn an_error_holds_no_path_no_sql_and_no_text() {
    let mut shelf = Shelf::new();
    let sql: Result<i64, StoreError> = shelf.store.view().exactly("SELECT heliotrope", [], |row| row.get(0));
    let number = shelf
        .store
        .write(|tx| tx.end_share(crate::id::ShareId::from_bytes([1; 16]), u64::MAX));
    let path = open(&shelf.directory.path().join("heliotrope")).unwrap_err();
    for error in [sql.unwrap_err(), number.unwrap_err(), path] {
        let told = format!("{error} {error:?}");
        assert!(!told.contains("heliotrope") && !told.contains("SELECT") && !told.contains("18446744073709551615"));
        assert!(std::error::Error::source(&error).is_none());
    }
}

#[test]
fn a_store_and_a_reader_can_move_to_another_thread() {
    const fn can_move<T: Send>() {}
    can_move::<Store>();
    can_move::<crate::store::Reader>();
}
