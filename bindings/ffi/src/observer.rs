//! What an app is told.

use cairn_core::vault::{
    Change as CoreChange, Editing as CoreEditing, Observer as CoreObserver, Subscription as CoreSubscription,
};
use std::sync::Arc;

use crate::{VaultError, count};

/// Something an app may show has changed. It says what to read again, never who did it or when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum Change {
    /// Entries.
    Journal,
    /// Drafts on this device.
    Drafts,
    /// The preference profile.
    Profile,
    /// Relationships, shares, or what was shared with this person.
    Support,
    /// The person's devices, or a pairing under way.
    Devices,
    /// What waits to be sent, or how the last round of sync ended.
    Sync,
    /// Attachments: which are on this device, and how much of them has come or gone.
    Attachments,
    /// The vault was locked or unlocked: take away what is shown, or read it again.
    Lock,
}

/// An observer could not take what it was told. Nothing depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ObserverError {
    /// It failed.
    #[error("the observer failed")]
    Failed,
}

/// What an observer threw may hold anything: it is dropped unread.
impl From<uniffi::UnexpectedUniFFICallbackError> for ObserverError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Is told of changes.
///
/// It is called on a thread of the vault, never on the main thread. It may call the vault, and must not wait for long:
/// hop to your own thread before you draw.
#[uniffi::export(foreign)]
pub trait Observer: Send + Sync {
    /// These have changed since the last call. Several changes may come in one call.
    fn changed(&self, changes: Vec<Change>) -> Result<(), ObserverError>;
}

/// Is told how far long work has come: an import, an export, a restore.
///
/// It is called on the thread of that work, and the work waits while it is told: answer soon, and hop to your own thread
/// before you draw.
#[uniffi::export(foreign)]
pub trait ProgressObserver: Send + Sync {
    /// So many entries are done, of so many in all. Some forms of export go over the journal twice, and begin again.
    fn progressed(&self, done: i64, total: i64) -> Result<(), ObserverError>;
}

/// What tells a foreign observer how far work has come, for the core.
pub(crate) fn telling(observer: Option<Arc<dyn ProgressObserver>>) -> impl FnMut(usize, usize) + Send + 'static {
    move |done, total| {
        if let Some(observer) = &observer {
            // As with the other observer: what it could not take is its own affair.
            let _ = observer.progressed(count(done), count(total));
        }
    }
}

/// An observer's time of watching. It ends when it is cancelled, or when nobody holds it any more. Safe from any thread.
#[derive(Debug, uniffi::Object)]
pub struct Subscription(pub(crate) CoreSubscription);

#[uniffi::export]
impl Subscription {
    /// Ends it. A call that is under way on the vault's thread may still arrive.
    pub fn cancel(&self) -> Result<(), VaultError> {
        self.0.cancel();
        Ok(())
    }

    /// Whether it still watches.
    pub fn is_active(&self) -> Result<bool, VaultError> {
        Ok(self.0.is_active())
    }
}

/// An editor that is open. While one is there, no observer is told of `Support`, so that nothing another person has sent comes between; what waited is told when the last
/// of them has ended. It ends when it is ended, or when nobody holds it any more. Safe from any thread.
#[derive(Debug, uniffi::Object)]
pub struct Editing(pub(crate) CoreEditing);

#[uniffi::export]
impl Editing {
    /// The person has stopped writing. Twice is once.
    pub fn end(&self) -> Result<(), VaultError> {
        self.0.end();
        Ok(())
    }
}

/// The core's view of a foreign observer.
pub(crate) struct Lent(pub(crate) Arc<dyn Observer>);

impl CoreObserver for Lent {
    fn changed(&self, changes: &[CoreChange]) {
        let changes = changes.iter().filter_map(|change| named(*change)).collect();
        // What an observer could not take is its own affair.
        let _ = self.0.changed(changes);
    }
}

/// A change this surface has no name for yet is told to nobody.
const fn named(change: CoreChange) -> Option<Change> {
    Some(match change {
        CoreChange::Journal => Change::Journal,
        CoreChange::Drafts => Change::Drafts,
        CoreChange::Profile => Change::Profile,
        CoreChange::Support => Change::Support,
        CoreChange::Devices => Change::Devices,
        CoreChange::Sync => Change::Sync,
        CoreChange::Attachments => Change::Attachments,
        CoreChange::Lock => Change::Lock,
        _ => return None,
    })
}
