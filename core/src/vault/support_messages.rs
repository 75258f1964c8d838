//! Messages: written, sent, listed; and what a participant wishes of them.
//!
//! What a specialist writes is held against the rules before it is kept, and against the preferences once more before it leaves: what was written before they changed
//! comes back for another look. What arrives is held against the same rules on the participant's devices (`support_judging.rs`), and shown in the hours they take messages.

use super::receive::{Received, SetAside};
use super::support_judging::{RETURNED, found};
use super::support_saying::NewWords;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::id::{DocumentId, MessageId, RelationshipId, ThingId};
use crate::limits;
use crate::profile::Fields;
use crate::record::{self, Kind, RecordError};
use crate::store::{SaidRow, SpaceRow};
use crate::support::{
    About, ContactHours, Conversation, Fit, Message, MessageCard, MessageState, Quoted, Relationship, Role, Saying,
    SelfReflection, Share, ShareState, Status, TermsInvalid, Unfit, Wishes,
};
use crate::words::advice;
use cairn_wire::SpaceId;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What somebody wants to say.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its kind.
    pub saying: Saying,
    /// The words.
    pub body: String,
    /// What it is about.
    pub about: Option<About>,
    /// What it touches.
    pub topics: Vec<String>,
    /// The look at oneself that comes before telling of one's own experience.
    pub reflection: Option<ThingId>,
}

impl NewMessage {
    /// Words of one kind, about nothing else.
    pub fn new(saying: Saying, body: impl Into<String>) -> Self {
        Self {
            saying,
            body: body.into(),
            about: None,
            topics: Vec::new(),
            reflection: None,
        }
    }

    /// The same, about something.
    #[must_use]
    pub fn about(self, about: About) -> Self {
        Self {
            about: Some(about),
            ..self
        }
    }
}

