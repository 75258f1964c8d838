//! What can be typed about what a participant prefers.

use super::StanceArg;
use cairn_core::profile::Address;
use cairn_core::support::SupportWanted;
use clap::{Args as ClapArgs, Subcommand};

/// A change of the profile.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileChange {
    /// Add a section with a name of your own
    AddSection {
        /// Its name
        name: String,
    },
    /// Say something in a section
    Say {
        /// The section, by name or id; one that `profile` offers, too
        section: String,
        /// Your words
        text: String,
        /// Where you stand, if you like
        #[arg(long)]
        stance: Option<StanceArg>,
        /// What goes with it
        #[command(flatten)]
        beside: Beside,
    },
    /// Change what a statement says, its stance, or what goes with it
    Change {
        /// Its id
        statement: String,
        /// Your words
        #[arg(long)]
        text: Option<String>,
        /// Where you stand
        #[arg(long, conflicts_with = "no_stance")]
        stance: Option<StanceArg>,
        /// Take no stance
        #[arg(long)]
        no_stance: bool,
        /// What goes with it
        #[command(flatten)]
        beside: Beside,
    },
    /// Give a section another name
    Rename {
        /// The section, by name or id
        section: String,
        /// Its new name
        name: String,
    },
    /// Say how you want to be addressed; whoever is shown the section "How to address me" reads what of it may be shown
    Address(AddressArgs),
    /// Show or say what you want with whatever you share, where you say nothing else with it: listening, until you say otherwise
    Wanted {
        /// What you want; what is shared already stays as you said it
        #[arg(value_delimiter = ',', value_name = "WHAT", value_parser = super::messages::wanted)]
        wanted: Vec<SupportWanted>,
    },
    /// Show somebody these sections and no others: what of them may be shown, and what is added later. Without any, nothing is shown any more
    ShowTo {
        /// To whom: their name, or an id that `people` shows
        person: String,
        /// The sections, by name or id
        sections: Vec<String>,
    },
    /// Leave a section out of lists; what it holds stays
    Hide {
        /// The section, by name or id
        section: String,
    },
    /// Show a section again
    Show {
        /// The section, by name or id
        section: String,
    },
    /// Move a section, or a statement within its section
    Move {
        /// The section, by name or id, or the statement, by id
        what: String,
        /// The one it stands before then; none for the end
        #[arg(long, value_name = "NAME|ID")]
        before: Option<String>,
    },
    /// Say that a statement may be part of what others see, or that it is private; nothing is shared by it yet
    Shareable {
        /// Its id
        statement: String,
        /// Private again
        #[arg(long)]
        no: bool,
    },
    /// Take a statement away
    Remove {
        /// Its id
        statement: String,
    },
    /// Words that a section can begin with, where there are some; yours are as good
    Examples {
        /// The section, by name or id; none for paths
        section: Option<String>,
    },
    /// How this has changed; only you see it
    History,
    /// Take one change out of the history, or all of them
    EraseHistory {
        /// The change's id
        #[arg(required_unless_present = "all")]
        change: Option<String>,
        /// All of them
        #[arg(long, conflicts_with = "change")]
        all: bool,
    },
}

/// How somebody wants to be addressed. What is left out stays as it was.
#[derive(Debug, ClapArgs)]
pub(crate) struct AddressArgs {
    /// Your name; "" takes it away
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// Your pronouns, in your words; "" takes them away
    #[arg(long, value_name = "TEXT")]
    pub(crate) pronouns: Option<String>,
    /// A language of yours, by its BCP 47 tag such as ase or zh-Hant, as often as you like; these take the place of those before, "" takes all away
    #[arg(long = "language", value_name = "TAG")]
    pub(crate) languages: Vec<String>,
    /// Your name may be shown
    #[arg(long, conflicts_with = "hide_name")]
    pub(crate) show_name: bool,
    /// Your name is private again
    #[arg(long)]
    pub(crate) hide_name: bool,
    /// Your pronouns may be shown
    #[arg(long, conflicts_with = "hide_pronouns")]
    pub(crate) show_pronouns: bool,
    /// Your pronouns are private again
    #[arg(long)]
    pub(crate) hide_pronouns: bool,
    /// Your languages may be shown
    #[arg(long, conflicts_with = "hide_languages")]
    pub(crate) show_languages: bool,
    /// Your languages are private again
    #[arg(long)]
    pub(crate) hide_languages: bool,
}

impl AddressArgs {
    /// What was said before, with this in its place.
    pub(crate) fn with(self, before: Address) -> Address {
        Address {
            name: self.name.unwrap_or(before.name),
            name_is_shareable: (before.name_is_shareable || self.show_name) && !self.hide_name,
            pronouns: self.pronouns.unwrap_or(before.pronouns),
            pronouns_are_shareable: (before.pronouns_are_shareable || self.show_pronouns) && !self.hide_pronouns,
            languages: if self.languages.is_empty() {
                before.languages
            } else {
                self.languages
                    .into_iter()
                    .filter(|tag| !tag.trim().is_empty())
                    .collect()
            },
            languages_are_shareable: (before.languages_are_shareable || self.show_languages) && !self.hide_languages,
        }
    }
}

/// What goes with a statement.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Beside {
    /// What it is because of, if you like; "" takes it away
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    /// The reason goes where the statement goes; it is private otherwise
    #[arg(long)]
    pub(crate) show_because: bool,
    /// When it applies, in your words; "" is always
    #[arg(long, value_name = "TEXT")]
    pub(crate) when: Option<String>,
    /// A word to find it by, as often as you like; "" takes all away
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
}
