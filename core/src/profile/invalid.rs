//! What a profile, a list or a plan does not take.

use crate::limits;

/// What cannot be kept as it was given. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A section without a name could not be told from another.
    #[error("a section needs a name")]
    NameEmpty,
    /// The name of a section is longer than it can be.
    #[error(
        "the name of a section can hold {} characters: this one has more",
        limits::TITLE_CHARACTERS_MAX
    )]
    NameTooLong,
    /// A statement, a hope or a line of a plan without words says nothing.
    #[error("a statement needs words")]
    TextEmpty,
    /// A statement is longer than it can be.
    #[error(
        "a statement can hold {} characters: this one has more",
        limits::STATEMENT_CHARACTERS_MAX
    )]
    TextTooLong,
    /// More sections or statements than a profile can hold.
    #[error("a profile can hold {} sections and as many statements", limits::STATEMENTS_MAX)]
    TooMany,
    /// The section is not there, on this device, at this time.
    #[error("there is no such section")]
    NoSuchSection,
    /// The statement is not there, on this device, at this time, or stands in another section.
    #[error("there is no such statement")]
    NoSuchStatement,
    /// A word is longer than it can be, or goes over more than one line.
    #[error(
        "a word can hold {} characters on one line: this one has more",
        limits::WORD_CHARACTERS_MAX
    )]
    WordTooLong,
    /// What is to be changed or moved is not there, on this device, at this time.
    #[error("there is nothing of this name in the list")]
    NoSuchThing,
    /// More than one list can hold.
    #[error("this list can hold {} things: it has as many", limits::LIST_THINGS_MAX)]
    ListFull,
    /// A question that asks more than one thing, or nothing.
    #[error("a question needs words, {} characters at most", limits::PROMPT_CHARACTERS_MAX)]
    Question,
    /// A reminder that rings on no day of the week.
    #[error("a reminder needs a day of the week")]
    NoDay,
    /// More reminders than a phone keeps.
    #[error("there can be {} reminders: there are as many", limits::REMINDERS_MAX)]
    TooManyReminders,
    /// A name of a device that is too long, or goes over more than one line.
    #[error(
        "the name of a device can hold {} characters on one line: this one has more",
        limits::NAME_CHARACTERS_MAX
    )]
    DeviceName,
    /// A name of the participant's or their pronouns are too long, or go over more than one line.
    #[error(
        "a name can hold {} characters on one line, and pronouns as many: this has more",
        limits::NAME_CHARACTERS_MAX
    )]
    Address,
    /// What is no tag of a language, or a longer one than there are.
    #[error("a language is given by its BCP 47 tag, such as ase or zh-Hant: this is none")]
    Language,
    /// More languages than somebody can say.
    #[error("there can be {} languages: these are more", limits::LANGUAGES_MAX)]
    TooManyLanguages,
    /// A number that is none of State of Mind's labels.
    #[error("a feeling can go with a State of Mind label from 1 to 38")]
    Label,
}
