//! What stands behind a gate: opened with the network alone and never unseen, and shut for good by a stop that comes before.

use cairn_core::id::{EntryId, ShareId};
use cairn_core::journal::Draft;
use cairn_core::record;
use cairn_core::store::SpaceRow;
use cairn_core::support::{End, Mask, Part, ShareCard, SharedWithMe};
use cairn_core::sync::{Ask, Request, Response, Transport, TransportError};
use cairn_core::vault::{Error, NewShare, entry_for_editing};
use cairn_tests::{Device, Line, Meddler, RawSession, Two, World, draft, drive, plain_share};
use cairn_wire::message::{GateAnswer, GateOp, GateRequest, Refusal, RefusalCode};
use cairn_wire::{GateId, GatePart, SlotId, encode};
use chrono::{Days, NaiveDate};
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const TITLE: &str = "Turquoise Tuesday";
const BODY: &str = "Marmalade zeppelin on the night bus.";

/// All that is shown of an entry by default, behind a gate.
fn gated_share(two: &Two, entry: EntryId) -> NewShare {
    NewShare {
        gated: true,
        ..plain_share(two.id, entry)
    }
}

/// Words and title of one entry, shown behind a gate.
fn shown(seed: u64, change: impl FnOnce(NewShare) -> NewShare) -> (Two, EntryId, ShareId) {
    let mut two = Two::agreed(seed);
    let mut written = draft(&two.world.clock, BODY);
    TITLE.clone_into(&mut written.title);
    let entry = two.phone.engine.write(written).unwrap();
    let new = gated_share(&two, entry);
    let share = two.phone.engine.share(change(new)).unwrap();
    two.world.clock.advance_ms(60_000);
    two.settle();
    (two, entry, share)
}

/// Words that end by themselves within a day.
fn shown_for_a_day(seed: u64) -> (Two, ShareId) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write(BODY);
    let until = two.phone.engine.now().plus_ms(DAY_MS);
    let new = NewShare {
        gated: true,
        end: End::At(until),
        ..plain_share(two.id, entry)
    };
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    (two, share)
}

/// Opens with the network: what a call of the facade does.
fn open(two: &mut Two, share: ShareId) -> Result<SharedWithMe, Error> {
    match two.dee.engine.open_shared(share) {
        Err(Error::GateShut) => {
            two.dee.sync(&two.world);
            two.dee.engine.open_gated(share)
        }
        other => other,
    }
}

fn body(shared: &SharedWithMe) -> Option<&str> {
    shared.view.text(Part::Body)
}

fn taken_day(two: &Two) -> Option<String> {
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    card.taken.map(|day| day.to_string())
}

/// The day by the one clock of this world.
fn today(two: &Two) -> NaiveDate {
    let days = u64::try_from(two.phone.engine.now().days()).unwrap();
    NaiveDate::default() + Days::new(days)
}

/// What the participant is told of the share when each of their devices has synced, with nothing done by the specialist's own app.
fn synced_taken_day(two: &mut Two) -> Option<NaiveDate> {
    two.phone.sync(&two.world);
    two.phone.sync(&two.world);
    two.phone.engine.share_cards().unwrap().remove(0).taken
}

fn edit(device: &mut Device, entry: EntryId, body: &str) {
    let read = entry_for_editing(device.engine.store().view(), entry);
    let (before, version) = read.unwrap().unwrap();
    let mut later = Draft::of(&before);
    body.clone_into(&mut later.body);
    device.engine.revise(entry, &version, later).unwrap();
}

/// A relay that refuses some of what is asked of gates.
struct Refusing<F>(Line, F);

impl<F: Fn(GateOp) -> bool + Send + Sync> Transport for Refusing<F> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let asked = |body| cairn_wire::decode_canonical::<GateRequest>(body).unwrap().op;
        if request.path == "/v1/gate" && (self.1)(asked(&request.body)) {
            return Ok(unavailable());
        }
        self.0.send(request)
    }
}

fn unavailable() -> Response {
    Response {
        status: 503,
        body: encode(&Refusal::new(RefusalCode::Unavailable)),
    }
}

