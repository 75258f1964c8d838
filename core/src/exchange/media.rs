//! Photos, sound, video and files beside the words.
//!
//! A [`Media`] says what hangs on an entry and where in the file it lies; its bytes are read from a [`Shelf`], as often as
//! wanted, one chunk after another. So the vault can go over them twice (to name them, then to seal them) and nothing is
//! ever held whole or unpacked to disk.

use super::ImportError;
use super::archive::{Directory, Shared};
use crate::journal::AttachmentKind;
use crate::limits;
use crate::moment::Moment;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use zip::ZipArchive;

/// One photo, sound, video or file of an entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// The target of its link, exactly as it stands in the body, for [`embed`](super::embed); empty where the body has none.
    pub link: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its media type, `image/jpeg`; by the ending of its name.
    pub media_type: String,
    /// The name of its file; empty where the source made one up.
    pub original_name: String,
    /// Its bytes.
    pub bytes: u64,
    /// When it was made, if the source says so.
    pub made: Option<Moment>,
    /// Width in pixels; 0 where it is not known.
    pub width: u32,
    /// Height in pixels; 0 where it is not known.
    pub height: u32,
    /// How long it plays, in milliseconds; 0 where it does not or that is not known.
    pub duration_ms: u64,
    /// What it shows, in the words of the source.
    pub alt_text: String,
    /// Where it lies on its shelf.
    pub(super) place: usize,
}

/// Shows no words.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("kind", &self.kind)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Media {
    /// What a file of this name and size is, by the ending of its name.
    pub(super) fn of(name: &str, bytes: u64, place: usize) -> Self {
        let (kind, media_type) = kind_of(name);
        let file = name.rsplit('/').next().unwrap_or_default();
        let is_short = !super::bounds::longer(file, limits::TITLE_CHARACTERS_MAX);
        Self {
            link: String::new(),
            kind,
            media_type: media_type.to_owned(),
            original_name: if is_short { file.to_owned() } else { String::new() },
            bytes,
            made: None,
            width: 0,
            height: 0,
            duration_ms: 0,
            alt_text: String::new(),
            place,
        }
    }
}

/// Endings, what they are to the person, and their media types (RFC 6838, as IANA lists them).
const KINDS: [(&str, AttachmentKind, &str); 40] = [
    ("jpg", AttachmentKind::Photo, "image/jpeg"),
    ("jpeg", AttachmentKind::Photo, "image/jpeg"),
    ("png", AttachmentKind::Photo, "image/png"),
    ("gif", AttachmentKind::Photo, "image/gif"),
    ("webp", AttachmentKind::Photo, "image/webp"),
    ("heic", AttachmentKind::Photo, "image/heic"),
    ("heif", AttachmentKind::Photo, "image/heif"),
    ("avif", AttachmentKind::Photo, "image/avif"),
    ("bmp", AttachmentKind::Photo, "image/bmp"),
    ("tif", AttachmentKind::Photo, "image/tiff"),
    ("tiff", AttachmentKind::Photo, "image/tiff"),
    ("svg", AttachmentKind::Drawing, "image/svg+xml"),
    ("m4a", AttachmentKind::Audio, "audio/mp4"),
    ("mp3", AttachmentKind::Audio, "audio/mpeg"),
    ("aac", AttachmentKind::Audio, "audio/aac"),
    ("wav", AttachmentKind::Audio, "audio/wav"),
    ("ogg", AttachmentKind::Audio, "audio/ogg"),
    ("oga", AttachmentKind::Audio, "audio/ogg"),
    ("opus", AttachmentKind::Audio, "audio/ogg"),
    ("flac", AttachmentKind::Audio, "audio/flac"),
    ("caf", AttachmentKind::Audio, "audio/x-caf"),
    ("amr", AttachmentKind::Audio, "audio/amr"),
    ("mp4", AttachmentKind::Video, "video/mp4"),
    ("m4v", AttachmentKind::Video, "video/mp4"),
    ("mov", AttachmentKind::Video, "video/quicktime"),
    ("webm", AttachmentKind::Video, "video/webm"),
    ("mkv", AttachmentKind::Video, "video/matroska"),
    ("avi", AttachmentKind::Video, "video/x-msvideo"),
    ("3gp", AttachmentKind::Video, "video/3gpp"),
    ("mpg", AttachmentKind::Video, "video/mpeg"),
    ("pdf", AttachmentKind::File, "application/pdf"),
    ("txt", AttachmentKind::File, "text/plain"),
    ("csv", AttachmentKind::File, "text/csv"),
    ("zip", AttachmentKind::File, "application/zip"),
    ("epub", AttachmentKind::File, "application/epub+zip"),
    ("rtf", AttachmentKind::File, "application/rtf"),
    ("doc", AttachmentKind::File, "application/msword"),
    ("gpx", AttachmentKind::File, "application/gpx+xml"),
    ("ics", AttachmentKind::File, "text/calendar"),
    ("vcf", AttachmentKind::File, "text/vcard"),
];

