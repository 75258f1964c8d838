//! Values of the core <-> columns of a row.
//!
//! Lists that are only read and written whole stand in one column:
//!
//! | Column | Bytes, for each element in order |
//! |---|---|
//! | heads | 32 |
//! | attachments | see [`attachments_column`] |
//! | state of mind | 1 moment or 2 day, then the association numbers, ascending |
//! | earlier | edition u32, heads |
//! | tags, feelings, people, areas of life | `folded` length u32, `folded`, `written` length u32, `written` |
//! | unknown | key u64, length u32, bytes |
//!
//! Integers are little-endian. A column that reads otherwise is damage. A civil date is the number of its day, where
//! 0001-01-01 is day 1.

use super::StoreError;
use crate::clock::Timestamp;
use crate::id::AttachmentId;
use crate::journal::{Attachment, AttachmentKind, Earlier, FeltFor, StateOfMind, Unknown, Word};
use crate::moment::{Moment, Precision};
use chrono::{Datelike, NaiveDate};
use rusqlite::Row;
use rusqlite::types::Type;

/// A column that holds what no version ever wrote.
pub(super) fn damaged(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, "not a value of this column".into())
}

/// A number of things to read at most.
pub(super) fn at_most(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Reads a column of `N` bytes into an id.
pub(super) fn id<const N: usize, T>(row: &Row<'_>, column: usize, from: fn([u8; N]) -> T) -> rusqlite::Result<T> {
    row.get(column).map(from)
}

/// Reads a column of `N` bytes, or none, into an id.
pub(super) fn maybe_id<const N: usize, T>(
    row: &Row<'_>,
    column: usize,
    from: fn([u8; N]) -> T,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<[u8; N]>>(column)?.map(from))
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp)
}

/// The number of a civil date.
pub(super) fn day(date: NaiveDate) -> i32 {
    date.num_days_from_ce()
}

/// Reads a moment from four columns: instant, civil date, precision, zone.
pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Moment> {
    let date = NaiveDate::from_num_days_from_ce_opt(row.get(column + 1)?);
    Ok(Moment {
        at: time(row, column)?,
        local_date: date.ok_or_else(|| damaged(column + 1))?,
        precision: Precision::from_number(row.get(column + 2)?).ok_or_else(|| damaged(column + 2))?,
        zone: row.get(column + 3)?,
    })
}

pub(super) fn heads_column(heads: &[[u8; 32]]) -> &[u8] {
    heads.as_flattened()
}

pub(super) fn heads(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<[u8; 32]>> {
    let bytes = row.get_ref(column)?.as_blob()?;
    let (heads, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() {
        Ok(heads.to_vec())
    } else {
        Err(damaged(column))
    }
}

fn put_part(bytes: &mut Vec<u8>, part: &[u8]) -> Result<(), StoreError> {
    let length = u32::try_from(part.len()).map_err(|_| StoreError::Misuse)?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(part);
    Ok(())
}

fn take_part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(part)
}

pub(super) fn words_column(words: &[Word]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    for word in words {
        put_part(&mut bytes, word.folded.as_bytes())?;
        put_part(&mut bytes, word.written.as_bytes())?;
    }
    Ok(bytes)
}

pub(super) fn words(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Word>> {
    parse_words(row.get_ref(column)?.as_blob()?).ok_or_else(|| damaged(column))
}

fn parse_words(mut bytes: &[u8]) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    while !bytes.is_empty() {
        let folded = str::from_utf8(take_part(&mut bytes)?).ok()?.to_owned();
        let written = str::from_utf8(take_part(&mut bytes)?).ok()?.to_owned();
        words.push(Word { folded, written });
    }
    Some(words)
}

pub(super) fn unknown_column(unknown: &Unknown) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    for (key, value) in unknown {
        bytes.extend(key.to_le_bytes());
        put_part(&mut bytes, value)?;
    }
    Ok(bytes)
}

pub(super) fn unknown(row: &Row<'_>, column: usize) -> rusqlite::Result<Unknown> {
    parse_unknown(row.get_ref(column)?.as_blob()?).ok_or_else(|| damaged(column))
}

fn parse_unknown(mut bytes: &[u8]) -> Option<Unknown> {
    let mut unknown = Unknown::new();
    while let Some((key, rest)) = bytes.split_first_chunk::<8>() {
        bytes = rest;
        unknown.insert(u64::from_le_bytes(*key), take_part(&mut bytes)?.to_vec());
    }
    bytes.is_empty().then_some(unknown)
}

