//! Entries, devices, and a pen for Automerge's bytes.

use crate::clock::Timestamp;
use crate::document::{Actor, Document, GENESIS_VERSION};
use crate::id::{DocumentId, EntryId};
use crate::journal::{Draft, Entry};
use crate::moment::Moment;
use proptest::prelude::ProptestConfig;

pub(in crate::document) const ID: EntryId = EntryId::from_bytes([7; 16]);
/// Stands for a sealed projection: the first change only hashes it.
pub(in crate::document) const PROJECTION: &[u8] = b"a projection";

pub(in crate::document) fn entry(body: &str) -> Entry {
    let moment = Moment::new(Timestamp(1_750_000_000_000), "Europe/London").unwrap();
    let draft = Draft {
        title: "Tuesday".to_owned(),
        body: body.to_owned(),
        tags: vec!["home".to_owned()],
        feelings: vec!["tired".to_owned(), "fizzy".to_owned()],
        ..Draft::new(moment.clone())
    };
    draft.into_entry(ID, moment).unwrap()
}

pub(in crate::document) fn first(entry: &Entry) -> Document {
    Document::genesis_entry(GENESIS_VERSION, DocumentId::from(ID), 0, PROJECTION, entry).unwrap()
}

/// The document of an untouched entry on device `n`, after that device made its body read `body`.
pub(in crate::document) fn edited(from: &Entry, n: u8, body: &str) -> Document {
    let mut document = first(from);
    revise(&mut document, n, body);
    document
}

/// So many cases, and no file beside the source when one fails: the failure names its input.
pub(in crate::document) fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}

pub(in crate::document) fn device(n: u8) -> Actor {
    Actor::from_bytes([n; 16])
}

pub(in crate::document) fn revise(document: &mut Document, n: u8, body: &str) {
    let new = Entry {
        body: body.to_owned(),
        ..document.entry(ID).unwrap()
    };
    document.revise(device(n), &new).unwrap();
}

pub(in crate::document) fn body(document: &Document) -> String {
    document.entry(ID).unwrap().body
}

/// Both, merged; the arguments are left as they were.
pub(in crate::document) fn merged(a: &Document, b: &Document) -> Document {
    let mut merged = Document::load(&a.save().unwrap()).unwrap();
    merged.merge(b).unwrap();
    merged
}

/// A chunk of this kind around these bytes, its checksum right.
pub(in crate::document) fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    unsigned(&mut hashed, data.len() as u64);
    hashed.extend(data);
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend(&sha256(&hashed)[..4]);
    chunk.extend(hashed);
    chunk
}

/// What a chunk with a whole header holds.
pub(in crate::document) fn data_of(chunk: &[u8]) -> &[u8] {
    let length = chunk[9..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    &chunk[9 + length..]
}

pub(in crate::document) fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(in crate::document) fn signed(out: &mut Vec<u8>, mut number: i64) {
    while !(-64..64).contains(&number) {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8 & 0x7f);
}

/// One run: `count` times this number.
pub(in crate::document) fn run(count: i64, number: i64, is_signed: bool) -> Vec<u8> {
    let mut out = Vec::new();
    // A run of one is written as one literal.
    signed(&mut out, if count == 1 { -1 } else { count });
    if is_signed {
        signed(&mut out, number)
    } else {
        unsigned(&mut out, number.unsigned_abs())
    }
    out
}

/// The data of a document chunk: actors, heads, columns of changes, columns of operations, suffix.
pub(in crate::document) fn document(
    actors: &[&[u8]],
    heads: &[[u8; 32]],
    changes: &[(u64, Vec<u8>)],
    operations: &[(u64, Vec<u8>)],
) -> Vec<u8> {
    let mut data = Vec::new();
    unsigned(&mut data, actors.len() as u64);
    for actor in actors {
        unsigned(&mut data, actor.len() as u64);
        data.extend(*actor);
    }
    unsigned(&mut data, heads.len() as u64);
    data.extend(heads.concat());
    for columns in [changes, operations] {
        unsigned(&mut data, columns.len() as u64);
        for (specification, column) in columns {
            unsigned(&mut data, *specification);
            unsigned(&mut data, column.len() as u64);
        }
    }
    for (_, column) in changes.iter().chain(operations) {
        data.extend(column);
    }
    data.extend(vec![0; heads.len()]);
    data
}

/// SHA-256 (FIPS 180-4), for the checksums of crafted chunks.
pub(in crate::document) fn sha256(message: &[u8]) -> [u8; 32] {
    let primes: Vec<u32> = (2_u32..312)
        .filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0))
        .collect();
    let fraction = |root: f64| ((root - root.floor()) * 4_294_967_296.0) as u32;
    let constants: Vec<u32> = primes
        .iter()
        .take(64)
        .map(|prime| fraction(f64::from(*prime).cbrt()))
        .collect();
    let mut state: Vec<u32> = primes
        .iter()
        .take(8)
        .map(|prime| fraction(f64::from(*prime).sqrt()))
        .collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words: Vec<u32> = block
            .chunks(4)
            .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
            .collect();
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let low = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let high = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(
                words[at - 16]
                    .wrapping_add(low)
                    .wrapping_add(words[at - 7])
                    .wrapping_add(high),
            );
        }
        let mut s = state.clone();
        for at in 0..64 {
            let high = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
            let one = s[7]
                .wrapping_add(high)
                .wrapping_add(choice)
                .wrapping_add(constants[at])
                .wrapping_add(words[at]);
            let low = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(one);
            s[0] = one.wrapping_add(low).wrapping_add(majority);
        }
        for (total, word) in state.iter_mut().zip(s) {
            *total = total.wrapping_add(word);
        }
    }
    let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

/// Numbers that repeat (xorshift64*).
pub(in crate::document) struct Dice(pub(in crate::document) u64);

impl Dice {
    pub(in crate::document) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}

#[test]
fn the_checksum_of_the_tests_is_the_one_automerge_writes() {
    for body in ["", "One.", &"Many. ".repeat(40)] {
        let saved = first(&entry(&format!("x{body}"))).save().unwrap();
        assert_eq!(chunk(0, data_of(&saved)), saved);
    }
}
