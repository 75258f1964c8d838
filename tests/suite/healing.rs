//! A relay that lost its store, or put back an old one: everything is there again from the devices, nothing twice, and what was erased
//! stays erased.

use crate::attachments::{keep, noise, read};
use cairn_core::id::EntryId;
use cairn_core::journal::Draft;
use cairn_core::sync::{Ask, SyncError, Transport as _};
use cairn_core::vault::{Error, Handshake, RecoveryState, drafts, entry_for_editing};
use cairn_tests::{Cut, Device, Meddler, RawSession, World, draft, drive, rounds, texts};
use cairn_wire::message::{ChallengeAnswer, ChallengeRequest};
use cairn_wire::{Header, SlotId};
use std::collections::BTreeMap;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Rounds until everybody has everything, whoever waits for whom.
fn settle(world: &World, devices: &mut [&mut Device]) {
    drop(rounds(world, devices, 6));
}

/// A phone and a tablet with these entries, up to date.
fn pair(world: &World, seed: u64, entries: usize) -> (Device, Device, Vec<EntryId>) {
    let mut phone = Device::new(world, seed, "phone");
    let mut tablet = Device::new(world, seed, "tablet");
    phone.connect(world);
    phone.pair(world, &mut tablet);
    let ids = (0..entries).map(|n| phone.write(&format!("Entry {n}."))).collect();
    settle(world, &mut [&mut phone, &mut tablet]);
    (phone, tablet, ids)
}

