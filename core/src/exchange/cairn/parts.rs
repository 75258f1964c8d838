//! What of an archive is neither entry nor attachment: flat documents, consents, relationships; and the same in words.

use super::entry::time;
use crate::exchange::export::FlatDocument;
use crate::exchange::export::links::hex;
use crate::id::RelationshipId;
use crate::profile::{
    Field, Fields, Plan, PlanList, Profile, Reminder, Stance, hopes, prompts, reminders, support_lines,
};
use crate::support::{
    Consent, Declaration, End, Proposal, Question, RelationshipCard, Role, Share, ShareState, Terms, When,
};
use crate::words::export as said;
use crate::words::plan::plan_part;
use data_encoding::BASE64;
use serde_json::{Map, Value, json};

/// What the file of a flat document says it is.
const DOCUMENT: &str = "cairn-document";
/// The version of its form.
const DOCUMENT_VERSION: u64 = 1;

/// JSON that a person can read, with the end of its last line.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The file of a flat document.
pub(super) fn document(document: &FlatDocument) -> Value {
    let fields: Map<String, Value> = document
        .fields
        .iter()
        .map(|(name, field)| {
            let value = match field {
                Field::Text(text) => text.as_str().into(),
                Field::Number(number) => (*number).into(),
                Field::Bytes(bytes) => json!({"base64": BASE64.encode(bytes)}),
            };
            (name.clone(), value)
        })
        .collect();
    json!({"format": DOCUMENT, "version": DOCUMENT_VERSION, "fields": fields})
}

/// Whether a file is a flat document at all; other JSON lies in an archive too.
pub(super) fn is_document(value: &Value) -> bool {
    value.get("format").and_then(Value::as_str) == Some(DOCUMENT)
}

/// The fields of a flat document; none where it is of another form.
pub(super) fn read_document(value: &Value) -> Option<Fields> {
    if value.get("version")?.as_u64()? != DOCUMENT_VERSION {
        return None;
    }
    let fields = value.get("fields")?.as_object()?.iter();
    fields
        .map(|(name, value)| {
            let field = match value {
                Value::String(text) => Field::Text(text.clone()),
                Value::Object(bytes) => Field::Bytes(BASE64.decode(bytes.get("base64")?.as_str()?.as_bytes()).ok()?),
                other => Field::Number(other.as_i64()?),
            };
            Some((name.clone(), field))
        })
        .collect()
}

/// The profile as a person reads it, Markdown.
pub(in crate::exchange) fn profile_words(profile: &Profile) -> String {
    let mut words = format!("# {}\n", said::PROFILE);
    for section in &profile.sections {
        words.push_str(&format!("\n## {}\n\n", section.name));
        for statement in profile.statements_of(section.id) {
            let stance = statement.stance.map(|stance| format!(" ({})", stance_word(stance)));
            words.push_str(&format!("- {}{}\n", item(&statement.text), stance.unwrap_or_default()));
            for beside in [&statement.when, &statement.because] {
                if !beside.is_empty() {
                    words.push_str(&format!("  - {}\n", item(beside).replace('\n', "\n  ")));
                }
            }
        }
    }
    words
}

/// The plan for hard times as a person reads it, Markdown; empty for an empty one.
pub(in crate::exchange) fn plan_words(plan: &Plan) -> String {
    let after = &plan.looking_after;
    let looking_after = [
        ("children", &after.children),
        ("pets", &after.pets),
        ("home", &after.home),
        ("work", &after.work),
    ];
    let mut parts: Vec<(&str, Vec<&str>)> = PlanList::ALL
        .map(|list| {
            let lines = plan.items.iter().filter(|line| line.list == list);
            (list.code(), lines.map(|line| line.text.as_str()).collect())
        })
        .into();
    parts.extend(looking_after.map(|(code, text)| (code, vec![text.as_str()])));
    let mut words = String::new();
    for (code, lines) in parts {
        push_list(&mut words, plan_part(code).unwrap_or(code), lines);
    }
    titled(said::PLAN.text, words)
}

fn reminder_words(reminder: &Reminder) -> String {
    let days: Vec<String> = reminder.days.days().map(|day| day.to_string()).collect();
    let when = format!("{} {}", reminder.time.format("%H:%M"), days.join(" "));
    match reminder.text.as_str() {
        "" => when,
        text => format!("{when}: {text}"),
    }
}

/// What of the settings is the participant's own words, as a person reads it, Markdown; empty where there are none.
pub(in crate::exchange) fn settings_words(fields: &Fields) -> String {
    let (hopes, prompts, lines) = (hopes(fields), prompts(fields, &[]), support_lines(fields, &[]));
    let mut words = String::new();
    push_list(
        &mut words,
        said::HOPES.text,
        hopes.iter().map(|hope| hope.text.as_str()),
    );
    push_list(
        &mut words,
        said::QUESTIONS.text,
        prompts.iter().map(|prompt| prompt.text.as_str()),
    );
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{}: {}", line.name, line.number))
        .collect();
    push_list(&mut words, said::SUPPORT_LINES.text, lines.iter().map(String::as_str));
    // Which device it is does not matter here: where one rings is not said.
    let reminders = reminders(fields, "");
    let reminders: Vec<String> = reminders.iter().map(reminder_words).collect();
    push_list(&mut words, said::REMINDERS.text, reminders.iter().map(String::as_str));
    titled(said::SETTINGS.text, words)
}

