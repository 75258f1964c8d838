//! Gates: what a share shows can be read only once the relay has handed out half of its key, and that it has is seen.
//!
//! The participant chooses it with the share. The words of each view are then sealed once more as the view leaves, and half of the key is at the relay before the record
//! is even sealed: a relay that takes no gate keeps its share waiting and nothing else. A stop erases the slot and the half with it: what nobody had opened by then nobody
//! can, whatever app they use. A view that shows less drops the gate of the one before it first; one that follows an edit, once it stands in the log. On the
//! specialist's device the words stay sealed until they are opened, which needs the network once; then they lie there as any others.
//!
//! Each view has a gate of its own and no put touches another one, so that devices of one person which send views at the same time undo nothing of each other.
//!
//! What the relay says about the first opening is the relay's word; one that works together with a changed app can keep it quiet. It is asked in each round until it
//! is known, and once more when the share is over.
//!
//! | name | value | |
//! |---|---|---|
//! | `gate.<share in hex>.<gate in hex>` | space 16, part 32, last day u16, built i64, version u64, state u8, little-endian | a gate of this person's with which something is to be done; state 1: to be put, 2: it stands, and its view is to leave, 3: to be dropped (its part is zeros) |
//! | `taken.<share in hex>` | u16 little-endian, days since 1970-01-01; nothing where the relay was asked after the end of the share and knew of none | when the relay handed out what opens a share first |

use super::devices::hex;
use super::{Engine, Error};
use crate::crypto::{GateKey, Halves};
use crate::id::{ShareId, random_bytes};
use crate::moment::date_of_day;
use crate::record;
use crate::store::{SpaceRow, Tx};
use crate::support::{GatedItem, Share, SharedItem, SharedView};
use cairn_wire::{GateId, GatePart, SpaceId};
use chrono::NaiveDate;
use std::fmt;

pub(super) const ROWS: &str = "gate.";

pub(super) fn rows_of(share: ShareId) -> String {
    format!("{ROWS}{}.", hex(share.as_bytes()))
}

pub(super) fn taken_name(share: ShareId) -> String {
    format!("taken.{}", hex(share.as_bytes()))
}

const ROW_BYTES: usize = 67;

/// What is to be done with a gate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    ToPut = 1,
    Stands = 2,
    ToDrop = 3,
}

/// A gate that is not done with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) share: ShareId,
    pub(super) gate: GateId,
    pub(super) space: SpaceId,
    pub(super) part: GatePart,
    pub(super) day: u16,
    pub(super) built: i64,
    pub(super) version: u64,
    pub(super) state: State,
}

/// Shows no key.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(…)")
    }
}

impl Row {
    /// That of a view which is to leave.
    pub(super) fn to_put(space: SpaceId, share: &Share, view: &SharedView, halves: &Halves) -> Self {
        Self {
            share: share.id(),
            gate: halves.gate,
            space,
            part: halves.outer,
            day: share.consent.expires_day(),
            built: view.built.0,
            version: view.consent.version,
            state: State::ToPut,
        }
    }

    pub(super) const fn to_drop(space: SpaceId, share: ShareId, gate: GateId) -> Self {
        Self {
            share,
            gate,
            space,
            part: GatePart::from_bytes([0; 32]),
            day: 0,
            built: 0,
            version: 0,
            state: State::ToDrop,
        }
    }

    fn name(&self) -> String {
        format!("{}{}", rows_of(self.share), hex(self.gate.as_bytes()))
    }

