//! Words for feelings: an open list in any language, without categories and without worth.
//!
//! The bundled ones are no data: only what the participant made of them is kept. Any word can stand on an entry without
//! being in here; this list is what is offered while writing, and what knows the words of State of Mind.
//!
//! | name | value | |
//! |---|---|---|
//! | `feeling/<id>/word` | text | the word; for a bundled one only where it was given another |
//! | `feeling/<id>/lang` | text | BCP 47 tag; absent where none was said |
//! | `feeling/<id>/aliases` | text | other words for it, one a line |
//! | `feeling/<id>/label` | number | its label of State of Mind, 1 to 38 |
//! | `feeling/<id>/by` | text | `import`; absent for the participant |
//! | `feeling/<id>/hidden` | number 1 | absent when it is offered |
//! | `feeling/<id>/gone` | number 1 | a bundled one that was taken away |

use super::change::longer;
use super::parts::{Editing, Thing, ids};
use super::{Changes, Fields, Invalid};
use crate::limits;
use std::fmt;

/// The greatest label of State of Mind (satisfied); the first is 1 (amazed).
pub const LABEL_MAX: u8 = 38;

/// Where a word came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddedBy {
    /// It came with the software.
    Bundled,
    /// The participant.
    Me,
    /// An import.
    Import,
}

/// A word for a feeling.
#[derive(Clone, PartialEq, Eq)]
pub struct FeelingWord {
    /// Its name in the data.
    pub id: String,
    /// The word, as it was written.
    pub word: String,
    /// The language it is of, as a BCP 47 tag; empty where none was said.
    pub lang: String,
    /// Other words for it.
    pub aliases: Vec<String>,
    /// The label of State of Mind it goes with, 1 to [`LABEL_MAX`].
    pub label: Option<u8>,
    /// Not offered until it is shown again.
    pub hidden: bool,
    /// Where it came from.
    pub added_by: AddedBy,
}

impl fmt::Debug for FeelingWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeelingWord")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

const FEELING: &str = "feeling";

/// Every word, in the order of the alphabet: no word stands before another for its worth.
pub fn feelings(fields: &Fields, bundled: &[FeelingWord]) -> Vec<FeelingWord> {
    let whole = |id: &str, base: Option<&FeelingWord>| {
        let part = Thing::new(fields, FEELING, id);
        let label = part.number("label").and_then(|label| u8::try_from(label).ok());
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        Some(FeelingWord {
            id: id.to_owned(),
            word: part.said("word").or(base.map(|base| base.word.as_str()))?.to_owned(),
            lang: part
                .said("lang")
                .or(base.map(|base| base.lang.as_str()))
                .unwrap_or_default()
                .to_owned(),
            aliases: part.said("aliases").map(lines).unwrap_or_default(),
            label: label
                .filter(|label| (1..=LABEL_MAX).contains(label))
                .or(base.and_then(|base| base.label)),
            hidden: part.flag("hidden"),
            added_by: match (base, part.said("by")) {
                (Some(_), _) => AddedBy::Bundled,
                (None, Some("import")) => AddedBy::Import,
                (None, _) => AddedBy::Me,
            },
        })
    };
    let is_bundled = |id: &str| bundled.iter().any(|word| word.id == id);
    let mut all: Vec<FeelingWord> = bundled
        .iter()
        .filter(|word| !Thing::new(fields, FEELING, &word.id).flag("gone"))
        .filter_map(|word| whole(&word.id, Some(word)))
        .collect();
    let own = ids(fields, FEELING, "word").into_iter().filter(|id| !is_bundled(id));
    all.extend(own.filter_map(|id| whole(id, None)));
    all.sort_by_cached_key(|word| (word.word.to_lowercase(), word.id.clone()));
    all
}

/// The label of State of Mind of a word a person wrote, if the list has one for it.
pub fn label_of(all: &[FeelingWord], word: &str) -> Option<u8> {
    let wanted = word.trim().to_lowercase();
    let is_word = |feeling: &&FeelingWord| feeling.word.to_lowercase() == wanted;
    let is_alias = |feeling: &&FeelingWord| feeling.aliases.iter().any(|alias| alias.to_lowercase() == wanted);
    let labelled = || all.iter().filter(|feeling| feeling.label.is_some());
    let found = labelled().find(is_word).or_else(|| labelled().find(is_alias))?;
    found.label
}

/// The word that leads back to this label, if the list has one.
pub fn word_for(all: &[FeelingWord], label: u8) -> Option<&str> {
    all.iter()
        .filter(|feeling| feeling.label == Some(label))
        .map(|feeling| feeling.word.as_str())
        .find(|word| label_of(all, word) == Some(label))
}

