//! The pages of meetings: written here, said in the support space, and joined with what arrives.
//!
//! Each side says its page whole, and a later record takes the place of the one before it, here and at the relay: what was taken away is nowhere any more. A page
//! waits here until it may leave, and is built anew in each round. Nobody is told of a change: a page is looked at by whoever opens it.
//!
//! The participant's word on a meeting is the last one. Where they took its page back, the other's lines are taken away by the other's devices too; a line of the
//! specialist's that touches what is not to be brought up is not shown, whatever app wrote it.

use super::erasing::want_empty_log;
use super::receive::{Received, SetAside};
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::id::{LineId, MeetingId, RelationshipId};
use crate::limits;
use crate::record::{self, Kind};
use crate::store::{MeetingPageRow, PageWaits, SpaceRow};
use crate::support::{
    Meeting, MeetingInvalid, MeetingPage, MeetingPages, MeetingPart, Relationship, Role, Status, TermsInvalid, Wishes,
};
use cairn_wire::SpaceId;
use chrono::NaiveDate;
use std::collections::BTreeSet;

impl Engine {
    /// The meetings of a relationship that have a page, in the order of their days.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn meetings(&self, id: RelationshipId) -> Result<Vec<Meeting>, Error> {
        if let Some(past) = self.past(id)? {
            return Ok(past.kept.meetings);
        }
        let (relationship, _) = self.relationship(id)?;
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(Vec::new());
        };
        let rows = self.store.view().meeting_pages(space)?;
        let wishes = match relationship.role {
            Role::Participant => self.wishes(id)?,
            Role::Specialist => Wishes::default(),
        };
        let of_one = rows.chunk_by(|one, next| one.meeting == next.meeting);
        let mut all: Vec<Meeting> = of_one.filter_map(|rows| meeting_of(rows, &wishes)).collect();
        all.sort_by_key(|meeting| (meeting.day, meeting.id));
        Ok(all)
    }

    /// Whether this meeting has a page, or had one.
    pub(super) fn is_meeting(&self, relationship: &Relationship, meeting: MeetingId) -> Result<bool, Error> {
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(false);
        };
        let rows = self.store.view().meeting_pages_of(space, meeting)?;
        Ok(rows.iter().any(|row| row.side == Role::Participant.side()))
    }

    /// Begins, as the participant, the page of a meeting on this day. Both write on it then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`], [`Error::Meeting`].
    pub fn begin_meeting(&mut self, id: RelationshipId, day: NaiveDate) -> Result<MeetingId, Error> {
        let space = self.writing_space(id)?;
        if space.side != Role::Participant.side() {
            return Err(MeetingInvalid::NotTheParticipant.into());
        }
        if self.store.view().meeting_page_count(space.id, space.side)? >= limits::MEETINGS_MAX {
            return Err(MeetingInvalid::TooMany.into());
        }
        let meeting = MeetingId::random(self.entropy.as_mut());
        let mut page = MeetingPage::default();
        page.set_day(Some(day));
        self.put_own_page(&space, new_page(meeting, space.side), &page)?;
        Ok(meeting)
    }

    /// Takes back, as the participant, the page of a meeting, with everything on it. What was read can be remembered.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`], [`Error::Meeting`].
    pub fn take_back_meeting(&mut self, id: RelationshipId, meeting: MeetingId) -> Result<(), Error> {
        let (_, space) = self.open_card(id)?;
        if space.side != Role::Participant.side() {
            return Err(MeetingInvalid::NotTheParticipant.into());
        }
        self.edit_page(&space, meeting, |pages| {
            pages.participant.set_day(None);
            Ok(())
        })
    }

    /// Writes a line on the page of a meeting, before this one of the same part, else at the end.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`], [`Error::Meeting`].
    pub fn write_line(
        &mut self,
        id: RelationshipId,
        meeting: MeetingId,
        part: MeetingPart,
        words: &str,
        before: Option<LineId>,
    ) -> Result<LineId, Error> {
        let (space, line) = (self.writing_space(id)?, LineId::random(self.entropy.as_mut()));
        self.check_line(id, &space, words)?;
        self.edit_page(&space, meeting, |pages| {
            let place = pages.place(part, before)?;
            own(&space, pages)?.write(line, place, words)
        })?;
        Ok(line)
    }

    /// Changes a line of one's own. Its former words are kept nowhere.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`], [`Error::Meeting`].
    pub fn change_line(
        &mut self,
        id: RelationshipId,
        meeting: MeetingId,
        line: LineId,
        words: &str,
    ) -> Result<(), Error> {
        let space = self.writing_space(id)?;
        self.check_line(id, &space, words)?;
        self.edit_page(&space, meeting, |pages| own(&space, pages)?.change(line, words))
    }

    /// Takes away a line of one's own: during a pause too, and from the other's device as soon as that is reached.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`], [`Error::Meeting`].
    pub fn take_line_away(&mut self, id: RelationshipId, meeting: MeetingId, line: LineId) -> Result<(), Error> {
        let (_, space) = self.open_card(id)?;
        self.edit_page(&space, meeting, |pages| own(&space, pages)?.take_away(line))
    }

    /// The space of a relationship in which pages are written now.
    fn writing_space(&self, id: RelationshipId) -> Result<SpaceRow, Error> {
        match self.open_card(id)? {
            (card, space) if card.status == Status::Active => Ok(space),
            _ => Err(TermsInvalid::NotActive.into()),
        }
    }

    fn check_line(&self, id: RelationshipId, space: &SpaceRow, words: &str) -> Result<(), Error> {
        let is_specialist = space.side == Role::Specialist.side();
        if is_specialist && self.wishes(id)?.forbid_words([words]) {
            return Err(MeetingInvalid::OffLimits.into());
        }
        Ok(())
    }

    /// Changes this person's page of a meeting that has one.
    fn edit_page(
        &mut self,
        space: &SpaceRow,
        meeting: MeetingId,
        edit: impl FnOnce(&mut MeetingPages) -> Result<(), MeetingInvalid>,
    ) -> Result<(), Error> {
        let rows = self.store.view().meeting_pages_of(space.id, meeting)?;
        let mut pages = pages_of(&rows);
        if pages.participant.day.is_none() {
            return Err(MeetingInvalid::NoSuchMeeting.into());
        }
        edit(&mut pages)?;
        let before = rows.into_iter().find(|row| row.side == space.side);
        let before = before.unwrap_or_else(|| new_page(meeting, space.side));
        self.put_own_page(space, before, own(space, &mut pages)?)
    }

    /// Puts this person's page in the place of what it said before.
    fn put_own_page(&mut self, space: &SpaceRow, before: MeetingPageRow, page: &MeetingPage) -> Result<(), Error> {
        let (_, said) = record::decode_meeting_page(&before.content)?;
        let lets_go = page.lets_go_of(&said);
        let waits = match page.takes_away_more_than(&said) {
            true => PageWaits::TakenAway,
            false => before.waits.max(PageWaits::Words),
        };
        let row = MeetingPageRow {
            waits,
            content: record::encode_meeting_page(before.meeting, page),
            ..before
        };
        self.commit(&[Change::Support, Change::Sync], |tx| {
            tx.put_meeting_page(space.id, &row)?;
            if lets_go {
                want_empty_log(tx)?; // Its former words leave every page of the database.
            }
            Ok(())
        })?;
        self.scrub_if_wanted()
    }

    /// Pages that wait sealed are built anew in each round: they may have been written on since, or the relationship may have paused.
    pub(super) fn take_back_meetings(&mut self) -> Result<(), Error> {
        let mut spaces = self.store.view().spaces()?;
        spaces.retain(|space| space.relationship.is_some());
        for space in spaces {
            let role = Role::from_side(space.side).ok_or(Error::Internal)?;
            for row in self.store.view().meeting_pages_waiting(space.id)? {
                self.take_back_sealed(space.id, record::meeting_page_document(row.meeting, role))?;
            }
        }
        Ok(())
    }

    /// Seals the pages that wait; where nothing may be written, of each page what was
    /// taken away, and nothing else.
    pub(super) fn seal_meetings(&mut self, space: &SpaceRow, writes: bool) -> Result<(), Error> {
        let role = Role::from_side(space.side).ok_or(Error::Internal)?;
        if self.pages_followed.insert(space.id) {
            // What this device had not followed when it last ran, or an earlier version of this software had not.
            let known: BTreeSet<MeetingId> = self
                .store
                .view()
                .meeting_pages(space.id)?
                .iter()
                .map(|row| row.meeting)
                .collect();
            for meeting in known {
                self.follow_taken_back(space, meeting)?;
            }
        }
        for row in self.store.view().meeting_pages_waiting(space.id)? {
            let document = record::meeting_page_document(row.meeting, role);
            let is_due = writes || row.waits == PageWaits::TakenAway;
            if !is_due || self.store.view().outbox_has_state(document)? {
                continue;
            }
            let content = if writes {
                row.content
            } else {
                let (_, page) = record::decode_meeting_page(&row.content)?;
                record::encode_meeting_page(row.meeting, &page.taken_away())
            };
            // Each with the number after the one before it.
            let space = self.space_row(space.id)?;
            let plan = Plan {
                // One's own record, and not how far this device has read: that would tell whether the other's words were fetched. Where there may be one of one's own before
                // it that was not read, it takes the place of none.
                merged_upto: Some(row.seq).filter(|seq| *seq <= space.cursor).unwrap_or_default(),
                ..Plan::plain(Kind::MeetingPage, document, content)
            };
            self.push_support(&space, 0, plan, Some(document))?;
        }
        Ok(())
    }

    /// Where the participant has taken a page back, nothing stays of it: neither what another device of theirs wrote at the same time, nor what the specialist did.
    fn follow_taken_back(&mut self, space: &SpaceRow, meeting: MeetingId) -> Result<(), Error> {
        let rows = self.store.view().meeting_pages_of(space.id, meeting)?;
        let mut pages = pages_of(&rows);
        let is_taken_back = pages.participant.day.is_none() && pages.participant.edit > 0;
        let Some(row) = rows.into_iter().find(|row| row.side == space.side) else {
            return Ok(());
        };
        let page = own(space, &mut pages)?;
        if is_taken_back && page.take_all_away() {
            self.put_own_page(space, row, page)?;
        }
        Ok(())
    }

    /// A page arrived, or one's own is in the log: what it says is joined with what is known, so that of the order nothing depends.
    pub(super) fn keep_meeting_page(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
        seq: u64,
    ) -> Result<Result<(), SetAside>, Error> {
        let most = limits::MEETING_PAGE_JOINED_BYTES_MAX;
        let Ok((meeting, page)) = record::decode_meeting_page(&one.inside.projection) else {
            return Ok(Err(SetAside::Malformed));
        };
        let is_in_place = one.document() == record::meeting_page_document(meeting, author) || planted!(PageUnplaced);
        if !is_in_place || !(page.can_come_from(author, most) || planted!(PageUnread)) {
            return Ok(Err(SetAside::Malformed));
        }
        let rows = self.store.view().meeting_pages_of(space.id, meeting)?;
        let known = rows.into_iter().find(|row| row.side == author.side());
        let is_new = known.is_none();
        if is_new && self.store.view().meeting_page_count(space.id, author.side())? >= limits::MEETINGS_MAX {
            return Ok(Err(SetAside::NotAdmitted));
        }
        let known = known.unwrap_or_else(|| new_page(meeting, author.side()));
        let (_, before) = record::decode_meeting_page(&known.content)?;
        let joined = before.clone().join(page.clone());
        if joined.bytes() > most {
            return Ok(Err(SetAside::NotAdmitted));
        }
        // By an older record nothing is known of the last one in the log: what it brings is said again, and what waits goes on waiting.
        let (said, waited) = match seq >= known.seq {
            true => (&page, PageWaits::Nothing),
            false => (&before, known.waits),
        };
        let waits = match author.side() == space.side {
            false => PageWaits::Nothing,
            true if joined.takes_away_more_than(said) => PageWaits::TakenAway,
            true if joined != *said => waited.max(PageWaits::Words),
            true => waited,
        };
        let row = MeetingPageRow {
            seq: known.seq.max(seq),
            waits,
            content: record::encode_meeting_page(meeting, &joined),
            ..known.clone()
        };
        if row == known && !is_new {
            self.follow_taken_back(space, meeting)?; // This device may have died before it did.
            return self.scrub_if_wanted().map(Ok);
        }
        let lets_go = joined.lets_go_of(&before);
        self.commit(&[Change::Support], |tx| {
            tx.put_meeting_page(space.id, &row)?;
            if lets_go {
                want_empty_log(tx)?; // What was taken away leaves every page of the database.
            }
            Ok(())
        })?;
        self.follow_taken_back(space, meeting)?;
        self.scrub_if_wanted().map(Ok)
    }
}

