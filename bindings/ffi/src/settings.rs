//! What is switched on, hopes, support lines.

use cairn_core::id::HopeId;
use cairn_core::profile as core;
use uuid::Uuid;

use crate::{Moment, Profile, VaultError, silent_debug};

/// Something a person can switch on, on all of their devices at once. Every one of them is off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Switch {
    /// Entries of earlier years may be brought back on their day.
    Memories,
    /// The app may ask the device where it is, for the place of an entry.
    Places,
    /// Feelings are among the parts that are chosen to begin with when something is shared.
    FeelingsInShares,
    /// Others are told when their words were read.
    Receipts,
    /// Questions about hard stretches are among those that are asked.
    TenderPrompts,
}

/// What is switched on, and the wish for when it goes quiet.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Settings {
    /// What is on; a new journal has nothing in here.
    pub on: Vec<Switch>,
    /// What they would like when they go quiet, in their words; empty for nothing.
    pub quiet_wish: String,
}

/// How a person holds a hope. None of them is better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HopeState {
    /// Held.
    Holding,
    /// Set aside.
    SetAside,
    /// Done, for now.
    DoneForNow,
}

/// A wish ahead, in the person's own words.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Hope {
    /// Its id.
    pub id: Uuid,
    /// The person's words.
    pub text: String,
    /// How they hold it.
    pub state: HopeState,
    /// When it was first written.
    pub written: Option<Moment>,
    /// When it last changed.
    pub updated: Option<Moment>,
}

/// How a support line is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Reach {
    /// By voice.
    Call,
    /// By text message.
    Text,
    /// By chat, at an address.
    Chat,
}

/// A line to reach people by. Nothing here dials it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SupportLine {
    /// Its name; empty for a new one.
    #[uniffi(default = "")]
    pub id: String,
    /// Where it works.
    pub region: String,
    /// Whom one reaches.
    pub name: String,
    /// How.
    pub reach: Reach,
    /// The number, the short code and its word, or the address.
    pub number: String,
    /// In which languages, if that is known.
    #[uniffi(default = "")]
    pub languages: String,
    /// When, if that is known.
    #[uniffi(default = "")]
    pub hours: String,
    /// The date on which somebody checked it (ISO 8601); nothing for one that nobody here has checked: show that.
    #[uniffi(default = None)]
    pub checked_on: Option<String>,
    /// Where it is from.
    #[uniffi(default = "")]
    pub source: String,
    /// It came with the software.
    #[uniffi(default = false)]
    pub is_bundled: bool,
}

silent_debug!(Settings, Hope, SupportLine);

#[uniffi::export]
impl Profile {
    /// What is switched on: nothing, in a new journal.
    pub async fn settings(&self) -> Result<Settings, VaultError> {
        let settings = self.0.settings().await?;
        Ok(Settings {
            on: settings.on.into_iter().map(Switch::from).collect(),
            quiet_wish: settings.quiet_wish,
        })
    }

    /// Switches something on or off.
    pub async fn set_switch(&self, which: Switch, on: bool) -> Result<(), VaultError> {
        Ok(self.0.set_switch(which.into(), on).await?)
    }

    /// Sets the wish for when it goes quiet; an empty one takes it back.
    pub async fn set_quiet_wish(&self, wish: String) -> Result<(), VaultError> {
        Ok(self.0.set_quiet_wish(wish).await?)
    }

    /// All hopes, in the person's order.
    pub async fn hopes(&self) -> Result<Vec<Hope>, VaultError> {
        Ok(self.0.hopes().await?.into_iter().map(Hope::from).collect())
    }

    /// Keeps a hope at the end of the list; answers its id.
    #[uniffi::method(default(zone = "UTC"))]
    pub async fn add_hope(&self, text: String, zone: String) -> Result<Uuid, VaultError> {
        let id = self.0.add_hope(text, zone).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Changes the words of a hope.
    #[uniffi::method(default(zone = "UTC"))]
    pub async fn set_hope(&self, id: Uuid, text: String, zone: String) -> Result<(), VaultError> {
        Ok(self.0.set_hope(hope_id(id), text, zone).await?)
    }

    /// Says how a hope is held.
    #[uniffi::method(default(zone = "UTC"))]
    pub async fn set_hope_state(&self, id: Uuid, state: HopeState, zone: String) -> Result<(), VaultError> {
        let state = match state {
            HopeState::Holding => core::HopeState::Holding,
            HopeState::SetAside => core::HopeState::SetAside,
            HopeState::DoneForNow => core::HopeState::DoneForNow,
        };
        Ok(self.0.set_hope_state(hope_id(id), state, zone).await?)
    }

    /// Moves a hope to stand before another one, or last.
    #[uniffi::method(default(before = None))]
    pub async fn move_hope(&self, id: Uuid, before: Option<Uuid>) -> Result<(), VaultError> {
        Ok(self.0.move_hope(hope_id(id), before.map(hope_id)).await?)
    }

    /// Takes a hope away.
    pub async fn remove_hope(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.remove_hope(hope_id(id)).await?)
    }

