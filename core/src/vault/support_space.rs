//! The support space of a relationship: how it begins, what goes through it, and how its epoch turns.

use super::access::wish_name;
use super::devices::{link_document, seen};
use super::engine::{SUPPORT, new_space};
use super::personas::PersonaKeys;
use super::sealing::{Plan, Sealer, push};
use super::{Engine, Error};
use crate::crypto::{
    Digits, EpochKey, Hello, KemPublic, Persona, Reveal, SlotKey, SupportBeginning, SupportChain, Welcome,
    open_key_box, seal_key_box,
};
use crate::id::{RelationshipId, random_bytes};
use crate::profile::{Changes, Field};
use crate::record::Kind;
use crate::store::SpaceRow;
use crate::support::{Peer, Relationship};
use cairn_wire::message::{Access, Side};
use cairn_wire::{PublicKey, Seen, SpaceId};

impl Engine {
    /// The digits were right: the space begins, with both personas in its first link.
    pub(super) fn add_specialist(&mut self, about: &[u8], hello: &Hello, digits: &str) -> Result<(), Error> {
        let id = relationship_id(about)?;
        let (relationship, fields) = self.relationship(id)?;
        if relationship.met.is_some() {
            return Ok(());
        }
        if relationship.ended.is_some() {
            return Err(Error::Handshake); // It was called off on another device.
        }
        let persona = PersonaKeys::first(&relationship)?;
        let home = self.home()?;
        let space = SpaceId::from_bytes(relationship.space.ok_or(Error::Internal)?);
        let (slot_key, epoch_key) = (
            SlotKey::random(self.entropy.as_mut()),
            EpochKey::random(self.entropy.as_mut()),
        );
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let row = SpaceRow {
            origin: home.origin.clone(),
            access_seed: *persona.access.seed(),
            slot_key: *slot_key.as_bytes(),
            incarnation: home.incarnation,
            relationship: Some(id),
            relay_key: home.relay_key,
            ..new_space(space, SUPPORT, self.entropy.as_mut())
        };
        let beginning = SupportBeginning {
            participant: persona.public(&relationship.name),
            specialist: Persona {
                signing: hello.signing,
                kem: hello.kem.clone(),
                access: hello.access,
                name: hello.name.clone(),
            },
            digits: digits.clone(),
            origin: home.origin.clone(),
            relay_key: PublicKey::from_bytes(home.relay_key),
        };
        let (chain, link) = SupportChain::found(
            &persona.signing,
            space,
            &beginning,
            Seen::nothing(&space),
            &epoch_key,
            None,
        )?;
        let now = self.now();
        let active = Relationship {
            met: Some(now),
            verified: Some(now),
            origin: home.origin,
            relay_key: Some(home.relay_key),
            code: digits,
            peer: Some(peer_of(&hello.name, hello.signing, &hello.kem, hello.access)),
            ..relationship
        };
        let mut changes = active.changes(&fields);
        changes.extend(key_changes(&slot_key, &[(1, &epoch_key)]));
        changes.insert(
            "keys/incarnation".to_owned(),
            Some(Field::Number(row.incarnation.into())),
        );
        let plan = Plan::plain(Kind::SupportLink, link_document(&chain.tip()), link.clone());
        let (record_id, nonce) = (self.record_id(), random_bytes(self.entropy.as_mut()));
        let sealer = Sealer {
            space: &row,
            author: &persona.signing,
            key: epoch_key.clone(),
            seen: Seen::nothing(&space),
        };
        let record = sealer.seal(plan, 1, record_id, nonce)?;
        self.set_fields_with(id.into(), Kind::Relationship, &changes, |tx| {
            tx.put_space(&SpaceRow {
                writer_seq: 1,
                ..row.clone()
            })?;
            tx.put_epoch_key(space, 1, epoch_key.as_bytes())?;
            tx.put_link(space, 0, chain.tip().as_bytes(), &link)?;
            push(tx, &row, 0, &record, None)
        })
    }

    /// Who else may enter a support space that is about to begin.
    pub(super) fn specialist_access(&self, row: &SpaceRow) -> Result<Option<Access>, Error> {
        let chain = self.support_chain(row.id)?;
        Ok(chain.map(|chain| entry_of(chain.persona(crate::crypto::Side::Specialist))))
    }

