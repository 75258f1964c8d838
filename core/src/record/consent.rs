//! A consent as canonical CBOR: the receipt that both sides keep, inside a shared view or alone.
//!
//! `{0 share, 1 version, 2 participant, 3 recipient, 4 [[entry, parts, when]], 5 sentence, 6 purpose, 7 end, 8 given ms,
//! 9 [pack, text id, version, text], 10 how to stop, 11 follow edits: true only, 12 lease days, 13 wanted: bits, as in a message, left out where it is listening alone,
//! 32 passages alone: true only, 33 [narrowed ms...], not empty}`. Parts are bits: 1 text, 2
//! title, 4 feelings, 8 tags, 16 attachments, 32 captions, 64 valence, 128 people, 256 place; when: 0 no, 1 month, 2 day, 3 exact; end: `[0]` until I stop, `[1, ms]` at a time, `[2]` with the relationship.
//! Exactly one item in this version. A part, a when or an end that a reader does not know is [`RecordError::TooNew`].

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::texts::many;
use super::view::{OPTIONAL_KEYS, one, pass_over};
use crate::clock::Timestamp;
use crate::id::{EntryId, ShareId};
use crate::limits;
use crate::support::{Consent, End, Item, Mask, Notice, SupportWanted, When};

/// Writes a consent: a receipt.
pub fn encode_consent(consent: &Consent) -> Vec<u8> {
    let mut writer = Writer::default();
    write_consent(&mut writer, consent);
    writer.into_bytes()
}

/// Reads a consent.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_consent`] does not write, but for keys that may be passed over.
pub fn decode_consent(bytes: &[u8]) -> Result<Consent, RecordError> {
    let mut reader = Reader::new(bytes);
    let consent = read_consent(&mut reader)?;
    reader.end()?;
    Ok(consent)
}

pub(super) fn write_consent(writer: &mut Writer, consent: &Consent) {
    let has_wanted = consent.wanted != SupportWanted::default();
    let beside = [
        consent.follow_edits,
        has_wanted,
        consent.is_excerpt,
        !consent.narrowed.is_empty(),
    ];
    writer.map(12 + beside.into_iter().filter(|stands| *stands).count());
    writer.uint(0);
    writer.bytes(consent.id.as_bytes());
    writer.uint(1);
    writer.uint(consent.version);
    writer.uint(2);
    writer.text(&consent.participant);
    writer.uint(3);
    writer.bytes(&consent.recipient);
    writer.uint(4);
    writer.array(1);
    writer.array(3);
    writer.bytes(consent.item.entry.as_bytes());
    writer.uint(consent.item.mask.bits().into());
    writer.uint(consent.item.mask.when.number().into());
    writer.uint(5);
    writer.text(&consent.sentence);
    writer.uint(6);
    writer.text(&consent.purpose);
    writer.uint(7);
    write_end(writer, consent.end);
    writer.uint(8);
    writer.int(consent.given.0);
    writer.uint(9);
    writer.array(4);
    writer.text(&consent.notice.pack);
    writer.text(&consent.notice.text_id);
    writer.uint(consent.notice.version.into());
    writer.text(&consent.notice.text);
    writer.uint(10);
    writer.text(&consent.how_to_stop);
    if consent.follow_edits {
        writer.uint(11);
        writer.bool(true);
    }
    writer.uint(12);
    writer.uint(consent.lease_days.into());
    if has_wanted {
        writer.uint(13);
        writer.uint(consent.wanted.bits().into());
    }
    if consent.is_excerpt {
        writer.uint(IS_EXCERPT);
        writer.bool(true);
    }
    if !consent.narrowed.is_empty() {
        writer.uint(NARROWED);
        writer.array(consent.narrowed.len());
        consent.narrowed.iter().for_each(|at| writer.int(at.0));
    }
}

// What these two say is shown by the parts and the end that stand beside them: a reader that knows neither shows no more for it.
const IS_EXCERPT: u64 = OPTIONAL_KEYS;
const NARROWED: u64 = OPTIONAL_KEYS + 1;

