//! In which order somebody's people are listed: as this person placed them by hand, or by name. Nothing else orders them.
//!
//! | name | value | where it is absent |
//! |---|---|---|
//! | `people/by_name` | number 1 | they stand as they were placed by hand |
//! | `person/<id of the relationship>/order` | number | 2^20 times the moment in which it began, in ms: behind all that began before |
//!
//! **Invariant:** an order knows of a person no more than stands in [`Listed`]: who writes much stands nowhere else than who is quiet.

use super::order::{STEP, after, moved};
use super::{Changes, Field, Fields, Invalid};
use crate::clock::Timestamp;
use crate::id::RelationshipId;

/// How people are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum PeopleOrder {
    /// As they were placed; who was never placed stands where it began, and whoever is new comes last.
    #[default]
    ByHand,
    /// By the names that are shown; who has none yet comes last.
    ByName,
}

impl PeopleOrder {
    /// Both, with their words on the command line.
    pub const ALL: [(Self, &'static str); 2] = [(Self::ByHand, "by_hand"), (Self::ByName, "by_name")];
}

/// What an order may know of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// The relationship with them.
    pub id: RelationshipId,
    /// The name that is shown; empty before they have answered.
    pub name: String,
    /// When it began.
    pub began: Timestamp,
}

/// Shows no name.
impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listed").field("id", &self.id).finish_non_exhaustive()
    }
}

const BY_NAME: &str = "people/by_name";

fn place_name(id: RelationshipId) -> String {
    format!("person/{id}/order")
}

/// Whether a field of the profile or of the settings says who this person's people are: where they stand in the list, or whose words something was.
pub fn says_who(field: &str) -> bool {
    let whose = |thing: &str, part: &str| field.starts_with(thing) && field.ends_with(part);
    field == BY_NAME
        || field.starts_with("person/")
        || whose("prompt/", "/asked_by")
        || whose("statement/", "/offered_by")
}

/// How people are listed.
pub fn people_order(fields: &Fields) -> PeopleOrder {
    match fields.get(BY_NAME).and_then(Field::number) {
        Some(1) => PeopleOrder::ByName,
        _ => PeopleOrder::ByHand,
    }
}

/// Lists people in another way. The places they were given by hand stay.
pub fn set_people_order(fields: &Fields, order: PeopleOrder) -> Changes {
    if people_order(fields) == order {
        return Changes::new();
    }
    let field = (order == PeopleOrder::ByName).then_some(Field::Number(1));
    Changes::from([(BY_NAME.to_owned(), field)])
}

/// These people in their order, whatever the order in which they come.
pub fn in_order(fields: &Fields, mut people: Vec<Listed>) -> Vec<RelationshipId> {
    match people_order(fields) {
        PeopleOrder::ByHand => return placed(fields, people).into_iter().map(|(id, _)| id).collect(),
        PeopleOrder::ByName => {
            people.sort_by_cached_key(|one| (one.name.is_empty(), one.name.to_lowercase(), one.began, one.id));
        }
    }
    people.into_iter().map(|one| one.id).collect()
}

/// Everybody with a place: the one they were given, or that of the moment in which it began. Nobody else's place goes into it, so that of two moves made apart of two
/// people both hold.
fn placed(fields: &Fields, people: Vec<Listed>) -> Vec<(RelationshipId, i64)> {
    let given = |one: &Listed| fields.get(&place_name(one.id)).and_then(Field::number);
    let mut all: Vec<(RelationshipId, i64)> = people
        .into_iter()
        .map(|one| (one.id, given(&one).unwrap_or_else(|| one.began.0.saturating_mul(STEP))))
        .collect();
    all.sort_by_key(|(id, order)| (*order, *id));
    all
}

/// Places somebody before another one, or last. Where they were listed by name, everybody else stays where they stood, and from then on they are listed as they
/// were placed.
///
/// # Errors
/// [`Invalid::NoSuchThing`] where one of the two is not among these people.
pub fn move_person(
    fields: &Fields,
    people: Vec<Listed>,
    id: RelationshipId,
    before: Option<RelationshipId>,
) -> Result<Changes, Invalid> {
    let places: Vec<(RelationshipId, i64)> = match people_order(fields) {
        PeopleOrder::ByHand => placed(fields, people),
        PeopleOrder::ByName => {
            let orders = std::iter::successors(Some(after(None)), |order| Some(after(Some(*order))));
            in_order(fields, people).into_iter().zip(orders).collect()
        }
    };
    let new = moved(&places, id, before).ok_or(Invalid::NoSuchThing)?;
    let mut changes = Changes::new();
    if people_order(fields) == PeopleOrder::ByName {
        changes = set_people_order(fields, PeopleOrder::ByHand);
        changes.extend(places.into_iter().map(placing));
    }
    changes.extend(new.into_iter().map(placing));
    Ok(changes)
}

