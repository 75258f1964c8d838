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
        order: i64::from(n),
        ..Statement::new(StatementId::from_bytes([n; 16]), section_id(1), text)
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
fn a_statement_that_was_taken_away_while_it_was_given_new_words_is_there() {
    let mut fields = Fields::new();
    let own = DefaultSection::Boundaries.id();
    let said = Statement {
        section: own,
        ..statement(1, "Ask first.")
    };
    made(&mut fields, |profile| profile.set_statement(&said));
    let removed = remove_statement(&fields, said.id);
    let mut elsewhere = fields.clone();
    let reworded = Statement {
        text: "Please ask first.".to_owned(),
        ..said.clone()
    };
    let changes = Profile::from_fields(&elsewhere).set_statement(&reworded).unwrap();
    apply(&mut elsewhere, &changes);
    apply(&mut fields, &removed);
    apply(&mut fields, &changes);
    let profile = Profile::from_fields(&fields);
    let first = DefaultSection::OwnWords.id();
    let there: Vec<&str> = profile.statements_of(first).map(|one| one.text.as_str()).collect();
    assert_eq!(there, ["Please ask first."]);
    assert!(profile.section(first).is_some(), "and it is seen");
    let changes = remove_statement(&fields, said.id);
    apply(&mut fields, &changes);
    assert!(Profile::from_fields(&fields).section(first).is_none());
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
    let full = Profile::default();
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
        ..Profile::default()
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
    let changes = remove_statement(&fields, StatementId::from_bytes([1; 16]));
    apply(&mut fields, &changes);
    assert!(!Profile::from_fields(&fields).sections[0].hidden);
    assert!(Profile::from_fields(&fields).statements.is_empty());
    assert!(fields.keys().all(|name| name.starts_with("section/")));
}

#[test]
fn a_default_section_is_an_offer_until_it_is_used_renamed_hidden_or_moved() {
    let fresh = Profile::from_fields(&Fields::new());
    assert_eq!(fresh.offered().collect::<Vec<_>>(), DefaultSection::ALL);
    let paths = DefaultSection::Paths.id();
    let walks = Statement {
        section: paths,
        ..statement(1, "walks")
    };
    type Act<'a> = &'a dyn Fn(&Profile) -> Result<Changes, Invalid>;
    let acts: [Act<'_>; 4] = [
        &|profile| profile.set_statement(&walks),
        &|profile| profile.rename_section(paths, "Ways"),
        &|profile| profile.hide_section(paths, true),
        &|profile| profile.move_section(paths, None),
    ];
    for act in acts {
        let (mut phone, mut tablet) = (Fields::new(), Fields::new());
        made(&mut phone, act);
        made(&mut tablet, act);
        let profile = Profile::from_fields(&phone);
        assert_eq!(profile.sections.len(), 1, "the two devices mean one section");
        assert_eq!(profile.sections[0].id, paths);
        assert_eq!(profile.offered().count(), DefaultSection::ALL.len() - 1);
        assert_eq!(phone, tablet);
    }
    assert_eq!(
        fresh.hide_section(paths, false),
        Ok(Changes::new()),
        "it is shown already"
    );
}

#[test]
fn own_sections_stand_behind_those_that_are_offered_and_in_my_own_words_comes_first() {
    let mut fields = Fields::new();
    made(&mut fields, |profile| {
        profile.add_section(section_id(1), "The allotment")
    });
    for default in [DefaultSection::HardTimes, DefaultSection::OwnWords] {
        made(&mut fields, |profile| {
            profile.set_statement(&Statement {
                id: StatementId::from_bytes(*default.id().as_bytes()),
                section: default.id(),
                ..statement(1, "words")
            })
        });
    }
    let ids: Vec<SectionId> = Profile::from_fields(&fields)
        .sections
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(
        ids,
        [
            DefaultSection::OwnWords.id(),
            DefaultSection::HardTimes.id(),
            section_id(1)
        ]
    );
}

#[test]
fn every_part_of_a_statement_reads_back_and_what_did_not_change_is_not_written() {
    let mut fields = Fields::new();
    made(&mut fields, |profile| profile.add_section(section_id(1), "Paths"));
    let whole = Statement {
        attachment: Some(crate::id::AttachmentId::from_bytes([9; 16])),
        stance: Some(Stance::OpenTo),
        because: "it is quiet".to_owned(),
        because_is_shareable: true,
        when: "in the mornings".to_owned(),
        tags: vec!["outside".to_owned(), "легко".to_owned()],
        is_shareable: true,
        updated: Some(crate::moment::Moment::new(crate::clock::Timestamp(5), "Asia/Tokyo").unwrap()),
        ..statement(1, "walks")
    };
    made(&mut fields, |profile| profile.set_statement(&whole));
    let profile = Profile::from_fields(&fields);
    assert_eq!(profile.statements, std::slice::from_ref(&whole));
    let later = Statement {
        updated: Some(crate::moment::Moment::new(crate::clock::Timestamp(6), "UTC").unwrap()),
        ..whole.clone()
    };
    assert_eq!(
        profile.set_statement(&later),
        Ok(Changes::new()),
        "nothing but the time"
    );
    let private = Statement {
        is_shareable: false,
        ..later
    };
    assert_eq!(
        profile.set_statement(&private).unwrap().len(),
        2,
        "the mark and the time"
    );
    for bad in ["two\nlines".to_owned(), "x".repeat(limits::WORD_CHARACTERS_MAX + 1)] {
        let tags = vec![bad];
        assert_eq!(
            profile.set_statement(&Statement { tags, ..whole.clone() }),
            Err(Invalid::WordTooLong)
        );
    }
}

#[test]
fn the_shared_version_is_what_all_devices_counted_together() {
    let mut fields = Fields::new();
    assert_eq!(Profile::from_fields(&fields).shared_version, 0);
    for device in ["aa", "bb", "aa"] {
        let changes = count_shared(&fields, device);
        apply(&mut fields, &changes);
    }
    assert_eq!(Profile::from_fields(&fields).shared_version, 3);
    fields.insert("shared/cc".to_owned(), Field::Number(-7));
    assert_eq!(Profile::from_fields(&fields).shared_version, 3, "it never goes down");
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
