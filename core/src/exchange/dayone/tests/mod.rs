//! The importer against files made here; no real person's words.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod bodies;
mod hostile;
mod media;
mod moments;
mod round_trip;

use super::*;
use crate::clock::Timestamp;
use crate::exchange::SkipReason;
use crate::id::EntryId;
use crate::journal::{Draft, Entry};
use crate::limits;
use crate::moment::Moment;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(files, SimpleFileOptions::default())
}

pub(crate) fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

pub(crate) fn zip_with(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A journal with these entries.
pub(crate) fn journal(entries: &[Value]) -> Vec<u8> {
    json!({"metadata": {"version": "1.0"}, "entries": entries})
        .to_string()
        .into_bytes()
}

/// An entry with an own id and date, and these fields.
pub(crate) fn entry(number: u32, fields: Value) -> Value {
    let mut entry = json!({
        "uuid": format!("{number:032X}"),
        "creationDate": format!("2024-05-{:02}T10:00:00Z", number % 28 + 1),
        "timeZone": "Europe/London",
        "text": format!("words {number}"),
    });
    entry
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    entry
}

pub(crate) fn open(zip: Vec<u8>) -> Result<DayOne<Cursor<Vec<u8>>>, ImportError> {
    DayOne::read(Cursor::new(zip))
}

pub(crate) fn day_one(entries: &[Value]) -> DayOne<Cursor<Vec<u8>>> {
    open(zip(&[("Journal.json", &journal(entries))])).unwrap()
}

/// What comes of these entries.
pub(crate) fn imported(entries: &[Value]) -> Vec<Imported> {
    day_one(entries).entries(Keep::default()).map(Result::unwrap).collect()
}

/// What comes of one entry with these fields.
pub(crate) fn one(fields: Value) -> Imported {
    imported(&[entry(1, fields)]).remove(0)
}

#[test]
fn a_preview_says_what_would_come_and_the_entries_are_just_that() {
    let home = journal(&[
        entry(
            1,
            json!({"photos": [{"identifier": "P1"}, {"identifier": "P2"}], "location": {"latitude": 1.5}}),
        ),
        entry(2, json!({"text": "", "tags": []})),
        entry(9, json!({"creationDeviceModel": "Phone"})),
    ]);
    let away = journal(&[entry(20, json!({})), entry(1, json!({}))]);
    let zip = zip(&[
        ("Home.json", &home),
        ("Away.json", &away),
        ("photos/a.jpeg", b"x"),
        ("photos/b.json", b"no journal"),
        ("__MACOSX/._Home.json", b"\0"),
        ("other.json", br#"{"version": 1}"#),
    ]);
    let mut export = open(zip).unwrap();
    let preview = export.preview().clone();
    let journals: Vec<_> = preview
        .journals
        .iter()
        .map(|journal| (journal.name.as_str(), journal.entries))
        .collect();
    assert_eq!(journals, [("Away", 2), ("Home", 1)]);
    assert_eq!(
        (
            preview.entries,
            preview.attachments,
            preview.with_location,
            preview.with_device
        ),
        (3, 0, 0, 1)
    );
    assert_eq!(preview.first.unwrap().to_string(), "2024-05-02");
    assert_eq!(preview.last.unwrap().to_string(), "2024-05-21");
    let skipped: Vec<_> = preview
        .skipped
        .iter()
        .map(|entry| (entry.journal.as_str(), entry.number, entry.reason))
        .collect();
    assert_eq!(
        skipped,
        [("Home", 1, SkipReason::SameId), ("Home", 2, SkipReason::Empty)]
    );

    let entries: Vec<_> = export.entries(Keep::default()).map(Result::unwrap).collect();
    assert_eq!(
        entries
            .iter()
            .map(|entry| entry.draft.body.as_str())
            .collect::<Vec<_>>(),
        ["words 20", "words 1", "words 9"]
    );
    assert_eq!(
        export.entries(Keep::default()).count(),
        3,
        "the entries can be read again"
    );
}

#[test]
fn fields_without_a_place_travel_on_and_those_that_say_nothing_do_not() {
    let imported = one(json!({
        "starred": true, "isPinned": false, "duration": 0, "editingTime": 12.5, "zebra": {"b": 1, "a": [null, "x"]},
        "modifiedDate": "2024-06-01T00:00:00Z", "tags": ["walk", "Home"], "sourceString": "",
    }));
    assert_eq!(
        imported.extra,
        r#"{"editingTime":12.5,"journal":"Journal","modifiedDate":"2024-06-01T00:00:00Z","zebra":{"a":[null,"x"],"b":1}}"#
    );
    assert!(imported.draft.marks.remember && !one(json!({})).draft.marks.remember);
    assert_eq!(imported.modified, Some(Timestamp(1_717_200_000_000)));
    assert_eq!(imported.draft.tags, ["walk", "Home"]);
    assert_eq!((imported.source, imported.draft.title.as_str()), ("dayone", ""));
}

#[test]
fn place_and_device_stay_behind_at_any_depth_unless_asked_for() {
    let fields = json!({
        "location": {"latitude": 12.25, "placeName": "Nowhere"}, "creationDevice": "phone", "creationOSName": "OS",
        "weather": {"conditionsDescription": "Rain", "sunriseDate": "2024-05-02T04:00:00Z"},
        "userActivity": {"stepCount": 3},
        "photos": [{"identifier": "P", "cameraMake": "C", "location": {"latitude": 12.25}, "fnumber": "(null)", "md5": "m"}],
    });
    let plain = one(fields.clone());
    assert_eq!(
        plain.extra,
        r#"{"journal":"Journal","photos":[{"identifier":"P","md5":"m"}]}"#
    );
    assert_eq!(plain.draft.weather, r#"{"conditionsDescription":"Rain"}"#);
    assert_eq!(plain.draft.place, None);
    let mut export = day_one(&[entry(1, fields)]);
    let mut extra = |keep| {
        let imported = export.entries(keep).next().unwrap().unwrap();
        let place = imported.draft.place.map(|place| (place.label, place.position));
        assert_eq!(
            place,
            keep.location.then(|| ("Nowhere".to_owned(), None)),
            "half a position is none"
        );
        imported.extra + &imported.draft.weather
    };
    let (place, device) = (
        extra(Keep {
            location: true,
            device: false,
        }),
        extra(Keep {
            location: false,
            device: true,
        }),
    );
    assert!(
        place.contains("12.25")
            && place.contains("sunriseDate")
            && !place.contains("camera")
            && !place.contains("phone")
    );
    assert!(device.contains("stepCount") && device.contains("cameraMake") && !device.contains("12.25"));
    assert_eq!((export.preview().with_location, export.preview().with_device), (1, 1));
}

#[test]
fn an_id_has_one_spelling_and_without_one_the_words_are_the_id() {
    let id = |uuid: Value| one(json!({ "uuid": uuid })).source_id;
    let upper = "5D98932C10B92B532BCAA6AA91CE17EB";
    assert_eq!(id(json!("5d98932c10b92b532bcaa6aa91ce17eb")), upper);
    assert_eq!(id(json!("5d98932c-10b9-2b53-2bca-a6aa91ce17eb")), upper);
    assert_eq!(id(json!(" note 7 ")), "note 7");
    assert!(id(json!(null)).starts_with("content-"));
    assert_eq!(id(json!("")), id(json!(7)));
    let mut export = day_one(&[
        entry(1, json!({"uuid": upper})),
        entry(2, json!({"uuid": upper.to_lowercase()})),
    ]);
    assert_eq!(export.entries(Keep::default()).count(), 1);
    assert_eq!(export.preview().skipped[0].reason, SkipReason::SameId);
}

#[test]
fn what_cannot_be_a_tag_or_is_too_large_does_not_keep_the_entry_out() {
    let long = "x".repeat(limits::WORD_CHARACTERS_MAX + 1);
    let imported =
        one(json!({"tags": ["walk", long, 7, " "], "big": "y".repeat(limits::IMPORT_EXTRA_BYTES_MAX), "small": 1}));
    assert_eq!(imported.draft.tags, ["walk"]);
    assert!(
        imported.extra.contains(&long) && imported.extra.contains(r#""small":1"#) && !imported.extra.contains("yyy")
    );
    assert!(imported.into_entry(EntryId::from_bytes([1; 16])).is_ok());
    let many: Vec<_> = (0..150).map(|tag| json!(format!("t{tag}"))).collect();
    let imported = one(json!({ "tags": many }));
    assert_eq!(imported.draft.tags.len(), limits::WORDS_MAX);
    assert!(imported.extra.contains("t149"));
    assert!(imported.into_entry(EntryId::from_bytes([1; 16])).is_ok());
}

#[test]
fn nothing_of_a_journal_shows_in_debug_output() {
    let mut export = open(zip(&[(
        "Canary.json",
        &journal(&[entry(1, json!({"text": "Canary"})), json!(5)]),
    )]))
    .unwrap();
    let shown = format!("{export:?} {:?}", export.entries(Keep::default()).collect::<Vec<_>>());
    assert!(!shown.contains("anary"), "{shown}");
}

/// A large real journal, where one is at hand: every body is its `text`, byte for byte.
#[test]
fn a_journal_named_by_the_environment_comes_in_word_for_word() {
    let Some(path) = std::env::var_os("CAIRN_JOURNAL") else {
        return;
    };
    let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let name = names.iter().find(|name| name.ends_with(".json")).unwrap();
    let file: Value = serde_json::from_reader(zip.by_name(name).unwrap()).unwrap();
    let texts: Vec<&str> = file["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["text"].as_str().unwrap())
        .collect();

    let mut export = DayOne::open(Path::new(&path)).unwrap();
    assert_eq!(
        (export.preview().entries, export.preview().skipped.len()),
        (texts.len(), 0)
    );
    for (imported, text) in export.entries(Keep::default()).zip(&texts) {
        let imported = imported.unwrap();
        assert!(imported.draft.body == **text);
        assert!(imported.into_entry(EntryId::from_bytes([1; 16])).is_ok());
    }
    assert_eq!(export.entries(Keep::default()).count(), texts.len());
}
