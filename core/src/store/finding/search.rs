//! Lists with a filter, and the search.

use super::places::{Asked, Place, list};
use super::snippet::snippet;
use super::wanted::Wanted;
use crate::journal::{Entry, EntryQuery, Hit, Page, SearchQuery};
use crate::limits;
use crate::store::columns::at_most;
use crate::store::entries::{entry, entry_columns};
use crate::store::{StoreError, View};
use rusqlite::params;
use std::cmp::Reverse;

/// Characters of the longest beginnings that `entry_text` has lists for.
const INDEXED_CHARACTERS: usize = 3;
/// The first term from here on. It reads one row, however many places a term has.
pub(in crate::store) const NEXT_TERM: &str = "SELECT term FROM entry_term WHERE term >= ?1 ORDER BY term LIMIT 1";

impl View<'_> {
    /// Entries outside the trash that hold all the words and pass the filter, newest first. The last word may be the beginning of
    /// one.
    ///
    /// What is typed is words and never a query language: `"`, `*`, `NEAR`, `title:` have no meaning. Case, accents and widths do
    /// not matter. Nothing is found when nothing typed is a letter or a digit. In scripts without blanks between words, and in Korean,
    /// whatever stands within a text is found.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn search(&self, query: &SearchQuery) -> Result<Vec<Hit>, StoreError> {
        let Some(wanted) = Wanted::parse(&query.words) else {
            return Ok(Vec::new());
        };
        let mut room = limits::SEARCH_ENDINGS_MAX;
        let expression = wanted.expression(|term| self.beginning_with(term, &mut room))?;
        let places = self.places(&Asked {
            filter: &query.filter,
            trashed: false,
            text: Some(&expression),
            after: query.after,
            count: query.count.min(limits::SEARCH_HITS_MAX),
        })?;
        let entries = self.entries_at(&places)?;
        Ok(entries
            .into_iter()
            .map(|entry| Hit {
                snippet: snippet(&entry.title, &entry.body, &wanted),
                entry,
            })
            .collect())
    }

    /// The terms of the index that begin with `term`, and so much less `room`; none where the index holds what begins so in a list
    /// of its own, or where there is no room for all of them.
    fn beginning_with(&self, term: &str, room: &mut usize) -> Result<Option<Vec<String>>, StoreError> {
        if term.chars().count() <= INDEXED_CHARACTERS {
            return Ok(None);
        }
        let mut terms: Vec<String> = Vec::new();
        let mut from = term.to_owned();
        while let Some(next) = self.one(NEXT_TERM, [&from], |row| row.get::<_, String>(0))? {
            if !next.starts_with(term) {
                break;
            }
            if terms.len() == *room {
                return Ok(None);
            }
            // Terms are made of letters and digits: nothing stands between one and this.
            from = format!("{next}\u{1}");
            terms.push(next);
        }
        *room -= terms.len();
        Ok(Some(terms))
    }

    /// One page of what passes the filter.
    pub(in crate::store) fn filtered(&self, query: &EntryQuery, count: usize) -> Result<Page, StoreError> {
        // One more than asked for tells whether there is a next page.
        let mut places = self.places(&Asked {
            filter: &query.filter,
            trashed: query.trashed,
            text: None,
            after: query.after,
            count: count + 1,
        })?;
        let has_next = places.len() > count;
        places.truncate(count);
        Ok(Page {
            entries: self.entries_at(&places)?,
            next: places.last().filter(|_| has_next).map(Place::cursor),
        })
    }

    /// The entries at these places, newest first.
    fn entries_at(&self, places: &[Place]) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.all(
            concat!(
                "SELECT ",
                entry_columns!(),
                " FROM entry WHERE n IN (SELECT value FROM json_each(?1)) LIMIT ?2"
            ),
            params![list(places.iter().map(|place| place.n)), at_most(places.len())],
            entry,
        )?;
        entries.sort_by_key(|entry| (Reverse(entry.happened.at), entry.id));
        Ok(entries)
    }
}
