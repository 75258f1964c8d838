//! In again.

use super::*;
use cairn_core::support::{
    Meeting, MeetingPart, MessageCard, RelationshipCard, ShareCard, ShareState, Status, TermsInvalid,
};
use cairn_core::vault::Error;

/// Everything that an app shows of people.
#[derive(Debug, PartialEq)]
struct Seen {
    people: Vec<RelationshipCard>,
    shares: Vec<ShareCard>,
    messages: Vec<MessageCard>,
    feedback: Vec<cairn_core::support::KeptFeedback>,
    wishes: Wishes,
    hours: ContactHours,
    meetings: Vec<Meeting>,
    receipts: Vec<cairn_core::exchange::Receipt>,
}

fn seen(vault: &Vault) -> Seen {
    let support = vault.support();
    let people = support.relationships().wait().unwrap();
    let shares = support.shares().wait().unwrap();
    let id = people[0].relationship.id;
    Seen {
        messages: support.messages(id, "UTC".to_owned(), None, 200).wait().unwrap(),
        feedback: support.feedback(id).wait().unwrap(),
        wishes: support.wishes(id).wait().unwrap(),
        hours: support.contact_hours(id).wait().unwrap(),
        meetings: support.meetings(id).wait().unwrap(),
        receipts: shares
            .iter()
            .map(|card| support.receipt(card.share.id()).wait().unwrap())
            .collect(),
        people,
        shares,
    }
}

/// The same without what no export holds: keys, what is withheld, and that something is shown now.
fn without_what_stays_behind(seen: Seen) -> Seen {
    use cairn_core::support::MessageState::{Unfit, Withheld};
    let mut seen = seen;
    for card in &mut seen.people {
        card.status = Status::Ended;
        card.kept_from = None;
        card.terms.declarations = card.terms.declarations.pop().into_iter().collect();
        let one = &mut card.relationship;
        one.persona.clear();
        (one.space, one.relay_key, one.verified, one.pause) = (None, None, None, None);
        one.origin.clear();
        one.code.clear();
        if let Some(peer) = &mut one.peer {
            (peer.signing, peer.access) = ([0; 32], [0; 32]);
            peer.kem.clear();
        }
    }
    for card in &mut seen.shares {
        card.share
            .over
            .get_or_insert((ShareState::Ended, cairn_core::clock::Timestamp(0)));
        if let Some((ShareState::Ended, at)) = &mut card.share.over {
            *at = cairn_core::clock::Timestamp(0);
        }
    }
    seen.messages.retain(|card| !matches!(card.state, Withheld | Unfit));
    for card in &mut seen.messages {
        if let Some(quoted) = &mut card.quoted {
            quoted.is_here = matches!(quoted.about, About::Message(_));
        }
    }
    seen
}

#[test]
fn what_was_between_two_people_comes_in_equal_and_goes_out_equal_again() {
    let story = Story::new(11);
    let world = &story.two.world;
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let first = Copied::of(&story.two.phone, world);
    let mut out = first.archive(&path("a.zip"));
    world.clock.advance_ms(60_000);
    let empty = Copied::of(&Device::new(world, 12, "other"), world);
    assert!(empty.restore(&path("a.zip")).brought_people);
    let there = seen(&empty.vault);
    assert_eq!(there.people[0].status, Status::Ended);
    assert!(there.people[0].kept_from.is_some() && there.shares.iter().all(|card| card.share.over.is_some()));
    assert_eq!(there.messages[0].corrections, ["Not tired: angry."]);
    assert_eq!(
        without_what_stays_behind(there),
        without_what_stays_behind(seen(&first.vault))
    );

    // Out again: the same files, but for where this one has it from.
    let mut again = empty.archive(&path("b.zip"));
    let mut people: Value = serde_json::from_str(&again["relationships.json"]).unwrap();
    let kept = people["relationships"][0].as_object_mut().unwrap().remove("kept_from");
    assert!(kept.is_some_and(|at| at.is_string()));
    assert_eq!(
        people,
        serde_json::from_str::<Value>(&out["relationships.json"]).unwrap()
    );
    let words = format!("conversations/{}.md", story.two.id);
    let without: Vec<&str> = again[&words]
        .split("\n\n")
        .filter(|part| !part.starts_with("Kept from"))
        .collect();
    assert_eq!(without.join("\n\n"), out[&words]);
    for file in ["relationships.json", "manifest.json", "README.txt", words.as_str()] {
        again.remove(file);
        out.remove(file);
    }
    assert_eq!(again, out);
    assert!(out.keys().any(|path| path.ends_with(".jsonl")) && out.keys().any(|path| path.starts_with("consents/")));

    // And a third one has it from the second as it was in the first.
    let third = Copied::of(&Device::new(world, 13, "third"), world);
    third.restore(&path("b.zip"));
    assert_eq!(seen(&third.vault), seen(&empty.vault));
}

