//! What an app can watch.

/// Something an app may show has changed. It says what to read again, never who did it or when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Change {
    /// Entries.
    Journal,
    /// Drafts on this device.
    Drafts,
    /// The preference profile.
    Profile,
    /// Relationships, shares or what was shared with this person.
    Support,
    /// The person's devices.
    Devices,
    /// What waits to be sent, or how the last round of sync ended.
    Sync,
    /// Attachments: which are on this device, and how much of them has come or gone.
    Attachments,
    /// The vault was locked or unlocked: take away what is shown, or read it again.
    Lock,
}

impl Change {
    /// Everything there is to watch.
    pub const ALL: [Self; 8] = [
        Self::Journal,
        Self::Drafts,
        Self::Profile,
        Self::Support,
        Self::Devices,
        Self::Sync,
        Self::Attachments,
        Self::Lock,
    ];
}

/// Is told of changes, on a thread of the vault's own; it may call the vault, and must not wait for long.
pub trait Observer: Send + Sync {
    /// These have changed since the last call.
    fn changed(&self, changes: &[Change]);
}
