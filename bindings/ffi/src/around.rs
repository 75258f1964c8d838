//! What stands around an entry's words: attachments, a place, a question, a state of mind.

use cairn_core::id::AttachmentId;
use cairn_core::journal as core;
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::{Moment, VaultError, count, silent_debug};

/// What an attachment is to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum AttachmentKind {
    /// A picture that was taken.
    Photo,
    /// A sound.
    Audio,
    /// Moving pictures.
    Video,
    /// A picture that was drawn.
    Drawing,
    /// Anything else.
    File,
}

/// One attachment of one entry. Its bytes are kept by the vault; this says what they are.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Attachment {
    /// Its id. The same bytes have the same id in one vault.
    pub id: Uuid,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its media type, such as `image/jpeg`.
    pub media_type: String,
    /// SHA-256 of its bytes, 32 of them.
    pub sha256: Vec<u8>,
    /// How many bytes it has.
    pub bytes: i64,
    /// The name of the file it came from; empty when there was none.
    pub original_name: String,
    /// When it was made, if that is known.
    pub made: Option<Moment>,
    /// Width in pixels; 0 where it is not known.
    pub width: i64,
    /// Height in pixels; 0 where it is not known.
    pub height: i64,
    /// How long it plays, in milliseconds; 0 where it does not or that is not known.
    pub duration_ms: i64,
    /// What it shows, in words, for whoever does not see it.
    pub alt_text: String,
    /// What is said in it, in words.
    pub transcript: String,
}

/// Whether feelings are of a moment or of a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FeltFor {
    /// Right now; HealthKit's `momentaryEmotion`.
    Moment,
    /// The day as a whole; HealthKit's `dailyMood`.
    Day,
}

/// What a State of Mind sample of HealthKit holds beside its words and valence.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StateOfMind {
    /// A moment or a day.
    pub felt_for: FeltFor,
    /// What it has to do with: raw values of `HKStateOfMind.Association`, 1 to 18.
    pub associations: Vec<i32>,
}

/// A place, as the person calls it.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct Place {
    /// The person's word for it.
    pub label: String,
    /// Degrees north, -90 to 90; nothing unless they want that kept.
    #[uniffi(default = None)]
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180; goes together with the latitude.
    #[uniffi(default = None)]
    pub longitude: Option<f64>,
}

/// The question an entry answers, exactly as it was asked.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Asked {
    /// The id of the prompt it came from; empty when there is none.
    pub prompt: String,
    /// The question.
    pub text: String,
}

silent_debug!(Attachment, Place, Asked);

impl From<core::AttachmentKind> for AttachmentKind {
    fn from(kind: core::AttachmentKind) -> Self {
        match kind {
            core::AttachmentKind::Photo => Self::Photo,
            core::AttachmentKind::Audio => Self::Audio,
            core::AttachmentKind::Video => Self::Video,
            core::AttachmentKind::Drawing => Self::Drawing,
            core::AttachmentKind::File => Self::File,
        }
    }
}

impl From<AttachmentKind> for core::AttachmentKind {
    fn from(kind: AttachmentKind) -> Self {
        match kind {
            AttachmentKind::Photo => Self::Photo,
            AttachmentKind::Audio => Self::Audio,
            AttachmentKind::Video => Self::Video,
            AttachmentKind::Drawing => Self::Drawing,
            AttachmentKind::File => Self::File,
        }
    }
}

impl From<core::Attachment> for Attachment {
    fn from(attachment: core::Attachment) -> Self {
        Self {
            id: Uuid::from_bytes(*attachment.id.as_bytes()),
            kind: attachment.kind.into(),
            media_type: attachment.media_type,
            sha256: attachment.sha256.to_vec(),
            bytes: count(attachment.bytes),
            original_name: attachment.original_name,
            made: attachment.made.map(Moment::from),
            width: attachment.width.into(),
            height: attachment.height.into(),
            duration_ms: count(attachment.duration_ms),
            alt_text: attachment.alt_text,
            transcript: attachment.transcript,
        }
    }
}

impl TryFrom<Attachment> for core::Attachment {
    type Error = VaultError;

    fn try_from(attachment: Attachment) -> Result<Self, VaultError> {
        let not_ours = || VaultError::invalid("this is not an attachment that a vault gave out");
        Ok(Self {
            id: AttachmentId::from_bytes(attachment.id.into_bytes()),
            kind: attachment.kind.into(),
            media_type: attachment.media_type,
            sha256: attachment.sha256.try_into().map_err(|_| not_ours())?,
            bytes: attachment.bytes.try_into().map_err(|_| not_ours())?,
            original_name: attachment.original_name,
            made: attachment.made.map(TryInto::try_into).transpose()?,
            width: attachment.width.try_into().map_err(|_| not_ours())?,
            height: attachment.height.try_into().map_err(|_| not_ours())?,
            duration_ms: attachment.duration_ms.try_into().map_err(|_| not_ours())?,
            alt_text: attachment.alt_text,
            transcript: attachment.transcript,
        })
    }
}

impl From<core::StateOfMind> for StateOfMind {
    fn from(state: core::StateOfMind) -> Self {
        Self {
            felt_for: match state.felt_for {
                core::FeltFor::Moment => FeltFor::Moment,
                core::FeltFor::Day => FeltFor::Day,
            },
            associations: state.associations.into_iter().map(i32::from).collect(),
        }
    }
}

/// A state of mind as the core holds it.
pub(crate) fn core_state(state: StateOfMind) -> Result<core::StateOfMind, VaultError> {
    let known = |number: i32| u8::try_from(number).ok();
    let associations: Option<BTreeSet<u8>> = state.associations.into_iter().map(known).collect();
    let made = associations.map(|associations| core::StateOfMind {
        felt_for: match state.felt_for {
            FeltFor::Moment => core::FeltFor::Moment,
            FeltFor::Day => core::FeltFor::Day,
        },
        associations,
    });
    made.filter(core::StateOfMind::is_known)
        .ok_or_else(|| VaultError::invalid("an association of State of Mind is a number from 1 to 18"))
}

impl From<core::Place> for Place {
    fn from(place: core::Place) -> Self {
        let degrees = place.position.map(core::Position::degrees);
        Self {
            label: place.label,
            latitude: degrees.map(|(latitude, _)| latitude),
            longitude: degrees.map(|(_, longitude)| longitude),
        }
    }
}

/// A place as the core holds it.
pub(crate) fn core_place(place: Place) -> Result<core::Place, VaultError> {
    let nowhere = || VaultError::invalid("a latitude and a longitude go together, and lie on earth");
    let position = match (place.latitude, place.longitude) {
        (None, None) => None,
        (Some(latitude), Some(longitude)) => {
            Some(core::Position::from_degrees(latitude, longitude).ok_or_else(nowhere)?)
        }
        _ => return Err(nowhere()),
    };
    Ok(core::Place {
        label: place.label,
        position,
    })
}

impl From<core::Asked> for Asked {
    fn from(asked: core::Asked) -> Self {
        Self {
            prompt: asked.prompt,
            text: asked.text,
        }
    }
}

impl From<Asked> for core::Asked {
    fn from(asked: Asked) -> Self {
        Self {
            prompt: asked.prompt,
            text: asked.text,
        }
    }
}
