//! Values of the journal.

use cairn_core::id::EntryId;
use cairn_core::journal as core;
use uuid::Uuid;

use crate::{Moment, Timestamp, VaultError, core_instant, instant, silent_debug};

/// One entry of the journal.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Entry {
    /// Its id. Random: it tells nothing.
    pub id: Uuid,
    /// Its title; empty when there is none.
    pub title: String,
    /// Its text, Markdown, exactly as it was written.
    pub body: String,
    /// When it happened.
    pub happened: Moment,
    /// When it was first saved. Only the person themselves ever sees it.
    pub written: Moment,
    /// Tags as written, in their order.
    pub tags: Vec<String>,
    /// Feelings as written, in the person's order.
    pub feelings: Vec<String>,
    /// When it was moved to the trash; nothing when it was not.
    pub trashed: Option<Timestamp>,
    /// Two devices rewrote the same sentence: both versions stand in the text. Say so quietly, until it is revised.
    pub both_versions: bool,
}

/// An entry that the person is about to edit, and what it said when it was read.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct EntryForEditing {
    /// The entry.
    pub entry: Entry,
    /// What to hand to `revise`. It means nothing to an app. With it, a revision changes what the person saw, and what
    /// arrived from another device in between stays too.
    pub version: Vec<u8>,
}

/// What a person gives when they write or revise an entry. A word, a feeling or a tag is enough.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Draft {
    /// Its text, Markdown.
    pub body: String,
    /// When it happened.
    pub happened: Moment,
    /// Its title.
    #[uniffi(default = "")]
    pub title: String,
    /// Tags as typed.
    #[uniffi(default = [])]
    pub tags: Vec<String>,
    /// Feelings as typed, in any language.
    #[uniffi(default = [])]
    pub feelings: Vec<String>,
}

/// Where a page of entries ended: hand it back for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Cursor {
    /// When the last entry of the page happened.
    pub at: Timestamp,
    /// The last entry of the page.
    pub entry: Uuid,
}

/// Which entries to read, newest first.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EntryQuery {
    /// Entries on the page, 1 to 500.
    #[uniffi(default = 50)]
    pub count: i32,
    /// The end of the page before; nothing for the first page.
    #[uniffi(default = None)]
    pub after: Option<Cursor>,
    /// The trash in place of the journal.
    #[uniffi(default = false)]
    pub trashed: bool,
}

/// One page of entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page starts; nothing when this is the last.
    pub next: Option<Cursor>,
}

/// One entry that a search found.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SearchHit {
    /// The entry.
    pub entry: Entry,
    /// Some words around the find. Each find stands between the characters U+0002 and U+0003: mark it as you like.
    pub snippet: String,
}

silent_debug!(Entry, EntryForEditing, Draft, SearchHit);

impl From<core::Entry> for Entry {
    fn from(entry: core::Entry) -> Self {
        let written = |words: Vec<core::Word>| words.into_iter().map(|word| word.written).collect();
        Self {
            id: Uuid::from_bytes(*entry.id.as_bytes()),
            title: entry.title,
            body: entry.body,
            happened: entry.happened.into(),
            written: entry.written.into(),
            tags: written(entry.tags),
            feelings: written(entry.feelings),
            trashed: entry.trashed.map(instant),
            both_versions: entry.both_versions,
        }
    }
}

impl TryFrom<Draft> for core::Draft {
    type Error = VaultError;

    fn try_from(draft: Draft) -> Result<Self, VaultError> {
        let Draft {
            title,
            body,
            happened,
            tags,
            feelings,
        } = draft;
        Ok(Self {
            title,
            body,
            happened: happened.try_into()?,
            tags,
            feelings,
        })
    }
}

impl From<EntryQuery> for core::EntryQuery {
    fn from(query: EntryQuery) -> Self {
        let after = query.after.map(|cursor| core::Cursor {
            at: core_instant(cursor.at),
            id: EntryId::from_bytes(cursor.entry.into_bytes()),
        });
        Self {
            count: core_count(query.count),
            after,
            trashed: query.trashed,
        }
    }
}

impl From<core::Page> for EntryPage {
    fn from(page: core::Page) -> Self {
        let next = page.next.map(|cursor| Cursor {
            at: instant(cursor.at),
            entry: Uuid::from_bytes(*cursor.id.as_bytes()),
        });
        Self {
            entries: page.entries.into_iter().map(Entry::from).collect(),
            next,
        }
    }
}

impl From<core::Hit> for SearchHit {
    fn from(hit: core::Hit) -> Self {
        Self {
            entry: hit.entry.into(),
            snippet: hit.snippet,
        }
    }
}

/// How many are asked for; a number below zero is none, which the core refuses.
pub(crate) fn core_count(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}