/// Keeps a word, or what is to be said beside one that is there.
///
/// # Errors
/// [`Invalid`] for bounds and labels.
pub fn set_feeling(fields: &Fields, bundled: &[FeelingWord], feeling: &FeelingWord) -> Result<Changes, Invalid> {
    let mut words = feeling.aliases.iter().chain([&feeling.word, &feeling.lang]);
    let is_bad = |word: &String| word.contains('\n') || longer(word, limits::WORD_CHARACTERS_MAX);
    if feeling.word.trim().is_empty() {
        return Err(Invalid::TextEmpty);
    }
    if words.any(is_bad) || feeling.aliases.len() > limits::WORDS_MAX {
        return Err(Invalid::WordTooLong);
    }
    if feeling.label.is_some_and(|label| !(1..=LABEL_MAX).contains(&label)) {
        return Err(Invalid::Label);
    }
    let all = feelings(fields, bundled);
    let is_here = all.iter().any(|one| one.id == feeling.id);
    if !is_here && all.len() >= limits::LIST_THINGS_MAX {
        return Err(Invalid::ListFull);
    }
    let base = bundled.iter().find(|word| word.id == feeling.id);
    let unless_base = |value: &str, base: Option<&str>| {
        if base == Some(value) {
            String::new()
        } else {
            value.to_owned()
        }
    };
    let label = feeling
        .label
        .filter(|label| base.and_then(|base| base.label) != Some(*label));
    Ok(Editing::new(fields, FEELING, &feeling.id)
        .text(
            "word",
            &unless_base(feeling.word.trim(), base.map(|base| base.word.as_str())),
        )
        .text("lang", &unless_base(&feeling.lang, base.map(|base| base.lang.as_str())))
        .text("aliases", &feeling.aliases.join("\n"))
        .put("label", label.map(|label| super::Field::Number(label.into())))
        .text(
            "by",
            if feeling.added_by == AddedBy::Import {
                "import"
            } else {
                ""
            },
        )
        .flag("hidden", feeling.hidden)
        .flag("gone", false)
        .done())
}

/// Takes a word out of the list; entries that use it keep it.
pub fn remove_feeling(fields: &Fields, bundled: &[FeelingWord], id: &str) -> Changes {
    let mut changes = Editing::new(fields, FEELING, id).removed().done();
    if bundled.iter().any(|word| word.id == id) {
        changes.extend(Editing::new(&Fields::new(), FEELING, id).flag("gone", true).done());
    }
    changes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn word(id: &str, word: &str, label: Option<u8>, added_by: AddedBy) -> FeelingWord {
        FeelingWord {
            id: id.to_owned(),
            word: word.to_owned(),
            lang: "en".to_owned(),
            aliases: Vec::new(),
            label,
            hidden: false,
            added_by,
        }
    }

    fn bundled() -> Vec<FeelingWord> {
        vec![
            word("hk-27", "sad", Some(27), AddedBy::Bundled),
            word("hk-7", "calm", Some(7), AddedBy::Bundled),
        ]
    }

    fn words(fields: &Fields) -> Vec<String> {
        feelings(fields, &bundled()).into_iter().map(|one| one.word).collect()
    }

    #[test]
    fn words_stand_in_the_order_of_the_alphabet_and_can_be_added_hidden_and_taken_away() {
        let mut fields = Fields::new();
        assert_eq!(words(&fields), ["calm", "sad"]);
        let lonely = FeelingWord {
            aliases: vec!["さびしい".to_owned()],
            lang: "ja".to_owned(),
            hidden: true,
            ..word("own", "さみしい", Some(22), AddedBy::Import)
        };
        let changes = set_feeling(&fields, &bundled(), &lonely).unwrap();
        apply(&mut fields, &changes);
        assert_eq!(words(&fields), ["calm", "sad", "さみしい"]);
        let all = feelings(&fields, &bundled());
        assert_eq!(all[2], lonely);
        assert_eq!(
            (label_of(&all, " Calm "), label_of(&all, "さびしい")),
            (Some(7), Some(22))
        );
        assert_eq!((label_of(&all, "fizzy"), word_for(&all, 22)), (None, Some("さみしい")));
        for id in ["own", "hk-7"] {
            let changes = remove_feeling(&fields, &bundled(), id);
            apply(&mut fields, &changes);
        }
        assert_eq!(words(&fields), ["sad"]);
        let changes = set_feeling(&fields, &bundled(), &bundled()[1]).unwrap();
        apply(&mut fields, &changes);
        assert_eq!(
            (words(&fields), fields),
            (vec!["calm".to_owned(), "sad".to_owned()], Fields::new())
        );
    }

    #[test]
    fn what_is_no_word_or_no_label_is_refused() {
        let set = |feeling: FeelingWord| set_feeling(&Fields::new(), &bundled(), &feeling);
        assert_eq!(set(word("own", " ", None, AddedBy::Me)), Err(Invalid::TextEmpty));
        assert_eq!(
            set(word("own", "two\nlines", None, AddedBy::Me)),
            Err(Invalid::WordTooLong)
        );
        for label in [0, LABEL_MAX + 1] {
            assert_eq!(set(word("own", "x", Some(label), AddedBy::Me)), Err(Invalid::Label));
        }
    }
}
