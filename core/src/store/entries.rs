//! Entries as they are read: the projection of their documents.

use super::columns::{
    at_most, attachments, attachments_column, damaged, day, earlier, earlier_column, id, maybe_id, moment,
    state_of_mind, state_of_mind_column, unknown, unknown_column, words, words_column,
};
use super::finding::number;
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, EntryId};
use crate::journal::{
    Asked, Attachment, Cursor, Energy, Entry, EntryQuery, ImportSource, Marks, Page, Place, Position, Valence, Word,
    WordKind,
};
use crate::limits;
use rusqlite::types::Type;
use rusqlite::{Row, ToSql, params};

/// The columns that make an entry, in the order in which [`entry`] reads them.
macro_rules! entry_columns {
    () => {
        "entry.id, entry.title, entry.body, \
         entry.at, entry.date, entry.precision, entry.zone, \
         entry.written_at, entry.written_date, entry.written_precision, entry.written_zone, \
         entry.tags, entry.feelings, entry.trashed, entry.both_versions, \
         entry.import_source, entry.import_id, entry.import_extra, entry.unknown, \
         entry.people, entry.life_areas, entry.attachments, entry.valence, entry.energy, entry.state_of_mind, \
         entry.place, entry.latitude_e7, entry.longitude_e7, entry.weather, entry.prompt, entry.question, \
         entry.replies_to, entry.marks, entry.earlier"
    };
}
pub(super) use entry_columns;

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
        people: words(row, 19)?,
        life_areas: words(row, 20)?,
        attachments: attachments(row, 21)?,
        valence: float(row, 22, Valence::new)?,
        energy: float(row, 23, Energy::new)?,
        state_of_mind: state_of_mind(row, 24)?,
        place: place(row, 25)?,
        weather: row.get(28)?,
        asked: match row.get(30)? {
            Some(text) => Some(Asked {
                prompt: row.get(29)?,
                text,
            }),
            None => None,
        },
        replies_to: maybe_id(row, 31, EntryId::from_bytes)?,
        marks: Marks::from_bits(row.get(32)?).ok_or_else(|| damaged(32))?,
        earlier: earlier(row, 33)?,
    })
}

/// Reads a number that was set by hand.
fn float<T>(row: &Row<'_>, column: usize, make: fn(f64) -> Option<T>) -> rusqlite::Result<Option<T>> {
    let number: Option<f64> = row.get(column)?;
    number
        .map(|number| make(number).ok_or_else(|| damaged(column)))
        .transpose()
}

/// Reads a place from three columns: label, latitude, longitude.
fn place(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Place>> {
    let Some(label) = row.get(column)? else { return Ok(None) };
    let position = match (row.get(column + 1)?, row.get(column + 2)?) {
        (Some(latitude), Some(longitude)) => {
            Some(Position::from_e7(latitude, longitude).ok_or_else(|| damaged(column + 1))?)
        }
        (None, None) => None,
        _ => {
            return Err(rusqlite::Error::InvalidColumnType(
                column + 1,
                String::new(),
                Type::Null,
            ));
        }
    };
    Ok(Some(Place { label, position }))
}

impl View<'_> {
    /// Where an entry stands in the order of time; none where it is in the trash, or not here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn place_of(&self, id: EntryId) -> Result<Option<Timestamp>, StoreError> {
        self.one(
            "SELECT at FROM entry WHERE id = ?1 AND trashed IS NULL",
            [id.as_bytes()],
            |row| Ok(Timestamp(row.get(0)?)),
        )
    }

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
        if !query.filter.is_none() {
            return self.filtered(query, count);
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
    words: [Vec<Word>; 4],
    attachments: Vec<Attachment>,
}

