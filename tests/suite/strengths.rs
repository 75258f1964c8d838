//! Strengths that a specialist named, kept by the participant: once, with whose words they are, and without a sign of it to anybody.

use super::messages::refused;
use cairn_core::id::{MessageId, StatementId};
use cairn_core::profile::{DefaultSection, Statement, StatementDraft};
use cairn_core::support::{About, Saying, SupportWanted, Unfit};
use cairn_core::vault::{Error, NewMessage, read_profile};
use cairn_tests::{Device, Two, plain_share};
use cairn_wire::SpaceId;
use chrono_tz::Tz;
use std::collections::BTreeSet;

const STRENGTH: &str = "You stayed all the same.";

fn strengths(device: &Device) -> Vec<Statement> {
    let profile = read_profile(device.engine.store().view()).unwrap();
    profile.statements_of(DefaultSection::Strengths.id()).cloned().collect()
}

fn kept(device: &Device, id: StatementId) -> Statement {
    let [statement] = strengths(device).try_into().unwrap();
    assert_eq!(statement.id, id);
    statement
}

/// How far the log of the two has come, and the specialist's whole database.
fn hers(two: &Two) -> (u64, Vec<u8>) {
    let space = SpaceId::from_bytes(two.dee.card().relationship.space.unwrap());
    let row = two.dee.engine.store().view().space(space).unwrap().unwrap();
    (row.head_n, two.dee.engine.store().decrypted_pages().unwrap())
}

/// What is said about something that is shared, in this order; nobody has looked at any of it.
fn acknowledged(two: &mut Two, strengths: &[&str]) -> Vec<MessageId> {
    let entry = two.phone.write("The night.");
    let mut new = plain_share(two.id, entry);
    new.wanted = Some(SupportWanted::LISTENING);
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.dee.engine.open_shared(share).unwrap();
    two.dee.engine.open_preferences(two.theirs).unwrap();
    let said = strengths.iter().map(|strength| {
        let saying = Saying::Acknowledgement {
            strength: (*strength).to_owned(),
        };
        let message = NewMessage::new(saying, "I have read it.").about(About::Share(share));
        two.dee.engine.say_message(two.theirs, message).unwrap()
    });
    let said = said.collect();
    two.settle();
    said
}

fn look(device: &mut Device) {
    let id = device.card().relationship.id;
    device.engine.messages(id, Tz::UTC, None, 200).unwrap();
}

#[test]
fn a_strength_is_named_in_few_words() {
    let mut two = Two::agreed(3);
    let [longest] = acknowledged(&mut two, &["s".repeat(280).as_str()]).try_into().unwrap();
    look(&mut two.phone);
    let id = two.phone.engine.keep_strength(two.id, longest).unwrap();
    assert_eq!(kept(&two.phone, id).text.len(), 280);
    let saying = Saying::Acknowledgement {
        strength: "s".repeat(281),
    };
    let longer = NewMessage::new(saying, "I have read it.").about(About::Message(longest));
    assert_eq!(refused(two.dee.engine.say_message(two.theirs, longer)), Unfit::TooLong);
}

#[test]
fn a_strength_is_kept_once_with_whose_words_it_is_and_it_is_private() {
    let mut two = Two::agreed(1);
    let [named, silent] = acknowledged(&mut two, &[STRENGTH, " "]).try_into().unwrap();
    assert!(
        matches!(two.phone.engine.keep_strength(two.id, named), Err(Error::NotFound)),
        "what was not shown yet is not theirs to keep"
    );
    look(&mut two.phone);
    let words = NewMessage::new(Saying::Words, "Thank you.");
    let own = two.phone.engine.say_message(two.id, words).unwrap();
    assert!(matches!(
        two.phone.engine.keep_strength(two.id, own),
        Err(Error::NotFound)
    ));
    assert_eq!(refused(two.phone.engine.keep_strength(two.id, silent)), Unfit::Silent);
    assert_eq!(
        refused(two.dee.engine.keep_strength(two.theirs, named)),
        Unfit::NotYours
    );
    assert_eq!(strengths(&two.phone), []);

    let id = two.phone.engine.keep_strength(two.id, named).unwrap();
    assert_eq!(two.phone.engine.keep_strength(two.id, named).unwrap(), id);
    let statement = kept(&two.phone, id);
    let by = two.phone.card().relationship.peer.unwrap().name;
    assert_eq!((statement.text.as_str(), statement.offered_by), (STRENGTH, by.clone()));
    assert!(!statement.is_shareable && statement.stance.is_none() && statement.because.is_empty());
    // Whether it may be shown changes nothing of whose words they are; other words are one's own.
    let shown = StatementDraft {
        is_shareable: true,
        ..StatementDraft::of(&kept(&two.phone, id))
    };
    two.phone.engine.revise_statement(id, shown).unwrap();
    assert_eq!(kept(&two.phone, id).offered_by, by);
    two.phone.engine.set_statement(id, "I stay.", None).unwrap();
    assert_eq!(kept(&two.phone, id).offered_by, "");
    two.phone.engine.keep_strength(two.id, named).unwrap();
    assert_eq!(kept(&two.phone, id).text, "I stay.", "what was made of it since stays");
}

#[test]
fn no_sign_of_a_kept_strength_reaches_the_specialist_and_two_devices_keep_one() {
    let mut two = Two::agreed(2);
    let mut tablet = Device::new(&two.world, 2, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    let shown = BTreeSet::from([DefaultSection::Strengths.id()]);
    let draft = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new("I cook.")
    };
    let own = two
        .phone
        .engine
        .write_statement(DefaultSection::Strengths.id(), draft)
        .unwrap();
    two.phone.engine.show_sections(two.id, &shown).unwrap();
    let [named] = acknowledged(&mut two, &[STRENGTH]).try_into().unwrap();
    for _ in 0..2 {
        tablet.sync(&two.world);
        two.settle();
    }
    look(&mut two.phone);
    look(&mut tablet);
    two.settle();
    let before = hers(&two);
    let id = two.phone.engine.keep_strength(two.id, named).unwrap();
    let mine = tablet.card().relationship.id;
    assert_eq!(tablet.engine.keep_strength(mine, named).unwrap(), id);
    for _ in 0..2 {
        two.phone.sync(&two.world);
        tablet.sync(&two.world);
    }
    two.dee.sync(&two.world);
    for device in [&two.phone, &tablet] {
        let ids: BTreeSet<StatementId> = strengths(device).into_iter().map(|one| one.id).collect();
        assert_eq!(ids, BTreeSet::from([own, id]));
    }
    let after = hers(&two);
    assert_eq!(after.0, before.0, "nothing was added to what the two have in common");
    assert!(!two.dee.card().has_new_preferences);
}