/// What a file of this name is.
pub(super) fn kind_of(name: &str) -> (AttachmentKind, &'static str) {
    let ending = name
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_ascii_lowercase();
    KINDS.into_iter().find(|(known, _, _)| *known == ending).map_or(
        (AttachmentKind::File, "application/octet-stream"),
        |(_, kind, media_type)| (kind, media_type),
    )
}

/// Whether a name has the ending of a photo, a sound, a video or a file that is no text of its own.
pub(super) fn is_media(name: &str) -> bool {
    kind_of(name).1 != "application/octet-stream"
}

/// What media lie on: an archive, a folder, or nothing.
pub struct Shelf(Box<dyn Boards + Send>);

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf(…)")
    }
}

impl Shelf {
    /// A shelf with nothing on it, for formats that hold words alone.
    pub(super) fn empty() -> Self {
        Self(Box::new(Folder(Vec::new())))
    }

    /// The files of an archive, each at its place.
    pub(super) fn of_archive<R: Read + Seek + Send + 'static>(directory: &Directory<R>) -> Self {
        Self(Box::new(directory.archive()))
    }

    /// Files of a folder, each at its place.
    pub(super) const fn boxed(boards: Box<dyn Boards + Send>) -> Self {
        Self(boards)
    }

    /// Reads a media's bytes, from the first one. It can be called again for the same media.
    ///
    /// The reader ends after [`Media::bytes`] bytes; one more is an error, and so is a wrong checksum.
    ///
    /// # Errors
    /// [`ImportError`] when it cannot be read (any more): it was moved, it is damaged, the disk fails.
    pub fn open(&mut self, media: &Media) -> Result<Box<dyn Read + '_>, ImportError> {
        let reader = self.0.reader(media.place)?;
        Ok(Box::new(super::archive::Bounded::new(reader, media.bytes)))
    }
}

/// Where the bytes come from.
pub(super) trait Boards {
    fn reader(&mut self, place: usize) -> Result<Box<dyn Read + '_>, ImportError>;
}

impl<R: Read + Seek> Boards for ZipArchive<Shared<R>> {
    fn reader(&mut self, place: usize) -> Result<Box<dyn Read + '_>, ImportError> {
        Ok(Box::new(self.by_index(place)?))
    }
}

/// Files in a folder.
pub(super) struct Folder(pub(super) Vec<PathBuf>);

impl Boards for Folder {
    fn reader(&mut self, place: usize) -> Result<Box<dyn Read + '_>, ImportError> {
        let missing = ImportError::Unreadable {
            kind: std::io::ErrorKind::NotFound,
        };
        let file = File::open(self.0.get(place).ok_or(missing)?);
        Ok(Box::new(
            file.map_err(|error| ImportError::Unreadable { kind: error.kind() })?,
        ))
    }
}

/// The media files of a source, to be found by their names.
#[derive(Default)]
pub(super) struct Stock {
    files: Vec<(String, u64, usize)>,
    /// Whole paths, folded, to their first file.
    paths: HashMap<String, usize>,
    /// Names without folders, folded, to their first file.
    names: HashMap<String, usize>,
    /// The last folder and the name without its ending, folded, to their first file.
    stems: HashMap<(String, String), usize>,
}

impl Stock {
    /// The stock of these files: path, bytes, and place on the shelf.
    pub(super) fn of(files: impl Iterator<Item = (String, u64, usize)>) -> Self {
        let mut stock = Self::default();
        for (path, bytes, place) in files {
            let folded = path.replace('\\', "/").to_lowercase();
            let mut parts = folded.rsplit('/');
            let name = parts.next().unwrap_or_default().to_owned();
            let folder = parts.next().unwrap_or_default().to_owned();
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
            let at = stock.files.len();
            stock.stems.entry((folder, stem)).or_insert(at);
            stock.names.entry(name).or_insert(at);
            stock.paths.entry(folded).or_insert(at);
            stock.files.push((path, bytes, place));
        }
        stock
    }

    /// The file with this path.
    pub(super) fn at_path(&self, path: &str) -> Option<Media> {
        self.media(*self.paths.get(&path.to_lowercase())?)
    }

    /// The file with this name, in whatever folder.
    pub(super) fn named(&self, name: &str) -> Option<Media> {
        self.media(*self.names.get(&name.to_lowercase())?)
    }

    /// The file with this name in that folder, whatever its ending.
    pub(super) fn with_stem(&self, folder: &str, stem: &str) -> Option<Media> {
        self.media(*self.stems.get(&(folder.to_owned(), stem.to_lowercase()))?)
    }

    fn media(&self, at: usize) -> Option<Media> {
        let (path, bytes, place) = self.files.get(at)?;
        (*bytes <= limits::ATTACHMENT_BYTES_MAX).then(|| Media::of(path, *bytes, *place))
    }
}
