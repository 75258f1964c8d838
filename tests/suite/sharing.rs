//! A specialist reads what was shared, and no longer when it is stopped.

use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, RelationshipId};
use cairn_core::journal::Draft;
use cairn_core::support::{End, Mask, NotShareable, Part, ShareState};
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{Error, NewShare, entry_for_editing};
use cairn_tests::{Device, Meddler, World, drive};
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn a_shared_entry_is_read_with_its_purpose_and_gone_after_it_was_stopped() {
    let world = World::new(1);
    let mut phone = Device::new(&world, 1, "phone");
    let mut dee = Device::new(&world, 1, "dee");
    let canary = "Marmalade zeppelin on the night bus.";
    let entry = phone.write(canary);
    phone.connect(&world);
    let relationship = phone.befriend(&world, &mut dee);
    let share = phone
        .engine
        .share(NewShare {
            relationship,
            entry,
            mask: Mask::default(),
            purpose: "just so someone knows".to_owned(),
            wanted: None,
            end: End::UntilIStop,
            hold_ms: 60_000,
            tender_confirmed: false,
            passages: Vec::new(),
            follow_edits: false,
            gated: false,
            attachments: Vec::new(),
            notice: cairn_core::support::NoticeChoice::default(),
            lease_days: None,
        })
        .unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(
        dee.engine.shared_with_me().unwrap().is_empty(),
        "nothing leaves inside the hold"
    );
    world.clock.advance_ms(60_000);
    phone.sync(&world);
    dee.sync(&world);
    let seen = dee.engine.shared_with_me().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(
        dee.engine
            .store()
            .decrypted_pages()
            .unwrap()
            .windows(canary.len())
            .any(|at| at == canary.as_bytes())
    );
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert!(
        !dee.engine
            .store()
            .decrypted_pages()
            .unwrap()
            .windows(canary.len())
            .any(|at| at == canary.as_bytes())
    );
}

/// A way on which the first records arrive, those of the home space, and no others.
struct OnlyHome {
    line: cairn_tests::Line,
    appends: AtomicU32,
}

impl Transport for OnlyHome {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let is_late = request.path == "/v1/append" && self.appends.fetch_add(1, Ordering::SeqCst) > 0;
        if is_late {
            Err(TransportError::Offline)
        } else {
            self.line.send(request)
        }
    }
}

#[test]
fn what_was_stopped_before_it_left_never_leaves() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let mut dee = Device::new(&world, 2, "dee");
    let entry = phone.write("Stopped on the way.");
    phone.connect(&world);
    let relationship = phone.befriend(&world, &mut dee);
    let share = phone.share(relationship, entry);
    // The view is sealed and handed to the network, which drops it; then the participant stops.
    let way = OnlyHome {
        line: world.line(),
        appends: AtomicU32::new(0),
    };
    assert_eq!(drive(&mut phone.engine, &way).unwrap().failed.len(), 1);
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    let states: Vec<ShareState> = phone
        .engine
        .shares()
        .unwrap()
        .iter()
        .map(|(_, share)| share.state(Timestamp(0)))
        .collect();
    assert_eq!(states, [ShareState::Revoked]);
    assert_eq!(
        phone.engine.sync_status().unwrap().waiting,
        0,
        "the stop itself has arrived"
    );
}

#[test]
fn a_stop_is_carried_out_by_the_persons_other_device_when_the_one_that_made_it_never_comes_back() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let mut tablet = Device::new(&world, 2, "tablet");
    let mut dee = Device::new(&world, 2, "dee");
    let entry = phone.write("Shown for a while.");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let relationship = phone.befriend(&world, &mut dee);
    let share = phone.share(relationship, entry);
    phone.sync(&world);
    tablet.sync(&world);
    dee.sync(&world);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    tablet.engine.revoke(share).unwrap();
    // The home space hears of the stop; the tablet falls into a river before the support space does.
    let line = Meddler::of_requests(world.line(), |request| {
        if request.path == "/v1/erase" {
            request.path = "/v1/river";
        }
    });
    assert!(!drive(&mut tablet.engine, &line).unwrap().is_complete());
    drop(tablet);
    phone.sync(&world);
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
}

