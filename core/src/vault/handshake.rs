//! Two devices, or two people, find each other by a code: pairing and invitation, step by step, without I/O.
//!
//! Whoever drives a handshake asks [`Engine::handshake_next`] what to do: send a request, run a round of sync, or wait
//! for the person. Every step is kept in the database, so that an app that dies in between goes on where it was.
//!
//! | who | steps |
//! |---|---|
//! | offerer (shows the code) | read the hello · post the reveal · the person types the digits · sync · post the welcome |
//! | joiner (reads the code) | post the hello · read the reveal, show the digits · read the welcome |

use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{Code, CryptoError, Digits, Join, Joiner, Offer, Offerer, Post, Purpose, SigningKey};
use crate::id::RelationshipId;
use crate::limits;
use crate::sync::{Request, Response, SyncError, mailbox};
use cairn_wire::message::RefusalCode;
use minicbor::{Decode, Encode};

/// How long one request to the mailbox waits, in milliseconds.
const WAIT_MS: u32 = 20_000;

/// Which handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handshake {
    /// This device offers to pair.
    PairOffer,
    /// This device joins another's vault.
    PairJoin,
    /// The participant invites a specialist.
    Invite,
    /// The specialist accepts an invitation.
    Accept,
    /// Whoever was invited says not now.
    Decline,
    /// A new recovery phrase is put where it will be looked for.
    SetPhrase,
    /// A recovery phrase lets this device in.
    Recover,
}

/// What a handshake needs next.
pub enum Next {
    /// Send this request and bring the answer.
    Ask(Request),
    /// Run a round of sync.
    Sync,
    /// The person types the digits that the other side, called by this name, shows.
    TypeDigits(String),
    /// Done.
    Done,
}

/// Shows no name.
impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ask(request) => f.debug_tuple("Ask").field(request).finish(),
            Self::Sync => f.write_str("Sync"),
            Self::TypeDigits(_) => f.write_str("TypeDigits(…)"),
            Self::Done => f.write_str("Done"),
        }
    }
}

/// What the joiner shows, once it knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// Six digits.
    pub digits: String,
    /// What the other side calls itself.
    pub name: String,
}

/// Shows neither digits nor name.
impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(…)")
    }
}

/// Where a handshake stands. The state of the offer or the join lies beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(super) enum Stage {
    #[n(0)]
    First,
    #[n(1)]
    Second,
    #[n(2)]
    Digits,
    #[n(3)]
    Settling,
    #[n(4)]
    Last,
    #[n(5)]
    Refusing,
    #[n(6)]
    Finished,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Saved {
    #[n(0)]
    version: u8,
    #[n(1)]
    pub(super) stage: Stage,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) state: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    about: Vec<u8>,
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(super) post: Vec<u8>,
    #[n(5)]
    begun: i64,
}

impl Handshake {
    const fn name(self) -> &'static str {
        match self {
            Self::PairOffer => "handshake.pair-offer",
            Self::PairJoin => "handshake.pair-join",
            Self::Invite => "handshake.invite",
            Self::Accept => "handshake.accept",
            Self::Decline => "handshake.decline",
            Self::SetPhrase => "handshake.set-phrase",
            Self::Recover => "handshake.recover",
        }
    }

    const fn offers(self) -> bool {
        matches!(self, Self::PairOffer | Self::Invite)
    }

    pub(super) const fn days(self) -> Option<u8> {
        match self {
            Self::PairOffer | Self::PairJoin | Self::SetPhrase | Self::Recover => None,
            Self::Invite | Self::Accept | Self::Decline => Some(limits::INVITATION_DAYS),
        }
    }
}

impl Engine {
    /// Begins to pair: answers the code to show. The home space must be at a relay.
    ///
    /// # Errors
    /// [`Error::NoRelay`]; [`Error::Outside`].
    pub fn pair(&mut self) -> Result<String, Error> {
        if self.needs_joining()? {
            return Err(Error::Outside);
        }
        let tip = self.home_chain.as_ref().ok_or(Error::NoRelay)?.tip();
        let offerer = Offerer {
            signing: self.identity.signing.public(),
            kem: self.identity.kem.public(),
            space: self.identity.home,
            tip,
            name: self.identity.name.clone(),
        };
        self.begin_offer(Handshake::PairOffer, Purpose::Pair, offerer, &[])
    }

