//! What an entry said before: read, gone back to, and erased on every device; what is erased for good stays gone.

use crate::privacy::holds;
use cairn_core::id::EntryId;
use cairn_core::journal::{Draft, EntryQuery};
use cairn_core::store::StoreConfig;
use cairn_core::vault::{DraftKind, Engine, Kind, Version, draft as kept_draft, drafts, entry_for_editing};
use cairn_tests::{Device, World, converge, draft, texts};

fn body(device: &Device, id: EntryId) -> String {
    device.engine.store().view().entry(id).unwrap().unwrap().body
}

fn version(device: &Device, id: EntryId) -> Version {
    entry_for_editing(device.engine.store().view(), id).unwrap().unwrap().1
}

fn revise(world: &World, device: &mut Device, id: EntryId, body: &str) {
    let version = version(device, id);
    device.engine.revise(id, &version, draft(&world.clock, body)).unwrap();
}

fn bodies(engine: &mut Engine, id: EntryId) -> Vec<String> {
    let history = engine.history(id).unwrap();
    history
        .iter()
        .map(|revision| engine.entry_at(id, &revision.version).unwrap().unwrap().body)
        .collect()
}

/// A phone and a tablet that agree, with one entry.
fn pair(world: &World, words: &str) -> (Device, Device, EntryId) {
    let mut phone = Device::new(world, 1, "phone");
    let mut tablet = Device::new(world, 2, "tablet");
    phone.connect(world);
    let id = phone.write(words);
    phone.sync(world);
    phone.pair(world, &mut tablet);
    tablet.sync(world);
    (phone, tablet, id)
}

fn agree(world: &World, phone: &mut Device, tablet: &mut Device) {
    for _ in 0..3 {
        phone.sync(world);
        tablet.sync(world);
        world.clock.advance_ms(120_000);
    }
    phone.sync(world);
}

#[test]
fn every_state_is_there_on_every_device_and_one_can_go_back() {
    let world = World::new(61);
    let (mut phone, mut tablet, id) = pair(&world, "One.");
    assert_eq!(bodies(&mut phone.engine, id), ["One."]);
    revise(&world, &mut phone, id, "One. Two.");
    phone.sync(&world);
    tablet.sync(&world);
    revise(&world, &mut tablet, id, "One. Two. Three.");
    agree(&world, &mut phone, &mut tablet);
    for device in [&mut phone, &mut tablet] {
        assert_eq!(
            bodies(&mut device.engine, id),
            ["One.", "One. Two.", "One. Two. Three."]
        );
    }
    let history = tablet.engine.history(id).unwrap();
    let made_here: Vec<bool> = history.iter().map(|revision| revision.made_here).collect();
    assert_eq!(made_here, [false, false, true]);
    assert!(history[2].is_present && !history[0].is_present);
    tablet.engine.go_back_to(id, &history[0].version).unwrap();
    assert_eq!(body(&tablet, id), "One.");
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(body(&phone, id), "One.");
    assert_eq!(
        bodies(&mut phone.engine, id).len(),
        4,
        "what it said in between is still there"
    );
    let nothing = Version::from_bytes(&[7; 36]).unwrap();
    assert!(tablet.engine.entry_at(id, &nothing).unwrap().is_none());
    assert_eq!(
        tablet.engine.go_back_to(id, &nothing).unwrap_err().kind(),
        Kind::NotFound
    );
}

#[test]
fn erased_earlier_drafts_are_gone_everywhere_and_the_entry_stays_as_it_is() {
    let world = World::new(62);
    let (mut phone, mut tablet, id) = pair(&world, "One. Quetzal.");
    revise(&world, &mut phone, id, "One. Two.");
    agree(&world, &mut phone, &mut tablet);
    assert!(holds(&phone.pages(), "Quetzal"), "the search does look");
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    assert!(
        !phone.engine.erase_earlier_drafts(id).unwrap(),
        "nothing earlier is left"
    );
    assert!(!holds(&phone.pages(), "Quetzal"));
    agree(&world, &mut phone, &mut tablet);
    assert!(!holds(&tablet.pages(), "Quetzal"));
    for device in [&mut phone, &mut tablet] {
        assert_eq!(bodies(&mut device.engine, id), ["One. Two."]);
        assert_eq!(device.engine.sync_status().unwrap().waiting, 0);
    }
    // It goes on as any entry does.
    revise(&world, &mut tablet, id, "One. Two. Three.");
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(body(&phone, id), "One. Two. Three.");
    // And a device that comes later gets what there is.
    let mut laptop = Device::new(&world, 3, "laptop");
    phone.pair(&world, &mut laptop);
    laptop.sync(&world);
    assert_eq!(bodies(&mut laptop.engine, id), ["One. Two.", "One. Two. Three."]);
}

