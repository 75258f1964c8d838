//! The threads around an engine: one that writes, two that read, one that tells of changes, one that syncs, one that
//! listens for news, one that drives handshakes, one that seals attachments and one that opens them. Nothing here decides
//! anything.

use super::plan::OpenCopy;
use super::reply::{Answer, Reply, reply};
use super::{Change, Engine, Error, KeyStore, Observer, VaultConfig, opening};
use crate::clock::Clock;
use crate::id::{Entropy, SystemEntropy};
use crate::store::{Reader, StoreError, View};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{Builder, JoinHandle};

/// Threads that read beside the one that writes.
const READERS: usize = 2;
/// Signatures looked at in one go while nothing else is asked for.
const VERIFY_COUNT: usize = 64;

type Work = Box<dyn FnOnce(Option<&mut Engine>) + Send>;
type Task = Box<dyn FnOnce() + Send>;
type Read = Box<dyn FnOnce(Option<View<'_>>) + Send>;

enum Job {
    Work(Work),
    Suspend(Answer<()>),
    Resume(Answer<()>),
    Stop,
}

/// How to open the vault again after a suspension.
pub(super) struct Opening {
    pub(super) config: VaultConfig,
    pub(super) key_store: Arc<dyn KeyStore>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Opening {
    pub(super) fn open(&self) -> Result<Engine, Error> {
        let mut entropy: Box<dyn Entropy> = Box::new(SystemEntropy);
        let store = opening::open_store(
            &self.config,
            self.key_store.as_ref(),
            entropy.as_mut(),
            self.clock.now(),
        )?;
        let mut engine = Engine::new(store, &self.config.device_name, Arc::clone(&self.clock), entropy);
        // The pages that every opening reads are damaged: no command could ever be answered from this file.
        if let Err(Error::Store(StoreError::NotADatabase | StoreError::Damaged)) = engine {
            return Err(opening::move_aside(&self.config.directory, self.clock.now()));
        }
        if let Ok(engine) = &mut engine {
            let (directory, keys) = (self.config.directory.clone(), Arc::clone(&self.key_store));
            engine.open_copy = Some(OpenCopy::new(directory, keys));
            // A copy that cannot be kept now is no reason not to open the journal: it is tried again at every change.
            drop(engine.keep_open_copy());
        }
        engine
    }
}

/// The reading connections: lent to one task at a time, and all taken in before a suspension.
#[derive(Default)]
struct Pool {
    idle: Vec<Reader>,
    lent: usize,
}

struct Readers {
    pool: Mutex<Pool>,
    returned: Condvar,
}

/// Sends work to the engine's thread.
#[derive(Clone)]
pub(super) struct Writer(Sender<Job>);

impl Writer {
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        let work: Work = Box::new(move |engine| answer.give(engine.map_or(Err(Error::Suspended), work)));
        // A thread that is gone drops the answer, and the reply says so.
        drop(self.0.send(Job::Work(work)));
        reply
    }
}

/// The threads of one vault. They end when it is dropped.
pub(super) struct Shell {
    pub(super) writer: Writer,
    readers: Sender<Read>,
    sync: Sender<Task>,
    news: Sender<Task>,
    handshakes: Sender<Task>,
    attaching: Sender<Task>,
    opening: Sender<Task>,
    observers: Arc<Mutex<Vec<Weak<Watch>>>>,
    threads: Vec<JoinHandle<()>>,
}

/// One observer, until it is dropped or cancelled.
pub(super) struct Watch(Mutex<Option<Arc<dyn Observer>>>);

impl Watch {
    pub(super) fn cancel(&self) {
        *lock(&self.0) = None;
    }

    pub(super) fn is_active(&self) -> bool {
        lock(&self.0).is_some()
    }
}

impl Shell {
    pub(super) fn start(opening: Opening) -> Result<Self, Error> {
        let engine = opening.open()?;
        let readers = Arc::new(Readers {
            pool: Mutex::default(),
            returned: Condvar::new(),
        });
        // A simulated disk has one connection, so reads go through the writing one.
        let separate = opening.config.vfs.is_none();
        if separate {
            // Before any thread runs: a reader that finds no connection says that the vault is asleep.
            readers.fill(&engine);
        }
        let mut threads = Vec::new();
        let observers = Arc::new(Mutex::new(Vec::new()));
        let (changes, news) = channel();
        let (writer, jobs) = channel();
        let writer = Writer(writer);
        let watched = Arc::clone(&observers);
        spawn("cairn-herald", move || tell(&news, &watched))?;
        // Nothing waits for this, and nothing depends on it: what could not be swept now is swept another time.
        drop(writer.ask(Engine::sweep_attachments));
        let pool = Arc::clone(&readers);
        threads.push(spawn("cairn-writer", move || {
            write(engine, &opening, &jobs, &changes, &pool)
        })?);
        let (reading, reads) = channel();
        let reads = Arc::new(Mutex::new(reads));
        for _ in 0..READERS {
            let (reads, pool, writer) = (Arc::clone(&reads), Arc::clone(&readers), writer.clone());
            threads.push(spawn("cairn-reader", move || {
                read(&reads, &pool, separate.then_some(()), &writer)
            })?);
        }
        let (sync, tasks) = channel();
        spawn("cairn-sync", move || run(&tasks))?;
        let (news, tasks) = channel();
        spawn("cairn-listener", move || run(&tasks))?;
        let (handshakes, tasks) = channel();
        spawn("cairn-handshake", move || run(&tasks))?;
        let (attaching, tasks) = channel();
        spawn("cairn-attach", move || run(&tasks))?;
        let (opening, tasks) = channel();
        spawn("cairn-attachment", move || run(&tasks))?;
        Ok(Self {
            writer,
            readers: reading,
            sync,
            news,
            handshakes,
            attaching,
            opening,
            observers,
            threads,
        })
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        let read: Read = Box::new(move |view| answer.give(view.map_or(Err(Error::Suspended), work)));
        drop(self.readers.send(read));
        reply
    }

    pub(super) fn sync<T: Send + 'static>(&self, task: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Reply<T> {
        let (answer, reply) = reply();
        drop(self.sync.send(Box::new(move || answer.give(task()))));
        reply
    }

    /// Waits for the relay on a thread of its own: who listens keeps nobody from sending.
    pub(super) fn listen<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        drop(self.news.send(Box::new(move || answer.give(task()))));
        reply
    }

    pub(super) fn handshake<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        drop(self.handshakes.send(Box::new(move || answer.give(task()))));
        reply
    }

    /// Seals an attachment, for as long as that takes.
    pub(super) fn attach<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        drop(self.attaching.send(Box::new(move || answer.give(task()))));
        reply
    }

    /// Reads an attachment: who looks at a picture does not wait for a video that is being sealed.
    pub(super) fn open<T: Send + 'static>(&self, task: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Reply<T> {
        let (answer, reply) = reply();
        drop(self.opening.send(Box::new(move || answer.give(task()))));
        reply
    }

    pub(super) fn suspend(&self) -> Reply<()> {
        let (answer, reply) = reply();
        drop(self.writer.0.send(Job::Suspend(answer)));
        reply
    }

    pub(super) fn resume(&self) -> Reply<()> {
        let (answer, reply) = reply();
        drop(self.writer.0.send(Job::Resume(answer)));
        reply
    }

    pub(super) fn observe(&self, observer: Arc<dyn Observer>) -> Arc<Watch> {
        let watch = Arc::new(Watch(Mutex::new(Some(observer))));
        let mut observers = lock(&self.observers);
        observers.retain(|known| known.strong_count() > 0);
        observers.push(Arc::downgrade(&watch));
        watch
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.writer.0.send(Job::Stop));
        // The readers end when nothing can be asked of them any more.
        self.readers = channel().0;
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

