//! What devices register is sealed, opened for a moment, and silent as soon as it is to be.

use cairn_wire::bounds::REGISTRATIONS_MAX;
use cairn_wire::message::{
    AccessAnswer, AccessRequest, EpochAnswer, EpochRequest, OutcomeCode, Refusal, RefusalCode, RingAnswer, RingRequest,
    Side, SpaceAnswer, SpaceOp, SpaceRequest, WakeAnswer, WakeOp, WakeRequest,
};
use cairn_wire::{RegistrationId, Signature, Token, WakeKey};

use super::erasing::found_in;
use crate::clock::DAY_MS;
use crate::limits::{REGISTRATION_DAYS, SPACE_REGISTRATIONS_MAX};
use crate::testing::*;
use crate::{Limits, Push, Relay, RelayConfig};

/// Whom the tests register with.
const SERVICE: &str = "http://push.test:8080";

/// After every delay that there may be.
const LATER: u64 = NOW + 3 * 60_000;

fn wake_key(n: u8) -> WakeKey {
    WakeKey::from_bytes([n; 32])
}

fn id(n: u8) -> RegistrationId {
    RegistrationId::from_bytes([n; 16])
}

fn url(n: u8) -> String {
    format!("{SERVICE}/up/{n}")
}

fn configured(dir: &std::path::Path, push: Push, limits: Limits) -> Relay {
    let config = RelayConfig {
        push,
        limits,
        ..RelayConfig::new(store_in(dir), ORIGIN)
    };
    Relay::open(&config, counted_entropy()).unwrap()
}

fn unlimited() -> Limits {
    Limits {
        session_requests_per_second: 0,
        ..Limits::default()
    }
}

/// A relay that wakes through one service; sessions of the three keys of space 1.
fn waking() -> (tempfile::TempDir, Relay, [Token; 3]) {
    let dir = tempfile::tempdir().unwrap();
    let relay = configured(dir.path(), Push::Named(vec![SERVICE.parse().unwrap()]), unlimited());
    create(&relay, 1, NOW);
    let tokens = [1, 2, 3].map(|key| begin_session(&relay, 1, key, NOW).unwrap().token);
    (dir, relay, tokens)
}

fn asked(token: Token, op: WakeOp, registration: Option<u8>) -> WakeRequest<'static> {
    WakeRequest {
        token,
        space: space_id(1),
        op,
        registration: registration.map(id),
        epoch: None,
        is_alone: None,
        sealed: None,
    }
}

/// A registration of key `key` in epoch `epoch`, sealed under its wake key.
fn put_as(token: Token, key: u8, registration: u8, epoch: u32, address: &str) -> WakeRequest<'static> {
    let bound = (space_id(1), public(&signing(key)), id(registration), epoch);
    WakeRequest {
        epoch: Some(epoch),
        is_alone: Some(true),
        sealed: Some(seal(&wake_key(u8::try_from(epoch).unwrap()), &bound, address).into()),
        ..asked(token, WakeOp::Put, Some(registration))
    }
}

fn register(relay: &Relay, token: Token, key: u8, registration: u8) {
    let answer: WakeAnswer = ask(
        relay,
        "wake",
        &put_as(token, key, registration, 1, &url(registration)),
        NOW,
    )
    .unwrap();
    assert!(answer.wakes && answer.push_key.is_some());
}

fn ring_as(relay: &Relay, token: Token, key: u8, own: Option<u8>, now_ms: u64) -> Result<RingAnswer, Refusal> {
    let request = RingRequest {
        token,
        space: space_id(1),
        key: wake_key(key),
        own: own.map(id),
    };
    ask(relay, "ring", &request, now_ms)
}

fn ring(relay: &Relay, token: Token) {
    assert_eq!(ring_as(relay, token, 1, None, NOW), Ok(RingAnswer { wakes: true }));
}

/// Writes something: another head.
fn write(relay: &Relay, token: Token, n: u32, now_ms: u64) {
    let answer = append(relay, token, 1, &[record(header(1, n, 1), 100, 1)], now_ms).unwrap();
    assert_eq!(answer.results[0].code, OutcomeCode::Stored);
}

fn due(relay: &Relay) -> Vec<String> {
    let mut due = relay.wake_ups_due(LATER);
    due.sort_unstable();
    due
}

