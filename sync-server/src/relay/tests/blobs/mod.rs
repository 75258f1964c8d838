//! Blobs: put in parts, durable before they are acknowledged, read by both sides, gone with their last slot.

mod crashes;
mod going;
mod model;
mod putting;
mod refusing;

use std::path::{Path, PathBuf};

use cairn_wire::message::{BlobAnswer, BlobOp, BlobRequest, Refusal};
use cairn_wire::{BlobId, CLOSES_SLOT, Header, SlotId, Token, decode_canonical, encode};

use super::erasing::erase;
use crate::Relay;
use crate::testing::*;

/// A blob as it stands.
type Stands = (u64, u64, bool);

/// What is answered where there is no such blob.
const NONE: Stands = (0, 0, false);

fn blob_id(n: u8) -> BlobId {
    BlobId::from_bytes([n; 32])
}

/// A request of space 1 that says nothing but what it is for.
pub(super) fn request(token: Token, op: BlobOp, blob: u8) -> BlobRequest<'static> {
    BlobRequest {
        token,
        space: space_id(1),
        op,
        blob: blob_id(blob),
        slot: None,
        offset: 0,
        total: 0,
        bytes: vec![].into(),
        bytes_max: 0,
    }
}

/// Asks, and answers how the blob stands and which bytes came.
fn send(relay: &Relay, request: &BlobRequest<'_>, now_ms: u64) -> Result<(Stands, Vec<u8>), Refusal> {
    let answer = relay.handle("/v1/blob", &encode(request), now_ms);
    if answer.status != 200 {
        let refusal: Refusal = decode_canonical(&answer.body).unwrap();
        assert_eq!(answer.status, refusal.code.http_status());
        return Err(refusal);
    }
    let answer: BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
    Ok(((answer.have, answer.total, answer.complete), answer.bytes.into_vec()))
}

/// A put of a range of the bytes of `whole`, under a slot.
pub(super) fn part(token: Token, blob: u8, slot: u8, whole: &[u8], from: usize, upto: usize) -> BlobRequest<'static> {
    BlobRequest {
        slot: Some(SlotId::from_bytes([slot; 16])),
        offset: from as u64,
        total: whole.len() as u64,
        bytes: whole[from..upto].to_vec().into(),
        ..request(token, BlobOp::Put, blob)
    }
}

/// Puts a whole blob under slot 7.
fn put_whole(relay: &Relay, token: Token, blob: u8, whole: &[u8]) {
    let stands = send(relay, &part(token, blob, 7, whole, 0, whole.len()), NOW)
        .unwrap()
        .0;
    assert_eq!(stands, (whole.len() as u64, whole.len() as u64, true));
}

fn stat(relay: &Relay, token: Token, blob: u8) -> Stands {
    send(relay, &request(token, BlobOp::Stat, blob), NOW).unwrap().0
}

fn read(relay: &Relay, token: Token, blob: u8, offset: u64, bytes_max: u32, now_ms: u64) -> Vec<u8> {
    let read = BlobRequest {
        offset,
        bytes_max,
        ..request(token, BlobOp::Read, blob)
    };
    send(relay, &read, now_ms).unwrap().1
}

pub(super) fn release(token: Token, blob: u8, slot: u8) -> BlobRequest<'static> {
    BlobRequest {
        slot: Some(SlotId::from_bytes([slot; 16])),
        ..request(token, BlobOp::Release, blob)
    }
}

/// Bytes that no shift of themselves equals.
fn content(n: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
    bytes
}

fn tombstone(id: u32, slot: u8) -> Vec<u8> {
    let header = Header {
        flags: CLOSES_SLOT,
        ..header(1, id, slot)
    };
    record(header, 72, 1)
}

/// The files of blobs, in the order of their names.
fn files(dir: &Path) -> Vec<PathBuf> {
    let folder = bucket_folder_of(dir).unwrap_or_else(|| dir.join("blobs"));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    // In a bucket each is a folder of its parts.
    files.retain(|file| !is_in_bucket() || std::fs::read_dir(file).is_ok_and(|mut parts| parts.next().is_some()));
    files.sort();
    files
}

/// What lies in the one file there is, or in the parts of the one blob in a bucket.
fn stored_bytes(dir: &Path) -> Vec<u8> {
    if !is_in_bucket() {
        return std::fs::read(file(dir)).unwrap();
    }
    let parts = files(dir).into_iter().map(|blob| std::fs::read_dir(blob).unwrap());
    let mut parts: Vec<_> = parts.flatten().map(|part| part.unwrap().path()).collect();
    parts.sort();
    parts.iter().flat_map(|part| std::fs::read(part).unwrap()).collect()
}

/// The one file there is.
fn file(dir: &Path) -> PathBuf {
    let files = files(dir);
    assert_eq!(files.len(), 1);
    files[0].clone()
}
