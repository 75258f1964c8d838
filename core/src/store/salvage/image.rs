//! The pages of a damaged database, decrypted as far as they open.
//!
//! SQLCipher reads nothing of a file whose first page is damaged, and nothing more once it has met one that is. So the file is not read
//! as it is: its pages are copied behind a first page of our own, made with the same key and salt, and those that do not pass their
//! authentication are made zeros, which SQLCipher takes for pages that were never written; it does so only where the first page says that
//! the file is kept short (`auto_vacuum`), so ours says that.

use super::super::open::set;
use super::super::{DATABASE_FILE, StoreError, key};
use super::pages::PAGE_BYTES;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes of the salt at the beginning of a database.
pub const SALT_BYTES: usize = 16;

const WAL_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// Decrypted pages, and how many did not open.
pub(super) struct Image {
    pub(super) pages: Zeroizing<Vec<u8>>,
    pub(super) lost: u64,
}

/// The states of a database that its files tell of, the newest first: with all of its log, with that part of the log which is whole,
/// and without it.
pub(super) fn states(database: &[u8], log: &[u8]) -> Vec<Vec<u8>> {
    let mut states = Vec::new();
    for is_strict in [false, true] {
        let state = folded(database, log, is_strict);
        if !states.contains(&state) {
            states.push(state);
        }
    }
    let alone = whole_pages(database.to_vec());
    if !states.contains(&alone) {
        states.push(alone);
    }
    states
}

/// Whether a file is a write-ahead log, or nothing at all.
pub(super) fn is_log(log: &[u8]) -> bool {
    // Zeros: its head was not written when the power went, and so nothing behind it counts.
    let is_unwritten = log.iter().take(WAL_HEAD).all(|byte| *byte == 0);
    is_unwritten || matches!(log.first_chunk(), Some([0x37, 0x7f, 0x06, 0x82 | 0x83]))
}

/// Whether the log beside the database in `directory` cannot be one. SQLite takes such a file for none at all and begins another in its
/// place; what it held, acknowledged and not yet carried over, would be gone without a word.
///
/// # Errors
/// [`StoreError::Io`].
pub fn log_is_damaged(directory: &Path) -> Result<bool, StoreError> {
    use std::io::Read as _;
    let mut head = Vec::with_capacity(WAL_HEAD);
    let file = match fs::File::open(directory.join(format!("{DATABASE_FILE}-wal"))) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        file => file.map_err(|error| StoreError::of_file(&error))?,
    };
    file.take(WAL_HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|error| StoreError::of_file(&error))?;
    Ok(!is_log(&head))
}

/// Whether the log beside the database in `directory` goes on with a whole transaction behind a place that is not whole. SQLite reads
/// up to that place. So it is where the log was damaged, and may be where the power went before the transaction was acknowledged.
///
/// # Errors
/// As [`log_is_damaged`].
pub fn log_ends_early(directory: &Path) -> Result<bool, StoreError> {
    let log = match fs::read(directory.join(format!("{DATABASE_FILE}-wal"))) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        log => log.map_err(|error| StoreError::of_file(&error))?,
    };
    Ok(folded(&[], &log, false) != folded(&[], &log, true))
}

fn whole_pages(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / PAGE_BYTES * PAGE_BYTES);
    bytes
}

/// The database with its log carried over up to the last transaction that ended.
fn folded(database: &[u8], log: &[u8], is_strict: bool) -> Vec<u8> {
    let mut pages = whole_pages(database.to_vec());
    let Some(head) = log.get(..WAL_HEAD) else { return pages };
    let word = |bytes: &[u8], at: usize| {
        let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
        u32::from_be_bytes(word.unwrap_or_default())
    };
    let is_big = match word(head, 0) {
        0x377f_0683 => true,
        0x377f_0682 => false,
        _ if is_strict => return pages,
        _ => false,
    };
    // Where the head is damaged, the first frame says of which log they are.
    let salts = if is_log(log) {
        head.get(16..24)
    } else {
        log.get(WAL_HEAD + 8..WAL_HEAD + 16)
    };
    let mut sum = checksum((0, 0), &head[..24], is_big);
    let mut frames = Vec::new();
    let mut ended = 0;
    for frame in log[WAL_HEAD..].chunks_exact(FRAME_HEAD + PAGE_BYTES) {
        let (about, page) = frame.split_at(FRAME_HEAD);
        if about.get(8..16) != salts {
            if is_strict {
                break;
            }
            continue; // Of a log before this one, or damaged.
        }
        sum = checksum(checksum(sum, &about[..8], is_big), page, is_big);
        if is_strict && sum != (word(about, 16), word(about, 20)) {
            break;
        }
        frames.push((word(about, 0), page));
        if word(about, 4) != 0 {
            ended = frames.len();
        }
    }
    let room = database.len() + log.len();
    for (number, page) in &frames[..ended] {
        let at = usize::try_from(*number)
            .unwrap_or(0)
            .wrapping_sub(1)
            .saturating_mul(PAGE_BYTES);
        if at >= room {
            continue; // The number is damaged.
        }
        if pages.len() < at + PAGE_BYTES {
            pages.resize(at + PAGE_BYTES, 0);
        }
        pages[at..at + PAGE_BYTES].copy_from_slice(page);
    }
    pages
}

