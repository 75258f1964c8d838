//! Wishes ahead, in the participant's own words. Nothing here is due, and setting one aside is as good as holding it.
//!
//! | name | value | |
//! |---|---|---|
//! | `hope/<id>/text` | text | the hope is there while this is |
//! | `hope/<id>/state` | text | one of the three of [`HopeState`]; absent while it is held |
//! | `hope/<id>/order` | number | place in the list; equals are placed by id |
//! | `hope/<id>/written`, `updated` | text | `<milliseconds> <local date> <zone>` |

use super::change::longer;
use super::order::{after, moved};
use super::parts::{Editing, Thing, id_in, ids};
use super::{Changes, Fields, Invalid, moments};
use crate::id::HopeId;
use crate::limits;
use crate::moment::Moment;
use std::fmt;

/// How a participant holds a hope. No order of worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HopeState {
    /// Held.
    #[default]
    Holding,
    /// Set aside.
    SetAside,
    /// Done, for now.
    DoneForNow,
}

impl HopeState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Holding, Self::SetAside, Self::DoneForNow];

    /// The word it is kept under.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holding => "holding",
            Self::SetAside => "set_aside",
            Self::DoneForNow => "done_for_now",
        }
    }

    /// The state of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A hope.
#[derive(Clone, PartialEq, Eq)]
pub struct Hope {
    /// Its name in the data.
    pub id: HopeId,
    /// The participant's words.
    pub text: String,
    /// How they hold it.
    pub state: HopeState,
    /// Its place; equals are placed by id.
    pub order: i64,
    /// When it was first written.
    pub written: Option<Moment>,
    /// When it last changed.
    pub updated: Option<Moment>,
}

impl fmt::Debug for Hope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hope").field("id", &self.id).finish_non_exhaustive()
    }
}

const HOPE: &str = "hope";

/// All hopes, in the participant's order.
pub fn hopes(fields: &Fields) -> Vec<Hope> {
    let mut hopes: Vec<Hope> = ids(fields, HOPE, "text")
        .into_iter()
        .filter_map(|id| {
            let part = Thing::new(fields, HOPE, id);
            Some(Hope {
                id: id_in(id)?,
                text: part.said("text")?.to_owned(),
                state: part.said("state").and_then(HopeState::from_code).unwrap_or_default(),
                order: part.number("order").unwrap_or(0),
                written: part.said("written").and_then(moments::read),
                updated: part.said("updated").and_then(moments::read),
            })
        })
        .collect();
    hopes.sort_by_key(|hope| (hope.order, hope.id));
    hopes
}

/// Keeps a hope at the end of the list, or changes the words of one that is there.
///
/// # Errors
/// [`Invalid`] for the bounds of the words and of the list.
pub fn set_hope(fields: &Fields, id: HopeId, text: &str, at: &Moment) -> Result<Changes, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::TextEmpty);
    }
    if longer(text, limits::STATEMENT_CHARACTERS_MAX) {
        return Err(Invalid::TextTooLong);
    }
    let all = hopes(fields);
    let editing = Editing::new(fields, HOPE, id).text("text", text);
    let at = moments::write(at);
    if all.iter().any(|hope| hope.id == id) {
        let changes = editing.done();
        return Ok(if changes.is_empty() {
            changes
        } else {
            Editing::new(fields, HOPE, id)
                .text("text", text)
                .text("updated", &at)
                .done()
        });
    }
    if all.len() >= limits::LIST_THINGS_MAX {
        return Err(Invalid::ListFull);
    }
    let order = after(all.last().map(|hope| hope.order));
    Ok(editing
        .number("order", order)
        .text("written", &at)
        .text("updated", &at)
        .done())
}

/// Says how a hope is held.
///
/// # Errors
/// [`Invalid::NoSuchThing`].
pub fn set_hope_state(fields: &Fields, id: HopeId, state: HopeState, at: &Moment) -> Result<Changes, Invalid> {
    let all = hopes(fields);
    let hope = all.iter().find(|hope| hope.id == id).ok_or(Invalid::NoSuchThing)?;
    if hope.state == state {
        return Ok(Changes::new());
    }
    let word = if state == HopeState::Holding { "" } else { state.code() };
    Ok(Editing::new(fields, HOPE, id)
        .text("state", word)
        .text("updated", &moments::write(at))
        .done())
}

/// Moves a hope to stand before another one, or last.
///
/// # Errors
/// [`Invalid::NoSuchThing`].
pub fn move_hope(fields: &Fields, id: HopeId, before: Option<HopeId>) -> Result<Changes, Invalid> {
    let list: Vec<(HopeId, i64)> = hopes(fields).iter().map(|hope| (hope.id, hope.order)).collect();
    let places = moved(&list, id, before).ok_or(Invalid::NoSuchThing)?;
    Ok(places
        .into_iter()
        .flat_map(|(id, order)| Editing::new(fields, HOPE, id).number("order", order).done())
        .collect())
}

/// Takes a hope away; nothing happens when it is gone already.
pub fn remove_hope(fields: &Fields, id: HopeId) -> Changes {
    Editing::new(fields, HOPE, id).removed().done()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;
    use crate::clock::Timestamp;

    fn id(n: u8) -> HopeId {
        HopeId::from_bytes([n; 16])
    }

    fn at(ms: i64) -> Moment {
        Moment::new(Timestamp(ms), "Europe/London").unwrap()
    }

    fn made(fields: &mut Fields, changes: Result<Changes, Invalid>) {
        apply(fields, &changes.unwrap());
    }

    #[test]
    fn a_hope_is_written_held_set_aside_moved_and_taken_away() {
        let mut fields = Fields::new();
        for (n, text) in [(1, "a garden"), (2, "to call my sister")] {
            let changes = set_hope(&fields, id(n), text, &at(1));
            made(&mut fields, changes);
        }
        for state in HopeState::ALL.into_iter().rev() {
            let changes = set_hope_state(&fields, id(1), state, &at(2));
            made(&mut fields, changes);
            assert_eq!(hopes(&fields)[0].state, state);
            assert_eq!(HopeState::from_code(state.code()), Some(state));
        }
        let changes = set_hope(&fields, id(1), "a small garden", &at(3));
        made(&mut fields, changes);
        assert_eq!(set_hope(&fields, id(1), "a small garden", &at(4)), Ok(Changes::new()));
        let garden = hopes(&fields)[0].clone();
        assert_eq!(
            (garden.text.as_str(), garden.written, garden.updated),
            ("a small garden", Some(at(1)), Some(at(3)))
        );
        let changes = move_hope(&fields, id(1), None);
        made(&mut fields, changes);
        assert_eq!(
            hopes(&fields).iter().map(|hope| hope.id).collect::<Vec<_>>(),
            [id(2), id(1)]
        );
        for n in [1, 2] {
            let changes = remove_hope(&fields, id(n));
            apply(&mut fields, &changes);
        }
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn no_state_of_a_hope_blames_anybody() {
        for state in HopeState::ALL {
            for word in ["abandoned", "failed", "given_up", "achieved", "success"] {
                assert!(!state.code().contains(word));
            }
        }
        assert_eq!(set_hope(&Fields::new(), id(1), " ", &at(1)), Err(Invalid::TextEmpty));
        assert_eq!(
            set_hope_state(&Fields::new(), id(1), HopeState::SetAside, &at(1)),
            Err(Invalid::NoSuchThing)
        );
    }
}
