//! Using a recovery phrase: to come back when no device is left, or to do what takes it.
//!
//! A new, empty device finds the kit, enters the home space as the phrase, opens the box, reads the whole chain, and is added to it by
//! the phrase's own signature. What a settled device may do, it may do while the phrase is at hand.
//!
//! | name | value | |
//! |---|---|---|
//! | `recovery.used` | signing key 32 | the phrase that let this device in: it is time for another one |
//! | `home.outside` | empty | this device entered as the phrase, and has not been let in itself |

use super::access::{Wish, put_wish};
use super::devices::{PINNED_PHRASE, checked_origin};
use super::epochs::basis;
use super::handshake::Next;
use super::receive::SetAside;
use super::visiting::Visit;
use super::{Change, Engine, Error};
use crate::crypto::{
    Kit, Phrase, RECOVERY_SLOTS, RecoveryKeys, SigningKey, open_key_box, open_recovery_box, recovery_slot, verify,
};
use crate::limits;
use crate::store::{SpaceRow, Tx};
use crate::sync::{Ask, Request, Response, SyncError};
use cairn_wire::message::{ReadAnswer, ReadRequest, ReadSpace, RefusalCode};
use cairn_wire::{Record, Seen, SlotId, SpaceId};

pub(super) const USED: &str = "recovery.used";
pub(super) const OUTSIDE: &str = "home.outside";

/// A phrase that is letting this device in. In memory alone.
pub(super) struct Recovering {
    origin: String,
    keys: RecoveryKeys,
    step: Entering,
}

enum Entering {
    Kit(Visit),
    Home { kit: Kit, visit: Visit },
    Joining,
}

impl Engine {
    /// Has the phrase at hand, so that this device may do what takes it: remove an older one, or set another phrase.
    ///
    /// # Errors
    /// [`Error::BadPhrase`]; [`Error::PhraseUnknown`] where it is not the one that counts; [`Error::NoRelay`].
    pub fn use_phrase(&mut self, typed: &str) -> Result<(), Error> {
        let keys = Phrase::parse(typed).map_err(|_| Error::BadPhrase)?.keys();
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        if chain.recovery() != Some(&keys.public()) {
            return Err(Error::PhraseUnknown);
        }
        self.recovery = Some(Box::new(keys));
        // What was to be removed by it before, and was not.
        let refused = self.refused_removals()?;
        let is_there =
            |id: &cairn_wire::PublicKey| self.home_chain.as_ref().is_some_and(|chain| chain.device(id).is_some());
        for id in refused.into_iter().filter(is_there).collect::<Vec<_>>() {
            self.remove_device(id)?;
        }
        Ok(())
    }

    /// Lets go of the phrase that was at hand.
    pub fn forget_phrase(&mut self) {
        self.recovery = None;
    }

    /// Begins to recover the journal of this phrase from the relay at `origin`, by the steps of
    /// [`Handshake::Recover`](super::Handshake::Recover). The vault must be empty.
    ///
    /// # Errors
    /// [`Error::BadPhrase`], [`Error::BadOrigin`], [`Error::NotEmpty`].
    pub fn recover(&mut self, origin: &str, typed: &str) -> Result<(), Error> {
        let keys = Phrase::parse(typed).map_err(|_| Error::BadPhrase)?.keys();
        let origin = checked_origin(origin)?;
        if !self.is_half_in()? && !self.may_be_let_in()? && !self.is_empty()? {
            return Err(Error::NotEmpty);
        }
        let visit = Visit::new(&origin, keys.kit_space, &keys.kit_access);
        self.recovering = Some(Box::new(Recovering {
            origin,
            keys,
            step: Entering::Kit(visit),
        }));
        Ok(())
    }

    /// Whether a phrase has brought this device to a home space that does not name it yet.
    fn is_half_in(&self) -> Result<bool, Error> {
        let is_named = self
            .home_chain
            .as_ref()
            .is_some_and(|chain| chain.added(&self.identity.signing.public()).is_some());
        Ok(!is_named && self.store.view().meta(USED)?.is_some())
    }

    /// Another phrase brought this device half in before: it begins anew, and what was read of the same journal stays.
    fn make_way_for(&mut self, space: SpaceId) -> Result<(), Error> {
        let former = self.identity.home;
        if !self.is_half_in()? {
            return Ok(());
        }
        if former != space && self.holds_documents()? {
            return Err(Error::NotEmpty); // Two journals do not become one.
        }
        // What did not open with the phrase before is read again.
        let unopened = self.store.view().quarantined_for(SetAside::NoKey.number())?;
        self.commit(&[], |tx| {
            for one in unopened.iter().filter(|one| one.space == former) {
                tx.release_quarantine(&one.hash)?;
            }
            if former != space {
                super::phrase_keeping::forget_notes(tx)?;
                super::shredding::forget_notes(tx)?;
                super::healing::forget_notes(tx)?;
                super::ending::forget_notes(tx)?;
            }
            Ok(())
        })
    }

