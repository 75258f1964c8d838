//! The relay through its one door: requests in, answers out.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod blobs;
mod closing;
mod erasing;
mod failing;
mod gates;
mod hostile;
mod incarnations;
mod mailboxes;
mod pages;
mod records;
mod replay;
mod rights;
mod sweeping;
