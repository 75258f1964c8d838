//! Questions that a specialist asked, kept by the participant to write from: once, where they say so, and without a sign of it to anybody.

use cairn_core::id::MessageId;
use cairn_core::profile::Prompt;
use cairn_core::support::{About, Saying, Unfit};
use cairn_core::vault::{Error, NewMessage, read_prompts};
use cairn_tests::{Device, Two};
use cairn_wire::SpaceId;
use chrono_tz::Tz;

const QUESTION: &str = "What does a morning feel like when it is a good one?";

fn own(device: &Device) -> Vec<Prompt> {
    let all = read_prompts(device.engine.store().view()).unwrap();
    all.into_iter().filter(|prompt| prompt.is_own).collect()
}

fn look(device: &mut Device) {
    let id = device.card().relationship.id;
    device.engine.messages(id, Tz::UTC, None, 200).unwrap();
}

/// Two who have agreed, and what the specialist asked; nobody has looked at it.
fn asked(seed: u64, saying: Saying, words: &str) -> (Two, MessageId) {
    let mut two = Two::agreed(seed);
    let said = two
        .dee
        .engine
        .say_message(two.theirs, NewMessage::new(saying, words))
        .unwrap();
    two.settle();
    (two, said)
}

/// How far the log of the two has come.
fn head(two: &Two) -> u64 {
    let space = SpaceId::from_bytes(two.dee.card().relationship.space.unwrap());
    two.dee.engine.store().view().space(space).unwrap().unwrap().head_n
}

#[test]
fn a_question_is_kept_once_with_who_asked_it_and_nobody_is_told() {
    let (mut two, question) = asked(1, Saying::OpenQuestion, QUESTION);
    assert!(own(&two.phone).is_empty(), "it is a message, and nothing more");
    assert!(
        matches!(two.phone.engine.keep_question(two.id, question), Err(Error::NotFound)),
        "what was not shown yet is not theirs to keep"
    );
    look(&mut two.phone);
    let before = (head(&two), two.dee.engine.store().decrypted_pages().unwrap());
    let kept = two.phone.engine.keep_question(two.id, question).unwrap();
    let mut tablet = two.second(1);
    look(&mut tablet);
    assert_eq!(
        tablet.engine.keep_question(two.id, question).unwrap(),
        kept,
        "once, on whichever device"
    );
    two.settle();
    tablet.sync(&two.world);
    for device in [&two.phone, &tablet] {
        let [prompt] = own(device).try_into().unwrap();
        assert_eq!((prompt.id.as_str(), prompt.text.as_str()), (kept.as_str(), QUESTION));
        assert_eq!(prompt.asked_by.as_deref(), Some("Dee"));
        let all = read_prompts(device.engine.store().view()).unwrap();
        assert_eq!(all.last().unwrap().id, kept, "behind all others");
    }
    assert!(
        (head(&two), two.dee.engine.store().decrypted_pages().unwrap()) == before,
        "nothing reaches the specialist"
    );
}

#[test]
fn it_is_the_participants_from_then_on() {
    let (mut two, question) = asked(2, Saying::OpenQuestion, QUESTION);
    look(&mut two.phone);
    let kept = two.phone.engine.keep_question(two.id, question).unwrap();
    two.phone.engine.set_prompt(&kept, "What is a good morning?").unwrap();
    two.phone.engine.hide_prompt(&kept, true).unwrap();
    assert_eq!(two.phone.engine.keep_question(two.id, question).unwrap(), kept);
    let [prompt] = own(&two.phone).try_into().unwrap();
    assert_eq!(prompt.text, "What is a good morning?", "what was made of it stays");
    assert!(prompt.hidden);
    two.phone.engine.end_relationship(two.id, "").unwrap();
    two.settle();
    assert_eq!(own(&two.phone).len(), 1, "it stays when the two part");
    two.phone.engine.remove_prompt(&kept).unwrap();
    assert!(own(&two.phone).is_empty());
}

#[test]
fn only_an_open_question_that_was_shown_is_kept_and_only_by_the_participant() {
    let (mut two, practical) = asked(3, Saying::Practical, "Shall we meet at ten?");
    let long = NewMessage::new(Saying::OpenQuestion, format!("What {}?", "so ".repeat(400)));
    let long = two.dee.engine.say_message(two.theirs, long).unwrap();
    two.settle();
    look(&mut two.phone);
    let refused = |result: Result<String, Error>| match result {
        Err(Error::Message(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(two.phone.engine.keep_question(two.id, practical)),
        Unfit::Nowhere
    );
    assert!(matches!(
        two.phone.engine.keep_question(two.id, long),
        Err(Error::Profile(_))
    ));
    assert_eq!(
        refused(two.dee.engine.keep_question(two.theirs, practical)),
        Unfit::NotYours
    );
    let words = NewMessage::new(Saying::Words, "Yes.").about(About::Message(practical));
    let mine = two.phone.engine.say_message(two.id, words).unwrap();
    two.settle();
    for message in [mine, MessageId::from_bytes([9; 16])] {
        assert!(matches!(
            two.phone.engine.keep_question(two.id, message),
            Err(Error::NotFound)
        ));
    }
    assert!(own(&two.phone).is_empty());
}
