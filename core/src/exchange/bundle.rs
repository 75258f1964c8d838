//! Many files that are one source: a folder, or a zip of one.
//!
//! Both are looked through once, and afterwards files are read by their place in that list alone: no path that stands in a
//! file is ever opened. A symbolic link is refused in either, so that a folder has neither loops nor doors; hidden folders
//! (`.git`, `.obsidian`) are passed over unseen.

use super::archive::{self, Directory, Member};
use super::media::{Folder, Stock};
use super::{ImportError, Shelf};
use crate::limits;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

/// Whatever bytes can be read from.
pub(super) trait Source: Read + Seek + Send {}
impl<R: Read + Seek + Send> Source for R {}

/// Folders within folders; a diary needs about 4.
const FOLDERS_MAX: usize = 32;

/// A folder or a zip.
pub(super) struct Bundle {
    files: Files,
    /// Its own name, without an ending.
    pub(super) name: String,
}

enum Files {
    Zip(Directory<Box<dyn Source>>),
    Folder(Vec<Found>),
}

/// One file of a folder.
struct Found {
    path: PathBuf,
    /// Its path below the folder, with `/` between its parts.
    inside: String,
    bytes: u64,
}

/// A file that is read as text.
pub(super) struct Page {
    /// Its path in the bundle, with `/` between its parts.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
    from: From,
}

enum From {
    Zip(Box<Member<Box<dyn Source>>>),
    Folder(PathBuf),
}

impl Bundle {
    /// The folder or the zip at this path.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let bundle = if fs::metadata(path).map_err(unreadable)?.is_dir() {
            let mut found = Vec::new();
            walk(path, "", 0, &mut found)?;
            found.sort_by(|a, b| a.inside.cmp(&b.inside));
            Self {
                files: Files::Folder(found),
                name: String::new(),
            }
        } else {
            Self::read(Box::new(File::open(path).map_err(unreadable)?))?
        };
        Ok(Self {
            name: name.unwrap_or_default(),
            ..bundle
        })
    }

    /// The zip in this source.
    pub(super) fn read(source: Box<dyn Source>) -> Result<Self, ImportError> {
        Ok(Self {
            files: Files::Zip(archive::directory(source)?),
            name: String::new(),
        })
    }

    /// The same under this name.
    pub(super) fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// The paths of all its files.
    pub(super) fn paths(&self) -> Vec<&str> {
        match &self.files {
            Files::Zip(directory) => directory.files.iter().map(|file| file.path.as_str()).collect(),
            Files::Folder(found) => found.iter().map(|file| file.inside.as_str()).collect(),
        }
    }

    /// Those files that will be read as text, in the order of their paths; all of them together keep the bounds.
    pub(super) fn pages(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<Page>, ImportError> {
        let mut pages: Vec<Page> = match &self.files {
            Files::Zip(directory) => directory
                .members(wanted)?
                .into_iter()
                .map(|member| Page {
                    path: member.path.replace('\\', "/"),
                    bytes: member.bytes,
                    from: From::Zip(Box::new(member)),
                })
                .collect(),
            Files::Folder(found) => found
                .iter()
                .filter(|file| wanted(&file.inside))
                .map(|file| Page {
                    path: file.inside.clone(),
                    bytes: file.bytes,
                    from: From::Folder(file.path.clone()),
                })
                .collect(),
        };
        let total = pages.iter().fold(0_u64, |total, page| total.saturating_add(page.bytes));
        if total > limits::IMPORT_FILE_BYTES_MAX {
            return Err(ImportError::TooLarge);
        }
        pages.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(pages)
    }

    /// Those files that can be media.
    pub(super) fn stock(&self, wanted: impl Fn(&str) -> bool) -> Stock {
        match &self.files {
            Files::Zip(directory) => Stock::of(
                directory
                    .files
                    .iter()
                    .filter(|file| file.is_plain() && wanted(&file.path))
                    .map(|file| (file.path.clone(), file.bytes, file.index)),
            ),
            Files::Folder(found) => Stock::of(
                found
                    .iter()
                    .enumerate()
                    .filter(|(_, file)| wanted(&file.inside))
                    .map(|(place, file)| (file.inside.clone(), file.bytes, place)),
            ),
        }
    }

    /// What its media lie on.
    pub(super) fn shelf(&self) -> Shelf {
        match &self.files {
            Files::Zip(directory) => Shelf::of_archive(directory),
            Files::Folder(found) => {
                Shelf::boxed(Box::new(Folder(found.iter().map(|file| file.path.clone()).collect())))
            }
        }
    }
}

impl Page {
    /// Its bytes; none when there are more than `max`.
    pub(super) fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ImportError> {
        let mut bytes = Vec::new();
        let limit = max as u64 + 1;
        match &mut self.from {
            From::Zip(member) => {
                let mut reader = member.reader()?.take(limit);
                reader.read_to_end(&mut bytes)?;
            }
            From::Folder(path) => {
                let file = File::open(path).map_err(unreadable)?;
                file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
            }
        }
        Ok((bytes.len() <= max).then_some(bytes))
    }
}

/// Gathers the files below `folder`.
fn walk(folder: &Path, inside: &str, depth: usize, found: &mut Vec<Found>) -> Result<(), ImportError> {
    if depth > FOLDERS_MAX {
        return Err(ImportError::TooDeep);
    }
    for item in fs::read_dir(folder).map_err(unreadable)? {
        let item = item.map_err(unreadable)?;
        let name = item.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "__MACOSX" {
            continue;
        }
        let inside = if inside.is_empty() {
            name
        } else {
            format!("{inside}/{name}")
        };
        let kind = item.file_type().map_err(unreadable)?;
        if kind.is_symlink() {
            return Err(ImportError::Link);
        }
        if kind.is_dir() {
            walk(&item.path(), &inside, depth + 1, found)?;
        } else if kind.is_file() {
            if found.len() >= limits::IMPORT_FILES_MAX {
                return Err(ImportError::TooManyFiles);
            }
            let bytes = item.metadata().map_err(unreadable)?.len();
            found.push(Found {
                path: item.path(),
                inside,
                bytes,
            });
        }
    }
    Ok(())
}

pub(super) fn unreadable(error: io::Error) -> ImportError {
    ImportError::Unreadable { kind: error.kind() }
}
