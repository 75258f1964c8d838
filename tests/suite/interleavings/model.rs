//! What the rules say, without any of the code that keeps them.
//!
//! Each side has one device or two. What a side decides is a fact that some of its devices know: the one that decided it, and, once that one has met the relay, every other from its
//! next meeting on. What stands in the log of the two is what some device of the participant put there when it met the relay, by what it knew by then.

use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, ShareId};
use std::collections::{BTreeMap, BTreeSet};

/// A device, by its side, 0 for the participant's, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(pub(super) usize, pub(super) usize);

/// Who knows something: the devices of a side, and their home at the relay.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    by: [bool; 2],
    at_home: bool,
}

impl Known {
    pub(super) fn by(device: usize) -> Self {
        let mut known = Self::default();
        known.by[device] = true;
        known
    }

    /// The same, and this device.
    pub(super) const fn and(mut self, device: usize) -> Self {
        self.by[device] = true;
        self
    }

    pub(super) const fn to(&self, device: usize) -> bool {
        self.by[device]
    }

    /// The device reads its home.
    const fn hear(&mut self, device: usize) {
        self.by[device] |= self.at_home;
    }

    /// The device tells its home.
    const fn tell(&mut self, device: usize) {
        self.at_home |= self.by[device];
    }
}

/// A part of an entry that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Title = 0,
    Feelings = 1,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: Option<String>,
    pub(super) feelings: Option<String>,
    pub(super) body: String,
}

impl Words {
    fn without(mut self, part: Part) -> Self {
        match part {
            Part::Title => self.title = None,
            Part::Feelings => self.feelings = None,
        }
        self
    }
}

/// A view as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) words: Words,
    ends: Option<Timestamp>,
}

/// An entry: what it said first and after each edit, and whether it is erased.
pub(super) struct Entry {
    pub(super) first: Words,
    pub(super) bodies: Vec<(String, Known)>,
    pub(super) erased: Option<Known>,
}

impl Entry {
    /// What it says as far as a device knows.
    pub(super) fn body(&self, device: usize) -> Option<&String> {
        let known = self.bodies.iter().rev().find(|(_, known)| known.to(device));
        known.map(|(body, _)| body)
    }

    pub(super) fn is_erased(&self, device: usize) -> bool {
        self.erased.is_some_and(|known| known.to(device))
    }
}

/// A share as it was meant, and as far as anybody can know of it.
pub(super) struct Given {
    pub(super) entry: EntryId,
    /// The device that made it, and its first view.
    pub(super) by: usize,
    pub(super) known: Known,
    pub(super) first: Words,
    pub(super) hold_ms: i64,
    pub(super) hold_until: Timestamp,
    pub(super) ends: Option<Timestamp>,
    pub(super) is_gated: bool,
    pub(super) follows: bool,
    pub(super) lease_ms: i64,
    /// The parts that were taken away.
    pub(super) less: [Option<Known>; 2],
    /// The participant stopped it, erased what it shows, or ended everything; or it is over by itself.
    pub(super) stopped: Option<Known>,
    /// It is left to be read after the end, until a time.
    pub(super) kept: Option<(Known, Timestamp)>,
    /// Its first view waits on the device that made it.
    pub(super) is_held: bool,
    /// An edit that waits on a device as the first view did.
    pub(super) waits: [Option<(String, Timestamp)>; 2],
    /// What stands in the log.
    pub(super) log: Option<View>,
    /// That it is over stands there.
    pub(super) is_stopped_there: bool,
}

impl Given {
    /// One that its device has just made.
    pub(super) fn new(entry: EntryId, by: usize, first: Words, hold_until: Timestamp) -> Self {
        Self {
            entry,
            by,
            known: Known::by(by),
            first,
            hold_ms: 0,
            hold_until,
            ends: None,
            is_gated: false,
            follows: false,
            lease_ms: 0,
            less: [None; 2],
            stopped: None,
            kept: None,
            is_held: true,
            waits: [None, None],
            log: None,
            is_stopped_there: false,
        }
    }

    pub(super) fn is_stopped(&self, device: usize) -> bool {
        self.stopped.is_some_and(|known| known.to(device))
    }

    /// When it ends, as far as a device of the participant's knows.
    fn ends(&self, device: usize) -> Option<Timestamp> {
        let kept = self.kept.filter(|(known, _)| known.to(device)).map(|(_, until)| until);
        self.ends.into_iter().chain(kept).min()
    }

    pub(super) fn is_expired(&self, device: usize, now: Timestamp) -> bool {
        self.ends(device).is_some_and(|at| now >= at)
    }

    fn is_kept(&self, device: usize) -> bool {
        self.kept.is_some_and(|(known, _)| known.to(device))
    }

