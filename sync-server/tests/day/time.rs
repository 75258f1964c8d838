//! The day's clock: eight bytes in a file, which every node reads whenever it asks for the time, and the test moves.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub(crate) const HOUR_MS: u64 = 60 * 60 * 1000;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

/// Noon of a day in 2026, so that a day of load has a midnight in it.
pub(crate) const BEGINS_MS: u64 = 20_400 * DAY_MS + DAY_MS / 2;

/// Reads what the clock shows.
pub(crate) fn shown(file: &File) -> u64 {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, 0).unwrap();
    u64::from_le_bytes(bytes)
}

/// The clock, as whoever moves it has it.
pub(crate) struct DayClock {
    path: PathBuf,
    file: File,
    now_ms: Mutex<u64>,
}

impl DayClock {
    pub(crate) fn new(dir: &Path, now_ms: u64) -> Self {
        let path = dir.join("clock");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let clock = Self {
            path,
            file: file.unwrap(),
            now_ms: Mutex::new(0),
        };
        clock.move_to(now_ms);
        clock
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn now_ms(&self) -> u64 {
        *self.now_ms.lock().unwrap()
    }

    /// The day, since 1970-01-01.
    pub(crate) fn today(&self) -> u64 {
        self.now_ms() / DAY_MS
    }

    /// It never goes back.
    pub(crate) fn move_to(&self, now_ms: u64) {
        let mut shows = self.now_ms.lock().unwrap();
        if now_ms > *shows {
            *shows = now_ms;
            self.file.write_all_at(&now_ms.to_le_bytes(), 0).unwrap();
        }
    }
}
