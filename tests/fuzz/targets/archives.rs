//! Any bytes, told apart by what they hold: zips above all.
#![no_main]

use cairn_fuzz::read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read(None, bytes.to_vec()));