    fn bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        bytes[..16].copy_from_slice(self.space.as_bytes());
        bytes[16..48].copy_from_slice(self.part.as_bytes());
        bytes[48..50].copy_from_slice(&self.day.to_le_bytes());
        bytes[50..58].copy_from_slice(&self.built.to_le_bytes());
        bytes[58..66].copy_from_slice(&self.version.to_le_bytes());
        bytes[66] = self.state as u8;
        bytes
    }

    fn read(name: &str, bytes: &[u8]) -> Option<Self> {
        let (share, gate) = name.strip_prefix(ROWS)?.split_once('.')?;
        let (space, rest) = bytes.split_first_chunk()?;
        let (part, rest) = rest.split_first_chunk()?;
        let (day, rest) = rest.split_first_chunk()?;
        let (built, rest) = rest.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        Some(Self {
            share: ShareId::from_bytes(unhex(share)?),
            gate: GateId::from_bytes(unhex(gate)?),
            space: SpaceId::from_bytes(*space),
            part: GatePart::from_bytes(*part),
            day: u16::from_le_bytes(*day),
            built: i64::from_le_bytes(*built),
            version: u64::from_le_bytes(*version),
            state: match rest {
                [1] => State::ToPut,
                [2] => State::Stands,
                [3] => State::ToDrop,
                _ => return None,
            },
        })
    }

    pub(super) fn keep(&self, tx: &Tx<'_>) -> Result<(), Error> {
        Ok(tx.set_meta(&self.name(), &self.bytes())?)
    }

    pub(super) fn remove(&self, tx: &Tx<'_>) -> Result<(), Error> {
        Ok(tx.remove_meta(&self.name())?)
    }
}

fn read_rows(metas: Vec<(String, Vec<u8>)>) -> Vec<Row> {
    metas
        .iter()
        .filter_map(|(name, bytes)| Row::read(name, bytes))
        .collect()
}

/// No view of this share is to leave any more: what was put for one is dropped, whether its slot is closed or was never used.
pub(super) fn let_gates_go(tx: &Tx<'_>, share: ShareId) -> Result<(), Error> {
    let_waiting_gates_go(tx, share, None)
}

/// The view that was to leave next does not: what was put for it is dropped, and the gate of the view that is shown stays.
pub(super) fn let_waiting_gates_go(tx: &Tx<'_>, share: ShareId, shown: Option<GateId>) -> Result<(), Error> {
    let rows = read_rows(tx.metas_beginning(&rows_of(share))?).into_iter();
    rows.filter(|row| Some(row.gate) != shown)
        .try_for_each(|row| Row::to_drop(row.space, share, row.gate).keep(tx))
}

/// Nothing more is asked of a space.
pub(super) fn forget_gates(tx: &Tx<'_>, space: SpaceId) -> Result<(), Error> {
    let rows = read_rows(tx.metas_beginning(ROWS)?).into_iter();
    rows.filter(|row| row.space == space).try_for_each(|row| row.remove(tx))
}

impl Engine {
    pub(super) fn gate_rows(&self, beginning: &str) -> Result<Vec<Row>, Error> {
        Ok(read_rows(self.store.view().metas_beginning(beginning)?))
    }

    /// Whether a row stands as it was read.
    pub(super) fn is_as_read(&self, row: &Row) -> Result<bool, Error> {
        let kept = self.store.view().meta(&row.name())?;
        Ok(kept.is_some_and(|bytes| bytes == row.bytes()))
    }

    /// The bytes of a view that is to leave: its words behind a gate, where the participant wants that. None while that gate does not stand; it is put from then on.
    pub(super) fn behind_its_gate(
        &mut self,
        space: &SpaceRow,
        share: &Share,
        view: SharedView,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(halves) = halves_of(share, &view) else {
            return Ok(Some(record::encode_view(&view)));
        };
        let rows = self.gate_rows(&rows_of(share.id()))?;
        match rows.iter().find(|row| row.gate == halves.gate).map(|row| row.state) {
            Some(State::Stands) => {}
            Some(State::ToPut) => return Ok(None),
            Some(State::ToDrop) | None => {
                self.want_gate(&Row::to_put(space.id, share, &view, &halves), share, &rows)?;
                return Ok(None);
            }
        }
        let nonce = random_bytes(self.entropy.as_mut());
        let sealed = halves.seal(share.id(), nonce, &record::encode_item(&view.item))?;
        let item = GatedItem {
            gate: *halves.gate.as_bytes(),
            inner: halves.inner,
            sealed,
        };
        Ok(Some(record::encode_view(&SharedView {
            item: SharedItem::default(),
            gated: Some(item),
            ..view
        })))
    }

