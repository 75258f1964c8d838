//! Boxes of the ISO base media file format (ISO/IEC 14496-12): MP4, QuickTime, HEIF.

use super::pieces::ReadSeek;
use super::read_at;
use crate::limits;
use std::io;

/// One box, where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: [u8; 4],
    /// Its first byte.
    pub(super) at: u64,
    /// The first byte of what it holds.
    pub(super) content: u64,
    /// The first byte behind it.
    pub(super) end: u64,
}

/// Whether a file that begins so is made of boxes.
pub(super) fn is_boxed(head: &[u8]) -> bool {
    matches!(
        head.get(4..8),
        Some(b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot")
    )
}

/// The boxes from `at` to `end`, as far as they can be followed.
pub(super) fn between(source: &mut dyn ReadSeek, mut at: u64, end: u64) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    while at.saturating_add(8) <= end && found.len() < limits::MEDIA_PARTS_MAX {
        let Some([a, b, c, d, name @ ..]) = read_at::<8>(source, at)? else {
            break;
        };
        let (content, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (at + 8, end - at), // It goes on to the end.
            1 => match read_at(source, at + 8)?.map(u64::from_be_bytes) {
                Some(size) => (at + 16, size),
                None => break,
            },
            size => (at + 8, u64::from(size)),
        };
        let Some(box_end) = at
            .checked_add(size)
            .filter(|box_end| *box_end <= end && content <= *box_end)
        else {
            break;
        };
        found.push(Found {
            name,
            at,
            content,
            end: box_end,
        });
        at = box_end;
    }
    Ok(found)
}
