//! Before, during and after showing something to somebody.

use super::sentence::sentences;

/// The pack of the notice below.
pub const NOTICE_PACK: &str = "generic";
/// The pack of the statement of 42 CFR 2.32.
pub const NOTICE_PACK_42CFR2: &str = "us_42cfr2";
/// The pack of a notice in the participant's own words, and the name of it there.
pub const NOTICE_PACK_OWN: &str = "custom";
/// Version of each notice: it goes up with every change of its words.
pub const NOTICE_VERSION: u32 = 1;

sentences! {
    /// The notice that goes with everything that is shown.
    NOTICE = "share.notice",
        "This belongs to {who}, who shows it to you and to nobody else. Please don't copy it or pass it on. They can stop at any time.";
    /// The second statement of 42 CFR 2.32(a), as of 2024, word for word: for what is shown to somebody who works for a program under that rule.
    NOTICE_42CFR2 = "share.notice_42cfr2", "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";
    /// The purpose where the participant writes none; in their voice.
    PURPOSE_DEFAULT = "share.purpose_default", "Because I want you to see it";
    /// Before a share, and on the receipt: who, what, until when, and what cannot be undone.
    RECEIPT = "share.receipt",
        "{who} will see: {what}. Until: {until}. You can stop any time. What has been read by then can't be unread.";
    /// The scope of a consent: one entry and its parts. It never holds words of the entry, not even its title.
    SCOPE = "share.scope", "One entry: {parts}";
    /// The same, where one part alone is shown.
    SCOPE_ONLY = "share.scope_only", "One entry: {parts} only";
    /// A part: the body.
    PART_WORDS = "share.part.words", "words";
    /// A part: passages of the body.
    PART_PASSAGES = "share.part.passages", "passages of the words";
    /// A part.
    PART_TITLE = "share.part.title", "title";
    /// A part.
    PART_FEELINGS = "share.part.feelings", "feelings";
    /// A part.
    PART_TAGS = "share.part.tags", "tags";
    /// A part.
    PART_ATTACHMENTS = "share.part.attachments", "photos, sounds and files";
    /// A part: the words for what attachments show.
    PART_CAPTIONS = "share.part.captions", "what they show, in words";
    /// A part: how pleasant it was, as a number.
    PART_VALENCE = "share.part.valence", "how pleasant it was";
    /// A part: who was there.
    PART_PEOPLE = "share.part.people", "the people in it";
    /// A part: the participant's word for the place.
    PART_PLACE = "share.part.place", "the word for the place";
    /// A part: when it happened, to the month.
    PART_MONTH = "share.part.month", "the month";
    /// A part: when it happened, to the day.
    PART_DAY = "share.part.day", "the day";
    /// A part: when it happened, to the minute.
    PART_TIME = "share.part.time", "the time";
    /// An end.
    UNTIL_YOU_STOP = "share.until.you_stop", "you stop";
    /// An end.
    UNTIL_DAY = "share.until.day", "{day}, or you stop";
    /// An end.
    UNTIL_RELATIONSHIP = "share.until.relationship", "you and {who} end this, or you stop";
    /// How to stop; part of every consent.
    HOW_TO_STOP = "share.how_to_stop", "Choose \"Stop sharing\". It takes one step and no reason.";
    /// A share that waits.
    HELD = "share.held", "This leaves your device at {time}. You can cancel until then, and nothing will have been sent.";
    /// A share that was cancelled while it waited.
    CANCELLED = "share.cancelled", "Cancelled. Nothing left this device.";
    /// A share, in a list.
    SHARED = "share.shared", "Shared with {who}. {what}. Until: {until}.";
    /// After a stop.
    STOPPED = "share.stopped", "Stopped. {who} can no longer open this here. What has already been read can't be unread.";
    /// After a share was narrowed.
    NARROWED = "share.narrowed", "{who} sees less now: {what}. Until: {until}. What has already been read can't be unread.";
    /// After a share was narrowed without connection.
    NARROWED_OFFLINE = "share.narrowed_offline",
        "Decided on this device. {who} still sees what they saw until this device is online; then: {what}. Until: {until}. What has already been read can't be unread.";
    /// After a stop without connection.
    STOPPED_OFFLINE = "share.stopped_offline",
        "Stopped on this device. {who} can still open it until this device is online. What has already been read can't be unread.";
    /// Until the other side has confirmed.
    STOP_NOT_CONFIRMED = "share.stop_not_confirmed",
        "The relay no longer has it. {who}'s app removes its copy when it next connects.";
    /// A share that came to its date.
    EXPIRED = "share.expired", "This share came to its end on {day}. What has already been read can't be unread.";
    /// To the participant, where they put a gate in front of a share.
    GATED = "share.gated", "A gate is in front of it: nobody can open it for the first time without the network. If you stop it before that, it stays shut, whatever app they use.";
    /// To the participant, where they chose for how long it is read without the network.
    LEASE = "share.lease", "Days that {who}'s app lets it be read without the network: {count}. Another app may not keep to that.";
    /// The same, where they chose none.
    LEASE_OF_NO_DAYS = "share.lease_of_no_days", "{who}'s app opens it only after reaching the network, each time. Another app may not keep to that.";
    /// In the list of shares: that something has left, as this device knows.
    RELEASED = "share.released", "It left on {time}. That is certain.";
    /// In the list of shares, as the relay tells.
    TAKEN = "share.taken", "The relay first handed out what opens it on {day}. From then on it could be read.";
    /// In the list of shares, as the other's app tells.
    OPENED = "share.opened", "{who} opened it first on {time}. That is what their app told.";
    /// In the list of shares, as the other's app tells.
    PURGED = "share.purged", "It was removed from {who}'s device on {time}. That is what their app told.";
    /// To the specialist, under the list.
    OPENING_IS_TOLD = "share.opening_is_told", "When you open something for the first time, the one who shows it to you can see that.";
    /// To the specialist, after they saved a text of their own that holds words that are shown to them.
    HOLDS_SHARED_WORDS = "share.holds_shared_words",
        "Some of this stands word for word in what somebody shows you. They can stop showing it, and here it would stay. What you learned from it can stand in your own words.";
    /// Below photos, sounds and files, where a screen cannot show them.
    SHOWN_IN_AN_APP = "share.shown_in_an_app", "Photos, sounds and files are shown in an app. Nothing here makes a file of them.";
    /// To the specialist, where nothing of this id is to be read.
    NO_LONGER_HERE = "share.no_longer_here", "Nothing of this id is shown to you here. It may have been stopped.";
    /// To the specialist, where something was.
    NO_LONGER_SHARED = "share.no_longer_shared", "This is no longer shared. It was removed from this device.";
    /// To the specialist, before their first look.
    THEIR_WORDS_FIRST = "share.their_words_first", "This is what {who} has said matters.";
    /// To the specialist, when nothing is shared.
    NOTHING_SHARED = "share.nothing_shared", "Nothing is shared with you here.";
    /// After everything was stopped at once.
    ALL_STOPPED = "share.all_stopped", "Stopped. Nothing you showed can be opened any more once their apps have heard of it, and you have paused with everybody. What has already been read can't be unread.";
    /// After something was put over the people here.
    PEOPLE_HIDDEN = "share.people_hidden", "Set. Your people, and what you share and say, are hidden on this device until it is typed. It hides them and seals nothing: whoever has the key can read them.";
    /// To the participant, before an invitation.
    INVITE = "share.invite", "{who} will see your name, and nothing else until you choose.";
    /// To both: the digits to compare.
    COMPARE = "share.compare", "Ask {who} which digits they see. Yours are: {digits}.";
    /// After the end of a relationship.
    ENDED = "share.ended", "You and {who} have ended this here. Nothing more will be shown. What has already been read can't be unread.";
}

