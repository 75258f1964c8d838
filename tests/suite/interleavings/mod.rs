//! A thousand histories of sharing, editing, narrowing, revoking, expiring, erasing, pausing, ending and being offline, in any order, some of it behind gates: what a specialist
//! can read is always what the consents allowed when their app was last in contact, less what has expired since.

mod model;

use cairn_core::clock::Timestamp;
use cairn_core::id::ShareId;
use cairn_core::journal::Draft;
use cairn_core::support::{End, Mask, Part};
use cairn_core::vault::{Error, entry_for_editing};
use cairn_tests::{SeededEntropy, Two, draft, plain_share};
use model::{Given, Model, Words};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const HISTORIES: u64 = 1_000;
const STEPS: usize = 28;
/// Histories that the same two people live one after the other, unless one of them ends it.
const TOGETHER: u64 = 10;
const THREADS: usize = 2;
const HOUR_MS: i64 = 60 * 60 * 1000;

struct History {
    two: Two,
    model: Model,
    dice: SeededEntropy,
    count: u64,
    /// What the specialist has opened since her last contact, as it read.
    read: BTreeMap<ShareId, Words>,
}

impl History {
    fn now(&self) -> Timestamp {
        self.two.phone.engine.now()
    }

    fn pick(&mut self, of: &[ShareId]) -> Option<ShareId> {
        let at = usize::try_from(self.dice.below(of.len() as u64)).unwrap();
        of.get(at).copied()
    }

    fn live(&self) -> Vec<ShareId> {
        let now = self.now();
        let given = self.model.given.iter();
        given
            .filter(|(_, given)| !given.is_stopped && !given.is_expired(now))
            .map(|(id, _)| *id)
            .collect()
    }

    fn share(&mut self) {
        self.count += 1;
        let words = Words {
            title: Some(format!("Title {}.", self.count)),
            body: format!("Thought {} of it.", self.count),
        };
        let mut written = draft(&self.two.world.clock, &words.body);
        written.title = words.title.clone().unwrap_or_default();
        let entry = self.two.phone.engine.write(written).unwrap();
        let (now, hold_ms) = (
            self.now(),
            [0, 60_000, 6 * HOUR_MS][usize::try_from(self.dice.below(3)).unwrap()],
        );
        let ends =
            (self.dice.below(3) == 0).then(|| now.plus_ms(self.dice.below(48).cast_signed() * HOUR_MS / 4 + HOUR_MS));
        let mut new = plain_share(self.two.id, entry);
        new.hold_ms = hold_ms;
        new.end = ends.map_or(End::WithRelationship, End::At);
        new.gated = self.dice.below(3) == 0;
        new.follow_edits = self.dice.below(3) == 0;
        let (is_gated, follows) = (new.gated, new.follow_edits.then(|| words.body.clone()));
        let shared = self.two.phone.engine.share(new);
        let halted = [self.model.decided[0], self.model.heard]
            .iter()
            .any(|one| one.is_paused || one.is_over);
        match shared {
            Ok(id) => {
                assert!(
                    !halted,
                    "nothing is shared in a pause or after the end: {:?}",
                    self.model.told
                );
                let given = Given {
                    entry,
                    words,
                    hold_ms,
                    hold_until: now.plus_ms(hold_ms),
                    ends,
                    is_gated,
                    follows,
                    waits: None,
                    is_narrowed: false,
                    is_stopped: false,
                    is_there: false,
                    is_stopped_there: false,
                };
                self.model.given.insert(id, given);
            }
            Err(error) => assert!(halted, "{error:?}: {:?}", self.model.told),
        }
    }

    fn edit(&mut self, share: ShareId) {
        self.count += 1;
        let engine = &mut self.two.phone.engine;
        let given = self.model.given.get_mut(&share).unwrap();
        let Some((shown, version)) = entry_for_editing(engine.store().view(), given.entry).unwrap() else {
            return;
        };
        let mut revised = Draft::of(&shown);
        revised.body = format!("Thought {} of it, in other words.", self.count);
        given.follows = given.follows.take().map(|_| revised.body.clone());
        engine.revise(given.entry, &version, revised).unwrap();
    }

    fn narrow(&mut self, share: ShareId) {
        let mask = Mask {
            title: false,
            ..Mask::default()
        };
        self.two.phone.engine.narrow(share, mask, None).unwrap();
        self.model.given.get_mut(&share).unwrap().is_narrowed = true;
    }

    /// The specialist opens something that stands behind a gate: with the network, and never without.
    fn open(&mut self) {
        let shut: Vec<ShareId> = self.model.shut(self.now()).into_iter().collect();
        let Some(share) = self.pick(&shut) else { return };
        let opened = self.two.dee.engine.open_shared(share);
        assert!(matches!(opened, Err(Error::GateShut)), "{opened:?}");
        self.meets(Some(share));
        let (now, opened) = (self.now(), self.two.dee.engine.open_gated(share));
        let may_read = self.model.readable(now).contains_key(&share);
        assert_eq!(opened.is_ok(), may_read, "{:?}: {:#?}", opened.err(), self.model.told);
    }

    fn erase(&mut self, share: ShareId) {
        let entry = self.model.given[&share].entry;
        self.two.phone.engine.trash(entry).unwrap();
        self.two.phone.engine.erase(entry).unwrap();
        let same = self.model.given.values_mut().filter(|given| given.entry == entry);
        same.for_each(|given| given.is_stopped = true);
    }

    fn pause(&mut self, who: usize) {
        let pauses = !self.model.decided[who].is_paused;
        let (engine, id) = if who == 0 {
            (&mut self.two.phone.engine, self.two.id)
        } else {
            (&mut self.two.dee.engine, self.two.theirs)
        };
        engine.pause_relationship(id, pauses).unwrap();
        self.model.decided[who].is_paused = pauses;
    }

