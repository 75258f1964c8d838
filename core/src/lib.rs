//! Cairn's core: a participant-owned recovery journal and preference profile.
//!
//! A **participant** writes a journal and says what they want from support; both are theirs. Their devices agree with
//! each other through a small relay that can read nothing. A peer support **specialist** sees only what the
//! participant chose to show, for as long as they choose.
//!
//! Start reading at [`vault`]: it is the facade that apps and bindings use. Data flows one way through the rooms:
//!
//! ```text
//! journal profile support     what is written, preferred, shared: values and rules, no I/O
//!      record  document       values <-> sealed bytes, values <-> Automerge
//!      crypto  store  sync    seals bytes, keeps bytes, moves bytes
//!              vault          the only room that sees all others
//! ```
//!
//! **Invariant:** the core knows no UniFFI, no async runtime and no HTTP. Time comes from [`clock`], randomness from [`id`].

#[macro_use]
pub mod planted;

pub mod clock;
pub mod crypto;
pub mod document;
pub mod exchange;
pub mod id;
pub mod journal;
pub mod limits;
pub mod media;
pub mod moment;
mod padme;
pub mod profile;
pub mod record;
pub mod store;
pub mod support;
pub mod sync;
pub mod vault;
pub mod words;

pub use cairn_wire as wire;

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
