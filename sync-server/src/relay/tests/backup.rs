//! Copies of a store: whole, of one moment, and of a relay that begins anew when it opens them.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use cairn_wire::message::{BlobAnswer, BlobOp, ChallengeAnswer, ChallengeRequest, OutcomeCode};
use cairn_wire::{SlotId, decode_canonical, encode};

use super::blobs::{part, release, request};
use super::furnished::{furnish, running};
use crate::store;
use crate::testing::*;
use crate::{BackupError, Relay, StoreConfig, StoreError};

fn said_of(dir: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    Relay::check(&StoreConfig::new(dir), |finding| lines.push(finding.to_string())).unwrap();
    lines
}

fn incarnation(relay: &Relay) -> u32 {
    let request = ChallengeRequest { space: space_id(1) };
    let answer: ChallengeAnswer = ask(relay, "challenge", &request, NOW).unwrap();
    answer.incarnation.incarnation
}

fn names(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().flatten();
    let mut names: Vec<_> = names.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_of_a_running_relay_is_whole_and_the_relay_that_opens_it_begins_anew_once() {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = copies.path().join("a/copy");
    let relay = running(dir.path());
    furnish(&relay);
    let digest = relay.digest().unwrap();
    let copied = Relay::backup(&StoreConfig::new(dir.path()), &target).unwrap();
    assert_eq!(
        (copied.spaces, copied.blobs, copied.blob_bytes, copied.blobs_left_out),
        (2, 2, 140, 0)
    );
    assert_eq!(relay.digest().unwrap(), digest, "nothing of the store has changed");
    assert_eq!(names(&target), ["blobs", "relay.db", "relay.key"]);
    assert!(said_of(&target).is_empty(), "{:?}", said_of(&target));

    let restored = running(&target);
    assert_eq!(restored.public_key(), relay.public_key());
    let now_s = u32::try_from(NOW / 1_000).unwrap();
    assert_eq!((incarnation(&relay), incarnation(&restored)), (1, now_s));
    let token = begin_session(&restored, 1, 1, NOW).unwrap().token;
    let page = read_page(&restored, since(token, 1, 0), 1 << 20, NOW);
    assert_eq!(page.items.len(), 8);
    let late = append(&restored, token, 1, &[record(header(1, 99, 3), 100, 1)], NOW).unwrap();
    assert_eq!(late.results[0].code, OutcomeCode::ResyncRequired);
    drop(restored);
    let again = running(&target);
    assert_eq!(incarnation(&again), now_s, "it begins anew with its first start alone");
    drop(again);
    assert!(said_of(&target).is_empty());
}

#[cfg(unix)]
#[test]
fn a_copy_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = copies.path().join("copy");
    furnish(&running(dir.path()));
    Relay::backup(&StoreConfig::new(dir.path()), &target).unwrap();
    for name in ["", "relay.db", "relay.key", "blobs", "blobs/0000000000000001"] {
        let mode = std::fs::metadata(target.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name:?} has {mode:o}");
    }
}

#[test]
fn what_is_appended_while_rows_are_copied_waits_for_nothing_and_is_not_in_the_copy() {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = copies.path().join("copy");
    let relay = running(dir.path());
    let token = opened(&relay, 1);
    let next = AtomicU32::new(1);
    let append_some = |count: u32| {
        let ids = next.fetch_add(count, Ordering::Relaxed)..;
        let records: Vec<_> = ids
            .take(count as usize)
            .map(|id| record(header(1, id, 7), 60_000, 1))
            .collect();
        for records in records.chunks(50) {
            append(&relay, token, 1, records, NOW).unwrap();
        }
    };
    append_some(200);
    let mut steps = 0_u32;
    let copied = store::backup(&StoreConfig::new(dir.path()), &target, &mut || {
        // More in each step than a step copies: a copy that began anew for it would never end.
        append_some(50);
        steps += 1;
        assert!(steps < 1_000, "the copy begins anew again and again");
    });
    copied.unwrap();
    assert!(steps >= 3, "{steps} steps are no copy in steps");
    assert!(said_of(&target).is_empty(), "{:?}", said_of(&target));
    let restored = running(&target);
    let token = begin_session(&restored, 1, 1, NOW).unwrap().token;
    let head = read_page(&restored, since(token, 1, 0), 1, NOW).head.unwrap();
    assert_eq!(head.n, 200);
    assert!(said_of(dir.path()).is_empty());
}

