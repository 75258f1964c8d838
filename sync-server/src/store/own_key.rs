//! The relay's own key beside the store, so that it outlives the database.
//!
//! Devices pin this key when a space begins and believe no other: with it, a relay that lost its database asks to be sent again what
//! it held; without it, it is a stranger. The file `relay.key` in the data folder, readable by its owner only, is two lines of ASCII,
//! each ended by a newline:
//!
//! | line | what |
//! |---|---|
//! | 1 | `cairn relay key 1` |
//! | 2 | the seed of the Ed25519 key, 32 bytes in lower-case hexadecimal |

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use data_encoding::HEXLOWER;

use super::StoreError;

const FIRST_LINE: &str = "cairn relay key 1";

/// The name of the file in the data folder.
const FILE: &str = "relay.key";

/// The seed that the folder keeps, if it keeps one.
pub(super) fn read(dir: &Path) -> Result<Option<[u8; 32]>, StoreError> {
    match fs::read_to_string(dir.join(FILE)) {
        Ok(text) => parse(&text).map(Some).ok_or(StoreError::Damaged),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the seed in the folder, where it is not kept yet. Another one there is none of this store, and would be found out when it is needed.
pub(super) fn keep(dir: &Path, seed: &[u8; 32]) -> Result<(), StoreError> {
    match read(dir)? {
        Some(kept) if kept == *seed => return Ok(()),
        Some(_) => return Err(StoreError::OtherKey),
        None => {}
    }
    let (path, beside) = (dir.join(FILE), dir.join("relay.key.new"));
    // What a crash left half written is nothing.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(text_of(seed).as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    File::open(dir)?.sync_all()?;
    Ok(())
}

fn text_of(seed: &[u8; 32]) -> String {
    format!("{FIRST_LINE}\n{}\n", HEXLOWER.encode(seed))
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let line = text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?.strip_suffix('\n')?;
    HEXLOWER.decode(line.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn the_file_is_written_as_it_is_drawn_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        keep(folder.path(), &[0xab; 32]).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(text, format!("cairn relay key 1\n{}\n", "ab".repeat(32)));
        keep(folder.path(), &[0xab; 32]).unwrap();
        assert!(matches!(keep(folder.path(), &[0xcd; 32]), Err(StoreError::OtherKey)));
        assert_eq!(read(folder.path()).unwrap(), Some([0xab; 32]));
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_said_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let right = text_of(&[7; 32]);
        for wrong in [
            "",
            "cairn relay key 2\n",
            right.split_at(40).0,
            &right.to_uppercase(),
            &format!("{right} "),
        ] {
            fs::write(folder.path().join(FILE), wrong).unwrap();
            assert!(matches!(read(folder.path()), Err(StoreError::Damaged)), "{wrong:?}");
            assert!(keep(folder.path(), &[1; 32]).is_err());
            assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), wrong);
        }
    }
}
