//! One file of a folder of Markdown, in a sound zip.
#![no_main]

use cairn_core::exchange::ImportFormat;
use cairn_fuzz::{archive, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(
    Some(ImportFormat::Markdown),
    archive(&[("journals/2024_05_01.md", bytes), ("assets/pot.jpg", b"a pot")])
));
