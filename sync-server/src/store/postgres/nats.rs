//! The way through NATS: one subject of this store's own, on which every node says what changed and hears what the others say.
//!
//! Whoever runs the server, or reads what it logs, learns when something changed and nothing of what: the subject is `cairn_relay.1.` and 32 digits of
//! hexadecimal that follow from the seed of the relay's own key, and a message names topics by their [`Alias`]. A message:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 8 | the node that says it, random at its start |
//! | 16 each, up to [`TOPICS_MAX`] | aliases |
//!
//! One without aliases is what a node says first, to hear itself: then it knows that it may say and hear what it has to. What is of another version, or no message, is left
//! unread. A stranger who may publish there can make nodes look for nothing, and no more than that: who has read a message can send it again, and nobody can make one that anybody waits for.
//!
//! The library's own way to begin again is not used: a line that was lost is over, as the database's is, and the next one tells everybody to look.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, Event, Message, Subscriber};
use data_encoding::HEXLOWER;
use futures_util::StreamExt as _;
use hyper::body::Bytes;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::tell::{Heard, Line, TOPICS_MAX, Way};
use crate::limits::{HEARD_MAX, NATS_CONNECT_TIMEOUT};
use crate::store::nats::Pass;
use crate::store::{Nats, StoreError};
use crate::trust;
use crate::wake::{Alias, AliasKey, Topic, Wakeups};

const VERSION: u8 = 1;

/// How long nothing comes from a server before it is asked whether it is there; twice unanswered, the line is over.
const PING_EVERY: Duration = Duration::from_secs(15);

/// A store's nodes at NATS.
pub(super) struct ThroughNats {
    nats: Nats,
    tls: rustls::ClientConfig,
    key: AliasKey,
    subject: String,
    node: [u8; 8],
}

impl ThroughNats {
    pub(super) fn new(nats: &Nats, seed: &[u8; 32], node: [u8; 8]) -> Result<Self, StoreError> {
        let speaks_tls = nats.servers().iter().any(async_nats::ServerAddr::tls_required);
        // A server may ask for TLS where it was not said that there is any.
        let tls = match trust::client_config(nats.ca()) {
            Err(_) if !speaks_tls && nats.ca().is_none() => trust::nobody(),
            config => config,
        };
        if nats.shows_its_secret() {
            tracing::warn!(
                "the password of NATS goes over the network as it is: say tls:// unless the network is your own"
            );
        }
        Ok(Self {
            nats: nats.clone(),
            tls: tls?,
            key: AliasKey::of_seed(seed),
            subject: subject(seed),
            node,
        })
    }

    pub(super) fn key(&self) -> AliasKey {
        self.key.clone()
    }

    fn options(&self, ended: &Arc<Ended>) -> ConnectOptions {
        let ended = Arc::clone(ended);
        let options = match self.nats.pass() {
            Pass::None => ConnectOptions::new(),
            Pass::Token(token) => ConnectOptions::with_token(token),
            Pass::User(user, password) => ConnectOptions::with_user_and_password(user, password),
        };
        options
            .tls_client_config(self.tls.clone())
            .connection_timeout(NATS_CONNECT_TIMEOUT)
            .ping_interval(PING_EVERY)
            .subscription_capacity(HEARD_MAX)
            .max_reconnects(self.nats.servers().len())
            .ignore_discovered_servers()
            .event_callback(move |event| {
                let ended = Arc::clone(&ended);
                async move { ended.happened(&event) }
            })
    }
}

/// The subject of a store.
fn subject(seed: &[u8; 32]) -> String {
    let hash = blake3::derive_key("cairn relay NATS subject 1", seed);
    format!("cairn_relay.1.{}", HEXLOWER.encode(&hash[..16]))
}

/// What the library tells of a line beside messages.
#[derive(Default)]
struct Ended {
    is_over: AtomicBool,
    overflowed: AtomicBool,
    came: Notify,
}

impl Ended {
    fn happened(&self, event: &Event) {
        match event {
            Event::Disconnected | Event::Closed | Event::ClientError(_) => self.is_over.store(true, Ordering::Release),
            Event::SlowConsumer(_) => self.overflowed.store(true, Ordering::Release),
            _ => return,
        }
        self.came.notify_one();
    }
}

/// A connection that hears.
pub(super) struct Connected {
    client: Client,
    subscriber: Subscriber,
    ended: Arc<Ended>,
    key: AliasKey,
    subject: String,
    node: [u8; 8],
    heard_itself: bool,
}

impl Way for ThroughNats {
    type Line = Connected;
    const SPEAKS: bool = true;

