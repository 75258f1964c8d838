//! A moment as one field: `<milliseconds> <local date> <zone>`. One field, because halves of two devices' moments would be
//! a moment that never was.

use crate::clock::Timestamp;
use crate::moment::{Moment, Precision};

pub(super) fn write(moment: &Moment) -> String {
    format!("{} {} {}", moment.at.0, moment.local_date, moment.zone)
}

pub(super) fn read(text: &str) -> Option<Moment> {
    let mut parts = text.splitn(3, ' ');
    let moment = Moment {
        at: Timestamp(parts.next()?.parse().ok()?),
        local_date: parts.next()?.parse().ok()?,
        zone: parts.next()?.to_owned(),
        precision: Precision::Exact,
    };
    moment.is_possible().then_some(moment)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn a_moment_reads_back_with_its_local_date_and_nothing_else_is_one() {
        let moment = Moment::new(Timestamp(1_793_503_800_000), "America/New_York").unwrap();
        assert_eq!(write(&moment), "1793503800000 2026-10-31 America/New_York");
        assert_eq!(read(&write(&moment)), Some(moment));
        for text in [
            "",
            "1",
            "1 2026-10-31",
            "x 2026-10-31 UTC",
            "1 2026-13-31 UTC",
            "1  UTC",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
