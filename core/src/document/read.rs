//! A document as a value. Every path is fixed; nothing walks what it happens to find.

use super::{DocumentError, around, layout};
use crate::clock::Timestamp;
use crate::id::EntryId;
use crate::journal::{Entry, Unknown, Word};
use crate::moment::Moment;
use crate::profile::{Field, Fields};
use automerge::legacy::{ObjectId, OpId, OpType};
use automerge::{Automerge, ChangeHash, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use std::collections::{BTreeMap, HashMap};

/// An entry, and what a revision of it needs to know beside.
pub(super) struct Reading {
    pub(super) entry: Entry,
    /// Every body, the one that revisions are written into last. Never empty.
    pub(super) bodies: Vec<Body>,
    /// Feelings with their places in the person's order.
    pub(super) feelings: Vec<Placed>,
    /// Attachments with their places.
    pub(super) hung: Vec<around::Hung>,
    /// Body characters that were rewritten twice; see [`rewritten_twice`].
    pub(super) rewritten: u64,
    /// How many of those the person has seen.
    pub(super) seen: u64,
}

pub(super) fn entry(document: &Automerge, id: EntryId) -> Result<Reading, DocumentError> {
    let bodies = bodies(document)?;
    let rewritten = rewritten_twice(document, &bodies);
    let seen = seen(document)?;
    let (tags, feelings, unknown) = words(document)?;
    let written = moment(document, layout::WRITTEN)?;
    let mut entry = Entry {
        title: match scalar(document, layout::TITLE)? {
            Some(ScalarValue::Str(title)) => title.into(),
            None => String::new(),
            Some(_) => return Err(DocumentError::Shape),
        },
        body: distinct(&bodies).join("\n\n"),
        happened: moment(document, layout::HAPPENED)?,
        tags,
        feelings: feelings.iter().map(|(_, word)| word.clone()).collect(),
        trashed: match scalar(document, layout::TRASHED)? {
            Some(ScalarValue::Int(at)) => Some(Timestamp(at)),
            None => None,
            Some(_) => return Err(DocumentError::Shape),
        },
        import: match scalar(document, layout::IMPORT)? {
            Some(ScalarValue::Bytes(bytes)) => Some(layout::import(&bytes)?),
            None => None,
            Some(_) => return Err(DocumentError::Shape),
        },
        both_versions: distinct(&bodies).len() > 1 || rewritten > seen,
        unknown,
        ..Entry::blank(id, written)
    };
    let hung = around::read(document, &mut entry)?;
    Ok(Reading {
        entry,
        hung,
        bodies,
        feelings,
        rewritten,
        seen,
    })
}

pub(super) fn fields(document: &Automerge) -> Result<Fields, DocumentError> {
    let mut fields = Fields::new();
    for name in document.keys(ROOT).filter(|name| name != layout::VERSION) {
        let field = match scalar(document, &name)? {
            Some(ScalarValue::Str(text)) => Field::Text(text.into()),
            Some(ScalarValue::Int(number)) => Field::Number(number),
            Some(ScalarValue::Bytes(bytes)) => Field::Bytes(bytes),
            // A kind of value that a newer version writes: it stays in the document.
            _ => continue,
        };
        fields.insert(name, field);
    }
    Ok(fields)
}

/// One body: the entry's own, or that of a second first change.
pub(super) struct Body {
    pub(super) object: ObjId,
    pub(super) text: String,
    pub(super) folded: bool,
}

fn bodies(document: &Automerge) -> Result<Vec<Body>, DocumentError> {
    let mut bodies = Vec::new();
    for (value, object) in document.get_all(ROOT, layout::BODY)? {
        if value != Value::Object(ObjType::Text) {
            return Err(DocumentError::Shape);
        }
        bodies.push(Body {
            text: document.text(&object)?,
            object,
            folded: false,
        });
    }
    let Some((_last, others)) = bodies.split_last_mut() else {
        return Err(DocumentError::Shape);
    };
    for body in others {
        let mark = layout::fold_mark(&body.text);
        body.folded = document
            .get_all(ROOT, layout::folded_key(&body.object))?
            .iter()
            .any(|(value, _)| value.as_bytes() == Some(&mark[..]));
    }
    Ok(bodies)
}

/// What the person reads, one after the other.
fn distinct(bodies: &[Body]) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    for body in bodies.iter().filter(|body| !body.folded && !body.text.is_empty()) {
        if !texts.contains(&body.text.as_str()) {
            texts.push(&body.text);
        }
    }
    texts
}

