//! Whether what a specialist says fits what the two have agreed on.
//!
//! Everything that was said and done in a relationship is gone through in the order of its log. The same rules hold on both sides: in the
//! specialist's app, which tells them before anything is sent, and again on the participant's devices, which show nothing that does not fit, whatever software
//! sent it.
//!
//! 1. Nothing is said before both have agreed; after the end one closing message, where the agreement says so.
//! 2. What is about something shared comes after that was opened.
//! 3. The first thing said about it is an acknowledgement or an open question, unless ideas or practical help are wanted.
//! 4. Of one's own experience a specialist tells where the participant allows it, within the length they allow, after having listened, and where they want to be asked
//!    first, once for each yes or request; and without telling them what to do.
//! 5. Something that may be of use is shown where it was asked for, or an offer was taken up. Else it is an offer itself, and waits for a yes.
//! 6. What the participant does not want brought up is not.
//! 7. Of what is shown no more nothing is said, from the stop on: no closing words either. What stands in the log before it was said in time, whenever the stop was decided.
//! 8. Words for the participant's preferences are proposed where the participant has asked for it, and once each time.
//! 9. It was written in the knowledge of the preferences that were shown before it.
//!
//! **Invariant:** a verdict depends on nothing but what stands in the log before a message, and on what the participant has said is not for them.

use super::{About, LivedExperience, Message, Offered, Role, Saying, SupportWanted, Wishes};
use crate::id::{MessageId, ShareId};
use crate::limits;
use crate::profile::longer;
use std::collections::{BTreeMap, BTreeSet};

/// Why a message is not sent, or not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
#[repr(u8)]
pub enum Unfit {
    /// The two have not agreed, have paused, or have ended it.
    #[error("nothing can be said before both have agreed, in a pause, or after the end")]
    NotActive = 16,
    /// It has no words.
    #[error("there are no words in this")]
    Silent = 17,
    /// It is longer than it can be.
    #[error("this is longer than it can be")]
    TooLong = 18,
    /// It is not this side's to say.
    #[error("this is for the other of you to say")]
    NotYours = 19,
    /// What it is about is not there, or cannot be answered like this.
    #[error("what this is about is not here, or is not answered like this")]
    Nowhere = 20,
    /// What it is about was not opened.
    #[error("first open what this is about")]
    OpenFirst = 21,
    /// Nothing was said about it yet that shows that it was heard.
    #[error("first say that you have heard it, or ask an open question")]
    ListenFirst = 22,
    /// The participant does not want to hear of the specialist's own experience.
    #[error("they do not want to hear of your own experience now")]
    NotWelcome = 23,
    /// The participant wants to be asked first, and has not said yes to this one.
    #[error("they want to be asked first: offer it, and wait for a yes")]
    AskFirst = 24,
    /// It touches what the participant does not want brought up.
    #[error("this touches something that they asked not to bring up")]
    OffLimits = 25,
    /// It was written before the preferences that are shown now.
    #[error("their preferences have changed: open them, and look at this again")]
    PreferencesChanged = 26,
    /// Lived experience without having asked oneself first.
    #[error("first ask yourself whom this is for")]
    ReflectFirst = 27,
    /// Lived experience that tells the other what to do.
    #[error("your own experience is shared without telling them what to do: change those words")]
    Directs = 28,
    /// The participant has not asked for it, or it was done.
    #[error("words for their preferences are proposed where they have asked for it, and once each time they ask")]
    NotAskedFor = 31,
    /// There is as much as is kept.
    #[error("one relationship holds {} messages from each side", limits::MESSAGES_MAX)]
    TooMany = 29,
    /// There is as much kept as has room.
    #[error("{} of these are kept: forget one first", limits::KEPT_MAX)]
    TooMuchKept = 30,
}

/// How a message that fits is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fit {
    /// As it is.
    Shown = 0,
    /// As an offer: what it holds waits for a yes.
    Withheld = 1,
}

/// Something that happened in a relationship, in the order of its log.
#[derive(Debug)]
pub enum Event {
    /// Both have accepted the same words.
    Agreed {
        /// Its version: the highest one counts.
        version: u64,
        /// Whether the specialist may say one thing after the end.
        closing_words: bool,
    },
    /// It was ended.
    Ended,
    /// The participant wishes this from now on.
    Wishes(Wishes),
    /// This version of the preferences is shown from now on.
    Preferences(u64),
    /// The specialist opened something.
    Opened(ShareId),
    /// Something is shown no more.
    Stopped(ShareId),
    /// Something was said.
    Said {
        /// Its name.
        id: MessageId,
        /// By whom.
        by: Role,
        /// What.
        message: Message,
        /// What was found before, where it was.
        found: Option<Result<Fit, Unfit>>,
    },
}

