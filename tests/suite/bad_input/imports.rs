//! A few files that are no journal, through the door an import comes in by; the room itself tests many more.

use cairn_core::exchange::{DayOne, ImportError};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

fn refused(bytes: Vec<u8>) -> ImportError {
    DayOne::read(Cursor::new(bytes)).map(|_| ()).unwrap_err()
}

const JOURNAL: &[u8] =
    br#"{"entries":[{"uuid":"0A","creationDate":"2020-01-01T10:00:00Z","timeZone":"Europe/London","text":"Soup."}]}"#;

#[test]
fn a_sound_archive_is_read_so_that_the_refusals_beside_it_mean_something() {
    assert_eq!(
        DayOne::read(Cursor::new(archive("Journal.json", JOURNAL)))
            .unwrap()
            .preview()
            .entries,
        1
    );
}

#[test]
fn archives_that_end_early_are_empty_or_are_none_are_refused_by_name() {
    let sound = archive("Journal.json", JOURNAL);
    for cut in [sound.len() / 3, sound.len() / 2, sound.len() - 5] {
        let error = refused(sound[..cut].to_vec());
        assert!(
            matches!(
                error,
                ImportError::Truncated | ImportError::Damaged | ImportError::NotAZip
            ),
            "{cut}: {error:?}"
        );
    }
    assert_eq!(refused(Vec::new()), ImportError::Empty);
    assert_eq!(refused(b"Dear diary".repeat(100)), ImportError::NotAZip);
    assert_eq!(
        refused(archive("Journal.json", b"{\"entries\": [{")),
        ImportError::Garbled
    );
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    for name in [
        "../Journal.json",
        "/etc/Journal.json",
        "a/../../Journal.json",
        "C:\\Journal.json",
        "..\\Journal.json",
    ] {
        assert_eq!(refused(archive(name, JOURNAL)), ImportError::UnsafeName, "{name}");
    }
}

#[test]
fn an_archive_that_unpacks_without_end_is_refused() {
    let error = refused(archive("Journal.json", &vec![b' '; 300 * 1024 * 1024]));
    assert!(matches!(error, ImportError::Bomb | ImportError::TooLarge), "{error:?}");
}

#[test]
fn a_header_that_promises_a_million_files_is_refused() {
    let mut bytes = archive("Journal.json", JOURNAL);
    // The end record's two counts, which a zip64 header may raise further: more files than bytes.
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].copy_from_slice(&[0xfe, 0xff, 0xfe, 0xff]);
    let error = refused(bytes);
    assert!(
        matches!(
            error,
            ImportError::TooManyFiles | ImportError::Damaged | ImportError::Truncated
        ),
        "{error:?}"
    );
}
