//! Erasing everything: on every device of a person's, or on the one in hand.

use super::sentence::{Sentence, sentences};

/// How it stands with erasing everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody asked for it.
    Nothing,
    /// It was asked for here, and the relay has not heard of it.
    Asked,
    /// It is on its way.
    UnderWay,
}

sentences! {
    /// Before everything is erased, on all devices.
    ALL_ASK = "erasing.all_ask",
        "Erase everything? That is your journal, profile, plan, settings and what you share, on all your devices and at the relay.";
    /// When that happens, where it was asked for without the recovery phrase.
    ALL_WHEN = "erasing.all_when",
        "Each device erases what it holds a day after it has heard of this. What the relay holds and what you share end a day after the relay has heard of it. Until then everything is as it was, and any of your devices can stop it for all. A device that hears of it later can still keep what it holds.";
    /// When that happens, where there is no relay.
    ALL_WHEN_ALONE = "erasing.all_when_alone",
        "This device erases what it holds in a day. Until then everything is as it was, and you can stop it here.";
    /// When that happens with the recovery phrase.
    ALL_AT_ONCE = "erasing.all_at_once",
        "With your recovery phrase nothing waits. Each device erases what it holds as soon as it hears of this, and nothing brings it back.";
    /// What becomes of that where the relay is not reached.
    PHRASE_AGAIN = "erasing.phrase_again",
        "If the relay is not reached now, it takes the phrase once more to do this at once. Without it each device waits a day after it has heard of this.";
    /// What erasing everything cannot reach.
    ALL_REACH = "erasing.all_reach",
        "Out of its reach are exports, backups of your devices, and what people remember. So is a device that does not connect within about 120 days.";
    /// Before the vault of the device in hand is erased.
    HERE_ASK = "erasing.here_ask", "Erase everything on this device, now? Nothing brings it back from here.";
    /// What erasing one device cannot reach.
    HERE_REACH = "erasing.here_reach",
        "This reaches this device alone. Your other devices keep what they have. What the relay holds is sealed, and your other devices or your recovery phrase open it. Backups of this device and what people remember stay out of reach.";
    /// The word to type before everything is erased.
    WORD = "erasing.word", "erase";
    /// How to agree, where a person is asked.
    TYPE_WORD = "erasing.type_word", "Type the word erase to go on. Anything else leaves all as it is";
    /// After a no.
    NOT_ERASED = "erasing.not_erased", "Nothing was changed. Everything stays as it is.";
    /// Asked for, and the relay has not heard of it.
    ASKED = "erasing.asked",
        "Everything is to be erased. It begins once the relay has heard of it from this device. Where the relay does not let this device in, it does not begin. Until then you can stop it here.";
    /// On its way. Shown on every device until it is stopped or done.
    UNDER_WAY = "erasing.under_way",
        "Everything is to be erased, as was asked for on one of your devices. Within a day of the asking any of your devices stops it for all. After that the relay holds nothing, and what you share has ended. A device whose time has not come can still keep what it holds.";
    /// When it happens on this device.
    AT = "erasing.at", "On this device it happens at {time}.";
    /// After it was stopped.
    KEPT = "erasing.kept",
        "Everything stays on this device. Your other devices and the relay keep what they hold if they hear of it before their time has come.";
    /// There was nothing to stop.
    NOTHING = "erasing.nothing", "Nothing is to be erased.";
    /// After the vault of a device was erased.
    ERASED = "erasing.erased", "Everything on this device is erased. Its keys are destroyed, and what is left of its files opens nothing.";
}

/// What to say of it, if anything.
pub fn of(stage: Stage) -> Option<&'static Sentence> {
    match stage {
        Stage::Nothing => None,
        Stage::Asked => Some(&ASKED),
        Stage::UnderWay => Some(&UNDER_WAY),
    }
}
