//! The JSON of what a participant prefers.

use super::MomentValue;
use cairn_core::profile::{PreferenceRevision, Profile, Said, Section, Stance};
use cairn_core::vault::offered_sections;
use serde::Serialize;

/// The profile.
#[derive(Debug, Serialize)]
pub(crate) struct ProfileValue {
    address: AddressValue,
    /// In the participant's order.
    sections: Vec<SectionValue>,
    /// Sections that can be used next.
    offered: Vec<OfferedValue>,
    /// Empty until one was chosen.
    recovery_word: String,
    /// Goes up with every change of what may be shown.
    shared_version: u64,
}

/// How the participant wants to be addressed; what is empty they say nothing of.
#[derive(Debug, Serialize)]
pub(crate) struct AddressValue {
    name: String,
    name_is_shareable: bool,
    pronouns: String,
    pronouns_are_shareable: bool,
    /// BCP 47 tags, in their order.
    languages: Vec<String>,
    languages_are_shareable: bool,
}

/// A section of the profile.
#[derive(Debug, Serialize)]
pub(crate) struct SectionValue {
    id: String,
    name: String,
    hidden: bool,
    statements: Vec<StatementValue>,
}

/// A section that can be used next.
#[derive(Debug, Serialize)]
pub(crate) struct OfferedValue {
    id: String,
    name: String,
}

/// A statement of the profile.
#[derive(Debug, Serialize)]
pub(crate) struct StatementValue {
    id: String,
    text: String,
    /// `want`, `open_to`, `unsure`, `not_now`, `not_for_me`.
    stance: Option<&'static str>,
    because: String,
    because_is_shareable: bool,
    /// Empty for always.
    when: String,
    tags: Vec<String>,
    is_shareable: bool,
    /// Whose words they are; empty for the participant's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    offered_by: String,
    attachment: Option<String>,
    updated: Option<MomentValue>,
}

/// One change of a statement.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeValue {
    id: String,
    statement: String,
    /// What it said before; null when it was new.
    from: Option<SaidValue>,
    /// What it said then; null when it was taken away.
    to: Option<SaidValue>,
    /// The name of the device.
    by: String,
    at: MomentValue,
}

/// What a statement said.
#[derive(Debug, Serialize)]
pub(crate) struct SaidValue {
    text: String,
    stance: Option<&'static str>,
    because: String,
    when: String,
}

impl From<&Profile> for ProfileValue {
    fn from(profile: &Profile) -> Self {
        let section = |section: &Section| SectionValue {
            id: section.id.to_string(),
            name: section.name.clone(),
            hidden: section.hidden,
            statements: profile
                .statements_of(section.id)
                .map(|statement| StatementValue {
                    id: statement.id.to_string(),
                    text: statement.text.clone(),
                    stance: statement.stance.map(Stance::code),
                    because: statement.because.clone(),
                    because_is_shareable: statement.because_is_shareable,
                    when: statement.when.clone(),
                    tags: statement.tags.clone(),
                    is_shareable: statement.is_shareable,
                    offered_by: statement.offered_by.clone(),
                    attachment: statement.attachment.map(|id| id.to_string()),
                    updated: statement.updated.as_ref().map(MomentValue::from),
                })
                .collect(),
        };
        let offered = offered_sections(profile).into_iter().map(|section| OfferedValue {
            id: section.id.to_string(),
            name: section.name,
        });
        let address = &profile.address;
        Self {
            address: AddressValue {
                name: address.name.clone(),
                name_is_shareable: address.name_is_shareable,
                pronouns: address.pronouns.clone(),
                pronouns_are_shareable: address.pronouns_are_shareable,
                languages: address.languages.clone(),
                languages_are_shareable: address.languages_are_shareable,
            },
            sections: profile.sections.iter().map(section).collect(),
            offered: offered.collect(),
            recovery_word: profile.recovery_word.clone(),
            shared_version: profile.shared_version,
        }
    }
}

impl From<&PreferenceRevision> for ChangeValue {
    fn from(revision: &PreferenceRevision) -> Self {
        let said = |said: &Said| SaidValue {
            text: said.text.clone(),
            stance: said.stance.map(Stance::code),
            because: said.because.clone(),
            when: said.when.clone(),
        };
        Self {
            id: revision.id.to_string(),
            statement: revision.statement.to_string(),
            from: revision.from.as_ref().map(said),
            to: revision.to.as_ref().map(said),
            by: revision.by.clone(),
            at: (&revision.at).into(),
        }
    }
}
