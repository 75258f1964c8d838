//! What a message is about.

use crate::id::{MeetingId, MessageId, ShareId};
use chrono::NaiveDate;

/// What a message is about. That of a meeting and of days is only how they were: feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Something that is shared.
    Share(ShareId),
    /// Another message.
    Message(MessageId),
    /// A meeting that has a page, or had one.
    Meeting(MeetingId),
    /// Some days.
    Days(Days),
}

impl About {
    /// The message it is about, where it is about one.
    pub const fn message(self) -> Option<MessageId> {
        match self {
            Self::Message(id) => Some(id),
            _ => None,
        }
    }
}

/// Days from one to another, both of them too, by the participant's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days {
    from: NaiveDate,
    until: NaiveDate,
}

impl Days {
    /// These days; none where they end before they begin.
    pub fn new(from: NaiveDate, until: NaiveDate) -> Option<Self> {
        (from <= until).then_some(Self { from, until })
    }

    /// The first.
    pub const fn first(self) -> NaiveDate {
        self.from
    }

    /// The last.
    pub const fn last(self) -> NaiveDate {
        self.until
    }
}
