//! The part of a profile that a participant shows.

use crate::id::SectionId;
use crate::profile::{DefaultSection, Profile, Section, Stance, addresses, are_languages};
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

/// How the participant wants to be addressed, as far as they show it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SharedAddress {
    /// Their name; empty where it is not shown.
    pub name: String,
    /// Their pronouns; empty where they are not shown.
    pub pronouns: String,
    /// Their languages in their order, by their BCP 47 tags; empty where they are not shown.
    pub languages: Vec<String>,
}

impl SharedAddress {
    /// Whether nothing of it is shown.
    pub const fn is_empty(&self) -> bool {
        self.name.is_empty() && self.pronouns.is_empty() && self.languages.is_empty()
    }

    /// Whether somebody can be called so, in the middle of a sentence, and whether software can read their languages.
    pub fn is_sound(&self) -> bool {
        addresses(&self.name) && addresses(&self.pronouns) && are_languages(&self.languages)
    }

    /// What was met under `met` is called: the name that is shown, or else the one they were met with, and pronouns only where these are shown.
    pub fn called(&self, met: &str) -> String {
        let name = if self.name.is_empty() { met } else { &self.name };
        if self.pronouns.is_empty() {
            return name.to_owned();
        }
        format!("{name} ({})", self.pronouns)
    }
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
    /// How to address them.
    pub address: SharedAddress,
    /// The sections: how to be addressed, what they need in order to take part, then the others in the participant's order.
    pub sections: Vec<SharedSection>,
}

impl SharedProfile {
    /// Nothing that is shown, in this version.
    pub const fn nothing(version: u64) -> Self {
        Self {
            version,
            address: SharedAddress {
                name: String::new(),
                pronouns: String::new(),
                languages: Vec::new(),
            },
            sections: Vec::new(),
        }
    }

    /// Whether nothing is shown.
    pub const fn is_empty(&self) -> bool {
        self.address.is_empty() && self.sections.is_empty()
    }

    /// Whether both show the same, whatever their versions.
    pub fn shows_as(&self, other: &Self) -> bool {
        (&self.address, &self.sections) == (&other.address, &other.sections)
    }

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
        let mut address = SharedAddress::default();
        if sections.first().is_some_and(|first| place(first.id) == 0) {
            let said = &profile.address;
            let shown = |text: &String, is_shareable| if is_shareable { text.clone() } else { String::new() };
            address.name = shown(&said.name, said.name_is_shareable);
            address.pronouns = shown(&said.pronouns, said.pronouns_are_shareable);
            if said.languages_are_shareable {
                address.languages.clone_from(&said.languages);
            }
        }
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
            address,
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

impl fmt::Debug for SharedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedAddress(…)")
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
    use crate::profile::{Address, Statement};

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
            address: Address {
                name: "secret".to_owned(),
                name_is_shareable: true,
                pronouns: "secret".to_owned(),
                pronouns_are_shareable: true,
                languages: vec!["ase".to_owned()],
                languages_are_shareable: true,
            },
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
    fn a_name_pronouns_and_languages_are_shown_with_their_section_and_each_where_it_may_be() {
        let mut profile = Profile {
            sections: vec![Section {
                id: DefaultSection::Address.id(),
                name: "Address".to_owned(),
                order: 1,
                hidden: false,
            }],
            address: Address {
                name: "Mari".to_owned(),
                name_is_shareable: true,
                pronouns: "she/her".to_owned(),
                pronouns_are_shareable: false,
                languages: vec!["ase".to_owned(), "de-CH".to_owned()],
                languages_are_shareable: false,
            },
            ..Profile::default()
        };
        let section = BTreeSet::from([DefaultSection::Address.id()]);
        let built = |profile: &Profile, shown: &BTreeSet<SectionId>| SharedProfile::build(profile, shown, 1);
        let shown = built(&profile, &section);
        assert!(shown.sections.is_empty() && !shown.is_empty());
        assert_eq!(shown.address.called("Marisol"), "Mari");
        assert!(shown.address.languages.is_empty());
        profile.address.pronouns_are_shareable = true;
        assert_eq!(built(&profile, &section).address.called("Marisol"), "Mari (she/her)");
        profile.address.name_is_shareable = false;
        assert_eq!(built(&profile, &section).address.called("Marisol"), "Marisol (she/her)");
        profile.address.pronouns_are_shareable = false;
        assert!(built(&profile, &section).is_empty());
        profile.address.languages_are_shareable = true;
        let shown = built(&profile, &section);
        assert!(!shown.is_empty() && shown.address.is_sound());
        assert_eq!(shown.address.languages, ["ase", "de-CH"]);
        assert_eq!(shown.address.called("Marisol"), "Marisol", "in no sentence");
        assert!(built(&profile, &BTreeSet::new()).is_empty());
        profile.sections[0].hidden = true;
        assert!(built(&profile, &section).is_empty());
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
