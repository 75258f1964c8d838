//! Ways to the relay that somebody else holds: one who listens, and one who changes what passes.

use super::world::Line;
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_wire::message::{AppendRequest, EpochRequest, EraseRequest, ReadAnswer};
use cairn_wire::{Sealed, decode_canonical, encode};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that ever went to a relay.
#[derive(Clone, Default)]
pub struct Overheard(Arc<Mutex<Vec<Request>>>);

impl fmt::Debug for Overheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overheard").field("bytes", &self.bytes().len()).finish()
    }
}

impl Overheard {
    /// Notes what passes.
    pub(crate) fn note(&self, request: &Request) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(request.clone());
    }

    /// All requests, in their order.
    pub fn requests(&self) -> Vec<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every record that was ever sent, in the order in which it was.
    ///
    /// # Panics
    /// When a request that carries records cannot be read.
    pub fn records(&self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for request in self.requests() {
            match request.path {
                "/v1/append" => {
                    let message: AppendRequest<'_> = decode_canonical(&request.body).expect("an append can be read");
                    records.extend(message.records.into_iter().map(Sealed::into_vec));
                }
                "/v1/erase" => {
                    let message: EraseRequest<'_> = decode_canonical(&request.body).expect("an erase can be read");
                    records.push(message.record.into_vec());
                }
                "/v1/epoch" => {
                    let message: EpochRequest<'_> = decode_canonical(&request.body).expect("an epoch can be read");
                    records.push(message.record.into_vec());
                }
                _ => {}
            }
        }
        records
    }

    /// The bytes of all requests, one after the other.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for request in self.requests() {
            bytes.extend(request.origin.as_bytes());
            bytes.extend(request.path.as_bytes());
            bytes.extend(&request.body);
        }
        bytes
    }
}

type OnRequest = dyn Fn(&mut Request) + Send + Sync;
type OnAnswer = dyn Fn(&Request, &mut Response) + Send + Sync;

/// A relay in the middle: it may change every request and every answer.
pub struct Meddler<T> {
    line: T,
    on_request: Box<OnRequest>,
    on_answer: Box<OnAnswer>,
}

impl<T> fmt::Debug for Meddler<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meddler(…)")
    }
}

impl<T> Meddler<T> {
    /// Changes requests.
    pub fn of_requests(line: T, change: impl Fn(&mut Request) + Send + Sync + 'static) -> Self {
        Self {
            line,
            on_request: Box::new(change),
            on_answer: Box::new(|_, _| {}),
        }
    }

    /// Changes answers.
    pub fn of_answers(line: T, change: impl Fn(&Request, &mut Response) + Send + Sync + 'static) -> Self {
        Self {
            line,
            on_request: Box::new(|_| {}),
            on_answer: Box::new(change),
        }
    }
}

impl<T: Transport> Transport for Meddler<T> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let mut request = request.clone();
        (self.on_request)(&mut request);
        let mut answer = self.line.send(&request)?;
        (self.on_answer)(&request, &mut answer);
        Ok(answer)
    }
}

/// Changes the records of an append on their way to the relay; other requests pass.
pub fn change_appended(request: &mut Request, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    if request.path != "/v1/append" {
        return;
    }
    let mut message: AppendRequest<'_> =
        decode_canonical(&request.body).expect("a device sends appends that can be read");
    let mut records: Vec<Vec<u8>> = message.records.drain(..).map(Sealed::into_vec).collect();
    change(&mut records);
    message.records = records
        .into_iter()
        .map(|record| Sealed::from(record).into_owned())
        .collect();
    let changed = encode(&message);
    drop(message);
    request.body = changed;
}

/// Changes the pages of a read on their way back; other answers, and refusals, pass.
pub fn change_read(request: &Request, response: &mut Response, change: impl FnOnce(&mut ReadAnswer<'_>)) {
    if request.path != "/v1/read" || response.status != 200 {
        return;
    }
    let body = std::mem::take(&mut response.body);
    let mut answer: ReadAnswer<'_> = decode_canonical(&body).expect("the relay's pages can be read");
    change(&mut answer);
    response.body = encode(&answer);
}

/// A line that is cut for good at one request: before it reaches the relay, or after.
#[derive(Debug)]
pub struct Cut {
    line: Line,
    left: AtomicU32,
    heard: bool,
}

impl Cut {
    /// Cut at the request of this number, which the relay has `heard` or not.
    pub const fn new(line: Line, at: u32, heard: bool) -> Self {
        Self {
            line,
            left: AtomicU32::new(at),
            heard,
        }
    }
}

impl Transport for Cut {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(TransportError::Offline);
        }
        self.left.store(left - 1, Ordering::Relaxed);
        if left == 1 && !self.heard {
            return Err(TransportError::Offline);
        }
        let answer = self.line.send(request);
        if left == 1 {
            Err(TransportError::Offline)
        } else {
            answer
        }
    }
}
