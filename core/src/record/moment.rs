//! Moments in a projection: `[instant in ms, zone, local civil date, precision]`.

use super::RecordError;
use super::cbor::{Reader, Writer};
use crate::clock::Timestamp;
use crate::moment::{Moment, Precision, ZONE_BYTES_MAX};
use chrono::NaiveDate;

pub(super) fn write_moment(writer: &mut Writer, moment: &Moment) {
    writer.array(4);
    writer.int(moment.at.0);
    writer.text(&moment.zone);
    write_date(writer, moment.local_date);
    writer.uint(moment.precision as u64);
}

pub(super) fn read_moment(reader: &mut Reader<'_>) -> Result<Moment, RecordError> {
    reader.array_of(4)?;
    let at = Timestamp(reader.int()?);
    let zone = reader.text()?;
    if zone.len() > ZONE_BYTES_MAX {
        return Err(RecordError::TooLarge);
    }
    let local_date = read_date(reader)?;
    let precision = Precision::from_number(reader.uint()?).ok_or(RecordError::TooNew)?;
    Ok(Moment {
        at,
        zone: zone.to_owned(),
        local_date,
        precision,
    })
}

/// `YYYY-MM-DD`; a year outside 0000 to 9999 has a sign and more digits (ISO 8601).
pub(super) fn write_date(writer: &mut Writer, date: NaiveDate) {
    writer.text(&date.to_string());
}

pub(super) fn read_date(reader: &mut Reader<'_>) -> Result<NaiveDate, RecordError> {
    let text = reader.text()?;
    let date: NaiveDate = text.parse().map_err(|_| RecordError::Malformed)?;
    // The parser also takes blanks, signs and single digits: those would be second spellings of one date.
    if date.to_string() == text {
        Ok(date)
    } else {
        Err(RecordError::NotCanonical)
    }
}
