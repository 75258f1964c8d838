//! Values of what two people say to each other.

use cairn_core::limits;
use cairn_core::profile::Weekdays;
use cairn_core::support as core;
use cairn_core::vault;
use cairn_core::words::advice;
use uuid::Uuid;

use crate::ids::{message_id, thing_id};
use crate::{
    About, FeedbackResponse, FeltHeard, FeltPushed, Role, Timestamp, VaultError, Weekday, instant, same, silent_debug,
};

/// What of support is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SupportWanted {
    /// To be listened to.
    Listening,
    /// Ideas.
    Ideas,
    /// Company.
    Company,
    /// Practical help.
    PracticalHelp,
    /// Questions.
    Questions,
    /// Only to be read.
    JustReading,
    /// To hear how something similar went for the specialist.
    TheirStory,
}

/// What kind of message it is. The first ten are a specialist's, the others a participant's; there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MessageKind {
    /// That something was read and heard. It is about something shared, or about a message.
    Acknowledgement,
    /// An open question.
    OpenQuestion,
    /// Asks whether the participant wants to hear of the specialist's own experience.
    OfferLivedExperience,
    /// Asks whether they want to hear of something that may be of use.
    OfferResource,
    /// Something that may be of use.
    Resource,
    /// How something similar went for the specialist.
    LivedExperience,
    /// A time, a place, how to reach each other.
    Practical,
    /// A response to feedback.
    ResponseToFeedback,
    /// The one thing that may be said after the end, where both agreed that it may.
    Closing,
    /// Words for the participant's preferences, where they asked for that, once each time. They change nothing until the participant keeps them with `keep_proposal`.
    Proposal,
    /// Whatever a participant wants to say.
    Words,
    /// What they ask for.
    Ask,
    /// That the specialist is asked to propose words for the participant's preferences, once.
    AskForProposal,
    /// That something was not meant so.
    Correction,
    /// Yes to an offer.
    Yes,
    /// Not now. Nothing else is said, and no reason is asked for.
    NotNow,
    /// Feedback: sent with `send_feedback`.
    Feedback,
}

/// Something that may be of use.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Resource {
    /// What it is called.
    pub title: String,
    /// What it is.
    #[uniffi(default = "")]
    pub what_it_is: String,
    /// Where it is found.
    #[uniffi(default = "")]
    pub link: String,
    /// What it costs.
    #[uniffi(default = "")]
    pub cost: String,
    /// Why it is offered.
    #[uniffi(default = "")]
    pub why: String,
}

/// What somebody wants to say. What its kind does not have is left alone.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewMessage {
    /// Its kind.
    pub kind: MessageKind,
    /// The words, at most 4,000 characters; of a specialist's own experience at most what the participant wishes.
    #[uniffi(default = "")]
    pub body: String,
    /// What it is about: something shared, or a message.
    #[uniffi(default = None)]
    pub about: Option<About>,
    /// What it touches, in one's own words: at most 32, of 100 characters.
    #[uniffi(default = [])]
    pub topics: Vec<String>,
    /// Acknowledgement: a strength that was noticed, at most 280 characters.
    #[uniffi(default = "")]
    pub strength: String,
    /// Resource: what it is.
    #[uniffi(default = None)]
    pub resource: Option<Resource>,
    /// Resource, lived experience: the offer that was taken up, or the request. Proposal: what asked for it.
    #[uniffi(default = None)]
    pub accepted: Option<Uuid>,
    /// Lived experience: a question back.
    #[uniffi(default = "")]
    pub ask_back: String,
    /// Lived experience: the id that `reflect` gave.
    #[uniffi(default = None)]
    pub reflection: Option<Uuid>,
    /// Response to feedback: what is done differently.
    #[uniffi(default = "")]
    pub differently: String,
    /// Ask: what for.
    #[uniffi(default = [])]
    pub wanted: Vec<SupportWanted>,
}

/// How it stands with a message on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MessageState {
    /// One's own, and still here.
    Waiting,
    /// One's own, and on its way. Whether it was read nobody is told.
    Sent,
    /// A specialist's own: the preferences have changed since it was written. Open them, take it back, and write it again.
    Returned,
    /// The other's.
    Arrived,
    /// The other's: an offer. What it holds is shown after a yes to it.
    Withheld,
    /// The other's: it did not fit what was agreed, and is not shown. Say no more of it than a plain line.
    Unfit,
}

