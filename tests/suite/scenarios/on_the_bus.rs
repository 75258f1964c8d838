//! "On the bus": offline, three devices, and preferences that change.

use cairn_core::id::{EntryId, SectionId, ShareId};
use cairn_core::journal::Draft;
use cairn_core::profile::{Stance, StatementDraft};
use cairn_core::support::{About, Mask, MessageState, Saying, Unfit, When};
use cairn_core::vault::{Error, NewMessage, NewShare, entry_for_editing};
use cairn_tests::{Device, Overheard, Two, draft, drive, plain_share, texts};
use chrono_tz::Tz;

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const SHOWN: &str = "The bus was late, and nobody minded.";
const UNSHOWN: &str = "Zeppelin canary, for nobody.";

/// What Marisol has with her, and what Dee has.
struct Story {
    two: Two,
    tablet: Device,
    laptop: Device,
    overheard: Overheard,
    section: SectionId,
    hugs: cairn_core::id::StatementId,
    soup: EntryId,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut two = Two::agreed(seed);
        let overheard = two.world.overhear();
        let mut tablet = Device::new(&two.world, seed, "tablet");
        let mut laptop = Device::new(&two.world, seed, "laptop");
        two.phone.pair(&two.world, &mut tablet);
        two.phone.pair(&two.world, &mut laptop);
        let section = two.phone.engine.add_section("How I like to be supported").unwrap();
        let hugs = StatementDraft {
            stance: Some(Stance::OpenTo),
            is_shareable: true,
            ..StatementDraft::new("Hugs")
        };
        let hugs = two.phone.engine.write_statement(section, hugs).unwrap();
        two.phone.engine.show_sections(two.id, &[section].into()).unwrap();
        let soup = two.phone.write("Soup. It was warm. Then I slept.");
        let mut story = Self {
            two,
            tablet,
            laptop,
            overheard,
            section,
            hugs,
            soup,
        };
        story.settle();
        story.two.dee.engine.open_preferences(story.two.theirs).unwrap();
        story
    }

    fn settle(&mut self) {
        for _ in 0..3 {
            self.two.settle();
            self.tablet.sync(&self.two.world);
            self.laptop.sync(&self.two.world);
            self.two.world.clock.advance_ms(2 * MINUTE_MS);
        }
    }

    fn revise(device: &mut Device, clock: &cairn_tests::TestClock, id: EntryId, body: &str, tag: &str) {
        let (entry, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
        let revised = Draft {
            happened: entry.happened,
            tags: if tag.is_empty() {
                Vec::new()
            } else {
                vec![tag.to_owned()]
            },
            ..draft(clock, body)
        };
        device.engine.revise(id, &version, revised).unwrap();
    }
}

fn parts() -> Mask {
    Mask {
        text: true,
        title: false,
        when: When::Month,
        feelings: true,
        ..Mask::default()
    }
}

/// Steps 1 to 4, without a network: an entry, the same sentence on two devices, a preference, a share that is cancelled and another one.
fn on_the_way(story: &mut Story) -> (EntryId, ShareId, ShareId) {
    let clock = story.two.world.clock.clone();
    let bus = Draft {
        feelings: vec!["fizzy".to_owned(), "tired".to_owned()],
        tags: vec!["canary tag".to_owned()],
        people: vec!["canary person".to_owned()],
        ..draft(&clock, SHOWN)
    };
    let bus = story.two.phone.engine.write(bus).unwrap();
    story.two.phone.write(UNSHOWN);
    Story::revise(
        &mut story.tablet,
        &clock,
        story.soup,
        "Soup. It was hot. Then I slept.",
        "home",
    );
    Story::revise(
        &mut story.two.phone,
        &clock,
        story.soup,
        "Soup. It was cold. Then I slept.",
        "Home",
    );
    let engine = &mut story.two.phone.engine;
    let not_for_me = StatementDraft {
        stance: Some(Stance::NotForMe),
        is_shareable: true,
        ..StatementDraft::new("Hugs")
    };
    engine.revise_statement(story.hugs, not_for_me).unwrap();
    let touch = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new("Please ask before touching")
    };
    engine.write_statement(story.section, touch).unwrap();
    let new = NewShare {
        purpose: "just so someone knows".to_owned(),
        hold_ms: 10 * MINUTE_MS,
        ..plain_share(story.two.id, bus)
    };
    let cancelled = engine.share(new.clone()).unwrap();
    clock.advance_ms(2 * MINUTE_MS);
    engine.revoke(cancelled).unwrap();
    let shared = NewShare { mask: parts(), ..new };
    let shared = engine.share(shared).unwrap();
    (bus, cancelled, shared)
}

