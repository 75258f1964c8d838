//! Who saw what: released is certain; opened and removed is what the other's app tells.

use cairn_core::id::ShareId;
use cairn_core::support::{End, ShareCard};
use cairn_core::vault::Error;
use cairn_tests::{Device, Two, drive, plain_share};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Two who have agreed, and an entry that is shown.
struct Shown {
    two: Two,
    share: ShareId,
}

impl Shown {
    fn new(seed: u64) -> Self {
        let mut two = Two::agreed(seed);
        let entry = two.phone.write("Marmalade zeppelin.");
        let share = two.phone.share(two.id, entry);
        assert_eq!(card_of(&two.phone, share).released, None, "it is still here");
        two.settle();
        Self { two, share }
    }

    fn card(&self) -> ShareCard {
        card_of(&self.two.phone, self.share)
    }

    fn opens(&mut self) -> Result<(), Error> {
        self.two.dee.engine.open_shared(self.share).map(drop)
    }
}

fn card_of(device: &Device, share: ShareId) -> ShareCard {
    let cards = device.engine.share_cards().unwrap();
    cards.into_iter().find(|card| card.share.id() == share).unwrap()
}

#[test]
fn the_participant_learns_when_it_left_when_it_was_opened_and_when_it_was_removed() {
    let mut shown = Shown::new(1);
    let card = shown.card();
    assert!(card.released.is_some() && card.opened.is_none() && card.purged.is_none());
    let [waiting] = shown.two.dee.engine.shared_cards().unwrap().try_into().unwrap();
    assert_eq!(
        (waiting.share, waiting.from.as_str(), waiting.is_opened),
        (shown.share, "Marisol", false)
    );
    // Opened without a network, and told later: when it was opened, not when it was told.
    shown.two.world.clock.advance_ms(DAY_MS);
    let at = shown.two.dee.engine.now();
    shown.opens().unwrap();
    shown.two.world.clock.advance_ms(DAY_MS);
    shown.opens().unwrap();
    assert!(shown.two.dee.engine.shared_cards().unwrap()[0].is_opened);
    shown.two.settle();
    assert_eq!(shown.card().opened, Some(at), "the first time counts");
    shown.two.phone.engine.revoke(shown.share).unwrap();
    assert_eq!(shown.card().purged, None, "stopped, and not yet confirmed");
    shown.two.settle();
    let card = shown.card();
    assert!(card.share.over.is_some() && card.purged.is_some() && card.opened == Some(at));
    assert!(matches!(shown.opens(), Err(Error::NotFound)));
    assert!(shown.two.dee.engine.shared_cards().unwrap().is_empty());
}

#[test]
fn every_device_of_both_knows_and_nothing_is_told_twice() {
    let mut shown = Shown::new(2);
    let new = |name, seed| Device::new(&shown.two.world, seed, name);
    let (mut tablet, mut dees) = (new("tablet", 21), new("dees", 22));
    shown.two.phone.pair(&shown.two.world, &mut tablet);
    shown.two.dee.pair(&shown.two.world, &mut dees);
    dees.sync(&shown.two.world);
    tablet.sync(&shown.two.world);
    let by_tablet = card_of(&tablet, shown.share);
    assert!(by_tablet.released.is_some() && by_tablet.opened.is_none());
    dees.engine.open_shared(shown.share).unwrap();
    dees.sync(&shown.two.world);
    shown.two.settle();
    assert!(
        shown.two.dee.engine.shared_cards().unwrap()[0].is_opened,
        "opened on the other one"
    );
    let heard = shown.two.world.overhear();
    shown.opens().unwrap();
    for device in [&mut shown.two.dee, &mut dees, &mut shown.two.phone, &mut tablet] {
        device.sync(&shown.two.world);
    }
    assert!(heard.records().is_empty());
    let opened = shown.card().opened;
    assert!(opened.is_some() && opened == card_of(&tablet, shown.share).opened);
}

