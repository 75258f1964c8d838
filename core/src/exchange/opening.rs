//! Telling what a file is, and opening it as that.

use super::bundle::{Bundle, Source, unreadable};
use super::importer::{ImportFormat, ImportOptions, Importer};
use super::walk::Walked;
use super::{DayOne, ImportError, archive, cairn, daylio, journey, jrnl, markdown};
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;

/// Bytes of a file that are looked at to tell what it is.
const PEEK_BYTES: usize = 256 * 1024;
/// Files of an archive that are looked into for it.
const PEEK_FILES_MAX: usize = 16;

/// How a file begins that is sealed with a passphrase (age, version 1). Only our own archives come so.
const SEALED: &[u8] = b"age-encryption.org/";

/// Opens the journal at `path`, a file or a folder, and reads it through. Without a format, what it holds decides.
///
/// ```
/// use cairn_core::exchange::{ImportOptions, open_import};
/// # let folder = std::env::temp_dir().join(format!("cairn-doc-import-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).expect("a place for temporary files");
/// std::fs::write(folder.join("2024-05-01.md"), "Soup again.").expect("there is room");
/// let options = ImportOptions { zone: "Europe/London".to_owned(), ..ImportOptions::default() };
/// let mut journal = open_import(&folder, None, &options).expect("a folder of one day");
/// assert_eq!(journal.preview().entries, 1);
/// let first = journal.entries().next().expect("one entry").expect("sound");
/// assert_eq!((first.draft.body.as_str(), first.draft.happened.local_date.to_string().as_str()), ("Soup again.", "2024-05-01"));
/// # std::fs::remove_dir_all(&folder).expect("it was made here");
/// ```
///
/// # Errors
/// [`ImportError`] when it is refused; nothing was changed.
pub fn open_import(
    path: &Path,
    format: Option<ImportFormat>,
    options: &ImportOptions,
) -> Result<Box<dyn Importer>, ImportError> {
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        let bundle = Bundle::open(path)?;
        return match format {
            None | Some(ImportFormat::Markdown) => whole(markdown::Diary::of(bundle, options)?),
            Some(ImportFormat::Journey) => whole(journey::Journey::of(bundle, options)?),
            Some(_) => Err(ImportError::Unreadable {
                kind: std::io::ErrorKind::IsADirectory,
            }),
        };
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let file = File::open(path).map_err(unreadable)?;
    read(Box::new(file), format, options, &name.unwrap_or_default())
}

/// The same for a file that is read from wherever it comes.
///
/// # Errors
/// [`ImportError`] when it is refused; nothing was changed.
pub fn read_import<R: Read + Seek + Send + 'static>(
    source: R,
    format: Option<ImportFormat>,
    options: &ImportOptions,
) -> Result<Box<dyn Importer>, ImportError> {
    read(Box::new(source), format, options, "")
}

/// What the journal at `path` is, by what it holds.
///
/// # Errors
/// [`ImportError::UnknownFormat`] when it is none that is known here, [`ImportError::Ambiguous`] when it could be several:
/// the person can say which. Otherwise as [`open_import`].
pub fn detect(path: &Path) -> Result<ImportFormat, ImportError> {
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        let bundle = Bundle::open(path)?;
        let is_diary = bundle.paths().into_iter().any(markdown::is_page);
        return is_diary
            .then_some(ImportFormat::Markdown)
            .ok_or(ImportError::UnknownFormat);
    }
    let mut source: Box<dyn Source> = Box::new(File::open(path).map_err(unreadable)?);
    told(&mut source)
}

fn whole<F: super::walk::Form + 'static>(form: F) -> Result<Box<dyn Importer>, ImportError> {
    Ok(Box::new(Walked::through(form)?))
}

fn read(
    mut source: Box<dyn Source>,
    format: Option<ImportFormat>,
    options: &ImportOptions,
    name: &str,
) -> Result<Box<dyn Importer>, ImportError> {
    let format = match format {
        Some(format) => format,
        None => told(&mut source)?,
    };
    let bundle = |source| Ok::<_, ImportError>(Bundle::read(source)?.named(name));
    match format {
        ImportFormat::DayOne => Ok(Box::new(DayOne::with(source, options.keep)?)),
        ImportFormat::Journey => whole(journey::Journey::of(bundle(source)?, options)?),
        ImportFormat::Daylio => whole(daylio::Daylio::of(source, options, name)?),
        ImportFormat::Jrnl => whole(jrnl::Jrnl::of(source, options, name)?),
        ImportFormat::Markdown => whole(markdown::Diary::of(bundle(source)?, options)?),
    }
}

/// What a file is; it is left at its beginning.
fn told(source: &mut Box<dyn Source>) -> Result<ImportFormat, ImportError> {
    let mut head = Vec::new();
    source.rewind().map_err(unreadable)?;
    let mut beginning = source.by_ref().take(PEEK_BYTES as u64);
    beginning.read_to_end(&mut head).map_err(unreadable)?;
    source.rewind().map_err(unreadable)?;
    if head.is_empty() {
        return Err(ImportError::Empty);
    }
    if head.starts_with(SEALED) {
        return Err(ImportError::OurArchive);
    }
    let found = if head.starts_with(b"PK") {
        let found = in_archive(source)?;
        source.rewind().map_err(unreadable)?;
        found
    } else {
        in_text(&head).into_iter().collect()
    };
    match found.as_slice() {
        [] => Err(ImportError::UnknownFormat),
        [format] => Ok(*format),
        _ => Err(ImportError::Ambiguous),
    }
}

/// What an archive could be, each once.
fn in_archive(source: &mut Box<dyn Source>) -> Result<Vec<ImportFormat>, ImportError> {
    let directory = archive::directory(source)?;
    if cairn::is_ours(&directory)? {
        return Err(ImportError::OurArchive);
    }
    let mut found = Vec::new();
    if directory.files.iter().any(|file| markdown::is_page(&file.path)) {
        found.push(ImportFormat::Markdown);
    }
    for mut member in directory.members(journey::is_page)?.into_iter().take(PEEK_FILES_MAX) {
        let mut head = Vec::new();
        member.reader()?.take(PEEK_BYTES as u64).read_to_end(&mut head)?;
        let has = |key: &str| contains(&head, format!("\"{key}\"").as_bytes());
        if journey::DATES.into_iter().any(has) {
            found.push(ImportFormat::Journey);
        } else if has("entries") {
            found.push(ImportFormat::DayOne);
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// What a file that is no archive could be, by its beginning.
fn in_text(head: &[u8]) -> Option<ImportFormat> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let has = |key: &str| contains(head, key.as_bytes());
    if head.starts_with(b"{") {
        let is_jrnl = has("\"entries\"") && has("\"tags\"") && !has("\"creationDate\"");
        return is_jrnl.then_some(ImportFormat::Jrnl);
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    daylio::is_header(line).then_some(ImportFormat::Daylio)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
