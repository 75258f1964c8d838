//! Appending: idempotency, the refusals, the limits, the chain.

use cairn_wire::bounds::{APPEND_RECORDS_MAX, RECORD_BYTES_MAX};
use cairn_wire::message::{AckAnswer, AckRequest, Outcome, OutcomeCode, Refusal, RefusalCode};
use cairn_wire::{CLOSES_SLOT, Header, Record, chain_0, chain_next};

use crate::testing::*;
use crate::{Relay, RelayConfig};

fn outcome(code: OutcomeCode, value: u64) -> Outcome {
    Outcome { code, value }
}

#[test]
fn records_get_numbers_in_their_order_and_the_head_carries_their_chain() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let records: Vec<_> = (0..3).map(|n| record(header(1, n, 1), 100, 7)).collect();
    let answer = append(&relay, token, 1, &records, NOW).unwrap();
    assert_eq!(answer.results, [stored(1), stored(2), stored(3)]);
    let chain = records.iter().fold(chain_0(&space_id(1)), |chain, bytes| {
        chain_next(&chain, &Record::parse(bytes).unwrap().hash())
    });
    assert_eq!((answer.head.n, answer.head.chain), (3, chain));
}

#[test]
fn a_record_sent_again_answers_its_old_number_and_changes_nothing() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let (a, b) = (record(header(1, 1, 1), 100, 7), record(header(1, 2, 1), 100, 8));
    append(&relay, token, 1, &[a.clone(), b.clone()], NOW).unwrap();
    let digest = relay.digest().unwrap();
    let again = append(&relay, token, 1, &[b.clone(), a.clone(), b.clone()], NOW).unwrap();
    assert_eq!(again.results, [stored(2), stored(1), stored(2)]);
    assert_eq!(again.head.n, 2);
    assert_eq!(relay.digest().unwrap(), digest);

    let twice = record(header(1, 3, 1), 100, 9);
    let answer = append(&relay, token, 1, &[twice.clone(), twice], NOW).unwrap();
    assert_eq!(answer.results, [stored(3), stored(3)], "twice in one batch");
}

#[test]
fn each_refusal_is_typed_and_the_others_of_the_batch_are_stored() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 1), 100, 7)], NOW).unwrap();
    let base = header(1, 50, 1);
    let with = |change: fn(&mut Header)| {
        let mut header = base;
        change(&mut header);
        record(header, 100, 1)
    };
    let batch = [
        vec![1, 2, 3],
        record(header(2, 1, 1), 100, 7),
        with(|h| h.flags = CLOSES_SLOT),
        record(base, RECORD_BYTES_MAX, 1),
        record(header(1, 1, 1), 100, 8),
        with(|h| h.incarnation = 2),
        with(|h| h.epoch = 0),
        with(|h| h.epoch = 2),
        with(|h| h.merged_upto = 2),
        record(header(1, 2, 1), 100, 7),
        with(|h| h.merged_upto = 2),
    ];
    let answer = append(&relay, token, 1, &batch, NOW).unwrap();
    use OutcomeCode as Code;
    assert_eq!(
        answer.results,
        [
            outcome(Code::Malformed, 0),
            outcome(Code::Malformed, 0),
            outcome(Code::Malformed, 0),
            outcome(Code::TooLarge, RECORD_BYTES_MAX as u64),
            outcome(Code::Conflict, 0),
            outcome(Code::ResyncRequired, 1),
            outcome(Code::StaleEpoch, 1),
            outcome(Code::StaleEpoch, 1),
            outcome(Code::BadMerge, 1),
            stored(2),
            stored(3),
        ]
    );
}

#[test]
fn a_batch_is_taken_up_to_its_limit() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let batch = |from: usize, count: usize| -> Vec<_> {
        let ids = from..from + count;
        ids.map(|n| record(header(1, u32::try_from(n).unwrap(), 1), 72, 1))
            .collect()
    };
    for count in [0, APPEND_RECORDS_MAX - 1, APPEND_RECORDS_MAX] {
        let answer = append(&relay, token, 1, &batch(count * 1_000, count), NOW).unwrap();
        assert!(answer.results.iter().all(|outcome| outcome.code == OutcomeCode::Stored));
    }
    let refused = append(&relay, token, 1, &batch(0, APPEND_RECORDS_MAX + 1), NOW);
    let limit = APPEND_RECORDS_MAX as u64;
    assert_eq!(refused, Err(Refusal::with(RefusalCode::TooLarge, limit)));
}

