//! A device: what it has read, what it holds, what it has not yet got rid of.

use super::Defect;
use super::relay::{Kind, Outcome, RecordId, Relay, SLOTS, Sealed, Stored, Swap, Writes};

/// A sealed record on its way. What was sent once keeps its bytes, since the relay may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outgoing {
    pub(super) sealed: Sealed,
    pub(super) is_sent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Device {
    pub(super) name: u8,
    pub(super) side: u8,
    pub(super) incarnation: u8,
    pub(super) epoch: u8,
    /// The verified forward cursor: every record up to it was read, in order.
    pub(super) cursor: u8,
    /// How many records were truly read in order; the device itself has only its cursor.
    pub(super) read_in_order: u8,
    /// Bit n - 1: record n was read, in order or newest first.
    read: u16,
    pub(super) documents: [Writes; SLOTS],
    pub(super) closed: [bool; SLOTS],
    pub(super) quarantined: Vec<RecordId>,
    pub(super) outbox: [Option<Outgoing>; SLOTS],
    pub(super) swap: Option<Swap>,
    /// Slots to publish again, and slots to close again, at a relay that lost its store.
    pub(super) heals: [bool; SLOTS],
    pub(super) restates: [bool; SLOTS],
    cursor_before_loss: u8,
    sealed_count: u8,
}

impl Device {
    pub(super) fn new(name: u8, side: u8) -> Self {
        Self {
            name,
            side,
            incarnation: 1,
            epoch: 1,
            cursor: 0,
            read_in_order: 0,
            read: 0,
            documents: [0; SLOTS],
            closed: [false; SLOTS],
            quarantined: Vec::new(),
            outbox: [None; SLOTS],
            swap: None,
            heals: [false; SLOTS],
            restates: [false; SLOTS],
            cursor_before_loss: 0,
            sealed_count: 0,
        }
    }

    const fn has_read(&self, seq: u8) -> bool {
        self.read & (1 << (seq - 1)) != 0
    }

    pub(super) fn holds(&self, stored: &Stored) -> bool {
        stored.sealed.content & !self.documents[usize::from(stored.sealed.slot)] == 0
    }

    /// The largest m up to the verified forward cursor such that this state contains every record of the slot with seq <= m.
    pub(super) fn merged_upto(&self, relay: &Relay, slot: u8, defect: Option<Defect>) -> u8 {
        let ceiling = if defect == Some(Defect::MergesTheHead) {
            relay.head
        } else {
            self.cursor
        };
        let stops = |stored: &&Stored| {
            if self.quarantined.contains(&stored.sealed.id) {
                return defect != Some(Defect::QuarantineDoesNotStop);
            }
            // A record that was never read is not known to be there; a stub has nothing left to contain.
            self.has_read(stored.seq) && stored.is_live && !self.holds(stored)
        };
        relay
            .log
            .iter()
            .take(usize::from(ceiling))
            .filter(|stored| stored.sealed.kind == Kind::Document && stored.is_in(self.side, slot))
            .find(stops)
            .map_or(ceiling, |stored| stored.seq - 1)
    }

    const fn fresh(&self) -> RecordId {
        RecordId::Fresh {
            author: self.name,
            number: self.sealed_count + 1,
        }
    }

    const fn seal(&self, id: RecordId, kind: Kind, slot: u8, content: Writes, merged_upto: u8) -> Sealed {
        let Self {
            side,
            epoch,
            incarnation,
            ..
        } = *self;
        Sealed {
            id,
            kind,
            side,
            slot,
            content,
            epoch,
            incarnation,
            merged_upto,
        }
    }

    /// Puts the slot's state into the outbox, in place of one that was never sent.
    pub(super) fn publish(&mut self, relay: &Relay, slot: u8, defect: Option<Defect>) {
        let at = usize::from(slot);
        // Nobody has seen the name of a record that was never sent, so the one in its place may take it: fewer worlds, the same ones.
        let unsent = self.outbox[at]
            .filter(|outgoing| !outgoing.is_sent)
            .map(|outgoing| outgoing.sealed.id);
        let id = unsent.unwrap_or_else(|| self.fresh());
        self.sealed_count += u8::from(unsent.is_none());
        let merged_upto = self.merged_upto(relay, slot, defect);
        let sealed = self.seal(id, Kind::Document, slot, self.documents[at], merged_upto);
        self.outbox[at] = Some(Outgoing { sealed, is_sent: false });
    }

    /// Whether siblings that were read stand side by side and no single one contains all.
    pub(super) fn wants_merge(&self, relay: &Relay, slot: u8) -> bool {
        let state = self.documents[usize::from(slot)];
        let siblings = || {
            relay.log.iter().filter(|stored| {
                stored.is_live_document() && stored.is_in(self.side, slot) && self.has_read(stored.seq)
            })
        };
        self.outbox[usize::from(slot)].is_none()
            && siblings().count() > 1
            && !siblings().any(|stored| stored.sealed.content == state)
    }

    /// Sends what the outbox holds for a slot. When the answer is lost, the record stays there.
    pub(super) fn send(
        &mut self,
        relay: &mut Relay,
        slot: u8,
        is_answered: bool,
        defect: Option<Defect>,
    ) -> Option<Outcome> {
        let outgoing = self.outbox[usize::from(slot)].as_mut()?;
        outgoing.is_sent = true;
        let outcome = relay.append(outgoing.sealed, defect);
        match outcome {
            Outcome::Stored if is_answered => self.outbox[usize::from(slot)] = None,
            // The words are offered to the person on this device; they go nowhere by themselves.
            Outcome::SlotClosed if is_answered => self.forget(slot),
            _ => {}
        }
        Some(outcome)
    }

