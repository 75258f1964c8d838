//! Commands of the plan for hard times, and the copy of it that opens while everything else is locked.
//!
//! The copy lies in `plan.open` beside the database (its bytes: `crypto::seal_plan`), under a key of its own in the key store
//! ([`PLAN_KEY`]). Its plaintext is a flat projection: the fields that the plan is read from (never what keeps the participant going), and every
//! support line as it is shown, as fields `line/…`. It is there only while the participant wants it: switched off, its key is emptied first, then the file
//! goes. Every device honours the choice, which is a field of the plan, and makes a copy of its own; one that could not be
//! made is made at the next opening or change.

use super::opening::{storage, write_durably};
use super::profile::fields_of;
use super::settings::read_support_lines;
use super::{Engine, Error, KeyStore, VaultConfig, destroying};
use crate::crypto::{CryptoError, PlanKey, import_id, open_plan, seal_plan};
use crate::id::{AttachmentId, DocumentId, MainstayId, PlanItemId, random_bytes};
use crate::profile::{
    self, Changes, Fields, Invalid, LookingAfter, Mainstay, Plan, PlanList, SupportLine, apply, support_lines,
};
use crate::record::{self, Kind};
use crate::store::{StoreError, View};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The name under which the key store keeps the key of the open copy; empty while there is none.
pub const PLAN_KEY: &str = "cairn.plan-key";

pub(super) const COPY_FILE: &str = "plan.open";

/// What can be read without unlocking, where the participant allowed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPlan {
    /// The plan.
    pub plan: Plan,
    /// Every support line.
    pub lines: Vec<SupportLine>,
}

/// Where the open copy of this device goes.
pub(super) struct OpenCopy {
    pub(super) directory: PathBuf,
    pub(super) keys: Arc<dyn KeyStore>,
    /// What the file holds, as far as this opening of the vault knows.
    written: Option<Zeroizing<Vec<u8>>>,
}

impl OpenCopy {
    pub(super) const fn new(directory: PathBuf, keys: Arc<dyn KeyStore>) -> Self {
        Self {
            directory,
            keys,
            written: None,
        }
    }

    /// The key of the copy, if there is one.
    fn key(keys: &dyn KeyStore) -> Result<Option<PlanKey>, Error> {
        let secret = keys.load(PLAN_KEY)?;
        let bytes = secret.and_then(|secret| <[u8; 32]>::try_from(secret.as_slice()).ok());
        Ok(bytes.map(PlanKey::from_bytes))
    }

    fn read(keys: &dyn KeyStore, directory: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let file = match fs::read(directory.join(COPY_FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(storage(&error)),
        };
        let Some(key) = Self::key(keys)? else { return Ok(None) };
        match open_plan(&key, &file) {
            Ok(plaintext) => Ok(Some(plaintext)),
            Err(CryptoError::TooNew) => Err(Error::TooNew),
            Err(_) => Err(Error::Store(StoreError::Damaged)),
        }
    }
}

/// The plan and the support lines, without the key of the vault and without its database; none where the participant did
/// not allow it.
///
/// # Errors
/// [`Error::KeyStore`], [`Error::Store`] for a copy that is damaged (the next opening of the vault makes it anew),
/// [`Error::TooNew`].
pub fn read_open_plan(config: &VaultConfig, keys: &dyn KeyStore) -> Result<Option<OpenPlan>, Error> {
    if destroying::is_begun(&config.directory) {
        return Ok(None);
    }
    let Some(plaintext) = OpenCopy::read(keys, &config.directory)? else {
        return Ok(None);
    };
    let (fields, _) = record::decode_fields(&plaintext).map_err(|_| Error::Store(StoreError::Damaged))?;
    Ok(Some(OpenPlan {
        plan: Plan::from_fields(&fields),
        lines: support_lines(&fields, &[]),
    }))
}

/// The plan as it is stored.
///
/// # Errors
/// [`Error::Store`].
pub fn read_plan(view: View<'_>) -> Result<Plan, Error> {
    Ok(Plan::from_fields(&fields_of(view, Kind::Plan)?))
}

/// What keeps the participant going, in their order.
///
/// # Errors
/// [`Error::Store`].
pub fn read_mainstays(view: View<'_>) -> Result<Vec<Mainstay>, Error> {
    Ok(profile::mainstays(&fields_of(view, Kind::Plan)?))
}

impl Engine {
    /// The document of the plan. It is derived from the home space, as the profile's is.
    pub(super) fn plan_document(&self) -> Result<DocumentId, Error> {
        Ok(import_id(&self.slot_key(self.identity.home)?, "cairn", "plan"))
    }

