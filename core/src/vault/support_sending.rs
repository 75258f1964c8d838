//! What leaves for a support space: views whose hold is over, stops, and the new epoch behind a stop.
//!
//! Whatever is due is made again from what the relationship keeps, so that a refusal, a crash or another device that was
//! first changes nothing but the time. A stop goes before everything else of its space, and is never refused for quota.

use super::receive::Received;
use super::sealing::{Plan, SealedRecord, Sealer, push};
use super::support::{held_name, left_name};
use super::support_ending::store_errors;
use super::support_gates::let_waiting_gates_go;
use super::support_narrowing::{forget_given, spoken};
use super::support_space::own_head_name;
use super::turning::rotate_name;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::Link;
use crate::id::{DocumentId, RelationshipId, ShareId, random_bytes};
use crate::record::{self, Kind};
use crate::store::{OutboxRow, SpaceRow};
use crate::support::{Role, Share, ShareState, SharedView, Standing, Status};
use crate::sync::SyncError;
use cairn_wire::{CLOSES_SLOT, GateId, Seen, SignedHead, SpaceId};

/// Whether a view that was held goes out.
enum Turn {
    Now(Box<SharedView>),
    Later,
    /// What is shown, behind this gate, is the same.
    Never(Option<GateId>),
}

impl Engine {
    /// What is due in a support space: views whose hold is over, stops, and a new epoch after a stop.
    pub(super) fn seal_support(&mut self, space: &SpaceRow, now: Timestamp) -> Result<(), Error> {
        let Some(id) = space.relationship else { return Ok(()) };
        self.seal_missing_stops(id)?;
        self.seal_tail(&self.space_row(space.id)?)?;
        let (relationship, _) = self.relationship(id)?;
        if let Some(chain) = self.support_chain(space.id)?
            && let Some(goodbye) = chain.goodbye().filter(|_| relationship.ended.is_none())
        {
            // Read before this device could keep what follows from it.
            self.note_goodbye(id, goodbye.by)?;
        }
        // Words at the end are not for whoever was removed; that it is over is no secret.
        if relationship.goodbye.is_empty() || !self.is_turning(space)? {
            self.seal_standing(&self.space_row(space.id)?)?;
        }
        if self.is_turning(space)? {
            // What is shown from now on is not for whoever has the keys so far: first the space turns.
            if !self.store.view().outbox_has_link(space.id)? {
                self.seal_turn(&self.space_row(space.id)?)?;
            }
            return Ok(());
        }
        let space = &self.seal_narrowed(self.space_row(space.id)?, id)?;
        let status = self.card_of(self.relationship(id)?.0)?.status;
        self.seal_said(space, status)?;
        let space = &self.space_row(space.id)?;
        if status == Status::Ended {
            return self.seal_profile(space, false); // That nothing is shown any more.
        }
        if status != Status::Active && !planted!(PausedShows) {
            self.seal_meetings(space, false)?;
            let space = &self.space_row(space.id)?;
            return self.seal_profile(space, false); // What is taken back is taken back.
        }
        self.seal_profile(space, true)?;
        self.seal_meetings(&self.space_row(space.id)?, true)?;
        self.hold_edits(id)?;
        for (share, relationship) in self.store.view().due(now)? {
            if relationship == id {
                // Each with the number after the one before it.
                self.release(&self.space_row(space.id)?, id, share, now)?;
            }
        }
        Ok(())
    }

    /// Links that wait and whose place another one has by now are made anew by whoever wants them: the relay would take one all the same, and nobody who
    /// reads it. Whether there were any.
    pub(super) fn drop_overtaken_links(&mut self, space: &SpaceRow) -> Result<bool, Error> {
        let view = self.store.view();
        let (true, Some(chain)) = (view.outbox_has_link(space.id)?, self.support_chain(space.id)?) else {
            return Ok(false);
        };
        let (keys, mut dropped) = (self.keys(space)?, Vec::new());
        for out in view.outbox(space.id, usize::MAX, usize::MAX)? {
            if out.document.is_none()
                && let Ok(one) = super::receive::receive(&keys, space.id, 0, out.hash, &out.record)
                && let Ok(link) = Link::parse(&one.inside.projection)
                && chain.is_overtaken(&link)
                && !chain.contains(&link.link_hash())
            {
                dropped.push(out.n);
            }
        }
        self.commit(&[Change::Sync], |tx| {
            dropped.iter().try_for_each(|n| tx.remove_outbox(*n))?;
            Ok(!dropped.is_empty())
        })
    }

