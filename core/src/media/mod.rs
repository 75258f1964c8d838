//! What a file is, and what it says beside what it shows.
//!
//! **What this room is for.** It looks at the bytes of a photo, a sound, a video or any other file and says what they are:
//! never by the name. And it takes out where and with which device a picture or a video was made, before anything is kept.
//!
//! **What it may not know.** Keys, stores, entries. It writes nothing: a cleaned file is a [`Pieces`], a reader over parts of the
//! original and a few bytes of this room's own, however long the original is.
//!
//! | what it is | what goes | what stays, of what is no picture |
//! |---|---|---|
//! | JPEG | every `APPn` and comment: Exif, XMP, IPTC, makers' notes, the second pictures of MPF; all that follows the end of the picture (the video of a motion photo) | JFIF, ICC profile, Adobe's colour transform, and the way up |
//! | PNG | `eXIf`, `tEXt`, `zTXt`, `iTXt`, `tIME`, and what follows the end | colour, and the way up |
//! | WebP | `EXIF`, `XMP `, and what follows the end | ICC profile, animation, and the way up |
//! | HEIF, AVIF | the bytes of Exif and XMP items become zeros | everything else, and with it the way up |
//! | MP4, QuickTime, 3GP, M4A | `udta`, `meta` and `uuid` at the top, in the movie and in its tracks become `free` boxes of zeros: position, device, titles; where a `meta` at the top is an index of pictures, what goes of HEIF | everything that plays; positions that a camera wrote as a track of their own |
//! | anything else | nothing | everything: GIF, TIFF and raw pictures, Matroska, MP3, PDF |
//!
//! In MP4 and HEIF everything keeps its place, because other parts point at it. Where a file does not follow its format, what could
//! be followed is cleaned and the rest stays: a damaged photo is still the person's.
//!
//! What is to be shown to somebody else is held against lists of what may stand in it ([`shown()`]): where this room cannot tell that
//! nothing speaks beside the picture or the sound, it is not shown.
//!
//! **Invariants.** No byte from outside makes this room panic, or hold more than a few KiB of it. Cleaning twice is cleaning once.
//!
//! Start reading at [`look`].

mod boxes;
mod exif;
mod heif;
mod jpeg;
mod movie;
mod pieces;
mod png;
mod shown;
mod shown_boxes;
mod webp;

#[cfg(test)]
mod shown_tests;
#[cfg(test)]
mod tests;

pub use pieces::{Pieces, ReadSeek};
pub use shown::shown;

use crate::journal::AttachmentKind;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes at the beginning by which a file is known.
pub(crate) const HEAD_BYTES: u64 = 8 * 1024;

/// What a file was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its media type; `application/octet-stream` where nothing better is known.
    pub media_type: String,
    /// What it is to a person, going by its media type: a drawing looks like a photo here.
    pub kind: AttachmentKind,
    /// Width in pixels; 0 where it is not known.
    pub width: u32,
    /// Height in pixels; 0 where it is not known.
    pub height: u32,
    /// How long it plays, in milliseconds; 0 where that is not known.
    pub duration_ms: u64,
}

/// Looks at a file, and answers it as it is to be kept: `clean` leaves out where and with what it was made.
///
/// # Errors
/// What the source answers. A file that makes no sense is no error.
pub fn look(mut source: Box<dyn ReadSeek>, clean: bool) -> io::Result<(Look, Pieces)> {
    let mut head = Vec::new();
    source.seek(SeekFrom::Start(0))?;
    source.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let (media_type, kind) = known(&head);
    let length = source.seek(SeekFrom::End(0))?;
    let size = picture_size(&mut source)?;
    let plays = matches!(kind, AttachmentKind::Video | AttachmentKind::Audio);
    let duration_ms = if plays && boxes::is_boxed(&head) {
        movie::duration_ms(&mut source)?
    } else {
        0
    };
    let pieces = match media_type.as_str() {
        _ if !clean => None,
        "image/jpeg" => Some(jpeg::clean(&mut source)?),
        "image/png" => Some(png::clean(&mut source)?),
        "image/webp" => webp::clean(&mut source)?,
        "image/heif" | "image/avif" => Some(heif::clean(&mut source, length)?),
        _ if plays && boxes::is_boxed(&head) => Some(movie::clean(&mut source, length)?),
        _ => None,
    };
    let look = Look {
        media_type,
        kind,
        width: size.0,
        height: size.1,
        duration_ms,
    };
    Ok((look, Pieces::new(source, pieces, length)))
}

