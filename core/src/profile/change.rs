//! What a participant does to their profile, as changes of fields.

use super::order::{after, moved};
use super::parts::{Editing, name};
use super::sections::OWN_FROM;
use super::values::{RECOVERY_WORD, SECTION, SHARED, STATEMENT};
use super::{Changes, DefaultSection, Field, Fields, Invalid, Profile, Section, Statement, moments};
use crate::id::{SectionId, StatementId};
use crate::limits;

impl Profile {
    /// Adds a section after all others.
    ///
    /// # Errors
    /// [`Invalid`] for the name's bounds, or when the profile is full.
    pub fn add_section(&self, id: SectionId, name: &str) -> Result<Changes, Invalid> {
        if self.sections.len() >= limits::STATEMENTS_MAX {
            return Err(Invalid::TooMany);
        }
        let last = self
            .sections
            .last()
            .map_or(OWN_FROM, |section| section.order.max(OWN_FROM));
        Ok(Changes::from([
            (section_name(id, "name"), Some(Field::Text(checked_name(name)?))),
            (section_name(id, "order"), Some(Field::Number(after(Some(last))))),
        ]))
    }

    /// Makes sure that a section is there: a default one that was only offered becomes part of the profile.
    pub(super) fn used(&self, id: SectionId) -> Result<Changes, Invalid> {
        if self.section(id).is_some() {
            return Ok(Changes::new());
        }
        let default = DefaultSection::from_id(id).ok_or(Invalid::NoSuchSection)?;
        if self.sections.len() >= limits::STATEMENTS_MAX {
            return Err(Invalid::TooMany);
        }
        Ok(Changes::from([
            (section_name(id, "name"), Some(Field::Text(String::new()))),
            (section_name(id, "order"), Some(Field::Number(default.order()))),
        ]))
    }

    /// Gives a section another name.
    ///
    /// # Errors
    /// [`Invalid`] for the name's bounds, or when there is no such section.
    pub fn rename_section(&self, id: SectionId, name: &str) -> Result<Changes, Invalid> {
        let mut changes = self.used(id)?;
        let name = checked_name(name)?;
        if self.section(id).is_none_or(|section| section.name != name) {
            changes.insert(section_name(id, "name"), Some(Field::Text(name)));
        }
        Ok(changes)
    }

    /// Leaves a section out of lists, or shows it again. What it holds stays.
    ///
    /// # Errors
    /// [`Invalid::NoSuchSection`].
    pub fn hide_section(&self, id: SectionId, hidden: bool) -> Result<Changes, Invalid> {
        let is_hidden = self.section(id).is_some_and(|section| section.hidden);
        if is_hidden == hidden {
            // What is only offered is shown already.
            return self.used(id).map(|_| Changes::new());
        }
        let mut changes = self.used(id)?;
        changes.insert(section_name(id, "hidden"), hidden.then_some(Field::Number(1)));
        Ok(changes)
    }

    /// Moves a section to stand before another one, or last.
    ///
    /// # Errors
    /// [`Invalid::NoSuchSection`] when either is not there.
    pub fn move_section(&self, id: SectionId, before: Option<SectionId>) -> Result<Changes, Invalid> {
        // One that is only offered, and the one it is to stand before, become part of the profile by it.
        let (mut profile, mut changes) = (self.clone(), Changes::new());
        for used in [Some(id), before].into_iter().flatten() {
            if let (false, Some(default)) = (profile.section(used).is_some(), DefaultSection::from_id(used)) {
                changes.extend(self.used(used)?);
                profile.sections.push(Section {
                    id: used,
                    name: String::new(),
                    order: default.order(),
                    hidden: false,
                });
            }
        }
        profile.sections.sort_by_key(|section| (section.order, section.id));
        let list: Vec<(SectionId, i64)> = profile
            .sections
            .iter()
            .map(|section| (section.id, section.order))
            .collect();
        let places = moved(&list, id, before).ok_or(Invalid::NoSuchSection)?;
        changes.extend(
            places
                .into_iter()
                .map(|(id, order)| (section_name(id, "order"), Some(Field::Number(order)))),
        );
        Ok(changes)
    }

