//! Folders of Markdown, made here.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use crate::exchange::importer::{Imported, SkipReason};
use crate::exchange::tests::{
    bytes_of, entries, entries_with, keeping, markdown, opened, options, reasons, refused, zip,
};
use crate::exchange::{ImportError, ImportFormat, ImportOptions, embed, open_import};
use crate::id::AttachmentId;
use crate::limits;
use crate::moment::Precision;
use std::fs;

/// What comes of one file of that name.
fn one(name: &str, text: &str) -> Imported {
    entries(ImportFormat::Markdown, zip(&[(name, text.as_bytes())])).remove(0)
}

#[test]
fn diaries_of_every_habit_come_in_from_one_folder() {
    let mut importer = opened(ImportFormat::Markdown, markdown()).unwrap();
    let preview = importer.preview().clone();
    assert_eq!(
        (preview.entries, preview.attachments, preview.attachments_missing),
        (3, 2, 0)
    );
    assert_eq!(
        preview
            .skipped
            .iter()
            .map(|one| (one.journal.as_str(), one.reason))
            .collect::<Vec<_>>(),
        [("vault/Ideas.md", SkipReason::NoDate)]
    );
    let entries: Vec<Imported> = importer.entries().map(Result::unwrap).collect();
    let on = |date: &str| {
        entries
            .iter()
            .find(|entry| entry.draft.happened.local_date.to_string() == date)
            .unwrap()
    };

    let obsidian = on("2024-05-01");
    assert_eq!(
        (obsidian.draft.title.as_str(), obsidian.draft.body.as_str()),
        ("Soup again", "Soup. ![[pot.jpg]]")
    );
    assert!(obsidian.draft.tags == ["walk", "home"] && obsidian.draft.feelings == ["fizzy"]);
    assert_eq!(
        (obsidian.extra.as_str(), obsidian.draft.happened.precision),
        (r#"{"colour":"blue"}"#, Precision::Day)
    );
    assert_eq!(bytes_of(importer.as_ref(), &obsidian.media[0]), b"a pot");
    let id = AttachmentId::from_bytes([7; 16]);
    assert_eq!(
        embed(&obsidian.draft.body, &[(&obsidian.media[0].link, id, "the pot")]),
        format!("Soup. ![the pot](attachment:{id})")
    );

    let logseq = on("2024-05-02");
    assert_eq!(
        (logseq.draft.feelings.as_slice(), logseq.draft.body.as_str()),
        (&["almost fine".to_owned()][..], "- Almost.\n- ![](../assets/pot.jpg)")
    );
    assert_eq!(logseq.media[0].link, "../assets/pot.jpg");
    assert_eq!(on("2024-05-03").draft.feelings, ["calm"]);
}

#[test]
fn a_folder_gives_the_same_entries_as_a_zip_of_it_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(markdown())).unwrap();
    archive.extract(folder.path()).unwrap();
    let mut importer = open_import(&folder.path().join("vault"), None, &options()).unwrap();
    let key = |entry: &Imported| (entry.source_id.clone(), entry.draft.body.clone(), entry.media.len());
    let mut from_folder: Vec<_> = importer.entries().map(|entry| key(&entry.unwrap())).collect();
    let mut from_zip: Vec<_> = entries(ImportFormat::Markdown, markdown()).iter().map(key).collect();
    from_folder.sort();
    from_zip.sort();
    assert_eq!(from_folder, from_zip);
    assert_eq!(importer.preview().journals[0].name, "vault");
}