fn seen(document: &Automerge) -> Result<u64, DocumentError> {
    let values = document.get_all(ROOT, layout::SEEN)?;
    Ok(values.iter().filter_map(|(value, _)| value.as_u64()).max().unwrap_or(0))
}

/// Body characters that two or more changes removed, each of which also wrote body text.
///
/// A change can remove a character only if it has not seen another remove it: so these changes were concurrent, and both
/// put their own words in its place.
fn rewritten_twice(document: &Automerge, bodies: &[Body]) -> u64 {
    before_any_fork(document).map_or(0, |base| rewritten_after(document, bodies, &base))
}

fn rewritten_after(document: &Automerge, bodies: &[Body], base: &[ChangeHash]) -> u64 {
    let bodies: Vec<ObjectId> = bodies
        .iter()
        .filter_map(|body| match &body.object {
            ObjId::Id(counter, actor, _) => Some(ObjectId::Id(OpId(*counter, actor.clone()))),
            ObjId::Root => None,
        })
        .collect();
    let mut removed: HashMap<OpId, u64> = HashMap::new();
    for change in document.get_changes(base) {
        let ExpandedChange { operations, .. } = change.decode();
        let of_a_body = || operations.iter().filter(|operation| bodies.contains(&operation.obj));
        if of_a_body().any(|operation| operation.insert) {
            for removal in of_a_body().filter(|operation| operation.action == OpType::Delete) {
                for character in removal.pred.iter() {
                    *removed.entry(character.clone()).or_default() += 1;
                }
            }
        }
    }
    removed.values().filter(|times| **times > 1).count() as u64
}

/// The last change before anything was written apart (no change, where the very first ones were); `None` when nothing
/// ever was. Spares decoding the first change, which is most of a document.
fn before_any_fork(document: &Automerge) -> Option<Vec<ChangeHash>> {
    let changes = document.get_changes_meta(&[]);
    let mut place: HashMap<ChangeHash, usize> = HashMap::new();
    // For every change the earliest one it builds on; none where one builds on nothing.
    let mut earliest: Vec<Option<usize>> = Vec::with_capacity(changes.len());
    let mut is_head = vec![true; changes.len()];
    for (at, change) in changes.iter().enumerate() {
        let deps: Option<Vec<usize>> = change.deps.iter().map(|dep| place.get(dep).copied()).collect();
        let deps = deps.unwrap_or_default();
        for dep in &deps {
            is_head[*dep] = false;
        }
        earliest.push(deps.into_iter().min());
        place.insert(change.hash, at);
    }
    // A change is a waist when nothing after it reaches past it and nothing before it was left as a head.
    let first_head = is_head.iter().position(|is_head| *is_head).unwrap_or(changes.len());
    let mut is_waist = vec![false; changes.len()];
    let mut reach = Some(usize::MAX);
    for at in (0..changes.len()).rev() {
        is_waist[at] = reach >= Some(at) && first_head >= at;
        reach = reach.min(earliest[at]);
    }
    let straight = is_waist.iter().take_while(|is_waist| **is_waist).count();
    if straight == changes.len() {
        return None;
    }
    let base = straight.checked_sub(1).and_then(|at| changes.get(at));
    Some(base.map(|change| change.hash).into_iter().collect())
}

/// A feeling with its place in the person's order.
pub(super) type Placed = (u64, Word);

