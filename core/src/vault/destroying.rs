//! The vault of this device is destroyed: its keys first, then its files.
//!
//! | step | what is done | killed before it, the next opening finds |
//! |---|---|---|
//! | 1 | `vault.erased` is written durably: what the key store is to let go of | the vault as it was |
//! | 2 | the keys, `vault.erased` in hand | the file, and goes on from here |
//! | 3 | the open copy of the plan, the database and its log, what was moved aside, attachments, everything else of ours | the same |
//! | 4 | `vault.id`, then `vault.erased` | the same |
//!
//! After step 2 whatever is left opens nothing, on the medium too: the database is sealed under a key that is nowhere any more. An
//! opening that finds `vault.erased` does all of it once more and then begins a new, empty vault; this is the one case in which one is
//! begun where another was. What cannot be removed now leaves `vault.erased` where it is, and is tried again.
//!
//! `vault.erased` is text: a line `1`, the version, and a line for each name in the key store. Files that are not ours stay.

use super::opening::{ID_FILE, NEW_MARKER, REPAIR_MARKER, SALT_FILE, VAULT_KEY, read_if_there, storage, write_durably};
use super::passphrase::UNLOCK_TRIES;
use super::people_lock::{PEOPLE_LOCK, PEOPLE_TRIES};
use super::plan::{COPY_FILE, PLAN_KEY};
use super::repairing::REBUILT;
use super::{Engine, Error, KeyStore};
use crate::store::{ATTACHMENTS_FOLDER, DATABASE_FILE, is_aside, is_attachment};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

const MARKER: &str = "vault.erased";
const VERSION: &str = "1";

impl Engine {
    /// The names under which this vault keeps secrets in the key store.
    pub(super) fn key_names(&self) -> Result<Vec<String>, Error> {
        let mut names = [VAULT_KEY, PLAN_KEY, UNLOCK_TRIES, PEOPLE_LOCK, PEOPLE_TRIES]
            .map(str::to_owned)
            .to_vec();
        names.extend(self.mark_names()?);
        Ok(names)
    }
}

/// Whether the vault in this folder is to be destroyed, whatever else lies there.
pub(super) fn is_begun(directory: &Path) -> bool {
    directory.join(MARKER).exists()
}

/// From here on the vault is gone, and the rest is only to be done.
pub(super) fn begin(directory: &Path, key_names: &[String]) -> Result<(), Error> {
    let text = [&[VERSION.to_owned()], key_names].concat().join("\n");
    write_durably(&directory.join(MARKER), text.as_bytes())
}

/// Ends what was begun, without opening or beginning a vault; whether there was anything to end.
pub(super) fn end(directory: &Path, keys: &dyn KeyStore) -> Result<bool, Error> {
    let is_begun = is_begun(directory);
    finish(directory, keys)?;
    Ok(is_begun)
}

/// Does the rest, as often as it takes. Nothing happens where nothing was begun.
pub(super) fn finish(directory: &Path, keys: &dyn KeyStore) -> Result<(), Error> {
    let Some(steps) = steps(directory, keys)? else {
        return Ok(());
    };
    // One that fails keeps no other from being done.
    let mut first_error = None;
    for step in steps {
        if let Err(error) = step() {
            first_error.get_or_insert(error);
        }
    }
    if let Some(error) = first_error {
        return Err(error);
    }
    make_durable(directory)?;
    remove(&directory.join(MARKER))?;
    make_durable(directory)
}

type Step<'a> = Box<dyn FnOnce() -> Result<(), Error> + 'a>;

/// Everything that is to be done but for the marker, in its order; none where nothing was begun.
fn steps<'a>(directory: &'a Path, keys: &'a dyn KeyStore) -> Result<Option<Vec<Step<'a>>>, Error> {
    let Some(marker) = read_if_there(&directory.join(MARKER))? else {
        return Ok(None);
    };
    let mut steps: Vec<Step<'a>> = Vec::new();
    let names = String::from_utf8(marker).unwrap_or_default();
    for name in names.lines().skip(1).map(str::to_owned) {
        steps.push(Box::new(move || Ok(keys.forget(&name)?)));
    }
    let attachments = directory.join(ATTACHMENTS_FOLDER);
    for name in names_in(&attachments)?.into_iter().filter(|name| is_attachment(name)) {
        let path = attachments.join(name);
        steps.push(Box::new(move || remove(&path)));
    }
    steps.push(Box::new(move || remove_if_empty(&attachments)));
    for name in ours(directory)? {
        let path = directory.join(name);
        steps.push(Box::new(move || remove(&path)));
    }
    Ok(Some(steps))
}

/// What lies in the folder of a vault and is the vault's, the file that names it last.
fn ours(directory: &Path) -> Result<Vec<String>, Error> {
    let mut names = names_in(directory)?;
    names.retain(|name| is_ours(name));
    names.sort_by_key(|name| (name == ID_FILE, name.clone()));
    Ok(names)
}

/// The names in a folder, as far as they are text, as all of ours are; none where there is no folder.
fn names_in(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| storage(&error))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| storage(&error))?.file_name();
        names.extend(name.into_string());
    }
    Ok(names)
}

fn is_ours(name: &str) -> bool {
    // A file that is being written lies beside the one it is to replace.
    let of_file = name.strip_suffix(".tmp").unwrap_or(name);
    let files = [ID_FILE, NEW_MARKER, REPAIR_MARKER, SALT_FILE, COPY_FILE, REBUILT];
    let is_database = name
        .strip_prefix(DATABASE_FILE)
        .is_some_and(|end| matches!(end, "" | "-wal" | "-shm" | "-journal"));
    // The marker itself goes last of all; one that was being written while the power went says nothing.
    is_database || files.contains(&of_file) || is_aside(name) || name.strip_suffix(".tmp") == Some(MARKER)
}

