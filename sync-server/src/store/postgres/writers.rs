//! Group commit: what comes for one space while its last group is being made durable shares the next transaction. Several threads carry groups
//! out beside each other, each of another space, and PostgreSQL makes what they commit at once durable with one fsync.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use cairn_wire::{MailboxId, SpaceId};
use deadpool_postgres::{Object, Pool};
use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;

use super::link::{self, Lent};
use super::tell::Changes;
use super::transaction::{Failed, Transaction};
use crate::limits::DATABASE_WRITERS;
use crate::store::command::{Command, Refused};
use crate::store::group::{Carrier, CommandResult};
use crate::store::job::{Group, Job};
use crate::store::sweep::Position;
use crate::store::{StoreError, lock};

/// How often one command is tried that another node's came between.
const TRIES: usize = 4;

/// What commands are in line for. Those of one line are carried out in their order, one group at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Space(SpaceId),
    Mailbox(MailboxId),
    Sweep,
}

impl Line {
    fn of(command: &Command) -> Self {
        match (command.space(), command) {
            (Some(space), _) => Self::Space(*space),
            (None, Command::Post(post)) => Self::Mailbox(post.mailbox),
            (None, Command::CloseMailbox { mailbox }) => Self::Mailbox(*mailbox),
            (None, _) => Self::Sweep,
        }
    }
}

#[derive(Default)]
struct Lines {
    waiting: BTreeMap<Line, VecDeque<Job>>,
    /// Lines that somebody can take a group of.
    ready: VecDeque<Line>,
    /// Lines of which a group is being carried out.
    busy: BTreeSet<Line>,
    is_over: bool,
}

struct Shared {
    lines: Mutex<Lines>,
    came: Condvar,
    swept: Mutex<Position>,
}

/// The threads that write.
pub(super) struct Writers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    /// Starts the threads. Each asks `carrier` for what it carries groups out with.
    pub(super) fn start(
        runtime: &Handle,
        pool: &Pool,
        incarnation: u32,
        changes: &Changes,
        carrier: impl Fn() -> Carrier,
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared {
            lines: Mutex::default(),
            came: Condvar::new(),
            swept: Mutex::default(),
        });
        let mut writers = Self {
            shared,
            threads: Vec::new(),
        };
        for _ in 0..DATABASE_WRITERS {
            let mut writer = Writer {
                runtime: runtime.clone(),
                pool: pool.clone(),
                incarnation,
                carrier: carrier(),
                changes: changes.clone(),
            };
            let shared = Arc::clone(&writers.shared);
            let thread = std::thread::Builder::new().name("cairn-writer".to_owned());
            writers.threads.push(thread.spawn(move || shared.work(&mut writer))?);
        }
        Ok(writers)
    }

    /// Puts a command in line.
    pub(super) fn queue(&self, job: Job) {
        let line = Line::of(&job.command);
        let mut lines = lock(&self.shared.lines);
        let waiting = lines.waiting.entry(line).or_default();
        waiting.push_back(job);
        if waiting.len() == 1 && !lines.busy.contains(&line) {
            lines.ready.push_back(line);
            drop(lines);
            self.shared.came.notify_one();
        }
    }
}