/// What is asked for when an entry is shown until it is stopped, after this wait.
fn shown(relationship: RelationshipId, entry: EntryId, hold_ms: i64) -> NewShare {
    NewShare {
        relationship,
        entry,
        mask: Mask::default(),
        purpose: String::new(),
        wanted: None,
        end: End::UntilIStop,
        hold_ms,
        tender_confirmed: false,
        passages: Vec::new(),
        follow_edits: false,
        gated: false,
        attachments: Vec::new(),
        notice: cairn_core::support::NoticeChoice::default(),
        lease_days: None,
    }
}

fn states(device: &Device) -> Vec<ShareState> {
    let shares = device.engine.shares().unwrap();
    shares.iter().map(|(_, share)| share.state(Timestamp(0))).collect()
}

/// A phone and a tablet that agree on one entry, and Dee, with whom nothing is shared yet.
fn three(world: &World, words: &str) -> (Device, Device, Device, RelationshipId, EntryId) {
    let mut phone = Device::new(world, 3, "phone");
    let mut tablet = Device::new(world, 3, "tablet");
    let mut dee = Device::new(world, 3, "dee");
    let entry = phone.write(words);
    phone.connect(world);
    phone.pair(world, &mut tablet);
    let relationship = phone.befriend(world, &mut dee);
    phone.sync(world);
    tablet.sync(world);
    (phone, tablet, dee, relationship, entry)
}

#[test]
fn what_waits_to_be_shown_goes_with_its_entry_when_another_device_erased_it() {
    let world = World::new(3);
    let (mut phone, mut tablet, mut dee, relationship, entry) = three(&world, "Quetzal.");
    tablet.engine.share(shown(relationship, entry, 0)).unwrap();
    phone.engine.trash(entry).unwrap();
    phone.engine.erase(entry).unwrap();
    phone.sync(&world);
    tablet.sync(&world);
    assert_eq!(states(&tablet), [ShareState::Withheld]);
    assert!(!crate::privacy::holds(&tablet.pages(), "Quetzal"));
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
        dee.sync(&world);
    }
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert_eq!(states(&phone), [ShareState::Withheld]);
}

#[test]
fn what_was_shown_is_stopped_when_another_device_which_did_not_know_of_it_erased_the_entry() {
    let world = World::new(4);
    let (mut phone, mut tablet, mut dee, relationship, entry) = three(&world, "Quetzal.");
    phone.engine.trash(entry).unwrap();
    phone.engine.erase(entry).unwrap();
    // The tablet has not heard of it, shows the entry, and falls into a river.
    tablet.engine.share(shown(relationship, entry, 0)).unwrap();
    tablet.sync(&world);
    dee.sync(&world);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    drop(tablet);
    phone.sync(&world);
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert_eq!(states(&phone), [ShareState::Revoked]);
}

#[test]
fn what_was_shown_is_stopped_by_the_device_that_showed_it_when_it_hears_that_the_entry_is_gone() {
    let world = World::new(5);
    let (mut phone, mut tablet, mut dee, relationship, entry) = three(&world, "Quetzal.");
    tablet.engine.share(shown(relationship, entry, 0)).unwrap();
    tablet.sync(&world);
    dee.sync(&world);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    // The phone sends the erasing before it reads what the tablet sent, and never comes back.
    phone.engine.trash(entry).unwrap();
    phone.engine.erase(entry).unwrap();
    drive(&mut phone.engine, &world.line()).unwrap();
    drop(phone);
    tablet.sync(&world);
    tablet.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert_eq!(states(&tablet), [ShareState::Revoked]);
}

#[test]
fn an_entry_that_is_trashed_or_marked_while_its_share_waits_never_leaves_and_the_share_says_so() {
    let world = World::new(6);
    let (mut phone, mut tablet, mut dee, relationship, trashed) = three(&world, "In the trash.");
    let [marked, stays, later] = ["Marked.", "Stays.", "Stays too."].map(|words| phone.write(words));
    phone.sync(&world);
    tablet.sync(&world);
    for entry in [trashed, marked, stays, later] {
        world.clock.advance_ms(1);
        phone.engine.share(shown(relationship, entry, 60_000)).unwrap();
    }
    phone.engine.trash(trashed).unwrap();
    // The mark may come from another device.
    let (entry, version) = entry_for_editing(tablet.engine.store().view(), marked)
        .unwrap()
        .unwrap();
    let mut draft = Draft::of(&entry);
    draft.marks.never_share = true;
    tablet.engine.revise(marked, &version, draft).unwrap();
    tablet.sync(&world);
    world.clock.advance_ms(60_000);
    phone.sync(&world);
    dee.sync(&world);
    let seen = dee.engine.shared_with_me().unwrap();
    let mut words: Vec<&str> = seen.iter().filter_map(|one| one.view.text(Part::Body)).collect();
    words.sort_unstable();
    assert_eq!(words, ["Stays too.", "Stays."]);
    let over = [
        ShareState::Withheld,
        ShareState::Withheld,
        ShareState::Given,
        ShareState::Given,
    ];
    assert_eq!(states(&phone), over);
    tablet.sync(&world);
    assert_eq!(states(&tablet), over);
    // There is nothing left to stop, and the mark can be taken off again: nothing leaves by that.
    let (withheld, _) = (
        phone.engine.shares().unwrap().swap_remove(0).1.id(),
        phone.engine.restore(trashed).unwrap(),
    );
    phone.engine.revoke(withheld).unwrap();
    phone.sync(&world);
    assert_eq!(states(&phone), over);
    dee.sync(&world);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 2);
}

