//! Writing an archive.

use super::manifest::{Adding, Listing, Sum};
use super::{ATTACHMENTS, ENTRIES, MANIFEST, entry, parts};
use crate::clock::Timestamp;
use crate::exchange::ExportError;
use crate::exchange::export::Walk;
use crate::exchange::export::links::{file_name, is_packed};
use crate::exchange::export::tree::{Tree, in_pieces, put};
use crate::journal::{Attachment, Entry};
use crate::words::export as said;
use chrono::Datelike as _;
use std::collections::BTreeSet;
use std::io::Read;

/// Writes every part of an archive into `tree`.
pub(in crate::exchange) fn write(walk: &mut Walk<'_>, made: Timestamp, tree: &mut dyn Tree) -> Result<(), ExportError> {
    let mut writing = Writing {
        tree,
        listing: Listing::default(),
        left: BTreeSet::new(),
    };
    let made = match entry::time(made) {
        serde_json::Value::String(made) => made,
        other => other.to_string(),
    };
    // First in the file, so that it is what somebody sees first.
    let day = made.get(..10).unwrap_or_default();
    writing.put("README.txt", said::readme(day).as_bytes())?;
    walk.each(|walk, entry| writing.entry(walk, entry))?;
    if !walk.is_of_one() {
        writing.around(walk)?;
    }
    if !writing.left.is_empty() {
        let lines: Vec<&str> = writing.left.iter().map(String::as_str).collect();
        let text = format!("{}\n\n{}\n", said::NOT_ON_THIS_DEVICE, lines.join("\n"));
        writing.put(&format!("{ATTACHMENTS}not-on-this-device.txt"), text.as_bytes())?;
    }
    writing.tree.begin(MANIFEST, false, 0)?;
    for line in writing.listing.lines(&made) {
        writing.tree.write(line.as_bytes())?;
    }
    Ok(())
}

struct Writing<'t> {
    tree: &'t mut dyn Tree,
    listing: Listing,
    /// Names of the attachments whose bytes are not here.
    left: BTreeSet<String>,
}

impl Writing<'_> {
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let mut adding = Adding::default();
        adding.add(bytes);
        put(self.tree, path, bytes)?;
        self.listing.add(path, adding.sum());
        Ok(())
    }

    fn copy(&mut self, path: &str, is_packed: bool, bytes: u64, from: &mut dyn Read) -> Result<Sum, ExportError> {
        let mut adding = Adding::default();
        self.tree.begin(path, is_packed, bytes)?;
        in_pieces(from, |piece| {
            adding.add(piece);
            self.tree.write(piece)
        })?;
        let sum = adding.sum();
        self.listing.add(path, sum);
        Ok(sum)
    }

    fn entry(&mut self, walk: &mut Walk<'_>, entry: &Entry) -> Result<(), ExportError> {
        let mut there = BTreeSet::new();
        for attachment in &entry.attachments {
            if self.attachment(walk, attachment)? {
                there.insert(attachment.id);
            }
        }
        let path = path(entry);
        self.put(&path, entry::write(entry, &there).as_bytes())
    }

    /// Whether the attachment lies in the archive.
    fn attachment(&mut self, walk: &mut Walk<'_>, attachment: &Attachment) -> Result<bool, ExportError> {
        let path = format!("{ATTACHMENTS}{}", file_name(attachment));
        if self.listing.holds(&path) {
            return Ok(true);
        }
        let Some(mut from) = walk.open(attachment)? else {
            if self.left.insert(file_name(attachment)) {
                walk.left_attachment();
            }
            return Ok(false);
        };
        let sum = self.copy(&path, is_packed(attachment), attachment.bytes, from.as_mut())?;
        // The name of the file is its sum: what holds anything else is not whole.
        if sum.sha256 != attachment.sha256 {
            return Err(ExportError::Interrupted);
        }
        walk.wrote_attachment();
        Ok(true)
    }

    /// Everything that is no entry.
    fn around(&mut self, walk: &mut Walk<'_>) -> Result<(), ExportError> {
        for document in walk.journal().documents()? {
            for attachment in document.attachments() {
                self.attachment(walk, &attachment)?;
            }
            let json = parts::pretty(&parts::document(&document));
            self.put(&format!("{}.json", document.name), json.as_bytes())?;
            if !document.words.is_empty() {
                self.put(&format!("{}.md", document.name), document.words.as_bytes())?;
            }
        }
        let relationships = walk.journal().relationships()?;
        if !relationships.is_empty() {
            let json = parts::pretty(&parts::relationships(&relationships));
            self.put("relationships.json", json.as_bytes())?;
        }
        for (relationship, share) in walk.journal().shares()? {
            let json = parts::pretty(&parts::consent(relationship, &share));
            self.put(&format!("consents/{}.json", share.id()), json.as_bytes())?;
        }
        walk.journal().further(&mut |path, from| {
            let may_be_further = path.contains('/') && !path.starts_with(ENTRIES) && !path.starts_with(ATTACHMENTS);
            if !may_be_further || self.listing.holds(path) {
                return Err(ExportError::Interrupted);
            }
            self.copy(path, false, 0, from).map(drop)
        })
    }
}

/// The path of an entry's file.
fn path(entry: &Entry) -> String {
    let date = entry.happened.local_date;
    format!("{ENTRIES}{:04}/{:02}/{}.md", date.year(), date.month(), entry.id)
}
