//! Every sentence of the core that a person can see.
//!
//! This room holds words and nothing else: no rules, no data, no rooms. Each sentence has an id, under which an app
//! can put its own language in its place; places for names stand in braces. What a participant wrote is only ever put into such
//! a place, never changed.
//!
//! How they are written: plain words and short sentences; to "you"; calm; no praise and no blame; what will happen, who
//! will see it, until when, and what cannot be undone, before it is done; first what is safe, when something went wrong; no
//! promise that people or ciphers cannot keep. A lint over all of them stands in this room's tests.
//!
//! Start reading at [`sharing::receipt`], the sentence before a share.

pub mod acknowledging;
pub mod advice;
pub mod devices;
mod directing;
pub mod doctor;
pub mod erasing;
pub mod errors;
pub mod export;
pub mod feelings;
pub mod importing;
pub mod lines;
pub mod meetings;
pub mod messages;
pub mod paths;
pub mod plan;
pub mod prompts;
pub mod sections;
pub mod self_check;
mod sentence;
pub mod sharing;
pub mod status;
pub mod terms;

pub use doctor::{attachments_in_trouble, set_aside};
pub use sentence::Sentence;
pub use sharing::{NOTICE_PACK, NOTICE_VERSION, ShownParts, ShownTime, notice, receipt, scope_sentence};

/// The name of the notice that goes with everything that is shown.
pub const NOTICE_ID: &str = sharing::NOTICE.id;
/// How to stop a share; part of every consent.
pub const HOW_TO_STOP: &str = sharing::HOW_TO_STOP.text;
/// The purpose of a share where the participant writes none.
pub const PURPOSE_DEFAULT: &str = sharing::PURPOSE_DEFAULT.text;
/// Every check of the doctor held.
pub const ALL_WELL: &str = doctor::WHOLE.text;

/// All sentences of the core, for a lint or a translation.
pub fn all() -> impl Iterator<Item = &'static Sentence> {
    [
        status::ALL,
        sharing::ALL,
        terms::ALL,
        messages::ALL,
        meetings::ALL,
        acknowledging::ALL,
        self_check::ALL,
        errors::ALL,
        doctor::ALL,
        export::ALL,
        importing::ALL,
        sections::ALL,
        prompts::ALL,
        feelings::ALL,
        paths::ALL,
        plan::ALL,
        lines::ALL,
        devices::ALL,
        erasing::ALL,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod lint;
