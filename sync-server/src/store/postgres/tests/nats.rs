//! Nodes that tell each other through NATS: what comes, what a server that goes and comes back costs, and what strangers and other stores do there.

use std::io::BufRead as _;
use std::path::Path;
use std::time::Instant;

use cairn_wire::Token;
use cairn_wire::encode;
use cairn_wire::message::{ReadRequest, ReadSpace};

use super::nodes::{PATIENCE, items, waiting_read, waits};
use super::{NATS, run_again, tests_of};
use crate::testing::*;
use crate::wake::Topic;
use crate::{Entropy, Nats, Relay, RelayConfig, StoreConfig};

/// What of nodes is about the database's own way.
const OF_THE_DATABASE: &str = "store::postgres::tests::nodes::a_server_that_may_forget_is_refused";

/// A node over the database of a folder.
fn node(dir: &Path, server: &NatsServer) -> Relay {
    let nats: Nats = format!("nats://{}", server.address()).parse().unwrap();
    let store = StoreConfig {
        database: Some(database_of(dir)),
        nats: Some(nats),
        ..StoreConfig::new(dir)
    };
    Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system()).unwrap()
}

/// Comes back when a figure of a relay is as it is said.
fn until(relay: &Relay, figure: &str) {
    let began = Instant::now();
    let line = format!("cairn_relay_{figure}\n");
    while !relay.metrics().text().contains(&line) {
        assert!(
            began.elapsed() < PATIENCE,
            "{figure} never came: {}",
            relay.metrics().text()
        );
        std::thread::yield_now();
    }
}

