//! What was said in a relationship, held against what the two have agreed on.
//!
//! On the participant's devices this happens once for each message, when the log was read to its end, and stays: a verdict does not change with what comes
//! later, nor where a relay has lost its log and everything stands in another order. In a pause nothing is looked at, and so nothing is shown, until it is over.
//!
//! | name | value | |
//! |---|---|---|
//! | `shown.<space in hex>` | CBOR `[[version u64, seq u64]...]` | where in the log each version of the shown preferences began to count, on the participant's devices |
//! | `over.<space in hex>` | u64 little-endian | where in the log the end stands |

use super::devices::hex;
use super::{Change, Engine, Error};
use crate::id::{MessageId, ShareId};
use crate::limits;
use crate::profile::Stance;
use crate::record::{self, Kind};
use crate::store::{SaidRow, SpaceRow, Tx};
use crate::support::{
    About, AccessKind, Conversation, Event, Fit, Relationship, Role, Saying, Share, SupportWanted, Unfit,
};
use cairn_wire::SpaceId;
use std::collections::{BTreeMap, BTreeSet};

/// One's own message that went out once: it is not held against what came later.
pub(super) const SENT: u8 = 0;
/// One's own message, written before the preferences that are shown now.
pub(super) const RETURNED: u8 = 64;

fn shown_name(space: SpaceId) -> String {
    format!("shown.{}", hex(space.as_bytes()))
}

fn over_name(space: SpaceId) -> String {
    format!("over.{}", hex(space.as_bytes()))
}

/// Where things stood in the log of a space is forgotten with that log.
pub(super) fn forget_places(tx: &Tx<'_>, space: SpaceId) -> Result<(), Error> {
    tx.remove_meta(&shown_name(space))?;
    Ok(tx.remove_meta(&over_name(space))?)
}

/// Keeps where the versions of the shown preferences began to count.
pub(super) fn put_shown(tx: &Tx<'_>, space: SpaceId, versions: &[u8]) -> Result<(), Error> {
    Ok(tx.set_meta(&shown_name(space), versions)?)
}

/// What was found of a message, by its number; none where it was not looked at.
pub(super) fn found(verdict: Option<u8>) -> Option<Result<Fit, Unfit>> {
    match verdict {
        None => None,
        Some(0) => Some(Ok(Fit::Shown)),
        Some(1) => Some(Ok(Fit::Withheld)),
        // Which rule it was is of no use to anybody later.
        Some(_) => Some(Err(Unfit::NotActive)),
    }
}

impl Engine {
    /// A version of the preferences that this person shows stands in the log.
    pub(super) fn note_shown(&self, space: SpaceId, version: u64, seq: u64) -> Result<Vec<u8>, Error> {
        let mut versions = self.shown_versions(space)?;
        versions.retain(|(known, _)| *known != version);
        versions.push((version, seq));
        let over = versions.len().saturating_sub(limits::SHOWN_VERSIONS_MAX);
        versions.drain(..over);
        Ok(cairn_wire::encode(&versions))
    }

