//! A check beside nodes that write: it sees one moment, and what goes meanwhile is no damage.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use cairn_wire::message::{BlobOp, BlobRequest};
use cairn_wire::{BlobId, SlotId, Token, encode};

use super::*;
use crate::StoreConfig;

/// Checks that are made.
const CHECKS: usize = 4;

/// Says that it is over, also where it ends otherwise.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A request about a blob of slot 7.
fn blob(token: Token, space: u8, op: BlobOp, blob: u8) -> Vec<u8> {
    let bytes: &[u8] = if op == BlobOp::Put { &[5; 100] } else { &[] };
    encode(&BlobRequest {
        token,
        space: space_id(space),
        op,
        blob: BlobId::from_bytes([blob; 32]),
        slot: Some(SlotId::from_bytes([7; 16])),
        offset: 0,
        total: bytes.len() as u64,
        bytes: bytes.into(),
        bytes_max: 0,
    })
}

#[test]
fn a_check_beside_nodes_that_write_put_blobs_and_let_them_go_finds_nothing() {
    let Some(nodes) = nodes(2) else { return };
    let config = StoreConfig {
        database: Some(nodes.database.clone()),
        ..StoreConfig::new(nodes._dir.path())
    };
    let tokens: Vec<_> = (1..=3).map(|space| opened(&nodes.relays[0], space)).collect();
    let (stop, written) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for (relay, space) in nodes.relays.iter().zip([1_u8, 2]) {
            let (tokens, stop, written) = (&tokens, &stop, &written);
            scope.spawn(move || {
                let _over = Over(stop);
                let token = tokens[usize::from(space) - 1];
                let mut id = 0;
                while !stop.load(Ordering::Acquire) {
                    id += 1;
                    let header = cairn_wire::Header {
                        merged_upto: u64::from(id - 1),
                        ..header(space, id, 7)
                    };
                    append(relay, token, space, &[record(header, 500, 1)], NOW).unwrap();
                    let name = u8::try_from(id % 5).unwrap();
                    let ops: &[_] = if id.is_multiple_of(2) {
                        &[BlobOp::Put, BlobOp::Release]
                    } else {
                        &[BlobOp::Put]
                    };
                    for op in ops {
                        let answer = relay.handle("/v1/blob", &blob(token, space, *op, name), NOW);
                        assert_eq!(answer.status, 200);
                    }
                    written.fetch_add(1, Ordering::Release);
                }
            });
        }
        let checks = scope.spawn(|| {
            let _over = Over(&stop);
            let mut looked_at = Vec::new();
            for _ in 0..CHECKS {
                let before = written.load(Ordering::Acquire);
                while written.load(Ordering::Acquire) < before + 4 && !stop.load(Ordering::Acquire) {
                    std::thread::yield_now();
                }
                let mut lines = Vec::new();
                let checked = Relay::check(&config, |finding| lines.push(finding.to_string())).unwrap();
                looked_at.push((lines, checked.spaces, checked.records));
            }
            looked_at
        });
        let mut before = 0;
        for (lines, spaces, records) in checks.join().unwrap() {
            assert_eq!((lines, spaces), (vec![], 3));
            assert!(records > before, "it looks at what is there, and not at nothing");
            before = records;
        }
    });
}
