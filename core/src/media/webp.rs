//! WebP (RFC 9649): a RIFF file.

use super::pieces::{Piece, ReadSeek};
use super::{exif, read_at, read_some};
use crate::limits;
use std::io;

/// Bytes of Exif that are looked at for the way up.
const EXIF_BYTES: usize = 65_536;
/// In the flags of `VP8X`: there is Exif, there is XMP.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// What the file consists of without Exif and XMP; none where it does not follow the format.
pub(super) fn clean(source: &mut dyn ReadSeek) -> io::Result<Option<Vec<Piece>>> {
    let Some(size) = read_at(source, 4)?.map(u32::from_le_bytes) else {
        return Ok(None);
    };
    let file_end = 8 + u64::from(size);
    let (mut pieces, mut up, mut flags) = (Vec::new(), None, None);
    let (mut at, mut kept) = (12_u64, 4_u64);
    for _ in 0..limits::MEDIA_PARTS_MAX {
        if at >= file_end {
            break;
        }
        let (Some(name), Some(length)) = (
            read_at::<4>(source, at)?,
            read_at(source, at + 4)?.map(u32::from_le_bytes),
        ) else {
            return Ok(None);
        };
        let end = at + 8 + u64::from(length) + u64::from(length % 2);
        match &name {
            b"EXIF" => {
                let content = read_some(source, at + 8, u64::from(length), EXIF_BYTES)?;
                up = exif::orientation(content.strip_prefix(b"Exif\0\0").unwrap_or(&content));
            }
            b"XMP " => {}
            b"VP8X" => {
                let Some([first]) = read_at(source, at + 8)? else {
                    return Ok(None);
                };
                flags = Some((pieces.len(), first));
                pieces.push(Piece::Original(at..at + 8));
                pieces.push(Piece::Own(vec![first & !(HAS_EXIF | HAS_XMP)]));
                pieces.push(Piece::Original(at + 9..end));
                kept += end - at;
            }
            _ => {
                pieces.push(Piece::Original(at..end));
                kept += end - at;
            }
        }
        at = end;
    }
    if let (Some(up), Some((place, first))) = (up, flags) {
        let content = exif::only(up);
        let length = u32::try_from(content.len()).expect("invariant: an Exif of one value is 26 bytes long");
        let chunk = [b"EXIF".as_slice(), &length.to_le_bytes(), &content].concat();
        kept += chunk.len() as u64;
        pieces.push(Piece::Own(chunk));
        pieces[place + 1] = Piece::Own(vec![first & !HAS_XMP]);
    }
    let Ok(size) = u32::try_from(kept) else { return Ok(None) };
    let beginning = [b"RIFF".as_slice(), &size.to_le_bytes(), b"WEBP"].concat();
    Ok(Some([vec![Piece::Own(beginning)], pieces].concat()))
}
