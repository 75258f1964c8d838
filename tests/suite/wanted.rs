//! What of support is wanted as a rule: a choice in the profile that a share carries where it says nothing itself, and that is judged by like any other.

use super::messages::{message, say_unchecked};
use cairn_core::id::ShareId;
use cairn_core::support::{About, MessageState, Offered, Resource, Saying, SupportWanted, Unfit};
use cairn_core::vault::{Engine, Error, NewMessage, NewShare, read_profile, read_wanted};
use cairn_tests::{Device, Two, plain_share};
use cairn_wire::SpaceId;
use chrono_tz::Tz;

/// An entry is shown, with this wanted, or nothing said of it.
fn shown(two: &mut Two, wanted: Option<SupportWanted>) -> ShareId {
    let entry = two.phone.write("The night.");
    let plain = plain_share(two.id, entry);
    two.phone.engine.share(NewShare { wanted, ..plain }).unwrap()
}

fn wanted_with(engine: &Engine, id: ShareId) -> SupportWanted {
    let shares = engine.shares().unwrap().into_iter();
    let mut of_this = shares.filter(|(_, share)| share.id() == id);
    of_this.next().unwrap().1.consent.wanted
}

fn standing(device: &Device) -> SupportWanted {
    read_wanted(device.engine.store().view()).unwrap()
}

fn idea() -> Saying {
    Saying::Resource {
        resource: Resource {
            title: "A walk".to_owned(),
            ..Resource::default()
        },
        accepted: None,
    }
}

#[test]
fn what_is_wanted_as_a_rule_goes_with_a_share_that_says_nothing_and_a_word_of_its_own_goes_before_it() {
    let mut two = Two::agreed(1);
    assert_eq!(standing(&two.phone), SupportWanted::LISTENING);
    let before = shown(&mut two, None);
    let ideas = SupportWanted::IDEAS.and(SupportWanted::COMPANY);
    two.phone.engine.set_wanted(ideas).unwrap();
    let by_the_rule = shown(&mut two, None);
    let own = shown(&mut two, Some(SupportWanted::LISTENING));
    two.phone.engine.set_wanted(SupportWanted::JUST_READING).unwrap();
    two.settle();
    // As it was when it was shared, on both sides, whatever is chosen later.
    for (share, expected) in [
        (before, SupportWanted::LISTENING),
        (by_the_rule, ideas),
        (own, SupportWanted::LISTENING),
    ] {
        assert_eq!(wanted_with(&two.phone.engine, share), expected);
        assert_eq!(two.dee.engine.open_shared(share).unwrap().view.wanted, expected);
    }
    assert_eq!(standing(&two.dee), SupportWanted::LISTENING, "hers is her own");
}

#[test]
fn what_a_specialist_says_is_judged_by_what_was_wanted_as_a_rule_when_it_was_shared() {
    let mut two = Two::agreed(2);
    let listening = shown(&mut two, None);
    two.phone.engine.set_wanted(SupportWanted::IDEAS).unwrap();
    let ideas = shown(&mut two, None);
    two.settle();
    for share in [listening, ideas] {
        two.dee.engine.open_shared(share).unwrap();
    }
    let idea_about = |share| NewMessage::new(idea(), "I have an idea.").about(About::Share(share));
    // Her own app: an idea comes first where ideas are wanted, and nowhere else.
    let refused = two.dee.engine.say_message(two.theirs, idea_about(listening));
    assert!(
        matches!(refused, Err(Error::Message(Unfit::ListenFirst))),
        "{refused:?}"
    );
    let offer = NewMessage::new(Saying::Offer(Offered::Resource), "Would you like one?");
    let refused = two
        .dee
        .engine
        .say_message(two.theirs, offer.about(About::Share(listening)));
    assert!(
        matches!(refused, Err(Error::Message(Unfit::ListenFirst))),
        "{refused:?}"
    );
    two.dee.engine.say_message(two.theirs, idea_about(ideas)).unwrap();
    // The participant's devices, whatever app it came from: what is chosen now says nothing of what was shared then.
    say_unchecked(&two.dee, 1, &message(idea(), Some(About::Share(listening)), "Unasked."));
    two.settle();
    let states = two.phone.engine.messages(two.id, Tz::UTC, None, 200).unwrap();
    let states: Vec<MessageState> = states.iter().map(|card| card.state).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&MessageState::Arrived) && states.contains(&MessageState::Unfit));
}

#[test]
fn what_is_wanted_as_a_rule_is_the_same_on_ones_own_devices_and_goes_to_nobody_else() {
    let mut two = Two::agreed(3);
    let space = SpaceId::from_bytes(two.phone.card().relationship.space.unwrap());
    let head = |two: &Two| two.phone.engine.store().view().space(space).unwrap().unwrap().head_n;
    let before = head(&two);
    let version = |device: &Device| read_profile(device.engine.store().view()).unwrap().shared_version;
    let mut tablet = Device::new(&two.world, 3, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    two.phone.engine.set_wanted(SupportWanted::QUESTIONS).unwrap();
    assert_eq!(version(&two.phone), 0, "nothing that is shown has changed");
    two.settle();
    tablet.sync(&two.world);
    assert_eq!(standing(&tablet), SupportWanted::QUESTIONS);
    assert_eq!(head(&two), before, "nothing was sent where the two meet");
    tablet.engine.erase_preference_history().unwrap();
    tablet.sync(&two.world);
    two.settle();
    assert_eq!(standing(&two.phone), SupportWanted::QUESTIONS, "what it says now stays");
}
