//! What must hold in every order of events, and what must be reachable for that to mean something.

use stateright::Property;

use super::device::{Device, Outgoing};
use super::relay::{Kind, RecordId, SIDES, SLOTS, Stored, Writes};
use super::world::{Bounds, State, World};

pub(super) const NOTHING_LOST: &str = "every stored write is in a live record, or in a device that has yet to heal";
pub(super) const CLOSED_IS_EMPTY: &str = "a closed slot holds no live record";
pub(super) const ERASED_STAYS_ERASED: &str = "an erased slot is closed wherever all devices have healed";
pub(super) const NO_GAPS: &str = "sequence numbers are contiguous";
pub(super) const STORED_ONCE: &str = "no record is in the log twice";
pub(super) const CURSOR_STAYS: &str = "the cursor counts what was read in order and nothing else";
pub(super) const ACKS_ARE_HELD: &str = "what a device acknowledged it holds, or has in quarantine";
pub(super) const ONE_WINNER: &str = "one rotator wins an epoch";
pub(super) const EPOCH_IS_CURRENT: &str = "a record is taken only under the epoch it was sealed under";
pub(super) const SWAP_COVERS_ITS_EPOCH: &str = "no record of an epoch lies beyond the n that its end names";
pub(super) const NOTHING_DROPPED: &str = "a write that was made is stored or waits on its device";

/// What is true in every order of events.
pub(super) fn always() -> Vec<Property<World>> {
    vec![
        Property::always(NOTHING_LOST, |_, state: &State| {
            State::slots()
                .all(|(side, slot)| state.erased[side][slot] || state.stored[side][slot] & !state.kept(side, slot) == 0)
        }),
        Property::always(NOTHING_DROPPED, |_, state: &State| {
            state
                .devices
                .iter()
                .all(|device| (0..SLOTS).all(|slot| state.is_on_its_way(device, slot)))
        }),
        Property::always(CLOSED_IS_EMPTY, |_, state: &State| {
            State::slots().all(|(side, slot)| !state.relay.closed[side][slot] || state.live(side, slot) == 0)
        }),
        Property::always(ERASED_STAYS_ERASED, |_, state: &State| {
            let is_closed = |(side, slot): (usize, usize)| !state.erased[side][slot] || state.relay.closed[side][slot];
            !state.is_healed() || State::slots().all(is_closed)
        }),
        Property::always(NO_GAPS, |_, state: &State| {
            usize::from(state.relay.head) == state.relay.log.len()
                && (1..).zip(&state.relay.log).all(|(seq, stored)| stored.seq == seq)
        }),
        Property::always(STORED_ONCE, |_, state: &State| {
            let log = &state.relay.log;
            (1..)
                .zip(log)
                .all(|(after, stored)| log.iter().skip(after).all(|later| later.sealed.id != stored.sealed.id))
        }),
        Property::always(CURSOR_STAYS, |_, state: &State| {
            state.devices.iter().all(|device| device.cursor == device.read_in_order)
        }),
        Property::always(ACKS_ARE_HELD, |_, state: &State| {
            state.devices.iter().zip(&state.relay.acks).all(|(device, &ack)| {
                state.relay.log.iter().take(usize::from(ack)).all(|stored| {
                    !stored.is_live_document()
                        || stored.sealed.side != device.side
                        || device.closed[usize::from(stored.sealed.slot)]
                        || device.quarantined.contains(&stored.sealed.id)
                        || device.holds(stored)
                })
            })
        }),
        Property::always(ONE_WINNER, |_, state: &State| {
            (1..=state.relay.epoch)
                .all(|epoch| state.relay.swaps.iter().filter(|swap| swap.epoch == epoch).count() <= 1)
        }),
        Property::always(EPOCH_IS_CURRENT, |_, state: &State| {
            state
                .relay
                .log
                .iter()
                .all(|stored| stored.sealed.kind == Kind::Link || stored.sealed.epoch == stored.taken_under)
        }),
        Property::always(SWAP_COVERS_ITS_EPOCH, |_, state: &State| {
            state.relay.swaps.iter().all(|swap| {
                let of_epoch = state
                    .relay
                    .log
                    .iter()
                    .filter(|stored| stored.sealed.epoch == swap.epoch);
                of_epoch
                    .filter(|stored| stored.sealed.kind != Kind::Link)
                    .all(|stored| stored.seq <= swap.n)
            })
        }),
    ]
}

