//! Attachments on their way: which request to send, and whether an answer can be true.

use super::{Ask, Place, Request, Response, SyncError};
use cairn_wire::message::{BlobAnswer, BlobOp, BlobRequest, RefusalCode};
use cairn_wire::{BlobId, SlotId, Token};
use std::fmt;

/// What a device asks of the relay for a blob.
#[derive(Clone, PartialEq, Eq)]
pub enum BlobAsk {
    /// Put a part under a slot; an empty one asks from where to go on.
    Put {
        /// The blob.
        blob: BlobId,
        /// The slot.
        slot: SlotId,
        /// Where the part begins.
        offset: u64,
        /// Bytes of the whole blob.
        total: u64,
        /// The part.
        bytes: Vec<u8>,
    },
    /// Read a part.
    Read {
        /// The blob.
        blob: BlobId,
        /// Where it begins.
        offset: u64,
        /// Bytes of the whole blob, as this device knows it.
        total: u64,
        /// How much of it at most.
        bytes_max: u32,
    },
    /// Take it away from a slot.
    Release {
        /// The blob.
        blob: BlobId,
        /// The slot.
        slot: SlotId,
    },
}

impl fmt::Debug for BlobAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put { .. } => "Put(…)",
            Self::Read { .. } => "Read(…)",
            Self::Release { .. } => "Release(…)",
        })
    }
}

/// What the relay answered, as far as it can be true.
#[derive(Clone, PartialEq, Eq)]
pub enum BlobFound {
    /// It is not there.
    Nothing,
    /// So many bytes are there, of as many as this device knows it to have.
    Have(u64),
    /// The part that was asked for; empty while the blob is not complete.
    Part(Vec<u8>),
    /// The relay refuses.
    Refused(RefusalCode),
}

impl fmt::Debug for BlobFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Have(have) => write!(f, "Have({have})"),
            Self::Part(bytes) => write!(f, "Part({} bytes)", bytes.len()),
            Self::Refused(code) => write!(f, "Refused({})", code.number()),
        }
    }
}

impl BlobAsk {
    pub(super) fn request(&self, place: &Place, token: Token) -> Request {
        let nothing = BlobRequest {
            token,
            space: place.space,
            op: BlobOp::Stat,
            blob: BlobId::from_bytes([0; 32]),
            slot: None,
            offset: 0,
            total: 0,
            bytes: [].as_slice().into(),
            bytes_max: 0,
        };
        let message = match self {
            Self::Put {
                blob,
                slot,
                offset,
                total,
                bytes,
            } => BlobRequest {
                op: BlobOp::Put,
                blob: *blob,
                slot: Some(*slot),
                offset: *offset,
                total: *total,
                bytes: bytes.as_slice().into(),
                ..nothing
            },
            Self::Read {
                blob,
                offset,
                bytes_max,
                ..
            } => BlobRequest {
                op: BlobOp::Read,
                blob: *blob,
                offset: *offset,
                bytes_max: *bytes_max,
                ..nothing
            },
            Self::Release { blob, slot } => BlobRequest {
                op: BlobOp::Release,
                blob: *blob,
                slot: Some(*slot),
                ..nothing
            },
        };
        Ask::request(&place.origin, "/v1/blob", &message, 0)
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`SyncError::Garbage`] where it cannot be true: more bytes than the blob has, another length than the one this device gave
    /// or knows, more than was asked for. What ends a session or a space is an error too; other refusals are an answer.
    pub(super) fn found(&self, response: &Response) -> Result<BlobFound, SyncError> {
        let answer: BlobAnswer<'_> = match Ask::answer(response) {
            Err(SyncError::Refused(code)) => return Ok(BlobFound::Refused(code)),
            other => other?,
        };
        let is_possible =
            answer.have <= answer.total && answer.complete == (answer.total > 0 && answer.have == answer.total);
        let (known, part) = match self {
            Self::Put { total, .. } => (Some(*total), None),
            Self::Read {
                total,
                offset,
                bytes_max,
                ..
            } => (Some(*total), Some((*offset, u64::from(*bytes_max)))),
            Self::Release { .. } => (None, None),
        };
        let is_known = answer.total == 0 || known.is_none_or(|known| known == answer.total);
        if !is_possible || !is_known {
            return Err(SyncError::Garbage);
        }
        let Some((offset, bytes_max)) = part else {
            return match answer.total {
                _ if !answer.bytes.is_empty() => Err(SyncError::Garbage),
                0 => Ok(BlobFound::Nothing),
                _ => Ok(BlobFound::Have(answer.have)),
            };
        };
        let count = answer.bytes.len() as u64;
        let fits = count <= bytes_max && offset.checked_add(count).is_some_and(|end| end <= answer.total);
        // A complete blob has bytes at a place before its end, and one that is not gives none.
        let is_due = answer.complete && offset < answer.total;
        if answer.total == 0 && count == 0 {
            return Ok(BlobFound::Nothing);
        }
        if fits && (count > 0) == is_due {
            Ok(BlobFound::Part(answer.bytes.into_vec()))
        } else {
            Err(SyncError::Garbage)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: BlobAsk = BlobAsk::Read {
        blob: BlobId::from_bytes([1; 32]),
        offset: 10,
        total: 100,
        bytes_max: 20,
    };
    const RELEASE: BlobAsk = BlobAsk::Release {
        blob: BlobId::from_bytes([1; 32]),
        slot: SlotId::from_bytes([2; 16]),
    };

    fn put() -> BlobAsk {
        BlobAsk::Put {
            blob: BlobId::from_bytes([1; 32]),
            slot: SlotId::from_bytes([2; 16]),
            offset: 0,
            total: 100,
            bytes: vec![0; 30],
        }
    }

    fn found(ask: &BlobAsk, have: u64, total: u64, complete: bool, count: usize) -> Result<BlobFound, SyncError> {
        let answer = BlobAnswer {
            have,
            total,
            complete,
            bytes: vec![7; count].into(),
        };
        ask.found(&Response {
            status: 200,
            body: cairn_wire::encode(&answer),
        })
    }

    #[test]
    fn an_answer_that_can_be_true_is_taken() {
        assert_eq!(found(&put(), 30, 100, false, 0), Ok(BlobFound::Have(30)));
        assert_eq!(found(&put(), 100, 100, true, 0), Ok(BlobFound::Have(100)));
        assert_eq!(found(&put(), 0, 0, false, 0), Ok(BlobFound::Nothing));
        assert_eq!(found(&READ, 100, 100, true, 20), Ok(BlobFound::Part(vec![7; 20])));
        assert_eq!(found(&READ, 50, 100, false, 0), Ok(BlobFound::Part(Vec::new())));
        assert_eq!(found(&READ, 0, 0, false, 0), Ok(BlobFound::Nothing));
        assert_eq!(found(&RELEASE, 3, 9, false, 0), Ok(BlobFound::Have(3)));
    }

    #[test]
    fn an_answer_that_cannot_be_true_is_not() {
        for answer in [
            found(&put(), 101, 100, false, 0),
            found(&put(), 100, 100, false, 0),
            found(&put(), 30, 100, true, 0),
            found(&put(), 30, 99, false, 0),
            found(&put(), 0, 0, true, 0),
            found(&put(), 30, 100, false, 1),
            found(&READ, 100, 100, true, 21),
            found(&READ, 100, 100, true, 0),
            found(&READ, 50, 100, false, 1),
            found(&READ, 0, 0, false, 1),
            found(&READ, 101, 101, true, 20),
        ] {
            assert_eq!(answer, Err(SyncError::Garbage));
        }
    }
}