#[test]
fn an_edit_made_offline_meanwhile_is_carried_over() {
    let world = World::new(63);
    let (mut phone, mut tablet, id) = pair(&world, "One. Two. Three.");
    revise(&world, &mut phone, id, "Eins. Two. Three.");
    agree(&world, &mut phone, &mut tablet);
    revise(&world, &mut tablet, id, "Eins. Two. Drei.");
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    revise(&world, &mut phone, id, "Eins. Zwei. Three.");
    agree(&world, &mut phone, &mut tablet);
    for device in [&phone, &tablet] {
        assert_eq!(body(device, id), "Eins. Zwei. Drei.");
    }
    // And from a device that had not even heard of what was erased.
    revise(&world, &mut tablet, id, "Eins. Zwei. Drei. Late words.");
    revise(&world, &mut phone, id, "Zwei. Drei.");
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    agree(&world, &mut phone, &mut tablet);
    for device in [&phone, &tablet] {
        assert_eq!(body(device, id), "Zwei. Drei. Late words.");
    }
}

#[test]
fn what_a_device_sent_before_it_was_lost_is_carried_over_by_one_that_began_anew_without_it() {
    let world = World::new(70);
    let (mut phone, mut tablet, id) = pair(&world, "One. Two.");
    revise(&world, &mut phone, id, "One. Two. Three.");
    agree(&world, &mut phone, &mut tablet);
    revise(&world, &mut tablet, id, "One. Two. Three. Last words of the tablet.");
    tablet.sync(&world);
    drop(tablet);
    revise(&world, &mut phone, id, "Eins. Three.");
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    converge(&world, &mut [&mut phone]);
    assert_eq!(body(&phone, id), "Eins. Three. Last words of the tablet.");
    let mut laptop = Device::new(&world, 71, "laptop");
    phone.pair(&world, &mut laptop);
    laptop.sync(&world);
    assert_eq!(body(&laptop, id), body(&phone, id));
}

#[test]
fn two_devices_that_begin_anew_apart_agree() {
    let world = World::new(64);
    let (mut phone, mut tablet, id) = pair(&world, "One.");
    revise(&world, &mut phone, id, "One. Two.");
    agree(&world, &mut phone, &mut tablet);
    revise(&world, &mut tablet, id, "One. Two. Words of the tablet.");
    for device in [&mut phone, &mut tablet] {
        assert!(device.engine.erase_earlier_drafts(id).unwrap());
    }
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(body(&phone, id), body(&tablet, id));
    assert!(body(&phone, id).contains("Words of the tablet."));
}

#[test]
fn only_the_trash_is_erased_and_then_it_is_gone_from_every_page_and_the_relay() {
    let world = World::new(65);
    let (mut phone, mut tablet, id) = pair(&world, "Quetzal.");
    let stays = phone.write("Words that stay.");
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(phone.engine.erase(id).unwrap_err().kind(), Kind::Invalid);
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    assert!(!holds(&phone.pages(), "Quetzal"));
    assert_eq!(phone.engine.erase(id).unwrap_err().kind(), Kind::NotFound);
    agree(&world, &mut phone, &mut tablet);
    assert!(!holds(&tablet.pages(), "Quetzal"));
    assert_eq!(
        (texts(&phone.engine), texts(&tablet.engine)),
        (vec!["Words that stay.".to_owned()], vec!["Words that stay.".to_owned()])
    );
    for device in [&phone, &tablet] {
        assert_eq!(device.engine.sync_status().unwrap().waiting, 0);
        assert_eq!(device.engine.sync_status().unwrap().set_aside, 0);
        assert!(device.engine.store().view().is_gone(id.into()).unwrap());
    }
    // A device that comes later never sees it.
    let mut laptop = Device::new(&world, 3, "laptop");
    tablet.pair(&world, &mut laptop);
    laptop.sync(&world);
    assert_eq!(texts(&laptop.engine), ["Words that stay."]);
    phone.engine.trash(stays).unwrap();
    assert!(phone.engine.empty_trash().unwrap());
    assert!(!phone.engine.empty_trash().unwrap());
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(texts(&tablet.engine), [""; 0]);
}

