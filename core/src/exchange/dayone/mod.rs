//! Day One's JSON export: a zip with one `<journal>.json` per journal and folders of media beside them.
//!
//! | In the file | Here |
//! |---|---|
//! | `uuid` | the source id: 32 upper-case hex digits; without one, a hash of date and text |
//! | `creationDate` (RFC 3339), `timeZone` | `happened` and `written`; the local date is read off the zone once and for all |
//! | `isAllDay` | precision [`Day`](crate::moment::Precision::Day) |
//! | `modifiedDate` | `modified`, and in `extra` where it differs from the date of creation |
//! | `richText` (JSON, or JSON in a string) | the body, as Markdown (`richtext`) |
//! | `text` | the body when there is no rich text: byte for byte, unless Day One's app wrote it (`quirks`) |
//! | `tags` | tags |
//! | `photos videos audios pdfAttachments` | counted; their `dayone-moment:` links stay in the body as they are, their particulars in `extra` |
//! | `location`, `creationDevice…` and the like, at any depth | left behind unless [`Keep`] says otherwise |
//! | `cairn` | what only [`write_dayone`] writes: title, feelings, and the parts of a moment that Day One cannot say |
//! | anything else | `extra`, a JSON object with sorted keys; `null`, `false` and empty values are left out |
//!
//! **The title stays empty.** Day One has none: its first line is part of the text, and guessing one out of it would
//! change what was written.
//!
//! **One odd entry does not keep the others out.** What is wrong with the file refuses the file; what is wrong with an
//! entry (no date, a body longer than one can be, an id that came before, nothing in it) is listed as [`Skipped`].

mod entries;
mod entry;
mod extra;
mod own;
mod quirks;
mod richtext;
mod write;

#[cfg(test)]
mod tests;

pub use entries::Entries;
pub use write::write_dayone;
pub(super) use write::{Media, value};

use super::ImportError;
use super::archive::members;
use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::journal::{Draft, Entry, ImportSource, Invalid};
use crate::moment::Moment;
use chrono::NaiveDate;
use entries::{Journal, Step};
use entry::Facts;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// The name of this format in [`ImportSource::source`].
pub const SOURCE_DAYONE: &str = "dayone";

/// What to keep of the things that are left behind by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Where entries and photos were made, with the hours of sun that tell it too. Kept in `extra`.
    pub location: bool,
    /// The device, the camera and what they measured. Kept in `extra`.
    pub device: bool,
}

/// What an import would bring, shown before anything is changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// The journals in the file, in the order of their names.
    pub journals: Vec<JournalPreview>,
    /// Entries offered, of all journals.
    pub entries: usize,
    /// The local date of the first entry in time.
    pub first: Option<NaiveDate>,
    /// The local date of the last entry in time.
    pub last: Option<NaiveDate>,
    /// Photos, videos, recordings and PDFs that entries name. They are **not** imported yet; their links stay in the text.
    pub attachments: usize,
    /// Entries that carry a place. It stays behind unless [`Keep::location`].
    pub with_location: usize,
    /// Entries that carry particulars of a device. They stay behind unless [`Keep::device`].
    pub with_device: usize,
    /// Entries whose further particulars are too large to keep; the largest of them stay behind.
    pub with_extra_left_out: usize,
    /// Entries that cannot be taken, with the reason. The others can.
    pub skipped: Vec<Skipped>,
}

/// One journal of the file.
#[derive(Clone, PartialEq, Eq)]
pub struct JournalPreview {
    /// Its name, as the file says it.
    pub name: String,
    /// Entries offered of it.
    pub entries: usize,
}

impl fmt::Debug for JournalPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalPreview")
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// An entry that cannot be taken.
#[derive(Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The journal it stands in.
    pub journal: String,
    /// Its place in that journal, counted from 1.
    pub number: usize,
    /// Its local date, where that could be read.
    pub date: Option<NaiveDate>,
    /// Why.
    pub reason: SkipReason,
}

impl fmt::Debug for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Skipped")
            .field("number", &self.number)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// Why one entry cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// It has no date that a calendar can hold.
    NoDate,
    /// Its body has more than [`BODY_CHARACTERS_MAX`](crate::limits::BODY_CHARACTERS_MAX) characters, or the whole of it is too large to read.
    TooLong,
    /// It has no text, no tag and no attachment.
    Empty,
    /// An entry with the same id came before it; the first one is taken.
    SameId,
    /// It is no entry at all, but a number or a word in the place of one.
    NotAnEntry,
}

