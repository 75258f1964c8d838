//! Carrying commands out: a group of them shares a transaction, and what is answered is durable.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use cairn_wire::SpaceId;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::append::{self, Ground, Outcomes};
use super::command::{Command, Done, GateWish, Refused};
use super::connection::BUSY;
use super::files::Files;
use super::space::Spaces;
use super::{Danger, StoreConfig, StoreError, blob, closing, gate, mailbox, spaces, sweep};
use crate::limits::Limits;
use crate::wake::{Topic, Wakeups};

pub(super) type CommandResult = Result<Done, Refused>;

/// Carries commands out, on whatever thread owns it.
pub(super) struct Writer {
    connection: Connection,
    files: Arc<Files>,
    spaces: Spaces,
    ground: Ground,
    mailboxes_max: u64,
    danger: Danger,
    swept: sweep::Position,
    wakeups: Arc<Wakeups>,
    groups: u64,
    /// Spaces whose time came in this group.
    ended: Vec<SpaceId>,
    /// Whether the log of changes could be emptied when that was tried last.
    scrubbed: bool,
}

/// How long an erasure waits for readers before it is answered that it has to be asked for again.
const SCRUB_PATIENCE: Duration = Duration::from_secs(1);

/// How long it waits while the one before has waited in vain: somebody reads for long, as a copy being made does, and others append.
const SCRUB_PATIENCE_AGAIN: Duration = Duration::from_millis(20);

