//! A thousand histories of sharing, editing, narrowing, revoking, expiring, erasing, pausing, going on, ending and being offline, in any order, some of it behind gates, by one device
//! or two of the participant's, which hear of each other through the relay, and one or two of the specialist's: what each of hers can read is always what the consents allowed when it was last in contact, less what has expired and what is locked
//! since.
//!
//! With the feature `planted` they are lived once more with each of [`found`]'s checks taken away, and have to notice it.

#[cfg(feature = "planted")]
mod found;
mod model;

use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, RelationshipId, ShareId};
use cairn_core::journal::Draft;
use cairn_core::support::{End, Mask, Part as Shown};
use cairn_core::vault::{Error, entry_for_editing};
use cairn_tests::{Device, SeededEntropy, Two, World, draft, plain_share};
use model::{At, Entry, Given, Known, Model, Part, Words};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many are lived, unless `CAIRN_INTERLEAVINGS` says another number; and the first pair, unless `CAIRN_INTERLEAVINGS_PAIR` does.
const HISTORIES: u64 = 1_000;
const STEPS: usize = 40;
/// Histories that the same two people live one after the other, unless one of them ends it.
const TOGETHER: u64 = 10;
const THREADS: usize = 2;
/// Rounds in which a device has come to rest.
const ROUNDS_MAX: usize = 5;
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The lease where none is chosen.
const LEASE_MS: i64 = 7 * DAY_MS;

struct History {
    world: World,
    /// The participant's devices and the specialist's.
    devices: [Vec<Device>; 2],
    /// Their relationship, on either side.
    ids: [RelationshipId; 2],
    model: Model,
    dice: SeededEntropy,
    count: u64,
    /// What each device of the specialist's has opened since its last contact, as it read.
    read: [BTreeMap<ShareId, Words>; 2],
    /// For how many steps a device is away from any network.
    away: BTreeMap<At, u64>,
}

impl History {
    /// Two people who have agreed, with so many devices each, on which everything is known.
    fn new(pair: u64, [phones, dees]: [usize; 2]) -> Self {
        let Two {
            world,
            mut phone,
            mut dee,
            id,
            theirs,
        } = Two::agreed_in_memory(pair);
        let mut tablet = (phones == 2).then(|| Device::in_memory(&world, pair, "tablet"));
        let mut laptop = (dees == 2).then(|| Device::in_memory(&world, pair, "laptop"));
        tablet.iter_mut().for_each(|tablet| phone.pair(&world, tablet));
        laptop.iter_mut().for_each(|laptop| dee.pair(&world, laptop));
        let mut history = Self {
            devices: [[Some(phone), tablet], [Some(dee), laptop]].map(|own| own.into_iter().flatten().collect()),
            world,
            ids: [id, theirs],
            model: Model::default(),
            dice: SeededEntropy::new(pair, "interleavings"),
            count: 0,
            read: [BTreeMap::new(), BTreeMap::new()],
            away: BTreeMap::new(),
        };
        history.everybody_meets();
        history
            .model
            .told
            .push(format!("pair {pair}, devices {phones} and {dees}"));
        history
    }

