//! Values of what a specialist asks themselves before they tell of their own experience.

use cairn_core::support as core;

use crate::{same, silent_debug};

/// Whom it is for to tell of one's own experience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ForWhom {
    /// For them.
    Theirs,
    /// For both.
    Both,
    /// For oneself. Offer to keep it.
    Mine,
    /// Not sure. Offer to keep it.
    Unsure,
}

/// Whether the participant asked to hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TheyAsked {
    /// They did.
    Yes,
    /// They were asked first.
    IAskedFirst,
    /// They did not.
    No,
}

/// What was decided after a look at oneself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReflectionDecision {
    /// To tell it.
    Share,
    /// To make it shorter first.
    Shorten,
    /// To keep it.
    KeepToMyself,
}

/// A look at oneself before telling of one's own experience. It stays on the specialist's devices.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SelfReflection {
    /// Whom it would be for.
    pub for_whom: ForWhom,
    /// What was decided. With anything but `Share` no message goes out by it.
    pub decided: ReflectionDecision,
    /// Whether it gives them strength or weighs on them.
    #[uniffi(default = "")]
    pub words: String,
    /// Whether they asked to hear it; nothing where that was not said.
    #[uniffi(default = None)]
    pub did_they_ask: Option<TheyAsked>,
    /// Whether it is the shortest that it can be told in.
    #[uniffi(default = false)]
    pub is_shortest: bool,
}

/// How many of one's last messages were of one's own experience. Computed when it is asked for; show it to nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct OwnStories {
    /// Of one's own experience.
    pub stories: i32,
    /// Of so many messages.
    pub of: i32,
}

silent_debug!(SelfReflection);

same! {
    ForWhom, core::Whose { Theirs, Both, Mine, Unsure };
    TheyAsked, core::TheyAsked { Yes, IAskedFirst, No };
    ReflectionDecision, core::Decision { Share, Shorten, KeepToMyself };
}

impl From<SelfReflection> for core::SelfReflection {
    fn from(reflection: SelfReflection) -> Self {
        Self {
            for_whom: reflection.for_whom.into(),
            words: reflection.words,
            did_they_ask: reflection.did_they_ask.map(core::TheyAsked::from),
            is_shortest: reflection.is_shortest,
            decided: reflection.decided.into(),
        }
    }
}
