//! Quiet while somebody writes: what others have sent is told when they are done.

use super::Change;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is told now, and what waits.
#[derive(Debug, Default)]
pub(super) struct Quiet(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    editors: usize,
    waits: BTreeSet<Change>,
}

impl Quiet {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of what has changed, what is told now.
    pub(super) fn pass(&self, mut changed: BTreeSet<Change>) -> BTreeSet<Change> {
        let mut held = self.held();
        // Everything else is this person's own, or is to be taken away from the screen.
        if held.editors > 0 && changed.remove(&Change::Support) {
            held.waits.insert(Change::Support);
        }
        changed
    }
}

/// Somebody is writing. While one of these is there, no observer is told of [`Change::Support`]: nothing that another person has sent comes between. What waited is told
/// once the last of them has ended; sync goes on meanwhile, and whoever looks by themselves finds everything. Ends when it is dropped.
pub struct Editing {
    quiet: Arc<Quiet>,
    news: Mutex<Option<Sender<BTreeSet<Change>>>>,
}

impl fmt::Debug for Editing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Editing")
    }
}

impl Editing {
    pub(super) fn begin(quiet: &Arc<Quiet>, news: &Sender<BTreeSet<Change>>) -> Self {
        quiet.held().editors += 1;
        Self {
            quiet: Arc::clone(quiet),
            news: Mutex::new(Some(news.clone())),
        }
    }

    /// They have stopped writing. Twice is once.
    pub fn end(&self) {
        let Some(news) = self.news.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        let mut held = self.quiet.held();
        held.editors -= 1;
        if held.editors == 0 && !held.waits.is_empty() {
            drop(news.send(std::mem::take(&mut held.waits)));
        }
    }
}

impl Drop for Editing {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn what_others_send_waits_until_the_last_editor_is_closed_and_all_else_does_not() {
        let (quiet, (sender, news)) = (Arc::new(Quiet::default()), channel());
        let both = BTreeSet::from([Change::Drafts, Change::Support]);
        assert_eq!(quiet.pass(both.clone()), both);
        let editors = [(); 2].map(|()| Editing::begin(&quiet, &sender));
        for _ in 0..2 {
            assert_eq!(quiet.pass(both.clone()), BTreeSet::from([Change::Drafts]));
        }
        assert_eq!(
            quiet.pass(Change::ALL.into()).len(),
            Change::ALL.len() - 1,
            "one thing alone waits"
        );
        let [first, second] = editors;
        first.end();
        first.end();
        assert_eq!(quiet.pass(both.clone()), BTreeSet::from([Change::Drafts]));
        assert!(news.try_recv().is_err());
        drop(second);
        drop(first);
        assert_eq!(news.try_recv(), Ok(BTreeSet::from([Change::Support])));
        assert!(news.try_recv().is_err(), "once");
        assert_eq!(quiet.pass(both.clone()), both);
        drop(Editing::begin(&quiet, &sender));
        assert!(news.try_recv().is_err(), "where nothing waited nothing is told");
    }
}
