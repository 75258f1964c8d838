//! Settings and the plan for hard times: off until the participant says otherwise, agreed between devices, and untouched by
//! time (guards G-19, G-20, G-45).

use cairn_core::clock::Clock as _;
use cairn_core::id::ReminderId;
use cairn_core::profile::{DefaultSection, HopeState, PlanList, Reminder, Settings, Switch, Weekdays};
use cairn_core::support::SupportWanted;
use cairn_core::vault::{
    Engine, Kind, preference_history, read_feelings, read_hopes, read_next_prompt, read_plan, read_profile,
    read_prompts, read_settings, read_support_lines, read_wanted,
};
use cairn_tests::{Device, SeededEntropy, World, converge, texts};
use chrono::NaiveTime;
use std::collections::BTreeSet;

/// Everything a participant can see of this slice, as text to compare.
fn seen(engine: &Engine) -> String {
    let view = || engine.store().view();
    let feelings: Vec<_> = read_feelings(view())
        .unwrap()
        .into_iter()
        .map(|one| (one.id, one.word, one.hidden))
        .collect();
    let prompts: Vec<_> = read_prompts(view())
        .unwrap()
        .into_iter()
        .map(|one| (one.id, one.text, one.hidden))
        .collect();
    let hopes: Vec<_> = read_hopes(view())
        .unwrap()
        .into_iter()
        .map(|one| (one.id, one.text, one.state))
        .collect();
    let lines: Vec<_> = read_support_lines(view())
        .unwrap()
        .into_iter()
        .map(|one| (one.id, one.name, one.number))
        .collect();
    let plan = read_plan(view()).unwrap();
    let items: Vec<_> = plan.items.into_iter().map(|one| (one.id, one.list, one.text)).collect();
    let profile = read_profile(view()).unwrap();
    let sections: Vec<_> = profile
        .sections
        .into_iter()
        .map(|one| (one.id, one.name, one.hidden))
        .collect();
    let statements: Vec<_> = profile
        .statements
        .into_iter()
        .map(|one| (one.id, one.text, one.stance))
        .collect();
    let settings = read_settings(view()).unwrap();
    let next = read_next_prompt(view(), None).unwrap().map(|one| one.id);
    let history = preference_history(view()).unwrap().len();
    format!(
        "{feelings:?}{prompts:?}{hopes:?}{lines:?}{items:?}{sections:?}{statements:?}{:?}{}{next:?}{history}{:?}",
        settings.on,
        settings.quiet_wish,
        texts(engine)
    )
}

fn pair_of_devices(seed: u64) -> (World, Device, Device) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    let mut tablet = Device::new(&world, seed, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    (world, phone, tablet)
}

/// One thing a person might do, and the words of it that have to be there afterwards.
fn act(engine: &mut Engine, dice: &mut SeededEntropy, n: usize, kept: &mut BTreeSet<String>) {
    let word = format!("word{n}");
    match dice.below(8) {
        0 => {
            engine.add_plan_item(PlanList::ALL[n % 13], &word).unwrap();
        }
        1 => {
            engine.add_hope(&word, "Europe/London").unwrap();
        }
        2 => {
            engine.add_feeling(&word, "en", None).unwrap();
        }
        3 => {
            engine.add_prompt(&format!("What about {word}?")).unwrap();
        }
        4 => {
            let section = DefaultSection::ALL[n % 14].id();
            engine.add_statement(section, &word, None).unwrap();
        }
        5 => {
            let hopes = read_hopes(engine.store().view()).unwrap();
            if let (Some(first), Some(last)) = (hopes.first(), hopes.last()) {
                engine.move_hope(last.id, Some(first.id)).unwrap();
                engine.set_hope_state(first.id, HopeState::SetAside, "UTC").unwrap();
            }
            return;
        }
        6 => {
            let prompts = read_prompts(engine.store().view()).unwrap();
            let (first, last) = (prompts.first().unwrap(), prompts.last().unwrap());
            engine.move_prompt(&last.id, Some(&first.id)).unwrap();
            return;
        }
        _ => {
            engine.set_switch(Switch::ALL[n % 5], n.is_multiple_of(2)).unwrap();
            return;
        }
    }
    kept.insert(word);
}

#[test]
fn what_two_devices_add_apart_is_all_there_once_and_in_one_order() {
    for seed in 0..6 {
        let (world, mut phone, mut tablet) = pair_of_devices(seed);
        let mut dice = SeededEntropy::new(seed, "dice");
        let mut kept = BTreeSet::new();
        for round in 0..3 {
            for n in 0..12 {
                let device = if dice.below(2) == 0 { &mut phone } else { &mut tablet };
                act(&mut device.engine, &mut dice, round * 12 + n, &mut kept);
            }
            // Both add the same word and use the same section.
            for device in [&mut phone, &mut tablet] {
                device.engine.add_feeling("さみしい", "ja", Some(22)).unwrap();
                device.engine.hide_section(DefaultSection::Reach.id(), true).unwrap();
            }
            converge(&world, &mut [&mut phone, &mut tablet]);
            let both = seen(&phone.engine);
            assert_eq!(both, seen(&tablet.engine), "seed {seed}");
            for word in kept.iter().map(String::as_str).chain(["さみしい"]) {
                let count =
                    both.matches(&format!("\"{word}\"")).count() + both.matches(&format!("about {word}?")).count();
                assert_eq!(count, 1, "seed {seed}: {word}");
            }
        }
    }
}

