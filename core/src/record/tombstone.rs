//! What a tombstone in the home space says: why a slot is closed for ever.
//!
//! Canonical CBOR, a map: `0` why, an unsigned number: 0 erased, 1 begun anew. Other keys are a newer version's. The record's
//! front names the document and its edition; nothing else of it is left.

use super::RecordError;
use super::cbor::{Reader, Writer};

/// Why the slot of a document's edition is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Closed {
    /// The person erased it for good, in every edition.
    Erased = 0,
    /// The document began anew without its earlier drafts: it goes on in a later edition.
    BegunAnew = 1,
}

impl Closed {
    /// Its number in a tombstone.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The reason with this number, if this version knows it.
    pub const fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::Erased),
            1 => Some(Self::BegunAnew),
            _ => None,
        }
    }
}

/// Writes what a tombstone says.
pub fn encode_tombstone(why: Closed) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(1);
    writer.uint(0);
    writer.uint(u64::from(why.number()));
    writer.into_bytes()
}

/// Reads what a tombstone says.
///
/// # Errors
/// [`RecordError::Malformed`] or [`RecordError::NotCanonical`] for anything else, [`RecordError::TooNew`] for a reason this
/// version does not know.
pub fn decode_tombstone(bytes: &[u8]) -> Result<Closed, RecordError> {
    let mut reader = Reader::new(bytes);
    let mut why = None;
    reader.numbered_map(|key, value| {
        if key == 0 {
            why = Some(Closed::from_number(value.uint()?).ok_or(RecordError::TooNew)?);
        } else {
            value.skip()?;
        }
        Ok(())
    })?;
    reader.end()?;
    why.ok_or(RecordError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_reads_back_and_has_one_spelling() {
        for why in [Closed::Erased, Closed::BegunAnew] {
            assert_eq!(decode_tombstone(&encode_tombstone(why)), Ok(why));
        }
        assert_eq!(encode_tombstone(Closed::BegunAnew), [0xa1, 0x00, 0x01]);
        assert_eq!(decode_tombstone(&[0xa1, 0x00, 0x02]), Err(RecordError::TooNew));
        assert_eq!(
            decode_tombstone(&[0xa1, 0x00, 0x18, 0x01]),
            Err(RecordError::NotCanonical)
        );
        assert_eq!(decode_tombstone(&[0xa0]), Err(RecordError::Malformed));
        assert_eq!(decode_tombstone(&[0xa2, 0x00, 0x00, 0x05, 0xf5]), Ok(Closed::Erased));
    }
}
