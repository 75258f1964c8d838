//! One encoding per value: what differs from it is refused.

use std::convert::Infallible;

use minicbor::data::Type;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode};

use crate::bounds::{MESSAGE_DEPTH_MAX, MESSAGE_ITEMS_MAX};

/// Why bytes are not the message they should be. The sender is at fault, or newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Not CBOR, not this message, a field missing, a byte string of a wrong length, or bytes after the end.
    #[error("malformed message")]
    Malformed,
    /// The value is understood and written in another way than the canonical one, or carries a key nobody knows.
    #[error("message not in canonical form")]
    NotCanonical,
    /// More items or deeper nesting than any honest message has.
    #[error("message beyond its bounds")]
    BeyondBounds,
}

/// Reads a message and refuses every encoding of it but the canonical one.
///
/// Byte strings are borrowed from `bytes`; to check the form the value is encoded again against `bytes`, without a copy.
///
/// # Errors
/// Any [`MessageError`].
pub fn decode_canonical<'b, T>(bytes: &'b [u8]) -> Result<T, MessageError>
where
    T: Decode<'b, ()> + Encode<()>,
{
    within_bounds(bytes)?;
    let mut decoder = Decoder::new(bytes);
    let value: T = decoder.decode().map_err(|_| MessageError::Malformed)?;
    if decoder.position() != bytes.len() {
        return Err(MessageError::Malformed);
    }
    let mut rest = SameBytes(bytes);
    if minicbor::encode(&value, &mut rest).is_err() || !rest.0.is_empty() {
        return Err(MessageError::NotCanonical);
    }
    Ok(value)
}

/// Writes a message in its canonical form.
#[must_use]
pub fn encode<T: Encode<()>>(message: &T) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory has no error of its own, and no message has an `Encode` that makes one.
    let written: Result<(), minicbor::encode::Error<Infallible>> = minicbor::encode(message, &mut out);
    debug_assert!(written.is_ok(), "encoding a message to memory cannot fail");
    out
}

/// A writer that takes only what is already there.
struct SameBytes<'a>(&'a [u8]);

/// The value encodes to other bytes than it was read from.
struct Differs;

impl Write for SameBytes<'_> {
    type Error = Differs;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Differs> {
        self.0 = self.0.strip_prefix(bytes).ok_or(Differs)?;
        Ok(())
    }
}

/// Walks over the items without keeping any, so that a few bytes cannot ask for much memory or stack.
fn within_bounds(bytes: &[u8]) -> Result<(), MessageError> {
    let mut decoder = Decoder::new(bytes);
    // How many items are still to come at each level.
    let mut open = [0u64; MESSAGE_DEPTH_MAX + 1];
    let mut depth = 0;
    open[0] = 1;
    for _ in 0..MESSAGE_ITEMS_MAX {
        while open[depth] == 0 {
            if depth == 0 {
                return Ok(());
            }
            depth -= 1;
        }
        open[depth] -= 1;
        let inner = item(&mut decoder)?;
        if inner > 0 {
            depth += 1;
            *open.get_mut(depth).ok_or(MessageError::BeyondBounds)? = inner;
        }
    }
    if open[..=depth].iter().all(|left| *left == 0) {
        return Ok(());
    }
    Err(MessageError::BeyondBounds)
}

