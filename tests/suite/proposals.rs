//! Words that a specialist proposes for somebody's preferences: asked for, and nothing but a message until the participant keeps them.

use super::messages::refused;
use cairn_core::id::MessageId;
use cairn_core::profile::{DefaultSection, Statement};
use cairn_core::support::{MessageState, Saying, Unfit};
use cairn_core::vault::{Error, NewMessage, read_profile};
use cairn_tests::{Device, Two};
use chrono_tz::Tz;

const WORDS: &str = "Mornings are slow for me.";

fn statements(device: &Device) -> Vec<Statement> {
    let profile = read_profile(device.engine.store().view()).unwrap();
    let of = |section: DefaultSection| profile.statements_of(section.id()).cloned().collect::<Vec<_>>();
    DefaultSection::ALL.into_iter().flat_map(of).collect()
}

fn say(two: &mut Two, saying: Saying, words: &str) -> Result<MessageId, Error> {
    let is_hers = saying.is_specialists();
    let (device, id) = match is_hers {
        true => (&mut two.dee, two.theirs),
        false => (&mut two.phone, two.id),
    };
    let said = device.engine.say_message(id, NewMessage::new(saying, words));
    two.settle();
    two.phone.engine.messages(two.id, Tz::UTC, None, 200).unwrap();
    said
}

#[test]
fn what_is_proposed_changes_nothing_before_the_participant_keeps_it_and_nobody_is_told_that_they_did() {
    let mut two = Two::agreed(1);
    two.dee.engine.open_preferences(two.theirs).unwrap();
    let unasked = Saying::Proposal {
        asked: MessageId::from_bytes([1; 16]),
    };
    assert_eq!(refused(say(&mut two, unasked, WORDS)), Unfit::NotAskedFor);
    let asked = say(&mut two, Saying::AskForProposal, "").unwrap();
    let proposal = say(&mut two, Saying::Proposal { asked }, WORDS).unwrap();
    let again = say(&mut two, Saying::Proposal { asked }, "And evenings too.");
    assert_eq!(refused(again), Unfit::NotAskedFor);

    let shown = two
        .phone
        .engine
        .messages(two.id, Tz::UTC, None, 200)
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!((shown.id, shown.state), (proposal, MessageState::Arrived));
    assert_eq!(statements(&two.phone), [], "it is a message and nothing else");
    let section = DefaultSection::Helps.id();
    assert_eq!(
        refused(two.dee.engine.keep_proposal(two.theirs, proposal, section)),
        Unfit::NotYours
    );
    assert!(matches!(
        two.phone.engine.keep_proposal(two.id, asked, section),
        Err(Error::NotFound)
    ));
    let before = two.dee.engine.store().decrypted_pages().unwrap();
    let kept = two.phone.engine.keep_proposal(two.id, proposal, section).unwrap();
    assert_eq!(two.phone.engine.keep_proposal(two.id, proposal, section).unwrap(), kept);
    let [statement] = statements(&two.phone).try_into().unwrap();
    let by = two.phone.card().relationship.peer.unwrap().name;
    assert_eq!(
        (
            statement.id,
            statement.section,
            statement.text.as_str(),
            statement.offered_by
        ),
        (kept, section, WORDS, by)
    );
    assert!(!statement.is_shareable);
    two.settle();
    assert!(
        two.dee.engine.store().decrypted_pages().unwrap() == before,
        "she is told nothing"
    );
    // In words of one's own, it is one's own.
    two.phone
        .engine
        .set_statement(kept, "I am slow in the morning.", None)
        .unwrap();
    two.phone.engine.keep_proposal(two.id, proposal, section).unwrap();
    let [statement] = statements(&two.phone).try_into().unwrap();
    assert_eq!(
        (statement.text.as_str(), statement.offered_by.as_str()),
        ("I am slow in the morning.", "")
    );
}

#[test]
fn two_devices_that_keep_it_apart_keep_one() {
    let mut two = Two::agreed(2);
    let mut tablet = Device::new(&two.world, 2, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    two.dee.engine.open_preferences(two.theirs).unwrap();
    let asked = say(&mut two, Saying::AskForProposal, "").unwrap();
    let proposal = say(&mut two, Saying::Proposal { asked }, WORDS).unwrap();
    for _ in 0..2 {
        tablet.sync(&two.world);
        two.settle();
    }
    let mine = tablet.card().relationship.id;
    tablet.engine.messages(mine, Tz::UTC, None, 200).unwrap();
    let section = DefaultSection::Helps.id();
    let kept = [
        two.phone.engine.keep_proposal(two.id, proposal, section).unwrap(),
        tablet.engine.keep_proposal(mine, proposal, section).unwrap(),
    ];
    assert_eq!(kept[0], kept[1]);
    for _ in 0..2 {
        two.phone.sync(&two.world);
        tablet.sync(&two.world);
    }
    for device in [&two.phone, &tablet] {
        assert_eq!(statements(device).len(), 1);
    }
}
