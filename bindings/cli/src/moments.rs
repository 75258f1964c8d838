//! Times and zones as people type them.

use crate::failure::Failure;
use cairn_core::clock::{Clock as _, SystemClock, Timestamp};
use cairn_core::moment::{Moment, Precision};
use chrono::{DateTime, Datelike as _, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use std::path::Path;

/// The forms of a time, for messages.
pub(crate) const FORMS: &str = "2026-03-01, 2026-03-01 21:30 or 2026-03-01T21:30:00+01:00";

/// The zone that was named, else the one of this computer.
pub(crate) fn zone(named: Option<&str>) -> Result<Tz, Failure> {
    match named {
        None => Ok(local_zone()),
        Some(name) => name.trim().parse().map_err(|_| {
            Failure::invalid(
                "Nothing was changed: a zone has a name like Europe/London, and this one is not known here.",
            )
        }),
    }
}

/// The zone of this computer: what `TZ` says, else what the system was set to, else UTC.
pub(crate) fn local_zone() -> Tz {
    let set = std::env::var("TZ").ok().and_then(|name| named_zone(&name));
    let linked = || {
        std::fs::read_link("/etc/localtime")
            .ok()
            .and_then(|path| zone_of_path(&path))
    };
    let written = || {
        std::fs::read_to_string("/etc/timezone")
            .ok()
            .and_then(|name| named_zone(&name))
    };
    set.or_else(linked).or_else(written).unwrap_or(Tz::UTC)
}

/// The zone in a value of `TZ`: a name, a name after a colon, or a file below `zoneinfo`.
fn named_zone(value: &str) -> Option<Tz> {
    let name = value.trim().trim_start_matches(':');
    name.parse().ok().or_else(|| zone_of_path(Path::new(name)))
}

fn zone_of_path(path: &Path) -> Option<Tz> {
    let (_, name) = path.to_str()?.split_once("zoneinfo/")?;
    name.parse().ok()
}

/// The present time there.
pub(crate) fn now(zone: Tz) -> Result<Moment, Failure> {
    moment(SystemClock.now(), zone)
}

fn moment(at: Timestamp, zone: Tz) -> Result<Moment, Failure> {
    Moment::new(at, zone.name()).map_err(|_| Failure::invalid("Nothing was changed: no calendar holds this time."))
}

/// A time as someone typed it. A day alone is kept as a day: its instant is noon there, so that it stands among its day's entries.
pub(crate) fn parse(text: &str, zone: Tz) -> Result<Moment, Failure> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        in_calendar(exact.naive_utc().date())?;
        return moment(Timestamp(exact.timestamp_millis()), zone);
    }
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
    let (local, precision) = if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        (day.and_time(noon), Precision::Day)
    } else {
        let forms = [
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S",
        ];
        let typed = forms
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let unreadable = || Failure::invalid(format!("Nothing was changed: a time looks like {FORMS}."));
        (typed.ok_or_else(unreadable)?, Precision::Exact)
    };
    in_calendar(local.date())?;
    let moment = moment(instant(local, zone)?, zone)?;
    Ok(Moment {
        local_date: local.date(),
        precision,
        ..moment
    })
}

/// The end of a share: the time that was typed, or the end of the day.
pub(crate) fn parse_end(text: &str, zone: Tz) -> Result<Moment, Failure> {
    let typed = parse(text, zone)?;
    if typed.precision != Precision::Day {
        return Ok(typed);
    }
    let next = typed
        .local_date
        .checked_add_days(Days::new(1))
        .unwrap_or(typed.local_date);
    Ok(Moment {
        at: instant(next.and_time(NaiveTime::MIN), zone)?,
        ..typed
    })
}

/// The instant a clock on the wall shows this; of two, the earlier.
fn instant(local: NaiveDateTime, zone: Tz) -> Result<Timestamp, Failure> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Ok(Timestamp(at.timestamp_millis())),
        MappedLocalTime::None => Err(Failure::invalid(
            "Nothing was changed: this time was left out there, when the clocks went forward.",
        )),
    }
}

fn in_calendar(date: NaiveDate) -> Result<(), Failure> {
    if (1..=9999).contains(&date.year()) {
        return Ok(());
    }
    Err(Failure::invalid("Nothing was changed: a year has up to four digits."))
}

