//! What can be typed.

mod attachments;
mod export;
mod finding;
mod preferences;
mod profile;
mod reminders;
#[cfg(test)]
mod tests;

pub(crate) use attachments::{Attach, CarryArg, PolicyArg, Save};
pub(crate) use export::{Export, FormatArg, Passphrase, RestoreArchive};
pub(crate) use finding::{Calendar, Filters, Search, Switch, WordList};
pub(crate) use preferences::{
    FeelingCommand, HopeCommand, LineAbout, LineCommand, OnOff, PlanArgs, PlanChange, PromptCommand,
};
pub(crate) use profile::{Beside, ProfileChange};
pub(crate) use reminders::{ReminderAbout, ReminderCommand};

use cairn_core::profile::Stance;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

const BEFORE: &str =
    "A recovery journal in the terminal. It is yours: it works offline, without an account, and nobody reads along.";

const AFTER: &str = "\
Where things are: the journal lies in one folder (--vault, else CAIRN_HOME, else your data folder), encrypted. Its key lies \
beside it, in the file `key`, which only you can read; whoever can read that file can read the journal. A key file that \
others can read is not used until `chmod 600` has changed that.

An id can be shortened to any beginning that no other id has.

Exit codes: 0 done, 2 not a command line, 3 input that does not fit, 4 nothing of that name, 5 storage or key, 6 no \
connection, 7 refused by the relay or the other side, 70 a defect of this program.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "cairn", version, about = BEFORE, after_help = AFTER, infer_subcommands = false)]
pub(crate) struct Args {
    /// The folder of the journal
    #[arg(long, global = true, value_name = "DIR", env = "CAIRN_HOME")]
    pub(crate) vault: Option<PathBuf>,
    /// Print JSON in place of text; its keys stay from version to version
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a journal
    Init(Init),
    /// Give the journal a relay, which hands sealed records to your other devices and can read none
    Connect {
        /// Its address
        #[arg(help = "Its address, like https://relay.example")]
        url: String,
    },
    /// Write an entry, in your editor or with --text
    Write(Words),
    /// List entries, newest first
    List(List),
    /// Show one entry
    Show {
        /// Its id
        id: String,
    },
    /// Find the entries that hold all of these words
    Search(Search),
    /// A month, with a mark after each day that has entries
    Calendar(Calendar),
    /// The entries of a day, in the order of time
    Day {
        /// The day, like 2026-03-01, else today; a month, like 2026-03, for its entries without a day
        date: Option<String>,
    },
    /// What you wrote on this day of earlier years: off, until you turn it on for this device
    Memories {
        /// Turn it on or off
        switch: Option<Switch>,
    },
    /// The tags, feelings, people or areas of life that your entries have
    Words(WordList),
    /// Change an entry, in your editor or with the options; the former text stays in its history
    Edit {
        /// Its id
        id: String,
        /// What changes
        #[command(flatten)]
        words: Words,
    },
    /// Attach a photo, a sound, a video or any other file to an entry
    Attach(Attach),
    /// Save an attachment of an entry as a file that anybody can open
    Save(Save),
    /// What is still to be carried between your devices, and what is carried when
    Attachments {
        /// Choose it, for this device
        #[arg(long)]
        carry: Option<PolicyArg>,
    },
    /// Move an entry to the trash
    Trash {
        /// Its id
        id: String,
    },
    /// Take an entry back from the trash, as it was
    Restore {
        /// Its id
        id: String,
    },
    /// What an entry said before; you can go back to any of it
    History {
        /// Its id
        id: String,
        /// Show what it said then, by its number in the list
        #[arg(long, value_name = "N")]
        show: Option<usize>,
        /// Make it say that again; what it says now stays in its history
        #[arg(long, value_name = "N", conflicts_with = "show")]
        back_to: Option<usize>,
    },
    /// Erase what an entry said before, on all your devices; what it says now stays
    EraseDrafts {
        /// Its id
        id: String,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
    /// Erase for good what lies in the trash: one entry, or all of it
    Erase {
        /// Its id
        #[arg(required_unless_present = "trash")]
        id: Option<String>,
        /// Everything in the trash
        #[arg(long, conflicts_with = "id")]
        trash: bool,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
    /// What you began to write and did not finish; it stays on this device
    Drafts {
        /// What to do with one; nothing lists them
        #[command(subcommand)]
        change: Option<DraftChange>,
    },
    /// What you'd like people to know: sections of statements, each with a stance if you like
    Profile {
        /// A change; none shows it
        #[command(subcommand)]
        change: Option<ProfileChange>,
    },
    /// Your own word for recovery, which is used wherever it is spoken of; "" takes it back
    Word {
        /// The word; none shows it
        word: Option<String>,
    },
    /// A question to write from: one at a time, and another one whenever you like
    Prompt {
        /// What to do; none asks the first one
        #[command(subcommand)]
        command: Option<PromptCommand>,
    },
    /// Words for feelings that are offered; any other word is as good on an entry
    Feelings {
        /// A change; none shows them
        #[command(subcommand)]
        command: Option<FeelingCommand>,
    },
    /// Your hopes
    Hopes {
        /// A change; none shows them
        #[command(subcommand)]
        command: Option<HopeCommand>,
    },
    /// When you'd like to be reminded, in your own words; there are none until you add one
    Reminders {
        /// What to do; none lists them
        #[command(subcommand)]
        command: Option<ReminderCommand>,
    },
    /// Your plan for hard times
    Plan(PlanArgs),
    /// Support lines to call, text or chat with; nothing here calls them
    Lines {
        /// A change; none shows them
        #[command(subcommand)]
        command: Option<LineCommand>,
    },
    /// Pair another device of yours: this one shows a code, the new one shows six digits, you type them here
    Pair(Pair),
    /// Your devices
    Devices,
    /// Invite a specialist: they see your name, and nothing else until you choose
    Invite(Invite),
    /// Accept an invitation, as a specialist
    Accept {
        /// The code you were given
        code: String,
        /// Your name, as they will see it
        #[arg(long)]
        name: String,
    },
    /// The people you share with, and the people who share with you
    People,
    /// Share parts of one entry with one person
    Share(Share),
    /// What you share, and until when
    Shares,
    /// What others share with you: what for, a notice, then their words
    Shared,
    /// Stop a share; it takes no reason
    Revoke {
        /// Its id
        share: String,
    },
    /// Send and fetch what is sealed for your devices
    Sync {
        /// Stay, and take what arrives as it arrives
        #[arg(long)]
        wait: bool,
        /// Photos, sounds and files: large ones now too, or later
        #[arg(long, default_value = "later", conflicts_with = "wait")]
        attachments: CarryArg,
    },
    /// Bring entries in from another journal; what is here already stays as it is
    Import(Import),
    /// Take your journal out, whole or one entry: into files that open without any app, or for another one
    Export(Export),
    /// Take an archive in that `export` wrote; what is here already stays as it is
    RestoreArchive(RestoreArchive),
    /// Look whether the journal is whole
    Doctor,
    /// See the whole path once: phone, tablet, relay and specialist, in a folder of its own
    Tour(Tour),
    /// Print what lets your shell complete these commands, like `cairn completions bash > ~/.local/share/bash-completion/completions/cairn`
    Completions {
        /// Your shell
        shell: Shell,
    },
}

/// How a journal begins.
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// What you call this device
    #[arg(long, value_name = "NAME", default_value = DEVICE)]
    pub(crate) device: String,
    /// A relay for it; you can also choose one later, or none
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
}

/// The name of a device that was given none.
pub(crate) const DEVICE: &str = "this computer";

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

/// A stance, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StanceArg {
    /// You want it
    Want,
    /// You are open to it
    OpenTo,
    /// You are not sure
    Unsure,
    /// Not now
    NotNow,
    /// Not for you
    NotForMe,
}

