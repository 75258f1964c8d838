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
//! | `starred` | [`remember`](crate::journal::Marks::remember) |
//! | `weather` | the weather |
//! | `photos videos audios pdfAttachments` | media, found by `md5` in the folder of their kind, whatever ending they have there; their `dayone-moment:` links stay in the body as they are, their particulars in `extra` |
//! | `location` | the place, if [`Keep`] says so, and in `extra` |
//! | `location`, `creationDevice…` and the like, at any depth | left behind unless [`Keep`] says otherwise |
//! | `cairn` | what only [`write_dayone`] writes: title, feelings, and the parts of a moment that Day One cannot say |
//! | anything else | `extra`, a JSON object with sorted keys; `null`, `false` and empty values are left out |
//!
//! **The title stays empty.** Day One has none: its first line is part of the text, and guessing one out of it would
//! change what was written.
//!
//! **One odd entry does not keep the others out.** What is wrong with the file refuses the file; what is wrong with an
//! entry (no date, a body longer than one can be, an id that came before, nothing in it) is listed as
//! [`Skipped`](super::Skipped).

mod entries;
mod entry;
mod media;
mod own;
mod quirks;
mod richtext;
mod write;

#[cfg(test)]
mod tests;

pub use entries::Entries;
pub use write::write_dayone;
pub(super) use write::{Media, value};

use super::archive::{Directory, directory};
use super::importer::{ImportFormat, Imported, Importer, JournalPreview, Keep, Preview};
use super::media::Stock;
use super::{ImportError, Shelf};
use entries::{Journal, Step};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// The name of this format in [`ImportSource::source`](crate::journal::ImportSource::source).
pub const SOURCE_DAYONE: &str = ImportFormat::DayOne.code();

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
    directory: Directory<R>,
    stock: Stock,
    keep: Keep,
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
        Self::with(reader, Keep::default())
    }

    /// The same; as an [`Importer`] it keeps this.
    pub(super) fn with(reader: R, keep: Keep) -> Result<Self, ImportError> {
        let directory = directory(reader)?;
        let stock = media::stock(&directory);
        let mut journals: Vec<_> = directory
            .members(is_journal)?
            .into_iter()
            .map(|member| Journal {
                name: member.name.rsplit_once('.').map_or("", |(name, _)| name).to_owned(),
                member,
            })
            .collect();
        let mut preview = Preview::default();
        let mut sound = Vec::new();
        let mut walk = Entries::over(&mut journals, &stock, Keep::default());
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
        Ok(Self {
            journals,
            directory,
            stock,
            keep,
            preview,
        })
    }

    /// What an import would bring.
    pub const fn preview(&self) -> &Preview {
        &self.preview
    }

    /// The entries, one at a time, journal by journal in the file's order; those in [`Preview::skipped`] are left out.
    pub fn entries(&mut self, keep: Keep) -> Entries<'_, R> {
        Entries::over(&mut self.journals, &self.stock, keep)
    }
}

impl<R: Read + Seek + Send + 'static> Importer for DayOne<R> {
    fn format(&self) -> ImportFormat {
        ImportFormat::DayOne
    }

    fn preview(&self) -> &Preview {
        &self.preview
    }

    fn entries(&mut self) -> Box<dyn Iterator<Item = Result<Imported, ImportError>> + '_> {
        Box::new(Self::entries(self, self.keep))
    }

    fn shelf(&self) -> Shelf {
        Shelf::of_archive(&self.directory)
    }
}

/// Whether a file of the archive may be a journal: JSON, not a system's own file, not beside the media.
pub(super) fn is_journal(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']).rev();
    let file = parts.next().unwrap_or_default();
    let is_json = file.len() > 5 && file.to_ascii_lowercase().ends_with(".json");
    is_json
        && !file.starts_with("._")
        && !parts.any(|folder| matches!(folder, "__MACOSX" | "photos" | "videos" | "audios" | "pdfs"))
}
