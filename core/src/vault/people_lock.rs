//! The lock over this person's people: whoever holds the unlocked phone does not see with whom they are, nor what the two have said and shown.
//!
//! | name in the key store | what it holds |
//! |---|---|
//! | `cairn.people-lock` | nothing where there is no lock; else a random key under what is typed (its bytes: [`WrappedKey`]), which opens nothing but this |
//! | `cairn.people-tries` | as `cairn.unlock-tries` |
//!
//! It lies on this device alone. They are hidden from the moment the vault is opened or unlocked, until the right words or digits are typed, and again from then on that it is locked, sleeps,
//! or [`Support::hide_people`] is called. Sync goes on: what arrives arrives, and a stop that another device made is carried out.
//!
//! **What it is worth.** It hides, it seals nothing once more: whoever can open the database, or lets a device of their own into the journal, reads all of it. Names in entries, and with words that
//! were kept in the profile and among the questions, are not hidden, nor that something arrives. Where the vault does not lock itself people who were shown stay shown. A forgotten one cannot be found
//! out: what is left are the person's other devices, and [`Support::stop_everything`], which asks for nothing.

use super::key_store::save_in_place_of;
use super::passphrase::{LockState, wrapped};
use super::reply::Reply;
use super::support_door::Support;
use super::tries::TriesAt;
use super::{Change, Engine, Error, KeyStore, KeyStoreError};
use crate::clock::Timestamp;
use crate::crypto::{CryptoError, PassphraseKind, VaultKey, WrappedKey, check_passphrase};
use crate::id::{SystemEntropy, random_bytes};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The name under which the key store keeps what the lock over the people opens.
pub const PEOPLE_LOCK: &str = "cairn.people-lock";
/// The name under which it keeps the wrong tries in a row.
pub const PEOPLE_TRIES: &str = "cairn.people-tries";
const TRIES: TriesAt = TriesAt(PEOPLE_TRIES);

/// The lock, if there is one.
fn lock_of(keys: &dyn KeyStore) -> Result<Option<WrappedKey>, Error> {
    match keys.load(PEOPLE_LOCK)? {
        None => Ok(None),
        Some(bytes) if bytes.is_empty() => Ok(None),
        Some(bytes) => match WrappedKey::parse(&bytes) {
            Ok(lock) => Ok(Some(lock)),
            Err(CryptoError::TooNew) => Err(Error::TooNew),
            Err(_) => Err(KeyStoreError::Failed.into()),
        },
    }
}

/// Whether there is a lock.
pub(super) fn is_set(keys: &dyn KeyStore) -> Result<bool, Error> {
    Ok(lock_of(keys)?.is_some())
}

/// Opens the lock, where there is one, with what was typed.
fn open(keys: &dyn KeyStore, typed: Option<&str>, now: Timestamp) -> Result<(), Error> {
    match (lock_of(keys)?, typed) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Error::PeopleHidden),
        (Some(_), Some("")) => Err(Error::WrongPassphrase),
        (Some(lock), Some(typed)) => TRIES.once(keys, &lock, typed, now).map(drop),
    }
}

/// Keeps a lock in the place of the one before, or none. One that the key store does not answer is none that anybody could open.
fn keep(keys: &dyn KeyStore, lock: &[u8]) -> Result<(), Error> {
    let former = keys.load(PEOPLE_LOCK)?.unwrap_or_default();
    Ok(save_in_place_of(keys, PEOPLE_LOCK, &former, lock)?)
}

impl Engine {
    /// Fails while this person's people are hidden.
    ///
    /// # Errors
    /// [`Error::PeopleHidden`].
    pub(super) fn people_are_shown(&self) -> Result<(), Error> {
        if self.hides_people {
            return Err(Error::PeopleHidden);
        }
        Ok(())
    }

    /// Stops everything that this person shows, and pauses with everybody. One that cannot be stopped for a reason of its own keeps no other from it.
    ///
    /// # Errors
    /// The first one, once everything was tried.
    pub fn stop_everything(&mut self) -> Result<(), Error> {
        let mut tried = Ok(());
        for (relationship, share) in self.shares()? {
            if share.over.is_none() {
                tried = tried.and(self.revoke_this(relationship, &share));
            }
        }
        for one in self.relationships()? {
            tried = match self.pause_relationship(one.id, true) {
                Err(Error::Terms(_)) => tried, // It is over.
                paused => tried.and(paused),
            };
        }
        tried
    }

