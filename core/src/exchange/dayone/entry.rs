//! One entry of a Day One journal.

use super::extra::{self, Found};
use super::own::{self, Own};
use super::{Imported, Keep, SOURCE_DAYONE, SkipReason, quirks, richtext};
use crate::clock::Timestamp;
use crate::exchange::ImportError;
use crate::journal::Draft;
use crate::limits;
use crate::moment::{Moment, Precision, ZONE_BYTES_MAX};
use chrono::{DateTime, FixedOffset, NaiveDate, Offset, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

/// What became of one element.
pub(super) enum Outcome {
    Entry(Box<Imported>, Facts),
    Skipped(SkipReason, Option<NaiveDate>),
}

/// What the preview counts of an entry.
pub(super) struct Facts {
    pub(super) attachments: usize,
    pub(super) location: bool,
    pub(super) device: bool,
    pub(super) extra_left_out: bool,
}

/// Lists of attachments and the link that leads to one of them.
const ATTACHMENTS: [(&str, &str); 4] = [
    ("photos", "dayone-moment://"),
    ("videos", "dayone-moment:/video/"),
    ("audios", "dayone-moment:/audio/"),
    ("pdfAttachments", "dayone-moment:/pdfAttachment/"),
];

/// Characters of a source id that is not Day One's.
const SOURCE_ID_BYTES_MAX: usize = 200;

/// Reads one element of `entries`.
pub(super) fn read(json: &[u8], journal: &str, keep: Keep) -> Result<Outcome, ImportError> {
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

    let attachments: usize = ATTACHMENTS
        .iter()
        .filter_map(|(list, _)| fields.get(*list)?.as_array())
        .map(Vec::len)
        .sum();
    let mut body = body(&mut fields);
    if body.trim().is_empty() && attachments > 0 {
        body = links(&fields);
    }
    let mut title = String::new();
    if !own.title.is_empty()
        && let Some(rest) = body.strip_prefix(&own::heading(&own.title))
    {
        body = rest.to_owned();
        title = own.title;
    }
    let tags = take_tags(&mut fields);
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
    let mut found = Found::default();
    let extra = extra::pack(fields, keep, &mut found);
    let facts = Facts {
        attachments,
        location: found.location,
        device: found.device,
        extra_left_out: found.left_out,
    };
    let draft = Draft {
        title,
        body,
        tags,
        feelings: own.feelings,
        ..Draft::new(happened)
    };
    let modified = modified.map(|modified| Timestamp(modified.timestamp_millis()));
    let imported = Imported {
        source: SOURCE_DAYONE,
        source_id,
        draft,
        written,
        modified,
        extra,
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
    for (list, link) in ATTACHMENTS {
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

/// Tags that can be one here; the list stays among the extra fields when it holds anything else, or too many.
fn take_tags(fields: &mut Map<String, Value>) -> Vec<String> {
    let Some(Value::Array(list)) = fields.get("tags") else {
        return Vec::new();
    };
    let tags: Vec<String> = list
        .iter()
        .filter_map(Value::as_str)
        .filter(|tag| !tag.trim().is_empty() && !longer(tag.trim(), limits::WORD_CHARACTERS_MAX))
        .take(limits::WORDS_MAX)
        .map(str::to_owned)
        .collect();
    if tags.len() == list.len() {
        fields.remove("tags");
    }
    tags
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
    if !given.trim().is_empty() && given.len() <= SOURCE_ID_BYTES_MAX {
        return given.trim().to_owned();
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(created.as_bytes()).update(&[0]).update(body.as_bytes());
    format!("content-{}", hasher.finalize().to_hex())
}

fn take_text(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    match fields.remove(key)? {
        Value::String(text) => Some(text),
        other => {
            fields.insert(key.to_owned(), other);
            None
        }
    }
}

fn take_flag(fields: &mut Map<String, Value>, key: &str) -> bool {
    let flag = fields.get(key).and_then(Value::as_bool);
    if flag.is_some() {
        fields.remove(key);
    }
    flag.unwrap_or(false)
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

/// A date as RFC 3339 has it (years 0 to 9999), or with an offset that lacks its colon.
fn date(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text.trim())
        .or_else(|_| DateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .filter(|date| own::INSTANTS_MS.contains(&date.timestamp_millis()))
}

/// The moment of an entry. The local date comes from the zone; where that is unknown here, from the offset in its name
/// (`GMT+0530`), else from the offset the date was written with.
fn placed(created: DateTime<FixedOffset>, zone: Option<&str>, all_day: bool) -> Option<Moment> {
    let offset = *created.offset();
    let named = match zone {
        Some(zone) => zone.to_owned(),
        None => zone_of(offset),
    };
    let mut moment = Moment::new(Timestamp(created.timestamp_millis()), &named).ok()?;
    if named.parse::<Tz>().is_err() {
        let offset = offset_in_name(&named).unwrap_or(offset);
        moment.local_date = created.with_timezone(&offset).date_naive();
    } else if zone.is_none() {
        moment.local_date = created.date_naive();
    }
    if all_day {
        moment.precision = Precision::Day;
    }
    Some(moment)
}

/// The name of the zone that has always this offset (its sign is the other way round, by an old custom of POSIX).
fn zone_of(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    match seconds / 3600 {
        hours @ (-12..=-1 | 1..=14) if seconds % 3600 == 0 => format!("Etc/GMT{:+}", -hours),
        _ => "UTC".to_owned(),
    }
}

/// The offset in a name like `GMT+0530`, `UTC-3` or `+02:00`.
fn offset_in_name(name: &str) -> Option<FixedOffset> {
    let rest = name.trim().trim_start_matches("GMT").trim_start_matches("UTC");
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let number: i32 = digits
        .parse()
        .ok()
        .filter(|_| digits.len() <= 4 && !digits.starts_with('+'))?;
    let (hours, minutes) = if digits.len() <= 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)).filter(|_| hours <= 14 && minutes < 60)
}

/// Whether `text` has more than `max` characters, without counting further than that.
fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
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
