//! What stays with the participant, where no other test shows it.

use super::root;
use cairn_core::id::{EntryId, ReminderId};
use cairn_core::profile::{Reminder, StatementDraft, Weekdays};
use cairn_core::record::Kind;
use cairn_core::vault::{Error, read_mainstays, read_not_yet};
use cairn_tests::{Device, Two, header_of};
use chrono::NaiveTime;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// The files of the core that say a word, by their paths in `core/src`.
fn files_that_say(word: &str) -> BTreeSet<String> {
    let core = root().join("core/src");
    let (mut found, mut folders) = (BTreeSet::new(), vec![core.clone()]);
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let path: PathBuf = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read_to_string(&path).unwrap().to_lowercase().contains(word) {
                let path = path.strip_prefix(&core).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(path);
            }
        }
    }
    found
}

#[test]
fn what_keeps_somebody_going_is_read_by_the_call_that_asks_for_it_and_by_nothing_else() {
    // Where it is named, made, kept, asked for and exported. Reminders, status, sealing, shares and views are none of these.
    let expected = [
        "exchange/cairn/parts.rs",
        "id.rs",
        "profile/mainstays.rs",
        "profile/mod.rs",
        "profile/plan.rs",
        "vault/exporting_tests.rs",
        "vault/mod.rs",
        "vault/plan.rs",
        "vault/settings_door.rs",
    ];
    assert_eq!(files_that_say("mainstay"), expected.map(str::to_owned).into());
}

#[test]
fn what_keeps_somebody_going_reaches_nobody() {
    let mut two = Two::agreed(40);
    let mut tablet = Device::new(&two.world, 40, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    let engine = &mut two.phone.engine;
    let kept = engine.add_mainstay("Canary at the harbour.").unwrap();
    let section = engine.add_section("Evenings").unwrap();
    let said = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new("A walk.")
    };
    engine.write_statement(section, said).unwrap();
    engine.show_sections(two.id, &BTreeSet::from([section])).unwrap();
    let reminder = Reminder {
        id: ReminderId::from_bytes([0; 16]),
        time: NaiveTime::MIN,
        days: Weekdays::ALL,
        text: "Water the plants.".to_owned(),
        is_shown: true,
        prompt: None,
        is_here: true,
    };
    engine.add_reminder(reminder).unwrap();
    let rings = engine.upcoming("Europe/London", 20).unwrap();
    assert!(!rings.is_empty() && rings.iter().all(|ring| ring.words == "Water the plants."));
    let entry = two.phone.write("Shown.");
    two.phone.share(two.id, entry);
    two.settle();
    tablet.sync(&two.world);

    let there = read_mainstays(tablet.engine.store().view()).unwrap();
    assert_eq!((there[0].id, there[0].text.as_str()), (kept, "Canary at the harbour."));
    two.dee.engine.open_preferences(two.theirs).unwrap();
    assert!(two.dee.holds("A walk.") && two.dee.holds("Shown.") && !two.dee.holds("Canary"));
}

#[test]
fn what_is_not_shown_yet_is_read_by_the_call_that_asks_for_it_and_by_nothing_else() {
    // Named, kept, asked for; and taken off where an entry is shown or erased. The archive takes it along without knowing it.
    let expected = [
        "profile/mod.rs",
        "profile/not_yet.rs",
        "vault/erasing.rs",
        "vault/mod.rs",
        "vault/not_yet.rs",
        "vault/support.rs",
    ];
    assert_eq!(files_that_say("not_yet"), expected.map(str::to_owned).into());
    let shows = fs::read_to_string(root().join("core/src/vault/support.rs")).unwrap();
    assert_eq!(
        shows.matches("not_yet").count(),
        1,
        "what shows an entry takes it off, and asks nothing"
    );
}

fn not_yet(device: &Device) -> Vec<String> {
    let (mut bodies, mut after) = (Vec::new(), None);
    loop {
        let page = read_not_yet(device.engine.store().view(), after, 1).unwrap();
        bodies.extend(page.entries.into_iter().map(|entry| entry.body));
        after = page.next;
        if after.is_none() {
            return bodies;
        }
    }
}

#[test]
fn what_is_not_shown_yet_is_known_on_ones_own_devices_and_nowhere_else() {
    let mut two = Two::agreed(41);
    let mut tablet = Device::new(&two.world, 41, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    two.settle();
    let heard = two.world.overhear();
    let [first, second, third] = ["One.", "Two.", "Three."].map(|body| {
        two.world.clock.advance_ms(1_000);
        two.phone.write(body)
    });
    for id in [first, third, second, second] {
        two.phone.engine.set_not_yet(id, true).unwrap();
    }
    two.settle();
    tablet.sync(&two.world);
    for device in [&two.phone, &tablet] {
        assert_eq!(not_yet(device), ["Three.", "Two.", "One."]);
    }
    let home = two.phone.engine.store().view().spaces().unwrap().swap_remove(0).id;
    let records = heard.records();
    assert!(!records.is_empty() && records.iter().all(|record| header_of(record).space == home));
    let dees = two.dee.pages();
    for id in [first, second, third] {
        assert!(!dees.windows(16).any(|at| at == id.as_bytes()));
    }

    tablet.engine.trash(third).unwrap();
    assert_eq!(not_yet(&tablet), ["Two.", "One."]);
    tablet.engine.restore(third).unwrap();
    assert_eq!(not_yet(&tablet), ["Three.", "Two.", "One."], "it waited in the trash");
    tablet.engine.set_not_yet(third, false).unwrap();
    tablet.sync(&two.world);
    two.settle();
    assert_eq!(not_yet(&two.phone), ["Two.", "One."]);

    // Shown, it is off the list, and a share that is stopped puts it on no more.
    let share = two.phone.share(two.id, second);
    assert_eq!(not_yet(&two.phone), ["One."]);
    two.settle();
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    tablet.sync(&two.world);
    for device in [&two.phone, &tablet] {
        assert_eq!(not_yet(device), ["One."]);
    }
}

#[test]
fn what_was_erased_is_on_no_list_whichever_device_heard_of_it_first() {
    let mut two = Two::agreed(42);
    let mut tablet = Device::new(&two.world, 42, "tablet");
    let [here, apart, kept] = ["Here.", "Apart.", "Kept."].map(|body| two.phone.write(body));
    two.phone.pair(&two.world, &mut tablet);
    two.settle();
    tablet.sync(&two.world);
    assert!(matches!(
        two.phone.engine.set_not_yet(EntryId::from_bytes([9; 16]), true),
        Err(Error::NotFound)
    ));
    for id in [here, kept] {
        two.phone.engine.set_not_yet(id, true).unwrap();
    }
    tablet.engine.set_not_yet(apart, true).unwrap();
    for id in [here, apart] {
        two.phone.engine.trash(id).unwrap();
        two.phone.engine.erase(id).unwrap();
    }
    let listed = |device: &Device| {
        let settings = device
            .engine
            .store()
            .view()
            .documents_of(Kind::Settings.number())
            .unwrap();
        let fields = device.engine.store().view().fields(settings[0]).unwrap();
        cairn_core::profile::not_yet(&fields.unwrap().0)
    };
    assert_eq!(listed(&two.phone), [kept].into());
    for _ in 0..2 {
        two.settle();
        tablet.sync(&two.world);
    }
    for device in [&two.phone, &tablet] {
        assert_eq!(not_yet(device), ["Kept."]);
    }
    // The name that another device put there meanwhile goes with the next change of the list.
    two.phone.engine.set_not_yet(kept, false).unwrap();
    assert_eq!(listed(&two.phone), [].into());
}
