//! Writing a journal out: one walk over its entries, and one writer for each format.
//!
//! | [`ExportFormat`] | what comes out | what it leaves out |
//! |---|---|---|
//! | [`Archive`](ExportFormat::Archive) | our own, [`crate::exchange::Archive`]: everything, readable without an app | nothing that the core hands out |
//! | [`DayOne`](ExportFormat::DayOne) | a zip that Day One imports | people, areas of life, valence, replies, marks but `remember` |
//! | [`Jrnl`](ExportFormat::Jrnl) | the JSON that `jrnl --format json` writes | attachments, feelings and all that stands around the words |
//! | [`JrnlText`](ExportFormat::JrnlText) | the journal file that `jrnl` opens | the same |
//! | [`Markdown`](ExportFormat::Markdown) | a folder, or a zip, of one file an entry | folded words, what an import kept |
//! | [`Html`](ExportFormat::Html) | one page to read and to print | what only a program reads |
//!
//! **Streaming.** Entries are read [`PAGE`] at a time and written at once; attachments are copied through a buffer. What grows with
//! the journal is 16 bytes an entry (its place in time) and, where files are many, the directory that every zip ends with: about half
//! a KiB a file.
//!
//! **Whole.** The ids are read once, at the beginning. An entry that is moved, edited or trashed while the export runs is
//! in it once, as it is when its turn comes; one that is erased is left out; one that is written later waits for the next export.
//!
//! **Offline, and free of conditions.** There is no version, no state and no setting in which an export is refused.
//!
//! Start reading at [`export`].

mod dayone;
mod html;
mod jrnl;
pub(super) mod links;
mod locked;
mod markdown;
mod markup;
mod story;
pub(super) mod tree;
mod walk;
pub(super) mod yaml;

#[cfg(test)]
pub(super) mod tests;

pub(super) use locked::{Source, unlock};
pub use story::Story;
pub(super) use walk::Walk;

use super::{ExportError, cairn};
use crate::clock::Timestamp;
use crate::id::{EntryId, RelationshipId};
use crate::journal::{Attachment, AttachmentKind, Entry};
use crate::profile::{Fields, Profile, named_contents};
use crate::support::{KeptMessage, KeptRelationship, ShareCard, standing_wanted};
use std::fmt;
use std::io::{Read, Write};
use std::path::Path;
use tree::{Folder, Zip};
use zeroize::Zeroizing;

/// Entries that are read in one go.
pub const PAGE: usize = 100;

/// What the journal hands out. The vault implements it; nothing here knows where entries lie.
///
/// Every method may fail with [`ExportError::Interrupted`] alone: the implementer keeps the cause.
pub trait Outgoing {
    /// The ids of all entries, oldest first by when they happened; with `trash`, those in the trash too.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn ids(&mut self, trash: bool) -> Result<Vec<EntryId>, ExportError>;

    /// The entries of these ids, in the same order; what is not there any more is left out.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, ExportError>;

    /// The bytes of an attachment, from the beginning; none where they are not on this device, or do not open. They are whole: what
    /// reads badly was found before the first byte is handed out.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn open_attachment(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError>;

    /// As [`Self::open_attachment`], to be shown to others: a picture without anything its file says of where and with what it was
    /// made. None also where it is nothing that can be cleaned of that.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn open_picture(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError>;

    /// The documents that are flat: the profile first, and every other one this version keeps.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn documents(&mut self) -> Result<Vec<FlatDocument>, ExportError>;

    /// Relationships, for what a person can read of them. No key of theirs is written out. Of one in which this person is the specialist there are only their own words.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn relationships(&mut self) -> Result<Vec<KeptRelationship>, ExportError>;

    /// Every share, for its consent and for who saw what.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn shares(&mut self) -> Result<Vec<ShareCard>, ExportError>;

    /// What was said in a relationship in which this person is the participant, as far as it was shown to them, in the order in which it was. Nothing of one in which they are
    /// the specialist.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`].
    fn conversation(&mut self, relationship: RelationshipId) -> Result<Vec<KeptMessage>, ExportError>;

