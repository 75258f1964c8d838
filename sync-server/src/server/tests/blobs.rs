//! A blob over real sockets: in parts, through lost connections, and back.

use cairn_wire::message::{BlobAnswer, BlobOp, BlobRequest, Sealed};
use cairn_wire::{BlobId, SlotId};

use super::*;

/// A film of three mebibytes and a bit, no two of its parts alike.
fn film() -> Vec<u8> {
    let mut film = vec![0; 3 * bounds::BLOB_PART_BYTES_MAX + 77];
    blake3::Hasher::new().update(b"film").finalize_xof().fill(&mut film);
    film
}

fn request(token: Token, op: BlobOp) -> BlobRequest<'static> {
    BlobRequest {
        token,
        space: space_id(1),
        op,
        blob: BlobId::from_bytes([8; 32]),
        slot: None,
        offset: 0,
        total: 0,
        bytes: Sealed::default(),
        bytes_max: 0,
    }
}

/// The put of the part that begins at `offset`.
fn put(token: Token, film: &[u8], offset: usize) -> Vec<u8> {
    let upto = film.len().min(offset + bounds::BLOB_PART_BYTES_MAX);
    encode(&BlobRequest {
        slot: Some(SlotId::from_bytes([7; 16])),
        offset: offset as u64,
        total: film.len() as u64,
        bytes: Sealed::from(&film[offset..upto]),
        ..request(token, BlobOp::Put)
    })
}

#[test]
fn a_blob_of_three_mebibytes_goes_up_in_parts_over_lost_connections_and_comes_back_whole() {
    let running = Running::new(Limits::default());
    let (one, two) = running.space();
    let film = film();
    let mut have = 0;
    while have < film.len() {
        let bytes = request_bytes("/v1/blob", &put(one, &film, have));
        // First the connection breaks in the middle of the part, which then never counted.
        let mut broken = running.connect();
        broken.write_all(&bytes[..bytes.len() / 2]).unwrap();
        drop(broken);
        // Then it breaks before the answer, which the same part asked again gives.
        let mut deaf = running.connect();
        deaf.write_all(&bytes).unwrap();
        drop(deaf);
        let mut stream = running.connect();
        stream.write_all(&bytes).unwrap();
        let (status, body) = answer(&mut stream);
        assert_eq!(status, 200);
        let stands: BlobAnswer<'_> = decode_canonical(&body).unwrap();
        let next = usize::try_from(stands.have).unwrap();
        assert_eq!(next, film.len().min(have + bounds::BLOB_PART_BYTES_MAX));
        assert_eq!((stands.total, stands.complete), (film.len() as u64, next == film.len()));
        have = next;
    }

    // Another device reads it, over one connection.
    let mut stream = running.connect();
    let mut back = Vec::new();
    while back.len() < film.len() {
        let read = BlobRequest {
            offset: back.len() as u64,
            bytes_max: u32::MAX,
            ..request(two, BlobOp::Read)
        };
        let (status, body) = post(&mut stream, "/v1/blob", &encode(&read));
        assert_eq!(status, 200);
        assert!(body.len() <= bounds::ANSWER_BYTES_MAX);
        let answer: BlobAnswer<'_> = decode_canonical(&body).unwrap();
        assert!(!answer.bytes.is_empty() && answer.bytes.len() <= bounds::BLOB_PART_BYTES_MAX);
        back.extend_from_slice(&answer.bytes);
    }
    assert!(back == film, "what came back is what went up");
}

#[test]
fn appends_go_on_while_blobs_are_put() {
    let running = Running::new(Limits::default());
    let (one, two) = running.space();
    let film = film();
    std::thread::scope(|scope| {
        let running = &running;
        scope.spawn(move || {
            let mut stream = running.connect();
            for offset in (0..film.len()).step_by(bounds::BLOB_PART_BYTES_MAX) {
                assert_eq!(post(&mut stream, "/v1/blob", &put(one, &film, offset)).0, 200);
            }
        });
        scope.spawn(move || {
            let mut stream = running.connect();
            for n in 0..50 {
                assert_eq!(post(&mut stream, "/v1/append", &append_bytes(two, n)).0, 200);
            }
        });
    });
    let now = clock::system_now_ms();
    assert_eq!(
        read_page(&running.relay, since(one, 1, 0), 1 << 20, now).items.len(),
        50
    );
}