#[test]
fn a_date_comes_from_the_file_its_name_or_its_beginning_in_this_order() {
    let happened = |name: &str, text: &str| {
        let moment = one(name, text).draft.happened;
        (moment.local_date.to_string(), moment.precision)
    };
    let day = |date: &str| (date.to_owned(), Precision::Day);
    let exact = |date: &str| (date.to_owned(), Precision::Exact);
    assert_eq!(
        happened("2024-05-01.md", "---\ndate: 2024-06-02\n---\nx"),
        day("2024-06-02")
    );
    assert_eq!(
        happened("2024-05-01.md", "---\ncreated: 2024-06-02\n---\nx"),
        day("2024-05-01")
    );
    assert_eq!(
        happened("2024-05-01.md", "---\ncreated: 2024-05-01T21:30:00\n---\nx"),
        exact("2024-05-01")
    );
    assert_eq!(
        happened("x.md", "---\ncreated: 2024-06-02 10:00\n---\nx"),
        exact("2024-06-02")
    );
    assert_eq!(
        happened("x.md", "---\ndate: \"[[2024-06-02]]\"\n---\nx"),
        day("2024-06-02")
    );
    assert_eq!(happened("2024-05-01.md", "---\ndate: soon\n---\nx"), day("2024-05-01"));
    assert_eq!(happened("2024-05-01 09-15 Bus.md", "x"), exact("2024-05-01"));
    let kept = one("2024-05-01.md", "---\ndate: soon\n---\nx");
    assert_eq!(kept.extra, r#"{"date":"soon"}"#);
    assert_eq!(
        reasons(ImportFormat::Markdown, zip(&[("a.md", b"x")])),
        [SkipReason::NoDate]
    );
}

#[test]
fn a_day_stays_that_day_in_whatever_zone_it_is_read() {
    for zone in [
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "Europe/London",
        "Pacific/Apia",
    ] {
        let options = ImportOptions {
            zone: zone.to_owned(),
            ..ImportOptions::default()
        };
        let entries = entries_with(ImportFormat::Markdown, zip(&[("2011-12-30.md", b"x")]), &options);
        assert_eq!(entries[0].draft.happened.local_date.to_string(), "2011-12-30", "{zone}");
        assert_eq!(
            entries[0].source_id,
            one("2011-12-30.md", "x").source_id,
            "the zone is no part of its name"
        );
    }
}

#[test]
fn words_before_the_text_come_as_words_and_numbers_stay_behind_them() {
    let entry = one(
        "2024-05-01.md",
        "---\ntags: one two\nfeelings: [a bit raw, \"steady, bright\"]\nmood: 4\npeople: [\"[[Ana]]\", Jo]\nTitle: T\nweather: rain\nlist: [{a: 1}]\n---\nx",
    );
    assert_eq!(entry.draft.tags, ["one", "two"]);
    assert_eq!(entry.draft.feelings, ["a bit raw", "steady", "bright"]);
    assert_eq!(entry.draft.people, ["Ana", "Jo"]);
    assert_eq!(
        (entry.draft.title.as_str(), entry.draft.weather.as_str()),
        ("T", "\"rain\"")
    );
    assert_eq!(entry.extra, r#"{"list":[{"a":1}],"mood":4}"#);
    let entry = one("2024-05-01.md", "---\nfeelings: [calm, 7]\nmood: \"6/10\"\n---\nx");
    assert_eq!(entry.draft.feelings, ["calm"]);
    assert_eq!(entry.extra, r#"{"feelings":["calm",7],"mood":"6/10"}"#);
}

#[test]
fn a_place_is_left_out_until_it_is_asked_for() {
    let entry = one("2024-05-01.md", "---\nlocation: Away\nlat: 1.5\n---\nx");
    assert!(entry.draft.place.is_none() && entry.extra.is_empty());
    let bytes = zip(&[("2024-05-01.md", b"---\nlocation: Away\nlat: 1.5\n---\nx")]);
    assert_eq!(
        opened(ImportFormat::Markdown, bytes.clone())
            .unwrap()
            .preview()
            .with_location,
        1
    );
    let kept = entries_with(ImportFormat::Markdown, bytes, &keeping()).remove(0);
    assert_eq!(kept.draft.place.unwrap().label, "Away");
    assert_eq!(kept.extra, r#"{"lat":1.5,"location":"Away"}"#);
}

#[test]
fn links_lead_to_files_of_the_folder_and_nowhere_else() {
    let text = "![](a%20b.png) ![[pot.jpg|200]] [the file](../x.pdf) ![](../../etc/passwd.png) ![](https://t.example/p.gif) ![[Another note]] [n](2024-05-02.md)";
    let bytes = zip(&[
        ("d/e/2024-05-01.md", text.as_bytes()),
        ("d/e/a b.png", b"1"),
        ("d/POT.JPG", b"2"),
        ("d/x.pdf", b"3"),
    ]);
    let mut importer = opened(ImportFormat::Markdown, bytes).unwrap();
    assert_eq!(
        (importer.preview().attachments, importer.preview().attachments_missing),
        (4, 1)
    );
    let media = importer.entries().next().unwrap().unwrap().media;
    let links: Vec<&str> = media.iter().map(|media| media.link.as_str()).collect();
    assert_eq!(links, ["a%20b.png", "pot.jpg", "../x.pdf"]);
    let bytes: Vec<Vec<u8>> = media.iter().map(|media| bytes_of(importer.as_ref(), media)).collect();
    assert_eq!(bytes, [b"1", b"2", b"3"]);
}

#[test]
fn a_file_that_was_rewritten_is_another_entry_and_one_that_moved_is_the_same() {
    let id = |name: &str, text: &str| one(name, text).source_id;
    assert_eq!(id("a/2024-05-01.md", "x"), id("b/c/2024-05-01.md", "x"));
    assert_ne!(id("2024-05-01.md", "x"), id("2024-05-01.md", "y"));
    assert_ne!(id("2024-05-01.md", "x"), id("2024-05-02.md", "x"));
    let own = "---\nuuid: 01234567-89AB-cdef-0123-456789abcdef\n---\n";
    assert_eq!(
        id("2024-05-01.md", &format!("{own}x")),
        "01234567-89ab-cdef-0123-456789abcdef"
    );
    let weak = one("2024-05-01.md", "---\nid: 7\n---\nx");
    assert!(weak.source_id.starts_with("content-") && weak.extra == r#"{"id":7}"#);
}

#[test]
fn front_matter_that_cannot_be_read_stays_in_the_text_as_it_was_written() {
    for text in [
        "---\ntitle: a: b\n---\nx",
        "---\na: &x 1\nb: *x\n---\nx",
        "---\nx",
        "+++\na =\n+++\nx",
    ] {
        assert_eq!(one("2024-05-01.md", text).draft.body, text);
    }
    assert_eq!(
        one("2024-05-01.md", "\u{feff}---\r\ntitle: T\r\n---\r\none\r\ntwo\r\n")
            .draft
            .body,
        "one\ntwo"
    );
}

#[test]
fn malformed_folders_are_refused_or_said_file_by_file() {
    let reason = |bytes: &[u8]| {
        reasons(
            ImportFormat::Markdown,
            zip(&[("2024-05-01.md", bytes), ("2024-05-02.md", b"sound")]),
        )
    };
    assert_eq!(reason(b"\xff\xfe"), [SkipReason::NotText]);
    assert_eq!(reason(b""), [SkipReason::Empty]);
    assert_eq!(reason(b"---\na: 1\n---\n"), [SkipReason::Empty]);
    assert_eq!(reason(" ж".repeat(60_000).as_bytes()), [SkipReason::TooLong]);
    assert_eq!(reason(b"sound"), []);
    assert_eq!(reason(b"a\0b"), []);
    assert_eq!(
        refused(ImportFormat::Markdown, zip(&[("a.txt", b"x")])),
        ImportError::NoJournal
    );
    assert_eq!(refused(ImportFormat::Markdown, Vec::new()), ImportError::Empty);
    assert_eq!(
        refused(ImportFormat::Markdown, b"# Soup".to_vec()),
        ImportError::NotAZip
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("2024-05-01.md"), "x".repeat(5_000_000)).unwrap();
    let importer = open_import(folder.path(), None, &options()).unwrap();
    assert_eq!(importer.preview().skipped[0].reason, SkipReason::TooLong);
}

#[test]
fn an_entry_with_more_than_one_can_hold_keeps_what_fits_and_says_the_rest() {
    let tags = (0..150).map(|tag| format!("t{tag}")).collect::<Vec<_>>().join(", ");
    let links = (0..250)
        .map(|file| format!("![]({file}.png)"))
        .collect::<Vec<_>>()
        .join(" ");
    let title = "T".repeat(600);
    let text = format!("---\ntags: [{tags}]\ntitle: {title}\n---\n{links}");
    let names: Vec<String> = (0..250).map(|file| format!("{file}.png")).collect();
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    files.push(("2024-05-01.md", text.as_bytes()));
    let mut importer = opened(ImportFormat::Markdown, zip(&files)).unwrap();
    assert_eq!(
        (importer.preview().attachments, importer.preview().attachments_missing),
        (250, 50)
    );
    let entry = importer.entries().next().unwrap().unwrap();
    assert_eq!(
        (entry.draft.tags.len(), entry.media.len()),
        (limits::WORDS_MAX, limits::ATTACHMENTS_MAX)
    );
    assert!(entry.extra.contains("t149") && entry.draft.title.is_empty() && entry.draft.body.starts_with(&title));
}
