//! What is switched on: nothing, until the participant says so.
//!
//! | name | value | where it is absent |
//! |---|---|---|
//! | `switch/<code>` | number 1 | off, for every one of [`Switch`] |
//! | `quiet/wish` | text | nothing happens and nothing is asked when it goes quiet |

use super::change::longer;
use super::{Changes, Field, Fields, Invalid};
use crate::limits;
use std::collections::BTreeSet;
use std::fmt;

/// Something a participant can switch on, on all of their devices at once. Every one of them is off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl Switch {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Memories,
        Self::Places,
        Self::FeelingsInShares,
        Self::Receipts,
        Self::TenderPrompts,
    ];

    /// The word it is kept under.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Memories => "memories",
            Self::Places => "places",
            Self::FeelingsInShares => "feelings_in_shares",
            Self::Receipts => "receipts",
            Self::TenderPrompts => "tender_prompts",
        }
    }

    /// The switch of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.code() == code)
    }

    fn name(self) -> String {
        format!("switch/{}", self.code())
    }
}

/// What is switched on, and the wish for when it goes quiet.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// What is on; a new journal has nothing in here.
    pub on: BTreeSet<Switch>,
    /// What they would like when they go quiet, in their words; empty for nothing.
    pub quiet_wish: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("on", &self.on).finish_non_exhaustive()
    }
}

const QUIET_WISH: &str = "quiet/wish";

impl Settings {
    /// Reads the settings. Total.
    pub fn from_fields(fields: &Fields) -> Self {
        let is_on = |switch: &Switch| fields.get(&switch.name()).and_then(Field::number) == Some(1);
        Self {
            on: Switch::ALL.into_iter().filter(is_on).collect(),
            quiet_wish: fields
                .get(QUIET_WISH)
                .and_then(Field::text)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Whether this is on.
    pub fn is_on(&self, switch: Switch) -> bool {
        self.on.contains(&switch)
    }
}

/// Switches something on or off.
pub fn set_switch(fields: &Fields, switch: Switch, on: bool) -> Changes {
    let mut changes = Changes::new();
    if Settings::from_fields(fields).is_on(switch) != on {
        changes.insert(switch.name(), on.then_some(Field::Number(1)));
    }
    changes
}

/// Sets the wish for when it goes quiet; an empty one takes it back.
///
/// # Errors
/// [`Invalid::TextTooLong`].
pub fn set_quiet_wish(fields: &Fields, wish: &str) -> Result<Changes, Invalid> {
    let wish = wish.trim();
    if longer(wish, limits::STATEMENT_CHARACTERS_MAX) {
        return Err(Invalid::TextTooLong);
    }
    let mut changes = Changes::new();
    if Settings::from_fields(fields).quiet_wish != wish {
        let value = (!wish.is_empty()).then(|| Field::Text(wish.to_owned()));
        changes.insert(QUIET_WISH.to_owned(), value);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    #[test]
    fn everything_is_off_in_a_new_journal() {
        let fresh = Settings::from_fields(&Fields::new());
        assert_eq!(fresh, Settings::default());
        let table: Vec<(&str, bool)> = Switch::ALL.map(|switch| (switch.code(), fresh.is_on(switch))).into();
        let documented = [
            ("memories", false),
            ("places", false),
            ("feelings_in_shares", false),
            ("receipts", false),
            ("tender_prompts", false),
        ];
        assert_eq!(table, documented);
        assert_eq!(fresh.quiet_wish, "");
    }

    #[test]
    fn a_switch_is_on_until_it_is_off_and_leaves_nothing_behind() {
        let mut fields = Fields::new();
        for switch in Switch::ALL {
            assert_eq!(Switch::from_code(switch.code()), Some(switch));
            let changes = set_switch(&fields, switch, true);
            apply(&mut fields, &changes);
            assert!(Settings::from_fields(&fields).is_on(switch));
            assert!(set_switch(&fields, switch, true).is_empty());
        }
        let changes = set_quiet_wish(&fields, " leave me be ").unwrap();
        apply(&mut fields, &changes);
        assert_eq!(Settings::from_fields(&fields).quiet_wish, "leave me be");
        let changes = set_quiet_wish(&fields, "").unwrap();
        apply(&mut fields, &changes);
        for switch in Switch::ALL {
            let changes = set_switch(&fields, switch, false);
            apply(&mut fields, &changes);
        }
        assert_eq!(fields, Fields::new());
        let long = "x".repeat(limits::STATEMENT_CHARACTERS_MAX + 1);
        assert_eq!(set_quiet_wish(&fields, &long), Err(Invalid::TextTooLong));
    }
}
