//! The profile as a person sees it.

use super::parts::{Thing, id_in, ids};
use super::{Address, DefaultSection, Fields, moments};
use crate::id::{AttachmentId, SectionId, StatementId};
use crate::moment::Moment;
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
    /// The participant's name for it; empty for a default section that was never renamed.
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
    /// The participant's words; empty only where an attachment says it.
    pub text: String,
    /// A sound or a drawing that says it.
    pub attachment: Option<AttachmentId>,
    /// Where they stand, if they took a stance.
    pub stance: Option<Stance>,
    /// What it is because of; empty when they said nothing, which never needs a reason.
    pub because: String,
    /// Whether [`Self::because`] goes where the statement goes. It stays private otherwise.
    pub because_is_shareable: bool,
    /// When it applies, in their words; empty for always.
    pub when: String,
    /// Words of theirs to find it by, in their order.
    pub tags: Vec<String>,
    /// Whether it may be part of what others see; private until they say so.
    pub is_shareable: bool,
    /// The name of whoever said these words first, where the participant kept what was said to them; empty for words of their own.
    pub offered_by: String,
    /// When it last changed.
    pub updated: Option<Moment>,
    /// Its place in the section; equals are placed by id.
    pub order: i64,
}

impl Statement {
    /// A statement with nothing in it but words: private, for always, without a stance.
    pub fn new(id: StatementId, section: SectionId, text: impl Into<String>) -> Self {
        Self {
            id,
            section,
            text: text.into(),
            attachment: None,
            stance: None,
            because: String::new(),
            because_is_shareable: false,
            when: String::new(),
            tags: Vec::new(),
            is_shareable: false,
            offered_by: String::new(),
            updated: None,
            order: 0,
        }
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a participant gives when they state something, or state it anew.
#[derive(Clone, PartialEq, Eq)]
pub struct StatementDraft {
    /// Their words.
    pub text: String,
    /// A sound or a drawing that says it.
    pub attachment: Option<AttachmentId>,
    /// Where they stand.
    pub stance: Option<Stance>,
    /// What it is because of; never needed.
    pub because: String,
    /// Whether that goes where the statement goes.
    pub because_is_shareable: bool,
    /// When it applies; empty for always.
    pub when: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether it may be part of what others see.
    pub is_shareable: bool,
    /// IANA name of the zone they are in.
    pub zone: String,
}

impl fmt::Debug for StatementDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatementDraft(…)")
    }
}

impl StatementDraft {
    /// Words alone: private, for always, without a stance.
    pub fn new(text: impl Into<String>) -> Self {
        let nothing = SectionId::from_bytes([0; 16]);
        Self::of(&Statement::new(StatementId::from_bytes([0; 16]), nothing, text))
    }

    /// What a participant would change if they edited `statement`.
    pub fn of(statement: &Statement) -> Self {
        Self {
            text: statement.text.clone(),
            attachment: statement.attachment,
            stance: statement.stance,
            because: statement.because.clone(),
            because_is_shareable: statement.because_is_shareable,
            when: statement.when.clone(),
            tags: statement.tags.clone(),
            is_shareable: statement.is_shareable,
            zone: "UTC".to_owned(),
        }
    }

    /// `statement` with this in the place of what it said, changed at `updated`. Other words are the participant's own.
    pub fn put_into(self, statement: Statement, updated: Moment) -> Statement {
        Statement {
            offered_by: if self.text == statement.text {
                statement.offered_by
            } else {
                String::new()
            },
            text: self.text,
            attachment: self.attachment,
            stance: self.stance,
            because: self.because,
            because_is_shareable: self.because_is_shareable,
            when: self.when,
            tags: self.tags,
            is_shareable: self.is_shareable,
            updated: Some(updated),
            ..statement
        }
    }
}

/// Everything a participant said about what they prefer, in their order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Sections by place.
    pub sections: Vec<Section>,
    /// Statements by place, of all sections.
    pub statements: Vec<Statement>,
    /// How they want to be addressed.
    pub address: Address,
    /// The participant's word for recovery; empty until they chose one.
    pub recovery_word: String,
    /// Goes up with every change of what may be shown, on whichever device, and never down.
    pub shared_version: u64,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("sections", &self.sections)
            .field("statements", &self.statements)
            .finish_non_exhaustive()
    }
}

/// The list of sections, in fields.
pub(super) const SECTION: &str = "section";
/// The list of statements, in fields.
pub(super) const STATEMENT: &str = "statement";
/// The name of the participant's word for recovery.
pub(super) const RECOVERY_WORD: &str = "recovery/word";
/// Before the name of a device: how often it changed what may be shown.
pub(super) const SHARED: &str = "shared/";

impl Profile {
    /// Reads a profile. Total: what cannot be read here is left where it is.
    pub fn from_fields(fields: &Fields) -> Self {
        let counts = fields
            .range(SHARED.to_owned()..)
            .take_while(|(name, _)| name.starts_with(SHARED));
        // A sum of what each device counted: two devices that change apart are told from either of them.
        let shared_version = counts
            .filter_map(|(_, count)| u64::try_from(count.number()?).ok())
            .fold(0, u64::saturating_add);
        let mut profile = Self {
            sections: ids(fields, SECTION, "name")
                .into_iter()
                .filter_map(|id| section(fields, id))
                .collect(),
            statements: ids(fields, STATEMENT, "text")
                .into_iter()
                .filter_map(|id| statement(fields, id))
                .collect(),
            address: Address::from_fields(fields),
            recovery_word: fields
                .get(RECOVERY_WORD)
                .and_then(|word| word.text())
                .unwrap_or_default()
                .to_owned(),
            shared_version,
        };
        let own_words = DefaultSection::OwnWords;
        if profile.section(own_words.id()).is_none() && profile.statements_of(own_words.id()).next().is_some() {
            profile.sections.push(Section {
                id: own_words.id(),
                name: String::new(),
                order: own_words.order(),
                hidden: false,
            });
        }
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

    /// The default sections that are not in use yet, in their order.
    pub fn offered(&self) -> impl Iterator<Item = DefaultSection> {
        DefaultSection::ALL
            .into_iter()
            .filter(|default| self.section(default.id()).is_none())
    }
}

fn section(fields: &Fields, id: &str) -> Option<Section> {
    let part = Thing::new(fields, SECTION, id);
    let id: SectionId = id_in(id)?;
    let name = part.said("name")?.to_owned();
    // Without a name it can only be one that has a name in the room `words`.
    (!name.is_empty() || DefaultSection::from_id(id).is_some()).then(|| Section {
        id,
        name,
        order: part.number("order").unwrap_or(0),
        hidden: part.flag("hidden"),
    })
}

fn statement(fields: &Fields, id: &str) -> Option<Statement> {
    let part = Thing::new(fields, STATEMENT, id);
    Some(Statement {
        section: match part.said("section") {
            Some(section) => section.parse().ok()?,
            // One device took the statement away while another one gave it new words: these are not lost.
            None => DefaultSection::OwnWords.id(),
        },
        attachment: part.said("attachment").and_then(id_in),
        stance: part.said("stance").and_then(Stance::from_code),
        because: part.text("because"),
        because_is_shareable: part.flag("because_shareable"),
        when: part.text("when"),
        tags: part.said("tags").map(super::tags_in).unwrap_or_default(),
        is_shareable: part.flag("shareable"),
        offered_by: part.text("offered_by"),
        updated: part.said("updated").and_then(moments::read),
        order: part.number("order").unwrap_or(0),
        ..Statement::new(id_in(id)?, SectionId::from_bytes([0; 16]), part.said("text")?)
    })
}