    /// Views that wait sealed wait as they were once more.
    pub(super) fn take_back_views(&mut self, space: &SpaceRow) -> Result<(), Error> {
        for out in self.store.view().outbox(space.id, usize::MAX, usize::MAX)? {
            if out.purpose == 0 && out.document.is_some() {
                self.support_again(space, &out)?;
            }
        }
        Ok(())
    }

    /// Whether everything that this device says in a document of the home space has arrived at the relay.
    pub(super) fn has_left(&self, document: DocumentId) -> Result<bool, Error> {
        let view = self.store.view();
        let is_dirty = view.document_head(document)?.is_some_and(|head| head.dirty);
        Ok(!is_dirty && !view.outbox_has_state(document)?)
    }

    /// Seals the stop of every share that is over and whose stop nobody has seen in the log: the device that stopped it
    /// may have died before it sealed one, or may never come back. And of what another device has shown of an entry that was erased here before this was heard.
    fn seal_missing_stops(&mut self, id: RelationshipId) -> Result<(), Error> {
        for share in Share::all(&self.fields(id.into())?) {
            let is_open = share.over.is_none();
            if is_open && self.store.view().is_gone(share.consent.item.entry.into())? {
                store_errors(self.end_for_its_entry(id, &share))?;
                continue;
            }
            // One that never left has nothing to stop, and leaves no trace elsewhere.
            if let Some((state, at)) = share.over
                && state != ShareState::Withheld
                && self.store.view().share_ended(share.id())?.is_none()
            {
                self.stop(id, &share, state, at)?;
            }
        }
        Ok(())
    }

    /// The hold of a share is over: its view goes out, unless the share was stopped meanwhile, or its entry erased, moved to the
    /// trash or marked never to be shared. One that goes behind a gate waits for that, and one that follows an edit for what is left of the view before it.
    fn release(&mut self, space: &SpaceRow, id: RelationshipId, share: ShareId, now: Timestamp) -> Result<(), Error> {
        let (_, fields) = self.relationship(id)?;
        let held = self.store.view().meta(&held_name(share))?;
        let found = Share::from_fields(&fields, share);
        if let Some(found) = found.as_ref().filter(|found| held.is_some() && found.may_leave(now))
            && !self.may_be_shown(found.consent.item.entry)?
        {
            return self.end_for_its_entry(id, found);
        }
        let (mut sealed, mut shown) = (None, None);
        if let (Some(found), Some(held)) = (&found, held)
            && found.may_leave(now)
            && !found.consent.item.mask.is_empty()
        {
            let view = record::decode_view(&held)?.narrowed(&spoken(found).consent);
            match self.in_its_turn(found, view, now)? {
                Turn::Now(view) => {
                    let Some(plan) = self.plan_of(space, found, *view)? else {
                        return Ok(());
                    };
                    sealed = Some(self.seal_persona(space, plan)?);
                }
                Turn::Later => return Ok(()),
                Turn::Never(gate) => shown = Some(gate),
            }
        }
        self.commit(&[Change::Support, Change::Sync], |tx| {
            if let Some(record) = &sealed {
                push(tx, space, 0, record, Some(share.into()))?;
                tx.put_space(&SpaceRow {
                    writer_seq: space.writer_seq + 1,
                    ..space.clone()
                })?;
            }
            if let Some(gate) = shown {
                let_waiting_gates_go(tx, share, gate)?;
            }
            tx.set_meta(&left_name(share), &[1])?;
            tx.unhold(share)?;
            Ok(tx.remove_meta(&held_name(share))?)
        })
    }

