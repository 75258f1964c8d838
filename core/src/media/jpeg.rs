//! JPEG (ITU-T T.81): what stands in its segments, and where the picture ends.

use super::pieces::{Piece, ReadSeek};
use super::{exif, read_at, read_some, read_up_to};
use crate::limits;
use std::io;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const COMMENT: u8 = 0xfe;
/// Bytes of a segment at most.
const SEGMENT_BYTES: usize = 65_535;
/// Bytes of a scan that are looked at in one go.
const WINDOW_BYTES: usize = 16 * 1024;

/// What the file consists of without what it says of its maker.
pub(super) fn clean(source: &mut dyn ReadSeek) -> io::Result<Vec<Piece>> {
    let (mut kept, mut up) = (Vec::new(), None);
    let (mut at, mut ended) = (2_u64, false);
    for _ in 0..limits::MEDIA_PARTS_MAX {
        let Some([first, marker]) = read_at(source, at)? else {
            break;
        };
        if first != 0xff {
            break; // No segment begins here: nothing of the rest can be told apart.
        }
        match marker {
            0xff => at += 1, // A fill byte.
            END => {
                kept.push(Piece::Own(vec![0xff, END]));
                ended = true;
                break;
            }
            0x01 | 0xd0..=START => at += 2,
            _ => {
                let Some(length) = read_at(source, at + 2)?.map(u16::from_be_bytes) else {
                    break;
                };
                let end = at + 2 + u64::from(length.max(2));
                if marker == SCAN {
                    let end = end_of_scan(source, end)?;
                    kept.push(Piece::Original(at..end));
                    at = end;
                    continue;
                }
                if is_wanted(source, marker, at + 4)? {
                    kept.push(Piece::Original(at..end));
                } else if marker == 0xe1 && up.is_none() {
                    let content = read_some(source, at + 4, end - at - 4, SEGMENT_BYTES)?;
                    up = content.strip_prefix(b"Exif\0\0").and_then(exif::orientation);
                }
                at = end;
            }
        }
    }
    if !ended {
        kept.push(Piece::Original(at..u64::MAX));
    }
    let mut pieces = vec![Piece::Own(vec![0xff, START])];
    if let Some(up) = up {
        // A photo without it lies on its side. JFIF stands first where it stands at all.
        let place = usize::from(matches!(kept.first(), Some(Piece::Original(range)) if is_jfif(source, range.start)?));
        pieces.extend(kept.drain(..place));
        pieces.push(Piece::Own(segment(
            0xe1,
            &[b"Exif\0\0", exif::only(up).as_slice()].concat(),
        )));
    }
    pieces.extend(kept);
    Ok(pieces)
}

fn is_jfif(source: &mut dyn ReadSeek, at: u64) -> io::Result<bool> {
    Ok(read_at(source, at)?.is_some_and(|bytes: [u8; 2]| bytes == [0xff, 0xe0]))
}

/// Whether a segment is part of the picture: everything but application data and comments, and of those what decides the colours.
fn is_wanted(source: &mut dyn ReadSeek, marker: u8, content: u64) -> io::Result<bool> {
    Ok(match marker {
        0xe0 => read_at(source, content)?.is_some_and(|name: [u8; 5]| name == *b"JFIF\0"),
        0xe2 => read_at(source, content)?.is_some_and(|name: [u8; 12]| name == *b"ICC_PROFILE\0"),
        0xee => read_at(source, content)?.is_some_and(|name: [u8; 5]| name == *b"Adobe"),
        0xe1..=0xef | COMMENT => false,
        _ => true,
    })
}

/// Where the coded data that begins at `at` ends: at the next marker that is no restart.
pub(super) fn end_of_scan(source: &mut dyn ReadSeek, mut at: u64) -> io::Result<u64> {
    let mut window = vec![0; WINDOW_BYTES];
    loop {
        let filled = read_up_to(source, at, &mut window)?;
        let coded = &window[..filled];
        let found = coded
            .windows(2)
            .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0x01 | 0xd0..=0xd7 | 0xff));
        if let Some(place) = found {
            return Ok(at + place as u64);
        }
        if filled < WINDOW_BYTES {
            return Ok(at + filled as u64); // The file ends within its picture; what there is stays.
        }
        at += filled as u64 - 1;
    }
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("invariant: an Exif of one value is 40 bytes long");
    [&[0xff, marker], length.to_be_bytes().as_slice(), content].concat()
}
