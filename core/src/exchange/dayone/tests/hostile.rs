//! Files made to do harm, and files that came to harm.

use super::*;

fn refused(zip: Vec<u8>) -> ImportError {
    open(zip).map(|_| ()).unwrap_err()
}

fn sound() -> Vec<u8> {
    journal(&[entry(1, json!({}))])
}

#[test]
fn what_is_not_an_archive_is_refused_by_name() {
    assert_eq!(refused(Vec::new()), ImportError::Empty);
    assert_eq!(refused(b"PK".to_vec()), ImportError::NotAZip);
    assert_eq!(refused(sound()), ImportError::NotAZip);
    assert_eq!(refused(vec![0; 100_000]), ImportError::NotAZip);
    assert_eq!(refused(b"PK\x03\x04".to_vec()), ImportError::Truncated);
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        DayOne::open(folder.path()),
        Err(ImportError::Unreadable { .. })
    ));
    let missing = DayOne::open(&folder.path().join("none.zip")).unwrap_err();
    assert_eq!(
        missing,
        ImportError::Unreadable {
            kind: std::io::ErrorKind::NotFound
        }
    );
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let whole = zip(&[("Journal.json", &sound()), ("photos/a.jpeg", &[7; 300])]);
    assert!(open(whole.clone()).is_ok());
    for length in 0..whole.len() {
        let cut = whole.get(..length).unwrap().to_vec();
        let error = refused(cut);
        assert!(
            matches!(
                error,
                ImportError::Empty | ImportError::NotAZip | ImportError::Truncated
            ),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_flipped_bit_never_panics_and_never_changes_a_word() {
    let whole = zip(&[(
        "Journal.json",
        &journal(&[entry(1, json!({"text": "words that must not change"}))]),
    )]);
    for at in 0..whole.len() {
        let mut rotten = whole.clone();
        rotten[at] ^= 1 << (at % 8);
        if let Ok(mut export) = open(rotten) {
            for entry in export.entries(Keep::default()) {
                assert_eq!(entry.unwrap().draft.body, "words that must not change", "byte {at}");
            }
        }
    }
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in [
        "../Journal.json",
        "a/../../x",
        "/etc/passwd",
        "C:\\x",
        "..\\x",
        "\\\\host\\x",
        "photos/..",
    ] {
        assert_eq!(
            refused(zip(&[("Journal.json", &sound()), (name, b"x")])),
            ImportError::UnsafeName,
            "{name}"
        );
    }
    assert!(open(zip(&[("folder/Journal.json", &sound()), ("photos/a..b.jpeg", b"x")])).is_ok());
}

#[test]
fn a_link_is_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("Journal.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(&sound()).unwrap();
    zip.add_symlink("photos/a.jpeg", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    assert_eq!(refused(zip.finish().unwrap().into_inner()), ImportError::Link);
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let blank = format!("{{{}\"entries\":[]}}", " ".repeat(8 * 1024 * 1024));
    assert_eq!(refused(zip(&[("Journal.json", blank.as_bytes())])), ImportError::Bomb);
    // The same bytes are no bomb when they are as large in the archive; and beside the journal nothing is unpacked.
    assert!(open(zip_with(&[("Journal.json", blank.as_bytes())], stored())).is_ok());
    assert!(open(zip(&[("Journal.json", &sound()), ("photos/a.jpeg", blank.as_bytes())])).is_ok());
}

/// Puts `bytes` over what stands `from` bytes after the last `magic`.
fn overwrite(zip: &mut [u8], magic: &[u8], from: usize, bytes: &[u8]) {
    let at = zip.windows(magic.len()).rposition(|window| window == magic).unwrap() + from;
    zip.get_mut(at..at + bytes.len()).unwrap().copy_from_slice(bytes);
}

#[test]
fn a_claim_is_refused_before_anything_is_held_for_it() {
    let mut large = zip(&[("Journal.json", &sound())]);
    overwrite(&mut large, b"PK\x01\x02", 24, &u32::MAX.wrapping_sub(1).to_le_bytes());
    assert_eq!(refused(large), ImportError::TooLarge);

    let mut many = zip(&[("Journal.json", &sound())]);
    overwrite(&mut many, b"PK\x05\x06", 8, &[0xFE, 0xFF, 0xFE, 0xFF]);
    assert!(matches!(refused(many), ImportError::Damaged | ImportError::Truncated));

    // A million files, as the larger form can claim them.
    let mut million = zip(&[("Journal.json", &sound())]);
    let end = million.len() - 22;
    let tail = million.split_off(end);
    let at = million.len() as u64;
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([0; 12]);
    record.extend(1_000_000_u64.to_le_bytes());
    record.extend(1_000_000_u64.to_le_bytes());
    record.extend([0; 16]);
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend(at.to_le_bytes());
    record.extend(1_u32.to_le_bytes());
    million.extend(record);
    million.extend(tail);
    assert_eq!(refused(million), ImportError::TooManyFiles);
}

#[test]
fn a_file_that_holds_more_than_it_claims_is_refused() {
    let mut zip = zip_with(&[("Journal.json", &sound())], SimpleFileOptions::default());
    overwrite(&mut zip, b"PK\x01\x02", 24, &20_u32.to_le_bytes());
    assert_eq!(refused(zip), ImportError::Damaged);
}

#[test]
fn an_archive_without_a_journal_is_refused() {
    assert_eq!(refused(zip(&[])), ImportError::NoJournal);
    assert_eq!(
        refused(zip(&[("notes.txt", b"x"), ("photos/a.json", &sound())])),
        ImportError::NoJournal
    );
    for other in [
        r#"{"id":"1","text":"x"}"#,
        "[]",
        r#"{"entries":{}}"#,
        r#"{"entries":"x"}"#,
        r#"{"entries":null}"#,
    ] {
        assert_eq!(
            refused(zip(&[("1.json", other.as_bytes())])),
            ImportError::NoJournal,
            "{other}"
        );
    }
}

#[test]
fn a_journal_that_is_not_json_is_refused_whole() {
    let before = entry(1, json!({})).to_string();
    for garbled in [
        "",
        "words",
        "{\"entries\":[",
        "{\"entries\":[BEFORE,{\"text\":\"x}]}",
        "{\"entries\":[BEFORE,{\"text\":nul}]}",
        "{\"entries\":[BEFORE,{\"text\":\"\\q\"}]}",
        "{\"entries\":[BEFORE,{\"text\":\"\\ud800\"}]}",
        "{\"entries\":[BEFORE}]",
        "{\"entries\":[BEFORE]}{}",
    ] {
        let json = garbled.replace("BEFORE", &before);
        assert_eq!(
            refused(zip(&[("Journal.json", json.as_bytes())])),
            ImportError::Garbled,
            "{garbled}"
        );
    }
    let mut not_utf8 = journal(&[entry(1, json!({"text": "QQ"}))]);
    let at = not_utf8.windows(2).position(|window| window == b"QQ").unwrap();
    not_utf8[at] = 0xC3;
    assert_eq!(refused(zip(&[("Journal.json", &not_utf8)])), ImportError::Garbled);
    let utf16: Vec<u8> = String::from_utf8(sound())
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(refused(zip(&[("Journal.json", &utf16)])), ImportError::Garbled);
}

#[test]
fn deep_nesting_is_refused_wherever_it_stands() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let at = |json: String| refused(zip_with(&[("Journal.json", json.as_bytes())], stored()));
    assert_eq!(at(format!(r#"{{"entries":[{{"x":{deep}}}]}}"#)), ImportError::TooDeep);
    assert_eq!(
        at(format!(r#"{{"metadata":{deep},"entries":[]}}"#)),
        ImportError::TooDeep
    );
}

#[test]
fn wrong_types_in_an_entry_cost_at_most_that_entry() {
    let wrong = json!({"text": 7, "tags": "x", "timeZone": [], "isAllDay": 1, "photos": {}, "richText": [], "uuid": {}, "cairn": 3});
    let export = day_one(&[
        json!(5),
        json!("x"),
        json!([]),
        json!(null),
        json!({}),
        entry(2, wrong.clone()),
        entry(3, json!({})),
    ]);
    let reasons: Vec<_> = export.preview().skipped.iter().map(|skipped| skipped.reason).collect();
    use SkipReason::{Empty, NoDate, NotAnEntry};
    assert_eq!(reasons, [NotAnEntry, NotAnEntry, NotAnEntry, NotAnEntry, NoDate, Empty]);
    assert_eq!(export.preview().entries, 1);
    let mut kept = wrong;
    kept["richText"] = json!({"contents": [{"text": "words"}]});
    let extra = one(kept).extra;
    assert!(
        extra.contains(r#""tags":"x""#) && extra.contains(r#""isAllDay":1"#) && extra.contains(r#""cairn":3"#),
        "{extra}"
    );
}

#[test]
fn an_entry_longer_than_one_can_be_is_listed_and_the_others_come() {
    let limit = limits::BODY_CHARACTERS_MAX;
    let entries = [
        entry(1, json!({"text": "é".repeat(limit)})),
        entry(2, json!({"text": "é".repeat(limit + 1)})),
        entry(3, json!({"text": "x".repeat(10 * 1024 * 1024)})),
        entry(4, json!({"tags": vec![0; 300_000]})),
        entry(5, json!({})),
    ];
    let export = open(zip_with(&[("Journal.json", &journal(&entries))], stored())).unwrap();
    let skipped: Vec<_> = export
        .preview()
        .skipped
        .iter()
        .map(|skipped| (skipped.number, skipped.reason))
        .collect();
    assert_eq!(
        skipped,
        [
            (2, SkipReason::TooLong),
            (3, SkipReason::TooLong),
            (4, SkipReason::TooLong)
        ]
    );
    assert_eq!(export.preview().skipped[0].date.unwrap().to_string(), "2024-05-03");
    assert_eq!(export.preview().entries, 2);
}

#[test]
fn more_entries_than_one_import_can_bring_are_refused() {
    let json = format!(r#"{{"entries":[{}0]}}"#, "0,".repeat(limits::IMPORT_ENTRIES_MAX));
    assert_eq!(
        refused(zip_with(&[("Journal.json", json.as_bytes())], stored())),
        ImportError::TooManyEntries
    );
}

#[test]
fn no_refusal_says_a_word_of_the_file() {
    let canary = [
        zip(&[("Canary.json", b"{\"entries\":[{\"text\":\"Canary")]),
        zip(&[("../Canary.json", b"Canary")]),
        zip(&[("Canary.txt", b"Canary")]),
    ];
    for zip in canary {
        let error = refused(zip);
        assert!(!format!("{error} {error:?}").contains("anary"));
    }
}
