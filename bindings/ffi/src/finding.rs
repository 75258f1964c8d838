//! Finding what was written: filters, words in use, the calendar, and "on this day".

use cairn_core::id::EntryId;
use cairn_core::journal as core;
use chrono::NaiveDate;
use uuid::Uuid;

use crate::entry::core_count;
use crate::{AttachmentKind, Cursor, Entry, EntryPage, Journal, VaultError, silent_debug};

/// A kind of word that stands around an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum WordKind {
    /// Tags.
    Tag,
    /// Feelings.
    Feeling,
    /// People.
    Person,
    /// Areas of life.
    LifeArea,
}

/// Which attachments an entry has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Attached {
    /// At least one, whatever it is.
    Anything,
    /// At least one of this kind.
    OfKind {
        /// The kind.
        kind: AttachmentKind,
    },
}

/// What an entry has to be to be listed or found. Everything that is set must hold; an empty one lets everything through.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct EntryFilter {
    /// The first date, `YYYY-MM-DD`, on the person's own calendar.
    #[uniffi(default = None)]
    pub from_date: Option<String>,
    /// The last date, `YYYY-MM-DD`; its entries belong to it.
    #[uniffi(default = None)]
    pub to_date: Option<String>,
    /// Tags, all of which it has. Case does not matter, here and below; 100 words at most together.
    #[uniffi(default = [])]
    pub tags: Vec<String>,
    /// Feelings, all of which it has.
    #[uniffi(default = [])]
    pub feelings: Vec<String>,
    /// People, all of whom it is about.
    #[uniffi(default = [])]
    pub people: Vec<String>,
    /// Areas of life, all of which it belongs to.
    #[uniffi(default = [])]
    pub life_areas: Vec<String>,
    /// What hangs on it.
    #[uniffi(default = None)]
    pub attached: Option<Attached>,
    /// Whether the person wants to remember it.
    #[uniffi(default = None)]
    pub remember: Option<bool>,
    /// The entry it replies to.
    #[uniffi(default = None)]
    pub replies_to: Option<Uuid>,
}

/// A month of the calendar: which days have entries, never how many. Mark them all alike.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CalendarMonth {
    /// The days that have entries, `YYYY-MM-DD`, in order.
    pub days: Vec<String>,
    /// Whether there are entries of this month whose day is not known; `undated_of_month` has them.
    pub has_undated: bool,
}

silent_debug!(EntryFilter);

#[uniffi::export]
impl Journal {
    /// The words of a kind that entries have, alphabetically and each once: nothing says how often. They begin as `beginning` does,
    /// whatever the case, so that they can complete what is being typed. 1 to 1000 of them, after the word where the page before
    /// ended.
    #[uniffi::method(default(beginning = "", count = 1000, after = None))]
    pub async fn words(
        &self,
        kind: WordKind,
        beginning: String,
        count: i32,
        after: Option<String>,
    ) -> Result<Vec<String>, VaultError> {
        let query = core::WordQuery {
            kind: kind.into(),
            beginning,
            count: core_count(count),
            after,
        };
        let found = self.0.words(query).await?;
        Ok(found.into_iter().map(|word| word.written).collect())
    }

    /// The days of a month, `YYYY-MM`, that have entries, on the person's own calendar.
    pub async fn days(&self, month: String) -> Result<CalendarMonth, VaultError> {
        let core::Days { days, has_undated } = self.0.days(core_month(&month)?).await?;
        Ok(CalendarMonth {
            days: days.iter().map(NaiveDate::to_string).collect(),
            has_undated,
        })
    }

    /// A page of the entries of a day, `YYYY-MM-DD`, in the order of time, 1 to 500 of them.
    #[uniffi::method(default(count = 50, after = None))]
    pub async fn entries_of_day(
        &self,
        day: String,
        count: i32,
        after: Option<Cursor>,
    ) -> Result<EntryPage, VaultError> {
        let when = core::When::Day(core_date(&day)?);
        let after = after.map(core::Cursor::from);
        Ok(self.0.entries_of(when, after, core_count(count)).await?.into())
    }

    /// A page of the entries of a month, `YYYY-MM`, whose day is not known, 1 to 500 of them.
    #[uniffi::method(default(count = 50, after = None))]
    pub async fn undated_of_month(
        &self,
        month: String,
        count: i32,
        after: Option<Cursor>,
    ) -> Result<EntryPage, VaultError> {
        let when = core::When::SometimeIn(core_month(&month)?);
        let after = after.map(core::Cursor::from);
        Ok(self.0.entries_of(when, after, core_count(count)).await?.into())
    }

    /// A page of the answers to one question, by the name of its prompt: words in the order of time, 1 to 500 of them. A question that was
    /// taken away keeps its answers. Show them as they are; nothing says how many there are, or when there was none.
    #[uniffi::method(default(count = 50, after = None))]
    pub async fn answers(&self, prompt: String, count: i32, after: Option<Cursor>) -> Result<EntryPage, VaultError> {
        let after = after.map(core::Cursor::from);
        Ok(self.0.answers(prompt, after, core_count(count)).await?.into())
    }

