//! What sealing an attachment promises.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use proptest::prelude::*;
use std::io::{Cursor, ErrorKind, Seek as _, SeekFrom};

fn key() -> SlotKey {
    SlotKey::from_bytes([9; 32])
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| u8::try_from((i * 31 + i / 251) % 256).unwrap())
        .collect()
}

fn sealed(plain: &[u8]) -> (Content, Vec<u8>) {
    let content = Content::of(&mut &*plain).unwrap();
    let mut sealed = Vec::new();
    SealingReader::new(plain, content, &content.key(&key()))
        .read_to_end(&mut sealed)
        .unwrap();
    (content, sealed)
}

fn opened(content: Content, sealed: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    AttachmentReader::new(Cursor::new(sealed), content, &content.key(&key()))?.read_to_end(&mut plain)?;
    Ok(plain)
}

#[test]
fn every_flipped_bit_of_a_small_attachment_and_every_shorter_one_is_refused() {
    let (content, whole) = sealed(b"a stone from the beach");
    assert!(opened(content, whole.clone()).is_ok());
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error = opened(content, changed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "bit {bit}");
    }
    for length in 0..whole.len() {
        assert!(opened(content, whole[..length].to_vec()).is_err(), "{length} bytes");
    }
}

#[test]
fn the_names_of_the_same_bytes_differ_between_people_and_lead_to_no_other() {
    let content = Content::of(&mut b"a stone".as_slice()).unwrap();
    let (mine, theirs) = (key(), SlotKey::from_bytes([8; 32]));
    assert_eq!(
        content.id(&mine),
        Content::of(&mut b"a stone".as_slice()).unwrap().id(&mine)
    );
    assert_ne!(content.id(&mine), content.id(&theirs));
    assert_ne!(content.blob(&mine), content.blob(&theirs));
    assert_ne!(content.blob(&mine).as_bytes(), content.key(&mine).as_bytes());
    assert_ne!(content.blob(&mine).as_bytes()[..16], content.id(&mine).as_bytes()[..]);
}

#[test]
fn lengths_that_lie_close_together_look_alike() {
    let of = |bytes| Content { sha256: [0; 32], bytes }.sealed_bytes();
    assert_eq!(of(0), of(1024));
    assert_eq!(of(3_000_001), of(3_010_000));
    let largest = of(crate::limits::ATTACHMENT_BYTES_MAX);
    assert!(largest <= cairn_wire::bounds::BLOB_BYTES_MAX);
}

#[test]
fn a_source_that_became_shorter_ends_in_an_error() {
    let content = Content::of(&mut bytes(70_000).as_slice()).unwrap();
    let short = bytes(69_999);
    let mut reader = SealingReader::new(short.as_slice(), content, &content.key(&key()));
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn an_attachment_of_another_person_does_not_open() {
    let (content, whole) = sealed(b"a stone");
    let other = content.key(&SlotKey::from_bytes([8; 32]));
    assert!(AttachmentReader::new(Cursor::new(whole), content, &other).is_err());
}

#[test]
fn parts_that_arrive_are_looked_at_chunk_by_chunk() {
    let plain = bytes(5 * ATTACHMENT_CHUNK_BYTES - 9);
    let (content, whole) = sealed(&plain);
    let checker = PartChecker::new(content, &content.key(&key()));
    let mut at = 0;
    while at < whole.len() {
        let count = checker.ask_for(at as u64, 2 * SEALED_CHUNK_BYTES + 99);
        assert_eq!(checker.good(at as u64, &whole[at..at + count]), Ok(count));
        // Of a part that is cut off, what is whole is good.
        let cut = checker.good(at as u64, &whole[at..at + count - 1]).unwrap();
        assert!(cut < count && count - cut <= SEALED_CHUNK_BYTES);
        let mut wrong = whole[at..at + count].to_vec();
        wrong[count - 1] ^= 1;
        assert_eq!(checker.good(at as u64, &wrong), Err(CryptoError::NotOpened));
        at += count;
    }
    assert_eq!(at, whole.len());
    assert_eq!(checker.good(7, &whole[7..]), Err(CryptoError::OutOfOrder));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_sealed_opens_whole_and_from_any_place(length in 0_usize..300_000, from in 0_usize..300_000, count in 0_usize..100_000) {
        let plain = bytes(length);
        let (content, whole) = sealed(&plain);
        prop_assert_eq!(whole.len() as u64, content.sealed_bytes());
        prop_assert!(opened(content, whole.clone()).unwrap() == plain);
        let mut reader = AttachmentReader::new(Cursor::new(whole), content, &content.key(&key())).unwrap();
        reader.seek(SeekFrom::Start(from as u64)).unwrap();
        let mut part = Vec::new();
        reader.take(count as u64).read_to_end(&mut part).unwrap();
        let from = from.min(length);
        prop_assert!(part == plain[from..(from + count).min(length)]);
    }

    #[test]
    fn chunks_that_are_swapped_left_out_or_changed_are_refused(
        chunks in 2_usize..5, one in 0_usize..5, other in 0_usize..5, at: prop::sample::Index, bit in 0_u8..8,
    ) {
        let plain = bytes(chunks * ATTACHMENT_CHUNK_BYTES);
        let (content, whole) = sealed(&plain);
        let chunk = |index: usize| {
            let from = ATTACHMENT_HEADER_BYTES + index * SEALED_CHUNK_BYTES;
            from..from + SEALED_CHUNK_BYTES
        };
        let (one, other) = (one % chunks, other % chunks);
        prop_assume!(one != other);
        let mut swapped = whole.clone();
        swapped[chunk(one)].copy_from_slice(&whole[chunk(other)]);
        swapped[chunk(other)].copy_from_slice(&whole[chunk(one)]);
        prop_assert!(opened(content, swapped).is_err());
        prop_assert!(opened(content, [&whole[..chunk(one).start], &whole[chunk(one).end..]].concat()).is_err());
        let mut changed = whole;
        let place = at.index(changed.len());
        changed[place] ^= 1 << bit;
        prop_assert!(opened(content, changed).is_err());
    }
}

proptest! {
    #[test]
    fn a_part_sealed_by_itself_is_that_part_of_the_whole(
        length in 0_usize..300_000, from in any::<prop::sample::Index>(), count in 1_usize..200_000,
    ) {
        let plain = bytes(length);
        let (content, whole) = sealed(&plain);
        let from = from.index(whole.len());
        let part = seal_part(&mut Cursor::new(plain), content, &content.key(&key()), from as u64, count).unwrap();
        prop_assert_eq!(part.as_slice(), &whole[from..(from + count).min(whole.len())]);
    }
}
