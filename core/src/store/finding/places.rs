//! Which entries, newest first, by the cheapest of several ways.
//!
//! | way | when | cost grows with |
//! |---|---|---|
//! | [`Way::These`] | one thing asked for is rare: at most [`limits::FINDS_SORTED_MAX`] entries have it | those few |
//! | [`Way::Dates`] | the span of dates holds at most [`limits::DAYS_SORTED_MAX`] entries | the entries of the span |
//! | [`Way::Newest`] | everything asked for is frequent | how far down the list a page is together |
//!
//! Nothing is counted beyond those bounds, and no way reads the text of an entry that is not shown. Whether an entry holds a frequent
//! word is asked of the index for whole stretches of numbers, because entries of one time mostly have numbers that follow each other.

use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::journal::{Attached, Cursor, Filter, Word, WordKind};
use crate::limits;
use crate::store::columns::{at_most, day, id};
use crate::store::{StoreError, View};
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};
use std::collections::BTreeSet;

/// Numbers that are missing in a stretch at most.
const GAP_MAX: i64 = 64;
/// So many entries in one stretch at least, on average: otherwise all finds are read once.
const STRETCH: usize = 8;

/// Where an entry stands in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) n: i64,
    pub(super) at: Timestamp,
    pub(super) id: EntryId,
}

impl Place {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            n: row.get(0)?,
            at: Timestamp(row.get(1)?),
            id: id(row, 2, EntryId::from_bytes)?,
        })
    }

    pub(super) const fn cursor(&self) -> Cursor {
        Cursor {
            at: self.at,
            id: self.id,
        }
    }
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) filter: &'a Filter,
    pub(super) trashed: bool,
    /// A question to the full-text index.
    pub(super) text: Option<&'a str>,
    pub(super) after: Option<Cursor>,
    pub(super) count: usize,
}

/// How to come to the entries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// These may be what is asked for, and no others.
    These(Vec<i64>),
    /// Along the dates.
    Dates,
    /// Along the list.
    Newest,
}

/// A statement under construction.
#[derive(Default)]
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(condition);
        self.values.extend(values);
    }
}

/// How words are told apart in their table.
pub(in crate::store) const fn number(kind: WordKind) -> i64 {
    match kind {
        WordKind::Tag => 0,
        WordKind::Feeling => 1,
        WordKind::Person => 2,
        WordKind::LifeArea => 3,
    }
}

/// Numbers as SQL can take a list of them.
pub(super) fn list(numbers: impl IntoIterator<Item = i64>) -> Value {
    let numbers: Vec<String> = numbers.into_iter().map(|n| n.to_string()).collect();
    Value::Text(format!("[{}]", numbers.join(",")))
}

