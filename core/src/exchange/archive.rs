//! Opening a zip that a stranger may have made.
//!
//! The end record is read here first, so that a claim is refused before anything is allocated for it; the zip crate then
//! reads the directory under a budget of bytes. Nothing is ever unpacked to disk: names are checked all the same,
//! because an archive with such a name was made to do harm.

use super::ImportError;
use crate::limits;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use zip::ZipArchive;
use zip::read::ZipFile;

/// How much of an archive is read.
pub(crate) struct Limits {
    /// Files in it.
    files: usize,
    /// Bytes that reading the directory may take.
    directory_bytes: u64,
    /// Bytes of the wanted files, unpacked.
    bytes: u64,
}

/// What a journal of another app can be. 100,000 files with long names and dates need about 14 MB of directory.
const JOURNAL: Limits = Limits {
    files: limits::IMPORT_FILES_MAX,
    directory_bytes: 24 * 1024 * 1024,
    bytes: limits::IMPORT_FILE_BYTES_MAX,
};

/// What an archive of our own can be: a file an entry, and attachments without a bound but their number.
pub(crate) const OURS: Limits = Limits {
    files: limits::ARCHIVE_FILES_MAX,
    directory_bytes: 120 * 1024 * 1024,
    bytes: u64::MAX,
};

/// Written words shrink 3 to 10 times, the JSON around them more; DEFLATE's own limit is 1,032.
const RATIO_MAX: u64 = 200;
/// Below this the ratio says nothing: one long line of dashes is no attack.
const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// The same for sound and pictures: six minutes of recorded silence.
const MEDIA_RATIO_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// A file inside an archive, and an own view of that archive, so that several files can be read one after another
/// without borrowing from each other.
pub(crate) struct Member<R> {
    archive: ZipArchive<Shared<R>>,
    index: usize,
    /// Its name, without folders.
    pub(crate) name: String,
    /// Its name with folders, as the archive writes it.
    pub(crate) path: String,
    /// Its bytes, as the directory claims them; no more are unpacked.
    pub(crate) bytes: u64,
}

impl<R: Read + Seek> Member<R> {
    /// Unpacks the file; more bytes than its header claims are an error, and so is a wrong checksum.
    pub(crate) fn reader(&mut self) -> Result<Bounded<ZipFile<'_, Shared<R>>>, ImportError> {
        Ok(Bounded::new(self.archive.by_index(self.index)?, self.bytes))
    }
}

/// The files of an archive whose names and claims were checked.
pub(crate) struct Directory<R> {
    archive: ZipArchive<Shared<R>>,
    pub(crate) files: Vec<Inside>,
    /// Bytes of all that will be read as text, unpacked.
    bytes_max: u64,
}

/// One file of an archive.
pub(crate) struct Inside {
    /// Its path, as the archive writes it.
    pub(crate) path: String,
    /// Bytes it says it has.
    pub(crate) bytes: u64,
    /// Where it stands in the directory.
    pub(crate) index: usize,
    packed_bytes: u64,
    is_locked: bool,
}

impl Inside {
    /// Whether a file that is no text can be offered: not locked, and not a few bytes that become very many. Silence and
    /// blank pages shrink a thousandfold, so that small ones say nothing.
    pub(crate) fn is_plain(&self) -> bool {
        !self.is_locked && (self.bytes <= MEDIA_RATIO_FREE_BYTES || self.bytes / RATIO_MAX <= self.packed_bytes)
    }
}

/// Checks the archive of another app and returns what it holds, in its own order, folders left out.
pub(crate) fn directory<R: Read + Seek>(reader: R) -> Result<Directory<R>, ImportError> {
    directory_within(reader, &JOURNAL)
}

/// As [`directory`], within these limits.
pub(crate) fn directory_within<R: Read + Seek>(reader: R, within: &Limits) -> Result<Directory<R>, ImportError> {
    let mut shared = Shared::new(reader, within.directory_bytes);
    check_end(&mut shared, within.files)?;
    let archive = ZipArchive::new(shared.clone())?;
    shared.lift_budget();
    if archive.len() > within.files {
        return Err(ImportError::TooManyFiles);
    }
    if archive.has_duplicate_names() {
        return Err(ImportError::Damaged);
    }
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_data(index)?;
        let path = String::from_utf8_lossy(file.name_raw()).into_owned();
        if leads_out(&path) {
            return Err(ImportError::UnsafeName);
        }
        if file.is_symlink() {
            return Err(ImportError::Link);
        }
        if !file.is_dir() {
            files.push(Inside {
                path,
                bytes: file.size(),
                index,
                packed_bytes: file.compressed_size(),
                is_locked: file.encrypted(),
            });
        }
    }
    Ok(Directory {
        archive,
        files,
        bytes_max: within.bytes,
    })
}

impl<R: Read + Seek> Directory<R> {
    /// An own view of the archive.
    pub(crate) fn archive(&self) -> ZipArchive<Shared<R>> {
        self.archive.clone()
    }

