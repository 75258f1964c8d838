//! The devices a story is told on, and what is wrong with them.

use super::{DAY_MS, MINUTE_MS, listed};
use cairn_core::clock::Clock as _;
use cairn_core::id::EntryId;
use cairn_core::journal::EntryQuery;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::vault::{Engine, Error, Kind, read_profile, read_wanted};
use cairn_core::words;
use cairn_simdisk::SimDisk;
use cairn_tests::{Device, KEY, TestClock, Two, World, drive};

/// More writes than anything takes that is saved here.
const WRITES_MAX: u64 = 500;
/// What a newer version added to an entry, as canonical CBOR, and its number there.
const NEWER: (u64, &[u8]) = (40, b"\x78\x19what a newer version says");

/// One row of the table of variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// She has a phone, and nothing else.
    PhoneOnly,
    /// A phone and a tablet.
    PhoneAndTablet,
    /// A phone, a tablet and a laptop, and nothing is wrong.
    ThreeDevices,
    /// The laptop has reached nobody for ninety days, and has something of its own from before.
    LaptopAwayNinetyDays,
    /// The laptop's app is newer than the others'. No older core is at hand to be run: the nearest thing is what a newer one will write, read by this one.
    OlderCore,
    /// The phone's clock is two days ahead; those of the laptop and of the specialist's phone are two days behind.
    PhoneAhead,
    /// The other way round.
    PhoneBehind,
    /// Whatever is saved on the phone is saved when there is no room first.
    NoRoom,
    /// The phone's process dies, and its power goes, at every write of everything that is saved.
    KilledAtEveryWrite,
}

impl Variant {
    pub(super) const ALL: [Self; 9] = [
        Self::PhoneOnly,
        Self::PhoneAndTablet,
        Self::ThreeDevices,
        Self::LaptopAwayNinetyDays,
        Self::OlderCore,
        Self::PhoneAhead,
        Self::PhoneBehind,
        Self::NoRoom,
        Self::KilledAtEveryWrite,
    ];

    const fn has_laptop(self) -> bool {
        !matches!(self, Self::PhoneOnly | Self::PhoneAndTablet)
    }

    const fn has_disk(self) -> bool {
        matches!(self, Self::NoRoom | Self::KilledAtEveryWrite)
    }

    /// How far the phone's clock is ahead; the laptop's and the specialist's are behind by as much.
    const fn ahead_ms(self) -> i64 {
        match self {
            Self::PhoneAhead => 2 * DAY_MS,
            Self::PhoneBehind => -2 * DAY_MS,
            _ => 0,
        }
    }
}

/// The disk of a phone that may lose power, and the folder of what lies beside its database.
struct Disk {
    sim: SimDisk,
    folder: tempfile::TempDir,
}

/// Two people, and all devices of the participant's.
pub(super) struct Family {
    pub(super) two: Two,
    pub(super) tablet: Option<Device>,
    pub(super) laptop: Option<Device>,
    pub(super) variant: Variant,
    disk: Option<Disk>,
    clock: TestClock,
    seed: u64,
    is_laptop_away: bool,
    /// How often something was saved on a phone on a disk of its own.
    saved: u64,
    /// How often that phone had no room, or died.
    failures: u64,
}

impl Family {
    /// They have met, this many milliseconds after the beginning of the test's time.
    pub(super) fn new(variant: Variant, seed: u64, after_ms: i64) -> Self {
        let world = World::in_memory(seed);
        let away = if variant == Variant::LaptopAwayNinetyDays {
            90 * DAY_MS
        } else {
            0
        };
        world.clock.advance_ms(after_ms - away);
        let clock = world.clock.ahead_by(variant.ahead_ms());
        let others = world.clock.ahead_by(-variant.ahead_ms());
        let disk = variant.has_disk().then(|| Disk {
            sim: SimDisk::anonymous(seed),
            folder: tempfile::tempdir().unwrap(),
        });
        let phone = match &disk {
            Some(disk) => Device::over_with_clock(&clock, disk.open(), seed, "phone"),
            None => Device::with_clock(&clock, seed, "phone"),
        };
        let two = Two::meet(world, [phone, Device::with_clock(&others, seed, "dee")]);
        let mut family = Self {
            two,
            tablet: None,
            laptop: None,
            variant,
            disk,
            clock,
            seed,
            is_laptop_away: false,
            saved: 0,
            failures: 0,
        };
        if variant != Variant::PhoneOnly {
            let clock = family.two.world.clock.clone();
            family.tablet = Some(family.another("tablet", &clock));
        }
        if variant.has_laptop() {
            family.laptop = Some(family.another("laptop", &others));
        }
        family.settle();
        if away > 0 {
            family
                .laptop
                .as_mut()
                .unwrap()
                .write("Before the laptop went into a drawer.");
            family.is_laptop_away = true;
            for _ in 0..9 {
                family.two.world.clock.advance_ms(away / 9);
                family.settle();
            }
            family.two.world.sweep();
        }
        family
    }

