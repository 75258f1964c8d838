//! What can be typed to take a journal out, and an archive in again.

use cairn_core::exchange::{ExportFormat, Story};
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// What to export.
#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// The file to write, or for Markdown the folder; one that is there stays
    pub(crate) path: PathBuf,
    /// The form
    #[arg(long, default_value = "archive")]
    pub(crate) format: FormatArg,
    /// Entries in the trash, too
    #[arg(long, conflicts_with = "entry")]
    pub(crate) trash: bool,
    /// One entry alone; in Markdown and HTML its words and nothing around them, to show to others
    #[arg(long, value_name = "ID")]
    pub(crate) entry: Option<String>,
    /// With --entry: what goes along with the words
    #[arg(long, value_delimiter = ',', value_name = "PARTS", requires = "entry")]
    pub(crate) with: Vec<StoryArg>,
    /// With --entry: everything that stands around the words
    #[arg(long, requires = "entry", conflicts_with = "with")]
    pub(crate) whole: bool,
    /// Leave photos and other attachments here
    #[arg(long)]
    pub(crate) no_attachments: bool,
    /// Leave out of an archive what is between you and others: people, consents, conversations
    #[arg(long)]
    pub(crate) no_people: bool,
    /// Where a passphrase comes from
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
    /// Put the file in the place of one that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to take in.
#[derive(Debug, ClapArgs)]
pub(crate) struct RestoreArchive {
    /// The archive
    pub(crate) path: PathBuf,
    /// Where its passphrase comes from
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
}

/// Where a passphrase comes from; never from the command line itself, which other programs can read.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Passphrase {
    /// Seal the file with a passphrase, or open it with one: it is asked for
    #[arg(long, conflicts_with = "passphrase_file")]
    pub(crate) passphrase: bool,
    /// Read the passphrase from the first line of a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// A form, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Everything, in files that open without any app, and that cairn takes in again
    Archive,
    /// A zip for Day One
    Dayone,
    /// The JSON of jrnl; attachments and feelings stay here
    Jrnl,
    /// The journal file that jrnl opens; attachments and feelings stay here
    JrnlText,
    /// A folder of Markdown files; a zip where the name ends with .zip
    Markdown,
    /// One page, to read and to print
    Html,
}

impl From<FormatArg> for ExportFormat {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Archive => Self::Archive,
            FormatArg::Dayone => Self::DayOne,
            FormatArg::Jrnl => Self::Jrnl,
            FormatArg::JrnlText => Self::JrnlText,
            FormatArg::Markdown => Self::Markdown,
            FormatArg::Html => Self::Html,
        }
    }
}

/// What goes along with the words of a story, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoryArg {
    /// The day
    Day,
    /// The tags
    Tags,
    /// The feelings
    Feelings,
    /// The names of people
    People,
    /// The place
    Place,
    /// Pictures, in HTML, without what their files say of where and with what they were made
    Pictures,
}

impl Export {
    /// What goes along with the words; none where everything does.
    pub(crate) fn story(&self) -> Option<Story> {
        let is_page = matches!(self.format, FormatArg::Markdown | FormatArg::Html);
        let with = |part| self.with.contains(&part);
        (self.entry.is_some() && is_page && !self.whole).then(|| Story {
            date: with(StoryArg::Day),
            tags: with(StoryArg::Tags),
            feelings: with(StoryArg::Feelings),
            people: with(StoryArg::People),
            place: with(StoryArg::Place),
            pictures: with(StoryArg::Pictures),
        })
    }
}
