//! What every importer answers, whatever it reads.

use super::{ImportError, Media, Shelf};
use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::journal::{Draft, Entry, ImportSource, Invalid};
use crate::moment::Moment;
use chrono::NaiveDate;
use std::fmt;

/// The journals that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImportFormat {
    /// Day One's JSON export, a zip.
    DayOne,
    /// Journey's export, a zip with a JSON file for every entry, of either schema.
    Journey,
    /// Daylio's table, a CSV.
    Daylio,
    /// The JSON that `jrnl` writes.
    Jrnl,
    /// A folder of Markdown files, one for each entry, or a zip of one: Obsidian's, Logseq's, or anybody's.
    Markdown,
}

impl ImportFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::DayOne, Self::Journey, Self::Daylio, Self::Jrnl, Self::Markdown];

    /// Its name in [`ImportSource::source`], in commands and in files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DayOne => "dayone",
            Self::Journey => "journey",
            Self::Daylio => "daylio",
            Self::Jrnl => "jrnl",
            Self::Markdown => "markdown",
        }
    }

    /// The format of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// Whether its files say nothing of time zones, so that one has to be named.
    pub const fn needs_zone(self) -> bool {
        matches!(self, Self::Daylio | Self::Jrnl | Self::Markdown)
    }
}

/// What to keep of the things that are left out by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Where entries and photos were made, with the hours of sun that tell it too: the place of the entry, and `extra`.
    pub location: bool,
    /// The device, the camera and what they measured. Kept in `extra`.
    pub device: bool,
}

/// How to read a journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// What to keep beside the words.
    pub keep: Keep,
    /// The zone it was written in (IANA, `Europe/London`), for formats that say none ([`ImportFormat::needs_zone`]); may be empty for
    /// the others.
    pub zone: String,
}

/// A journal that was read once from end to end and found sound.
///
/// What was refused of it was refused when it was opened; nothing is changed by looking at it.
pub trait Importer: fmt::Debug + Send {
    /// What kind of journal it is.
    fn format(&self) -> ImportFormat;

    /// What an import would bring.
    fn preview(&self) -> &Preview;

    /// The entries, one at a time, in the order of the file; those in [`Preview::skipped`] are left out. Each call begins
    /// anew.
    ///
    /// An error ends them. It comes only when the file changed after it was opened, or the disk fails.
    fn entries(&mut self) -> Box<dyn Iterator<Item = Result<Imported, ImportError>> + '_>;

    /// What their [`Media`] lie on. It can be read while entries are.
    fn shelf(&self) -> Shelf;
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
    /// Photos, videos, recordings and files that entries name.
    pub attachments: usize,
    /// Bytes of those that are there.
    pub attachments_bytes: u64,
    /// Those that are named and cannot be had: they are not in the file, or larger than an attachment can be. Their links
    /// stay in the text.
    pub attachments_missing: usize,
    /// Entries that carry a place. It stays behind unless [`Keep::location`].
    pub with_location: usize,
    /// Entries that carry particulars of a device. They stay behind unless [`Keep::device`].
    pub with_device: usize,
    /// Entries whose further particulars are too large to keep; the largest of them stay behind.
    pub with_extra_left_out: usize,
    /// Entries that cannot be taken, with the reason. The others can.
    pub skipped: Vec<Skipped>,
}

/// What the preview counts of an entry.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) attachments: usize,
    pub(super) attachments_missing: usize,
    pub(super) location: bool,
    pub(super) device: bool,
    pub(super) extra_left_out: bool,
}

/// What became of one piece of a source.
pub(super) enum Outcome {
    Entry(Box<Imported>, Facts),
    Skipped(SkipReason, Option<NaiveDate>),
}

impl Preview {
    pub(super) fn count(&mut self, imported: &Imported, facts: &Facts) {
        let date = imported.draft.happened.local_date;
        self.entries += 1;
        self.first = Some(self.first.map_or(date, |first| first.min(date)));
        self.last = Some(self.last.map_or(date, |last| last.max(date)));
        self.attachments += facts.attachments;
        self.attachments_missing += facts.attachments_missing;
        let bytes: u64 = imported.media.iter().map(|media| media.bytes).sum();
        self.attachments_bytes = self.attachments_bytes.saturating_add(bytes);
        self.with_location += usize::from(facts.location);
        self.with_device += usize::from(facts.device);
        self.with_extra_left_out += usize::from(facts.extra_left_out);
    }
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
    /// The journal it stands in, or its file where every entry has one.
    pub journal: String,
    /// Its place in there, counted from 1.
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
    /// It has no text, no tag, no feeling and no attachment.
    Empty,
    /// An entry with the same id came before it; the first one is taken.
    SameId,
    /// It is no entry at all, but a number or a word in the place of one, or a row of another width than its table.
    NotAnEntry,
    /// The app it comes from encrypted it, and only that app can read it.
    Encrypted,
    /// It is not text: its bytes are no UTF-8.
    NotText,
}

/// One entry of the file, ready to become an entry here.
#[derive(Clone, PartialEq, Eq)]
pub struct Imported {
    /// The format, as [`ImportFormat::code`] names it.
    pub source: &'static str,
    /// The id it has in the source; where it has none, a hash of its date and words.
    pub source_id: String,
    /// What is to be written.
    pub draft: Draft,
    /// When it was first written, as far as the source says.
    pub written: Moment,
    /// When it was last changed in the source.
    pub modified: Option<Timestamp>,
    /// Everything that has no place here, as a JSON object; empty when there is nothing.
    pub extra: String,
    /// What hangs on it and can be read from the [`Shelf`], in the order of the source.
    pub media: Vec<Media>,
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
    /// None for what an importer handed out: it keeps every bound already.
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
