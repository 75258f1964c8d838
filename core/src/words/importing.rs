//! What is said before and after a journal is brought in from elsewhere.

use super::sentence::sentences;

sentences! {
    /// Places in the file that are not kept.
    PLACES_LEFT_OUT = "import.places_left_out", "Places are left out. You can choose to keep them.";
    /// Particulars of devices in the file that are not kept.
    DEVICES_LEFT_OUT = "import.devices_left_out", "Devices are left out. You can choose to keep them.";
    /// Photos and recordings that were not taken.
    MEDIA_LEFT_OUT = "import.media_left_out",
        "Photos or recordings that could not be taken: {count}. Their links stay in the text.";
    /// Photos and recordings that the file names and does not hold.
    MEDIA_MISSING = "import.media_not_there",
        "Some photos or recordings are named and are not in this file. Their links stay in the text.";
    /// Particulars that are too large to keep.
    EXTRA_LEFT_OUT = "import.extra_left_out", "Some particulars beside the words are too large to keep.";
    /// A preview alone.
    NOTHING = "import.nothing", "Nothing was imported.";
    /// One entry that is not taken.
    NOT_TAKEN = "import.not_taken", "Not taken: entry {count} of {what}, because {reason}.";
    /// Why not.
    NO_DATE = "import.reason.no_date", "it has no date";
    /// Why not.
    TOO_LONG = "import.reason.too_long", "it is longer than an entry can be";
    /// Why not.
    EMPTY = "import.reason.empty", "there is nothing in it";
    /// Why not.
    SAME_ID = "import.reason.same_id", "an entry with its id came before";
    /// Why not.
    ENCRYPTED = "import.reason.encrypted", "the app it comes from encrypted it";
    /// Why not.
    NOT_TEXT = "import.reason.not_text", "it is not readable text";
    /// Why not.
    NOT_AN_ENTRY = "import.reason.not_an_entry", "it is no entry";
}
