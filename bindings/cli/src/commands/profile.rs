//! What a participant prefers.

use super::messages::{wanted_line, wanted_of};
use crate::args::{Beside, ProfileChange};
use crate::failure::Failure;
use crate::find::{self, Beginning};
use crate::moments;
use crate::output::json::{ChangeValue, ProfileValue};
use crate::output::{Output, bold};
use cairn_core::id::{SectionId, StatementId};
use cairn_core::profile::{DefaultSection, Profile, Said, Stance, Statement, StatementDraft};
use cairn_core::support::SupportWanted;
use cairn_core::vault::{Vault, offered_sections, section_examples};
use cairn_core::words::export;
use cairn_core::words::sections::recovery_word;
use cairn_core::words::status as said;
use std::collections::BTreeMap;

pub(super) fn run(vault: &Vault, change: Option<ProfileChange>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let profile = door.read().wait()?;
    let id = match change {
        None => return show(&profile, out),
        Some(ProfileChange::Examples { section }) => {
            let section = section.map_or_else(|| Ok(DefaultSection::Paths.id()), |name| section_of(&profile, &name))?;
            return examples(section, out);
        }
        Some(ProfileChange::History) => return history(vault, &profile, out),
        Some(ProfileChange::Wanted { wanted: chosen }) => return wanted(vault, &chosen, out),
        Some(ProfileChange::AddSection { name }) => door.add_section(name).wait()?.to_string(),
        Some(ProfileChange::Say {
            section,
            text,
            stance,
            beside,
        }) => {
            let section = section_of(&profile, &section)?;
            let draft = StatementDraft {
                stance: stance.map(Stance::from),
                ..StatementDraft::new(text)
            };
            door.write_statement(section, with(draft, beside)).wait()?.to_string()
        }
        Some(ProfileChange::Change {
            statement,
            text,
            stance,
            no_stance,
            beside,
        }) => {
            let before = statement_of(&profile, &statement)?;
            let draft = StatementDraft::of(before);
            let draft = StatementDraft {
                text: text.unwrap_or(draft.text.clone()),
                stance: if no_stance {
                    None
                } else {
                    stance.map(Stance::from).or(draft.stance)
                },
                ..draft
            };
            door.revise_statement(before.id, with(draft, beside)).wait()?;
            before.id.to_string()
        }
        Some(ProfileChange::Shareable { statement, no }) => {
            let before = statement_of(&profile, &statement)?;
            let draft = StatementDraft {
                is_shareable: !no,
                zone: moments::local_zone().name().to_owned(),
                ..StatementDraft::of(before)
            };
            door.revise_statement(before.id, draft).wait()?;
            before.id.to_string()
        }
        Some(ProfileChange::Rename { section, name }) => {
            let section = section_of(&profile, &section)?;
            door.rename_section(section, name).wait()?;
            section.to_string()
        }
        Some(ProfileChange::Address(address)) => {
            door.set_address(address.with(profile.address)).wait()?;
            DefaultSection::Address.id().to_string()
        }
        Some(ProfileChange::ShowTo { person, sections }) => {
            let with = find::specialist(vault, &person)?.relationship.id;
            let sections = sections.iter().map(|section| section_of(&profile, section));
            let sections = sections.collect::<Result<_, _>>()?;
            vault.support().show_sections(with, sections).wait()?;
            with.to_string()
        }
        Some(ProfileChange::Hide { section }) => {
            let section = section_of(&profile, &section)?;
            door.hide_section(section, true).wait()?;
            section.to_string()
        }
        Some(ProfileChange::Show { section }) => {
            let section = section_of(&profile, &section)?;
            door.hide_section(section, false).wait()?;
            section.to_string()
        }
        Some(ProfileChange::Move { what, before }) => put_before(vault, &profile, &what, before.as_deref())?,
        Some(ProfileChange::Remove { statement }) => {
            let statement = statement_of(&profile, &statement)?.id;
            door.remove_statement(statement).wait()?;
            statement.to_string()
        }
        Some(ProfileChange::EraseHistory { change, .. }) => {
            return erase_history(vault, change.as_deref(), out);
        }
    };
    super::saved(&id, out)
}

