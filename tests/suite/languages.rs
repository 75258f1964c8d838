//! Somebody's languages, by tags that software can read, beside what they need and who they are in their own words.

use cairn_core::profile::{Address, DefaultSection, Profile, StatementDraft};
use cairn_core::vault::read_profile;
use cairn_tests::{Device, Two, World, converge};

/// Nothing but these languages.
fn speaking(tags: &[&str], languages_are_shareable: bool) -> Address {
    Address {
        languages: tags.iter().map(|&tag| tag.to_owned()).collect(),
        languages_are_shareable,
        ..Address::default()
    }
}

fn say(two: &mut Two, address: &Address) {
    two.phone.engine.set_address(address).unwrap();
}

fn show(two: &mut Two, sections: &[DefaultSection]) {
    let sections = sections.iter().map(|section| section.id()).collect();
    two.phone.engine.show_sections(two.id, &sections).unwrap();
}

fn holds(device: &Device, words: &str) -> bool {
    device.pages().windows(words.len()).any(|at| at == words.as_bytes())
}

fn profile(device: &Device) -> Profile {
    read_profile(device.engine.store().view()).unwrap()
}

#[test]
fn what_somebody_needs_and_who_they_are_stands_in_their_words_and_their_languages_beside_it() {
    let mut two = Two::agreed(15);
    let said = [
        (
            DefaultSection::Address,
            "An interpreter who knows the signs of the north.",
        ),
        (DefaultSection::Access, "Large print, and a room without stairs."),
        (DefaultSection::Belonging, "Half from the coast, half from here."),
        (
            DefaultSection::Culture,
            "Fridays are for the mosque, and I am nobody's sister.",
        ),
    ];
    for (section, words) in said {
        let draft = StatementDraft {
            is_shareable: true,
            ..StatementDraft::new(words)
        };
        two.phone.engine.write_statement(section.id(), draft).unwrap();
    }
    say(&mut two, &speaking(&["ase", "ar-Latn"], true));
    show(&mut two, &said.map(|(section, _)| section));
    two.settle();
    let shown = two.dee.engine.open_preferences(two.theirs).unwrap().unwrap().profile;
    let words: Vec<&str> = shown.statements().map(|(_, one)| one.text.as_str()).collect();
    assert_eq!(words, said.map(|(_, words)| words));
    assert_eq!(shown.address.languages, ["ase", "ar-Latn"]);
    assert_eq!(two.dee.card().address, shown.address);
}

#[test]
fn languages_are_read_by_software_where_they_are_shown_and_by_nobody_where_they_are_not() {
    let mut two = Two::agreed(13);
    // A tag that stands nowhere else in what she has.
    say(&mut two, &speaking(&["qtz-canary", "ASE"], false));
    show(&mut two, &[DefaultSection::Address]);
    two.settle();
    assert!(two.dee.card().address.is_empty() && !two.dee.card().has_new_preferences);
    assert!(!holds(&two.dee, "qtz-canary"));
    say(&mut two, &speaking(&["qtz-canary", "ASE", "de_ch"], true));
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    let card = two.dee.card();
    assert_eq!(card.address.languages, ["qtz-canary", "ase", "de-CH"]);
    assert_eq!(card.called().unwrap(), "Marisol", "in no sentence");
    assert!(card.has_new_preferences);
    let opened = two.dee.engine.open_preferences(two.theirs).unwrap().unwrap();
    assert!(opened.profile.address == card.address && opened.profile.sections.is_empty());
    // Taken back they are on no page of hers.
    say(&mut two, &speaking(&["qtz-canary", "ase", "de-CH"], false));
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert!(two.dee.card().address.is_empty() && !holds(&two.dee, "qtz-canary"));
    assert_eq!(two.dee.engine.open_preferences(two.theirs).unwrap(), None);
}

#[test]
fn in_a_pause_a_language_is_taken_back_and_another_one_or_another_order_waits() {
    let mut two = Two::agreed(14);
    say(&mut two, &speaking(&["ase", "de-CH", "fr"], true));
    show(&mut two, &[DefaultSection::Address]);
    two.settle();
    two.phone.engine.pause_relationship(two.id, true).unwrap();
    say(&mut two, &speaking(&["qtz-canary", "fr", "ase"], true));
    two.settle();
    assert_eq!(two.dee.card().address.languages, ["ase", "fr"]);
    assert!(!holds(&two.dee, "qtz-canary") && !holds(&two.dee, "de-CH"));
    two.phone.engine.pause_relationship(two.id, false).unwrap();
    two.settle();
    two.settle();
    assert_eq!(two.dee.card().address.languages, ["qtz-canary", "fr", "ase"]);
}

#[test]
fn a_name_and_languages_said_apart_both_stand_and_of_two_lists_one_does_whole() {
    let world = World::new(16);
    let mut phone = Device::new(&world, 16, "phone");
    let mut tablet = Device::new(&world, 16, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    let name = Address {
        name: "Mari".to_owned(),
        ..Address::default()
    };
    phone.engine.set_address(&name).unwrap();
    tablet.engine.set_address(&speaking(&["ase", "de-CH"], true)).unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    let merged = profile(&phone);
    assert_eq!(merged, profile(&tablet));
    let both = Address {
        name: "Mari".to_owned(),
        ..speaking(&["ase", "de-CH"], true)
    };
    assert_eq!(merged.address, both);
    assert_eq!((merged.sections.len(), merged.shared_version), (1, 1));

    // An order is a wish of its own: what two devices say of it is not shuffled together.
    phone.engine.set_address(&speaking(&["de-CH", "ase"], true)).unwrap();
    tablet.engine.set_address(&speaking(&["ase", "fr"], true)).unwrap();
    converge(&world, &mut [&mut phone, &mut tablet]);
    let merged = profile(&phone).address;
    assert_eq!(merged, profile(&tablet).address);
    assert!(
        [["de-CH", "ase"], ["ase", "fr"]]
            .iter()
            .any(|list| merged.languages == *list),
        "{:?}",
        merged.languages
    );
}