/// A heading and a list below it, where there is something to list.
fn push_list<'a>(words: &mut String, heading: &str, lines: impl IntoIterator<Item = &'a str>) {
    let lines: Vec<String> = lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .map(|line| format!("- {}\n", item(line)))
        .collect();
    if !lines.is_empty() {
        words.push_str(&format!("\n## {heading}\n\n{}", lines.concat()));
    }
}

/// Words of several lines stay one item of a list.
fn item(text: &str) -> String {
    text.replace('\n', "\n  ")
}

fn titled(title: &str, words: String) -> String {
    if words.is_empty() {
        return words;
    }
    format!("# {title}\n{words}")
}

const fn stance_word(stance: Stance) -> &'static str {
    match stance {
        Stance::Want => said::WANT.text,
        Stance::OpenTo => said::OPEN_TO.text,
        Stance::Unsure => said::UNSURE.text,
        Stance::NotNow => said::NOT_NOW.text,
        Stance::NotForMe => said::NOT_FOR_ME.text,
    }
}

/// The relationships, without keys.
pub(super) fn relationships(cards: &[RelationshipCard]) -> Value {
    let one = |card: &RelationshipCard| {
        let (relationship, terms) = (&card.relationship, &card.terms);
        json!({
            "id": relationship.id.to_string(),
            "own_role": role(relationship.role),
            "own_name": relationship.name,
            "name": relationship.peer.as_ref().map(|peer| peer.name.as_str()),
            "status": card.status.code(),
            "created": time(relationship.created),
            "met": relationship.met.map(time),
            "paused_by_me": card.is_paused_by_me,
            "paused_by_other": card.is_paused_by_other,
            "ended": relationship.ended.map(time),
            "own_goodbye": Some(&relationship.goodbye).filter(|words| !words.is_empty()),
            "goodbye": card.goodbye,
            "declaration": terms.declaration().map(declaration),
            "agreements": terms.proposals.iter().map(|one| agreement(terms, one)).collect::<Vec<_>>(),
            "shown_sections": relationship.shown_sections.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    };
    json!({"format": "cairn-relationships", "version": 1, "relationships": cards.iter().map(one).collect::<Vec<_>>()})
}

fn declaration(declaration: &Declaration) -> Value {
    json!({
        "version": declaration.version,
        "prior_connection": declaration.prior_connection.code(),
        "prior_words": declaration.prior_words,
        "confidentiality_limits": declaration.confidentiality_limits,
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
        "accepted_by": accepted.map(role).collect::<Vec<_>>(),
        "in_force": terms.in_force() == Some(proposal),
        "answers": answers,
        "review_on": agreement.review_on.map(|day| day.to_string()),
        "closing_words": agreement.closing_words,
    })
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Participant => "participant",
        Role::Specialist => "specialist",
    }
}

/// A consent, with the fields of a receipt.
pub(super) fn consent(relationship: RelationshipId, share: &Share) -> Value {
    let Consent { item, notice, .. } = &share.consent;
    let mask = item.mask;
    let parts = [
        (mask.text, "words"),
        (mask.title, "title"),
        (mask.feelings, "feelings"),
        (mask.tags, "tags"),
    ];
    let when = match mask.when {
        When::No => "not shown",
        When::Month => "month",
        When::Day => "day",
        When::Exact => "exact",
    };
    let (end, end_at) = match share.consent.end {
        End::UntilIStop => ("until_i_stop", None),
        End::At(at) => ("at", Some(time(at))),
        End::WithRelationship => ("with_relationship", None),
    };
    let wanted: Vec<&str> = share.consent.wanted.codes().collect();
    let over = |(state, at): (ShareState, _)| {
        let how = match state {
            ShareState::Given => "given",
            ShareState::Expired => "expired",
            ShareState::Ended => "ended",
            ShareState::Revoked => "revoked",
            ShareState::Withheld => "withheld",
        };
        json!({"how": how, "at": time(at)})
    };
    json!({
        "format": "cairn-consent",
        "version": 1,
        "id": share.id().to_string(),
        "consent_version": share.consent.version,
        "relationship": relationship.to_string(),
        "participant": share.consent.participant,
        "recipient_key": hex(&share.consent.recipient),
        "entry": item.entry.to_string(),
        "parts": parts.iter().filter(|(shown, _)| *shown).map(|(_, part)| *part).collect::<Vec<_>>(),
        "when": when,
        "sentence": share.consent.sentence,
        "purpose": share.consent.purpose,
        "wanted": wanted,
        "given": time(share.consent.given),
        "end": end,
        "end_at": end_at,
        "how_to_stop": share.consent.how_to_stop,
        "follow_edits": share.consent.follow_edits,
        "lease_days": share.consent.lease_days,
        "notice": {"pack": notice.pack, "text_id": notice.text_id, "version": notice.version, "text": notice.text},
        "hold_until": time(share.hold_until),
        "over": share.over.map(over),
    })
}
