//! Gates: what a share shows can be read only once the relay has handed out half of its key, and that it has is seen.
//!
//! The participant chooses it with the share. The words of each view are then sealed once more as the view leaves, and half of the key goes to the relay before the
//! record does. A stop erases the slot and the half with it: what nobody had opened by then nobody can, whatever app they use. On the specialist's device the words
//! stay sealed until they are opened, which needs the network once; then they lie there as any others.
//!
//! What the relay says about the first opening is the relay's word; one that works together with a changed app can keep it quiet.
//!
//! | name | value | |
//! |---|---|---|
//! | `gates.<space in hex>` | rows of share 16, gate 16, part 32, last day u16 little-endian, 1 once it is at the relay | gates of this person's that are to be put, or of which is not known whether they were taken |
//! | `taken.<share in hex>` | u16 little-endian, days since 1970-01-01 | when the relay handed out what opens a share first |

use super::devices::hex;
use super::{Change, Engine, Error};
use crate::crypto::{GateKey, Halves, slot_id};
use crate::id::{ShareId, random_bytes};
use crate::limits;
use crate::moment::date_of_day;
use crate::record;
use crate::store::{SharedRow, SpaceRow, Tx};
use crate::support::{GatedItem, Share, SharedItem, SharedView, SharedWithMe};
use crate::sync::{GateAsk, GateFound, GateWish};
use cairn_wire::{GateId, GatePart, SlotId, SpaceId};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

fn gates_name(space: SpaceId) -> String {
    format!("gates.{}", hex(space.as_bytes()))
}

fn taken_name(share: ShareId) -> String {
    format!("taken.{}", hex(share.as_bytes()))
}

const ROW_BYTES: usize = 67;

/// A gate that is not done with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Row {
    share: ShareId,
    gate: GateId,
    part: GatePart,
    day: u16,
    is_put: bool,
}

impl Row {
    fn bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        bytes[..16].copy_from_slice(self.share.as_bytes());
        bytes[16..32].copy_from_slice(self.gate.as_bytes());
        bytes[32..64].copy_from_slice(self.part.as_bytes());
        bytes[64..66].copy_from_slice(&self.day.to_le_bytes());
        bytes[66] = self.is_put.into();
        bytes
    }

    fn read(bytes: &[u8; ROW_BYTES]) -> Option<Self> {
        let (share, rest) = bytes.split_first_chunk()?;
        let (gate, rest) = rest.split_first_chunk()?;
        let (part, rest) = rest.split_first_chunk()?;
        let (day, rest) = rest.split_first_chunk()?;
        Some(Self {
            share: ShareId::from_bytes(*share),
            gate: GateId::from_bytes(*gate),
            part: GatePart::from_bytes(*part),
            day: u16::from_le_bytes(*day),
            is_put: rest == [1],
        })
    }
}

fn put_rows(tx: &Tx<'_>, space: SpaceId, rows: &[Row]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(tx.remove_meta(&gates_name(space))?);
    }
    let bytes: Vec<u8> = rows.iter().flat_map(Row::bytes).collect();
    Ok(tx.set_meta(&gates_name(space), &bytes)?)
}

/// What this device wants of gates while it runs: nothing of it is kept.
#[derive(Debug, Default)]
pub(super) struct GateWishes {
    /// Shares that somebody wants to open.
    wanted: BTreeSet<ShareId>,
    /// The one of them whose gate was asked for last.
    asked: Option<ShareId>,
    /// In each space: how many more gates are looked at in this round, and the last one that was.
    looks: BTreeMap<SpaceId, (usize, Option<ShareId>)>,
}

impl GateWishes {
    /// A round goes on where the one before stopped, or begins at the first again.
    pub(super) fn begin_round(&mut self) {
        for (left, _) in self.looks.values_mut() {
            *left = limits::GATE_LOOKS_MAX;
        }
    }
}

