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
        let places = self.places(&Asked {
            filter: &query.filter,
            trashed: false,
            text: Some(&wanted.expression()),
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
