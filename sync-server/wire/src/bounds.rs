//! The limits both sides hold each other to. One figure each, so that what one side may send the other must take.

use std::ops::RangeInclusive;

/// Bytes of a record at most, header and body together.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a record at least, 144: the header and a body of nonce, commitment and tag.
pub const RECORD_BYTES_MIN: usize = crate::header::SEALING_BYTES;

/// What the length of a record may be.
pub const RECORD_BYTES: RangeInclusive<usize> = RECORD_BYTES_MIN..=RECORD_BYTES_MAX;

/// Records in one `append` at most.
pub const APPEND_RECORDS_MAX: usize = 256;

/// Bytes of one request at most.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of records in one `read` answer at most, over all its pages. The first record found is answered whatever its
/// length, so that a small `bytes_max` cannot stop a reader.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// What a stub is counted as against [`PAGE_BYTES_MAX`].
pub const STUB_BYTES: usize = 128;

/// Records and stubs in one `read` answer at most, over all its pages.
pub const PAGE_ITEMS_MAX: usize = 4096;

/// Bytes of one answer at most: what a client must be ready to take.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of a blob in one request or answer at most: a lost connection costs no more than one such part.
pub const BLOB_PART_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a whole blob at most: 4 GiB of an attachment, and 8 MiB for what sealing adds to it piece by piece.
pub const BLOB_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024 + 8 * 1024 * 1024;

/// Milliseconds a `read` may wait at most.
pub const WAIT_MS_MAX: u32 = 30_000;

/// Access keys of one space at most.
pub const ACCESS_KEYS_MAX: usize = 64;

/// Spaces in one `read` at most.
pub const READ_SPACES_MAX: usize = 64;

/// Slots whose records stay readable in a space that is closed, at most: one for each link of a chain of devices.
pub const CLOSE_KEEP_SLOTS_MAX: usize = 4096;

/// Slots asked for in one space of a `read` at most.
pub const READ_SLOTS_MAX: usize = 64;

/// Gates of one side of a space at most.
pub const GATES_MAX: usize = 4096;

/// Bytes of the address of a push service at most. Those of Windows are the longest that are known, some 600 bytes.
pub const ENDPOINT_BYTES_MAX: usize = crate::wake::PADDED_BYTES - 2;

/// Devices registered to be woken under one key of a space at most; the one registered longest ago gives way.
pub const REGISTRATIONS_MAX: usize = 16;

/// Messages in one mailbox at most.
pub const MAILBOX_MESSAGES_MAX: usize = 8;

/// Bytes of one message in a mailbox at most.
pub const MAILBOX_BYTES_MAX: usize = 16 * 1024;

/// Days a mailbox lives at most when its first message asks for days; without days it lives fifteen minutes.
pub const MAILBOX_DAYS_MAX: u8 = 7;

/// Bytes of a relay's origin (`https://host[:port]`) at most.
pub const ORIGIN_BYTES_MAX: usize = 200;

/// Bytes one side of a space may keep at the relay unless its operator says otherwise.
pub const SPACE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Bytes of a session's token.
pub const TOKEN_BYTES: usize = 32;

/// CBOR data items in one message at most. The greatest honest one is a `read` answered with [`PAGE_ITEMS_MAX`] stubs.
pub const MESSAGE_ITEMS_MAX: usize = 131_072;

/// How deep arrays and maps of a message may lie in each other.
pub const MESSAGE_DEPTH_MAX: usize = 8;
