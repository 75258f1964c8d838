//! What can be typed about what two people say to each other.

use super::OnOff;
use cairn_core::profile::{PeopleOrder, Weekdays};
use cairn_core::support::{
    DAY_MINUTES, Decision, FeltHeard, FeltPushed, LivedExperience, SupportWanted, TheyAsked, Whose, Window,
};
use chrono::{NaiveDate, Weekday};
use clap::{Args as ClapArgs, Subcommand};

/// The kinds of messages, by their words.
pub(crate) const KINDS: [&str; 16] = [
    "acknowledgement",
    "open_question",
    "offer_lived_experience",
    "offer_resource",
    "resource",
    "lived_experience",
    "practical",
    "response_to_feedback",
    "closing",
    "proposal",
    "words",
    "ask",
    "ask_for_proposal",
    "correction",
    "yes",
    "not_now",
];

/// What to say.
#[derive(Debug, ClapArgs)]
pub(crate) struct Say {
    /// To whom: their name, or an id that `people` shows
    pub(crate) person: String,
    /// What kind of message it is
    #[arg(value_parser = KINDS, value_name = "KIND")]
    pub(crate) kind: String,
    /// The words
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) text: String,
    /// What it is about: the id of something shared, or of a message
    #[arg(long, value_name = "ID")]
    pub(crate) about: Option<String>,
    /// What it touches, in your words
    #[arg(long = "topic", value_name = "TEXT")]
    pub(crate) topics: Vec<String>,
    /// Acknowledgement: a strength you noticed
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) strength: String,
    /// Resource: what it is called
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) title: String,
    /// Resource: what it is
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) what: String,
    /// Resource: where it is found
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) link: String,
    /// Resource: what it costs
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) cost: String,
    /// Resource: what makes you offer it
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) because: String,
    /// Resource, lived experience: the offer they took up, or what they asked for; proposal: what asked for it
    #[arg(long, value_name = "ID")]
    pub(crate) accepted: Option<String>,
    /// Lived experience: a question back
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) ask_back: String,
    /// Lived experience: the id that `reflect` gave
    #[arg(long, value_name = "ID")]
    pub(crate) reflection: Option<String>,
    /// Response to feedback: what you do differently
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) differently: String,
    /// Ask: what for
    #[arg(long, value_delimiter = ',', default_value = "listening", value_name = "WHAT", value_parser = wanted)]
    pub(crate) wanted: Vec<SupportWanted>,
    /// Look at the words first: say what may be worth a second look, and what makes a good acknowledgement; keep nothing
    #[arg(long)]
    pub(crate) look: bool,
}

/// What is wanted, by its word.
pub(crate) fn wanted(text: &str) -> Result<SupportWanted, String> {
    by_code(&SupportWanted::ALL, text)
}

/// An order of people, by its word.
pub(crate) fn people_order(text: &str) -> Result<PeopleOrder, String> {
    by_code(&PeopleOrder::ALL, text)
}

pub(super) fn by_code<T: Copy>(all: &[(T, &'static str)], text: &str) -> Result<T, String> {
    let found = all.iter().find(|(_, code)| *code == text);
    found.map(|(one, _)| *one).ok_or_else(|| {
        let codes: Vec<&str> = all.iter().map(|(_, code)| *code).collect();
        format!("it is one of {}", codes.join(", "))
    })
}

/// What is wished of messages.
#[derive(Debug, ClapArgs)]
pub(crate) struct WishesArgs {
    /// With whom: their name, or an id that `people` shows
    pub(crate) person: String,
    /// Whether they may tell of their own experience: never, ask_first, welcome
    #[arg(long, value_name = "WHETHER", value_parser = |text: &str| by_code(&LivedExperience::ALL, text))]
    pub(crate) lived_experience: Option<LivedExperience>,
    /// Characters of that at most
    #[arg(long, value_name = "NUMBER")]
    pub(crate) longest: Option<u16>,
    /// What is not to be brought up; takes the place of what was there
    #[arg(long = "off-limits", value_name = "TEXT")]
    pub(crate) off_limits: Vec<String>,
    /// Nothing is off limits
    #[arg(long, conflicts_with = "off_limits")]
    pub(crate) nothing_off_limits: bool,
    /// What you wish for where you are quiet; nothing happens by itself
    #[arg(long, value_name = "TEXT")]
    pub(crate) when_quiet: Option<String>,
    /// Whether what you show is acknowledged or asked about first: on, off. A story never comes first
    #[arg(long, value_name = "ON")]
    pub(crate) listen_first: Option<OnOff>,
    /// Whether a story that says what to do is kept from you: on, off
    #[arg(long, value_name = "ON")]
    pub(crate) no_directing: Option<OnOff>,
}

impl WishesArgs {
    pub(crate) const fn changes_nothing(&self) -> bool {
        self.lived_experience.is_none()
            && self.longest.is_none()
            && self.off_limits.is_empty()
            && !self.nothing_off_limits
            && self.when_quiet.is_none()
            && self.listen_first.is_none()
            && self.no_directing.is_none()
    }
}

/// When messages are taken.
#[derive(Debug, ClapArgs)]
pub(crate) struct Hours {
    /// With whom: their name, or an id that `people` shows
    pub(crate) person: String,
    /// Days and hours, like `mon,tue 10:00-16:00`; takes the place of what was there
    #[arg(long = "window", value_name = "DAYS FROM-UNTIL", value_parser = window)]
    pub(crate) windows: Vec<Window>,
    /// How many on one day at most
    #[arg(long, value_name = "NUMBER")]
    pub(crate) daily: Option<u16>,
    /// At any time, any number
    #[arg(long, conflicts_with_all = ["windows", "daily"])]
    pub(crate) any_time: bool,
}

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "mon"),
    (Weekday::Tue, "tue"),
    (Weekday::Wed, "wed"),
    (Weekday::Thu, "thu"),
    (Weekday::Fri, "fri"),
    (Weekday::Sat, "sat"),
    (Weekday::Sun, "sun"),
];

