//! What can be typed about questions, feelings, hopes, the plan for hard times and support lines.

use cairn_core::profile::{HopeState, PlanList, Reach};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// Questions to write from.
#[derive(Debug, Subcommand)]
pub(crate) enum PromptCommand {
    /// The next question, or the first one
    Next {
        /// The id of the question before it
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// All of them, in your order
    List,
    /// What you have written to one question, in the order of time
    Answers {
        /// Its id
        id: String,
        /// Answers on the page
        #[arg(long, default_value_t = 20, value_name = "N")]
        count: usize,
        /// The page after this entry
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// Add a question of your own
    Add {
        /// The question
        text: String,
    },
    /// Put a question in your own words
    Change {
        /// Its id
        id: String,
        /// Your words
        text: String,
    },
    /// Leave a question out
    Hide {
        /// Its id
        id: String,
    },
    /// Ask a question again
    Show {
        /// Its id
        id: String,
    },
    /// Move a question
    Move {
        /// Its id
        id: String,
        /// The one it stands before then; none for the end
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// Take a question of your own away; a bundled one is as it came again
    Remove {
        /// Its id
        id: String,
    },
    /// Questions about hard stretches: on or off
    Tender {
        /// On or off
        state: OnOff,
    },
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    /// On
    On,
    /// Off
    Off,
}

impl OnOff {
    /// Whether it is on.
    pub(crate) const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

/// Words for feelings.
#[derive(Debug, Subcommand)]
pub(crate) enum FeelingCommand {
    /// Add a word, in any language
    Add {
        /// The word
        word: String,
        /// Its language, like `en` or `ja`
        #[arg(long, default_value = "", hide_default_value = true)]
        lang: String,
        /// The label of Apple's State of Mind it goes with, 1 to 38
        #[arg(long, value_name = "N")]
        label: Option<u8>,
    },
    /// Leave a word out of what is offered
    Hide {
        /// The word
        word: String,
    },
    /// Offer a word again
    Show {
        /// The word
        word: String,
    },
    /// Take a word out of the list; entries that use it keep it
    Remove {
        /// The word
        word: String,
    },
}

/// Hopes.
#[derive(Debug, Subcommand)]
pub(crate) enum HopeCommand {
    /// Add a hope
    Add {
        /// Your words
        text: String,
    },
    /// Change its words
    Change {
        /// Its id
        id: String,
        /// Your words
        text: String,
    },
    /// Say how you hold it
    Hold {
        /// Its id
        id: String,
        /// How
        how: HoldArg,
    },
    /// Move it
    Move {
        /// Its id
        id: String,
        /// The one it stands before then; none for the end
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// Take it away
    Remove {
        /// Its id
        id: String,
    },
}

/// How a hope is held, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum HoldArg {
    /// You hold it
    Holding,
    /// You set it aside
    SetAside,
    /// It is done for now
    DoneForNow,
}

impl From<HoldArg> for HopeState {
    fn from(how: HoldArg) -> Self {
        match how {
            HoldArg::Holding => Self::Holding,
            HoldArg::SetAside => Self::SetAside,
            HoldArg::DoneForNow => Self::DoneForNow,
        }
    }
}

/// The plan for hard times.
#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    /// Read it without unlocking the journal, where you allowed that
    #[arg(long)]
    pub(crate) open: bool,
    /// A change; none shows it
    #[command(subcommand)]
    pub(crate) change: Option<PlanChange>,
}

/// A change of the plan.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanChange {
    /// Add a line to a list
    Add {
        /// The list: one of the names that `plan lists` shows
        #[arg(value_parser = plan_list)]
        list: PlanList,
        /// Your words
        text: String,
    },
    /// The names of the lists
    Lists,
    /// Change the words of a line
    Change {
        /// Its id
        id: String,
        /// Your words
        text: String,
    },
    /// Move a line within its list
    Move {
        /// Its id
        id: String,
        /// The one it stands before then; none for the end
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// Take a line away
    Remove {
        /// Its id
        id: String,
    },
    /// Who and what is to be looked after; "" takes a part away
    LookAfter {
        /// Children
        #[arg(long)]
        children: Option<String>,
        /// Animals
        #[arg(long)]
        pets: Option<String>,
        /// The place you live in
        #[arg(long)]
        home: Option<String>,
        /// Work
        #[arg(long)]
        work: Option<String>,
    },
    /// What keeps you going: a list of your own, which comes up when you ask for it
    KeepsMeGoing {
        /// A change; none shows it
        #[command(subcommand)]
        change: Option<MainstayCommand>,
    },
    /// Whether the plan opens without unlocking the journal: whoever holds the device can read it then
    WithoutUnlock {
        /// On or off
        state: OnOff,
    },
}

/// What keeps the person going.
#[derive(Debug, Subcommand)]
pub(crate) enum MainstayCommand {
    /// Add something
    Add {
        /// Your words
        text: String,
    },
    /// Change its words
    Change {
        /// Its id
        id: String,
        /// Your words
        text: String,
    },
    /// Move it
    Move {
        /// Its id
        id: String,
        /// The one it stands before then; none for the end
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// Take it away
    Remove {
        /// Its id
        id: String,
    },
}

fn plan_list(text: &str) -> Result<PlanList, String> {
    PlanList::from_code(&text.replace('-', "_"))
        .ok_or_else(|| "there is no list of this name: `cairn plan lists` shows them".to_owned())
}

/// Support lines. Nothing here dials them.
#[derive(Debug, Subcommand)]
pub(crate) enum LineCommand {
    /// Add a line of your own
    Add {
        /// Whom one reaches
        name: String,
        /// The number, the short code and its word, or the address
        number: String,
        /// What you know of it
        #[command(flatten)]
        about: LineAbout,
    },
    /// Change what a line says
    Change {
        /// Its id
        id: String,
        /// Whom one reaches
        #[arg(long)]
        name: Option<String>,
        /// The number, the short code and its word, or the address
        #[arg(long)]
        number: Option<String>,
        /// What you know of it
        #[command(flatten)]
        about: LineAbout,
    },
    /// Take a line away
    Remove {
        /// Its id
        id: String,
    },
}

/// What is known of a line.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct LineAbout {
    /// Where it works
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// How it is reached
    #[arg(long)]
    pub(crate) reach: Option<ReachArg>,
    /// In which languages
    #[arg(long)]
    pub(crate) languages: Option<String>,
    /// When
    #[arg(long)]
    pub(crate) hours: Option<String>,
    /// The day on which you checked it, like 2026-03-01
    #[arg(long, value_name = "DATE")]
    pub(crate) checked: Option<chrono::NaiveDate>,
}

/// How a line is reached, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReachArg {
    /// By voice
    Call,
    /// By text message
    Text,
    /// By chat
    Chat,
}

impl From<ReachArg> for Reach {
    fn from(reach: ReachArg) -> Self {
        match reach {
            ReachArg::Call => Self::Call,
            ReachArg::Text => Self::Text,
            ReachArg::Chat => Self::Chat,
        }
    }
}
