//! A store is carried from SQLite into PostgreSQL: devices go on as if nothing had happened, and wherever it is broken off there is one store at most.

use std::path::Path;
use std::time::{Duration, Instant};

use cairn_wire::message::{
    BlobAnswer, BlobOp, ChallengeAnswer, ChallengeRequest, GateAnswer, GateOp, GateRequest, MailboxAnswer, MailboxOp,
    MailboxRequest, Outcome, OutcomeCode,
};
use cairn_wire::{GateId, MailboxId, SlotId, Token, decode_canonical, encode};

use super::blobs::{part, request};
use super::furnished::{furnish, running};
use crate::store::{self, Step};
use crate::testing::*;
use crate::{CarryError, Database, Relay, RelayConfig, StoreConfig, StoreError};

/// A database with nothing in it, where there is a server.
fn empty(name: &str) -> Option<Database> {
    Some(new_database(&place()?, name))
}

fn over(dir: &Path, database: &Database) -> StoreConfig {
    StoreConfig {
        database: Some(database.clone()),
        begins_ms: Some(NOW),
        ..StoreConfig::new(dir)
    }
}

fn node(dir: &Path, database: &Database) -> Relay {
    Relay::open(&RelayConfig::new(over(dir, database), ORIGIN), crate::Entropy::system()).unwrap()
}

fn said(config: &StoreConfig) -> Vec<String> {
    let mut lines = Vec::new();
    Relay::check(config, |finding| lines.push(finding.to_string())).unwrap();
    lines
}

fn incarnation(relay: &Relay) -> u32 {
    let request = ChallengeRequest { space: space_id(1) };
    let answer: ChallengeAnswer = ask(relay, "challenge", &request, NOW).unwrap();
    answer.incarnation.incarnation
}

/// Everything that a device reads in space 1, and where the space stands.
fn read(relay: &Relay, token: Token) -> (Vec<(u64, Vec<u8>)>, u64, cairn_wire::ChainHash) {
    let page = read_page(relay, since(token, 1, 0), 1 << 20, NOW);
    let items = page.items.iter().map(|item| {
        let record = item.record.as_ref().map(|record| record.to_vec());
        (item.seq, record.unwrap_or_default())
    });
    let head = page.head.unwrap();
    (items.collect(), head.n, head.chain)
}

/// A blob of space 1 as a device sees it, and its bytes where it is complete.
fn blob(relay: &Relay, token: Token, blob: u8) -> (u64, bool, Vec<u8>) {
    let asked = |op| {
        let mut asked = request(token, op, blob);
        asked.bytes_max = if op == BlobOp::Read { 1 << 20 } else { 0 };
        let answer = relay.handle("/v1/blob", &encode(&asked), NOW);
        assert_eq!(answer.status, 200);
        let answer: BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
        (answer.have, answer.complete, answer.bytes.to_vec())
    };
    let stands = asked(BlobOp::Stat);
    if stands.1 { asked(BlobOp::Read) } else { stands }
}

