//! Values of one's own devices and of the recovery phrase.

use super::EntryValue;
use crate::find::long;
use crate::moments::rfc3339;
use cairn_core::vault::{Arrival, DeviceCard, RecoveryState, Shredding};
use serde::Serialize;

/// One of the person's devices.
#[derive(Debug, Serialize)]
pub(crate) struct DeviceValue {
    id: String,
    name: String,
    is_this_one: bool,
    /// By the relay's clock; none for the first one.
    added: Option<String>,
    /// Whether it is to go, and the relay has not heard of it yet.
    is_going: bool,
    /// Whether it was to go, and that takes the recovery phrase again.
    needs_phrase: bool,
}

/// The person's devices.
#[derive(Debug, Serialize)]
pub(crate) struct DevicesValue {
    pub(crate) devices: Vec<DeviceValue>,
    /// Whether the relay lets this device in; none where it was not to be reached, or there is none.
    pub(crate) is_let_in: Option<bool>,
}

/// A device that was removed.
#[derive(Debug, Serialize)]
pub(crate) struct Gone {
    pub(crate) id: String,
    /// Whether the relay has not heard of it yet.
    pub(crate) is_going: bool,
}

/// What came from a removed device.
#[derive(Debug, Serialize)]
pub(crate) struct ArrivalValue {
    id: String,
    /// What the device was called.
    device: String,
    /// None where it is something other than an entry.
    entry: Option<EntryValue>,
    /// Whether the entry is here already, as it was before.
    is_known: bool,
}

/// How it stands with the recovery phrase.
#[derive(Debug, Serialize)]
pub(crate) struct RecoveryValue {
    /// `none`, `on_its_way`, `needs_phrase`, `in_vain`, `set`, `used`.
    pub(crate) state: &'static str,
}

/// How far erasing beyond old copies has come.
#[derive(Debug, Serialize)]
pub(crate) struct ShreddingValue<'s> {
    /// `nothing`, `going_on`, `held_up`, `waiting`, `done`.
    state: &'static str,
    /// With `held_up`: the ids of the entries that cannot be sealed again; empty where it is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<String>>,
    /// With `waiting`: the devices that have to sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<&'s [String]>,
}

impl<'s> ShreddingValue<'s> {
    pub(crate) fn of(state: &'s Shredding) -> Self {
        let (state, entries, devices) = match state {
            Shredding::Nothing => ("nothing", None, None),
            Shredding::Beginning | Shredding::Sealing { .. } => ("going_on", None, None),
            Shredding::HeldUpBy(entries) => ("held_up", Some(entries.iter().map(ToString::to_string).collect()), None),
            Shredding::WaitingFor(devices) => ("waiting", None, Some(devices.as_slice())),
            Shredding::Done => ("done", None, None),
        };
        Self {
            state,
            entries,
            devices,
        }
    }
}

/// A step of making a recovery phrase.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PhraseStep<'p> {
    /// `words`, `asked`, `done`.
    step: &'static str,
    /// With `words`: the phrase, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'p [String]>,
    /// With `asked`: which words are to be typed back, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'p [usize]>,
}

impl<'p> PhraseStep<'p> {
    pub(crate) fn words(words: &'p [String]) -> Self {
        Self {
            step: "words",
            words: Some(words),
            asked: None,
        }
    }

    pub(crate) fn asked(asked: &'p [usize]) -> Self {
        Self {
            step: "asked",
            words: None,
            asked: Some(asked),
        }
    }

    pub(crate) fn done() -> Self {
        Self {
            step: "done",
            ..Self::default()
        }
    }
}

/// How it stands with the recovery phrase, as a word.
pub(crate) const fn recovery_word(state: RecoveryState) -> &'static str {
    match state {
        RecoveryState::None => "none",
        RecoveryState::OnItsWay => "on_its_way",
        RecoveryState::NeedsPhrase => "needs_phrase",
        RecoveryState::InVain => "in_vain",
        RecoveryState::Lost => "lost",
        RecoveryState::Set => "set",
        RecoveryState::Used => "used",
    }
}

impl From<&DeviceCard> for DeviceValue {
    fn from(device: &DeviceCard) -> Self {
        Self {
            id: long(device.id),
            name: device.name.clone(),
            is_this_one: device.is_this_one,
            added: device.added.map(rfc3339),
            is_going: device.is_going,
            needs_phrase: device.needs_phrase,
        }
    }
}

impl From<&Arrival> for ArrivalValue {
    fn from(arrival: &Arrival) -> Self {
        Self {
            id: long(arrival.id),
            device: arrival.device.clone(),
            entry: arrival.entry.as_ref().map(EntryValue::from),
            is_known: arrival.is_known,
        }
    }
}
