//! Finding, across rooms: the index follows what other devices write, and nothing old is brought back unasked.

use cairn_core::clock::Timestamp;
use cairn_core::journal::{Asked, Draft, EntryQuery, Filter, SearchQuery, WordKind, WordQuery};
use cairn_core::moment::Moment;
use cairn_core::vault::{Engine, Error, MemoryKeyStore, Vault, VaultConfig, entry_for_editing};
use cairn_tests::{Device, World};
use std::sync::Arc;

fn found(engine: &Engine, words: &str) -> Vec<String> {
    let hits = engine.store().view().search(&SearchQuery::newest(words, 10)).unwrap();
    hits.into_iter().map(|hit| hit.entry.body).collect()
}

#[test]
fn what_one_device_writes_and_revises_is_found_on_the_other_in_any_script() {
    let world = World::new(11);
    let (mut phone, mut tablet) = (Device::new(&world, 11, "phone"), Device::new(&world, 11, "tablet"));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let before = "今日は東京駅で友達に会った。";
    let id = phone.write(before);
    phone.sync(&world);
    tablet.sync(&world);
    assert_eq!(found(&tablet.engine, "友達"), [before]);

    let (entry, version) = entry_for_editing(tablet.engine.store().view(), id).unwrap().unwrap();
    let after = "今日は京都で家族に会った。";
    let draft = Draft {
        body: after.to_owned(),
        ..Draft::of(&entry)
    };
    tablet.engine.revise(id, &version, draft).unwrap();
    tablet.sync(&world);
    phone.sync(&world);
    for device in [&phone, &tablet] {
        assert_eq!(found(&device.engine, "京都"), [after]);
        assert_eq!(found(&device.engine, "東京"), [""; 0]);
    }
    phone.engine.trash(id).unwrap();
    assert_eq!(found(&phone.engine, "京都"), [""; 0]);
    assert!(phone.engine.doctor().unwrap().is_well);
}

#[test]
fn what_two_devices_answer_to_one_question_is_one_timeline_of_words_and_outlives_the_question() {
    let world = World::new(12);
    let (mut phone, mut tablet) = (Device::new(&world, 12, "phone"), Device::new(&world, 12, "tablet"));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let prompt = phone.engine.add_prompt("What helped?").unwrap();
    let answer = |device: &mut Device, day: i64, words: &str| {
        let asked = Asked {
            prompt: prompt.clone(),
            text: "What helped?".to_owned(),
        };
        let draft = Draft {
            body: words.to_owned(),
            asked: Some(asked),
            ..Draft::new(Moment::new(Timestamp(day * 86_400_000), "UTC").unwrap())
        };
        device.engine.write(draft).unwrap()
    };
    answer(&mut phone, 400, "Walking.");
    let last = answer(&mut tablet, 900, "Singing.");
    answer(&mut tablet, 3, "Dee.");
    phone.write("Not an answer.");
    phone.engine.remove_prompt(&prompt).unwrap();
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    let all = |device: &Device| -> Vec<String> {
        let mut bodies = Vec::new();
        let mut after = None;
        loop {
            let page = device.engine.store().view().answers(&prompt, after, 1).unwrap();
            bodies.extend(page.entries.into_iter().map(|entry| entry.body));
            after = page.next;
            if after.is_none() {
                return bodies;
            }
        }
    };
    for device in [&phone, &tablet] {
        assert_eq!(all(device), ["Dee.", "Walking.", "Singing."]);
    }
    tablet.engine.trash(last).unwrap();
    assert_eq!(all(&tablet), ["Dee.", "Walking."]);
}

/// A vault with one entry of four years before the day it is asked about.
fn vault(folder: &std::path::Path) -> Vault {
    let vault = Vault::open(
        VaultConfig::new(folder, "phone"),
        Arc::new(MemoryKeyStore::default()),
        None,
    )
    .unwrap();
    // 2022-03-01, 08:00 in London.
    let happened = Moment::new(Timestamp(1_646_121_600_000), "Europe/London").unwrap();
    let draft = Draft {
        body: "Soup.".to_owned(),
        tags: vec!["Kitchen".to_owned()],
        ..Draft::new(happened)
    };
    vault.journal().write(draft).wait().unwrap();
    vault
}

#[test]
fn nothing_old_is_brought_back_until_the_person_turns_it_on() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let journal = vault.journal();
    let today = "2026-03-01".parse().unwrap();
    let memories = || journal.memories(today).wait().unwrap().len();
    assert_eq!((journal.has_memories().wait().unwrap(), memories()), (false, 0));
    journal.set_memories(true).wait().unwrap();
    assert_eq!((journal.has_memories().wait().unwrap(), memories()), (true, 1));
    journal.set_memories(false).wait().unwrap();
    assert_eq!(memories(), 0);
    vault.suspend().wait().unwrap();
}

#[test]
fn a_question_beyond_its_bounds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let journal = vault.journal();
    let long = Filter {
        people: vec!["a".to_owned(); 101],
        ..Filter::none()
    };
    let list = EntryQuery {
        filter: long.clone(),
        ..EntryQuery::newest(1)
    };
    assert!(matches!(journal.entries(list).wait(), Err(Error::FilterTooLong)));
    let search = SearchQuery {
        filter: long,
        ..SearchQuery::newest("soup", 1)
    };
    assert!(matches!(journal.search(search).wait(), Err(Error::FilterTooLong)));
    for query in [
        WordQuery {
            count: 0,
            ..WordQuery::all(WordKind::Tag)
        },
        WordQuery {
            count: 1_001,
            ..WordQuery::all(WordKind::Tag)
        },
        WordQuery {
            beginning: "a".repeat(101),
            ..WordQuery::all(WordKind::Tag)
        },
    ] {
        assert!(matches!(journal.words(query).wait(), Err(Error::PageSize)));
    }
    for count in [0, 501] {
        let answers = journal.answers("P-01".to_owned(), None, count).wait();
        assert!(matches!(answers, Err(Error::PageSize)));
    }
    let words = journal.words(WordQuery::all(WordKind::Tag)).wait().unwrap();
    assert_eq!(words.len(), 1);
    vault.suspend().wait().unwrap();
}
