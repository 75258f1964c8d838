//! Devices and a relay together: what can happen next, and what must be true whatever happens.

use stateright::{Model, Property};

use super::device::Device;
use super::relay::{Outcome, Relay, SIDES, SLOTS, Swap, Writes};
use super::{Defect, properties};

/// How much of each thing may happen, so that the world ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) sides: [u8; 2],
    pub(super) slots: u8,
    pub(super) writes: u8,
    pub(super) merges: u8,
    pub(super) quarantines: u8,
    pub(super) erasures: u8,
    pub(super) losses: u8,
    pub(super) rotations: u8,
    pub(super) lost_answers: u8,
    pub(super) reads_newest: bool,
    pub(super) acknowledges: bool,
}

impl Bounds {
    const NOTHING: Self = Self {
        sides: [0, 0],
        slots: 1,
        writes: 0,
        merges: 0,
        quarantines: 0,
        erasures: 0,
        losses: 0,
        rotations: 0,
        lost_answers: 0,
        reads_newest: false,
        acknowledges: false,
    };

    /// Two devices of one person that write in one document, set aside what they cannot open, show the newest first and merge.
    pub(super) const fn home() -> Self {
        Self {
            writes: 3,
            merges: 1,
            quarantines: 1,
            reads_newest: true,
            ..Self::NOTHING
        }
    }

    /// The same with two documents, whose numbers lie between each other.
    pub(super) const fn two_documents() -> Self {
        Self {
            slots: 2,
            writes: 3,
            reads_newest: true,
            ..Self::NOTHING
        }
    }

    /// The same with acknowledging, setting aside and erasing.
    pub(super) const fn two_documents_erased() -> Self {
        Self {
            slots: 2,
            writes: 2,
            quarantines: 1,
            erasures: 1,
            reads_newest: true,
            acknowledges: true,
            ..Self::NOTHING
        }
    }

    /// One document that is erased while answers are lost.
    pub(super) const fn erasure() -> Self {
        Self {
            writes: 3,
            quarantines: 1,
            erasures: 1,
            lost_answers: 1,
            ..Self::NOTHING
        }
    }

    /// A participant and a specialist who use the same slot, each on their side.
    pub(super) const fn support() -> Self {
        Self {
            sides: [0, 1],
            writes: 3,
            quarantines: 1,
            erasures: 1,
            lost_answers: 1,
            reads_newest: true,
            ..Self::NOTHING
        }
    }

    /// A relay that loses its store, or gets an old one back.
    pub(super) const fn heal() -> Self {
        Self {
            writes: 2,
            erasures: 1,
            losses: 1,
            lost_answers: 1,
            ..Self::NOTHING
        }
    }

    /// The same with siblings that are merged and set aside.
    pub(super) const fn heal_siblings() -> Self {
        Self {
            writes: 2,
            merges: 1,
            quarantines: 1,
            losses: 1,
            ..Self::NOTHING
        }
    }

    /// A relay that loses its store again while it is being healed.
    pub(super) const fn heal_twice() -> Self {
        Self {
            writes: 2,
            losses: 2,
            ..Self::NOTHING
        }
    }

    /// Two devices with the right to administer.
    pub(super) const fn epoch() -> Self {
        Self {
            writes: 2,
            rotations: 3,
            ..Self::NOTHING
        }
    }

