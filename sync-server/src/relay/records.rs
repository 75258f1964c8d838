//! `append`, `erase`, `ack`, `epoch`: reading and hashing records before the writer sees them.

use cairn_wire::bounds::APPEND_RECORDS_MAX;
use cairn_wire::message::{AckRequest, AppendRequest, EpochRequest, EraseRequest, Outcome, Sealed};
use cairn_wire::{Record, SpaceId};
use hyper::body::Bytes;

use super::{Prepared, Relay, decode, range_in, too_large};
use crate::rule::{self, Purpose};
use crate::store::{Ack, Append, Command, EpochSwap, Erase, Parsed, Refused};

impl Relay {
    pub(super) fn append(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: AppendRequest<'_> = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        if request.records.len() > APPEND_RECORDS_MAX {
            return Err(too_large(APPEND_RECORDS_MAX));
        }
        let records = request
            .records
            .iter()
            .map(|record| parsed(body, record, &request.space, Purpose::Ordinary))
            .collect();
        Ok(Prepared::Write(Command::Append(Append {
            space: request.space,
            key,
            records,
            request: body.clone(),
            now_ms,
        })))
    }

    pub(super) fn erase(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: EraseRequest<'_> = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        let record = one_parsed(body, &request.record, &request.space, Purpose::Tombstone)?;
        Ok(Prepared::Write(Command::Erase(Erase {
            space: request.space,
            key,
            record,
            request: body.clone(),
            now_ms,
        })))
    }

    pub(super) fn epoch(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: EpochRequest<'_> = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        let record = one_parsed(body, &request.record, &request.space, Purpose::EpochLink)?;
        // What is compared and swapped must be what the link was sealed under.
        let header = &record.header;
        if (header.incarnation, header.epoch) != (request.incarnation, request.epoch) {
            return Err(Refused::MALFORMED);
        }
        Ok(Prepared::Write(Command::Epoch(EpochSwap {
            space: request.space,
            key,
            n: request.n,
            record,
            request: body.clone(),
            now_ms,
        })))
    }

    pub(super) fn ack(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: AckRequest = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        Ok(Prepared::Write(Command::Ack(Ack {
            space: request.space,
            key,
            n: request.n,
            now_ms,
        })))
    }
}

/// A record that passed the first check, with its hash.
fn parsed(body: &Bytes, record: &Sealed<'_>, space: &SpaceId, purpose: Purpose) -> Result<Parsed, Outcome> {
    let read: Record<'_> = rule::parse(record, space, purpose)?;
    Ok(Parsed {
        header: read.header,
        hash: read.hash(),
        range: range_in(body, record),
    })
}

/// The same where the request is about this one record.
fn one_parsed(body: &Bytes, record: &Sealed<'_>, space: &SpaceId, purpose: Purpose) -> Result<Parsed, Refused> {
    parsed(body, record, space, purpose).map_err(|outcome| Refused::of(outcome).unwrap_or(Refused::MALFORMED))
}
