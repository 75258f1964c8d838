//! Five hundred histories of devices that come, go, are renewed and write offline meanwhile. At the end of each, those that are left
//! hold the same, nothing one of them wrote is lost, and none that was removed opens anything from after its removal. In a hundred more the
//! relay loses its store now and then, or puts back an old one.

use cairn_core::crypto::{self, EpochKey};
use cairn_core::id::EntryId;
use cairn_core::vault::{Error, Handshake, entry_for_editing};
use cairn_tests::{Device, Overheard, SeededEntropy, World, draft, drive, texts};
use cairn_wire::{HEADER_BYTES, Header, SpaceId};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const THREADS: u64 = 2;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const DEVICES_MAX: usize = 4;

/// What happened in one history, so that a run in which nothing did is not taken for a proof.
#[derive(Debug, Default)]
struct Tally {
    written: usize,
    edited: usize,
    added: usize,
    removed: usize,
    recovered: usize,
    phrases: usize,
    shredded: usize,
    tried: usize,
    lost: usize,
    put_back: usize,
    outside: usize,
    let_in_again: usize,
    begun_again: usize,
}

struct History {
    world: World,
    luck: SeededEntropy,
    seed: u64,
    devices: Vec<Device>,
    removed: Vec<Device>,
    phrase: Option<String>,
    /// Entries of devices that are left, each with the name of the device that wrote it.
    written: Vec<(String, EntryId)>,
    made: usize,
    /// Whether the relay loses its store now and then.
    loses: bool,
    /// What went to the relay, in each of its stores.
    heard: Vec<Overheard>,
    /// The relay as it was at some time.
    copy: Option<World>,
    tally: Tally,
}

impl History {
    fn begin(seed: u64, loses: bool) -> Self {
        let world = World::in_memory(seed);
        let heard = vec![world.overhear()];
        let mut first = Device::in_memory(&world, seed, "device 0");
        first.connect(&world);
        Self {
            luck: SeededEntropy::new(seed, "history"),
            seed,
            devices: vec![first],
            removed: Vec::new(),
            phrase: None,
            written: Vec::new(),
            made: 1,
            loses,
            heard,
            copy: None,
            tally: Tally::default(),
            world,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.luck.below(bound as u64)).unwrap()
    }

    /// A round of sync, which succeeds unless the relay has forgotten this device and waits for another to say that it may enter.
    fn catch_up(&mut self, at: usize) -> bool {
        let device = &mut self.devices[at];
        let report = drive(&mut device.engine, &self.world.line()).unwrap();
        assert!(
            self.loses || report.is_complete(),
            "every space is brought up to date: {report:?}"
        );
        self.tally.outside += usize::from(is_outside(device));
        report.is_complete()
    }

    /// The person lets those in again whom a loss has left outside, from a device that is inside.
    fn let_in_again(&mut self) {
        let Some(at) = self.devices.iter().position(is_outside) else {
            return;
        };
        let Some(inside) =
            (0..self.devices.len()).find(|other| self.catch_up(*other) && !is_outside(&self.devices[*other]))
        else {
            self.devices[at].engine.begin_again().unwrap();
            self.tally.begun_again += 1;
            return;
        };
        let mut outside = self.devices.remove(at);
        let inside = &mut self.devices[if inside > at { inside - 1 } else { inside }];
        inside.pair(&self.world, &mut outside);
        self.devices.insert(at, outside);
        self.tally.let_in_again += 1;
    }

    fn new_device(&mut self) -> Device {
        self.made += 1;
        Device::in_memory(&self.world, self.seed, &format!("device {}", self.made - 1))
    }

    fn name(device: &Device) -> String {
        let cards = device.engine.devices().unwrap();
        // One that the log does not name goes by none.
        cards
            .into_iter()
            .find(|card| card.is_this_one)
            .map_or("outside".to_owned(), |card| card.name)
    }

