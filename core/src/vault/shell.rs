//! The threads around an engine: one that writes, two that read, one that tells of changes, one that syncs, one that
//! listens for news, one that drives handshakes, one that seals attachments and one that opens them. Nothing here decides
//! anything; whether the vault is unlocked is asked of the latch.

use super::editing::Quiet;
use super::latch::Latch;
use super::opening::With;
use super::plan::OpenCopy;
use super::readers::{READERS, Readers};
use super::reply::{Reply, reply};
use super::writing::{Desk, Job, STACK_BYTES, Work, wipe_stack};
use super::{Change, Editing, Engine, Error, KeyStore, Observer, VaultConfig, destroying, opening, people_lock};
use crate::clock::Clock;
use crate::crypto::VaultKey;
use crate::id::{Entropy, SystemEntropy};
use crate::store::{Reader, StoreError, View};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{Builder, JoinHandle};
use zeroize::Zeroizing;

type Task = Box<dyn FnOnce() + Send>;
type Read = Box<dyn FnOnce(Option<View<'_>>) + Send>;

/// How to open the vault, for the first time and again.
pub(super) struct Opening {
    pub(super) config: VaultConfig,
    pub(super) key_store: Arc<dyn KeyStore>,
    pub(super) clock: Arc<dyn Clock>,
    /// What names the vault, once it was looked for.
    pub(super) id: Mutex<Option<Vec<u8>>>,
}

impl Opening {
    /// Opens the vault. Only the first time may begin one: where another handle has erased it since, whatever lies there now is not this one.
    pub(super) fn open(&self, latch: &Arc<Latch>, with: With<'_>) -> Result<(Box<Engine>, Box<VaultKey>), Error> {
        let directory = self.config.directory.as_path();
        let mut known = lock(&self.id);
        if known.is_some() && (destroying::is_begun(directory) || opening::vault_id(directory)? != *known) {
            return Err(Error::Erased);
        }
        let opened = self.open_what_is_there(latch, with);
        if known.is_none() {
            *known = opening::vault_id(directory)?;
        }
        opened
    }

    fn open_what_is_there(&self, latch: &Arc<Latch>, with: With<'_>) -> Result<(Box<Engine>, Box<VaultKey>), Error> {
        let mut entropy: Box<dyn Entropy> = Box::new(SystemEntropy);
        let (store, key) = opening::open_store(
            &self.config,
            self.key_store.as_ref(),
            entropy.as_mut(),
            self.clock.now(),
            with,
        )?;
        let engine = Engine::new(store, &self.config.device_name, Arc::clone(&self.clock), entropy);
        // The pages that every opening reads are damaged: no command could ever be answered from this file.
        if let Err(Error::Store(StoreError::NotADatabase | StoreError::Damaged)) = engine {
            return Err(opening::move_aside(&self.config.directory, self.clock.now()));
        }
        let mut engine = Box::new(engine?);
        match engine.keep_mark(self.key_store.as_ref()) {
            Err(Error::Store(StoreError::NotADatabase | StoreError::Damaged)) => {
                engine.store.close_as_it_is();
                return Err(opening::move_aside(&self.config.directory, self.clock.now()));
            }
            // There is no room to move it, and so none to write anything: reading is as it was.
            Err(Error::Store(StoreError::Full | StoreError::ReadOnly | StoreError::Busy | StoreError::Io)) => {}
            kept => kept?,
        }
        let (directory, keys) = (self.config.directory.clone(), Arc::clone(&self.key_store));
        engine.latch = Some(Arc::clone(latch));
        // A key store that cannot tell keeps nobody from their journal.
        engine.hides_people = people_lock::is_set(self.key_store.as_ref()).unwrap_or(true);
        engine.open_copy = Some(OpenCopy::new(directory, keys));
        // A copy that cannot be kept now is no reason not to open the journal: it is tried again at every change.
        drop(engine.keep_open_copy());
        Ok((engine, key))
    }
}

/// Sends work to the engine's thread.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: Sender<Job>,
    latch: Arc<Latch>,
}

