//! Projections: lossless, one spelling each, what is unknown kept.

use super::*;
use crate::id::AttachmentId;
use crate::journal::example::{hung, surrounded};
use crate::journal::{
    Asked, Attachment, AttachmentKind, Earlier, Energy, FeltFor, Marks, Place, Position, StateOfMind, Valence,
};
use crate::profile::{Field, Fields};
use proptest::prelude::*;

fn id() -> DocumentId {
    full_entry().id.into()
}

#[test]
fn entries_read_back_whole() {
    for entry in [full_entry(), plain_entry(), surrounded(&full_entry())] {
        let bytes = encode_entry(&entry);
        assert_eq!(check_canonical(&bytes), Ok(()));
        assert_eq!(decode_entry(id(), &bytes), Ok(entry));
    }
}

#[test]
fn words_in_disorder_are_written_in_order_and_each_once() {
    let words = |words: &[&str]| words.iter().map(|word| Word::new(word)).collect::<Vec<_>>();
    let disorderly = Entry {
        tags: words(&["home", "Bus", "home", "Home"]),
        feelings: words(&["b", "a", "B"]),
        ..full_entry()
    };
    let read = decode_entry(id(), &encode_entry(&disorderly)).unwrap();
    assert_eq!(
        read.tags.iter().map(|tag| tag.written.as_str()).collect::<Vec<_>>(),
        ["Bus", "Home"]
    );
    assert_eq!(
        read.feelings
            .iter()
            .map(|word| word.written.as_str())
            .collect::<Vec<_>>(),
        ["b", "a"]
    );
}

#[test]
fn a_second_spelling_of_an_entry_is_refused() {
    let moment = [
        0x84, 0x00, 0x63, b'U', b'T', b'C', 0x6a, b'1', b'9', b'7', b'0', b'-', b'0', b'1', b'-', b'0', b'1', 0x00,
    ];
    let entry = |before: &[u8], after: &[u8], count: u8| {
        let bytes = [&[0xa0 | count], before, &[0x02], &moment, &[0x03], &moment, after].concat();
        decode_entry(id(), &bytes).map(|_| ())
    };
    assert_eq!(entry(&[], &[], 2), Ok(()));
    assert_eq!(
        entry(&[0x00, 0x60], &[], 3),
        Err(RecordError::NotCanonical),
        "an empty title that is there"
    );
    assert_eq!(
        entry(&[0x01, 0x60], &[], 3),
        Err(RecordError::NotCanonical),
        "an empty body that is there"
    );
    assert_eq!(
        entry(&[], &[0x04, 0x80], 3),
        Err(RecordError::NotCanonical),
        "no tags that are there"
    );
    assert_eq!(
        entry(&[], &[0x08, 0xf4], 3),
        Err(RecordError::NotCanonical),
        "not both versions"
    );
    assert_eq!(entry(&[], &[0x08, 0xf5], 3), Ok(()));
    assert_eq!(
        entry(
            &[],
            &[0x04, 0x82, 0x82, 0x61, b'b', 0x61, b'b', 0x82, 0x61, b'a', 0x61, b'a'],
            3
        ),
        Err(RecordError::NotCanonical),
        "tags in disorder"
    );
    assert_eq!(
        entry(
            &[],
            &[0x05, 0x82, 0x82, 0x61, b'b', 0x61, b'b', 0x82, 0x61, b'b', 0x61, b'B'],
            3
        ),
        Err(RecordError::NotCanonical),
        "one feeling twice"
    );
    assert_eq!(
        entry(&[0x18, 0x20, 0x00], &[], 3),
        Err(RecordError::NotCanonical),
        "keys in disorder"
    );
    assert_eq!(
        entry(&[], &[0x06, 0x61, b'a'], 3),
        Err(RecordError::Malformed),
        "a text for a time"
    );
    assert_eq!(entry(&[], &[0x18, 0x20], 3), Err(RecordError::Malformed), "cut short");
    assert_eq!(
        entry(&[], &[0x18, 0x20, 0x18, 0x01], 3),
        Err(RecordError::NotCanonical),
        "within what is unknown"
    );
    assert_eq!(decode_entry(id(), &[0xa0]), Err(RecordError::Malformed), "no moments");
}

#[test]
fn a_date_has_one_spelling() {
    let with = |date: &str| {
        let mut entry = encode_entry(&plain_entry());
        let at = entry.windows(10).position(|bytes| bytes == b"2026-10-31").unwrap();
        entry.splice(
            at - 1..at + 10,
            [&[0x60 | u8::try_from(date.len()).unwrap()], date.as_bytes()].concat(),
        );
        decode_entry(id(), &entry).map(|_| ())
    };
    assert_eq!(with("2026-10-31"), Ok(()));
    assert_eq!(with("2026-1-31"), Err(RecordError::NotCanonical));
    assert_eq!(with("+2026-10-31"), Err(RecordError::NotCanonical));
    assert_eq!(with("2026-02-30"), Err(RecordError::Malformed));
    assert_eq!(with("yesterday"), Err(RecordError::Malformed));
    assert_eq!(with("+12026-10-31"), Ok(()));
}

