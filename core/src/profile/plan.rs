//! The plan for hard times: the participant's own, of any parts in any order; neither legal nor clinical.
//!
//! A document of its own, of flat fields; beside them stand those of `mainstays`:
//!
//! | name | value | |
//! |---|---|---|
//! | `item/<id>/text` | text | the line is there while this is |
//! | `item/<id>/list` | text | one of [`PlanList`] |
//! | `item/<id>/order` | number | place in its list; equals are placed by id |
//! | `after/children`, `pets`, `home`, `work` | text | who or what is to be looked after |
//! | `attached/<attachment>/order` | number | a document that goes with it |
//! | `open/without_unlock` | number 1 | absent while the plan is locked with everything else |
//!
//! **Invariant:** it is never opened by itself, and nothing concludes anything from it. What opens without unlocking is a list of names
//! ([`what_opens`]): whatever else the document has stays behind the lock.

use super::change::longer;
use super::order::{after, moved};
use super::parts::{Editing, Thing, id_in, ids};
use super::{Changes, Field, Fields, Invalid};
use crate::id::{AttachmentId, PlanItemId};
use crate::limits;
use std::fmt;

/// The lists of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanList {
    /// How I am when I am all right.
    WhenOk,
    /// Everyday things.
    EverydayThings,
    /// Things that throw me.
    ThingsThatThrowMe,
    /// Early signs.
    EarlySigns,
    /// When it gets harder.
    WhenItGetsHarder,
    /// What I do alone.
    WhatIDoAlone,
    /// People and places that take me out of it.
    PeopleAndPlaces,
    /// People I can ask.
    PeopleICanAsk,
    /// Services.
    Services,
    /// Making things safer.
    MakingThingsSafer,
    /// What I want from others.
    WhatIWant,
    /// What I do not want.
    WhatIDontWant,
    /// After it passes.
    AfterItPasses,
}

impl PlanList {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 13] = [
        Self::WhenOk,
        Self::EverydayThings,
        Self::ThingsThatThrowMe,
        Self::EarlySigns,
        Self::WhenItGetsHarder,
        Self::WhatIDoAlone,
        Self::PeopleAndPlaces,
        Self::PeopleICanAsk,
        Self::Services,
        Self::MakingThingsSafer,
        Self::WhatIWant,
        Self::WhatIDontWant,
        Self::AfterItPasses,
    ];

    /// The word it is kept under.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WhenOk => "how_i_am_when_ok",
            Self::EverydayThings => "everyday_things",
            Self::ThingsThatThrowMe => "things_that_throw_me",
            Self::EarlySigns => "early_signs",
            Self::WhenItGetsHarder => "when_it_gets_harder",
            Self::WhatIDoAlone => "what_i_do_alone",
            Self::PeopleAndPlaces => "people_places_that_take_me_out_of_it",
            Self::PeopleICanAsk => "people_i_can_ask",
            Self::Services => "services",
            Self::MakingThingsSafer => "making_things_safer",
            Self::WhatIWant => "what_i_want_from_others",
            Self::WhatIDontWant => "what_i_dont_want",
            Self::AfterItPasses => "after_it_passes",
        }
    }

    /// The list of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.code() == code)
    }
}

/// One line of a plan.
#[derive(Clone, PartialEq, Eq)]
pub struct PlanItem {
    /// Its name in the data.
    pub id: PlanItemId,
    /// The list it stands in.
    pub list: PlanList,
    /// The participant's words.
    pub text: String,
    /// Its place in the list; equals are placed by id.
    pub order: i64,
}

/// Who and what is to be looked after; empty where nothing was said.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LookingAfter {
    /// Children.
    pub children: String,
    /// Animals.
    pub pets: String,
    /// The place they live in.
    pub home: String,
    /// Work.
    pub work: String,
}

/// The plan for hard times.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Its lines, list by list, in the participant's order.
    pub items: Vec<PlanItem>,
    /// Who and what is to be looked after.
    pub looking_after: LookingAfter,
    /// Documents that go with it, in their order.
    pub attached: Vec<AttachmentId>,
    /// Whether it can be read without unlocking the journal. Off until the participant says so.
    pub opens_without_unlock: bool,
}