/// How exactly the time is shown, for [`scope_sentence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownTime {
    /// Not at all.
    None,
    /// The month.
    Month,
    /// The day.
    Day,
    /// The time of day too.
    Exact,
}

/// The parts of one entry that are shown, for [`scope_sentence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownParts {
    /// The body.
    pub words: bool,
    /// Of the body passages alone.
    pub passages: bool,
    /// The title.
    pub title: bool,
    /// Feelings.
    pub feelings: bool,
    /// Tags.
    pub tags: bool,
    /// Attachments.
    pub attachments: bool,
    /// What attachments show, in words; counts with them alone.
    pub captions: bool,
    /// How pleasant it was.
    pub valence: bool,
    /// Who was there.
    pub people: bool,
    /// The word for the place.
    pub place: bool,
    /// When it happened.
    pub time: ShownTime,
}

/// The scope of a consent as a sentence: which parts of one entry are shown, and no word of it.
pub fn scope_sentence(parts: impl Into<ShownParts>) -> String {
    let ShownParts {
        words,
        passages,
        title,
        feelings,
        tags,
        attachments,
        captions,
        valence,
        people,
        place,
        time,
    } = parts.into();
    let parts = [
        (words, if passages { PART_PASSAGES } else { PART_WORDS }),
        (title, PART_TITLE),
        (feelings, PART_FEELINGS),
        (tags, PART_TAGS),
        (attachments, PART_ATTACHMENTS),
        (attachments && captions, PART_CAPTIONS),
        (valence, PART_VALENCE),
        (people, PART_PEOPLE),
        (place, PART_PLACE),
    ];
    let mut parts: Vec<&str> = parts
        .into_iter()
        .filter(|(shown, _)| *shown)
        .map(|(_, part)| part.text)
        .collect();
    parts.extend(match time {
        ShownTime::None => None,
        ShownTime::Month => Some(PART_MONTH.text),
        ShownTime::Day => Some(PART_DAY.text),
        ShownTime::Exact => Some(PART_TIME.text),
    });
    let sentence = if parts.len() == 1 { SCOPE_ONLY } else { SCOPE };
    sentence.with(&[("parts", &parts.join(", "))])
}

