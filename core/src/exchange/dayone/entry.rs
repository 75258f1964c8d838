//! One entry of a Day One journal.

use super::media::{self, LISTS};
use super::own::{self, Own};
use super::{SOURCE_DAYONE, quirks, richtext};
use crate::clock::Timestamp;
use crate::exchange::bounds::{longer, place, source_id as kept_as_it_is, take_flag, take_text, take_words};
use crate::exchange::dates::{placed, rfc3339 as date};
use crate::exchange::importer::{Facts, Imported, Keep, Outcome, SkipReason};
use crate::exchange::media::Stock;
use crate::exchange::{ImportError, extra};
use crate::journal::{Draft, Place};
use crate::limits;
use crate::moment::{Moment, Precision, ZONE_BYTES_MAX};
use chrono::{DateTime, Offset, Utc};
use serde_json::{Map, Value};

/// Reads one element of `entries`.
pub(super) fn read(json: &[u8], journal: &str, stock: &Stock, keep: Keep) -> Result<Outcome, ImportError> {
    let mut fields = match serde_json::from_slice::<Map<String, Value>>(json) {
        Ok(fields) => fields,
        Err(error) if error.is_data() => return Ok(Outcome::Skipped(SkipReason::NotAnEntry, None)),
        Err(_) => return Err(ImportError::Garbled),
    };
    let own = fields.get(own::KEY).and_then(Own::read).filter(keeps_bounds);
    if own.is_some() {
        fields.remove(own::KEY);
    }
    let own = own.unwrap_or_default();

    let created = take_text(&mut fields, "creationDate");
    let all_day = take_flag(&mut fields, "isAllDay");
    let zone = take_zone(&mut fields);
    let moment = created
        .as_deref()
        .and_then(date)
        .and_then(|created| placed(created, zone.as_deref(), all_day));
    let (Some(created), Some(happened)) = (created, moment) else {
        return Ok(Outcome::Skipped(SkipReason::NoDate, None));
    };
    let written = own
        .written
        .as_ref()
        .and_then(own::Placed::moment)
        .unwrap_or_else(|| happened.clone());
    let happened = own.happened.as_ref().and_then(own::Placed::moment).unwrap_or(happened);
    let modified = fields.get("modifiedDate").and_then(Value::as_str).and_then(date);
    if fields.get("modifiedDate").and_then(Value::as_str) == Some(created.as_str()) {
        fields.remove("modifiedDate");
    }

    let mut facts = Facts {
        attachments: media::count(&fields),
        ..Facts::default()
    };
    let mut body = body(&mut fields);
    if body.trim().is_empty() && facts.attachments > 0 {
        body = links(&fields);
    }
    let mut title = String::new();
    if !own.title.is_empty()
        && let Some(rest) = body.strip_prefix(&own::heading(&own.title))
    {
        body = rest.to_owned();
        title = own.title;
    }
    let tags = take_words(&mut fields, "tags");
    let remember = take_flag(&mut fields, "starred");
    let date = Some(happened.local_date);
    if longer(&body, limits::BODY_CHARACTERS_MAX) {
        return Ok(Outcome::Skipped(SkipReason::TooLong, date));
    }
    if title.trim().is_empty() && body.trim().is_empty() && tags.is_empty() && own.feelings.is_empty() {
        return Ok(Outcome::Skipped(SkipReason::Empty, date));
    }
    let source_id = source_id(&mut fields, &created, &body);
    fields
        .entry("journal")
        .or_insert_with(|| Value::String(journal.to_owned()));
    let media = media::of(&fields, &body, &happened, stock, &mut facts);
    let mut draft = Draft {
        title,
        body,
        tags,
        feelings: own.feelings,
        weather: extra::take_weather(&mut fields, keep, &mut facts),
        ..Draft::new(happened)
    };
    draft.marks.remember = remember;
    if keep.location {
        draft.place = fields.get("location").and_then(place_of);
    }
    let modified = modified.map(|modified| Timestamp(modified.timestamp_millis()));
    let imported = Imported {
        source: SOURCE_DAYONE,
        source_id,
        draft,
        written,
        modified,
        extra: extra::pack(fields, keep, &mut facts),
        media,
    };
    Ok(Outcome::Entry(Box::new(imported), facts))
}

