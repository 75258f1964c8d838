//! What the suite is built from: clocks and randomness that repeat, a relay in process, and people with devices.
//!
//! Start reading at [`World`].

mod liar;
mod lines;
mod people;
mod raw;
pub mod sim;
mod time;
mod two;
mod world;

pub use liar::{Forger, RawSession, change_heads, header_of, make_stub};
pub use lines::{Cut, Meddler, Overheard, change_appended, change_read};
pub use people::{Device, KEY, converge, declaration, draft, drive, plain_share, rounds, shake_hands, texts};
pub use raw::RawClient;
pub use time::{SeededEntropy, TestClock};
pub use two::Two;
pub use world::{Line, World, memory_folder};
