//! What two people say to each other, and what is wished of it.

use super::people::name_of;
use super::terms::on_its_way;
use crate::args::{FeedbackChange, Hours, OnOff, Reflect, Say, WishesArgs, window_text};
use crate::failure::Failure;
use crate::find::{self, Beginning};
use crate::moments;
use crate::output::json::{FeedbackValue, HoursValue, Id, MessageValue, WishesValue};
use crate::output::{Output, bold};
use cairn_core::id::{MessageId, ShareId, ThingId};
use cairn_core::limits::MESSAGES_PAGE_MAX;
use cairn_core::support::{
    About, ContactHours, Days, Feedback, FeedbackResponse, MessageCard, MessageState, Offered, RelationshipCard,
    Resource, Role, Saying, SelfReflection, SupportWanted, Unfit,
};
use cairn_core::vault::{NewMessage, Vault};
use cairn_core::words::advice::{self, Notice};
use cairn_core::words::{Sentence, messages as said};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// Messages that are counted for the mirror of one's own stories.
const MIRROR: usize = 20;

/// What was chosen, together.
pub(super) fn wanted_of(chosen: &[SupportWanted]) -> SupportWanted {
    chosen.iter().copied().reduce(SupportWanted::and).unwrap_or_default()
}

/// What is wanted, as a line.
pub(super) fn wanted_line(wanted: SupportWanted) -> String {
    said::wanted(wanted.codes())
}

pub(super) fn say(vault: &Vault, say: Say, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, &say.person)?;
    let (id, who) = (card.relationship.id, name_of(&card));
    if say.look {
        return look(&say, out);
    }
    let about = match &say.about {
        Some(text) => Some(about_of(vault, &card, text)?),
        None => None,
    };
    let accepted = match &say.accepted {
        Some(text) => Some(message(vault, &card, text)?),
        None => None,
    };
    let reflection = match &say.reflection {
        Some(text) => Some(thing(text)?),
        None => None,
    };
    let new = NewMessage {
        body: say.text.clone(),
        about,
        topics: say.topics.clone(),
        reflection,
        saying: saying(&say, accepted)?,
    };
    let message = vault.support().say(id, new).wait()?;
    let text = match card.relationship.role {
        Role::Participant => said::ON_ITS_WAY.text.to_owned(),
        Role::Specialist => said::IN_THEIR_HOURS.with(&[("who", &who)]),
    };
    on_its_way(vault, &message.to_string(), &text, out)
}

fn saying(say: &Say, accepted: Option<MessageId>) -> Result<Saying, Failure> {
    Ok(match say.kind.as_str() {
        "acknowledgement" => Saying::Acknowledgement {
            strength: say.strength.clone(),
        },
        "open_question" => Saying::OpenQuestion,
        "offer_lived_experience" => Saying::Offer(Offered::LivedExperience),
        "offer_resource" => Saying::Offer(Offered::Resource),
        "resource" => Saying::Resource {
            resource: Resource {
                title: say.title.clone(),
                what_it_is: say.what.clone(),
                link: say.link.clone(),
                cost: say.cost.clone(),
                why: say.because.clone(),
            },
            accepted,
        },
        "lived_experience" => Saying::LivedExperience {
            accepted,
            ask_back: say.ask_back.clone(),
        },
        "practical" => Saying::Practical,
        "response_to_feedback" => Saying::ResponseToFeedback {
            differently: say.differently.clone(),
        },
        "closing" => Saying::Closing,
        "proposal" => Saying::Proposal {
            asked: accepted.ok_or(cairn_core::vault::Error::from(Unfit::NotAskedFor))?,
        },
        "ask_for_proposal" => Saying::AskForProposal,
        "ask" => Saying::Ask(wanted_of(&say.wanted)),
        "correction" => Saying::Correction,
        "yes" => Saying::Yes,
        "not_now" => Saying::NotNow,
        _ => Saying::Words,
    })
}

/// What may be looked at again in a text, and what is good to know of its kind.
#[derive(Debug, Serialize)]
struct LookValue<'a> {
    advice: Vec<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    on_this_kind: Vec<&'a str>,
}

