//! The vectors in `vectors/*.json`, made from the code and compared with the files.
//!
//! A file differs when a format changed by accident. When it changed on purpose, `CAIRN_WRITE_VECTORS=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod messages;
mod signed;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::header::body_hash;
use crate::{CLOSES_SLOT, Header, Record, chain_0, chain_next, stub_hash};

/// Bytes as hex.
pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hex as bytes.
pub(super) fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).unwrap()).unwrap();
    text.as_bytes()
        .chunks(2)
        .map(|pair| digit(&pair[0]) * 16 + digit(&pair[1]))
        .collect()
}

/// Bytes that count up from `first`, so that a swapped or shifted field shows.
pub(super) fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|at| first.wrapping_add(u8::try_from(at % 256).unwrap()))
}

/// Compares a file with what the code makes, or writes it.
pub(super) fn check(name: &str, made: &Value) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "vectors", name].iter().collect();
    if std::env::var_os("CAIRN_WRITE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(made).unwrap() + "\n").unwrap();
    }
    let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(&written, made, "{name} differs from the code");
}

fn headers() -> [(&'static str, Header); 2] {
    let plain = Header {
        flags: 0,
        space: counting(0x10).into(),
        record_id: counting(0x30).into(),
        slot: counting(0x50).into(),
        epoch: 0x0102_0304,
        incarnation: 0x0506_0708,
        merged_upto: 0x090a_0b0c_0d0e_0f10,
        expires_day: 0x1112,
        length: 80,
    };
    let tombstone = Header {
        flags: CLOSES_SLOT,
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: 72,
        ..plain
    };
    [("a record with every field set", plain), ("a tombstone", tombstone)]
}

#[test]
fn records_and_their_chain_are_as_written() {
    let space = counting(0x10).into();
    let mut chain = chain_0(&space);
    let mut cases = Vec::new();
    for (about, header) in headers() {
        let mut bytes = header.encode().to_vec();
        bytes.extend((0..header.length).map(|at| u8::try_from(at % 251).unwrap()));
        let record = Record::parse(&bytes).unwrap();
        let body_hash = body_hash(record.body);
        assert_eq!(stub_hash(record.header_bytes, &body_hash), record.hash());
        chain = chain_next(&chain, &record.hash());
        cases.push(json!({
            "about": about,
            "flags": header.flags,
            "space": hex(header.space),
            "record_id": hex(header.record_id),
            "slot": hex(header.slot),
            "epoch": header.epoch,
            "incarnation": header.incarnation,
            "merged_upto": header.merged_upto,
            "expires_day": header.expires_day,
            "length": header.length,
            "record": hex(&bytes),
            "body_hash": hex(body_hash),
            "record_hash": hex(record.hash()),
            "chain_after": hex(chain),
        }));
    }
    let made = json!({
        "about": "Records of one space, in order: fields, bytes, hashes, and the chain after each.",
        "space": hex(space),
        "chain_0": hex(chain_0(&space)),
        "records": cases,
    });
    check("records.json", &made);
}
