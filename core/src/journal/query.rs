//! The questions one can ask of a journal.

use super::{Entry, Filter};
use crate::clock::Timestamp;
use crate::id::EntryId;
use std::fmt;

/// Where a page ends: the next one starts after it (a keyset, so that deep pages cost what the first one costs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last entry of the page happened.
    pub at: Timestamp,
    /// The last entry of the page.
    pub id: EntryId,
}

impl Cursor {
    /// The place after this entry.
    pub const fn after(entry: &Entry) -> Self {
        Self {
            at: entry.happened.at,
            id: entry.id,
        }
    }
}

/// A list of entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryQuery {
    /// Entries on the page, at most [`crate::limits::PAGE_ENTRIES_MAX`].
    pub count: usize,
    /// The end of the page before; none for the first page.
    pub after: Option<Cursor>,
    /// The trash instead of the journal.
    pub trashed: bool,
    /// What the entries have to be.
    pub filter: Filter,
}

impl EntryQuery {
    /// The newest `count` entries.
    pub const fn newest(count: usize) -> Self {
        Self {
            count,
            after: None,
            trashed: false,
            filter: Filter::none(),
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, newest first.
    pub entries: Vec<Entry>,
    /// Where the next page starts; none when this is the last.
    pub next: Option<Cursor>,
}

/// A search for words; all of them must be there, the last one may be the beginning of a word.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// What to look for, as typed; no operators.
    pub words: String,
    /// Hits at most, newest first.
    pub count: usize,
    /// The last hit of the page before ([`Cursor::after`]); none for the first page.
    pub after: Option<Cursor>,
    /// What the entries have to be.
    pub filter: Filter,
}

impl SearchQuery {
    /// The newest `count` entries with these words.
    pub fn newest(words: impl Into<String>, count: usize) -> Self {
        Self {
            words: words.into(),
            count,
            after: None,
            filter: Filter::none(),
        }
    }
}

impl fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchQuery")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// One entry that a search found.
#[derive(Clone, PartialEq, Eq)]
pub struct Hit {
    /// The entry.
    pub entry: Entry,
    /// Some words around the find; the finds stand between `\u{2}` and `\u{3}`, for the app to mark as it likes.
    pub snippet: String,
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hit")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}
