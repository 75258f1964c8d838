//! A relay that lies. Each attack is run against devices with work under way, for several seeds; afterwards hold, whatever it did:
//!
//! * **I1** no word and no key has left a device in a form that can be read, and every request went to the pinned relay;
//! * **I2** nothing was sealed to a device that the signed chain does not name;
//! * **I3** when an honest relay returns, no acknowledged word is missing on any device;
//! * **I4** an attack that changed what a device would see was noticed: a failure in the round's report, or a line of `doctor`;
//! * **I5** nothing panics, and everything ends.
//!
//! With the feature `planted` every attack runs once more with the check taken away that it is about, and has to fail then.
//!
//! Attacks that are tested elsewhere: MS-10, 13, 14, 24 and 35 also on a live line in `bad_input`; MS-37 in the tests of the rooms
//! `document` and `record`, a log without end in `sync::endless_tests` (that an answer
//! drips is cut by the transport's time limit, for which no test waits); MS-39 in `kill`.

mod authors;
mod ends;
mod erasures;
mod heads;
mod histories;
mod inviting;
mod losses;
mod pairing;
mod records;
mod shown;
mod talking;
mod told;

pub(crate) use authors::made_by;
use cairn_core::sync::{Report, SyncError, Transport};
use cairn_core::vault::{Renewing, entry_for_editing};
use cairn_tests::{Device, Overheard, World, converge, draft, drive, texts};
pub(crate) use shown::{last_of, persona, showing, support};

/// The seeds of every attack. They also choose how much is under way.
const SEEDS: std::ops::Range<u64> = 1..4;

/// What no byte that leaves may show.
const CANARY: &str = "kanarienvogel";

/// One attack: a test, and its check taken away.
macro_rules! attack {
    ($(#[$doc:meta])* $name:ident, $attack:expr $(, without $defect:ident)*) => {
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "an attack is a path or a closure over what its file imports")]
            use super::*;

            #[test]
            fn is_withstood() {
                super::super::SEEDS.for_each($attack);
            }

            $(
            #[cfg(feature = "planted")]
            #[allow(non_snake_case, reason = "the test carries the name of its defect")]
            #[test]
            fn $defect() {
                super::super::succeeds_without(cairn_core::planted::Defect::$defect, $attack);
            }
            )*
        }
    };
}
use attack;

/// The attack succeeds, that is: its test fails, for some seed, when this check is missing.
#[cfg(feature = "planted")]
fn succeeds_without(defect: cairn_core::planted::Defect, attack: impl Fn(u64)) {
    let planted = cairn_core::planted::plant(defect);
    let fails = |seed| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attack(seed))).is_err();
    let noticed = SEEDS.into_iter().any(fails);
    drop(planted);
    assert!(noticed, "the test of the attack passes without {defect:?}");
}

/// A person's phone and tablet, agreed, and something more on the phone that has not left yet.
struct Scene {
    world: World,
    phone: Device,
    tablet: Device,
    heard: Overheard,
    said: Vec<String>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let heard = world.overhear();
        let mut phone = Device::new(&world, seed, "phone");
        let mut tablet = Device::new(&world, seed, "tablet");
        phone.connect(&world);
        phone.pair(&world, &mut tablet);
        let mut scene = Self {
            world,
            phone,
            tablet,
            heard,
            said: Vec::new(),
        };
        for n in 0..=seed % 3 {
            scene.phone_writes(&format!("before {n}"));
        }
        scene.settle();
        scene
    }

    /// Acknowledged, and not sent yet.
    fn phone_writes(&mut self, words: &str) -> cairn_core::id::EntryId {
        let words = format!("{CANARY}, {words}");
        self.said.push(words.clone());
        self.phone.write(&words)
    }

    fn tablet_writes(&mut self, words: &str) -> cairn_core::id::EntryId {
        let words = format!("{CANARY}, {words}");
        self.said.push(words.clone());
        self.tablet.write(&words)
    }

    /// The phone says something else in one of its entries.
    fn phone_revises(&mut self, id: cairn_core::id::EntryId, words: &str) {
        let words = format!("{CANARY}, {words}");
        let (entry, version) = entry_for_editing(self.phone.engine.store().view(), id)
            .unwrap()
            .unwrap();
        self.said.retain(|said| *said != entry.body);
        self.said.push(words.clone());
        self.phone
            .engine
            .revise(id, &version, draft(&self.world.clock, &words))
            .unwrap();
    }

    fn settle(&mut self) {
        converge(&self.world, &mut [&mut self.phone, &mut self.tablet]);
    }

    /// The relay is honest again: everything arrives, and nothing that should not have did.
    fn honest_again(mut self) {
        self.settle();
        let mut said = self.said.clone();
        said.sort();
        assert_eq!(texts(&self.phone.engine), said, "I3 on the phone");
        assert_eq!(texts(&self.tablet.engine), said, "I3 on the tablet");
        self.nothing_left();
    }

    /// I1 and I2, which hold whether or not the relay can ever be believed again.
    fn nothing_left(&self) {
        let bytes = self.heard.bytes();
        let found = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
        assert!(!found(CANARY.as_bytes()), "I1: no word leaves");
        for device in [&self.phone, &self.tablet] {
            let view = device.engine.store().view();
            for space in view.spaces().unwrap() {
                assert!(
                    !found(&space.slot_key) && !found(&space.access_seed),
                    "I1: no key leaves"
                );
                for (_, key) in view.epoch_keys(space.id).unwrap() {
                    assert!(!found(key.as_slice()), "I1: no key leaves");
                }
            }
            // A phone that was put back is a device of its own, beside the one it was.
            let is_put_back = self.phone.engine.renewing().unwrap() == Renewing::Done;
            let expected = if is_put_back { 3 } else { 2 };
            assert_eq!(
                device.engine.devices().unwrap().len(),
                expected,
                "I2: nobody else is let in"
            );
        }
        for request in self.heard.requests() {
            assert_eq!(request.origin, self.world.origin(), "I1: nobody else is asked");
        }
    }
}

/// What a round over `line` could not do.
fn failures(device: &mut Device, line: &dyn Transport) -> Vec<SyncError> {
    let report: Report = drive(&mut device.engine, line).expect("the device itself does not fail");
    report.failed.into_iter().map(|(_, error)| error).collect()
}

/// The home space of a device, as it keeps it.
fn home(device: &Device) -> cairn_core::store::SpaceRow {
    device.engine.store().view().spaces().unwrap().swap_remove(0)
}

/// Whether `doctor` finds everything as it should be, and what it says.
fn doctor(device: &mut Device) -> (bool, String) {
    let said = device.engine.doctor().unwrap();
    (said.is_well, said.lines.join("\n"))
}