/// SQLite's checksum over a write-ahead log.
fn checksum(before: (u32, u32), bytes: &[u8], is_big: bool) -> (u32, u32) {
    let word = |at: &[u8; 4]| {
        if is_big {
            u32::from_be_bytes(*at)
        } else {
            u32::from_le_bytes(*at)
        }
    };
    let words = bytes.as_chunks::<4>().0;
    words.as_chunks::<2>().0.iter().fold(before, |(a, b), [first, second]| {
        let a = a.wrapping_add(word(first)).wrapping_add(b);
        (a, b.wrapping_add(word(second)).wrapping_add(a))
    })
}

/// Decrypts `state` in files of its own in `scratch`, with the salt under which most of it opens.
pub(super) fn decrypt(
    state: &[u8],
    key: &[u8; 32],
    salts: &[[u8; SALT_BYTES]],
    scratch: &Path,
) -> Result<Image, StoreError> {
    let count = state.len() / PAGE_BYTES;
    let mut best: Option<(Vec<usize>, Vec<u8>)> = None;
    for salt in salts {
        let mut image = first_page(key, salt, count, scratch)?;
        if let (Some(into), Some(from)) = (
            image.get_mut(PAGE_BYTES..state.len().max(PAGE_BYTES)),
            state.get(PAGE_BYTES..),
        ) {
            into.copy_from_slice(from);
        }
        let bad = bad_pages(&image, key, scratch)?;
        if best.as_ref().is_none_or(|(least, _)| bad.len() < least.len()) {
            best = Some((bad, image));
        }
    }
    let Some((bad, mut image)) = best else {
        return Ok(Image {
            pages: Zeroizing::new(Vec::new()),
            lost: 0,
        });
    };
    let mut lost = 0;
    for number in bad.into_iter().filter(|number| (2..=count).contains(number)) {
        let at = (number - 1) * PAGE_BYTES;
        if let Some(page) = image.get_mut(at..at + PAGE_BYTES) {
            page.fill(0);
            lost += 1;
        }
    }
    let mut connection = open_image(&image, key, scratch)?;
    let pages = connection
        .serialize(rusqlite::MAIN_DB)
        .map_err(|error| StoreError::of(&error))?;
    let mut pages = Zeroizing::new(pages.to_vec());
    pages.truncate(state.len());
    Ok(Image { pages, lost })
}

/// A database with this key and salt, of at least so many pages, all of which open.
fn first_page(key: &[u8; 32], salt: &[u8; SALT_BYTES], count: usize, scratch: &Path) -> Result<Vec<u8>, StoreError> {
    let path = scratch.join("first.db");
    remove(&path)?;
    let connection = Connection::open(&path).map_err(|error| StoreError::of(&error))?;
    set(&connection, "cipher_log_level", "NONE")?;
    key::unlock_with_salt(&connection, key, salt)?;
    let bytes = i64::try_from((count + 2) * PAGE_BYTES).map_err(|_| StoreError::Misuse)?;
    connection
        .execute_batch(&format!(
            "PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = MEMORY; CREATE TABLE room (bytes BLOB); INSERT INTO room VALUES (zeroblob({bytes}));"
        ))
        .map_err(|error| StoreError::of(&error))?;
    drop(connection);
    let made = fs::read(&path).map_err(|error| StoreError::of_file(&error))?;
    remove(&path)?;
    Ok(made)
}

fn open_image(image: &[u8], key: &[u8; 32], scratch: &Path) -> Result<Connection, StoreError> {
    let path = scratch.join("image.db");
    fs::write(&path, image).map_err(|error| StoreError::of_file(&error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| StoreError::of(&error))?;
    set(&connection, "cipher_log_level", "NONE")?;
    key::unlock(&connection, key)?;
    Ok(connection)
}

/// The numbers of the pages that do not pass their authentication.
fn bad_pages(image: &[u8], key: &[u8; 32], scratch: &Path) -> Result<Vec<usize>, StoreError> {
    let connection = open_image(image, key, scratch)?;
    let mut statement = connection
        .prepare("PRAGMA cipher_integrity_check")
        .map_err(|error| StoreError::of(&error))?;
    let said = statement
        .query_map([], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<String>, _>>)
        .map_err(|error| StoreError::of(&error))?;
    let number = |said: &String| said.rsplit(' ').next().and_then(|number| number.parse().ok());
    Ok(said.iter().filter_map(number).collect())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::of_file(&error)),
        _ => Ok(()),
    }
}