/// Tags by their folded form, feelings in the person's order, and what a newer version added.
fn words(document: &Automerge) -> Result<(Vec<Word>, Vec<Placed>, Unknown), DocumentError> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    let mut feelings: Vec<Placed> = Vec::new();
    let mut unknown = Unknown::new();
    for key in document.keys(ROOT) {
        if let Some(folded) = key.strip_prefix(layout::TAG) {
            if let Some(written) = texts(document, &key)?.into_iter().min() {
                tags.insert(folded.to_owned(), written);
            }
        } else if let Some(folded) = key.strip_prefix(layout::FEELING) {
            let mut forms = Vec::new();
            for bytes in all_bytes(document, &key)? {
                let (order, written) = layout::feeling(&bytes)?;
                forms.push((written, order));
            }
            if let Some((written, order)) = forms.into_iter().min() {
                feelings.push((
                    order,
                    Word {
                        folded: folded.to_owned(),
                        written,
                    },
                ));
            }
        } else if let Some(number) = key.strip_prefix(layout::UNKNOWN).and_then(layout::unknown_number)
            && let Some(ScalarValue::Bytes(raw)) = scalar(document, &key)?
        {
            unknown.insert(number, raw);
        }
    }
    feelings.sort();
    let tags = tags
        .into_iter()
        .map(|(folded, written)| Word { folded, written })
        .collect();
    Ok((tags, feelings, unknown))
}

/// The value the last writer left under `key`; a container there is not of the layout.
pub(super) fn scalar(document: &Automerge, key: &str) -> Result<Option<ScalarValue>, DocumentError> {
    match document.get(ROOT, key)? {
        None => Ok(None),
        Some((Value::Scalar(value), _)) => Ok(Some(value.into_owned())),
        Some((Value::Object(_), _)) => Err(DocumentError::Shape),
    }
}

fn moment(document: &Automerge, key: &str) -> Result<Moment, DocumentError> {
    match scalar(document, key)? {
        Some(ScalarValue::Bytes(bytes)) => layout::moment(&bytes),
        _ => Err(DocumentError::Shape),
    }
}

pub(super) fn texts(document: &Automerge, key: &str) -> Result<Vec<String>, DocumentError> {
    let values = document.get_all(ROOT, key)?;
    values
        .iter()
        .map(|(value, _)| value.as_str().map(str::to_owned).ok_or(DocumentError::Shape))
        .collect()
}

fn all_bytes(document: &Automerge, key: &str) -> Result<Vec<Vec<u8>>, DocumentError> {
    let values = document.get_all(ROOT, key)?;
    values
        .iter()
        .map(|(value, _)| value.as_bytes().map(<[u8]>::to_vec).ok_or(DocumentError::Shape))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    #![allow(clippy::cast_possible_truncation, reason = "there are three devices")]
    use super::*;
    use crate::document::tests::kit::{Dice, entry, first, merged, revise};

    /// Histories of three devices that write and merge as they like: what is spared makes no difference.
    #[test]
    fn sparing_the_straight_beginning_of_a_history_counts_the_same() {
        let mut dice = Dice(3);
        let mut spared = 0;
        for _ in 0..150 {
            let from = entry("One. Two. Three.");
            let mut devices = [first(&from), first(&from), first(&from)];
            for step in 0..dice.roll(9) {
                let (at, with) = (dice.roll(3), dice.roll(3));
                let text = [format!("One. {step}. Three."), format!("{step}. Two. Three.")];
                revise(&mut devices[at], at as u8 + 1, &text[dice.roll(2)]);
                if dice.roll(2) == 0 {
                    devices[with] = merged(&devices[with], &devices[at]);
                }
            }
            for device in &devices {
                let document = crate::document::doc::open(&device.save().unwrap()).unwrap();
                let bodies = bodies(&document).unwrap();
                assert_eq!(
                    rewritten_twice(&document, &bodies),
                    rewritten_after(&document, &bodies, &[])
                );
                spared += usize::from(before_any_fork(&document).is_some_and(|base| !base.is_empty()));
            }
        }
        assert!(spared > 50, "{spared}");
    }
}