impl Engine {
    fn gate_rows(&self, space: SpaceId) -> Result<Vec<Row>, Error> {
        let bytes = self.store.view().meta(&gates_name(space))?.unwrap_or_default();
        Ok(bytes.as_chunks::<ROW_BYTES>().0.iter().filter_map(Row::read).collect())
    }

    /// Changes the row of a share: none takes it away.
    fn set_gate_row(&mut self, space: SpaceId, share: ShareId, row: Option<Row>) -> Result<(), Error> {
        let mut rows = self.gate_rows(space)?;
        if rows.iter().find(|one| one.share == share).copied() == row {
            return Ok(());
        }
        rows.retain(|one| one.share != share);
        rows.extend(row);
        self.commit(&[], |tx| put_rows(tx, space, &rows))
    }

    /// The bytes of a view that leaves: its words behind a gate, where the participant wants that. The gate waits to be put from then on.
    pub(super) fn behind_its_gate(
        &mut self,
        space: &SpaceRow,
        share: &Share,
        view: SharedView,
    ) -> Result<Vec<u8>, Error> {
        let Some(halves) = halves_of(share, &view) else {
            return Ok(record::encode_view(&view));
        };
        let nonce = random_bytes(self.entropy.as_mut());
        let sealed = halves.seal(share.id(), nonce, &record::encode_item(&view.item))?;
        self.set_gate_row(space.id, share.id(), Some(row_of(share, &halves, false)))?;
        let item = GatedItem {
            gate: *halves.gate.as_bytes(),
            inner: halves.inner,
            sealed,
        };
        Ok(record::encode_view(&SharedView {
            item: SharedItem::default(),
            gated: Some(item),
            ..view
        }))
    }

