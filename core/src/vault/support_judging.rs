//! What was said in a relationship, held against what the two have agreed on.
//!
//! This happens once for each message, when the log was read to its end, and stays: a verdict does not change with what comes later, nor where a relay has lost its
//! log and everything stands in another order. In a pause nothing is looked at on the participant's devices, and so nothing is shown, until it is over; what is about a share that is not
//! known here waits until it is. The specialist's devices look at their own messages by the same rules before they leave, and again where they have come to stand.
//!
//! | name | value | |
//! |---|---|---|
//! | `shown.<space in hex>` | CBOR `[[version u64, seq u64]...]` | where in the log each version of the shown preferences began to count, on the participant's devices |
//! | `over.<space in hex>` | u64 little-endian | where in the log the end stands |
//! | `read.<space in hex>` | empty | this device has read a relationship to its end once: what comes from then on is new |

use super::devices::hex;
use super::erasing::want_empty_log;
use super::{Change, Engine, Error};
use crate::id::{MessageId, ShareId};
use crate::limits;
use crate::profile::Stance;
use crate::record::{self, Kind};
use crate::store::{SaidRow, SpaceRow, Tx};
use crate::support::{AccessKind, Consent, Conversation, Event, Fit, Relationship, Role, Share, SupportWanted, Unfit};
use crate::words::advice;
use cairn_wire::{PublicKey, SpaceId};
use std::collections::{BTreeMap, BTreeSet};

/// One's own message, written before the preferences that are shown now.
pub(super) const RETURNED: u8 = 64;

fn shown_name(space: SpaceId) -> String {
    format!("shown.{}", hex(space.as_bytes()))
}

fn over_name(space: SpaceId) -> String {
    format!("over.{}", hex(space.as_bytes()))
}

fn read_name(space: SpaceId) -> String {
    format!("read.{}", hex(space.as_bytes()))
}

