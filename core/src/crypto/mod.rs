//! Keys, sealing, the chains of who may read, pairing.
//!
//! **What this room is for.** It turns plaintext into bytes that only the right people can read, and it decides from
//! signed bytes who those are. It is the only room that imports ciphers, signatures and key encapsulation.
//!
//! **What it may not know.** What any plaintext means; where bytes are kept or sent; what time it is. It draws no
//! randomness of its own: nonces and new keys come from [`Entropy`](crate::id::Entropy), handed in.
//!
//! **Invariants**
//! * [`CryptoError::NotOpened`] never says why.
//! * Secrets are wiped when dropped and print as `…`.
//! * Signatures and hashes are over the bytes as they were received, never over a re-encoding. CBOR that is not
//!   canonical is refused.
//! * Every signature and every derived key begins with its own domain string, which ends in the number of its version.
//! * Received bytes never make this room panic.
//! * A key seals under a nonce once: record nonces are random, an attachment's key seals the one plaintext it follows from.
//!
//! **Where to start.** [`seal()`] and [`open`] draw the record, [`Content`] an attachment. [`SpaceKeys`] travel in a key box; [`DeviceChain`] and
//! [`SupportChain`] say for whom; a [`Phrase`] brings a person back; [`Offer`] and [`Join`] let a new device or person in. Each module's documentation
//! draws its bytes as a table, and `core/vectors/*.json` holds examples in hex that an independent reader checks.

mod attachment;
mod cbor;
mod chain;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod head;
mod key_box;
mod keys;
mod pairing;
mod plan_copy;
mod recovery;
mod seal;
mod slot;
mod vault_id;
mod wake;
mod wrapped_key;

#[cfg(test)]
mod vectors;

pub use attachment::{
    ATTACHMENT_CHUNK_BYTES, ATTACHMENT_HEADER_BYTES, AttachmentKey, AttachmentReader, Content, ContentHasher,
    PartChecker, SealingReader, seal_part,
};
pub use chain::{
    Added, Basis, CHAIN_LINK_BYTES_MAX, Device, DeviceChain, Ending, Epoch, Found, Goodbye, Link, LinkHash,
    NotStanding, Persona, Recovery, Removed, Side, SupportBeginning, SupportChain,
};
pub use error::CryptoError;
pub use gate::Halves;
pub use head::{verify_head, verify_receipt};
pub use key_box::{
    EpochCommitment, KEY_BOX_EPOCHS_MAX, KEY_BOX_RECIPIENTS_MAX, SpaceKeys, key_box_hash, open_key_box, seal_key_box,
};
pub use keys::{
    EpochKey, GateKey, KEM_PUBLIC_BYTES, KemPublic, KemSecret, PlanKey, SigningKey, SlotKey, VaultKey, VerifyingKey,
    verify,
};
pub use pairing::{
    Answer, Code, Digits, Hello, Join, Joiner, Offer, Offerer, PAIRING_TRIES, Post, Purpose, Reveal, Welcome, decline,
};
pub use plan_copy::{open_plan, seal_plan};
pub use recovery::{
    BoxPlace, Kit, Phrase, PhraseLength, RECOVERY_SLOTS, RecoveryKeys, open_recovery_box, recovery_slot,
    seal_recovery_box,
};
pub use seal::{RecordKey, open, open_alone, record_key, seal};
pub use slot::{import_id, sealed_again_id, slot_id};
pub use vault_id::{VaultIdVerdict, check_vault_id, make_vault_id};
pub use wake::{WakeBound, endpoint_hash, seal_endpoint, wake_key};
pub use wrapped_key::{PassphraseInvalid, PassphraseKind, WRAPPED_KEY_BYTES, WrappedKey, check_passphrase};
