//! The C side: a `sqlite3_vfs` whose methods ask the [`Disk`]. The only unsafe code of the disk; nothing here decides anything.
//!
//! Written to <https://www.sqlite.org/c3ref/vfs.html> and <https://www.sqlite.org/c3ref/io_methods.html>.
#![allow(
    unsafe_code,
    reason = "SQLite's file systems are C structures of function pointers; every block says why it is sound"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use libsqlite3_sys as ffi;

use crate::disk::{Disk, Opened, Opening, Refusal};
use crate::lock;
use crate::lock::Level;

/// Longest file name, in bytes with the closing zero.
const NAME_BYTES_MAX: c_int = 512;

/// 2026-01-01T00:00Z as a Julian day in milliseconds: SQLite's clock stands there and goes on by SQLite's own sleeps alone.
const JULIAN_START_MS: i64 = 212_633_985_600_000;

const MS_PER_DAY: f64 = 86_400_000.0;

/// A registered file system. Dropping it takes the name away and empties the disk; the structure itself stays, since a connection may
/// outlive it and SQLite keeps the pointer.
pub(crate) struct Registration {
    name: CString,
    vfs: NonNull<ffi::sqlite3_vfs>,
    disk: Arc<Mutex<Disk>>,
}

// SAFETY: the structure behind `vfs` is never written after registration by us, SQLite changes its list link under its own mutex, and the
// disk it leads to lies behind a mutex.
unsafe impl Send for Registration {}
// SAFETY: as above; `&Registration` gives out nothing but the name.
unsafe impl Sync for Registration {}

impl Registration {
    pub(crate) fn new(name: &str, disk: &Arc<Mutex<Disk>>) -> Self {
        // Between the look for the name and its taking no other registration may come.
        static REGISTERING: Mutex<()> = Mutex::new(());
        let name = CString::new(name).expect("the name of a file system holds no zero byte");
        let guard = REGISTERING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: `name` is a C string that lives through the call.
        let taken = unsafe { ffi::sqlite3_vfs_find(name.as_ptr()) };
        assert!(taken.is_null(), "a file system of this name is registered already");
        let vfs = NonNull::from(Box::leak(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<Handle>()).expect("a handle is small"),
            mxPathname: NAME_BYTES_MAX,
            pNext: ptr::null_mut(),
            // SQLite keeps the pointer for as long as the structure, so this copy is never freed.
            zName: name.clone().into_raw(),
            pAppData: Box::into_raw(Box::new(Arc::clone(disk))).cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_ms),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        })));
        // SAFETY: the structure is complete, leaked, and so valid for as long as SQLite may use it.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs.as_ptr(), 0) };
        drop(guard);
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes a new file system");
        Self {
            name,
            vfs,
            disk: Arc::clone(disk),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: registered in `new`, and unregistered nowhere else.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs.as_ptr()) };
        let mut disk = lock(&self.disk);
        disk.kill();
        disk.files = crate::Files::default();
    }
}

/// What stands in the memory SQLite gives for an open file; SQLite reads only its first field.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    disk: Arc<Mutex<Disk>>,
    opened: Opened,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 1: no shared memory, no memory mapping.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(raise),
    xUnlock: Some(lower),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// # Safety
/// `vfs` is one that [`Registration::new`] made.
unsafe fn disk_of<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Arc<Mutex<Disk>> {
    // SAFETY: `pAppData` is a box leaked in `new`, never freed and never written again.
    unsafe { &*(*vfs).pAppData.cast::<Arc<Mutex<Disk>>>() }
}

/// # Safety
/// `file` is one that [`open`] filled in and that was not closed since; SQLite calls no two methods of one file at a time.
unsafe fn handle_of<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: SQLite gave `szOsFile` bytes, aligned to 8, and `open` wrote a `Handle` there.
    unsafe { &mut *file.cast::<Handle>() }
}

/// # Safety
/// `name` is null or a C string that lives through the call.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, and a C string by the caller's word.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

/// The result code of an answer; `io` is the one for an I/O error in this call.
const fn code<T>(answer: &Result<T, Refusal>, io: c_int) -> c_int {
    match answer {
        Ok(_) => ffi::SQLITE_OK,
        Err(Refusal::Dead | Refusal::Io) => io,
        Err(Refusal::Full) => ffi::SQLITE_FULL,
        Err(Refusal::Busy) => ffi::SQLITE_BUSY,
        Err(Refusal::Missing) => ffi::SQLITE_CANTOPEN,
    }
}

