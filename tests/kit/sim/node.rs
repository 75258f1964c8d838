//! A device, or the relay, with the disk it stands on.

use crate::people::KEY;
use crate::world::ORIGIN;
use crate::{SeededEntropy, TestClock};
use cairn_core::id::Entropy as _;
use cairn_core::store::{Store, StoreConfig, View};
use cairn_core::vault::Engine;
use cairn_relay::{Danger, Relay, RelayConfig};
use cairn_simdisk::{SimDisk, Snapshot};
use std::sync::{Arc, Mutex, PoisonError};

/// One device.
pub(super) struct Node {
    pub(super) name: &'static str,
    pub(super) disk: SimDisk,
    engine: Option<Engine>,
    clock: TestClock,
    seed: u64,
    births: u64,
}

impl Node {
    /// A device with an empty disk, or with the disk as it is in `image`.
    pub(super) fn new(name: &'static str, seed: u64, clock: &TestClock, image: Option<&Snapshot>) -> Self {
        let disk = SimDisk::anonymous(disk_seed(seed, name));
        if let Some(image) = image {
            disk.restore(image);
        }
        let mut node = Self {
            name,
            disk,
            engine: None,
            clock: clock.clone(),
            seed,
            births: 0,
        };
        node.open().expect("a device opens on a sound disk");
        node
    }

    fn open(&mut self) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Debug| format!("{} does not open again: {error:?}", self.name);
        let config = StoreConfig {
            directory: "".into(),
            vfs: Some(self.disk.name().to_owned()),
            exclusive: true,
        };
        let store = Store::open(&config, &KEY).map_err(|error| failed(&error))?;
        self.births += 1;
        let entropy = SeededEntropy::new(self.seed, &format!("{} {}", self.name, self.births));
        let engine = Engine::new(store, self.name, Arc::new(self.clock.clone()), Box::new(entropy));
        self.engine = Some(engine.map_err(|error| failed(&error))?);
        Ok(())
    }

    pub(super) const fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().expect("a device is open between two steps")
    }

    pub(super) fn view(&self) -> View<'_> {
        self.engine
            .as_ref()
            .expect("a device is open between two steps")
            .store()
            .view()
    }

    /// Whether the device may be made to die at work. A device that died twice while it first opened one document leaves
    /// that document alone from then on, on purpose: chance must not do what only a hostile document does.
    pub(super) fn may_die(&self) -> bool {
        let view = self.view();
        let documents = (1..=4).filter_map(|kind| view.documents_of(kind).ok()).flatten();
        documents.into_iter().all(|document| view.attempts(document) == Ok(0))
    }

    /// The power goes, and comes back.
    pub(super) fn power_loss(&mut self) -> Result<(), String> {
        self.disk.cut(); // First, so that closing writes nothing any more.
        self.engine = None;
        self.disk.power_loss();
        self.open()
    }

    /// Closes the device, lets `work` at its disk, and opens it again.
    pub(super) fn while_closed(&mut self, work: impl FnOnce(&SimDisk)) -> Result<(), String> {
        self.engine = None;
        work(&self.disk);
        self.open()
    }

    /// Closes the device for good and answers what its disk holds.
    pub(super) fn into_image(mut self) -> Snapshot {
        self.engine = None;
        self.disk.settle();
        self.disk.snapshot()
    }
}

/// The relay.
pub(super) struct RelayNode {
    pub(super) disk: SimDisk,
    /// Blobs are files and stay on the real disk; what a crash does to them, the relay's own tests say.
    blobs: tempfile::TempDir,
    relay: Option<Relay>,
    seed: u64,
    births: u64,
    danger: Danger,
}

impl RelayNode {
    pub(super) fn new(seed: u64, danger: Danger, image: Option<&Snapshot>) -> Self {
        let disk = SimDisk::anonymous(disk_seed(seed, "relay"));
        if let Some(image) = image {
            disk.restore(image);
        }
        let mut node = Self {
            disk,
            blobs: tempfile::tempdir().expect("a temporary folder can be made"),
            relay: None,
            seed,
            births: 0,
            danger,
        };
        node.open().expect("a relay opens on a sound disk");
        node
    }

    fn open(&mut self) -> Result<(), String> {
        self.births += 1;
        let entropy = Mutex::new(SeededEntropy::new(self.seed, &format!("relay {}", self.births)));
        let entropy = cairn_relay::Entropy::from_fn(move |bytes| {
            entropy.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
        });
        let mut store = cairn_relay::StoreConfig::exclusive("", Some(self.disk.name().to_owned()));
        store.danger = self.danger;
        store.blobs = Some(self.blobs.path().to_owned());
        let opened = Relay::open(&RelayConfig::new(store, ORIGIN), entropy);
        self.relay = Some(opened.map_err(|error| format!("the relay does not open again: {error:?}"))?);
        Ok(())
    }

    pub(super) const fn relay(&self) -> &Relay {
        self.relay.as_ref().expect("the relay is open between two requests")
    }

    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.relay = None;
        self.open()
    }

    pub(super) fn power_loss(&mut self) -> Result<(), String> {
        self.disk.cut();
        self.relay = None;
        self.disk.power_loss();
        self.open()
    }

    pub(super) fn into_image(mut self) -> Snapshot {
        self.relay = None;
        self.disk.settle();
        self.disk.snapshot()
    }
}

fn disk_seed(seed: u64, name: &str) -> u64 {
    SeededEntropy::new(seed, &format!("disk of {name}")).below(u64::MAX)
}
