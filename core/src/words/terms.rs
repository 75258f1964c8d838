//! Between two people: what is declared, what is agreed on, pausing, ending.

use super::sentence::{Sentence, sentences};

sentences! {
    /// A question of the working agreement; each may stay without an answer.
    WANT_FROM_THIS = "terms.want_from_this", "What would make this time together good for you?";
    /// A question.
    HOW_SUPPORT = "terms.how_support", "How can somebody who comes along be of use to you?";
    /// A question.
    HOW_OFTEN = "terms.how_often", "How often do you want to hear from each other, and how?";
    /// A question.
    SPECIALIST_OFFERS = "terms.specialist_offers", "What does the specialist bring?";
    /// A question.
    SPECIALIST_NEEDS = "terms.specialist_needs", "What does the specialist need?";
    /// A question.
    OUTSIDE_CONTACT = "terms.outside_contact", "What about contact outside of this?";
    /// A question.
    IF_WE_DISAGREE = "terms.if_we_disagree", "What do you do when you see something differently?";
    /// A question.
    HOW_WE_END = "terms.how_we_end", "How would you like to end, when the time comes?";
    /// A declaration: no prior connection.
    PRIOR_NONE = "terms.prior.none", "{who} does not know you from elsewhere.";
    /// A declaration.
    PRIOR_FAMILY = "terms.prior.family", "{who} and you are of one family.";
    /// A declaration.
    PRIOR_FRIEND = "terms.prior.friend", "{who} and you are friends.";
    /// A declaration.
    PRIOR_WORK = "terms.prior.work", "{who} and you meet at work.";
    /// A declaration.
    PRIOR_GROUP = "terms.prior.group", "{who} and you are in the same group.";
    /// A declaration.
    PRIOR_OTHER = "terms.prior.other", "{who} knows you from elsewhere.";
    /// A declaration: what cannot stay between the two.
    LIMITS = "terms.limits", "What {who} can't keep to themselves: {limits}";
    /// A declaration: how the specialist wants to be spoken of.
    PRONOUNS = "terms.pronouns", "{who}'s pronouns: {words}";
    /// A declaration: for whom they work.
    ORGANISATION = "terms.organisation", "{who} works for: {words}";
    /// A declaration: what they are certified as.
    CERTIFICATION = "terms.certification", "{who}'s certification, as they say it (nobody checks it here): {words}";
    /// A declaration: which languages they speak, by their tags.
    LANGUAGES = "terms.languages", "{who} speaks: {words}";
    /// A declaration: the areas of experience that are named in it, each on a line of its own.
    EXPERIENCE = "terms.experience", "What {who} knows from their own life, and says so:";
    /// To the participant, before a declaration.
    NOT_DECLARED = "terms.not_declared", "{who} has not said yet how they know you and what they can't keep to themselves.";
    /// To the specialist, before their own declaration.
    DECLARED = "terms.declared", "What you have said to {who}:";
    /// There is no agreement.
    NO_AGREEMENT = "terms.no_agreement", "Nothing is agreed on yet. Either of you can propose something; every answer may stay empty.";
    /// An agreement that counts.
    IN_FORCE = "terms.in_force", "Both of you have accepted these words.";
    /// One that waits for the other.
    ACCEPTED = "terms.accepted", "You have accepted these words. They count once {who} has accepted them too.";
    /// One that waits for this person.
    TO_ACCEPT = "terms.to_accept", "{who} has accepted these words. They count once you have accepted them too.";
    /// An agreement that lets the specialist say one thing more.
    CLOSING_WORDS = "terms.closing_words", "After the end the specialist may say one thing more.";
    /// A day on which the two look at it again.
    REVIEW_ON = "terms.review_on", "You look at it again on {day}.";
    /// After a pause began.
    PAUSED = "terms.paused", "Paused. Nothing new is shown or said here until you go on. What was shown before stays.";
    /// The other has paused.
    PAUSED_BY_OTHER = "terms.paused_by_other", "{who} has paused. Nothing new is shown or said here until they go on.";
    /// After a pause.
    GONE_ON = "terms.gone_on", "You have gone on. What waited here goes out with the next connection.";
    /// The words of a specialist who called it off on a device that had not heard yet that the two had met.
    CALLED_OFF = "terms.called_off", "This was called off before it began.";
    /// The other has ended it, with a word.
    GOODBYE = "terms.goodbye", "{who} has ended this, and says: {words}";
    /// The other has ended it.
    GOODBYE_SILENT = "terms.goodbye_silent", "{who} has ended this.";
}

/// The questions of a working agreement, in their order, by their codes.
pub const QUESTIONS: [(&str, Sentence); 8] = [
    ("want_from_this", WANT_FROM_THIS),
    ("how_support", HOW_SUPPORT),
    ("how_often", HOW_OFTEN),
    ("specialist_offers", SPECIALIST_OFFERS),
    ("specialist_needs", SPECIALIST_NEEDS),
    ("outside_contact", OUTSIDE_CONTACT),
    ("if_we_disagree", IF_WE_DISAGREE),
    ("how_we_end", HOW_WE_END),
];

/// How `who` knows the participant, by the code of the connection.
pub fn prior_connection(code: &str, who: &str) -> String {
    let sentence = match code {
        "none" => PRIOR_NONE,
        "family" => PRIOR_FAMILY,
        "friend" => PRIOR_FRIEND,
        "work" => PRIOR_WORK,
        "group" => PRIOR_GROUP,
        _ => PRIOR_OTHER,
    };
    sentence.with(&[("who", who)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{PriorConnection, Question};

    #[test]
    fn every_question_and_every_connection_has_its_words() {
        assert_eq!(QUESTIONS.map(|(code, _)| code), Question::ALL.map(Question::code));
        let said = PriorConnection::ALL.map(|one| prior_connection(one.code(), "Dee"));
        let mut all = said.to_vec();
        all.dedup();
        assert_eq!(all.len(), said.len());
        assert!(said.iter().all(|sentence| sentence.starts_with("Dee")));
    }
}