    /// Every support line, by region and name.
    pub async fn support_lines(&self) -> Result<Vec<SupportLine>, VaultError> {
        Ok(self
            .0
            .support_lines()
            .await?
            .into_iter()
            .map(SupportLine::from)
            .collect())
    }

    /// Keeps a support line of the person's own; answers its name.
    pub async fn add_support_line(&self, line: SupportLine) -> Result<String, VaultError> {
        Ok(self.0.add_support_line(line.try_into()?).await?)
    }

    /// Keeps what the person makes of a support line.
    pub async fn set_support_line(&self, line: SupportLine) -> Result<(), VaultError> {
        Ok(self.0.set_support_line(line.try_into()?).await?)
    }

    /// Takes a support line away.
    pub async fn remove_support_line(&self, id: String) -> Result<(), VaultError> {
        Ok(self.0.remove_support_line(id).await?)
    }
}

const fn hope_id(id: Uuid) -> HopeId {
    HopeId::from_bytes(id.into_bytes())
}

impl From<core::Switch> for Switch {
    fn from(switch: core::Switch) -> Self {
        match switch {
            core::Switch::Memories => Self::Memories,
            core::Switch::Places => Self::Places,
            core::Switch::FeelingsInShares => Self::FeelingsInShares,
            core::Switch::Receipts => Self::Receipts,
            core::Switch::TenderPrompts => Self::TenderPrompts,
        }
    }
}

impl From<Switch> for core::Switch {
    fn from(switch: Switch) -> Self {
        match switch {
            Switch::Memories => Self::Memories,
            Switch::Places => Self::Places,
            Switch::FeelingsInShares => Self::FeelingsInShares,
            Switch::Receipts => Self::Receipts,
            Switch::TenderPrompts => Self::TenderPrompts,
        }
    }
}

impl From<core::Hope> for Hope {
    fn from(hope: core::Hope) -> Self {
        Self {
            id: Uuid::from_bytes(*hope.id.as_bytes()),
            text: hope.text,
            state: match hope.state {
                core::HopeState::Holding => HopeState::Holding,
                core::HopeState::SetAside => HopeState::SetAside,
                core::HopeState::DoneForNow => HopeState::DoneForNow,
            },
            written: hope.written.map(Moment::from),
            updated: hope.updated.map(Moment::from),
        }
    }
}

impl From<core::SupportLine> for SupportLine {
    fn from(line: core::SupportLine) -> Self {
        Self {
            id: line.id,
            region: line.region,
            name: line.name,
            reach: match line.reach {
                core::Reach::Call => Reach::Call,
                core::Reach::Text => Reach::Text,
                core::Reach::Chat => Reach::Chat,
            },
            number: line.number,
            languages: line.languages,
            hours: line.hours,
            checked_on: line.checked_on.map(|date| date.to_string()),
            source: line.source,
            is_bundled: line.is_bundled,
        }
    }
}

impl TryFrom<SupportLine> for core::SupportLine {
    type Error = VaultError;

    fn try_from(line: SupportLine) -> Result<Self, VaultError> {
        let checked_on = line
            .checked_on
            .map(|date| date.parse::<chrono::NaiveDate>())
            .transpose();
        Ok(Self {
            id: line.id,
            region: line.region,
            name: line.name,
            reach: match line.reach {
                Reach::Call => core::Reach::Call,
                Reach::Text => core::Reach::Text,
                Reach::Chat => core::Reach::Chat,
            },
            number: line.number,
            languages: line.languages,
            hours: line.hours,
            checked_on: checked_on.map_err(|_| VaultError::invalid("a date is written like 2026-03-01"))?,
            source: line.source,
            is_bundled: line.is_bundled,
        })
    }
}