fn note_read(tx: &Tx<'_>, space: SpaceId) -> Result<(), Error> {
    Ok(tx.set_meta(&read_name(space), &[])?)
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

    /// Everything that was said and done in a relationship, gone through in the order of the log. What is one's own and not in the log yet comes last.
    pub(super) fn judged(&self, space: &SpaceRow, relationship: &Relationship) -> Result<Judged, Error> {
        let (events, landed) = self.events(space, relationship)?;
        let mut conversation = Conversation::new(
            self.wanted(space, relationship)?,
            self.not_for_them(space, relationship)?,
            advice::directs,
        );
        let mut verdicts = BTreeMap::new();
        for event in events {
            let open = match &event {
                Event::Said {
                    id,
                    message,
                    found: None,
                    ..
                } => Some((*id, conversation.knows(message.about))),
                _ => None,
            };
            let verdict = conversation.take(event);
            if let (Some((id, true)), Some(verdict)) = (open, verdict) {
                verdicts.insert(id, verdict);
            }
        }
        Ok(Judged {
            conversation,
            verdicts,
            landed,
        })
    }

    /// What counts, in the order of the log; and which messages stand in it.
    fn events(
        &self,
        space: &SpaceRow,
        relationship: &Relationship,
    ) -> Result<(Vec<Event>, BTreeSet<MessageId>), Error> {
        let rows = self.store.view().said(space.id)?;
        let (mut events, mut landed) = (Vec::new(), BTreeSet::new());
        // After a loss what this person said before it is said again; it counted long before.
        let lost = self.begun_anew(space.id)?;
        let place = |row: &SaidRow| match row.seq {
            0 if lost.is_some_and(|lost| row.received <= lost) => 0,
            0 => u64::MAX,
            seq => seq,
        };
        let mut accepted: BTreeMap<[u8; 32], [Option<u64>; 2]> = BTreeMap::new();
        let mut agreements = BTreeMap::new();
        for row in rows.iter().filter(|row| row.verdict != Some(RETURNED)) {
            let Some(by) = Role::from_side(row.side) else { continue };
            let at = place(row);
            match (Kind::from_number(row.kind), by) {
                (Ok(Kind::Agreement), _) => {
                    if let Ok(agreement) = record::decode_agreement(&row.content) {
                        agreements.insert(record::agreement_hash(&row.content), agreement);
                    }
                }
                (Ok(Kind::Acceptance), _) => {
                    if let Ok(hash) = record::decode_acceptance(&row.content) {
                        accepted.entry(hash).or_default()[usize::from(by.side())] = Some(at);
                    }
                }
                (Ok(Kind::Wishes), Role::Participant) => {
                    let wishes = record::decode_wishes(&row.content).ok();
                    events.extend(wishes.map(|wishes| (at, Event::Wishes(wishes))));
                }
                (Ok(Kind::AccessEvent), Role::Specialist) => {
                    let opened = record::decode_access_event(&row.content).ok();
                    let opened = opened.filter(|event| event.kind == AccessKind::Opened);
                    events.extend(opened.map(|event| (at, Event::Opened(event.share))));
                }
                (Ok(Kind::Message), _) => {
                    let Ok(message) = record::decode_message(&row.content) else {
                        continue;
                    };
                    let id = MessageId::from_bytes(*row.document.as_bytes());
                    if row.seq > 0 {
                        landed.insert(id);
                    }
                    let found = found(row.verdict);
                    events.push((at, Event::Said { id, by, message, found }));
                }
                _ => {}
            }
        }
        for (hash, sides) in accepted {
            if let ([Some(one), Some(other)], Some(agreement)) = (sides, agreements.get(&hash)) {
                let agreed = Event::Agreed {
                    version: agreement.version,
                    closing_words: agreement.closing_words,
                };
                events.push((one.max(other), agreed));
            }
        }
        self.add_places(space, relationship, &mut events)?;
        // What stands at one place is kept in the order of above; what both have accepted, a stop, and the end, count before what is said there.
        events.sort_by_key(|(at, event)| {
            (
                *at,
                !matches!(event, Event::Agreed { .. } | Event::Stopped(_) | Event::Ended),
            )
        });
        Ok((events.into_iter().map(|(_, event)| event).collect(), landed))
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
                shown.map(|shown| (shown.version, shown.seq)).into_iter().collect()
            }
        };
        events.extend(
            versions
                .into_iter()
                .map(|(version, at)| (at, Event::Preferences(version))),
        );
        let stops = self.store.view().stops()?.into_iter();
        events.extend(stops.map(|(share, at)| (at, Event::Stopped(share))));
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
    pub(super) fn wanted(
        &self,
        space: &SpaceRow,
        relationship: &Relationship,
    ) -> Result<BTreeMap<ShareId, SupportWanted>, Error> {
        if relationship.role == Role::Participant {
            let shares = Share::all(&self.fields(relationship.id.into())?).into_iter();
            return Ok(shares.map(|share| (share.id(), share.consent.wanted)).collect());
        }
        let Some(chain) = self.support_chain(space.id)? else {
            return Ok(BTreeMap::new());
        };
        let is_here = |consent: &Consent| chain.side_ever(&PublicKey::from_bytes(consent.recipient)).is_some();
        let receipts = self.receipts()?.into_iter().filter(is_here);
        Ok(receipts.map(|consent| (consent.id, consent.wanted)).collect())
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

    /// Holds what a specialist said, and was not looked at yet, against what was agreed. On the participant's devices no word stays of what does not fit.
    pub(super) fn judge_messages(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let Some(id) = space.relationship else { return Ok(()) };
        let (kind, side) = (Kind::Message.number(), Role::Specialist.side());
        if !self.read_to_end.contains(&self.identity.home) {
            return Ok(());
        }
        let is_known = self.store.view().meta(&read_name(space.id))?.is_some();
        if !self.store.view().said_unjudged(space.id, kind, side)? {
            return if is_known {
                Ok(())
            } else {
                self.commit(&[], |tx| note_read(tx, space.id))
            };
        }
        let (relationship, _) = self.relationship(id)?;
        let is_participants = relationship.role == Role::Participant;
        if is_participants && self.is_pausing(&relationship)? {
            return Ok(());
        }
        let judged = self.judged(space, &relationship)?;
        // A device that reads a relationship for the first time shows at once what others have had for long.
        let is_first = is_participants && !is_known;
        let now = self.now();
        let verdicts: Vec<_> = judged
            .verdicts
            .into_iter()
            .filter(|(id, _)| judged.landed.contains(id))
            .collect();
        let drops = is_participants && verdicts.iter().any(|(_, verdict)| verdict.is_err());
        self.commit(&[Change::Support], |tx| {
            for (id, verdict) in &verdicts {
                let number = match verdict {
                    Ok(fit) => *fit as u8,
                    Err(unfit) => *unfit as u8,
                };
                let words = !is_participants || verdict.is_ok();
                tx.judge_said(space.id, (*id).into(), number, words)?;
                if is_first && verdict.is_ok() {
                    tx.show_said(space.id, (*id).into(), now)?;
                }
            }
            note_read(tx, space.id)?;
            if drops { want_empty_log(tx) } else { Ok(()) }
        })?;
        self.scrub_if_wanted()
    }
}

/// A relationship, gone through.
pub(super) struct Judged {
    /// As it stands now.
    pub(super) conversation: Conversation,
    /// What was found of each message that was not looked at before, where what it is about is known.
    pub(super) verdicts: BTreeMap<MessageId, Result<Fit, Unfit>>,
    /// The messages that stand in the log.
    landed: BTreeSet<MessageId>,
}