#[test]
fn a_merge_may_hold_more_than_one_writer_could_write() {
    let entry = Entry {
        body: "ж".repeat(2 * crate::limits::BODY_CHARACTERS_MAX),
        tags: (0..200).map(|n| Word::new(&format!("{n:03}"))).collect(),
        ..full_entry()
    };
    assert_eq!(decode_entry(id(), &encode_entry(&entry)), Ok(entry));
    let beyond = Entry {
        tags: (0..1601).map(|n| Word::new(&format!("{n:04}"))).collect(),
        ..full_entry()
    };
    assert_eq!(decode_entry(id(), &encode_entry(&beyond)), Err(RecordError::TooLarge));
}

#[test]
fn what_stands_around_has_one_spelling() {
    let [at, of] = [12_u8, 0x48];
    // A blank projection, and one part more: its key and its bytes.
    let with = |key: u8, value: &[u8]| {
        let mut bytes = encode_entry(&Entry::blank(EntryId::from_bytes([0x11; 16]), Moment::epoch()));
        bytes[0] += 1;
        bytes.extend(if key < 24 { vec![key] } else { vec![24, key] });
        bytes.extend(value);
        decode_entry(id(), &bytes).map(drop)
    };
    let float = |number: f64| [&[of][..], &number.to_be_bytes()].concat();
    assert_eq!(with(at, &float(0.5)), Ok(()));
    assert_eq!(with(at, &float(-0.0)), Err(RecordError::NotCanonical));
    assert_eq!(with(at, &float(1.5)), Err(RecordError::Malformed));
    assert_eq!(with(at, &float(f64::NAN)), Err(RecordError::Malformed));
    for (key, empty) in [
        (9, &[0x80][..]),
        (10, &[0x80]),
        (11, &[0x80]),
        (16, &[0x60]),
        (17, &[0x82, 0x60, 0x60]),
        (19, &[0]),
    ] {
        assert_eq!(with(key, empty), Err(RecordError::NotCanonical), "{key}");
    }
    assert_eq!(
        with(14, &[0x82, 0x01, 0x82, 0x05, 0x04]),
        Err(RecordError::NotCanonical)
    );
    assert_eq!(with(14, &[0x82, 0x01, 0x81, 0x13]), Err(RecordError::TooNew));
    assert_eq!(with(19, &[0x10]), Err(RecordError::TooNew));
    let mut twice = surrounded(&plain_entry());
    twice.attachments = vec![hung(3), hung(3)];
    assert_eq!(
        decode_entry(id(), &encode_entry(&twice)).map(drop),
        Err(RecordError::NotCanonical)
    );
}

#[test]
fn no_fields_are_three_bytes() {
    assert_eq!(encode_fields(&Fields::new(), &Unknown::new()), EMPTY_FIELDS);
    assert_eq!(decode_fields(&EMPTY_FIELDS), Ok((Fields::new(), Unknown::new())));
}

#[test]
fn names_of_fields_stand_in_canonical_order() {
    let fields: Fields = ["b", "aa", "a", "name"]
        .map(|name| (name.to_owned(), Field::Number(1)))
        .into();
    let bytes = encode_fields(&fields, &Unknown::new());
    assert_eq!(check_canonical(&bytes), Ok(()));
    assert_eq!(bytes[..6], [0xa1, 0x00, 0xa4, 0x61, b'a', 0x01]);
    let disorderly = [0xa1, 0x00, 0xa2, 0x62, b'a', b'a', 0x01, 0x61, b'b', 0x01];
    assert_eq!(decode_fields(&disorderly), Err(RecordError::NotCanonical));
    assert_eq!(
        decode_fields(&[0xa1, 0x00, 0xa1, 0x61, b'a', 0xf6]),
        Err(RecordError::Malformed)
    );
    assert_eq!(decode_fields(&[0xa0]), Err(RecordError::Malformed));
}

fn any_word() -> impl Strategy<Value = Word> {
    "\\PC{1,8}"
        .prop_map(|written| Word::new(&written))
        .prop_filter("no blanks", |word| !word.folded.is_empty())
}

fn any_moment() -> impl Strategy<Value = Moment> {
    (
        -8_000_000_000_000_i64..8_000_000_000_000,
        proptest::sample::select(vec!["Europe/Dublin", "Mars/Olympus", "", "Asia/Kathmandu"]),
    )
        .prop_map(|(at, zone)| Moment::new(Timestamp(at), zone).unwrap())
}

prop_compose! {
    fn any_attachment()(
        id in any::<[u8; 16]>(), sha256 in any::<[u8; 32]>(), bytes in any::<u64>(), size in any::<(u32, u32, u64)>(),
        kind in proptest::sample::select(&AttachmentKind::ALL[..]),
        words in ("\\PC{0,9}", "\\PC{0,9}", "\\PC{0,9}", "\\PC{0,9}"), made in proptest::option::of(any_moment()),
    ) -> Attachment {
        let (media_type, original_name, alt_text, transcript) = words;
        let (width, height, duration_ms) = size;
        let id = AttachmentId::from_bytes(id);
        Attachment { id, kind, media_type, sha256, bytes, original_name, made, width, height, duration_ms, alt_text, transcript }
    }
}

