//! Reminders.

use crate::args::{OnOff, ReminderAbout, ReminderCommand};
use crate::failure::Failure;
use crate::find::{self, Beginning};
use crate::moments;
use crate::output::Output;
use crate::output::json::{ReminderValue, UpcomingValue};
use cairn_core::id::ReminderId;
use cairn_core::profile::{Reminder, Weekdays};
use cairn_core::vault::Vault;
use std::collections::BTreeMap;

pub(super) fn run(vault: &Vault, command: Option<ReminderCommand>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let all = door.reminders().wait()?;
    let find = |text: &str| -> Result<Reminder, Failure> {
        let unknown = || Failure::not_found("Nothing was changed: there is no reminder with this id.");
        let beginning = Beginning::parse(text).ok_or_else(unknown)?;
        let id = find::only(&beginning, all.iter().map(|reminder| reminder.id), "reminder")?;
        all.iter()
            .find(|reminder| reminder.id == id)
            .cloned()
            .ok_or_else(unknown)
    };
    let id = match command {
        None => return list(&all, out),
        Some(ReminderCommand::Next { count }) => return next(vault, count, out),
        Some(ReminderCommand::Add { time, about }) => {
            let reminder = Reminder {
                id: ReminderId::from_bytes([0; 16]),
                time,
                days: Weekdays::ALL,
                text: String::new(),
                is_shown: false,
                prompt: None,
                is_here: true,
            };
            door.add_reminder(with(reminder, about)).wait()?
        }
        Some(ReminderCommand::Change { id, time, about, here }) => {
            let mut reminder = with(find(&id)?, about);
            reminder.time = time.unwrap_or(reminder.time);
            reminder.is_here = here.map_or(reminder.is_here, OnOff::is_on);
            let id = reminder.id;
            door.set_reminder(reminder).wait()?;
            id
        }
        Some(ReminderCommand::Remove { id }) => {
            let id = find(&id)?.id;
            door.remove_reminder(id).wait()?;
            id
        }
    };
    super::saved(&id.to_string(), out)
}

/// The reminder with what was said of it.
fn with(mut reminder: Reminder, about: ReminderAbout) -> Reminder {
    if !about.days.is_empty() {
        reminder.days = Weekdays::of(about.days);
    }
    reminder.text = about.text.unwrap_or(reminder.text);
    reminder.is_shown = about.show.map_or(reminder.is_shown, OnOff::is_on);
    match about.prompt {
        Some(prompt) if prompt.is_empty() => reminder.prompt = None,
        Some(prompt) => reminder.prompt = Some(prompt),
        None => {}
    }
    reminder
}

fn list(all: &[Reminder], out: Output) -> Result<(), Failure> {
    if out.is_json() {
        let all: Vec<ReminderValue> = all.iter().map(ReminderValue::from).collect();
        return out.value(&BTreeMap::from([("reminders", all)]));
    }
    all.iter().try_for_each(|reminder| {
        let days: Vec<String> = reminder.days.days().map(|day| day.to_string()).collect();
        let elsewhere = if reminder.is_here { "" } else { "  (not on this device)" };
        out.line(format!(
            "{}  {}  {}  {}{elsewhere}",
            find::short(reminder.id),
            reminder.time.format("%H:%M"),
            days.join(" "),
            reminder.text
        ))
    })
}

fn next(vault: &Vault, count: usize, out: Output) -> Result<(), Failure> {
    let zone = moments::local_zone().name().to_owned();
    let upcoming = vault.profile().upcoming_reminders(zone, count).wait()?;
    if out.is_json() {
        let all: Vec<UpcomingValue> = upcoming.iter().map(UpcomingValue::from).collect();
        return out.value(&BTreeMap::from([("upcoming", all)]));
    }
    upcoming
        .iter()
        .try_for_each(|one| out.line(format!("{}  {}", moments::shown_here(one.at), one.words)))
}
