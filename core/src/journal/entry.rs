//! One entry and the rules it keeps.

use super::{Asked, Attachment, Earlier, Energy, Marks, Place, StateOfMind, Valence};
use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::limits;
use crate::moment::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Fields a newer version wrote, kept as the bytes they came in (key of the projection -> canonical CBOR).
pub type Unknown = BTreeMap<u64, Vec<u8>>;

/// A tag, a feeling, a name or an area of life: as the person wrote it, and folded for comparing.
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
    /// People it is about, by the person's names for them, in the order of their folded form, each once.
    pub people: Vec<Word>,
    /// Areas of life it belongs to, in the order of their folded form, each once.
    pub life_areas: Vec<Word>,
    /// What hangs on it, in the person's order, each once.
    pub attachments: Vec<Attachment>,
    /// How pleasant it felt, if they set that by hand.
    pub valence: Option<Valence>,
    /// How much energy there was, if they set that by hand.
    pub energy: Option<Energy>,
    /// What State of Mind holds beside, if they brought it.
    pub state_of_mind: Option<StateOfMind>,
    /// Where, if they said so.
    pub place: Option<Place>,
    /// The weather, as JSON, as another journal kept it; empty when there is none. Nothing here fetches one.
    pub weather: String,
    /// The question it answers.
    pub asked: Option<Asked>,
    /// The entry of their own it replies to.
    pub replies_to: Option<EntryId>,
    /// Their marks.
    pub marks: Marks,
    /// When it was moved to the trash, if it was.
    pub trashed: Option<Timestamp>,
    /// Where it was imported from, if it was.
    pub import: Option<ImportSource>,
    /// Two devices rewrote the same sentence, or wrote the entry apart: both versions stand in the body.
    pub both_versions: bool,
    /// Where its document began anew, if it did.
    pub earlier: Option<Earlier>,
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
    /// People as typed.
    pub people: Vec<String>,
    /// Areas of life as typed.
    pub life_areas: Vec<String>,
    /// What hangs on it, in the person's order.
    pub attachments: Vec<Attachment>,
    /// How pleasant it felt, by hand.
    pub valence: Option<Valence>,
    /// How much energy there was, by hand.
    pub energy: Option<Energy>,
    /// What State of Mind holds beside.
    pub state_of_mind: Option<StateOfMind>,
    /// Where.
    pub place: Option<Place>,
    /// The weather, as another journal kept it, a JSON value; empty when there is none.
    pub weather: String,
    /// The question it answers.
    pub asked: Option<Asked>,
    /// The entry it replies to.
    pub replies_to: Option<EntryId>,
    /// Marks.
    pub marks: Marks,
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
    /// No title, no body, no feeling, no tag, no name, no attachment: there is nothing to keep.
    #[error("an entry needs a word, a feeling, a tag or an attachment")]
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
        "a tag, a feeling or a name can hold {} characters: this one has more",
        limits::WORD_CHARACTERS_MAX
    )]
    WordTooLong,
    /// More tags or feelings than one entry can hold.
    #[error(
        "an entry can hold {} tags and as many feelings, names and areas: this one has more",
        limits::WORDS_MAX
    )]
    TooManyWords,
    /// More kept of a source than can be.
    #[error(
        "what the source keeps beside this entry is larger than {} bytes",
        limits::IMPORT_EXTRA_BYTES_MAX
    )]
    ExtraTooLarge,
    /// More attachments than one entry can hold.
    #[error("an entry can hold {} attachments: this one has more", limits::ATTACHMENTS_MAX)]
    TooManyAttachments,
    /// One attachment is larger, or says more beside itself, than it can.
    #[error("one attachment is larger, or has longer words beside it, than can be kept")]
    AttachmentTooLarge,
    /// A place, a question or a weather longer than it can be, an empty question, or an association that State of Mind does not know.
    #[error("what stands around this entry is longer, or other, than can be kept")]
    Around,
    /// Each part may be as long as it is, and all of them together are more than one record holds.
    #[error("this entry holds more than can be kept in one, with all that hangs on it: some of it can go in another")]
    TooMuch,
}

impl Draft {
    /// A draft of what happened then, with nothing in it yet.
    pub fn new(happened: Moment) -> Self {
        Self {
            title: String::new(),
            body: String::new(),
            happened,
            tags: Vec::new(),
            feelings: Vec::new(),
            people: Vec::new(),
            life_areas: Vec::new(),
            attachments: Vec::new(),
            valence: None,
            energy: None,
            state_of_mind: None,
            place: None,
            weather: String::new(),
            asked: None,
            replies_to: None,
            marks: Marks::default(),
        }
    }

