//! The record: 72 bytes that a relay reads, then a body that it cannot.
//!
//! | offset | bytes | field | |
//! |---|---|---|---|
//! | 0 | 1 | version | 1 |
//! | 1 | 1 | flags | bit 0 [`CLOSES_SLOT`]: a tombstone; every other bit is 0 |
//! | 2 | 16 | space | |
//! | 18 | 16 | record id | |
//! | 34 | 16 | slot | |
//! | 50 | 4 | epoch | of the space's key |
//! | 54 | 4 | incarnation | of the relay's store |
//! | 58 | 8 | merged upto | replaces the records of its slot and side with a sequence number up to this |
//! | 66 | 2 | expires day | days since 1970-01-01, 0 = never |
//! | 68 | 4 | length | bytes of the body |
//! | 72 | length | body | `nonce 24 ‖ commitment 32 ‖ ciphertext ‖ tag 16` |
//!
//! All integers are little-endian. Every bit of the header is authenticated by the sealing of the body.

use crate::bounds::{RECORD_BYTES, RECORD_BYTES_MAX};
use crate::{BodyHash, RecordHash, RecordId, SlotId, SpaceId};

/// Bytes of a header.
pub const HEADER_BYTES: usize = 72;

/// Bytes of a body around its ciphertext: nonce, commitment and tag.
pub const BODY_BYTES_MIN: usize = 24 + 32 + 16;

/// Bytes that sealing adds to a plaintext: a whole record is this much longer.
pub const SEALING_BYTES: usize = HEADER_BYTES + BODY_BYTES_MIN;

/// Version of the header this crate reads and writes.
pub const HEADER_VERSION: u8 = 1;

/// Flag of a tombstone: the record closes its slot for its side, for ever.
pub const CLOSES_SLOT: u8 = 1;

/// Why bytes are not a header or not a record. The sender is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// There are fewer bytes than a header has, or the record is shorter than any sealed body allows.
    #[error("record too short")]
    TooShort,
    /// The record is longer than both sides have agreed on.
    #[error("record too long")]
    TooLong,
    /// The version is one this build does not know. A newer one may.
    #[error("unknown header version")]
    UnknownVersion,
    /// A flag is set that means nothing yet.
    #[error("unknown header flag")]
    UnknownFlag,
    /// The header promises another number of body bytes than follow.
    #[error("body length differs from the header")]
    LengthDiffers,
}

/// What a relay knows about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// [`CLOSES_SLOT`] or 0.
    pub flags: u8,
    /// The space it was sealed for.
    pub space: SpaceId,
    /// Its name.
    pub record_id: RecordId,
    /// The document it is a state of.
    pub slot: SlotId,
    /// The epoch of the key it is sealed under.
    pub epoch: u32,
    /// The incarnation of the relay's store its author had in view.
    pub incarnation: u32,
    /// Every record of the slot and side with a sequence number up to this is contained in it.
    pub merged_upto: u64,
    /// The last day it is wanted, in days since 1970-01-01; 0 means no last day.
    pub expires_day: u16,
    /// Bytes of its body.
    pub length: u32,
}

impl Header {
    /// The 72 bytes of the table above.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[0] = HEADER_VERSION;
        out[1] = self.flags;
        out[2..18].copy_from_slice(self.space.as_bytes());
        out[18..34].copy_from_slice(self.record_id.as_bytes());
        out[34..50].copy_from_slice(self.slot.as_bytes());
        out[50..54].copy_from_slice(&self.epoch.to_le_bytes());
        out[54..58].copy_from_slice(&self.incarnation.to_le_bytes());
        out[58..66].copy_from_slice(&self.merged_upto.to_le_bytes());
        out[66..68].copy_from_slice(&self.expires_day.to_le_bytes());
        out[68..72].copy_from_slice(&self.length.to_le_bytes());
        out
    }

    /// Reads the first 72 bytes; what follows is not looked at.
    ///
    /// # Errors
    /// [`HeaderError::TooShort`], [`HeaderError::UnknownVersion`] or [`HeaderError::UnknownFlag`].
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(HeaderError::TooShort)?;
        if bytes[0] != HEADER_VERSION {
            return Err(HeaderError::UnknownVersion);
        }
        if bytes[1] & !CLOSES_SLOT != 0 {
            return Err(HeaderError::UnknownFlag);
        }
        Ok(Self {
            flags: bytes[1],
            space: SpaceId::from_bytes(part(bytes, 2)),
            record_id: RecordId::from_bytes(part(bytes, 18)),
            slot: SlotId::from_bytes(part(bytes, 34)),
            epoch: u32::from_le_bytes(part(bytes, 50)),
            incarnation: u32::from_le_bytes(part(bytes, 54)),
            merged_upto: u64::from_le_bytes(part(bytes, 58)),
            expires_day: u16::from_le_bytes(part(bytes, 66)),
            length: u32::from_le_bytes(part(bytes, 68)),
        })
    }

    /// Whether the record closes its slot.
    #[must_use]
    pub const fn closes_slot(&self) -> bool {
        self.flags & CLOSES_SLOT != 0
    }
}

