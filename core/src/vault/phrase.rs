//! The recovery phrase of a journal: made, shown once, put in its place, and its box kept where the phrase will look for it.
//!
//! The words are shown once and kept nowhere; three of them are typed back. Then the kit goes to its own space, the chain is told whose
//! phrase counts, a new epoch begins, and its box goes where the phrase will look for it. From then on the phrase before it stops
//! working: its access goes, and its box. Whatever is left of that is done by any device that reads in the chain which phrase counts.
//!
//! | name | value | |
//! |---|---|---|
//! | `recovery.wish` | [`Recovery`] in CBOR | the phrase that is to count |
//! | `recovery.over` | signing key 32, or empty | the phrase that counted when its words were shown; another one meanwhile goes before it |
//! | `recovery.vain` | empty | words were typed back that do not count |

use super::access::put_wish;
use super::handshake::Next;
use super::recovering::USED;
use super::visiting::Visit;
use super::{Change, Engine, Error};
use crate::crypto::{Kit, Phrase, PhraseLength, Recovery, RecoveryKeys};
use crate::id::random_bytes;
use crate::store::Tx;
use crate::sync::{Ask, Request, Response, SyncError};
use cairn_wire::message::{
    Access, AppendAnswer, AppendRequest, OutcomeCode, RefusalCode, Side, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{PublicKey, Signature};

const WISH: &str = "recovery.wish";
const OVER: &str = "recovery.over";
const VAIN: &str = "recovery.vain";

/// How many words a person types back to show that they wrote the phrase down.
pub const PHRASE_CHECKS: usize = 3;

/// A new phrase, from its showing until it is in its place. In memory alone.
pub(super) struct PhraseWork {
    /// The phrase that counted when the words were shown.
    over: Option<PublicKey>,
    stage: Stage,
}

enum Stage {
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
enum Placing {
    Create,
    Enter(Box<Visit>),
    Settling,
}

/// How it stands with the recovery phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryState {
    /// There is none: a journal whose every device is lost is lost.
    None,
    /// One was chosen, and works once the relay has heard of it; or what it needs at the relay is not there, and is put there again.
    OnItsWay,
    /// One was chosen on a device that is too new for that, and the phrase that counts is not at hand any more: its words are to be
    /// typed once more ([`Engine::use_phrase`]). Until then the phrase before it counts.
    NeedsPhrase,
    /// Words were typed back that do not count: this device ended before the relay had heard of them, or another device had set a
    /// phrase meanwhile. Their paper can go. A phrase that was set before them goes on to work. Said until another one is made, or
    /// [`Handshake::SetPhrase`](super::Handshake::SetPhrase) is cancelled.
    InVain,
    /// The relay has lost its store, and with it what the phrase needs there besides its box. Its words, typed once more, put it there
    /// again ([`Engine::use_phrase`]); another phrase does too.
    Lost,
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
        if view.meta(VAIN)?.is_some() && self.phrase.is_none() {
            return Ok(RecoveryState::InVain);
        }
        let Some(chain) = &self.home_chain else {
            return Ok(RecoveryState::None);
        };
        let home = self.home()?;
        if let Some(wished) = self.wished_phrase()? {
            let may = chain.is_settled(&self.ranking_key().public(), home.head_time);
            return Ok(if may || chain.recovery() == Some(&wished) {
                RecoveryState::OnItsWay
            } else {
                RecoveryState::NeedsPhrase
            });
        }
        let Some(recovery) = chain.recovery() else {
            return Ok(RecoveryState::None);
        };
        if self.kit_is_lost()? && !self.is_placing() {
            return Ok(RecoveryState::Lost);
        }
        Ok(if !self.box_stands()? {
            RecoveryState::OnItsWay
        } else if view.meta(USED)?.is_some_and(|used| used == recovery.signing.as_bytes()) {
            RecoveryState::Used
        } else {
            RecoveryState::Set
        })
    }

    /// Whether the words of a phrase are at hand, and what it needs is on its way to its place.
    fn is_placing(&self) -> bool {
        matches!(
            self.phrase.as_deref().map(|work| &work.stage),
            Some(Stage::Placing { .. })
        )
    }

    /// Begins to put what the phrase at hand needs in its place again, by the steps of
    /// [`Handshake::SetPhrase`](super::Handshake::SetPhrase), where the relay has lost it; whether there is anything to do.
    pub fn place_again(&mut self) -> Result<bool, Error> {
        let Some(keys) = self.recovery.clone() else {
            return Ok(false);
        };
        if !self.kit_is_lost()? || self.phrase.is_some() {
            return Ok(false);
        }
        let step = Placing::Create;
        self.phrase = Some(Box::new(PhraseWork {
            over: Some(keys.public().signing),
            stage: Stage::Placing { keys, step },
        }));
        Ok(true)
    }

    pub(super) fn wished_phrase(&self) -> Result<Option<Recovery>, Error> {
        let bytes = self.store.view().meta(WISH)?;
        bytes
            .map(|bytes| cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal))
            .transpose()
    }

    /// The phrase that counted when the words of the wished one were shown: its signing key, or nothing.
    pub(super) fn wished_over(&self) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.store.view().meta(OVER)?)
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
        let over = chain.recovery().map(|recovery| recovery.signing);
        self.drop_phrase()?;
        let stage = Stage::Shown { phrase, asked };
        self.phrase = Some(Box::new(PhraseWork { over, stage }));
        Ok(words)
    }

    /// Which words of the new phrase are to be typed back, counted from 1.
    ///
    /// # Errors
    /// [`Error::NotFound`] where none was made.
    pub fn phrase_asked(&self) -> Result<[usize; PHRASE_CHECKS], Error> {
        match self.phrase.as_deref().map(|work| &work.stage) {
            Some(Stage::Shown { asked, .. }) => Ok(*asked),
            _ => Err(Error::NotFound),
        }
    }

    /// Takes the words typed back. Right, the phrase is put in its place by the steps of
    /// [`Handshake::SetPhrase`](super::Handshake::SetPhrase).
    ///
    /// # Errors
    /// [`Error::WrongWords`]: nothing was changed, they can be typed again. [`Error::NotFound`].
    pub fn confirm_phrase(&mut self, typed: &[String]) -> Result<(), Error> {
        let (phrase, asked) = match self.phrase.as_deref().map(|work| &work.stage) {
            Some(Stage::Shown { phrase, asked }) => (phrase, asked),
            // The relay was not there when the words were right: they are on paper, and go on to count.
            Some(Stage::Placing { .. }) => return Ok(()),
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
        let keys = Box::new(phrase.keys());
        // Only this process knows the phrase. Should it end before the relay has heard of it, that is said.
        self.commit(&[Change::Devices], |tx| Ok(tx.set_meta(VAIN, &[])?))?;
        if let Some(work) = self.phrase.as_deref_mut() {
            let step = Placing::Create;
            work.stage = Stage::Placing { keys, step };
        }
        Ok(())
    }

    /// Lets go of a new phrase that is not in its place yet; what the relay has heard of it goes on.
    pub(super) fn drop_phrase(&mut self) -> Result<(), Error> {
        self.phrase = None;
        if self.store.view().meta(VAIN)?.is_none() {
            return Ok(());
        }
        self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(VAIN)?))
    }

    /// # Errors
    /// [`Error::PhraseOvertaken`]: another device's phrase counts, these words do not. [`Error::NotSettled`]: the phrase that counts has
    /// to be typed again first.
    pub(super) fn set_phrase_next(&mut self) -> Result<Next, Error> {
        let home = self.home()?;
        let Some(Stage::Placing { keys, step }) = self.phrase.as_deref().map(|work| &work.stage) else {
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
                        relay_key: PublicKey::from_bytes(home.relay_key),
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
            Placing::Settling => {
                let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
                let (public, wished) = (keys.public(), self.wished_phrase()?);
                match (wished, self.recovery_state()?) {
                    (Some(_), RecoveryState::NeedsPhrase) => return Err(Error::NotSettled),
                    (Some(wished), _) if wished == public => Next::Sync,
                    (None, RecoveryState::Set) if chain.recovery() == Some(&public) => {
                        self.phrase = None;
                        Next::Done
                    }
                    (None, _) if chain.recovery() == Some(&public) => Next::Sync,
                    _ => {
                        self.drop_phrase()?;
                        return Err(Error::PhraseOvertaken);
                    }
                }
            }
        })
    }

    pub(super) fn set_phrase_answer(&mut self, response: &Response) -> Result<(), Error> {
        let Some(work) = self.phrase.as_deref_mut() else {
            return Err(Error::NotFound);
        };
        let over = work.over;
        let Stage::Placing { keys, step } = &mut work.stage else {
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
                self.kit_is_placed(&public.signing)?;
                let mut wish = self.wished_access(home)?;
                wish.let_in(public.access);
                self.commit(&[Change::Devices], |tx| {
                    put_wish(tx, home, &wish)?;
                    tx.remove_meta(VAIN)?;
                    tx.set_meta(OVER, over.as_ref().map_or(&[][..], |over| over.as_bytes()))?;
                    Ok(tx.set_meta(WISH, &cairn_wire::encode(&public))?)
                })
            }
            Placing::Settling => Ok(()),
        }
    }

    /// Another device has set a phrase since the words of this one were shown: that one counts, and this one is nothing.
    pub(super) fn overtaken(&mut self, wished: &Recovery) -> Result<(), Error> {
        let mut entry = self.wished_access(self.identity.home)?;
        entry.keep_out(wished.access);
        // Whoever is typing is told at once; else it is said until somebody makes another.
        let is_heard = self
            .phrase
            .as_deref()
            .is_some_and(|work| matches!(&work.stage, Stage::Placing { keys, .. } if keys.public() == *wished));
        let home = self.identity.home;
        self.commit(&[Change::Devices], |tx| {
            end_wish(tx)?;
            if !is_heard {
                tx.set_meta(VAIN, &[])?;
            }
            put_wish(tx, home, &entry)
        })
    }
}

/// The wish for a phrase is over: it counts, or never will.
pub(super) fn end_wish(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(WISH)?;
    Ok(tx.remove_meta(OVER)?)
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
        epoch: None,
        keep: None,
        at_ms: None,
    };
    message.signature = keys.kit_access.sign(&message.signed_bytes(origin));
    Ask::request(origin, "/v1/space", &message, 0)
}
