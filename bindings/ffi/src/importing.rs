//! Bringing a journal in from elsewhere.

use cairn_core::exchange as core;
use cairn_core::vault::{Error, Journal as CoreJournal};
use std::path::Path;
use std::sync::Arc;

use crate::background::background;
use crate::observer::telling;
use crate::{Journal, ProgressObserver, VaultError, count, silent_debug};

/// What kind of journal a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ImportFormat {
    /// Day One's JSON export, a zip.
    DayOne,
    /// Journey's export, a zip.
    Journey,
    /// Daylio's table, a CSV.
    Daylio,
    /// The JSON that jrnl writes.
    Jrnl,
    /// A folder of Markdown files, one for each entry, or a zip of one.
    Markdown,
}

impl From<core::ImportFormat> for ImportFormat {
    fn from(format: core::ImportFormat) -> Self {
        match format {
            core::ImportFormat::DayOne => Self::DayOne,
            core::ImportFormat::Journey => Self::Journey,
            core::ImportFormat::Daylio => Self::Daylio,
            core::ImportFormat::Jrnl => Self::Jrnl,
            _ => Self::Markdown,
        }
    }
}

impl From<ImportFormat> for core::ImportFormat {
    fn from(format: ImportFormat) -> Self {
        match format {
            ImportFormat::DayOne => Self::DayOne,
            ImportFormat::Journey => Self::Journey,
            ImportFormat::Daylio => Self::Daylio,
            ImportFormat::Jrnl => Self::Jrnl,
            ImportFormat::Markdown => Self::Markdown,
        }
    }
}

/// How to read a journal from elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct ImportOptions {
    /// What it is; without it, what the file holds decides.
    #[uniffi(default = None)]
    pub format: Option<ImportFormat>,
    /// The zone it was written in, like Europe/London, for kinds that say none: Daylio, jrnl and Markdown. Ask the person once.
    #[uniffi(default = "")]
    pub zone: String,
    /// Keep where entries were made. Left out otherwise.
    #[uniffi(default = false)]
    pub keep_places: bool,
    /// Keep which device they were made on. Left out otherwise.
    #[uniffi(default = false)]
    pub keep_devices: bool,
}

impl From<ImportOptions> for core::ImportOptions {
    fn from(options: ImportOptions) -> Self {
        Self {
            keep: core::Keep {
                location: options.keep_places,
                device: options.keep_devices,
            },
            zone: options.zone,
        }
    }
}

/// What an import brought. What was here before is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct ImportResult {
    /// Entries that are new here.
    pub added: i64,
    /// Entries that were here already, from an earlier import.
    pub known: i64,
    /// Entries that could not be taken: without a date, empty, or too long.
    pub skipped: i64,
    /// Photos, recordings and files that came along with new entries.
    pub media: i64,
    /// Those that did not: they are not in the file, cannot be read, or are larger than 128 MiB. Their links stay in the text.
    pub media_left_out: i64,
}

/// What an import would bring.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportPreview {
    /// What the file is.
    pub format: ImportFormat,
    /// The names of the journals in it; empty where it gives none.
    pub journals: Vec<String>,
    /// Entries it offers.
    pub entries: i64,
    /// The local date of the first one, like 2026-03-01.
    pub first: Option<String>,
    /// The local date of the last one.
    pub last: Option<String>,
    /// Photos, recordings and files that the entries name.
    pub attachments: i64,
    /// Bytes of those that are there.
    pub attachments_bytes: i64,
    /// Those that are named and are not in the file.
    pub attachments_missing: i64,
    /// Entries with a place. It is left out unless the options keep it.
    pub with_places: i64,
    /// Entries with particulars of a device. They are left out unless the options keep them.
    pub with_devices: i64,
    /// Entries that cannot be taken. The others can.
    pub skipped: Vec<SkippedEntry>,
}

/// An entry that cannot be taken.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SkippedEntry {
    /// The journal it stands in, or its file where every entry has one.
    pub journal: String,
    /// Its place in there, counted from 1.
    pub number: i64,
    /// Its local date, where that could be read.
    pub date: Option<String>,
    /// Why.
    pub reason: ImportSkip,
}

silent_debug!(ImportPreview, SkippedEntry);

