//! Which journal a file is.

use super::*;
use std::fs;
use std::path::PathBuf;

/// A file with these bytes in a folder of its own.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn told(bytes: &[u8]) -> Result<ImportFormat, ImportError> {
    let (_folder, path) = file(bytes);
    detect(&path)
}

#[test]
fn a_file_is_known_by_what_it_holds_and_opened_as_that() {
    for format in ImportFormat::ALL {
        let (_folder, path) = file(&sample(format));
        assert_eq!(detect(&path), Ok(format));
        let importer = open_import(&path, None, &options()).unwrap();
        assert_eq!((importer.format(), importer.preview().entries > 0), (format, true));
        assert_eq!(ImportFormat::from_code(format.code()), Some(format));
    }
    assert_eq!(ImportFormat::from_code("diary"), None);
}

#[test]
fn what_is_no_journal_or_could_be_two_is_said() {
    assert_eq!(told(b""), Err(ImportError::Empty));
    assert_eq!(told(b"Dear diary"), Err(ImportError::UnknownFormat));
    assert_eq!(told(b"{\"a\": 1}"), Err(ImportError::UnknownFormat));
    assert_eq!(told(b"a,b,c\n1,2,3\n"), Err(ImportError::UnknownFormat));
    assert_eq!(told(b"\0\0\0\0"), Err(ImportError::UnknownFormat));
    assert_eq!(told(b"PK"), Err(ImportError::NotAZip));
    assert_eq!(told(&zip(&[("a.txt", b"x")])), Err(ImportError::UnknownFormat));
    let ours: [(&str, &[u8]); 2] = [
        ("manifest.json", b"{\"format\":\"cairn-archive\",\"version\":1}"),
        ("entries/2024/05/1.md", b"x"),
    ];
    assert_eq!(told(&zip(&ours)), Err(ImportError::OurArchive));
    assert_eq!(told(b"age-encryption.org/v1\n"), Err(ImportError::OurArchive));
    assert_eq!(told(&zip(&[("a.json", b"{}")])), Err(ImportError::UnknownFormat));
    let both = zip(&[("Journal.json", b"{\"entries\":[]}"), ("2024-05-01.md", b"x")]);
    assert_eq!(told(&both), Err(ImportError::Ambiguous));
    let (_folder, path) = file(&both);
    assert_eq!(
        open_import(&path, None, &options()).map(drop).unwrap_err(),
        ImportError::Ambiguous
    );
    for format in [ImportFormat::DayOne, ImportFormat::Markdown] {
        let importer = open_import(&path, Some(format), &options()).unwrap();
        assert_eq!(importer.format(), format, "the person can say which it is");
    }
}

#[test]
fn a_folder_is_a_diary_when_it_holds_markdown() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(detect(folder.path()), Err(ImportError::UnknownFormat));
    fs::write(folder.path().join("2024-05-01.md"), "Soup.").unwrap();
    assert_eq!(detect(folder.path()), Ok(ImportFormat::Markdown));
    let importer = open_import(folder.path(), None, &options()).unwrap();
    assert_eq!(importer.preview().entries, 1);
    let refused = open_import(folder.path(), Some(ImportFormat::DayOne), &options()).map(drop);
    assert!(matches!(refused, Err(ImportError::Unreadable { .. })));
    let nowhere = open_import(&folder.path().join("nowhere"), None, &options()).map(drop);
    assert!(matches!(nowhere, Err(ImportError::Unreadable { .. })));
}

#[test]
fn a_zone_is_asked_for_where_the_file_says_none() {
    for format in ImportFormat::ALL {
        let (_folder, path) = file(&sample(format));
        let without = open_import(&path, None, &ImportOptions::default()).map(drop);
        assert_eq!(
            without.err(),
            format.needs_zone().then_some(ImportError::ZoneNeeded),
            "{format:?}"
        );
        let wrong = ImportOptions {
            zone: "Mars/Olympus".to_owned(),
            ..ImportOptions::default()
        };
        if format.needs_zone() {
            assert_eq!(
                open_import(&path, None, &wrong).map(drop),
                Err(ImportError::UnknownZone)
            );
        }
    }
}
