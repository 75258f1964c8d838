//! How a participant wants to be addressed: a name, pronouns and languages, each of them theirs to show or not.
//!
//! | name | value | |
//! |---|---|---|
//! | `address/name/text`, `address/pronouns/text` | text | absent when there is none |
//! | `address/languages/text` | text | one tag a line, in their order; absent when there is none |
//! | `address/name/shareable`, and so for the others | number 1 | absent while it is private |
//!
//! They stand in the [section that is for this](super::DefaultSection::Address), and are shown to somebody where that is shown to them.
//! Nothing is guessed: whoever says no pronouns has none here, and no language follows from where somebody is or what they write in.

use super::languages::{languages_in, languages_read};
use super::parts::{Editing, Thing};
use super::{Changes, DefaultSection, Fields, Invalid, Profile, longer};
use crate::limits;
use std::fmt;

/// The list of them, in fields.
const ADDRESS: &str = "address";

/// How a participant wants to be addressed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Their name; empty where they say none.
    pub name: String,
    /// Whether it may be part of what others see.
    pub name_is_shareable: bool,
    /// Their pronouns, in their words; empty where they say none.
    pub pronouns: String,
    /// Whether these may be part of what others see.
    pub pronouns_are_shareable: bool,
    /// Their languages in their order, each by its BCP 47 tag (`de-CH`, `ase`): for fonts, voices and translation. Empty where they say none. What else there is to say
    /// of a language stands in words, in the section.
    pub languages: Vec<String>,
    /// Whether these may be part of what others see.
    pub languages_are_shareable: bool,
}

/// Shows no words.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Address {
    /// Reads it. Total: what is not there is not said.
    pub(super) fn from_fields(fields: &Fields) -> Self {
        let part = |part| Thing::new(fields, ADDRESS, part);
        Self {
            name: part("name").text("text"),
            name_is_shareable: part("name").flag("shareable"),
            pronouns: part("pronouns").text("text"),
            pronouns_are_shareable: part("pronouns").flag("shareable"),
            languages: languages_read(&part("languages").text("text")),
            languages_are_shareable: part("languages").flag("shareable"),
        }
    }
}

impl Profile {
    /// Says how the participant wants to be addressed; what is empty is taken back. The section that is for this is used from then on. Tags of languages are kept
    /// in their one spelling, each once.
    ///
    /// # Errors
    /// [`Invalid::Address`], [`Invalid::Language`] and [`Invalid::TooManyLanguages`] for the bounds; [`Invalid::TooMany`] where the profile is full.
    pub fn set_address(&self, fields: &Fields, address: &Address) -> Result<Changes, Invalid> {
        let (name, pronouns) = (address.name.trim(), address.pronouns.trim());
        if !addresses(name) || !addresses(pronouns) {
            return Err(Invalid::Address);
        }
        let languages = languages_in(&address.languages)?.join("\n");
        let parts = [
            ("name", name, address.name_is_shareable),
            ("pronouns", pronouns, address.pronouns_are_shareable),
            ("languages", &languages, address.languages_are_shareable),
        ];
        let mut changes = Changes::new();
        for (part, text, is_shareable) in parts {
            let edited = Editing::new(fields, ADDRESS, part).text("text", text);
            changes.extend(edited.flag("shareable", is_shareable && !text.is_empty()).done());
        }
        if !changes.is_empty() {
            changes.extend(self.used(DefaultSection::Address.id())?);
        }
        Ok(changes)
    }
}

