//! Tests of the whole room: round trips, refusals, and the vectors that freeze its bytes.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod cbor;
mod inside;
mod meeting;
pub(crate) mod message;
mod message_vectors;
pub(crate) mod projection;
mod vectors;
mod view;

use super::*;
use crate::clock::Timestamp;
use crate::id::{DocumentId, EntryId};
use crate::journal::{Entry, ImportSource, Unknown, Word};
use crate::moment::Moment;
use cairn_wire::{ChainHash, RecordHash, Seen};

/// An entry in which every field holds something.
fn full_entry() -> Entry {
    Entry {
        title: "Tuesday".to_owned(),
        body: "Soup, and the long way home.\n\nさみしい, but 🙂\u{200d}. שלום".to_owned(),
        happened: Moment::new(Timestamp(1_793_503_800_000), "America/New_York").unwrap(),
        written: Moment::new(Timestamp(1_793_600_000_000), "Asia/Tokyo").unwrap(),
        tags: vec![Word::new("Bus"), Word::new("home")],
        feelings: vec![Word::new("tired"), Word::new("Fizzy")],
        trashed: Some(Timestamp(-5)),
        import: Some(ImportSource {
            source: "dayone".to_owned(),
            source_id: "8A0B".to_owned(),
            extra: "{\"weather\":1}".to_owned(),
        }),
        both_versions: true,
        unknown: Unknown::from([(41, vec![0x82, 0x01, 0xf6]), (32, vec![0x61, b'x'])]),
        ..Entry::blank(EntryId::from_bytes([0x11; 16]), Moment::epoch())
    }
}

/// An entry with a body and nothing else.
fn plain_entry() -> Entry {
    Entry {
        title: String::new(),
        body: "I wrote this on the bus.".to_owned(),
        tags: vec![],
        feelings: vec![],
        trashed: None,
        import: None,
        both_versions: false,
        unknown: Unknown::new(),
        ..full_entry()
    }
}

fn seen() -> Seen {
    Seen {
        incarnation: 3,
        n: 77,
        chain: ChainHash::from_bytes([0x44; 32]),
    }
}

/// The record of an entry nobody has edited.
fn untouched() -> Inside {
    let entry = plain_entry();
    Inside {
        kind: Kind::Entry,
        author: [0x22; 32],
        writer_seq: 5,
        seen: seen(),
        document: entry.id.into(),
        edition: 1,
        schema: ENTRY_SCHEMA,
        genesis: 1,
        heads: vec![],
        parents: vec![],
        projection: encode_entry(&entry),
        document_bytes: None,
    }
}

/// The record of an entry two devices have edited.
fn merged() -> Inside {
    Inside {
        heads: vec![[1; 32], [2; 32]],
        parents: vec![RecordHash::from_bytes([3; 32]), RecordHash::from_bytes([4; 32])],
        projection: encode_entry(&full_entry()),
        document_bytes: Some((0..=255).cycle().take(3_000).collect()),
        ..untouched()
    }
}

fn header(byte: u8) -> [u8; 72] {
    [byte; 72]
}

fn sealed(inside: &Inside) -> Vec<u8> {
    inside.encode().unwrap().signed([0x55; 64])
}
