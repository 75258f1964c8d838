//! Too much at once.

use cairn_core::journal::{Draft, EntryQuery, Invalid};
use cairn_core::limits;
use cairn_core::vault::{Error, Kind, entry_for_editing};
use cairn_tests::{Device, World, draft, texts};

#[test]
fn an_entry_of_ten_megabytes_is_refused_and_nothing_is_changed() {
    let world = World::new(41);
    let mut phone = Device::new(&world, 41, "phone");
    let id = phone.write("Short.");
    let before = phone.pages();
    let huge = draft(&world.clock, &"Words. ".repeat(10 * 1024 * 1024 / 7));
    let error = phone.engine.write(huge.clone()).unwrap_err();
    assert!(matches!(error, Error::Entry(Invalid::BodyTooLong)), "{error:?}");
    assert_eq!(error.kind(), Kind::Invalid);
    let (_, version) = entry_for_editing(phone.engine.store().view(), id).unwrap().unwrap();
    assert!(matches!(
        phone.engine.revise(id, &version, huge),
        Err(Error::Entry(Invalid::BodyTooLong))
    ));
    assert!(phone.pages() == before, "not a byte of the database");
    assert_eq!(texts(&phone.engine), ["Short."]);
}

#[test]
fn an_entry_at_the_bound_is_kept_and_sent_and_one_character_more_is_not() {
    let (world, mut phone, mut tablet) = super::two_devices(42);
    for character in ["a", "\u{1f9ed}"] {
        let longest = character.repeat(limits::BODY_CHARACTERS_MAX);
        phone.engine.write(draft(&world.clock, &longest)).unwrap();
        let more = phone
            .engine
            .write(draft(&world.clock, &format!("{longest}{character}")));
        assert!(matches!(more, Err(Error::Entry(Invalid::BodyTooLong))));
    }
    let held = super::settle(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(
        held.iter()
            .filter(|text| text.chars().count() == limits::BODY_CHARACTERS_MAX)
            .count(),
        2
    );
}

#[test]
fn more_words_or_a_longer_page_than_there_may_be_are_refused() {
    let world = World::new(43);
    let mut phone = Device::new(&world, 43, "phone");
    let plain = draft(&world.clock, "Words.");
    let many: Vec<String> = (0..=limits::WORDS_MAX).map(|n| format!("tag {n}")).collect();
    for too_much in [
        Draft {
            tags: many.clone(),
            ..plain.clone()
        },
        Draft {
            feelings: many,
            ..plain.clone()
        },
        Draft {
            title: "t".repeat(limits::TITLE_CHARACTERS_MAX + 1),
            ..plain.clone()
        },
        Draft {
            body: String::new(),
            ..plain
        },
    ] {
        assert_eq!(phone.engine.write(too_much).unwrap_err().kind(), Kind::Invalid);
    }
    assert!(
        phone
            .engine
            .store()
            .view()
            .entries(&EntryQuery::newest(1))
            .unwrap()
            .entries
            .is_empty()
    );
}
