//! What is shown of one entry, as canonical CBOR: part of a shared view, or sealed once more behind a gate.
//!
//! **Item**: `{0 title, 1 body, 2 when, 3 [feeling...], 4 [tag...], 5 [attachment...], 6 valence, 7 [person...], 8 place}`, each absent where it is not shown; the
//! valence as in an entry, 8 bytes: a 64-bit float (IEEE 754), big-endian, -1 to 1, never -0.
//! **Attachment**: `{0 kind, 1 media type, 2 bytes, 3 SHA-256, 4 key, 5 width, 6 height, 7 duration ms, 8 caption}`, from 5 on absent where it is 0 or not
//! shown. The kinds are those of an entry's; what the key seals is in `crypto/attachment`.
//! **When**: `[precision, date]`, and `[0, date, ms, zone]` where it is exact; precision 0 exact, 1 day, 2 month, 3 season.

use super::RecordError;
use super::around::read_float;
use super::cbor::{Reader, Writer};
use super::moment::{read_date, write_date};
use super::texts::{some, some_text, texts, write_texts};
use super::view::pass_over;
use crate::clock::Timestamp;
use crate::journal::{AttachmentKind, Valence};
use crate::limits;
use crate::moment::{Moment, Precision, ZONE_BYTES_MAX};
use crate::support::{SharedDate, SharedItem, ShownAttachment};

/// Writes what a view shows, to be put behind a gate.
pub fn encode_item(item: &SharedItem) -> Vec<u8> {
    let mut writer = Writer::default();
    write_item(&mut writer, item);
    writer.into_bytes()
}

/// Reads what stood behind a gate.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_item`] does not write, but for keys that may be passed over.
pub fn decode_item(bytes: &[u8]) -> Result<SharedItem, RecordError> {
    let mut reader = Reader::new(bytes);
    let item = read_item(&mut reader)?;
    reader.end()?;
    Ok(item)
}

pub(super) fn write_item(writer: &mut Writer, item: &SharedItem) {
    let parts = [
        item.title.is_some(),
        item.body.is_some(),
        item.when.is_some(),
        !item.feelings.is_empty(),
        !item.tags.is_empty(),
        !item.attachments.is_empty(),
        item.valence.is_some(),
        !item.people.is_empty(),
        item.place.is_some(),
    ];
    writer.map(parts.into_iter().filter(|shown| *shown).count());
    for (key, text) in [(0, &item.title), (1, &item.body)] {
        if let Some(text) = text {
            writer.uint(key);
            writer.text(text);
        }
    }
    if let Some(when) = &item.when {
        writer.uint(2);
        write_when(writer, when);
    }
    for (key, words) in [(3, &item.feelings), (4, &item.tags)] {
        if !words.is_empty() {
            writer.uint(key);
            write_texts(writer, words);
        }
    }
    if !item.attachments.is_empty() {
        writer.uint(5);
        writer.array(item.attachments.len());
        item.attachments.iter().for_each(|one| write_attachment(writer, one));
    }
    if let Some(valence) = item.valence {
        writer.uint(6);
        writer.bytes(&valence.number().to_be_bytes());
    }
    if !item.people.is_empty() {
        writer.uint(7);
        write_texts(writer, &item.people);
    }
    if let Some(place) = &item.place {
        writer.uint(8);
        writer.text(place);
    }
}

