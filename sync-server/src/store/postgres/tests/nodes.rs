//! Nodes of one store: they begin at once, hear each other or find out, know each other's sessions, and stop where the store is another one.

use std::time::{Duration, Instant};

use cairn_wire::message::{
    AccessAnswer, AccessRequest, BlobOp, BlobRequest, MailboxAnswer, MailboxOp, MailboxRequest, ReadAnswer,
    ReadRequest, RefusalCode, SessionAnswer, SessionRequest,
};
use cairn_wire::{MailboxId, decode_canonical, encode, session_bytes};
use hyper::body::Bytes;

use super::{nodes, place};
use crate::testing::*;
use crate::{Answer, Entropy, Relay, RelayConfig, StoreConfig, StoreError};

/// Longer than anything here takes, shorter than anybody's patience.
pub(super) const PATIENCE: Duration = Duration::from_secs(25);

const fn now() -> u64 {
    NOW
}

/// Asks on another thread, and comes back when `relay` waits.
pub(super) fn waits(
    relay: &Relay,
    path: &'static str,
    body: Vec<u8>,
    topic: crate::wake::Topic,
) -> std::thread::JoinHandle<Answer> {
    let asking = relay.clone();
    let waiting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(asking.answer(path, Bytes::from(body), now))
    });
    let began = Instant::now();
    while relay.waiting_for_topic(&topic) == 0 {
        assert!(began.elapsed() < PATIENCE, "it never waited");
        std::thread::yield_now();
    }
    waiting
}

pub(super) fn waiting_read(relay: &Relay, token: cairn_wire::Token) -> std::thread::JoinHandle<Answer> {
    let request = ReadRequest {
        spaces: vec![since(token, 1, 0)],
        bytes_max: 1 << 20,
        wait_ms: 30_000,
    };
    waits(
        relay,
        "/v1/read",
        encode(&request),
        crate::wake::Topic::Space(space_id(1)),
    )
}

pub(super) fn items(answer: &Answer) -> usize {
    let answer: ReadAnswer<'_> = decode_canonical(&answer.body).unwrap();
    answer.pages[0].items.len()
}

#[test]
fn whoever_waits_at_one_node_is_woken_by_what_comes_to_another() {
    let Some(nodes) = nodes(2) else { return };
    let token = opened(&nodes.relays[0], 1);
    let began = Instant::now();
    let waiting = waiting_read(&nodes.relays[1], token);
    append(&nodes.relays[0], token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    assert_eq!(items(&waiting.join().unwrap()), 1);

    let id = MailboxId::from_bytes([3; 32]);
    let mailbox = |op, bytes: Option<&'static [u8]>, wait_ms| {
        encode(&MailboxRequest {
            op,
            mailbox: id,
            index: 0,
            bytes: bytes.map(Into::into),
            wait_ms,
            days: None,
        })
    };
    let read = mailbox(MailboxOp::Read, None, 30_000);
    let waiting = waits(&nodes.relays[0], "/v1/mailbox", read, crate::wake::Topic::Mailbox(id));
    let posted = nodes.relays[1].handle("/v1/mailbox", &mailbox(MailboxOp::Post, Some(b"m"), 0), NOW);
    assert_eq!(posted.status, 200);
    let answer = waiting.join().unwrap();
    let answer: MailboxAnswer<'_> = decode_canonical(&answer.body).unwrap();
    assert_eq!(answer.count, 1);
    assert!(began.elapsed() < PATIENCE, "nobody waited for the end of their time");
}

