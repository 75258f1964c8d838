//! Edits that come late: made on an edition of the document that is over, or on a version that is not of this one.
//!
//! A document begins anew from what it said last; its first change holds that and nothing of how it came about. An edit made on
//! the edition before is carried over as an ordinary edit of that first change. Every device that carries the same edit over makes
//! the same change of it, so it is there once.
//!
//! The new edition names the newest changes it was made of. Those that a device holds tell how far it had heard, and what it says beyond
//! them is its late edit; what was changed before the new edition began is no part of it, and does not come back. Where it holds none of
//! them, what was taken away cannot be told from what never arrived. Then nothing is taken away: the sentences that this device wrote
//! and the new edition lacks are put at its end.

use super::contain::contained;
use super::{Actor, Document, DocumentError, sentences};
use crate::id::EntryId;
use crate::journal::Entry;
use crate::profile::{EARLIER, difference};
use automerge::{Automerge, ChangeHash};
use std::collections::HashSet;

impl Document {
    /// Carries over what `old`, the edition before, says beyond `from`, the newest changes this edition was made of. `own` is the actor
    /// of this device. Says whether anything was.
    ///
    /// # Errors
    /// [`DocumentError`]; this document is then to be thrown away.
    pub fn take_late(&mut self, id: EntryId, old: &Self, from: &[[u8; 32]], own: Actor) -> Result<bool, DocumentError> {
        let known = old.among(from);
        if old.is_within(&known) {
            return Ok(false);
        }
        let late = old.entry(id)?;
        if known.is_empty() {
            let known = old.without(own)?.entry(id)?;
            return self.add(Some(&known), &late, own);
        }
        let then = self.fork_at(&[])?;
        let first = then.entry(id)?;
        // What was changed before the new edition began, and what is late, as two edits of the state that both began from.
        let mut both = old.fork_at(&known)?;
        let then_here = Entry {
            earlier: late.earlier.clone(),
            import: late.import.clone(),
            unknown: late.unknown.clone(),
            ..first.clone()
        };
        both.revise(BEGUN, &then_here)?;
        both.merge(old)?;
        let both = Entry {
            earlier: first.earlier,
            import: first.import,
            ..both.entry(id)?
        };
        self.carry(then, old, |then, actor| then.revise(actor, &both))
    }

    /// As [`Self::take_late`], for a flat document: each name that the edition before has another value for.
    ///
    /// # Errors
    /// [`DocumentError`]; this document is then to be thrown away.
    pub fn take_late_fields(&mut self, old: &Self, from: &[[u8; 32]], own: Actor) -> Result<bool, DocumentError> {
        let known = old.among(from);
        if old.is_within(&known) {
            return Ok(false);
        }
        let is_certain = !known.is_empty();
        let base = if is_certain {
            old.fork_at(&known)?
        } else {
            old.without(own)?
        };
        let mut changes = difference(&base.fields()?, &old.fields()?);
        changes.retain(|name, value| (is_certain || value.is_some()) && !name.starts_with(EARLIER));
        if !is_certain {
            return self.set_fields(own, &changes);
        }
        let then = self.fork_at(&[])?;
        self.carry(then, old, |then, actor| then.set_fields(actor, &changes))
    }

    /// Makes a late edit on the first change, under a name that is the same on every device, and takes it in.
    fn carry(
        &mut self,
        mut then: Self,
        old: &Self,
        edit: impl FnOnce(&mut Self, Actor) -> Result<bool, DocumentError>,
    ) -> Result<bool, DocumentError> {
        let actor = carrier(&then.heads(), &old.heads());
        Ok(edit(&mut then, actor)? && {
            let before = self.heads();
            self.merge(&then)?;
            self.heads() != before
        })
    }

    /// Whether nothing is in the document beyond these changes and what they build on.
    fn is_within(&self, changes: &[[u8; 32]]) -> bool {
        self.heads().iter().all(|head| changes.contains(head))
    }

    /// Takes in a revision that was made of a version which is not of this document: what it added is added, and nothing is
    /// taken away. Says whether anything changed.
    ///
    /// # Errors
    /// [`DocumentError`]; this document is then to be thrown away.
    pub fn revise_from_elsewhere(&mut self, actor: Actor, new: &Entry) -> Result<bool, DocumentError> {
        self.add(None, new, actor)
    }

