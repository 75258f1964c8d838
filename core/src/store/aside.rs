//! Setting a damaged database aside. It is never deleted: somebody may still read from it.

use super::{ATTACHMENTS_FOLDER, DATABASE_FILE, StoreError};
use crate::clock::Timestamp;
use chrono::{DateTime, Utc};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Folders tried for one second before giving up.
const FOLDERS_MAX: u32 = 1_000;

/// Moves the database, the files SQLite keeps beside it and the attachments into a new folder
/// `damaged-<YYYYMMDD-HHMMSS>[-n]` (UTC) and answers that folder. Call it with no connection open.
///
/// The log goes before the database: were it left behind alone, the next database of that name would read it as its
/// own. After a crash on the way the next call takes the rest, into a folder of its own. The attachments go along because only
/// that database leads to what opens them; a new one would take them for files that nothing names.
///
/// # Errors
/// [`StoreError::Io`], [`StoreError::Full`] or [`StoreError::ReadOnly`], as the file system answers. What was not
/// moved stays where it was; nothing is overwritten.
pub fn set_aside(directory: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let folder = folder_aside(directory, now)?;
    set_aside_in(directory, &folder)?;
    Ok(folder)
}

/// As [`set_aside`], into a folder that [`folder_aside`] made: a crash on the way does not part the database from its log, where the
/// folder's name was noted before. What lies there already stays.
///
/// # Errors
/// As [`set_aside`].
pub fn set_aside_in(directory: &Path, folder: &Path) -> Result<(), StoreError> {
    let database = ["-wal", "-shm", ""].map(|ending| format!("{DATABASE_FILE}{ending}"));
    for name in database.iter().map(String::as_str).chain([ATTACHMENTS_FOLDER]) {
        if folder.join(name).exists() {
            continue;
        }
        match std::fs::rename(directory.join(name), folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::of_file(&error));
            }
            _ => {}
        }
    }
    for changed in [folder, directory] {
        make_durable(changed)?;
    }
    Ok(())
}

/// Makes the folder that a damaged database is to be moved into.
///
/// # Errors
/// As [`set_aside`].
pub fn folder_aside(directory: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
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

/// Whether a folder of this name is one that [`folder_aside`] makes.
pub fn is_aside(name: &str) -> bool {
    let is_number = |part: &str, digits| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = name.strip_prefix("damaged-") else {
        return false;
    };
    let parts: Vec<&str> = rest.split('-').collect();
    match parts.as_slice() {
        [date, time] => is_number(date, 8) && is_number(time, 6),
        [date, time, n] => is_number(date, 8) && is_number(time, 6) && n.parse().is_ok_and(|n: u32| n < FOLDERS_MAX),
        _ => false,
    }
}

/// Makes the names in a folder outlive a power cut, where the system can.
fn make_durable(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let opened = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        return opened.map_err(|error| StoreError::of_file(&error));
    }
    Ok(())
}
