//! The JSON of a Day One export, in a sound zip.
#![no_main]

use cairn_core::exchange::ImportFormat;
use cairn_fuzz::{archive, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(
    Some(ImportFormat::DayOne),
    archive(&[("Journal.json", bytes), ("photos/0a1b.jpeg", b"a pot")])
));
