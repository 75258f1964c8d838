//! One entry as a file: lines of front matter, then the words.
//!
//! | line | value | left out when |
//! |---|---|---|
//! | `cairn` | the version of this form, 1 | never |
//! | `id` | text | never |
//! | `title` | text | empty |
//! | `happened`, `written` | `{at, zone, date, precision}`: `at` RFC 3339 in UTC, or milliseconds since 1970 beyond the year 9999; `precision` one of `exact day month season unknown` | never |
//! | `tags feelings people life_areas` | list of words; a word is text, or `{written, folded}` where folding it here gives another form | none |
//! | `attachments` | list of `{id, kind, file, media_type, sha256, bytes, original_name, made, width, height, duration_ms, alt_text, transcript}`; `file` is a path of the archive | none |
//! | `valence`, `energy` | number | not set |
//! | `state_of_mind` | `{felt_for, associations}`: `moment` or `day` | not brought |
//! | `place` | `{label, latitude, longitude}` in degrees | not said |
//! | `weather` | text, JSON | empty |
//! | `asked` | `{prompt, text}` | not asked |
//! | `replies_to` | text, an id | none |
//! | `marks` | list of `remember keep_from_memories tender never_share` | none |
//! | `trashed` | as `at` | not in the trash |
//! | `import` | `{source, source_id, extra}` | not imported |
//! | `both_versions` | `true` | not so |
//! | `earlier` | `{edition, heads}` | first edition |
//! | `unknown` | `{number: base64}`, what a newer version of the core wrote | none |
//! | `links` | `"as written"`: links to attachments stand as in the vault | they lead to the files |
//!
//! A line this version does not know is passed over.

use super::{ATTACHMENTS, UP};
use crate::clock::Timestamp;
use crate::exchange::export::links::{self, file_name, hex};
use crate::exchange::export::yaml::{self, Front};
use crate::id::{AttachmentId, EntryId};
use crate::journal::{
    Asked, Attachment, AttachmentKind, Earlier, Energy, Entry, FeltFor, ImportSource, Marks, Place, Position,
    StateOfMind, Valence, Word,
};
use crate::moment::{Moment, Precision};
use chrono::{DateTime, NaiveDate, SecondsFormat};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The version of this form.
const VERSION: u64 = 1;
/// What `links` says where the words are those of the vault, byte for byte.
const AS_WRITTEN: &str = "as written";

/// Instants that RFC 3339 can name, in milliseconds: the years 0 to 9999.
const INSTANTS_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

const MARKS: [(&str, u64); 4] = [
    ("remember", 1),
    ("keep_from_memories", 2),
    ("tender", 4),
    ("never_share", 8),
];

/// The file of an entry. Its links lead to the files of those attachments that are `there`.
pub(super) fn write(entry: &Entry, there: &BTreeSet<AttachmentId>) -> String {
    let mut front = Front::new();
    front.line("cairn", VERSION);
    front.line("id", entry.id.to_string());
    front.line("title", entry.title.as_str());
    front.line("happened", moment(&entry.happened));
    front.line("written", moment(&entry.written));
    for (key, words) in [
        ("tags", &entry.tags),
        ("feelings", &entry.feelings),
        ("people", &entry.people),
        ("life_areas", &entry.life_areas),
    ] {
        front.line(key, words.iter().map(word).collect::<Vec<_>>());
    }
    front.line(
        "attachments",
        entry.attachments.iter().map(attachment).collect::<Vec<_>>(),
    );
    front.line("valence", entry.valence.map(Valence::number));
    front.line("energy", entry.energy.map(Energy::number));
    front.line("state_of_mind", entry.state_of_mind.as_ref().map(state_of_mind));
    front.line("place", entry.place.as_ref().map(place));
    front.line("weather", entry.weather.as_str());
    let asked = |asked: &Asked| json!({"prompt": asked.prompt, "text": asked.text});
    front.line("asked", entry.asked.as_ref().map(asked));
    front.line("replies_to", entry.replies_to.map(|id| id.to_string()));
    let bits = u64::from(entry.marks.bits());
    let marks = MARKS.iter().filter(|(_, bit)| bits & bit != 0);
    front.line("marks", marks.map(|(mark, _)| Value::from(*mark)).collect::<Vec<_>>());
    front.line("trashed", entry.trashed.map(time));
    let import =
        |import: &ImportSource| json!({"source": import.source, "source_id": import.source_id, "extra": import.extra});
    front.line("import", entry.import.as_ref().map(import));
    front.line("both_versions", entry.both_versions.then_some(true));
    let heads = |heads: &[[u8; 32]]| heads.iter().map(|head| hex(head)).collect::<Vec<_>>();
    let earlier = |earlier: &Earlier| json!({"edition": earlier.edition, "heads": heads(&earlier.heads)});
    front.line("earlier", entry.earlier.as_ref().map(earlier));
    let unknown = entry.unknown.iter();
    let unknown: Map<String, Value> = unknown
        .map(|(number, raw)| (number.to_string(), BASE64.encode(raw).into()))
        .collect();
    front.line("unknown", unknown);

    let body = links::replaced(entry, |attachment| {
        there.contains(&attachment.id).then(|| path_from_entry(attachment))
    });
    // Words that hold such a path by themselves would come back as links.
    if with_own_links(&body, &entry.attachments) == entry.body {
        return front.over(&body);
    }
    front.line("links", AS_WRITTEN);
    front.over(&entry.body)
}