    fn end(&mut self, who: usize) {
        if who == 0 {
            self.two.phone.engine.end_relationship(self.two.id, "").unwrap();
            self.model.given.values_mut().for_each(|given| given.is_stopped = true);
        } else {
            self.two
                .dee
                .engine
                .end_relationship(self.two.theirs, "Go well.")
                .unwrap();
        }
        self.model.decided[who].is_over = true;
    }

    fn contact(&mut self, who: usize) {
        let now = self.now();
        if who == 0 {
            self.two.phone.sync(&self.two.world);
            self.model.phone_meets_the_relay(now);
        } else {
            self.meets(None);
        }
    }

    /// The specialist's device syncs.
    fn meets(&mut self, wanted: Option<ShareId>) {
        self.two.dee.sync(&self.two.world);
        self.model.dee_meets_the_relay(wanted);
        self.read.clear();
    }

    /// What the specialist reads, opened, is what the rules say.
    fn hold(&mut self) {
        let now = self.now();
        let cards = self.two.dee.engine.shared_cards().unwrap();
        let shut = cards.iter().filter(|card| card.is_behind_gate).map(|card| card.share);
        assert_eq!(
            shut.collect::<BTreeSet<_>>(),
            self.model.shut(now),
            "{:#?}",
            self.model.told
        );
        let mut read = BTreeMap::new();
        for card in cards.iter().filter(|card| !card.is_behind_gate) {
            if !self.read.contains_key(&card.share) {
                let shown = self.two.dee.engine.open_shared(card.share).unwrap();
                let text = |part| shown.view.text(part).map(str::to_owned);
                let words = Words {
                    title: text(Part::Title),
                    body: text(Part::Body).unwrap_or_default(),
                };
                self.read.insert(card.share, words);
            }
            read.insert(card.share, self.read[&card.share].clone());
        }
        assert_eq!(read, self.model.readable(now), "{:#?}", self.model.told);
    }

    fn step(&mut self) {
        let live = self.live();
        let chosen = self.pick(&live);
        let is_over = self.model.decided.iter().any(|one| one.is_over);
        let told = match (self.dice.below(24), chosen) {
            (0..=3, _) => {
                self.share();
                "share"
            }
            (4, Some(share)) => {
                self.edit(share);
                "edit"
            }
            (5..=6, Some(share)) => {
                self.two.phone.engine.revoke(share).unwrap();
                self.model.given.get_mut(&share).unwrap().is_stopped = true;
                "revoke"
            }
            (7, Some(share)) => {
                self.erase(share);
                "erase"
            }
            (8, _) if !is_over => {
                let who = usize::try_from(self.dice.below(2)).unwrap();
                self.pause(who);
                [
                    "the participant pauses, or goes on",
                    "the specialist pauses, or goes on",
                ][who]
            }
            (9..=11, _) => {
                let ms = [60_000, HOUR_MS, 12 * HOUR_MS][usize::try_from(self.dice.below(3)).unwrap()];
                self.two.world.clock.advance_ms(ms);
                "time passes"
            }
            (12..=15, _) => {
                self.contact(0);
                "the participant's device syncs"
            }
            (16..=17, _) => {
                self.open();
                "the specialist opens something behind a gate"
            }
            (18..=19, Some(share)) => {
                self.narrow(share);
                "narrow"
            }
            _ => {
                self.contact(1);
                "the specialist's device syncs"
            }
        };
        self.model.told.push(told.to_owned());
        self.hold();
    }

    /// Everything is over, and the next history begins with the same two; none where one of them has ended it.
    fn next(mut self) -> Option<Self> {
        let is_over = self.model.decided.iter().any(|one| one.is_over);
        for who in [0, 1] {
            if !is_over && self.model.decided[who].is_paused {
                self.pause(who);
            }
        }
        for share in self.live() {
            self.two.phone.engine.revoke(share).unwrap();
            self.model.given.get_mut(&share).unwrap().is_stopped = true;
        }
        for who in [0, 1, 0, 1] {
            self.contact(who);
        }
        self.hold();
        let (_copy, store) = self.two.world.copied_store();
        let gates: u64 = store
            .query_row("SELECT count(*) FROM gate", [], |row| row.get(0))
            .unwrap();
        assert_eq!(
            gates, 0,
            "no gate outlives what it stands in front of: {:#?}",
            self.model.told
        );
        self.model = Model::default();
        (!is_over).then_some(self)
    }
}

/// Lives the histories of one pair; how many.
fn live(pair: u64) -> u64 {
    let mut history = Some(History {
        two: Two::agreed_in_memory(pair),
        model: Model::default(),
        dice: SeededEntropy::new(pair, "interleavings"),
        count: 0,
        read: BTreeMap::new(),
    });
    let mut lived = 0;
    while let Some(mut now) = history.take().filter(|_| lived < TOGETHER) {
        let ends = now.dice.below(10) == 0;
        let at = usize::try_from(now.dice.below(STEPS as u64)).unwrap();
        for step in 0..STEPS {
            if ends && step == at {
                let who = usize::try_from(now.dice.below(2)).unwrap();
                now.end(who);
                now.model.told.push(format!("{who} ends it"));
                now.hold();
            }
            now.step();
        }
        lived += 1;
        history = now.next();
    }
    lived
}

#[test]
fn what_a_specialist_reads_is_always_what_was_consented_to_at_the_last_contact() {
    let (pair, lived) = (AtomicU64::new(1), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while *lived.lock().unwrap() < HISTORIES {
                    let count = live(pair.fetch_add(1, Ordering::SeqCst));
                    *lived.lock().unwrap() += count;
                }
            });
        }
    });
    assert!(*lived.lock().unwrap() >= HISTORIES);
}