    fn step(&mut self) {
        let at = self.below(self.devices.len());
        let kind = self.below(if self.loses { 24 } else { 20 });
        match kind {
            20 | 21 => self.copy = Some(self.world.backup(self.seed)),
            22 => {
                self.begin_anew(self.world.with_nothing_but_its_key(self.seed));
                self.tally.lost += 1;
            }
            23 => {
                let Some(copy) = self.copy.take() else { return };
                self.begin_anew(copy.put_back(self.seed));
                self.tally.put_back += 1;
            }
            0..=6 => {
                let body = format!("Entry {}.", self.written.len());
                let id = self.devices[at].write(&body);
                let name = Self::name(&self.devices[at]);
                self.written.push((name, id));
                self.tally.written += 1;
            }
            7 | 8 => self.edit(at),
            9..=12 => drop(drive(&mut self.devices[at].engine, &self.world.line()).unwrap()),
            13 | 14 if self.devices.len() < DEVICES_MAX => {
                let mut new = self.new_device();
                if self.catch_up(at) && !is_outside(&self.devices[at]) {
                    self.devices[at].pair(&self.world, &mut new);
                    self.devices.push(new);
                    self.tally.added += 1;
                }
            }
            // Whoever is outside would remove it as soon as it is let in.
            15 | 16 if self.devices.len() > 1 && (!self.loses || self.catch_up(at)) => self.remove(at),
            17 => {
                if self.catch_up(at) && self.devices[at].engine.new_phrase(crypto::PhraseLength::Twelve).is_ok() {
                    self.phrase = Some(self.devices[at].set_phrase(&self.world));
                    self.tally.phrases += 1;
                }
            }
            18 => {
                // One that has just joined has not read the chain yet.
                if self.devices[at].engine.shred().is_ok() {
                    self.tally.shredded += 1;
                }
            }
            19 if self.phrase.is_some() && self.devices.len() < DEVICES_MAX => {
                let mut new = self.new_device();
                new.engine
                    .recover(self.world.origin(), self.phrase.as_deref().unwrap())
                    .unwrap();
                new.alone(&self.world, Handshake::Recover).unwrap();
                self.devices.push(new);
                self.tally.recovered += 1;
            }
            _ => self.world.clock.advance_ms(3 * DAY_MS),
        }
    }

    /// The relay answers with another store, in which nothing is certain. Somebody who is still a device hears of it before those do who
    /// are none any more, and nobody has the words of the phrase at hand.
    fn begin_anew(&mut self, world: World) {
        self.heard.push(world.overhear());
        self.world = world;
        // No device goes along with two in a day.
        self.world.clock.advance_ms(2 * DAY_MS);
        self.phrase = None;
        for at in 0..self.devices.len() {
            self.catch_up(at);
        }
    }

    fn edit(&mut self, at: usize) {
        let Some((_, id)) = self.written.last().cloned() else {
            return;
        };
        let device = &mut self.devices[at];
        let Some((entry, version)) = entry_for_editing(device.engine.store().view(), id).unwrap() else {
            return;
        };
        let body = format!("{} Edited by {}.", entry.body, Self::name(device));
        device
            .engine
            .revise(id, &version, draft(&self.world.clock, &body))
            .unwrap();
        self.tally.edited += 1;
    }

    fn remove(&mut self, at: usize) {
        let other = (at + 1) % self.devices.len();
        let id = self.devices[other].id();
        match self.devices[at].engine.remove_device(id) {
            Ok(()) => {}
            // Not known there yet, or not to be removed by one so young.
            Err(Error::NotFound | Error::NotSettled | Error::NoRelay) => return,
            Err(error) => panic!("{error:?}"),
        }
        // Links of other kinds may have to go first.
        for _ in 0..4 {
            self.catch_up(at);
            let cards = self.devices[at].engine.devices().unwrap();
            if !cards.iter().any(|card| card.id == id && card.is_going) {
                break;
            }
        }
        // Its own clock said that it is settled, and the relay's did not.
        if self.devices[at]
            .engine
            .devices()
            .unwrap()
            .iter()
            .any(|card| card.id == id)
        {
            return;
        }
        let gone = self.devices.remove(other);
        let name = Self::name(&gone);
        self.written.retain(|(by, _)| *by != name);
        self.removed.push(gone);
        self.tally.removed += 1;
    }