#[test]
fn a_ring_wakes_every_other_device_after_a_random_while_and_once() {
    let (_dir, relay, [one, two, three]) = waking();
    for (token, key) in [(one, 1), (two, 2), (three, 3)] {
        register(&relay, token, key, key);
    }
    for _ in 0..10 {
        let own = Some(1);
        assert_eq!(ring_as(&relay, one, 1, own, NOW), Ok(RingAnswer { wakes: true }));
    }
    assert!(relay.wake_ups_due(NOW + 4_999).is_empty());
    assert_eq!(due(&relay), [url(2), url(3)], "the other devices of either side");
    // The specialist's ring wakes the participant, and they learn nothing of it.
    write(&relay, three, 1, LATER);
    assert_eq!(
        ring_as(&relay, three, 1, Some(3), LATER),
        Ok(RingAnswer { wakes: true })
    );
    let mut later = relay.wake_ups_due(LATER + 3 * 60_000);
    later.sort_unstable();
    assert_eq!(later, [url(1), url(2)]);
    assert!(relay.wake_ups_due(u64::MAX).is_empty());
}

#[test]
fn devices_that_share_a_key_are_registered_each_and_wake_each_other() {
    let (_dir, relay, [_, _, three]) = waking();
    register(&relay, three, 3, 31);
    register(&relay, three, 3, 32);
    assert!(ring_as(&relay, three, 1, Some(31), NOW).unwrap().wakes);
    assert_eq!(due(&relay), [url(32)]);
}

#[test]
fn a_relay_that_wakes_nobody_says_so_and_keeps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let relay = configured(dir.path(), Push::Off, unlimited());
    let token = opened(&relay, 1);
    let before = relay.digest().unwrap();
    let nobody = WakeAnswer {
        wakes: false,
        push_key: None,
    };
    for request in [
        put_as(token, 1, 1, 1, &url(1)),
        asked(token, WakeOp::Look, None),
        asked(token, WakeOp::Drop, Some(1)),
    ] {
        assert_eq!(ask::<_, WakeAnswer>(&relay, "wake", &request, NOW), Ok(nobody));
    }
    assert_eq!(ring_as(&relay, token, 1, None, NOW), Ok(RingAnswer { wakes: false }));
    assert_eq!(relay.digest().unwrap(), before);
}

#[test]
fn nothing_that_is_stored_says_where_a_device_is_woken() {
    let (dir, relay, [one, two, _]) = waking();
    register(&relay, two, 2, 7);
    ring(&relay, one);
    for said in [url(7).as_bytes(), b"push.test", b"/up/7", &[1; 32]] {
        assert!(!found_in(dir.path(), said), "{}", String::from_utf8_lossy(said));
    }
    // The search finds what is there.
    assert!(found_in(dir.path(), id(7).as_bytes()));
    assert_eq!(due(&relay), [url(7)]);
}

#[test]
fn what_the_key_does_not_open_wakes_nobody() {
    let (_dir, relay, [one, two, three]) = waking();
    register(&relay, two, 2, 2);
    assert!(ring_as(&relay, one, 9, None, NOW).unwrap().wakes, "another key");
    let sealed_for = |key: u8, registration: u8, epoch: u32, space: u8| {
        let bound = (space_id(space), public(&signing(key)), id(registration), epoch);
        seal(&wake_key(1), &bound, &url(3))
    };
    for sealed in [
        sealed_for(2, 3, 1, 1),
        sealed_for(3, 2, 1, 1),
        sealed_for(3, 3, 2, 1),
        sealed_for(3, 3, 1, 2),
        [&[1][..], &[0x5A; 1064]].concat(),
    ] {
        let request = WakeRequest {
            sealed: Some(sealed.into()),
            ..put_as(three, 3, 3, 1, "")
        };
        let _: WakeAnswer = ask(&relay, "wake", &request, NOW).unwrap();
        ring(&relay, one);
        assert!(!relay.wake_ups_due(u64::MAX).contains(&url(3)));
    }
    write(&relay, one, 1, NOW);
    ring(&relay, one);
    assert_eq!(relay.wake_ups_due(u64::MAX), [url(2)], "and what is whole is opened");
}

#[test]
fn addresses_that_the_operator_does_not_allow_are_not_posted_to() {
    let (_dir, relay, [one, two, _]) = waking();
    let not_allowed = || {
        let text = relay.metrics().text();
        let line = text.lines().find(|line| line.contains("not_allowed"));
        line.and_then(|line| line.rsplit(' ').next()).map(str::to_owned)
    };
    for address in [
        "http://push.test/up",
        "https://push.test:8080/up",
        "http://127.0.0.1:8080/up",
        "ftp://push.test:8080/",
        "not one",
    ] {
        let _: WakeAnswer = ask(&relay, "wake", &put_as(two, 2, 2, 1, address), NOW).unwrap();
        ring(&relay, one);
        assert!(due(&relay).is_empty(), "{address}");
    }
    assert_eq!(not_allowed().as_deref(), Some("3"), "what is no address is not counted");
}

