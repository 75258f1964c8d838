//! Values of what two people say to each other.

use crate::moments::rfc3339;
use cairn_core::support::{
    About, FeedbackResponse, FeltHeard, FeltPushed, KeptFeedback, LivedExperience, MessageCard, MessageState, Resource,
    Role, Saying, Wishes,
};
use serde::Serialize;

/// One message.
#[derive(Debug, Serialize)]
pub(crate) struct MessageValue {
    id: String,
    /// `participant`, `specialist`.
    by: &'static str,
    /// `waiting`, `sent`, `returned`, `arrived`, `withheld`, `unfit`.
    state: &'static str,
    at: String,
    /// Nothing where it is withheld, or did not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    /// Whether what it is about is still shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    about_is_here: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topics: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    strength: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceValue>,
    #[serde(skip_serializing_if = "String::is_empty")]
    ask_back: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    differently: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wanted: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pushed: Option<&'static str>,
    /// Feedback: `not_yet`, or the message that responds to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    collapsed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corrections: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ResourceValue {
    title: String,
    what_it_is: String,
    link: String,
    cost: String,
    why: String,
}

impl From<&MessageCard> for MessageValue {
    fn from(card: &MessageCard) -> Self {
        let mut value = Self {
            id: card.id.to_string(),
            by: match card.by {
                Role::Participant => "participant",
                Role::Specialist => "specialist",
            },
            state: match card.state {
                MessageState::Waiting => "waiting",
                MessageState::Sent => "sent",
                MessageState::Returned => "returned",
                MessageState::Arrived => "arrived",
                MessageState::Withheld => "withheld",
                MessageState::Unfit => "unfit",
            },
            at: rfc3339(card.at),
            kind: None,
            text: String::new(),
            about: None,
            about_is_here: card.quoted.map(|quoted| quoted.is_here),
            topics: Vec::new(),
            strength: String::new(),
            resource: None,
            ask_back: String::new(),
            differently: String::new(),
            wanted: Vec::new(),
            heard: None,
            pushed: None,
            response: card.response.map(|response| match response {
                FeedbackResponse::NotYet => "not_yet".to_owned(),
                FeedbackResponse::Given(id) => id.to_string(),
            }),
            collapsed: card.is_collapsed,
            corrections: card.corrections.clone(),
        };
        let Some(message) = &card.message else { return value };
        value.kind = Some(message.saying.code());
        value.text.clone_from(&message.body);
        value.topics.clone_from(&message.topics);
        value.about = message.about.map(about);
        match &message.saying {
            Saying::Acknowledgement { strength } => value.strength.clone_from(strength),
            Saying::Resource { resource, .. } => {
                let Resource {
                    title,
                    what_it_is,
                    link,
                    cost,
                    why,
                } = resource.clone();
                value.resource = Some(ResourceValue {
                    title,
                    what_it_is,
                    link,
                    cost,
                    why,
                });
            }
            Saying::LivedExperience { ask_back, .. } => value.ask_back.clone_from(ask_back),
            Saying::ResponseToFeedback { differently } => value.differently.clone_from(differently),
            Saying::Ask(asked) => value.wanted = asked.codes().collect(),
            Saying::Feedback { heard, pushed } => {
                (value.heard, value.pushed) = (Some(heard_code(*heard)), Some(pushed_code(*pushed)));
            }
            _ => {}
        }
        value
    }
}

/// An id, or days as an interval of ISO 8601.
fn about(about: About) -> String {
    match about {
        About::Share(id) => id.to_string(),
        About::Message(id) => id.to_string(),
        About::Meeting(id) => id.to_string(),
        About::Days(days) => format!("{}/{}", days.first(), days.last()),
    }
}

fn heard_code(heard: FeltHeard) -> &'static str {
    let found = FeltHeard::ALL.into_iter().find(|(one, _)| *one == heard);
    found.map_or("unsaid", |(_, code)| code)
}

fn pushed_code(pushed: FeltPushed) -> &'static str {
    let found = FeltPushed::ALL.into_iter().find(|(one, _)| *one == pushed);
    found.map_or("unsaid", |(_, code)| code)
}

/// What is wished of messages.
#[derive(Debug, Serialize)]
pub(crate) struct WishesValue {
    /// `never`, `ask_first`, `welcome`.
    lived_experience: &'static str,
    /// In characters.
    lived_experience_max: u16,
    off_limits: Vec<String>,
    when_quiet: String,
    listen_first: bool,
    no_directing: bool,
}

impl From<&Wishes> for WishesValue {
    fn from(wishes: &Wishes) -> Self {
        let lived = LivedExperience::ALL.into_iter();
        let mut lived = lived.filter(|(one, _)| *one == wishes.lived_experience);
        Self {
            lived_experience: lived.next().map_or("ask_first", |(_, code)| code),
            lived_experience_max: wishes.lived_experience_max,
            off_limits: wishes.off_limits.clone(),
            when_quiet: wishes.when_quiet.clone(),
            listen_first: wishes.listen_first,
            no_directing: wishes.no_directing,
        }
    }
}

/// When messages are taken.
#[derive(Debug, Serialize)]
pub(crate) struct HoursValue {
    /// Each like `mon,tue 10:00-16:00`; none is any time.
    pub(crate) windows: Vec<String>,
    /// How many on one day at most.
    pub(crate) daily: Option<u16>,
}

/// Feedback that is kept.
#[derive(Debug, Serialize)]
pub(crate) struct FeedbackValue {
    id: String,
    at: String,
    pub(crate) heard: &'static str,
    pub(crate) pushed: &'static str,
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    /// The message by which it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
}

impl From<&KeptFeedback> for FeedbackValue {
    fn from(kept: &KeptFeedback) -> Self {
        Self {
            id: kept.id.to_string(),
            at: rfc3339(kept.at),
            heard: heard_code(kept.feedback.heard),
            pushed: pushed_code(kept.feedback.pushed),
            words: kept.feedback.words.clone(),
            about: kept.feedback.about.map(about),
            sent: kept.sent.map(|id| id.to_string()),
        }
    }
}