/// A changed app: asks the relay for the other half by itself. What it opens with it, if anything.
pub(crate) struct Changed {
    space: SpaceRow,
    slot: SlotId,
    content: Vec<u8>,
}

impl Changed {
    /// With a copy of everything that the device has.
    pub(crate) fn of(two: &Two, share: ShareId) -> Self {
        let view = two.dee.engine.store().view();
        let row = view.shared_view(share).unwrap().unwrap();
        Self {
            space: view.space(row.space).unwrap().unwrap(),
            slot: SlotId::from_bytes(row.slot),
            content: row.content,
        }
    }

    pub(crate) fn part(&self, world: &World) -> Option<GatePart> {
        let gated = record::decode_view(&self.content).unwrap().gated.unwrap();
        let message = GateRequest {
            token: RawSession::of(world, &self.space).token(),
            space: self.space.id,
            op: GateOp::Take,
            slot: self.slot,
            gate: GateId::from_bytes(gated.gate),
            part: None,
            expires_day: None,
        };
        let answer = world
            .line()
            .send(&Ask::request(world.origin(), "/v1/gate", &message, 0))
            .unwrap();
        Ask::answer::<GateAnswer>(&answer).unwrap().part
    }
}

/// How many gates lie at the relay.
fn gates_at_rest(two: &Two) -> u64 {
    let (_copy, store) = two.world.copied_store();
    store
        .query_row("SELECT count(*) FROM gate", [], |row| row.get(0))
        .unwrap()
}

fn shares_of(two: &Two) -> BTreeSet<ShareId> {
    let cards = two.dee.engine.shared_cards().unwrap();
    cards.into_iter().map(|card| card.share).collect()
}

fn card_of(two: &Two, share: ShareId) -> ShareCard {
    let mut cards = two.phone.engine.share_cards().unwrap().into_iter();
    cards.find(|card| card.share.id() == share).unwrap()
}

#[test]
fn nothing_of_it_can_be_read_before_it_is_opened_with_the_network_and_that_is_seen() {
    let (mut two, _, share) = shown(1, |new| new);
    let card = two.dee.engine.shared_cards().unwrap().remove(0);
    assert!(card.is_behind_gate && !card.is_opened);
    assert!(
        two.dee.engine.shared_with_me().unwrap().is_empty(),
        "there is nothing to show yet"
    );
    assert!(!two.dee.holds(BODY) && !two.dee.holds(TITLE));
    // What it is for, and the receipt, are no secret from who it is for.
    assert!(two.dee.engine.receipt(share).is_ok());
    assert!(matches!(two.dee.engine.open_shared(share), Err(Error::GateShut)));
    two.phone.sync(&two.world);
    assert_eq!(
        (taken_day(&two), two.phone.engine.share_cards().unwrap()[0].opened),
        (None, None)
    );

    let shared = open(&mut two, share).unwrap();
    assert_eq!(
        (body(&shared), shared.view.text(Part::Title)),
        (Some(BODY), Some(TITLE))
    );
    // From then on it is there as any other, without the network.
    assert_eq!(body(&two.dee.engine.open_shared(share).unwrap()), Some(BODY));
    assert!(!two.dee.engine.shared_cards().unwrap()[0].is_behind_gate);
    two.settle();
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert!(card.opened.is_some());
    assert_eq!(card.taken, Some(today(&two)));
    assert_eq!(two.phone.engine.as_shown(share).unwrap().view, shared.view);
}

#[test]
fn stopped_before_it_was_opened_it_stays_shut_whatever_app_has_it() {
    let (mut two, _, share) = shown(2, |new| new);
    let changed = Changed::of(&two, share);
    two.phone.engine.revoke(share).unwrap();
    two.phone.sync(&two.world);
    // She has not heard of it, and everything that was sent lies on her device.
    assert!(matches!(two.dee.engine.open_shared(share), Err(Error::GateShut)));
    assert_eq!(changed.part(&two.world), None);
    assert!(matches!(open(&mut two, share), Err(Error::NotFound)));
    two.settle();
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!((card.taken, card.opened), (None, None));
}

