//! Sockets: an accept loop of its own, because every wait for a client must have an end.
//!
//! | wait | ends after |
//! |---|---|
//! | for agreeing on TLS | `Limits::handshake_timeout`; the connection is closed |
//! | for a request's head, or idle between two | `Limits::header_timeout`; the connection is closed |
//! | for a request's body | `Limits::body_timeout`; refused |
//! | for an answer | what the request asked to wait and `Limits::request_timeout`; refused |
//! | for the client to take an answer | `Limits::stalled_write_timeout`; the connection is closed |
//! | at shutdown, for what is running | `Limits::drain_timeout` |
//!
//! Connections beyond `Limits::connections_max` stay in the accept queue; beyond `Limits::block_connections_max` they are closed.

#[cfg(test)]
mod tests;
mod tls;
mod waking;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::clock::Clock;
use crate::config::Config;
use crate::entropy::{Entropy, EntropyError};
use crate::http::{self, Peer, Site, StallGuard};
use crate::limits::{ACCEPT_QUEUE_MAX, LOOK_AROUND_EVERY};
use crate::operations;
use crate::operations::metrics::Limit;
use crate::relay::{Relay, RelayConfig};
use crate::store::{StoreConfig, StoreError};
use tls::Tls;
pub use tls::{TlsError, TlsFiles};

/// Bytes a connection may buffer of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How often replaced and expired bodies are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often the files of the certificate are looked at.
const RENEW_EVERY: Duration = Duration::from_secs(60);

/// How long to wait before accepting again when the system has no more file handles.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Why a relay could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address is taken or not this machine's.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system has no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The origin is longer than any device takes.
    #[error("origin too long")]
    OriginTooLong,
}

/// A relay that listens.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    operations: Option<SocketAddr>,
    relay: Relay,
    site: Arc<Site>,
    tls: Option<Arc<Tls>>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    /// What runs beside it until the end.
    beside: Vec<JoinHandle<()>>,
}

impl Server {
    /// Opens the store and the ports, and begins to accept.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn bind(config: Config) -> Result<Self, ServerError> {
        let store = config.store();
        Self::bind_under(config, store, Clock::system()).await
    }

    /// As [`Self::bind`], over a store of one's own instead of the one that `config` names, and by another clock. For simulations.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn bind_under(config: Config, store: StoreConfig, clock: Clock) -> Result<Self, ServerError> {
        let tls = config.tls.map(Tls::open).transpose()?.map(Arc::new);
        let (listener, address) = listen(config.listen)?;
        let operations = match config.operations {
            Some(address) => Some(listen(address)?),
            None => None,
        };
        let scheme = scheme(tls.is_some());
        let origin = config.origin.unwrap_or_else(|| format!("{scheme}://{address}"));
        if origin.len() > cairn_wire::bounds::ORIGIN_BYTES_MAX {
            return Err(ServerError::OriginTooLong);
        }
        let relay_config = RelayConfig {
            store,
            origin,
            limits: config.limits.clone(),
            push: config.push,
            push_contact: config.push_contact,
        };
        let push_at_once = config.limits.push_at_once;
        let key = Entropy::system().bytes()?;
        let opening = tokio::task::spawn_blocking(move || Relay::open(&relay_config, Entropy::system()));
        let relay = opening.await.map_err(|_| StoreError::Stopped)??;
        let (stop, stopped) = watch::channel(false);
        let site = Arc::new(Site::new(
            relay.clone(),
            config.limits,
            config.sign_up,
            key,
            clock.clone(),
        ));
        let door = Door {
            site: Arc::clone(&site),
            tls: tls.clone(),
            stopped,
        };
        let accepting = tokio::spawn(accept(listener, door));
        let mut beside = vec![tokio::spawn(sweep(relay.clone(), clock.clone()))];
        if relay.shares_its_store() {
            beside.push(tokio::spawn(look_around(relay.clone())));
        }
        if relay.wakes() {
            beside.push(tokio::spawn(waking::wake(relay.clone(), push_at_once, clock)));
        }
        beside.extend(tls.clone().map(|tls| tokio::spawn(renew_at_times(tls))));
        let operations = operations.map(|(listener, address)| {
            beside.push(tokio::spawn(operations::serve(listener, Arc::clone(&site))));
            address
        });
        Ok(Self {
            address,
            operations,
            relay,
            site,
            tls,
            stop,
            accepting,
            beside,
        })
    }

    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the operator's port.
    #[must_use]
    pub const fn operations(&self) -> Option<SocketAddr> {
        self.operations
    }

    /// Where it is reached on this machine, as `http://address` or `https://address`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", scheme(self.tls.is_some()), self.address)
    }

    /// The relay behind it.
    #[must_use]
    pub const fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Reads the files of the certificate again. Connections go on with what they began with; where the files cannot be used,
    /// everything stays as it is.
    pub async fn renew_certificate(&self) {
        if let Some(tls) = self.tls.clone() {
            renew(tls, true).await;
        }
    }

    /// Stops accepting, ends waits, lets running requests finish, and closes the store.
    pub async fn shutdown(self) {
        self.site.begin_to_drain();
        self.relay.end_waits();
        self.stop.send_replace(true);
        drop(self.accepting.await);
        for task in self.beside {
            task.abort();
            drop(task.await);
        }
        drop(self.site);
        let relay = self.relay;
        // The last clone joins the writer's thread, which may wait for the disk.
        drop(tokio::task::spawn_blocking(move || drop(relay)).await);
    }
}

