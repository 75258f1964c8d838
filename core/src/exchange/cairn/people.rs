//! `relationships.json`: people, as far as an export says anything of them. No key is in it.
//!
//! `format` `cairn-relationships`, `version` 1, `relationships`: a list of
//!
//! | name | value |
//! |---|---|
//! | `id` | text |
//! | `own_role` | `participant` or `specialist` |
//! | `own_name`, `name` | text; `name` none before they were met, and where one is the specialist oneself |
//! | `status` | `invited agreeing active paused ended` |
//! | `declined` | `true` where the invitation was declined; not there where it was not |
//! | `created`, `met`, `ended` | a time as in an entry's file; none where it has not come |
//! | `paused_by_me`, `paused_by_other` | flag |
//! | `own_goodbye`, `goodbye` | text; `goodbye` empty where the other ended it without a word, none where they did not |
//! | `declaration` | `{version, prior_connection, prior_words, confidentiality_limits, experience, pronouns, organisation, certification, languages}`, the last one, or none; `experience` and `languages`, lists of text, and what else they say of themselves are not there where nothing is said |
//! | `agreements` | list of `{version, proposed_by, received, accepted_by, in_force, answers, review_on, closing_words}`; `in_force` follows from the rest |
//! | `shown_sections` | list of ids |
//! | `wishes` | `{version, lived_experience, lived_experience_max, off_limits, when_quiet, listen_first, no_directing}`: of the last two `false`, or not there |
//! | `hours` | `{windows: [{days, from, until}], daily_max}`: days `Mon` to `Sun`, times `HH:MM` |
//! | `kept_feedback` | list of `{id, at, message, about, heard, pushed, words, sent}`, `message` the one it is about, `about` as in a conversation where it is about something else, else not there: what the participant kept for themselves |
//! | `meetings` | list of `{id, day, agenda, notes}`: pages that the two wrote together; both lists of `{id, by, words}`, `words` a list of text; earlier versions of this software wrote none |
//! | `kept_from` | a time: when the export was made from which this one had it; none where it is from a relationship itself |
//!
//! Of a relationship in which one is the specialist there is what one has said oneself, and nothing of the participant's: `name`, `goodbye`, what they proposed, and all that follows
//! `shown_sections` are not there. `received`, and what follows `shown_sections`, earlier versions of this software did not write.

use super::entry::{list, read_time, text, time};
use crate::clock::Timestamp;
use crate::profile::Weekdays;
use crate::support::{
    About, Agreement, ContactHours, DAY_MINUTES, Days, Declaration, Feedback, FeltHeard, FeltPushed, Introduction,
    KeptFeedback, KeptRelationship, LivedExperience, Meeting, MeetingLine, PriorConnection, Proposal, Question, Role,
    Status, Terms, Window, Wishes,
};
use chrono::Weekday;
use serde_json::{Map, Value, json};

/// What the file says it is.
const FORMAT: &str = "cairn-relationships";
/// The version of its form.
const VERSION: u64 = 1;

/// The relationships, without keys.
pub(super) fn relationships(all: &[KeptRelationship]) -> Value {
    json!({"format": FORMAT, "version": VERSION, "relationships": all.iter().map(one).collect::<Vec<_>>()})
}

/// The word for how far it had come. Of an invitation that came to nothing an earlier version knows no more than that there was one.
const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Declined | Status::Expired => Status::Invited.code(),
        status => status.code(),
    }
}

