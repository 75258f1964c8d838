//! Values of how it was to be supported.

use cairn_core::support as core;
use uuid::Uuid;

use crate::{About, Timestamp, VaultError, instant, same, silent_debug};

/// How far a participant felt heard. Show words, and sum nothing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FeltHeard {
    /// Not at all.
    NotAtAll,
    /// A little.
    ALittle,
    /// Mostly.
    Mostly,
    /// Fully.
    Fully,
    /// Not sure.
    NotSure,
    /// Not said.
    Unsaid,
}

/// How far a participant felt pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FeltPushed {
    /// Not at all.
    NotAtAll,
    /// A little.
    ALittle,
    /// Quite a bit.
    QuiteABit,
    /// A lot.
    ALot,
    /// Not sure.
    NotSure,
    /// Not said.
    Unsaid,
}

/// Whether feedback that was sent has a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FeedbackResponse {
    /// Not yet.
    NotYet,
    /// The specialist has responded.
    Given {
        /// The message by which they did.
        id: Uuid,
    },
}

/// How it was, in the participant's words.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Feedback {
    /// How far they felt heard.
    pub heard: FeltHeard,
    /// How far they felt pushed.
    pub pushed: FeltPushed,
    /// Their words, at most 4,000 characters.
    #[uniffi(default = "")]
    pub words: String,
    /// What it is about: a message, something shared, a meeting, some days; nothing for the whole of it.
    #[uniffi(default = None)]
    pub about: Option<About>,
}

/// Feedback that is kept.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeptFeedback {
    /// Its id.
    pub id: Uuid,
    /// When it was kept.
    pub at: Timestamp,
    /// What it says.
    pub feedback: Feedback,
    /// The message by which it was sent; nothing while it is the participant's alone.
    pub sent: Option<Uuid>,
}

silent_debug!(Feedback, KeptFeedback);

same! {
    FeltHeard, core::FeltHeard { NotAtAll, ALittle, Mostly, Fully, NotSure, Unsaid };
    FeltPushed, core::FeltPushed { NotAtAll, ALittle, QuiteABit, ALot, NotSure, Unsaid };
}

impl From<core::FeedbackResponse> for FeedbackResponse {
    fn from(response: core::FeedbackResponse) -> Self {
        match response {
            core::FeedbackResponse::NotYet => Self::NotYet,
            core::FeedbackResponse::Given(id) => Self::Given {
                id: Uuid::from_bytes(*id.as_bytes()),
            },
        }
    }
}

impl TryFrom<Feedback> for core::Feedback {
    type Error = VaultError;

    fn try_from(feedback: Feedback) -> Result<Self, VaultError> {
        Ok(Self {
            about: feedback.about.map(core::About::try_from).transpose()?,
            heard: feedback.heard.into(),
            pushed: feedback.pushed.into(),
            words: feedback.words,
        })
    }
}

impl From<core::KeptFeedback> for KeptFeedback {
    fn from(kept: core::KeptFeedback) -> Self {
        let core::Feedback {
            about,
            heard,
            pushed,
            words,
        } = kept.feedback;
        Self {
            id: Uuid::from_bytes(*kept.id.as_bytes()),
            at: instant(kept.at),
            feedback: Feedback {
                heard: heard.into(),
                pushed: pushed.into(),
                words,
                about: about.map(About::from),
            },
            sent: kept.sent.map(|id| Uuid::from_bytes(*id.as_bytes())),
        }
    }
}
