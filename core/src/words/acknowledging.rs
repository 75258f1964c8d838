//! What makes a good acknowledgement, for a specialist who is about to write one. To be shown beside the field in which they write, never in it: there is nothing here
//! to be sent.

use super::sentence::sentences;

sentences! {
    /// Whose words it is made of.
    OWN_WORDS = "acknowledging.own_words", "Your own words are what counts here. The field stays empty until you write.";
    /// What it says.
    WHAT_WAS_HEARD = "acknowledging.what_was_heard", "You can say what you have heard, close to how they said it.";
    /// What they feel.
    THEIR_FEELINGS = "acknowledging.their_feelings", "Feelings keep the names that they gave them.";
    /// What it holds back.
    NOTHING_ELSE = "acknowledging.nothing_else", "Ideas, and how it was for you, can wait for another message.";
    /// A strength.
    A_STRENGTH = "acknowledging.a_strength", "If you saw a strength in it, you can name it. They decide whether to keep it.";
    /// How long it is.
    SHORT = "acknowledging.short", "A short one is enough.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::advice;

    #[test]
    fn what_is_said_about_acknowledging_holds_nothing_to_be_sent() {
        assert!(
            (1..=8).contains(&ALL.len()),
            "it is read while somebody waits to be heard"
        );
        for sentence in ALL {
            // No example to copy, and no gap to fill in.
            assert!(
                !sentence.text.contains(['"', '“', '”', '«', '…', '_', ':', '{']),
                "{}",
                sentence.id
            );
            assert!(sentence.text.ends_with('.'), "{}", sentence.id);
            // It asks of a specialist nothing that it would mark in what they write.
            assert_eq!(advice::advise(sentence.text, false), [], "{}", sentence.id);
        }
    }
}
