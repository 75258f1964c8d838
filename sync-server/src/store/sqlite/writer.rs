//! Carrying commands out: a group of them shares a transaction, and what is answered is durable.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::ahead::Ahead;
use super::connection::BUSY;
use crate::store::command::{Command, GateWish, Refused};
use crate::store::group::{Carrier, CommandResult};
use crate::store::{Danger, StoreError};
use crate::wake::Wakeups;

/// Carries commands out, on whatever thread owns it.
pub(in crate::store) struct Writer {
    connection: Connection,
    carrier: Carrier,
    danger: Danger,
    wakeups: Arc<Wakeups>,
    /// Where there is a thread for it.
    ahead: Option<Ahead>,
    groups: u64,
    /// Whether the log of changes could be emptied when that was tried last.
    scrubbed: bool,
}

/// How long an erasure waits for readers before it is answered that it has to be asked for again.
const SCRUB_PATIENCE: Duration = Duration::from_secs(1);

/// How long it waits while the one before has waited in vain: somebody reads for long, as a copy being made does, and others append.
const SCRUB_PATIENCE_AGAIN: Duration = Duration::from_millis(20);

impl Writer {
    pub(super) const fn new(connection: Connection, carrier: Carrier, danger: Danger, wakeups: Arc<Wakeups>) -> Self {
        Self {
            connection,
            carrier,
            danger,
            wakeups,
            ahead: None,
            groups: 0,
            scrubbed: true,
        }
    }

    /// Has heads signed on a thread of their own.
    pub(super) fn sign_ahead(&mut self, ahead: Ahead) {
        self.ahead = Some(ahead);
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
        let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(commands)));
        if let Some(ahead) = &self.ahead {
            ahead.end();
        }
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
        if self.connection.is_autocommit() {
            self.carrier.remove_files(&self.connection, commands, &mut results);
            self.scrub(commands, &mut results);
        }
        for topic in self.carrier.changed(commands, &results) {
            self.wakeups.wake(&topic);
        }
        self.carrier.spaces.shrink();
        results
    }

    fn attempt(&mut self, commands: &[Command]) -> Result<Vec<CommandResult>, StoreError> {
        if self.connection.is_autocommit() {
            self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        }
        let mut results = self.carrier.carry_out(&self.connection, commands)?;
        self.carrier.bring_heads_up(commands, &mut results);
        if let Some(ahead) = &self.ahead {
            ahead.begin(
                results
                    .iter_mut()
                    .filter_map(|result| result.as_mut().ok()?.head_mut().copied()),
            );
        }
        if self.danger.acknowledge_before_commit && !self.groups.is_multiple_of(8) {
            return Ok(results);
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(results)
    }

    fn undo(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed group could not be undone");
        }
        self.carrier.spaces.clear();
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
        let erased_now = self.carrier.has_ended_any() || commands.iter().zip(results.iter()).any(erased);
        if !erased_now {
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
}
