//! The first change is the same everywhere, for ever.

use super::kit::{ID, PROJECTION, body, cases, device, edited, entry, first, merged, revise};
use crate::clock::Timestamp;
use crate::document::{Document, DocumentError, GENESIS_VERSION};
use crate::id::{DocumentId, EntryId};
use crate::journal::example::surrounded;
use crate::journal::{Attachment, Earlier, Energy, Entry, ImportSource, Place, Position, Valence, Word};
use crate::moment::{Moment, Precision};
use crate::profile::{Field, Fields};
use proptest::prelude::*;
use serde_json::{Value, json};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/genesis.json");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name, an edition, a projection (opaque here), and the entry it decodes to.
fn vectors() -> Vec<(&'static str, u32, Vec<u8>, Entry)> {
    let moment = |ms, zone: &str, date: &str, precision| Moment {
        at: Timestamp(ms),
        zone: zone.to_owned(),
        local_date: date.parse().unwrap(),
        precision,
    };
    let word = |folded: &str, written: &str| Word {
        folded: folded.to_owned(),
        written: written.to_owned(),
    };
    let written = moment(1_767_225_599_999, "America/New_York", "2025-12-31", Precision::Day);
    let plain = Entry {
        happened: moment(0, "UTC", "1970-01-01", Precision::Exact),
        ..Entry::blank(EntryId::from_bytes([0x11; 16]), written)
    };
    let around = Entry {
        id: EntryId::from_bytes([0x44; 16]),
        body: "Soup.".to_owned(),
        ..surrounded(&plain)
    };
    let full = Entry {
        id: EntryId::from_bytes([0x22; 16]),
        title: "Tuesday, by the door".to_owned(),
        body: "The bus was full. I asked for a quiet seat.\n\n- soup\n- *bread*\n".to_owned(),
        tags: vec![word("bus", "bus"), word("home", "Home"), word("straße", "Straße")],
        feelings: vec![word("tired", "Tired"), word("fizzy", "fizzy")],
        trashed: Some(Timestamp(-1)),
        import: Some(ImportSource {
            source: "dayone".to_owned(),
            source_id: "0A1B".to_owned(),
            extra: r#"{"weather":"rain"}"#.to_owned(),
        }),
        unknown: [
            (9, vec![0x01]),
            (32, vec![0xf5]),
            (u64::MAX, vec![0x63, 0x6e, 0x65, 0x77]),
        ]
        .into(),
        ..plain.clone()
    };
    let astral = Entry {
        id: EntryId::from_bytes([0x33; 16]),
        title: "雨の日 👩‍👩‍👧‍👦".to_owned(),
        body: "傘を忘れた。صباح الخير! 𝔘𝔫𝔦 e\u{301} 🏳️‍🌈\u{200d}\r\n\u{fffc}\u{10ffff}".to_owned(),
        happened: moment(-62_135_596_800_000, "Asia/Tokyo", "0001-01-01", Precision::Season),
        written: moment(253_402_300_799_999, "Etc/Unknown", "+10000-01-01", Precision::Unknown),
        feelings: vec![word("さみしい", "さみしい"), word("😶‍🌫️", "😶‍🌫️")],
        ..plain.clone()
    };
    vec![
        ("empty", 0, vec![], plain.clone()),
        ("the same, of another edition", 1, vec![], plain.clone()),
        ("the same, of another projection", 0, b"another".to_vec(), plain.clone()),
        (
            "a body alone",
            0,
            vec![0xa1, 0x01],
            Entry {
                body: "One.".to_owned(),
                ..plain
            },
        ),
        ("everything", 7, vec![0xa3; 40], full),
        ("what stands around", 7, vec![0xa4; 3], around),
        ("astral characters", u32::MAX, (0..=255).collect(), astral),
    ]
}

fn moment_json(moment: &Moment) -> Value {
    json!([
        moment.at.0,
        moment.zone,
        moment.local_date.to_string(),
        moment.precision as u8
    ])
}

fn words_json(words: &[Word]) -> Value {
    words.iter().map(|word| json!([word.folded, word.written])).collect()
}

