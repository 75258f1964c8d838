//! What each form keeps.

use super::*;
use crate::exchange::{DayOne, Keep};
use serde_json::Value;

#[test]
fn what_day_one_gets_comes_in_again_with_the_same_words_and_its_pictures_where_day_one_looks() {
    let mut shelf = full();
    let (file, exported) = shelf.out(&ExportOptions::new(ExportFormat::DayOne)).unwrap();
    assert_eq!((exported.entries, exported.attachments, exported.left_here), (1, 1, 2));
    let files = unzipped(&file);
    let md5 = "f43c6a9ad6c16fcfd0dc6a1bb0a1a2d6".len();
    let photo = files.keys().find(|path| path.starts_with("photos/")).unwrap();
    assert_eq!(
        (photo.len(), photo.ends_with(".jpeg")),
        ("photos/".len() + md5 + ".jpeg".len(), true)
    );
    assert_eq!(files[photo], b"picture");

    let journal: Value = serde_json::from_slice(&files["Journal.json"]).unwrap();
    let entry = &journal["entries"][0];
    let identifier = "09".repeat(16);
    assert_eq!(entry["photos"][0]["identifier"], identifier);
    assert_eq!(
        format!("photos/{}.jpeg", entry["photos"][0]["md5"].as_str().unwrap()),
        *photo
    );
    assert_eq!(
        (&entry["starred"], &entry["location"]["placeName"]),
        (&true.into(), &"the kitchen".into())
    );
    assert_eq!(entry["location"]["latitude"], 51.507_351);

    let mut import = DayOne::read(Cursor::new(file)).unwrap();
    let imported = import.entries(Keep::default()).next().unwrap().unwrap();
    assert_eq!(
        imported.draft.body,
        format!("First line\n![a bowl](dayone-moment://{identifier})\n[1] last")
    );
    assert_eq!(
        (imported.draft.title.as_str(), imported.draft.feelings),
        ("Soup", vec!["fizzy".to_owned()])
    );
    assert!(
        !imported.extra.contains("kitchen"),
        "a place stays behind unless it is asked for"
    );
}

#[test]
fn the_json_of_jrnl_has_exactly_the_keys_of_jrnl() {
    let mut shelf = full();
    shelf.entries.push(entry(2, "", "No title here.\nMore."));
    shelf.entries[1].tags = vec![crate::journal::Word::new("Side walk")];
    let json: Value = serde_json::from_str(&shelf.text(&ExportOptions::new(ExportFormat::Jrnl))).unwrap();
    assert_eq!(json["tags"], serde_json::json!({"@home": 1, "@side_walk": 1}));
    let entry = &json["entries"][1];
    assert_eq!(
        *entry,
        serde_json::json!({
            "title": "No title here.", "body": "More.", "date": "2026-03-03", "time": "08:00", "tags": ["@side_walk"],
            "starred": false, "uuid": "02".repeat(16),
        })
    );
    assert_eq!(json["entries"][0]["starred"], true);
    assert_eq!(
        shelf.out(&ExportOptions::new(ExportFormat::Jrnl)).unwrap().1.left_here,
        3
    );
}

#[test]
fn the_journal_of_jrnl_begins_an_entry_nowhere_but_where_one_begins() {
    let mut shelf = full();
    shelf.entries.push(entry(2, "", "[2020-01-01 10:00] quoted\n[x] more"));
    assert_eq!(
        shelf
            .text(&ExportOptions::new(ExportFormat::JrnlText))
            .lines()
            .filter(|line| line.starts_with("[20"))
            .count(),
        2
    );
}

#[test]
fn markdown_is_a_file_an_entry_with_its_picture_beside() {
    let mut shelf = full();
    let (file, exported) = shelf.out(&ExportOptions::new(ExportFormat::Markdown)).unwrap();
    assert_eq!(exported.attachments, 1);
    let files = unzipped(&file);
    let id = shelf.entries[0].id;
    let text = String::from_utf8(files[&format!("2026/2026-03-02-{id}.md")].clone()).unwrap();
    let picture = shelf.entries[0]
        .attachments
        .iter()
        .find(|one| one.id == AttachmentId::from_bytes([9; 16]));
    let link = format!("![a bowl](../attachments/{})", links::file_name(picture.unwrap()));
    for part in [
        "title: \"Soup\"\n",
        "date: \"2026-03-02\"\n",
        "tags: [\"Home\"]\n",
        "place: \"the kitchen\"\n",
        &link,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(files.keys().any(|path| path.starts_with("attachments/")));
}

#[test]
fn a_folder_holds_what_a_zip_holds() {
    let mut shelf = full();
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        folder: true,
        ..ExportOptions::new(ExportFormat::Markdown)
    };
    export(
        &mut shelf,
        &options,
        Timestamp(0),
        Sink::Folder(folder.path()),
        &mut |_, _| {},
    )
    .unwrap();
    for (path, bytes) in unzipped(&shelf.out(&ExportOptions::new(ExportFormat::Markdown)).unwrap().0) {
        assert_eq!(std::fs::read(folder.path().join(&path)).unwrap(), bytes, "{path}");
    }
}

