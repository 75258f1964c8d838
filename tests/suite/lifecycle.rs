//! A vault beside an app: asleep it holds no file, an answer on its way costs nobody's thread, and when it goes it goes.

use cairn_core::clock::{Clock, Timestamp};
use cairn_core::journal::EntryQuery;
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{Change, Error, Kind, MemoryKeyStore, Observer, Vault, VaultConfig};
use cairn_tests::{Line, TestClock, World, draft};
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::ThreadId;
use std::time::Duration;

/// How long something that must come may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Holds whoever passes while it is closed, and says who came.
#[derive(Debug, Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
    passed: Mutex<Vec<ThreadId>>,
    arrived: Mutex<Option<Sender<()>>>,
}

impl Gate {
    /// Closes the gate; the receiver hears of everybody who arrives from now on.
    fn close(&self) -> Receiver<()> {
        let (sender, receiver) = channel();
        *self.arrived.lock().unwrap() = Some(sender);
        self.passed.lock().unwrap().clear();
        *self.closed.lock().unwrap() = true;
        receiver
    }

    fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn pass(&self) {
        self.passed.lock().unwrap().push(std::thread::current().id());
        if let Some(arrived) = self.arrived.lock().unwrap().as_ref() {
            let _ = arrived.send(());
        }
        let mut closed = self.closed.lock().unwrap();
        while *closed {
            closed = self.opened.wait(closed).unwrap();
        }
    }
}

/// A clock behind a gate: whoever writes asks it, so it can hold the writing thread.
#[derive(Debug)]
struct GatedClock(TestClock, Arc<Gate>);

impl Clock for GatedClock {
    fn now(&self) -> Timestamp {
        self.1.pass();
        self.0.now()
    }
}

/// A network behind a gate. It says when it is let go.
struct GatedLine(Line, Arc<Gate>, Sender<()>);

impl Transport for GatedLine {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.1.pass();
        self.0.send(request)
    }
}

impl Drop for GatedLine {
    fn drop(&mut self) {
        let _ = self.2.send(());
    }
}

struct Setting {
    world: World,
    folder: tempfile::TempDir,
    clock_gate: Arc<Gate>,
    line_gate: Arc<Gate>,
    line_dropped: Receiver<()>,
    vault: Vault,
}

fn setting(seed: u64) -> Setting {
    let world = World::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let (clock_gate, line_gate) = (Arc::<Gate>::default(), Arc::<Gate>::default());
    let (dropped, line_dropped) = channel();
    let line = Arc::new(GatedLine(world.line(), line_gate.clone(), dropped));
    let clock = Arc::new(GatedClock(world.clock.clone(), clock_gate.clone()));
    let config = VaultConfig::new(folder.path(), "phone");
    let vault = Vault::open_with_clock(config, Arc::new(MemoryKeyStore::default()), Some(line), clock).unwrap();
    Setting {
        world,
        folder,
        clock_gate,
        line_gate,
        line_dropped,
        vault,
    }
}

fn count(vault: &Vault) -> Result<usize, Error> {
    vault
        .journal()
        .entries(EntryQuery::newest(100))
        .wait()
        .map(|page| page.entries.len())
}

/// Files below `folder` that this process holds open.
#[cfg(target_os = "linux")]
fn open_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let handles = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = handles.filter_map(|handle| std::fs::read_link(handle.path()).ok());
    targets.filter(|target| target.starts_with(folder)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_vault_asleep_holds_no_file_answers_so_and_wakes_with_everything() {
    let Setting {
        world, folder, vault, ..
    } = setting(1);
    vault
        .journal()
        .write(draft(&world.clock, "Before sleep."))
        .wait()
        .unwrap();
    assert!(
        !open_files(folder.path()).is_empty(),
        "awake it holds some, or this test sees nothing"
    );
    for _ in 0..3 {
        vault.suspend().wait().unwrap();
        assert_eq!(open_files(folder.path()), [] as [&Path; 0]);
        let answers = [
            vault.journal().write(draft(&world.clock, "Not now.")).wait().err(),
            count(&vault).err(),
            vault.doctor().wait().err(),
            vault.sync().status().wait().err(),
            vault.sync().sync_now().wait().err(),
            vault.profile().read().wait().err(),
            vault.support().relationships().wait().err(),
            vault.devices().pair().wait().err(),
        ];
        for answer in answers {
            assert_eq!(answer.as_ref().map(Error::kind), Some(Kind::Suspended), "{answer:?}");
        }
        assert_eq!(open_files(folder.path()), [] as [&Path; 0], "and asking opened none");
        vault.suspend().wait().unwrap();
        vault.resume().wait().unwrap();
        vault.resume().wait().unwrap();
        assert_eq!(count(&vault).unwrap(), 1);
    }
}

/// Counts how often it is woken, and says so.
struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}