/// What stands around; null where nothing does.
fn around_json(entry: &Entry) -> Option<Value> {
    let hung = |one: &Attachment| {
        json!([
            one.id.to_string(),
            one.kind as u8,
            one.media_type,
            hex(&one.sha256),
            one.bytes,
            one.original_name,
            one.made.as_ref().map(moment_json),
            one.width,
            one.height,
            one.duration_ms,
            one.alt_text,
            one.transcript,
        ])
    };
    let place = |place: &Place| json!([place.label, place.position.map(Position::e7)]);
    let earlier = |earlier: &Earlier| {
        let heads: Vec<String> = earlier.heads.iter().map(|head| hex(head)).collect();
        json!([earlier.edition, heads])
    };
    (!entry.people.is_empty()).then(|| {
        json!({
            "people": words_json(&entry.people), "life_areas": words_json(&entry.life_areas),
            "attachments": entry.attachments.iter().map(hung).collect::<Value>(),
            "valence": entry.valence.map(Valence::number), "energy": entry.energy.map(Energy::number),
            "state_of_mind": entry.state_of_mind.as_ref().map(|state| json!([state.felt_for as u8, state.associations])),
            "place": entry.place.as_ref().map(place), "weather": entry.weather,
            "asked": entry.asked.as_ref().map(|asked| json!([asked.prompt, asked.text])),
            "replies_to": entry.replies_to.map(|id| hex(id.as_bytes())), "marks": entry.marks.bits(),
            "earlier": entry.earlier.as_ref().map(earlier),
        })
    })
}

fn vector_json(name: &str, edition: u32, projection: &[u8], entry: &Entry) -> Value {
    let document =
        Document::genesis_entry(GENESIS_VERSION, DocumentId::from(entry.id), edition, projection, entry).unwrap();
    json!({
        "name": name, "version": GENESIS_VERSION, "document": hex(entry.id.as_bytes()), "edition": edition,
        "projection": hex(projection),
        "entry": {
            "title": entry.title, "body": entry.body,
            "happened": moment_json(&entry.happened), "written": moment_json(&entry.written),
            "tags": words_json(&entry.tags), "feelings": words_json(&entry.feelings),
            "trashed": entry.trashed.map(|at| at.0),
            "import": entry.import.as_ref().map(|import| json!([import.source, import.source_id, import.extra])),
            "unknown": entry.unknown.iter().map(|(key, raw)| json!([key, hex(raw)])).collect::<Value>(),
            "around": around_json(entry),
        },
        "change": hex(&document.heads()[0]),
        "saved": hex(blake3::hash(&document.save().unwrap()).as_bytes()),
    })
}

