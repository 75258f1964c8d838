//! Blobs' files: one each in a folder beside the database, named by a number that leads nowhere.
//!
//! A file never counts for more than its row says. New bytes are written behind what counts and made durable before
//! the row takes them up; what a crash leaves behind them is cut off by the next part. A file goes after its row, and
//! before anybody is told so.
//!
//! | | durable, in this order |
//! |---|---|
//! | a blob begins | its row, with nothing in it; its file's name in the folder, with the first part |
//! | a part comes | the file's bytes; the row's `have` |
//! | a blob goes | its row's going, with the file's number in `blob_gone`; the file's going; the number's |

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use cairn_wire::BlobId;

use super::{StoreConfig, StoreError, lock};

/// Blobs that are written to at once.
const WRITERS: usize = 16;

/// The folder of blobs. Made with the first one.
#[derive(Debug)]
pub(super) struct Files {
    /// `None` on a simulated disk, which has no folders, unless one was named.
    folder: Option<PathBuf>,
    writing: [Mutex<()>; WRITERS],
}

impl Files {
    pub(super) fn new(config: &StoreConfig) -> Self {
        let beside = || config.vfs.is_none().then(|| config.dir.join("blobs"));
        Self {
            folder: config.blobs.clone().or_else(beside),
            writing: Default::default(),
        }
    }

    /// Held while a part is checked, written and taken up, so that two of one blob never write into each other. The writer
    /// takes it never.
    pub(super) fn writing(&self, blob: &BlobId) -> MutexGuard<'_, ()> {
        lock(&self.writing[usize::from(blob.as_bytes()[0]) % WRITERS])
    }

    /// Makes a blob's file if it is not there.
    pub(super) fn begin(&self, file: u64) -> Result<(), StoreError> {
        let path = self.path(file)?;
        let open = || OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        match open() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make_folder(self.folder()?)?;
                open()?
            }
            opened => opened?,
        };
        Ok(())
    }

    /// Writes `bytes` behind the first `have` bytes of a file, durably. What stood there did not count.
    pub(super) fn append(&self, file: u64, have: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let mut opened = OpenOptions::new().write(true).open(self.path(file)?)?;
        let length = opened.metadata()?.len();
        if length < have {
            return Err(StoreError::Damaged);
        }
        if length > have {
            opened.set_len(have)?;
        }
        opened.seek(SeekFrom::Start(have))?;
        opened.write_all(bytes)?;
        opened.sync_all()?;
        if have == 0 {
            self.sync_folder()?;
        }
        Ok(())
    }

    /// Reads `length` bytes from `offset` on, or `None` if the file is gone.
    pub(super) fn read(&self, file: u64, offset: u64, length: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let mut opened = match File::open(self.path(file)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        opened.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; length];
        match opened.read_exact(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(StoreError::Damaged),
            read => Ok(read.map(|()| Some(bytes))?),
        }
    }

    /// How long a file is, or `None` if it is gone.
    pub(super) fn length(&self, file: u64) -> Result<Option<u64>, StoreError> {
        match std::fs::metadata(self.path(file)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            found => Ok(Some(found?.len())),
        }
    }

    /// Calls `each` with the number of every file there is, in no order; with `None` for one that is no blob's.
    pub(super) fn each(&self, each: &mut dyn FnMut(Option<u64>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let names = match std::fs::read_dir(self.folder()?) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            names => names?,
        };
        for entry in names {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
            each(number.filter(|number| name.to_str() == Some(name_of(*number).as_str())))?;
        }
        Ok(())
    }

    /// Removes files, durably. One that is not there is removed already.
    pub(super) fn remove(&self, files: &[u64]) -> Result<(), StoreError> {
        for file in files {
            match std::fs::remove_file(self.path(*file)?) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        self.sync_folder()
    }

    /// Makes the names in the folder durable.
    fn sync_folder(&self) -> Result<(), StoreError> {
        match sync_names(self.folder()?) {
            // Nothing was ever in it.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            synced => Ok(synced?),
        }
    }

    fn folder(&self) -> Result<&Path, StoreError> {
        let unsupported = || StoreError::Folder(ErrorKind::Unsupported.into());
        self.folder.as_deref().ok_or_else(unsupported)
    }

    fn path(&self, file: u64) -> Result<PathBuf, StoreError> {
        Ok(self.folder()?.join(name_of(file)))
    }
}

/// The name of the file of this number.
pub(super) fn name_of(file: u64) -> String {
    format!("{file:016x}")
}

/// Makes the folder of blobs, readable by its owner only, and its own name durable.
fn make_folder(folder: &Path) -> Result<(), StoreError> {
    super::folder::make_private(folder)?;
    if let Some(parent) = folder.parent() {
        sync_names(parent)?;
    }
    Ok(())
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(super) fn sync_names(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems keep the names of a folder themselves.
#[cfg(not(unix))]
pub(super) fn sync_names(_: &Path) -> std::io::Result<()> {
    Ok(())
}