/// One message, as it is to be shown.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// By whom.
    pub by: Role,
    /// How it stands.
    pub state: MessageState,
    /// Its kind; nothing where it is withheld or did not fit, and then nothing below but `at` says anything.
    pub kind: Option<MessageKind>,
    /// The words.
    pub body: String,
    /// What it is about.
    pub about: Option<About>,
    /// Whether what it is about is still here; where it is not, say that it is no longer shared.
    pub is_about_something_here: bool,
    /// When it is shown here, or was said here.
    pub at: Timestamp,
    /// Whether it is shown folded, below the participant's own words.
    pub is_collapsed: bool,
    /// What the participant said it was not meant like: show it with this message, always.
    pub corrections: Vec<String>,
    /// What it touches.
    pub topics: Vec<String>,
    /// Acknowledgement: a strength that was noticed.
    pub strength: String,
    /// Resource: what it is.
    pub resource: Option<Resource>,
    /// Lived experience: a question back.
    pub ask_back: String,
    /// Response to feedback: what is done differently.
    pub differently: String,
    /// Ask: what for.
    pub wanted: Vec<SupportWanted>,
    /// Feedback: how far they felt heard.
    pub heard: Option<FeltHeard>,
    /// Feedback: how far they felt pushed.
    pub pushed: Option<FeltPushed>,
    /// Feedback: whether the specialist has responded to it. Both of the two are told the same; remind nobody of it.
    pub response: Option<FeedbackResponse>,
}

/// Whether a specialist may tell of their own experience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LivedExperience {
    /// Never.
    Never,
    /// Where they have asked first.
    AskFirst,
    /// Without asking.
    Welcome,
}

/// What a participant wishes of messages. The specialist sees it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Wishes {
    /// Whether the specialist may tell of their own experience.
    pub lived_experience: LivedExperience,
    /// Characters of such a message at most, at most 1,200.
    #[uniffi(default = 600)]
    pub lived_experience_max: i32,
    /// What is not to be brought up: at most 32, of 100 characters.
    #[uniffi(default = [])]
    pub off_limits: Vec<String>,
    /// What they wish for where they are quiet, in their words. No software does anything by it.
    #[uniffi(default = "")]
    pub when_quiet: String,
    /// Whether what is shared is acknowledged or asked about first, where nothing else was wanted with it. A story never comes first, whatever is said here.
    #[uniffi(default = true)]
    pub listen_first: bool,
    /// Whether a story that says what to do is not shown. Such words are known by a list, which is never whole.
    #[uniffi(default = true)]
    pub no_directing: bool,
}

/// Hours of some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ContactWindow {
    /// The days.
    pub days: Vec<Weekday>,
    /// From this time on the wall on, `HH:MM`.
    pub begins: String,
    /// Until this one, which is later on the same day; `24:00` is its end.
    pub ends: String,
}

/// When a participant takes messages: told to nobody.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ContactHours {
    /// The windows; none is any time.
    #[uniffi(default = [])]
    pub windows: Vec<ContactWindow>,
    /// How many on one day at most; nothing is any number.
    #[uniffi(default = None)]
    pub daily_max: Option<i32>,
}

/// What a specialist may look at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Notice {
    /// A question that is answered with yes or no.
    Closed,
    /// A question that asks for reasons.
    AsksWhy,
    /// A question that says what to answer.
    Leads,
    /// More than one question at once.
    Several,
    /// Language that directs.
    Directs,
    /// A way of contact.
    Contact,
}

/// One thing to look at again, and the words it is about.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Advice {
    /// What.
    pub notice: Notice,
    /// The words.
    pub words: String,
}

silent_debug!(Resource, NewMessage, Message, Wishes, Advice);

/// What a specialist may look at again before they send something; `is_question` where the whole is meant to be one open question. Advice and no more: never keep
/// anybody from sending what they wrote. English alone in this version. Fails for a text that no message can hold.
#[uniffi::export]
pub fn advise(text: String, is_question: bool) -> Result<Vec<Advice>, VaultError> {
    if text.chars().nth(limits::MESSAGE_CHARACTERS_MAX).is_some() {
        return Err(vault::Error::from(core::Unfit::TooLong).into());
    }
    let found = advice::advise(&text, is_question).into_iter();
    Ok(found
        .map(|one| Advice {
            notice: match one.notice {
                advice::Notice::Closed => Notice::Closed,
                advice::Notice::AsksWhy => Notice::AsksWhy,
                advice::Notice::Leads => Notice::Leads,
                advice::Notice::Several => Notice::Several,
                advice::Notice::Directs => Notice::Directs,
                advice::Notice::Contact => Notice::Contact,
            },
            words: text.get(one.at).unwrap_or_default().to_owned(),
        })
        .collect())
}

/// What makes a good acknowledgement, for a specialist who is about to write one: show it beside the field, and let the field begin empty. None of it is to be sent, and
/// nothing of it is kept.
#[uniffi::export]
pub fn advice_on_acknowledging() -> Result<Vec<String>, VaultError> {
    let sentences = advice::on_acknowledging().iter();
    Ok(sentences.map(|sentence| sentence.text.to_owned()).collect())
}

