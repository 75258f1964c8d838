//! What stands around an entry's words.

use super::{AttachmentValue, written};
use cairn_core::journal::{Energy, Entry, FeltFor, Position, Valence};
use serde::Serialize;

/// What stands around an entry's words.
#[derive(Debug, Serialize)]
pub(crate) struct AroundValue {
    people: Vec<String>,
    life_areas: Vec<String>,
    attachments: Vec<AttachmentValue>,
    /// -1 to 1, set by hand.
    valence: Option<f64>,
    /// 0 to 1, set by hand.
    energy: Option<f64>,
    state_of_mind: Option<StateOfMindValue>,
    place: Option<PlaceValue>,
    /// The question it answers, as it was asked.
    asked: Option<AskedValue>,
    /// The entry it replies to.
    replies_to: Option<String>,
    remember: bool,
    keep_from_memories: bool,
    tender: bool,
    never_share: bool,
}

/// What a State of Mind holds beside its words.
#[derive(Debug, Serialize)]
pub(crate) struct StateOfMindValue {
    /// `moment` or `day`.
    felt_for: &'static str,
    /// HealthKit's numbers.
    associations: Vec<u8>,
}

/// A place.
#[derive(Debug, Serialize)]
pub(crate) struct PlaceValue {
    label: String,
    /// Degrees.
    latitude: Option<f64>,
    /// Degrees.
    longitude: Option<f64>,
}

/// A question.
#[derive(Debug, Serialize)]
pub(crate) struct AskedValue {
    /// The prompt it came from; empty when there is none.
    prompt: String,
    text: String,
}

impl From<&Entry> for AroundValue {
    fn from(entry: &Entry) -> Self {
        Self {
            people: written(&entry.people),
            life_areas: written(&entry.life_areas),
            attachments: entry.attachments.iter().map(AttachmentValue::from).collect(),
            valence: entry.valence.map(Valence::number),
            energy: entry.energy.map(Energy::number),
            state_of_mind: entry.state_of_mind.as_ref().map(|state| StateOfMindValue {
                felt_for: match state.felt_for {
                    FeltFor::Moment => "moment",
                    FeltFor::Day => "day",
                },
                associations: state.associations.iter().copied().collect(),
            }),
            place: entry.place.as_ref().map(|place| {
                let degrees = place.position.map(Position::degrees);
                PlaceValue {
                    label: place.label.clone(),
                    latitude: degrees.map(|(latitude, _)| latitude),
                    longitude: degrees.map(|(_, longitude)| longitude),
                }
            }),
            asked: entry.asked.as_ref().map(|asked| AskedValue {
                prompt: asked.prompt.clone(),
                text: asked.text.clone(),
            }),
            replies_to: entry.replies_to.map(|id| id.to_string()),
            remember: entry.marks.remember,
            keep_from_memories: entry.marks.keep_from_memories,
            tender: entry.marks.tender,
            never_share: entry.marks.never_share,
        }
    }
}