fn one(kept: &KeptRelationship) -> Value {
    let terms = &kept.terms;
    let mut value = json!({
        "id": kept.id.to_string(),
        "own_role": role(kept.role),
        "own_name": kept.own_name,
        "name": kept.name,
        "status": status_word(kept.status),
        "created": time(kept.created),
        "met": kept.met.map(time),
        "paused_by_me": kept.is_paused_by_me,
        "paused_by_other": kept.is_paused_by_other,
        "ended": kept.ended.map(time),
        "own_goodbye": Some(&kept.own_goodbye).filter(|words| !words.is_empty()),
        "goodbye": kept.goodbye,
        "declaration": terms.declaration().map(declaration),
        "agreements": terms.proposals.iter().map(|one| agreement(terms, one)).collect::<Vec<_>>(),
        "shown_sections": kept.shown_sections.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let (Status::Declined, Some(value)) = (kept.status, value.as_object_mut()) {
        value.insert("declined".to_owned(), true.into());
    }
    if let (Role::Participant, Some(value)) = (kept.role, value.as_object_mut()) {
        value.insert("wishes".to_owned(), wishes(&kept.wishes));
        value.insert("hours".to_owned(), hours(&kept.hours));
        let feedback = kept.feedback.iter().map(feedback).collect::<Vec<_>>();
        value.insert("kept_feedback".to_owned(), feedback.into());
        let meetings = kept.meetings.iter().map(meeting).collect::<Vec<_>>();
        value.insert("meetings".to_owned(), meetings.into());
        if let Some(made) = kept.kept_from {
            value.insert("kept_from".to_owned(), time(made));
        }
    }
    value
}

/// Whether a file is this one at all.
pub(super) fn is_relationships(value: &Value) -> bool {
    value.get("format").and_then(Value::as_str) == Some(FORMAT)
}

/// Whether a file is of a form that is read here.
pub(super) fn is_known_form(value: &Value) -> bool {
    value.get("version").and_then(Value::as_u64) == Some(VERSION)
}

/// The relationships of a file; none where one is not as [`relationships`] writes it.
pub(super) fn read_relationships(value: &Value) -> Option<Vec<KeptRelationship>> {
    list(value.get("relationships")?, read_one)
}

fn read_one(value: &Value) -> Option<KeptRelationship> {
    let flag = |name: &str| value.get(name)?.as_bool();
    let role = read_role(value.get("own_role")?)?;
    let created = read_time(value.get("created")?)?;
    let declined = may_be(value, "declined", Value::as_bool)?;
    let mut terms = Terms::default();
    terms
        .declarations
        .extend(may_be(value, "declaration", read_declaration)?);
    for (number, one) in (0_u32..).zip(value.get("agreements")?.as_array()?) {
        // What it is accepted by follows from its bytes, which are made where it is taken in. Until then it has a number.
        let mut hash = [0; 32];
        hash.iter_mut()
            .zip(number.to_be_bytes())
            .for_each(|(at, byte)| *at = byte);
        let accepted = list(one.get("accepted_by")?, read_role)?;
        terms.accepted.extend(accepted.into_iter().map(|by| (hash, by)));
        terms.proposals.push(read_agreement(one, hash, created)?);
    }
    Some(KeptRelationship {
        id: value.get("id")?.as_str()?.parse().ok()?,
        role,
        own_name: text(value.get("own_name")?)?,
        name: may_be(value, "name", text)?,
        status: match (Status::from_code(value.get("status")?.as_str()?)?, declined) {
            (Status::Invited, Some(true)) => Status::Declined,
            (status, _) => status,
        },
        created,
        met: may_be(value, "met", read_time)?,
        ended: may_be(value, "ended", read_time)?,
        is_paused_by_me: flag("paused_by_me")?,
        is_paused_by_other: flag("paused_by_other")?,
        own_goodbye: may_be(value, "own_goodbye", text)?.unwrap_or_default(),
        goodbye: may_be(value, "goodbye", text)?,
        terms,
        shown_sections: list(value.get("shown_sections")?, |id| id.as_str()?.parse().ok())?
            .into_iter()
            .collect(),
        wishes: may_be(value, "wishes", read_wishes)?.unwrap_or_default(),
        hours: may_be(value, "hours", read_hours)?.unwrap_or_default(),
        feedback: may_be(value, "kept_feedback", |all| list(all, read_feedback))?.unwrap_or_default(),
        meetings: may_be(value, "meetings", |all| list(all, read_meeting))?.unwrap_or_default(),
        kept_from: may_be(value, "kept_from", read_time)?,
    })
}

/// What has this name and reads as it is to; nothing at all where it is there and does not read.
pub(super) fn may_be<T>(value: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match value.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(there) => read(there).map(Some),
    }
}

fn declaration(declaration: &Declaration) -> Value {
    let mut value = json!({
        "version": declaration.version,
        "prior_connection": declaration.prior_connection.code(),
        "prior_words": declaration.prior_words,
        "confidentiality_limits": declaration.confidentiality_limits,
    });
    if let (false, Some(value)) = (declaration.experience.is_empty(), value.as_object_mut()) {
        value.insert("experience".to_owned(), declaration.experience.clone().into());
    }
    let introduction = &declaration.introduction;
    if let Some(value) = value.as_object_mut() {
        let said = SAID_OF_ONESELF.into_iter().zip(introduction.texts());
        for (name, text) in said.filter(|(_, text)| !text.is_empty()) {
            value.insert(name.to_owned(), text.into());
        }
        if !introduction.languages.is_empty() {
            value.insert("languages".to_owned(), introduction.languages.clone().into());
        }
    }
    value
}

/// The texts of what a specialist says of themselves.
const SAID_OF_ONESELF: [&str; 3] = ["pronouns", "organisation", "certification"];

fn read_introduction(value: &Value) -> Option<Introduction> {
    let said = |name: &str| Some(may_be(value, name, text)?.unwrap_or_default());
    let [pronouns, organisation, certification] = SAID_OF_ONESELF;
    Some(Introduction {
        pronouns: said(pronouns)?,
        organisation: said(organisation)?,
        certification: said(certification)?,
        languages: may_be(value, "languages", |tags| list(tags, text))?.unwrap_or_default(),
    })
}

fn read_declaration(value: &Value) -> Option<Declaration> {
    let code = value.get("prior_connection")?.as_str()?;
    Some(Declaration {
        version: value.get("version")?.as_u64()?,
        prior_connection: PriorConnection::ALL.into_iter().find(|one| one.code() == code)?,
        prior_words: text(value.get("prior_words")?)?,
        confidentiality_limits: text(value.get("confidentiality_limits")?)?,
        experience: may_be(value, "experience", |areas| list(areas, text))?.unwrap_or_default(),
        introduction: read_introduction(value)?,
    })
}

fn agreement(terms: &Terms, proposal: &Proposal) -> Value {
    let agreement = &proposal.agreement;
    let answers = Question::ALL
        .into_iter()
        .filter(|question| !agreement.answer(*question).is_empty());
    let answers: Map<String, Value> = answers
        .map(|question| (question.code().to_owned(), agreement.answer(question).into()))
        .collect();
    let accepted = [Role::Participant, Role::Specialist]
        .into_iter()
        .filter(|side| terms.is_accepted_by(&proposal.hash, *side));
    json!({
        "version": agreement.version,
        "proposed_by": role(proposal.by),
        "received": time(proposal.received),
        "accepted_by": accepted.map(role).collect::<Vec<_>>(),
        "in_force": terms.in_force() == Some(proposal),
        "answers": answers,
        "review_on": agreement.review_on.map(|day| day.to_string()),
        "closing_words": agreement.closing_words,
    })
}

fn read_agreement(value: &Value, hash: [u8; 32], created: Timestamp) -> Option<Proposal> {
    let mut agreement = Agreement {
        version: value.get("version")?.as_u64()?,
        review_on: may_be(value, "review_on", |day| day.as_str()?.parse().ok())?,
        closing_words: value.get("closing_words")?.as_bool()?,
        ..Agreement::default()
    };
    for (code, answer) in value.get("answers")?.as_object()? {
        let question = Question::ALL.into_iter().find(|one| one.code() == code)?;
        *agreement.answers.get_mut(question.place())? = text(answer)?;
    }
    Some(Proposal {
        hash,
        by: read_role(value.get("proposed_by")?)?,
        received: may_be(value, "received", read_time)?.unwrap_or(created),
        agreement,
    })
}

pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Participant => "participant",
        Role::Specialist => "specialist",
    }
}

