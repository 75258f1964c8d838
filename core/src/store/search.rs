//! The full-text index over titles and bodies, and the search in it.
//!
//! The index (`entry_text`, FTS5, external content) holds no text of its own. Nothing keeps it in step by itself: every
//! change of an entry's text goes through [`Tx::put_entry`] and [`Tx::remove_entry`], which call this file. Triggers
//! would do the same for every change of any column.

use super::columns::at_most;
use super::entries::{ENTRY_COLUMNS, entry, entry_columns};
use super::{StoreError, Tx, View};
use crate::journal::{Entry, Hit, SearchQuery};
use crate::limits;
use rusqlite::params;
use std::cmp::Reverse;

impl View<'_> {
    /// Entries outside the trash that hold all the words, newest first. The last word may be the beginning of one.
    ///
    /// What is typed is words and never a query language: `"`, `*`, `NEAR`, `title:` have no meaning. Case and accents
    /// do not matter. Nothing is found when nothing typed is a letter or a digit. Text without blanks between its
    /// words (Japanese, Thai) is found by the beginning of a run of letters only.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn search(&self, query: &SearchQuery) -> Result<Vec<Hit>, StoreError> {
        let Some(expression) = expression(&query.words) else {
            return Ok(Vec::new());
        };
        // Inside, the finds are looked up along the list of entries, which is short of texts: to sort them otherwise,
        // every entry with a frequent word would have to be read. Outside, one more walk over the finds makes the
        // snippets of those that are shown; asked for one by one, each would begin the search anew.
        let mut hits = self.all(
            concat!(
                "SELECT ",
                entry_columns!(),
                ", snippet(entry_text, -1, char(2), char(3), '…', 24) ",
                "FROM entry_text CROSS JOIN entry ON entry.n = entry_text.rowid ",
                "WHERE entry_text MATCH ?1 AND +entry_text.rowid IN (",
                "SELECT n FROM entry INDEXED BY entry_newest WHERE trashed IS NULL ",
                "AND n IN (SELECT rowid FROM entry_text WHERE entry_text MATCH ?1) ORDER BY at DESC, id LIMIT ?2)"
            ),
            params![expression, at_most(query.count.min(limits::SEARCH_HITS_MAX))],
            |row| {
                Ok(Hit {
                    entry: entry(row)?,
                    snippet: row.get(ENTRY_COLUMNS)?,
                })
            },
        )?;
        hits.sort_by_key(|hit| (Reverse(hit.entry.happened.at), hit.entry.id));
        Ok(hits)
    }
}

/// The query for words as they were typed: each a quoted string, the last one a prefix; none when there is no word.
fn expression(typed: &str) -> Option<String> {
    let typed: String = typed.chars().take(limits::SEARCH_CHARACTERS_MAX).collect();
    let mut expression = String::new();
    for word in typed.split(|character: char| character.is_whitespace() || character.is_control()) {
        // A string without a letter or digit is no term at all, and what FTS5 makes of those differs with their place.
        if word.contains(char::is_alphanumeric) {
            if !expression.is_empty() {
                expression.push(' ');
            }
            expression.push('"');
            expression.push_str(&word.replace('"', "\"\""));
            expression.push('"');
        }
    }
    if expression.is_empty() {
        return None;
    }
    expression.push_str(" *");
    Some(expression)
}

impl Tx<'_> {
    pub(super) fn index_text(&self, n: i64, entry: &Entry) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO entry_text (rowid, title, body) VALUES (?1, ?2, ?3)",
            params![n, entry.title, entry.body],
        )?;
        Ok(())
    }

    /// Takes the text of an entry out of the index: while it still stands in the table, because the index asks for
    /// exactly the text that it was given.
    pub(super) fn unindex_text(&self, n: i64) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO entry_text (entry_text, rowid, title, body) \
             SELECT 'delete', n, title, body FROM entry WHERE n = ?1",
            [n],
        )?;
        Ok(())
    }

    /// Makes the full-text index anew from the entries that are there. Call it in the transaction that removes an entry
    /// which must be gone, or its earlier drafts, then [`Store::checkpoint`](super::Store::checkpoint): until then the
    /// index may keep old words, marked as removed, as earlier drafts stand in documents too.
    ///
    /// It takes a second for some tens of thousands of entries. Shared views are not in the index and need none of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn scrub(&self) -> Result<(), StoreError> {
        // Not 'optimize': it leaves an index of one piece as it is, though a removed word may be marked in that piece.
        self.run("INSERT INTO entry_text (entry_text) VALUES ('rebuild')", [])?;
        Ok(())
    }
}

/// Compares the index with the texts, word by word.
pub(super) fn examine(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO entry_text (entry_text, rank) VALUES ('integrity-check', 1)",
        [],
    )?;
    Ok(())
}
