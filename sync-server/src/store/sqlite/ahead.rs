//! Heads are signed while their group is being made durable: the disk is waited for anyway, and there is a processor more.
//!
//! What is signed here leaves with an answer, which leaves when its group is durable, or never. When it is, whoever answers goes on with what is not signed yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread::JoinHandle;

use crate::head::{Expected, HeadNow, RelayKey};

/// Heads of a group from which it pays to wake a thread for them.
const HEADS_ENOUGH: usize = 16;

/// A thread that signs.
pub(super) struct Ahead {
    key: Arc<RelayKey>,
    groups: Option<SyncSender<Group>>,
    /// How many groups have ended.
    ended: Arc<AtomicU64>,
    signer: Option<JoinHandle<()>>,
}

/// The heads of a group, and how many had ended before it.
struct Group {
    heads: Vec<Expected>,
    after: u64,
}

impl Ahead {
    pub(super) fn start(key: Arc<RelayKey>) -> std::io::Result<Self> {
        let ended = Arc::new(AtomicU64::new(0));
        let (groups, waiting) = mpsc::sync_channel::<Group>(1);
        let (signing, seen) = (Arc::clone(&key), Arc::clone(&ended));
        let signer = std::thread::Builder::new()
            .name("cairn-signer".to_owned())
            .spawn(move || {
                while let Ok(group) = waiting.recv() {
                    let is_wanted = || seen.load(Ordering::Relaxed) == group.after;
                    for head in group.heads.iter().take_while(|_| is_wanted()) {
                        signing.sign_ahead(head);
                    }
                }
            })?;
        Ok(Self {
            key,
            groups: Some(groups),
            ended,
            signer: Some(signer),
        })
    }

    /// Begins to sign what a group will be answered with.
    pub(super) fn begin(&self, heads: impl Iterator<Item = HeadNow>) {
        let heads: Vec<_> = heads.collect();
        if let Some(groups) = &self.groups
            && heads.len() >= HEADS_ENOUGH
        {
            let heads = heads.into_iter().map(|head| self.key.expect(head)).collect();
            let after = self.ended.load(Ordering::Relaxed);
            // Where the one before still signs, the answers sign for themselves.
            let _ = groups.try_send(Group { heads, after });
        }
    }

    /// The group is durable, or was undone.
    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.end();
        drop(self.groups.take());
        if let Some(signer) = self.signer.take() {
            drop(signer.join());
        }
    }
}