/// A folder that may hold what is not ours, too.
fn remove_if_empty(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
            Err(storage(&error))
        }
        _ => Ok(()),
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(storage(&error)),
        _ => Ok(()),
    }
}

/// Makes what was removed stay so, where the system can.
fn make_durable(directory: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let synced: io::Result<()> = fs::File::open(directory).and_then(|folder| folder.sync_all());
        return synced.map_err(|error| storage(&error));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::{MemoryKeyStore, Vault, VaultConfig, read_open_plan};
    use super::*;
    use crate::clock::Timestamp;
    use crate::journal::{Draft, EntryQuery};
    use crate::moment::Moment;
    use std::sync::Arc;

    const WORDS: &str = "quetzal";

    struct Home {
        folder: tempfile::TempDir,
        keys: Arc<MemoryKeyStore>,
    }

    impl Home {
        fn new() -> Self {
            let home = Self {
                folder: tempfile::tempdir().unwrap(),
                keys: Arc::default(),
            };
            let vault = home.open().unwrap();
            let draft = Draft {
                body: WORDS.to_owned(),
                ..Draft::new(Moment::new(Timestamp(0), "UTC").unwrap())
            };
            vault.journal().write(draft).wait().unwrap();
            vault.profile().set_plan_opens(true).wait().unwrap();
            drop(vault);
            let at = |name: &str| home.folder.path().join(name);
            let blob = "ab".repeat(32);
            for name in [
                "attachments",
                "damaged-20260101-000000",
                "damaged-20260101-000000-12",
                "rebuilt",
            ] {
                fs::create_dir_all(at(name)).unwrap();
                fs::write(at(name).join(&blob), b"sealed").unwrap();
            }
            fs::write(at("attachments").join(format!("{blob}.part")), b"sealed").unwrap();
            for half in ["vault.repair.tmp", "vault.erased.tmp"] {
                fs::write(at(half), b"half").unwrap();
            }
            fs::write(at("holiday.jpg"), b"not ours").unwrap();
            fs::create_dir(at("damaged-bicycle")).unwrap();
            home
        }

        fn config(&self) -> VaultConfig {
            VaultConfig::new(self.folder.path(), "phone")
        }

        fn open(&self) -> Result<Vault, Error> {
            Vault::open(self.config(), Arc::clone(&self.keys) as Arc<dyn KeyStore>, None)
        }

        fn names(&self) -> Vec<String> {
            let vault = self.open().unwrap();
            vault.ask(|engine| engine.key_names()).wait().unwrap()
        }

        fn files(&self) -> Vec<String> {
            let entries = fs::read_dir(self.folder.path()).unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }

        fn texts(&self) -> Vec<String> {
            let vault = self.open().unwrap();
            let page = vault.journal().entries(EntryQuery::newest(10)).wait().unwrap();
            page.entries.into_iter().map(|entry| entry.body).collect()
        }
    }

    #[test]
    fn nothing_of_ours_stays_and_nothing_of_anybody_elses_goes() {
        let home = Home::new();
        let names = home.names();
        assert!(names.iter().any(|name| name.starts_with("cairn.mark.")));
        fs::write(home.folder.path().join("attachments/cat.jpg"), b"not ours").unwrap();
        begin(home.folder.path(), &names).unwrap();
        finish(home.folder.path(), home.keys.as_ref()).unwrap();
        assert_eq!(home.files(), ["attachments", "damaged-bicycle", "holiday.jpg"]);
        assert_eq!(fs::read_dir(home.folder.path().join("attachments")).unwrap().count(), 1);
        for name in &names {
            assert!(home.keys.load(name).unwrap().is_none(), "{name}");
        }
        finish(home.folder.path(), home.keys.as_ref()).unwrap();
        assert_eq!(home.texts(), Vec::<String>::new(), "a new vault");
    }

    #[test]
    fn killed_before_any_step_it_ends_as_it_was_or_erased_and_never_half() {
        let count = {
            let home = Home::new();
            begin(home.folder.path(), &home.names()).unwrap();
            steps(home.folder.path(), home.keys.as_ref()).unwrap().unwrap().len()
        };
        assert!(count > 10, "{count} steps");
        // Before the first one: as it was.
        assert_eq!(Home::new().texts(), [WORDS]);
        for done in 0..=count {
            let home = Home::new();
            let old_key = home.keys.load(VAULT_KEY).unwrap().unwrap();
            begin(home.folder.path(), &home.names()).unwrap();
            let all = steps(home.folder.path(), home.keys.as_ref()).unwrap().unwrap();
            all.into_iter().take(done).for_each(|step| step().unwrap());
            // Even before anything of it is done, the plan does not open any more.
            assert_eq!(
                read_open_plan(&home.config(), home.keys.as_ref()).unwrap(),
                None,
                "{done}"
            );
            assert_eq!(home.texts(), Vec::<String>::new(), "killed after {done} steps");
            assert!(!is_begun(home.folder.path()));
            let new_key = home.keys.load(VAULT_KEY).unwrap().unwrap();
            assert_ne!(*new_key, *old_key, "{done}");
            assert!(!home.folder.path().join("damaged-20260101-000000").exists(), "{done}");
        }
    }

    #[test]
    fn a_file_that_says_less_than_it_should_still_ends_in_a_new_vault() {
        let home = Home::new();
        fs::write(home.folder.path().join(MARKER), b"").unwrap();
        // No key is named, and none is made over: the one there is replaced, as a stale one always was.
        assert_eq!(home.texts(), Vec::<String>::new());
    }
}