/// The entry of a file; none where the file is not one that [`write()`] wrote.
pub(super) fn read(file: &str) -> Option<Entry> {
    let (lines, body) = yaml::read(file)?;
    let mut entry = Entry::blank(EntryId::from_bytes([0; 16]), Moment::epoch());
    let (mut version, mut id, mut happened, mut written, mut as_written) = (None, None, None, None, false);
    for (key, value) in lines {
        match key {
            "cairn" => version = value.as_u64().filter(|version| *version == VERSION),
            "id" => id = Some(value.as_str()?.parse::<EntryId>().ok()?),
            "title" => entry.title = text(&value)?,
            "happened" => happened = Some(read_moment(&value)?),
            "written" => written = Some(read_moment(&value)?),
            "tags" => entry.tags = read_words(&value)?,
            "feelings" => entry.feelings = read_words(&value)?,
            "people" => entry.people = read_words(&value)?,
            "life_areas" => entry.life_areas = read_words(&value)?,
            "attachments" => entry.attachments = list(&value, read_attachment)?,
            "valence" => entry.valence = Some(Valence::new(value.as_f64()?)?),
            "energy" => entry.energy = Some(Energy::new(value.as_f64()?)?),
            "state_of_mind" => entry.state_of_mind = Some(read_state_of_mind(&value)?),
            "place" => entry.place = Some(read_place(&value)?),
            "weather" => entry.weather = text(&value)?,
            "asked" => {
                entry.asked = Some(Asked {
                    prompt: text(value.get("prompt")?)?,
                    text: text(value.get("text")?)?,
                });
            }
            "replies_to" => entry.replies_to = Some(value.as_str()?.parse().ok()?),
            "marks" => entry.marks = read_marks(&value)?,
            "trashed" => entry.trashed = Some(read_time(&value)?),
            "import" => {
                entry.import = Some(ImportSource {
                    source: text(value.get("source")?)?,
                    source_id: text(value.get("source_id")?)?,
                    extra: text(value.get("extra")?)?,
                });
            }
            "both_versions" => entry.both_versions = value.as_bool()?,
            "earlier" => {
                entry.earlier = Some(Earlier {
                    edition: value.get("edition")?.as_u64()?.try_into().ok()?,
                    heads: list(value.get("heads")?, bytes32)?,
                });
            }
            "unknown" => {
                for (number, raw) in value.as_object()? {
                    let raw = BASE64.decode(raw.as_str()?.as_bytes()).ok()?;
                    entry.unknown.insert(number.parse().ok()?, raw);
                }
            }
            "links" => as_written = value.as_str()? == AS_WRITTEN,
            _ => {}
        }
    }
    entry.body = if as_written {
        body.to_owned()
    } else {
        with_own_links(body, &entry.attachments)
    };
    version?;
    Some(Entry {
        id: id?,
        happened: happened?,
        written: written?,
        ..entry
    })
}

/// The path to an attachment's file, as an entry's file names it.
fn path_from_entry(attachment: &Attachment) -> String {
    format!("{UP}{ATTACHMENTS}{}", file_name(attachment))
}

/// The words with links to attachments as a vault holds them.
fn with_own_links(body: &str, attachments: &[Attachment]) -> String {
    let mut words = body.to_owned();
    if words.contains(UP) {
        for attachment in attachments {
            words = words.replace(&path_from_entry(attachment), &links::link(attachment));
        }
    }
    words
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn list<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}

pub(super) fn bytes32(value: &Value) -> Option<[u8; 32]> {
    HEXLOWER.decode(value.as_str()?.as_bytes()).ok()?.try_into().ok()
}

/// An instant: RFC 3339 where that can name it, else milliseconds.
pub(super) fn time(at: Timestamp) -> Value {
    match DateTime::from_timestamp_millis(at.0).filter(|_| INSTANTS_MS.contains(&at.0)) {
        Some(date) => date.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
        None => at.0.into(),
    }
}

pub(super) fn read_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|date| Timestamp(date.timestamp_millis())),
        other => other.as_i64().map(Timestamp),
    }
}