#[test]
fn devices_go_on_over_the_database_as_if_nothing_had_happened() {
    let Some(database) = empty("carried_whole") else { return };
    let dir = tempfile::tempdir().unwrap();
    let relay = running(dir.path());
    furnish(&relay);
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    let (before, key) = (read(&relay, token), relay.public_key());
    let blobs = [1, 2].map(|name| blob(&relay, token, name));
    let config = over(dir.path(), &database);
    assert!(
        matches!(Relay::carry(&config), Err(CarryError::Store(StoreError::InUse))),
        "a relay has the folder open"
    );
    drop(relay);

    let carried = Relay::carry(&config).unwrap();
    assert_eq!((carried.spaces, carried.records, carried.blobs), (2, 9, 2));
    assert_eq!(
        (carried.incarnation, carried.begins_anew, carried.was_there),
        (1, false, false)
    );
    assert!(said(&config).is_empty(), "{:?}", said(&config));

    let relay = node(dir.path(), &database);
    assert_eq!((relay.public_key(), incarnation(&relay)), (key, 1));
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    assert_eq!(read(&relay, token), before, "numbers, bytes and chain");
    // What a device asks again, because an answer was lost, is known; of the tail, too, which no list of SQLite had.
    for (seq, bytes) in [&before.0[2], &before.0[6], &before.0[7]] {
        let again = append(&relay, token, 1, std::slice::from_ref(bytes), NOW).unwrap();
        assert_eq!((again.results, again.head.n), (vec![stored(*seq)], 8));
    }
    let mut replaced = before.0[7].1.clone();
    replaced.last_mut().map(|byte| *byte ^= 1).unwrap();
    let other = append(&relay, token, 1, &[replaced], NOW).unwrap();
    assert_ne!(other.results[0].code, OutcomeCode::Stored);
    let new = append(&relay, token, 1, &[record(header(1, 99, 3), 100, 1)], NOW).unwrap();
    assert_eq!(
        new.results,
        vec![Outcome {
            code: OutcomeCode::Stored,
            value: 9
        }]
    );

    assert_eq!([1, 2].map(|name| blob(&relay, token, name)), blobs);
    assert_eq!((blobs[1].0, blobs[1].1), (40, false));
    let rest = relay.handle("/v1/blob", &encode(&part(token, 2, 7, &[5; 100], 40, 100)), NOW);
    assert_eq!(rest.status, 200);
    assert_eq!(blob(&relay, token, 2), (100, true, vec![5; 100]));
    let third = relay.handle("/v1/blob", &encode(&part(token, 3, 7, &[6; 10], 0, 10)), NOW);
    assert_eq!(third.status, 200);
    assert!(
        dir.path().join("blobs/0000000000000003").exists(),
        "no number is given twice"
    );

    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let gate = GateRequest {
        token: specialist,
        space: space_id(1),
        op: GateOp::Take,
        slot: SlotId::from_bytes([7; 16]),
        gate: GateId::from_bytes([1; 16]),
        part: None,
        expires_day: None,
    };
    let taken: GateAnswer = ask(&relay, "gate", &gate, NOW).unwrap();
    assert_eq!(taken.part, Some(cairn_wire::GatePart::from_bytes([1; 32])));
    let mailbox = MailboxRequest {
        op: MailboxOp::Read,
        mailbox: MailboxId::from_bytes([1; 32]),
        index: 0,
        bytes: None,
        wait_ms: 0,
        days: None,
    };
    let waiting = relay.handle("/v1/mailbox", &encode(&mailbox), NOW);
    let waiting: MailboxAnswer<'_> = decode_canonical(&waiting.body).unwrap();
    assert_eq!(waiting.messages.len(), 1);
    assert_eq!(waiting.messages[0].as_ref(), b"sealed");
    relay.sweep(NOW + 200 * crate::clock::DAY_MS).unwrap();
    drop(relay);
    assert!(said(&config).is_empty(), "{:?}", said(&config));

    // The folder alone is no relay's any more, whatever is said to it.
    let alone = StoreConfig::new(dir.path());
    let opened = Relay::open(&RelayConfig::new(alone.clone(), ORIGIN), crate::Entropy::system());
    assert!(matches!(opened, Err(StoreError::Carried)));
    assert!(matches!(Relay::begin_incarnation(&alone), Err(StoreError::Carried)));
    let again = Relay::carry(&config).unwrap();
    assert!(again.was_there && !again.begins_anew && again.spaces == 2);
}

/// Carries until a step, and is broken off there.
fn broken_off(config: &StoreConfig, at: Step) {
    let carried = store::carry(config, &mut |step| {
        if step == at {
            return Err(CarryError::Store(StoreError::Stopped));
        }
        Ok(())
    });
    assert!(
        matches!(carried, Err(CarryError::Store(StoreError::Stopped))),
        "{at:?}: {carried:?}"
    );
}

/// Carries, once the server has heard that whoever was broken off is gone.
fn carried(config: &StoreConfig) -> crate::Carried {
    let began = Instant::now();
    loop {
        match Relay::carry(config) {
            Err(CarryError::Store(StoreError::InUse)) if began.elapsed() < Duration::from_secs(30) => {
                std::thread::yield_now();
            }
            carried => return carried.unwrap(),
        }
    }
}

