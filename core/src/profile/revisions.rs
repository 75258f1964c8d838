//! How the profile has changed: the participant's alone, kept until they erase it or newer changes take its place.

use super::parts::{Editing, Thing, id_in, ids};
use super::{Changes, Fields, Stance, Statement, moments};
use crate::id::{RevisionId, StatementId};
use crate::limits;
use crate::moment::Moment;
use std::fmt;

/// What a statement said, and where it stood.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub text: String,
    /// The stance, if one was taken.
    pub stance: Option<Stance>,
    /// What it was because of; empty for nothing.
    pub because: String,
    /// When it applied; empty for always.
    pub when: String,
}

impl Said {
    /// What a statement says now.
    pub fn by(statement: &Statement) -> Self {
        Self {
            text: statement.text.clone(),
            stance: statement.stance,
            because: statement.because.clone(),
            when: statement.when.clone(),
        }
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}

/// One change of one statement. Nobody but the participant sees it, whatever is shared.
#[derive(Clone, PartialEq, Eq)]
pub struct PreferenceRevision {
    /// Its name in the data.
    pub id: RevisionId,
    /// The statement, which may be gone since.
    pub statement: StatementId,
    /// What it said before; none when it was new.
    pub from: Option<Said>,
    /// What it said then; none when it was taken away.
    pub to: Option<Said>,
    /// The name of the device it was changed on.
    pub by: String,
    /// When.
    pub at: Moment,
}

impl fmt::Debug for PreferenceRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreferenceRevision")
            .field("id", &self.id)
            .field("statement", &self.statement)
            .finish_non_exhaustive()
    }
}

const REVISION: &str = "revision";

/// All revisions, the oldest first.
pub fn revisions(fields: &Fields) -> Vec<PreferenceRevision> {
    let mut all: Vec<PreferenceRevision> = ids(fields, REVISION, "at")
        .into_iter()
        .filter_map(|id| revision(fields, id))
        .collect();
    all.sort_by_key(|revision| (revision.at.at, revision.id));
    all
}

/// Keeps a revision; the oldest ones make room for it ([`limits::REVISIONS_MAX`], [`limits::REVISIONS_BYTES_MAX`]).
pub fn add_revision(fields: &Fields, revision: &PreferenceRevision) -> Changes {
    let kept = revisions(fields);
    let newest = std::iter::once(revision)
        .chain(kept.iter().rev())
        .scan(0, |bytes, one| {
            *bytes += length(one);
            Some(*bytes <= limits::REVISIONS_BYTES_MAX)
        });
    let with_room = newest
        .take(limits::REVISIONS_MAX)
        .take_while(|has_room| *has_room)
        .count();
    // The one that is new is kept whatever its length.
    let too_many = (kept.len() + 1).saturating_sub(with_room.max(1));
    let mut changes = Changes::new();
    for old in kept.iter().take(too_many) {
        changes.extend(erase_revision(fields, old.id));
    }
    let mut editing = Editing::new(fields, REVISION, revision.id)
        .text("statement", &revision.statement.to_string())
        .text("by", &revision.by)
        .text("at", &moments::write(&revision.at));
    for (side, said) in [("from", &revision.from), ("to", &revision.to)] {
        let Some(said) = said else { continue };
        editing = editing
            .number(&format!("{side}/said"), 1)
            .text(&format!("{side}/text"), &said.text)
            .text(&format!("{side}/stance"), said.stance.map_or("", Stance::code))
            .text(&format!("{side}/because"), &said.because)
            .text(&format!("{side}/when"), &said.when);
    }
    changes.extend(editing.done());
    changes
}

/// Bytes of the words of a revision.
fn length(revision: &PreferenceRevision) -> usize {
    let said = [&revision.from, &revision.to].into_iter().flatten();
    said.map(|said| said.text.len() + said.because.len() + said.when.len())
        .sum()
}

/// Takes one revision away; nothing happens when it is gone already.
pub fn erase_revision(fields: &Fields, id: RevisionId) -> Changes {
    Editing::new(fields, REVISION, id).removed().done()
}

/// Takes all of them away, those this version cannot read too.
pub fn erase_revisions(fields: &Fields) -> Changes {
    fields
        .keys()
        .filter(|name| name.starts_with("revision/"))
        .map(|name| (name.clone(), None))
        .collect()
}

fn revision(fields: &Fields, id: &str) -> Option<PreferenceRevision> {
    let part = Thing::new(fields, REVISION, id);
    let said = |side: &str| {
        part.flag(&format!("{side}/said")).then(|| Said {
            text: part.text(&format!("{side}/text")),
            stance: part.said(&format!("{side}/stance")).and_then(Stance::from_code),
            because: part.text(&format!("{side}/because")),
            when: part.text(&format!("{side}/when")),
        })
    };
    Some(PreferenceRevision {
        id: id_in(id)?,
        statement: part.said("statement")?.parse().ok()?,
        from: said("from"),
        to: said("to"),
        by: part.text("by"),
        at: moments::read(part.said("at")?)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;
    use crate::clock::Timestamp;

    fn said(text: &str) -> Option<Said> {
        Some(Said {
            text: text.to_owned(),
            stance: Some(Stance::Unsure),
            because: String::new(),
            when: "at night".to_owned(),
        })
    }

    fn made(n: u16) -> PreferenceRevision {
        let [a, b] = n.to_be_bytes();
        let mut id = [0; 16];
        (id[0], id[1]) = (a, b);
        PreferenceRevision {
            id: RevisionId::from_bytes(id),
            statement: StatementId::from_bytes([1; 16]),
            from: (n > 0).then(|| said("before")).flatten(),
            to: said(&format!("after {n}")),
            by: "phone".to_owned(),
            at: Moment::new(Timestamp(i64::from(n)), "Europe/London").unwrap(),
        }
    }

    #[test]
    fn revisions_read_back_oldest_first_and_go_one_by_one_or_all_at_once() {
        let mut fields = Fields::new();
        for n in [2, 0, 1] {
            let changes = add_revision(&fields, &made(n));
            apply(&mut fields, &changes);
        }
        assert_eq!(revisions(&fields), [made(0), made(1), made(2)]);
        let changes = erase_revision(&fields, made(1).id);
        apply(&mut fields, &changes);
        assert_eq!(revisions(&fields), [made(0), made(2)]);
        fields.insert("revision/of a later version".to_owned(), super::super::Field::Number(1));
        let changes = erase_revisions(&fields);
        apply(&mut fields, &changes);
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn the_oldest_make_room_for_the_newest() {
        let mut fields = Fields::new();
        let most = u16::try_from(limits::REVISIONS_MAX).unwrap();
        for n in 0..most + 3 {
            let changes = add_revision(&fields, &made(n));
            apply(&mut fields, &changes);
        }
        let kept = revisions(&fields);
        assert_eq!(kept.len(), limits::REVISIONS_MAX);
        assert_eq!((kept.first(), kept.last()), (Some(&made(3)), Some(&made(most + 2))));
    }
}
