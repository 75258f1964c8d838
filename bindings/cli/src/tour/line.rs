//! A device's way to the relay: counts what crosses, keeps a copy of it when asked, and can be cut.

use cairn_core::sync::{Ask, Request, Response, Transport, TransportError};
use cairn_core::wire::message::{AppendRequest, ReadAnswer};
use cairn_core::wire::{SpaceId, decode_canonical};
use cairn_http::HttpTransport;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of requests and answers over all lines of the tour.
pub(super) type Crossed = Arc<AtomicU64>;

/// One request and its answer, as they crossed.
#[derive(Debug, Clone)]
struct Crossing {
    path: &'static str,
    sent: Vec<u8>,
    answer: Response,
}

/// The line of one device.
#[derive(Debug)]
pub(super) struct Line {
    http: HttpTransport,
    crossed: Crossed,
    is_cut: AtomicBool,
    copies: Mutex<Option<Vec<Crossing>>>,
}

/// A place in a relay's log that was answered, and the sealed record there unless it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) space: SpaceId,
    pub(super) seq: u64,
    pub(super) record: Option<Vec<u8>>,
}

impl Line {
    pub(super) fn new(crossed: Crossed) -> Arc<Self> {
        Arc::new(Self {
            http: HttpTransport::default(),
            crossed,
            is_cut: AtomicBool::new(false),
            copies: Mutex::default(),
        })
    }

    /// Takes the network away, or gives it back.
    pub(super) fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// Begins to copy what crosses.
    pub(super) fn copy(&self) {
        *self.copies() = Some(Vec::new());
    }

    /// The sealed records that were handed to the relay since [`Self::copy`].
    pub(super) fn appended(&self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for one in self.copies().iter().flatten().filter(|one| one.path == "/v1/append") {
            if let Ok(request) = decode_canonical::<AppendRequest<'_>>(&one.sent) {
                records.extend(request.records.into_iter().map(|record| record.into_vec()));
            }
        }
        records
    }

    /// What the relay served since [`Self::copy`].
    pub(super) fn served(&self) -> Vec<Served> {
        let mut served = Vec::new();
        for one in self.copies().iter().flatten().filter(|one| one.path == "/v1/read") {
            let Ok(answer) = Ask::answer::<ReadAnswer<'_>>(&one.answer) else {
                continue;
            };
            for page in answer.pages {
                let space = page.space;
                let items = page.items.into_iter();
                served.extend(items.map(|item| {
                    let record = item.record.map(|record| record.into_vec());
                    Served {
                        space,
                        seq: item.seq,
                        record,
                    }
                }));
            }
        }
        served
    }

    fn copies(&self) -> MutexGuard<'_, Option<Vec<Crossing>>> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Line {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Err(TransportError::Offline);
        }
        let answer = self.http.send(request)?;
        self.crossed
            .fetch_add((request.body.len() + answer.body.len()) as u64, Ordering::SeqCst);
        if let Some(copies) = self.copies().as_mut() {
            copies.push(Crossing {
                path: request.path,
                sent: request.body.clone(),
                answer: answer.clone(),
            });
        }
        Ok(answer)
    }
}
