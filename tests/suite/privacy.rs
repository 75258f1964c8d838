//! What a participant writes is nowhere but where it belongs: not at the relay, not on the way, not in an error.

use cairn_core::journal::{Draft, EntryQuery, SearchQuery};
use cairn_core::profile::Stance;
use cairn_core::support::{End, Mask, When};
use cairn_core::vault::{Error, Handshake, NewShare, VaultConfig, entry_for_editing, read_profile};
use cairn_tests::{Device, KEY, World, draft};

// Words that nobody writes by chance, one for each place a person can write in.
const TITLE: &str = "Quixotapricot";
const BODY: &str = "Zeppelinmarmalade";
const TAG: &str = "Turnipcathedral";
const FEELING: &str = "Velvetsemaphore";
const SECTION: &str = "Lanternwalrus";
const STATEMENT: &str = "Obsidianteacup";
const PURPOSE: &str = "Harpsichordrhubarb";
const PARTICIPANT: &str = "Marigoldviaduct";
const SPECIALIST: &str = "Tamarindsextant";
const DEVICE: &str = "Pumicenightingale";
const CANARIES: [&str; 10] = [
    TITLE,
    BODY,
    TAG,
    FEELING,
    SECTION,
    STATEMENT,
    PURPOSE,
    PARTICIPANT,
    SPECIALIST,
    DEVICE,
];

pub(crate) fn holds(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|at| at.eq_ignore_ascii_case(word.as_bytes()))
}

fn found(bytes: &[u8]) -> Vec<&'static str> {
    CANARIES.into_iter().filter(|word| holds(bytes, word)).collect()
}

fn canary_draft(world: &World) -> Draft {
    Draft {
        title: TITLE.to_owned(),
        tags: vec![TAG.to_owned()],
        feelings: vec![FEELING.to_owned()],
        ..draft(&world.clock, BODY)
    }
}

/// Lets the participant of `phone` invite the specialist of `dee`, both under their canary names.
fn befriend(world: &World, phone: &mut Device, dee: &mut Device) -> cairn_core::id::RelationshipId {
    let (id, code) = phone.engine.invite(PARTICIPANT).unwrap();
    dee.engine.accept(&code, SPECIALIST).unwrap();
    phone.shake_hands(world, Handshake::Invite, dee, Handshake::Accept);
    phone.agree(world, dee, id);
    id
}

fn everything(relationship: cairn_core::id::RelationshipId, entry: cairn_core::id::EntryId) -> NewShare {
    NewShare {
        relationship,
        entry,
        mask: Mask {
            feelings: true,
            tags: true,
            when: When::Exact,
            ..Mask::default()
        },
        purpose: PURPOSE.to_owned(),
        wanted: None,
        end: End::UntilIStop,
        hold_ms: 0,
        tender_confirmed: false,
        passages: Vec::new(),
        follow_edits: false,
        gated: false,
        attachments: Vec::new(),
        notice: cairn_core::support::NoticeChoice::default(),
        lease_days: None,
    }
}

#[test]
fn no_word_a_person_writes_reaches_the_relay_or_is_heard_on_the_way() {
    let world = World::new(1);
    let heard = world.overhear();
    let mut phone = Device::new(&world, 1, DEVICE);
    let mut tablet = Device::new(&world, 1, "tablet");
    let mut dee = Device::new(&world, 1, "dee");
    let entry = phone.engine.write(canary_draft(&world)).unwrap();
    let section = phone.engine.add_section(SECTION).unwrap();
    phone
        .engine
        .add_statement(section, STATEMENT, Some(Stance::Want))
        .unwrap();
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    let (_, version) = entry_for_editing(tablet.engine.store().view(), entry).unwrap().unwrap();
    let revised = Draft {
        body: format!("{BODY}. And more."),
        ..canary_draft(&world)
    };
    tablet.engine.revise(entry, &version, revised).unwrap();
    tablet.sync(&world);
    phone.sync(&world);
    let relationship = befriend(&world, &mut phone, &mut dee);
    let share = phone.engine.share(everything(relationship, entry)).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    let shown = &dee.engine.shared_with_me().unwrap()[0].view;
    assert!(
        shown.lines.iter().any(|line| line.text.contains(BODY)),
        "the specialist does read it"
    );
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    dee.sync(&world);

    // Were the search blind, it would not find them where they must be.
    assert_eq!(found(&phone.pages()), CANARIES);
    assert!(!world.bytes_at_rest().is_empty() && !heard.bytes().is_empty());
    assert_eq!(found(&world.bytes_at_rest()), [""; 0], "in the relay's files");
    assert_eq!(found(&heard.bytes()), [""; 0], "in a request");
    // Ids would tell the relay which records belong together.
    let ids = [*entry.as_bytes(), *relationship.as_bytes(), *share.as_bytes()];
    for id in ids {
        assert!(!world.bytes_at_rest().windows(16).any(|at| at == id) && !heard.bytes().windows(16).any(|at| at == id));
    }
}

