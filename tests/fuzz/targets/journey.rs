//! One entry of a Journey export, in a sound zip.
#![no_main]

use cairn_core::exchange::ImportFormat;
use cairn_fuzz::{archive, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(
    Some(ImportFormat::Journey),
    archive(&[("1.json", bytes), ("pot.jpg", b"a pot")])
));
