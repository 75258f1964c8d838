//! What apps and bindings hold: a vault and its five doors.

use super::drafts::{KeptDraft, draft, drafts};
use super::entries::{Version, entry_for_editing};
use super::handshake::{Handshake, Next, Shown};
use super::history::Revision;
use super::reply::Reply;
use super::shell::{Opening, Shell, Watch, Writer};
use super::syncing::SyncStatus;
use super::{Devices, Doctor, Editing, Error, KeyStore, Observer, ProfileDoor, Support, VaultConfig};
use crate::clock::{Clock, SystemClock};
use crate::exchange::Imported;
use crate::id::{DraftId, EntryId};
use crate::journal::{Draft, Entry, EntryQuery, Hit, Page, SearchQuery};
use crate::limits;
use crate::store::View;
use crate::sync::{Report, SyncError, Transport, TransportError};
use std::sync::{Arc, Mutex, PoisonError};

/// Requests to a mailbox before a handshake gives up: each waits up to twenty seconds.
const HANDSHAKE_REQUESTS_MAX: u32 = 60;

/// One person's vault on one device. Safe from any thread; clones are the same vault.
#[derive(Clone)]
pub struct Vault(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) shell: Shell,
    pub(super) line: Line,
}

/// What a round of sync needs beside the engine.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) writer: Writer,
    transport: Option<Arc<dyn Transport>>,
    /// One round at a time.
    round: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// Opens the vault in `config.directory`, or begins one there. Without a transport it works as it does without a
    /// network: whole. One under a passphrase is locked at first: [`Self::unlock`] opens it.
    ///
    /// # Errors
    /// [`Error::Erased`] where everything was to be erased by now, and is: opened again, the folder holds a new vault.
    /// [`Error::WrongKey`], [`Error::KeyMissing`], [`Error::IdDamaged`], [`Error::MovedAside`], [`Error::Store`],
    /// [`Error::KeyStore`].
    pub fn open(
        config: VaultConfig,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Self, Error> {
        Self::open_with_clock(config, key_store, transport, Arc::new(SystemClock))
    }

    /// As [`Self::open`], with a clock of the caller's own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_clock(
        config: VaultConfig,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let shell = Shell::start(Opening {
            config,
            key_store,
            clock,
            id: Mutex::default(),
        })?;
        let line = Line {
            writer: shell.writer.clone(),
            transport,
            round: Arc::default(),
        };
        Ok(Self(Arc::new(Inner { shell, line })))
    }

    /// The journal.
    pub fn journal(&self) -> Journal {
        Journal(self.clone())
    }

    /// The preference profile.
    pub fn profile(&self) -> ProfileDoor {
        ProfileDoor(self.clone())
    }

    /// Relationships and shares.
    pub fn support(&self) -> Support {
        Support(self.clone())
    }

    /// The person's devices.
    pub fn devices(&self) -> Devices {
        Devices(self.clone())
    }

    /// Agreement with the person's other devices.
    pub fn sync(&self) -> Sync {
        Sync(self.clone())
    }

    /// Tells `observer` of every change until the subscription is dropped or cancelled.
    pub fn observe(&self, observer: Arc<dyn Observer>) -> Subscription {
        Subscription(self.0.shell.observe(observer))
    }

    /// An editor is open: until what this gives is dropped or ended, no observer is told of what another person has sent.
    pub fn begin_editing(&self) -> Editing {
        self.0.shell.begin_editing()
    }

    /// Closes every file and forgets every key. Every other call answers [`Error::Suspended`] until [`Self::resume`].
    ///
    /// Where a passphrase is set the vault's key alone stays in memory, so that waking up asks for nothing: until the vault locks itself,
    /// which [`Self::resume`] judges first. [`Self::lock`] forgets it at once.
    pub fn suspend(&self) -> Reply<()> {
        self.0.shell.suspend()
    }

    /// Opens the vault again after [`Self::suspend`]. A locked one stays locked.
    pub fn resume(&self) -> Reply<()> {
        self.0.shell.resume()
    }

    /// Destroys the vault of this device alone, now and without a network: its keys first, then its files. Every call answers
    /// [`Error::Erased`] from now on, and opening the folder again begins a new, empty vault. What it does not reach: this person's other
    /// devices, what the relay holds (sealed, and the other devices or the recovery phrase open it), backups of this device, and what
    /// people remember. [`Devices::erase_everything`] reaches all of the devices and the relay.
    ///
    /// The reply's errors: [`Error::Locked`], [`Error::Suspended`]: nothing was changed. [`Error::Store`], [`Error::KeyStore`]: the vault
    /// is gone all the same where [`Error::Erased`] is what every other call answers, and what is left of it goes when the folder is
    /// opened again.
    pub fn erase_here(&self) -> Reply<()> {
        self.0.shell.erase()
    }

    /// Says in plain words what was set aside, and why.
    pub fn doctor(&self) -> Reply<Doctor> {
        self.ask(|engine| engine.doctor())
    }

    pub(super) fn shell(&self) -> &Shell {
        &self.0.shell
    }

    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut super::Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        self.0.shell.writer.ask_for_app(work)
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        self.0.shell.read(work)
    }
}

