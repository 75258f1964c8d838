//! What a specialist gets to see of an entry.

use super::{Consent, ConsentInvalid, Mask, RenderedAttachment, ShownAttachment, When};
use crate::clock::Timestamp;
use crate::id::ShareId;
use crate::journal::{Entry, Valence, Word};
use crate::limits;
use crate::moment::{Moment, Precision};
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// When something happened, as exactly as the participant shows it and as exactly as they know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedDate {
    /// Instant, zone and local date.
    Exact(Moment),
    /// The day.
    Day(NaiveDate),
    /// The month; the date is its first day.
    Month(NaiveDate),
    /// The time of year; the date is the first day of its three months (December, March, June, September).
    Season(NaiveDate),
}

impl SharedDate {
    /// What of `moment` is shown; none where nothing is, or nothing is known.
    fn of(moment: &Moment, when: When) -> Option<Self> {
        let coarsest = match when {
            When::No => return None,
            When::Exact => Precision::Exact,
            When::Day => Precision::Day,
            When::Month => Precision::Month,
        };
        let date = moment.local_date;
        match moment.precision.max(coarsest) {
            Precision::Exact => Some(Self::Exact(moment.clone())),
            Precision::Day => Some(Self::Day(date)),
            Precision::Month => date.with_day(1).map(Self::Month),
            Precision::Season => {
                let back = date.month() % 3;
                let (year, month) = if date.month() <= 2 {
                    (date.year() - 1, 12)
                } else {
                    (date.year(), date.month() - back)
                };
                NaiveDate::from_ymd_opt(year, month, 1).map(Self::Season)
            }
            Precision::Unknown => None,
        }
    }

    /// The same, no more exact than this.
    fn at_most(&self, when: When) -> Option<Self> {
        let month = |date: NaiveDate| date.with_day(1).map(Self::Month);
        match (when, self) {
            (When::No, _) => None,
            (When::Day, Self::Exact(moment)) => Some(Self::Day(moment.local_date)),
            (When::Month, Self::Exact(moment)) => month(moment.local_date),
            (When::Month, Self::Day(date)) => month(*date),
            _ => Some(self.clone()),
        }
    }

    /// The date as text that needs no language: `2026-11-20`, `2026-11` for a month or a season's first month.
    pub fn text(&self) -> String {
        match self {
            Self::Exact(moment) => moment.local_date.to_string(),
            Self::Day(date) => date.to_string(),
            Self::Month(date) | Self::Season(date) => date.format("%Y-%m").to_string(),
        }
    }
}

/// The shown parts of one entry. A part that is not shown and a part that is empty look the same.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SharedItem {
    /// The title.
    pub title: Option<String>,
    /// The body, exactly as written.
    pub body: Option<String>,
    /// When it happened.
    pub when: Option<SharedDate>,
    /// Feelings, as written, in the participant's order.
    pub feelings: Vec<String>,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// How pleasant it was, as the participant set it by hand.
    pub valence: Option<Valence>,
    /// Who was there, as written.
    pub people: Vec<String>,
    /// The participant's word for the place.
    pub place: Option<String>,
    /// Attachments: copies of those that were chosen.
    pub attachments: Vec<ShownAttachment>,
}

/// What stands between two passages: some of the words are left out there.
const BETWEEN_PASSAGES: &str = "\n[…]\n";

impl SharedItem {
    /// What a mask shows of an entry, but for attachments: copies of these are made when it is shared.
    ///
    /// The parts are named one by one: a field that an entry gains later is not shown until someone writes it here.
    pub fn of(entry: &Entry, mask: Mask) -> Self {
        let Mask {
            text,
            title,
            feelings,
            tags,
            attachments: _,
            captions: _,
            valence,
            people,
            place,
            when,
        } = mask;
        let words = |shown: bool, words: &[Word]| match shown {
            true => words.iter().map(|word| word.written.clone()).collect(),
            false => Vec::new(),
        };
        Self {
            title: (title && !entry.title.is_empty()).then(|| entry.title.clone()),
            body: (text && !entry.body.is_empty()).then(|| entry.body.clone()),
            when: SharedDate::of(&entry.happened, when),
            feelings: words(feelings, &entry.feelings),
            tags: words(tags, &entry.tags),
            valence: entry.valence.filter(|_| valence),
            people: words(people, &entry.people),
            // Its position stays behind: a word is what the participant calls it, and a position is where they can be found.
            place: entry
                .place
                .as_ref()
                .filter(|one| place && !one.label.is_empty())
                .map(|one| one.label.clone()),
            attachments: Vec::new(),
        }
    }

    /// The same with these attachments, as far as a mask shows them.
    #[must_use]
    pub fn with_attachments(self, attachments: &[ShownAttachment], mask: Mask) -> Self {
        Self {
            attachments: shown(attachments, mask),
            ..self
        }
    }

