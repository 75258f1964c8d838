//! What is counted, for Prometheus.
//!
//! | name | labels | what |
//! |---|---|---|
//! | `cairn_relay_requests_total` | `endpoint`, `outcome` (`ok` or a refusal) | requests that were answered |
//! | `cairn_relay_request_seconds` | `endpoint` | from a request's head to its answer; a `read` includes what it waited |
//! | `cairn_relay_records_total`, `cairn_relay_record_bytes_total` | | records that `append` answered as stored, those it had already included, and their bytes |
//! | `cairn_relay_connections` | | connections that are open |
//! | `cairn_relay_waiting` | | reads that wait for something to read |
//! | `cairn_relay_wake_ups_total` | `outcome` | what became of wake-ups that were posted: `taken`, `gone` (the subscription is over), `put_off`, `dropped`; or were not, because the operator does not allow their address: `not_allowed` |
//! | `cairn_relay_limited_total` | `limit` | what a limit of the relay's kept out |
//! | `cairn_relay_nodes_heard` | | of nodes that share their store, 1 while this one hears the others; at 0 it finds what they change by looking |
//! | `cairn_relay_node_messages_total` | `what` (`told`, `heard`, or `unread`: too many at once, or none of ours) | messages between nodes |
//!
//! `prometheus-client` and not `metrics`: its registry is a value, so that two relays in one process count apart and nothing of
//! another crate comes in, and it brings two crates where the other brings twenty. Every label is one of the words below:
//! nothing that comes from outside makes a series, so there are as many after ten spaces as after ten thousand.

use std::fmt;
use std::time::Duration;

use cairn_wire::message::RefusalCode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::push::Outcome;

/// Seconds: a look-up, an fsync, a slow disk, a wait.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 40.0];

/// The endpoints, by the last part of their path.
const ENDPOINTS: [&str; 14] = [
    "challenge",
    "session",
    "space",
    "append",
    "read",
    "ack",
    "erase",
    "epoch",
    "access",
    "blob",
    "gate",
    "wake",
    "ring",
    "mailbox",
];

/// What kept something out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// Bodies held in memory at once.
    InFlight,
    /// Requests of one connection, or of one block of addresses.
    Requests,
    /// Requests of one session.
    Session,
    /// Connections of one block of addresses.
    Connections,
    /// Spaces that one block of addresses begins in a day.
    Spaces,
    /// Who may begin a space.
    SignUp,
    /// Wake-ups that wait at once.
    WakeUps,
}