    fn change_plan(&mut self, change: impl FnOnce(&Fields) -> Result<Changes, Invalid>) -> Result<(), Error> {
        let id = self.plan_document()?;
        let changes = change(&self.fields(id)?)?;
        if !changes.is_empty() {
            self.set_fields(id, Kind::Plan, &changes)?;
        }
        self.keep_open_copy()
    }

    /// Keeps a line at the end of a list of the plan.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`]; [`Error::KeyStore`] where the plan opens without unlocking and its copy could
    /// not be written: the plan itself is kept then.
    pub fn add_plan_item(&mut self, list: PlanList, text: &str) -> Result<PlanItemId, Error> {
        let id = PlanItemId::random(self.entropy.as_mut());
        self.change_plan(|fields| profile::set_plan_item(fields, id, list, text))?;
        Ok(id)
    }

    /// Changes the words of a line, or the list it stands in.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Self::add_plan_item`].
    pub fn set_plan_item(&mut self, id: PlanItemId, list: PlanList, text: &str) -> Result<(), Error> {
        let plan = read_plan(self.store.view())?;
        plan.items.iter().find(|item| item.id == id).ok_or(Error::NotFound)?;
        self.change_plan(|fields| profile::set_plan_item(fields, id, list, text))
    }

    /// Moves a line to stand before another one of its list, or last.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn move_plan_item(&mut self, id: PlanItemId, before: Option<PlanItemId>) -> Result<(), Error> {
        self.change_plan(|fields| profile::move_plan_item(fields, id, before))
    }

