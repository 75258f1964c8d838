//! A folder of Markdown files, or a zip of one: one file for every entry.
//!
//! Read are files that end in `.md` or `.markdown`; hidden folders and Logseq's own (`logseq/`) are passed over. What comes
//! before the words (`front`) and the file's name say the rest:
//!
//! | In the file | Here |
//! |---|---|
//! | `date`, else the name (`2024-05-01.md`, `2024_05_01.md`, `2024-05-01 A walk.md`, `2024/05/01.md`), else `created` | `happened`, in the zone the person names; a date without a time is known to the day. A `created` of the same day gives it its time |
//! | `created` | `written`; else the same as `happened` |
//! | `updated`, `modified` | `modified` |
//! | `title`, else what the name says after its date | title |
//! | `tags` (a list, or words parted by commas or blanks, with or without `#`) | tags |
//! | `feelings`, `feeling`, `mood`, `moods`, where they are words | feelings, exactly as written. A number stays in `extra`: nothing is made of it |
//! | `people` | people, without the brackets of a wiki |
//! | `location`, `place` | the place, if [`Keep`] says so; left out otherwise |
//! | `weather` | the weather |
//! | anything else | `extra` |
//! | `![[file]]`, `![](path)`, `[words](path)` that lead to a file of the folder | media |
//!
//! A file has no id that could not be another's: it is named by a hash of its date and words, so that moving it changes
//! nothing, and a file that was rewritten is another entry beside the first. An `id` or `uuid` of its own that is a UUID goes
//! before.

mod front;
mod names;
#[cfg(test)]
mod tests;

use super::bundle::{Bundle, Page};
use super::dates::{self, Zone};
use super::extra;
use super::importer::{Facts, ImportFormat, ImportOptions, Imported, Keep, Outcome, SkipReason};
use super::media::Stock;
use super::walk::{Form, Piece, Pieces};
use super::{ImportError, Shelf, bounds, scan};
use crate::journal::Draft;
use crate::limits;
use crate::moment::{Moment, Precision};
use serde_json::{Map, Value};

pub(super) use names::is_page;

/// Fields with the date on which an entry was begun.
const CREATED: [&str; 4] = ["created", "created_at", "createdat", "creationdate"];
/// Fields with the date on which it was last changed.
const UPDATED: [&str; 4] = ["updated", "updated_at", "modified", "lastmod"];
/// Fields with feelings in words.
const FEELINGS: [&str; 4] = ["feelings", "feeling", "mood", "moods"];

/// A folder, opened.
pub(super) struct Diary {
    bundle: Bundle,
    pages: Vec<Page>,
    stock: Stock,
    zone: Zone,
    keep: Keep,
}

impl Diary {
    pub(super) fn of(bundle: Bundle, options: &ImportOptions) -> Result<Self, ImportError> {
        let pages = bundle.pages(is_page)?;
        if pages.is_empty() {
            return Err(ImportError::NoJournal);
        }
        Ok(Self {
            stock: bundle.stock(|path| !is_page(path)),
            pages,
            zone: Zone::needed(&options.zone)?,
            keep: options.keep,
            bundle,
        })
    }
}

impl Form for Diary {
    const FORMAT: ImportFormat = ImportFormat::Markdown;

    fn name(&self) -> &str {
        &self.bundle.name
    }

    fn pieces(&mut self) -> Result<Pieces<'_>, ImportError> {
        let Self {
            pages,
            stock,
            zone,
            keep,
            ..
        } = self;
        Ok(Box::new(pages.iter_mut().map(|page| {
            let outcome = match page.read(scan::ELEMENT_BYTES_MAX)? {
                Some(bytes) => match String::from_utf8(bytes) {
                    Ok(text) => entry(&page.path, &text, stock, *zone, *keep),
                    Err(_) => Outcome::Skipped(SkipReason::NotText, None),
                },
                None => Outcome::Skipped(SkipReason::TooLong, None),
            };
            Ok(Piece {
                journal: page.path.clone(),
                number: 1,
                outcome,
            })
        })))
    }

    fn shelf(&self) -> Shelf {
        self.bundle.shelf()
    }
}

