//! The relay answers garbage, goes back in time, or is somebody else.

use super::{failures, settle, two_devices};
use cairn_core::sync::SyncError;
use cairn_tests::{Device, Meddler, World, change_read, texts};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const ENDPOINTS: [&str; 9] = [
    "/v1/space",
    "/v1/challenge",
    "/v1/session",
    "/v1/read",
    "/v1/append",
    "/v1/access",
    "/v1/ack",
    "/v1/erase",
    "/v1/epoch",
];

/// What may come instead of an answer: status and body.
fn garbage() -> Vec<(u16, Vec<u8>)> {
    vec![
        (200, Vec::new()),
        (200, b"<!doctype html><title>Log in to the hotel</title>".to_vec()),
        (200, vec![0xff; 64]),
        (200, vec![0xa0]),
        (200, vec![0x9f; 100_000]),
        (204, Vec::new()),
        (302, b"elsewhere".to_vec()),
        (404, b"not found".to_vec()),
        (500, b"{\"error\":\"oops\"}".to_vec()),
        (503, Vec::new()),
    ]
}

/// A participant with everything under way: a new space to begin, words to send, a stop to carry out.
fn busy(seed: u64) -> (World, Device, Device) {
    let (world, mut phone, tablet) = two_devices(seed);
    let mut dee = Device::new(&world, seed, "dee");
    let relationship = phone.befriend(&world, &mut dee);
    let entry = phone.write("To be shown, and then not.");
    let share = phone.share(relationship, entry);
    phone.sync(&world);
    phone.engine.revoke(share).unwrap();
    phone.write("Written since.");
    (world, phone, tablet)
}

#[test]
fn garbage_in_place_of_any_answer_ends_the_round_and_costs_nothing() {
    let mut reached = std::collections::BTreeSet::new();
    for (n, endpoint) in ENDPOINTS.into_iter().enumerate() {
        let (world, mut phone, mut tablet) = busy(100 + n as u64);
        let mut new = Device::new(&world, 200 + n as u64, "new");
        new.engine.connect(world.origin()).unwrap();
        for (status, body) in garbage() {
            world.clock.advance_ms(16 * 60 * 1000); // Sessions are over: every endpoint is asked again.
            for device in [&mut phone, &mut new] {
                let before = texts(&device.engine);
                let hits = std::sync::Arc::new(AtomicUsize::new(0));
                let (hit, body) = (hits.clone(), body.clone());
                let line = Meddler::of_answers(world.line(), move |request, response| {
                    if request.path == endpoint {
                        hit.fetch_add(1, Ordering::SeqCst);
                        (response.status, response.body) = (status, body.clone());
                    }
                });
                let failed = failures(device, &line);
                if hits.load(Ordering::SeqCst) > 0 {
                    reached.insert(endpoint);
                    assert!(failed.contains(&SyncError::Garbage), "{endpoint} {status}: {failed:?}");
                }
                assert_eq!(texts(&device.engine), before);
            }
        }
        settle(&world, &mut [&mut phone, &mut tablet]);
        new.sync(&world);
        assert!(texts(&tablet.engine).contains(&"Written since.".to_owned()));
    }
    let unreached: Vec<_> = ENDPOINTS
        .iter()
        .filter(|endpoint| !reached.contains(*endpoint))
        .collect();
    assert_eq!(unreached, [&"/v1/access"], "only pairing asks for this");
}

#[test]
fn a_relay_put_back_from_a_backup_is_noticed_and_nothing_is_taken_from_it() {
    let (world, mut phone, mut tablet) = two_devices(51);
    let backup = world.backup(51);
    phone.write("After the backup.");
    phone.sync(&world);
    tablet.sync(&world);
    for device in [&mut phone, &mut tablet] {
        let before = texts(&device.engine);
        assert_eq!(failures(device, &backup.line()), [SyncError::Rollback]);
        assert_eq!(texts(&device.engine), before);
        assert_eq!(before.len(), 2);
    }
    // The relay that still has everything is believed again.
    assert_eq!(settle(&world, &mut [&mut phone, &mut tablet]).len(), 2);
}