same! {
    LivedExperience, core::LivedExperience { Never, AskFirst, Welcome };
    MessageState, core::MessageState { Waiting, Sent, Returned, Arrived, Withheld, Unfit };
}

impl SupportWanted {
    const ALL: [(Self, core::SupportWanted); 7] = [
        (Self::Listening, core::SupportWanted::LISTENING),
        (Self::Ideas, core::SupportWanted::IDEAS),
        (Self::Company, core::SupportWanted::COMPANY),
        (Self::PracticalHelp, core::SupportWanted::PRACTICAL_HELP),
        (Self::Questions, core::SupportWanted::QUESTIONS),
        (Self::JustReading, core::SupportWanted::JUST_READING),
        (Self::TheirStory, core::SupportWanted::THEIR_STORY),
    ];

    pub(crate) fn of(wanted: core::SupportWanted) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|(_, one)| wanted.includes(*one))
            .map(|(ours, _)| ours)
            .collect()
    }

    /// What was chosen, listening where nothing was.
    pub(crate) fn all(wanted: &[Self]) -> core::SupportWanted {
        Self::said(wanted).unwrap_or_default()
    }

    /// What was chosen; none where nothing was.
    pub(crate) fn said(wanted: &[Self]) -> Option<core::SupportWanted> {
        let chosen = Self::ALL.into_iter().filter(|(ours, _)| wanted.contains(ours));
        chosen.map(|(_, one)| one).reduce(core::SupportWanted::and)
    }
}

impl From<Resource> for core::Resource {
    fn from(resource: Resource) -> Self {
        let Resource {
            title,
            what_it_is,
            link,
            cost,
            why,
        } = resource;
        Self {
            title,
            what_it_is,
            link,
            cost,
            why,
        }
    }
}

impl From<core::Resource> for Resource {
    fn from(resource: core::Resource) -> Self {
        let core::Resource {
            title,
            what_it_is,
            link,
            cost,
            why,
        } = resource;
        Self {
            title,
            what_it_is,
            link,
            cost,
            why,
        }
    }
}

impl TryFrom<NewMessage> for vault::NewMessage {
    type Error = VaultError;

    fn try_from(new: NewMessage) -> Result<Self, VaultError> {
        let accepted = new.accepted.map(message_id);
        let saying = match new.kind {
            MessageKind::Acknowledgement => core::Saying::Acknowledgement { strength: new.strength },
            MessageKind::OpenQuestion => core::Saying::OpenQuestion,
            MessageKind::OfferLivedExperience => core::Saying::Offer(core::Offered::LivedExperience),
            MessageKind::OfferResource => core::Saying::Offer(core::Offered::Resource),
            MessageKind::Resource => core::Saying::Resource {
                resource: new.resource.map(core::Resource::from).unwrap_or_default(),
                accepted,
            },
            MessageKind::LivedExperience => core::Saying::LivedExperience {
                accepted,
                ask_back: new.ask_back,
            },
            MessageKind::Practical => core::Saying::Practical,
            MessageKind::ResponseToFeedback => core::Saying::ResponseToFeedback {
                differently: new.differently,
            },
            MessageKind::Closing => core::Saying::Closing,
            MessageKind::Proposal => core::Saying::Proposal {
                asked: accepted.ok_or_else(|| VaultError::from(vault::Error::from(core::Unfit::NotAskedFor)))?,
            },
            MessageKind::Words => core::Saying::Words,
            MessageKind::Ask => core::Saying::Ask(SupportWanted::all(&new.wanted)),
            MessageKind::AskForProposal => core::Saying::AskForProposal,
            MessageKind::Correction => core::Saying::Correction,
            MessageKind::Yes => core::Saying::Yes,
            MessageKind::NotNow => core::Saying::NotNow,
            MessageKind::Feedback => {
                return Err(VaultError::invalid("feedback is kept first, and sent as it was kept"));
            }
        };
        Ok(Self {
            saying,
            body: new.body,
            about: new.about.map(core::About::try_from).transpose()?,
            topics: new.topics,
            reflection: new.reflection.map(thing_id),
        })
    }
}

