//! The parts of an entry that stand around its words, as keys of the root; drawn in `layout`.

use super::{DocumentError, layout, read};
use crate::id::{AttachmentId, EntryId};
use crate::journal::{
    Asked, Attachment, AttachmentKind, Earlier, Energy, Entry, FeltFor, Place, Position, StateOfMind, Valence, Word,
};
use automerge::{Automerge, ROOT, ReadDoc, ScalarValue};
use minicbor::bytes::{ByteArray, ByteVec};
use std::collections::BTreeMap;

const VALENCE: &str = "valence";
const ENERGY: &str = "energy";
const STATE_OF_MIND: &str = "mind";
const PLACE: &str = "place";
const WEATHER: &str = "weather";
const ASKED: &str = "asked";
const REPLIES_TO: &str = "reply";
const EARLIER: &str = "earlier";
const PERSON: &str = "person/";
const LIFE_AREA: &str = "area/";
const ATTACHMENT: &str = "attachment/";
const ALT_TEXT: &str = "alt/";
const TRANSCRIPT: &str = "transcript/";
/// The marks, in the order of their bits.
const MARKS: [&str; 4] = ["mark/remember", "mark/apart", "mark/tender", "mark/never_share"];

/// Root keys and their values.
pub(super) type Keys = BTreeMap<String, ScalarValue>;

/// Every key that `entry` has of these; `places` are those of its attachments, one for each.
pub(super) fn keys(entry: &Entry, places: &[u64]) -> Result<Keys, DocumentError> {
    let mut keys = Keys::new();
    for (prefix, words) in [(PERSON, &entry.people), (LIFE_AREA, &entry.life_areas)] {
        for word in words {
            keys.insert(format!("{prefix}{}", word.folded), word.written.as_str().into());
        }
    }
    for (attachment, place) in entry.attachments.iter().zip(places) {
        attachment_keys(attachment, *place, &mut keys)?;
    }
    let mut put = |key: &str, value: Option<ScalarValue>| keys.extend(value.map(|value| (key.to_owned(), value)));
    let float = |number: f64| ScalarValue::Bytes(number.to_be_bytes().to_vec());
    put(VALENCE, entry.valence.map(|valence| float(valence.number())));
    put(ENERGY, entry.energy.map(|energy| float(energy.number())));
    if let Some(state) = &entry.state_of_mind {
        let associations: Vec<u8> = state.associations.iter().copied().collect();
        put(STATE_OF_MIND, Some(bytes((state.felt_for as u8, associations))?));
    }
    if let Some(place) = &entry.place {
        put(
            PLACE,
            Some(bytes((place.label.as_str(), place.position.map(Position::e7)))?),
        );
    }
    put(
        WEATHER,
        (!entry.weather.is_empty()).then(|| entry.weather.as_str().into()),
    );
    if let Some(asked) = &entry.asked {
        put(ASKED, Some(bytes((asked.prompt.as_str(), asked.text.as_str()))?));
    }
    put(REPLIES_TO, entry.replies_to.map(|id| id.as_bytes().to_vec().into()));
    if let Some(earlier) = &entry.earlier {
        let heads: Vec<ByteArray<32>> = earlier.heads.iter().copied().map(ByteArray::from).collect();
        put(EARLIER, Some(bytes((earlier.edition, heads))?));
    }
    for (bit, key) in MARKS.into_iter().enumerate() {
        put(
            key,
            (entry.marks.bits() >> bit & 1 == 1).then_some(ScalarValue::Uint(1)),
        );
    }
    Ok(keys)
}

fn attachment_keys(attachment: &Attachment, place: u64, keys: &mut Keys) -> Result<(), DocumentError> {
    let id = attachment.id;
    let made = attachment
        .made
        .as_ref()
        .map(layout::moment_bytes)
        .transpose()?
        .map(ByteVec::from);
    let value = bytes((
        place,
        attachment.kind as u8,
        attachment.media_type.as_str(),
        ByteArray::from(attachment.sha256),
        attachment.bytes,
        attachment.original_name.as_str(),
        (attachment.width, attachment.height, attachment.duration_ms),
        made,
    ))?;
    keys.insert(format!("{ATTACHMENT}{id}"), value);
    for (prefix, words) in [(ALT_TEXT, &attachment.alt_text), (TRANSCRIPT, &attachment.transcript)] {
        if !words.is_empty() {
            keys.insert(format!("{prefix}{id}"), words.as_str().into());
        }
    }
    Ok(())
}

/// The value, and the attachment with its place.
pub(super) type Hung = (u64, Attachment);

