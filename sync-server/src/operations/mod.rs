//! The operator's port: whether the relay lives, whether it is ready, and what it counts. Nothing here names anybody.
//!
//! | path | answers |
//! |---|---|
//! | `/healthz` | 200 as long as the process answers |
//! | `/readyz` | 200 while the store answers and the relay is not stopping, else 503 |
//! | `/metrics` | [`metrics`] |
//!
//! It listens nowhere unless it is told where, and has no lock of its own: it is for this machine, or a network of one's own.

pub(crate) mod metrics;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::http::{Site, StallGuard};

/// Connections at once: a scraper, a probe, and somebody who looks.
const CONNECTIONS_MAX: usize = 16;

/// How long one of them may take, or idle.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long one connection may be used at all.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10 * 60);

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Serves the operator's port until it is aborted.
pub(crate) async fn serve(listener: TcpListener, site: Arc<Site>) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let permit = Arc::clone(&connections).acquire_owned().await;
        let (Ok((stream, _)), Ok(permit)) = (listener.accept().await, permit) else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let site = Arc::downgrade(&site);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let site = site.upgrade();
                async move {
                    Ok::<_, Infallible>(match site {
                        Some(site) => respond(&site, &request).await,
                        None => plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
                    })
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(TIMEOUT)
                .serve_connection(TokioIo::new(StallGuard::new(stream, TIMEOUT)), service);
            drop(timeout(CONNECTION_TIMEOUT, connection).await);
            drop(permit);
        });
    }
}

async fn respond(site: &Site, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "");
    }
    match request.uri().path() {
        "/healthz" => plain(StatusCode::OK, "ok\n"),
        "/readyz" if site.is_draining() => plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        "/readyz" if site.store_answers().await => plain(StatusCode::OK, "ok\n"),
        "/readyz" => plain(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
        "/metrics" => text(StatusCode::OK, METRICS, site.relay().metrics().text()),
        _ => plain(StatusCode::NOT_FOUND, ""),
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    text(status, TEXT, body)
}

fn text(status: StatusCode, kind: HeaderValue, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