    /// Those files that will be read as text, in the order of their names; all of them together keep the bounds.
    pub(crate) fn members(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<Member<R>>, ImportError> {
        let mut members = Vec::new();
        let mut total: u64 = 0;
        for file in self.files.iter().filter(|file| wanted(&file.path)) {
            if file.is_locked {
                return Err(ImportError::Encrypted);
            }
            total = total.saturating_add(file.bytes);
            if total > self.bytes_max {
                return Err(ImportError::TooLarge);
            }
            if file.bytes > RATIO_FREE_BYTES && file.bytes / RATIO_MAX > file.packed_bytes {
                return Err(ImportError::Bomb);
            }
            members.push(Member {
                archive: self.archive.clone(),
                index: file.index,
                name: file.path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
                path: file.path.clone(),
                bytes: file.bytes,
            });
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(members)
    }
}

/// Whether a name inside an archive points elsewhere. Both slashes separate, as on the system that unpacks it.
fn leads_out(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    drive || name.starts_with(['/', '\\']) || name.contains('\0') || name.split(['/', '\\']).any(|part| part == "..")
}

/// Bytes of the end record of a zip, without its comment.
const END_BYTES: usize = 22;

/// Reads the end record and refuses what it may not claim.
fn check_end<R: Read + Seek>(reader: &mut Shared<R>, files_max: usize) -> Result<(), ImportError> {
    let length = reader.seek(SeekFrom::End(0))?;
    if length == 0 {
        return Err(ImportError::Empty);
    }
    let mut magic = [0; 4];
    reader.rewind()?;
    let is_zip = reader.read_exact(&mut magic).is_ok() && matches!(&magic, b"PK\x03\x04" | b"PK\x05\x06");
    if !is_zip {
        return Err(ImportError::NotAZip);
    }
    let tail_bytes = length.min((END_BYTES + usize::from(u16::MAX)) as u64);
    let mut tail = Vec::new();
    reader.seek(SeekFrom::Start(length - tail_bytes))?;
    reader.take(tail_bytes).read_to_end(&mut tail)?;
    let at = (0..tail.len().saturating_sub(END_BYTES - 1))
        .rev()
        .find(|&at| tail.get(at..at + 4) == Some(b"PK\x05\x06"))
        .ok_or(ImportError::Truncated)?;
    let mut claimed = number(&tail, at + 10, 2).ok_or(ImportError::Truncated)?;
    // The larger form has its end record and a pointer to it (20 bytes) before this one.
    if let Some(pointer) = at.checked_sub(20)
        && tail.get(pointer..pointer + 4) == Some(b"PK\x06\x07")
    {
        let mut large = [0; 56];
        reader.seek(SeekFrom::Start(
            number(&tail, pointer + 8, 8).ok_or(ImportError::Damaged)?,
        ))?;
        reader.read_exact(&mut large)?;
        claimed = claimed.max(number(&large, 32, 8).ok_or(ImportError::Damaged)?);
    }
    if claimed > files_max as u64 {
        return Err(ImportError::TooManyFiles);
    }
    Ok(())
}

/// The little-endian number of `count` bytes at `at`.
fn number(bytes: &[u8], at: usize, count: usize) -> Option<u64> {
    Some(
        bytes
            .get(at..at + count)?
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

/// One source, read from several places; each clone has its own position.
pub(crate) struct Shared<R> {
    source: Arc<Mutex<Source<R>>>,
    position: u64,
}

struct Source<R> {
    reader: R,
    position: Option<u64>,
    budget: Option<u64>,
}

impl<R: Read + Seek> Shared<R> {
    fn new(reader: R, budget: u64) -> Self {
        let source = Source {
            reader,
            position: None,
            budget: Some(budget),
        };
        Self {
            source: Arc::new(Mutex::new(source)),
            position: 0,
        }
    }

    fn lift_budget(&self) {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).budget = None;
    }
}

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            position: self.position,
        }
    }
}

impl<R: Read + Seek> Read for Shared<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        if source.budget == Some(0) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let wanted =
            usize::try_from(source.budget.unwrap_or(u64::MAX)).map_or(buffer.len(), |budget| budget.min(buffer.len()));
        if source.position != Some(self.position) {
            source.position = None;
            source.reader.seek(SeekFrom::Start(self.position))?;
        }
        let read = source.reader.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.position = self.position.saturating_add(read as u64);
        source.position = Some(self.position);
        source.budget = source.budget.map(|budget| budget.saturating_sub(read as u64));
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Shared<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => {
                let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
                source.position = None;
                source.reader.seek(SeekFrom::End(0))?.checked_add_signed(by)
            }
        }
        .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A reader that fails as soon as there is more than was claimed.
pub(crate) struct Bounded<R> {
    left: u64,
    inner: R,
}

impl<R> Bounded<R> {
    /// A reader of this many bytes.
    pub(crate) const fn new(inner: R, bytes: u64) -> Self {
        Self { left: bytes, inner }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::InvalidData)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    /// The zip crate notices a false size too; this bound does not lean on it.
    #[test]
    fn a_reader_fails_at_the_first_byte_beyond_its_claim() {
        let read = |left: u64| {
            let mut bytes = Vec::new();
            Bounded::new([7_u8; 10].as_slice(), left)
                .read_to_end(&mut bytes)
                .map_err(|error| error.kind())
        };
        assert_eq!(read(10), Ok(10));
        assert_eq!(read(9), Err(io::ErrorKind::InvalidData));
    }

    #[test]
    fn a_directory_that_takes_more_bytes_than_its_budget_is_left() {
        let shared = Shared::new(io::Cursor::new(vec![7; 100]), 60);
        let read = |count: u64| {
            let mut bytes = Vec::new();
            shared
                .clone()
                .take(count)
                .read_to_end(&mut bytes)
                .map_err(|error| error.kind())
        };
        assert_eq!(read(40), Ok(40));
        assert_eq!(read(40), Err(io::ErrorKind::InvalidData));
        shared.lift_budget();
        assert_eq!(read(100), Ok(100));
    }
}
