//! The thread that writes: it owns the engine and the keys, opens and closes them, and carries out one job after another.

use super::latch::Latch;
use super::lock_door::auto_lock_ms;
use super::opening::With;
use super::readers::Readers;
use super::reply::Answer;
use super::shell::Opening;
use super::{Change, Engine, Error, destroying, passphrase};
use crate::crypto::VaultKey;
use crate::limits::AUTO_LOCK_MS_DEFAULT;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;
use zeroize::{Zeroize as _, Zeroizing};

/// Signatures looked at in one go while nothing else is asked for.
const VERIFY_COUNT: usize = 64;
/// How often it is looked whether the time has come to erase everything, while that is to come.
const LOOK: Duration = Duration::from_mins(1);
/// Stack of every thread of a vault, in bytes, and how much of it is wiped: deeper than anything of ours goes.
pub(super) const STACK_BYTES: usize = 2 * 1024 * 1024;
const WIPED_BYTES: usize = 512 * 1024;

pub(super) type Work = Box<dyn FnOnce(Option<&mut Engine>) + Send>;

pub(super) enum Job {
    Work(Work),
    Suspend(Answer<()>),
    Resume(Answer<()>),
    /// The latch is locked by now, and closes everything before this is answered.
    Lock(Option<Answer<()>>),
    Unlock(Option<Zeroizing<String>>, Answer<()>),
    /// The vault of this device is destroyed.
    Erase(Answer<()>),
    Stop,
}

/// What the thread that writes needs.
pub(super) struct Desk<'a> {
    pub(super) opening: &'a Opening,
    pub(super) latch: &'a Arc<Latch>,
    pub(super) readers: &'a Readers,
    pub(super) changes: Sender<BTreeSet<Change>>,
    engine: Option<Box<Engine>>,
    /// The vault's key: while the vault is open, and while one under a passphrase sleeps, so that waking it asks for nothing.
    key: Option<Box<VaultKey>>,
    asleep: bool,
}

impl<'a> Desk<'a> {
    pub(super) const fn new(
        opening: &'a Opening,
        latch: &'a Arc<Latch>,
        readers: &'a Readers,
        changes: Sender<BTreeSet<Change>>,
    ) -> Self {
        Self {
            opening,
            latch,
            readers,
            changes,
            engine: None,
            key: None,
            asleep: false,
        }
    }

    /// Opens the vault for the first time. One under a passphrase stays locked.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        match self.unlock(None) {
            Ok(()) | Err(Error::Locked) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Carries out jobs until there are none any more.
    pub(super) fn work(&mut self, jobs: &Receiver<Job>) {
        while let Some(job) = self.next(jobs) {
            match job {
                None => {}
                // A panic is a defect: the transaction is rolled back, the caller is told, the vault goes on.
                Some(Job::Work(work)) => drop(catch_unwind(AssertUnwindSafe(|| work(self.engine.as_deref_mut())))),
                Some(Job::Suspend(answer)) => {
                    self.suspend();
                    answer.give(Ok(()));
                }
                Some(Job::Resume(answer)) => answer.give(self.resume()),
                // Only to look at the latch.
                Some(Job::Lock(None)) => {}
                Some(Job::Lock(Some(answer))) => {
                    // Again: it may have been opened between the call and here.
                    self.latch.lock();
                    self.obey();
                    answer.give(Ok(()));
                }
                Some(Job::Unlock(typed, answer)) => {
                    let unlocked = self.unlock(typed);
                    if unlocked.is_ok() {
                        self.tell(BTreeSet::from(Change::ALL));
                    }
                    answer.give(unlocked);
                }
                Some(Job::Erase(answer)) => answer.give(self.erase_here()),
                Some(Job::Stop) => break,
            }
            self.erase_if_over();
            self.tell_changes();
        }
        self.close();
    }

    /// The next job; nothing where the latch is to be looked at again; none at the end. A latch that was locked is obeyed before.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Option<Job>> {
        loop {
            self.obey();
            match jobs.try_recv() {
                Ok(job) => return Some(Some(job)),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            let engine = self.engine.as_mut();
            let looked_at = engine.map_or(0, |engine| engine.verify_some(VERIFY_COUNT).unwrap_or(0));
            if looked_at > 0 {
                continue;
            }
            let looks = self
                .engine
                .as_ref()
                .is_some_and(|engine| engine.is_ending)
                .then_some(LOOK);
            let sleep = self.latch.sleep();
            let Some(sleep) = sleep.map_or(looks, |sleep| Some(looks.map_or(sleep, |look| look.min(sleep)))) else {
                return jobs.recv().ok().map(Some);
            };
            return match jobs.recv_timeout(sleep) {
                Ok(job) => Some(Some(job)),
                Err(RecvTimeoutError::Timeout) => Some(None),
                Err(RecvTimeoutError::Disconnected) => None,
            };
        }
    }

    /// Closes everything and forgets every key where the latch is locked.
    fn obey(&mut self) {
        if self.latch.is_locked() && (self.engine.is_some() || self.key.is_some()) {
            if let Some(engine) = &self.engine {
                // Every page and key that closing frees. Where it is refused the files are closed all the same.
                let _ = engine.store().wipe_what_is_freed();
            }
            self.close();
            self.key = None;
            wipe_stack();
            // Whatever is shown is to be taken away.
            self.tell(BTreeSet::from(Change::ALL));
        }
    }