    pub(super) fn stop(&mut self, device: usize) {
        self.stopped.get_or_insert_default().by[device] = true;
        self.is_held &= device != self.by;
    }

    fn known_facts(&mut self) -> impl Iterator<Item = &mut Known> {
        let kept = self.kept.iter_mut().map(|(known, _)| known);
        let less = self.less.iter_mut().flatten();
        [&mut self.known]
            .into_iter()
            .chain(less)
            .chain(&mut self.stopped)
            .chain(kept)
    }

    /// What is shown when less is to be shown, as far as a device knows.
    fn narrowed(&self, device: usize, words: Words) -> Words {
        let parts = [Part::Title, Part::Feelings].into_iter();
        let less = parts.filter(|part| self.less[*part as usize].is_some_and(|known| known.to(device)));
        less.fold(words, Words::without)
    }

    /// What becomes of it when a device of the participant's that knows it meets the relay. `body`: what its entry says, as far as that device knows.
    fn leaves(&mut self, device: usize, now: Timestamp, is_active: bool, body: Option<&String>) {
        if self.is_stopped(device) {
            self.is_held &= device != self.by;
            self.is_stopped_there = true;
            return;
        }
        let ends = self.ends(device);
        if let Some(log) = self.log.clone() {
            self.log = Some(View {
                words: self.narrowed(device, log.words),
                ends,
            });
        }
        if !is_active {
            return;
        }
        if self.is_held && device == self.by && now >= self.hold_until {
            self.is_held = false;
            let words = self.narrowed(device, self.first.clone());
            self.log = Some(View { words, ends });
        }
        let (Some(log), Some(body), true) = (&mut self.log, body, self.follows) else {
            return;
        };
        let waits = &mut self.waits[device];
        if *body == log.words.body {
            *waits = None; // Another device has shown it.
        } else if waits.as_ref().is_none_or(|(waiting, _)| waiting != body) {
            *waits = Some((body.clone(), now.plus_ms(self.hold_ms)));
        }
        if let Some((body, _)) = waits.take_if(|(_, until)| now >= *until) {
            log.words.body = body;
        }
    }
}

/// What a device of the specialist's had at its last contact.
struct Had {
    view: View,
    lease_ms: i64,
    /// It stands behind a gate, and this device has not opened it.
    is_shut: bool,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) given: BTreeMap<ShareId, Given>,
    pub(super) entries: BTreeMap<EntryId, Entry>,
    /// Of each side, whether it paused, each time it decided that.
    pauses: [Vec<(bool, Known)>; 2],
    /// Of each side, that it ended it.
    pub(super) ended: [Option<Known>; 2],
    /// What the log has of each side's decisions: that it paused, that it ended.
    log: [(bool, bool); 2],
    /// What the participant's devices have heard of the specialist's decisions.
    heard: [(bool, bool); 2],
    had: [BTreeMap<ShareId, Had>; 2],
    contact: [Option<Timestamp>; 2],
    /// Who they are and what was done, to be told where it goes wrong.
    pub(super) told: Vec<String>,
}

impl Model {
    /// Another history of the same two begins: nothing is shown, and nobody has paused.
    pub(super) fn next(&self) -> Self {
        Self {
            contact: self.contact,
            told: self.told.iter().take(1).cloned().collect(),
            ..Self::default()
        }
    }

    /// Whether the side of a device has paused, as far as that device knows.
    pub(super) fn has_paused(&self, At(side, device): At) -> bool {
        let known = self.pauses[side].iter().rev().find(|(_, known)| known.to(device));
        known.is_some_and(|(is_paused, _)| *is_paused)
    }

    /// Whether a device knows what its side decided last: only then it decides anew.
    pub(super) fn may_decide(&self, At(side, device): At) -> bool {
        self.pauses[side].last().is_none_or(|(_, known)| known.to(device))
    }

    pub(super) fn pause(&mut self, At(side, device): At, is_paused: bool) {
        self.pauses[side].push((is_paused, Known::by(device)));
    }

    /// Whether it is over, as far as a device knows by its own side.
    pub(super) fn has_ended(&self, At(side, device): At) -> bool {
        self.ended[side].is_some_and(|known| known.to(device))
    }

    pub(super) fn is_over_for_anybody(&self) -> bool {
        self.ended.iter().any(Option::is_some)
    }

    /// Whether nothing new may be shown, as far as a device of the participant's knows.
    pub(super) fn is_halted(&self, device: usize) -> bool {
        let (paused, over) = self.heard[device];
        self.has_paused(At(0, device)) || self.has_ended(At(0, device)) || paused || over
    }

