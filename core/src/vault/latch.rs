//! Whether the vault is unlocked, judged before everything that is asked of it.
//!
//! A lock holds from the moment it is asked for, on every thread; the thread that writes then closes the files and wipes the keys. The
//! time after which a vault that is left alone locks itself is judged by the clock at every call, so that no late timer shows anything.
//! That thread wakes up by itself too: keys leave the memory without a call.

use super::Error;
use crate::clock::{Clock, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// The thread that writes does not look at the clock more often than this, in milliseconds.
const LOOK_MS_MIN: i64 = 100;

/// Shared by all threads of a vault.
pub(super) struct Latch {
    /// Not held: threads that wait for a network outlive their vault, and must hold nothing that was lent to it.
    clock: Weak<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    /// Everything was erased: nothing passes any more, whatever else is said.
    erased: bool,
    locked: bool,
    /// When an app last asked for something.
    used: Timestamp,
    /// For how long nothing may be asked before it locks; none for never.
    after_ms: Option<i64>,
}

impl Latch {
    /// A locked one.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self {
            clock: Arc::downgrade(clock),
            state: Mutex::new(State {
                erased: false,
                locked: true,
                used: Timestamp(0),
                after_ms: None,
            }),
        }
    }

    /// Lets an app's call pass, which begins the time anew.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Erased`].
    pub(super) fn pass(&self) -> Result<(), Error> {
        self.judge(true)
    }

    /// Lets the vault's own work pass, which a person need not be there for.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Erased`].
    pub(super) fn pass_unseen(&self) -> Result<(), Error> {
        self.judge(false)
    }

    pub(super) fn is_locked(&self) -> bool {
        matches!(self.judge(false), Err(Error::Locked))
    }

    /// Whether everything was erased.
    pub(super) fn is_erased(&self) -> bool {
        self.state().erased
    }

    /// Nothing passes from now on, for ever.
    pub(super) fn erase(&self) {
        self.state().erased = true;
    }

    pub(super) fn lock(&self) {
        self.state().locked = true;
    }

    pub(super) fn unlock(&self, after_ms: Option<i64>) {
        let used = self.now();
        let mut state = self.state();
        *state = State {
            erased: state.erased,
            locked: false,
            used,
            after_ms,
        };
    }

    /// Changes the time and begins it anew, locked or not.
    pub(super) fn set_after(&self, after_ms: Option<i64>) {
        let used = self.now();
        let mut state = self.state();
        (state.used, state.after_ms) = (used, after_ms);
    }

    /// How long the thread that writes may sleep; none for as long as nothing is asked of it.
    pub(super) fn sleep(&self) -> Option<Duration> {
        let state = self.state();
        let after_ms = state.after_ms.filter(|_| !state.locked)?;
        let left = after_ms.saturating_sub(self.now().0.saturating_sub(state.used.0));
        let left = left.clamp(LOOK_MS_MIN, after_ms.max(LOOK_MS_MIN));
        Some(Duration::from_millis(left.unsigned_abs()))
    }

    fn judge(&self, counts: bool) -> Result<(), Error> {
        let mut state = self.state();
        if state.erased {
            return Err(Error::Erased);
        }
        if state.locked {
            return Err(Error::Locked);
        }
        // Where there is no time, nobody asks the clock.
        let Some(after_ms) = state.after_ms else {
            return Ok(());
        };
        let now = self.now();
        if now.0.saturating_sub(state.used.0) >= after_ms {
            state.locked = true;
            return Err(Error::Locked);
        }
        // A clock that was set back begins the time anew, rather than a day later.
        if counts || now < state.used {
            state.used = now;
        }
        Ok(())
    }

    /// Where the vault is gone it is later than every time: whatever is left of it is locked.
    fn now(&self) -> Timestamp {
        self.clock.upgrade().map_or(Timestamp(i64::MAX), |clock| clock.now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Debug, Default)]
    struct ByHand(AtomicI64);

    impl Clock for ByHand {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }

    fn latch() -> (Arc<ByHand>, Latch) {
        let clock = Arc::new(ByHand(AtomicI64::new(1_000_000)));
        let lent: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let latch = Latch::new(&lent);
        assert!(latch.is_locked(), "nothing is open before it is opened");
        latch.unlock(Some(60_000));
        (clock, latch)
    }

    #[test]
    fn calls_of_an_app_keep_it_open_and_the_vaults_own_work_does_not() {
        let (clock, latch) = latch();
        for _ in 0..3 {
            clock.0.fetch_add(59_999, Ordering::SeqCst);
            assert!(latch.pass().is_ok());
        }
        clock.0.fetch_add(59_999, Ordering::SeqCst);
        assert!(latch.pass_unseen().is_ok());
        assert_eq!(latch.sleep(), Some(Duration::from_millis(100)));
        clock.0.fetch_add(1, Ordering::SeqCst);
        assert!(matches!(latch.pass(), Err(Error::Locked)));
        clock.0.fetch_sub(1_000, Ordering::SeqCst);
        assert!(latch.is_locked(), "a clock set back opens nothing");
        assert_eq!(latch.sleep(), None);
    }

    #[test]
    fn a_clock_that_is_set_back_begins_the_time_anew_and_no_time_is_for_ever() {
        let (clock, latch) = latch();
        clock.0.store(0, Ordering::SeqCst);
        assert!(!latch.is_locked());
        assert_eq!(latch.sleep(), Some(Duration::from_mins(1)));
        clock.0.store(60_000, Ordering::SeqCst);
        assert!(latch.is_locked());
        latch.unlock(None);
        clock.0.store(i64::MAX, Ordering::SeqCst);
        assert!(latch.pass().is_ok());
        assert_eq!(latch.sleep(), None);
    }
}
