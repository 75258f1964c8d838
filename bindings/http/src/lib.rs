//! The one blocking HTTP transport in Rust: for the command line, the Python bindings and the tests. Apps bring their
//! platform's own.
//!
//! It follows no redirects, accepts no answer larger than an honest one, sends no cookies and no name of its own.
//!
//! Start reading at [`HttpTransport`].

use cairn_core::sync::{Request, Response, Transport, TransportError};
use std::io::Read as _;
use std::time::Duration;

/// The largest answer that is read, in bytes: one page of records and what belongs to it.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How long a request may take beyond the time the relay was asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// Sends requests with ureq and rustls.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    agent: ureq::Agent,
}

impl Default for HttpTransport {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .user_agent("")
            .build();
        Self { agent: config.into() }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = self
            .agent
            .post(format!("{}{}", request.origin, request.path))
            .config()
            .timeout_global(Some(PATIENCE + Duration::from_millis(u64::from(request.wait_ms))))
            .build()
            .content_type("application/cbor")
            .send(&request.body[..]);
        let mut answer = answer.map_err(|error| reason(&error))?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        let read = answer
            .body_mut()
            .as_reader()
            .take(ANSWER_BYTES_MAX + 1)
            .read_to_end(&mut body);
        match read {
            Ok(bytes) if bytes as u64 > ANSWER_BYTES_MAX => Err(TransportError::TooLarge),
            Ok(_) => Ok(Response { status, body }),
            Err(_) => Err(TransportError::TimedOut),
        }
    }
}

fn reason(error: &ureq::Error) -> TransportError {
    match error {
        ureq::Error::Timeout(_) => TransportError::TimedOut,
        _ => TransportError::Offline,
    }
}
