//! When something happened, as the person lived it.

use crate::clock::Timestamp;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use chrono_tz::Tz;

/// How exactly a moment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Precision {
    /// To the minute.
    Exact = 0,
    /// The day is known.
    Day = 1,
    /// The month is known.
    Month = 2,
    /// The time of year is known.
    Season = 3,
    /// Only that it was some time.
    Unknown = 4,
}

impl Precision {
    /// The precision with this number, if there is one.
    pub const fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Exact,
            1 => Self::Day,
            2 => Self::Month,
            3 => Self::Season,
            4 => Self::Unknown,
            _ => return None,
        })
    }
}

/// An instant, the zone the person was in, and the local civil date.
///
/// **Invariant:** `local_date` is decided once, when the moment is made, and never computed again: travel, daylight
/// saving, sync and import cannot move an entry to another day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// IANA name of the zone, as it was given (`Europe/London`). Kept as text, so that a zone this version does not know survives.
    pub zone: String,
    /// The civil date at that place.
    pub local_date: NaiveDate,
    /// How exactly it is known.
    pub precision: Precision,
}

/// A time that no calendar can hold, or a zone that is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this moment cannot be placed on a calendar")]
pub struct NoSuchMoment;

/// The longest name a zone can have, in bytes; the longest of today's IANA names has 32.
pub const ZONE_BYTES_MAX: usize = 64;

/// 1970-01-01 as chrono counts days.
const EPOCH_DAY: i64 = 719_163;

/// The date so many days after 1970-01-01; none that no calendar here holds.
pub(crate) fn date_of_day(day: i64) -> Option<NaiveDate> {
    let day = day.checked_add(EPOCH_DAY).and_then(|day| i32::try_from(day).ok());
    day.and_then(NaiveDate::from_num_days_from_ce_opt)
}

/// How many days after 1970-01-01 a date is.
pub(crate) fn day_of_date(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - EPOCH_DAY
}

impl Moment {
    /// The beginning of 1970 in UTC: where a value is needed and none is meant.
    pub(crate) fn epoch() -> Self {
        Self {
            at: Timestamp(0),
            zone: "UTC".to_owned(),
            local_date: NaiveDate::default(),
            precision: Precision::Unknown,
        }
    }

    /// Whether every device can keep it: a zone's name of a possible length, an instant and a date in a calendar of four digits.
    pub fn is_possible(&self) -> bool {
        self.zone.len() <= ZONE_BYTES_MAX
            && DateTime::<Utc>::from_timestamp_millis(self.at.0).is_some()
            && (0..=9999).contains(&self.local_date.year())
    }

    /// The moment `at` in `zone`, its local date read off that zone; UTC's date where the zone is not known here.
    ///
    /// # Errors
    /// [`NoSuchMoment`] when the instant is outside the calendar or the zone's name is longer than [`ZONE_BYTES_MAX`].
    pub fn new(at: Timestamp, zone: &str) -> Result<Self, NoSuchMoment> {
        if zone.len() > ZONE_BYTES_MAX {
            return Err(NoSuchMoment);
        }
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(at.0).ok_or(NoSuchMoment)?;
        let local_date = match zone.parse::<Tz>() {
            Ok(zone) => utc.with_timezone(&zone).date_naive(),
            Err(_) => utc.date_naive(),
        };
        Ok(Self {
            at,
            zone: zone.to_owned(),
            local_date,
            precision: Precision::Exact,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn the_local_date_is_the_one_on_the_wall() {
        // 2026-11-01T03:30Z: still Halloween in New York, already the first in Tokyo.
        let at = Timestamp(1_793_503_800_000);
        assert_eq!(
            Moment::new(at, "America/New_York").unwrap().local_date.to_string(),
            "2026-10-31"
        );
        assert_eq!(
            Moment::new(at, "Asia/Tokyo").unwrap().local_date.to_string(),
            "2026-11-01"
        );
        assert_eq!(
            Moment::new(at, "Mars/Olympus").unwrap().local_date.to_string(),
            "2026-11-01"
        );
        assert_eq!(Moment::new(Timestamp(i64::MAX), "UTC"), Err(NoSuchMoment));
    }
}