#[test]
fn what_was_sealed_and_has_not_arrived_is_stopped_when_its_entry_is_trashed() {
    let world = World::new(8);
    let (mut phone, _, mut dee, relationship, entry) = three(&world, "Stopped on the way.");
    phone.engine.share(shown(relationship, entry, 0)).unwrap();
    let way = OnlyHome {
        line: world.line(),
        appends: AtomicU32::new(0),
    };
    assert_eq!(drive(&mut phone.engine, &way).unwrap().failed.len(), 1);
    assert_eq!(states(&phone), [ShareState::Given]);
    phone.engine.trash(entry).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert_eq!(states(&phone), [ShareState::Revoked]);
}

#[test]
fn a_tender_entry_is_shared_only_when_that_was_said_twice() {
    let world = World::new(7);
    let (mut phone, _, _, relationship, entry) = three(&world, "Tender.");
    let (read, version) = entry_for_editing(phone.engine.store().view(), entry).unwrap().unwrap();
    let mut draft = Draft::of(&read);
    draft.marks.tender = true;
    phone.engine.revise(entry, &version, draft).unwrap();
    let new = shown(relationship, entry, 0);
    let refused = phone.engine.share(new.clone());
    assert!(matches!(refused, Err(Error::NotShareable(NotShareable::Tender))));
    assert!(phone.engine.shares().unwrap().is_empty());
    let confirmed = NewShare {
        tender_confirmed: true,
        passages: Vec::new(),
        follow_edits: false,
        gated: false,
        attachments: Vec::new(),
        notice: cairn_core::support::NoticeChoice::default(),
        ..new
    };
    phone.engine.share(confirmed).unwrap();
    assert_eq!(states(&phone), [ShareState::Given]);
}

#[test]
fn the_notice_that_was_chosen_goes_with_the_view_and_stands_in_both_receipts() {
    use cairn_core::exchange::ReceiptShape;
    use cairn_core::support::NoticeChoice;
    use cairn_tests::{Two, plain_share};
    let mut two = Two::agreed(951);
    let entry = two.phone.write("Shown.");
    let own = "Between you and me, and not for the file.";
    let generic = "This belongs to Marisol, who shows it to you and to nobody else. Please don't copy it or pass it on. They can stop at any time.";
    for (notice, pack, says) in [
        (NoticeChoice::Generic, "generic", generic),
        (
            NoticeChoice::Us42Cfr2,
            "us_42cfr2",
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
        ),
        (NoticeChoice::Own(own.to_owned()), "custom", own),
    ] {
        let new = NewShare {
            notice,
            ..plain_share(two.id, entry)
        };
        let share = two.phone.engine.share(new).unwrap();
        two.settle();
        let view = two.dee.engine.open_shared(share).unwrap().view;
        assert_eq!(view.lines[0].part, Part::Purpose);
        assert_eq!((view.lines[1].part, view.lines[1].text.as_str()), (Part::Notice, says));
        assert_eq!(two.phone.engine.as_shown(share).unwrap().view, view);
        for device in [&two.phone, &two.dee] {
            let receipt = device.engine.receipt(share).unwrap();
            assert_eq!(receipt.consent.notice.pack, pack);
            for shape in [ReceiptShape::Iso27560, ReceiptShape::FhirR4] {
                assert!(receipt.write(shape).contains(says), "{pack}");
            }
        }
    }
    let wordless = NewShare {
        notice: NoticeChoice::Own(" ".to_owned()),
        ..plain_share(two.id, entry)
    };
    assert!(two.phone.engine.share(wordless).is_err());
}
