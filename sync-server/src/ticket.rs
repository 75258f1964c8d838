//! Challenges that every node of one store knows for its own, and none has to remember.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | when it was made, milliseconds since 1970-01-01 UTC, little-endian |
//! | 8 | random |
//! | 16 | the beginning of BLAKE3, keyed, over the two and the space |
//!
//! The key follows from the seed of the relay's own. That one is answered once only, the store sees to.

use cairn_wire::{Nonce, SpaceId};

use crate::limits::CHALLENGE_MS;

/// Makes and knows challenges.
pub(crate) struct Tickets([u8; 32]);

impl Tickets {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(blake3::derive_key("cairn relay challenge 1", seed))
    }

    /// A challenge for a space.
    pub(crate) fn make(&self, random: [u8; 8], space: &SpaceId, now_ms: u64) -> Nonce {
        let (mut bytes, time) = ([0; 32], now_ms.to_le_bytes());
        bytes[..8].copy_from_slice(&time);
        bytes[8..16].copy_from_slice(&random);
        bytes[16..].copy_from_slice(&self.mac(&time, &random, space));
        Nonce::from_bytes(bytes)
    }

    /// When a challenge ends, if it is one for this space and is still open.
    pub(crate) fn ends_ms(&self, nonce: &Nonce, space: &SpaceId, now_ms: u64) -> Option<u64> {
        let (time, rest) = nonce.as_bytes().split_first_chunk::<8>()?;
        let (random, mac) = rest.split_first_chunk::<8>()?;
        // Another node's clock may be ahead of this one's, by as much as a challenge lives.
        let made_ms = u64::from_le_bytes(*time);
        let is_of_now = made_ms <= now_ms.saturating_add(CHALLENGE_MS);
        let ends_ms = made_ms.saturating_add(CHALLENGE_MS);
        let expected = blake3::Hash::from_bytes(padded(&self.mac(time, random, space)));
        // Compared as hashes are, which takes as long whatever is wrong.
        let is_ours = expected == blake3::Hash::from_bytes(padded(mac));
        (is_ours && is_of_now && now_ms < ends_ms).then_some(ends_ms)
    }

    fn mac(&self, time: &[u8; 8], random: &[u8; 8], space: &SpaceId) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(time).update(random).update(space.as_bytes());
        let mut mac = [0; 16];
        hasher.finalize_xof().fill(&mut mac);
        mac
    }
}

fn padded(mac: &[u8]) -> [u8; 32] {
    let mut padded = [0; 32];
    for (to, from) in padded.iter_mut().zip(mac) {
        *to = *from;
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_known_for_its_space_and_its_time_by_whoever_has_the_seed() {
        let (one, other, foreign) = (Tickets::new(&[1; 32]), Tickets::new(&[1; 32]), Tickets::new(&[2; 32]));
        let space = SpaceId::from_bytes([7; 16]);
        let nonce = one.make([9; 8], &space, 1_000_000);
        let ends_ms = 1_000_000 + CHALLENGE_MS;
        assert_eq!(other.ends_ms(&nonce, &space, 1_000_000), Some(ends_ms));
        assert_eq!(other.ends_ms(&nonce, &space, ends_ms - 1), Some(ends_ms));
        assert_eq!(other.ends_ms(&nonce, &space, ends_ms), None);
        assert_eq!(other.ends_ms(&nonce, &space, 1_000_000 - CHALLENGE_MS - 1), None);
        assert_eq!(foreign.ends_ms(&nonce, &space, 1_000_000), None);
        assert_eq!(one.ends_ms(&nonce, &SpaceId::from_bytes([8; 16]), 1_000_000), None);
        for at in 0..32 {
            let mut bytes = *nonce.as_bytes();
            bytes[at] ^= 1;
            assert_eq!(one.ends_ms(&Nonce::from_bytes(bytes), &space, 1_000_000), None, "{at}");
        }
    }
}
