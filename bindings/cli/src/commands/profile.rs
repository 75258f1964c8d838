//! What a participant prefers.

use crate::args::ProfileChange;
use crate::failure::Failure;
use crate::find::{self, Beginning};
use crate::output::json::{Id, sections};
use crate::output::{Output, bold};
use cairn_core::id::{SectionId, StatementId};
use cairn_core::profile::{Profile, Stance, Statement};
use cairn_core::vault::Vault;
use cairn_core::words::status as said;
use std::collections::BTreeMap;

pub(super) fn run(vault: &Vault, change: Option<ProfileChange>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let profile = door.read().wait()?;
    let id = match change {
        None => return show(&profile, out),
        Some(ProfileChange::AddSection { name }) => door.add_section(name).wait()?.to_string(),
        Some(ProfileChange::Say { section, text, stance }) => {
            let section = section_of(&profile, &section)?;
            door.add_statement(section, text, stance.map(Stance::from))
                .wait()?
                .to_string()
        }
        Some(ProfileChange::Change {
            statement,
            text,
            stance,
            no_stance,
        }) => {
            let before = statement_of(&profile, &statement)?;
            let stance = if no_stance {
                None
            } else {
                stance.map(Stance::from).or(before.stance)
            };
            door.set_statement(before.id, text.unwrap_or_else(|| before.text.clone()), stance)
                .wait()?;
            before.id.to_string()
        }
        Some(ProfileChange::Rename { section, name }) => {
            let section = section_of(&profile, &section)?;
            door.rename_section(section, name).wait()?;
            section.to_string()
        }
        Some(ProfileChange::Remove { statement }) => {
            let statement = statement_of(&profile, &statement)?.id;
            door.remove_statement(statement).wait()?;
            statement.to_string()
        }
    };
    if out.is_json() {
        return out.value(&Id { id });
    }
    out.line(format!("{}  {}", said::SAVED, find::short(id)))
}

fn show(profile: &Profile, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&BTreeMap::from([("sections", sections(profile))]));
    }
    if profile.sections.is_empty() {
        return out.line(said::PROFILE_EMPTY.text);
    }
    for section in &profile.sections {
        out.line(format!("{}  {}", find::short(section.id), bold(&section.name)))?;
        for Statement { id, text, stance, .. } in profile.statements_of(section.id) {
            let stance = stance
                .map(|stance| format!("  ({})", in_words(stance)))
                .unwrap_or_default();
            out.line(format!("{}    {text}{stance}", find::short(*id)))?;
        }
    }
    Ok(())
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

/// The section of this name, or whose id begins so.
fn section_of(profile: &Profile, text: &str) -> Result<SectionId, Failure> {
    let wanted = text.trim().to_lowercase();
    let mut named = profile
        .sections
        .iter()
        .filter(|section| section.name.trim().to_lowercase() == wanted);
    if let (Some(section), None) = (named.next(), named.next()) {
        return Ok(section.id);
    }
    let unknown = || Failure::not_found("Nothing was changed: there is no one section of this name.");
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    find::only(&beginning, profile.sections.iter().map(|section| section.id), "section")
}

fn statement_of<'a>(profile: &'a Profile, text: &str) -> Result<&'a Statement, Failure> {
    let unknown = || Failure::not_found("Nothing was changed: there is no statement with this id.");
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    let id: StatementId = find::only(&beginning, profile.statements.iter().map(|one| one.id), "statement")?;
    profile.statement(id).ok_or_else(unknown)
}