fn look(say: &Say, out: Output) -> Result<(), Failure> {
    let found = advice::advise(&say.text, say.kind == "open_question");
    let on_this_kind: Vec<&str> = match say.kind.as_str() {
        "acknowledgement" => advice::on_acknowledging().iter().map(|one| one.text).collect(),
        _ => Vec::new(),
    };
    if out.is_json() {
        let found: Vec<BTreeMap<&str, &str>> = found
            .iter()
            .map(|one| {
                let words = say.text.get(one.at.clone()).unwrap_or_default();
                BTreeMap::from([("notice", one.notice.code()), ("words", words)])
            })
            .collect();
        return out.value(&LookValue {
            advice: found,
            on_this_kind,
        });
    }
    on_this_kind.iter().try_for_each(|line| out.line(line))?;
    if say.text.is_empty() && !on_this_kind.is_empty() {
        return Ok(());
    }
    if found.is_empty() {
        return out.line("Nothing stands out. What you send is yours to decide.");
    }
    found.iter().try_for_each(|one| {
        let what = match one.notice {
            Notice::Closed => "can be answered with yes or no",
            Notice::AsksWhy => "asks for reasons",
            Notice::Leads => "says what to answer",
            Notice::Several => "asks more than one thing",
            Notice::Directs => "says what to do",
            Notice::Contact => "is a way of contact",
        };
        out.line(format!("{what}: {}", say.text.get(one.at.clone()).unwrap_or_default()))
    })
}

pub(super) fn unsay(vault: &Vault, person: &str, id: &str, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let message = message(vault, &card, id)?;
    vault.support().unsay(card.relationship.id, message).wait()?;
    if out.is_json() {
        return out.value(&Id {
            id: message.to_string(),
        });
    }
    out.line("Taken back. It has not left.")
}

pub(super) fn keep_strength(vault: &Vault, person: &str, id: &str, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let message = message(vault, &card, id)?;
    let id = vault.support().keep_strength(card.relationship.id, message).wait()?;
    kept(id.to_string(), said::STRENGTH_KEPT, out)
}

/// What was kept, by its id, and what becomes of it.
fn kept(id: String, sentence: Sentence, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&Id { id });
    }
    out.line(format!("{}  {sentence}", find::short(id)))
}

pub(super) fn keep_question(vault: &Vault, person: &str, id: &str, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let message = message(vault, &card, id)?;
    let id = vault.support().keep_question(card.relationship.id, message).wait()?;
    kept(id, said::QUESTION_KEPT, out)
}

pub(super) fn keep_proposal(vault: &Vault, person: &str, id: &str, section: &str, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let message = message(vault, &card, id)?;
    let section = super::profile::section_of(&vault.profile().read().wait()?, section)?;
    let id = vault.support().keep_proposal(card.relationship.id, message, section);
    kept(id.wait()?.to_string(), said::STRENGTH_KEPT, out)
}

fn all(vault: &Vault, card: &RelationshipCard) -> Result<Vec<MessageCard>, Failure> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let zone = moments::local_zone().name().to_owned();
        let id = card.relationship.id;
        let mut page = vault.support().messages(id, zone, before, MESSAGES_PAGE_MAX).wait()?;
        let Some(first) = page.first() else { return Ok(all) };
        before = Some(first.id);
        page.append(&mut all);
        all = page;
    }
}

pub(super) fn messages(vault: &Vault, person: &str, count: u16, out: Output) -> Result<(), Failure> {
    let card = find::anybody(vault, person)?;
    let who = name_of(&card);
    let zone = moments::local_zone().name().to_owned();
    let page = vault.support().messages(card.relationship.id, zone, None, count.into());
    let page = page.wait()?;
    if out.is_json() {
        let values: Vec<MessageValue> = page.iter().map(MessageValue::from).collect();
        return out.value(&BTreeMap::from([("messages", values)]));
    }
    if page.is_empty() {
        return out.line(said::NONE.text);
    }
    for message in &page {
        show(message, &card, &who, out)?;
    }
    Ok(())
}

