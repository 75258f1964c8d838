//! A share comes to show less, or the words as they were edited; and what stays readable for a while when a relationship ends.

use cairn_core::clock::{Clock as _, Timestamp};
use cairn_core::id::{EntryId, ShareId};
use cairn_core::journal::Draft;
use cairn_core::support::{ConsentInvalid, End, Mask, Part, ShareState, When};
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{Error, NewShare, entry_for_editing};
use cairn_tests::{Device, Line, Meddler, Two, draft, drive, plain_share};
use cairn_wire::message::{AppendRequest, Refusal, RefusalCode};
use cairn_wire::{SpaceId, decode_canonical, encode};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const TITLE: &str = "Turquoise Tuesday";
const BODY: &str = "Marmalade zeppelin on the night bus. Soup at the end of it.";

/// Words and title of one entry, shown.
fn shown(seed: u64, change: impl FnOnce(NewShare) -> NewShare) -> (Two, EntryId, ShareId) {
    let mut two = Two::agreed(seed);
    let mut written = draft(&two.world.clock, BODY);
    TITLE.clone_into(&mut written.title);
    let entry = two.phone.engine.write(written).unwrap();
    let share = two.phone.engine.share(change(plain_share(two.id, entry))).unwrap();
    two.world.clock.advance_ms(60_000);
    two.settle();
    (two, entry, share)
}

fn line(device: &Device, part: Part) -> Option<String> {
    let all = device.engine.shared_with_me().unwrap();
    all.first().and_then(|one| one.view.text(part)).map(str::to_owned)
}

fn words_only() -> Mask {
    Mask {
        title: false,
        when: When::Month,
        ..Mask::default()
    }
}

#[test]
fn a_narrowed_share_shows_less_and_the_rest_leaves_every_page_of_the_other_device() {
    let (mut two, _, share) = shown(1, |new| new);
    assert!(two.dee.holds(TITLE));
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    two.settle();
    assert_eq!(line(&two.dee, Part::Title), None);
    assert_eq!(line(&two.dee, Part::Body).as_deref(), Some(BODY));
    assert_eq!(line(&two.dee, Part::When).map(|when| when.len()), Some("2026-11".len()));
    assert!(!two.dee.holds(TITLE) && two.dee.holds(BODY));
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!(card.share.consent.sentence, "One entry: words, the month");
    assert_eq!(card.share.consent.narrowed.len(), 1);
    let receipt = two.dee.engine.receipt(share).unwrap();
    assert_eq!(receipt.consent, two.phone.engine.receipt(share).unwrap().consent);
    // Her other device gets what is shown by now, and nothing of what was.
    let mut dees = Device::new(&two.world, 12, "dees");
    two.dee.pair(&two.world, &mut dees);
    dees.sync(&two.world);
    assert_eq!(line(&dees, Part::Title), None);
    assert!(!dees.holds(TITLE));
    // Both agree on what is shown.
    let as_shown = two.phone.engine.as_shown(share).unwrap();
    assert_eq!(as_shown.view, two.dee.engine.shared_with_me().unwrap().remove(0).view);
}

#[test]
fn it_only_ever_shows_less() {
    let (mut two, _, share) = shown(2, |new| NewShare {
        end: End::At(Timestamp(i64::MAX / 2)),
        ..new
    });
    let more = Mask {
        tags: true,
        ..Mask::default()
    };
    let refused = two.phone.engine.narrow(share, more, None);
    assert!(matches!(refused, Err(Error::Consent(ConsentInvalid::Widens))));
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    let back = two.phone.engine.narrow(share, Mask::default(), None);
    assert!(matches!(back, Err(Error::Consent(ConsentInvalid::Widens))));
    two.phone.engine.revoke(share).unwrap();
    let over = two.phone.engine.narrow(share, words_only(), None);
    assert!(matches!(over, Err(Error::NotFound)));
    let hers = two.dee.engine.narrow(share, words_only(), None);
    assert!(matches!(hers, Err(Error::NotFound)));
}

