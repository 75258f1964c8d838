//! An entry with everything around it, for the tests of every room that keeps entries.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::{
    Asked, Attachment, AttachmentKind, Earlier, Energy, Entry, FeltFor, Marks, Place, Position, StateOfMind, Valence,
    Word,
};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, EntryId};
use crate::moment::Moment;

/// An attachment of a number.
pub(crate) fn hung(n: u8) -> Attachment {
    Attachment {
        id: AttachmentId::from_bytes([n; 16]),
        kind: AttachmentKind::Photo,
        media_type: "image/jpeg".to_owned(),
        sha256: [n; 32],
        bytes: 70_000,
        original_name: "IMG_1.jpg".to_owned(),
        made: (n == 1).then(|| Moment::new(Timestamp(5), "UTC").unwrap()),
        width: 640,
        height: 480,
        duration_ms: 0,
        alt_text: if n == 1 { "A bowl".to_owned() } else { String::new() },
        transcript: String::new(),
    }
}

/// `entry` with every field set that stands around its words.
pub(crate) fn surrounded(entry: &Entry) -> Entry {
    Entry {
        people: vec![Word::new("Dee"), Word::new("Ōtsuka")],
        life_areas: vec![Word::new("Home")],
        attachments: vec![hung(2), hung(1)],
        valence: Valence::new(-0.25),
        energy: Energy::new(1.0),
        state_of_mind: Some(StateOfMind {
            felt_for: FeltFor::Day,
            associations: [4, 18].into(),
        }),
        place: Some(Place {
            label: "the kitchen".to_owned(),
            position: Position::from_e7(515_073_510, -1_277_580),
        }),
        weather: r#"{"sky":"grey"}"#.to_owned(),
        asked: Some(Asked {
            prompt: "P-01".to_owned(),
            text: "What is here with you today?".to_owned(),
        }),
        replies_to: Some(EntryId::from_bytes([0x22; 16])),
        marks: Marks::from_bits(0b1111).unwrap(),
        earlier: Some(Earlier {
            edition: 6,
            heads: vec![[1; 32], [2; 32]],
        }),
        ..entry.clone()
    }
}