    fn another(&mut self, name: &str, clock: &TestClock) -> Device {
        let mut device = Device::with_clock(clock, self.seed, name);
        self.two.phone.pair(&self.two.world, &mut device);
        device
    }

    /// The laptop is at hand again.
    pub(super) const fn laptop_is_back(&mut self) {
        self.is_laptop_away = false;
    }

    /// Her devices beside the phone.
    pub(super) fn others(&mut self) -> impl Iterator<Item = &mut Device> {
        self.tablet.iter_mut().chain(&mut self.laptop)
    }

    /// Everybody who is at hand hears of everything.
    pub(super) fn settle(&mut self) {
        for _ in 0..3 {
            self.two.settle();
            let world = &self.two.world;
            self.tablet.iter_mut().for_each(|tablet| drop(tablet.sync(world)));
            let laptop = self.laptop.iter_mut().filter(|_| !self.is_laptop_away);
            laptop.for_each(|laptop| drop(laptop.sync(world)));
            self.two.world.clock.advance_ms(2 * MINUTE_MS);
        }
    }

    /// Her devices beside the phone that are at hand.
    pub(super) fn at_hand(&mut self) -> impl Iterator<Item = &mut Device> {
        let laptop = self.laptop.iter_mut().filter(|_| !self.is_laptop_away);
        self.tablet.iter_mut().chain(laptop)
    }

    /// The phone's whole database below its encryption.
    pub(super) fn phone_pages(&self) -> Vec<u8> {
        let Some(Disk { sim, .. }) = &self.disk else {
            return self.two.phone.pages();
        };
        // Nobody reads beside the phone on its own disk: on another one there is a copy.
        self.two.phone.engine.store().checkpoint().unwrap();
        let files = sim.files();
        let database = files.iter().find(|file| file.ends_with("vault.db")).unwrap();
        let copy = tempfile::tempdir().unwrap();
        std::fs::write(copy.path().join("vault.db"), sim.read(database).unwrap()).unwrap();
        let store = Store::open(&StoreConfig::new(copy.path()), &KEY).unwrap();
        store.decrypted_pages().unwrap()
    }

    /// Something is saved on the phone, as the variant has it: in the end it is saved, whole and once; until then all is as it was before.
    pub(super) fn saves(&mut self, mut act: impl FnMut(&mut Engine) -> Result<(), Error>) {
        let Some(disk) = &self.disk else {
            return act(&mut self.two.phone.engine).unwrap();
        };
        let (sim, before) = (disk.sim.clone(), seen(&mut self.two.phone));
        self.saved += 1;
        if self.variant == Variant::NoRoom {
            // What the log had room for is used up.
            self.two.phone.engine.store().checkpoint().unwrap();
            sim.full_at(sim.bytes());
            let refused = act(&mut self.two.phone.engine).unwrap_err();
            assert_eq!(refused.kind(), Kind::StorageFull, "{refused:?}");
            assert!(
                words::errors::STORAGE_FULL
                    .text
                    .starts_with("What you saved before is safe.")
            );
            sim.mend();
            assert_eq!(seen(&mut self.two.phone), before);
            self.failures += 1;
            return act(&mut self.two.phone.engine).unwrap();
        }
        self.until_whole(|family| {
            let done = act(&mut family.two.phone.engine);
            if !sim.is_dead() {
                done.unwrap();
                return true;
            }
            family.reopen();
            // It was saved when it died, or nothing of it was.
            seen(&mut family.two.phone) != before
        });
    }

    /// The phone has a network again. Where it dies at every write, it dies at every write of that round.
    pub(super) fn phone_syncs(&mut self) {
        if self.variant != Variant::KilledAtEveryWrite {
            drop(self.two.phone.sync(&self.two.world));
            return;
        }
        self.until_whole(|family| {
            let line = family.two.world.line();
            let report = drive(&mut family.two.phone.engine, &line);
            if family.disk.as_ref().unwrap().sim.is_dead() {
                family.reopen();
                return false;
            }
            report.unwrap().is_complete()
        });
    }