    /// Begins to join the vault whose code this is.
    ///
    /// # Errors
    /// [`Error::BadCode`], [`Error::NotEmpty`].
    pub fn join(&mut self, code: &str) -> Result<(), Error> {
        let code = checked_code(code, Purpose::Pair)?;
        if !self.may_be_let_in()? && !self.is_empty()? && !planted!(JoinsWithWords) {
            return Err(Error::NotEmpty);
        }
        self.leave_chain()?;
        let joiner = Joiner {
            signing: self.identity.signing.public(),
            kem: self.identity.kem.public(),
            access: SigningKey::from_seed(&self.home()?.access_seed).public(),
            name: self.identity.name.clone(),
        };
        self.begin_join(Handshake::PairJoin, code, joiner, &[])
    }

    pub(super) fn begin_offer(
        &mut self,
        which: Handshake,
        purpose: Purpose,
        offerer: Offerer,
        about: &[u8],
    ) -> Result<String, Error> {
        let home = self.home()?;
        let relay = (home.origin.as_str(), cairn_wire::PublicKey::from_bytes(home.relay_key));
        let offer = Offer::begin(purpose, offerer, relay, self.entropy.as_mut())?;
        let text = offer.code().to_text();
        self.save(which, Stage::First, &offer.to_bytes(), about, &[])?;
        Ok(text)
    }

    pub(super) fn begin_join(
        &mut self,
        which: Handshake,
        code: Code,
        joiner: Joiner,
        about: &[u8],
    ) -> Result<(), Error> {
        let join = Join::begin(code, joiner, self.entropy.as_mut())?;
        self.save(which, Stage::First, &join.to_bytes(), about, &[])
    }

    /// What this handshake needs next.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none under way.
    pub fn handshake_next(&mut self, which: Handshake) -> Result<Next, Error> {
        match which {
            Handshake::Decline => return self.decline_next(),
            Handshake::SetPhrase => return self.set_phrase_next(),
            Handshake::Recover => return self.recover_next(),
            _ => {}
        }
        let saved = self.saved(which)?;
        if which.offers() {
            self.offer_next(which, &saved)
        } else {
            self.join_next(which, &saved)
        }
    }

    /// Takes the answer to the request that [`Self::handshake_next`] gave.
    ///
    /// # Errors
    /// [`Error::Sync`] when there was no answer: ask again. [`Error::CodeUsedUp`], [`Error::Handshake`], [`Error::Declined`]: it is over.
    pub fn handshake_answer(&mut self, which: Handshake, response: &Response) -> Result<(), Error> {
        match which {
            Handshake::Decline => return self.decline_answer(response),
            Handshake::SetPhrase => return self.set_phrase_answer(response),
            Handshake::Recover => return self.recover_answer(response),
            _ => {}
        }
        let saved = self.saved(which)?;
        let taken = if which.offers() {
            self.offer_answer(which, saved, response)
        } else {
            self.join_answer(which, saved, response)
        };
        if matches!(taken, Err(Error::CodeUsedUp | Error::Handshake | Error::Declined)) {
            self.forget(which)?;
        }
        taken
    }

    /// The person typed the digits the other side shows.
    ///
    /// # Errors
    /// [`Error::WrongDigits`]; [`Error::CodeUsedUp`] at the third time.
    pub fn type_digits(&mut self, which: Handshake, typed: &str) -> Result<(), Error> {
        let saved = self.saved(which)?;
        if !which.offers() || saved.stage != Stage::Digits {
            return Err(Error::NotFound);
        }
        let mut offer = Offer::from_bytes(&saved.state)?;
        let result = offer.type_digits(typed);
        match result {
            Ok(()) => {
                let hello = offer.joiner().ok_or(Error::Handshake)?;
                // Once the digits are right they count: a crash here repeats what follows, it does not ask again.
                self.save(which, Stage::Settling, &offer.to_bytes(), &saved.about, &[])?;
                match which {
                    Handshake::Invite => self.add_specialist(&saved.about, &hello, typed),
                    _ => self.add_device(&hello),
                }
            }
            Err(CryptoError::DigitsDiffer { tries_left: 0 }) => {
                let refusal = offer.refuse(self.entropy.as_mut())?;
                self.save(which, Stage::Refusing, &offer.to_bytes(), &saved.about, &refusal.bytes)?;
                Err(Error::CodeUsedUp)
            }
            Err(CryptoError::PairingEnded) => Err(Error::CodeUsedUp),
            Err(_) => {
                self.save(which, Stage::Digits, &offer.to_bytes(), &saved.about, &saved.post)?;
                Err(Error::WrongDigits)
            }
        }
    }

