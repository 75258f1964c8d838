//! HTTP around the relay: routes, body limits, time limits, statuses. No meaning.

mod stall;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cairn_wire::bounds::{REQUEST_BYTES_MAX, WAIT_MS_MAX};
use cairn_wire::message::RefusalCode;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub(crate) use stall::StallGuard;

use crate::clock;
use crate::limits::Limits;
use crate::relay::{Answer, Relay};
use crate::store::Refused;

const CBOR: HeaderValue = HeaderValue::from_static("application/cbor");

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Site {
    relay: Relay,
    limits: Limits,
    /// KiB of request bodies that may be held at once.
    room_kib: Semaphore,
}

impl Site {
    pub(crate) fn new(relay: Relay, limits: Limits) -> Self {
        let room = usize::try_from(limits.in_flight_kib_max).unwrap_or(usize::MAX);
        Self {
            relay,
            limits,
            room_kib: Semaphore::new(room.min(Semaphore::MAX_PERMITS)),
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Answers one HTTP request.
pub(crate) async fn respond(site: Arc<Site>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/healthz" {
        return Ok(health(&site, request.method()).await);
    }
    if !request.uri().path().starts_with("/v1/") {
        return Ok(refusal(Refused::MALFORMED, Some(StatusCode::NOT_FOUND)));
    }
    if request.method() != Method::POST {
        let status = Some(StatusCode::METHOD_NOT_ALLOWED);
        let mut response = refusal(Refused::MALFORMED, status);
        let allow = HeaderValue::from_static("POST");
        response.headers_mut().insert(ALLOW, allow);
        return Ok(response);
    }
    // A browser may send other types to strangers without asking them first.
    if request.headers().get(CONTENT_TYPE) != Some(&CBOR) {
        let status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        return Ok(refusal(Refused::MALFORMED, status));
    }
    Ok(answer(&site, request)
        .await
        .unwrap_or_else(|refused| refusal(refused, None)))
}

async fn answer(site: &Site, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refused> {
    let too_large = Refused::with(RefusalCode::TooLarge, REQUEST_BYTES_MAX as u64);
    let path = request.uri().path().to_owned();
    let body = request.into_body();
    // Without a length the longest is assumed.
    let length = body.size_hint().upper().unwrap_or(REQUEST_BYTES_MAX as u64);
    if length > REQUEST_BYTES_MAX as u64 {
        return Err(too_large);
    }
    let kib = u32::try_from(length.div_ceil(1024)).map_err(|_| too_large)?;
    let kib = kib.min(site.limits.in_flight_kib_max);
    let room = timeout(site.limits.body_timeout, site.room_kib.acquire_many(kib))
        .await
        .map_err(|_| Refused::with(RefusalCode::RateLimited, 1))?;
    let collected = timeout(
        site.limits.body_timeout,
        Limited::new(body, REQUEST_BYTES_MAX).collect(),
    )
    .await;
    let bytes = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large),
        Ok(Err(_)) | Err(_) => return Err(Refused::MALFORMED),
    };
    let limit = Duration::from_millis(u64::from(WAIT_MS_MAX)) + site.limits.request_timeout;
    let answer = timeout(limit, site.relay.answer(&path, bytes, clock::system_now_ms)).await;
    drop(room);
    let Answer { status, body } = answer.map_err(|_| Refused::UNAVAILABLE)?;
    Ok(cbor(
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        body,
    ))
}

async fn health(site: &Site, method: &Method) -> Response<Full<Bytes>> {
    let relay = site.relay.clone();
    let alive = method == Method::GET && matches!(tokio::task::spawn_blocking(move || relay.probe()).await, Ok(Ok(())));
    let (status, body) = if alive {
        (StatusCode::OK, "ok\n")
    } else if method == Method::GET {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n")
    } else {
        (StatusCode::METHOD_NOT_ALLOWED, "")
    };
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response
}

/// A refusal, with another status than its code's where HTTP has a better word.
fn refusal(refused: Refused, status: Option<StatusCode>) -> Response<Full<Bytes>> {
    let Answer { status: own, body } = Answer::refused(refused);
    let own = StatusCode::from_u16(own).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    cbor(status.unwrap_or(own), body)
}

fn cbor(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, CBOR);
    response
}