/// Shows or sets the participant's word for recovery.
pub(super) fn word(vault: &Vault, word: Option<String>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    if let Some(word) = word {
        door.set_recovery_word(word).wait()?;
    }
    let profile = door.read().wait()?;
    let word = recovery_word(&profile.recovery_word);
    if out.is_json() {
        return out.value(&BTreeMap::from([("recovery_word", word)]));
    }
    out.line(word)
}

/// Shows or sets what is wanted where a share says nothing.
fn wanted(vault: &Vault, chosen: &[SupportWanted], out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    if !chosen.is_empty() {
        door.set_wanted(wanted_of(chosen)).wait()?;
    }
    let wanted = door.wanted().wait()?;
    if out.is_json() {
        return out.value(&BTreeMap::from([("wanted", wanted.codes().collect::<Vec<_>>())]));
    }
    out.line(wanted_line(wanted))
}

/// A draft with what was said beside its words.
fn with(draft: StatementDraft, beside: Beside) -> StatementDraft {
    StatementDraft {
        because: beside.because.unwrap_or(draft.because),
        because_is_shareable: draft.because_is_shareable || beside.show_because,
        when: beside.when.unwrap_or(draft.when),
        tags: if beside.tags.is_empty() {
            draft.tags
        } else {
            beside.tags.into_iter().filter(|tag| !tag.trim().is_empty()).collect()
        },
        zone: moments::local_zone().name().to_owned(),
        ..draft
    }
}

/// Moves a section before another one, or a statement within its section.
fn put_before(vault: &Vault, profile: &Profile, what: &str, before: Option<&str>) -> Result<String, Failure> {
    let door = vault.profile();
    if let Ok(statement) = statement_of(profile, what) {
        let before = before.map(|before| statement_of(profile, before)).transpose()?;
        door.move_statement(statement.id, before.map(|before| before.id))
            .wait()?;
        return Ok(statement.id.to_string());
    }
    let section = section_of(profile, what)?;
    let before = before.map(|before| section_of(profile, before)).transpose()?;
    door.move_section(section, before).wait()?;
    Ok(section.to_string())
}

fn history(vault: &Vault, profile: &Profile, out: Output) -> Result<(), Failure> {
    let history = vault.profile().history().wait()?;
    if out.is_json() {
        let changes: Vec<ChangeValue> = history.iter().map(ChangeValue::from).collect();
        return out.value(&BTreeMap::from([("changes", changes)]));
    }
    for revision in &history {
        let said = |said: &Option<Said>| said.as_ref().map_or("(nothing)".to_owned(), spoken);
        let section = profile
            .statement(revision.statement)
            .and_then(|statement| profile.section(statement.section))
            .map(|section| format!("  {}", section.name))
            .unwrap_or_default();
        out.line(format!(
            "{}  {}  {}{section}",
            find::short(revision.id),
            revision.at.local_date,
            revision.by
        ))?;
        out.line(format!("    {} → {}", said(&revision.from), said(&revision.to)))?;
    }
    Ok(())
}

fn erase_history(vault: &Vault, change: Option<&str>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let Some(change) = change else {
        door.erase_history().wait()?;
        return out.say(said::SAVED.text);
    };
    let unknown = || Failure::not_found("Nothing was changed: there is no change with this id.");
    let beginning = Beginning::parse(change).ok_or_else(unknown)?;
    let history = door.history().wait()?;
    let id = find::only(&beginning, history.iter().map(|revision| revision.id), "change")?;
    door.erase_revision(id).wait()?;
    super::saved(&id.to_string(), out)
}