#[test]
fn the_longest_record_is_taken_and_read_back() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let longest = record(header(1, 1, 1), RECORD_BYTES_MAX - 72, 5);
    let answer = append(&relay, token, 1, std::slice::from_ref(&longest), NOW).unwrap();
    assert_eq!(answer.results, [stored(1)]);
    let page = read_page(&relay, since(token, 1, 0), 1, NOW);
    assert_eq!(page.items[0].record.as_ref().unwrap().as_slice(), longest);
}

#[test]
fn each_side_has_its_own_quota() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = RelayConfig::new(store_in(dir.path()), ORIGIN);
    config.limits.space_bytes_max = 1_000;
    let relay = Relay::open(&config, counted_entropy()).unwrap();
    let participant = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let sized = |n, bytes: usize| record(header(1, n, 1), bytes - 72, 1);
    let batch = [sized(1, 856), sized(2, 145), sized(3, 144), sized(4, 144)];
    let over = outcome(OutcomeCode::OverQuota, 1_000);
    let answer = append(&relay, specialist, 1, &batch, NOW).unwrap();
    assert_eq!(answer.results, [stored(1), over, stored(2), over]);
    let answer = append(&relay, participant, 1, &[sized(5, 999)], NOW).unwrap();
    assert_eq!(answer.results, [stored(3)]);
}

#[test]
fn an_acknowledgement_never_goes_back_and_never_beyond_the_head() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let records: Vec<_> = (0..5).map(|n| record(header(1, n, 1), 72, 7)).collect();
    append(&relay, token, 1, &records, NOW).unwrap();
    let ack = |n| {
        let space = space_id(1);
        let answer: Result<AckAnswer, Refusal> = ask(&relay, "ack", &AckRequest { token, space, n }, NOW);
        answer.map(|answer| answer.head.n)
    };
    assert_eq!(ack(4), Ok(5));
    let digest = relay.digest().unwrap();
    assert_eq!(ack(4), Ok(5));
    assert_eq!(ack(3), Ok(5));
    assert_eq!(ack(6), Err(Refusal::with(RefusalCode::BadMerge, 5)));
    assert_eq!(relay.digest().unwrap(), digest);
    assert_eq!(ack(5), Ok(5));
    assert_ne!(relay.digest().unwrap(), digest);
}

#[test]
fn what_is_known_stays_known_once_it_is_indexed_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    let token = opened(&relay, 1);
    let all: Vec<_> = (0..2_600).map(|n| record(header(1, n, 1), 72, 7)).collect();
    for batch in all.chunks(256) {
        append(&relay, token, 1, batch, NOW).unwrap();
    }
    let key = relay.public_key();
    let digest = relay.digest().unwrap();
    drop(relay);
    let relay = relay_in(dir.path());
    assert_eq!(relay.digest().unwrap(), digest);
    assert_eq!(relay.public_key(), key);
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    for (from, batch) in (1u64..).step_by(256).zip(all.chunks(256)) {
        let answer = append(&relay, token, 1, batch, NOW).unwrap();
        let expected: Vec<_> = (from..).take(batch.len()).map(stored).collect();
        assert_eq!(answer.results, expected);
    }
    let other = record(header(1, 3, 1), 72, 8);
    let answer = append(&relay, token, 1, &[other], NOW).unwrap();
    assert_eq!(answer.results, [outcome(OutcomeCode::Conflict, 0)]);
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn a_record_is_known_however_many_have_come_since() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let nth = |id: u32| record(header(1, id, 7), 72, 1);
    // Over several times what is found without an index, and what is remembered of names at first.
    for batch in 0..48 {
        let records: Vec<_> = (0..250).map(|n| nth(batch * 250 + n)).collect();
        let answer = append(&relay, token, 1, &records, NOW).unwrap();
        let seqs = (0..250).map(|n| stored(u64::from(batch * 250 + n) + 1));
        assert_eq!(answer.results, seqs.collect::<Vec<_>>());
    }
    let again: Vec<_> = (0..12_000).step_by(61).map(nth).collect();
    let answer = append(&relay, token, 1, &again, NOW).unwrap();
    let seqs = (0..12_000).step_by(61).map(|n| stored(n + 1));
    assert_eq!(answer.results, seqs.collect::<Vec<_>>());
    assert_eq!(answer.head.n, 12_000, "nothing stands there twice");
    let another = append(&relay, token, 1, &[record(header(1, 5, 7), 73, 1)], NOW).unwrap();
    assert_eq!(another.results[0].code, OutcomeCode::Conflict);
}