#[test]
fn polling_an_answer_does_no_work_on_the_callers_thread() {
    let Setting {
        world,
        folder: _folder,
        clock_gate,
        vault,
        ..
    } = setting(2);
    vault
        .journal()
        .write(draft(&world.clock, "Already there."))
        .wait()
        .unwrap();
    let (ring, rung) = channel();
    let waker = Waker::from(Arc::new(Bell(ring)));
    let mut context = Context::from_waker(&waker);
    let arrived = clock_gate.close();
    let mut held = pin!(vault.journal().write(draft(&world.clock, "Held.")));
    let mut behind = pin!(vault.journal().write(draft(&world.clock, "Behind it.")));
    arrived.recv_timeout(PATIENCE).unwrap();
    // The writing thread stands still now. Were any of its work done by whoever polls, this would never come back.
    for _ in 0..100 {
        assert!(held.as_mut().poll(&mut context).is_pending());
        assert!(behind.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(count(&vault).unwrap(), 1, "reading goes on beside it");
    assert!(rung.try_recv().is_err(), "nobody is woken for nothing");
    clock_gate.open();
    rung.recv_timeout(PATIENCE).unwrap();
    rung.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(held.as_mut().poll(&mut context), Poll::Ready(Ok(_))));
    assert!(matches!(behind.as_mut().poll(&mut context), Poll::Ready(Ok(_))));
    assert_eq!(count(&vault).unwrap(), 3);
    let caller = std::thread::current().id();
    let passed = clock_gate.passed.lock().unwrap();
    assert!(
        !passed.is_empty() && !passed.contains(&caller),
        "the work is the vault's own threads'"
    );
}

#[test]
fn an_answer_nobody_waits_for_is_carried_out_all_the_same() {
    let Setting {
        world,
        folder: _folder,
        clock_gate,
        vault,
        ..
    } = setting(3);
    let arrived = clock_gate.close();
    drop(vault.journal().write(draft(&world.clock, "Kept.")));
    arrived.recv_timeout(PATIENCE).unwrap();
    clock_gate.open();
    vault.sync().status().wait().unwrap(); // Comes after it.
    assert_eq!(count(&vault).unwrap(), 1);
}

/// Passes on what it is told.
struct Listener(Mutex<Sender<Vec<Change>>>);

impl Listener {
    fn new() -> (Arc<Self>, Receiver<Vec<Change>>) {
        let (sender, receiver) = channel();
        (Arc::new(Self(Mutex::new(sender))), receiver)
    }
}

impl Observer for Listener {
    fn changed(&self, changes: &[Change]) {
        let _ = self.0.lock().unwrap().send(changes.to_vec());
    }
}

/// Panics at everything.
struct Trouble;

impl Observer for Trouble {
    fn changed(&self, _: &[Change]) {
        panic!("an observer that panics is the app's defect");
    }
}

#[test]
fn an_observer_is_told_once_of_a_batch_and_not_at_all_after_it_ended() {
    let Setting {
        world,
        folder: _folder,
        vault,
        ..
    } = setting(4);
    let (observer, told) = Listener::new();
    let (other, other_told) = Listener::new();
    let _trouble = vault.observe(Arc::new(Trouble));
    let subscription = vault.observe(observer);
    let _other = vault.observe(other);
    let batch = (0..50).map(|n| imported(&world.clock, n)).collect();
    assert_eq!(vault.journal().import(batch).wait().unwrap(), 50);
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), [Change::Journal, Change::Sync]);
    vault.profile().add_section("Mornings".to_owned()).wait().unwrap();
    // The very next thing it hears is the next thing that happened: fifty entries were one change.
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), [Change::Profile, Change::Sync]);
    assert!(subscription.is_active());
    subscription.cancel();
    vault.journal().write(draft(&world.clock, "Unheard.")).wait().unwrap();
    for _ in 0..3 {
        other_told.recv_timeout(PATIENCE).unwrap();
    }
    assert!(!subscription.is_active() && told.try_recv().is_err());
    assert_eq!(count(&vault).unwrap(), 51, "and an observer that panics stops nobody");
}