fn write(
    engine: Engine,
    opening: &Opening,
    jobs: &Receiver<Job>,
    changes: &Sender<BTreeSet<Change>>,
    readers: &Readers,
) {
    let separate = opening.config.vfs.is_none();
    let mut engine = Some(engine);
    loop {
        let job = match jobs.try_recv() {
            Ok(job) => job,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                let looked_at = engine
                    .as_mut()
                    .map_or(0, |engine| engine.verify_some(VERIFY_COUNT).unwrap_or(0));
                if looked_at > 0 {
                    continue;
                }
                let Ok(job) = jobs.recv() else { break };
                job
            }
        };
        match job {
            Job::Work(work) => {
                // A panic is a defect: the transaction is rolled back, the caller is told, the vault goes on.
                drop(catch_unwind(AssertUnwindSafe(|| work(engine.as_mut()))));
            }
            Job::Suspend(answer) => {
                readers.empty();
                engine = None;
                answer.give(Ok(()));
            }
            Job::Resume(answer) => answer.give(match engine {
                Some(_) => Ok(()),
                None => opening.open().map(|opened| {
                    if separate {
                        readers.fill(&opened);
                    }
                    engine = Some(opened);
                    // Nobody was told of what happened while the vault slept: everything is to be read again.
                    drop(changes.send(BTreeSet::from(Change::ALL)));
                }),
            }),
            Job::Stop => break,
        }
        let changed = engine.as_mut().map(Engine::take_changes).unwrap_or_default();
        if let (Some(engine), true) = (engine.as_mut(), changed.contains(&Change::Profile)) {
            // The plan may have come from another device. A command of this one has kept its copy before it answered.
            drop(engine.keep_open_copy());
        }
        if !changed.is_empty() {
            drop(changes.send(changed));
        }
    }
    readers.empty();
}