/// Ends when it is dropped or cancelled.
pub struct Subscription(Arc<Watch>);

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("is_active", &self.is_active())
            .finish()
    }
}

impl Subscription {
    /// Ends the subscription.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it still tells.
    pub fn is_active(&self) -> bool {
        self.0.is_active()
    }
}

/// What the participant writes.
#[derive(Debug, Clone)]
pub struct Journal(pub(super) Vault);

impl Journal {
    /// Keeps a new entry. When this answers, it survives a loss of power.
    pub fn write(&self, draft: Draft) -> Reply<EntryId> {
        self.0.ask(|engine| engine.write(draft))
    }

    /// Puts `draft` in the place of what the entry said in `version`.
    pub fn revise(&self, id: EntryId, version: Version, draft: Draft) -> Reply<()> {
        self.0.ask(move |engine| engine.revise(id, &version, draft))
    }

    /// Moves an entry to the trash.
    pub fn trash(&self, id: EntryId) -> Reply<()> {
        self.0.ask(move |engine| engine.trash(id))
    }

    /// Takes an entry back from the trash, as it was.
    pub fn restore(&self, id: EntryId) -> Reply<()> {
        self.0.ask(move |engine| engine.restore(id))
    }

    /// Erases an entry in the trash for good, on every device and at the relay. This cannot be undone.
    pub fn erase(&self, id: EntryId) -> Reply<()> {
        self.0.ask(move |engine| engine.erase(id))
    }

    /// Erases everything in the trash for good. False when there was nothing.
    pub fn empty_trash(&self) -> Reply<bool> {
        self.0.ask(|engine| engine.empty_trash())
    }

    /// The states of an entry, the first one first.
    pub fn history(&self, id: EntryId) -> Reply<Vec<Revision>> {
        self.0.ask(move |engine| engine.history(id))
    }

    /// What an entry said in a state of its history.
    pub fn entry_at(&self, id: EntryId, version: Version) -> Reply<Option<Entry>> {
        self.0.ask(move |engine| engine.entry_at(id, &version))
    }

    /// Makes an entry say again what it said then; what it says now stays in its history.
    pub fn go_back_to(&self, id: EntryId, version: Version) -> Reply<()> {
        self.0.ask(move |engine| engine.go_back_to(id, &version))
    }

    /// Erases what an entry said before, on every device and at the relay. False when there is nothing earlier.
    pub fn erase_earlier_drafts(&self, id: EntryId) -> Reply<bool> {
        self.0.ask(move |engine| engine.erase_earlier_drafts(id))
    }

    /// Keeps what is being written, on this device: as the draft `id`, or as a new one.
    pub fn keep_draft(&self, id: Option<DraftId>, of: Option<(EntryId, Version)>, draft: Draft) -> Reply<DraftId> {
        self.0.ask(move |engine| engine.keep_draft(id, of, draft))
    }

    /// Every draft, the one kept last first.
    pub fn drafts(&self) -> Reply<Vec<KeptDraft>> {
        self.0.0.shell.read(drafts)
    }

    /// One draft.
    pub fn draft(&self, id: DraftId) -> Reply<Option<KeptDraft>> {
        self.0.0.shell.read(move |view| draft(view, id))
    }