#[test]
fn what_was_opened_before_any_device_asked_is_told_when_it_is_over() {
    // Stopped at once.
    let (mut two, _, share) = shown(21, |new| new);
    let day = today(&two);
    assert!(Changed::of(&two, share).part(&two.world).is_some());
    two.world.clock.advance_ms(DAY_MS);
    two.phone.engine.revoke(share).unwrap();
    assert_eq!(synced_taken_day(&mut two), Some(day));
    let mut tablet = two.second(13);
    tablet.sync(&two.world);
    assert_eq!(tablet.engine.share_cards().unwrap().remove(0).taken, Some(day));
    // Its last day has passed, with no device of the participant's online.
    let (mut two, share) = shown_for_a_day(22);
    let day = today(&two);
    assert!(Changed::of(&two, share).part(&two.world).is_some());
    two.world.clock.advance_ms(9 * DAY_MS);
    two.world.sweep();
    assert_eq!(synced_taken_day(&mut two), Some(day));
    // Narrowed, and edited: the gate of what was opened has gone.
    let (mut two, _, share) = shown(23, |new| new);
    let day = today(&two);
    assert!(Changed::of(&two, share).part(&two.world).is_some());
    two.world.clock.advance_ms(DAY_MS);
    let mask = Mask {
        title: false,
        ..Mask::default()
    };
    two.phone.engine.narrow(share, mask, None).unwrap();
    assert_eq!(synced_taken_day(&mut two), Some(day));
    let (mut two, entry, share) = shown(24, |new| NewShare {
        follow_edits: true,
        ..new
    });
    let day = today(&two);
    assert!(Changed::of(&two, share).part(&two.world).is_some());
    two.world.clock.advance_ms(DAY_MS);
    edit(&mut two.phone, entry, "A second thought.");
    assert_eq!(synced_taken_day(&mut two), Some(day));
}

#[test]
fn two_devices_that_send_an_edit_each_shut_nothing_for_each_other() {
    let (mut two, entry, share) = shown(25, |new| NewShare {
        follow_edits: true,
        ..new
    });
    let mut tablet = two.second(13);
    edit(&mut tablet, entry, "A second thought.");
    // The tablet's gate stands and its view is on its way, when the phone sends one of the same edit and one of a later one.
    let line = two.world.line();
    let (mut stands, mut is_overtaken) = (false, false);
    tablet.engine.sync_begin().unwrap();
    while let Some(request) = tablet.engine.sync_next() {
        if stands && !is_overtaken && request.path == "/v1/append" {
            assert_eq!(gates_at_rest(&two), 2);
            two.phone.sync(&two.world);
            edit(&mut two.phone, entry, "A third thought.");
            for _ in 0..2 {
                two.phone.sync(&two.world);
                two.world.clock.advance_ms(60_000);
            }
            two.phone.sync(&two.world);
            is_overtaken = true;
        }
        stands |= request.path == "/v1/gate";
        let answer = line.send(&request);
        tablet.engine.sync_answer(answer);
    }
    tablet.engine.sync_end().unwrap();
    assert!(is_overtaken);
    for _ in 0..2 {
        two.settle();
        tablet.sync(&two.world);
    }
    assert_eq!(body(&open(&mut two, share).unwrap()), Some("A third thought."));
    assert_eq!(
        gates_at_rest(&two),
        1,
        "no gate of what is not shown any more is left at the relay"
    );
}

