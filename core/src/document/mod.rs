//! Values to and from Automerge: how two devices that wrote apart come to agree.
//!
//! **What it is for.** A document nobody has edited has no history; its Automerge form is made at the first edit by a
//! fixed function of what was sealed (its *first change*, [`Document::genesis_entry`]). From then on every change goes
//! through the document, and documents of two devices merge. The layout stands in the private module `layout`.
//!
//! **What it may not know.** How a projection is encoded (it sees the bytes, and the value), where bytes are stored, who
//! sent them, any key.
//!
//! **Invariants.**
//! * A document is never kept open: load, change, take the bytes, drop. There is no `Clone`, and `Debug` prints `…`.
//! * The first change is total and frozen (`core/vectors/genesis.json`): every device makes the same one, with the same
//!   hash. It consults no Unicode table, no clock and no randomness.
//! * Containers exist only in the first change: two devices adding apart never hide each other's.
//! * A changed sentence is replaced whole. Two rewrites of one sentence stand side by side, each in one piece.
//! * A change carries no time and no message: when a person writes is nobody's business.
//! * Bytes of Automerge are hostile until [admitted](admit()): 186 of them can claim ten million rows. [`prescan()`] counts before
//!   anything is allocated and knows only what this room writes (document chunks, no deflate, text and scalars).
//! * Every call into Automerge is caught if it panics, and the document it worked on is gone: what a panic leaves behind
//!   is not to be saved. The message of a caught panic goes to the process's panic hook, as every panic's does; this room
//!   sets none, because a hook belongs to the process and not to a library. An app whose standard error is kept somewhere
//!   (Android's log) installs one that prints the place and not the message.
//! * Automerge prints to standard output when a document names an actor that made no change. Such a document is refused
//!   by [`prescan()`], and none is made here: a transaction is opened only when there is something to write.
//!
//! Start reading at [`Document`], then `sentences` for the merge of prose and [`prescan()`] for the defence.

mod admit;
mod around;
mod columns;
mod contain;
mod doc;
mod error;
mod genesis;
mod late;
mod layout;
mod prescan;
mod read;
mod revise;
mod sentences;
#[cfg(test)]
mod tests;

pub use admit::admit;
pub use doc::{Actor, Document};
pub use error::{DocumentError, Refused};
pub use genesis::GENESIS_VERSION;
pub use layout::SCHEMA;
pub use prescan::{Bounds, Scan, prescan};
