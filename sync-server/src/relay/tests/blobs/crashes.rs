//! Blobs when something goes wrong between their rows and their files: crashes, disks that refuse, threads that race.

use cairn_wire::message::{EraseRequest, RefusalCode};

use super::*;
use crate::RelayConfig;

fn unavailable<T>() -> Result<T, Refusal> {
    Err(refused(RefusalCode::Unavailable))
}

/// Puts a folder where a file is, which can be neither written to nor removed as one; `restore` undoes it.
fn spoil(dir: &Path, file: &Path) -> impl FnOnce() + use<> {
    let (file, aside) = (file.to_owned(), dir.join(file.file_name().unwrap()));
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    move || {
        std::fs::remove_dir(&file).unwrap();
        std::fs::rename(&aside, &file).unwrap();
    }
}

#[test]
fn an_upload_goes_on_after_a_restart_and_bytes_nobody_acknowledged_do_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let whole = content(1, 100);
    let mut token = opened(&relay_in(dir.path()), 1);
    for from in [0, 30, 60, 90] {
        // A relay that crashed between file and row leaves more in the file than counts.
        for file in files(dir.path()) {
            let bytes = [std::fs::read(&file).unwrap(), vec![0xEE; 40]].concat();
            std::fs::write(&file, bytes).unwrap();
        }
        let relay = relay_in(dir.path());
        token = begin_session(&relay, 1, 1, NOW).unwrap().token;
        let upto = (from + 30).min(100);
        let stands = send(&relay, &part(token, 1, 7, &whole, from, upto), NOW).unwrap().0;
        assert_eq!(stands, (upto as u64, 100, upto == 100));
        assert_eq!(std::fs::read(&files(dir.path())[0]).unwrap(), &whole[..upto]);
    }
    let relay = relay_in(dir.path());
    assert_eq!(
        send(&relay, &request(token, BlobOp::Stat, 1), NOW).is_err(),
        !is_on_postgres(),
        "sessions end with a restart, where no other node has them"
    );
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), whole);
}

#[test]
fn a_blob_whose_file_was_lost_before_its_first_part_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    send(&relay, &part(token, 1, 7, &whole, 0, 0), NOW).unwrap();
    std::fs::remove_dir_all(dir.path().join("blobs")).unwrap();
    send(&relay, &part(token, 1, 7, &whole, 0, 100), NOW).unwrap();
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), whole);
}

#[test]
fn a_part_that_cannot_be_written_is_not_acknowledged() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    send(&relay, &part(token, 1, 7, &whole, 0, 40), NOW).unwrap();
    let digest = relay.digest().unwrap();
    let restore = spoil(dir.path(), &files(dir.path())[0]);
    assert_eq!(send(&relay, &part(token, 1, 7, &whole, 40, 100), NOW), unavailable());
    assert_eq!(relay.digest().unwrap(), digest);
    restore();
    let stands = send(&relay, &part(token, 1, 7, &whole, 40, 100), NOW).unwrap().0;
    assert_eq!(stands, (100, 100, true));
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), whole);
}

#[test]
fn a_file_that_lost_what_counts_is_never_read_or_written_as_if_it_had_it() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    send(&relay, &part(token, 1, 7, &whole, 0, 60), NOW).unwrap();
    send(&relay, &part(token, 2, 7, &whole, 0, 100), NOW).unwrap();
    for file in files(dir.path()) {
        std::fs::write(file, &whole[..50]).unwrap();
    }
    assert_eq!(send(&relay, &part(token, 1, 7, &whole, 60, 100), NOW), unavailable());
    let all = BlobRequest {
        bytes_max: 100,
        ..request(token, BlobOp::Read, 2)
    };
    assert_eq!(send(&relay, &all, NOW), unavailable());
    std::fs::remove_dir_all(dir.path().join("blobs")).unwrap();
    assert_eq!(send(&relay, &all, NOW), unavailable());
    assert_eq!(
        send(&relay, &release(token, 2, 7), NOW).unwrap().0,
        NONE,
        "it can be let go, and put anew"
    );
}

#[test]
fn no_receipt_is_given_while_a_file_cannot_be_removed() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    for slot in [7, 8] {
        send(&relay, &part(token, slot, slot, &whole, 0, 100), NOW).unwrap();
    }
    let restores: Vec<_> = files(dir.path()).iter().map(|file| spoil(dir.path(), file)).collect();
    assert!(erase(&relay, token, &tombstone(1, 7)).is_err());
    assert_eq!(send(&relay, &release(token, 8, 8), NOW), unavailable());
    assert!(
        erase(&relay, token, &tombstone(1, 7)).is_err(),
        "asked again, still not"
    );
    relay.sweep(NOW).unwrap();
    restores.into_iter().for_each(|restore| restore());
    assert_eq!(files(dir.path()).len(), 2);
    assert_eq!(erase(&relay, token, &tombstone(1, 7)).unwrap().seq, 1);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn files_that_a_crash_left_behind_go_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    send(&relay, &part(token, 1, 7, &whole, 0, 100), NOW).unwrap();
    send(&relay, &part(token, 2, 8, &whole, 0, 100), NOW).unwrap();
    let restore = spoil(dir.path(), &files(dir.path())[0]);
    assert!(erase(&relay, token, &tombstone(1, 7)).is_err());
    drop(relay);
    restore();
    assert_eq!(files(dir.path()).len(), 2);
    let relay = relay_in(dir.path());
    assert_eq!(files(dir.path()).len(), 1);
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    assert_eq!(read(&relay, token, 2, 0, 100, NOW), whole);
    let stands = send(&relay, &part(token, 3, 8, &content(3, 50), 0, 50), NOW).unwrap().0;
    assert_eq!(
        (stands, files(dir.path()).len()),
        ((50, 50, true), 2),
        "a number is not given twice"
    );
}

