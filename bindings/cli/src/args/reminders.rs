//! What can be typed about reminders.

use super::OnOff;
use chrono::{NaiveTime, Weekday};
use clap::{Args as ClapArgs, Subcommand};

/// Reminders.
#[derive(Debug, Subcommand)]
pub(crate) enum ReminderCommand {
    /// Add a reminder; it rings on this device alone until you choose others there
    Add {
        /// When, on the wall, like 20:30
        #[arg(value_parser = time)]
        time: NaiveTime,
        /// The rest
        #[command(flatten)]
        about: ReminderAbout,
    },
    /// Change a reminder
    Change {
        /// Its id
        id: String,
        /// When, on the wall, like 20:30
        #[arg(long = "at", value_name = "TIME", value_parser = time)]
        time: Option<NaiveTime>,
        /// The rest
        #[command(flatten)]
        about: ReminderAbout,
        /// Whether it rings on this device
        #[arg(long)]
        here: Option<OnOff>,
    },
    /// Take it away, from all your devices
    Remove {
        /// Its id
        id: String,
    },
    /// When the next ones ring on this device, for another program: a terminal rings nothing
    Next {
        /// How many
        #[arg(long, default_value_t = 10, value_name = "N")]
        count: usize,
    },
}

/// What a reminder says, and when.
#[derive(Debug, ClapArgs)]
pub(crate) struct ReminderAbout {
    /// A day of the week, like mon, as often as you like; none for every day
    #[arg(long = "day", value_name = "DAY", value_parser = day)]
    pub(crate) days: Vec<Weekday>,
    /// Your words; "" takes them away
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// Whether a lock screen may show your words: it says "1 reminder" until you turn this on
    #[arg(long)]
    pub(crate) show: Option<OnOff>,
    /// The question it opens, by its id; "" takes it away
    #[arg(long, value_name = "ID")]
    pub(crate) prompt: Option<String>,
}

fn time(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "a time is written like 20:30".to_owned())
}

fn day(text: &str) -> Result<Weekday, String> {
    text.parse()
        .map_err(|_| "a day is written like mon or monday".to_owned())
}
