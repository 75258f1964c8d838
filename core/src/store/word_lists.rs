//! The words a person uses around their entries: for lists, and for completing what is being typed.
//!
//! They come in the order of their folded forms and without any number: how often a word was used is told to nobody.

use super::columns::words;
use super::finding::number;
use super::{StoreError, View};
use crate::journal::{Word, WordKind, WordQuery};
use crate::limits;
use rusqlite::params;

/// The word after another one. Each is found from the one before it, so that a word costs the same however often it was used.
const NEXT_WORD: &str = "SELECT folded FROM entry_word WHERE kind = ?1 AND folded > ?2 ORDER BY folded LIMIT 1";
const FIRST_WORD: &str = "SELECT folded FROM entry_word WHERE kind = ?1 AND folded >= ?2 ORDER BY folded LIMIT 1";

/// An entry outside the trash that has the word, the one that was kept last; its words of the kind.
macro_rules! latest {
    ($column:literal) => {
        concat!(
            "SELECT entry.",
            $column,
            " FROM entry_word AS w CROSS JOIN entry ON entry.n = w.n ",
            "WHERE w.kind = ?1 AND w.folded = ?2 AND entry.trashed IS NULL ORDER BY w.n DESC LIMIT 1"
        )
    };
}

const fn latest(kind: WordKind) -> &'static str {
    match kind {
        WordKind::Tag => latest!("tags"),
        WordKind::Feeling => latest!("feelings"),
        WordKind::Person => latest!("people"),
        WordKind::LifeArea => latest!("life_areas"),
    }
}

impl View<'_> {
    /// The words of a kind that entries outside the trash have, alphabetically by their folded form, each as it was written last.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn words(&self, query: &WordQuery) -> Result<Vec<Word>, StoreError> {
        let count = query.count.min(limits::PAGE_WORDS_MAX);
        // A beginning may end with a blank: only the case is folded.
        let beginning = query.beginning.trim_start().to_lowercase();
        let after = query.after.as_deref().map(|word| Word::new(word).folded);
        let kind = number(query.kind);
        let mut next = match &after {
            Some(after) if *after >= beginning => self.one(NEXT_WORD, params![kind, after], |row| row.get(0))?,
            _ => self.one(FIRST_WORD, params![kind, beginning], |row| row.get(0))?,
        };
        let mut found: Vec<Word> = Vec::new();
        while let Some(folded) = next.take().filter(|word: &String| word.starts_with(&beginning)) {
            if found.len() == count {
                break;
            }
            let latest = self.one(latest(query.kind), params![kind, folded], |row| words(row, 0))?;
            found.extend(latest.into_iter().flatten().find(|word| word.folded == folded));
            next = self.one(NEXT_WORD, params![kind, folded], |row| row.get(0))?;
        }
        Ok(found)
    }
}

/// The statements of this file, for the test that none reads a whole table.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 3] = [NEXT_WORD, FIRST_WORD, latest(WordKind::Tag)];
