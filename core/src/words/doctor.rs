//! How a vault is, for whoever looks after it.

use super::sentence::sentences;

sentences! {
    /// Every check held.
    WHOLE = "doctor.whole", "The vault is whole.";
    /// A damaged database was moved aside.
    MOVED_ASIDE = "doctor.moved_aside",
        "The database was damaged. It was moved aside and not erased. A new one was made of what could be read.";
    /// All of it could be read.
    REPAIRED_WHOLE = "doctor.repaired.whole", "Everything that was in it is here.";
    /// Not all of it could be read, and a relay may have the rest.
    REPAIRED_PARTLY = "doctor.repaired.partly",
        "Some of it could not be read. What the relay or your other devices have of it comes back with the next sync.";
    /// Not all of it could be read, and nobody else has it.
    REPAIRED_ALONE = "doctor.repaired.alone",
        "Some of it could not be read. This journal has no relay. Keep the file that was moved aside. An export or a backup may have the rest.";
    /// The keys could not be read.
    REPAIRED_NO_KEYS = "doctor.repaired.no_keys",
        "The keys of this device could not be read. What was saved is here as your own entries. Add this device again with another device of yours, or with your recovery phrase.";
    /// The database is missing or empty although there is a vault.
    MISSING = "doctor.missing", "The database is missing. No new journal was started in its place.";
    /// The key opens nothing here.
    WRONG_KEY = "doctor.wrong_key", "This key belongs to another vault. Nothing was changed.";
    /// Records set aside, with how many and for what cause.
    SET_ASIDE = "doctor.set_aside", "Set aside, kept sealed: {count}. {cause} Your other entries are not touched by it.";
    /// Cause 1.
    NO_KEY = "doctor.cause.no_key", "This device has no key for it yet.";
    /// Cause 2.
    NOT_OPENED = "doctor.cause.not_opened", "It was changed on its way, or belongs elsewhere.";
    /// Cause 3.
    MISPLACED = "doctor.cause.misplaced", "It does not belong where it was found.";
    /// Cause 4.
    MALFORMED = "doctor.cause.malformed", "It can't be read the way it is.";
    /// Cause 5.
    TOO_NEW = "doctor.cause.too_new", "A newer version wrote it. It is kept for after an update.";
    /// Cause 6.
    STRANGER = "doctor.cause.stranger", "It is not from one of the people or devices here.";
    /// Cause 7.
    NOT_SIGNED = "doctor.cause.not_signed", "It does not carry the signature of its writer.";
    /// Cause 8.
    NOT_ADMITTED = "doctor.cause.not_admitted", "Opening it was not safe.";
    /// Cause 9.
    FROM_REMOVED = "doctor.cause.from_removed",
        "It came from a device you removed. You can keep it or leave it out.";
    /// Cause 10.
    OLD_EPOCH = "doctor.cause.old_epoch", "It is sealed with a key that was over.";
    /// The relay's history is not the one this device saw.
    RELAY_DIFFERS = "doctor.relay_differs",
        "Your entries are safe on this device. The relay showed your devices different histories, so another device may not have everything. An export keeps all that is here, and you can choose another relay.";
    /// The relay calls records replaced that nothing it shows replaces.
    RELAY_WITHHOLDS = "doctor.relay_withholds",
        "Kept back by the relay: {count}. It is asked for again at every sync. Your other devices may still have it.";
    /// The stored chain of devices is not the one that was verified, or belongs elsewhere.
    CHAIN_BROKEN = "doctor.chain_broken",
        "The list of your devices does not hold together on this device. Your entries can be read and exported here. Export them, then join one of your other devices with an empty journal.";
    /// A key of the home space is not the one that the chain vouches for.
    KEYS_DIFFER = "doctor.keys_differ",
        "A key on this device is not the one your devices agreed on. Your entries can be read and exported here. Export them, then join one of your other devices with an empty journal.";
    /// A key of the home space is not here.
    KEYS_MISSING = "doctor.keys_missing",
        "This device lacks a key that your other devices have, so it can't read all that they send. Sync once more. If it stays so, export what is here and join one of them with an empty journal.";
    /// In a support space the chain names a persona on this person's side of which this device has no keys.
    SPOKEN_FOR = "doctor.spoken_for",
        "In a relationship, you speak with keys now that this device does not have. Sync once more. If it stays so, another of your devices has not sent them, or somebody else speaks in your name. Nothing is shared there from this device. Ask the other person, and share again only in a new relationship.";
    /// The relay's head is old.
    HEAD_OLD = "doctor.head_old", "The relay was last heard more than a day ago.";
    /// Sealed records wait to be sent.
    WAITING = "doctor.waiting", "Some records wait to be sent.";
    /// This database is a copy or a backup that was put back.
    COPY = "doctor.copy",
        "This journal was put back from a backup, or is a copy. It takes a name of its own before it sends anything. Everything in it is kept.";
    /// It has taken another name, and the one it had before is still there.
    COPY_RENAMED = "doctor.copy.renamed",
        "This journal was put back from a backup, or is a copy. It goes on under a name of its own. The device it was before is still one of yours. If nobody uses it, you can remove it.";
    /// What it knows is too old for the relay.
    COPY_SHUT_OUT = "doctor.copy.shut_out",
        "This journal was put back from a backup that is older than your present keys. Everything in it is kept. Add this device again with another device of yours, or with your recovery phrase.";
    /// Attachments, trouble 1.
    ATTACHMENT_CHANGED = "doctor.attachment.changed",
        "Attachments that arrived changed: {count}. They were not kept, and are asked for again.";
    /// Attachments, trouble 2.
    ATTACHMENT_NO_ROOM = "doctor.attachment.no_room",
        "Attachments that stay on this device for now: {count}. The relay has no room left for you.";
    /// Attachments, trouble 3.
    ATTACHMENT_LOST = "doctor.attachment.lost",
        "Attachments whose files can't be read here: {count}. Sync brings them again where the relay has them.";
}

/// Attachments that did not come or go, or cannot be read, by the cause that the vault numbers.
pub fn attachments_in_trouble(cause: u8, count: usize) -> String {
    let sentence = match cause {
        1 => &ATTACHMENT_CHANGED,
        2 => &ATTACHMENT_NO_ROOM,
        _ => &ATTACHMENT_LOST,
    };
    sentence.with(&[("count", &count.to_string())])
}

/// What was set aside for one cause, as the vault numbers them.
pub fn set_aside(cause: u8, count: usize) -> String {
    let causes = [
        NO_KEY,
        NOT_OPENED,
        MISPLACED,
        MALFORMED,
        TOO_NEW,
        STRANGER,
        NOT_SIGNED,
        NOT_ADMITTED,
        FROM_REMOVED,
        OLD_EPOCH,
    ];
    let cause = usize::from(cause)
        .checked_sub(1)
        .and_then(|at| causes.get(at))
        .unwrap_or(&MALFORMED);
    SET_ASIDE.with(&[("count", &count.to_string()), ("cause", cause.text)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_is_said_with_its_cause() {
        assert_eq!(
            set_aside(7, 2),
            "Set aside, kept sealed: 2. It does not carry the signature of its writer. Your other entries are not touched by it."
        );
        assert!(set_aside(0, 1).contains(MALFORMED.text) && set_aside(99, 1).contains(MALFORMED.text));
    }
}
