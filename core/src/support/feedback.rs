//! Feedback of a participant, as it is kept before it is sent, and where it never is: theirs alone.
//!
//! Kept in their own side of the relationship, under `feedback/<id>/`: `at` number, ms; `heard`, `pushed` number; `words` text, where there are any;
//! `message`, `share`, `meeting` bytes 16, where it is about one of those; `first`, `last` number, days since 1970-01-01, where it is about some days; `sent` bytes 16, the
//! message that carried it.

use super::{About, Days, FeltHeard, FeltPushed};
use crate::clock::Timestamp;
use crate::id::{MeetingId, MessageId, ShareId, ThingId};
use crate::moment::{date_of_day, day_of_date};
use crate::profile::{Changes, Field, Fields};
use std::fmt;

/// How something was, in the participant's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Feedback {
    /// What it is about: a message, something that is shared, a meeting, some days; none for the whole of it.
    pub about: Option<About>,
    /// How far they felt heard.
    pub heard: FeltHeard,
    /// How far they felt pushed.
    pub pushed: FeltPushed,
    /// Their words; may be empty.
    pub words: String,
}

/// Whether feedback that was sent has a response. Both of the two are told the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedbackResponse {
    /// The specialist has not responded yet.
    NotYet,
    /// They have, with this message.
    Given(MessageId),
}

/// Feedback that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptFeedback {
    /// Its name.
    pub id: ThingId,
    /// When it was kept.
    pub at: Timestamp,
    /// What it says.
    pub feedback: Feedback,
    /// The message by which it was sent; none while it is the participant's alone.
    pub sent: Option<MessageId>,
}

/// Show no words.
impl fmt::Debug for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Feedback(…)")
    }
}

impl fmt::Debug for KeptFeedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptFeedback")
            .field("id", &self.id)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

impl KeptFeedback {
    /// All feedback of a relationship, the last kept last.
    pub fn all(fields: &Fields) -> Vec<Self> {
        let ids = fields
            .keys()
            .filter_map(|name| name.strip_prefix("feedback/")?.strip_suffix("/at")?.parse().ok());
        let mut all: Vec<Self> = ids.filter_map(|id| Self::from_fields(fields, id)).collect();
        all.sort_by_key(|one| (one.at, one.id));
        all
    }

    /// One, if it is there.
    pub fn from_fields(fields: &Fields, id: ThingId) -> Option<Self> {
        let part = |part: &str| fields.get(&named(id, part));
        let number = |name: &str| u64::try_from(part(name)?.number()?).ok();
        let bytes = |name: &str| part(name)?.array();
        let day = |name: &str| date_of_day(part(name)?.number()?);
        let about = || {
            let message = || Some(About::Message(MessageId::from_bytes(bytes("message")?)));
            let share = || Some(About::Share(ShareId::from_bytes(bytes("share")?)));
            let meeting = || Some(About::Meeting(MeetingId::from_bytes(bytes("meeting")?)));
            let days = || Some(About::Days(Days::new(day("first")?, day("last")?)?));
            message().or_else(share).or_else(meeting).or_else(days)
        };
        Some(Self {
            id,
            at: Timestamp(part("at")?.number()?),
            feedback: Feedback {
                about: about(),
                heard: FeltHeard::from_number(number("heard")?)?,
                pushed: FeltPushed::from_number(number("pushed")?)?,
                words: part("words").and_then(Field::text).unwrap_or_default().to_owned(),
            },
            sent: bytes("sent").map(MessageId::from_bytes),
        })
    }

    /// The changes that keep it.
    pub fn changes(&self) -> Changes {
        let Feedback {
            about,
            heard,
            pushed,
            words,
        } = &self.feedback;
        let bytes = |id: &[u8; 16]| Some(Field::Bytes(id.to_vec()));
        let day = |day| Some(Field::Number(day_of_date(day)));
        let mut changes = Changes::from([
            (named(self.id, "at"), Some(Field::Number(self.at.0))),
            (named(self.id, "heard"), Some(Field::Number(*heard as i64))),
            (named(self.id, "pushed"), Some(Field::Number(*pushed as i64))),
        ]);
        if !words.is_empty() {
            changes.insert(named(self.id, "words"), Some(Field::Text(words.clone())));
        }
        let about = match about {
            None => Vec::new(),
            Some(About::Message(id)) => vec![("message", bytes(id.as_bytes()))],
            Some(About::Share(id)) => vec![("share", bytes(id.as_bytes()))],
            Some(About::Meeting(id)) => vec![("meeting", bytes(id.as_bytes()))],
            Some(About::Days(days)) => vec![("first", day(days.first())), ("last", day(days.last()))],
        };
        changes.extend(about.into_iter().map(|(part, value)| (named(self.id, part), value)));
        if let Some(sent) = &self.sent {
            changes.insert(named(self.id, "sent"), bytes(sent.as_bytes()));
        }
        changes
    }

    /// The changes by which what a message carried is the participant's alone again: it was taken back before it left.
    pub fn unsent(fields: &Fields, message: MessageId) -> Changes {
        let is_of = |value: &Field| value.bytes() == Some(message.as_bytes());
        let sent = fields
            .iter()
            .filter(|(name, value)| name.starts_with("feedback/") && name.ends_with("/sent") && is_of(value));
        sent.map(|(name, _)| (name.clone(), None)).collect()
    }

    /// The changes that take it away.
    pub fn removed(fields: &Fields, id: ThingId) -> Changes {
        let prefix = named(id, "");
        let names = fields.keys().filter(|name| name.starts_with(&prefix));
        names.map(|name| (name.clone(), None)).collect()
    }
}

fn named(id: ThingId, part: &str) -> String {
    format!("feedback/{id}/{part}")
}