impl Writer {
    /// The vault's own work. It is refused while the vault is locked, and keeps it from locking itself no longer.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let latch = Arc::clone(&self.latch);
        self.send(move || latch.pass_unseen(), work)
    }

    /// What an app asks for.
    pub(super) fn ask_for_app<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let latch = Arc::clone(&self.latch);
        self.send(move || latch.pass(), work)
    }

    /// Does something on the engine's thread that needs no engine, locked or not.
    pub(super) fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        let work: Work = Box::new(move |_| answer.give(work()));
        drop(self.jobs.send(Job::Work(work)));
        reply
    }

    fn send<T: Send + 'static>(
        &self,
        pass: impl FnOnce() -> Result<(), Error> + Send + 'static,
        work: impl FnOnce(&mut Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        let work: Work = Box::new(move |engine| {
            let passed = pass().and_then(|()| engine.ok_or(Error::Suspended));
            answer.give(passed.and_then(work));
        });
        // A thread that is gone drops the answer, and the reply says so.
        drop(self.jobs.send(Job::Work(work)));
        reply
    }

    pub(super) const fn latch(&self) -> &Arc<Latch> {
        &self.latch
    }

    /// Lets the engine's thread look at the latch.
    fn wake(&self) {
        drop(self.jobs.send(Job::Lock(None)));
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
    /// How the vault is opened: what is asked of the key store beside it.
    pub(super) how: Arc<Opening>,
    observers: Arc<Mutex<Vec<Weak<Watch>>>>,
    quiet: Arc<Quiet>,
    changes: Sender<BTreeSet<Change>>,
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
        let readers = Arc::new(Readers::default());
        // A simulated disk has one connection, so reads go through the writing one.
        let separate = opening.config.vfs.is_none();
        let mut threads = Vec::new();
        let observers = Arc::new(Mutex::new(Vec::new()));
        let (changes, news) = channel();
        let (jobs, received) = channel();
        let opening = Arc::new(opening);
        let latch = Arc::new(Latch::new(&opening.clock));
        let writer = Writer {
            jobs,
            latch: Arc::clone(&latch),
        };
        let quiet = Arc::new(Quiet::default());
        let (watched, hushed) = (Arc::clone(&observers), Arc::clone(&quiet));
        spawn("cairn-herald", move || tell(&news, &watched, &hushed))?;
        let (pool, how) = (Arc::clone(&readers), Arc::clone(&opening));
        let (answer, begun) = reply();
        let told = changes.clone();
        // The thread that writes opens the vault too: keys are on no other stack.
        let thread = spawn("cairn-writer", move || {
            let mut desk = Desk::new(&how, &latch, &pool, told);
            let opened = desk.begin();
            let is_open = opened.is_ok();
            answer.give(opened);
            if is_open {
                desk.work(&received);
            }
        })?;
        if let Err(error) = begun.wait() {
            drop(thread.join());
            return Err(error);
        }
        threads.push(thread);
        // Nothing waits for this, and nothing depends on it: what could not be swept now is swept another time.
        drop(writer.ask(Engine::sweep_attachments));
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
        let (opening_attachments, tasks) = channel();
        spawn("cairn-attachment", move || run(&tasks))?;
        Ok(Self {
            writer,
            readers: reading,
            sync,
            news,
            handshakes,
            attaching,
            opening: opening_attachments,
            how: opening,
            observers,
            quiet,
            changes,
            threads,
        })
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        let (answer, reply) = reply();
        let writer = self.writer.clone();
        let read: Read = Box::new(move |view| {
            let passed = writer.latch.pass().and_then(|()| view.ok_or(Error::Suspended));
            let read = passed.and_then(work);
            // A lock that came while this was read holds for it too.
            answer.give(match writer.latch.pass_unseen() {
                Ok(()) => read,
                Err(error) => {
                    writer.wake();
                    Err(error)
                }
            });
        });
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
        drop(self.writer.jobs.send(Job::Suspend(answer)));
        reply
    }

    pub(super) fn resume(&self) -> Reply<()> {
        let (answer, reply) = reply();
        drop(self.writer.jobs.send(Job::Resume(answer)));
        reply
    }

    /// Locks. From here on nothing passes the latch; the answer says that the files are closed and the keys wiped.
    pub(super) fn lock(&self) -> Reply<()> {
        self.writer.latch.lock();
        let (answer, reply) = reply();
        drop(self.writer.jobs.send(Job::Lock(Some(answer))));
        reply
    }

    pub(super) fn unlock(&self, typed: Option<Zeroizing<String>>) -> Reply<()> {
        let (answer, reply) = reply();
        drop(self.writer.jobs.send(Job::Unlock(typed, answer)));
        // As at the start: nothing waits for it.
        drop(self.writer.ask(Engine::sweep_attachments));
        reply
    }

    /// Destroys the vault of this device, now.
    pub(super) fn erase(&self) -> Reply<()> {
        let (answer, reply) = reply();
        drop(self.writer.jobs.send(Job::Erase(answer)));
        reply
    }

    pub(super) fn latch(&self) -> &Arc<Latch> {
        &self.writer.latch
    }

    pub(super) fn is_locked(&self) -> bool {
        let is_locked = self.writer.latch.is_locked();
        if is_locked {
            self.writer.wake();
        }
        is_locked
    }

    pub(super) fn observe(&self, observer: Arc<dyn Observer>) -> Arc<Watch> {
        let watch = Arc::new(Watch(Mutex::new(Some(observer))));
        let mut observers = lock(&self.observers);
        observers.retain(|known| known.strong_count() > 0);
        observers.push(Arc::downgrade(&watch));
        watch
    }

    pub(super) fn begin_editing(&self) -> Editing {
        Editing::begin(&self.quiet, &self.changes)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.writer.jobs.send(Job::Stop));
        // The readers end when nothing can be asked of them any more.
        self.readers = channel().0;
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

fn read(reads: &Mutex<Receiver<Read>>, readers: &Readers, separate: Option<()>, writer: &Writer) {
    loop {
        let received = lock(reads).recv();
        let Ok(read) = received else { return };
        if separate.is_none() {
            drop(writer.jobs.send(Job::Work(Box::new(move |engine| {
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
        // After the answer was given: nobody waits for this.
        wipe_stack();
    }
}

fn tell(news: &Receiver<BTreeSet<Change>>, observers: &Mutex<Vec<Weak<Watch>>>, quiet: &Quiet) {
    while let Ok(mut changed) = news.recv() {
        while let Ok(more) = news.try_recv() {
            changed.extend(more);
        }
        let changed: Vec<Change> = quiet.pass(changed).into_iter().collect();
        if changed.is_empty() {
            continue;
        }
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
        wipe_stack();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    Builder::new()
        .name(name.to_owned())
        .stack_size(STACK_BYTES)
        .spawn(work)
        .map_err(|_| Error::Internal)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
