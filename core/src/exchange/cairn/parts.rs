//! Flat documents of an archive, and the same in words.

use crate::exchange::export::FlatDocument;
use crate::profile::{
    Address, DefaultSection, Field, Fields, Plan, PlanList, Profile, Reminder, Stance, hopes, mainstays, prompts,
    reminders, support_lines,
};
use crate::support::SupportWanted;
use crate::words::export as said;
use crate::words::messages;
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

/// The profile as a person reads it, Markdown, with what they want where a share says nothing.
pub(in crate::exchange) fn profile_words(profile: &Profile, wanted: SupportWanted) -> String {
    let mut words = format!("# {}\n", said::PROFILE);
    if wanted != SupportWanted::default() {
        words.push_str(&format!("\n{}\n", messages::wanted(wanted.codes())));
    }
    for section in &profile.sections {
        words.push_str(&format!("\n## {}\n\n", section.name));
        if section.id == DefaultSection::Address.id() {
            let Address {
                name,
                pronouns,
                languages,
                ..
            } = &profile.address;
            for said in [name, pronouns].into_iter().filter(|said| !said.is_empty()) {
                words.push_str(&format!("- {}\n", item(said)));
            }
            if !languages.is_empty() {
                let line = said::LANGUAGES.with(&[("what", &languages.join(", "))]);
                words.push_str(&format!("- {line}\n"));
            }
        }
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
pub(in crate::exchange) fn plan_words(fields: &Fields) -> String {
    let (plan, kept) = (Plan::from_fields(fields), mainstays(fields));
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
    parts.push(("keeps_me_going", kept.iter().map(|one| one.text.as_str()).collect()));
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
pub(super) fn push_list<'a>(words: &mut String, heading: &str, lines: impl IntoIterator<Item = &'a str>) {
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
pub(super) fn item(text: &str) -> String {
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