impl Limit {
    const fn word(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Requests => "requests",
            Self::Session => "session",
            Self::Connections => "connections",
            Self::Spaces => "spaces",
            Self::SignUp => "sign_up",
            Self::WakeUps => "wake_ups",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    endpoint: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Timed {
    endpoint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limited {
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Said {
    what: &'static str,
}

/// What is counted of what nodes tell each other.
#[derive(Clone, Default)]
pub(crate) struct NodeFigures {
    heard: Gauge,
    messages: Family<Said, Counter>,
}

/// What became of a message between nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NodeMessage {
    Told,
    Heard,
    /// More came than could be heard, or what came is no node's.
    Unread,
}

impl NodeFigures {
    /// Whether other nodes are heard.
    pub(crate) fn hears(&self, hears: bool) {
        self.heard.set(hears.into());
    }

    pub(crate) fn message(&self, what: NodeMessage) {
        let what = match what {
            NodeMessage::Told => "told",
            NodeMessage::Heard => "heard",
            NodeMessage::Unread => "unread",
        };
        self.messages.get_or_create(&Said { what }).inc();
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Posted {
    outcome: &'static str,
}

/// The figures of one relay.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Asked, Counter>,
    seconds: Family<Timed, Histogram, fn() -> Histogram>,
    records: Counter,
    record_bytes: Counter,
    connections: Gauge,
    waiting: Gauge,
    wake_ups: Family<Posted, Counter>,
    limited: Family<Limited, Counter>,
}

impl Metrics {
    /// Those of a relay, with what its nodes count.
    pub(crate) fn new(nodes: &NodeFigures) -> Self {
        let mut registry = Registry::with_prefix("cairn_relay");
        let seconds: fn() -> Histogram = || Histogram::new(BUCKETS);
        let it = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            records: Counter::default(),
            record_bytes: Counter::default(),
            connections: Gauge::default(),
            waiting: Gauge::default(),
            wake_ups: Family::default(),
            limited: Family::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests that were answered", it.requests.clone());
        registry.register("request_seconds", "From head to answer", it.seconds.clone());
        registry.register("records", "Records that append answered as stored", it.records.clone());
        registry.register("record_bytes", "Bytes of those records", it.record_bytes.clone());
        registry.register("connections", "Connections that are open", it.connections.clone());
        registry.register("waiting", "Reads that wait", it.waiting.clone());
        registry.register(
            "wake_ups",
            "Wake-ups that were posted, or not allowed",
            it.wake_ups.clone(),
        );
        registry.register("limited", "What a limit kept out", it.limited.clone());
        registry.register("nodes_heard", "Whether other nodes are heard", nodes.heard.clone());
        registry.register("node_messages", "Messages between nodes", nodes.messages.clone());
        Self { registry, ..it }
    }

    /// A request to an [`endpoint`] was answered with 200, or refused.
    pub(crate) fn answered(&self, endpoint: &'static str, refused: Option<RefusalCode>, took: Duration) {
        let outcome = refused.map_or("ok", word);
        self.requests.get_or_create(&Asked { endpoint, outcome }).inc();
        self.seconds
            .get_or_create(&Timed { endpoint })
            .observe(took.as_secs_f64());
    }

    /// Records were answered as stored.
    pub(crate) fn stored(&self, records: u64, bytes: u64) {
        self.records.inc_by(records);
        self.record_bytes.inc_by(bytes);
    }

    /// A wake-up was posted.
    pub(crate) fn posted(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Taken => "taken",
            Outcome::Gone => "gone",
            Outcome::Later(_) => "put_off",
            Outcome::Dropped => "dropped",
        };
        self.wake_ups.get_or_create(&Posted { outcome }).inc();
    }

    /// Somebody rang for a device at an address that the operator does not allow.
    pub(crate) fn not_allowed(&self) {
        let outcome = "not_allowed";
        self.wake_ups.get_or_create(&Posted { outcome }).inc();
    }

    /// A limit kept something out.
    pub(crate) fn limited(&self, limit: Limit) {
        let limit = limit.word();
        self.limited.get_or_create(&Limited { limit }).inc();
    }

    /// Counts a connection as long as what comes back lives.
    pub(crate) fn connection(&self) -> Counted {
        Counted::new(&self.connections)
    }

    /// Counts one who waits, in the same way.
    pub(crate) fn one_waits(&self) -> Counted {
        Counted::new(&self.waiting)
    }

    /// Everything, in the text format of `OpenMetrics` 1.0, which Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(…)")
    }
}

/// One more, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The word for a path: paths that are none of ours share one.
pub(crate) fn endpoint(path: &str) -> &'static str {
    let name = path.strip_prefix("/v1/").unwrap_or_default();
    ENDPOINTS.into_iter().find(|known| *known == name).unwrap_or("none")
}

/// The word for a refusal.
const fn word(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::NotAuthorised => "not_authorised",
        RefusalCode::Conflict => "conflict",
        RefusalCode::ResyncRequired => "resync_required",
        RefusalCode::StaleEpoch => "stale_epoch",
        RefusalCode::SlotClosed => "slot_closed",
        RefusalCode::BadMerge => "bad_merge",
        RefusalCode::OverQuota => "over_quota",
        RefusalCode::Malformed => "malformed",
        RefusalCode::TooLarge => "too_large",
        RefusalCode::RateLimited => "rate_limited",
        RefusalCode::SpaceClosed => "space_closed",
        RefusalCode::Unavailable => "unavailable",
    }
}
