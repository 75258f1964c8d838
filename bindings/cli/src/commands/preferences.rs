//! Questions, words for feelings, hopes and support lines.

use super::entries::in_a_list;
use crate::args::{FeelingCommand, HopeCommand, LineAbout, LineCommand, OnOff, PromptCommand};
use crate::failure::Failure;
use crate::find::{self, Beginning};
use crate::output::Output;
use crate::output::json::{EntryPage, FeelingValue, HopeValue, LineValue, PromptValue};
use crate::{moments, terminal};
use cairn_core::id::HopeId;
use cairn_core::journal::Asked;
use cairn_core::profile::{FeelingWord, HopeState, Reach, SupportLine, Switch};
use cairn_core::vault::Vault;
use cairn_core::words::{self, self_check};
use std::collections::BTreeMap;

/// The name of an own thing, by its beginning, or of a bundled one, as it is.
fn named<'a>(ids: impl Iterator<Item = &'a str>, text: &str, thing: &str) -> Result<String, Failure> {
    let wanted = text.trim().to_lowercase();
    let ids: Vec<&str> = ids.collect();
    if let Some(id) = ids.iter().find(|id| id.to_lowercase() == wanted) {
        return Ok((*id).to_owned());
    }
    let mut fitting = ids.iter().filter(|id| id.to_lowercase().starts_with(&wanted));
    match (fitting.next(), fitting.next()) {
        (Some(id), None) => Ok((*id).to_owned()),
        _ => Err(Failure::not_found(format!(
            "Nothing was changed: there is no one {thing} with this id."
        ))),
    }
}

/// The question that is asked, to write from: the one of this id, or the next one.
pub(super) fn asked(vault: &Vault, id: &str) -> Result<Option<Asked>, Failure> {
    let journal = vault.journal();
    if let Some(question) = self_check::question(id) {
        return Ok(Some(Asked {
            prompt: id.to_owned(),
            text: question.text.to_owned(),
        }));
    }
    let found = if id.is_empty() {
        journal.next_prompt(None).wait()?
    } else {
        let all = journal.prompts().wait()?;
        let id = named(all.iter().map(|prompt| prompt.id.as_str()), id, "question")?;
        all.into_iter().find(|prompt| prompt.id == id)
    };
    Ok(found.map(|prompt| Asked {
        prompt: prompt.id,
        text: prompt.text,
    }))
}

/// The questions that a specialist can put to themselves. No vault is read for them, and none is written.
pub(super) fn self_check(out: Output) -> Result<(), Failure> {
    let questions = self_check::QUESTIONS;
    if out.is_json() {
        let all = questions.map(|(id, question)| BTreeMap::from([("id", id), ("text", question.text)]));
        return out.value(&BTreeMap::from([("questions", all)]));
    }
    out.line(self_check::INTRO.text)?;
    questions
        .iter()
        .try_for_each(|(id, question)| out.line(format!("{id}  {}", question.text)))
}

pub(super) fn prompts(vault: &Vault, command: Option<PromptCommand>, out: Output) -> Result<(), Failure> {
    let journal = vault.journal();
    let all = journal.prompts().wait()?;
    let find = |text: &str| named(all.iter().map(|prompt| prompt.id.as_str()), text, "question");
    let id = match command.unwrap_or(PromptCommand::Next { after: None }) {
        PromptCommand::Next { after } => {
            let after = after.map(|after| find(&after)).transpose()?;
            let next = journal.next_prompt(after).wait()?;
            if out.is_json() {
                return out.value(&BTreeMap::from([("prompt", next.as_ref().map(PromptValue::from))]));
            }
            let shown = next.map(|prompt| format!("{}  {}", short(&prompt.id), prompt.text));
            return out
                .line(shown.unwrap_or_else(|| "No question is shown: `cairn prompt list` has them all.".to_owned()));
        }
        PromptCommand::List => {
            if out.is_json() {
                let all: Vec<PromptValue> = all.iter().map(PromptValue::from).collect();
                return out.value(&BTreeMap::from([("prompts", all)]));
            }
            return all.iter().try_for_each(|prompt| {
                let tender = if prompt.is_tender { "  (tender)" } else { "" };
                let hidden = if prompt.hidden { "  (hidden)" } else { "" };
                out.line(format!("{}  {}{tender}{hidden}", short(&prompt.id), prompt.text))
            });
        }
        PromptCommand::Answers { id, count, after } => {
            let id = if may_be_out_of_the_list(&id) { id } else { find(&id)? };
            return answers(vault, id, count, after.as_deref(), out);
        }
        PromptCommand::Add { text } => journal.add_prompt(text).wait()?,
        PromptCommand::Change { id, text } => {
            let id = find(&id)?;
            journal.set_prompt(id.clone(), text).wait()?;
            id
        }
        PromptCommand::Hide { id } => {
            let id = find(&id)?;
            journal.hide_prompt(id.clone(), true).wait()?;
            id
        }
        PromptCommand::Show { id } => {
            let id = find(&id)?;
            journal.hide_prompt(id.clone(), false).wait()?;
            id
        }
        PromptCommand::Move { id, before } => {
            let id = find(&id)?;
            let before = before.map(|before| find(&before)).transpose()?;
            journal.move_prompt(id.clone(), before).wait()?;
            id
        }
        PromptCommand::Remove { id } => {
            let id = find(&id)?;
            journal.remove_prompt(id.clone()).wait()?;
            id
        }
        PromptCommand::Tender { state } => {
            let door = vault.profile();
            door.set_switch(Switch::TenderPrompts, state == OnOff::On).wait()?;
            "tender".to_owned()
        }
    };
    super::saved(&id, out)
}

