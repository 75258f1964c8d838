//! What may be shown to somebody else: files of which every part is known, and none says anything beside the picture or the sound.
//!
//! A file is cleaned as it is for keeping, and what is left is held against lists of what may stand in it. At home a part that this room does
//! not know stays, because a damaged photo is still the person's; of what goes to somebody else it could say where they live, so the file is
//! not shown. The times at which a movie was made and the names of what wrote it are zeros in what is shown.
//!
//! | what it is | what may stand in it |
//! |---|---|
//! | JPEG | frame, tables, scans; JFIF without a small picture, ICC profile, Adobe's colour transform, the way up; nothing behind its end |
//! | PNG | pixels, colours, sizes, animation, the way up |
//! | WebP | pixels, colours, animation, the way up |
//! | HEIF, AVIF | pictures and their properties; what was Exif or XMP is zeros |
//! | MP4, QuickTime, 3GP, M4A | tracks of pictures and of sound alone, what is needed to play them, and zeros |
//! | WAV | format and samples: all else is left out |
//! | plain text | UTF-8 of at most 1 MiB that does not begin like markup, RTF or PostScript |
//! | anything else | it is not shown |

use super::pieces::{Piece, Pieces, ReadSeek};
use super::{HEAD_BYTES, Look, boxes, exif, jpeg, look, read_at, read_some, shown_boxes};
use crate::limits;
use std::io;

/// Bytes of a text that is looked at whole.
const TEXT_BYTES: u64 = 1024 * 1024;
/// Bytes of the Exif that this room itself writes.
const OWN_EXIF_BYTES: u64 = 26;

/// Looks at a file, and answers it as it may be shown to somebody else; none where this room cannot tell that it says nothing beside.
/// The same file is answered the same way each time.
///
/// # Errors
/// What the source answers.
pub fn shown(source: Box<dyn ReadSeek>) -> io::Result<Option<(Look, Pieces)>> {
    let (look, mut cleaned) = look(source, true)?;
    let length = cleaned.length();
    let head = read_some(&mut cleaned, 0, HEAD_BYTES, 8 * 1024)?;
    let pieces = match look.media_type.as_str() {
        "image/jpeg" => is_jpeg(&mut cleaned, length)?.then(|| whole(length)),
        "image/png" => is_png(&mut cleaned, length)?.then(|| whole(length)),
        "image/webp" => is_webp(&mut cleaned, length)?.then(|| whole(length)),
        "image/heif" | "image/avif" => shown_boxes::heif(&mut cleaned, length)?,
        "audio/x-wav" | "audio/wav" => wave(&mut cleaned, length)?,
        "text/plain" => is_text(&mut cleaned, length)?.then(|| whole(length)),
        _ if boxes::is_boxed(&head) => shown_boxes::movie(&mut cleaned, length)?,
        _ => None,
    };
    Ok(pieces.map(|pieces| (look, Pieces::new(Box::new(cleaned), Some(pieces), length))))
}

fn whole(length: u64) -> Vec<Piece> {
    vec![Piece::Original(0..length)]
}

/// Whether Exif is nothing but the way up, as this room writes it.
fn is_own_exif(content: &[u8]) -> bool {
    exif::orientation(content).is_some_and(|up| content == exif::only(up))
}

fn is_jpeg(source: &mut dyn ReadSeek, length: u64) -> io::Result<bool> {
    let mut at = 2;
    for _ in 0..limits::MEDIA_PARTS_MAX {
        let Some([0xff, marker]) = read_at(source, at)? else {
            return Ok(false);
        };
        match marker {
            0xd9 => return Ok(at + 2 == length),
            0x01 | 0xd0..=0xd7 => {
                at += 2;
                continue;
            }
            _ => {}
        }
        let Some(size) = read_at(source, at + 2)?.map(u16::from_be_bytes) else {
            return Ok(false);
        };
        let content = read_some(source, at + 4, 32, 32)?;
        let is_known = match marker {
            // JFIF without a small picture of its own.
            0xe0 => size == 16 && content.get(12..14) == Some(&[0, 0]),
            0xe1 => size == 34 && content.strip_prefix(b"Exif\0\0").is_some_and(is_own_exif),
            0xe2 => content.starts_with(b"ICC_PROFILE\0"),
            0xee => size == 14 && content.starts_with(b"Adobe"),
            0xc8 => false,
            0xc0..=0xcf | 0xda..=0xdf => true,
            _ => false,
        };
        if !is_known || size < 2 {
            return Ok(false);
        }
        at += 2 + u64::from(size);
        if marker == 0xda {
            at = jpeg::end_of_scan(source, at)?;
        }
    }
    Ok(false)
}

