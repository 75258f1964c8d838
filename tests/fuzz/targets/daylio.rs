//! Daylio's table.
#![no_main]

use cairn_core::exchange::Format;
use cairn_fuzz::read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(Some(Format::Daylio), bytes.to_vec()));
