//! Setting a damaged database aside. It is never deleted: somebody may still read from it.

use super::{DATABASE_FILE, StoreError};
use crate::clock::Timestamp;
use chrono::{DateTime, Utc};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Folders tried for one second before giving up.
const FOLDERS_MAX: u32 = 1_000;

/// Moves the database and the files SQLite keeps beside it into a new folder `damaged-<YYYYMMDD-HHMMSS>[-n]` (UTC)
/// and answers that folder. Call it with no connection open.
///
/// The log goes before the database: were it left behind alone, the next database of that name would read it as its
/// own. After a crash on the way the next call takes the rest, into a folder of its own.
///
/// # Errors
/// [`StoreError::Io`], [`StoreError::Full`] or [`StoreError::ReadOnly`], as the file system answers. What was not
/// moved stays where it was; nothing is overwritten.
pub fn set_aside(directory: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let folder = new_folder(directory, now)?;
    for ending in ["-wal", "-shm", ""] {
        let name = format!("{DATABASE_FILE}{ending}");
        match std::fs::rename(directory.join(&name), folder.join(&name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::of_file(&error));
            }
            _ => {}
        }
    }
    for changed in [&folder, directory] {
        make_durable(changed)?;
    }
    Ok(folder)
}

fn new_folder(directory: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let time: DateTime<Utc> = DateTime::from_timestamp_millis(now.0).unwrap_or_default();
    let name = format!("damaged-{}", time.format("%Y%m%d-%H%M%S"));
    for n in 0..FOLDERS_MAX {
        let folder = directory.join(if n == 0 { name.clone() } else { format!("{name}-{n}") });
        // Fails where there is one already, so that nothing can be in it that a move would overwrite.
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(StoreError::of_file(&error)),
        }
    }
    Err(StoreError::Io)
}

/// Makes the names in a folder outlive a power cut, where the system can.
fn make_durable(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let opened = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        return opened.map_err(|error| StoreError::of_file(&error));
    }
    Ok(())
}