#[test]
fn narrowed_on_two_devices_apart_it_shows_what_both_leave() {
    let (mut two, _, share) = shown(3, |new| NewShare {
        mask: Mask {
            feelings: true,
            when: When::Exact,
            ..Mask::default()
        },
        ..new
    });
    let mut tablet = Device::new(&two.world, 13, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    tablet.sync(&two.world);
    let without = |title, when| Mask {
        title,
        when,
        ..Mask::default()
    };
    two.phone
        .engine
        .narrow(share, without(false, When::Exact), None)
        .unwrap();
    tablet.engine.narrow(share, without(true, When::Day), None).unwrap();
    for _ in 0..2 {
        tablet.sync(&two.world);
        two.settle();
    }
    assert_eq!(line(&two.dee, Part::Title), None);
    assert_eq!(line(&two.dee, Part::Body).as_deref(), Some(BODY));
    assert_eq!(
        line(&two.dee, Part::When).map(|when| when.len()),
        Some("2026-11-20".len())
    );
}

#[test]
fn where_two_devices_take_all_that_is_shown_it_is_stopped() {
    let (mut two, _, share) = shown(16, |new| new);
    let mut tablet = Device::new(&two.world, 17, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    tablet.sync(&two.world);
    let title = Mask {
        text: false,
        ..Mask::default()
    };
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    tablet.engine.narrow(share, title, None).unwrap();
    for _ in 0..2 {
        tablet.sync(&two.world);
        two.settle();
    }
    assert!(two.dee.engine.shared_with_me().unwrap().is_empty());
    assert!(!two.dee.holds(TITLE) && !two.dee.holds(BODY));
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!(card.share.over.map(|(state, _)| state), Some(ShareState::Revoked));
}

#[test]
fn narrowed_while_it_waits_it_leaves_narrowed() {
    let mut two = Two::agreed(4);
    let mut written = draft(&two.world.clock, BODY);
    TITLE.clone_into(&mut written.title);
    let entry = two.phone.engine.write(written).unwrap();
    let share = two
        .phone
        .engine
        .share(NewShare {
            hold_ms: 60_000,
            ..plain_share(two.id, entry)
        })
        .unwrap();
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    let will = two.phone.engine.as_shown(share).unwrap();
    assert_eq!(will.view.text(Part::Title), None);
    two.world.clock.advance_ms(60_000);
    two.settle();
    assert!(!two.dee.holds(TITLE) && two.dee.holds(BODY));
}

#[test]
fn narrowed_when_it_was_sealed_and_did_not_leave_it_leaves_narrowed() {
    let mut two = Two::agreed(15);
    let mut written = draft(&two.world.clock, BODY);
    TITLE.clone_into(&mut written.title);
    let entry = two.phone.engine.write(written).unwrap();
    let share = two.phone.share(two.id, entry);
    let line = Meddler::of_requests(two.world.line(), |request| {
        if request.path == "/v1/append" {
            request.path = "/v1/river";
        }
    });
    assert!(!drive(&mut two.phone.engine, &line).unwrap().is_complete());
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert!(!two.dee.holds(TITLE) && two.dee.holds(BODY));
}

#[test]
fn an_earlier_end_counts_for_both() {
    let (mut two, _, share) = shown(5, |new| new);
    let until = two.world.clock.now().0 + DAY_MS;
    two.phone
        .engine
        .narrow(share, Mask::default(), Some(Timestamp(until)))
        .unwrap();
    two.settle();
    assert!(two.dee.holds(BODY));
    two.world.clock.advance_ms(DAY_MS);
    // Without any contact her app locks it, and with the next look takes it away.
    assert!(two.dee.engine.shared_with_me().unwrap().is_empty());
    two.settle();
    assert!(!two.dee.holds(BODY));
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!(card.share.over.map(|(state, _)| state), Some(ShareState::Expired));
}

#[test]
fn passages_are_shown_and_nothing_between_them() {
    let (mut two, _, share) = shown(6, |new| NewShare {
        passages: vec!["Marmalade".to_owned(), "Soup at the end".to_owned()],
        ..new
    });
    assert_eq!(
        line(&two.dee, Part::Body).as_deref(),
        Some("Marmalade\n[…]\nSoup at the end")
    );
    assert!(!two.dee.holds("zeppelin"));
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!(
        card.share.consent.sentence,
        "One entry: passages of the words, title, the day"
    );
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    assert!(!two.dee.holds("Marmalade"));
}

fn edit(two: &mut Two, entry: EntryId, body: &str) {
    let (before, version) = entry_for_editing(two.phone.engine.store().view(), entry)
        .unwrap()
        .unwrap();
    let mut draft = Draft::of(&before);
    body.clone_into(&mut draft.body);
    two.phone.engine.revise(entry, &version, draft).unwrap();
}

#[test]
fn a_snapshot_stays_and_what_follows_edits_follows_them_once_they_rested() {
    for follow_edits in [false, true] {
        let (mut two, entry, share) = shown(7, |new| NewShare {
            follow_edits,
            hold_ms: 60_000,
            ..new
        });
        edit(&mut two, entry, "A second thought.");
        two.settle();
        assert_eq!(line(&two.dee, Part::Body).as_deref(), Some(BODY), "an edit waits too");
        two.world.clock.advance_ms(59_000);
        edit(&mut two, entry, "A third thought.");
        two.settle();
        two.world.clock.advance_ms(2_000);
        two.settle();
        assert_eq!(
            line(&two.dee, Part::Body).as_deref(),
            Some(BODY),
            "a later edit waits anew"
        );
        two.world.clock.advance_ms(58_000);
        two.settle();
        let expected = if follow_edits { "A third thought." } else { BODY };
        assert_eq!(line(&two.dee, Part::Body).as_deref(), Some(expected));
        assert_eq!(two.dee.holds(BODY), !follow_edits);
        assert!(!two.dee.holds("A second thought."), "it was never shown");
        let consent = two.phone.engine.share_cards().unwrap().remove(0).share.consent;
        assert_eq!(consent.version, 1, "the consent is the same");
        two.phone.engine.revoke(share).unwrap();
        two.settle();
        assert!(!two.dee.holds(expected));
    }
}

#[test]
fn an_edit_that_waits_waits_no_longer_because_less_is_shown_meanwhile() {
    let (mut two, entry, share) = shown(27, |new| NewShare {
        follow_edits: true,
        hold_ms: 60_000,
        ..new
    });
    edit(&mut two, entry, "A second thought.");
    two.settle();
    two.world.clock.advance_ms(30_000);
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    two.settle();
    assert_eq!(line(&two.dee, Part::Body).as_deref(), Some(BODY), "it waits");
    two.world.clock.advance_ms(31_000);
    two.settle();
    assert_eq!(line(&two.dee, Part::Title), None);
    assert_eq!(line(&two.dee, Part::Body).as_deref(), Some("A second thought."));
}

#[test]
fn deleting_all_that_follows_edits_takes_it_back() {
    let (mut two, entry, share) = shown(8, |new| NewShare {
        follow_edits: true,
        mask: Mask {
            title: false,
            ..Mask::default()
        },
        ..new
    });
    edit(&mut two, entry, "");
    two.settle();
    assert!(two.dee.engine.shared_with_me().unwrap().is_empty());
    assert!(!two.dee.holds(BODY));
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!((card.share.id(), card.share.over.is_some()), (share, true));
}

#[test]
fn what_is_kept_at_the_end_stays_until_its_day_and_all_else_is_gone() {
    let (mut two, _, kept) = shown(9, |new| NewShare {
        end: End::WithRelationship,
        ..new
    });
    let other = two.phone.write("Velvet submarine.");
    two.phone.share(two.id, other);
    two.settle();
    assert!(two.dee.holds("Velvet submarine."));
    let until = two.world.clock.now().0 + 10 * DAY_MS;
    two.phone
        .engine
        .end_keeping(two.id, "Go well.", &[kept], Timestamp(until))
        .unwrap();
    two.settle();
    assert!(!two.dee.holds("Velvet submarine."));
    assert_eq!(line(&two.dee, Part::Body).as_deref(), Some(BODY));
    let cards = two.dee.engine.shared_cards().unwrap();
    assert_eq!(cards.len(), 1);
    two.dee.engine.open_shared(kept).unwrap();
    // Nothing new can be shown, and what is kept can be stopped before its day.
    assert!(two.phone.engine.share(plain_share(two.id, other)).is_err());
    two.world.clock.advance_ms(6 * DAY_MS);
    two.settle();
    assert!(two.dee.holds(BODY));
    two.world.clock.advance_ms(4 * DAY_MS);
    two.settle();
    assert!(!two.dee.holds(BODY));
    let cards = two.phone.engine.share_cards().unwrap();
    let state = |id: ShareId| cards.iter().find(|card| card.share.id() == id).unwrap();
    assert_eq!(state(kept).share.over.map(|(how, _)| how), Some(ShareState::Expired));
    assert!(state(kept).opened.is_some() && state(kept).purged.is_some());
}

#[test]
fn what_is_kept_can_be_stopped_and_narrowed_after_the_end() {
    let (mut two, _, kept) = shown(10, |new| new);
    let until = Timestamp(two.world.clock.now().0 + 10 * DAY_MS);
    two.phone.engine.end_keeping(two.id, "", &[kept], until).unwrap();
    two.settle();
    two.phone.engine.narrow(kept, words_only(), None).unwrap();
    two.settle();
    assert!(!two.dee.holds(TITLE) && two.dee.holds(BODY));
    two.phone.engine.revoke(kept).unwrap();
    two.settle();
    assert!(!two.dee.holds(BODY));
}

#[test]
fn only_the_participant_keeps_something_and_only_what_is_shown() {
    let (mut two, entry, share) = shown(11, |new| new);
    let until = Timestamp(two.world.clock.now().0 + DAY_MS);
    let hers = two.dee.engine.end_keeping(two.theirs, "Go well.", &[share], until);
    assert!(matches!(hers, Err(Error::NotFound)));
    let waiting = NewShare {
        hold_ms: 60_000,
        ..plain_share(two.id, entry)
    };
    let waiting = two.phone.engine.share(waiting).unwrap();
    let refused = two.phone.engine.end_keeping(two.id, "", &[share, waiting], until);
    assert!(matches!(refused, Err(Error::Consent(ConsentInvalid::NotShown))));
    let past = two.phone.engine.end_keeping(two.id, "", &[share], Timestamp(0));
    assert!(matches!(past, Err(Error::Consent(_))));
    let unknown = ShareId::from_bytes([9; 16]);
    let refused = two.phone.engine.end_keeping(two.id, "", &[unknown], until);
    assert!(matches!(refused, Err(Error::NotFound)));
    assert!(two.phone.card().relationship.ended.is_none(), "all of it or nothing");
    // Where she ends it, her devices keep nothing.
    two.dee.engine.end_relationship(two.theirs, "I leave.").unwrap();
    two.settle();
    assert!(!two.dee.holds(BODY));
}

#[test]
fn a_relay_that_lost_everything_gets_the_narrowed_view_alone() {
    let (mut two, _, share) = shown(12, |new| new);
    two.phone.engine.narrow(share, words_only(), None).unwrap();
    two.world = two.world.with_nothing_but_its_key(12);
    two.world.clock.advance_ms(DAY_MS);
    for _ in 0..3 {
        drop(drive(&mut two.phone.engine, &two.world.line()).unwrap());
        drop(drive(&mut two.dee.engine, &two.world.line()).unwrap());
    }
    assert_eq!(line(&two.dee, Part::Title), None);
    assert!(!two.dee.holds(TITLE) && two.dee.holds(BODY));
    // That it was opened is told once, whatever became of it since.
    two.dee.engine.open_shared(share).unwrap();
    two.settle();
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert!(card.opened.is_some());
}

#[test]
fn a_stop_on_the_device_on_which_an_edit_waits_is_a_stop_of_what_is_shown() {
    for gated in [false, true] {
        for is_erased in [false, true] {
            let (mut two, entry, share) = shown(21, |new| NewShare {
                follow_edits: true,
                hold_ms: 60_000,
                gated,
                ..new
            });
            let mut tablet = two.second(22);
            edit(&mut two, entry, "A second thought.");
            two.phone.sync(&two.world);
            for _ in 0..2 {
                tablet.sync(&two.world); // The edit waits here now.
            }
            if is_erased {
                tablet.engine.trash(entry).unwrap();
                tablet.engine.erase(entry).unwrap();
            } else {
                tablet.engine.revoke(share).unwrap();
            }
            for _ in 0..2 {
                tablet.sync(&two.world);
                two.settle();
            }
            assert!(two.dee.engine.shared_cards().unwrap().is_empty(), "{gated} {is_erased}");
            let card = two.phone.engine.share_cards().unwrap().remove(0);
            assert_eq!(card.share.over.map(|(state, _)| state), Some(ShareState::Revoked));
            let (_copy, store) = two.world.copied_store();
            let gates: u64 = store
                .query_row("SELECT count(*) FROM gate", [], |row| row.get(0))
                .unwrap();
            assert_eq!(gates, 0);
        }
    }
}

/// A relay that has no room for anything new in this space.
struct Full(Line, SpaceId);

impl Transport for Full {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let is_full = request.path == "/v1/append"
            && decode_canonical::<AppendRequest<'_>>(&request.body).unwrap().space == self.1;
        if is_full {
            let body = encode(&Refusal::new(RefusalCode::Unavailable));
            return Ok(Response { status: 503, body });
        }
        self.0.send(request)
    }
}

#[test]
fn an_edit_waits_on_the_device_that_has_not_heard_yet_that_less_is_shown() {
    for gated in [false, true] {
        let (mut two, entry, share) = shown(23, |new| NewShare {
            follow_edits: true,
            gated,
            ..new
        });
        let mut tablet = two.second(24);
        // That it was narrowed does not get through to the person's own space; the narrowed view does.
        two.phone.engine.narrow(share, words_only(), None).unwrap();
        let spaces = two.phone.engine.store().view().spaces().unwrap();
        let home = spaces.iter().find(|space| space.relationship.is_none()).unwrap().id;
        let full = Full(two.world.line(), home);
        assert!(!drive(&mut two.phone.engine, &full).unwrap().is_complete());
        let read = entry_for_editing(tablet.engine.store().view(), entry).unwrap().unwrap();
        let mut later = Draft::of(&read.0);
        "A second thought.".clone_into(&mut later.body);
        tablet.engine.revise(entry, &read.1, later).unwrap();
        let requests = two.world.overhear().requests().len();
        for _ in 0..2 {
            tablet.sync(&two.world);
            two.world.clock.advance_ms(60_000);
        }
        let asked = two.world.overhear().requests().len() - requests;
        assert!(asked < 100, "{asked}");
        two.dee.sync(&two.world);
        let wide = |two: &mut Two| {
            if gated {
                assert!(matches!(two.dee.engine.open_shared(share), Err(Error::GateShut)));
                two.dee.sync(&two.world);
                two.dee.engine.open_gated(share).unwrap();
            }
            (line(&two.dee, Part::Title), line(&two.dee, Part::Body))
        };
        assert_eq!(wide(&mut two), (None, Some(BODY.to_owned())));
        for _ in 0..3 {
            two.settle();
            tablet.sync(&two.world);
            two.world.clock.advance_ms(60_000);
        }
        two.dee.sync(&two.world);
        assert_eq!(wide(&mut two), (None, Some("A second thought.".to_owned())));
    }
}
