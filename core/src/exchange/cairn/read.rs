//! Reading an archive.

use super::manifest::{Adding, Manifest, Sum};
use super::{ATTACHMENTS, CONSENTS, CONVERSATIONS, ENTRIES, FORMAT, MANIFEST, RELATIONSHIPS, entry, parts};
use crate::exchange::ImportError;
use crate::exchange::archive::{Directory, Member, OURS, directory_within};
use crate::exchange::export::links::file_name;
use crate::exchange::export::{FlatDocument, Source, unlock};
use crate::id::EntryId;
use crate::journal::{Attachment, Entry};
use crate::limits;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Bytes of the manifest for one file, at most: a path, a number and a sum.
const MANIFEST_LINE_BYTES_MAX: u64 = 512;
/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What an archive would bring, shown before anything is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchivePreview {
    /// When it was made (RFC 3339), as it says.
    pub made: String,
    /// Entries in it, those in the trash too.
    pub entries: usize,
    /// Of these, the ones in the trash.
    pub trashed: usize,
    /// Files of attachments in it.
    pub attachments: usize,
    /// Attachments that are named in it and whose bytes are not.
    pub not_there: usize,
    /// Its flat documents by name: `profile`.
    pub documents: Vec<String>,
    /// Files of a later version, which are left where they are.
    pub unknown_files: usize,
}

/// Whether an archive says that it is one of our own.
pub(in crate::exchange) fn is_ours<R: Read + Seek>(directory: &Directory<R>) -> Result<bool, ImportError> {
    let mut head = Vec::new();
    if let Some(manifest) = directory.members(|path| path == MANIFEST)?.first_mut() {
        manifest
            .reader()?
            .take(MANIFEST_LINE_BYTES_MAX)
            .read_to_end(&mut head)?;
    }
    Ok(head.windows(FORMAT.len()).any(|seen| seen == FORMAT.as_bytes()))
}