/// The lists of words of an entry, each with its kind.
fn word_lists(entry: &Entry) -> [(WordKind, &Vec<Word>); 4] {
    [
        (WordKind::Tag, &entry.tags),
        (WordKind::Feeling, &entry.feelings),
        (WordKind::Person, &entry.people),
        (WordKind::LifeArea, &entry.life_areas),
    ]
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
            for (kind, words) in word_lists(entry) {
                self.add_words(n, kind, words)?;
            }
            return self.add_attachments(n, entry.id, &entry.attachments);
        }
        let standing = self.exactly(
            "SELECT n, title = ?2 AND body = ?3, tags, feelings, people, life_areas, attachments FROM entry WHERE id = ?1",
            params![entry.id.as_bytes(), entry.title, entry.body],
            |row| {
                Ok(Standing {
                    n: row.get(0)?,
                    same_text: row.get(1)?,
                    words: [words(row, 2)?, words(row, 3)?, words(row, 4)?, words(row, 5)?],
                    attachments: attachments(row, 6)?,
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
        for ((kind, new), old) in word_lists(entry).into_iter().zip(&standing.words) {
            if old != new {
                self.remove_words(n, kind, old)?;
                self.add_words(n, kind, new)?;
            }
        }
        if standing.attachments != entry.attachments {
            let named = |id: &AttachmentId| entry.attachments.iter().any(|attachment| attachment.id == *id);
            for former in standing.attachments.iter().filter(|former| !named(&former.id)) {
                self.release_attachment(n, former.id)?;
            }
            self.add_attachments(n, entry.id, &entry.attachments)?;
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
            "SELECT n, tags, feelings, people, life_areas FROM entry WHERE id = ?1",
            [id.as_bytes()],
            |row| {
                let words = [words(row, 1)?, words(row, 2)?, words(row, 3)?, words(row, 4)?];
                Ok((row.get::<_, i64>(0)?, words))
            },
        )?;
        let Some((n, words)) = standing else {
            return Ok(());
        };
        self.unindex_text(n)?;
        for (kind, words) in WordKind::ALL.into_iter().zip(&words) {
            self.remove_words(n, kind, words)?;
        }
        // What the relay held under this entry goes with the entry's slot.
        self.run("DELETE FROM entry_attachment WHERE n = ?1", [n])?;
        self.run("DELETE FROM entry WHERE n = ?1", [n])?;
        Ok(())
    }

    /// Answers false when an entry of this id stands already.
    fn insert(&self, entry: &Entry) -> Result<bool, StoreError> {
        let inserted = self.run_entry(
            "INSERT INTO entry (id, title, body, at, date, precision, zone, written_at, written_date, \
             written_precision, written_zone, tags, feelings, trashed, both_versions, import_source, import_id, \
             import_extra, unknown, people, life_areas, attachments, valence, energy, state_of_mind, place, latitude_e7, \
             longitude_e7, weather, prompt, question, replies_to, marks, earlier) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, \
             ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34) ON CONFLICT (id) DO NOTHING",
            entry.id.as_bytes(),
            entry,
        )?;
        Ok(inserted == 1)
    }

    fn update(&self, n: i64, entry: &Entry) -> Result<(), StoreError> {
        self.run_entry(
            "UPDATE entry SET title = ?2, body = ?3, at = ?4, date = ?5, precision = ?6, zone = ?7, written_at = ?8, \
             written_date = ?9, written_precision = ?10, written_zone = ?11, tags = ?12, feelings = ?13, \
             trashed = ?14, both_versions = ?15, import_source = ?16, import_id = ?17, import_extra = ?18, \
             unknown = ?19, people = ?20, life_areas = ?21, attachments = ?22, valence = ?23, energy = ?24, \
             state_of_mind = ?25, place = ?26, latitude_e7 = ?27, longitude_e7 = ?28, weather = ?29, prompt = ?30, \
             question = ?31, replies_to = ?32, marks = ?33, earlier = ?34 WHERE n = ?1",
            &n,
            entry,
        )?;
        Ok(())
    }

    /// Runs a statement with `first` in `?1` and the values of `entry` after it, in the order of the columns.
    fn run_entry(&self, sql: &'static str, first: &dyn ToSql, entry: &Entry) -> Result<usize, StoreError> {
        let import = entry.import.as_ref();
        let position = entry.place.as_ref().and_then(|place| place.position).map(Position::e7);
        self.run(
            sql,
            params![
                first,
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
                words_column(&entry.people)?,
                words_column(&entry.life_areas)?,
                attachments_column(&entry.attachments)?,
                entry.valence.map(Valence::number),
                entry.energy.map(Energy::number),
                entry.state_of_mind.as_ref().map(state_of_mind_column),
                entry.place.as_ref().map(|place| &place.label),
                position.map(|(latitude, _)| latitude),
                position.map(|(_, longitude)| longitude),
                entry.weather,
                entry.asked.as_ref().map(|asked| &asked.prompt),
                entry.asked.as_ref().map(|asked| &asked.text),
                entry.replies_to.as_ref().map(EntryId::as_bytes),
                entry.marks.bits(),
                entry.earlier.as_ref().map(earlier_column),
            ],
        )
    }

    fn add_attachments(&self, n: i64, entry: EntryId, attachments: &[Attachment]) -> Result<(), StoreError> {
        for attachment in attachments {
            self.run(
                "INSERT INTO entry_attachment (attachment, n, kind, held) VALUES (?1, ?2, ?3, 0) \
                 ON CONFLICT (attachment, n) DO UPDATE SET kind = ?3",
                params![attachment.id.as_bytes(), n, attachment.kind as u8],
            )?;
            self.attachment_is_named(attachment.id, entry.into())?;
        }
        Ok(())
    }

    /// The entry names this attachment no more; what the relay holds under it is to be let go. Another device may have put it there.
    fn release_attachment(&self, n: i64, attachment: AttachmentId) -> Result<(), StoreError> {
        self.run(
            "INSERT OR IGNORE INTO attachment_release (blob, document, edition) \
             SELECT attachment.blob, entry.id, CASE WHEN held > 0 THEN held - 1 ELSE edition END FROM entry_attachment \
             JOIN attachment ON attachment.id = attachment JOIN entry ON entry.n = entry_attachment.n \
             JOIN document ON document.id = entry.id WHERE attachment = ?1 AND entry_attachment.n = ?2",
            params![attachment.as_bytes(), n],
        )?;
        self.run(
            "DELETE FROM entry_attachment WHERE attachment = ?1 AND n = ?2",
            params![attachment.as_bytes(), n],
        )?;
        Ok(())
    }

    fn add_words(&self, n: i64, kind: WordKind, words: &[Word]) -> Result<(), StoreError> {
        for word in words {
            self.run(
                "INSERT OR IGNORE INTO entry_word (kind, folded, n) VALUES (?1, ?2, ?3)",
                params![number(kind), word.folded, n],
            )?;
        }
        Ok(())
    }

    fn remove_words(&self, n: i64, kind: WordKind, words: &[Word]) -> Result<(), StoreError> {
        for word in words {
            self.run(
                "DELETE FROM entry_word WHERE kind = ?1 AND folded = ?2 AND n = ?3",
                params![number(kind), word.folded, n],
            )?;
        }
        Ok(())
    }
}
