//! What a message, or feedback, is about.

use cairn_core::support as core;
use uuid::Uuid;

use crate::VaultError;
use crate::finding::core_date;
use crate::ids::{meeting_id, message_id, share_id};

/// What a message is about. Only feedback is about a meeting, or about some days.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum About {
    /// Something shared.
    Share {
        /// Its id.
        id: Uuid,
    },
    /// Another message.
    Said {
        /// Its id.
        id: Uuid,
    },
    /// A meeting that has a page, or had one.
    Meeting {
        /// Its id.
        id: Uuid,
    },
    /// Some days, by the participant's calendar.
    Days {
        /// The first, `YYYY-MM-DD`.
        first: String,
        /// The last; the first again for one day.
        last: String,
    },
}

impl TryFrom<About> for core::About {
    type Error = VaultError;

    fn try_from(about: About) -> Result<Self, VaultError> {
        Ok(match about {
            About::Share { id } => Self::Share(share_id(id)),
            About::Said { id } => Self::Message(message_id(id)),
            About::Meeting { id } => Self::Meeting(meeting_id(id)),
            About::Days { first, last } => {
                let days = core::Days::new(core_date(&first)?, core_date(&last)?);
                Self::Days(days.ok_or_else(|| VaultError::invalid("the last day is not before the first"))?)
            }
        })
    }
}

impl From<core::About> for About {
    fn from(about: core::About) -> Self {
        match about {
            core::About::Share(id) => Self::Share {
                id: Uuid::from_bytes(*id.as_bytes()),
            },
            core::About::Message(id) => Self::Said {
                id: Uuid::from_bytes(*id.as_bytes()),
            },
            core::About::Meeting(id) => Self::Meeting {
                id: Uuid::from_bytes(*id.as_bytes()),
            },
            core::About::Days(days) => Self::Days {
                first: days.first().to_string(),
                last: days.last().to_string(),
            },
        }
    }
}
