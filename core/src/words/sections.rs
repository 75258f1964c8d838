//! Names of the sections that every profile offers, in the participant's voice: they are to be taken over or renamed.

use super::sentence::sentences;

sentences! {
    /// Words, a sound or a drawing.
    OWN_WORDS = "section.own_words", "In my own words";
    /// Name, pronouns, languages.
    ADDRESS = "section.address", "How to address me";
    /// What makes it possible to take part.
    ACCESS = "section.access", "Access needs";
    /// What it is, and what it is called.
    VISION = "section.vision", "What {recovery} looks like for me";
    /// Ways to walk.
    PATHS = "section.paths", "Paths";
    /// What support is like when it fits.
    SUPPORT = "section.support", "How I like to be supported";
    /// Channels, hours, silence.
    REACH = "section.reach", "How to reach me";
    /// What to leave alone.
    BOUNDARIES = "section.boundaries", "Boundaries";
    /// What there is to build on.
    STRENGTHS = "section.strengths", "Strengths";
    /// What to do more of, and less.
    HELPS = "section.helps", "What helps, and what doesn't";
    /// People, places, groups.
    BELONGING = "section.belonging", "Where I belong";
    /// Culture, identity, faith.
    CULTURE = "section.culture", "Culture, identity, faith";
    /// Who may be told what.
    TRUSTED = "section.trusted", "People I trust";
    /// What people may know about the plan.
    HARD_TIMES = "section.hard_times", "Plan for hard times";
    /// What recovery is called until the participant chooses a word.
    RECOVERY_WORD = "word.recovery_default", "recovery";
}

/// The participant's word for recovery, or ours where they chose none.
pub fn recovery_word(chosen: &str) -> &str {
    if chosen.is_empty() { RECOVERY_WORD.text } else { chosen }
}

/// The name of the default section of this code, with the participant's word for recovery in it.
pub fn section_name(code: &str, recovery: &str) -> Option<String> {
    let id = format!("section.{code}");
    let name = ALL.iter().find(|sentence| sentence.id == id)?;
    Some(name.with(&[("recovery", recovery_word(recovery))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_called_by_the_participants_word() {
        assert_eq!(
            section_name("vision", ""),
            Some("What recovery looks like for me".to_owned())
        );
        assert_eq!(
            section_name("vision", "getting by"),
            Some("What getting by looks like for me".to_owned())
        );
        assert_eq!(section_name("nothing", ""), None);
    }
}
