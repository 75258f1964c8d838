//! Who waits, how long, and who is passed over.

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

fn wake_up_at(n: u8, origin: &str) -> WakeUp {
    WakeUp {
        endpoint: Endpoint::parse(&format!("{origin}/{n}")).unwrap(),
        ..wake_up(n, true)
    }
}

/// Takes those that are due, each of which was posted when the next one is taken.
fn take_due(queue: &Arc<Queue>, now_ms: u64) -> Vec<WakeUp> {
    std::iter::from_fn(|| queue.take(now_ms))
        .map(|(wake_up, _posting)| wake_up)
        .collect()
}

#[test]
fn a_push_service_that_is_slow_holds_up_nobody_but_its_own() {
    let queue = queue(100);
    for n in 0..10 {
        queue.wish(wake_up_at(n, "https://slow.example"), None, 0);
    }
    queue.wish(wake_up_at(10, "https://quick.example"), None, 5);
    let mut posting: Vec<_> = std::iter::from_fn(|| queue.take(5)).collect();
    let taken: Vec<_> = posting.iter().map(|(wake_up, _)| wake_up.endpoint.url()).collect();
    assert_eq!(taken.len(), ORIGIN_POSTS_MAX + 1);
    assert_eq!(taken[ORIGIN_POSTS_MAX], "https://quick.example/10");
    assert_eq!(queue.next_due_ms(), None, "nothing to do until a post is over");
    // One goes to another service, one needs no waking: neither keeps the others.
    queue.wish(wake_up_at(4, "https://other.example"), None, 5);
    queue.is_read(&SpaceId::from_bytes([1; 16]), &key(5));
    assert_eq!(take_due(&queue, 5).len(), 1);
    posting.remove(0);
    assert_eq!(queue.next_due_ms(), Some(0));
    let next = queue.take(5).unwrap();
    assert!(queue.take(5).is_none(), "one for one");
    drop((next, posting));
    assert_eq!(take_due(&queue, 5).len(), 3, "the rest");
    let inside = queue.lock();
    assert!(inside.waiting.is_empty() && inside.held.is_empty() && inside.posting.is_empty());
}

#[test]
fn of_one_space_so_many_wait_and_others_have_room() {
    let queue = queue(1_000);
    for n in 0..=255 {
        let wished = queue.wish(wake_up(n, true), None, 0);
        assert_eq!(wished == Wished::Full, usize::from(n) >= SPACE_REGISTRATIONS_MAX);
    }
    for space in [0, 2] {
        let mut other = wake_up(1, true);
        other.place.space = SpaceId::from_bytes([space; 16]);
        assert_eq!(queue.wish(other, None, 0), Wished::Waits);
    }
}

#[test]
fn at_the_same_head_nobody_is_woken_twice() {
    let queue = queue(2);
    assert_eq!(queue.wish(wake_up(1, true), Some(7), 0), Wished::Waits);
    assert_eq!(take_due(&queue, 0).len(), 1);
    assert_eq!(queue.wish(wake_up(1, true), Some(7), u64::MAX), Wished::Needless);
    assert_eq!(
        queue.wish(wake_up(2, true), Some(7), 0),
        Wished::Waits,
        "not rung for yet"
    );
    assert_eq!(
        queue.wish(wake_up(1, true), Some(8), 0),
        Wished::Waits,
        "something was written"
    );
    assert_eq!(take_due(&queue, u64::MAX).len(), 2);
    for n in 3..100 {
        queue.wish(wake_up(n, true), Some(8), 0);
        take_due(&queue, u64::MAX);
    }
    let inside = queue.lock();
    assert_eq!((inside.rung.len(), inside.rung_by_age.len()), (2, 2));
}

#[test]
fn of_ten_wishes_one_waits_until_it_is_due() {
    let queue = queue(100);
    assert_eq!(queue.wish(wake_up(1, true), None, 5_000), Wished::Waits);
    for due_ms in 0..9 {
        assert_eq!(queue.wish(wake_up(1, true), None, due_ms), Wished::Needless);
    }
    assert_eq!(queue.next_due_ms(), Some(5_000));
    assert!(take_due(&queue, 4_999).is_empty());
    assert_eq!(take_due(&queue, 5_000).len(), 1);
    assert_eq!((take_due(&queue, u64::MAX).len(), queue.next_due_ms()), (0, None));
}

#[test]
fn who_was_woken_is_woken_again_a_minute_later_and_not_before() {
    let queue = queue(100);
    queue.wish(wake_up(1, true), None, 1_000);
    assert_eq!(take_due(&queue, 1_000).len(), 1);
    queue.wish(wake_up(1, true), None, 2_000);
    queue.wish(wake_up(2, true), None, 2_000);
    assert_eq!(take_due(&queue, 60_999).len(), 1, "the other one");
    assert_eq!(queue.next_due_ms(), Some(61_000));
    assert_eq!(take_due(&queue, 61_000).len(), 1);
}

#[test]
fn whoever_reads_needs_no_waking_if_nobody_else_has_the_key() {
    let queue = queue(100);
    let space = SpaceId::from_bytes([1; 16]);
    for is_alone in [true, false] {
        let place = if is_alone { 1 } else { 2 };
        queue.wish(wake_up(place, is_alone), None, 0);
        queue.is_read(&space, &key(place));
        assert_eq!(take_due(&queue, 0).is_empty(), is_alone, "read before it was due");
    }
    let reading = queue.reading(vec![(space, key(3)), (space, key(4))]);
    assert_eq!(queue.wish(wake_up(3, true), None, 0), Wished::Needless, "waits to read");
    assert_eq!(queue.wish(wake_up(4, false), None, 0), Wished::Waits);
    assert_eq!(take_due(&queue, 0).len(), 1);
    queue.is_read(&SpaceId::from_bytes([2; 16]), &key(3));
    drop(reading);
    assert_eq!(queue.wish(wake_up(3, true), None, 0), Wished::Waits);
    let _reading = queue.reading(vec![(space, key(3))]);
    assert!(take_due(&queue, 0).is_empty(), "began to read before it was due");
    assert!(queue.lock().waiting.is_empty());
}

#[test]
fn what_is_remembered_stays_bounded() {
    let queue = queue(10);
    for n in 0..=255 {
        let wished = queue.wish(wake_up(n, true), None, 0);
        assert_eq!(wished == Wished::Full, n >= 10);
    }
    for n in 0..=255 {
        drop(take_due(&queue, u64::from(n)));
        queue.wish(wake_up(n, true), None, 0);
    }
    let inside = queue.lock();
    assert!(inside.waiting.len() <= 10 && inside.by_time.len() == inside.waiting.len());
    assert!(inside.woken_ms.len() <= 20 && inside.woken_by_age.len() == inside.woken_ms.len());
}