/// One entry of the file, ready to become an entry here.
#[derive(Clone, PartialEq, Eq)]
pub struct Imported {
    /// The format, [`SOURCE_DAYONE`].
    pub source: &'static str,
    /// The id it has in the source.
    pub source_id: String,
    /// What is to be written.
    pub draft: Draft,
    /// When it was first written, as far as the source says: Day One keeps one date, which serves for `happened` too.
    pub written: Moment,
    /// When it was last changed in the source.
    pub modified: Option<Timestamp>,
    /// Everything that has no place here, as a JSON object; empty when there is nothing.
    pub extra: String,
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Imported(…)")
    }
}

impl Imported {
    /// Makes the entry `id` of it. The id is the vault's to derive from source and source id.
    ///
    /// # Errors
    /// None for what [`Entries`] handed out: it keeps every bound already.
    pub fn into_entry(self, id: EntryId) -> Result<Entry, Invalid> {
        let mut entry = self.draft.into_entry(id, self.written)?;
        entry.import = Some(ImportSource {
            source: self.source.to_owned(),
            source_id: self.source_id,
            extra: self.extra,
        });
        entry.check()?;
        Ok(entry)
    }
}

/// A Day One export, read once from end to end and found sound.
///
/// ```
/// use cairn_core::exchange::{DayOne, ImportError};
/// # use std::io::Cursor;
/// let refused = DayOne::read(Cursor::new(b"a letter".to_vec()));
/// assert_eq!(refused.err(), Some(ImportError::NotAZip));
/// ```
pub struct DayOne<R = File> {
    journals: Vec<Journal<R>>,
    preview: Preview,
}

impl<R> fmt::Debug for DayOne<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DayOne")
            .field("preview", &self.preview)
            .finish_non_exhaustive()
    }
}

impl DayOne {
    /// Opens the export at `path` and reads it through.
    ///
    /// # Errors
    /// [`ImportError`] when the file is refused; nothing was changed.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let unreadable = |error: std::io::Error| ImportError::Unreadable { kind: error.kind() };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(ImportError::Unreadable {
                kind: std::io::ErrorKind::IsADirectory,
            });
        }
        Self::read(file)
    }
}

impl<R: Read + Seek> DayOne<R> {
    /// Reads an export through, from wherever it comes.
    ///
    /// # Errors
    /// [`ImportError`] when the file is refused; nothing was changed.
    pub fn read(reader: R) -> Result<Self, ImportError> {
        let mut journals: Vec<_> = members(reader, is_journal)?
            .into_iter()
            .map(|member| Journal {
                name: member.name.rsplit_once('.').map_or("", |(name, _)| name).to_owned(),
                member,
            })
            .collect();
        let mut preview = Preview::default();
        let mut sound = Vec::new();
        let mut walk = Entries::over(&mut journals, Keep::default());
        while let Some(step) = walk.step() {
            match step? {
                Step::Entry(imported, facts) => preview.count(&imported, &facts),
                Step::Skipped(skipped) => preview.skipped.push(skipped),
                Step::EndOfJournal { name, found } => {
                    if found {
                        let entries = preview.entries - preview.journals.iter().map(|done| done.entries).sum::<usize>();
                        preview.journals.push(JournalPreview { name, entries });
                    }
                    sound.push(found);
                }
            }
        }
        drop(walk);
        let mut sound = sound.into_iter();
        journals.retain(|_| sound.next() == Some(true));
        if journals.is_empty() {
            return Err(ImportError::NoJournal);
        }
        Ok(Self { journals, preview })
    }

    /// What an import would bring.
    pub const fn preview(&self) -> &Preview {
        &self.preview
    }

    /// The entries, one at a time, journal by journal in the file's order; those in [`Preview::skipped`] are left out.
    pub fn entries(&mut self, keep: Keep) -> Entries<'_, R> {
        Entries::over(&mut self.journals, keep)
    }
}

impl Preview {
    fn count(&mut self, imported: &Imported, facts: &Facts) {
        let date = imported.draft.happened.local_date;
        self.entries += 1;
        self.first = Some(self.first.map_or(date, |first| first.min(date)));
        self.last = Some(self.last.map_or(date, |last| last.max(date)));
        self.attachments += facts.attachments;
        self.with_location += usize::from(facts.location);
        self.with_device += usize::from(facts.device);
        self.with_extra_left_out += usize::from(facts.extra_left_out);
    }
}

/// Whether a file of the archive may be a journal: JSON, not a system's own file, not beside the media.
fn is_journal(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']).rev();
    let file = parts.next().unwrap_or_default();
    let is_json = file.len() > 5 && file.to_ascii_lowercase().ends_with(".json");
    is_json
        && !file.starts_with("._")
        && !parts.any(|folder| matches!(folder, "__MACOSX" | "photos" | "videos" | "audios" | "pdfs"))
}
