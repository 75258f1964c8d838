//! `conversations/<relationship>.jsonl`: what two people said, a line each; and the same for a person, with everything around it.
//!
//! The first line is `{"format": "cairn-conversation", "version": 1, "relationship"}`. Every other one is a message that was shown to the participant, or is their own, in the
//! order in which they were shown; a correction stands right after what it corrects. What was withheld from them, and what did not fit, is in no export.
//!
//! | name | value | left out when |
//! |---|---|---|
//! | `id` | text | never |
//! | `by` | `participant` or `specialist` | never |
//! | `kind` | the word of its kind | never |
//! | `words` | text | never |
//! | `at` | a time as in an entry's file: when it was shown, or said | never |
//! | `sent` | a time: when it was said, by its author's clock | never |
//! | `waiting` | `true`: it had not left | it had |
//! | `about` | `{"share": id}` or `{"message": id}` | about neither |
//! | `concerning` | `{"meeting": id}` or `{"first": day, "last": day}`: what feedback is about else | about neither |
//! | `preferences` | number: the version of the shown preferences its author had opened | 0 |
//! | `topics` | list of text | none |
//! | `strength`, `ask_back`, `differently` | text, of the kinds that have one | empty |
//! | `resource` | `{title, what_it_is, link, cost, why}` | of another kind |
//! | `accepted` | text, an id | none |
//! | `wanted` | list of what is asked for | of another kind |
//! | `heard`, `pushed` | a word | of another kind |

use super::entry::{list, read_time, text, time};
use super::parts::item;
use super::people::{about_value, by_word, may_be, read_about, read_role, role, word_of};
use crate::clock::Timestamp;
use crate::id::RelationshipId;
use crate::support::{
    About, FeltHeard, FeltPushed, KeptMessage, KeptRelationship, Message, Offered, Resource, Role, Saying, ShareCard,
    SupportWanted,
};
use crate::words::{export as said, messages, sharing, terms};
use chrono::DateTime;
use serde_json::{Map, Value, json};

/// What the file says it is.
const FORMAT: &str = "cairn-conversation";
/// The version of its form.
const VERSION: u64 = 1;

/// The first line.
pub(super) fn head(relationship: RelationshipId) -> Value {
    json!({"format": FORMAT, "version": VERSION, "relationship": relationship.to_string()})
}

/// Whose conversation it is by its first line; none where that is another one, and nothing where it is a newer version's.
pub(super) fn read_head(value: &Value) -> Option<Option<RelationshipId>> {
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return None;
    }
    if value.get("version").and_then(Value::as_u64) != Some(VERSION) {
        return Some(None);
    }
    value.get("relationship")?.as_str()?.parse().ok().map(Some)
}

/// The line of a message.
pub(super) fn line(kept: &KeptMessage) -> Value {
    let message = &kept.message;
    let mut line = Map::new();
    let mut set = |name: &str, value: Value| _ = line.insert(name.to_owned(), value);
    set("id", kept.id.to_string().into());
    set("by", role(kept.by).into());
    set("kind", message.saying.code().into());
    set("words", message.body.as_str().into());
    set("at", time(kept.at));
    set("sent", time(message.sent));
    if kept.is_waiting {
        set("waiting", true.into());
    }
    match message.about {
        Some(about @ (About::Share(_) | About::Message(_))) => set("about", about_value(about)),
        // Under a name of its own: an earlier version passes it over.
        Some(about) => set("concerning", about_value(about)),
        None => {}
    }
    if message.preferences > 0 {
        set("preferences", message.preferences.into());
    }
    if !message.topics.is_empty() {
        set("topics", message.topics.as_slice().into());
    }
    let mut set_text = |name: &str, text: &String| {
        if !text.is_empty() {
            set(name, text.as_str().into());
        }
    };
    match &message.saying {
        Saying::Acknowledgement { strength } => set_text("strength", strength),
        Saying::LivedExperience { ask_back, .. } => set_text("ask_back", ask_back),
        Saying::ResponseToFeedback { differently } => set_text("differently", differently),
        _ => {}
    }
    match &message.saying {
        Saying::Resource { resource, .. } => {
            let Resource {
                title,
                what_it_is,
                link,
                cost,
                why,
            } = resource;
            let resource = json!({"title": title, "what_it_is": what_it_is, "link": link, "cost": cost, "why": why});
            set("resource", resource);
        }
        Saying::Ask(wanted) => set("wanted", wanted.codes().collect::<Vec<_>>().into()),
        Saying::Feedback { heard, pushed } => {
            set("heard", word_of(FeltHeard::ALL, *heard).into());
            set("pushed", word_of(FeltPushed::ALL, *pushed).into());
        }
        _ => {}
    }
    if let Saying::Resource { accepted: Some(id), .. } | Saying::LivedExperience { accepted: Some(id), .. } =
        &message.saying
    {
        set("accepted", id.to_string().into());
    }
    if let Saying::Proposal { asked } = &message.saying {
        set("asked", asked.to_string().into());
    }
    Value::Object(line)
}

