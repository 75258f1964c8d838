//! What can be typed.

mod attachments;
mod devices;
mod entries;
mod export;
mod finding;
mod locking;
mod meetings;
mod messages;
mod people;
mod preferences;
mod profile;
mod reminders;
#[cfg(test)]
mod tests;

pub(crate) use attachments::{Attach, CarryArg, PolicyArg, Save};
pub(crate) use devices::{DeviceCommand, NewPhrase, Recover, RecoveryCommand, RemoveDevice};
pub(crate) use entries::{Around, DraftChange, Erase, List, Words};
pub(crate) use export::{Export, FormatArg, Passphrase, RestoreArchive};
pub(crate) use finding::{Calendar, Filters, NotYet, NotYetChange, Search, Switch, WordList};
pub(crate) use locking::{New, PassphraseCommand};
pub(crate) use meetings::MeetingChange;
pub(crate) use messages::{FeedbackChange, Hours, Reflect, Say, WishesArgs, window_text};
pub(crate) use people::{AgreementChange, Declare, Invite, Narrow, NoticeArg, Pair, PartArg, PeopleChange, Share};
pub(crate) use preferences::{
    FeelingCommand, HopeCommand, LineAbout, LineCommand, MainstayCommand, OnOff, PlanArgs, PlanChange, PromptCommand,
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
others can read is not used until `chmod 600` has changed that. With a passphrase (`cairn passphrase set`) the key in that file is \
sealed, and each command asks for it; `cairn unlock` keeps the key in your session's folder in memory (XDG_RUNTIME_DIR), readable \
by you alone, until `cairn lock`, the end of its time, or your logging out.

An id can be shortened to any beginning that no other id has.

Exit codes: 0 done, 2 not a command line, 3 input that does not fit, 4 nothing of that name, 5 storage or key, 6 no \
connection, 7 refused by the relay or the other side, 8 locked, 70 a defect of this program.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "cairn", version, about = BEFORE, after_help = AFTER, infer_subcommands = false)]
pub(crate) struct Args {
    /// The folder of the journal
    #[arg(long, global = true, value_name = "DIR", env = "CAIRN_HOME")]
    pub(crate) vault: Option<PathBuf>,
    /// Read the passphrase that unlocks the journal from the first line of a file; `-` is standard input
    #[arg(long, global = true, value_name = "FILE", env = "CAIRN_UNLOCK_FILE")]
    pub(crate) unlock_file: Option<PathBuf>,
    /// Read what shows your people, where they are hidden, from the first line of a file; `-` is standard input
    #[arg(long, global = true, value_name = "FILE", env = "CAIRN_PEOPLE_FILE")]
    pub(crate) people_file: Option<PathBuf>,
    /// Print JSON in place of text; its keys stay from version to version
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Command {
    /// Whether it shows or changes something that is between this person and others. `people` asks by itself.
    pub(crate) const fn is_about_people(&self) -> bool {
        match self {
            Self::Invite(_)
            | Self::Accept { .. }
            | Self::Decline { .. }
            | Self::Declare(_)
            | Self::Agreement { .. }
            | Self::Preferences { .. }
            | Self::Receipt { .. }
            | Self::Messages { .. }
            | Self::Say(_)
            | Self::Unsay { .. }
            | Self::KeepStrength { .. }
            | Self::KeepQuestion { .. }
            | Self::KeepProposal { .. }
            | Self::Wishes(_)
            | Self::Hours(_)
            | Self::Reflect(_)
            | Self::OwnStories { .. }
            | Self::Feedback { .. }
            | Self::Meetings { .. }
            | Self::Pause { .. }
            | Self::GoOn { .. }
            | Self::End { .. }
            | Self::Share(_)
            | Self::Shares
            | Self::Shared { .. }
            | Self::Narrow(_)
            | Self::AsShown { .. }
            | Self::Revoke { .. } => true,
            Self::Export(export) => matches!(export.format, FormatArg::Archive) && !export.no_people,
            Self::Profile { change } => matches!(change, Some(ProfileChange::ShowTo { .. })),
            _ => false,
        }
    }
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
    /// Set a passphrase or PIN that unlocks this journal here, change it, or take it away
    Passphrase {
        /// What to do
        #[command(subcommand)]
        command: PassphraseCommand,
    },
    /// Unlock the journal for a while, so that not every command asks
    Unlock {
        /// For how many minutes
        #[arg(long = "for", value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=1440))]
        minutes: i64,
    },
    /// Lock it again, now
    Lock,
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
    /// What you may want to show somebody later; only you know of this list
    NotYet(NotYet),
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
    /// Put what you erased beyond the reach of old copies of the relay's files: a new key for everything, and the old ones destroyed
    Shred {
        /// Only say how far it has come
        #[arg(long)]
        status: bool,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
    /// Erase for good what lies in the trash: one entry, or all of it; or the whole journal
    Erase(Erase),
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
    /// Your devices, and whether the relay lets this one in
    Devices {
        /// What to do; none lists them
        #[command(subcommand)]
        command: Option<DeviceCommand>,
    },
    /// The recovery phrase: words on paper that bring your journal back when every device is lost
    Recovery {
        /// What to do; none says how it stands
        #[command(subcommand)]
        command: Option<RecoveryCommand>,
    },
    /// Bring your journal back with its recovery phrase, onto a new device; its words are asked for, or read from standard input on one line
    Recover(Recover),
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
    /// Say not now to an invitation: they learn that much, and nothing else
    Decline {
        /// The code you were given
        code: String,
    },
    /// The people you share with, and the people who share with you
    People {
        /// What to do; without it, they are listed
        #[command(subcommand)]
        change: Option<PeopleChange>,
    },
    /// As a specialist: say how you know somebody already and what you can't keep to yourself, before they share anything
    Declare(Declare),
    /// What you and somebody agree on; nothing can be shared before you both have accepted the same words
    Agreement {
        /// With whom: their name, or an id that `people` shows
        person: String,
        /// What to do; none shows it
        #[command(subcommand)]
        change: Option<AgreementChange>,
    },
    /// As a specialist: what somebody says they'd like you to know
    Preferences {
        /// Whose: their name, or an id that `people` shows
        person: String,
    },
    /// The receipt of a share, yours or one shown to you, for other software: JSON
    Receipt {
        /// The share
        id: String,
        /// Its shape: `iso27560` (ISO/IEC TS 27560) or `fhir` (HL7 FHIR R4)
        #[arg(long, value_parser = ["iso27560", "fhir"], default_value = "iso27560", value_name = "SHAPE")]
        shape: String,
    },
    /// What you and somebody have said to each other
    Messages {
        /// With whom: their name, or an id that `people` shows
        person: String,
        /// How many of the last ones
        #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=200))]
        count: u16,
    },
    /// Say something to somebody: one of a few kinds, each with its own rules
    Say(Box<Say>),
    /// Take back something you said that has not left
    Unsay {
        /// To whom: their name, or an id that `people` shows
        person: String,
        /// The message
        id: String,
    },
    /// Keep a strength that they named, in your profile and for you alone
    KeepStrength {
        /// Who named it: their name, or an id that `people` shows
        person: String,
        /// The message
        id: String,
    },
    /// Keep a question that they asked, among your own questions to write from
    KeepQuestion {
        /// Who asked it: their name, or an id that `people` shows
        person: String,
        /// The message
        id: String,
    },
    /// Keep words that they proposed, in a section of your profile and for you alone
    KeepProposal {
        /// Who proposed them: their name, or an id that `people` shows
        person: String,
        /// The message
        id: String,
        /// The section: its name, or an id that `profile` shows
        section: String,
    },
    /// What you wish of their messages; without anything else it is shown
    Wishes(WishesArgs),
    /// When you take messages, for you alone; without anything else it is shown
    Hours(Hours),
    /// Before you tell of your own experience: whom it is for
    Reflect(Reflect),
    /// Of your last messages to somebody, how many were of your own experience
    OwnStories {
        /// To whom: their name, or an id that `people` shows
        person: String,
    },
    /// As a specialist: questions to put to yourself from time to time; nothing is kept of reading or skipping them
    SelfCheck,
    /// How it was: kept for you alone, and sent if you say so
    Feedback {
        /// With whom: their name, or an id that `people` shows
        person: String,
        /// What to do; without it, it is listed
        #[command(subcommand)]
        change: Option<FeedbackChange>,
    },
    /// The pages of your meetings, which both of you write: an agenda and notes, each your own lines
    Meetings {
        /// With whom: their name, or an id that `people` shows
        person: String,
        /// What to do; without it, they are listed
        #[command(subcommand)]
        change: Option<MeetingChange>,
    },
    /// Stop everything you show, and pause with everybody, at once: no question, offline too, and where your people are hidden
    StopEverything,
    /// Pause with somebody: nothing new is shown or said until you go on; it takes no reason
    Pause {
        /// With whom: their name, or an id that `people` shows
        person: String,
    },
    /// Go on after your pause
    GoOn {
        /// With whom: their name, or an id that `people` shows
        person: String,
    },
    /// End it with somebody for good, and stop everything you share with them; it takes no reason
    End {
        /// With whom: their name, or an id that `people` shows
        person: String,
        /// Words for them; a specialist says some
        #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
        words: String,
        /// A share that stays readable for a while; may be given several times
        #[arg(long, value_name = "ID", requires = "until")]
        keep: Vec<String>,
        /// Until when that is
        #[arg(long, value_name = "TIME", requires = "keep")]
        until: Option<String>,
    },
    /// Share parts of one entry with one person
    Share(Share),
    /// What you share, and until when
    Shares,
    /// What others share with you; with an id: what for, a notice, then their words, and they are told that you opened it
    Shared {
        /// What to open
        id: Option<String>,
    },
    /// Show less of something you share, or for a shorter time; to show more, share it again
    Narrow(Narrow),
    /// What you share, exactly as they read it; nobody is told
    AsShown {
        /// The share's id
        share: String,
    },
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
    /// Say where this device is woken while it sleeps, or see whether it is
    Wake {
        /// The address that a push service gave for it (UnifiedPush, Web Push)
        #[arg(long, value_name = "URL", conflicts_with = "off")]
        at: Option<String>,
        /// Nowhere from now on
        #[arg(long)]
        off: bool,
    },
    /// Bring entries in from another journal; what is here already stays as it is
    Import(Import),
    /// Take your journal out, whole or one entry: into files that open without any app, or for another one
    Export(Export),
    /// Take an archive in that `export` wrote; what is here already stays as it is
    RestoreArchive(RestoreArchive),
    /// Look whether the journal is whole
    Doctor,
    /// Mend a journal whose file was damaged: it is moved aside, and what can be read of it is kept
    Repair,
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
