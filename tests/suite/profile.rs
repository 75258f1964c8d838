//! The preference profile: the participant's alone, on all of their devices, and what of it may be shown.

use cairn_core::id::SectionId;
use cairn_core::limits;
use cairn_core::profile::{DefaultSection, PlanList, Profile, Stance, Statement, StatementDraft};
use cairn_core::support::SharedProfile;
use cairn_core::vault::{
    Engine, offered_sections, preference_history, read_hopes, read_mainstays, read_plan, read_profile, section_examples,
};
use cairn_tests::{Device, World, converge};
use std::collections::BTreeSet;

fn pair_of_devices(seed: u64) -> (World, Device, Device) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    let mut tablet = Device::new(&world, seed, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    (world, phone, tablet)
}

fn profile(engine: &Engine) -> Profile {
    read_profile(engine.store().view()).unwrap()
}

#[test]
fn two_devices_that_use_one_default_section_apart_get_one_section() {
    let (world, mut phone, mut tablet) = pair_of_devices(1);
    let paths = DefaultSection::Paths.id();
    phone.engine.add_statement(paths, "walks", Some(Stance::Want)).unwrap();
    tablet.engine.add_statement(paths, "meditation", None).unwrap();
    tablet
        .engine
        .rename_section(DefaultSection::Reach.id(), "How to find me")
        .unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(profile(&phone.engine), profile(&tablet.engine));
    let merged = profile(&phone.engine);
    let names: Vec<&str> = merged.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["Paths", "How to find me"]);
    assert_eq!(merged.statements_of(paths).count(), 2);
}

#[test]
fn a_changed_word_for_recovery_changes_every_name_that_speaks_of_it() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let vision = DefaultSection::Vision.id();
    let offered = |engine: &Engine| {
        let offered = offered_sections(&profile(engine));
        offered
            .into_iter()
            .find(|section| section.id == vision)
            .map(|section| section.name)
    };
    assert_eq!(offered(&phone.engine).unwrap(), "What recovery looks like for me");
    phone.engine.set_recovery_word("getting by").unwrap();
    assert_eq!(offered(&phone.engine).unwrap(), "What getting by looks like for me");
    phone.engine.add_statement(vision, "soup on Sundays", None).unwrap();
    phone.engine.set_recovery_word("healing").unwrap();
    assert_eq!(
        profile(&phone.engine).sections[0].name,
        "What healing looks like for me"
    );
    phone.engine.set_recovery_word("").unwrap();
    assert_eq!(
        profile(&phone.engine).sections[0].name,
        "What recovery looks like for me"
    );
}

#[test]
fn the_history_holds_both_of_two_concurrent_changes_and_is_erased_on_both_devices() {
    let (world, mut phone, mut tablet) = pair_of_devices(3);
    let section = DefaultSection::Boundaries.id();
    let id = phone.engine.add_statement(section, "no hugs", None).unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    phone.engine.set_statement(id, "no hugs, please", None).unwrap();
    tablet
        .engine
        .set_statement(id, "hugs are fine now", Some(Stance::OpenTo))
        .unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    let history = preference_history(phone.engine.store().view()).unwrap();
    assert_eq!(history, preference_history(tablet.engine.store().view()).unwrap());
    let said: BTreeSet<(String, String)> = history
        .iter()
        .map(|one| (one.by.clone(), one.to.as_ref().unwrap().text.clone()))
        .collect();
    let expected = [
        ("phone", "no hugs"),
        ("phone", "no hugs, please"),
        ("tablet", "hugs are fine now"),
    ];
    assert_eq!(said, expected.map(|(by, text)| (by.to_owned(), text.to_owned())).into());
    assert_eq!(history[0].from, None);

    tablet.engine.erase_preference_revision(history[0].id).unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(preference_history(phone.engine.store().view()).unwrap(), history[1..]);
    phone.engine.erase_preference_history().unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(preference_history(tablet.engine.store().view()).unwrap(), []);
    assert!(
        profile(&tablet.engine).statement(id).is_some(),
        "what it says now stays"
    );
}

