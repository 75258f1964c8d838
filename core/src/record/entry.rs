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
//! | others | a newer version's: kept as they came, written back | |
//!
//! A word travels with its folded form, because folding follows tables of Unicode that change, and the first change of
//! a document is made from these bytes on every device.

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::moment::{read_moment, write_moment};
use crate::clock::Timestamp;
use crate::id::DocumentId;
use crate::journal::{Entry, ImportSource, Unknown, Word};
use crate::limits;
use std::collections::BTreeSet;

/// The schema of an entry's projection that this version writes.
pub const ENTRY_SCHEMA: u16 = 1;

/// How far beyond a writer's bounds a reader goes: a merge unites the words of devices that each kept the bound.
const MERGED: usize = 16;

/// Writes an entry's projection. Its id is the document's and stands outside.
pub fn encode_entry(entry: &Entry) -> Vec<u8> {
    let mut fields: Vec<(u64, Part<'_>)> = Vec::with_capacity(9 + entry.unknown.len());
    let tags = canonical_tags(&entry.tags);
    let feelings = once_each(&entry.feelings);
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
    // Every key this version knows is smaller than any it keeps unread.
    fields.extend(
        entry
            .unknown
            .iter()
            .filter(|(key, _)| **key > 8)
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
    let (mut title, mut body, mut happened, mut written) = ("", "", None, None);
    let (mut tags, mut feelings, mut trashed, mut import, mut both_versions) =
        (Vec::new(), Vec::new(), None, None, false);
    let mut unknown = Unknown::new();
    let mut reader = Reader::new(bytes);
    reader.numbered_map(|key, value| {
        match key {
            0 => title = given(value.text()?)?,
            1 => body = given(value.text()?)?,
            2 => happened = Some(read_moment(value)?),
            3 => written = Some(read_moment(value)?),
            4 => tags = read_words(value)?,
            5 => feelings = read_words(value)?,
            6 => trashed = Some(Timestamp(value.int()?)),
            7 => import = Some(read_import(value)?),
            8 => both_versions = value.bool()?.then_some(true).ok_or(RecordError::NotCanonical)?,
            _ => _ = unknown.insert(key, value.skip()?.to_vec()),
        }
        Ok(())
    })?;
    reader.end()?;
    let (Some(happened), Some(written)) = (happened, written) else {
        return Err(RecordError::Malformed);
    };
    if title.len() > 4 * limits::TITLE_CHARACTERS_MAX {
        return Err(RecordError::TooLarge);
    }
    if !tags.is_sorted_by(|one: &Word, next| one.folded < next.folded) || once_each(&feelings).len() != feelings.len() {
        return Err(RecordError::NotCanonical);
    }
    Ok(Entry {
        id: id.into(),
        title: title.to_owned(),
        body: body.to_owned(),
        happened,
        written,
        tags,
        feelings,
        trashed,
        import,
        both_versions,
        unknown,
    })
}

/// One value of the map.
enum Part<'e> {
    Text(&'e str),
    Int(i64),
    True,
    Moment(&'e crate::moment::Moment),
    Words(&'e [&'e Word]),
    Import(&'e ImportSource),
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
            Self::Raw(raw) => writer.raw(raw),
        }
    }
}

/// What is empty is left out, so an empty text that is there is a second spelling.
const fn given(text: &str) -> Result<&str, RecordError> {
    if text.is_empty() {
        Err(RecordError::NotCanonical)
    } else {
        Ok(text)
    }
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
    let (source, source_id, extra) = (reader.text()?, reader.text()?, reader.text()?);
    let name_bytes_max = 4 * limits::TITLE_CHARACTERS_MAX;
    if source.len() > name_bytes_max || source_id.len() > name_bytes_max || extra.len() > limits::IMPORT_EXTRA_BYTES_MAX
    {
        return Err(RecordError::TooLarge);
    }
    Ok(ImportSource {
        source: source.to_owned(),
        source_id: source_id.to_owned(),
        extra: extra.to_owned(),
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
