//! Writing a Day One export.

use super::SOURCE_DAYONE;
use super::entry::as_imported;
use super::own::{self, INSTANTS_MS, Own, Placed};
use crate::clock::Timestamp;
use crate::exchange::ExportError;
use crate::journal::{Entry, Position, Word};
use crate::moment::Precision;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};
use std::borrow::Borrow;
use std::io::{Seek, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes entries as a zip that Day One imports (`Journal.json` at its top) and returns the sink.
///
/// Body, tags, dates and zone stand in Day One's own fields; a title becomes a heading on top of the text. Feelings and
/// what a moment holds beyond Day One stand under the key `cairn`, which Day One passes over, so that
/// [`DayOne`](super::DayOne) reads the same entry again. What an entry kept of an earlier Day One export goes back where it
/// came from. Whether an entry lies in the trash is not said: leaving those out is the caller's to decide.
///
/// ```
/// use cairn_core::exchange::{DayOne, Keep, SampleJournal, write_dayone};
/// use cairn_core::id::EntryId;
/// # use std::io::Cursor;
/// let (draft, written) = SampleJournal::new(7, 1).next().expect("one entry was asked for");
/// let entry = draft.into_entry(EntryId::from_bytes([1; 16]), written).expect("a sample keeps all bounds");
/// let zip = write_dayone([&entry], Cursor::new(Vec::new())).expect("memory does not run full");
///
/// let mut export = DayOne::read(zip).expect("what was written is sound");
/// assert_eq!(export.preview().entries, 1);
/// let imported = export.entries(Keep::default()).next().expect("one entry").expect("sound");
/// assert_eq!(imported.draft.body, entry.body);
/// ```
///
/// # Errors
/// [`ExportError`] when the sink fails, or a moment lies outside the years 0 to 9999.
pub fn write_dayone<W: Write + Seek, E: Borrow<Entry>>(
    entries: impl IntoIterator<Item = E>,
    sink: W,
) -> Result<W, ExportError> {
    let mut zip = ZipWriter::new(sink);
    zip.start_file("Journal.json", SimpleFileOptions::default())?;
    zip.write_all(br#"{"metadata":{"version":"1.0"},"entries":["#)?;
    for (at, entry) in entries.into_iter().enumerate() {
        if at > 0 {
            zip.write_all(b",")?;
        }
        serde_json::to_writer(&mut zip, &value(entry.borrow(), &Media::none())?)?;
    }
    zip.write_all(b"]}")?;
    Ok(zip.finish()?)
}

/// The media of one entry: what its links become, and the lists that tell of it.
pub(in crate::exchange) struct Media {
    /// The words, with links as Day One knows them.
    pub(in crate::exchange) body: Option<String>,
    /// Day One's lists (`photos`, `videos`, `audios`, `pdfAttachments`), those that hold something.
    pub(in crate::exchange) lists: Map<String, Value>,
}

impl Media {
    /// None: links stay as they are.
    pub(in crate::exchange) fn none() -> Self {
        Self {
            body: None,
            lists: Map::new(),
        }
    }
}

/// One entry, as Day One has it.
pub(in crate::exchange) fn value(entry: &Entry, media: &Media) -> Result<Value, ExportError> {
    let import = entry.import.as_ref().filter(|import| import.source == SOURCE_DAYONE);
    let mut fields: Map<String, Value> = import
        .and_then(|import| serde_json::from_str(&import.extra).ok())
        .unwrap_or_default();
    fields.remove("journal");
    // With a device's name Day One's own texts are told from others, and this one is exact.
    fields.retain(|key, _| !key.starts_with("creationDevice") && !key.starts_with("creationOS"));
    let uuid = match import {
        Some(import) => import.source_id.clone(),
        None => entry.id.to_string().replace('-', "").to_ascii_uppercase(),
    };
    let created = date(entry.happened.at)?;
    let words = media.body.as_ref().unwrap_or(&entry.body);
    let text = if entry.title.is_empty() {
        words.clone()
    } else {
        own::heading(&entry.title) + words
    };
    let Value::Object(ours) = json!({
        "uuid": uuid,
        "creationDate": created,
        "timeZone": entry.happened.zone,
        "isAllDay": entry.happened.precision == Precision::Day,
        "text": text,
        "tags": as_written(&entry.tags),
    }) else {
        return Ok(Value::Null);
    };
    fields.extend(ours);
    fields.extend(media.lists.clone());
    if entry.marks.remember {
        fields.insert("starred".to_owned(), true.into());
    }
    if let Some(place) = &entry.place {
        let mut location = json!({"placeName": place.label});
        if let Some((latitude, longitude)) = place.position.map(Position::degrees) {
            location["latitude"] = latitude.into();
            location["longitude"] = longitude.into();
        }
        fields.insert("location".to_owned(), location);
    }
    if import.is_some()
        && let Ok(weather) = serde_json::from_str(&entry.weather)
    {
        fields.insert("weather".to_owned(), weather);
    }
    fields.entry("modifiedDate").or_insert(Value::String(created));
    let own = own(entry)?;
    if !own.is_empty() {
        fields.insert(own::KEY.to_owned(), serde_json::to_value(own)?);
    }
    Ok(Value::Object(fields))
}

fn own(entry: &Entry) -> Result<Own, ExportError> {
    date(entry.written.at)?;
    let happened =
        (as_imported(&entry.happened).as_ref() != Some(&entry.happened)).then(|| Placed::from(&entry.happened));
    let written = (entry.written != entry.happened).then(|| Placed::from(&entry.written));
    Ok(Own {
        title: entry.title.clone(),
        feelings: as_written(&entry.feelings),
        happened,
        written,
    })
}

fn as_written(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.written.clone()).collect()
}

fn date(at: Timestamp) -> Result<String, ExportError> {
    DateTime::from_timestamp_millis(at.0)
        .filter(|_| INSTANTS_MS.contains(&at.0))
        .map(|date| date.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .ok_or(ExportError::OutOfCalendar)
}
