//! The calls that lock and unlock a vault, and the passphrase or PIN that unlocking asks for.

use super::latch::Latch;
use super::passphrase::{self, LockState};
use super::reply::Reply;
use super::{Change, Engine, Error, KeyStore, Vault};
use crate::crypto::PassphraseKind;
use crate::id::SystemEntropy;
use crate::limits::{AUTO_LOCK_MS, AUTO_LOCK_MS_DEFAULT};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The name under which this device's database keeps the time after which it locks itself: milliseconds (i64, little-endian), or nothing
/// for never. Not there where nobody has chosen.
const AUTO_LOCK: &str = "auto-lock";

impl Vault {
    /// Locks the vault: closes every file, and wipes the keys and what was read of the journal. Every read and every write answers
    /// [`Error::Locked`] from now on, until [`Self::unlock`]; what was under way is either done or refused. Observers are told to read
    /// again. Answers when everything is closed and wiped. Twice is once.
    ///
    /// What was handed out before is the app's to forget: an entry on a screen, a picture in a cache.
    pub fn lock(&self) -> Reply<()> {
        self.shell().lock()
    }

    /// Opens the vault again after [`Self::lock`], with what the person typed where a passphrase or PIN is set. A vault that is open
    /// stays open, whatever was typed.
    ///
    /// The reply's errors: [`Error::Locked`] where something is to be typed and nothing was, [`Error::WrongPassphrase`],
    /// [`Error::WaitFirst`] after several of these, [`Error::Suspended`] while the vault sleeps, and as [`Self::open`].
    pub fn unlock(&self, typed: Option<Zeroizing<String>>) -> Reply<()> {
        self.shell().unlock(typed)
    }

    /// Whether the vault is locked. It does not wait for anything.
    pub fn is_locked(&self) -> bool {
        self.shell().is_locked()
    }

    /// Whether the vault is locked, what is to be typed, and how long the next try has to wait. It can be asked while the vault is
    /// locked or asleep.
    pub fn lock_state(&self) -> Reply<LockState> {
        let (how, latch) = (Arc::clone(&self.shell().how), Arc::clone(self.shell().latch()));
        self.shell().writer.beside(move || {
            if latch.is_erased() {
                return Err(Error::Erased);
            }
            let asks_for = passphrase::asks_for(how.key_store.as_ref())?;
            let wait_ms = match asks_for {
                Some(_) => passphrase::wait_ms(how.key_store.as_ref(), how.clock.now())?,
                None => 0,
            };
            Ok(LockState {
                is_locked: latch.is_locked(),
                asks_for,
                wait_ms,
            })
        })
    }

    /// Sets a passphrase or PIN, or changes it: from now on unlocking asks for it, on this device. `old` is the one before, where there is
    /// one. Nothing of the journal is written anew, and its key stays.
    ///
    /// A forgotten passphrase cannot be found out: what is left then is another device, an export, or waiting to remember. Say so before.
    ///
    /// The reply's errors: [`Error::Passphrase`] for a new one that is too short, [`Error::Locked`] where `old` is missing,
    /// [`Error::WrongPassphrase`] and [`Error::WaitFirst`] for `old`, [`Error::KeyStore`]. After each of them all is as before.
    pub fn set_passphrase(
        &self,
        old: Option<Zeroizing<String>>,
        kind: PassphraseKind,
        new: Zeroizing<String>,
    ) -> Reply<()> {
        let (how, latch) = (Arc::clone(&self.shell().how), Arc::clone(self.shell().latch()));
        self.ask(move |engine| {
            let (keys, now) = (how.key_store.as_ref(), how.clock.now());
            let old = old.as_ref().map(|old| old.as_str());
            passphrase::set(keys, &mut SystemEntropy, now, old, (kind, &new))?;
            changed(engine, keys, &latch);
            Ok(())
        })
    }

    /// Takes the passphrase or PIN away. Nothing happens where there is none.
    ///
    /// The reply's errors: as those of [`Self::set_passphrase`].
    pub fn remove_passphrase(&self, old: Zeroizing<String>) -> Reply<()> {
        let (how, latch) = (Arc::clone(&self.shell().how), Arc::clone(self.shell().latch()));
        self.ask(move |engine| {
            passphrase::remove(how.key_store.as_ref(), how.clock.now(), &old)?;
            changed(engine, how.key_store.as_ref(), &latch);
            Ok(())
        })
    }

    /// For how long this vault may be left alone before it locks itself, in milliseconds; none for never. Where nobody has chosen: never
    /// without a passphrase, [`AUTO_LOCK_MS_DEFAULT`] with one.
    pub fn auto_lock(&self) -> Reply<Option<i64>> {
        let how = Arc::clone(&self.shell().how);
        self.ask(move |engine| auto_lock_ms(engine, how.key_store.as_ref()))
    }

    /// Lets this vault lock itself when nothing was asked of it for so many milliseconds, on this device; none for never. Every call of an
    /// app counts but those of sync.
    ///
    /// The reply's errors: [`Error::AutoLock`] for less or more than [`AUTO_LOCK_MS`].
    pub fn set_auto_lock(&self, after_ms: Option<i64>) -> Reply<()> {
        let latch = Arc::clone(self.shell().latch());
        self.ask(move |engine| {
            if after_ms.is_some_and(|after_ms| !(AUTO_LOCK_MS.0..=AUTO_LOCK_MS.1).contains(&after_ms)) {
                return Err(Error::AutoLock);
            }
            let bytes = after_ms.map(i64::to_le_bytes);
            let bytes = bytes.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
            engine.commit(&[Change::Lock], |tx| Ok(tx.set_meta(AUTO_LOCK, bytes)?))?;
            latch.set_after(after_ms);
            Ok(())
        })
    }
}

/// What follows from another passphrase, or none. It is set by now: nothing here makes it fail.
fn changed(engine: &mut Engine, keys: &dyn KeyStore, latch: &Latch) {
    if let Ok(after_ms) = auto_lock_ms(engine, keys) {
        latch.set_after(after_ms);
    }
    engine.changes.insert(Change::Lock);
}

/// The time after which this vault locks itself, in milliseconds; none for never.
pub(super) fn auto_lock_ms(engine: &Engine, keys: &dyn KeyStore) -> Result<Option<i64>, Error> {
    if let Some(bytes) = engine.store().view().meta(AUTO_LOCK)? {
        return Ok(bytes.try_into().ok().map(i64::from_le_bytes));
    }
    Ok(passphrase::asks_for(keys)?.map(|_| AUTO_LOCK_MS_DEFAULT))
}
