//! Replay is boring: whatever has been asked may be asked again, in any order, any number of times.

use cairn_wire::encode;
use cairn_wire::message::{AckRequest, AppendRequest};
use proptest::prelude::*;

use crate::testing::*;

/// A log of appends and acknowledgements, as sent.
fn log(token: cairn_wire::Token, batches: &[Vec<(u32, u8, u8)>]) -> Vec<(&'static str, Vec<u8>)> {
    let mut log = Vec::new();
    // The first record of an id is stored, so these are as many as the head says.
    let mut ids = std::collections::BTreeSet::new();
    for batch in batches {
        let n = ids.len() as u64;
        let records: Vec<_> = batch
            .iter()
            .map(|(id, slot, merged)| {
                ids.insert(*id);
                let header = cairn_wire::Header {
                    merged_upto: u64::from(*merged).min(n),
                    ..header(1, *id, *slot)
                };
                record(header, 72 + *id as usize, *slot)
            })
            .collect();
        let records = records.iter().map(|record| record.as_slice().into()).collect();
        let space = space_id(1);
        log.push(("/v1/append", encode(&AppendRequest { token, space, records })));
        let n = ids.len() as u64;
        log.push(("/v1/ack", encode(&AckRequest { token, space, n: n / 2 })));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_log_replayed_in_any_order_and_multiplicity_changes_nothing(
        batches in proptest::collection::vec(proptest::collection::vec((0u32..40, 0u8..4, 0u8..20), 1..6), 1..8),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
        restart in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut relay = relay_in(dir.path());
        let mut log = log(opened(&relay, 1), &batches);
        for (path, body) in &log {
            let _ = relay.handle(path, body, NOW);
        }
        let digest = relay.digest().unwrap();
        if restart {
            drop(relay);
            relay = relay_in(dir.path());
            let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
            log = self::log(token, &batches);
        }
        for index in order {
            let (path, body) = &log[index.index(log.len())];
            let _ = relay.handle(path, body, NOW);
        }
        prop_assert_eq!(relay.digest().unwrap(), digest);
    }

    #[test]
    fn requests_answered_in_one_group_end_as_requests_answered_one_by_one(
        batches in proptest::collection::vec(proptest::collection::vec((0u32..40, 0u8..4, 0u8..20), 1..6), 1..8),
    ) {
        let (_one, one_by_one) = relay();
        let log_one = log(opened(&one_by_one, 1), &batches);
        for (path, body) in &log_one {
            let _ = one_by_one.handle(path, body, NOW);
        }
        let (_group, grouped) = relay();
        let log_group = log(opened(&grouped, 1), &batches);
        let requests: Vec<_> = log_group.iter().map(|(path, body)| (*path, body.as_slice())).collect();
        let answers = grouped.handle_group(&requests, NOW);
        prop_assert!(answers.iter().all(|answer| answer.status == 200));
        prop_assert_eq!(grouped.digest().unwrap(), one_by_one.digest().unwrap());
    }
}
