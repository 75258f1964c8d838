//! 186 bytes that claim ten million rows.

use super::kit::{chunk, document, run, sha256, unsigned};
use crate::document::{Bounds, Refused, admit, prescan};
use automerge::Automerge;
use std::time::Instant;

/// A document of one change that sets one key this many times, each value nothing. Every column is one run, but for the
/// bytes of the key.
fn bomb(rows: i64) -> Vec<u8> {
    let actor = [1_u8; 16];
    let mut key = run(rows, 1, false);
    key.push(b'k');
    let changes = [
        (1, run(1, 0, false)),
        (3, run(1, 1, true)),
        (19, run(1, rows, true)),
        (35, run(1, 0, true)),
        (64, run(1, 0, false)),
        (86, run(1, 7, false)),
    ];
    let mut insert = Vec::new();
    unsigned(&mut insert, rows.unsigned_abs());
    let operations = [
        (21, key),
        (33, run(rows, 0, false)),
        (35, run(rows, 1, true)),
        (52, insert),
        (66, run(rows, 1, false)),
        (86, run(rows, 0, false)),
        (128, run(rows, 0, false)),
    ];
    // The head is the hash of the change as it would be stored alone; `DontCheck` spares computing it.
    chunk(0, &document(&[&actor], &[[0; 32]], &changes, &operations))
}

#[test]
fn the_bomb_is_refused_in_less_than_a_millisecond() {
    let bomb = bomb(10_000_000);
    assert!(bomb.len() <= 186, "{}", bomb.len());
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(prescan(&bomb, &Bounds::default()), Err(Refused::TooManyRows));
    }
    assert!(
        begun.elapsed().as_millis() < 1_000,
        "{:?} for a thousand",
        begun.elapsed()
    );
    assert_eq!(
        admit(&bomb, &[[0; 32]], &Bounds::default()).unwrap_err(),
        Refused::TooManyRows
    );
}

#[test]
fn without_the_prescan_automerge_would_take_the_bomb() {
    // The planted defect: a small charge, so that the test is quick; see the next one for a large one.
    let bytes = bomb(20_000);
    assert_eq!(
        bytes.len(),
        bomb(10_000_000).len() - 9,
        "bytes do not grow with the rows"
    );
    let document = Automerge::load_unverified_heads(&bytes).unwrap();
    assert_eq!(automerge::ReadDoc::stats(&document).num_ops, 20_000);
    let wide = Bounds {
        rows: u64::MAX,
        ..Bounds::default()
    };
    assert_eq!(
        prescan(&bytes, &wide).unwrap().rows,
        20_000,
        "but for the rows it is well formed"
    );
}

#[test]
#[ignore = "takes seconds and most of a gigabyte, which is its point"]
fn without_the_prescan_ten_million_rows_take_seconds() {
    let begun = Instant::now();
    let document = Automerge::load_unverified_heads(&bomb(10_000_000)).unwrap();
    assert_eq!(automerge::ReadDoc::stats(&document).num_ops, 10_000_000);
    assert!(begun.elapsed().as_millis() > 500, "{:?}", begun.elapsed());
}

#[test]
fn sums_of_one_column_that_claim_rows_of_another_are_refused() {
    let with = |specification: u64, column: Vec<u8>| {
        let mut operations = vec![
            (33, run(4, 0, false)),
            (35, run(4, 1, true)),
            (66, run(4, 1, false)),
            (86, run(4, 0, false)),
            (128, run(4, 0, false)),
        ];
        match operations.iter_mut().find(|(known, _)| *known == specification) {
            Some((_, old)) => *old = column,
            None => operations.push((specification, column)),
        }
        operations.sort_unstable();
        let changes = [
            (1, run(1, 0, false)),
            (3, run(1, 1, true)),
            (19, run(1, 4, true)),
            (35, run(1, 0, true)),
        ];
        let changes = [&changes[..], &[(64, run(1, 0, false)), (86, run(1, 7, false))]].concat();
        prescan(
            &chunk(0, &document(&[&[1; 16]], &[], &changes, &operations)),
            &Bounds::default(),
        )
    };
    assert!(with(33, run(4, 0, false)).is_ok());
    // Deletions without rows of their own; values longer than their bytes; counters beyond every operation.
    assert_eq!(with(128, run(4, 1, false)), Err(Refused::Disagree));
    assert_eq!(with(128, run(4, i64::MAX, false)), Err(Refused::Disagree));
    assert_eq!(with(128, run(4, 1 << 40, false)), Err(Refused::TooManyRows));
    assert_eq!(with(86, run(4, 1 << 40, false)), Err(Refused::Disagree));
    assert_eq!(with(35, run(4, 1_000_000, true)), Err(Refused::Disagree));
    assert_eq!(with(35, run(4, i64::MAX, true)), Err(Refused::Disagree));
    // Rows that do not agree, actors that are not there, actions and columns we do not write.
    assert_eq!(with(66, run(3, 1, false)), Err(Refused::Disagree));
    assert_eq!(
        with(21, [run(5, 1, false), b"k".to_vec()].concat()),
        Err(Refused::Disagree)
    );
    assert_eq!(with(33, run(4, 1, false)), Err(Refused::Disagree));
    assert_eq!(with(66, run(4, 7, false)), Err(Refused::Operation));
    assert_eq!(with(165, run(4, 1, false)), Err(Refused::Column));
    assert_eq!(with(21 | 8, vec![0]), Err(Refused::Deflated));
    assert_eq!(with(2, run(i64::MIN, 0, false)), Err(Refused::TooManyRows));
    assert_eq!(
        with(52, [0xff, 0xff, 0xff, 0xff, 0x7f].repeat(2)),
        Err(Refused::TooManyRows)
    );
}

#[test]
fn the_hash_of_the_tests_is_sha_256() {
    let begins = |message: &[u8], with: [u8; 4]| assert_eq!(sha256(message)[..4], with);
    begins(b"abc", [0xba, 0x78, 0x16, 0xbf]);
    // The seams of the padding.
    for (length, with) in [
        (55, 0x9f43_90f8_u32),
        (56, 0xb354_39a4),
        (63, 0x7d3e_74a0),
        (64, 0xffe0_54fe),
    ] {
        begins(&vec![b'a'; length], with.to_be_bytes());
    }
}
