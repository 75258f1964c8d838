//! The relay through its one door: requests in, answers out.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod backup;
mod blobs;
mod carrying;
mod checking;
mod closing;
mod collecting;
mod erasing;
mod failing;
mod furnished;
mod gates;
mod hostile;
mod incarnations;
mod mailboxes;
mod pages;
mod records;
mod replay;
mod rights;
mod sweeping;
mod waking;
