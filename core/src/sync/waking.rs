//! Waking: what a device registers for the time in which it sleeps, and ringing for others.
//!
//! None of it is needed for anything to arrive: a relay that wakes nobody, that is older, or that refuses leaves a space as it is.

use super::{Ask, Place, Request, Response, SyncError};
use cairn_wire::message::{RefusalCode, RingAnswer, RingRequest, WakeAnswer, WakeOp, WakeRequest};
use cairn_wire::{PushKey, RegistrationId, Token, WakeKey};
use std::fmt;

/// What a device asks of the relay for itself.
#[derive(Clone, PartialEq, Eq)]
pub struct WakeAsk {
    /// The name of its registration.
    pub registration: RegistrationId,
    /// What is to be kept; none where it is to be taken away.
    pub put: Option<WakePut>,
    /// Hash of the address that the device had when it asked. It goes nowhere.
    pub address: Option<[u8; 32]>,
}

/// Where a device is woken, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct WakePut {
    /// The epoch it is sealed under.
    pub epoch: u32,
    /// Whether no other device has this access key.
    pub is_alone: bool,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

/// What others have registered is opened with this, once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RingAsk {
    /// The wake key of the space's epoch.
    pub key: WakeKey,
    /// This device's own registration, if it has one.
    pub own: Option<RegistrationId>,
}

/// Shows nothing.
impl fmt::Debug for WakeAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WakeAsk(…)")
    }
}

/// Shows nothing.
impl fmt::Debug for WakePut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WakePut(…)")
    }
}

/// Shows no key.
impl fmt::Debug for RingAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RingAsk(…)")
    }
}

/// What a relay does for whoever sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WakeOffer {
    /// Whether it wakes anybody.
    pub wakes: bool,
    /// The key by which push services know it, where it does.
    pub push_key: Option<PushKey>,
}

impl WakeOffer {
    /// That of a relay which wakes nobody.
    pub const NONE: Self = Self {
        wakes: false,
        push_key: None,
    };

    /// The request that asks a relay for it.
    pub fn request(origin: &str, space: cairn_wire::SpaceId, token: Token) -> Request {
        let message = WakeRequest {
            token,
            space,
            op: WakeOp::Look,
            registration: None,
            epoch: None,
            is_alone: None,
            sealed: None,
        };
        Ask::request(origin, "/v1/wake", &message, 0)
    }

    /// Reads the answer. A relay that does not know what it is asked wakes nobody. What is no answer of a relay's says nothing about it.
    ///
    /// # Errors
    /// The relay's refusals; [`SyncError::Garbage`].
    pub fn read(response: &Response) -> Result<Self, SyncError> {
        match Ask::answer::<WakeAnswer>(response) {
            Ok(answer) => Ok(Self {
                wakes: answer.wakes,
                push_key: answer.push_key.filter(|_| answer.wakes),
            }),
            Err(SyncError::Refused(RefusalCode::Malformed)) => Ok(Self::NONE),
            Err(error) => Err(error),
        }
    }
}

impl WakeAsk {
    pub(super) fn request(&self, place: &Place, token: Token) -> Request {
        let put = self.put.as_ref();
        let message = WakeRequest {
            token,
            space: place.space,
            op: if put.is_some() { WakeOp::Put } else { WakeOp::Drop },
            registration: Some(self.registration),
            epoch: put.map(|put| put.epoch),
            is_alone: put.map(|put| put.is_alone),
            sealed: put.map(|put| put.sealed.as_slice().into()),
        };
        Ask::request(&place.origin, "/v1/wake", &message, 0)
    }
}

impl RingAsk {
    pub(super) fn request(&self, place: &Place, token: Token) -> Request {
        let message = RingRequest {
            token,
            space: place.space,
            key: self.key,
            own: self.own,
        };
        Ask::request(&place.origin, "/v1/ring", &message, 0)
    }

    /// Whether this relay wakes anybody, as far as it says.
    ///
    /// # Errors
    /// The relay's refusals; [`SyncError::Garbage`].
    pub(super) fn wakes(response: &Response) -> Result<bool, SyncError> {
        match Ask::answer::<RingAnswer>(response) {
            Ok(answer) => Ok(answer.wakes),
            Err(SyncError::Refused(RefusalCode::Malformed)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use cairn_wire::encode;
    use cairn_wire::message::Refusal;

    #[test]
    fn an_older_relay_wakes_nobody_and_a_page_of_something_between_says_nothing() {
        let older = Refusal {
            code: RefusalCode::Malformed,
            value: None,
        };
        let older = Response {
            status: 400,
            body: encode(&older),
        };
        assert_eq!(WakeOffer::read(&older), Ok(WakeOffer::NONE));
        assert_eq!(RingAsk::wakes(&older), Ok(false));
        for status in [200, 404, 502] {
            let page = Response {
                status,
                body: b"<html>Bad Gateway</html>".to_vec(),
            };
            assert_eq!(WakeOffer::read(&page), Err(SyncError::Garbage));
            assert_eq!(RingAsk::wakes(&page), Err(SyncError::Garbage));
        }
    }
}
