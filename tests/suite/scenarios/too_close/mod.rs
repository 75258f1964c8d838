//! "Too close": pace, lived experience, feedback, and stopping while the other is offline.

mod agreeing;
mod stopping;
mod talking;

use super::family::{Family, Variant};
use super::patched::Patched;
use super::{DAY_MS, HOUR_MS, MINUTE_MS};
use cairn_core::id::{EntryId, MessageId, ShareId};
use cairn_core::vault::{Error, NewMessage};
use cairn_tests::{Device, Overheard};
use chrono::{DateTime, Datelike as _, Weekday};

const NIGHT: &str = "Night, and the quince tree in the yard.";
/// Behind a gate, and never opened.
const DAWN: &str = "Dawn, and the turnstile canary.";

/// When the specialist's phone reaches the relay again after the stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    ThirdDay,
    SeventhDay,
}

struct Story {
    family: Family,
    patched: Patched,
    overheard: Overheard,
    /// What is shown, and the entry it is of.
    night: ShareId,
    entry: EntryId,
    dawn: ShareId,
}

fn say(device: &mut Device, new: NewMessage) -> Result<MessageId, Error> {
    let id = device.card().relationship.id;
    device.engine.say_message(id, new)
}

/// The clock goes on until the phone's shows this time of this day of the week, in UTC.
fn until(family: &Family, day: Weekday, hour: i64, minute: i64) {
    let now = family.two.phone.engine.now().0;
    let midnight = now.div_euclid(DAY_MS) * DAY_MS;
    let next = (0..8)
        .map(|ahead| midnight + ahead * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS)
        .find(|at| *at > now && DateTime::from_timestamp_millis(*at).unwrap().weekday() == day)
        .unwrap();
    family.two.world.clock.advance_ms(next - now);
}

/// The story from its beginning to this end.
fn told(variant: Variant, ending: Ending) {
    let mut family = Family::new(variant, 2, 91 * DAY_MS);
    let overheard = family.two.world.overhear();
    let mut patched = Patched::new(overheard.clone());
    agreeing::they_agree(&mut family, &mut patched);
    let (entry, night, dawn) = agreeing::she_shares_the_night(&mut family, &mut patched);
    let mut story = Story {
        family,
        patched,
        overheard,
        night,
        entry,
        dawn,
    };
    talking::dee_listens(&mut story);
    let offer = talking::not_now(&mut story);
    let told = talking::a_yes(&mut story, offer);
    talking::it_became_about_you(&mut story, told);
    let before = story.family.two.world.backup(1);
    stopping::she_stops(&mut story);
    match ending {
        Ending::ThirdDay => stopping::dee_connects_on_the_third_day(&mut story),
        Ending::SeventhDay => stopping::a_week_offline_locks_it(&mut story),
    }
    stopping::all_her_devices_agree(&mut story);
    story.patched.has_gained_nothing(&mut story.family);
    stopping::an_older_state_shows_nothing_again(&mut story, &before);
    stopping::no_way_of_reading_it_is_left(&mut story);
    if variant == Variant::OlderCore {
        story.family.newer_words_are_kept(story.entry);
    }
    story.family.has_failed();
}

/// Two tests for each row of the table, one for each ending.
macro_rules! told_on {
    ($(#[$test:meta] fn $name:ident() = $variant:ident, $ending:ident;)*) => {
        $(#[$test]
        fn $name() {
            told(Variant::$variant, Ending::$ending);
        })*

        #[test]
        fn every_variant_is_told_with_each_ending() {
            let told = [$((Variant::$variant, Ending::$ending)),*];
            let expected = Variant::ALL.map(|variant| [(variant, Ending::ThirdDay), (variant, Ending::SeventhDay)]);
            assert_eq!(told, *expected.as_flattened());
        }
    };
}

told_on! {
    #[test]
    fn on_a_phone_alone() = PhoneOnly, ThirdDay;
    #[test]
    fn on_a_phone_alone_and_a_week_offline() = PhoneOnly, SeventhDay;
    #[test]
    fn on_a_phone_and_a_tablet() = PhoneAndTablet, ThirdDay;
    #[test]
    fn on_a_phone_and_a_tablet_and_a_week_offline() = PhoneAndTablet, SeventhDay;
    #[test]
    fn on_the_third_day_the_other_connects_and_it_is_gone_with_what_was_said_of_it() = ThreeDevices, ThirdDay;
    #[test]
    fn a_week_offline_locks_it_until_the_relay_was_reached() = ThreeDevices, SeventhDay;
    #[test]
    fn with_a_laptop_that_was_away_for_ninety_days() = LaptopAwayNinetyDays, ThirdDay;
    #[test]
    fn with_a_laptop_that_was_away_for_ninety_days_and_a_week_offline() = LaptopAwayNinetyDays, SeventhDay;
    #[test]
    fn with_an_older_core_on_the_phone_and_the_tablet() = OlderCore, ThirdDay;
    #[test]
    fn with_an_older_core_on_the_phone_and_the_tablet_and_a_week_offline() = OlderCore, SeventhDay;
    #[test]
    fn with_a_phone_two_days_ahead() = PhoneAhead, ThirdDay;
    #[test]
    fn with_a_phone_two_days_ahead_and_a_week_offline() = PhoneAhead, SeventhDay;
    #[test]
    fn with_a_phone_two_days_behind() = PhoneBehind, ThirdDay;
    #[test]
    fn with_a_phone_two_days_behind_and_a_week_offline() = PhoneBehind, SeventhDay;
    #[test]
    fn with_no_room_whenever_she_saves() = NoRoom, ThirdDay;
    #[test]
    fn with_no_room_whenever_she_saves_and_a_week_offline() = NoRoom, SeventhDay;
    #[test]
    fn with_a_phone_that_dies_at_every_write() = KilledAtEveryWrite, ThirdDay;
    #[test]
    fn with_a_phone_that_dies_at_every_write_and_a_week_offline() = KilledAtEveryWrite, SeventhDay;
}
