//! What two people agree on before anything is shown: what the specialist declares, and the working agreement.
//!
//! A specialist says, before anything else, how they know this person already and what they cannot keep to themselves. An agreement is
//! proposed by either, as a whole, and counts once both have accepted the same words: by their hash, so that nobody accepts what they did not read. A later one
//! takes its place the same way; the earlier ones stay to be read. None of it is a form to be filled in: every answer of an
//! agreement may stay empty. The two that keep a person safe, in the declaration, may not. Beside them a specialist may name areas of their own experience, so that
//! the participant can choose with open eyes; whoever names none has said nothing by it.
//!
//! **Invariant:** nothing here is merged. What is accepted by both is what one of them wrote, letter by letter.

use super::Role;
use crate::clock::Timestamp;
use crate::limits;
use crate::profile::{are_languages, languages_in, longer};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::fmt;

/// How a specialist knows the participant from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PriorConnection {
    /// Not at all.
    None = 0,
    /// They are of one family.
    Family = 1,
    /// They are friends.
    Friend = 2,
    /// They work together, or one for the other.
    Work = 3,
    /// They are in the same group.
    Group = 4,
    /// In another way, which the words say.
    Other = 5,
}

impl PriorConnection {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Family,
        Self::Friend,
        Self::Work,
        Self::Group,
        Self::Other,
    ];

    /// Its number in the data.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The one with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| u64::from(one.number()) == number)
    }

    /// Its word in the data and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Family => "family",
            Self::Friend => "friend",
            Self::Work => "work",
            Self::Group => "group",
            Self::Other => "other",
        }
    }
}

/// What a specialist declares. The participant decides what to make of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The last one counts. The first is 1.
    pub version: u64,
    /// How they know the participant already.
    pub prior_connection: PriorConnection,
    /// That in their words; they may be empty unless the connection is another one.
    pub prior_words: String,
    /// What they cannot keep to themselves: supervision, what they have to report.
    pub confidentiality_limits: String,
    /// Which areas of experience of their own they make known, each in their words, as they put them in order. It is theirs to say or not: nothing else
    /// fills it, and what they tell in messages does not change it.
    pub experience: Vec<String>,
    /// What they say of themselves.
    pub introduction: Introduction,
}

/// What a specialist says of themselves, beside their name. All of it is theirs to say or not, and this software checks none of it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Introduction {
    /// How they want to be spoken of; empty where they don't say.
    pub pronouns: String,
    /// For whom they work; empty where they don't say.
    pub organisation: String,
    /// What they are certified as; empty where they don't say.
    pub certification: String,
    /// The languages they speak, by their BCP 47 tags, in their order.
    pub languages: Vec<String>,
}

impl Introduction {
    /// The texts of it.
    pub fn texts(&self) -> [&str; 3] {
        [&self.pronouns, &self.organisation, &self.certification].map(String::as_str)
    }

    /// The same with each language in the one spelling of its tag.
    ///
    /// # Errors
    /// [`TermsInvalid::Languages`] where one is no tag, or there are too many.
    pub fn with_languages(self, tags: &[String]) -> Result<Self, TermsInvalid> {
        let languages = languages_in(tags).map_err(|_| TermsInvalid::Languages)?;
        Ok(Self { languages, ..self })
    }

    fn check(&self) -> Result<(), TermsInvalid> {
        if self
            .texts()
            .into_iter()
            .any(|text| longer(text, limits::EXPERIENCE_CHARACTERS_MAX))
        {
            return Err(TermsInvalid::Introduction);
        }
        if are_languages(&self.languages) {
            Ok(())
        } else {
            Err(TermsInvalid::Languages)
        }
    }
}

/// Shows no words.
impl fmt::Debug for Introduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Introduction(…)")
    }
}

/// The questions of a working agreement, in their order. Each answer may stay empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Question {
    /// What the participant wants from this.
    WantFromThis = 0,
    /// How the specialist can support them.
    HowSupport = 1,
    /// How often.
    HowOften = 2,
    /// What the specialist offers.
    SpecialistOffers = 3,
    /// What the specialist needs.
    SpecialistNeeds = 4,
    /// Contact outside of this.
    OutsideContact = 5,
    /// What they do when they disagree.
    IfWeDisagree = 6,
    /// How they end.
    HowWeEnd = 7,
}

impl Question {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 8] = [
        Self::WantFromThis,
        Self::HowSupport,
        Self::HowOften,
        Self::SpecialistOffers,
        Self::SpecialistNeeds,
        Self::OutsideContact,
        Self::IfWeDisagree,
        Self::HowWeEnd,
    ];

    /// Its place, from 0.
    pub const fn place(self) -> usize {
        self as usize
    }

    /// Its word in the data and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WantFromThis => "want_from_this",
            Self::HowSupport => "how_support",
            Self::HowOften => "how_often",
            Self::SpecialistOffers => "specialist_offers",
            Self::SpecialistNeeds => "specialist_needs",
            Self::OutsideContact => "outside_contact",
            Self::IfWeDisagree => "if_we_disagree",
            Self::HowWeEnd => "how_we_end",
        }
    }
}

/// A working agreement, as it was proposed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Agreement {
    /// One more than the newest one its author knew. The first is 1.
    pub version: u64,
    /// The answers, by [`Question::place`].
    pub answers: [String; 8],
    /// When the two look at it again, if they said so. Nothing happens by itself then.
    pub review_on: Option<NaiveDate>,
    /// Whether the specialist may say one thing more after the end.
    pub closing_words: bool,
}

impl Agreement {
    /// The answer to a question.
    pub fn answer(&self, question: Question) -> &str {
        self.answers.get(question.place()).map_or("", String::as_str)
    }
}