/// Whether it names a question that has answers without being in the list: one that a specialist puts to themselves, or one that may have
/// been taken away, by its whole id.
fn may_be_out_of_the_list(id: &str) -> bool {
    self_check::question(id).is_some() || id.len() == 36
}

fn answers(vault: &Vault, id: String, count: usize, after: Option<&str>, out: Output) -> Result<(), Failure> {
    let after = super::finding::after(vault, after)?;
    let page = vault.journal().answers(id.clone(), after, count).wait()?;
    if out.is_json() {
        return out.value(&EntryPage::from(&page));
    }
    if page.entries.is_empty() {
        return out.line("There is no entry here.");
    }
    let width = terminal::width();
    for entry in &page.entries {
        out.line(in_a_list(entry, width))?;
    }
    page.next.map_or(Ok(()), |next| {
        out.line(format!(
            "\nThere are more: cairn prompt answers {id} --after {}",
            find::short(next.id)
        ))
    })
}

pub(super) fn feelings(vault: &Vault, command: Option<FeelingCommand>, out: Output) -> Result<(), Failure> {
    let journal = vault.journal();
    let all = journal.feelings().wait()?;
    let find = |text: &str| {
        let wanted = text.trim().to_lowercase();
        let found = all.iter().find(|feeling| feeling.word.to_lowercase() == wanted);
        found
            .cloned()
            .ok_or_else(|| Failure::not_found("Nothing was changed: this word is not in the list."))
    };
    let id = match command {
        None => {
            if out.is_json() {
                let all: Vec<FeelingValue> = all.iter().map(FeelingValue::from).collect();
                return out.value(&BTreeMap::from([("feelings", all)]));
            }
            let offered: Vec<&str> = all
                .iter()
                .filter(|one| !one.hidden)
                .map(|one| one.word.as_str())
                .collect();
            return out.line(offered.join(" · "));
        }
        Some(FeelingCommand::Add { word, lang, label }) => journal.add_feeling(word, lang, label).wait()?,
        Some(FeelingCommand::Hide { word }) => {
            let feeling = find(&word)?;
            journal
                .set_feeling(FeelingWord {
                    hidden: true,
                    ..feeling.clone()
                })
                .wait()?;
            feeling.id
        }
        Some(FeelingCommand::Show { word }) => {
            let feeling = find(&word)?;
            journal
                .set_feeling(FeelingWord {
                    hidden: false,
                    ..feeling.clone()
                })
                .wait()?;
            feeling.id
        }
        Some(FeelingCommand::Remove { word }) => {
            let id = find(&word)?.id;
            journal.remove_feeling(id.clone()).wait()?;
            id
        }
    };
    super::saved(&id, out)
}

