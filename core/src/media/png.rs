//! PNG (ISO/IEC 15948): chunks.

use super::pieces::{Piece, ReadSeek};
use super::{exif, read_at, read_some};
use crate::limits;
use std::io;

/// Bytes of Exif that are looked at for the way up.
const EXIF_BYTES: usize = 65_536;

/// What the file consists of without its texts, times and Exif.
pub(super) fn clean(source: &mut dyn ReadSeek) -> io::Result<Vec<Piece>> {
    let mut pieces = vec![Piece::Original(0..8)];
    let mut at = 8_u64;
    for _ in 0..limits::MEDIA_PARTS_MAX {
        let (Some(length), Some(name)) = (
            read_at(source, at)?.map(u32::from_be_bytes),
            read_at::<4>(source, at + 4)?,
        ) else {
            break;
        };
        let end = at + 12 + u64::from(length);
        match &name {
            b"eXIf" => {
                let content = read_some(source, at + 8, u64::from(length), EXIF_BYTES)?;
                if let Some(up) = exif::orientation(&content) {
                    pieces.push(Piece::Own(chunk(*b"eXIf", &exif::only(up))));
                }
            }
            b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" => {}
            _ => pieces.push(Piece::Original(at..end)),
        }
        at = end;
        if name == *b"IEND" {
            return Ok(joined(pieces));
        }
    }
    pieces.push(Piece::Original(at..u64::MAX));
    Ok(joined(pieces))
}

/// Neighbours of the original as one piece: a long picture comes in thousands of chunks.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Original(before)), Piece::Original(range)) if before.end == range.start => {
                before.end = range.end;
            }
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("invariant: an Exif of one value is 26 bytes long");
    let named = [name.as_slice(), content].concat();
    [length.to_be_bytes().as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

/// The checksum of ISO/IEC 15948 annex D, for a few bytes.
fn crc(bytes: &[u8]) -> u32 {
    let one = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    };
    !bytes.iter().fold(u32::MAX, one)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(super::crc(b"IEND"), 0xae42_6082);
        assert_eq!(super::crc(b"123456789"), 0xcbf4_3926);
    }
}
