//! A relay in process and a clock for everybody.

use super::liar::Forger;
use super::lines::Overheard;
use super::{SeededEntropy, TestClock};
use cairn_core::clock::Clock as _;
use cairn_core::id::Entropy as _;
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_relay::{Entropy, Push, Relay, RelayConfig, StoreConfig};
use ed25519_dalek::SigningKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The origin of the relay in process.
pub(crate) const ORIGIN: &str = "http://relay.test";

/// A relay without sockets, and the clock that it and everybody's devices read.
#[derive(Debug)]
pub struct World {
    /// Everybody's clock.
    pub clock: TestClock,
    relay: Arc<Relay>,
    folder: tempfile::TempDir,
    heard: Arc<OnceLock<Overheard>>,
    key: SigningKey,
}

/// The way to the relay: a function call.
#[derive(Debug, Clone)]
pub struct Line {
    relay: Arc<Relay>,
    clock: TestClock,
    heard: Arc<OnceLock<Overheard>>,
}

impl World {
    /// A new relay in a temporary folder.
    pub fn new(seed: u64) -> Self {
        Self::within(tempfile::tempdir().expect("a temporary folder can be made"), seed)
    }

    /// A new relay that wakes whoever sleeps, through any push service there is.
    pub fn waking(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut key = [0; 32];
        SeededEntropy::new(seed, "relay").fill(&mut key);
        let (clock, key) = (TestClock::default(), SigningKey::from_bytes(&key));
        Self::through(folder, seed, clock, key, Push::Public(Vec::new()))
    }

    /// The addresses that the relay would post to now, had everybody waited for as long as there is to wait.
    pub fn woken(&self) -> Vec<String> {
        let mut woken = self.relay.wake_ups_due(self.now_ms() + 3 * 60_000);
        woken.sort_unstable();
        woken
    }

    /// A new relay in a folder in memory, for what asks nothing of a disk and is done many times.
    pub fn in_memory(seed: u64) -> Self {
        Self::within(memory_folder(), seed)
    }

    fn within(folder: tempfile::TempDir, seed: u64) -> Self {
        // A new relay's first draw is the seed of its key.
        let mut key = [0; 32];
        SeededEntropy::new(seed, "relay").fill(&mut key);
        Self::over(folder, seed, TestClock::default(), SigningKey::from_bytes(&key))
    }

    fn over(folder: tempfile::TempDir, seed: u64, clock: TestClock, key: SigningKey) -> Self {
        Self::through(folder, seed, clock, key, Push::Off)
    }