/// Whether a name or pronouns can be so: they stand in the middle of sentences.
pub(crate) fn addresses(text: &str) -> bool {
    !longer(text, limits::NAME_CHARACTERS_MAX) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::profile::{Field, additions, apply};

    fn said(name: &str, pronouns: &str) -> Address {
        Address {
            name: name.to_owned(),
            name_is_shareable: true,
            pronouns: pronouns.to_owned(),
            pronouns_are_shareable: false,
            ..Address::default()
        }
    }

    fn languages(tags: &[&str], languages_are_shareable: bool) -> Address {
        Address {
            languages: tags.iter().map(|&tag| tag.to_owned()).collect(),
            languages_are_shareable,
            ..Address::default()
        }
    }

    fn set(fields: &mut Fields, address: &Address) -> Result<(), Invalid> {
        let changes = Profile::from_fields(fields).set_address(fields, address)?;
        apply(fields, &changes);
        Ok(())
    }

    #[test]
    fn a_name_and_pronouns_are_said_and_taken_back_each_by_itself() {
        let mut fields = Fields::new();
        assert_eq!(Profile::from_fields(&fields).address, Address::default());
        set(&mut fields, &said(" Mari ", "she/her")).unwrap();
        let profile = Profile::from_fields(&fields);
        assert_eq!(profile.address, said("Mari", "she/her"));
        assert!(
            profile.section(DefaultSection::Address.id()).is_some(),
            "it is used now"
        );
        // Nothing is left of what is taken back, and that it might be shown neither.
        set(&mut fields, &said("", "she/her")).unwrap();
        let left = Profile::from_fields(&fields).address;
        assert_eq!((left.name.as_str(), left.name_is_shareable), ("", false));
        assert!(fields.keys().all(|name| !name.starts_with("address/name/")));
        let again = Profile::from_fields(&fields).set_address(&fields, &left).unwrap();
        assert!(again.is_empty(), "what is said already changes nothing");
    }

    #[test]
    fn a_name_stands_on_one_line_and_ends_somewhere() {
        let most = "é".repeat(limits::NAME_CHARACTERS_MAX);
        set(&mut Fields::new(), &said(&most, &most)).unwrap();
        for bad in [format!("{most}é"), "Mari\nDee".to_owned(), "Mari\u{1b}[0m".to_owned()] {
            assert_eq!(set(&mut Fields::new(), &said(&bad, "")), Err(Invalid::Address));
            assert_eq!(set(&mut Fields::new(), &said("", &bad)), Err(Invalid::Address));
        }
    }

    #[test]
    fn languages_are_kept_by_their_tags_in_their_order_and_taken_back_as_one() {
        let mut fields = Fields::new();
        set(&mut fields, &languages(&["ase", "DE-ch", "de_CH"], true)).unwrap();
        let kept = Profile::from_fields(&fields).address;
        assert_eq!(kept, languages(&["ase", "de-CH"], true));
        let again = Profile::from_fields(&fields).set_address(&fields, &kept).unwrap();
        assert!(again.is_empty(), "what is said already changes nothing");
        let before = fields.clone();
        for (bad, why) in [("Deutsch", Invalid::Language), ("", Invalid::Language)] {
            assert_eq!(set(&mut fields, &languages(&["ase", bad], true)), Err(why));
        }
        assert_eq!(fields, before);
        set(&mut fields, &languages(&[], true)).unwrap();
        assert_eq!(Profile::from_fields(&fields).address, Address::default());
        assert!(fields.keys().all(|name| !name.starts_with("address/")));
    }

    #[test]
    fn what_no_version_of_ours_wrote_is_not_read_as_a_language() {
        let text = |text: &str| Some(Field::Text(text.to_owned()));
        let changes = Changes::from([("address/languages/text".to_owned(), text("DE-ch\nDeutsch\nde-CH\nase"))]);
        let mut fields = Fields::new();
        apply(&mut fields, &changes);
        assert_eq!(
            Profile::from_fields(&fields).address,
            languages(&["de-CH", "ase"], false)
        );
    }

    #[test]
    fn what_an_archive_brings_shows_no_name_that_is_private_here() {
        let (mut here, mut there) = (Fields::new(), Fields::new());
        let private = Address {
            name_is_shareable: false,
            ..said("Mari", "")
        };
        let private = Address {
            languages: vec!["ase".to_owned()],
            ..private
        };
        set(&mut here, &private).unwrap();
        let other = Address {
            languages: vec!["de".to_owned()],
            languages_are_shareable: true,
            ..said("Marisol", "she/her")
        };
        set(&mut there, &other).unwrap();
        let changes = additions(&here, &there);
        apply(&mut here, &changes);
        let address = Profile::from_fields(&here).address;
        assert_eq!(
            address,
            Address {
                pronouns: "she/her".to_owned(),
                ..private
            }
        );
    }
}