    /// Lets a draft go.
    pub fn discard_draft(&self, id: DraftId) -> Reply<()> {
        self.0.ask(move |engine| engine.discard_draft(id))
    }

    /// Makes an entry of a draft, or the revision it is of one.
    pub fn finish_draft(&self, id: DraftId) -> Reply<EntryId> {
        self.0.ask(move |engine| engine.finish_draft(id))
    }

    /// One entry.
    pub fn entry(&self, id: EntryId) -> Reply<Option<Entry>> {
        self.0.0.shell.read(move |view| Ok(view.entry(id)?))
    }

    /// One entry and its version, for revising it.
    pub fn entry_for_editing(&self, id: EntryId) -> Reply<Option<(Entry, Version)>> {
        self.0.0.shell.read(move |view| entry_for_editing(view, id))
    }

    /// A page of entries, newest first.
    pub fn entries(&self, query: EntryQuery) -> Reply<Page> {
        self.read(move |view| {
            if !(1..=limits::PAGE_ENTRIES_MAX).contains(&query.count) {
                return Err(Error::PageSize);
            }
            if !query.filter.fits() {
                return Err(Error::FilterTooLong);
            }
            Ok(view.entries(&query)?)
        })
    }

    /// The entries that hold all of these words, newest first.
    pub fn search(&self, query: SearchQuery) -> Reply<Vec<Hit>> {
        self.read(move |view| {
            let fits = (1..=limits::SEARCH_HITS_MAX).contains(&query.count)
                && query.words.chars().nth(limits::SEARCH_CHARACTERS_MAX).is_none();
            if !fits {
                return Err(Error::PageSize);
            }
            if !query.filter.fits() {
                return Err(Error::FilterTooLong);
            }
            Ok(view.search(&query)?)
        })
    }

    /// Keeps a batch of imported entries; answers how many are new.
    pub fn import(&self, batch: Vec<Imported>) -> Reply<u64> {
        self.0.ask(|engine| engine.import(batch))
    }

    /// Reads on a thread that reads. The calls that find entries stand in `finding.rs`.
    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        self.0.0.shell.read(work)
    }

    /// Carries out a command on the thread that writes.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut super::Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        self.0.ask(work)
    }
}

/// Agreement with the person's other devices, through a relay that cannot read.
#[derive(Debug, Clone)]
pub struct Sync(pub(super) Vault);

impl Sync {
    /// Gives the vault a relay.
    pub fn connect(&self, origin: String) -> Reply<()> {
        self.0.ask(move |engine| engine.connect(&origin))
    }

    /// Where sync stands.
    pub fn status(&self) -> Reply<SyncStatus> {
        self.0.ask(|engine| engine.sync_status())
    }

    /// One round: reads what is new, sends what waits. That the relay was not reached is in the report, not an error.
    pub fn sync_now(&self) -> Reply<Report> {
        let line = self.0.0.line.clone();
        self.0.0.shell.sync(move || line.round(false))
    }

    /// One round as [`Self::sync_now`], which carries attachments of any size too: for when the device is on Wi-Fi. It carries so many
    /// bytes of them in each direction as [`limits::ROUND_ATTACHMENT_BYTES_MAX`] says; call it again while something waits.
    pub fn sync_with_attachments(&self) -> Reply<Report> {
        let line = self.0.0.line.clone();
        self.0.0.shell.sync(move || line.round(true))
    }

    /// Waits until something arrives at the relay, at most `wait_ms` milliseconds; whether something did.
    pub fn wait_for_news(&self, wait_ms: u32) -> Reply<bool> {
        let line = self.0.0.line.clone();
        self.0.0.shell.listen(move || line.wait_for_news(wait_ms))
    }
}

impl Vault {
    pub(super) fn wait_for_other(&self, which: Handshake) -> Reply<String> {
        let line = self.0.line.clone();
        self.0.shell.handshake(move || {
            line.may_go_on(which)?;
            for _ in 0..HANDSHAKE_REQUESTS_MAX {
                match line.writer.ask(move |engine| engine.handshake_next(which)).wait()? {
                    Next::TypeDigits(name) => {
                        line.may_go_on(which)?;
                        return Ok(name);
                    }
                    Next::Done => return Err(Error::NotFound),
                    next => {
                        line.step(which, next)?;
                    }
                }
            }
            Err(TransportError::TimedOut.into())
        })
    }

