//! Group commit: one thread writes, many commands share a transaction, replies leave when it is durable.
//!
//! While one group is being made durable the next one gathers ([`super::gathering`]). Checkpoints are made beside the
//! writer, on a connection of their own, so that no append waits for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::gathering::{Entrance, Gathering, line};
use super::writer::Writer;
use crate::store::StoreError;
use crate::store::job::Job;

/// Pages that the log of changes grows by before a checkpoint is made beside the writer: half of what it may have before it is started anew.
/// A page that many groups change, as the last one of every space, is carried into the file once for all of them.
const CHECKPOINT_PAGES: u64 = 4_096;

/// Pages in the log of changes from which the writer itself stops to start it anew.
const RESTART_PAGES: u64 = 8_192;

/// How long the writer waits for readers when it starts the log of changes anew. Pages are read in less.
const RESTART_PATIENCE: Duration = Duration::from_millis(50);

/// The writer on its own thread, and a checkpointer beside it.
pub(in crate::store) struct WriterThread {
    entrance: Option<Entrance>,
    writer: Option<JoinHandle<()>>,
    checkpointer: Option<JoinHandle<()>>,
}

impl WriterThread {
    pub(super) fn start(mut writer: Writer, checkpointer: Connection) -> Result<Self, StoreError> {
        let pages = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&pages);
        writer.count_pages(move |count| seen.store(count, Ordering::Relaxed))?;
        let (wanted, checkpoints) = mpsc::sync_channel::<()>(1);
        let checkpointer = std::thread::Builder::new()
            .name("cairn-checkpointer".to_owned())
            .spawn(move || checkpoint_when_asked(&checkpointer, &checkpoints))?;
        let (entrance, mut gathering) = line();
        let writer = std::thread::Builder::new()
            .name("cairn-writer".to_owned())
            .spawn(move || write_until_closed(&mut writer, &mut gathering, &wanted, &pages))?;
        Ok(Self {
            entrance: Some(entrance),
            writer: Some(writer),
            checkpointer: Some(checkpointer),
        })
    }

    /// A job nobody takes any more is dropped with its reply, which its receiver sees.
    pub(super) fn queue(&self, job: Job) {
        if let Some(entrance) = &self.entrance {
            entrance.enter(job);
        }
    }
}

impl Drop for WriterThread {
    /// Finishes what is queued, then closes the store.
    fn drop(&mut self) {
        drop(self.entrance.take());
        for thread in [self.writer.take(), self.checkpointer.take()].into_iter().flatten() {
            drop(thread.join());
        }
    }
}

fn write_until_closed(
    writer: &mut Writer,
    gathering: &mut Gathering,
    checkpoint_wanted: &SyncSender<()>,
    pages: &AtomicU64,
) {
    let mut asked_at = 0;
    let mut restart_at = RESTART_PAGES;
    while let Some(group) = gathering.gather() {
        let results = writer.run_group(&group.commands);
        for (reply, result) in group.replies.into_iter().zip(results) {
            reply.send(result);
        }
        let pages = pages.load(Ordering::Relaxed);
        if pages < RESTART_PAGES {
            restart_at = RESTART_PAGES;
        }
        if pages >= restart_at {
            // Who reads for long, as a copy being made does, holds it up: tried again when as much has come once more, so that no
            // group waits for it again and again.
            let begins_anew = writer.patiently(RESTART_PATIENCE, |connection| checkpoint(connection, "RESTART"));
            restart_at = if begins_anew {
                RESTART_PAGES
            } else {
                pages + RESTART_PAGES
            };
            asked_at = 0;
            continue;
        }
        // Only for so many pages more: asked for after every group, checkpoints would follow each other without a pause and
        // carry the pages that every group changes into the file again and again.
        if pages < asked_at {
            asked_at = 0;
        }
        if pages >= asked_at + CHECKPOINT_PAGES {
            asked_at = pages;
            // A full channel means one is wanted already.
            let _ = checkpoint_wanted.try_send(());
        }
    }
}

fn checkpoint_when_asked(connection: &Connection, wanted: &Receiver<()>) {
    while wanted.recv().is_ok() {
        checkpoint(connection, "PASSIVE");
    }
}

/// Makes a checkpoint; whether nobody was in its way.
fn checkpoint(connection: &Connection, mode: &str) -> bool {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let busy: Result<bool, _> = connection.query_row(&sql, [], |row| row.get(0));
    busy.map(|busy| !busy).unwrap_or_else(|error| {
        tracing::warn!(%error, "a checkpoint failed and will be tried again");
        false
    })
}
