//! One entry and the rules it keeps.

use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::limits;
use crate::moment::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Fields a newer version wrote, kept as the bytes they came in (key of the projection -> canonical CBOR).
pub type Unknown = BTreeMap<u64, Vec<u8>>;

/// A tag or a feeling: as the person wrote it, and folded for comparing.
///
/// The folded form travels with the word because folding follows Unicode's tables, which change from year to year.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word {
    /// The form that is compared.
    pub folded: String,
    /// The form that is shown.
    pub written: String,
}

impl Word {
    /// A word as a person typed it; blank around it does not count.
    pub fn new(written: &str) -> Self {
        let written = written.trim().to_owned();
        Self {
            folded: written.to_lowercase(),
            written,
        }
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Word(…)")
    }
}

/// Where an imported entry came from.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportSource {
    /// The format (`dayone`).
    pub source: String,
    /// The id it had there.
    pub source_id: String,
    /// The source's fields that have no place here, as a JSON object; empty when there were none.
    pub extra: String,
}

impl fmt::Debug for ImportSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportSource(…)")
    }
}

/// One entry of the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// Title; empty when there is none.
    pub title: String,
    /// Body, Markdown, as written.
    pub body: String,
    /// When it happened; the person may change it.
    pub happened: Moment,
    /// When it was first saved. Private to the participant.
    pub written: Moment,
    /// Tags, in the order of their folded form, each once.
    pub tags: Vec<Word>,
    /// Feelings in the person's order, each once.
    pub feelings: Vec<Word>,
    /// When it was moved to the trash, if it was.
    pub trashed: Option<Timestamp>,
    /// Where it was imported from, if it was.
    pub import: Option<ImportSource>,
    /// Two devices rewrote the same sentence, or wrote the entry apart: both versions stand in the body.
    pub both_versions: bool,
    /// What a newer version added.
    pub unknown: Unknown,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a person gives when they write or revise an entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Title; may be empty.
    pub title: String,
    /// Body, Markdown.
    pub body: String,
    /// When it happened.
    pub happened: Moment,
    /// Tags as typed.
    pub tags: Vec<String>,
    /// Feelings as typed, in any language.
    pub feelings: Vec<String>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draft(…)")
    }
}

/// What cannot be kept as it was given. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// No title, no body, no feeling, no tag: there is nothing to keep.
    #[error("an entry needs a word, a feeling or a tag")]
    Empty,
    /// A time that no calendar can hold, or a zone that is not a name.
    #[error("this moment cannot be placed on a calendar")]
    Moment,
    /// Longer than one entry can be.
    #[error("an entry can hold {} characters: this one has more", limits::BODY_CHARACTERS_MAX)]
    BodyTooLong,
    /// A title, a name or a heading longer than it can be.
    #[error(
        "a title or a name can hold {} characters: this one has more",
        limits::TITLE_CHARACTERS_MAX
    )]
    TitleTooLong,
    /// One tag or feeling longer than it can be.
    #[error(
        "a tag or a feeling can hold {} characters: this one has more",
        limits::WORD_CHARACTERS_MAX
    )]
    WordTooLong,
    /// More tags or feelings than one entry can hold.
    #[error(
        "an entry can hold {} tags and as many feelings: this one has more",
        limits::WORDS_MAX
    )]
    TooManyWords,
    /// More kept of a source than can be.
    #[error(
        "what the source keeps beside this entry is larger than {} bytes",
        limits::IMPORT_EXTRA_BYTES_MAX
    )]
    ExtraTooLarge,
}

impl Draft {
    /// Makes the entry `id` of this draft.
    ///
    /// # Errors
    /// [`Invalid`] when a bound of [`limits`] is passed, or nothing was written.
    pub fn into_entry(self, id: EntryId, written: Moment) -> Result<Entry, Invalid> {
        let entry = Entry {
            id,
            title: self.title,
            body: self.body,
            happened: self.happened,
            written,
            tags: sorted(&self.tags),
            feelings: once_each(&self.feelings),
            trashed: None,
            import: None,
            both_versions: false,
            unknown: Unknown::new(),
        };
        entry.check()?;
        Ok(entry)
    }
}

