//! Daylio's tables, made here.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use crate::exchange::importer::{Imported, SkipReason};
use crate::exchange::tests::{DAYLIO, entries, opened, reasons, refused};
use crate::exchange::{ImportError, ImportFormat};
use crate::moment::Precision;

fn table(text: &str) -> Vec<Imported> {
    entries(ImportFormat::Daylio, text.as_bytes().to_vec())
}

#[test]
fn a_row_is_an_entry_with_its_moment_mood_activities_and_note() {
    let entries = table(DAYLIO);
    let first = &entries[0];
    assert_eq!(
        (first.draft.title.as_str(), first.draft.body.as_str()),
        ("A pot", "**Soup** again\nand \"bread\"")
    );
    assert_eq!(first.draft.feelings, ["fizzy"]);
    assert_eq!(first.draft.tags, ["walk", "soup, hot"]);
    assert_eq!(first.draft.happened.zone, "Europe/London");
    assert_eq!(
        (
            first.draft.happened.at.0,
            first.draft.happened.local_date.to_string().as_str()
        ),
        (1_714_678_200_000, "2024-05-02")
    );
    assert_eq!(first.extra, "{\"scales\":\"Sleep:\u{a0}7 | Water:\u{a0}2\"}");
    let second = &entries[1];
    assert_eq!(
        (second.draft.feelings.as_slice(), second.extra.as_str()),
        (&["almost fine".to_owned()][..], "")
    );
}

#[test]
fn every_set_of_columns_gives_the_same_entries() {
    let ids = |text: &str| {
        table(text)
            .iter()
            .map(|entry| entry.source_id.clone())
            .collect::<Vec<_>>()
    };
    let now = "full_date,date,weekday,time,mood,activities,scales,note_title,note\n2024-05-02,2 May,Thu,8:30 pm,fizzy,a | b,x,T,N\n";
    let eight =
        "full_date,date,weekday,time,mood,activities,note_title,note\n2024-05-02,2. Mai,Do,20:30,fizzy,a | b,T,N\n";
    let tabs = "\u{feff}full_date\tdate\tweekday\ttime\tmood\tactivities\tnote_title\tnote\r\n2024-05-02\t2 May\tThu\t20:30\tfizzy\ta | b\tT\tN\r\n";
    assert_eq!(ids(now), ids(eight));
    assert_eq!(ids(now), ids(tabs));
    let oldest = "full_date,date,weekday,time,mood,activities,note\n2024-05-02,2 May,Thu,20:30,fizzy,a | b,N\n";
    let entry = table(oldest).remove(0);
    assert_eq!((entry.draft.title.as_str(), entry.draft.body.as_str()), ("", "N"));
}

#[test]
fn a_time_in_a_language_that_is_not_read_is_kept_and_the_day_is_known() {
    let entry = table("full_date,time,mood,note\n2024-05-02,午後8:30,fizzy,x\n").remove(0);
    assert_eq!(entry.draft.happened.precision, Precision::Day);
    assert_eq!(entry.draft.happened.local_date.to_string(), "2024-05-02");
    assert_eq!(entry.extra, r#"{"time":"午後8:30"}"#);
}

#[test]
fn a_plain_note_stays_as_it_was_written() {
    let entry = table("full_date,time,mood,note\n2024-05-02,20:30,ok,\"1 < 2 * 3, <3 \nnext\"\n").remove(0);
    assert_eq!(entry.draft.body, "1 < 2 * 3, <3 \nnext");
    let list = table("full_date,time,mood,note\n2024-05-02,20:30,ok,<ul><li>a</li><li>b</li></ul>\n").remove(0);
    assert_eq!(list.draft.body, "- a\n- b");
}

#[test]
fn rows_that_cannot_be_taken_are_said_and_keep_no_other_out() {
    let mut bytes = b"full_date,time,mood,note\n2024-05-01,10:00,ok,sound\n2024-05-01,10:00,ok,sound\nsoon,10:00,ok,x\n,,,\n2024-05-01,10:00\n2024-05-01,10:00,ok,x,y\n2024-05-02,10:00,,\n99999-01-01,1,ok,x\n".to_vec();
    bytes.extend(b"2024-05-01,10:00,ok,\xff\xfe\n");
    assert_eq!(
        reasons(ImportFormat::Daylio, bytes.clone()),
        [
            SkipReason::SameId,
            SkipReason::NoDate,
            SkipReason::NoDate,
            SkipReason::NotAnEntry,
            SkipReason::NotAnEntry,
            SkipReason::Empty,
            SkipReason::NoDate,
            SkipReason::NotText,
        ]
    );
    assert_eq!(entries(ImportFormat::Daylio, bytes).len(), 1);
}

#[test]
fn malformed_tables_are_refused_with_one_sentence() {
    for (text, error) in [
        (&b""[..], ImportError::Empty),
        (b"\n\n", ImportError::WrongColumns),
        (b"\0\0\0\0", ImportError::WrongColumns),
        (b"\xff\xfe", ImportError::WrongColumns),
        (b"date,mood\n1,2\n", ImportError::WrongColumns),
        (b"full_date,weekday\n2024-05-01,Wed\n", ImportError::WrongColumns),
        (b"full_date,mood,mood\n2024-05-01,a,b\n", ImportError::WrongColumns),
        (b"full_date;mood;note\n2024-05-01;a;b\n", ImportError::WrongColumns),
        (b"{\"entries\":[]}", ImportError::WrongColumns),
        (b"PK\x03\x04", ImportError::WrongColumns),
        (b"full_date,mood\n1,2,3\n4\n", ImportError::NoJournal),
        (b"f\0ull_date,mood\n2024-05-01,a\n", ImportError::WrongColumns),
    ] {
        assert_eq!(
            refused(ImportFormat::Daylio, text.to_vec()),
            error,
            "{}",
            String::from_utf8_lossy(text)
        );
    }
    let open = format!("full_date,mood,note\n2024-05-01,a,\"{}", "x\n".repeat(200_000));
    let importer = opened(ImportFormat::Daylio, open.into_bytes()).unwrap();
    assert_eq!(
        importer.preview().skipped[0].reason,
        SkipReason::TooLong,
        "a quote that never ends"
    );
}