    /// The same with answers that are lost.
    pub(super) const fn epoch_resent() -> Self {
        Self {
            writes: 2,
            rotations: 2,
            lost_answers: 1,
            ..Self::NOTHING
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct World {
    bounds: Bounds,
    defect: Option<Defect>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) relay: Relay,
    pub(super) devices: Vec<Device>,
    /// What the relay has taken, and what somebody has erased: the two are not the relay's to know.
    pub(super) stored: [[Writes; SLOTS]; SIDES],
    pub(super) erased: [[bool; SLOTS]; SIDES],
    pub(super) writes: u8,
    pub(super) merges: u8,
    pub(super) quarantines: u8,
    pub(super) rotations: u8,
    pub(super) lost_answers: u8,
    pub(super) has_lost_swap: bool,
    pub(super) has_healed_twice: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Edit { device: usize, slot: u8 },
    Merge { device: usize, slot: u8 },
    Send { device: usize, slot: u8, is_answered: bool },
    ReadNext { device: usize },
    Quarantine { device: usize },
    ReadNewest { device: usize },
    Acknowledge { device: usize },
    Erase { device: usize, slot: u8 },
    PrepareRotation { device: usize },
    Rotate { device: usize },
    LoseStore { kept: usize },
    Resync { device: usize },
    Heal { device: usize, slot: u8 },
    Restate { device: usize, slot: u8 },
}

impl World {
    pub(super) const fn new(bounds: Bounds) -> Self {
        Self { bounds, defect: None }
    }

    pub(super) const fn with(mut self, defect: Defect) -> Self {
        self.defect = Some(defect);
        self
    }

    fn device_events(&self, state: &State, device: usize, events: &mut Vec<Event>) {
        let bounds = &self.bounds;
        let Some(own) = state.devices.get(device) else {
            return;
        };
        let relay = &state.relay;
        let is_current = own.incarnation == relay.incarnation;
        for slot in 0..bounds.slots {
            let at = usize::from(slot);
            let is_free = own.outbox[at].is_none_or(|outgoing| !outgoing.is_sent);
            if state.writes < bounds.writes && !own.closed[at] && is_free {
                events.push(Event::Edit { device, slot });
            }
            if state.merges < bounds.merges && is_current && own.wants_merge(relay, slot) {
                events.push(Event::Merge { device, slot });
            }
            if own.outbox[at].is_some() {
                events.push(Event::Send {
                    device,
                    slot,
                    is_answered: true,
                });
                if state.lost_answers < bounds.lost_answers {
                    events.push(Event::Send {
                        device,
                        slot,
                        is_answered: false,
                    });
                }
            }
            let erased = state.erased.iter().flatten().filter(|&&is_erased| is_erased).count();
            if erased < usize::from(bounds.erasures) && is_current && own.documents[at] != 0 {
                events.push(Event::Erase { device, slot });
            }
            if own.heals[at] {
                events.push(Event::Heal { device, slot });
            }
            if own.restates[at] {
                events.push(Event::Restate { device, slot });
            }
        }
        if !is_current {
            events.push(Event::Resync { device });
            return;
        }
        if let Some(next) = relay.log.get(usize::from(own.cursor)) {
            events.push(Event::ReadNext { device });
            let is_foreign = next.is_live_document() && next.sealed.side == own.side && !own.holds(next);
            if state.quarantines < bounds.quarantines && is_foreign {
                events.push(Event::Quarantine { device });
            }
        }
        if bounds.reads_newest && own.newest(relay).is_some() {
            events.push(Event::ReadNewest { device });
        }
        if bounds.acknowledges && relay.acks.get(device).is_some_and(|&ack| ack < own.cursor) {
            events.push(Event::Acknowledge { device });
        }
        if own.swap.is_some() {
            events.push(Event::Rotate { device });
        } else if state.rotations < bounds.rotations {
            events.push(Event::PrepareRotation { device });
        }
    }

    /// What happens to one device and the relay.
    fn step(&self, next: &mut State, device: usize, event: Event) -> Option<()> {
        let defect = self.defect;
        let State { relay, devices, .. } = next;
        let own = devices.get_mut(device)?;
        let side = usize::from(own.side);
        match event {
            Event::Edit { slot, .. } => {
                own.documents[usize::from(slot)] |= 1 << next.writes;
                next.writes += 1;
                // What heals publishes its state, this write with it.
                if !own.heals[usize::from(slot)] {
                    own.publish(relay, slot, defect);
                }
            }
            Event::Merge { slot, .. } => {
                next.merges += 1;
                own.publish(relay, slot, defect);
            }
            Event::Send { slot, is_answered, .. } => {
                let content = own.outbox[usize::from(slot)]?.sealed.content;
                let outcome = own.send(relay, slot, is_answered, defect)?;
                next.lost_answers += u8::from(!is_answered);
                if outcome == Outcome::Stored {
                    next.stored[side][usize::from(slot)] |= content;
                }
            }
            Event::ReadNext { .. } => own.read_next(relay, true, defect),
            Event::Quarantine { .. } => {
                next.quarantines += 1;
                own.read_next(relay, false, defect);
            }
            Event::ReadNewest { .. } => {
                let newest = *own.newest(relay)?;
                own.read_newest(&newest, defect);
            }
            Event::Acknowledge { .. } => *relay.acks.get_mut(device)? = own.cursor,
            Event::Erase { slot, .. } | Event::Restate { slot, .. } => {
                if own.erase(relay, slot, defect) == Outcome::Stored {
                    next.erased[side][usize::from(slot)] = true;
                }
            }
            Event::PrepareRotation { .. } => {
                next.rotations += 1;
                own.swap = Some(Swap {
                    incarnation: own.incarnation,
                    epoch: own.epoch,
                    n: own.cursor,
                });
            }
            Event::Rotate { .. } => {
                let swap = own.swap?;
                next.has_lost_swap |= !own.rotate(relay, swap, defect);
            }
            Event::Resync { .. } => own.resync(relay, defect),
            Event::Heal { slot, .. } => {
                let content = own.documents[usize::from(slot)];
                let (outcome, was_known) = own.heal(relay, slot, defect);
                if outcome == Outcome::Stored {
                    next.stored[side][usize::from(slot)] |= content;
                    next.has_healed_twice |= was_known;
                }
            }
            Event::LoseStore { .. } => return None,
        }
        Some(())
    }
}

impl Event {
    const fn device(self) -> usize {
        match self {
            Self::Edit { device, .. }
            | Self::Merge { device, .. }
            | Self::Send { device, .. }
            | Self::ReadNext { device }
            | Self::Quarantine { device }
            | Self::ReadNewest { device }
            | Self::Acknowledge { device }
            | Self::Erase { device, .. }
            | Self::PrepareRotation { device }
            | Self::Rotate { device }
            | Self::Resync { device }
            | Self::Heal { device, .. }
            | Self::Restate { device, .. } => device,
            Self::LoseStore { .. } => 0,
        }
    }
}

impl Model for World {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        let devices: Vec<_> = (0..)
            .zip(self.bounds.sides)
            .map(|(name, side)| Device::new(name, side))
            .collect();
        vec![State {
            relay: Relay::new(devices.len()),
            devices,
            stored: [[0; SLOTS]; SIDES],
            erased: [[false; SLOTS]; SIDES],
            writes: 0,
            merges: 0,
            quarantines: 0,
            rotations: 0,
            lost_answers: 0,
            has_lost_swap: false,
            has_healed_twice: false,
        }]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        for device in 0..state.devices.len() {
            self.device_events(state, device, events);
        }
        let records = state.relay.log.len();
        if state.relay.incarnation <= self.bounds.losses && records > 0 {
            events.push(Event::LoseStore { kept: 0 });
            if records > 1 {
                events.push(Event::LoseStore { kept: records - 1 });
            }
        }
    }

    fn next_state(&self, state: &State, event: Event) -> Option<State> {
        let mut next = state.clone();
        if let Event::LoseStore { kept } = event {
            next.relay.lose_store(kept);
        } else {
            self.step(&mut next, event.device(), event)?;
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = properties::always();
        properties.extend(properties::reachable(&self.bounds));
        properties
    }
}