const PRECISIONS: [(Precision, &str); 5] = [
    (Precision::Exact, "exact"),
    (Precision::Day, "day"),
    (Precision::Month, "month"),
    (Precision::Season, "season"),
    (Precision::Unknown, "unknown"),
];

fn moment(moment: &Moment) -> Value {
    let precision = PRECISIONS.iter().find(|(precision, _)| *precision == moment.precision);
    json!({
        "at": time(moment.at),
        "zone": moment.zone,
        "date": moment.local_date.to_string(),
        "precision": precision.map(|(_, code)| *code),
    })
}

fn read_moment(value: &Value) -> Option<Moment> {
    let code = value.get("precision")?.as_str()?;
    Some(Moment {
        at: read_time(value.get("at")?)?,
        zone: text(value.get("zone")?)?,
        local_date: value.get("date")?.as_str()?.parse::<NaiveDate>().ok()?,
        precision: PRECISIONS.iter().find(|(_, known)| *known == code)?.0,
    })
}

fn word(word: &Word) -> Value {
    if Word::new(&word.written) == *word {
        word.written.as_str().into()
    } else {
        json!({"written": word.written, "folded": word.folded})
    }
}

fn read_words(value: &Value) -> Option<Vec<Word>> {
    list(value, |value| match value {
        Value::String(written) => Some(Word::new(written)),
        other => Some(Word {
            written: text(other.get("written")?)?,
            folded: text(other.get("folded")?)?,
        }),
    })
}

fn attachment(attachment: &Attachment) -> Value {
    let mut value = json!({
        "id": attachment.id.to_string(),
        "kind": attachment.kind.code(),
        "file": format!("{ATTACHMENTS}{}", file_name(attachment)),
        "media_type": attachment.media_type,
        "sha256": hex(&attachment.sha256),
        "bytes": attachment.bytes,
        "original_name": attachment.original_name,
        "width": attachment.width,
        "height": attachment.height,
        "duration_ms": attachment.duration_ms,
        "alt_text": attachment.alt_text,
        "transcript": attachment.transcript,
    });
    if let (Some(made), Some(fields)) = (&attachment.made, value.as_object_mut()) {
        fields.insert("made".to_owned(), moment(made));
    }
    value
}

fn read_attachment(value: &Value) -> Option<Attachment> {
    let number = |key: &str| value.get(key)?.as_u64();
    let words = |key: &str| text(value.get(key)?);
    Some(Attachment {
        id: value.get("id")?.as_str()?.parse::<AttachmentId>().ok()?,
        kind: AttachmentKind::from_code(value.get("kind")?.as_str()?)?,
        media_type: words("media_type")?,
        sha256: bytes32(value.get("sha256")?)?,
        bytes: number("bytes")?,
        original_name: words("original_name")?,
        made: match value.get("made") {
            Some(made) => Some(read_moment(made)?),
            None => None,
        },
        width: number("width")?.try_into().ok()?,
        height: number("height")?.try_into().ok()?,
        duration_ms: number("duration_ms")?,
        alt_text: words("alt_text")?,
        transcript: words("transcript")?,
    })
}

fn state_of_mind(state: &StateOfMind) -> Value {
    let felt_for = match state.felt_for {
        FeltFor::Moment => "moment",
        FeltFor::Day => "day",
    };
    json!({"felt_for": felt_for, "associations": state.associations})
}

fn read_state_of_mind(value: &Value) -> Option<StateOfMind> {
    let associations = list(value.get("associations")?, |number| number.as_u64()?.try_into().ok())?;
    Some(StateOfMind {
        felt_for: match value.get("felt_for")?.as_str()? {
            "moment" => FeltFor::Moment,
            "day" => FeltFor::Day,
            _ => return None,
        },
        associations: associations.into_iter().collect(),
    })
}

fn place(place: &Place) -> Value {
    match place.position.map(Position::degrees) {
        Some((latitude, longitude)) => json!({"label": place.label, "latitude": latitude, "longitude": longitude}),
        None => json!({"label": place.label}),
    }
}

fn read_place(value: &Value) -> Option<Place> {
    let position = match (value.get("latitude"), value.get("longitude")) {
        (Some(latitude), Some(longitude)) => Some(Position::from_degrees(latitude.as_f64()?, longitude.as_f64()?)?),
        (None, None) => None,
        _ => return None,
    };
    Some(Place {
        label: text(value.get("label")?)?,
        position,
    })
}

fn read_marks(value: &Value) -> Option<Marks> {
    let mut bits = 0;
    for mark in value.as_array()? {
        bits |= MARKS.iter().find(|(known, _)| mark == known)?.1;
    }
    Marks::from_bits(bits)
}
