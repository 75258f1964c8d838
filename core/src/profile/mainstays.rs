//! What keeps the participant going, in their own words and order. It lies beside the plan for hard times, and is never a part of it that
//! is shown with the rest.
//!
//! Fields of the document of the plan:
//!
//! | name | value | |
//! |---|---|---|
//! | `mainstay/<id>/text` | text | it is there while this is |
//! | `mainstay/<id>/order` | number | place in the list; equals are placed by id |
//!
//! **Invariant:** nothing shows one before the participant asks for the list: no reminder, no copy that opens without unlocking, nothing that is
//! shared. Nothing says when one was written, or that the list is empty or old.

use super::change::longer;
use super::order::{after, moved};
use super::parts::{Editing, Thing, id_in, ids};
use super::{Changes, Fields, Invalid};
use crate::id::MainstayId;
use crate::limits;
use std::fmt;

/// One thing that keeps the participant going.
#[derive(Clone, PartialEq, Eq)]
pub struct Mainstay {
    /// Its name in the data.
    pub id: MainstayId,
    /// The participant's words.
    pub text: String,
    /// Its place; equals are placed by id.
    pub order: i64,
}

impl fmt::Debug for Mainstay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mainstay").field("id", &self.id).finish_non_exhaustive()
    }
}

const MAINSTAY: &str = "mainstay";

/// All of them, in the participant's order.
pub fn mainstays(fields: &Fields) -> Vec<Mainstay> {
    let mut all: Vec<Mainstay> = ids(fields, MAINSTAY, "text")
        .into_iter()
        .filter_map(|id| {
            let part = Thing::new(fields, MAINSTAY, id);
            Some(Mainstay {
                id: id_in(id)?,
                text: part.said("text")?.to_owned(),
                order: part.number("order").unwrap_or(0),
            })
        })
        .collect();
    all.sort_by_key(|one| (one.order, one.id));
    all
}

/// Keeps one at the end of the list, or changes the words of one that is there.
///
/// # Errors
/// [`Invalid`] for the bounds of the words and of the list.
pub fn set_mainstay(fields: &Fields, id: MainstayId, text: &str) -> Result<Changes, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::TextEmpty);
    }
    if longer(text, limits::STATEMENT_CHARACTERS_MAX) {
        return Err(Invalid::TextTooLong);
    }
    let all = mainstays(fields);
    let editing = Editing::new(fields, MAINSTAY, id).text("text", text);
    if all.iter().any(|one| one.id == id) {
        return Ok(editing.done());
    }
    if all.len() >= limits::LIST_THINGS_MAX {
        return Err(Invalid::ListFull);
    }
    let order = after(all.last().map(|one| one.order));
    Ok(editing.number("order", order).done())
}

/// Moves one to stand before another one, or last.
///
/// # Errors
/// [`Invalid::NoSuchThing`].
pub fn move_mainstay(fields: &Fields, id: MainstayId, before: Option<MainstayId>) -> Result<Changes, Invalid> {
    let list: Vec<(MainstayId, i64)> = mainstays(fields).iter().map(|one| (one.id, one.order)).collect();
    let places = moved(&list, id, before).ok_or(Invalid::NoSuchThing)?;
    Ok(places
        .into_iter()
        .flat_map(|(id, order)| Editing::new(fields, MAINSTAY, id).number("order", order).done())
        .collect())
}

/// Takes one away; nothing happens when it is gone already.
pub fn remove_mainstay(fields: &Fields, id: MainstayId) -> Changes {
    Editing::new(fields, MAINSTAY, id).removed().done()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::{Plan, apply};
    use super::*;

    fn id(n: u8) -> MainstayId {
        MainstayId::from_bytes([n; 16])
    }

    #[test]
    fn what_keeps_somebody_going_is_written_moved_changed_and_taken_away() {
        let mut fields = Fields::new();
        for (n, text) in [(1, "my sister"), (2, "the harbour"), (3, "bread")] {
            let changes = set_mainstay(&fields, id(n), text).unwrap();
            apply(&mut fields, &changes);
        }
        let changes = move_mainstay(&fields, id(3), Some(id(1))).unwrap();
        apply(&mut fields, &changes);
        let changes = set_mainstay(&fields, id(1), "my sister\u{2019}s laugh").unwrap();
        apply(&mut fields, &changes);
        let texts = |fields: &Fields| -> Vec<String> { mainstays(fields).into_iter().map(|one| one.text).collect() };
        assert_eq!(texts(&fields), ["bread", "my sister\u{2019}s laugh", "the harbour"]);
        assert_eq!(Plan::from_fields(&fields), Plan::default(), "the plan shows none of it");
        assert_eq!(set_mainstay(&fields, id(3), "bread"), Ok(Changes::new()));
        for n in 1..4 {
            let changes = remove_mainstay(&fields, id(n));
            apply(&mut fields, &changes);
        }
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn one_that_was_taken_away_while_it_was_given_new_words_is_there() {
        let mut fields = Fields::new();
        let changes = set_mainstay(&fields, id(1), "the dog").unwrap();
        apply(&mut fields, &changes);
        let removed = remove_mainstay(&fields, id(1));
        let reworded = set_mainstay(&fields, id(1), "the old dog").unwrap();
        apply(&mut fields, &removed);
        apply(&mut fields, &reworded);
        assert_eq!(mainstays(&fields)[0].text, "the old dog");
    }

    #[test]
    fn words_and_list_have_their_bounds() {
        let mut fields = Fields::new();
        assert_eq!(set_mainstay(&fields, id(1), " "), Err(Invalid::TextEmpty));
        let long = "a".repeat(limits::STATEMENT_CHARACTERS_MAX + 1);
        assert_eq!(set_mainstay(&fields, id(1), &long), Err(Invalid::TextTooLong));
        assert_eq!(move_mainstay(&fields, id(1), None), Err(Invalid::NoSuchThing));
        for n in 0..limits::LIST_THINGS_MAX {
            let id = MainstayId::from_bytes((n as u128).to_be_bytes());
            fields.insert(
                format!("mainstay/{id}/text"),
                super::super::Field::Text("bread".to_owned()),
            );
        }
        assert_eq!(set_mainstay(&fields, id(255), "bread"), Err(Invalid::ListFull));
    }
}
