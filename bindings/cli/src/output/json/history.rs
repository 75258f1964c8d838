//! Earlier states of an entry, and drafts.

use super::MomentValue;
use crate::moments::rfc3339;
use cairn_core::journal::Entry;
use cairn_core::vault::{DraftKind, KeptDraft, Revision};
use serde::Serialize;

/// One state in the history of an entry.
#[derive(Debug, Serialize)]
pub(crate) struct RevisionValue {
    /// Its place in the history, from 1; `--show` and `--back-to` take it.
    pub(crate) number: usize,
    title: String,
    body: String,
    /// Whether it was made on this device.
    made_here: bool,
    /// Whether it is what the entry says now.
    pub(crate) is_present: bool,
}

impl RevisionValue {
    pub(crate) fn new(number: usize, revision: &Revision, entry: &Entry) -> Self {
        Self {
            number,
            title: entry.title.clone(),
            body: entry.body.clone(),
            made_here: revision.made_here,
            is_present: revision.is_present,
        }
    }

    /// What it says, for a list.
    pub(crate) fn words(&self) -> String {
        [self.title.trim(), self.body.trim()].join(" ").trim().to_owned()
    }
}

/// A draft.
#[derive(Debug, Serialize)]
pub(crate) struct DraftValue {
    id: String,
    /// The entry it revises.
    entry: Option<String>,
    /// `writing`, or `erased_elsewhere`: words of an entry that another device erased before they were sent.
    kind: &'static str,
    kept: String,
    happened: MomentValue,
    title: String,
    body: String,
    tags: Vec<String>,
    feelings: Vec<String>,
}

impl From<&KeptDraft> for DraftValue {
    fn from(kept: &KeptDraft) -> Self {
        Self {
            id: kept.id.to_string(),
            entry: kept.of.as_ref().map(|(entry, _)| entry.to_string()),
            kind: match kept.kind {
                DraftKind::Writing => "writing",
                DraftKind::ErasedElsewhere => "erased_elsewhere",
            },
            kept: rfc3339(kept.kept),
            happened: MomentValue::from(&kept.draft.happened),
            title: kept.draft.title.clone(),
            body: kept.draft.body.clone(),
            tags: kept.draft.tags.clone(),
            feelings: kept.draft.feelings.clone(),
        }
    }
}
