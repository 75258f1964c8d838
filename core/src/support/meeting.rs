//! The page of a meeting: an agenda and notes that two people write together, each their own lines.
//!
//! Each side has one page for each meeting, and says it whole; what both read is the two laid out as one. A line is changed and taken away by the one who wrote
//! it, and by nobody else. The participant begins a page and takes it back; without their day there is none. No line says when it was written.
//!
//! **Invariant:** a page is a join-semilattice ([`MeetingPage::join`]): of what was written apart, on a person's devices or by both people, nothing is lost by the order in
//! which it arrives, and an old page that a relay puts back changes nothing. An entry of a journal has no such operation: see [`super::SharedView`].
//!
//! Lines are placed as in RGA (Roh et al., "Replicated abstract data types", 2011): each hangs on the line it was written behind, and of several there the one
//! with the highest number comes first. The number is a Lamport clock of the meeting, not a time.

use super::Role;
use crate::id::{LineId, MeetingId};
use crate::limits;
use crate::profile::longer;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The two parts of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MeetingPart {
    /// What to speak about.
    Agenda = 0,
    /// What was spoken about.
    Notes = 1,
}

impl MeetingPart {
    /// Both, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Agenda, "agenda"), (Self::Notes, "notes")];

    /// The one with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(one, _)| *one as u64 == number);
        found.map(|(one, _)| one)
    }
}

/// One line of one side's page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageLine {
    /// Where it stands; never changed.
    pub place: LinePlace,
    /// How often it was changed. The highest number counts.
    pub edit: u32,
    /// Its words: none where it was taken away, several where devices of its author changed it apart.
    pub texts: BTreeSet<String>,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePlace {
    /// In which part.
    pub part: MeetingPart,
    /// One more than the highest number that its author's device knew in this meeting.
    pub order: u32,
    /// The line, of either side, that it was written behind; none at the beginning.
    pub after: Option<LineId>,
}

/// What one side has written for a meeting.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MeetingPage {
    /// How often the day was set or taken back. The highest number counts.
    pub edit: u32,
    /// The day of the meeting: the participant's to say. None on a specialist's page, and where the page was taken back.
    pub day: Option<NaiveDate>,
    /// Its lines.
    pub lines: BTreeMap<LineId, PageLine>,
}

/// A meeting, as both read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its name.
    pub id: MeetingId,
    /// Its day.
    pub day: NaiveDate,
    /// What to speak about, in order.
    pub agenda: Vec<MeetingLine>,
    /// What was spoken about, in order.
    pub notes: Vec<MeetingLine>,
}

/// A line of a meeting, as both read it.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingLine {
    /// Its name.
    pub id: LineId,
    /// Who wrote it, and alone changes it.
    pub by: Role,
    /// Its words; several where devices of its author changed it apart: changed once more, it is one again.
    pub words: Vec<String>,
}

/// Show no words.
impl fmt::Debug for PageLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageLine")
            .field("edit", &self.edit)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MeetingPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingPage")
            .field("edit", &self.edit)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for MeetingLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingLine")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why something cannot be written on the page of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeetingInvalid {
    /// There is no such meeting, or it was taken back.
    #[error("there is no page of this meeting")]
    NoSuchMeeting,
    /// Only the participant begins and takes back a page.
    #[error("the participant begins the page of a meeting, and takes it back")]
    NotTheParticipant,
    /// The line is not there, or is the other's.
    #[error("each changes the lines they wrote themselves: this is none of them")]
    NotYours,
    /// There is no such line in this part of the page.
    #[error("there is no such line in this part of the page")]
    NoSuchLine,
    /// No words, or too many.
    #[error(
        "a line takes a few words, {} characters at most",
        limits::MEETING_LINE_CHARACTERS_MAX
    )]
    Line,
    /// What one has written there is as much as is kept.
    #[error(
        "this page is full: what each writes on one fits {} bytes",
        limits::MEETING_PAGE_BYTES_MAX
    )]
    PageFull,
    /// More meetings than are kept.
    #[error("one relationship holds the pages of {} meetings", limits::MEETINGS_MAX)]
    TooMany,
    /// It touches what the participant does not want brought up.
    #[error("this touches what they asked not to bring up")]
    OffLimits,
}

impl Meeting {
    /// Its lines with their part, in the order in which they are read.
    pub fn lines(&self) -> impl Iterator<Item = (MeetingPart, &MeetingLine)> {
        let agenda = self.agenda.iter().map(|line| (MeetingPart::Agenda, line));
        agenda.chain(self.notes.iter().map(|line| (MeetingPart::Notes, line)))
    }

    /// Whether two people can have written this much on one page.
    pub fn is_sound(&self) -> bool {
        let bytes = |by: Role| {
            let lines = self.lines().filter(move |(_, line)| line.by == by);
            lines.map(|(_, line)| line_bytes(&line.words)).sum::<usize>()
        };
        let mut words = self.lines().flat_map(|(_, line)| &line.words);
        words.all(|text| check_words(text).is_ok())
            && [Role::Participant, Role::Specialist]
                .into_iter()
                .all(|by| bytes(by) <= limits::MEETING_PAGE_JOINED_BYTES_MAX)
    }
}