#[derive(Debug)]
struct Known {
    by: Role,
    is_offer: Option<Offered>,
    asks: Option<SupportWanted>,
    is_feedback: bool,
    asks_for_proposal: bool,
}

/// What was said and done so far, as far as the rules ask for it.
#[derive(Debug)]
pub struct Conversation {
    /// Whether words tell somebody what to do.
    directs: fn(&str) -> bool,
    agreed: bool,
    version: u64,
    closing_words: bool,
    is_over: bool,
    wishes: Wishes,
    preferences: u64,
    wanted: BTreeMap<ShareId, SupportWanted>,
    unwelcome: BTreeSet<String>,
    opened: BTreeSet<ShareId>,
    stopped: BTreeSet<ShareId>,
    heard: BTreeSet<ShareId>,
    known: BTreeMap<MessageId, Known>,
    taken_up: BTreeSet<MessageId>,
    used: BTreeSet<MessageId>,
    used_shares: BTreeSet<ShareId>,
}

impl Conversation {
    /// Before anything happened: what is wanted with each share, what the participant has said is not for them, and how words that tell somebody what to do are known.
    pub fn new(
        wanted: BTreeMap<ShareId, SupportWanted>,
        unwelcome: impl IntoIterator<Item = String>,
        directs: fn(&str) -> bool,
    ) -> Self {
        Self {
            directs,
            agreed: false,
            version: 0,
            closing_words: false,
            is_over: false,
            wishes: Wishes::default(),
            preferences: 0,
            wanted,
            unwelcome: unwelcome.into_iter().map(|topic| folded(&topic)).collect(),
            opened: BTreeSet::new(),
            stopped: BTreeSet::new(),
            heard: BTreeSet::new(),
            known: BTreeMap::new(),
            taken_up: BTreeSet::new(),
            used: BTreeSet::new(),
            used_shares: BTreeSet::new(),
        }
    }

    /// Goes on by one event; for a message of the specialist's, whether it fits.
    pub fn take(&mut self, event: Event) -> Option<Result<Fit, Unfit>> {
        match event {
            Event::Agreed { version, closing_words } => {
                if version >= self.version {
                    (self.version, self.closing_words) = (version, closing_words);
                }
                self.agreed = true;
            }
            Event::Ended => self.is_over = true,
            // Of two that cross the later version counts, wherever it stands.
            Event::Wishes(wishes) if wishes.version < self.wishes.version => {}
            Event::Wishes(wishes) => self.wishes = wishes,
            Event::Preferences(version) => self.preferences = version,
            Event::Opened(share) => {
                self.opened.insert(share);
            }
            Event::Stopped(share) => {
                self.stopped.insert(share);
            }
            Event::Said { id, by, message, found } => {
                let verdict = match (by, found) {
                    (Role::Participant, _) => Ok(Fit::Shown),
                    (Role::Specialist, Some(found)) => found,
                    (Role::Specialist, None) => self.judge(&message),
                };
                if verdict.is_ok() {
                    self.note(id, by, &message);
                }
                return (by == Role::Specialist).then_some(verdict);
            }
        }
        None
    }

    /// Whether this share is known here. What is said of one that is not waits until it is.
    pub fn knows(&self, about: Option<About>) -> bool {
        !matches!(about, Some(About::Share(share)) if !self.wanted.contains_key(&share))
    }