/// Why an entry cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ImportSkip {
    /// It has no date.
    NoDate,
    /// It is longer than an entry can be.
    TooLong,
    /// There is nothing in it.
    Empty,
    /// An entry with its id came before it.
    SameId,
    /// It is no entry.
    NotAnEntry,
    /// The app it comes from encrypted it.
    Encrypted,
    /// It is not readable text.
    NotText,
    /// Something a newer version knows.
    Other,
}

impl From<core::SkipReason> for ImportSkip {
    fn from(reason: core::SkipReason) -> Self {
        match reason {
            core::SkipReason::NoDate => Self::NoDate,
            core::SkipReason::TooLong => Self::TooLong,
            core::SkipReason::Empty => Self::Empty,
            core::SkipReason::SameId => Self::SameId,
            core::SkipReason::NotAnEntry => Self::NotAnEntry,
            core::SkipReason::Encrypted => Self::Encrypted,
            core::SkipReason::NotText => Self::NotText,
            _ => Self::Other,
        }
    }
}

impl From<&core::Skipped> for SkippedEntry {
    fn from(skipped: &core::Skipped) -> Self {
        Self {
            journal: skipped.journal.clone(),
            number: count(skipped.number),
            date: skipped.date.map(|date| date.to_string()),
            reason: skipped.reason.into(),
        }
    }
}

#[uniffi::export]
impl Journal {
    /// What an import of this file or folder would bring; nothing is changed. A kind that says no time zone needs one in
    /// the options. One that cannot be read whole throws `Invalid`.
    pub async fn preview_import(&self, path: String, options: ImportOptions) -> Result<ImportPreview, VaultError> {
        background("cairn-import", move || preview(Path::new(&path), options)).await
    }

    /// Brings the entries of a journal from elsewhere: the file or the folder at this path. Doing it twice is doing it
    /// once, and what is here stays as it is. One that cannot be read whole throws `Invalid`, and nothing was changed.
    #[uniffi::method(default(progress = None))]
    pub async fn import_journal(
        &self,
        path: String,
        options: ImportOptions,
        progress: Option<Arc<dyn ProgressObserver>>,
    ) -> Result<ImportResult, VaultError> {
        let journal = self.0.clone();
        background("cairn-import", move || {
            bring_in(&journal, Path::new(&path), options, progress)
        })
        .await
    }
}

fn open(path: &Path, options: ImportOptions) -> Result<Box<dyn core::Importer>, VaultError> {
    let format = options.format.map(core::ImportFormat::from);
    Ok(core::open_import(path, format, &options.into()).map_err(Error::from)?)
}

fn preview(path: &Path, options: ImportOptions) -> Result<ImportPreview, VaultError> {
    let importer = open(path, options)?;
    let preview = importer.preview();
    Ok(ImportPreview {
        format: importer.format().into(),
        journals: preview.journals.iter().map(|journal| journal.name.clone()).collect(),
        entries: count(preview.entries),
        first: preview.first.map(|date| date.to_string()),
        last: preview.last.map(|date| date.to_string()),
        attachments: count(preview.attachments),
        attachments_bytes: count(preview.attachments_bytes),
        attachments_missing: count(preview.attachments_missing),
        with_places: count(preview.with_location),
        with_devices: count(preview.with_device),
        skipped: preview.skipped.iter().map(SkippedEntry::from).collect(),
    })
}

pub(crate) fn bring_in(
    journal: &CoreJournal,
    path: &Path,
    options: ImportOptions,
    progress: Option<Arc<dyn ProgressObserver>>,
) -> Result<ImportResult, VaultError> {
    let keep = core::ImportOptions::from(options.clone()).keep;
    let importer = open(path, options)?;
    let skipped = count(importer.preview().skipped.len());
    let missing = count(importer.preview().attachments_missing);
    let brought = journal.bring_in(importer, keep, telling(progress)).wait()?;
    Ok(ImportResult {
        added: count(brought.added),
        known: count(brought.known),
        skipped,
        media: count(brought.media),
        media_left_out: count(brought.media_left_out).saturating_add(missing),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_of_the_core_crosses_and_comes_back() {
        for format in core::ImportFormat::ALL {
            assert_eq!(core::ImportFormat::from(ImportFormat::from(format)), format);
        }
    }

    #[test]
    fn a_preview_shows_no_words_in_debug_output() {
        let skipped = SkippedEntry {
            journal: "Canary".to_owned(),
            number: 1,
            date: None,
            reason: ImportSkip::NoDate,
        };
        assert!(!format!("{skipped:?}").contains("Canary"));
    }
}
