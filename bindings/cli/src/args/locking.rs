//! What can be typed about the passphrase.

use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// What can be done with the passphrase.
#[derive(Debug, Subcommand)]
pub(crate) enum PassphraseCommand {
    /// Set one: unlocking this journal asks for it from now on, on this device
    ///
    /// It lies over the key, so nothing of the journal is written anew. A forgotten one cannot be found out: what is left then is another
    /// device or an export. A PIN holds back whoever sits down here; whoever copies the key file finds six digits in a day.
    Set(New),
    /// Change it
    Change(New),
    /// Take it away: whoever can read the key file can read the journal again
    Remove,
}

/// A new passphrase; never on the command line itself, which other programs can read.
#[derive(Debug, ClapArgs)]
pub(crate) struct New {
    /// Digits alone, at least six of them
    #[arg(long)]
    pub(crate) pin: bool,
    /// Read the new one from the first line of a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) new_file: Option<PathBuf>,
}