    /// The slot is closed: nothing of it is held or published any more.
    fn forget(&mut self, slot: u8) {
        let slot = usize::from(slot);
        self.closed[slot] = true;
        self.documents[slot] = 0;
        self.outbox[slot] = None;
        self.heals[slot] = false;
    }

    /// Reads the next record in order, or sets it aside when it cannot be opened.
    pub(super) fn read_next(&mut self, relay: &Relay, opens: bool, defect: Option<Defect>) {
        let Some(stored) = relay.log.get(usize::from(self.cursor)) else {
            return;
        };
        self.cursor += 1;
        self.read_in_order += 1;
        self.read |= 1 << (stored.seq - 1);
        let sealed = stored.sealed;
        match sealed.kind {
            Kind::Link => self.enter_epoch(relay, sealed.epoch + 1, defect),
            Kind::Tombstone if sealed.side == self.side => self.forget(sealed.slot),
            Kind::Document if sealed.side == self.side => {
                if !opens {
                    self.quarantined.push(sealed.id);
                } else if stored.is_live && !self.quarantined.contains(&sealed.id) {
                    self.take(sealed);
                }
            }
            Kind::Tombstone | Kind::Document => {}
        }
    }

    fn take(&mut self, sealed: Sealed) {
        let slot = usize::from(sealed.slot);
        if !self.closed[slot] {
            self.documents[slot] |= sealed.content;
        }
    }

    /// The newest record beyond the cursor that was not read and can be.
    pub(super) fn newest<'a>(&self, relay: &'a Relay) -> Option<&'a Stored> {
        relay.log.iter().skip(usize::from(self.cursor)).rev().find(|stored| {
            stored.is_live_document()
                && stored.sealed.side == self.side
                && stored.sealed.epoch <= self.epoch
                && !self.has_read(stored.seq)
                && !self.quarantined.contains(&stored.sealed.id)
        })
    }

    pub(super) fn read_newest(&mut self, stored: &Stored, defect: Option<Defect>) {
        self.read |= 1 << (stored.seq - 1);
        self.take(stored.sealed);
        if defect == Some(Defect::NewestFirstMovesTheCursor) {
            self.cursor = self.cursor.max(stored.seq);
        }
    }

    /// Late is not lost: what waits under an older epoch is sealed again under this one.
    fn enter_epoch(&mut self, relay: &Relay, epoch: u8, defect: Option<Defect>) {
        self.epoch = self.epoch.max(epoch);
        for slot in [0, 1] {
            if self.outbox[usize::from(slot)].is_some_and(|outgoing| outgoing.sealed.epoch < self.epoch) {
                if defect == Some(Defect::DropsLateRecords) {
                    self.outbox[usize::from(slot)] = None;
                } else {
                    self.publish(relay, slot, defect);
                }
            }
        }
    }

    /// Asks for the epoch after this one. A refusal means: read on and ask again.
    pub(super) fn rotate(&mut self, relay: &mut Relay, swap: Swap, defect: Option<Defect>) -> bool {
        self.swap = None;
        let link = Sealed {
            epoch: swap.epoch,
            incarnation: swap.incarnation,
            ..self.seal(self.fresh(), Kind::Link, 0, 0, 0)
        };
        let is_won = relay.swap(link, swap, defect);
        if is_won {
            self.sealed_count += 1;
            self.enter_epoch(relay, swap.epoch + 1, defect);
        }
        is_won
    }

    /// Closes a slot for ever, for the first time or again.
    pub(super) fn erase(&mut self, relay: &mut Relay, slot: u8, defect: Option<Defect>) -> Outcome {
        let tombstone = self.seal(self.fresh(), Kind::Tombstone, slot, 0, 0);
        let outcome = relay.append(tombstone, defect);
        self.sealed_count += u8::from(outcome == Outcome::Stored);
        if matches!(outcome, Outcome::Stored | Outcome::SlotClosed) {
            self.forget(slot);
            self.restates[usize::from(slot)] = false;
        }
        outcome
    }

    /// The relay has a new incarnation: old numbers mean nothing, and everything held is to be published again.
    pub(super) fn resync(&mut self, relay: &Relay, defect: Option<Defect>) {
        self.incarnation = relay.incarnation;
        self.cursor_before_loss = self.cursor;
        self.cursor = 0;
        self.read_in_order = 0;
        self.read = 0;
        self.swap = None;
        for slot in 0..SLOTS {
            self.heals[slot] = self.documents[slot] != 0;
            self.restates[slot] = self.closed[slot] && defect != Some(Defect::HealsWithoutTombstones);
            // The state that is published holds whatever waited here.
            self.outbox[slot] = None;
        }
    }

    /// Publishes a slot again under its derived name. Of several devices the first wins; for the others it is done.
    pub(super) fn heal(&mut self, relay: &mut Relay, slot: u8, defect: Option<Defect>) -> (Outcome, bool) {
        let merged_upto = if defect == Some(Defect::HealsWithOldNumbers) {
            self.cursor_before_loss
        } else {
            0
        };
        let content = self.documents[usize::from(slot)];
        let id = RecordId::Resealed {
            incarnation: self.incarnation,
            epoch: self.epoch,
            slot,
            content,
        };
        let was_known = relay.knows(id);
        let sealed = self.seal(id, Kind::Document, slot, content, merged_upto);
        let outcome = relay.append(sealed, defect);
        match outcome {
            Outcome::Stored => self.heals[usize::from(slot)] = false,
            Outcome::SlotClosed => self.forget(slot),
            _ => {}
        }
        (outcome, was_known)
    }
}
