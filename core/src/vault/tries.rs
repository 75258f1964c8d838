//! Wrong tries in a row, at whatever is opened by typing.
//!
//! 13 bytes in the key store: version 1, wrong tries in a row (u32, little-endian), when the last one was made (i64, little-endian, ms); or nothing.
//!
//! A try is noted before it is judged, so that ending the program makes none for free. The first [`UNLOCK_FREE_TRIES`] are free; then each has to wait, twice as long as the one before, up to an
//! hour. Nothing is ever erased for wrong tries: somebody who types badly in a hard hour keeps their journal.
//!
//! **What the delays are worth.** They hold back whoever types into this device. A clock set back never lengthens a wait beyond the
//! one delay, and begins it anew; a clock set forward ends it, and who may write in the key store can forget the tries. Against whoever
//! takes the key store's bytes away there is only the work that each try costs.

use super::{Error, KeyStore};
use crate::clock::Timestamp;
use crate::crypto::{CryptoError, VaultKey, WrappedKey};
use crate::limits::{UNLOCK_DELAY_MS, UNLOCK_FREE_TRIES};
use zeroize::Zeroizing;

/// The tries at one thing, by the name under which the key store keeps them.
#[derive(Debug, Clone, Copy)]
pub(super) struct TriesAt(pub(super) &'static str);

impl TriesAt {
    /// How long the next one has to wait, in milliseconds.
    pub(super) fn wait_ms(self, keys: &dyn KeyStore, now: Timestamp) -> Result<i64, Error> {
        Ok(Tries::load(self, keys)?.wait_ms(now))
    }

    /// What lies under what is typed.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::WaitFirst`], [`Error::KeyStore`].
    pub(super) fn once(
        self,
        keys: &dyn KeyStore,
        wrapped: &WrappedKey,
        typed: &str,
        now: Timestamp,
    ) -> Result<VaultKey, Error> {
        let former = Tries::load(self, keys)?;
        let wait_ms = former.wait_ms(now);
        if wait_ms > 0 {
            if now < former.at {
                // The clock was set back: the wait is counted from here, or it would last until the former time comes again.
                Tries { at: now, ..former }.save(self, keys)?;
            }
            return Err(Error::WaitFirst {
                seconds: wait_ms.unsigned_abs().div_ceil(1000),
            });
        }
        let tries = Tries {
            count: former.count.saturating_add(1),
            at: now,
        };
        tries.save(self, keys)?;
        match wrapped.unwrap(typed) {
            Ok(key) => {
                // A key store that keeps the tries for now makes the next slip wait longer, and nothing else.
                let _ = keys.save(self.0, &[]);
                Ok(key)
            }
            Err(CryptoError::NotOpened) => Err(Error::WrongPassphrase),
            Err(error) => {
                // Nothing was judged.
                drop(former.save(self, keys));
                Err(error.into())
            }
        }
    }
}

/// Wrong tries in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tries {
    count: u32,
    at: Timestamp,
}

impl Tries {
    fn load(at: TriesAt, keys: &dyn KeyStore) -> Result<Self, Error> {
        let bytes = keys.load(at.0)?;
        Ok(bytes.and_then(|bytes| Self::decode(&bytes)).unwrap_or(Self {
            count: 0,
            at: Timestamp(0),
        }))
    }

    /// None for what was not written here. Who can write there can forget tries too, so that nobody is kept out for it.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (count, at) = rest.split_first_chunk::<4>()?;
        let at: &[u8; 8] = at.try_into().ok()?;
        (*version == 1).then_some(Self {
            count: u32::from_le_bytes(*count),
            at: Timestamp(i64::from_le_bytes(*at)),
        })
    }

    fn save(self, at: TriesAt, keys: &dyn KeyStore) -> Result<(), Error> {
        let mut bytes = Zeroizing::new(vec![1]);
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.at.0.to_le_bytes());
        Ok(keys.save(at.0, &bytes)?)
    }

    /// How long the next try has to wait after these.
    fn delay_ms(self) -> i64 {
        let (shortest, longest) = UNLOCK_DELAY_MS;
        match self.count.checked_sub(UNLOCK_FREE_TRIES + 1) {
            None => 0,
            Some(doublings) => shortest.saturating_mul(1 << doublings.min(16)).min(longest),
        }
    }

    fn wait_ms(self, now: Timestamp) -> i64 {
        let delay = self.delay_ms();
        delay
            .saturating_sub(now.0.saturating_sub(self.at.0).max(0))
            .clamp(0, delay)
    }
}