/// A whole record, borrowed: header and sealed body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The header, read.
    pub header: Header,
    /// The header as it was received. Hashes and seals are over these bytes.
    pub header_bytes: &'a [u8; HEADER_BYTES],
    /// `nonce ‖ commitment ‖ ciphertext ‖ tag`.
    pub body: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads one whole record: length bounds first, then the header, then that the body is as long as it promises.
    ///
    /// # Errors
    /// Any [`HeaderError`]; [`HeaderError::TooLong`] is the one a relay answers with a limit.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(HeaderError::TooLong);
        }
        if !RECORD_BYTES.contains(&bytes.len()) {
            return Err(HeaderError::TooShort);
        }
        let (header_bytes, body) = bytes.split_first_chunk().ok_or(HeaderError::TooShort)?;
        let header = Header::decode(header_bytes)?;
        if usize::try_from(header.length) != Ok(body.len()) {
            return Err(HeaderError::LengthDiffers);
        }
        Ok(Self {
            header,
            header_bytes,
            body,
        })
    }

    /// This record's hash, as the chain of its space takes it up.
    #[must_use]
    pub fn hash(&self) -> RecordHash {
        record_hash(self.header_bytes, self.body)
    }
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// `BLAKE3(header ‖ BLAKE3(body))`.
#[must_use]
pub fn record_hash(header_bytes: &[u8; HEADER_BYTES], body: &[u8]) -> RecordHash {
    stub_hash(header_bytes, &body_hash(body))
}

/// The hash of a record whose body is gone: `BLAKE3(header ‖ body hash)`. Equal to [`record_hash`] of the whole one.
#[must_use]
pub fn stub_hash(header_bytes: &[u8; HEADER_BYTES], body_hash: &BodyHash) -> RecordHash {
    let mut input = [0; HEADER_BYTES + BodyHash::LEN];
    input[..HEADER_BYTES].copy_from_slice(header_bytes);
    input[HEADER_BYTES..].copy_from_slice(body_hash.as_bytes());
    RecordHash::from_bytes(*blake3::hash(&input).as_bytes())
}

/// `BLAKE3(body)`.
#[must_use]
pub fn body_hash(body: &[u8]) -> BodyHash {
    BodyHash::from_bytes(*blake3::hash(body).as_bytes())
}

/// `N` bytes of a header from `at` on. `at + N <= HEADER_BYTES` for every call above.
fn part<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn record(body: usize) -> Vec<u8> {
        let header = Header {
            flags: 0,
            space: SpaceId::from_bytes([1; 16]),
            record_id: RecordId::from_bytes([2; 16]),
            slot: SlotId::from_bytes([3; 16]),
            epoch: 4,
            incarnation: 5,
            merged_upto: 6,
            expires_day: 7,
            length: u32::try_from(body).unwrap(),
        };
        let mut bytes = header.encode().to_vec();
        bytes.resize(HEADER_BYTES + body, 9);
        bytes
    }

    #[test]
    fn a_record_is_taken_at_its_shortest_and_longest_and_not_beyond() {
        assert_eq!(Record::parse(&record(71)), Err(HeaderError::TooShort));
        assert!(Record::parse(&record(72)).is_ok());
        assert!(Record::parse(&record(73)).is_ok());
        assert!(Record::parse(&record(RECORD_BYTES_MAX - 73)).is_ok());
        assert!(Record::parse(&record(RECORD_BYTES_MAX - 72)).is_ok());
        assert_eq!(Record::parse(&record(RECORD_BYTES_MAX - 71)), Err(HeaderError::TooLong));
    }

    #[test]
    fn a_body_that_is_shorter_or_longer_than_promised_is_refused() {
        let bytes = record(100);
        assert_eq!(Record::parse(&bytes[..171]), Err(HeaderError::LengthDiffers));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Record::parse(&longer), Err(HeaderError::LengthDiffers));
        assert!(Record::parse(&bytes).is_ok());
    }

    #[test]
    fn unknown_versions_and_flags_are_told_apart() {
        let mut bytes = record(100);
        bytes[0] = 2;
        assert_eq!(Record::parse(&bytes), Err(HeaderError::UnknownVersion));
        bytes[0] = 1;
        for flag in 1..8 {
            bytes[1] = 1 << flag;
            assert_eq!(Record::parse(&bytes), Err(HeaderError::UnknownFlag));
        }
        bytes[1] = CLOSES_SLOT;
        assert!(Record::parse(&bytes).unwrap().header.closes_slot());
    }

    #[test]
    fn a_stub_hashes_like_the_record_it_was() {
        let bytes = record(500);
        let record = Record::parse(&bytes).unwrap();
        let stub = stub_hash(record.header_bytes, &body_hash(record.body));
        assert_eq!(stub, record.hash());
        let mut flipped = bytes.clone();
        flipped[400] ^= 1;
        assert_ne!(Record::parse(&flipped).unwrap().hash(), stub);
    }

    proptest! {
        #[test]
        fn every_header_comes_back_as_it_went(
            closes: bool, ids: [[u8; 16]; 3], epoch: u32, incarnation: u32, merged_upto: u64, expires_day: u16, length: u32,
        ) {
            let header = Header {
                flags: u8::from(closes),
                space: ids[0].into(),
                record_id: ids[1].into(),
                slot: ids[2].into(),
                epoch, incarnation, merged_upto, expires_day, length,
            };
            prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_what_is_read_is_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(record) = Record::parse(&bytes) {
                prop_assert_eq!(&record.header.encode()[..], &bytes[..HEADER_BYTES]);
            }
        }
    }
}
