//! Sealed attachments as files: whole, or not there.
//!
//! | name in `attachments/` | what it is |
//! |---|---|
//! | 64 hexadecimal digits | a whole sealed attachment; its name is its blob id |
//! | the same and `.part` | the beginning of one that comes from the relay; how much of it counts, the database says |
//! | the same, `.`, 16 digits and `.new` | one that is being sealed; worthless after a crash |
//!
//! A whole file is written under another name, made durable, renamed, and its folder made durable, before the database says that it
//! is here. Nothing in the folder was ever plain.

use super::StoreError;
use cairn_wire::BlobId;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Name of the folder of sealed attachments in the vault's folder.
pub const ATTACHMENTS_FOLDER: &str = "attachments";

/// The folder of sealed attachments.
#[derive(Clone)]
pub struct AttachmentFiles(PathBuf);

impl std::fmt::Debug for AttachmentFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttachmentFiles(…)")
    }
}

/// A file that is being written. Dropped unfinished, it is gone.
pub struct NewFile {
    file: File,
    path: PathBuf,
    blob: BlobId,
    is_kept: bool,
}

impl std::fmt::Debug for NewFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewFile(…)")
    }
}

impl NewFile {
    /// Writes more of it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::ReadOnly`] or [`StoreError::Io`], here and below.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(|error| StoreError::of_file(&error))
    }

    /// Makes its bytes outlive a power cut; its name does not yet.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn settle(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(|error| StoreError::of_file(&error))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // Where it stays in spite of this, the next sweep takes it.
            drop(fs::remove_file(&self.path));
        }
    }
}

impl AttachmentFiles {
    pub(super) fn beside(directory: &Path) -> Self {
        Self(directory.join(ATTACHMENTS_FOLDER))
    }

    fn whole(&self, blob: &BlobId) -> PathBuf {
        self.0.join(name_of(blob))
    }

    fn part(&self, blob: &BlobId) -> PathBuf {
        self.0.join(format!("{}.part", name_of(blob)))
    }

    /// Begins a file for `blob`. `number` keeps two that are written at once apart.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub fn begin(&self, blob: BlobId, number: u64) -> Result<NewFile, StoreError> {
        self.make_folder()?;
        let path = self.0.join(format!("{}.{number:016x}.new", name_of(&blob)));
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        Ok(NewFile {
            file: opened.map_err(|error| StoreError::of_file(&error))?,
            path,
            blob,
            is_kept: false,
        })
    }

    /// Gives a settled file its name, for good.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub fn keep(&self, mut file: NewFile) -> Result<(), StoreError> {
        file.is_kept = true;
        self.rename(&file.path, &file.blob)
    }

    /// Opens the whole file of `blob`; none where there is none.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn open(&self, blob: &BlobId) -> Result<Option<File>, StoreError> {
        found(File::open(self.whole(blob)))
    }

    /// How long the whole file of `blob` is; none where there is none.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn length(&self, blob: &BlobId) -> Result<Option<u64>, StoreError> {
        Ok(found(fs::metadata(self.whole(blob)))?.map(|file| file.len()))
    }

    /// At most `count` bytes of the whole file of `blob` from `offset` on; none where there is no file.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn read(&self, blob: &BlobId, offset: u64, count: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut file) = self.open(blob)? else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(count);
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.take(count as u64).read_to_end(&mut bytes))
            .map_err(|error| StoreError::of_file(&error))?;
        Ok(Some(bytes))
    }

    /// Keeps what came from the relay at `offset`, and forgets what stood from there on. Durable when it returns.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub fn write_part(&self, blob: &BlobId, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.make_folder()?;
        let write = || {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(false).open(self.part(blob))?;
            file.set_len(offset)?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error: io::Error| StoreError::of_file(&error))
    }

    /// The part of `blob` is whole: it gets its name.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub fn complete(&self, blob: &BlobId) -> Result<(), StoreError> {
        self.rename(&self.part(blob), blob)
    }

    /// Bytes of the part of `blob`; none where there is none.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn part_length(&self, blob: &BlobId) -> Result<Option<u64>, StoreError> {
        Ok(found(fs::metadata(self.part(blob)))?.map(|file| file.len()))
    }

    /// Removes what there is of `blob`.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub fn remove(&self, blob: &BlobId) -> Result<(), StoreError> {
        for path in [self.whole(blob), self.part(blob)] {
            found(fs::remove_file(path))?;
        }
        Ok(())
    }

    /// Removes every file that is of no blob of `known`; those that are being sealed, by their `numbers`, stay.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub fn sweep(&self, known: &BTreeSet<BlobId>, numbers: &BTreeSet<u64>) -> Result<(), StoreError> {
        let Some(folder) = found(fs::read_dir(&self.0))? else {
            return Ok(());
        };
        for entry in folder {
            let entry = entry.map_err(|error| StoreError::of_file(&error))?;
            let name = entry.file_name();
            let Some((blob, ending)) = name.to_str().and_then(parsed) else {
                continue; // Not one of this room's.
            };
            let stays = match ending {
                Ending::Whole | Ending::Part => known.contains(&blob),
                Ending::New(number) => numbers.contains(&number),
            };
            if !stays {
                found(fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, blob: &BlobId) -> Result<(), StoreError> {
        let renamed = fs::rename(from, self.whole(blob)).and_then(|()| make_durable(&self.0));
        renamed.map_err(|error| StoreError::of_file(&error))
    }

    fn make_folder(&self) -> Result<(), StoreError> {
        if self.0.is_dir() {
            return Ok(());
        }
        let made = fs::create_dir_all(&self.0).and_then(|()| self.0.parent().map_or(Ok(()), make_durable));
        made.map_err(|error| StoreError::of_file(&error))
    }
}

/// Whether a file of this name in the folder of attachments is one of ours, whole or not.
pub fn is_attachment(name: &str) -> bool {
    parsed(name).is_some()
}

/// What a name ends with.
enum Ending {
    Whole,
    Part,
    New(u64),
}

fn parsed(name: &str) -> Option<(BlobId, Ending)> {
    let (hex, ending) = name.split_once('.').unwrap_or((name, ""));
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut blob = [0; 32];
    for (byte, digits) in blob.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    let ending = match ending {
        "" => Ending::Whole,
        "part" => Ending::Part,
        other => Ending::New(u64::from_str_radix(other.strip_suffix(".new")?, 16).ok()?),
    };
    Some((BlobId::from_bytes(blob), ending))
}

fn name_of(blob: &BlobId) -> String {
    use std::fmt::Write as _;
    let mut name = String::with_capacity(64);
    for byte in blob.as_bytes() {
        write!(name, "{byte:02x}").expect("invariant: a string takes what is written into it");
    }
    name
}

/// What was found; that there is nothing is no error.
fn found<T>(answer: io::Result<T>) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::of_file(&error)),
    }
}

/// Makes the names in a folder outlive a power cut, where the system can.
fn make_durable(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
