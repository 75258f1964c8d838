//! Journals that come from elsewhere and go elsewhere: import, export, and a sample journal.
//!
//! This room turns foreign files into [`Draft`](crate::journal::Draft)s and entries into foreign files. It may not know
//! the store, keys, documents or the network: it hands out values one at a time, and the vault decides what becomes of
//! them.
//!
//! Every [`Importer`] keeps these rules:
//!
//! * **Whole before any.** A file is read once from end to end when it is opened. What is refused is refused then, with
//!   one sentence ([`ImportError`]), before the first entry was handed out.
//! * **Additive and repeatable.** An entry is named by (source, source id): importing twice is importing once.
//! * **Nothing lost in silence.** What has no place here travels on as JSON in `extra`; an entry that cannot be taken is
//!   listed in the preview with its reason ([`Skipped`]), the others are offered all the same; media that are named and
//!   not there are counted.
//! * **Place and device stay behind** unless the person asks for them ([`Keep`]); the preview counts what stays behind.
//! * **Words only from words.** A mood that is a word comes in as that word; one that is a number stays in `extra` as it
//!   stands. Nothing is turned into a figure about a person.
//! * **The date stays.** A source that says a civil date gives an entry on that date, in whatever zone it is read (`dates`).
//! * **Bounded.** Memory depends on the largest entry allowed, never on what a header claims. Nothing is unpacked to disk,
//!   and no path or link that stands in a file is followed outside it.
//!
//! Every exporter is a walk over [`Outgoing`], which the vault implements: a page of entries at a time, so that memory does not
//! grow with a journal's words. `export` says what each format keeps and leaves out; `cairn` draws our own archive.
//!
//! Start reading at [`open_import`] and [`Importer`] for what comes in, and at [`export()`] for what goes out. Each format has a
//! room of its own with a table of what becomes of its fields; `archive` holds what is refused of a zip, `bundle` of a folder,
//! `scan` how a large JSON file is read piece by piece, `walk` what the importers share.

mod archive;
mod bounds;
mod bundle;
mod cairn;
mod dates;
mod daylio;
mod dayone;
mod embeds;
mod error;
mod export;
mod extra;
mod html;
mod importer;
mod journey;
mod jrnl;
mod markdown;
mod media;
mod opening;
mod receipt;
mod sample;
mod scan;
#[cfg(test)]
mod tests;
mod walk;

pub use cairn::{Archive, ArchiveEntries, ArchivePreview};
pub use dayone::{DayOne, Entries, SOURCE_DAYONE, write_dayone};
pub use embeds::embed;
pub use error::{ExportError, ImportError};
pub use export::{ExportFormat, ExportOptions, Exported, FlatDocument, Outgoing, PAGE, Put, Sink, Story, Told, export};
pub use importer::{
    ImportFormat, ImportOptions, Imported, Importer, JournalPreview, Keep, Preview, SkipReason, Skipped,
};
pub use media::{Media, Shelf};
pub use opening::{detect, open_import, read_import};
pub use receipt::{Receipt, ReceiptShape};
pub use sample::SampleJournal;
