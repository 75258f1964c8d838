//! The inside of a sealed record: values to bytes and back.
//!
//! A record is one whole state of one document. This room lays it out before it is sealed and reads it after it was
//! opened. It knows values (journal, profile, support) and the wire's types; it knows no keys, no Automerge, no database: the signature is
//! handed in and handed out, a document is bytes.
//!
//! # Plaintext, suite 1 (integers little-endian)
//!
//! | field | bytes | |
//! |---|---|---|
//! | suite | 1 | 1; anything else is a newer version's |
//! | kind | 1 | [`Kind`] |
//! | author | 32 | Ed25519 public key |
//! | writer seq | 8 | home: counted per author from 1 |
//! | seen | 4 + 8 + 32 | incarnation, n, chain: the author's last verified head |
//! | document | 16 | |
//! | edition | 4 | |
//! | schema | 2 | of the projection |
//! | genesis | 2 | version of the function that makes the first change |
//! | heads | 1 + 32 each | count, at most [`HEADS_MAX`]; ascending, each once; none exactly when content has no document |
//! | parents | 2 + 32 each | count, at most [`PARENTS_MAX`]; ascending, each once |
//! | signature | 64 | Ed25519 over [`SIGNATURE_DOMAIN`] and BLAKE3(header 72, suite to parents, content length, content) |
//! | content length | 4 | |
//! | content | | one zstd frame that states its size, of `{0 projection, 1 document}`; at most 4 MiB unpacked |
//! | padding | | zeros up to [`padded_length`] |
//!
//! **Invariants.** One value has one spelling ([`check_canonical`]); hashes and signatures are over received bytes, never over
//! bytes encoded again. What a newer version added is kept and written back. No input panics, and none costs more than its bounds.
//!
//! Start reading at [`Inside`] and [`parse()`].

mod access_event;
mod around;
mod cbor;
mod consent;
mod content;
mod entry;
mod error;
mod fields;
mod inside;
mod item;
mod kind;
mod meeting;
mod message;
mod moment;
mod parse;
mod terms;
mod texts;
mod tombstone;
mod view;

pub use access_event::{access_event_document, decode_access_event, encode_access_event};
pub use cbor::{DEPTH_MAX, check_canonical};
pub use consent::{decode_consent, encode_consent};
pub use content::{fits, fits_edited};
pub use entry::{ENTRY_SCHEMA, decode_entry, encode_entry};
pub use error::RecordError;
pub use fields::{EMPTY_FIELDS, FIELDS_SCHEMA, decode_fields, encode_fields};
pub use inside::{HEADS_MAX, Inside, PARENTS_MAX, SIGNATURE_DOMAIN, SUITE, Unsigned, signed_bytes};
pub use item::{decode_item, encode_item};
pub use kind::Kind;
pub use meeting::{decode_meeting, decode_meeting_page, encode_meeting, encode_meeting_page, meeting_page_document};
pub use message::{decode_message, decode_wishes, encode_message, encode_wishes};
pub use parse::{Parsed, parse};
pub use terms::{
    acceptance_document, agreement_hash, decode_acceptance, decode_agreement, decode_declaration, encode_acceptance,
    encode_agreement, encode_declaration,
};
pub use tombstone::{Closed, decode_tombstone, encode_tombstone};
pub use view::{
    decode_shared_profile, decode_stop, decode_view, encode_shared_profile, encode_stop, encode_view, statement_name,
};

#[cfg(test)]
pub(crate) mod tests;

/// The padded length of `length` bytes: what the relay sees of a record's length.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 1 MiB long, and padding adds an eighth"
)]
pub const fn padded_length(length: usize) -> usize {
    crate::padme::padded_length(length as u64) as usize
}
