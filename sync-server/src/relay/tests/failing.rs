//! A store that fails: what cannot be stored is refused, what can is stored, and nothing is half there.

use cairn_wire::message::{AppendAnswer, AppendRequest, Refusal, RefusalCode};
use cairn_wire::{Token, decode_canonical, encode};

use crate::testing::*;
use crate::{Danger, Relay, RelayConfig, StoreConfig};

fn request(token: Token, ids: &[(u32, u8)]) -> Vec<u8> {
    let records: Vec<_> = ids
        .iter()
        .map(|(id, fill)| record(header(1, *id, 1), 100, *fill))
        .collect();
    encode(&AppendRequest {
        token,
        space: space_id(1),
        records: records.iter().map(|record| record.as_slice().into()).collect(),
    })
}

/// Bodies of 0xEE cannot be stored, as if the disk had a bad place: what makes it so, and what mends it.
fn bad_place() -> (&'static str, &'static str) {
    if is_on_postgres() {
        return (
            "CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF substring(NEW.body FROM 1 FOR 1) = '\\xEE' THEN RAISE 'bad place'; END IF; RETURN NEW; END $$;
             CREATE TRIGGER bad BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION bad()",
            "DROP TRIGGER bad ON log",
        );
    }
    (
        "CREATE TRIGGER bad BEFORE INSERT ON log WHEN substr(NEW.body, 1, 1) = x'EE'
         BEGIN SELECT raise(ABORT, 'bad place'); END",
        "DROP TRIGGER bad",
    )
}

#[test]
fn one_command_that_fails_does_not_take_its_group_with_it() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let (bad, mended) = bad_place();
    relay.0.store.rows().break_with(bad);
    let bodies = [
        request(token, &[(1, 1), (2, 1)]),
        request(token, &[(3, 1), (4, 0xEE), (5, 1)]),
        request(token, &[(6, 1)]),
    ];
    let requests: Vec<_> = bodies.iter().map(|body| ("/v1/append", body.as_slice())).collect();
    let answers = relay.handle_group(&requests, NOW);
    let results = |at: usize| decode_canonical::<AppendAnswer>(&answers[at].body).unwrap().results;
    assert_eq!(results(0), [stored(1), stored(2)]);
    assert_eq!(
        decode_canonical(&answers[1].body),
        Ok(Refusal::new(RefusalCode::Unavailable))
    );
    assert_eq!(results(2), [stored(3)]);
    let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    assert_eq!(page.items.len(), 3, "nothing of the request that failed");

    // Once the place is good again, the same request is stored as if for the first time.
    relay.0.store.rows().break_with(mended);
    let answer = relay.handle("/v1/append", &bodies[1], NOW);
    let answer: AppendAnswer = decode_canonical(&answer.body).unwrap();
    assert_eq!(answer.results, [stored(4), stored(5), stored(6)]);
}

#[test]
fn a_store_that_cannot_be_read_is_said_to_be_unavailable() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    let nothing = if is_on_postgres() { "''::bytea" } else { "x'00'" };
    relay
        .0
        .store
        .rows()
        .break_with(&format!("UPDATE log SET header = {nothing}"));
    let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::Unavailable));
}

#[test]
fn an_exclusive_store_holds_its_file_alone_and_keeps_what_it_answered() {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    // A copy of the files as a crash would leave them: what was answered is in them.
    assert_eq!(records_in_a_copy(dir.path()), 1);
}

#[test]
fn answers_before_the_commit_are_lost_in_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = StoreConfig::exclusive(dir.path(), None);
    store.danger = Danger {
        acknowledge_before_commit: true,
        ..Danger::default()
    };
    let relay = Relay::open(&RelayConfig::new(store, ORIGIN), counted_entropy()).unwrap();
    let token = opened(&relay, 1);
    let mut answered = 0;
    let lost = (0..8).any(|id| {
        append(&relay, token, 1, &[record(header(1, id, 1), 100, 1)], NOW).unwrap();
        answered += 1;
        records_in_a_copy(dir.path()) < answered
    });
    assert!(lost, "the planted defect went unnoticed");
}

/// How many records of space 1 a relay finds that opens a copy of these files. The writer is not in a call meanwhile, so
/// the copy is what a crash at this moment leaves, with everything written taken as kept.
fn records_in_a_copy(dir: &std::path::Path) -> u64 {
    let copy = tempfile::tempdir().unwrap();
    for name in ["relay.db", "relay.db-wal"] {
        // A log of changes that is not there yet is an empty one.
        let bytes = std::fs::read(dir.join(name)).unwrap_or_default();
        std::fs::write(copy.path().join(name), bytes).unwrap();
    }
    let relay = relay_in(copy.path());
    begin_session(&relay, 1, 1, NOW).map_or(0, |session| session.head.n)
}