#[test]
fn a_backup_that_went_its_own_way_is_noticed_as_a_second_history() {
    let (world, mut phone, mut tablet) = two_devices(52);
    let backup = world.backup(52);
    phone.write("Told to the one.");
    phone.sync(&world);
    tablet.write("Told to the other.");
    tablet.sync(&backup);
    for (device, other) in [(&mut phone, &backup), (&mut tablet, &world)] {
        let before = texts(&device.engine);
        let failed = failures(device, &other.line());
        assert!(
            matches!(failed[..], [SyncError::Forked | SyncError::Rollback]),
            "{failed:?}"
        );
        assert_eq!(texts(&device.engine), before);
    }
}

#[test]
fn another_relay_at_the_same_address_is_not_believed() {
    let (world, mut phone, mut tablet) = two_devices(53);
    let stranger = World::new(54);
    phone.write("Not for strangers.");
    let failed = failures(&mut phone, &stranger.line());
    assert_eq!(failed, [SyncError::NotAuthorised]);
    assert!(settle(&world, &mut [&mut phone, &mut tablet]).contains(&"Not for strangers.".to_owned()));
}

#[test]
fn a_page_without_one_of_its_records_is_a_second_history() {
    let (world, mut phone, mut tablet) = two_devices(55);
    for text in ["One.", "Two.", "Three."] {
        phone.write(text);
    }
    phone.sync(&world);
    for left_out in 0..3 {
        let line = Meddler::of_answers(world.line(), move |request, response| {
            change_read(request, response, |answer| {
                for page in &mut answer.pages {
                    if page.items.len() == 3 {
                        page.items.remove(left_out);
                        for (item, seq) in page.items.iter_mut().zip(page.first_seq..) {
                            item.seq = seq;
                        }
                    }
                }
            });
        });
        let failed = failures(&mut tablet, &line);
        assert!(
            matches!(failed[..], [SyncError::Forked | SyncError::Garbage]),
            "{failed:?}"
        );
        assert_eq!(texts(&tablet.engine).len(), 1, "no page is kept in part");
    }
    assert_eq!(settle(&world, &mut [&mut phone, &mut tablet]).len(), 4);
}

#[test]
fn an_old_answer_repeated_in_place_of_the_right_one_loses_nothing() {
    let (world, mut phone, mut tablet) = two_devices(56);
    for endpoint in ENDPOINTS {
        let kept: Mutex<Option<cairn_core::sync::Response>> = Mutex::new(None);
        let line = Meddler::of_answers(world.line(), move |request, response| {
            if request.path == endpoint {
                let mut kept = kept.lock().unwrap();
                match kept.take() {
                    // The relay has acted on the request; its answer is last time's.
                    Some(old) => *kept = Some(std::mem::replace(response, old)),
                    None => *kept = Some(response.clone()),
                }
            }
        });
        for n in 0..4 {
            phone.write(&format!("{endpoint} {n}"));
            drop(failures(&mut phone, &line));
        }
        settle(&world, &mut [&mut phone, &mut tablet]);
    }
    assert_eq!(texts(&tablet.engine).len(), 1 + 4 * ENDPOINTS.len());
}

#[test]
fn an_append_that_is_answered_and_never_stored_is_sent_again() {
    let (world, mut phone, mut tablet) = two_devices(57);
    phone.write("First.");
    let last = std::sync::Arc::new(Mutex::new(None));
    let keep = last.clone();
    let listener = Meddler::of_answers(world.line(), move |request, response| {
        if request.path == "/v1/append" {
            *keep.lock().unwrap() = Some(response.clone());
        }
    });
    assert_eq!(failures(&mut phone, &listener), []);
    phone.write("Second.");
    let answer = last.lock().unwrap().clone().unwrap();
    // A relay that says "stored" with its old, signed head, and throws the record away.
    let liar = Meddler::of_requests(
        Meddler::of_answers(world.line(), move |request, response| {
            if request.path == "/v1/append-nothing" {
                *response = answer.clone();
            }
        }),
        |request| {
            if request.path == "/v1/append" {
                request.path = "/v1/append-nothing";
            }
        },
    );
    drop(failures(&mut phone, &liar));
    let held = settle(&world, &mut [&mut phone, &mut tablet]);
    assert!(held.contains(&"Second.".to_owned()), "{held:?}");
}
