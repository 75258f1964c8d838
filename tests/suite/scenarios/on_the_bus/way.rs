//! Steps 1 to 4, on the way: nothing reaches anybody.

use super::{FIRST, PLACE, RECORDER, SECOND, SOUND_NAME, SOUP, Story, at, draft, revise, statement};
use crate::scenarios::MINUTE_MS;
use crate::shown_attachments::sound;
use cairn_core::id::{EntryId, ShareId};
use cairn_core::journal::{Attachment, EntryQuery};
use cairn_core::profile::Stance;
use cairn_core::record::{self, Kind};
use cairn_core::support::{Mask, When};
use cairn_core::vault::{Engine, Error, Keeping, NewShare};
use cairn_core::words::status;
use cairn_tests::{Cut, drive, plain_share};
use std::io::Cursor;

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

/// A small JPEG whose Exif says where it was taken.
fn photo() -> Vec<u8> {
    let exif = [b"Exif\0\0MM\0*\0\0\0\x08\0\0".as_slice(), PLACE.as_bytes()].concat();
    let frame = [8, 0, 2, 0, 3, 1, 1, 0x11, 0];
    [
        b"\xff\xd8".to_vec(),
        segment(0xe1, &exif),
        segment(0xdb, &[0; 65]),
        segment(0xc0, &frame),
        segment(0xda, &[1, 1, 0, 0, 0x3f, 0]),
        b"coded\xff\xd9".to_vec(),
    ]
    .concat()
}

/// Keeps a file as it is, with what it says of itself: it is her own.
fn keep(engine: &mut Engine, bytes: &[u8], name: &str) -> Result<Attachment, Error> {
    let keeping = Keeping {
        original_name: name.to_owned(),
        strip_metadata: false,
        ..Keeping::default()
    };
    engine.keep_attachment(Box::new(Cursor::new(bytes.to_vec())), keeping)
}

/// 1. 07:58 on the morning on which the clocks go back: without a network she writes, and adds feelings, a photo that says where it was taken, and a sound.
///
/// That each is saved within 100 ms the benches hold (`make bench`); no test here looks at a stopwatch.
pub(super) fn she_writes_offline(story: &mut Story) -> EntryId {
    let family = &mut story.family;
    family.pass_to(at(32, 7, 58));
    let heard = story.overheard.requests().len();
    let waiting = family.two.phone.engine.sync_status().unwrap().waiting;
    assert_eq!(waiting, 0, "everything was in sync");
    let body = format!("{FIRST}\n\n{SECOND}");
    let mut written = draft(&family.two.phone, &body);
    written.title = "Bus".to_owned();
    written.tags = vec!["canary tag".to_owned()];
    family.saves(|engine| engine.write(written.clone()).map(drop));
    let newest = family.two.phone.engine.store().view().entries(&EntryQuery::newest(200));
    let newest = newest.unwrap().entries;
    let bus: Vec<EntryId> = newest
        .iter()
        .filter(|entry| entry.body == body)
        .map(|entry| entry.id)
        .collect();
    let [bus] = bus[..] else { panic!("saved once") };
    family.saves(|engine| {
        revise(engine, bus, |later| {
            later.feelings = vec!["fizzy".to_owned(), "tired".to_owned()]
        })
    });
    family.saves(|engine| {
        let photo = keep(engine, &photo(), "bus.jpg")?;
        revise(engine, bus, |later| later.attachments.push(photo))
    });
    family.saves(|engine| {
        let note = keep(engine, &sound(400, RECORDER.as_bytes()), SOUND_NAME)?;
        revise(engine, bus, |later| later.attachments.push(note))
    });
    // Nothing was asked of a network, and what stands below it says so.
    assert_eq!(story.overheard.requests().len(), heard);
    let status = family.two.phone.engine.sync_status().unwrap();
    assert!(status.relay.is_some() && status.waiting > 0, "{status:?}");
    for sentence in [&status::WAITING, &status::OFFLINE] {
        assert!(sentence.text.starts_with("Saved here."));
    }
    let offline = Cut::new(family.two.world.line(), 0, false);
    assert!(!drive(&mut family.two.phone.engine, &offline).unwrap().is_complete());
    assert_eq!(story.overheard.requests().len(), heard);
    let entry = family.two.phone.engine.store().view().entry(bus).unwrap().unwrap();
    assert_eq!((entry.feelings.len(), entry.attachments.len()), (2, 2));
    if family.is_clock_right() {
        assert_eq!(entry.happened.at.0, at(32, 7, 58));
        assert_eq!(entry.happened.local_date.to_string(), "2026-11-01");
    }
    bus
}

