//! Finding entries: by their words, in any script, and by what stands around them.
//!
//! The full-text index (`entry_text`, FTS5) is given terms that were cut and folded here, and knows nothing of languages. It holds no
//! text of its own, and nothing keeps it in step by itself: every change of an entry's text goes through [`Tx::put_entry`] and
//! [`Tx::remove_entry`], which call this file. Triggers would do the same for every change of any column.
//!
//! Lists and searches first find the *places* of a page (number, moment, id), from indexes that hold no texts, then read its entries.
//!
//! | file | what it does |
//! |---|---|
//! | `fold.rs`, `terms.rs` | a text to the terms of the index |
//! | `wanted.rs`, `snippet.rs` | what was typed to a question; words around the finds |
//! | `places.rs` | which entries, in which order, by the cheapest way |
//! | `search.rs` | lists with a filter, and the search |
//!
//! Start reading at `terms.rs`, then at [`View::search`].

mod fold;
mod places;
mod search;
mod snippet;
mod terms;
mod wanted;

pub(super) use places::number;

use super::{StoreError, Tx, View};
use crate::journal::Entry;
use rusqlite::params;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::ControlFlow;

/// How terms are cut and folded. Another number makes every index anew when its database is opened.
pub(super) const INDEX_FORM: u8 = 1;
/// The name of the value that says how an index was filled.
const FORM: &str = "index_form";
/// Texts that are read in one go while the index is made anew.
const TEXTS: i64 = 500;

impl Tx<'_> {
    pub(super) fn index_text(&self, n: i64, entry: &Entry) -> Result<(), StoreError> {
        self.index(n, &entry.title, &entry.body)
    }

    fn index(&self, n: i64, title: &str, body: &str) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO entry_text (rowid, title, body) VALUES (?1, ?2, ?3)",
            params![n, terms::terms(title), terms::terms(body)],
        )?;
        Ok(())
    }

    /// Takes the text of an entry out of the index.
    pub(super) fn unindex_text(&self, n: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM entry_text WHERE rowid = ?1", [n])?;
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
        self.run("INSERT INTO entry_text (entry_text) VALUES ('delete-all')", [])?;
        self.each_text(|n, title, body| self.index(n, title, body))
    }
}

impl View<'_> {
    /// Calls `take` with the number, title and body of every entry, in the order of numbers.
    fn each_text(&self, mut take: impl FnMut(i64, &str, &str) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut after = i64::MIN;
        loop {
            let texts: Vec<(i64, String, String)> = self.all(
                "SELECT n, title, body FROM entry WHERE n > ?1 ORDER BY n LIMIT ?2",
                [after, TEXTS],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let Some((last, ..)) = texts.last() else { return Ok(()) };
            after = *last;
            for (n, title, body) in &texts {
                take(*n, title, body)?;
            }
        }
    }
}

/// Makes an index anew that was filled by another version of this program.
pub(super) fn refresh(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.scrub()?;
    tx.set_meta(FORM, &[INDEX_FORM])
}

/// Whether the index was filled as this version fills it.
pub(super) fn is_fresh(view: View<'_>) -> Result<bool, StoreError> {
    Ok(view.meta(FORM)?.as_deref() == Some(&[INDEX_FORM]))
}

/// Compares the index with the texts, term by term.
pub(super) fn examine(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO entry_text (entry_text, rank) VALUES ('integrity-check', 0)",
        [],
    )?;
    // The index goes by terms and the texts by entries: sums, which do not depend on the order, are compared.
    let mut held: BTreeMap<i64, u64> = BTreeMap::new();
    tx.read(|connection| {
        let mut statement = connection.prepare_cached("SELECT doc, col, offset, term FROM entry_term")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (column, term) = (row.get_ref(1)?.as_str()?, row.get_ref(3)?.as_str()?);
            let sum = held.entry(row.get(0)?).or_default();
            *sum = sum.wrapping_add(print(column, row.get(2)?, term));
        }
        Ok(())
    })?;
    let mut is_same = true;
    tx.each_text(|n, title, body| {
        let mut sum = 0_u64;
        for (column, text) in [("title", title), ("body", body)] {
            let mut offset = 0;
            terms::each_term(text, |term, _| {
                sum = sum.wrapping_add(print(column, offset, term));
                offset += 1;
                ControlFlow::Continue(())
            });
        }
        is_same &= held.remove(&n).unwrap_or(0) == sum;
        Ok(())
    })?;
    if is_same && held.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Damaged)
    }
}

/// A number that stands for one term at one place.
fn print(column: &str, offset: i64, term: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (column, offset, term).hash(&mut hasher);
    hasher.finish()
}