    /// Whether a message of the specialist's fits what came before it.
    ///
    /// # Errors
    /// The first rule that it does not keep.
    pub fn judge(&self, message: &Message) -> Result<Fit, Unfit> {
        message.check()?;
        if !message.saying.is_specialists() {
            return Err(Unfit::NotYours);
        }
        if matches!(message.saying, Saying::Closing) {
            return match self.is_over && self.closing_words {
                false => Err(Unfit::NotActive),
                true if self.is_stopped(message.about) => Err(Unfit::Nowhere),
                true if self.wishes.forbid(message) => Err(Unfit::OffLimits),
                true => Ok(Fit::Shown),
            };
        }
        if !self.agreed || self.is_over {
            return Err(Unfit::NotActive);
        }
        let wanted = self.judge_about(message)?;
        if self.wishes.forbid(message) {
            return Err(Unfit::OffLimits);
        }
        // A version that is still to come nobody has opened. Where a log was lost, what stood in it is not known.
        if self.preferences > 0 && message.preferences != self.preferences && !planted!(PreferencesUnread) {
            return Err(Unfit::PreferencesChanged);
        }
        let is_heard = !matches!(message.about, Some(About::Share(share)) if !self.heard.contains(&share));
        match &message.saying {
            Saying::LivedExperience { accepted, .. } => {
                self.judge_story(message, *accepted, is_heard, wanted)?;
                return Ok(Fit::Shown);
            }
            Saying::Acknowledgement { .. } | Saying::OpenQuestion | Saying::ResponseToFeedback { .. } => {}
            Saying::Proposal { asked } => {
                let is_asked = self.known.get(asked).is_some_and(|known| known.asks_for_proposal);
                if !is_asked || self.used.contains(asked) {
                    return Err(Unfit::NotAskedFor);
                }
            }
            _ if self.wishes.listen_first && !is_heard && !wanted.includes(GIVES) => return Err(Unfit::ListenFirst),
            _ => {}
        }
        Ok(match &message.saying {
            Saying::Resource { accepted, .. }
                if !self.is_asked_for(*accepted, wanted) || self.is_unwelcome(message) =>
            {
                Fit::Withheld
            }
            _ => Fit::Shown,
        })
    }

    /// Whether this is about something that is shown no more.
    fn is_stopped(&self, about: Option<About>) -> bool {
        matches!(about, Some(About::Share(share)) if self.stopped.contains(&share)) && !planted!(StopUnheard)
    }

    /// What a message is about: there, opened, and answered like this; and what is wanted with it.
    fn judge_about(&self, message: &Message) -> Result<SupportWanted, Unfit> {
        match (&message.saying, message.about) {
            (Saying::ResponseToFeedback { .. }, Some(About::Message(id))) => {
                let is_feedback = self.known.get(&id).is_some_and(|known| known.is_feedback);
                if is_feedback {
                    Ok(SupportWanted::default())
                } else {
                    Err(Unfit::Nowhere)
                }
            }
            (Saying::ResponseToFeedback { .. } | Saying::Acknowledgement { .. }, None)
            | (Saying::ResponseToFeedback { .. }, Some(About::Share(_))) => Err(Unfit::Nowhere),
            (_, Some(About::Share(share))) => {
                let wanted = self.wanted.get(&share).ok_or(Unfit::Nowhere)?;
                if self.is_stopped(message.about) {
                    return Err(Unfit::Nowhere);
                }
                if self.opened.contains(&share) {
                    Ok(*wanted)
                } else {
                    Err(Unfit::OpenFirst)
                }
            }
            (_, Some(About::Message(id))) => match self.known.get(&id) {
                Some(known) => Ok(known.asks.unwrap_or_default()),
                None => Err(Unfit::Nowhere),
            },
            (_, Some(About::Meeting(_) | About::Days(_))) => Err(Unfit::Nowhere),
            (_, None) => Ok(SupportWanted::default()),
        }
    }

    fn judge_story(
        &self,
        message: &Message,
        accepted: Option<MessageId>,
        is_heard: bool,
        wanted: SupportWanted,
    ) -> Result<(), Unfit> {
        if self.wishes.lived_experience == LivedExperience::Never {
            return Err(Unfit::NotWelcome);
        }
        if longer(&message.texts().concat(), usize::from(self.wishes.lived_experience_max)) {
            return Err(Unfit::TooLong);
        }
        let directs = || message.texts().into_iter().any(self.directs) && !planted!(DirectsUnread);
        if self.wishes.no_directing && directs() {
            return Err(Unfit::Directs);
        }
        let is_known = |id: &MessageId| {
            let known = self.known.get(id);
            known.is_some_and(|known| known.asks.is_some() || known.is_offer == Some(Offered::LivedExperience))
        };
        if accepted.is_some_and(|id| !is_known(&id)) {
            return Err(Unfit::AskFirst);
        }
        let is_request = |id: &MessageId| {
            let known = self.known.get(id);
            known.is_some_and(|known| known.asks.is_some_and(|asks| asks.includes(SupportWanted::THEIR_STORY)))
        };
        let is_unused = |id: &MessageId| !self.used.contains(id);
        let by_request = accepted.is_some_and(|id| is_request(&id) && is_unused(&id));
        let by_share = matches!(message.about, Some(About::Share(share)) if !self.used_shares.contains(&share))
            && wanted.includes(SupportWanted::THEIR_STORY);
        if by_request || by_share {
            return Ok(());
        }
        // Never first, and never about nothing.
        if !is_heard || (message.about.is_none() && accepted.is_none()) {
            return Err(Unfit::ListenFirst);
        }
        let is_taken_up = |id: MessageId| {
            let is_offer = self.known.get(&id).and_then(|known| known.is_offer) == Some(Offered::LivedExperience);
            is_offer && self.taken_up.contains(&id) && is_unused(&id)
        };
        let may_tell = self.wishes.lived_experience == LivedExperience::Welcome || accepted.is_some_and(is_taken_up);
        if may_tell { Ok(()) } else { Err(Unfit::AskFirst) }
    }