#[test]
fn words_that_were_written_in_an_entry_erased_elsewhere_are_offered_where_they_were_written() {
    let world = World::new(66);
    let (mut phone, mut tablet, id) = pair(&world, "One.");
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    revise(&world, &mut tablet, id, "One. Words of the tablet.");
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(texts(&tablet.engine), [""; 0]);
    let kept = drafts(tablet.engine.store().view()).unwrap();
    assert_eq!((kept.len(), kept[0].kind), (1, DraftKind::ErasedElsewhere));
    let anew = tablet.engine.finish_draft(kept[0].id).unwrap();
    assert_ne!(anew, id);
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(texts(&phone.engine), ["One. Words of the tablet."]);
    assert!(drafts(tablet.engine.store().view()).unwrap().is_empty());
}

#[test]
fn words_that_began_anew_and_were_erased_elsewhere_are_offered_where_they_were_written() {
    let world = World::new(661);
    let (mut phone, mut tablet, id) = pair(&world, "One.");
    tablet.engine.trash(id).unwrap();
    tablet.engine.erase(id).unwrap();
    revise(&world, &mut phone, id, "One. Words of the phone.");
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(texts(&phone.engine), [""; 0]);
    let kept = drafts(phone.engine.store().view()).unwrap();
    assert_eq!((kept.len(), kept[0].kind), (1, DraftKind::ErasedElsewhere));
    assert!(drafts(tablet.engine.store().view()).unwrap().is_empty());
}

#[test]
fn an_entry_that_was_erased_is_not_brought_back_by_importing_it_again() {
    let world = World::new(67);
    let mut phone = Device::new(&world, 1, "phone");
    let imported = || {
        let entry = draft(&world.clock, "From elsewhere.");
        cairn_core::exchange::Imported {
            source: "dayone",
            source_id: "1".to_owned(),
            written: entry.happened.clone(),
            draft: entry,
            modified: None,
            extra: String::new(),
            media: Vec::new(),
        }
    };
    assert_eq!(phone.engine.import(vec![imported()]).unwrap(), 1);
    let id = phone
        .engine
        .store()
        .view()
        .entries(&EntryQuery::newest(1))
        .unwrap()
        .entries[0]
        .id;
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    assert_eq!(phone.engine.import(vec![imported()]).unwrap(), 0);
    assert_eq!(texts(&phone.engine), [""; 0]);
    // It never left this device: nothing has to be closed anywhere.
    assert_eq!(phone.engine.store().view().closing_count().unwrap(), 0);
}

#[test]
fn what_arrives_while_somebody_writes_changes_no_word_of_what_they_write() {
    let world = World::new(69);
    let (mut phone, mut tablet, id) = pair(&world, "One. Stays. Two.");
    agree(&world, &mut phone, &mut tablet);
    let read = version(&phone, id);
    let writing = draft(&world.clock, "One. Stays. Two, and more.");
    let kept = phone
        .engine
        .keep_draft(None, Some((id, read)), writing.clone())
        .unwrap();
    revise(&world, &mut tablet, id, "One, elsewhere. Stays. Two.");
    agree(&world, &mut phone, &mut tablet);
    let draft = kept_draft(phone.engine.store().view(), kept).unwrap().unwrap();
    assert_eq!((draft.draft, draft.kind), (writing, DraftKind::Writing));
    phone.engine.finish_draft(kept).unwrap();
    assert_eq!(body(&phone, id), "One, elsewhere. Stays. Two, and more.");
}

