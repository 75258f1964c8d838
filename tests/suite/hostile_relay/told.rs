//! What the relay says, what it can learn, and what it can make a device do twice.

use super::authors::{an_entry, made_by};
use super::{Scene, attack, failures, home};
use cairn_core::crypto::SigningKey;
use cairn_core::record::padded_length;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::{Request, Response, SyncError, Transport, TransportError};
use cairn_tests::{Device, KEY, Meddler, RawSession, SeededEntropy, drive};
use cairn_wire::{HEADER_BYTES, SEALING_BYTES};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A relay that does as it is asked and answers when it likes.
struct Moody<T> {
    line: T,
    mood: Mutex<SeededEntropy>,
}

impl<T: Transport> Transport for Moody<T> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = self.line.send(request)?;
        match self.mood.lock().unwrap().below(6) {
            0 => Err(TransportError::TimedOut),
            1 => Ok(Response {
                status: 500,
                body: Vec::new(),
            }),
            2 if request.path == "/v1/append" => Err(TransportError::Offline),
            _ => Ok(answer),
        }
    }
}

/// Under one key no nonce seals two things. Keys follow from space, epoch and nonce.
fn no_nonce_twice(scene: &Scene) {
    let mut sealed: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let records = scene.heard.records();
    assert!(records.len() > 3);
    for record in records {
        let name = [
            &record[2..18],
            &record[50..54],
            &record[HEADER_BYTES..HEADER_BYTES + 24],
        ]
        .concat();
        let known = sealed.entry(name).or_insert_with(|| record.clone());
        assert!(*known == record, "the same nonce seals something else");
    }
}

attack! {
    /// MS-16, C-03: the relay stores what it is sent and answers with errors, or not; later the device is put back from a copy of its files.
    answers_that_do_not_come, |seed| {
        let mut scene = Scene::new(seed);
        let line = Moody { line: scene.world.line(), mood: Mutex::new(SeededEntropy::new(seed, "mood")) };
        let copy = tempfile::tempdir().unwrap();
        for n in 0..6 {
            let entry = scene.phone_writes(&format!("sent at last {n}"));
            drop(failures(&mut scene.phone, &line));
            scene.phone_revises(entry, &format!("and changed {n}"));
            drop(failures(&mut scene.phone, &line));
            if n == 3 {
                scene.phone.engine.store().checkpoint().unwrap();
                for file in std::fs::read_dir(scene.phone.folder()).unwrap().flatten() {
                    if file.path().is_file() {
                        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
                    }
                }
            }
        }
        scene.settle();
        let store = Store::open(&StoreConfig::new(copy.path()), &KEY).unwrap();
        scene.phone = Device::over(&scene.world, store, seed + 1_000, "phone");
        scene.phone_writes("after it was put back");
        drop(failures(&mut scene.phone, &line));
        no_nonce_twice(&scene);
        scene.honest_again();
    }, without NonceRepeats
}

attack! {
    /// MS-18: what the relay can learn of the length of what was written: one of few lengths.
    lengths_that_say_something, |seed| {
        let mut scene = Scene::new(seed);
        let mut entropy = SeededEntropy::new(seed, "lengths");
        for _ in 0..8 {
            let length = usize::try_from(entropy.below(4_000)).unwrap();
            let words: String = (0..length).map(|_| char::from(b'a' + u8::try_from(entropy.below(26)).unwrap())).collect();
            scene.phone_writes(&words);
        }
        scene.phone.sync(&scene.world);
        for record in scene.heard.records() {
            let length = record.len() - SEALING_BYTES;
            assert_eq!(length, padded_length(length));
            assert!(length >= 1024);
        }
        scene.honest_again();
    }, without Unpadded
}