    fn now(&self) -> Timestamp {
        self.devices[0][0].engine.now()
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.dice.below(bound as u64)).unwrap()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let at = self.below(of.len());
        of.get(at).copied()
    }

    /// One of the devices of a side.
    fn one_of(&mut self, side: usize) -> At {
        let device = self.below(self.devices[side].len());
        At(side, device)
    }

    fn device(&mut self, At(side, device): At) -> &mut Device {
        &mut self.devices[side][device]
    }

    /// What is shown, as far as a device of the participant's knows.
    fn live(&self, device: usize) -> Vec<ShareId> {
        let now = self.now();
        let given = self.model.given.iter();
        let live = given
            .filter(|(_, given)| given.known.to(device) && !given.is_stopped(device) && !given.is_expired(device, now));
        live.map(|(id, _)| *id).collect()
    }

    /// Writes an entry on a device, or takes one that is there and known to it; what is to be shown of it.
    fn entry(&mut self, device: usize) -> (EntryId, Words) {
        let known = self.model.entries.iter().filter(|(_, entry)| !entry.is_erased(device));
        let known: Vec<EntryId> = known
            .filter(|(_, entry)| entry.body(device).is_some())
            .map(|(id, _)| *id)
            .collect();
        if self.below(3) == 0
            && let Some(id) = self.pick(&known)
        {
            let entry = &self.model.entries[&id];
            let body = entry.body(device).unwrap().clone();
            return (
                id,
                Words {
                    body,
                    ..entry.first.clone()
                },
            );
        }
        self.count += 1;
        let count = self.count;
        let words = Words {
            title: Some(format!("Title {count}.")),
            feelings: Some(format!("fizzy {count}")),
            body: format!("Thought {count} of it."),
        };
        let mut written = draft(&self.world.clock, &words.body);
        written.title = words.title.clone().unwrap();
        written.feelings = words.feelings.iter().cloned().collect();
        let id = self.devices[0][device].engine.write(written).unwrap();
        let first = Entry {
            bodies: vec![(words.body.clone(), Known::by(device))],
            erased: None,
            first: words.clone(),
        };
        self.model.entries.insert(id, first);
        (id, words)
    }

    fn share(&mut self, device: usize) {
        let (entry, words) = self.entry(device);
        let now = self.now();
        let hold_ms = [0, 60_000, 6 * HOUR_MS][self.below(3)];
        let ends = (self.below(3) == 0).then(|| {
            let quarters = self.dice.below(48).cast_signed();
            now.plus_ms(quarters * HOUR_MS / 4 + HOUR_MS)
        });
        let lease_days = [None, None, Some(1)][self.below(3)];
        let (is_gated, follows) = (self.below(3) == 0, self.below(3) == 0);
        let id = self.ids[0];
        let engine = &mut self.devices[0][device].engine;
        let mut new = plain_share(id, entry);
        new.mask.feelings = true;
        new.hold_ms = hold_ms;
        new.end = ends.map_or(End::WithRelationship, End::At);
        (new.gated, new.follow_edits, new.lease_days) = (is_gated, follows, lease_days);
        let shared = engine.share(new);
        let halted = self.model.is_halted(device);
        let told = &self.model.told;
        match shared {
            Ok(id) => {
                assert!(!halted, "nothing is shared in a pause or after the end: {told:#?}");
                let given = Given {
                    hold_ms,
                    ends,
                    is_gated,
                    follows,
                    lease_ms: lease_days.map_or(LEASE_MS, |days| i64::from(days) * DAY_MS),
                    ..Given::new(entry, device, words, now.plus_ms(hold_ms))
                };
                self.model.given.insert(id, given);
            }
            Err(error) => assert!(halted, "{error:?}: {told:#?}"),
        }
    }

    /// The device that knows what an entry says last says something else there.
    fn edit(&mut self, device: usize, share: ShareId) {
        self.count += 1;
        let entry = self.model.given[&share].entry;
        let known = self.model.entries.get_mut(&entry).unwrap();
        if !known.bodies.last().unwrap().1.to(device) {
            return; // Two rewrites of one sentence would both stand there.
        }
        let engine = &mut self.devices[0][device].engine;
        let Some((shown, version)) = entry_for_editing(engine.store().view(), entry).unwrap() else {
            return;
        };
        let mut revised = Draft::of(&shown);
        revised.body = format!("Thought {} of it, in other words.", self.count);
        known.bodies.push((revised.body.clone(), Known::by(device)));
        engine.revise(entry, &version, revised).unwrap();
    }

    fn narrow(&mut self, device: usize, share: ShareId) {
        let part = [Part::Title, Part::Feelings][self.below(2)];
        let given = self.model.given.get_mut(&share).unwrap();
        let known = given.less[part as usize].get_or_insert_default();
        *known = known.and(device);
        let is_less = |part: Part| given.less[part as usize].is_some_and(|known| known.to(device));
        let mask = Mask {
            title: !is_less(Part::Title),
            feelings: !is_less(Part::Feelings),
            ..Mask::default()
        };
        self.devices[0][device].engine.narrow(share, mask, None).unwrap();
    }

    fn revoke(&mut self, device: usize, share: ShareId) {
        self.devices[0][device].engine.revoke(share).unwrap();
        self.model.given.get_mut(&share).unwrap().stop(device);
    }

    fn erase(&mut self, device: usize, share: ShareId) {
        let (entry, now) = (self.model.given[&share].entry, self.now());
        let engine = &mut self.devices[0][device].engine;
        engine.trash(entry).unwrap();
        engine.erase(entry).unwrap();
        self.model.entries.get_mut(&entry).unwrap().erased = Some(Known::by(device));
        self.model.stop_what_is_over(device, now);
    }

    /// A device of the specialist's opens something that stands behind a gate: with the network, and never without.
    fn open(&mut self, device: usize) {
        let [shut, locked] = self.model.shut(device, self.now());
        let shut: Vec<ShareId> = shut.into_iter().collect();
        let Some(share) = self.pick(&shut) else { return };
        let opened = self.devices[1][device].engine.open_shared(share);
        let is_refused = match locked.contains(&share) {
            true => matches!(opened, Err(Error::LeaseOver)),
            false => matches!(opened, Err(Error::GateShut)),
        };
        assert!(is_refused, "{opened:?}");
        if !self.meets(At(1, device), Some(share)) {
            // Whoever wanted it is told that it stays shut, and nothing opens later by itself.
            assert!(self.devices[1][device].engine.open_gated(share).is_err());
            return;
        }
        let (now, opened) = (self.now(), self.devices[1][device].engine.open_gated(share));
        let may_read = self.model.readable(device, now).contains_key(&share);
        assert_eq!(opened.is_ok(), may_read, "{:?}: {:#?}", opened.err(), self.model.told);
    }

    fn pause(&mut self, at: At) {
        let (pauses, id) = (!self.model.has_paused(at), self.ids[at.0]);
        self.device(at).engine.pause_relationship(id, pauses).unwrap();
        self.model.pause(at, pauses);
    }

    /// A device ends it; the participant's leaves something to be read, or nothing.
    fn end(&mut self, at: At) {
        let (now, id, live) = (self.now(), self.ids[at.0], self.live(at.1));
        let At(side, device) = at;
        if side == 1 {
            self.device(at).engine.end_relationship(id, "Go well.").unwrap();
            self.model.ended[1] = Some(Known::by(device));
            return;
        }
        let may_be_kept = |share: &ShareId| {
            let given = &self.model.given[share];
            now >= given.hold_until && !(given.is_held && given.by == device)
        };
        let live: Vec<ShareId> = live.into_iter().filter(may_be_kept).collect();
        let kept: Vec<ShareId> = self.pick(&live).into_iter().filter(|_| self.below(2) == 0).collect();
        let until = now.plus_ms(20 * HOUR_MS);
        self.device(at).engine.end_keeping(id, "", &kept, until).unwrap();
        self.model.ended[0] = Some(Known::by(device));
        for share in kept {
            self.model.given.get_mut(&share).unwrap().kept = Some((Known::by(device), until));
        }
        self.model.stop_what_is_over(device, now);
    }

    /// A device meets the relay, unless it is away; whether it did.
    fn meets(&mut self, at: At, wanted: Option<ShareId>) -> bool {
        if self.away.contains_key(&at) {
            return false;
        }
        let now = self.now();
        let At(side, device) = at;
        if side == 0 {
            // Where two devices have stopped the same thing apart, what is due leaves with the round behind the one in which the second hears of that.
            let rounds = (0..ROUNDS_MAX).map(|_| self.devices[0][device].sync(&self.world));
            let quiet = rounds.take_while(|report| report.sent > 0).count();
            assert!(quiet < ROUNDS_MAX, "it comes to rest");
            self.model.phone_meets_the_relay(device, now);
        } else {
            self.devices[1][device].sync(&self.world);
            self.model.dee_meets_the_relay(device, now, wanted);
            self.read[device].clear();
        }
        true
    }

    fn everybody(&self) -> Vec<At> {
        let of = |side: usize| (0..self.devices[side].len()).map(move |device| At(side, device));
        of(0).chain(of(1)).collect()
    }

    fn everybody_meets(&mut self) {
        self.away.clear();
        for at in self.everybody().repeat(2) {
            self.meets(at, None);
        }
    }

    /// What each device of the specialist's reads, opened, is what the rules say.
    fn hold(&mut self) {
        let now = self.now();
        for device in 0..self.devices[1].len() {
            let engine = &mut self.devices[1][device].engine;
            let cards = engine.shared_cards().unwrap();
            let shut = cards.iter().filter(|card| card.is_behind_gate).map(|card| card.share);
            let locked = cards.iter().filter(|card| card.is_locked).map(|card| card.share);
            let found: [BTreeSet<ShareId>; 2] = [shut.collect(), locked.collect()];
            assert_eq!(found, self.model.shut(device, now), "{device}: {:#?}", self.model.told);
            let mut read = BTreeMap::new();
            for card in cards.iter().filter(|card| !card.is_behind_gate && !card.is_locked) {
                let words = self.read[device].entry(card.share).or_insert_with(|| {
                    let shown = engine.open_shared(card.share).unwrap();
                    let text = |part| shown.view.text(part).map(str::to_owned);
                    Words {
                        title: text(Shown::Title),
                        feelings: text(Shown::Feelings),
                        body: text(Shown::Body).unwrap_or_default(),
                    }
                });
                read.insert(card.share, words.clone());
            }
            assert_eq!(
                read,
                self.model.readable(device, now),
                "{device}: {:#?}",
                self.model.told
            );
        }
    }

    fn step(&mut self) {
        self.away.retain(|_, steps| {
            *steps -= 1;
            *steps > 0
        });
        let phone = self.one_of(0);
        let live = self.live(phone.1);
        let chosen = self.pick(&live);
        let told = match (self.below(32), chosen) {
            (0..=4, _) => {
                self.share(phone.1);
                format!("{phone:?} shares")
            }
            (5..=6, Some(share)) => {
                self.edit(phone.1, share);
                format!("{phone:?} edits {share:?}")
            }
            (7..=8, Some(share)) => {
                self.revoke(phone.1, share);
                format!("{phone:?} revokes {share:?}")
            }
            (9, Some(share)) => {
                self.erase(phone.1, share);
                format!("{phone:?} erases {share:?}")
            }
            (10, _) if !self.model.is_over_for_anybody() => {
                let side = self.below(2);
                let at = self.one_of(side);
                if self.model.may_decide(at) {
                    self.pause(at);
                }
                format!("{at:?} pauses, or goes on")
            }
            (11..=13, _) => {
                let ms = [60_000, 60_000, HOUR_MS, HOUR_MS, 12 * HOUR_MS, 3 * DAY_MS][self.below(6)];
                self.world.clock.advance_ms(ms);
                format!("{ms} ms pass")
            }
            (14, _) => {
                let side = self.below(2);
                let (at, steps) = (self.one_of(side), 2 + self.dice.below(8));
                self.away.insert(at, steps);
                format!("{at:?} is away for {steps} steps")
            }
            (15..=20, _) => {
                let is_there = self.meets(phone, None);
                format!("{phone:?} syncs: {is_there}")
            }
            (21..=22, _) => {
                let at = self.one_of(1);
                self.open(at.1);
                format!("{at:?} opens something behind a gate")
            }
            (23..=24, Some(share)) => {
                self.narrow(phone.1, share);
                format!("{phone:?} narrows {share:?}")
            }
            _ => {
                let at = self.one_of(1);
                let is_there = self.meets(at, None);
                format!("{at:?} syncs: {is_there}")
            }
        };
        self.model.told.push(told);
        self.hold();
    }

    /// Everything is over, and the next history begins with the same two; none where one of them has ended it.
    fn next(mut self) -> Option<Self> {
        self.everybody_meets();
        let is_over = self.model.is_over_for_anybody();
        for side in [0, 1] {
            if !is_over && self.model.has_paused(At(side, 0)) {
                self.pause(At(side, 0));
            }
        }
        for share in self.live(0) {
            self.revoke(0, share);
        }
        self.everybody_meets();
        self.hold();
        let (_copy, store) = self.world.copied_store();
        let gates: u64 = store
            .query_row("SELECT count(*) FROM gate", [], |row| row.get(0))
            .unwrap();
        assert_eq!(
            gates, 0,
            "no gate outlives what it stands in front of: {:#?}",
            self.model.told
        );
        self.model = self.model.next();
        (!is_over).then_some(self)
    }
}