macro_rules! silent {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
silent!(PlanItem, LookingAfter, Plan);

const ITEM: &str = "item";
const ATTACHED: &str = "attached";
const OPEN: &str = "open/without_unlock";

impl Plan {
    /// Reads a plan. Total: what cannot be read here is left where it is.
    pub fn from_fields(fields: &Fields) -> Self {
        let mut items: Vec<PlanItem> = ids(fields, ITEM, "text")
            .into_iter()
            .filter_map(|id| {
                let part = Thing::new(fields, ITEM, id);
                Some(PlanItem {
                    id: id_in(id)?,
                    list: match part.said("list") {
                        Some(code) => PlanList::from_code(code)?,
                        // One device took the line away while another one gave it new words: these are not lost.
                        None => PlanList::ALL[0],
                    },
                    text: part.said("text")?.to_owned(),
                    order: part.number("order").unwrap_or(0),
                })
            })
            .collect();
        items.sort_by_key(|item| (item.list, item.order, item.id));
        let mut attached: Vec<(i64, AttachmentId)> = ids(fields, ATTACHED, "order")
            .into_iter()
            .filter_map(|id| Some((Thing::new(fields, ATTACHED, id).number("order")?, id_in(id)?)))
            .collect();
        attached.sort_unstable();
        let said = |what: &str| {
            let said = fields.get(&format!("after/{what}")).and_then(Field::text);
            said.unwrap_or_default().to_owned()
        };
        Self {
            items,
            looking_after: LookingAfter {
                children: said("children"),
                pets: said("pets"),
                home: said("home"),
                work: said("work"),
            },
            attached: attached.into_iter().map(|(_, id)| id).collect(),
            opens_without_unlock: fields.get(OPEN).and_then(Field::number) == Some(1),
        }
    }

    /// The lines of one list, in their order.
    pub fn of(&self, list: PlanList) -> impl Iterator<Item = &PlanItem> {
        self.items.iter().filter(move |item| item.list == list)
    }

    fn last_place(&self, list: PlanList) -> i64 {
        after(self.of(list).last().map(|item| item.order))
    }
}

/// Keeps a line at the end of a list, or changes the words of one that is there.
///
/// # Errors
/// [`Invalid`] for the bounds of the words and of the plan.
pub fn set_plan_item(fields: &Fields, id: PlanItemId, list: PlanList, text: &str) -> Result<Changes, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::TextEmpty);
    }
    if longer(text, limits::STATEMENT_CHARACTERS_MAX) {
        return Err(Invalid::TextTooLong);
    }
    let plan = Plan::from_fields(fields);
    let old = plan.items.iter().find(|item| item.id == id);
    if old.is_none() && plan.items.len() >= limits::LIST_THINGS_MAX {
        return Err(Invalid::ListFull);
    }
    let order = match old {
        Some(old) if old.list == list => old.order,
        _ => plan.last_place(list),
    };
    Ok(Editing::new(fields, ITEM, id)
        .text("text", text)
        .text("list", list.code())
        .number("order", order)
        .done())
}

/// Moves a line to stand before another one of its list, or last.
///
/// # Errors
/// [`Invalid::NoSuchThing`].
pub fn move_plan_item(fields: &Fields, id: PlanItemId, before: Option<PlanItemId>) -> Result<Changes, Invalid> {
    let plan = Plan::from_fields(fields);
    let item = plan
        .items
        .iter()
        .find(|item| item.id == id)
        .ok_or(Invalid::NoSuchThing)?;
    let list: Vec<(PlanItemId, i64)> = plan.of(item.list).map(|item| (item.id, item.order)).collect();
    let places = moved(&list, id, before).ok_or(Invalid::NoSuchThing)?;
    Ok(places
        .into_iter()
        .flat_map(|(id, order)| Editing::new(fields, ITEM, id).number("order", order).done())
        .collect())
}

/// Takes a line away; nothing happens when it is gone already.
pub fn remove_plan_item(fields: &Fields, id: PlanItemId) -> Changes {
    Editing::new(fields, ITEM, id).removed().done()
}

/// Says who and what is to be looked after.
///
/// # Errors
/// [`Invalid::TextTooLong`].
pub fn set_looking_after(fields: &Fields, said: &LookingAfter) -> Result<Changes, Invalid> {
    let parts = [
        ("children", &said.children),
        ("pets", &said.pets),
        ("home", &said.home),
        ("work", &said.work),
    ];
    let mut changes = Changes::new();
    for (what, text) in parts {
        if longer(text, limits::STATEMENT_CHARACTERS_MAX) {
            return Err(Invalid::TextTooLong);
        }
        let name = format!("after/{what}");
        let value = (!text.is_empty()).then(|| Field::Text(text.clone()));
        if fields.get(&name) != value.as_ref() {
            changes.insert(name, value);
        }
    }
    Ok(changes)
}

/// Lets documents go with the plan, in this order, in place of those before.
///
/// # Errors
/// [`Invalid::ListFull`].
pub fn set_attached(fields: &Fields, attached: &[AttachmentId]) -> Result<Changes, Invalid> {
    if attached.len() > limits::ATTACHMENTS_MAX {
        return Err(Invalid::ListFull);
    }
    let former = Plan::from_fields(fields).attached;
    let gone = former.into_iter().filter(|id| !attached.contains(id));
    let mut changes: Changes = gone
        .flat_map(|id| Editing::new(fields, ATTACHED, id).removed().done())
        .collect();
    for (id, order) in attached.iter().zip(1..) {
        changes.extend(Editing::new(fields, ATTACHED, id).number("order", order).done());
    }
    Ok(changes)
}

