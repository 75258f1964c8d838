//! Erasing: the bodies are gone from the files, the slot is closed for its side.

use std::path::Path;

use cairn_wire::message::{
    EraseAnswer, EraseRequest, OutcomeCode, Refusal, RefusalCode, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{CLOSES_SLOT, Header, Signature, Token};
use ed25519_dalek::VerifyingKey;

use crate::testing::*;
use crate::{Danger, Relay, RelayConfig};

/// Erases in space 1.
pub(super) fn erase(relay: &Relay, token: Token, record: &[u8]) -> Result<EraseAnswer, Refusal> {
    erase_at(relay, token, record, NOW)
}

/// The same at another time.
pub(super) fn erase_at(relay: &Relay, token: Token, record: &[u8], now_ms: u64) -> Result<EraseAnswer, Refusal> {
    let request = EraseRequest {
        token,
        space: space_id(1),
        record: record.into(),
    };
    ask(relay, "erase", &request, now_ms)
}

fn tombstone(id: u32, slot: u8, fill: u8) -> Vec<u8> {
    let header = Header {
        flags: CLOSES_SLOT,
        ..header(1, id, slot)
    };
    record(header, 72, fill)
}

/// Whether any file of a folder holds these bytes, or any row of its database.
pub(super) fn found_in(dir: &Path, needle: &[u8]) -> bool {
    if is_on_postgres() {
        return found_in_rows(dir, needle);
    }
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

/// Stores a body of words nobody else writes, in a page and in overflow pages, and erases it. Whether they are found
/// before and after.
fn words_before_and_after(danger: Danger, threads: bool) -> (bool, bool) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = threaded_in(dir.path());
    store.exclusive = !threads && !is_on_postgres();
    store.danger = danger;
    let relay = Relay::open(&RelayConfig::new(store, ORIGIN), counted_entropy()).unwrap();
    let token = opened(&relay, 1);
    let words = b"a body that must be gone from every page of every file";
    let with_words = |id, len: usize| {
        let mut bytes = record(header(1, id, 1), len, 0);
        for at in (72..bytes.len() - words.len()).step_by(words.len()) {
            bytes[at..at + words.len()].copy_from_slice(words);
        }
        bytes
    };
    let records = [
        with_words(1, 900),
        with_words(2, 60_000),
        record(header(1, 3, 2), 900, 1),
    ];
    append(&relay, token, 1, &records, NOW).unwrap();
    let before = found_in(dir.path(), words);
    erase(&relay, token, &tombstone(4, 1, 9)).unwrap();
    (before, found_in(dir.path(), words))
}

#[test]
fn no_byte_of_an_erased_body_is_left_in_any_file() {
    assert_eq!(words_before_and_after(Danger::default(), false), (true, false));
    assert_eq!(words_before_and_after(Danger::default(), true), (true, false));
}

#[test]
fn the_search_finds_bodies_that_are_deleted_without_being_overwritten() {
    let danger = Danger {
        no_secure_delete: true,
        ..Danger::default()
    };
    assert_eq!(words_before_and_after(danger, false), (true, true));
}

#[test]
fn closing_a_space_leaves_no_byte_of_its_bodies() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let words = [0xC5; 64];
    append(&relay, token, 1, &[record(header(1, 1, 1), 20_000, 0xC5)], NOW).unwrap();
    assert!(found_in(dir.path(), &words));
    let request = SpaceRequest {
        op: SpaceOp::Close,
        space: space_id(1),
        access: vec![],
        signature: Signature::from_bytes([0; 64]),
        token: Some(token),
        epoch: None,
        keep: None,
        at_ms: None,
    };
    let _: SpaceAnswer = ask(&relay, "space", &request, NOW).unwrap();
    assert!(!found_in(dir.path(), &words));
}

#[test]
fn an_erasure_is_receipted_travels_and_closes_the_slot_for_its_side() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    append(
        &relay,
        token,
        1,
        &[record(header(1, 1, 7), 500, 1), record(header(1, 2, 8), 500, 1)],
        NOW,
    )
    .unwrap();
    append(&relay, specialist, 1, &[record(header(1, 3, 7), 500, 1)], NOW).unwrap();

    let answer = erase(&relay, token, &tombstone(4, 7, 1)).unwrap();
    assert_eq!((answer.seq, answer.head.n), (4, 4));
    let receipt = answer.receipt;
    assert_eq!(
        (receipt.space, receipt.seq, receipt.slot),
        (space_id(1), 4, [7; 16].into())
    );
    let key = VerifyingKey::from_bytes(relay.public_key().as_bytes()).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(receipt.signature.as_bytes());
    key.verify_strict(&receipt.signed_bytes(), &signature).unwrap();

    let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    let whole: Vec<_> = page
        .items
        .iter()
        .filter(|item| item.record.is_some())
        .map(|item| item.seq)
        .collect();
    assert_eq!(
        whole,
        [2, 3, 4],
        "another slot, the other side, and the tombstone itself"
    );

    let late = append(&relay, token, 1, &[record(header(1, 5, 7), 72, 1)], NOW).unwrap();
    assert_eq!(late.results[0].code, OutcomeCode::SlotClosed);
    let theirs = append(&relay, specialist, 1, &[record(header(1, 6, 7), 72, 1)], NOW).unwrap();
    assert_eq!(theirs.results, [stored(5)]);

    let digest = relay.digest().unwrap();
    assert_eq!(erase(&relay, token, &tombstone(4, 7, 1)).unwrap().seq, 4, "again");
    let other = erase(&relay, token, &tombstone(9, 7, 1));
    assert_eq!(
        other,
        Err(refused(RefusalCode::SlotClosed)),
        "another tombstone for a closed slot"
    );
    let taken = erase(&relay, token, &tombstone(4, 7, 2));
    assert_eq!(taken, Err(refused(RefusalCode::Conflict)));
    let plain = erase(&relay, token, &record(header(1, 10, 8), 72, 1));
    assert_eq!(plain, Err(refused(RefusalCode::Malformed)), "not a tombstone");
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn erasing_needs_no_room_and_gives_room_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = RelayConfig::new(store_in(dir.path()), ORIGIN);
    config.limits.space_bytes_max = 1_000;
    let relay = Relay::open(&config, counted_entropy()).unwrap();
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 1), 928, 1)], NOW).unwrap();
    let next = record(header(1, 2, 2), 500, 1);
    let answer = append(&relay, token, 1, std::slice::from_ref(&next), NOW).unwrap();
    assert_eq!(answer.results[0].code, OutcomeCode::OverQuota);
    erase(&relay, token, &tombstone(3, 1, 1)).unwrap();
    let answer = append(&relay, token, 1, &[next], NOW).unwrap();
    assert_eq!(answer.results, [stored(3)]);
}

#[test]
fn a_slot_stays_closed_and_its_bodies_gone_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 7), 500, 0xD7)], NOW).unwrap();
    erase(&relay, token, &tombstone(2, 7, 1)).unwrap();
    drop(relay);
    let relay = relay_in(dir.path());
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    let late = append(&relay, token, 1, &[record(header(1, 3, 7), 72, 1)], NOW).unwrap();
    assert_eq!(late.results[0].code, OutcomeCode::SlotClosed);
    // The tombstone is what is left; replacing nothing, sweeping nothing.
    relay.sweep(NOW).unwrap();
    let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    assert!(page.items[0].record.is_none() && page.items[1].record.is_some());
    assert!(!found_in(dir.path(), &[0xD7; 32]));
}