#[test]
fn what_is_unset_shut_out_closed_or_of_an_epoch_that_is_over_is_silent() {
    for case in 0..4 {
        let (_dir, relay, [one, two, _]) = waking();
        register(&relay, two, 2, 2);
        let before = relay.digest().unwrap();
        // It waits already when it is to be silent.
        ring(&relay, one);
        assert_eq!(relay.digest().unwrap(), before, "a ring leaves nothing");
        match case {
            0 => {
                let request = asked(two, WakeOp::Drop, Some(2));
                assert!(ask::<_, WakeAnswer>(&relay, "wake", &request, NOW).unwrap().wakes);
            }
            1 => {
                let request = AccessRequest {
                    token: one,
                    space: space_id(1),
                    version: 1,
                    add: vec![],
                    remove: vec![public(&signing(2))],
                    only: None,
                };
                let _: AccessAnswer = ask(&relay, "access", &request, NOW).unwrap();
            }
            2 => {
                let link = record(header(1, 1, 1), 100, 1);
                let request = EpochRequest {
                    token: one,
                    space: space_id(1),
                    incarnation: 1,
                    epoch: 1,
                    n: 0,
                    record: link.as_slice().into(),
                };
                let _: EpochAnswer = ask(&relay, "epoch", &request, NOW).unwrap();
            }
            _ => {
                let request = SpaceRequest {
                    op: SpaceOp::Close,
                    space: space_id(1),
                    access: vec![],
                    signature: Signature::from_bytes([0; 64]),
                    token: Some(one),
                    keep: None,
                    at_ms: None,
                    epoch: None,
                };
                let _: SpaceAnswer = ask(&relay, "space", &request, NOW).unwrap();
            }
        }
        assert!(due(&relay).is_empty(), "case {case}");
        if case < 3 {
            if case < 2 {
                write(&relay, one, 1, LATER);
            }
            assert!(ring_as(&relay, one, 1, None, LATER).unwrap().wakes);
            assert!(relay.wake_ups_due(u64::MAX).is_empty(), "case {case}, and stays so");
        }
    }
}

#[test]
fn a_registration_under_another_epoch_than_the_present_one_is_refused() {
    let (_dir, relay, [one, two, _]) = waking();
    let before = relay.digest().unwrap();
    let stale: Result<WakeAnswer, _> = ask(&relay, "wake", &put_as(two, 2, 2, 2, &url(2)), NOW);
    assert_eq!(stale, Err(Refusal::with(RefusalCode::StaleEpoch, 1)));
    let stranger = asked(Token::from_bytes([9; 32]), WakeOp::Look, None);
    let refused: Result<WakeAnswer, _> = ask(&relay, "wake", &stranger, NOW);
    assert_eq!(refused, Err(Refusal::new(RefusalCode::NotAuthorised)));
    assert_eq!(
        ring_as(&relay, Token::from_bytes([9; 32]), 1, None, NOW),
        Err(Refusal::new(RefusalCode::NotAuthorised))
    );
    let good = put_as(one, 1, 1, 1, &url(1));
    for malformed in [
        WakeRequest {
            registration: None,
            ..good.clone()
        },
        WakeRequest {
            epoch: None,
            ..good.clone()
        },
        WakeRequest {
            is_alone: None,
            ..good.clone()
        },
        WakeRequest {
            sealed: None,
            ..good.clone()
        },
        WakeRequest {
            sealed: Some(vec![1; 1064].into()),
            ..good.clone()
        },
        WakeRequest {
            sealed: Some(vec![1; 1066].into()),
            ..good.clone()
        },
        WakeRequest {
            sealed: Some(vec![2; 1065].into()),
            ..good.clone()
        },
        WakeRequest {
            op: WakeOp::Drop,
            ..good.clone()
        },
        WakeRequest {
            op: WakeOp::Look,
            ..good.clone()
        },
        asked(one, WakeOp::Drop, None),
        asked(one, WakeOp::Look, Some(1)),
    ] {
        let refused: Result<WakeAnswer, _> = ask(&relay, "wake", &malformed, NOW);
        assert_eq!(refused, Err(Refusal::new(RefusalCode::Malformed)), "{malformed:?}");
    }
    assert_eq!(relay.digest().unwrap(), before);
}

