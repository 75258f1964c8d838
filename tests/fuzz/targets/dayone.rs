//! The JSON of a Day One export, in a sound zip.
#![no_main]

use cairn_core::exchange::Format;
use cairn_fuzz::{archive, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(
    Some(Format::DayOne),
    archive(&[("Journal.json", bytes), ("photos/0a1b.jpeg", b"a pot")])
));
