//! The chain of a space: one hash that stands for everything appended so far, in order.
//!
//! `chain_0 = derive_key("cairn chain 1", space)`, `chain_n = BLAKE3(chain_{n-1} ‖ record_hash_n)`. A stub gives the same
//! record hash as the whole record, so a device recomputes the chain also where bodies are gone.

use crate::{ChainHash, RecordHash, SpaceId};

/// The chain of an empty space.
#[must_use]
pub fn chain_0(space: &SpaceId) -> ChainHash {
    ChainHash::from_bytes(blake3::derive_key("cairn chain 1", space.as_bytes()))
}

/// The chain after one more record.
#[must_use]
pub fn chain_next(chain: &ChainHash, record: &RecordHash) -> ChainHash {
    let mut input = [0; ChainHash::LEN + RecordHash::LEN];
    input[..ChainHash::LEN].copy_from_slice(chain.as_bytes());
    input[ChainHash::LEN..].copy_from_slice(record.as_bytes());
    ChainHash::from_bytes(*blake3::hash(&input).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_orders_of_the_same_records_give_two_chains() {
        let start = chain_0(&SpaceId::from_bytes([1; 16]));
        let (a, b) = (RecordHash::from_bytes([2; 32]), RecordHash::from_bytes([3; 32]));
        let one = chain_next(&chain_next(&start, &a), &b);
        let other = chain_next(&chain_next(&start, &b), &a);
        assert_ne!(one, other);
        assert_ne!(start, chain_0(&SpaceId::from_bytes([2; 16])));
    }
}
