//! The relay's own key, and heads and receipts under it.
//!
//! Signing takes as long as storing a record, so answers that carry the same head share one signature, and a head that an answer will carry
//! can be signed before that answer may leave: only whoever asks for the very same head is given its signature.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cairn_wire::{
    ChainHash, ClosedReceipt, PublicKey, Receipt, Signature, SignedHead, SignedIncarnation, SlotId, SpaceId,
};
use ed25519_dalek::{Signer as _, SigningKey};

/// Spaces whose last signature is remembered.
const REMEMBERED: usize = 4_096;

/// A signed head is answered again for so long, if the space has not moved.
const REUSE_MS: u64 = 1_000;

/// Where a space stands, not signed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeadNow {
    pub(crate) space: SpaceId,
    pub(crate) incarnation: u32,
    pub(crate) n: u64,
    pub(crate) chain: ChainHash,
    pub(crate) time_ms: u64,
}

/// One head and its signature, made by the first who needs it.
struct Cell {
    head: HeadNow,
    signature: OnceLock<Signature>,
}

/// A head that will be asked for.
pub(crate) struct Expected(Arc<Cell>);

/// The relay's signing key.
pub(crate) struct RelayKey {
    key: SigningKey,
    recent: Mutex<BTreeMap<SpaceId, Arc<Cell>>>,
}

impl RelayKey {
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: SigningKey::from_bytes(seed),
            recent: Mutex::default(),
        }
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.key.verifying_key().to_bytes())
    }

    /// Signs where a space stands, or answers what was signed for the same state a moment ago.
    pub(crate) fn sign_head(&self, head: HeadNow) -> SignedHead {
        let cell = self.cell(head);
        SignedHead {
            signature: self.signature(&cell),
            ..unsigned(&cell.head)
        }
    }

    /// A head that [`Self::sign_head`] will be asked for.
    pub(crate) fn expect(&self, head: HeadNow) -> Expected {
        Expected(self.cell(head))
    }

    /// Signs it, if nobody has.
    pub(crate) fn sign_ahead(&self, expected: &Expected) {
        self.signature(&expected.0);
    }

    /// Signs a head of the past, which no other answer will ask for.
    pub(crate) fn sign_past_head(&self, head: HeadNow) -> SignedHead {
        let unsigned = unsigned(&head);
        SignedHead {
            signature: self.sign(&unsigned.signed_bytes()),
            ..unsigned
        }
    }

    pub(crate) fn sign_receipt(&self, space: SpaceId, slot: SlotId, seq: u64, time_ms: u64) -> Receipt {
        let receipt = Receipt {
            space,
            slot,
            seq,
            time_ms,
            signature: NO_SIGNATURE,
        };
        Receipt {
            signature: self.sign(&receipt.signed_bytes()),
            ..receipt
        }
    }

    pub(crate) fn sign_incarnation(&self, incarnation: u32) -> SignedIncarnation {
        let unsigned = SignedIncarnation {
            incarnation,
            signature: NO_SIGNATURE,
        };
        SignedIncarnation {
            signature: self.sign(&unsigned.signed_bytes()),
            ..unsigned
        }
    }

    pub(crate) fn sign_closed(&self, space: SpaceId, time_ms: u64) -> ClosedReceipt {
        let receipt = ClosedReceipt {
            space,
            time_ms,
            signature: NO_SIGNATURE,
        };
        ClosedReceipt {
            signature: self.sign(&receipt.signed_bytes()),
            ..receipt
        }
    }

    fn cell(&self, head: HeadNow) -> Arc<Cell> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = recent.get(&head.space) {
            let same = HeadNow {
                time_ms: head.time_ms,
                ..cell.head
            } == head;
            let age_ms = head.time_ms.checked_sub(cell.head.time_ms);
            if same && age_ms.is_some_and(|age| age <= REUSE_MS) {
                return Arc::clone(cell);
            }
        } else if recent.len() >= REMEMBERED {
            recent.clear();
        }
        let cell = Arc::new(Cell {
            head,
            signature: OnceLock::new(),
        });
        recent.insert(head.space, Arc::clone(&cell));
        cell
    }

    fn signature(&self, cell: &Cell) -> Signature {
        let sign = || self.sign(&unsigned(&cell.head).signed_bytes());
        *cell.signature.get_or_init(sign)
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::from_bytes(self.key.sign(bytes).to_bytes())
    }
}