/// Attachments, for each: id 16, kind u8, SHA-256 32, bytes u64, width u32, height u32, duration u64, then with their
/// lengths u32 media type, name, alt text, transcript and the zone it was made in; then, if it has one, u8 1, instant i64,
/// day i32, precision u8, else u8 0.
pub(super) fn attachments_column(attachments: &[Attachment]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    for attachment in attachments {
        bytes.extend(attachment.id.as_bytes());
        bytes.push(attachment.kind as u8);
        bytes.extend(attachment.sha256);
        bytes.extend(attachment.bytes.to_le_bytes());
        bytes.extend(attachment.width.to_le_bytes());
        bytes.extend(attachment.height.to_le_bytes());
        bytes.extend(attachment.duration_ms.to_le_bytes());
        let zone = attachment.made.as_ref().map_or("", |made| &made.zone);
        for text in [
            &attachment.media_type,
            &attachment.original_name,
            &attachment.alt_text,
            &attachment.transcript,
            zone,
        ] {
            put_part(&mut bytes, text.as_bytes())?;
        }
        bytes.push(u8::from(attachment.made.is_some()));
        if let Some(made) = &attachment.made {
            bytes.extend(made.at.0.to_le_bytes());
            bytes.extend(day(made.local_date).to_le_bytes());
            bytes.push(made.precision as u8);
        }
    }
    Ok(bytes)
}

pub(super) fn attachments(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Attachment>> {
    parse_attachments(row.get_ref(column)?.as_blob()?).ok_or_else(|| damaged(column))
}

fn parse_attachments(mut bytes: &[u8]) -> Option<Vec<Attachment>> {
    let mut attachments = Vec::new();
    while !bytes.is_empty() {
        attachments.push(parse_attachment(&mut bytes)?);
    }
    Some(attachments)
}

fn parse_attachment(bytes: &mut &[u8]) -> Option<Attachment> {
    fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (taken, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*taken)
    }
    fn text(bytes: &mut &[u8]) -> Option<String> {
        Some(str::from_utf8(take_part(bytes)?).ok()?.to_owned())
    }
    let id = AttachmentId::from_bytes(take(bytes)?);
    let [kind] = take(bytes)?;
    let sha256 = take(bytes)?;
    let length = u64::from_le_bytes(take(bytes)?);
    let (width, height) = (u32::from_le_bytes(take(bytes)?), u32::from_le_bytes(take(bytes)?));
    let duration_ms = u64::from_le_bytes(take(bytes)?);
    let (media_type, original_name) = (text(bytes)?, text(bytes)?);
    let (alt_text, transcript, zone) = (text(bytes)?, text(bytes)?, text(bytes)?);
    let made = match take(bytes)? {
        [0] => None,
        [1] => {
            let at = Timestamp(i64::from_le_bytes(take(bytes)?));
            let local_date = NaiveDate::from_num_days_from_ce_opt(i32::from_le_bytes(take(bytes)?))?;
            let [precision] = take(bytes)?;
            Some(Moment {
                at,
                zone,
                local_date,
                precision: Precision::from_number(precision.into())?,
            })
        }
        _ => return None,
    };
    Some(Attachment {
        id,
        kind: AttachmentKind::from_number(kind.into())?,
        media_type,
        sha256,
        bytes: length,
        original_name,
        made,
        width,
        height,
        duration_ms,
        alt_text,
        transcript,
    })
}

pub(super) fn state_of_mind_column(state: &StateOfMind) -> Vec<u8> {
    let mut bytes = vec![state.felt_for as u8];
    bytes.extend(&state.associations);
    bytes
}

pub(super) fn state_of_mind(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<StateOfMind>> {
    let Some(bytes) = row.get_ref(column)?.as_blob_or_null()? else {
        return Ok(None);
    };
    let parsed = bytes.split_first().and_then(|(felt_for, associations)| {
        Some(StateOfMind {
            felt_for: FeltFor::from_number((*felt_for).into())?,
            associations: associations.iter().copied().collect(),
        })
    });
    parsed.map(Some).ok_or_else(|| damaged(column))
}

pub(super) fn earlier_column(earlier: &Earlier) -> Vec<u8> {
    let mut bytes = earlier.edition.to_le_bytes().to_vec();
    bytes.extend(heads_column(&earlier.heads));
    bytes
}

pub(super) fn earlier(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Earlier>> {
    let Some(bytes) = row.get_ref(column)?.as_blob_or_null()? else {
        return Ok(None);
    };
    let parsed = bytes.split_first_chunk().and_then(|(edition, heads)| {
        let (heads, rest) = heads.as_chunks::<32>();
        rest.is_empty().then(|| Earlier {
            edition: u32::from_le_bytes(*edition),
            heads: heads.to_vec(),
        })
    });
    parsed.map(Some).ok_or_else(|| damaged(column))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn lists_in_a_column_read_back_and_a_shortened_one_does_not() {
        let words = vec![
            Word::new("Bus"),
            Word::new("さみしい"),
            Word {
                folded: String::new(),
                written: "\0".to_owned(),
            },
        ];
        let bytes = words_column(&words).unwrap();
        assert_eq!(parse_words(&bytes), Some(words));
        assert_eq!(parse_words(&bytes[..bytes.len() - 1]), None);

        let unknown = Unknown::from([(32, vec![]), (u64::MAX, vec![0; 300])]);
        let bytes = unknown_column(&unknown).unwrap();
        assert_eq!(parse_unknown(&bytes), Some(unknown));
        assert_eq!(parse_unknown(&bytes[..bytes.len() - 1]), None);
        assert_eq!(parse_unknown(&[1, 2, 3]), None);
    }
}
