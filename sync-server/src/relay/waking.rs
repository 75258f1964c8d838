//! `wake` and `ring`: what devices register, and what becomes of a ring until it is posted.

use std::fmt;
use std::sync::Arc;

use cairn_wire::message::{RefusalCode, RingAnswer, RingRequest, WakeAnswer, WakeOp, WakeRequest};
use cairn_wire::wake::{REGISTRATION_BYTES, VERSION};
use cairn_wire::{PublicKey, RegistrationId, SpaceId, WakeKey};
use hyper::body::Bytes;

use super::lookup::Lookup;
use super::{Answer, Prepared, Relay, RelayConfig, decode};
use crate::limits::RING_REQUESTS;
use crate::operations::metrics::Limit;
use crate::push::{Outcome, Place, Poster, Posting, Push, Queue, Reading, Vapid, WakeUp, Wished, open};
use crate::store::{Command, Done, Refused, Registered, Store, WakeAsked, WakeWish};

/// Who is woken through whom, and who waits to be.
pub(super) struct Waking {
    push: Push,
    delay_min_ms: u64,
    delay_max_ms: u64,
    queue: Arc<Queue>,
    vapid: Vapid,
}

/// Somebody rings.
pub(super) struct RingWanted {
    space: SpaceId,
    key: PublicKey,
    wake_key: WakeKey,
    own: Option<RegistrationId>,
}

impl Waking {
    pub(super) fn new(config: &RelayConfig, store: &Store) -> Self {
        let limits = &config.limits;
        let ms = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            push: config.push.clone(),
            delay_min_ms: ms(limits.push_delay_min),
            delay_max_ms: ms(limits.push_delay_max.max(limits.push_delay_min)),
            queue: Arc::new(Queue::new(limits)),
            vapid: store.vapid(config.push_contact.clone()),
        }
    }

    /// What this relay does for whoever sleeps.
    pub(super) fn offer(&self) -> WakeAnswer {
        let wakes = self.push.wakes();
        WakeAnswer {
            wakes,
            push_key: wakes.then(|| self.vapid.public()),
        }
    }

    /// A key reads what there is.
    pub(super) fn is_read(&self, space: &SpaceId, key: &PublicKey) {
        if self.push.wakes() {
            self.queue.is_read(space, key);
        }
    }
}

impl fmt::Debug for Waking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waking(…)")
    }
}

impl Relay {
    pub(super) fn wake(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: WakeRequest<'_> = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        let offer = self.0.waking.offer();
        let (registration, wish) = match (
            request.op,
            request.registration,
            request.epoch,
            request.is_alone,
            request.sealed,
        ) {
            (WakeOp::Put, Some(registration), Some(epoch), Some(is_alone), Some(sealed))
                if sealed.len() == REGISTRATION_BYTES && sealed.first() == Some(&VERSION) =>
            {
                if !offer.wakes {
                    return Ok(Prepared::Answer(Answer::ok(&offer)));
                }
                let sealed = sealed.into_vec();
                (
                    registration,
                    WakeWish::Put {
                        epoch,
                        is_alone,
                        sealed,
                    },
                )
            }
            (WakeOp::Drop, Some(registration), None, None, None) => (registration, WakeWish::Drop),
            (WakeOp::Look, None, None, None, None) => return Ok(Prepared::Answer(Answer::ok(&offer))),
            _ => return Err(Refused::MALFORMED),
        };
        Ok(Prepared::Write(Command::Wake(WakeAsked {
            space: request.space,
            key,
            registration,
            wish,
            now_ms,
        })))
    }

    pub(super) fn ring(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: RingRequest = decode(body)?;
        let counted = self.0.sessions.count_as(RING_REQUESTS, &request.token, now_ms);
        counted.map_err(|seconds| {
            self.metrics().limited(Limit::Session);
            Refused::with(RefusalCode::RateLimited, seconds)
        })?;
        let key = self.who(&request.token, &request.space, now_ms)?;
        if !self.0.waking.push.wakes() {
            return Ok(Prepared::Answer(Answer::ok(&RingAnswer { wakes: false })));
        }
        Ok(Prepared::Ring(RingWanted {
            space: request.space,
            key,
            wake_key: request.key,
            own: request.own,
        }))
    }

    /// Opens what the other devices registered, and lets each wait for its time. Blocks for the store.
    pub(super) fn rung(&self, ring: &RingWanted, now_ms: u64) -> Answer {
        let (space, key) = (ring.space, ring.key);
        let asked = self
            .0
            .store
            .rows()
            .run(vec![Command::Ring { space, key, now_ms }])
            .pop();
        let (epoch, head, registered) = match asked.unwrap_or(Err(Refused::UNAVAILABLE)) {
            Ok(Done::Registered { epoch, n, registered }) => (epoch, n, registered),
            Ok(_) => return Answer::refused(Refused::UNAVAILABLE),
            Err(refused) => return Answer::refused(refused),
        };
        for registered in registered {
            let is_own = registered.key == key && Some(registered.registration) == ring.own;
            if !is_own && self.wish(ring, epoch, head, &registered, now_ms).is_err() {
                return Answer::refused(Refused::UNAVAILABLE);
            }
        }
        self.0.waking.queue.changed.notify_one();
        Answer::ok(&RingAnswer { wakes: true })
    }