    pub(super) fn recover_next(&mut self) -> Result<Next, Error> {
        let Some(Recovering { origin, keys, step }) = self.recovering.as_deref() else {
            return Err(Error::NotFound);
        };
        Ok(Next::Ask(match step {
            Entering::Kit(visit) => match visit.inside() {
                None => visit.next(),
                Some((token, _)) => read(
                    origin,
                    ReadSpace {
                        token,
                        space: keys.kit_space,
                        since: Some(0),
                        until: None,
                        slots: None,
                    },
                ),
            },
            Entering::Home { kit, visit } => match visit.inside() {
                None => visit.next(),
                Some((token, _)) => read(
                    origin,
                    ReadSpace {
                        token,
                        space: kit.space,
                        since: None,
                        until: None,
                        slots: Some(slots_of(keys, kit)),
                    },
                ),
            },
            Entering::Joining => {
                let own = self.identity.signing.public();
                let is_in = self
                    .home_chain
                    .as_ref()
                    .is_some_and(|chain| chain.device(&own).is_some());
                if is_in && self.store.view().meta(OUTSIDE)?.is_none() {
                    self.recovering = None;
                    return Ok(Next::Done);
                }
                if self.recovery.is_none() {
                    // Another phrase took its place while this one was letting the device in.
                    self.recovering = None;
                    return Err(Error::PhraseUnknown);
                }
                return Ok(Next::Sync);
            }
        }))
    }

    pub(super) fn recover_answer(&mut self, response: &Response) -> Result<(), Error> {
        // The relay does not tell a phrase that it never knew from one that counts no more.
        let unknown = |error: SyncError| match error {
            SyncError::NotAuthorised | SyncError::Refused(RefusalCode::SpaceClosed) => Error::PhraseUnknown,
            error => Error::Sync(error),
        };
        let Some(Recovering { origin, keys, step }) = self.recovering.as_deref_mut() else {
            return Err(Error::NotFound);
        };
        match step {
            Entering::Kit(visit) | Entering::Home { visit, .. } if visit.inside().is_none() => {
                visit.hear(response).map_err(unknown)
            }
            Entering::Kit(_) => {
                let records = records_of(response)?;
                let kit = records
                    .iter()
                    .find_map(|record| keys.open_kit(record).ok())
                    .ok_or(Error::PhraseUnknown)?;
                let visit = Visit::new(origin, kit.space, &keys.access);
                *step = Entering::Home { kit, visit };
                Ok(())
            }
            Entering::Home { kit, visit } => {
                let (kit, head) = (*kit, visit.inside().ok_or(Error::Internal)?.1);
                if head.space != kit.space || verify(&kit.relay_key, &head.signed_bytes(), &head.signature).is_err() {
                    return Err(Error::Sync(SyncError::HeadForged));
                }
                let kem = keys.kem.public();
                let records = records_of(response)?;
                let opened = records.iter().filter_map(|record| {
                    let epoch = Record::parse(record).ok()?.header.epoch;
                    let key_box = open_recovery_box(&kem, kit.space, record).ok()?;
                    let keys = open_key_box(&kit.space, &keys.kem, &key_box).ok()?;
                    // The relay took it while that epoch was the present one: no box claims a later one.
                    (keys.epoch_keys.keys().next_back() == Some(&epoch)).then_some(keys)
                });
                // The newest, whichever slot it lies in.
                let opened = opened.max_by_key(|keys| keys.epoch_keys.keys().next_back().copied());
                let opened = opened.ok_or(Error::PhraseUnknown)?;
                let (origin, keys) = (origin.clone(), keys.clone());
                let phrase = keys.signing.public();
                // Only now: the words are those of a journal at this relay.
                self.leave_chain()?;
                let used = self.store.view().meta(USED)?;
                // The same phrase brought this device here before: it goes on from there.
                let goes_on = self.identity.home == kit.space && used.as_deref() == Some(phrase.as_bytes().as_slice());
                if goes_on {
                    // An epoch may have begun while the phrase was away.
                    self.take_keys_back(&opened, |_| Ok(()))?;
                } else {
                    self.make_way_for(kit.space)?;
                    let mut wish = Wish::default();
                    wish.let_in(SigningKey::from_seed(&self.home()?.access_seed).public());
                    let (seen, relay) = (Seen::from(&head), (origin.as_str(), kit.relay_key));
                    self.adopt_home(kit.space, opened, seen, relay, |tx| {
                        tx.set_meta(super::devices::PINNED_GENESIS, kit.genesis.as_bytes())?;
                        tx.set_meta(PINNED_PHRASE, phrase.as_bytes())?;
                        tx.set_meta(OUTSIDE, &[])?;
                        tx.set_meta(USED, phrase.as_bytes())?;
                        put_wish(tx, kit.space, &wish)
                    })?;
                }
                self.recovery = Some(Box::new(keys));
                if let Some(recovering) = &mut self.recovering {
                    recovering.step = Entering::Joining;
                }
                Ok(())
            }
            Entering::Joining => Ok(()),
        }
    }