const fn level(number: c_int) -> Level {
    match number {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let has = |flag: c_int| flags & flag != 0;
    let opening = Opening {
        creates: has(ffi::SQLITE_OPEN_CREATE),
        is_exclusive: has(ffi::SQLITE_OPEN_EXCLUSIVE),
        is_journal: has(ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL),
        deletes_on_close: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
    };
    // SAFETY: SQLite passes this file system, a name as `text` wants it, and room for a file.
    unsafe {
        // No methods: SQLite does not close what failed to open.
        (*file).pMethods = ptr::null();
        let disk = disk_of(vfs);
        let answer = lock(disk).open(text(name), opening);
        if !flags_out.is_null() {
            *flags_out = flags;
        }
        let code = code(&answer, ffi::SQLITE_IOERR);
        if let Ok(opened) = answer {
            let base = ffi::sqlite3_file {
                pMethods: &raw const METHODS,
            };
            file.cast::<Handle>().write(Handle {
                base,
                disk: Arc::clone(disk),
                opened,
            });
        }
        code
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file, used no more after this: the handle is moved out and the methods are taken away.
    unsafe {
        let handle = file.cast::<Handle>().read();
        (*file).pMethods = ptr::null();
        lock(&handle.disk).close(&handle.opened);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    count: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(count), Ok(offset)) = (usize::try_from(count), u64::try_from(offset)) else {
        return ffi::SQLITE_IOERR_READ;
    };
    // SAFETY: an open file, and a buffer of `count` bytes that SQLite owns.
    let (handle, buffer) = unsafe { (handle_of(file), slice::from_raw_parts_mut(buffer.cast::<u8>(), count)) };
    let answer = lock(&handle.disk).read(&handle.opened, offset, buffer);
    match answer {
        Ok(held) if held < count => {
            // SQLite wants zeros where the file ends.
            if let Some(rest) = buffer.get_mut(held..) {
                rest.fill(0);
            }
            ffi::SQLITE_IOERR_SHORT_READ
        }
        answer => code(&answer, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    count: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(count), Ok(offset)) = (usize::try_from(count), u64::try_from(offset)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: an open file, and `count` bytes that SQLite owns.
    let (handle, bytes) = unsafe { (handle_of(file), slice::from_raw_parts(buffer.cast::<u8>(), count)) };
    let answer = lock(&handle.disk).write(&handle.opened, offset, bytes);
    code(&answer, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle_of(file) };
    let answer = lock(&handle.disk).truncate(&handle.opened, u64::try_from(length).unwrap_or_default());
    code(&answer, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle_of(file) };
    let answer = lock(&handle.disk).sync(&mut handle.opened);
    code(&answer, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file, and a number of SQLite's.
    let (handle, out) = unsafe { (handle_of(file), &mut *out) };
    let answer = lock(&handle.disk).length(&handle.opened);
    if let Ok(length) = answer {
        *out = i64::try_from(length).unwrap_or(i64::MAX);
    }
    code(&answer, ffi::SQLITE_IOERR_FSTAT)
}

unsafe extern "C" fn raise(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle_of(file) };
    let answer = lock(&handle.disk).raise(&handle.opened, level(to));
    code(&answer, ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn lower(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle_of(file) };
    lock(&handle.disk).lower(&handle.opened, level(to));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file, and a number of SQLite's.
    let (handle, out) = unsafe { (handle_of(file), &mut *out) };
    let answer = lock(&handle.disk).is_reserved(&handle.opened);
    if let Ok(is_reserved) = answer {
        *out = c_int::from(is_reserved);
    }
    code(&answer, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
}

const unsafe extern "C" fn file_control(_file: *mut ffi::sqlite3_file, _op: c_int, _argument: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

const unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    512
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle_of(file) };
    if lock(&handle.disk).faults.powersafe_overwrite {
        ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
    } else {
        0
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, syncs_directory: c_int) -> c_int {
    // SAFETY: SQLite passes this file system and a name as `text` wants it.
    let (disk, name) = unsafe { (disk_of(vfs), text(name).unwrap_or_default()) };
    let answer = lock(disk).delete(name, syncs_directory != 0);
    match answer {
        Err(Refusal::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        answer => code(&answer, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, _flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite passes this file system, a name as `text` wants it, and a number.
    let (disk, name, out) = unsafe { (disk_of(vfs), text(name).unwrap_or_default(), &mut *out) };
    let answer = lock(disk).exists(name);
    *out = c_int::from(answer == Ok(true));
    code(&answer, ffi::SQLITE_IOERR_ACCESS)
}

/// Names are taken as they are: the disk has no working directory and no links.
unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    let room = usize::try_from(room).unwrap_or_default();
    // SAFETY: a C string, and `room` bytes of SQLite's; the copy is made only when the string with its zero fits.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > room {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast::<c_char>(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

/// SQLite asks only the default file system to seed its generator; should it ask this one, zeros are as good for a test.
unsafe extern "C" fn randomness(_vfs: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `count` bytes of SQLite's.
    unsafe { ptr::write_bytes(out, 0, usize::try_from(count).unwrap_or_default()) };
    count
}

unsafe extern "C" fn sleep(vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: SQLite passes this file system.
    let disk = unsafe { disk_of(vfs) };
    lock(disk).slept_us += u64::try_from(microseconds).unwrap_or_default();
    microseconds
}

/// # Safety
/// As [`disk_of`].
unsafe fn julian_ms(vfs: *mut ffi::sqlite3_vfs) -> i64 {
    // SAFETY: by the caller's word.
    let slept_us = lock(unsafe { disk_of(vfs) }).slept_us;
    JULIAN_START_MS + i64::try_from(slept_us / 1000).unwrap_or_default()
}

unsafe extern "C" fn current_time_ms(vfs: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes this file system and a number.
    unsafe { *out = julian_ms(vfs) };
    ffi::SQLITE_OK
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a Julian day in milliseconds has 48 bits, a float holds 53"
)]
unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite passes this file system and a number.
    unsafe { *out = julian_ms(vfs) as f64 / MS_PER_DAY };
    ffi::SQLITE_OK
}

const unsafe extern "C" fn last_error(_vfs: *mut ffi::sqlite3_vfs, _room: c_int, _out: *mut c_char) -> c_int {
    0
}
