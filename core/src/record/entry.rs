//! The projection of an entry (schema 1), lossless both ways.
//!
//! | key | value | absent when |
//! |---|---|---|
//! | 0 | title, text | empty |
//! | 1 | body, text | empty |
//! | 2 | happened `[ms, zone, local date YYYY-MM-DD, precision 0 exact .. 4 unknown]` | never |
//! | 3 | written, the same shape | never |
//! | 4 | tags `[[folded, written]...]`, ascending by folded, each once | none |
//! | 5 | feelings `[[folded, written]...]`, in the person's order, each once | none |
//! | 6 | trashed, ms | active |
//! | 7 | import `[source, source id, extra]` | not imported |
//! | 8 | both versions are here: `true` | not so |
//! | 9 | people `[[folded, written]...]`, as tags | none |
//! | 10 | areas of life `[[folded, written]...]`, as tags | none |
//! | 11 | attachments, in the person's order, each id once; see below | none |
//! | 12 | valence, 8 bytes: a 64-bit float (IEEE 754), big-endian, -1 to 1, never -0 | not set |
//! | 13 | energy, the same, 0 to 1 | not set |
//! | 14 | state of mind `[1 moment or 2 day, [associations, ascending]]` | not brought |
//! | 15 | place `[label]` or `[label, latitude, longitude]`, ten-millionths of a degree | not said |
//! | 16 | weather, a JSON text | empty |
//! | 17 | asked `[prompt, question]` | not asked |
//! | 18 | the entry it replies to, 16 bytes | none |
//! | 19 | marks: 1 remember, 2 keep from memories, 4 tender, 8 never share | none |
//! | 20 | the edition before `[edition, head...]`, heads ascending | first edition |
//! | others | a newer version's: kept as they came, written back | |
//!
//! An attachment is `[id 16 bytes, kind, media type, SHA-256, bytes, name, width, height, duration ms, alt text, transcript]`, and
//! the moment it was made, where that is known. Kinds are 1 photo, 2 audio, 3 video, 4 drawing, 5 file.
//!
//! A word travels with its folded form, because folding follows tables of Unicode that change, and the first change of
//! a document is made from these bytes on every device.

use super::RecordError;
use super::around::{
    Around, read_asked, read_associated, read_attachments, read_earlier, read_float, read_marks, read_place,
};
use super::cbor::{Reader, Writer};
use super::moment::{read_moment, write_moment};
use crate::clock::Timestamp;
use crate::id::{DocumentId, EntryId};
use crate::journal::{Energy, Entry, ImportSource, Valence, Word};
use crate::limits;
use crate::moment::Moment;
use std::collections::BTreeSet;

/// The schema of an entry's projection that this version writes.
pub const ENTRY_SCHEMA: u16 = 1;

/// How far beyond a writer's bounds a reader goes: a merge unites the words of devices that each kept the bound.
pub(super) const MERGED: usize = 16;

/// The greatest key that this version knows; what is kept unread has a greater one.
const LAST_KEY: u64 = 20;

