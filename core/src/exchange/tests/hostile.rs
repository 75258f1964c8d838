//! Files made to do harm, through every importer that opens archives and folders.

use super::*;
use std::fs;

/// The formats that come as a zip.
const ZIPS: [ImportFormat; 3] = [ImportFormat::DayOne, ImportFormat::Journey, ImportFormat::Markdown];

/// A sound file of that format.
fn page(format: ImportFormat) -> (&'static str, &'static [u8]) {
    match format {
        ImportFormat::DayOne => (
            "Journal.json",
            br#"{"entries":[{"creationDate":"2024-05-01T10:00:00Z","text":"x"}]}"#,
        ),
        ImportFormat::Journey => ("1.json", br#"{"id":"1","date_journal":1714557600000,"text":"x"}"#),
        _ => ("2024-05-01.md", b"x"),
    }
}

#[test]
fn names_that_lead_out_links_and_doubles_are_refused() {
    for format in ZIPS {
        let sound = page(format);
        for name in ["../x.jpg", "/etc/passwd", "C:\\x", "a/../../x", "\\\\host\\x", "a\0b"] {
            let error = refused(format, zip(&[sound, (name, b"x")]));
            assert_eq!(error, ImportError::UnsafeName, "{format:?} {name:?}");
        }
        let mut linked = ZipWriter::new(Cursor::new(Vec::new()));
        linked.start_file(sound.0, SimpleFileOptions::default()).unwrap();
        linked.write_all(sound.1).unwrap();
        linked
            .add_symlink("x.jpg", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
        assert_eq!(
            refused(format, linked.finish().unwrap().into_inner()),
            ImportError::Link
        );
    }
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    for format in ZIPS {
        let whole = zip(&[page(format), ("x.jpg", &[7; 50])]);
        assert!(opened(format, whole.clone()).is_ok());
        for length in 0..whole.len() {
            let error = refused(format, whole.get(..length).unwrap().to_vec());
            assert!(
                matches!(
                    error,
                    ImportError::Empty | ImportError::NotAZip | ImportError::Truncated
                ),
                "{format:?} {length}: {error}"
            );
        }
    }
}

#[test]
fn a_bomb_of_words_is_refused_and_one_of_media_is_not_offered() {
    let blanks = vec![b' '; 8 * 1024 * 1024];
    for format in ZIPS {
        let name = match format {
            ImportFormat::Markdown => "2024-05-02.md",
            _ => "2.json",
        };
        assert_eq!(
            refused(format, zip(&[page(format), (name, &blanks)])),
            ImportError::Bomb
        );
    }
    // Sound that is silent shrinks as far as that; more than an attachment that could be heard does not come.
    let silence = vec![0; 70 * 1024 * 1024];
    let bytes = zip(&[
        ("2024-05-01.md", b"![](a.wav) ![](b.wav)"),
        ("a.wav", &blanks),
        ("b.wav", &silence),
    ]);
    let importer = opened(ImportFormat::Markdown, bytes).unwrap();
    let preview = importer.preview();
    assert_eq!((preview.attachments, preview.attachments_missing), (2, 1));
}

#[test]
fn media_whose_bytes_are_not_theirs_are_noticed_when_they_are_read() {
    let mut bytes = zip(&[("2024-05-01.md", b"![](a.jpg)"), ("a.jpg", &[7; 4_000])]);
    let at = bytes.windows(5).position(|window| window == b"a.jpg").unwrap() + 8;
    bytes[at] ^= 0x55;
    let mut importer = opened(ImportFormat::Markdown, bytes).unwrap();
    let media = importer.entries().next().unwrap().unwrap().media.remove(0);
    let mut shelf = importer.shelf();
    let mut read = Vec::new();
    assert!(shelf.open(&media).unwrap().read_to_end(&mut read).is_err());
}

#[cfg(unix)]
#[test]
fn a_folder_with_a_door_or_a_loop_is_refused_whole() {
    use std::os::unix::fs::symlink;
    for (name, to) in [("door.md", "/etc/passwd"), ("door", "/etc"), ("loop", ".")] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("2024-05-01.md"), "Soup.").unwrap();
        symlink(to, folder.path().join(name)).unwrap();
        let error = open_import(folder.path(), None, &options()).map(drop).unwrap_err();
        assert_eq!(error, ImportError::Link, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("2024-05-01.md"), "Soup.").unwrap();
    fs::create_dir(folder.path().join(".obsidian")).unwrap();
    symlink("..", folder.path().join(".obsidian/up")).unwrap();
    assert!(
        open_import(folder.path(), None, &options()).is_ok(),
        "hidden folders are not looked into"
    );
}

#[test]
fn a_folder_deeper_than_any_diary_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join(vec!["d"; 40].join("/"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(folder.path().join("2024-05-01.md"), "Soup.").unwrap();
    fs::write(deep.join("2024-05-01.md"), "Soup.").unwrap();
    assert_eq!(
        open_import(folder.path(), None, &options()).map(drop).unwrap_err(),
        ImportError::TooDeep
    );
}

#[test]
fn a_file_that_goes_after_the_folder_was_opened_is_an_error_and_not_another_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("2024-05-01.md"), "![](a.jpg)").unwrap();
    fs::write(folder.path().join("a.jpg"), "a pot").unwrap();
    let mut importer = open_import(folder.path(), None, &options()).unwrap();
    let media = importer.entries().next().unwrap().unwrap().media.remove(0);
    assert_eq!(bytes_of(importer.as_ref(), &media), b"a pot");
    fs::remove_file(folder.path().join("a.jpg")).unwrap();
    assert!(matches!(
        importer.shelf().open(&media).map(drop),
        Err(ImportError::Unreadable { .. })
    ));
    fs::remove_file(folder.path().join("2024-05-01.md")).unwrap();
    assert!(importer.entries().next().unwrap().is_err());
}

#[test]
fn every_refusal_is_one_plain_sentence_without_a_word_of_the_file() {
    for format in ImportFormat::ALL {
        for bytes in [
            b"Canary".to_vec(),
            b"PK\x03\x04Canary".to_vec(),
            b"{\"entries\":[Canary".to_vec(),
            vec![0; 99],
        ] {
            let sentence = refused(format, bytes).to_string();
            assert!(
                !sentence.contains("anary") && !sentence.contains('.') && sentence.len() > 10,
                "{sentence}"
            );
        }
    }
}
