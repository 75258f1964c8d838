//! A way for the fuzzer to what only a seal leads to otherwise.

use super::pairing::read_messages;

/// Reads these bytes as each of the messages that a mailbox carries, without their seal. Nothing is answered: it must not panic, and must write
/// what it read as the same bytes.
pub fn mailbox_messages(bytes: &[u8]) {
    read_messages(bytes);
}
