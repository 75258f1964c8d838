//! What a participant wishes of what is said to them.

use super::{Message, Unfit};
use crate::limits;
use crate::profile::longer;
use std::fmt;

/// Whether a specialist may tell of their own experience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum LivedExperience {
    /// Never.
    Never = 0,
    /// Where they have asked first.
    #[default]
    AskFirst = 1,
    /// Without asking.
    Welcome = 2,
}

impl LivedExperience {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Never, "never"),
        (Self::AskFirst, "ask_first"),
        (Self::Welcome, "welcome"),
    ];

    /// The one with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(one, _)| *one as u64 == number);
        found.map(|(one, _)| one)
    }
}

/// What a participant wishes of what is said to them. The specialist sees it, and their app keeps to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Wishes {
    /// The last one counts. The first is 1; 0 where nothing was ever said.
    pub version: u64,
    /// Whether the specialist may tell of their own experience.
    pub lived_experience: LivedExperience,
    /// Characters of such a message at most; no more than [`limits::LIVED_EXPERIENCE_CHARACTERS_MAX`].
    pub lived_experience_max: u16,
    /// What is not to be brought up.
    pub off_limits: Vec<String>,
    /// What the participant wishes for where they are quiet, in their words. No software does anything by it.
    pub when_quiet: String,
    /// Whether what is shown is listened to first: the first thing said about it acknowledges it or asks about it, where nothing else was wanted with it. A story never comes first,
    /// whatever is said here.
    pub listen_first: bool,
    /// Whether a story that says what to do is not shown. Which words those are a list says, and lists are never whole.
    pub no_directing: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            version: 0,
            lived_experience: LivedExperience::default(),
            lived_experience_max: limits::LIVED_EXPERIENCE_CHARACTERS,
            off_limits: Vec::new(),
            when_quiet: String::new(),
            listen_first: true,
            no_directing: true,
        }
    }
}

impl fmt::Debug for Wishes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wishes")
            .field("version", &self.version)
            .field("lived_experience", &self.lived_experience)
            .finish_non_exhaustive()
    }
}

impl Wishes {
    /// Checks sizes.
    ///
    /// # Errors
    /// [`Unfit::TooLong`]; [`Unfit::Silent`] for a topic without words, and for no characters at all.
    pub fn check(&self) -> Result<(), Unfit> {
        if self.lived_experience_max == 0 || self.off_limits.iter().any(|topic| topic.trim().is_empty()) {
            return Err(Unfit::Silent);
        }
        let is_long = usize::from(self.lived_experience_max) > limits::LIVED_EXPERIENCE_CHARACTERS_MAX
            || self.off_limits.len() > limits::TOPICS_MAX
            || self
                .off_limits
                .iter()
                .any(|topic| longer(topic, limits::TOPIC_CHARACTERS_MAX))
            || longer(&self.when_quiet, limits::MESSAGE_CHARACTERS_MAX);
        if is_long { Err(Unfit::TooLong) } else { Ok(()) }
    }

    /// Whether a message touches what is not to be brought up: as one of its topics, or as whole words of any text of it, in any case.
    pub fn forbid(&self, message: &Message) -> bool {
        let texts = message
            .texts()
            .into_iter()
            .chain(message.topics.iter().map(String::as_str));
        self.forbid_words(texts)
    }

    /// Whether any of these texts touches it, as whole words, in any case.
    pub fn forbid_words<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let texts: Vec<String> = texts.into_iter().map(str::to_lowercase).collect();
        let off_limits = self.off_limits.iter().map(|topic| topic.trim().to_lowercase());
        off_limits
            .filter(|topic| !topic.is_empty())
            .any(|topic| texts.iter().any(|text| holds_words(text, &topic)))
    }
}

/// Whether `words` stand in `text`, and not within a longer word.
fn holds_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + words.len()..).and_then(|after| after.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}