impl PageLine {
    fn join(&mut self, other: Self) {
        self.place = self.place.max(other.place);
        match self.edit.cmp(&other.edit) {
            std::cmp::Ordering::Less => (self.edit, self.texts) = (other.edit, other.texts),
            std::cmp::Ordering::Equal => self.texts.extend(other.texts),
            std::cmp::Ordering::Greater => {}
        }
    }

    fn set(&mut self, texts: BTreeSet<String>) {
        self.edit = self.edit.saturating_add(1);
        self.texts = texts;
    }
}

impl MeetingPage {
    /// What both states of one side's page say. Associative, commutative, idempotent.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        // Of two at once whichever all devices choose alike: that it was taken back, else the later day.
        let newer = |page: &Self| (page.edit, page.day.is_none(), page.day);
        if newer(&other) > newer(&self) {
            (self.edit, self.day) = (other.edit, other.day);
        }
        for (id, line) in other.lines {
            match self.lines.entry(id) {
                std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().join(line),
                std::collections::btree_map::Entry::Vacant(free) => _ = free.insert(line),
            }
        }
        self
    }

    /// How much room it takes: the bytes of its words, and [`limits::MEETING_LINE_BYTES`] for each line.
    pub fn bytes(&self) -> usize {
        self.lines.values().map(|line| line_bytes(&line.texts)).sum()
    }

    /// Whether words of an earlier state are not in this one.
    pub fn lets_go_of(&self, before: &Self) -> bool {
        let stand = |id: &LineId| self.lines.get(id).map(|line| &line.texts);
        let mut before = before.lines.iter();
        before.any(|(id, line)| stand(id).is_none_or(|texts| !line.texts.is_subset(texts)))
    }

    /// Whether something was taken away here that another state of this page does not say.
    pub fn takes_away_more_than(&self, said: &Self) -> bool {
        let is_said = |id: &LineId, line: &PageLine| said.lines.get(id).is_some_and(|one| one.edit >= line.edit);
        let mut lines = self.lines.iter();
        (self.day.is_none() && self.edit > said.edit)
            || lines.any(|(id, line)| line.texts.is_empty() && !is_said(id, line))
    }

    /// What was taken away and nothing else: what may be said in a pause.
    #[must_use]
    pub fn taken_away(&self) -> Self {
        let gone = self.lines.iter().filter(|(_, line)| line.texts.is_empty());
        Self {
            edit: if self.day.is_none() { self.edit } else { 0 },
            day: None,
            lines: gone.map(|(id, line)| (*id, line.clone())).collect(),
        }
    }

    /// Whether a side can have said this: a specialist has no day, no line is empty or too long, and all of it fits `most` bytes.
    pub fn can_come_from(&self, side: Role, most: usize) -> bool {
        let has_no_day = self.day.is_none() && self.edit == 0;
        let is_line = |text: &String| check_words(text).is_ok();
        let mut texts = self.lines.values().flat_map(|line| &line.texts);
        (side == Role::Participant || has_no_day) && self.bytes() <= most && texts.all(is_line)
    }

    /// Sets the day, or takes the page back: with it every line of this side.
    pub fn set_day(&mut self, day: Option<NaiveDate>) {
        (self.edit, self.day) = (self.edit.saturating_add(1), day);
        if day.is_none() {
            self.take_all_away();
        }
    }

    /// Takes away every line that has words. Whether there was one.
    pub fn take_all_away(&mut self) -> bool {
        let with_words = self.lines.values_mut().filter(|line| !line.texts.is_empty());
        with_words.map(|line| line.set(BTreeSet::new())).count() > 0
    }

    /// Writes a line.
    ///
    /// # Errors
    /// [`MeetingInvalid::Line`], [`MeetingInvalid::PageFull`]; nothing is changed then.
    pub fn write(&mut self, id: LineId, place: LinePlace, words: &str) -> Result<(), MeetingInvalid> {
        let line = PageLine {
            place,
            edit: 1,
            texts: BTreeSet::from([check_words(words)?.to_owned()]),
        };
        self.with(id, line)
    }

    /// Changes the words of a line that has some.
    ///
    /// # Errors
    /// [`MeetingInvalid::NotYours`] and as [`Self::write`]; nothing is changed then.
    pub fn change(&mut self, id: LineId, words: &str) -> Result<(), MeetingInvalid> {
        let mut line = self.standing(id)?.clone();
        line.set(BTreeSet::from([check_words(words)?.to_owned()]));
        self.with(id, line)
    }

    /// Takes a line away. Its place is kept: others may hang on it.
    ///
    /// # Errors
    /// [`MeetingInvalid::NotYours`].
    pub fn take_away(&mut self, id: LineId) -> Result<(), MeetingInvalid> {
        let mut line = self.standing(id)?.clone();
        line.set(BTreeSet::new());
        self.lines.insert(id, line);
        Ok(())
    }

    fn standing(&self, id: LineId) -> Result<&PageLine, MeetingInvalid> {
        let line = self.lines.get(&id).filter(|line| !line.texts.is_empty());
        line.ok_or(MeetingInvalid::NotYours)
    }

    fn with(&mut self, id: LineId, line: PageLine) -> Result<(), MeetingInvalid> {
        let before = self.lines.insert(id, line);
        if self.bytes() <= limits::MEETING_PAGE_BYTES_MAX {
            return Ok(());
        }
        match before {
            Some(before) => _ = self.lines.insert(id, before),
            None => _ = self.lines.remove(&id),
        }
        Err(MeetingInvalid::PageFull)
    }
}

