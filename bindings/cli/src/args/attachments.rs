//! What can be typed about photos, sounds and files.

use cairn_core::journal::AttachmentKind;
use cairn_core::vault::AttachmentPolicy;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// What to attach.
#[derive(Debug, ClapArgs)]
pub(crate) struct Attach {
    /// The entry's id
    pub(crate) id: String,
    /// The photo, sound, video or other file; it stays where it is, and a sealed copy is kept
    pub(crate) file: PathBuf,
    /// Keep what the file says of where and with what it was made; left out otherwise, as far as its format is known
    #[arg(long)]
    pub(crate) keep_metadata: bool,
    /// What it shows, in words, for whoever does not see it
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) alt: String,
    /// What it is to you; else it goes by what it looks like
    #[arg(long)]
    pub(crate) kind: Option<KindArg>,
}

/// What to save.
#[derive(Debug, ClapArgs)]
pub(crate) struct Save {
    /// The entry's id
    pub(crate) id: String,
    /// Which of its attachments: its number in `show`, or the beginning of its id
    #[arg(value_name = "N|ID")]
    pub(crate) attachment: String,
    /// The file to make; one that is there already stays as it is
    pub(crate) path: PathBuf,
}

/// What an attachment is, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KindArg {
    /// A picture that was taken
    Photo,
    /// A sound
    Audio,
    /// Moving pictures
    Video,
    /// A picture that was drawn
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

/// What one sync does with attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CarryArg {
    /// Send and fetch all of them now, large ones too
    Now,
    /// Leave to later what `attachments --carry` leaves
    Later,
}

/// Which attachments are carried, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyArg {
    /// Those up to 2 MiB with every sync, larger ones with `sync --attachments now`
    Small,
    /// All of them with every sync
    Always,
    /// None but with `sync --attachments now`
    Later,
    /// Those of other devices when you save them
    OnDemand,
}

impl PolicyArg {
    /// The word for a choice.
    pub(crate) const fn of(policy: AttachmentPolicy) -> Self {
        match policy {
            AttachmentPolicy::SmallNow => Self::Small,
            AttachmentPolicy::Now => Self::Always,
            AttachmentPolicy::Later => Self::Later,
            AttachmentPolicy::OnDemand => Self::OnDemand,
        }
    }

    /// As it is typed.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Always => "always",
            Self::Later => "later",
            Self::OnDemand => "on-demand",
        }
    }
}

impl From<PolicyArg> for AttachmentPolicy {
    fn from(policy: PolicyArg) -> Self {
        match policy {
            PolicyArg::Small => Self::SmallNow,
            PolicyArg::Always => Self::Now,
            PolicyArg::Later => Self::Later,
            PolicyArg::OnDemand => Self::OnDemand,
        }
    }
}