#[test]
fn no_error_repeats_a_word_of_what_was_given() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, DEVICE);
    let mut dee = Device::new(&world, 2, "dee");
    let entry = phone.engine.write(canary_draft(&world)).unwrap();
    let many = |word: &str| word.repeat(1 + 100_000 / word.len());
    let empty = Draft {
        body: String::new(),
        ..draft(&world.clock, "")
    };
    let mut errors: Vec<Error> = vec![
        phone
            .engine
            .write(Draft {
                title: many(TITLE),
                ..canary_draft(&world)
            })
            .unwrap_err(),
        phone
            .engine
            .write(Draft {
                body: many(BODY),
                ..canary_draft(&world)
            })
            .unwrap_err(),
        phone
            .engine
            .write(Draft {
                tags: vec![many(TAG)],
                ..canary_draft(&world)
            })
            .unwrap_err(),
        phone
            .engine
            .write(Draft {
                feelings: vec![many(FEELING)],
                ..canary_draft(&world)
            })
            .unwrap_err(),
        phone
            .engine
            .write(Draft {
                feelings: vec![FEELING.to_owned(); 101],
                ..empty.clone()
            })
            .err()
            .unwrap_or(Error::Internal),
        phone.engine.write(empty).unwrap_err(),
        phone.engine.add_section(&many(SECTION)).unwrap_err(),
        phone.engine.connect(PURPOSE).unwrap_err(),
        phone.engine.join(PARTICIPANT).unwrap_err(),
        phone.engine.invite(&many(PARTICIPANT)).unwrap_err(),
    ];
    let section = phone.engine.add_section(SECTION).unwrap();
    errors.push(phone.engine.add_statement(section, &many(STATEMENT), None).unwrap_err());
    phone.connect(&world);
    let relationship = befriend(&world, &mut phone, &mut dee);
    let share = everything(relationship, entry);
    errors.push(
        phone
            .engine
            .share(NewShare {
                purpose: many(PURPOSE),
                ..share.clone()
            })
            .unwrap_err(),
    );
    errors.push(
        phone
            .engine
            .share(NewShare {
                mask: Mask {
                    text: false,
                    title: false,
                    ..Mask::default()
                },
                ..share
            })
            .unwrap_err(),
    );
    errors.push(
        phone
            .engine
            .pair()
            .map(|_| phone.engine.type_digits(Handshake::PairOffer, DEVICE))
            .unwrap()
            .unwrap_err(),
    );
    errors.push(phone.engine.accept(SPECIALIST, SPECIALIST).unwrap_err());
    for error in errors {
        let mut said = format!("{error} {error:?} {error:#?}");
        let mut cause = std::error::Error::source(&error);
        while let Some(deeper) = cause {
            said.push_str(&format!("{deeper} {deeper:?}"));
            cause = deeper.source();
        }
        assert_eq!(found(said.as_bytes()), [""; 0], "{said}");
    }
}

#[test]
fn no_value_shows_its_words_when_it_is_printed_for_a_developer() {
    let world = World::new(3);
    let mut phone = Device::new(&world, 3, DEVICE);
    let mut dee = Device::new(&world, 3, "dee");
    let entry = phone.engine.write(canary_draft(&world)).unwrap();
    let section = phone.engine.add_section(SECTION).unwrap();
    phone
        .engine
        .add_statement(section, STATEMENT, Some(Stance::Want))
        .unwrap();
    phone.connect(&world);
    let code = phone.engine.pair().unwrap();
    let relationship = befriend(&world, &mut phone, &mut dee);
    let new = everything(relationship, entry);
    let share = phone.engine.share(new.clone()).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    let view = phone.engine.store().view();
    let (entry, version) = entry_for_editing(view, entry).unwrap().unwrap();
    let document = view.document(entry.id.into()).unwrap();
    let search = SearchQuery::newest(BODY, 5);
    let space = view.spaces().unwrap();
    let values: Vec<(&str, String)> = vec![
        ("draft", format!("{:#?}", canary_draft(&world))),
        ("version", format!("{version:#?}")),
        ("words", format!("{:#?} {:#?}", entry.tags, entry.feelings)),
        ("entry", format!("{entry:#?}")),
        ("page", format!("{:#?}", view.entries(&EntryQuery::newest(5)).unwrap())),
        ("search", format!("{search:#?}")),
        ("hits", format!("{:#?}", view.search(&search).unwrap())),
        ("document", format!("{document:#?}")),
        ("profile", format!("{:#?}", read_profile(view).unwrap())),
        ("fields", format!("{:#?}", view.fields(relationship.into()).unwrap())),
        ("relationships", format!("{:#?}", phone.engine.relationships().unwrap())),
        ("new share", format!("{new:#?}")),
        ("shares", format!("{:#?}", phone.engine.shares().unwrap())),
        (
            "shared view",
            format!("{:#?}", dee.engine.store().view().shared_view(share).unwrap()),
        ),
        ("shared with me", format!("{:#?}", dee.engine.shared_with_me().unwrap())),
        ("devices", format!("{:#?}", phone.engine.devices().unwrap())),
        ("config", format!("{:#?}", VaultConfig::new("/", DEVICE))),
        (
            "handshake",
            format!("{:#?}", dee.engine.shown_digits(Handshake::Accept).unwrap()),
        ),
        ("spaces", format!("{space:#?}")),
        ("status", format!("{:#?}", phone.engine.sync_status().unwrap())),
        (
            "engine",
            format!(
                "{:#?} {:#?}",
                phone.engine,
                phone.engine.store().view().outbox(space[0].id, 1 << 20, 9)
            ),
        ),
        ("doctor", format!("{:#?}", phone.engine.doctor().unwrap())),
    ];
    let key = format!("{:?}", KEY);
    for (what, printed) in values {
        assert_eq!(found(printed.as_bytes()), [""; 0], "{what}: {printed}");
        assert!(
            !printed.contains(&code) && !printed.contains(key.trim_matches(['[', ']'])),
            "{what}: {printed}"
        );
        for space in &space {
            assert!(!printed.contains(&format!("{:?}", space.access_seed)), "{what}");
        }
    }
}

