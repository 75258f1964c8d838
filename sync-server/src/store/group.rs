//! Carrying out a group of commands, whose rows a store keeps: the same in every store.

use std::sync::Arc;

use cairn_wire::SpaceId;

use super::append::{self, Ground, Outcomes};
use super::blob_bytes::BlobBytes;
use super::command::{Command, Done, Refused};
use super::rows::Rows;
use super::space::Spaces;
use super::{StoreError, blob, closing, gate, mailbox, spaces, sweep, waking};
use crate::limits::Limits;
use crate::wake::Topic;

pub(super) type CommandResult = Result<Done, Refused>;

/// Carries groups out, one after the other.
pub(super) struct Carrier {
    files: Arc<BlobBytes>,
    pub(super) spaces: Spaces,
    ground: Ground,
    mailboxes_max: u64,
    pub(super) swept: sweep::Position,
    /// Spaces whose time came in this group.
    ended: Vec<SpaceId>,
}

impl Carrier {
    pub(super) fn new(files: Arc<BlobBytes>, incarnation: u32, limits: &Limits) -> Self {
        Self {
            files,
            spaces: Spaces::default(),
            ground: Ground {
                incarnation,
                space_bytes_max: limits.space_bytes_max,
            },
            mailboxes_max: limits.mailboxes_max,
            swept: sweep::Position::default(),
            ended: Vec::new(),
        }
    }

    /// Carries commands out, within a transaction of the caller's. Where one fails, nothing that was written or is remembered is true.
    pub(super) fn carry_out(
        &mut self,
        rows: &dyn Rows,
        commands: &[Command],
    ) -> Result<Vec<CommandResult>, StoreError> {
        self.ended.clear();
        let results = commands
            .iter()
            .map(|command| self.apply(rows, command))
            .collect::<Result<Vec<_>, _>>()?;
        self.spaces.write(rows)?;
        Ok(results)
    }

    fn apply(&mut self, rows: &dyn Rows, command: &Command) -> Outcomes {
        let (spaces, ground) = (&mut self.spaces, self.ground);
        if let Some(space) = command.space()
            && closing::close_if_due(rows, spaces, space, command.now_ms())?
        {
            self.ended.push(*space);
        }
        match command {
            Command::Create(create) => spaces::create(rows, spaces, ground, create),
            Command::Close(close) => closing::close(rows, spaces, ground, close),
            Command::Stay { space, key, now_ms } => closing::stay(rows, spaces, ground, space, key, *now_ms),
            Command::CloseDue { .. } => Ok(Ok(Done::Closed)),
            Command::Append(append) => append::append(rows, spaces, ground, append),
            Command::Erase(erase) => append::erase(rows, spaces, ground, erase),
            Command::Epoch(swap) => append::epoch(rows, spaces, ground, swap),
            Command::Access(change) => spaces::access(rows, spaces, ground, change),
            Command::Ack(ack) => append::ack(rows, spaces, ground, ack),
            Command::Post(post) => mailbox::post(rows, self.mailboxes_max, post),
            Command::CloseMailbox { mailbox } => mailbox::close(rows, mailbox),
            Command::PutBlob(put) => blob::put(rows, spaces, ground, &self.files, put),
            Command::ReleaseBlob(release) => blob::release(rows, spaces, release),
            Command::Gate(asked) => gate::ask(rows, spaces, asked),
            Command::Wake(asked) => waking::ask(rows, spaces, asked),
            Command::Ring { space, key, now_ms } => waking::registered(rows, spaces, space, key, *now_ms),
            Command::Sweep { .. } if !rows.may_sweep()? => Ok(Ok(Done::Swept { more: false })),
            Command::Sweep { now_ms } => {
                let ended = closing::close_due(rows, spaces, *now_ms)?;
                if ended.is_empty() {
                    return sweep::sweep(rows, spaces, *now_ms, &mut self.swept);
                }
                self.ended.extend(ended);
                Ok(Ok(Done::Swept { more: true }))
            }
        }
    }

    /// Every answer of a group carries its space as the group leaves it, so that they share one signature.
    pub(super) fn bring_heads_up(&self, commands: &[Command], results: &mut [CommandResult]) {
        let time_ms = commands.iter().map(Command::now_ms).max().unwrap_or(0);
        for head in results.iter_mut().filter_map(|result| result.as_mut().ok()?.head_mut()) {
            if let Some(space) = self.spaces.remembered(&head.space) {
                *head = space.head(self.ground.incarnation, time_ms);
            }
        }
    }

    /// Whether a space came to its time in the group that was carried out last.
    pub(super) const fn has_ended_any(&self) -> bool {
        !self.ended.is_empty()
    }

    /// After blobs went, removes their files. Nothing is said to be gone before; what a sweep leaves, the next one finds.
    pub(super) fn remove_files(&self, rows: &dyn Rows, commands: &[Command], results: &mut [CommandResult]) {
        let lets_go = |command: &Command| command.lets_blobs_go() || matches!(command, Command::Sweep { .. });
        let went = |(command, result): (&Command, &CommandResult)| result.is_ok() && lets_go(command);
        if !self.has_ended_any() && !commands.iter().zip(results.iter()).any(went) {
            return;
        }
        let Err(error) = blob::remove_gone(rows, &self.files) else {
            return;
        };
        tracing::warn!(%error, "files of blobs could not be removed; erasures will be asked for again");
        for (command, result) in commands.iter().zip(results) {
            if went((command, result)) && !matches!(command, Command::Sweep { .. }) {
                *result = Err(Refused::UNAVAILABLE);
            }
        }
    }

    /// What a group has changed that somebody may wait for.
    pub(super) fn changed(&self, commands: &[Command], results: &[CommandResult]) -> Vec<Topic> {
        let done = commands.iter().zip(results).filter(|(_, result)| result.is_ok());
        let topics = done.filter_map(|(command, _)| match command {
            Command::Append(append) => Some(Topic::Space(append.space)),
            Command::Erase(erase) => Some(Topic::Space(erase.space)),
            Command::Epoch(swap) => Some(Topic::Space(swap.space)),
            Command::Access(change) => Some(Topic::Space(change.space)),
            Command::Close(close) => Some(Topic::Space(close.space)),
            Command::Post(post) => Some(Topic::Mailbox(post.mailbox)),
            Command::CloseMailbox { mailbox } => Some(Topic::Mailbox(*mailbox)),
            Command::Create(_)
            | Command::Ack(_)
            | Command::PutBlob(_)
            | Command::ReleaseBlob(_)
            | Command::Gate(_)
            | Command::Wake(_)
            | Command::Ring { .. }
            | Command::Stay { .. }
            | Command::CloseDue { .. }
            | Command::Sweep { .. } => None,
        });
        let ended = self.ended.iter().map(|space| Topic::Space(*space));
        let mut topics: Vec<_> = topics.chain(ended).collect();
        topics.sort_unstable();
        topics.dedup();
        topics
    }
}
