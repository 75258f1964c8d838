//! Times at which a participant wishes to be reminded, in their own words, on the devices they chose.
//!
//! | name | value | |
//! |---|---|---|
//! | `reminder/<id>/time` | text | `HH:MM` on the wall; the reminder is there while this is |
//! | `reminder/<id>/days` | number | the days of the week, Monday 1, Tuesday 2, … Sunday 64, added together |
//! | `reminder/<id>/text` | text | their words; absent for none |
//! | `reminder/<id>/shown` | number 1 | absent while a lock screen shows nothing of these words |
//! | `reminder/<id>/prompt` | text | the name of the question it opens; absent for none |
//! | `reminder/<id>/on/<device>` | number 1 | it rings on this device (its actor, in hex); absent while it does not |
//!
//! **Invariant:** when a reminder rings follows from these fields and the clock alone: never from what was written, how often, or
//! whether an earlier one was followed. It rings once and is not repeated.

use super::change::longer;
use super::parts::{Editing, Thing, id_in, ids};
use super::{Changes, Fields, Invalid};
use crate::clock::Timestamp;
use crate::id::ReminderId;
use crate::limits;
use chrono::{
    DateTime, Datelike as _, Days, MappedLocalTime, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Timelike as _,
    Weekday,
};
use chrono_tz::Tz;
use std::fmt;

/// Days of the week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All seven.
    pub const ALL: Self = Self(0x7f);

    /// These days.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | bit(day)))
    }

    /// Whether this day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// The days, from Monday on.
    pub fn days(self) -> impl Iterator<Item = Weekday> {
        let week = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
        week.filter(move |day| self.contains(*day))
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

/// A reminder.
#[derive(Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Its name in the data.
    pub id: ReminderId,
    /// The hour and the minute on the wall, wherever the device is.
    pub time: NaiveTime,
    /// The days on which it rings.
    pub days: Weekdays,
    /// The participant's words; empty for none.
    pub text: String,
    /// Whether a lock screen may show these words. It may not until the participant says so.
    pub is_shown: bool,
    /// The name of the question it opens, if there is one.
    pub prompt: Option<String>,
    /// Whether it rings on this device.
    pub is_here: bool,
}

impl fmt::Debug for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reminder").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One time at which a reminder rings on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    /// The reminder.
    pub reminder: ReminderId,
    /// When.
    pub at: Timestamp,
}

const REMINDER: &str = "reminder";

/// All reminders, by their time, as the device of this name (its actor, in hex) has them.
pub fn reminders(fields: &Fields, device: &str) -> Vec<Reminder> {
    let mut all: Vec<Reminder> = ids(fields, REMINDER, "time")
        .into_iter()
        .filter_map(|id| {
            let part = Thing::new(fields, REMINDER, id);
            Some(Reminder {
                id: id_in(id)?,
                time: NaiveTime::parse_from_str(part.said("time")?, "%H:%M").ok()?,
                days: Weekdays(u8::try_from(part.number("days")?).ok()? & Weekdays::ALL.0),
                text: part.text("text"),
                is_shown: part.flag("shown"),
                prompt: part.said("prompt").map(str::to_owned),
                is_here: part.flag(&on(device)),
            })
        })
        .collect();
    all.sort_by_key(|reminder| (reminder.time, reminder.id));
    all
}

/// Keeps a reminder, or changes one that is there. On other devices it rings as it did there.
///
/// # Errors
/// [`Invalid`] for the bounds of its words and of the list, for no day, and for a question of no name.
pub fn set_reminder(fields: &Fields, device: &str, reminder: &Reminder) -> Result<Changes, Invalid> {
    if reminder.days == Weekdays::default() {
        return Err(Invalid::NoDay);
    }
    if longer(&reminder.text, limits::PROMPT_CHARACTERS_MAX) {
        return Err(Invalid::TextTooLong);
    }
    let prompt = reminder.prompt.as_deref().unwrap_or_default();
    if longer(prompt, limits::WORD_CHARACTERS_MAX) {
        return Err(Invalid::NoSuchThing);
    }
    let all = reminders(fields, device);
    if all.len() >= limits::REMINDERS_MAX && all.iter().all(|known| known.id != reminder.id) {
        return Err(Invalid::TooManyReminders);
    }
    Ok(Editing::new(fields, REMINDER, reminder.id)
        .text("time", &reminder.time.format("%H:%M").to_string())
        .number("days", reminder.days.0.into())
        .text("text", reminder.text.trim())
        .flag("shown", reminder.is_shown)
        .text("prompt", prompt)
        .flag(&on(device), reminder.is_here)
        .done())
}