/// Rich text where it can be read, else the text.
fn body(fields: &mut Map<String, Value>) -> String {
    let by_app = fields
        .keys()
        .any(|key| key.starts_with("creationDevice") || key.starts_with("creationOS"));
    if let Some(rich) = fields.get("richText").and_then(richtext::read)
        && !rich.markdown.trim().is_empty()
    {
        fields.remove("richText");
        fields.remove("text");
        if !rich.unplaced.is_empty() {
            fields.insert("embeddedObjects".to_owned(), Value::Array(rich.unplaced));
        }
        return rich.markdown;
    }
    match take_text(fields, "text") {
        Some(text) if by_app => quirks::plain(&text),
        Some(text) => text,
        None => String::new(),
    }
}

/// Links to every attachment in Day One's order, for an entry without a text: it would be empty without them.
fn links(fields: &Map<String, Value>) -> String {
    let mut links: Vec<(u64, String)> = Vec::new();
    for (list, link) in LISTS {
        for attachment in fields.get(list).and_then(Value::as_array).into_iter().flatten() {
            if let Some(identifier) = attachment.get("identifier").and_then(Value::as_str) {
                let order = attachment
                    .get("orderInEntry")
                    .and_then(Value::as_u64)
                    .unwrap_or(u64::MAX);
                links.push((order, format!("![]({link}{identifier})")));
            }
        }
    }
    links.sort_by_key(|(order, _)| *order);
    links.into_iter().map(|(_, link)| link).collect::<Vec<_>>().join("\n\n")
}

/// The place Day One names, by the narrowest name it has.
fn place_of(location: &Value) -> Option<Place> {
    let names = ["placeName", "localityName", "administrativeArea", "country"];
    let number = |key: &str| location.get(key).and_then(Value::as_f64);
    place(
        names.into_iter().filter_map(|key| location.get(key)?.as_str()),
        number("latitude").zip(number("longitude")),
    )
}

fn keeps_bounds(own: &Own) -> bool {
    !longer(&own.title, limits::TITLE_CHARACTERS_MAX)
        && own.feelings.len() <= limits::WORDS_MAX
        && own
            .feelings
            .iter()
            .all(|word| !word.trim().is_empty() && !longer(word, limits::WORD_CHARACTERS_MAX))
}

/// The id of the entry in one spelling; a hash of date and text where there is none.
fn source_id(fields: &mut Map<String, Value>, created: &str, body: &str) -> String {
    let given = take_text(fields, "uuid").unwrap_or_default();
    let digits: String = given.chars().filter(|c| *c != '-').collect();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return digits.to_ascii_uppercase();
    }
    if let Some(given) = kept_as_it_is(&given) {
        return given;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(created.as_bytes()).update(&[0]).update(body.as_bytes());
    format!("content-{}", hasher.finalize().to_hex())
}

/// The zone's name; one that cannot be a name stays among the extra fields.
fn take_zone(fields: &mut Map<String, Value>) -> Option<String> {
    let zone = take_text(fields, "timeZone")?;
    if zone.len() > ZONE_BYTES_MAX {
        fields.insert("timeZone".to_owned(), Value::String(zone));
        return None;
    }
    Some(zone).filter(|zone| !zone.trim().is_empty())
}

/// The date a moment of this instant and zone is given on import, for the writer to compare.
pub(super) fn as_imported(moment: &Moment) -> Option<Moment> {
    let created: DateTime<Utc> = DateTime::from_timestamp_millis(moment.at.0)?;
    let zone = Some(moment.zone.as_str()).filter(|zone| !zone.trim().is_empty());
    placed(
        created.with_timezone(&Utc.fix()),
        zone,
        moment.precision == Precision::Day,
    )
}
