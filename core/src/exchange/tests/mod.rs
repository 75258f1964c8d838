//! What all importers keep, held against files made here; no real person's words.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod detecting;
mod hostile;
mod mutations;
mod samples;

pub(super) use samples::{DAYLIO, JRNL, journey, markdown, sample};

use super::*;
use crate::id::EntryId;
use std::io::{Cursor, Read as _, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip of these files.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Written in London, and nothing kept beside the words.
pub(super) fn options() -> ImportOptions {
    ImportOptions {
        zone: "Europe/London".to_owned(),
        ..ImportOptions::default()
    }
}

/// The same, with places and devices kept.
pub(super) fn keeping() -> ImportOptions {
    ImportOptions {
        keep: Keep {
            location: true,
            device: true,
        },
        ..options()
    }
}

pub(super) fn opened(format: ImportFormat, bytes: Vec<u8>) -> Result<Box<dyn Importer>, ImportError> {
    read_import(Cursor::new(bytes), Some(format), &options())
}

/// What comes of a file; each of it can be an entry.
pub(super) fn entries_with(format: ImportFormat, bytes: Vec<u8>, options: &ImportOptions) -> Vec<Imported> {
    let mut importer = read_import(Cursor::new(bytes), Some(format), options).unwrap();
    let entries: Vec<Imported> = importer.entries().map(Result::unwrap).collect();
    assert_eq!(importer.preview().entries, entries.len());
    for entry in entries.clone() {
        entry.into_entry(EntryId::from_bytes([1; 16])).unwrap();
    }
    entries
}

pub(super) fn entries(format: ImportFormat, bytes: Vec<u8>) -> Vec<Imported> {
    entries_with(format, bytes, &options())
}

/// What a file is refused with.
pub(super) fn refused(format: ImportFormat, bytes: Vec<u8>) -> ImportError {
    opened(format, bytes).map(drop).unwrap_err()
}

/// Why entries of a file cannot be taken.
pub(super) fn reasons(format: ImportFormat, bytes: Vec<u8>) -> Vec<SkipReason> {
    let importer = opened(format, bytes).unwrap();
    importer
        .preview()
        .skipped
        .iter()
        .map(|skipped| skipped.reason)
        .collect()
}

/// All bytes of one media, read twice.
pub(super) fn bytes_of(importer: &dyn Importer, media: &Media) -> Vec<u8> {
    let mut shelf = importer.shelf();
    let mut read = || {
        let mut bytes = Vec::new();
        shelf.open(media).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let first = read();
    assert_eq!(first, read(), "it can be read again");
    first
}

#[test]
fn importing_is_repeatable_in_every_format_and_on_every_device() {
    for format in ImportFormat::ALL {
        let ids = |bytes| -> Vec<(&'static str, String)> {
            entries(format, bytes)
                .into_iter()
                .map(|entry| (entry.source, entry.source_id))
                .collect()
        };
        let first = ids(sample(format));
        assert!(!first.is_empty() && first.iter().all(|(source, _)| *source == format.code()));
        assert_eq!(first, ids(sample(format)), "{format:?}");
        let mut importer = opened(format, sample(format)).unwrap();
        let once: Vec<Imported> = importer.entries().map(Result::unwrap).collect();
        let again: Vec<Imported> = importer.entries().map(Result::unwrap).collect();
        assert!(once == again, "{format:?}: walking again begins anew");
        assert_eq!(importer.format(), format);
    }
}

#[test]
fn nothing_of_any_journal_shows_in_debug_output() {
    for format in ImportFormat::ALL {
        let mut importer = opened(format, sample(format)).unwrap();
        let shelf = importer.shelf();
        let all: Vec<Imported> = importer.entries().map(Result::unwrap).collect();
        let media: Vec<&Media> = all.iter().flat_map(|entry| &entry.media).collect();
        let shown = format!("{media:?} {all:?} {shelf:?} {importer:?}");
        for word in ["oup", "almost", "pot", "walk", "Away"] {
            assert!(!shown.contains(word), "{format:?}: {shown}");
        }
    }
}

#[test]
fn no_journal_marks_its_entries_for_anybody_or_makes_a_figure_of_a_mood() {
    for format in ImportFormat::ALL {
        for entry in entries(format, sample(format)) {
            let draft = entry.draft;
            assert!(draft.valence.is_none() && draft.energy.is_none() && draft.state_of_mind.is_none());
            assert!(
                draft.place.is_none(),
                "{format:?}: places are left out until they are asked for"
            );
            assert!(draft.attachments.is_empty() && draft.asked.is_none() && draft.replies_to.is_none());
        }
    }
}

#[test]
fn media_come_in_chunks_and_never_more_than_they_said() {
    let large: Vec<u8> = (0..3_000_000_u32)
        .map(|n| n.wrapping_mul(7_919).to_le_bytes()[1])
        .collect();
    let bytes = zip(&[("2024-05-01.md", b"![](a.mp4)"), ("a.mp4", &large)]);
    let mut importer = opened(ImportFormat::Markdown, bytes.clone()).unwrap();
    let media = importer.entries().next().unwrap().unwrap().media.remove(0);
    assert_eq!(media.bytes, 3_000_000);
    assert!(bytes_of(importer.as_ref(), &media) == large);
    let mut lying = media;
    lying.bytes = 10;
    let mut shelf = importer.shelf();
    let mut read = Vec::new();
    let error = shelf.open(&lying).unwrap().read_to_end(&mut read).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}
