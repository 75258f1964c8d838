//! A command on its way to whoever writes, and the bounds of a group.

use std::sync::mpsc::{self, Receiver, SyncSender};

use tokio::sync::oneshot;

use super::command::{Command, Refused};
use super::group::CommandResult;

/// Commands of one group at most.
pub(super) const GROUP_COMMANDS_MAX: usize = 1_024;

/// Bytes of records in one group at most, the one that passes it included: what a group may add to the log of changes.
const GROUP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A command and where its reply goes.
pub(super) struct Job {
    pub(super) command: Command,
    pub(super) reply: ReplyTo,
}

pub(super) enum ReplyTo {
    Thread(SyncSender<CommandResult>),
    Task(oneshot::Sender<CommandResult>),
}

impl Job {
    /// A command of a task that will await its reply.
    pub(super) fn of_task(command: Command) -> (Self, oneshot::Receiver<CommandResult>) {
        let (reply, receiver) = oneshot::channel();
        let reply = ReplyTo::Task(reply);
        (Self { command, reply }, receiver)
    }

    /// A command of a thread that will wait for its reply.
    fn of_thread(command: Command) -> (Self, Receiver<CommandResult>) {
        let (reply, receiver) = mpsc::sync_channel(1);
        let reply = ReplyTo::Thread(reply);
        (Self { command, reply }, receiver)
    }
}

/// Queues these commands of a thread, and waits for what each is answered; one that nobody takes is answered that nothing can be done now.
pub(super) fn run_all(commands: Vec<Command>, queue: impl Fn(Job)) -> Vec<CommandResult> {
    let queued = commands.into_iter().map(|command| {
        let (job, reply) = Job::of_thread(command);
        queue(job);
        reply
    });
    // All are in line before the first is waited for.
    let replies: Vec<_> = queued.collect();
    let answers = replies.into_iter().map(|reply| reply.recv());
    answers
        .map(|answer| answer.unwrap_or(Err(Refused::UNAVAILABLE)))
        .collect()
}

impl ReplyTo {
    /// Replies. Who hung up meanwhile will ask again, and be told the same.
    pub(super) fn send(self, result: CommandResult) {
        match self {
            Self::Thread(reply) => drop(reply.send(result)),
            Self::Task(reply) => drop(reply.send(result)),
        }
    }
}

/// Commands that share a transaction.
#[derive(Default)]
pub(super) struct Group {
    pub(super) commands: Vec<Command>,
    pub(super) replies: Vec<ReplyTo>,
    pub(super) records: usize,
    bytes: usize,
}

impl Group {
    pub(super) fn push(&mut self, job: Job) {
        let (records, bytes) = job.command.weight();
        self.records += records;
        self.bytes += bytes;
        self.commands.push(job.command);
        self.replies.push(job.reply);
    }

    pub(super) const fn is_full(&self) -> bool {
        self.commands.len() >= GROUP_COMMANDS_MAX || self.bytes >= GROUP_BYTES_MAX
    }
}
