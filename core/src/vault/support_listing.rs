//! Messages as they are listed: what is shown by now on this side, in its order, and which feedback has a response.

use super::support_judging::{RETURNED, found};
use super::{Engine, Error};
use crate::clock::Timestamp;
use crate::id::{MeetingId, MessageId, RelationshipId, ShareId};
use crate::limits;
use crate::profile::Fields;
use crate::record::{self, Kind};
use crate::store::SaidRow;
use crate::support::{
    About, ContactHours, FeedbackResponse, Fit, Message, MessageCard, MessageState, Quoted, Relationship, Responses,
    Role, Saying, Share, ShareState,
};
use cairn_wire::SpaceId;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// The messages of a relationship, as they are shown on a device in this zone: those said or shown last come last, `count` of them at most, those before `before` where
    /// that is given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::MessagesPage`].
    pub fn messages(
        &mut self,
        id: RelationshipId,
        zone: Tz,
        before: Option<MessageId>,
        count: usize,
    ) -> Result<Vec<MessageCard>, Error> {
        if count == 0 || count > limits::MESSAGES_PAGE_MAX {
            return Err(Error::MessagesPage);
        }
        if let Some(past) = self.past(id)? {
            let cards = past.cards();
            let page = page_of(&cards, before, count, |card, before| card.id == before)?;
            return Ok(page.to_vec());
        }
        let (relationship, fields) = self.relationship(id)?;
        let talk = self.talk(&relationship, &fields, zone)?;
        let is_it = |one: &Shown, before: MessageId| one.id() == before;
        let page = page_of(&talk.shown, before, count, is_it)?;
        let here = self.what_is_here(&relationship, &fields, page)?;
        Ok(page
            .iter()
            .map(|one| talk.card(one, relationship.role, &here))
            .collect())
    }

    /// The feedback that was sent in a relationship, as both of the two see it: what has no response yet comes first, and each in the order in which it was said.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn sent_feedback(&mut self, id: RelationshipId, zone: Tz) -> Result<Vec<MessageCard>, Error> {
        let mut cards = match self.past(id)? {
            Some(past) => past.cards(),
            None => {
                let (relationship, fields) = self.relationship(id)?;
                let talk = self.talk(&relationship, &fields, zone)?;
                let here = self.what_is_here(&relationship, &fields, &talk.shown)?;
                let all = talk.shown.iter();
                all.map(|one| talk.card(one, relationship.role, &here)).collect()
            }
        };
        cards.retain(|card| card.response.is_some());
        cards.sort_by_key(|card| card.response != Some(FeedbackResponse::NotYet));
        Ok(cards)
    }

    /// What of a relationship's messages is shown by now, in its order.
    fn talk(&mut self, relationship: &Relationship, fields: &Fields, zone: Tz) -> Result<Talk, Error> {
        let mut talk = Talk::default();
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(talk);
        };
        self.show_what_arrives(space, relationship, fields, zone)?;
        let rows = self.store.view().said_of(space, &[Kind::Message.number()])?;
        let (now, hours) = (self.now(), ContactHours::from_fields(fields));
        for row in rows {
            let Some(at) = shown_at(&row, relationship, &hours, zone, now) else {
                continue;
            };
            let message = record::decode_message(&row.content).ok();
            let one = Shown { at, row, message };
            if let Some(Message {
                saying: saying @ (Saying::Correction | Saying::Yes),
                about: Some(About::Message(of)),
                body,
                ..
            }) = &one.message
            {
                if *saying == Saying::Yes {
                    talk.answered.insert(*of);
                } else {
                    talk.corrections.entry(*of).or_default().push(body.clone());
                    continue;
                }
            }
            talk.shown.push(one);
        }
        talk.shown.sort_by_key(|one| (one.at, one.row.seq == 0, one.row.seq));
        // However many did not fit, one line says so.
        let is_unfit = |row: &SaidRow| {
            state_of(row, row.side == relationship.role.side(), false) == MessageState::Unfit && row.content.is_empty()
        };
        talk.shown
            .dedup_by(|one, before| is_unfit(&one.row) && is_unfit(&before.row) && one.row.side == before.row.side);
        for one in &talk.shown {
            // What came back, or did not fit, is no response: nobody reads it.
            let state = state_of(&one.row, one.row.side == relationship.role.side(), false);
            if let (Some(message), false) = (
                &one.message,
                matches!(state, MessageState::Returned | MessageState::Unfit),
            ) {
                talk.responses.add(one.id(), message);
            }
        }
        Ok(talk)
    }

    /// Notes of every message that arrives in the participant's hours by now that it is shown: what was shown once stays, whatever is set later.
    fn show_what_arrives(
        &mut self,
        space: SpaceId,
        relationship: &Relationship,
        fields: &Fields,
        zone: Tz,
    ) -> Result<(), Error> {
        if relationship.role == Role::Specialist {
            return Ok(());
        }
        let (rows, now) = (self.store.view().said_of(space, &[Kind::Message.number()])?, self.now());
        let fits = |row: &&SaidRow| row.side == Role::Specialist.side() && matches!(found(row.verdict), Some(Ok(_)));
        let (before, waiting): (Vec<&SaidRow>, Vec<&SaidRow>) =
            rows.iter().filter(fits).partition(|row| row.shown.is_some());
        if waiting.is_empty() {
            return Ok(());
        }
        let before: Vec<Timestamp> = before.into_iter().filter_map(|row| row.shown).collect();
        // A clock that was wrong when something came keeps it from nobody.
        let came: Vec<Timestamp> = waiting.iter().map(|row| row.received.min(now)).collect();
        let arrivals = ContactHours::from_fields(fields).arrivals(zone, &before, &came);
        let arrived: Vec<_> = waiting.iter().zip(arrivals).filter(|(_, at)| *at <= now).collect();
        if arrived.is_empty() {
            return Ok(());
        }
        self.commit(&[], |tx| {
            for (row, at) in &arrived {
                tx.show_said(space, row.document, *at)?;
            }
            Ok(())
        })
    }

    /// What these messages can be about: says of each whether it is still there.
    fn what_is_here(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        messages: &[Shown],
    ) -> Result<impl Fn(About) -> bool + use<>, Error> {
        let now = self.now();
        let given: BTreeSet<ShareId> = match relationship.role {
            Role::Participant => Share::all(fields)
                .into_iter()
                .filter(|share| share.state(now) == ShareState::Given)
                .map(|share| share.id())
                .collect(),
            Role::Specialist => {
                let cards = self.shared_in_any_order()?.into_iter();
                cards
                    .filter(|card| card.relationship == relationship.id)
                    .map(|card| card.share)
                    .collect()
            }
        };
        let about = messages.iter().filter_map(|one| one.message.as_ref()?.about);
        let meetings: BTreeSet<MeetingId> = match about.into_iter().any(|about| matches!(about, About::Meeting(_))) {
            true => self.meetings(relationship.id)?.into_iter().map(|one| one.id).collect(),
            false => BTreeSet::new(),
        };
        Ok(move |about| match about {
            About::Share(share) => given.contains(&share),
            About::Meeting(meeting) => meetings.contains(&meeting),
            About::Message(_) | About::Days(_) => true,
        })
    }
}