    /// When a view goes out that was held, seen from the one that stands in the log: another device of this person's may have been first.
    fn in_its_turn(&mut self, share: &Share, view: SharedView, now: Timestamp) -> Result<Turn, Error> {
        let Some(given) = self.given_view(share.id())? else {
            return Ok(Turn::Now(Box::new(view)));
        };
        if given.consent.version != share.consent.version {
            // What is left of that one is sealed by itself, in a pause too; or another device has sent it, and this one is still to hear of it.
            return Ok(Turn::Later);
        }
        if given.item == view.item {
            return Ok(Turn::Never(self.own_gate(&given)?));
        }
        if view.is_newer(&given) {
            return Ok(Turn::Now(Box::new(view)));
        }
        // It is kept so: the gate that is put for it is the one of the view that leaves.
        let view = view.built_at(Timestamp(now.0.max(given.built.0.saturating_add(1))));
        self.commit(&[], |tx| {
            Ok(tx.set_meta(&held_name(share.id()), &record::encode_view(&view))?)
        })?;
        Ok(Turn::Now(Box::new(view)))
    }

    /// Keeps that a share is over, seals its stop and asks for a new epoch behind it: all of it or nothing. What waits of
    /// the share leaves the outbox; the stop stands in its place.
    pub(super) fn stop(
        &mut self,
        id: RelationshipId,
        share: &Share,
        state: ShareState,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (relationship, _) = self.relationship(id)?;
        let space = self.space_row(SpaceId::from_bytes(relationship.space.ok_or(Error::NotFound)?))?;
        let stop = share.consent.stop(state, now);
        let document = DocumentId::from(share.id());
        let plan = Plan {
            flags: CLOSES_SLOT,
            ..Plan::plain(Kind::ConsentStop, document, record::encode_stop(&stop))
        };
        let record = self.seal_persona(&space, plan)?;
        let wish: [u8; 8] = random_bytes(self.entropy.as_mut());
        let name = held_name(share.id());
        self.set_fields_with(id.into(), Kind::Relationship, &share.over(state, now), |tx| {
            tx.remove_appends(space.id, document)?;
            tx.unhold(share.id())?;
            tx.remove_meta(&name)?;
            forget_given(tx, share.id())?;
            push(tx, &space, 1, &record, Some(document))?;
            tx.put_space(&SpaceRow {
                writer_seq: space.writer_seq + 1,
                ..space.clone()
            })?;
            Ok(tx.set_meta(&rotate_name(space.id), &wish)?)
        })?;
        self.scrub_if_wanted()
    }

    /// Whether the share that a record of the outbox is about is over: then a closed slot is what was wanted.
    pub(super) fn share_is_over(&self, space: &SpaceRow, out: &OutboxRow) -> Result<bool, Error> {
        let (Some(document), Some(id)) = (out.document, space.relationship) else {
            return Ok(false);
        };
        let (_, fields) = self.relationship(id)?;
        let share = Share::from_fields(&fields, ShareId::from_bytes(*document.as_bytes()));
        Ok(out.purpose == 1 || share.is_none_or(|share| share.over.is_some()))
    }

    pub(super) fn push_support(
        &mut self,
        space: &SpaceRow,
        purpose: u8,
        plan: Plan,
        document: Option<DocumentId>,
    ) -> Result<(), Error> {
        let record = self.seal_persona(space, plan)?;
        self.commit(&[Change::Sync], |tx| {
            push(tx, space, purpose, &record, document)?;
            Ok(tx.put_space(&SpaceRow {
                writer_seq: space.writer_seq + 1,
                ..space.clone()
            })?)
        })
    }

    /// Seals in the name of this person's persona. What it has "seen" is only the head that acknowledged its own record
    /// before: nothing tells whether the other side's words were fetched.
    pub(super) fn seal_persona(&mut self, space: &SpaceRow, plan: Plan) -> Result<SealedRecord, Error> {
        let (relationship, fields) = self.relationship(space.relationship.ok_or(Error::Internal)?)?;
        let chain = self.support_chain(space.id)?;
        let persona = self
            .own_persona(&relationship, &fields, chain.as_deref())?
            .ok_or(SyncError::Impersonated)?;
        let (record_id, nonce) = (self.record_id(), random_bytes(self.entropy.as_mut()));
        let sealer = Sealer {
            space,
            author: &persona.signing,
            key: self.epoch_key(space)?,
            seen: self.own_head(space)?,
        };
        sealer.seal(plan, space.writer_seq + 1, record_id, nonce)
    }

