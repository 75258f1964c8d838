//! What two people say to each other: a closed set of kinds, and nothing beside them.
//!
//! A specialist acknowledges, asks an open question, offers before they give, tells of their own experience where they may, settles practical things,
//! responds to feedback, proposes words for the participant's preferences where they asked for that, and says one thing at the end where both agreed that they may. There is no kind for
//! advice, for a plan, for a reaction or for anything urgent. A participant says whatever they like, asks, corrects what was not meant so, and answers an offer with yes, not now, or
//! not at all.
//!
//! Whether a message of a specialist fits what the two have agreed on, [`super::Conversation`] says, on both sides by the same rules.

use super::{About, Unfit};
use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::limits;
use crate::profile::longer;
use std::fmt;

/// What of support is wanted: bits. Nothing chosen is the same as [`Self::LISTENING`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SupportWanted(u8);

impl SupportWanted {
    /// To be listened to.
    pub const LISTENING: Self = Self(1);
    /// Ideas.
    pub const IDEAS: Self = Self(2);
    /// Company.
    pub const COMPANY: Self = Self(4);
    /// Practical help.
    pub const PRACTICAL_HELP: Self = Self(8);
    /// Questions.
    pub const QUESTIONS: Self = Self(16);
    /// Only to be read.
    pub const JUST_READING: Self = Self(32);
    /// To hear how something similar went for the specialist.
    pub const THEIR_STORY: Self = Self(64);

    /// Each with its word in the data and on the command line, in their order.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::LISTENING, "listening"),
        (Self::IDEAS, "ideas"),
        (Self::COMPANY, "company"),
        (Self::PRACTICAL_HELP, "practical_help"),
        (Self::QUESTIONS, "questions"),
        (Self::JUST_READING, "just_reading"),
        (Self::THEIR_STORY, "their_story"),
    ];

    /// The bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// What these bits say; none for a bit that this version does not know, and for no bit at all.
    pub fn from_bits(bits: u64) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| (1..128).contains(bits)).map(Self)
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The words for what is wanted, in their order.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        let wanted = Self::ALL.into_iter().filter(move |(one, _)| self.includes(*one));
        wanted.map(|(_, code)| code)
    }

    /// Whether one of `any` is wanted.
    pub const fn includes(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

impl Default for SupportWanted {
    fn default() -> Self {
        Self::LISTENING
    }
}

/// What a specialist offers before they give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Offered {
    /// To tell how something similar went for them.
    LivedExperience,
    /// Something that may be of use.
    Resource,
}

/// Something that may be of use.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Resource {
    /// What it is called.
    pub title: String,
    /// What it is.
    pub what_it_is: String,
    /// Where it is found; may be empty.
    pub link: String,
    /// What it costs; may be empty.
    pub cost: String,
    /// Why it is offered.
    pub why: String,
}

/// How far somebody felt heard. Words, never numbers: nothing is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FeltHeard {
    /// Not at all.
    NotAtAll = 0,
    /// A little.
    ALittle = 1,
    /// Mostly.
    Mostly = 2,
    /// Fully.
    Fully = 3,
    /// Not sure.
    NotSure = 4,
    /// Not said.
    Unsaid = 5,
}

/// How far somebody felt pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FeltPushed {
    /// Not at all.
    NotAtAll = 0,
    /// A little.
    ALittle = 1,
    /// Quite a bit.
    QuiteABit = 2,
    /// A lot.
    ALot = 3,
    /// Not sure.
    NotSure = 4,
    /// Not said.
    Unsaid = 5,
}

impl FeltHeard {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::NotAtAll, "not_at_all"),
        (Self::ALittle, "a_little"),
        (Self::Mostly, "mostly"),
        (Self::Fully, "fully"),
        (Self::NotSure, "not_sure"),
        (Self::Unsaid, "unsaid"),
    ];

    /// The one with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(one, _)| *one as u64 == number);
        found.map(|(one, _)| one)
    }
}

impl FeltPushed {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::NotAtAll, "not_at_all"),
        (Self::ALittle, "a_little"),
        (Self::QuiteABit, "quite_a_bit"),
        (Self::ALot, "a_lot"),
        (Self::NotSure, "not_sure"),
        (Self::Unsaid, "unsaid"),
    ];

    /// The one with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(one, _)| *one as u64 == number);
        found.map(|(one, _)| one)
    }
}

