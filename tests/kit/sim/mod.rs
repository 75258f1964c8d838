//! A simulator: histories of several devices, a specialist and a relay, in which everything that can break does.
//!
//! Every device is an [`Engine`](cairn_core::vault::Engine) on SQLCipher over a disk of its own that loses power
//! ([`cairn_simdisk`]); the relay is the real one, in process, on another. Between them lies a network that drops,
//! doubles, delays, mixes up and garbles. One seed, one history: chance, time and randomness come from it alone.
//!
//! | file | what it holds |
//! |---|---|
//! | `history.rs` | [`tell`]: the steps of one history, and how it ends |
//! | `steps.rs`, `support.rs` | what a person does: with the journal and the profile, with a specialist |
//! | `network.rs`, `node.rs` | what lies between; a device or the relay, with its disk |
//! | `oracle.rs`, `verdict.rs` | what was acknowledged; whether all of it is there in the end |
//! | `image.rs` | the devices as each history finds them: paired, and in touch with a specialist |
//! | `faults.rs` | every kind of fault, counted |

mod faults;
mod history;
mod image;
mod network;
mod node;
mod oracle;
mod steps;
mod support;
mod verdict;

pub use faults::{Fault, Tally};
pub use history::{Failure, Planted, Told, tell};
