//! `gate`: reading the request, and answers.

use cairn_wire::message::{GateAnswer, GateOp, GateRequest};
use hyper::body::Bytes;

use super::{Answer, Prepared, Relay, decode};
use crate::store::{Command, GateAsked, GateNow, GateWish, Refused};

impl Relay {
    pub(super) fn gate(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: GateRequest = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        let wish = match (request.op, request.part, request.expires_day) {
            (GateOp::Put, Some(part), day) if day != Some(0) => GateWish::Put { part, day },
            (GateOp::Take, None, None) => GateWish::Take,
            (GateOp::Look, None, None) => GateWish::Look,
            (GateOp::Drop, None, None) => GateWish::Drop,
            _ => return Err(Refused::MALFORMED),
        };
        Ok(Prepared::Write(Command::Gate(GateAsked {
            space: request.space,
            key,
            slot: request.slot,
            gate: request.gate,
            wish,
            now_ms,
        })))
    }
}

/// The answer that a gate stands so.
pub(super) fn stands(now: GateNow) -> Answer {
    Answer::ok(&GateAnswer {
        is_there: now.is_there,
        part: now.part,
        taken_day: now.taken_day,
    })
}