    /// The key that lets this device into a space: its own, or the phrase's before the relay knows it.
    pub(super) fn entry_key(&self, space: &SpaceRow) -> Result<SigningKey, Error> {
        let own = SigningKey::from_seed(&space.access_seed);
        if space.id != self.identity.home || self.store.view().meta(OUTSIDE)?.is_none() {
            return Ok(own);
        }
        Ok(match &self.recovery {
            Some(keys) => keys.access.clone(),
            None => self.former()?.map_or(own, |former| former.access),
        })
    }

    /// The relay was told of these keys; where this device's own is one of them, it enters by itself from now on.
    pub(super) fn entered(&mut self, space: SpaceId, asked: &Wish) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let own = SigningKey::from_seed(&row.access_seed).public();
        let is_own = asked.add.iter().any(|access| access.key == own);
        if space != self.identity.home || !is_own || self.store.view().meta(OUTSIDE)?.is_none() {
            return Ok(());
        }
        self.entered_as_phrase = true;
        self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(OUTSIDE)?))
    }

    /// The relay does not know this device's own key although it was told of it: another device said who enters before the link that adds this one stood.
    /// Whether it has a key that lets it tell the relay again: the phrase's, or that of who it was.
    pub(super) fn stand_outside_again(&mut self) -> Result<bool, Error> {
        let home = self.home()?;
        let has_key = self.recovery.is_some() || self.former()?.is_some();
        if !has_key || self.is_in_chain() || self.store.view().meta(OUTSIDE)?.is_some() {
            return Ok(false);
        }
        let mut wish = self.wished_access(home.id)?;
        wish.let_in(SigningKey::from_seed(&home.access_seed).public());
        self.commit(&[Change::Devices], |tx| {
            tx.set_meta(OUTSIDE, &[])?;
            put_wish(tx, home.id, &wish)
        })?;
        Ok(true)
    }

    /// The phrase adds this device to the chain, where it is not in it.
    pub(super) fn let_this_device_in(&mut self, home: &SpaceRow) -> Result<(), Error> {
        let Some(chain) = &self.home_chain else { return Ok(()) };
        let Some(keys) = self
            .recovery
            .as_ref()
            .filter(|keys| chain.recovery() == Some(&keys.public()))
        else {
            return Ok(());
        };
        if chain.added(&self.identity.signing.public()).is_some() {
            return Ok(()); // It was removed: its keys are nobody's for ever.
        }
        let link = chain.add_device(&keys.signing, self.own_device(home), basis(home), None)?;
        self.push_link(link, 0, |_| Ok(()))
    }
}

/// Where the box of a phrase may lie.
fn slots_of(keys: &RecoveryKeys, kit: &Kit) -> Vec<SlotId> {
    let kem = keys.kem.public();
    let slots = (0..RECOVERY_SLOTS).map(|edition| recovery_slot(&kem, kit.space, edition));
    slots.collect()
}

fn read(origin: &str, space: ReadSpace) -> Request {
    let message = ReadRequest {
        spaces: vec![space],
        bytes_max: limits::PULL_BYTES_MAX,
        wait_ms: 0,
    };
    Ask::request(origin, "/v1/read", &message, 0)
}

/// The records of a page, as they came: what they are is for whoever opens them to say.
fn records_of(response: &Response) -> Result<Vec<Vec<u8>>, Error> {
    let answer: ReadAnswer<'_> = Ask::answer(response)?;
    let page = answer.pages.into_iter().next().ok_or(Error::Sync(SyncError::Garbage))?;
    if page.refusal.is_some() {
        return Err(Error::PhraseUnknown);
    }
    Ok(page
        .items
        .into_iter()
        .filter_map(|item| item.record.map(cairn_wire::Sealed::into_vec))
        .collect())
}

/// Forgets which phrase let this device in: it is another one now.
pub(super) fn forget_use(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(USED)?;
    Ok(tx.remove_meta(OUTSIDE)?)
}
