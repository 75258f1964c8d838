//! Daylio's table: one row for every entry.
//!
//! Columns go by their names in the first row, whichever there are and in whichever order; fields are parted by commas, or by
//! tabs, and a byte order mark may stand before them.
//!
//! | Column | Here |
//! |---|---|
//! | `full_date` (ISO), `time` (`20:30`, `8:30 pm`) | `happened`, in the zone the person names. A time that cannot be read is kept in `extra`, and the entry is known to the day |
//! | `mood` | a feeling, exactly as written |
//! | `activities` (`a \| b`) | tags |
//! | `note_title`, `note` | title and body; simple HTML in a note becomes Markdown |
//! | `date`, `weekday` | left out: they repeat `full_date` in the words of a language |
//! | anything else, `scales` among it | `extra`, as it stands. Nothing is made of a number |
//!
//! A row has no id: it is named by a hash of what it says, with the time as it is read, so that a table exported in another
//! language or with another set of columns gives the same entries.

#[cfg(test)]
mod tests;

use super::bundle::{Source, unreadable};
use super::dates::{self, Zone};
use super::extra;
use super::importer::{Facts, ImportFormat, ImportOptions, Imported, Keep, Outcome, SkipReason};
use super::walk::{Form, Piece, Pieces};
use super::{ImportError, Shelf, bounds, html};
use crate::journal::Draft;
use crate::limits;
use csv::{ByteRecord, Reader, ReaderBuilder, Trim};
use serde_json::{Map, Value};
use std::io::{Read, Seek, SeekFrom};

/// Columns that say something twice.
const REPEATED: [&str; 3] = ["full_date", "date", "weekday"];
/// A table has the date and one of these.
const TELLING: [&str; 3] = ["mood", "activities", "note"];

/// A table, opened.
pub(super) struct Daylio {
    source: Box<dyn Source>,
    columns: Vec<String>,
    delimiter: u8,
    zone: Zone,
    keep: Keep,
    name: String,
}

/// Whether a line is the first one of such a table.
pub(super) fn is_header(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    line.split([',', '\t']).any(|column| named(column) == "full_date")
}

/// The name of a column.
fn named(column: &str) -> String {
    column
        .trim_matches(['\u{feff}', '"', ' ', '\r', '\n'])
        .to_ascii_lowercase()
}

impl Daylio {
    pub(super) fn of(mut source: Box<dyn Source>, options: &ImportOptions, name: &str) -> Result<Self, ImportError> {
        let bytes = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if bytes == 0 {
            return Err(ImportError::Empty);
        }
        if bytes > limits::IMPORT_TABLE_BYTES_MAX {
            return Err(ImportError::TooLarge);
        }
        let mut head = Vec::new();
        source.rewind().map_err(unreadable)?;
        source
            .by_ref()
            .take(64 * 1024)
            .read_to_end(&mut head)
            .map_err(unreadable)?;
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = if line.contains(&b'\t') { b'\t' } else { b',' };
        source.rewind().map_err(unreadable)?;
        let mut table = table(&mut source, delimiter);
        let first = table.byte_headers().map_err(refused)?.clone();
        let columns: Vec<String> = first
            .iter()
            .map(|column| named(&String::from_utf8_lossy(column)))
            .collect();
        let has = |name: &&str| columns.iter().any(|column| column == name);
        let twice = columns
            .iter()
            .enumerate()
            .any(|(at, column)| columns.iter().skip(at + 1).any(|other| other == column));
        if !has(&"full_date") || !TELLING.iter().any(has) || twice {
            return Err(ImportError::WrongColumns);
        }
        drop(table);
        Ok(Self {
            source,
            columns,
            delimiter,
            zone: Zone::needed(&options.zone)?,
            keep: options.keep,
            name: name.to_owned(),
        })
    }
}

fn table(source: &mut Box<dyn Source>, delimiter: u8) -> Reader<&mut Box<dyn Source>> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(Trim::None)
        .from_reader(source)
}