    pub(super) fn confirm(&self, which: Handshake, digits: String) -> Reply<()> {
        let line = self.0.line.clone();
        self.0.shell.handshake(move || {
            line.may_go_on(which)?;
            // An app that died after the right digits goes on where it was.
            if line.writer.ask(move |engine| engine.digits_are_right(which)).wait()? {
                return line.until_done(which);
            }
            let typed = line.writer.ask(move |engine| engine.type_digits(which, &digits)).wait();
            if matches!(typed, Err(Error::CodeUsedUp)) {
                // The other side is told; that it cannot be told now changes nothing here.
                drop(line.until_done(which));
            }
            typed?;
            line.until_done(which)
        })
    }
}

impl Line {
    /// What is between two people waits while this person's people are hidden.
    fn may_go_on(&self, which: Handshake) -> Result<(), Error> {
        match which {
            Handshake::Invite => self.writer.ask(|engine| engine.people_are_shown()).wait(),
            _ => Ok(()),
        }
    }

    pub(super) fn send(&self, request: &crate::sync::Request) -> Result<crate::sync::Response, TransportError> {
        self.transport.as_ref().ok_or(TransportError::Offline)?.send(request)
    }

    pub(super) fn round(&self, with_attachments: bool) -> Result<Report, Error> {
        let _one_at_a_time = self.round.lock().unwrap_or_else(PoisonError::into_inner);
        self.writer
            .ask(move |engine| engine.sync_begin_with(with_attachments))
            .wait()?;
        while let Some(request) = self.writer.ask(|engine| Ok(engine.sync_next())).wait()? {
            let answer = self.send(&request);
            self.writer
                .ask(move |engine| {
                    engine.sync_answer(answer);
                    Ok(())
                })
                .wait()?;
        }
        self.writer.ask(|engine| engine.sync_end()).wait()
    }

    fn wait_for_news(&self, wait_ms: u32) -> Result<bool, Error> {
        let Some(request) = self.writer.ask(move |engine| engine.listen(wait_ms)).wait()? else {
            return Ok(true);
        };
        let response = self.send(&request)?;
        let Ok(answer) = crate::sync::Ask::answer::<cairn_wire::message::ReadAnswer<'_>>(&response) else {
            return Ok(true);
        };
        Ok(answer
            .pages
            .iter()
            .any(|page| !page.items.is_empty() || page.refusal.is_some()))
    }

    /// Carries out one step of a handshake; false when it is over.
    fn step(&self, which: Handshake, next: Next) -> Result<bool, Error> {
        match next {
            Next::Ask(request) => {
                let response = self.send(&request)?;
                self.writer
                    .ask(move |engine| engine.handshake_answer(which, &response))
                    .wait()?;
            }
            Next::Sync => {
                if let Some((_, error)) = self.round(false)?.failed.into_iter().next() {
                    return Err(error.into());
                }
            }
            Next::TypeDigits(_) => return Err(Error::WrongDigits),
            Next::Done => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn until_done(&self, which: Handshake) -> Result<(), Error> {
        for _ in 0..HANDSHAKE_REQUESTS_MAX {
            let next = self.writer.ask(move |engine| engine.handshake_next(which)).wait()?;
            if !self.step(which, next)? {
                return self.writer.ask(move |engine| engine.handshake_cancel(which)).wait();
            }
        }
        Err(TransportError::TimedOut.into())
    }

    pub(super) fn until_shown(&self, which: Handshake) -> Result<Shown, Error> {
        for _ in 0..HANDSHAKE_REQUESTS_MAX {
            if let Some(shown) = self.writer.ask(move |engine| engine.shown_digits(which)).wait()? {
                return Ok(shown);
            }
            let next = self.writer.ask(move |engine| engine.handshake_next(which)).wait()?;
            self.step(which, next)?;
        }
        Err(TransportError::TimedOut.into())
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Sync(SyncError::Unreachable(error))
    }
}
