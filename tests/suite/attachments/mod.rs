//! Attachments: what goes in comes out, on every device, and nowhere in the clear.

mod carried;
mod gone;
mod here;
mod unnamed;

use cairn_core::journal::Attachment;
use cairn_core::vault::{Engine, Keeping};
use std::io::{Cursor, Read as _};

/// Bytes that no compression and no luck could make of others.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

pub(crate) fn keep(engine: &mut Engine, bytes: &[u8]) -> Attachment {
    let source = Box::new(Cursor::new(bytes.to_vec()));
    engine.keep_attachment(source, Keeping::default()).unwrap()
}

pub(crate) fn read(engine: &Engine, attachment: &Attachment) -> Vec<u8> {
    let mut bytes = Vec::new();
    engine
        .open_attachment(attachment.id)
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Every byte of every file below a folder.
fn files_below(folder: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            all.extend(files_below(&entry.path()));
        } else {
            all.extend(std::fs::read(entry.path()).unwrap());
        }
    }
    all
}
