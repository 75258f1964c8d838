//! HTTP around the relay: routes, body limits, time limits, statuses. No meaning.

pub(crate) mod blocks;
mod stall;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cairn_wire::bounds::{REQUEST_BYTES_MAX, WAIT_MS_MAX};
use cairn_wire::decode_canonical;
use cairn_wire::message::{Refusal, RefusalCode};
use governor::clock::DefaultClock;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

pub(crate) use stall::StallGuard;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::operations::metrics::{Limit, endpoint};
use crate::relay::{Answer, Relay};
use crate::sign_up::SignUp;
use crate::store::{Refused, StoreError};
use blocks::{Blocks, Cell, Connected, asker};

const CBOR: HeaderValue = HeaderValue::from_static("application/cbor");

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Site {
    relay: Relay,
    limits: Limits,
    sign_up: SignUp,
    blocks: Blocks,
    clock: Clock,
    /// KiB of request bodies that may be held at once.
    room_kib: Arc<Semaphore>,
    draining: AtomicBool,
}

impl Site {
    /// `key` is random, and nobody else has it.
    pub(crate) fn new(relay: Relay, limits: Limits, sign_up: SignUp, key: [u8; 32], clock: Clock) -> Self {
        let room = usize::try_from(limits.in_flight_kib_max).unwrap_or(usize::MAX);
        Self {
            relay,
            blocks: Blocks::new(&limits, key, DefaultClock::default()),
            limits,
            sign_up,
            clock,
            room_kib: Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS))),
            draining: AtomicBool::new(false),
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn relay(&self) -> &Relay {
        &self.relay
    }

    pub(crate) const fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// From now on nothing new is wanted here.
    pub(crate) fn begin_to_drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether rows can be read, wherever blobs lie.
    async fn rows_answer(&self) -> bool {
        self.answers(Relay::probe_rows).await
    }

    /// Whether the store can be read, all of it.
    pub(crate) async fn store_answers(&self) -> bool {
        self.answers(Relay::probe).await
    }

    async fn answers(&self, probe: fn(&Relay) -> Result<(), StoreError>) -> bool {
        let relay = self.relay.clone();
        matches!(tokio::task::spawn_blocking(move || probe(&relay)).await, Ok(Ok(())))
    }
}

/// Whoever is at the other end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Where it comes from: its own address, or a proxy's.
    pub(crate) address: IpAddr,
    /// Its place among the connections of its block.
    pub(crate) connected: Connected,
}

/// A request that was read.
struct Taken {
    path: String,
    body: Bytes,
    /// The room its body takes until it is answered.
    _room: OwnedSemaphorePermit,
}

/// What is answered instead of handing a request to the relay.
enum Instead {
    /// A refusal, with another status than its code's where HTTP has a better word.
    Refusal(Refused, Option<StatusCode>),
    /// What is no matter of the relay's.
    Whole(Box<Response<Full<Bytes>>>),
}

impl From<Refused> for Instead {
    fn from(refused: Refused) -> Self {
        Self::Refusal(refused, None)
    }
}

