//! One document in memory.

use super::contain::contained;
use super::{DocumentError, genesis, read, revise};
use crate::id::{DocumentId, EntryId};
use crate::journal::Entry;
use crate::profile::{Field, Fields};
use automerge::{Automerge, ChangeHash, LoadOptions, ReadDoc, SaveOptions, TextEncoding};
use std::collections::BTreeMap;
use std::fmt;

/// Who makes a change: one installation, under a name it never shares. Taken anew after every restore.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Actor([u8; 16]);

impl Actor {
    /// The actor with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes of the actor.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A second name of the same installation, for a change that is made on an earlier state and merged: under its first name
    /// two changes would bear one number. The first half is kept, so that its maker is known.
    #[must_use]
    pub const fn apart(&self, random: [u8; 8]) -> Self {
        let ([a, b, c, d, e, f, g, h, ..], [i, j, k, l, m, n, o, p]) = (self.0, random);
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// Whether both are names of one installation.
    pub fn is_same_maker(&self, other: &Self) -> bool {
        self.0[..8] == other.0[..8]
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Actor(…)")
    }
}

/// One document, open for the moment of one edit or one merge.
///
/// After an error from a call that changes it the document is gone ([`DocumentError::ThrownAway`] from then on): what a
/// half-done change leaves behind is not to be saved. Load it again from its bytes.
pub struct Document {
    automerge: Option<Automerge>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(…)")
    }
}

impl Document {
    /// Makes the document of an entry nobody has edited: its first change.
    ///
    /// `projection` is the sealed projection, byte for byte; `entry` is what it decodes to.
    ///
    /// # Errors
    /// [`DocumentError::UnknownGenesis`] when `version` is not [`super::GENESIS_VERSION`].
    pub fn genesis_entry(
        version: u16,
        id: DocumentId,
        edition: u32,
        projection: &[u8],
        entry: &Entry,
    ) -> Result<Self, DocumentError> {
        contained(|| genesis::entry(version, id, edition, projection, entry)).map(Self::new)
    }

    /// Makes a flat document: without a field, or one that begins anew with those it had. `projection` is that of the fields.
    ///
    /// # Errors
    /// [`DocumentError::UnknownGenesis`] when `version` is not [`super::GENESIS_VERSION`].
    pub fn genesis_fields(
        version: u16,
        id: DocumentId,
        edition: u32,
        projection: &[u8],
        fields: &Fields,
    ) -> Result<Self, DocumentError> {
        contained(|| genesis::fields(version, id, edition, projection, fields)).map(Self::new)
    }

    /// Opens bytes that were saved here or [admitted](super::admit()) before.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when they are damaged.
    pub fn load(bytes: &[u8]) -> Result<Self, DocumentError> {
        contained(|| open(bytes)).map(Self::new)
    }

    pub(super) const fn as_automerge(&self) -> Option<&Automerge> {
        self.automerge.as_ref()
    }

    pub(super) const fn new(automerge: Automerge) -> Self {
        Self {
            automerge: Some(automerge),
        }
    }

    /// The hashes of the changes no other change builds on, sorted. None when the document was thrown away.
    pub fn heads(&self) -> Vec<[u8; 32]> {
        self.automerge.as_ref().map(heads_of).unwrap_or_default()
    }

    /// The document as bytes: one document chunk, not deflated (records are compressed outside, where it can be bounded).
    ///
    /// # Errors
    /// [`DocumentError::ThrownAway`] after an earlier error, so that no empty document ever replaces a full one.
    pub fn save(&self) -> Result<Vec<u8>, DocumentError> {
        let automerge = self.automerge.as_ref().ok_or(DocumentError::ThrownAway)?;
        contained(|| Ok(save_of(automerge)))
    }

    /// The entry, as the document has it now.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when this is not the document of an entry.
    pub fn entry(&self, id: EntryId) -> Result<Entry, DocumentError> {
        let automerge = self.automerge.as_ref().ok_or(DocumentError::ThrownAway)?;
        contained(|| Ok(read::entry(automerge, id)?.entry))
    }

    /// The fields of a flat document.
    ///
    /// # Errors
    /// [`DocumentError::ThrownAway`] after an earlier error.
    pub fn fields(&self) -> Result<Fields, DocumentError> {
        let automerge = self.automerge.as_ref().ok_or(DocumentError::ThrownAway)?;
        contained(|| read::fields(automerge))
    }

    /// Makes the entry read as `new`, in one change without a time. Says whether anything changed.
    ///
    /// The body is compared sentence by sentence; words, fields and the trash by difference. What a newer version added
    /// is never taken away, also where `new` does not carry it. A changed body, or `new.both_versions` set back, takes the
    /// mark "both of your versions are here" off.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when this is not the document of an entry.
    pub fn revise(&mut self, actor: Actor, new: &Entry) -> Result<bool, DocumentError> {
        self.change(|automerge| revise::entry(automerge, actor, new))
    }

