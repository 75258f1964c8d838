//! What can be typed about one's own devices and the recovery phrase.

use super::{DEVICE, Pair};
use cairn_core::crypto::PhraseLength;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// What can be done about devices.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Pair another device of yours, as `cairn pair` does
    Add(Pair),
    /// Remove a device: it gets nothing that is written from now on; what was on it stays on it
    Remove(RemoveDevice),
    /// Call a device something else, on all of them; "" gives it back the name it came with
    Rename {
        /// Its name, or the beginning of its id
        device: String,
        /// Its new name
        name: String,
    },
    /// Say that each device on the list is yours, after this one was let in again
    Trust,
    /// Go on from this device where the relay has lost what it kept and lets none of yours in any more; the others join it afterwards
    BeginAgain {
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
    /// What came from a removed device after it was gone: to be kept or left out
    Arrivals,
    /// Take one of the arrivals into the journal
    Keep {
        /// Its id
        id: String,
    },
    /// Leave one of the arrivals out, for good
    LeaveOut {
        /// Its id
        id: String,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
}

/// Which device is to go.
#[derive(Debug, ClapArgs)]
pub(crate) struct RemoveDevice {
    /// Its name, or the beginning of its id
    pub(crate) device: String,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Use the recovery phrase, as a new device has to for an older one; its words are asked for, or read from standard input on one line
    #[arg(long)]
    pub(crate) with_phrase: bool,
}

/// What can be done about the recovery phrase.
#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryCommand {
    /// Make a recovery phrase: words for paper, shown once; three of them are typed back, or read from standard input
    New(NewPhrase),
    /// Type the words of the phrase there is once more, where the relay has lost what it needs; read from standard input on one line, or
    /// asked for
    Again,
}

/// Which recovery phrase.
#[derive(Debug, ClapArgs)]
pub(crate) struct NewPhrase {
    /// How many words it has
    #[arg(long, value_name = "12|24", default_value = "12")]
    pub(crate) words: WordsArg,
    /// Use the phrase there is, as a new device has to; its words are asked for, or read from standard input on one line
    #[arg(long)]
    pub(crate) with_phrase: bool,
}

/// How many words a phrase has, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WordsArg {
    /// 12 words
    #[value(name = "12")]
    Twelve,
    /// 24 words
    #[value(name = "24")]
    TwentyFour,
}

impl From<WordsArg> for PhraseLength {
    fn from(words: WordsArg) -> Self {
        match words {
            WordsArg::Twelve => Self::Twelve,
            WordsArg::TwentyFour => Self::TwentyFour,
        }
    }
}

/// Where a journal is brought back from.
#[derive(Debug, ClapArgs)]
pub(crate) struct Recover {
    /// The relay it is at
    #[arg(help = "The address of the relay it is at, like https://relay.example")]
    pub(crate) relay: String,
    /// What you call this device
    #[arg(long, value_name = "NAME", default_value = DEVICE)]
    pub(crate) device: String,
}
