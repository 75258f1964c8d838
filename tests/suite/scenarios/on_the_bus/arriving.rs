//! Steps 5 and 6: each device is back at a time of its own, and what has gone where.

use super::{CANARIES, FIRST, PLACE, SECOND, SOUND_NAME, Story, at, draft};
use crate::hostile_relay::support;
use crate::scenarios::holds;
use crate::scenarios::patched::Patched;
use cairn_core::crypto::{self, EpochKey};
use cairn_core::id::{EntryId, ShareId};
use cairn_core::moment::Moment;
use cairn_core::record::{self, Inside, Kind};
use cairn_core::support::Part;
use cairn_core::words::status;
use cairn_tests::{Device, header_of, texts};
use cairn_wire::SpaceId;
use std::collections::BTreeSet;
use std::io::Read as _;

/// Every record that was ever sent to a space of the phone's, opened.
fn opened(story: &Story, is_wanted: impl Fn(SpaceId) -> bool) -> Vec<Inside> {
    let view = story.family.two.phone.engine.store().view();
    let records = story.overheard.records();
    let records = records.iter().filter(|record| is_wanted(header_of(record).space));
    records
        .filter_map(|record| {
            let header = header_of(record);
            let key = EpochKey::from_bytes(*view.epoch_key(header.space, header.epoch).unwrap()?);
            let plaintext = crypto::open(&key, record).ok()?;
            Some(record::parse(&header.encode(), &plaintext).ok()?.inside)
        })
        .collect()
}

fn shown_views(story: &Story) -> Vec<ShareId> {
    let space = support(&story.family.two.phone).id;
    let views = opened(story, |one| one == space).into_iter();
    views
        .filter(|inside| inside.kind == Kind::SharedView)
        .map(|inside| record::decode_view(&inside.projection).unwrap().share())
        .collect()
}

/// 5. From 09:10 on the phone has a network, and until 09:21 nothing leaves of what is held.
pub(super) fn the_phone_is_back(story: &mut Story, cancelled: ShareId, shared: ShareId) {
    story.family.pass_to(at(32, 9, 20));
    story.family.phone_syncs();
    story.family.two.dee.sync(&story.family.two.world);
    assert_eq!(story.family.two.dee.engine.shared_cards().unwrap(), []);
    assert_eq!(shown_views(story), [], "nothing before the hold is over");
    story.family.pass_to(at(32, 9, 21));
    story.family.phone_syncs();
    let views = shown_views(story);
    assert!(views.contains(&shared) && !views.contains(&cancelled));
}

/// 5. At 20:00 the tablet is back, on the next day the laptop, which is in Tokyo by now: all show the same, and the days are those on which things happened.
pub(super) fn the_others_are_back(story: &mut Story, bus: EntryId) {
    story.family.pass_to(at(32, 20, 0));
    let Story { family, .. } = &mut *story;
    if let Some(tablet) = &mut family.tablet {
        tablet.sync(&family.two.world);
        assert!(texts(&tablet.engine).iter().any(|text| text.contains(SECOND)));
    }
    family.phone_syncs();
    family.pass_to(at(33, 8, 0));
    family.laptop_is_back();
    family.settle();
    if let Some(laptop) = &mut family.laptop {
        // It is another day where the laptop is: what it writes now says so, and nothing else changes.
        let now = laptop.engine.now();
        let [here, home] = ["Asia/Tokyo", super::ZONE].map(|zone| Moment::new(now, zone).unwrap());
        let mut note = draft(laptop, "Written in Tokyo.");
        note.happened = here.clone();
        laptop.engine.write(note).unwrap();
        assert!(here.local_date >= home.local_date);
    }
    family.settle();
    let on_phone = texts(&family.two.phone.engine);
    let soup = story.soup;
    let is_told_apart = story.family.tablet.is_some();
    let read = |device: &Device, id: EntryId| device.engine.store().view().entry(id).unwrap().unwrap();
    let happened = [bus, soup].map(|id| read(&story.family.two.phone, id).happened);
    let check = |device: &Device| {
        assert_eq!(
            texts(&device.engine),
            on_phone,
            "nothing is missing, and nothing is there twice"
        );
        let soup = read(device, soup);
        // Both versions of the sentence are there, and the entry says so; one tag "Home".
        assert!(soup.body.contains("It was cold."), "{}", soup.body);
        assert_eq!(soup.body.contains("It was hot."), is_told_apart);
        assert_eq!(soup.both_versions, is_told_apart);
        assert_eq!(soup.tags.len(), 1);
        assert_eq!(soup.tags[0].folded, "home");
        assert_eq!([bus, soup.id].map(|id| read(device, id).happened), happened);
        // What says where a photo was taken, and the sound's name, are hers, and with her on each device.
        let bus = read(device, bus);
        let names: Vec<&str> = bus.attachments.iter().map(|one| one.original_name.as_str()).collect();
        assert_eq!(names, ["bus.jpg", SOUND_NAME]);
        let mut bytes = Vec::new();
        let mut photo = device.engine.open_attachment(bus.attachments[0].id).unwrap();
        photo.read_to_end(&mut bytes).unwrap();
        assert!(holds(&bytes, PLACE));
    };
    check(&story.family.two.phone);
    story.family.others().for_each(|device| check(device));
    assert_eq!(status::BOTH_VERSIONS.text, "Both of your versions are here.");
    let distinct: BTreeSet<&String> = on_phone.iter().collect();
    assert_eq!(distinct.len(), on_phone.len(), "no entry is there twice");
    // Soup was eaten on the last day of October, whatever day it was in Tokyo.
    if story.family.is_clock_right() {
        let days = happened.map(|one| one.local_date.to_string());
        assert_eq!(days, ["2026-11-01", "2026-10-31"]);
        let soup = read(&story.family.two.phone, soup).happened;
        let elsewhere = Moment::new(soup.at, "Asia/Tokyo").unwrap().local_date;
        assert_eq!(elsewhere.to_string(), "2026-11-01");
    }
}

