//! What a participant shows of their profile: these sections, to this specialist, as it is now, and nothing that tells of the rest.

use cairn_core::id::{SectionId, StatementId};
use cairn_core::profile::{Address, DefaultSection, Stance, StatementDraft};
use cairn_core::vault::Error;
use cairn_tests::{Device, Two, drive};
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn section_with(two: &mut Two, name: &str, statements: &[&str]) -> (SectionId, Vec<StatementId>) {
    let section = two.phone.engine.add_section(name).unwrap();
    let said = statements.iter().map(|text| say(&mut two.phone, section, text));
    (section, said.collect())
}

fn show(two: &mut Two, sections: &[SectionId]) {
    let sections: BTreeSet<SectionId> = sections.iter().copied().collect();
    two.phone.engine.show_sections(two.id, &sections).unwrap();
}

/// What she opens: the name of its section, each statement, and whether it is new.
fn opened(two: &mut Two) -> Vec<(String, String, bool)> {
    let Some(opened) = two.dee.engine.open_preferences(two.theirs).unwrap() else {
        return Vec::new();
    };
    let statements = opened.profile.statements();
    let with_new = statements.zip(&opened.is_new);
    with_new
        .map(|((section, one), new)| (section.to_owned(), one.text.clone(), *new))
        .collect()
}

fn texts(two: &mut Two) -> Vec<String> {
    opened(two).into_iter().map(|(_, text, _)| text).collect()
}

/// Says something that may be shown.
fn say(device: &mut Device, section: SectionId, text: &str) -> StatementId {
    let draft = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new(text)
    };
    device.engine.write_statement(section, draft).unwrap()
}

fn pages(device: &Device) -> Vec<u8> {
    device.engine.store().decrypted_pages().unwrap()
}

fn holds(device: &Device, words: &str) -> bool {
    pages(device).windows(words.len()).any(|at| at == words.as_bytes())
}

#[test]
fn a_specialist_sees_the_sections_that_are_shown_and_no_trace_of_the_others() {
    let mut two = Two::agreed(1);
    let (address, _) = section_with(&mut two, "How to address me", &["Marisol, they"]);
    section_with(&mut two, "Zebra boundaries", &["Quetzal secret"]);
    let private = StatementDraft::new("Private all the same");
    two.phone.engine.write_statement(address, private).unwrap();
    two.settle();
    assert_eq!(texts(&mut two), Vec::<String>::new(), "nothing is shown by itself");
    assert!(!two.dee.card().has_new_preferences);
    show(&mut two, &[address]);
    two.settle();
    assert!(two.dee.card().has_new_preferences);
    let shown = vec![("How to address me".to_owned(), "Marisol, they".to_owned(), false)];
    assert_eq!(opened(&mut two), shown);
    assert!(!two.dee.card().has_new_preferences);
    for unshown in ["Zebra", "Quetzal", "Private all the same"] {
        assert!(!holds(&two.dee, unshown), "{unshown}");
    }
    // Nothing goes out for what is not shown.
    let heard = two.world.overhear();
    let boundaries = two.phone.engine.add_section("More").unwrap();
    say(&mut two.phone, boundaries, "Not for Dee");
    let space = two.phone.card().relationship.space.unwrap();
    two.settle();
    let headers = heard
        .records()
        .into_iter()
        .map(|record| cairn_tests::header_of(&record));
    assert_eq!(headers.filter(|header| *header.space.as_bytes() == space).count(), 0);
    assert!(!two.dee.card().has_new_preferences);
}

#[test]
fn what_changes_goes_again_by_itself_and_says_what_is_new() {
    let mut two = Two::agreed(2);
    let (touch, said) = section_with(&mut two, "Touch", &["Hugs", "Handshakes"]);
    show(&mut two, &[touch]);
    two.settle();
    assert_eq!(opened(&mut two).len(), 2);
    let reworded = StatementDraft {
        stance: Some(Stance::NotForMe),
        is_shareable: true,
        ..StatementDraft::new("Hugs")
    };
    two.phone.engine.revise_statement(said[0], reworded).unwrap();
    say(&mut two.phone, touch, "Please ask before touching.");
    two.settle();
    assert!(two.dee.card().has_new_preferences);
    let new: Vec<bool> = opened(&mut two).into_iter().map(|(.., new)| new).collect();
    assert_eq!(new, [true, false, true]);
    let new: Vec<bool> = opened(&mut two).into_iter().map(|(.., new)| new).collect();
    assert_eq!(new, [false; 3], "opened is opened");
}