#[test]
fn a_draft_outlives_the_process_and_becomes_an_entry_or_a_revision() {
    let world = World::new(68);
    let mut phone = Device::new(&world, 1, "phone");
    let id = phone.write("One.");
    let read = version(&phone, id);
    let empty = Draft::new(draft(&world.clock, "").happened);
    let new = phone.engine.keep_draft(None, None, empty).unwrap();
    let half = draft(&world.clock, "Half a sent");
    assert_eq!(phone.engine.keep_draft(Some(new), None, half.clone()).unwrap(), new);
    let of = phone
        .engine
        .keep_draft(None, Some((id, read.clone())), draft(&world.clock, "One. Two."))
        .unwrap();
    // The process dies; another one opens the same file.
    let Device { engine, .. } = &phone;
    assert_eq!(kept_draft(engine.store().view(), new).unwrap().unwrap().draft, half);
    let folder = phone.folder().to_owned();
    let store = cairn_core::store::Store::open(&StoreConfig::new(&folder), &cairn_tests::KEY).unwrap();
    let kept = drafts(store.view()).unwrap();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .any(|draft| draft.of == Some((id, read.clone())) && draft.kind == DraftKind::Writing)
    );
    drop(store);
    assert_eq!(phone.engine.finish_draft(of).unwrap(), id);
    let written = phone.engine.finish_draft(new).unwrap();
    assert_eq!(texts(&phone.engine), ["Half a sent", "One. Two."]);
    assert_eq!(phone.engine.finish_draft(new).unwrap_err().kind(), Kind::NotFound);
    // An empty one stays what it is until there is something in it.
    let nothing = Draft::new(draft(&world.clock, "").happened);
    let kept = phone.engine.keep_draft(None, None, nothing).unwrap();
    assert_eq!(phone.engine.finish_draft(kept).unwrap_err().kind(), Kind::Invalid);
    phone.engine.discard_draft(kept).unwrap();
    assert!(drafts(phone.engine.store().view()).unwrap().is_empty());
    // What is erased takes its drafts along.
    phone
        .engine
        .keep_draft(None, Some((written, Version::default())), half)
        .unwrap();
    phone.engine.trash(written).unwrap();
    phone.engine.erase(written).unwrap();
    assert!(drafts(phone.engine.store().view()).unwrap().is_empty());
    assert!(!holds(&phone.pages(), "Half a sent"));
}

#[test]
fn an_open_draft_of_an_entry_erased_elsewhere_is_offered_where_it_says_something_else() {
    let world = World::new(70);
    let (mut phone, mut tablet, id) = pair(&world, "Quetzal.");
    agree(&world, &mut phone, &mut tablet);
    let read = version(&tablet, id);
    let of = || Some((id, read.clone()));
    let said = Draft::of(&tablet.engine.store().view().entry(id).unwrap().unwrap());
    tablet.engine.keep_draft(None, of(), said).unwrap();
    let more = draft(&world.clock, "Words that nobody erased.");
    let open = tablet.engine.keep_draft(None, of(), more.clone()).unwrap();
    let other = tablet.engine.keep_draft(None, None, more.clone()).unwrap();
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    agree(&world, &mut phone, &mut tablet);
    assert!(!holds(&tablet.pages(), "Quetzal"), "what the entry said is in no draft");
    let kept = |device: &Device, id| kept_draft(device.engine.store().view(), id).unwrap().unwrap();
    assert_eq!(drafts(tablet.engine.store().view()).unwrap().len(), 2);
    assert_eq!(kept(&tablet, other).kind, DraftKind::Writing);
    let offered = kept(&tablet, open);
    assert_eq!(
        (offered.of, offered.kind, offered.draft),
        (None, DraftKind::ErasedElsewhere, more.clone())
    );
    // The editor is still open, and keeps what is written as a draft of an entry that is not there any more.
    tablet.engine.keep_draft(Some(open), of(), more).unwrap();
    let offered = kept(&tablet, open);
    assert_eq!((offered.of, offered.kind), (None, DraftKind::ErasedElsewhere));
    let anew = tablet.engine.finish_draft(open).unwrap();
    assert_ne!(anew, id);
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(texts(&phone.engine), ["Words that nobody erased."]);
}
