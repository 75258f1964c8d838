//! Removing blobs from a bucket beside whoever writes: a bucket that is slow or does not answer holds up nobody's records.
//!
//! A blob's rows go first, with its number noted as gone. Whoever is to be told that it is gone waits until its objects are, so long and no longer;
//! who is told that nothing could be done asks again, and waits again. A part that this node is writing is waited for. One that another node was
//! writing, or that was given up, may still arrive: they are removed once more when that cannot be any more, and only then is the number forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::bucket::BucketError;
use super::lock;
use super::objects::Place;
use crate::limits::{BUCKET_LATE_AFTER, BUCKET_REMOVALS_AT_ONCE, BUCKET_REMOVE_AGAIN, BUCKET_SETTLE_TIMEOUT};

/// What is going, and how far it went.
pub(super) struct Remover {
    going: Mutex<BTreeMap<u64, Going>>,
    /// Blobs that this node writes a part of: they are removed when it is there. Locked after `going`.
    written: Mutex<BTreeSet<u64>>,
    came: Notify,
    /// Counts what was removed, for those who wait.
    went: watch::Sender<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    /// Its objects may be there. To be removed at this time, or as soon as may be.
    There(Option<Instant>),
    /// They were removed. Once more at this time.
    Removed(Instant),
    /// They were removed again when nothing could come any more.
    Gone,
}

impl Remover {
    pub(super) fn start(runtime: &Runtime, place: &Arc<Place>) -> Arc<Self> {
        let remover = Arc::new(Self {
            going: Mutex::default(),
            written: Mutex::default(),
            came: Notify::new(),
            went: watch::Sender::new(0),
        });
        let (it, place) = (Arc::clone(&remover), Arc::clone(place));
        runtime.spawn(async move { it.work(&place).await });
        remover
    }

    /// Notes what is to be removed, and answers what of it is gone for good.
    pub(super) fn remove(&self, files: &[u64]) -> Vec<u64> {
        let mut going = lock(&self.going);
        let mut gone = Vec::new();
        for file in files {
            if *going.entry(*file).or_insert(Going::There(None)) == Going::Gone {
                going.remove(file);
                gone.push(*file);
            }
        }
        drop(going);
        self.came.notify_one();
        gone
    }

    /// Begins to write a part of a blob, one at a time; `None` if it goes. What goes from then on waits for what comes back to be dropped.
    pub(super) fn writing(self: &Arc<Self>, file: u64) -> Option<Writing> {
        let going = lock(&self.going);
        if going.contains_key(&file) {
            return None;
        }
        lock(&self.written).insert(file);
        drop(going);
        Some(Writing {
            remover: Arc::clone(self),
            file,
        })
    }

    /// A part may have been created after its blob went: what is known to be gone is removed again, as soon as may be.
    pub(super) fn came_late(&self, file: u64) {
        if let Some(going) = lock(&self.going).get_mut(&file) {
            // Not as it was, so that a removal that is under way does not count for it.
            *going = Going::There(Some(Instant::now()));
        }
        self.came.notify_one();
    }

    /// What no row names is to be removed, whoever else knows of it.
    pub(super) fn is_nobodys(&self, file: u64) {
        lock(&self.going).insert(file, Going::There(Some(Instant::now())));
        self.came.notify_one();
    }

    /// Whether nothing is going that may still be there.
    pub(super) fn is_settled(&self) -> bool {
        !lock(&self.going).values().any(|going| matches!(going, Going::There(_)))
    }

    /// Waits until what is going now is removed; whether it is, in time.
    pub(super) async fn settle(&self) -> bool {
        let is_there = |going: &Going| matches!(going, Going::There(_));
        let waited: Vec<u64> = {
            let going = lock(&self.going);
            going
                .iter()
                .filter(|(_, going)| is_there(going))
                .map(|(file, _)| *file)
                .collect()
        };
        let mut went = self.went.subscribe();
        let all = went.wait_for(|_| {
            let going = lock(&self.going);
            !waited.iter().any(|file| going.get(file).is_some_and(is_there))
        });
        matches!(timeout(BUCKET_SETTLE_TIMEOUT, all).await, Ok(Ok(_)))
    }

    async fn work(&self, place: &Place) {
        loop {
            let next = self.next();
            let now = Instant::now();
            let due = next.iter().filter(|(_, at)| *at <= now);
            let removing: Vec<_> = due.map(|(file, _)| self.remove_one(place, *file)).collect();
            match next.first() {
                _ if !removing.is_empty() => drop(join_all(removing).await),
                Some((_, at)) => tokio::select! {
                    () = self.came.notified() => {}
                    () = sleep_until(*at) => {}
                },
                None => self.came.notified().await,
            }
        }
    }

    /// Some of what is to be removed next, and when.
    fn next(&self) -> Vec<(u64, Instant)> {
        let now = Instant::now();
        let going = lock(&self.going);
        let written = lock(&self.written);
        let unwritten = going.iter().filter(|(file, _)| !written.contains(file));
        let times = unwritten.filter_map(|(file, going)| match going {
            Going::There(at) => Some((at.unwrap_or(now).max(now), false, *file)),
            Going::Removed(at) => Some(((*at).max(now), true, *file)),
            Going::Gone => None,
        });
        let mut times: Vec<_> = times.collect();
        // Those that are waited for go first.
        times.sort_unstable();
        times.truncate(BUCKET_REMOVALS_AT_ONCE);
        times.into_iter().map(|(at, _, file)| (file, at)).collect()
    }

    async fn remove_one(&self, place: &Place, file: u64) {
        let before = lock(&self.going).get(&file).copied();
        let removed = place.remove(file).await;
        let now = Instant::now();
        let next = match (removed, before) {
            (Ok(()), Some(Going::Removed(_))) => Going::Gone,
            (Ok(()), _) => Going::Removed(now + BUCKET_LATE_AFTER),
            (Err(error), before) => {
                tell(error);
                match before {
                    Some(Going::Removed(_)) => Going::Removed(now + BUCKET_REMOVE_AGAIN),
                    _ => Going::There(Some(now + BUCKET_REMOVE_AGAIN)),
                }
            }
        };
        {
            let mut going = lock(&self.going);
            if let Some(there) = going.get_mut(&file)
                // A part that came meanwhile is removed again.
                && Some(*there) == before
            {
                *there = next;
            }
        }
        self.went.send_modify(|count| *count += 1);
    }
}

/// A part that is on its way.
pub(super) struct Writing {
    remover: Arc<Remover>,
    file: u64,
}

impl Drop for Writing {
    fn drop(&mut self) {
        lock(&self.remover.written).remove(&self.file);
        self.remover.came.notify_one();
    }
}

fn tell(error: BucketError) {
    tracing::warn!(%error, "blobs could not be removed from the bucket, which is tried again; erasures will be asked for again");
}
