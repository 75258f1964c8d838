//! The list of people: by hand or by name, on all devices of whoever keeps it, and never by what anybody writes, shows or says.

use cairn_core::id::RelationshipId;
use cairn_core::profile::{Address, DefaultSection, PeopleOrder};
use cairn_core::support::Saying;
use cairn_core::vault::{Error, Handshake, NewMessage};
use cairn_tests::{Device, World};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

const NAMES: [&str; 3] = ["marisol", "Ana", "Zoe"];

/// One specialist and three participants, who have agreed with her in this order.
struct Circle {
    world: World,
    dee: Device,
    people: Vec<(Device, RelationshipId)>,
}

impl Circle {
    fn new(seed: u64) -> Self {
        let world = World::in_memory(seed);
        let mut dee = Device::in_memory(&world, seed, "dee");
        dee.connect(&world);
        let mut people = Vec::new();
        for name in NAMES {
            let mut phone = Device::in_memory(&world, seed, name);
            phone.connect(&world);
            let (id, code) = phone.engine.invite(name).unwrap();
            dee.engine.accept(&code, "Dee").unwrap();
            phone.shake_hands(&world, Handshake::Invite, &mut dee, Handshake::Accept);
            phone.agree(&world, &mut dee, id);
            people.push((phone, id));
            world.clock.advance_ms(1000);
        }
        Self { world, dee, people }
    }

    /// What one of them does: shows an entry, or says something; or she says something to them.
    fn act(&mut self, who: usize, what: u8) {
        let (phone, id) = &mut self.people[who];
        match what {
            0 => {
                let entry = phone.write("The night.");
                phone.share(*id, entry);
            }
            1 => {
                let words = NewMessage::new(Saying::Words, "It went like this.");
                phone.engine.say_message(*id, words).unwrap();
            }
            _ => {
                let cards = self.dee.engine.relationship_cards().unwrap();
                let theirs = cards.iter().find(|card| name(card) == NAMES[who]).unwrap();
                let practical = NewMessage::new(Saying::Practical, "On Tuesday, as always.");
                self.dee.engine.say_message(theirs.relationship.id, practical).unwrap();
            }
        }
        self.world.clock.advance_ms(60_000);
        self.dee.sync(&self.world);
        self.people[who].0.sync(&self.world);
        self.dee.sync(&self.world);
    }
}

fn name(card: &cairn_core::support::RelationshipCard) -> String {
    card.relationship.peer.as_ref().unwrap().name.clone()
}

#[test]
fn by_name_people_stand_by_the_name_that_they_show() {
    let mut circle = Circle::new(9);
    circle.dee.engine.set_people_order(PeopleOrder::ByName).unwrap();
    assert_eq!(names(&circle.dee), ["Ana", "marisol", "Zoe"]);
    let (phone, id) = &mut circle.people[2];
    let address = Address {
        name: "Bo".to_owned(),
        name_is_shareable: true,
        ..Address::default()
    };
    phone.engine.set_address(&address).unwrap();
    phone
        .engine
        .show_sections(*id, &[DefaultSection::Address.id()].into())
        .unwrap();
    phone.sync(&circle.world);
    circle.dee.sync(&circle.world);
    let cards = circle.dee.engine.relationship_cards().unwrap();
    let shown: Vec<&str> = cards.iter().filter_map(|card| card.name()).collect();
    assert_eq!(shown, ["Ana", "Bo", "marisol"]);
}

fn names(device: &Device) -> Vec<String> {
    device.engine.relationship_cards().unwrap().iter().map(name).collect()
}

fn id_of(device: &Device, who: &str) -> RelationshipId {
    let cards = device.engine.relationship_cards().unwrap();
    cards.iter().find(|card| name(card) == who).unwrap().relationship.id
}

fn place(device: &mut Device, who: &str, before: Option<&str>) {
    let (id, before) = (id_of(device, who), before.map(|who| id_of(device, who)));
    device.engine.move_person(id, before).unwrap();
}

#[test]
fn the_list_of_people_does_not_move_with_what_they_write_show_or_say() {
    let mut runner = TestRunner::new(Config::with_cases(6));
    let acts = proptest::collection::vec((0..NAMES.len(), 0..3_u8), 1..6);
    let placings = proptest::collection::vec((0..NAMES.len(), proptest::option::of(0..NAMES.len())), 0..3);
    let held = runner.run(
        &(any::<u64>(), any::<bool>(), placings, acts),
        |(seed, by_name, placings, acts)| {
            let mut circle = Circle::new(seed);
            for (who, before) in placings {
                place(&mut circle.dee, NAMES[who], before.map(|before| NAMES[before]));
            }
            if by_name {
                circle.dee.engine.set_people_order(PeopleOrder::ByName).unwrap();
            }
            let before = names(&circle.dee);
            prop_assert!(!by_name || before == ["Ana", "marisol", "Zoe"]);
            for (who, what) in acts {
                circle.act(who, what);
                prop_assert_eq!(&names(&circle.dee), &before);
                // What they show is listed by them, in that order, and not by who showed something last.
                let shared = circle.dee.engine.shared_cards().unwrap();
                let mut from: Vec<String> = shared.into_iter().map(|card| card.from).collect();
                from.dedup();
                let present: Vec<String> = before.iter().filter(|name| from.contains(name)).cloned().collect();
                prop_assert_eq!(from, present);
            }
            Ok::<(), TestCaseError>(())
        },
    );
    held.unwrap();
}

#[test]
fn a_specialist_orders_people_by_hand_or_by_name_on_all_her_devices() {
    let mut circle = Circle::new(3);
    let mut tablet = Device::in_memory(&circle.world, 4, "tablet");
    circle.dee.pair(&circle.world, &mut tablet);
    assert_eq!(circle.dee.engine.people_order().unwrap(), PeopleOrder::ByHand);
    assert_eq!(names(&circle.dee), NAMES);
    let exchange = |one: &mut Device, other: &mut Device, world: &World| {
        for _ in 0..2 {
            one.sync(world);
            other.sync(world);
        }
    };
    exchange(&mut circle.dee, &mut tablet, &circle.world);
    // Two moves that were made apart both hold.
    place(&mut circle.dee, "Zoe", Some("marisol"));
    place(&mut tablet, "marisol", None);
    exchange(&mut circle.dee, &mut tablet, &circle.world);
    for device in [&circle.dee, &tablet] {
        assert_eq!(names(device), ["Zoe", "Ana", "marisol"]);
    }
    tablet.engine.set_people_order(PeopleOrder::ByName).unwrap();
    exchange(&mut circle.dee, &mut tablet, &circle.world);
    assert_eq!(names(&circle.dee), ["Ana", "marisol", "Zoe"]);
    assert_eq!(circle.dee.engine.people_order().unwrap(), PeopleOrder::ByName);
    place(&mut circle.dee, "Zoe", Some("marisol"));
    exchange(&mut circle.dee, &mut tablet, &circle.world);
    assert_eq!(
        names(&tablet),
        ["Ana", "Zoe", "marisol"],
        "moved in the list that was seen"
    );
    assert_eq!(tablet.engine.people_order().unwrap(), PeopleOrder::ByHand);
    let nobody = RelationshipId::from_bytes([0; 16]);
    for (id, before) in [(nobody, None), (id_of(&tablet, "Ana"), Some(nobody))] {
        assert!(matches!(tablet.engine.move_person(id, before), Err(Error::Profile(_))));
    }
}