fn revise(world: &World, device: &mut Device, id: EntryId, body: &str) {
    let (_, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
    device.engine.revise(id, &version, draft(&world.clock, body)).unwrap();
}

/// That nothing is missing at this relay: a device that has only what is there shows what the others do.
fn newcomer_has_all(world: &World, seed: u64, device: &mut Device) {
    let mut laptop = Device::new(world, seed, "newcomer");
    device.pair(world, &mut laptop);
    settle(world, &mut [&mut laptop, device]);
    assert_eq!(texts(&laptop.engine), texts(&device.engine));
    assert_eq!(
        laptop.engine.doctor().unwrap().lines,
        device.engine.doctor().unwrap().lines
    );
}

fn all_well(devices: &mut [&mut Device]) {
    let first = texts(&devices[0].engine);
    for device in devices {
        assert_eq!(texts(&device.engine), first);
        assert_eq!(device.engine.sync_status().unwrap().to_send_again, None);
        let doctor = device.engine.doctor().unwrap();
        assert!(doctor.is_well, "{doctor:?}");
    }
}

/// How often each slot of the home space was written at this relay.
fn slots_at(world: &World, device: &Device) -> BTreeMap<SlotId, usize> {
    let home = &device.engine.store().view().spaces().unwrap()[0];
    let mut slots = BTreeMap::new();
    for header in RawSession::of(world, home).headers() {
        *slots.entry(header.slot).or_default() += 1;
    }
    slots
}

#[test]
fn a_relay_that_lost_everything_but_its_key_is_sent_everything_again_and_nothing_twice() {
    let world = World::new(1);
    let (mut phone, mut tablet, ids) = pair(&world, 1, 30);
    revise(&world, &mut tablet, ids[3], "Revised on the tablet.");
    phone.engine.trash(ids[7]).unwrap();
    phone.engine.erase(ids[7]).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    phone.write("Not sent before the loss.");
    let world = world.with_nothing_but_its_key(1);
    phone.sync(&world);
    let stored = phone.sync(&world).sent;
    assert_eq!(stored, 0, "one round was enough for a short journal");
    let report = tablet.sync(&world);
    assert_eq!(report.sent, 0, "the tablet has nothing that the phone did not send");
    settle(&world, &mut [&mut phone, &mut tablet]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert_eq!(texts(&phone.engine).len(), 30);
    assert!(
        slots_at(&world, &phone).values().all(|times| *times == 1),
        "nothing stands there twice"
    );
    newcomer_has_all(&world, 1, &mut phone);
}

#[test]
fn a_relay_that_put_back_an_old_store_is_sent_what_came_after_it_and_no_more() {
    let world = World::new(2);
    let (mut phone, mut tablet, ids) = pair(&world, 2, 12);
    let copy = world.backup(2);
    for n in 0..3 {
        phone.write(&format!("After the copy {n}."));
    }
    revise(&world, &mut tablet, ids[0], "Revised after the copy.");
    tablet.engine.trash(ids[1]).unwrap();
    tablet.engine.erase(ids[1]).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    let before = slots_at(&copy, &phone);
    let world = copy.put_back(2);
    settle(&world, &mut [&mut tablet, &mut phone]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert_eq!(texts(&phone.engine).len(), 14);
    let (mut again, mut new) = (0, 0);
    for (slot, times) in slots_at(&world, &phone) {
        match before.get(&slot) {
            Some(known) => again += times - known,
            None => new += times,
        }
    }
    assert_eq!(
        (again, new),
        (2, 3),
        "the revision and the tombstone, and three that it had never seen"
    );
    newcomer_has_all(&world, 2, &mut phone);
}

#[test]
fn what_was_erased_stays_erased_though_a_device_that_was_away_brings_it_back_to_an_empty_relay() {
    let world = World::new(3);
    let (mut phone, mut tablet, ids) = pair(&world, 3, 5);
    phone.engine.trash(ids[2]).unwrap();
    phone.engine.erase(ids[2]).unwrap();
    phone.sync(&world);
    // The tablet was away, and is the first to find the relay empty: it sends all it has.
    let world = world.with_nothing_but_its_key(3);
    tablet.sync(&world);
    assert_eq!(texts(&tablet.engine).len(), 5);
    settle(&world, &mut [&mut phone, &mut tablet]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert_eq!(texts(&tablet.engine).len(), 4);
    assert!(
        drafts(tablet.engine.store().view()).unwrap().is_empty(),
        "the words were known to whoever erased them"
    );
    newcomer_has_all(&world, 3, &mut tablet);
}

#[test]
fn a_device_that_missed_epochs_and_devices_goes_on_whoever_of_them_is_first() {
    for tablet_is_first in [false, true] {
        let world = World::new(4);
        let (mut phone, mut tablet, _) = pair(&world, 4, 6);
        let mut laptop = Device::new(&world, 4, "laptop");
        phone.pair(&world, &mut laptop);
        settle(&world, &mut [&mut phone, &mut laptop, &mut tablet]);
        tablet.write("Written on the tablet, offline.");
        phone.engine.remove_device(laptop.id()).unwrap();
        settle(&world, &mut [&mut phone]);
        phone.set_phrase(&world);
        phone.write("Under the third epoch.");
        settle(&world, &mut [&mut phone]);
        let world = world.with_nothing_but_its_key(4);
        if tablet_is_first {
            tablet.sync(&world);
        } else {
            phone.sync(&world);
        }
        settle(&world, &mut [&mut phone, &mut tablet]);
        for device in [&mut phone, &mut tablet] {
            assert_eq!(texts(&device.engine).len(), 8, "tablet first: {tablet_is_first}");
            assert_eq!(device.engine.sync_status().unwrap().to_send_again, None);
            assert_eq!(device.engine.store().view().spaces().unwrap()[0].epoch, 3);
        }
        assert!(
            drive(&mut laptop.engine, &world.line()).unwrap().failed.len() == 1,
            "it is still kept out"
        );
        newcomer_has_all(&world, 4, &mut tablet);
    }
}

#[test]
fn keys_that_were_let_go_of_are_not_needed_again() {
    let world = World::new(5);
    let (mut phone, mut tablet, _) = pair(&world, 5, 6);
    phone.engine.shred().unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(
        phone.engine.store().view().epoch_keys(home_of(&phone)).unwrap().len(),
        1
    );
    let world = world.with_nothing_but_its_key(5);
    settle(&world, &mut [&mut tablet, &mut phone]);
    all_well(&mut [&mut phone, &mut tablet]);
    newcomer_has_all(&world, 5, &mut phone);
}

fn home_of(device: &Device) -> cairn_wire::SpaceId {
    device.engine.store().view().spaces().unwrap()[0].id
}

#[test]
fn broken_off_after_any_request_it_goes_on_and_sends_nothing_twice() {
    let mut requests = 0;
    for step in 1..200 {
        let heard = step % 2 == 0;
        requests = step / 2 + 1;
        let world = World::in_memory(6);
        let (mut phone, mut tablet, ids) = pair(&world, 6, 4);
        tablet.engine.trash(ids[0]).unwrap();
        tablet.engine.erase(ids[0]).unwrap();
        settle(&world, &mut [&mut phone, &mut tablet]);
        let world = world.with_nothing_but_its_key(6);
        let line = Cut::new(world.line(), requests, heard);
        let is_done = drive(&mut phone.engine, &line).unwrap().is_complete();
        settle(&world, &mut [&mut tablet, &mut phone]);
        all_well(&mut [&mut phone, &mut tablet]);
        assert_eq!(texts(&phone.engine).len(), 3);
        let slots = slots_at(&world, &phone);
        assert!(
            slots.values().all(|times| *times == 1),
            "broken off at {requests}, heard {heard}: {slots:?}"
        );
        if is_done {
            break;
        }
    }
    assert!(
        requests > 8,
        "a round of {requests} requests breaks off nowhere of interest"
    );
}

#[test]
fn a_long_journal_goes_in_portions_and_says_how_much_is_left() {
    let world = World::in_memory(7);
    let (mut phone, mut tablet, _) = pair(&world, 7, 700);
    let world = world.with_nothing_but_its_key(7);
    let mut left = Vec::new();
    for _ in 0..8 {
        phone.sync(&world);
        left.extend(phone.engine.sync_status().unwrap().to_send_again);
    }
    assert!(
        left.len() >= 3 && left.windows(2).all(|pair| pair[1] < pair[0]),
        "{left:?}"
    );
    assert_eq!(phone.engine.sync_status().unwrap().to_send_again, None);
    settle(&world, &mut [&mut tablet, &mut phone]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert!(slots_at(&world, &phone).values().all(|times| *times == 1));
    newcomer_has_all(&world, 7, &mut phone);
}

/// Brings this phone to this relay until there is nothing left to send again.
fn send_again(world: &World, phone: &mut Device) {
    for _ in 0..100 {
        phone.sync(world);
        if phone.engine.sync_status().unwrap().to_send_again.is_none() {
            return;
        }
    }
    panic!("a hundred rounds do not bring ten thousand entries");
}

/// That a relay which asks for it is sent every entry, and has each once, in a store that checks well.
fn has_all_once(world: &World, phone: &mut Device, entries: usize) {
    send_again(world, phone);
    settle(world, &mut [&mut *phone]);
    all_well(&mut [&mut *phone]);
    let slots = slots_at(world, phone);
    assert!(slots.len() >= entries, "{} slots", slots.len());
    assert!(slots.values().all(|times| *times == 1), "nothing stands there twice");
    assert_eq!(world.check(), [""; 0]);
}

#[test]
fn ten_thousand_entries_are_back_once_each_at_a_relay_that_lost_them_and_at_one_put_back_from_a_copy() {
    const ENTRIES: usize = 10_000;
    const BEFORE_THE_COPY: usize = 4_000;
    let world = World::in_memory(16);
    let mut phone = Device::in_memory(&world, 16, "phone");
    phone.connect(&world);
    let mut copy = None;
    for n in 0..ENTRIES {
        if n == BEFORE_THE_COPY {
            send_again(&world, &mut phone);
            copy = Some(world.copied(16));
        }
        phone.write(&format!("Entry {n}."));
    }
    send_again(&world, &mut phone);
    let world = copy.unwrap();
    has_all_once(&world, &mut phone, ENTRIES);
    // One loss a day is gone along with, and each has another number.
    world.clock.advance_ms(DAY_MS);
    let world = world.with_nothing_but_its_key(16);
    has_all_once(&world, &mut phone, ENTRIES);
}

#[test]
fn attachments_go_up_again_and_a_new_device_reads_them() {
    let world = World::new(14);
    let (mut phone, mut tablet, _) = pair(&world, 14, 1);
    let photo = keep(&mut phone.engine, &noise(14, 300_000));
    let entry = Draft {
        attachments: vec![photo.clone()],
        ..draft(&world.clock, "Look.")
    };
    phone.engine.write(entry).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    let world = world.with_nothing_but_its_key(14);
    settle(&world, &mut [&mut tablet, &mut phone]);
    all_well(&mut [&mut phone, &mut tablet]);
    let mut new = Device::new(&world, 14, "newcomer");
    tablet.pair(&world, &mut new);
    settle(&world, &mut [&mut new]);
    assert_eq!(read(&new.engine, &photo), noise(14, 300_000));
}

#[test]
fn a_specialist_goes_on_to_see_what_is_shown_and_hears_of_what_was_stopped() {
    let world = World::new(8);
    let (mut phone, mut tablet, ids) = pair(&world, 8, 4);
    let mut dee = Device::new(&world, 8, "dee");
    dee.connect(&world);
    let relationship = phone.befriend(&world, &mut dee);
    let (kept, stopped) = (phone.share(relationship, ids[0]), phone.share(relationship, ids[1]));
    settle(&world, &mut [&mut phone, &mut dee, &mut tablet]);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 2);
    // Stopped, and a new epoch with it, while Dee is away.
    phone.engine.revoke(stopped).unwrap();
    settle(&world, &mut [&mut phone, &mut tablet]);
    let world = world.with_nothing_but_its_key(8);
    settle(&world, &mut [&mut tablet, &mut phone, &mut dee]);
    let shown = dee.engine.shared_with_me().unwrap();
    assert_eq!(shown.len(), 1, "what was stopped is gone, what was shown is there");
    phone.share(relationship, ids[2]);
    settle(&world, &mut [&mut phone, &mut dee]);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 2);
    phone.engine.revoke(kept).unwrap();
    settle(&world, &mut [&mut phone, &mut dee, &mut tablet]);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    for device in [&mut phone, &mut tablet, &mut dee] {
        let doctor = device.engine.doctor().unwrap();
        assert!(doctor.is_well, "{doctor:?}");
    }
}

#[test]
fn the_words_of_a_recovery_phrase_typed_once_more_put_back_what_the_relay_lost_of_it() {
    let world = World::new(9);
    let (mut phone, mut tablet, _) = pair(&world, 9, 3);
    let words = phone.set_phrase(&world);
    settle(&world, &mut [&mut phone, &mut tablet]);
    let world = world.with_nothing_but_its_key(9);
    settle(&world, &mut [&mut phone, &mut tablet]);
    for device in [&phone, &tablet] {
        assert_eq!(device.engine.recovery_state().unwrap(), RecoveryState::Lost);
    }
    tablet.engine.use_phrase(&words).unwrap();
    assert!(tablet.engine.place_again().unwrap());
    tablet.alone(&world, Handshake::SetPhrase).unwrap();
    settle(&world, &mut [&mut tablet, &mut phone]);
    for device in [&phone, &tablet] {
        assert_eq!(device.engine.recovery_state().unwrap(), RecoveryState::Set);
    }
    let mut new = Device::new(&world, 9, "new");
    new.engine.recover(world.origin(), &words).unwrap();
    new.alone(&world, Handshake::Recover).unwrap();
    settle(&world, &mut [&mut new, &mut phone]);
    assert_eq!(texts(&new.engine), texts(&phone.engine));
}

#[test]
fn a_device_that_joined_after_the_copy_waits_for_one_that_the_old_store_knows() {
    let world = World::new(10);
    let mut phone = Device::new(&world, 10, "phone");
    phone.connect(&world);
    phone.write("Before the copy.");
    phone.sync(&world);
    let copy = world.backup(10);
    let mut tablet = Device::new(&world, 10, "tablet");
    phone.pair(&world, &mut tablet);
    tablet.write("On the tablet.");
    settle(&world, &mut [&mut phone, &mut tablet]);
    let world = copy.put_back(10);
    let report = drive(&mut tablet.engine, &world.line()).unwrap();
    assert!(!report.is_complete(), "the old store does not know it");
    assert_eq!(texts(&tablet.engine).len(), 2);
    settle(&world, &mut [&mut phone, &mut tablet]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert_eq!(texts(&phone.engine).len(), 2);
}

#[test]
fn a_device_goes_along_with_one_incarnation_a_day() {
    let world = World::new(11);
    let (mut phone, _, _) = pair(&world, 11, 3);
    let world = world.with_nothing_but_its_key(11);
    phone.sync(&world);
    world.clock.advance_ms(DAY_MS / 2);
    let again = world.with_nothing_but_its_key(11);
    let heard = again.overhear();
    let sent = heard.records().len();
    let failed = drive(&mut phone.engine, &again.line()).unwrap().failed;
    assert!(
        matches!(failed[..], [(_, SyncError::ResyncRequired { .. })]),
        "{failed:?}"
    );
    assert_eq!(heard.records().len(), sent, "nothing is sent for the asking");
    again.clock.advance_ms(DAY_MS / 2);
    phone.sync(&again);
    all_well(&mut [&mut phone]);
}

#[test]
fn a_relay_with_another_key_is_a_stranger_and_is_sent_nothing() {
    let world = World::new(12);
    let (mut phone, _, _) = pair(&world, 12, 3);
    let stranger = World::new(13);
    let heard = stranger.overhear();
    let failed = drive(&mut phone.engine, &stranger.line()).unwrap().failed;
    assert!(!failed.is_empty());
    assert!(heard.records().is_empty());
    phone.sync(&world);
    all_well(&mut [&mut phone]);
}

#[test]
fn what_a_removed_device_erased_too_late_is_not_erased_by_another_one_after_a_loss() {
    for tablet_is_first in [false, true] {
        let world = World::new(15);
        let (mut phone, mut tablet, ids) = pair(&world, 15, 5);
        let mut laptop = Device::new(&world, 15, "laptop");
        phone.pair(&world, &mut laptop);
        settle(&world, &mut [&mut phone, &mut laptop, &mut tablet]);
        phone.engine.remove_device(laptop.id()).unwrap();
        for id in &ids[..2] {
            laptop.engine.trash(*id).unwrap();
            laptop.engine.erase(*id).unwrap();
        }
        laptop.sync(&world);
        // The tablet has not heard that the laptop is to go.
        tablet.sync(&world);
        assert_eq!(texts(&tablet.engine).len(), 3);
        settle(&world, &mut [&mut phone]);
        let world = world.with_nothing_but_its_key(15);
        if tablet_is_first {
            drop(drive(&mut tablet.engine, &world.line()).unwrap());
        }
        settle(&world, &mut [&mut phone, &mut tablet]);
        for device in [&phone, &tablet] {
            assert_eq!(texts(&device.engine).len(), 5, "tablet first: {tablet_is_first}");
        }
    }
}

#[test]
fn a_garbage_record_in_a_store_that_was_put_back_makes_nobody_part() {
    let world = World::new(16);
    let (mut phone, mut tablet, _) = pair(&world, 16, 3);
    let copy = world.backup(16);
    let world = copy.put_back(16);
    // Whoever may enter can write what nobody can read.
    let home = phone.engine.store().view().spaces().unwrap().swap_remove(0);
    let mut garbage = Header {
        space: home.id,
        record_id: [1; 16].into(),
        slot: [2; 16].into(),
        epoch: home.epoch,
        incarnation: incarnation_at(&world, &phone),
        merged_upto: 0,
        expires_day: 0,
        flags: 0,
        length: 72,
    }
    .encode()
    .to_vec();
    garbage.resize(garbage.len() + 72, 7);
    RawSession::of(&world, &home).append(&[garbage]);
    phone.write("After it.");
    settle(&world, &mut [&mut phone, &mut tablet]);
    for device in [&phone, &tablet] {
        let status = device.engine.sync_status().unwrap();
        assert!(!status.needs_joining && status.to_send_again.is_none(), "{status:?}");
        assert_eq!(texts(&device.engine).len(), 4);
    }
}

/// The incarnation in which this relay answers.
fn incarnation_at(world: &World, device: &Device) -> u32 {
    let request = ChallengeRequest { space: home_of(device) };
    let answer = world
        .line()
        .send(&Ask::request(world.origin(), "/v1/challenge", &request, 0));
    let answer: ChallengeAnswer = Ask::answer(&answer.unwrap()).unwrap();
    answer.incarnation.incarnation
}

#[test]
fn a_device_that_is_let_in_again_sends_nothing_to_devices_it_did_not_know_before_the_person_has_looked() {
    let world = World::new(17);
    let (mut phone, mut tablet, _) = pair(&world, 17, 2);
    let mut laptop = Device::new(&world, 17, "laptop");
    phone.pair(&world, &mut laptop);
    settle(&world, &mut [&mut phone, &mut laptop, &mut tablet]);
    phone.engine.remove_device(laptop.id()).unwrap();
    settle(&world, &mut [&mut phone]);
    let world = world.with_nothing_but_its_key(17);
    // The tablet had not heard of the removal, and goes on with another device meanwhile.
    let mut desk = Device::new(&world, 17, "desk");
    tablet.sync(&world);
    tablet.pair(&world, &mut desk);
    settle(&world, &mut [&mut tablet, &mut desk]);
    drop(drive(&mut phone.engine, &world.line()).unwrap());
    assert!(phone.engine.sync_status().unwrap().needs_joining);
    assert!(matches!(phone.engine.pair(), Err(Error::Outside)));
    phone.write("Not for whoever has the laptop now.");
    tablet.pair(&world, &mut phone);
    settle(&world, &mut [&mut phone, &mut tablet, &mut laptop]);
    let status = phone.engine.sync_status().unwrap();
    assert!(!status.needs_joining && status.has_strange_devices, "{status:?}");
    assert_eq!(texts(&laptop.engine).len(), 2, "nothing went out");
    assert_eq!(texts(&tablet.engine).len(), 2);
    assert_eq!(texts(&phone.engine).len(), 3);
    // An older device removes it; what is left on the list is theirs.
    tablet.engine.remove_device(laptop.id()).unwrap();
    settle(&world, &mut [&mut tablet, &mut phone]);
    phone.engine.trust_devices().unwrap();
    settle(&world, &mut [&mut phone, &mut tablet, &mut desk, &mut laptop]);
    assert_eq!(texts(&tablet.engine).len(), 3);
    assert_eq!(texts(&laptop.engine).len(), 2);
    all_well(&mut [&mut phone, &mut tablet, &mut desk]);
}

#[test]
fn where_nobody_is_left_inside_a_home_is_begun_again_and_the_others_join_it_with_what_they_have() {
    let world = World::new(18);
    let mut first = Device::new(&world, 18, "first");
    first.connect(&world);
    let copy = world.backup(18);
    let (mut phone, mut tablet) = (Device::new(&world, 18, "phone"), Device::new(&world, 18, "tablet"));
    first.pair(&world, &mut phone);
    first.pair(&world, &mut tablet);
    phone.write("On the phone.");
    settle(&world, &mut [&mut first, &mut phone, &mut tablet]);
    world.clock.advance_ms(8 * DAY_MS);
    settle(&world, &mut [&mut phone]);
    tablet.write("On the tablet, not sent.");
    assert!(matches!(phone.engine.begin_again(), Err(Error::NotParted)));
    // The only device that the copy knows is lost.
    drop(first);
    let world = copy.put_back(18);
    for device in [&mut phone, &mut tablet] {
        drop(drive(&mut device.engine, &world.line()).unwrap());
        assert!(device.engine.sync_status().unwrap().needs_joining);
    }
    phone.engine.begin_again().unwrap();
    settle(&world, &mut [&mut phone]);
    phone.pair(&world, &mut tablet);
    settle(&world, &mut [&mut tablet, &mut phone]);
    all_well(&mut [&mut phone, &mut tablet]);
    assert_eq!(texts(&phone.engine), ["On the phone.", "On the tablet, not sent."]);
    newcomer_has_all(&world, 18, &mut tablet);
}

/// A tablet that makes the space again in an epoch of which the phone has not heard, and dies before it says more.
#[test]
fn a_device_that_the_new_log_leaves_behind_waits_a_day_for_the_links_it_misses() {
    let world = World::new(21);
    let (mut phone, mut tablet, _) = pair(&world, 21, 2);
    // It has let go of the keys of before: nothing older can be said again.
    tablet.engine.shred().unwrap();
    settle(&world, &mut [&mut tablet]);
    let world = world.with_nothing_but_its_key(21);
    let says_nothing = Meddler::of_requests(world.line(), |request| {
        if matches!(request.path, "/v1/append" | "/v1/epoch") {
            request.path = "/v1/nowhere";
        }
    });
    drop(drive(&mut tablet.engine, &says_nothing).unwrap());
    for (waited, needs_joining) in [(0, false), (DAY_MS / 2, false), (DAY_MS / 2, true)] {
        world.clock.advance_ms(waited);
        drop(drive(&mut phone.engine, &world.line()).unwrap());
        assert_eq!(phone.engine.sync_status().unwrap().needs_joining, needs_joining);
    }
}