    /// Keeps a statement: a new one, or one that is there with other words, another stance, section or place.
    ///
    /// # Errors
    /// [`Invalid`] for the bounds of the words, when the profile is full, or when there is no such section.
    pub fn set_statement(&self, statement: &Statement) -> Result<Changes, Invalid> {
        check(statement)?;
        let mut changes = self.used(statement.section)?;
        let old = self.statement(statement.id);
        if old.is_none() && self.statements.len() >= limits::STATEMENTS_MAX {
            return Err(Invalid::TooMany);
        }
        // Only what differs as this version reads it: a stance of a newer version stays while nobody takes another.
        let mut set = |part, differs: bool, value: Option<Field>| {
            if differs {
                changes.insert(statement_name(statement.id, part), value);
            }
        };
        let text = |words: &str| (!words.is_empty()).then(|| Field::Text(words.to_owned()));
        let flag = |flag: bool| flag.then_some(Field::Number(1));
        let fresh = Statement::new(statement.id, statement.section, "");
        let (is_new, old) = (old.is_none(), old.unwrap_or(&fresh));
        set(
            "text",
            is_new || old.text != statement.text,
            Some(Field::Text(statement.text.clone())),
        );
        set(
            "section",
            is_new || old.section != statement.section,
            Some(Field::Text(statement.section.to_string())),
        );
        set(
            "order",
            is_new || old.order != statement.order,
            Some(Field::Number(statement.order)),
        );
        set(
            "attachment",
            old.attachment != statement.attachment,
            statement.attachment.map(|id| Field::Text(id.to_string())),
        );
        set(
            "stance",
            old.stance != statement.stance,
            statement.stance.map(|stance| Field::Text(stance.code().to_owned())),
        );
        set("because", old.because != statement.because, text(&statement.because));
        set(
            "because_shareable",
            old.because_is_shareable != statement.because_is_shareable,
            flag(statement.because_is_shareable),
        );
        set("when", old.when != statement.when, text(&statement.when));
        set("tags", old.tags != statement.tags, text(&statement.tags.join("\n")));
        set(
            "shareable",
            old.is_shareable != statement.is_shareable,
            flag(statement.is_shareable),
        );
        set(
            "offered_by",
            old.offered_by != statement.offered_by,
            text(&statement.offered_by),
        );
        if let (false, Some(updated)) = (changes.is_empty(), &statement.updated) {
            let updated = Some(Field::Text(moments::write(updated)));
            changes.insert(statement_name(statement.id, "updated"), updated);
        }
        Ok(changes)
    }

    /// Moves a statement to stand before another one of its section, or last.
    ///
    /// # Errors
    /// [`Invalid::NoSuchStatement`] when either is not there, or they stand in two sections.
    pub fn move_statement(&self, id: StatementId, before: Option<StatementId>) -> Result<Changes, Invalid> {
        let section = self.statement(id).ok_or(Invalid::NoSuchStatement)?.section;
        let list: Vec<(StatementId, i64)> = self
            .statements_of(section)
            .map(|statement| (statement.id, statement.order))
            .collect();
        let places = moved(&list, id, before).ok_or(Invalid::NoSuchStatement)?;
        Ok(places
            .into_iter()
            .map(|(id, order)| (statement_name(id, "order"), Some(Field::Number(order))))
            .collect())
    }

    /// The place of a new statement that stands last in `section`.
    pub fn last_place(&self, section: SectionId) -> i64 {
        after(self.statements_of(section).last().map(|statement| statement.order))
    }

    /// Sets the participant's word for recovery; an empty one is the word that is used when none was chosen.
    ///
    /// # Errors
    /// [`Invalid::WordTooLong`].
    pub fn set_recovery_word(&self, word: &str) -> Result<Changes, Invalid> {
        let word = word.trim();
        if longer(word, limits::WORD_CHARACTERS_MAX) {
            return Err(Invalid::WordTooLong);
        }
        let mut changes = Changes::new();
        if self.recovery_word != word {
            let value = (!word.is_empty()).then(|| Field::Text(word.to_owned()));
            changes.insert(RECOVERY_WORD.to_owned(), value);
        }
        Ok(changes)
    }
}

/// Takes a statement away, with whatever a newer version added to it; nothing happens when it is gone already.
pub fn remove_statement(fields: &Fields, id: StatementId) -> Changes {
    Editing::new(fields, STATEMENT, id).removed().done()
}

/// Counts one more change of what may be shown, made on the device of this name.
pub fn count_shared(fields: &Fields, device: &str) -> Changes {
    let name = format!("{SHARED}{device}");
    let count = fields.get(&name).and_then(|count| count.number()).unwrap_or(0);
    Changes::from([(name, Some(Field::Number(count.saturating_add(1))))])
}

fn check(statement: &Statement) -> Result<(), Invalid> {
    if statement.text.trim().is_empty() && statement.attachment.is_none() {
        return Err(Invalid::TextEmpty);
    }
    let too_long = [&statement.text, &statement.because, &statement.when]
        .into_iter()
        .any(|words| longer(words, limits::STATEMENT_CHARACTERS_MAX));
    if too_long {
        return Err(Invalid::TextTooLong);
    }
    if statement.tags.len() > limits::WORDS_MAX {
        return Err(Invalid::TooMany);
    }
    let bad_tag = |tag: &String| tag.contains('\n') || longer(tag, limits::WORD_CHARACTERS_MAX);
    if statement.tags.iter().any(bad_tag) {
        return Err(Invalid::WordTooLong);
    }
    Ok(())
}

/// The name of one part of a section.
pub(super) fn section_name(id: SectionId, part: &str) -> String {
    name(SECTION, &id.to_string(), part)
}

/// The name of one part of a statement.
pub(super) fn statement_name(id: StatementId, part: &str) -> String {
    name(STATEMENT, &id.to_string(), part)
}

/// Whether `text` has more than `max` characters, without counting further than that.
pub(crate) fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

/// The name of a section, if it can be one.
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

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
