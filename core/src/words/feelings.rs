//! Words for feelings to begin with, in English: those that State of Mind knows. They can be renamed, hidden and taken away.

use super::Sentence;
use super::sentence::sentences;

sentences! {
    /// Label 1.
    AMAZED = "feeling.amazed", "amazed";
    /// Label 2.
    AMUSED = "feeling.amused", "amused";
    /// Label 3.
    ANGRY = "feeling.angry", "angry";
    /// Label 4.
    ANXIOUS = "feeling.anxious", "anxious";
    /// Label 5.
    ASHAMED = "feeling.ashamed", "ashamed";
    /// Label 6.
    BRAVE = "feeling.brave", "brave";
    /// Label 7.
    CALM = "feeling.calm", "calm";
    /// Label 8.
    CONTENT = "feeling.content", "content";
    /// Label 9.
    DISAPPOINTED = "feeling.disappointed", "disappointed";
    /// Label 10.
    DISCOURAGED = "feeling.discouraged", "discouraged";
    /// Label 11.
    DISGUSTED = "feeling.disgusted", "disgusted";
    /// Label 12.
    EMBARRASSED = "feeling.embarrassed", "embarrassed";
    /// Label 13.
    EXCITED = "feeling.excited", "excited";
    /// Label 14.
    FRUSTRATED = "feeling.frustrated", "frustrated";
    /// Label 15.
    GRATEFUL = "feeling.grateful", "grateful";
    /// Label 16.
    GUILTY = "feeling.guilty", "guilty";
    /// Label 17.
    HAPPY = "feeling.happy", "happy";
    /// Label 18.
    HOPELESS = "feeling.hopeless", "hopeless";
    /// Label 19.
    IRRITATED = "feeling.irritated", "irritated";
    /// Label 20.
    JEALOUS = "feeling.jealous", "jealous";
    /// Label 21.
    JOYFUL = "feeling.joyful", "joyful";
    /// Label 22.
    LONELY = "feeling.lonely", "lonely";
    /// Label 23.
    PASSIONATE = "feeling.passionate", "passionate";
    /// Label 24.
    PEACEFUL = "feeling.peaceful", "peaceful";
    /// Label 25.
    PROUD = "feeling.proud", "proud";
    /// Label 26.
    RELIEVED = "feeling.relieved", "relieved";
    /// Label 27.
    SAD = "feeling.sad", "sad";
    /// Label 28.
    SCARED = "feeling.scared", "scared";
    /// Label 29.
    STRESSED = "feeling.stressed", "stressed";
    /// Label 30.
    SURPRISED = "feeling.surprised", "surprised";
    /// Label 31.
    WORRIED = "feeling.worried", "worried";
    /// Label 32.
    ANNOYED = "feeling.annoyed", "annoyed";
    /// Label 33.
    CONFIDENT = "feeling.confident", "confident";
    /// Label 34.
    DRAINED = "feeling.drained", "drained";
    /// Label 35.
    HOPEFUL = "feeling.hopeful", "hopeful";
    /// Label 36.
    INDIFFERENT = "feeling.indifferent", "indifferent";
    /// Label 37.
    OVERWHELMED = "feeling.overwhelmed", "overwhelmed";
    /// Label 38.
    SATISFIED = "feeling.satisfied", "satisfied";
}

/// The words, each in the place of its label of State of Mind: the first is label 1.
pub const FEELINGS: &[Sentence] = ALL;
/// The language they are of.
pub const FEELINGS_LANG: &str = "en";