/// How much room a line with these words takes.
fn line_bytes<'t>(texts: impl IntoIterator<Item = &'t String>) -> usize {
    limits::MEETING_LINE_BYTES + texts.into_iter().map(String::len).sum::<usize>()
}

/// What a line can say.
fn check_words(words: &str) -> Result<&str, MeetingInvalid> {
    if words.trim().is_empty() || longer(words, limits::MEETING_LINE_CHARACTERS_MAX) {
        return Err(MeetingInvalid::Line);
    }
    Ok(words)
}

/// The pages of both, laid out as one.
#[derive(Debug, Default)]
pub struct MeetingPages {
    /// The participant's.
    pub participant: MeetingPage,
    /// The specialist's.
    pub specialist: MeetingPage,
}

/// A line where it was laid, its side's and its own name.
type Laid<'p> = (LineId, Role, &'p PageLine);

impl MeetingPages {
    /// One side's.
    pub fn of(&mut self, side: Role) -> &mut MeetingPage {
        match side {
            Role::Participant => &mut self.participant,
            Role::Specialist => &mut self.specialist,
        }
    }

    /// The place of a new line of a part: before this one, else at the end.
    ///
    /// # Errors
    /// [`MeetingInvalid::NoSuchLine`] where no such line stands in this part.
    pub fn place(&self, part: MeetingPart, before: Option<LineId>) -> Result<LinePlace, MeetingInvalid> {
        let laid = self.laid(part);
        let until = match before {
            None => laid.len(),
            Some(id) => laid
                .iter()
                .position(|(one, ..)| *one == id)
                .ok_or(MeetingInvalid::NoSuchLine)?,
        };
        let after = until.checked_sub(1).and_then(|at| laid.get(at)).map(|(id, ..)| *id);
        let lines = self.participant.lines.values().chain(self.specialist.lines.values());
        let highest = lines.map(|line| line.place.order).max().unwrap_or_default();
        Ok(LinePlace {
            part,
            order: highest.saturating_add(1),
            after,
        })
    }

    /// What both read of a meeting; none where its participant has not begun the page, or has taken it back.
    pub fn meeting(&self, id: MeetingId) -> Option<Meeting> {
        let lines = |part| {
            let laid = self.laid(part).into_iter();
            let with_words = laid.filter(|(.., line)| !line.texts.is_empty());
            with_words
                .map(|(id, by, line)| MeetingLine {
                    id,
                    by,
                    words: line.texts.iter().cloned().collect(),
                })
                .collect()
        };
        Some(Meeting {
            id,
            day: self.participant.day?,
            agenda: lines(MeetingPart::Agenda),
            notes: lines(MeetingPart::Notes),
        })
    }

    /// Every line of a part in its order, those that were taken away too.
    fn laid(&self, part: MeetingPart) -> Vec<Laid<'_>> {
        let sides = [
            (Role::Participant, &self.participant),
            (Role::Specialist, &self.specialist),
        ];
        let all = sides
            .into_iter()
            .flat_map(|(side, page)| page.lines.iter().map(move |(id, line)| (*id, side, line)));
        let mut all: Vec<Laid<'_>> = all.filter(|(.., line)| line.place.part == part).collect();
        // Of two lines of one name, which no honest device makes, others hang on the participant's.
        let mut orders: BTreeMap<LineId, u32> = BTreeMap::new();
        for (id, _, line) in &all {
            orders.entry(*id).or_insert(line.place.order);
        }
        // Ascending, and taken from the end of a list: the highest number comes first, of two the participant's.
        all.sort_by_key(|(id, side, line)| (line.place.order, std::cmp::Reverse((*side, *id))));
        let (mut behind, mut roots, mut loose): (BTreeMap<LineId, Vec<Laid<'_>>>, _, _) =
            (BTreeMap::new(), Vec::new(), Vec::new());
        for one in all {
            let place = one.2.place;
            match place.after {
                None => roots.push(one),
                // A line hangs on an older one: so nothing goes in a circle, whoever wrote it.
                Some(after) if orders.get(&after).is_some_and(|order| *order < place.order) => {
                    behind.entry(after).or_default().push(one);
                }
                Some(_) => loose.push(one),
            }
        }
        // What hangs on nothing that is here comes last, the oldest first.
        loose.reverse();
        let mut waiting = loose;
        waiting.extend(roots);
        let mut laid = Vec::new();
        while let Some(one) = waiting.pop() {
            laid.push(one);
            waiting.extend(behind.remove(&one.0).unwrap_or_default());
        }
        laid
    }
}

#[cfg(test)]
#[path = "meeting_tests.rs"]
mod tests;