pub(super) fn read_role(value: &Value) -> Option<Role> {
    let both = [Role::Participant, Role::Specialist].into_iter();
    both.into_iter().find(|one| value == role(*one))
}

/// The word for one of a closed list.
pub(super) fn word_of<T: PartialEq + Copy, const N: usize>(
    all: [(T, &'static str); N],
    one: T,
) -> Option<&'static str> {
    all.into_iter().find(|(known, _)| *known == one).map(|(_, word)| word)
}

/// The one of a closed list that has this word.
pub(super) fn by_word<T, const N: usize>(all: [(T, &'static str); N], word: &Value) -> Option<T> {
    all.into_iter().find(|(_, known)| word == known).map(|(one, _)| one)
}

fn wishes(wishes: &Wishes) -> Value {
    let mut value = json!({
        "version": wishes.version,
        "lived_experience": word_of(LivedExperience::ALL, wishes.lived_experience),
        "lived_experience_max": wishes.lived_experience_max,
        "off_limits": wishes.off_limits,
        "when_quiet": wishes.when_quiet,
    });
    if let Value::Object(value) = &mut value {
        let switches = [
            ("listen_first", wishes.listen_first),
            ("no_directing", wishes.no_directing),
        ];
        let off = switches.into_iter().filter(|(_, is_kept_to)| !is_kept_to);
        value.extend(off.map(|(name, _)| (name.to_owned(), false.into())));
    }
    value
}

fn read_wishes(value: &Value) -> Option<Wishes> {
    Some(Wishes {
        version: value.get("version")?.as_u64()?,
        lived_experience: by_word(LivedExperience::ALL, value.get("lived_experience")?)?,
        lived_experience_max: value.get("lived_experience_max")?.as_u64()?.try_into().ok()?,
        off_limits: list(value.get("off_limits")?, text)?,
        when_quiet: text(value.get("when_quiet")?)?,
        listen_first: may_be(value, "listen_first", Value::as_bool)?.unwrap_or(true),
        no_directing: may_be(value, "no_directing", Value::as_bool)?.unwrap_or(true),
    })
}

fn hours(hours: &ContactHours) -> Value {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let window = |one: &Window| {
        let days: Vec<String> = one.days.days().map(|day| day.to_string()).collect();
        json!({"days": days, "from": clock(one.from), "until": clock(one.until)})
    };
    json!({"windows": hours.windows.iter().map(window).collect::<Vec<_>>(), "daily_max": hours.daily_max})
}

fn read_hours(value: &Value) -> Option<ContactHours> {
    let clock = |value: &Value| {
        let (hour, minute) = value.as_str()?.split_once(':')?;
        let minutes = hour
            .parse::<u16>()
            .ok()?
            .checked_mul(60)?
            .checked_add(minute.parse().ok()?)?;
        (minutes <= DAY_MINUTES).then_some(minutes)
    };
    let day = |value: &Value| value.as_str()?.parse::<Weekday>().ok();
    let window = |value: &Value| {
        Some(Window {
            days: Weekdays::of(list(value.get("days")?, day)?),
            from: clock(value.get("from")?)?,
            until: clock(value.get("until")?)?,
        })
    };
    Some(ContactHours {
        windows: list(value.get("windows")?, window)?,
        daily_max: may_be(value, "daily_max", |most| most.as_u64()?.try_into().ok())?,
    })
}

/// What something is about.
pub(super) fn about_value(about: About) -> Value {
    match about {
        About::Share(id) => json!({"share": id.to_string()}),
        About::Message(id) => json!({"message": id.to_string()}),
        About::Meeting(id) => json!({"meeting": id.to_string()}),
        About::Days(days) => json!({"first": days.first().to_string(), "last": days.last().to_string()}),
    }
}

/// The reverse of [`about_value`]; none where it is not one of its.
pub(super) fn read_about(value: &Value) -> Option<About> {
    let mut words: Vec<(&str, &str)> = value
        .as_object()?
        .iter()
        .map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect::<Option<_>>()?;
    words.sort_unstable();
    Some(match words.as_slice() {
        [("share", id)] => About::Share(id.parse().ok()?),
        [("message", id)] => About::Message(id.parse().ok()?),
        [("meeting", id)] => About::Meeting(id.parse().ok()?),
        [("first", first), ("last", last)] => About::Days(Days::new(first.parse().ok()?, last.parse().ok()?)?),
        _ => return None,
    })
}

fn feedback(kept: &KeptFeedback) -> Value {
    let Feedback {
        about,
        heard,
        pushed,
        words,
    } = &kept.feedback;
    let mut value = json!({
        "id": kept.id.to_string(),
        "at": time(kept.at),
        "message": about.and_then(About::message).map(|id| id.to_string()),
        "heard": word_of(FeltHeard::ALL, *heard),
        "pushed": word_of(FeltPushed::ALL, *pushed),
        "words": words,
        "sent": kept.sent.map(|id| id.to_string()),
    });
    if let (Some(about), Value::Object(value)) = (about.filter(|about| about.message().is_none()), &mut value) {
        value.insert("about".to_owned(), about_value(about));
    }
    value
}

fn read_feedback(value: &Value) -> Option<KeptFeedback> {
    Some(KeptFeedback {
        id: value.get("id")?.as_str()?.parse().ok()?,
        at: read_time(value.get("at")?)?,
        feedback: Feedback {
            about: match may_be(value, "message", |id| id.as_str()?.parse().ok())? {
                Some(id) => Some(About::Message(id)),
                None => may_be(value, "about", read_about)?,
            },
            heard: by_word(FeltHeard::ALL, value.get("heard")?)?,
            pushed: by_word(FeltPushed::ALL, value.get("pushed")?)?,
            words: text(value.get("words")?)?,
        },
        sent: may_be(value, "sent", |id| id.as_str()?.parse().ok())?,
    })
}

fn meeting(meeting: &Meeting) -> Value {
    let line = |line: &MeetingLine| json!({"id": line.id.to_string(), "by": role(line.by), "words": line.words});
    json!({
        "id": meeting.id.to_string(),
        "day": meeting.day.to_string(),
        "agenda": meeting.agenda.iter().map(line).collect::<Vec<_>>(),
        "notes": meeting.notes.iter().map(line).collect::<Vec<_>>(),
    })
}

fn read_meeting(value: &Value) -> Option<Meeting> {
    let line = |value: &Value| {
        Some(MeetingLine {
            id: value.get("id")?.as_str()?.parse().ok()?,
            by: read_role(value.get("by")?)?,
            words: list(value.get("words")?, text)?,
        })
    };
    Some(Meeting {
        id: value.get("id")?.as_str()?.parse().ok()?,
        day: value.get("day")?.as_str()?.parse().ok()?,
        agenda: list(value.get("agenda")?, line)?,
        notes: list(value.get("notes")?, line)?,
    })
}