impl Entry {
    /// Checks every bound an entry keeps; a writer passes its own work through the same bounds as a stranger's.
    ///
    /// # Errors
    /// The first bound that is passed.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.title.trim().is_empty()
            && self.body.trim().is_empty()
            && self.tags.is_empty()
            && self.feelings.is_empty()
        {
            return Err(Invalid::Empty);
        }
        if [&self.happened, &self.written]
            .into_iter()
            .any(|moment| !moment.is_possible())
        {
            return Err(Invalid::Moment);
        }
        if longer(&self.body, limits::BODY_CHARACTERS_MAX) {
            return Err(Invalid::BodyTooLong);
        }
        if longer(&self.title, limits::TITLE_CHARACTERS_MAX) {
            return Err(Invalid::TitleTooLong);
        }
        if self.tags.len() > limits::WORDS_MAX || self.feelings.len() > limits::WORDS_MAX {
            return Err(Invalid::TooManyWords);
        }
        if self
            .tags
            .iter()
            .chain(&self.feelings)
            .any(|word| longer(&word.written, limits::WORD_CHARACTERS_MAX))
        {
            return Err(Invalid::WordTooLong);
        }
        if self
            .import
            .as_ref()
            .is_some_and(|import| import.extra.len() > limits::IMPORT_EXTRA_BYTES_MAX)
        {
            return Err(Invalid::ExtraTooLarge);
        }
        Ok(())
    }
}

/// Whether `text` has more than `max` characters, without counting further than that.
pub(crate) fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

/// Words in the person's order, the first of equals kept, blanks left out.
fn once_each(words: &[String]) -> Vec<Word> {
    let mut seen = BTreeSet::new();
    words
        .iter()
        .map(|word| Word::new(word))
        .filter(|word| !word.folded.is_empty() && seen.insert(word.folded.clone()))
        .collect()
}

/// Words in the order of their folded form, of two written forms of one word the first in code-point order.
fn sorted(words: &[String]) -> Vec<Word> {
    let all: BTreeSet<Word> = words
        .iter()
        .map(|word| Word::new(word))
        .filter(|word| !word.folded.is_empty())
        .collect();
    let mut sorted: Vec<Word> = Vec::with_capacity(all.len());
    for word in all {
        if sorted.last().is_none_or(|last| last.folded != word.folded) {
            sorted.push(word);
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    fn draft(body: &str) -> Draft {
        Draft {
            title: String::new(),
            body: body.to_owned(),
            happened: Moment::new(Timestamp(0), "UTC").unwrap(),
            tags: vec![],
            feelings: vec![],
        }
    }

    fn made(draft: Draft) -> Result<Entry, Invalid> {
        draft.into_entry(EntryId::from_bytes([1; 16]), Moment::new(Timestamp(0), "UTC").unwrap())
    }

    #[test]
    fn the_longest_body_passes_and_one_character_more_does_not() {
        assert!(made(draft(&"ж".repeat(limits::BODY_CHARACTERS_MAX))).is_ok());
        assert_eq!(
            made(draft(&"ж".repeat(limits::BODY_CHARACTERS_MAX + 1))),
            Err(Invalid::BodyTooLong)
        );
    }

    #[test]
    fn a_feeling_alone_is_an_entry_and_nothing_at_all_is_not() {
        let mut only_a_feeling = draft("");
        assert_eq!(made(only_a_feeling.clone()), Err(Invalid::Empty));
        only_a_feeling.feelings = vec!["さみしい".to_owned()];
        assert!(made(only_a_feeling).is_ok());
    }

    #[test]
    fn tags_are_compared_folded_and_feelings_keep_their_order() {
        let mut draft = draft("soup");
        draft.tags = vec!["home".to_owned(), "Home".to_owned(), " bus ".to_owned()];
        draft.feelings = vec!["tired".to_owned(), "fizzy".to_owned(), "Tired".to_owned()];
        let entry = made(draft).unwrap();
        assert_eq!(
            entry.tags.iter().map(|tag| tag.written.as_str()).collect::<Vec<_>>(),
            ["bus", "Home"]
        );
        assert_eq!(
            entry
                .feelings
                .iter()
                .map(|word| word.written.as_str())
                .collect::<Vec<_>>(),
            ["tired", "fizzy"]
        );
    }
}
