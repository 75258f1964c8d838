//! The checker: everything that was acknowledged is there, byte for byte or as the stub that the rules allow, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_wire::message::Side;
use cairn_wire::{SlotId, chain_0, chain_next};

use crate::blobs;
use crate::client::{Client, NobodyAnswers};
use crate::pages::{Cursor, Here};
use crate::world::{DEVICES, Facts, Guest, Space, World, record_of, signing};

/// Replaced bodies stay at least so many days, and go after so many whoever has not read them.
const REPLACED_DAYS: (u64, u64) = (30, 120);

/// Holds every space against what was acknowledged before, while others may go on. What is wrong is noted in the spaces.
pub(crate) fn hold_all(world: &Arc<World>, client: &mut Client) -> Result<(), NobodyAnswers> {
    for space in world.spaces() {
        hold(world, client, &space)?;
    }
    Ok(())
}

/// Everything that was found wrong until now, and the number of records that were acknowledged.
pub(crate) fn findings(world: &World) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let mut acknowledged = 0;
    for space in world.spaces() {
        space.with(|facts| {
            wrong.extend(facts.wrong.iter().cloned());
            acknowledged += facts.stored.len();
        });
    }
    (wrong, acknowledged)
}

/// Holds one space, and answers its log.
pub(crate) fn hold(world: &Arc<World>, client: &mut Client, space: &Space) -> Result<Vec<Here>, NobodyAnswers> {
    let before = space.with(|facts| facts.clone());
    let read = Cursor::begin(space).read_on(world, client, space)?;
    let Some(log) = read else {
        space.wrong("the log cannot be read");
        return Ok(Vec::new());
    };
    let after = space.with(|facts| facts.clone());
    let today = world.clock.today();
    let mut wrong = Vec::new();
    numbers(&before, &after, &log, &mut wrong);
    heads(space, &before, &log, &mut wrong);
    bodies(&before, &after, &log, today, &mut wrong);
    for what in wrong {
        space.wrong(what);
    }
    for blob in before.blobs.keys() {
        blobs::check(client, space, *blob, today)?;
    }
    Ok(log)
}

/// Each acknowledged record has its number, none is there twice, and none that nobody sent.
fn numbers(before: &Facts, after: &Facts, log: &[Here], wrong: &mut Vec<String>) {
    for (seq, id) in &before.stored {
        let there = usize::try_from(seq - 1).ok().and_then(|at| log.get(at));
        match there {
            None => wrong.push(format!("record {seq} was acknowledged and is lost")),
            Some(here) if here.header.record_id != *id => {
                wrong.push(format!("record {seq} was acknowledged and is another one"));
            }
            Some(_) => {}
        }
    }
    let mut ids = BTreeSet::new();
    for here in log {
        let id = here.header.record_id;
        if !ids.insert(id) {
            wrong.push(format!("record {} is there twice", here.seq));
        }
        match after.sent.get(&id) {
            None => wrong.push(format!("record {} was sent by nobody", here.seq)),
            Some(sent) if sent.hash != here.hash => wrong.push(format!("record {} was changed", here.seq)),
            Some(_) => {}
        }
        if before.refused.contains(&id) {
            wrong.push(format!("record {} was refused and is there", here.seq));
        }
    }
}

/// Every head that anybody was shown lies on this chain.
fn heads(space: &Space, before: &Facts, log: &[Here], wrong: &mut Vec<String>) {
    let mut chain = chain_0(&space.id);
    let mut chains = vec![chain];
    for here in log {
        chain = chain_next(&chain, &here.hash);
        chains.push(chain);
    }
    for (n, head) in &before.heads {
        let there = usize::try_from(*n).ok().and_then(|at| chains.get(at));
        if there != Some(head) {
            wrong.push(format!("a head at {n} was signed that is not on the chain"));
        }
    }
}

/// What is said of a slot's records, by side.
#[derive(Default)]
struct Slot {
    tombstone: Option<u64>,
    /// Numbers, what each has merged, and the day it was sent.
    records: Vec<(u64, u64, u64)>,
}

