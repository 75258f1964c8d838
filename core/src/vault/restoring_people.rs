//! What an archive says of people, in: a record of the past (`support_kept.rs`), in parts that become durable one after the other.

use super::support_kept::{relationship_fields, said_field, share_fields, thing_of};
use super::{Error, Vault};
use crate::clock::Timestamp;
use crate::exchange::{Archive, ImportError};
use crate::id::RelationshipId;
use crate::limits;
use crate::profile::{Field, Fields};
use crate::support::Role;
use chrono::DateTime;
use std::collections::{BTreeMap, BTreeSet};

/// Gathers what is new of one relationship into parts.
struct Gathering<'v> {
    vault: &'v Vault,
    of: RelationshipId,
    /// What is here already, from an earlier time.
    known: BTreeSet<String>,
    part: u32,
    /// How many messages were handed in.
    place: u32,
    fields: Fields,
    bytes: usize,
    has_new: bool,
}

impl Gathering<'_> {
    /// Takes a thing, unless it is here.
    fn add(&mut self, thing: Fields) -> Result<(), Error> {
        let name = thing.keys().next().map(|name| thing_of(name).to_owned());
        let is_new = name.is_some_and(|name| self.known.insert(name));
        if !is_new {
            return Ok(());
        }
        self.has_new = true;
        let bytes: usize = thing.iter().map(|(name, value)| name.len() + bytes_of(value)).sum();
        // One that is as large as a part goes by itself: two of them are more than a record holds.
        if self.bytes + bytes > limits::KEPT_PART_BYTES_MAX {
            self.put()?;
        }
        self.bytes += bytes;
        self.fields.extend(thing);
        Ok(())
    }

    /// Makes what was gathered durable.
    fn put(&mut self) -> Result<(), Error> {
        let fields = std::mem::take(&mut self.fields);
        if fields.is_empty() {
            return Ok(());
        }
        let (of, part) = (self.of, self.part);
        (self.part, self.bytes) = (part + 1, 0);
        self.vault.ask(move |engine| engine.keep_past(of, part, fields)).wait()
    }
}

const fn bytes_of(value: &Field) -> usize {
    match value {
        Field::Text(text) => text.len(),
        Field::Number(_) => 8,
        Field::Bytes(bytes) => bytes.len(),
    }
}

/// Keeps what an archive says of people, to be read. What is here of it already stays as it is, and a relationship that is here itself is left alone. Answers whether
/// anything was new.
pub(super) fn restore_people(vault: &Vault, archive: &mut Archive) -> Result<bool, Error> {
    let made = match DateTime::parse_from_rfc3339(&archive.preview().made) {
        Ok(made) => Timestamp(made.timestamp_millis()),
        Err(_) => vault.ask(|engine| Ok(engine.now())).wait()?,
    };
    let mut all: BTreeMap<RelationshipId, Gathering<'_>> = BTreeMap::new();
    for kept in archive
        .people()?
        .into_iter()
        .filter(|one| one.role == Role::Participant)
    {
        let of = kept.id;
        let Some((known, part)) = vault.ask(move |engine| engine.kept_before(of)).wait()? else {
            continue;
        };
        let mut gathering = Gathering {
            vault,
            of,
            known,
            part,
            place: 0,
            fields: Fields::new(),
            bytes: 0,
            has_new: false,
        };
        for thing in relationship_fields(&kept, made) {
            gathering.add(thing)?;
        }
        all.insert(of, gathering);
    }
    for card in archive.shares() {
        let card = card?;
        if let Some(gathering) = all.get_mut(&card.relationship) {
            gathering.add(share_fields(&card))?;
        }
    }
    let mut failed = None;
    let heard = archive.conversations(&mut |of, message| {
        let Some(gathering) = all.get_mut(&of) else {
            return Ok(());
        };
        let place = gathering.place;
        gathering.place = place.saturating_add(1);
        // Whoever keeps has failed, and says why itself.
        gathering.add(said_field(&message, place)).map_err(|why| {
            failed = Some(why);
            ImportError::Changed
        })
    });
    match failed {
        Some(why) => return Err(why),
        None => heard?,
    }
    all.values_mut().try_for_each(Gathering::put)?;
    Ok(all.values().any(|gathering| gathering.has_new))
}
