//! The projection of a flat document (profile, settings, relationship).
//!
//! A map with key `0`: a map from name to value, a text, an integer or a byte string, names in canonical order (shorter
//! first, then by bytes). Other keys are a newer version's: kept as they came and written back. A flat document without fields is the three
//! bytes of [`EMPTY_FIELDS`].

use super::RecordError;
use super::cbor::{Reader, Writer};
use crate::journal::Unknown;
use crate::profile::{Field, Fields};

/// The schema of a flat projection that this version writes.
pub const FIELDS_SCHEMA: u16 = 1;

/// The projection without fields, of which the first change of every flat document is made.
pub const EMPTY_FIELDS: [u8; 3] = [0xa1, 0x00, 0xa0];

/// Bytes of a field's name: the longest of ours has 60.
const NAME_BYTES_MAX: usize = 256;

/// Writes a flat projection.
pub fn encode_fields(fields: &Fields, unknown: &Unknown) -> Vec<u8> {
    let mut names: Vec<(&String, &Field)> = fields.iter().collect();
    names.sort_by_key(|(name, _)| (name.len(), *name));
    let kept: Vec<(&u64, &Vec<u8>)> = unknown.iter().filter(|(key, _)| **key > 0).collect();
    let mut writer = Writer::default();
    writer.map(1 + kept.len());
    writer.uint(0);
    writer.map(names.len());
    for (name, value) in names {
        writer.text(name);
        match value {
            Field::Text(text) => writer.text(text),
            Field::Number(number) => writer.int(*number),
            Field::Bytes(bytes) => writer.bytes(bytes),
        }
    }
    for (key, value) in kept {
        writer.uint(*key);
        writer.raw(value);
    }
    writer.into_bytes()
}

/// Reads a flat projection: its fields, and what a newer version added.
///
/// # Errors
/// [`RecordError::Malformed`] or [`RecordError::NotCanonical`] for anything that [`encode_fields`] does not write,
/// [`RecordError::TooLarge`] for a name beyond its bound.
pub fn decode_fields(bytes: &[u8]) -> Result<(Fields, Unknown), RecordError> {
    let (mut fields, mut unknown) = (None, Unknown::new());
    let mut reader = Reader::new(bytes);
    reader.numbered_map(|key, value| {
        if key == 0 {
            fields = Some(read_fields(value)?);
        } else {
            unknown.insert(key, value.skip()?.to_vec());
        }
        Ok(())
    })?;
    reader.end()?;
    Ok((fields.ok_or(RecordError::Malformed)?, unknown))
}

fn read_fields(reader: &mut Reader<'_>) -> Result<Fields, RecordError> {
    let mut fields = Fields::new();
    reader.named_map(|name, value| {
        if name.len() > NAME_BYTES_MAX {
            return Err(RecordError::TooLarge);
        }
        let field = if value.is_text() {
            Field::Text(value.text()?.to_owned())
        } else if value.is_bytes() {
            Field::Bytes(value.bytes()?.to_vec())
        } else {
            Field::Number(value.int()?)
        };
        fields.insert(name.to_owned(), field);
        Ok(())
    })?;
    Ok(fields)
}
