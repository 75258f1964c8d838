//! Tests that lock a vault. A lock switches SQLCipher's memory security on, and that cannot be switched off again in a process: every
//! allocation of SQLite is then locked and wiped, which made the histories of `suite` six times as slow.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod hidden_people;
mod locking;
mod lost_phone;