prop_compose! {
    /// What stands around an entry.
    fn any_around()(
        people in proptest::collection::vec(any_word(), 0..3),
        life_areas in proptest::collection::vec(any_word(), 0..3),
        attachments in proptest::collection::vec(any_attachment(), 0..3),
        (valence, energy) in (proptest::option::of(-1.0..=1.0_f64), proptest::option::of(0.0..=1.0_f64)),
        state in proptest::option::of((any::<bool>(), proptest::collection::btree_set(1_u8..=18, 0..5))),
        place in proptest::option::of(("\\PC{0,9}", proptest::option::of((-90.0..90.0_f64, -180.0..180.0_f64)))),
        weather in "\\PC{0,9}",
        asked in proptest::option::of(("\\PC{0,9}", "\\PC{1,9}")),
        (replies_to, marks) in (proptest::option::of(any::<[u8; 16]>()), 0_u64..16),
        earlier in proptest::option::of((any::<u32>(), proptest::collection::btree_set(any::<[u8; 32]>(), 0..3))),
    ) -> Entry {
        let felt_for = |day| if day { FeltFor::Day } else { FeltFor::Moment };
        Entry {
            people, life_areas, attachments, weather,
            valence: valence.and_then(Valence::new),
            energy: energy.and_then(Energy::new),
            state_of_mind: state.map(|(day, associations)| StateOfMind { felt_for: felt_for(day), associations }),
            place: place.map(|(label, at)| Place {
                label,
                position: at.and_then(|(latitude, longitude)| Position::from_degrees(latitude, longitude)),
            }),
            asked: asked.map(|(prompt, text)| Asked { prompt, text }),
            replies_to: replies_to.map(EntryId::from_bytes),
            marks: Marks::from_bits(marks).unwrap(),
            earlier: earlier.map(|(edition, heads)| Earlier { edition, heads: heads.into_iter().collect() }),
            ..Entry::blank(EntryId::from_bytes([0x11; 16]), Moment::epoch())
        }
    }
}

prop_compose! {
    /// An entry with anything in it that one can hold; always of the same id.
    pub(crate) fn any_entry()(
        title in "\\PC{0,20}",
        body in "(\\PC|\n|\u{0}|\u{202e}|\u{301}){0,200}",
        (happened, written) in (any_moment(), any_moment()),
        tags in proptest::collection::vec(any_word(), 0..5),
        feelings in proptest::collection::vec(any_word(), 0..5),
        trashed in proptest::option::of(any::<i64>()),
        import in proptest::option::of(("\\PC{0,9}", "\\PC{0,9}", "\\PC{0,30}")),
        both_versions in any::<bool>(),
        unknown in proptest::collection::btree_map(21_u64.., proptest::sample::select(vec![vec![0x01], vec![0xa1, 0x01, 0x80], vec![0x41, 0xff]]), 0..3),
        around in any_around(),
    ) -> Entry {
        let trashed = trashed.map(Timestamp);
        let import = import.map(|(source, source_id, extra)| ImportSource { source, source_id, extra });
        // Through the bytes once, so that words stand as an entry's do.
        let entry = Entry { title, body, happened, written, tags, feelings, trashed, import, both_versions, unknown, ..around };
        decode_entry(entry.id.into(), &encode_entry(&entry)).unwrap()
    }
}

proptest! {
    #[test]
    fn every_entry_reads_back(entry in any_entry()) {
        let bytes = encode_entry(&entry);
        prop_assert_eq!(check_canonical(&bytes), Ok(()));
        prop_assert_eq!(decode_entry(id(), &bytes), Ok(entry));
    }

    #[test]
    fn what_is_read_is_written_byte_by_byte(entry in any_entry(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = encode_entry(&entry);
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(entry) = decode_entry(id(), &bytes) {
            prop_assert_eq!(encode_entry(&entry), bytes);
        }
    }

    #[test]
    fn every_set_of_fields_reads_back(
        texts in proptest::collection::btree_map("[a-z/]{1,20}", "\\PC{0,20}", 0..6),
        numbers in proptest::collection::btree_map("[a-z/]{1,20}", any::<i64>(), 0..6),
        blobs in proptest::collection::btree_map("[a-z/]{1,20}", proptest::collection::vec(any::<u8>(), 0..20), 0..6),
        unknown in proptest::collection::btree_map(1_u64.., Just(vec![0xa1, 0x00, 0xf5]), 0..3),
    ) {
        let mut fields: Fields = texts.into_iter().map(|(name, text)| (name, Field::Text(text))).collect();
        fields.extend(numbers.into_iter().map(|(name, number)| (name, Field::Number(number))));
        fields.extend(blobs.into_iter().map(|(name, bytes)| (name, Field::Bytes(bytes))));
        let bytes = encode_fields(&fields, &unknown);
        prop_assert_eq!(check_canonical(&bytes), Ok(()));
        prop_assert_eq!(decode_fields(&bytes), Ok((fields, unknown)));
    }
}