fn is_png(source: &mut dyn ReadSeek, length: u64) -> io::Result<bool> {
    let mut at = 8;
    for _ in 0..limits::MEDIA_PARTS_MAX {
        let (Some(size), Some(name)) = (
            read_at(source, at)?.map(u32::from_be_bytes),
            read_at::<4>(source, at + 4)?,
        ) else {
            return Ok(false);
        };
        let size = u64::from(size);
        let is_known = match &name {
            b"IEND" => return Ok(size == 0 && at + 12 == length),
            b"eXIf" => size == OWN_EXIF_BYTES && is_own_exif(&read_some(source, at + 8, size, 32)?),
            b"IHDR" | b"PLTE" | b"IDAT" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"iCCP" | b"sBIT" | b"pHYs"
            | b"bKGD" | b"hIST" | b"acTL" | b"fcTL" | b"fdAT" | b"cICP" | b"mDCV" | b"cLLI" | b"iDOT" => true,
            _ => false,
        };
        if !is_known {
            return Ok(false);
        }
        at += 12 + size;
    }
    Ok(false)
}

/// A chunk of a RIFF file: its name, where its content begins, and how many bytes it has.
type Chunk = ([u8; 4], u64, u64);

/// The chunks from `at` to `end`; none where they do not end there.
fn chunks(source: &mut dyn ReadSeek, mut at: u64, end: u64) -> io::Result<Option<Vec<Chunk>>> {
    let mut found = Vec::new();
    while at < end {
        let (Some(name), Some(size)) = (
            read_at::<4>(source, at)?,
            read_at(source, at + 4)?.map(u32::from_le_bytes),
        ) else {
            return Ok(None);
        };
        let size = u64::from(size);
        found.push((name, at + 8, size));
        at += 8 + size + size % 2;
        if found.len() > limits::MEDIA_PARTS_MAX {
            return Ok(None);
        }
    }
    // Some writers leave out the byte that makes the last one even.
    Ok((at == end || at == end + 1).then_some(found))
}

fn is_webp(source: &mut dyn ReadSeek, length: u64) -> io::Result<bool> {
    let size = read_at(source, 4)?.map(u32::from_le_bytes);
    let Some(all) = chunks(source, 12, length)?.filter(|_| size.map(|size| u64::from(size) + 8) == Some(length)) else {
        return Ok(false);
    };
    for (name, at, size) in all {
        let is_known = match &name {
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ICCP" => true,
            b"EXIF" => size == OWN_EXIF_BYTES && is_own_exif(&read_some(source, at, size, 32)?),
            b"ANMF" => {
                let frame = chunks(source, at + 16, at + size)?;
                frame.is_some_and(|frame| {
                    frame
                        .iter()
                        .all(|(name, ..)| matches!(name, b"VP8 " | b"VP8L" | b"ALPH"))
                })
            }
            _ => false,
        };
        if !is_known {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Format and samples of a WAV (RIFF); none where it does not follow the format to its end.
fn wave(source: &mut dyn ReadSeek, length: u64) -> io::Result<Option<Vec<Piece>>> {
    let Some(size) = read_at(source, 4)?.map(u32::from_le_bytes) else {
        return Ok(None);
    };
    let end = u64::from(size) + 8;
    let Some(all) = chunks(source, 12, end)?.filter(|_| end <= length) else {
        return Ok(None);
    };
    let mut pieces = Vec::new();
    let mut kept = 4;
    for (name, at, size) in all {
        if matches!(&name, b"fmt " | b"data" | b"fact") && at + size <= length {
            pieces.push(Piece::Original(at - 8..at + size));
            pieces.push(Piece::Zeros(size % 2));
            kept += 8 + size + size % 2;
        }
    }
    let Ok(size) = u32::try_from(kept) else { return Ok(None) };
    let beginning = [b"RIFF".as_slice(), &size.to_le_bytes(), b"WAVE"].concat();
    Ok(Some([vec![Piece::Own(beginning)], pieces].concat()))
}

/// Whether it is words and nothing else, as far as its beginning tells: what has a form of its own says who wrote it.
fn is_text(source: &mut dyn ReadSeek, length: u64) -> io::Result<bool> {
    if length > TEXT_BYTES {
        return Ok(false);
    }
    let bytes = read_some(source, 0, length, 1024 * 1024)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Ok(false);
    };
    let beginning = text.trim_start_matches(|first: char| first.is_whitespace() || first == '\u{feff}');
    Ok(!text.contains('\0') && !["<", "{\\", "%"].iter().any(|form| beginning.starts_with(form)))
}
