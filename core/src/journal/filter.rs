//! What narrows a list or a search: dates, words, attachments, marks.

use super::AttachmentKind;
use crate::id::EntryId;
use crate::limits;
use chrono::NaiveDate;
use std::fmt;

/// A kind of word that stands around an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl WordKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Tag, Self::Feeling, Self::Person, Self::LifeArea];
}

/// Which attachments an entry has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// At least one, whatever it is.
    Anything,
    /// At least one of this kind.
    Kind(AttachmentKind),
}

/// What an entry has to be to be listed or found. Everything that is set must hold; an empty filter lets everything through.
#[derive(Clone, PartialEq, Eq)]
pub struct Filter {
    /// The first local date.
    pub from: Option<NaiveDate>,
    /// The last local date; its entries belong to it.
    pub to: Option<NaiveDate>,
    /// Tags, all of which it has. Case does not matter, here and below.
    pub tags: Vec<String>,
    /// Feelings, all of which it has.
    pub feelings: Vec<String>,
    /// People, all of whom it is about.
    pub people: Vec<String>,
    /// Areas of life, all of which it belongs to.
    pub life_areas: Vec<String>,
    /// What hangs on it.
    pub attached: Option<Attached>,
    /// Whether the person wants to remember it.
    pub remember: Option<bool>,
    /// The entry it replies to.
    pub replies_to: Option<EntryId>,
}

impl Filter {
    /// The filter that lets everything through.
    pub const fn none() -> Self {
        Self {
            from: None,
            to: None,
            tags: Vec::new(),
            feelings: Vec::new(),
            people: Vec::new(),
            life_areas: Vec::new(),
            attached: None,
            remember: None,
            replies_to: None,
        }
    }

    /// Whether it lets everything through.
    pub fn is_none(&self) -> bool {
        *self == Self::none()
    }

    /// Its words, with their kinds.
    pub fn words(&self) -> impl Iterator<Item = (WordKind, &str)> {
        let lists = [&self.tags, &self.feelings, &self.people, &self.life_areas];
        WordKind::ALL
            .into_iter()
            .zip(lists)
            .flat_map(|(kind, list)| list.iter().map(move |word| (kind, word.as_str())))
    }

    /// Whether it keeps its bound.
    pub fn fits(&self) -> bool {
        self.words().count() <= limits::WORDS_MAX
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::none()
    }
}

/// Shows no words.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter(…)")
    }
}

/// A question for the words a person uses, for lists and for completing what is being typed.
#[derive(Clone, PartialEq, Eq)]
pub struct WordQuery {
    /// Which kind.
    pub kind: WordKind,
    /// How they begin; case does not matter, and nothing is every beginning.
    pub beginning: String,
    /// Words at most, up to [`crate::limits::PAGE_WORDS_MAX`].
    pub count: usize,
    /// The last word of the page before; none for the first page.
    pub after: Option<String>,
}

impl WordQuery {
    /// The first page of all words of a kind.
    pub const fn all(kind: WordKind) -> Self {
        Self {
            kind,
            beginning: String::new(),
            count: limits::PAGE_WORDS_MAX,
            after: None,
        }
    }
}

/// Shows no words.
impl fmt::Debug for WordQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordQuery")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A month of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: NaiveDate,
    last: NaiveDate,
}

impl Month {
    /// The month of this date; none for the last one a calendar can hold.
    pub fn of(date: NaiveDate) -> Option<Self> {
        use chrono::{Datelike as _, Days, Months};
        let first = date.with_day(1)?;
        let last = first
            .checked_add_months(Months::new(1))?
            .checked_sub_days(Days::new(1))?;
        Some(Self { first, last })
    }

    /// Its first day.
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub const fn last(self) -> NaiveDate {
        self.last
    }
}

/// What a month of the calendar shows: days, never how many entries there are on one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Days {
    /// The days that have entries, in order.
    pub days: Vec<NaiveDate>,
    /// Whether there are entries of this month whose day is not known.
    pub has_undated: bool,
}

/// Which entries of the calendar to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Those of one day.
    Day(NaiveDate),
    /// Those of one month whose day is not known: only the month, the time of year, or less.
    SometimeIn(Month),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_one_begins() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        for (day, first, last) in [
            (date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
            (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
            (date(-4, 1, 15), date(-4, 1, 1), date(-4, 1, 31)),
        ] {
            let month = Month::of(day).unwrap();
            assert_eq!((month.first(), month.last()), (first, last));
        }
        assert_eq!(Month::of(NaiveDate::MAX), None);
    }

    #[test]
    fn a_filter_names_its_words_by_kind_and_shows_none() {
        let filter = Filter {
            tags: vec!["bus".to_owned(), "home".to_owned()],
            people: vec!["Dee".to_owned()],
            ..Filter::none()
        };
        let words: Vec<_> = filter.words().collect();
        assert_eq!(
            words,
            [
                (WordKind::Tag, "bus"),
                (WordKind::Tag, "home"),
                (WordKind::Person, "Dee")
            ]
        );
        assert!(Filter::default().is_none() && !filter.is_none());
        assert!(!format!("{filter:?}").contains("bus"));
        let many = Filter {
            tags: vec!["a".to_owned(); limits::WORDS_MAX + 1],
            ..Filter::none()
        };
        assert!(filter.fits() && !many.fits());
    }
}