#[test]
fn the_shared_version_goes_up_with_what_may_be_shown_and_with_nothing_else() {
    let (world, mut phone, mut tablet) = pair_of_devices(4);
    let section = DefaultSection::Support.id();
    let version = |device: &Device| profile(&device.engine).shared_version;
    let private = phone
        .engine
        .add_statement(section, "canary of the phone", None)
        .unwrap();
    phone
        .engine
        .set_statement(private, "another canary", Some(Stance::Want))
        .unwrap();
    phone.engine.set_recovery_word("mending").unwrap();
    phone.engine.hide_section(DefaultSection::Reach.id(), true).unwrap();
    assert_eq!(version(&phone), 0, "all of that is private");

    let shareable = StatementDraft {
        is_shareable: true,
        because: "a reason".to_owned(),
        ..StatementDraft::new("listening, mostly")
    };
    let shown = phone.engine.write_statement(section, shareable.clone()).unwrap();
    assert_eq!(version(&phone), 1);
    let because = StatementDraft {
        because: "another reason".to_owned(),
        ..shareable.clone()
    };
    phone.engine.revise_statement(shown, because.clone()).unwrap();
    assert_eq!(version(&phone), 1, "the reason is private");
    let told = StatementDraft {
        because_is_shareable: true,
        ..because
    };
    phone.engine.revise_statement(shown, told.clone()).unwrap();
    phone.engine.rename_section(section, "How to be with me").unwrap();
    assert_eq!(version(&phone), 3);

    converge(&world, &mut [&mut phone, &mut tablet]);
    let ideas = StatementDraft {
        text: "listening, and ideas".to_owned(),
        ..told
    };
    phone.engine.revise_statement(shown, ideas).unwrap();
    tablet.engine.remove_statement(shown).unwrap();
    assert_eq!((version(&phone), version(&tablet)), (4, 4));
    converge(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(
        (version(&phone), version(&tablet)),
        (5, 5),
        "two changes made apart are told from either of them"
    );
}

#[test]
fn no_word_of_the_history_or_of_what_is_private_is_in_a_shared_profile() {
    let world = World::new(5);
    let mut phone = Device::new(&world, 5, "phone");
    let section = DefaultSection::OwnWords.id();
    phone.engine.add_statement(section, "canary private", None).unwrap();
    let draft = |text: &str| StatementDraft {
        is_shareable: true,
        because: "canary reason".to_owned(),
        tags: vec!["canary tag".to_owned()],
        ..StatementDraft::new(text)
    };
    let shown = phone.engine.write_statement(section, draft("canary before")).unwrap();
    phone.engine.revise_statement(shown, draft("I like soup")).unwrap();
    phone.engine.set_recovery_word("canary word").unwrap();
    assert_eq!(preference_history(phone.engine.store().view()).unwrap().len(), 3);
    let profile = profile(&phone.engine);
    let all: BTreeSet<SectionId> = DefaultSection::ALL.iter().map(|section| section.id()).collect();
    let bytes =
        cairn_core::record::encode_shared_profile(&SharedProfile::build(&profile, &all, profile.shared_version));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("I like soup") && !text.contains("canary"), "{text}");
}

#[test]
fn only_the_last_place_in_the_list_belongs_to_a_statement_that_was_not_moved() {
    let world = World::new(6);
    let mut phone = Device::new(&world, 6, "phone");
    let section = DefaultSection::Strengths.id();
    let ids: Vec<_> = ["patience", "bread", "maps"]
        .iter()
        .map(|text| phone.engine.add_statement(section, text, None).unwrap())
        .collect();
    phone.engine.move_statement(ids[2], Some(ids[0])).unwrap();
    let order: Vec<String> = profile(&phone.engine)
        .statements_of(section)
        .map(|statement| statement.text.clone())
        .collect();
    assert_eq!(order, ["maps", "patience", "bread"]);
}

