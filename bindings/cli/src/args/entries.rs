//! What can be typed about entries: their words, what stands around them, drafts, lists.

use super::Filters;
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// What a person writes.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Words {
    /// The text, Markdown; `-` reads it from standard input
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// A title
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) title: Option<String>,
    /// A tag, as often as you like; with `edit` they take the place of those before, and "" takes all away
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// A feeling in your own word, as often as you like; with `edit` as --tag
    #[arg(long = "feeling", value_name = "WORD")]
    pub(crate) feelings: Vec<String>,
    /// When it happened: 2026-03-01, 2026-03-01 21:30 or 2026-03-01T21:30:00+01:00
    #[arg(long, value_name = "TIME")]
    pub(crate) when: Option<String>,
    /// The zone you were in, like Europe/London; else the one of this computer
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// A file to attach, as often as you like; where and with what it was made is left out
    #[arg(long = "attach", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The question it answers: its id, or nothing for the first one; it is kept with the entry as it was asked
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub(crate) prompt: Option<String>,
    /// What stands around the words
    #[command(flatten)]
    pub(crate) around: Around,
}

/// What stands around the words of an entry.
#[derive(Debug, Default, PartialEq, ClapArgs)]
pub(crate) struct Around {
    /// Somebody it is about, by your name for them, as often as you like; with `edit` as --tag
    #[arg(long = "person", value_name = "NAME")]
    pub(crate) people: Vec<String>,
    /// An area of life it belongs to, as often as you like; with `edit` as --tag
    #[arg(long = "area", value_name = "AREA")]
    pub(crate) areas: Vec<String>,
    /// Where, in your word; with `edit`, "" takes it away
    #[arg(long, value_name = "PLACE")]
    pub(crate) place: Option<String>,
    /// How pleasant it felt, -1 to 1, if you like to say so
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER")]
    pub(crate) valence: Option<f64>,
    /// How much energy there was, 0 to 1, if you like to say so
    #[arg(long, value_name = "NUMBER")]
    pub(crate) energy: Option<f64>,
    /// The entry of yours it replies to
    #[arg(long, value_name = "ID")]
    pub(crate) reply_to: Option<String>,
    /// You want to remember this (`--remember=false` takes a mark off)
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) remember: Option<bool>,
    /// Never bring it back by itself
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) keep_from_memories: Option<bool>,
    /// It is tender: lists show no words of it
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) tender: Option<bool>,
    /// It can't be shared until you take this off
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) never_share: Option<bool>,
}

/// What to do with a draft.
#[derive(Debug, Subcommand)]
pub(crate) enum DraftChange {
    /// Show one
    Show {
        /// Its id
        id: String,
    },
    /// Make an entry of it, or the change of an entry that it is
    Finish {
        /// Its id
        id: String,
    },
    /// Let it go
    Discard {
        /// Its id
        id: String,
    },
}

impl Words {
    /// Whether nothing was said on the command line.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
            && self.text.is_none()
            && self.title.is_none()
            && self.tags.is_empty()
            && self.feelings.is_empty()
            && self.when.is_none()
            && self.zone.is_none()
            && self.around == Around::default()
            && self.prompt.is_none()
    }
}

/// Which entries to list.
#[derive(Debug, ClapArgs)]
pub(crate) struct List {
    /// Entries on the page
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) count: usize,
    /// The page after this entry
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
    /// The trash
    #[arg(long)]
    pub(crate) trash: bool,
    /// What the entries are
    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// What is to be erased.
#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["id", "trash", "everything", "keep"])))]
pub(crate) struct Erase {
    /// Its id
    pub(crate) id: Option<String>,
    /// Everything in the trash
    #[arg(long)]
    pub(crate) trash: bool,
    /// Journal, profile, plan, settings and what you share, on all of your devices and at the relay, a day after each has heard of it
    #[arg(long)]
    pub(crate) everything: bool,
    /// With --everything: on this device alone, at once
    #[arg(long, requires = "everything", conflicts_with = "with_phrase")]
    pub(crate) here: bool,
    /// With --everything: at once on all of them, by the recovery phrase; its words are asked for, or read from standard input on one line
    #[arg(long, requires = "everything")]
    pub(crate) with_phrase: bool,
    /// Keep everything after all: any of your devices stops it
    #[arg(long)]
    pub(crate) keep: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
}