#[test]
fn a_wider_view_that_lands_while_a_narrower_one_waits_is_shut_at_once() {
    let (mut two, entry, share) = shown(30, |new| NewShare {
        follow_edits: true,
        hold_ms: 60_000,
        ..new
    });
    let mut tablet = two.second(13);
    edit(&mut tablet, entry, "A second thought.");
    tablet.sync(&two.world); // It waits, and is older than what comes next.
    two.world.clock.advance_ms(60_000);
    let narrow_only = Refusing(two.world.line(), |op| op == GateOp::Put);
    let line = two.world.line();
    let (mut stands, mut is_narrowed) = (false, false);
    tablet.engine.sync_begin().unwrap();
    while let Some(request) = tablet.engine.sync_next() {
        if stands && !is_narrowed && request.path == "/v1/append" {
            let mask = Mask {
                title: false,
                ..Mask::default()
            };
            two.phone.engine.narrow(share, mask, None).unwrap();
            drive(&mut two.phone.engine, &narrow_only).unwrap();
            is_narrowed = true;
        }
        stands |= request.path == "/v1/gate";
        let answer = line.send(&request);
        tablet.engine.sync_answer(answer);
    }
    tablet.engine.sync_end().unwrap();
    assert!(is_narrowed);
    drive(&mut two.phone.engine, &narrow_only).unwrap();
    assert_eq!(gates_at_rest(&two), 0);
    for _ in 0..3 {
        two.settle();
        tablet.sync(&two.world);
        two.world.clock.advance_ms(60_000);
    }
    two.settle();
    let shared = open(&mut two, share).unwrap();
    assert_eq!(
        (body(&shared), shared.view.text(Part::Title)),
        (Some("A second thought."), None)
    );
}

#[test]
fn a_relay_that_takes_no_gate_keeps_one_share_waiting_and_nothing_else() {
    let mut two = Two::agreed(26);
    let entry = two.phone.write(BODY);
    let new = gated_share(&two, entry);
    let behind = two.phone.engine.share(new).unwrap();
    let other = two.phone.write("Something else.");
    let plain = two.phone.share(two.id, other);
    let stopped = two.phone.write("Something that is stopped.");
    let stopped = two.phone.share(two.id, stopped);
    two.world.clock.advance_ms(60_000);
    let line = Refusing(two.world.line(), |_| true);
    let report = drive(&mut two.phone.engine, &line).unwrap();
    assert!(!report.is_complete(), "that something waits is said");
    two.phone.engine.revoke(stopped).unwrap();
    drive(&mut two.phone.engine, &line).unwrap();
    two.dee.sync(&two.world);
    assert_eq!(shares_of(&two), BTreeSet::from([plain]));
    assert_eq!(card_of(&two, behind).released, None);
    // One that is not asked for again is not sent for again.
    two.settle();
    assert_eq!(shares_of(&two), BTreeSet::from([plain, behind]));
    assert!(matches!(two.dee.engine.open_shared(behind), Err(Error::GateShut)));
    assert!(!drive(&mut two.dee.engine, &line).unwrap().is_complete());
    assert!(matches!(two.dee.engine.open_gated(behind), Err(Error::GateShut)));
    let heard = two.world.overhear();
    two.dee.sync(&two.world);
    assert!(heard.requests().iter().all(|request| request.path != "/v1/gate"));
}

#[test]
fn what_is_stopped_between_its_gate_and_its_leaving_leaves_nothing_at_the_relay() {
    let mut two = Two::agreed(27);
    let entry = two.phone.write(BODY);
    let new = gated_share(&two, entry);
    let share = two.phone.engine.share(new).unwrap();
    two.world.clock.advance_ms(60_000);
    // The gate stands, and its answer is lost.
    let lost = Meddler::of_answers(two.world.line(), |request, response| {
        if request.path == "/v1/gate" {
            *response = unavailable();
        }
    });
    drive(&mut two.phone.engine, &lost).unwrap();
    assert_eq!(gates_at_rest(&two), 1);
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    assert_eq!(gates_at_rest(&two), 0);
    assert!(two.phone.engine.share_cards().unwrap().is_empty());
    assert!(two.dee.engine.shared_cards().unwrap().is_empty());
}

#[test]
fn a_stop_waits_for_no_gate_of_a_relay_that_lost_its_store() {
    let (mut two, _, share) = shown(28, |new| new);
    let other = two.phone.write("Something else.");
    let new = gated_share(&two, other);
    let other = two.phone.engine.share(new).unwrap();
    two.world.clock.advance_ms(60_000);
    two.settle();
    two.world = two.world.with_nothing_but_its_key(28);
    two.phone.engine.revoke(share).unwrap();
    let line = Refusing(two.world.line(), |op| op == GateOp::Put);
    for _ in 0..4 {
        drive(&mut two.phone.engine, &line).unwrap();
        two.dee.sync(&two.world);
    }
    assert_eq!(shares_of(&two), BTreeSet::from([other]), "it is stopped for her too");
    assert_eq!(gates_at_rest(&two), 0);
    two.settle();
    assert_eq!(body(&open(&mut two, other).unwrap()), Some("Something else."));
}

