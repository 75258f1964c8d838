//! Steps 7 to 9: she stops, and what is left of it.

use super::{DAWN, NIGHT, Story};
use crate::gates::Changed;
use crate::hostile_relay::{showing, support};
use crate::scenarios::{DAY_MS, holds, listed, shown};
use crate::taking_out::Copied;
use cairn_core::crypto::{self, EpochKey};
use cairn_core::exchange::ReceiptShape;
use cairn_core::id::ShareId;
use cairn_core::journal::SearchQuery;
use cairn_core::record::{self, Kind};
use cairn_core::store::{Store, StoreConfig};
use cairn_core::support::{About, Saying, ShareCard, ShareState};
use cairn_core::vault::{Error, NewMessage};
use cairn_core::words;
use cairn_tests::{Device, KEY, World, drive, header_of, texts};

fn card(device: &Device, share: ShareId) -> ShareCard {
    let cards = device.engine.share_cards().unwrap().into_iter();
    cards.into_iter().find(|card| card.share.id() == share).unwrap()
}

/// 7. Dee's phone is offline. Marisol stops sharing the night, and what is behind the gate: one call each, and nothing is asked.
pub(super) fn she_stops(story: &mut Story) {
    let (night, dawn) = (story.night, story.dawn);
    story.family.settle(); // The last time for a while.
    story.family.two.dee.sync(&story.family.two.world);
    story.family.saves(|engine| engine.revoke(night));
    story.family.saves(|engine| engine.revoke(dawn));
    // At once, and honest: what has been read cannot be unread; before the phone has a network, that it can still be opened.
    let stopped = words::sharing::stopped("Dee");
    assert_eq!(
        stopped,
        "Stopped. Dee can no longer open this here. What has already been read can't be unread."
    );
    let offline = words::sharing::STOPPED_OFFLINE.with(&[("who", "Dee")]);
    assert!(offline.contains("can still open it until this device is online") && offline.contains("can't be unread"));
    story.family.phone_syncs();
    let own = card(&story.family.two.phone, night);
    assert_eq!(own.share.over.map(|(state, _)| state), Some(ShareState::Revoked));
    assert!(own.released.is_some() && own.opened.is_some());
    assert_eq!(own.purged, None, "stopped, and not yet confirmed");
    let waiting = words::sharing::STOP_NOT_CONFIRMED.with(&[("who", "Dee")]);
    assert!(waiting.starts_with("The relay no longer has it."), "{waiting}");
    // So it is: none of the bytes of its view lie there.
    let at_rest = story.family.two.world.bytes_at_rest();
    for (_, record) in views(story) {
        let end = &record[record.len() - 64..];
        assert!(!at_rest.windows(end.len()).any(|at| at == end));
    }
    // With Dee, who has heard of nothing, it is readable; what was never opened is not, whatever app has it.
    let two = &mut story.family.two;
    assert_eq!(two.dee.engine.shared_cards().unwrap().len(), 2);
    two.dee.engine.open_shared(night).unwrap();
    assert!(matches!(two.dee.engine.open_shared(dawn), Err(Error::GateShut)));
    assert_eq!(Changed::of(two, dawn).part(&two.world), None);
}

/// 7, on the third day: within the first sync it is gone, what was said of it quotes nothing any more, and the phone hears of it.
pub(super) fn dee_connects_on_the_third_day(story: &mut Story) {
    let two = &mut story.family.two;
    two.world.clock.advance_ms(3 * DAY_MS);
    two.dee.engine.open_shared(story.night).unwrap();
    two.dee.sync(&two.world);
    let purged = two.dee.engine.now();
    is_gone(story);
    assert_eq!(
        card(&story.family.two.phone, story.night).purged,
        Some(purged),
        "their app said so"
    );
}

/// 7, without contact: on the sixth day it is readable, on the seventh locked, until the relay was reached.
pub(super) fn a_week_offline_locks_it(story: &mut Story) {
    let two = &mut story.family.two;
    two.world.clock.advance_ms(6 * DAY_MS);
    two.dee.engine.open_shared(story.night).unwrap();
    two.world.clock.advance_ms(DAY_MS);
    let locked = two.dee.engine.open_shared(story.night).unwrap_err();
    assert!(matches!(locked, Error::LeaseOver), "{locked:?}");
    assert_eq!(
        locked.to_string(),
        "this can be read again once this device has reached the relay"
    );
    let cards = two.dee.engine.shared_cards().unwrap();
    assert!(cards.iter().all(|card| card.is_locked));
    assert!(two.dee.engine.shared_with_me().unwrap().is_empty());
    // A clock that is set back gives nothing back: the latest time that was seen counts.
    two.world.clock.advance_ms(-2 * DAY_MS);
    assert!(matches!(two.dee.engine.open_shared(story.night), Err(Error::LeaseOver)));
    two.world.clock.advance_ms(2 * DAY_MS);
    // The lease is a courtesy of her app: one that checks nothing has what it had, and not what it never opened.
    assert!(two.dee.holds(NIGHT) && !two.dee.holds(DAWN));
    assert_eq!(Changed::of(two, story.dawn).part(&two.world), None);
    two.dee.sync(&two.world);
    is_gone(story);
}

