//! Questions to write from: our own, and none is ever due.
//!
//! Each asks one thing, openly, about now or near it; none asks why, none leads, and each can be answered in three words or
//! three pages. A lint holds them to that. Their ids are in entries and stay as they are.

use super::Sentence;
use super::sentence::sentences;

sentences! {
    /// P-01, about right now.
    P01 = "prompt.p01", "What is here with you today?";
    /// P-02, about right now.
    P02 = "prompt.p02", "How would you describe the weather inside you?";
    /// P-03, about right now.
    P03 = "prompt.p03", "What has your body been telling you lately?";
    /// P-04, about right now.
    P04 = "prompt.p04", "What would you like to set down for a while?";
    /// P-05, about right now.
    P05 = "prompt.p05", "What small thing did you notice since you last wrote?";
    /// P-06, about what matters.
    P06 = "prompt.p06", "What does {recovery} look like on an ordinary day of yours?";
    /// P-07, about what matters.
    P07 = "prompt.p07", "What would you like more room for in your life?";
    /// P-08, about what matters.
    P08 = "prompt.p08", "How will you know you are heading somewhere that suits you?";
    /// P-09, about what matters.
    P09 = "prompt.p09", "What do you want to keep exactly as it is?";
    /// P-10, about what matters.
    P10 = "prompt.p10", "What has changed about what you want?";
    /// P-11, about what helps.
    P11 = "prompt.p11", "What has carried you this far?";
    /// P-12, about what helps.
    P12 = "prompt.p12", "Which of your ways of coping do you respect, even if nobody else sees it?";
    /// P-13, about what helps.
    P13 = "prompt.p13", "What helps a little, on the days when not much helps?";
    /// P-14, about what helps.
    P14 = "prompt.p14", "What do people come to you for?";
    /// P-15, about what helps.
    P15 = "prompt.p15", "What did you do your own way this week?";
    /// P-16, about hard stretches.
    P16 = "prompt.p16", "What is the heaviest part at the moment?";
    /// P-17, about hard stretches.
    P17 = "prompt.p17", "What tends to come just before things get harder?";
    /// P-18, about hard stretches.
    P18 = "prompt.p18", "What would you want someone to understand about a day like this?";
    /// P-19, about hard stretches.
    P19 = "prompt.p19", "What do you need less of right now?";
    /// P-20, about hard stretches.
    P20 = "prompt.p20", "What has a hard time shown you that you want to hold on to?";
    /// P-21, about people and belonging.
    P21 = "prompt.p21", "Where do you feel most like yourself?";
    /// P-22, about people and belonging.
    P22 = "prompt.p22", "What makes someone easy for you to be around?";
    /// P-23, about people and belonging.
    P23 = "prompt.p23", "What part of where you come from do you want near you?";
    /// P-24, about people and belonging.
    P24 = "prompt.p24", "What would feeling part of something look like to you?";
    /// P-25, about support.
    P25 = "prompt.p25", "What would you like from the next time you and your peer specialist talk?";
    /// P-26, about support.
    P26 = "prompt.p26", "How does it feel when support fits you well?";
    /// P-27, about support.
    P27 = "prompt.p27", "What would you want said differently next time?";
    /// P-28, about looking back.
    P28 = "prompt.p28", "What do you see in an older entry that you could not see when you wrote it?";
}

/// A bundled question: its stable id, the word of its group, whether it is tender, and the question.
pub type BundledPrompt = (&'static str, &'static str, bool, Sentence);

/// All bundled questions, in the order in which they are asked.
pub const PROMPTS: [BundledPrompt; 28] = [
    ("P-01", "arriving", false, P01),
    ("P-02", "arriving", false, P02),
    ("P-03", "arriving", false, P03),
    ("P-04", "arriving", false, P04),
    ("P-05", "arriving", false, P05),
    ("P-06", "matters", false, P06),
    ("P-07", "matters", false, P07),
    ("P-08", "matters", false, P08),
    ("P-09", "matters", false, P09),
    ("P-10", "matters", false, P10),
    ("P-11", "helps", false, P11),
    ("P-12", "helps", false, P12),
    ("P-13", "helps", false, P13),
    ("P-14", "helps", false, P14),
    ("P-15", "helps", false, P15),
    ("P-16", "hard_stretches", true, P16),
    ("P-17", "hard_stretches", true, P17),
    ("P-18", "hard_stretches", true, P18),
    ("P-19", "hard_stretches", false, P19),
    ("P-20", "hard_stretches", false, P20),
    ("P-21", "people", false, P21),
    ("P-22", "people", false, P22),
    ("P-23", "people", false, P23),
    ("P-24", "people", false, P24),
    ("P-25", "support", false, P25),
    ("P-26", "support", false, P26),
    ("P-27", "support", false, P27),
    ("P-28", "looking_back", false, P28),
];
