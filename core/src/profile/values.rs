//! The profile as a person sees it.

use super::Fields;
use crate::id::{SectionId, StatementId};
use std::collections::BTreeMap;
use std::fmt;

/// Where a participant stands towards something. No order of worth: none of them is better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stance {
    /// Wanted.
    Want,
    /// Open to it.
    OpenTo,
    /// Not sure.
    Unsure,
    /// Not now.
    NotNow,
    /// Not for me.
    NotForMe,
}

impl Stance {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Want, Self::OpenTo, Self::Unsure, Self::NotNow, Self::NotForMe];

    /// The word it is kept under.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Want => "want",
            Self::OpenTo => "open_to",
            Self::Unsure => "unsure",
            Self::NotNow => "not_now",
            Self::NotForMe => "not_for_me",
        }
    }

    /// The stance kept under `code`, if this version knows it.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stance| stance.code() == code)
    }
}

/// A part of the profile with a name of the participant's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name in the data.
    pub id: SectionId,
    /// The participant's name for it.
    pub name: String,
    /// Its place; equals are placed by id.
    pub order: i64,
    /// Left out of lists until it is shown again.
    pub hidden: bool,
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One thing the participant says about themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name in the data.
    pub id: StatementId,
    /// The section it stands in.
    pub section: SectionId,
    /// The participant's words.
    pub text: String,
    /// Where they stand, if they took a stance.
    pub stance: Option<Stance>,
    /// Its place in the section; equals are placed by id.
    pub order: i64,
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Everything a participant said about what they prefer, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Sections by place.
    pub sections: Vec<Section>,
    /// Statements by place, of all sections.
    pub statements: Vec<Statement>,
}

impl Profile {
    /// Reads a profile. Total: what cannot be read here is left where it is.
    pub fn from_fields(fields: &Fields) -> Self {
        let mut sections: BTreeMap<SectionId, Section> = BTreeMap::new();
        let mut statements: BTreeMap<StatementId, Statement> = BTreeMap::new();
        for name in fields.keys() {
            if let Some(id) = owner(name, "section/", "/name") {
                sections.extend(section(fields, id).map(|section| (id, section)));
            } else if let Some(id) = owner(name, "statement/", "/text") {
                statements.extend(statement(fields, id).map(|statement| (id, statement)));
            }
        }
        let mut profile = Self {
            sections: sections.into_values().collect(),
            statements: statements.into_values().collect(),
        };
        profile.sections.sort_by_key(|section| (section.order, section.id));
        profile
            .statements
            .sort_by_key(|statement| (statement.order, statement.id));
        profile
    }

    /// The section with this id.
    pub fn section(&self, id: SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// The statement with this id.
    pub fn statement(&self, id: StatementId) -> Option<&Statement> {
        self.statements.iter().find(|statement| statement.id == id)
    }

    /// The statements of one section, by place.
    pub fn statements_of(&self, section: SectionId) -> impl Iterator<Item = &Statement> {
        self.statements
            .iter()
            .filter(move |statement| statement.section == section)
    }
}

/// The name of one part of a section.
pub(super) fn section_name(id: SectionId, part: &str) -> String {
    format!("section/{id}/{part}")
}

/// The name of one part of a statement.
pub(super) fn statement_name(id: StatementId, part: &str) -> String {
    format!("statement/{id}/{part}")
}

/// The id between `before` and `after`, in the one spelling we write: another spelling would be a second name for one thing.
fn owner<T: std::str::FromStr + fmt::Display>(name: &str, before: &str, after: &str) -> Option<T> {
    let text = name.strip_prefix(before)?.strip_suffix(after)?;
    text.parse::<T>().ok().filter(|id| id.to_string() == text)
}

fn section(fields: &Fields, id: SectionId) -> Option<Section> {
    let part = |part| fields.get(&section_name(id, part));
    Some(Section {
        id,
        name: part("name")?.text()?.to_owned(),
        order: part("order").and_then(|field| field.number()).unwrap_or(0),
        hidden: part("hidden").and_then(|field| field.number()) == Some(1),
    })
}

fn statement(fields: &Fields, id: StatementId) -> Option<Statement> {
    let part = |part| fields.get(&statement_name(id, part));
    Some(Statement {
        id,
        section: part("section")?.text()?.parse().ok()?,
        text: part("text")?.text()?.to_owned(),
        stance: part("stance")
            .and_then(|field| field.text())
            .and_then(Stance::from_code),
        order: part("order").and_then(|field| field.number()).unwrap_or(0),
    })
}