#[test]
fn a_blob_that_goes_while_rows_are_copied_is_not_in_the_copy_and_counts_for_nothing_there() {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = copies.path().join("copy");
    let relay = running(dir.path());
    let token = opened(&relay, 1);
    let whole = [5; 100];
    for blob in 1..=3 {
        assert_eq!(
            relay
                .handle("/v1/blob", &encode(&part(token, blob, 7, &whole, 0, 100)), NOW)
                .status,
            200
        );
    }
    let records: Vec<_> = (1..60).map(|id| record(header(1, id, 7), 60_000, 1)).collect();
    append(&relay, token, 1, &records, NOW).unwrap();
    let mut went = false;
    let copied = store::backup(&StoreConfig::new(dir.path()), &target, &mut || {
        if !went {
            assert_eq!(
                relay.handle("/v1/blob", &encode(&release(token, 2, 7)), NOW).status,
                200
            );
            went = true;
        }
    });
    assert!(went, "the rows are copied in more than one step");
    let copied = copied.unwrap();
    assert_eq!((copied.blobs, copied.blob_bytes, copied.blobs_left_out), (2, 200, 1));
    assert!(said_of(&target).is_empty(), "{:?}", said_of(&target));
    let restored = running(&target);
    let token = begin_session(&restored, 1, 1, NOW).unwrap().token;
    let stands = |blob| {
        let answer = restored.handle("/v1/blob", &encode(&request(token, BlobOp::Stat, blob)), NOW);
        let answer: BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
        (answer.have, answer.complete)
    };
    assert_eq!(
        (stands(1), stands(2), stands(3)),
        ((100, true), (0, false), (100, true))
    );
}

#[test]
fn a_folder_that_holds_something_is_left_alone_and_one_that_cannot_be_filled_is_left_empty() {
    let (dir, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = StoreConfig::new(dir.path());
    assert!(matches!(
        Relay::backup(&config, target.path()),
        Err(BackupError::NoStore)
    ));
    furnish(&running(dir.path()));
    let theirs = target.path().join("theirs");
    std::fs::write(&theirs, "a file of somebody").unwrap();
    assert!(matches!(
        Relay::backup(&config, target.path()),
        Err(BackupError::NotEmpty)
    ));
    assert_eq!(names(target.path()), ["theirs"]);
    assert!(matches!(Relay::backup(&config, &theirs), Err(BackupError::Target(_))));
    assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "a file of somebody");
    std::fs::remove_file(&theirs).unwrap();

    // A file of a blob that cannot be read.
    let blob = dir.path().join("blobs/0000000000000001");
    std::fs::remove_file(&blob).unwrap();
    std::fs::create_dir(&blob).unwrap();
    assert!(Relay::backup(&config, target.path()).is_err());
    assert!(names(target.path()).is_empty());
    std::fs::remove_dir(&blob).unwrap();
    assert_eq!(Relay::backup(&config, target.path()).unwrap().blobs_left_out, 1);
}

#[test]
fn an_erasure_is_not_said_to_be_done_while_a_copy_holds_the_log_of_changes_and_the_next_one_is() {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let relay = running(dir.path());
    let token = opened(&relay, 1);
    let records: Vec<_> = (1..60).map(|id| record(header(1, id, 7), 60_000, 0xA7)).collect();
    append(&relay, token, 1, &records, NOW).unwrap();
    let tombstone = record(
        cairn_wire::Header {
            flags: cairn_wire::CLOSES_SLOT,
            slot: SlotId::from_bytes([7; 16]),
            ..header(1, 99, 7)
        },
        72,
        1,
    );
    let mut during = Vec::new();
    let copied = store::backup(&StoreConfig::new(dir.path()), &copies.path().join("copy"), &mut || {
        if during.is_empty() {
            during.push(super::erasing::erase(&relay, token, &tombstone).map(|_| ()));
            append(&relay, token, 1, &[record(header(1, 100, 8), 500, 1)], NOW).unwrap();
        }
    });
    copied.unwrap();
    assert_eq!(during, [Err(refused(cairn_wire::message::RefusalCode::Unavailable))]);
    super::erasing::erase(&relay, token, &tombstone).unwrap();
    assert!(
        !super::erasing::found_in(dir.path(), &[0xA7; 500]),
        "the bodies are gone"
    );
}

#[test]
fn where_a_database_is_named_nothing_is_copied_or_checked_in_its_place() {
    let (dir, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    furnish(&running(dir.path()));
    let named = StoreConfig {
        database: Some("host=/nowhere dbname=relay".parse().unwrap()),
        ..StoreConfig::new(dir.path())
    };
    let copied = Relay::backup(&named, target.path());
    assert!(
        matches!(copied, Err(BackupError::Store(StoreError::NotInFolder))),
        "{copied:?}"
    );
    assert!(names(target.path()).is_empty());
    let checked = Relay::check(&named, |finding| panic!("{finding}"));
    assert!(matches!(checked, Err(StoreError::Postgres(_))), "{checked:?}");
}
