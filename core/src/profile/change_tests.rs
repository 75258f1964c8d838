//! What changes of a profile do, alone and together.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::super::{Fields, Stance, apply};
use super::*;
use proptest::prelude::*;

fn section_id(n: u8) -> SectionId {
    SectionId::from_bytes([n; 16])
}

fn statement(n: u8, text: &str) -> Statement {
    Statement {
        id: StatementId::from_bytes([n; 16]),
        section: section_id(1),
        text: text.to_owned(),
        stance: None,
        order: i64::from(n),
    }
}

fn made(fields: &mut Fields, act: impl FnOnce(&Profile) -> Result<Changes, Invalid>) {
    let changes = act(&Profile::from_fields(fields)).unwrap();
    apply(fields, &changes);
}

#[test]
fn a_fresh_profile_holds_nothing() {
    assert_eq!(Profile::from_fields(&Fields::new()), Profile::default());
    assert!(Profile::default().statements.is_empty() && Profile::default().sections.is_empty());
}

#[test]
fn every_stance_reads_back_and_an_unknown_one_is_none_and_stays_in_the_fields() {
    let mut fields = Fields::new();
    made(&mut fields, |profile| profile.add_section(section_id(1), "Paths"));
    for stance in Stance::ALL {
        made(&mut fields, |profile| {
            profile.set_statement(&Statement {
                stance: Some(stance),
                ..statement(7, "meditation")
            })
        });
        assert_eq!(Profile::from_fields(&fields).statements[0].stance, Some(stance));
    }
    let name = statement_name(StatementId::from_bytes([7; 16]), "stance");
    fields.insert(name.clone(), Field::Text("later_perhaps".to_owned()));
    assert_eq!(Profile::from_fields(&fields).statements[0].stance, None);
    made(&mut fields, |profile| {
        profile.set_statement(&statement(7, "meditation, outdoors"))
    });
    assert_eq!(fields[&name].text(), Some("later_perhaps"));
}

#[test]
fn two_devices_that_change_different_things_change_different_names() {
    let mut fields = Fields::new();
    made(&mut fields, |profile| profile.add_section(section_id(1), "Paths"));
    made(&mut fields, |profile| profile.set_statement(&statement(1, "walks")));
    let profile = Profile::from_fields(&fields);
    let words = profile.set_statement(&statement(1, "long walks")).unwrap();
    let stance = profile
        .set_statement(&Statement {
            stance: Some(Stance::Want),
            ..statement(1, "walks")
        })
        .unwrap();
    assert!(words.keys().all(|name| !stance.contains_key(name)));
    apply(&mut fields, &words);
    apply(&mut fields, &stance);
    let merged = &Profile::from_fields(&fields).statements[0];
    assert_eq!(
        (merged.text.as_str(), merged.stance),
        ("long walks", Some(Stance::Want))
    );
}

#[test]
fn bounds_are_checked_and_refuse_without_changing_anything() {
    let full = Profile {
        sections: vec![],
        statements: vec![],
    };
    assert_eq!(full.add_section(section_id(1), "  "), Err(Invalid::NameEmpty));
    assert_eq!(
        full.add_section(section_id(1), &"ж".repeat(limits::TITLE_CHARACTERS_MAX + 1)),
        Err(Invalid::NameTooLong)
    );
    assert_eq!(full.rename_section(section_id(1), "x"), Err(Invalid::NoSuchSection));
    assert_eq!(full.set_statement(&statement(1, "walks")), Err(Invalid::NoSuchSection));
    assert_eq!(full.set_statement(&statement(1, " ")), Err(Invalid::TextEmpty));
    assert_eq!(
        full.set_statement(&statement(1, &"x".repeat(limits::STATEMENT_CHARACTERS_MAX + 1))),
        Err(Invalid::TextTooLong)
    );
    let section = Section {
        id: section_id(1),
        name: "x".to_owned(),
        order: 0,
        hidden: false,
    };
    let full = Profile {
        sections: vec![section; limits::STATEMENTS_MAX],
        statements: vec![],
    };
    assert_eq!(full.add_section(section_id(2), "one more"), Err(Invalid::TooMany));
}

#[test]
fn a_removed_statement_is_gone_and_a_hidden_section_keeps_what_it_holds() {
    let mut fields = Fields::new();
    made(&mut fields, |profile| profile.add_section(section_id(1), "Paths"));
    made(&mut fields, |profile| profile.set_statement(&statement(1, "walks")));
    made(&mut fields, |profile| profile.hide_section(section_id(1), true));
    assert!(Profile::from_fields(&fields).sections[0].hidden);
    assert_eq!(Profile::from_fields(&fields).statements.len(), 1);
    made(&mut fields, |profile| profile.hide_section(section_id(1), false));
    made(&mut fields, |profile| {
        Ok(profile.remove_statement(StatementId::from_bytes([1; 16])))
    });
    assert!(!Profile::from_fields(&fields).sections[0].hidden);
    assert!(Profile::from_fields(&fields).statements.is_empty());
    assert!(fields.keys().all(|name| name.starts_with("section/")));
}

proptest! {
    #[test]
    fn sections_stand_where_they_were_moved(moves in proptest::collection::vec((0_u8..6, 0_u8..7), 0..200)) {
        let mut fields = Fields::new();
        let mut expected: Vec<SectionId> = Vec::new();
        for n in 0..6 {
            made(&mut fields, |profile| profile.add_section(section_id(n), "name"));
            expected.push(section_id(n));
        }
        for (moved, before) in moves {
            let (moved, before) = (section_id(moved), (before < 6).then(|| section_id(before)));
            made(&mut fields, |profile| profile.move_section(moved, before));
            if before != Some(moved) {
                expected.retain(|id| *id != moved);
                let place = before.map_or(expected.len(), |next| expected.iter().position(|id| *id == next).unwrap());
                expected.insert(place, moved);
            }
            let found: Vec<SectionId> = Profile::from_fields(&fields).sections.iter().map(|section| section.id).collect();
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn reading_is_total(names in proptest::collection::vec("(section|statement)/[0-9a-f/-]{0,40}(name|text|order)|\\PC{0,30}", 0..20)) {
        let fields: Fields = names.into_iter().map(|name| (name, Field::Number(3))).collect();
        prop_assert_eq!(Profile::from_fields(&fields), Profile::default());
    }
}
