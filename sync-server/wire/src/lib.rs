//! The bytes a device and a relay both read: identifiers, the record header, hashes, the signed head, messages and bounds.
//!
//! **What this crate may not know**: keys, encryption, documents, SQL, clocks, sockets. It turns bytes into values and
//! values into bytes, and says which bytes a signature covers; signing and checking happen elsewhere.
//!
//! **Invariants**
//! * Fixed binary is little-endian. CBOR is canonical (RFC 8949 section 4.2.1): a value has exactly one encoding, and
//!   [`decode_canonical`] refuses every other one, so that a hash or a signature over received bytes is never ambiguous.
//! * Nothing here panics or allocates without bound on bytes from outside; every length is held against [`bounds`].
//! * `Debug` shows at most four bytes of an identifier and only the length of sealed bytes.
//!
//! **Where to start**: [`header`] draws a record, [`chain`] and [`head`] the relay's promise about a space,
//! [`message`] the endpoints. The same is written as CDDL in `cairn-wire.cddl` beside this crate's manifest, and
//! `vectors/*.json` holds examples in hex; a client in `tests/stranger` is written from that file alone.

pub mod bounds;
pub mod chain;
pub mod head;
pub mod header;
mod id;
pub mod message;
pub mod wake;

pub use chain::{chain_0, chain_next};
pub use head::{ClosedReceipt, Receipt, Seen, SignedHead, SignedIncarnation, session_bytes, space_bytes};
pub use header::{CLOSES_SLOT, HEADER_BYTES, Header, HeaderError, Record, SEALING_BYTES, record_hash, stub_hash};
pub use id::{
    BlobId, BodyHash, ChainHash, GateId, GatePart, HeaderBytes, MailboxId, Nonce, PublicKey, PushKey, RecordHash,
    RecordId, RegistrationId, Signature, SlotId, SpaceId, Token, WakeKey,
};
pub use message::{MessageError, Sealed, decode_canonical, encode};

#[cfg(test)]
mod vectors;