fn show(profile: &Profile, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&ProfileValue::from(profile));
    }
    if profile.sections.is_empty() {
        out.line(said::PROFILE_EMPTY.text)?;
    }
    for section in profile.sections.iter().filter(|section| !section.hidden) {
        out.line(format!("{}  {}", find::short(section.id), bold(&section.name)))?;
        if section.id == DefaultSection::Address.id() {
            let address = &profile.address;
            let languages = languages(&address.languages);
            let parts = [
                (&address.name, address.name_is_shareable),
                (&address.pronouns, address.pronouns_are_shareable),
                (&languages, address.languages_are_shareable),
            ];
            for (text, is_shareable) in parts.into_iter().filter(|(text, _)| !text.is_empty()) {
                let shareable = if is_shareable { "  (shareable)" } else { "" };
                out.line(format!("    {text}{shareable}"))?;
            }
        }
        for statement in profile.statements_of(section.id) {
            let shareable = if statement.is_shareable { "  (shareable)" } else { "" };
            let whose = match statement.offered_by.as_str() {
                "" => String::new(),
                who => format!("  ({who}'s words)"),
            };
            out.line(format!(
                "{}    {}{whose}{shareable}",
                find::short(statement.id),
                spoken(&Said::by(statement))
            ))?;
        }
    }
    let hidden: Vec<&str> = profile
        .sections
        .iter()
        .filter(|section| section.hidden)
        .map(|section| section.name.as_str())
        .collect();
    if !hidden.is_empty() {
        out.line(format!("\nHidden: {}", hidden.join(" · ")))?;
    }
    let offered: Vec<String> = offered_sections(profile)
        .into_iter()
        .map(|section| section.name)
        .collect();
    if offered.is_empty() {
        return Ok(());
    }
    out.line(format!("\nYou can also use: {}", offered.join(" · ")))
}

/// Languages by their tags, on one line; nothing for none.
pub(super) fn languages(tags: &[String]) -> String {
    if tags.is_empty() {
        return String::new();
    }
    export::LANGUAGES.with(&[("what", &tags.join(", "))])
}

/// What was said, with its stance, its time and its reason.
fn spoken(said: &Said) -> String {
    let mut spoken = said.text.clone();
    if let Some(stance) = said.stance {
        spoken.push_str(&format!("  ({})", in_words(stance)));
    }
    if !said.when.is_empty() {
        spoken.push_str(&format!("  [{}]", said.when));
    }
    if !said.because.is_empty() {
        spoken.push_str(&format!("  because: {}", said.because));
    }
    spoken
}

const fn in_words(stance: Stance) -> &'static str {
    match stance {
        Stance::Want => "wanted",
        Stance::OpenTo => "open to it",
        Stance::Unsure => "not sure",
        Stance::NotNow => "not now",
        Stance::NotForMe => "not for me",
    }
}

fn examples(section: SectionId, out: Output) -> Result<(), Failure> {
    let examples = section_examples(section);
    if out.is_json() {
        return out.value(&BTreeMap::from([("examples", examples)]));
    }
    if examples.is_empty() {
        return out.line("This section begins with your own words.");
    }
    examples.iter().try_for_each(|example| out.line(example))
}

/// The section of this name, or whose id begins so; one that is only offered, too.
pub(super) fn section_of(profile: &Profile, text: &str) -> Result<SectionId, Failure> {
    let wanted = text.trim().to_lowercase();
    let offered = offered_sections(profile);
    // One in use comes before one of the same name that is only offered.
    for list in [&profile.sections, &offered] {
        let mut named = list
            .iter()
            .filter(|section| section.name.trim().to_lowercase() == wanted);
        if let (Some(section), None) = (named.next(), named.next()) {
            return Ok(section.id);
        }
    }
    let unknown = || Failure::not_found("Nothing was changed: there is no one section of this name.");
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    let all = profile.sections.iter().chain(&offered);
    find::only(&beginning, all.map(|section| section.id), "section")
}

fn statement_of<'a>(profile: &'a Profile, text: &str) -> Result<&'a Statement, Failure> {
    let unknown = || Failure::not_found("Nothing was changed: there is no statement with this id.");
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    let id: StatementId = find::only(&beginning, profile.statements.iter().map(|one| one.id), "statement")?;
    profile.statement(id).ok_or_else(unknown)
}
