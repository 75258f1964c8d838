//! What every target does with the bytes it is given. Here the importers: read them as a journal, take every entry, hold it to its bounds.
//! [`sealed`] has the decoders of what is sealed and signed.

pub mod sealed;

use cairn_core::exchange::{ImportFormat, ImportOptions, Keep, embed, read_import};
use cairn_core::id::{AttachmentId, EntryId};
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;

/// Reads bytes as that kind of journal. Whatever comes out of it is an entry that can be kept; nothing panics.
pub fn read(format: Option<ImportFormat>, bytes: Vec<u8>) {
    let options = ImportOptions {
        keep: Keep {
            location: true,
            device: true,
        },
        zone: "Europe/London".to_owned(),
    };
    let Ok(mut journal) = read_import(Cursor::new(bytes), format, &options) else {
        return;
    };
    let mut shelf = journal.shelf();
    let offered = journal.preview().entries;
    let mut taken = 0;
    for entry in journal.entries() {
        let entry = entry.expect("what was read once can be read again");
        taken += 1;
        for media in &entry.media {
            // A damaged one is an error; a longer one is too.
            if let Ok(reader) = shelf.open(media) {
                let _ = std::io::copy(&mut reader.take(1 << 20), &mut std::io::sink());
            }
        }
        let id = AttachmentId::from_bytes([7; 16]);
        let links: Vec<_> = entry.media.iter().map(|media| (media.link.as_str(), id, media.alt_text.as_str())).collect();
        let _ = embed(&entry.draft.body, &links);
        entry.into_entry(EntryId::from_bytes([1; 16])).expect("an importer keeps the bounds of an entry");
    }
    assert_eq!(taken, offered, "the preview says what comes");
}

/// A zip of these files, stored as they are: the checksums are right, so that the bytes reach what reads them.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, plain).expect("memory does not run full");
        zip.write_all(bytes).expect("memory does not run full");
    }
    zip.finish().expect("memory does not run full").into_inner()
}
