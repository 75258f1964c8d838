//! A SQLite file system that loses power on purpose.
//!
//! # What this crate is for
//! A process killed with `kill -9` loses nothing: the operating system still writes its cache. Only a disk that forgets what was not
//! synced shows whether "saved" is true. [`SimDisk`] is such a disk, in memory, below SQLite and SQLCipher alike: register it under a
//! name, open a database with that name as its VFS, cut the power, reopen, look. [`run_cuts`] does so a few hundred times a second.
//!
//! # What it may not know
//! Nothing of journals, records or relays: it sees files. It depends on SQLite's C interface only.
//!
//! # Its invariants
//! * One seed, one story: chance comes from the seed, time stands still but for SQLite's own sleeps, and nothing truly sleeps.
//! * After a cut every call fails until [`SimDisk::power_loss`]; handles of before it stay dead for ever, as those of a dead process.
//! * What an honest sync covered is never lost. What it did not cover may be whole, torn or gone ([the table](#fault-model)).
//! * It has no shared memory: write-ahead logging needs `PRAGMA locking_mode = EXCLUSIVE` **before** `PRAGMA journal_mode = WAL`.
//!
//! # Fault model
//! | what was not synced | after a power loss |
//! |---|---|
//! | a write | whole, gone, or torn: each 512-byte sector of it new or old |
//! | a truncation | done or not |
//! | a file made or deleted | per name, the first few of its changes in order: a deleted journal may be back |
//! | the operation under way at the cut | as any other that was not synced |
//!
//! A file's own sync keeps its data and its newest name; a deletion is kept by a sync of the directory, which SQLite asks for with the first
//! sync of a journal or log and with a deletion under `synchronous = EXTRA`. A failed sync loses for ever some of what it should have
//! kept, as on Linux. SQLite's file systems know no renaming, so there is none.
//!
//! Planted: a sync that lies ([`Faults`]), an I/O error at one call or from then on ([`SimDisk::eio_at`], [`SimDisk::eio_from`]), a full disk
//! ([`SimDisk::full_at`]), rot ([`SimDisk::flip_bit`]), old pages put back ([`SimDisk::splice`]).
//!
//! Beside it stands a file system that loses nothing and counts: [`count_syncs`].
//!
//! # Where to start reading
//! `cuts.rs` for the loop, `files.rs` for the fault model, `vfs.rs` and `counting.rs` for the only unsafe code.

mod counting;
mod cuts;
mod disk;
mod files;
mod lock;
mod random;
mod vfs;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use counting::{COUNTING_VFS, count_syncs, syncs_counted};
pub use cuts::{Acked, Cuts, Found, Report, run_cuts};
use disk::Disk;
use files::Files;
use vfs::Registration;

/// Defects of the device, for as long as they are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Faults {
    /// Every sync, of files and of folders, answers success and keeps nothing. The planted defect that any durability test must notice.
    pub lying_sync: bool,
    /// The device says that a write never harms its neighbours within a sector, as most systems tell SQLite. Off, SQLite pads its log.
    pub powersafe_overwrite: bool,
}

impl Faults {
    /// A device that lies about every sync.
    #[must_use]
    pub const fn lying_sync() -> Self {
        Self {
            lying_sync: true,
            powersafe_overwrite: false,
        }
    }

    /// An honest device with the characteristic that SQLite assumes on most systems.
    #[must_use]
    pub const fn powersafe_overwrite() -> Self {
        Self {
            lying_sync: false,
            powersafe_overwrite: true,
        }
    }
}

/// What a disk was asked to do since it was registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Calls of every kind but locks and lengths; what [`SimDisk::eio_at`] counts.
    pub calls: u64,
    /// Calls that change the disk: make, write, truncate, sync, delete; what [`SimDisk::cut_after`] counts.
    pub operations: u64,
    /// Writes.
    pub writes: u64,
    /// Syncs of files.
    pub syncs: u64,
    /// Bytes written.
    pub bytes_written: u64,
}

/// The whole content of a disk at one moment, with what was not yet synced. Cheap to keep and to restore.
#[derive(Clone)]
pub struct Snapshot(Files);

impl fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Snapshot")
            .field("bytes", &self.0.bytes())
            .finish_non_exhaustive()
    }
}

/// A simulated disk and the SQLite file system that stands on it. Clones are the same disk.
///
/// The file system is unregistered, and its files are gone, with the last clone; a few hundred bytes of it stay for SQLite for ever.
///
/// ```
/// use cairn_simdisk::SimDisk;
///
/// let disk = SimDisk::register("doc-example", 7);
/// let flags = rusqlite::OpenFlags::default();
/// let open = || rusqlite::Connection::open_with_flags_and_vfs("a.db", flags, disk.name());
///
/// let database = open()?;
/// // Less than this, and the rollback journal may be back after the cut: deleting it is what commits.
/// database.pragma_update(None, "synchronous", "extra")?;
/// database.execute_batch("CREATE TABLE stone (height INTEGER); INSERT INTO stone VALUES (3);")?;
/// disk.cut(); // the process is dead: every further call fails
/// assert!(database.execute_batch("INSERT INTO stone VALUES (4)").is_err());
/// drop(database);
/// disk.power_loss();
/// assert_eq!(open()?.query_row("SELECT sum(height) FROM stone", (), |row| row.get::<_, i64>(0))?, 3);
/// # Ok::<(), rusqlite::Error>(())
/// ```
#[derive(Clone)]
pub struct SimDisk {
    disk: Arc<Mutex<Disk>>,
    registration: Arc<Registration>,
}

