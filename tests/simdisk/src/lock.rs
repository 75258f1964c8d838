//! SQLite's five lock levels on one file, between the open handles of one process (<https://www.sqlite.org/lockingv3.html>).

use std::collections::BTreeSet;

use crate::disk::Refusal;

/// A lock level, in SQLite's order and with SQLite's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    None = 0,
    Shared = 1,
    Reserved = 2,
    Pending = 3,
    Exclusive = 4,
}

/// Who holds what on one file. Handles are named by their number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks {
    shared: BTreeSet<u64>,
    reserved: Option<u64>,
    pending: Option<u64>,
    exclusive: Option<u64>,
}

impl Locks {
    /// Raises the lock of `handle` to `level`. A failed step towards exclusive leaves the pending lock, as SQLite expects.
    pub(crate) fn raise(&mut self, handle: u64, level: Level) -> Result<(), Refusal> {
        let other = |holder: Option<u64>| holder.is_some_and(|holder| holder != handle);
        match level {
            Level::None => {}
            Level::Shared => {
                if other(self.exclusive) || other(self.pending) {
                    return Err(Refusal::Busy);
                }
                self.shared.insert(handle);
            }
            Level::Reserved => {
                if other(self.reserved) || other(self.pending) || other(self.exclusive) {
                    return Err(Refusal::Busy);
                }
                self.reserved = Some(handle);
            }
            Level::Pending | Level::Exclusive => {
                if other(self.reserved) || other(self.pending) || other(self.exclusive) {
                    return Err(Refusal::Busy);
                }
                self.pending = Some(handle);
                if level == Level::Exclusive {
                    if self.shared.iter().any(|&reader| reader != handle) {
                        return Err(Refusal::Busy);
                    }
                    self.exclusive = Some(handle);
                }
            }
        }
        Ok(())
    }

    /// Lowers the lock of `handle` to shared or to none.
    pub(crate) fn lower(&mut self, handle: u64, level: Level) {
        for holder in [&mut self.reserved, &mut self.pending, &mut self.exclusive] {
            if *holder == Some(handle) {
                *holder = None;
            }
        }
        if level == Level::None {
            self.shared.remove(&handle);
        }
    }

    /// Whether any handle, the asking one too, means to write.
    pub(crate) const fn is_reserved(&self) -> bool {
        self.reserved.is_some() || self.pending.is_some() || self.exclusive.is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn readers_share_and_one_writer_waits_for_them() {
        let mut locks = Locks::default();
        locks.raise(1, Level::Shared).unwrap();
        locks.raise(2, Level::Shared).unwrap();
        locks.raise(1, Level::Reserved).unwrap();
        assert!(locks.is_reserved());
        assert_eq!(locks.raise(2, Level::Reserved), Err(Refusal::Busy));
        assert_eq!(locks.raise(1, Level::Exclusive), Err(Refusal::Busy));
        assert_eq!(
            locks.raise(3, Level::Shared),
            Err(Refusal::Busy),
            "a pending writer lets no reader in"
        );
        locks.lower(2, Level::None);
        locks.raise(1, Level::Exclusive).unwrap();
        locks.lower(1, Level::None);
        locks.raise(3, Level::Shared).unwrap();
        assert!(!locks.is_reserved());
    }
}
