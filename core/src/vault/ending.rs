//! Everything is to be erased, on all of a person's devices and at the relay: asked for, stopped, and when it is carried out.
//!
//! Whoever asks leaves a wish; the next round of sync, once it has read to the head, makes a link of the device chain of it. Each device
//! that reads the link notes when it did, and carries it out a day later, by its own clock or by the relay's, whichever is ahead; a
//! device that asked counts from its asking, and carries nothing out before its link stands in the log. The recovery phrase does not
//! wait. Until then any device stops it: at once here, with or without a connection, and for all by a link of its own. Without a relay
//! there is nobody else to hear of it, and the day counts by the clock of the device.
//!
//! **Nothing is erased on the relay's word**: only for a link that a device or the phrase of this person signed, or for the wish of the
//! one who holds this device. A relay that says that it has ended the space is quoted, and that is all.
//!
//! A device whose day is over looks once more whether somebody stopped it: it carries out after a round that has read the home space to
//! its head, or found it closed, or, where the relay is not reached, some time after it first noticed that it is due
//! ([`limits::ERASING_LOOKS_MS`]). A phone that lay in a drawer for a month is not emptied before it has heard what was said meanwhile.
//!
//! What the relay is told of it, and what is heard of a space that is closed, stands in `ending_relay.rs`.
//!
//! | name | value | |
//! |---|---|---|
//! | `ending.wish` | time in ms u64, whether by the phrase u8 | it was asked for here, and the link does not stand yet |
//! | `ending.read` | index u64, time in ms u64 | the link that asks, and when this device heard of it |
//! | `ending.kept` | index u64 | it was stopped here, and the chain does not say so yet: that link; or any, `u64::MAX` |
//! | `ending.due` | time in ms u64 | when this device first noticed that its time has come |

use super::epochs::basis;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{DeviceChain, Ending, Phrase};
use crate::limits;
use crate::store::{SpaceRow, Tx};
use crate::words::erasing::Stage;

const WISH: &str = "ending.wish";
const READ: &str = "ending.read";
const KEPT: &str = "ending.kept";
pub(super) const DUE: &str = "ending.due";

/// In the place of the index of a link: whichever there is.
const ANY: u64 = u64::MAX;

/// How it stands with erasing everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// Nobody asked for it, or it was stopped.
    Nothing,
    /// It was asked for here, and begins once the relay has heard of it.
    Asked,
    /// It was asked for, and this device carries it out at this time, or with the next round of sync after it.
    Until(Timestamp),
}

impl From<Erasure> for Stage {
    fn from(erasure: Erasure) -> Self {
        match erasure {
            Erasure::Nothing => Self::Nothing,
            Erasure::Asked => Self::Asked,
            Erasure::Until(_) => Self::UnderWay,
        }
    }
}

/// Somebody asked for it on this device.
#[derive(Clone, Copy)]
struct Wish {
    at_ms: u64,
    by_phrase: bool,
}

