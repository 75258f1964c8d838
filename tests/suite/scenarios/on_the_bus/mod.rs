//! "On the bus": offline, three devices, and preferences that change.

mod answered;
mod arriving;
mod way;

use super::family::{Family, Variant};
use super::patched::Patched;
use super::shown;
use cairn_core::id::{EntryId, SectionId, StatementId};
use cairn_core::journal::Draft;
use cairn_core::moment::Moment;
use cairn_core::profile::{Stance, StatementDraft};
use cairn_core::support::SupportWanted;
use cairn_core::vault::entry_for_editing;
use cairn_tests::{Device, Overheard};
use chrono::TimeZone as _;

/// Where she lives. On the first of November 2026 the clocks go back there.
const ZONE: &str = "America/New_York";

/// The first paragraph, which is shown, and the second one, which nobody is to see.
const FIRST: &str = "The bus was late, and nobody minded.";
const SECOND: &str = "Zeppelin canary, for nobody.";
const SOUP: &str = "Soup, marmalade canary.\n\nIt was warm. Then I slept.";
/// In the photo's file, the name of the sound's file, and in the sound.
const PLACE: &str = "40.7128 N tangerine canary";
const SOUND_NAME: &str = "Mulberry canary.wav";
const RECORDER: &str = "Cobalt canary recorder";
/// None of these is anywhere with the other person, or can be read on the way.
const CANARIES: [&str; 7] = [
    SECOND,
    "marmalade canary",
    "It was hot",
    PLACE,
    SOUND_NAME,
    RECORDER,
    "canary tag",
];

struct Story {
    family: Family,
    patched: Patched,
    overheard: Overheard,
    section: SectionId,
    hugs: StatementId,
    soup: EntryId,
}

/// This time of a day in New York, as milliseconds since 1970. The thirty-second of October is the first of November.
fn at(day: u32, hour: u32, minute: u32) -> i64 {
    let (month, day) = if day > 31 { (11, day - 31) } else { (10, day) };
    let zone: chrono_tz::Tz = ZONE.parse().unwrap();
    let time = zone.with_ymd_and_hms(2026, month, day, hour, minute, 0);
    time.unwrap().timestamp_millis()
}

fn draft(device: &Device, body: &str) -> Draft {
    Draft {
        body: body.to_owned(),
        ..Draft::new(Moment::new(device.engine.now(), ZONE).unwrap())
    }
}

/// An entry is opened on a device, changed and saved.
fn revise(
    engine: &mut cairn_core::vault::Engine,
    id: EntryId,
    change: impl FnOnce(&mut Draft),
) -> Result<(), cairn_core::vault::Error> {
    let (entry, version) = entry_for_editing(engine.store().view(), id).unwrap().unwrap();
    let mut later = Draft::of(&entry);
    change(&mut later);
    engine.revise(id, &version, later)
}

fn statement(text: &str, stance: Option<Stance>) -> StatementDraft {
    StatementDraft {
        stance,
        is_shareable: true,
        ..StatementDraft::new(text)
    }
}

impl Story {
    /// Given: they have agreed, listening is wanted, version 4 of the preferences is shown, yesterday there was soup, and everybody is in sync.
    fn given(variant: Variant, seed: u64) -> Self {
        let start = 1_772_352_000_000; // Where the test's time begins.
        let mut family = Family::new(variant, seed, at(31, 17, 0) - start);
        let two = &mut family.two;
        let overheard = two.world.overhear();
        two.phone.agree(&two.world, &mut two.dee, two.id);
        let engine = &mut two.phone.engine;
        engine.set_wanted(SupportWanted::LISTENING).unwrap();
        let address = engine.add_section("How to address me").unwrap();
        engine
            .write_statement(address, statement("Mari, please.", None))
            .unwrap();
        let section = engine.add_section("How I like to be supported").unwrap();
        let hugs = engine
            .write_statement(section, statement("Hugs", Some(Stance::OpenTo)))
            .unwrap();
        engine.show_sections(two.id, &[address, section].into()).unwrap();
        let writes = match (variant, &mut family.laptop) {
            (Variant::OlderCore, Some(laptop)) => laptop,
            _ => &mut family.two.phone,
        };
        let soup = draft(writes, SOUP);
        let soup = writes.engine.write(soup).unwrap();
        if variant == Variant::OlderCore {
            family.newer_app_adds_to(soup);
        }
        family.settle();
        let mut story = Self {
            family,
            patched: Patched::new(overheard.clone()),
            overheard,
            section,
            hugs,
            soup,
        };
        for more in ["Short messages.", "Mornings.", "In writing."] {
            if story.preferences() < 4 {
                story
                    .family
                    .two
                    .phone
                    .engine
                    .write_statement(section, statement(more, Some(Stance::Want)))
                    .unwrap();
                story.family.settle();
            }
        }
        assert_eq!(story.preferences(), 4);
        story
    }

    /// The version of the preferences that the specialist has opened.
    fn preferences(&mut self) -> u64 {
        let two = &mut self.family.two;
        let opened = two.dee.engine.open_preferences(two.theirs).unwrap();
        opened.unwrap().profile.version
    }
}

/// The story from its beginning to its end.
fn told(variant: Variant, seed: u64) {
    let mut story = Story::given(variant, seed);
    let bus = way::she_writes_offline(&mut story);
    way::one_sentence_on_two_devices(&mut story);
    way::hugs_are_not_for_her_now(&mut story);
    let waits = answered::dee_has_written_something(&mut story);
    let (cancelled, shared) = way::she_shares_cancels_and_shares(&mut story, bus);
    arriving::the_phone_is_back(&mut story, cancelled, shared);
    answered::dee_listens_first(&mut story, shared, waits);
    answered::she_sees_what_became_of_it(&mut story, shared);
    arriving::the_others_are_back(&mut story, bus);
    arriving::nothing_else_is_with_dee(&mut story, cancelled, shared, bus);
    answered::silence_says_nothing(&mut story, shared);
    if variant == Variant::OlderCore {
        story.family.newer_words_are_kept(story.soup);
    }
    story.family.has_failed();
}

/// One test for each row of the table, so that they run beside each other and a failure names its variant.
macro_rules! told_on {
    ($(#[$test:meta] fn $name:ident() = $variant:ident;)*) => {
        $(#[$test]
        fn $name() {
            told(Variant::$variant, 1);
        })*

        #[test]
        fn every_variant_is_told() {
            assert_eq!([$(Variant::$variant),*], Variant::ALL);
        }
    };
}

told_on! {
    #[test]
    fn on_a_phone_alone() = PhoneOnly;
    #[test]
    fn on_a_phone_and_a_tablet() = PhoneAndTablet;
    #[test]
    fn what_was_done_on_the_way_arrives_as_it_was_meant_and_silence_says_nothing() = ThreeDevices;
    #[test]
    fn with_a_laptop_that_was_away_for_ninety_days() = LaptopAwayNinetyDays;
    #[test]
    fn with_an_older_core_on_the_phone_and_the_tablet() = OlderCore;
    #[test]
    fn with_a_phone_two_days_ahead() = PhoneAhead;
    #[test]
    fn with_a_phone_two_days_behind() = PhoneBehind;
    #[test]
    fn with_no_room_whenever_she_saves() = NoRoom;
    #[test]
    fn with_a_phone_that_dies_at_every_write() = KilledAtEveryWrite;
}