#[test]
fn an_app_that_opens_it_without_saying_so_is_seen_all_the_same() {
    let (mut two, _, share) = shown(3, |new| new);
    let changed = Changed::of(&two, share);
    assert!(changed.part(&two.world).is_some());
    two.world.clock.advance_ms(2 * DAY_MS);
    two.phone.sync(&two.world);
    let card = two.phone.engine.share_cards().unwrap().remove(0);
    assert_eq!(card.opened, None, "their app told nothing");
    let taken = card.taken.unwrap();
    assert_eq!(taken + Days::new(2), today(&two));
    // On another device of the participant too.
    let mut tablet = Device::new(&two.world, 13, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    tablet.sync(&two.world);
    tablet.sync(&two.world);
    assert_eq!(tablet.engine.share_cards().unwrap().remove(0).taken, Some(taken));
}

#[test]
fn past_its_last_day_it_cannot_be_opened_though_nobody_has_stopped_it() {
    let (mut two, share) = shown_for_a_day(5);
    let changed = Changed::of(&two, share);
    two.world.clock.advance_ms(4 * DAY_MS);
    assert_eq!(changed.part(&two.world), None);
    assert!(matches!(open(&mut two, share), Err(Error::NotFound)));
}

#[test]
fn what_was_narrowed_before_it_was_opened_shows_what_is_left_alone() {
    let (mut two, _, share) = shown(6, |new| new);
    let wider = Changed::of(&two, share);
    let mask = Mask {
        title: false,
        ..Mask::default()
    };
    two.phone.engine.narrow(share, mask, None).unwrap();
    two.phone.sync(&two.world);
    assert_eq!(
        wider.part(&two.world),
        None,
        "the wider view is shut from now on, also for who has it"
    );
    assert_eq!(gates_at_rest(&two), 1);
    two.settle();
    let shared = open(&mut two, share).unwrap();
    assert_eq!((body(&shared), shared.view.text(Part::Title)), (Some(BODY), None));
    assert!(!two.dee.holds(TITLE));
}

#[test]
fn what_follows_edits_has_a_gate_for_each_of_them() {
    let (mut two, entry, share) = shown(7, |new| NewShare {
        follow_edits: true,
        ..new
    });
    open(&mut two, share).unwrap();
    two.settle();
    edit(&mut two.phone, entry, "A second thought.");
    two.settle();
    two.world.clock.advance_ms(60_000);
    two.settle();
    assert!(two.dee.engine.shared_cards().unwrap()[0].is_behind_gate);
    assert!(!two.dee.holds("A second thought."));
    assert_eq!(body(&open(&mut two, share).unwrap()), Some("A second thought."));
}

#[test]
fn it_is_opened_on_each_device_by_itself_and_is_not_shut_again_when_it_comes_again() {
    let (mut two, _, share) = shown(8, |new| new);
    open(&mut two, share).unwrap();
    let mut dees = Device::new(&two.world, 12, "dees");
    two.dee.pair(&two.world, &mut dees);
    dees.sync(&two.world);
    assert!(matches!(dees.engine.open_shared(share), Err(Error::GateShut)));
    dees.sync(&two.world);
    assert_eq!(body(&dees.engine.open_gated(share).unwrap()), Some(BODY));
    // An epoch that turns has nothing sealed anew that was opened; and reading the log again shuts nothing.
    let other = two.phone.write("Something else.");
    let other = two.phone.share(two.id, other);
    two.settle();
    two.phone.engine.revoke(other).unwrap();
    two.settle();
    assert_eq!(body(&two.dee.engine.open_shared(share).unwrap()), Some(BODY));
}

#[test]
fn a_relay_that_lost_its_store_is_given_the_gate_again() {
    let (mut two, _, share) = shown(9, |new| new);
    two.world = two.world.with_nothing_but_its_key(9);
    for _ in 0..3 {
        two.settle();
    }
    assert!(matches!(two.dee.engine.open_shared(share), Err(Error::GateShut)));
    two.dee.sync(&two.world);
    assert_eq!(body(&two.dee.engine.open_gated(share).unwrap()), Some(BODY));
}

#[test]
fn no_word_leaves_before_its_gate_stands() {
    let mut two = Two::agreed(10);
    let entry = two.phone.write(BODY);
    let new = gated_share(&two, entry);
    let share = two.phone.engine.share(new).unwrap();
    let heard = two.world.overhear();
    // The relay takes no gate: nothing of the share leaves, and the round says so.
    let without = Refusing(two.world.line(), |_| true);
    assert!(!drive(&mut two.phone.engine, &without).unwrap().is_complete());
    two.dee.sync(&two.world);
    assert!(two.dee.engine.shared_cards().unwrap().is_empty());
    // With it, the half is put before the record leaves.
    let before = heard.requests().len();
    two.settle();
    let paths: Vec<&str> = heard
        .requests()
        .iter()
        .skip(before)
        .map(|request| request.path)
        .collect();
    let first = |path: &str| paths.iter().position(|one| *one == path);
    assert!(first("/v1/gate") < first("/v1/append"), "{paths:?}");
    assert!(first("/v1/gate").is_some());
    let changed = Changed::of(&two, share);
    let gated = record::decode_view(&changed.content).unwrap();
    assert!(gated.item.is_empty() && gated.gated.is_some());
    assert!(changed.part(&two.world).is_some());
    assert!(
        !two.world
            .bytes_at_rest()
            .windows(BODY.len())
            .any(|at| at == BODY.as_bytes())
    );
}

#[test]
fn a_part_that_opens_nothing_leaves_it_shut() {
    let (mut two, _, share) = shown(11, |new| new);
    // Whoever can write on the participant's side can spoil the gate, and shows nothing by it.
    let space = Changed::of(&two, share);
    let own = two.phone.engine.store().view().space(space.space.id).unwrap().unwrap();
    let message = GateRequest {
        token: RawSession::of(&two.world, &own).token(),
        space: own.id,
        op: GateOp::Drop,
        slot: space.slot,
        gate: GateId::from_bytes(record::decode_view(&space.content).unwrap().gated.unwrap().gate),
        part: None,
        expires_day: None,
    };
    let send = |message: &GateRequest| {
        let answer = two
            .world
            .line()
            .send(&Ask::request(two.world.origin(), "/v1/gate", message, 0));
        Ask::answer::<GateAnswer>(&answer.unwrap()).unwrap()
    };
    assert!(!send(&message).is_there);
    let spoiled = GateRequest {
        op: GateOp::Put,
        part: Some(GatePart::from_bytes([2; 32])),
        ..message
    };
    assert!(send(&spoiled).is_there);
    assert!(matches!(open(&mut two, share), Err(Error::GateShut)));
    assert!(!two.dee.holds(BODY));
    assert!(two.dee.engine.shared_cards().unwrap()[0].is_behind_gate);
}

#[test]
fn each_of_many_is_looked_at_in_its_turn() {
    let mut two = Two::agreed(29);
    for n in 0..20 {
        let entry = two.phone.write(&format!("Thought {n}."));
        let new = gated_share(&two, entry);
        two.phone.engine.share(new).unwrap();
    }
    two.world.clock.advance_ms(60_000);
    two.settle();
    let heard = two.world.overhear();
    let before = heard.requests().len();
    for _ in 0..2 {
        two.phone.sync(&two.world);
    }
    let requests = heard.requests();
    let asked = requests
        .iter()
        .skip(before)
        .filter(|request| request.path == "/v1/gate");
    let slots: BTreeSet<SlotId> = asked
        .map(|request| cairn_wire::decode_canonical::<GateRequest>(&request.body).unwrap())
        .filter(|asked| asked.op == GateOp::Look)
        .map(|asked| asked.slot)
        .collect();
    assert_eq!(slots.len(), 20);
}