    /// Whether it shows nothing but perhaps a date.
    pub const fn is_empty(&self) -> bool {
        self.title.is_none()
            && self.body.is_none()
            && self.feelings.is_empty()
            && self.tags.is_empty()
            && self.valence.is_none()
            && self.people.is_empty()
            && self.place.is_none()
            && self.attachments.is_empty()
    }

    /// What a mask leaves of it.
    fn narrowed(&self, mask: Mask) -> Self {
        let words = |shown: bool, words: &[String]| if shown { words.to_vec() } else { Vec::new() };
        Self {
            title: self.title.clone().filter(|_| mask.title),
            body: self.body.clone().filter(|_| mask.text),
            when: self.when.as_ref().and_then(|when| when.at_most(mask.when)),
            feelings: words(mask.feelings, &self.feelings),
            tags: words(mask.tags, &self.tags),
            valence: self.valence.filter(|_| mask.valence),
            people: words(mask.people, &self.people),
            place: self.place.clone().filter(|_| mask.place),
            attachments: shown(&self.attachments, mask),
        }
    }
}

/// What a mask leaves of attachments.
fn shown(attachments: &[ShownAttachment], mask: Mask) -> Vec<ShownAttachment> {
    let shown = attachments.iter().filter(|_| mask.attachments);
    shown
        .map(|one| {
            if mask.captions {
                one.clone()
            } else {
                one.without_caption()
            }
        })
        .collect()
}

/// Shows no words.
impl fmt::Debug for SharedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedItem(…)")
    }
}

/// Words behind a gate: sealed to a key of which the relay keeps the other half until it is taken.
#[derive(Clone, PartialEq, Eq)]
pub struct GatedItem {
    /// The gate's name.
    pub gate: [u8; 16],
    /// The half of the key that travels with them.
    pub inner: [u8; 32],
    /// The words, sealed.
    pub sealed: Vec<u8>,
}

/// Shows nothing.
impl fmt::Debug for GatedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatedItem(…)")
    }
}

/// A snapshot for one person: the shown parts, and the consent they stand on, which is that person's receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedView {
    /// The consent, whole.
    pub consent: Consent,
    /// The version of the shown preferences it goes with.
    pub preference_version: u64,
    /// When it was built.
    pub built: Timestamp,
    /// What is shown; nothing while it stands behind a gate.
    pub item: SharedItem,
    /// What is shown, while it stands behind a gate.
    pub gated: Option<GatedItem>,
}

/// Why no view can be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotShareable {
    /// The consent lacks something.
    #[error("the consent is not complete")]
    Consent(#[source] ConsentInvalid),
    /// The consent is for another entry: a defect of the caller.
    #[error("the consent is for another entry")]
    OtherEntry,
    /// The entry is in the trash.
    #[error("an entry in the trash cannot be shared")]
    Trashed,
    /// The participant marked it so; the mark can be taken off.
    #[error("this entry is marked never to be shared")]
    NeverShare,
    /// It is tender, and the participant was not asked a second time.
    #[error("this entry is tender: to share it, say a second time that you want to")]
    Tender,
    /// A file of a kind of which it cannot be told, or not be taken out, where and by whom it was made.
    #[error(
        "a file of this kind can say where and by whom it was made, and that can't be taken out here: so it isn't shown"
    )]
    SaysTooMuch,
    /// Every shown part of it is empty.
    #[error("the parts that would be shown are empty")]
    NothingToShow,
}

impl SharedView {
    /// Builds the view that `consent` allows of `entry`.
    ///
    /// # Errors
    /// [`NotShareable`].
    pub fn build(
        entry: &Entry,
        consent: &Consent,
        preference_version: u64,
        built: Timestamp,
    ) -> Result<Self, NotShareable> {
        Self::build_with(entry, consent, &[], preference_version, built)
    }

    /// Builds the view that `consent` allows of `entry`, with these copies of its attachments.
    ///
    /// # Errors
    /// [`NotShareable`].
    pub fn build_with(
        entry: &Entry,
        consent: &Consent,
        attachments: &[ShownAttachment],
        preference_version: u64,
        built: Timestamp,
    ) -> Result<Self, NotShareable> {
        consent.check().map_err(NotShareable::Consent)?;
        if consent.item.entry != entry.id {
            return Err(NotShareable::OtherEntry);
        }
        if entry.trashed.is_some() {
            return Err(NotShareable::Trashed);
        }
        if entry.marks.never_share {
            return Err(NotShareable::NeverShare);
        }
        let item = SharedItem::of(entry, consent.item.mask).with_attachments(attachments, consent.item.mask);
        if item.is_empty() {
            return Err(NotShareable::NothingToShow);
        }
        Ok(Self {
            consent: consent.clone(),
            preference_version,
            built,
            item,
            gated: None,
        })
    }

