//! Sockets: an accept loop of its own, because every wait for a client must have an end.
//!
//! | wait | ends after |
//! |---|---|
//! | for a request's head, or idle between two | `Limits::header_timeout`; the connection is closed |
//! | for a request's body | `Limits::body_timeout`; refused |
//! | for an answer | what the request asked to wait and `Limits::request_timeout`; refused |
//! | for the client to take an answer | `Limits::stalled_write_timeout`; the connection is closed |
//! | at shutdown, for what is running | `Limits::drain_timeout` |
//!
//! Connections beyond `Limits::connections_max` stay in the accept queue.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::clock;
use crate::config::Config;
use crate::entropy::Entropy;
use crate::http::{self, Site, StallGuard};
use crate::limits::Limits;
use crate::relay::{Relay, RelayConfig};
use crate::store::{StoreConfig, StoreError};

/// Bytes a connection may buffer of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How often replaced and expired bodies are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long to wait before accepting again when the system has no more file handles.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Why a relay could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address is taken or not this machine's.
    #[error("cannot listen on this address")]
    Listen(#[source] std::io::Error),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The origin is longer than any device takes.
    #[error("origin too long")]
    OriginTooLong,
}

/// A relay that listens.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    relay: Relay,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    sweeping: JoinHandle<()>,
}

impl Server {
    /// Opens the store and the port, and begins to accept.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn bind(config: Config) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(config.listen).await.map_err(ServerError::Listen)?;
        let address = listener.local_addr().map_err(ServerError::Listen)?;
        let origin = config.origin.unwrap_or_else(|| format!("http://{address}"));
        if origin.len() > cairn_wire::bounds::ORIGIN_BYTES_MAX {
            return Err(ServerError::OriginTooLong);
        }
        let relay_config = RelayConfig {
            store: StoreConfig::new(config.data),
            origin,
            limits: config.limits.clone(),
        };
        let opening = tokio::task::spawn_blocking(move || Relay::open(&relay_config, Entropy::system()));
        let relay = opening.await.map_err(|_| StoreError::Stopped)??;
        let (stop, stopped) = watch::channel(false);
        let site = Arc::new(Site::new(relay.clone(), config.limits));
        let accepting = tokio::spawn(accept(listener, site, stopped));
        let sweeping = tokio::spawn(sweep(relay.clone()));
        Ok(Self {
            address,
            relay,
            stop,
            accepting,
            sweeping,
        })
    }

    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The relay behind it.
    #[must_use]
    pub const fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Stops accepting, ends waits, lets running requests finish, and closes the store.
    pub async fn shutdown(self) {
        self.sweeping.abort();
        self.relay.end_waits();
        self.stop.send_replace(true);
        drop(self.accepting.await);
        let relay = self.relay;
        // The last clone joins the writer's thread, which may wait for the disk.
        drop(tokio::task::spawn_blocking(move || drop(relay)).await);
    }
}

async fn accept(listener: TcpListener, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let limits = site.limits();
    let connections_max = limits.connections_max.min(Semaphore::MAX_PERMITS);
    let drain_timeout = limits.drain_timeout;
    let connections = Arc::new(Semaphore::new(connections_max));
    loop {
        let accepted = tokio::select! {
            accepted = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (listener.accept().await, permit)
            } => accepted,
            () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => break,
        };
        match accepted {
            (Ok((stream, _)), Ok(permit)) => {
                let (site, stopped) = (Arc::clone(&site), stopped.clone());
                tokio::spawn(async move {
                    serve(stream, site, stopped).await;
                    drop(permit);
                });
            }
            _ => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
    drop(listener);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    if timeout(drain_timeout, connections.acquire_many(all)).await.is_err() {
        tracing::warn!("connections were still open when the time to drain was over");
    }
}

async fn serve(stream: TcpStream, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let Limits {
        header_timeout,
        stalled_write_timeout,
        ..
    } = *site.limits();
    // Answers are written whole; waiting to fill a packet only delays them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let io = TokioIo::new(StallGuard::new(stream, stalled_write_timeout));
    let service = service_fn(move |request| http::respond(Arc::clone(&site), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
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

async fn sweep(relay: Relay) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    loop {
        every.tick().await;
        let relay = relay.clone();
        let swept = tokio::task::spawn_blocking(move || relay.sweep(clock::system_now_ms())).await;
        if !matches!(swept, Ok(Ok(()))) {
            tracing::warn!("a sweep did not finish and will be tried again");
        }
    }
}
