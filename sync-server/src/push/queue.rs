//! Who waits to be woken: in memory, bounded, for a minute.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_wire::{PublicKey, RegistrationId, SpaceId};

use super::Endpoint;
use crate::limits::Limits;

/// One registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) registration: RegistrationId,
}

/// A device to wake.
#[derive(Clone, Debug)]
pub(crate) struct WakeUp {
    pub(crate) place: Place,
    /// The hash of what was registered, so that another registration is not taken for it.
    pub(crate) sealed: blake3::Hash,
    /// Whether nobody else has its key: then it needs no waking while that key reads.
    pub(crate) is_alone: bool,
    pub(crate) endpoint: Endpoint,
    /// Whether its push service has put it off already.
    pub(crate) was_put_off: bool,
}

/// Everybody who waits.
pub(crate) struct Queue {
    every_ms: u64,
    waiting_max: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    waiting: BTreeMap<Place, (u64, WakeUp)>,
    by_time: BTreeSet<(u64, Place)>,
    /// When each was woken last, as long as that matters.
    woken_ms: BTreeMap<Place, u64>,
    woken_by_age: BTreeSet<(u64, Place)>,
    /// Keys that wait for something to read, and how often.
    reading: BTreeMap<(SpaceId, PublicKey), usize>,
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wished {
    /// It waits from now on.
    Waits,
    /// There is one that waits, or nothing to wake.
    Needless,
    /// There are so many that this one is dropped.
    Full,
}

impl Queue {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            every_ms: u64::try_from(limits.push_every.as_millis()).unwrap_or(u64::MAX),
            waiting_max: limits.push_waiting_max,
            inside: Mutex::default(),
        }
    }

    /// Wakes a device at `due_ms`, or as much later as it was woken not long ago.
    pub(crate) fn wish(&self, wake_up: WakeUp, due_ms: u64) -> Wished {
        let mut inside = self.lock();
        let place = wake_up.place;
        if wake_up.is_alone && inside.reading.contains_key(&(place.space, place.key)) {
            return Wished::Needless;
        }
        if let Some((_, waits)) = inside.waiting.get_mut(&place) {
            // Where it is to be woken may have changed meanwhile.
            *waits = wake_up;
            return Wished::Needless;
        }
        if inside.waiting.len() >= self.waiting_max {
            return Wished::Full;
        }
        let again_ms = inside
            .woken_ms
            .get(&place)
            .map_or(0, |at_ms| at_ms.saturating_add(self.every_ms));
        let due_ms = due_ms.max(again_ms);
        inside.by_time.insert((due_ms, place));
        inside.waiting.insert(place, (due_ms, wake_up));
        Wished::Waits
    }

    /// When the next one is due.
    pub(crate) fn next_due_ms(&self) -> Option<u64> {
        self.lock().by_time.first().map(|(due_ms, _)| *due_ms)
    }

    /// Takes those that are due.
    pub(crate) fn take_due(&self, now_ms: u64) -> Vec<WakeUp> {
        let mut inside = self.lock();
        inside.forget_woken(now_ms.saturating_sub(self.every_ms), self.waiting_max);
        let mut due = Vec::new();
        while let Some((due_ms, place)) = inside.by_time.first().copied()
            && due_ms <= now_ms
        {
            let Some(wake_up) = inside.remove(&place) else {
                break;
            };
            if wake_up.is_alone && inside.reading.contains_key(&(place.space, place.key)) {
                continue;
            }
            if let Some(before_ms) = inside.woken_ms.insert(place, now_ms) {
                inside.woken_by_age.remove(&(before_ms, place));
            }
            inside.woken_by_age.insert((now_ms, place));
            due.push(wake_up);
        }
        due
    }

    /// A key reads what there is: what only it would be woken for needs no waking.
    pub(crate) fn is_read(&self, space: &SpaceId, key: &PublicKey) {
        let mut inside = self.lock();
        let first = Place {
            space: *space,
            key: *key,
            registration: RegistrationId::from_bytes([0; 16]),
        };
        let of_key = inside
            .waiting
            .range(first..)
            .take_while(|(place, _)| (place.space, place.key) == (*space, *key));
        let needless: Vec<Place> = of_key
            .filter(|(_, (_, wake_up))| wake_up.is_alone)
            .map(|(place, _)| *place)
            .collect();
        for place in needless {
            inside.remove(&place);
        }
    }

    /// Counts a key as one that waits to read, until what comes back is dropped.
    pub(crate) fn reading(self: &Arc<Self>, keys: Vec<(SpaceId, PublicKey)>) -> Reading {
        let mut inside = self.lock();
        for key in &keys {
            *inside.reading.entry(*key).or_default() += 1;
        }
        drop(inside);
        Reading {
            queue: Arc::clone(self),
            keys,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn remove(&mut self, place: &Place) -> Option<WakeUp> {
        let (due_ms, wake_up) = self.waiting.remove(place)?;
        self.by_time.remove(&(due_ms, *place));
        Some(wake_up)
    }

    /// Forgets who was woken at `until_ms` or before, and the oldest of so many.
    fn forget_woken(&mut self, until_ms: u64, max: usize) {
        while let Some((at_ms, place)) = self.woken_by_age.first().copied()
            && (at_ms <= until_ms || self.woken_by_age.len() > max)
        {
            self.woken_by_age.pop_first();
            self.woken_ms.remove(&place);
        }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue(…)")
    }
}

/// Keys that wait to read.
#[derive(Debug)]
pub(crate) struct Reading {
    queue: Arc<Queue>,
    keys: Vec<(SpaceId, PublicKey)>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut inside = self.queue.lock();
        for key in &self.keys {
            if let Some(count) = inside.reading.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    inside.reading.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use std::time::Duration;

    fn queue(waiting_max: usize) -> Arc<Queue> {
        Arc::new(Queue::new(&Limits {
            push_every: Duration::from_secs(60),
            push_waiting_max: waiting_max,
            ..Limits::default()
        }))
    }

    fn key(n: u8) -> PublicKey {
        PublicKey::from_bytes([n; 32])
    }

    fn wake_up(n: u8, is_alone: bool) -> WakeUp {
        WakeUp {
            place: Place {
                space: SpaceId::from_bytes([1; 16]),
                key: key(n),
                registration: RegistrationId::from_bytes([n; 16]),
            },
            sealed: blake3::hash(&[n]),
            is_alone,
            endpoint: Endpoint::parse("https://push.example/x").unwrap(),
            was_put_off: false,
        }
    }

    #[test]
    fn of_ten_wishes_one_waits_until_it_is_due() {
        let queue = queue(100);
        assert_eq!(queue.wish(wake_up(1, true), 5_000), Wished::Waits);
        for due_ms in 0..9 {
            assert_eq!(queue.wish(wake_up(1, true), due_ms), Wished::Needless);
        }
        assert_eq!(queue.next_due_ms(), Some(5_000));
        assert!(queue.take_due(4_999).is_empty());
        assert_eq!(queue.take_due(5_000).len(), 1);
        assert_eq!((queue.take_due(u64::MAX).len(), queue.next_due_ms()), (0, None));
    }

    #[test]
    fn who_was_woken_is_woken_again_a_minute_later_and_not_before() {
        let queue = queue(100);
        queue.wish(wake_up(1, true), 1_000);
        assert_eq!(queue.take_due(1_000).len(), 1);
        queue.wish(wake_up(1, true), 2_000);
        queue.wish(wake_up(2, true), 2_000);
        assert_eq!(queue.take_due(60_999).len(), 1, "the other one");
        assert_eq!(queue.next_due_ms(), Some(61_000));
        assert_eq!(queue.take_due(61_000).len(), 1);
    }

    #[test]
    fn whoever_reads_needs_no_waking_if_nobody_else_has_the_key() {
        let queue = queue(100);
        let space = SpaceId::from_bytes([1; 16]);
        for is_alone in [true, false] {
            let place = if is_alone { 1 } else { 2 };
            queue.wish(wake_up(place, is_alone), 0);
            queue.is_read(&space, &key(place));
            assert_eq!(queue.take_due(0).is_empty(), is_alone, "read before it was due");
        }
        let reading = queue.reading(vec![(space, key(3)), (space, key(4))]);
        assert_eq!(queue.wish(wake_up(3, true), 0), Wished::Needless, "waits to read");
        assert_eq!(queue.wish(wake_up(4, false), 0), Wished::Waits);
        assert_eq!(queue.take_due(0).len(), 1);
        queue.is_read(&SpaceId::from_bytes([2; 16]), &key(3));
        drop(reading);
        assert_eq!(queue.wish(wake_up(3, true), 0), Wished::Waits);
        let _reading = queue.reading(vec![(space, key(3))]);
        assert!(queue.take_due(0).is_empty(), "began to read before it was due");
        assert!(queue.lock().waiting.is_empty());
    }

    #[test]
    fn what_is_remembered_stays_bounded() {
        let queue = queue(10);
        for n in 0..=255 {
            let wished = queue.wish(wake_up(n, true), 0);
            assert_eq!(wished == Wished::Full, n >= 10);
        }
        for n in 0..=255 {
            drop(queue.take_due(u64::from(n)));
            queue.wish(wake_up(n, true), 0);
        }
        let inside = queue.lock();
        assert!(inside.waiting.len() <= 10 && inside.by_time.len() == inside.waiting.len());
        assert!(inside.woken_ms.len() <= 20 && inside.woken_by_age.len() == inside.woken_ms.len());
    }
}
