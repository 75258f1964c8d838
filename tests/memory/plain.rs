//! A process that links the core and does nothing more: once the journal is locked no key is left, neither the passphrase, nor anything
//! in what SQLite held. Words of entries are: values that were handed out or passed on lie in memory that was freed.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail by panicking; the child tells its parent"
)]

mod life;

#[test]
fn life() {
    life::live();
}

#[test]
fn while_a_journal_is_open_its_keys_are_found() {
    // Without this the other test could look in the wrong places.
    for name in [
        "vault-key",
        "signing-seed",
        "epoch-key",
        "slot-key",
        "access-seed",
        "body",
    ] {
        assert!(life::found(false)[name] > 0, "{name}");
    }
}

#[test]
fn once_it_is_locked_no_key_is_in_memory() {
    let mut found = life::found(true);
    found.remove("body");
    assert!(found.values().all(|count| *count == 0), "{found:?}");
}
