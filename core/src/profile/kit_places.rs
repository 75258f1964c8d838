//! In which incarnation of a relay's store the kit of a recovery phrase was last put in its place.
//!
//! | name | value |
//! |---|---|
//! | `kit/<hex of the phrase's signing key>` | number, u32 |

use super::{Changes, Field, Fields};

/// Where the kit of this phrase was last put in its place again; none where it never had to be.
pub fn kit_placed(fields: &Fields, phrase: &str) -> Option<u32> {
    let placed = fields.get(&name_of(phrase)).and_then(Field::number)?;
    u32::try_from(placed).ok()
}

/// Notes that it is there in this incarnation.
pub fn set_kit_placed(phrase: &str, incarnation: u32) -> Changes {
    Changes::from([(name_of(phrase), Some(Field::Number(incarnation.into())))])
}

fn name_of(phrase: &str) -> String {
    format!("kit/{phrase}")
}