fn placing((id, order): (RelationshipId, i64)) -> (String, Option<Field>) {
    (place_name(id), Some(Field::Number(order)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn id(n: u8) -> RelationshipId {
        RelationshipId::from_bytes([n; 16])
    }

    /// Four people, the fourth of whom has no name yet. Their ids stand in no order.
    fn people() -> Vec<Listed> {
        let all = [(7, "mo", 1), (3, "Ana", 2), (9, "Zoe", 3), (1, "", 4)];
        all.map(|(n, name, began)| Listed {
            id: id(n),
            name: name.to_owned(),
            began: Timestamp(began),
        })
        .to_vec()
    }

    fn order(fields: &Fields) -> Vec<RelationshipId> {
        let (mut turned, all) = (people(), in_order(fields, people()));
        turned.reverse();
        assert_eq!(in_order(fields, turned), all, "in whatever order they come");
        all
    }

    fn place(fields: &mut Fields, one: u8, before: Option<u8>) {
        let changes = move_person(fields, people(), id(one), before.map(id)).unwrap();
        apply(fields, &changes);
    }

    #[test]
    fn people_stand_as_they_began_until_they_are_placed_or_listed_by_name() {
        let mut fields = Fields::new();
        assert_eq!(order(&fields), [7, 3, 9, 1].map(id));
        place(&mut fields, 1, Some(3));
        assert_eq!(order(&fields), [7, 1, 3, 9].map(id));
        place(&mut fields, 7, None);
        assert_eq!(order(&fields), [1, 3, 9, 7].map(id));
        let by_name = set_people_order(&fields, PeopleOrder::ByName);
        apply(&mut fields, &by_name);
        assert_eq!(
            order(&fields),
            [3, 7, 9, 1].map(id),
            "whatever the case, and the nameless last"
        );
        assert!(set_people_order(&fields, PeopleOrder::ByName).is_empty());
        let by_hand = set_people_order(&fields, PeopleOrder::ByHand);
        apply(&mut fields, &by_hand);
        assert_eq!(
            order(&fields),
            [1, 3, 9, 7].map(id),
            "places by hand outlast a look by name"
        );
    }

    #[test]
    fn who_is_moved_in_the_list_by_name_moves_in_the_list_that_was_seen() {
        let mut fields = Fields::from([(BY_NAME.to_owned(), Field::Number(1))]);
        place(&mut fields, 9, Some(3));
        assert_eq!(people_order(&fields), PeopleOrder::ByHand);
        assert_eq!(order(&fields), [9, 3, 7, 1].map(id));
    }

    #[test]
    fn a_move_that_two_devices_make_apart_of_two_people_holds_for_both() {
        let start = Fields::new();
        let one = move_person(&start, people(), id(9), Some(id(7))).unwrap();
        let other = move_person(&start, people(), id(3), None).unwrap();
        for changes in [[&one, &other], [&other, &one]] {
            let mut fields = start.clone();
            changes.iter().for_each(|changes| apply(&mut fields, changes));
            assert_eq!(order(&fields), [9, 7, 1, 3].map(id));
        }
    }

    #[test]
    fn whoever_is_met_later_comes_last_also_behind_who_was_placed_last() {
        let mut fields = Fields::new();
        place(&mut fields, 7, None);
        let mut with_one_more = people();
        with_one_more.push(Listed {
            id: id(2),
            name: "Bo".to_owned(),
            began: Timestamp(6),
        });
        assert_eq!(in_order(&fields, with_one_more), [3, 9, 1, 7, 2].map(id));
    }

    #[test]
    fn those_who_began_in_one_moment_can_be_moved_all_the_same() {
        let at_once: Vec<Listed> = people()
            .into_iter()
            .map(|one| Listed {
                began: Timestamp(5),
                ..one
            })
            .collect();
        let mut fields = Fields::new();
        assert_eq!(in_order(&fields, at_once.clone()), [1, 3, 7, 9].map(id));
        let changes = move_person(&fields, at_once.clone(), id(9), Some(id(3))).unwrap();
        apply(&mut fields, &changes);
        assert_eq!(in_order(&fields, at_once), [1, 9, 3, 7].map(id));
    }

    #[test]
    fn somebody_who_is_not_there_is_placed_nowhere() {
        for (one, before) in [(5, None), (7, Some(5))] {
            let refused = move_person(&Fields::new(), people(), id(one), before.map(id));
            assert_eq!(refused, Err(Invalid::NoSuchThing));
        }
        assert_eq!(
            move_person(&Fields::new(), people(), id(7), Some(id(7))).unwrap(),
            Changes::new()
        );
    }
}