#[test]
fn taking_it_in_twice_changes_nothing_and_a_later_export_adds_what_is_new() {
    let mut story = Story::new(14);
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    Copied::of(&story.two.phone, &story.two.world).archive(&path("a.zip"));
    say(&mut story.two.dee, NewMessage::new(Saying::OpenQuestion, "And now?"));
    story.step();
    Copied::of(&story.two.phone, &story.two.world).archive(&path("b.zip"));
    let empty = Copied::of(&Device::new(&story.two.world, 15, "other"), &story.two.world);
    empty.restore(&path("a.zip"));
    let before = seen(&empty.vault);
    story.two.world.clock.advance_ms(60_000);
    assert!(!empty.restore(&path("a.zip")).brought_people);
    assert_eq!(seen(&empty.vault), before);
    assert!(empty.restore(&path("b.zip")).brought_people);
    let after = seen(&empty.vault);
    assert_eq!(after.people, before.people);
    let words = |seen: &Seen| -> Vec<String> {
        let messages = seen.messages.iter().filter_map(|card| card.message.as_ref());
        messages.map(|message| message.body.clone()).collect()
    };
    let new: Vec<String> = words(&after)
        .into_iter()
        .filter(|one| !words(&before).contains(one))
        .collect();
    assert_eq!(new, ["And now?"]);
}

#[test]
fn a_relationship_that_is_here_itself_is_left_alone() {
    let story = Story::new(16);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a.zip");
    let same = Copied::of(&story.two.phone, &story.two.world);
    same.archive(&path);
    let before = seen(&same.vault);
    assert!(!same.restore(&path).brought_people);
    assert_eq!(seen(&same.vault), before);
    let people = &before.people;
    assert!(people.len() == 1 && people[0].status == Status::Active && people[0].kept_from.is_none());
}

#[test]
fn what_is_kept_from_an_export_is_on_all_devices_and_nothing_of_it_goes_on() {
    let story = Story::new(17);
    let (world, id) = (&story.two.world, story.two.id);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a.zip");
    Copied::of(&story.two.phone, world).archive(&path);
    let mut new = Device::new(world, 18, "phone");
    new.connect(world);
    let copied = Copied::of(&new, world);
    drop(new);
    copied.restore(&path);
    let there = seen(&copied.vault);
    let (_folder, mut phone) = copied.device(world, 18);
    let is_over = |result: Result<(), Error>| {
        assert!(matches!(result, Err(Error::Terms(TermsInvalid::Ended))), "{result:?}");
    };
    let kept = Feedback {
        about: None,
        heard: FeltHeard::Fully,
        pushed: FeltPushed::NotAtAll,
        words: String::new(),
    };
    let entry = phone.write("Later.");
    let before = phone.engine.relationship_cards().unwrap();
    is_over(
        phone
            .engine
            .say_message(id, NewMessage::new(Saying::Words, "Hello?"))
            .map(drop),
    );
    is_over(phone.engine.share(plain_share(id, entry)).map(drop));
    is_over(phone.engine.set_wishes(id, Wishes::default()));
    is_over(phone.engine.set_contact_hours(id, &ContactHours::default()));
    is_over(phone.engine.keep_feedback(id, kept).map(drop));
    is_over(phone.engine.send_feedback(id, story.feedback).map(drop));
    is_over(phone.engine.forget_feedback(id, story.feedback));
    is_over(phone.engine.propose(id, Agreement::default()).map(drop));
    let meeting = there.meetings[0].id;
    is_over(phone.engine.take_back_meeting(id, meeting));
    let line = phone.engine.write_line(id, meeting, MeetingPart::Notes, "Later.", None);
    is_over(line.map(drop));
    is_over(phone.engine.pause_relationship(id, true));
    is_over(phone.engine.end_relationship(id, ""));
    is_over(phone.engine.show_sections(id, &std::collections::BTreeSet::new()));
    assert!(phone.engine.revoke(story.shares[0]).is_err());
    assert_eq!(phone.engine.relationship_cards().unwrap(), before);

    // It goes to the person's own devices and to nobody else: there is no space but the home space, before and after.
    let mut tablet = Device::new(world, 19, "tablet");
    phone.sync(world);
    phone.pair(world, &mut tablet);
    for _ in 0..2 {
        phone.sync(world);
        tablet.sync(world);
    }
    for device in [&phone, &tablet] {
        assert!(device.engine.relationships().unwrap().is_empty() && device.engine.shares().unwrap().is_empty());
        assert_eq!(device.engine.store().view().spaces().unwrap().len(), 1);
    }
    let by_tablet = Copied::of(&tablet, world);
    assert_eq!(seen(&by_tablet.vault), there);
}