#[test]
fn what_a_node_did_not_hear_of_it_finds_when_it_looks_around() {
    let Some(nodes) = nodes(2) else { return };
    let [one, two] = [0, 1].map(|at| nodes.relays[at].clone());
    let token = opened(&one, 1);
    two.deafen();
    let began = Instant::now();
    let waiting = waiting_read(&two, token);
    append(&one, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    assert_eq!(
        two.waiting_for_topic(&crate::wake::Topic::Space(space_id(1))),
        1,
        "it heard nothing"
    );
    two.look_around().unwrap();
    assert_eq!(items(&waiting.join().unwrap()), 1);
    assert!(began.elapsed() < PATIENCE, "it did not wait for the end of its time");

    // Who looks again after nothing changed wakes nobody; after something did, whoever waits.
    let after = ReadRequest {
        spaces: vec![since(token, 1, 1)],
        bytes_max: 1 << 20,
        wait_ms: 30_000,
    };
    let topic = crate::wake::Topic::Space(space_id(1));
    let waiting = waits(&two, "/v1/read", encode(&after), topic);
    two.look_around().unwrap();
    two.look_around().unwrap();
    append(&one, token, 1, &[record(header(1, 2, 1), 100, 1)], NOW).unwrap();
    two.look_around().unwrap();
    assert_eq!(items(&waiting.join().unwrap()), 1);
}

#[test]
fn a_session_begun_at_one_node_is_known_at_the_others_and_its_challenge_is_used_once() {
    let Some(nodes) = nodes(3) else { return };
    let [one, two, three] = [0, 1, 2].map(|at| nodes.relays[at].clone());
    create(&one, 1, NOW);
    let space = space_id(1);
    let challenge = cairn_wire::message::ChallengeRequest { space };
    let answer: cairn_wire::message::ChallengeAnswer = ask(&one, "challenge", &challenge, NOW).unwrap();
    let key = signing(2);
    let request = SessionRequest {
        space,
        nonce: answer.nonce,
        key: public(&key),
        signature: sign(&key, &session_bytes(ORIGIN, &space, &answer.nonce, &public(&key))),
    };
    let begun: SessionAnswer = ask(&two, "session", &request, NOW).unwrap();
    for relay in [&one, &two, &three] {
        let again = ask::<_, SessionAnswer>(relay, "session", &request, NOW);
        assert_eq!(again, Err(refused(RefusalCode::NotAuthorised)));
    }
    append(&three, begun.token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    // Of another space it is none, and after its time neither.
    create(&one, 2, NOW);
    let elsewhere = append(&one, begun.token, 2, &[], NOW);
    assert_eq!(elsewhere, Err(refused(RefusalCode::NotAuthorised)));
    let late = NOW + 15 * 60 * 1_000;
    let over = append(&one, begun.token, 1, &[], late);
    assert_eq!(over, Err(refused(RefusalCode::NotAuthorised)));

    // Who is removed at one node is out at all of them, also where the session was used.
    let administrator = begin_session(&one, 1, 1, NOW).unwrap().token;
    let change = AccessRequest {
        token: administrator,
        space,
        version: 1,
        add: vec![],
        remove: vec![public(&key)],
        only: None,
    };
    let _: AccessAnswer = ask(&two, "access", &change, NOW).unwrap();
    for relay in [&one, &two, &three] {
        let refusal = append(relay, begun.token, 1, &[], NOW);
        assert_eq!(refusal, Err(refused(RefusalCode::NotAuthorised)));
    }
}

#[test]
fn nodes_that_begin_at_once_lay_out_one_store_and_are_one_relay() {
    let Some(place) = place() else { return };
    let dirs: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let database = new_database(&place, "at_once");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = dirs
            .iter()
            .map(|dir| {
                let store = StoreConfig {
                    database: Some(database.clone()),
                    ..StoreConfig::new(dir.path())
                };
                scope.spawn(move || {
                    let relay = Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system()).unwrap();
                    relay.public_key()
                })
            })
            .collect();
        starting.into_iter().map(|node| node.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    for dir in &dirs {
        assert!(dir.path().join("relay.key").is_file(), "each keeps the key");
    }
}

#[test]
fn a_node_of_another_relay_does_not_begin() {
    let Some(nodes) = nodes(1) else { return };
    let dir = tempfile::tempdir().unwrap();
    let text = format!("cairn relay key 1\n{}\n", "ab".repeat(32));
    std::fs::write(dir.path().join("relay.key"), text).unwrap();
    let store = StoreConfig {
        database: Some(nodes.database.clone()),
        ..StoreConfig::new(dir.path())
    };
    let other = Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system());
    assert!(matches!(other, Err(StoreError::OtherKey)));
}

#[test]
fn a_node_writes_nothing_into_a_store_that_was_put_back_under_it() {
    let Some(nodes) = nodes(1) else { return };
    let relay = &nodes.relays[0];
    let token = opened(relay, 1);
    relay.probe().unwrap();
    // As if a copy had been put back, and told so, from beside the relays.
    run_sql(&nodes.database, "UPDATE relay SET incarnation = incarnation + 1");
    let digest = relay.digest().unwrap();
    let refusal = append(relay, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW);
    assert_eq!(refusal, Err(refused(RefusalCode::Unavailable)));
    assert!(matches!(relay.probe(), Err(StoreError::OtherIncarnation)));
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn a_copy_that_is_put_back_begins_anew_by_itself_once() {
    let Some(first) = nodes(1) else { return };
    let token = opened(&first.relays[0], 1);
    append(&first.relays[0], token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    let (key, dir) = (first.relays[0].public_key(), first._dir.path().to_owned());
    let (dumped, database) = (first.database.clone(), first.database.clone());
    drop(first.relays);
    let open = |database: crate::Database| {
        let store = StoreConfig {
            database: Some(database),
            begins_ms: Some(NOW),
            ..StoreConfig::new(&dir)
        };
        Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system()).unwrap()
    };
    let incarnation = |relay: &Relay| begin_session(relay, 1, 1, NOW).unwrap().head.incarnation;
    assert_eq!(incarnation(&open(database)), 1, "begun again where it was");
    let copy = copy_of(&dumped);
    let now_s = u32::try_from(NOW / 1_000).unwrap();
    for _ in 0..2 {
        let relay = open(copy.clone());
        assert_eq!((incarnation(&relay), relay.public_key()), (now_s, key));
        assert_eq!(
            begin_session(&relay, 1, 1, NOW).unwrap().head.n,
            1,
            "what it has it keeps"
        );
    }
}

#[test]
fn a_database_that_nobody_laid_out_is_not_put_back() {
    let Some(place) = place() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = StoreConfig {
        database: Some(new_database(&place, "nothing")),
        ..StoreConfig::new(dir.path())
    };
    assert!(matches!(Relay::begin_incarnation(&store), Err(StoreError::NoStore)));
}

#[test]
fn a_server_that_may_forget_is_refused() {
    if place().is_none() {
        return;
    }
    for (setting, said) in [
        ("-c fsync=off", "fsync"),
        ("-c full_page_writes=off", "full_page_writes"),
    ] {
        let server = DatabaseServer::start_with(setting).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let store = StoreConfig {
            database: Some(new_database(&server.place(), "forgets")),
            ..StoreConfig::new(dir.path())
        };
        let error = Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system()).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn nodes_whose_server_crashed_answer_and_hear_each_other_again() {
    if place().is_none() {
        return;
    }
    let mut server = DatabaseServer::start().unwrap();
    let database = new_database(&server.place(), "crashes");
    let dir = tempfile::tempdir().unwrap();
    let store = StoreConfig {
        database: Some(database),
        nats: super::nats_said(),
        ..StoreConfig::new(dir.path())
    };
    let config = RelayConfig::new(store, ORIGIN);
    let [one, two] = [(), ()].map(|()| Relay::open(&config, Entropy::system()).unwrap());
    let token = opened(&one, 1);
    append(&one, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    server.crash();
    // Every connection that was there has ended.
    assert_eq!(read_page(&two, since(token, 1, 0), 1 << 20, NOW).items.len(), 1);
    append(&two, token, 1, &[record(header(1, 2, 1), 100, 1)], NOW).unwrap();
    let after = ReadRequest {
        spaces: vec![since(token, 1, 2)],
        bytes_max: 1 << 20,
        wait_ms: 30_000,
    };
    let began = Instant::now();
    let waiting = waits(&two, "/v1/read", encode(&after), crate::wake::Topic::Space(space_id(1)));
    append(&one, token, 1, &[record(header(1, 3, 1), 100, 1)], NOW).unwrap();
    assert_eq!(items(&waiting.join().unwrap()), 1);
    assert!(began.elapsed() < PATIENCE, "it did not wait for the end of its time");
}

/// Nodes of one machine put parts of one blob at once, into one folder: what is answered is there.
#[test]
fn parts_of_one_blob_that_come_to_several_nodes_at_once_make_one_blob() {
    let Some(nodes) = nodes(3) else { return };
    let token = opened(&nodes.relays[0], 1);
    let mut whole = vec![0; 20_000];
    blake3::Hasher::new().finalize_xof().fill(&mut whole);
    let put = |from: usize, upto: usize| BlobRequest {
        token,
        space: space_id(1),
        op: BlobOp::Put,
        blob: [5; 32].into(),
        slot: Some([7; 16].into()),
        offset: from as u64,
        total: whole.len() as u64,
        bytes: whole[from..upto].to_vec().into(),
        bytes_max: 0,
    };
    std::thread::scope(|scope| {
        for (at, relay) in nodes.relays.iter().enumerate() {
            let (put, length) = (&put, whole.len());
            scope.spawn(move || {
                let mut have = 0;
                while have < length {
                    let upto = (have + 900 + 300 * at).min(length);
                    let answer = relay.handle("/v1/blob", &encode(&put(have, upto)), NOW);
                    assert_eq!(answer.status, 200);
                    let answer: cairn_wire::message::BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
                    assert!(answer.have >= upto as u64, "what was answered is there");
                    have = usize::try_from(answer.have).unwrap();
                }
            });
        }
    });
    let read = BlobRequest {
        op: BlobOp::Read,
        slot: None,
        offset: 0,
        total: 0,
        bytes: vec![].into(),
        bytes_max: 1 << 20,
        ..put(0, 0)
    };
    let answer = nodes.relays[1].handle("/v1/blob", &encode(&read), NOW);
    let answer: cairn_wire::message::BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
    assert!(answer.bytes.as_slice() == whole);
}
