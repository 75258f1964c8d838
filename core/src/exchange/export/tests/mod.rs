//! Every form, over a shelf of entries in memory.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod forms;
mod stories;

use super::*;
use crate::id::AttachmentId;
use crate::journal::example::{hung, surrounded};
use crate::journal::{AttachmentKind, Draft};
use crate::moment::Moment;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Cursor;

/// A journal in memory.
#[derive(Default)]
pub(in crate::exchange) struct Shelf {
    pub(in crate::exchange) entries: Vec<Entry>,
    pub(in crate::exchange) bytes: BTreeMap<AttachmentId, Vec<u8>>,
    /// Pictures as others may see them.
    pub(in crate::exchange) cleaned: BTreeMap<AttachmentId, Vec<u8>>,
    pub(in crate::exchange) documents: Vec<FlatDocument>,
    pub(in crate::exchange) further: Vec<(String, Vec<u8>)>,
    pub(in crate::exchange) relationships: Vec<KeptRelationship>,
    pub(in crate::exchange) shares: Vec<ShareCard>,
    pub(in crate::exchange) said: BTreeMap<RelationshipId, Vec<KeptMessage>>,
}

impl Outgoing for Shelf {
    fn ids(&mut self, trash: bool) -> Result<Vec<EntryId>, ExportError> {
        let mut kept: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| trash || entry.trashed.is_none())
            .collect();
        kept.sort_by_key(|entry| (entry.happened.at, entry.id));
        Ok(kept.iter().map(|entry| entry.id).collect())
    }

    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, ExportError> {
        let find = |id: &EntryId| self.entries.iter().find(|entry| entry.id == *id).cloned();
        Ok(ids.iter().filter_map(find).collect())
    }

    fn open_attachment(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
        let bytes = self.bytes.get(&attachment.id).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>))
    }

    fn open_picture(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
        let bytes = self.cleaned.get(&attachment.id).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>))
    }

    fn documents(&mut self) -> Result<Vec<FlatDocument>, ExportError> {
        Ok(self.documents.clone())
    }

    fn relationships(&mut self) -> Result<Vec<KeptRelationship>, ExportError> {
        Ok(self.relationships.clone())
    }

    fn shares(&mut self) -> Result<Vec<ShareCard>, ExportError> {
        Ok(self.shares.clone())
    }

    fn conversation(&mut self, relationship: RelationshipId) -> Result<Vec<KeptMessage>, ExportError> {
        Ok(self.said.get(&relationship).cloned().unwrap_or_default())
    }

    fn further(&mut self, put: &mut Put<'_>) -> Result<(), ExportError> {
        for (path, bytes) in &self.further {
            put(path, &mut bytes.as_slice())?;
        }
        Ok(())
    }
}

impl Shelf {
    pub(in crate::exchange) fn of(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            ..Self::default()
        }
    }

    /// The file that comes out.
    pub(in crate::exchange) fn out(&mut self, options: &ExportOptions) -> Result<(Vec<u8>, Exported), ExportError> {
        let mut file = Vec::new();
        let exported = export(self, options, Timestamp(0), Sink::File(&mut file), &mut |_, _| {})?;
        Ok((file, exported))
    }

    /// The text that comes out.
    fn text(&mut self, options: &ExportOptions) -> String {
        String::from_utf8(self.out(options).unwrap().0).unwrap()
    }
}

/// A picture of these bytes.
pub(in crate::exchange) fn picture(n: u8, bytes: &[u8]) -> Attachment {
    Attachment {
        kind: AttachmentKind::Photo,
        sha256: Sha256::digest(bytes).into(),
        bytes: bytes.len() as u64,
        ..hung(n)
    }
}

/// An entry of these words, on the `n`th day of a month.
pub(in crate::exchange) fn entry(n: u8, title: &str, body: &str) -> Entry {
    let day = Moment::new(
        Timestamp(1_772_352_000_000 + i64::from(n) * 86_400_000),
        "Europe/London",
    )
    .unwrap();
    let draft = Draft {
        title: title.to_owned(),
        body: body.to_owned(),
        tags: vec!["Home".to_owned()],
        feelings: vec!["fizzy".to_owned()],
        ..Draft::new(day.clone())
    };
    draft.into_entry(EntryId::from_bytes([n; 16]), day).unwrap()
}

/// The files of a zip.
pub(in crate::exchange) fn unzipped(file: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut member = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            (String::from_utf8(member.name_raw().to_vec()).unwrap(), bytes)
        })
        .collect()
}

/// An entry with everything around it, and its picture; the other attachment is elsewhere.
fn full() -> Shelf {
    let mut entry = surrounded(&entry(1, "Soup", "First line\n![a bowl](attachment:PICTURE)\n[1] last"));
    let here = picture(9, b"picture");
    entry.body = entry.body.replace("PICTURE", &here.id.to_string());
    entry.attachments.push(here.clone());
    let mut shelf = Shelf::of(vec![entry]);
    shelf.bytes.insert(here.id, b"picture".to_vec());
    shelf
}
