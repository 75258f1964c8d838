//! Counts syncs: the system's own SQLite file system, with a counter on the way to the disk.
//!
//! How fast a sync is differs from disk to disk and from hour to hour; how many a program asks for does not. The file system here is
//! SQLite's default one under another name. Every file it opens keeps its own methods but one, `xSync`, which counts and then syncs.
#![allow(
    unsafe_code,
    reason = "SQLite's file systems are C structures of function pointers; every block says why it is sound"
)]

use std::ffi::{CString, c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use libsqlite3_sys as ffi;

/// The name to open a database with, to have its syncs counted.
pub const COUNTING_VFS: &str = "cairn-counting";

static SYNCS: AtomicU64 = AtomicU64::new(0);
static UNDER: OnceLock<Underneath> = OnceLock::new();
static TABLES: Mutex<Vec<&'static Counted>> = Mutex::new(Vec::new());

/// The file system that does the work.
struct Underneath(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite keeps its default file system for as long as the process lives and calls it from any thread itself.
unsafe impl Send for Underneath {}
// SAFETY: as above; only its methods are read through this pointer.
unsafe impl Sync for Underneath {}

/// The methods of a kind of file, with the counting one in the place of `xSync`. SQLite sees the first field only.
#[repr(C)]
struct Counted {
    methods: ffi::sqlite3_io_methods,
    original: *const ffi::sqlite3_io_methods,
}

// SAFETY: never changed once made, and `original` leads to a constant of SQLite's.
unsafe impl Send for Counted {}
// SAFETY: as above.
unsafe impl Sync for Counted {}

/// Syncs of files that were asked for since [`count_syncs`] was first called, by every connection on the counting file system.
#[must_use]
pub fn syncs_counted() -> u64 {
    SYNCS.load(Ordering::Relaxed)
}

/// Registers the counting file system under [`COUNTING_VFS`]; with `for_all`, connections that name none are on it too from now on.
///
/// The folder's own sync, once when a file is made, is part of that file's first sync and not counted apart.
///
/// # Panics
/// When SQLite has no file system of its own here, or does not take another one.
pub fn count_syncs(for_all: bool) {
    let Underneath(original) = UNDER.get_or_init(|| {
        // SAFETY: no name asks for the default one.
        let original = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!original.is_null(), "this system has files");
        Underneath(original)
    });
    static COUNTING: OnceLock<Underneath> = OnceLock::new();
    let Underneath(counting) = COUNTING.get_or_init(|| {
        let name = CString::new(COUNTING_VFS).expect("the name holds no zero byte");
        // SAFETY: `original` is a complete file system; the copy shares its methods and what they need (`pAppData`), is leaked, and so
        // is valid for as long as SQLite may use it.
        let copy = unsafe {
            ffi::sqlite3_vfs {
                pNext: ptr::null_mut(),
                zName: name.into_raw(),
                xOpen: Some(open),
                ..**original
            }
        };
        Underneath(Box::into_raw(Box::new(copy)))
    });
    // SAFETY: complete, leaked, and registered as often as one likes.
    let code = unsafe { ffi::sqlite3_vfs_register(*counting, c_int::from(for_all)) };
    assert_eq!(code, ffi::SQLITE_OK, "SQLite takes a file system");
}

/// The counting table for files with these methods. There are two or three kinds of files, each with one table for ever.
fn counted(original: *const ffi::sqlite3_io_methods) -> *const ffi::sqlite3_io_methods {
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = tables.iter().copied().find(|table| ptr::eq(table.original, original));
    let table = known.unwrap_or_else(|| {
        // SAFETY: SQLite's own constant table, complete.
        let methods = unsafe { *original };
        let table: &'static Counted = Box::leak(Box::new(Counted {
            methods: ffi::sqlite3_io_methods {
                xSync: Some(sync),
                ..methods
            },
            original,
        }));
        tables.push(table);
        table
    });
    ptr::from_ref(table).cast()
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let Some(Underneath(original)) = UNDER.get() else {
        return ffi::SQLITE_CANTOPEN;
    };
    // SAFETY: the arguments go on as SQLite gave them, to the file system they are made for: the room for a file is its own size. What it
    // opened has methods, or none when it failed.
    unsafe {
        let Some(opens) = (**original).xOpen else {
            return ffi::SQLITE_CANTOPEN;
        };
        let code = opens(*original, name, file, flags, flags_out);
        if !(*file).pMethods.is_null() {
            (*file).pMethods = counted((*file).pMethods);
        }
        code
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: only files that `open` gave a `Counted` table have this method, and tables are never freed.
    unsafe {
        let table = (*file).pMethods.cast::<Counted>();
        (*(*table).original)
            .xSync
            .map_or(ffi::SQLITE_IOERR_FSYNC, |syncs| syncs(file, flags))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use rusqlite::{Connection, OpenFlags};

    #[test]
    fn every_commit_of_a_log_under_full_is_one_sync_and_under_normal_none() {
        count_syncs(false);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let flags = OpenFlags::default();
        let connection = Connection::open_with_flags_and_vfs(path, flags, COUNTING_VFS).unwrap();
        let schema = "PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER);";
        connection.execute_batch(schema).unwrap();
        for (synchronous, expected) in [("FULL", 10), ("NORMAL", 0)] {
            connection.pragma_update(None, "synchronous", synchronous).unwrap();
            connection.execute("INSERT INTO t VALUES (0)", []).unwrap();
            let before = syncs_counted();
            for n in 0..10 {
                connection.execute("INSERT INTO t VALUES (?1)", [n]).unwrap();
            }
            assert_eq!(syncs_counted() - before, expected, "{synchronous}");
        }
        let count: i64 = connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 22);
    }
}
