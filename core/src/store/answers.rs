//! All answers to one question, for the participant who asks it of themselves: entries in the order of time, and nothing about
//! them that could be counted or drawn.

use super::columns::at_most;
use super::entries::{entry, entry_columns};
use super::{StoreError, View};
use crate::journal::{Cursor, Page};
use crate::limits;
use rusqlite::params;

const ANSWERS: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry INDEXED BY entry_answer WHERE trashed IS NULL AND prompt = ?1 ",
    "AND at >= ?2 AND (at > ?2 OR id > ?3) ORDER BY at, id LIMIT ?4"
);

impl View<'_> {
    /// A page of the entries that answer a question, by the id it has as a prompt: in the order of time, of equal moments the
    /// smaller id first. The next page starts after the cursor. An empty id stands for questions that are no prompt, each a different
    /// one, and finds nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn answers(&self, prompt: &str, after: Option<Cursor>, count: usize) -> Result<Page, StoreError> {
        if prompt.is_empty() {
            return Ok(Page {
                entries: Vec::new(),
                next: None,
            });
        }
        let count = count.min(limits::PAGE_ENTRIES_MAX);
        let at = after.map_or(i64::MIN, |cursor| cursor.at.0);
        let id = after.as_ref().map_or(&[][..], |cursor| cursor.id.as_bytes());
        // One more than asked for tells whether there is a next page.
        let mut entries = self.all(ANSWERS, params![prompt, at, id, at_most(count + 1)], entry)?;
        let has_next = entries.len() > count;
        entries.truncate(count);
        let next = entries.last().filter(|_| has_next).map(Cursor::after);
        Ok(Page { entries, next })
    }
}

/// The statement of this file, for the test that none reads a whole table.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 1] = [ANSWERS];