/// Reads one file.
fn entry(path: &str, text: &str, stock: &Stock, zone: Zone, keep: Keep) -> Outcome {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (fields, body) = front::split(text);
    let mut fields = folded(fields);
    let body = if body.contains('\r') {
        body.replace("\r\n", "\n")
    } else {
        body.to_owned()
    };
    let body = body.trim_end_matches('\n').to_owned();
    let (name_date, name_title) = names::date_and_title(path);
    let created = take_date(&mut fields, &CREATED, zone);
    let Some(happened) = happened(&mut fields, name_date, created.as_ref(), zone) else {
        return Outcome::Skipped(SkipReason::NoDate, None);
    };
    let date = Some(happened.local_date);
    let modified = UPDATED
        .into_iter()
        .find_map(|key| dates::written(fields.get(key)?.as_str()?, zone));
    let title = bounds::take_text(&mut fields, "title")
        .filter(|title| !title.trim().is_empty())
        .or(name_title)
        .unwrap_or_default();
    let given = ["uuid", "id"].into_iter().find_map(|key| {
        let id = fields.get(key)?.as_str()?.parse::<uuid::Uuid>().ok()?;
        fields.remove(key);
        Some(id.to_string())
    });
    let shown = match happened.precision {
        Precision::Day => happened.local_date.to_string(),
        _ => happened.at.0.to_string(),
    };
    let source_id = given.unwrap_or_else(|| bounds::id_of_content(&[&shown, &title, &body]));
    let (title, body) = bounds::title_and_body(title, body);
    let mut draft = Draft {
        title,
        body,
        tags: take_list(&mut fields, &["tags", "tag"], Words::Tags),
        feelings: take_list(&mut fields, &FEELINGS, Words::Feelings),
        people: take_list(&mut fields, &["people"], Words::Names),
        ..Draft::new(happened)
    };
    if bounds::longer(&draft.body, limits::BODY_CHARACTERS_MAX) {
        return Outcome::Skipped(SkipReason::TooLong, date);
    }
    if draft.is_empty() {
        return Outcome::Skipped(SkipReason::Empty, date);
    }
    let mut facts = Facts::default();
    let media = names::media(path, &draft.body, stock, &mut facts);
    if keep.location {
        let labels = ["location", "place"]
            .into_iter()
            .filter_map(|key| fields.get(key)?.as_str());
        draft.place = bounds::place(labels, None);
    }
    draft.weather = extra::take_weather(&mut fields, keep, &mut facts);
    let imported = Imported {
        source: ImportFormat::Markdown.code(),
        source_id,
        written: created.unwrap_or_else(|| draft.happened.clone()),
        draft,
        modified: modified.map(|moment| moment.at),
        extra: extra::pack(fields, keep, &mut facts),
        media,
    };
    Outcome::Entry(Box::new(imported), facts)
}

/// Fields under their names in lower case; where two are then the same, each keeps the name it has.
fn folded(fields: Map<String, Value>) -> Map<String, Value> {
    let mut folded = Map::new();
    for (key, value) in fields {
        let lower = key.to_lowercase();
        let key = if folded.contains_key(&lower) { key } else { lower };
        folded.insert(key, value);
    }
    folded
}

/// When it happened: what the file says, else what its name says, else when it was begun.
fn happened(
    fields: &mut Map<String, Value>,
    named: Option<chrono::NaiveDateTime>,
    created: Option<&Moment>,
    zone: Zone,
) -> Option<Moment> {
    let said = take_date(fields, &["date", "day"], zone);
    let named = named.and_then(|named| match named.time() == chrono::NaiveTime::MIN {
        true => zone.day(named.date()),
        false => zone.at(named),
    });
    let day = said.or(named).or_else(|| created.cloned())?;
    // A day is known to the minute when the entry was begun on it.
    let is_begun_then = |created: &&Moment| {
        created.local_date == day.local_date && created.precision == Precision::Exact && day.precision == Precision::Day
    };
    Some(created.filter(is_begun_then).cloned().unwrap_or(day))
}

/// Takes the first of these fields that is a date; one that is none stays where it is.
fn take_date(fields: &mut Map<String, Value>, keys: &[&str], zone: Zone) -> Option<Moment> {
    keys.iter().find_map(|key| {
        let moment = dates::written(fields.get(*key)?.as_str()?, zone)?;
        fields.remove(*key);
        Some(moment)
    })
}

/// How the words of a field are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Parted by commas or blanks, with or without `#`.
    Tags,
    /// Parted by commas. What has no letter (`7`, `6/10`) is a figure and no word.
    Feelings,
    /// Parted by commas.
    Names,
}

/// Takes the words of these fields, of a list or of a text. A field that holds anything but words, or one that cannot be
/// kept, stays where it is too.
fn take_list(fields: &mut Map<String, Value>, keys: &[&str], kind: Words) -> Vec<String> {
    let mut all = Vec::new();
    for key in keys {
        let (texts, mut whole): (Vec<&str>, bool) = match fields.get(*key) {
            Some(Value::String(text)) => (vec![text.as_str()], true),
            Some(Value::Array(list)) => (
                list.iter().filter_map(Value::as_str).collect(),
                list.iter().all(Value::is_string),
            ),
            _ => continue,
        };
        let is_text = fields.get(*key).is_some_and(Value::is_string);
        let by_blanks = kind == Words::Tags && is_text && !texts.iter().any(|text| text.contains(','));
        let mut parts: Vec<&str> = texts
            .iter()
            .flat_map(|text| text.split(|c: char| c == ',' || (by_blanks && c.is_whitespace())))
            .map(|part| part.trim().trim_start_matches("[[").trim_end_matches("]]").trim())
            .map(|part| {
                if kind == Words::Tags {
                    part.trim_start_matches('#')
                } else {
                    part
                }
            })
            .filter(|part| !part.is_empty())
            .collect();
        if kind == Words::Feelings {
            let given = parts.len();
            parts.retain(|part| part.chars().any(|c| c.is_alphabetic() || !c.is_ascii()));
            whole &= parts.len() == given;
        }
        let (words, fit) = bounds::words(parts.into_iter());
        all.extend(words);
        if whole && fit {
            fields.remove(*key);
        }
    }
    all.truncate(limits::WORDS_MAX);
    all
}
