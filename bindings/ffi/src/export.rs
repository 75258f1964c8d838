//! The journal out into a file, and an archive in again.

use cairn_core::exchange as core;
use cairn_core::id::EntryId;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

use crate::observer::telling;
use crate::{Journal, ProgressObserver, VaultError, count, silent_debug};

/// In which form a journal goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ExportFormat {
    /// Our own archive: everything, in files that open without any app, and that `restore_archive` takes in again.
    Archive,
    /// A zip that Day One imports.
    DayOne,
    /// The JSON of jrnl. Attachments and feelings stay here.
    Jrnl,
    /// The journal file that jrnl opens. Attachments and feelings stay here.
    JrnlText,
    /// Markdown, one file for each entry.
    Markdown,
    /// One page, to read and to print.
    Html,
}

/// What goes along with the words of one entry that is shown to others. Nothing does until the person says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Story {
    /// The day on which it happened.
    #[uniffi(default = false)]
    pub date: bool,
    /// Tags.
    #[uniffi(default = false)]
    pub tags: bool,
    /// Feelings.
    #[uniffi(default = false)]
    pub feelings: bool,
    /// The names of people.
    #[uniffi(default = false)]
    pub people: bool,
    /// The place.
    #[uniffi(default = false)]
    pub place: bool,
    /// Pictures, in HTML: JPEG, PNG, WebP and AVIF, always without what their files say of where and with what they were made. Others
    /// stay here.
    #[uniffi(default = false)]
    pub pictures: bool,
}

/// What is exported, and how.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExportOptions {
    /// The form.
    pub format: ExportFormat,
    /// Entries in the trash, too.
    #[uniffi(default = false)]
    pub trash: bool,
    /// One entry alone.
    #[uniffi(default = None)]
    pub entry: Option<Uuid>,
    /// For one entry in Markdown or HTML: its words, and of what stands around them only this. Nothing for all of it.
    #[uniffi(default = None)]
    pub story: Option<Story>,
    /// The attachments, too. Where one cannot be read to its end, without them the words go out.
    #[uniffi(default = true)]
    pub attachments: bool,
    /// A folder in place of a zip, for Markdown.
    #[uniffi(default = false)]
    pub folder: bool,
    /// Seals the file with this passphrase; the `age` tool opens it. Nobody can find a lost one again.
    #[uniffi(default = None)]
    pub passphrase: Option<String>,
    /// For an archive: what was between this person and others, too. While people are hidden it throws `PeopleHidden`, and an archive without them can be written all the same.
    #[uniffi(default = true)]
    pub people: bool,
    /// Puts the file in the place of one that is there.
    #[uniffi(default = false)]
    pub replace: bool,
}

silent_debug!(ExportOptions);

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct ExportResult {
    /// Entries in it.
    pub entries: i64,
    /// Files of attachments in it.
    pub attachments: i64,
    /// Attachments that its entries name and that are not in it: not on this device, damaged, or left out.
    pub left_here: i64,
}

/// What came in of an archive. What was here before is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct RestoreResult {
    /// Entries that are new here.
    pub added: i64,
    /// Entries that were here already.
    pub known: i64,
    /// Files of attachments that were not taken in.
    pub attachments_left_out: i64,
}

#[uniffi::export]
impl Journal {
    /// Writes the journal, or one entry of it, to a new file at this path. It needs no network and no account. A file has its
    /// name only when it is whole; one that is there throws `Invalid`, unless it may be replaced.
    #[uniffi::method(default(progress = None))]
    pub async fn export_journal(
        &self,
        path: String,
        options: ExportOptions,
        progress: Option<Arc<dyn ProgressObserver>>,
    ) -> Result<ExportResult, VaultError> {
        let exported = self
            .0
            .export(PathBuf::from(path), options.into(), telling(progress))
            .await?;
        Ok(ExportResult {
            entries: count(exported.entries),
            attachments: count(exported.attachments),
            left_here: count(exported.left_here),
        })
    }

    /// Takes in an archive that `export_journal` wrote, with its passphrase where it is sealed. Entries keep their ids and times; what is
    /// here already stays as it is. Doing it twice is doing it once. A file that is not whole throws `Invalid`, and nothing was
    /// changed.
    #[uniffi::method(default(passphrase = None, progress = None))]
    pub async fn restore_archive(
        &self,
        path: String,
        passphrase: Option<String>,
        progress: Option<Arc<dyn ProgressObserver>>,
    ) -> Result<RestoreResult, VaultError> {
        let passphrase = passphrase.map(Into::into);
        let restored = self
            .0
            .restore_archive(PathBuf::from(path), passphrase, telling(progress))
            .await?;
        Ok(RestoreResult {
            added: count(restored.added),
            known: count(restored.known),
            attachments_left_out: count(restored.attachments_left_out),
        })
    }
}

impl From<ExportOptions> for core::ExportOptions {
    fn from(options: ExportOptions) -> Self {
        Self {
            trash: options.trash,
            entry: options.entry.map(|id| EntryId::from_bytes(id.into_bytes())),
            story: options.story.map(core::Story::from),
            attachments: options.attachments,
            folder: options.folder,
            passphrase: options.passphrase.map(Into::into),
            people: options.people,
            replace: options.replace,
            ..Self::new(options.format.into())
        }
    }
}

impl From<ExportFormat> for core::ExportFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Archive => Self::Archive,
            ExportFormat::DayOne => Self::DayOne,
            ExportFormat::Jrnl => Self::Jrnl,
            ExportFormat::JrnlText => Self::JrnlText,
            ExportFormat::Markdown => Self::Markdown,
            ExportFormat::Html => Self::Html,
        }
    }
}

impl From<Story> for core::Story {
    fn from(story: Story) -> Self {
        Self {
            date: story.date,
            tags: story.tags,
            feelings: story.feelings,
            people: story.people,
            place: story.place,
            pictures: story.pictures,
        }
    }
}
