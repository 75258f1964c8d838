//! The wall around Automerge.

use super::DocumentError;
use automerge::AutomergeError;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic in it becomes [`DocumentError::ThrownAway`].
///
/// Asserting unwind safety is sound because whatever `work` changes is moved into it and gone with it (`Document::change`),
/// and what it only reads has no interior mutability.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, DocumentError>) -> Result<T, DocumentError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(DocumentError::ThrownAway))
}

/// Automerge's texts can repeat keys and values, so none of them leaves this room.
impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        match error {
            AutomergeError::DuplicateSeqNumber(..) | AutomergeError::DuplicateActorId(_) => Self::SameActorTwice,
            AutomergeError::Load(_) => Self::Unreadable,
            _ => Self::Refused,
        }
    }
}
