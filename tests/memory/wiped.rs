//! A process whose allocator wipes what is freed, as that of the bindings and of the command line does: once the journal is locked
//! nothing is left, not a word.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail by panicking; the child tells its parent"
)]

mod life;

#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

#[test]
fn life() {
    life::live();
}

#[test]
fn once_a_journal_is_locked_neither_keys_nor_words_are_in_memory() {
    let found = life::found(true);
    assert!(found.values().all(|count| *count == 0), "{found:?}");
}
