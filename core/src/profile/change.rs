//! What a participant does to their profile, as changes of fields.

use super::values::{section_name, statement_name};
use super::{Changes, Field, Profile, Section, Statement};
use crate::id::{SectionId, StatementId};
use crate::limits;

/// The distance between two neighbours that were never moved: a section moved between them seldom touches another.
const STEP: i64 = 1 << 20;

/// What cannot be kept as it was given. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A section without a name could not be told from another.
    #[error("a section needs a name")]
    NameEmpty,
    /// The name of a section is longer than it can be.
    #[error(
        "the name of a section can hold {} characters: this one has more",
        limits::TITLE_CHARACTERS_MAX
    )]
    NameTooLong,
    /// A statement without words says nothing.
    #[error("a statement needs words")]
    TextEmpty,
    /// A statement is longer than it can be.
    #[error(
        "a statement can hold {} characters: this one has more",
        limits::STATEMENT_CHARACTERS_MAX
    )]
    TextTooLong,
    /// More sections or statements than a profile can hold.
    #[error("a profile can hold {} sections and as many statements", limits::STATEMENTS_MAX)]
    TooMany,
    /// The section is not there, on this device, at this time.
    #[error("there is no such section")]
    NoSuchSection,
}

impl Profile {
    /// Adds a section after all others.
    ///
    /// # Errors
    /// [`Invalid`] for the name's bounds, or when the profile is full.
    pub fn add_section(&self, id: SectionId, name: &str) -> Result<Changes, Invalid> {
        if self.sections.len() >= limits::STATEMENTS_MAX {
            return Err(Invalid::TooMany);
        }
        let order = after(self.sections.last().map(|section| section.order));
        Ok(Changes::from([
            (section_name(id, "name"), Some(Field::Text(checked_name(name)?))),
            (section_name(id, "order"), Some(Field::Number(order))),
        ]))
    }

    /// Gives a section another name.
    ///
    /// # Errors
    /// [`Invalid`] for the name's bounds, or when there is no such section.
    pub fn rename_section(&self, id: SectionId, name: &str) -> Result<Changes, Invalid> {
        let section = self.section(id).ok_or(Invalid::NoSuchSection)?;
        let name = checked_name(name)?;
        let mut changes = Changes::new();
        if section.name != name {
            changes.insert(section_name(id, "name"), Some(Field::Text(name)));
        }
        Ok(changes)
    }

    /// Leaves a section out of lists, or shows it again. What it holds stays.
    ///
    /// # Errors
    /// [`Invalid::NoSuchSection`].
    pub fn hide_section(&self, id: SectionId, hidden: bool) -> Result<Changes, Invalid> {
        let section = self.section(id).ok_or(Invalid::NoSuchSection)?;
        let mut changes = Changes::new();
        if section.hidden != hidden {
            changes.insert(section_name(id, "hidden"), hidden.then_some(Field::Number(1)));
        }
        Ok(changes)
    }

    /// Moves a section to stand before another one, or last.
    ///
    /// # Errors
    /// [`Invalid::NoSuchSection`] when either is not there.
    pub fn move_section(&self, id: SectionId, before: Option<SectionId>) -> Result<Changes, Invalid> {
        self.section(id).ok_or(Invalid::NoSuchSection)?;
        let others: Vec<&Section> = self.sections.iter().filter(|section| section.id != id).collect();
        let place = match before {
            None => others.len(),
            Some(next) if next == id => return Ok(Changes::new()),
            Some(next) => others
                .iter()
                .position(|section| section.id == next)
                .ok_or(Invalid::NoSuchSection)?,
        };
        let (previous, next) = (place.checked_sub(1).and_then(|at| others.get(at)), others.get(place));
        if let Some(order) = between(previous.map(|section| section.order), next.map(|section| section.order)) {
            return Ok(Changes::from([(section_name(id, "order"), Some(Field::Number(order)))]));
        }
        // No number is left between the two neighbours: all sections are placed anew.
        let mut ids: Vec<SectionId> = others.iter().map(|section| section.id).collect();
        ids.insert(place, id);
        let orders = (1..).map(|n: i64| n.saturating_mul(STEP));
        Ok(ids
            .iter()
            .zip(orders)
            .map(|(id, order)| (section_name(*id, "order"), Some(Field::Number(order))))
            .collect())
    }

    /// Keeps a statement: a new one, or one that is there with other words, another stance, section or place.
    ///
    /// # Errors
    /// [`Invalid`] for the bounds of the words, when the profile is full, or when there is no such section.
    pub fn set_statement(&self, statement: &Statement) -> Result<Changes, Invalid> {
        if statement.text.trim().is_empty() {
            return Err(Invalid::TextEmpty);
        }
        if longer(&statement.text, limits::STATEMENT_CHARACTERS_MAX) {
            return Err(Invalid::TextTooLong);
        }
        self.section(statement.section).ok_or(Invalid::NoSuchSection)?;
        let old = self.statement(statement.id);
        if old.is_none() && self.statements.len() >= limits::STATEMENTS_MAX {
            return Err(Invalid::TooMany);
        }
        let mut changes = Changes::new();
        let mut set = |part, value| changes.insert(statement_name(statement.id, part), value);
        if old.is_none_or(|old| old.text != statement.text) {
            set("text", Some(Field::Text(statement.text.clone())));
        }
        if old.is_none_or(|old| old.section != statement.section) {
            set("section", Some(Field::Text(statement.section.to_string())));
        }
        if old.is_none_or(|old| old.order != statement.order) {
            set("order", Some(Field::Number(statement.order)));
        }
        if old.and_then(|old| old.stance) != statement.stance {
            set(
                "stance",
                statement.stance.map(|stance| Field::Text(stance.code().to_owned())),
            );
        }
        Ok(changes)
    }

    /// Takes a statement away; nothing happens when it is gone already.
    pub fn remove_statement(&self, id: StatementId) -> Changes {
        if self.statement(id).is_none() {
            return Changes::new();
        }
        ["text", "section", "order", "stance"]
            .map(|part| (statement_name(id, part), None))
            .into()
    }

    /// The place of a new statement that stands last in `section`.
    pub fn last_place(&self, section: SectionId) -> i64 {
        after(self.statements_of(section).last().map(|statement| statement.order))
    }
}

/// Whether `text` has more than `max` characters, without counting further than that.
pub(crate) fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

fn checked_name(name: &str) -> Result<String, Invalid> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Invalid::NameEmpty);
    }
    if longer(name, limits::TITLE_CHARACTERS_MAX) {
        return Err(Invalid::NameTooLong);
    }
    Ok(name.to_owned())
}

const fn after(last: Option<i64>) -> i64 {
    match last {
        Some(order) => order.saturating_add(STEP),
        None => STEP,
    }
}

/// A number strictly between two places; an open end is a step away.
fn between(previous: Option<i64>, next: Option<i64>) -> Option<i64> {
    match (previous, next) {
        (None, None) => Some(STEP),
        (Some(previous), None) => previous.checked_add(STEP),
        (None, Some(next)) => next.checked_sub(STEP),
        (Some(previous), Some(next)) => {
            let middle = i64::midpoint(previous, next);
            (previous < middle && middle < next).then_some(middle)
        }
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
