//! Spaces that end: asking a relay to close one, and hearing that one is closed.
//!
//! A relay closes a space for whoever administers it, now or at a time of its own clock, and says so under its key. Whoever comes later
//! and reads finds it closed; what the relay was asked to keep is read then, newest first, and handed to the host: it proves itself,
//! and no cursor moves. What a closed space means is the host's to judge.

use super::round::{Round, Step};
use super::take::check;
use super::{Ask, Host, Place, Request, Response, SyncError};
use crate::limits;
use cairn_wire::message::{Page, ReadAnswer, ReadSpace, RefusalCode, SpaceAnswer, SpaceOp, SpaceRequest};
use cairn_wire::{ClosedReceipt, PublicKey, Signature, SlotId, SpaceId, Token};

/// What is to become of a space at its relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosingWish {
    /// It is to be closed, but for these slots: at a time of the relay's clock in milliseconds, or now.
    Close {
        /// The slots whose records are to stay readable.
        keep: Vec<SlotId>,
        /// When; none for now.
        at_ms: Option<u64>,
    },
    /// It is to stay after all.
    Stay,
}

/// What a closed space has kept, as far as it was read.
#[derive(Default)]
pub(super) struct Last {
    /// Where the next page ends.
    until: u64,
    pages: u32,
    records: Vec<(u64, Vec<u8>)>,
}

impl Round {
    /// The request that says what is to become of a space.
    pub(super) fn ask_closing(&mut self, place: &Place, token: Token, wish: ClosingWish) -> Request {
        let (op, keep, at_ms) = match wish {
            ClosingWish::Close { keep, at_ms } => (SpaceOp::Close, Some(keep), at_ms),
            ClosingWish::Stay => (SpaceOp::Stay, None, None),
        };
        self.step = Some(Step::Closing);
        let message = SpaceRequest {
            op,
            space: place.space,
            access: Vec::new(),
            signature: Signature::from_bytes([0; 64]),
            token: Some(token),
            keep: keep.filter(|keep| !keep.is_empty()),
            at_ms,
            epoch: None,
        };
        Ask::request(&place.origin, "/v1/space", &message, 0)
    }

    /// The relay was told. Where the space is closed now, this round is done with it.
    pub(super) fn take_closing(
        &mut self,
        host: &mut dyn Host,
        place: &Place,
        response: &Response,
    ) -> Result<(), SyncError> {
        let answer: SpaceAnswer = Ask::answer(response)?;
        check(host, place, &answer.head)?;
        let is_closed = match &answer.closed {
            None => false,
            Some(receipt) if is_receipt(host, place, receipt) => true,
            Some(_) => return Err(SyncError::HeadForged),
        };
        host.closing_told(place.space, is_closed)?;
        if is_closed {
            self.tokens.remove(&place.space);
            self.leave(None);
        }
        Ok(())
    }

    /// The request for what a closed space has kept, where the relay has said that it is closed.
    pub(super) fn ask_last(&mut self, place: &Place, token: Token) -> Option<Request> {
        let until = self.last.as_ref()?.until;
        self.step = Some(Step::Last);
        let read = ReadSpace {
            token,
            space: place.space,
            since: None,
            until: Some(until),
            slots: None,
        };
        Some(super::round::read_one(&place.origin, read, limits::PULL_BYTES_MAX))
    }

    /// A page was refused because its space is closed. Under the relay's key, that is the beginning of reading what was kept; without,
    /// it is the relay's word and no more.
    pub(super) fn hear_closed(&mut self, host: &dyn Host, place: &Place, response: &Response) -> Result<(), SyncError> {
        let answer: ReadAnswer<'_> = Ask::answer(response)?;
        let receipt = answer.pages.first().and_then(|page| page.closed);
        if !receipt.is_some_and(|receipt| is_receipt(host, place, &receipt)) {
            return Err(SyncError::Refused(RefusalCode::SpaceClosed));
        }
        self.last = Some(Last {
            until: u64::MAX,
            ..Last::default()
        });
        Ok(())
    }

    /// A page of what a closed space has kept. After the last one the host hears of it, and the space is left as what it is.
    pub(super) fn take_last(&mut self, host: &mut dyn Host, place: &Place, page: &Page<'_>) -> Result<(), SyncError> {
        check(host, place, page.head.as_ref().ok_or(SyncError::Garbage)?)?;
        let mut last = self.last.take().unwrap_or_default();
        let records = page
            .items
            .iter()
            .filter_map(|item| Some((item.seq, item.record.as_ref()?.as_slice().to_vec())));
        last.records.extend(records);
        last.pages += 1;
        let is_all = page.first_seq <= place.cursor.saturating_add(1) || page.first_seq >= last.until;
        if !is_all && last.pages < limits::CLOSED_PAGES_MAX {
            last.until = page.first_seq - 1;
            self.last = Some(last);
            return Ok(());
        }
        last.records.sort_by_key(|(seq, _)| *seq);
        host.closed(place.space, &last.records)?;
        Err(SyncError::Refused(RefusalCode::SpaceClosed))
    }
}

/// Whether this is the relay's word, under its key, that this space is closed.
fn is_receipt(host: &dyn Host, place: &Place, receipt: &ClosedReceipt) -> bool {
    let is_signed = |key: &PublicKey| host.is_signed(key, &receipt.signed_bytes(), &receipt.signature);
    let space: SpaceId = receipt.space;
    space == place.space && place.relay_key.as_ref().is_some_and(is_signed)
}