    fn hide_people(&mut self, hidden: bool) {
        self.hides_people = hidden;
        self.changes.extend([Change::Lock, Change::Support]);
    }
}

impl Support {
    /// Whether this person's people are hidden now, what is to be typed to see them, and how long the next try has to wait.
    pub fn people_lock(&self) -> Reply<LockState> {
        let how = Arc::clone(&self.0.shell().how);
        self.0.ask(move |engine| {
            let keys = how.key_store.as_ref();
            let asks_for = lock_of(keys)?.map(|lock| lock.kind());
            let wait_ms = match asks_for {
                Some(_) => TRIES.wait_ms(keys, how.clock.now())?,
                None => 0,
            };
            Ok(LockState {
                is_locked: engine.hides_people,
                asks_for,
                wait_ms,
            })
        })
    }

    /// Puts a passphrase or PIN over this person's people on this device, or another one in its place; `old` is the one before. They stay shown until the vault is locked or
    /// [`Self::hide_people`] is called.
    ///
    /// The reply's errors: [`Error::Passphrase`] for a new one that is too short, [`Error::PeopleHidden`] where `old` is missing, [`Error::WrongPassphrase`] and [`Error::WaitFirst`] for
    /// `old`, [`Error::KeyStore`]. After each of them all is as before.
    pub fn set_people_lock(
        &self,
        old: Option<Zeroizing<String>>,
        kind: PassphraseKind,
        new: Zeroizing<String>,
    ) -> Reply<()> {
        let how = Arc::clone(&self.0.shell().how);
        self.0.ask(move |engine| {
            let (keys, now) = (how.key_store.as_ref(), how.clock.now());
            check_passphrase(kind, &new)?;
            open(keys, old.as_ref().map(|old| old.as_str()), now)?;
            let entropy = &mut SystemEntropy;
            let key = VaultKey::from_bytes(random_bytes(entropy));
            keep(keys, wrapped(&key, kind, &new, entropy)?.as_bytes())?;
            engine.hide_people(false);
            Ok(())
        })
    }

    /// Takes the lock away. Nothing happens where there is none.
    ///
    /// The reply's errors: [`Error::WrongPassphrase`], [`Error::WaitFirst`], [`Error::KeyStore`], [`Error::TooNew`]. What the key store keeps in its place and is no lock goes without being opened:
    /// who can write there can take a lock away too.
    pub fn remove_people_lock(&self, old: Zeroizing<String>) -> Reply<()> {
        let how = Arc::clone(&self.0.shell().how);
        self.0.ask(move |engine| {
            let keys = how.key_store.as_ref();
            if keys.load(PEOPLE_LOCK)?.is_some_and(|bytes| !bytes.is_empty()) {
                match is_set(keys) {
                    Err(Error::KeyStore(KeyStoreError::Failed)) => {}
                    is_set => {
                        is_set?;
                        open(keys, Some(&old), how.clock.now())?;
                    }
                }
                keep(keys, &[])?;
            }
            engine.hide_people(false);
            Ok(())
        })
    }

    /// Stops everything that this person shows and pauses with everybody, hidden or not: no reason, no question, offline too. It answers nothing about anybody. For whoever cannot, or does not
    /// want to, look at the people first.
    pub fn stop_everything(&self) -> Reply<()> {
        self.0.ask(Engine::stop_everything)
    }

    /// Shows this person's people until the vault is locked, sleeps, or [`Self::hide_people`] is called. Where there is no lock they are shown whatever was typed.
    ///
    /// The reply's errors: [`Error::WrongPassphrase`], [`Error::WaitFirst`] after several of these.
    pub fn show_people(&self, typed: Zeroizing<String>) -> Reply<()> {
        let how = Arc::clone(&self.0.shell().how);
        self.0.ask(move |engine| {
            open(how.key_store.as_ref(), Some(&typed), how.clock.now())?;
            engine.hide_people(false);
            Ok(())
        })
    }

    /// Hides this person's people, in one call, where there is a lock over them.
    ///
    /// The reply's errors: [`Error::NoPeopleLock`].
    pub fn hide_people(&self) -> Reply<()> {
        let how = Arc::clone(&self.0.shell().how);
        self.0.ask(move |engine| {
            // Where the key store cannot tell they are hidden, as they are when the vault is opened.
            if matches!(is_set(how.key_store.as_ref()), Ok(false)) {
                return Err(Error::NoPeopleLock);
            }
            engine.hide_people(true);
            Ok(())
        })
    }
}

#[cfg(test)]
#[path = "people_lock_tests.rs"]
mod tests;
