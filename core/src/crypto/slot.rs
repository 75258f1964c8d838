//! Names that the relay sees, and names that two devices must agree on without asking each other.
//!
//! ```text
//! slot      = first 16 bytes of BLAKE3-keyed(slot key, "cairn slot 1" || document id 16 || edition u32)
//! import id = first 16 bytes of BLAKE3-keyed(BLAKE3-derive-key("cairn import 1", slot key),
//!                                            u32 length of source || source || source id), as a UUID version 4
//! sealed again = first 16 bytes of BLAKE3-derive-key("cairn sealed again 1",
//!                                  space 16 || incarnation u32 || epoch u32 || slot 16 || heads, 32 bytes each)
//! ```

use cairn_wire::{RecordId, SlotId, SpaceId};
use zeroize::Zeroizing;

use super::SlotKey;
use crate::id::DocumentId;

/// The name of one edition of a document in one space. Without the slot key nobody can tell which document it is, nor
/// that two spaces hold the same one.
pub fn slot_id(key: &SlotKey, document: &DocumentId, edition: u32) -> SlotId {
    let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
    hasher
        .update(b"cairn slot 1")
        .update(document.as_bytes())
        .update(&edition.to_le_bytes());
    SlotId::from_bytes(first_16(hasher.finalize()))
}

/// The id of an imported entry: importing the same journal twice, or on two devices, gives the same entry. `key` is the
/// home space's.
pub fn import_id(key: &SlotKey, source: &str, source_id: &str) -> DocumentId {
    let import_key = Zeroizing::new(blake3::derive_key("cairn import 1", key.as_bytes()));
    let length = u32::try_from(source.len()).unwrap_or(u32::MAX);
    let mut hasher = blake3::Hasher::new_keyed(&import_key);
    hasher
        .update(&length.to_le_bytes())
        .update(source.as_bytes())
        .update(source_id.as_bytes());
    let mut id = first_16(hasher.finalize());
    // RFC 9562 section 5.4: version 4, variant 10.
    id[6] = (id[6] & 0x0f) | 0x40;
    id[8] = (id[8] & 0x3f) | 0x80;
    DocumentId::from_bytes(id)
}

/// The name of the record of a state that is sealed again: whoever seals the same state under the same epoch gives it the same
/// one. Without the slot key nobody can tell that two records hold one state.
pub fn sealed_again_id(space: SpaceId, incarnation: u32, epoch: u32, slot: SlotId, heads: &[[u8; 32]]) -> RecordId {
    let mut hasher = blake3::Hasher::new_derive_key("cairn sealed again 1");
    hasher
        .update(space.as_bytes())
        .update(&incarnation.to_le_bytes())
        .update(&epoch.to_le_bytes())
        .update(slot.as_bytes());
    heads.iter().for_each(|head| {
        hasher.update(head);
    });
    RecordId::from_bytes(first_16(hasher.finalize()))
}

fn first_16(hash: blake3::Hash) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    bytes
}