fn refused(error: csv::Error) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unreadable(error),
        _ => ImportError::WrongColumns,
    }
}

impl Form for Daylio {
    const FORMAT: ImportFormat = ImportFormat::Daylio;

    fn name(&self) -> &str {
        &self.name
    }

    fn pieces(&mut self) -> Result<Pieces<'_>, ImportError> {
        self.source.rewind().map_err(unreadable)?;
        let rows = table(&mut self.source, self.delimiter).into_byte_records();
        let (columns, zone, keep, name) = (&self.columns, self.zone, self.keep, &self.name);
        Ok(Box::new(rows.enumerate().map(move |(at, row)| {
            Ok(Piece {
                journal: name.clone(),
                number: at + 1,
                outcome: entry(columns, &row.map_err(refused)?, zone, keep),
            })
        })))
    }

    fn shelf(&self) -> Shelf {
        Shelf::empty()
    }
}

/// Reads one row.
fn entry(columns: &[String], row: &ByteRecord, zone: Zone, keep: Keep) -> Outcome {
    if row.len() != columns.len() {
        return Outcome::Skipped(SkipReason::NotAnEntry, None);
    }
    let mut fields: Map<String, Value> = Map::new();
    for (column, field) in columns.iter().zip(row) {
        let Ok(field) = std::str::from_utf8(field) else {
            return Outcome::Skipped(SkipReason::NotText, None);
        };
        fields.insert(column.clone(), Value::String(field.to_owned()));
    }
    let date = fields.get("full_date").and_then(Value::as_str).unwrap_or_default();
    let Some(day) = dates::day(date.trim()) else {
        return Outcome::Skipped(SkipReason::NoDate, None);
    };
    for column in REPEATED {
        fields.remove(column);
    }
    let shown = bounds::take_text(&mut fields, "time").unwrap_or_default();
    let clock = dates::time(&shown);
    let moment = match clock {
        Some(clock) => zone.at(day.and_time(clock)),
        None => {
            fields.insert("time".to_owned(), Value::String(shown.clone()));
            zone.day(day)
        }
    };
    let Some(happened) = moment else {
        return Outcome::Skipped(SkipReason::NoDate, None);
    };
    let mut take = |column: &str| bounds::take_text(&mut fields, column).unwrap_or_default();
    let (mood, activities) = (take("mood"), take("activities"));
    let (title, note) = (take("note_title"), take("note"));
    let clock = clock.map_or(shown, |clock| clock.to_string());
    let source_id = bounds::id_of_content(&[&day.to_string(), &clock, &mood, &activities, &title, &note]);
    let (feelings, all) = bounds::words([mood.as_str()].into_iter().filter(|mood| !mood.trim().is_empty()));
    if !all {
        fields.insert("mood".to_owned(), Value::String(mood.clone()));
    }
    let parts = activities.split('|').filter(|activity| !activity.trim().is_empty());
    let (tags, all) = bounds::words(parts);
    if !all {
        fields.insert("activities".to_owned(), Value::String(activities.clone()));
    }
    let note = if html::is_likely(&note) {
        html::to_markdown(&note)
    } else {
        note
    };
    let (title, body) = bounds::title_and_body(title.trim().to_owned(), note);
    let date = Some(happened.local_date);
    if bounds::longer(&body, limits::BODY_CHARACTERS_MAX) {
        return Outcome::Skipped(SkipReason::TooLong, date);
    }
    let draft = Draft {
        title,
        body,
        tags,
        feelings,
        ..Draft::new(happened)
    };
    if draft.is_empty() {
        return Outcome::Skipped(SkipReason::Empty, date);
    }
    let mut facts = Facts::default();
    let imported = Imported {
        source: ImportFormat::Daylio.code(),
        source_id,
        written: draft.happened.clone(),
        draft,
        modified: None,
        extra: extra::pack(fields, keep, &mut facts),
        media: Vec::new(),
    };
    Outcome::Entry(Box::new(imported), facts)
}