    /// Adds what `late` says beyond `known` and beyond what is here. A single value that differs from the known one was set by
    /// whoever wrote `late`, and is the later word.
    fn add(&mut self, known: Option<&Entry>, late: &Entry, actor: Actor) -> Result<bool, DocumentError> {
        fn later<T: Clone + PartialEq>(known: Option<&T>, late: &T, now: &mut T) {
            if known != Some(late) {
                now.clone_from(late);
            }
        }
        let now = self.entry(late.id)?;
        let known_body = known.map_or("", |known| &known.body);
        let added = sentences::added(&[known_body, &now.body], &late.body);
        let mut new = now.clone();
        if !added.is_empty() {
            new.body = [now.body.trim_end(), &added].join(if now.body.is_empty() { "" } else { "\n\n" });
        }
        for (words, late) in [
            (&mut new.tags, &late.tags),
            (&mut new.feelings, &late.feelings),
            (&mut new.people, &late.people),
            (&mut new.life_areas, &late.life_areas),
        ] {
            for word in late {
                if words.iter().all(|here| here.folded != word.folded) {
                    words.push(word.clone());
                }
            }
        }
        for attachment in &late.attachments {
            if new.attachments.iter().all(|here| here.id != attachment.id) {
                new.attachments.push(attachment.clone());
            }
        }
        later(known.map(|known| &known.title), &late.title, &mut new.title);
        later(known.map(|known| &known.happened), &late.happened, &mut new.happened);
        later(known.map(|known| &known.valence), &late.valence, &mut new.valence);
        later(known.map(|known| &known.energy), &late.energy, &mut new.energy);
        later(
            known.map(|known| &known.state_of_mind),
            &late.state_of_mind,
            &mut new.state_of_mind,
        );
        later(known.map(|known| &known.place), &late.place, &mut new.place);
        later(known.map(|known| &known.asked), &late.asked, &mut new.asked);
        later(
            known.map(|known| &known.replies_to),
            &late.replies_to,
            &mut new.replies_to,
        );
        later(known.map(|known| &known.marks), &late.marks, &mut new.marks);
        later(known.map(|known| &known.trashed), &late.trashed, &mut new.trashed);
        self.revise(actor, &new)
    }

    /// The states of the document's history: one for each change, each after those it builds on. The last is not always the
    /// present one, which can be a merge of several.
    ///
    /// # Errors
    /// [`DocumentError::ThrownAway`] after an earlier error.
    #[allow(clippy::type_complexity, reason = "the heads of a state, and who made it")]
    pub fn states(&self) -> Result<Vec<(Vec<[u8; 32]>, Actor)>, DocumentError> {
        let automerge = self.automerge()?;
        contained(|| {
            let changes = automerge.get_changes_meta(&[]);
            Ok(changes
                .iter()
                .map(|change| (vec![change.hash.0], actor_of(change.actor.to_bytes())))
                .collect())
        })
    }

    /// The document without what the installation of `own` wrote or carried over, and without what builds on that.
    fn without(&self, own: Actor) -> Result<Self, DocumentError> {
        let automerge = self.automerge()?;
        contained(|| {
            let (mut kept, mut heads) = (HashSet::new(), Vec::<ChangeHash>::new());
            for change in automerge.get_changes_meta(&[]) {
                let builds_on_kept = change.deps.iter().all(|dep| kept.contains(dep));
                let actor = actor_of(change.actor.to_bytes());
                let is_own = actor.is_same_maker(&own) || actor.as_bytes().starts_with(CARRIED);
                if builds_on_kept && !is_own {
                    heads.retain(|head| !change.deps.contains(head));
                    heads.push(change.hash);
                    kept.insert(change.hash);
                }
            }
            automerge.fork_at(&heads).map_err(|_| DocumentError::Unreadable)
        })
        .map(Self::new)
    }

    fn automerge(&self) -> Result<&Automerge, DocumentError> {
        self.as_automerge().ok_or(DocumentError::ThrownAway)
    }
}

/// Who makes the changes that began an edition, where they are made again to be merged. Nothing of it is kept.
const BEGUN: Actor = Actor::from_bytes(*b"cairn begun anew");

/// How the actor of a change begins that carries an edit over. Who made that edit cannot be told any more.
const CARRIED: &[u8; 8] = b"carried\0";

/// The actor that carries an edit over: the same on every device that carries the same one.
fn carrier(first: &[[u8; 32]], old: &[[u8; 32]]) -> Actor {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"cairn late edit");
    hasher.update(&(first.len() as u64).to_le_bytes());
    hasher.update(first.as_flattened()).update(old.as_flattened());
    let mut random = [0; 8];
    hasher.finalize_xof().fill(&mut random);
    let mut carried = [0; 16];
    for (to, from) in carried.iter_mut().zip(CARRIED) {
        *to = *from;
    }
    Actor::from_bytes(carried).apart(random)
}

/// The actor of these bytes; ours have 16.
fn actor_of(bytes: &[u8]) -> Actor {
    let mut actor = [0; 16];
    for (to, from) in actor.iter_mut().zip(bytes) {
        *to = *from;
    }
    Actor::from_bytes(actor)
}