/// What kind of message it is, and what only that kind holds. The first nine are a specialist's, the others a participant's.
#[derive(Clone, PartialEq, Eq)]
pub enum Saying {
    /// That something was read and heard.
    Acknowledgement {
        /// A strength that was noticed; may be empty.
        strength: String,
    },
    /// An open question. It may stay without an answer for good.
    OpenQuestion,
    /// An offer: asked before it is given.
    Offer(Offered),
    /// Something that may be of use.
    Resource {
        /// What it is.
        resource: Resource,
        /// The offer that was taken up, or the request, if there is one.
        accepted: Option<MessageId>,
    },
    /// How something similar went for the specialist, who has asked themselves first whom it is for.
    LivedExperience {
        /// The offer that was taken up, or the request, if there is one.
        accepted: Option<MessageId>,
        /// A question back; may be empty.
        ask_back: String,
    },
    /// A time, a place, how to reach each other.
    Practical,
    /// A response to feedback.
    ResponseToFeedback {
        /// What the specialist does differently from now on; may be empty.
        differently: String,
    },
    /// The one thing that may be said after the end.
    Closing,
    /// Words for the participant's preferences. They change nothing by themselves: what the participant keeps of them is theirs to say, and nobody is told.
    Proposal {
        /// What the participant has said when they asked for it.
        asked: MessageId,
    },
    /// Whatever a participant wants to say.
    Words,
    /// What a participant asks for.
    Ask(SupportWanted),
    /// That the specialist is asked to propose words for the participant's preferences, once.
    AskForProposal,
    /// That something was not meant so. It stands with what it corrects, for good.
    Correction,
    /// Yes to an offer.
    Yes,
    /// Not now.
    NotNow,
    /// How it was.
    Feedback {
        /// How far the participant felt heard.
        heard: FeltHeard,
        /// How far they felt pushed.
        pushed: FeltPushed,
    },
}

impl Saying {
    /// Whether only a specialist says this.
    pub const fn is_specialists(&self) -> bool {
        matches!(
            self,
            Self::Acknowledgement { .. }
                | Self::OpenQuestion
                | Self::Offer(_)
                | Self::Resource { .. }
                | Self::LivedExperience { .. }
                | Self::Practical
                | Self::ResponseToFeedback { .. }
                | Self::Closing
                | Self::Proposal { .. }
        )
    }

    /// Its word in the data and on the command line.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Acknowledgement { .. } => "acknowledgement",
            Self::OpenQuestion => "open_question",
            Self::Offer(Offered::LivedExperience) => "offer_lived_experience",
            Self::Offer(Offered::Resource) => "offer_resource",
            Self::Resource { .. } => "resource",
            Self::LivedExperience { .. } => "lived_experience",
            Self::Practical => "practical",
            Self::ResponseToFeedback { .. } => "response_to_feedback",
            Self::Closing => "closing",
            Self::Proposal { .. } => "proposal",
            Self::Words => "words",
            Self::Ask(_) => "ask",
            Self::AskForProposal => "ask_for_proposal",
            Self::Correction => "correction",
            Self::Yes => "yes",
            Self::NotNow => "not_now",
            Self::Feedback { .. } => "feedback",
        }
    }

    /// Whether it says something without any words.
    const fn may_be_silent(&self) -> bool {
        matches!(
            self,
            Self::Ask(_)
                | Self::AskForProposal
                | Self::Yes
                | Self::NotNow
                | Self::Feedback { .. }
                | Self::Resource { .. }
        )
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its kind.
    pub saying: Saying,
    /// The words.
    pub body: String,
    /// What it is about.
    pub about: Option<About>,
    /// The version of the shown preferences that its author had opened; 0 for none.
    pub preferences: u64,
    /// What it touches, in its author's words.
    pub topics: Vec<String>,
    /// When it was said, by its author's clock.
    pub sent: Timestamp,
}

impl Message {
    /// Every text in it: the words first, then those that only its kind has.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.body.as_str()];
        match &self.saying {
            Saying::Acknowledgement { strength: text }
            | Saying::LivedExperience { ask_back: text, .. }
            | Saying::ResponseToFeedback { differently: text } => texts.push(text),
            Saying::Resource { resource, .. } => {
                let Resource {
                    title,
                    what_it_is,
                    link,
                    cost,
                    why,
                } = resource;
                texts.extend([title, what_it_is, link, cost, why].map(String::as_str));
            }
            _ => {}
        }
        texts
    }

    /// Checks what every message is held against, whoever says it.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self) -> Result<(), Unfit> {
        let most = match self.saying {
            Saying::LivedExperience { .. } => limits::LIVED_EXPERIENCE_CHARACTERS_MAX,
            _ => limits::MESSAGE_CHARACTERS_MAX,
        };
        let part_most = match self.saying {
            Saying::Acknowledgement { .. } => limits::STRENGTH_CHARACTERS_MAX,
            Saying::Resource { .. } => limits::RESOURCE_CHARACTERS_MAX,
            _ => limits::MESSAGE_CHARACTERS_MAX,
        };
        let is_part_long = self.texts().into_iter().skip(1).any(|text| longer(text, part_most));
        let are_topics_long = self.topics.len() > limits::TOPICS_MAX
            || self
                .topics
                .iter()
                .any(|topic| longer(topic, limits::TOPIC_CHARACTERS_MAX));
        if longer(&self.body, most) || is_part_long || are_topics_long {
            return Err(Unfit::TooLong);
        }
        let has_title = match &self.saying {
            Saying::Resource { resource, .. } => !resource.title.trim().is_empty(),
            _ => true,
        };
        if !has_title || (self.body.trim().is_empty() && !self.saying.may_be_silent()) {
            return Err(Unfit::Silent);
        }
        Ok(())
    }
}

/// Show no words.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.saying.code())
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resource(…)")
    }
}