/// A message that is shown by now.
struct Shown {
    at: Timestamp,
    row: SaidRow,
    message: Option<Message>,
}

impl Shown {
    fn id(&self) -> MessageId {
        MessageId::from_bytes(*self.row.document.as_bytes())
    }
}

/// What of a relationship's messages is shown by now, and what belongs to it.
#[derive(Default)]
struct Talk {
    shown: Vec<Shown>,
    corrections: BTreeMap<MessageId, Vec<String>>,
    answered: BTreeSet<MessageId>,
    responses: Responses,
}

impl Talk {
    /// One of its messages, as it is shown to this side.
    fn card(&self, one: &Shown, own_role: Role, is_here: impl Fn(About) -> bool) -> MessageCard {
        let (id, row) = (one.id(), &one.row);
        let own = row.side == own_role.side();
        let state = state_of(row, own, self.answered.contains(&id));
        let is_kept_back = !own && matches!(state, MessageState::Withheld | MessageState::Unfit);
        let message = one.message.as_ref().filter(|_| !is_kept_back);
        MessageCard {
            id,
            by: if row.side == Role::Participant.side() {
                Role::Participant
            } else {
                Role::Specialist
            },
            state,
            quoted: message.and_then(|message| message.about).map(|about| Quoted {
                about,
                is_here: is_here(about),
            }),
            is_collapsed: message.is_some_and(|one| matches!(one.saying, Saying::LivedExperience { .. })),
            response: message.and_then(|message| self.responses.to(id, message)),
            message: message.cloned(),
            at: one.at,
            corrections: self.corrections.get(&id).cloned().unwrap_or_default(),
        }
    }
}

/// The last `count` of those that come before `before`, where that is given.
fn page_of<T>(
    all: &[T],
    before: Option<MessageId>,
    count: usize,
    is_it: impl Fn(&T, MessageId) -> bool,
) -> Result<&[T], Error> {
    let upto = match before {
        None => all.len(),
        Some(before) => all.iter().position(|one| is_it(one, before)).ok_or(Error::NotFound)?,
    };
    Ok(all.get(upto.saturating_sub(count)..upto).unwrap_or_default())
}

/// When a message is shown here; none while it waits for the participant's hours, or was not looked at yet.
fn shown_at(
    row: &SaidRow,
    relationship: &Relationship,
    hours: &ContactHours,
    zone: Tz,
    now: Timestamp,
) -> Option<Timestamp> {
    let came = row.received.min(now);
    if relationship.role == Role::Specialist || row.side == Role::Participant.side() {
        return Some(came);
    }
    match found(row.verdict)? {
        Ok(_) => row.shown,
        // That one did not fit is said in the hours too, and counts for none of a day.
        Err(_) => {
            let any_number = ContactHours {
                daily_max: None,
                ..hours.clone()
            };
            let at = any_number.arrivals(zone, &[], &[came]).first().copied();
            at.filter(|at| *at <= now)
        }
    }
}

fn state_of(row: &SaidRow, own: bool, is_answered: bool) -> MessageState {
    if own {
        return match (row.seq, row.verdict) {
            (0, Some(RETURNED)) => MessageState::Returned,
            (0, _) => MessageState::Waiting,
            _ if matches!(found(row.verdict), Some(Err(_))) => MessageState::Unfit,
            _ => MessageState::Sent,
        };
    }
    if row.side == Role::Participant.side() {
        return MessageState::Arrived;
    }
    match found(row.verdict) {
        Some(Ok(Fit::Withheld)) if !is_answered => MessageState::Withheld,
        Some(Ok(_)) => MessageState::Arrived,
        Some(Err(_)) | None => MessageState::Unfit,
    }
}
