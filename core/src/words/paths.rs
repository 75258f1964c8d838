//! Ways that people walk, as examples to begin with: in the order of the alphabet, so that none stands above another. They are words and
//! nothing else: taken up, one is a statement like any other. In another language they are to be put in its order.

use super::Sentence;
use super::sentence::sentences;

sentences! {
    /// Making things.
    ART = "path.art", "art";
    /// What comes from one's people.
    CULTURE = "path.culture", "culture and tradition";
    /// Believing, and a place to do so.
    FAITH = "path.faith", "faith";
    /// People who are close.
    FAMILY = "path.family", "family and friends";
    /// Making it safer.
    HARM_REDUCTION = "path.harm_reduction", "harm reduction";
    /// What is prescribed.
    MEDICATION = "path.medication", "medication";
    /// Sitting still.
    MEDITATION = "path.meditation", "meditation";
    /// Playing and hearing it.
    MUSIC = "path.music", "music";
    /// Helping each other.
    MUTUAL_AID = "path.mutual_aid", "mutual aid";
    /// Being outside.
    NATURE = "path.nature", "nature";
    /// A way without a name.
    NO_LABEL = "path.no_label", "no label";
    /// Others who have been there.
    PEER_GROUPS = "path.peer_groups", "peer groups";
    /// Moving.
    SPORT = "path.sport", "sport";
    /// Talking with somebody whose work it is.
    THERAPY = "path.therapy", "therapy";
    /// Having something to do.
    WORK = "path.work", "work";
}

/// The examples, in the order of the alphabet.
pub const PATHS: &[Sentence] = ALL;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn examples_of_paths_stand_in_the_order_of_the_alphabet_and_one_of_them_is_no_label() {
        let texts: Vec<&str> = PATHS.iter().map(|path| path.text).collect();
        // Strictly, so that none stands there twice.
        assert!(
            texts.is_sorted_by(|one, next| one.to_lowercase() < next.to_lowercase()),
            "{texts:?}"
        );
        assert!(texts.contains(&"no label"));
        let ids: BTreeSet<&str> = PATHS.iter().map(|path| path.id).collect();
        assert!(ids.len() == texts.len() && ids.iter().all(|id| id.starts_with("path.")));
    }
}
