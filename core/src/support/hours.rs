//! When a participant takes messages: windows of the week, and how many of a day.
//!
//! Theirs alone: the specialist hears that a message arrives in their hours, and not when these are. What arrives outside of them, or is one too many
//! for a day, waits on the participant's devices, without a word, for the next window. It stands in the relationship as `hours`, text: windows apart by
//! `;`, each days as bits from Monday on, beginning and end in minutes of the day, apart by spaces; and as `daily_max`, number.

use crate::clock::Timestamp;
use crate::limits;
use crate::profile::{Changes, Field, Fields, Weekdays, on_the_clock};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use std::collections::BTreeMap;

const HOURS: &str = "hours";
const DAILY_MAX: &str = "daily_max";
/// Days within which a week's window is found, whatever a zone leaves out; and days that a cap can push ahead.
const DAYS_AHEAD: u64 = 366;

/// Hours of some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The days.
    pub days: Weekdays,
    /// From this minute of the day on, on the wall.
    pub from: u16,
    /// Until this one, which is later; [`DAY_MINUTES`] for the end of the day.
    pub until: u16,
}

/// Minutes of a day: the end of it.
pub const DAY_MINUTES: u16 = 24 * 60;

/// When a participant takes messages. No window is any time; no number is any number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactHours {
    /// The windows.
    pub windows: Vec<Window>,
    /// How many on one day at most.
    pub daily_max: Option<u16>,
}

/// Why hours cannot be these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HoursInvalid {
    /// A window without days, or that ends before it begins.
    #[error("hours are on some day, and end after they begin on the same day")]
    Empty,
    /// More than are kept.
    #[error("there can be {} windows", limits::WINDOWS_MAX)]
    TooMany,
    /// None on a day.
    #[error("a day takes one message at least; to take none, pause")]
    NoneAtAll,
}

impl ContactHours {
    /// Checks them.
    ///
    /// # Errors
    /// [`HoursInvalid`].
    pub fn check(&self) -> Result<(), HoursInvalid> {
        if self.windows.len() > limits::WINDOWS_MAX {
            return Err(HoursInvalid::TooMany);
        }
        let is_empty =
            |one: &Window| one.days == Weekdays::default() || one.from >= one.until || one.until > DAY_MINUTES;
        if self.windows.iter().any(is_empty) {
            return Err(HoursInvalid::Empty);
        }
        if self.daily_max == Some(0) {
            return Err(HoursInvalid::NoneAtAll);
        }
        Ok(())
    }

    /// Reads them; what cannot be read is any time.
    pub fn from_fields(fields: &Fields) -> Self {
        let windows = fields.get(HOURS).and_then(Field::text).unwrap_or_default();
        let daily_max = fields.get(DAILY_MAX).and_then(Field::number);
        let read = Self {
            windows: windows.split(';').filter_map(window).collect(),
            daily_max: daily_max.and_then(|number| u16::try_from(number).ok()),
        };
        if read.check().is_ok() { read } else { Self::default() }
    }

    /// The changes that keep them.
    pub fn changes(&self) -> Changes {
        let windows: Vec<String> = self.windows.iter().map(text).collect();
        let hours = (!windows.is_empty()).then(|| Field::Text(windows.join(";")));
        let daily_max = self.daily_max.map(|most| Field::Number(most.into()));
        Changes::from([(HOURS.to_owned(), hours), (DAILY_MAX.to_owned(), daily_max)])
    }

    /// When messages that came at these times, in this order, are shown on a device in this zone, where others were shown at the times `before`.
    pub fn arrivals(&self, zone: Tz, before: &[Timestamp], came: &[Timestamp]) -> Vec<Timestamp> {
        let mut of_day: BTreeMap<NaiveDate, u16> = BTreeMap::new();
        for day in before.iter().filter_map(|at| day_of(zone, *at)) {
            *of_day.entry(day).or_default() += 1;
        }
        let mut last = Timestamp(i64::MIN);
        came.iter()
            .map(|at| {
                // In their order: none before the one that came before it.
                let arrival = self.first(zone, (*at).max(last), &of_day).unwrap_or(*at);
                if let Some(day) = day_of(zone, arrival) {
                    *of_day.entry(day).or_default() += 1;
                }
                last = arrival;
                arrival
            })
            .collect()
    }

    /// The first moment from `from` on that lies in a window of a day that is not full.
    fn first(&self, zone: Tz, from: Timestamp, of_day: &BTreeMap<NaiveDate, u16>) -> Option<Timestamp> {
        let today = day_of(zone, from)?;
        (0..DAYS_AHEAD).find_map(|ahead| {
            let date = today.checked_add_days(Days::new(ahead))?;
            let is_full = self
                .daily_max
                .is_some_and(|most| of_day.get(&date).is_some_and(|count| *count >= most));
            if is_full {
                return None;
            }
            if self.windows.is_empty() {
                let midnight = on_the_clock(zone, date.and_time(NaiveTime::MIN))?;
                return Some(midnight.max(from));
            }
            let today = self.windows.iter().filter(|one| one.days.contains(date.weekday()));
            let open = today.filter_map(|one| {
                let at = minute_of(zone, date, one.from)?.max(from);
                (at < minute_of(zone, date, one.until)?).then_some(at)
            });
            open.min()
        })
    }
}

