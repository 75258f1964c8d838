//! What jrnl writes.
#![no_main]

use cairn_core::exchange::Format;
use cairn_fuzz::read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(Some(Format::Jrnl), bytes.to_vec()));