/// Reads everything of these into `entry`; answers its attachments with their places.
pub(super) fn read(document: &Automerge, entry: &mut Entry) -> Result<Vec<Hung>, DocumentError> {
    let mut hung: Vec<Hung> = Vec::new();
    for key in document.keys(ROOT) {
        if let Some(folded) = key.strip_prefix(PERSON) {
            entry.people.extend(word(document, &key, folded)?);
        } else if let Some(folded) = key.strip_prefix(LIFE_AREA) {
            entry.life_areas.extend(word(document, &key, folded)?);
        } else if let Some(id) = key.strip_prefix(ATTACHMENT) {
            hung.push(attachment(document, &key, id)?);
        }
    }
    hung.sort_by_key(|(place, attachment)| (*place, attachment.id));
    entry.attachments = hung.iter().map(|(_, attachment)| attachment.clone()).collect();
    let scalar = |key| read::scalar(document, key);
    entry.valence = float(scalar(VALENCE)?, Valence::new)?;
    entry.energy = float(scalar(ENERGY)?, Energy::new)?;
    entry.state_of_mind = decoded(scalar(STATE_OF_MIND)?, |(felt_for, associations): (u8, Vec<u8>)| {
        let state = StateOfMind {
            felt_for: FeltFor::from_number(felt_for.into())?,
            associations: associations.into_iter().collect(),
        };
        state.is_known().then_some(state)
    })?;
    entry.place = decoded(scalar(PLACE)?, |(label, position): (String, Option<(i32, i32)>)| {
        let position = match position {
            Some((latitude, longitude)) => Some(Position::from_e7(latitude.into(), longitude.into())?),
            None => None,
        };
        Some(Place { label, position })
    })?;
    entry.asked = decoded(scalar(ASKED)?, |(prompt, text)| Some(Asked { prompt, text }))?;
    entry.earlier = decoded(scalar(EARLIER)?, |(edition, heads): (u32, Vec<ByteArray<32>>)| {
        let heads = heads.iter().map(|head| **head).collect();
        Some(Earlier { edition, heads })
    })?;
    entry.weather = text(scalar(WEATHER)?)?;
    entry.replies_to = match scalar(REPLIES_TO)? {
        None => None,
        Some(ScalarValue::Bytes(id)) => {
            let id = id.try_into().map_err(|_| DocumentError::Shape)?;
            Some(EntryId::from_bytes(id))
        }
        Some(_) => return Err(DocumentError::Shape),
    };
    let marks = [
        &mut entry.marks.remember,
        &mut entry.marks.keep_from_memories,
        &mut entry.marks.tender,
        &mut entry.marks.never_share,
    ];
    for (key, mark) in MARKS.into_iter().zip(marks) {
        *mark = scalar(key)?.is_some();
    }
    Ok(hung)
}

/// Of several written forms of one word the first in code-point order.
fn word(document: &Automerge, key: &str, folded: &str) -> Result<Option<Word>, DocumentError> {
    let written = read::texts(document, key)?.into_iter().min();
    Ok(written.map(|written| Word {
        folded: folded.to_owned(),
        written,
    }))
}

/// An attachment as it lies under its key: place, kind, media type, SHA-256, bytes, name, sizes, made.
type Kept = (
    u64,
    u8,
    String,
    ByteArray<32>,
    u64,
    String,
    (u32, u32, u64),
    Option<ByteVec>,
);

fn attachment(document: &Automerge, key: &str, id: &str) -> Result<Hung, DocumentError> {
    let parsed: Option<AttachmentId> = id.parse().ok();
    // Another spelling of an id would be a second name for one thing.
    let parsed = parsed
        .filter(|parsed| parsed.to_string() == id)
        .ok_or(DocumentError::Shape)?;
    let (alt_text, transcript) = (
        text(read::scalar(document, &format!("{ALT_TEXT}{id}"))?)?,
        text(read::scalar(document, &format!("{TRANSCRIPT}{id}"))?)?,
    );
    let kept = decoded(read::scalar(document, key)?, |kept: Kept| {
        let (place, kind, media_type, sha256, bytes, original_name, (width, height, duration_ms), made) = kept;
        let made = match made {
            Some(made) => Some(layout::moment(&made).ok()?),
            None => None,
        };
        let attachment = Attachment {
            id: parsed,
            kind: AttachmentKind::from_number(kind.into())?,
            media_type,
            sha256: *sha256,
            bytes,
            original_name,
            made,
            width,
            height,
            duration_ms,
            alt_text,
            transcript,
        };
        Some((place, attachment))
    })?;
    kept.ok_or(DocumentError::Shape)
}

fn bytes<T: minicbor::Encode<()>>(value: T) -> Result<ScalarValue, DocumentError> {
    layout::encoded(value).map(ScalarValue::Bytes)
}

/// Reads a value that is there; what is not as we write it is refused.
fn decoded<T, V>(value: Option<ScalarValue>, make: impl FnOnce(T) -> Option<V>) -> Result<Option<V>, DocumentError>
where
    T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>,
{
    match value {
        None => Ok(None),
        Some(ScalarValue::Bytes(bytes)) => make(layout::decoded(&bytes)?).map(Some).ok_or(DocumentError::Shape),
        Some(_) => Err(DocumentError::Shape),
    }
}

fn float<T>(value: Option<ScalarValue>, make: fn(f64) -> Option<T>) -> Result<Option<T>, DocumentError> {
    let Some(value) = value else { return Ok(None) };
    let ScalarValue::Bytes(bytes) = value else {
        return Err(DocumentError::Shape);
    };
    let bytes: [u8; 8] = bytes.try_into().map_err(|_| DocumentError::Shape)?;
    make(f64::from_be_bytes(bytes)).map(Some).ok_or(DocumentError::Shape)
}

fn text(value: Option<ScalarValue>) -> Result<String, DocumentError> {
    match value {
        None => Ok(String::new()),
        Some(ScalarValue::Str(text)) => Ok(text.into()),
        Some(_) => Err(DocumentError::Shape),
    }
}
