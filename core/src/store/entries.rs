//! Entries as they are read: the projection of their documents.

use super::columns::{at_most, day, id, moment, unknown, unknown_column, words, words_column};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::journal::{Cursor, Entry, EntryQuery, ImportSource, Page, Word};
use crate::limits;
use rusqlite::{Row, params};

/// The columns that make an entry, in the order in which [`entry`] reads them.
macro_rules! entry_columns {
    () => {
        "entry.id, entry.title, entry.body, \
         entry.at, entry.date, entry.precision, entry.zone, \
         entry.written_at, entry.written_date, entry.written_precision, entry.written_zone, \
         entry.tags, entry.feelings, entry.trashed, entry.both_versions, \
         entry.import_source, entry.import_id, entry.import_extra, entry.unknown"
    };
}
pub(super) use entry_columns;

/// How many columns [`entry_columns`] names.
pub(super) const ENTRY_COLUMNS: usize = 19;

/// What `entry_word.kind` says.
const TAG: i64 = 0;
const FEELING: i64 = 1;

/// Reads an entry from [`entry_columns`].
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let import = match row.get(15)? {
        Some(source) => Some(ImportSource {
            source,
            source_id: row.get(16)?,
            extra: row.get(17)?,
        }),
        None => None,
    };
    Ok(Entry {
        id: id(row, 0, EntryId::from_bytes)?,
        title: row.get(1)?,
        body: row.get(2)?,
        happened: moment(row, 3)?,
        written: moment(row, 7)?,
        tags: words(row, 11)?,
        feelings: words(row, 12)?,
        trashed: row.get::<_, Option<i64>>(13)?.map(Timestamp),
        both_versions: row.get(14)?,
        import,
        unknown: unknown(row, 18)?,
    })
}

impl View<'_> {
    /// One entry, in the trash or not.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn entry(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.one(
            concat!("SELECT ", entry_columns!(), " FROM entry WHERE id = ?1"),
            [id.as_bytes()],
            entry,
        )
    }

    /// One page of the journal or of the trash: newest first by when they happened, of equal moments the smaller id
    /// first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn entries(&self, query: &EntryQuery) -> Result<Page, StoreError> {
        let count = query.count.min(limits::PAGE_ENTRIES_MAX);
        if count == 0 {
            return Ok(Page {
                entries: Vec::new(),
                next: query.after,
            });
        }
        let sql = if query.trashed {
            concat!(
                "SELECT ",
                entry_columns!(),
                " FROM entry INDEXED BY entry_trash WHERE trashed IS NOT NULL ",
                "AND at <= ?1 AND (at < ?1 OR id > ?2) ORDER BY at DESC, id LIMIT ?3"
            )
        } else {
            concat!(
                "SELECT ",
                entry_columns!(),
                " FROM entry INDEXED BY entry_newest WHERE trashed IS NULL ",
                "AND at <= ?1 AND (at < ?1 OR id > ?2) ORDER BY at DESC, id LIMIT ?3"
            )
        };
        // The first page starts before everything: after the latest of times and the empty id.
        let at = query.after.map_or(i64::MAX, |cursor| cursor.at.0);
        let id = query.after.as_ref().map_or(&[][..], |cursor| cursor.id.as_bytes());
        // One more than asked for tells whether there is a next page.
        let mut entries = self.all(sql, params![at, id, at_most(count + 1)], entry)?;
        let more = entries.len() > count;
        entries.truncate(count);
        let next = entries.last().filter(|_| more).map(|last| Cursor {
            at: last.happened.at,
            id: last.id,
        });
        Ok(Page { entries, next })
    }

    /// How many entries there are, those in the trash too. For sizes of the running only: nobody is shown a count.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn entry_count(&self) -> Result<u64, StoreError> {
        self.exactly("SELECT count(*) FROM entry", [], |row| row.get(0))
    }
}

/// What of an entry that stands already has to be compared before it is replaced.
struct Standing {
    n: i64,
    same_text: bool,
    tags: Vec<Word>,
    feelings: Vec<Word>,
}

