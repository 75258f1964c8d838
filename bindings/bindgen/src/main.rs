//! Writes the Kotlin, Swift and Python layers of `cairn-ffi`.
//!
//! A program of its own, because the generator would otherwise be linked into the library that apps ship. `bindings/generate.sh` calls it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
