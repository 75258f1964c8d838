//! Attachments that nothing names for a while, that are named by something else than an entry, or that are not what they were.

use super::gone::{agree, blobs, pair, with};
use super::{files_below, keep, noise, read};
use cairn_core::journal::{Attachment, AttachmentKind, Draft};
use cairn_core::limits;
use cairn_core::profile::{DefaultSection, StatementDraft};
use cairn_core::sync::Transport as _;
use cairn_core::vault::{AttachmentPolicy, AttachmentState, Keeping, entry_for_editing};
use cairn_tests::{Device, World, draft};
use std::io::Cursor;

/// A video: too large to come by itself.
fn film(device: &mut Device, bytes: &[u8]) -> Attachment {
    let keeping = Keeping {
        kind: Some(AttachmentKind::Video),
        ..Keeping::default()
    };
    let source = Box::new(Cursor::new(bytes.to_vec()));
    device.engine.keep_attachment(source, keeping).unwrap()
}

fn revise(world: &World, device: &mut Device, id: cairn_core::id::EntryId, body: &str, attachments: &[&Attachment]) {
    let (_, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
    let after = Draft {
        attachments: attachments.iter().map(|one| (*one).clone()).collect(),
        ..draft(&world.clock, body)
    };
    device.engine.revise(id, &version, after).unwrap();
}

fn is_here(device: &mut Device, attachment: &Attachment) -> bool {
    device
        .engine
        .attachment_state(attachment.id)
        .is_ok_and(|state| state == AttachmentState::Here)
}

#[test]
fn a_photo_that_was_taken_out_is_there_for_whoever_goes_back_and_gone_when_nobody_does() {
    let world = World::new(101);
    let (mut phone, mut tablet) = pair(&world, 101);
    let photo = keep(&mut phone.engine, &noise(1, 50_000));
    let id = phone.engine.write(with(&world, &photo)).unwrap();
    agree(&world, &mut phone, &mut tablet);
    world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS);
    revise(&world, &mut phone, id, "Look.", &[]);
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(read(&phone.engine, &photo), noise(1, 50_000));
    assert!(blobs(&world) > 50_000);
    let first = phone.engine.history(id).unwrap()[0].version.clone();
    phone.engine.go_back_to(id, &first).unwrap();
    agree(&world, &mut phone, &mut tablet);
    world.clock.advance_ms(2 * limits::ATTACHMENT_GRACE_MS);
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(read(&tablet.engine, &photo), noise(1, 50_000));
    assert!(blobs(&world) > 50_000);
    // Nobody goes back.
    revise(&world, &mut tablet, id, "Look.", &[]);
    agree(&world, &mut phone, &mut tablet);
    world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS + 1);
    agree(&world, &mut phone, &mut tablet);
    for device in [&phone, &tablet] {
        assert!(device.engine.open_attachment(photo.id).is_err());
        assert!(files_below(&device.folder().join("attachments")).is_empty());
    }
    assert_eq!(blobs(&world), 0);
}

#[test]
fn erasing_lets_go_at_once_of_what_an_entry_named_before() {
    let world = World::new(102);
    let (mut phone, mut tablet) = pair(&world, 102);
    let (one, other) = (
        keep(&mut phone.engine, &noise(1, 50_000)),
        keep(&mut phone.engine, &noise(2, 40_000)),
    );
    let erased = phone.engine.write(with(&world, &one)).unwrap();
    let anew = phone.engine.write(with(&world, &other)).unwrap();
    agree(&world, &mut phone, &mut tablet);
    revise(&world, &mut phone, erased, "Look.", &[]);
    revise(&world, &mut phone, anew, "Look.", &[]);
    agree(&world, &mut phone, &mut tablet);
    phone.engine.trash(erased).unwrap();
    phone.engine.erase(erased).unwrap();
    assert!(phone.engine.erase_earlier_drafts(anew).unwrap());
    assert!(files_below(&phone.folder().join("attachments")).is_empty());
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(blobs(&world), 0);
}