impl View<'_> {
    /// The places of the entries that are asked for: newest first, of equal moments the smaller id first.
    pub(super) fn places(&self, asked: &Asked<'_>) -> Result<Vec<Place>, StoreError> {
        let (way, is_text_answered) = self.way(asked)?;
        let (Some(text), false) = (asked.text, is_text_answered) else {
            return self.along(asked, &way, asked.after, asked.count);
        };
        let (mut found, mut after, mut look) = (Vec::new(), asked.after, limits::WALK_ENTRIES.0);
        let mut all = None;
        while found.len() < asked.count {
            let places = self.along(asked, &way, after, look)?;
            let Some(last) = places.last() else { break };
            // Where the first few are scattered, each is asked for by itself: most pages are together with them.
            let is_first = after == asked.after;
            after = Some(last.cursor());
            let hits = match &all {
                Some(all) => all,
                None => match self.hits_among(text, &places, is_first)? {
                    Ok(hits) => &BTreeSet::from_iter(hits),
                    Err(TooScattered) => all.insert(self.hits(text, (i64::MIN, i64::MAX))?.into_iter().collect()),
                },
            };
            found.extend(places.iter().filter(|place| hits.contains(&place.n)));
            look = (look * 2).min(limits::WALK_ENTRIES.1);
        }
        found.truncate(asked.count);
        Ok(found)
    }

    /// The cheapest way, and whether everything along it holds the text.
    pub(super) fn way(&self, asked: &Asked<'_>) -> Result<(Way, bool), StoreError> {
        for (nth, question) in rare_questions(asked).iter().enumerate() {
            if let Some(few) = self.few(question, limits::FINDS_SORTED_MAX)? {
                return Ok((Way::These(few), nth == 0 && asked.text.is_some()));
            }
        }
        let dates = (asked.filter.from, asked.filter.to);
        if asked.trashed || dates == (None, None) {
            return Ok((Way::Newest, false));
        }
        let mut sql = Sql::default();
        sql.and("SELECT n FROM entry INDEXED BY entry_date WHERE trashed IS NULL", []);
        date_conditions(asked.filter, &mut sql);
        let is_short = self.few(&sql, limits::DAYS_SORTED_MAX)?.is_some();
        Ok((if is_short { Way::Dates } else { Way::Newest }, false))
    }

    /// What answers the question, if that is not more than `most`.
    fn few(&self, question: &Sql, most: usize) -> Result<Option<Vec<i64>>, StoreError> {
        let sql = format!("{} LIMIT {}", question.text, most + 1);
        let few: Vec<i64> = self.all(&sql, params_from_iter(&question.values), |row| row.get(0))?;
        Ok((few.len() <= most).then_some(few))
    }

    /// Numbers in a range that the index answers.
    fn hits(&self, text: &str, (first, last): (i64, i64)) -> Result<Vec<i64>, StoreError> {
        self.all(
            "SELECT rowid FROM entry_text WHERE entry_text MATCH ?1 AND rowid BETWEEN ?2 AND ?3",
            (text, first, last),
            |row| row.get(0),
        )
    }

    /// Which numbers around these places the index answers; with `anyway` also where they are far apart.
    fn hits_among(
        &self,
        text: &str,
        places: &[Place],
        anyway: bool,
    ) -> Result<Result<Vec<i64>, TooScattered>, StoreError> {
        let stretches = stretches(places);
        if !anyway && stretches.len() > 1 + places.len() / STRETCH {
            return Ok(Err(TooScattered));
        }
        let mut hits = Vec::new();
        for stretch in stretches {
            hits.extend(self.hits(text, stretch)?);
        }
        Ok(Ok(hits))
    }

    /// Places along a way that pass the filter, after a place.
    fn along(
        &self,
        asked: &Asked<'_>,
        way: &Way,
        after: Option<Cursor>,
        count: usize,
    ) -> Result<Vec<Place>, StoreError> {
        let sql = statement(asked, way, after, count);
        self.all(&sql.text, params_from_iter(&sql.values), Place::read)
    }

    /// Which way a question takes, and how SQLite goes about its statements, for the tests.
    #[cfg(test)]
    pub(in crate::store) fn plan(
        &self,
        filter: &Filter,
        text: Option<&str>,
    ) -> Result<(String, Vec<String>), StoreError> {
        let asked = Asked {
            filter,
            trashed: false,
            text,
            after: None,
            count: 50,
        };
        let (way, _) = self.way(&asked)?;
        let mut statements = rare_questions(&asked);
        statements.push(statement(&asked, &way, None, 50));
        let mut steps = Vec::new();
        for sql in statements {
            let explain = format!("EXPLAIN QUERY PLAN {}", sql.text);
            steps.extend(self.all(&explain, params_from_iter(&sql.values), |row| row.get::<_, String>(3))?);
        }
        Ok((format!("{way:?}"), steps))
    }
}

/// The numbers of a page are too far apart to be asked for together.
struct TooScattered;

/// What is asked for, each thing by itself, as far as an index answers it with numbers of entries: the text first, if there is one.
fn rare_questions(asked: &Asked<'_>) -> Vec<Sql> {
    let mut questions = Vec::new();
    let mut ask = |text: &str, values: Vec<Value>| {
        let mut sql = Sql::default();
        sql.and(text, values);
        questions.push(sql);
    };
    if let Some(text) = asked.text {
        let values = vec![Value::Text(text.to_owned())];
        ask("SELECT rowid FROM entry_text WHERE entry_text MATCH ?", values);
    }
    for (kind, word) in asked.filter.words() {
        let values = vec![Value::Integer(number(kind)), Value::Text(Word::new(word).folded)];
        ask("SELECT n FROM entry_word WHERE kind = ? AND folded = ?", values);
    }
    if let Some(entry) = asked.filter.replies_to {
        let values = vec![Value::Blob(entry.as_bytes().to_vec())];
        ask(
            "SELECT n FROM entry INDEXED BY entry_reply WHERE replies_to = ?",
            values,
        );
    }
    match asked.filter.attached {
        Some(Attached::Kind(kind)) => {
            let values = vec![Value::Integer(i64::from(kind as u8))];
            ask("SELECT DISTINCT n FROM entry_attachment WHERE kind = ?", values);
        }
        Some(Attached::Anything) => ask(
            "SELECT DISTINCT n FROM entry_attachment INDEXED BY entry_attachment_entry",
            vec![],
        ),
        None => {}
    }
    if asked.filter.remember == Some(true) && !asked.trashed {
        ask(
            "SELECT n FROM entry INDEXED BY entry_remember WHERE trashed IS NULL AND marks & 1",
            vec![],
        );
    }
    questions
}

