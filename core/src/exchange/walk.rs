//! Walking through a source once to find it sound, and again to hand it out.
//!
//! A format says how its pieces come one after another ([`Form`]); what is the same for all of them is here: ids that came
//! before, the bound on entries, and the preview.

use super::importer::{Facts, ImportFormat, Imported, Importer, JournalPreview, Outcome, Preview, SkipReason, Skipped};
use super::{ImportError, Shelf};
use crate::limits;
use std::collections::BTreeSet;
use std::fmt;

/// One piece of a source.
pub(super) struct Piece {
    /// The journal it stands in, or its file.
    pub(super) journal: String,
    /// Its place in there, counted from 1.
    pub(super) number: usize,
    pub(super) outcome: Outcome,
}

/// The pieces of a source, in its order.
pub(super) type Pieces<'a> = Box<dyn Iterator<Item = Result<Piece, ImportError>> + 'a>;

/// What a format knows.
pub(super) trait Form: Send {
    /// Which it is.
    const FORMAT: ImportFormat;

    /// The name of the journal.
    fn name(&self) -> &str;

    /// Begins anew.
    fn pieces(&mut self) -> Result<Pieces<'_>, ImportError>;

    /// What its media lie on.
    fn shelf(&self) -> Shelf;
}

/// A source that was walked through and found sound.
pub(super) struct Walked<F> {
    form: F,
    preview: Preview,
}

impl<F> fmt::Debug for Walked<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walked")
            .field("preview", &self.preview)
            .finish_non_exhaustive()
    }
}

impl<F: Form> Walked<F> {
    /// Walks through all of it.
    pub(super) fn through(mut form: F) -> Result<Self, ImportError> {
        let mut preview = Preview::default();
        for step in steps(&mut form) {
            match step? {
                Step::Entry(imported, facts) => preview.count(&imported, &facts),
                Step::Skipped(skipped) => preview.skipped.push(skipped),
            }
        }
        let is_other = |skipped: &Skipped| skipped.reason == SkipReason::NotAnEntry;
        if preview.entries == 0 && !preview.skipped.is_empty() && preview.skipped.iter().all(is_other) {
            return Err(ImportError::NoJournal);
        }
        preview.journals.push(JournalPreview {
            name: form.name().to_owned(),
            entries: preview.entries,
        });
        Ok(Self { form, preview })
    }
}

impl<F: Form> Importer for Walked<F> {
    fn format(&self) -> ImportFormat {
        F::FORMAT
    }

    fn preview(&self) -> &Preview {
        &self.preview
    }

    fn entries(&mut self) -> Box<dyn Iterator<Item = Result<Imported, ImportError>> + '_> {
        Box::new(steps(&mut self.form).filter_map(|step| match step {
            Ok(Step::Entry(imported, _)) => Some(Ok(*imported)),
            Ok(Step::Skipped(_)) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    fn shelf(&self) -> Shelf {
        self.form.shelf()
    }
}

enum Step {
    Entry(Box<Imported>, Facts),
    Skipped(Skipped),
}

/// The pieces with their ids looked at; an error is the last of them.
fn steps<F: Form>(form: &mut F) -> Box<dyn Iterator<Item = Result<Step, ImportError>> + '_> {
    let pieces = match form.pieces() {
        Ok(pieces) => pieces,
        Err(error) => return Box::new(std::iter::once(Err(error))),
    };
    let mut seen = BTreeSet::new();
    let mut total = 0;
    let mut ended = false;
    let steps = pieces.map(move |piece| {
        let piece = piece?;
        total += 1;
        if total > limits::IMPORT_ENTRIES_MAX {
            return Err(ImportError::TooManyEntries);
        }
        let (reason, date) = match piece.outcome {
            Outcome::Entry(imported, facts) => {
                if seen.insert(imported.source_id.clone()) {
                    return Ok(Step::Entry(imported, facts));
                }
                (SkipReason::SameId, Some(imported.draft.happened.local_date))
            }
            Outcome::Skipped(reason, date) => (reason, date),
        };
        Ok(Step::Skipped(Skipped {
            journal: piece.journal,
            number: piece.number,
            date,
            reason,
        }))
    });
    Box::new(steps.take_while(move |step| !std::mem::replace(&mut ended, step.is_err())))
}