    /// A gate is to be put, in the place of what was put for a view of this share that will not leave. Where less is to be shown, the gate of what is shown so far goes first.
    fn want_gate(&mut self, wanted: &Row, share: &Share, rows: &[Row]) -> Result<(), Error> {
        let given = self.given_view(wanted.share)?;
        let shown = given
            .as_ref()
            .and_then(|view| Some((view, halves_of(share, view)?.gate)));
        self.commit(&[], |tx| {
            for row in rows.iter().filter(|row| shown.is_none_or(|(_, gate)| gate != row.gate)) {
                Row::to_drop(row.space, row.share, row.gate).keep(tx)?;
            }
            if let Some((view, gate)) = shown
                && view.consent.version < wanted.version
            {
                Row::to_drop(wanted.space, wanted.share, gate).keep(tx)?;
            }
            wanted.keep(tx)
        })
    }

    /// When the view was built (ms) that is to leave of this version of a share, and for which a gate is put or stands.
    pub(super) fn built_for_gate(&self, share: ShareId, version: u64) -> Result<Option<i64>, Error> {
        let rows = self.gate_rows(&rows_of(share))?;
        let is_of = |row: &&Row| row.version == version && row.state != State::ToDrop;
        Ok(rows.iter().find(is_of).map(|row| row.built))
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

    /// The gate of one of this person's own views.
    pub(super) fn own_gate(&self, view: &SharedView) -> Result<Option<GateId>, Error> {
        if let Some(gated) = &view.gated {
            return Ok(Some(GateId::from_bytes(gated.gate)));
        }
        match self.own_share(view.share()) {
            Ok((_, share)) => Ok(halves_of(&share, view).map(|halves| halves.gate)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The relay of a space has lost its store: what stands behind gates needs them again, but where less is to be shown than that.
    pub(super) fn gates_again(&mut self, space: SpaceId, shares: &[Share]) -> Result<(), Error> {
        let mut again = Vec::new();
        for share in shares.iter().filter(|share| share.over.is_none()) {
            if let Some(view) = self.given_view(share.id())?.filter(|view| shows_as_much(share, view))
                && let Some(halves) = halves_of(share, &view)
            {
                again.push(Row::to_put(space, share, &view, &halves));
            }
        }
        let rows = self.gate_rows(ROWS)?;
        self.commit(&[], |tx| {
            // Where a copy was put back, what is to be dropped may be there again.
            rows.iter()
                .filter(|row| row.space == space && row.state != State::ToDrop)
                .try_for_each(|row| row.remove(tx))?;
            again.iter().try_for_each(|row| row.keep(tx))
        })
    }

    /// On which day the relay handed out what opens a share first, as it says.
    pub(super) fn taken(&self, share: ShareId) -> Result<Option<NaiveDate>, Error> {
        let day = self.store.view().meta(&taken_name(share))?;
        let day = day.and_then(|day| Some(u16::from_le_bytes(day.try_into().ok()?)));
        Ok(day.and_then(|day| date_of_day(day.into())))
    }
}

/// The halves of the key behind which a view of this share stands; none without a gate.
pub(super) fn halves_of(share: &Share, view: &SharedView) -> Option<Halves> {
    let key = GateKey::from_bytes(share.gate?.0);
    Some(Halves::of(&key, share.id(), view.consent.version, view.built.0))
}

/// Whether a view shows what its share is to show by now, and not more.
fn shows_as_much(share: &Share, view: &SharedView) -> bool {
    view.consent.version >= share.consent.version
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
