//! Journey's export: a zip with one JSON file for every entry and the media beside them.
//!
//! Two schemas are about; a file may hold entries of both, and fields are read by their names, whichever it is.
//!
//! | In the file (old, new) | Here |
//! |---|---|
//! | `id` | the source id; without one, a hash of date and text |
//! | `date_journal` (ms since 1970), `dateOfJournal` (RFC 3339); `timezone` | `happened`; the local date is read off the zone once and for all |
//! | `createdAt` | `written`; else the same as `happened` |
//! | `date_modified`, `updatedAt` | `modified`, and in `extra` |
//! | `text` (HTML where `type` says so) | the body, as Markdown |
//! | `tags` | tags |
//! | `favourite`, `favorite` | [`remember`](crate::journal::Marks::remember) |
//! | `weather` | the weather |
//! | `address`, `lat` `lon`, `location` | the place, if [`Keep`] says so; left out otherwise |
//! | `photos`, `attachments` | media, by the names of their files |
//! | `encrypted` | an encrypted entry is not taken, and said in the preview |
//! | `preview_text` | left out: it repeats the text |
//! | anything else, `mood` and its kin among it | `extra`, as it stands. Nothing is made of a number |
//!
//! `1.7976931348623157E308` is how Journey writes that there is no number.

#[cfg(test)]
mod tests;

use super::bundle::{Bundle, Page};
use super::dates::{self, Zone};
use super::extra;
use super::importer::{Facts, ImportFormat, ImportOptions, Imported, Keep, Outcome, SkipReason};
use super::media::Stock;
use super::walk::{Form, Piece, Pieces};
use super::{ImportError, Media, Shelf, bounds, embeds, html, scan};
use crate::clock::Timestamp;
use crate::journal::Draft;
use crate::limits;
use crate::moment::{Moment, ZONE_BYTES_MAX};
use chrono::DateTime;
use serde_json::{Map, Value};

/// The keys of its dates, old and new: what tells its files from others.
pub(super) const DATES: [&str; 2] = ["date_journal", "dateOfJournal"];
/// At and above this a number is Journey's way to say that there is none.
const NO_NUMBER: f64 = 1e300;

/// An export, opened.
pub(super) struct Journey {
    bundle: Bundle,
    pages: Vec<Page>,
    stock: Stock,
    keep: Keep,
    zone: Option<Zone>,
}

/// Whether a file may be an entry.
pub(super) fn is_page(path: &str) -> bool {
    super::dayone::is_journal(path)
}

impl Journey {
    pub(super) fn of(bundle: Bundle, options: &ImportOptions) -> Result<Self, ImportError> {
        let pages = bundle.pages(is_page)?;
        if pages.is_empty() {
            return Err(ImportError::NoJournal);
        }
        Ok(Self {
            stock: bundle.stock(|path| !is_page(path)),
            pages,
            keep: options.keep,
            zone: Zone::given(&options.zone)?,
            bundle,
        })
    }
}

impl Form for Journey {
    const FORMAT: ImportFormat = ImportFormat::Journey;

    fn name(&self) -> &str {
        &self.bundle.name
    }