    fn hear_home(&mut self, At(side, device): At) {
        self.pauses[side].iter_mut().for_each(|(_, known)| known.hear(device));
        self.ended[side].iter_mut().for_each(|known| known.hear(device));
        if side == 0 {
            let shares = self.given.values_mut().flat_map(Given::known_facts);
            shares.for_each(|known| known.hear(device));
            let entries = self.entries.values_mut();
            let facts =
                entries.flat_map(|entry| entry.bodies.iter_mut().map(|(_, known)| known).chain(&mut entry.erased));
            facts.for_each(|known| known.hear(device));
        }
    }

    fn tell_home(&mut self, At(side, device): At) {
        self.pauses[side].iter_mut().for_each(|(_, known)| known.tell(device));
        self.ended[side].iter_mut().for_each(|known| known.tell(device));
        self.log[side] = (self.has_paused(At(side, device)), self.has_ended(At(side, device)));
        if side == 0 {
            let shares = self.given.values_mut().flat_map(Given::known_facts);
            shares.for_each(|known| known.tell(device));
            let entries = self.entries.values_mut();
            let facts =
                entries.flat_map(|entry| entry.bodies.iter_mut().map(|(_, known)| known).chain(&mut entry.erased));
            facts.for_each(|known| known.tell(device));
        }
    }

    /// A device of the participant's ends everything that it knows of and does not leave to be read, and that is over by itself.
    pub(super) fn stop_what_is_over(&mut self, device: usize, now: Timestamp) {
        let is_over = self.has_ended(At(0, device)) || self.heard[device].1;
        for given in self.given.values_mut().filter(|given| given.known.to(device)) {
            let is_erased = self.entries[&given.entry].is_erased(device);
            if is_erased || given.is_expired(device, now) || (is_over && !given.is_kept(device)) {
                given.stop(device);
            }
        }
    }

    pub(super) fn phone_meets_the_relay(&mut self, device: usize, now: Timestamp) {
        self.hear_home(At(0, device));
        self.heard[device] = self.log[1];
        self.stop_what_is_over(device, now);
        let is_active = !self.is_halted(device);
        for given in self.given.values_mut().filter(|given| given.known.to(device)) {
            let body = self.entries[&given.entry].body(device);
            given.leaves(device, now, is_active, body);
        }
        self.tell_home(At(0, device));
    }

    /// A device of the specialist's, with something that she wants to open or without.
    pub(super) fn dee_meets_the_relay(&mut self, device: usize, now: Timestamp, wanted: Option<ShareId>) {
        self.hear_home(At(1, device));
        self.tell_home(At(1, device));
        self.contact[device] = Some(now);
        let is_over = self.has_ended(At(1, device));
        let before = std::mem::take(&mut self.had[device]);
        let there = self
            .given
            .iter()
            .filter(|(_, given)| !given.is_stopped_there && !is_over);
        let had = there.filter_map(|(id, given)| {
            let view = given.log.clone()?;
            let was_open = |had: &&Had| had.view.words == view.words && !had.is_shut;
            let is_open = wanted == Some(*id) || before.get(id).filter(was_open).is_some();
            let had = Had {
                is_shut: given.is_gated && !is_open,
                lease_ms: given.lease_ms,
                view,
            };
            Some((*id, had))
        });
        self.had[device] = had.collect();
    }

    /// What was there for a device at its last contact and is not over since.
    fn allowed(&self, device: usize, now: Timestamp) -> impl Iterator<Item = (ShareId, &Had)> {
        let is_over = self.has_ended(At(1, device));
        let had = self.had[device].iter().filter(move |_| !is_over);
        let open = had.filter(move |(_, had)| had.view.ends.is_none_or(|at| now < at));
        open.map(|(id, had)| (*id, had))
    }

    fn is_locked(&self, device: usize, had: &Had, now: Timestamp) -> bool {
        self.contact[device].is_none_or(|contact| now >= contact.plus_ms(had.lease_ms))
    }

    pub(super) fn readable(&self, device: usize, now: Timestamp) -> BTreeMap<ShareId, Words> {
        let all = self.allowed(device, now);
        let open = all.filter(|(_, had)| !had.is_shut && !self.is_locked(device, had, now));
        open.map(|(id, had)| (id, had.view.words.clone())).collect()
    }

    /// What she knows to be there, and cannot read: behind a gate, and locked until she has met the relay.
    pub(super) fn shut(&self, device: usize, now: Timestamp) -> [BTreeSet<ShareId>; 2] {
        let shut = self.allowed(device, now).filter(|(_, had)| had.is_shut);
        let locked = self
            .allowed(device, now)
            .filter(|(_, had)| self.is_locked(device, had, now));
        [shut.map(|(id, _)| id).collect(), locked.map(|(id, _)| id).collect()]
    }
}
