//! One entry, to be shown to others: its words, and of what stands around them only what its writer chose.

use crate::journal::Entry;
use crate::moment::{Moment, Precision};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// What goes along with the words of a story. Nothing does until its writer says so; when it was written, its id, what an
/// import kept and the marks never do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Story {
    /// The day on which it happened.
    pub date: bool,
    /// Tags.
    pub tags: bool,
    /// Feelings.
    pub feelings: bool,
    /// The names of people.
    pub people: bool,
    /// The place.
    pub place: bool,
    /// Pictures, in a page to print: JPEG, PNG, WebP and AVIF, always without what their files say of where and with what they were
    /// made, also where they were kept with it. Others stay here.
    pub pictures: bool,
}

impl Story {
    /// The entry with nothing around its words but this.
    pub(super) fn of(self, entry: &Entry) -> Entry {
        let kept = |keep: bool, words: &[crate::journal::Word]| if keep { words.to_vec() } else { Vec::new() };
        let mut told = Entry::blank(entry.id, Moment::epoch());
        told.title.clone_from(&entry.title);
        told.body.clone_from(&entry.body);
        // Its links still lead somewhere, or are replaced by what an attachment shows in words.
        told.attachments.clone_from(&entry.attachments);
        told.tags = kept(self.tags, &entry.tags);
        told.feelings = kept(self.feelings, &entry.feelings);
        told.people = kept(self.people, &entry.people);
        told.place = entry
            .place
            .clone()
            .filter(|_| self.place)
            .map(|place| crate::journal::Place {
                position: None,
                ..place
            });
        if self.date {
            told.happened = Moment {
                precision: entry.happened.precision.max(Precision::Day),
                ..entry.happened.clone()
            };
        }
        told
    }
}

/// The day of a moment as far as it is known, in the digits of ISO 8601.
pub(super) fn day(moment: &Moment) -> String {
    let format = match moment.precision {
        Precision::Exact | Precision::Day => "%Y-%m-%d",
        Precision::Month => "%Y-%m",
        Precision::Season | Precision::Unknown => "%Y",
    };
    moment.local_date.format(format).to_string()
}

/// The time on the wall, `HH:MM`; none where the moment is not known so exactly, or its zone is not known here.
pub(super) fn time(moment: &Moment) -> Option<String> {
    let utc: DateTime<Utc> = DateTime::from_timestamp_millis(moment.at.0)?;
    let zone: Tz = moment
        .zone
        .parse()
        .ok()
        .filter(|_| moment.precision == Precision::Exact)?;
    Some(utc.with_timezone(&zone).format("%H:%M").to_string())
}