#[test]
fn of_one_key_so_many_devices_are_registered_and_the_oldest_gives_way() {
    let (_dir, relay, _) = waking();
    let day = DAY_MS;
    for n in 0..=u8::try_from(REGISTRATIONS_MAX).unwrap() {
        let now_ms = NOW + u64::from(n) * day;
        let token = begin_session(&relay, 1, 2, now_ms).unwrap().token;
        let _: WakeAnswer = ask(&relay, "wake", &put_as(token, 2, n, 1, &url(n)), now_ms).unwrap();
    }
    let now_ms = NOW + 20 * day;
    let token = begin_session(&relay, 1, 1, now_ms).unwrap().token;
    assert!(ring_as(&relay, token, 1, None, now_ms).unwrap().wakes);
    let woken = relay.wake_ups_due(u64::MAX);
    assert_eq!(woken.len(), REGISTRATIONS_MAX);
    assert!(!woken.contains(&url(0)), "registered longest ago");
}

#[test]
fn a_device_that_has_read_since_is_not_woken_unless_its_key_is_anothers_too() {
    let (_dir, relay, [one, two, three]) = waking();
    register(&relay, two, 2, 2);
    let shared = WakeRequest {
        is_alone: Some(false),
        ..put_as(three, 3, 3, 1, &url(3))
    };
    let _: WakeAnswer = ask(&relay, "wake", &shared, NOW).unwrap();
    ring(&relay, one);
    for token in [two, three] {
        read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    }
    assert_eq!(due(&relay), [url(3)]);
}

#[test]
fn a_ring_counts_as_many_requests() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        session_requests_per_second: 10,
        session_requests_burst: 50,
        ..Limits::default()
    };
    let relay = configured(dir.path(), Push::Public(vec![]), limits);
    let token = opened(&relay, 1);
    for _ in 0..2 {
        assert!(ring_as(&relay, token, 1, None, NOW).unwrap().wakes);
    }
    let refused = ring_as(&relay, token, 1, None, NOW).unwrap_err();
    assert_eq!(refused.code, RefusalCode::RateLimited);
    let look: Result<WakeAnswer, _> = ask(&relay, "wake", &asked(token, WakeOp::Look, None), NOW);
    assert!(look.unwrap().wakes, "other requests have room");
}

#[test]
fn another_incarnation_and_an_older_store_know_no_registration() {
    let (dir, relay, [_, two, _]) = waking();
    register(&relay, two, 2, 2);
    drop(relay);
    assert!(found_in(dir.path(), id(2).as_bytes()));
    Relay::begin_incarnation(&store_in(dir.path())).unwrap();
    let relay = configured(dir.path(), Push::Named(vec![SERVICE.parse().unwrap()]), unlimited());
    let one = begin_session(&relay, 1, 1, NOW).unwrap().token;
    ring(&relay, one);
    assert!(due(&relay).is_empty());
    drop(relay);
    let undo = if is_on_postgres() {
        "DROP TABLE wake; UPDATE cairn_schema SET version = 1"
    } else {
        "DROP TABLE wake; PRAGMA user_version = 2;"
    };
    change(dir.path(), undo);
    let relay = configured(dir.path(), Push::Named(vec![SERVICE.parse().unwrap()]), unlimited());
    let [one, two] = [1, 2].map(|key| begin_session(&relay, 1, key, NOW).unwrap().token);
    register(&relay, two, 2, 2);
    ring(&relay, one);
    assert_eq!(due(&relay), [url(2)]);
}

#[test]
fn the_key_that_push_services_know_outlives_a_restart() {
    let (dir, relay, [one, ..]) = waking();
    let look =
        |relay: &Relay, token| -> WakeAnswer { ask(relay, "wake", &asked(token, WakeOp::Look, None), NOW).unwrap() };
    let before = look(&relay, one);
    drop(relay);
    let relay = configured(dir.path(), Push::Public(vec![]), unlimited());
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    assert_eq!(look(&relay, token), before);
}

#[test]
fn who_rings_without_having_written_wakes_nobody_again() {
    let (_dir, relay, [one, two, three]) = waking();
    for (token, key) in [(one, 1), (two, 2)] {
        register(&relay, token, key, key);
    }
    write(&relay, one, 1, NOW);
    // A key that opens nothing takes nobody's turn.
    assert!(ring_as(&relay, three, 9, None, NOW).unwrap().wakes);
    assert!(ring_as(&relay, one, 1, Some(1), NOW).unwrap().wakes);
    assert_eq!(due(&relay), [url(2)]);
    let much_later = LATER + 3 * 60_000;
    assert!(ring_as(&relay, two, 1, Some(2), LATER).unwrap().wakes);
    assert_eq!(relay.wake_ups_due(much_later), [url(1)], "left out by the first ring");
    for _ in 0..3 {
        assert_eq!(
            ring_as(&relay, three, 1, None, much_later),
            Ok(RingAnswer { wakes: true })
        );
    }
    assert!(relay.wake_ups_due(u64::MAX).is_empty());
    write(&relay, three, 2, much_later);
    assert!(ring_as(&relay, three, 1, None, much_later).unwrap().wakes);
    assert_eq!(relay.wake_ups_due(u64::MAX).len(), 2);
}