/// Show no words.
impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreement")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Why something cannot be said or done in a relationship as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermsInvalid {
    /// There are no confidentiality limits in it.
    #[error("a declaration says what cannot be kept confidential, if only that there is nothing")]
    NoLimits,
    /// A connection of another kind without words.
    #[error("another connection takes a few words about which")]
    NoPriorWords,
    /// It is longer than it can be.
    #[error("this can hold {} characters: it has more", limits::TERMS_CHARACTERS_MAX)]
    TooLong,
    /// One of the areas of experience has no words or too many, or there are too many of them.
    #[error(
        "an area of experience takes a few words, {} characters at most, and {} can be named",
        limits::EXPERIENCE_CHARACTERS_MAX,
        limits::EXPERIENCES_MAX
    )]
    Experience,
    /// A part of what they say of themselves is longer than it can be.
    #[error(
        "each thing said of oneself takes a few words, {} characters at most",
        limits::EXPERIENCE_CHARACTERS_MAX
    )]
    Introduction,
    /// What is no tag of a language, or too many of them.
    #[error(
        "a language is said by its tag, like en or es-MX, and {} can be said",
        limits::LANGUAGES_MAX
    )]
    Languages,
    /// Only the specialist declares.
    #[error("this is for the specialist to say")]
    NotTheSpecialist,
    /// The specialist has not declared anything yet.
    #[error("first they say how they know you and what they cannot keep confidential")]
    DeclarationMissing,
    /// There is no such agreement to accept.
    #[error("this is no agreement that was proposed here")]
    NoSuchAgreement,
    /// More than is kept.
    #[error("one relationship holds {} of these from each side", limits::TERMS_MAX)]
    TooMany,
    /// The two have not met, have not agreed, or have paused.
    #[error("nothing can be shared before both have agreed, nor during a pause")]
    NotActive,
    /// It was ended.
    #[error("this was ended; whoever wants to begin again invites anew")]
    Ended,
    /// A specialist ends it with a word.
    #[error("a specialist says a few words when they end it")]
    NoGoodbye,
    /// The words at the end are longer than they can be.
    #[error(
        "the words at the end can hold {} characters: they have more",
        limits::GOODBYE_CHARACTERS_MAX
    )]
    GoodbyeTooLong,
}

impl Declaration {
    /// Checks what has to be in it.
    ///
    /// # Errors
    /// The first thing that is missing or too long.
    pub fn check(&self) -> Result<(), TermsInvalid> {
        if self.confidentiality_limits.trim().is_empty() {
            return Err(TermsInvalid::NoLimits);
        }
        if self.prior_connection == PriorConnection::Other && self.prior_words.trim().is_empty() {
            return Err(TermsInvalid::NoPriorWords);
        }
        let parts = [&self.prior_words, &self.confidentiality_limits];
        if parts.into_iter().any(|part| longer(part, limits::TERMS_CHARACTERS_MAX)) {
            return Err(TermsInvalid::TooLong);
        }
        let is_area = |words: &String| !words.trim().is_empty() && !longer(words, limits::EXPERIENCE_CHARACTERS_MAX);
        if self.experience.len() > limits::EXPERIENCES_MAX || !self.experience.iter().all(is_area) {
            return Err(TermsInvalid::Experience);
        }
        self.introduction.check()
    }
}

impl Agreement {
    /// Checks its size, which is all that can be wrong with it.
    ///
    /// # Errors
    /// [`TermsInvalid::TooLong`].
    pub fn check(&self) -> Result<(), TermsInvalid> {
        if self
            .answers
            .iter()
            .any(|answer| longer(answer, limits::TERMS_CHARACTERS_MAX))
        {
            return Err(TermsInvalid::TooLong);
        }
        Ok(())
    }
}

/// An agreement that somebody proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The hash of its bytes: what is accepted.
    pub hash: [u8; 32],
    /// Who proposed it.
    pub by: Role,
    /// When it came to this device, by its clock.
    pub received: Timestamp,
    /// What it says.
    pub agreement: Agreement,
}

/// Everything that two people said about how they work together. Of the order in which it came nothing depends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// What the specialist declared, by ascending version; the last one counts.
    pub declarations: Vec<Declaration>,
    /// Every agreement that was proposed, by ascending version, then hash.
    pub proposals: Vec<Proposal>,
    /// Who accepted which.
    pub accepted: BTreeSet<([u8; 32], Role)>,
}

impl Terms {
    /// The declaration that counts.
    pub fn declaration(&self) -> Option<&Declaration> {
        self.declarations.last()
    }

    /// Whether this side has accepted this agreement.
    pub fn is_accepted_by(&self, hash: &[u8; 32], role: Role) -> bool {
        self.accepted.contains(&(*hash, role))
    }

    /// The agreement that counts: of those that both have accepted the last one.
    pub fn in_force(&self) -> Option<&Proposal> {
        let by_both = |proposal: &&Proposal| {
            [Role::Participant, Role::Specialist]
                .into_iter()
                .all(|role| self.is_accepted_by(&proposal.hash, role))
        };
        self.proposals.iter().rfind(by_both)
    }

    /// The last proposal, where it is not the one that counts.
    pub fn open(&self) -> Option<&Proposal> {
        let in_force = self.in_force().map(|proposal| proposal.hash);
        self.proposals.last().filter(|last| Some(last.hash) != in_force)
    }

    /// The version of the next proposal.
    pub fn next_version(&self) -> u64 {
        self.proposals
            .last()
            .map_or(1, |last| last.agreement.version.saturating_add(1))
    }

    /// Whether everything is said that has to be before something is shown.
    pub fn are_agreed(&self) -> bool {
        self.declaration().is_some() && self.in_force().is_some()
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
