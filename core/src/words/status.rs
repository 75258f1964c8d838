//! What happened, and how things stand. Calm; nothing about how much or how often.

use super::sentence::sentences;

sentences! {
    /// After a write.
    SAVED = "status.saved", "Saved.";
    /// A write that other devices have not got yet.
    SAVED_HERE = "status.saved_here", "Saved on this device. It will reach your other devices when there's a connection.";
    /// Nothing waits in either direction, under a recent head.
    UP_TO_DATE = "status.up_to_date", "Up to date.";
    /// Something waits to be sent.
    WAITING = "status.waiting", "Saved here. Some of it is on its way to your other devices.";
    /// The last attempt found no relay.
    OFFLINE = "status.offline", "Saved here. It will sync when you're online.";
    /// No relay was chosen.
    ON_THIS_DEVICE = "status.on_this_device", "Your journal is on this device only. You can pair another one if you like.";
    /// An entry in which the versions of two devices stand side by side.
    BOTH_VERSIONS = "status.both_versions", "Both of your versions are here.";
    /// After moving an entry to the trash.
    TRASHED = "status.trashed", "Moved to the trash. You can restore it.";
    /// After restoring.
    RESTORED = "status.restored", "Restored.";
    /// Before erasing.
    ERASE_ASK = "status.erase_ask",
        "Erase for good? It will be gone from your devices. Anyone who already read it may remember it.";
    /// After erasing.
    ERASED = "status.erased",
        "Erased on this device. Your other devices will erase it when they connect. Copies made outside this app are out of its reach.";
    /// Before erasing what an entry said before.
    ERASE_DRAFTS_ASK = "status.erase_drafts_ask",
        "Erase what this entry said before? It will be gone from your devices. What it says now stays.";
    /// After that.
    DRAFTS_ERASED = "status.drafts_erased",
        "Erased on this device. Your other devices will erase it when they connect. What it says now is still here.";
    /// There was nothing to erase.
    NOTHING_EARLIER = "status.nothing_earlier", "Nothing was changed. This entry has nothing earlier.";
    /// After a no.
    NOT_ERASED = "status.not_erased", "Nothing was erased.";
    /// A draft was let go.
    DRAFT_GONE = "status.draft_gone", "This draft is gone. Entries are as they were.";
    /// What could not be saved as an entry.
    KEPT_AS_DRAFT = "status.kept_as_draft", "What you wrote is kept here as a draft.";
    /// A late edit of an entry that another device erased.
    ERASED_ELSEWHERE = "status.erased_elsewhere",
        "This entry was erased on another device. You can keep these words as a new entry, or let them go.";
    /// A record this version cannot read yet.
    TOO_NEW = "status.too_new", "A newer version wrote this. It is kept, and you can read it here after an update.";
    /// The relay lost or restored its store.
    RELAY_RESTORED = "status.relay_restored",
        "The relay lost some of what it kept. Your entries are safe on this device. They are being sent again.";
    /// The relay lets this device in no more, which it used to.
    SHUT_OUT = "status.shut_out",
        "The relay lets this device in no more. Another of your devices has probably removed it. Everything here stays yours to read and export. To go on with your other devices, join them with an empty journal, or use your recovery phrase.";
    /// The relay lost its store, and the other devices do not know this one, or know less than it does.
    NEEDS_JOINING = "status.needs_joining",
        "The relay lost what it kept, and your other devices have gone on without this one. Everything here is kept. Let it in again from another of your devices, or with your recovery phrase. Then look at the list of your devices: one that you removed may be there again. If none of them is let in, you can begin again at the relay from this one.";
    /// After being let in again: devices that were not known here before.
    STRANGE_DEVICES = "status.strange_devices",
        "There are devices on your list that this one did not know when it was let in again. One that you removed may be among them. What you write stays here until you have looked. You can remove what is not yours, or say that each of them is.";
    /// The person has looked at them.
    DEVICES_TRUSTED = "status.devices_trusted", "Each of these devices is yours. What you write goes to them again.";
    /// The relay has ended the home space, and no device of this person has said so.
    ENDED = "status.ended",
        "The relay says that it has ended your journal's place there for good. None of your devices signed that this was meant. Everything here stays yours to read and export. Nothing of it was erased. You can begin again there from this device.";
    /// Before a new device joins: whose journal it is.
    JOINING = "status.joining", "This device will join the journal of {who}.";
    /// While pairing: the digits to compare.
    COMPARE = "status.compare", "Type these six digits on your other device: {digits}.";
    /// After pairing.
    PAIRED = "status.paired", "{device} can now read and write your journal. You can remove it any time.";
    /// After an import.
    IMPORTED = "status.imported", "Imported. What was here before is unchanged.";
    /// An empty journal.
    WELCOME = "status.welcome", "This is your space. You can bring someone in whenever you like, or not.";
    /// Where people might think that someone watches.
    NOBODY_WATCHES = "status.nobody_watches", "No one sees this unless you share it.";
    /// What a notification says that shows no words of anybody.
    REMINDER = "status.reminder", "1 reminder";
    /// An empty profile.
    PROFILE_EMPTY = "status.profile_empty", "Anything you'd like people to know? You can leave this empty.";
}
