//! A new value into a document, by difference: what did not change is not written.

use super::read::{self, Placed, Reading};
use super::{Actor, DocumentError, around, layout, sentences};
use crate::journal::{Entry, Word};
use crate::profile::Field;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjId, ROOT, ScalarValue};
use std::collections::BTreeMap;

/// Root keys to write; `None` removes.
type Puts = BTreeMap<String, Option<ScalarValue>>;

/// Whole sentences to put in the place of others, in one text.
struct Rewriting<'a> {
    object: ObjId,
    hunks: Vec<sentences::Hunk<'a>>,
}

pub(super) fn entry(document: &mut Automerge, actor: Actor, new: &Entry) -> Result<bool, DocumentError> {
    let old = read::entry(document, new.id)?;
    let mut puts = Puts::new();
    scalars(&old.entry, new, &mut puts)?;
    tags(&old.entry.tags, &new.tags, &mut puts);
    if old.entry.feelings != new.feelings {
        feelings(&old.feelings, &new.feelings, &mut puts)?;
    }
    around(&old, new, &mut puts)?;
    let rewriting = body(old, new, &mut puts)?;
    commit(document, actor, puts, rewriting)
}

pub(super) fn fields(
    document: &mut Automerge,
    actor: Actor,
    changes: &BTreeMap<String, Option<Field>>,
) -> Result<bool, DocumentError> {
    let old = read::fields(document)?;
    let mut puts = Puts::new();
    for (name, new) in changes {
        if old.get(name) != new.as_ref() {
            puts.insert(name.clone(), new.as_ref().map(scalar));
        }
    }
    commit(document, actor, puts, None)
}

/// A field as Automerge holds it.
pub(super) fn scalar(field: &Field) -> ScalarValue {
    match field {
        Field::Text(text) => text.as_str().into(),
        Field::Number(number) => ScalarValue::Int(*number),
        Field::Bytes(bytes) => bytes.clone().into(),
    }
}

fn scalars(old: &Entry, new: &Entry, puts: &mut Puts) -> Result<(), DocumentError> {
    if old.title != new.title {
        puts.insert(layout::TITLE.to_owned(), Some(new.title.as_str().into()));
    }
    if old.happened != new.happened {
        puts.insert(
            layout::HAPPENED.to_owned(),
            Some(layout::moment_bytes(&new.happened)?.into()),
        );
    }
    if old.written != new.written {
        puts.insert(
            layout::WRITTEN.to_owned(),
            Some(layout::moment_bytes(&new.written)?.into()),
        );
    }
    if old.trashed != new.trashed {
        puts.insert(layout::TRASHED.to_owned(), new.trashed.map(|at| ScalarValue::Int(at.0)));
    }
    if old.import != new.import {
        let import = new.import.as_ref().map(layout::import_bytes).transpose()?;
        puts.insert(layout::IMPORT.to_owned(), import.map(ScalarValue::Bytes));
    }
    // Never removed: who does not know a field cannot know that it should go.
    for (number, raw) in &new.unknown {
        if old.unknown.get(number) != Some(raw) {
            puts.insert(format!("{}{number}", layout::UNKNOWN), Some(raw.clone().into()));
        }
    }
    Ok(())
}

fn tags(old: &[Word], new: &[Word], puts: &mut Puts) {
    let key = |tag: &Word| format!("{}{}", layout::TAG, tag.folded);
    for tag in old {
        puts.insert(key(tag), None);
    }
    for tag in new {
        if old.contains(tag) {
            puts.remove(&key(tag));
        } else {
            puts.insert(key(tag), Some(tag.written.as_str().into()));
        }
    }
}

