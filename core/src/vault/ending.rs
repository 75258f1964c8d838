//! Everything is to be erased, on all of a person's devices and at the relay: asked for, stopped, and when it is carried out.
//!
//! Whoever asks leaves a wish; the next round of sync, once it has read to the head, makes a link of the device chain of it. Each device
//! that reads the link notes when it did, and carries it out a day later: by its own clock, and by the relay's too, where that answers, so
//! that neither of the two clocks set forward shortens the day. A device that asked counts from its asking, and never from before its
//! link stands in the log. The recovery phrase does not wait. Until then any device stops it: at once here, with or without a connection, and for all by a link of its own. Without a relay
//! there is nobody else to hear of it, and the day counts by the clock of the device.
//!
//! **Nothing is erased on the relay's word**: only for a link that a device or the phrase of this person signed, or for the wish of the
//! one who holds this device. A relay that says that it has ended the space is quoted, and that is all.
//!
//! A device whose day is over looks once more whether somebody stopped it: it carries out at the end of a round that has read the home space
//! to its head, or has a proof that it is closed, and has told the relay of every space that is to end. Where the relay does not answer, it
//! does so after several rounds over a day ([`limits::ERASING_TRIES`], [`limits::ERASING_LOOKS_MS`]), and never while it is opened: a phone
//! that lay in a drawer for a month is not emptied before it has heard what was said meanwhile. One that the relay refuses, or that waits to
//! be let in again, is left to the person who holds it. A vault that was put back from a backup asks for nothing any more and begins its
//! day anew, because what it knows of it is of another time.
//!
//! What the relay is told of it, and what is heard of a space that is closed, stands in `ending_relay.rs`.
//!
//! | name | value | |
//! |---|---|---|
//! | `ending.wish` | time in ms u64, whether by the phrase u8 | it was asked for here, and the link does not stand yet |
//! | `ending.read` | index u64, time in ms u64, time in ms u64 | the link that asks, and when this device heard of it, by its own clock and by the relay's; the second is never ahead of the first |
//! | `ending.kept` | index u64 | it was stopped here, and the chain does not say so yet: that link; or any, `u64::MAX` |
//! | `ending.due` | time in ms u64, count u64 | the first round that got no answer after the time had come, and how many did not since |

