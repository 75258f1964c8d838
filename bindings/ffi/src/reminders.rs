//! Times at which a person wishes to be reminded.

use cairn_core::id::ReminderId;
use cairn_core::profile as core;
use cairn_core::vault::Upcoming;
use chrono::NaiveTime;
use uuid::Uuid;

use crate::{Profile, Timestamp, VaultError, instant, silent_debug};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// A reminder. There is none until the person writes one, and it rings on no device that they did not choose.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Reminder {
    /// Its id; nothing for a new one.
    #[uniffi(default = None)]
    pub id: Option<Uuid>,
    /// The hour and the minute on the wall, `HH:MM`, wherever the device is.
    pub time: String,
    /// The days on which it rings, at least one.
    pub days: Vec<Weekday>,
    /// The person's words; empty for none.
    #[uniffi(default = "")]
    pub text: String,
    /// Whether a lock screen may show these words.
    #[uniffi(default = false)]
    pub is_shown: bool,
    /// The question it opens, by its name.
    #[uniffi(default = None)]
    pub prompt: Option<String>,
    /// Whether it rings on this device. Each device has its own answer.
    #[uniffi(default = true)]
    pub is_here: bool,
}

/// A reminder that is going to ring on this device.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct UpcomingReminder {
    /// The reminder.
    pub reminder: Uuid,
    /// When.
    pub at: Timestamp,
    /// What its notification says, and all it says: the person's words only where they chose to show them.
    pub words: String,
    /// The question it opens, by its name.
    pub prompt: Option<String>,
}

silent_debug!(Reminder, UpcomingReminder);

#[uniffi::export]
impl Profile {
    /// All reminders, by their time.
    pub async fn reminders(&self) -> Result<Vec<Reminder>, VaultError> {
        Ok(self.0.reminders().await?.into_iter().map(Reminder::from).collect())
    }

    /// Keeps a new reminder; answers its id.
    pub async fn add_reminder(&self, reminder: Reminder) -> Result<Uuid, VaultError> {
        Ok(uuid(self.0.add_reminder(reminder.try_into()?).await?))
    }

    /// Changes a reminder, for all devices; whether it rings, for this one.
    pub async fn set_reminder(&self, reminder: Reminder) -> Result<(), VaultError> {
        Ok(self.0.set_reminder(reminder.try_into()?).await?)
    }

    /// Takes a reminder away, from all devices.
    pub async fn remove_reminder(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.remove_reminder(ReminderId::from_bytes(id.into_bytes())).await?)
    }

    /// The next times at which reminders ring on this device, at most 64. Hand these to the system in place of those before, and ask again
    /// when settings or time zone have changed. What has rung is not kept, and nothing depends on it.
    #[uniffi::method(default(zone = "UTC", count = 64))]
    pub async fn upcoming_reminders(&self, zone: String, count: i32) -> Result<Vec<UpcomingReminder>, VaultError> {
        let count = usize::try_from(count).map_err(|_| VaultError::invalid("a count is not negative"))?;
        let upcoming = self.0.upcoming_reminders(zone, count).await?;
        Ok(upcoming.into_iter().map(UpcomingReminder::from).collect())
    }
}

const fn uuid(id: ReminderId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

impl From<core::Reminder> for Reminder {
    fn from(reminder: core::Reminder) -> Self {
        Self {
            id: Some(uuid(reminder.id)),
            time: reminder.time.format("%H:%M").to_string(),
            days: reminder.days.days().map(Weekday::from).collect(),
            text: reminder.text,
            is_shown: reminder.is_shown,
            prompt: reminder.prompt,
            is_here: reminder.is_here,
        }
    }
}

impl TryFrom<Reminder> for core::Reminder {
    type Error = VaultError;

    fn try_from(reminder: Reminder) -> Result<Self, VaultError> {
        let time = NaiveTime::parse_from_str(&reminder.time, "%H:%M");
        Ok(Self {
            id: ReminderId::from_bytes(reminder.id.unwrap_or_default().into_bytes()),
            time: time.map_err(|_| VaultError::invalid("a time is written like 20:30"))?,
            days: core::Weekdays::of(reminder.days.into_iter().map(chrono::Weekday::from)),
            text: reminder.text,
            is_shown: reminder.is_shown,
            prompt: reminder.prompt,
            is_here: reminder.is_here,
        })
    }
}

impl From<Upcoming> for UpcomingReminder {
    fn from(upcoming: Upcoming) -> Self {
        Self {
            reminder: uuid(upcoming.reminder),
            at: instant(upcoming.at),
            words: upcoming.words,
            prompt: upcoming.prompt,
        }
    }
}

impl From<chrono::Weekday> for Weekday {
    fn from(day: chrono::Weekday) -> Self {
        match day {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}

impl From<Weekday> for chrono::Weekday {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}