const fn scheme(has_tls: bool) -> &'static str {
    if has_tls { "https" } else { "http" }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServerError> {
    let failed = |error| ServerError::Listen(address, error);
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(failed)?;
    // On its own, so that a relay that starts again is not kept from its port by connections that have ended.
    #[cfg(unix)]
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    let listener = socket.listen(ACCEPT_QUEUE_MAX).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// What every connection comes in by.
#[derive(Clone)]
struct Door {
    site: Arc<Site>,
    tls: Option<Arc<Tls>>,
    stopped: watch::Receiver<bool>,
}

async fn accept(listener: TcpListener, door: Door) {
    let limits = door.site.limits();
    let connections_max = limits.connections_max.min(Semaphore::MAX_PERMITS);
    let drain_timeout = limits.drain_timeout;
    let connections = Arc::new(Semaphore::new(connections_max));
    let mut stopped = door.stopped.clone();
    loop {
        let accepted = tokio::select! {
            accepted = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (listener.accept().await, permit)
            } => accepted,
            () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => break,
        };
        match accepted {
            (Ok((stream, peer)), Ok(permit)) => {
                let door = door.clone();
                tokio::spawn(async move {
                    door.come_in(stream, peer.ip()).await;
                    drop(permit);
                });
            }
            _ => sleep(ACCEPT_AGAIN).await,
        }
    }
    drop(listener);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    if timeout(drain_timeout, connections.acquire_many(all)).await.is_err() {
        tracing::warn!("connections were still open when the time to drain was over");
    }
}

impl Door {
    async fn come_in(self, stream: TcpStream, peer: IpAddr) {
        let site = Arc::clone(&self.site);
        let metrics = site.relay().metrics();
        let limits = site.limits();
        // A proxy connects for everybody.
        let cell = site.blocks().cell(peer).filter(|_| limits.trusted_proxies == 0);
        let Some(connected) = site.blocks().connection(cell) else {
            metrics.limited(Limit::Connections);
            return;
        };
        let peer = Peer {
            address: peer,
            connected,
        };
        let _counted = metrics.connection();
        // Answers are written whole; waiting to fill a packet only delays them.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let stream = StallGuard::new(stream, limits.stalled_write_timeout);
        match self.tls.clone() {
            None => self.serve(stream, peer).await,
            // In a box, so that a connection without TLS does not take the room of one with it.
            Some(tls) => Box::pin(self.serve_over(tls, stream, peer)).await,
        }
    }

    /// Agrees on TLS, then serves.
    async fn serve_over(self, tls: Arc<Tls>, stream: StallGuard<TcpStream>, peer: Peer) {
        let patience = self.site.limits().handshake_timeout;
        if let Ok(Ok(stream)) = timeout(patience, tls.acceptor().accept(stream)).await {
            self.serve(stream, peer).await;
        } else {
            tracing::debug!("a connection did not agree on TLS");
        }
    }

    /// Serves a connection. It lies in a box, and nowhere else: thousands wait in one.
    fn serve<S>(self, stream: S, peer: Peer) -> impl Future<Output = ()> + Send
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { site, mut stopped, .. } = self;
        let header_timeout = site.limits().header_timeout;
        let peer = Arc::new(peer);
        let service = service_fn(move |request| http::respond(Arc::clone(&site), &peer, request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(header_timeout)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = Box::pin(connection);
        async move {
            let ended = tokio::select! {
                ended = connection.as_mut() => Some(ended),
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => None,
            };
            let ended = match ended {
                Some(ended) => ended,
                None => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if ended.is_err() {
                tracing::debug!("a connection ended early");
            }
        }
    }
}

async fn renew_at_times(tls: Arc<Tls>) {
    let mut every = tokio::time::interval(RENEW_EVERY);
    loop {
        every.tick().await;
        renew(Arc::clone(&tls), false).await;
    }
}

async fn renew(tls: Arc<Tls>, anyway: bool) {
    drop(tokio::task::spawn_blocking(move || tls.renew(anyway)).await);
}

async fn sweep(relay: Relay, clock: Clock) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    loop {
        every.tick().await;
        let (relay, now_ms) = (relay.clone(), clock.now_ms());
        let swept = tokio::task::spawn_blocking(move || relay.sweep(now_ms)).await;
        if !matches!(swept, Ok(Ok(()))) {
            tracing::warn!("a sweep did not finish and will be tried again");
        }
    }
}

async fn look_around(relay: Relay) {
    loop {
        sleep(LOOK_AROUND_EVERY).await;
        let relay = relay.clone();
        // Said where the store does not answer whoever asks it; the next time is soon.
        drop(tokio::task::spawn_blocking(move || relay.look_around()).await);
    }
}