impl From<StanceArg> for Stance {
    fn from(stance: StanceArg) -> Self {
        match stance {
            StanceArg::Want => Self::Want,
            StanceArg::OpenTo => Self::OpenTo,
            StanceArg::Unsure => Self::Unsure,
            StanceArg::NotNow => Self::NotNow,
            StanceArg::NotForMe => Self::NotForMe,
        }
    }
}

/// How to pair.
#[derive(Debug, ClapArgs)]
pub(crate) struct Pair {
    /// On the new device: join the journal whose code this is; only an empty journal can
    #[arg(long, value_name = "CODE", conflicts_with_all = ["digits", "resume"])]
    pub(crate) join: Option<String>,
    /// On the new device: what you call it
    #[arg(long, value_name = "NAME", requires = "join", default_value = DEVICE)]
    pub(crate) device: String,
    /// Go on with the code that was shown before
    #[arg(long)]
    pub(crate) resume: bool,
    /// The six digits, for scripts: goes on with the code that was shown before, and asks nothing
    #[arg(long, value_name = "DIGITS")]
    pub(crate) digits: Option<String>,
}

/// How to invite.
#[derive(Debug, ClapArgs)]
pub(crate) struct Invite {
    /// Your name, as they will see it
    #[arg(long, required_unless_present_any = ["digits", "resume"])]
    pub(crate) name: Option<String>,
    /// Go on with the code that was shown before
    #[arg(long)]
    pub(crate) resume: bool,
    /// The six digits, for scripts: goes on with the code that was shown before, and asks nothing
    #[arg(long, value_name = "DIGITS")]
    pub(crate) digits: Option<String>,
}

