//! Messages: written, sent, listed; and what a participant wishes of them.
//!
//! What a specialist writes is held against the rules before it is kept, and against the preferences once more before it leaves: what was written before they changed
//! comes back for another look. What arrives is held against the same rules on the participant's devices (`support_judging.rs`), and shown in the hours they take messages.

use super::erasing::want_empty_log;
use super::receive::{Received, SetAside};
use super::support_judging::{RETURNED, found};
use super::support_saying::NewWords;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::id::{DocumentId, MessageId, RelationshipId, ThingId};
use crate::limits;
use crate::profile::{Changes, Fields};
use crate::record::{self, Kind, RecordError};
use crate::store::{SaidRow, SpaceRow};
use crate::support::{
    About, ContactHours, Fit, KeptFeedback, KeptMessage, Message, MessageCard, MessageState, Quoted, Relationship,
    Role, Saying, SelfReflection, Share, ShareState, Status, TermsInvalid, Unfit, Wishes,
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

    /// Says something: kept here at once, sent with the next rounds of sync.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Message`] with the first rule that it does not keep: then nothing is kept and nothing leaves.
    pub fn say_message(&mut self, id: RelationshipId, new: NewMessage) -> Result<MessageId, Error> {
        let is_story = matches!(new.saying, Saying::LivedExperience { .. });
        let reflection = new.reflection.filter(|_| is_story);
        self.say_with(id, new, |said| {
            reflection.map_or_else(Changes::new, |reflection| SelfReflection::used(reflection, said))
        })
    }

    /// Says something, and changes this person's own side of the relationship with it: both or neither.
    pub(super) fn say_with(
        &mut self,
        id: RelationshipId,
        new: NewMessage,
        also: impl FnOnce(MessageId) -> Changes,
    ) -> Result<MessageId, Error> {
        let (relationship, fields, space) = self.speaking(id)?;
        let conversation = self.judged(&space, &relationship)?.conversation;
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
                if let Some(About::Share(share)) = message.about {
                    self.store.view().shared_view(share)?.ok_or(Unfit::Nowhere)?; // What is shown no more is left alone.
                }
                conversation.judge(&message)?;
            }
        }
        let document = DocumentId::random(self.entropy.as_mut());
        let said = MessageId::from_bytes(*document.as_bytes());
        let content = record::encode_message(&message);
        let words = [NewWords::of(Kind::Message, document, content)];
        let changes = also(said);
        if changes.is_empty() {
            return self.say(&space, &words).map(|()| said);
        }
        let rows = self.to_be_said(&space, &words)?;
        self.set_fields_with(id.into(), Kind::Relationship, &changes, |tx| {
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
        if message.texts().into_iter().any(advice::directs) {
            return Err(Unfit::Directs);
        }
        Ok(())
    }

    /// Keeps, as the specialist, a look at oneself before telling of one's own experience. Nobody else ever sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`] where its words are too long.
    pub fn reflect(&mut self, id: RelationshipId, reflection: &SelfReflection) -> Result<ThingId, Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Specialist {
            return Err(Unfit::NotYours.into());
        }
        if crate::profile::longer(&reflection.words, limits::KEPT_CHARACTERS_MAX) {
            return Err(Unfit::TooLong.into());
        }
        let made = ThingId::random(self.entropy.as_mut());
        let mut changes = SelfReflection::forgotten(&fields, limits::KEPT_MAX);
        changes.extend(reflection.changes(made, self.now()));
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
        let rows = self.store.view().said_of(space.id, &[Kind::Message.number()])?;
        let own = rows.iter().rev().filter(|row| row.side == space.side);
        let last: Vec<Message> = own
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
        let mut freed = SelfReflection::freed(&fields, message);
        freed.extend(KeptFeedback::unsent(&fields, message));
        if freed.is_empty() {
            self.commit(&[Change::Support, Change::Sync], |tx| {
                tx.unsay(space.id, message.into())?;
                want_empty_log(tx)
            })?;
        } else {
            self.set_fields_with(id.into(), Kind::Relationship, &freed, |tx| {
                tx.unsay(space.id, message.into())?;
                want_empty_log(tx)
            })?;
        }
        self.scrub_if_wanted()
    }

    /// What the participant wishes of messages, as it counts now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn wishes(&self, id: RelationshipId) -> Result<Wishes, Error> {
        if let Some(past) = self.past(id)? {
            return Ok(past.kept.wishes);
        }
        let (relationship, _) = self.relationship(id)?;
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(Wishes::default());
        };
        let rows = self.store.view().said_of(space, &[Kind::Wishes.number()])?.into_iter();
        let rows = rows.filter(|row| row.side == Role::Participant.side());
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
        if let Some(past) = self.past(id)? {
            return Ok(past.kept.hours);
        }
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
            let cards = KeptMessage::cards(past.messages());
            let page = page_of(&cards, before, count, |card, before| card.id == before)?;
            return Ok(page.to_vec());
        }
        let (relationship, fields) = self.relationship(id)?;
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(Vec::new());
        };
        self.show_what_arrives(space, &relationship, &fields, zone)?;
        let rows = self.store.view().said_of(space, &[Kind::Message.number()])?;
        let (mut shown, mut corrections) = (Vec::new(), BTreeMap::<MessageId, Vec<String>>::new());
        let mut answered = BTreeSet::new();
        let (now, hours) = (self.now(), ContactHours::from_fields(&fields));
        for row in &rows {
            let Some(at) = shown_at(row, &relationship, &hours, zone, now) else {
                continue;
            };
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
        // However many did not fit, one line says so.
        let is_unfit =
            |row: &SaidRow| state_of(row, row.side == relationship.role.side(), false) == MessageState::Unfit;
        shown.dedup_by(|(_, one, _), (_, before, _)| {
            is_unfit(one) && is_unfit(before) && one.side == before.side && one.content.is_empty()
        });
        let over = self.over_shares(&relationship, &fields)?;
        let is_it = |(_, row, _): &(Timestamp, &SaidRow, Option<Message>), before: MessageId| {
            *row.document.as_bytes() == *before.as_bytes()
        };
        let page = page_of(&shown, before, count, is_it)?;
        Ok(page
            .iter()
            .map(|(at, row, message)| {
                let id = MessageId::from_bytes(*row.document.as_bytes());
                let own = row.side == relationship.role.side();
                let mut message = message.clone();
                let state = state_of(row, own, answered.contains(&id));
                if !own && matches!(state, MessageState::Withheld | MessageState::Unfit) {
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
        if message.saying.is_specialists() != (author == Role::Specialist) && !planted!(SideUnread) {
            return Ok(Err(SetAside::Misplaced));
        }
        // Whatever its app did not hold it against: what is larger than a message can be is not kept at all.
        if message.check().is_err() {
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
        if author != Role::Participant && !planted!(SideUnread) {
            return Ok(Err(SetAside::Misplaced));
        }
        match record::decode_wishes(&one.inside.projection) {
            Ok(wishes) if wishes.check().is_ok() => {}
            Err(RecordError::TooNew) => return Ok(Err(SetAside::TooNew)),
            _ => return Ok(Err(SetAside::Malformed)),
        }
        self.keep_heard(space, one, author, limits::TERMS_MAX)
    }

    /// What this specialist has written and what waits sealed is looked at anew in each round, once the log was read to its end: the preferences may have changed.
    pub(super) fn take_back_messages(&mut self, space: &SpaceRow) -> Result<(), Error> {
        if space.relationship.is_none() || space.side != Role::Specialist.side() {
            return Ok(());
        }
        for row in self.store.view().said_waiting(space.id)? {
            let is_new = row.kind == Kind::Message.number() && row.verdict.is_none();
            if is_new && self.store.view().outbox_has_state(row.document)? {
                self.commit(&[], |tx| Ok(tx.remove_appends(space.id, row.document).map(drop)?))?;
            }
        }
        Ok(())
    }

    /// The specialist's own messages that wait, and keep to everything that stands in the log by now. What does not would be shown to nobody: it comes back.
    pub(super) fn waiting_that_fit(&self, space: &SpaceRow) -> Result<BTreeSet<MessageId>, Error> {
        let waits = self.store.view().said_waiting(space.id)?;
        let is_new = |row: &SaidRow| row.kind == Kind::Message.number() && row.verdict.is_none();
        let (true, Some(id)) = (waits.iter().any(is_new), space.relationship) else {
            return Ok(BTreeSet::new());
        };
        let verdicts = self.judged(space, &self.relationship(id)?.0)?.verdicts;
        let fit = verdicts.into_iter().filter(|(_, verdict)| verdict.is_ok());
        Ok(fit.map(|(id, _)| id).collect())
    }

    /// Whether a message may leave now. A specialist's that does not fit any more comes back.
    pub(super) fn may_leave(
        &mut self,
        space: &SpaceRow,
        row: &SaidRow,
        status: Status,
        fits: &BTreeSet<MessageId>,
    ) -> Result<bool, Error> {
        let Ok(message) = record::decode_message(&row.content) else {
            return Ok(false);
        };
        let is_closing = matches!(message.saying, Saying::Closing);
        let is_due = status == (if is_closing { Status::Ended } else { Status::Active });
        if row.verdict == Some(RETURNED) || !is_due {
            return Ok(false);
        }
        let is_checked = space.side == Role::Specialist.side() && row.verdict.is_none();
        if !is_checked || fits.contains(&MessageId::from_bytes(*row.document.as_bytes())) {
            return Ok(true);
        }
        self.commit(&[Change::Support], |tx| {
            Ok(tx.judge_said(space.id, row.document, RETURNED, true)?)
        })?;
        Ok(false)
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
