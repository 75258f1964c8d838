//! SQLite: one file in one folder, one writer, many readers.
//!
//! **Where to start**: `schema.sql`, then [`thread`] (group commit), [`writer`] (a group), [`reader`] (pages).

pub(in crate::store) mod connection;
pub(in crate::store) mod digest;
mod gathering;
pub(in crate::store) mod reader;
pub(in crate::store) mod row;
pub(in crate::store) mod thread;
pub(in crate::store) mod writer;
