//! Texts, days and lists, as more than one kind of content has them.

use super::RecordError;
use super::cbor::{Reader, Writer};
use crate::moment::date_of_day;
use chrono::NaiveDate;

/// A text that is not there where it is empty.
pub(super) fn some_text(reader: &mut Reader<'_>) -> Result<String, RecordError> {
    match reader.text()? {
        "" => Err(RecordError::NotCanonical),
        text => Ok(text.to_owned()),
    }
}

/// A day of the calendar, counted from 1970-01-01.
pub(super) fn read_day(reader: &mut Reader<'_>) -> Result<NaiveDate, RecordError> {
    date_of_day(reader.int()?).ok_or(RecordError::Malformed)
}

/// At most so many of something.
pub(super) fn many<T>(
    reader: &mut Reader<'_>,
    most: usize,
    mut each: impl FnMut(&mut Reader<'_>) -> Result<T, RecordError>,
) -> Result<Vec<T>, RecordError> {
    let count = reader.array()?;
    if count > most as u64 {
        return Err(RecordError::TooLarge);
    }
    (0..count).map(|_| each(reader)).collect()
}

/// At most so many of something that is not there where there is none.
pub(super) fn some<T>(
    reader: &mut Reader<'_>,
    most: usize,
    each: impl FnMut(&mut Reader<'_>) -> Result<T, RecordError>,
) -> Result<Vec<T>, RecordError> {
    let all = many(reader, most, each)?;
    if all.is_empty() {
        return Err(RecordError::NotCanonical);
    }
    Ok(all)
}

/// At most so many texts.
pub(super) fn texts(reader: &mut Reader<'_>, most: usize) -> Result<Vec<String>, RecordError> {
    many(reader, most, one_text)
}

/// At most so many texts, and one at least.
pub(super) fn some_texts(reader: &mut Reader<'_>, most: usize) -> Result<Vec<String>, RecordError> {
    some(reader, most, one_text)
}

fn one_text(reader: &mut Reader<'_>) -> Result<String, RecordError> {
    Ok(reader.text()?.to_owned())
}

/// Writes texts, in this order.
pub(super) fn write_texts<'t>(
    writer: &mut Writer,
    texts: impl IntoIterator<Item = &'t String, IntoIter: ExactSizeIterator>,
) {
    let texts = texts.into_iter();
    writer.array(texts.len());
    for text in texts {
        writer.text(text);
    }
}
