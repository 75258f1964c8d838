//! When something happened, as the person lived it.

use cairn_core::moment::{Moment as CoreMoment, Precision as CorePrecision};

use crate::{Timestamp, VaultError, core_instant, instant};

/// How exactly a moment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Precision {
    /// To the minute.
    Exact,
    /// The day is known.
    Day,
    /// The month is known.
    Month,
    /// The time of year is known.
    Season,
    /// Only that it was some time.
    Unknown,
}

/// An instant, the zone the person was in, and the date on their calendar there.
///
/// The date is decided once and never computed again: travel, daylight saving and sync cannot move an entry to another
/// day. So hand the moment of an entry back as it is when the person did not change it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The IANA name of the zone, such as `Europe/London`.
    pub zone: String,
    /// How exactly it is known.
    pub precision: Precision,
    /// The date there, as `YYYY-MM-DD`. Leave it out of a new moment: it is then read off the zone. Never missing in a
    /// moment the vault gave you.
    #[uniffi(default = None)]
    pub local_date: Option<String>,
}

impl From<CoreMoment> for Moment {
    fn from(moment: CoreMoment) -> Self {
        Self {
            at: instant(moment.at),
            zone: moment.zone,
            precision: moment.precision.into(),
            local_date: Some(moment.local_date.to_string()),
        }
    }
}

impl TryFrom<Moment> for CoreMoment {
    type Error = VaultError;

    fn try_from(moment: Moment) -> Result<Self, VaultError> {
        let read = Self::new(core_instant(moment.at), &moment.zone)
            .map_err(|error| VaultError::invalid(&error.to_string()))?;
        let local_date = match moment.local_date {
            Some(date) => date
                .parse()
                .map_err(|_| VaultError::invalid("a date has the form YYYY-MM-DD"))?,
            None => read.local_date,
        };
        Ok(Self {
            local_date,
            precision: moment.precision.into(),
            ..read
        })
    }
}

impl From<CorePrecision> for Precision {
    fn from(precision: CorePrecision) -> Self {
        match precision {
            CorePrecision::Exact => Self::Exact,
            CorePrecision::Day => Self::Day,
            CorePrecision::Month => Self::Month,
            CorePrecision::Season => Self::Season,
            CorePrecision::Unknown => Self::Unknown,
        }
    }
}

impl From<Precision> for CorePrecision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::Exact => Self::Exact,
            Precision::Day => Self::Day,
            Precision::Month => Self::Month,
            Precision::Season => Self::Season,
            Precision::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    fn moment(local_date: Option<&str>) -> Moment {
        Moment {
            // 2026-11-01T03:30Z: still Halloween in New York.
            at: Timestamp::from_timestamp_millis(1_793_503_800_000).unwrap(),
            zone: "America/New_York".to_owned(),
            precision: Precision::Exact,
            local_date: local_date.map(str::to_owned),
        }
    }

    #[test]
    fn a_date_is_read_off_the_zone_once_and_then_handed_back_as_it_is() {
        let made = Moment::from(CoreMoment::try_from(moment(None)).unwrap());
        assert_eq!(made.local_date.as_deref(), Some("2026-10-31"));
        let moved = CoreMoment::try_from(moment(Some("2026-11-01"))).unwrap();
        assert_eq!(moved.local_date.to_string(), "2026-11-01");
        assert!(matches!(
            CoreMoment::try_from(moment(Some("soon"))),
            Err(VaultError::Invalid(_))
        ));
    }
}
