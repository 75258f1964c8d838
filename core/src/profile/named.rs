//! The attachments that a flat document names: documents that go with the plan, sounds and drawings that say a statement.
//!
//! Beside the name of an attachment stands what it takes to find and to open its bytes on another device and in an archive:
//!
//! | name | value | |
//! |---|---|---|
//! | `attached/<id>/sha256`, `statement/<id>/sha256` | bytes | SHA-256 of the bytes, 32 |
//! | `…/bytes` | number | how many they are |
//! | `…/type` | text | media type, as it was seen when it was named |

use super::parts::id_in;
use super::{Changes, Field, Fields};
use crate::id::AttachmentId;

/// An attachment, by what a flat document says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedContent {
    /// Its name.
    pub id: AttachmentId,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// How many bytes it has.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
}

/// What the names of a document that goes with the plan begin with, and the part of a statement that names an attachment.
const ATTACHED: &str = "attached/";
const NAMES: &str = "/attachment";
/// The parts beside.
const PARTS: [&str; 3] = ["/sha256", "/bytes", "/type"];

/// The attachments that these fields name and say enough of.
pub fn named_contents(fields: &Fields) -> Vec<NamedContent> {
    let [sha256, bytes, media_type] = PARTS;
    let content = |thing: &str| {
        Some(NamedContent {
            id: named(fields, thing)?,
            sha256: fields.get(&format!("{thing}{sha256}"))?.array()?,
            bytes: u64::try_from(fields.get(&format!("{thing}{bytes}"))?.number()?).ok()?,
            media_type: fields.get(&format!("{thing}{media_type}"))?.text()?.to_owned(),
        })
    };
    let things = fields.keys().filter_map(|name| name.strip_suffix(sha256));
    things.filter_map(content).collect()
}

/// The attachment that a thing names.
fn named(fields: &Fields, thing: &str) -> Option<AttachmentId> {
    match thing.strip_prefix(ATTACHED) {
        Some(id) => id_in(id),
        None => id_in(fields.get(&format!("{thing}{NAMES}"))?.text()?),
    }
}

/// Adds to changes what is to be said of the attachments that they name, and takes away what was said of those they name no more.
/// `content` answers what is known of one.
pub fn say_contents<E>(
    changes: &mut Changes,
    mut content: impl FnMut(AttachmentId) -> Result<Option<NamedContent>, E>,
) -> Result<(), E> {
    let things: Vec<(String, Option<AttachmentId>)> =
        changes.iter().filter_map(|(name, value)| names(name, value)).collect();
    let [sha256, bytes, media_type] = PARTS;
    for (thing, id) in things {
        let said = match id {
            Some(id) => match content(id)? {
                Some(said) => Some(said),
                // Another device knows more of it.
                None => continue,
            },
            None => None,
        };
        let said = said.map(|said| {
            (
                Field::Bytes(said.sha256.to_vec()),
                said.bytes,
                Field::Text(said.media_type),
            )
        });
        let (sum, length, kind) = match said {
            Some((sum, length, kind)) => (Some(sum), i64::try_from(length).ok().map(Field::Number), Some(kind)),
            None => (None, None, None),
        };
        changes.insert(format!("{thing}{sha256}"), sum);
        changes.insert(format!("{thing}{bytes}"), length);
        changes.insert(format!("{thing}{media_type}"), kind);
    }
    Ok(())
}

/// The thing that a change names an attachment for, and which one; none for it to name no more.
fn names(name: &str, value: &Option<Field>) -> Option<(String, Option<AttachmentId>)> {
    if let Some(thing) = name.strip_suffix(NAMES) {
        return Some((thing.to_owned(), value.as_ref().and_then(Field::text).and_then(id_in)));
    }
    let thing = name.strip_suffix("/order")?;
    let id = id_in(thing.strip_prefix(ATTACHED)?)?;
    Some((thing.to_owned(), value.as_ref().map(|_| id)))
}

/// The same fields with other names for attachments: those of the vault they are brought into.
pub fn with_other_names(fields: &Fields, other: impl Fn(&NamedContent) -> AttachmentId) -> Fields {
    let mut renamed = fields.clone();
    for content in named_contents(fields) {
        let (old, new) = (content.id.to_string(), other(&content).to_string());
        if old == new {
            continue;
        }
        let moved = format!("{ATTACHED}{old}/");
        for (name, value) in fields {
            if let Some(part) = name.strip_prefix(&moved) {
                renamed.remove(name);
                renamed.insert(format!("{ATTACHED}{new}/{part}"), value.clone());
            } else if name.ends_with(NAMES) && value.text() == Some(&old) {
                renamed.insert(name.clone(), Field::Text(new.clone()));
            }
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;
    use std::convert::Infallible;

    fn id(n: u8) -> AttachmentId {
        AttachmentId::from_bytes([n; 16])
    }

    fn content(n: u8) -> NamedContent {
        NamedContent {
            id: id(n),
            sha256: [n; 32],
            bytes: n.into(),
            media_type: "audio/mp4".to_owned(),
        }
    }

    fn made(fields: &mut Fields, mut changes: Changes) {
        let Ok(()) = say_contents(&mut changes, |id| Ok::<_, Infallible>(Some(content(id.as_bytes()[0]))));
        apply(fields, &changes);
    }

    #[test]
    fn what_is_named_says_what_it_is_until_it_is_named_no_more_and_under_other_names_too() {
        let mut fields = Fields::new();
        made(
            &mut fields,
            super::super::set_attached(&Fields::new(), &[id(1), id(2)]).unwrap(),
        );
        let said = Changes::from([(
            "statement/a/attachment".to_owned(),
            Some(Field::Text(id(3).to_string())),
        )]);
        made(&mut fields, said);
        assert_eq!(named_contents(&fields), [content(1), content(2), content(3)]);
        let others = with_other_names(&fields, |content| id(content.id.as_bytes()[0] + 10));
        let ids: Vec<AttachmentId> = named_contents(&others).into_iter().map(|content| content.id).collect();
        assert_eq!(ids, [id(11), id(12), id(13)]);
        assert_eq!(others.len(), fields.len());
        let changes = super::super::set_attached(&fields, &[]).unwrap();
        made(&mut fields, changes);
        made(
            &mut fields,
            Changes::from([("statement/a/attachment".to_owned(), None)]),
        );
        assert_eq!(fields, Fields::new());
        // Of an attachment that nothing is known of nothing is said.
        let mut changes = super::super::set_attached(&Fields::new(), &[id(1)]).unwrap();
        let Ok(()) = say_contents(&mut changes, |_| Ok::<_, Infallible>(None));
        assert_eq!(changes.len(), 1);
    }
}
