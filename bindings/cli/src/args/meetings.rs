//! What can be typed about the pages of meetings.

use super::messages::by_code;
use cairn_core::support::MeetingPart;
use chrono::NaiveDate;
use clap::Subcommand;

/// What to do with the pages of meetings.
#[derive(Debug, Subcommand)]
pub(crate) enum MeetingChange {
    /// As the participant: begin the page of a meeting, which both of you write on
    Begin {
        /// The day of the meeting, like 2026-12-01
        day: NaiveDate,
    },
    /// As the participant: take back a page, with everything on it
    TakeBack {
        /// The page
        meeting: String,
    },
    /// Write a line
    Write {
        /// The page
        meeting: String,
        /// Where on it: agenda, notes
        #[arg(value_name = "PART", value_parser = |text: &str| by_code(&MeetingPart::ALL, text))]
        part: MeetingPart,
        /// Your words
        text: String,
        /// The line that it stands before; without it, it stands at the end
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// Change a line that you wrote; its former words are kept nowhere
    Change {
        /// The page
        meeting: String,
        /// The line
        line: String,
        /// Your words
        text: String,
    },
    /// Take away a line that you wrote
    Away {
        /// The page
        meeting: String,
        /// The line
        line: String,
    },
}