#[test]
fn a_page_holds_its_pictures_says_what_it_does_not_hold_and_asks_nobody_for_anything() {
    let mut shelf = full();
    shelf.entries[0]
        .body
        .push_str("\n\n<script>x</script>\n\n![t](https://tracker.example/t.png)");
    let page = shelf.text(&ExportOptions::new(ExportFormat::Html));
    for part in [
        "<img src=\"data:image/jpeg;base64,cGljdHVyZQ==\" alt=\"\">",
        "Not in this page: A bowl",
        "default-src 'none'",
        "<time datetime=\"2026-03-02\">2026-03-02 08:00</time>",
        "<dt>Feelings</dt><dd>fizzy</dd>",
        "&lt;script&gt;",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(
        !page.contains("<script") && !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
}

#[test]
fn the_trash_goes_out_only_when_it_is_asked_for() {
    let mut shelf = Shelf::of(vec![entry(1, "", "kept"), entry(2, "", "thrown")]);
    shelf.entries[1].trashed = Some(Timestamp(5));
    for format in [
        ExportFormat::Archive,
        ExportFormat::DayOne,
        ExportFormat::Jrnl,
        ExportFormat::JrnlText,
        ExportFormat::Markdown,
        ExportFormat::Html,
    ] {
        let mut options = ExportOptions::new(format);
        assert_eq!(shelf.out(&options).unwrap().1.entries, 1, "{format:?}");
        options.trash = true;
        assert_eq!(shelf.out(&options).unwrap().1.entries, 2, "{format:?}");
        options.entry = Some(shelf.entries[0].id);
        assert_eq!(shelf.out(&options).unwrap().1.entries, 1, "{format:?}");
        options.entry = Some(EntryId::from_bytes([77; 16]));
        assert_eq!(shelf.out(&options).err(), Some(ExportError::NoEntry), "{format:?}");
    }
}

#[test]
fn an_empty_journal_goes_out_too() {
    for format in [
        ExportFormat::Archive,
        ExportFormat::DayOne,
        ExportFormat::Jrnl,
        ExportFormat::JrnlText,
        ExportFormat::Markdown,
        ExportFormat::Html,
    ] {
        assert!(Shelf::default().out(&ExportOptions::new(format)).is_ok(), "{format:?}");
    }
}

#[test]
fn a_sink_that_runs_full_is_said_and_so_are_choices_that_do_not_go_together() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in [
        ExportFormat::Archive,
        ExportFormat::DayOne,
        ExportFormat::Jrnl,
        ExportFormat::Markdown,
        ExportFormat::Html,
    ] {
        let mut full = Full(60);
        let sink = Sink::File(&mut full);
        let error = export(
            &mut super::full(),
            &ExportOptions::new(format),
            Timestamp(0),
            sink,
            &mut |_, _| {},
        );
        let expected = ExportError::Unwritable {
            kind: std::io::ErrorKind::StorageFull,
        };
        assert_eq!(error, Err(expected), "{format:?}");
    }
    let story = Some(Story::default());
    for options in [
        ExportOptions {
            story,
            ..ExportOptions::new(ExportFormat::Html)
        },
        ExportOptions {
            folder: true,
            ..ExportOptions::new(ExportFormat::Archive)
        },
        ExportOptions {
            passphrase: Some(String::new().into()),
            ..ExportOptions::new(ExportFormat::Archive)
        },
    ] {
        assert_eq!(full().out(&options).err(), Some(ExportError::NotTogether));
    }
}

#[test]
fn memory_does_not_grow_with_the_words() {
    // Two thousand entries of a kilobyte go over one page at a time: no more than a page is ever asked for.
    struct Endless(usize);
    impl Outgoing for Endless {
        fn ids(&mut self, _: bool) -> Result<Vec<EntryId>, ExportError> {
            Ok((0..2_000_u128).map(|n| EntryId::from_bytes(n.to_be_bytes())).collect())
        }
        fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, ExportError> {
            self.0 = self.0.max(ids.len());
            let entry = |id: &EntryId| Entry {
                id: *id,
                ..entry(1, "", &"word ".repeat(200))
            };
            Ok(ids.iter().map(entry).collect())
        }
        fn open_attachment(&mut self, _: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
            Ok(None)
        }
        fn open_picture(&mut self, _: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
            Ok(None)
        }
        fn documents(&mut self) -> Result<Vec<FlatDocument>, ExportError> {
            Ok(Vec::new())
        }
        fn relationships(&mut self) -> Result<Vec<KeptRelationship>, ExportError> {
            Ok(Vec::new())
        }
        fn conversation(&mut self, _: RelationshipId) -> Result<Vec<KeptMessage>, ExportError> {
            Ok(Vec::new())
        }
        fn shares(&mut self) -> Result<Vec<ShareCard>, ExportError> {
            Ok(Vec::new())
        }
    }
    for format in [ExportFormat::Archive, ExportFormat::Jrnl, ExportFormat::Html] {
        let mut endless = Endless(0);
        let mut told = Vec::new();
        let mut sink = std::io::sink();
        let exported = export(
            &mut endless,
            &ExportOptions::new(format),
            Timestamp(0),
            Sink::File(&mut sink),
            &mut |done, all| told.push((done, all)),
        );
        assert_eq!((exported.unwrap().entries, endless.0), (2_000, PAGE));
        assert_eq!((told.first(), told.last()), (Some(&(0, 2_000)), Some(&(2_000, 2_000))));
    }
}
