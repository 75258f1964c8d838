//! Who waits to be woken: in memory, bounded, for a minute.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_wire::{PublicKey, RegistrationId, SpaceId};
use tokio::sync::Notify;

use super::{Endpoint, Origin};
use crate::limits::{Limits, ORIGIN_POSTS_MAX, SPACE_REGISTRATIONS_MAX};

/// One registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) registration: RegistrationId,
}

impl Place {
    /// The first that there may be of a space.
    const fn first(space: SpaceId) -> Self {
        Self::first_of_key(space, PublicKey::from_bytes([0; 32]))
    }

    /// The first that there may be of a key in a space.
    const fn first_of_key(space: SpaceId, key: PublicKey) -> Self {
        Self {
            space,
            key,
            registration: RegistrationId::from_bytes([0; 16]),
        }
    }
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
    /// Says that another one may be due first.
    pub(crate) changed: Notify,
}

#[derive(Default)]
struct Inside {
    waiting: BTreeMap<Place, (u64, WakeUp)>,
    by_time: BTreeSet<(u64, Place)>,
    /// Those of `waiting` that are due, and whose push service is posted to as often as it may be at once. They are not in `by_time`.
    held: BTreeSet<(Origin, u64, Place)>,
    /// How many posts each push service is taken up with.
    posting: BTreeMap<Origin, usize>,
    /// At which head of its space each was rung for last, and in which order.
    rung: BTreeMap<Place, (u64, u64)>,
    rung_by_age: BTreeMap<u64, Place>,
    rung_next: u64,
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
            changed: Notify::new(),
        }
    }

    /// Wakes a device at `due_ms`, or as much later as it was woken not long ago.
    ///
    /// `head` is the head of its space that it was rung for: at the same one it is woken once, however often somebody rings who has
    /// written nothing. `None` is for one that its push service put off.
    pub(crate) fn wish(&self, wake_up: WakeUp, head: Option<u64>, due_ms: u64) -> Wished {
        let mut inside = self.lock();
        let place = wake_up.place;
        if wake_up.is_alone && inside.reading.contains_key(&(place.space, place.key)) {
            return Wished::Needless;
        }
        if let Some((due_ms, _)) = inside.remove(&place) {
            // Where it is to be woken may have changed meanwhile.
            inside.put(due_ms, wake_up);
            inside.remember(place, head, self.waiting_max);
            return Wished::Needless;
        }
        if head.is_some_and(|head| inside.rung.get(&place).is_some_and(|(at, _)| *at == head)) {
            return Wished::Needless;
        }
        if inside.waiting.len() >= self.waiting_max || inside.is_full(&place.space) {
            return Wished::Full;
        }
        let again_ms = inside
            .woken_ms
            .get(&place)
            .map_or(0, |at_ms| at_ms.saturating_add(self.every_ms));
        let due_ms = due_ms.max(again_ms);
        inside.put(due_ms, wake_up);
        inside.remember(place, head, self.waiting_max);
        Wished::Waits
    }

    /// When the next one is due that may be posted.
    pub(crate) fn next_due_ms(&self) -> Option<u64> {
        self.lock().by_time.first().map(|(due_ms, _)| *due_ms)
    }

    /// Takes one that is due, and counts its push service as posted to until [`Posting`] is dropped. Those whose push service is
    /// posted to as often as it may be are passed over until one of its posts is over.
    pub(crate) fn take(self: &Arc<Self>, now_ms: u64) -> Option<(WakeUp, Posting)> {
        let mut inside = self.lock();
        inside.forget_woken(now_ms.saturating_sub(self.every_ms), self.waiting_max);
        while let Some((due_ms, place)) = inside.by_time.first().copied()
            && due_ms <= now_ms
        {
            let (_, wake_up) = inside.waiting.get(&place)?;
            let origin = wake_up.endpoint.origin().clone();
            if wake_up.is_alone && inside.reading.contains_key(&(place.space, place.key)) {
                inside.remove(&place);
                continue;
            }
            let posts = inside.posting.get(&origin).copied().unwrap_or(0);
            if posts >= ORIGIN_POSTS_MAX {
                inside.by_time.remove(&(due_ms, place));
                inside.held.insert((origin, due_ms, place));
                continue;
            }
            // Counted first, so that taking it out lets none of those that are held go in its place.
            inside.by_time.remove(&(due_ms, place));
            let (_, wake_up) = inside.waiting.remove(&place)?;
            inside.posting.insert(origin.clone(), posts + 1);
            if let Some(before_ms) = inside.woken_ms.insert(place, now_ms) {
                inside.woken_by_age.remove(&(before_ms, place));
            }
            inside.woken_by_age.insert((now_ms, place));
            let posting = Posting {
                queue: Arc::clone(self),
                origin,
            };
            return Some((wake_up, posting));
        }
        None
    }

    /// A key reads what there is: what only it would be woken for needs no waking.
    pub(crate) fn is_read(&self, space: &SpaceId, key: &PublicKey) {
        let mut inside = self.lock();
        let of_key = inside
            .waiting
            .range(Place::first_of_key(*space, *key)..)
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
    fn put(&mut self, due_ms: u64, wake_up: WakeUp) {
        self.by_time.insert((due_ms, wake_up.place));
        self.waiting.insert(wake_up.place, (due_ms, wake_up));
    }

    fn remove(&mut self, place: &Place) -> Option<(u64, WakeUp)> {
        let (due_ms, wake_up) = self.waiting.remove(place)?;
        let origin = wake_up.endpoint.origin();
        if !self.by_time.remove(&(due_ms, *place)) {
            self.held.remove(&(origin.clone(), due_ms, *place));
        }
        // It may have been the one that was let go last.
        self.let_go(origin);
        Some((due_ms, wake_up))
    }

    /// Lets the first of those go that are held for a push service.
    fn let_go(&mut self, origin: &Origin) {
        let first = (origin.clone(), 0, Place::first(SpaceId::from_bytes([0; 16])));
        let held = self.held.range(first..).next().filter(|held| held.0 == *origin);
        if let Some(held) = held.cloned() {
            self.held.remove(&held);
            self.by_time.insert((held.1, held.2));
        }
    }

    /// Whether so many of a space wait that no other may.
    fn is_full(&self, space: &SpaceId) -> bool {
        let of_space = self.waiting.range(Place::first(*space)..);
        let of_space = of_space.take_while(|(place, _)| place.space == *space);
        of_space.take(SPACE_REGISTRATIONS_MAX).count() == SPACE_REGISTRATIONS_MAX
    }

    /// Remembers at which head one was rung for, and forgets the oldest of so many.
    fn remember(&mut self, place: Place, head: Option<u64>, max: usize) {
        let Some(head) = head else { return };
        let order = self.rung_next;
        self.rung_next += 1;
        if let Some((_, before)) = self.rung.insert(place, (head, order)) {
            self.rung_by_age.remove(&before);
        }
        self.rung_by_age.insert(order, place);
        while self.rung.len() > max
            && let Some((_, oldest)) = self.rung_by_age.pop_first()
        {
            self.rung.remove(&oldest);
        }
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

/// A push service that is posted to.
#[derive(Debug)]
pub(crate) struct Posting {
    queue: Arc<Queue>,
    origin: Origin,
}

impl Drop for Posting {
    fn drop(&mut self) {
        let mut inside = self.queue.lock();
        if let Some(posts) = inside.posting.get_mut(&self.origin) {
            *posts -= 1;
            if *posts == 0 {
                inside.posting.remove(&self.origin);
            }
        }
        inside.let_go(&self.origin);
        drop(inside);
        self.queue.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