/// 6. What went over the line tells nobody anything, and nothing of what is not shown was ever in a record for Dee.
pub(super) fn nothing_else_is_with_dee(story: &mut Story, cancelled: ShareId, shared: ShareId, bus: EntryId) {
    let heard = story.overheard.bytes();
    let at_rest = story.family.two.world.bytes_at_rest();
    for words in CANARIES
        .into_iter()
        .chain([FIRST, "fizzy", "just so someone knows", "Please ask before touching"])
    {
        assert!(!holds(&heard, words) && !holds(&at_rest, words), "{words}");
    }
    // Names of records say nothing of when they were made: as many go up as go down, more or less.
    let records = story.overheard.records();
    let names: Vec<[u8; 16]> = records
        .iter()
        .map(|record| *header_of(record).record_id.as_bytes())
        .collect();
    let rises = names.windows(2).filter(|two| two[0] < two[1]).count();
    let all = names.len() - 1;
    assert!(all > 20 && rises * 4 > all && rises * 4 < all * 3, "{rises} of {all}");
    // In what is sealed for her nothing stands of the cancelled share, of the other paragraph, of the files, or of another entry.
    let space = support(&story.family.two.phone).id;
    let for_dee = opened(story, |one| one == space);
    assert!(for_dee.len() > 5);
    for inside in &for_dee {
        assert_ne!(inside.document, cancelled.into());
        let bytes = [
            &inside.projection[..],
            inside.document_bytes.as_deref().unwrap_or_default(),
        ]
        .concat();
        for canary in CANARIES {
            assert!(!holds(&bytes, canary), "{canary}");
        }
        assert!(inside.kind == Kind::SharedView || !holds(&bytes, FIRST));
    }
    // They do travel, sealed, to her own devices.
    let own = opened(story, |one| one != space);
    let own: Vec<u8> = own.into_iter().flat_map(|inside| inside.projection).collect();
    assert!(
        [SECOND, SOUND_NAME, "canary tag"]
            .iter()
            .all(|canary| holds(&own, canary))
    );
    // Nor are they with Dee, in her database, in her files, or in what she reads.
    let dee = &mut story.family.two.dee;
    let pages = dee.pages();
    assert!(CANARIES.iter().all(|canary| !holds(&pages, canary)));
    assert_eq!(
        std::fs::read_dir(dee.folder().join("attachments")).map_or(0, Iterator::count),
        0
    );
    let cards = dee.engine.shared_cards().unwrap();
    assert_eq!(cards.iter().map(|card| card.share).collect::<Vec<_>>(), [shared]);
    let view = dee.engine.open_shared(shared).unwrap().view;
    assert_eq!(view.text(Part::Body), Some(FIRST));
    assert_eq!(view.text(Part::Title), None);
    let lines: Vec<&str> = view.lines.iter().map(|line| line.text.as_str()).collect();
    assert!(
        lines.contains(&"fizzy · tired") && lines.contains(&"just so someone knows"),
        "{lines:?}"
    );
    assert!(
        lines.iter().all(|line| !line.contains("2026-11-01")),
        "the month: {lines:?}"
    );
    assert!(view.attachments.is_empty());
    // A changed app has no other door, and no key to what is hers.
    Patched::finds_no_other_door(&story.family.two);
    let phone = &story.family.two.phone;
    let home = phone.engine.store().view().spaces().unwrap();
    let home = home.iter().find(|space| space.relationship.is_none()).unwrap().id;
    let keys = story.family.two.dee.engine.store().view().epoch_keys(home).unwrap();
    assert!(keys.is_empty());
    assert!(phone.engine.store().view().entry(bus).unwrap().is_some());
}
