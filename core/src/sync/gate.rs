//! Gates: which request to send, and whether an answer can be true.

use super::{Ask, Place, Request, Response, SyncError};
use cairn_wire::message::{GateAnswer, GateOp, GateRequest, RefusalCode};
use cairn_wire::{GateId, GatePart, SlotId, Token};
use std::fmt;

/// What a device asks of the relay for a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateAsk {
    /// Its slot.
    pub slot: SlotId,
    /// Its name.
    pub gate: GateId,
    /// What is to be done.
    pub wish: GateWish,
}

/// What is to be done with a gate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum GateWish {
    /// Put it: its part, and the last day on which it can be taken (days since 1970-01-01 UTC; 0 for no last day).
    Put(GatePart, u16),
    /// Take its part.
    Take,
    /// Ask whether it is there, and whether anything of its slot was taken.
    Look,
    /// Take it away.
    Drop,
}

/// Shows no key.
impl fmt::Debug for GateWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put(..) => "Put(…)",
            Self::Take => "Take",
            Self::Look => "Look",
            Self::Drop => "Drop",
        })
    }
}

/// What the relay answered, as far as it can be true.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum GateFound {
    /// It is not there; something of its slot was taken first on this day, or nothing ever.
    Gone(Option<u16>),
    /// It is there; something of its slot was taken first on this day, or nothing yet.
    There(Option<u16>),
    /// What it keeps.
    Part(GatePart),
    /// It cannot be put any more: its slot is closed, or it stands already and goes another day.
    Over,
}

/// Shows no key.
impl fmt::Debug for GateFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(day) => write!(f, "Gone({day:?})"),
            Self::There(day) => write!(f, "There({day:?})"),
            Self::Part(_) => f.write_str("Part(…)"),
            Self::Over => f.write_str("Over"),
        }
    }
}

impl GateAsk {
    pub(super) fn request(&self, place: &Place, token: Token) -> Request {
        let (op, part, expires_day) = match self.wish {
            GateWish::Put(part, day) => (GateOp::Put, Some(part), Some(day).filter(|day| *day > 0)),
            GateWish::Take => (GateOp::Take, None, None),
            GateWish::Look => (GateOp::Look, None, None),
            GateWish::Drop => (GateOp::Drop, None, None),
        };
        let message = GateRequest {
            token,
            space: place.space,
            op,
            slot: self.slot,
            gate: self.gate,
            part,
            expires_day,
        };
        Ask::request(&place.origin, "/v1/gate", &message, 0)
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`SyncError::Garbage`] where it cannot be true; the relay's refusals, but for those that say a gate is not to be put any more.
    pub(super) fn found(&self, response: &Response) -> Result<GateFound, SyncError> {
        let is_put = matches!(self.wish, GateWish::Put(..));
        let answer: GateAnswer = match Ask::answer(response) {
            Err(SyncError::Refused(RefusalCode::SlotClosed | RefusalCode::Conflict)) if is_put => {
                return Ok(GateFound::Over);
            }
            other => other?,
        };
        match (self.wish, answer.is_there, answer.part, answer.taken_day) {
            (GateWish::Take, true, Some(part), None) => Ok(GateFound::Part(part)),
            (GateWish::Put(..) | GateWish::Look, true, None, day) => Ok(GateFound::There(day)),
            (GateWish::Look | GateWish::Drop, false, None, day) => Ok(GateFound::Gone(day)),
            (GateWish::Take, false, None, None) => Ok(GateFound::Gone(None)),
            _ => Err(SyncError::Garbage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: GatePart = GatePart::from_bytes([3; 32]);

    fn found(wish: GateWish, is_there: bool, part: Option<GatePart>, day: Option<u16>) -> Result<GateFound, SyncError> {
        let answer = GateAnswer {
            is_there,
            part,
            taken_day: day,
        };
        let ask = GateAsk {
            slot: SlotId::from_bytes([1; 16]),
            gate: GateId::from_bytes([2; 16]),
            wish,
        };
        ask.found(&Response {
            status: 200,
            body: cairn_wire::encode(&answer),
        })
    }

    #[test]
    fn an_answer_that_can_be_true_is_taken() {
        let put = GateWish::Put(PART, 0);
        assert_eq!(found(put, true, None, None), Ok(GateFound::There(None)));
        assert_eq!(found(put, true, None, Some(9)), Ok(GateFound::There(Some(9))));
        assert_eq!(
            found(GateWish::Look, true, None, Some(9)),
            Ok(GateFound::There(Some(9)))
        );
        for wish in [GateWish::Look, GateWish::Drop] {
            assert_eq!(found(wish, false, None, None), Ok(GateFound::Gone(None)));
            assert_eq!(found(wish, false, None, Some(9)), Ok(GateFound::Gone(Some(9))));
        }
        assert_eq!(found(GateWish::Take, true, Some(PART), None), Ok(GateFound::Part(PART)));
        assert_eq!(found(GateWish::Take, false, None, None), Ok(GateFound::Gone(None)));
    }

    #[test]
    fn an_answer_that_cannot_be_true_is_not() {
        for answer in [
            found(GateWish::Put(PART, 0), false, None, None),
            found(GateWish::Put(PART, 0), true, Some(PART), None),
            found(GateWish::Look, true, Some(PART), None),
            found(GateWish::Drop, true, None, None),
            found(GateWish::Take, false, None, Some(9)),
            found(GateWish::Take, true, None, None),
            found(GateWish::Take, false, Some(PART), None),
            found(GateWish::Take, true, Some(PART), Some(9)),
        ] {
            assert_eq!(answer, Err(SyncError::Garbage));
        }
    }
}
