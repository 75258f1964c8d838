//! What is asked of the relay for gates in a round, and what its answers mean.
//!
//! The rows of the gates that something is to be done with stand in `support_gates`; what is wanted to be opened, what was refused and what is still to be looked at is
//! known while the device runs, and begins anew with it.

use super::support_gates::{ROWS, Row, State, halves_of, rows_of, taken_name};
use super::{Change, Engine, Error};
use crate::crypto::{Halves, slot_id};
use crate::id::ShareId;
use crate::limits;
use crate::record;
use crate::store::SharedRow;
use crate::support::{Role, Share, ShareState, SharedWithMe};
use crate::sync::{GateAsk, GateFound, GateWish};
use cairn_wire::{GateId, SlotId, SpaceId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What this device wants of gates while it runs: nothing of it is kept.
#[derive(Debug, Default)]
pub(super) struct GateWishes {
    /// Shares that somebody wants to open.
    wanted: BTreeSet<ShareId>,
    /// The share of what was asked last.
    asked: Option<ShareId>,
    /// Gates that the relay does not take or drop in this round.
    refused: BTreeSet<GateId>,
    /// In each space: what is to be dropped or put, as far as it was read.
    waits: BTreeMap<SpaceId, VecDeque<Row>>,
    /// In each space: what is still looked at in this round.
    looks: BTreeMap<SpaceId, VecDeque<(ShareId, GateId)>>,
    /// In each space: the last share that was looked at, from which the next round goes on.
    looked: BTreeMap<SpaceId, ShareId>,
}

impl GateWishes {
    pub(super) fn begin_round(&mut self) {
        self.refused.clear();
        self.waits.clear();
        self.looks.clear();
    }

    pub(super) fn forget(&mut self, share: ShareId) {
        self.wanted.remove(&share);
    }
}

impl Engine {
    /// Opens something that waits behind a gate, once the relay is reached; [`Engine::open_shared`] answers it then.
    pub(super) fn want_open(&mut self, share: ShareId) {
        self.gate_wishes.wanted.insert(share);
    }

    /// What to ask the relay of a gate next.
    pub(super) fn next_gate(&mut self, space: SpaceId) -> Result<Option<GateAsk>, Error> {
        if let Some(ask) = self.next_taking(space)? {
            return Ok(Some(ask));
        }
        let next = match self.next_waiting(space)? {
            Some(row) if row.state == State::ToDrop => Some((row.share, row.gate, GateWish::Drop)),
            Some(row) => Some((row.share, row.gate, GateWish::Put(row.part, row.day))),
            None => self
                .next_look(space)?
                .map(|(share, gate)| (share, gate, GateWish::Look)),
        };
        let Some((share, gate, wish)) = next else {
            return Ok(None);
        };
        self.gate_wishes.asked = Some(share);
        Ok(Some(GateAsk {
            slot: slot_id(&self.slot_key(space)?, &share.into(), 0),
            gate,
            wish,
        }))
    }

    /// The next gate that is to be dropped or put.
    fn next_waiting(&mut self, space: SpaceId) -> Result<Option<Row>, Error> {
        let mut waits = self.gate_wishes.waits.remove(&space).unwrap_or_default();
        if waits.is_empty() {
            let mut rows = self.gate_rows(ROWS)?;
            rows.retain(|row| {
                row.space == space && row.state != State::Stands && !self.gate_wishes.refused.contains(&row.gate)
            });
            // What is to be shut is shut before anything is opened.
            rows.sort_by_key(|row| (row.state != State::ToDrop, row.share));
            waits = rows.into();
        }
        while let Some(row) = waits.pop_front() {
            if self.is_as_read(&row)? {
                self.gate_wishes.waits.insert(space, waits);
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// What somebody wants to open in this space.
    fn next_taking(&mut self, space: SpaceId) -> Result<Option<GateAsk>, Error> {
        for share in self.gate_wishes.wanted.iter().copied().collect::<Vec<_>>() {
            let Some(row) = self.store.view().shared_view(share)? else {
                self.gate_wishes.forget(share);
                continue;
            };
            if row.space != space {
                continue;
            }
            let Some(gated) = record::decode_view(&row.content)?.gated else {
                self.gate_wishes.forget(share);
                continue;
            };
            self.gate_wishes.asked = Some(share);
            return Ok(Some(GateAsk {
                slot: SlotId::from_bytes(row.slot),
                gate: GateId::from_bytes(gated.gate),
                wish: GateWish::Take,
            }));
        }
        Ok(None)
    }

    /// The next share of which the relay is asked whether anybody has opened it.
    fn next_look(&mut self, space: SpaceId) -> Result<Option<(ShareId, GateId)>, Error> {
        if !self.gate_wishes.looks.contains_key(&space) {
            let looks = self.looks(space)?;
            self.gate_wishes.looks.insert(space, looks);
        }
        let next = self.gate_wishes.looks.get_mut(&space).and_then(VecDeque::pop_front);
        if let Some((share, _)) = next {
            self.gate_wishes.looked.insert(space, share);
        }
        Ok(next)
    }

    /// The shares of which this device does not know yet whether anybody has opened them, each with the gate of what it shows; of one that is over no gate is left, and the
    /// name says nothing.
    fn looks(&self, space: SpaceId) -> Result<VecDeque<(ShareId, GateId)>, Error> {
        let mut looks = Vec::new();
        let Some(id) = self.space_row(space)?.relationship else {
            return Ok(VecDeque::new());
        };
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Ok(VecDeque::new());
        }
        for share in Share::all(&fields) {
            if share.gate.is_none() || self.store.view().meta(&taken_name(share.id()))?.is_some() {
                continue;
            }
            let gate = match share.over {
                None => self
                    .given_view(share.id())?
                    .and_then(|view| halves_of(&share, &view))
                    .map(|halves| halves.gate),
                // Not before its slot is closed: until then it can be opened.
                Some((state, _)) => (state != ShareState::Withheld
                    && self.store.view().share_ended(share.id())?.is_some())
                .then_some(GateId::from_bytes([0; 16])),
            };
            looks.extend(gate.map(|gate| (share.id(), gate)));
        }
        // In the order of their names, so that each round goes on where the one before stopped.
        looks.sort_unstable_by_key(|(share, _)| *share);
        let looked = self.gate_wishes.looked.get(&space);
        let begin = looks.partition_point(|(share, _)| looked.is_some_and(|looked| share <= looked));
        looks.rotate_left(begin);
        looks.truncate(limits::GATE_LOOKS_MAX);
        Ok(looks.into())
    }

    /// The relay does not do what it was asked now: what waits for that waits on, and nothing else does.
    pub(super) fn gate_refused(&mut self, ask: &GateAsk) {
        match (ask.wish, self.gate_wishes.asked.take()) {
            (GateWish::Take, Some(share)) => self.gate_wishes.forget(share),
            (GateWish::Put(..) | GateWish::Drop, _) => _ = self.gate_wishes.refused.insert(ask.gate),
            (GateWish::Look | GateWish::Take, _) => {}
        }
    }

    /// What the relay answered to that.
    pub(super) fn take_gate(&mut self, space: SpaceId, ask: &GateAsk, found: GateFound) -> Result<(), Error> {
        if ask.wish == GateWish::Take {
            return self.take_part(space, ask, found);
        }
        let Some(share) = self.gate_wishes.asked.take() else {
            return Ok(());
        };
        if let GateFound::There(Some(day)) | GateFound::Gone(Some(day)) = found {
            self.note_taken(share, &day.to_le_bytes())?;
        }
        match (ask.wish, found) {
            (GateWish::Put(..), GateFound::There(_)) => self.gate_stands(share, ask.gate),
            // Its slot is closed, or something else stands under its name: what is read of that decides.
            (GateWish::Put(..), GateFound::Over) => {
                self.gate_wishes.refused.insert(ask.gate);
                Ok(())
            }
            (GateWish::Drop, GateFound::Gone(_)) => match self.gate_row(share, ask.gate)? {
                Some(row) if row.state == State::ToDrop => self.commit(&[], |tx| row.remove(tx)),
                _ => Ok(()),
            },
            // Of one that is over that is how it stays.
            (GateWish::Look, GateFound::Gone(None)) if self.store.view().share_ended(share)?.is_some() => {
                self.note_taken(share, &[])
            }
            _ => Ok(()),
        }
    }

    fn note_taken(&mut self, share: ShareId, day: &[u8]) -> Result<(), Error> {
        if self
            .store
            .view()
            .meta(&taken_name(share))?
            .is_some_and(|known| !known.is_empty())
        {
            return Ok(()); // The first time stays the first time.
        }
        self.commit(&[Change::Support], |tx| Ok(tx.set_meta(&taken_name(share), day)?))
    }

    fn gate_row(&self, share: ShareId, gate: GateId) -> Result<Option<Row>, Error> {
        let rows = self.gate_rows(&rows_of(share))?;
        Ok(rows.into_iter().find(|row| row.gate == gate))
    }

    /// A gate stands at the relay: the view for which it was put may leave, or stands in the log already.
    fn gate_stands(&mut self, share: ShareId, gate: GateId) -> Result<(), Error> {
        let Some(row) = self.gate_row(share, gate)?.filter(|row| row.state == State::ToPut) else {
            return Ok(());
        };
        let given = self.given_view(share)?.map(|view| self.own_gate(&view)).transpose()?;
        self.commit(&[], |tx| match given.flatten() {
            Some(given) if given == gate => row.remove(tx),
            _ => Row {
                state: State::Stands,
                ..row
            }
            .keep(tx),
        })
    }

    /// The other half of a key has come, or does not come.
    fn take_part(&mut self, space: SpaceId, ask: &GateAsk, found: GateFound) -> Result<(), Error> {
        let Some(share) = self.gate_wishes.asked.take() else {
            return Ok(());
        };
        self.gate_wishes.forget(share);
        let row = self.store.view().shared_view(share)?;
        let is_asked = |row: &SharedRow| row.space == space && row.slot == *ask.slot.as_bytes();
        let Some(row) = row.filter(is_asked) else {
            return Ok(());
        };
        let view = record::decode_view(&row.content)?;
        let (GateFound::Part(outer), Some(gated)) = (found, &view.gated) else {
            return Ok(());
        };
        let halves = Halves {
            gate: GateId::from_bytes(gated.gate),
            inner: gated.inner,
            outer,
        };
        // A part that opens nothing is the relay's doing, or the participant's: it stays shut.
        let Some(item) = halves
            .open(row.share, &gated.sealed)
            .ok()
            .and_then(|item| record::decode_item(&item).ok())
        else {
            return Ok(());
        };
        let row = SharedRow {
            content: record::encode_view(&view.with_item(item)),
            ..row
        };
        self.commit(&[Change::Support], |tx| Ok(tx.put_shared(&row)?))
    }

    /// Opens something that was shared with this person behind a gate, after a round of sync in which the relay was asked for what opens it.
    ///
    /// # Errors
    /// As [`Engine::open_shared`]; [`Error::GateShut`] where the relay was not reached, or has nothing for it.
    pub fn open_gated(&mut self, share: ShareId) -> Result<SharedWithMe, Error> {
        let opened = self.open_shared(share);
        self.gate_wishes.forget(share); // One that stays shut is asked for when somebody asks again.
        opened
    }
}