/// What must be reachable within these bounds, or the properties above hold of a world where nothing happens.
pub(super) fn reachable(bounds: &Bounds) -> Vec<Property<World>> {
    let is_home = bounds.sides == [0, 0];
    let mut properties = vec![
        Property::sometimes("a record is replaced", |_, state: &State| {
            let is_replaced = |stored: &Stored| stored.sealed.kind == Kind::Document && !stored.is_live;
            state.relay.log.iter().any(is_replaced) && state.erased == [[false; SLOTS]; SIDES]
        }),
        Property::sometimes("two records stand side by side", |_, state: &State| {
            state
                .relay
                .log
                .iter()
                .filter(|stored| stored.is_live_document())
                .count()
                > 1
        }),
    ];
    if bounds.quarantines > 0 && is_home {
        properties.push(Property::sometimes(
            "a writer publishes past a quarantined record",
            |_, state: &State| {
                state.relay.log.iter().any(|stored| {
                    let author = state.devices.iter().find(|device| is_by(stored, device));
                    let is_aside = |earlier: &Stored| {
                        earlier.is_live && author.is_some_and(|author| author.quarantined.contains(&earlier.sealed.id))
                    };
                    stored.sealed.kind == Kind::Document
                        && state.relay.log.iter().take(usize::from(stored.seq) - 1).any(is_aside)
                })
            },
        ));
    }
    if bounds.erasures > 0 && is_home {
        properties.push(Property::sometimes(
            "a slot is closed while an edit to it is under way",
            |_, state: &State| {
                let is_late = |device: &Device| {
                    (0..SLOTS).any(|slot| state.relay.closed[0][slot] && device.outbox[slot].is_some())
                };
                state.devices.iter().any(is_late)
            },
        ));
    }
    if bounds.reads_newest && is_home {
        properties.push(Property::sometimes(
            "a device shows a record beyond its cursor",
            |_, state: &State| {
                state.devices.iter().any(|device| {
                    let ahead = state.relay.log.iter().skip(usize::from(device.cursor));
                    ahead
                        .filter(|stored| stored.is_live_document())
                        .any(|stored| !is_by(stored, device) && device.holds(stored))
                })
            },
        ));
    }
    if bounds.lost_answers > 0 {
        properties.push(Property::sometimes(
            "a record waits to be sent again that the relay has",
            |_, state: &State| {
                state
                    .waiting()
                    .any(|outgoing| outgoing.is_sent && state.relay.knows(outgoing.sealed.id))
            },
        ));
    }
    if bounds.losses > 0 {
        properties.push(Property::sometimes(
            "a relay that lost its store is healed",
            |_, state: &State| state.relay.incarnation > 1 && state.is_healed() && state.live(0, 0) > 0,
        ));
        properties.push(Property::sometimes(
            "two devices heal the same state and the first wins",
            |_, state: &State| state.has_healed_twice,
        ));
    }
    if bounds.rotations > 0 {
        properties.push(Property::sometimes(
            "two rotators contend for one epoch",
            |_, state: &State| {
                state
                    .devices
                    .iter()
                    .all(|device| device.swap.is_some_and(|swap| swap.epoch == state.relay.epoch))
            },
        ));
        properties.push(Property::sometimes("a rotator loses", |_, state: &State| {
            state.has_lost_swap
        }));
        if bounds.rotations > 2 {
            properties.push(Property::sometimes(
                "a rotator loses and two epochs are won",
                |_, state: &State| state.has_lost_swap && state.relay.swaps.len() > 1,
            ));
        }
        properties.push(Property::sometimes(
            "a write waits under an epoch that has ended",
            |_, state: &State| {
                state
                    .waiting()
                    .any(|outgoing| outgoing.sealed.epoch < state.relay.epoch)
            },
        ));
    }
    properties
}

const fn is_by(stored: &Stored, device: &Device) -> bool {
    matches!(stored.sealed.id, RecordId::Fresh { author, .. } if author == device.name)
}

impl State {
    /// Writes of a slot that are in live records, or in a device that has yet to publish them to this incarnation.
    fn kept(&self, side: usize, slot: usize) -> Writes {
        let is_here =
            |record_side: u8, record_slot: u8| usize::from(record_side) == side && usize::from(record_slot) == slot;
        let relay = self.relay.log.iter().filter(|stored| stored.is_live_document());
        let live = relay
            .filter(|stored| is_here(stored.sealed.side, stored.sealed.slot))
            .map(|stored| stored.sealed.content);
        let heals = |device: &&Device| device.incarnation < self.relay.incarnation || device.heals[slot];
        let own_side = self.devices.iter().filter(|device| usize::from(device.side) == side);
        let waiting = own_side.filter(heals).map(|device| device.documents[slot]);
        live.chain(waiting).fold(0, |kept, content| kept | content)
    }

    /// Whether all that a device holds of a slot has been stored, will be sent, or was erased.
    fn is_on_its_way(&self, device: &Device, slot: usize) -> bool {
        let side = usize::from(device.side);
        let stored = self.stored[side][slot];
        let waiting = device.outbox[slot].map_or(0, |outgoing| outgoing.sealed.content);
        device.documents[slot] & !(stored | waiting) == 0
            || device.heals[slot]
            || device.incarnation < self.relay.incarnation
            || self.erased[side][slot]
    }

    fn is_healed(&self) -> bool {
        let is_done = |device: &Device| {
            device.incarnation == self.relay.incarnation
                && device.heals == [false; SLOTS]
                && device.restates == [false; SLOTS]
        };
        self.devices.iter().all(is_done)
    }

    fn waiting(&self) -> impl Iterator<Item = &Outgoing> {
        self.devices.iter().flat_map(|device| device.outbox.iter().flatten())
    }

    fn slots() -> impl Iterator<Item = (usize, usize)> {
        (0..SIDES).flat_map(|side| (0..SLOTS).map(move |slot| (side, slot)))
    }

    fn live(&self, side: usize, slot: usize) -> usize {
        let is_here = |side_of: u8, slot_of: u8| usize::from(side_of) == side && usize::from(slot_of) == slot;
        let live = self.relay.log.iter().filter(|stored| stored.is_live_document());
        live.filter(|stored| is_here(stored.sealed.side, stored.sealed.slot))
            .count()
    }
}
