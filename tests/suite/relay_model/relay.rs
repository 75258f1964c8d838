//! The relay: a log, three numbers, and the order of its checks.

use super::Defect;

pub(super) const SLOTS: usize = 2;
pub(super) const SIDES: usize = 2;

/// A set of writes, one bit each: what a document in some state contains.
pub(super) type Writes = u8;

/// What a record is known by. A re-sealed one has the same name whoever seals it, so that the first wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RecordId {
    Fresh {
        author: u8,
        number: u8,
    },
    Resealed {
        incarnation: u8,
        epoch: u8,
        slot: u8,
        content: Writes,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Document,
    Tombstone,
    /// The chain's record that begins a new epoch.
    Link,
}

/// A record as a device seals it. The relay reads all of it but the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sealed {
    pub(super) id: RecordId,
    pub(super) kind: Kind,
    pub(super) side: u8,
    pub(super) slot: u8,
    pub(super) content: Writes,
    pub(super) epoch: u8,
    pub(super) incarnation: u8,
    pub(super) merged_upto: u8,
}

/// A record in the log. A replaced one is a stub: its body is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Stored {
    pub(super) sealed: Sealed,
    pub(super) seq: u8,
    pub(super) is_live: bool,
    /// The relay's epoch when it took the record; the relay itself keeps no such thing.
    pub(super) taken_under: u8,
}

impl Stored {
    pub(super) const fn is_live_document(&self) -> bool {
        self.is_live && matches!(self.sealed.kind, Kind::Document)
    }

    pub(super) const fn is_in(&self, side: u8, slot: u8) -> bool {
        self.sealed.side == side && self.sealed.slot == slot
    }
}

/// The answer to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Stored,
    ResyncRequired,
    StaleEpoch,
    SlotClosed,
    BadMerge,
}

/// A request for a new epoch: what the rotator has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Swap {
    pub(super) incarnation: u8,
    pub(super) epoch: u8,
    pub(super) n: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Relay {
    pub(super) incarnation: u8,
    pub(super) epoch: u8,
    pub(super) head: u8,
    pub(super) log: Vec<Stored>,
    pub(super) closed: [[bool; SLOTS]; SIDES],
    pub(super) acks: Vec<u8>,
    /// Every swap that was granted, in order.
    pub(super) swaps: Vec<Swap>,
}

impl Relay {
    pub(super) fn new(devices: usize) -> Self {
        Self {
            incarnation: 1,
            epoch: 1,
            head: 0,
            log: Vec::new(),
            closed: [[false; SLOTS]; SIDES],
            acks: vec![0; devices],
            swaps: Vec::new(),
        }
    }

    pub(super) fn knows(&self, id: RecordId) -> bool {
        self.log.iter().any(|stored| stored.sealed.id == id)
    }

    fn is_closed(&self, side: u8, slot: u8) -> bool {
        self.closed[usize::from(side)][usize::from(slot)]
    }

    /// The relay's rule, in the order of its checks.
    pub(super) fn append(&mut self, sealed: Sealed, defect: Option<Defect>) -> Outcome {
        if self.knows(sealed.id) && defect != Some(Defect::ForgetsWhatItKnows) {
            return Outcome::Stored;
        }
        let refusal = if sealed.incarnation != self.incarnation {
            Some(Outcome::ResyncRequired)
        } else if sealed.epoch != self.epoch && defect != Some(Defect::TakesOldEpochs) {
            Some(Outcome::StaleEpoch)
        } else if self.is_closed(sealed.side, sealed.slot) && defect != Some(Defect::ReopensClosedSlots) {
            Some(Outcome::SlotClosed)
        } else if sealed.merged_upto > self.head {
            Some(Outcome::BadMerge)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            if defect == Some(Defect::RefusalsTakeNumbers) {
                self.head += 1;
            }
            return refusal;
        }
        self.take(sealed, defect);
        Outcome::Stored
    }

    fn take(&mut self, sealed: Sealed, defect: Option<Defect>) {
        let replaces = |stored: &Stored| match sealed.kind {
            Kind::Link => false,
            Kind::Tombstone => stored.is_in(sealed.side, sealed.slot),
            Kind::Document => {
                let is_slot = stored.sealed.slot == sealed.slot || defect == Some(Defect::ReplacesAcrossSlots);
                let is_side = stored.sealed.side == sealed.side || defect == Some(Defect::ReplacesAcrossSides);
                stored.seq <= sealed.merged_upto && is_slot && is_side
            }
        };
        for stored in &mut self.log {
            if stored.is_live_document() && replaces(stored) {
                stored.is_live = false;
            }
        }
        if sealed.kind == Kind::Tombstone {
            self.closed[usize::from(sealed.side)][usize::from(sealed.slot)] = true;
        }
        self.head += 1;
        self.log.push(Stored {
            sealed,
            seq: self.head,
            is_live: true,
            taken_under: self.epoch,
        });
    }

    /// Compare and swap on (incarnation, epoch, n); the link is the last record of the old epoch.
    pub(super) fn swap(&mut self, link: Sealed, swap: Swap, defect: Option<Defect>) -> bool {
        let is_same_n = swap.n == self.head || defect == Some(Defect::SwapsWithoutComparingN);
        let is_same = swap.incarnation == self.incarnation && swap.epoch == self.epoch && is_same_n;
        if !is_same && defect != Some(Defect::SwapsWithoutComparing) {
            return false;
        }
        self.take(link, defect);
        self.swaps.push(swap);
        self.epoch += 1;
        true
    }

    /// The store is lost, or a backup of when it held `kept` records is put back: what they decided is decided again, the rest is gone.
    pub(super) fn lose_store(&mut self, kept: usize) {
        let log = std::mem::take(&mut self.log);
        self.incarnation += 1;
        self.head = 0;
        self.closed = [[false; SLOTS]; SIDES];
        self.acks.fill(0);
        for stored in log.into_iter().take(kept) {
            self.take(stored.sealed, None);
        }
    }
}