    /// Hands further files of an archive to `put`, each with its path: a history of changes, agreements, a log. Their names
    /// begin with a folder of their own (`history/`), and whoever reads them knows their form.
    ///
    /// # Errors
    /// [`ExportError::Interrupted`], or what `put` answers.
    fn further(&mut self, put: &mut Put<'_>) -> Result<(), ExportError> {
        let _ = put;
        Ok(())
    }
}

/// Takes one file: its path within the archive, and its bytes.
pub type Put<'a> = dyn FnMut(&str, &mut dyn Read) -> Result<(), ExportError> + 'a;

/// A flat document, as an archive keeps it: `<name>.json` holds every field of it, `<name>.md` the same for a person.
#[derive(Clone, PartialEq, Eq)]
pub struct FlatDocument {
    /// Its name, which is its file's: lower-case letters and hyphens.
    pub name: String,
    /// Its fields, all of them.
    pub fields: Fields,
    /// The same in words, Markdown; empty where there is nothing to read.
    pub words: String,
}

/// Shows no words.
impl fmt::Debug for FlatDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatDocument")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl FlatDocument {
    /// The attachments that it names, by what it says of them.
    pub fn attachments(&self) -> Vec<Attachment> {
        let contents = named_contents(&self.fields).into_iter();
        contents
            .map(|content| Attachment {
                id: content.id,
                kind: AttachmentKind::File,
                media_type: content.media_type,
                sha256: content.sha256,
                bytes: content.bytes,
                original_name: String::new(),
                made: None,
                width: 0,
                height: 0,
                duration_ms: 0,
                alt_text: String::new(),
                transcript: String::new(),
            })
            .collect()
    }

    /// The name of the profile's document.
    pub const PROFILE: &'static str = "profile";
    /// The name of the document that holds questions, words for feelings, hopes, support lines and switches.
    pub const SETTINGS: &'static str = "settings";
    /// The name of the document of the plan for hard times.
    pub const PLAN: &'static str = "plan";

    /// The document of the profile; `profile` is what these fields say, each section with its name.
    pub fn profile(fields: Fields, profile: &Profile) -> Self {
        Self {
            name: Self::PROFILE.to_owned(),
            words: cairn::profile_words(profile, standing_wanted(&fields)),
            fields,
        }
    }

    /// The document of the settings.
    pub fn settings(fields: Fields) -> Self {
        Self {
            name: Self::SETTINGS.to_owned(),
            words: cairn::settings_words(&fields),
            fields,
        }
    }

    /// The document of the plan.
    pub fn plan(fields: Fields) -> Self {
        Self {
            name: Self::PLAN.to_owned(),
            words: cairn::plan_words(&fields),
            fields,
        }
    }
}

/// In which form a journal goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Our own archive.
    Archive,
    /// Day One's JSON, in a zip.
    DayOne,
    /// The JSON of `jrnl`.
    Jrnl,
    /// The journal file of `jrnl`.
    JrnlText,
    /// Markdown files.
    Markdown,
    /// One page, for a screen and for paper.
    Html,
}

/// What is exported, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// The form.
    pub format: ExportFormat,
    /// Entries in the trash too.
    pub trash: bool,
    /// One entry alone.
    pub entry: Option<EntryId>,
    /// The words, and of what stands around them only this: to show a story to others. For [`ExportFormat::Markdown`] and
    /// [`ExportFormat::Html`] of one entry.
    pub story: Option<Story>,
    /// The attachments too. One whose file is damaged is left here, and everything else goes out.
    pub attachments: bool,
    /// A folder in place of a zip, for [`ExportFormat::Markdown`].
    pub folder: bool,
    /// Seals the whole file with this passphrase, in the format of the `age` tool.
    pub passphrase: Option<Zeroizing<String>>,
    /// What was between this person and others, too, in an archive: people, consents and conversations. While they are hidden an archive is written without them only.
    pub people: bool,
    /// Puts the file in the place of one that is there.
    pub replace: bool,
}