impl fmt::Debug for RelayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayKey(…)")
    }
}

const NO_SIGNATURE: Signature = Signature::from_bytes([0; 64]);

fn unsigned(head: &HeadNow) -> SignedHead {
    SignedHead {
        space: head.space,
        incarnation: head.incarnation,
        n: head.n,
        chain: head.chain,
        time_ms: head.time_ms,
        signature: NO_SIGNATURE,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use ed25519_dalek::VerifyingKey;

    use super::*;

    fn head(n: u64, time_ms: u64) -> HeadNow {
        HeadNow {
            space: [1; 16].into(),
            incarnation: 1,
            n,
            chain: [2; 32].into(),
            time_ms,
        }
    }

    fn verifies(key: &RelayKey, bytes: &[u8], signature: &Signature) -> bool {
        let public = VerifyingKey::from_bytes(key.public_key().as_bytes()).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        public.verify_strict(bytes, &signature).is_ok()
    }

    #[test]
    fn heads_and_receipts_verify_under_the_relays_key_and_no_other() {
        let (key, other) = (RelayKey::from_seed(&[7; 32]), RelayKey::from_seed(&[8; 32]));
        let signed = key.sign_head(head(3, 50));
        assert!(verifies(&key, &signed.signed_bytes(), &signed.signature));
        assert!(!verifies(&other, &signed.signed_bytes(), &signed.signature));
        let forged = SignedHead { n: 4, ..signed };
        assert!(!verifies(&key, &forged.signed_bytes(), &forged.signature));
        let receipt = key.sign_receipt([1; 16].into(), [2; 16].into(), 3, 4);
        assert!(verifies(&key, &receipt.signed_bytes(), &receipt.signature));
        let incarnation = key.sign_incarnation(5);
        assert!(verifies(&key, &incarnation.signed_bytes(), &incarnation.signature));
        let past = key.sign_past_head(head(1, 2));
        assert!(verifies(&key, &past.signed_bytes(), &past.signature));
    }

    #[test]
    fn a_head_that_is_signed_ahead_is_answered_to_whoever_asks_for_it_and_to_nobody_else() {
        let key = RelayKey::from_seed(&[7; 32]);
        let expected = key.expect(head(3, 50));
        key.sign_ahead(&expected);
        let before = key.sign_head(head(2, 60));
        assert!(before.n == 2 && verifies(&key, &before.signed_bytes(), &before.signature));
        let expected = key.expect(head(3, 70));
        key.sign_ahead(&expected);
        let signed = key.sign_head(head(3, 80));
        assert!(signed.time_ms == 70 && verifies(&key, &signed.signed_bytes(), &signed.signature));
        assert_eq!(expected.0.signature.get(), Some(&signed.signature));
    }

    #[test]
    fn a_head_is_signed_again_when_the_space_moved_or_time_passed() {
        let key = RelayKey::from_seed(&[7; 32]);
        let first = key.sign_head(head(3, 1_000));
        assert_eq!(key.sign_head(head(3, 2_000)), first);
        assert_eq!(key.sign_head(head(3, 2_001)).time_ms, 2_001);
        assert_eq!(key.sign_head(head(4, 2_002)).n, 4);
        let back = key.sign_head(head(4, 1_500));
        assert_eq!(back.time_ms, 1_500);
        assert!(verifies(&key, &back.signed_bytes(), &back.signature));
    }
}
