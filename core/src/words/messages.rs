//! What people say to each other, and what goes with it.

use super::sentence::{Sentence, sentences};

sentences! {
    /// What is wanted with something that is shared, or asked for; `{what}` are the parts below.
    WANTED = "messages.wanted", "Wanted: {what}";
    /// A part of it.
    LISTENING = "messages.wanted.listening", "to be listened to";
    /// A part of it.
    IDEAS = "messages.wanted.ideas", "ideas";
    /// A part of it.
    COMPANY = "messages.wanted.company", "company";
    /// A part of it.
    PRACTICAL_HELP = "messages.wanted.practical_help", "practical help";
    /// A part of it.
    QUESTIONS = "messages.wanted.questions", "questions";
    /// A part of it.
    JUST_READING = "messages.wanted.just_reading", "that it is read, and nothing else";
    /// A part of it.
    THEIR_STORY = "messages.wanted.their_story", "how something similar went for the reader";
    /// To the participant, where a message did not fit.
    UNFIT = "messages.unfit", "One message did not fit what you have agreed on, and is not shown.";
    /// To the participant, where something waits for a yes.
    WITHHELD = "messages.withheld", "{who} has an idea. It is shown if you say yes.";
    /// To the specialist, after something was said.
    IN_THEIR_HOURS = "messages.in_their_hours", "It arrives in the hours when {who} takes messages.";
    /// To the participant, after something was said.
    ON_ITS_WAY = "messages.on_its_way", "Kept, and sent with the next connection.";
    /// To the specialist, where the preferences have changed.
    RETURNED = "messages.returned", "Not sent: their preferences have changed since. Open them, then look at this again.";
    /// Where a message is about something that is shared no more.
    NO_LONGER_SHARED = "messages.no_longer_shared", "This is about something that is no longer shared.";
    /// A correction, with what it corrects.
    NOT_MEANT_SO = "messages.not_meant_so", "Not meant like that: {words}";
    /// Nothing was said.
    NONE = "messages.none", "Nothing was said here yet.";
    /// After the wishes were set.
    WISHES_SET = "messages.wishes_set", "Kept. {who} sees it with the next connection, and messages keep to it.";
    /// After the hours were set.
    HOURS_SET = "messages.hours_set", "Kept for you alone. What comes at other times waits here without a word.";
    /// Where it is more for the one who tells.
    KEEP_IT = "messages.keep_it", "You can keep it for yourself. Nobody hears of this.";
    /// After a look at oneself.
    REFLECTED = "messages.reflected", "Kept here, for you alone.";
    /// Of the last messages, how many were of one's own experience.
    OWN_STORIES = "messages.own_stories", "Of your last {count} messages here, {what} were of your own experience.";
    /// After a strength that was named was kept.
    STRENGTH_KEPT = "messages.strength_kept", "Kept in your profile, for you alone. Nobody is told.";
    /// After a question that was asked was kept.
    QUESTION_KEPT = "messages.question_kept", "Kept with your own questions to write from. Nobody is told.";
    /// With the wishes: what is shown is listened to first.
    LISTEN_FIRST = "messages.listen_first", "What you show is acknowledged or asked about first.";
    /// With the wishes: the first thing said about it may be anything but a story.
    LISTEN_FIRST_OFF = "messages.listen_first_off", "About what you show, anything but a story may come first.";
    /// With the wishes: a story that says what to do is kept back.
    NO_DIRECTING = "messages.no_directing", "A story that says what to do is kept from you, as far as its words are known.";
    /// With the wishes: it is not.
    NO_DIRECTING_OFF = "messages.no_directing_off", "A story that says what to do is shown too.";
    /// After feedback was kept.
    FEEDBACK_KEPT = "messages.feedback_kept", "Kept for you alone. It is sent if you say so, now or later.";
    /// After feedback was sent.
    FEEDBACK_SENT = "messages.feedback_sent", "On its way to {who}, who is asked to respond. Nothing more is expected of you.";
    /// With feedback that was sent: there is no response yet.
    NO_RESPONSE_YET = "messages.no_response_yet", "No response yet.";
    /// With feedback that was sent: there is one.
    RESPONDED = "messages.responded", "There is a response.";
    /// To the specialist, above feedback that they have not responded to.
    RESPOND_FIRST = "messages.respond_first", "What has no response yet comes first. {who} sees here what you see.";
    /// Where no feedback was sent.
    NO_FEEDBACK_SENT = "messages.no_feedback_sent", "No feedback was sent here.";
}

/// The parts of what is wanted, by their codes.
pub const WANTED_PARTS: [(&str, Sentence); 7] = [
    ("listening", LISTENING),
    ("ideas", IDEAS),
    ("company", COMPANY),
    ("practical_help", PRACTICAL_HELP),
    ("questions", QUESTIONS),
    ("just_reading", JUST_READING),
    ("their_story", THEIR_STORY),
];

/// What is wanted, as a line, from its codes.
pub fn wanted(codes: impl IntoIterator<Item = &'static str>) -> String {
    let texts: Vec<&str> = codes
        .into_iter()
        .filter_map(|code| WANTED_PARTS.iter().find(|(known, _)| *known == code))
        .map(|(_, sentence)| sentence.text)
        .collect();
    WANTED.with(&[("what", &texts.join(", "))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::SupportWanted;

    #[test]
    fn everything_that_can_be_wanted_has_its_words() {
        assert_eq!(
            WANTED_PARTS.map(|(code, _)| code),
            SupportWanted::ALL.map(|(_, code)| code)
        );
        assert_eq!(wanted(["listening", "ideas"]), "Wanted: to be listened to, ideas");
    }
}