/// The media type of a file, by its first [`HEAD_BYTES`].
pub(crate) fn media_type(head: &[u8]) -> String {
    known(head).0
}

/// Media type and kind, by the first bytes.
fn known(head: &[u8]) -> (String, AttachmentKind) {
    let Some(found) = infer::get(head) else {
        // One of the many brands of phones and cameras.
        if boxes::is_boxed(head)
            && let Some((media_type, kind)) = boxed(head)
        {
            return (media_type.to_owned(), kind);
        }
        // A character may be cut at the end of what was looked at.
        let is_text = !head.is_empty()
            && !head.contains(&0)
            && std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
        let media_type = if is_text {
            "text/plain"
        } else {
            "application/octet-stream"
        };
        return (media_type.to_owned(), AttachmentKind::File);
    };
    let media_type = match found.mime_type() {
        // The registered name (RFC 4337).
        "audio/m4a" => "audio/mp4",
        other => other,
    };
    let kind = match found.matcher_type() {
        infer::MatcherType::Image => AttachmentKind::Photo,
        infer::MatcherType::Audio => AttachmentKind::Audio,
        infer::MatcherType::Video => AttachmentKind::Video,
        _ => AttachmentKind::File,
    };
    (media_type.to_owned(), kind)
}

/// Brands of pictures (ISO/IEC 23008-12).
const PICTURES: [&[u8; 4]; 10] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1",
];
/// Brands of movies; phones add names of their own beside these.
const MOVIES: [&[u8; 4]; 18] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71",
    b"avc1", b"qt  ", b"M4V ", b"dash", b"MSNV", b"mmp4",
];

/// What a file made of boxes is, by its brands; none for one that may be anything. A raw picture calls itself a movie beside its own
/// name, and would be ruined by being cleaned as one: so its first name decides.
fn boxed(head: &[u8]) -> Option<(&'static str, AttachmentKind)> {
    let size = head.first_chunk().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    let brands = head.get(8..size.min(head.len()))?;
    let (major, others) = brands.split_first_chunk::<4>()?;
    let of_phones = matches!(&major[..3], b"3gp" | b"3g2" | b"3ge" | b"3gs");
    if PICTURES.contains(&major) {
        return Some(("image/heif", AttachmentKind::Photo));
    }
    if of_phones {
        return Some(("video/3gpp", AttachmentKind::Video));
    }
    let is_movie = |brand: &[u8; 4]| MOVIES.contains(&brand);
    let is_raw = major == b"crx ";
    // Four bytes of a version stand between.
    let mut others = others.get(4..).unwrap_or_default().as_chunks::<4>().0.iter();
    (!is_raw && (is_movie(major) || others.any(is_movie))).then_some(("video/mp4", AttachmentKind::Video))
}

fn picture_size(source: &mut Box<dyn ReadSeek>) -> io::Result<(u32, u32)> {
    source.seek(SeekFrom::Start(0))?;
    // What is no picture has no size.
    let found = imagesize::reader_size(BufReader::new(&mut *source));
    let side = |side: usize| u32::try_from(side).unwrap_or(0);
    Ok(found.map_or((0, 0), |size| (side(size.width), side(size.height))))
}

/// Reads as many bytes as there are, up to the length of `buffer`.
fn read_up_to(source: &mut dyn ReadSeek, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    source.seek(SeekFrom::Start(at))?;
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads `N` bytes at this place; none where the file ends before.
fn read_at<const N: usize>(source: &mut dyn ReadSeek, at: u64) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    let filled = read_up_to(source, at, &mut bytes)?;
    Ok((filled == N).then_some(bytes))
}

/// Reads `length` bytes at this place, at most `most` of them; fewer where the file ends before.
fn read_some(source: &mut dyn ReadSeek, at: u64, length: u64, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(most).min(most)];
    let filled = read_up_to(source, at, &mut bytes)?;
    bytes.truncate(filled);
    Ok(bytes)
}