impl Writer {
    pub(super) fn new(
        connection: Connection,
        files: Arc<Files>,
        incarnation: u32,
        limits: &Limits,
        config: &StoreConfig,
        wakeups: Arc<Wakeups>,
    ) -> Self {
        Self {
            connection,
            files,
            spaces: Spaces::default(),
            ground: Ground {
                incarnation,
                space_bytes_max: limits.space_bytes_max,
            },
            mailboxes_max: limits.mailboxes_max,
            danger: config.danger,
            swept: sweep::Position::default(),
            wakeups,
            groups: 0,
            ended: Vec::new(),
            scrubbed: true,
        }
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Does something for which others may have to be waited for, so long at most.
    pub(super) fn patiently<T>(&self, patience: Duration, act: impl FnOnce(&Connection) -> T) -> T {
        // Setting a time never fails on an open connection; if it did, the one before would count.
        drop(self.connection.busy_timeout(patience));
        let done = act(&self.connection);
        drop(self.connection.busy_timeout(BUSY));
        done
    }

    /// Calls `seen` after each commit with the number of pages in the log of changes.
    pub(super) fn count_pages(&mut self, seen: impl Fn(u64) + Send + 'static) -> Result<(), StoreError> {
        self.connection.wal_hook(Some(move |_: &mut Wal, pages| {
            seen(u64::try_from(pages).unwrap_or(0));
            Ok(())
        }))?;
        Ok(())
    }

    /// Carries a group out. When this returns, what it answers is durable.
    ///
    /// A group that fails is undone, and its commands are tried one by one, so that one that cannot be carried out does
    /// not take the others with it.
    pub(super) fn run_group(&mut self, commands: &[Command]) -> Vec<CommandResult> {
        self.groups += 1;
        self.ended.clear();
        let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(commands)));
        let mut results = match attempt {
            Ok(Ok(results)) => results,
            failed => {
                if let Ok(Err(error)) = failed {
                    tracing::error!(%error, commands = commands.len(), "a group could not be stored");
                }
                self.undo();
                return match commands {
                    [] => Vec::new(),
                    [_] => vec![Err(Refused::UNAVAILABLE)],
                    _ => commands.chunks(1).flat_map(|command| self.run_group(command)).collect(),
                };
            }
        };
        self.bring_heads_up(commands, &mut results);
        self.remove_files(commands, &mut results);
        self.scrub(commands, &mut results);
        self.wake(commands, &results);
        self.spaces.shrink();
        results
    }

    fn attempt(&mut self, commands: &[Command]) -> Result<Vec<CommandResult>, StoreError> {
        if self.connection.is_autocommit() {
            self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        }
        let results = commands
            .iter()
            .map(|command| self.apply(command))
            .collect::<Result<Vec<_>, _>>()?;
        self.spaces.write(&self.connection)?;
        if self.danger.acknowledge_before_commit && !self.groups.is_multiple_of(8) {
            return Ok(results);
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(results)
    }

    fn apply(&mut self, command: &Command) -> Outcomes {
        let (connection, spaces, ground) = (&self.connection, &mut self.spaces, self.ground);
        if let Some(space) = command.space()
            && closing::close_if_due(connection, spaces, space, command.now_ms())?
        {
            self.ended.push(*space);
        }
        match command {
            Command::Create(create) => spaces::create(connection, spaces, ground, create),
            Command::Close(close) => closing::close(connection, spaces, ground, close),
            Command::Stay { space, key, now_ms } => closing::stay(connection, spaces, ground, space, key, *now_ms),
            Command::CloseDue { .. } => Ok(Ok(Done::Closed)),
            Command::Append(append) => append::append(connection, spaces, ground, append),
            Command::Erase(erase) => append::erase(connection, spaces, ground, erase),
            Command::Epoch(swap) => append::epoch(connection, spaces, ground, swap),
            Command::Access(change) => spaces::access(connection, spaces, ground, change),
            Command::Ack(ack) => append::ack(connection, spaces, ground, ack),
            Command::Post(post) => mailbox::post(connection, self.mailboxes_max, post),
            Command::CloseMailbox { mailbox } => mailbox::close(connection, mailbox),
            Command::PutBlob(put) => blob::put(connection, spaces, ground, &self.files, put),
            Command::ReleaseBlob(release) => blob::release(connection, spaces, release),
            Command::Gate(asked) => gate::ask(connection, spaces, asked),
            Command::Sweep { now_ms } => {
                let ended = closing::close_due(connection, spaces, *now_ms)?;
                if ended.is_empty() {
                    return sweep::sweep(connection, spaces, *now_ms, &mut self.swept);
                }
                self.ended.extend(ended);
                Ok(Ok(Done::Swept { more: true }))
            }
        }
    }

    fn undo(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed group could not be undone");
        }
        self.spaces.clear();
    }

    /// Every answer of a group carries its space as the group leaves it, so that they share one signature.
    fn bring_heads_up(&self, commands: &[Command], results: &mut [CommandResult]) {
        let time_ms = commands.iter().map(Command::now_ms).max().unwrap_or(0);
        for head in results.iter_mut().filter_map(|result| result.as_mut().ok()?.head_mut()) {
            if let Some(space) = self.spaces.remembered(&head.space) {
                *head = space.head(self.ground.incarnation, time_ms);
            }
        }
    }

    /// After blobs went, removes their files. Nothing is said to be gone before; what a sweep leaves, the next one finds.
    fn remove_files(&self, commands: &[Command], results: &mut [CommandResult]) {
        let lets_go = |command: &Command| {
            matches!(
                command,
                Command::Erase(_) | Command::Close(_) | Command::ReleaseBlob(_) | Command::Sweep { .. }
            )
        };
        let went = |(command, result): (&Command, &CommandResult)| result.is_ok() && lets_go(command);
        let lets_go_now = !self.ended.is_empty() || commands.iter().zip(results.iter()).any(went);
        if !lets_go_now || !self.connection.is_autocommit() {
            return;
        }
        let Err(error) = blob::remove_gone(&self.connection, &self.files) else {
            return;
        };
        tracing::warn!(%error, "files of blobs could not be removed; erasures will be asked for again");
        for (command, result) in commands.iter().zip(results) {
            if went((command, result)) && !matches!(command, Command::Sweep { .. }) {
                *result = Err(Refused::UNAVAILABLE);
            }
        }
    }

    /// After an erasure, empties the log of changes, where the erased bytes still lie. Nothing is said to be gone before.
    fn scrub(&mut self, commands: &[Command], results: &mut [CommandResult]) {
        let erased = |(command, result): (&Command, &CommandResult)| {
            let is_erasure = match command {
                Command::Erase(_) | Command::Close(_) | Command::CloseDue { .. } => true,
                Command::Gate(asked) => matches!(asked.wish, GateWish::Drop),
                _ => false,
            };
            is_erasure && result.is_ok()
        };
        let erased_now = !self.ended.is_empty() || commands.iter().zip(results.iter()).any(erased);
        if !erased_now || !self.connection.is_autocommit() {
            return;
        }
        let patience = if self.scrubbed {
            SCRUB_PATIENCE
        } else {
            SCRUB_PATIENCE_AGAIN
        };
        let busy: Result<bool, _> = self.patiently(patience, |connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        });
        self.scrubbed = matches!(busy, Ok(false));
        if self.scrubbed {
            return;
        }
        tracing::warn!("the log of changes could not be emptied; erasures will be asked for again");
        for (command, result) in commands.iter().zip(results) {
            if erased((command, result)) {
                *result = Err(Refused::UNAVAILABLE);
            }
        }
    }

    fn wake(&self, commands: &[Command], results: &[CommandResult]) {
        for (command, _) in commands.iter().zip(results).filter(|(_, result)| result.is_ok()) {
            match command {
                Command::Append(append) => self.wakeups.wake(&Topic::Space(append.space)),
                Command::Erase(erase) => self.wakeups.wake(&Topic::Space(erase.space)),
                Command::Epoch(swap) => self.wakeups.wake(&Topic::Space(swap.space)),
                Command::Access(change) => self.wakeups.wake(&Topic::Space(change.space)),
                Command::Close(close) => self.wakeups.wake(&Topic::Space(close.space)),
                Command::Post(post) => self.wakeups.wake(&Topic::Mailbox(post.mailbox)),
                Command::CloseMailbox { mailbox } => self.wakeups.wake(&Topic::Mailbox(*mailbox)),
                Command::Create(_)
                | Command::Ack(_)
                | Command::PutBlob(_)
                | Command::ReleaseBlob(_)
                | Command::Gate(_)
                | Command::Stay { .. }
                | Command::CloseDue { .. }
                | Command::Sweep { .. } => {}
            }
        }
        for space in &self.ended {
            self.wakeups.wake(&Topic::Space(*space));
        }
    }
}