    /// A view of this person's own as it was before its words went behind a gate; none where that cannot be found, or its share is not known here yet.
    pub(super) fn before_its_gate(&self, view: SharedView) -> Result<Option<SharedView>, Error> {
        let Some(gated) = &view.gated else {
            return Ok(Some(view));
        };
        let share = match self.own_share(view.share()) {
            Ok((_, share)) => share,
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let opened = halves_of(&share, &view)
            .and_then(|halves| halves.open(share.id(), &gated.sealed).ok())
            .and_then(|item| record::decode_item(&item).ok());
        Ok(opened.map(|item| view.with_item(item)))
    }

    /// A view of this person's own with a gate stands in the log: whoever sent it put the gate first.
    pub(super) fn note_gate(&mut self, space: SpaceId, view: &SharedView) -> Result<(), Error> {
        let share = match self.own_share(view.share()) {
            Ok((_, share)) if share.gate.is_some() => share,
            Ok(_) | Err(Error::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        let is_known = self.taken(share.id())?.is_some();
        let Some(halves) = halves_of(&share, view).filter(|_| !is_known) else {
            return Ok(());
        };
        self.set_gate_row(space, share.id(), Some(row_of(&share, &halves, true)))
    }

    /// The relay of a space has lost its store: what stands behind gates needs them again.
    pub(super) fn gates_again(&mut self, space: SpaceId, shares: &[Share]) -> Result<(), Error> {
        let is_gated = |share: &&Share| share.over.is_none() && share.gate.is_some();
        for share in shares.iter().filter(is_gated) {
            if let Some(view) = self.given_view(share.id())?
                && let Some(halves) = halves_of(share, &view)
            {
                self.set_gate_row(space, share.id(), Some(row_of(share, &halves, false)))?;
            }
        }
        Ok(())
    }

    /// On which day the relay handed out what opens a share first, as it says.
    pub(super) fn taken(&self, share: ShareId) -> Result<Option<NaiveDate>, Error> {
        let day = self.store.view().meta(&taken_name(share))?;
        let day = day.and_then(|day| Some(u16::from_le_bytes(day.try_into().ok()?)));
        Ok(day.and_then(|day| date_of_day(day.into())))
    }

    /// Opens something that waits behind a gate, once the relay is reached; [`Engine::open_shared`] answers it then.
    pub(super) fn want_open(&mut self, share: ShareId) {
        self.gate_wishes.wanted.insert(share);
    }

    /// What to ask the relay of a gate next.
    pub(super) fn next_gate(&mut self, space: SpaceId) -> Result<Option<GateAsk>, Error> {
        for share in self.gate_wishes.wanted.iter().copied().collect::<Vec<_>>() {
            match self.store.view().shared_view(share)? {
                Some(row) if row.space == space => {
                    let Some(gated) = record::decode_view(&row.content)?.gated else {
                        self.gate_wishes.wanted.remove(&share);
                        continue;
                    };
                    self.gate_wishes.asked = Some(share);
                    return Ok(Some(GateAsk {
                        slot: SlotId::from_bytes(row.slot),
                        gate: GateId::from_bytes(gated.gate),
                        wish: GateWish::Take,
                    }));
                }
                Some(_) => {}
                None => _ = self.gate_wishes.wanted.remove(&share),
            }
        }
        let mut rows = self.gate_rows(space)?;
        if rows.is_empty() {
            return Ok(None);
        }
        rows.sort_by_key(|row| row.share);
        let key = self.slot_key(space)?;
        let ask = |row: &Row, wish| GateAsk {
            slot: slot_id(&key, &row.share.into(), 0),
            gate: row.gate,
            wish,
        };
        if let Some(row) = rows.iter().find(|row| !row.is_put) {
            return Ok(Some(ask(row, GateWish::Put(row.part, row.day))));
        }
        let none = (limits::GATE_LOOKS_MAX, None);
        let (left, at) = self.gate_wishes.looks.entry(space).or_insert(none);
        if *left == 0 {
            return Ok(None);
        }
        let Some(row) = rows.iter().find(|row| at.is_none_or(|at| row.share > at)) else {
            (*left, *at) = (0, None);
            return Ok(None);
        };
        (*left, *at) = (*left - 1, Some(row.share));
        Ok(Some(ask(row, GateWish::Look)))
    }

    /// What the relay answered to that.
    pub(super) fn take_gate(&mut self, space: SpaceId, ask: &GateAsk, found: GateFound) -> Result<(), Error> {
        if ask.wish == GateWish::Take {
            return self.take_part(space, ask, found);
        }
        let Some(row) = self.gate_rows(space)?.into_iter().find(|row| row.gate == ask.gate) else {
            return Ok(());
        };
        let (share, is_known) = (row.share, self.taken(row.share)?.is_some());
        match found {
            GateFound::There(Some(day)) if !is_known => {
                let mut rows = self.gate_rows(space)?;
                rows.retain(|one| one.share != share);
                self.commit(&[Change::Support], |tx| {
                    tx.set_meta(&taken_name(share), &day.to_le_bytes())?;
                    put_rows(tx, space, &rows)
                })
            }
            GateFound::There(None) if !is_known => self.set_gate_row(space, share, Some(Row { is_put: true, ..row })),
            // It is done with: known to be taken, closed with its slot, over, or replaced by another device's.
            _ => self.set_gate_row(space, share, None),
        }
    }

    /// The other half of a key has come, or does not come.
    fn take_part(&mut self, space: SpaceId, ask: &GateAsk, found: GateFound) -> Result<(), Error> {
        let Some(share) = self.gate_wishes.asked.take() else {
            return Ok(());
        };
        self.gate_wishes.wanted.remove(&share);
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
        self.gate_wishes.wanted.remove(&share);
        self.open_shared(share)
    }
}

/// The halves of the key behind which a view of this share stands; none without a gate.
fn halves_of(share: &Share, view: &SharedView) -> Option<Halves> {
    let key = GateKey::from_bytes(share.gate?.0);
    Some(Halves::of(&key, share.id(), view.consent.version, view.built.0))
}

fn row_of(share: &Share, halves: &Halves, is_put: bool) -> Row {
    Row {
        share: share.id(),
        gate: halves.gate,
        part: halves.outer,
        day: share.consent.expires_day(),
        is_put,
    }
}
