//! The platform's network, lent to the vault; and one of Rust's own.

use cairn_core::sync::{Request, Response, Transport as CoreTransport, TransportError as CoreError};
use cairn_http::HttpTransport;
use std::sync::Arc;

use crate::{VaultError, silent_debug};

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// There is no network, or the relay does not answer.
    #[error("the relay cannot be reached")]
    Offline,
    /// The relay did not come to an end in time.
    #[error("the relay did not answer in time")]
    TimedOut,
    /// The answer is larger than any honest one: more than 8 MiB.
    #[error("the relay's answer is too large")]
    TooLarge,
}

/// What a transport threw beside its own errors may hold addresses: it is dropped unread.
impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Offline
    }
}

/// A request to a relay: always `POST`, always `application/cbor`.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct TransportRequest {
    /// Scheme, host and port of the relay, without a slash at the end.
    pub origin: String,
    /// The path, beginning with a slash.
    pub path: String,
    /// The body: sealed, nothing in it can be read.
    pub body: Vec<u8>,
    /// How long the relay may wait before it answers, in milliseconds. Your own time limit comes on top of it.
    pub wait_ms: i32,
}

/// What a relay answered. An answer with an error status is an answer.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct TransportResponse {
    /// HTTP status.
    pub status: i32,
    /// The body.
    pub body: Vec<u8>,
}

silent_debug!(TransportRequest, TransportResponse);

/// Sends requests to a relay with the platform's own HTTP client.
///
/// It is called on a thread of the vault, never on the main thread, and waits for the answer there. It must be safe to
/// call from any thread. Follow no redirects, send no cookies, and keep nothing.
#[uniffi::export(rust, foreign)]
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the answer.
    fn send(&self, request: TransportRequest) -> Result<TransportResponse, TransportError>;
}

/// A transport that needs no platform: for the desktop, for servers and for tests. Apps on a phone bring their own,
/// which knows of proxies, VPNs and saving data.
#[uniffi::export]
pub fn http_transport() -> Result<Arc<dyn Transport>, VaultError> {
    Ok(Arc::new(Own(HttpTransport::default())))
}

/// Every path of the wire: the core names them as constants, so a text that came back is looked up here.
const PATHS: [&str; 14] = [
    "/v1/access",
    "/v1/ack",
    "/v1/append",
    "/v1/blob",
    "/v1/challenge",
    "/v1/epoch",
    "/v1/erase",
    "/v1/gate",
    "/v1/mailbox",
    "/v1/read",
    "/v1/ring",
    "/v1/session",
    "/v1/space",
    "/v1/wake",
];

/// Rust's own transport, as the foreign languages see it.
struct Own(HttpTransport);

impl Transport for Own {
    fn send(&self, request: TransportRequest) -> Result<TransportResponse, TransportError> {
        let TransportRequest {
            origin,
            path,
            body,
            wait_ms,
        } = request;
        let path = PATHS
            .into_iter()
            .find(|known| *known == path)
            .ok_or(TransportError::Offline)?;
        let wait_ms = u32::try_from(wait_ms).unwrap_or(0);
        let Response { status, body } = self.0.send(&Request {
            origin,
            path,
            body,
            wait_ms,
        })?;
        Ok(TransportResponse {
            status: status.into(),
            body,
        })
    }
}

/// The core's view of a transport.
pub(crate) struct Lent(pub(crate) Arc<dyn Transport>);

impl CoreTransport for Lent {
    fn send(&self, request: &Request) -> Result<Response, CoreError> {
        let Request {
            origin,
            path,
            body,
            wait_ms,
        } = request.clone();
        let wait_ms = i32::try_from(wait_ms).unwrap_or(i32::MAX);
        let answer = self.0.send(TransportRequest {
            origin,
            path: path.to_owned(),
            body,
            wait_ms,
        })?;
        // A status that HTTP does not have is the transport's mistake; to the core it is an answer that makes no sense.
        Ok(Response {
            status: u16::try_from(answer.status).unwrap_or(0),
            body: answer.body,
        })
    }
}

impl From<TransportError> for CoreError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Offline => Self::Offline,
            TransportError::TimedOut => Self::TimedOut,
            TransportError::TooLarge => Self::TooLarge,
        }
    }
}

impl From<CoreError> for TransportError {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::TimedOut => Self::TimedOut,
            CoreError::TooLarge => Self::TooLarge,
            _ => Self::Offline,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::PATHS;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Every path of the wire that stands in a file below `folder`.
    fn paths_below(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                paths_below(&entry.path(), found);
                continue;
            }
            let source = std::fs::read_to_string(entry.path()).unwrap();
            let named = source.split("\"/v1/").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(named.map(|name| format!("/v1/{name}")));
        }
    }

    #[test]
    fn rusts_own_transport_goes_wherever_the_core_asks() {
        let mut found = BTreeSet::new();
        paths_below(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/src"),
            &mut found,
        );
        assert_eq!(found, PATHS.map(str::to_owned).into());
    }
}