/// Answers one HTTP request.
///
/// Thousands wait for their answer at once. So what a request is read with lies in a box that is gone by then, headers included.
pub(crate) fn respond(
    site: Arc<Site>,
    peer: &Arc<Peer>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send + use<> {
    let began = Instant::now();
    let endpoint = endpoint(request.uri().path());
    let taking = Box::pin(take(Arc::clone(&site), Arc::clone(peer), request));
    async move {
        let (answer, status) = match taking.await {
            Ok(taken) => (answer(&site, taken).await, None),
            Err(Instead::Refusal(refused, status)) => (Answer::refused(refused), status),
            Err(Instead::Whole(response)) => return Ok(*response),
        };
        Ok(response(&site, endpoint, answer, status, began.elapsed()))
    }
}

async fn answer(site: &Site, taken: Taken) -> Answer {
    let limit = Duration::from_millis(u64::from(WAIT_MS_MAX)) + site.limits.request_timeout;
    // In one go: under a name of its own it would be kept beside what it was moved into.
    timeout(limit, site.relay.answer(&taken.path, taken.body, &site.clock))
        .await
        .unwrap_or_else(|_| Answer::refused(Refused::UNAVAILABLE))
}

/// Counts an answer, and says it in HTTP.
fn response(
    site: &Site,
    endpoint: &'static str,
    answer: Answer,
    status: Option<StatusCode>,
    took: Duration,
) -> Response<Full<Bytes>> {
    let refusal = (answer.status != 200).then(|| decode_canonical(&answer.body).unwrap_or(UNKNOWN));
    let code = refusal.map(|refusal| refusal.code);
    site.relay.metrics().answered(endpoint, code, took);
    let own = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = cbor(status.unwrap_or(own), answer.body);
    if status == Some(StatusCode::METHOD_NOT_ALLOWED) {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(Refusal {
        code: RefusalCode::RateLimited,
        value: Some(seconds),
    }) = refusal
    {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A refusal that cannot be read back: there is none.
const UNKNOWN: Refusal = Refusal::new(RefusalCode::Unavailable);

/// Reads a request whole, if it may be asked.
async fn take(site: Arc<Site>, peer: Arc<Peer>, request: Request<Incoming>) -> Result<Taken, Instead> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    if path == "/healthz" {
        return Err(Instead::Whole(Box::new(health(&site, &head.method).await)));
    }
    let malformed = |status| Err(Instead::Refusal(Refused::MALFORMED, Some(status)));
    if !path.starts_with("/v1/") {
        return malformed(StatusCode::NOT_FOUND);
    }
    if head.method != Method::POST {
        return malformed(StatusCode::METHOD_NOT_ALLOWED);
    }
    // A browser may send other types to strangers without asking them first.
    if head.headers.get(CONTENT_TYPE) != Some(&CBOR) {
        return malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let asker = asker(peer.address, &head.headers, site.limits.trusted_proxies);
    let cell = site.blocks.cell(asker);
    // The connection first: what one is refused is not taken from its block.
    let allowed = peer.connected.request().and_then(|()| site.blocks.request(cell));
    allowed.map_err(|seconds| site.limited(Limit::Requests, seconds))?;

    let too_large = Refused::with(RefusalCode::TooLarge, REQUEST_BYTES_MAX as u64);
    // Without a length the longest is assumed.
    let length = body.size_hint().upper().unwrap_or(REQUEST_BYTES_MAX as u64);
    if length > REQUEST_BYTES_MAX as u64 {
        return Err(too_large.into());
    }
    let kib = u32::try_from(length.div_ceil(1024)).map_err(|_| too_large)?;
    let kib = kib.min(site.limits.in_flight_kib_max);
    let room = Arc::clone(&site.room_kib).acquire_many_owned(kib);
    let room = timeout(site.limits.body_timeout, room).await;
    let Ok(Ok(room)) = room else {
        return Err(site.limited(Limit::InFlight, 1).into());
    };
    let collected = timeout(
        site.limits.body_timeout,
        Limited::new(body, REQUEST_BYTES_MAX).collect(),
    )
    .await;
    let body = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large.into()),
        Ok(Err(_)) | Err(_) => return Err(Refused::MALFORMED.into()),
    };
    if path == "/v1/space" {
        site.may_begin(&head.headers, cell, &body).await?;
    }
    Ok(Taken {
        path: path.to_owned(),
        body,
        _room: room,
    })
}

impl Site {
    /// Whether who sends this may begin the space it asks for, if it asks for one.
    async fn may_begin(&self, headers: &HeaderMap, cell: Option<Cell>, body: &Bytes) -> Result<(), Instead> {
        let is_let_in = self.sign_up.lets_in(headers);
        if is_let_in && cell.is_none() {
            return Ok(());
        }
        let (relay, body) = (self.relay.clone(), body.clone());
        let begins = tokio::task::spawn_blocking(move || relay.begins_a_space(&body)).await;
        if matches!(begins, Ok(false)) {
            return Ok(());
        }
        if !is_let_in {
            self.relay.metrics().limited(Limit::SignUp);
            return Err(Instead::Refusal(Refused::NOT_AUTHORISED, Some(StatusCode::FORBIDDEN)));
        }
        let allowed = self.blocks.space(cell);
        allowed.map_err(|seconds| self.limited(Limit::Spaces, seconds).into())
    }

    fn limited(&self, limit: Limit, seconds: u64) -> Refused {
        self.relay.metrics().limited(limit);
        Refused::with(RefusalCode::RateLimited, seconds)
    }
}

async fn health(site: &Site, method: &Method) -> Response<Full<Bytes>> {
    let (status, body) = if method != Method::GET {
        (StatusCode::METHOD_NOT_ALLOWED, "")
    } else if site.rows_answer().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n")
    };
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response
}

fn cbor(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, CBOR);
    response
}