/// Opens the specialist's database as the vault does not: with deleted bytes left where they were.
fn raw_without_secure_delete(device: &Device) -> rusqlite::Connection {
    let raw = rusqlite::Connection::open(device.folder().join("vault.db")).unwrap();
    raw.pragma_update(None, "key", format!("x'{}'", "07".repeat(KEY.len())))
        .unwrap();
    raw.pragma_update_and_check(None, "secure_delete", "OFF", |_| Ok(()))
        .unwrap();
    raw
}

fn reading(seed: u64) -> (World, Device, Device, cairn_core::id::ShareId) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    let mut dee = Device::new(&world, seed, "dee");
    let entry = phone.engine.write(canary_draft(&world)).unwrap();
    phone.connect(&world);
    let relationship = befriend(&world, &mut phone, &mut dee);
    let share = phone.engine.share(everything(relationship, entry)).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    let all_shown = [TITLE, BODY, TAG, FEELING, PURPOSE];
    assert_eq!(
        found(&dee.pages())
            .into_iter()
            .filter(|word| all_shown.contains(word))
            .count(),
        all_shown.len()
    );
    (world, phone, dee, share)
}

#[test]
fn revoked_words_are_in_no_page_of_the_specialists_database() {
    let (world, mut phone, mut dee, share) = reading(4);
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    let left = found(&dee.pages());
    assert!(
        left.iter().all(|word| [PARTICIPANT, SPECIALIST].contains(word)),
        "{left:?}"
    );
    let heads = format!("{:?}", dee.engine.shared_with_me().unwrap());
    assert_eq!(heads, "[]");
}

#[test]
fn the_search_in_pages_finds_words_that_were_deleted_without_being_overwritten() {
    let (_world, _phone, dee, share) = reading(5);
    let raw = raw_without_secure_delete(&dee);
    assert_eq!(raw.execute("DELETE FROM shared", ()).unwrap(), 1);
    drop(raw);
    assert!(
        dee.engine.store().view().shared_view(share).unwrap().is_none(),
        "the row is gone"
    );
    assert!(found(&dee.pages()).contains(&BODY), "and its words are not");
}

#[test]
fn a_specialist_has_no_call_that_writes_to_the_journal() {
    let (world, mut phone, mut dee, share) = reading(6);
    let theirs = dee.engine.relationships().unwrap()[0].id;
    let mine = phone.engine.relationships().unwrap()[0].id;
    let entry = phone
        .engine
        .store()
        .view()
        .entries(&EntryQuery::newest(1))
        .unwrap()
        .entries[0]
        .clone();
    let (_, version) = entry_for_editing(phone.engine.store().view(), entry.id)
        .unwrap()
        .unwrap();
    let own = dee.write("A note of her own.");
    for relationship in [theirs, mine] {
        for what in [entry.id, own] {
            let refused = dee.engine.share(everything(relationship, what));
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        }
    }
    assert!(matches!(dee.engine.revoke(share), Err(Error::NotFound)));
    assert!(matches!(
        dee.engine.revise(entry.id, &version, draft(&world.clock, "Changed.")),
        Err(Error::NotFound)
    ));
    assert!(matches!(dee.engine.trash(entry.id), Err(Error::NotFound)));
    assert!(matches!(dee.engine.restore(entry.id), Err(Error::NotFound)));
    dee.sync(&world);
    phone.sync(&world);
    let after = phone
        .engine
        .store()
        .view()
        .entries(&EntryQuery::newest(9))
        .unwrap()
        .entries;
    assert_eq!(after, [entry]);
    assert_eq!(
        dee.engine.shared_with_me().unwrap().len(),
        1,
        "and what was shown is still shown"
    );
}
