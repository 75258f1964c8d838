//! What a participant can switch off for one specialist: that what is shown is listened to first, and that a story which says what to do is not shown. On both sides, whatever app the
//! specialist uses.

use super::messages::{message, refused, say_unchecked};
use cairn_core::id::ShareId;
use cairn_core::support::{
    About, Decision, LivedExperience, MessageCard, MessageState, Offered, Saying, SelfReflection, SupportWanted,
    TheyAsked, Unfit, Whose, Wishes,
};
use cairn_core::vault::{Error, NewMessage};
use cairn_tests::{Device, Two, plain_share};
use chrono_tz::Tz;

const DIRECTS: &str = "You should walk at night.";

/// Two who have agreed under these wishes, and something shared and opened.
fn shown(seed: u64, wishes: Wishes) -> (Two, About) {
    let mut two = Two::agreed(seed);
    two.phone.engine.set_wishes(two.id, wishes).unwrap();
    let share = share(&mut two);
    (two, About::Share(share))
}

fn share(two: &mut Two) -> ShareId {
    let entry = two.phone.write("The night.");
    let mut new = plain_share(two.id, entry);
    new.wanted = Some(SupportWanted::LISTENING);
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.dee.engine.open_shared(share).unwrap();
    share
}

fn story() -> Saying {
    Saying::LivedExperience {
        accepted: None,
        ask_back: String::new(),
    }
}

fn offer() -> Saying {
    Saying::Offer(Offered::Resource)
}

fn tell(two: &mut Two, about: About, words: &str) -> Result<(), Error> {
    let done = two
        .dee
        .engine
        .reflect(two.theirs, &SelfReflection::new(Whose::Theirs, Decision::Share))
        .unwrap();
    let new = NewMessage {
        reflection: Some(done),
        ..NewMessage::new(story(), words).about(about)
    };
    two.dee.engine.say_message(two.theirs, new).map(drop)
}

/// The words that arrived.
fn arrived(device: &mut Device) -> Vec<String> {
    let id = device.card().relationship.id;
    let all: Vec<MessageCard> = device.engine.messages(id, Tz::UTC, None, 200).unwrap();
    let arrived = all.into_iter().filter(|card| card.state == MessageState::Arrived);
    arrived.filter_map(|card| Some(card.message?.body)).collect()
}

#[test]
fn listening_first_is_kept_to_until_the_participant_switches_it_off() {
    let (mut two, about) = shown(1, Wishes::default());
    let offered = || NewMessage::new(offer(), "I know of a group.").about(about);
    assert_eq!(
        refused(two.dee.engine.say_message(two.theirs, offered())),
        Unfit::ListenFirst
    );
    say_unchecked(&two.dee, 1, &message(offer(), Some(about), "Unheard."));
    two.settle();
    assert!(arrived(&mut two.phone).is_empty());
    let switched_off = Wishes {
        listen_first: false,
        ..Wishes::default()
    };
    two.phone.engine.set_wishes(two.id, switched_off).unwrap();
    two.settle();
    assert!(
        !two.dee.engine.wishes(two.theirs).unwrap().listen_first,
        "the specialist sees it"
    );
    two.dee.engine.say_message(two.theirs, offered()).unwrap();
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["I know of a group."]);
    // From then on it is as it was.
    two.phone.engine.set_wishes(two.id, Wishes::default()).unwrap();
    let again = About::Share(share(&mut two));
    let offered = NewMessage::new(offer(), "And another.").about(again);
    assert_eq!(
        refused(two.dee.engine.say_message(two.theirs, offered)),
        Unfit::ListenFirst
    );
}

#[test]
fn a_story_never_comes_first_whatever_is_switched_off() {
    let all_off = Wishes {
        lived_experience: LivedExperience::Welcome,
        listen_first: false,
        no_directing: false,
        ..Wishes::default()
    };
    let (mut two, about) = shown(2, all_off);
    assert_eq!(refused(tell(&mut two, about, "So it went for me.")), Unfit::ListenFirst);
    say_unchecked(&two.dee, 1, &message(story(), Some(about), "So it went for me."));
    two.settle();
    assert!(arrived(&mut two.phone).is_empty());
}

#[test]
fn a_story_that_says_what_to_do_is_kept_back_until_the_participant_switches_that_off() {
    let welcome = |no_directing| Wishes {
        lived_experience: LivedExperience::Welcome,
        no_directing,
        ..Wishes::default()
    };
    let (mut two, about) = shown(3, welcome(true));
    let heard = Saying::Acknowledgement {
        strength: String::new(),
    };
    let heard = NewMessage::new(heard, "I have read it.").about(about);
    two.dee.engine.say_message(two.theirs, heard).unwrap();
    assert_eq!(refused(tell(&mut two, about, DIRECTS)), Unfit::Directs);
    say_unchecked(&two.dee, 1, &message(story(), Some(about), DIRECTS));
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["I have read it."]);
    two.phone.engine.set_wishes(two.id, welcome(false)).unwrap();
    two.settle();
    tell(&mut two, about, DIRECTS).unwrap();
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["I have read it.", DIRECTS]);
}

#[test]
fn what_a_specialist_asks_themselves_stays_on_their_device_whatever_they_answered() {
    let welcome = Wishes {
        lived_experience: LivedExperience::Welcome,
        ..Wishes::default()
    };
    let (mut two, about) = shown(4, welcome);
    let heard = NewMessage::new(Saying::OpenQuestion, "What was the night like?").about(about);
    two.dee.engine.say_message(two.theirs, heard).unwrap();
    let reflection = SelfReflection {
        words: "heliotrope".to_owned(),
        did_they_ask: Some(TheyAsked::IAskedFirst),
        is_shortest: true,
        ..SelfReflection::new(Whose::Theirs, Decision::Share)
    };
    let done = two.dee.engine.reflect(two.theirs, &reflection).unwrap();
    for words in ["heliotrope", "i_asked_first"] {
        assert!(two.dee.holds(words), "{words}");
    }
    let new = NewMessage {
        reflection: Some(done),
        ..NewMessage::new(story(), "So it went for me.").about(about)
    };
    two.dee.engine.say_message(two.theirs, new).unwrap();
    two.settle();
    assert_eq!(arrived(&mut two.phone).len(), 2);
    for words in ["heliotrope", "i_asked_first"] {
        assert!(!two.phone.holds(words), "{words}");
    }
}