    /// A page of the entries that the person may want to show later, newest first, 1 to 500 of them. The list is theirs alone: all their
    /// devices have it, nobody they show anything to learns of it, and nothing reminds of it. Neither should an app.
    #[uniffi::method(default(count = 50, after = None))]
    pub async fn not_yet(&self, count: i32, after: Option<Cursor>) -> Result<EntryPage, VaultError> {
        let after = after.map(core::Cursor::from);
        Ok(self.0.not_yet(after, core_count(count)).await?.into())
    }

    /// Whether an entry is on that list.
    pub async fn is_not_yet(&self, entry: Uuid) -> Result<bool, VaultError> {
        Ok(self.0.is_not_yet(EntryId::from_bytes(entry.into_bytes())).await?)
    }

    /// Puts an entry on that list, or takes it off. Showing it to somebody takes it off too, and so does erasing it.
    pub async fn set_not_yet(&self, entry: Uuid, on: bool) -> Result<(), VaultError> {
        Ok(self.0.set_not_yet(EntryId::from_bytes(entry.into_bytes()), on).await?)
    }

    /// What happened on this day, `YYYY-MM-DD`, of earlier years, the latest year first. Nothing until the person has turned "on this
    /// day" on, and never what is tender, kept from memories, in the trash, or known to less than a day.
    pub async fn memories(&self, today: String) -> Result<Vec<Entry>, VaultError> {
        let entries = self.0.memories(core_date(&today)?).await?;
        Ok(entries.into_iter().map(Entry::from).collect())
    }

    /// Whether "on this day" is on, on this device. It is off until the person turns it on.
    pub async fn has_memories(&self) -> Result<bool, VaultError> {
        Ok(self.0.has_memories().await?)
    }

    /// Turns "on this day" on or off, on this device. Only ever because the person asked for it.
    pub async fn set_memories(&self, on: bool) -> Result<(), VaultError> {
        Ok(self.0.set_memories(on).await?)
    }
}

impl From<WordKind> for core::WordKind {
    fn from(kind: WordKind) -> Self {
        match kind {
            WordKind::Tag => Self::Tag,
            WordKind::Feeling => Self::Feeling,
            WordKind::Person => Self::Person,
            WordKind::LifeArea => Self::LifeArea,
        }
    }
}

impl TryFrom<EntryFilter> for core::Filter {
    type Error = VaultError;

    fn try_from(filter: EntryFilter) -> Result<Self, VaultError> {
        Ok(Self {
            from: filter.from_date.as_deref().map(core_date).transpose()?,
            to: filter.to_date.as_deref().map(core_date).transpose()?,
            tags: filter.tags,
            feelings: filter.feelings,
            people: filter.people,
            life_areas: filter.life_areas,
            attached: filter.attached.map(|attached| match attached {
                Attached::Anything => core::Attached::Anything,
                Attached::OfKind { kind } => core::Attached::Kind(kind.into()),
            }),
            remember: filter.remember,
            replies_to: filter.replies_to.map(|id| EntryId::from_bytes(id.into_bytes())),
        })
    }
}

/// A filter as the core holds it; none lets everything through.
pub(crate) fn core_filter(filter: Option<EntryFilter>) -> Result<core::Filter, VaultError> {
    filter.map_or(Ok(core::Filter::none()), TryInto::try_into)
}

pub(crate) fn core_date(date: &str) -> Result<NaiveDate, VaultError> {
    date.parse()
        .map_err(|_| VaultError::invalid("a date has the form YYYY-MM-DD"))
}

fn core_month(month: &str) -> Result<core::Month, VaultError> {
    let first: Option<NaiveDate> = format!("{month}-01").parse().ok();
    first
        .and_then(core::Month::of)
        .ok_or_else(|| VaultError::invalid("a month has the form YYYY-MM"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn months_and_dates_are_read_or_refused() {
        assert_eq!(core_month("2026-02").unwrap().last().to_string(), "2026-02-28");
        for no_month in ["", "2026", "2026-13", "2026-02-01", "soon"] {
            assert!(
                matches!(core_month(no_month), Err(VaultError::Invalid(_))),
                "{no_month}"
            );
        }
        assert!(matches!(core_date("2026-02-30"), Err(VaultError::Invalid(_))));
    }

    #[test]
    fn a_filter_keeps_what_it_is_given_and_shows_none_of_it() {
        let filter = EntryFilter {
            from_date: Some("2026-03-01".to_owned()),
            to_date: None,
            tags: vec!["heliotrope".to_owned()],
            feelings: vec![],
            people: vec![],
            life_areas: vec![],
            attached: Some(Attached::OfKind {
                kind: AttachmentKind::Audio,
            }),
            remember: Some(true),
            replies_to: None,
        };
        assert!(!format!("{filter:?}").contains("heliotrope"));
        let kept = core_filter(Some(filter.clone())).unwrap();
        assert_eq!(kept.from.unwrap().to_string(), "2026-03-01");
        assert_eq!((kept.tags, kept.remember), (filter.tags, Some(true)));
        assert_eq!(kept.attached, Some(core::Attached::Kind(core::AttachmentKind::Audio)));
        assert!(core_filter(None).unwrap().is_none());
    }
}
