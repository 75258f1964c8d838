//! What only reads: `session`, `read`, and reading a mailbox or a blob.

use cairn_wire::bounds::{PAGE_BYTES_MAX, READ_SLOTS_MAX, READ_SPACES_MAX, WAIT_MS_MAX};
use cairn_wire::message::{
    Item, MailboxAnswer, Page, ReadAnswer, ReadRequest, ReadSpace, RefusalCode, Sealed, SessionAnswer, SessionRequest,
};
use cairn_wire::{ClosedReceipt, HeaderBytes, MailboxId, SpaceId, Token, session_bytes};
use hyper::body::Bytes;

use super::blobs::BlobWanted;
use super::{Answer, Prepared, Relay, decode, too_large};
use crate::head::HeadNow;
use crate::limits::SESSION_S;
use crate::session::{self, verifies};
use crate::store::{Budget, Command, Mode, PageQuery, RawItem, RawPage, Refused, SharedSession, SpaceView, StoreError};
use crate::wake::Topic;

/// A question to the store.
pub(super) enum Lookup {
    Session(SessionRequest),
    Read(ReadRequest),
    Mailbox {
        mailbox: MailboxId,
        from: u32,
        wait_ms: u32,
    },
    Blob(BlobWanted),
}

/// What was found.
pub(super) struct Found {
    pub(super) answer: Answer,
    /// Whether there was nothing yet, so that one may wait and look again.
    pub(super) is_empty: bool,
}

impl Lookup {
    /// Whether it asks for what may lie far away.
    pub(super) const fn is_far(&self) -> bool {
        matches!(self, Self::Blob(_))
    }

    /// How long to wait while there is nothing, and for what.
    pub(super) fn waits_for(&self) -> (u32, Vec<Topic>) {
        match self {
            Self::Session(_) | Self::Blob(_) => (0, Vec::new()),
            Self::Read(request) => {
                let spaces = request.spaces.iter();
                let topics = spaces.map(|space| Topic::Space(space.space)).collect();
                (request.wait_ms.min(WAIT_MS_MAX), topics)
            }
            Self::Mailbox { mailbox, wait_ms, .. } => ((*wait_ms).min(WAIT_MS_MAX), vec![Topic::Mailbox(*mailbox)]),
        }
    }
}

impl Relay {
    pub(super) fn read(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: ReadRequest = decode(body)?;
        if request.spaces.len() > READ_SPACES_MAX {
            return Err(too_large(READ_SPACES_MAX));
        }
        for space in &request.spaces {
            mode(space).ok_or(Refused::MALFORMED)?;
            let slots = space.slots.as_ref().map_or(0, Vec::len);
            if slots > READ_SLOTS_MAX {
                return Err(too_large(READ_SLOTS_MAX));
            }
            self.count(&space.token, now_ms)?;
        }
        Ok(Prepared::Read(Lookup::Read(request)))
    }

    /// Asks the store, under the access there is now.
    pub(super) fn look_up(&self, lookup: &Lookup, now_ms: u64) -> Found {
        let (answer, is_empty) = match lookup {
            Lookup::Session(request) => (self.session(request, now_ms), false),
            Lookup::Read(request) => {
                let (answer, is_empty) = self.pages(request, now_ms);
                (Answer::ok(&answer), is_empty)
            }
            Lookup::Blob(wanted) => (self.blob_wanted(wanted, now_ms).unwrap_or_else(Answer::refused), false),
            Lookup::Mailbox { mailbox, from, .. } => match self.0.store.rows().mailbox(mailbox, *from, now_ms) {
                Ok((messages, count)) => {
                    let messages: Vec<_> = messages.into_iter().map(Sealed::from).collect();
                    let is_empty = messages.is_empty();
                    (Answer::ok(&MailboxAnswer { messages, count }), is_empty)
                }
                Err(error) => (Answer::refused(unavailable(&error)), false),
            },
        };
        Found { answer, is_empty }
    }

    fn session(&self, request: &SessionRequest, now_ms: u64) -> Answer {
        self.begin_session(request, now_ms)
            .map_or_else(Answer::refused, |answer| Answer::ok(&answer))
    }

    fn begin_session(&self, request: &SessionRequest, now_ms: u64) -> Result<SessionAnswer, Refused> {
        let (sessions, space, key) = (&self.0.sessions, request.space, request.key);
        let signed = session_bytes(&self.0.origin, &space, &request.nonce, &key);
        let ends_ms = match self.0.store.tickets() {
            Some(tickets) => tickets.ends_ms(&request.nonce, &space, now_ms),
            None => sessions
                .take_challenge(&request.nonce, &space, now_ms)
                .then_some(now_ms),
        };
        let (Some(ends_ms), true) = (ends_ms, verifies(&key, &signed, &request.signature)) else {
            return Err(Refused::NOT_AUTHORISED);
        };
        let mut view = self
            .0
            .store
            .rows()
            .view(&space, &key)
            .map_err(|error| unavailable(&error))??;
        if self.close_if_due(&space, &view, now_ms)? {
            view = self
                .0
                .store
                .rows()
                .view(&space, &key)
                .map_err(|error| unavailable(&error))??;
        }
        let bytes = self.0.entropy.bytes().map_err(|_| Refused::UNAVAILABLE)?;
        let token = Token::from_bytes(bytes);
        let shared = SharedSession {
            space,
            key,
            token: session::hash(&token),
            expires_ms: session::expires_ms(now_ms),
        };
        let rows = self.0.store.rows();
        let is_first = rows.begin_session(&shared, &request.nonce, ends_ms);
        if !is_first.map_err(|error| unavailable(&error))? {
            return Err(Refused::NOT_AUTHORISED);
        }
        sessions.begin(&token, space, key, now_ms);
        Ok(SessionAnswer {
            token,
            expires_s: SESSION_S,
            epoch: view.epoch,
            side: view.side,
            administer: view.administer,
            head: self.key().sign_head(HeadNow {
                space,
                incarnation: self.0.store.incarnation(),
                n: view.n,
                chain: view.chain,
                time_ms: now_ms,
            }),
        })
    }