impl Drop for Writers {
    /// Finishes what is in line.
    fn drop(&mut self) {
        lock(&self.shared.lines).is_over = true;
        self.shared.came.notify_all();
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl Shared {
    fn work(&self, writer: &mut Writer) {
        while let Some((line, group)) = self.next() {
            if line == Line::Sweep {
                writer.carrier.swept = std::mem::take(&mut *lock(&self.swept));
            }
            let results = writer.run_group(&group.commands);
            if line == Line::Sweep {
                *lock(&self.swept) = std::mem::take(&mut writer.carrier.swept);
            }
            // Before the replies: whoever has one finds its line free.
            self.done(line);
            for (reply, result) in group.replies.into_iter().zip(results) {
                reply.send(result);
            }
        }
    }

    /// The next group, or `None` when there will be none.
    fn next(&self) -> Option<(Line, Group)> {
        let mut lines = lock(&self.lines);
        loop {
            if let Some(line) = lines.ready.pop_front() {
                lines.busy.insert(line);
                let mut group = Group::default();
                if let Some(waiting) = lines.waiting.get_mut(&line) {
                    while !group.is_full()
                        && let Some(job) = waiting.pop_front()
                    {
                        group.push(job);
                    }
                    if waiting.is_empty() {
                        lines.waiting.remove(&line);
                    }
                }
                return Some((line, group));
            }
            if lines.is_over {
                return None;
            }
            lines = self.came.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A group of a line was carried out.
    fn done(&self, line: Line) {
        let mut lines = lock(&self.lines);
        lines.busy.remove(&line);
        if lines.waiting.contains_key(&line) {
            lines.ready.push_back(line);
            drop(lines);
            self.came.notify_one();
        }
    }
}

/// Carries groups out, on a thread of its own.
struct Writer {
    runtime: Handle,
    pool: Pool,
    incarnation: u32,
    carrier: Carrier,
    changes: Changes,
}

impl Writer {
    /// Carries a group out. When this returns, what it answers is durable.
    ///
    /// A group that fails is undone. Where another node came between, it is tried again; where it is a command's fault, the commands are tried one by
    /// one, so that one that cannot be carried out does not take the others with it; where it is the database's, everybody is told at once. Where the
    /// connection was lost while it committed, nobody knows here, and everybody asks again.
    fn run_group(&mut self, commands: &[Command]) -> Vec<CommandResult> {
        for tries_left in (0..TRIES).rev() {
            // What is remembered of spaces is true within the transaction alone.
            self.carrier.spaces.clear();
            let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(commands)));
            let error = match attempt {
                Ok(Ok(results)) => return results,
                Ok(Err(Failed::Unknown(error))) => {
                    tracing::error!(%error, "the database went away during a commit");
                    break;
                }
                Ok(Err(Failed::Undone(error))) => Some(error),
                Err(_) => None,
            };
            match error.as_ref().map_or(Fault::Command, Fault::of) {
                Fault::Moment if tries_left > 0 => {}
                Fault::Moment | Fault::Command if commands.len() > 1 => {
                    return commands.chunks(1).flat_map(|command| self.run_group(command)).collect();
                }
                Fault::Moment | Fault::Command | Fault::Database => {
                    if let Some(error) = error {
                        tracing::error!(%error, commands = commands.len(), "a group could not be stored");
                    }
                    break;
                }
            }
        }
        commands.iter().map(|_| Err(Refused::UNAVAILABLE)).collect()
    }

    fn attempt(&mut self, commands: &[Command]) -> Result<Vec<CommandResult>, Failed> {
        let runtime = self.runtime.clone();
        let client = runtime.block_on(Lent::from(&self.pool))?;
        let results = self.carry_out(&runtime, &client, commands)?;
        client.give_back();
        Ok(results)
    }

    fn carry_out(
        &mut self,
        runtime: &Handle,
        client: &Object,
        commands: &[Command],
    ) -> Result<Vec<CommandResult>, Failed> {
        let transaction = Transaction::begin(runtime, client, self.incarnation, commands)?;
        let mut results = self.carrier.carry_out(&transaction, commands)?;
        transaction.commit()?;
        self.carrier.bring_heads_up(commands, &mut results);
        let outside = Transaction::outside(runtime, client);
        self.carrier.remove_files(&outside, commands, &mut results);
        self.changes.tell(self.carrier.changed(commands, &results));
        Ok(results)
    }
}

/// Whose fault it is that a group was not stored.
enum Fault {
    /// Another node came between, or the connection had ended before: the next try finds it otherwise.
    Moment,
    /// The database's, or that of whoever holds a lock for too long: no command of the group is better off alone.
    Database,
    /// That of one of its commands.
    Command,
}

impl Fault {
    fn of(error: &StoreError) -> Self {
        let error = match error {
            StoreError::Postgres(error) => error,
            StoreError::NoConnection | StoreError::OtherIncarnation | StoreError::NoStore => return Self::Database,
            _ => return Self::Command,
        };
        if link::has_ended(error) {
            return Self::Moment;
        }
        let moment = [
            SqlState::UNIQUE_VIOLATION,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        match error.code() {
            None => Self::Database,
            Some(code) if moment.contains(code) => Self::Moment,
            // Locks and statements that took too long, a server that stops or is full.
            Some(code)
                if ["53", "55", "57", "58"]
                    .iter()
                    .any(|class| code.code().starts_with(class)) =>
            {
                Self::Database
            }
            Some(_) => Self::Command,
        }
    }
}