/// Takes a reminder away from all devices; nothing happens when it is gone already.
pub fn remove_reminder(fields: &Fields, id: ReminderId) -> Changes {
    Editing::new(fields, REMINDER, id).removed().done()
}

/// The next times at which reminders ring on this device after `from`, at most `count` of them, the earliest first. A time that a day
/// does not have, because clocks are put forward, is the first one after it; of a time that a day has twice it is the first.
pub fn rings(reminders: &[Reminder], zone: Tz, from: Timestamp, count: usize) -> Vec<Ring> {
    let count = count.min(limits::RINGS_MAX);
    let here: Vec<&Reminder> = reminders
        .iter()
        .filter(|reminder| reminder.is_here && reminder.days != Weekdays::default())
        .collect();
    let Some(today) = DateTime::from_timestamp_millis(from.0).map(|at| at.with_timezone(&zone).date_naive()) else {
        return Vec::new();
    };
    let mut rings = Vec::new();
    // Each rings once a week at least; a week more is for what rang today already.
    let weeks = if here.is_empty() { 0 } else { count as u64 + 2 };
    for ahead in 0..weeks * 7 {
        let Some(date) = today.checked_add_days(Days::new(ahead)) else {
            break;
        };
        if rings.len() >= count {
            break;
        }
        let mut of_day: Vec<Ring> = here
            .iter()
            .filter(|reminder| reminder.days.contains(date.weekday()))
            .filter_map(|reminder| {
                let at = on_the_clock(zone, date.and_time(reminder.time))?;
                (at > from).then_some(Ring {
                    reminder: reminder.id,
                    at,
                })
            })
            .collect();
        of_day.sort_by_key(|ring| (ring.at, ring.reminder));
        rings.extend(of_day);
    }
    rings.truncate(count);
    rings
}

/// The instant of a time on the wall; none on a day that a zone left out.
pub(crate) fn on_the_clock(zone: Tz, local: NaiveDateTime) -> Option<Timestamp> {
    let midnight = local.with_hour(0)?.with_minute(0)?;
    let minutes = (local - midnight).num_minutes();
    (minutes..24 * 60).find_map(
        |minute| match zone.from_local_datetime(&(midnight + TimeDelta::minutes(minute))) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(Timestamp(at.timestamp_millis())),
            MappedLocalTime::None => None,
        },
    )
}

