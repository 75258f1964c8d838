//! What can be typed about other devices and other people: pairing, inviting, sharing.

use super::{DEVICE, New};
use cairn_core::profile::PeopleOrder;
use cairn_core::support::{Agreement, PriorConnection, Question, SupportWanted};
use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

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

/// What a specialist declares.
#[derive(Debug, ClapArgs)]
pub(crate) struct Declare {
    /// To whom: their name, or an id that `people` shows
    pub(crate) person: String,
    /// How you know them already
    #[arg(long, value_name = "HOW", value_parser = prior_connection)]
    pub(crate) prior: PriorConnection,
    /// That in your words
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) prior_words: String,
    /// What you can't keep to yourself: supervision, what you have to report
    #[arg(long, value_name = "TEXT")]
    pub(crate) limits: String,
    /// What you know from your own life and want to say so, in a few words, if you want to; again for more
    #[arg(long, value_name = "TEXT")]
    pub(crate) experience: Vec<String>,
    /// How you want to be spoken of, if you want to say so
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) pronouns: String,
    /// For whom you work, if you want to say so
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) organisation: String,
    /// What you are certified as, if you want to say so; nobody checks it here
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) certification: String,
    /// A language you speak, by its tag, like en or es-MX; again for more
    #[arg(long = "language", value_name = "TAG")]
    pub(crate) languages: Vec<String>,
}

fn prior_connection(text: &str) -> Result<PriorConnection, String> {
    let all = PriorConnection::ALL;
    all.into_iter()
        .find(|one| one.code() == text)
        .ok_or_else(|| format!("it is one of {}", all.map(PriorConnection::code).join(", ")))
}

/// What to do with the list of people.
#[derive(Debug, Subcommand)]
pub(crate) enum PeopleChange {
    /// Place somebody in the list, by hand
    Move {
        /// Whom: their name, or an id that `people` shows
        person: String,
        /// Before whom; last without it
        #[arg(long, value_name = "NAME|ID")]
        before: Option<String>,
    },
    /// How they are listed: by_hand, as you placed them, or by_name
    Order {
        /// The order; it is shown without one
        #[arg(value_name = "ORDER", value_parser = super::messages::people_order)]
        order: Option<PeopleOrder>,
    },
    /// Put a passphrase or PIN over your people on this device, or change it: who sits at your unlocked journal does not see with whom you share, what, and what you say to each other
    ///
    /// It hides, and seals nothing once more: whoever can read the key file can read all of it. Names in your entries and your profile are not hidden. A forgotten one cannot be found out: what is
    /// left then are your other devices.
    Hide(New),
    /// Take that away again
    Unhide,
}

/// What to do with an agreement.
#[derive(Debug, Subcommand)]
pub(crate) enum AgreementChange {
    /// Propose one, and accept it for yourself; what you leave out stays as it was in the last one
    Propose(Box<AgreementWords>),
    /// Accept one that was proposed: its words as they stand
    Accept {
        /// Its id, as `agreement` shows it
        id: String,
    },
}

/// The answers of an agreement; each may stay empty.
#[derive(Debug, ClapArgs)]
pub(crate) struct AgreementWords {
    /// What would make this good for the participant
    #[arg(long, value_name = "TEXT")]
    want_from_this: Option<String>,
    /// How the specialist can be of use
    #[arg(long, value_name = "TEXT")]
    how_support: Option<String>,
    /// How often, and how
    #[arg(long, value_name = "TEXT")]
    how_often: Option<String>,
    /// What the specialist brings
    #[arg(long, value_name = "TEXT")]
    specialist_offers: Option<String>,
    /// What the specialist needs
    #[arg(long, value_name = "TEXT")]
    specialist_needs: Option<String>,
    /// Contact outside of this
    #[arg(long, value_name = "TEXT")]
    outside_contact: Option<String>,
    /// What you do when you see something differently
    #[arg(long, value_name = "TEXT")]
    on_disagreement: Option<String>,
    /// How you would like to end
    #[arg(long, value_name = "TEXT")]
    how_to_end: Option<String>,
    /// A day on which you look at it again; nothing happens by itself then
    #[arg(long, value_name = "DATE")]
    review_on: Option<NaiveDate>,
    /// No such day
    #[arg(long, conflicts_with = "review_on")]
    no_review: bool,
    /// After the end the specialist may say one thing more
    #[arg(long)]
    closing_words: bool,
    /// They may not
    #[arg(long, conflicts_with = "closing_words")]
    no_closing_words: bool,
}

