//! `attachment.json`.

use std::io::{Cursor, Read as _};

use serde_json::{Value, json};

use super::{counting, flipped, hex, hold};
use crate::crypto::{
    ATTACHMENT_CHUNK_BYTES, ATTACHMENT_HEADER_BYTES, AttachmentReader, Content, SealingReader, SlotKey,
};

/// Bytes of a sealed chunk.
const CHUNK: usize = ATTACHMENT_CHUNK_BYTES + 16;

/// Bytes that count to 250 and begin again: a reader makes them from their number alone.
fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

fn sealed(key: &SlotKey, plain: &[u8]) -> (Content, Vec<u8>) {
    let content = Content::of(&mut &*plain).unwrap();
    let mut sealed = Vec::new();
    let mut reader = SealingReader::new(plain, content, &content.key(key));
    reader.read_to_end(&mut sealed).unwrap();
    (content, sealed)
}

fn opened(key: &SlotKey, content: Content, sealed: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    AttachmentReader::new(Cursor::new(sealed), content, &content.key(key))?.read_to_end(&mut plain)?;
    Ok(plain)
}

#[test]
fn attachments_are_named_and_sealed_as_the_vectors_say() {
    let key = SlotKey::from_bytes(counting(0));
    let lengths = [0, 1, 1024, 1025, 100_000, 2 * ATTACHMENT_CHUNK_BYTES, 150_000];
    let accept: Vec<Value> = lengths
        .into_iter()
        .map(|length| {
            let plain = plain(length);
            let (content, sealed) = sealed(&key, &plain);
            assert_eq!(sealed.len() as u64, content.sealed_bytes());
            assert_eq!(opened(&key, content, sealed.clone()).unwrap(), plain);
            json!({
                "slot_key": hex(key.as_bytes()),
                "bytes": length,
                "sha256": hex(content.sha256),
                "id": hex(content.id(&key).as_bytes()),
                "blob": hex(content.blob(&key)),
                "key": hex(content.key(&key).as_bytes()),
                "sealed_bytes": sealed.len(),
                "header": hex(&sealed[..ATTACHMENT_HEADER_BYTES]),
                "sealed_blake3": hex(blake3::hash(&sealed).as_bytes()),
            })
        })
        .collect();

    let (content, whole) = sealed(&key, &plain(150_000));
    let (first, second) = (ATTACHMENT_HEADER_BYTES, ATTACHMENT_HEADER_BYTES + CHUNK);
    let moved = [
        &whole[..first],
        &whole[second..second + CHUNK],
        &whole[first..second],
        &whole[second + CHUNK..],
    ]
    .concat();
    let doubled = [&whole[..second], &whole[first..second], &whole[second + CHUNK..]].concat();
    let reject: Vec<Value> = [
        ("version 2", flipped(&whole, 0, 3)),
        ("another size of chunks", flipped(&whole, 1, 1)),
        ("a changed commitment", flipped(&whole, 33, 0x80)),
        ("a changed bit in the first chunk", flipped(&whole, first, 1)),
        ("a changed tag of the first chunk", flipped(&whole, second - 1, 1)),
        ("a changed bit in the padding", flipped(&whole, whole.len() - 17, 1)),
        ("two chunks in each other's place", moved),
        ("a chunk twice in place of another", doubled),
        ("without the last chunk", whole[..second + CHUNK].to_vec()),
        ("a byte short", whole[..whole.len() - 1].to_vec()),
        ("a byte more", [whole.as_slice(), &[0]].concat()),
        ("nothing", Vec::new()),
    ]
    .into_iter()
    .map(|(name, bytes)| {
        let error = opened(&key, content, bytes.clone()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{name}");
        json!({ "name": name, "of_bytes": 150_000, "change": change(&whole, &bytes, first, second) })
    })
    .collect();
    hold("attachment.json", &json!({ "accept": accept, "reject": reject }));
}

/// What was done to the sealed bytes, as parts of them to join: `[from, to]` or hex.
fn change(whole: &[u8], bytes: &[u8], first: usize, second: usize) -> Value {
    let (end, third) = (whole.len(), second + CHUNK);
    if bytes.len() == end {
        let orders: [&[(usize, usize)]; 2] = [
            &[(0, first), (second, third), (first, second), (third, end)],
            &[(0, second), (first, second), (third, end)],
        ];
        for order in orders {
            let made: Vec<u8> = order
                .iter()
                .flat_map(|(from, to)| &whole[*from..*to])
                .copied()
                .collect();
            if made == bytes {
                return json!(order);
            }
        }
        let at = (0..end).find(|at| whole[*at] != bytes[*at]).unwrap();
        return json!([[0, at], hex([bytes[at]]), [at + 1, end]]);
    }
    if bytes.len() < end {
        return json!([[0, bytes.len()]]);
    }
    json!([[0, end], hex(&bytes[end..])])
}