    /// The view with what stood behind its gate.
    #[must_use]
    pub fn with_item(self, item: SharedItem) -> Self {
        Self {
            item,
            gated: None,
            ..self
        }
    }

    /// The view with these passages in the place of its words: each as it stands there, in the order of the words.
    ///
    /// # Errors
    /// [`ConsentInvalid::NotAPassage`] where one does not stand there behind the one before it; [`ConsentInvalid::PassagesFollow`].
    pub fn with_passages(mut self, passages: &[String]) -> Result<Self, ConsentInvalid> {
        if self.consent.follow_edits {
            return Err(ConsentInvalid::PassagesFollow);
        }
        let body = self.item.body.take().ok_or(ConsentInvalid::NotAPassage)?;
        let is_many = passages.is_empty() || passages.len() > limits::PASSAGES_MAX;
        let mut rest = Some(body.as_str()).filter(|_| !is_many);
        for passage in passages {
            rest = rest
                .filter(|_| !passage.trim().is_empty())
                .and_then(|rest| rest.split_once(passage.as_str()))
                .map(|(_, rest)| rest);
        }
        rest.ok_or(ConsentInvalid::NotAPassage)?;
        self.item.body = Some(passages.join(BETWEEN_PASSAGES));
        self.consent.is_excerpt = true;
        Ok(self)
    }

    /// What is left of the view where its consent is this one by now: no part that the consent does not name, and nothing that the view does not show already.
    #[must_use]
    pub fn narrowed(&self, consent: &Consent) -> Self {
        Self {
            item: self.item.narrowed(consent.item.mask),
            consent: consent.clone(),
            ..self.clone()
        }
    }

    /// The same, built at this time, or just behind what it is built of.
    #[must_use]
    pub fn built_at(self, now: Timestamp) -> Self {
        Self {
            built: now.max(self.built.plus_ms(1)),
            ..self
        }
    }

    /// Whether it is shown in the place of the other: a later version of the consent, or one and the same that was built later.
    pub fn is_newer(&self, other: &Self) -> bool {
        (self.consent.version, self.built) > (other.consent.version, other.built)
    }

    /// The share it belongs to.
    pub const fn share(&self) -> ShareId {
        self.consent.id
    }

    /// The view as it is read: purpose first, then the notice, then the participant's words, exactly as they are.
    pub fn render(&self) -> RenderedView {
        let mut lines = vec![
            Line {
                part: Part::Purpose,
                text: self.consent.purpose.clone(),
            },
            Line {
                part: Part::Notice,
                text: self.consent.notice.text.clone(),
            },
        ];
        let item = &self.item;
        let mut add = |part, text: Option<String>| lines.extend(text.map(|text| Line { part, text }));
        let list = |words: &[String]| (!words.is_empty()).then(|| words.join(" · "));
        add(Part::Title, item.title.clone());
        add(Part::Body, item.body.clone());
        add(Part::When, item.when.as_ref().map(SharedDate::text));
        add(Part::Feelings, list(&item.feelings));
        add(Part::Valence, item.valence.map(|valence| valence.number().to_string()));
        add(Part::Tags, list(&item.tags));
        add(Part::People, list(&item.people));
        add(Part::Place, item.place.clone());
        RenderedView {
            from: self.consent.participant.clone(),
            wanted: self.consent.wanted,
            lines,
            attachments: item.attachments.iter().map(RenderedAttachment::from).collect(),
        }
    }
}

/// What a line of a rendered view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What it is shown for.
    Purpose,
    /// What the reader is asked to know.
    Notice,
    /// The participant's title.
    Title,
    /// The participant's words.
    Body,
    /// When it happened.
    When,
    /// The participant's feelings.
    Feelings,
    /// How pleasant it was, as a number that the participant set: from -1, very unpleasant, to 1, very pleasant.
    Valence,
    /// The participant's tags.
    Tags,
    /// Who was there.
    People,
    /// The participant's word for the place.
    Place,
}

/// One line of a rendered view.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub part: Part,
    /// What it says.
    pub text: String,
}

/// Shows no words.
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("part", &self.part).finish_non_exhaustive()
    }
}

/// A view in the order in which it is read.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedView {
    /// The participant's name, as they chose to sign.
    pub from: String,
    /// What of support is wanted with it: shown with the purpose.
    pub wanted: super::SupportWanted,
    /// Purpose, notice, then their words.
    pub lines: Vec<Line>,
    /// Photos, sounds and files, below the words.
    pub attachments: Vec<RenderedAttachment>,
}

impl RenderedView {
    /// The text of one part, where it is shown.
    pub fn text(&self, part: Part) -> Option<&str> {
        self.lines
            .iter()
            .find(|line| line.part == part)
            .map(|line| line.text.as_str())
    }
}

/// Shows no words.
impl fmt::Debug for RenderedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedView")
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
