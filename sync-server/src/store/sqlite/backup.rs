//! A copy of the store while a relay has it open.
//!
//! The rows are copied first, in small steps and as they stood at one moment; then the blobs' files that they name. A blob that went
//! meanwhile leaves the copy too: whoever let it go does not want it back. The copy is a data folder of its own:
//!
//! | durable, in this order | |
//! |---|---|
//! | the folder | new, or empty |
//! | `relay.db.part` | every row but what wakes devices, and the mark that says it is a copy ([`COPY_MARK`]) |
//! | `blobs/…` | as much of each file as its row counts |
//! | `relay.db` | the same file under its name: from here on there is a copy |
//! | `relay.key` | the relay's own key |
//!
//! A relay that opens a copy begins another incarnation of it by itself, in one transaction with taking the mark away: devices then send
//! again what came after the copy.
//!
//! The moment is held by a read transaction, so that a step never begins anew because something was appended meanwhile. What it costs
//! the relay: its log of changes grows until the rows are copied, and erasures wait for that, because the erased bytes lie in that log.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connection::{DATABASE, Opener};
use crate::limits::{BACKUP_PIECE_BYTES, BACKUP_STEP_PAGES, BLOB_HOLD_BYTES};
use crate::store::blob_bytes::is_far;
use crate::store::files::{self, Files};
use crate::store::folder::make_private;
use crate::store::{StoreConfig, StoreError, own_key};

/// SQLite's `application_id` in a copy, "CAcp". A store that is nobody's copy has 0.
pub(super) const COPY_MARK: i32 = 0x4341_6370;

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Spaces, closed ones too.
    pub spaces: u64,
    /// Blobs with their files, unfinished ones too.
    pub blobs: u64,
    /// Bytes of those files.
    pub blob_bytes: u64,
    /// Blobs that are not in the copy, because their file was gone or shorter than its row says.
    pub blobs_left_out: u64,
    /// Blobs that lie in a bucket, and stay there: their rows are in the copy, and nothing else.
    pub blobs_in_bucket: u64,
}