    /// Tries with one more write each time before the power goes.
    fn until_whole(&mut self, mut attempt: impl FnMut(&mut Self) -> bool) {
        let sim = self.disk.as_ref().unwrap().sim.clone();
        for writes in 0..WRITES_MAX {
            sim.cut_after(writes);
            if attempt(self) {
                sim.mend();
                return;
            }
            self.failures += 1;
        }
        panic!("it comes to an end");
    }

    /// The phone opens again after its power went.
    fn reopen(&mut self) {
        let disk = self.disk.as_ref().unwrap();
        disk.sim.power_loss();
        let seed = self.seed + 1_000 * (1 + self.failures);
        self.two.phone = Device::over_with_clock(&self.clock, disk.open(), seed, "phone");
    }

    /// What was to go wrong has gone wrong: without room once for each time that something was saved, and dying at several writes of each.
    pub(super) fn has_failed(&self) {
        let (saved, failures) = (self.saved, self.failures);
        match self.variant {
            Variant::NoRoom => assert_eq!(failures, saved),
            Variant::KilledAtEveryWrite => assert!(failures > 4 * saved, "{failures} for {saved}"),
            _ => assert_eq!(failures, 0),
        }
        assert!(!self.variant.has_disk() || saved >= 10, "{saved}");
    }

    /// A newer app on the laptop has added to an entry that was written there and has not left.
    pub(super) fn newer_app_adds_to(&mut self, entry: EntryId) {
        let laptop = self.laptop.as_ref().unwrap();
        let mut written = laptop.engine.store().view().entry(entry).unwrap().unwrap();
        written.unknown.insert(NEWER.0, NEWER.1.to_vec());
        let mut store = Store::open(&StoreConfig::new(laptop.folder()), &KEY).unwrap();
        store.write(|tx| tx.put_entry(&written)).unwrap();
    }

    /// What it added is on every device, whichever wrote on in that entry.
    pub(super) fn newer_words_are_kept(&mut self, entry: EntryId) {
        let read = |device: &Device| device.engine.store().view().entry(entry).unwrap().unwrap().unknown;
        let kept = [(NEWER.0, NEWER.1.to_vec())].into();
        assert_eq!(read(&self.two.phone), kept);
        self.others().for_each(|device| assert_eq!(read(device), kept));
    }

    /// Whether the phone's clock is right.
    pub(super) const fn is_clock_right(&self) -> bool {
        self.variant.ahead_ms() == 0
    }

    /// The clock of the world goes on to this time, in milliseconds since 1970.
    pub(super) fn pass_to(&self, at_ms: i64) {
        let ahead = at_ms - self.two.world.clock.now().0;
        assert!(ahead > 0, "time goes on");
        self.two.world.clock.advance_ms(ahead);
    }
}

impl Disk {
    fn open(&self) -> Store {
        let config = StoreConfig {
            directory: self.folder.path().to_owned(),
            vfs: Some(self.sim.name().to_owned()),
            exclusive: true,
        };
        Store::open(&config, &KEY).unwrap()
    }
}

/// All that the participant sees of her own on a device, but for how far it has synced.
pub(super) fn seen(device: &mut Device) -> String {
    let id = device.card().relationship.id;
    let messages: Vec<_> = listed(device)
        .into_iter()
        .map(|card| (card.id, card.state, card.at))
        .collect();
    let engine = &device.engine;
    let view = engine.store().view();
    let entries = view.entries(&EntryQuery::newest(200)).unwrap().entries;
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| {
            let words =
                [&entry.tags, &entry.feelings].map(|words| words.iter().map(|word| &word.written).collect::<Vec<_>>());
            let rest = (&entry.happened, entry.attachments.len(), entry.both_versions);
            (entry.id, &entry.title, &entry.body, words, rest)
        })
        .collect();
    let profile = read_profile(view).unwrap();
    let statements: Vec<_> = profile.statements.iter().map(|one| (&one.text, one.stance)).collect();
    let shares = engine.share_cards().unwrap();
    let feedback = engine.feedback(id).unwrap();
    let feedback: Vec<_> = feedback.iter().map(|one| (one.id, one.sent)).collect();
    let wishes = engine.wishes(id).unwrap();
    let wishes = (wishes.version, wishes.lived_experience, wishes.off_limits);
    let hours = engine.contact_hours(id).unwrap();
    let rings = engine.upcoming("America/New_York", 50).unwrap().len();
    let (cards, wanted) = (engine.relationship_cards().unwrap(), read_wanted(view).unwrap());
    format!(
        "{entries:?} {statements:?} {shares:?} {messages:?} {feedback:?} {wishes:?} {hours:?} {rings} {cards:?} {wanted:?}"
    )
}