    #[inline(never)]
    fn unlock(&mut self, typed: Option<Zeroizing<String>>) -> Result<(), Error> {
        // It may have been left alone for too long without anybody asking.
        self.obey();
        if self.latch.is_erased() {
            return Err(Error::Erased);
        }
        if self.asleep {
            return Err(Error::Suspended);
        }
        if self.engine.is_some() {
            return self.latch.pass();
        }
        let typed = typed.as_ref().map(|typed| typed.as_str());
        let opened = self.open(With::Typed(typed));
        // Trying goes through the secret and the key; opening through both and the first pages.
        wipe_stack();
        opened
    }

    /// Never inlined, as `unlock` and `resume`: what they leave on the stack lies below the frame of the loop, where it is wiped.
    #[inline(never)]
    fn open(&mut self, with: With<'_>) -> Result<(), Error> {
        let (engine, key) = match self.opening.open(self.latch, with) {
            Err(Error::Erased) => {
                self.latch.erase();
                self.key = None;
                return Err(Error::Erased);
            }
            opened => opened?,
        };
        // A time that cannot be read keeps nobody from their journal, and does not leave it open for ever.
        let after_ms = auto_lock_ms(&engine, self.opening.key_store.as_ref()).unwrap_or(Some(AUTO_LOCK_MS_DEFAULT));
        // Last, because nothing takes the readers back where something fails after them.
        if self.opening.config.vfs.is_none() {
            self.readers.fill(&engine);
        }
        self.latch.unlock(after_ms);
        (self.engine, self.key) = (Some(engine), Some(key));
        self.erase_if_over();
        if self.latch.is_erased() {
            return Err(Error::Erased);
        }
        Ok(())
    }

    /// Destroys the vault where everything was to be erased by now.
    fn erase_if_over(&mut self) {
        let over = self.engine.as_deref_mut().is_some_and(|engine| {
            // Where it cannot be told, nothing is erased; it is looked at again.
            engine.is_over().unwrap_or(false)
        });
        if over && let Err(error) = self.destroy() {
            tracing::debug!(%error, "what is erased is not yet removed");
        }
    }

    /// Destroys the vault because whoever holds this device asked for it.
    fn erase_here(&mut self) -> Result<(), Error> {
        self.latch.pass()?;
        if self.engine.is_none() {
            return Err(Error::Suspended);
        }
        self.destroy()
    }

    /// Destroys the vault: its keys, then its files. From the first step on it is gone, and every call is told so; what could not be
    /// removed then is removed when the folder is opened again.
    fn destroy(&mut self) -> Result<(), Error> {
        let Some(engine) = &self.engine else { return Ok(()) };
        let (directory, keys) = (&self.opening.config.directory, self.opening.key_store.as_ref());
        destroying::begin(directory, &engine.key_names()?)?;
        // Every page and key that closing frees.
        let _ = engine.store().wipe_what_is_freed();
        self.latch.erase();
        self.close();
        self.key = None;
        wipe_stack();
        let done = destroying::finish(directory, keys);
        self.tell(BTreeSet::from(Change::ALL));
        done
    }

    /// Closes every file. The key is forgotten too where the key store alone gives it back.
    fn suspend(&mut self) {
        self.close();
        self.asleep = true;
        let asks_for = passphrase::asks_for(self.opening.key_store.as_ref());
        if matches!(asks_for, Ok(None)) {
            self.key = None;
        }
        wipe_stack();
    }

    #[inline(never)]
    fn resume(&mut self) -> Result<(), Error> {
        if self.latch.is_erased() {
            return Err(Error::Erased);
        }
        if self.latch.is_locked() {
            // Awake, and locked as it was.
            self.asleep = false;
            return Ok(());
        }
        if self.engine.is_some() {
            return Ok(());
        }
        let key = self.key.take();
        let opened = self.open(key.as_deref().map_or(With::Typed(None), With::Key));
        match opened {
            Ok(()) => {
                self.asleep = false;
                // Nobody was told of what happened while the vault slept: everything is to be read again.
                self.tell(BTreeSet::from(Change::ALL));
                Ok(())
            }
            // A passphrase was set elsewhere meanwhile: the key is under it now.
            Err(Error::Locked) => {
                self.asleep = false;
                self.latch.lock();
                self.tell(BTreeSet::from(Change::ALL));
                Ok(())
            }
            Err(error) => {
                self.key = key.filter(|_| !self.latch.is_erased());
                Err(error)
            }
        }
    }

    /// Closes every file.
    fn close(&mut self) {
        self.readers.empty();
        self.engine = None;
    }

    fn tell_changes(&mut self) {
        let changed = self.engine.as_deref_mut().map(Engine::take_changes).unwrap_or_default();
        if let (Some(engine), true) = (self.engine.as_mut(), changed.contains(&Change::Profile)) {
            // The plan may have come from another device. A command of this one has kept its copy before it answered.
            drop(engine.keep_open_copy());
        }
        if !changed.is_empty() {
            self.tell(changed);
        }
    }

    fn tell(&self, changes: BTreeSet<Change>) {
        drop(self.changes.send(changes));
    }
}

/// Overwrites what calls that are over left on this thread's stack.
#[inline(never)]
pub(super) fn wipe_stack() {
    let mut left = [0_u8; WIPED_BYTES];
    left.zeroize();
    std::hint::black_box(&mut left);
}
