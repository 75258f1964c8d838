//! What can still be read of a damaged database, into a new one.
//!
//! Nothing of the damaged files is changed. Their pages are decrypted one by one (`image.rs`), rows are taken from every page that opened
//! (`pages.rs`), and told apart by their columns (`shapes.rs`), so that a damaged page costs the rows that stand on it and no others,
//! whether it held rows or led to them. Where the newest state lacks something, older ones are looked into that the same files
//! still hold. The new database checks every row as it would any other; the lists of words and the full-text index are made anew.
//!
//! It takes about three times the size of the database in memory, and as much on the disk.

mod image;
mod pages;
mod shapes;

pub use image::{SALT_BYTES, log_ends_early, log_is_damaged};

use super::{DATABASE_FILE, Store, StoreError, Tx};
use crate::id::{DocumentId, EntryId};
use cairn_wire::chain_0;
use pages::{Found, Pages};
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use shapes::Shape;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Tables of which a row is about one document, by its first column.
const OF_A_DOCUMENT: [&str; 4] = ["document", "field", "field_set", "sibling"];
/// Tables of which an older state tells what is over by now.
const OF_NOW: [&str; 5] = ["outbox", "closing", "hold", "quarantine", "unverified"];

/// What became of a damaged database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salvaged {
    /// Whether every page opened, and every row of them was whole.
    pub is_whole: bool,
}

/// The salt at the beginning of the database in `directory`. It is no secret, and without it no page of the database opens.
///
/// # Errors
/// [`StoreError::Io`].
pub fn salt_of(directory: &Path) -> Result<Option<[u8; SALT_BYTES]>, StoreError> {
    use std::io::Read as _;
    let mut salt = [0; SALT_BYTES];
    let read = fs::File::open(directory.join(DATABASE_FILE)).and_then(|mut file| file.read_exact(&mut salt));
    match read {
        Ok(()) => Ok(Some(salt)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(None),
        Err(error) => Err(StoreError::of_file(&error)),
    }
}

impl Store {
    /// Takes in what can be read of the damaged database in `folder`, which `key` opened. This database must be new; `scratch` is a
    /// folder for files of its own; `salt` is what the database began with once, where that is known.
    ///
    /// # Errors
    /// [`StoreError::Full`] and what else the file system answers. That something cannot be read is no error.
    pub fn salvage(
        &mut self,
        folder: &Path,
        key: &[u8; 32],
        salt: Option<[u8; SALT_BYTES]>,
        scratch: &Path,
    ) -> Result<Salvaged, StoreError> {
        let database = read(&folder.join(DATABASE_FILE))?;
        let log = read(&folder.join(format!("{DATABASE_FILE}-wal")))?;
        let states = image::states(&database, &log);
        let mut is_whole = !database.is_empty() && states.len() <= 2 && image::is_log(&log);
        for (n, state) in states.iter().enumerate() {
            let at_first = state.first_chunk::<SALT_BYTES>().copied();
            let salts: Vec<[u8; SALT_BYTES]> = at_first.into_iter().chain(salt).collect();
            let image = image::decrypt(state, key, &salts, scratch)?;
            let mut rows = Vec::new();
            let lost = Pages(&image.pages).each_row(|found| {
                if let Some(shape) = Shape::of(&found) {
                    rows.push((shape, found));
                }
                Ok(())
            })?;
            let refused = self.write(|tx| take(tx, rows, n == 0))?;
            if n == 0 {
                is_whole &= image.lost == 0 && lost == 0 && refused == 0;
                if is_whole {
                    break; // What older states say besides is over.
                }
            }
        }
        self.write(|tx| settle(tx, is_whole))?;
        Ok(Salvaged { is_whole })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|error| StoreError::of_file(&error)),
    }
}