impl SimDisk {
    /// Makes an empty disk and registers its file system with SQLite under `name`, which is also what to open databases with.
    ///
    /// # Panics
    /// When a file system of that name is already registered, or when `name` holds a zero byte.
    #[must_use]
    pub fn register(name: &str, seed: u64) -> Self {
        let disk = Arc::new(Mutex::new(Disk::new(seed)));
        let registration = Arc::new(Registration::new(name, &disk));
        Self { disk, registration }
    }

    /// Like [`SimDisk::register`], under a name nobody else has.
    #[must_use]
    pub fn anonymous(seed: u64) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self::register(&format!("simdisk-{}", NUMBER.fetch_add(1, Ordering::Relaxed)), seed)
    }

    /// The name of the file system, for `sqlite3_open_v2`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.registration.name()
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }

    /// Begins the sequence of chance anew.
    pub fn reseed(&self, seed: u64) {
        self.disk().reseed(seed);
    }

    /// Sets the defects of the device.
    pub fn set_faults(&self, faults: Faults) {
        self.disk().faults = faults;
    }

    /// What the disk was asked to do so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.disk().counters
    }

    /// Lets `operations` more changes of the disk pass; the power goes during the one after them.
    pub fn cut_after(&self, operations: u64) {
        self.disk().cut_after(Some(operations));
    }

    /// Cuts the power now: every call fails until [`SimDisk::power_loss`].
    pub fn cut(&self) {
        self.disk().kill();
    }

    /// Whether the process has died at a cut.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.disk().is_dead()
    }

    /// Decides by chance what the cut has left, and switches the disk on again. Planned cuts and I/O errors are forgotten.
    pub fn power_loss(&self) {
        self.disk().power_loss();
    }

    /// The process dies without the power going: everything written is there, handles of before are dead.
    pub fn kill_process(&self) {
        let mut disk = self.disk();
        let files = disk.files.clone();
        disk.replace(files);
    }

    /// Makes the `call`-th call from now fail (1 is the next one). A failing write has written its first half.
    pub fn eio_at(&self, call: u64) {
        self.disk().fail(Some(call), false);
    }

    /// Makes the `call`-th call from now fail, and every one after it until [`SimDisk::mend`].
    pub fn eio_from(&self, call: u64) {
        self.disk().fail(Some(call), true);
    }

    /// Takes back planned I/O errors, planned cuts and the limit of space.
    pub fn mend(&self) {
        let mut disk = self.disk();
        disk.fail(None, false);
        disk.cut_after(None);
        disk.fill_at(None);
    }

    /// Lets the disk hold `bytes` in all; writes that would make it more fail as on a full disk.
    pub fn full_at(&self, bytes: u64) {
        self.disk().fill_at(Some(bytes));
    }

    /// Bytes that all files hold, as the process sees them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.disk().files.bytes()
    }

    /// Names of the files, as the process sees them.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        self.disk().files.names().keys().cloned().collect()
    }

    /// The content of a file, as the process sees it.
    #[must_use]
    pub fn read(&self, file: &str) -> Option<Vec<u8>> {
        let disk = self.disk();
        disk.files.find(file).map(|inode| disk.files.live(inode).to_vec())
    }

    /// Puts a file of this content on the disk, synced, in place of one that is there.
    pub fn write(&self, file: &str, content: &[u8]) {
        let mut disk = self.disk();
        if disk.files.find(file).is_none() {
            disk.files.create(Some(file));
        }
        disk.files.tamper(file, |image| content.clone_into(image));
        disk.files.settle();
    }

    /// Turns one bit of a file, as rot does. Answers whether there is such a bit.
    pub fn flip_bit(&self, file: &str, bit: u64) -> bool {
        let byte = usize::try_from(bit / 8).unwrap_or(usize::MAX);
        let has_bit = self.read(file).is_some_and(|content| byte < content.len());
        has_bit
            && self.disk().files.tamper(file, |image| {
                if let Some(byte) = image.get_mut(byte) {
                    *byte ^= 1 << (bit % 8);
                }
            })
    }

    /// Puts back `length` bytes at `offset` of a file as they were in `old`. Answers whether both files reach that far.
    pub fn splice(&self, file: &str, old: &Snapshot, offset: u64, length: u64) -> bool {
        let Some(range) = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(offset.saturating_add(length)).ok())
        else {
            return false;
        };
        let Some(source) = old
            .0
            .find(file)
            .and_then(|inode| old.0.live(inode).get(range.0..range.1))
        else {
            return false;
        };
        let reaches = self.read(file).is_some_and(|content| range.1 <= content.len());
        reaches
            && self.disk().files.tamper(file, |image| {
                if let Some(target) = image.get_mut(range.0..range.1) {
                    target.copy_from_slice(source);
                }
            })
    }

    /// Makes everything durable, as an honest sync of all files and folders would.
    pub fn settle(&self) {
        self.disk().files.settle();
    }

    /// The whole content of the disk now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.disk().files.clone())
    }

    /// Puts the disk back to a snapshot, of this disk or of another, and switches it on. Open handles are dead, as after a power loss.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.disk().replace(snapshot.0.clone());
    }

    /// Microseconds that SQLite asked to sleep; the disk's clock went on by as much.
    #[must_use]
    pub fn slept_us(&self) -> u64 {
        self.disk().slept_us
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SimDisk")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// A test that panicked while holding the disk has failed already; the others may go on.
fn lock(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}