#[test]
fn what_was_done_on_the_way_arrives_as_it_was_meant_and_silence_says_nothing() {
    let mut story = Story::new(1);
    let (bus, cancelled, shared) = on_the_way(&mut story);
    // Dee has half written an answer to something from before, in the knowledge of the preferences of then.
    let waits = NewMessage::new(Saying::OpenQuestion, "What would you like me to know?");
    let waits = story.two.dee.engine.say_message(story.two.theirs, waits).unwrap();
    // The phone has a network again, and the hold is not over.
    story.two.phone.sync(&story.two.world);
    story.two.dee.sync(&story.two.world);
    assert!(story.two.dee.engine.shared_cards().unwrap().is_empty());
    story.two.world.clock.advance_ms(10 * MINUTE_MS);
    story.settle();
    // 5. All agree: both versions of the sentence, one tag, nothing doubled.
    let on_phone = texts(&story.two.phone.engine);
    for device in [&story.tablet, &story.laptop] {
        assert_eq!(texts(&device.engine), on_phone);
    }
    assert_eq!(on_phone.len(), 3);
    let soup = story.laptop.engine.store().view().entry(story.soup).unwrap().unwrap();
    assert!(soup.body.contains("hot") && soup.body.contains("cold"), "{}", soup.body);
    assert_eq!(soup.tags.len(), 1);
    let when = |device: &Device| device.engine.store().view().entry(bus).unwrap().unwrap().happened;
    assert_eq!(when(&story.laptop), when(&story.two.phone));
    // 6. Nothing of the cancelled share, and of nothing else that is not shown, is anywhere with Dee or readable on the way.
    let cards = story.two.dee.engine.shared_cards().unwrap();
    assert_eq!(cards.iter().map(|card| card.share).collect::<Vec<_>>(), [shared]);
    assert_ne!(cancelled, shared);
    let view = story.two.dee.engine.open_shared(shared).unwrap().view;
    let read: Vec<&str> = view.lines.iter().map(|line| line.text.as_str()).collect();
    assert!(read.contains(&SHOWN) && read.contains(&"fizzy · tired"), "{read:?}");
    let theirs = story.two.dee.pages();
    let heard = story.overheard.bytes();
    let holds = |bytes: &[u8], words: &str| bytes.windows(words.len()).any(|at| at == words.as_bytes());
    for canary in [UNSHOWN, "canary tag", "canary person", "It was hot"] {
        assert!(!holds(&theirs, canary) && !holds(&heard, canary), "{canary}");
    }
    assert!(!holds(&heard, SHOWN));
    // 7. What Dee had written comes back; the difference is marked; then the first thing she says shows that she has heard.
    let states = |story: &mut Story| -> Vec<MessageState> {
        let engine = &mut story.two.dee.engine;
        let cards = engine.messages(story.two.theirs, Tz::UTC, None, 50).unwrap();
        cards.iter().map(|card| card.state).collect()
    };
    assert_eq!(states(&mut story), [MessageState::Returned]);
    let about = About::Share(shared);
    let heard = Saying::Acknowledgement {
        strength: String::new(),
    };
    let heard = NewMessage::new(heard, "I have read it.").about(about);
    let dee = &mut story.two.dee.engine;
    let refused = |result: Result<_, Error>| match result {
        Err(Error::Message(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(dee.say_message(story.two.theirs, heard.clone())),
        Unfit::PreferencesChanged
    );
    let opened = dee.open_preferences(story.two.theirs).unwrap().unwrap();
    let new = opened
        .profile
        .statements()
        .zip(&opened.is_new)
        .filter(|(_, is_new)| **is_new);
    let new: Vec<&str> = new.map(|((_, one), _)| one.text.as_str()).collect();
    assert!(new.contains(&"Please ask before touching"), "{new:?}");
    dee.unsay_message(story.two.theirs, waits).unwrap();
    let offer = Saying::Offer(cairn_core::support::Offered::LivedExperience);
    let offer = NewMessage::new(offer, "I could tell you how it went for me.").about(about);
    assert_eq!(refused(dee.say_message(story.two.theirs, offer)), Unfit::ListenFirst);
    dee.say_message(story.two.theirs, heard).unwrap();
    story.settle();
    let said = story
        .two
        .phone
        .engine
        .messages(story.two.id, Tz::UTC, None, 50)
        .unwrap();
    assert_eq!(said.len(), 1);
    // 8. Released is certain, opened is what Dee's app told; that the answer was read nobody is told.
    let card = story.two.phone.engine.share_cards().unwrap();
    let card = card.iter().find(|card| card.share.id() == shared).unwrap();
    assert!(card.released.is_some() && card.opened.is_some() && card.purged.is_none());
    assert_eq!(states(&mut story), [MessageState::Sent]);
    // 9. A hundred and twenty days of silence: Dee's app reaches the relay now and then, and everything is as it was.
    let before = story.two.dee.engine.relationship_cards().unwrap();
    for _ in 0..17 {
        story.two.world.clock.advance_ms(7 * DAY_MS);
        let report = drive(&mut story.two.dee.engine, &story.two.world.line()).unwrap();
        assert_eq!((report.received, report.sent), (0, 0), "silence says nothing");
        story.two.dee.engine.open_shared(shared).unwrap();
    }
    assert_eq!(story.two.dee.engine.relationship_cards().unwrap(), before);
    assert_eq!(states(&mut story), [MessageState::Sent]);
}
