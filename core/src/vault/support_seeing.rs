//! Who saw what: a specialist opens what was shared, and the participant learns of it.
//!
//! That a view has left is certain: it stands in the log. That it was opened, or removed, is what the other person's app tells, and is said
//! as such. Opening is told once, by whichever of the specialist's devices was first; that something is gone from a device, when a stop was carried out
//! there or its time was over. Both go out in a pause and after the end too: they are no words.
//!
//! | name | value | |
//! |---|---|---|
//! | `released.<share in hex>` | i64 little-endian, ms since 1970 by this device's clock | when this device learnt that a view had left |

use super::devices::hex;
use super::receive::{Received, SetAside};
use super::support_narrowing::spoken;
use super::support_saying::NewWords;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::id::{DocumentId, RelationshipId, ShareId};
use crate::limits;
use crate::record::{self, Kind};
use crate::store::{SharedRow, SpaceRow};
use crate::support::{
    AccessEvent, AccessKind, Role, Share, ShareCard, SharedAddress, SharedCard, SharedView, SharedWithMe,
};
use cairn_wire::SpaceId;
use std::collections::BTreeMap;

fn released_name(share: DocumentId) -> String {
    format!("released.{}", hex(share.as_bytes()))
}

/// Whom something is from: the participant as they are called now. Its consent names them as they were called when they gave it.
fn shown_from(addresses: &BTreeMap<RelationshipId, SharedAddress>, by: RelationshipId, shown: &SharedView) -> String {
    let met = &shown.consent.participant;
    addresses
        .get(&by)
        .map_or_else(|| met.clone(), |address| address.called(met))
}