/// What to share.
#[derive(Debug, ClapArgs)]
pub(crate) struct Share {
    /// The entry's id
    pub(crate) id: String,
    /// With whom: their name, or an id that `people` shows
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) with: String,
    /// What for, in your words
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) purpose: String,
    /// `never` (it ends when you stop), `relationship` (or when you and they end this), or a time
    #[arg(long, default_value = "relationship", value_name = "never|relationship|TIME")]
    pub(crate) until: String,
    /// Seconds it waits here first; stopping it before then leaves no trace
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) hold: u32,
    /// You know that it is tender, and want to share it
    #[arg(long)]
    pub(crate) tender: bool,
    /// The parts they will see
    #[arg(
        long = "show",
        value_delimiter = ',',
        default_value = "words,title,day",
        value_name = "PARTS"
    )]
    pub(crate) parts: Vec<PartArg>,
}

/// A part of an entry, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartArg {
    /// The text
    Words,
    /// The title
    Title,
    /// The feelings
    Feelings,
    /// The tags
    Tags,
    /// The month
    Month,
    /// The day
    Day,
    /// The time of day, too
    Time,
}

/// What to import.
#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    /// The export of Day One, Journey, Daylio or jrnl, or a folder of Markdown or a zip of one
    pub(crate) file: PathBuf,
    /// What it is; without it, what the file holds decides
    #[arg(long, value_name = "FORMAT", value_parser = ["dayone", "journey", "daylio", "jrnl", "markdown"])]
    pub(crate) format: Option<String>,
    /// The zone it was written in, for files that say none; without it, the one of this computer
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Say what it holds, and import nothing
    #[arg(long)]
    pub(crate) preview: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Keep where entries were made; left behind otherwise
    #[arg(long)]
    pub(crate) keep_places: bool,
    /// Keep which device they were made on; left behind otherwise
    #[arg(long)]
    pub(crate) keep_devices: bool,
}

/// How to take the tour.
#[derive(Debug, ClapArgs)]
pub(crate) struct Tour {
    /// A Day One export to take along; else the tour makes a journal up
    #[arg(long, value_name = "PATH")]
    pub(crate) journal: Option<PathBuf>,
    /// An empty folder for everything the tour makes, to look at afterwards; else it is removed
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}
