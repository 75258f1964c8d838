//! A person's devices: removing one, what still comes from it, and the words on paper that bring a journal back.

use super::sentence::sentences;

sentences! {
    /// Before a device is removed: what removing cannot do.
    REMOVE_KEEPS = "devices.remove_keeps", "What was on {device} stays on it, and is only as safe as its lock.";
    /// Before a device is removed.
    REMOVE_ASK = "devices.remove_ask", "Remove {device}? It gets nothing that is written from now on.";
    /// After a no.
    NOT_REMOVED = "devices.not_removed", "Nothing was removed.";
    /// After a device was removed, and the relay has heard of it.
    REMOVED = "devices.removed",
        "{device} is removed. It gets nothing that is written from now on. Your other devices hear of it when they connect.";
    /// After a device was removed without a connection.
    GOING = "devices.going",
        "{device} goes when the relay has heard of it. Until then it still sees what your other devices send.";
    /// In a list: a device that is to go.
    IS_GOING = "devices.is_going", "going, once the relay has heard of it";
    /// In a list: a device that was to go, and did not.
    NEEDS_PHRASE = "devices.needs_phrase", "still here; removing it takes your recovery phrase again";
    /// Before what came late from removed devices.
    ARRIVALS = "devices.arrivals",
        "This came from a device you removed, after it was gone. It is not in your journal. You can keep it or leave it out.";
    /// There is nothing of that kind.
    NO_ARRIVALS = "devices.no_arrivals", "Nothing came from a device you removed.";
    /// Something that is no entry.
    ARRIVAL_OTHER = "devices.arrival_other", "something other than an entry";
    /// An entry that is here already, as it was before.
    ARRIVAL_KNOWN = "devices.arrival_known", "here already, as it was before";
    /// After keeping it.
    ARRIVAL_KEPT = "devices.arrival_kept", "Kept. It is in your journal now.";
    /// Before leaving it out.
    LEAVE_OUT_ASK = "devices.leave_out_ask", "Leave this out for good? It will be gone from your devices.";
    /// After leaving it out.
    LEFT_OUT = "devices.left_out", "Left out. Your journal is as it was.";
    /// After a no.
    NOT_LEFT_OUT = "devices.not_left_out", "Nothing was changed. It is still there to keep or leave out.";
    /// Before what was erased goes beyond the reach of old copies.
    SHRED_ASK = "devices.shred_ask",
        "Put what you erased beyond the reach of old copies of the relay's files? Everything you have is sealed again with a new key, and your devices destroy the old ones. A copy together with a recovery phrase from then, backups of devices and what people remember stay out of reach.";
    /// After a no.
    NOT_SHREDDED = "devices.not_shredded", "Nothing was changed. Your devices keep the keys they have.";
    /// Nothing of the kind was asked for.
    SHRED_NOTHING = "devices.shred_nothing", "Your devices keep the keys they have.";
    /// The relay has not heard of it yet, or it is being done.
    SHRED_GOING_ON = "devices.shred_going_on", "Everything is being sealed again with a new key. It goes on with every sync.";
    /// Something cannot be sealed again.
    SHRED_HELD_UP = "devices.shred_held_up",
        "Almost everything is sealed again with a new key. Something is as large as it can be, or cannot be read on this device. Erasing what an entry said before lets it go on.";
    /// Other devices have to do their part.
    SHRED_WAITING = "devices.shred_waiting", "Sealed again. These devices destroy their old keys when they sync: {device}.";
    /// Done.
    SHRED_DONE = "devices.shred_done", "Every device has destroyed its old keys. Old copies of the relay's files open nothing.";
    /// Where there is no recovery phrase.
    PHRASE_NONE = "devices.phrase_none",
        "There is no recovery phrase. Without one, your journal lasts as long as one of your devices.";
    /// A recovery phrase that the relay has not heard of yet.
    PHRASE_ON_ITS_WAY = "devices.phrase_on_its_way",
        "Your recovery phrase is on its way. It works once the relay has heard of it.";
    /// A recovery phrase for which the one before it has to be typed once more.
    PHRASE_NEEDED = "devices.phrase_needed",
        "Your new recovery phrase waits: this device is too new to set it alone. Type the words of the phrase you had, and it takes its place. Until then the one you had works.";
    /// Words that were written down and do not count.
    PHRASE_IN_VAIN = "devices.phrase_in_vain",
        "The words that were shown here last do not count, and their paper can go. A phrase you had before goes on to work. You can make another one.";
    /// A recovery phrase whose kit went with the relay's store.
    PHRASE_LOST = "devices.phrase_lost",
        "The relay lost what your recovery phrase needs there. Type its words once more, and it works again. Or make another one.";
    /// After the words were typed once more.
    PHRASE_PLACED = "devices.phrase_placed", "Your recovery phrase works again.";
    /// Before the home at the relay is begun again from this device.
    BEGIN_AGAIN_ASK = "devices.begin_again_ask",
        "Begin again at the relay from this device? Everything here goes there. Your other devices join this one and bring what they have, and a recovery phrase is to be made anew.";
    /// After a no.
    NOT_BEGUN_AGAIN = "devices.not_begun_again", "Nothing was changed.";
    /// After it.
    BEGUN_AGAIN = "devices.begun_again",
        "This device has begun again at the relay. Pair your other devices with it.";
    /// A recovery phrase that works.
    PHRASE_SET = "devices.phrase_set",
        "Your recovery phrase is set. It brings your journal back when every device is lost.";
    /// A recovery phrase that was used.
    PHRASE_USED = "devices.phrase_used",
        "Your recovery phrase was used. Whoever saw the words can use them again, until you make another one.";
    /// Before the words are shown.
    PHRASE_SHOWN = "devices.phrase_shown",
        "These words are your recovery phrase, in this order. They are shown this once, and kept nowhere. Whoever has them can read your journal.";
    /// Where there is another phrase already.
    PHRASE_BEFORE = "devices.phrase_before", "The phrase you have now works until this one is in its place.";
    /// While the words are shown.
    PHRASE_ON_PAPER = "devices.phrase_on_paper",
        "Write them on paper, then press Enter. They go from this screen.";
    /// Before three of the words are asked for.
    PHRASE_CHECK = "devices.phrase_check", "Three of them, from the paper, show that all is well written.";
    /// One of the words to be typed back.
    PHRASE_WORD = "devices.phrase_word", "Word {count}";
    /// After wrong words.
    PHRASE_DIFFERS = "devices.phrase_differs",
        "These are not the words that were asked for. You can look at the paper and type them again.";
    /// Where the words were not typed back.
    PHRASE_DROPPED = "devices.phrase_dropped",
        "Nothing was changed. The words that were shown open nothing, and the paper can go.";
    /// After wrong words, where nobody can be asked again.
    PHRASE_NOT_THESE = "devices.phrase_not_these",
        "Nothing was changed: these are not the words that were asked for. The phrase that was shown opens nothing, and its paper can go.";
    /// After a phrase was set.
    PHRASE_DONE = "devices.phrase_done",
        "Your recovery phrase is set. The paper is the only copy: keep it where you find it, and others don't.";
    /// After a phrase was set in the place of another one.
    PHRASE_REPLACED = "devices.phrase_replaced", "The phrase before it opens nothing any more, and its paper can go.";
    /// When the words are asked for.
    PHRASE_ASK = "devices.phrase_ask", "The words of your recovery phrase, on one line";
    /// After a journal was brought back by its phrase.
    BACK = "devices.back", "Your journal is here again.";
}