#[test]
fn a_film_that_only_the_relay_holds_outlives_the_erasing_of_earlier_drafts() {
    let world = World::new(103);
    let (mut phone, mut tablet) = pair(&world, 103);
    let length = usize::try_from(limits::SMALL_ATTACHMENT_BYTES).unwrap() + 1;
    let video = film(&mut phone, &noise(3, length));
    let id = phone.engine.write(with(&world, &video)).unwrap();
    phone.engine.set_attachment_policy(AttachmentPolicy::Now).unwrap();
    phone.sync(&world);
    tablet.sync(&world);
    assert!(!is_here(&mut tablet, &video));
    revise(&world, &mut tablet, id, "Look, again.", &[&video]);
    tablet.sync(&world);
    assert!(tablet.engine.erase_earlier_drafts(id).unwrap());
    for _ in 0..4 {
        tablet.sync(&world);
        world.clock.advance_ms(120_000);
    }
    assert_eq!(
        tablet.engine.sync_status().unwrap().waiting,
        0,
        "the earlier drafts are closed"
    );
    assert_eq!(tablet.engine.store().view().closing_count().unwrap(), 0);
    tablet.engine.fetch_attachment(video.id).unwrap();
    tablet.sync(&world);
    assert_eq!(read(&tablet.engine, &video), noise(3, length));
}

#[test]
fn what_the_plan_and_a_statement_name_stays_though_no_entry_does() {
    let world = World::new(104);
    let mut phone = Device::new(&world, 104, "phone");
    let (letter, sound) = (
        keep(&mut phone.engine, &noise(4, 9_000)),
        keep(&mut phone.engine, &noise(5, 8_000)),
    );
    let id = phone.engine.write(with(&world, &letter)).unwrap();
    phone.engine.set_plan_attached(&[letter.id]).unwrap();
    let said = StatementDraft {
        attachment: Some(sound.id),
        ..StatementDraft::new("Hear me.")
    };
    phone
        .engine
        .write_statement(DefaultSection::OwnWords.id(), said)
        .unwrap();
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    for _ in 0..3 {
        world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS);
        phone.engine.sweep_attachments().unwrap();
    }
    assert_eq!(read(&phone.engine, &letter), noise(4, 9_000));
    assert_eq!(read(&phone.engine, &sound), noise(5, 8_000));
    phone.engine.set_plan_attached(&[]).unwrap();
    for _ in 0..3 {
        world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS);
        phone.engine.sweep_attachments().unwrap();
    }
    assert!(phone.engine.open_attachment(letter.id).is_err());
}

#[test]
fn what_is_attached_again_outlives_the_entry_that_had_it() {
    let world = World::new(105);
    let mut phone = Device::new(&world, 105, "phone");
    let photo = keep(&mut phone.engine, &noise(6, 9_000));
    let id = phone.engine.write(with(&world, &photo)).unwrap();
    let again = keep(&mut phone.engine, &noise(6, 9_000));
    assert_eq!(again.id, photo.id);
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    let new = phone.engine.write(with(&world, &again)).unwrap();
    assert_eq!(read(&phone.engine, &photo), noise(6, 9_000));
    phone.engine.trash(new).unwrap();
    phone.engine.erase(new).unwrap();
    assert!(
        phone.engine.open_attachment(photo.id).is_err(),
        "what was named is gone with its entry"
    );
}

#[test]
fn a_photo_named_on_one_device_while_another_takes_it_out_is_held_by_the_relay() {
    let world = World::new(106);
    let (mut phone, mut tablet) = pair(&world, 106);
    let (one, other) = (
        keep(&mut phone.engine, &noise(7, 20_000)),
        keep(&mut phone.engine, &noise(8, 10_000)),
    );
    let both = Draft {
        attachments: vec![one.clone(), other.clone()],
        ..draft(&world.clock, "Look.")
    };
    let id = phone.engine.write(both).unwrap();
    agree(&world, &mut phone, &mut tablet);
    revise(&world, &mut phone, id, "Look.", &[&other]);
    revise(&world, &mut tablet, id, "Look.", &[&other, &one]);
    agree(&world, &mut phone, &mut tablet);
    for _ in 0..3 {
        world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS);
        agree(&world, &mut phone, &mut tablet);
    }
    let named = tablet.engine.store().view().entry(id).unwrap().unwrap().attachments;
    let mut laptop = Device::new(&world, 107, "laptop");
    phone.pair(&world, &mut laptop);
    laptop.sync(&world);
    laptop.sync(&world);
    for attachment in &named {
        assert!(is_here(&mut laptop, attachment), "what is named can be had");
    }
}