/// The statement that goes along a way.
fn statement(asked: &Asked<'_>, way: &Way, after: Option<Cursor>, count: usize) -> Sql {
    let mut sql = Sql::default();
    let index = match (way, asked.trashed) {
        (Way::These(_), _) => "entry_place",
        (Way::Dates, _) => "entry_date",
        (Way::Newest, true) => "entry_trash",
        (Way::Newest, false) => "entry_newest",
    };
    let in_trash = if asked.trashed { "IS NOT NULL" } else { "IS NULL" };
    sql.and(
        &format!("SELECT n, at, id FROM entry INDEXED BY {index} WHERE trashed {in_trash}"),
        [],
    );
    if let Way::These(numbers) = way {
        let numbers = list(numbers.iter().copied());
        sql.and(" AND n IN (SELECT value FROM json_each(?))", [numbers]);
    }
    date_conditions(asked.filter, &mut sql);
    for (kind, word) in asked.filter.words() {
        sql.and(
            " AND EXISTS (SELECT 1 FROM entry_word AS w WHERE w.kind = ? AND w.folded = ? AND w.n = entry.n)",
            [Value::Integer(number(kind)), Value::Text(Word::new(word).folded)],
        );
    }
    match asked.filter.attached {
        Some(Attached::Kind(kind)) => sql.and(
            " AND EXISTS (SELECT 1 FROM entry_attachment AS a WHERE a.kind = ? AND a.n = entry.n)",
            [Value::Integer(i64::from(kind as u8))],
        ),
        Some(Attached::Anything) => sql.and(
            " AND EXISTS (SELECT 1 FROM entry_attachment AS a WHERE a.n = entry.n)",
            [],
        ),
        None => {}
    }
    if let Some(remember) = asked.filter.remember {
        sql.and(" AND (marks & 1) = ?", [Value::Integer(i64::from(remember))]);
    }
    if let Some(entry) = asked.filter.replies_to {
        sql.and(" AND replies_to = ?", [Value::Blob(entry.as_bytes().to_vec())]);
    }
    // The first page starts before everything: after the latest of times and the empty id.
    let at = after.map_or(i64::MAX, |cursor| cursor.at.0);
    let id = after.map_or_else(Vec::new, |cursor| cursor.id.as_bytes().to_vec());
    sql.and(
        " AND at <= ? AND (at < ? OR id > ?) ORDER BY at DESC, id LIMIT ?",
        [
            Value::Integer(at),
            Value::Integer(at),
            Value::Blob(id),
            Value::Integer(at_most(count)),
        ],
    );
    sql
}

fn date_conditions(filter: &Filter, sql: &mut Sql) {
    if let Some(from) = filter.from {
        sql.and(" AND date >= ?", [Value::Integer(i64::from(day(from)))]);
    }
    if let Some(to) = filter.to {
        sql.and(" AND date <= ?", [Value::Integer(i64::from(day(to)))]);
    }
}

/// The numbers of these places as ranges without large gaps.
fn stretches(places: &[Place]) -> Vec<(i64, i64)> {
    let mut numbers: Vec<i64> = places.iter().map(|place| place.n).collect();
    numbers.sort_unstable();
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for n in numbers {
        match stretches.last_mut() {
            Some((_, last)) if n.saturating_sub(*last) <= GAP_MAX => *last = n,
            _ => stretches.push((n, n)),
        }
    }
    stretches
}