/// What the tablet asks of the relay, by path and length, when this record is in the log.
fn asked_after(seed: u64, change: impl Fn(&mut Vec<u8>)) -> Vec<(&'static str, usize)> {
    let mut scene = Scene::new(seed);
    scene.phone_writes("before it");
    scene.phone.sync(&scene.world);
    scene.tablet.sync(&scene.world);
    let author = SigningKey::random(&mut SeededEntropy::new(seed, "author"));
    let mut record = made_by(&scene.phone, &an_entry(&scene), &author, |_, _| {});
    change(&mut record);
    RawSession::of(&scene.world, &home(&scene.phone)).append(&[record]);
    let before = scene.heard.requests().len();
    for _ in 0..2 {
        drop(failures(&mut scene.tablet, &scene.world.line()));
    }
    let asked = scene.heard.requests().split_off(before);
    scene.honest_again();
    asked
        .into_iter()
        .map(|request| (request.path, request.body.len()))
        .collect()
}

attack! {
    /// MS-19: the relay watches what a device does next when a record does not open, and when one opens and is refused: the same.
    a_failure_that_can_be_seen, |seed| {
        let refused = asked_after(seed, |_| {});
        assert!(refused.iter().any(|(path, _)| *path == "/v1/ack"));
        for at in [HEADER_BYTES, HEADER_BYTES + 24, HEADER_BYTES + 56 + 9, usize::MAX] {
            let asked = asked_after(seed, |record| {
                let at = at.min(record.len() - 1);
                record[at] ^= 1;
            });
            assert_eq!(asked, refused, "byte {at}");
        }
    }, without FailureTold
}

attack! {
    /// MS-40: the relay says of a record that it is stored, with a head it did sign, and throws it away.
    stored_and_thrown_away, |seed| {
        let mut scene = Scene::new(seed);
        let last: Arc<Mutex<Option<Response>>> = Arc::default();
        let keep = Arc::clone(&last);
        let listener = Meddler::of_answers(scene.world.line(), move |request, response| {
            if request.path == "/v1/append" {
                *keep.lock().unwrap() = Some(response.clone());
            }
        });
        scene.phone_writes("stored");
        assert_eq!(failures(&mut scene.phone, &listener), []);
        scene.phone_writes("thrown away");
        let liar = Meddler::of_requests(
            Meddler::of_answers(scene.world.line(), move |request, response| {
                if request.path == "/v1/nowhere" {
                    *response = last.lock().unwrap().clone().unwrap();
                }
            }),
            |request| {
                if request.path == "/v1/append" {
                    request.path = "/v1/nowhere";
                }
            },
        );
        drop(failures(&mut scene.phone, &liar));
        assert!(scene.phone.engine.sync_status().unwrap().waiting > 0, "it is not taken at its word");
        scene.honest_again();
    }, without WordTaken
}

attack! {
    /// MS-35: the relay sends the device elsewhere. It goes nowhere: every request of every attack here went to the pinned origin.
    a_redirection, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("for one relay alone");
        for status in [301, 302, 303, 307, 308, 401, 421] {
            let line = Meddler::of_answers(scene.world.line(), move |_, response| {
                response.status = status;
                response.body = b"http://elsewhere.test/v1/append".to_vec();
            });
            assert_eq!(failures(&mut scene.phone, &line), [SyncError::Garbage]);
        }
        scene.honest_again();
    }
}

attack! {
    /// MS-36, MS-15: answers with something more in them, as if a later protocol, a policy or a switch were told. There is nothing to be told.
    a_field_nobody_asked_for, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("without switches");
        for path in ["/v1/read", "/v1/append", "/v1/ack"] {
            let line = Meddler::of_answers(scene.world.line(), move |request, response| {
                if request.path == path && response.body[0] & 0xe0 == 0xa0 {
                    response.body[0] += 1;
                    response.body.extend([0x18, 0x63, 0xf5]); // 99: true
                }
            });
            scene.phone_writes(path);
            let report = drive(&mut scene.phone.engine, &line).unwrap();
            assert!(matches!(report.failed[..], [(_, SyncError::Garbage)]), "{path}: {report:?}");
        }
        scene.honest_again();
    }
}