/// Takes rows in. Those of an older state fill gaps alone: whole documents, and entries that have no row. Answers how many were refused.
fn take(tx: &Tx<'_>, rows: Vec<(&'static Shape, Found)>, is_newest: bool) -> Result<u64, StoreError> {
    let known: BTreeSet<Vec<u8>> = tx
        .all("SELECT id FROM document UNION SELECT document FROM gone", [], |row| {
            row.get(0)
        })?
        .into_iter()
        .collect();
    let mut refused = 0;
    for (shape, Found { rowid, mut values }) in rows {
        let is_over = !is_newest
            && (OF_NOW.contains(&shape.table)
                || (OF_A_DOCUMENT.contains(&shape.table)
                    && matches!(values.first(), Some(Value::Blob(id)) if known.contains(id))));
        if is_over || matches!(values.first(), Some(Value::Text(name)) if name == "index_form") {
            continue;
        }
        if let (Some(first), Some(rowid)) = (values.first_mut(), rowid) {
            // Of two states one may have given the same number to another entry.
            *first = if is_newest { Value::Integer(rowid) } else { Value::Null };
        }
        let places = vec!["?"; shape.width()].join(", ");
        let sql = format!("INSERT OR IGNORE INTO {} VALUES ({places})", shape.table);
        if tx.run(&sql, params_from_iter(values)).is_err() {
            refused += 1;
        }
    }
    Ok(refused)
}

/// Puts in order what was taken in row by row.
fn settle(tx: &Tx<'_>, is_whole: bool) -> Result<(), StoreError> {
    for sql in [
        // Rows of other tables look like these.
        "DELETE FROM epoch_key WHERE space NOT IN (SELECT id FROM space)",
        "DELETE FROM link WHERE space NOT IN (SELECT id FROM space)",
        "DELETE FROM closing WHERE document IN (SELECT id FROM space) OR NOT EXISTS (SELECT 1 FROM space)",
        "DELETE FROM document WHERE id IN (SELECT document FROM gone)",
        "DELETE FROM entry WHERE id IN (SELECT document FROM gone)",
        "DELETE FROM field WHERE document IN (SELECT document FROM gone)",
        "DELETE FROM field_set WHERE document IN (SELECT document FROM gone)",
        "DELETE FROM sibling WHERE document NOT IN (SELECT id FROM document)",
        // Values without the row that says that they are a document's.
        "INSERT OR IGNORE INTO field_set (document, unknown) SELECT DISTINCT document, x'' FROM field",
    ] {
        tx.run(sql, [])?;
    }
    let ids: Vec<EntryId> = tx.all("SELECT id FROM entry", [], |row| {
        super::columns::id(row, 0, EntryId::from_bytes)
    })?;
    for id in ids {
        let entry = tx.entry(id);
        tx.run("DELETE FROM entry WHERE id = ?1", [id.as_bytes()])?;
        if let Ok(Some(entry)) = entry {
            tx.put_entry(&entry)?;
        }
    }
    if !is_whole {
        for space in tx.spaces()? {
            // What was lost may have come from there: everything is read once more. What was seen of its head holds.
            tx.put_space(&super::SpaceRow {
                cursor: 0,
                chain: *chain_0(&space.id).as_bytes(),
                acked: 0,
                ..space
            })?;
        }
    }
    Ok(())
}

impl super::View<'_> {
    /// Every document.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn all_documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        self.all("SELECT id FROM document ORDER BY id", [], |row| {
            super::columns::id(row, 0, DocumentId::from_bytes)
        })
    }
}

impl Tx<'_> {
    /// Forgets the links of a space's chain from this index on, because they do not continue it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_links_from(&self, space: cairn_wire::SpaceId, index: u64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM link WHERE space = ?1 AND n >= ?2",
            rusqlite::params![space.as_bytes(), index],
        )?;
        Ok(())
    }

    /// Forgets everything that is of use only with keys that were lost: spaces, what waits for them, and single values.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_keys_and_spaces(&self) -> Result<(), StoreError> {
        for table in [
            "space",
            "epoch_key",
            "link",
            "outbox",
            "quarantine",
            "unverified",
            "closing",
            "sibling",
            "hold",
            "shared",
            "said",
            "shown_profile",
            "meeting_page",
            "attachment",
        ] {
            self.run(&format!("DELETE FROM {table}"), [])?;
        }
        self.run("DELETE FROM meta WHERE name <> 'index_form'", [])?;
        Ok(())
    }
}