use super::epochs::basis;
use super::receive::receive;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{DeviceChain, Ending, Link, Phrase};
use crate::limits;
use crate::record::Kind;
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
        let now = self.now_ms();
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
                put_numbers(tx, READ, &[ending.index, now, home.head_time.min(now)])
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
        let unsent = self.unsent_asking()?;
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.remove_meta(WISH)?;
            tx.remove_meta(DUE)?;
            for n in &unsent {
                tx.remove_outbox(*n)?;
            }
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
            let read = self.numbers::<3>(READ)?.filter(|[index, ..]| *index == ending.index);
            let read_ms = read.map_or(self.now_ms(), |[_, read_ms, _]| read_ms);
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

    /// Whether everything here is to be erased now. Where there is a relay, it was asked first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn is_over(&mut self) -> Result<bool, Error> {
        if !self.is_ending || !self.is_due()? {
            return Ok(false);
        }
        Ok(self.has_looked || (self.home()?.origin.is_empty() && !self.may_be_old))
    }

    /// A round that was to hear whether somebody stopped it ended without; whether there were enough of them.
    pub(super) fn has_tried(&mut self) -> Result<bool, Error> {
        let now = self.now_ms();
        let [first, count] = self.numbers::<2>(DUE)?.unwrap_or([now, 0]);
        let count = count.saturating_add(1);
        self.commit(&[], |tx| put_numbers(tx, DUE, &[first, count]))?;
        Ok(count >= limits::ERASING_TRIES && now >= first.saturating_add(limits::ERASING_LOOKS_MS))
    }

    /// Whether the day is over by the relay's clock too, as it was last signed.
    pub(super) fn is_due_by_relay(&self, home: &SpaceRow) -> Result<bool, Error> {
        let Some(ending) = self.ending().filter(|ending| !ending.at_once) else {
            return Ok(true);
        };
        let read = self.numbers::<3>(READ)?.filter(|[index, ..]| *index == ending.index);
        Ok(read.is_some_and(|[.., relay_ms]| home.head_time >= relay_ms.saturating_add(limits::ERASING_WAITS_MS)))
    }

    pub(super) fn is_due(&self) -> Result<bool, Error> {
        let Erasure::Until(at) = self.erasure()? else {
            return Ok(false);
        };
        Ok(time(self.now_ms()) >= at)
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

    /// The time by this device's clock.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.now().0).unwrap_or_default()
    }

    /// Where in the outbox links wait that ask to erase everything and were not handed to any transport.
    fn unsent_asking(&self) -> Result<Vec<i64>, Error> {
        let (home, mut found) = (self.home()?, Vec::new());
        if self.home_chain.is_none() {
            return Ok(found);
        }
        let keys = self.keys(&home)?;
        for out in self.store.view().outbox(home.id, usize::MAX, usize::MAX)? {
            let is_asking = !out.sent
                && out.document.is_none()
                && receive(&keys, home.id, 0, out.hash, &out.record).is_ok_and(|one| {
                    one.inside.kind == Kind::DeviceLink
                        && Link::parse(&one.inside.projection).is_ok_and(|link| link.asks_to_erase())
                });
            if is_asking {
                found.push(out.n);
            }
        }
        Ok(found)
    }

    /// What is noted where the day of this device begins now; nothing where the chain does not say that everything is to be erased.
    pub(super) fn day_from_now(&self) -> Result<Option<[u64; 3]>, Error> {
        let (now, head_time) = (self.now_ms(), self.home()?.head_time);
        Ok(self.ending().map(|ending| [ending.index, now, head_time.min(now)]))
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

    fn numbers<const N: usize>(&self, name: &str) -> Result<Option<[u64; N]>, Error> {
        let Some(bytes) = self.store.view().meta(name)? else {
            return Ok(None);
        };
        let (numbers, rest) = bytes.as_chunks::<8>();
        let numbers: [[u8; 8]; N] = numbers.try_into().map_err(|_| Error::Internal)?;
        if !rest.is_empty() {
            return Err(Error::Internal);
        }
        Ok(Some(numbers.map(u64::from_le_bytes)))
    }

    /// Notes what the chain, as it was read so far, says of erasing everything: when it was heard of, or that it is over.
    pub(super) fn note_ending(&mut self) -> Result<(), Error> {
        match self.ending() {
            Some(ending) if self.numbers::<3>(READ)?.is_none_or(|[index, ..]| index != ending.index) => {
                let (own, now) = (self.identity.signing.public(), self.now_ms());
                let wish = self.wish()?.filter(|_| ending.at_once || ending.author == own);
                // Whoever asked offline, or by a clock that was set forward, waits as everybody does once the link stands.
                let read_ms = wish.map_or(now, |wish| wish.at_ms.max(ending.asked_at_ms).min(now));
                let relay_ms = if wish.is_some() {
                    ending.asked_at_ms
                } else {
                    self.home()?.head_time
                };
                self.commit(&[Change::Devices, Change::Sync], |tx| {
                    if wish.is_some() {
                        tx.remove_meta(WISH)?;
                    }
                    tx.remove_meta(DUE)?;
                    put_numbers(tx, READ, &[ending.index, read_ms, relay_ms.min(now)])
                })?;
            }
            None if self.store.view().meta(READ)?.is_some() => {
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
        let (kept, wish) = (self.number(KEPT)?, self.wish()?.filter(|_| !self.may_be_old));
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

fn put_numbers(tx: &Tx<'_>, name: &str, numbers: &[u64]) -> Result<(), Error> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    Ok(tx.set_meta(name, &bytes)?)
}

/// Forgets what was asked for here, and how often it was looked since it was due.
fn drop_wish(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(WISH)?;
    Ok(tx.remove_meta(DUE)?)
}

/// What this vault knew of its end is of another time: it was put back from a backup, repaired, or left its place. Nothing that was asked for
/// here is asked again, and what the chain says waits from now on.
pub(super) fn begin_day_anew(tx: &Tx<'_>, day: Option<[u64; 3]>) -> Result<(), Error> {
    drop_wish(tx)?;
    match day {
        Some(day) => put_numbers(tx, READ, &day),
        None => Ok(tx.remove_meta(READ)?),
    }
}

/// Forgets everything about the end of a home space that this device leaves.
pub(super) fn forget_notes(tx: &Tx<'_>) -> Result<(), Error> {
    begin_day_anew(tx, None)?;
    tx.remove_meta(KEPT)?;
    super::ending_relay::forget_notes(tx)
}
