//! Too much at once.

use cairn_core::journal::{Attachment, Draft, EntryQuery, Invalid};
use cairn_core::limits;
use cairn_core::profile::{self, Address};
use cairn_core::vault::{Error, Keeping, Kind, entry_for_editing};
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
fn a_language_that_is_no_tag_or_one_too_many_is_refused_and_nothing_is_changed() {
    let world = World::new(45);
    let mut phone = Device::new(&world, 45, "phone");
    let languages = |languages: Vec<String>| Address {
        languages,
        ..Address::default()
    };
    let many = |count| (0..count).map(|n: u8| format!("q{}", char::from(b'a' + n))).collect();
    let most = u8::try_from(limits::LANGUAGES_MAX).unwrap();
    phone.engine.set_address(&languages(many(most))).unwrap();
    let before = phone.pages();
    for (bad, why) in [
        (vec!["The canary's language".to_owned()], profile::Invalid::Language),
        (
            vec!["de".to_owned(), "\u{202e}canary".to_owned()],
            profile::Invalid::Language,
        ),
        (vec!["canary-".repeat(1_000_000)], profile::Invalid::Language),
        (many(most + 1), profile::Invalid::TooManyLanguages),
    ] {
        let error = phone.engine.set_address(&languages(bad)).unwrap_err();
        assert!(matches!(error, Error::Profile(invalid) if invalid == why), "{error:?}");
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    assert!(phone.pages() == before, "not a byte of the database");
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

#[test]
fn an_entry_whose_parts_fit_and_which_does_not_fit_a_record_is_refused_while_it_can_be_changed() {
    let world = World::new(44);
    let mut phone = Device::new(&world, 44, "phone");
    let mut noise = [0; limits::TRANSCRIPT_CHARACTERS_MAX];
    let attachments = (0..30_u8).map(|n| {
        let photo = phone
            .engine
            .keep_attachment(Box::new(std::io::Cursor::new(vec![n; 10])), Keeping::default())
            .unwrap();
        // Letters that no compression makes few of.
        blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut noise);
        Attachment {
            transcript: noise.iter().map(|byte| char::from(b'0' + byte % 64)).collect(),
            ..photo
        }
    });
    let attachments: Vec<Attachment> = attachments.collect();
    let much = Draft {
        attachments: attachments.clone(),
        ..draft(&world.clock, "Words.")
    };
    let refused = phone.engine.write(much.clone()).map(drop);
    assert!(matches!(refused, Err(Error::Entry(Invalid::TooMuch))), "{refused:?}");
    let kept = phone.engine.keep_draft(None, None, much.clone());
    if let Ok(kept) = kept {
        assert_eq!(phone.engine.finish_draft(kept).unwrap_err().kind(), Kind::Invalid);
    }
    // The largest that is kept can be changed, and go.
    let id = (1..30).rev().find_map(|count| {
        let some = Draft {
            attachments: attachments.iter().take(count).cloned().collect(),
            ..much.clone()
        };
        phone.engine.write(some).ok()
    });
    let id = id.unwrap();
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
}