#[test]
fn the_first_change_is_the_one_it_always_was() {
    let entries: Value = vectors()
        .iter()
        .map(|(name, edition, bytes, entry)| vector_json(name, *edition, bytes, entry))
        .collect();
    let none = Fields::new();
    let some = Fields::from([
        ("earlier/edition".to_owned(), Field::Number(2)),
        ("earlier/heads".to_owned(), Field::Bytes(vec![7; 64])),
        ("statement/a/text".to_owned(), Field::Text("Ask first.".to_owned())),
    ]);
    let anew = crate::record::encode_fields(&some, &crate::journal::Unknown::new());
    let flat: Value = [
        (0, &b"\xa1\x00\xa0"[..], &none),
        (3, &b""[..], &none),
        (3, &anew, &some),
    ]
    .iter()
    .map(|(edition, projection, fields)| {
        let id = DocumentId::from_bytes([0x44; 16]);
        let document = Document::genesis_fields(GENESIS_VERSION, id, *edition, projection, fields).unwrap();
        json!({
            "version": GENESIS_VERSION, "document": hex(id.as_bytes()), "edition": edition,
            "projection": hex(projection), "change": hex(&document.heads()[0]),
            "saved": hex(blake3::hash(&document.save().unwrap()).as_bytes()),
        })
    })
    .collect();
    let made = json!({ "entries": entries, "flat": flat });
    if std::env::var_os("CAIRN_WRITE_VECTORS").is_some() {
        std::fs::write(VECTORS, format!("{made:#}\n")).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    assert_eq!(made, kept);
}

#[test]
fn an_entry_comes_back_out_of_its_first_change() {
    for (_, edition, projection, entry) in vectors() {
        let document = Document::genesis_entry(1, DocumentId::from(entry.id), edition, &projection, &entry).unwrap();
        assert_eq!(document.heads().len(), 1);
        assert!(document.entry(entry.id).unwrap() == entry);
        let again = Document::load(&document.save().unwrap()).unwrap();
        assert!(again.entry(entry.id).unwrap() == entry);
    }
}

#[test]
fn an_unknown_version_of_the_first_change_is_not_guessed_at() {
    let refused = Document::genesis_entry(2, DocumentId::from(ID), 0, PROJECTION, &entry("One."));
    assert_eq!(refused.err(), Some(DocumentError::UnknownGenesis { version: 2 }));
    let refused = Document::genesis_fields(0, DocumentId::from(ID), 0, PROJECTION, &Fields::new());
    assert_eq!(refused.err(), Some(DocumentError::UnknownGenesis { version: 0 }));
}

#[test]
fn a_first_change_applied_twice_changes_nothing() {
    let from = entry("One. Two.");
    let mut document = edited(&from, 1, "One. Zwei.");
    let before = document.save().unwrap();
    document.merge(&first(&from)).unwrap();
    assert_eq!(document.save().unwrap(), before);
}

/// The same diary imported on two devices that read it differently.
fn imported(projection: &[u8], entry: &Entry) -> Document {
    Document::genesis_entry(1, DocumentId::from(entry.id), 0, projection, entry).unwrap()
}

#[test]
fn two_first_changes_of_one_entry_are_both_kept_and_shown() {
    let (a, b) = (imported(b"a", &entry("One.")), imported(b"b", &entry("Uno.")));
    let mut both = merged(&a, &b);
    let shown = body(&both);
    assert!(shown == "One.\n\nUno." || shown == "Uno.\n\nOne.", "{shown}");
    assert_eq!(shown, body(&merged(&b, &a)));
    assert!(both.entry(ID).unwrap().both_versions);
    // The next revision makes one body of them, on every device.
    revise(&mut both, 3, "One, uno.");
    assert_eq!(body(&both), "One, uno.");
    assert!(!both.entry(ID).unwrap().both_versions);
    assert_eq!(body(&merged(&a, &both)), "One, uno.");
    assert_eq!(both.entry(ID).unwrap().tags, entry("x").tags);
}

#[test]
fn two_first_changes_that_read_the_same_show_one_body() {
    let both = merged(&imported(b"a", &entry("One.")), &imported(b"b", &entry("One.")));
    assert_eq!(body(&both), "One.");
    assert!(!both.entry(ID).unwrap().both_versions);
    let mut revised = merged(&both, &both);
    revise(&mut revised, 3, "Two.");
    assert_eq!(body(&revised), "Two.");
}

#[test]
fn words_written_late_into_a_folded_body_come_up_again() {
    let (a, b) = (imported(b"a", &entry("One.")), imported(b"b", &entry("Uno.")));
    let mut both = merged(&a, &b);
    revise(&mut both, 3, "One, uno.");
    // Each of the two goes on alone before it hears of that; one of them goes on in the folded body.
    for (n, mut late) in [(1, a), (2, b)] {
        let words = format!("{} And late words.", body(&late));
        revise(&mut late, n, &words);
        let shown = body(&merged(&both, &late));
        assert!(
            shown.contains("One, uno.") && shown.contains("And late words."),
            "{shown}"
        );
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn two_devices_that_edit_an_untouched_entry_apart_agree_and_nothing_doubles(
        body in "[a-z]{1,9}\\.( [A-Z][a-z👍🏽雨]{1,9}\\.){0,4}", a in "[A-Z][a-z]{0,9}!", b in "[A-Z][a-z]{0,9}\\?",
        tags in prop::collection::vec("[a-z]{1,4}", 0..3),
    ) {
        let from = Entry { tags: tags.iter().map(|tag| Word::new(tag)).collect(), ..entry(&body) };
        let (one, other) = (edited(&from, 1, &format!("{body} {a}")), edited(&from, 2, &format!("{body} {b}")));
        let both = merged(&one, &other);
        let (first, second) = (format!("{body} {a} {b}"), format!("{body} {b} {a}"));
        let entry = both.entry(ID).unwrap();
        prop_assert!(entry.body == first || entry.body == second, "{}", entry.body);
        prop_assert!(!entry.both_versions);
        prop_assert!(both.entry(ID).unwrap() == merged(&other, &one).entry(ID).unwrap());
        prop_assert_eq!(entry.tags, once(&from.tags));
        prop_assert_eq!(entry.feelings, from.feelings);
    }
}

fn once(tags: &[Word]) -> Vec<Word> {
    let set: std::collections::BTreeSet<Word> = tags.iter().cloned().collect();
    set.into_iter().collect()
}

#[test]
fn a_device_that_went_on_under_its_old_name_is_refused_and_the_document_is_gone() {
    let from = entry("One.");
    let (mut a, b) = (edited(&from, 1, "One. Two."), edited(&from, 1, "One. Three."));
    assert_eq!(a.merge(&b), Err(DocumentError::SameActorTwice));
    assert_eq!(a.save(), Err(DocumentError::ThrownAway));
    assert_eq!(a.entry(ID).err(), Some(DocumentError::ThrownAway));
    assert_eq!(a.revise(device(1), &from), Err(DocumentError::ThrownAway));
}