    /// Whether something that may be of use was asked for.
    fn is_asked_for(&self, accepted: Option<MessageId>, wanted: SupportWanted) -> bool {
        let by_message = accepted.is_some_and(|id| {
            let Some(known) = self.known.get(&id) else { return false };
            let is_request = known.asks.is_some_and(|asks| asks.includes(GIVES));
            let is_offer = known.is_offer == Some(Offered::Resource);
            is_request || (is_offer && self.taken_up.contains(&id))
        });
        wanted.includes(GIVES) || by_message
    }

    fn is_unwelcome(&self, message: &Message) -> bool {
        message
            .topics
            .iter()
            .any(|topic| self.unwelcome.contains(&folded(topic)))
    }

    fn note(&mut self, id: MessageId, by: Role, message: &Message) {
        if let (true, Some(About::Share(share))) = (by == Role::Specialist, message.about) {
            match &message.saying {
                Saying::Acknowledgement { .. } | Saying::OpenQuestion => {
                    self.heard.insert(share);
                }
                Saying::LivedExperience { .. } => {
                    self.used_shares.insert(share);
                }
                _ => {}
            }
        }
        match (&message.saying, message.about) {
            (Saying::Yes, Some(About::Message(of))) => {
                self.taken_up.insert(of);
            }
            (Saying::NotNow, Some(About::Message(of))) => {
                self.taken_up.remove(&of);
            }
            _ => {}
        }
        if let Saying::LivedExperience { accepted: Some(of), .. } | Saying::Proposal { asked: of } = &message.saying {
            self.used.insert(*of);
        }
        if matches!(message.saying, Saying::Closing) {
            self.closing_words = false; // One.
        }
        let known = Known {
            by,
            is_offer: match &message.saying {
                Saying::Offer(of) => Some(*of),
                Saying::Resource { .. } => Some(Offered::Resource),
                _ => None,
            },
            asks: match &message.saying {
                Saying::Ask(wanted) => Some(*wanted),
                _ => None,
            },
            is_feedback: matches!(message.saying, Saying::Feedback { .. }),
            asks_for_proposal: matches!(message.saying, Saying::AskForProposal),
        };
        self.known.insert(id, known);
    }

    /// Whether a participant's message is about something it can be about.
    ///
    /// # Errors
    /// [`Unfit::NotYours`], [`Unfit::Nowhere`], [`Unfit::NotActive`] and what [`Message::check`] finds.
    pub fn judge_participants(&self, message: &Message) -> Result<(), Unfit> {
        message.check()?;
        if message.saying.is_specialists() {
            return Err(Unfit::NotYours);
        }
        if self.is_over || !self.agreed {
            return Err(Unfit::NotActive);
        }
        let of = match message.about {
            Some(About::Message(id)) => Some(self.known.get(&id).ok_or(Unfit::Nowhere)?),
            Some(About::Share(share)) if !self.wanted.contains_key(&share) => return Err(Unfit::Nowhere),
            _ => None,
        };
        let fits = match &message.saying {
            Saying::Yes | Saying::NotNow => of.is_some_and(|of| of.is_offer.is_some()),
            Saying::Correction => of.is_some_and(|of| of.by == Role::Specialist),
            Saying::Feedback { .. } => true,
            _ => !matches!(message.about, Some(About::Meeting(_) | About::Days(_))),
        };
        if fits { Ok(()) } else { Err(Unfit::Nowhere) }
    }
}

/// Where one of these is wanted, something may be given.
const GIVES: SupportWanted = SupportWanted::IDEAS.and(SupportWanted::PRACTICAL_HELP);

fn folded(topic: &str) -> String {
    topic.trim().to_lowercase()
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
