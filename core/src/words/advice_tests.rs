#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
use super::*;

/// Questions that are closed in one way or another, and what is noticed of each.
const CLOSED_QUESTIONS: [(&str, &[Notice]); 20] = [
    ("Do you feel better today?", &[Notice::Closed]),
    ("Did you go to the meeting?", &[Notice::Closed]),
    ("Are you okay?", &[Notice::Closed]),
    ("Is it the same as last week?", &[Notice::Closed]),
    ("Have you tried walking?", &[Notice::Closed]),
    ("Can you talk to your sister?", &[Notice::Closed]),
    ("Will you go back?", &[Notice::Closed]),
    ("Would it help to call somebody?", &[Notice::Closed]),
    ("Could you sleep?", &[Notice::Closed]),
    ("Were you alone?", &[Notice::Closed]),
    ("Has anything changed?", &[Notice::Closed]),
    ("Should that stay between you two?", &[Notice::Closed]),
    ("And do you want that?", &[Notice::Closed]),
    ("So, is that what you meant?", &[Notice::Closed]),
    ("Don't you think that it was enough?", &[Notice::Closed, Notice::Leads]),
    ("Why did you leave?", &[Notice::AsksWhy]),
    ("How come you said yes?", &[Notice::AsksWhy]),
    ("That was hard, right?", &[Notice::Leads]),
    ("What happened and how did you take it?", &[Notice::Several]),
    ("What would you like? What else?", &[Notice::Several]),
];

const OPEN_QUESTIONS: [&str; 20] = [
    "What was that like for you?",
    "How was the evening?",
    "What would you like me to know about it?",
    "What stands out when you think of it?",
    "How do you picture the next days?",
    "What helped, if anything did?",
    "Where do you notice it?",
    "Who is around when it gets like that?",
    "What does the word mean to you?",
    "How did the song come into it?",
    "What matters most to you in this?",
    "What would a good enough day look like?",
    "When does it feel lighter?",
    "How would you like this time to go?",
    "What part of it stays with you?",
    "Which of these would you rather leave alone?",
    "What else is there?",
    "How is it to read that again?",
    "What do you make of it?",
    "In what way does the place matter?",
];

#[test]
fn closed_questions_are_noticed_and_open_ones_are_not() {
    for (question, expected) in CLOSED_QUESTIONS {
        let noticed: Vec<Notice> = advise(question, true).iter().map(|one| one.notice).collect();
        assert_eq!(noticed, expected, "{question}");
    }
    for question in OPEN_QUESTIONS {
        assert_eq!(advise(question, true), [], "{question}");
    }
    // Without its mark it is a question all the same, where one is meant.
    assert!(!advise("Are you okay", true).is_empty());
    assert_eq!(advise("Are you okay", false), []);
}

#[test]
fn language_that_directs_is_noticed() {
    for text in [
        "You should rest.",
        "I think you need to call her.",
        "You have to let go.",
        "You must try it.",
        "Just try a walk.",
        "At least you slept.",
        "You'd better not.",
        "You’d better not.",
        "If I were you, I would stay.",
        "Trust me on this.",
        "Just breathe.",
        "You could just call her.",
        "Why not just say it?",
        "When that comes, just wait.",
        "At least that is over.",
        "At least you tried.",
        "But at least there was the dog.",
    ] {
        assert!(directs(text), "{text}");
    }
    for text in [
        "I felt lost for a year, and then less so.",
        "What you need, you know best.",
        "It took me three tries.",
        "They told me that I should rest.",
        "At last it rained.",
        "I just sat there.",
        "It was just quiet.",
        "That took me at least a year.",
        "We walked for at least 20 minutes.",
        "Just now it rained.",
        "We had at least the dog.",
        "It felt unjust, and I had to adjust.",
    ] {
        assert!(!directs(text), "{text}");
    }
}

#[test]
fn a_little_word_that_directs_is_marked_where_it_stands() {
    for (text, marked) in [
        ("It’s late, so just rest.", "just"),
        ("Well, at least it rained.", "at least"),
    ] {
        let advice = advise(text, false);
        assert_eq!(advice.len(), 1, "{advice:?}");
        assert_eq!(text.get(advice[0].at.clone()), Some(marked));
    }
}

#[test]
fn ways_of_contact_are_noticed_and_ordinary_numbers_are_not() {
    for (text, marked) in [
        ("Call me: +49 30 1234567.", "+49 30 1234567"),
        ("My mail is dee@example.org, write there.", "dee@example.org"),
        ("I am @dee_walks there.", "@dee_walks"),
        ("See https://example.org/me for more", "https://example.org/me"),
        ("(030) 123-45-67", "030) 123-45-67"),
    ] {
        let advice = advise(text, false);
        let contact = advice.iter().find(|one| one.notice == Notice::Contact).unwrap();
        assert_eq!(text.get(contact.at.clone()), Some(marked), "{text}");
    }
    for text in [
        "At 10:30 on 12 May 2026.",
        "Room 204, 3rd floor.",
        "I waited 45 minutes @ the door.",
    ] {
        let found = advise(text, false);
        assert!(
            found.iter().all(|one| one.notice != Notice::Contact),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn marks_stand_where_the_words_do_with_curly_apostrophes_too() {
    let text = "It’s hard, and you’d better rest. It isn’t over.";
    let advice = advise(text, false);
    assert_eq!(advice.len(), 1);
    assert_eq!(text.get(advice[0].at.clone()), Some("you’d better"));
}

#[test]
fn every_notice_has_its_code() {
    for (notice, code) in Notice::ALL {
        assert_eq!(notice.code(), code);
    }
}

#[test]
fn letters_whose_length_changes_with_their_case_move_no_mark() {
    for before in ["?Ƛ?Ⱥ", "İ ’Ⱥ’ ẞ. "] {
        let text = format!("{before} You should go.");
        let found = advise(&text, false);
        let directs = found.iter().find(|one| one.notice == Notice::Directs).unwrap();
        assert_eq!(text.get(directs.at.clone()), Some("You should"), "{before}");
        assert!(found.iter().all(|one| text.get(one.at.clone()).is_some()));
    }
}

proptest::proptest! {
    #[test]
    fn advice_is_total_and_its_marks_are_in_the_text(text in "\\PC{0,80}", is_question in proptest::prelude::any::<bool>()) {
        for advice in advise(&text, is_question) {
            proptest::prop_assert!(text.get(advice.at.clone()).is_some(), "{advice:?}");
        }
    }
}
