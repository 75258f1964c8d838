//! Journals that come from elsewhere and go elsewhere: import, export, and a sample journal.
//!
//! This room turns foreign files into [`Draft`](crate::journal::Draft)s and entries into foreign files. It may not know
//! the store, keys, documents or the network: it hands out values one at a time, and the vault decides what becomes of
//! them.
//!
//! Every importer keeps these rules:
//!
//! * **Whole before any.** A file is read once from end to end when it is opened. What is refused is refused then, with
//!   one sentence ([`ImportError`]), before the first entry was handed out.
//! * **Additive and repeatable.** An entry is named by (source, source id): importing twice is importing once.
//! * **Nothing lost in silence.** What has no place here travels on as JSON in `extra`; an entry that cannot be taken is
//!   listed in the preview with its reason ([`Skipped`]), the others are offered all the same.
//! * **Place and device stay behind** unless the person asks for them ([`Keep`]); the preview counts what stays behind.
//! * **Bounded.** Memory depends on the largest entry allowed, never on what a header claims. Nothing is unpacked to disk.
//!
//! Every exporter is a walk over [`Outgoing`], which the vault implements: a page of entries at a time, so that memory does not
//! grow with a journal's words. `export` says what each format keeps and leaves out; `cairn` draws our own archive.
//!
//! Start reading at [`DayOne`] for what comes in, and at [`export()`] for what goes out; `archive` holds what is refused of a
//! zip, `scan` how a large JSON file is read piece by piece.

mod archive;
mod cairn;
mod dayone;
mod error;
mod export;
mod sample;
mod scan;

pub use cairn::{Archive, ArchiveEntries, ArchivePreview};
pub use dayone::{
    DayOne, Entries, Imported, JournalPreview, Keep, Preview, SOURCE_DAYONE, SkipReason, Skipped, write_dayone,
};
pub use error::{ExportError, ImportError};
pub use export::{ExportOptions, Exported, FlatDocument, Format, Outgoing, PAGE, Put, Sink, Story, Told, export};
pub use sample::SampleJournal;