    async fn begin(&self) -> Result<Connected, StoreError> {
        let begun = async {
            let ended = Arc::new(Ended::default());
            let client = self.options(&ended).connect(self.nats.servers()).await;
            let client = client.map_err(|error| StoreError::Nats(said_of(&error)))?;
            let subscriber = client.subscribe(self.subject.clone()).await;
            let subscriber = subscriber.map_err(|_| StoreError::Nats("it does not let this node hear"))?;
            let mut line = Connected {
                client,
                subscriber,
                ended,
                key: self.key.clone(),
                subject: self.subject.clone(),
                node: self.node,
                heard_itself: false,
            };
            let silence = StoreError::Nats("it does not let this node say or hear what it has to");
            if !line.tell(&[]).await {
                return Err(silence);
            }
            // What others say meanwhile, everybody looks for when this is done.
            let nobody = Wakeups::default();
            while !line.heard_itself {
                if line.hear(&nobody).await.is_none() {
                    return Err(silence);
                }
            }
            Ok(line)
        };
        // In a box: a connection is a large thing to wait for.
        let begun: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(begun);
        let late = StoreError::Nats("it does not answer in time, or not what it is asked");
        let servers = u32::try_from(self.nats.servers().len()).unwrap_or(u32::MAX);
        let most = NATS_CONNECT_TIMEOUT.saturating_mul(servers);
        timeout(most, begun).await.unwrap_or(Err(late))
    }
}

/// What is wrong, without where.
fn said_of(error: &ConnectError) -> &'static str {
    match error.kind() {
        _ if is_of_tls(error) => "TLS was not agreed on",
        ConnectErrorKind::Dns => "nobody knows its name",
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            "it does not take this user, password or token"
        }
        ConnectErrorKind::Tls => "TLS was not agreed on",
        ConnectErrorKind::TimedOut => "it does not answer in time",
        _ => "the connection failed",
    }
}

/// Whether the cause is in TLS, which may be within an error of the socket.
fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    within.is_some_and(|within| within.is::<rustls::Error>()) || error.source().is_some_and(is_of_tls)
}

impl Line for Connected {
    async fn hear(&mut self, wakeups: &Wakeups) -> Option<Heard> {
        loop {
            if self.ended.is_over.load(Ordering::Acquire) {
                return None;
            }
            if self.ended.overflowed.swap(false, Ordering::AcqRel) {
                return Some(Heard::Unread);
            }
            tokio::select! {
                message = self.subscriber.next() => return message.map(|message| self.read(&message, wakeups)),
                () = self.ended.came.notified() => {}
            }
        }
    }

    async fn tell(&mut self, topics: &[Topic]) -> bool {
        let aliases = topics.iter().map(|topic| self.key.alias(topic));
        let said = Bytes::from(written(&self.node, aliases));
        // What comes until it is on its way is said in one.
        self.client.publish(self.subject.clone(), said).await.is_ok() && self.client.flush().await.is_ok()
    }

    async fn end(self) {}
}

impl Connected {
    fn read(&mut self, message: &Message, wakeups: &Wakeups) -> Heard {
        let Some((node, aliases)) = read(&message.payload) else {
            return Heard::Unread;
        };
        if *node == self.node || aliases.is_empty() {
            self.heard_itself |= *node == self.node;
            return Heard::Nothing;
        }
        for alias in aliases {
            wakeups.wake_alias(&Alias(*alias));
        }
        Heard::Another
    }
}

fn written(node: &[u8; 8], aliases: impl Iterator<Item = Alias>) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(node);
    bytes.extend(aliases.flat_map(|alias| alias.0));
    bytes
}

/// Who says it, and what changed.
fn read(bytes: &[u8]) -> Option<(&[u8; 8], &[[u8; 16]])> {
    let (version, rest) = bytes.split_first()?;
    let (node, rest) = rest.split_first_chunk()?;
    let (aliases, rest) = rest.as_chunks();
    (*version == VERSION && rest.is_empty() && aliases.len() <= TOPICS_MAX).then_some((node, aliases))
}

#[cfg(test)]
mod tests {
    use cairn_wire::SpaceId;

    use super::*;

    #[test]
    fn what_is_said_is_what_it_was() {
        let key = AliasKey::of_seed(&[7; 32]);
        let topic = Topic::Space(SpaceId::from_bytes([1; 16]));
        let message = written(&[9; 8], [key.alias(&topic)].into_iter());
        assert_eq!(
            HEXLOWER.encode(&message),
            "01090909090909090941c968c534e82116cc7b3f9194c72e2a"
        );
        assert_eq!(subject(&[7; 32]), "cairn_relay.1.814e956d1cf61a2bbd7e95e57946aea0");
        assert_ne!(subject(&[7; 32]), subject(&[8; 32]), "each store has its own");
        assert!(
            !message.windows(4).any(|bytes| bytes == [1; 4]),
            "nothing names the space"
        );
    }

    #[test]
    fn what_no_node_says_is_left_unread() {
        let aliases = |count: usize| written(&[9; 8], std::iter::repeat_n(Alias([1; 16]), count));
        for count in [0, 1, TOPICS_MAX] {
            let message = aliases(count);
            assert_eq!(
                read(&message).map(|(node, aliases)| (*node, aliases.len())),
                Some(([9; 8], count))
            );
        }
        let mut other = aliases(1);
        other[0] = 2;
        for wrong in [
            Vec::new(),
            vec![VERSION],
            aliases(0)[..8].to_vec(),
            aliases(1)[..24].to_vec(),
            aliases(TOPICS_MAX + 1),
            other,
            vec![0xff; 100_000],
        ] {
            assert_eq!(read(&wrong), None, "{} bytes", wrong.len());
        }
    }
}