fn show(card: &MessageCard, with: &RelationshipCard, who: &str, out: Output) -> Result<(), Failure> {
    match card.state {
        MessageState::Unfit => return out.line(said::UNFIT.text),
        MessageState::Withheld => {
            let line = said::WITHHELD.with(&[("who", who)]);
            return out.line(format!("{}  {line}", find::short(card.id)));
        }
        _ => {}
    }
    let Some(message) = &card.message else { return Ok(()) };
    let by = if card.by == with.relationship.role { "you" } else { who };
    let kind = message.saying.code().replace('_', " ");
    let time = moments::shown_here(card.at);
    let about = message
        .about
        .map(|about| format!(", {}", about_text(about)))
        .unwrap_or_default();
    out.line(bold(&format!("{}  {by}, {kind}, {time}{about}", find::short(card.id))))?;
    if card.quoted.is_some_and(|quoted| !quoted.is_here) {
        out.line(format!("          {}", said::NO_LONGER_SHARED.text))?;
    }
    let mut lines: Vec<String> = Vec::new();
    match &message.saying {
        Saying::Acknowledgement { strength } => lines.push(strength.clone()),
        Saying::Resource { resource, .. } => {
            lines.extend(
                [
                    &resource.title,
                    &resource.what_it_is,
                    &resource.link,
                    &resource.cost,
                    &resource.why,
                ]
                .map(String::clone),
            );
        }
        Saying::LivedExperience { ask_back, .. } => lines.push(ask_back.clone()),
        Saying::ResponseToFeedback { differently } => lines.push(differently.clone()),
        Saying::Ask(wanted) => lines.push(wanted_line(*wanted)),
        _ => {}
    }
    lines.insert(0, message.body.clone());
    lines.extend(
        card.corrections
            .iter()
            .map(|words| said::NOT_MEANT_SO.with(&[("words", words)])),
    );
    lines.extend(card.response.map(|response| {
        match response {
            FeedbackResponse::NotYet => said::NO_RESPONSE_YET.text,
            FeedbackResponse::Given(_) => said::RESPONDED.text,
        }
        .to_owned()
    }));
    if card.state == MessageState::Returned {
        lines.push(said::RETURNED.text.to_owned());
    }
    let lines = lines.iter().filter(|line| !line.is_empty());
    lines.clone().try_for_each(|line| out.line(format!("          {line}")))
}

pub(super) fn wishes(vault: &Vault, args: WishesArgs, out: Output) -> Result<(), Failure> {
    let card = find::anybody(vault, &args.person)?;
    let (id, who) = (card.relationship.id, name_of(&card));
    let mut wishes = vault.support().wishes(id).wait()?;
    if args.changes_nothing() {
        if out.is_json() {
            return out.value(&WishesValue::from(&wishes));
        }
        let (_, lived) = cairn_core::support::LivedExperience::ALL[wishes.lived_experience as usize];
        out.line(format!(
            "Their own experience: {}, {} characters at most",
            lived.replace('_', " "),
            wishes.lived_experience_max
        ))?;
        for topic in &wishes.off_limits {
            out.line(format!("Not to be brought up: {topic}"))?;
        }
        if !wishes.when_quiet.is_empty() {
            out.line(format!("When it is quiet: {}", wishes.when_quiet))?;
        }
        out.line(match wishes.listen_first {
            true => said::LISTEN_FIRST.text,
            false => said::LISTEN_FIRST_OFF.text,
        })?;
        out.line(match wishes.no_directing {
            true => said::NO_DIRECTING.text,
            false => said::NO_DIRECTING_OFF.text,
        })?;
        return Ok(());
    }
    wishes.lived_experience = args.lived_experience.unwrap_or(wishes.lived_experience);
    wishes.lived_experience_max = args.longest.unwrap_or(wishes.lived_experience_max);
    if args.nothing_off_limits {
        wishes.off_limits.clear();
    } else if !args.off_limits.is_empty() {
        wishes.off_limits = args.off_limits;
    }
    wishes.when_quiet = args.when_quiet.unwrap_or(wishes.when_quiet);
    wishes.listen_first = args.listen_first.map_or(wishes.listen_first, OnOff::is_on);
    wishes.no_directing = args.no_directing.map_or(wishes.no_directing, OnOff::is_on);
    vault.support().set_wishes(id, wishes).wait()?;
    on_its_way(vault, &id.to_string(), &said::WISHES_SET.with(&[("who", &who)]), out)
}