/// Why there is no copy. What was written of it is taken away again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The data folder has no store. The operator named another folder than the relay's.
    #[error("there is no store in the data folder")]
    NoStore,
    /// The folder to copy into holds something. The operator has to name another one.
    #[error("the folder to copy into is not empty: name one that is new")]
    NotEmpty,
    /// The folder to copy into cannot be made or written to: rights, or a full disk.
    #[error("the copy could not be written")]
    Target(#[source] io::Error),
    /// The store could not be read, or the copy of its rows not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Copies the store that `config` names into `target`, whether a relay has it open or not.
///
/// `between` is called after each step of copying rows.
///
/// # Errors
/// [`BackupError`]: there is no copy then.
pub(crate) fn backup(config: &StoreConfig, target: &Path, between: &mut dyn FnMut()) -> Result<Copied, BackupError> {
    let source = match Opener::beside(config) {
        Err(StoreError::Folder(error)) if error.kind() == ErrorKind::NotFound => return Err(BackupError::NoStore),
        opener => opener?.open_reader()?,
    };
    // Of a newer store it is not known what else belongs to it.
    super::connection::version_of(&source)?;
    let was_there = take_target(target)?;
    let copied = copy(&source, &Files::new(config), target, between);
    if copied.is_err() {
        give_back(target, was_there);
    }
    copied
}

fn copy(source: &Connection, files: &Files, target: &Path, between: &mut dyn FnMut()) -> Result<Copied, BackupError> {
    let part = target.join(format!("{DATABASE}.part"));
    // Made here, so that SQLite finds a file that is its owner's alone: the relay's key is in it.
    drop(private_file(&part).map_err(BackupError::Target)?);
    let mut rows = Connection::open(&part)?;
    rows.pragma_update(None, "temp_store", "MEMORY")?;
    rows.pragma_update(None, "secure_delete", "ON")?;
    copy_rows(source, &mut rows, between)?;
    leave_out_registrations(&rows)?;
    let mut copied = Copied {
        spaces: rows.query_row("SELECT count(*) FROM space", [], |row| row.get(0))?,
        ..Copied::default()
    };
    let lost = copy_blobs(&rows, files, &target.join("blobs"), &mut copied)?;
    let transaction = rows.transaction()?;
    for blob in &lost {
        leave_out(&transaction, blob)?;
    }
    transaction.pragma_update(None, "application_id", COPY_MARK)?;
    transaction.commit()?;
    let seed: [u8; 32] = rows.query_row("SELECT seed FROM relay", [], |row| row.get(0))?;
    // The last connection to go takes the log of changes along.
    rows.close().map_err(|(_, error)| error)?;
    finish(target, &part, &seed)?;
    Ok(copied)
}

/// Copies every page as it stands now.
fn copy_rows(source: &Connection, rows: &mut Connection, between: &mut dyn FnMut()) -> Result<(), BackupError> {
    let moment = source.unchecked_transaction()?;
    // The transaction begins with the first thing that is read.
    source.query_row("SELECT count(*) FROM relay", [], |_| Ok(()))?;
    {
        let backup = Backup::new(source, rows)?;
        loop {
            match backup.step(BACKUP_STEP_PAGES)? {
                StepResult::Done => break,
                StepResult::More => between(),
                // Nobody else knows of the copy, and whoever reads is not kept from it.
                _ => return Err(StoreError::InUse.into()),
            }
        }
    }
    moment.finish()?;
    Ok(())
}

/// A blob's row: where it is, and how much of which file counts.
struct BlobRow {
    space_no: i64,
    id: [u8; 32],
    side: u8,
    file: u64,
    total: u64,
    have: u64,
}

/// Rows of blobs that are looked at together.
const BLOBS_AT_ONCE: usize = 256;

/// Copies the files of the rows that were copied, and answers the rows whose file is not there whole.
fn copy_blobs(
    rows: &Connection,
    files: &Files,
    folder: &Path,
    copied: &mut Copied,
) -> Result<Vec<BlobRow>, BackupError> {
    let mut lost = Vec::new();
    let mut after = (-1, [0; 32]);
    loop {
        let some = blobs_after(rows, after)?;
        let Some(last) = some.last() else { break };
        after = (last.space_no, last.id);
        for blob in some {
            if is_far(blob.file) {
                copied.blobs_in_bucket += 1;
                continue;
            }
            // Nothing of it counts yet, and whoever goes on with it begins the file.
            if blob.have == 0 {
                copied.blobs += 1;
                continue;
            }
            if copy_file(files, &blob, folder)? {
                copied.blobs += 1;
                copied.blob_bytes += blob.have;
            } else {
                copied.blobs_left_out += 1;
                lost.push(blob);
            }
        }
    }
    if folder.exists() {
        files::sync_names(folder).map_err(BackupError::Target)?;
    }
    Ok(lost)
}

fn blobs_after(rows: &Connection, after: (i64, [u8; 32])) -> Result<Vec<BlobRow>, BackupError> {
    let mut statement = rows.prepare_cached(
        "SELECT space_no, id, side, file, total, have FROM blob WHERE (space_no, id) > (?1, ?2)
         ORDER BY space_no, id LIMIT ?3",
    )?;
    let blobs = statement.query_map((after.0, after.1, BLOBS_AT_ONCE), |row| {
        Ok(BlobRow {
            space_no: row.get(0)?,
            id: row.get(1)?,
            side: row.get(2)?,
            file: row.get(3)?,
            total: row.get(4)?,
            have: row.get(5)?,
        })
    })?;
    Ok(blobs.collect::<Result<_, _>>()?)
}

/// Copies what counts of a file, durably; whether it was there.
fn copy_file(files: &Files, blob: &BlobRow, folder: &Path) -> Result<bool, BackupError> {
    make_private(folder).map_err(BackupError::Target)?;
    let path = folder.join(files::name_of(blob.file));
    let mut copy = private_file(&path).map_err(BackupError::Target)?;
    let mut offset = 0;
    while offset < blob.have {
        let left = usize::try_from(blob.have - offset).unwrap_or(usize::MAX);
        let length = left.min(BACKUP_PIECE_BYTES);
        let piece = match files.read(blob.file, offset, length) {
            Ok(Some(piece)) => piece,
            Ok(None) | Err(StoreError::Damaged) => {
                drop(copy);
                fs::remove_file(&path).map_err(BackupError::Target)?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        copy.write_all(&piece).map_err(BackupError::Target)?;
        offset += length as u64;
    }
    copy.sync_all().map_err(BackupError::Target)?;
    Ok(true)
}

/// Takes out what wakes devices, and writes over it: putting a copy back forgets it anyway, and who has the copy has no use for it.
fn leave_out_registrations(rows: &Connection) -> Result<(), BackupError> {
    // A store of an older version has none.
    let has_them = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'wake'";
    if rows.query_row(has_them, [], |row| row.get(0))? {
        rows.execute("DELETE FROM wake", [])?;
    }
    Ok(())
}

/// Takes a blob out of the copy, with what it counted for.
fn leave_out(rows: &Connection, blob: &BlobRow) -> Result<(), BackupError> {
    let holds = rows.execute(
        "DELETE FROM blob_hold WHERE space_no = ?1 AND blob = ?2",
        (blob.space_no, blob.id),
    )?;
    rows.execute(
        "DELETE FROM blob WHERE space_no = ?1 AND id = ?2",
        (blob.space_no, blob.id),
    )?;
    let freed = blob.total + holds as u64 * BLOB_HOLD_BYTES;
    let bytes = if blob.side == 0 { "bytes_0" } else { "bytes_1" };
    rows.execute(
        &format!("UPDATE space SET {bytes} = max(0, {bytes} - ?2) WHERE no = ?1"),
        (blob.space_no, freed),
    )?;
    Ok(())
}

/// Makes the rows durable and gives them their name; then the key, and the names.
fn finish(target: &Path, part: &Path, seed: &[u8; 32]) -> Result<(), BackupError> {
    let named = || {
        File::open(part)?.sync_all()?;
        fs::rename(part, target.join(DATABASE))?;
        files::sync_names(target)
    };
    named().map_err(BackupError::Target)?;
    own_key::keep(target, seed)?;
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    files::sync_names(parent.unwrap_or(Path::new("."))).map_err(BackupError::Target)
}

/// The folder to copy into, made if need be; whether it was there.
fn take_target(target: &Path) -> Result<bool, BackupError> {
    match fs::read_dir(target) {
        Ok(mut names) => match names.next() {
            None => Ok(true),
            Some(_) => Err(BackupError::NotEmpty),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_private(target).map_err(BackupError::Target)?;
            Ok(false)
        }
        Err(error) => Err(BackupError::Target(error)),
    }
}

/// Takes away what was written into a folder that was empty. What cannot be taken away stays, and has no name that a relay opens.
fn give_back(target: &Path, was_there: bool) {
    let everything = fs::read_dir(target).into_iter().flatten().flatten();
    for path in everything.map(|entry| entry.path()).collect::<Vec<PathBuf>>() {
        drop(if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        });
    }
    if !was_there {
        drop(fs::remove_dir(target));
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