#[test]
fn broken_off_anywhere_the_folder_is_as_it_was_and_the_database_is_empty() {
    let Some(database) = empty("carried_in_pieces") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let relay = running(dir.path());
    furnish(&relay);
    let digest = relay.digest().unwrap();
    drop(relay);
    let config = over(dir.path(), &database);
    for at in [Step::Copied(1), Step::Copied(5), Step::Copied(14), Step::Verified] {
        broken_off(&config, at);
        assert!(
            matches!(Relay::check(&config, |_| ()), Err(StoreError::NoStore)),
            "{at:?}: there is something in the database"
        );
        let relay = running(dir.path());
        assert_eq!((relay.digest().unwrap(), incarnation(&relay)), (digest, 1), "{at:?}");
    }
    assert_eq!(carried(&config).incarnation, 1);
}

#[test]
fn broken_off_between_the_mark_and_the_commit_it_is_carried_again_and_begins_anew() {
    let Some(database) = empty("carried_in_the_end") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    furnish(&running(dir.path()));
    let config = over(dir.path(), &database);
    broken_off(&config, Step::Marked);
    assert!(matches!(Relay::check(&config, |_| ()), Err(StoreError::NoStore)));
    let alone = RelayConfig::new(StoreConfig::new(dir.path()), ORIGIN);
    assert!(
        matches!(Relay::open(&alone, counted_entropy()), Err(StoreError::Carried)),
        "nobody knows whether there is another one"
    );
    let carried = carried(&config);
    let now_s = u32::try_from(NOW / 1_000).unwrap();
    assert_eq!((carried.incarnation, carried.begins_anew), (now_s, true));
    let relay = node(dir.path(), &database);
    assert_eq!(incarnation(&relay), now_s);
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    let late = append(&relay, token, 1, &[record(header(1, 99, 3), 100, 1)], NOW).unwrap();
    assert_eq!(late.results[0].code, OutcomeCode::ResyncRequired);
    assert!(said(&config).is_empty(), "{:?}", said(&config));
}

#[test]
fn what_is_damaged_and_what_is_taken_is_not_carried() {
    let Some(database) = empty("carried_not") else { return };
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = over(dir.path(), &database);
    assert!(matches!(
        Relay::carry(&StoreConfig::new(dir.path())),
        Err(CarryError::NoDatabase)
    ));
    assert!(matches!(Relay::carry(&config), Err(CarryError::NoStore)));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    let relay = running(dir.path());
    furnish(&relay);
    let digest = relay.digest().unwrap();
    drop(relay);
    let store = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    store
        .execute_batch("UPDATE space SET bytes_0 = bytes_0 + 1 WHERE no = 1")
        .unwrap();
    assert!(matches!(Relay::carry(&config), Err(CarryError::Damaged(1))));
    store
        .execute_batch("UPDATE space SET bytes_0 = bytes_0 - 1 WHERE no = 1")
        .unwrap();
    drop(store);

    let there = node(other.path(), &database);
    assert!(
        matches!(Relay::carry(&config), Err(CarryError::Store(StoreError::InUse))),
        "a node is there"
    );
    drop(there);
    let began = Instant::now();
    let mut refused = Relay::carry(&config);
    while matches!(refused, Err(CarryError::Store(StoreError::InUse))) && began.elapsed() < Duration::from_secs(30) {
        refused = Relay::carry(&config);
    }
    assert!(matches!(refused, Err(CarryError::NotEmpty)), "{refused:?}");
    assert_eq!(running(dir.path()).digest().unwrap(), digest);
}

#[test]
fn a_copy_that_nobody_has_opened_begins_anew_and_is_carried_as_that() {
    let Some(database) = empty("carried_copy") else { return };
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = copies.path().join("copy");
    furnish(&running(dir.path()));
    Relay::backup(&StoreConfig::new(dir.path()), &target).unwrap();
    let carried = Relay::carry(&over(&target, &database)).unwrap();
    let now_s = u32::try_from(NOW / 1_000).unwrap();
    assert_eq!((carried.incarnation, carried.records), (now_s, 9));
    assert_eq!(incarnation(&node(&target, &database)), now_s);
    assert_eq!(
        incarnation(&running(dir.path())),
        1,
        "the folder it is a copy of goes on"
    );
}
