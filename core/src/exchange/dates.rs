//! Dates as other journals write them.
//!
//! **Invariant:** where a source says a civil date, that date is the entry's, whatever zone it is read in: the instant is
//! found for the date, never the other way round. A date without a time is its noon, with the precision of a day, so that
//! no zone can move it to a neighbour. Where clocks were put forward over a time, the instant is the one that a clock
//! which was not put forward would show; where they were put back, the first of the two.

use super::ImportError;
use crate::clock::Timestamp;
use crate::moment::{Moment, Precision};
use chrono::{DateTime, Days, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;
use std::fmt;

/// The instants a file can name, in milliseconds: the years 0 to 9999, as RFC 3339 has them, in whatever zone.
pub(super) const INSTANTS_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// The zone in which a source without zones was written, as the person named it.
#[derive(Clone, Copy)]
pub(super) struct Zone(Tz);

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Zone {
    /// The zone of this name; the source cannot do without one.
    pub(super) fn needed(name: &str) -> Result<Self, ImportError> {
        Self::given(name)?.ok_or(ImportError::ZoneNeeded)
    }

    /// The zone of this name, if one was named.
    pub(super) fn given(name: &str) -> Result<Option<Self>, ImportError> {
        match name.trim() {
            "" => Ok(None),
            name => Ok(Some(Self(name.parse().map_err(|_| ImportError::UnknownZone)?))),
        }
    }

    /// Its IANA name.
    pub(super) fn name(self) -> &'static str {
        self.0.name()
    }

    /// The moment at which a clock on the wall there showed this.
    pub(super) fn at(self, shown: NaiveDateTime) -> Option<Moment> {
        self.moment(shown, Precision::Exact)
    }

    /// That day, whole.
    pub(super) fn day(self, day: NaiveDate) -> Option<Moment> {
        self.moment(day.and_time(noon()), Precision::Day)
    }

    fn moment(self, shown: NaiveDateTime, precision: Precision) -> Option<Moment> {
        let offset = match self.0.from_local_datetime(&shown) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.offset().fix(),
            MappedLocalTime::None => {
                let before = shown.checked_sub_days(Days::new(1))?;
                self.0.offset_from_utc_datetime(&before).fix()
            }
        };
        let at = shown.checked_sub_offset(offset)?.and_utc().timestamp_millis();
        let moment = Moment::new(Timestamp(at), self.name()).ok()?;
        let moment = Moment {
            local_date: shown.date(),
            precision,
            ..moment
        };
        (INSTANTS_MS.contains(&at) && moment.is_possible()).then_some(moment)
    }

    /// The moment of a date that says its offset. Where the zone has that offset then, it is a moment there; where the
    /// writer was elsewhere, the date stays theirs and the zone becomes the offset's.
    pub(super) fn with_offset(self, written: DateTime<FixedOffset>) -> Option<Moment> {
        let here = written.with_timezone(&self.0).offset().fix();
        let is_here = here == *written.offset() || written.offset().local_minus_utc() == 0;
        placed(written, is_here.then(|| self.name()), false)
    }
}

fn noon() -> NaiveTime {
    NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default()
}

/// A date as RFC 3339 has it (years 0 to 9999), or with an offset that lacks its colon.
pub(super) fn rfc3339(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text.trim())
        .or_else(|_| DateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .filter(|date| INSTANTS_MS.contains(&date.timestamp_millis()))
}

/// A day as a file's name or a table has it: `2024-05-01`, `2024_05_01`, `2024/05/01` or `20240501`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let form = match (text.len(), text.as_bytes().get(4)?) {
        (10, b'-') => "%Y-%m-%d",
        (10, b'_') => "%Y_%m_%d",
        (10, b'/') => "%Y/%m/%d",
        (8, _) if is_number(text) => "%Y%m%d",
        _ => return None,
    };
    NaiveDate::parse_from_str(text, form).ok()
}

/// A time of day as apps and people write it: `20:30`, `20:30:05`, `20.30`, `8:30 pm`, `8:30 P.M.`.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let ends = |forms: [&str; 2]| forms.into_iter().find_map(|form| plain.strip_suffix(form));
    let (late, early) = (ends(["pm", "p.m."]), ends(["am", "a.m."]));
    let is_late = late.is_some();
    let digits = late.or(early).unwrap_or(&plain);
    let mut parts = digits.split([':', '.']).map(|part| {
        let is_number = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| is_number)
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    let hour = match (late.or(early).is_some(), hour) {
        (true, 12) => 0,
        (true, 1..=11) | (false, _) => hour,
        _ => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    NaiveTime::from_hms_opt(if is_late { hour + 12 } else { hour }, minute, second)
}

/// What a person wrote as a date, in whichever form: with an offset, with a time, or a day alone.
pub(super) fn written(text: &str, zone: Zone) -> Option<Moment> {
    let text = text.trim().trim_start_matches("[[").trim_end_matches("]]").trim();
    if let Some(date) = rfc3339(text).or_else(|| rfc3339(&text.replacen(' ', "T", 1).replace(' ', ""))) {
        return zone.with_offset(date);
    }
    if let Some(day) = day(text) {
        return zone.day(day);
    }
    let (date, clock) = text.split_once(['T', ' '])?;
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| {
        // Parts of a second; a point before minutes is another thing.
        if whole.contains(':') { whole } else { clock }
    });
    zone.at(day(date)?.and_time(time(clock)?))
}

