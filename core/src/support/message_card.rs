//! Messages as they are listed.

use super::{About, FeedbackResponse, Message, Role, Saying};
use crate::clock::Timestamp;
use crate::id::MessageId;
use std::collections::BTreeMap;
use std::fmt;

/// How it stands with a message on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageState {
    /// One's own, and still here.
    Waiting,
    /// One's own, and in the log. Whether it was read nobody is told.
    Sent,
    /// A specialist's own: the shown preferences have changed since it was written, and it has not left. Written again after a look at them, it goes.
    Returned,
    /// The other's.
    Arrived,
    /// The other's, an offer: what it holds waits for a yes.
    Withheld,
    /// The other's: it did not fit what was agreed, and is not shown.
    Unfit,
}

/// What a message is about, as far as it is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted {
    /// What.
    pub about: About,
    /// Whether it is still shown. What is not is not quoted either.
    pub is_here: bool,
}

/// One message, as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageCard {
    /// Its name.
    pub id: MessageId,
    /// By whom.
    pub by: Role,
    /// How it stands.
    pub state: MessageState,
    /// What it says; none where it is withheld or did not fit.
    pub message: Option<Message>,
    /// What it is about.
    pub quoted: Option<Quoted>,
    /// When it is shown here, or was said here.
    pub at: Timestamp,
    /// Whether it is shown folded, below the participant's own words: what a specialist tells of their own experience.
    pub is_collapsed: bool,
    /// What the participant has said it was not meant like, to be shown with it.
    pub corrections: Vec<String>,
    /// Whether there is a response to it; none for what is no feedback.
    pub response: Option<FeedbackResponse>,
}

/// Which feedback has a response: the first one to each.
#[derive(Debug, Default)]
pub struct Responses(BTreeMap<MessageId, MessageId>);

impl Responses {
    /// Takes note of a message, where it is a response. Those are given in the order in which they were said.
    pub fn add(&mut self, id: MessageId, message: &Message) {
        if let (Saying::ResponseToFeedback { .. }, Some(About::Message(of))) = (&message.saying, message.about) {
            self.0.entry(of).or_insert(id);
        }
    }

    /// How it stands with a message; none where it is no feedback.
    pub fn to(&self, id: MessageId, message: &Message) -> Option<FeedbackResponse> {
        let given = self.0.get(&id).copied();
        let response = given.map_or(FeedbackResponse::NotYet, FeedbackResponse::Given);
        matches!(message.saying, Saying::Feedback { .. }).then_some(response)
    }
}

/// Shows no words.
impl fmt::Debug for MessageCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageCard")
            .field("id", &self.id)
            .field("by", &self.by)
            .field("state", &self.state)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
