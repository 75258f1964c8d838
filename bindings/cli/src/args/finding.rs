//! What can be typed to find entries.

use cairn_core::journal::{Attached, AttachmentKind, Filter, WordKind};
use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// What the entries have to be; all of what is named.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Filters {
    /// From this day on, like 2026-03-01
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<NaiveDate>,
    /// Up to this day, which counts too
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<NaiveDate>,
    /// With this tag, as often as you like
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// With this feeling, as often as you like
    #[arg(long = "feeling", value_name = "WORD")]
    pub(crate) feelings: Vec<String>,
    /// About this person, as often as you like
    #[arg(long = "person", value_name = "NAME")]
    pub(crate) people: Vec<String>,
    /// Of this area of life, as often as you like
    #[arg(long = "area", value_name = "AREA")]
    pub(crate) areas: Vec<String>,
    /// With something that hangs on it; --with-attachment=photo for a kind
    #[arg(long, value_name = "KIND", num_args = 0..=1, require_equals = true)]
    pub(crate) with_attachment: Option<Option<KindArg>>,
    /// Marked as something to remember
    #[arg(long)]
    pub(crate) remember: bool,
}

impl From<Filters> for Filter {
    fn from(typed: Filters) -> Self {
        Self {
            from: typed.from,
            to: typed.to,
            tags: typed.tags,
            feelings: typed.feelings,
            people: typed.people,
            life_areas: typed.areas,
            attached: typed
                .with_attachment
                .map(|kind| kind.map_or(Attached::Anything, |kind| Attached::Kind(kind.into()))),
            remember: typed.remember.then_some(true),
            replies_to: None,
        }
    }
}

/// A kind of attachment, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// Pictures that were taken
    Photo,
    /// Sounds
    Audio,
    /// Moving pictures
    Video,
    /// Pictures that were drawn
    Drawing,
    /// Anything else
    File,
}

impl From<KindArg> for AttachmentKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Photo => Self::Photo,
            KindArg::Audio => Self::Audio,
            KindArg::Video => Self::Video,
            KindArg::Drawing => Self::Drawing,
            KindArg::File => Self::File,
        }
    }
}

/// What to search for.
#[derive(Debug, ClapArgs)]
pub(crate) struct Search {
    /// The words; the last one can be the beginning of a word
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Entries at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) count: usize,
    /// The page after this entry
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
    /// What the entries are
    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// A month to show.
#[derive(Debug, ClapArgs)]
pub(crate) struct Calendar {
    /// The month, like 2026-03; else this one
    pub(crate) month: Option<String>,
    /// Begin the week with Sunday
    #[arg(long)]
    pub(crate) sunday: bool,
}

/// What may be shown later.
#[derive(Debug, ClapArgs)]
pub(crate) struct NotYet {
    /// Entries on the page
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) count: usize,
    /// The page after this entry
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
    /// A change; none lists them
    #[command(subcommand)]
    pub(crate) change: Option<NotYetChange>,
}

/// A change of what may be shown later.
#[derive(Debug, Subcommand)]
pub(crate) enum NotYetChange {
    /// Put an entry on the list
    Add {
        /// Its id
        id: String,
    },
    /// Take an entry off; it stays as it is
    Remove {
        /// Its id
        id: String,
    },
}

/// A switch, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// Words to list.
#[derive(Debug, ClapArgs)]
pub(crate) struct WordList {
    /// Which words
    pub(crate) kind: WordsArg,
    /// How they begin
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) beginning: String,
}

/// A kind of word, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WordsArg {
    /// Tags
    Tags,
    /// Feelings
    Feelings,
    /// People
    People,
    /// Areas of life
    Areas,
}

impl From<WordsArg> for WordKind {
    fn from(kind: WordsArg) -> Self {
        match kind {
            WordsArg::Tags => Self::Tag,
            WordsArg::Feelings => Self::Feeling,
            WordsArg::People => Self::Person,
            WordsArg::Areas => Self::LifeArea,
        }
    }
}