pub(super) fn hopes(vault: &Vault, command: Option<HopeCommand>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let all = door.hopes().wait()?;
    let find = |text: &str| -> Result<HopeId, Failure> {
        let unknown = || Failure::not_found("Nothing was changed: there is no hope with this id.");
        let beginning = Beginning::parse(text).ok_or_else(unknown)?;
        find::only(&beginning, all.iter().map(|hope| hope.id), "hope")
    };
    let zone = moments::local_zone().name().to_owned();
    let id = match command {
        None => {
            if out.is_json() {
                let all: Vec<HopeValue> = all.iter().map(HopeValue::from).collect();
                return out.value(&BTreeMap::from([("hopes", all)]));
            }
            return all.iter().try_for_each(|hope| {
                let held = match hope.state {
                    HopeState::Holding => "",
                    HopeState::SetAside => "  (set aside)",
                    HopeState::DoneForNow => "  (done for now)",
                };
                out.line(format!("{}  {}{held}", find::short(hope.id), hope.text))
            });
        }
        Some(HopeCommand::Add { text }) => door.add_hope(text, zone).wait()?,
        Some(HopeCommand::Change { id, text }) => {
            let id = find(&id)?;
            door.set_hope(id, text, zone).wait()?;
            id
        }
        Some(HopeCommand::Hold { id, how }) => {
            let id = find(&id)?;
            door.set_hope_state(id, how.into(), zone).wait()?;
            id
        }
        Some(HopeCommand::Move { id, before }) => {
            let (id, before) = (find(&id)?, before.map(|before| find(&before)).transpose()?);
            door.move_hope(id, before).wait()?;
            id
        }
        Some(HopeCommand::Remove { id }) => {
            let id = find(&id)?;
            door.remove_hope(id).wait()?;
            id
        }
    };
    super::saved(&id.to_string(), out)
}

pub(super) fn lines(vault: &Vault, command: Option<LineCommand>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let all = door.support_lines().wait()?;
    let find = |text: &str| -> Result<SupportLine, Failure> {
        let id = named(all.iter().map(|line| line.id.as_str()), text, "line")?;
        let found = all.iter().find(|line| line.id == id);
        found
            .cloned()
            .ok_or_else(|| Failure::not_found("Nothing was changed: there is no line with this id."))
    };
    let id = match command {
        None => return show_lines(&all, out),
        Some(LineCommand::Add { name, number, about }) => {
            let line = SupportLine {
                name,
                number,
                ..SupportLine::new("")
            };
            door.add_support_line(known(line, about)).wait()?
        }
        Some(LineCommand::Change {
            id,
            name,
            number,
            about,
        }) => {
            let before = find(&id)?;
            let line = SupportLine {
                name: name.unwrap_or_else(|| before.name.clone()),
                number: number.unwrap_or_else(|| before.number.clone()),
                ..before
            };
            let id = line.id.clone();
            door.set_support_line(known(line, about)).wait()?;
            id
        }
        Some(LineCommand::Remove { id }) => {
            let id = find(&id)?.id;
            door.remove_support_line(id.clone()).wait()?;
            id
        }
    };
    super::saved(&id, out)
}

fn known(line: SupportLine, about: LineAbout) -> SupportLine {
    SupportLine {
        region: about.region.unwrap_or(line.region),
        reach: about.reach.map_or(line.reach, Reach::from),
        languages: about.languages.unwrap_or(line.languages),
        hours: about.hours.unwrap_or(line.hours),
        checked_on: about.checked.or(line.checked_on),
        ..line
    }
}

/// Shows support lines, with or without an open journal.
pub(super) fn show_lines(all: &[SupportLine], out: Output) -> Result<(), Failure> {
    if out.is_json() {
        let all: Vec<LineValue> = all.iter().map(LineValue::from).collect();
        return out.value(&BTreeMap::from([("lines", all)]));
    }
    out.line(words::lines::NOBODY_CALLS.text)?;
    all.iter().try_for_each(|line| {
        let checked = line.checked_on.map_or_else(
            || words::lines::UNCHECKED.text.to_owned(),
            |date| format!("checked {date}"),
        );
        let about: Vec<&str> = [&line.languages, &line.hours, &line.source]
            .into_iter()
            .map(String::as_str)
            .filter(|about| !about.is_empty())
            .collect();
        let id = short(&line.id);
        out.line(format!(
            "{id}  {}: {}  {} {}  ({checked})",
            line.region,
            line.name,
            line.reach.code(),
            line.number
        ))?;
        if about.is_empty() {
            Ok(())
        } else {
            out.line(format!("    {}", about.join(" · ")))
        }
    })
}

/// An own thing by the beginning of its id, a bundled one whole.
fn short(id: &str) -> String {
    if id.len() == 36 { find::short(id) } else { id.to_owned() }
}