fn window(text: &str) -> Result<Window, String> {
    let form = "it has the form mon,tue 10:00-16:00";
    let (days, hours) = text.split_once(' ').ok_or(form)?;
    let (from, until) = hours.split_once('-').ok_or(form)?;
    let days: Result<Vec<Weekday>, String> = days.split(',').map(|day| by_code(&DAYS, day)).collect();
    let time = |text: &str| {
        let (hours, minutes) = text.split_once(':').ok_or(form)?;
        let part = |part: &str| part.parse::<u16>().map_err(|_| form.to_owned());
        let minute = part(hours)?.saturating_mul(60).saturating_add(part(minutes)?);
        if minute > DAY_MINUTES {
            Err(form.to_owned())
        } else {
            Ok(minute)
        }
    };
    Ok(Window {
        days: Weekdays::of(days?),
        from: time(from)?,
        until: time(until)?,
    })
}

/// A window as it is typed.
pub(crate) fn window_text(window: &Window) -> String {
    let days = DAYS.iter().filter(|(day, _)| window.days.contains(*day));
    let days: Vec<&str> = days.map(|(_, name)| *name).collect();
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{} {}-{}", days.join(","), time(window.from), time(window.until))
}

/// A look at oneself.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reflect {
    /// Before you tell whom: their name, or an id that `people` shows
    pub(crate) person: String,
    /// Whom it is for: theirs, both, mine, unsure
    #[arg(long, value_name = "WHOM", value_parser = |text: &str| by_code(&Whose::ALL, text))]
    pub(crate) for_whom: Whose,
    /// What you decide: share, shorten, keep_to_myself
    #[arg(long, value_name = "WHAT", value_parser = |text: &str| by_code(&Decision::ALL, text))]
    pub(crate) decide: Decision,
    /// Whether it gives them strength or weighs on them
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub(crate) words: String,
    /// Whether they asked to hear it: yes, i_asked_first, no
    #[arg(long, value_name = "WHETHER", value_parser = |text: &str| by_code(&TheyAsked::ALL, text))]
    pub(crate) asked: Option<TheyAsked>,
    /// It is the shortest that you can tell it in
    #[arg(long)]
    pub(crate) shortest: bool,
}

/// What to do with feedback.
#[derive(Debug, Subcommand)]
pub(crate) enum FeedbackChange {
    /// Keep how it was, for you alone
    Keep {
        /// How far you felt heard: not_at_all, a_little, mostly, fully, not_sure, unsaid
        #[arg(long, default_value = "unsaid", value_name = "HOW", value_parser = |text: &str| by_code(&FeltHeard::ALL, text))]
        heard: FeltHeard,
        /// How far you felt pushed: not_at_all, a_little, quite_a_bit, a_lot, not_sure, unsaid
        #[arg(long, default_value = "unsaid", value_name = "HOW", value_parser = |text: &str| by_code(&FeltPushed::ALL, text))]
        pushed: FeltPushed,
        /// Your words
        #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
        words: String,
        /// What it is about: the id of a message, of something you showed, or of a meeting
        #[arg(long, value_name = "ID")]
        about: Option<String>,
        /// The first of the days it is about, YYYY-MM-DD
        #[arg(long, value_name = "DAY", conflicts_with = "about")]
        from: Option<NaiveDate>,
        /// The last of them; the same day where it is left out
        #[arg(long, value_name = "DAY", requires = "from")]
        until: Option<NaiveDate>,
    },
    /// Keep, in one step, that a message felt like pressure
    Pressure {
        /// The message
        message: String,
    },
    /// What was sent, as both of you see it: what has no response yet comes first
    Sent,
    /// Send what you kept, as it is
    Send {
        /// Its id
        id: String,
    },
    /// Forget it
    Forget {
        /// Its id
        id: String,
    },
}