    /// Takes a line out of the plan.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn remove_plan_item(&mut self, id: PlanItemId) -> Result<(), Error> {
        self.change_plan(|fields| Ok(profile::remove_plan_item(fields, id)))
    }

    /// Keeps something that keeps the participant going, at the end of their list.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn add_mainstay(&mut self, text: &str) -> Result<MainstayId, Error> {
        let id = MainstayId::random(self.entropy.as_mut());
        self.change_plan(|fields| profile::set_mainstay(fields, id, text))?;
        Ok(id)
    }

    /// Changes the words of one of them.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Self::add_plan_item`].
    pub fn set_mainstay(&mut self, id: MainstayId, text: &str) -> Result<(), Error> {
        let all = read_mainstays(self.store.view())?;
        all.iter().find(|one| one.id == id).ok_or(Error::NotFound)?;
        self.change_plan(|fields| profile::set_mainstay(fields, id, text))
    }

    /// Moves one of them to stand before another one, or last.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn move_mainstay(&mut self, id: MainstayId, before: Option<MainstayId>) -> Result<(), Error> {
        self.change_plan(|fields| profile::move_mainstay(fields, id, before))
    }

    /// Takes one of them away.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn remove_mainstay(&mut self, id: MainstayId) -> Result<(), Error> {
        self.change_plan(|fields| Ok(profile::remove_mainstay(fields, id)))
    }

    /// Says who and what is to be looked after.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn set_looking_after(&mut self, said: &LookingAfter) -> Result<(), Error> {
        self.change_plan(|fields| profile::set_looking_after(fields, said))
    }

    /// Lets documents go with the plan, in this order, in place of those before.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn set_plan_attached(&mut self, attached: &[AttachmentId]) -> Result<(), Error> {
        self.change_plan(|fields| profile::set_attached(fields, attached))
    }

    /// Lets the plan be read without unlocking the journal, on all of the person's devices, or no more.
    ///
    /// # Errors
    /// As [`Self::add_plan_item`].
    pub fn set_plan_opens(&mut self, opens: bool) -> Result<(), Error> {
        self.change_plan(|fields| Ok(profile::set_plan_opens(fields, opens)))
    }

    /// Makes the open copy what the participant wants it to be: there and as the plan is, or not there.
    pub(super) fn keep_open_copy(&mut self) -> Result<(), Error> {
        // An engine without a shell around it has no folder of its own.
        let Some(mut copy) = self.open_copy.take() else {
            return Ok(());
        };
        let kept = self.keep_copy(&mut copy);
        self.open_copy = Some(copy);
        kept
    }

    fn keep_copy(&mut self, copy: &mut OpenCopy) -> Result<(), Error> {
        // A journal that knows of no plan, new or begun anew after damage, has not switched anything off: the copy may be all there is.
        if self.store.view().documents_of(Kind::Plan.number())?.is_empty() {
            return Ok(());
        }
        let file = copy.directory.join(COPY_FILE);
        let mut fields = profile::what_opens(&fields_of(self.store.view(), Kind::Plan)?);
        if !Plan::from_fields(&fields).opens_without_unlock {
            if !file.exists() {
                return Ok(());
            }
            // Without its key the file says nothing, wherever it was copied to.
            copy.keys.save(PLAN_KEY, &[])?;
            copy.written = None;
            return fs::remove_file(&file).map_err(|error| storage(&error));
        }
        for line in read_support_lines(self.store.view())? {
            let changes = profile::set_support_line(&Fields::new(), &[], &line)?;
            apply(&mut fields, &changes);
        }
        let content = Zeroizing::new(record::encode_fields(&fields, &crate::journal::Unknown::new()));
        if copy.written.is_none() {
            // What cannot be read is written anew.
            copy.written = OpenCopy::read(copy.keys.as_ref(), &copy.directory).unwrap_or_default();
        }
        if copy.written.as_ref() == Some(&content) {
            return Ok(());
        }
        let key = match OpenCopy::key(copy.keys.as_ref())? {
            Some(key) => key,
            None => {
                let key = PlanKey::random(self.entropy.as_mut());
                copy.keys.save(PLAN_KEY, key.as_bytes())?;
                key
            }
        };
        let sealed = seal_plan(&key, random_bytes(self.entropy.as_mut()), &content)?;
        write_durably(&file, &sealed)?;
        copy.written = Some(content);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::vault::{KeyStoreError, MemoryKeyStore, Vault};

    /// A key store that keeps no key for a plan.
    struct NoPlanKeys(MemoryKeyStore);

    impl KeyStore for NoPlanKeys {
        fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
            self.0.load(name)
        }

        fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
            if name == PLAN_KEY {
                return Err(KeyStoreError::Locked);
            }
            self.0.save(name, secret)
        }

        fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
            self.0.forget(name)
        }
    }

    fn phone(folder: &Path) -> (VaultConfig, Arc<MemoryKeyStore>) {
        (VaultConfig::new(folder, "phone"), Arc::new(MemoryKeyStore::default()))
    }

    fn opened(config: &VaultConfig, keys: &Arc<MemoryKeyStore>) -> Vault {
        Vault::open(config.clone(), Arc::clone(keys) as Arc<dyn KeyStore>, None).unwrap()
    }

    #[test]
    fn the_plan_opens_without_the_vault_exactly_while_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let (config, keys) = phone(folder.path());
        let vault = opened(&config, &keys);
        let door = vault.profile();
        door.add_plan_item(PlanList::Services, "the canary clinic".to_owned())
            .wait()
            .unwrap();
        assert_eq!(Vault::open_plan(&config, keys.as_ref()).unwrap(), None);
        door.set_plan_opens(true).wait().unwrap();
        door.add_plan_item(PlanList::PeopleICanAsk, "Dee".to_owned())
            .wait()
            .unwrap();
        door.add_mainstay("The harbour.".to_owned()).wait().unwrap();
        door.remove_support_line("us-home".to_owned()).wait().unwrap();

        let only_plan = MemoryKeyStore::default();
        only_plan
            .save(PLAN_KEY, &keys.load(PLAN_KEY).unwrap().unwrap())
            .unwrap();
        let open = Vault::open_plan(&config, &only_plan).unwrap().unwrap();
        assert_eq!(open.plan, door.plan().wait().unwrap());
        let inside = OpenCopy::read(&only_plan, folder.path()).unwrap().unwrap();
        let holds = |words: &[u8]| inside.windows(words.len()).any(|window| window == words);
        assert!(
            holds(b"canary") && !holds(b"harbour") && !holds(b"mainstay"),
            "what keeps somebody going stays behind the lock"
        );
        let lines: Vec<String> = open.lines.into_iter().map(|line| line.id).collect();
        let there: Vec<String> = door
            .support_lines()
            .wait()
            .unwrap()
            .into_iter()
            .map(|line| line.id)
            .collect();
        assert_eq!((lines.len(), lines), (7, there));
        let bytes = fs::read(folder.path().join(COPY_FILE)).unwrap();
        assert!(
            !bytes.windows(6).any(|window| window == b"canary"),
            "the copy is sealed"
        );

        door.set_plan_opens(false).wait().unwrap();
        assert_eq!(Vault::open_plan(&config, &only_plan).unwrap(), None);
        assert!(!folder.path().join(COPY_FILE).exists());
        assert_eq!(keys.load(PLAN_KEY).unwrap().unwrap().len(), 0);
    }

    #[test]
    fn a_journal_that_is_begun_anew_after_damage_leaves_the_copy_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (config, keys) = phone(folder.path());
        let vault = opened(&config, &keys);
        let door = vault.profile();
        door.add_plan_item(PlanList::PeopleICanAsk, "Dee".to_owned())
            .wait()
            .unwrap();
        door.set_plan_opens(true).wait().unwrap();
        drop((door, vault));
        fs::write(folder.path().join("vault.db"), [7; 9000]).unwrap();
        let aside = Vault::open(config.clone(), Arc::clone(&keys) as Arc<dyn KeyStore>, None);
        assert!(matches!(aside, Err(Error::MovedAside)));
        let lent = Arc::clone(&keys) as Arc<dyn KeyStore>;
        assert!(Vault::repair(config.clone(), lent, None).wait().unwrap().was_damaged);
        let vault = opened(&config, &keys);
        let open = Vault::open_plan(&config, keys.as_ref()).unwrap().unwrap();
        assert_eq!(open.plan.items[0].text, "Dee");
        // A plan that is there says what is wanted.
        vault.profile().set_plan_opens(true).wait().unwrap();
        vault.profile().set_plan_opens(false).wait().unwrap();
        assert_eq!(Vault::open_plan(&config, keys.as_ref()).unwrap(), None);
    }

    #[test]
    fn a_copy_that_is_gone_damaged_or_left_behind_is_put_right_at_the_next_opening() {
        let folder = tempfile::tempdir().unwrap();
        let (config, keys) = phone(folder.path());
        let file = folder.path().join(COPY_FILE);
        let vault = opened(&config, &keys);
        vault.profile().set_plan_opens(true).wait().unwrap();
        drop(vault);
        let whole = fs::read(&file).unwrap();
        for damage in [None, Some(&b"cairn"[..]), Some(&whole[..whole.len() - 1])] {
            fs::remove_file(&file).unwrap();
            if let Some(bytes) = damage {
                fs::write(&file, bytes).unwrap();
                assert!(matches!(
                    Vault::open_plan(&config, keys.as_ref()),
                    Err(Error::Store(StoreError::Damaged))
                ));
            }
            drop(opened(&config, &keys));
            assert!(Vault::open_plan(&config, keys.as_ref()).unwrap().is_some());
        }
        let vault = opened(&config, &keys);
        let left_behind = fs::read(&file).unwrap();
        vault.profile().set_plan_opens(false).wait().unwrap();
        drop(vault);
        fs::write(&file, left_behind).unwrap();
        drop(opened(&config, &keys));
        assert!(!file.exists());
    }

    #[test]
    fn a_copy_that_could_not_be_made_is_said_and_the_choice_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let config = VaultConfig::new(folder.path(), "phone");
        let keys = Arc::new(NoPlanKeys(MemoryKeyStore::default()));
        let vault = Vault::open(config.clone(), Arc::clone(&keys) as Arc<dyn KeyStore>, None).unwrap();
        let answer = vault.profile().set_plan_opens(true).wait();
        assert!(matches!(answer, Err(Error::KeyStore(KeyStoreError::Locked))));
        assert!(vault.profile().plan().wait().unwrap().opens_without_unlock);
        assert_eq!(Vault::open_plan(&config, keys.as_ref()).unwrap(), None);
    }
}
