//! Journals from elsewhere, brought in twice, on several devices, and edited in between.

use cairn_core::exchange::{ImportError, ImportFormat, ImportOptions, Imported, Keep, open_import, read_import};
use cairn_core::journal::{Draft, EntryQuery};
use cairn_core::vault::{MemoryKeyStore, Vault, VaultConfig, entry_for_editing};
use cairn_tests::{Device, World, texts};
use std::io::{Cursor, Write as _};
use std::sync::Arc;
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

/// The parts of a PNG of one pixel, with one that names a place. Nobody here looks at the checksums.
fn picture() -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0....".as_slice(),
        b"\0\0\0\x07tEXtharbour....",
        b"\0\0\0\x04IDAT1234....\0\0\0\0IEND....",
    ]
    .concat()
}

fn opened(folder: &std::path::Path) -> Vault {
    let config = VaultConfig::new(folder.join("vault"), "phone");
    Vault::open(config, Arc::new(MemoryKeyStore::default()), None).unwrap()
}

/// A zip of Markdown files and of what they show.
fn illustrated(folder: &std::path::Path) -> std::path::PathBuf {
    let files: [(&str, Vec<u8>); 4] = [
        ("2024-05-01.md", b"Soup. ![the pot](pot.png)".to_vec()),
        (
            "2024-05-02.md",
            b"The same pot: ![](pot.png) and ![](gone.png)".to_vec(),
        ),
        ("2024-05-03.md", b"No pictures.".to_vec()),
        ("pot.png", picture()),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&content).unwrap();
    }
    let path = folder.join("journal.zip");
    std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    path
}

#[test]
fn photos_come_along_with_their_entries_and_without_where_they_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = illustrated(folder.path());
    let vault = opened(folder.path());
    let journal = vault.journal();
    let options = ImportOptions {
        zone: "Europe/London".to_owned(),
        ..ImportOptions::default()
    };
    let bring_in = || {
        let importer = open_import(&path, None, &options).unwrap();
        journal.bring_in(importer, options.keep, |_, _| {}).wait().unwrap()
    };
    let first = bring_in();
    assert_eq!(
        (first.added, first.known, first.media, first.media_left_out),
        (3, 0, 2, 0)
    );
    let entries = journal.entries(EntryQuery::newest(10)).wait().unwrap().entries;
    let shown = entries.iter().find(|entry| entry.body.starts_with("Soup")).unwrap();
    let [pot] = shown.attachments.as_slice() else {
        panic!("not one attachment");
    };
    assert_eq!(shown.body, format!("Soup. ![the pot](attachment:{})", pot.id));
    assert_eq!((pot.width, pot.height, pot.media_type.as_str()), (1, 1, "image/png"));
    let same = entries.iter().find(|entry| entry.body.starts_with("The same")).unwrap();
    assert_eq!(same.attachments[0].id, pot.id);
    assert_eq!(
        same.body,
        format!("The same pot: ![](attachment:{}) and ![](gone.png)", pot.id)
    );
    let bytes = journal.read_attachment(pot.id, 0, 10_000).wait().unwrap();
    assert!(bytes.starts_with(b"\x89PNG"));
    assert!(!bytes.windows(7).any(|seen| seen == b"harbour"));
    let again = bring_in();
    assert_eq!((again.added, again.known, again.media), (0, 3, 0));
}

#[test]
fn photos_keep_where_they_were_made_for_who_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = illustrated(folder.path());
    let vault = opened(folder.path());
    let options = ImportOptions {
        keep: Keep {
            location: true,
            device: true,
        },
        zone: "Europe/London".to_owned(),
    };
    let importer = open_import(&path, None, &options).unwrap();
    let brought = vault
        .journal()
        .bring_in(importer, options.keep, |_, _| {})
        .wait()
        .unwrap();
    assert_eq!(brought.media, 2);
    let entries = vault.journal().entries(EntryQuery::newest(10)).wait().unwrap().entries;
    let pot = &entries
        .iter()
        .find(|entry| entry.body.starts_with("Soup"))
        .unwrap()
        .attachments[0];
    let bytes = vault.journal().read_attachment(pot.id, 0, 10_000).wait().unwrap();
    assert_eq!(bytes, picture());
}
