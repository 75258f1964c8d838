//! The disk itself, without SQLite: files with a durable and a live image, a directory with the same two faces, faults, power loss.

use crate::files::{Files, Mood, Op};
use crate::lock::Level;
use crate::random::Random;
use crate::{Counters, Faults};

/// Why the disk did not do as asked. The SQLite layer turns it into a result code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The process died at a cut, or the handle was opened before the last power loss.
    Dead,
    /// The planted I/O error.
    Io,
    /// The planted end of space.
    Full,
    /// Another handle holds the lock.
    Busy,
    /// No such file, or one where none may be.
    Missing,
}

/// One counted call. Those that change the disk count towards a cut, all of them towards an I/O error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Read,
    Look,
    Create,
    Write,
    Truncate,
    Sync,
    Delete,
}

/// What becomes of a counted call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Pass,
    Fail,
    /// The power goes while the call is under way.
    Cut,
}

/// The planted I/O error: at one call, or from that call on.
#[derive(Clone, Copy, Debug)]
struct Failing {
    calls_left: u64,
    is_lasting: bool,
}

/// What an opened file is called by.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) inode: u64,
    pub(crate) handle: u64,
    pub(crate) generation: u64,
    /// SQLite syncs the directory with the first sync of a journal or a log it may have created.
    pub(crate) syncs_directory: bool,
    pub(crate) deletes_on_close: bool,
}

/// How a file is to be opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) creates: bool,
    pub(crate) is_exclusive: bool,
    pub(crate) is_journal: bool,
    pub(crate) deletes_on_close: bool,
}

/// A disk and the process that uses it: the two die together.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) files: Files,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) slept_us: u64,
    random: Random,
    is_dead: bool,
    generation: u64,
    handles: u64,
    cut_in: Option<u64>,
    failing: Option<Failing>,
    full_at: Option<u64>,
}