/// Lives the histories of one pair, with so many devices each; how many.
fn live(pair: u64, devices: [usize; 2]) -> u64 {
    let mut history = Some(History::new(pair, devices));
    let mut lived = 0;
    while let Some(mut now) = history.take().filter(|_| lived < TOGETHER) {
        let ends = now.below(10) == 0;
        let at = now.below(STEPS);
        for step in 0..STEPS {
            if ends && step == at {
                let side = now.below(2);
                let who = now.one_of(side);
                now.end(who);
                now.model.told.push(format!("{who:?} ends it"));
                now.hold();
            }
            now.step();
        }
        lived += 1;
        history = now.next();
    }
    lived
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("the variable is a number"))
}

#[test]
fn what_a_specialist_reads_is_always_what_was_consented_to_at_the_last_contact() {
    let histories = setting("CAIRN_INTERLEAVINGS", HISTORIES);
    let pair = AtomicU64::new(setting("CAIRN_INTERLEAVINGS_PAIR", 1));
    let lived = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while *lived.lock().unwrap() < histories {
                    let pair = pair.fetch_add(1, Ordering::SeqCst);
                    let devices = [[2, 2], [1, 1], [2, 1], [1, 2]][usize::try_from(pair % 4).unwrap()];
                    let count = live(pair, devices);
                    *lived.lock().unwrap() += count;
                }
            });
        }
    });
    assert!(*lived.lock().unwrap() >= histories);
}