/// The notice that goes with what `who` shows.
pub fn notice(who: &str) -> String {
    NOTICE.with(&[("who", who)])
}

/// The sentence before a share: who will see what until when, and what cannot be undone. `what` is a [`scope_sentence`], `until` one
/// of the three below.
pub fn receipt(who: &str, what: &str, until: &str) -> String {
    RECEIPT.with(&[("who", who), ("what", what), ("until", until)])
}

/// The end "when you stop", for a receipt.
pub fn until_you_stop() -> String {
    UNTIL_YOU_STOP.text.to_owned()
}

/// The end "on a day", for a receipt.
pub fn until_day(day: &str) -> String {
    UNTIL_DAY.with(&[("day", day)])
}

/// The end "with the relationship", for a receipt.
pub fn until_relationship(who: &str) -> String {
    UNTIL_RELATIONSHIP.with(&[("who", who)])
}

/// After a stop.
pub fn stopped(who: &str) -> String {
    STOPPED.with(&[("who", who)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(words: bool, title: bool, feelings: bool, tags: bool, time: ShownTime) -> String {
        scope_sentence(ShownParts {
            words,
            passages: false,
            title,
            feelings,
            tags,
            attachments: false,
            captions: false,
            valence: false,
            people: false,
            place: false,
            time,
        })
    }

    #[test]
    fn a_receipt_says_who_what_until_when_and_what_cannot_be_undone() {
        for until in [until_you_stop(), until_day("2026-12-24"), until_relationship("Dee")] {
            let what = parts(true, false, false, false, ShownTime::None);
            let receipt = receipt("Dee", &what, &until);
            for element in [
                "Dee will see",
                "One entry: words only",
                until.as_str(),
                "stop any time",
                "can't be unread",
            ] {
                assert!(receipt.contains(element), "{element} in {receipt}");
            }
            assert!(until.contains("you stop"), "stopping is always named: {until}");
        }
    }

    #[test]
    fn a_scope_names_exactly_its_parts() {
        let sound = |attachments| {
            scope_sentence(ShownParts {
                words: false,
                passages: false,
                title: false,
                feelings: false,
                tags: false,
                attachments,
                captions: true,
                valence: false,
                people: attachments,
                place: attachments,
                time: ShownTime::Day,
            })
        };
        assert_eq!(
            sound(true),
            "One entry: photos, sounds and files, what they show, in words, the people in it, the word for the place, the day"
        );
        assert_eq!(sound(false), "One entry: the day only");
        assert_eq!(
            parts(true, true, false, false, ShownTime::Day),
            "One entry: words, title, the day"
        );
        assert_eq!(
            parts(false, false, true, true, ShownTime::Exact),
            "One entry: feelings, tags, the time"
        );
        assert_eq!(
            parts(true, false, false, false, ShownTime::Month),
            "One entry: words, the month"
        );
    }

    #[test]
    fn what_is_certain_of_who_saw_what_is_said_to_be_and_the_rest_says_who_told_it() {
        assert!(RELEASED.text.contains("That is certain"));
        for (told, by) in [
            (OPENED, "their app told"),
            (PURGED, "their app told"),
            (TAKEN, "The relay"),
        ] {
            assert!(told.text.contains(by) && !told.text.contains("certain"), "{}", told.id);
        }
    }

    #[test]
    fn every_sentence_about_stopping_says_what_stays() {
        for sentence in [
            RECEIPT,
            STOPPED,
            STOPPED_OFFLINE,
            NARROWED,
            NARROWED_OFFLINE,
            EXPIRED,
            ENDED,
        ] {
            assert!(sentence.text.contains("can't be unread"), "{}", sentence.id);
        }
    }

    #[test]
    fn the_words_of_each_notice_stand_and_the_generic_one_claims_no_law() {
        assert_eq!(
            notice("Marisol"),
            "This belongs to Marisol, who shows it to you and to nobody else. Please don't copy it or pass it on. They can stop at any time."
        );
        assert_eq!(
            NOTICE_42CFR2.text,
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
        );
        let generic = notice("").to_lowercase();
        for claim in ["cfr", "federal", "law", "prohibit", "hipaa"] {
            assert!(!generic.contains(claim), "{claim}");
        }
    }

    #[test]
    fn what_goes_into_a_consent_fits_it_and_has_no_open_place() {
        assert!(notice(&"x".repeat(crate::limits::NAME_CHARACTERS_MAX)).len() < crate::limits::PURPOSE_CHARACTERS_MAX);
        for sentence in [HOW_TO_STOP, PURPOSE_DEFAULT, NOTICE_42CFR2] {
            assert!(sentence.text.len() < crate::limits::PURPOSE_CHARACTERS_MAX);
            assert_eq!(sentence.places().count(), 0, "{}", sentence.id);
        }
    }
}
