//! Walking through the entries of an export.

use super::entry;
use crate::exchange::ImportError;
use crate::exchange::archive::{Bounded, Member, Shared};
use crate::exchange::importer::{Facts, Imported, Keep, Outcome, SkipReason, Skipped};
use crate::exchange::media::Stock;
use crate::exchange::scan::{Element, Scanner};
use crate::limits;
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{Read, Seek};
use zip::read::ZipFile;

/// One journal of the file.
pub(super) struct Journal<R> {
    pub(super) member: Member<R>,
    pub(super) name: String,
}

/// The entries of an export, one at a time.
///
/// An error ends it. It comes only when the file changed after it was opened, or the disk fails.
pub struct Entries<'a, R: Read + Seek> {
    journals: std::slice::IterMut<'a, Journal<R>>,
    current: Option<Walk<'a, R>>,
    stock: &'a Stock,
    keep: Keep,
    /// Source ids handed out.
    seen: BTreeSet<String>,
    total: usize,
    ended: bool,
}

struct Walk<'a, R: Read + Seek> {
    name: &'a str,
    number: usize,
    scanner: Scanner<Bounded<ZipFile<'a, Shared<R>>>>,
}

impl<R: Read + Seek> fmt::Debug for Entries<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries")
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

/// What comes next.
pub(super) enum Step {
    Entry(Box<Imported>, Facts),
    Skipped(Skipped),
    EndOfJournal { name: String, found: bool },
}

impl<'a, R: Read + Seek> Entries<'a, R> {
    pub(super) fn over(journals: &'a mut [Journal<R>], stock: &'a Stock, keep: Keep) -> Self {
        Self {
            journals: journals.iter_mut(),
            current: None,
            stock,
            keep,
            seen: BTreeSet::new(),
            total: 0,
            ended: false,
        }
    }

    pub(super) fn step(&mut self) -> Option<Result<Step, ImportError>> {
        if self.ended {
            return None;
        }
        let step = self.advance().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }

    fn advance(&mut self) -> Result<Option<Step>, ImportError> {
        let mut walk = match self.current.take() {
            Some(walk) => walk,
            None => {
                let Some(journal) = self.journals.next() else {
                    return Ok(None);
                };
                let scanner = Scanner::new(journal.member.reader()?, "entries");
                Walk {
                    name: &journal.name,
                    number: 0,
                    scanner,
                }
            }
        };
        let Some(element) = walk.scanner.next()? else {
            return Ok(Some(Step::EndOfJournal {
                name: walk.name.to_owned(),
                found: walk.scanner.found(),
            }));
        };
        self.total += 1;
        walk.number += 1;
        if self.total > limits::IMPORT_ENTRIES_MAX {
            return Err(ImportError::TooManyEntries);
        }
        let outcome = match element {
            Element::Json(json) => entry::read(json, walk.name, self.stock, self.keep)?,
            Element::TooLarge => Outcome::Skipped(SkipReason::TooLong, None),
        };
        let step = match outcome {
            Outcome::Entry(imported, facts) => {
                if self.seen.insert(imported.source_id.clone()) {
                    Step::Entry(imported, facts)
                } else {
                    Step::Skipped(walk.skipped(SkipReason::SameId, Some(imported.draft.happened.local_date)))
                }
            }
            Outcome::Skipped(reason, date) => Step::Skipped(walk.skipped(reason, date)),
        };
        self.current = Some(walk);
        Ok(Some(step))
    }
}

impl<R: Read + Seek> Walk<'_, R> {
    fn skipped(&self, reason: SkipReason, date: Option<NaiveDate>) -> Skipped {
        Skipped {
            journal: self.name.to_owned(),
            number: self.number,
            date,
            reason,
        }
    }
}

impl<R: Read + Seek> Iterator for Entries<'_, R> {
    type Item = Result<Imported, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step()? {
                Ok(Step::Entry(imported, _)) => return Some(Ok(*imported)),
                Ok(Step::Skipped(_) | Step::EndOfJournal { .. }) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