/// Steps over one item and answers how many items lie in it.
fn item(decoder: &mut Decoder<'_>) -> Result<u64, MessageError> {
    let malformed = |_| MessageError::Malformed;
    match decoder.datatype().map_err(malformed)? {
        Type::Array => decoder.array().map_err(malformed)?.ok_or(MessageError::NotCanonical),
        Type::Map => decoder
            .map()
            .map_err(malformed)?
            .ok_or(MessageError::NotCanonical)?
            .checked_mul(2)
            .ok_or(MessageError::Malformed),
        Type::Bytes => decoder.bytes().map(|_| 0).map_err(malformed),
        Type::String => decoder.str().map(|_| 0).map_err(malformed),
        Type::Bool => decoder.bool().map(|_| 0).map_err(malformed),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            decoder.int().map(|_| 0).map_err(malformed)
        }
        // Indefinite lengths, tags, floats, null and the rest stand in no message.
        _ => Err(MessageError::NotCanonical),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::message::*;
    use crate::{RecordId, SpaceId, Token};

    fn ack() -> Vec<u8> {
        encode(&AckRequest {
            token: Token::from_bytes([1; 32]),
            space: SpaceId::from_bytes([2; 16]),
            n: 5,
        })
    }

    fn read(bytes: &[u8]) -> Result<AckRequest, MessageError> {
        decode_canonical(bytes)
    }

    #[test]
    fn the_canonical_form_and_no_other_is_read() {
        let good = ack();
        assert!(read(&good).is_ok());

        let mut trailing = good.clone();
        trailing.push(0);
        assert_eq!(read(&trailing), Err(MessageError::Malformed));

        // 5 as one more byte than it needs.
        let mut long = good.clone();
        long.pop();
        long.extend([0x18, 5]);
        assert_eq!(read(&long), Err(MessageError::NotCanonical));

        // The map of unknown length.
        let mut indefinite = good.clone();
        indefinite[0] = 0xBF;
        indefinite.push(0xFF);
        assert_eq!(read(&indefinite), Err(MessageError::NotCanonical));

        // A fourth key nobody knows.
        let mut unknown = good.clone();
        unknown[0] = 0xA4;
        unknown.extend([0x09, 0x00]);
        assert_eq!(read(&unknown), Err(MessageError::NotCanonical));

        // A key given twice.
        let mut twice = good.clone();
        twice[0] = 0xA4;
        twice.extend([0x02, 0x05]);
        assert_eq!(read(&twice), Err(MessageError::NotCanonical));

        // The third pair before the first two.
        let mut unsorted = vec![0xA3, 0x02, 0x05];
        unsorted.extend(&good[1..good.len() - 2]);
        assert_eq!(read(&unsorted), Err(MessageError::NotCanonical));

        for cut in 0..good.len() {
            assert!(read(&good[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn deep_and_wide_messages_are_refused_before_they_are_built() {
        let deep = vec![0x81; 100_000];
        assert_eq!(read(&deep), Err(MessageError::BeyondBounds));
        let mut wide = vec![0x9A, 0, 0x10, 0, 0];
        wide.resize(5 + 0x10_0000, 0x40);
        assert_eq!(read(&wide), Err(MessageError::BeyondBounds));
        assert_eq!(
            read(&[0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            Err(MessageError::Malformed)
        );
    }

    #[test]
    fn sealed_bytes_are_borrowed_not_copied() {
        let record = vec![7; 300];
        let bytes = encode(&AppendRequest {
            token: Token::from_bytes([1; 32]),
            space: SpaceId::from_bytes([2; 16]),
            records: vec![record.as_slice().into()],
        });
        let request: AppendRequest<'_> = decode_canonical(&bytes).unwrap();
        let inside = bytes.as_ptr_range();
        assert!(inside.contains(&request.records[0].as_ptr()));
        assert_eq!(&*request.records[0], &record[..]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_in_any_message(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            macro_rules! every { ($($t:ty),+) => {$(
                if let Ok(message) = decode_canonical::<$t>(&bytes) {
                    prop_assert_eq!(encode(&message), bytes.clone());
                }
            )+}}
            every!(
                ChallengeRequest, ChallengeAnswer, SessionRequest, SessionAnswer, SpaceRequest, SpaceAnswer,
                AppendRequest<'_>, AppendAnswer, ReadRequest, ReadAnswer<'_>, AckRequest, AckAnswer, EraseRequest<'_>,
                EraseAnswer, EpochRequest<'_>, EpochAnswer, AccessRequest, AccessAnswer, BlobRequest<'_>, BlobAnswer<'_>,
                MailboxRequest<'_>, MailboxAnswer<'_>, Refusal
            );
        }

        #[test]
        fn a_flipped_bit_is_refused_or_read_as_another_value(at in 0usize..55, bit in 0u8..8) {
            let good = ack();
            let at = at % good.len();
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            if let Ok(other) = read(&bytes) {
                prop_assert_ne!(other, read(&good).unwrap());
            }
        }

        #[test]
        fn an_outcome_and_an_item_come_back(value: u64, id: [u8; 16]) {
            let answer = EraseAnswerLike { value, id: RecordId::from_bytes(id) };
            prop_assert_eq!(decode_canonical::<EraseAnswerLike>(&encode(&answer)), Ok(answer));
        }
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct EraseAnswerLike {
        #[n(0)]
        value: u64,
        #[n(1)]
        id: RecordId,
    }
}
