//! The relay without sockets: a path and bytes in, a status and bytes out.
//!
//! A request passes three steps. `prepare` reads and checks it without the store ([`Prepared`]); then a command goes to
//! the writer, a part goes into a blob's file, or a look-up reads; `finish` turns what came back into an answer and signs. [`Relay::handle`] runs the
//! steps one after the other on the calling thread; `answer`, for the server, awaits them and waits for changes.

mod blobs;
mod gates;
mod lookup;
mod mailbox;
mod records;
mod serve;
mod spaces;
#[cfg(test)]
mod tests;
mod upkeep;
mod waking;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cairn_wire::bounds::{ORIGIN_BYTES_MAX, REQUEST_BYTES_MAX};
use cairn_wire::message::{
    AccessAnswer, AckAnswer, AppendAnswer, EpochAnswer, EraseAnswer, MailboxAnswer, Refusal, RefusalCode, SpaceAnswer,
};
use cairn_wire::{PublicKey, SpaceId, Token, decode_canonical, encode};
use hyper::body::Bytes;
use minicbor::{Decode, Encode};
use tokio::sync::Semaphore;

use crate::entropy::Entropy;
use crate::head::RelayKey;
use crate::limits::{BUCKET_ASKED_AT_ONCE, Limits, READS_AT_ONCE};
use crate::operations::metrics::{Limit, Metrics};
use crate::push::Push;
use crate::session::{self, Sessions};
use crate::store::{Command, Done, Refused, Store, StoreConfig, StoreError};
use crate::wake::Wakeups;
use blobs::BlobPart;
use lookup::Lookup;
use waking::{RingWanted, Waking};

/// What a relay without sockets needs to know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RelayConfig {
    /// Where it keeps its records.
    pub store: StoreConfig,
    /// The origin devices know it by, `http://host[:port]` or `https://…`; part of what they sign.
    pub origin: String,
    /// What it allows.
    pub limits: Limits,
    /// Whom it wakes devices through.
    pub push: Push,
    /// Whom a push service can write to about this relay: `mailto:…` or `https://…`.
    pub push_contact: Option<String>,
}

impl RelayConfig {
    /// The default limits; but one session may ask as often as it likes, because a relay without sockets is asked by simulations.
    #[must_use]
    pub fn new(store: StoreConfig, origin: impl Into<String>) -> Self {
        Self {
            store,
            origin: origin.into(),
            push: Push::Off,
            push_contact: None,
            limits: Limits {
                session_requests_per_second: 0,
                ..Limits::default()
            },
        }
    }
}