    pub(super) fn own_head(&self, space: &SpaceRow) -> Result<Seen, Error> {
        let stored = self.store.view().meta(&own_head_name(space.id))?;
        let nothing = Seen {
            incarnation: space.incarnation,
            ..Seen::nothing(&space.id)
        };
        stored.map_or(Ok(nothing), |bytes| {
            let head: SignedHead = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
            Ok(Seen::from(&head))
        })
    }

    /// One of this person's own records is at the relay.
    pub(super) fn support_landed(&mut self, space: &SpaceRow, out: &OutboxRow, seq: u64) -> Result<(), Error> {
        let keys = self.keys(space)?;
        let record = cairn_wire::Record::parse(&out.record).map_err(|_| Error::Internal)?;
        let received =
            super::receive::receive(&keys, space.id, 0, record.hash(), &out.record).map_err(|_| Error::Internal)?;
        match received.inside.kind {
            // What the chain says from now on is the link that is sealed in this record.
            Kind::SupportLink => {
                self.take_support_link(space, &received.inside.projection).map(drop)?;
                self.note_over(space.id, seq)
            }
            Kind::ConsentStop => self.note_own_stop(&received, seq),
            Kind::SharedProfile => self.shown_profile_landed(space, &received, seq),
            Kind::SharedView => self.keep_given(space, &received, seq),
            // What another persona of this person's has overtaken nobody takes: it is said again.
            _ if self.is_overtaken(space, &received)? => Ok(()),
            // It is this device's own, so that it is never set aside: whatever it is judged to be, it has landed.
            Kind::MeetingPage => {
                let role = Role::from_side(space.side).ok_or(Error::Internal)?;
                self.keep_meeting_page(space, &received, role, seq).map(drop)
            }
            _ => self.commit(&[], |tx| Ok(tx.set_said(space.id, received.document(), seq)?)),
        }
    }

    /// Whether the author of a record is a former persona by now.
    fn is_overtaken(&self, space: &SpaceRow, one: &Received) -> Result<bool, Error> {
        let author = cairn_wire::PublicKey::from_bytes(one.inside.author);
        let chain = self.support_chain(space.id)?;
        Ok(chain.is_some_and(|chain| chain.side(&author).is_none()))
    }

    /// A stop of this person's own, from whichever of their devices, is in the log.
    pub(super) fn note_own_stop(&mut self, one: &Received, seq: u64) -> Result<(), Error> {
        let Ok(stop) = record::decode_stop(&one.inside.projection) else {
            return Ok(());
        };
        self.commit(&[Change::Support], |tx| {
            forget_given(tx, stop.id)?;
            tx.end_share(stop.id, Standing::of(&stop).version)?;
            Ok(tx.place_stop(stop.id, seq)?)
        })?;
        self.scrub_if_wanted()
    }

    /// A record that the relay refused for what happened meanwhile.
    pub(super) fn support_again(&mut self, space: &SpaceRow, out: &OutboxRow) -> Result<(), Error> {
        let gone = |engine: &mut Self| engine.commit(&[Change::Sync], |tx| Ok(tx.remove_outbox(out.n)?));
        let (Some(document), Some(id)) = (out.document, space.relationship) else {
            return gone(self);
        };
        let share = ShareId::from_bytes(*document.as_bytes());
        let (_, fields) = self.relationship(id)?;
        let Some(share) = Share::from_fields(&fields, share) else {
            return gone(self);
        };
        let now = self.now();
        match share.over {
            Some((state, at)) => {
                gone(self)?;
                self.stop(id, &share, state, at)
            }
            // What was to take the place of a view that stands in the log is made again from that.
            None if self.is_given(share.id())? => gone(self),
            None => {
                // Sealed anew from the same view: it is a snapshot, so the bytes inside are the ones that were shown.
                let keys = self.keys(space)?;
                let hash = out.hash;
                let received =
                    super::receive::receive(&keys, space.id, 0, hash, &out.record).map_err(|_| Error::Internal)?;
                let view = record::decode_view(&received.inside.projection)?;
                let Some(view) = self.before_its_gate(view)? else {
                    return gone(self);
                };
                let view = record::encode_view(&view);
                self.commit(&[Change::Support, Change::Sync], |tx| {
                    tx.remove_outbox(out.n)?;
                    tx.set_meta(&held_name(share.id()), &view)?;
                    Ok(tx.hold(share.id(), id, now)?)
                })
            }
        }
    }
}
