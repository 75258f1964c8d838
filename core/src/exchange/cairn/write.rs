//! Writing an archive.

use super::manifest::{Adding, Listing, Sum};
use super::{
    ATTACHMENTS, CONSENTS, CONVERSATIONS, ENTRIES, MANIFEST, RELATIONSHIPS, consents, conversation, entry, parts,
    people,
};
use crate::clock::Timestamp;
use crate::exchange::ExportError;
use crate::exchange::export::Walk;
use crate::exchange::export::links::{file_name, is_packed};
use crate::exchange::export::tree::{Tree, in_pieces, put};
use crate::id::RelationshipId;
use crate::journal::{Attachment, Entry};
use crate::support::{KeptMessage, Role, ShareCard};
use crate::words::export as said;
use chrono::Datelike as _;
use std::collections::{BTreeMap, BTreeSet};
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
        self.people(walk)?;
        walk.journal().further(&mut |path, from| {
            let may_be_further = path.contains('/') && !FOLDERS.iter().any(|folder| path.starts_with(folder));
            if !may_be_further || self.listing.holds(path) {
                return Err(ExportError::Interrupted);
            }
            self.copy(path, false, 0, from).map(drop)
        })
    }

    /// People, what was shown to them, and what was said.
    fn people(&mut self, walk: &mut Walk<'_>) -> Result<(), ExportError> {
        let relationships = walk.journal().relationships()?;
        if !relationships.is_empty() {
            let json = parts::pretty(&people::relationships(&relationships));
            self.put(RELATIONSHIPS, json.as_bytes())?;
        }
        let mut shares: BTreeMap<RelationshipId, Vec<ShareCard>> = BTreeMap::new();
        for card in walk.journal().shares()? {
            let json = parts::pretty(&consents::consent(&card));
            self.put(&format!("{CONSENTS}{}.json", card.share.id()), json.as_bytes())?;
            shares.entry(card.relationship).or_default().push(card);
        }
        for kept in relationships.iter().filter(|one| one.role == Role::Participant) {
            let said = KeptMessage::with_corrections(walk.journal().conversation(kept.id)?);
            let path = format!("{CONVERSATIONS}{}", kept.id);
            if !said.is_empty() {
                self.lines(&format!("{path}.jsonl"), kept.id, &said)?;
            }
            let words = conversation::conversation_words(kept, shares.get(&kept.id).map_or(&[], Vec::as_slice), &said);
            self.put(&format!("{path}.md"), words.as_bytes())?;
        }
        Ok(())
    }

    /// A conversation, a line at a time.
    fn lines(&mut self, path: &str, of: RelationshipId, said: &[KeptMessage]) -> Result<(), ExportError> {
        let mut adding = Adding::default();
        self.tree.begin(path, false, 0)?;
        let lines = said.iter().map(conversation::line);
        for line in std::iter::once(conversation::head(of)).chain(lines) {
            let line = format!("{line}\n");
            adding.add(line.as_bytes());
            self.tree.write(line.as_bytes())?;
        }
        self.listing.add(path, adding.sum());
        Ok(())
    }
}

/// The folders whose files are read by what they are.
const FOLDERS: [&str; 4] = [ENTRIES, ATTACHMENTS, CONSENTS, CONVERSATIONS];

/// The path of an entry's file.
fn path(entry: &Entry) -> String {
    let date = entry.happened.local_date;
    format!("{ENTRIES}{:04}/{:02}/{}.md", date.year(), date.month(), entry.id)
}
