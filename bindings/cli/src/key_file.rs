//! The key store of a terminal: a file that only its owner can read.
//!
//! A phone has hardware for this; a terminal has the file permissions of its operating system. Whoever can read the
//! file can open the journal, so one that others can read is refused until its owner has changed that.
//!
//! The file is text, a line per secret:
//!
//! ```text
//! cairn key store 1
//! <name> <lower-case hex>
//! ```

use crate::failure::{Exit, Failure};
use cairn_core::vault::{KeyStore, KeyStoreError};
use data_encoding::HEXLOWER;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// The name of the file in the folder of a journal.
pub(crate) const KEY_FILE: &str = "key";

const FIRST_LINE: &str = "cairn key store 1";
/// A key store holds a handful of small secrets.
const FILE_BYTES_MAX: u64 = 64 * 1024;

type Secrets = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// Secrets in a file.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    /// One writer at a time.
    writing: Mutex<()>,
}

impl KeyFile {
    /// The key file of the journal in `directory`.
    pub(crate) fn in_folder(directory: &Path) -> Self {
        Self {
            path: directory.join(KEY_FILE),
            writing: Mutex::default(),
        }
    }

    /// The key file at this place.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            writing: Mutex::default(),
        }
    }

    /// Refuses a key file that others can read.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
            Ok(found) if is_private(&found) => Ok(()),
            Ok(_) => Err(Failure::new(
                Exit::Storage,
                format!(
                    "Nothing was opened: others on this computer can read the key of this journal, and `chmod 600 {}` keeps them out.",
                    self.path.display()
                ),
            )),
        }
    }

    fn read(&self) -> Result<Secrets, KeyStoreError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Secrets::new()),
            Err(_) => return Err(KeyStoreError::Failed),
        };
        // Asked of the open file: nobody can put another in its place in between.
        if !file.metadata().is_ok_and(|found| is_private(&found)) {
            return Err(KeyStoreError::Locked);
        }
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|_| KeyStoreError::Failed)?;
        parse(&text).ok_or(KeyStoreError::Failed)
    }
}

impl KeyStore for KeyFile {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(self.read()?.remove(name))
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        secrets.insert(name.to_owned(), Zeroizing::new(secret.to_vec()));
        write(&self.path, &secrets).map_err(|_| KeyStoreError::Failed)
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        // One that was being written while the power went may hold what is to be forgotten.
        wipe(&beside(&self.path)).map_err(|_| KeyStoreError::Failed)?;
        if secrets.remove(name).is_none() {
            return Ok(());
        }
        write_and_wipe(&self.path, &secrets).map_err(|_| KeyStoreError::Failed)
    }
}

/// Writes the file without what is to be forgotten, or none where nothing is left, and then overwrites the one before, which has no name
/// by then. What a medium keeps elsewhere of what was overwritten is out of a program's reach.
fn write_and_wipe(path: &Path, secrets: &Secrets) -> io::Result<()> {
    let before = OpenOptions::new().write(true).open(path)?;
    if secrets.is_empty() {
        fs::remove_file(path)?;
    } else {
        write(path, secrets)?;
    }
    overwrite(before)
}

/// Removes a file and overwrites it; nothing happens where there is none.
fn wipe(path: &Path) -> io::Result<()> {
    let file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    fs::remove_file(path)?;
    overwrite(file)
}

fn overwrite(mut file: File) -> io::Result<()> {
    let length = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

/// Where a file is written before it takes its place.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

fn parse(text: &str) -> Option<Secrets> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return None;
    }
    lines
        .map(|line| {
            let (name, hex) = line.split_once(' ')?;
            Some((name.to_owned(), Zeroizing::new(HEXLOWER.decode(hex.as_bytes()).ok()?)))
        })
        .collect()
}

/// Writes the file so that after a power cut it is there as before or as after, never in between.
fn write(path: &Path, secrets: &Secrets) -> io::Result<()> {
    let mut text = Zeroizing::new(format!("{FIRST_LINE}\n"));
    for (name, secret) in secrets {
        text.push_str(name);
        text.push(' ');
        text.push_str(&Zeroizing::new(HEXLOWER.encode(secret)));
        text.push('\n');
    }
    let beside = beside(path);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Makes the folder of a journal, for its owner alone.
pub(crate) fn make_private_folder(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn is_private(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o077 == 0
}

/// Elsewhere the folder of the person's account keeps others out, as it does for every program there.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn secrets_are_kept_under_their_names_and_nothing_else_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile::in_folder(folder.path());
        assert_eq!(keys.load("a"), Ok(None));
        keys.save("a", &[1, 2, 255]).unwrap();
        keys.save("b", &[]).unwrap();
        keys.save("a", &[3]).unwrap();
        let again = KeyFile::in_folder(folder.path());
        assert_eq!(again.load("a").unwrap().unwrap().as_slice(), [3]);
        assert_eq!(again.load("b").unwrap().unwrap().as_slice(), [0; 0]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_forgotten_is_not_left_in_a_file_that_was_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile::in_folder(folder.path());
        keys.save("a", &[1, 2, 255]).unwrap();
        let half = folder.path().join("key.new");
        fs::copy(folder.path().join(KEY_FILE), &half).unwrap();
        keys.forget("a").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&half, "half").unwrap();
        keys.forget("never kept").unwrap();
        assert!(!half.exists());
    }

    #[test]
    fn a_file_that_is_no_key_file_is_a_failure_and_not_an_absent_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile::in_folder(folder.path());
        for text in [
            "",
            "something else\n",
            "cairn key store 1\na zz\n",
            "cairn key store 1\nabc\n",
        ] {
            private(OpenOptions::new().write(true).create(true).truncate(true))
                .open(folder.path().join(KEY_FILE))
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
            assert_eq!(keys.load("a"), Err(KeyStoreError::Failed), "{text}");
            assert_eq!(keys.save("a", &[1]), Err(KeyStoreError::Failed), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile::in_folder(folder.path());
        keys.save("a", &[1]).unwrap();
        let path = folder.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(keys.check().is_ok());
        for mode in [0o640, 0o604, 0o644, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(keys.check().unwrap_err().sentence().contains("chmod 600"), "{mode:o}");
            assert_eq!(keys.load("a"), Err(KeyStoreError::Locked), "{mode:o}");
        }
        make_private_folder(folder.path()).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
