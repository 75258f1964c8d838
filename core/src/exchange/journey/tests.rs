//! Journey's files, made here.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use crate::exchange::importer::{Imported, SkipReason};
use crate::exchange::tests::{bytes_of, entries, entries_with, journey, keeping, opened, reasons, refused, zip};
use crate::exchange::{ImportError, ImportFormat};

/// What comes of one file.
fn one(json: &str) -> Imported {
    entries(ImportFormat::Journey, zip(&[("1.json", json.as_bytes())])).remove(0)
}

#[test]
fn entries_of_both_schemas_come_in_with_their_dates_words_and_media() {
    let mut importer = opened(ImportFormat::Journey, journey()).unwrap();
    let preview = importer.preview().clone();
    assert_eq!(
        (preview.entries, preview.attachments, preview.attachments_bytes),
        (2, 1, 5)
    );
    assert_eq!((preview.attachments_missing, preview.with_location), (0, 2));
    let entries: Vec<Imported> = importer.entries().map(Result::unwrap).collect();

    let old = &entries[0];
    assert_eq!((old.source_id.as_str(), old.draft.body.as_str()), ("1-a", "Soup."));
    assert_eq!(old.draft.happened.local_date.to_string(), "2024-05-01");
    assert!(old.draft.marks.remember && old.draft.tags == ["walk"]);
    assert_eq!(old.draft.weather, r#"{"degree_c":12.5,"id":1}"#);
    assert_eq!(
        old.extra,
        r#"{"date_modified":1714557600000,"mood":2,"photos":["1-a-pot.jpg"]}"#
    );
    assert_eq!(bytes_of(importer.as_ref(), &old.media[0]), b"a pot");
    assert_eq!(
        (old.media[0].link.as_str(), old.media[0].media_type.as_str()),
        ("", "image/jpeg")
    );

    let new = &entries[1];
    assert_eq!(
        (new.source_id.as_str(), new.draft.body.as_str()),
        ("2-b", "Almost **fine**")
    );
    assert!(!new.draft.marks.remember && new.modified.is_some_and(|at| at > new.written.at));
    assert!(new.extra.contains("schemaVersion") && !new.extra.contains("Away") && !new.extra.contains("html"));
}

#[test]
fn a_place_comes_along_when_it_is_asked_for_and_a_missing_number_is_none() {
    let entries = entries_with(ImportFormat::Journey, journey(), &keeping());
    let place = entries[0].draft.place.clone().unwrap();
    assert_eq!((place.label.as_str(), place.position), ("Away", None));
    let place = entries[1].draft.place.clone().unwrap();
    assert_eq!(place.position.map(|position| position.degrees()), Some((1.5, 2.5)));
    assert!(!entries[0].extra.contains("1.79"));
}

#[test]
fn a_mood_that_is_a_number_stays_that_number_and_becomes_nothing_else() {
    let entry = one(r#"{"id":"1","date_journal":0,"text":"x","mood":3,"sentiment":0.75,"label":"good"}"#);
    let as_it_stood = r#"{"label":"good","mood":3,"sentiment":0.75}"#;
    assert_eq!(entry.extra, as_it_stood);
    assert!(entry.draft.feelings.is_empty() && entry.draft.valence.is_none());
}

#[test]
fn the_local_date_is_that_of_the_zone_and_without_one_that_of_the_date() {
    let date = |json: &str| one(json).draft.happened.local_date.to_string();
    assert_eq!(
        date(r#"{"dateOfJournal":"2024-05-01T23:30:00.000Z","timezone":"Asia/Tokyo","text":"x"}"#),
        "2024-05-02"
    );
    assert_eq!(
        date(r#"{"dateOfJournal":"2024-05-01T23:30:00.000Z","text":"x"}"#),
        "2024-05-02",
        "the zone that was named"
    );
    assert_eq!(
        date(r#"{"date_journal":1714606200000,"timezone":"","text":"x"}"#),
        "2024-05-02"
    );
    let both = one(r#"{"dateOfJournal":"2024-05-01T10:00:00Z","createdAt":"2024-05-03T10:00:00Z","text":"x"}"#);
    assert_eq!(both.written.local_date.to_string(), "2024-05-03");
}

#[test]
fn an_entry_of_photos_alone_has_their_links_for_its_words() {
    let json = r#"{"id":"1","date_journal":0,"text":"","photos":["a b.jpg","gone.jpg"]}"#;
    let bytes = zip(&[("1.json", json.as_bytes()), ("a b.jpg", b"a pot")]);
    let mut importer = opened(ImportFormat::Journey, bytes).unwrap();
    assert_eq!(
        (importer.preview().attachments, importer.preview().attachments_missing),
        (2, 1)
    );
    let entry = importer.entries().next().unwrap().unwrap();
    assert_eq!(entry.draft.body, "![](<a b.jpg>)\n\n![](<gone.jpg>)");
    assert_eq!(entry.media[0].link, "a b.jpg");
}

#[test]
fn an_entry_without_an_id_is_named_by_its_words() {
    let id = |text: &str| one(&format!(r#"{{"date_journal":5,"text":"{text}"}}"#)).source_id;
    assert!(id("x").starts_with("content-"));
    assert_eq!(id("x"), id("x"));
    assert_ne!(id("x"), id("y"));
}

#[test]
fn entries_that_cannot_be_taken_are_said_with_their_reason_and_keep_no_other_out() {
    let long = format!(r#"{{"id":"6","date_journal":6,"text":"{}"}}"#, "x".repeat(100_001));
    let huge = format!(r#"{{"id":"7","date_journal":7,"text":"{}"}}"#, "x".repeat(5_000_000));
    let bytes = zip(&[
        ("1.json", br#"{"id":"1","date_journal":1,"text":"sound"}"#),
        (
            "2.json",
            br#"{"id":"2","date_journal":1,"text":"q8Kd","encrypted":true}"#,
        ),
        ("3.json", br#"{"id":"3","date_journal":"soon","text":"x"}"#),
        ("4.json", br#"{"id":"4","date_journal":1,"text":"  "}"#),
        ("5.json", br#"{"id":"1","date_journal":2,"text":"again"}"#),
        ("6.json", long.as_bytes()),
        ("7.json", huge.as_bytes()),
        ("8.json", br#"{"a":1}"#),
        ("9.json", b"[1,2]"),
    ]);
    // A megabyte of one letter shrinks as no words do; stored as it is, it is only too long.
    assert_eq!(refused(ImportFormat::Journey, bytes.clone()), ImportError::Bomb);
    let mut files = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut stored = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for at in 0..files.len() {
        let mut file = files.by_index(at).unwrap();
        stored.start_file(format!("{}.json", at + 1), plain).unwrap();
        std::io::copy(&mut file, &mut stored).unwrap();
    }
    let bytes = stored.finish().unwrap().into_inner();
    assert_eq!(
        reasons(ImportFormat::Journey, bytes.clone()),
        [
            SkipReason::Encrypted,
            SkipReason::NoDate,
            SkipReason::Empty,
            SkipReason::SameId,
            SkipReason::TooLong,
            SkipReason::TooLong,
            SkipReason::NotAnEntry,
            SkipReason::NotAnEntry,
        ]
    );
    assert_eq!(entries(ImportFormat::Journey, bytes).len(), 1);
}

#[test]
fn malformed_files_are_refused_with_one_sentence() {
    let deep = format!(r#"{{"date_journal":1,"a":{}1{}}}"#, "[".repeat(70), "]".repeat(70));
    let many = format!(r#"{{"date_journal":1,"a":[{}1]}}"#, "1,".repeat(300_000));
    for (json, error) in [
        (&b"{\"date_journal\":1,\"text\":\"x\""[..], ImportError::Garbled),
        (b"{\"date_journal\":1,\"text\":\"x\"}}", ImportError::Garbled),
        (b"{\"date_journal\":1 \"text\":\"x\"}", ImportError::Garbled),
        (b"\0\0\0", ImportError::Garbled),
        (b"", ImportError::Garbled),
        (b"{\"date_journal\":1,\"text\":\"\xff\xfe\"}", ImportError::Garbled),
        (b"{\"date_journal\":1,\"text\":\"\\ud800\"}", ImportError::Garbled),
        (b"not json", ImportError::Garbled),
        (deep.as_bytes(), ImportError::TooDeep),
        (many.as_bytes(), ImportError::TooLarge),
        (b"5", ImportError::NoJournal),
        (b"{\"other\":1}", ImportError::NoJournal),
    ] {
        assert_eq!(
            refused(ImportFormat::Journey, zip(&[("1.json", json)])),
            error,
            "{}",
            String::from_utf8_lossy(json)
        );
    }
    assert_eq!(
        refused(ImportFormat::Journey, zip(&[("a.jpg", b"x")])),
        ImportError::NoJournal
    );
    for odd in [
        r#"{"date_journal":1e400,"text":"x"}"#,
        r#"{"date_journal":99999999999999999999,"text":"x"}"#,
        r#"{"date_journal":-99999999999999,"text":"x"}"#,
        r#"{"date_journal":[],"text":"x"}"#,
        r#"{"dateOfJournal":"2024-99-99","text":"x"}"#,
    ] {
        let bytes = zip(&[("1.json", odd.as_bytes())]);
        match opened(ImportFormat::Journey, bytes) {
            Ok(importer) => assert_eq!(importer.preview().skipped[0].reason, SkipReason::NoDate, "{odd}"),
            Err(error) => assert_eq!(error, ImportError::Garbled, "{odd}"),
        }
    }
}