impl Engine {
    /// Asks to erase everything, on all of this person's devices and at the relay: a day after each has heard of it, and until then it
    /// can be stopped; at once with the words of the recovery phrase that counts. Asked for again, it stays as it was.
    ///
    /// # Errors
    /// [`Error::NotSettled`] for a device that is too new to ask without the phrase; [`Error::BadPhrase`], [`Error::PhraseUnknown`];
    /// [`Error::NoRelay`] for a phrase where there is no chain of devices.
    pub fn erase_everything(&mut self, typed: Option<&str>) -> Result<(), Error> {
        let (home, own) = (self.home()?, self.identity.signing.public());
        if let Some(typed) = typed {
            let keys = Phrase::parse(typed).map_err(|_| Error::BadPhrase)?.keys();
            let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
            if chain.recovery() != Some(&keys.public()) {
                return Err(Error::PhraseUnknown);
            }
            self.recovery = Some(Box::new(keys));
        } else if let Some(chain) = &self.home_chain
            && !chain.is_settled(&own, home.head_time)
        {
            return Err(Error::NotSettled);
        }
        let now = self.time_ms(&home);
        let by_phrase = typed.is_some();
        if let Some(ending) = self.ending()
            && (ending.at_once || !by_phrase)
        {
            if !self.is_kept(&ending)? {
                return Ok(());
            }
            // It was stopped here, and nobody has heard of that: it goes on, and its time begins anew.
            self.commit(&[Change::Devices, Change::Sync], |tx| {
                tx.remove_meta(KEPT)?;
                put_pair(tx, READ, ending.index, now)
            })?;
            return self.note_ending();
        }
        let kept = self.number(KEPT)?.is_some();
        let wish = match self.wish()? {
            Some(before) if !kept && (before.by_phrase || !by_phrase) => return Ok(()),
            Some(before) if !kept => Wish { by_phrase, ..before },
            _ => Wish { at_ms: now, by_phrase },
        };
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.remove_meta(KEPT)?;
            let mut bytes = wish.at_ms.to_le_bytes().to_vec();
            bytes.push(u8::from(wish.by_phrase));
            Ok(tx.set_meta(WISH, &bytes)?)
        })?;
        self.note_ending()
    }

    /// Stops the erasing of everything: at once here, and everywhere with the next rounds of sync. Nothing happens where nobody asked
    /// for it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn keep_everything(&mut self) -> Result<(), Error> {
        if self.erasure()? == Erasure::Nothing {
            return Ok(());
        }
        let (index, has_chain) = (
            self.ending().map_or(ANY, |ending| ending.index),
            self.home_chain.is_some(),
        );
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.remove_meta(WISH)?;
            tx.remove_meta(DUE)?;
            if has_chain {
                tx.set_meta(KEPT, &index.to_le_bytes())?;
            }
            Ok(())
        })?;
        self.note_ending()
    }

    /// Whether everything is to be erased, and when.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn erasure(&self) -> Result<Erasure, Error> {
        if let Some(ending) = self.ending()
            && !self.is_kept(&ending)?
        {
            let read = self.two_numbers(READ)?.filter(|(index, _)| *index == ending.index);
            let (_, read_ms) = read.unwrap_or((0, self.time_ms(&self.home()?)));
            let waits = if ending.at_once { 0 } else { limits::ERASING_WAITS_MS };
            return Ok(Erasure::Until(time(read_ms.saturating_add(waits))));
        }
        let Some(wish) = self.wish()? else {
            return Ok(Erasure::Nothing);
        };
        if self.home()?.origin.is_empty() {
            return Ok(Erasure::Until(time(
                wish.at_ms.saturating_add(limits::ERASING_WAITS_MS),
            )));
        }
        Ok(Erasure::Asked)
    }

    /// Whether everything here is to be erased now. Where the relay may still say otherwise it is asked first, for some time.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn is_over(&mut self) -> Result<bool, Error> {
        if !self.is_ending || !self.is_due()? {
            return Ok(false);
        }
        let home = self.home()?;
        if home.origin.is_empty() || self.has_looked {
            return Ok(true);
        }
        let now = self.time_ms(&home);
        let noticed = self.number(DUE)?;
        if noticed.is_none() {
            self.commit(&[], |tx| Ok(tx.set_meta(DUE, &now.to_le_bytes())?))?;
        }
        Ok(noticed.is_some_and(|noticed| now >= noticed.saturating_add(limits::ERASING_LOOKS_MS)))
    }

    pub(super) fn is_due(&self) -> Result<bool, Error> {
        let Erasure::Until(at) = self.erasure()? else {
            return Ok(false);
        };
        Ok(time(self.time_ms(&self.home()?)) >= at)
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        self.home_chain.as_ref().and_then(DeviceChain::ending)
    }

    /// Whether this was stopped on this device, and the chain does not say so yet.
    pub(super) fn is_kept(&self, ending: &Ending) -> Result<bool, Error> {
        Ok(self
            .number(KEPT)?
            .is_some_and(|kept| kept == ending.index || kept == ANY))
    }

    /// The time by this device's clock or by the relay's, whichever is ahead.
    fn time_ms(&self, home: &SpaceRow) -> u64 {
        u64::try_from(self.now().0).unwrap_or_default().max(home.head_time)
    }

    fn wish(&self) -> Result<Option<Wish>, Error> {
        let Some(bytes) = self.store.view().meta(WISH)? else {
            return Ok(None);
        };
        let (at_ms, rest) = bytes.split_first_chunk::<8>().ok_or(Error::Internal)?;
        Ok(Some(Wish {
            at_ms: u64::from_le_bytes(*at_ms),
            by_phrase: rest == [1],
        }))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let bytes = self.store.view().meta(name)?;
        bytes
            .map(|bytes| Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| Error::Internal)?)))
            .transpose()
    }

    fn two_numbers(&self, name: &str) -> Result<Option<(u64, u64)>, Error> {
        let Some(bytes) = self.store.view().meta(name)? else {
            return Ok(None);
        };
        match bytes.as_chunks::<8>() {
            ([first, second], []) => Ok(Some((u64::from_le_bytes(*first), u64::from_le_bytes(*second)))),
            _ => Err(Error::Internal),
        }
    }

    /// Notes what the chain, as it was read so far, says of erasing everything: when it was heard of, or that it is over.
    pub(super) fn note_ending(&mut self) -> Result<(), Error> {
        match self.ending() {
            Some(ending) if self.two_numbers(READ)?.is_none_or(|(index, _)| index != ending.index) => {
                let own = self.identity.signing.public();
                let wish = self.wish()?.filter(|_| ending.at_once || ending.author == own);
                let read_ms = wish.map_or(self.time_ms(&self.home()?), |wish| wish.at_ms);
                self.commit(&[Change::Devices, Change::Sync], |tx| {
                    if wish.is_some() {
                        tx.remove_meta(WISH)?;
                    }
                    tx.remove_meta(DUE)?;
                    put_pair(tx, READ, ending.index, read_ms)
                })?;
            }
            None if self.two_numbers(READ)?.is_some() => {
                self.commit(&[Change::Devices, Change::Sync], |tx| {
                    tx.remove_meta(DUE)?;
                    Ok(tx.remove_meta(READ)?)
                })?;
            }
            _ => {}
        }
        self.is_ending = self.erasure()? != Erasure::Nothing;
        self.has_looked &= self.is_ending;
        Ok(())
    }

    /// Makes the link that asks to erase everything or withdraws it, where one is wished for; whether it did.
    pub(super) fn tend_ending(&mut self, home: &SpaceRow) -> Result<bool, Error> {
        let (kept, wish) = (self.number(KEPT)?, self.wish()?);
        let Some(chain) = self.home_chain.as_ref().filter(|_| kept.is_some() || wish.is_some()) else {
            return Ok(false);
        };
        let pending = chain.ending();
        if let Some(kept) = kept {
            if let Some(ending) = pending
                && (kept == ending.index || kept == ANY)
            {
                let link = chain.keep_everything(&self.identity.signing, basis(home))?;
                return self.push_link(link, 0, |_| Ok(())).map(|()| true);
            }
            // Nothing is left to withdraw; what was asked for since is another matter.
            self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(KEPT)?))?;
            self.note_ending()?;
        }
        let Some(wish) = wish else { return Ok(false) };
        let counts = self.home_chain.as_ref().and_then(DeviceChain::recovery);
        // Where the phrase is at hand no more, this device asks for itself, and everybody waits.
        let phrase = self
            .recovery
            .as_ref()
            .filter(|keys| wish.by_phrase && counts == Some(&keys.public()));
        let author = phrase.map_or(&self.identity.signing, |keys| &keys.signing);
        let link = self
            .home_chain
            .as_ref()
            .and_then(|chain| chain.erase_everything(author, basis(home)).ok());
        match link {
            Some(link) => self.push_link(link, 0, |_| Ok(())).map(|()| true),
            // It is asked for already, or this device may not.
            None => {
                self.commit(&[Change::Devices, Change::Sync], |tx| Ok(tx.remove_meta(WISH)?))?;
                self.note_ending().map(|()| false)
            }
        }
    }
}

fn time(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn put_pair(tx: &Tx<'_>, name: &str, first: u64, second: u64) -> Result<(), Error> {
    let bytes = [first.to_le_bytes(), second.to_le_bytes()].concat();
    Ok(tx.set_meta(name, &bytes)?)
}