/// The message of a line; none where it is not one that [`line()`] writes.
pub(super) fn read_line(value: &Value) -> Option<KeptMessage> {
    Some(KeptMessage {
        id: value.get("id")?.as_str()?.parse().ok()?,
        by: read_role(value.get("by")?)?,
        at: read_time(value.get("at")?)?,
        is_waiting: may_be(value, "waiting", Value::as_bool)?.unwrap_or_default(),
        message: Message {
            saying: read_saying(value)?,
            body: text(value.get("words")?)?,
            about: match may_be(value, "about", read_about)? {
                None => may_be(value, "concerning", read_about)?,
                about => about,
            },
            preferences: may_be(value, "preferences", Value::as_u64)?.unwrap_or_default(),
            topics: may_be(value, "topics", |topics| list(topics, text))?.unwrap_or_default(),
            sent: read_time(value.get("sent")?)?,
        },
    })
}

fn read_saying(value: &Value) -> Option<Saying> {
    let words = |name: &str| Some(may_be(value, name, text)?.unwrap_or_default());
    let accepted = || may_be(value, "accepted", |id| id.as_str()?.parse().ok());
    Some(match value.get("kind")?.as_str()? {
        "acknowledgement" => Saying::Acknowledgement {
            strength: words("strength")?,
        },
        "open_question" => Saying::OpenQuestion,
        "offer_lived_experience" => Saying::Offer(Offered::LivedExperience),
        "offer_resource" => Saying::Offer(Offered::Resource),
        "resource" => {
            let resource = value.get("resource")?;
            let part = |name: &str| text(resource.get(name)?);
            Saying::Resource {
                resource: Resource {
                    title: part("title")?,
                    what_it_is: part("what_it_is")?,
                    link: part("link")?,
                    cost: part("cost")?,
                    why: part("why")?,
                },
                accepted: accepted()?,
            }
        }
        "lived_experience" => Saying::LivedExperience {
            accepted: accepted()?,
            ask_back: words("ask_back")?,
        },
        "practical" => Saying::Practical,
        "response_to_feedback" => Saying::ResponseToFeedback {
            differently: words("differently")?,
        },
        "closing" => Saying::Closing,
        "proposal" => Saying::Proposal {
            asked: value.get("asked")?.as_str()?.parse().ok()?,
        },
        "words" => Saying::Words,
        "ask" => {
            let wanted = list(value.get("wanted")?, |word| by_word(SupportWanted::ALL, word))?;
            Saying::Ask(wanted.into_iter().reduce(SupportWanted::and)?)
        }
        "ask_for_proposal" => Saying::AskForProposal,
        "correction" => Saying::Correction,
        "yes" => Saying::Yes,
        "not_now" => Saying::NotNow,
        "feedback" => Saying::Feedback {
            heard: by_word(FeltHeard::ALL, value.get("heard")?)?,
            pushed: by_word(FeltPushed::ALL, value.get("pushed")?)?,
        },
        _ => return None,
    })
}