    /// Whether the right digits were typed already, and only the rest of the steps is to be taken.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no handshake under way.
    pub fn digits_are_right(&self, which: Handshake) -> Result<bool, Error> {
        Ok(matches!(
            self.saved(which)?.stage,
            Stage::Settling | Stage::Last | Stage::Finished
        ))
    }

    /// The digits to show on the joining side; none before the other side has answered.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no handshake under way.
    pub fn shown_digits(&self, which: Handshake) -> Result<Option<Shown>, Error> {
        let saved = self.saved(which)?;
        if which.offers() {
            return Ok(None);
        }
        let join = Join::from_bytes(&saved.state)?;
        let shown = |(digits, offerer): (Digits, crate::crypto::Reveal)| Shown {
            digits: digits.to_string(),
            name: offerer.name,
        };
        Ok(join.digits().zip(join.offerer()).map(shown))
    }

    /// Ends a handshake from this side.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn handshake_cancel(&mut self, which: Handshake) -> Result<(), Error> {
        match which {
            Handshake::SetPhrase => self.drop_phrase()?,
            Handshake::Recover => self.recovering = None,
            _ => {}
        }
        self.forget(which)
    }

    /// Ends the handshake that a relationship would have begun with, if it is under way.
    pub(super) fn cancel_invitation(&mut self, id: RelationshipId) -> Result<(), Error> {
        for which in [Handshake::Invite, Handshake::Accept] {
            match self.saved(which) {
                Ok(saved) if saved.about == id.as_bytes() => self.forget(which)?,
                Ok(_) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn offer_next(&mut self, which: Handshake, saved: &Saved) -> Result<Next, Error> {
        let mut offer = Offer::from_bytes(&saved.state)?;
        let (origin, id) = (offer.code().origin().to_owned(), offer.code().mailbox());
        Ok(match saved.stage {
            Stage::First => Next::Ask(mailbox::read(&origin, id, 0, WAIT_MS)),
            Stage::Second => Next::Ask(mailbox::post(&origin, id, 1, &saved.post, None)),
            Stage::Digits => Next::TypeDigits(offer.joiner().ok_or(Error::Handshake)?.name),
            Stage::Settling => {
                let hello = offer.joiner().ok_or(Error::Handshake)?;
                let settled = match which {
                    Handshake::Invite => self.specialist_is_in(&saved.about, &hello, offer.digits())?,
                    _ => self.device_is_in(&hello)?,
                };
                if !settled {
                    return Ok(Next::Sync);
                }
                let welcome = match which {
                    Handshake::Invite => self.support_welcome(&saved.about, &hello.kem)?,
                    _ => self.home_welcome(&hello)?,
                };
                let Post { index, bytes } = offer.welcome(welcome, self.entropy.as_mut())?;
                self.save(which, Stage::Last, &offer.to_bytes(), &saved.about, &bytes)?;
                Next::Ask(mailbox::post(&origin, id, index, &bytes, None))
            }
            Stage::Last | Stage::Refusing => Next::Ask(mailbox::post(&origin, id, 2, &saved.post, None)),
            Stage::Finished => Next::Done,
        })
    }

    fn offer_answer(&mut self, which: Handshake, saved: Saved, response: &Response) -> Result<(), Error> {
        let messages = heard(response)?;
        let mut offer = Offer::from_bytes(&saved.state)?;
        match saved.stage {
            Stage::First => {
                let Some(hello) = messages.first() else { return Ok(()) };
                let post = match offer.hear_hello(hello, self.entropy.as_mut()) {
                    Ok(post) => post,
                    Err(CryptoError::PairingDeclined) => return Err(self.note_declined(&saved.about)?),
                    Err(_) => return Err(Error::Handshake),
                };
                self.save(which, Stage::Second, &offer.to_bytes(), &saved.about, &post.bytes)
            }
            Stage::Second => self.save(which, Stage::Digits, &saved.state, &saved.about, &saved.post),
            Stage::Digits | Stage::Settling | Stage::Finished => Ok(()),
            Stage::Last => self.save(which, Stage::Finished, &saved.state, &saved.about, &[]),
            Stage::Refusing => Err(Error::CodeUsedUp),
        }
    }

    fn join_next(&mut self, which: Handshake, saved: &Saved) -> Result<Next, Error> {
        let join = Join::from_bytes(&saved.state)?;
        let (origin, id) = (join.code().origin().to_owned(), join.code().mailbox());
        Ok(match saved.stage {
            Stage::First => {
                let Post { index, bytes } = join.hello();
                Next::Ask(mailbox::post(&origin, id, index, &bytes, which.days()))
            }
            Stage::Second => Next::Ask(mailbox::read(&origin, id, 1, WAIT_MS)),
            Stage::Digits => Next::Ask(mailbox::read(&origin, id, 2, WAIT_MS)),
            Stage::Settling | Stage::Last | Stage::Refusing | Stage::Finished => Next::Done,
        })
    }

    fn join_answer(&mut self, which: Handshake, saved: Saved, response: &Response) -> Result<(), Error> {
        let messages = heard(response)?;
        let mut join = Join::from_bytes(&saved.state)?;
        match saved.stage {
            Stage::First => self.save(which, Stage::Second, &saved.state, &saved.about, &[]),
            Stage::Second => {
                let Some(reveal) = messages.first() else { return Ok(()) };
                join.hear_reveal(reveal).map_err(|_| Error::Handshake)?;
                self.save(which, Stage::Digits, &join.to_bytes(), &saved.about, &[])
            }
            Stage::Digits => {
                let Some(answer) = messages.first() else { return Ok(()) };
                let welcome = join.hear_answer(answer).map_err(|error| match error {
                    CryptoError::PairingRefused => Error::CodeUsedUp,
                    _ => Error::Handshake,
                })?;
                let (origin, relay) = (join.code().origin().to_owned(), join.code().relay_key());
                let offerer = join.offerer().ok_or(Error::Handshake)?;
                match which {
                    Handshake::Accept => {
                        self.join_support(&saved.about, &welcome, &offerer, &origin, relay)?;
                    }
                    _ => self.join_home(&welcome, &offerer, &origin, relay)?,
                }
                self.save(which, Stage::Finished, &join.to_bytes(), &saved.about, &[])
            }
            Stage::Settling | Stage::Last | Stage::Refusing | Stage::Finished => Ok(()),
        }
    }

    pub(super) fn save(
        &mut self,
        which: Handshake,
        stage: Stage,
        state: &[u8],
        about: &[u8],
        post: &[u8],
    ) -> Result<(), Error> {
        let Timestamp(begun) = self.now();
        let saved = Saved {
            version: 1,
            stage,
            state: state.to_vec(),
            about: about.to_vec(),
            post: post.to_vec(),
            begun,
        };
        self.commit(&[Change::Devices], |tx| {
            Ok(tx.set_meta(which.name(), &cairn_wire::encode(&saved))?)
        })
    }

    pub(super) fn saved(&self, which: Handshake) -> Result<Saved, Error> {
        let bytes = self.store.view().meta(which.name())?.ok_or(Error::NotFound)?;
        cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)
    }

    fn forget(&mut self, which: Handshake) -> Result<(), Error> {
        self.commit(&[Change::Devices], |tx| Ok(tx.remove_meta(which.name())?))
    }
}

/// Reads a code as a person copied it.
pub(super) fn checked_code(text: &str, purpose: Purpose) -> Result<Code, Error> {
    let code = Code::from_text(text.trim()).map_err(|_| Error::BadCode)?;
    if code.purpose() == purpose {
        Ok(code)
    } else {
        Err(Error::BadCode)
    }
}

/// The messages in the mailbox; a place that somebody else has taken means that this code is used up.
pub(super) fn heard(response: &Response) -> Result<Vec<Vec<u8>>, Error> {
    mailbox::messages(response).map_err(|error| match error {
        SyncError::Refused(RefusalCode::Conflict) => Error::CodeUsedUp,
        error => Error::Sync(error),
    })
}