impl From<core::MessageCard> for Message {
    fn from(card: core::MessageCard) -> Self {
        let mut shown = Self {
            id: Uuid::from_bytes(*card.id.as_bytes()),
            by: card.by.into(),
            state: card.state.into(),
            kind: None,
            body: String::new(),
            about: None,
            is_about_something_here: card.quoted.is_none_or(|quoted| quoted.is_here),
            at: instant(card.at),
            is_collapsed: card.is_collapsed,
            corrections: card.corrections,
            topics: Vec::new(),
            strength: String::new(),
            resource: None,
            ask_back: String::new(),
            differently: String::new(),
            wanted: Vec::new(),
            heard: None,
            pushed: None,
            response: card.response.map(FeedbackResponse::from),
        };
        let Some(message) = card.message else { return shown };
        shown.body = message.body;
        shown.topics = message.topics;
        shown.about = message.about.map(About::from);
        shown.kind = Some(match message.saying {
            core::Saying::Acknowledgement { strength } => {
                shown.strength = strength;
                MessageKind::Acknowledgement
            }
            core::Saying::OpenQuestion => MessageKind::OpenQuestion,
            core::Saying::Offer(core::Offered::LivedExperience) => MessageKind::OfferLivedExperience,
            core::Saying::Offer(core::Offered::Resource) => MessageKind::OfferResource,
            core::Saying::Resource { resource, .. } => {
                shown.resource = Some(resource.into());
                MessageKind::Resource
            }
            core::Saying::LivedExperience { ask_back, .. } => {
                shown.ask_back = ask_back;
                MessageKind::LivedExperience
            }
            core::Saying::Practical => MessageKind::Practical,
            core::Saying::ResponseToFeedback { differently } => {
                shown.differently = differently;
                MessageKind::ResponseToFeedback
            }
            core::Saying::Closing => MessageKind::Closing,
            core::Saying::Proposal { .. } => MessageKind::Proposal,
            core::Saying::Words => MessageKind::Words,
            core::Saying::Ask(wanted) => {
                shown.wanted = SupportWanted::of(wanted);
                MessageKind::Ask
            }
            core::Saying::AskForProposal => MessageKind::AskForProposal,
            core::Saying::Correction => MessageKind::Correction,
            core::Saying::Yes => MessageKind::Yes,
            core::Saying::NotNow => MessageKind::NotNow,
            core::Saying::Feedback { heard, pushed } => {
                (shown.heard, shown.pushed) = (Some(heard.into()), Some(pushed.into()));
                MessageKind::Feedback
            }
        });
        shown
    }
}

impl TryFrom<Wishes> for core::Wishes {
    type Error = VaultError;

    fn try_from(wishes: Wishes) -> Result<Self, VaultError> {
        let most = u16::try_from(wishes.lived_experience_max);
        Ok(Self {
            version: 0,
            lived_experience: wishes.lived_experience.into(),
            lived_experience_max: most.map_err(|_| VaultError::invalid("this is no number of characters"))?,
            off_limits: wishes.off_limits,
            when_quiet: wishes.when_quiet,
            listen_first: wishes.listen_first,
            no_directing: wishes.no_directing,
        })
    }
}

impl From<core::Wishes> for Wishes {
    fn from(wishes: core::Wishes) -> Self {
        Self {
            lived_experience: wishes.lived_experience.into(),
            lived_experience_max: wishes.lived_experience_max.into(),
            off_limits: wishes.off_limits,
            when_quiet: wishes.when_quiet,
            listen_first: wishes.listen_first,
            no_directing: wishes.no_directing,
        }
    }
}

impl TryFrom<ContactHours> for core::ContactHours {
    type Error = VaultError;

    fn try_from(hours: ContactHours) -> Result<Self, VaultError> {
        let window = |window: ContactWindow| -> Result<core::Window, VaultError> {
            Ok(core::Window {
                days: Weekdays::of(window.days.into_iter().map(chrono::Weekday::from)),
                from: minute(&window.begins)?,
                until: minute(&window.ends)?,
            })
        };
        let windows: Result<Vec<core::Window>, VaultError> = hours.windows.into_iter().map(window).collect();
        let number = |number| u16::try_from(number).map_err(|_| VaultError::invalid("this is no number of messages"));
        Ok(Self {
            windows: windows?,
            daily_max: hours.daily_max.map(number).transpose()?,
        })
    }
}

/// The minute of the day of a time on the wall.
fn minute(text: &str) -> Result<u16, VaultError> {
    let invalid = || VaultError::invalid("a time has the form HH:MM");
    let (hours, minutes) = text.split_once(':').ok_or_else(invalid)?;
    let part = |part: &str, most: u16| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|number| is_plain && *number <= most)
    };
    let minute = part(hours, 24)
        .zip(part(minutes, 59))
        .map(|(hours, minutes)| hours * 60 + minutes);
    minute.filter(|minute| *minute <= core::DAY_MINUTES).ok_or_else(invalid)
}

impl From<core::ContactHours> for ContactHours {
    fn from(hours: core::ContactHours) -> Self {
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let windows = hours.windows.into_iter().map(|window| ContactWindow {
            days: window.days.days().map(Weekday::from).collect(),
            begins: time(window.from),
            ends: time(window.until),
        });
        Self {
            windows: windows.collect(),
            daily_max: hours.daily_max.map(i32::from),
        }
    }
}