    fn pages(&self, request: &ReadRequest, now_ms: u64) -> (ReadAnswer<'static>, bool) {
        let wanted = usize::try_from(request.bytes_max).unwrap_or(PAGE_BYTES_MAX);
        let mut budget = Budget::new(wanted.min(PAGE_BYTES_MAX));
        let pages: Vec<_> = request
            .spaces
            .iter()
            .map(|space| {
                self.page(space, &mut budget, now_ms)
                    .unwrap_or_else(|refused| self.refused_page(space, refused, now_ms))
            })
            .collect();
        let nothing = pages.iter().all(|page| page.items.is_empty() && page.refusal.is_none());
        let may_wait = request.spaces.iter().any(|space| space.since.is_some());
        (ReadAnswer { pages }, nothing && may_wait)
    }

    fn page(&self, space: &ReadSpace, budget: &mut Budget, now_ms: u64) -> Result<Page<'static>, Refused> {
        let query = PageQuery {
            space: space.space,
            key: self.who(&space.token, &space.space, now_ms)?,
            mode: mode(space).ok_or(Refused::MALFORMED)?,
        };
        if space.since.is_some() {
            self.0.waking.is_read(&query.space, &query.key);
        }
        let before = *budget;
        let page = |budget: &mut Budget| {
            let page = self.0.store.rows().page(&query, budget);
            page.map_err(|error| unavailable(&error))?
        };
        let mut raw = page(budget)?;
        if self.close_if_due(&space.space, &raw.view, now_ms)? {
            *budget = before;
            raw = page(budget)?;
        }
        Ok(self.sign_page(space, raw, now_ms))
    }

    /// Closes a space whose time has come, before anything of it is answered; whether it did.
    pub(super) fn close_if_due(&self, space: &SpaceId, view: &SpaceView, now_ms: u64) -> Result<bool, Refused> {
        if view.is_closed || view.closes_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return Ok(false);
        }
        let close = Command::CloseDue { space: *space, now_ms };
        let closed = self.0.store.rows().run(vec![close]).pop();
        closed.unwrap_or(Err(Refused::UNAVAILABLE)).map(|_| true)
    }

    fn sign_page(&self, space: &ReadSpace, raw: RawPage, now_ms: u64) -> Page<'static> {
        let head = HeadNow {
            space: space.space,
            incarnation: self.0.store.incarnation(),
            n: raw.view.n,
            chain: raw.view.chain,
            time_ms: now_ms,
        };
        let past = raw.last.filter(|(n, _)| *n < raw.view.n);
        let page_head = past.map(|(n, chain)| self.key().sign_past_head(HeadNow { n, chain, ..head }));
        Page {
            space: space.space,
            first_seq: raw.first_seq,
            items: raw.items.into_iter().map(item).collect(),
            head: Some(self.key().sign_head(head)),
            page_head,
            refusal: None,
            epoch: raw.view.epoch,
            closed: self.closed_receipt(raw.view.is_closed, &space.space, now_ms),
        }
    }

    /// What says that everything of a space is gone: for one that is closed, once it is.
    pub(super) fn closed_receipt(&self, is_closed: bool, space: &SpaceId, now_ms: u64) -> Option<ClosedReceipt> {
        let is_gone = is_closed && self.0.store.is_empty_of_blobs(space, now_ms);
        is_gone.then(|| self.key().sign_closed(*space, now_ms))
    }

    fn refused_page(&self, space: &ReadSpace, refused: Refused, now_ms: u64) -> Page<'static> {
        let is_closed = refused.code == RefusalCode::SpaceClosed;
        Page {
            space: space.space,
            first_seq: 0,
            items: Vec::new(),
            head: None,
            page_head: None,
            refusal: Some(refused.code),
            epoch: 0,
            closed: self.closed_receipt(is_closed, &space.space, now_ms),
        }
    }
}

/// The one mode a space is read in, or `None` if there is none or more than one.
fn mode(space: &ReadSpace) -> Option<Mode<'_>> {
    match (space.since, space.until, &space.slots) {
        (Some(since), None, None) => Some(Mode::Since(since)),
        (None, Some(until), None) => Some(Mode::Until(until)),
        (None, None, Some(slots)) => Some(Mode::Slots(slots)),
        _ => None,
    }
}

fn item(raw: RawItem) -> Item<'static> {
    match raw {
        RawItem::Whole { seq, record } => Item {
            record: Some(Sealed::from(record)),
            header: None,
            body_hash: None,
            seq,
        },
        RawItem::Stub { seq, header, body_hash } => Item {
            record: None,
            header: Some(HeaderBytes::from_bytes(header)),
            body_hash: Some(body_hash),
            seq,
        },
    }
}

pub(super) fn unavailable(error: &StoreError) -> Refused {
    tracing::error!(%error, "the store could not be read");
    Refused::UNAVAILABLE
}