/// An answer: an HTTP status and its body, which is CBOR (the endpoint's answer at 200, else a `Refusal`).
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    fn ok<T: Encode<()>>(message: &T) -> Self {
        Self {
            status: 200,
            body: encode(message),
        }
    }

    pub(crate) fn refused(refused: Refused) -> Self {
        let refusal = Refusal {
            code: refused.code,
            value: refused.value,
        };
        Self {
            status: refused.code.http_status(),
            body: encode(&refusal),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// The relay. Cheap to clone; every clone is the same relay.
#[derive(Clone)]
pub struct Relay(Arc<Parts>);

struct Parts {
    store: Store,
    sessions: Sessions,
    wakeups: Arc<Wakeups>,
    entropy: Entropy,
    origin: String,
    metrics: Metrics,
    waking: Waking,
    /// Room for looks into the store at once.
    reads: Arc<Semaphore>,
    /// Room for parts that are read, and for those that are put, where blobs lie far away: what is slow there keeps nobody else waiting.
    parts_read: Arc<Semaphore>,
    parts_put: Arc<Semaphore>,
}

/// A request that was read and is allowed to ask.
enum Prepared {
    /// For the writer.
    Write(Command),
    /// For a blob's file, and the writer before and after.
    Put(BlobPart),
    /// For a reader.
    Read(Lookup),
    /// For the writer, and whoever waits to be woken.
    Ring(RingWanted),
    /// Answered without the store.
    Answer(Answer),
}

impl Relay {
    /// Opens the store and begins without sessions.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed unless the store was new.
    pub fn open(config: &RelayConfig, entropy: Entropy) -> Result<Self, StoreError> {
        if config.origin.len() > ORIGIN_BYTES_MAX {
            return Err(StoreError::Folder(std::io::ErrorKind::InvalidInput.into()));
        }
        let wakeups = Arc::new(Wakeups::default());
        let store = Store::open(&config.store, &config.limits, &entropy, &wakeups)?;
        let metrics = Metrics::new(&wakeups.figures);
        let parts_at_once = if store.has_far_blobs() {
            BUCKET_ASKED_AT_ONCE
        } else {
            Semaphore::MAX_PERMITS
        };
        Ok(Self(Arc::new(Parts {
            parts_read: Arc::new(Semaphore::new(parts_at_once.min(READS_AT_ONCE))),
            parts_put: Arc::new(Semaphore::new(parts_at_once)),
            waking: Waking::new(config, &store),
            store,
            sessions: Sessions::new(&config.limits),
            wakeups,
            entropy,
            origin: config.origin.clone(),
            metrics,
            reads: Arc::new(Semaphore::new(READS_AT_ONCE)),
        })))
    }

    /// Begins another incarnation of the store that `config` names, while no relay has it open: it was put back from a copy, or has lost
    /// what came after it. Devices then send again what is missing. Answers its number.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Folder`] where there is no store.
    pub fn begin_incarnation(config: &StoreConfig) -> Result<u32, StoreError> {
        Store::begin_incarnation(config)
    }

    /// Answers one request on this thread. A `read` that would wait is answered at once.
    ///
    /// `path` is `/v1/<name>`; `now_ms` the relay's clock. On an exclusive store the same calls after the same start give
    /// the same answers. Do not call it from asynchronous code on a store with threads: it waits for the disk.
    #[must_use]
    pub fn handle(&self, path: &str, body: &[u8], now_ms: u64) -> Answer {
        guarded(|| match self.prepare(path, &Bytes::copy_from_slice(body), now_ms) {
            Err(refused) => Answer::refused(refused),
            Ok(Prepared::Answer(answer)) => answer,
            Ok(Prepared::Read(lookup)) => self.look_up(&lookup, now_ms).answer,
            Ok(Prepared::Put(part)) => self.put_blob(&part),
            Ok(Prepared::Ring(ring)) => self.rung(&ring, now_ms),
            Ok(Prepared::Write(command)) => {
                let lets_go = command.lets_blobs_go();
                let result = self.0.store.rows().run(vec![command]).pop();
                let result = result.unwrap_or(Err(Refused::UNAVAILABLE));
                self.finish(self.settled(lets_go, result))
            }
        })
    }

    /// Answers requests that arrive together: what they change shares one transaction, as under load; parts of blobs and
    /// reads come after, in their order.
    #[must_use]
    pub fn handle_group(&self, requests: &[(&str, &[u8])], now_ms: u64) -> Vec<Answer> {
        let mut commands = Vec::new();
        let mut places = Vec::new();
        let mut answers: Vec<Option<Answer>> = Vec::new();
        let mut after = Vec::new();
        for (path, body) in requests {
            answers.push(match self.prepare(path, &Bytes::copy_from_slice(body), now_ms) {
                Err(refused) => Some(Answer::refused(refused)),
                Ok(Prepared::Answer(answer)) => Some(answer),
                Ok(other @ (Prepared::Read(_) | Prepared::Put(_) | Prepared::Ring(_))) => {
                    after.push((answers.len(), other));
                    None
                }
                Ok(Prepared::Write(command)) => {
                    places.push((answers.len(), command.lets_blobs_go()));
                    commands.push(command);
                    None
                }
            });
        }
        for ((at, lets_go), result) in places.into_iter().zip(self.0.store.rows().run(commands)) {
            answers[at] = Some(self.finish(self.settled(lets_go, result)));
        }
        for (at, other) in &after {
            answers[*at] = match other {
                Prepared::Read(lookup) => Some(guarded(|| self.look_up(lookup, now_ms).answer)),
                Prepared::Put(part) => Some(guarded(|| self.put_blob(part))),
                Prepared::Ring(ring) => Some(guarded(|| self.rung(ring, now_ms))),
                Prepared::Write(_) | Prepared::Answer(_) => None,
            };
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Answer::refused(Refused::UNAVAILABLE)))
            .collect()
    }

    /// Forgets what has had its time: replaced and expired bodies, unfinished blobs, mailboxes.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when a piece of it could not be stored; what came before it stays done.
    pub fn sweep(&self, now_ms: u64) -> Result<(), StoreError> {
        loop {
            match self.0.store.rows().run(vec![Command::Sweep { now_ms }]).pop() {
                Some(Ok(Done::Swept { more: true })) => {}
                Some(Ok(_)) => return Ok(()),
                _ => return Err(StoreError::Stopped),
            }
        }
    }

    /// A part was written of a blob that went meanwhile; waits until it is gone too.
    #[cfg(test)]
    pub(crate) fn blob_came_late(&self, file: u64) {
        self.0.store.blob_came_late(file);
    }

    /// The key heads and receipts verify under.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key().public_key()
    }

    /// A hash over every row of the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn digest(&self) -> Result<[u8; 32], StoreError> {
        self.0.store.rows().digest()
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn probe(&self) -> Result<(), StoreError> {
        self.0.store.probe()
    }

    /// Whether the store's rows answer: what records need.
    pub(crate) fn probe_rows(&self) -> Result<(), StoreError> {
        self.0.store.rows().probe()
    }

    /// Whether other nodes may change what is in its store.
    pub(crate) fn shares_its_store(&self) -> bool {
        self.0.store.rows().is_shared()
    }

    /// Answers those who wait for what another node changed, also where this one was not told of it.
    ///
    /// # Errors
    /// [`StoreError`]; whoever waits goes on waiting.
    pub(crate) fn look_around(&self) -> Result<(), StoreError> {
        self.0.store.rows().look_around()
    }

    /// What it counts.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    fn key(&self) -> &RelayKey {
        self.0.store.key()
    }

    fn prepare(&self, path: &str, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(too_large(REQUEST_BYTES_MAX));
        }
        match path.strip_prefix("/v1/") {
            Some("challenge") => self.challenge(body, now_ms),
            Some("session") => Ok(Prepared::Read(Lookup::Session(decode(body)?))),
            Some("space") => self.space(body, now_ms),
            Some("append") => self.append(body, now_ms),
            Some("read") => self.read(body, now_ms),
            Some("ack") => self.ack(body, now_ms),
            Some("erase") => self.erase(body, now_ms),
            Some("epoch") => self.epoch(body, now_ms),
            Some("access") => self.access(body, now_ms),
            Some("blob") => self.blob(body, now_ms),
            Some("gate") => self.gate(body, now_ms),
            Some("wake") => self.wake(body, now_ms),
            Some("ring") => self.ring(body, now_ms),
            Some("mailbox") => mailbox::prepare(body, now_ms),
            _ => Err(Refused::MALFORMED),
        }
    }

    /// What is answered once blobs that went are gone where they lay. Waits for it.
    fn settled(&self, lets_go: bool, result: Result<Done, Refused>) -> Result<Done, Refused> {
        if tells_of_what_went(lets_go, &result) && !self.0.store.settle_blocking() {
            return Err(Refused::UNAVAILABLE);
        }
        result
    }

    /// Turns what the writer did into an answer.
    fn finish(&self, result: Result<Done, Refused>) -> Answer {
        guarded(|| {
            let done = match result {
                Ok(done) => done,
                Err(refused) => return Answer::refused(refused),
            };
            match done {
                Done::Space { epoch, head, is_closed } => Answer::ok(&SpaceAnswer {
                    relay_key: self.public_key(),
                    epoch,
                    head: self.key().sign_head(head),
                    closed: is_closed.then(|| self.key().sign_closed(head.space, head.time_ms)),
                }),
                Done::Appended { outcomes, head } => Answer::ok(&AppendAnswer {
                    results: outcomes,
                    head: self.key().sign_head(head),
                }),
                Done::Acked { head } => Answer::ok(&AckAnswer {
                    head: self.key().sign_head(head),
                }),
                Done::Erased { seq, slot, head } => Answer::ok(&EraseAnswer {
                    seq,
                    receipt: self.key().sign_receipt(head.space, slot, seq, head.time_ms),
                    head: self.key().sign_head(head),
                }),
                Done::Epoch { seq, epoch, head } => Answer::ok(&EpochAnswer {
                    seq,
                    epoch,
                    head: self.key().sign_head(head),
                }),
                Done::Access { version, head, removed } => {
                    for key in removed {
                        self.0.sessions.end(head.space, key);
                    }
                    Answer::ok(&AccessAnswer {
                        version,
                        head: self.key().sign_head(head),
                    })
                }
                Done::Mailbox { count } => Answer::ok(&MailboxAnswer {
                    messages: Vec::new(),
                    count,
                }),
                Done::Gate(gate) => gates::stands(gate),
                Done::Wake(_) => Answer::ok(&self.0.waking.offer()),
                Done::Blob(now) => blobs::stands(now, Vec::new()),
                // Nobody asks for these over the wire.
                Done::Registered { .. } | Done::Closed | Done::Swept { .. } => Answer::refused(Refused::UNAVAILABLE),
            }
        })
    }

    /// Who asks, with one more request counted.
    fn asks(&self, token: &Token, space: &SpaceId, now_ms: u64) -> Result<PublicKey, Refused> {
        self.count(token, now_ms)?;
        self.who(token, space, now_ms)
    }

    /// Counts a request of a session, if it is one.
    fn count(&self, token: &Token, now_ms: u64) -> Result<(), Refused> {
        self.0.sessions.count(token, now_ms).map_err(|seconds| {
            self.0.metrics.limited(Limit::Session);
            Refused::with(RefusalCode::RateLimited, seconds)
        })
    }

    /// Who asks. Where other nodes begin sessions too, it may wait for the store.
    fn who(&self, token: &Token, space: &SpaceId, now_ms: u64) -> Result<PublicKey, Refused> {
        let sessions = &self.0.sessions;
        if let Some(key) = sessions.find(token, space, now_ms) {
            return Ok(key);
        }
        let elsewhere = self.0.store.rows().session(space, &session::hash(token), now_ms);
        let (key, expires_ms) = elsewhere
            .map_err(|error| lookup::unavailable(&error))?
            .ok_or(Refused::NOT_AUTHORISED)?;
        sessions.take_up(token, *space, key, expires_ms, now_ms);
        Ok(key)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay(…)")
    }
}

/// Whether an answer says that blobs are gone: because the command let them go, or because their space has closed.
const fn tells_of_what_went(lets_go: bool, result: &Result<Done, Refused>) -> bool {
    match result {
        Ok(Done::Space { is_closed: true, .. }) => true,
        Ok(_) => lets_go,
        Err(_) => false,
    }
}

/// Reads a request or refuses it.
fn decode<'b, T>(body: &'b Bytes) -> Result<T, Refused>
where
    T: Decode<'b, ()> + Encode<()>,
{
    decode_canonical(body).map_err(|_| Refused::MALFORMED)
}

fn too_large(limit: usize) -> Refused {
    Refused::with(RefusalCode::TooLarge, limit as u64)
}

/// Where the bytes of `part` lie in `whole`, of which it is a slice.
fn range_in(whole: &Bytes, part: &[u8]) -> std::ops::Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    start..start.wrapping_add(part.len())
}

/// The last line of defence: a panic becomes a refusal. The writer undoes its own.
fn guarded(answer: impl FnOnce() -> Answer) -> Answer {
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
        tracing::error!("an answer panicked");
        Answer::refused(Refused::UNAVAILABLE)
    })
}
