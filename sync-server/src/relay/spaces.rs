//! `challenge`, `space` and `access`: beginning, ending, and who may ask.

use std::collections::BTreeSet;

use cairn_wire::Nonce;
use cairn_wire::bounds::{ACCESS_KEYS_MAX, CLOSE_KEEP_SLOTS_MAX};
use cairn_wire::message::{AccessRequest, ChallengeAnswer, ChallengeRequest, RefusalCode, SpaceOp, SpaceRequest};
use hyper::body::Bytes;

use super::{Answer, Prepared, Relay, decode, too_large};
use crate::session::verifies;
use crate::store::{AccessChange, Close, Command, Create, Refused};

/// The epoch of a space that is new to everybody.
const FIRST_EPOCH: u32 = 1;

impl Relay {
    /// Whether there is such a space is neither looked up nor told.
    pub(super) fn challenge(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: ChallengeRequest = decode(body)?;
        let entropy = &self.0.entropy;
        let nonce = if let Some(tickets) = self.0.store.tickets() {
            let random = entropy.bytes().map_err(|_| Refused::UNAVAILABLE)?;
            tickets.make(random, &request.space, now_ms)
        } else {
            let nonce = Nonce::from_bytes(entropy.bytes().map_err(|_| Refused::UNAVAILABLE)?);
            self.0.sessions.challenge(nonce, request.space, now_ms);
            nonce
        };
        Ok(Prepared::Answer(Answer::ok(&ChallengeAnswer {
            nonce,
            incarnation: self.0.store.signed_incarnation(),
        })))
    }

    pub(super) fn space(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: SpaceRequest = decode(body)?;
        match (request.op, &request.token) {
            (SpaceOp::Create, None) if says_nothing_of_closing(&request) => self.create(request, now_ms),
            (SpaceOp::Close, Some(token)) if request.access.is_empty() && request.epoch.is_none() => {
                let key = self.asks(token, &request.space, now_ms)?;
                let keep = request.keep.unwrap_or_default();
                if keep.len() > CLOSE_KEEP_SLOTS_MAX {
                    return Err(too_large(CLOSE_KEEP_SLOTS_MAX));
                }
                Ok(Prepared::Write(Command::Close(Close {
                    space: request.space,
                    key,
                    keep,
                    at_ms: request.at_ms,
                    now_ms,
                })))
            }
            (SpaceOp::Stay, Some(token))
                if request.access.is_empty() && request.epoch.is_none() && says_nothing_of_closing(&request) =>
            {
                let key = self.asks(token, &request.space, now_ms)?;
                Ok(Prepared::Write(Command::Stay {
                    space: request.space,
                    key,
                    now_ms,
                }))
            }
            _ => Err(Refused::MALFORMED),
        }
    }

    /// Whether a request asks, rightly signed, to begin a space in which its first key has no place yet. What is wrong with
    /// it else, the answer will say. It waits for the disk.
    pub(crate) fn begins_a_space(&self, body: &Bytes) -> bool {
        let Ok(request) = decode::<SpaceRequest>(body) else {
            return false;
        };
        let Some(first) = request.access.first().filter(|_| request.op == SpaceOp::Create) else {
            return false;
        };
        let signed = request.signed_bytes(&self.0.origin);
        if !verifies(&first.key, &signed, &request.signature) {
            return false;
        }
        match self.0.store.rows().view(&request.space, &first.key) {
            Ok(Ok(_)) => false,
            Ok(Err(refused)) => refused.code == RefusalCode::NotAuthorised,
            Err(_) => true,
        }
    }

    fn create(&self, request: SpaceRequest, now_ms: u64) -> Result<Prepared, Refused> {
        if request.access.len() > ACCESS_KEYS_MAX {
            return Err(too_large(ACCESS_KEYS_MAX));
        }
        let keys: BTreeSet<_> = request.access.iter().map(|access| access.key).collect();
        let Some(first) = request.access.first() else {
            return Err(Refused::MALFORMED);
        };
        let epoch = request.epoch.unwrap_or(FIRST_EPOCH);
        if !first.administer || keys.len() != request.access.len() || epoch < FIRST_EPOCH {
            return Err(Refused::MALFORMED);
        }
        let signed = request.signed_bytes(&self.0.origin);
        if !verifies(&first.key, &signed, &request.signature) {
            return Err(Refused::NOT_AUTHORISED);
        }
        Ok(Prepared::Write(Command::Create(Create {
            space: request.space,
            access: request.access,
            epoch,
            now_ms,
        })))
    }

    pub(super) fn access(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: AccessRequest = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        if request.add.len() > ACCESS_KEYS_MAX || request.remove.len() > ACCESS_KEYS_MAX {
            return Err(too_large(ACCESS_KEYS_MAX));
        }
        Ok(Prepared::Write(Command::Access(AccessChange {
            space: request.space,
            key,
            version: request.version,
            add: request.add,
            remove: request.remove,
            only: request.only == Some(true),
            now_ms,
        })))
    }
}

/// Whether what only a close uses is absent.
const fn says_nothing_of_closing(request: &SpaceRequest) -> bool {
    request.keep.is_none() && request.at_ms.is_none()
}
