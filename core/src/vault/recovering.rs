//! The recovery phrase: set by a device, and used when no device is left.
//!
//! **Setting one.** The words are shown once and kept nowhere; three of them are typed back. Then the kit goes to its own space,
//! the chain is told whose phrase counts, a new epoch begins, and its box goes where the phrase will look for it. Only then does
//! the phrase before it stop working: its access goes, and its box.
//!
//! **Using one.** A new, empty device finds the kit, enters the home space as the phrase, opens the box, reads the whole chain,
//! and is added to it by the phrase's own signature. What a settled device may do, it may do while the phrase is at hand.
//!
//! | name | value | |
//! |---|---|---|
//! | `recovery.wish` | [`Recovery`] in CBOR | the phrase that is to count |
//! | `recovery.box` | slot 16, epoch u32 | the newest box that stands in the log |
//! | `recovery.close` | slots, 16 bytes each | boxes of former phrases, to be taken away |
//! | `recovery.used` | empty | a phrase let this device in: it is time for another one |
//! | `home.outside` | empty | this device entered as the phrase, and has not been let in itself |

use super::access::{Wish, put_wish};
use super::devices::{PINNED_PHRASE, checked_origin};
use super::epochs::{basis, want_epoch};
use super::handshake::Next;
use super::sealing::SealedRecord;
use super::visiting::Visit;
use super::{Change, Engine, Error};
use crate::crypto::{
    DeviceChain, Kit, Phrase, PhraseLength, Recovery, RecoveryKeys, SigningKey, open_key_box, open_recovery_box,
    recovery_slot, seal_key_box, seal_recovery_box, verify,
};
use crate::id::random_bytes;
use crate::limits;
use crate::store::{SpaceRow, Tx};
use crate::sync::{Ask, Request, Response, SyncError};
use cairn_wire::message::{
    Access, AppendAnswer, AppendRequest, OutcomeCode, ReadAnswer, ReadRequest, ReadSpace, RefusalCode, Side,
    SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{CLOSES_SLOT, Record, RecordId, Seen, Signature, SlotId};

const WISH: &str = "recovery.wish";
const BOX: &str = "recovery.box";
const CLOSE: &str = "recovery.close";
const USED: &str = "recovery.used";
const OUTSIDE: &str = "home.outside";

/// How many words a person types back to show that they wrote the phrase down.
pub const PHRASE_CHECKS: usize = 3;

/// A new phrase, from its showing until it is in its place. In memory alone.
pub(super) enum PhraseWork {
    Shown {
        phrase: Phrase,
        asked: [usize; PHRASE_CHECKS],
    },
    Placing {
        keys: Box<RecoveryKeys>,
        step: Placing,
    },
}

/// Where the placing of a kit stands.
pub(super) enum Placing {
    Create,
    Enter(Box<Visit>),
    Settling,
}

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

/// How it stands with the recovery phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryState {
    /// There is none: a journal whose every device is lost is lost.
    None,
    /// One was chosen, and works once the relay has heard of it.
    OnItsWay,
    /// One is set.
    Set,
    /// One is set and was used: whoever saw the words then can use them again, until there is another one.
    Used,
}