    /// Sets fields, and removes those given as `None`, in one change without a time. Says whether anything changed.
    ///
    /// # Errors
    /// [`DocumentError::NameTaken`] for a name the layout keeps for itself (`v`) or the empty one; the document is untouched.
    pub fn set_fields(
        &mut self,
        actor: Actor,
        changes: &BTreeMap<String, Option<Field>>,
    ) -> Result<bool, DocumentError> {
        if changes
            .keys()
            .any(|name| name.is_empty() || name == super::layout::VERSION)
        {
            return Err(DocumentError::NameTaken);
        }
        self.change(|automerge| revise::fields(automerge, actor, changes))
    }

    /// Takes in every change of `other`.
    ///
    /// # Errors
    /// [`DocumentError::SameActorTwice`] when the two cannot be of one history.
    pub fn merge(&mut self, other: &Self) -> Result<(), DocumentError> {
        let other = other.automerge.as_ref().ok_or(DocumentError::ThrownAway)?;
        self.change(|automerge| {
            // Not `Automerge::merge`, which wants the other mutable and does the same two steps.
            let added = automerge.get_changes_added(other);
            Ok(automerge.apply_changes(added)?)
        })
    }

    /// Whether every one of these changes is part of this document.
    pub fn contains(&self, heads: &[[u8; 32]]) -> bool {
        let heads: Vec<ChangeHash> = heads.iter().map(|head| ChangeHash(*head)).collect();
        self.automerge
            .as_ref()
            .is_some_and(|automerge| contained(|| Ok(automerge.get_missing_deps(&heads).is_empty())).unwrap_or(false))
    }

    /// The newest changes of the document, its heads among them: at most `most`, ascending.
    pub fn newest(&self, most: usize) -> Vec<[u8; 32]> {
        let newest = |automerge: &Automerge| {
            let changes = automerge.get_changes_meta(&[]);
            changes.iter().rev().take(most).map(|change| change.hash.0).collect()
        };
        let mut changes: Vec<[u8; 32]> = self
            .automerge
            .as_ref()
            .and_then(|automerge| contained(|| Ok(newest(automerge))).ok())
            .unwrap_or_default();
        changes.sort_unstable();
        changes
    }

    /// Those of these changes that are part of this document.
    pub fn among(&self, changes: &[[u8; 32]]) -> Vec<[u8; 32]> {
        let Some(automerge) = &self.automerge else {
            return Vec::new();
        };
        let is_here = |hash: &&[u8; 32]| automerge.get_change_meta_by_hash(&ChangeHash(**hash)).is_some();
        contained(|| Ok(changes.iter().filter(is_here).copied().collect())).unwrap_or_default()
    }

    /// Whether the document is exactly at these heads; none means at its first change.
    pub fn is_at(&self, heads: &[[u8; 32]]) -> bool {
        self.automerge.as_ref().is_some_and(|automerge| {
            let present = automerge.get_heads();
            if heads.is_empty() {
                return automerge.get_changes(&[]).len() <= 1;
            }
            present.len() == heads.len() && present.iter().all(|head| heads.contains(&head.0))
        })
    }

    /// The document as it was at these heads; none means at its first change.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when it was never there.
    pub fn fork_at(&self, heads: &[[u8; 32]]) -> Result<Self, DocumentError> {
        let automerge = self.automerge.as_ref().ok_or(DocumentError::ThrownAway)?;
        contained(|| {
            let at: Vec<ChangeHash> = if heads.is_empty() {
                let first = |change: &&automerge::Change| change.deps().is_empty();
                automerge
                    .get_changes(&[])
                    .iter()
                    .filter(first)
                    .map(|change| change.hash())
                    .collect()
            } else {
                heads.iter().map(|head| ChangeHash(*head)).collect()
            };
            automerge.fork_at(&at).map_err(|_| DocumentError::Unreadable)
        })
        .map(Self::new)
    }

    /// Runs `work` on the document, which survives only success.
    fn change<T>(&mut self, work: impl FnOnce(&mut Automerge) -> Result<T, DocumentError>) -> Result<T, DocumentError> {
        let mut automerge = self.automerge.take().ok_or(DocumentError::ThrownAway)?;
        let (automerge, result) = contained(move || {
            let result = work(&mut automerge)?;
            Ok((automerge, result))
        })?;
        self.automerge = Some(automerge);
        Ok(result)
    }
}

pub(super) fn open(bytes: &[u8]) -> Result<Automerge, DocumentError> {
    // Automerge takes no bytes at all for a new document.
    if bytes.is_empty() {
        return Err(DocumentError::Unreadable);
    }
    let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
    Automerge::load_with_options(bytes, options).map_err(|_| DocumentError::Unreadable)
}

pub(super) fn save_of(automerge: &Automerge) -> Vec<u8> {
    automerge.save_with_options(SaveOptions {
        deflate: false,
        retain_orphans: false,
    })
}

pub(super) fn heads_of(automerge: &Automerge) -> Vec<[u8; 32]> {
    let mut heads: Vec<[u8; 32]> = automerge.get_heads().into_iter().map(|head| head.0).collect();
    heads.sort_unstable();
    heads
}
