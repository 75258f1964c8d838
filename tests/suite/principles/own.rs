//! What stays with the participant, where no other test shows it.

use super::root;
use cairn_core::id::ReminderId;
use cairn_core::profile::{Reminder, StatementDraft, Weekdays};
use cairn_core::vault::read_mainstays;
use cairn_tests::{Device, Two};
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