#[test]
fn what_came_to_its_time_is_told_to_be_gone_though_nobody_stopped_it() {
    let mut shown = Shown::new(3);
    let entry = shown.two.phone.write("For two days.");
    let mut dated = plain_share(shown.two.id, entry);
    dated.end = End::At(shown.two.phone.engine.now().plus_ms(2 * DAY_MS));
    let dated = shown.two.phone.engine.share(dated).unwrap();
    shown.two.settle();
    assert_eq!(shown.two.dee.engine.shared_cards().unwrap().len(), 2);
    shown.two.world.clock.advance_ms(3 * DAY_MS);
    assert!(matches!(shown.two.dee.engine.open_shared(dated), Err(Error::NotFound)));
    shown.two.dee.sync(&shown.two.world);
    shown.two.dee.sync(&shown.two.world);
    shown.two.phone.sync(&shown.two.world);
    let card = card_of(&shown.two.phone, dated);
    assert!(card.purged.is_some() && card.opened.is_none());
}

#[test]
fn it_is_told_in_a_pause_and_after_the_end_too() {
    let mut shown = Shown::new(4);
    shown.two.phone.engine.pause_relationship(shown.two.id, true).unwrap();
    shown.two.settle();
    shown.opens().unwrap();
    shown.two.settle();
    assert!(shown.card().opened.is_some());
    shown.two.phone.engine.end_relationship(shown.two.id, "").unwrap();
    shown.two.settle();
    shown.two.settle();
    assert!(shown.card().purged.is_some());
}

#[test]
fn a_relay_that_loses_its_store_hears_of_it_again() {
    let mut shown = Shown::new(5);
    shown.opens().unwrap();
    shown.two.settle();
    shown.two.world = shown.two.world.with_nothing_but_its_key(5);
    shown.two.world.clock.advance_ms(DAY_MS);
    for _ in 0..2 {
        drop(drive(&mut shown.two.phone.engine, &shown.two.world.line()).unwrap());
        drop(drive(&mut shown.two.dee.engine, &shown.two.world.line()).unwrap());
    }
    let mut tablet = Device::new(&shown.two.world, 51, "tablet");
    shown.two.phone.pair(&shown.two.world, &mut tablet);
    tablet.sync(&shown.two.world);
    assert_eq!(card_of(&tablet, shown.share).opened, shown.card().opened);
}

#[test]
fn nothing_that_is_not_shown_can_be_opened() {
    let mut shown = Shown::new(6);
    let strange = ShareId::from_bytes([9; 16]);
    assert!(matches!(
        shown.two.dee.engine.open_shared(strange),
        Err(Error::NotFound)
    ));
    assert!(matches!(
        shown.two.phone.engine.open_shared(shown.share),
        Err(Error::NotFound)
    ));
}

#[test]
fn what_is_shown_locks_after_a_week_without_the_relay_and_no_clock_makes_that_longer() {
    let mut shown = Shown::new(12);
    shown.opens().unwrap();
    let is_locked = |shown: &Shown| shown.two.dee.engine.shared_cards().unwrap()[0].is_locked;
    shown.two.world.clock.advance_ms(7 * DAY_MS - 1);
    assert!(!is_locked(&shown));
    shown.opens().unwrap();
    shown.two.world.clock.advance_ms(1);
    assert!(is_locked(&shown), "nobody has heard for a week whether it was stopped");
    assert!(matches!(shown.opens(), Err(Error::LeaseOver)));
    // A clock that is set back opens nothing.
    shown.two.world.clock.advance_ms(-3 * DAY_MS);
    assert!(matches!(shown.opens(), Err(Error::LeaseOver)));
    // The relay that does not answer either; the one that does, at once, however quiet the participant was.
    let nowhere = cairn_tests::Cut::new(shown.two.world.line(), 0, false);
    drop(drive(&mut shown.two.dee.engine, &nowhere));
    assert!(is_locked(&shown));
    shown.two.world.clock.advance_ms(120 * DAY_MS);
    shown.two.dee.sync(&shown.two.world);
    assert!(!is_locked(&shown));
    shown.opens().unwrap();
}

