//! One round: every space brought up to date, one request at a time.

use super::closing::Last;
use super::{
    AccessWish, Ask, BlobAsk, ClosingWish, GateAsk, Host, Outgoing, Place, Purpose, Request, Response, SyncError,
    TransportError, WakeAsk,
};
use crate::limits;
use cairn_wire::message::{
    AccessRequest, AckRequest, AppendRequest, ChallengeRequest, EpochRequest, EraseRequest, ReadRequest, ReadSpace,
    RefusalCode, SessionRequest, SpaceOp, SpaceRequest,
};
use cairn_wire::{RecordHash, Signature, SlotId, SpaceId, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Appends in a row of which the relay shows nothing in its log, before the round gives up on a space.
const FRUITLESS_MAX: u32 = 4;

/// Short-lived tokens, by space. They live in memory only.
pub(crate) type Tokens = BTreeMap<SpaceId, Token>;

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Bytes sent and received, bodies only.
    pub bytes: u64,
    /// Requests sent.
    pub requests: u32,
    /// Records received that were not known.
    pub received: u64,
    /// Records the relay has stored now.
    pub sent: u64,
    /// Spaces that could not be brought up to date, and why.
    pub failed: Vec<(SpaceId, SyncError)>,
}

impl Report {
    /// Whether every space was brought up to date.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}

pub(super) enum Step {
    Create,
    Challenge,
    Session,
    Newest,
    Pull,
    Slots,
    Access,
    Push(Vec<Outgoing>),
    Erase(Outgoing),
    Epoch(Outgoing),
    Ack(u64),
    Wake(WakeAsk),
    Ring,
    Gate(GateAsk),
    Blob(BlobAsk),
    Closing,
    Last,
}

/// Brings spaces up to date. For each space, in this order: create it if it is new, or the relay has lost its store, prove who this device is, change who may
/// enter, read the newest page if nothing was read yet, read forward to the head, ask for what was kept back, tell the relay that a space
/// stays, send what waits and put the gates that it waits for, ring for those who sleep, tell the relay of a space's end and where this device is
/// woken, acknowledge, carry attachments. Pulling always comes before pushing.
pub struct Round {
    waiting: VecDeque<SpaceId>,
    /// Every space that was visited, or is waiting to be.
    known: BTreeSet<SpaceId>,
    space: Option<SpaceId>,
    pub(super) step: Option<Step>,
    pub(super) tokens: Tokens,
    pub(super) proof: Option<SessionRequest>,
    pub(super) session_tried: bool,
    pub(super) newest_read: bool,
    pub(super) pulled: bool,
    /// The last slot asked for by itself.
    slot: Option<SlotId>,
    pub(super) fruitless: u32,
    /// The step before asked something of a gate: nothing has come that could be sent.
    pub(super) looked: bool,
    /// Gates were put or dropped since what is to be sent was asked for.
    pub(super) gates_changed: bool,
    /// Something was stored in this space, and nobody was woken for it yet.
    pub(super) rings: bool,
    /// Why something of a gate was not done, in this space.
    pub(super) gate_error: Option<SyncError>,
    /// Said to be stored, and not seen in the log yet.
    pub(super) unproven: Vec<RecordHash>,
    pub(super) report: Report,
    /// Relays that could not be reached in this round.
    silent: BTreeSet<String>,
    /// Relays that did not answer in this round when they were asked about waking.
    mute: BTreeSet<String>,
    /// The first space, to be visited once more if the others left something for it.
    first: Option<SpaceId>,
    /// What a closed space has kept, while it is read.
    pub(super) last: Option<Last>,
}

impl std::fmt::Debug for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Round")
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Round {
    /// A round over all spaces of `host`, with the tokens of the round before.
    pub fn new(host: &mut dyn Host, tokens: BTreeMap<SpaceId, Token>) -> Self {
        let waiting: VecDeque<SpaceId> = host.spaces().into();
        Self {
            first: waiting.front().copied(),
            known: waiting.iter().copied().collect(),
            waiting,
            space: None,
            step: None,
            tokens,
            proof: None,
            session_tried: false,
            newest_read: false,
            pulled: false,
            slot: None,
            fruitless: 0,
            looked: false,
            gates_changed: false,
            rings: false,
            gate_error: None,
            unproven: Vec::new(),
            report: Report::default(),
            silent: BTreeSet::new(),
            mute: BTreeSet::new(),
            last: None,
        }
    }

    /// What the round did, and the tokens for the next one.
    pub fn end(self) -> (Report, BTreeMap<SpaceId, Token>) {
        (self.report, self.tokens)
    }

    /// The next request; none when the round is over. Asked again before an answer, it asks anew.
    pub fn next(&mut self, host: &mut dyn Host) -> Option<Request> {
        loop {
            let space = match self.space {
                Some(space) => space,
                None => {
                    let space = self.next_space(host)?;
                    (self.space, self.step) = (Some(space), None);
                    self.proof = None;
                    self.unproven.clear();
                    (self.session_tried, self.newest_read, self.pulled, self.fruitless) = (false, false, false, 0);
                    (self.slot, self.last, self.gate_error) = (None, None, None);
                    (self.looked, self.gates_changed, self.rings) = (false, false, false);
                    space
                }
            };
            let request = match host.place(space) {
                Ok(Some(place)) if self.silent.contains(&place.origin) => Err(TransportError::Offline.into()),
                Ok(Some(place)) => self.ask(host, &place),
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            };
            match request {
                Ok(Some(request)) => {
                    self.report.requests += 1;
                    self.report.bytes += request.body.len() as u64;
                    return Some(request);
                }
                Ok(None) => {
                    let error = self.gate_error.take();
                    self.leave(error);
                }
                Err(error) => self.leave(Some(error)),
            }
        }
    }

    /// Takes the answer to the request that [`Self::next`] gave.
    pub fn answer(&mut self, host: &mut dyn Host, answer: Result<Response, TransportError>) {
        let (Some(space), Some(step)) = (self.space, self.step.take()) else {
            return;
        };
        let was_create = matches!(step, Step::Create);
        let was_gate = matches!(step, Step::Gate(_));
        let taken = match &answer {
            Ok(response) => {
                self.report.bytes += response.body.len() as u64;
                self.take(host, space, step, response)
            }
            // Nothing waits for a wake-up: what is still to be done is done.
            Err(_) if matches!(step, Step::Ring | Step::Wake(_)) => self.hear_nothing_of_waking(host, space, &step),
            Err(error) => Err((*error).into()),
        };
        if let Err(error) = taken {
            let may_be_old = matches!(error, SyncError::NotAuthorised | SyncError::ResyncRequired { .. });
            if may_be_old && self.tokens.remove(&space).is_some() && !self.session_tried {
                // The token was old: prove who this is once more, and hear whose store answers.
                self.session_tried = true;
                return;
            }
            // Another device made the space again, and has let in nobody but another key of this person's.
            let is_made = was_create && error == SyncError::Refused(RefusalCode::Conflict);
            if (is_made || error == SyncError::NotAuthorised) && host.another_key(space) == Ok(true) {
                return;
            }
            if error == SyncError::Refused(RefusalCode::SpaceClosed) {
                self.tokens.remove(&space); // Nobody waits for news of it.
            }
            let unreachable = matches!(error, SyncError::Unreachable(_));
            self.leave(Some(error));
            // What does not answer for gates may answer for everything else.
            if unreachable
                && !was_gate
                && let Ok(Some(place)) = host.place(space)
            {
                self.silent.insert(place.origin); // Its other spaces are not tried in this round.
            }
        }
    }

    /// A relay that does not answer for waking is not asked for it once more in this round.
    fn hear_nothing_of_waking(&mut self, host: &mut dyn Host, space: SpaceId, step: &Step) -> Result<(), SyncError> {
        if let Some(place) = host.place(space)? {
            self.mute.insert(place.origin);
        }
        match step {
            Step::Wake(ask) => host.waking_told(space, ask, None),
            _ => Ok(()),
        }
    }

    /// The next space to visit: one that this device has heard of in this round too, and the first one once more at the end.
    fn next_space(&mut self, host: &mut dyn Host) -> Option<SpaceId> {
        if self.waiting.is_empty() {
            let spaces = host.spaces().into_iter();
            self.waiting = spaces.filter(|space| self.known.insert(*space)).collect();
        }
        self.waiting.pop_front().or_else(|| self.first_again(host))
    }

    /// What happened in a later space may have changed a document of the first: it goes out in the same round.
    fn first_again(&mut self, host: &mut dyn Host) -> Option<SpaceId> {
        let first = self.first.take().filter(|_| self.known.len() > 1)?;
        let failed = self.report.failed.iter().any(|(space, _)| *space == first);
        (!failed && host.waits(first)).then_some(first)
    }

    pub(super) fn leave(&mut self, error: Option<SyncError>) {
        if let (Some(space), Some(error)) = (self.space, error) {
            self.report.failed.push((space, error));
        }
        (self.space, self.step) = (None, None);
    }

    fn ask(&mut self, host: &mut dyn Host, place: &Place) -> Result<Option<Request>, SyncError> {
        if self.report.requests >= limits::ROUND_REQUESTS_MAX {
            return Err(SyncError::Endless);
        }
        let origin = place.origin.as_str();
        let space = place.space;
        if !place.create.is_empty() {
            self.step = Some(Step::Create);
            let mut message = SpaceRequest {
                op: SpaceOp::Create,
                space,
                access: place.create.clone(),
                signature: Signature::from_bytes([0; 64]),
                token: None,
                epoch: Some(place.create_epoch).filter(|epoch| *epoch > 1),
                keep: None,
                at_ms: None,
            };
            message.signature = host.sign(space, &message.signed_bytes(origin))?;
            return Ok(Some(Ask::request(origin, "/v1/space", &message, 0)));
        }
        if let Some(proof) = self.proof.take() {
            self.step = Some(Step::Session);
            return Ok(Some(Ask::request(origin, "/v1/session", &proof, 0)));
        }
        let Some(token) = self.tokens.get(&space).copied() else {
            self.step = Some(Step::Challenge);
            return Ok(Some(Ask::request(
                origin,
                "/v1/challenge",
                &ChallengeRequest { space },
                0,
            )));
        };
        if let Some(request) = self.ask_last(place, token) {
            return Ok(Some(request));
        }
        // Before anything is read: whoever is to be kept out is kept out now.
        if let Some(AccessWish {
            version,
            add,
            remove,
            only,
        }) = host.access_wish(space)?
        {
            self.step = Some(Step::Access);
            let message = AccessRequest {
                token,
                space,
                version,
                add,
                remove,
                only: only.then_some(true),
            };
            return Ok(Some(Ask::request(origin, "/v1/access", &message, 0)));
        }
        if !self.pulled {
            let first = place.cursor == 0 && !self.newest_read;
            let (since, until, bytes) = if first {
                (None, Some(u64::MAX), limits::NEWEST_BYTES_MAX)
            } else {
                (Some(place.cursor), None, limits::PULL_BYTES_MAX)
            };
            self.step = Some(if first { Step::Newest } else { Step::Pull });
            let read = ReadSpace {
                token,
                space,
                since,
                until,
                slots: None,
            };
            return Ok(Some(read_one(origin, read, bytes)));
        }
        let slots = host.withheld(space, self.slot)?;
        if let Some(last) = slots.last() {
            (self.slot, self.step) = (Some(*last), Some(Step::Slots));
            let read = ReadSpace {
                token,
                space,
                since: None,
                until: None,
                slots: Some(slots),
            };
            return Ok(Some(read_one(origin, read, limits::PULL_BYTES_MAX)));
        }
        let closing = host.closing(space)?;
        // Whoever stops it stops it at the relay before anything else is sent.
        if let Some(wish @ ClosingWish::Stay) = closing {
            return Ok(Some(self.ask_closing(place, token, wish)));
        }
        while self.fruitless < FRUITLESS_MAX {
            if !std::mem::take(&mut self.looked) {
                let outgoing = host.outgoing(space)?;
                if let Some(first) = outgoing.first() {
                    return Ok(Some(self.carry(place, token, first.purpose, outgoing)));
                }
            }
            // A view is not sealed before its gate stands: stops, and everything else, have waited for none.
            if let Some(ask) = host.gate(space)? {
                let request = ask.request(place, token);
                self.step = Some(Step::Gate(ask));
                return Ok(Some(request));
            }
            if !std::mem::take(&mut self.gates_changed) {
                break;
            }
        }
        let is_mute = self.mute.contains(origin);
        if std::mem::take(&mut self.rings)
            && !is_mute
            && let Some(ask) = host.ring(space)?
        {
            self.step = Some(Step::Ring);
            return Ok(Some(ask.request(place, token)));
        }
        if let Some(wish) = closing {
            return Ok(Some(self.ask_closing(place, token, wish)));
        }
        if !is_mute && let Some(ask) = host.waking(space)? {
            let request = ask.request(place, token);
            self.step = Some(Step::Wake(ask));
            return Ok(Some(request));
        }
        // What is kept back is said when everything else is done, and nothing is acknowledged: words still go out.
        if self.slot.is_some() && !host.withheld(space, None)?.is_empty() {
            return Err(SyncError::Withheld);
        }
        if place.cursor > place.acked {
            self.step = Some(Step::Ack(place.cursor));
            let message = AckRequest {
                token,
                space,
                n: place.cursor,
            };
            return Ok(Some(Ask::request(origin, "/v1/ack", &message, 0)));
        }
        if let Some(ask) = host.blob(space)? {
            let request = ask.request(place, token);
            self.step = Some(Step::Blob(ask));
            return Ok(Some(request));
        }
        Ok(None)
    }

    fn carry(&mut self, place: &Place, token: Token, purpose: Purpose, mut outgoing: Vec<Outgoing>) -> Request {
        let (origin, space) = (place.origin.as_str(), place.space);
        match purpose {
            Purpose::Append => {
                let records = outgoing.iter().map(|one| one.record.as_slice().into()).collect();
                let message = AppendRequest { token, space, records };
                let request = Ask::request(origin, "/v1/append", &message, 0);
                self.step = Some(Step::Push(outgoing));
                request
            }
            Purpose::Erase => {
                let one = outgoing.swap_remove(0);
                let message = EraseRequest {
                    token,
                    space,
                    record: one.record.as_slice().into(),
                };
                let request = Ask::request(origin, "/v1/erase", &message, 0);
                self.step = Some(Step::Erase(one));
                request
            }
            Purpose::Epoch => {
                let one = outgoing.swap_remove(0);
                let sealed_under = cairn_wire::Record::parse(&one.record).ok().map(|record| record.header);
                let message = EpochRequest {
                    token,
                    space,
                    incarnation: place.incarnation,
                    epoch: sealed_under.map_or(place.epoch, |header| header.epoch),
                    n: place.cursor,
                    record: one.record.as_slice().into(),
                };
                let request = Ask::request(origin, "/v1/epoch", &message, 0);
                self.step = Some(Step::Epoch(one));
                request
            }
        }
    }
}

pub(super) fn read_one(origin: &str, read: ReadSpace, bytes_max: u32) -> Request {
    let message = ReadRequest {
        spaces: vec![read],
        bytes_max,
        wait_ms: 0,
    };
    Ask::request(origin, "/v1/read", &message, 0)
}