#[test]
fn what_is_taken_back_is_gone_from_every_page_of_hers_and_from_the_relay() {
    let mut two = Two::agreed(3);
    let (first, _) = section_with(&mut two, "First", &["Marmalade zeppelin"]);
    let (second, _) = section_with(&mut two, "Second", &["Stays"]);
    show(&mut two, &[first, second]);
    two.settle();
    assert_eq!(texts(&mut two), ["Marmalade zeppelin", "Stays"]);
    assert!(holds(&two.dee, "Marmalade"));
    show(&mut two, &[second]);
    two.settle();
    assert_eq!(texts(&mut two), ["Stays"]);
    assert!(!holds(&two.dee, "Marmalade"));
    show(&mut two, &[]);
    two.settle();
    assert!(texts(&mut two).is_empty() && !holds(&two.dee, "Stays"));
    // Another device of hers that comes later finds nothing either.
    let mut dees = Device::new(&two.world, 33, "dees");
    two.dee.pair(&two.world, &mut dees);
    dees.sync(&two.world);
    dees.sync(&two.world);
    let theirs = dees.card().relationship.id;
    assert_eq!(dees.engine.open_preferences(theirs).unwrap(), None);
    assert!(!holds(&dees, "Marmalade") && !holds(&dees, "Stays"));
}

