//! Tests of the room as a whole.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::string_slice, reason = "texts of tests are cut where they were put together")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of tests are small")]

mod bomb;
mod first_change;
mod flat;
mod fuzz;
mod hostile;
pub(super) mod kit;
mod late;
mod longest;
mod prose;
mod revising;
