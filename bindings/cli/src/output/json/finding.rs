//! What finding prints.

use super::EntryValue;
use cairn_core::journal::{Days, Entry, Month};
use chrono::NaiveDate;
use serde::Serialize;

/// Entries, all of them.
#[derive(Debug, Serialize)]
pub(crate) struct EntryList {
    entries: Vec<EntryValue>,
}

/// A month of the calendar.
#[derive(Debug, Serialize)]
pub(crate) struct MonthValue {
    /// `2026-03`.
    month: String,
    /// The days that have entries, in order.
    days: Vec<String>,
    /// Whether there are entries of this month whose day is not known.
    has_undated: bool,
}

/// What happened on this day of earlier years.
#[derive(Debug, Serialize)]
pub(crate) struct MemoriesValue {
    /// Whether they are shown at all.
    on: bool,
    entries: Vec<EntryValue>,
}

impl From<&[Entry]> for EntryList {
    fn from(entries: &[Entry]) -> Self {
        Self {
            entries: entries.iter().map(EntryValue::from).collect(),
        }
    }
}

impl MonthValue {
    pub(crate) fn new(month: Month, found: &Days) -> Self {
        Self {
            month: month.first().format("%Y-%m").to_string(),
            days: found.days.iter().map(NaiveDate::to_string).collect(),
            has_undated: found.has_undated,
        }
    }
}

impl MemoriesValue {
    pub(crate) fn new(on: bool, entries: &[Entry]) -> Self {
        Self {
            on,
            entries: entries.iter().map(EntryValue::from).collect(),
        }
    }
}