/// The moment of an entry whose source names the zone. The local date comes from the zone; where that is unknown here, from
/// the offset in its name (`GMT+0530`), else from the offset the date was written with.
pub(super) fn placed(created: DateTime<FixedOffset>, zone: Option<&str>, all_day: bool) -> Option<Moment> {
    let offset = *created.offset();
    let named = match zone {
        Some(zone) => zone.to_owned(),
        None => zone_of(offset),
    };
    let mut moment = Moment::new(Timestamp(created.timestamp_millis()), &named).ok()?;
    if named.parse::<Tz>().is_err() {
        let offset = offset_in_name(&named).unwrap_or(offset);
        moment.local_date = created.with_timezone(&offset).date_naive();
    } else if zone.is_none() {
        moment.local_date = created.date_naive();
    }
    if all_day {
        moment.precision = Precision::Day;
    }
    Some(moment)
}

/// The name of the zone that has always this offset (its sign is the other way round, by an old custom of POSIX).
fn zone_of(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    match seconds / 3600 {
        hours @ (-12..=-1 | 1..=14) if seconds % 3600 == 0 => format!("Etc/GMT{:+}", -hours),
        _ => "UTC".to_owned(),
    }
}

/// The offset in a name like `GMT+0530`, `UTC-3` or `+02:00`.
fn offset_in_name(name: &str) -> Option<FixedOffset> {
    let rest = name.trim().trim_start_matches("GMT").trim_start_matches("UTC");
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let number: i32 = digits
        .parse()
        .ok()
        .filter(|_| digits.len() <= 4 && !digits.starts_with('+'))?;
    let (hours, minutes) = if digits.len() <= 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)).filter(|_| hours <= 14 && minutes < 60)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::needed(name).unwrap()
    }

    #[test]
    fn a_day_alone_stays_that_day_in_every_zone_even_one_that_never_was() {
        for name in chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()) {
            for date in ["2011-12-30", "2024-03-31", "2024-10-27", "1950-01-01", "2024-02-29"] {
                let moment = written(date, zone(name)).unwrap();
                assert_eq!(
                    (moment.local_date.to_string().as_str(), moment.precision),
                    (date, Precision::Day),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_time_that_clocks_left_out_or_showed_twice_is_still_one_moment_of_its_day() {
        let london = zone("Europe/London");
        let at = |text| written(text, london).unwrap();
        assert_eq!(at("2024-03-31 01:30").at, Timestamp(1_711_848_600_000));
        assert_eq!(at("2024-10-27 01:30").at, Timestamp(1_729_989_000_000));
        assert_eq!(at("2024-10-27 01:30").local_date.to_string(), "2024-10-27");
    }

    #[test]
    fn times_are_read_in_the_forms_of_apps_and_people() {
        for (text, read) in [
            ("20:30", "20:30:00"),
            ("8:30 pm", "20:30:00"),
            ("8:30\u{202f}PM", "20:30:00"),
            ("12:05 a.m.", "00:05:00"),
            ("12:05 pm", "12:05:00"),
            ("08.30", "08:30:00"),
            ("7:05:09", "07:05:09"),
        ] {
            assert_eq!(time(text).unwrap().to_string(), read, "{text}");
        }
        for text in [
            "",
            "8",
            "25:00",
            "13:00 pm",
            "8:5x",
            "午後8:30",
            "8:300",
            "::",
            "8:30:00:00",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_keeps_the_offset_it_was_written_with() {
        let tokyo = zone("Asia/Tokyo");
        let read = |text| written(text, tokyo).map(|moment| (moment.zone, moment.local_date.to_string()));
        assert_eq!(
            read("2024-05-01T23:30:00-04:00"),
            Some(("Etc/GMT+4".to_owned(), "2024-05-01".to_owned()))
        );
        assert_eq!(
            read("2024-05-01T23:30:00Z"),
            Some(("Asia/Tokyo".to_owned(), "2024-05-02".to_owned()))
        );
        assert_eq!(
            read("2024-05-01 08:30:00 +0900"),
            Some(("Asia/Tokyo".to_owned(), "2024-05-01".to_owned()))
        );
        assert_eq!(
            read("[[2024-05-01]]"),
            Some(("Asia/Tokyo".to_owned(), "2024-05-01".to_owned()))
        );
        assert_eq!(
            read("2024-05-01T10:00:00.123"),
            Some(("Asia/Tokyo".to_owned(), "2024-05-01".to_owned()))
        );
        for nothing in ["", "soon", "2024-13-01", "2024-05-01 soon", "99999-01-01", "T"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_zone_is_needed_or_not_and_must_be_known() {
        assert!(matches!(Zone::needed(" "), Err(ImportError::ZoneNeeded)));
        assert!(matches!(Zone::needed("Mars/Olympus"), Err(ImportError::UnknownZone)));
        assert!(matches!(Zone::given(""), Ok(None)));
    }
}