/// Whether the decrypted pages of a device hold these words.
fn holds(device: &Device, words: &str) -> bool {
    device
        .pages()
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[test]
fn former_words_are_gone_from_every_page_when_their_history_is_erased() {
    let (world, mut phone, mut tablet) = pair_of_devices(21);
    let section = DefaultSection::Boundaries.id();
    let id = phone.engine.add_statement(section, "Quetzal feathers", None).unwrap();
    let line = phone
        .engine
        .add_plan_item(PlanList::Services, "Quetzal clinic")
        .unwrap();
    let hope = phone.engine.add_hope("a Quetzal garden", "Europe/London").unwrap();
    let mainstay = phone.engine.add_mainstay("my Quetzal").unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    phone.engine.set_statement(id, "Ask first.", None).unwrap();
    tablet.engine.set_mainstay(mainstay, "my bird").unwrap();
    phone
        .engine
        .set_plan_item(line, PlanList::Services, "the clinic")
        .unwrap();
    phone.engine.set_hope(hope, "a garden", "Europe/London").unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    assert!(
        holds(&phone, "Quetzal") && holds(&tablet, "Quetzal"),
        "what is merged holds former words"
    );
    phone.engine.erase_preference_history().unwrap();
    assert!(!holds(&phone, "Quetzal"));
    converge(&world, &mut [&mut phone, &mut tablet]);
    tablet.engine.store().checkpoint().unwrap();
    assert!(!holds(&tablet, "Quetzal"));
    for device in [&phone, &tablet] {
        assert_eq!(profile(&device.engine).statement(id).unwrap().text, "Ask first.");
        assert_eq!(
            read_plan(device.engine.store().view()).unwrap().items[0].text,
            "the clinic"
        );
        assert_eq!(read_hopes(device.engine.store().view()).unwrap()[0].text, "a garden");
        assert_eq!(read_mainstays(device.engine.store().view()).unwrap()[0].text, "my bird");
        let status = device.engine.sync_status().unwrap();
        assert_eq!((status.waiting, status.set_aside), (0, 0));
    }
    // Erasing what is erased is nothing to send.
    phone.engine.erase_preference_history().unwrap();
    assert_eq!(phone.engine.sync_status().unwrap().waiting, 0);
    let mut laptop = Device::new(&world, 23, "laptop");
    tablet.pair(&world, &mut laptop);
    laptop.sync(&world);
    assert_eq!(profile(&laptop.engine), profile(&phone.engine));
    assert!(!holds(&laptop, "Quetzal"));
}

#[test]
fn what_was_changed_elsewhere_meanwhile_is_carried_over_when_a_history_is_erased() {
    let (world, mut phone, mut tablet) = pair_of_devices(22);
    let section = DefaultSection::Boundaries.id();
    let kept = phone.engine.add_statement(section, "no hugs", None).unwrap();
    let gone = phone.engine.add_statement(section, "no calls", None).unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    tablet
        .engine
        .set_statement(kept, "hugs are fine", Some(Stance::OpenTo))
        .unwrap();
    tablet.engine.remove_statement(gone).unwrap();
    let new = tablet.engine.add_statement(section, "tea is fine", None).unwrap();
    phone.engine.set_recovery_word("mending").unwrap();
    phone.engine.erase_preference_history().unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    let same = |phone: &Device, tablet: &Device| {
        let (here, there) = (profile(&phone.engine), profile(&tablet.engine));
        assert_eq!(here, there);
        here
    };
    let both = same(&phone, &tablet);
    assert_eq!(both.recovery_word, "mending");
    assert_eq!(both.statement(kept).unwrap().text, "hugs are fine");
    assert!(both.statement(new).is_some() && both.statement(gone).is_none());
    // Both at once, apart: of two values for one thing one stands, on both.
    phone.engine.set_recovery_word("getting by").unwrap();
    phone.engine.erase_preference_history().unwrap();
    let own = tablet.engine.add_statement(section, "quiet is fine", None).unwrap();
    tablet.engine.erase_preference_history().unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    let both = same(&phone, &tablet);
    assert!(["getting by", "mending"].contains(&both.recovery_word.as_str()));
    assert!(both.statement(own).is_some() && both.statement(kept).is_some());
    assert!(both.statement(gone).is_none());
}

#[test]
fn a_plan_that_is_reworded_for_years_begins_anew_before_it_is_full() {
    let (world, mut phone, mut tablet) = pair_of_devices(24);
    let line = phone.engine.add_plan_item(PlanList::Services, "One.").unwrap();
    let length = limits::STATEMENT_CHARACTERS_MAX - 10;
    let words = |n: usize| format!("{n} {}", "x".repeat(length));
    let times = 3 * limits::FLAT_HISTORY_BYTES / length;
    for n in 0..times {
        phone.engine.set_plan_item(line, PlanList::Services, &words(n)).unwrap();
    }
    converge(&world, &mut [&mut phone, &mut tablet]);
    let plan = read_plan(tablet.engine.store().view()).unwrap();
    assert_eq!(plan.items[0].text, words(times - 1));
    assert!(
        phone.pages().len() < 2 * limits::FLAT_HISTORY_BYTES,
        "former words are let go"
    );
}

#[test]
fn a_path_of_ones_own_is_kept_as_one_of_the_examples_is() {
    let (_world, mut phone, _tablet) = pair_of_devices(24);
    let paths = DefaultSection::Paths.id();
    assert!(
        profile(&phone.engine).statements.is_empty(),
        "none is chosen beforehand"
    );
    let example = section_examples(paths)
        .into_iter()
        .find(|path| path == "no label")
        .unwrap();
    let mut state = |text: &str| {
        let draft = StatementDraft {
            stance: Some(Stance::OpenTo),
            ..StatementDraft::new(text)
        };
        phone.engine.write_statement(paths, draft).unwrap()
    };
    let (taken, own) = (state(&example), state("the allotment"));
    let all = profile(&phone.engine);
    let taken = all.statement(taken).unwrap();
    let own = Statement {
        id: taken.id,
        text: taken.text.clone(),
        order: taken.order,
        ..all.statement(own).unwrap().clone()
    };
    assert!(*taken == own, "they differ in their words and place alone");
    assert!(holds(&phone, "no label") && !holds(&phone, "no_label") && !holds(&phone, "harm reduction"));
}
