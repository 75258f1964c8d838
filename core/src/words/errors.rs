//! What to say when something could not be done: first what is safe, then what happened, then what one can do.

use super::sentence::sentences;

sentences! {
    /// Kind `Locked`.
    LOCKED = "error.locked", "Your journal is locked. Unlock it to go on.";
    /// Kind `Suspended`.
    SUSPENDED = "error.suspended", "Everything is saved. The journal is resting and opens again with the app.";
    /// Kind `Erased`.
    ERASED = "error.erased", "Nothing is here any more: the journal on this device was erased, as it was asked for. Opening the app again begins a new one.";
    /// Kind `Invalid`.
    INVALID = "error.invalid", "Nothing was changed. This can't be kept the way it is: {reason}.";
    /// Kind `NotFound`.
    NOT_FOUND = "error.not_found", "That isn't here. It may have been moved, or erased on another device.";
    /// Kind `StorageFull`.
    STORAGE_FULL = "error.storage_full",
        "What you saved before is safe. This device has no room left, so this is not saved yet.";
    /// Kind `StorageDamaged`.
    STORAGE_DAMAGED = "error.storage_damaged",
        "Nothing was erased. Part of this device's storage can't be read. You can get your journal back from another device, or with your recovery phrase.";
    /// Kind `Offline`.
    OFFLINE = "error.offline", "Saved on this device. It will reach your other devices when there's a connection.";
    /// Kind `Rejected`.
    REJECTED = "error.rejected", "Saved on this device. The relay did not take it: {reason}.";
    /// The relay knows this device no more.
    NOT_LET_IN = "error.not_let_in",
        "What you saved is safe on this device. The relay lets it in no more. It was removed on another of your devices, or the relay lost its store. What is written here stays here.";
    /// Kind `Internal`.
    INTERNAL = "error.internal", "What you saved before is safe. Something in the app did not work as it was meant to.";
    /// A key that is not this vault's.
    WRONG_KEY = "error.wrong_key", "Nothing was changed. This key belongs to another journal.";
    /// A vault that holds entries is asked to join another.
    NOT_EMPTY = "error.not_empty", "Nothing was changed. There are entries here already, so this can't join another journal.";
    /// The six digits were not the same.
    DIGITS_DIFFER = "error.digits_differ", "Nothing was shared. The digits were not the same. You can start again with a new code.";
    /// A code that ran out.
    CODE_EXPIRED = "error.code_expired", "Nothing was shared. This code is no longer valid. You can ask for a new one.";
    /// An import that cannot be read.
    IMPORT_UNREADABLE = "error.import_unreadable", "Nothing was imported. This file can't be read: {reason}.";
    /// Reason: the space of this person at the relay is used up.
    REASON_QUOTA = "error.reason.quota", "there is no room left for you there";
    /// Reason: the relay speaks another version.
    REASON_UPDATE = "error.reason.update", "this app is too old for it";
    /// Reason: too many requests.
    REASON_SLOW = "error.reason.slow", "it is busy, and will be asked again";
}