    fn shown_versions(&self, space: SpaceId) -> Result<Vec<(u64, u64)>, Error> {
        let Some(bytes) = self.store.view().meta(&shown_name(space))? else {
            return Ok(Vec::new());
        };
        cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)
    }

    /// The link that ends it stands in the log.
    pub(super) fn note_over(&mut self, space: SpaceId, seq: u64) -> Result<(), Error> {
        let is_over = self
            .support_chain(space)?
            .is_some_and(|chain| chain.goodbye().is_some());
        if !is_over || self.store.view().meta(&over_name(space))?.is_some() {
            return Ok(());
        }
        self.commit(&[], |tx| Ok(tx.set_meta(&over_name(space), &seq.to_le_bytes())?))
    }

    /// Everything that counts for what may be said, in the order of the log, and the conversation before any of it. What is one's own and not in the log yet comes last.
    pub(super) fn events(
        &self,
        space: &SpaceRow,
        relationship: &Relationship,
    ) -> Result<(Conversation, Vec<Event>), Error> {
        let rows = self.store.view().said(space.id)?;
        let mut events = Vec::new();
        // After a loss what this person said before is said again; it counted long before.
        let waiting = if self.has_begun_anew(space.id)? { 0 } else { u64::MAX };
        let place = |row: &SaidRow| if row.seq == 0 { waiting } else { row.seq };
        let mut accepted: BTreeMap<[u8; 32], [Option<u64>; 2]> = BTreeMap::new();
        let (mut closing, mut answers) = (BTreeMap::new(), BTreeMap::new());
        for row in &rows {
            let Some(by) = Role::from_side(row.side) else { continue };
            let at = place(row);
            match Kind::from_number(row.kind) {
                Ok(Kind::Agreement) => {
                    if let Ok(agreement) = record::decode_agreement(&row.content) {
                        closing.insert(record::agreement_hash(&row.content), agreement.closing_words);
                    }
                }
                Ok(Kind::Acceptance) => {
                    if let Ok(hash) = record::decode_acceptance(&row.content) {
                        accepted.entry(hash).or_default()[usize::from(by.side())] = Some(at);
                    }
                }
                Ok(Kind::Wishes) if by == Role::Participant => {
                    events.extend(
                        record::decode_wishes(&row.content)
                            .ok()
                            .map(|wishes| (at, Event::Wishes(wishes))),
                    );
                }
                Ok(Kind::AccessEvent) if by == Role::Specialist => {
                    let opened = record::decode_access_event(&row.content).ok();
                    let opened = opened.filter(|event| event.kind == AccessKind::Opened);
                    events.extend(opened.map(|event| (at, Event::Opened(event.share))));
                }
                Ok(Kind::Message) => {
                    let Ok(message) = record::decode_message(&row.content) else {
                        continue;
                    };
                    if let (Some(About::Message(offer)), Saying::Yes | Saying::NotNow) =
                        (message.about, &message.saying)
                    {
                        answers.insert(offer, matches!(message.saying, Saying::Yes));
                    }
                    let own = space.side == row.side;
                    let found = if own && by == Role::Specialist {
                        Some(Ok(Fit::Shown)) // It was looked at when it was written.
                    } else {
                        found(row.verdict)
                    };
                    if row.verdict == Some(RETURNED) {
                        continue;
                    }
                    let id = MessageId::from_bytes(*row.document.as_bytes());
                    events.push((at, Event::Said { id, by, message, found }));
                }
                _ => {}
            }
        }
        for (hash, sides) in accepted {
            if let ([Some(one), Some(other)], Some(closing_words)) = (sides, closing.get(&hash)) {
                let closing_words = *closing_words;
                events.push((one.max(other), Event::Agreed { closing_words }));
            }
        }
        self.add_places(space, relationship, &mut events)?;
        // What stands at one place is kept in the order of above; what both have accepted counts before what is said there.
        events.sort_by_key(|(at, event)| (*at, !matches!(event, Event::Agreed { .. })));
        let taken_up: BTreeSet<MessageId> = answers.into_iter().filter_map(|(id, yes)| yes.then_some(id)).collect();
        let conversation = Conversation::new(
            self.wanted(relationship)?,
            taken_up,
            self.not_for_them(space, relationship)?,
        );
        Ok((conversation, events.into_iter().map(|(_, event)| event).collect()))
    }

    /// Where the preferences began to count, and where it ended.
    fn add_places(
        &self,
        space: &SpaceRow,
        relationship: &Relationship,
        events: &mut Vec<(u64, Event)>,
    ) -> Result<(), Error> {
        let versions = match relationship.role {
            Role::Participant => self.shown_versions(space.id)?,
            Role::Specialist => {
                let shown = self.store.view().shown_profile(space.id)?;
                shown.map(|shown| (shown.version, 0)).into_iter().collect()
            }
        };
        events.extend(
            versions
                .into_iter()
                .map(|(version, at)| (at, Event::Preferences(version))),
        );
        let over = self.store.view().meta(&over_name(space.id))?;
        let over = over.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
        let is_over = relationship.ended.is_some()
            || self
                .support_chain(space.id)?
                .is_some_and(|chain| chain.goodbye().is_some());
        if is_over || over.is_some() {
            events.push((over.unwrap_or(u64::MAX), Event::Ended));
        }
        Ok(())
    }

    /// What is wanted with each thing that is, or was, shared.
    fn wanted(&self, relationship: &Relationship) -> Result<BTreeMap<ShareId, SupportWanted>, Error> {
        if relationship.role == Role::Participant {
            let shares = Share::all(&self.fields(relationship.id.into())?).into_iter();
            return Ok(shares.map(|share| (share.id(), share.consent.wanted)).collect());
        }
        let now = self.now();
        let rows = self.store.view().shared()?.into_iter();
        let views = rows
            .filter(|row| row.relationship == relationship.id)
            .filter_map(|row| record::decode_view(&row.content).ok())
            .filter(|view| !view.consent.is_expired(now));
        Ok(views.map(|view| (view.share(), view.consent.wanted)).collect())
    }

    /// What the participant has said is not for them: all of it on their own devices, what is shown of it on the other's.
    fn not_for_them(&self, space: &SpaceRow, relationship: &Relationship) -> Result<Vec<String>, Error> {
        if relationship.role == Role::Participant {
            let profile = super::profile::read_profile(self.store.view())?;
            let not = profile
                .statements
                .into_iter()
                .filter(|one| one.stance == Some(Stance::NotForMe));
            return Ok(not.map(|one| one.text).collect());
        }
        let Some(row) = self.store.view().shown_profile(space.id)? else {
            return Ok(Vec::new());
        };
        let profile = record::decode_shared_profile(&row.content)?;
        let all = profile.sections.into_iter().flat_map(|section| section.statements);
        Ok(all
            .filter(|one| one.stance == Some(Stance::NotForMe))
            .map(|one| one.text)
            .collect())
    }

    /// Holds what a specialist said, and was not looked at yet, against what was agreed. What does not fit is not kept.
    pub(super) fn judge_messages(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let (Some(id), kind, side) = (space.relationship, Kind::Message.number(), Role::Specialist.side()) else {
            return Ok(());
        };
        let is_ready = self.read_to_end.contains(&self.identity.home);
        if !is_ready || !self.store.view().said_unjudged(space.id, kind, side)? {
            return Ok(());
        }
        let (relationship, _) = self.relationship(id)?;
        if relationship.role != Role::Participant || self.is_pausing(&relationship)? {
            return Ok(());
        }
        let (mut conversation, events) = self.events(space, &relationship)?;
        let mut verdicts = Vec::new();
        for event in events {
            let unjudged = match &event {
                Event::Said { id, found: None, .. } => Some(*id),
                _ => None,
            };
            let verdict = conversation.take(event);
            verdicts.extend(unjudged.zip(verdict));
        }
        if verdicts.is_empty() {
            return Ok(());
        }
        self.commit(&[Change::Support], |tx| {
            for (id, verdict) in &verdicts {
                let number = match verdict {
                    Ok(fit) => *fit as u8,
                    Err(unfit) => *unfit as u8,
                };
                tx.judge_said(space.id, (*id).into(), Some(number), verdict.is_ok())?;
            }
            Ok(())
        })
    }
}
