//! The relay through its one door: requests in, answers out.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod blob_crashes;
mod blob_model;
mod blobs;
mod erasing;
mod failing;
mod hostile;
mod mailboxes;
mod pages;
mod records;
mod replay;
mod rights;
mod sweeping;
