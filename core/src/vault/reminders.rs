//! Reminders: kept with the settings, and told to the app as times with the words that its notification shows.
//!
//! The core rings nothing. An app hands the next times to its system, and asks again when the settings have changed, when the zone has,
//! and now and then. What has rung is nowhere kept, so nobody can ask whether it was followed.

use super::devices::hex;
use super::profile::fields_of;
use super::reply::Reply;
use super::settings::read_prompts;
use super::{Engine, Error, ProfileDoor};
use crate::clock::Timestamp;
use crate::id::ReminderId;
use crate::profile::{self, Reminder};
use crate::record::Kind;
use crate::words::{self_check, status};
use chrono_tz::Tz;

/// A reminder that is going to ring on this device.
#[derive(Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The reminder.
    pub reminder: ReminderId,
    /// When.
    pub at: Timestamp,
    /// What its notification says: nothing of what it is about, unless the participant chose to show their words.
    pub words: String,
    /// The name of the question it opens, if there is one.
    pub prompt: Option<String>,
}

impl std::fmt::Debug for Upcoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upcoming").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Engine {
    fn device(&self) -> String {
        hex(self.identity.actor.as_bytes())
    }

    /// All reminders, by their time.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn reminders(&self) -> Result<Vec<Reminder>, Error> {
        let fields = fields_of(self.store.view(), Kind::Settings)?;
        Ok(profile::reminders(&fields, &self.device()))
    }

    /// Keeps a new reminder; answers its name. The name it was given is not looked at.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a question that is not there, [`Error::Profile`], [`Error::Store`].
    pub fn add_reminder(&mut self, reminder: Reminder) -> Result<ReminderId, Error> {
        let id = ReminderId::random(self.entropy.as_mut());
        self.keep_reminder(&Reminder { id, ..reminder })?;
        Ok(id)
    }

    /// Changes a reminder, for all devices; whether it rings, for this one.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Self::add_reminder`].
    pub fn set_reminder(&mut self, reminder: &Reminder) -> Result<(), Error> {
        let all = self.reminders()?;
        all.iter()
            .find(|known| known.id == reminder.id)
            .ok_or(Error::NotFound)?;
        self.keep_reminder(reminder)
    }

    fn keep_reminder(&mut self, reminder: &Reminder) -> Result<(), Error> {
        if let Some(prompt) = &reminder.prompt {
            let prompts = read_prompts(self.store.view())?;
            let is_known = prompts.iter().any(|known| known.id == *prompt) || self_check::question(prompt).is_some();
            is_known.then_some(()).ok_or(Error::NotFound)?;
        }
        let device = self.device();
        self.change_settings(|fields| profile::set_reminder(fields, &device, reminder))
    }

    /// Takes a reminder away, from all devices.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_reminder(&mut self, id: ReminderId) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::remove_reminder(fields, id)))
    }

    /// The next times at which reminders ring on this device, which is in this zone; at most
    /// [`RINGS_MAX`](crate::limits::RINGS_MAX).
    ///
    /// # Errors
    /// [`Error::Entry`] for a zone that is not known, [`Error::Store`].
    pub fn upcoming(&self, zone: &str, count: usize) -> Result<Vec<Upcoming>, Error> {
        let zone: Tz = zone
            .parse()
            .map_err(|_| Error::Entry(crate::journal::Invalid::Moment))?;
        let reminders = self.reminders()?;
        let rings = profile::rings(&reminders, zone, self.now(), count);
        Ok(rings
            .into_iter()
            .filter_map(|ring| {
                let reminder = reminders.iter().find(|reminder| reminder.id == ring.reminder)?;
                let has_words = reminder.is_shown && !reminder.text.is_empty();
                Some(Upcoming {
                    reminder: ring.reminder,
                    at: ring.at,
                    words: if has_words {
                        &reminder.text
                    } else {
                        status::REMINDER.text
                    }
                    .to_owned(),
                    prompt: reminder.prompt.clone(),
                })
            })
            .collect())
    }
}

impl ProfileDoor {
    /// All reminders, by their time.
    pub fn reminders(&self) -> Reply<Vec<Reminder>> {
        self.0.ask(|engine| engine.reminders())
    }

    /// Keeps a new reminder; its name.
    pub fn add_reminder(&self, reminder: Reminder) -> Reply<ReminderId> {
        self.0.ask(move |engine| engine.add_reminder(reminder))
    }

    /// Changes a reminder, for all devices; whether it rings, for this one.
    pub fn set_reminder(&self, reminder: Reminder) -> Reply<()> {
        self.0.ask(move |engine| engine.set_reminder(&reminder))
    }

    /// Takes a reminder away, from all devices.
    pub fn remove_reminder(&self, id: ReminderId) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_reminder(id))
    }

    /// The next times at which reminders ring on this device, which is in this zone.
    pub fn upcoming_reminders(&self, zone: String, count: usize) -> Reply<Vec<Upcoming>> {
        self.0.ask(move |engine| engine.upcoming(&zone, count))
    }
}
