//! One side's page of a meeting, as canonical CBOR.
//!
//! Page: `{0 meeting, 1 edit, 2 day: days since 1970-01-01 where there is one, 3 [line...]}`; line: `[id, part, order, after, edit, [text...]]`; part: 0 agenda, 1 notes;
//! `after`: the id of a line, or no bytes at the beginning. Lines ascend by id and texts by their bytes, each once. Its record's document is named by the first
//! 16 bytes of BLAKE3 in its key derivation mode, context `cairn meeting 1`, over `meeting || side`, so that nothing at the relay joins the two pages of a
//! meeting; side: 0 participant, 1 specialist.
//!
//! Meeting, as a record of the past holds it: `{0 day, 1 [line...]}`; line: `[id, part, side, [text...]]`, in the order in which it is read.
//!
//! A part that a reader does not know is [`RecordError::TooNew`].

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::texts::{many, read_day, texts, write_texts};
use super::view::pass_over;
use crate::id::{DocumentId, LineId, MeetingId};
use crate::limits;
use crate::moment::day_of_date;
use crate::support::{LinePlace, Meeting, MeetingLine, MeetingPage, MeetingPart, PageLine, Role};
use std::collections::BTreeMap;

/// Writes a page.
pub fn encode_meeting_page(meeting: MeetingId, page: &MeetingPage) -> Vec<u8> {
    let mut writer = Writer::with_capacity(page.bytes() + 64);
    writer.map(3 + usize::from(page.day.is_some()));
    writer.uint(0);
    writer.bytes(meeting.as_bytes());
    writer.uint(1);
    writer.uint(page.edit.into());
    if let Some(day) = page.day {
        writer.uint(2);
        writer.int(day_of_date(day));
    }
    writer.uint(3);
    writer.array(page.lines.len());
    for (id, PageLine { place, edit, texts }) in &page.lines {
        writer.array(6);
        writer.bytes(id.as_bytes());
        writer.uint(place.part as u64);
        writer.uint(place.order.into());
        writer.bytes(place.after.as_ref().map_or(&[], |after| after.as_bytes().as_slice()));
        writer.uint((*edit).into());
        write_texts(&mut writer, texts);
    }
    writer.into_bytes()
}

/// Reads a page. Whether a side can have said it, [`MeetingPage::can_come_from`] says.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_meeting_page`] does not write, but for keys that may be passed over.
pub fn decode_meeting_page(bytes: &[u8]) -> Result<(MeetingId, MeetingPage), RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut meeting, mut edit, mut day, mut lines) = (None, None, None, None);
    reader.numbered_map(|key, value| {
        match key {
            0 => meeting = Some(MeetingId::from_bytes(value.exact()?)),
            1 => edit = Some(small(value)?),
            2 => day = Some(read_day(value)?),
            3 => lines = Some(many(value, LINES_MAX, read_page_line)?),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let missing = RecordError::Malformed;
    let lines = lines.ok_or(missing)?;
    if !lines.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(RecordError::NotCanonical);
    }
    let page = MeetingPage {
        edit: edit.ok_or(missing)?,
        day,
        lines: lines.into_iter().collect::<BTreeMap<_, _>>(),
    };
    Ok((meeting.ok_or(missing)?, page))
}

/// Lines of one page at most, by the room that each takes.
const LINES_MAX: usize = limits::MEETING_PAGE_JOINED_BYTES_MAX / limits::MEETING_LINE_BYTES;

fn read_page_line(reader: &mut Reader<'_>) -> Result<(LineId, PageLine), RecordError> {
    reader.array_of(6)?;
    let id = LineId::from_bytes(reader.exact()?);
    let place = LinePlace {
        part: read_part(reader)?,
        order: small(reader)?,
        after: match reader.bytes()? {
            [] => None,
            after => Some(LineId::from_bytes(
                after.try_into().map_err(|_| RecordError::Malformed)?,
            )),
        },
    };
    let (edit, texts) = (small(reader)?, texts(reader, LINES_MAX)?);
    if !texts.is_sorted_by(|one, next| one < next) {
        return Err(RecordError::NotCanonical);
    }
    let texts = texts.into_iter().collect();
    Ok((id, PageLine { place, edit, texts }))
}

/// Writes a meeting as it was read.
pub fn encode_meeting(meeting: &Meeting) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(2);
    writer.uint(0);
    writer.int(day_of_date(meeting.day));
    writer.uint(1);
    writer.array(meeting.agenda.len() + meeting.notes.len());
    for (part, line) in meeting.lines() {
        writer.array(4);
        writer.bytes(line.id.as_bytes());
        writer.uint(part as u64);
        writer.uint(line.by.side().into());
        write_texts(&mut writer, &line.words);
    }
    writer.into_bytes()
}

/// Reads a meeting of this name as it was read.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_meeting`] does not write, but for keys that may be passed over.
pub fn decode_meeting(id: MeetingId, bytes: &[u8]) -> Result<Meeting, RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut day, mut lines) = (None, None);
    reader.numbered_map(|key, value| {
        match key {
            0 => day = Some(read_day(value)?),
            1 => lines = Some(many(value, 2 * LINES_MAX, read_line)?),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let missing = RecordError::Malformed;
    let (agenda, notes): (Vec<_>, Vec<_>) = lines
        .ok_or(missing)?
        .into_iter()
        .partition(|(part, _)| *part == MeetingPart::Agenda);
    let only = |lines: Vec<(MeetingPart, MeetingLine)>| lines.into_iter().map(|(_, line)| line).collect();
    Ok(Meeting {
        id,
        day: day.ok_or(missing)?,
        agenda: only(agenda),
        notes: only(notes),
    })
}

fn read_line(reader: &mut Reader<'_>) -> Result<(MeetingPart, MeetingLine), RecordError> {
    reader.array_of(4)?;
    let id = LineId::from_bytes(reader.exact()?);
    let part = read_part(reader)?;
    let side = u8::try_from(reader.uint()?).map_err(|_| RecordError::TooNew)?;
    let by = Role::from_side(side).ok_or(RecordError::TooNew)?;
    let words = texts(reader, LINES_MAX)?;
    Ok((part, MeetingLine { id, by, words }))
}

fn read_part(reader: &mut Reader<'_>) -> Result<MeetingPart, RecordError> {
    MeetingPart::from_number(reader.uint()?).ok_or(RecordError::TooNew)
}

fn small(reader: &mut Reader<'_>) -> Result<u32, RecordError> {
    u32::try_from(reader.uint()?).map_err(|_| RecordError::TooLarge)
}

/// The name of the document in which this side says its page of a meeting.
pub fn meeting_page_document(meeting: MeetingId, side: Role) -> DocumentId {
    let mut named = meeting.as_bytes().to_vec();
    named.push(side.side());
    let mut name = [0; 16];
    let mut hasher = blake3::Hasher::new_derive_key("cairn meeting 1");
    hasher.update(&named).finalize_xof().fill(&mut name);
    DocumentId::from_bytes(name)
}
