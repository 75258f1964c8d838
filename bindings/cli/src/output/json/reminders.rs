//! The JSON of reminders.

use crate::moments;
use cairn_core::profile::Reminder;
use cairn_core::vault::Upcoming;
use serde::Serialize;

/// A reminder.
#[derive(Debug, Serialize)]
pub(crate) struct ReminderValue {
    id: String,
    /// `HH:MM` on the wall.
    time: String,
    /// `mon`, `tue`, …
    days: Vec<String>,
    text: String,
    /// Whether a lock screen may show the words.
    is_shown: bool,
    /// The id of the question it opens.
    prompt: Option<String>,
    /// Whether it rings on this device.
    is_here: bool,
}

/// A reminder that is going to ring on this device.
#[derive(Debug, Serialize)]
pub(crate) struct UpcomingValue {
    reminder: String,
    at: String,
    /// What its notification says.
    words: String,
    prompt: Option<String>,
}

impl From<&Reminder> for ReminderValue {
    fn from(reminder: &Reminder) -> Self {
        Self {
            id: reminder.id.to_string(),
            time: reminder.time.format("%H:%M").to_string(),
            days: reminder.days.days().map(|day| day.to_string().to_lowercase()).collect(),
            text: reminder.text.clone(),
            is_shown: reminder.is_shown,
            prompt: reminder.prompt.clone(),
            is_here: reminder.is_here,
        }
    }
}

impl From<&Upcoming> for UpcomingValue {
    fn from(upcoming: &Upcoming) -> Self {
        Self {
            reminder: upcoming.reminder.to_string(),
            at: moments::rfc3339(upcoming.at),
            words: upcoming.words.clone(),
            prompt: upcoming.prompt.clone(),
        }
    }
}
