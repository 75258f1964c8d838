//! Opens a document for the first time, as if it were meant to do harm.

use super::contain::contained;
use super::doc::{heads_of, open, save_of};
use super::{Bounds, Document, DocumentError, Refused, Scan, layout, prescan, read};
use crate::limits;
use automerge::{Automerge, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use std::thread;

/// Makes a document of bytes that came from elsewhere, if they are one and `heads` are its heads.
///
/// In order: [`prescan()`]; then, on a thread of its own with [`limits::ADMIT_STACK_BYTES`] of stack and with panics caught:
/// load, compare the heads (as sets), walk the layout's keys, save, load what was saved, compare again. Deep recursion and
/// exhausted memory end the process whatever is caught, so the caller leaves a mark on disk before it asks.
///
/// # Errors
/// Why the bytes are set aside. Only [`Refused::NoThread`] says nothing about them.
pub fn admit(bytes: &[u8], heads: &[[u8; 32]], bounds: &Bounds) -> Result<Document, Refused> {
    let scan = prescan(bytes, bounds)?;
    let mut named = heads.to_vec();
    named.sort_unstable();
    named.dedup();
    thread::scope(|scope| {
        thread::Builder::new()
            .name("admit".to_owned())
            .stack_size(limits::ADMIT_STACK_BYTES)
            .spawn_scoped(scope, || contained(|| Ok(examine(bytes, &named, scan, bounds))))
            .map_err(|_| Refused::NoThread)?
            .join()
            .map_or(Err(Refused::Panicked), |caught| {
                caught.unwrap_or(Err(Refused::Panicked))
            })
    })
    .map(Document::new)
}

fn examine(bytes: &[u8], heads: &[[u8; 32]], scan: Scan, bounds: &Bounds) -> Result<Automerge, Refused> {
    let document = open(bytes).map_err(|_| Refused::Unreadable)?;
    if heads_of(&document) != heads {
        return Err(Refused::Heads);
    }
    walk(&document, scan).map_err(|_| Refused::Shape)?;
    let saved = save_of(&document);
    prescan(&saved, bounds)?;
    let again = open(&saved).map_err(|_| Refused::Unstable)?;
    if heads_of(&again) != heads {
        return Err(Refused::Unstable);
    }
    Ok(document)
}

/// Looks at every key of the root, and at nothing below but the bodies' type and number.
fn walk(document: &Automerge, scan: Scan) -> Result<(), DocumentError> {
    let bodies = document.get_all(ROOT, layout::BODY)?;
    // Every container ever made is a body that still stands: so none lies in another, and none lies hidden.
    if bodies.len() as u64 != scan.objects {
        return Err(DocumentError::Shape);
    }
    let is_entry = !bodies.is_empty();
    for key in document.keys(ROOT).filter(|key| !(is_entry && key == layout::BODY)) {
        for (value, _) in document.get_all(ROOT, &key)? {
            let Value::Scalar(value) = value else {
                return Err(DocumentError::Shape);
            };
            if is_entry && !is_of_the_layout(&key, &value) {
                return Err(DocumentError::Shape);
            }
        }
    }
    if is_entry {
        if bodies.iter().any(|(value, _)| *value != Value::Object(ObjType::Text)) {
            return Err(DocumentError::Shape);
        }
        // What reading needs is there, too. The id is not part of a document.
        read::entry(document, crate::id::EntryId::from_bytes([0; 16]))?;
    }
    Ok(())
}

/// Whether `value` may stand under `key` in an entry. A key this version does not know may hold any scalar.
fn is_of_the_layout(key: &str, value: &ScalarValue) -> bool {
    match (key, value) {
        (layout::VERSION | layout::SEEN, value) => matches!(value, ScalarValue::Uint(_)),
        (layout::TITLE, value) => matches!(value, ScalarValue::Str(_)),
        (layout::TRASHED, value) => matches!(value, ScalarValue::Int(_)),
        (layout::HAPPENED | layout::WRITTEN, ScalarValue::Bytes(bytes)) => layout::moment(bytes).is_ok(),
        (layout::IMPORT, ScalarValue::Bytes(bytes)) => layout::import(bytes).is_ok(),
        (layout::HAPPENED | layout::WRITTEN | layout::IMPORT, _) => false,
        (key, value) if key.starts_with(layout::TAG) => matches!(value, ScalarValue::Str(_)),
        (key, ScalarValue::Bytes(bytes)) if key.starts_with(layout::FEELING) => layout::feeling(bytes).is_ok(),
        (key, _) if key.starts_with(layout::FEELING) => false,
        (key, value) if key.starts_with(layout::UNKNOWN) || key.starts_with(layout::FOLDED) => {
            matches!(value, ScalarValue::Bytes(_))
        }
        _ => true,
    }
}