fn on(device: &str) -> String {
    format!("on/{device}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn reminder(n: u8, time: &str, days: Weekdays) -> Reminder {
        Reminder {
            id: ReminderId::from_bytes([n; 16]),
            time: NaiveTime::parse_from_str(time, "%H:%M").unwrap(),
            days,
            text: String::new(),
            is_shown: false,
            prompt: None,
            is_here: true,
        }
    }

    fn at(zone: Tz, text: &str) -> Timestamp {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        Timestamp(zone.from_local_datetime(&local).earliest().unwrap().timestamp_millis())
    }

    /// When reminders ring, on the wall.
    fn times(reminders: &[Reminder], zone: Tz, from: &str, count: usize) -> Vec<String> {
        rings(reminders, zone, at(zone, from), count)
            .iter()
            .map(|ring| {
                let at = DateTime::from_timestamp_millis(ring.at.0).unwrap().with_timezone(&zone);
                at.format("%a %Y-%m-%d %H:%M").to_string()
            })
            .collect()
    }

    #[test]
    fn a_reminder_is_kept_changed_and_taken_away_and_rings_where_that_was_chosen() {
        let mut fields = Fields::new();
        let evening = Reminder {
            text: "Water the plants.".to_owned(),
            prompt: Some("P-01".to_owned()),
            ..reminder(1, "20:30", Weekdays::of([Weekday::Mon, Weekday::Thu]))
        };
        let changes = set_reminder(&fields, "aa", &evening).unwrap();
        apply(&mut fields, &changes);
        assert_eq!(reminders(&fields, "aa"), std::slice::from_ref(&evening));
        assert_eq!(set_reminder(&fields, "aa", &evening), Ok(Changes::new()));
        let elsewhere = Reminder {
            is_here: false,
            ..evening.clone()
        };
        assert_eq!(
            reminders(&fields, "bb"),
            std::slice::from_ref(&elsewhere),
            "another device is silent until it is asked"
        );
        let morning = Reminder {
            time: NaiveTime::MIN,
            is_shown: true,
            ..elsewhere
        };
        let changes = set_reminder(&fields, "bb", &morning).unwrap();
        apply(&mut fields, &changes);
        assert_eq!(
            reminders(&fields, "aa"),
            [Reminder {
                is_here: true,
                ..morning
            }]
        );
        let changes = remove_reminder(&fields, evening.id);
        apply(&mut fields, &changes);
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn what_is_no_reminder_is_refused() {
        let fields = Fields::new();
        let never = reminder(1, "08:00", Weekdays::default());
        assert_eq!(set_reminder(&fields, "aa", &never), Err(Invalid::NoDay));
        let long = Reminder {
            text: "x".repeat(limits::PROMPT_CHARACTERS_MAX + 1),
            ..reminder(1, "08:00", Weekdays::ALL)
        };
        assert_eq!(set_reminder(&fields, "aa", &long), Err(Invalid::TextTooLong));
        let mut full = Fields::new();
        for n in 0..=u8::try_from(limits::REMINDERS_MAX).unwrap() {
            match set_reminder(&full, "aa", &reminder(n, "08:00", Weekdays::ALL)) {
                Ok(changes) => apply(&mut full, &changes),
                Err(error) => {
                    assert_eq!(
                        (usize::from(n), error),
                        (limits::REMINDERS_MAX, Invalid::TooManyReminders)
                    );
                }
            }
        }
        assert_eq!(reminders(&full, "aa").len(), limits::REMINDERS_MAX);
    }

    #[test]
    fn reminders_ring_in_order_and_only_here() {
        let monday = reminder(1, "20:30", Weekdays::of([Weekday::Mon]));
        let daily = reminder(2, "08:00", Weekdays::ALL);
        let elsewhere = Reminder {
            is_here: false,
            ..reminder(3, "09:00", Weekdays::ALL)
        };
        let all = [monday, daily, elsewhere];
        assert_eq!(
            times(&all, Tz::UTC, "2026-03-01 08:00", 4),
            [
                "Mon 2026-03-02 08:00",
                "Mon 2026-03-02 20:30",
                "Tue 2026-03-03 08:00",
                "Wed 2026-03-04 08:00"
            ]
        );
        let weekly = times(&all[..1], Tz::UTC, "2026-03-02 20:30", usize::MAX);
        assert_eq!(weekly.len(), limits::RINGS_MAX);
        assert_eq!(weekly.first().map(String::as_str), Some("Mon 2026-03-09 20:30"));
        assert!(times(&all[2..], Tz::UTC, "2026-03-01 08:00", 9).is_empty());
        assert!(rings(&all, Tz::UTC, Timestamp(i64::MAX), 9).is_empty());
    }

    #[test]
    fn a_reminder_rings_once_on_days_when_the_clocks_change() {
        let night = [reminder(1, "02:30", Weekdays::ALL)];
        assert_eq!(
            times(&night, Tz::Europe__London, "2026-03-28 12:00", 2),
            ["Sun 2026-03-29 02:30", "Mon 2026-03-30 02:30"]
        );
        let one = [reminder(1, "01:30", Weekdays::ALL)];
        assert_eq!(
            times(&one, Tz::Europe__London, "2026-03-28 12:00", 2),
            ["Sun 2026-03-29 02:00", "Mon 2026-03-30 01:30"],
            "a time that this night does not have"
        );
        assert_eq!(
            times(&one, Tz::Europe__London, "2026-10-24 12:00", 2),
            ["Sun 2026-10-25 01:30", "Mon 2026-10-26 01:30"],
            "a time that this night has twice"
        );
        assert_eq!(
            times(&one, Tz::Pacific__Apia, "2011-12-29 12:00", 1),
            ["Sat 2011-12-31 01:30"],
            "a day that was left out"
        );
    }

    #[test]
    fn days_of_the_week_are_told_apart() {
        assert_eq!(Weekdays::of(Weekdays::ALL.days()), Weekdays::ALL);
        assert_eq!(Weekdays::ALL.days().count(), 7);
        assert_eq!(Weekdays::of([Weekday::Sun]).days().collect::<Vec<_>>(), [Weekday::Sun]);
        assert_eq!(Weekdays::of([Weekday::Mon, Weekday::Sun]), Weekdays(0b100_0001));
    }
}