impl Engine {
    /// What was shared with this person and is still theirs to read, by the person it is of and in the order of the people; of each, what was received last comes first.
    /// No word of it is in the list.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn shared_cards(&self) -> Result<Vec<SharedCard>, Error> {
        let mut all = self.shared_in_any_order()?;
        self.by_people(&mut all)?;
        Ok(all)
    }

    /// The same, whoever's it is: what was received last comes first.
    pub(super) fn shared_in_any_order(&self) -> Result<Vec<SharedCard>, Error> {
        let (view, addresses) = (self.store.view(), self.addresses()?);
        let mut all = Vec::new();
        for row in view.shared()? {
            let Ok(shown) = record::decode_view(&row.content) else {
                continue;
            };
            if !shown.consent.is_expired(self.time_in(row.space)?) {
                all.push(SharedCard {
                    share: row.share,
                    relationship: row.relationship,
                    from: shown_from(&addresses, row.relationship, &shown),
                    received: row.received,
                    is_behind_gate: shown.gated.is_some(),
                    is_locked: self.is_lease_over(row.space, &shown.consent)?,
                    is_opened: view
                        .has_said(row.space, record::access_event_document(row.share, AccessKind::Opened))?,
                });
            }
        }
        Ok(all)
    }

    /// Opens something that was shared with this person: the participant is told, once.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not theirs to read, or no longer; [`Error::LeaseOver`] until the relay was reached; [`Error::GateShut`] where it stands behind
    /// a gate: the next round asks the relay for what opens it.
    pub fn open_shared(&mut self, share: ShareId) -> Result<SharedWithMe, Error> {
        let (row, shown) = self.readable(share)?;
        self.tell(&self.space_row(row.space)?, share, AccessKind::Opened)?;
        let mut view = shown.render();
        view.from = shown_from(&self.addresses()?, row.relationship, &shown);
        let here = self.shown_here(&shown.item.attachments)?;
        for (attachment, is_here) in view.attachments.iter_mut().zip(here) {
            attachment.is_here = is_here;
        }
        Ok(SharedWithMe {
            share,
            relationship: row.relationship,
            view,
        })
    }

    /// What was shared with this person and is theirs to read now.
    pub(super) fn readable(&mut self, share: ShareId) -> Result<(SharedRow, SharedView), Error> {
        let row = self.store.view().shared_view(share)?.ok_or(Error::NotFound)?;
        let shown = record::decode_view(&row.content)?;
        self.note_time(row.space)?;
        if shown.consent.is_expired(self.time_in(row.space)?) {
            return Err(Error::NotFound);
        }
        if shown.gated.is_some() {
            self.want_open(share); // Also where it is locked: the round that unlocks it asks for what opens it.
        }
        if self.is_lease_over(row.space, &shown.consent)? {
            return Err(Error::LeaseOver);
        }
        if shown.gated.is_some() {
            return Err(Error::GateShut);
        }
        Ok((row, shown))
    }

    /// Tells the participant what became of a share here.
    pub(super) fn tell(&mut self, space: &SpaceRow, share: ShareId, kind: AccessKind) -> Result<(), Error> {
        let document = record::access_event_document(share, kind);
        if self.store.view().has_said(space.id, document)? {
            return Ok(());
        }
        let at = self.now();
        let content = record::encode_access_event(&AccessEvent { kind, share, at });
        self.say(space, &[NewWords::of(Kind::AccessEvent, document, content)])
    }

    /// The specialist's app tells something of a share of this person, or one's own app on another device has.
    pub(super) fn keep_access_event(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        let Ok(event) = record::decode_access_event(&one.inside.projection) else {
            return Ok(Err(SetAside::Malformed));
        };
        let is_placed = record::access_event_document(event.share, event.kind) == one.document();
        if (author != Role::Specialist && !planted!(SideUnread)) || !is_placed {
            return Ok(Err(SetAside::Misplaced));
        }
        // Of which share it is may be heard only later, from another device of this person.
        self.keep_heard(space, one, author, limits::ACCESS_EVENTS_MAX)
    }

    /// Every share of this person and what became of it, in the order in which they were given; last those of the past that an export brought, which are over.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn share_cards(&self) -> Result<Vec<ShareCard>, Error> {
        let mut all = self.own_share_cards()?;
        for past in self.pasts()? {
            all.extend(past.shares().into_iter().map(|card| past.kept.listed(card)));
        }
        Ok(all)
    }

    /// Those shares that this vault itself gave.
    pub(super) fn own_share_cards(&self) -> Result<Vec<ShareCard>, Error> {
        let mut all = Vec::new();
        for relationship in self.relationships()? {
            let told = self.told_of(relationship.space.map(SpaceId::from_bytes))?;
            let of = |share: ShareId, kind: AccessKind| told.get(&(share, kind)).copied();
            for share in Share::all(&self.fields(relationship.id.into())?) {
                let (id, relationship) = (share.id(), relationship.id);
                all.push(ShareCard {
                    relationship,
                    released: self.released(id)?,
                    taken: self.taken(id)?,
                    opened: of(id, AccessKind::Opened),
                    purged: of(id, AccessKind::Purged),
                    share: spoken(&share),
                });
            }
        }
        Ok(all)
    }

    fn told_of(&self, space: Option<SpaceId>) -> Result<BTreeMap<(ShareId, AccessKind), Timestamp>, Error> {
        let view = self.store.view();
        let spaces: Vec<SpaceId> = if planted!(ToldAcross) {
            view.spaces()?.into_iter().map(|space| space.id).collect()
        } else {
            space.into_iter().collect()
        };
        let mut rows = Vec::new();
        for space in spaces {
            rows.extend(view.said_of(space, &[Kind::AccessEvent.number()])?);
        }
        Ok(rows
            .into_iter()
            .filter_map(|row| record::decode_access_event(&row.content).ok())
            .map(|event| ((event.share, event.kind), event.at))
            .collect())
    }

    pub(super) fn released(&self, share: ShareId) -> Result<Option<Timestamp>, Error> {
        let at = self.store.view().meta(&released_name(share.into()))?;
        Ok(at.and_then(|at| Some(Timestamp(i64::from_le_bytes(at.try_into().ok()?)))))
    }

    /// A view of this person's own stands in the log.
    pub(super) fn note_released(&mut self, share: DocumentId) -> Result<(), Error> {
        if self.store.view().meta(&released_name(share))?.is_some() {
            return Ok(());
        }
        let now = self.now();
        self.commit(&[Change::Support], |tx| {
            Ok(tx.set_meta(&released_name(share), &now.0.to_le_bytes())?)
        })
    }

    /// Tells the participant that a share is gone from here.
    pub(super) fn tell_purged(&mut self, relationship: RelationshipId, share: ShareId) -> Result<(), Error> {
        let (relationship, _) = self.relationship(relationship)?;
        let (Role::Specialist, Some(space)) = (relationship.role, relationship.space) else {
            return Ok(());
        };
        let space = self.space_row(SpaceId::from_bytes(space))?;
        self.tell(&space, share, AccessKind::Purged)
    }
}