/// What the first contact leaves, on both sides.
fn is_gone(story: &mut Story) {
    let (night, dawn) = (story.night, story.dawn);
    let two = &mut story.family.two;
    for share in [night, dawn] {
        assert!(matches!(two.dee.engine.open_shared(share), Err(Error::NotFound)));
    }
    assert_eq!(two.dee.engine.shared_cards().unwrap(), []);
    story.family.phone_syncs();
    assert!(card(&story.family.two.phone, night).purged.is_some());
    story.family.settle();
    let two = &mut story.family.two;
    for device in [&mut two.phone, &mut two.dee] {
        let about: Vec<bool> = listed(device)
            .iter()
            .filter_map(|card| card.quoted.filter(|quoted| quoted.about == About::Share(night)))
            .map(|quoted| quoted.is_here)
            .collect();
        assert!(!about.is_empty() && !about.contains(&true), "no longer shared");
    }
    assert_eq!(
        words::messages::NO_LONGER_SHARED.text,
        "This is about something that is no longer shared."
    );
    // An app that checks nothing would have it back: it shows the night to itself once more, in her name, as the next version.
    story.patched.forges(two, Kind::SharedView, |inside| {
        let mut view = record::decode_view(&inside.projection).unwrap();
        view.consent.version += 2;
        view.consent.id = night;
        view.item.body = Some("Given again, canary.".to_owned());
        (inside.document, inside.projection) = (night.into(), record::encode_view(&view));
    });
    story.family.settle();
    let two = &mut story.family.two;
    assert_eq!(two.dee.engine.shared_cards().unwrap(), []);
    assert!(!two.dee.holds("Given again, canary."));
    // Nothing more can be said of it, with whatever app.
    let more = NewMessage::new(Saying::OpenQuestion, "Why did you stop?").about(About::Share(night));
    assert!(super::say(&mut two.dee, more).is_err());
    let about = Some(About::Share(night));
    story
        .patched
        .says(two, Saying::OpenQuestion, about, "Why was that, whoever asks?");
}

/// What the phone shows of the two, all her devices show, also one that comes back only now.
pub(super) fn all_her_devices_agree(story: &mut Story) {
    let Story {
        family, night, dawn, ..
    } = story;
    family.laptop_is_back();
    family.settle();
    family.two.world.clock.advance_ms(7 * DAY_MS); // By any of the clocks it was a Monday since.
    family.settle();
    let sorted = |device: &mut Device| {
        let mut words = shown(device);
        words.sort();
        (
            words,
            texts(&device.engine),
            [*night, *dawn].map(|share| card(device, share).share.over),
        )
    };
    let on_phone = sorted(&mut family.two.phone);
    assert!(
        on_phone
            .2
            .iter()
            .all(|over| over.is_some_and(|(state, _)| state == ShareState::Revoked))
    );
    family.others().for_each(|device| assert_eq!(sorted(device), on_phone));
}

/// Every view that was ever sent, with what it is of.
fn views(story: &Story) -> Vec<(ShareId, Vec<u8>)> {
    let phone = &story.family.two.phone;
    let (space, view) = (support(phone).id, phone.engine.store().view());
    let records = story.overheard.records().into_iter();
    let records = records.filter(|record| header_of(record).space == space);
    let found: Vec<_> = records
        .filter_map(|record| {
            let header = header_of(&record);
            let key = EpochKey::from_bytes(*view.epoch_key(space, header.epoch).unwrap()?);
            let plaintext = crypto::open(&key, &record).ok()?;
            let inside = record::parse(&header.encode(), &plaintext).ok()?.inside;
            let view = (inside.kind == Kind::SharedView).then(|| record::decode_view(&inside.projection).unwrap());
            view.map(|view| (view.share(), record))
        })
        .collect();
    assert!(found.len() >= 2);
    found
}