#[test]
fn everything_is_off_in_a_new_journal() {
    let world = World::new(1);
    let phone = Device::new(&world, 1, "phone");
    let view = || phone.engine.store().view();
    assert_eq!(read_settings(view()).unwrap(), Settings::default());
    let plan = read_plan(view()).unwrap();
    assert!(!plan.opens_without_unlock && plan.items.is_empty() && plan.attached.is_empty());
    let profile = read_profile(view()).unwrap();
    assert!(profile.sections.is_empty() && profile.statements.is_empty());
    assert_eq!((profile.shared_version, profile.recovery_word.as_str()), (0, ""));
    assert_eq!(read_wanted(view()).unwrap(), SupportWanted::LISTENING);
    assert!(read_hopes(view()).unwrap().is_empty() && preference_history(view()).unwrap().is_empty());
    let asked: Vec<String> = std::iter::successors(read_next_prompt(view(), None).unwrap(), |before| {
        read_next_prompt(view(), Some(&before.id)).unwrap()
    })
    .take(25)
    .map(|prompt| prompt.id)
    .collect();
    assert!(
        ["P-16", "P-17", "P-18"]
            .iter()
            .all(|tender| asked.iter().all(|id| id != tender)),
        "{asked:?}"
    );
    assert_eq!(phone.engine.shares().unwrap().len(), 0, "nothing is shared");
}

#[test]
fn two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with() {
    let (world, mut phone, mut tablet) = pair_of_devices(7);
    phone.write("Soup again.");
    phone.engine.add_hope("a garden", "Europe/London").unwrap();
    phone.engine.add_plan_item(PlanList::EarlySigns, "no soup").unwrap();
    phone.engine.set_switch(Switch::Memories, true).unwrap();
    phone
        .engine
        .add_statement(DefaultSection::Paths.id(), "walks", None)
        .unwrap();
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    let (before, heard) = (seen(&phone.engine), world.overhear());
    let waiting = phone.engine.store().view().dirty_count().unwrap();
    drop((phone.engine.take_changes(), tablet.engine.take_changes()));

    world.clock.advance_ms(2 * 365 * 24 * 3_600_000);

    assert_eq!(seen(&phone.engine), before, "reading is as it was");
    assert!(phone.engine.take_changes().is_empty(), "nobody is told of anything");
    assert_eq!(
        phone.engine.store().view().dirty_count().unwrap(),
        waiting,
        "and nothing is to be sent"
    );
    tablet.sync(&world);
    phone.sync(&world);
    assert_eq!((seen(&phone.engine), seen(&tablet.engine)), (before.clone(), before));
    let sent = heard.bytes();
    let append = b"/v1/append";
    assert!(
        !sent.windows(append.len()).any(|path| path == append),
        "coming back writes nothing"
    );
}

#[test]
fn a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written() {
    let (world, mut phone, mut tablet) = pair_of_devices(77);
    assert_eq!(
        phone.engine.reminders().unwrap(),
        [],
        "none before the person wrote one"
    );
    let evening = Reminder {
        id: ReminderId::from_bytes([0; 16]),
        time: NaiveTime::from_hms_opt(20, 30, 0).unwrap(),
        days: Weekdays::ALL,
        text: "Ring Sam about the soup.".to_owned(),
        is_shown: false,
        prompt: Some("P-01".to_owned()),
        is_here: true,
    };
    let id = phone.engine.add_reminder(evening.clone()).unwrap();
    phone.sync(&world);
    tablet.sync(&world);
    let there = tablet.engine.reminders().unwrap();
    assert_eq!((there[0].id, there[0].is_here), (id, false));
    assert_eq!(tablet.engine.upcoming("Europe/London", 10).unwrap(), []);
    let before = phone.engine.upcoming("Europe/London", 3).unwrap();
    assert_eq!(before.len(), 3);
    for ring in &before {
        assert_eq!(
            (ring.words.as_str(), ring.prompt.as_deref()),
            ("1 reminder", Some("P-01"))
        );
    }
    // Whether somebody writes, much or nothing, it is the same.
    phone.write("Soup.");
    assert_eq!(phone.engine.upcoming("Europe/London", 3).unwrap(), before);
    world.clock.advance_ms(730 * 86_400_000);
    let after = phone.engine.upcoming("Europe/London", 3).unwrap();
    assert_eq!(after.len(), 3, "what rang meanwhile is not caught up with");
    assert!(after[0].at > world.clock.now());
    let shown = Reminder {
        id,
        is_shown: true,
        ..evening
    };
    phone.engine.set_reminder(&shown).unwrap();
    assert_eq!(phone.engine.upcoming("Asia/Tokyo", 1).unwrap()[0].words, shown.text);
    for (zone, prompt, kind) in [
        ("Mars/Olympus", None, Kind::Invalid),
        ("UTC", Some("P-99".to_owned()), Kind::NotFound),
    ] {
        let changed = Reminder {
            prompt,
            ..shown.clone()
        };
        let refused = phone
            .engine
            .set_reminder(&changed)
            .and(phone.engine.upcoming(zone, 1).map(drop));
        assert_eq!(refused.unwrap_err().kind(), kind);
    }
    tablet.engine.remove_reminder(id).unwrap();
    tablet.sync(&world);
    phone.sync(&world);
    assert_eq!(phone.engine.upcoming("Europe/London", 3).unwrap(), []);
}