#[test]
fn all_devices_of_the_participant_show_the_same_and_a_pause_keeps_it_as_it_was() {
    let mut two = Two::agreed(4);
    let mut tablet = Device::new(&two.world, 44, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    tablet.sync(&two.world);
    let (section, _) = section_with(&mut two, "Section", &["From the phone"]);
    show(&mut two, &[section]);
    two.settle();
    tablet.sync(&two.world);
    let heard = two.world.overhear();
    for _ in 0..2 {
        tablet.sync(&two.world);
        two.settle();
    }
    assert!(heard.records().is_empty(), "nothing is said twice");
    say(&mut tablet, section, "From the tablet");
    tablet.sync(&two.world);
    two.settle();
    assert_eq!(texts(&mut two), ["From the phone", "From the tablet"]);
    two.phone.engine.pause_relationship(two.id, true).unwrap();
    say(&mut two.phone, section, "During the pause");
    two.settle();
    tablet.sync(&two.world);
    assert_eq!(texts(&mut two).len(), 2);
    two.phone.engine.pause_relationship(two.id, false).unwrap();
    two.settle();
    assert_eq!(texts(&mut two).len(), 3);
}

#[test]
fn after_the_end_nothing_of_it_is_left_with_the_specialist() {
    for by_specialist in [false, true] {
        let mut two = Two::agreed(5);
        let (section, _) = section_with(&mut two, "Section", &["Marmalade zeppelin"]);
        show(&mut two, &[section]);
        two.settle();
        assert_eq!(texts(&mut two).len(), 1);
        if by_specialist {
            two.dee.engine.end_relationship(two.theirs, "I leave.").unwrap();
            assert!(!holds(&two.dee, "Marmalade"), "at once");
        } else {
            two.phone.engine.end_relationship(two.id, "").unwrap();
        }
        two.settle();
        assert!(texts(&mut two).is_empty() && !holds(&two.dee, "Marmalade"));
        let shown = two.phone.engine.show_sections(two.id, &BTreeSet::from([section]));
        assert!(matches!(shown, Err(Error::Terms(_))));
        two.phone.engine.add_section("Later").unwrap();
        two.settle();
        // The relay has none of it any more either: a copy of her device from before learns nothing.
        let row = two
            .phone
            .engine
            .store()
            .view()
            .shown_profile(space(&two))
            .unwrap()
            .unwrap();
        let last = cairn_core::record::decode_shared_profile(&row.content).unwrap();
        assert!(last.sections.is_empty() && row.seq > 0);
    }
}

fn space(two: &Two) -> cairn_wire::SpaceId {
    cairn_wire::SpaceId::from_bytes(two.phone.card().relationship.space.unwrap())
}

#[test]
fn a_relay_that_loses_its_store_is_shown_it_again() {
    let mut two = Two::agreed(6);
    let (section, _) = section_with(&mut two, "Section", &["Still shown"]);
    show(&mut two, &[section]);
    two.settle();
    two.world = two.world.with_nothing_but_its_key(6);
    two.world.clock.advance_ms(DAY_MS);
    for _ in 0..2 {
        drop(drive(&mut two.phone.engine, &two.world.line()).unwrap());
        drop(drive(&mut two.dee.engine, &two.world.line()).unwrap());
    }
    let mut dees = Device::new(&two.world, 66, "dees");
    two.dee.pair(&two.world, &mut dees);
    dees.sync(&two.world);
    let theirs = dees.card().relationship.id;
    let opened = dees.engine.open_preferences(theirs).unwrap().unwrap();
    assert_eq!(opened.profile.statements().count(), 1);
    // And what is shown after it counts as later, for her devices of before too.
    say(&mut two.phone, section, "Said after");
    two.settle();
    assert_eq!(texts(&mut two), ["Still shown", "Said after"]);
}

#[test]
fn each_shows_what_is_theirs_to_show() {
    let mut two = Two::agreed(7);
    let (section, _) = section_with(&mut two, "Section", &["Mine"]);
    let shown = two.dee.engine.show_sections(two.theirs, &BTreeSet::new());
    assert!(matches!(shown, Err(Error::NotFound)));
    let opened = two.phone.engine.open_preferences(two.id);
    assert!(matches!(opened, Err(Error::NotFound)));
    let unknown = BTreeSet::from([section, SectionId::from_bytes([9; 16])]);
    let shown = two.phone.engine.show_sections(two.id, &unknown);
    assert!(matches!(shown, Err(Error::NotFound)));
    assert!(
        two.phone.card().relationship.shown_sections.is_empty(),
        "all of it or nothing"
    );
}

#[test]
fn what_is_taken_back_is_gone_in_a_pause_too_whoever_paused() {
    for by_specialist in [false, true] {
        let mut two = Two::agreed(8);
        let (first, _) = section_with(&mut two, "First", &["Marmalade zeppelin"]);
        let (second, _) = section_with(&mut two, "Second", &["Stays"]);
        show(&mut two, &[first, second]);
        two.settle();
        assert_eq!(texts(&mut two).len(), 2);
        if by_specialist {
            two.dee.engine.pause_relationship(two.theirs, true).unwrap();
        } else {
            two.phone.engine.pause_relationship(two.id, true).unwrap();
        }
        two.settle();
        say(&mut two.phone, second, "Not before the pause is over");
        show(&mut two, &[second]);
        two.settle();
        assert_eq!(texts(&mut two), ["Stays"]);
        assert!(!holds(&two.dee, "Marmalade"));
    }
}

/// How the participant says to be addressed; both may be shown.
fn addressed(two: &mut Two, name: &str, pronouns: &str) {
    let address = Address {
        name: name.to_owned(),
        name_is_shareable: true,
        pronouns: pronouns.to_owned(),
        pronouns_are_shareable: true,
        ..Address::default()
    };
    two.phone.engine.set_address(&address).unwrap();
}

/// What a specialist's app calls the participant: in sentences and lists, on what is shared, and when that is read.
fn called(two: &mut Two) -> [String; 3] {
    let card = two.dee.card();
    let shared = two.dee.engine.shared_cards().unwrap().remove(0);
    let read = two.dee.engine.open_shared(shared.share).unwrap().view.from;
    [card.called().unwrap(), shared.from, read]
}

#[test]
fn a_participant_is_called_as_they_show_it_from_one_round_to_the_next_and_nothing_is_guessed() {
    let mut two = Two::agreed(11);
    let entry = two.phone.write("The night.");
    two.phone.share(two.id, entry);
    two.settle();
    let all = |name: &str| [name; 3].map(str::to_owned);
    assert_eq!(called(&mut two), all("Marisol"), "as they were met");
    // What is said and not shown reaches nobody.
    addressed(&mut two, "Quetzal", "sie/ihr");
    two.settle();
    assert_eq!(called(&mut two), all("Marisol"));
    assert!(!holds(&two.dee, "Quetzal") && !two.dee.card().has_new_preferences);
    show(&mut two, &[DefaultSection::Address.id()]);
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert_eq!(called(&mut two), all("Quetzal (sie/ihr)"));
    let card = two.dee.card();
    assert_eq!(
        (card.name(), card.address.pronouns.as_str()),
        (Some("Quetzal"), "sie/ihr")
    );
    assert!(card.has_new_preferences);
    let opened = two.dee.engine.open_preferences(two.theirs).unwrap().unwrap();
    assert_eq!(opened.profile.address, card.address);
    assert!(opened.profile.sections.is_empty());
    // A change is there with the next round, in what was shared before it too.
    addressed(&mut two, "Marmalade", "");
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert_eq!(called(&mut two), all("Marmalade"));
    assert!(!holds(&two.dee, "Quetzal") && !holds(&two.dee, "sie/ihr"));
    // Taken back it is in no sentence any more, and on no page of hers.
    show(&mut two, &[]);
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert_eq!(called(&mut two), all("Marisol"));
    assert!(!holds(&two.dee, "Marmalade"));
    assert_eq!(two.dee.engine.open_preferences(two.theirs).unwrap(), None);
    assert_eq!(
        two.phone.card().called().as_deref(),
        Some("Dee"),
        "whom the participant met"
    );
}

#[test]
fn in_a_pause_a_name_is_taken_back_and_another_one_waits() {
    let mut two = Two::agreed(12);
    addressed(&mut two, "Marmalade", "she/her");
    show(&mut two, &[DefaultSection::Address.id()]);
    two.settle();
    assert_eq!(two.dee.card().called().unwrap(), "Marmalade (she/her)");
    two.phone.engine.pause_relationship(two.id, true).unwrap();
    two.settle();
    assert_eq!(two.dee.card().called().unwrap(), "Marmalade (she/her)");
    addressed(&mut two, "Quetzal", "she/her");
    two.settle();
    assert_eq!(two.dee.card().called().unwrap(), "Marisol (she/her)");
    assert!(!holds(&two.dee, "Marmalade") && !holds(&two.dee, "Quetzal"));
    two.phone.engine.pause_relationship(two.id, false).unwrap();
    two.settle();
    two.settle();
    assert_eq!(two.dee.card().called().unwrap(), "Quetzal (she/her)");
}

#[test]
fn what_was_taken_back_just_before_a_loss_is_taken_back_after_it() {
    let mut two = Two::agreed(9);
    let (section, _) = section_with(&mut two, "Section", &["Marmalade zeppelin"]);
    show(&mut two, &[section]);
    two.settle();
    assert_eq!(texts(&mut two).len(), 1);
    show(&mut two, &[]);
    two.phone.sync(&two.world);
    two.world = two.world.with_nothing_but_its_key(9);
    two.world.clock.advance_ms(DAY_MS);
    for _ in 0..2 {
        drop(drive(&mut two.phone.engine, &two.world.line()).unwrap());
        drop(drive(&mut two.dee.engine, &two.world.line()).unwrap());
    }
    assert!(texts(&mut two).is_empty() && !holds(&two.dee, "Marmalade"));
}

#[test]
fn what_waits_sealed_is_held_against_what_is_to_be_shown_now() {
    let mut two = Two::agreed(10);
    let (section, _) = section_with(&mut two, "Section", &["Marmalade zeppelin"]);
    show(&mut two, &[section]);
    let space = space(&two);
    let half = cairn_tests::Meddler::of_requests(two.world.line(), move |request| {
        if request.path == "/v1/append" && request.body.windows(16).any(|bytes| bytes == space.as_bytes()) {
            request.path = "/v1/nowhere";
        }
    });
    drop(drive(&mut two.phone.engine, &half).unwrap());
    assert_eq!(
        two.phone
            .engine
            .store()
            .view()
            .outbox(space, usize::MAX, 9)
            .unwrap()
            .len(),
        1
    );
    show(&mut two, &[]);
    let heard = two.world.overhear();
    two.settle();
    let headers = heard
        .records()
        .into_iter()
        .map(|record| cairn_tests::header_of(&record));
    assert_eq!(headers.filter(|header| header.space == space).count(), 0);
    assert!(texts(&mut two).is_empty());
}