pub(super) fn read_item(reader: &mut Reader<'_>) -> Result<SharedItem, RecordError> {
    let mut item = SharedItem::default();
    reader.numbered_map(|key, value| {
        match key {
            0 => item.title = Some(value.text()?.to_owned()),
            1 => item.body = Some(value.text()?.to_owned()),
            2 => item.when = Some(read_when(value)?),
            3 => item.feelings = texts(value, limits::STATEMENTS_MAX)?,
            4 => item.tags = texts(value, limits::STATEMENTS_MAX)?,
            5 => item.attachments = some(value, limits::SHOWN_ATTACHMENTS_MAX, read_attachment)?,
            6 => item.valence = Some(read_float(value, Valence::new)?),
            7 => item.people = texts(value, limits::STATEMENTS_MAX)?,
            8 => item.place = Some(some_text(value)?),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    Ok(item)
}

fn write_attachment(writer: &mut Writer, shown: &ShownAttachment) {
    let sizes = [
        (5, u64::from(shown.width)),
        (6, u64::from(shown.height)),
        (7, shown.duration_ms),
    ];
    let sizes = sizes.into_iter().filter(|(_, size)| *size > 0);
    writer.map(5 + sizes.clone().count() + usize::from(shown.caption.is_some()));
    writer.uint(0);
    writer.uint(shown.kind as u64);
    writer.uint(1);
    writer.text(&shown.media_type);
    writer.uint(2);
    writer.uint(shown.bytes);
    writer.uint(3);
    writer.bytes(&shown.sha256);
    writer.uint(4);
    writer.bytes(&shown.key);
    for (key, size) in sizes {
        writer.uint(key);
        writer.uint(size);
    }
    if let Some(caption) = &shown.caption {
        writer.uint(8);
        writer.text(caption);
    }
}

fn read_attachment(reader: &mut Reader<'_>) -> Result<ShownAttachment, RecordError> {
    let (mut kind, mut media_type, mut bytes, mut sha256, mut key) = (None, None, None, None, None);
    let (mut sizes, mut caption) = ([0; 3], None);
    reader.numbered_map(|number, value| {
        match number {
            0 => kind = Some(AttachmentKind::from_number(value.uint()?).ok_or(RecordError::TooNew)?),
            1 => media_type = Some(value.text()?.to_owned()),
            2 => bytes = Some(value.uint()?),
            3 => sha256 = Some(value.exact()?),
            4 => key = Some(value.exact()?),
            5..=7 => {
                let size = value.uint()?;
                let place = usize::try_from(number - 5).map_err(|_| RecordError::Malformed)?;
                *sizes.get_mut(place).ok_or(RecordError::Malformed)? = size;
                if size == 0 {
                    return Err(RecordError::NotCanonical);
                }
            }
            8 => caption = Some(value.text()?.to_owned()),
            _ => pass_over(number, value)?,
        }
        Ok(())
    })?;
    let missing = RecordError::Malformed;
    let [width, height, duration_ms] = sizes;
    let side = |side: u64| u32::try_from(side).map_err(|_| RecordError::TooLarge);
    let shown = ShownAttachment {
        kind: kind.ok_or(missing)?,
        media_type: media_type.ok_or(missing)?,
        bytes: bytes.ok_or(missing)?,
        sha256: sha256.ok_or(missing)?,
        key: key.ok_or(missing)?,
        width: side(width)?,
        height: side(height)?,
        duration_ms,
        caption,
    };
    shown.fits().then_some(shown).ok_or(RecordError::TooLarge)
}

fn write_when(writer: &mut Writer, when: &SharedDate) {
    let (precision, date) = match when {
        SharedDate::Exact(moment) => {
            writer.array(4);
            writer.uint(Precision::Exact as u64);
            write_date(writer, moment.local_date);
            writer.int(moment.at.0);
            writer.text(&moment.zone);
            return;
        }
        SharedDate::Day(date) => (Precision::Day, date),
        SharedDate::Month(date) => (Precision::Month, date),
        SharedDate::Season(date) => (Precision::Season, date),
    };
    writer.array(2);
    writer.uint(precision as u64);
    write_date(writer, *date);
}

fn read_when(reader: &mut Reader<'_>) -> Result<SharedDate, RecordError> {
    let length = reader.array()?;
    let precision = Precision::from_number(reader.uint()?).ok_or(RecordError::TooNew)?;
    let local_date = read_date(reader)?;
    match (precision, length) {
        (Precision::Exact, 4) => {
            let at = Timestamp(reader.int()?);
            let zone = reader.text()?;
            if zone.len() > ZONE_BYTES_MAX {
                return Err(RecordError::TooLarge);
            }
            Ok(SharedDate::Exact(Moment {
                at,
                zone: zone.to_owned(),
                local_date,
                precision,
            }))
        }
        (Precision::Day, 2) => Ok(SharedDate::Day(local_date)),
        (Precision::Month, 2) => Ok(SharedDate::Month(local_date)),
        (Precision::Season, 2) => Ok(SharedDate::Season(local_date)),
        _ => Err(RecordError::Malformed),
    }
}