#[test]
fn nothing_another_person_sent_is_told_while_somebody_writes_and_all_else_is() {
    let Setting {
        world,
        folder: _folder,
        vault,
        ..
    } = setting(9);
    let (observer, told) = Listener::new();
    let _subscription = vault.observe(observer);
    vault.sync().connect(world.origin().to_owned()).wait().unwrap();
    vault.sync().sync_now().wait().unwrap();
    let editing = vault.begin_editing();
    vault.support().invite("Ana".to_owned()).wait().unwrap();
    vault
        .journal()
        .write(draft(&world.clock, "On the bus."))
        .wait()
        .unwrap();
    // What it hears of the journal comes after what it does not hear.
    let mut heard = Vec::new();
    while !heard.contains(&Change::Journal) {
        heard.extend(told.recv_timeout(PATIENCE).unwrap());
    }
    assert!(!heard.contains(&Change::Support), "{heard:?}");
    editing.end();
    while !told.recv_timeout(PATIENCE).unwrap().contains(&Change::Support) {}
}

fn imported(clock: &TestClock, n: u64) -> cairn_core::exchange::Imported {
    let draft = draft(clock, &format!("Page {n}."));
    cairn_core::exchange::Imported {
        source: "dayone",
        source_id: n.to_string(),
        written: draft.happened.clone(),
        modified: None,
        draft,
        extra: String::new(),
        media: Vec::new(),
    }
}

#[test]
fn a_vault_falls_asleep_while_the_network_stands_still_and_syncs_after_it_wakes() {
    let Setting {
        world,
        folder: _folder,
        line_gate,
        vault,
        ..
    } = setting(5);
    vault
        .journal()
        .write(draft(&world.clock, "To be sent."))
        .wait()
        .unwrap();
    vault.sync().connect(world.origin().to_owned()).wait().unwrap();
    let arrived = line_gate.close();
    let round = vault.sync().sync_now();
    arrived.recv_timeout(PATIENCE).unwrap();
    vault
        .journal()
        .write(draft(&world.clock, "Written meanwhile."))
        .wait()
        .unwrap();
    vault.suspend().wait().unwrap();
    line_gate.open();
    assert!(matches!(round.wait(), Err(Error::Suspended)));
    vault.resume().wait().unwrap();
    let report = vault.sync().sync_now().wait().unwrap();
    assert!(report.is_complete() && report.sent >= 2, "{report:?}");
    assert_eq!(vault.sync().status().wait().unwrap().waiting, 0);
}

#[test]
fn a_vault_that_is_dropped_ends_its_threads_and_lets_go_of_what_it_was_lent() {
    let Setting {
        world,
        folder,
        clock_gate,
        line_gate,
        line_dropped,
        vault,
    } = setting(6);
    vault.sync().connect(world.origin().to_owned()).wait().unwrap();
    let clone = vault.clone();
    let arrived = line_gate.close();
    let round = vault.sync().sync_now();
    arrived.recv_timeout(PATIENCE).unwrap();
    drop(vault);
    clone
        .journal()
        .write(draft(&world.clock, "A clone is the same vault."))
        .wait()
        .unwrap();
    let written = clone.journal().write(draft(&world.clock, "On its way."));
    drop(clone); // Comes back although the network stands still.
    written.wait().unwrap();
    assert_eq!(
        Arc::strong_count(&clock_gate),
        1,
        "the writing thread has ended, with everything it held"
    );
    #[cfg(target_os = "linux")]
    assert_eq!(open_files(folder.path()), [] as [&Path; 0]);
    line_gate.open();
    assert!(round.wait().is_err());
    line_dropped
        .recv_timeout(PATIENCE)
        .expect("the thread that synced has ended too");
    drop(folder);
}