/// Shows no passphrase.
impl fmt::Debug for ExportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportOptions")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl ExportOptions {
    /// The whole journal but its trash, with its attachments, in this form.
    pub const fn new(format: ExportFormat) -> Self {
        Self {
            format,
            trash: false,
            entry: None,
            story: None,
            attachments: true,
            folder: false,
            passphrase: None,
            people: true,
            replace: false,
        }
    }

    /// Checks that the choices go together.
    ///
    /// # Errors
    /// [`ExportError::NotTogether`].
    pub fn check(&self) -> Result<(), ExportError> {
        let is_page = matches!(self.format, ExportFormat::Markdown | ExportFormat::Html);
        let fits = (self.story.is_none() || (self.entry.is_some() && is_page))
            && (!self.folder
                || (self.format == ExportFormat::Markdown && self.passphrase.is_none() && self.story.is_none()))
            && self.passphrase.as_ref().is_none_or(|passphrase| !passphrase.is_empty());
        fits.then_some(()).ok_or(ExportError::NotTogether)
    }
}

/// What was written. Sizes of the file, for whoever wants to know that it is whole; nobody's doing is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Entries in it.
    pub entries: usize,
    /// Files of attachments in it.
    pub attachments: usize,
    /// Attachments that entries name and whose bytes are not on this device, are damaged, or were left here.
    pub left_here: usize,
}

/// Where an export goes.
pub enum Sink<'a> {
    /// A file, written from its beginning to its end.
    File(&'a mut dyn Write),
    /// An empty folder.
    Folder(&'a Path),
}

impl fmt::Debug for Sink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink(…)")
    }
}

/// Told how far an export has come: entries written, and entries in all.
pub type Told<'a> = dyn FnMut(usize, usize) + 'a;

/// Writes the journal out. `made` is the present time, for the archive to say.
///
/// # Errors
/// [`ExportError`]; what was written by then is not an export.
pub fn export(
    journal: &mut dyn Outgoing,
    options: &ExportOptions,
    made: Timestamp,
    sink: Sink<'_>,
    told: &mut Told<'_>,
) -> Result<Exported, ExportError> {
    options.check()?;
    match (sink, &options.passphrase) {
        (Sink::Folder(path), _) if options.folder => {
            let mut folder = Folder::new(path);
            let mut walk = Walk::begin(journal, options, told)?;
            markdown::write(&mut walk, options, &mut folder)?;
            folder.finish()?;
            Ok(walk.exported())
        }
        (Sink::Folder(_), _) => Err(ExportError::NotTogether),
        (Sink::File(sink), None) => into_file(journal, options, made, sink, told),
        (Sink::File(sink), Some(passphrase)) => {
            let mut sealed = locked::lock(passphrase, sink)?;
            let exported = into_file(journal, options, made, &mut sealed, told)?;
            sealed.finish()?;
            Ok(exported)
        }
    }
}

fn into_file(
    journal: &mut dyn Outgoing,
    options: &ExportOptions,
    made: Timestamp,
    sink: &mut dyn Write,
    told: &mut Told<'_>,
) -> Result<Exported, ExportError> {
    let mut walk = Walk::begin(journal, options, told)?;
    if let (ExportFormat::Markdown, Some(story)) = (options.format, options.story) {
        markdown::write_story(&mut walk, story, sink)?;
        sink.flush()?;
        return Ok(walk.exported());
    }
    match options.format {
        ExportFormat::Jrnl => jrnl::write_json(&mut walk, sink)?,
        ExportFormat::JrnlText => jrnl::write_text(&mut walk, sink)?,
        ExportFormat::Html => html::write(&mut walk, options, sink)?,
        ExportFormat::Archive | ExportFormat::DayOne | ExportFormat::Markdown => {
            let mut zip = Zip::new(sink);
            match options.format {
                ExportFormat::Archive => cairn::write(&mut walk, made, &mut zip)?,
                ExportFormat::DayOne => dayone::write(&mut walk, &mut zip)?,
                _ => markdown::write(&mut walk, options, &mut zip)?,
            }
            zip.finish()?;
        }
    }
    sink.flush()?;
    Ok(walk.exported())
}