/// Writes an entry's projection. Its id is the document's and stands outside.
pub fn encode_entry(entry: &Entry) -> Vec<u8> {
    let mut fields: Vec<(u64, Part<'_>)> = Vec::with_capacity(9 + entry.unknown.len());
    let (tags, feelings) = (canonical_tags(&entry.tags), once_each(&entry.feelings));
    let (people, life_areas) = (canonical_tags(&entry.people), canonical_tags(&entry.life_areas));
    if !entry.title.is_empty() {
        fields.push((0, Part::Text(&entry.title)));
    }
    if !entry.body.is_empty() {
        fields.push((1, Part::Text(&entry.body)));
    }
    fields.push((2, Part::Moment(&entry.happened)));
    fields.push((3, Part::Moment(&entry.written)));
    if !tags.is_empty() {
        fields.push((4, Part::Words(&tags)));
    }
    if !feelings.is_empty() {
        fields.push((5, Part::Words(&feelings)));
    }
    if let Some(trashed) = entry.trashed {
        fields.push((6, Part::Int(trashed.0)));
    }
    if let Some(import) = &entry.import {
        fields.push((7, Part::Import(import)));
    }
    if entry.both_versions {
        fields.push((8, Part::True));
    }
    for (key, words) in [(9, &people), (10, &life_areas)] {
        if !words.is_empty() {
            fields.push((key, Part::Words(words)));
        }
    }
    fields.extend(
        Around::of(entry)
            .into_iter()
            .map(|(key, around)| (key, Part::Around(around))),
    );
    fields.extend(
        entry
            .unknown
            .iter()
            .filter(|(key, _)| **key > LAST_KEY)
            .map(|(key, value)| (*key, Part::Raw(value))),
    );

    let mut writer = Writer::with_capacity(entry.body.len() + entry.title.len() + 160);
    writer.map(fields.len());
    for (key, part) in &fields {
        writer.uint(*key);
        part.write(&mut writer);
    }
    writer.into_bytes()
}

/// Reads an entry's projection. A body may be longer and words may be more than one writer could write: a merge can do that.
///
/// # Errors
/// [`RecordError::Malformed`] or [`RecordError::NotCanonical`] for anything that [`encode_entry`] does not write,
/// [`RecordError::TooLarge`] beyond the bounds, [`RecordError::TooNew`] for a precision this version does not know.
pub fn decode_entry(id: DocumentId, bytes: &[u8]) -> Result<Entry, RecordError> {
    let mut reader = Reader::new(bytes);
    let mut when: (Option<Moment>, Option<Moment>) = (None, None);
    // Both moments stand in every projection; the blank one is replaced before anybody sees it.
    let mut entry = Entry::blank(id.into(), Moment::epoch());
    reader.numbered_map(|key, value| {
        match key {
            0 => entry.title = given(value.text()?)?.to_owned(),
            1 => entry.body = given(value.text()?)?.to_owned(),
            2 => when.0 = Some(read_moment(value)?),
            3 => when.1 = Some(read_moment(value)?),
            4 => entry.tags = read_words(value)?,
            5 => entry.feelings = read_words(value)?,
            6 => entry.trashed = Some(Timestamp(value.int()?)),
            7 => entry.import = Some(read_import(value)?),
            8 => entry.both_versions = value.bool()?.then_some(true).ok_or(RecordError::NotCanonical)?,
            9 => entry.people = read_words(value)?,
            10 => entry.life_areas = read_words(value)?,
            11 => entry.attachments = read_attachments(value)?,
            12 => entry.valence = Some(read_float(value, Valence::new)?),
            13 => entry.energy = Some(read_float(value, Energy::new)?),
            14 => entry.state_of_mind = Some(read_associated(value)?),
            15 => entry.place = Some(read_place(value)?),
            16 => entry.weather = bounded(given(value.text()?)?, limits::WEATHER_BYTES_MAX)?,
            17 => entry.asked = Some(read_asked(value)?),
            18 => entry.replies_to = Some(EntryId::from_bytes(value.exact()?)),
            19 => entry.marks = read_marks(value)?,
            LAST_KEY => entry.earlier = Some(read_earlier(value)?),
            _ => _ = entry.unknown.insert(key, value.skip()?.to_vec()),
        }
        Ok(())
    })?;
    reader.end()?;
    let (Some(happened), Some(written)) = when else {
        return Err(RecordError::Malformed);
    };
    if entry.title.len() > 4 * limits::TITLE_CHARACTERS_MAX {
        return Err(RecordError::TooLarge);
    }
    let is_sorted = |words: &[Word]| words.is_sorted_by(|one, next| one.folded < next.folded);
    let is_canonical = [&entry.tags, &entry.people, &entry.life_areas]
        .into_iter()
        .all(|words| is_sorted(words))
        && once_each(&entry.feelings).len() == entry.feelings.len();
    if !is_canonical {
        return Err(RecordError::NotCanonical);
    }
    Ok(Entry {
        happened,
        written,
        ..entry
    })
}

/// One value of the map.
enum Part<'e> {
    Text(&'e str),
    Int(i64),
    True,
    Moment(&'e Moment),
    Words(&'e [&'e Word]),
    Import(&'e ImportSource),
    Around(Around<'e>),
    Raw(&'e [u8]),
}

impl Part<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => writer.text(text),
            Self::Int(int) => writer.int(*int),
            Self::True => writer.bool(true),
            Self::Moment(moment) => write_moment(writer, moment),
            Self::Words(words) => {
                writer.array(words.len());
                for word in *words {
                    writer.array(2);
                    writer.text(&word.folded);
                    writer.text(&word.written);
                }
            }
            Self::Import(import) => {
                writer.array(3);
                writer.text(&import.source);
                writer.text(&import.source_id);
                writer.text(&import.extra);
            }
            Self::Around(around) => around.write(writer),
            Self::Raw(raw) => writer.raw(raw),
        }
    }
}

/// What is empty is left out, so an empty text that is there is a second spelling.
pub(super) const fn given(text: &str) -> Result<&str, RecordError> {
    if text.is_empty() {
        Err(RecordError::NotCanonical)
    } else {
        Ok(text)
    }
}

/// A text of at most so many bytes.
pub(super) fn bounded(text: &str, bytes_max: usize) -> Result<String, RecordError> {
    if text.len() > bytes_max {
        return Err(RecordError::TooLarge);
    }
    Ok(text.to_owned())
}

fn read_words(reader: &mut Reader<'_>) -> Result<Vec<Word>, RecordError> {
    let count = reader.array()?;
    if count == 0 {
        return Err(RecordError::NotCanonical);
    }
    if count > (MERGED * limits::WORDS_MAX) as u64 {
        return Err(RecordError::TooLarge);
    }
    (0..count)
        .map(|_| {
            reader.array_of(2)?;
            let (folded, written) = (reader.text()?, reader.text()?);
            // 4 bytes for a character; folding can make three characters of one.
            if folded.len() > 12 * limits::WORD_CHARACTERS_MAX || written.len() > 4 * limits::WORD_CHARACTERS_MAX {
                return Err(RecordError::TooLarge);
            }
            Ok(Word {
                folded: folded.to_owned(),
                written: written.to_owned(),
            })
        })
        .collect()
}

fn read_import(reader: &mut Reader<'_>) -> Result<ImportSource, RecordError> {
    reader.array_of(3)?;
    let name_bytes_max = 4 * limits::TITLE_CHARACTERS_MAX;
    Ok(ImportSource {
        source: bounded(reader.text()?, name_bytes_max)?,
        source_id: bounded(reader.text()?, name_bytes_max)?,
        extra: bounded(reader.text()?, limits::IMPORT_EXTRA_BYTES_MAX)?,
    })
}

/// Tags ascending by folded form; of two written forms of one word the first in code-point order.
fn canonical_tags(tags: &[Word]) -> Vec<&Word> {
    let mut sorted: Vec<&Word> = tags.iter().collect();
    sorted.sort();
    sorted.dedup_by(|next, kept| next.folded == kept.folded);
    sorted
}

/// Words in their order, the first of equals kept.
fn once_each(words: &[Word]) -> Vec<&Word> {
    let mut seen = BTreeSet::new();
    words.iter().filter(|word| seen.insert(word.folded.as_str())).collect()
}