/// 8. A relay that serves the given version again, behind everything or by putting itself back, is refused by the pinned version.
pub(super) fn an_older_state_shows_nothing_again(story: &mut Story, before: &World) {
    let views: Vec<Vec<u8>> = views(story).into_iter().map(|(_, record)| record).collect();
    let (night, dawn) = (story.night, story.dawn);
    let two = &mut story.family.two;
    for share in [night, dawn] {
        assert!(
            two.dee.engine.store().view().share_ended(share).unwrap().is_some(),
            "it is pinned"
        );
    }
    let is_shut = |dee: &mut Device| {
        assert_eq!(dee.engine.shared_cards().unwrap(), []);
        assert!(matches!(dee.engine.open_shared(night), Err(Error::NotFound)));
        assert!(!holds(&dee.pages(), NIGHT) && !holds(&dee.pages(), DAWN));
    };
    // Properly signed heads over a longer log: nothing but the pin refuses it, and the round itself is whole.
    let space = support(&two.dee).id;
    let report = drive(&mut two.dee.engine, &showing(&two.world, space, views)).unwrap();
    assert!(report.received >= 2, "they were read: {report:?}");
    is_shut(&mut two.dee);
    // A log that ends earlier than the one that was read is no log to go on from.
    let report = drive(&mut two.dee.engine, &before.line()).unwrap();
    assert!(!report.failed.is_empty(), "{report:?}");
    is_shut(&mut two.dee);
}

/// 9. Dee looks everywhere: by searching, in what was kept, in an export, in a copy of her app's folder. No words of the night are there, and no key opens what was
///    never opened.
pub(super) fn no_way_of_reading_it_is_left(story: &mut Story) {
    let Story {
        family, night, dawn, ..
    } = story;
    let two = &mut family.two;
    let canaries = [NIGHT, "quince", DAWN, "turnstile"];
    // Search, and what is found by words.
    let view = two.dee.engine.store().view();
    for words in ["quince", "night", "turnstile"] {
        assert!(
            view.search(&SearchQuery::newest(words, 10)).unwrap().is_empty(),
            "{words}"
        );
    }
    assert_eq!(texts(&two.dee.engine), [""; 0]);
    assert!(!two.dee.engine.holds_shared_words(NIGHT).unwrap());
    // What was kept: views, sealed files, receipts.
    assert!(two.dee.engine.shared_with_me().unwrap().is_empty());
    assert!(matches!(
        two.dee.engine.open_shared_attachment(*night, 0),
        Err(Error::NotFound)
    ));
    assert!(matches!(two.dee.engine.open_gated(*dawn), Err(Error::NotFound)));
    assert_eq!(
        std::fs::read_dir(two.dee.folder().join("attachments")).map_or(0, Iterator::count),
        0
    );
    let receipt = two.dee.engine.receipt(*night).unwrap();
    for shape in [ReceiptShape::FhirR4, ReceiptShape::Iso27560] {
        let written = receipt.write(shape);
        assert!(
            canaries.iter().all(|words| !holds(written.as_bytes(), words)),
            "{written}"
        );
    }
    // The export, and a copy of the folder: as it lies there, and opened with her key.
    let copy = Copied::of(&two.dee, &two.world);
    let archive = tempfile::tempdir().unwrap();
    let files = copy.archive(&archive.path().join("hers.zip"));
    assert!(!files.is_empty());
    for (name, text) in &files {
        assert!(canaries.iter().all(|words| !holds(text.as_bytes(), words)), "{name}");
    }
    let folder = copy.into_folder();
    let store = Store::open(&StoreConfig::new(folder.path()), &KEY).unwrap();
    let opened = store.decrypted_pages().unwrap();
    drop(store);
    let mut raw = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
        raw.extend(std::fs::read(file.path()).unwrap_or_default());
    }
    for words in canaries {
        assert!(
            !holds(&opened, words) && !holds(&raw, words) && !holds(&two.dee.pages(), words),
            "{words}"
        );
    }
    // The old key: the relay's half of it is gone, and without it nobody opens what was sent, with all the keys of both.
    let (_copy, relay) = two.world.copied_store();
    let gates: u64 = relay
        .query_row("SELECT count(*) FROM gate", [], |row| row.get(0))
        .unwrap();
    assert_eq!(gates, 0);
    for (share, record) in views(story) {
        if share != story.dawn {
            continue;
        }
        let header = header_of(&record);
        let dee = story.family.two.dee.engine.store().view();
        let key = dee.epoch_key(header.space, header.epoch).unwrap().unwrap();
        let plaintext = crypto::open(&EpochKey::from_bytes(*key), &record).unwrap();
        let inside = record::parse(&header.encode(), &plaintext).unwrap().inside;
        assert!(record::decode_view(&inside.projection).unwrap().gated.is_some());
        assert!(!holds(&inside.projection, DAWN));
    }
    assert!(!holds(&story.overheard.bytes(), NIGHT));
}