#[test]
fn both_sides_have_a_receipt_and_after_a_stop_the_specialists_has_no_word_of_the_participants() {
    let mut two = Two::agreed(13);
    let entry = two.phone.write("Marmalade zeppelin.");
    let mut new = plain_share(two.id, entry);
    new.purpose = "because of the quince".to_owned();
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    let own = two.phone.engine.receipt(share).unwrap();
    let theirs = two.dee.engine.receipt(share).unwrap();
    assert_eq!(
        (&own.consent, own.over),
        (&theirs.consent, None),
        "the same words on both sides"
    );
    assert_eq!((own.recipient.as_str(), theirs.recipient.as_str()), ("Dee", "Dee"));
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    let own = two.phone.engine.receipt(share).unwrap();
    let theirs = two.dee.engine.receipt(share).unwrap();
    assert_eq!(
        own.over.map(|(state, _)| state),
        Some(cairn_core::support::ShareState::Revoked)
    );
    assert_eq!(own.over, theirs.over);
    assert_eq!(
        (own.consent.purpose.as_str(), theirs.consent.purpose.as_str()),
        ("because of the quince", "")
    );
    let pages = two.dee.pages();
    assert!(!pages.windows(21).any(|at| at == b"because of the quince"));
    assert!(matches!(
        two.dee.engine.receipt(ShareId::from_bytes([9; 16])),
        Err(Error::NotFound)
    ));
}

#[test]
fn a_receipt_says_the_end_that_was_agreed_on_and_no_later_one() {
    let mut two = Two::agreed(14);
    let entry = two.phone.write("Marmalade zeppelin.");
    let ends = two.phone.engine.now().plus_ms(DAY_MS);
    let mut new = plain_share(two.id, entry);
    new.end = End::At(ends);
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.world.clock.advance_ms(3 * DAY_MS);
    let expired = Some((cairn_core::support::ShareState::Expired, ends));
    // Before anybody has carried it out, and after.
    for _ in 0..2 {
        assert_eq!(two.dee.engine.receipt(share).unwrap().over, expired);
        two.dee.sync(&two.world);
    }
    assert_eq!(two.phone.engine.receipt(share).unwrap().over, expired);
    two.phone.sync(&two.world);
    two.settle();
    assert_eq!(
        two.dee.engine.receipt(share).unwrap().over,
        expired,
        "a later stop changes nothing"
    );
}

/// What the last event of a receipt says: what happened, and who did it.
fn last_event(receipt: &cairn_core::exchange::Receipt) -> (String, Option<String>) {
    let written: serde_json::Value =
        serde_json::from_str(&receipt.write(cairn_core::exchange::ReceiptShape::Iso27560)).unwrap();
    let last = written["events"].as_array().unwrap().last().unwrap().clone();
    let text = |name: &str| last[name].as_str().map(str::to_owned);
    (text("event_type").unwrap(), text("entity_id"))
}

#[test]
fn both_receipts_name_the_one_who_ended_it_and_nobody_where_its_day_came() {
    for by in ["participant", "recipient"] {
        let mut two = Two::agreed(15);
        let entry = two.phone.write("Marmalade zeppelin.");
        let share = two.phone.engine.share(plain_share(two.id, entry)).unwrap();
        two.settle();
        assert_eq!(two.dee.engine.receipt(share).unwrap().ended_by, None);
        if by == "participant" {
            two.phone.engine.end_relationship(two.id, "").unwrap();
        } else {
            two.dee.engine.end_relationship(two.theirs, "I leave.").unwrap();
        }
        two.settle();
        two.settle();
        let expected = ("relationship_ended".to_owned(), Some(by.to_owned()));
        for device in [&two.phone, &two.dee] {
            assert_eq!(last_event(&device.engine.receipt(share).unwrap()), expected);
        }
    }
    let mut two = Two::agreed(16);
    let entry = two.phone.write("Marmalade zeppelin.");
    let mut new = plain_share(two.id, entry);
    new.end = End::At(two.phone.engine.now().plus_ms(DAY_MS));
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.world.clock.advance_ms(3 * DAY_MS);
    two.settle();
    // That the specialist leaves later makes them end nothing that was over.
    two.dee.engine.end_relationship(two.theirs, "I leave.").unwrap();
    two.settle();
    for device in [&two.phone, &two.dee] {
        let receipt = device.engine.receipt(share).unwrap();
        assert_eq!(last_event(&receipt), ("expired".to_owned(), None));
    }
}