pub(super) fn hours(vault: &Vault, args: Hours, out: Output) -> Result<(), Failure> {
    let id = find::anybody(vault, &args.person)?.relationship.id;
    let before = vault.support().contact_hours(id).wait()?;
    let changes = args.any_time || !args.windows.is_empty() || args.daily.is_some();
    if changes {
        let hours = match args.any_time {
            true => ContactHours::default(),
            false => ContactHours {
                windows: if args.windows.is_empty() {
                    before.windows
                } else {
                    args.windows
                },
                daily_max: args.daily.or(before.daily_max),
            },
        };
        vault.support().set_contact_hours(id, hours).wait()?;
        if !out.is_json() {
            return out.line(said::HOURS_SET.text);
        }
        return out.value(&Id { id: id.to_string() });
    }
    let windows: Vec<String> = before.windows.iter().map(window_text).collect();
    if out.is_json() {
        return out.value(&HoursValue {
            windows,
            daily: before.daily_max,
        });
    }
    if windows.is_empty() {
        out.line("At any time.")?;
    }
    windows.iter().try_for_each(|window| out.line(window))?;
    match before.daily_max {
        Some(most) => out.line(format!("{most} on one day at most")),
        None => Ok(()),
    }
}

pub(super) fn reflect(vault: &Vault, args: Reflect, out: Output) -> Result<(), Failure> {
    let id = find::person(vault, &args.person)?.relationship.id;
    let (for_whom, decided) = (args.for_whom, args.decide);
    let reflection = SelfReflection {
        words: args.words,
        did_they_ask: args.asked,
        is_shortest: args.shortest,
        ..SelfReflection::new(for_whom, decided)
    };
    let made = vault.support().reflect(id, reflection).wait()?;
    if out.is_json() {
        return out.value(&Id { id: made.to_string() });
    }
    out.line(format!("{}  {}", find::short(made), said::REFLECTED.text))?;
    if SelfReflection::suggestion(for_whom) != decided {
        out.line(said::KEEP_IT.text)?;
    }
    out.line(format!("Its id: {made}"))
}

pub(super) fn own_stories(vault: &Vault, person: &str, out: Output) -> Result<(), Failure> {
    let id = find::person(vault, person)?.relationship.id;
    let (stories, of) = vault.support().own_stories(id, MIRROR).wait()?;
    if out.is_json() {
        return out.value(&BTreeMap::from([("stories", stories), ("of", of)]));
    }
    let numbers = [("count", of.to_string()), ("what", stories.to_string())];
    out.line(said::OWN_STORIES.with(&numbers.each_ref().map(|(name, number)| (*name, number.as_str()))))
}

pub(super) fn feedback(
    vault: &Vault,
    person: &str,
    change: Option<FeedbackChange>,
    out: Output,
) -> Result<(), Failure> {
    let card = find::anybody(vault, person)?;
    let (id, who) = (card.relationship.id, name_of(&card));
    let kept = |made: ThingId| kept(made.to_string(), said::FEEDBACK_KEPT, out);
    match change {
        Some(FeedbackChange::Keep {
            heard,
            pushed,
            words,
            about,
            from,
            until,
        }) => {
            let days = from.map(|from| days_of(from, until.unwrap_or(from))).transpose()?;
            let about = match about {
                Some(text) => Some(lived_through(vault, &card, &text)?),
                None => days.map(About::Days),
            };
            let feedback = Feedback {
                about,
                heard,
                pushed,
                words,
            };
            kept(vault.support().keep_feedback(id, feedback).wait()?)
        }
        Some(FeedbackChange::Pressure { message: text }) => {
            let message = message(vault, &card, &text)?;
            kept(vault.support().felt_like_pressure(id, message).wait()?)
        }
        Some(FeedbackChange::Send { id: text }) => {
            let feedback = kept_feedback(vault, &card, &text)?;
            let sent = vault.support().send_feedback(id, feedback).wait()?;
            let text = said::FEEDBACK_SENT.with(&[("who", &who)]);
            on_its_way(vault, &sent.to_string(), &text, out)
        }
        Some(FeedbackChange::Forget { id: text }) => {
            let feedback = kept_feedback(vault, &card, &text)?;
            vault.support().forget_feedback(id, feedback).wait()?;
            match out.is_json() {
                true => out.value(&Id {
                    id: feedback.to_string(),
                }),
                false => out.line("Gone from your devices. What was sent stays sent."),
            }
        }
        Some(FeedbackChange::Sent) => {
            let sent = vault
                .support()
                .sent_feedback(id, moments::local_zone().name().to_owned());
            let sent = sent.wait()?;
            if out.is_json() {
                let values: Vec<MessageValue> = sent.iter().map(MessageValue::from).collect();
                return out.value(&BTreeMap::from([("feedback", values)]));
            }
            if sent.is_empty() {
                return out.line(said::NO_FEEDBACK_SENT.text);
            }
            if card.relationship.role == Role::Specialist {
                out.line(said::RESPOND_FIRST.with(&[("who", &who)]))?;
            }
            sent.iter().try_for_each(|one| show(one, &card, &who, out))
        }
        None => list_feedback(vault, &card, out),
    }
}

