//! Posting the wake-ups that are due, a few at once, each on a thread that may block.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use crate::clock::Clock;
use crate::push::{Outcome, Poster, Posting, WakeUp};
use crate::relay::Relay;

/// Where nobody waits, and nobody says otherwise.
const NOBODY: Duration = Duration::from_secs(60 * 60);

/// Wakes whoever is due, until it is aborted. What waits then is lost, which costs time.
pub(super) async fn wake(relay: Relay, at_once: usize, clock: Clock) {
    let poster = Arc::new(relay.poster());
    let room = Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS)));
    let mut posting = JoinSet::new();
    loop {
        // A place first, so that nobody is taken who would have to wait for one while what they registered changes. It is never closed.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let due = next(&relay, &clock).await;
        posting.spawn(post(relay.clone(), clock.clone(), Arc::clone(&poster), due, place));
        while posting.try_join_next().is_some() {}
    }
}

/// The next one to post, as soon as it is due.
async fn next(relay: &Relay, clock: &Clock) -> (WakeUp, Posting) {
    loop {
        let next = relay.next_wake_up_ms();
        let wait = next.map_or(NOBODY, |due_ms| {
            Duration::from_millis(due_ms.saturating_sub(clock.now_ms())).min(NOBODY)
        });
        tokio::select! {
            () = sleep(wait) => {}
            () = relay.wake_ups_changed() => continue,
        }
        let (asked, now_ms) = (relay.clone(), clock.now_ms());
        let due = spawn_blocking(move || asked.due(now_ms)).await;
        if let Ok(Some(due)) = due {
            return due;
        }
    }
}

async fn post(
    relay: Relay,
    clock: Clock,
    poster: Arc<Poster>,
    (wake_up, underway): (WakeUp, Posting),
    place: OwnedSemaphorePermit,
) {
    let authorization = relay.authorization(&wake_up, clock.now_ms());
    let endpoint = wake_up.endpoint.clone();
    // Without the relay, so that a stop waits for no stranger.
    let posted = spawn_blocking(move || {
        let _over = (place, underway);
        poster.post(&endpoint, &authorization)
    });
    let outcome = posted.await.unwrap_or(Outcome::Dropped);
    drop(spawn_blocking(move || relay.posted(wake_up, outcome, clock.now_ms())).await);
}
