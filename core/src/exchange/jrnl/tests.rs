//! What `jrnl` writes, made here.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use crate::exchange::importer::{Imported, SkipReason};
use crate::exchange::tests::{JRNL, entries, reasons, refused};
use crate::exchange::{ImportError, ImportFormat};
use crate::moment::Precision;

fn one(fields: &str) -> Imported {
    let json = format!(r#"{{"tags":{{}},"entries":[{{{fields}}}]}}"#);
    entries(ImportFormat::Jrnl, json.into_bytes()).remove(0)
}

#[test]
fn an_entry_comes_with_title_body_moment_tags_and_star() {
    let entries = entries(ImportFormat::Jrnl, JRNL.as_bytes().to_vec());
    let first = &entries[0];
    assert_eq!(
        (first.draft.title.as_str(), first.draft.body.as_str()),
        ("Soup again.", "With @walk.")
    );
    assert_eq!(
        (first.draft.happened.at.0, first.draft.happened.zone.as_str()),
        (1_714_591_800_000, "Europe/London")
    );
    assert!(first.draft.tags == ["walk"] && first.draft.marks.remember && first.extra.is_empty());
    assert_eq!(
        (entries[1].extra.as_str(), entries[1].draft.body.as_str()),
        (r#"{"creator":"x"}"#, "")
    );
}

#[test]
fn a_missing_time_leaves_the_day_and_an_odd_one_is_kept() {
    let entry = one(r#""date":"2024-05-01","title":"x""#);
    assert_eq!(
        (
            entry.draft.happened.precision,
            entry.draft.happened.local_date.to_string().as_str()
        ),
        (Precision::Day, "2024-05-01")
    );
    let entry = one(r#""date":"2024-05-01","time":"late","title":"x""#);
    assert_eq!(
        (entry.draft.happened.precision, entry.extra.as_str()),
        (Precision::Day, r#"{"time":"late"}"#)
    );
}

#[test]
fn a_title_longer_than_one_can_be_stands_before_the_body() {
    let long = "x".repeat(501);
    let entry = one(&format!(r#""date":"2024-05-01","title":"{long}","body":"rest""#));
    assert_eq!(
        (entry.draft.title.as_str(), entry.draft.body),
        ("", format!("{long}\n\nrest"))
    );
}

#[test]
fn an_id_of_its_own_goes_before_a_hash_of_the_words() {
    assert_eq!(one(r#""date":"2024-05-01","title":"x","uuid":"abc""#).source_id, "abc");
    let id = |body: &str| one(&format!(r#""date":"2024-05-01","title":"x","body":"{body}""#)).source_id;
    assert!(id("a") == id("a") && id("a") != id("b") && id("a").starts_with("content-"));
}

#[test]
fn entries_that_cannot_be_taken_are_said_and_keep_no_other_out() {
    let json = format!(
        r#"{{"entries":[{{"date":"2024-05-01","title":"sound"}},{{"title":"x"}},{{"date":5,"title":"x"}},{{"date":"2024-02-30","title":"x"}},
        {{"date":"2024-05-01","title":" "}},5,"x",{{"date":"2024-05-01","title":"sound"}},{{"date":"2024-05-01","body":"{}"}}]}}"#,
        "x".repeat(100_001)
    );
    assert_eq!(
        reasons(ImportFormat::Jrnl, json.into_bytes()),
        [
            SkipReason::NoDate,
            SkipReason::NoDate,
            SkipReason::NoDate,
            SkipReason::Empty,
            SkipReason::NotAnEntry,
            SkipReason::NotAnEntry,
            SkipReason::SameId,
            SkipReason::TooLong,
        ]
    );
}

#[test]
fn malformed_files_are_refused_with_one_sentence() {
    let deep = format!(r#"{{"entries":[{}1{}]}}"#, "[".repeat(70), "]".repeat(70));
    for (json, error) in [
        (&b""[..], ImportError::Empty),
        (b"x", ImportError::Garbled),
        (b"{\"entries\":[", ImportError::Garbled),
        (
            b"{\"entries\":[{\"date\":\"2024-05-01\",\"title\":\"x\"}",
            ImportError::Garbled,
        ),
        (
            b"{\"entries\":[{\"date\":\"2024-05-01\",\"title\":\"\xff\"}]}",
            ImportError::Garbled,
        ),
        (b"{\"entries\":[{\"date\":\"2024-05-01\",,}]}", ImportError::Garbled),
        (b"{\"entries\":[],\"entries\":[]}", ImportError::Garbled),
        (b"{\"entries\":{}}", ImportError::NoJournal),
        (b"{\"tags\":{}}", ImportError::NoJournal),
        (b"[]", ImportError::NoJournal),
        (b"{\"entries\":[1,2,3]}", ImportError::NoJournal),
        (b"\0\0\0\0", ImportError::Garbled),
        (b"PK\x03\x04", ImportError::Garbled),
        (deep.as_bytes(), ImportError::TooDeep),
    ] {
        assert_eq!(
            refused(ImportFormat::Jrnl, json.to_vec()),
            error,
            "{}",
            String::from_utf8_lossy(json)
        );
    }
    for number in ["1e999", "99999999999999999999999999", "-0.0"] {
        let json = format!(r#"{{"entries":[{{"date":"2024-05-01","title":"x","n":{number}}}]}}"#);
        match crate::exchange::tests::opened(ImportFormat::Jrnl, json.into_bytes()) {
            Ok(importer) => assert_eq!(importer.preview().entries, 1, "{number}"),
            Err(error) => assert_eq!(error, ImportError::Garbled, "{number}"),
        }
    }
}
