//! Why a relay did not do what was asked.

use minicbor::{Decode, Encode};

/// The kinds of refusal, with their number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RefusalCode {
    /// No such space, no such right, or a session that has ended. They are not told apart. With the HTTP status 403 instead of 401: the
    /// relay begins no space for whoever asks; where it goes by invite, one belongs into the header `Cairn-Invite`.
    #[n(1)]
    NotAuthorised,
    /// Something else is there already: another record of this name, another version, another message.
    #[n(2)]
    Conflict,
    /// The store began anew; `value` is its incarnation.
    #[n(3)]
    ResyncRequired,
    /// The space has another epoch; `value` is the current one.
    #[n(4)]
    StaleEpoch,
    /// The slot was erased and takes nothing more.
    #[n(5)]
    SlotClosed,
    /// The record claims to contain what the space does not hold yet.
    #[n(6)]
    BadMerge,
    /// The side has used what it may use; `value` is the limit in bytes.
    #[n(7)]
    OverQuota,
    /// The bytes are not what this endpoint reads.
    #[n(8)]
    Malformed,
    /// More than may be sent at once; `value` is the limit.
    #[n(9)]
    TooLarge,
    /// Too much at once; `value` is how many seconds to wait.
    #[n(10)]
    RateLimited,
    /// The space was closed by its owner.
    #[n(11)]
    SpaceClosed,
    /// The relay cannot store or answer at this moment.
    #[n(12)]
    Unavailable,
}

impl RefusalCode {
    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::NotAuthorised => 401,
            Self::Conflict | Self::ResyncRequired | Self::StaleEpoch | Self::SlotClosed | Self::BadMerge => 409,
            Self::OverQuota => 507,
            Self::Malformed => 400,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::SpaceClosed => 410,
            Self::Unavailable => 503,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::NotAuthorised => 1,
            Self::Conflict => 2,
            Self::ResyncRequired => 3,
            Self::StaleEpoch => 4,
            Self::SlotClosed => 5,
            Self::BadMerge => 6,
            Self::OverQuota => 7,
            Self::Malformed => 8,
            Self::TooLarge => 9,
            Self::RateLimited => 10,
            Self::SpaceClosed => 11,
            Self::Unavailable => 12,
        }
    }
}

/// The body of every answer that is not 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refusal {
    /// The kind.
    #[n(0)]
    pub code: RefusalCode,
    /// What the kind says about a number, if it does.
    #[n(1)]
    pub value: Option<u64>,
}

impl Refusal {
    /// A refusal without a number.
    #[must_use]
    pub const fn new(code: RefusalCode) -> Self {
        Self { code, value: None }
    }

    /// A refusal with its number.
    #[must_use]
    pub const fn with(code: RefusalCode, value: u64) -> Self {
        Self {
            code,
            value: Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn the_number_on_the_wire_is_the_number_said() {
        for number in 0..=20u8 {
            let bytes = [0xA1, 0x00, number];
            match crate::decode_canonical::<Refusal>(&bytes) {
                Ok(refusal) => assert_eq!(refusal.code.number(), number),
                Err(_) => assert!(!(1..=12).contains(&number), "{number}"),
            }
        }
    }
}