/// 2. The tablet, offline at home, and the phone change one sentence of the second paragraph, and both add a tag.
pub(super) fn one_sentence_on_two_devices(story: &mut Story) {
    let soup = story.soup;
    let says = |how: &str, tag: &str| {
        let (body, tag) = (SOUP.replace("It was warm.", how), tag.to_owned());
        move |later: &mut cairn_core::journal::Draft| {
            later.body = body;
            later.tags.push(tag);
        }
    };
    if let Some(tablet) = &mut story.family.tablet {
        revise(&mut tablet.engine, soup, says("It was hot.", "home")).unwrap();
    }
    let change = says("It was cold.", "Home");
    story.family.saves(|engine| revise(engine, soup, change.clone()));
}

/// 3. "Hugs" is not for her any more, and there is a new line about touch: version 5 is on its way.
pub(super) fn hugs_are_not_for_her_now(story: &mut Story) {
    let (hugs, section) = (story.hugs, story.section);
    let moved = statement("Hugs", Some(Stance::NotForMe));
    let touch = statement("Please ask before touching", Some(Stance::Want));
    let waiting = story.family.two.phone.engine.sync_status().unwrap().waiting;
    story
        .family
        .saves(|engine| engine.revise_statement(hugs, moved.clone()));
    story
        .family
        .saves(|engine| engine.write_statement(section, touch.clone()).map(drop));
    assert!(story.family.two.phone.engine.sync_status().unwrap().waiting > waiting);
    assert_eq!(story.preferences(), 4, "nothing of it has left");
    // The other's changed app would rather have the old ones stand: it shows them to its own side, in her name, as newer ones.
    let Story { family, patched, .. } = story;
    patched.forges(&family.two, Kind::SharedProfile, |inside| {
        let mut shown = record::decode_shared_profile(&inside.projection).unwrap();
        shown.version += 3;
        inside.projection = record::encode_shared_profile(&shown);
    });
}

fn words_only() -> Mask {
    Mask {
        text: true,
        title: false,
        when: When::Month,
        ..Mask::default()
    }
}

/// The share that is given and not over; on a phone that died it is looked for.
fn open_shares(story: &Story) -> Vec<ShareId> {
    let cards = story.family.two.phone.engine.share_cards().unwrap();
    cards.iter().map(|card| card.share.id()).collect()
}

/// 4. She prepares a share of the words, cancels it two minutes later, and prepares another: the first paragraph, the feelings and the month. In between the network is
///    back (5), and the ten minutes of the first are not over.
pub(super) fn she_shares_cancels_and_shares(story: &mut Story, bus: EntryId) -> (ShareId, ShareId) {
    story.family.pass_to(at(32, 9, 9));
    let new = NewShare {
        purpose: "just so someone knows".to_owned(),
        hold_ms: 10 * MINUTE_MS,
        mask: words_only(),
        ..plain_share(story.family.two.id, bus)
    };
    story.family.saves(|engine| engine.share(new.clone()).map(drop));
    let [cancelled] = open_shares(story)[..] else {
        panic!("shared once")
    };
    story.family.two.world.clock.advance_ms(MINUTE_MS);
    story.family.phone_syncs();
    // An app that checks nothing speaks of what it has not been shown.
    let Story { family, patched, .. } = story;
    patched.says_of_what_is_not_shown(&family.two, cancelled, "I know what is coming.");
    story.family.two.world.clock.advance_ms(MINUTE_MS);
    story.family.saves(|engine| engine.revoke(cancelled));
    assert_eq!(open_shares(story), [], "cancelled without a trace");
    let mask = Mask {
        feelings: true,
        ..words_only()
    };
    let another = NewShare {
        mask,
        passages: vec![FIRST.to_owned()],
        ..new
    };
    story.family.saves(|engine| engine.share(another.clone()).map(drop));
    let [shared] = open_shares(story)[..] else {
        panic!("shared once")
    };
    assert_ne!(cancelled, shared);
    (cancelled, shared)
}