    fn pieces(&mut self) -> Result<Pieces<'_>, ImportError> {
        let Self {
            pages,
            stock,
            keep,
            zone,
            ..
        } = self;
        Ok(Box::new(pages.iter_mut().map(|page| {
            let outcome = match page.read(scan::ELEMENT_BYTES_MAX)? {
                Some(json) => entry(&json, stock, *keep, *zone)?,
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
fn entry(json: &[u8], stock: &Stock, keep: Keep, zone: Option<Zone>) -> Result<Outcome, ImportError> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    scan::check(json)?;
    let mut fields = match serde_json::from_slice::<Map<String, Value>>(json) {
        Ok(fields) => fields,
        Err(error) if error.is_data() => return Ok(Outcome::Skipped(SkipReason::NotAnEntry, None)),
        Err(_) => return Err(ImportError::Garbled),
    };
    if !DATES.into_iter().any(|key| fields.contains_key(key)) {
        return Ok(Outcome::Skipped(SkipReason::NotAnEntry, None));
    }
    without_no_numbers(&mut fields);
    let dates = DATES.map(|key| fields.remove(key));
    let named = bounds::take_text(&mut fields, "timezone").filter(|zone| !zone.trim().is_empty());
    let named = match named {
        Some(name) if name.len() > ZONE_BYTES_MAX => {
            fields.insert("timezone".to_owned(), Value::String(name));
            None
        }
        named => named,
    };
    let named = named.as_deref().or_else(|| zone.map(Zone::name));
    let Some(happened) = dates.iter().flatten().find_map(|date| moment(date, named)) else {
        return Ok(Outcome::Skipped(SkipReason::NoDate, None));
    };
    let date = Some(happened.local_date);
    if bounds::take_flag(&mut fields, "encrypted") {
        return Ok(Outcome::Skipped(SkipReason::Encrypted, date));
    }
    let written = fields.remove("createdAt").and_then(|date| moment(&date, named));
    let modified = ["updatedAt", "date_modified"]
        .into_iter()
        .filter_map(|key| fields.get(key))
        .find_map(|date| moment(date, named));
    let id = bounds::take_text(&mut fields, "id").and_then(|id| bounds::source_id(&id));
    fields.remove("preview_text");
    let text = bounds::take_text(&mut fields, "text").unwrap_or_default();
    let is_html = fields
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|form| form.eq_ignore_ascii_case("html"));
    if is_html {
        fields.remove("type");
    }
    let mut body = if is_html { html::to_markdown(&text) } else { text };
    let mut facts = Facts::default();
    let media = media(&mut fields, stock, &mut body, &mut facts);
    let tags = bounds::take_words(&mut fields, "tags");
    let remember = ["favourite", "favorite"].map(|key| bounds::take_flag(&mut fields, key));
    let mut draft = Draft::new(happened);
    draft.marks.remember = remember.contains(&true);
    if bounds::longer(&body, limits::BODY_CHARACTERS_MAX) {
        return Ok(Outcome::Skipped(SkipReason::TooLong, date));
    }
    if body.trim().is_empty() && tags.is_empty() {
        return Ok(Outcome::Skipped(SkipReason::Empty, date));
    }
    let day = draft.happened.at.0.to_string();
    let source_id = id.unwrap_or_else(|| bounds::id_of_content(&[&day, &body]));
    if keep.location {
        draft.place = place(&fields);
    }
    draft.weather = extra::take_weather(&mut fields, keep, &mut facts);
    draft.body = body;
    draft.tags = tags;
    Ok(Outcome::Entry(
        Box::new(Imported {
            source: ImportFormat::Journey.code(),
            source_id,
            written: written.unwrap_or_else(|| draft.happened.clone()),
            draft,
            modified: modified.map(|moment| moment.at),
            extra: extra::pack(fields, keep, &mut facts),
            media,
        }),
        facts,
    ))
}

/// The moment of a date in either schema.
fn moment(date: &Value, zone: Option<&str>) -> Option<Moment> {
    let written = match date {
        Value::String(text) => dates::rfc3339(text)?,
        Value::Number(ms) => {
            let ms = ms.as_i64().filter(|ms| dates::INSTANTS_MS.contains(ms))?;
            DateTime::from_timestamp_millis(Timestamp(ms).0)?.fixed_offset()
        }
        _ => return None,
    };
    dates::placed(written, zone, false).filter(Moment::is_possible)
}

/// Takes out every number that says there is none, at any depth.
fn without_no_numbers(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| !value.as_f64().is_some_and(|number| number.abs() >= NO_NUMBER));
    for value in fields.values_mut() {
        if let Value::Object(fields) = value {
            without_no_numbers(fields);
        }
    }
}

/// The media that the entry names by their files. Where it has no words their links become its body.
fn media(fields: &mut Map<String, Value>, stock: &Stock, body: &mut String, facts: &mut Facts) -> Vec<Media> {
    let mut names: Vec<String> = Vec::new();
    for list in ["photos", "attachments"] {
        for item in fields.get(list).and_then(Value::as_array).into_iter().flatten() {
            let name = item.as_str().or_else(|| item.get("name").and_then(Value::as_str));
            names.extend(name.filter(|name| !name.trim().is_empty()).map(str::to_owned));
        }
    }
    facts.attachments += names.len();
    let is_blank = body.trim().is_empty();
    if is_blank {
        let links: Vec<String> = names.iter().map(|name| format!("![](<{}>)", target(name))).collect();
        *body = links.join("\n\n");
    }
    let links = embeds::embeds(body);
    let mut media = Vec::new();
    for name in &names {
        let file = file_name(name);
        let Some(found) = stock.named(file).filter(|_| media.len() < limits::ATTACHMENTS_MAX) else {
            facts.attachments_missing += 1;
            continue;
        };
        let link = links
            .iter()
            .filter_map(|link| body.get(link.target.clone()))
            .find(|target| file_name(target) == file);
        let link = link.unwrap_or_default().to_owned();
        media.push(Media { link, ..found });
    }
    media
}

/// A name as it can stand in angle brackets.
fn target(name: &str) -> String {
    name.replace(['<', '>', '\n', '\\'], "")
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// The place of either schema.
fn place(fields: &Map<String, Value>) -> Option<crate::journal::Place> {
    let location = fields.get("location").unwrap_or(&Value::Null);
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let latitude = number(fields.get("lat")).or_else(|| number(location.get("lat")));
    let longitude = number(fields.get("lon")).or_else(|| number(location.get("lng")));
    let labels = [location.get("name"), fields.get("address")];
    bounds::place(
        labels.into_iter().flatten().filter_map(Value::as_str),
        latitude.zip(longitude),
    )
}
