//! Entries that the participant may want to show later, and not yet. The list is theirs alone: their own devices agree on it, and nobody they
//! show anything to learns that it is there.
//!
//! Fields of the settings:
//!
//! | name | value | |
//! |---|---|---|
//! | `not_yet/<entry>` | number 1 | absent while the entry is not on the list |
//!
//! **Invariant:** nothing reminds of it, and nothing follows from being on it: an entry is shown by a share and by nothing else. No moment is
//! kept, so that nothing can say for how long.

use super::parts::id_in;
use super::{Changes, Field, Fields, Invalid};
use crate::id::EntryId;
use crate::limits;
use std::collections::BTreeSet;

const NOT_YET: &str = "not_yet/";

/// The entries on the list.
pub fn not_yet(fields: &Fields) -> BTreeSet<EntryId> {
    let names = fields.range(NOT_YET.to_owned()..).map_while(|(name, value)| {
        let id = name.strip_prefix(NOT_YET)?;
        Some((id, value))
    });
    names
        .filter(|(_, value)| value.number() == Some(1))
        .filter_map(|(id, _)| id_in(id))
        .collect()
}

/// Puts an entry on the list, or takes it off.
///
/// # Errors
/// [`Invalid::ListFull`].
pub fn set_not_yet(fields: &Fields, id: EntryId, on: bool) -> Result<Changes, Invalid> {
    let listed = not_yet(fields);
    if listed.contains(&id) == on {
        return Ok(Changes::new());
    }
    if on && listed.len() >= limits::LIST_THINGS_MAX {
        return Err(Invalid::ListFull);
    }
    Ok(Changes::from([(
        format!("{NOT_YET}{id}"),
        on.then_some(Field::Number(1)),
    )]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn id(n: u8) -> EntryId {
        EntryId::from_bytes([n; 16])
    }

    #[test]
    fn an_entry_is_put_on_the_list_once_and_taken_off_without_a_trace() {
        let mut fields = Fields::new();
        fields.insert("not_yet_known/a".to_owned(), Field::Number(1));
        let before = fields.clone();
        for n in [2, 1] {
            let changes = set_not_yet(&fields, id(n), true).unwrap();
            apply(&mut fields, &changes);
        }
        assert_eq!(not_yet(&fields), [id(1), id(2)].into());
        assert_eq!(set_not_yet(&fields, id(1), true), Ok(Changes::new()));
        for n in [1, 2] {
            let changes = set_not_yet(&fields, id(n), false).unwrap();
            apply(&mut fields, &changes);
        }
        assert_eq!(fields, before);
        assert_eq!(set_not_yet(&fields, id(1), false), Ok(Changes::new()));
    }

    #[test]
    fn the_list_has_a_bound_and_what_is_on_it_can_still_be_taken_off() {
        let ids = (0..limits::LIST_THINGS_MAX).map(|n| EntryId::from_bytes((n as u128).to_be_bytes()));
        let fields: Fields = ids.map(|id| (format!("not_yet/{id}"), Field::Number(1))).collect();
        assert_eq!(set_not_yet(&fields, id(9), true), Err(Invalid::ListFull));
        let first = EntryId::from_bytes([0; 16]);
        assert_eq!(set_not_yet(&fields, first, false).unwrap().len(), 1);
    }
}