impl Engine {
    /// How it stands with the recovery phrase.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn recovery_state(&self) -> Result<RecoveryState, Error> {
        let view = self.store.view();
        let Some(recovery) = self.home_chain.as_ref().and_then(DeviceChain::recovery) else {
            let is_coming = view.meta(WISH)?.is_some();
            return Ok(if is_coming {
                RecoveryState::OnItsWay
            } else {
                RecoveryState::None
            });
        };
        let slot = recovery_slot(&recovery.kem, self.identity.home);
        let is_there = view.meta(BOX)?.is_some_and(|there| there.starts_with(slot.as_bytes()));
        Ok(if view.meta(WISH)?.is_some() || !is_there {
            RecoveryState::OnItsWay
        } else if view.meta(USED)?.is_some() {
            RecoveryState::Used
        } else {
            RecoveryState::Set
        })
    }

    /// Makes a new recovery phrase and answers its words, to be written down. They are shown this once. The phrase before it,
    /// if there is one, works until the new one is in its place.
    ///
    /// # Errors
    /// [`Error::NoRelay`]; [`Error::NotSettled`].
    pub fn new_phrase(&mut self, length: PhraseLength) -> Result<Vec<String>, Error> {
        let home = self.home()?;
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        if !chain.is_settled(&self.ranking_key().public(), home.head_time) {
            return Err(Error::NotSettled);
        }
        let phrase = Phrase::random(length, self.entropy.as_mut());
        let words: Vec<String> = phrase.words().map(str::to_owned).collect();
        let mut asked = [0; PHRASE_CHECKS];
        for at in 0..PHRASE_CHECKS {
            asked[at] = loop {
                let drawn = usize::from(random_bytes::<1>(self.entropy.as_mut())[0]) % words.len();
                if !asked[..at].contains(&(drawn + 1)) {
                    break drawn + 1;
                }
            };
        }
        asked.sort_unstable();
        self.phrase = Some(Box::new(PhraseWork::Shown { phrase, asked }));
        Ok(words)
    }

    /// Which words of the new phrase are to be typed back, counted from 1.
    ///
    /// # Errors
    /// [`Error::NotFound`] where none was made.
    pub fn phrase_asked(&self) -> Result<[usize; PHRASE_CHECKS], Error> {
        match self.phrase.as_deref() {
            Some(PhraseWork::Shown { asked, .. }) => Ok(*asked),
            _ => Err(Error::NotFound),
        }
    }

    /// Takes the words typed back. Right, the phrase is put in its place by the steps of
    /// [`Handshake::SetPhrase`](super::Handshake::SetPhrase).
    ///
    /// # Errors
    /// [`Error::WrongWords`]: nothing was changed, they can be typed again. [`Error::NotFound`].
    pub fn confirm_phrase(&mut self, typed: &[String]) -> Result<(), Error> {
        let (phrase, asked) = match self.phrase.as_deref() {
            Some(PhraseWork::Shown { phrase, asked }) => (phrase, asked),
            // The relay was not there when the words were right: they are on paper, and go on to count.
            Some(PhraseWork::Placing { .. }) => return Ok(()),
            None => return Err(Error::NotFound),
        };
        let words: Vec<&str> = phrase.words().collect();
        let is_right = typed.len() == PHRASE_CHECKS
            && asked.iter().zip(typed).all(|(at, typed)| {
                let word = words.get(at - 1).copied().unwrap_or_default();
                typed.trim().eq_ignore_ascii_case(word)
            });
        if !is_right {
            return Err(Error::WrongWords);
        }
        self.phrase = Some(Box::new(PhraseWork::Placing {
            keys: Box::new(phrase.keys()),
            step: Placing::Create,
        }));
        Ok(())
    }

    pub(super) fn set_phrase_next(&mut self) -> Result<Next, Error> {
        let home = self.home()?;
        let Some(PhraseWork::Placing { keys, step }) = self.phrase.as_deref() else {
            return Err(Error::NotFound);
        };
        let keys = keys.clone();
        Ok(match step {
            Placing::Create => Next::Ask(create_kit_space(&home.origin, &keys)),
            Placing::Enter(visit) => match visit.inside() {
                None => Next::Ask(visit.next()),
                Some((token, head)) => {
                    let genesis = self.home_chain.as_ref().ok_or(Error::NoRelay)?.genesis();
                    let kit = Kit {
                        space: home.id,
                        relay_key: cairn_wire::PublicKey::from_bytes(home.relay_key),
                        genesis,
                    };
                    let record = keys.seal_kit(&kit, head.incarnation, self.entropy.as_mut())?;
                    let message = AppendRequest {
                        token,
                        space: keys.kit_space,
                        records: vec![record.as_slice().into()],
                    };
                    Next::Ask(Ask::request(&home.origin, "/v1/append", &message, 0))
                }
            },
            Placing::Settling if self.recovery_state()? == RecoveryState::Set => {
                self.phrase = None;
                Next::Done
            }
            Placing::Settling => Next::Sync,
        })
    }

    pub(super) fn set_phrase_answer(&mut self, response: &Response) -> Result<(), Error> {
        let Some(PhraseWork::Placing { keys, step }) = self.phrase.as_deref_mut() else {
            return Err(Error::NotFound);
        };
        match step {
            Placing::Create => {
                let _created: SpaceAnswer = Ask::answer(response)?;
                let origin = self
                    .store
                    .view()
                    .space(self.identity.home)?
                    .ok_or(Error::NotFound)?
                    .origin;
                let visit = Visit::new(&origin, keys.kit_space, &keys.kit_access);
                *step = Placing::Enter(Box::new(visit));
                Ok(())
            }
            Placing::Enter(visit) if visit.inside().is_none() => Ok(visit.hear(response)?),
            Placing::Enter(_) => {
                let answer: AppendAnswer = Ask::answer(response)?;
                let is_stored = answer
                    .results
                    .first()
                    .is_some_and(|one| one.code == OutcomeCode::Stored);
                if !is_stored {
                    return Err(Error::Sync(SyncError::Refused(RefusalCode::Unavailable)));
                }
                let public = keys.public();
                *step = Placing::Settling;
                let home = self.identity.home;
                let mut wish = self.wished_access(home)?;
                wish.let_in(public.access);
                self.commit(&[Change::Devices], |tx| {
                    put_wish(tx, home, &wish)?;
                    Ok(tx.set_meta(WISH, &cairn_wire::encode(&public))?)
                })
            }
            Placing::Settling => Ok(()),
        }
    }

    /// What the recovery phrase still needs: a link, a box, and the boxes of former phrases gone. One thing at a time.
    pub(super) fn tend_recovery(&mut self, home: &SpaceRow) -> Result<(), Error> {
        let view = self.store.view();
        let Some(chain) = &self.home_chain else { return Ok(()) };
        if let Some(bytes) = view.meta(WISH)? {
            let wished: Recovery = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
            return if chain.recovery() == Some(&wished) {
                self.phrase_counts(home, &wished)
            } else {
                self.seal_recovery_link(home, wished)
            };
        }
        let Some(recovery) = chain.recovery().cloned() else {
            return Ok(());
        };
        let slot = recovery_slot(&recovery.kem, home.id);
        if view.meta(BOX)?.as_deref() != Some(box_note(slot, home.epoch).as_slice()) {
            return self.seal_box(home, &recovery);
        }
        let Some(former) = view.meta(CLOSE)? else { return Ok(()) };
        let Some(slot) = former.as_chunks::<16>().0.first() else {
            return self.commit(&[], |tx| Ok(tx.remove_meta(CLOSE)?));
        };
        let of = |known: &&Recovery| recovery_slot(&known.kem, home.id).as_bytes() == slot;
        let Some(known) = chain.recoveries().iter().find(of).cloned() else {
            return self.commit(&[], |tx| Ok(tx.remove_meta(CLOSE)?));
        };
        let place = (home.epoch, home.incarnation);
        let record = seal_recovery_box(&known.kem, home.id, &[], CLOSES_SLOT, place, 0, self.entropy.as_mut())?;
        self.push_for_recovery(home, 1, record)
    }

    fn seal_recovery_link(&mut self, home: &SpaceRow, wished: Recovery) -> Result<(), Error> {
        let author = self.ranking_key();
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        match chain.rotate_recovery(&author, wished, basis(home)) {
            Ok(link) => self.push_link(link, 0, |_| Ok(())),
            // Another device set one meanwhile, or this one may not any more: the phrase that counts stays as it is.
            Err(_) => self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(WISH)?)),
        }
    }

    /// The chain knows the phrase: a new epoch begins for it, and the phrases before it stop working.
    fn phrase_counts(&mut self, home: &SpaceRow, wished: &Recovery) -> Result<(), Error> {
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let former: Vec<Recovery> = chain
            .recoveries()
            .iter()
            .filter(|one| *one != wished)
            .cloned()
            .collect();
        let slots: Vec<u8> = former
            .iter()
            .flat_map(|one| *recovery_slot(&one.kem, home.id).as_bytes())
            .collect();
        let mut entry = self.wished_access(home.id)?;
        former.iter().for_each(|one| entry.keep_out(one.access));
        let epoch = self.epoch_wish()?.unwrap_or_default();
        self.commit(&[Change::Devices], |tx| {
            tx.remove_meta(WISH)?;
            tx.remove_meta(USED)?;
            if !slots.is_empty() {
                tx.set_meta(CLOSE, &slots)?;
            }
            put_wish(tx, home.id, &entry)?;
            want_epoch(tx, &epoch)
        })?;
        if self.recovery.as_ref().is_some_and(|keys| keys.public() != *wished) {
            self.recovery = None;
        }
        Ok(())
    }

    fn seal_box(&mut self, home: &SpaceRow, recovery: &Recovery) -> Result<(), Error> {
        let keys = self.kept_keys(home)?.fitting(1, limits::PHRASE_BOX_BYTES_MAX);
        let to = std::slice::from_ref(&recovery.kem);
        let key_box = seal_key_box(&home.id, to, &keys, self.entropy.as_mut())?;
        let place = (home.epoch, home.incarnation);
        let record = seal_recovery_box(
            &recovery.kem,
            home.id,
            &key_box,
            0,
            place,
            home.cursor,
            self.entropy.as_mut(),
        )?;
        self.push_for_recovery(home, 0, record)
    }

    fn push_for_recovery(&mut self, home: &SpaceRow, purpose: u8, bytes: Vec<u8>) -> Result<(), Error> {
        let parsed = Record::parse(&bytes).map_err(|_| Error::Internal)?;
        let (record_id, hash): (RecordId, _) = (parsed.header.record_id, parsed.hash());
        let record = SealedRecord { record_id, hash, bytes };
        self.commit(&[Change::Sync], |tx| {
            super::sealing::push(tx, home, purpose, &record, None)
        })
    }

    /// Whether a record lies where only recovery phrases look.
    pub(super) fn is_for_recovery(&self, record: &[u8]) -> bool {
        !self.recovery_slots.is_empty()
            && Record::parse(record).is_ok_and(|record| self.recovery_slots.contains(&record.header.slot))
    }

    /// A record for a recovery phrase stands in the log.
    pub(super) fn recovery_landed(&mut self, record: &[u8]) -> Result<(), Error> {
        let header = Record::parse(record).map_err(|_| Error::Internal)?.header;
        let slot = *header.slot.as_bytes();
        if header.closes_slot() {
            let left = self.store.view().meta(CLOSE)?.unwrap_or_default();
            let left: Vec<u8> = left
                .as_chunks::<16>()
                .0
                .iter()
                .filter(|one| **one != slot)
                .flatten()
                .copied()
                .collect();
            return self.commit(&[], |tx| Ok(tx.set_meta(CLOSE, &left)?));
        }
        self.commit(&[Change::Devices], |tx| {
            Ok(tx.set_meta(BOX, &box_note(header.slot, header.epoch))?)
        })
    }

    /// Follows a chain from here on.
    pub(super) fn follow(&mut self, chain: DeviceChain) {
        let space = chain.space();
        let slots = chain.recoveries().iter().map(|one| recovery_slot(&one.kem, space));
        self.recovery_slots = slots.collect();
        self.home_chain = Some(chain);
    }

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
        if !self.is_half_in()? && !self.is_empty()? {
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
                        slots: Some(vec![recovery_slot(&keys.kem.public(), kit.space)]),
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
                let opened = records_of(response)?.iter().rev().find_map(|record| {
                    let key_box = open_recovery_box(&kem, kit.space, record).ok()?;
                    open_key_box(&kit.space, &keys.kem, &key_box).ok()
                });
                let opened = opened.ok_or(Error::PhraseUnknown)?;
                let (origin, keys) = (origin.clone(), keys.clone());
                let phrase = keys.signing.public();
                let seen = Seen::from(&head);
                let mut wish = Wish::default();
                wish.let_in(SigningKey::from_seed(&self.home()?.access_seed).public());
                self.adopt_home(kit.space, opened, seen, (&origin, kit.relay_key), |tx| {
                    tx.set_meta(super::devices::PINNED_GENESIS, kit.genesis.as_bytes())?;
                    tx.set_meta(PINNED_PHRASE, phrase.as_bytes())?;
                    tx.set_meta(OUTSIDE, &[])?;
                    tx.set_meta(USED, &[])?;
                    put_wish(tx, kit.space, &wish)
                })?;
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
        match &self.recovery {
            Some(keys) if space.id == self.identity.home && self.store.view().meta(OUTSIDE)?.is_some() => {
                Ok(keys.access.clone())
            }
            _ => Ok(SigningKey::from_seed(&space.access_seed)),
        }
    }

    /// The relay was told of these keys; where this device's own is one of them, it enters by itself from now on.
    pub(super) fn entered(&mut self, space: cairn_wire::SpaceId, asked: &Wish) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let own = SigningKey::from_seed(&row.access_seed).public();
        let is_own = asked.add.iter().any(|access| access.key == own);
        if space != self.identity.home || !is_own || self.store.view().meta(OUTSIDE)?.is_none() {
            return Ok(());
        }
        self.entered_as_phrase = true;
        self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(OUTSIDE)?))
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

/// Has the box of the recovery phrase made anew: it holds keys that are to go.
pub(super) fn forget_box(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(BOX)?)
}

fn box_note(slot: SlotId, epoch: u32) -> Vec<u8> {
    [slot.as_bytes().as_slice(), &epoch.to_le_bytes()].concat()
}

fn create_kit_space(origin: &str, keys: &RecoveryKeys) -> Request {
    let mut message = SpaceRequest {
        op: SpaceOp::Create,
        space: keys.kit_space,
        access: vec![Access {
            key: keys.kit_access.public(),
            side: Side::Participant,
            administer: true,
        }],
        signature: Signature::from_bytes([0; 64]),
        token: None,
    };
    message.signature = keys.kit_access.sign(&message.signed_bytes(origin));
    Ask::request(origin, "/v1/space", &message, 0)
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
