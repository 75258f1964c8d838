//! What can be typed about other devices and other people: pairing, inviting, sharing.

use super::DEVICE;
use clap::{Args as ClapArgs, ValueEnum};

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
