//! The room's tests, by what they prove.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod attachments;
mod calendar;
mod connection;
mod damage;
mod documents;
mod entries;
mod filters;
mod gone;
mod scripts;
mod search;
mod spaces;

use super::{Store, StoreConfig, StoreError, Tx};
use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::journal::{Entry, Unknown, Word};
use crate::moment::Moment;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const KEY: [u8; 32] = [7; 32];

/// A store in a folder of its own.
struct Shelf {
    store: Store,
    directory: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path()).unwrap();
        Self { store, directory }
    }

    fn write(&mut self, work: impl FnOnce(&Tx<'_>) -> Result<(), StoreError>) {
        self.store.write(work).unwrap();
    }

    /// Closes the store and leaves its folder.
    fn close(self) -> TempDir {
        drop(self.store);
        self.directory
    }
}

fn open(directory: &Path) -> Result<Store, StoreError> {
    Store::open(&StoreConfig::new(directory), &KEY)
}

fn database(directory: &Path) -> PathBuf {
    directory.join(super::DATABASE_FILE)
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

fn entry_id(n: u8) -> EntryId {
    EntryId::from_bytes([n; 16])
}

/// An entry with this text, that happened at this time.
fn entry(n: u8, at: i64, title: &str, body: &str) -> Entry {
    let moment = Moment::new(Timestamp(at), "Europe/London").unwrap();
    Entry {
        title: title.to_owned(),
        body: body.to_owned(),
        tags: vec![Word::new("Bus"), Word::new("home")],
        feelings: vec![Word::new("tired"), Word::new("さみしい")],
        ..Entry::blank(entry_id(n), moment)
    }
}
