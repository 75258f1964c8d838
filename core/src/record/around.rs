//! The parts of an entry's projection that stand around its words; drawn in `entry`.

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::entry::{MERGED, bounded, given};
use super::inside::HEADS_MAX;
use super::moment::{read_moment, write_moment};
use crate::id::{AttachmentId, EntryId};
use crate::journal::{Asked, Attachment, AttachmentKind, Earlier, Entry, FeltFor, Marks, Place, Position, StateOfMind};
use crate::limits;
use std::collections::BTreeSet;

/// One part, to be written.
pub(super) enum Around<'e> {
    Attachments(&'e [Attachment]),
    Float(f64),
    StateOfMind(&'e StateOfMind),
    Place(&'e Place),
    Weather(&'e str),
    Asked(&'e Asked),
    RepliesTo(EntryId),
    Marks(Marks),
    Earlier(&'e Earlier),
}

impl<'e> Around<'e> {
    /// The parts that an entry has, by their keys, ascending.
    pub(super) fn of(entry: &'e Entry) -> Vec<(u64, Self)> {
        let attachments = Some(&entry.attachments[..]).filter(|attachments| !attachments.is_empty());
        let weather = Some(entry.weather.as_str()).filter(|weather| !weather.is_empty());
        let marks = Some(entry.marks).filter(|marks| marks.bits() != 0);
        let parts = [
            (11, attachments.map(Self::Attachments)),
            (12, entry.valence.map(|valence| Self::Float(valence.number()))),
            (13, entry.energy.map(|energy| Self::Float(energy.number()))),
            (14, entry.state_of_mind.as_ref().map(Self::StateOfMind)),
            (15, entry.place.as_ref().map(Self::Place)),
            (16, weather.map(Self::Weather)),
            (17, entry.asked.as_ref().map(Self::Asked)),
            (18, entry.replies_to.map(Self::RepliesTo)),
            (19, marks.map(Self::Marks)),
            (20, entry.earlier.as_ref().map(Self::Earlier)),
        ];
        parts.into_iter().filter_map(|(key, part)| Some((key, part?))).collect()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Attachments(attachments) => {
                writer.array(attachments.len());
                for attachment in *attachments {
                    write_attachment(writer, attachment);
                }
            }
            Self::Float(number) => writer.bytes(&number.to_be_bytes()),
            Self::StateOfMind(state) => {
                writer.array(2);
                writer.uint(state.felt_for as u64);
                writer.array(state.associations.len());
                for number in &state.associations {
                    writer.uint(u64::from(*number));
                }
            }
            Self::Place(place) => {
                writer.array(if place.position.is_some() { 3 } else { 1 });
                writer.text(&place.label);
                if let Some(position) = place.position {
                    let (latitude, longitude) = position.e7();
                    writer.int(i64::from(latitude));
                    writer.int(i64::from(longitude));
                }
            }
            Self::Weather(weather) => writer.text(weather),
            Self::Asked(asked) => {
                writer.array(2);
                writer.text(&asked.prompt);
                writer.text(&asked.text);
            }
            Self::RepliesTo(id) => writer.bytes(id.as_bytes()),
            Self::Marks(marks) => writer.uint(u64::from(marks.bits())),
            Self::Earlier(earlier) => {
                writer.array(1 + earlier.heads.len());
                writer.uint(u64::from(earlier.edition));
                for head in &earlier.heads {
                    writer.bytes(head);
                }
            }
        }
    }
}

fn write_attachment(writer: &mut Writer, attachment: &Attachment) {
    writer.array(if attachment.made.is_some() { 12 } else { 11 });
    writer.bytes(attachment.id.as_bytes());
    writer.uint(attachment.kind as u64);
    writer.text(&attachment.media_type);
    writer.bytes(&attachment.sha256);
    writer.uint(attachment.bytes);
    writer.text(&attachment.original_name);
    writer.uint(u64::from(attachment.width));
    writer.uint(u64::from(attachment.height));
    writer.uint(attachment.duration_ms);
    writer.text(&attachment.alt_text);
    writer.text(&attachment.transcript);
    if let Some(made) = &attachment.made {
        write_moment(writer, made);
    }
}

pub(super) fn read_attachments(reader: &mut Reader<'_>) -> Result<Vec<Attachment>, RecordError> {
    let count = reader.array()?;
    if count == 0 {
        return Err(RecordError::NotCanonical);
    }
    if count > (MERGED * limits::ATTACHMENTS_MAX) as u64 {
        return Err(RecordError::TooLarge);
    }
    let mut seen = BTreeSet::new();
    (0..count)
        .map(|_| {
            let attachment = read_attachment(reader)?;
            if seen.insert(attachment.id) {
                Ok(attachment)
            } else {
                Err(RecordError::NotCanonical)
            }
        })
        .collect()
}

fn read_attachment(reader: &mut Reader<'_>) -> Result<Attachment, RecordError> {
    /// Bytes of so many characters, at most.
    const fn bytes(characters: usize) -> usize {
        4 * characters
    }
    let parts = reader.array()?;
    if !(11..=12).contains(&parts) {
        return Err(RecordError::Malformed);
    }
    let short = |number: u64| u32::try_from(number).map_err(|_| RecordError::Malformed);
    Ok(Attachment {
        id: AttachmentId::from_bytes(reader.exact()?),
        kind: AttachmentKind::from_number(reader.uint()?).ok_or(RecordError::TooNew)?,
        media_type: bounded(reader.text()?, bytes(limits::TITLE_CHARACTERS_MAX))?,
        sha256: reader.exact()?,
        bytes: reader.uint()?,
        original_name: bounded(reader.text()?, bytes(limits::TITLE_CHARACTERS_MAX))?,
        width: short(reader.uint()?)?,
        height: short(reader.uint()?)?,
        duration_ms: reader.uint()?,
        alt_text: bounded(reader.text()?, bytes(limits::ALT_CHARACTERS_MAX))?,
        transcript: bounded(reader.text()?, bytes(limits::TRANSCRIPT_CHARACTERS_MAX))?,
        made: if parts == 12 { Some(read_moment(reader)?) } else { None },
    })
}

/// Reads a number of 8 bytes; another spelling of the same number is refused.
pub(super) fn read_float<T>(reader: &mut Reader<'_>, make: fn(f64) -> Option<T>) -> Result<T, RecordError> {
    let bits: [u8; 8] = reader.exact()?;
    if bits == (-0.0_f64).to_be_bytes() {
        return Err(RecordError::NotCanonical);
    }
    make(f64::from_be_bytes(bits)).ok_or(RecordError::Malformed)
}

pub(super) fn read_associated(reader: &mut Reader<'_>) -> Result<StateOfMind, RecordError> {
    reader.array_of(2)?;
    let felt_for = FeltFor::from_number(reader.uint()?).ok_or(RecordError::TooNew)?;
    let mut associations = BTreeSet::new();
    for _ in 0..reader.array()? {
        let number = u8::try_from(reader.uint()?).map_err(|_| RecordError::TooNew)?;
        if associations.last().is_some_and(|last| *last >= number) {
            return Err(RecordError::NotCanonical);
        }
        associations.insert(number);
    }
    let state = StateOfMind { felt_for, associations };
    state.is_known().then_some(state).ok_or(RecordError::TooNew)
}

pub(super) fn read_place(reader: &mut Reader<'_>) -> Result<Place, RecordError> {
    let parts = reader.array()?;
    let label = bounded(reader.text()?, 4 * limits::TITLE_CHARACTERS_MAX)?;
    let position = match parts {
        1 => None,
        3 => Some(Position::from_e7(reader.int()?, reader.int()?).ok_or(RecordError::Malformed)?),
        _ => return Err(RecordError::Malformed),
    };
    Ok(Place { label, position })
}

pub(super) fn read_asked(reader: &mut Reader<'_>) -> Result<Asked, RecordError> {
    reader.array_of(2)?;
    Ok(Asked {
        prompt: bounded(reader.text()?, 4 * limits::TITLE_CHARACTERS_MAX)?,
        text: bounded(given(reader.text()?)?, 4 * limits::PROMPT_CHARACTERS_MAX)?,
    })
}

pub(super) fn read_marks(reader: &mut Reader<'_>) -> Result<Marks, RecordError> {
    let bits = reader.uint()?;
    if bits == 0 {
        return Err(RecordError::NotCanonical);
    }
    Marks::from_bits(bits).ok_or(RecordError::TooNew)
}

pub(super) fn read_earlier(reader: &mut Reader<'_>) -> Result<Earlier, RecordError> {
    let parts = reader.array()?;
    if parts == 0 {
        return Err(RecordError::Malformed);
    }
    if parts > 1 + HEADS_MAX as u64 {
        return Err(RecordError::TooLarge);
    }
    let edition = u32::try_from(reader.uint()?).map_err(|_| RecordError::Malformed)?;
    let heads: Vec<[u8; 32]> = (1..parts).map(|_| reader.exact()).collect::<Result<_, _>>()?;
    if heads.is_sorted_by(|one, next| one < next) {
        Ok(Earlier { edition, heads })
    } else {
        Err(RecordError::NotCanonical)
    }
}