/// An archive of our own, read once from end to end and found sound.
///
/// ```
/// use cairn_core::exchange::{Archive, ImportError};
/// # use std::io::Cursor;
/// let refused = Archive::read(Cursor::new(b"a letter".to_vec()), None);
/// assert_eq!(refused.err(), Some(ImportError::NotAZip));
/// ```
pub struct Archive {
    entries: Vec<Member<Box<dyn Source>>>,
    pub(super) documents: Vec<Member<Box<dyn Source>>>,
    attachments: Vec<Member<Box<dyn Source>>>,
    pub(super) consents: Vec<Member<Box<dyn Source>>>,
    pub(super) conversations: Vec<Member<Box<dyn Source>>>,
    pub(super) manifest: Manifest,
    preview: ArchivePreview,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("preview", &self.preview)
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// Opens the archive at `path`, with its passphrase where it is sealed, and reads it through.
    ///
    /// # Errors
    /// [`ImportError`] when the file is refused; nothing was changed. [`ImportError::NeedsPassphrase`] when there is one to ask for.
    pub fn open(path: &Path, passphrase: Option<&str>) -> Result<Self, ImportError> {
        let unreadable = |error: std::io::Error| ImportError::Unreadable { kind: error.kind() };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(ImportError::Unreadable {
                kind: std::io::ErrorKind::IsADirectory,
            });
        }
        Self::read(file, passphrase)
    }

    /// Reads an archive through, from wherever it comes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn read(source: impl Read + Seek + Send + 'static, passphrase: Option<&str>) -> Result<Self, ImportError> {
        let source = unlock(Box::new(source), passphrase)?;
        let mut members = directory_within(source, &OURS)?.members(|_| true)?;
        let files = members.len() as u64;
        let at = members.iter().position(|member| member.path == MANIFEST);
        let mut manifest = members.swap_remove(at.ok_or(ImportError::NoJournal)?);
        if manifest.bytes > (files + 1) * MANIFEST_LINE_BYTES_MAX {
            return Err(ImportError::Damaged);
        }
        let mut archive = Self {
            entries: Vec::new(),
            documents: Vec::new(),
            attachments: Vec::new(),
            consents: Vec::new(),
            conversations: Vec::new(),
            manifest: Manifest::read(BufReader::new(manifest.reader()?))?,
            preview: ArchivePreview::default(),
        };
        if archive.manifest.files.len() != members.len() {
            return Err(ImportError::Changed);
        }
        archive.sort(members)?;
        archive.look_through()?;
        Ok(archive)
    }

    /// Puts every file where it belongs by its path.
    fn sort(&mut self, members: Vec<Member<Box<dyn Source>>>) -> Result<(), ImportError> {
        for member in members {
            let path = member.path.as_str();
            if !self.manifest.files.contains_key(path) {
                return Err(ImportError::Changed);
            }
            if path.starts_with(ENTRIES) && path.ends_with(".md") {
                self.entries.push(member);
            } else if path.starts_with(ATTACHMENTS) {
                self.attachments.push(member);
            } else if path.starts_with(CONSENTS) && path.ends_with(".json") {
                self.consents.push(member);
            } else if path.starts_with(CONVERSATIONS) && path.ends_with(".jsonl") {
                self.conversations.push(member);
            } else {
                self.documents.push(member);
            }
        }
        if self.entries.len() > limits::IMPORT_ENTRIES_MAX {
            return Err(ImportError::TooManyEntries);
        }
        if self.consents.len() > limits::ARCHIVE_SHARES_MAX || self.conversations.len() > limits::ARCHIVE_PEOPLE_MAX {
            return Err(ImportError::TooMuchSaid);
        }
        self.entries.sort_by(|one, next| one.path.cmp(&next.path));
        self.attachments.sort_by(|one, next| one.path.cmp(&next.path));
        Ok(())
    }

    /// Reads every file once: its sum, and its form.
    fn look_through(&mut self) -> Result<(), ImportError> {
        let mut preview = ArchivePreview {
            made: self.manifest.made.clone(),
            entries: self.entries.len(),
            ..ArchivePreview::default()
        };
        let mut seen: BTreeSet<EntryId> = BTreeSet::new();
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for member in &mut self.entries {
            let entry = read_entry(member, &self.manifest)?;
            preview.trashed += usize::from(entry.trashed.is_some());
            look_for(&entry.attachments, &self.manifest, &mut missing)?;
            if !seen.insert(entry.id) {
                return Err(ImportError::Damaged);
            }
        }
        for member in &mut self.attachments {
            check(member, &self.manifest)?;
            preview.attachments += usize::from(is_named_by_sum(&member.name));
        }
        for member in &mut self.documents {
            if let Some(document) = read_document(member, &self.manifest)? {
                look_for(&document.attachments(), &self.manifest, &mut missing)?;
                preview.documents.push(document.name);
            } else if !is_known(&member.path) {
                preview.unknown_files += 1;
            }
        }
        self.look_through_people()?;
        preview.not_there = missing.len();
        preview.documents.sort();
        self.preview = preview;
        Ok(())
    }

    /// What taking it in would bring.
    pub const fn preview(&self) -> &ArchivePreview {
        &self.preview
    }

    /// The entries, one at a time, in the order of their days, as they were.
    pub fn entries(&mut self) -> ArchiveEntries<'_> {
        ArchiveEntries {
            members: self.entries.iter_mut(),
            manifest: &self.manifest,
        }
    }

    /// The flat documents: all fields of each. Their words are for people and are not read.
    ///
    /// # Errors
    /// [`ImportError`] when the file changed since it was opened, or the disk fails.
    pub fn documents(&mut self) -> Result<Vec<FlatDocument>, ImportError> {
        let mut documents = Vec::new();
        for member in &mut self.documents {
            documents.extend(read_document(member, &self.manifest)?);
        }
        documents.sort_by(|one, next| one.name.cmp(&next.name));
        Ok(documents)
    }

    /// Hands the bytes of an attachment to `keep`, a piece at a time; false where they are not in the archive.
    ///
    /// # Errors
    /// [`ImportError`] when the file changed since it was opened or the disk fails, and whatever `keep` answers.
    pub fn attachment(
        &mut self,
        attachment: &Attachment,
        keep: &mut dyn FnMut(&[u8]) -> Result<(), ImportError>,
    ) -> Result<bool, ImportError> {
        let path = format!("{ATTACHMENTS}{}", file_name(attachment));
        let Ok(at) = self.attachments.binary_search_by(|member| member.path.cmp(&path)) else {
            return Ok(false);
        };
        let Some(member) = self.attachments.get_mut(at) else {
            return Ok(false);
        };
        if member.bytes != attachment.bytes {
            return Err(ImportError::Damaged);
        }
        let sum = in_pieces(member, keep)?;
        (sum.sha256 == attachment.sha256)
            .then_some(true)
            .ok_or(ImportError::Changed)
    }
}