impl Disk {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            files: Files::default(),
            faults: Faults::default(),
            counters: Counters::default(),
            slept_us: 0,
            random: Random::new(seed),
            is_dead: false,
            generation: 0,
            handles: 0,
            cut_in: None,
            failing: None,
            full_at: None,
        }
    }

    pub(crate) const fn reseed(&mut self, seed: u64) {
        self.random = Random::new(seed);
    }

    pub(crate) const fn cut_after(&mut self, operations: Option<u64>) {
        self.cut_in = operations;
    }

    pub(crate) fn fail(&mut self, call: Option<u64>, is_lasting: bool) {
        self.failing = call.map(|call| Failing {
            calls_left: call.max(1),
            is_lasting,
        });
    }

    pub(crate) const fn fill_at(&mut self, bytes: Option<u64>) {
        self.full_at = bytes;
    }

    pub(crate) const fn kill(&mut self) {
        self.is_dead = true;
    }

    pub(crate) const fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// Draws what remains, then comes back to life with it. Handles of before stay dead; planned faults are forgotten.
    pub(crate) fn power_loss(&mut self) {
        let mood = match self.random.below(8) {
            0 => Mood::Nothing,
            1 => Mood::Everything,
            _ => Mood::Mixed,
        };
        self.files.lose_power(mood, &mut self.random);
        self.restart();
    }

    pub(crate) fn replace(&mut self, files: Files) {
        self.files = files;
        self.restart();
    }

    fn restart(&mut self) {
        self.files.forget_handles();
        self.generation += 1;
        self.is_dead = false;
        self.cut_in = None;
        self.failing = None;
    }

    fn step(&mut self, step: Step) -> Result<Gate, Refusal> {
        if self.is_dead {
            return Err(Refusal::Dead);
        }
        let counters = &mut self.counters;
        counters.calls += 1;
        let changes = match step {
            Step::Read | Step::Look => false,
            Step::Create | Step::Truncate | Step::Delete => true,
            Step::Write => {
                counters.writes += 1;
                true
            }
            Step::Sync => {
                counters.syncs += 1;
                true
            }
        };
        if changes {
            counters.operations += 1;
            match &mut self.cut_in {
                Some(0) => {
                    self.is_dead = true;
                    return Ok(Gate::Cut);
                }
                Some(left) => *left -= 1,
                None => {}
            }
        }
        if let Some(failing) = &mut self.failing {
            failing.calls_left = failing.calls_left.saturating_sub(1);
            if failing.calls_left == 0 {
                if !failing.is_lasting {
                    self.failing = None;
                }
                return Ok(Gate::Fail);
            }
        }
        Ok(Gate::Pass)
    }

    fn alive(&self, opened: &Opened) -> Result<(), Refusal> {
        if self.is_dead || opened.generation != self.generation {
            Err(Refusal::Dead)
        } else {
            Ok(())
        }
    }

    pub(crate) fn open(&mut self, name: Option<&str>, opening: Opening) -> Result<Opened, Refusal> {
        let known = name.and_then(|name| self.files.find(name));
        let creates = known.is_none() && (opening.creates || name.is_none());
        let gate = self.step(if creates { Step::Create } else { Step::Look })?;
        if gate == Gate::Fail {
            return Err(Refusal::Io);
        }
        let inode = match known {
            Some(_) if opening.creates && opening.is_exclusive => return Err(Refusal::Missing),
            Some(inode) => inode,
            None if creates => self.files.create(name),
            None => return Err(Refusal::Missing),
        };
        if gate == Gate::Cut {
            return Err(Refusal::Dead);
        }
        self.handles += 1;
        self.files.hold(inode);
        Ok(Opened {
            inode,
            handle: self.handles,
            generation: self.generation,
            syncs_directory: opening.is_journal && opening.creates,
            deletes_on_close: opening.deletes_on_close || name.is_none(),
        })
    }

    /// Never fails: a dead process closes its files too.
    pub(crate) fn close(&mut self, opened: &Opened) {
        if opened.generation == self.generation {
            self.lower(opened, Level::None);
            self.files
                .release(opened.inode, opened.deletes_on_close && !self.is_dead);
        }
    }

    /// Copies what the file holds at `offset` into `buffer` and answers how many bytes that were.
    pub(crate) fn read(&mut self, opened: &Opened, offset: u64, buffer: &mut [u8]) -> Result<usize, Refusal> {
        self.alive(opened)?;
        if self.step(Step::Read)? == Gate::Fail {
            return Err(Refusal::Io);
        }
        let image = self.files.live(opened.inode);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(image.len());
        let held = image.get(from..).unwrap_or_default();
        let count = held.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..count), held.get(..count)) {
            target.copy_from_slice(source);
        }
        Ok(count)
    }

    pub(crate) fn write(&mut self, opened: &Opened, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        self.alive(opened)?;
        let gate = self.step(Step::Write)?;
        let end = offset.saturating_add(bytes.len() as u64);
        if let Some(limit) = self.full_at {
            let growth = end.saturating_sub(self.files.live(opened.inode).len() as u64);
            if growth > 0 && self.files.bytes().saturating_add(growth) > limit {
                return Err(Refusal::Full);
            }
        }
        // An I/O error half-way leaves the first half written: nobody promises that a failed write did nothing.
        let written = if gate == Gate::Fail {
            bytes.len() / 2
        } else {
            bytes.len()
        };
        let kept = bytes.get(..written).unwrap_or_default();
        self.counters.bytes_written += kept.len() as u64;
        self.files.apply(opened.inode, Op::Write(offset, kept.into()));
        Self::verdict(gate)
    }

    pub(crate) fn truncate(&mut self, opened: &Opened, length: u64) -> Result<(), Refusal> {
        self.alive(opened)?;
        let gate = self.step(Step::Truncate)?;
        if gate != Gate::Fail {
            self.files.apply(opened.inode, Op::Truncate(length));
        }
        Self::verdict(gate)
    }

    pub(crate) fn sync(&mut self, opened: &mut Opened) -> Result<(), Refusal> {
        self.alive(opened)?;
        match self.step(Step::Sync)? {
            Gate::Cut => Err(Refusal::Dead),
            Gate::Fail => {
                // Linux marks pages clean after a failed fsync: what did not reach the disk is forgotten, and the next sync says nothing.
                self.files.fail_sync(opened.inode, &mut self.random);
                Err(Refusal::Io)
            }
            Gate::Pass if self.faults.lying_sync => Ok(()),
            Gate::Pass => {
                self.files.sync(opened.inode, opened.syncs_directory);
                opened.syncs_directory = false;
                Ok(())
            }
        }
    }

    pub(crate) fn delete(&mut self, name: &str, syncs_directory: bool) -> Result<(), Refusal> {
        let gate = self.step(Step::Delete)?;
        if gate == Gate::Fail {
            return Err(Refusal::Io);
        }
        if !self.files.delete(name) {
            return Err(Refusal::Missing);
        }
        if syncs_directory && gate == Gate::Pass && !self.faults.lying_sync {
            self.files.sync_directory_of(name);
        }
        Self::verdict(gate)
    }

    pub(crate) fn exists(&mut self, name: &str) -> Result<bool, Refusal> {
        if self.step(Step::Look)? == Gate::Fail {
            return Err(Refusal::Io);
        }
        Ok(self.files.find(name).is_some())
    }

    pub(crate) fn length(&self, opened: &Opened) -> Result<u64, Refusal> {
        self.alive(opened)?;
        Ok(self.files.live(opened.inode).len() as u64)
    }

    pub(crate) fn raise(&mut self, opened: &Opened, level: Level) -> Result<(), Refusal> {
        self.alive(opened)?;
        self.files
            .locks(opened.inode)
            .map_or(Err(Refusal::Missing), |locks| locks.raise(opened.handle, level))
    }

    pub(crate) fn lower(&mut self, opened: &Opened, level: Level) {
        if opened.generation == self.generation
            && let Some(locks) = self.files.locks(opened.inode)
        {
            locks.lower(opened.handle, level);
        }
    }

    pub(crate) fn is_reserved(&mut self, opened: &Opened) -> Result<bool, Refusal> {
        self.alive(opened)?;
        Ok(self.files.locks(opened.inode).is_some_and(|locks| locks.is_reserved()))
    }

    const fn verdict(gate: Gate) -> Result<(), Refusal> {
        match gate {
            Gate::Pass => Ok(()),
            Gate::Fail => Err(Refusal::Io),
            Gate::Cut => Err(Refusal::Dead),
        }
    }
}
