//! What a participant prefers: sections of statements, each with a stance.
//!
//! Pure values and rules. The profile is kept as a flat set of [`Fields`], so that two devices adding apart never hide
//! each other's section, and nothing doubles:
//!
//! | name | value | |
//! |---|---|---|
//! | `section/<id>/name` | text | the section is there while this is |
//! | `section/<id>/order` | number | place in the list; equals are placed by id |
//! | `section/<id>/hidden` | number 1 | absent when shown |
//! | `statement/<id>/text` | text | the statement is there while this is |
//! | `statement/<id>/section` | text | id of its section |
//! | `statement/<id>/stance` | text | one of the five of [`Stance`]; absent when none was taken |
//! | `statement/<id>/order` | number | place within the section |
//!
//! A change is a set of names with their new values ([`Changes`]); only what differs is in it, so that two people's
//! changes of different things never meet.
//!
//! **Invariant:** only the participant writes here; a new profile holds nothing, and nothing is chosen beforehand.
//! **Invariant:** a name this version does not know is ignored here and kept by the document.
//!
//! Start reading at [`Profile::from_fields`].

mod adding;
mod change;
mod fields;
mod values;

pub use adding::additions;
pub use change::Invalid;
pub(crate) use change::longer;
pub use fields::{Changes, Field, Fields, apply};
pub use values::{Profile, Section, Stance, Statement};