/// How many messages became that at a relay.
fn count(relay: &Relay, what: &str) -> u64 {
    let text = relay.metrics().text();
    let name = format!("cairn_relay_node_messages_total{{what=\"{what}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().unwrap())
}

/// Comes back when that many did at least.
fn until_count(relay: &Relay, what: &str, least: u64) {
    let began = Instant::now();
    while count(relay, what) < least {
        assert!(
            began.elapsed() < PATIENCE,
            "{least} were never {what}: {}",
            relay.metrics().text()
        );
        std::thread::yield_now();
    }
}

/// One who waits for what comes after the first `n` records.
fn waiting_after(relay: &Relay, token: Token, n: u64) -> std::thread::JoinHandle<crate::Answer> {
    let space: ReadSpace = since(token, 1, n);
    let request = ReadRequest {
        spaces: vec![space],
        bytes_max: 1 << 20,
        wait_ms: 30_000,
    };
    waits(relay, "/v1/read", encode(&request), Topic::Space(space_id(1)))
}

fn put(relay: &Relay, token: Token, n: u32) {
    append(relay, token, 1, &[record(header(1, n, 1), 100, 1)], NOW).unwrap();
}

/// Runs this program once more: nobody looks around in it, so whoever is woken heard of it.
#[test]
fn all_that_nodes_do_they_do_through_nats() {
    if place().is_none() {
        return;
    }
    let Some(server) = NatsServer::start() else { return };
    let program = std::env::current_exe().unwrap();
    let mut tests = tests_of(
        &program,
        &["store::postgres::tests::nodes::", "store::postgres::tests::commits::"],
    );
    let all = tests.len();
    tests.retain(|test| test != OF_THE_DATABASE);
    assert_eq!(tests.len() + 1, all, "{OF_THE_DATABASE} is not there any more");
    run_again(&program, &tests, &[(NATS, &format!("nats://{}", server.address()))]);
}

#[test]
fn a_server_that_goes_costs_a_look_and_one_that_comes_back_is_heard_again() {
    if place().is_none() {
        return;
    }
    let Some(mut server) = NatsServer::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let [one, two] = [(), ()].map(|()| node(dir.path(), &server));
    let token = opened(&one, 1);
    server.crash();
    for relay in [&one, &two] {
        until(relay, "nodes_heard 0");
    }
    let waiting = waiting_read(&two, token);
    put(&one, token, 1);
    assert_eq!(two.waiting_for_topic(&Topic::Space(space_id(1))), 1, "it heard nothing");
    two.look_around().unwrap();
    assert_eq!(items(&waiting.join().unwrap()), 1);
    assert!(
        one.probe().is_ok() && two.probe().is_ok(),
        "a node without NATS does everything"
    );

    let waiting = waiting_after(&two, token, 1);
    server.begin();
    for relay in [&one, &two] {
        until(relay, "nodes_heard 1");
    }
    put(&one, token, 2);
    assert_eq!(items(&waiting.join().unwrap()), 1);
}

#[test]
fn a_node_begins_without_nats_and_hears_when_it_comes() {
    if place().is_none() {
        return;
    }
    let Some(mut server) = NatsServer::start() else { return };
    server.crash();
    let dir = tempfile::tempdir().unwrap();
    let [one, two] = [(), ()].map(|()| node(dir.path(), &server));
    let token = opened(&one, 1);
    put(&one, token, 1);
    server.begin();
    for relay in [&one, &two] {
        until(relay, "nodes_heard 1");
    }
    let waiting = waiting_after(&two, token, 1);
    put(&one, token, 2);
    assert_eq!(items(&waiting.join().unwrap()), 1);
}

#[test]
fn what_strangers_say_and_other_stores_wakes_nobody_and_what_nodes_say_names_nothing() {
    if place().is_none() {
        return;
    }
    let Some(server) = NatsServer::start() else { return };
    let mut heard = server.hears_everything();
    let dir = tempfile::tempdir().unwrap();
    let [one, two] = [(), ()].map(|()| node(dir.path(), &server));
    let token = opened(&one, 1);
    // Another store, that has a space of the same name.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = node(elsewhere.path(), &server);
    let theirs = opened(&other, 1);
    put(&other, theirs, 1);

    put(&one, token, 1);
    until_count(&two, "heard", 1);
    assert_eq!(count(&other, "heard"), 0, "two stores hear nothing of each other");

    // Everything that whoever runs the server sees of it.
    let mut subjects = std::collections::BTreeSet::new();
    let mut said = Vec::new();
    server.publish("the.end", b"");
    while !said.windows(7).any(|window| window == b"the.end") {
        let mut line = Vec::new();
        assert!(heard.read_until(b'\n', &mut line).unwrap() > 0);
        if let Some(rest) = line.strip_prefix(b"MSG cairn_relay.1.") {
            let word: Vec<_> = rest.iter().copied().take_while(|byte| *byte != b' ').collect();
            subjects.insert(format!("cairn_relay.1.{}", String::from_utf8(word).unwrap()));
        }
        said.extend(line);
    }
    assert_eq!(subjects.len(), 2, "each store has its own: {subjects:?}");
    let space = space_id(1);
    let spelt = data_encoding::HEXLOWER.encode(space.as_bytes());
    for needle in [
        space.as_bytes().as_slice(),
        spelt.as_bytes(),
        one.public_key().as_bytes(),
    ] {
        assert!(
            !said.windows(needle.len()).any(|window| window == needle),
            "the name of a space, or of a relay"
        );
    }

    // Garbage, and one that is right in everything but what it tells of, on the subjects of both.
    let right = [&[1][..], &[0xee; 8], &[0xaa; 16]].concat();
    let garbage = [
        Vec::new(),
        vec![0xff; 700_000],
        b"\xff\xfe".to_vec(),
        vec![1; 20],
        right,
    ];
    let waiting = waiting_after(&two, token, 1);
    for subject in &subjects {
        for bytes in &garbage {
            server.publish(subject, bytes);
        }
    }
    until_count(&two, "heard", 2);
    assert_eq!((count(&two, "heard"), count(&two, "unread")), (2, 4));
    assert_eq!(
        two.waiting_for_topic(&Topic::Space(space)),
        1,
        "there was nothing to read"
    );
    put(&one, token, 2);
    assert_eq!(items(&waiting.join().unwrap()), 1);
}

#[test]
fn a_node_that_nats_does_not_let_in_works_and_is_told_by_looking() {
    if place().is_none() {
        return;
    }
    let Some(server) = NatsServer::start_with("authorization { token: \"hunter2\" }", &[]) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let outside = node(dir.path(), &server);
    let let_in = |secret: &str| {
        let nats: Nats = format!("nats://{secret}@{}", server.address()).parse().unwrap();
        let store = StoreConfig {
            database: Some(database_of(dir.path())),
            nats: Some(nats),
            ..StoreConfig::new(dir.path())
        };
        Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system()).unwrap()
    };
    let [one, two] = [(), ()].map(|()| let_in("hunter2"));
    let token = opened(&outside, 1);
    let waiting = waiting_read(&two, token);
    put(&one, token, 1);
    assert_eq!(items(&waiting.join().unwrap()), 1);
    let text = outside.metrics().text();
    assert!(text.contains("cairn_relay_nodes_heard 0\n"), "{text}");
    let waiting = waiting_after(&outside, token, 1);
    put(&one, token, 2);
    outside.look_around().unwrap();
    assert_eq!(items(&waiting.join().unwrap()), 1);
}

#[test]
fn many_spaces_that_change_at_once_wake_each_of_their_readers() {
    if place().is_none() {
        return;
    }
    let Some(server) = NatsServer::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let [one, two] = [(), ()].map(|()| node(dir.path(), &server));
    let spaces: Vec<u8> = (1..=40).collect();
    let tokens: Vec<_> = spaces.iter().map(|n| (*n, opened(&one, *n))).collect();
    let waiting: Vec<_> = tokens
        .iter()
        .map(|(n, token)| {
            let request = ReadRequest {
                spaces: vec![since(*token, *n, 0)],
                bytes_max: 1 << 20,
                wait_ms: 30_000,
            };
            waits(&two, "/v1/read", encode(&request), Topic::Space(space_id(*n)))
        })
        .collect();
    std::thread::scope(|scope| {
        for (n, token) in &tokens {
            let one = &one;
            scope.spawn(move || append(one, *token, *n, &[record(header(*n, 1, 1), 100, 1)], NOW).unwrap());
        }
    });
    for answer in waiting {
        assert_eq!(items(&answer.join().unwrap()), 1);
    }
    assert!(count(&one, "told") <= 40, "none is told twice");
}