#[test]
fn a_file_that_rotted_is_made_anew_of_the_same_bytes_and_never_sent() {
    let world = World::new(108);
    let (mut phone, mut tablet) = pair(&world, 108);
    let photo = keep(&mut phone.engine, &noise(9, 30_000));
    let folder = phone.folder().join("attachments");
    let rot = || {
        let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[20_000] ^= 1;
        std::fs::write(&file, bytes).unwrap();
    };
    rot();
    phone.engine.write(with(&world, &photo)).unwrap();
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(blobs(&world), 0, "what does not open is not sent");
    assert_eq!(keep(&mut phone.engine, &noise(9, 30_000)).id, photo.id);
    assert_eq!(read(&phone.engine, &photo), noise(9, 30_000));
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(read(&tablet.engine, &photo), noise(9, 30_000));
}

#[test]
fn what_the_plan_and_a_statement_name_comes_to_the_other_devices() {
    let world = World::new(109);
    let (mut phone, mut tablet) = pair(&world, 109);
    let (letter, sound) = (
        keep(&mut phone.engine, &noise(4, 9_000)),
        keep(&mut phone.engine, &noise(5, 8_000)),
    );
    phone.engine.set_plan_attached(&[letter.id]).unwrap();
    let said = StatementDraft {
        attachment: Some(sound.id),
        ..StatementDraft::new("Hear me.")
    };
    let statement = phone
        .engine
        .write_statement(DefaultSection::OwnWords.id(), said)
        .unwrap();
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(read(&tablet.engine, &letter), noise(4, 9_000));
    assert_eq!(read(&tablet.engine, &sound), noise(5, 8_000));
    assert!(blobs(&world) > 17_000);
    // A history that is erased takes none of it along.
    phone.engine.set_recovery_word("mending").unwrap();
    phone.engine.erase_preference_history().unwrap();
    agree(&world, &mut phone, &mut tablet);
    world.clock.advance_ms(2 * limits::ATTACHMENT_GRACE_MS);
    agree(&world, &mut phone, &mut tablet);
    let mut laptop = Device::new(&world, 110, "laptop");
    tablet.pair(&world, &mut laptop);
    laptop.sync(&world);
    laptop.sync(&world);
    assert_eq!(read(&laptop.engine, &sound), noise(5, 8_000));
    // What is named no more goes, everywhere.
    tablet.engine.set_plan_attached(&[]).unwrap();
    tablet.engine.remove_statement(statement).unwrap();
    for _ in 0..5 {
        for device in [&mut phone, &mut tablet, &mut laptop] {
            device.sync(&world);
        }
        world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS + 1);
    }
    for device in [&phone, &tablet, &laptop] {
        assert!(files_below(&device.folder().join("attachments")).is_empty());
    }
    assert_eq!(blobs(&world), 0);
}

/// Longer than what goes by itself.
fn large(seed: u64) -> Vec<u8> {
    noise(seed, usize::try_from(limits::SMALL_ATTACHMENT_BYTES).unwrap() + 1)
}

#[test]
fn a_film_that_was_added_while_earlier_drafts_were_erased_elsewhere_outlives_their_closing() {
    let world = World::new(111);
    let (mut phone, mut tablet) = pair(&world, 111);
    phone.engine.set_attachment_policy(AttachmentPolicy::Now).unwrap();
    let id = phone.engine.write(draft(&world.clock, "Look.")).unwrap();
    agree(&world, &mut phone, &mut tablet);
    let video = film(&mut phone, &large(11));
    revise(&world, &mut phone, id, "Look.", &[&video]);
    world.clock.advance_ms(120_000);
    phone.sync(&world);
    // The phone is lost. What it added comes to the tablet in the round that would close what the relay holds it under.
    revise(&world, &mut tablet, id, "Look, again.", &[]);
    assert!(tablet.engine.erase_earlier_drafts(id).unwrap());
    for _ in 0..4 {
        tablet.sync(&world);
        world.clock.advance_ms(120_000);
    }
    assert_eq!(tablet.engine.store().view().closing_count().unwrap(), 0);
    tablet.engine.fetch_attachment(video.id).unwrap();
    tablet.sync(&world);
    assert_eq!(read(&tablet.engine, &video), large(11));
}