/// A page with nothing on it.
fn new_page(meeting: MeetingId, side: u8) -> MeetingPageRow {
    MeetingPageRow {
        meeting,
        side,
        seq: 0,
        waits: PageWaits::Nothing,
        content: record::encode_meeting_page(meeting, &MeetingPage::default()),
    }
}

/// This person's own page.
fn own<'p>(space: &SpaceRow, pages: &'p mut MeetingPages) -> Result<&'p mut MeetingPage, MeetingInvalid> {
    let role = Role::from_side(space.side).ok_or(MeetingInvalid::NoSuchMeeting)?;
    Ok(pages.of(role))
}

/// The pages of one meeting. What a newer version of this software wrote waits for an update.
fn pages_of(rows: &[MeetingPageRow]) -> MeetingPages {
    let mut pages = MeetingPages::default();
    for row in rows {
        if let (Some(side), Ok((_, page))) = (Role::from_side(row.side), record::decode_meeting_page(&row.content)) {
            *pages.of(side) = page;
        }
    }
    pages
}

/// The meeting that these pages are of, without lines of the specialist's that touch what is not to be brought up.
fn meeting_of(rows: &[MeetingPageRow], wishes: &Wishes) -> Option<Meeting> {
    let mut meeting = pages_of(rows).meeting(rows.first()?.meeting)?;
    for lines in [&mut meeting.agenda, &mut meeting.notes] {
        lines
            .retain(|line| line.by == Role::Participant || !wishes.forbid_words(line.words.iter().map(String::as_str)));
    }
    Some(meeting)
}
