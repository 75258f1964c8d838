//! What a participant prefers: sections of statements, each with a stance; and their settings, questions, words for
//! feelings, hopes, support lines and plan for hard times, each described where it is.
//!
//! | document | what is in it |
//! |---|---|
//! | profile | the table below |
//! | profile, plan | `named`: what is said of the attachments they name |
//! | settings | `settings`, `prompts`, `feelings`, `hopes`, `lines`, `reminders`, `people`, `not_yet`: each has a table of its names |
//! | plan for hard times | `plan`, `mainstays` |
//!
//! Pure values and rules. The profile is kept as a flat set of [`Fields`], so that two devices adding apart never hide
//! each other's section, and nothing doubles:
//!
//! | name | value | |
//! |---|---|---|
//! | `section/<id>/name` | text | the section is there while this is; empty for a default one that was never renamed |
//! | `section/<id>/order` | number | place in the list; equals are placed by id |
//! | `section/<id>/hidden` | number 1 | absent when shown |
//! | `statement/<id>/text` | text | the statement is there while this is |
//! | `statement/<id>/section` | text | id of its section |
//! | `statement/<id>/stance` | text | one of the five of [`Stance`]; absent when none was taken |
//! | `statement/<id>/order` | number | place within the section |
//! | `statement/<id>/attachment` | text | id of a sound or a drawing that says it |
//! | `statement/<id>/because` | text | what it is because of; absent when nothing was said |
//! | `statement/<id>/because_shareable` | number 1 | absent while the reason stays private |
//! | `statement/<id>/when` | text | when it applies; absent for always |
//! | `statement/<id>/tags` | text | one a line |
//! | `statement/<id>/shareable` | number 1 | absent while it is private |
//! | `statement/<id>/offered_by` | text | whose words they are, where the participant kept what somebody said to them; absent for their own |
//! | `statement/<id>/updated` | text | `<milliseconds> <local date> <zone>` |
//! | `address/...` | | see [`Address`] |
//! | `recovery/word` | text | the participant's word for recovery; absent for "recovery" |
//! | `support/wanted` | number | kept and described by the room `support`; absent for listening alone |
//! | `shared/<device>` | number | how often this device (its actor, in hex) changed what may be shown |
//! | `revision/<id>/statement`, `by`, `at` | text | the statement, the device's name, the moment (as `updated`) |
//! | `revision/<id>/from/said`, `to/said` | number 1 | absent before the first and after the last words |
//! | `revision/<id>/from/text`, `stance`, `because`, `when` | text | what it said before; the same under `to` |
//!
//! A change is a set of names with their new values ([`Changes`]); only what differs is in it, so that two people's
//! changes of different things never meet.
//!
//! **Invariant:** only the participant writes here; a new profile holds nothing, and nothing is chosen beforehand.
//! **Invariant:** a name this version does not know is ignored here and kept by the document.
//!
//! Start reading at [`Profile::from_fields`].

mod adding;
mod address;
mod change;
mod device_names;
mod feelings;
mod fields;
mod hopes;
mod invalid;
mod kit_places;
mod languages;
mod lines;
mod mainstays;
mod moments;
mod named;
mod not_yet;
mod order;
mod parts;
mod people;
mod plan;
mod prompts;
mod reminders;
mod revisions;
mod sections;
mod settings;
mod values;

pub use adding::additions;
pub use address::Address;
pub(crate) use address::addresses;
pub(crate) use change::longer;
pub use change::{count_shared, remove_statement};
pub use device_names::{device_name, set_device_name};
pub use feelings::{AddedBy, FeelingWord, LABEL_MAX, feelings, label_of, remove_feeling, set_feeling, word_for};
pub use fields::{Changes, EARLIER, Field, Fields, apply, difference};
pub use hopes::{Hope, HopeState, hopes, move_hope, remove_hope, set_hope, set_hope_state};
pub use invalid::Invalid;
pub use kit_places::{kit_placed, set_kit_placed};
pub(crate) use languages::{are_languages, languages_in};
pub use lines::{Reach, SupportLine, remove_support_line, set_support_line, support_lines};
pub use mainstays::{Mainstay, mainstays, move_mainstay, remove_mainstay, set_mainstay};
pub use named::{NamedContent, named_contents, say_contents, with_other_names};
pub use not_yet::{not_yet, set_not_yet};
pub use people::{Listed, PeopleOrder, in_order, move_person, people_order, says_who, set_people_order};
pub use plan::{
    LookingAfter, Plan, PlanItem, PlanList, move_plan_item, remove_plan_item, set_attached, set_looking_after,
    set_plan_item, set_plan_opens, what_opens,
};
pub use prompts::{
    Prompt, PromptGroup, hide_prompt, keep_prompt, move_prompt, next_prompt, prompts, remove_prompt, set_prompt,
};
pub(crate) use reminders::on_the_clock;
pub use reminders::{Reminder, Ring, Weekdays, reminders, remove_reminder, rings, set_reminder};
pub use revisions::{PreferenceRevision, Said, add_revision, erase_revision, erase_revisions, revisions};
pub use sections::DefaultSection;
pub use settings::{Settings, Switch, set_quiet_wish, set_switch};
pub use values::{Profile, Section, Stance, Statement, StatementDraft};

/// Words that stand one a line.
fn tags_in(text: &str) -> Vec<String> {
    text.lines().filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}
