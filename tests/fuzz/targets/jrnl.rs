//! What jrnl writes.
#![no_main]

use cairn_core::exchange::ImportFormat;
use cairn_fuzz::read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(Some(ImportFormat::Jrnl), bytes.to_vec()));