    fn through(folder: tempfile::TempDir, seed: u64, clock: TestClock, key: SigningKey, push: Push) -> Self {
        let entropy = Mutex::new(SeededEntropy::new(seed, "relay"));
        let entropy = Entropy::from_fn(move |bytes| entropy.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes));
        let mut store = StoreConfig::new(folder.path());
        store.begins_ms = u64::try_from(clock.now().0).ok();
        let mut config = RelayConfig::new(store, ORIGIN);
        config.push = push;
        let relay = Relay::open(&config, entropy).expect("a relay opens in its folder");
        debug_assert_eq!(relay.public_key().as_bytes(), key.verifying_key().as_bytes());
        Self {
            clock,
            relay: Arc::new(relay),
            folder,
            heard: Arc::default(),
            key,
        }
    }

    /// The relay's key, for one that lies.
    pub fn forger(&self) -> Forger {
        Forger::new(self.key.clone())
    }

    /// Lets the relay forget what it no longer needs to keep.
    pub fn sweep(&self) {
        self.relay
            .sweep(self.now_ms())
            .expect("the relay's files can be written");
    }

    /// A second relay over a copy of this one's files: what this one will be after somebody puts back a backup of now.
    #[must_use]
    pub fn backup(&self, seed: u64) -> Self {
        Self::over(copy_of(self.folder.path()), seed, self.clock.clone(), self.key.clone())
    }

    /// A relay over a copy of this one's files that says of itself that it was put back: another incarnation of its store.
    #[must_use]
    pub fn put_back(&self, seed: u64) -> Self {
        let copy = copy_of(self.folder.path());
        let mut config = StoreConfig::new(copy.path());
        config.begins_ms = Some(self.now_ms());
        Relay::begin_incarnation(&config).expect("the store is there, and nobody has it open");
        self.like_this(copy, seed)
    }

    /// A relay over a copy that this one's own program made of it while it ran.
    #[must_use]
    pub fn copied(&self, seed: u64) -> Self {
        let copy = tempfile::tempdir().expect("a temporary folder can be made");
        Relay::backup(&StoreConfig::new(self.folder.path()), copy.path()).expect("an empty folder can be copied into");
        self.like_this(copy, seed)
    }

    /// What a check of this relay's files finds, one line each.
    pub fn check(&self) -> Vec<String> {
        let mut lines = Vec::new();
        Relay::check(&StoreConfig::new(self.folder.path()), |finding| {
            lines.push(finding.to_string())
        })
        .expect("the store can be looked at");
        lines
    }

    /// The relay that is left when everything but its key is lost.
    #[must_use]
    pub fn with_nothing_but_its_key(&self, seed: u64) -> Self {
        let empty = tempfile::tempdir().expect("a temporary folder can be made");
        let key = "relay.key";
        std::fs::copy(self.folder.path().join(key), empty.path().join(key)).expect("the key can be copied");
        self.like_this(empty, seed)
    }

    fn like_this(&self, folder: tempfile::TempDir, seed: u64) -> Self {
        let mut world = Self::over(folder, seed, self.clock.clone(), self.key.clone());
        world.heard = Arc::clone(&self.heard);
        world
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.now().0).unwrap_or_default()
    }

    /// Notes from now on what goes to the relay.
    pub fn overhear(&self) -> Overheard {
        self.heard.get_or_init(Overheard::default).clone()
    }

    /// The way to the relay.
    pub fn line(&self) -> Line {
        Line {
            relay: Arc::clone(&self.relay),
            clock: self.clock.clone(),
            heard: Arc::clone(&self.heard),
        }
    }

    /// The relay's origin.
    pub const fn origin(&self) -> &'static str {
        ORIGIN
    }

    /// The folder of the relay's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The relay's database, as a copy: whole where nobody writes meanwhile.
    pub fn copied_store(&self) -> (tempfile::TempDir, rusqlite::Connection) {
        let copy = tempfile::tempdir().expect("a temporary folder can be made");
        for file in ["relay.db", "relay.db-wal"] {
            let from = self.folder().join(file);
            if from.exists() {
                std::fs::copy(from, copy.path().join(file)).expect("the file can be copied");
            }
        }
        let store = rusqlite::Connection::open(copy.path().join("relay.db")).expect("the copy can be opened");
        (copy, store)
    }

    /// Every byte in the relay's files.
    pub fn bytes_at_rest(&self) -> Vec<u8> {
        let files = files_in(self.folder.path());
        files
            .iter()
            .flat_map(|file| std::fs::read(file).unwrap_or_default())
            .collect()
    }
}

/// A copy of a folder.
fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder can be made");
    for file in files_in(folder) {
        let name = file.strip_prefix(folder).expect("the file lies in the folder");
        let to = copy.path().join(name);
        std::fs::create_dir_all(to.parent().expect("the copy lies in a folder")).expect("a folder can be made");
        std::fs::copy(&file, to).expect("the file can be copied");
    }
    copy
}

/// A temporary folder that takes no time to write to durably, where the system has such a place.
///
/// # Panics
/// When none can be made.
pub fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder can be made")
}

/// The files of a folder and of the folders in it.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else {
            files.push(path);
        }
    }
    files
}

impl Transport for Line {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if let Some(heard) = self.heard.get() {
            heard.note(request);
        }
        let now = u64::try_from(self.clock.now().0).unwrap_or_default();
        let answer = self.relay.handle(request.path, &request.body, now);
        Ok(Response {
            status: answer.status,
            body: answer.body,
        })
    }
}
