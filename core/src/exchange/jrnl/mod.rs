//! The JSON that `jrnl --export json` writes: one object with an array of entries.
//!
//! | In the file | Here |
//! |---|---|
//! | `date` (`2024-05-01`), `time` (`20:30`) | `happened`, in the zone the person names; without a time, known to the day |
//! | `title`, `body` | title and body. A title longer than one can be stands before the body |
//! | `tags` (`@walk`) | tags, without their sign |
//! | `starred` | [`remember`](crate::journal::Marks::remember) |
//! | `uuid` | the source id; without one, a hash of date, time, title and body |
//! | `tags` of the whole file | left out: it counts those of the entries |
//! | anything else | `extra` |

#[cfg(test)]
mod tests;

use super::bundle::{Source, unreadable};
use super::dates::{self, Zone};
use super::extra;
use super::importer::{Facts, ImportFormat, ImportOptions, Imported, Keep, Outcome, SkipReason};
use super::scan::{Element, Scanner};
use super::walk::{Form, Piece, Pieces};
use super::{ImportError, Shelf, bounds};
use crate::journal::Draft;
use crate::limits;
use serde_json::{Map, Value};
use std::io::{Seek, SeekFrom};

/// A file, opened.
pub(super) struct Jrnl {
    source: Box<dyn Source>,
    zone: Zone,
    keep: Keep,
    name: String,
}

impl Jrnl {
    pub(super) fn of(mut source: Box<dyn Source>, options: &ImportOptions, name: &str) -> Result<Self, ImportError> {
        let bytes = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if bytes == 0 {
            return Err(ImportError::Empty);
        }
        if bytes > limits::IMPORT_FILE_BYTES_MAX {
            return Err(ImportError::TooLarge);
        }
        Ok(Self {
            source,
            zone: Zone::needed(&options.zone)?,
            keep: options.keep,
            name: name.to_owned(),
        })
    }
}

impl Form for Jrnl {
    const FORMAT: ImportFormat = ImportFormat::Jrnl;

    fn name(&self) -> &str {
        &self.name
    }

    fn pieces(&mut self) -> Result<Pieces<'_>, ImportError> {
        self.source.rewind().map_err(unreadable)?;
        let mut scanner = Scanner::new(&mut self.source, "entries");
        let (zone, keep, name) = (self.zone, self.keep, &self.name);
        let mut number = 0;
        Ok(Box::new(std::iter::from_fn(move || {
            let next = match scanner.next() {
                Ok(Some(Element::Json(json))) => Some(entry(json, zone, keep)),
                Ok(Some(Element::TooLarge)) => Some(Ok(Outcome::Skipped(SkipReason::TooLong, None))),
                Ok(None) => None,
                Err(error) => Some(Err(error)),
            };
            let outcome = match next {
                Some(outcome) => outcome,
                None if scanner.found() => return None,
                None => Err(ImportError::NoJournal),
            };
            number += 1;
            Some(outcome.map(|outcome| Piece {
                journal: name.clone(),
                number,
                outcome,
            }))
        })))
    }

    fn shelf(&self) -> Shelf {
        Shelf::empty()
    }
}

/// Reads one element of `entries`.
fn entry(json: &[u8], zone: Zone, keep: Keep) -> Result<Outcome, ImportError> {
    let mut fields = match serde_json::from_slice::<Map<String, Value>>(json) {
        Ok(fields) => fields,
        Err(error) if error.is_data() => return Ok(Outcome::Skipped(SkipReason::NotAnEntry, None)),
        Err(_) => return Err(ImportError::Garbled),
    };
    let day = bounds::take_text(&mut fields, "date").unwrap_or_default();
    let shown = bounds::take_text(&mut fields, "time").unwrap_or_default();
    let clock = dates::time(&shown);
    let moment = dates::day(day.trim()).and_then(|day| match clock {
        Some(clock) => zone.at(day.and_time(clock)),
        None => zone.day(day),
    });
    let Some(happened) = moment else {
        return Ok(Outcome::Skipped(SkipReason::NoDate, None));
    };
    if clock.is_none() && !shown.is_empty() {
        fields.insert("time".to_owned(), Value::String(shown.clone()));
    }
    let title = bounds::take_text(&mut fields, "title").unwrap_or_default();
    let body = bounds::take_text(&mut fields, "body").unwrap_or_default();
    let given = bounds::take_text(&mut fields, "uuid").and_then(|uuid| bounds::source_id(&uuid));
    let source_id = given.unwrap_or_else(|| bounds::id_of_content(&[&day, &shown, &title, &body]));
    let mut draft = Draft::new(happened);
    draft.tags = bounds::take_words(&mut fields, "tags")
        .iter()
        .map(|tag| tag.strip_prefix(['@', '#']).unwrap_or(tag).to_owned())
        .filter(|tag| !tag.trim().is_empty())
        .collect();
    draft.marks.remember = bounds::take_flag(&mut fields, "starred");
    // jrnl ends a body with a line end of its own.
    let body = body.strip_suffix('\n').map_or(body.as_str(), |body| body).to_owned();
    (draft.title, draft.body) = bounds::title_and_body(title, body);
    let date = Some(draft.happened.local_date);
    if bounds::longer(&draft.body, limits::BODY_CHARACTERS_MAX) {
        return Ok(Outcome::Skipped(SkipReason::TooLong, date));
    }
    if draft.is_empty() {
        return Ok(Outcome::Skipped(SkipReason::Empty, date));
    }
    let mut facts = Facts::default();
    let imported = Imported {
        source: ImportFormat::Jrnl.code(),
        source_id,
        written: draft.happened.clone(),
        draft,
        modified: None,
        extra: extra::pack(fields, keep, &mut facts),
        media: Vec::new(),
    };
    Ok(Outcome::Entry(Box::new(imported), facts))
}
