//! Who waits for what: reads that wait for a space or a mailbox to change.
//!
//! A wake-up only says "ask again"; losing one costs time, never data, and one too many costs a look.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cairn_wire::{MailboxId, SpaceId};
use tokio::sync::Notify;

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Space(SpaceId),
    Mailbox(MailboxId),
}

/// Everybody who waits.
#[derive(Default)]
pub(crate) struct Wakeups {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    by_topic: BTreeMap<Topic, Vec<Weak<Notify>>>,
    /// At shutdown nobody waits any more.
    is_over: bool,
}

/// One who waits, for any of some topics. Ends its place in the list when dropped.
pub(crate) struct Waiter {
    wakeups: Arc<Wakeups>,
    topics: Vec<Topic>,
    notify: Arc<Notify>,
}

impl Wakeups {
    /// Begins to listen. What happens from now on is heard, also before [`Waiter::changed`] is called.
    pub(crate) fn listen(self: &Arc<Self>, topics: Vec<Topic>) -> Waiter {
        let notify = Arc::new(Notify::new());
        let mut waiting = self.lock();
        for topic in &topics {
            let list = waiting.by_topic.entry(*topic).or_default();
            list.push(Arc::downgrade(&notify));
        }
        if waiting.is_over {
            notify.notify_one();
        }
        drop(waiting);
        Waiter {
            wakeups: Arc::clone(self),
            topics,
            notify,
        }
    }

    /// Wakes those who wait for a topic.
    pub(crate) fn wake(&self, topic: &Topic) {
        let waiting = self.lock();
        for waiter in waiting.by_topic.get(topic).into_iter().flatten() {
            if let Some(notify) = waiter.upgrade() {
                notify.notify_one();
            }
        }
    }

    /// Wakes everybody once: nobody knows what changed.
    pub(crate) fn wake_all(&self) {
        for notify in self.lock().by_topic.values().flatten().filter_map(Weak::upgrade) {
            notify.notify_one();
        }
    }

    /// What is waited for.
    pub(crate) fn topics(&self) -> Vec<Topic> {
        self.lock().by_topic.keys().copied().collect()
    }

    /// Wakes everybody, now and from now on.
    pub(crate) fn end(&self) {
        let mut waiting = self.lock();
        waiting.is_over = true;
        for notify in waiting.by_topic.values().flatten().filter_map(Weak::upgrade) {
            notify.notify_one();
        }
    }

    /// Whether waiting is over.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// How many wait for a topic.
    #[cfg(test)]
    pub(crate) fn waiting_for(&self, topic: &Topic) -> usize {
        self.lock().by_topic.get(topic).map_or(0, Vec::len)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Returns when a topic changed since the last call, or since listening began.
    pub(crate) async fn changed(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut waiting = self.wakeups.lock();
        for topic in &self.topics {
            if let Some(list) = waiting.by_topic.get_mut(topic) {
                list.retain(|waiter| !std::ptr::eq(waiter.as_ptr(), Arc::as_ptr(&self.notify)));
                if list.is_empty() {
                    waiting.by_topic.remove(topic);
                }
            }
        }
    }
}

impl fmt::Debug for Wakeups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wakeups(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_between_listening_and_waiting_is_heard() {
        let wakeups = Arc::new(Wakeups::default());
        let topic = Topic::Space(SpaceId::from_bytes([1; 16]));
        let other = Topic::Space(SpaceId::from_bytes([2; 16]));
        let waiter = wakeups.listen(vec![other, topic]);
        wakeups.wake(&topic);
        waiter.changed().await;
        drop(waiter);
        assert_eq!(wakeups.waiting_for(&topic), 0);
        assert!(wakeups.lock().by_topic.is_empty(), "nothing is left behind");
    }

    #[tokio::test]
    async fn at_the_end_nobody_waits_any_more() {
        let wakeups = Arc::new(Wakeups::default());
        let topic = Topic::Mailbox(MailboxId::from_bytes([1; 32]));
        let before = wakeups.listen(vec![topic]);
        wakeups.end();
        before.changed().await;
        wakeups.listen(vec![topic]).changed().await;
        assert!(wakeups.is_over());
    }
}