    /// Runs the history to its end and says what does not hold.
    fn tell(mut self, steps: usize) -> Result<Tally, String> {
        for _ in 0..steps {
            self.step();
            // A device that was removed tries again and again.
            if self.below(4) == 0
                && let Some(gone) = self.removed.last_mut()
            {
                gone.write("From whoever has it now.");
                let report = drive(&mut gone.engine, &self.world.line()).unwrap();
                // A store that was put back may know it still, until a device that is left says who may enter.
                if report.is_complete() && !self.loses {
                    return Err("the relay lets a removed device in".to_owned());
                }
                self.tally.tried += 1;
            }
        }
        for _ in 0..if self.loses { 16 } else { 8 } {
            for at in 0..self.devices.len() {
                self.catch_up(at);
                // In these histories each device on the list is the person's, but for those that were removed.
                self.devices[at].engine.trust_devices().unwrap();
            }
            self.let_in_again();
            self.world.clock.advance_ms(61_000);
        }
        if let Some(device) = self
            .devices
            .iter()
            .find(|device| device.engine.sync_status().unwrap().to_send_again.is_some())
        {
            let status = device.engine.sync_status().unwrap();
            return Err(format!(
                "{} says that the relay misses something: {status:?}",
                Self::name(device)
            ));
        }
        let first = texts(&self.devices[0].engine);
        for device in &self.devices {
            if texts(&device.engine) != first {
                let name = Self::name(device);
                return Err(format!(
                    "{name} holds {:?} and the first {first:?}",
                    texts(&device.engine)
                ));
            }
            for (by, id) in &self.written {
                if device.engine.store().view().entry(*id).unwrap().is_none() {
                    return Err(format!("{} lost an entry of {by}", Self::name(device)));
                }
            }
        }
        // Where devices have gone apart, one that was removed by one of them may be there again until it is removed again.
        if self.tally.outside == 0 {
            if first.iter().any(|text| text == "From whoever has it now.") {
                return Err("what a removed device wrote afterwards is in the journal".to_owned());
            }
            self.later_epochs_stay_shut()?;
        }
        Ok(self.tally)
    }

    fn later_epochs_stay_shut(&self) -> Result<(), String> {
        let (space, heard) = (
            home(&self.devices[0]),
            self.heard.iter().flat_map(Overheard::bytes).collect::<Vec<u8>>(),
        );
        let records = records_of(&heard, space);
        for gone in &self.removed {
            let keys = keys(gone);
            let last = *keys.iter().map(|(epoch, _)| epoch).max().unwrap();
            let later = records.iter().filter(|(epoch, _)| *epoch > last);
            for (epoch, record) in later {
                if keys.iter().any(|(_, key)| crypto::open(key, record).is_ok()) {
                    return Err(format!("a removed device opens a record of epoch {epoch}"));
                }
            }
            let current = keys_of_first(&self.devices[0]);
            if last >= current {
                let is_told = gone.engine.is_removed();
                return Err(format!(
                    "a removed device has the key of epoch {last}, and {current} is the present one; told so: {is_told}"
                ));
            }
        }
        // A scan that opens nothing with the right keys would prove nothing.
        let own = keys(&self.devices[0]);
        if !records
            .iter()
            .any(|(_, record)| own.iter().any(|(_, key)| crypto::open(key, record).is_ok()))
        {
            return Err("the scan finds no record".to_owned());
        }
        Ok(())
    }
}

/// Whether a loss has left a device outside.
fn is_outside(device: &Device) -> bool {
    device.engine.sync_status().unwrap().needs_joining
}

fn home(device: &Device) -> SpaceId {
    device.engine.store().view().spaces().unwrap()[0].id
}

fn keys(device: &Device) -> Vec<(u32, EpochKey)> {
    let keys = device.engine.store().view().epoch_keys(home(device)).unwrap();
    keys.into_iter()
        .map(|(epoch, key)| (epoch, EpochKey::from_bytes(*key)))
        .collect()
}

