//! The one function a platform lends to sync: a request out, an answer in.

use std::fmt;

/// A request to a relay: always `POST`, always CBOR.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Scheme, host and port of the relay, without a slash at the end.
    pub origin: String,
    /// The path, beginning with a slash.
    pub path: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// How long the relay may wait before it answers, in milliseconds; a transport's own time limit comes on top of it.
    pub wait_ms: u32,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("path", &self.path)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What a relay answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// There is no network, or the relay does not answer. Nobody's fault: try again later.
    #[error("the relay cannot be reached")]
    Offline,
    /// The relay began to answer and never came to an end.
    #[error("the relay did not answer in time")]
    TimedOut,
    /// The answer is larger than any honest one.
    #[error("the relay's answer is too large")]
    TooLarge,
}

/// Sends requests. It follows no redirects: the relay's origin is pinned when a space begins.
pub trait Transport: Send + Sync {
    /// Sends `request` and waits for the answer.
    ///
    /// # Errors
    /// [`TransportError`] when there is none. An answer with an error status is an answer.
    fn send(&self, request: &Request) -> Result<Response, TransportError>;
}