impl Tx<'_> {
    /// Puts an entry in the place of the one with its id, or beside the others; the full-text index follows.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_entry(&self, entry: &Entry) -> Result<(), StoreError> {
        if self.insert(entry)? {
            let n = self.last_row();
            self.index_text(n, entry)?;
            self.add_words(n, TAG, &entry.tags)?;
            return self.add_words(n, FEELING, &entry.feelings);
        }
        let standing = self.exactly(
            "SELECT n, title = ?2 AND body = ?3, tags, feelings FROM entry WHERE id = ?1",
            params![entry.id.as_bytes(), entry.title, entry.body],
            |row| {
                Ok(Standing {
                    n: row.get(0)?,
                    same_text: row.get(1)?,
                    tags: words(row, 2)?,
                    feelings: words(row, 3)?,
                })
            },
        )?;
        let n = standing.n;
        if !standing.same_text {
            self.unindex_text(n)?;
        }
        self.update(n, entry)?;
        if !standing.same_text {
            self.index_text(n, entry)?;
        }
        for (kind, old, new) in [
            (TAG, &standing.tags, &entry.tags),
            (FEELING, &standing.feelings, &entry.feelings),
        ] {
            if old != new {
                self.remove_words(n, kind, old)?;
                self.add_words(n, kind, new)?;
            }
        }
        Ok(())
    }

    /// Removes an entry for good, from the list, the word lists and the full-text index. Its document is another row:
    /// [`Tx::remove_document`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_entry(&self, id: EntryId) -> Result<(), StoreError> {
        let standing = self.one(
            "SELECT n, tags, feelings FROM entry WHERE id = ?1",
            [id.as_bytes()],
            |row| Ok((row.get::<_, i64>(0)?, words(row, 1)?, words(row, 2)?)),
        )?;
        let Some((n, tags, feelings)) = standing else {
            return Ok(());
        };
        self.unindex_text(n)?;
        self.remove_words(n, TAG, &tags)?;
        self.remove_words(n, FEELING, &feelings)?;
        self.run("DELETE FROM entry WHERE n = ?1", [n])?;
        Ok(())
    }

    /// Answers false when an entry of this id stands already.
    fn insert(&self, entry: &Entry) -> Result<bool, StoreError> {
        let import = entry.import.as_ref();
        let inserted = self.run(
            "INSERT INTO entry (id, title, body, at, date, precision, zone, written_at, written_date, \
             written_precision, written_zone, tags, feelings, trashed, both_versions, import_source, import_id, \
             import_extra, unknown) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) \
             ON CONFLICT (id) DO NOTHING",
            params![
                entry.id.as_bytes(),
                entry.title,
                entry.body,
                entry.happened.at.0,
                day(entry.happened.local_date),
                entry.happened.precision as u8,
                entry.happened.zone,
                entry.written.at.0,
                day(entry.written.local_date),
                entry.written.precision as u8,
                entry.written.zone,
                words_column(&entry.tags)?,
                words_column(&entry.feelings)?,
                entry.trashed.map(|at| at.0),
                entry.both_versions,
                import.map(|import| &import.source),
                import.map(|import| &import.source_id),
                import.map(|import| &import.extra),
                unknown_column(&entry.unknown)?,
            ],
        )?;
        Ok(inserted == 1)
    }

    fn update(&self, n: i64, entry: &Entry) -> Result<(), StoreError> {
        let import = entry.import.as_ref();
        self.run(
            "UPDATE entry SET title = ?2, body = ?3, at = ?4, date = ?5, precision = ?6, zone = ?7, written_at = ?8, \
             written_date = ?9, written_precision = ?10, written_zone = ?11, tags = ?12, feelings = ?13, \
             trashed = ?14, both_versions = ?15, import_source = ?16, import_id = ?17, import_extra = ?18, \
             unknown = ?19 WHERE n = ?1",
            params![
                n,
                entry.title,
                entry.body,
                entry.happened.at.0,
                day(entry.happened.local_date),
                entry.happened.precision as u8,
                entry.happened.zone,
                entry.written.at.0,
                day(entry.written.local_date),
                entry.written.precision as u8,
                entry.written.zone,
                words_column(&entry.tags)?,
                words_column(&entry.feelings)?,
                entry.trashed.map(|at| at.0),
                entry.both_versions,
                import.map(|import| &import.source),
                import.map(|import| &import.source_id),
                import.map(|import| &import.extra),
                unknown_column(&entry.unknown)?,
            ],
        )?;
        Ok(())
    }

    fn add_words(&self, n: i64, kind: i64, words: &[Word]) -> Result<(), StoreError> {
        for word in words {
            self.run(
                "INSERT OR IGNORE INTO entry_word (kind, folded, n) VALUES (?1, ?2, ?3)",
                params![kind, word.folded, n],
            )?;
        }
        Ok(())
    }

    fn remove_words(&self, n: i64, kind: i64, words: &[Word]) -> Result<(), StoreError> {
        for word in words {
            self.run(
                "DELETE FROM entry_word WHERE kind = ?1 AND folded = ?2 AND n = ?3",
                params![kind, word.folded, n],
            )?;
        }
        Ok(())
    }
}