#[test]
fn a_store_on_a_disk_of_its_own_keeps_blobs_only_where_it_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = store_in(&dir.path().join("store"));
    store.blobs = Some(dir.path().join("elsewhere").join("blobs"));
    let relay = Relay::open(&RelayConfig::new(store, ORIGIN), counted_entropy()).unwrap();
    let token = opened(&relay, 1);
    send(&relay, &part(token, 1, 7, &content(1, 10), 0, 10), NOW).unwrap();
    assert_eq!(files(&dir.path().join("elsewhere")).len(), 1);
    assert!(!dir.path().join("store").join("blobs").exists());
}

#[test]
fn parts_in_a_group_are_put_after_what_the_group_changes() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    let bodies = [
        encode(&part(token, 1, 7, &whole, 0, 60)),
        encode(&part(token, 1, 7, &whole, 60, 100)),
        encode(&EraseRequest {
            token,
            space: space_id(1),
            record: tombstone(1, 8).as_slice().into(),
        }),
        encode(&part(token, 2, 8, &whole, 0, 100)),
    ];
    let paths = ["/v1/blob", "/v1/blob", "/v1/erase", "/v1/blob"];
    let requests: Vec<_> = paths
        .into_iter()
        .zip(&bodies)
        .map(|(path, body)| (path, body.as_slice()))
        .collect();
    let statuses: Vec<_> = relay
        .handle_group(&requests, NOW)
        .iter()
        .map(|answer| answer.status)
        .collect();
    assert_eq!(statuses, [200, 200, 200, 409]);
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), whole);
    assert_eq!(files(dir.path()).len(), 1);
}

/// A relay with threads, as a server runs it.
fn threaded(dir: &Path) -> Relay {
    Relay::open(&RelayConfig::new(threaded_in(dir), ORIGIN), counted_entropy()).unwrap()
}

#[test]
fn clients_that_put_one_blob_at_once_end_with_all_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let relay = threaded(dir.path());
    let token = opened(&relay, 1);
    let whole = content(1, 20_000);
    std::thread::scope(|scope| {
        for client in 0..4 {
            let (relay, whole) = (&relay, &whole);
            scope.spawn(move || {
                let mut have = 0;
                while have < whole.len() {
                    let upto = (have + 900 + 100 * client).min(whole.len());
                    let stands = send(relay, &part(token, 1, 7, whole, have, upto), NOW).unwrap().0;
                    assert!(stands.0 >= upto as u64, "what was answered is there");
                    have = usize::try_from(stands.0).unwrap();
                }
            });
        }
    });
    assert_eq!(read(&relay, token, 1, 0, 20_000, NOW), whole);
}

#[test]
fn an_erasure_among_puts_and_reads_leaves_no_file() {
    for round in 0..12u8 {
        let dir = tempfile::tempdir().unwrap();
        let relay = threaded(dir.path());
        let token = opened(&relay, 1);
        let whole = content(1, 4_000);
        std::thread::scope(|scope| {
            for blob in 0..3u8 {
                let (relay, whole) = (&relay, &whole);
                scope.spawn(move || {
                    for from in (0..4_000).step_by(500) {
                        match send(relay, &part(token, blob, 7, whole, from, from + 500), NOW) {
                            Ok((stands, _)) => assert_eq!(stands.0, from as u64 + 500),
                            Err(refusal) => {
                                assert_eq!(refusal, refused(RefusalCode::SlotClosed));
                                assert_eq!(read(relay, token, blob, 0, 9_000, NOW), b"");
                                return;
                            }
                        }
                    }
                    let bytes = read(relay, token, blob, 0, 9_000, NOW);
                    assert!(bytes.is_empty() || bytes == *whole);
                });
            }
            let (relay, dir) = (&relay, dir.path());
            scope.spawn(move || {
                while files(dir).len() <= usize::from(round % 3) {
                    std::thread::yield_now();
                }
                erase(relay, token, &tombstone(1, 7)).unwrap();
                assert!(files(dir).is_empty(), "nothing is left when the receipt is there");
            });
        });
        assert!(files(dir.path()).is_empty());
    }
}