fn read(reads: &Mutex<Receiver<Read>>, readers: &Readers, separate: Option<()>, writer: &Writer) {
    loop {
        let received = lock(reads).recv();
        let Ok(read) = received else { return };
        if separate.is_none() {
            drop(writer.0.send(Job::Work(Box::new(move |engine| {
                read(engine.map(|engine| engine.store().view()))
            }))));
            continue;
        }
        let reader = readers.lend();
        drop(catch_unwind(AssertUnwindSafe(|| {
            read(reader.as_ref().map(Reader::view))
        })));
        if let Some(reader) = reader {
            readers.take_back(reader);
        }
    }
}

fn tell(news: &Receiver<BTreeSet<Change>>, observers: &Mutex<Vec<Weak<Watch>>>) {
    while let Ok(mut changed) = news.recv() {
        while let Ok(more) = news.try_recv() {
            changed.extend(more);
        }
        let changed: Vec<Change> = changed.into_iter().collect();
        let watches: Vec<Arc<Watch>> = lock(observers).iter().filter_map(Weak::upgrade).collect();
        for watch in watches {
            let observer = lock(&watch.0).clone();
            if let Some(observer) = observer {
                drop(catch_unwind(AssertUnwindSafe(|| observer.changed(&changed))));
            }
        }
    }
}

fn run(tasks: &Receiver<Task>) {
    while let Ok(task) = tasks.recv() {
        drop(catch_unwind(AssertUnwindSafe(task)));
    }
}

impl Readers {
    fn fill(&self, engine: &Engine) {
        let readers: Vec<Reader> = (0..READERS).filter_map(|_| engine.store().reader().ok()).collect();
        lock(&self.pool).idle = readers;
    }

    /// Closes every reading connection, waiting for those in use.
    fn empty(&self) {
        let mut pool = lock(&self.pool);
        pool.idle.clear();
        while pool.lent > 0 {
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
            pool.idle.clear();
        }
    }

    fn lend(&self) -> Option<Reader> {
        let mut pool = lock(&self.pool);
        let reader = pool.idle.pop()?;
        pool.lent += 1;
        Some(reader)
    }

    fn take_back(&self, reader: Reader) {
        let mut pool = lock(&self.pool);
        pool.lent -= 1;
        pool.idle.push(reader);
        self.returned.notify_all();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|_| Error::Internal)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
