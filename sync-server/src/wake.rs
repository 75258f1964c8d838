//! Who waits for what: reads that wait for a space or a mailbox to change.
//!
//! A wake-up only says "ask again"; losing one costs time, never data, and one too many costs a look.
//!
//! Where nodes tell each other through somebody who is not to learn what for, a topic is called by its **alias**: the first 16 bytes of BLAKE3, keyed
//! by what follows from the seed of the relay's own key, over `s` and a space, or `m` and a mailbox.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cairn_wire::{MailboxId, SpaceId};
use tokio::sync::Notify;

use crate::operations::metrics::NodeFigures;

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Space(SpaceId),
    Mailbox(MailboxId),
}

/// What a topic is called where it must not be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alias(pub(crate) [u8; 16]);

/// Gives topics their aliases.
#[derive(Clone)]
pub(crate) struct AliasKey([u8; 32]);

impl AliasKey {
    pub(crate) fn of_seed(seed: &[u8; 32]) -> Self {
        Self(blake3::derive_key("cairn relay topic alias 1", seed))
    }

    pub(crate) fn alias(&self, topic: &Topic) -> Alias {
        let (kind, id) = match topic {
            Topic::Space(id) => (b"s", id.as_bytes().as_slice()),
            Topic::Mailbox(id) => (b"m", id.as_bytes().as_slice()),
        };
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(kind).update(id);
        let mut alias = [0; 16];
        hasher.finalize_xof().fill(&mut alias);
        Alias(alias)
    }
}

/// Everybody who waits.
#[derive(Default)]
pub(crate) struct Wakeups {
    waiting: Mutex<Waiting>,
    /// What is counted of what nodes tell each other.
    pub(crate) figures: NodeFigures,
}

#[derive(Default)]
struct Waiting {
    by_topic: BTreeMap<Topic, Vec<Weak<Notify>>>,
    /// Where aliases are heard, those of what is waited for.
    aliases: Option<(AliasKey, BTreeMap<Alias, Topic>)>,
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
            if list.len() == 1 {
                waiting.add_alias(topic);
            }
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

    /// From now on aliases under this key are known.
    pub(crate) fn know_aliases(&self, key: AliasKey) {
        let mut waiting = self.lock();
        waiting.aliases = Some((key, BTreeMap::new()));
        let topics: Vec<_> = waiting.by_topic.keys().copied().collect();
        for topic in &topics {
            waiting.add_alias(topic);
        }
    }

    /// Wakes those who wait for the topic that is called so, if anybody does.
    pub(crate) fn wake_alias(&self, alias: &Alias) {
        let topic = {
            let waiting = self.lock();
            let known = waiting.aliases.as_ref();
            known.and_then(|(_, topics)| topics.get(alias)).copied()
        };
        if let Some(topic) = topic {
            self.wake(&topic);
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

impl Waiting {
    fn add_alias(&mut self, topic: &Topic) {
        if let Some((key, topics)) = &mut self.aliases {
            topics.insert(key.alias(topic), *topic);
        }
    }

    fn remove_alias(&mut self, topic: &Topic) {
        if let Some((key, topics)) = &mut self.aliases {
            topics.remove(&key.alias(topic));
        }
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
                    waiting.remove_alias(topic);
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
    async fn an_alias_wakes_whoever_waits_for_its_topic_and_is_known_only_as_long() {
        let wakeups = Arc::new(Wakeups::default());
        let key = AliasKey::of_seed(&[7; 32]);
        let topics = [1, 2].map(|n| Topic::Space(SpaceId::from_bytes([n; 16])));
        // Waited for before and after aliases are known, and twice.
        let before = wakeups.listen(vec![topics[0]]);
        wakeups.know_aliases(key.clone());
        let after = [(), ()].map(|()| wakeups.listen(vec![topics[1]]));
        for topic in &topics {
            wakeups.wake_alias(&key.alias(topic));
        }
        before.changed().await;
        for waiter in &after {
            waiter.changed().await;
        }
        let known = || wakeups.lock().aliases.as_ref().map(|(_, topics)| topics.len());
        let [one, other] = after;
        drop(one);
        assert_eq!(known(), Some(2));
        drop((before, other));
        assert_eq!(known(), Some(0));
    }

    /// Nodes of another version know them too.
    #[test]
    fn aliases_are_what_they_were() {
        let key = AliasKey::of_seed(&[7; 32]);
        let spelt = |topic| data_encoding::HEXLOWER.encode(&key.alias(&topic).0);
        assert_eq!(
            (
                spelt(Topic::Space(SpaceId::from_bytes([1; 16]))).as_str(),
                spelt(Topic::Mailbox(MailboxId::from_bytes([1; 32]))).as_str()
            ),
            ("41c968c534e82116cc7b3f9194c72e2a", "3e589a5a48e43ec44f987fa4538fd2b2")
        );
        let other = AliasKey::of_seed(&[8; 32]);
        let topic = Topic::Space(SpaceId::from_bytes([1; 16]));
        assert_ne!(other.alias(&topic), key.alias(&topic));
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