impl AgreementWords {
    /// The last agreement with these answers in it.
    pub(crate) fn with(self, mut last: Agreement) -> Agreement {
        let answers = [
            (Question::WantFromThis, self.want_from_this),
            (Question::HowSupport, self.how_support),
            (Question::HowOften, self.how_often),
            (Question::SpecialistOffers, self.specialist_offers),
            (Question::SpecialistNeeds, self.specialist_needs),
            (Question::OutsideContact, self.outside_contact),
            (Question::IfWeDisagree, self.on_disagreement),
            (Question::HowWeEnd, self.how_to_end),
        ];
        for (question, answer) in answers {
            if let (Some(place), Some(answer)) = (last.answers.get_mut(question.place()), answer) {
                *place = answer;
            }
        }
        last.review_on = self.review_on.or(last.review_on).filter(|_| !self.no_review);
        last.closing_words = (last.closing_words || self.closing_words) && !self.no_closing_words;
        last
    }
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
    /// What you would like of them; what `profile wanted` says, where you leave this out
    #[arg(long, value_delimiter = ',', value_name = "WHAT", value_parser = super::messages::wanted)]
    pub(crate) wanted: Vec<SupportWanted>,
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
    /// A passage of the words, exactly as it stands there, where they will not see all of them; may be given several times, in the order of the words
    #[arg(long = "passage", value_name = "TEXT", conflicts_with = "follow")]
    pub(crate) passages: Vec<String>,
    /// They will see later edits too
    #[arg(long)]
    pub(crate) follow: bool,
    /// Put a gate in front of it: they can open it first with the network only, and you see on which day they did
    #[arg(long)]
    pub(crate) gate: bool,
    /// Days their app lets it be read without the network; 0 for each time after reaching it alone. Left out: 7
    #[arg(long, value_name = "DAYS")]
    pub(crate) lease_days: Option<u16>,
    /// A photo, sound or file of the entry, by its number or the beginning of its id, where they will not see all of them; may be given several times
    #[arg(long = "attachment", value_name = "NUMBER|ID")]
    pub(crate) attachments: Vec<String>,
    /// The notice they read before it
    #[arg(long, value_name = "PACK", default_value = "generic")]
    pub(crate) notice: NoticeArg,
    /// A notice in your own words
    #[arg(long, value_name = "TEXT", conflicts_with = "notice")]
    pub(crate) notice_words: Option<String>,
}

/// A notice, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NoticeArg {
    /// That it is yours, and a request not to pass it on
    Generic,
    /// The statement of 42 CFR 2.32, where they work for a program under that rule
    #[value(name = "us_42cfr2")]
    Us42Cfr2,
}

/// What is left of a share.
#[derive(Debug, ClapArgs)]
pub(crate) struct Narrow {
    /// The share's id
    pub(crate) share: String,
    /// The parts they still see; as they are when nothing is given
    #[arg(long = "show", value_delimiter = ',', value_name = "PARTS")]
    pub(crate) parts: Vec<PartArg>,
    /// A time by which it ends
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
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
    /// Photos, sounds and files
    Attachments,
    /// What they show, in words
    Captions,
    /// How pleasant it was
    Valence,
    /// Who was there
    People,
    /// Your word for the place
    Place,
    /// The month
    Month,
    /// The day
    Day,
    /// The time of day, too
    Time,
}