/// Holds what an entry or a document says of its attachments against the files that are there; the paths of those that are not go into
/// `missing`.
fn look_for(
    attachments: &[Attachment],
    manifest: &Manifest,
    missing: &mut BTreeSet<String>,
) -> Result<(), ImportError> {
    for one in attachments {
        let path = format!("{ATTACHMENTS}{}", file_name(one));
        match manifest.files.get(&path) {
            None => _ = missing.insert(path),
            Some(sum) if sum.bytes != one.bytes => return Err(ImportError::Damaged),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The entries of an archive, one at a time. An error ends it; it comes only when the file changed after it was opened, or the
/// disk fails.
pub struct ArchiveEntries<'a> {
    members: std::slice::IterMut<'a, Member<Box<dyn Source>>>,
    manifest: &'a Manifest,
}

impl fmt::Debug for ArchiveEntries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveEntries").finish_non_exhaustive()
    }
}

impl Iterator for ArchiveEntries<'_> {
    type Item = Result<Entry, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.members.next().map(|member| read_entry(member, self.manifest))
    }
}

/// Files that this version knows and that bring nothing in.
fn is_known(path: &str) -> bool {
    path == "README.txt"
        || path == RELATIONSHIPS
        || (path.starts_with(CONVERSATIONS) && path.ends_with(".md"))
        || (path.ends_with(".md") && !path.contains('/'))
}

fn is_named_by_sum(name: &str) -> bool {
    name.len() > 64 && name.bytes().take(64).all(|byte| byte.is_ascii_hexdigit())
}

fn in_pieces(
    member: &mut Member<Box<dyn Source>>,
    keep: &mut dyn FnMut(&[u8]) -> Result<(), ImportError>,
) -> Result<Sum, ImportError> {
    let mut adding = Adding::default();
    let mut reader = member.reader()?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = reader.read(&mut chunk)?;
        if read == 0 {
            return Ok(adding.sum());
        }
        let piece = chunk.get(..read).unwrap_or_default();
        adding.add(piece);
        keep(piece)?;
    }
}

/// Holds a file against the manifest.
fn check(member: &mut Member<Box<dyn Source>>, manifest: &Manifest) -> Result<(), ImportError> {
    let sum = in_pieces(member, &mut |_| Ok(()))?;
    let written = manifest.files.get(&member.path);
    (written == Some(&sum)).then_some(()).ok_or(ImportError::Changed)
}

/// The words of a file that is as it was written.
pub(super) fn read_text(member: &mut Member<Box<dyn Source>>, manifest: &Manifest) -> Result<String, ImportError> {
    if member.bytes > limits::ARCHIVE_TEXT_BYTES_MAX {
        return Err(ImportError::TooLarge);
    }
    let mut bytes = Vec::new();
    let sum = in_pieces(member, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    if manifest.files.get(&member.path) != Some(&sum) {
        return Err(ImportError::Changed);
    }
    String::from_utf8(bytes).map_err(|_| ImportError::Damaged)
}

fn read_entry(member: &mut Member<Box<dyn Source>>, manifest: &Manifest) -> Result<Entry, ImportError> {
    entry::read(&read_text(member, manifest)?).ok_or(ImportError::Damaged)
}

/// A flat document; none where the file is another one.
fn read_document(
    member: &mut Member<Box<dyn Source>>,
    manifest: &Manifest,
) -> Result<Option<FlatDocument>, ImportError> {
    let Some(name) = member.path.strip_suffix(".json").filter(|name| !name.contains('/')) else {
        check(member, manifest)?;
        return Ok(None);
    };
    let name = name.to_owned();
    let json: Value = serde_json::from_str(&read_text(member, manifest)?).map_err(|_| ImportError::Damaged)?;
    if !parts::is_document(&json) {
        return Ok(None);
    }
    Ok(Some(FlatDocument {
        name,
        fields: parts::read_document(&json).ok_or(ImportError::TooNew)?,
        words: String::new(),
    }))
}
