//! What the relay signs: how far a space has come, and that something was erased.

use cairn_wire::{Receipt, SignedHead};

use super::{CryptoError, VerifyingKey};

/// Checks the relay's signature under a head, with the key that was pinned when the space began. The caller compares
/// space, count and chain with what it knows.
///
/// # Errors
/// [`CryptoError::BadSignature`].
pub fn verify_head(relay: &VerifyingKey, head: &SignedHead) -> Result<(), CryptoError> {
    relay.verify(&head.signed_bytes(), &head.signature)
}

/// Checks the relay's signature under a receipt for an erasure, with the key that was pinned when the space began.
///
/// # Errors
/// [`CryptoError::BadSignature`].
pub fn verify_receipt(relay: &VerifyingKey, receipt: &Receipt) -> Result<(), CryptoError> {
    relay.verify(&receipt.signed_bytes(), &receipt.signature)
}
