//! Heads, numbers and time.

use super::{Scene, attack, failures, home};
use cairn_core::sync::{Request, Response, SyncError};
use cairn_tests::{Forger, Meddler, change_heads, change_read, texts};
use std::sync::{Arc, Mutex};

attack! {
    /// MS-20: the relay goes back to an earlier state.
    a_relay_that_goes_back, |seed| {
        let mut scene = Scene::new(seed);
        let backup = scene.world.backup(seed);
        scene.phone_writes("after the backup");
        scene.phone.sync(&scene.world);
        scene.tablet.sync(&scene.world);
        for device in [&mut scene.phone, &mut scene.tablet] {
            let before = texts(&device.engine);
            assert_eq!(failures(device, &backup.line()), [SyncError::Rollback]);
            assert_eq!(texts(&device.engine), before);
        }
        scene.honest_again();
    }, without RollbackFollowed
}

attack! {
    /// MS-04, MS-20: heads are signed by another key than the pinned one.
    heads_signed_by_somebody_else, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("for the right relay");
        for path in ["/v1/read", "/v1/append", "/v1/ack"] {
            let line = Meddler::of_answers(scene.world.line(), move |request, response| {
                if request.path == path {
                    change_heads(request, response, |head| *head = Forger::stranger().sign(*head));
                }
            });
            scene.tablet_writes(path);
            assert_eq!(failures(&mut scene.tablet, &line), [SyncError::HeadForged], "{path}");
        }
        scene.honest_again();
    }, without ForgedHead
}

attack! {
    /// MS-31: the relay claims that its store was lost, to be sent everything again.
    a_new_incarnation_out_of_nowhere, |seed| {
        let mut scene = Scene::new(seed);
        let forger = scene.world.forger();
        scene.tablet_writes("not to be sent twice");
        let sent = scene.heard.records().len();
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            change_heads(request, response, |head| {
                head.incarnation += 1;
                *head = forger.sign(*head);
            });
        });
        let failed = failures(&mut scene.tablet, &line);
        assert_eq!(failed, [SyncError::ResyncRequired { incarnation: home(&scene.tablet).incarnation + 1 }]);
        assert_eq!(scene.heard.records().len(), sent, "nothing is sent for the asking");
        scene.honest_again();
    }, without IncarnationUnread
}

/// Changes the numbers of the items of each page.
fn renumber(request: &Request, response: &mut Response, number: impl Fn(u64, u64) -> u64) {
    change_read(request, response, |answer| {
        for page in &mut answer.pages {
            for (place, item) in page.items.iter_mut().enumerate() {
                item.seq = number(item.seq, place as u64);
            }
        }
    });
}

attack! {
    /// MS-29: numbers with holes, that go down, that stand still, that are as large as numbers get.
    numbers_that_are_none, |seed| {
        let mut scene = Scene::new(seed);
        for n in 0..3 {
            scene.phone_writes(&format!("in order {n}"));
        }
        scene.phone.sync(&scene.world);
        let lies: [fn(u64, u64) -> u64; 5] = [
            |_, _| u64::MAX,
            |seq, place| seq - place * 2,
            |seq, place| seq + place,
            |seq, place| seq - place,
            |_, _| 0,
        ];
        for lie in lies {
            let line = Meddler::of_answers(scene.world.line(), move |request, response| renumber(request, response, lie));
            let before = home(&scene.tablet);
            assert_eq!(failures(&mut scene.tablet, &line), [SyncError::Garbage]);
            assert_eq!(home(&scene.tablet).cursor, before.cursor, "the cursor has not moved");
        }
        scene.honest_again();
    }, without NumbersUnread
}

attack! {
    /// MS-29: a head as far away as numbers reach, properly signed.
    a_head_beyond_all_numbers, |seed| {
        let mut scene = Scene::new(seed);
        let forger = scene.world.forger();
        scene.phone_writes("within all numbers");
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            change_heads(request, response, |head| {
                if seed % 2 == 0 {
                    head.n = u64::MAX - seed;
                } else {
                    head.time_ms = u64::MAX - seed;
                }
                *head = forger.sign(*head);
            });
        });
        let failed = failures(&mut scene.phone, &line);
        assert_eq!(failed, [SyncError::Garbage]);
        scene.honest_again();
    }, without NumbersUnbounded
}

attack! {
    /// MS-23, MS-13: the records of a page in another order, one of them twice, one of them left out.
    records_in_another_order, |seed| {
        let mut scene = Scene::new(seed);
        for n in 0..3 {
            scene.phone_writes(&format!("in order {n}"));
        }
        scene.phone.sync(&scene.world);
        for lie in 0..3 {
            let line = Meddler::of_answers(scene.world.line(), move |request, response| {
                change_read(request, response, |answer| {
                    for page in &mut answer.pages {
                        let first = page.first_seq;
                        match lie {
                            0 => page.items.swap(0, 2),
                            1 => page.items[1] = page.items[0].clone(),
                            _ => drop(page.items.remove(1)),
                        }
                        (first..).zip(&mut page.items).for_each(|(seq, item)| item.seq = seq);
                    }
                });
            });
            let failed = failures(&mut scene.tablet, &line);
            assert!(matches!(failed[..], [SyncError::Forked | SyncError::Garbage]), "{failed:?}");
        }
        scene.honest_again();
    }, without ChainUnread
}

attack! {
    /// MS-21: the relay withholds the newest records by answering as it did before. It cannot make its old answers young.
    old_answers_in_place_of_new_ones, |seed| {
        let mut scene = Scene::new(seed);
        let last: Arc<Mutex<Option<Response>>> = Arc::default();
        let keep = Arc::clone(&last);
        let listener = Meddler::of_answers(scene.world.line(), move |request, response| {
            if request.path == "/v1/read" {
                *keep.lock().unwrap() = Some(response.clone());
            }
        });
        assert_eq!(failures(&mut scene.tablet, &listener), []);
        let known = scene.tablet.engine.sync_status().unwrap().up_to_date_at;
        scene.world.clock.advance_ms(26 * 60 * 60 * 1000);
        scene.phone_writes("withheld for a day");
        scene.phone.sync(&scene.world);
        let liar = Meddler::of_answers(scene.world.line(), move |request, response| {
            if request.path == "/v1/read" {
                *response = last.lock().unwrap().clone().unwrap();
            }
        });
        drop(failures(&mut scene.tablet, &liar));
        let said = scene.tablet.engine.sync_status().unwrap().up_to_date_at;
        assert!(said.is_none() || said == known, "nothing is said to be up to date that is a day old");
        scene.honest_again();
    }, without AgeUnsaid
}

attack! {
    /// MS-30: the relay's clock is a year ahead, or stands still. Nothing of the person's ends or lives on by it.
    a_clock_that_lies, |seed| {
        let mut scene = Scene::new(seed);
        let forger = scene.world.forger();
        let entry = scene.phone_writes("not for the trash");
        scene.phone.sync(&scene.world);
        let year = 365 * 24 * 60 * 60 * 1000;
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            change_heads(request, response, |head| {
                head.time_ms = if seed % 2 == 0 { head.time_ms + year } else { 1 };
                *head = forger.sign(*head);
            });
        });
        for device in [&mut scene.phone, &mut scene.tablet] {
            let now = device.engine.now();
            assert_eq!(failures(device, &line), []);
            assert_eq!(device.engine.now(), now, "the device has a clock of its own");
            assert!(device.engine.store().view().entry(entry).unwrap().is_some());
        }
        scene.honest_again();
    }
}
