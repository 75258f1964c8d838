//! Journals from elsewhere, brought in twice, on several devices, and edited in between.

use cairn_core::exchange::{ImportError, ImportFormat, ImportOptions, Imported, read_import};
use cairn_core::journal::{Draft, EntryQuery};
use cairn_core::vault::entry_for_editing;
use cairn_tests::{Device, World, texts};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

fn archive(name: &str, content: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// One journal of each kind, with one entry.
fn journals() -> Vec<(ImportFormat, Vec<u8>)> {
    let day_one = r#"{"entries":[{"uuid":"0A","creationDate":"2024-05-01T10:00:00Z","timeZone":"Europe/London","text":"Soup in dayone."}]}"#;
    let journey = r#"{"id":"1","date_journal":1714557600000,"timezone":"Europe/London","text":"Soup in journey."}"#;
    let daylio = "full_date,time,mood,note\n2024-05-01,8:30 pm,fizzy,Soup in daylio.\n";
    let jrnl = r#"{"tags":{},"entries":[{"date":"2024-05-01","time":"20:30","title":"T","body":"Soup in jrnl."}]}"#;
    vec![
        (ImportFormat::DayOne, archive("Journal.json", day_one)),
        (ImportFormat::Journey, archive("1.json", journey)),
        (ImportFormat::Daylio, daylio.as_bytes().to_vec()),
        (ImportFormat::Jrnl, jrnl.as_bytes().to_vec()),
        (ImportFormat::Markdown, archive("2024-05-01.md", "Soup in markdown.")),
    ]
}

/// What comes of all of them.
fn imported() -> Vec<Imported> {
    let options = ImportOptions {
        zone: "Europe/London".to_owned(),
        ..ImportOptions::default()
    };
    let read = |(format, bytes)| -> Vec<Imported> {
        let mut journal = read_import(Cursor::new(bytes), Some(format), &options).unwrap();
        journal.entries().collect::<Result<_, ImportError>>().unwrap()
    };
    journals().into_iter().flat_map(read).collect()
}

const ALL: [&str; 5] = [
    "Soup in daylio.",
    "Soup in dayone.",
    "Soup in journey.",
    "Soup in jrnl.",
    "Soup in markdown.",
];

#[test]
fn a_journal_brought_in_twice_leaves_what_was_edited_as_it_is() {
    let world = World::new(1);
    let mut phone = Device::new(&world, 1, "phone");
    assert_eq!(phone.engine.import(imported()).unwrap(), 5);
    assert_eq!(texts(&phone.engine), ALL);
    let page = phone.engine.store().view().entries(&EntryQuery::newest(10)).unwrap();
    for entry in page.entries {
        let (entry, version) = entry_for_editing(phone.engine.store().view(), entry.id)
            .unwrap()
            .unwrap();
        let edited = Draft {
            body: format!("{} And bread.", entry.body),
            ..Draft::of(&entry)
        };
        phone.engine.revise(entry.id, &version, edited).unwrap();
    }
    assert_eq!(phone.engine.import(imported()).unwrap(), 0);
    let edited: Vec<String> = ALL.iter().map(|body| format!("{body} And bread.")).collect();
    assert_eq!(texts(&phone.engine), edited);
}

#[test]
fn a_journal_brought_in_on_two_devices_apart_is_one_journal_afterwards() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let mut tablet = Device::new(&world, 2, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    assert_eq!(phone.engine.import(imported()).unwrap(), 5);
    assert_eq!(tablet.engine.import(imported()).unwrap(), 5);
    for _ in 0..3 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    for device in [&phone, &tablet] {
        assert_eq!(texts(&device.engine), ALL);
    }
}