/// A moment for reading, as exactly as it is known: `2026-03-01 21:30`, `2026-03-01`, `2026-03`.
pub(crate) fn shown(moment: &Moment) -> String {
    let day = moment.local_date;
    match moment.precision {
        Precision::Exact => {
            let zone: Tz = moment.zone.parse().unwrap_or(Tz::UTC);
            match DateTime::from_timestamp_millis(moment.at.0) {
                Some(at) => format!("{day} {}", at.with_timezone(&zone).format("%H:%M")),
                None => day.to_string(),
            }
        }
        Precision::Day => day.to_string(),
        Precision::Month | Precision::Season => day.format("%Y-%m").to_string(),
        Precision::Unknown => "some time".to_owned(),
    }
}

/// An instant on the clock of this computer: `2026-03-01 21:30`.
pub(crate) fn shown_here(at: Timestamp) -> String {
    Moment::new(at, local_zone().name())
        .map(|moment| shown(&moment))
        .unwrap_or_default()
}

/// An instant for programs: RFC 3339, in UTC.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    DateTime::from_timestamp_millis(at.0)
        .map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    const NEW_YORK: Tz = Tz::America__New_York;

    #[test]
    fn an_exact_time_is_an_instant_and_its_day_is_the_one_on_the_wall() {
        let moment = parse("2026-11-01T03:30:00Z", NEW_YORK).unwrap();
        assert_eq!(
            (moment.at.0, moment.local_date.to_string().as_str()),
            (1_793_503_800_000, "2026-10-31")
        );
        assert_eq!(moment.zone, "America/New_York");
        assert_eq!(parse("2026-10-31 23:30", NEW_YORK).unwrap(), moment);
        assert_eq!(parse(" 2026-10-31T23:30 ", NEW_YORK).unwrap(), moment);
        assert_eq!(shown(&moment), "2026-10-31 23:30");
        assert_eq!(rfc3339(moment.at), "2026-11-01T03:30:00.000Z");
    }

    #[test]
    fn a_day_alone_stays_a_day() {
        let moment = parse("2026-03-01", Tz::Pacific__Kiritimati).unwrap();
        assert_eq!(
            (moment.precision, moment.local_date.to_string().as_str()),
            (Precision::Day, "2026-03-01")
        );
        assert_eq!(shown(&moment), "2026-03-01");
    }

    #[test]
    fn a_time_the_clocks_left_out_is_said_so_and_of_a_doubled_one_the_first_counts() {
        assert!(
            parse("2026-03-08 02:30", NEW_YORK)
                .unwrap_err()
                .sentence()
                .contains("left out")
        );
        assert_eq!(
            rfc3339(parse("2026-11-01 01:30", NEW_YORK).unwrap().at),
            "2026-11-01T05:30:00.000Z"
        );
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_forms_of_one() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "1.3.2026",
            "2026-03-01 25:00",
            "+12026-01-01",
            "0000-01-01",
        ] {
            let sentence = parse(text, Tz::UTC).unwrap_err().sentence();
            assert!(
                sentence.contains(FORMS) || sentence.contains("four digits"),
                "{text}: {sentence}"
            );
        }
    }

    #[test]
    fn a_share_until_a_day_lasts_to_its_end() {
        assert_eq!(
            rfc3339(parse_end("2026-12-24", NEW_YORK).unwrap().at),
            "2026-12-25T05:00:00.000Z"
        );
        assert_eq!(
            rfc3339(parse_end("2026-12-24T10:00:00Z", NEW_YORK).unwrap().at),
            "2026-12-24T10:00:00.000Z"
        );
    }

    #[test]
    fn zones_are_read_off_what_systems_say() {
        for value in [
            "Europe/London",
            ":Europe/London",
            "/usr/share/zoneinfo/Europe/London",
            " Europe/London\n",
        ] {
            assert_eq!(named_zone(value), Some(Tz::Europe__London), "{value}");
        }
        assert_eq!(
            zone_of_path(Path::new("../usr/share/zoneinfo/Asia/Tokyo")),
            Some(Tz::Asia__Tokyo)
        );
        assert_eq!(named_zone("XYZ3ABC"), None);
        assert!(zone(Some("Mars/Olympus")).unwrap_err().sentence().contains("zone"));
    }
}
