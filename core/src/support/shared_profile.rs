//! The part of a profile that a participant shows.

use crate::id::SectionId;
use crate::profile::{DefaultSection, Profile, Section, Stance};
use std::collections::BTreeSet;
use std::fmt;

/// One shown statement.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedStatement {
    /// The participant's words.
    pub text: String,
    /// Where they stand, if they took a stance.
    pub stance: Option<Stance>,
    /// What it is because of, where they chose to show that; empty otherwise.
    pub because: String,
    /// When it applies; empty for always.
    pub when: String,
}

/// One shown section.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSection {
    /// The participant's name for it.
    pub name: String,
    /// Its statements, in the participant's order.
    pub statements: Vec<SharedStatement>,
}

/// What a specialist opens: the shown part of the profile, and what in it is new to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedProfile {
    /// The part that is shown.
    pub profile: SharedProfile,
    /// Whether each statement, in the order in which they stand, is new since this was opened last; none is when it is opened for the first time.
    pub is_new: Vec<bool>,
}

/// The shown part of a profile: no id, no place in a longer list, nothing that tells of what is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedProfile {
    /// Goes up with every change of what is shown.
    pub version: u64,
    /// The sections: how to be addressed, what they need in order to take part, then the others in the participant's order.
    pub sections: Vec<SharedSection>,
}

impl SharedProfile {
    /// Its statements, each with the name of its section, in their order.
    pub fn statements(&self) -> impl Iterator<Item = (&str, &SharedStatement)> {
        self.sections.iter().flat_map(|section| {
            section
                .statements
                .iter()
                .map(|statement| (section.name.as_str(), statement))
        })
    }

    /// Builds the shown part: of the sections in `shown`, but for hidden ones, the statements that are shareable. A section
    /// with none of those is left out, so that its name does not tell of what it holds.
    ///
    /// Whoever opens it reads first how to address the participant and then what they need in order to take part, wherever
    /// these stand in the profile: the place of everything else is the participant's.
    pub fn build(profile: &Profile, shown: &BTreeSet<SectionId>, version: u64) -> Self {
        let mut sections: Vec<&Section> = profile
            .sections
            .iter()
            .filter(|section| shown.contains(&section.id) && !section.hidden)
            .collect();
        sections.sort_by_key(|section| place(section.id));
        let sections = sections.into_iter().map(|section| SharedSection {
            name: section.name.clone(),
            statements: profile
                .statements_of(section.id)
                .filter(|statement| statement.is_shareable)
                .map(|statement| SharedStatement {
                    text: statement.text.clone(),
                    stance: statement.stance,
                    because: if statement.because_is_shareable {
                        statement.because.clone()
                    } else {
                        String::new()
                    },
                    when: statement.when.clone(),
                })
                .collect(),
        });
        Self {
            version,
            sections: sections
                .filter(|section: &SharedSection| !section.statements.is_empty())
                .collect(),
        }
    }
}

/// The place of a section among what is shown; equals stay in the participant's order.
fn place(section: SectionId) -> u8 {
    match DefaultSection::from_id(section) {
        Some(DefaultSection::Address) => 0,
        Some(DefaultSection::Access) => 1,
        _ => 2,
    }
}

impl fmt::Debug for SharedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedStatement(…)")
    }
}

impl fmt::Debug for SharedSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSection(…)")
    }
}

impl fmt::Debug for SharedProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedProfile")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::StatementId;
    use crate::profile::Statement;

    #[test]
    fn a_section_that_is_not_shown_leaves_no_trace() {
        let id = |n| SectionId::from_bytes([n; 16]);
        let section = |n, name: &str, hidden| Section {
            id: id(n),
            name: name.to_owned(),
            order: n.into(),
            hidden,
        };
        let statement = |n: u8, section, text: &str| Statement {
            order: n.into(),
            because: "secret".to_owned(),
            tags: vec!["secret".to_owned()],
            is_shareable: text != "private secret",
            ..Statement::new(StatementId::from_bytes([n; 16]), id(section), text)
        };
        let profile = Profile {
            sections: vec![
                section(1, "Boundaries", false),
                section(2, "What helps", false),
                section(3, "Hidden", true),
                section(4, "Nothing to show in here", false),
            ],
            statements: vec![
                statement(1, 1, "secret"),
                statement(2, 2, "walks"),
                statement(3, 3, "secret"),
                statement(4, 2, "private secret"),
                statement(5, 4, "private secret"),
            ],
            recovery_word: "secret".to_owned(),
            shared_version: 9,
        };
        let shown = SharedProfile::build(&profile, &BTreeSet::from([id(2), id(3), id(4)]), 4);
        let helps = Profile {
            sections: vec![section(2, "What helps", false)],
            statements: vec![statement(2, 2, "walks")],
            ..Profile::default()
        };
        assert_eq!(shown, SharedProfile::build(&helps, &BTreeSet::from([id(2)]), 4));
        assert_eq!(shown.sections.len(), 1);
        let [walks] = shown.sections[0].statements.as_slice() else {
            panic!("one statement is shown")
        };
        assert_eq!((walks.text.as_str(), walks.because.as_str()), ("walks", ""));
        assert_eq!(SharedProfile::build(&profile, &BTreeSet::new(), 1).sections, vec![]);
    }

    #[test]
    fn who_somebody_is_and_what_they_need_comes_first_wherever_it_stands() {
        let in_profile = [
            DefaultSection::Strengths,
            DefaultSection::Access,
            DefaultSection::OwnWords,
            DefaultSection::Vision,
            DefaultSection::Address,
        ];
        let places = || (0..).zip(in_profile);
        let profile = Profile {
            sections: places()
                .map(|(order, section)| Section {
                    id: section.id(),
                    name: section.code().to_owned(),
                    order,
                    hidden: false,
                })
                .collect(),
            statements: places()
                .map(|(order, section)| Statement {
                    order,
                    is_shareable: true,
                    ..Statement::new(
                        StatementId::from_bytes(*section.id().as_bytes()),
                        section.id(),
                        "Words.",
                    )
                })
                .collect(),
            ..Profile::default()
        };
        let order = |shown: &BTreeSet<SectionId>| {
            let shown = SharedProfile::build(&profile, shown, 1).sections;
            shown.into_iter().map(|section| section.name).collect::<Vec<_>>()
        };
        let all = in_profile.map(DefaultSection::id).into();
        assert_eq!(order(&all), ["address", "access", "strengths", "own_words", "vision"]);
        let mut without_name = all;
        without_name.remove(&DefaultSection::Address.id());
        assert_eq!(order(&without_name), ["access", "strengths", "own_words", "vision"]);
    }
}