/// Shows no words.
impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("saying", &self.saying)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// A relationship in which something can be said, and where.
    fn speaking(&self, id: RelationshipId) -> Result<(Relationship, Fields, SpaceRow), Error> {
        let (relationship, fields) = self.relationship(id)?;
        let space = relationship.space.map(SpaceId::from_bytes).ok_or(Unfit::NotActive)?;
        let space = self.store.view().space(space)?.ok_or(Unfit::NotActive)?;
        Ok((relationship, fields, space))
    }

    fn so_far(&self, space: &SpaceRow, relationship: &Relationship) -> Result<Conversation, Error> {
        let (mut conversation, events) = self.events(space, relationship)?;
        for event in events {
            conversation.take(event);
        }
        Ok(conversation)
    }

    /// Says something: kept here at once, sent with the next rounds of sync.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Message`] with the first rule that it does not keep: then nothing is kept and nothing leaves.
    pub fn say_message(&mut self, id: RelationshipId, new: NewMessage) -> Result<MessageId, Error> {
        let (relationship, fields, space) = self.speaking(id)?;
        let conversation = self.so_far(&space, &relationship)?;
        let message = Message {
            saying: new.saying,
            body: new.body,
            about: new.about,
            preferences: self.preferences_opened(&relationship, &fields)?,
            topics: new.topics,
            sent: self.now(),
        };
        match relationship.role {
            Role::Participant => {
                conversation.judge_participants(&message)?;
                if self.card_of(relationship)?.status == Status::Ended {
                    return Err(Unfit::NotActive.into());
                }
            }
            Role::Specialist => {
                self.may_say(&message, new.reflection, &fields)?;
                conversation.judge(&message)?;
            }
        }
        let document = DocumentId::random(self.entropy.as_mut());
        let said = MessageId::from_bytes(*document.as_bytes());
        let content = record::encode_message(&message);
        let words = [NewWords::of(Kind::Message, document, content)];
        let is_story = matches!(message.saying, Saying::LivedExperience { .. });
        let Some(reflection) = new.reflection.filter(|_| is_story) else {
            return self.say(&space, &words).map(|()| said);
        };
        // Together: one look at oneself is for one message.
        let rows = self.to_be_said(&space, &words)?;
        let used = SelfReflection::used(reflection, said);
        self.set_fields_with(id.into(), Kind::Relationship, &used, |tx| {
            rows.iter().try_for_each(|row| Ok(tx.put_said(row)?))
        })?;
        Ok(said)
    }

    /// What only the specialist's own app can know.
    fn may_say(&self, message: &Message, reflection: Option<ThingId>, fields: &Fields) -> Result<(), Unfit> {
        if !matches!(message.saying, Saying::LivedExperience { .. }) {
            return Ok(());
        }
        if !reflection.is_some_and(|id| SelfReflection::is_free(fields, id)) {
            return Err(Unfit::ReflectFirst);
        }
        if advice::directs(&message.body) {
            return Err(Unfit::Directs);
        }
        Ok(())
    }

    /// Keeps, as the specialist, a look at oneself before telling of one's own experience. Nobody else ever sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`] where its words are too long.
    pub fn reflect(&mut self, id: RelationshipId, reflection: &SelfReflection) -> Result<ThingId, Error> {
        let (relationship, _) = self.relationship(id)?;
        if relationship.role != Role::Specialist {
            return Err(Unfit::NotYours.into());
        }
        if crate::profile::longer(&reflection.words, limits::MESSAGE_CHARACTERS_MAX) {
            return Err(Unfit::TooLong.into());
        }
        let made = ThingId::random(self.entropy.as_mut());
        let changes = reflection.changes(made, self.now());
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        Ok(made)
    }

    /// Of the last `count` messages that this specialist has said here, how many were of their own experience. Counted when it is asked for, kept nowhere.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn own_stories(&self, id: RelationshipId, count: usize) -> Result<(usize, usize), Error> {
        let (relationship, _, space) = self.speaking(id)?;
        if relationship.role != Role::Specialist {
            return Err(Unfit::NotYours.into());
        }
        let rows = self.store.view().said(space.id)?;
        let own = rows.iter().rev().filter(|row| row.side == space.side);
        let last: Vec<Message> = own
            .filter(|row| row.kind == Kind::Message.number())
            .filter_map(|row| record::decode_message(&row.content).ok())
            .take(count)
            .collect();
        let stories = last
            .iter()
            .filter(|one| matches!(one.saying, Saying::LivedExperience { .. }));
        Ok((stories.count(), last.len()))
    }

    /// Takes back a message of one's own that has not left, as one that came back for another look.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn unsay_message(&mut self, id: RelationshipId, message: MessageId) -> Result<(), Error> {
        let (_, fields, space) = self.speaking(id)?;
        let row = self.store.view().said_one(space.id, message.into())?;
        let is_own =
            row.is_some_and(|row| row.side == space.side && row.seq == 0 && row.kind == Kind::Message.number());
        if !is_own || self.store.view().outbox_has_state(message.into())? {
            return Err(Error::NotFound);
        }
        let freed = SelfReflection::freed(&fields, message);
        if freed.is_empty() {
            return self.commit(&[Change::Support, Change::Sync], |tx| {
                Ok(tx.unsay(space.id, message.into())?)
            });
        }
        self.set_fields_with(id.into(), Kind::Relationship, &freed, |tx| {
            Ok(tx.unsay(space.id, message.into())?)
        })
    }

    /// What the participant wishes of messages, as it counts now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn wishes(&self, id: RelationshipId) -> Result<Wishes, Error> {
        let (relationship, _) = self.relationship(id)?;
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(Wishes::default());
        };
        let rows = self.store.view().said(space)?.into_iter();
        let rows = rows.filter(|row| row.kind == Kind::Wishes.number() && row.side == Role::Participant.side());
        let all = rows.filter_map(|row| record::decode_wishes(&row.content).ok());
        Ok(all.max_by_key(|wishes| wishes.version).unwrap_or_default())
    }

    /// Says, as the participant, what is wished of messages. The specialist sees it; the version is given here.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`].
    pub fn set_wishes(&mut self, id: RelationshipId, mut wishes: Wishes) -> Result<(), Error> {
        let (relationship, _, space) = self.speaking(id)?;
        if relationship.role != Role::Participant {
            return Err(Unfit::NotYours.into());
        }
        if self.card_of(relationship)?.status == Status::Ended {
            return Err(TermsInvalid::Ended.into());
        }
        let before = self.wishes(id)?;
        wishes.version = before.version;
        if wishes == before {
            return Ok(());
        }
        wishes.version = before.version.saturating_add(1);
        wishes.check()?;
        let document = DocumentId::random(self.entropy.as_mut());
        let content = record::encode_wishes(&wishes);
        self.say(&space, &[NewWords::of(Kind::Wishes, document, content)])
    }

    /// When this participant takes messages in a relationship. It is told to nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn contact_hours(&self, id: RelationshipId) -> Result<ContactHours, Error> {
        let (_, fields) = self.relationship(id)?;
        Ok(ContactHours::from_fields(&fields))
    }

    /// Sets when this participant takes messages in a relationship, on all their devices.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Hours`].
    pub fn set_contact_hours(&mut self, id: RelationshipId, hours: &ContactHours) -> Result<(), Error> {
        let (relationship, _) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Err(Unfit::NotYours.into());
        }
        hours.check()?;
        self.set_fields(id.into(), Kind::Relationship, &hours.changes())
    }

    /// The messages of a relationship, as they are shown on a device in this zone: those said or shown last come last, `count` of them at most, those before `before` where
    /// that is given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::MessagesPage`].
    pub fn messages(
        &self,
        id: RelationshipId,
        zone: Tz,
        before: Option<MessageId>,
        count: usize,
    ) -> Result<Vec<MessageCard>, Error> {
        if count == 0 || count > limits::MESSAGES_PAGE_MAX {
            return Err(Error::MessagesPage);
        }
        let (relationship, fields) = self.relationship(id)?;
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(Vec::new());
        };
        let mut rows = self.store.view().said(space)?;
        rows.retain(|row| row.kind == Kind::Message.number());
        let (mut shown, mut corrections) = (Vec::new(), BTreeMap::<MessageId, Vec<String>>::new());
        let mut answered = BTreeSet::new();
        let arrivals = self.shown_at(&relationship, &fields, zone, &rows);
        let now = self.now();
        for (row, at) in rows.iter().zip(arrivals) {
            let Some(at) = at.filter(|at| *at <= now) else { continue };
            let message = record::decode_message(&row.content).ok();
            if let Some(Message {
                saying: saying @ (Saying::Correction | Saying::Yes),
                about: Some(About::Message(of)),
                body,
                ..
            }) = &message
            {
                if *saying == Saying::Yes {
                    answered.insert(*of);
                } else {
                    corrections.entry(*of).or_default().push(body.clone());
                    continue;
                }
            }
            shown.push((at, row, message));
        }
        shown.sort_by_key(|(at, row, _)| (*at, row.seq == 0, row.seq));
        let upto = match before {
            None => shown.len(),
            Some(before) => {
                let place = shown
                    .iter()
                    .position(|(_, row, _)| *row.document.as_bytes() == *before.as_bytes());
                place.ok_or(Error::NotFound)?
            }
        };
        let over = self.over_shares(&relationship, &fields)?;
        let page = shown.get(upto.saturating_sub(count)..upto).unwrap_or_default();
        Ok(page
            .iter()
            .map(|(at, row, message)| {
                let id = MessageId::from_bytes(*row.document.as_bytes());
                let own = row.side == relationship.role.side();
                let mut message = message.clone();
                let state = state_of(row, own, answered.contains(&id));
                if matches!(state, MessageState::Withheld | MessageState::Unfit) {
                    message = None;
                }
                MessageCard {
                    id,
                    by: if row.side == Role::Participant.side() {
                        Role::Participant
                    } else {
                        Role::Specialist
                    },
                    state,
                    quoted: message.as_ref().and_then(|message| message.about).map(|about| Quoted {
                        about,
                        is_here: !matches!(about, About::Share(share) if over(share)),
                    }),
                    is_collapsed: message
                        .as_ref()
                        .is_some_and(|one| matches!(one.saying, Saying::LivedExperience { .. })),
                    message,
                    at: *at,
                    corrections: corrections.remove(&id).unwrap_or_default(),
                }
            })
            .collect())
    }

    /// When each of these messages is shown here; none for one that was not looked at yet.
    fn shown_at(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        zone: Tz,
        rows: &[SaidRow],
    ) -> Vec<Option<Timestamp>> {
        if relationship.role == Role::Specialist {
            return rows.iter().map(|row| Some(row.received)).collect();
        }
        let fits = |row: &SaidRow| row.side == Role::Specialist.side() && matches!(found(row.verdict), Some(Ok(_)));
        let came: Vec<Timestamp> = rows.iter().filter(|row| fits(row)).map(|row| row.received).collect();
        let mut arrivals = ContactHours::from_fields(fields).arrivals(zone, &came).into_iter();
        rows.iter()
            .map(|row| match (row.side == Role::Participant.side(), found(row.verdict)) {
                (true, _) | (_, Some(Err(_))) => Some(row.received),
                (_, Some(Ok(_))) => arrivals.next(),
                (_, None) => None,
            })
            .collect()
    }

    /// Says of a share whether it is over.
    fn over_shares(
        &self,
        relationship: &Relationship,
        fields: &Fields,
    ) -> Result<impl Fn(crate::id::ShareId) -> bool + use<>, Error> {
        let now = self.now();
        let given: BTreeSet<crate::id::ShareId> = match relationship.role {
            Role::Participant => Share::all(fields)
                .into_iter()
                .filter(|share| share.state(now) == ShareState::Given)
                .map(|share| share.id())
                .collect(),
            Role::Specialist => {
                let cards = self.shared_cards()?.into_iter();
                cards
                    .filter(|card| card.relationship == relationship.id)
                    .map(|card| card.share)
                    .collect()
            }
        };
        Ok(move |share| !given.contains(&share))
    }

    /// A message arrived, or one of this person's own from another device.
    pub(super) fn keep_message(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        let message = match record::decode_message(&one.inside.projection) {
            Ok(message) => message,
            Err(RecordError::TooNew) => return Ok(Err(SetAside::TooNew)),
            Err(_) => return Ok(Err(SetAside::Malformed)),
        };
        if message.saying.is_specialists() != (author == Role::Specialist) {
            return Ok(Err(SetAside::Misplaced));
        }
        if author == Role::Participant && message.check().is_err() {
            return Ok(Err(SetAside::Malformed));
        }
        self.keep_heard(space, one, author, limits::MESSAGES_MAX)
    }

    /// What the participant wishes arrived.
    pub(super) fn keep_wishes(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        if author != Role::Participant {
            return Ok(Err(SetAside::Misplaced));
        }
        match record::decode_wishes(&one.inside.projection) {
            Ok(wishes) if wishes.check().is_ok() => {}
            Err(RecordError::TooNew) => return Ok(Err(SetAside::TooNew)),
            _ => return Ok(Err(SetAside::Malformed)),
        }
        self.keep_heard(space, one, author, limits::TERMS_MAX)
    }

    /// What this specialist has written and what waits sealed is looked at anew in each round: the preferences may have changed.
    pub(super) fn take_back_messages(&mut self) -> Result<(), Error> {
        let mut spaces = self.store.view().spaces()?;
        spaces.retain(|space| space.relationship.is_some() && space.side == Role::Specialist.side());
        for space in spaces {
            for row in self.store.view().said_waiting(space.id)? {
                let is_new = row.kind == Kind::Message.number() && row.verdict.is_none();
                if is_new && self.store.view().outbox_has_state(row.document)? {
                    self.commit(&[], |tx| Ok(tx.remove_appends(space.id, row.document).map(drop)?))?;
                }
            }
        }
        Ok(())
    }

    /// Whether a message may leave now. One that was written before the preferences that are shown now does not: it comes back.
    pub(super) fn may_leave(&mut self, space: &SpaceRow, row: &SaidRow, status: Status) -> Result<bool, Error> {
        let Ok(message) = record::decode_message(&row.content) else {
            return Ok(false);
        };
        if row.verdict == Some(RETURNED) {
            return Ok(false);
        }
        let is_closing = matches!(message.saying, Saying::Closing);
        if status != (if is_closing { Status::Ended } else { Status::Active }) {
            return Ok(false);
        }
        if space.side != Role::Specialist.side() || row.verdict.is_some() || is_closing {
            return Ok(true);
        }
        let shown = self.store.view().shown_profile(space.id)?;
        if shown.is_none_or(|shown| shown.version <= message.preferences) {
            return Ok(true);
        }
        self.commit(&[Change::Support], |tx| {
            Ok(tx.judge_said(space.id, row.document, Some(RETURNED), true)?)
        })?;
        Ok(false)
    }
}

fn state_of(row: &SaidRow, own: bool, is_answered: bool) -> MessageState {
    if own {
        return match (row.seq, row.verdict) {
            (0, Some(RETURNED)) => MessageState::Returned,
            (0, _) => MessageState::Waiting,
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
