//! Steps 7 to 9: an answer, what is told of it, and a hundred and twenty days of silence.

use super::{FIRST, Story, ZONE, at, shown};
use crate::hostile_relay::support;
use crate::scenarios::family::seen;
use crate::scenarios::{DAY_MS, listed, unfit};
use cairn_core::clock::Timestamp;
use cairn_core::id::{MessageId, ShareId};
use cairn_core::profile::Stance;
use cairn_core::support::{
    About, Decision, Message, MessageState, Part, Saying, SelfReflection, SupportWanted, Unfit, Whose,
};
use cairn_core::vault::NewMessage;
use cairn_tests::{Device, RawSession, drive};

/// Of a hundred and twenty days, with one to spare.
const WEEKS: i64 = 17;

fn acknowledgement() -> Saying {
    Saying::Acknowledgement {
        strength: String::new(),
    }
}

fn story_of_ones_own() -> Saying {
    Saying::LivedExperience {
        accepted: None,
        ask_back: String::new(),
    }
}

fn states(device: &mut Device) -> Vec<MessageState> {
    listed(device).iter().map(|card| card.state).collect()
}

/// 7. Before Dee hears of anything she has half written something, in the knowledge of version 4. It waits to be sent.
pub(super) fn dee_has_written_something(story: &mut Story) -> MessageId {
    let two = &mut story.family.two;
    let waits = NewMessage::new(Saying::OpenQuestion, "What would you like me to know?");
    two.dee.engine.say_message(two.theirs, waits).unwrap()
}

/// 7. At 09:40 Dee has version 5 and what is shared; what she had written comes back, and what she says first shows that she has heard.
pub(super) fn dee_listens_first(story: &mut Story, shared: ShareId, waits: MessageId) {
    story.family.pass_to(at(32, 9, 40));
    let about = About::Share(shared);
    let Story { family, patched, .. } = story;
    let two = &mut family.two;
    two.dee.sync(&two.world);
    // What an app sends that checks nothing: before it was opened, and as if nothing had changed.
    patched.says(two, acknowledgement(), Some(about), "Heard, and never opened.");
    let stale = Message {
        preferences: 4,
        ..crate::messages::message(Saying::OpenQuestion, None, "Would a hug help?")
    };
    patched.says_exactly(two, &stale);
    two.dee.sync(&two.world);
    let (dee, theirs) = (&mut two.dee.engine, two.theirs);
    // → PreferencesChanged, both for what waited and for what she was still writing.
    let heard = NewMessage::new(acknowledgement(), "I have read it.").about(about);
    assert_eq!(unfit(dee.say_message(theirs, heard.clone())), Unfit::OpenFirst);
    let view = dee.open_shared(shared).unwrap().view;
    assert_eq!(view.text(Part::Body), Some(FIRST));
    assert_eq!(unfit(dee.say_message(theirs, heard.clone())), Unfit::PreferencesChanged);
    // The difference shows the line about touch.
    let opened = dee.open_preferences(theirs).unwrap().unwrap();
    assert_eq!(opened.profile.version, 5);
    let new = opened
        .profile
        .statements()
        .zip(&opened.is_new)
        .filter(|(_, is_new)| **is_new);
    let new: Vec<&str> = new.map(|((_, one), _)| one.text.as_str()).collect();
    assert!(new.contains(&"Please ask before touching"), "{new:?}");
    let mut hugs = opened.profile.statements().filter(|(_, one)| one.text == "Hugs");
    assert_eq!(hugs.next().unwrap().1.stance, Some(Stance::NotForMe));
    assert!(
        listed(&mut two.dee)
            .iter()
            .any(|card| card.id == waits && card.state == MessageState::Returned)
    );
    let dee = &mut two.dee.engine;
    dee.unsay_message(theirs, waits).unwrap();
    // A first reply of her own life → ListenFirst, in her app and in one that checks nothing.
    let reflection = SelfReflection::new(Whose::Theirs, Decision::Share);
    let reflected = dee.reflect(theirs, &reflection).unwrap();
    let first = NewMessage {
        reflection: Some(reflected),
        ..NewMessage::new(story_of_ones_own(), "It was like that with me.").about(about)
    };
    assert_eq!(unfit(dee.say_message(theirs, first)), Unfit::ListenFirst);
    patched.says(two, story_of_ones_own(), Some(about), "It was like that with me, too.");
    two.dee.sync(&two.world);
    // As an acknowledgement → delivered.
    two.dee.engine.say_message(theirs, heard).unwrap();
    two.dee.sync(&two.world);
    family.phone_syncs();
    assert_eq!(shown(&mut family.two.phone), ["I have read it."]);
}