/// A time as a person reads it.
fn clock(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A conversation as a person reads it, Markdown: what both agreed on, what was shown and who saw it, what was said, and what was kept of it. `messages` are in the order of
/// [`KeptMessage::with_corrections`].
pub(super) fn conversation_words(kept: &KeptRelationship, shares: &[ShareCard], messages: &[KeptMessage]) -> String {
    let who = kept.name.as_deref().unwrap_or(said::SOMEBODY.text);
    let mut words = format!("# {}\n", said::WITH.with(&[("who", who)]));
    let list = |words: &mut String, heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            words.push_str(&format!("\n## {heading}\n\n{}", lines.concat()));
        }
    };
    let line = |text: &str| format!("- {}\n", item(text));
    let below = |text: &str| format!("  - {}\n", item(text).replace('\n', "\n  "));

    if let Some(made) = kept.kept_from {
        words.push_str(&format!("\n{}\n", said::KEPT_FROM.with(&[("day", &clock(made))])));
    }
    let mut agreed = Vec::new();
    if let Some(declared) = kept.terms.declaration() {
        agreed.push(line(&terms::prior_connection(declared.prior_connection.code(), who)));
        if !declared.prior_words.is_empty() {
            agreed.push(below(&declared.prior_words));
        }
        let limits = [("who", who), ("limits", &declared.confidentiality_limits)];
        agreed.push(line(&terms::LIMITS.with(&limits)));
        if !declared.experience.is_empty() {
            agreed.push(line(&terms::EXPERIENCE.with(&[("who", who)])));
        }
        agreed.extend(declared.experience.iter().map(|area| below(area)));
    }
    if let Some(in_force) = kept.terms.in_force() {
        for ((_, question), answer) in terms::QUESTIONS.iter().zip(&in_force.agreement.answers) {
            if !answer.is_empty() {
                agreed.push(line(question.text));
                agreed.push(below(answer));
            }
        }
    }
    list(&mut words, said::AGREED.text, agreed);

    let shown = shares.iter().map(|card| {
        let consent = &card.share.consent;
        let mut lines = line(&format!("{}: {}", consent.sentence, consent.purpose));
        let told = [
            (card.released, sharing::RELEASED),
            (card.opened, sharing::OPENED),
            (card.purged, sharing::PURGED),
        ];
        for (at, sentence) in told {
            if let Some(at) = at {
                lines.push_str(&below(&sentence.with(&[("who", who), ("time", &clock(at))])));
            }
        }
        lines
    });
    list(&mut words, said::SHOWN.text, shown.collect());

    let mut lines: Vec<String> = Vec::new();
    let mut last = None;
    for one in messages {
        if one.corrects().is_some() && one.corrects() == last {
            lines.push(below(&messages::NOT_MEANT_SO.with(&[("words", &one.message.body)])));
            continue;
        }
        last = Some(one.id);
        let by = match one.by {
            Role::Participant => said::YOU.text,
            Role::Specialist => who,
        };
        let kind = one.message.saying.code().replace('_', " ");
        lines.push(line(&format!("{by}, {kind}, {}", clock(one.at))));
        let texts = one.message.texts().into_iter().filter(|text| !text.is_empty());
        lines.extend(texts.map(below));
        if let Saying::Ask(wanted) = &one.message.saying {
            lines.push(below(&messages::wanted(wanted.codes())));
        }
    }
    if !kept.own_goodbye.is_empty() {
        lines.push(line(&format!("{}: {}", said::YOU, kept.own_goodbye)));
    }
    match kept.goodbye.as_deref() {
        None => {}
        Some("") => lines.push(line(&terms::GOODBYE_SILENT.with(&[("who", who)]))),
        Some(goodbye) => lines.push(line(&terms::GOODBYE.with(&[("who", who), ("words", goodbye)]))),
    }
    list(&mut words, said::SAID.text, lines);

    let feedback = kept.feedback.iter().filter(|one| one.sent.is_none()).map(|one| {
        let (heard, pushed) = (one.feedback.heard, one.feedback.pushed);
        let felt = [
            (
                said::FELT_HEARD,
                word_of(FeltHeard::ALL, heard).filter(|_| heard != FeltHeard::Unsaid),
            ),
            (
                said::FELT_PUSHED,
                word_of(FeltPushed::ALL, pushed).filter(|_| pushed != FeltPushed::Unsaid),
            ),
        ];
        let mut lines = line(&clock(one.at));
        for (sentence, word) in felt {
            if let Some(word) = word {
                lines.push_str(&below(&sentence.with(&[("what", &word.replace('_', " "))])));
            }
        }
        if !one.feedback.words.is_empty() {
            lines.push_str(&below(&one.feedback.words));
        }
        lines
    });
    list(&mut words, said::FOR_YOU_ALONE.text, feedback.collect());
    words
}
