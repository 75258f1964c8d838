//! Questions that a specialist can put to themselves from time to time: about making room for the other, and none of them is ever due.
//!
//! They are read and passed over without a trace. Whoever wants to keep an answer writes an entry of their own journal with it, which is theirs alone like any other; and whoever
//! wants to be asked again sets a reminder of their own that opens one. Their ids are in entries and stay as they are.

use super::Sentence;
use super::sentence::sentences;

sentences! {
    /// S-01, about whose way it is.
    S01 = "self_check.s01", "Where did you leave room for them to choose?";
    /// S-02, about steering.
    S02 = "self_check.s02", "What did you do with a wish to steer?";
    /// S-03, about listening.
    S03 = "self_check.s03", "What have you heard from them that you did not expect?";
    /// S-04, about what they asked for.
    S04 = "self_check.s04", "What did they say they wanted from you, in their words?";
    /// S-05, about feedback.
    S05 = "self_check.s05", "What have you done differently since somebody told you how it was for them?";
    /// S-06, about one's own experience.
    S06 = "self_check.s06", "How did you decide what to tell of your own experience?";
    /// S-07, about oneself.
    S07 = "self_check.s07", "What do you want from somebody who supports you?";
    /// Above the questions.
    INTRO = "self_check.intro", "For you alone. Reading or skipping these leaves no trace; what you write to one is an entry of your own.";
}

/// All questions, each with its stable id, in the order in which they are read.
pub const QUESTIONS: [(&str, Sentence); 7] = [
    ("S-01", S01),
    ("S-02", S02),
    ("S-03", S03),
    ("S-04", S04),
    ("S-05", S05),
    ("S-06", S06),
    ("S-07", S07),
];

/// The question of this id.
pub fn question(id: &str) -> Option<Sentence> {
    let found = QUESTIONS.iter().find(|(known, _)| *known == id);
    found.map(|(_, question)| *question)
}