#[test]
fn a_space_has_so_many_registrations_and_the_oldest_of_the_same_key_gives_way() {
    let dir = tempfile::tempdir().unwrap();
    let relay = configured(dir.path(), Push::Named(vec![SERVICE.parse().unwrap()]), unlimited());
    let keys = (1..=6).map(|key| access(key, Side::Participant, key == 1)).collect();
    let _: SpaceAnswer = ask(&relay, "space", &create_request(space_id(1), 1, keys), NOW).unwrap();
    let put = |key: u8, registration: u8, now_ms: u64| {
        let token = begin_session(&relay, 1, key, now_ms).unwrap().token;
        let request = put_as(token, key, registration, 1, &url(registration));
        ask::<_, WakeAnswer>(&relay, "wake", &request, now_ms)
    };
    let per_key = u8::try_from(REGISTRATIONS_MAX).unwrap();
    // Keys 1 to 4 have the rest between them.
    put(5, 0, NOW).unwrap();
    for n in 1..u8::try_from(SPACE_REGISTRATIONS_MAX).unwrap() {
        put(1 + n / per_key, n, NOW).unwrap();
    }
    let token = begin_session(&relay, 1, 6, NOW + DAY_MS).unwrap().token;
    let full = relay.digest().unwrap();
    let request = put_as(token, 6, 100, 1, &url(100));
    let refused: Result<WakeAnswer, _> = ask(&relay, "wake", &request, NOW + DAY_MS);
    let limit = SPACE_REGISTRATIONS_MAX as u64;
    assert_eq!(refused, Err(Refusal::with(RefusalCode::TooLarge, limit)));
    assert_eq!(relay.digest().unwrap(), full);
    put(5, 101, NOW + DAY_MS).unwrap();
    put(5, 101, NOW + DAY_MS).unwrap();
    assert!(ring_as(&relay, token, 1, None, NOW + DAY_MS).unwrap().wakes);
    let woken = relay.wake_ups_due(u64::MAX);
    assert_eq!(woken.len(), SPACE_REGISTRATIONS_MAX);
    assert!(woken.contains(&url(101)) && !woken.contains(&url(0)));
}

#[test]
fn a_registration_that_is_not_told_again_is_over_after_thirty_days() {
    let (dir, relay, [_, two, _]) = waking();
    register(&relay, two, 2, 2);
    let on = |day: u64| {
        let now_ms = NOW + day * DAY_MS;
        let token = begin_session(&relay, 1, 1, now_ms).unwrap().token;
        (token, now_ms)
    };
    let (token, now_ms) = on(REGISTRATION_DAYS);
    relay.sweep(now_ms).unwrap();
    assert!(ring_as(&relay, token, 1, None, now_ms).unwrap().wakes);
    assert_eq!(relay.wake_ups_due(u64::MAX), [url(2)]);
    let (token, now_ms) = on(REGISTRATION_DAYS + 1);
    write(&relay, token, 1, now_ms);
    assert!(ring_as(&relay, token, 1, None, now_ms).unwrap().wakes);
    assert!(relay.wake_ups_due(u64::MAX).is_empty(), "before it is swept, too");
    assert!(found_in(dir.path(), id(2).as_bytes()));
    let drop_it = asked(
        begin_session(&relay, 1, 2, now_ms).unwrap().token,
        WakeOp::Drop,
        Some(2),
    );
    let before = relay.digest().unwrap();
    relay.sweep(now_ms).unwrap();
    let rows = relay.digest().unwrap();
    assert_ne!(rows, before);
    let _: WakeAnswer = ask(&relay, "wake", &drop_it, now_ms).unwrap();
    assert_eq!(relay.digest().unwrap(), rows, "it was swept");
}

#[test]
fn a_copy_of_the_store_has_nothing_of_what_wakes_devices() {
    if is_on_postgres() {
        return;
    }
    let (dir, relay, [_, two, _]) = waking();
    register(&relay, two, 2, 2);
    // It has its disk to itself.
    drop(relay);
    let copies = tempfile::tempdir().unwrap();
    let target = copies.path().join("copy");
    Relay::backup(&store_in(dir.path()), &target).unwrap();
    assert!(found_in(dir.path(), id(2).as_bytes()));
    assert!(!found_in(&target, id(2).as_bytes()));
    assert!(found_in(&target, space_id(1).as_bytes()), "the rest is there");
}