fn keys_of_first(device: &Device) -> u32 {
    device.engine.store().view().spaces().unwrap()[0].epoch
}

/// Every record of a space in everything that went to the relay, with its epoch.
fn records_of(heard: &[u8], space: SpaceId) -> BTreeSet<(u32, Vec<u8>)> {
    let mut records = BTreeSet::new();
    let mut at = 0;
    while at + HEADER_BYTES <= heard.len() {
        let header = (heard[at] == 1 && heard[at + 2..at + 18] == *space.as_bytes())
            .then(|| Header::decode(&heard[at..at + HEADER_BYTES]).ok())
            .flatten();
        match header.and_then(|header| Some((header.epoch, heard.get(at..at + HEADER_BYTES + header.length as usize)?)))
        {
            Some((epoch, record)) => {
                records.insert((epoch, record.to_vec()));
                at += record.len();
            }
            None => at += 1,
        }
    }
    records
}

fn tell_all(first: u64, count: u64, steps: usize, loses: bool) -> (Vec<Tally>, Option<(u64, String)>) {
    let next = AtomicU64::new(first);
    let (told, failed) = (Mutex::new(Vec::new()), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while failed.lock().unwrap().is_none() {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + count {
                        return;
                    }
                    let history = std::panic::catch_unwind(|| History::begin(seed, loses).tell(steps));
                    match history.unwrap_or_else(|_| Err("a panic".to_owned())) {
                        Ok(tally) => told.lock().unwrap().push(tally),
                        Err(what) => *failed.lock().unwrap() = Some((seed, what)),
                    }
                }
            });
        }
    });
    (told.into_inner().unwrap(), failed.into_inner().unwrap())
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("the variable is a number"))
}

#[test]
fn whoever_comes_and_goes_those_who_are_left_agree_and_those_who_are_gone_read_nothing_new() {
    let (first, count) = (
        setting("CAIRN_DEVICES_SEED", 1),
        setting("CAIRN_DEVICES_HISTORIES", 500),
    );
    let (told, failed) = tell_all(first, count, 24, false);
    if let Some((seed, what)) = failed {
        panic!("CAIRN_DEVICES_SEED={seed} CAIRN_DEVICES_HISTORIES=1: {what}");
    }
    assert_eq!(told.len() as u64, count);
    let sum = |of: fn(&Tally) -> usize| told.iter().map(of).sum::<usize>();
    if count >= 100 {
        for (what, times) in [
            ("written", sum(|tally| tally.written)),
            ("edited", sum(|tally| tally.edited)),
            ("added", sum(|tally| tally.added)),
            ("removed", sum(|tally| tally.removed)),
            ("recovered", sum(|tally| tally.recovered)),
            ("a phrase set", sum(|tally| tally.phrases)),
            ("shredded", sum(|tally| tally.shredded)),
            ("tried by a removed device", sum(|tally| tally.tried)),
        ] {
            assert!(
                times as u64 > count / 20,
                "{what}: {times} times in {count} histories proves little"
            );
        }
    }
}

#[test]
fn whatever_a_relay_loses_those_who_are_left_agree_and_nothing_is_lost() {
    let (first, count) = (setting("CAIRN_DEVICES_SEED", 1), setting("CAIRN_LOSSES_HISTORIES", 100));
    let (told, failed) = tell_all(first, count, 30, true);
    if let Some((seed, what)) = failed {
        panic!("CAIRN_DEVICES_SEED={seed} CAIRN_LOSSES_HISTORIES=1: {what}");
    }
    let sum = |of: fn(&Tally) -> usize| told.iter().map(of).sum::<usize>();
    if count >= 100 {
        for (what, times) in [
            ("lost", sum(|tally| tally.lost)),
            ("put back", sum(|tally| tally.put_back)),
            ("removed", sum(|tally| tally.removed)),
            ("edited", sum(|tally| tally.edited)),
            ("let in again", sum(|tally| tally.let_in_again)),
        ] {
            assert!(
                times as u64 > count / 20,
                "{what}: {times} times in {count} histories proves little"
            );
        }
    }
}
