//! Finding what was written: the words in use, the calendar, and "on this day".
//!
//! "On this day" is off until the person turns it on: nothing brings an old entry back unasked. The switch stands in the
//! settings, which all devices of the journal share.

use super::facade::Journal;
use super::settings::read_settings;
use super::{Error, Reply};
use crate::journal::{Cursor, Days, Entry, Month, Page, When, Word, WordQuery};
use crate::limits;
use crate::profile::Switch;
use crate::store::View;
use chrono::NaiveDate;

/// Whether "on this day" is on.
fn wants_memories(view: View<'_>) -> Result<bool, Error> {
    Ok(read_settings(view)?.is_on(Switch::Memories))
}

impl Journal {
    /// The tags, feelings, people or areas of life that entries have, alphabetically and each once: nothing says how often. For
    /// lists, and for completing what is being typed.
    pub fn words(&self, query: WordQuery) -> Reply<Vec<Word>> {
        self.read(move |view| {
            let fits = (1..=limits::PAGE_WORDS_MAX).contains(&query.count)
                && query.beginning.chars().nth(limits::WORD_CHARACTERS_MAX).is_none();
            if fits {
                Ok(view.words(&query)?)
            } else {
                Err(Error::PageSize)
            }
        })
    }

    /// The days of a month that have entries, by the dates on the person's own calendar.
    pub fn days(&self, month: Month) -> Reply<Days> {
        self.read(move |view| Ok(view.days(month)?))
    }

    /// A page of the entries of a day, or of a month where the day is not known, in the order of time.
    pub fn entries_of(&self, when: When, after: Option<Cursor>, count: usize) -> Reply<Page> {
        self.read(move |view| {
            if (1..=limits::PAGE_ENTRIES_MAX).contains(&count) {
                Ok(view.entries_of(when, after, count)?)
            } else {
                Err(Error::PageSize)
            }
        })
    }

    /// A page of the answers to one question, by the id of its prompt, in the order of time: words only, and only for the person
    /// who wrote them. An empty id has no answers.
    pub fn answers(&self, prompt: String, after: Option<Cursor>, count: usize) -> Reply<Page> {
        self.read(move |view| {
            if (1..=limits::PAGE_ENTRIES_MAX).contains(&count) {
                Ok(view.answers(&prompt, after, count)?)
            } else {
                Err(Error::PageSize)
            }
        })
    }

    /// What happened on this day of earlier years, the latest year first. Nothing while "on this day" is off, and never what is
    /// tender, kept from memories, in the trash, or known to less than a day.
    pub fn memories(&self, today: NaiveDate) -> Reply<Vec<Entry>> {
        self.read(move |view| {
            if wants_memories(view)? {
                Ok(view.on_this_day(today)?)
            } else {
                Ok(Vec::new())
            }
        })
    }

    /// Whether "on this day" is on. It is off until the person turns it on.
    pub fn has_memories(&self) -> Reply<bool> {
        self.read(wants_memories)
    }

    /// Turns "on this day" on or off, on all devices of the journal.
    pub fn set_memories(&self, on: bool) -> Reply<()> {
        self.ask(move |engine| engine.set_switch(Switch::Memories, on))
    }
}
