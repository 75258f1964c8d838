//! The reading connections: lent to one task at a time, and all taken in before the vault sleeps or is locked.

use super::Engine;
use crate::store::Reader;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Threads that read beside the one that writes.
pub(super) const READERS: usize = 2;

#[derive(Default)]
struct Pool {
    idle: Vec<Reader>,
    lent: usize,
}

#[derive(Default)]
pub(super) struct Readers {
    pool: Mutex<Pool>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn fill(&self, engine: &Engine) {
        let readers: Vec<Reader> = (0..READERS).filter_map(|_| engine.store().reader().ok()).collect();
        self.pool().idle = readers;
    }

    /// Closes every reading connection, waiting for those in use.
    pub(super) fn empty(&self) {
        let mut pool = self.pool();
        pool.idle.clear();
        while pool.lent > 0 {
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
            pool.idle.clear();
        }
    }

    pub(super) fn lend(&self) -> Option<Reader> {
        let mut pool = self.pool();
        let reader = pool.idle.pop()?;
        pool.lent += 1;
        Some(reader)
    }

    pub(super) fn take_back(&self, reader: Reader) {
        let mut pool = self.pool();
        pool.lent -= 1;
        pool.idle.push(reader);
        self.returned.notify_all();
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