    /// Whether the space is at the relay with its first link: only then is the specialist welcomed.
    pub(super) fn specialist_is_in(
        &mut self,
        about: &[u8],
        hello: &Hello,
        digits: Option<Digits>,
    ) -> Result<bool, Error> {
        let (relationship, _) = self.relationship(relationship_id(about)?)?;
        if relationship.met.is_none() {
            // This device died between the digits and the beginning of the space.
            self.add_specialist(about, hello, &digits.ok_or(Error::Handshake)?.to_string())?;
            return Ok(false);
        }
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(false);
        };
        let view = self.store.view();
        Ok(view.space(space)?.is_some_and(|row| row.created)
            && view.outbox(space, usize::MAX, 1)?.is_empty()
            && view.meta(&wish_name(space))?.is_none())
    }

    /// What a specialist needs to open the support space.
    pub(super) fn support_welcome(&mut self, about: &[u8], kem: &KemPublic) -> Result<Welcome, Error> {
        let (relationship, _) = self.relationship(relationship_id(about)?)?;
        let space = SpaceId::from_bytes(relationship.space.ok_or(Error::Internal)?);
        let row = self.space_row(space)?;
        let keys = self.space_keys(&row)?;
        let key_box = seal_key_box(&space, std::slice::from_ref(kem), &keys, self.entropy.as_mut())?;
        let genesis = self.support_chain(space)?.ok_or(Error::Internal)?.genesis();
        Ok(Welcome {
            key_box,
            genesis,
            seen: seen(&row),
            space,
        })
    }

    /// The specialist was welcomed.
    pub(super) fn join_support(
        &mut self,
        about: &[u8],
        welcome: &Welcome,
        offerer: &Reveal,
        origin: &str,
        relay: PublicKey,
    ) -> Result<(), Error> {
        let id = relationship_id(about)?;
        let (relationship, fields) = self.relationship(id)?;
        let persona = PersonaKeys::first(&relationship)?;
        let keys = open_key_box(&welcome.space, &persona.kem, &welcome.key_box)?;
        let now = self.now();
        let row = SpaceRow {
            side: Side::Specialist.number(),
            administer: false,
            origin: origin.to_owned(),
            relay_key: *relay.as_bytes(),
            access_seed: *persona.access.seed(),
            slot_key: *keys.slot_key.as_bytes(),
            incarnation: welcome.seen.incarnation,
            epoch: *keys.epoch_keys.keys().next_back().ok_or(Error::Handshake)?,
            head_n: welcome.seen.n,
            head_chain: *welcome.seen.chain.as_bytes(),
            created: true,
            relationship: Some(id),
            ..new_space(welcome.space, SUPPORT, self.entropy.as_mut())
        };
        let active = Relationship {
            met: Some(now),
            verified: Some(now),
            space: Some(*welcome.space.as_bytes()),
            origin: origin.to_owned(),
            relay_key: Some(*relay.as_bytes()),
            peer: Some(peer_of(
                &offerer.name,
                offerer.signing,
                &offerer.kem,
                PublicKey::from_bytes([0; 32]),
            )),
            ..relationship
        };
        let mut changes = active.changes(&fields);
        let epochs: Vec<(u32, &EpochKey)> = keys.epoch_keys.iter().map(|(epoch, key)| (*epoch, key)).collect();
        changes.extend(key_changes(&keys.slot_key, &epochs));
        changes.insert(
            "genesis".to_owned(),
            Some(Field::Bytes(welcome.genesis.as_bytes().to_vec())),
        );
        changes.insert(
            "keys/incarnation".to_owned(),
            Some(Field::Number(row.incarnation.into())),
        );
        self.set_fields_with(id.into(), Kind::Relationship, &changes, |tx| {
            tx.put_space(&row)?;
            for (epoch, key) in &keys.epoch_keys {
                tx.put_epoch_key(row.id, *epoch, key.as_bytes())?;
            }
            Ok(())
        })
    }
}

/// Who enters a support space as the specialist.
pub(super) const fn entry_of(specialist: &Persona) -> Access {
    Access {
        key: specialist.access,
        side: Side::Specialist,
        administer: false,
    }
}

fn peer_of(name: &str, signing: PublicKey, kem: &KemPublic, access: PublicKey) -> Peer {
    Peer {
        name: name.to_owned(),
        signing: *signing.as_bytes(),
        kem: kem.as_bytes().to_vec(),
        access: *access.as_bytes(),
    }
}

/// The keys of the space as fields of the relationship, so that all of the person's devices have them at once.
pub(super) fn key_changes(slot_key: &SlotKey, epochs: &[(u32, &EpochKey)]) -> Changes {
    let mut changes = Changes::from([("keys/slot".to_owned(), Some(Field::Bytes(slot_key.as_bytes().to_vec())))]);
    for (epoch, key) in epochs {
        changes.insert(
            format!("keys/epoch/{epoch}"),
            Some(Field::Bytes(key.as_bytes().to_vec())),
        );
    }
    changes
}

fn relationship_id(about: &[u8]) -> Result<RelationshipId, Error> {
    Ok(RelationshipId::from_bytes(
        about.try_into().map_err(|_| Error::Internal)?,
    ))
}

/// The name under which the head that acknowledged this person's last record is kept.
pub(super) fn own_head_name(space: SpaceId) -> String {
    format!("own-head.{}", super::devices::hex(space.as_bytes()))
}