/// The instant of a minute of a day; of the last one, where the next day begins.
fn minute_of(zone: Tz, date: NaiveDate, minute: u16) -> Option<Timestamp> {
    let midnight = date.and_time(NaiveTime::MIN);
    on_the_clock(zone, midnight.checked_add_signed(TimeDelta::minutes(minute.into()))?)
}

fn day_of(zone: Tz, at: Timestamp) -> Option<NaiveDate> {
    DateTime::from_timestamp_millis(at.0).map(|at| at.with_timezone(&zone).date_naive())
}

fn text(window: &Window) -> String {
    let days: u32 = window.days.days().map(|day| 1 << day.num_days_from_monday()).sum();
    format!("{days} {} {}", window.from, window.until)
}

fn window(text: &str) -> Option<Window> {
    let mut parts = text.split(' ').map(str::parse::<u16>);
    let [days, from, until] = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
    (from < until && until <= DAY_MINUTES && days < 128).then(|| Window {
        days: Weekdays::of(
            Weekdays::ALL
                .days()
                .filter(|day| days & (1 << day.num_days_from_monday()) != 0),
        ),
        from,
        until,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::profile::apply;
    use chrono::{TimeZone as _, Weekday};
    use chrono_tz::America::New_York;

    fn at(text: &str) -> Timestamp {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        Timestamp(
            New_York
                .from_local_datetime(&local)
                .earliest()
                .unwrap()
                .timestamp_millis(),
        )
    }

    fn hours(daily_max: Option<u16>) -> ContactHours {
        ContactHours {
            windows: vec![Window {
                days: Weekdays::of([Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu]),
                from: 10 * 60,
                until: 16 * 60,
            }],
            daily_max,
        }
    }

    #[test]
    fn what_comes_outside_of_the_hours_waits_for_them() {
        // 2026-11-01 is a Sunday, and the day on which clocks go back there.
        for (came, arrives) in [
            ("2026-10-29 22:15", "2026-11-02 10:00"), // Thursday night
            ("2026-11-01 01:30", "2026-11-02 10:00"),
            ("2026-11-02 09:59", "2026-11-02 10:00"),
            ("2026-11-02 10:01", "2026-11-02 10:01"),
            ("2026-11-02 15:59", "2026-11-02 15:59"),
            ("2026-11-02 16:00", "2026-11-03 10:00"),
        ] {
            assert_eq!(
                hours(None).arrivals(New_York, &[], &[at(came)]),
                [at(arrives)],
                "{came}"
            );
        }
        assert_eq!(
            ContactHours::default().arrivals(New_York, &[], &[at("2026-10-29 22:15")]),
            [at("2026-10-29 22:15")]
        );
    }

    #[test]
    fn one_too_many_for_a_day_waits_for_the_next_and_the_order_stays() {
        let came = [
            "2026-11-02 11:00",
            "2026-11-02 12:00",
            "2026-11-02 13:00",
            "2026-11-03 09:00",
        ]
        .map(at);
        let arrives = [
            "2026-11-02 11:00",
            "2026-11-02 12:00",
            "2026-11-03 10:00",
            "2026-11-03 10:00",
        ]
        .map(at);
        assert_eq!(hours(Some(2)).arrivals(New_York, &[], &came), arrives);
        let only_one = ContactHours {
            windows: Vec::new(),
            daily_max: Some(1),
        };
        let arrives = [
            "2026-11-02 11:00",
            "2026-11-03 00:00",
            "2026-11-04 00:00",
            "2026-11-05 00:00",
        ]
        .map(at);
        assert_eq!(only_one.arrivals(New_York, &[], &came), arrives);
    }

    #[test]
    fn a_window_can_reach_to_the_end_of_the_day() {
        let late = ContactHours {
            windows: vec![Window {
                days: Weekdays::ALL,
                from: 22 * 60,
                until: DAY_MINUTES,
            }],
            daily_max: None,
        };
        assert_eq!(late.check(), Ok(()));
        for (came, arrives) in [("23:59", "23:59"), ("21:00", "22:00")] {
            let day = |time: &str| at(&format!("2026-11-02 {time}"));
            assert_eq!(late.arrivals(New_York, &[], &[day(came)]), [day(arrives)]);
        }
    }

    #[test]
    fn hours_read_back_and_what_cannot_be_read_is_any_time() {
        let mut fields = Fields::new();
        apply(&mut fields, &hours(Some(3)).changes());
        assert_eq!(ContactHours::from_fields(&fields), hours(Some(3)));
        for text in [
            "",
            "0 600 960",
            "15 960 600",
            "15 600",
            "200 600 960",
            "15 600 99999",
            "x",
        ] {
            fields.insert(HOURS.to_owned(), Field::Text(text.to_owned()));
            assert_eq!(ContactHours::from_fields(&fields).windows, [], "{text}");
        }
        apply(&mut fields, &ContactHours::default().changes());
        assert_eq!(ContactHours::from_fields(&fields), ContactHours::default());
        assert!(fields.is_empty());
    }

    #[test]
    fn hours_are_checked() {
        let mut empty = hours(Some(0));
        assert_eq!(empty.check(), Err(HoursInvalid::NoneAtAll));
        empty.windows[0].until = empty.windows[0].from;
        assert_eq!(empty.check(), Err(HoursInvalid::Empty));
        empty.windows = vec![hours(None).windows[0]; limits::WINDOWS_MAX + 1];
        assert_eq!(empty.check(), Err(HoursInvalid::TooMany));
    }
}
