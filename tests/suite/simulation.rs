//! A thousand histories in which everything breaks, and at the end of each all devices agree and nothing is lost.

use cairn_tests::sim::{Failure, Planted, Tally, Told, tell};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Histories told at the same time.
const THREADS: u64 = 2;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("the variable is a number"))
}

/// Tells `count` histories from `first` on; the first that failed, if any did.
fn tell_all(first: u64, count: u64, planted: Option<Planted>) -> (Vec<Told>, Option<Failure>) {
    let next = AtomicU64::new(first);
    let (told, failed) = (Mutex::new(Vec::new()), Mutex::new(None::<Failure>));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while failed.lock().unwrap().is_none() {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + count {
                        return;
                    }
                    match tell(seed, planted) {
                        Ok(history) => told.lock().unwrap().push(history),
                        Err(failure) => *failed.lock().unwrap() = Some(failure),
                    }
                }
            });
        }
    });
    (told.into_inner().unwrap(), failed.into_inner().unwrap())
}

#[test]
fn whatever_fails_all_devices_agree_in_the_end_and_nothing_acknowledged_is_lost() {
    let (first, count) = (setting("CAIRN_SIM_SEED", 1), setting("CAIRN_SIM_HISTORIES", 1000));
    let (told, failed) = tell_all(first, count, None);
    if let Some(failure) = failed {
        panic!("{failure:?}");
    }
    assert_eq!(told.len() as u64, count);
    assert!(told.iter().all(|history| history.steps >= 50));
    let mut tally = Tally::default();
    told.iter().for_each(|history| tally.add(&history.tally));
    if count >= 100 {
        assert_eq!(
            tally.missing(),
            [],
            "a run without some kind of fault proves nothing about it: {tally:?}"
        );
    }
}

#[test]
fn the_same_seed_tells_the_same_history() {
    let (first, again) = (tell_all(500_000, 12, None).0, tell_all(500_000, 12, None).0);
    let mut first: Vec<_> = first.into_iter().map(|told| told.trace).collect();
    let mut again: Vec<_> = again.into_iter().map(|told| told.trace).collect();
    first.sort_unstable();
    again.sort_unstable();
    assert_eq!(first, again);
    first.dedup();
    assert_eq!(first.len(), 12, "and other seeds tell other ones");
}

/// What a planted defect is noticed by.
fn noticed(planted: Planted) -> String {
    tell_all(700_000, 200, Some(planted))
        .1
        .expect("a planted defect is noticed")
        .what
}

#[test]
fn a_disk_that_lies_about_syncing_is_noticed() {
    // In whatever way: an entry is gone or back, the database does not open, the devices differ.
    assert!(!noticed(Planted::LyingDisk).is_empty());
}

#[test]
fn a_relay_that_answers_before_it_has_committed_is_noticed() {
    let what = noticed(Planted::HastyRelay);
    assert!(what.contains("Rollback") || what.contains("Forked"), "{what}");
}

#[test]
fn a_device_that_moves_its_cursor_and_keeps_nothing_is_noticed() {
    let what = noticed(Planted::ForgottenDocument);
    assert!(what.contains("differ"), "{what}");
}

#[test]
fn a_page_that_was_stripped_on_the_way_is_noticed() {
    let what = noticed(Planted::StrippedPages);
    assert!(what.contains("Forked") || what.contains("Garbage"), "{what}");
}