/// 8. Released is certain; opened is what Dee's app told; that she has read the answer nobody is told.
pub(super) fn she_sees_what_became_of_it(story: &mut Story, shared: ShareId) {
    let family = &mut story.family;
    let cards = family.two.phone.engine.share_cards().unwrap();
    let card = cards.iter().find(|card| card.share.id() == shared).unwrap();
    let at_phone = family.two.phone.engine.now().0 - at(32, 9, 40);
    let at_dee = family.two.dee.engine.now().0 - at(32, 9, 40);
    assert_eq!(card.released, Some(Timestamp(at(32, 9, 21) + at_phone)));
    assert_eq!(card.opened, Some(Timestamp(at(32, 9, 40) + at_dee)));
    assert_eq!(
        (card.purged, card.share.consent.wanted),
        (None, SupportWanted::LISTENING)
    );
    // Reading leaves nothing that could be told apart from not reading, whatever app looks.
    let row = support(&family.two.dee);
    family.phone_syncs();
    let before = RawSession::of(&family.two.world, &row).headers().len();
    assert!(!shown(&mut family.two.phone).is_empty());
    drop(family.two.phone.sync(&family.two.world));
    assert_eq!(RawSession::of(&family.two.world, &row).headers().len(), before);
    family.two.dee.sync(&family.two.world);
    let own = listed(&mut family.two.dee);
    let heard = own
        .iter()
        .find(|card| card.message.as_ref().is_some_and(|one| one.body == "I have read it."));
    assert_eq!(heard.unwrap().state, MessageState::Sent);
}

/// 9. A hundred and twenty days of silence, in which Dee's app looks once a week.
pub(super) fn silence_says_nothing(story: &mut Story, shared: ShareId) {
    story.family.settle();
    let family = &mut story.family;
    let screen = seen(&mut family.two.phone);
    let theirs = |dee: &mut Device| {
        let cards = dee.engine.relationship_cards().unwrap();
        let shared = dee.engine.shared_cards().unwrap();
        format!("{cards:?} {shared:?} {:?}", states(dee))
    };
    let before = theirs(&mut family.two.dee);
    let (row, records) = (support(&family.two.dee), story.overheard.records().len());
    let log = RawSession::of(&family.two.world, &row).headers().len();
    for _ in 0..WEEKS {
        family.two.world.clock.advance_ms(7 * DAY_MS);
        let report = drive(&mut family.two.dee.engine, &family.two.world.line()).unwrap();
        assert_eq!((report.received, report.sent), (0, 0), "no signal");
        let view = family.two.dee.engine.open_shared(shared).unwrap().view;
        assert_eq!(view.text(Part::Body), Some(FIRST), "it can still be read");
    }
    family.two.world.clock.advance_ms(DAY_MS);
    assert_eq!(theirs(&mut family.two.dee), before);
    assert_eq!(story.overheard.records().len(), records);
    assert_eq!(RawSession::of(&family.two.world, &row).headers().len(), log);
    // No notification, and the screen is the one of before; so it is when the relay was reached again.
    assert_eq!(family.two.phone.engine.upcoming(ZONE, 50).unwrap(), []);
    assert_eq!(seen(&mut family.two.phone), screen);
    drop(family.two.phone.sync(&family.two.world));
    assert_eq!(seen(&mut family.two.phone), screen);
    // A changed app makes no more of the silence: what it says in her place is set aside, and nobody is told anything.
    story.patched.says_in_her_place(&story.family.two, "I have been away.");
    story.family.settle();
    let Story { family, patched, .. } = story;
    patched.has_gained_nothing(family);
    assert_eq!(shown(&mut family.two.phone), ["I have read it."]);
}