fn list_feedback(vault: &Vault, card: &RelationshipCard, out: Output) -> Result<(), Failure> {
    let feedback = vault.support().feedback(card.relationship.id).wait()?;
    if out.is_json() {
        let values: Vec<FeedbackValue> = feedback.iter().map(FeedbackValue::from).collect();
        return out.value(&BTreeMap::from([("feedback", values)]));
    }
    feedback.iter().try_for_each(|one| {
        let value = FeedbackValue::from(one);
        let sent = if one.sent.is_some() { "sent" } else { "yours alone" };
        let time = moments::shown_here(one.at);
        out.line(format!("{}  {time}, {sent}", find::short(one.id)))?;
        let [heard, pushed] = [value.heard, value.pushed].map(|code| code.replace('_', " "));
        out.line(format!("          heard: {heard}; pushed: {pushed}"))?;
        if let Some(about) = one.feedback.about {
            out.line(format!("          {}", about_text(about)))?;
        }
        if one.feedback.words.is_empty() {
            return Ok(());
        }
        out.line(format!("          {}", one.feedback.words))
    })
}

/// These days, where they do not end before they begin.
fn days_of(first: NaiveDate, last: NaiveDate) -> Result<Days, Failure> {
    Days::new(first, last).ok_or_else(|| Failure::invalid("Nothing was kept: the last day is not before the first."))
}

/// What something is about, as it is shown.
fn about_text(about: About) -> String {
    match about {
        About::Share(id) => format!("about {}", find::short(id)),
        About::Message(id) => format!("about {}", find::short(id)),
        About::Meeting(id) => format!("about the meeting {}", find::short(id)),
        About::Days(days) if days.first() == days.last() => format!("about {}", days.first()),
        About::Days(days) => format!("about {} to {}", days.first(), days.last()),
    }
}

/// What feedback is about, by the beginning of its id: a meeting, something shared, or a message.
fn lived_through(vault: &Vault, card: &RelationshipCard, text: &str) -> Result<About, Failure> {
    let beginning = Beginning::parse(text).ok_or_else(nothing)?;
    let meetings = vault.support().meetings(card.relationship.id).wait()?;
    match find::only(&beginning, meetings.iter().map(|one| one.id), "meeting") {
        Ok(meeting) => Ok(About::Meeting(meeting)),
        Err(_) => about_of(vault, card, text),
    }
}

/// What a message is about, by the beginning of its id: something shared, or a message.
fn about_of(vault: &Vault, card: &RelationshipCard, text: &str) -> Result<About, Failure> {
    let beginning = Beginning::parse(text).ok_or_else(nothing)?;
    let shares: Vec<ShareId> = match card.relationship.role {
        Role::Participant => vault
            .support()
            .shares()
            .wait()?
            .iter()
            .map(|one| one.share.id())
            .collect(),
        Role::Specialist => vault
            .support()
            .shared_with_me()
            .wait()?
            .iter()
            .map(|one| one.share)
            .collect(),
    };
    match find::only(&beginning, shares, "share") {
        Ok(share) => Ok(About::Share(share)),
        Err(_) => Ok(About::Message(message(vault, card, text)?)),
    }
}

fn message(vault: &Vault, card: &RelationshipCard, text: &str) -> Result<MessageId, Failure> {
    let beginning = Beginning::parse(text).ok_or_else(nothing)?;
    find::only(&beginning, all(vault, card)?.iter().map(|one| one.id), "message")
}

fn kept_feedback(vault: &Vault, card: &RelationshipCard, text: &str) -> Result<ThingId, Failure> {
    let beginning = Beginning::parse(text).ok_or_else(nothing)?;
    let all = vault.support().feedback(card.relationship.id).wait()?;
    find::only(&beginning, all.iter().map(|one| one.id), "feedback")
}

fn thing(text: &str) -> Result<ThingId, Failure> {
    text.trim().parse().map_err(|_| nothing())
}

fn nothing() -> Failure {
    Failure::not_found("Nothing was changed: there is nothing with this id.")
}