/// Lets the plan be read without unlocking the journal, or no more.
pub fn set_plan_opens(fields: &Fields, opens: bool) -> Changes {
    let mut changes = Changes::new();
    if Plan::from_fields(fields).opens_without_unlock != opens {
        changes.insert(OPEN.to_owned(), opens.then_some(Field::Number(1)));
    }
    changes
}

/// Those of the fields that the plan is read from: all that may lie in the copy which opens without unlocking.
pub fn what_opens(fields: &Fields) -> Fields {
    let opens = |name: &str| {
        name == OPEN
            || [ITEM, "after", ATTACHED]
                .iter()
                .any(|part| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('/')))
    };
    let named = fields.iter().filter(|(name, _)| opens(name));
    named.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn id(n: u8) -> PlanItemId {
        PlanItemId::from_bytes([n; 16])
    }

    fn made(fields: &mut Fields, changes: Result<Changes, Invalid>) {
        apply(fields, &changes.unwrap());
    }

    #[test]
    fn a_line_that_was_taken_away_while_it_was_given_new_words_is_there() {
        let mut fields = Fields::new();
        let changes = set_plan_item(&fields, id(1), PlanList::Services, "the clinic");
        made(&mut fields, changes);
        let removed = remove_plan_item(&fields, id(1));
        let reworded = set_plan_item(&fields, id(1), PlanList::Services, "the clinic by the harbour").unwrap();
        apply(&mut fields, &removed);
        apply(&mut fields, &reworded);
        let items = Plan::from_fields(&fields).items;
        assert_eq!(
            (items[0].text.as_str(), items[0].list),
            ("the clinic by the harbour", PlanList::ALL[0])
        );
        let changes = remove_plan_item(&fields, id(1));
        apply(&mut fields, &changes);
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn every_list_takes_lines_and_everything_reads_back_and_goes() {
        let mut fields = Fields::new();
        assert_eq!(Plan::from_fields(&fields), Plan::default());
        for (n, list) in (1..).zip(PlanList::ALL) {
            assert_eq!(PlanList::from_code(list.code()), Some(list));
            let changes = set_plan_item(&fields, id(n), list, list.code());
            made(&mut fields, changes);
        }
        let after = LookingAfter {
            pets: "Moss, at number 9".to_owned(),
            ..LookingAfter::default()
        };
        let changes = set_looking_after(&fields, &after);
        made(&mut fields, changes);
        let letters = [5, 4].map(|n| AttachmentId::from_bytes([n; 16]));
        let changes = set_attached(&fields, &letters);
        made(&mut fields, changes);
        let changes = set_plan_opens(&fields, true);
        apply(&mut fields, &changes);
        let plan = Plan::from_fields(&fields);
        assert_eq!((plan.items.len(), &plan.looking_after), (13, &after));
        assert_eq!(
            (plan.attached.as_slice(), plan.opens_without_unlock),
            (&letters[..], true)
        );
        assert_eq!(what_opens(&fields), fields);
        let mut more = fields.clone();
        for name in ["mainstay/a/text", "items/a/text", "new"] {
            more.insert(name.to_owned(), Field::Text("bread".to_owned()));
        }
        assert_eq!(what_opens(&more), fields, "nothing else opens");

        for item in plan.items {
            let changes = remove_plan_item(&fields, item.id);
            apply(&mut fields, &changes);
        }
        let changes = set_looking_after(&fields, &LookingAfter::default());
        made(&mut fields, changes);
        let changes = set_attached(&fields, &[]);
        made(&mut fields, changes);
        let changes = set_plan_opens(&fields, false);
        apply(&mut fields, &changes);
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn lines_move_within_their_list_and_go_to_another_at_its_end() {
        let mut fields = Fields::new();
        for n in 1..4 {
            let changes = set_plan_item(&fields, id(n), PlanList::EarlySigns, "a sign");
            made(&mut fields, changes);
        }
        let changes = move_plan_item(&fields, id(3), Some(id(1)));
        made(&mut fields, changes);
        let order = |fields: &Fields, list| {
            Plan::from_fields(fields)
                .of(list)
                .map(|item| item.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(order(&fields, PlanList::EarlySigns), [id(3), id(1), id(2)]);
        let changes = set_plan_item(&fields, id(3), PlanList::Services, "a sign");
        made(&mut fields, changes);
        assert_eq!(order(&fields, PlanList::Services), [id(3)]);
        assert_eq!(move_plan_item(&fields, id(3), Some(id(1))), Err(Invalid::NoSuchThing));
        assert_eq!(
            set_plan_item(&fields, id(9), PlanList::Services, " "),
            Err(Invalid::TextEmpty)
        );
    }
}
