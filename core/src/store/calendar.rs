//! The calendar: days that have entries, the entries of a day, and what happened on this day of earlier years.
//!
//! It goes by the local date that was decided when an entry was made. An entry whose day is not known stands on no day. Nothing
//! here answers how many entries a day has, and what is in the trash is nowhere.

use super::columns::{at_most, damaged, day};
use super::entries::{entry, entry_columns};
use super::{StoreError, View};
use crate::journal::{Cursor, Days, Entry, Month, Page, When};
use crate::limits;
use chrono::{Datelike as _, NaiveDate};
use rusqlite::params;
use rusqlite::types::Value;

/// The precisions of a day that is known, as columns hold them: exact and day.
const KNOWN: (u8, u8) = (0, 1);
/// Those of one that is not: month, season, unknown.
const NOT_KNOWN: (u8, u8) = (2, 4);

/// The days of a span that have entries. Each is found from the one before it, so that a day costs what it costs however much was
/// written on it.
const NEXT_DAY: &str = "SELECT date FROM entry INDEXED BY entry_date \
     WHERE trashed IS NULL AND date > ?1 AND date <= ?2 AND precision <= 1 ORDER BY date LIMIT 1";
const UNDATED: &str = "SELECT 1 FROM entry INDEXED BY entry_date \
     WHERE trashed IS NULL AND date BETWEEN ?1 AND ?2 AND precision >= 2 LIMIT 1";
const OF_DAYS: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry INDEXED BY entry_date WHERE trashed IS NULL AND date BETWEEN ?1 AND ?2 ",
    "AND precision BETWEEN ?3 AND ?4 AND at >= ?5 AND (at > ?5 OR id > ?6) ORDER BY at, id LIMIT ?7"
);
const FIRST_DAY: &str = "SELECT date FROM entry INDEXED BY entry_date WHERE trashed IS NULL ORDER BY date LIMIT 1";
const ON_DAYS: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry INDEXED BY entry_date WHERE trashed IS NULL AND date IN (SELECT value FROM json_each(?1)) ",
    // Neither kept from memories (2) nor tender (4).
    "AND precision <= 1 AND (marks & 6) = 0 ORDER BY date DESC, at, id LIMIT ?2"
);

impl View<'_> {
    /// The days of a month that have entries.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn days(&self, month: Month) -> Result<Days, StoreError> {
        let (first, last) = (day(month.first()), day(month.last()));
        let mut days = Vec::new();
        let mut before = first.saturating_sub(1);
        while let Some(date) = self.one(NEXT_DAY, [before, last], |row| row.get::<_, i32>(0))? {
            days.push(NaiveDate::from_num_days_from_ce_opt(date).ok_or_else(|| StoreError::of(&damaged(0)))?);
            before = date;
        }
        let has_undated = self.one(UNDATED, [first, last], |_| Ok(()))?.is_some();
        Ok(Days { days, has_undated })
    }

    /// A page of the entries of a day, or of those of a month whose day is not known: in the order of time, of equal moments
    /// the smaller id first. The next page starts after the cursor.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn entries_of(&self, when: When, after: Option<Cursor>, count: usize) -> Result<Page, StoreError> {
        let count = count.min(limits::PAGE_ENTRIES_MAX);
        let ((first, last), (low, high)) = match when {
            When::Day(date) => ((date, date), KNOWN),
            When::SometimeIn(month) => ((month.first(), month.last()), NOT_KNOWN),
        };
        let at = after.map_or(i64::MIN, |cursor| cursor.at.0);
        let id = after.as_ref().map_or(&[][..], |cursor| cursor.id.as_bytes());
        // One more than asked for tells whether there is a next page.
        let mut entries = self.all(
            OF_DAYS,
            params![day(first), day(last), low, high, at, id, at_most(count + 1)],
            entry,
        )?;
        let has_next = entries.len() > count;
        entries.truncate(count);
        let next = entries.last().filter(|_| has_next).map(Cursor::after);
        Ok(Page { entries, next })
    }

    /// The entries of this day of the month in earlier years, the latest year first; of the 29th of February in leap years only.
    /// None that is marked as kept from memories or as tender.
    ///
    /// Whether the person wants to be shown any is for the caller to ask.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn on_this_day(&self, today: NaiveDate) -> Result<Vec<Entry>, StoreError> {
        let Some(first) = self.one(FIRST_DAY, [], |row| row.get::<_, i32>(0))? else {
            return Ok(Vec::new());
        };
        let years = 1..=limits::MEMORY_YEARS_MAX;
        let dates = years
            .filter_map(|back| NaiveDate::from_ymd_opt(today.year().checked_sub(back)?, today.month(), today.day()))
            .map(day)
            .take_while(|date| *date >= first);
        let dates: Vec<String> = dates.map(|date| date.to_string()).collect();
        self.all(
            ON_DAYS,
            params![
                Value::Text(format!("[{}]", dates.join(","))),
                at_most(limits::PAGE_ENTRIES_MAX)
            ],
            entry,
        )
    }
}

/// The statements of this file, for the test that none reads a whole table.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 5] = [NEXT_DAY, UNDATED, OF_DAYS, FIRST_DAY, ON_DAYS];
