//! Blobs in a bucket: everything that holds of blobs in files holds of them there, and what they have beside that.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod crashes;
mod places;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cairn_wire::message::{BlobAnswer, BlobOp, BlobRequest, EraseAnswer, EraseRequest, Refusal, RefusalCode};
use cairn_wire::{BlobId, CLOSES_SLOT, Header, SlotId, Token, decode_canonical, encode};

use super::blob_bytes::{BlobBytes, IN_BUCKET};
use super::files::name_of;
use super::{Bucket, BucketError, RelayRow, StoreConfig, StoreError};
use crate::clock::DAY_MS;
use crate::testing::*;
use crate::{Entropy, Relay, RelayConfig};

/// What tests of blobs are, by the beginning of their names.
const OF_BLOBS: &str = "relay::tests::blobs::";

/// Those of them that are about files themselves: they make one longer, shorter or something else than a file, or count those that have nothing in them yet.
const OF_FILES: [&str; 9] = [
    "relay::tests::blobs::crashes::an_upload_goes_on_after_a_restart_and_bytes_nobody_acknowledged_do_not_count",
    "relay::tests::blobs::crashes::a_blob_whose_file_was_lost_before_its_first_part_begins_again",
    "relay::tests::blobs::crashes::a_part_that_cannot_be_written_is_not_acknowledged",
    "relay::tests::blobs::crashes::a_file_that_lost_what_counts_is_never_read_or_written_as_if_it_had_it",
    "relay::tests::blobs::crashes::no_receipt_is_given_while_a_file_cannot_be_removed",
    "relay::tests::blobs::crashes::files_that_a_crash_left_behind_go_at_the_next_start",
    "relay::tests::blobs::crashes::a_store_on_a_disk_of_its_own_keeps_blobs_only_where_it_was_told",
    "relay::tests::blobs::going::a_blob_that_was_left_unfinished_goes_seven_days_after_its_last_part",
    "relay::tests::blobs::model::",
];

/// Runs this program once more, with every test of blobs, which then lie in a bucket, over SQLite and where there is one over PostgreSQL.
#[test]
fn all_that_holds_of_blobs_in_files_holds_in_a_bucket() {
    let Some(server) = BucketServer::start() else { return };
    let program = std::env::current_exe().unwrap();
    let list = Command::new(&program)
        .args(["--list", "--format=terse"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let tests = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let tests: Vec<_> = tests.filter(|test| test.starts_with(OF_BLOBS)).collect();
    for test in OF_FILES {
        assert!(
            tests.iter().any(|name| name.starts_with(test)),
            "{test} is not there any more"
        );
    }
    let tests = tests
        .into_iter()
        .filter(|test| !OF_FILES.iter().any(|of| test.starts_with(of)));
    let tests: Vec<_> = tests.collect();
    for database in [None, place()].into_iter().take(1 + usize::from(place().is_some())) {
        let mut command = Command::new(&program);
        command
            .args(["--exact"])
            .args(&tests)
            .env(BUCKETS, server.said())
            .stdin(Stdio::null());
        if let Some(place) = database {
            command.env(PLACE, place);
        }
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
        let all = format!("test result: ok. {} passed; 0 failed; 0 ignored", tests.len());
        assert!(said.contains(&all) && tests.len() > 15, "{said}");
    }
}

/// A relay in a folder of its own, with its blobs in a bucket.
struct Home {
    relay: Option<Relay>,
    config: StoreConfig,
    token: Token,
    server: BucketServer,
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Option<Self> {
        let server = BucketServer::start()?;
        let dir = tempfile::tempdir().unwrap();
        let config = with_bucket(StoreConfig::new(dir.path()), server.place("here"));
        let relay = open(&config).unwrap();
        Some(Self {
            token: opened(&relay, 1),
            relay: Some(relay),
            config,
            server,
            dir,
        })
    }

    fn relay(&self) -> &Relay {
        self.relay.as_ref().unwrap()
    }

    /// Ends the relay and starts it again, with a session.
    fn restart(&mut self) {
        self.relay = None;
        self.relay = Some(open(&self.config).unwrap());
        self.token = begin_session(self.relay(), 1, 1, NOW).unwrap().token;
    }

    fn put(&self, blob: u8, slot: u8, whole: &[u8], from: usize, upto: usize) -> Result<u64, Refusal> {
        let request = BlobRequest {
            slot: Some(SlotId::from_bytes([slot; 16])),
            offset: from as u64,
            total: whole.len() as u64,
            bytes: whole[from..upto].to_vec().into(),
            ..self.request(BlobOp::Put, blob)
        };
        Ok(self.send(&request)?.0)
    }

    fn read(&self, blob: u8, offset: u64, bytes_max: u32) -> Result<Vec<u8>, Refusal> {
        let request = BlobRequest {
            offset,
            bytes_max,
            ..self.request(BlobOp::Read, blob)
        };
        Ok(self.send(&request)?.1)
    }

    fn request(&self, op: BlobOp, blob: u8) -> BlobRequest<'static> {
        BlobRequest {
            token: self.token,
            space: space_id(1),
            op,
            blob: BlobId::from_bytes([blob; 32]),
            slot: None,
            offset: 0,
            total: 0,
            bytes: vec![].into(),
            bytes_max: 0,
        }
    }

    fn send(&self, request: &BlobRequest<'_>) -> Result<(u64, Vec<u8>), Refusal> {
        let answer = self.relay().handle("/v1/blob", &encode(request), NOW);
        if answer.status != 200 {
            return Err(decode_canonical(&answer.body).unwrap());
        }
        let answer: BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
        Ok((answer.have, answer.bytes.into_vec()))
    }

    fn erase(&self, id: u32, slot: u8) -> Result<EraseAnswer, Refusal> {
        let header = Header {
            flags: CLOSES_SLOT,
            ..header(1, id, slot)
        };
        let bytes = record(header, 72, 1);
        let request = EraseRequest {
            token: self.token,
            space: space_id(1),
            record: bytes.as_slice().into(),
        };
        ask(self.relay(), "erase", &request, NOW)
    }

    /// Every object there is but the one that says whose the place is, as the server keeps them.
    fn objects(&self) -> Vec<PathBuf> {
        objects_in(&self.server.folder("here"))
    }

    fn findings(&self) -> Vec<String> {
        let mut said = Vec::new();
        Relay::check(&self.config, |finding| said.push(finding.to_string())).unwrap();
        said
    }
}

fn open(config: &StoreConfig) -> Result<Relay, StoreError> {
    Relay::open(&RelayConfig::new(config.clone(), ORIGIN), Entropy::system())
}

fn objects_in(folder: &Path) -> Vec<PathBuf> {
    let mut objects = Vec::new();
    for blob in fs::read_dir(folder).into_iter().flatten().flatten() {
        objects.extend(
            fs::read_dir(blob.path())
                .into_iter()
                .flatten()
                .flatten()
                .map(|part| part.path()),
        );
    }
    objects.sort();
    objects
}

fn content(n: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
    bytes
}

fn unavailable<T>() -> Result<T, Refusal> {
    Err(refused(RefusalCode::Unavailable))
}