pub(super) fn read_consent(reader: &mut Reader<'_>) -> Result<Consent, RecordError> {
    let (mut id, mut version, mut participant, mut recipient, mut item) = (None, None, None, None, None);
    let (mut sentence, mut purpose, mut end, mut given, mut notice) = (None, None, None, None, None);
    let (mut how_to_stop, mut follow_edits, mut lease_days) = (None, false, None);
    let mut wanted = SupportWanted::default();
    let (mut is_excerpt, mut narrowed) = (false, Vec::new());
    reader.numbered_map(|key, value| {
        match key {
            0 => id = Some(ShareId::from_bytes(value.exact()?)),
            1 => version = Some(value.uint()?),
            2 => participant = Some(value.text()?.to_owned()),
            3 => recipient = Some(value.exact()?),
            4 => {
                one(value)?;
                item = Some(read_scope_item(value)?);
            }
            5 => sentence = Some(value.text()?.to_owned()),
            6 => purpose = Some(value.text()?.to_owned()),
            7 => end = Some(read_end(value)?),
            8 => given = Some(Timestamp(value.int()?)),
            9 => notice = Some(read_notice(value)?),
            10 => how_to_stop = Some(value.text()?.to_owned()),
            11 => follow_edits = value.bool()?.then_some(true).ok_or(RecordError::NotCanonical)?,
            12 => lease_days = Some(u16::try_from(value.uint()?).map_err(|_| RecordError::TooLarge)?),
            13 => {
                wanted = SupportWanted::from_bits(value.uint()?).ok_or(RecordError::TooNew)?;
                if wanted == SupportWanted::default() {
                    return Err(RecordError::NotCanonical);
                }
            }
            IS_EXCERPT => is_excerpt = value.bool()?.then_some(true).ok_or(RecordError::NotCanonical)?,
            NARROWED => narrowed = read_narrowed(value)?,
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    let missing = RecordError::Malformed;
    Ok(Consent {
        id: id.ok_or(missing)?,
        version: version.ok_or(missing)?,
        participant: participant.ok_or(missing)?,
        recipient: recipient.ok_or(missing)?,
        item: item.ok_or(missing)?,
        sentence: sentence.ok_or(missing)?,
        purpose: purpose.ok_or(missing)?,
        end: end.ok_or(missing)?,
        given: given.ok_or(missing)?,
        notice: notice.ok_or(missing)?,
        how_to_stop: how_to_stop.ok_or(missing)?,
        follow_edits,
        lease_days: lease_days.ok_or(missing)?,
        wanted,
        is_excerpt,
        narrowed,
    })
}

fn read_narrowed(reader: &mut Reader<'_>) -> Result<Vec<Timestamp>, RecordError> {
    let all = many(reader, limits::NARROWINGS_MAX, |at| Ok(Timestamp(at.int()?)))?;
    if all.is_empty() || !all.is_sorted_by(|one, next| one < next) {
        return Err(RecordError::NotCanonical);
    }
    Ok(all)
}

fn read_scope_item(reader: &mut Reader<'_>) -> Result<Item, RecordError> {
    reader.array_of(3)?;
    let entry = EntryId::from_bytes(reader.exact()?);
    let bits = reader.uint()?;
    let when = When::from_number(reader.uint()?).ok_or(RecordError::TooNew)?;
    Ok(Item {
        entry,
        mask: Mask::from_bits(bits, when).ok_or(RecordError::TooNew)?,
    })
}

fn write_end(writer: &mut Writer, end: End) {
    match end {
        End::UntilIStop => {
            writer.array(1);
            writer.uint(0);
        }
        End::At(at) => {
            writer.array(2);
            writer.uint(1);
            writer.int(at.0);
        }
        End::WithRelationship => {
            writer.array(1);
            writer.uint(2);
        }
    }
}

fn read_end(reader: &mut Reader<'_>) -> Result<End, RecordError> {
    let length = reader.array()?;
    match (reader.uint()?, length) {
        (0, 1) => Ok(End::UntilIStop),
        (1, 2) => Ok(End::At(Timestamp(reader.int()?))),
        (2, 1) => Ok(End::WithRelationship),
        (0..=2, _) => Err(RecordError::Malformed),
        _ => Err(RecordError::TooNew),
    }
}

fn read_notice(reader: &mut Reader<'_>) -> Result<Notice, RecordError> {
    reader.array_of(4)?;
    Ok(Notice {
        pack: reader.text()?.to_owned(),
        text_id: reader.text()?.to_owned(),
        version: u32::try_from(reader.uint()?).map_err(|_| RecordError::TooLarge)?,
        text: reader.text()?.to_owned(),
    })
}