    fn wish(
        &self,
        ring: &RingWanted,
        epoch: u32,
        head: u64,
        registered: &Registered,
        now_ms: u64,
    ) -> Result<(), crate::EntropyError> {
        let waking = &self.0.waking;
        let Some(endpoint) = open(&ring.wake_key, &ring.space, epoch, registered) else {
            return Ok(());
        };
        if !waking.push.allows(&endpoint) {
            self.metrics().not_allowed();
            return Ok(());
        }
        let spread = waking.delay_max_ms - waking.delay_min_ms;
        let random = u64::from_le_bytes(self.0.entropy.bytes()?);
        let delay_ms = waking.delay_min_ms + random % spread.saturating_add(1);
        let wake_up = WakeUp {
            place: Place {
                space: ring.space,
                key: registered.key,
                registration: registered.registration,
            },
            sealed: blake3::hash(&registered.sealed),
            is_alone: registered.is_alone,
            endpoint,
            was_put_off: false,
        };
        self.wait(wake_up, Some(head), now_ms.saturating_add(delay_ms));
        Ok(())
    }

    fn wait(&self, wake_up: WakeUp, head: Option<u64>, due_ms: u64) {
        if self.0.waking.queue.wish(wake_up, head, due_ms) == Wished::Full {
            self.metrics().limited(Limit::WakeUps);
        }
    }

    /// Those who wait for something to read need no waking.
    pub(super) fn reading(&self, lookup: &Lookup, now_ms: u64) -> Option<Reading> {
        let Lookup::Read(request) = lookup else {
            return None;
        };
        if !self.0.waking.push.wakes() {
            return None;
        }
        let spaces = request.spaces.iter().filter(|space| space.since.is_some());
        let keys = spaces.filter_map(|space| {
            let key = self.0.sessions.find(&space.token, &space.space, now_ms)?;
            Some((space.space, key))
        });
        Some(self.0.waking.queue.reading(keys.collect()))
    }

    /// The addresses that are due to be posted to by now; they wait no longer. For simulations, which take the place of whoever posts.
    #[must_use]
    pub fn wake_ups_due(&self, now_ms: u64) -> Vec<String> {
        std::iter::from_fn(|| self.due(now_ms))
            .map(|(wake_up, _posting)| wake_up.endpoint.url().to_owned())
            .collect()
    }

    /// When the next wake-up is due.
    pub(crate) fn next_wake_up_ms(&self) -> Option<u64> {
        self.0.waking.queue.next_due_ms()
    }

    /// Returns when another wake-up may be due first.
    pub(crate) async fn wake_ups_changed(&self) {
        self.0.waking.queue.changed.notified().await;
    }

    /// Takes a wake-up that is due, and whose registration is still there as it was. Blocks for the store.
    ///
    /// For whoever posts it now: what is unset after this is not heard of.
    pub(crate) fn due(&self, now_ms: u64) -> Option<(WakeUp, Posting)> {
        while let Some((wake_up, posting)) = self.0.waking.queue.take(now_ms) {
            let asked = asked(&wake_up, WakeWish::IsStill(wake_up.sealed), now_ms);
            let still = self.0.store.rows().run(vec![asked]).pop();
            if matches!(still, Some(Ok(Done::Wake(true)))) {
                return Some((wake_up, posting));
            }
        }
        None
    }

    /// Posts a wake-up. Blocks for the push service, and knows nothing of the store.
    pub(crate) fn poster(&self) -> Poster {
        Poster::new(&self.0.waking.push)
    }

    /// Whether it wakes anybody.
    pub(crate) fn wakes(&self) -> bool {
        self.0.waking.push.wakes()
    }

    /// The header that says to a push service who posts.
    pub(crate) fn authorization(&self, wake_up: &WakeUp, now_ms: u64) -> String {
        self.0.waking.vapid.authorization(wake_up.endpoint.origin(), now_ms)
    }

    /// Takes note of what became of a wake-up. Blocks for the store.
    pub(crate) fn posted(&self, wake_up: WakeUp, outcome: Outcome, now_ms: u64) {
        self.metrics().posted(outcome);
        match outcome {
            Outcome::Gone => {
                let gone = asked(&wake_up, WakeWish::DropIf(wake_up.sealed), now_ms);
                // Where it cannot be dropped now, the next answer says the same.
                drop(self.0.store.rows().run(vec![gone]));
            }
            Outcome::Later(seconds) if !wake_up.was_put_off => {
                let again = WakeUp {
                    was_put_off: true,
                    ..wake_up
                };
                self.wait(again, None, now_ms.saturating_add(seconds.saturating_mul(1000)));
                self.0.waking.queue.changed.notify_one();
            }
            Outcome::Later(_) | Outcome::Taken | Outcome::Dropped => {}
        }
    }
}

fn asked(wake_up: &WakeUp, wish: WakeWish, now_ms: u64) -> Command {
    let Place {
        space,
        key,
        registration,
    } = wake_up.place;
    Command::Wake(WakeAsked {
        space,
        key,
        registration,
        wish,
        now_ms,
    })
}
