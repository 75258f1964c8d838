//! Out and in again, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use crate::clock::Timestamp;
use crate::exchange::export::tests::{Shelf, entry, picture, unzipped};
use crate::exchange::{ExportFormat, ExportOptions, FlatDocument, ImportError};
use crate::id::{AttachmentId, EntryId};
use crate::journal::example::{hung, surrounded};
use crate::journal::{Entry, ImportSource, Unknown};
use crate::profile::{Address, DefaultSection, Field, Fields, Profile, Section};
use crate::record::tests::projection::any_entry;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

fn whole(passphrase: Option<&str>) -> ExportOptions {
    ExportOptions {
        trash: true,
        passphrase: passphrase.map(|passphrase| passphrase.to_owned().into()),
        ..ExportOptions::new(ExportFormat::Archive)
    }
}

pub(super) fn archive(shelf: &mut Shelf) -> Vec<u8> {
    shelf.out(&whole(None)).unwrap().0
}

pub(super) fn open(file: Vec<u8>) -> Result<Archive, ImportError> {
    Archive::read(Cursor::new(file), None)
}

/// A zip of these files.
pub(super) fn zipped(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(path.as_str(), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The manifest of these files.
pub(super) fn with_manifest(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    files.remove(MANIFEST);
    let mut listing = manifest::Listing::default();
    for (path, bytes) in &files {
        let sum = manifest::Sum {
            bytes: bytes.len() as u64,
            sha256: Sha256::digest(bytes).into(),
        };
        listing.add(path, sum);
    }
    let manifest = listing.lines("2026-01-01T00:00:00.000Z").collect::<String>();
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    files
}

const SECTION: &str = "01010101-0101-4101-8101-010101010101";

/// An entry with a picture that is here, and words that link to it.
fn shelf() -> Shelf {
    let here = picture(9, b"picture");
    let mut entry = entry(1, "Soup", &format!("![a bowl](attachment:{})", here.id));
    entry.attachments = vec![here.clone(), picture(8, b"elsewhere")];
    let mut shelf = Shelf::of(vec![entry]);
    shelf.bytes.insert(here.id, b"picture".to_vec());
    let fields = Fields::from([
        (
            format!("section/{SECTION}/name"),
            Field::Text("How to reach me".to_owned()),
        ),
        (format!("section/{SECTION}/order"), Field::Number(-5)),
        ("later".to_owned(), Field::Bytes(vec![0, 255])),
    ]);
    shelf.documents = vec![FlatDocument::profile(fields.clone(), &Profile::from_fields(&fields))];
    shelf
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_entry_comes_back_whole(mut entries in proptest::collection::vec(any_entry(), 1..4), here in any::<bool>(), linked in any::<bool>()) {
        let mut shelf = Shelf::default();
        for (n, entry) in (1..).zip(&mut entries) {
            entry.id = EntryId::from_bytes([n; 16]);
            for (at, attachment) in (0..).zip(&mut entry.attachments) {
                let bytes = [n, at];
                attachment.sha256 = Sha256::digest(bytes).into();
                attachment.bytes = 2;
                if here {
                    shelf.bytes.insert(attachment.id, bytes.to_vec());
                }
                if linked {
                    entry.body.push_str(&format!("![x](attachment:{})", attachment.id));
                }
            }
        }
        shelf.entries = entries.clone();
        let mut archive = open(archive(&mut shelf)).unwrap();
        let mut back: Vec<Entry> = archive.entries().map(Result::unwrap).collect();
        back.sort_by_key(|entry| entry.id);
        prop_assert_eq!(&back, &entries);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "(---\n|cairn: 1\n|id: |\"|\\{|\\}|:| |\n|a){0,40}") {
        let _ = open(bytes);
        let _ = entry::read(&text);
    }
}

/// The form of an entry's file is frozen: what one version wrote every later one reads.
#[test]
fn the_file_of_an_entry_with_everything_in_it_is_the_one_that_was_frozen() {
    let frozen = include_str!("../../../vectors/archive_entry.md");
    let soup = entry(1, "Soup", &format!("![A bowl](attachment:{}) with bread", hung(1).id));
    let full = Entry {
        trashed: Some(Timestamp(5)),
        import: Some(ImportSource {
            source: "dayone".to_owned(),
            source_id: "8A0B".to_owned(),
            extra: "{}".to_owned(),
        }),
        both_versions: true,
        unknown: Unknown::from([(41, vec![1])]),
        ..surrounded(&soup)
    };
    let there = full.attachments.iter().map(|attachment| attachment.id).collect();
    assert_eq!(entry::write(&full, &there), frozen);
    assert_eq!(entry::read(frozen), Some(full));

    let fields = Fields::from([
        ("a".to_owned(), Field::Text("b".to_owned())),
        ("c".to_owned(), Field::Number(-1)),
        ("d".to_owned(), Field::Bytes(vec![1, 2])),
    ]);
    let document = FlatDocument::profile(fields.clone(), &Profile::default());
    let json = serde_json::json!({
        "format": "cairn-document", "version": 1, "fields": {"a": "b", "c": -1, "d": {"base64": "AQI="}},
    });
    assert_eq!(parts::document(&document), json);
    assert_eq!(parts::read_document(&json), Some(fields));
}

#[test]
fn an_archive_is_files_that_anybody_can_read() {
    let mut shelf = shelf();
    let files = unzipped(&archive(&mut shelf));
    let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
    let sha256 = crate::exchange::export::links::hex(&Sha256::digest(b"picture"));
    let entry_path = format!("entries/2026/03/{}.md", EntryId::from_bytes([1; 16]));
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "README.txt",
            "attachments/not-on-this-device.txt",
            &format!("attachments/{sha256}.jpg"),
            &entry_path,
            "manifest.json",
            "profile.json",
            "profile.md",
        ]
        .map(str::to_owned)
        .iter()
        .map(String::as_str)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
    let file = text(&entry_path);
    assert!(
        file.contains("title: \"Soup\"\n") && file.contains("tags: [\"Home\"]\n"),
        "{file}"
    );
    assert!(
        file.ends_with(&format!("---\n\n![a bowl](../../../attachments/{sha256}.jpg)\n")),
        "{file}"
    );
    assert!(text("README.txt").starts_with("This is your journal, as it was on 1970-01-01 (UTC).\n"));
    assert!(text("profile.md").contains("## How to reach me\n"));
    let elsewhere = crate::exchange::export::links::hex(&Sha256::digest(b"elsewhere"));
    assert!(text("attachments/not-on-this-device.txt").contains(&elsewhere));
    let manifest: serde_json::Value = serde_json::from_slice(&files[MANIFEST]).unwrap();
    assert_eq!(
        (manifest["format"].as_str(), manifest["version"].as_u64()),
        (Some("cairn-archive"), Some(1))
    );
    assert_eq!(manifest["files"].as_array().unwrap().len() + 1, files.len());
}

#[test]
fn how_somebody_wants_to_be_addressed_stands_on_top_of_its_section_with_their_languages() {
    let section = Section {
        id: DefaultSection::Address.id(),
        name: "How to address me".to_owned(),
        order: 1,
        hidden: false,
    };
    let mut profile = Profile {
        sections: vec![section],
        address: Address {
            name: "Mari".to_owned(),
            languages: vec!["ase".to_owned(), "de-CH".to_owned()],
            ..Address::default()
        },
        ..Profile::default()
    };
    let words = |profile: &Profile| profile_words(profile, crate::support::SupportWanted::default());
    assert!(words(&profile).ends_with("## How to address me\n\n- Mari\n- Languages: ase, de-CH\n"));
    profile.address.languages.clear();
    assert!(words(&profile).ends_with("\n- Mari\n"));
}

#[test]
fn what_is_not_an_entry_comes_back_too() {
    let mut shelf = shelf();
    shelf.further = vec![("history/x.jsonl".to_owned(), b"{}\n".to_vec())];
    let mut archive = open(archive(&mut shelf)).unwrap();
    let preview = archive.preview().clone();
    assert_eq!((preview.entries, preview.attachments, preview.not_there), (1, 1, 1));
    assert_eq!(
        (preview.documents.as_slice(), preview.unknown_files),
        (&["profile".to_owned()][..], 1)
    );
    assert_eq!(archive.documents().unwrap()[0].fields, shelf.documents[0].fields);
    let mut bytes = Vec::new();
    let mut keep = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    let attachments = &shelf.entries[0].attachments;
    assert_eq!(archive.attachment(&attachments[0], &mut keep), Ok(true));
    assert_eq!(archive.attachment(&attachments[1], &mut keep), Ok(false));
    assert_eq!(bytes, b"picture");
}

#[test]
fn words_that_hold_the_path_of_a_file_come_back_as_they_were() {
    let mut shelf = shelf();
    let sha256 = crate::exchange::export::links::hex(&Sha256::digest(b"picture"));
    shelf.entries[0]
        .body
        .push_str(&format!(" and ../../../attachments/{sha256}.jpg\n---\n\ntail\r\0"));
    let mut archive = open(archive(&mut shelf)).unwrap();
    assert_eq!(archive.entries().next(), Some(Ok(shelf.entries[0].clone())));
}

#[test]
fn a_sealed_archive_opens_with_its_passphrase_alone() {
    let mut shelf = shelf();
    let (file, _) = shelf.out(&whole(Some("soup on the bus"))).unwrap();
    assert!(file.starts_with(b"age-encryption.org/v1\n"));
    assert!(!file.windows(4).any(|bytes| bytes == b"Soup"));
    let read = |passphrase| Archive::read(Cursor::new(file.clone()), passphrase);
    let mut archive = read(Some("soup on the bus")).unwrap();
    assert_eq!(archive.entries().next(), Some(Ok(shelf.entries[0].clone())));
    assert_eq!(read(None).err(), Some(ImportError::NeedsPassphrase));
    assert_eq!(read(Some("soup")).err(), Some(ImportError::WrongPassphrase));
    for at in [30, file.len() / 2, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(
            Archive::read(Cursor::new(changed), Some("soup on the bus")).is_err(),
            "{at}"
        );
    }
    let costly = String::from_utf8_lossy(&file[..100]).replace(" 17\n", " 30\n");
    let costly = [costly.as_bytes(), &file[100..]].concat();
    assert_eq!(
        Archive::read(Cursor::new(costly), Some("x")).err(),
        Some(ImportError::TooMuchWork)
    );
}

#[test]
fn a_file_that_was_changed_left_out_or_put_in_is_noticed() {
    let files = unzipped(&archive(&mut shelf()));
    assert!(open(zipped(&files)).is_ok());
    for path in files.keys().filter(|path| *path != MANIFEST) {
        let mut changed = files.clone();
        changed.get_mut(path).unwrap().push(b'x');
        assert_eq!(open(zipped(&changed)).err(), Some(ImportError::Changed), "{path}");
        let mut fewer = files.clone();
        fewer.remove(path);
        assert_eq!(open(zipped(&fewer)).err(), Some(ImportError::Changed), "{path}");
    }
    let mut more = files.clone();
    more.insert("entries/2026/03/more.md".to_owned(), b"x".to_vec());
    assert_eq!(open(zipped(&more)).err(), Some(ImportError::Changed));
    let mut none = files;
    none.remove(MANIFEST);
    assert_eq!(open(zipped(&none)).err(), Some(ImportError::NoJournal));
}

#[test]
fn what_no_archive_of_ours_holds_is_refused_before_anything_is_handed_out() {
    let files = unzipped(&archive(&mut shelf()));
    let path = files.keys().find(|path| path.starts_with(ENTRIES)).unwrap().clone();
    let with = |path: &str, bytes: &[u8]| {
        let mut files = files.clone();
        files.insert(path.to_owned(), bytes.to_vec());
        open(zipped(&with_manifest(files))).err()
    };
    let file = String::from_utf8(files[&path].clone()).unwrap();
    assert_eq!(with(&path, file.as_bytes()), None);
    for (from, to) in [
        ("cairn: 1", "cairn: 2"),
        ("id: \"", "id: \"x"),
        ("title: \"", "title: 7 \""),
        ("\"exact\"", "\"sharp\""),
        ("happened: ", "happening: "),
        ("---\n\n", "---\n"),
        ("\"photo\"", "\"secret\""),
        ("\"Home\"", "7"),
    ] {
        assert!(file.contains(from), "{from}");
        assert_eq!(
            with(&path, file.replacen(from, to, 1).as_bytes()),
            Some(ImportError::Damaged),
            "{from}"
        );
    }
    assert_eq!(
        with("entries/2026/03/again.md", file.as_bytes()),
        Some(ImportError::Damaged),
        "one id twice"
    );
    assert_eq!(with(&path, b"\xff\xfe"), Some(ImportError::Damaged));
    assert_eq!(with("profile.json", b"{"), Some(ImportError::Damaged));
    let newer = br#"{"format":"cairn-document","version":2,"fields":{}}"#;
    assert_eq!(with("profile.json", newer), Some(ImportError::TooNew));
    assert_eq!(with("../up.md", b"x"), Some(ImportError::UnsafeName));
    assert_eq!(
        with("later.bin", b"x"),
        None,
        "a later version's file is left where it is"
    );
    let known_later = file.replacen("title: ", "mood_of_the_moon: {\"a\": 1}\ntitle: ", 1);
    assert_eq!(
        with(&path, known_later.as_bytes()),
        None,
        "and so is a later version's line"
    );

    let mut newer = files.clone();
    let manifest = String::from_utf8(newer[MANIFEST].clone()).unwrap();
    newer.insert(
        MANIFEST.to_owned(),
        manifest.replace("\"version\":1", "\"version\":2").into_bytes(),
    );
    assert_eq!(open(zipped(&newer)).err(), Some(ImportError::TooNew));
}

#[test]
fn an_attachment_that_is_not_the_one_it_says_ends_the_export_and_leaving_attachments_out_does_not() {
    let mut shelf = shelf();
    shelf.bytes.insert(AttachmentId::from_bytes([9; 16]), b"rot".to_vec());
    assert_eq!(
        shelf.out(&whole(None)).err(),
        Some(crate::exchange::ExportError::Interrupted)
    );
    let without = ExportOptions {
        attachments: false,
        ..whole(None)
    };
    assert_eq!(shelf.out(&without).unwrap().1.left_here, 2);
}

#[test]
fn nothing_of_an_archive_shows_in_debug_output() {
    let mut archive = open(archive(&mut shelf())).unwrap();
    let documents = archive.documents();
    let shown = format!("{archive:?} {documents:?} {:?}", archive.entries().collect::<Vec<_>>());
    assert!(!shown.contains("Soup") && !shown.contains("reach me"), "{shown}");
    assert_eq!(entry::time(Timestamp(i64::MAX)), serde_json::json!(i64::MAX));
}

#[test]
fn an_entry_that_says_another_length_of_its_picture_than_the_file_has_is_refused_before_anything_is_changed() {
    let mut one = entry(1, "", "Look.");
    let mut here = picture(9, b"picture");
    here.bytes += 1;
    one.attachments = vec![here.clone()];
    let mut shelf = Shelf::of(vec![one]);
    shelf.bytes.insert(here.id, b"picture".to_vec());
    assert_eq!(open(archive(&mut shelf)).err(), Some(ImportError::Damaged));
    shelf.entries[0].attachments[0].bytes -= 1;
    let mut sound = open(archive(&mut shelf)).unwrap();
    assert_eq!(sound.attachment(&here, &mut |_| Ok(())), Err(ImportError::Damaged));
}
