//! Why a file was refused.

use crate::limits;
use std::io;

/// Why a file cannot be imported. Nothing was changed.
///
/// Errors carry neither names nor words of the file: they may be shown, logged and reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The system did not let us read the file (missing, no permission, a failing disk). Choose it again.
    #[error("this file cannot be read: {kind}")]
    Unreadable {
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The file has no bytes; usually a download or a copy that never finished. Make the export again.
    #[error("this file is empty")]
    Empty,
    /// The file is something else: a picture, a web page, a journal already unpacked. Choose the `.zip`.
    #[error("this file is not a zip archive")]
    NotAZip,
    /// The archive begins well and has no end; usually a download that broke off. Make the export again.
    #[error("this archive ends too early: the rest of it is missing")]
    Truncated,
    /// The archive contradicts itself, or what it holds does not match its checksum. Make the export again.
    #[error("this archive is damaged")]
    Damaged,
    /// The archive asks for a password, which an export never does by itself. Unpack it and pack it again without one.
    #[error("this archive is locked with a password")]
    Encrypted,
    /// The journal is packed in a way that is not read here. Unpack it and pack it again as an ordinary zip.
    #[error("this archive is packed in a way that cannot be read here")]
    Unsupported,
    /// A name inside would lead out of the archive's folder (`..`, an absolute path, a drive). No export does that: an attack.
    #[error("this archive holds a name that leads out of its folder")]
    UnsafeName,
    /// The archive holds a symbolic link. No export does that: an attack.
    #[error("this archive holds a link to another place")]
    Link,
    /// More files than a journal can have, in truth or only claimed by the header.
    #[error("this archive holds more than {} files", limits::IMPORT_FILES_MAX)]
    TooManyFiles,
    /// The journals inside are larger than can be read on a phone.
    #[error("the journals in this archive are larger than {} MiB", limits::IMPORT_FILE_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// A few bytes that unpack to very many: writing does not compress like that. An attack.
    #[error("this archive unpacks to far more than written words could")]
    Bomb,
    /// A sound archive without a journal of this kind in it. Choose another file, or another importer.
    #[error("this archive holds no journal of this kind")]
    NoJournal,
    /// A journal inside is not valid JSON or not valid UTF-8. Where the export is damaged nothing is guessed: make it again.
    #[error("a journal in this archive is not valid JSON")]
    Garbled,
    /// JSON nested deeper than any journal. An attack.
    #[error("a journal in this archive is nested too deeply")]
    TooDeep,
    /// The file is sealed with a passphrase. Ask for it.
    #[error("this file is sealed: it needs its passphrase")]
    NeedsPassphrase,
    /// The passphrase is another one, or the file was changed. Nobody can tell which.
    #[error("this passphrase does not open this file")]
    WrongPassphrase,
    /// The file is sealed, and not with a passphrase. Open it with the tool and the key it was sealed with.
    #[error("this file is sealed with a key and not with a passphrase")]
    OtherKey,
    /// Trying one passphrase takes more memory than a phone has. Our own files do not ask for that.
    #[error("this file asks for more memory to open than there may be")]
    TooMuchWork,
    /// A file inside is not the one that was written: edited by hand, or damaged. Take the archive as it was made, or import its
    /// folder of entries as Markdown.
    #[error("a file in this archive is not as it was written")]
    Changed,
    /// A newer version of this software made the archive. Update first.
    #[error("a newer version of this software made this archive")]
    TooNew,
    /// Neither a journal that is known here nor a folder of Markdown. Choose another file, or say what it is.
    #[error("this is not a journal that can be read here")]
    UnknownFormat,
    /// What it holds fits several kinds of journal. Say which it is.
    #[error("this could be read as more than one kind of journal: say which it is")]
    Ambiguous,
    /// An archive that this software made, sealed or not. Restore it: that keeps more than an import could.
    #[error("this is an archive of Cairn's own: it is restored, not imported")]
    OurArchive,
    /// A table without the columns of its kind, or with one of them twice. Make the export again.
    #[error("this table has other columns than its kind of journal writes")]
    WrongColumns,
    /// The file says no time zone, so that its dates fit no calendar. Say in which zone it was written.
    #[error("this journal says no time zone: say in which one it was written")]
    ZoneNeeded,
    /// A zone that has no place on earth here. Choose one of the IANA names.
    #[error("a time zone has a name like Europe/London, and this one is not known here")]
    UnknownZone,
    /// More entries than one import can bring.
    #[error("this archive holds more than {} entries", limits::IMPORT_ENTRIES_MAX)]
    TooManyEntries,
    /// More than two people can have said and shown, or longer than it can be. No export does that: an attack.
    #[error("this archive holds more between two people than there can be")]
    TooMuchSaid,
}

impl From<io::Error> for ImportError {
    /// Unpacking reports a damaged archive through these three kinds; all others come from the system.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => Self::Damaged,
            kind => Self::Unreadable { kind },
        }
    }
}

impl From<zip::result::ZipError> for ImportError {
    fn from(error: zip::result::ZipError) -> Self {
        use zip::result::ZipError;
        match error {
            ZipError::Io(error) => error.into(),
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => Self::Encrypted,
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Self::Unsupported,
            _ => Self::Damaged,
        }
    }
}

/// Why a journal could not be written out. What was written of it is not a journal: delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The place to write to failed: full, taken away, or read-only.
    #[error("the export cannot be written: {kind}")]
    Unwritable {
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The journal, or one of its attachments, could not be read to its end. Leave the attachments out to have the words.
    #[error("the export could not be read to its end")]
    Interrupted,
    /// There is no entry of that id to export.
    #[error("there is no entry with this id")]
    NoEntry,
    /// A file of this name is there already. Nothing was changed; choose another name, or say that it may be replaced.
    #[error("there is a file of this name already")]
    Exists,
    /// A story is one entry in Markdown or HTML; only Markdown goes into a folder, and a folder has no passphrase; a passphrase is not empty.
    #[error("these choices for an export do not go together")]
    NotTogether,
    /// A moment before the year 0 or after the year 9999, which the format cannot say.
    #[error("an entry lies outside the years this format can name")]
    OutOfCalendar,
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Unwritable { kind: error.kind() }
    }
}

impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unwritable {
            kind: error.io_error_kind().unwrap_or(io::ErrorKind::InvalidData),
        }
    }
}

impl From<zip::result::ZipError> for ExportError {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => error.into(),
            _ => Self::Unwritable {
                kind: io::ErrorKind::InvalidData,
            },
        }
    }
}
