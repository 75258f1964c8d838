//! The first change of a document: a fixed, total function of what was sealed.
//!
//! ```text
//! actor = first 16 of BLAKE3("cairn genesis" || version u16 || document id 16 || edition u32 || projection)   little-endian
//! change: one, time 0, no message; operations in this order:
//!   v = 1 (uint) | title | happened | written | trashed? | import? | x/ in the order of their numbers | tags in order
//!   | feelings in order | what stands around, by key in byte order (attachments placed from 0) | body: make Text, insert the whole text
//! of a flat document: v = 1 (uint) | its fields, by name in byte order; the first edition has none
//! ```
//!
//! The actor covers the projection, so two different first changes of one id never meet on (actor, number), which would
//! brick the document for ever; they merge as concurrent. Frozen by `core/vectors/genesis.json`.

use super::DocumentError;
use super::{around, layout, revise};
use crate::id::DocumentId;
use crate::journal::Entry;
use crate::profile::Fields;
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, ObjType, ROOT, ScalarValue, TextEncoding};

/// The version of the first change that this room makes.
pub const GENESIS_VERSION: u16 = 1;

pub(super) fn entry(
    version: u16,
    id: DocumentId,
    edition: u32,
    projection: &[u8],
    entry: &Entry,
) -> Result<Automerge, DocumentError> {
    let mut keys: Vec<(String, ScalarValue)> = vec![
        (layout::TITLE.to_owned(), entry.title.as_str().into()),
        (
            layout::HAPPENED.to_owned(),
            layout::moment_bytes(&entry.happened)?.into(),
        ),
        (layout::WRITTEN.to_owned(), layout::moment_bytes(&entry.written)?.into()),
    ];
    if let Some(trashed) = entry.trashed {
        keys.push((layout::TRASHED.to_owned(), trashed.0.into()));
    }
    if let Some(import) = &entry.import {
        keys.push((layout::IMPORT.to_owned(), layout::import_bytes(import)?.into()));
    }
    for (number, raw) in &entry.unknown {
        keys.push((format!("{}{number}", layout::UNKNOWN), raw.clone().into()));
    }
    for tag in &entry.tags {
        keys.push((format!("{}{}", layout::TAG, tag.folded), tag.written.as_str().into()));
    }
    for (order, word) in (0_u64..).zip(&entry.feelings) {
        let value = layout::feeling_bytes(order, &word.written)?;
        keys.push((format!("{}{}", layout::FEELING, word.folded), value.into()));
    }
    let places: Vec<u64> = (0_u64..).take(entry.attachments.len()).collect();
    keys.extend(around::keys(entry, &places)?);
    made(actor(version, id, edition, projection)?, |change| {
        for (key, value) in keys {
            change.put(ROOT, key, value)?;
        }
        let body = change.put_object(ROOT, layout::BODY, ObjType::Text)?;
        change.splice_text(&body, 0, 0, &entry.body)
    })
}

pub(super) fn fields(
    version: u16,
    id: DocumentId,
    edition: u32,
    projection: &[u8],
    fields: &Fields,
) -> Result<Automerge, DocumentError> {
    made(actor(version, id, edition, projection)?, |change| {
        for (name, value) in fields {
            change.put(ROOT, name.as_str(), revise::scalar(value))?;
        }
        Ok(())
    })
}

fn actor(version: u16, id: DocumentId, edition: u32, projection: &[u8]) -> Result<ActorId, DocumentError> {
    if version != GENESIS_VERSION {
        return Err(DocumentError::UnknownGenesis { version });
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"cairn genesis");
    hasher.update(&version.to_le_bytes());
    hasher.update(id.as_bytes());
    hasher.update(&edition.to_le_bytes());
    hasher.update(projection);
    Ok(ActorId::from(&hasher.finalize().as_bytes()[..16]))
}

fn made(
    actor: ActorId,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>,
) -> Result<Automerge, DocumentError> {
    let mut document = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(actor);
    document
        .transact_with(
            |()| CommitOptions::default().with_time(0),
            |change| {
                change.put(ROOT, layout::VERSION, ScalarValue::Uint(layout::SCHEMA.into()))?;
                work(change)
            },
        )
        .map_err(|failure| failure.error)?;
    Ok(document)
}
