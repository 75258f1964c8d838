//! What is sent: a `POST` without a body (RFC 8030), and what its answer means.
//!
//! | answer | what becomes of it |
//! |---|---|
//! | 2xx | it was taken |
//! | 404, 410 | the subscription is over: the registration goes |
//! | 429, 5xx with a `Retry-After` of so many seconds | once more after that time, once; what is to wait for longer is dropped |
//! | anything else, redirects too, and none in time | dropped: the next ring is another one |

use std::fmt;

use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use super::address::Guarded;
use super::{Endpoint, Push};
use crate::limits::{POST_LATER_S_MAX, POST_TIMEOUT, PUSH_KEPT_S};

/// What became of a wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The push service took it.
    Taken,
    /// It knows no such subscription any more.
    Gone,
    /// It wants to be asked again after so many seconds.
    Later(u64),
    /// It said no, or nothing in time, or is nobody to connect to.
    Dropped,
}

/// Posts. Blocks until it has an answer, or [`POST_TIMEOUT`] is over.
pub(crate) struct Poster(ureq::Agent);

impl Poster {
    pub(crate) fn new(push: &Push) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // What the environment says of proxies is not for this: they would look names up that were not judged.
            .proxy(None)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_idle_connections(0)
            .max_response_header_size(16 * 1024)
            .timeout_global(Some(POST_TIMEOUT))
            .build();
        let names = Guarded {
            named: push.named().to_vec(),
            names: DefaultResolver::default(),
        };
        Self(ureq::Agent::with_parts(config, DefaultConnector::default(), names))
    }

    /// Posts to one device. What is said beside its status is not read.
    pub(crate) fn post(&self, endpoint: &Endpoint, authorization: &str) -> Outcome {
        let request = self
            .0
            .post(endpoint.url())
            .header("TTL", PUSH_KEPT_S.to_string())
            .header("Urgency", "normal")
            // Of several that wait for one phone the push service keeps the last.
            .header("Topic", "sync")
            .header("Authorization", authorization);
        let Ok(answer) = request.send_empty() else {
            return Outcome::Dropped;
        };
        let retry_after = answer.headers().get("retry-after");
        let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        match (answer.status().as_u16(), seconds) {
            (200..=299, _) => Outcome::Taken,
            (404 | 410, _) => Outcome::Gone,
            (429 | 500..=599, Some(seconds)) if seconds <= POST_LATER_S_MAX => Outcome::Later(seconds),
            _ => Outcome::Dropped,
        }
    }
}

impl fmt::Debug for Poster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Poster(…)")
    }
}