fn slots_of(after: &Facts, log: &[Here]) -> BTreeMap<(SlotId, Side), Slot> {
    let mut slots: BTreeMap<_, Slot> = BTreeMap::new();
    for here in log {
        let Some(sent) = after.sent.get(&here.header.record_id) else {
            continue;
        };
        let slot = slots.entry((here.header.slot, sent.side)).or_default();
        if here.header.closes_slot() {
            slot.tombstone = Some(here.seq);
        }
        slot.records.push((here.seq, here.header.merged_upto, sent.day));
    }
    slots
}

/// Whether a record was replaced so long ago that its body may go, or has to, by what the devices have read up to.
fn is_over(slot: &Slot, seq: u64, read_by_all: u64, today: u64) -> bool {
    let mut replaced = slot.records.iter();
    replaced.any(|(by, merged, day)| {
        let days = today.saturating_sub(*day);
        *by > seq && *merged >= seq && (days >= REPLACED_DAYS.1 || (days >= REPLACED_DAYS.0 && seq <= read_by_all))
    })
}

/// A body is there and right, or may be gone; and what was erased is gone.
fn bodies(before: &Facts, after: &Facts, log: &[Here], today: u64, wrong: &mut Vec<String>) {
    let slots = slots_of(after, log);
    let said = (0..DEVICES).map(|device| after.acks.get(&device).map_or(0, |ack| ack.0));
    let read_by_all = said.min().unwrap_or(0);
    for here in log {
        let Some(sent) = after.sent.get(&here.header.record_id) else {
            continue;
        };
        let slot = &slots[&(here.header.slot, sent.side)];
        let is_erased = slot.tombstone.is_some_and(|tombstone| tombstone > here.seq);
        match &here.whole {
            Some(whole) if *whole != record_of(&sent.header) => {
                wrong.push(format!("record {} is not what was sent, byte for byte", here.seq));
            }
            None if !is_erased && !is_over(slot, here.seq, read_by_all, today) => {
                wrong.push(format!(
                    "the body of record {} is gone, and somebody may need it",
                    here.seq
                ));
            }
            _ => {}
        }
    }
    for (slot, tombstone) in &before.erased {
        for (seq, ..) in slots.get(slot).iter().flat_map(|slot| &slot.records) {
            let here = &log[usize::try_from(seq - 1).unwrap()];
            if seq < tombstone && here.whole.is_some() {
                wrong.push(format!("record {seq} was erased and has a body"));
            }
            if seq > tombstone {
                wrong.push(format!("record {seq} came into a slot that was erased"));
            }
        }
    }
}

/// How many bodies are there that have to be gone: for tests that wait for a sweep while nobody writes.
pub(crate) fn lingering(space: &Space, log: &[Here], today: u64) -> usize {
    let facts = space.with(|facts| facts.clone());
    if facts.guests.values().any(|guest| *guest != Guest::Out) {
        // Somebody is there who has read nothing.
        return 0;
    }
    let slots = slots_of(&facts, log);
    let acknowledged = (0..DEVICES).map(|device| facts.acks.get(&device).map_or(0, |ack| ack.1));
    let read_by_all = acknowledged.min().unwrap_or(0);
    let has_to_go = |here: &&Here| {
        let slot = &slots[&(here.header.slot, facts.sent[&here.header.record_id].side)];
        here.whole.is_some() && is_over(slot, here.seq, read_by_all, today.saturating_sub(1))
    };
    log.iter().filter(has_to_go).count()
}

/// Whoever was let in comes in, and whoever was let out does not; while the clock stands.
pub(crate) fn guests(world: &Arc<World>, places: &crate::client::Places) -> Result<(), NobodyAnswers> {
    for space in world.spaces() {
        for (number, guest) in space.with(|facts| facts.guests.clone()) {
            let session = Client::new(world, places, signing(number), 0).sign_in(&space.id, 3)?;
            if guest != Guest::Unknown && session.is_ok() != (guest == Guest::In) {
                space.wrong(format!("a guest is {guest:?}, and the relay says {:?}", session.err()));
            }
        }
    }
    Ok(())
}