/// Writes the feelings whose place or form changed; a feeling keeps its number while the order allows it.
fn feelings(old: &[Placed], new: &[Word], puts: &mut Puts) -> Result<(), DocumentError> {
    let mut left: BTreeMap<&str, (u64, &str)> = old
        .iter()
        .map(|(order, word)| (word.folded.as_str(), (*order, word.written.as_str())))
        .collect();
    let had = |word: &Word| left.get(word.folded.as_str()).map(|(order, _)| *order);
    let places = places(new.iter().map(had));
    for (word, order) in new.iter().zip(places) {
        if left.remove(word.folded.as_str()) != Some((order, word.written.as_str())) {
            let value = layout::feeling_bytes(order, &word.written)?;
            puts.insert(format!("{}{}", layout::FEELING, word.folded), Some(value.into()));
        }
    }
    for folded in left.into_keys() {
        puts.insert(format!("{}{folded}", layout::FEELING), None);
    }
    Ok(())
}

/// Ascending places for a list, given the place that each of its members had: one keeps its own while the order allows it.
fn places(had: impl Iterator<Item = Option<u64>>) -> Vec<u64> {
    let mut next = 0;
    had.map(|had| {
        let place = had.map_or(next, |had| had.max(next));
        next = place.saturating_add(1);
        place
    })
    .collect()
}

/// Writes what changed of what stands around the words.
fn around(old: &Reading, new: &Entry, puts: &mut Puts) -> Result<(), DocumentError> {
    let had: BTreeMap<_, u64> = old.hung.iter().map(|(place, one)| (one.id, *place)).collect();
    let new_places = places(new.attachments.iter().map(|one| had.get(&one.id).copied()));
    let old_places: Vec<u64> = old.hung.iter().map(|(place, _)| *place).collect();
    let mut before = around::keys(&old.entry, &old_places)?;
    for (key, value) in around::keys(new, &new_places)? {
        if before.remove(&key).as_ref() != Some(&value) {
            puts.insert(key, Some(value));
        }
    }
    puts.extend(before.into_keys().map(|key| (key, None)));
    Ok(())
}

fn body<'a>(old: Reading, new: &'a Entry, puts: &mut Puts) -> Result<Option<Rewriting<'a>>, DocumentError> {
    let is_seen = old.entry.both_versions && !new.both_versions;
    if old.entry.body == new.body && !is_seen {
        return Ok(None);
    }
    if old.rewritten > old.seen {
        puts.insert(layout::SEEN.to_owned(), Some(ScalarValue::Uint(old.rewritten)));
    }
    let mut others = old.bodies;
    let Some(body) = others.pop() else {
        return Err(DocumentError::Shape);
    };
    for other in others.iter().filter(|other| !other.folded) {
        let mark = layout::fold_mark(&other.text).to_vec();
        puts.insert(layout::folded_key(&other.object), Some(mark.into()));
    }
    Ok(Some(Rewriting {
        hunks: sentences::hunks(&body.text, &new.body),
        object: body.object,
    }))
}

/// One change, time 0, no message; none at all when there is nothing to write.
fn commit(
    document: &mut Automerge,
    actor: Actor,
    puts: Puts,
    rewriting: Option<Rewriting<'_>>,
) -> Result<bool, DocumentError> {
    if puts.is_empty() && rewriting.as_ref().is_none_or(|rewriting| rewriting.hunks.is_empty()) {
        return Ok(false);
    }
    document.set_actor(ActorId::from(actor.as_bytes()));
    let written = document.transact_with(
        |()| CommitOptions::default().with_time(0),
        |change| {
            for (key, value) in puts {
                match value {
                    Some(value) => change.put(ROOT, key, value)?,
                    None => change.delete(ROOT, key)?,
                }
            }
            let Some(Rewriting { object, hunks }) = rewriting else {
                return Ok(());
            };
            // From the end, so that the places of the earlier ones stand.
            for hunk in hunks.iter().rev() {
                change.splice_text(&object, hunk.at, hunk.removed, hunk.inserted)?;
            }
            Ok(())
        },
    );
    written.map_err(|failure: automerge::transaction::Failure<automerge::AutomergeError>| failure.error)?;
    Ok(true)
}