    /// What a person would change if they edited `entry`.
    pub fn of(entry: &Entry) -> Self {
        let written = |words: &[Word]| words.iter().map(|word| word.written.clone()).collect();
        Self {
            title: entry.title.clone(),
            body: entry.body.clone(),
            happened: entry.happened.clone(),
            tags: written(&entry.tags),
            feelings: written(&entry.feelings),
            people: written(&entry.people),
            life_areas: written(&entry.life_areas),
            attachments: entry.attachments.clone(),
            valence: entry.valence,
            energy: entry.energy,
            state_of_mind: entry.state_of_mind.clone(),
            place: entry.place.clone(),
            weather: entry.weather.clone(),
            asked: entry.asked.clone(),
            replies_to: entry.replies_to,
            marks: entry.marks,
        }
    }

    /// Whether there is nothing in it that an entry could be made of.
    pub fn is_empty(&self) -> bool {
        let blank = |words: &[String]| words.iter().all(|word| word.trim().is_empty());
        self.title.trim().is_empty()
            && self.body.trim().is_empty()
            && self.attachments.is_empty()
            && self.valence.is_none()
            && self.energy.is_none()
            && [&self.tags, &self.feelings, &self.people]
                .into_iter()
                .all(|words| blank(words))
    }

    /// Makes the entry `id` of this draft.
    ///
    /// # Errors
    /// [`Invalid`] when a bound of [`limits`] is passed, or nothing was written.
    pub fn into_entry(self, id: EntryId, written: Moment) -> Result<Entry, Invalid> {
        let entry = self.entry_of(id, written);
        entry.check()?;
        Ok(entry)
    }

    /// The entry that [`Self::into_entry`] makes, its bounds unchecked.
    pub(crate) fn entry_of(self, id: EntryId, written: Moment) -> Entry {
        Entry {
            id,
            title: self.title,
            body: self.body,
            happened: self.happened,
            tags: sorted(&self.tags),
            feelings: once_each(&self.feelings),
            people: sorted(&self.people),
            life_areas: sorted(&self.life_areas),
            attachments: first_of_each(self.attachments),
            valence: self.valence,
            energy: self.energy,
            state_of_mind: self.state_of_mind,
            place: self.place,
            weather: self.weather,
            asked: self.asked,
            replies_to: self.replies_to,
            marks: self.marks,
            ..Entry::blank(id, written)
        }
    }
}

impl Entry {
    /// The entry `id` with nothing in it, first saved, and happened, at `written`.
    pub fn blank(id: EntryId, written: Moment) -> Self {
        Self {
            id,
            title: String::new(),
            body: String::new(),
            happened: written.clone(),
            written,
            tags: Vec::new(),
            feelings: Vec::new(),
            people: Vec::new(),
            life_areas: Vec::new(),
            attachments: Vec::new(),
            valence: None,
            energy: None,
            state_of_mind: None,
            place: None,
            weather: String::new(),
            asked: None,
            replies_to: None,
            marks: Marks::default(),
            trashed: None,
            import: None,
            both_versions: false,
            earlier: None,
            unknown: Unknown::new(),
        }
    }

    /// Checks every bound an entry keeps; a writer passes its own work through the same bounds as a stranger's.
    ///
    /// # Errors
    /// The first bound that is passed.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.title.trim().is_empty()
            && self.body.trim().is_empty()
            && self.tags.is_empty()
            && self.feelings.is_empty()
            && self.people.is_empty()
            && self.attachments.is_empty()
            && self.valence.is_none()
            && self.energy.is_none()
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
        let words = [&self.tags, &self.feelings, &self.people, &self.life_areas];
        if words.iter().any(|words| words.len() > limits::WORDS_MAX) {
            return Err(Invalid::TooManyWords);
        }
        let mut all = words.iter().copied().flatten();
        if all.any(|word| longer(&word.written, limits::WORD_CHARACTERS_MAX)) {
            return Err(Invalid::WordTooLong);
        }
        if self.attachments.len() > limits::ATTACHMENTS_MAX {
            return Err(Invalid::TooManyAttachments);
        }
        if !self.attachments.iter().all(Attachment::fits) {
            return Err(Invalid::AttachmentTooLarge);
        }
        self.check_around()?;
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

impl Entry {
    fn check_around(&self) -> Result<(), Invalid> {
        let short = |text: &str| !longer(text, limits::TITLE_CHARACTERS_MAX);
        let fits = self.place.as_ref().is_none_or(|place| short(&place.label))
            && self.asked.as_ref().is_none_or(|asked| {
                short(&asked.prompt) && !asked.text.is_empty() && !longer(&asked.text, limits::PROMPT_CHARACTERS_MAX)
            })
            && self.weather.len() <= limits::WEATHER_BYTES_MAX
            && self.state_of_mind.as_ref().is_none_or(StateOfMind::is_known);
        fits.then_some(()).ok_or(Invalid::Around)
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

/// Attachments in the person's order, the first of equals kept.
fn first_of_each(mut attachments: Vec<Attachment>) -> Vec<Attachment> {
    let mut seen = BTreeSet::new();
    attachments.retain(|attachment| seen.insert(attachment.id));
    attachments
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
            body: body.to_owned(),
            ..Draft::new(Moment::new(Timestamp(0), "UTC").unwrap())
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