#[test]
fn a_film_that_rotted_here_is_held_and_fetched_when_earlier_drafts_are_erased() {
    let world = World::new(112);
    let (mut phone, mut tablet) = pair(&world, 112);
    let video = film(&mut phone, &large(12));
    let id = phone.engine.write(with(&world, &video)).unwrap();
    phone.engine.set_attachment_policy(AttachmentPolicy::Now).unwrap();
    phone.sync(&world);
    // The tablet has it from somewhere else, and never asked the relay for it.
    film(&mut tablet, &large(12));
    tablet.sync(&world);
    tablet.engine.attachment_did_not_open(video.id).unwrap();
    revise(&world, &mut tablet, id, "Look, again.", &[&video]);
    assert!(tablet.engine.erase_earlier_drafts(id).unwrap());
    for _ in 0..4 {
        tablet.sync(&world);
        world.clock.advance_ms(120_000);
    }
    assert_eq!(tablet.engine.store().view().closing_count().unwrap(), 0);
    let mut laptop = Device::new(&world, 113, "laptop");
    tablet.pair(&world, &mut laptop);
    laptop.sync(&world);
    laptop.engine.fetch_attachment(video.id).unwrap();
    laptop.sync(&world);
    assert_eq!(read(&laptop.engine, &video), large(12));
    tablet.engine.fetch_attachment(video.id).unwrap();
    tablet.sync(&world);
    assert_eq!(read(&tablet.engine, &video), large(12));
}

#[test]
fn a_film_that_was_asked_for_in_vain_goes_up_from_whoever_attaches_it() {
    let world = World::new(114);
    let (mut phone, mut tablet) = pair(&world, 114);
    let video = film(&mut phone, &large(13));
    let id = phone.engine.write(with(&world, &video)).unwrap();
    revise(&world, &mut phone, id, "Look, again.", &[&video]);
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    // The phone, which sends no films by itself, is lost.
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(film(&mut tablet, &large(13)).id, video.id);
    tablet.engine.set_attachment_policy(AttachmentPolicy::Now).unwrap();
    tablet.sync(&world);
    let mut laptop = Device::new(&world, 115, "laptop");
    tablet.pair(&world, &mut laptop);
    laptop.sync(&world);
    laptop.engine.fetch_attachment(video.id).unwrap();
    laptop.sync(&world);
    assert_eq!(read(&laptop.engine, &video), large(13));
}

#[test]
fn what_was_taken_out_long_ago_is_let_go_only_when_no_other_device_names_it_again() {
    let world = World::new(116);
    let (mut phone, mut tablet) = pair(&world, 116);
    // Only the phone has the film: it is too large to go by itself.
    let (video, photo) = (
        film(&mut phone, &large(14)),
        keep(&mut phone.engine, &noise(15, 10_000)),
    );
    let both = Draft {
        attachments: vec![video.clone(), photo.clone()],
        ..draft(&world.clock, "Look.")
    };
    let id = phone.engine.write(both).unwrap();
    agree(&world, &mut phone, &mut tablet);
    revise(&world, &mut phone, id, "Look.", &[&photo]);
    phone.engine.sweep_attachments().unwrap();
    revise(&world, &mut tablet, id, "Look.", &[&photo, &video]);
    tablet.sync(&world);
    world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS + 1);
    phone.engine.sweep_attachments().unwrap();
    agree(&world, &mut phone, &mut tablet);
    let named = phone.engine.store().view().entry(id).unwrap().unwrap().attachments;
    assert!(
        named.iter().any(|one| one.id == video.id),
        "the tablet named it meanwhile"
    );
    assert_eq!(read(&phone.engine, &video), large(14));
}

#[test]
fn a_photo_that_was_taken_out_before_its_bytes_were_heard_of_leaves_the_relay_too() {
    let world = World::new(117);
    let (mut phone, mut tablet) = pair(&world, 117);
    let photo = keep(&mut phone.engine, &noise(16, 20_000));
    let id = phone.engine.write(with(&world, &photo)).unwrap();
    phone.sync(&world);
    assert!(blobs(&world) > 20_000);
    // The phone is lost, and the tablet is killed in the round that brings the entry.
    tablet.engine.sync_begin().unwrap();
    while tablet.engine.store().view().entry(id).unwrap().is_none() {
        let request = tablet.engine.sync_next().unwrap();
        tablet.engine.sync_answer(world.line().send(&request));
    }
    revise(&world, &mut tablet, id, "Look.", &[]);
    for _ in 0..3 {
        tablet.sync(&world);
        world.clock.advance_ms(limits::ATTACHMENT_GRACE_MS + 1);
    }
    assert_eq!(blobs(&world), 0);
}
